//! Java's own key stores, version 1 and 2. A password seals a store with SHA-1, and covers a key with
//! a stream of SHA-1 and XOR: what Java prescribes, not what protects. The layout is that of
//! `sun.security.provider.JavaKeyStore`.

use aws_lc_rs::{
    digest::{Context, SHA1_FOR_LEGACY_USE_ONLY, SHA1_OUTPUT_LEN},
    rand,
};
use model::{
    Timestamp,
    tools::{CHAIN_MOST, NoCertificates},
};
use rustls::pki_types::CertificateDer;
use zeroize::Zeroizing;

use super::{
    Contents, Format, HeldKey, Opening, Password, PrivateKey, Refused, Unwritten, chosen,
    der::{NULL, OBJECT, OCTET_STRING, Reader, SEQUENCE, element},
    is_called,
};

/// With what a store begins.
pub(super) const MAGIC: &[u8] = &0xfeed_feed_u32.to_be_bytes();

/// With what a JCEKS store begins.
pub(super) const JCEKS_MAGIC: &[u8] = &0xcece_cece_u32.to_be_bytes();

/// Reads a store. Without a password, what is in it is not verified, and its key stays closed.
pub(super) fn read(file: &[u8], opening: &Opening<'_>) -> Result<Contents, Refused> {
    let password = opening.password.map(wide);
    let sealed = file.len().checked_sub(SHA1_OUTPUT_LEN).and_then(|end| file.split_at_checked(end));
    let (body, seal) = sealed.ok_or(NoCertificates::Damaged)?;
    let store = Store::read(body)?;
    if let Some(password) = &password
        && sha1(&[password, SEAL, body]) != seal
    {
        return Err(NoCertificates::WrongPassword.into());
    }
    let names: Vec<&str> = store.keys.iter().map(|entry| entry.name.as_str()).collect();
    let named = |entry: &&Trusted| opening.alias.is_none_or(|alias| is_called(&entry.name, alias));
    let trusted: Vec<_> = store.trusted.iter().filter(named).map(|entry| entry.certificate.clone()).collect();
    let (certificates, key) = match chosen(&names, opening.alias, !trusted.is_empty())? {
        Some(index) => {
            let Keyed { chain, covered, .. } = &store.keys[index];
            let key = password.map_or(Err(NoCertificates::PasswordNeeded), |password| uncovered(covered, &password));
            (chain.clone(), HeldKey::from(key))
        }
        None => (trusted, HeldKey::None),
    };
    if certificates.is_empty() {
        return Err(NoCertificates::Nothing.into());
    }
    Ok(Contents { format: Format::Jks, certificates, key })
}

/// A store of one key with its chain.
pub(super) fn write(
    chain: &[CertificateDer<'_>],
    key: &PrivateKey,
    name: &str,
    password: &Password,
    now: Timestamp,
) -> Result<Vec<u8>, Unwritten> {
    let password = wide(password);
    let mut store = [MAGIC, &2_u32.to_be_bytes(), &1_u32.to_be_bytes(), &KEY.to_be_bytes()].concat();
    push_text(&mut store, name)?;
    store.extend_from_slice(&now.as_millisecond().to_be_bytes());
    push(&mut store, &covered(key, &password)?)?;
    store.extend_from_slice(&u32::try_from(chain.len()).map_err(|_| Unwritten::Failed)?.to_be_bytes());
    for certificate in chain {
        push_text(&mut store, "X.509")?;
        push(&mut store, certificate)?;
    }
    let seal = sha1(&[&password, SEAL, &store]);
    store.extend_from_slice(&seal);
    Ok(store)
}

/// What is in a store.
#[derive(Default)]
struct Store<'a> {
    keys: Vec<Keyed<'a>>,
    trusted: Vec<Trusted>,
}

struct Keyed<'a> {
    name: String,
    chain: Vec<CertificateDer<'static>>,
    covered: &'a [u8],
}

struct Trusted {
    name: String,
    certificate: CertificateDer<'static>,
}

impl<'a> Store<'a> {
    fn read(body: &'a [u8]) -> Result<Self, NoCertificates> {
        let mut fields = Fields(body.strip_prefix(MAGIC).ok_or(NoCertificates::Damaged)?);
        let damaged = NoCertificates::Damaged;
        let version = fields.number().filter(|version| matches!(version, 1 | 2)).ok_or(NoCertificates::Unsupported)?;
        let count = fields.number().ok_or(damaged)?;
        let mut store = Self::default();
        let mut certificates = 0;
        for _ in 0..count {
            let kind = fields.number().ok_or(damaged)?;
            let name = fields.text().ok_or(damaged)?;
            fields.take(DATE).ok_or(damaged)?;
            match kind {
                KEY => {
                    let covered = fields.long().ok_or(damaged)?;
                    let length = fields.number().ok_or(damaged)?;
                    let mut chain = Vec::new();
                    for _ in 0..length {
                        chain.push(fields.certificate(version).ok_or(damaged)?);
                        if chain.len() > CHAIN_MOST {
                            return Err(NoCertificates::TooMany);
                        }
                    }
                    certificates += chain.len();
                    store.keys.push(Keyed { name, chain, covered });
                }
                TRUSTED => {
                    certificates += 1;
                    store.trusted.push(Trusted { name, certificate: fields.certificate(version).ok_or(damaged)? });
                }
                _ => return Err(damaged),
            }
            if store.keys.len() > CHAIN_MOST || certificates > CHAIN_MOST {
                return Err(NoCertificates::TooMany);
            }
        }
        if fields.0.is_empty() { Ok(store) } else { Err(damaged) }
    }
}

