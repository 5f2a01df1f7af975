//! PKCS#12 (RFC 7292). Files of old tools, with Triple DES or RC2, are read and not written.

use model::tools::{CHAIN_MOST, NoCertificates};
use p12_keystore::{
    Certificate, KeyStore, KeyStoreEntry, Pkcs12Archive, PrivateKey as Pkcs12Key, PrivateKeyBag, PrivateKeyChain,
    error::Error,
};
use rustls::pki_types::CertificateDer;

use super::{
    Contents, Format, HeldKey, Opening, Password, PrivateKey, Refused, Unwritten, chosen,
    der::{INTEGER, OBJECT, OCTET_STRING, Reader, SEQUENCE},
    is_called,
    key::ITERATIONS_MOST,
    order,
};
use crate::certificate;

/// Whether DER is of this kind: version 3 comes first.
pub(super) fn is_pkcs12(der: &[u8]) -> bool {
    Reader::of(der).within(SEQUENCE).and_then(|mut reader| reader.take(INTEGER)) == Some([3].as_slice())
}

/// Opens a file. Some have no password, which is an empty one.
pub(super) fn read(file: &[u8], opening: &Opening<'_>) -> Result<Contents, Refused> {
    if !is_bearable(file) {
        return Err(NoCertificates::Unsupported.into());
    }
    let password = opening.password.map_or("", Password::as_str);
    let archive = Pkcs12Archive::from_pkcs12(file, password).map_err(|error| refused(&error, opening.password))?;
    if archive.certs.is_empty() {
        let why = if archive.keys.is_empty() { NoCertificates::Nothing } else { NoCertificates::KeyAlone };
        return Err(why.into());
    }
    if archive.certs.len() > CHAIN_MOST || archive.keys.len() > CHAIN_MOST {
        return Err(NoCertificates::TooMany.into());
    }
    let names: Vec<&str> = archive.keys.iter().map(|key| key.friendly_name.as_deref().unwrap_or_default()).collect();
    let named = |name: Option<&str>| opening.alias.is_none_or(|alias| name.is_some_and(|name| is_called(name, alias)));
    let others = archive.certs.iter().any(|bag| named(bag.friendly_name.as_deref()));
    let (certificates, key) = match chosen(&names, opening.alias, others)? {
        Some(index) => with_its_chain(&archive, &archive.keys[index]),
        None => {
            let wanted = archive.certs.iter().filter(|bag| named(bag.friendly_name.as_deref()));
            (wanted.map(|bag| CertificateDer::from(bag.cert.as_der().to_vec())).collect(), HeldKey::None)
        }
    };
    Ok(Contents { format: Format::Pkcs12, certificates, key })
}

/// A file of one key with its chain, encrypted as Java and OpenSSL do by now: PBES2 with AES-256.
pub(super) fn write(
    chain: &[CertificateDer<'_>],
    key: &PrivateKey,
    name: &str,
    password: &Password,
) -> Result<Vec<u8>, Unwritten> {
    let leaf = chain.first().ok_or(Unwritten::Failed)?;
    let key = Pkcs12Key::from_der(key.as_der()).map_err(|_| Unwritten::Failed)?;
    let certificates: Result<Vec<_>, _> = chain.iter().map(|der| Certificate::from_der(der)).collect();
    let certificates = certificates.map_err(|_| Unwritten::Failed)?;
    let id = certificate::fingerprint(leaf).to_string().into_bytes();
    let mut store = KeyStore::new();
    store.add_entry(name, KeyStoreEntry::PrivateKeyChain(PrivateKeyChain::new(id, key, certificates)));
    store.writer(password.as_str()).write().map_err(|_| Unwritten::Failed)
}

fn refused(error: &Error, password: Option<&Password>) -> NoCertificates {
    match error {
        Error::UnsupportedContentType
        | Error::UnsupportedCertificateType
        | Error::UnsupportedEncryptionScheme
        | Error::UnsupportedMacAlgorithm
        | Error::InvalidParameters => NoCertificates::Unsupported,
        // Without a seal, what a wrong password makes of it may be anything.
        _ if password.is_some() => NoCertificates::WrongPassword,
        Error::MacError(_) | Error::Pkcs5Error(_) | Error::UnpadError => NoCertificates::PasswordNeeded,
        _ => NoCertificates::Damaged,
    }
}

/// The chain of a key: what is marked as its own, or else fits it, and then the issuers. Where nothing
/// fits, all there is.
fn with_its_chain(archive: &Pkcs12Archive, bag: &PrivateKeyBag) -> (Vec<CertificateDer<'static>>, HeldKey) {
    let all: Vec<_> = archive.certs.iter().map(|bag| CertificateDer::from(bag.cert.as_der().to_vec())).collect();
    let key = HeldKey::from(PrivateKey::from_der(bag.key.as_der(), None));
    let id = bag.local_key_id.as_ref().map(|id| id.0.as_slice());
    let marked = archive.certs.iter().position(|bag| id.is_some() && bag.local_key_id.as_deref() == id);
    match marked.or_else(|| order::of_key(&all, &key)) {
        Some(leaf) => (order::path(&all, leaf), key),
        None => (all, key),
    }
}

/// Whether the derivations of keys that a file asks for are soon done: the rounds stand behind a salt
/// (RFC 7292 appendix C, RFC 8018 A.2). What is encrypted is not seen here; the library bounds each.
fn is_bearable(file: &[u8]) -> bool {
    let mut left = 2 * ITERATIONS_MOST;
    spend(Reader::of(file), DEEPEST, &mut left).is_some()
}

/// None when more is asked for than is left.
fn spend(mut elements: Reader<'_>, depth: u8, left: &mut u64) -> Option<()> {
    let mut after_salt = false;
    while let Some(element) = elements.next() {
        match element.tag {
            INTEGER if after_salt => *left = left.checked_sub(number(element.contents))?,
            OBJECT if element.contents == SCRYPT => return None,
            _ => {}
        }
        after_salt = element.tag == OCTET_STRING;
        let holds_more = element.tag & CONSTRUCTED != 0 || after_salt && element.contents.first() == Some(&SEQUENCE);
        if holds_more {
            spend(Reader::of(element.contents), depth.checked_sub(1)?, left)?;
        }
    }
    Some(())
}

fn number(contents: &[u8]) -> u64 {
    let digits = &contents[contents.iter().take_while(|octet| **octet == 0).count()..];
    if digits.len() > 8 {
        return u64::MAX;
    }
    digits.iter().fold(0, |sum, octet| sum << 8 | u64::from(*octet))
}

/// Deeper than any file of this kind, with a certificate in it.
const DEEPEST: u8 = 32;

const CONSTRUCTED: u8 = 0x20;

/// 1.3.6.1.4.1.11591.4.11: its memory is not bounded by rounds, and no tool writes it.
const SCRYPT: &[u8] = &[0x2b, 0x06, 0x01, 0x04, 0x01, 0xda, 0x47, 0x04, 0x0b];
