//! A ClientHello as bytes (RFC 8446 section 4.1.2, RFC 5246 section 7.4.1.2).

use aws_lc_rs::rand;
use model::{ServerName, observation::TlsVersion};
use rustls::SignatureScheme;

use super::Offer;
use crate::signature;

/// The client's random bytes, which the server signs along with its own.
pub(crate) type Random = [u8; 32];

/// The record that holds the hello, and the random bytes in it.
pub(super) fn compose(name: &ServerName, offer: Offer<'_>) -> (Vec<u8>, Random) {
    let mut random: Random = [0; 32];
    let (mut session, mut share) = ([0; 32], [0; 32]);
    for bytes in [&mut random, &mut session, &mut share] {
        // A machine without random bytes asks the same question with zeros: nothing is kept secret here.
        let _ = rand::fill(bytes);
    }
    let modern = offer.version == TlsVersion::Tls13;

    let mut hello = Vec::with_capacity(512);
    // RFC 8446 section 4.1.2: 1.3 is offered in an extension.
    hello.extend(legacy_version(offer.version.min(TlsVersion::Tls12)).to_be_bytes());
    hello.extend(random);
    // RFC 8446 appendix D.4: what stands between client and server takes it for a resumption.
    vector8(&mut hello, if modern { &session } else { &[] });
    let mut suites = Vec::with_capacity(2 * offer.suites.len() + 4);
    if greases(offer.version) {
        suites.extend(GREASE.to_be_bytes());
    }
    suites.extend(offer.suites.iter().flat_map(|suite| suite.number().to_be_bytes()));
    if !modern {
        suites.extend(RENEGOTIATION_INFO_SCSV.to_be_bytes());
    }
    vector16(&mut hello, &suites);
    // No compression.
    vector8(&mut hello, &[0]);
    vector16(&mut hello, &extensions(name, offer.version, &share));

    let mut message = vec![CLIENT_HELLO];
    message.extend(&u32::try_from(hello.len()).unwrap_or(u32::MAX).to_be_bytes()[1..]);
    message.extend(hello);
    let mut record = vec![HANDSHAKE_RECORD];
    // RFC 8446 section 5.1: the first record may say 1.0, whatever is offered in it.
    record.extend(legacy_version(TlsVersion::Tls10).to_be_bytes());
    vector16(&mut record, &message);
    (record, random)
}

fn extensions(name: &ServerName, version: TlsVersion, share: &[u8; 32]) -> Vec<u8> {
    let mut all = Vec::with_capacity(256);
    let mut add = |number: u16, body: &[u8]| {
        all.extend(number.to_be_bytes());
        vector16(&mut all, body);
    };
    let modern = version == TlsVersion::Tls13;
    if greases(version) {
        add(GREASE, &[]);
    }
    // RFC 6066 section 3: never for an address.
    if let ServerName::Dns(host) = name {
        let mut entry = vec![0];
        vector16(&mut entry, host.as_str().as_bytes());
        add(0, &in16(&entry));
    }
    // OCSP, from whatever responder, with no extension.
    add(5, &[1, 0, 0, 0, 0]);
    let groups: Vec<u8> = GROUPS.iter().flat_map(|group| group.to_be_bytes()).collect();
    add(10, &in16(&groups));
    if !modern {
        // Uncompressed points.
        add(11, &[1, 0]);
    }
    if version >= TlsVersion::Tls12 {
        let sha1 = (!modern).then_some([SignatureScheme::RSA_PKCS1_SHA1, SignatureScheme::ECDSA_SHA1_Legacy]);
        let schemes = signature::OFFERED.into_iter().chain(sha1.into_iter().flatten());
        let schemes: Vec<u8> = schemes.flat_map(|scheme| u16::from(scheme).to_be_bytes()).collect();
        add(13, &in16(&schemes));
    }
    let mut protocol = Vec::new();
    vector8(&mut protocol, b"http/1.1");
    add(16, &in16(&protocol));
    // Certificate transparency timestamps (RFC 6962 section 3.3.1): where the answer goes in the clear.
    if version == TlsVersion::Tls12 {
        add(18, &[]);
    }
    if modern {
        let mut versions = Vec::new();
        vector8(&mut versions, &legacy_version(version).to_be_bytes());
        add(43, &versions);
        // With (EC)DHE.
        add(45, &[1, 1]);
        let mut entry = X25519.to_be_bytes().to_vec();
        vector16(&mut entry, share);
        add(51, &in16(&entry));
    }
    all
}

