//! Since which version Android knows a root. A phone keeps the store of its system's version, and
//! an app cannot bring that up to date.
//!
//! A root is here where the store of one release (tags of AOSP's platform/system/ca-certificates)
//! has it and that of the release before has not; decision 12 says where the stores come from. Left out
//! is what version 7.0 had already, such as DigiCert Global Root G2, USERTrust and CFCA EV ROOT; what came
//! between 7.1 and 8.1 or with 10 to 12 and no source tells when (Amazon, Microsoft, GTS Root R2 and
//! R3, emSign); and authorities that hardly any mini program has.

use crate::Fingerprint;

/// A version of Android, and roots that it was the first to have.
#[derive(Debug, PartialEq, Eq)]
pub struct Release {
    /// As people call it.
    pub version: &'static str,
    /// Its API level.
    pub api: u8,
    /// Name of each, and SHA-256 of its certificate as the store of today has it.
    pub roots: &'static [(&'static str, &'static str)],
}

impl Release {
    /// Whether many phones are older: they are where it came out in October 2023 (version 14) or later.
    pub const fn is_recent(&self) -> bool {
        self.api >= 34
    }
}

/// The first version of Android that has the root, where that is known and not long ago.
pub fn since(root: &Fingerprint) -> Option<&'static Release> {
    let root = root.to_string();
    RELEASES.iter().find(|release| release.roots.iter().any(|(_, sha256)| *sha256 == root))
}

/// Whether the store of today lacks a root with this subject that every version from 7.0 on had: a
/// certificate that it has signed still leads old phones to a root of theirs.
pub fn has_dropped(subject: &str) -> bool {
    DROPPED.contains(&subject)
}

/// 7.0.0_r1 to 16.0.0_r2 have them, 16.0.0_r4 lacks them. Sectigo and Google have roots below signed by
/// them, and serve those certificates.
pub const DROPPED: &[&str] = &[
    "CN=AAA Certificate Services,O=Comodo CA Limited,L=Salford,ST=Greater Manchester,C=GB",
    "CN=GlobalSign Root CA,OU=Root CA,O=GlobalSign nv-sa,C=BE",
];

