//! What stands behind the address of an issuer: one certificate in DER or PEM, or several in a PKCS #7
//! that holds nothing else (RFC 5280 section 4.2.2.1).

use model::fetched::FetchFailure;
use rustls::pki_types::CertificateDer;

use crate::{certificate, file};

/// The certificates in `body` that can be read; at least one.
pub(super) fn certificates(body: &[u8]) -> Result<Vec<CertificateDer<'static>>, FetchFailure> {
    let found = file::published(body).unwrap_or_default();
    let readable: Vec<_> = found.into_iter().filter(|der| certificate::parse(der).is_ok()).take(MOST).collect();
    if readable.is_empty() { Err(FetchFailure::NotACertificate) } else { Ok(readable) }
}

/// Issuers that an authority publishes at one address.
const MOST: usize = 16;

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
