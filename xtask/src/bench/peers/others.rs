//! The other tools: how each is asked for about what Hufu finds out, and what that costs.

use std::{
    fs,
    net::{TcpListener, TcpStream},
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail, ensure};

use super::{AT_ONCE, ROUNDS, TARGETS};
use crate::{
    bench::{
        cost::{Cost, cpu, process_each},
        http::Client,
        lab::Lab,
        probes,
    },
    command::output,
    tools,
};

pub(super) const EXPORTER: &str = "prometheus-blackbox-exporter";
pub(super) const SSLYZE: &str = "sslyze --certinfo";

/// A tool to compare with.
pub(super) struct Other {
    pub(super) name: &'static str,
    pub(super) does: &'static str,
    there: Found,
    pub(super) measure: fn(&str, &Lab, &[String]) -> Result<Cost>,
    pub(super) rounds: usize,
}

/// How it comes to be there.
enum Found {
    /// Somebody has installed it, by one of these names.
    Installed(&'static [&'static str]),
    /// The set-up brings it, where it can.
    Brought(fn() -> Result<Option<PathBuf>>),
}

/// Who looks at a certificate in one handshake, or few.
pub(super) const OF_EXPIRY: &[Other] = &[
    Other {
        name: EXPORTER,
        does: "one handshake, dates, trust",
        there: Found::Installed(&["prometheus-blackbox-exporter", "blackbox_exporter"]),
        measure: exporter,
        rounds: ROUNDS,
    },
    Other {
        name: "openssl s_client",
        does: "one handshake, trust",
        there: Found::Installed(&["openssl"]),
        measure: s_client,
        rounds: ROUNDS,
    },
    Other {
        name: "sslscan, no suites",
        does: "versions, certificate",
        there: Found::Installed(&["sslscan"]),
        measure: |program, _, targets| sslscan(program, targets, &["--no-ciphersuites"]),
        rounds: ROUNDS,
    },
];

/// Who looks at all that can be said of a server.
pub(super) const OF_FULL: &[Other] = &[
    Other { name: SSLYZE, does: "chain, trust", there: Found::Brought(tools::sslyze), measure: sslyze, rounds: ROUNDS },
    Other {
        name: "sslscan",
        does: "versions, suites, certificate",
        there: Found::Installed(&["sslscan"]),
        measure: |program, _, targets| sslscan(program, targets, &[]),
        rounds: ROUNDS,
    },
    Other {
        name: "testssl.sh -p -S",
        does: "versions, chain, trust",
        there: Found::Installed(&["testssl", "testssl.sh"]),
        measure: testssl,
        rounds: 1,
    },
];

impl Other {
    /// What it is called here, if it is installed.
    pub(super) fn find(&self) -> Result<Option<String>> {
        Ok(match self.there {
            Found::Installed(names) => {
                names.iter().find_map(|name| output("sh", &["-c", &format!("command -v {name}")]))
            }
            Found::Brought(bring) => bring()?.map(|program| program.to_string_lossy().into_owned()),
        })
    }
}

/// `host:port` in two.
fn halves(target: &str) -> (&str, &str) {
    target.rsplit_once(':').unwrap_or((target, "443"))
}

fn s_client(_: &str, lab: &Lab, targets: &[String]) -> Result<Cost> {
    let command = |index: usize| probes::s_client(&targets[index % targets.len()], &lab.root);
    process_each(PROCESSES, AT_ONCE, "Verify return code: 0", command)
}

fn sslscan(program: &str, targets: &[String], options: &[&str]) -> Result<Cost> {
    let quick = ["--no-colour", "--no-groups", "--no-heartbleed", "--no-compression", "--no-fallback"];
    process_each(AT_ONCE, AT_ONCE, "Not valid after", |index| {
        let (host, port) = halves(&targets[index % targets.len()]);
        let mut sslscan = Command::new(program);
        sslscan.args(quick).args(["--no-renegotiation", &format!("--sni-name={host}")]).args(options);
        sslscan.arg(format!("127.0.0.1:{port}"));
        sslscan
    })
}

