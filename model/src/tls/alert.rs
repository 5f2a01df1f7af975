//! Alerts: how a server says why it breaks off.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::finding::UnknownWord;

macro_rules! alerts {
    ($($variant:ident = $number:literal, $name:literal;)+) => {
        /// The description of an alert.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Alert {
            $(#[doc = concat!("`", $name, "`")] $variant,)+
            /// Any other number.
            Other(u8),
        }

        impl Alert {
            /// All that have a name.
            pub const NAMED: &[Self] = &[$(Self::$variant),+];

            /// Its number on the wire.
            pub const fn number(self) -> u8 {
                match self {
                    $(Self::$variant => $number,)+
                    Self::Other(number) => number,
                }
            }

            /// Its name in the registry, if it has one.
            pub const fn name(self) -> Option<&'static str> {
                match self {
                    $(Self::$variant => Some($name),)+
                    Self::Other(_) => None,
                }
            }
        }

        impl From<u8> for Alert {
            fn from(number: u8) -> Self {
                match number {
                    $($number => Self::$variant,)+
                    other => Self::Other(other),
                }
            }
        }
    };
}

// <https://www.iana.org/assignments/tls-parameters>: RFC 8446 section 6, and for alerts that TLS 1.3
// dropped, RFC 5246 section 7.2.
alerts! {
    CloseNotify = 0, "close_notify";
    UnexpectedMessage = 10, "unexpected_message";
    BadRecordMac = 20, "bad_record_mac";
    DecryptionFailed = 21, "decryption_failed";
    RecordOverflow = 22, "record_overflow";
    DecompressionFailure = 30, "decompression_failure";
    HandshakeFailure = 40, "handshake_failure";
    NoCertificate = 41, "no_certificate";
    BadCertificate = 42, "bad_certificate";
    UnsupportedCertificate = 43, "unsupported_certificate";
    CertificateRevoked = 44, "certificate_revoked";
    CertificateExpired = 45, "certificate_expired";
    CertificateUnknown = 46, "certificate_unknown";
    IllegalParameter = 47, "illegal_parameter";
    UnknownCa = 48, "unknown_ca";
    AccessDenied = 49, "access_denied";
    DecodeError = 50, "decode_error";
    DecryptError = 51, "decrypt_error";
    ExportRestriction = 60, "export_restriction";
    ProtocolVersion = 70, "protocol_version";
    InsufficientSecurity = 71, "insufficient_security";
    InternalError = 80, "internal_error";
    InappropriateFallback = 86, "inappropriate_fallback";
    UserCanceled = 90, "user_canceled";
    NoRenegotiation = 100, "no_renegotiation";
    MissingExtension = 109, "missing_extension";
    UnsupportedExtension = 110, "unsupported_extension";
    CertificateUnobtainable = 111, "certificate_unobtainable";
    UnrecognizedName = 112, "unrecognized_name";
    BadCertificateStatusResponse = 113, "bad_certificate_status_response";
    BadCertificateHashValue = 114, "bad_certificate_hash_value";
    UnknownPskIdentity = 115, "unknown_psk_identity";
    CertificateRequired = 116, "certificate_required";
    NoApplicationProtocol = 120, "no_application_protocol";
    EchRequired = 121, "ech_required";
}

/// The name, or `unknown (200)`.
impl fmt::Display for Alert {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "unknown ({})", self.number()),
        }
    }
}

impl FromStr for Alert {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        let named = Self::NAMED.iter().copied().find(|alert| alert.name() == Some(word));
        let numbered = || word.strip_prefix("unknown (")?.strip_suffix(')')?.parse::<u8>().ok().map(Self::from);
        named.or_else(numbered).ok_or_else(|| UnknownWord(word.to_owned()))
    }
}

impl Serialize for Alert {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Alert {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn every_number_reads_back_from_what_is_written_of_it() {
        for number in 0..=u8::MAX {
            let alert = Alert::from(number);
            assert_eq!(alert.number(), number);
            assert_eq!(alert.to_string().parse(), Ok(alert));
        }
        assert_eq!(Alert::from(200).to_string(), "unknown (200)");
        for word in ["", "Handshake_Failure", "unknown", "unknown (256)", "unknown (-1)"] {
            assert_eq!(word.parse::<Alert>(), Err(UnknownWord(word.to_owned())));
        }
    }
}
