//! What path building found: for each root store, whether a path from the leaf to one of its roots
//! exists at a given time. Computed by `probe` (it needs signatures), judged by [`crate::diagnose`].

pub mod android;
pub mod distrust;
pub mod root;

use std::{collections::BTreeMap, net::IpAddr, str::FromStr};

use serde::{Deserialize, Serialize};

use self::root::RootFacts;
use crate::{
    Certificate, Date, Fingerprint, Timestamp,
    certificate::Issued,
    finding::{Platform, UnknownWord},
};

/// What the stores say of the chain that each address served.
pub type TrustByAddress = BTreeMap<IpAddr, Trust>;

/// The answer of every store that was asked, about one served chain at one time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trust {
    /// One answer per store.
    pub stores: Vec<StoreAnswer>,
    /// The roots that the paths end in, each once; where there is no path, those that have signed what
    /// was served all the same.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roots: Vec<RootFacts>,
    /// Further paths of a store that has one, the best first: a few of those that do without a certificate
    /// which its better ones need.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub alternatives: BTreeMap<Store, Vec<Vec<PathStep>>>,
}

impl Trust {
    /// Whether there is a path for every platform: in each store that one asks, or where no such store
    /// was asked, in each that was. False when none was asked.
    pub fn everywhere(&self) -> bool {
        let by_platform = self.stores.iter().any(|answer| !answer.store.platforms().is_empty());
        let counts = |answer: &&StoreAnswer| !by_platform || !answer.store.platforms().is_empty();
        !self.stores.is_empty() && self.stores.iter().filter(counts).all(|answer| answer.path.is_ok())
    }

    /// The stores that have a path.
    pub fn trusting(&self) -> Vec<Store> {
        self.stores.iter().filter(|answer| answer.path.is_ok()).map(|answer| answer.store).collect()
    }

    /// Every path that is known: first those that the stores answer with, then the further ones.
    pub fn every_path(&self) -> impl Iterator<Item = &Vec<PathStep>> {
        let answers = self.stores.iter().filter_map(|answer| answer.path.as_ref().ok());
        answers.chain(self.alternatives.values().flatten())
    }

    /// The further paths of one store.
    pub fn alternatives_of(&self, store: Store) -> &[Vec<PathStep>] {
        self.alternatives.get(&store).map(Vec::as_slice).unwrap_or_default()
    }

    /// The positions in `chain` of what is of use: on every path, one path after the other, and then what is kept
    /// for old phones.
    pub fn useful(&self, chain: &[Certificate], now: Timestamp) -> Vec<usize> {
        let mut useful = Vec::new();
        let on_paths = self.every_path().flatten().filter_map(|step| step.position);
        for position in on_paths.chain(self.kept_for_old_phones(chain, now)) {
            if !useful.contains(&position) {
                useful.push(position);
            }
        }
        useful
    }

    /// The position of a certificate by which phones that lack the root of Android's path go on to one of
    /// theirs, which the store of today has dropped: no store has a path over it, and yet it is of use.
    pub fn kept_for_old_phones(&self, chain: &[Certificate], now: Timestamp) -> Option<usize> {
        let answer = self.stores.iter().find(|answer| answer.store == Store::Android)?;
        let path = answer.path.as_ref().ok()?;
        android::since(&path.last()?.sha256)?;
        chain.iter().position(|certificate| {
            certificate.is_ca
                && (certificate.not_before..=certificate.not_after).contains(&now)
                && android::has_dropped(&certificate.issuer)
                && path.iter().any(|step| step.subject == certificate.subject)
        })
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
    /// root that came from the store. On the wire an index, so that nobody counts from 1.
    #[serde(rename = "index", alias = "position")]
    pub position: Option<usize>,
}

/// A set of roots.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Store {
    /// Of iOS and macOS.
    Apple,
    /// Of the Android Open Source Project; a maker of phones may add to it.
    Android,
    /// Of Microsoft's root programme.
    Windows,
    /// Mozilla's list, which Firefox and most programs on Linux go by.
    Mozilla,
    /// Of OpenJDK.
    Java,
    /// Roots that the operator gave; they stand for every platform's store.
    Given,
}

