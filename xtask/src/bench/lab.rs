//! The demo's lab in a process of its own, and `hufu probe -` over servers of it.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
    process::{Child, ChildStdout, Command, Stdio},
    thread,
    time::Instant,
};

use anyhow::{Context as _, Result, anyhow, ensure};

use super::cost::{Cost, cpu, peak};

/// Running servers; stopped when it is dropped.
pub(super) struct Lab {
    process: Child,
    /// The file of the root that the good certificates lead to.
    pub(super) root: String,
    /// `host:port`
    servers: Vec<String>,
}

impl Lab {
    pub(super) fn start(binary: &Path) -> Result<Self> {
        let mut demo = Command::new(binary);
        demo.args(["demo", "--empty", "--listen", "127.0.0.1:0"]).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = demo.spawn().context("hufu demo")?;
        let mut lines = BufReader::new(process.stdout.take().context("stdout of hufu demo")?).lines();
        let (mut root, mut servers) = (None, Vec::new());
        for line in lines.by_ref() {
            let line = line?;
            if let Some((_, path)) = line.split_once("root certificate: ") {
                root = Some(path.trim().to_owned());
            } else if line.contains("/set-up?") {
                break;
            } else if let Some(server) = line.split_whitespace().next().filter(|_| line.starts_with("  ")) {
                servers.push(server.to_owned());
            }
        }
        // The pipe must stay open and be emptied for as long as the demo runs.
        thread::spawn(move || lines.for_each(drop));
        Ok(Self { process, root: root.context("the demo prints no root certificate")?, servers })
    }

    /// The servers of these names, as `host:port`.
    pub(super) fn targets(&self, names: &[&str]) -> Result<Vec<String>> {
        let target = |name: &&str| {
            let server = self.servers.iter().find(|server| server.split('.').next() == Some(*name));
            server.cloned().with_context(|| format!("the demo has no server {name}"))
        };
        names.iter().map(target).collect()
    }

    /// `hufu probe -`, which finds these targets on loopback.
    pub(super) fn probe(&self, binary: &Path, targets: &[String], depth: &str, at_once: usize) -> Command {
        let mut probe = Command::new(binary);
        probe.args(["probe", "-", "--json", "--roots", &self.root, "--allow-net", "127.0.0.0/8", "--depth", depth]);
        probe.args(["--concurrency", &at_once.to_string()]);
        for target in targets {
            probe.args(["--resolve", &format!("{target}:127.0.0.1")]);
        }
        probe.stdin(Stdio::piped()).stdout(Stdio::piped());
        probe
    }

    /// Feeds `count` targets to one `hufu probe -` and reads the answers; its figures, the last of them
    /// its largest memory in kB, are taken from the kernel while it still waits for more.
    pub(super) fn measure(
        &self,
        binary: &Path,
        targets: &[String],
        depth: &str,
        at_once: usize,
        count: usize,
    ) -> Result<(Cost, u64)> {
        let mut process = self.probe(binary, targets, depth, at_once).spawn().context("hufu probe")?;
        let mut input = process.stdin.take().context("stdin of hufu probe")?;
        let answers = BufReader::new(process.stdout.take().context("stdout of hufu probe")?);

        let start = Instant::now();
        let answered = thread::scope(|scope| {
            let reader = scope.spawn(move || read(answers, count));
            for target in targets.iter().cycle().take(count) {
                writeln!(input, "{target}")?;
            }
            input.flush()?;
            reader.join().map_err(|_| anyhow!("the reader panicked"))?
        })?;
        let elapsed = start.elapsed();
        ensure!(answered == count, "{answered} answers to {count} targets");

        let id = process.id();
        let measured = (Cost { targets: count, elapsed, cpu: cpu(id)? }, peak(id)?);
        drop(input);
        process.wait()?;
        Ok(measured)
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        // It may have ended by itself; nothing is lost either way.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn read(answers: BufReader<ChildStdout>, count: usize) -> Result<usize> {
    let mut answered = 0;
    for line in answers.lines().take(count) {
        ensure!(line?.contains("\"tls\""), "an answer without a handshake");
        answered += 1;
    }
    Ok(answered)
}
