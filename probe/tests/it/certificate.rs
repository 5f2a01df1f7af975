//! Certificates as facts: real ones of every kind of key and signature (made with OpenSSL), odd
//! ones made here, and what is no certificate at all.

use std::net::IpAddr;

use model::{
    Certificate, Code, ServerName, Timestamp,
    certificate::{
        Digest, PublicKey,
        profile::{BasicConstraints, KeyUsage, Presence, Profile, SerialShape},
    },
    diagnose::{Context, diagnose_chain},
    trust::Trust,
};
use probe::{
    CertificateDer,
    certificate::{read, read_for},
    file::readable,
    lab::{Authority, Validity, self_signed},
};
use rcgen::{CustomExtension, DnType, DnValue, KeyPair, SanType};

macro_rules! fixture {
    ($name:literal) => {
        ($name, include_bytes!(concat!("../data/", $name, ".der")).as_slice())
    };
}

fn now() -> Timestamp {
    "2026-05-01T00:00:00Z".parse().unwrap()
}

/// Made by `adjust` from a good certificate.
fn made(adjust: impl FnOnce(&mut rcgen::CertificateParams)) -> Certificate {
    read(&made_der(adjust))
}

fn made_der(adjust: impl FnOnce(&mut rcgen::CertificateParams)) -> CertificateDer<'static> {
    let root = Authority::root("Test Root", Validity::days(now(), -10, 3_650)).unwrap();
    let root = root.published_at("http://ca.lab.hufu.example/intermediate.cer");
    let host = "www.example.com".parse().unwrap();
    let key = KeyPair::generate().unwrap();
    root.leaf(&[&host], &key, Validity::days(now(), -1, 89), adjust).unwrap()
}

#[test]
fn every_key_is_told_by_its_family_and_size() {
    let ec = |curve: &str, bits| PublicKey::Ec { curve: curve.to_owned(), bits };
    for ((name, der), key) in [
        (fixture!("p192"), ec("P-192", 192)),
        (fixture!("p224"), ec("P-224", 224)),
        (fixture!("p521"), ec("P-521", 521)),
        (fixture!("secp256k1"), ec("secp256k1", 256)),
        (fixture!("brainpool"), ec("brainpoolP256r1", 256)),
        (fixture!("explicit"), ec("explicit parameters", 256)),
        (fixture!("sm2"), ec("SM2", 256)),
        (fixture!("rsa1023"), PublicKey::Rsa { bits: 1023 }),
        (fixture!("rsa1024"), PublicKey::Rsa { bits: 1024 }),
        (fixture!("sha1"), PublicKey::Rsa { bits: 2048 }),
        (fixture!("ed25519"), PublicKey::Ed25519),
        (fixture!("ed448"), PublicKey::Other { oid: "1.3.101.113".to_owned() }),
    ] {
        let certificate = read(der);
        assert_eq!(certificate.malformed, None, "{name}");
        assert_eq!(certificate.key, key, "{name}");
        assert_eq!(certificate.subject, format!("CN={name},O=Hufu,C=CN"), "{name}");
        assert_eq!(certificate.common_name.as_deref(), Some(name));
    }
}

#[test]
fn every_signature_is_told_by_its_name_and_the_strength_of_its_digest() {
    for ((fixture, der), name, digest) in [
        (fixture!("md5"), "md5WithRSAEncryption", Digest::Broken),
        (fixture!("sha1"), "sha1WithRSAEncryption", Digest::Broken),
        (fixture!("rsa1024"), "sha256WithRSAEncryption", Digest::Strong),
        (fixture!("pss"), "RSASSA-PSS with SHA-256", Digest::Strong),
        (fixture!("p224"), "ecdsa-with-SHA256", Digest::Strong),
        (fixture!("p521"), "ecdsa-with-SHA512", Digest::Strong),
        (fixture!("sm2"), "SM2-with-SM3", Digest::Strong),
        (fixture!("ed25519"), "Ed25519", Digest::Strong),
        (fixture!("ed448"), "Ed448", Digest::Strong),
    ] {
        let certificate = read(der);
        assert_eq!(certificate.signature.name, name, "{fixture}");
        assert_eq!(certificate.signature.digest, digest, "{fixture}");
    }
}

