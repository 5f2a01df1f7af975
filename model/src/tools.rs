//! The certificate inspector: what a phone would say of certificates that are not served yet. The
//! other tools are pure: [`crate::url_check`], [`crate::explain`].

use std::str::FromStr;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::{
    Certificate, Finding, ServerName, Verdicts, accounts::Actor, finding::UnknownWord, service::ServiceResult,
    trust::Trust,
};

/// Most certificates of one file: far above what any server serves, far below what a store of
/// roots holds.
pub const CHAIN_MOST: usize = 100;

/// Most bytes of one file.
pub const FILE_MOST: usize = 256 * 1024;

/// Looks at certificates without touching the network.
#[async_trait]
pub trait Tools: Send + Sync {
    /// Judges a file, PEM or DER, as the chain that is to be served, the leaf first. Without a
    /// host, names are not judged.
    ///
    /// # Errors
    /// [`crate::service::ServiceError::Invalid`] with `NoCertificates` when the file has none.
    async fn inspect(&self, file: Vec<u8>, host: Option<ServerName>, actor: &Actor) -> ServiceResult<Inspection>;
}

/// What a phone would say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inspection {
    /// The certificates, in the order of the file.
    pub chain: Vec<Certificate>,
    /// What the stores say of them.
    pub trust: Trust,
    /// What stands against them, most severe first.
    pub findings: Vec<Finding>,
    /// Per platform.
    pub platforms: Verdicts,
}

/// Why a file is no chain of certificates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum NoCertificates {
    /// Nothing in it looks like one.
    #[error("no certificate found")]
    Nothing,
    /// There is a private key and no certificate.
    #[error("a private key and no certificate; the certificate is what is judged, and the key was not kept")]
    KeyAlone,
    /// Begins like one and is not.
    #[error("neither PEM nor DER, or damaged")]
    Damaged,
    /// More than [`CHAIN_MOST`].
    #[error("more certificates than any server serves")]
    TooMany,
    /// More than [`FILE_MOST`].
    #[error("larger than any chain of certificates")]
    TooLarge,
    /// A request to an authority (RFC 2986) and no certificate.
    #[error("a certificate request, not a certificate: send it to a certificate authority and check what comes back")]
    Request,
    /// RFC 2315.
    #[error("a PKCS#7 file: `openssl pkcs7 -inform DER -print_certs` makes PEM of it")]
    Pkcs7,
    /// RFC 7292.
    #[error("a PKCS#12 file: `openssl pkcs12 -nokeys` makes PEM of it")]
    Pkcs12,
}

impl NoCertificates {
    /// Every reason.
    pub const ALL: [Self; 8] = [
        Self::Nothing,
        Self::KeyAlone,
        Self::Damaged,
        Self::TooMany,
        Self::TooLarge,
        Self::Request,
        Self::Pkcs7,
        Self::Pkcs12,
    ];

    /// The word used in a URL.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::KeyAlone => "key_alone",
            Self::Damaged => "damaged",
            Self::TooMany => "too_many",
            Self::TooLarge => "too_large",
            Self::Request => "request",
            Self::Pkcs7 => "pkcs7",
            Self::Pkcs12 => "pkcs12",
        }
    }
}

impl FromStr for NoCertificates {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == word).ok_or_else(|| UnknownWord(word.to_owned()))
    }
}
