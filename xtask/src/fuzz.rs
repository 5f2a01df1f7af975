//! libFuzzer on the targets of `probe/fuzz`, for as long as somebody has time for it.

use std::{fs, path::Path, process::Command};

use anyhow::{Result, bail};

use crate::{command::run_prepared, tools};

const HERE: &str = "probe/fuzz";
const SECONDS: u32 = 60;

/// Takes the name of a target and a number of seconds, both of which may be missing.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let (wanted, seconds) = match arguments {
        [] => (None, SECONDS),
        [one] => one.parse().map_or((Some(one), SECONDS), |seconds| (None, seconds)),
        [target, seconds] => match seconds.parse() {
            Ok(seconds) => (Some(target), seconds),
            Err(_) => bail!("`{seconds}` is no number of seconds"),
        },
        _ => bail!("a target and a number of seconds, and nothing else"),
    };
    let all = targets()?;
    let targets: Vec<_> = all.iter().filter(|name| wanted.is_none_or(|wanted| wanted == *name)).collect();
    if targets.is_empty() {
        bail!("no such target; there are {}", all.join(", "));
    }
    tools::cargo_fuzz()?;
    // What is fuzzed is what is shipped.
    fs::copy("Cargo.lock", Path::new(HERE).join("Cargo.lock"))?;
    targets.into_iter().try_for_each(|target| fuzz(target, seconds))
}

fn targets() -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(Path::new(HERE).join("fuzz_targets"))? {
        let path = entry?.path();
        names.extend(path.file_stem().map(|stem| stem.to_string_lossy().into_owned()));
    }
    names.sort();
    Ok(names)
}

fn fuzz(target: &str, seconds: u32) -> Result<()> {
    let mut cargo = Command::new("cargo");
    // Sanitizers are not stable yet, and one toolchain is enough.
    cargo.current_dir(HERE).env("RUSTC_BOOTSTRAP", "1").args(["fuzz", "run", target]);
    // What is learnt goes into the first directory, and is read from all.
    let mut corpora = vec![format!("corpus/{target}"), format!("seeds/{target}")];
    if target == "certificate" {
        corpora.push("../tests/data".to_owned());
    }
    fs::create_dir_all(Path::new(HERE).join(&corpora[0]))?;
    cargo.args(corpora).arg("--");
    cargo.args([format!("-max_total_time={seconds}"), format!("-dict=dictionaries/{target}.dict")]);
    run_prepared(&mut cargo)
}
