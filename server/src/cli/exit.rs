//! How the command line ends: its exit statuses, and the errors that end it.

use std::{fmt, io, path::PathBuf, process::ExitCode};

use model::echo::shortened;
use probe::stores::StoresError;

use super::input::QUOTED_MOST;
use crate::serve::ServeError;

/// An exit status; ordered from best to worst, so that many inputs end with the worst of theirs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Exit {
    /// Pass or warn, allowed, accepted, valid.
    #[default]
    Good,
    /// Nothing answered, or was tried.
    Unreachable,
    /// Fail, not allowed, refused, not valid.
    Fail,
    /// Wrong usage, or input that cannot be read.
    Usage,
}

impl Exit {
    /// The status as the shell sees it.
    pub(crate) const fn status(self) -> u8 {
        match self {
            Self::Good => 0,
            Self::Fail => 1,
            Self::Usage => 2,
            Self::Unreachable => 3,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.status())
    }
}

/// Why a command stopped before its end.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CliError {
    /// A file given on the command line cannot be used.
    #[error("{}: {reason}", Named(path))]
    File {
        /// The file; `-` for standard input.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// Nothing to judge.
    #[error("{0}")]
    NothingToDo(&'static str),
    /// The store cannot answer.
    #[error("{0}")]
    Store(String),
    /// The TLS library refuses its own settings.
    #[error("TLS cannot be set up: {0}")]
    Tls(String),
    /// Standard output cannot be written, and not for want of a reader.
    #[error("cannot write to standard output: {0}")]
    Output(#[source] io::Error),
    /// The runtime cannot be started.
    #[error("cannot start: {0}")]
    Runtime(#[source] io::Error),
    /// The server did not start, or ended.
    #[error(transparent)]
    Serve(#[from] ServeError),
}

impl CliError {
    /// The status to end with.
    pub(crate) const fn exit(&self) -> Exit {
        match self {
            Self::Tls(_) | Self::Runtime(_) | Self::Serve(_) => Exit::Fail,
            Self::File { .. } | Self::NothingToDo(_) | Self::Store(_) | Self::Output(_) => Exit::Usage,
        }
    }

    /// The same of a file, with what was wanted of it.
    pub(crate) fn wanting(self, what: &str) -> Self {
        match self {
            Self::File { path, reason } => Self::File { path, reason: format!("{reason}; {what}") },
            other => other,
        }
    }
}

impl From<StoresError> for CliError {
    fn from(StoresError { path, reason }: StoresError) -> Self {
        Self::File { path, reason }
    }
}

struct Named<'a>(&'a PathBuf);

impl fmt::Display for Named<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_os_str() == "-" {
            true => f.write_str("standard input"),
            false => f.write_str(&shortened(&self.0.to_string_lossy(), QUOTED_MOST)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_inputs_the_worst_is_2_then_1_then_3_then_0() {
        let mut all = [Exit::Good, Exit::Fail, Exit::Usage, Exit::Unreachable];
        all.sort_unstable_by(|a, b| b.cmp(a));
        assert_eq!(all.map(Exit::status), [2, 1, 3, 0]);
    }
}
