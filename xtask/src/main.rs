//! The commands to remember: `cargo xtask help`.

mod bench;
mod command;
mod fuzz;
mod server;
mod site;
mod test;
mod tools;

use std::{env, process::ExitCode};

use anyhow::{Result, bail};

use crate::site::Profile;

const HELP: &str = "\
Builds, runs and tests Hufu. Every command installs what it needs and says what it does;
a second run installs nothing.

  cargo xtask run [ARGS]       build both halves and serve http://127.0.0.1:3000 over ./data
                               (ARGS go to `hufu serve`)
  cargo xtask demo [ARGS]      the same over a throw-away database, beside a lab of TLS servers
  cargo xtask watch            like run; builds and starts again whenever a source file changes
  cargo xtask test [--no-e2e]  what continuous integration runs: format, lints on native and
                               wasm32, unit and integration tests, end-to-end tests in Chromium
  cargo xtask bench [rules|probes|peers|pages|transfer|lighthouse]
                               benchmarks of the rules, of whole probes, beside other tools, of
                               pages over up to 100,000 endpoints, of a first visit, and
                               Lighthouse's scores (`peers --debug` takes a debug build)
  cargo xtask fuzz [TARGET] [SECONDS]
                               libFuzzer on one of the targets of probe/fuzz, or on each in turn;
                               a minute unless said otherwise
  cargo xtask build --release  the one-file binary, target/release/hufu
  cargo xtask fmt              format the sources
  cargo xtask help             this text
";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match dispatch(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(arguments: &[String]) -> Result<()> {
    env::set_current_dir(tools::root()?)?;
    let (name, rest) = arguments.split_first().map_or(("help", arguments), |(name, rest)| (name.as_str(), rest));
    match (name, rest) {
        ("run", rest) => server::run("serve", rest),
        ("demo", rest) => server::run("demo", rest),
        ("watch", []) => server::watch(),
        ("test", []) => test::all(),
        ("test", [flag]) if flag == "--no-e2e" => test::without_browser(),
        ("bench", []) => bench::all(),
        ("bench", [part]) if part == "rules" => bench::rules(),
        ("bench", [part]) if part == "probes" => bench::probes(),
        ("bench", [part]) if part == "peers" => bench::peers(false),
        ("bench", [part, flag]) if part == "peers" && flag == "--debug" => bench::peers(true),
        ("bench", [part]) if part == "pages" => bench::pages(),
        ("bench", [part]) if part == "transfer" => bench::transfer(),
        ("bench", [part]) if part == "lighthouse" => bench::lighthouse(),
        ("fuzz", rest) => fuzz::run(rest),
        ("build", []) => server::build(Profile::Dev).map(drop),
        ("build", [flag]) if flag == "--release" => server::build(Profile::Release).map(drop),
        ("fmt", []) => command::run("cargo", &["fmt", "--all"]),
        ("help" | "--help" | "-h", _) => {
            print!("{HELP}");
            Ok(())
        }
        _ => bail!("`{}` is not a command; `cargo xtask help` lists them", arguments.join(" ")),
    }
}