/// Big-endian numbers, and what has its length before it.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn number(&mut self) -> Option<u32> {
        self.take(4)?.try_into().ok().map(u32::from_be_bytes)
    }

    fn long(&mut self) -> Option<&'a [u8]> {
        let length = self.number()?.try_into().ok()?;
        self.take(length)
    }

    /// Java's own UTF-8 differs only where no name goes.
    fn text(&mut self) -> Option<String> {
        let length = self.take(2)?.try_into().ok().map(u16::from_be_bytes)?;
        self.take(length.into()).map(|text| String::from_utf8_lossy(text).into_owned())
    }

    fn certificate(&mut self, version: u32) -> Option<CertificateDer<'static>> {
        if version == 2 {
            self.text()?;
        }
        self.long().map(|der| CertificateDer::from(der.to_vec()))
    }
}

fn push(store: &mut Vec<u8>, bytes: &[u8]) -> Result<(), Unwritten> {
    store.extend_from_slice(&u32::try_from(bytes.len()).map_err(|_| Unwritten::Failed)?.to_be_bytes());
    store.extend_from_slice(bytes);
    Ok(())
}

fn push_text(store: &mut Vec<u8>, text: &str) -> Result<(), Unwritten> {
    store.extend_from_slice(&u16::try_from(text.len()).map_err(|_| Unwritten::Failed)?.to_be_bytes());
    store.extend_from_slice(text.as_bytes());
    Ok(())
}

/// A key as a store covers it: salt, what XOR makes of it, and a check of password and key.
fn covered(key: &PrivateKey, password: &[u8]) -> Result<Vec<u8>, Unwritten> {
    let mut salt = [0; SHA1_OUTPUT_LEN];
    rand::fill(&mut salt).map_err(|_| Unwritten::Failed)?;
    let plain = key.as_der();
    let mut text = Vec::with_capacity(plain.len() + 2 * SHA1_OUTPUT_LEN);
    text.extend_from_slice(&salt);
    text.extend_from_slice(&crossed(plain, &salt, password));
    text.extend_from_slice(&sha1(&[password, plain]));
    let algorithm = element(SEQUENCE, &[&element(OBJECT, &[COVER]), &element(NULL, &[])]);
    Ok(element(SEQUENCE, &[&algorithm, &element(OCTET_STRING, &[&text])]).to_vec())
}

/// The key that [`covered`] covers. It may have a password of its own, other than the store's.
fn uncovered(covered: &[u8], password: &[u8]) -> Result<PrivateKey, NoCertificates> {
    let mut info = Reader::of(covered).within(SEQUENCE).ok_or(NoCertificates::Damaged)?;
    let algorithm = info.within(SEQUENCE).and_then(|mut algorithm| algorithm.take(OBJECT));
    if algorithm != Some(COVER) {
        return Err(NoCertificates::Unsupported);
    }
    let text = info.take(OCTET_STRING).ok_or(NoCertificates::Damaged)?;
    let (salt, text) = text.split_at_checked(SHA1_OUTPUT_LEN).ok_or(NoCertificates::Damaged)?;
    let end = text.len().checked_sub(SHA1_OUTPUT_LEN).ok_or(NoCertificates::Damaged)?;
    let (text, check) = text.split_at(end);
    let plain = crossed(text, salt, password);
    if sha1(&[password, &plain]) != check {
        return Err(NoCertificates::WrongPassword);
    }
    PrivateKey::from_der(&plain, None)
}

/// XOR with a stream in which every block is the hash of the password and the block before.
fn crossed(text: &[u8], salt: &[u8], password: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut out = Zeroizing::new(Vec::with_capacity(text.len()));
    let mut block = sha1(&[password, salt]);
    for part in text.chunks(SHA1_OUTPUT_LEN) {
        out.extend(part.iter().zip(&block).map(|(one, other)| one ^ other));
        block = sha1(&[password, &block]);
    }
    out
}

fn sha1(parts: &[&[u8]]) -> [u8; SHA1_OUTPUT_LEN] {
    let mut context = Context::new(&SHA1_FOR_LEGACY_USE_ONLY);
    parts.iter().for_each(|part| context.update(part));
    let mut out = [0; SHA1_OUTPUT_LEN];
    out.copy_from_slice(context.finish().as_ref());
    out
}

/// A password in Java's own letters.
fn wide(password: &Password) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(password.as_str().encode_utf16().flat_map(u16::to_be_bytes).collect())
}

const KEY: u32 = 1;
const TRUSTED: u32 = 2;

/// Milliseconds, which nobody needs here.
const DATE: usize = 8;

const SEAL: &[u8] = b"Mighty Aphrodite";

/// 1.3.6.1.4.1.42.2.17.1.1.
const COVER: &[u8] = &[0x2b, 0x06, 0x01, 0x04, 0x01, 0x2a, 0x02, 0x11, 0x01, 0x01];
