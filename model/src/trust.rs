//! What path building found: for each root store, whether a path from the leaf to one of its roots
//! exists at a given time. Computed by `probe` (it needs signatures), judged by [`crate::diagnose`].

use std::{collections::BTreeMap, net::IpAddr};

use serde::{Deserialize, Serialize};

use crate::Fingerprint;

/// What the stores say of the chain that each address served.
pub type TrustByAddress = BTreeMap<IpAddr, Trust>;

/// The answer of every store that was asked, about one served chain at one time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trust {
    /// One answer per store.
    pub stores: Vec<StoreAnswer>,
}

impl Trust {
    /// Whether every store that was asked trusts the chain. False when none was asked.
    pub fn everywhere(&self) -> bool {
        !self.stores.is_empty() && self.stores.iter().all(|answer| answer.path.is_ok())
    }
}

/// The answer of one store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoreAnswer {
    /// Which store.
    pub store: Store,
    /// The path found, leaf first and root last, or why there is none.
    pub path: Result<Vec<PathStep>, NoPath>,
}

/// One certificate on a path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PathStep {
    /// Distinguished name of the subject.
    pub subject: String,
    /// SHA-256 of its DER.
    pub sha256: Fingerprint,
    /// Position as served, of the leaf mostly 0 (see [`crate::certificate::own_position`]); none for a
    /// root that came from the store.
    pub position: Option<usize>,
}

/// A set of roots.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Store {
    /// Mozilla's list, compiled in.
    Mozilla,
    /// Roots that the operator gave; they stand for every platform's store.
    Given,
}

/// Why no path was found. One cause per chain: the first that applies, in this order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum NoPath {
    /// Nothing was served, or the leaf cannot be read.
    Unreadable,
    /// The leaf is signed by itself and is no root of the store.
    SelfSigned,
    /// The served chain ends in a self-signed certificate that is no root of the store.
    UnknownRoot {
        /// Position as served of that certificate.
        position: usize,
    },
    /// The issuer of the certificate at `position` is neither served nor in the store.
    MissingIssuer {
        /// Position as served of the last certificate that could be reached from the leaf.
        position: usize,
    },
    /// A path exists but for the validity of a certificate on it.
    OutOfDate {
        /// Position as served.
        position: usize,
    },
    /// A path exists but for a certificate that signs without being a CA.
    NotACa {
        /// Position as served.
        position: usize,
    },
    /// A path exists but for a name constraint on it.
    NameConstraint,
    /// A path exists but for a certificate whose signature, or whose key, is too weak for the
    /// verifier.
    WeakLink {
        /// Position as served of that certificate.
        position: usize,
        /// The verifier's words.
        detail: String,
    },
    /// A path exists but for a signature that does not verify or uses a refused algorithm.
    BadSignature {
        /// Position as served of the certificate that it is on; none where that is not known.
        #[serde(default)]
        position: Option<usize>,
        /// The verifier's words.
        detail: String,
    },
    /// A path exists but the verifier refuses it for another reason.
    Refused {
        /// The verifier's words.
        detail: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_stored_without_a_position_is_still_read() {
        let stored = r#"{ "reason": "bad_signature", "detail": "words" }"#;
        let expected = NoPath::BadSignature { position: None, detail: "words".to_owned() };
        assert_eq!(serde_json::from_str::<NoPath>(stored).ok(), Some(expected));
    }
}
