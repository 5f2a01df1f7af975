//! The whole process: `hufu probe -` over the servers of the lab, beside `openssl s_client` over the
//! same ones in the same run.

use std::{
    fs,
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
    process::{Child, ChildStdout, Command, Stdio},
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};

use crate::command::{output, succeeds};

/// Targets of the run that is reported.
const TARGETS: usize = 2_000;
/// Targets of the short run that peak memory is compared with.
const FEW: usize = 200;
/// Probes under way at once, for both.
const AT_ONCE: usize = 64;
/// `openssl s_client` is a process a target, so fewer of them give a steady figure.
const PEER_TARGETS: usize = 400;
/// Servers that answer with a handshake, good and broken.
const SERVERS: [&str; 8] =
    ["good-ecdsa", "good-rsa", "expired", "wrong-name", "self-signed", "unknown-root", "root-included", "wrong-order"];

/// Measures and prints.
pub(crate) fn measure() -> Result<()> {
    let binary = super::binary()?;
    let lab = Lab::start(&binary)?;
    println!("== whole probes: {TARGETS} targets of the lab, {AT_ONCE} at once");
    let few = probes(&binary, &lab, FEW)?;
    let many = probes(&binary, &lab, TARGETS)?;
    let per_probe = many.cpu / TARGETS as u32;
    println!("  probes per second         {:.0}", TARGETS as f64 / many.elapsed.as_secs_f64());
    println!("  CPU per probe             {:.2} ms", millis(per_probe));
    println!("  peak memory               {} MB", many.peak_kb / 1000);
    println!("  peak memory, {TARGETS} / {FEW}   {:.2}", many.peak_kb as f64 / few.peak_kb as f64);
    if succeeds("openssl", &["version"]) {
        let peer = s_client(&lab)?;
        let per_peer = peer.cpu / PEER_TARGETS as u32;
        println!("  openssl s_client, CPU     {:.2} ms a target", millis(per_peer));
        println!("  CPU, openssl / hufu       {:.1}", per_peer.as_secs_f64() / per_probe.as_secs_f64());
    } else {
        println!("  no openssl on this machine to compare with");
    }
    Ok(())
}

/// What a run cost.
struct Cost {
    elapsed: Duration,
    /// User and system time of the measured processes; the lab's is not in it.
    cpu: Duration,
    peak_kb: u64,
}

/// The demo's lab, in a process of its own.
struct Lab {
    process: Child,
    root: String,
    /// `host:port`
    targets: Vec<String>,
}

impl Lab {
    fn start(binary: &Path) -> Result<Self> {
        let mut demo = Command::new(binary);
        demo.args(["demo", "--empty", "--listen", "127.0.0.1:0"]).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = demo.spawn().context("hufu demo")?;
        let mut lines = BufReader::new(process.stdout.take().context("stdout of hufu demo")?).lines();
        let (mut root, mut targets) = (None, Vec::new());
        for line in lines.by_ref() {
            let line = line?;
            if let Some((_, path)) = line.split_once("root certificate: ") {
                root = Some(path.trim().to_owned());
            } else if let Some(target) = line.split_whitespace().next()
                && SERVERS.iter().any(|name| target.split('.').next() == Some(name))
            {
                targets.push(target.to_owned());
            } else if line.contains("/set-up?") {
                break;
            }
        }
        // The pipe must stay open and be emptied for as long as the demo runs.
        thread::spawn(move || lines.for_each(drop));
        ensure!(targets.len() == SERVERS.len(), "the demo prints {} of {} servers", targets.len(), SERVERS.len());
        Ok(Self { process, root: root.context("the demo prints no root certificate")?, targets })
    }

    fn target(&self, index: usize) -> &str {
        &self.targets[index % self.targets.len()]
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        // It may have ended by itself; nothing is lost either way.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Feeds targets to one `hufu probe -` and reads the answers; its figures are taken from the
/// kernel while it still waits for more.
fn probes(binary: &Path, lab: &Lab, count: usize) -> Result<Cost> {
    let mut probe = Command::new(binary);
    probe.args(["probe", "-", "--json", "--roots", &lab.root, "--allow-net", "127.0.0.0/8"]);
    probe.args(["--concurrency", &AT_ONCE.to_string()]);
    for target in &lab.targets {
        probe.args(["--resolve", &format!("{target}:127.0.0.1")]);
    }
    let mut process = probe.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().context("hufu probe")?;
    let mut input = process.stdin.take().context("stdin of hufu probe")?;
    let answers = BufReader::new(process.stdout.take().context("stdout of hufu probe")?);

    let start = Instant::now();
    let answered = thread::scope(|scope| {
        let reader = scope.spawn(move || read(answers, count));
        for index in 0..count {
            writeln!(input, "{}", lab.target(index))?;
        }
        input.flush()?;
        reader.join().map_err(|_| anyhow::anyhow!("the reader panicked"))?
    })?;
    let elapsed = start.elapsed();
    ensure!(answered == count, "{answered} answers to {count} targets");

    let id = process.id();
    let cost = Cost { elapsed, cpu: cpu(&format!("/proc/{id}/stat"), 14)?, peak_kb: peak(id)? };
    drop(input);
    process.wait()?;
    Ok(cost)
}

fn read(answers: BufReader<ChildStdout>, count: usize) -> Result<usize> {
    let mut answered = 0;
    for line in answers.lines().take(count) {
        ensure!(line?.contains("\"tls\""), "an answer without a handshake");
        answered += 1;
    }
    Ok(answered)
}

/// One process of `openssl s_client` a target, as scripts do it.
fn s_client(lab: &Lab) -> Result<Cost> {
    let before = cpu("/proc/self/stat", 16)?;
    let start = Instant::now();
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    if index >= PEER_TARGETS {
                        break;
                    }
                    let (host, port) = lab.target(index).rsplit_once(':').unwrap_or_default();
                    let at = format!("127.0.0.1:{port}");
                    succeeds("openssl", &["s_client", "-connect", &at, "-servername", host, "-CAfile", &lab.root]);
                }
            });
        }
    });
    let cpu = cpu("/proc/self/stat", 16)? - before;
    Ok(Cost { elapsed: start.elapsed(), cpu, peak_kb: 0 })
}

/// User and system time (proc(5): fields 14 and 15 of `stat`, of waited-for children 16 and 17).
fn cpu(stat: &str, field: usize) -> Result<Duration> {
    let text = fs::read_to_string(stat)?;
    // The name in parentheses may hold spaces; the field after it is the third.
    let fields: Vec<&str> = text.rsplit_once(')').context("no name")?.1.split_whitespace().collect();
    let ticks = |field: usize| fields.get(field - 3).and_then(|ticks| ticks.parse::<u64>().ok()).context("no ticks");
    let per_second: u64 = output("getconf", &["CLK_TCK"]).and_then(|text| text.parse().ok()).unwrap_or(100);
    Ok(Duration::from_millis((ticks(field)? + ticks(field + 1)?) * 1000 / per_second))
}

/// Largest resident set so far, in kB.
fn peak(id: u32) -> Result<u64> {
    let status = fs::read_to_string(format!("/proc/{id}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("no VmHWM")?;
    line.split_whitespace().next().and_then(|kb| kb.parse().ok()).context("VmHWM is no number")
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}
