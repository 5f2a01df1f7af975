//! DER to facts. Total: whatever a server sends becomes a [`Certificate`], if only one that says
//! why it cannot be read. What the facts mean is judged in `model`.

pub(crate) mod profile;

use std::net::IpAddr;

use model::{
    Certificate, Fingerprint, ServerName, Timestamp,
    certificate::{Digest, PublicKey, Sct, SignatureAlgorithm},
    name_match,
    trust::root::RootFacts,
};
use sha2::{Digest as _, Sha256};
use x509_parser::{
    extensions::{
        CRLDistributionPoint, CtVersion, DistributionPointName, GeneralName, ParsedExtension,
        SignedCertificateTimestamp,
    },
    oid_registry::{Oid, asn1_rs::oid},
    prelude::{FromDer, X509Certificate},
    time::ASN1Time,
    x509::{AlgorithmIdentifier, SubjectPublicKeyInfo},
};

use crate::{
    file::der::{INTEGER, Reader, SEQUENCE},
    names::{common_name, distinguished_name, printable},
    signature::{
        EC_KEY, ED25519, P256, P384, P521, RSA_KEY, RSA_PSS, SECP256K1, SHA1, SHA256, SHA384, SHA512, Verification,
        named_curve, pss_digest, rsa_bits, verify_certificate,
    },
};

/// The facts in `der`, one certificate.
pub fn read(der: &[u8]) -> Certificate {
    read_by(der, None)
}

/// The facts in `der`, which a server showed that was asked for `name`: however many names it holds,
/// one that fits is among those kept.
pub fn read_for(der: &[u8], name: &ServerName) -> Certificate {
    read_by(der, Some(name))
}

fn read_by(der: &[u8], asked: Option<&ServerName>) -> Certificate {
    let sha256 = fingerprint(der);
    match parse(der).and_then(|parsed| facts(sha256, &parsed, asked)) {
        Ok(certificate) => certificate,
        Err(reason) => unreadable(sha256, reason),
    }
}

/// SHA-256 over `der`.
pub fn fingerprint(der: &[u8]) -> Fingerprint {
    Fingerprint::new(Sha256::digest(der).into())
}

/// One certificate with nothing after it, or why it is none.
pub(crate) fn parse(der: &[u8]) -> Result<X509Certificate<'_>, String> {
    if der.len() > LARGEST {
        return Err(format!("larger than {LARGEST} bytes"));
    }
    let (rest, parsed) = X509Certificate::from_der(der).map_err(|error| error.to_string())?;
    if !rest.is_empty() {
        return Err(format!("{} bytes after the end", rest.len()));
    }
    Ok(parsed)
}

/// What is kept of the root `der`; none where it cannot be read.
pub(crate) fn root_facts(der: &[u8]) -> Option<RootFacts> {
    let parsed = parse(der).ok()?;
    Some(RootFacts {
        sha256: fingerprint(der),
        subject: distinguished_name(parsed.subject()),
        not_before: timestamp(parsed.validity().not_before),
        not_after: timestamp(parsed.validity().not_after),
        key: public_key(parsed.public_key()),
        profile: profile::of(&parsed),
    })
}

/// Whether subject equals issuer and the certificate's own key verifies its signature.
fn is_self_signed(parsed: &X509Certificate<'_>) -> bool {
    parsed.subject().as_raw() == parsed.issuer().as_raw()
        && verify_certificate(parsed, parsed.public_key()) == Verification::Valid
}

fn facts(sha256: Fingerprint, parsed: &X509Certificate<'_>, asked: Option<&ServerName>) -> Result<Certificate, String> {
    let extensions = Extensions::of(parsed, asked)?;
    Ok(Certificate {
        sha256,
        malformed: None,
        subject: distinguished_name(parsed.subject()),
        common_name: common_name(parsed.subject()),
        issuer: distinguished_name(parsed.issuer()),
        serial: serial(parsed.raw_serial()),
        not_before: timestamp(parsed.validity().not_before),
        not_after: timestamp(parsed.validity().not_after),
        dns_names: extensions.dns_names,
        ip_addresses: extensions.ip_addresses,
        names_left_out: extensions.names_left_out,
        key: public_key(parsed.public_key()),
        signature: signature_algorithm(&parsed.signature_algorithm),
        is_ca: extensions.is_ca,
        self_signed: is_self_signed(parsed),
        server_auth: extensions.server_auth,
        ca_issuers: extensions.ca_issuers,
        profile: Some(profile::of(parsed)),
        crl_urls: extensions.crl_urls,
        scts: Some(extensions.scts),
        must_staple: extensions.must_staple,
    })
}

