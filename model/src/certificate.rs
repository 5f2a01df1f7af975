//! One X.509 certificate as facts (RFC 5280), read by the probe and judged by [`crate::diagnose`].

pub mod profile;

use std::{collections::BTreeSet, fmt, net::IpAddr, str::FromStr};

use serde::{Deserialize, Serialize};

use self::profile::Profile;
use crate::{SignedDuration, Timestamp};

/// What a certificate says, as far as Hufu judges it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    /// SHA-256 of the DER.
    pub sha256: Fingerprint,
    /// Why it could not be read; every other field is then empty.
    pub malformed: Option<String>,
    /// Distinguished name of the subject, RFC 4514 style.
    pub subject: String,
    /// The subject's common name, which no current platform matches a host against.
    pub common_name: Option<String>,
    /// Distinguished name of the issuer.
    pub issuer: String,
    /// Serial number, in hex.
    pub serial: String,
    /// Start of validity.
    pub not_before: Timestamp,
    /// End of validity.
    pub not_after: Timestamp,
    /// DNS names of the subject alternative name extension, as written.
    pub dns_names: Vec<String>,
    /// IP addresses of the same extension.
    pub ip_addresses: Vec<IpAddr>,
    /// How many names and addresses it has beyond those, which are bounded in number. Of a server
    /// that was asked for by name, a name that fits is never among them.
    #[serde(default)]
    pub names_left_out: u32,
    /// Public key.
    pub key: PublicKey,
    /// Algorithm of the signature over this certificate, by its usual name.
    pub signature: SignatureAlgorithm,
    /// Whether basicConstraints says that it may sign others.
    pub is_ca: bool,
    /// Whether subject equals issuer and its own key verifies its signature.
    pub self_signed: bool,
    /// Extended key usage allows server authentication: `None` when the extension is absent.
    pub server_auth: Option<bool>,
    /// Where the issuer can be fetched (authority information access, caIssuers).
    pub ca_issuers: Vec<String>,
    /// How it is made up; none where it cannot be read, or was read before that was looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<Profile>,
    /// Where the list of what its issuer has revoked can be fetched (cRLDistributionPoints).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub crl_urls: Vec<String>,
    /// The certificate transparency timestamps within it, bounded in number; none where that was not
    /// looked at. Their signatures are not verified: which logs there are is not compiled in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scts: Option<Vec<Sct>>,
    /// Whether its server is bound to staple an OCSP response (RFC 7633).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub must_staple: bool,
}

/// A log's promise to publish a certificate (RFC 6962 section 3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sct {
    /// The log: SHA-256 over its public key.
    pub log: Fingerprint,
    /// When it made the promise.
    pub at: Timestamp,
}

/// When a certificate was issued, as far as it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Issued {
    /// Start of validity; authorities may put it earlier or later than the day of issue.
    pub not_before: Timestamp,
    /// The first transparency timestamp, where there is one.
    pub logged: Option<Timestamp>,
}

impl From<Timestamp> for Issued {
    fn from(not_before: Timestamp) -> Self {
        Self { not_before, logged: None }
    }
}

impl Certificate {
    /// When it was issued.
    pub fn issued(&self) -> Issued {
        let logged = self.scts.iter().flatten().map(|sct| sct.at).min();
        Issued { not_before: self.not_before, logged }
    }

    /// How many logs have promised to publish it; none where that was not looked at.
    pub fn logs(&self) -> Option<usize> {
        let scts = self.scts.as_ref()?;
        Some(scts.iter().map(|sct| sct.log).collect::<BTreeSet<_>>().len())
    }

    /// From the first second to the last, which counts too (RFC 5280 section 4.1.2.5).
    pub fn lifetime(&self) -> SignedDuration {
        self.not_after.duration_since(self.not_before) + SignedDuration::from_secs(1)
    }

    /// Whether it is an authority's and no server's: it may sign others, and names no host.
    pub const fn is_authority(&self) -> bool {
        self.malformed.is_none() && self.is_ca && self.dns_names.is_empty() && self.ip_addresses.is_empty()
    }
}

/// Where the server's own certificate is in `chain`: at the front, as it must be, unless an
/// authority's is there and a server's comes after it.
pub fn own_position(chain: &[Certificate]) -> usize {
    match chain.first() {
        Some(first) if first.is_authority() => {
            let is_own = |certificate: &Certificate| certificate.malformed.is_none() && !certificate.is_authority();
            chain.iter().position(is_own).unwrap_or(0)
        }
        _ => 0,
    }
}

/// A public key, as far as strength matters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum PublicKey {
    /// RSA.
    Rsa {
        /// Size of the modulus in bits.
        bits: u32,
    },
    /// An elliptic curve.
    Ec {
        /// The curve's usual name, such as `P-256`.
        curve: String,
        /// Size of the field in bits.
        bits: u32,
    },
    /// Ed25519.
    Ed25519,
    /// Anything else, by its object identifier.
    Other {
        /// Dotted object identifier.
        oid: String,
    },
}

impl PublicKey {
    /// Its size in bits where that is less than an authority's may have, and than webpki verifies with: RSA
    /// of 2048 bits, P-256 (CA/B Baseline Requirements section 6.1.5).
    pub const fn weak_bits(&self) -> Option<u32> {
        match self {
            Self::Rsa { bits } if *bits < 2048 => Some(*bits),
            Self::Ec { bits, .. } if *bits < 256 => Some(*bits),
            _ => None,
        }
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rsa { bits } => write!(f, "RSA {bits}"),
            Self::Ec { curve, .. } => write!(f, "EC {curve}"),
            Self::Ed25519 => f.write_str("Ed25519"),
            Self::Other { oid } => f.write_str(oid),
        }
    }
}

/// A signature algorithm with the digest it rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignatureAlgorithm {
    /// Its usual name, such as `sha256WithRSAEncryption`.
    pub name: String,
    /// The digest it rests on.
    pub digest: Digest,
}

/// How strong the digest of a signature is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Digest {
    /// MD2, MD4, MD5 or SHA-1: forgeable.
    Broken,
    /// SHA-224.
    Short,
    /// SHA-256 or longer, or an algorithm with its own (Ed25519).
    Strong,
    /// Not known to Hufu.
    Unknown,
}

/// SHA-256 over a certificate's DER.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// Wraps a digest that the caller has computed.
    pub const fn new(digest: [u8; 32]) -> Self {
        Self(digest)
    }

    /// The digest.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({self})")
    }
}

impl FromStr for Fingerprint {
    type Err = FingerprintError;

    fn from_str(hex_digits: &str) -> Result<Self, FingerprintError> {
        let mut digest = [0; 32];
        hex::decode_to_slice(hex_digits, &mut digest).map_err(|_| FingerprintError)?;
        Ok(Self(digest))
    }
}

/// Not 64 hex digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a SHA-256 fingerprint is 64 hex digits")]
pub struct FingerprintError;

impl Serialize for Fingerprint {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Fingerprint {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}
