//! What continuous integration runs, in the order in which it fails fastest.

use std::{path::Path, process::Command, time::Instant};

use anyhow::Result;

use crate::{
    command::{run, run_prepared, succeeds},
    server,
    site::{self, Profile},
    tools,
};

/// Everything.
pub(crate) fn all() -> Result<()> {
    without_browser()?;
    step("end-to-end tests", end_to_end)
}

/// Everything but the end-to-end tests.
pub(crate) fn without_browser() -> Result<()> {
    step("tools", tools::for_building)?;
    step("format", || run("cargo", &["fmt", "--all", "--check"]))?;
    step("lints, wasm32", lints_wasm)?;
    step("lints, native", || {
        run(
            "cargo",
            &["clippy", "--workspace", "--all-targets", "--all-features", "--exclude", "app", "--", "-D", "warnings"],
        )?;
        run("cargo", &["clippy", "--package", "app", "--features", "ssr", "--all-targets", "--", "-D", "warnings"])
    })?;
    step("the browser's half", || site::build(Profile::Dev))?;
    step("openssl", tools::openssl)?;
    step("keytool", tools::keytool)?;
    step("web servers", tools::web_servers)?;
    step("sslscan", tools::sslscan)?;
    let sslyze = step("sslyze", tools::sslyze)?;
    step("unit and integration tests", || unit_tests(sslyze.as_deref()))
}

fn lints_wasm() -> Result<()> {
    let target = ["--target", "wasm32-unknown-unknown", "--profile", "wasm-dev"];
    let denied = ["--", "-D", "warnings"];
    run("cargo", &[&["clippy", "--package", "model", "--lib"][..], &target, &denied].concat())?;
    // In several files, as xtask builds it, and whole, as cargo-leptos does.
    for feature in ["split", "hydrate"] {
        run(
            "cargo",
            &[&["clippy", "--package", "app", "--lib", "--features", feature][..], &target, &denied].concat(),
        )?;
    }
    Ok(())
}

fn unit_tests(sslyze: Option<&Path>) -> Result<()> {
    let everything = ["--workspace", "--exclude", "app", "--all-features"];
    let app = ["--package", "app", "--features", "ssr"];
    let runner: &[&str] =
        if succeeds("cargo", &["nextest", "--version"]) { &["nextest", "run"] } else { &["test", "--tests"] };
    // With it named, nothing is left out for want of it.
    let named = sslyze.map(|program| ("HUFU_SSLYZE", program));
    run_prepared(Command::new("cargo").args(runner).args(everything).envs(named))?;
    run("cargo", &[runner, &app].concat())
}

fn end_to_end() -> Result<()> {
    let end2end = Path::new("end2end");
    tools::npm_packages(end2end)?;
    let chromium = tools::headless_chromium()?;
    tools::chinese_font()?;
    let binary = server::build(Profile::Dev)?.canonicalize()?;
    let mut playwright = Command::new("npx");
    playwright.current_dir(end2end).args(["playwright", "test"]);
    run_prepared(playwright.env("HUFU_BINARY", binary).env("HUFU_CHROMIUM", chromium))
}

fn step<T>(name: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    println!("== {name}");
    let start = Instant::now();
    let outcome = work()?;
    println!("== {name}: done in {} s", start.elapsed().as_secs());
    Ok(outcome)
}
