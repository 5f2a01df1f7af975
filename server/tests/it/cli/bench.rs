//! Runs the binary, and keeps one lab for every test.

use std::{
    collections::BTreeSet,
    fs,
    io::Write as _,
    path::PathBuf,
    process::{Command, Stdio},
    sync::LazyLock,
    thread,
};

use model::Timestamp;
use probe::{Depth, NetworkPolicy, Prober, lab::Lab};
use serde_json::Value;
use server::clock;
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// What a run of the binary left behind.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) status: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    /// The objects on standard output.
    pub(crate) fn objects(&self) -> Vec<Value> {
        self.stdout.lines().map(|line| serde_json::from_str(line).expect(line)).collect()
    }

    /// The only object on standard output.
    pub(crate) fn object(&self) -> Value {
        let objects = self.objects();
        assert_eq!(objects.len(), 1, "{self:?}");
        objects.into_iter().next().unwrap()
    }

    /// Asserts that all it said was one line on standard error, and gives that line.
    pub(crate) fn complaint(&self) -> &str {
        assert_eq!(self.stdout, "", "{self:?}");
        let lines: Vec<_> = self.stderr.lines().collect();
        assert_eq!(lines.len(), 1, "{self:?}");
        assert!(lines[0].starts_with("hufu: "), "{self:?}");
        lines[0]
    }
}

/// The binary in an environment that is the same everywhere.
pub(crate) fn command(arguments: &[&str]) -> Command {
    anywhere(Command::new(env!("CARGO_BIN_EXE_hufu")), arguments)
}

/// The same, where so many files may be open.
pub(crate) fn command_with_open_files(most: u32, arguments: &[&str]) -> Command {
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", &format!("ulimit -n {most} && exec \"$0\" \"$@\""), env!("CARGO_BIN_EXE_hufu")]);
    anywhere(shell, arguments)
}

fn anywhere(mut command: Command, arguments: &[&str]) -> Command {
    command.args(arguments).env_clear().env("LC_ALL", "C").current_dir(std::env::temp_dir());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Runs the binary with `input` on its standard input.
pub(crate) fn hufu_reading(arguments: &[&str], input: &[u8]) -> Run {
    run(command(arguments), input)
}

/// Runs the binary.
pub(crate) fn hufu(arguments: &[&str]) -> Run {
    hufu_reading(arguments, b"")
}

/// Runs a command with `input` on its standard input.
pub(crate) fn run(mut command: Command, input: &[u8]) -> Run {
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_owned();
    // A command may end without reading all of it.
    let writer = thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    Run {
        status: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// What `run` makes of each case, all at once: most of a run that waits for a server is waiting.
pub(crate) fn at_once<C: Sync, R: Send>(cases: &[C], run: impl Fn(&C) -> R + Sync) -> Vec<R> {
    let run = &run;
    thread::scope(|scope| {
        let runs: Vec<_> = cases.iter().map(|case| scope.spawn(move || run(case))).collect();
        runs.into_iter().map(|run| run.join().unwrap()).collect()
    })
}

/// The keys of an object.
pub(crate) fn keys(object: &Value) -> BTreeSet<&str> {
    object.as_object().unwrap().keys().map(String::as_str).collect()
}

/// Asserts that `object` has these keys and no others.
pub(crate) fn assert_keys(object: &Value, expected: &[&str]) {
    assert_eq!(keys(object), expected.iter().copied().collect(), "{object}");
}

/// The codes of an object's findings.
pub(crate) fn codes(object: &Value) -> Vec<&str> {
    object["findings"].as_array().unwrap().iter().map(|finding| finding["code"].as_str().unwrap()).collect()
}

/// The codes of an object's findings that are more than worth knowing.
pub(crate) fn worrying(object: &Value) -> Vec<&str> {
    let findings = object["findings"].as_array().unwrap().iter();
    let findings = findings.filter(|finding| finding["severity"] != "info");
    findings.map(|finding| finding["code"].as_str().unwrap()).collect()
}

/// The lab with a directory of files about it.
pub(crate) struct Bench {
    runtime: Runtime,
    pub(crate) lab: Lab,
    pub(crate) now: Timestamp,
    directory: TempDir,
}

/// One lab for all tests of this file.
pub(crate) static BENCH: LazyLock<Bench> = LazyLock::new(|| {
    let runtime = Runtime::new().unwrap();
    let now = clock::now();
    let lab = runtime.block_on(Lab::start(now)).unwrap();
    let bench = Bench { runtime, lab, now, directory: tempfile::tempdir().unwrap() };
    fs::write(bench.path("roots.pem"), bench.lab.root_pem()).unwrap();
    bench
});

impl Bench {
    /// A file of the directory.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Writes a file, and gives its path as an argument.
    pub(crate) fn file(&self, name: &str, contents: impl AsRef<[u8]>) -> String {
        let path = self.path(name);
        fs::write(&path, contents).unwrap();
        path.into_os_string().into_string().unwrap()
    }

    /// The lab's root, as an argument.
    pub(crate) fn roots(&self) -> String {
        self.path("roots.pem").into_os_string().into_string().unwrap()
    }

    /// `host:port` of a server.
    pub(crate) fn target(&self, name: &str) -> String {
        self.lab.server(name).unwrap().target().to_string()
    }

    /// The arguments that lead to the servers of the lab and trust its root.
    pub(crate) fn towards(&self, names: &[&str]) -> Vec<String> {
        let mut arguments = vec!["probe".to_owned(), "--json".to_owned()];
        arguments.extend(["--allow-net".to_owned(), "127.0.0.0/8".to_owned(), "--roots".to_owned(), self.roots()]);
        for server in names.iter().map(|name| self.lab.server(name).unwrap()) {
            let addresses: Vec<_> = server.addresses.iter().map(ToString::to_string).collect();
            let resolve = format!("{}:{}:{}", server.host, server.port, addresses.join(","));
            arguments.extend(["--resolve".to_owned(), resolve]);
        }
        arguments.extend(["--resolve".to_owned(), self.lab.publisher().resolve().to_string()]);
        arguments
    }

    /// Probes servers of the lab, with more arguments.
    pub(crate) fn probe(&self, names: &[&str], more: &[&str]) -> Run {
        let mut arguments = self.towards(names);
        arguments.extend(more.iter().map(ToString::to_string));
        arguments.extend(names.iter().map(|name| self.target(name)));
        let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
        hufu(&arguments)
    }

    /// The certificates that a server of the lab serves.
    pub(crate) fn chain(&self, name: &str) -> Vec<Vec<u8>> {
        let prober = Prober::builder()
            .policy(NetworkPolicy::allowing(["127.0.0.0/8".parse().unwrap()]))
            .fixed(self.lab.resolve())
            .build()
            .unwrap();
        let target = self.lab.server(name).unwrap().target();
        let probed = self.runtime.block_on(prober.probe(&target, Depth::Full, self.now, |_| ())).unwrap();
        probed.chains.into_values().next().unwrap().into_iter().map(|der| der.to_vec()).collect()
    }
}

/// Certificates as PEM.
pub(crate) fn pem(ders: &[Vec<u8>]) -> String {
    use base64::Engine as _;
    let block = |der: &Vec<u8>| {
        let text = base64::engine::general_purpose::STANDARD.encode(der);
        let lines: Vec<_> = text.as_bytes().chunks(64).map(|line| str::from_utf8(line).unwrap()).collect();
        format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
    };
    ders.iter().map(block).collect()
}