impl Store {
    /// Those that ship with something, the ones that a platform of WeChat asks first.
    pub const PREINSTALLED: [Self; 5] = [Self::Apple, Self::Android, Self::Windows, Self::Mozilla, Self::Java];

    /// The word used on the wire and in the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Apple => "apple",
            Self::Android => "android",
            Self::Windows => "windows",
            Self::Mozilla => "mozilla",
            Self::Java => "java",
            Self::Given => "given",
        }
    }

    /// The platforms of WeChat that ask it.
    pub const fn platforms(self) -> &'static [Platform] {
        match self {
            Self::Apple => &[Platform::Ios, Platform::Macos],
            Self::Android => &[Platform::Android],
            Self::Windows => &[Platform::Windows],
            Self::Mozilla | Self::Java => &[],
            Self::Given => &Platform::PHONES_AND_DESKTOPS,
        }
    }
}

impl FromStr for Store {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        let mut all = Self::PREINSTALLED.into_iter().chain([Self::Given]);
        all.find(|store| store.as_str() == word).ok_or_else(|| UnknownWord(word.to_owned()))
    }
}

/// Which state of a store is meant, and where it came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edition {
    /// The day as of which it holds.
    pub date: Date,
    /// Its owner's name for it, such as a release.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Who published it, and who packed it.
    pub source: String,
}

/// What is to be said against a path that holds; ordered from nothing to worst. Of several paths the
/// one with the least is a store's answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Caveat {
    /// Nothing.
    None,
    /// Versions of the platform below this API level lack its root.
    RecentRoot(u8),
    /// Its root is in the store and no longer believed.
    Distrusted,
}

