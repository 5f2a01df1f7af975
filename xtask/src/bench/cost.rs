//! What a process costs, as the kernel counts it.

use std::{
    fs,
    process::Command,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail, ensure};

use crate::command::output;

/// What a run cost.
pub(super) struct Cost {
    pub(super) targets: usize,
    pub(super) elapsed: Duration,
    /// User and system time of the measured processes; the lab's is not in it.
    pub(super) cpu: Duration,
}

impl Cost {
    pub(super) fn per_second(&self) -> f64 {
        self.targets as f64 / self.elapsed.as_secs_f64()
    }

    pub(super) fn cpu_of_each(&self) -> Duration {
        self.cpu.div_f64(self.targets as f64)
    }
}

/// Runs a process for each target, so many at once, as scripts do; each has to print `proof`.
pub(super) fn process_each(
    targets: usize,
    at_once: usize,
    proof: &str,
    command: impl Fn(usize) -> Command + Sync,
) -> Result<Cost> {
    let before = cpu_of_children()?;
    let start = Instant::now();
    let next = AtomicUsize::new(0);
    let work = || -> Result<()> {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            if index >= targets {
                return Ok(());
            }
            let said = command(index).output().context("a peer does not start")?.stdout;
            let said = String::from_utf8_lossy(&said);
            ensure!(said.contains(proof), "no `{proof}` in what a peer says: {said}");
        }
    };
    thread::scope(|scope| {
        let workers: Vec<_> = (0..at_once.min(targets)).map(|_| scope.spawn(work)).collect();
        workers.into_iter().try_for_each(|worker| match worker.join() {
            Ok(outcome) => outcome,
            Err(_) => bail!("a worker panicked"),
        })
    })?;
    Ok(Cost { targets, elapsed: start.elapsed(), cpu: cpu_of_children()? - before })
}

/// User and system time of a process (proc(5): fields 14 and 15 of `stat`).
pub(super) fn cpu(id: u32) -> Result<Duration> {
    ticks(&format!("/proc/{id}/stat"), 14)
}

/// The same of all processes that this one has waited for (fields 16 and 17).
fn cpu_of_children() -> Result<Duration> {
    ticks("/proc/self/stat", 16)
}

fn ticks(stat: &str, field: usize) -> Result<Duration> {
    let text = fs::read_to_string(stat)?;
    // The name in parentheses may hold spaces; the field after it is the third.
    let fields: Vec<&str> = text.rsplit_once(')').context("no name")?.1.split_whitespace().collect();
    let ticks = |field: usize| fields.get(field - 3).and_then(|ticks| ticks.parse::<u64>().ok()).context("no ticks");
    let per_second: u64 = output("getconf", &["CLK_TCK"]).and_then(|text| text.parse().ok()).unwrap_or(100);
    Ok(Duration::from_millis((ticks(field)? + ticks(field + 1)?) * 1000 / per_second))
}

/// Largest resident set so far, in kB.
pub(super) fn peak(id: u32) -> Result<u64> {
    let status = fs::read_to_string(format!("/proc/{id}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("no VmHWM")?;
    line.split_whitespace().next().and_then(|kb| kb.parse().ok()).context("VmHWM is no number")
}

pub(super) fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}
