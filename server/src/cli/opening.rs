//! What opens files of certificates: a key beside them, a password, the name of one key among several.
//! A password is never an argument, for a list of processes shows those.

use std::path::{Path, PathBuf};

use clap::Args;
use model::tools::NoCertificates;
use probe::file::{self, Contents, HeldKey, Password, PrivateKey, Refused};
use zeroize::Zeroizing;

use super::{
    exit::CliError,
    input::{self, PEM_MOST},
};
use crate::environment;

/// Keys and passwords.
#[derive(Debug, Args)]
pub(crate) struct Opening {
    /// The private key, PEM or DER, where it lies in a file of its own
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    #[command(flatten)]
    unlocking: Unlocking,
}

impl Opening {
    /// The password, if there is one.
    pub(crate) fn password(&self) -> Result<Option<Password>, CliError> {
        self.unlocking.password()
    }

    /// The file, opened; the key beside it stands in for one within.
    pub(crate) fn read(&self, path: &Path, password: Option<&Password>) -> Result<Contents, CliError> {
        let mut contents = self.unlocking.read(path, password)?;
        if let Some(path) = &self.key {
            let bytes = Zeroizing::new(input::filled(path, KEY_MOST).map_err(|error| error.wanting(KEY_WANTED))?);
            let key = PrivateKey::read(&bytes, password).map_err(|why| match why {
                NoCertificates::NoKey => refused(path, &why.into()).wanting(KEY_WANTED),
                why => refused(path, &why.into()),
            })?;
            contents.key = HeldKey::Open(key);
        }
        Ok(contents)
    }
}

/// What opens a key store.
#[derive(Debug, Args)]
pub(crate) struct Unlocking {
    /// A file whose first line is the password of key store and key; without it, HUFU_KEYSTORE_PASSWORD
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// Which of several keys of a key store is meant
    #[arg(long, value_name = "NAME")]
    alias: Option<String>,
}

impl Unlocking {
    /// The password, if there is one.
    pub(crate) fn password(&self) -> Result<Option<Password>, CliError> {
        let Some(path) = &self.password_file else {
            return Ok(environment::variable(PASSWORD).map(Password::new));
        };
        let wanting = |error: CliError| error.wanting(PASSWORD_WANTED);
        let refused = |reason: &str| wanting(CliError::File { path: path.clone(), reason: reason.to_owned() });
        let bytes = Zeroizing::new(input::filled(path, PASSWORD_FILE_MOST).map_err(wanting)?);
        let text = str::from_utf8(&bytes).map_err(|_| refused("not UTF-8"))?;
        let line = text.strip_prefix('\u{feff}').unwrap_or(text).lines().next().unwrap_or_default();
        if line.is_empty() { Err(refused("its first line is empty")) } else { Ok(Some(Password::new(line.to_owned()))) }
    }

    /// The file, opened; of certificates that cannot be read nothing can be said or made.
    pub(crate) fn read(&self, path: &Path, password: Option<&Password>) -> Result<Contents, CliError> {
        let bytes = Zeroizing::new(input::filled(path, PEM_MOST)?);
        let opening = file::Opening { password, alias: self.alias.as_deref() };
        let contents = file::read(&bytes, &opening).map_err(|why| refused(path, &why))?;
        file::readable(&bytes, &contents.certificates).map_err(|why| refused(path, &why.into()))?;
        Ok(contents)
    }
}

fn refused(path: &Path, why: &Refused) -> CliError {
    CliError::File { path: path.to_owned(), reason: reason(why) }
}

/// Why something is not opened, with the argument that would open it.
pub(crate) fn reason(Refused { why, names }: &Refused) -> String {
    let names = names.join(", ");
    match why {
        NoCertificates::Nothing => format!("{why}; PEM, DER, PKCS#7, PKCS#12 and JKS are read"),
        NoCertificates::KeyAlone => "a private key and no certificate; name the file with the certificate".to_owned(),
        NoCertificates::PasswordNeeded => format!("{why}: give --password-file, or set {PASSWORD}"),
        NoCertificates::WrongPassword => format!("{why}; the password is that of --password-file, or of {PASSWORD}"),
        NoCertificates::SeveralKeys => format!("several keys; choose one with --alias: {names}"),
        NoCertificates::NoSuchName if names.is_empty() => {
            "no key in it has the name of --alias, nor any other; leave --alias out".to_owned()
        }
        NoCertificates::NoSuchName => format!("no key in it has the name of --alias; choose one of: {names}"),
        why => why.to_string(),
    }
}

const KEY_WANTED: &str = "--key names the file with the private key, PEM or DER";
const PASSWORD_WANTED: &str = "--password-file names a file with the password in its first line";

/// Holds the password of key stores and keys.
const PASSWORD: &str = "HUFU_KEYSTORE_PASSWORD";

/// Longer than any password.
const PASSWORD_FILE_MOST: u64 = 4 * 1024;

/// Larger than any key.
const KEY_MOST: u64 = 256 * 1024;
