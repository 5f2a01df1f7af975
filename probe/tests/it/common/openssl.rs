//! `openssl s_server`, with a key of RSA and one of ECDSA.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    net::SocketAddr,
    process::{Child, Command, Stdio},
};

use probe::file;

use super::certificates::Certificates;

/// Stopped when it is dropped.
pub struct Server {
    child: Child,
    pub at: SocketAddr,
    _files: tempfile::TempDir,
}

impl Server {
    pub fn start(certificates: &Certificates, options: &[&str]) -> Self {
        let files = tempfile::tempdir().unwrap();
        let put = |name: String, content: &[u8]| {
            let path = files.path().join(name);
            fs::write(&path, content).unwrap();
            path
        };
        let issuers = file::to_pem(&[certificates.lower.clone(), certificates.upper.clone()], None);
        let issuers = put("issuers.pem".to_owned(), issuers.as_bytes());
        let mut command = Command::new("openssl");
        command.args(["s_server", "-accept", "127.0.0.1:0", "-www"]);
        for (name, prefix, own) in [("rsa", "-", &certificates.rsa), ("ecdsa", "-d", &certificates.ecdsa)] {
            command.arg(format!("{prefix}cert")).arg(put(format!("{name}.cer"), &own.leaf));
            command.arg(format!("{prefix}key")).arg(put(format!("{name}.key"), own.key.as_bytes()));
            command.arg(format!("{prefix}cert_chain")).arg(&issuers);
        }
        command.args(options).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let at = lines.find_map(|line| line.unwrap().strip_prefix("ACCEPT ").map(|at| at.parse().unwrap()));
        Self { child, at: at.unwrap_or_else(|| panic!("openssl s_server {options:?} did not start")), _files: files }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}