fn testssl(program: &str, lab: &Lab, targets: &[String]) -> Result<Cost> {
    process_each(SLOW_PROCESSES, SLOW_PROCESSES, "Chain of trust", |index| {
        let mut testssl = Command::new(program);
        testssl.args(["--quiet", "--color", "0", "--warnings", "off", "--nodns", "none", "-p", "-S"]);
        testssl.args(["--ip", "127.0.0.1", "--add-ca", &lab.root, &targets[index % targets.len()]]);
        testssl
    })
}

/// All targets in one process, which does several at once; it takes a second to start.
fn sslyze(program: &str, lab: &Lab, targets: &[String]) -> Result<Cost> {
    let of_all = targets.iter().cycle().take(PROCESSES).map(|target| format!("{target}{{127.0.0.1}}"));
    let of_all: Vec<_> = of_all.collect();
    let mut cost = process_each(1, 1, "server_scan_results", |_| {
        let mut sslyze = Command::new(program);
        sslyze.args(["--mozilla_config=disable", "--json_out=-", "--certinfo"]);
        sslyze.args(["--certinfo_ca_file", &lab.root]).args(&of_all);
        sslyze
    })?;
    cost.targets = of_all.len();
    Ok(cost)
}

/// The exporter in a process of its own, and as many clients as there are probes at once.
fn exporter(program: &str, lab: &Lab, targets: &[String]) -> Result<Cost> {
    let running = Exporter::start(program, lab, targets)?;
    let clients = (0..AT_ONCE).map(|_| Client::anonymous(&running.address)).collect::<Result<Vec<_>>>()?;
    let next = AtomicUsize::new(0);
    let next = &next;
    let before = cpu(running.process.id())?;
    let start = Instant::now();
    thread::scope(|scope| {
        let workers: Vec<_> =
            clients.into_iter().map(|client| scope.spawn(move || ask_exporter(client, next, targets))).collect();
        workers.into_iter().try_for_each(|worker| match worker.join() {
            Ok(outcome) => outcome,
            Err(_) => bail!("a client of the exporter panicked"),
        })
    })?;
    let elapsed = start.elapsed();
    Ok(Cost { targets: TARGETS, elapsed, cpu: cpu(running.process.id())? - before })
}

/// Asks until all targets are taken.
fn ask_exporter(mut client: Client, next: &AtomicUsize, targets: &[String]) -> Result<()> {
    loop {
        let index = next.fetch_add(1, Ordering::Relaxed);
        if index >= TARGETS {
            return Ok(());
        }
        let (host, port) = halves(&targets[index % targets.len()]);
        let said = client.text(&format!("/probe?module={host}&target=127.0.0.1:{port}"))?;
        ensure!(said.contains("probe_success 1"), "{host}: {said}");
    }
}

/// An exporter that listens; stopped when it is dropped.
struct Exporter {
    process: Child,
    address: String,
}

impl Exporter {
    fn start(program: &str, lab: &Lab, targets: &[String]) -> Result<Self> {
        fs::create_dir_all("target/bench")?;
        let file = "target/bench/blackbox.yml";
        let mut configuration = "modules:\n".to_owned();
        for target in targets {
            let (host, _) = halves(target);
            configuration += &format!(
                "  {host}:\n    prober: tcp\n    timeout: 10s\n    tcp:\n      preferred_ip_protocol: ip4\n      \
                 tls: true\n      tls_config:\n        ca_file: {}\n        server_name: {host}\n",
                lab.root
            );
        }
        fs::write(file, configuration)?;
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string();
        let mut exporter = Command::new(program);
        exporter.args([&format!("--config.file={file}"), &format!("--web.listen-address={address}")]);
        exporter.arg("--log.level=error").stdout(Stdio::null()).stderr(Stdio::null());
        let running = Self { process: exporter.spawn().context("the exporter")?, address };
        let patience = Instant::now() + PATIENCE;
        while TcpStream::connect(&running.address).is_err() {
            ensure!(Instant::now() < patience, "the exporter does not listen");
            thread::sleep(Duration::from_millis(20));
        }
        Ok(running)
    }
}

impl Drop for Exporter {
    fn drop(&mut self) {
        // It may have ended by itself; nothing is lost either way.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Targets of what takes a process for each, or some seconds to start.
const PROCESSES: usize = 200;
/// Of what takes half a minute for each.
const SLOW_PROCESSES: usize = 4;
const PATIENCE: Duration = Duration::from_secs(10);
