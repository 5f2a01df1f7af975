//! Benchmarks: the rules and the certificate reader by criterion, and whole probes by the clock.

mod probes;

use anyhow::Result;

use crate::command::run;

/// All of them.
pub(crate) fn all() -> Result<()> {
    run("cargo", &["bench", "--package", "model"])?;
    run("cargo", &["bench", "--package", "probe", "--all-features"])?;
    probes::measure()
}
