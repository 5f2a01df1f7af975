//! Files of certificates: PEM or DER, one or a chain. Private keys in them are neither read nor
//! shown.

use model::tools::{CHAIN_MOST, NoCertificates};
use rustls::pki_types::{CertificateDer, pem::PemObject as _};

/// The certificates of a file, in its order.
///
/// # Errors
/// See [`NoCertificates`]. Nothing of the file is repeated, for it may hold a key.
pub fn certificates(bytes: &[u8]) -> Result<Vec<CertificateDer<'static>>, NoCertificates> {
    // Editors on Windows begin files with a mark.
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if is_one_sequence(bytes) {
        return match other_than_a_certificate(bytes) {
            Some(other) => Err(other),
            None => Ok(vec![CertificateDer::from(bytes.to_vec())]),
        };
    }
    let mut found = Vec::new();
    for der in CertificateDer::pem_slice_iter(bytes) {
        found.push(der.map_err(|_| NoCertificates::Damaged)?);
        if found.len() > CHAIN_MOST {
            return Err(NoCertificates::TooMany);
        }
    }
    match found.is_empty() {
        false => Ok(found),
        true if holds(bytes, REQUEST) => Err(NoCertificates::Request),
        true if holds(bytes, KEY) => Err(NoCertificates::KeyAlone),
        true => Err(NoCertificates::Nothing),
    }
}

/// Whether `bytes` hold PEM with this end of its first line.
fn holds(bytes: &[u8], label: &[u8]) -> bool {
    bytes.windows(label.len()).any(|window| window == label)
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

/// What a DER file is instead of a certificate.
fn other_than_a_certificate(bytes: &[u8]) -> Option<NoCertificates> {
    let contents = contents(bytes)?;
    if is_of_a_request(contents).unwrap_or_default() {
        return Some(NoCertificates::Request);
    }
    // RFC 2315 section 7: an object identifier below 1.2.840.113549.1.7.
    if contents.starts_with(&[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07]) {
        return Some(NoCertificates::Pkcs7);
    }
    match contents {
        // RFC 7292 section 4: version 3.
        [0x02, 0x01, 0x03, ..] => Some(NoCertificates::Pkcs12),
        // Keys begin with their version: RFC 5958 section 2, RFC 8017 A.1.2, RFC 5915 section 3.
        [0x02, 0x01, 0x00 | 0x01, ..] => Some(NoCertificates::KeyAlone),
        _ => None,
    }
}

/// Whether the contents of a DER file are those of a certificate request (RFC 2986 section 4): version 0 and
/// a name. A certificate of version 1 with serial number 0 has an algorithm there, which begins with its OID.
fn is_of_a_request(information: &[u8]) -> Option<bool> {
    if information.first() != Some(&0x30) {
        return None;
    }
    let name = contents(information)?.strip_prefix(&[0x02, 0x01, 0x00])?;
    Some(name.first() == Some(&0x30) && contents(name)?.first() != Some(&0x06))
}

/// What follows the tag and the length of the first DER value.
fn contents(der: &[u8]) -> Option<&[u8]> {
    let length = *der.get(1)?;
    der.get(if length & 0x80 == 0 { 2 } else { 2 + usize::from(length & 0x7f) }..)
}

/// As a request ends its first line (RFC 7468 section 7), with NEW before it or not.
const REQUEST: &[u8] = b"CERTIFICATE REQUEST-----";

/// As every kind of key ends its first line (RFC 7468 section 10 and 11, RFC 5915, RFC 8017).
const KEY: &[u8] = b"PRIVATE KEY-----";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn containers_are_told_from_certificates() {
        let pkcs7 = [0x30, 0x0b, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02];
        let pkcs12 = [0x30, 0x82, 0x00, 0x05, 0x02, 0x01, 0x03, 0x30, 0x00];
        let certificate = [0x30, 0x82, 0x00, 0x02, 0x30, 0x00];
        assert_eq!(certificates(&pkcs7), Err(NoCertificates::Pkcs7));
        assert_eq!(certificates(&pkcs12), Err(NoCertificates::Pkcs12));
        for version in [0, 1] {
            let key = [0x30, 0x82, 0x00, 0x05, 0x02, 0x01, version, 0x30, 0x00];
            assert_eq!(certificates(&key), Err(NoCertificates::KeyAlone));
        }
        assert_eq!(certificates(&certificate).map(|found| found.len()), Ok(1));
        assert_eq!(other_than_a_certificate(&[0x30, 0xff]), None);
        let request = [0x30, 0x09, 0x30, 0x07, 0x02, 0x01, 0x00, 0x30, 0x02, 0x31, 0x00];
        assert_eq!(certificates(&request), Err(NoCertificates::Request));
        let of_version_1 = [0x30, 0x09, 0x30, 0x07, 0x02, 0x01, 0x00, 0x30, 0x02, 0x06, 0x00];
        assert_eq!(other_than_a_certificate(&of_version_1), None);
    }

    #[test]
    fn what_holds_no_certificate_says_what_it_holds() {
        let key = "-----BEGIN EC PRIVATE KEY-----\nMAA=\n-----END EC PRIVATE KEY-----\n";
        let certificate = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
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
            ("-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----\n", Err(NoCertificates::Damaged)),
            (&certificate.repeat(CHAIN_MOST), Ok(CHAIN_MOST)),
            (&certificate.repeat(CHAIN_MOST + 1), Err(NoCertificates::TooMany)),
        ] {
            assert_eq!(certificates(text.as_bytes()).map(|found| found.len()), expected, "{text:.60}");
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
