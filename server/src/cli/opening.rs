//! What opens files of certificates: a key beside them, a password, the name of one key among several.
//! A password is never an argument, for a list of processes shows those.

use std::{
    env,
    path::{Path, PathBuf},
};

use clap::Args;
use probe::file::{self, Contents, HeldKey, Password, PrivateKey};
use zeroize::Zeroizing;

use super::{
    exit::CliError,
    input::{self, PEM_MOST},
};

/// Keys and passwords.
#[derive(Debug, Args)]
pub(crate) struct Opening {
    /// The private key, PEM or DER, where it lies in a file of its own
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// A file whose first line is the password of key store and key; without it, HUFU_KEYSTORE_PASSWORD
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// Which of several keys of a key store is meant
    #[arg(long, value_name = "NAME")]
    alias: Option<String>,
}

impl Opening {
    /// The password, if there is one.
    pub(crate) fn password(&self) -> Result<Option<Password>, CliError> {
        let Some(path) = &self.password_file else {
            return Ok(env::var(PASSWORD).ok().map(Password::new));
        };
        let refused = |reason: &str| CliError::File { path: path.clone(), reason: reason.to_owned() };
        let bytes = Zeroizing::new(input::file(path, PASSWORD_FILE_MOST)?);
        let text = str::from_utf8(&bytes).map_err(|_| refused("not UTF-8"))?;
        let line = text.strip_prefix('\u{feff}').unwrap_or(text).lines().next().unwrap_or_default();
        if line.is_empty() { Err(refused("its first line is empty")) } else { Ok(Some(Password::new(line.to_owned()))) }
    }

    /// The file, opened; the key beside it stands in for one within.
    pub(crate) fn read(&self, path: &Path, password: Option<&Password>) -> Result<Contents, CliError> {
        let bytes = Zeroizing::new(input::file(path, PEM_MOST)?);
        let opening = file::Opening { password, alias: self.alias.as_deref() };
        let refused = |path: &Path, reason: String| CliError::File { path: path.to_owned(), reason };
        let mut contents = file::read(&bytes, &opening).map_err(|why| refused(path, why.to_string()))?;
        if let Some(path) = &self.key {
            let bytes = Zeroizing::new(input::file(path, KEY_MOST)?);
            let key = PrivateKey::read(&bytes, password).map_err(|why| refused(path, why.to_string()))?;
            contents.key = HeldKey::Open(key);
        }
        Ok(contents)
    }
}

/// Holds the password of key stores and keys.
const PASSWORD: &str = "HUFU_KEYSTORE_PASSWORD";

/// Longer than any password.
const PASSWORD_FILE_MOST: u64 = 4 * 1024;

/// Larger than any key.
const KEY_MOST: u64 = 256 * 1024;
