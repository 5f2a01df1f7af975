//! Benchmarks: the rules and the certificate reader by criterion, whole probes and whole pages by
//! the clock, other tools beside them, and what a browser says.

mod browser;
mod console;
mod cost;
mod http;
mod lab;
mod pages;
mod peers;
mod probes;

use std::{env, path::PathBuf};

use anyhow::Result;

pub(crate) use self::{
    browser::{lighthouse, transfer},
    pages::measure as pages,
    peers::measure as peers,
    probes::measure as probes,
};
use crate::{command::run, server, site::Profile};

/// All of them.
pub(crate) fn all() -> Result<()> {
    rules()?;
    probes()?;
    peers(false)?;
    pages()?;
    transfer()?;
    lighthouse()
}

/// Parsing, `would_allow`, `diagnose`, certificate checking.
pub(crate) fn rules() -> Result<()> {
    run("cargo", &["bench", "--package", "model"])?;
    run("cargo", &["bench", "--package", "probe", "--all-features"])
}

/// What is measured: a release build, made now unless `HUFU_BINARY` names one.
fn binary() -> Result<PathBuf> {
    match env::var_os("HUFU_BINARY") {
        Some(path) => Ok(path.into()),
        None => server::build(Profile::Release),
    }
}
