//! Since which version Android knows a root. A phone keeps the store of its system's version, and
//! an app cannot bring that up to date.

use crate::Fingerprint;

/// The first version of Android that has the root, where that is known and not long ago.
pub fn since(root: &Fingerprint) -> Option<&'static str> {
    let root = root.to_string();
    SINCE.iter().find(|(sha256, _)| *sha256 == root).map(|(_, version)| *version)
}

/// By SHA-256.
const SINCE: &[(&str, &str)] = &[
    // ISRG Root X1: Let's Encrypt, "Standing on Our Own Two Feet", 6 November 2020.
    ("96bcec06264976f37460779acf28c5a7cfe8a3c0aae11a8ffcee05c0bddf08c6", "7.1.1"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_root_that_old_phones_lack_has_its_version_and_others_have_none() {
        for (sha256, version) in SINCE {
            assert_eq!(sha256.parse().ok().as_ref().and_then(since), Some(*version));
        }
        assert_eq!(since(&Fingerprint::new([1; 32])), None);
    }
}
