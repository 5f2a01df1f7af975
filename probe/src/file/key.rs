//! Private keys: PKCS#8 plain and encrypted, PKCS#1 and SEC 1, in PEM or DER. They live in memory and
//! are wiped when they are dropped; nothing prints them.

use std::fmt;

use model::tools::{KeyMatch, NoCertificates};
use pkcs8::{EncryptedPrivateKeyInfoRef, pkcs5::pbes2::Kdf};
use rustls::{
    crypto::aws_lc_rs::sign::any_supported_type,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};
use x509_parser::{prelude::FromDer as _, x509::SubjectPublicKeyInfo};
use zeroize::Zeroizing;

use super::{
    OLD_ENCRYPTION, Password, damaged,
    der::{FIRST, INTEGER, NULL, OBJECT, OCTET_STRING, Reader, SEQUENCE, element},
    holds,
    pem::{self, pem},
    without_mark,
};
use crate::certificate;

/// A private key.
pub struct PrivateKey {
    pkcs8: Zeroizing<Vec<u8>>,
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PrivateKey")
    }
}

/// What a file says of a private key.
#[derive(Debug)]
pub enum HeldKey {
    /// There is none.
    None,
    /// There is one, and why it cannot be had.
    Locked(NoCertificates),
    /// Here it is.
    Open(PrivateKey),
}

impl HeldKey {
    /// The key, or why there is none to be had.
    ///
    /// # Errors
    /// Why it cannot be opened, or [`NoCertificates::NoKey`].
    pub fn opened(self) -> Result<PrivateKey, NoCertificates> {
        match self {
            Self::None => Err(NoCertificates::NoKey),
            Self::Locked(why) => Err(why),
            Self::Open(key) => Ok(key),
        }
    }

    /// Whether it belongs to this certificate; none where there is no key.
    pub fn matches(&self, certificate: &[u8]) -> Option<KeyMatch> {
        match self {
            Self::None => None,
            Self::Locked(_) => Some(KeyMatch::Locked),
            Self::Open(key) => Some(key.matches(certificate)),
        }
    }
}

impl From<Result<PrivateKey, NoCertificates>> for HeldKey {
    fn from(key: Result<PrivateKey, NoCertificates>) -> Self {
        match key {
            Ok(key) => Self::Open(key),
            Err(NoCertificates::NoKey) => Self::None,
            Err(why) => Self::Locked(why),
        }
    }
}

impl PrivateKey {
    /// The first private key of a file.
    ///
    /// # Errors
    /// When it holds none, or one that cannot be opened.
    pub fn read(file: &[u8], password: Option<&Password>) -> Result<Self, NoCertificates> {
        let file = without_mark(file);
        if Reader::of(file).next().is_some_and(|element| element.whole.len() == file.len()) {
            return Self::from_der(file, password);
        }
        let blocks = pem::blocks(file, |label| label.ends_with(LABEL));
        let first = blocks.first().ok_or(NoCertificates::NoKey)?;
        match &first.der {
            Some(der) => Self::from_der(der, password).map_err(|why| match why {
                NoCertificates::NoKey => NoCertificates::Unsupported,
                why => why,
            }),
            None if holds(file, OLD_ENCRYPTION) => Err(NoCertificates::OldKey),
            None => Err(damaged(pem::damage(file, |label| label.ends_with(LABEL)))),
        }
    }

    /// A key in DER, whatever its kind.
    pub(super) fn from_der(der: &[u8], password: Option<&Password>) -> Result<Self, NoCertificates> {
        match Kind::of(der).ok_or(NoCertificates::NoKey)? {
            Kind::Pkcs8 => Ok(Self { pkcs8: Zeroizing::new(der.to_vec()) }),
            Kind::Pkcs1 => Ok(Self::wrapped(&[&element(OBJECT, &[RSA]), &element(NULL, &[])], der)),
            Kind::Sec1 { curve } => Ok(Self::wrapped(&[&element(OBJECT, &[EC]), curve], der)),
            Kind::Encrypted => decrypted(der, password.ok_or(NoCertificates::PasswordNeeded)?),
        }
    }

    /// PKCS#8 around a key of another kind (RFC 5958 section 2).
    fn wrapped(algorithm: &[&[u8]], key: &[u8]) -> Self {
        let version = element(INTEGER, &[&[0]]);
        let algorithm = element(SEQUENCE, algorithm);
        Self { pkcs8: element(SEQUENCE, &[&version, &algorithm, &element(OCTET_STRING, &[key])]) }
    }