#[test]
fn a_certificate_is_self_signed_only_when_its_own_key_verifies_it() {
    for (name, der) in [
        fixture!("p521"),
        fixture!("secp256k1"),
        fixture!("sha1"),
        fixture!("rsa1024"),
        fixture!("pss"),
        fixture!("ed25519"),
        fixture!("v1"),
    ] {
        assert!(read(der).self_signed, "{name}");
        // The last byte belongs to the signature.
        let mut forged = der.to_vec();
        *forged.last_mut().unwrap() ^= 1;
        assert!(!read(&forged).self_signed, "{name}, forged");
    }
    let root = Authority::root("Same Name", Validity::days(now(), -1, 1)).unwrap();
    let below = root.intermediate("Same Name", Validity::days(now(), -1, 1), |_| ()).unwrap();
    assert!(read(&root.der()).self_signed);
    assert!(!read(&below.der()).self_signed);
}

#[test]
fn the_facts_of_a_good_certificate_are_all_there() {
    let certificate = made(|parameters| {
        parameters.subject_alt_names.push(SanType::DnsName("*.example.com".try_into().unwrap()));
        parameters.subject_alt_names.push(SanType::IpAddress("192.0.2.1".parse().unwrap()));
        parameters.subject_alt_names.push(SanType::IpAddress("2001:db8::1".parse().unwrap()));
        parameters.subject_alt_names.push(SanType::URI("https://example.com".try_into().unwrap()));
        parameters.serial_number = Some(rcgen::SerialNumber::from_slice(&[0x00, 0xab, 0xcd]));
    });
    let addresses: [IpAddr; 2] = ["192.0.2.1".parse().unwrap(), "2001:db8::1".parse().unwrap()];
    assert_eq!(certificate.malformed, None);
    assert_eq!(certificate.subject, "CN=www.example.com");
    assert_eq!(certificate.issuer, "CN=Test Root");
    assert_eq!(certificate.dns_names, ["www.example.com", "*.example.com"]);
    assert_eq!(certificate.ip_addresses, addresses);
    assert_eq!(certificate.not_before, "2026-04-30T00:00:00Z".parse().unwrap());
    assert_eq!(certificate.not_after, "2026-07-29T00:00:00Z".parse().unwrap());
    assert_eq!(certificate.key, PublicKey::Ec { curve: "P-256".to_owned(), bits: 256 });
    assert_eq!(certificate.server_auth, Some(true));
    assert_eq!(certificate.serial, "abcd");
    assert_eq!(certificate.ca_issuers, ["http://ca.lab.hufu.example/intermediate.cer"]);
    assert!(!certificate.is_ca);
    assert!(!certificate.self_signed);
    let expected = Profile {
        version: 3,
        serial: SerialShape::Sound,
        subject_empty: false,
        signature_differs: false,
        authority_key: Presence::Present,
        subject_key: certificate.profile.as_ref().unwrap().subject_key,
        alternative_names: Presence::Present,
        name_constraints: Presence::Absent,
        basic_constraints: Some(BasicConstraints { ca: false, path_length: None, critical: true }),
        key_usage: Some(KeyUsage::DIGITAL_SIGNATURE),
        unknown_critical: Vec::new(),
    };
    assert_eq!(certificate.profile, Some(expected));
}

#[test]
fn unknown_extensions_that_are_critical_are_kept_by_number_and_bounded() {
    let unknown = |last: u64, critical| {
        let mut extension = CustomExtension::from_oid_content(&[1, 2, 3, last], vec![0x05, 0x00]);
        extension.set_criticality(critical);
        extension
    };
    let odd = made(|parameters| {
        parameters.custom_extensions.push(unknown(4, true));
        parameters.custom_extensions.push(unknown(5, false));
    });
    assert_eq!(odd.profile.unwrap().unknown_critical, ["1.2.3.4"]);
    let many = made(|parameters| parameters.custom_extensions.extend((0..30).map(|last| unknown(last, true))));
    assert_eq!(many.profile.unwrap().unknown_critical.len(), 8);
    let (_, old) = fixture!("v1");
    let profile = read(old).profile.unwrap();
    assert_eq!((profile.version, profile.basic_constraints, profile.key_usage), (1, None, None));
    assert_eq!(read(b"hello").profile, None);
}

