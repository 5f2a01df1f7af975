//! `hufu cert convert`: certificates and their key as the file that a web server reads.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use model::{
    Timestamp,
    tools::{KeyMatch, NoCertificates},
};
use probe::{
    CertificateDer, Reach, Roots, arrange, certificate,
    file::{self, HeldKey, Password, PrivateKey, Unwritten},
};

use super::{
    arguments,
    exit::{CliError, Exit},
    human::{self, Block, Label, Style, Tone},
    made::{self, Readers, Taken},
    opening::{self, Opening},
    report::{self, Answer, Report},
};
use crate::clock;

/// Make the file that a web server reads of certificates and their private key.
///
/// Reads PEM, DER, PKCS#7, PKCS#12 and JKS, told apart by their content. The server's own certificate
/// comes first in what is written, then its issuers; what did not issue it is left out, and so is the
/// root itself. Nothing is fetched: an issuer that is missing is told on standard error, and
/// `hufu cert chain` completes the chain. Where a key is written, nobody else may read the file. What
/// was made is told on standard output.
#[derive(Debug, Args)]
pub(crate) struct CertConvert {
    /// The certificates; `-` for standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    opening: Opening,
    /// What to make: certificates alone in PEM, or a key store with the same password as what was read
    #[arg(long, value_name = "FORMAT")]
    to: Target,
    /// The file to make
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// With --to pem: put the private key into this file, unencrypted
    #[arg(long, value_name = "FILE")]
    key_out: Option<PathBuf>,
    /// Roots that replace every platform's store, where the authority is your own
    #[arg(long, value_name = "PEM")]
    roots: Option<PathBuf>,
    /// Where sets of roots of your own are, below trust/; see `hufu trust`
    #[arg(long, env = "HUFU_DATA_DIR", value_name = "DIR", default_value = "data")]
    data_dir: PathBuf,
    /// Overwrite what is there
    #[arg(long)]
    force: bool,
}

/// What can be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Target {
    /// Certificates, for nginx and Apache; crt and cer mean the same
    #[value(aliases = ["crt", "cer"])]
    Pem,
    /// Certificates and key, for Java, Windows and IIS; p12 and pfx mean the same
    #[value(aliases = ["p12", "pfx"])]
    Pkcs12,
    /// Certificates and key, for Tomcat and Spring Boot
    Jks,
}

impl CertConvert {
    /// Reads, and writes.
    pub(crate) fn run(self) -> Result<Exit, CliError> {
        if self.key_out.is_some() && self.to != Target::Pem {
            return Err(CliError::NothingToDo("--key-out goes with --to pem: a key store holds the key itself"));
        }
        if self.key_out.as_ref() == Some(&self.out) {
            return Err(CliError::NothingToDo("--out and --key-out are two files: one would overwrite the other"));
        }
        for path in [Some(&self.out), self.key_out.as_ref()].into_iter().flatten() {
            Taken::by(self.force).check(path)?;
        }
        let roots = self.stores()?;
        let password = self.opening.password()?;
        let contents = self.opening.read(&self.file, password.as_ref())?;
        let chain = file::served(&contents.certificates, &contents.key);
        let refused = |reason: String| CliError::File { path: self.file.clone(), reason };
        let leaf = chain.first().ok_or_else(|| refused(NoCertificates::Nothing.to_string()))?;
        if contents.key.matches(leaf) == Some(KeyMatch::Other) {
            let why = NoCertificates::OtherKey;
            return Err(refused(format!("{why}; name that of the server's certificate with --key")));
        }
        let all = [chain.as_slice(), contents.certificates.as_slice()].concat();
        let now = clock::now();
        let reach = roots.map(|roots| arrange(&all, &[roots], now).reach);
        match self.to {
            Target::Pem => self.write_pem(&chain, contents.key),
            Target::Pkcs12 | Target::Jks => {
                let key = contents.key.opened().map_err(|why| refused(locked(why)))?;
                self.write_store(&chain, &key, password.as_ref(), now)
            }
        }?;
        if let Some(Reach::Missing { issuer }) = reach {
            report::complain(&self.incomplete(&issuer));
        }
        self.tell(&chain)
    }

    /// What was made, and where it is.
    fn tell(&self, chain: &[CertificateDer<'_>]) -> Result<Exit, CliError> {
        let style = Style::detect();
        let locale = style.locale;
        let certificates: Vec<_> = chain.iter().map(|der| certificate::read(der)).collect();
        let mut fields = human::chain(&certificates, locale);
        let written = [(Label::WrittenTo, Some(&self.out)), (Label::KeyWrittenTo, self.key_out.as_ref())];
        let written = written.into_iter().filter_map(|(label, path)| Some((label.word(locale), path?)));
        fields.extend(written.map(|(label, path)| (label, path.display().to_string())));
        let subject = self.file.display().to_string();
        let mut block = Block::new(style, &subject, Tone::Good, Label::Converted.word(locale));
        block.fields(&fields);
        let mut report = Report::default();
        report.print(&Answer::said(block.text(), Exit::Good))?;
        report.end("no certificate")
    }

    /// What tells whether the chain is complete. Only what was named on the command line has to be there: the file
    /// is made without it.
    fn stores(&self) -> Result<Option<Roots>, CliError> {
        match arguments::stores(self.roots.as_deref(), &self.data_dir) {
            Ok((roots, _)) => Ok(Some(roots)),
            Err(error) if self.roots.is_none() => {
                report::complain(&format!("warning: whether the chain is complete was not checked: {error}"));
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// A server with what was made works only for clients that have the issuer from elsewhere.
    fn incomplete(&self, issuer: &str) -> String {
        let reason = format!(
            "warning: the chain is incomplete, the certificate of its issuer {issuer} is missing: `hufu cert chain` \
             completes it; if that is a root of your own, name it with --roots"
        );
        CliError::File { path: self.file.clone(), reason }.to_string()
    }

    fn write_pem(&self, chain: &[CertificateDer<'_>], key: HeldKey) -> Result<(), CliError> {
        if let Some(path) = &self.key_out {
            let refused = |why| CliError::File { path: self.file.clone(), reason: locked(why) };
            self.write(path, key.opened().map_err(refused)?.pem().as_bytes(), Readers::Owner)?;
        }
        self.write(&self.out, file::to_pem(chain, None).as_bytes(), Readers::Any)
    }

    fn write_store(
        &self,
        chain: &[CertificateDer<'_>],
        key: &PrivateKey,
        password: Option<&Password>,
        now: Timestamp,
    ) -> Result<(), CliError> {
        let password = password.ok_or(CliError::NothingToDo(
            "a key store needs a password: give --password-file, or set HUFU_KEYSTORE_PASSWORD",
        ))?;
        let made = match self.to {
            Target::Jks => file::to_jks(chain, key, password, now),
            Target::Pem | Target::Pkcs12 => file::to_pkcs12(chain, key, password),
        };
        let refused = |why: Unwritten| CliError::File { path: self.out.clone(), reason: why.to_string() };
        self.write(&self.out, &made.map_err(refused)?, Readers::Owner)
    }

    fn write(&self, path: &Path, bytes: &[u8], readers: Readers) -> Result<(), CliError> {
        made::write(path, bytes, readers, Taken::by(self.force))
    }
}

fn locked(why: NoCertificates) -> String {
    let said = format!("the private key: {}", opening::reason(&why.into()));
    if why == NoCertificates::NoKey { format!("{said}; name its file with --key") } else { said }
}
