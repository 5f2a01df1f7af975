//! What stands behind the address of an issuer: one certificate in DER or PEM, or several in a PKCS #7
//! that holds nothing else (RFC 5280 section 4.2.2.1).

use model::{fetched::FetchFailure, tools::NoCertificates};
use rustls::pki_types::CertificateDer;

use crate::{certificate, file};

/// The certificates in `body` that can be read; at least one.
pub(super) fn certificates(body: &[u8]) -> Result<Vec<CertificateDer<'static>>, FetchFailure> {
    let found = match file::certificates(body) {
        Ok(found) => found,
        Err(NoCertificates::Pkcs7) => pkcs7(body).unwrap_or_default(),
        Err(_) => Vec::new(),
    };
    let readable: Vec<_> = found.into_iter().filter(|der| certificate::parse(der).is_ok()).take(MOST).collect();
    if readable.is_empty() { Err(FetchFailure::NotACertificate) } else { Ok(readable) }
}

/// The certificates of a SignedData that nobody has signed (RFC 5652 sections 3 and 5.1).
fn pkcs7(body: &[u8]) -> Option<Vec<CertificateDer<'static>>> {
    let (content_info, _) = element(body, SEQUENCE)?;
    let (kind, content) = element(content_info.contents, OBJECT_IDENTIFIER)?;
    if kind.contents != SIGNED_DATA {
        return None;
    }
    let (explicit, _) = element(content, CONTEXT_0)?;
    let (signed_data, _) = element(explicit.contents, SEQUENCE)?;
    let (_version, rest) = element(signed_data.contents, INTEGER)?;
    let (_digests, rest) = element(rest, SET)?;
    let (_content, rest) = element(rest, SEQUENCE)?;
    let (certificates, _) = element(rest, CONTEXT_0)?;
    let mut rest = certificates.contents;
    let mut found = Vec::new();
    while !rest.is_empty() {
        let certificate;
        (certificate, rest) = element(rest, SEQUENCE)?;
        found.push(CertificateDer::from(certificate.whole.to_vec()));
    }
    Some(found)
}

/// A DER element.
struct Element<'b> {
    /// With its tag and length.
    whole: &'b [u8],
    contents: &'b [u8],
}

/// The element at the front of `bytes`, if it has this tag, and what follows it.
fn element(bytes: &[u8], tag: u8) -> Option<(Element<'_>, &[u8])> {
    let (&found, rest) = bytes.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(first), rest),
        0x81..=0x83 => {
            let (octets, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            (octets.iter().fold(0, |sum, octet| sum << 8 | usize::from(*octet)), rest)
        }
        _ => return None,
    };
    let (contents, after) = rest.split_at_checked(length)?;
    let whole = bytes.get(..bytes.len() - after.len())?;
    (found == tag).then_some((Element { whole, contents }, after))
}

/// Issuers that an authority publishes at one address.
const MOST: usize = 16;

const INTEGER: u8 = 0x02;
const OBJECT_IDENTIFIER: u8 = 0x06;
const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
/// `[0]`, constructed.
const CONTEXT_0: u8 = 0xa0;
/// 1.2.840.113549.1.7.2 in DER.
const SIGNED_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02];

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::lab::{Authority, Validity, certificates_only};

    fn authorities() -> [CertificateDer<'static>; 2] {
        let validity = Validity::days("2026-05-01T00:00:00Z".parse().unwrap(), -1, 1);
        ["One", "Two"].map(|name| Authority::root(name, validity).unwrap().der())
    }

    #[test]
    fn der_pem_and_pkcs7_are_read() {
        let both = authorities();
        let root = Authority::root("Three", Validity::days("2026-05-01T00:00:00Z".parse().unwrap(), -1, 1)).unwrap();
        assert_eq!(certificates(&both[0]).unwrap(), both[..1]);
        assert_eq!(certificates(root.pem().as_bytes()).unwrap(), [root.der()]);
        assert_eq!(certificates(&certificates_only(&both)).unwrap(), both);
    }

    #[test]
    fn what_is_cut_off_or_something_else_is_no_certificate_and_no_reason_to_stumble() {
        let whole = certificates_only(&authorities());
        for length in 0..whole.len() {
            assert_eq!(certificates(&whole[..length]), Err(FetchFailure::NotACertificate), "{length}");
            let mut torn = whole.clone();
            torn[length] ^= 0xff;
            // Either is an answer.
            let _ = certificates(&torn);
        }
        for body in [b"".to_vec(), b"<html>Not found</html>".to_vec(), vec![0x30, 0x00], certificates_only(&[])] {
            assert_eq!(certificates(&body), Err(FetchFailure::NotACertificate), "{body:x?}");
        }
    }
}
