//! `hufu cert check`: what a phone would say of a certificate that is not served yet.

use std::path::{Path, PathBuf};

use clap::Args;
use model::{
    Certificate, Code, Finding, ServerName, Timestamp, Verdict, Verdicts, diagnose::diagnose_chain, trust::Trust,
};
use probe::{CertificateDer, Roots, certificate, evaluate};
use rustls_pki_types::pem::PemObject as _;

use super::{
    arguments,
    exit::{CliError, Exit},
    human::{self, Block, Label, Style, Tone},
    input::{self, PEM_MOST},
    output::{CertLine, json},
    report::{Answer, Report},
};

/// Judge a certificate file as a phone would.
///
/// PEM or DER. Several certificates in the file are the chain as it is to be served, leaf first.
/// Private keys in the file are neither read nor shown.
#[derive(Debug, Args)]
pub(crate) struct CertCheck {
    /// The file; `-` for standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The name or address that the certificate must be for; without it, names are not judged
    #[arg(long, value_name = "NAME|IP", value_parser = host)]
    host: Option<ServerName>,
    /// More certificates that will be served, in any order; only those on the way to a root are used
    #[arg(long, value_name = "PEM")]
    intermediates: Option<PathBuf>,
    /// Roots that replace every platform's store
    #[arg(long, value_name = "PEM")]
    roots: Option<PathBuf>,
    /// The time of judgement, in place of now
    #[arg(long, value_name = "RFC3339", value_parser = arguments::time)]
    at: Option<Timestamp>,
    /// Print one JSON object: trusted, findings, chain
    #[arg(long)]
    json: bool,
}

impl CertCheck {
    /// Judges the file.
    pub(crate) fn run(self) -> Result<Exit, CliError> {
        let (roots, context) = arguments::stores(self.roots.as_deref())?;
        let now = self.at.unwrap_or_else(Timestamp::now);
        let served = certificates(&self.file)?;
        let others = self.intermediates.as_deref().map(certificates).transpose()?.unwrap_or_default();
        let stores = [roots];
        let (chain, trust) = chain(served, others, &stores, now);
        let read = |der: &CertificateDer<'_>| match &self.host {
            Some(host) => certificate::read_for(der, host),
            None => certificate::read(der),
        };
        let certificates: Vec<_> = chain.iter().map(read).collect();
        let findings = diagnose_chain(&certificates, &trust, self.host.as_ref(), context, now);
        let trusted = is_trusted(&trust, &findings);

        let worst = Verdicts::from_findings(&findings).worst();
        let verdict = if trusted { worst } else { Verdict::Fail };
        let exit = if verdict == Verdict::Fail { Exit::Fail } else { Exit::Good };
        let text = if self.json {
            json(&CertLine {
                trusted,
                findings: findings.iter().map(Into::into).collect(),
                chain: certificates.iter().map(Into::into).collect(),
            })
        } else {
            block(&self.file, verdict, trusted, &certificates, &findings, now)
        };
        let mut report = Report::default();
        report.print(&Answer::said(text, exit))?;
        Ok(exit)
    }
}

fn host(text: &str) -> Result<ServerName, String> {
    text.trim().parse().map_err(|error| format!("no name and no address: {error}"))
}

/// The certificates of a file, PEM or DER.
fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, CliError> {
    let refused = |reason: &str| CliError::File { path: path.to_owned(), reason: reason.to_owned() };
    let mut bytes = input::file(path, PEM_MOST)?;
    // Editors on Windows begin files with a mark.
    if bytes.starts_with(b"\xef\xbb\xbf") {
        bytes.drain(..3);
    }
    if is_one_sequence(&bytes) {
        if let Some(other) = other_than_a_certificate(&bytes) {
            return Err(refused(other));
        }
        return Ok(vec![CertificateDer::from(bytes)]);
    }
    let mut found = Vec::new();
    for der in CertificateDer::pem_slice_iter(&bytes) {
        // The decoder's words may repeat parts of the file, and with them of a key.
        found.push(der.map_err(|_| refused("neither PEM nor DER, or damaged"))?);
        if found.len() > CHAIN_MOST {
            return Err(refused("more certificates than any server serves"));
        }
    }
    if found.is_empty() { Err(refused("no certificate found")) } else { Ok(found) }
}

/// Whether `bytes` are one DER SEQUENCE from the first to the last, as every certificate is.
fn is_one_sequence(bytes: &[u8]) -> bool {
    let Some((0x30, rest)) = bytes.split_first().map(|(tag, rest)| (*tag, rest)) else { return false };
    let Some((&length, rest)) = rest.split_first() else { return false };
    if length < 0x80 {
        return rest.len() == usize::from(length);
    }
    let octets = usize::from(length & 0x7f);
    let Some((length, contents)) = rest.split_at_checked(octets) else { return false };
    (1..=4).contains(&octets) && length.iter().fold(0, |sum, octet| sum << 8 | usize::from(*octet)) == contents.len()
}

