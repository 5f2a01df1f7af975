//! Files of certificates: PEM, DER, PKCS#7, PKCS#12 and JKS, told apart by what is in them, and never
//! by their names. Keys in them stay in memory, and only as long as somebody holds what was read.

pub(crate) mod der;
mod jks;
mod key;
mod order;
pub(crate) mod pem;
mod pkcs12;
mod pkcs7;

use std::fmt;

use model::{
    Timestamp,
    tools::{
        CHAIN_MOST, NoCertificates,
        damage::{DamagedBlock, Label},
    },
};
use rustls::pki_types::CertificateDer;
use zeroize::Zeroizing;

use crate::certificate;

pub use self::{
    key::{HeldKey, PrivateKey},
    order::served,
};

/// What a file holds.
#[derive(Debug)]
pub struct Contents {
    /// What kind of file it is.
    pub format: Format,
    /// Its certificates, in its order; of a key store, the chosen key's chain.
    pub certificates: Vec<CertificateDer<'static>>,
    /// Its private key.
    pub key: HeldKey,
}

/// A kind of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// RFC 7468.
    Pem,
    /// One certificate, RFC 5280.
    Der,
    /// RFC 2315.
    Pkcs7,
    /// RFC 7292.
    Pkcs12,
    /// Java's own.
    Jks,
}

/// With what a file is opened.
#[derive(Clone, Copy, Debug, Default)]
pub struct Opening<'a> {
    /// The password of the file.
    pub password: Option<&'a Password>,
    /// Which of several keys is meant.
    pub alias: Option<&'a str>,
}

/// A password. Wiped when it is dropped; nothing prints it.
pub struct Password(Zeroizing<String>);

impl Password {
    /// Whatever somebody typed.
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether key stores that are made with it open everywhere: Java wants six characters, and none
    /// beyond ASCII.
    fn is_portable(&self) -> bool {
        self.0.len() >= PASSWORD_LEAST && self.0.bytes().all(|byte| (b' '..=b'~').contains(&byte))
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password")
    }
}

/// Why a file is not read, and between what there is to choose.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Refused {
    /// Why.
    pub why: NoCertificates,
    /// The names of the keys in it, where one of them must be chosen.
    pub names: Vec<String>,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.why)?;
        if self.names.is_empty() {
            return Ok(());
        }
        let between = if self.why == NoCertificates::NoSuchName { "; there is: " } else { ": " };
        write!(f, "{between}{}", self.names.join(", "))
    }
}

impl From<NoCertificates> for Refused {
    fn from(why: NoCertificates) -> Self {
        Self { why, names: Vec::new() }
    }
}

/// Why a key store is not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unwritten {
    /// Some program would not open it.
    #[error("the password must have {PASSWORD_LEAST} characters or more, all of them ASCII: Java opens no other")]
    Password,
    /// Certificates or key are not what they should be.
    #[error("certificates or key cannot be put into a key store")]
    Failed,
}

/// The certificates of a file that needs no password, in its order.
///
/// # Errors
/// See [`NoCertificates`]. Nothing of the file is repeated, for it may hold a key.
pub fn certificates(bytes: &[u8]) -> Result<Vec<CertificateDer<'static>>, NoCertificates> {
    read(bytes, &Opening::default()).map(|contents| contents.certificates).map_err(|refused| refused.why)
}

