//! The browser's half: wasm, its JavaScript, the style sheet, in `target/site`.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, anyhow};
use flate2::{Compression, write::GzEncoder};
use wasm_bindgen_cli_support::Bindgen;

use crate::command::run_prepared;

/// How much to optimise.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Profile {
    /// Builds fast.
    Dev,
    /// Small and compressed, to be embedded.
    Release,
}

/// Everything below this directory is served.
const SITE: &str = "target/site";

/// Builds all of it.
pub(crate) fn build(profile: Profile) -> Result<()> {
    println!("building the browser's half");
    let package = Path::new(SITE).join("pkg");
    // What another build has left there would be served, and embedded.
    if package.exists() {
        fs::remove_dir_all(&package)?;
    }
    fs::create_dir_all(&package)?;
    let wasm = compile(profile)?;
    bindings(&wasm, &package, profile)?;
    if profile == Profile::Release {
        optimise(&package.join("hufu_bg.wasm"))?;
    }
    style_sheet(&package.join("hufu.css"))?;
    copy_public()?;
    compress(&package, profile)
}

fn compile(profile: Profile) -> Result<PathBuf> {
    let cargo_profile = match profile {
        Profile::Dev => "wasm-dev",
        Profile::Release => "wasm-release",
    };
    let mut cargo = Command::new("cargo");
    cargo.args(["build", "--package", "app", "--lib", "--no-default-features", "--features", "hydrate"]);
    cargo.args(["--target", "wasm32-unknown-unknown", "--target-dir", "target", "--profile", cargo_profile]);
    run_prepared(&mut cargo)?;
    Ok(["target", "wasm32-unknown-unknown", cargo_profile, "app.wasm"].iter().collect())
}

fn bindings(wasm: &Path, package: &Path, profile: Profile) -> Result<()> {
    let mut bindgen = Bindgen::new();
    bindgen.web(true).map_err(|error| anyhow!("{error:#}"))?;
    bindgen.omit_default_module_path(true).typescript(false).out_name("hufu").input_path(wasm);
    bindgen.keep_debug(false).remove_producers_section(profile == Profile::Release);
    bindgen.generate(package).map_err(|error| anyhow!("{error:#}")).context("wasm-bindgen")
}

fn optimise(wasm: &Path) -> Result<()> {
    let mut wasm_opt = Command::new("style/node_modules/.bin/wasm-opt");
    wasm_opt.args(["-Oz", "--strip-debug", "--strip-producers", "--mvp-features"]).args(FEATURES);
    wasm_opt.arg("-o").arg(wasm).arg(wasm);
    run_prepared(&mut wasm_opt)
}

/// What rustc itself takes for granted, and browsers have had since 2023. With all features wasm-opt
/// writes types and sections that no browser reads unasked.
const FEATURES: [&str; 7] = [
    "--enable-bulk-memory",
    "--enable-bulk-memory-opt",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

fn style_sheet(target: &Path) -> Result<()> {
    let mut tailwind = Command::new("style/node_modules/.bin/tailwindcss");
    tailwind.args(["--input", "style/main.css", "--minify", "--output"]).arg(target);
    run_prepared(&mut tailwind)
}

fn copy_public() -> Result<()> {
    for entry in fs::read_dir("style/public")? {
        let entry = entry?;
        fs::copy(entry.path(), Path::new(SITE).join(entry.file_name()))?;
    }
    Ok(())
}

/// Compresses once at build time what the server would otherwise compress for every visitor. A
/// debug build has none of it: stale copies of an earlier release build must go.
fn compress(package: &Path, profile: Profile) -> Result<()> {
    for name in ["hufu.js", "hufu_bg.wasm", "hufu.css"] {
        let file = package.join(name);
        let (brotli, gzip) = (package.join(format!("{name}.br")), package.join(format!("{name}.gz")));
        if profile == Profile::Dev {
            for stale in [brotli, gzip].iter().filter(|path| path.exists()) {
                fs::remove_file(stale)?;
            }
            continue;
        }
        let bytes = fs::read(&file)?;
        let mut writer = brotli::CompressorWriter::new(fs::File::create(&brotli)?, 1 << 16, 11, 22);
        writer.write_all(&bytes)?;
        writer.flush()?;
        drop(writer);
        let mut writer = GzEncoder::new(fs::File::create(&gzip)?, Compression::best());
        writer.write_all(&bytes)?;
        writer.finish()?;
        println!(
            "  {name}: {} kB, {} kB by brotli, {} kB by gzip",
            bytes.len() / 1000,
            fs::metadata(&brotli)?.len() / 1000,
            fs::metadata(&gzip)?.len() / 1000
        );
    }
    Ok(())
}