    /// As PKCS#8.
    pub(super) fn as_der(&self) -> &[u8] {
        &self.pkcs8
    }

    /// As PKCS#8 in PEM.
    pub fn pem(&self) -> Zeroizing<String> {
        pem(LABEL, &self.pkcs8)
    }

    /// Whether it belongs to this certificate.
    pub fn matches(&self, certificate: &[u8]) -> KeyMatch {
        let Some(own) = self.public() else { return KeyMatch::Unknown };
        match certificate::parse(certificate) {
            Ok(parsed) if *parsed.public_key().subject_public_key.data == *own => KeyMatch::Matches,
            Ok(_) => KeyMatch::Other,
            Err(_) => KeyMatch::Unknown,
        }
    }

    /// The bits of its public half, for the kinds of key that servers use.
    fn public(&self) -> Option<Vec<u8>> {
        let der = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(self.pkcs8.as_slice()));
        let key = any_supported_type(&der).ok()?;
        let public = key.public_key()?;
        let (_, public) = SubjectPublicKeyInfo::from_der(public.as_ref()).ok()?;
        Some(public.subject_public_key.data.to_vec())
    }
}

/// What DER with a key in it is.
enum Kind<'a> {
    /// RFC 5958 section 2.
    Pkcs8,
    /// RFC 8017 A.1.2.
    Pkcs1,
    /// RFC 5915 section 3, with the curve it must name for want of any other place.
    Sec1 { curve: &'a [u8] },
    /// RFC 5958 section 3.
    Encrypted,
}

impl<'a> Kind<'a> {
    fn of(der: &'a [u8]) -> Option<Self> {
        let mut key = Reader::of(der).within(SEQUENCE)?;
        let first = key.next()?;
        let second = key.next()?;
        // What begins with version 3 is PKCS#12.
        if first.tag == INTEGER && !matches!(first.contents, [0 | 1]) {
            return None;
        }
        match (first.tag, second.tag) {
            (INTEGER, SEQUENCE) => Some(Self::Pkcs8),
            (INTEGER, INTEGER) => Some(Self::Pkcs1),
            (INTEGER, OCTET_STRING) => {
                let curve = key.take(FIRST)?;
                (curve.first() == Some(&OBJECT)).then_some(Self::Sec1 { curve })
            }
            (SEQUENCE, OCTET_STRING) => Some(Self::Encrypted),
            _ => None,
        }
    }
}

/// Whether DER holds a private key and nothing else.
pub(super) fn is_key(der: &[u8]) -> bool {
    Kind::of(der).is_some()
}

fn decrypted(der: &[u8], password: &Password) -> Result<PrivateKey, NoCertificates> {
    // Not the schemes before PBES2.
    let info = EncryptedPrivateKeyInfoRef::try_from(der).map_err(|_| NoCertificates::Unsupported)?;
    let parameters = info.encryption_algorithm.pbes2().ok_or(NoCertificates::Unsupported)?;
    let bearable = match &parameters.kdf {
        Kdf::Pbkdf2(derivation) => u64::from(derivation.iteration_count) <= ITERATIONS_MOST,
        Kdf::Scrypt(derivation) => {
            let memory = derivation.cost_parameter.saturating_mul(128 * u64::from(derivation.block_size));
            memory <= SCRYPT_MOST && derivation.parallelization <= 4
        }
        _ => false,
    };
    if !bearable {
        return Err(NoCertificates::Unsupported);
    }
    let opened = info.decrypt(password.as_str()).map_err(|_| NoCertificates::WrongPassword)?;
    match Kind::of(opened.as_bytes()) {
        Some(Kind::Pkcs8) => Ok(PrivateKey { pkcs8: Zeroizing::new(opened.as_bytes().to_vec()) }),
        // One wrong password in 256 leaves padding that looks right.
        _ => Err(NoCertificates::WrongPassword),
    }
}

/// Most rounds of a derivation of keys: beyond what any tool asks for, and done in a second or two.
pub(super) const ITERATIONS_MOST: u64 = 1_000_000;

/// Most memory of a derivation by scrypt, in bytes: OpenSSL's own takes 16 MiB.
const SCRYPT_MOST: u64 = 64 * 1024 * 1024;

/// As every label of a key ends; PKCS#8 has no other.
const LABEL: &str = "PRIVATE KEY";

/// 1.2.840.113549.1.1.1.
const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];

/// 1.2.840.10045.2.1.
const EC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
