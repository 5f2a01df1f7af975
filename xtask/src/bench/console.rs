//! A console over a register of many endpoints, as the benches look at it.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, ChildStderr, ChildStdout, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail, ensure};

use crate::command::succeeds;

/// The account of the demo.
pub(super) const LOGIN: &str = "demo";

/// A database with an account, the lab's servers and so many endpoints besides.
pub(super) struct Register {
    directory: PathBuf,
    pub(super) password: String,
    /// How long it took to fill.
    pub(super) took: Duration,
}

impl Register {
    /// Fills one below `target`.
    pub(super) fn fill(binary: &Path, endpoints: u32) -> Result<Self> {
        let directory = Path::new("target/bench").join(format!("register-{endpoints}"));
        if directory.exists() {
            fs::remove_dir_all(&directory)?;
        }
        fs::create_dir_all(&directory)?;
        let start = Instant::now();
        let data = directory.to_string_lossy().into_owned();
        let arguments = ["demo", "--endpoints", &endpoints.to_string(), "--data-dir", &data];
        let mut console = Console::start(binary, &arguments, Log::Warnings)?;
        let took = start.elapsed();
        let password = console.password.take().context("the demo prints no password")?;
        console.stop()?;
        Ok(Self { directory, password, took })
    }

    /// Serves it.
    pub(super) fn serve(&self, binary: &Path, log: Log) -> Result<Console> {
        let data = self.directory.to_string_lossy().into_owned();
        Console::start(binary, &["serve", "--data-dir", &data, "--log-format", "json"], log)
    }

    /// Size of the file.
    pub(super) fn bytes(&self) -> Result<u64> {
        Ok(fs::metadata(self.directory.join("hufu.db"))?.len())
    }
}

impl Drop for Register {
    fn drop(&mut self) {
        // What stays behind is below `target`.
        let _ = fs::remove_dir_all(&self.directory);
    }
}

/// What a server writes to its log.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Log {
    /// As good as nothing, and to the standard error of the bench.
    Warnings,
    /// A line for each statement, to be read by [`Console::log`].
    Statements,
}

impl Log {
    const fn filter(self) -> &'static str {
        match self {
            Self::Warnings => "warn",
            Self::Statements => "sqlx::query=debug,warn",
        }
    }

    fn stdio(self) -> Stdio {
        match self {
            Self::Warnings => Stdio::inherit(),
            Self::Statements => Stdio::piped(),
        }
    }
}

/// A server that has said where it listens.
pub(super) struct Console {
    process: Child,
    /// `127.0.0.1:PORT`
    pub(super) address: String,
    pub(super) password: Option<String>,
}

impl Console {
    pub(super) fn start(binary: &Path, arguments: &[&str], log: Log) -> Result<Self> {
        let mut hufu = Command::new(binary);
        hufu.args(arguments).args(["--listen", "127.0.0.1:0"]).env("HUFU_LOG", log.filter());
        hufu.stdout(Stdio::piped()).stderr(log.stdio());
        let mut process = hufu.spawn().context("hufu")?;
        let lines = BufReader::new(process.stdout.take().context("stdout of hufu")?).lines();
        let demo = arguments.first() == Some(&"demo");
        match greeting(lines, demo) {
            Ok((address, password)) => Ok(Self { process, address, password }),
            Err(error) => {
                // It may have ended by itself, which is what the error says.
                let _ = process.kill();
                let _ = process.wait();
                Err(error)
            }
        }
    }

    /// Its log, once.
    pub(super) fn log(&mut self) -> Option<ChildStderr> {
        self.process.stderr.take()
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Stops it as a service manager does.
    pub(super) fn stop(mut self) -> Result<()> {
        ensure!(succeeds("kill", &["-TERM", &self.process.id().to_string()]), "hufu cannot be told to stop");
        let status = self.process.wait()?;
        ensure!(status.success(), "hufu ended with {status}");
        Ok(())
    }
}

impl Drop for Console {
    fn drop(&mut self) {
        // Stopped before, or in the way of an error.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Where it listens, and the password of a demo.
fn greeting(mut lines: std::io::Lines<BufReader<ChildStdout>>, demo: bool) -> Result<(String, Option<String>)> {
    let mut address = None;
    for line in lines.by_ref() {
        let line = line?;
        if let Some((_, url)) = line.split_once("listens on http://") {
            address = Some(url.trim().to_owned());
        }
        let password = line.split_once("with the password ").map(|(_, password)| password.trim().to_owned());
        if let Some(address) = &address
            && (password.is_some() || !demo)
        {
            let found = (address.clone(), password);
            // The pipe must stay open and be emptied for as long as the server runs.
            thread::spawn(move || lines.for_each(drop));
            return Ok(found);
        }
    }
    bail!("hufu ended before it listened")
}
