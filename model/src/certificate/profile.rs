//! How a certificate is made up, as far as RFC 5280 and the CA/Browser Forum have rules for that. Facts
//! only: what breaks a rule is judged in [`crate::diagnose`].

use serde::{Deserialize, Serialize};

/// What a certificate says of itself besides names, key and dates.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// Of X.509: 3 for whatever has extensions.
    pub version: u32,
    /// What is odd about its serial number.
    #[serde(default, skip_serializing_if = "SerialShape::is_sound")]
    pub serial: SerialShape,
    /// Whether the subject names nothing.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub subject_empty: bool,
    /// Whether the signature names another algorithm than what it covers does.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub signature_differs: bool,
    /// Whether it names the key that has signed it (authorityKeyIdentifier with a keyIdentifier).
    #[serde(default)]
    pub authority_key: Presence,
    /// Whether it names its own key (subjectKeyIdentifier).
    #[serde(default)]
    pub subject_key: Presence,
    /// Whether it has other names (subjectAltName), of any kind.
    #[serde(default)]
    pub alternative_names: Presence,
    /// Whether it says which names it may sign for (nameConstraints).
    #[serde(default, skip_serializing_if = "Presence::is_absent")]
    pub name_constraints: Presence,
    /// Whether it may sign others, where it says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub basic_constraints: Option<BasicConstraints>,
    /// What its key is for, where it says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_usage: Option<KeyUsage>,
    /// Critical extensions that RFC 5280 does not know, by their dotted object identifiers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unknown_critical: Vec<String>,
}

impl Profile {
    /// Whether basicConstraints says that it may sign others.
    pub const fn is_ca(&self) -> bool {
        matches!(self.basic_constraints, Some(BasicConstraints { ca: true, .. }))
    }
}

/// The extension of that name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    /// It is not there.
    #[default]
    Absent,
    /// It is there, and who does not know it may pass over it.
    Present,
    /// It is there, and who does not know it must refuse the certificate.
    Critical,
}

impl Presence {
    /// Whether it is not there.
    pub const fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }
}

/// The extension basicConstraints (RFC 5280 section 4.2.1.9).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BasicConstraints {
    /// Whether it may sign others.
    pub ca: bool,
    /// How many intermediates there may be below it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path_length: Option<u32>,
    /// Whether the extension is critical.
    pub critical: bool,
}

/// The extension keyUsage (RFC 5280 section 4.2.1.3): bit 0 is the lowest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct KeyUsage(pub u16);

impl KeyUsage {
    /// For signatures over anything but certificates and lists of revocations: a TLS handshake is one.
    pub const DIGITAL_SIGNATURE: Self = Self(1);
    /// For signatures over certificates.
    pub const KEY_CERT_SIGN: Self = Self(1 << 5);
    /// For signatures over lists of revocations.
    pub const CRL_SIGN: Self = Self(1 << 6);

    /// Whether every bit of `other` is set.
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Its bits by the names of RFC 5280.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        (0_u16..).zip(NAMES).filter(move |(bit, _)| (self.0 >> bit) & 1 == 1).map(|(_, name)| name)
    }
}

/// What a serial number is like (RFC 5280 section 4.1.2.2: positive, 20 octets at most).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SerialShape {
    /// As it must be.
    #[default]
    Sound,
    /// Zero.
    Zero,
    /// Below zero.
    Negative,
    /// More than 20 octets.
    Long,
}

impl SerialShape {
    /// What the octets of the DER integer `raw` are like.
    pub fn of(raw: &[u8]) -> Self {
        match raw {
            [first, ..] if *first >= 0x80 => Self::Negative,
            _ if raw.iter().all(|octet| *octet == 0) => Self::Zero,
            _ if raw.len() > SERIAL_MOST => Self::Long,
            _ => Self::Sound,
        }
    }

    const fn is_sound(&self) -> bool {
        matches!(self, Self::Sound)
    }
}

const NAMES: [&str; 9] = [
    "digitalSignature",
    "nonRepudiation",
    "keyEncipherment",
    "dataEncipherment",
    "keyAgreement",
    "keyCertSign",
    "cRLSign",
    "encipherOnly",
    "decipherOnly",
];

/// Octets of the DER integer.
const SERIAL_MOST: usize = 20;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_serial_number_is_positive_and_has_twenty_octets_at_most() {
        let long = [1; 21];
        for (raw, shape) in [
            (&[1][..], SerialShape::Sound),
            (&[0x7f; 20], SerialShape::Sound),
            (&[0, 0x80], SerialShape::Sound),
            (&[0], SerialShape::Zero),
            (&[], SerialShape::Zero),
            (&[0x80], SerialShape::Negative),
            (&[0xff; 30], SerialShape::Negative),
            (&long, SerialShape::Long),
        ] {
            assert_eq!(SerialShape::of(raw), shape, "{raw:?}");
        }
    }

    #[test]
    fn bits_have_the_names_of_the_standard() {
        let usage = KeyUsage(KeyUsage::KEY_CERT_SIGN.0 | KeyUsage::CRL_SIGN.0);
        assert_eq!(usage.names().collect::<Vec<_>>(), ["keyCertSign", "cRLSign"]);
        assert!(usage.has(KeyUsage::CRL_SIGN) && !usage.has(KeyUsage::DIGITAL_SIGNATURE));
        assert_eq!(KeyUsage(0).names().count(), 0);
        assert_eq!(KeyUsage(u16::MAX).names().count(), 9);
    }

    #[test]
    fn a_profile_is_small_on_the_wire_and_reads_back() {
        let profile = Profile {
            version: 3,
            serial: SerialShape::Sound,
            subject_empty: false,
            signature_differs: false,
            authority_key: Presence::Present,
            subject_key: Presence::Absent,
            alternative_names: Presence::Critical,
            name_constraints: Presence::Absent,
            basic_constraints: Some(BasicConstraints { ca: false, path_length: None, critical: true }),
            key_usage: Some(KeyUsage::DIGITAL_SIGNATURE),
            unknown_critical: Vec::new(),
        };
        let wire = serde_json::to_value(&profile).unwrap();
        let expected = serde_json::json!({
            "version": 3,
            "authority_key": "present",
            "subject_key": "absent",
            "alternative_names": "critical",
            "basic_constraints": { "ca": false, "critical": true },
            "key_usage": 1,
        });
        assert_eq!(wire, expected);
        assert_eq!(serde_json::from_value::<Profile>(wire).unwrap(), profile);
    }
}
