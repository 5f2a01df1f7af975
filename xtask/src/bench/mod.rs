//! Benchmarks: the rules and the certificate reader by criterion, and whole probes by the clock.

mod probes;

use anyhow::Result;

use crate::command::run;

/// All of them.
pub(crate) fn all() -> Result<()> {
    rules()?;
    probes()
}

/// Parsing, `would_allow`, `diagnose`, certificate checking.
pub(crate) fn rules() -> Result<()> {
    run("cargo", &["bench", "--package", "model"])?;
    run("cargo", &["bench", "--package", "probe", "--all-features"])
}

/// `hufu probe` over the servers of the lab.
pub(crate) fn probes() -> Result<()> {
    probes::measure()
}
