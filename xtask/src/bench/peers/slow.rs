//! The memory that `hufu probe` takes while thousands of servers accept and say nothing.

use std::{
    fs,
    io::Write as _,
    path::Path,
    process::{Child, ChildStdin},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail, ensure};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::bench::{cost::peak, lab::Lab};

/// Connections that are to be open at once.
pub(super) const WANTED: usize = 10_000;
/// `hufu probe` leaves half of what it may open to others.
const OPEN_FILES: u64 = 2 * WANTED as u64;
/// A server that says nothing is waited for half of the timeout before it is tried again.
const TIMEOUT: &str = "240";
const PATIENCE: Duration = Duration::from_secs(90);
const BETWEEN_LOOKS: Duration = Duration::from_millis(100);

/// What was seen.
pub(super) struct Slow {
    /// Connections that were open at once.
    pub(super) open: usize,
    pub(super) peak_kb: u64,
}

/// Raises the soft limit of open files as far as is wanted and allowed, for this process and those that
/// it starts; says so where that is not enough. Gives the limit.
pub(super) fn raise_open_files() -> u64 {
    let limit = getrlimit(Resource::Nofile);
    let wanted = limit.maximum.map_or(OPEN_FILES, |most| most.min(OPEN_FILES));
    if limit.current.is_some_and(|current| current < wanted)
        && let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), ..limit })
    {
        println!("the limit of open files cannot be raised: {error}");
    }
    let current = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    if current < OPEN_FILES {
        println!("{current} files may be open (ulimit -n), {OPEN_FILES} are wanted: fewer connections are measured");
    }
    current
}

/// Opens as many as the limit allows and looks at the memory.
pub(super) fn measure(binary: &Path, lab: &Lab, open_files: u64) -> Result<Slow> {
    let wanted = WANTED.min(usize::try_from(open_files / 2).unwrap_or(WANTED));
    let targets = lab.targets(&["hangs"])?;
    let mut probe = lab.probe(binary, &targets, "full", wanted);
    let mut process = probe.args(["--timeout", TIMEOUT]).spawn().context("hufu probe")?;
    let input = process.stdin.take().context("stdin of hufu probe")?;
    // Nothing is answered before the patience ends, so nobody need read.
    let seen = watch(&mut process, input, &targets[0], wanted);
    process.kill()?;
    process.wait()?;
    let seen = seen?;
    println!("{} silent servers open at once: {:.0} MB at most", seen.open, seen.peak_kb as f64 / 1000.0);
    Ok(seen)
}

fn watch(process: &mut Child, mut input: ChildStdin, target: &str, wanted: usize) -> Result<Slow> {
    let id = process.id();
    input.write_all(format!("{target}\n").repeat(wanted).as_bytes())?;
    input.flush()?;
    let patience = Instant::now() + PATIENCE;
    loop {
        if let Some(status) = process.try_wait()? {
            bail!("hufu probe ended with {status}");
        }
        let open = sockets(id)?;
        if open >= wanted {
            return Ok(Slow { open, peak_kb: peak(id)? });
        }
        ensure!(Instant::now() < patience, "{open} of {wanted} connections are open after {PATIENCE:?}");
        thread::sleep(BETWEEN_LOOKS);
    }
}

/// Sockets that a process has open.
fn sockets(id: u32) -> Result<usize> {
    let is_socket = |entry: &fs::DirEntry| {
        fs::read_link(entry.path()).is_ok_and(|link| link.to_string_lossy().starts_with("socket:"))
    };
    Ok(fs::read_dir(format!("/proc/{id}/fd"))?.flatten().filter(is_socket).count())
}
