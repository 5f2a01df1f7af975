//! Where log lines go: standard error, for people or for machines.

use std::io::{self, IsTerminal as _};

use clap::ValueEnum;
use tracing_subscriber::EnvFilter;

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
    let filter = EnvFilter::try_from_env("HUFU_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    let lines =
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).with_ansi(io::stderr().is_terminal());
    // Fails only when logging has been started before, as tests in one process do.
    let _ = match format {
        LogFormat::Human => lines.with_target(false).try_init(),
        LogFormat::Json => lines.json().try_init(),
    };
}
