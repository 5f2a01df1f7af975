//! Files that a command makes: whole or not at all, and in the place of others only by force.

use std::{
    fs::{self, Permissions},
    io::{self, Write as _},
    os::unix::fs::PermissionsExt as _,
    path::Path,
};

use model::echo::shortened;

use super::{exit::CliError, input::QUOTED_MOST};

/// What to do about a file that is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Taken {
    Refuse,
    Overwrite,
}

impl Taken {
    /// As `--force` says.
    pub(crate) const fn by(force: bool) -> Self {
        if force { Self::Overwrite } else { Self::Refuse }
    }

    /// Refuses a file that is there, or that has no directory, before any work is done. What appears meanwhile is
    /// not overwritten either. What is made is no stream.
    pub(crate) fn check(self, path: &Path) -> Result<(), CliError> {
        if path.as_os_str() == "-" {
            return Err(CliError::NothingToDo(
                "`-` is no file to write: name one, or leave --out away where `hufu cert chain` is to write to standard output",
            ));
        }
        let refused = |reason: String| Err(CliError::File { path: path.to_owned(), reason });
        let directory = directory(path);
        let name = shortened(&directory.to_string_lossy(), QUOTED_MOST);
        if !directory.exists() {
            return refused(format!("the directory {name} does not exist; make it first, or name a file elsewhere"));
        }
        if !directory.is_dir() {
            return refused(format!("{name} is not a directory; name a file in one"));
        }
        if path.is_dir() {
            return refused("is a directory; name a file in it".to_owned());
        }
        if self == Self::Refuse && path.exists() { Err(taken(path)) } else { Ok(()) }
    }
}

/// Who may read a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Readers {
    /// Certificates are public, and a server may run as somebody else.
    Any,
    /// There is a key in it.
    Owner,
}

/// Writes all of it or nothing: whoever reads the file meanwhile has the old one or the new one.
pub(crate) fn write(path: &Path, bytes: &[u8], readers: Readers, there: Taken) -> Result<(), CliError> {
    let refused = |error: io::Error| match error.kind() {
        io::ErrorKind::AlreadyExists => taken(path),
        kind => {
            // Other words than the system's own name the file that is made on the way.
            let why = if error.raw_os_error().is_some() { error.to_string() } else { kind.to_string() };
            CliError::File { path: path.to_owned(), reason: format!("cannot be written: {why}") }
        }
    };
    // What a link leads to is overwritten, and not the link.
    let target = match there {
        Taken::Overwrite => fs::canonicalize(path).unwrap_or_else(|_| path.to_owned()),
        Taken::Refuse => path.to_owned(),
    };
    // The process's mask takes from it what it takes from every file.
    let mode = if readers == Readers::Any { 0o666 } else { 0o600 };
    let made = tempfile::Builder::new().permissions(Permissions::from_mode(mode)).tempfile_in(directory(&target));
    let mut made = made.map_err(refused)?;
    made.write_all(bytes).and_then(|()| made.as_file().sync_all()).map_err(refused)?;
    let kept = match there {
        Taken::Overwrite => made.persist(&target),
        Taken::Refuse => made.persist_noclobber(&target),
    };
    kept.map(drop).map_err(|error| refused(error.error))
}

/// Where a file lies, or is to.
fn directory(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn taken(path: &Path) -> CliError {
    CliError::File { path: path.to_owned(), reason: "is there already; --force overwrites it".to_owned() }
}
