//! Hufu beside other tools, in one run on one machine, against the same lab: what a probe costs, how
//! many there are a second, and the memory that ten thousand silent servers take.

mod others;
mod slow;

use std::{
    env, fmt, fs,
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
/// Rounds beside a tool that is quick enough for several.
const ROUNDS: usize = 5;
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
    let slow = (0..ROUNDS).map(|_| slow::measure(&binary, &lab, open_files)).collect::<Result<Vec<_>>>()?;
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

/// What came of one depth: Hufu beside whoever does about as much.
struct Half(Vec<(&'static str, Vec<Beside>)>);

/// One round: Hufu, and another right after it. A machine that slows down meanwhile slows both.
struct Beside {
    ours: Cost,
    theirs: Cost,
}

impl Beside {
    /// How many of ours go into the time of one of theirs.
    fn rate(&self) -> f64 {
        self.ours.per_second() / self.theirs.per_second()
    }

    /// How many of ours go into the processor time of one of theirs.
    fn cpu(&self) -> f64 {
        millis(self.theirs.cpu_of_each()) / millis(self.ours.cpu_of_each())
    }
}

impl Half {
    /// The rounds beside the tool of this name.
    fn beside(&self, name: &str) -> Option<&[Beside]> {
        self.0.iter().find(|(theirs, _)| *theirs == name).map(|(_, rounds)| rounds.as_slice())
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
    let ours = || Ok::<_, anyhow::Error>(lab.measure(binary, targets, depth, AT_ONCE, TARGETS)?.0);
    let mut half = Half(Vec::new());
    let mut missing = Vec::new();
    for other in others {
        let Some(program) = other.find()? else {
            missing.push(other);
            continue;
        };
        let round = |_| Ok(Beside { ours: ours()?, theirs: (other.measure)(&program, lab, targets)? });
        half.0.push((other.name, (0..other.rounds).map(round).collect::<Result<_>>()?));
    }
    println!("| tool | what it does | rounds | per second | CPU of each, ms | rate, hufu to it | CPU, it to hufu |");
    println!("| --- | --- | ---: | ---: | ---: | ---: | ---: |");
    let all_of_ours: Vec<&Cost> = half.0.iter().flat_map(|(_, rounds)| rounds).map(|round| &round.ours).collect();
    row(&format!("`hufu probe --depth {depth}`"), does, &all_of_ours, "| |");
    for (other, (_, rounds)) in others.iter().filter(|other| half.beside(other.name).is_some()).zip(&half.0) {
        let theirs: Vec<&Cost> = rounds.iter().map(|round| &round.theirs).collect();
        let ratios = format!("{:.1} | {:.1} |", Spread::of(rounds, Beside::rate), Spread::of(rounds, Beside::cpu));
        row(other.name, other.does, &theirs, &ratios);
    }
    for other in missing {
        println!("| {} | {} | not installed | | | | |", other.name, other.does);
    }
    println!();
    Ok(half)
}

fn row(tool: &str, does: &str, costs: &[&Cost], ratios: &str) {
    let (rates, each) =
        (Spread::of(costs, |cost| cost.per_second()), Spread::of(costs, |cost| millis(cost.cpu_of_each())));
    println!("| {tool} | {does} | {} | {:.1} | {:.2} | {ratios}", costs.len(), rates.middle, each.middle);
}

/// The middle of what several rounds gave, and how far they lie apart.
#[derive(Clone, Copy)]
struct Spread {
    least: f64,
    middle: f64,
    most: f64,
}

impl Spread {
    fn of<T>(rounds: &[T], figure: impl Fn(&T) -> f64) -> Self {
        let mut figures: Vec<f64> = rounds.iter().map(figure).collect();
        figures.sort_by(f64::total_cmp);
        let at = |index: usize| figures.get(index).copied().unwrap_or(f64::NAN);
        Self { least: at(0), middle: at(figures.len() / 2), most: at(figures.len().saturating_sub(1)) }
    }
}

impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = f.precision().unwrap_or(1);
        write!(f, "{:.digits$}", self.middle)?;
        if self.least < self.most { write!(f, " ({:.digits$} to {:.digits$})", self.least, self.most) } else { Ok(()) }
    }
}

fn aims(expiry: &Half, full: &Half, slow: &[Slow]) {
    let exporter = expiry.beside(others::EXPORTER);
    let sslyze = full.beside(others::SSLYZE);
    let ratio = |rounds: Option<&[Beside]>, ratio: fn(&Beside) -> f64, least: f64| {
        rounds.map(|rounds| Spread::of(rounds, ratio)).map(|spread| (format!("{spread:.1}"), spread.middle >= least))
    };
    println!("Aims, by the middle of the rounds:");
    aim("expiry: at least twice the rate of blackbox_exporter", ratio(exporter, Beside::rate, 2.0));
    aim("expiry: at most a third of its CPU", ratio(exporter, Beside::cpu, 3.0));
    aim("full: at least 20 times the rate of sslyze --certinfo", ratio(sslyze, Beside::rate, 20.0));
    let megabytes = Spread::of(slow, |slow| slow.peak_kb as f64 / 1000.0);
    let enough = slow.iter().all(|slow| slow.open >= slow::WANTED);
    let memory = enough.then(|| (format!("{megabytes:.0} MB"), megabytes.middle < 100.0));
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
