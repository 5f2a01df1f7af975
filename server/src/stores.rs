//! The roots of the platforms' stores: those compiled in, with the sets that an operator has put into
//! the data directory in their place.

use std::{
    fs::DirBuilder,
    io::{self, Write as _},
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
};

use probe::{
    Roots,
    stores::{self, StoreSet, StoresError},
};
use tempfile::NamedTempFile;

/// Where the sets of an operator are kept.
pub(crate) fn directory(data_dir: &Path) -> PathBuf {
    data_dir.join("trust")
}

/// The roots of every store that ships with something.
///
/// # Errors
/// When a set in the data directory cannot be used.
pub fn roots(data_dir: &Path) -> Result<Roots, StoresError> {
    let directory = directory(data_dir);
    // What is compiled in has then been read already, or is when it is asked.
    if !directory.is_dir() {
        return Ok(Roots::preinstalled());
    }
    Ok(Roots::of(&stores::installed(&directory)?))
}

/// Keeps `sets` in the data directory, in the place of those of the same stores. None is replaced
/// before all are on disk, and each is replaced as a whole.
///
/// # Errors
/// When a file cannot be written.
pub(crate) fn keep(sets: &[&StoreSet], data_dir: &Path) -> Result<(), StoresError> {
    let directory = directory(data_dir);
    let unusable = |error: io::Error| StoresError { path: directory.clone(), reason: error.to_string() };
    DirBuilder::new().recursive(true).mode(0o700).create(&directory).map_err(unusable)?;
    let written = sets.iter().map(|set| write(set, &directory)).collect::<io::Result<Vec<_>>>().map_err(unusable)?;
    for (set, file) in sets.iter().zip(written) {
        file.persist(directory.join(stores::file_name(set.store))).map_err(|error| unusable(error.error))?;
    }
    Ok(())
}

fn write(set: &StoreSet, directory: &Path) -> io::Result<NamedTempFile> {
    let mut file = NamedTempFile::new_in(directory)?;
    file.write_all(set.to_pem().as_bytes())?;
    file.as_file().sync_all()?;
    Ok(file)
}