impl Caveat {
    /// Against a path in `store` to a root, for a certificate issued at that time.
    pub fn of(store: Store, root: &str, sha256: &Fingerprint, issued: Issued) -> Self {
        if distrust::rule(store, root, issued).is_some() {
            Self::Distrusted
        } else if store == Store::Android
            && let Some(release) = android::since(sha256)
        {
            Self::RecentRoot(release.api)
        } else {
            Self::None
        }
    }
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
        #[serde(rename = "index", alias = "position")]
        position: usize,
    },
    /// The issuer of the certificate at `position` is neither served nor in the store.
    MissingIssuer {
        /// Position as served of the last certificate that could be reached from the leaf.
        #[serde(rename = "index", alias = "position")]
        position: usize,
    },
    /// A path exists but for the validity of a certificate on it.
    OutOfDate {
        /// Position as served.
        #[serde(rename = "index", alias = "position")]
        position: usize,
    },
    /// A path exists but for a certificate that signs without being a CA.
    NotACa {
        /// Position as served.
        #[serde(rename = "index", alias = "position")]
        position: usize,
    },
    /// A path exists but for a name constraint on it.
    NameConstraint,
    /// A path exists but for a certificate whose signature, or whose key, is too weak for the
    /// verifier.
    WeakLink {
        /// Position as served of that certificate.
        #[serde(rename = "index", alias = "position")]
        position: usize,
        /// The verifier's words.
        detail: String,
    },
    /// A path exists but for a signature that does not verify or uses a refused algorithm.
    BadSignature {
        /// Position as served of the certificate that it is on; none where that is not known.
        #[serde(default, rename = "index", alias = "position")]
        position: Option<usize>,
        /// The verifier's words.
        detail: String,
    },
    /// A path exists but the verifier refuses it for another reason.
    Refused {
        /// The verifier's words.
        detail: String,
    },
    /// Another store has a path, and this one lacks the root in which it ends.
    NotInStore {
        /// Distinguished name of that root.
        subject: String,
        /// SHA-256 of its DER.
        sha256: Fingerprint,
        /// The day as of which the store is known.
        dated: Option<Date>,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_stored_without_a_position_or_by_that_word_is_still_read() {
        let bad = |position| NoPath::BadSignature { position, detail: "words".to_owned() };
        for (stored, expected) in [
            (r#"{ "reason": "bad_signature", "detail": "words" }"#, bad(None)),
            (r#"{ "reason": "bad_signature", "position": 2, "detail": "words" }"#, bad(Some(2))),
            (r#"{ "reason": "bad_signature", "index": 2, "detail": "words" }"#, bad(Some(2))),
            (r#"{ "reason": "missing_issuer", "position": 1 }"#, NoPath::MissingIssuer { position: 1 }),
        ] {
            assert_eq!(serde_json::from_str::<NoPath>(stored).ok(), Some(expected), "{stored}");
        }
        let step = r#"{ "subject": "CN=Other", "sha256": "0101010101010101010101010101010101010101010101010101010101010101", "position": 2 }"#;
        let expected =
            PathStep { subject: "CN=Other".to_owned(), sha256: Fingerprint::new([1; 32]), position: Some(2) };
        assert_eq!(serde_json::from_str::<PathStep>(step).ok(), Some(expected.clone()));
        let written = serde_json::to_value(&expected).unwrap_or_default();
        assert_eq!((written.get("index"), written.get("position")), (Some(&2.into()), None));
    }

    #[test]
    fn every_store_reads_back_from_its_word() {
        for store in Store::PREINSTALLED.into_iter().chain([Store::Given]) {
            assert_eq!(store.as_str().parse(), Ok(store));
            assert_eq!(serde_json::to_value(store).ok(), Some(store.as_str().into()));
        }
        assert!("debian".parse::<Store>().is_err());
    }

    #[test]
    fn what_was_stored_when_mozilla_s_list_was_alone_is_still_read() {
        let stored = r#"{ "stores": [{ "store": "mozilla", "path": { "Err": { "reason": "self_signed" } } }] }"#;
        let trust: Trust = serde_json::from_str(stored).unwrap_or_default();
        assert!(trust.roots.is_empty() && trust.alternatives.is_empty());
        assert_eq!(trust.stores, [StoreAnswer { store: Store::Mozilla, path: Err(NoPath::SelfSigned) }]);
    }

    #[test]
    fn further_paths_read_back_by_store_and_where_there_are_none_nothing_is_written() {
        let step = PathStep { subject: "CN=Other".to_owned(), sha256: Fingerprint::new([1; 32]), position: Some(2) };
        let alternatives = BTreeMap::from([(Store::Apple, vec![vec![step.clone()]])]);
        let trust = Trust { alternatives, ..Trust::default() };
        let wire = serde_json::to_string(&trust).unwrap_or_default();
        assert!(wire.contains(r#""alternatives":{"apple":[["#), "{wire}");
        assert_eq!(serde_json::from_str::<Trust>(&wire).ok().as_ref(), Some(&trust));
        assert_eq!(
            (trust.alternatives_of(Store::Apple), trust.alternatives_of(Store::Java)),
            (&[vec![step]][..], &[][..])
        );
        assert_eq!(serde_json::to_string(&Trust::default()).ok().as_deref(), Some(r#"{"stores":[]}"#));
    }

    #[test]
    fn only_the_stores_that_platforms_ask_count_unless_none_was_asked() {
        let answer = |store, trusted| {
            let path = if trusted { Ok(Vec::new()) } else { Err(NoPath::SelfSigned) };
            StoreAnswer { store, path }
        };
        for (answers, everywhere) in [
            (vec![], false),
            (vec![(Store::Mozilla, true)], true),
            (vec![(Store::Mozilla, false)], false),
            (vec![(Store::Apple, true), (Store::Java, false), (Store::Mozilla, false)], true),
            (vec![(Store::Apple, true), (Store::Android, false)], false),
            (vec![(Store::Given, true), (Store::Mozilla, false)], true),
        ] {
            let stores = answers.iter().map(|(store, trusted)| answer(*store, *trusted)).collect();
            assert_eq!(Trust { stores, ..Trust::default() }.everywhere(), everywhere, "{answers:?}");
        }
    }
}
