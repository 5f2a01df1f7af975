//! Where log lines go: standard error, for people or for machines.

use std::io::{self, IsTerminal as _, Write as _};

use clap::ValueEnum;
use tracing_subscriber::EnvFilter;

use crate::environment;

/// The shape of a log line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// One readable line.
    #[default]
    Human,
    /// One JSON object a line.
    Json,
}

/// Starts logging. `HUFU_LOG` filters as in `tracing_subscriber`'s `EnvFilter`, `info` by default.
pub fn start(format: LogFormat) {
    let filter = match environment::variable(FILTER) {
        Some(wanted) => EnvFilter::try_new(&wanted).unwrap_or_else(|error| {
            let _ = writeln!(io::stderr(), "hufu: {FILTER}={wanted:?} is no filter ({error}); logging at info");
            EnvFilter::new(DEFAULT)
        }),
        None => EnvFilter::new(DEFAULT),
    };
    let lines =
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).with_ansi(io::stderr().is_terminal());
    // Fails only when logging has been started before, as tests in one process do.
    let _ = match format {
        LogFormat::Human => lines.with_target(false).try_init(),
        LogFormat::Json => lines.json().try_init(),
    };
}

/// Says what is logged.
pub(crate) const FILTER: &str = "HUFU_LOG";

/// What is logged unasked.
const DEFAULT: &str = "info";
