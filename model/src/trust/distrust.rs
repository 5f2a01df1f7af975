//! Authorities whose roots are still in a store and no longer believed there, all together or for
//! what was issued after a day. To be in a store is not to be trusted.
//!
//! Where a rule goes by the first certificate transparency timestamp (Chrome's do), the day on which
//! the certificate's validity begins stands in for it: authorities log what they issue within hours.

use jiff::{
    Timestamp,
    civil::{Date, date},
    tz::TimeZone,
};
use serde::{Deserialize, Serialize};

use super::Store;
use crate::finding::{Platform, Severity};

/// Whose rule it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Programme {
    /// Apple's root programme: for iOS and macOS.
    Apple,
    /// Mozilla's, which no platform of WeChat asks.
    Mozilla,
    /// Chrome's own rules. What is opened in a WebView made of Chromium may keep them, the store of the
    /// system does not: worth knowing on Android and Windows.
    Chrome,
    /// All of them alike.
    Every,
}

/// One authority, as one programme sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The authority.
    pub authority: &'static str,
    /// Whose rule it is.
    pub by: Programme,
    /// The last day (UTC) whose certificates are still trusted; none where no certificate is.
    pub trusted_until: Option<Date>,
    /// Parts of the subject of its roots, as RFC 4514 writes them; one of them is enough.
    parts: &'static [&'static str],
}

/// The rule by which a certificate issued at `issued_at` below a root of `store` with the
/// distinguished name `root` is not trusted.
pub fn rule(store: Store, root: &str, issued_at: Timestamp) -> Option<&'static Rule> {
    let programmes = programmes(store);
    let issued_on = TimeZone::UTC.to_datetime(issued_at).date();
    RULES.iter().find(|rule| {
        programmes.contains(&rule.by)
            && rule.trusted_until.is_none_or(|last| issued_on > last)
            && rule.parts.iter().any(|part| has(root, part))
    })
}

impl Programme {
    /// How bad it is to be distrusted by it, and where, for a path in `store`.
    pub const fn verdict(self, store: Store) -> (Severity, &'static [Platform]) {
        match self {
            Self::Apple | Self::Every if !store.platforms().is_empty() => (Severity::Error, store.platforms()),
            _ => (Severity::Info, store.platforms()),
        }
    }
}

/// The programmes that say what of a store is believed; one that bars more than another comes first.
const fn programmes(store: Store) -> &'static [Programme] {
    match store {
        Store::Apple => &[Programme::Every, Programme::Apple],
        Store::Android | Store::Windows => &[Programme::Every, Programme::Chrome],
        Store::Mozilla => &[Programme::Every, Programme::Mozilla],
        Store::Java | Store::Given => &[],
    }
}

fn has(name: &str, part: &str) -> bool {
    format!(",{name},").contains(&format!(",{part},"))
}

const ENTRUST: &[&str] = &["O=Entrust\\, Inc.", "O=Entrust.net", "O=AffirmTrust"];
const EPKI: &[&str] = &["OU=ePKI Root Certification Authority"];
const NETLOCK: &[&str] = &["O=NetLock Kft."];
const SYMANTEC: &[&str] =
    &["O=GeoTrust Inc.", "O=Symantec Corporation", "O=Thawte Consulting cc", "O=VeriSign\\, Inc.", "O=thawte\\, Inc."];
const WOSIGN: &[&str] = &["O=StartCom Ltd.", "O=WoSign CA Limited"];
const TRUSTCOR: &[&str] = &["O=TrustCor Systems S. de R.L."];

