//! The browser's half: wasm, its JavaScript, the style sheet, in `target/site`.

mod bundles;

use std::{
    fs,
    io::Write as _,
    num::NonZero,
    path::{Path, PathBuf},
    process::Command,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
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

/// What brings a group's modules and binds them to the first one; by this name that one imports it.
const LINK: &str = "./groups.js";

/// Builds all of it.
pub(crate) fn build(profile: Profile) -> Result<()> {
    println!("building the browser's half");
    let package = Path::new(SITE).join("pkg");
    // What another build has left there would be served, and embedded.
    if package.exists() {
        fs::remove_dir_all(&package)?;
    }
    fs::create_dir_all(&package)?;
    let whole = compile(profile)?;
    let (first, needs) = split(&whole, &package)?;
    bindings(&first, &package, profile)?;
    if profile == Profile::Release {
        optimise_all(&files(&package, "wasm")?)?;
    }
    let needs = bundles::bundle(&package, &package.join(LINK), &needs)?;
    fs::write(package.join("groups.json"), serde_json::to_vec(&needs)?)?;
    style_sheet(&package.join("hufu.css"))?;
    copy_public()?;
    match profile {
        Profile::Dev => Ok(()),
        Profile::Release => compress(&package),
    }
}

fn compile(profile: Profile) -> Result<PathBuf> {
    let cargo_profile = match profile {
        Profile::Dev => "wasm-dev",
        Profile::Release => "wasm-release",
    };
    let mut cargo = Command::new("cargo");
    cargo.args(["build", "--package", "app", "--lib", "--no-default-features", "--features", "split"]);
    cargo.args(["--target", "wasm32-unknown-unknown", "--target-dir", "target", "--profile", cargo_profile]);
    run_prepared(&mut cargo)?;
    Ok(["target", "wasm32-unknown-unknown", cargo_profile, "app.wasm"].iter().collect())
}

/// Puts the code of each group of pages (`app/src/routes.rs`) into a module of its own, and what several
/// share into further ones. Returns the module that comes first and is still to be bound, and what each group needs.
fn split(whole: &Path, package: &Path) -> Result<(PathBuf, bundles::Needs)> {
    let bytes = fs::read(whole)?;
    let first = whole.with_file_name("first.wasm");
    let mut options = wasm_split_cli_support::Options::new(&bytes);
    options.output_dir = package;
    options.main_out_path = &first;
    options.link_name = LINK;
    options.main_module = "./hufu.js";
    let modules =
        wasm_split_cli_support::transform(options).map_err(|error| anyhow!("{error:#}")).context("splitting")?;
    Ok((first, modules.prefetch_map))
}

fn bindings(wasm: &Path, package: &Path, profile: Profile) -> Result<()> {
    let mut bindgen = Bindgen::new();
    bindgen.web(true).map_err(|error| anyhow!("{error:#}"))?;
    bindgen.omit_default_module_path(true).typescript(false).out_name("hufu").input_path(wasm);
    // By their names the other modules find what they share with this one.
    bindgen.keep_lld_exports(true).demangle(false);
    bindgen.keep_debug(false).remove_producers_section(profile == Profile::Release);
    bindgen.generate(package).map_err(|error| anyhow!("{error:#}")).context("wasm-bindgen")
}

/// As many at once as there are processors.
fn optimise_all(modules: &[PathBuf]) -> Result<()> {
    let next = AtomicUsize::new(0);
    let optimise_next = || {
        while let Some(module) = modules.get(next.fetch_add(1, Ordering::Relaxed)) {
            optimise(module)?;
        }
        Ok(())
    };
    thread::scope(|scope| {
        let workers = thread::available_parallelism().map_or(1, NonZero::get);
        let workers: Vec<_> = (0..workers).map(|_| scope.spawn(optimise_next)).collect();
        workers.into_iter().try_for_each(|worker| worker.join().map_err(|_| anyhow!("wasm-opt's thread panicked"))?)
    })
}

fn optimise(wasm: &Path) -> Result<()> {
    let mut wasm_opt = Command::new("style/node_modules/.bin/wasm-opt");
    wasm_opt.args(["-Os", "--mvp-features"]).args(FEATURES);
    wasm_opt.args(LEFT_OUT.iter().map(|pass| format!("--skip-pass={pass}")));
    wasm_opt.args(["--reorder-functions-by-name", "--strip-debug", "--strip-producers"]);
    wasm_opt.arg("-o").arg(wasm).arg(wasm);
    run_prepared(&mut wasm_opt)
}

/// What makes the file smaller and its compressed form larger: functions that were made from one then differ.
const LEFT_OUT: [&str; 5] = ["dae-optimizing", "inlining", "inlining-optimizing", "local-cse", "reorder-functions"];

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

/// The files of the directory whose names end so.
fn files(directory: &Path, extension: &str) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        if path.extension().is_some_and(|there| there == extension) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// Compresses once at build time what the server would otherwise compress for every visitor.
fn compress(package: &Path) -> Result<()> {
    for file in [files(package, "js")?, files(package, "wasm")?, files(package, "css")?].concat() {
        let name = file.to_string_lossy().into_owned();
        let (brotli, gzip) = (PathBuf::from(format!("{name}.br")), PathBuf::from(format!("{name}.gz")));
        let bytes = fs::read(&file)?;
        let mut writer = brotli::CompressorWriter::new(fs::File::create(&brotli)?, 1 << 16, 11, 22);
        writer.write_all(&bytes)?;
        writer.flush()?;
        drop(writer);
        let mut writer = GzEncoder::new(fs::File::create(&gzip)?, Compression::best());
        writer.write_all(&bytes)?;
        writer.finish()?;
        println!(
            "  {}: {} kB, {} kB by brotli, {} kB by gzip",
            file.file_name().unwrap_or_default().to_string_lossy(),
            bytes.len() / 1000,
            fs::metadata(&brotli)?.len() / 1000,
            fs::metadata(&gzip)?.len() / 1000
        );
    }
    Ok(())
}