/// What a DER file is instead of a certificate, and how one comes of it.
fn other_than_a_certificate(bytes: &[u8]) -> Option<&'static str> {
    let header = if bytes.get(1)? & 0x80 == 0 { 2 } else { 2 + usize::from(bytes.get(1)? & 0x7f) };
    let contents = bytes.get(header..)?;
    // RFC 2315 section 7: an object identifier below 1.2.840.113549.1.7.
    if contents.starts_with(&[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07]) {
        return Some("a PKCS#7 file: `openssl pkcs7 -inform DER -print_certs` makes PEM of it");
    }
    // RFC 7292 section 4: version 3.
    if contents.starts_with(&[0x02, 0x01, 0x03]) {
        return Some("a PKCS#12 file: `openssl pkcs12 -nokeys` makes PEM of it");
    }
    None
}

/// What will be served, given more certificates to serve: those of them that lead to a root, or all
/// where none does.
fn chain(
    served: Vec<CertificateDer<'static>>,
    others: Vec<CertificateDer<'static>>,
    stores: &[Roots],
    now: Timestamp,
) -> (Vec<CertificateDer<'static>>, Trust) {
    let own = served.len();
    let mut all = served;
    all.extend(others);
    let trust = evaluate(&all, stores, now);
    let Some(path) = trust.stores.iter().find_map(|answer| answer.path.as_ref().ok()) else { return (all, trust) };
    let used = path.iter().filter_map(|step| step.position).filter(|position| *position >= own);
    let used: Vec<_> = used.filter_map(|position| all.get(position).cloned()).collect();
    all.truncate(own);
    all.extend(used);
    let trust = evaluate(&all, stores, now);
    (all, trust)
}

/// A path holds at its time; the name is a finding.
fn is_trusted(trust: &Trust, findings: &[Finding]) -> bool {
    let refused = [Code::CertNameMismatch, Code::CertNoSan, Code::CertExpired, Code::CertNotYetValid];
    trust.everywhere() && !findings.iter().any(|finding| refused.contains(&finding.code))
}

fn block(
    file: &Path,
    verdict: Verdict,
    trusted: bool,
    chain: &[Certificate],
    findings: &[Finding],
    now: Timestamp,
) -> String {
    let style = Style::detect();
    let locale = style.locale;
    let (tone, word) = human::verdict(verdict, style);
    let (trust_tone, label) = if trusted { (tone, Label::Trusted) } else { (Tone::Bad, Label::NotTrusted) };
    let words = format!("{word} · {}", label.word(locale));
    let mut block = Block::new(style, &file.display().to_string(), trust_tone, &words);
    block.fields(&human::chain(chain, locale));
    block.findings(findings, now);
    block.text()
}

/// Far above what any server serves, far below what a store of roots holds.
const CHAIN_MOST: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn containers_are_told_from_certificates() {
        let pkcs7 = [0x30, 0x0b, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02];
        let pkcs12 = [0x30, 0x82, 0x00, 0x05, 0x02, 0x01, 0x03, 0x30, 0x00];
        let certificate = [0x30, 0x82, 0x00, 0x02, 0x30, 0x00];
        assert!(other_than_a_certificate(&pkcs7).is_some_and(|words| words.contains("PKCS#7")));
        assert!(other_than_a_certificate(&pkcs12).is_some_and(|words| words.contains("PKCS#12")));
        assert_eq!(other_than_a_certificate(&certificate), None);
        assert_eq!(other_than_a_certificate(&[0x30, 0xff]), None);
    }

    #[test]
    fn a_sequence_that_fills_the_file_is_der() {
        let long =
            |length: [u8; 2], bytes: usize| [&[0x30, 0x82, length[0], length[1]], vec![0; bytes].as_slice()].concat();
        for (bytes, expected) in [
            (vec![], false),
            (vec![0x30], false),
            (vec![0x30, 0], true),
            (vec![0x30, 1, 0], true),
            (vec![0x30, 1, 0, 0], false),
            (vec![0x30, 0x80, 0, 0], false),
            (vec![0x30, 0xff], false),
            (vec![0x30, 0x82, 1], false),
            (long([1, 0], 256), true),
            (long([1, 0], 255), false),
            (b"-----BEGIN".to_vec(), false),
        ] {
            assert_eq!(is_one_sequence(&bytes), expected, "{bytes:x?}");
        }
    }
}