const RULES: &[Rule] = &[
    // The brands that Symantec sold. Google, "Distrust of the Symantec PKI"; Mozilla and Apple alike:
    // no certificate of theirs since October 2018.
    Rule { authority: "Symantec", by: Programme::Every, trusted_until: None, parts: SYMANTEC },
    // Apple, "Upcoming changes for Entrust certificates": issued after 15 November 2024.
    Rule { authority: "Entrust", by: Programme::Apple, trusted_until: Some(date(2024, 11, 15)), parts: ENTRUST },
    // Google's security blog, "Entrust certificate distrust", as in Chrome 131: first timestamp after
    // 11 November 2024.
    Rule { authority: "Entrust", by: Programme::Chrome, trusted_until: Some(date(2024, 11, 11)), parts: ENTRUST },
    // Mozilla's security policy list, "Recent Entrust compliance incidents": after 30 November 2024.
    Rule { authority: "Entrust", by: Programme::Mozilla, trusted_until: Some(date(2024, 11, 30)), parts: ENTRUST },
    // Google's security blog, "Upcoming changes to the Chrome Root Store", as in Chrome 139: first
    // timestamp after 31 July 2025.
    Rule {
        authority: "Chunghwa Telecom ePKI",
        by: Programme::Chrome,
        trusted_until: Some(date(2025, 7, 31)),
        parts: EPKI,
    },
    // The same.
    Rule { authority: "NetLock", by: Programme::Chrome, trusted_until: Some(date(2025, 7, 31)), parts: NETLOCK },
    // Mozilla's root store: after 15 April 2025.
    Rule {
        authority: "Chunghwa Telecom ePKI",
        by: Programme::Mozilla,
        trusted_until: Some(date(2025, 4, 15)),
        parts: EPKI,
    },
    // Apple, "Blocking trust for WoSign CA and StartCom": valid from 1 December 2016 or later.
    Rule {
        authority: "WoSign / StartCom",
        by: Programme::Apple,
        trusted_until: Some(date(2016, 11, 30)),
        parts: WOSIGN,
    },
    // Chrome 111, March 2023: no certificate.
    Rule { authority: "TrustCor", by: Programme::Chrome, trusted_until: None, parts: TRUSTCOR },
];

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn each_rule_has_its_day_and_the_day_before_is_trusted() {
        let entrust = "CN=Entrust Root Certification Authority - G2,O=Entrust\\, Inc.,C=US";
        let affirm = "CN=AffirmTrust Commercial,O=AffirmTrust,C=US";
        let epki = "OU=ePKI Root Certification Authority,O=Chunghwa Telecom Co.\\, Ltd.,C=TW";
        let netlock = "CN=NetLock Arany (Class Gold) Főtanúsítvány,O=NetLock Kft.,L=Budapest,C=HU";
        let geotrust = "CN=GeoTrust Primary Certification Authority - G2,O=GeoTrust Inc.,C=US";
        let wosign = "CN=Certification Authority of WoSign,O=WoSign CA Limited,C=CN";
        let trustcor = "CN=TrustCor RootCert CA-1,O=TrustCor Systems S. de R.L.,L=Panama City,C=PA";
        for (store, root, issued_at, by) in [
            (Store::Apple, entrust, "2024-11-15T23:59:59Z", None),
            (Store::Apple, entrust, "2024-11-16T00:00:00Z", Some(Programme::Apple)),
            (Store::Apple, affirm, "2024-11-16T00:00:00Z", Some(Programme::Apple)),
            (Store::Windows, entrust, "2024-11-11T23:59:59Z", None),
            (Store::Windows, entrust, "2024-11-12T00:00:00Z", Some(Programme::Chrome)),
            (Store::Mozilla, entrust, "2024-11-30T23:59:59Z", None),
            (Store::Mozilla, entrust, "2024-12-01T00:00:00Z", Some(Programme::Mozilla)),
            (Store::Android, epki, "2025-07-31T23:59:59Z", None),
            (Store::Android, epki, "2025-08-01T00:00:00Z", Some(Programme::Chrome)),
            (Store::Mozilla, epki, "2025-04-16T00:00:00Z", Some(Programme::Mozilla)),
            (Store::Apple, epki, "2025-08-01T00:00:00Z", None),
            (Store::Android, netlock, "2025-08-01T00:00:00Z", Some(Programme::Chrome)),
            (Store::Apple, geotrust, "2016-01-01T00:00:00Z", Some(Programme::Every)),
            (Store::Apple, wosign, "2016-11-30T23:59:59Z", None),
            (Store::Apple, wosign, "2016-12-01T00:00:00Z", Some(Programme::Apple)),
            (Store::Windows, trustcor, "2020-01-01T00:00:00Z", Some(Programme::Chrome)),
            // What is given by the operator is believed, and Java's store has no rules here.
            (Store::Given, entrust, "2026-01-01T00:00:00Z", None),
            (Store::Java, entrust, "2026-01-01T00:00:00Z", None),
        ] {
            let found = rule(store, root, issued_at.parse().unwrap()).map(|rule| rule.by);
            assert_eq!(found, by, "{store:?} {root} {issued_at}");
        }
    }

    #[test]
    fn a_name_that_is_only_like_it_is_another_authority() {
        let at = "2026-01-01T00:00:00Z".parse().unwrap();
        for root in [
            "CN=Entrust\\, Inc.,O=Another,C=US",
            "CN=DigiCert Global Root G2,O=DigiCert Inc.,C=US",
            "CN=IdenTrust Commercial Root CA 1,O=IdenTrust,C=US",
            "CN=HiPKI Root CA - G1,O=Chunghwa Telecom Co.\\, Ltd.,C=TW",
            "O=Entrust\\, Incorporated",
            "",
        ] {
            for store in Store::PREINSTALLED {
                assert_eq!(rule(store, root, at), None, "{store:?} {root}");
            }
        }
    }

    #[test]
    fn only_apple_s_rules_and_those_of_everybody_fail_a_platform() {
        for (programme, store, severity) in [
            (Programme::Apple, Store::Apple, Severity::Error),
            (Programme::Every, Store::Windows, Severity::Error),
            (Programme::Every, Store::Mozilla, Severity::Info),
            (Programme::Chrome, Store::Android, Severity::Info),
            (Programme::Mozilla, Store::Mozilla, Severity::Info),
        ] {
            assert_eq!(programme.verdict(store), (severity, store.platforms()));
        }
    }
}
