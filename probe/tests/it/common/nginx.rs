//! A real nginx in a directory of its own.

use std::{
    fs,
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Command, Output},
};

/// Stopped when it is dropped, if it was started.
pub struct Nginx {
    directory: tempfile::TempDir,
}

impl Nginx {
    /// One that serves nothing yet.
    pub fn new() -> Self {
        Self { directory: tempfile::tempdir().unwrap() }
    }

    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// Puts a file into its directory.
    pub fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.directory.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    }

    /// Has it serve these `server` blocks.
    pub fn configure(&self, servers: &str) {
        let at = self.directory.path().display();
        let places = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
        let places: String = places.map(|place| format!("{place}_temp_path {at}/{place};\n")).concat();
        let around = format!(
            "pid {at}/pid;\nerror_log {at}/error.log;\nevents {{}}\nhttp {{\naccess_log off;\n{places}{servers}}}\n"
        );
        self.write("nginx.conf", around.as_bytes());
    }

    /// Whether it listens now, or why not: it does before it goes to the background.
    pub fn start(&self) -> Result<(), String> {
        let started = self.run(&[]);
        if started.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&started.stderr).into_owned()) }
    }

    pub fn run(&self, options: &[&str]) -> Output {
        // Debian's lies where only an administrator looks.
        let path = format!("{}:/usr/sbin:/usr/local/sbin", std::env::var("PATH").unwrap_or_default());
        Command::new("nginx")
            .env("PATH", &path)
            .args(options)
            .arg("-c")
            .arg(self.directory.path().join("nginx.conf"))
            .arg("-p")
            .arg(self.directory.path())
            .output()
            .unwrap_or_else(|error| panic!("nginx, which the tests need: {error}"))
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        self.run(&["-s", "stop"]);
    }
}

/// Addresses at which nobody listens.
pub fn free<const N: usize>() -> [SocketAddr; N] {
    let listeners = [(); N].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
    listeners.map(|listener| listener.local_addr().unwrap())
}