/// By version.
pub const RELEASES: &[Release] = &[
    // Let's Encrypt, "Certificate Compatibility" (android-7.1.1_r15); 7.0.0_r1 lacks it.
    Release {
        version: "7.1.1",
        api: 25,
        roots: &[("ISRG Root X1", "96bcec06264976f37460779acf28c5a7cfe8a3c0aae11a8ffcee05c0bddf08c6")],
    },
    // 9.0.0_r3 has them, 8.1.0_r7 lacks them.
    Release {
        version: "9",
        api: 28,
        roots: &[
            ("GDCA TrustAUTH R5 ROOT", "bfff8fd04433487d6a8aa60c1a29767a9fc2bbb05e420f713a13b992891d3893"),
            (
                "SSL.com EV Root Certification Authority ECC",
                "22a2c1f7bded704cc1e701b5f408c310880fe956b5de2a4a44f99c873a25a7c8",
            ),
            (
                "SSL.com EV Root Certification Authority RSA R2",
                "2e7bf16cc22485a7bbe2aa8696750761b0ae39be3b2fe9d0cc6d4ef73491425c",
            ),
            (
                "SSL.com Root Certification Authority ECC",
                "3417bb06cc6007da1b961c920b8ab4ce3fad820e4aa30b9acbc4a74ebdcebc65",
            ),
            (
                "SSL.com Root Certification Authority RSA",
                "85666a562ee0be5ce925c1d8890a6f76a87ec16d4d7d5f29ea7419cf20123b69",
            ),
        ],
    },
    // Chromium's list has them in android10-release and not in pie-cts-release; 12.0.0_r3 has them, 9.0.0_r9
    // lacks them. Of GTS it is the key that counts: 14 brought another certificate for each.
    Release {
        version: "10",
        api: 29,
        roots: &[
            ("GlobalSign Root CA - R6", "2cabeafe37d06ca22aba7391c0033d25982952c453647349763a3ab5ad6ccf69"),
            ("GTS Root R1", "d947432abde7b7fa90fc2e6b59101b1280e0e1c7e4e40fa3c6887fff57a7f4cf"),
            ("GTS Root R4", "349dfa4058c5e263123b398ae795573c4e1313c83fe68f93556cd5e8031b3c7d"),
            ("UCA Extended Validation Root", "d43af9b35473755c9684fc06d7d8cb70ee5c28e773fb294eb41ee71722924d24"),
            ("UCA Global G2 Root", "9bea11c976fe014764c1be56a6f914b5a560317abd9988393382e5161aa0493c"),
        ],
    },
    // 14.0.0_r9 has them, 13.0.0_r9 lacks them.
    Release {
        version: "14",
        api: 34,
        roots: &[
            ("Certum EC-384 CA", "6b328085625318aa50d173c98d8bda09d57e27413d114cf787a0f5d06c030cf6"),
            ("Certum Trusted Root CA", "fe7696573855773e37a95e7ad4d9cc96c30157c15d31765ba9b15704e1ae78fd"),
            ("DigiCert TLS ECC P384 Root G5", "018e13f0772532cf809bd1b17281867283fc48c6e13be9c69812854a490c1b05"),
            ("DigiCert TLS RSA4096 Root G5", "371a00dc0533b3721a7eeb40e8419e70799d2b0a0f2c1d80693165f7cec4ad75"),
            ("GlobalSign Root E46", "cbb9c44d84b8043e1050ea31a69f514955d7bfd2e2c6b49301019ad61d9f5058"),
            ("GlobalSign Root R46", "4fa3126d8d3a11d1c4855a4f807cbad6cf919d3a5a88b03bea2c6372d93c40c9"),
            ("HARICA TLS ECC Root CA 2021", "3f99cc474acfce4dfed58794665e478d1547739f2e780f1bb4ca9b133097d401"),
            ("HARICA TLS RSA Root CA 2021", "d95d0e8eda79525bf9beb11b14d2100d3294985f0c62d9fabd9cd999eccb7b1d"),
            ("ISRG Root X2", "69729b8e15a86efc177a57afb7171dfc64add28c2fca8cf1507e34453ccb1470"),
            ("vTrus ECC Root CA", "30fbba2c32238e2a98547af97931e550428b9b3f1c8eeb6633dcfa86c5b27dd3"),
            ("vTrus Root CA", "8a71de6559336f426c26e53880d00d88a18da4c6a91f0dcb6194e206c5c96387"),
        ],
    },
    // 15.0.0_r9 has them, 14.0.0_r9 lacks them.
    Release {
        version: "15",
        api: 35,
        roots: &[
            ("BJCA Global Root CA1", "f3896f88fe7c0a882766a7fa6ad2749fb57a7f3e98fb769c1fa7b09c2c44d5ae"),
            ("BJCA Global Root CA2", "574df6931e278039667b720afdc1600fc27eb66dd3092979fb73856487212882"),
            (
                "Sectigo Public Server Authentication Root E46",
                "c90f26f0fb1b4018b22227519b5ca2b53e2ca5b3be5cf18efe1bef47380c5383",
            ),
            (
                "Sectigo Public Server Authentication Root R46",
                "7bb647a62aeeac88bf257aa522d01ffea395e0ab45c73f93f65654ec38f25a06",
            ),
            ("SSL.com TLS ECC Root CA 2022", "c32ffd9f46f936d16c3673990959434b9ad60aafbb9e7cf33654f144cc1ba143"),
            ("SSL.com TLS RSA Root CA 2022", "8faf7d2e2cb4709bb8e0b33666bf75a5dd45b5de480f8ea8d4bfe6bebc17f2ed"),
            ("TrustAsia Global Root CA G3", "e0d3226aeb1163c2e48ff9be3b50b4c6431be7bb1eacc5c36b5d5ec509039a08"),
            ("TrustAsia Global Root CA G4", "be4b56cb5056c0136a526df444508daa36a0b54f42e4ac38f72af470e479654c"),
        ],
    },
    // 16.0.0_r2 has them, 15.0.0_r9 lacks them.
    Release {
        version: "16",
        api: 36,
        roots: &[
            ("Telekom Security TLS ECC Root 2020", "578af4ded0853f4e5998db4aeaf9cbea8d945f60b620a38d1a3c13b2bc7ba8e1"),
            ("Telekom Security TLS RSA Root 2023", "efc65cadbb59adb6efe84da22311b35624b71b3b1ea0da8b6655174ec8978646"),
        ],
    },
];

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::collections::BTreeSet;

    use super::*;
    use crate::{
        Timestamp,
        trust::{Caveat, Store},
    };

    fn version(sha256: &str) -> Option<&'static str> {
        since(&sha256.parse().unwrap()).map(|release| release.version)
    }

    #[test]
    fn a_root_has_the_version_that_brought_it_and_not_the_one_before() {
        for (sha256, first, before) in [
            // ISRG Root X1.
            ("96bcec06264976f37460779acf28c5a7cfe8a3c0aae11a8ffcee05c0bddf08c6", "7.1.1", "7.0"),
            // SSL.com EV Root Certification Authority RSA R2.
            ("2e7bf16cc22485a7bbe2aa8696750761b0ae39be3b2fe9d0cc6d4ef73491425c", "9", "8.1"),
            // UCA Global G2 Root.
            ("9bea11c976fe014764c1be56a6f914b5a560317abd9988393382e5161aa0493c", "10", "9"),
            // GTS Root R4, whose certificate of today came with 14 only.
            ("349dfa4058c5e263123b398ae795573c4e1313c83fe68f93556cd5e8031b3c7d", "10", "14"),
            // GlobalSign Root R46.
            ("4fa3126d8d3a11d1c4855a4f807cbad6cf919d3a5a88b03bea2c6372d93c40c9", "14", "13"),
            // Sectigo Public Server Authentication Root R46.
            ("7bb647a62aeeac88bf257aa522d01ffea395e0ab45c73f93f65654ec38f25a06", "15", "14"),
            // Telekom Security TLS RSA Root 2023.
            ("efc65cadbb59adb6efe84da22311b35624b71b3b1ea0da8b6655174ec8978646", "16", "15"),
        ] {
            assert_eq!(version(sha256), Some(first), "{sha256}");
            assert_ne!(version(sha256), Some(before), "{sha256}");
        }
    }

    #[test]
    fn a_root_that_version_7_had_has_none_nor_has_an_unknown_one() {
        for sha256 in [
            // DigiCert Global Root G2, USERTrust RSA, CFCA EV ROOT, GlobalSign Root CA - R3.
            "cb3ccbb76031e5e0138f8dd39a23f9de47ffc35e43c1144cea27d46a5ab1cb5f",
            "e793c9b02fd8aa13e21c31228accb08119643b749c898964b1746d46c3d4cbd2",
            "5cc3d78e4e1d5e45547a04e6873e64f90cf9536d1ccc2ef800f355c4c5fd70fd",
            "cbb522d7b7f127ad6a0113865bdf1cd4102e7d0759af635a7cf4720dc963c53b",
        ] {
            assert_eq!(version(sha256), None, "{sha256}");
        }
        assert_eq!(since(&Fingerprint::new([1; 32])), None);
    }

    #[test]
    fn versions_ascend_and_each_root_is_there_once_under_its_own_fingerprint() {
        assert!(RELEASES.is_sorted_by_key(|release| release.api));
        let roots = || RELEASES.iter().flat_map(|release| release.roots);
        assert!(roots().all(|(_, sha256)| sha256.parse::<Fingerprint>().unwrap().to_string() == *sha256));
        assert_eq!(roots().map(|(_, sha256)| sha256).collect::<BTreeSet<_>>().len(), roots().count());
        assert_eq!(roots().map(|(name, _)| name).collect::<BTreeSet<_>>().len(), roots().count());
    }

    #[test]
    fn of_two_roots_the_one_that_more_phones_know_has_less_against_it() {
        let against = |store, sha256: &str| {
            let issued: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
            Caveat::of(store, "CN=Root", &sha256.parse().unwrap(), issued.into())
        };
        let r46 = "7bb647a62aeeac88bf257aa522d01ffea395e0ab45c73f93f65654ec38f25a06";
        let x1 = "96bcec06264976f37460779acf28c5a7cfe8a3c0aae11a8ffcee05c0bddf08c6";
        assert_eq!(against(Store::Android, r46), Caveat::RecentRoot(35));
        assert!(against(Store::Android, x1) < against(Store::Android, r46));
        assert!(against(Store::Android, r46) < Caveat::Distrusted);
        assert_eq!(against(Store::Apple, r46), Caveat::None);
    }

    #[test]
    fn old_phones_are_many_where_a_version_is_recent() {
        let recent: Vec<_> =
            RELEASES.iter().filter(|release| release.is_recent()).map(|release| release.version).collect();
        assert_eq!(recent, ["14", "15", "16"]);
    }
}