#[test]
fn the_purpose_of_a_certificate_is_yes_no_or_unsaid() {
    use rcgen::ExtendedKeyUsagePurpose::{Any, ClientAuth, ServerAuth};
    for (purposes, server_auth) in [
        (vec![], None),
        (vec![ServerAuth], Some(true)),
        (vec![ClientAuth, ServerAuth], Some(true)),
        (vec![Any], Some(true)),
        (vec![ClientAuth], Some(false)),
    ] {
        let certificate = made(|parameters| parameters.extended_key_usages = purposes.clone());
        assert_eq!(certificate.server_auth, server_auth, "{purposes:?}");
    }
}

#[test]
fn a_name_cannot_forge_what_a_terminal_shows() {
    for (value, shown) in [
        ("plain", "plain"),
        ("a,b+c\"d\\e<f>g;h", "a\\,b\\+c\\\"d\\\\e\\<f\\>g\\;h"),
        (" edges ", "\\ edges\\ "),
        ("#hash", "\\#hash"),
        ("in#side x", "in#side x"),
        ("line\nbreak", "line\\0abreak"),
        ("\u{1b}[31mred", "\\1b[31mred"),
        ("flip\u{202e}ped", "flip\\e2\\80\\aeped"),
        ("虎符", "虎符"),
        ("", ""),
    ] {
        let certificate = made(|parameters| {
            parameters.distinguished_name = rcgen::DistinguishedName::new();
            parameters.distinguished_name.push(DnType::CountryName, "CN");
            parameters.distinguished_name.push(DnType::CommonName, DnValue::Utf8String(value.to_owned()));
        });
        assert_eq!(certificate.subject, format!("CN={shown},C=CN"), "{value:?}");
    }
    let endless = made(|parameters| {
        parameters.distinguished_name.push(DnType::OrganizationName, DnValue::Utf8String("x".repeat(20_000)));
    });
    assert!(endless.subject.len() < 2_100, "{}", endless.subject.len());
    assert!(endless.subject.ends_with('…'));
}

#[test]
fn other_string_types_are_read_too() {
    let bmp = made(|parameters| {
        parameters.distinguished_name = rcgen::DistinguishedName::new();
        let value = rcgen::string::BmpString::try_from("虎符").unwrap();
        parameters.distinguished_name.push(DnType::CommonName, DnValue::BmpString(value));
    });
    assert_eq!(bmp.subject, "CN=虎符");
    let teletex = made(|parameters| {
        parameters.distinguished_name = rcgen::DistinguishedName::new();
        let value = rcgen::string::TeletexString::try_from("Muster").unwrap();
        parameters.distinguished_name.push(DnType::CommonName, DnValue::TeletexString(value));
    });
    assert_eq!(teletex.subject, "CN=Muster");
}

#[test]
fn dates_beyond_what_can_be_told_are_clamped() {
    let certificate = made(|parameters| {
        parameters.not_before = time::OffsetDateTime::from_unix_timestamp(-50_000_000_000).unwrap();
        // The "no well-defined end" of RFC 5280 section 4.1.2.5.
        parameters.not_after = time::OffsetDateTime::from_unix_timestamp(253_402_300_799).unwrap();
    });
    assert_eq!(certificate.malformed, None);
    assert_eq!(certificate.not_before, "0385-07-25T07:06:40Z".parse().unwrap());
    assert_eq!(certificate.not_after, Timestamp::MAX);
}

#[test]
fn of_thousands_of_names_a_thousand_are_kept_and_the_one_that_was_asked_for() {
    let der = made_der(|parameters| {
        parameters.subject_alt_names =
            (0..5_000).map(|n| SanType::DnsName(format!("n{n}.example.com").try_into().unwrap())).collect();
        parameters.subject_alt_names.push(SanType::DnsName("*.below.example.com".try_into().unwrap()));
        parameters.subject_alt_names.push(SanType::IpAddress("192.0.2.1".parse().unwrap()));
        parameters.subject_alt_names.push(SanType::DnsName("*.below.example.com".try_into().unwrap()));
    });
    let certificate = read(&der);
    assert_eq!(certificate.malformed, None);
    assert_eq!((certificate.dns_names.len(), certificate.names_left_out), (1_000, 4_003));
    for (asked, kept, code) in [
        ("n0.example.com", 1_000, None),
        ("n999.example.com", 1_000, None),
        ("n1000.example.com", 1_001, None),
        ("n4999.example.com", 1_001, None),
        ("a.below.example.com", 1_001, None),
        ("192.0.2.1", 1_001, None),
        ("n5000.example.com", 1_000, Some(Code::CertNameMismatch)),
        ("below.example.com", 1_000, Some(Code::CertNameMismatch)),
        ("192.0.2.2", 1_000, Some(Code::CertNameMismatch)),
    ] {
        let asked: ServerName = asked.parse().unwrap();
        let certificate = read_for(&der, &asked);
        let names = certificate.dns_names.len() + certificate.ip_addresses.len();
        assert_eq!((names, certificate.names_left_out), (kept, 5_003 - u32::try_from(kept).unwrap()), "{asked}");
        let findings = diagnose_chain(&[certificate], &Trust::default(), Some(&asked), Context::default(), now());
        assert_eq!(findings.iter().map(|finding| finding.code).next(), code, "{asked}");
    }
}

