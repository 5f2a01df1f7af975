//! A real Apache httpd in a directory of its own.

use std::{
    fs,
    net::SocketAddr,
    path::Path,
    process::{Command, Output},
};

use super::running::Running;

/// Stopped when it is dropped, if it was started.
pub struct Apache {
    directory: tempfile::TempDir,
    running: Option<Running>,
}

impl Apache {
    /// One that serves nothing yet.
    pub fn new() -> Self {
        Self { directory: tempfile::tempdir().unwrap(), running: None }
    }

    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// Has it serve these hosts, with the modules that Debian's has without being told, and with these.
    pub fn configure(&self, listening: &[SocketAddr], modules: &[&str], hosts: &str) {
        let modules = [&ALWAYS[..], modules].concat();
        let modules = modules.iter().map(|name| format!("LoadModule {name}_module {MODULES}/mod_{name}.so\n"));
        let modules: String = modules.collect();
        let listening: String = listening.iter().map(|at| format!("Listen {at}\n")).collect();
        let around = format!(
            "ServerRoot \"{}\"\nServerName localhost\nPidFile pid\nErrorLog /dev/stderr\nLogLevel notice\n\
             User www-data\nGroup www-data\n{modules}{listening}{hosts}",
            self.directory().display()
        );
        fs::write(self.directory().join("apache2.conf"), around).unwrap();
    }

    /// Whether it listens now, or why not.
    pub fn start(&mut self) -> Result<(), String> {
        let running = Running::start(self.command().args(["-D", "FOREGROUND"]), "resuming normal operations")?;
        self.running = Some(running);
        Ok(())
    }

    pub fn run(&self, options: &[&str]) -> Output {
        let output = self.command().args(options).output();
        output.unwrap_or_else(|error| panic!("Apache, which the tests need: {error}"))
    }

    fn command(&self) -> Command {
        // Debian's lies where only an administrator looks.
        let path = format!("{}:/usr/sbin:/usr/local/sbin", std::env::var("PATH").unwrap_or_default());
        let mut command = Command::new("apache2");
        command.env("PATH", path).arg("-f").arg(self.directory().join("apache2.conf"));
        command
    }
}

impl Drop for Apache {
    fn drop(&mut self) {
        if let Some(mut running) = self.running.take() {
            // It ends the processes that serve, too, as killing it would not.
            self.run(&["-k", "stop"]);
            running.wait();
        }
    }
}

const MODULES: &str = "/usr/lib/apache2/modules";
const ALWAYS: [&str; 4] = ["mpm_event", "authz_core", "alias", "socache_shmcb"];