/// Whether all these certificates of a file can be read, for nothing can be said of others. One that is larger than
/// any is whole all the same, and so is one of whose extensions something is wrong: they are let through.
///
/// # Errors
/// When one is cut off or damaged: in PEM, which block.
pub fn readable(bytes: &[u8], certificates: &[CertificateDer<'_>]) -> Result<(), NoCertificates> {
    let is_damaged = |der: &&CertificateDer<'_>| der.len() <= certificate::LARGEST && certificate::parse(der).is_err();
    match certificates.iter().find(is_damaged) {
        Some(der) => Err(damaged(pem::holding(without_mark(bytes), der))),
        None => Ok(()),
    }
}

/// The certificates that somebody publishes: PEM, DER or PKCS#7, as they come. A key store stays shut, for
/// how long the key to it takes to derive is up to whoever made it; and so would be how many signatures
/// there are to check before a set is in order.
///
/// # Errors
/// See [`NoCertificates`].
pub(crate) fn published(bytes: &[u8]) -> Result<Vec<CertificateDer<'static>>, NoCertificates> {
    let bytes = without_mark(bytes);
    let found = match is_one_sequence(bytes) {
        true if pkcs12::is_pkcs12(bytes) => return Err(NoCertificates::Unsupported),
        true => open_der(bytes, <[CertificateDer<'static>]>::to_vec),
        false => open_pem(bytes, <[CertificateDer<'static>]>::to_vec),
    };
    found.map(|(_, certificates)| certificates)
}

/// Certificates and key of a file. To derive the key of a key store, or to put a set in order, may take a
/// processor for seconds: not where others wait.
///
/// # Errors
/// Says why there are no certificates. A key beside them that cannot be opened is no error: see
/// [`HeldKey::Locked`].
pub fn read(bytes: &[u8], opening: &Opening<'_>) -> Result<Contents, Refused> {
    let bytes = without_mark(bytes);
    if bytes.starts_with(jks::MAGIC) {
        return jks::read(bytes, opening);
    }
    if bytes.starts_with(jks::JCEKS_MAGIC) {
        return Err(NoCertificates::Jceks.into());
    }
    if is_one_sequence(bytes) {
        return of_der(bytes, opening);
    }
    match bytes {
        // Of indefinite length (X.690 section 8.1.3.6), as some systems write PKCS#12.
        [0x30, 0x80, ..] => Err(NoCertificates::Unsupported.into()),
        // Longer than the file, or shorter.
        [0x30, 0x81..=0x84, ..] => Err(NoCertificates::Damaged.into()),
        _ => of_pem(bytes, opening.password).map_err(Refused::from),
    }
}

/// The certificates, leaf first as [`served`] gives them, and the key if it is to be among them, in PEM.
pub fn to_pem(chain: &[CertificateDer<'_>], key: Option<&PrivateKey>) -> Zeroizing<String> {
    let parts = chain.iter().map(|der| pem::pem(CERTIFICATE, der)).chain(key.map(PrivateKey::pem));
    let parts: Vec<_> = parts.collect();
    let mut text = Zeroizing::new(String::with_capacity(parts.iter().map(|part| part.len()).sum()));
    parts.iter().for_each(|part| text.push_str(part));
    text
}

/// A PKCS#12 file that Java, OpenSSL and Windows since 2019 open.
///
/// # Errors
/// When the password would not do, or certificates or key cannot be read.
pub fn to_pkcs12(chain: &[CertificateDer<'_>], key: &PrivateKey, password: &Password) -> Result<Vec<u8>, Unwritten> {
    if !password.is_portable() {
        return Err(Unwritten::Password);
    }
    pkcs12::write(chain, key, NAME, password)
}

/// A Java key store; store and key have the same password.
///
/// # Errors
/// See [`to_pkcs12`].
pub fn to_jks(
    chain: &[CertificateDer<'_>],
    key: &PrivateKey,
    password: &Password,
    now: Timestamp,
) -> Result<Vec<u8>, Unwritten> {
    if !password.is_portable() {
        return Err(Unwritten::Password);
    }
    jks::write(chain, key, NAME, password, now)
}

fn of_der(bytes: &[u8], opening: &Opening<'_>) -> Result<Contents, Refused> {
    if pkcs12::is_pkcs12(bytes) {
        return pkcs12::read(bytes, opening);
    }
    let (format, certificates) = open_der(bytes, order::arranged)?;
    Ok(Contents { format, certificates, key: HeldKey::None })
}

fn open_der(bytes: &[u8], arrange: Arrange) -> Result<Found, NoCertificates> {
    if key::is_key(bytes) {
        return Err(NoCertificates::KeyAlone);
    }
    if is_request(bytes) {
        return Err(NoCertificates::Request);
    }
    if pkcs7::is_pkcs7(bytes) {
        return Ok((Format::Pkcs7, arrange(&pkcs7::certificates(bytes)?)));
    }
    Ok((Format::Der, vec![CertificateDer::from(bytes.to_vec())]))
}

fn of_pem(bytes: &[u8], password: Option<&Password>) -> Result<Contents, NoCertificates> {
    let (format, certificates) = open_pem(bytes, order::arranged)?;
    Ok(Contents { format, certificates, key: PrivateKey::read(bytes, password).into() })
}

fn open_pem(bytes: &[u8], arrange: Arrange) -> Result<Found, NoCertificates> {
    let mut format = Format::Pem;
    let mut found = Vec::new();
    let unread = |block: Option<DamagedBlock>| match block.and_then(|block| block.label) {
        // It is not damaged, but what reads the certificates beside it takes it for base64.
        Some(Label::RsaPrivateKey | Label::EcPrivateKey) if holds(bytes, OLD_ENCRYPTION) => NoCertificates::OldKey,
        _ => damaged(block),
    };
    for der in pem::certificates(bytes, CHAIN_MOST).map_err(unread)? {
        // Windows has been seen to call PKCS#7 a certificate.
        if pkcs7::is_pkcs7(&der) {
            found.extend(arrange(&pkcs7::certificates(&der)?));
        } else {
            found.push(der);
        }
        if found.len() > CHAIN_MOST {
            return Err(NoCertificates::TooMany);
        }
    }
    if found.is_empty() {
        let is_wanted = |label: &str| matches!(label, "PKCS7" | "CMS");
        for block in pem::blocks(bytes, is_wanted) {
            let der = block.der.as_deref().ok_or_else(|| damaged(pem::damage(bytes, is_wanted)))?;
            found.extend(arrange(&pkcs7::certificates(der)?));
            format = Format::Pkcs7;
            if found.len() > CHAIN_MOST {
                return Err(NoCertificates::TooMany);
            }
        }
    }
    match found.is_empty() {
        false => Ok((format, found)),
        true if holds(bytes, REQUEST) => Err(NoCertificates::Request),
        true if holds(bytes, KEY) => Err(NoCertificates::KeyAlone),
        true => Err(NoCertificates::Nothing),
    }
}

/// Which block of a text cannot be read, as far as that can be told.
fn damaged(block: Option<DamagedBlock>) -> NoCertificates {
    block.map_or(NoCertificates::Damaged, NoCertificates::DamagedBlock)
}

/// Editors on Windows begin files with a mark.
fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)
}

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// What is made of a set of certificates, which has no order.
type Arrange = fn(&[CertificateDer<'static>]) -> Vec<CertificateDer<'static>>;

/// Certificates that no password locks.
type Found = (Format, Vec<CertificateDer<'static>>);

/// Which of the keys so called is meant; none when there is none and certificates are all there is.
fn chosen(names: &[&str], alias: Option<&str>, certificates: bool) -> Result<Option<usize>, Refused> {
    let refused = |why| Refused {
        why,
        names: names.iter().take(NAMES_MOST).map(|name| name.chars().take(NAME_MOST).collect()).collect(),
    };
    match alias {
        Some(alias) => match names.iter().position(|name| is_called(name, alias)) {
            None if !certificates => Err(refused(NoCertificates::NoSuchName)),
            index => Ok(index),
        },
        None if names.len() > 1 => Err(refused(NoCertificates::SeveralKeys)),
        None => Ok((names.len() == 1).then_some(0)),
    }
}

/// Whether what has this name is meant by `alias`: Java's names know no case.
fn is_called(name: &str, alias: &str) -> bool {
    name.to_lowercase() == alias.to_lowercase()
}

/// Whether `bytes` are one DER SEQUENCE from the first to the last, as every certificate is.
fn is_one_sequence(bytes: &[u8]) -> bool {
    let first = der::Reader::of(bytes).next();
    first.is_some_and(|element| element.tag == der::SEQUENCE && element.whole.len() == bytes.len())
}

/// Whether `der` is a certificate request (RFC 2986 section 4): version 0 and a name. A certificate of
/// version 1 with serial number 0 has an algorithm there, which begins with its identifier.
fn is_request(der: &[u8]) -> bool {
    let name = || {
        let mut information = der::Reader::of(der).within(der::SEQUENCE)?.within(der::SEQUENCE)?;
        let version = information.take(der::INTEGER)?;
        let name = information.take(der::SEQUENCE)?;
        (version == [0]).then_some(name)
    };
    name().is_some_and(|name| der::Reader::of(name).next().is_none_or(|first| first.tag != der::OBJECT))
}

/// As a request ends its first line (RFC 7468 section 7), with NEW before it or not.
const REQUEST: &[u8] = b"CERTIFICATE REQUEST-----";

/// As every kind of key ends its first line (RFC 7468 section 10 and 11, RFC 5915, RFC 8017).
const KEY: &[u8] = b"PRIVATE KEY-----";

/// The first header of a key that OpenSSL has encrypted as it did before PKCS#8 (RFC 1421 section 4.6.1.1).
const OLD_ENCRYPTION: &[u8] = b"Proc-Type:";

const CERTIFICATE: &str = "CERTIFICATE";

/// The name of a key in key stores that are made here.
const NAME: &str = "server";

/// Fewest characters of a password for a key store.
pub const PASSWORD_LEAST: usize = 6;

/// Most names, and most characters of each, that are said back.
const NAMES_MOST: usize = 20;
const NAME_MOST: usize = 60;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use model::tools::damage::Damage;

    use super::*;
    use crate::lab::{Authority, Validity, certificates_only};

    #[test]
    fn containers_are_told_from_certificates() {
        let pkcs7 = [0x30, 0x0b, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02];
        let pkcs12 = [0x30, 0x82, 0x00, 0x05, 0x02, 0x01, 0x03, 0x30, 0x00];
        let certificate = [0x30, 0x82, 0x00, 0x02, 0x30, 0x00];
        assert_eq!(certificates(&pkcs7), Err(NoCertificates::Damaged));
        assert_eq!(certificates(&pkcs12), Err(NoCertificates::Damaged));
        for version in [0, 1] {
            let key = [0x30, 0x82, 0x00, 0x05, 0x02, 0x01, version, 0x30, 0x00];
            assert_eq!(certificates(&key), Err(NoCertificates::KeyAlone));
        }
        assert_eq!(certificates(&certificate).map(|found| found.len()), Ok(1));
        let request = [0x30, 0x09, 0x30, 0x07, 0x02, 0x01, 0x00, 0x30, 0x02, 0x31, 0x00];
        assert_eq!(certificates(&request), Err(NoCertificates::Request));
        assert!(!is_request(&[0x30, 0x09, 0x30, 0x07, 0x02, 0x01, 0x00, 0x30, 0x02, 0x06, 0x00]), "of version 1");
        assert_eq!(certificates(&[0x30, 0x80, 0, 0]), Err(NoCertificates::Unsupported));
        assert_eq!(certificates(&pkcs12[..8]), Err(NoCertificates::Damaged));
        assert_eq!(certificates(&[0xce, 0xce, 0xce, 0xce, 0, 0, 0, 2]), Err(NoCertificates::Jceks));
    }

    #[test]
    fn a_key_store_that_somebody_publishes_stays_shut() {
        let validity = Validity::days("2026-05-01T00:00:00Z".parse().unwrap(), -1, 1);
        let root = Authority::root("Root", validity).unwrap();
        let pair = rcgen::KeyPair::generate().unwrap();
        let leaf = root.leaf(&[&"a.example".parse().unwrap()], &pair, validity, |_| ()).unwrap();
        let key = PrivateKey::read(pair.serialize_pem().as_bytes(), None).unwrap();
        // Without a password it opens for whoever tries.
        let store = pkcs12::write(std::slice::from_ref(&leaf), &key, NAME, &Password::new(String::new())).unwrap();
        assert_eq!(certificates(&store), Ok(vec![leaf.clone()]));
        assert_eq!(published(&store), Err(NoCertificates::Unsupported));
        for open in [leaf.to_vec(), to_pem(std::slice::from_ref(&leaf), None).as_bytes().to_vec()] {
            assert_eq!(published(&open), Ok(vec![leaf.clone()]));
        }
    }

    #[test]
    fn a_set_of_somebody_s_own_is_put_in_order_and_one_that_is_published_costs_no_signature() {
        let validity = Validity::days("2026-05-01T00:00:00Z".parse().unwrap(), -1, 1);
        let root = Authority::root("Root", validity).unwrap();
        let key = rcgen::KeyPair::generate().unwrap();
        let leaf = root.leaf(&[&"a.example".parse().unwrap()], &key, validity, |_| ()).unwrap();
        let set = certificates_only(&[root.der(), leaf.clone()]);
        let in_pem = |label| pem::pem(label, &set).as_bytes().to_vec();
        for file in [set.clone(), in_pem(CERTIFICATE), in_pem("PKCS7")] {
            assert_eq!(certificates(&file), Ok(vec![leaf.clone(), root.der()]));
            assert_eq!(published(&file), Ok(vec![root.der(), leaf.clone()]));
        }
    }

    #[test]
    fn one_of_several_keys_is_chosen_by_name() {
        use NoCertificates::{NoSuchName, SeveralKeys};
        let two = ["Tomcat", "other"];
        let why = |chosen: Result<Option<usize>, Refused>| chosen.map_err(|refused| refused.why);
        assert_eq!(chosen(&two, Some("tomcat"), false), Ok(Some(0)));
        assert_eq!(why(chosen(&two, None, true)), Err(SeveralKeys));
        assert_eq!(
            chosen(&two, None, false).map_err(|refused| refused.to_string()),
            Err("several keys; choose one by its name: Tomcat, other".to_owned())
        );
        assert_eq!(why(chosen(&two, Some("x"), false)), Err(NoSuchName));
        assert_eq!(
            chosen(&two, Some("x"), false).map_err(|refused| refused.to_string()),
            Err("nothing in it has this name; there is: Tomcat, other".to_owned())
        );
        assert_eq!(chosen(&two, Some("a certificate"), true), Ok(None));
        assert_eq!(chosen(&["x"], None, false), Ok(Some(0)));
        assert_eq!(chosen(&[], None, true), Ok(None));
    }

    #[test]
    fn what_holds_no_certificate_says_what_it_holds() {
        let key = "-----BEGIN EC PRIVATE KEY-----\nMAA=\n-----END EC PRIVATE KEY-----\n";
        let certificate = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
        let torn = |label, damage| {
            let block = DamagedBlock { label: Some(label), number: 1, line: 1, damage };
            Err(NoCertificates::DamagedBlock(block))
        };
        for (text, expected) in [
            ("", Err(NoCertificates::Nothing)),
            ("hello", Err(NoCertificates::Nothing)),
            (key, Err(NoCertificates::KeyAlone)),
            (certificate, Ok(1)),
            (&format!("\u{feff}{certificate}"), Ok(1)),
            (&format!("{key}{certificate}"), Ok(1)),
            (
                &format!("{key}{}", certificate.replace("CERTIFICATE", "CERTIFICATE REQUEST")),
                Err(NoCertificates::Request),
            ),
            (&certificate.replace("CERTIFICATE", "NEW CERTIFICATE REQUEST"), Err(NoCertificates::Request)),
            (
                "-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----\n",
                torn(Label::Certificate, Damage::NotBase64 { line: 2 }),
            ),
            ("-----BEGIN PKCS7-----\nMAA=!\n-----END PKCS7-----\n", torn(Label::Pkcs7, Damage::NotBase64 { line: 2 })),
            ("-----BEGIN CMS-----\nMAA=\n", torn(Label::Cms, Damage::NoEnd)),
            (&certificate.repeat(CHAIN_MOST), Ok(CHAIN_MOST)),
            (&certificate.repeat(CHAIN_MOST + 1), Err(NoCertificates::TooMany)),
        ] {
            assert_eq!(certificates(text.as_bytes()).map(|found| found.len()), expected, "{text:.60}");
        }
    }

    #[test]
    fn of_a_certificate_that_is_cut_off_the_block_is_named() {
        let validity = Validity::days("2026-05-01T00:00:00Z".parse().unwrap(), -1, 1);
        let whole = Authority::root("Root", validity).unwrap().der();
        let cut = CertificateDer::from(whole[..whole.len() - 20].to_vec());
        assert_eq!(readable(b"", std::slice::from_ref(&whole)), Ok(()));
        assert_eq!(readable(&cut, std::slice::from_ref(&cut)), Err(NoCertificates::Damaged));
        let of_size = |length| [CertificateDer::from(vec![0_u8; length])];
        assert_eq!(readable(b"", &of_size(certificate::LARGEST)), Err(NoCertificates::Damaged));
        assert_eq!(readable(b"", &of_size(certificate::LARGEST + 1)), Ok(()));
        let key = "-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n";
        let chain = [whole, cut];
        let text = format!("{key}{}", *to_pem(&chain, None));
        let line = u32::try_from(text[..text.rfind("-----BEGIN").unwrap()].lines().count() + 1).unwrap();
        let block = DamagedBlock { label: Some(Label::Certificate), number: 3, line, damage: Damage::Content };
        let (windows, old, marked) = (text.replace('\n', "\r\n"), text.replace('\n', "\r"), format!("\u{feff}{text}"));
        for text in [text, windows, old, marked] {
            assert_eq!(readable(text.as_bytes(), &chain), Err(NoCertificates::DamagedBlock(block)));
        }
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