/// The number that a version has on the wire.
pub(super) const fn legacy_version(version: TlsVersion) -> u16 {
    match version {
        TlsVersion::Tls10 => 0x0301,
        TlsVersion::Tls11 => 0x0302,
        TlsVersion::Tls12 => 0x0303,
        TlsVersion::Tls13 => 0x0304,
    }
}

/// Phones of today send values that mean nothing (RFC 8701); the old ones did not.
const fn greases(version: TlsVersion) -> bool {
    matches!(version, TlsVersion::Tls12 | TlsVersion::Tls13)
}

fn vector8(to: &mut Vec<u8>, body: &[u8]) {
    to.push(u8::try_from(body.len()).unwrap_or(u8::MAX));
    to.extend(body);
}

fn vector16(to: &mut Vec<u8>, body: &[u8]) {
    to.extend(u16::try_from(body.len()).unwrap_or(u16::MAX).to_be_bytes());
    to.extend(body);
}

fn in16(body: &[u8]) -> Vec<u8> {
    let mut vector = Vec::with_capacity(body.len() + 2);
    vector16(&mut vector, body);
    vector
}

const HANDSHAKE_RECORD: u8 = 22;
const CLIENT_HELLO: u8 = 1;
/// RFC 8701.
const GREASE: u16 = 0x5a5a;
/// RFC 5746 section 3.3.
const RENEGOTIATION_INFO_SCSV: u16 = 0x00ff;
const X25519: u16 = 0x001d;
/// x25519, P-256, P-384, P-521, and in finite fields those of 2048 and 3072 bits.
const GROUPS: [u16; 6] = [X25519, 0x0017, 0x0018, 0x0019, 0x0100, 0x0101];

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use model::tls::Suite;
    use tls_parser::{TlsMessage, TlsMessageHandshake, parse_tls_extensions, parse_tls_plaintext};

    use super::*;

    /// What an independent reader makes of it.
    #[test]
    fn a_hello_reads_back_as_what_was_offered() {
        let suites = [Suite::TLS_AES_128_GCM_SHA256, Suite::TLS_RSA_WITH_AES_128_CBC_SHA];
        for version in TlsVersion::ALL {
            for name in ["a.example.com", "192.0.2.1"] {
                let name: ServerName = name.parse().unwrap();
                let (bytes, random) = compose(&name, Offer { version, suites: &suites });
                let (rest, record) = parse_tls_plaintext(&bytes).unwrap();
                assert!(rest.is_empty());
                let [TlsMessage::Handshake(TlsMessageHandshake::ClientHello(hello))] = &record.msg[..] else {
                    panic!("{:?}", record.msg);
                };
                assert_eq!(hello.random, random);
                assert_eq!(hello.version.0, legacy_version(version.min(TlsVersion::Tls12)));
                let offered: Vec<u16> = hello.ciphers.iter().map(|suite| suite.0).collect();
                assert!(suites.iter().all(|suite| offered.contains(&suite.number())));
                assert_eq!(offered.contains(&GREASE), version >= TlsVersion::Tls12);
                let (rest, extensions) = parse_tls_extensions(hello.ext.unwrap()).unwrap();
                assert!(rest.is_empty());
                let numbers: Vec<u16> = extensions
                    .iter()
                    .map(|extension| u16::from(tls_parser::TlsExtensionType::from(extension)))
                    .collect();
                assert_eq!(numbers.contains(&0), matches!(name, ServerName::Dns(_)));
                assert_eq!(numbers.contains(&43), version == TlsVersion::Tls13);
                assert_eq!(numbers.contains(&13), version >= TlsVersion::Tls12);
                assert_eq!(numbers.contains(&18), version == TlsVersion::Tls12);
            }
        }
    }
}
