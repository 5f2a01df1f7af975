//! The server's half: build it, run it, run it again whenever something changes.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::{Child, Command},
    thread,
    time::{Duration, SystemTime},
};

use anyhow::{Context as _, Result, anyhow};

use crate::{
    command::run_prepared,
    site::{self, Profile},
    tools,
};

const SOURCES: [&str; 6] = ["app", "migrations", "model", "probe", "server", "style"];
const MANIFESTS: [&str; 2] = ["Cargo.toml", "Cargo.lock"];
const POLL: Duration = Duration::from_millis(500);

/// Builds both halves; the path of the binary.
pub(crate) fn build(profile: Profile) -> Result<PathBuf> {
    tools::for_building()?;
    match profile {
        // A debug build reads the site when it runs: neither half waits for the other.
        Profile::Dev => thread::scope(|scope| {
            let site = scope.spawn(|| site::build(profile));
            let binary = compile(profile);
            match (site.join().map_err(|_| anyhow!("building the browser's half panicked"))?, binary) {
                (Err(site), Err(binary)) => Err(anyhow!("{site:#}; {binary:#}")),
                (site, binary) => site.and(binary),
            }
        }),
        // A release build holds it.
        Profile::Release => site::build(profile).and_then(|()| compile(profile)),
    }
}

fn compile(profile: Profile) -> Result<PathBuf> {
    println!("building the server's half");
    let mut cargo = Command::new("cargo");
    cargo.args(["build", "--package", "server", "--bin", "hufu", "--target-dir", "target"]);
    let directory = match profile {
        Profile::Dev => "debug",
        Profile::Release => {
            cargo.arg("--release");
            "release"
        }
    };
    run_prepared(&mut cargo)?;
    Ok(Path::new("target").join(directory).join("hufu"))
}

/// Builds and runs one of hufu's commands until it ends.
pub(crate) fn run(command: &str, arguments: &[String]) -> Result<()> {
    // `cargo run` has taught people to put it in between.
    let arguments = arguments.strip_prefix(&["--".to_owned()]).unwrap_or(arguments);
    let binary = build(Profile::Dev)?;
    run_prepared(Command::new(binary).arg(command).args(arguments))
}

/// Serves, and starts again with every change of a source file.
pub(crate) fn watch() -> Result<()> {
    let mut seen = None;
    let mut server = Server(None);
    loop {
        let now = modified()?;
        if seen.as_ref() != Some(&now) {
            seen = Some(now);
            server.stop();
            match build(Profile::Dev) {
                Ok(binary) => server.0 = Some(Command::new(binary).arg("serve").spawn().context("hufu serve")?),
                Err(error) => eprintln!("xtask: {error:#}; waiting for the next change"),
            }
        }
        thread::sleep(POLL);
    }
}

/// The server that runs, if any; it does not outlive the watch.
struct Server(Option<Child>);

impl Server {
    fn stop(&mut self) {
        if let Some(mut running) = self.0.take() {
            // As in use: it drains. It may have ended by itself, and then there is nobody to ask.
            let _ = Command::new("kill").args(["-TERM", &running.id().to_string()]).status();
            let _ = running.wait();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}

/// When each source file was last changed.
fn modified() -> Result<BTreeMap<PathBuf, SystemTime>> {
    let manifest = |path: &&str| Some((PathBuf::from(path), fs::metadata(path).ok()?.modified().ok()?));
    let mut files: BTreeMap<_, _> = MANIFESTS.iter().filter_map(manifest).collect();
    let mut directories: Vec<PathBuf> = SOURCES.iter().map(PathBuf::from).collect();
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(&directory)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                if entry.file_name() != "node_modules" {
                    directories.push(entry.path());
                }
            } else if let Ok(metadata) = entry.metadata() {
                // An editor may have taken it away again.
                files.insert(entry.path(), metadata.modified()?);
            }
        }
    }
    Ok(files)
}
