//! A server that says on standard error when it is ready.

use std::{
    io::{BufRead as _, BufReader},
    process::{Child, ChildStderr, Command, Stdio},
};

/// Killed when it is dropped.
pub struct Running {
    child: Child,
    /// For what it says later: who writes to nobody is ended.
    _said: BufReader<ChildStderr>,
}

impl Running {
    /// One that has said `ready`, or all that it has said instead.
    pub fn start(command: &mut Command, ready: &str) -> Result<Self, String> {
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let mut lines = BufReader::new(child.stderr.take().unwrap());
        let mut said = String::new();
        while lines.read_line(&mut said).unwrap() > 0 {
            if said.contains(ready) {
                return Ok(Self { child, _said: lines });
            }
        }
        child.wait().unwrap();
        Err(said)
    }

    /// Until it has ended by itself.
    pub fn wait(&mut self) {
        self.child.wait().unwrap();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}
