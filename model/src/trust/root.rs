//! A root of a store, as far as compliance is judged by it.

use serde::{Deserialize, Serialize};

use crate::{
    Fingerprint, Timestamp,
    certificate::{PublicKey, profile::Profile},
};

/// What a root certificate says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RootFacts {
    /// SHA-256 of its DER.
    pub sha256: Fingerprint,
    /// Distinguished name of the subject.
    pub subject: String,
    /// Start of validity.
    pub not_before: Timestamp,
    /// End of validity.
    pub not_after: Timestamp,
    /// Public key.
    pub key: PublicKey,
    /// How it is made up.
    pub profile: Profile,
}