fn unreadable(sha256: Fingerprint, reason: String) -> Certificate {
    Certificate {
        sha256,
        malformed: Some(printable(&reason)),
        subject: String::new(),
        common_name: None,
        issuer: String::new(),
        serial: String::new(),
        not_before: Timestamp::UNIX_EPOCH,
        not_after: Timestamp::UNIX_EPOCH,
        dns_names: Vec::new(),
        ip_addresses: Vec::new(),
        names_left_out: 0,
        key: PublicKey::Other { oid: String::new() },
        signature: SignatureAlgorithm { name: String::new(), digest: Digest::Unknown },
        is_ca: false,
        self_signed: false,
        server_auth: None,
        ca_issuers: Vec::new(),
        profile: None,
        crl_urls: Vec::new(),
        scts: None,
        must_staple: false,
    }
}

/// The extensions that are judged.
#[derive(Default)]
struct Extensions {
    dns_names: Vec<String>,
    ip_addresses: Vec<IpAddr>,
    names_left_out: u32,
    is_ca: bool,
    server_auth: Option<bool>,
    ca_issuers: Vec<String>,
    crl_urls: Vec<String>,
    scts: Vec<Sct>,
    must_staple: bool,
}

impl Extensions {
    /// An extension that a client must understand and cannot read makes the certificate unreadable
    /// (RFC 5280 section 4.2), and so does one that comes twice.
    fn of(parsed: &X509Certificate<'_>, asked: Option<&ServerName>) -> Result<Self, String> {
        let mut extensions = Self::default();
        let mut seen: Vec<&Oid<'_>> = Vec::new();
        for extension in parsed.iter_extensions() {
            if seen.contains(&&extension.oid) {
                return Err(format!("the extension {} occurs twice", extension.oid));
            }
            if seen.len() >= MOST_EXTENSIONS {
                return Err(format!("more than {MOST_EXTENSIONS} extensions"));
            }
            seen.push(&extension.oid);
            match extension.parsed_extension() {
                ParsedExtension::SubjectAlternativeName(names) => {
                    extensions.take_names(&names.general_names, asked);
                }
                ParsedExtension::BasicConstraints(constraints) => extensions.is_ca = constraints.ca,
                ParsedExtension::ExtendedKeyUsage(usage) => {
                    extensions.server_auth = Some(usage.server_auth || usage.any);
                }
                ParsedExtension::AuthorityInfoAccess(access) => {
                    extensions.ca_issuers = access
                        .iter()
                        .filter(|description| description.access_method == CA_ISSUERS)
                        .filter_map(|description| match description.access_location {
                            GeneralName::URI(uri) => Some(printable(uri)),
                            _ => None,
                        })
                        .take(MOST_ISSUER_URLS)
                        .collect();
                }
                ParsedExtension::CRLDistributionPoints(points) => extensions.crl_urls = crl_urls(points),
                ParsedExtension::SCT(scts) => {
                    extensions.scts = scts.iter().filter_map(promise).take(MOST_SCTS).collect();
                }
                ParsedExtension::ParseError { error } if extension.critical || JUDGED.contains(&extension.oid) => {
                    return Err(format!("the extension {} cannot be read: {error}", extension.oid));
                }
                _ if extension.oid == TLS_FEATURES => extensions.must_staple = has_status_request(extension.value),
                _ => {}
            }
        }
        Ok(extensions)
    }

