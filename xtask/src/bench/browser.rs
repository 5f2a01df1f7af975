//! What a real browser says of the console: bytes on the wire of a first visit, and Lighthouse's
//! scores. The browser's part is in `benches`.

use std::{path::Path, process::Command};

use anyhow::{Context as _, Result};

use super::console::{Console, LOGIN, Log};
use crate::{command::run_prepared, tools};

/// Enough that every list has more than a page.
const ENDPOINTS: &str = "1000";

/// Bytes of a first visit.
pub(crate) fn transfer() -> Result<()> {
    ask("transfer.mjs")
}

/// Lighthouse's scores.
pub(crate) fn lighthouse() -> Result<()> {
    ask("lighthouse.mjs")
}

fn ask(script: &str) -> Result<()> {
    let directory = Path::new("benches");
    tools::npm_packages(directory)?;
    let chromium = tools::chromium()?;
    let binary = super::binary()?;
    let mut console = Console::start(&binary, &["demo", "--endpoints", ENDPOINTS], Log::Warnings)?;
    let password = console.password.take().context("the demo prints no password")?;
    let mut node = Command::new("node");
    node.current_dir(directory).arg(script).env("HUFU_URL", console.url()).env("HUFU_CHROMIUM", chromium);
    run_prepared(node.env("HUFU_LOGIN", LOGIN).env("HUFU_PASSWORD", password))?;
    console.stop()
}
