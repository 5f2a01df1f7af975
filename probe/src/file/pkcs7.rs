//! Certificates in PKCS#7 (RFC 2315 section 9.1, RFC 5652 section 5.1). Signatures are not looked at:
//! a file of certificates has none. Its certificates are a set, which has no order of its own.

use model::tools::{CHAIN_MOST, NoCertificates};
use rustls::pki_types::CertificateDer;

use super::der::{FIRST, INTEGER, OBJECT, Reader, SEQUENCE, SET};

/// Whether DER is of this kind: an object identifier below 1.2.840.113549.1.7 comes first.
pub(super) fn is_pkcs7(der: &[u8]) -> bool {
    let kind = Reader::of(der).within(SEQUENCE).and_then(|mut reader| reader.take(OBJECT));
    kind.is_some_and(|kind| kind.starts_with(PKCS7) && kind.len() == PKCS7.len() + 1)
}

/// The certificates, as they come.
pub(super) fn certificates(der: &[u8]) -> Result<Vec<CertificateDer<'static>>, NoCertificates> {
    let mut content = Reader::of(der).within(SEQUENCE).ok_or(NoCertificates::Damaged)?;
    let kind = content.take(OBJECT).ok_or(NoCertificates::Damaged)?;
    if kind.strip_prefix(PKCS7) != Some([SIGNED_DATA].as_slice()) {
        return Err(NoCertificates::Unsupported);
    }
    let mut found = Vec::new();
    let mut set = set(content).ok_or(NoCertificates::Damaged)?;
    while !set.is_at_end() {
        let element = set.next().ok_or(NoCertificates::Damaged)?;
        // Others are of kinds that nobody uses (RFC 5652 section 10.2.2).
        if element.tag == SEQUENCE {
            found.push(CertificateDer::from(element.whole.to_vec()));
        }
        if found.len() > CHAIN_MOST {
            return Err(NoCertificates::TooMany);
        }
    }
    if found.is_empty() { Err(NoCertificates::Nothing) } else { Ok(found) }
}

/// The set of certificates within what follows the kind; empty when there is none.
fn set(mut content: Reader<'_>) -> Option<Reader<'_>> {
    let mut signed = content.within(FIRST)?.within(SEQUENCE)?;
    signed.take(INTEGER)?;
    signed.take(SET)?;
    signed.take(SEQUENCE)?;
    let next = signed.next()?;
    Some(Reader::of(if next.tag == FIRST { next.contents } else { &[] }))
}

/// 1.2.840.113549.1.7.
const PKCS7: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07];

/// Below [`PKCS7`].
const SIGNED_DATA: u8 = 2;
