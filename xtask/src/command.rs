//! Runs other programs and says so.

use std::{path::Path, process::Command};

use anyhow::{Context as _, Result, bail};

/// Runs a program in the workspace's root; an exit status other than 0 is an error.
pub(crate) fn run(program: &str, arguments: &[&str]) -> Result<()> {
    run_in(Path::new("."), program, arguments)
}

/// Runs a program in a directory; an exit status other than 0 is an error.
pub(crate) fn run_in(directory: &Path, program: &str, arguments: &[&str]) -> Result<()> {
    let mut command = Command::new(program);
    command.current_dir(directory).args(arguments);
    run_prepared(&mut command)
}

/// Runs a prepared command; an exit status other than 0 is an error.
pub(crate) fn run_prepared(command: &mut Command) -> Result<()> {
    let line = display(command);
    println!("  $ {line}");
    let status = command.status().with_context(|| format!("cannot start `{line}`"))?;
    if !status.success() {
        bail!("`{line}` failed ({status})");
    }
    Ok(())
}

/// Whether a program starts and succeeds, quietly.
pub(crate) fn succeeds(program: &str, arguments: &[&str]) -> bool {
    Command::new(program).args(arguments).output().is_ok_and(|output| output.status.success())
}

/// What a program prints, if it starts and succeeds.
pub(crate) fn output(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn display(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}