    /// The first names, and beyond their number the first that fits if none of them does.
    fn take_names(&mut self, names: &[GeneralName<'_>], asked: Option<&ServerName>) {
        let mut found = false;
        for name in names.iter().filter_map(Name::of) {
            let fits = asked.is_some_and(|asked| name.fits(asked));
            let room = self.dns_names.len() + self.ip_addresses.len() < MOST_NAMES;
            if !room && (found || !fits) {
                self.names_left_out = self.names_left_out.saturating_add(1);
                continue;
            }
            found |= fits;
            match name {
                Name::Dns(name) => self.dns_names.push(printable(name)),
                Name::Ip(address) => self.ip_addresses.push(address),
            }
        }
    }
}

/// Where a whole list of what the issuer itself has revoked can be fetched.
fn crl_urls(points: &[CRLDistributionPoint<'_>]) -> Vec<String> {
    let whole = points.iter().filter(|point| point.reasons.is_none() && point.crl_issuer.is_none());
    let names = whole.filter_map(|point| match &point.distribution_point {
        Some(DistributionPointName::FullName(names)) => Some(names),
        _ => None,
    });
    let urls = names.flatten().filter_map(|name| match name {
        GeneralName::URI(uri) => Some(printable(uri)),
        _ => None,
    });
    urls.take(MOST_CRL_URLS).collect()
}

/// A timestamp of a version that is known.
fn promise(sct: &SignedCertificateTimestamp<'_>) -> Option<Sct> {
    let at = Timestamp::from_millisecond(i64::try_from(sct.timestamp).ok()?).ok()?;
    (sct.version == CtVersion::V1).then(|| Sct { log: Fingerprint::new(*sct.id.key_id), at })
}

/// Whether status_request is among the features that the server promises (RFC 7633 section 4).
fn has_status_request(features: &[u8]) -> bool {
    let Some(mut features) = Reader::of(features).within(SEQUENCE) else { return false };
    while let Some(feature) = features.take(INTEGER) {
        if feature == [STATUS_REQUEST] {
            return true;
        }
    }
    false
}

/// A name that a server can be asked for.
#[derive(Clone, Copy)]
enum Name<'a> {
    Dns(&'a str),
    Ip(IpAddr),
}

impl<'a> Name<'a> {
    fn of(name: &GeneralName<'a>) -> Option<Self> {
        match name {
            GeneralName::DNSName(name) => Some(Self::Dns(name)),
            GeneralName::IPAddress(octets) => ip_address(octets).map(Self::Ip),
            _ => None,
        }
    }

    fn fits(self, asked: &ServerName) -> bool {
        match (self, asked) {
            (Self::Dns(name), ServerName::Dns(host)) => name_match::fits(name, host),
            (Self::Ip(address), ServerName::Ip(wanted)) => address == *wanted,
            _ => false,
        }
    }
}

fn ip_address(octets: &[u8]) -> Option<IpAddr> {
    if let Ok(octets) = <[u8; 4]>::try_from(octets) {
        return Some(octets.into());
    }
    <[u8; 16]>::try_from(octets).ok().map(IpAddr::from)
}

/// Lower-case hex without the sign byte that DER puts before a high first bit.
fn serial(raw: &[u8]) -> String {
    let digits = match raw {
        [0, rest @ ..] if !rest.is_empty() => rest,
        _ => raw,
    };
    digits.iter().take(LONGEST_SERIAL).map(|byte| format!("{byte:02x}")).collect()
}

/// The end of time in a certificate (RFC 5280 section 4.1.2.5: 9999-12-31T23:59:59Z) lies just
/// after the last timestamp there is.
pub(crate) fn timestamp(time: ASN1Time) -> Timestamp {
    let seconds = time.timestamp();
    Timestamp::from_second(seconds).unwrap_or(if seconds < 0 { Timestamp::MIN } else { Timestamp::MAX })
}

pub(crate) fn public_key(key: &SubjectPublicKeyInfo<'_>) -> PublicKey {
    let family = &key.algorithm.algorithm;
    let other = || PublicKey::Other { oid: family.to_id_string() };
    if *family == RSA_KEY || *family == RSA_PSS {
        return rsa_bits(key).map_or_else(other, |bits| PublicKey::Rsa { bits });
    }
    if *family == ED25519 {
        return PublicKey::Ed25519;
    }
    if *family != EC_KEY {
        return other();
    }
    let Some(curve) = named_curve(key) else {
        return PublicKey::Ec { curve: "explicit parameters".to_owned(), bits: point_bits(key) };
    };
    match CURVES.iter().find(|(oid, ..)| *oid == curve) {
        Some(&(_, name, bits)) => PublicKey::Ec { curve: name.to_owned(), bits },
        None => PublicKey::Ec { curve: curve.to_id_string(), bits: point_bits(key) },
    }
}

/// The field size of a curve that is not in the table, from the length of its point (SEC 1 section
/// 2.3.3).
fn point_bits(key: &SubjectPublicKeyInfo<'_>) -> u32 {
    let bits = match key.subject_public_key.data.as_ref() {
        [0x04, point @ ..] => point.len() * 4,
        [0x02 | 0x03, point @ ..] => point.len() * 8,
        _ => 0,
    };
    u32::try_from(bits).unwrap_or(u32::MAX)
}

pub(crate) fn signature_algorithm(algorithm: &AlgorithmIdentifier<'_>) -> SignatureAlgorithm {
    if algorithm.algorithm == RSA_PSS {
        return match pss_digest(algorithm, &PSS_DIGESTS) {
            Some((name, digest)) => SignatureAlgorithm { name: format!("RSASSA-PSS with {name}"), digest },
            None => SignatureAlgorithm { name: "RSASSA-PSS".to_owned(), digest: Digest::Unknown },
        };
    }
    match SIGNATURES.iter().find(|(oid, ..)| *oid == algorithm.algorithm) {
        Some(&(_, name, digest)) => SignatureAlgorithm { name: name.to_owned(), digest },
        None => SignatureAlgorithm { name: algorithm.algorithm.to_id_string(), digest: Digest::Unknown },
    }
}

/// Largest certificate that is read; a TLS 1.3 certificate list has room for 16 MiB.
pub(crate) const LARGEST: usize = 128 * 1024;
/// Names kept; all are looked through.
const MOST_NAMES: usize = 1_000;
const MOST_EXTENSIONS: usize = 64;
const MOST_ISSUER_URLS: usize = 8;
const MOST_CRL_URLS: usize = 8;
const MOST_SCTS: usize = 32;
/// RFC 5280 section 4.1.2.2 allows 20.
const LONGEST_SERIAL: usize = 64;

const CA_ISSUERS: Oid<'static> = oid!(1.3.6.1.5.5.7.48.2);
const TLS_FEATURES: Oid<'static> = oid!(1.3.6.1.5.5.7.1.24);
/// Its number among the extensions of TLS (RFC 6066 section 8).
const STATUS_REQUEST: u8 = 5;

/// subjectAltName, basicConstraints and extKeyUsage.
static JUDGED: [Oid<'static>; 3] = [oid!(2.5.29.17), oid!(2.5.29.19), oid!(2.5.29.37)];

static CURVES: [(Oid<'static>, &str, u32); 11] = [
    (P256, "P-256", 256),
    (P384, "P-384", 384),
    (P521, "P-521", 521),
    (oid!(1.2.840.10045.3.1.1), "P-192", 192),
    (oid!(1.3.132.0.33), "P-224", 224),
    (SECP256K1, "secp256k1", 256),
    (oid!(1.2.156.10197.1.301), "SM2", 256),
    (oid!(1.3.132.0.8), "secp160r1", 160),
    (oid!(1.3.36.3.3.2.8.1.1.7), "brainpoolP256r1", 256),
    (oid!(1.3.36.3.3.2.8.1.1.11), "brainpoolP384r1", 384),
    (oid!(1.3.36.3.3.2.8.1.1.13), "brainpoolP512r1", 512),
];

static PSS_DIGESTS: [(Oid<'static>, (&str, Digest)); 5] = [
    (SHA1, ("SHA-1", Digest::Broken)),
    (oid!(2.16.840.1.101.3.4.2.4), ("SHA-224", Digest::Short)),
    (SHA256, ("SHA-256", Digest::Strong)),
    (SHA384, ("SHA-384", Digest::Strong)),
    (SHA512, ("SHA-512", Digest::Strong)),
];

static SIGNATURES: [(Oid<'static>, &str, Digest); 24] = [
    (oid!(1.2.840.113549.1.1.2), "md2WithRSAEncryption", Digest::Broken),
    (oid!(1.2.840.113549.1.1.3), "md4WithRSAEncryption", Digest::Broken),
    (oid!(1.2.840.113549.1.1.4), "md5WithRSAEncryption", Digest::Broken),
    (oid!(1.2.840.113549.1.1.5), "sha1WithRSAEncryption", Digest::Broken),
    (oid!(1.3.14.3.2.29), "sha1WithRSA", Digest::Broken),
    (oid!(1.2.840.113549.1.1.14), "sha224WithRSAEncryption", Digest::Short),
    (oid!(1.2.840.113549.1.1.11), "sha256WithRSAEncryption", Digest::Strong),
    (oid!(1.2.840.113549.1.1.12), "sha384WithRSAEncryption", Digest::Strong),
    (oid!(1.2.840.113549.1.1.13), "sha512WithRSAEncryption", Digest::Strong),
    (oid!(1.2.840.10045.4.1), "ecdsa-with-SHA1", Digest::Broken),
    (oid!(1.2.840.10045.4.3.1), "ecdsa-with-SHA224", Digest::Short),
    (oid!(1.2.840.10045.4.3.2), "ecdsa-with-SHA256", Digest::Strong),
    (oid!(1.2.840.10045.4.3.3), "ecdsa-with-SHA384", Digest::Strong),
    (oid!(1.2.840.10045.4.3.4), "ecdsa-with-SHA512", Digest::Strong),
    (oid!(1.2.840.10040.4.3), "dsa-with-SHA1", Digest::Broken),
    (oid!(2.16.840.1.101.3.4.3.1), "dsa-with-SHA224", Digest::Short),
    (oid!(2.16.840.1.101.3.4.3.2), "dsa-with-SHA256", Digest::Strong),
    (ED25519, "Ed25519", Digest::Strong),
    (oid!(1.3.101.113), "Ed448", Digest::Strong),
    (oid!(1.2.156.10197.1.501), "SM2-with-SM3", Digest::Strong),
    (oid!(1.2.156.10197.1.504), "RSA-with-SM3", Digest::Strong),
    (oid!(2.16.840.1.101.3.4.3.17), "ML-DSA-44", Digest::Strong),
    (oid!(2.16.840.1.101.3.4.3.18), "ML-DSA-65", Digest::Strong),
    (oid!(2.16.840.1.101.3.4.3.19), "ML-DSA-87", Digest::Strong),
];
