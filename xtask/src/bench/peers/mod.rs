//! Hufu beside other tools, in one run on one machine, against the same lab: what a probe costs, how
//! many there are a second, and the memory that ten thousand silent servers take.

mod others;
mod slow;

use std::{
    env, fs,
    path::{Path, PathBuf},
    thread,
};

use anyhow::{Result, bail};

use self::slow::Slow;
use super::{
    cost::{Cost, millis},
    lab::Lab,
};
use crate::{command::output, server, site::Profile};

/// Targets of Hufu's runs.
const TARGETS: usize = 2_000;
/// Probes under way at once, of every tool that can be told.
const AT_ONCE: usize = 64;
/// Servers of which every tool says that they are good.
const SERVERS: [&str; 3] = ["good-ecdsa", "good-rsa", "root-included"];

/// Measures, and prints a table for docs/performance.md.
pub(crate) fn measure(debug: bool) -> Result<()> {
    let binary = binary(debug)?;
    // The lab holds as many connections as the probes open.
    let open_files = slow::raise_open_files();
    let lab = Lab::start(&binary)?;
    let targets = lab.targets(&SERVERS)?;
    println!("== {}", machine());
    println!("{AT_ONCE} at once; the lab and what asks the exporter take their part of the processors");
    println!();
    let expiry = half("expiry", "one handshake, dates, trust", &binary, &lab, &targets, others::OF_EXPIRY)?;
    let full = half("full", "every version, chain, trust", &binary, &lab, &targets, others::OF_FULL)?;
    let slow = slow::measure(&binary, &lab, open_files)?;
    aims(&expiry, &full, &slow);
    Ok(())
}

/// A release build, unless a debug one will do.
fn binary(debug: bool) -> Result<PathBuf> {
    if let Some(path) = env::var_os("HUFU_BINARY") {
        return Ok(path.into());
    }
    let release = Path::new("target/release/hufu");
    if release.exists() {
        return Ok(release.to_owned());
    }
    if !debug {
        bail!("no {}: `cargo xtask build --release` makes it, `--debug` measures a debug build", release.display());
    }
    println!("a debug build is measured: its figures say nothing of a release");
    server::build(Profile::Dev)
}

/// What came of one depth: Hufu, and who does about as much.
struct Half {
    ours: Cost,
    theirs: Vec<(&'static str, Cost)>,
}

impl Half {
    fn of(&self, name: &str) -> Option<&Cost> {
        self.theirs.iter().find(|(theirs, _)| *theirs == name).map(|(_, cost)| cost)
    }
}

fn half(
    depth: &str,
    does: &str,
    binary: &Path,
    lab: &Lab,
    targets: &[String],
    others: &[others::Other],
) -> Result<Half> {
    println!("| tool | what it does | targets | per second | CPU of each, ms | rate, hufu to it | CPU, it to hufu |");
    println!("| --- | --- | ---: | ---: | ---: | ---: | ---: |");
    let (ours, _) = lab.measure(binary, targets, depth, AT_ONCE, TARGETS)?;
    row(&format!("`hufu probe --depth {depth}`"), does, &ours, None);
    let mut theirs = Vec::new();
    for other in others {
        let Some(program) = other.find()? else {
            println!("| {} | {} | not installed | | | | |", other.name, other.does);
            continue;
        };
        let cost = (other.measure)(&program, lab, targets)?;
        row(other.name, other.does, &cost, Some(&ours));
        theirs.push((other.name, cost));
    }
    println!();
    Ok(Half { ours, theirs })
}

fn row(tool: &str, does: &str, cost: &Cost, ours: Option<&Cost>) {
    let ratios = ours.map_or_else(
        || "| |".to_owned(),
        |ours| format!("{:.1} | {:.1} |", rate_ratio(ours, cost), cpu_ratio(ours, cost)),
    );
    let (targets, rate, each) = (cost.targets, cost.per_second(), millis(cost.cpu_of_each()));
    println!("| {tool} | {does} | {targets} | {rate:.1} | {each:.2} | {ratios}");
}

/// How many of ours go into the time of one of theirs.
fn rate_ratio(ours: &Cost, theirs: &Cost) -> f64 {
    ours.per_second() / theirs.per_second()
}

/// How many of ours go into the processor time of one of theirs.
fn cpu_ratio(ours: &Cost, theirs: &Cost) -> f64 {
    millis(theirs.cpu_of_each()) / millis(ours.cpu_of_each())
}

fn aims(expiry: &Half, full: &Half, slow: &Slow) {
    let exporter = expiry.of(others::EXPORTER);
    let sslyze = full.of(others::SSLYZE);
    let ratio = |ratio: fn(&Cost, &Cost) -> f64, half: &Half, theirs: Option<&Cost>, least: f64| {
        theirs.map(|theirs| ratio(&half.ours, theirs)).map(|ratio| (format!("{ratio:.1}"), ratio >= least))
    };
    println!("Aims:");
    aim("expiry: at least twice the rate of blackbox_exporter", ratio(rate_ratio, expiry, exporter, 2.0));
    aim("expiry: at most a third of its CPU", ratio(cpu_ratio, expiry, exporter, 3.0));
    aim("full: at least 20 times the rate of sslyze --certinfo", ratio(rate_ratio, full, sslyze, 20.0));
    let memory = (slow.open >= slow::WANTED).then(|| (format!("{} MB", slow.peak_kb / 1000), slow.peak_kb < 100_000));
    aim("under 100 MB with 10,000 silent servers", memory);
}

fn aim(what: &str, figure: Option<(String, bool)>) {
    match figure {
        Some((figure, true)) => println!("- {what}: {figure}, met"),
        Some((figure, false)) => println!("- {what}: {figure}, NOT met"),
        None => println!("- {what}: not measured"),
    }
}

/// What the figures are of.
fn machine() -> String {
    let processor = fs::read_to_string("/proc/cpuinfo").ok().and_then(|text| {
        let line = text.lines().find_map(|line| line.strip_prefix("model name"))?;
        Some(line.trim_start_matches([' ', '\t', ':']).to_owned())
    });
    let processors = thread::available_parallelism().map_or(1, |count| count.get());
    let date = output("date", &["-u", "+%F"]).unwrap_or_default();
    let system = output("uname", &["-sr"]).unwrap_or_default();
    format!("{date}, {processors} x {}, {system}", processor.as_deref().unwrap_or("processor without a name"))
}