#[test]
fn a_certificate_beyond_all_measure_is_not_read() {
    let too_large = made(|parameters| {
        parameters.subject_alt_names =
            (0..10_000).map(|n| SanType::DnsName(format!("n{n}.example.com").try_into().unwrap())).collect();
    });
    assert_eq!(too_large.malformed.as_deref(), Some("larger than 131072 bytes"));
}

#[test]
fn an_unreadable_certificate_says_why_and_nothing_else() {
    let (_, good) = fixture!("p521");
    let trailing = [good, &[0]].concat();
    for (der, reason) in
        [(&[][..], ""), (b"hello", ""), (&good[..good.len() - 1], ""), (&trailing, "1 bytes after the end")]
    {
        let certificate = read(der);
        let malformed = certificate.malformed.unwrap();
        assert!(malformed.starts_with(reason), "{malformed}");
        assert_eq!(certificate.subject, "");
        assert_eq!(certificate.not_after, Timestamp::UNIX_EPOCH);
    }
}

#[test]
fn a_broken_or_repeated_extension_makes_a_certificate_unreadable() {
    let names = &[2, 5, 29, 17];
    let broken = made(|parameters| {
        parameters.subject_alt_names.clear();
        parameters.custom_extensions.push(CustomExtension::from_oid_content(names, vec![0x30, 0x05, 0x01]));
    });
    assert!(broken.malformed.unwrap().contains("2.5.29.17 cannot be read"));
    let repeated = made(|parameters| {
        parameters.custom_extensions.push(CustomExtension::from_oid_content(names, vec![0x30, 0x00]));
    });
    assert!(repeated.malformed.unwrap().contains("2.5.29.17 occurs twice"));
    let unjudged = made(|parameters| {
        parameters.custom_extensions.push(CustomExtension::from_oid_content(&[1, 2, 3, 4], vec![0xff]));
    });
    assert_eq!(unjudged.malformed, None);
}

#[test]
fn a_certificate_of_whose_extensions_something_is_wrong_is_whole_all_the_same() {
    let names = &[2, 5, 29, 17];
    let extension = |oid: &[u64], content: &[u8]| CustomExtension::from_oid_content(oid, content.to_vec());
    let repeated = made_der(|parameters| parameters.custom_extensions.push(extension(names, &[0x30, 0x00])));
    let broken = made_der(|parameters| {
        parameters.subject_alt_names.clear();
        parameters.custom_extensions.push(extension(names, &[0x30, 0x05, 0x01]));
    });
    let many = made_der(|parameters| {
        parameters.custom_extensions.extend((0..65).map(|n| extension(&[1, 2, 3, n], &[5, 0])));
    });
    for (der, reason) in [(repeated, "occurs twice"), (broken, "cannot be read"), (many, "more than 64 extensions")] {
        assert!(read(&der).malformed.unwrap().contains(reason), "{reason}");
        assert_eq!(readable(&der, std::slice::from_ref(&der)), Ok(()), "{reason}");
        let cut = CertificateDer::from(der[..der.len() - 1].to_vec());
        assert!(readable(&cut, std::slice::from_ref(&cut)).is_err(), "{reason}");
    }
}

#[test]
fn no_change_of_a_byte_makes_the_reader_fail() {
    let host = "www.example.com".parse().unwrap();
    let key = KeyPair::generate().unwrap();
    let made = self_signed(&[&host], &key, Validity::days(now(), -1, 89)).unwrap();
    for (_, der) in [fixture!("pss"), fixture!("explicit"), fixture!("v1"), ("made", &*made)] {
        for index in 0..der.len() {
            for value in [0x00, 0x01, 0x7f, 0x80, 0xff] {
                let mut changed = der.to_vec();
                changed[index] = value;
                read(&changed);
            }
            read(&der[..index]);
        }
    }
}
