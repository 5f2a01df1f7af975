//! Authorities whose roots are still in a store and no longer believed there, all together or for
//! what was issued after a day. To be in a store is not to be trusted.
//!
//! Chrome's rules go by the first certificate transparency timestamp. Where a certificate has none, or
//! nobody looked, the day on which its validity begins stands in for it: authorities log what they issue
//! within hours.

use serde::{Deserialize, Serialize};

use super::Store;
use crate::{
    Date, Timestamp,
    certificate::Issued,
    finding::{Platform, Severity},
    time::date,
};

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

/// The rule by which a certificate issued at that time below a root of `store` with the distinguished
/// name `root` is not trusted.
pub fn rule(store: Store, root: &str, issued: Issued) -> Option<&'static Rule> {
    let programmes = programmes(store);
    RULES.iter().find(|rule| {
        let issued_on = rule.by.goes_by(issued).date();
        programmes.contains(&rule.by)
            && rule.trusted_until.is_none_or(|last| issued_on > last)
            && rule.parts.iter().any(|part| has(root, part))
    })
}

impl Programme {
    /// The time of issue that its rules mean.
    pub fn goes_by(self, issued: Issued) -> Timestamp {
        match self {
            Self::Chrome => issued.logged.unwrap_or(issued.not_before),
            Self::Apple | Self::Mozilla | Self::Every => issued.not_before,
        }
    }

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

const CAMERFIRMA: &[&str] = &["O=AC Camerfirma S.A."];
const CHUNGHWA: &[&str] = &["CN=HiPKI Root CA - G1", "OU=ePKI Root Certification Authority"];
const ENTRUST: &[&str] = &["O=AffirmTrust", "O=Entrust.net", "O=Entrust\\, Inc."];
const EPKI: &[&str] = &["OU=ePKI Root Certification Authority"];
const NETLOCK: &[&str] = &["O=NetLock Kft."];
const SYMANTEC: &[&str] =
    &["O=GeoTrust Inc.", "O=Symantec Corporation", "O=Thawte Consulting cc", "O=VeriSign\\, Inc.", "O=thawte\\, Inc."];
const TRUSTCOR: &[&str] = &["O=TrustCor Systems S. de R.L."];
const WOSIGN: &[&str] = &["O=StartCom Ltd.", "O=WoSign CA Limited"];

const fn all(authority: &'static str, by: Programme, parts: &'static [&'static str]) -> Rule {
    Rule { authority, by, trusted_until: None, parts }
}

const fn after(last: Date, authority: &'static str, by: Programme, parts: &'static [&'static str]) -> Rule {
    Rule { authority, by, trusted_until: Some(last), parts }
}

const RULES: &[Rule] = &[
    // The brands that Symantec had: Chrome and Mozilla since October 2018, and Apple, which has since
    // removed their roots one by one (DigiCert's knowledge base, ALERT2562).
    all("Symantec", Programme::Every, SYMANTEC),
    // Apple's support article 121668: issued after 15 November 2024.
    after(date(2024, 11, 15), "Entrust", Programme::Apple, ENTRUST),
    after(date(2024, 11, 15), "AC Camerfirma", Programme::Apple, CAMERFIRMA),
    // Chrome 131: first timestamp after 11 November 2024.
    after(date(2024, 11, 11), "Entrust", Programme::Chrome, ENTRUST),
    // Mozilla: issued after 30 November 2024.
    after(date(2024, 11, 30), "Entrust", Programme::Mozilla, ENTRUST),
    // Chrome 139: first timestamp after 31 July 2025.
    after(date(2025, 7, 31), "Chunghwa Telecom", Programme::Chrome, CHUNGHWA),
    after(date(2025, 7, 31), "NetLock", Programme::Chrome, NETLOCK),
    // Mozilla: issued after 15 April 2025.
    after(date(2025, 4, 15), "Chunghwa Telecom", Programme::Mozilla, EPKI),
    // Apple's support article 103723: valid from 1 December 2016 or later.
    after(date(2016, 11, 30), "WoSign / StartCom", Programme::Apple, WOSIGN),
    // Chrome 111, March 2023.
    all("TrustCor", Programme::Chrome, TRUSTCOR),
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
        let hipki = "CN=HiPKI Root CA - G1,O=Chunghwa Telecom Co.\\, Ltd.,C=TW";
        let camerfirma = "CN=Chambers of Commerce Root - 2008,O=AC Camerfirma S.A.,L=Madrid,C=EU";
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
            (Store::Android, hipki, "2025-08-01T00:00:00Z", Some(Programme::Chrome)),
            (Store::Mozilla, hipki, "2025-08-01T00:00:00Z", None),
            (Store::Apple, camerfirma, "2024-11-15T23:59:59Z", None),
            (Store::Apple, camerfirma, "2024-11-16T00:00:00Z", Some(Programme::Apple)),
            (Store::Apple, geotrust, "2016-01-01T00:00:00Z", Some(Programme::Every)),
            (Store::Apple, wosign, "2016-11-30T23:59:59Z", None),
            (Store::Apple, wosign, "2016-12-01T00:00:00Z", Some(Programme::Apple)),
            (Store::Windows, trustcor, "2020-01-01T00:00:00Z", Some(Programme::Chrome)),
            // What is given by the operator is believed, and Java's store has no rules here.
            (Store::Given, entrust, "2026-01-01T00:00:00Z", None),
            (Store::Java, entrust, "2026-01-01T00:00:00Z", None),
        ] {
            let issued_at: Timestamp = issued_at.parse().unwrap();
            let found = rule(store, root, issued_at.into()).map(|rule| rule.by);
            assert_eq!(found, by, "{store:?} {root} {issued_at}");
        }
    }

    #[test]
    fn chrome_s_rules_go_by_the_first_timestamp_and_no_other_s_do() {
        let entrust = "CN=Entrust Root Certification Authority - G2,O=Entrust\\, Inc.,C=US";
        let at = |text: &str| -> Timestamp { text.parse().unwrap() };
        for (store, not_before, logged, distrusted) in [
            // Backdated, and logged when it was really made.
            (Store::Android, "2024-11-11T23:00:00Z", Some("2024-11-12T00:00:00Z"), true),
            (Store::Android, "2024-11-12T00:00:00Z", Some("2024-11-11T23:59:59Z"), false),
            (Store::Android, "2024-11-12T00:00:00Z", None, true),
            (Store::Apple, "2024-11-15T23:00:00Z", Some("2024-11-16T00:00:00Z"), false),
            (Store::Apple, "2024-11-16T00:00:00Z", Some("2024-11-15T23:59:59Z"), true),
        ] {
            let issued = Issued { not_before: at(not_before), logged: logged.map(at) };
            assert_eq!(rule(store, entrust, issued).is_some(), distrusted, "{store:?} {issued:?}");
        }
    }

    #[test]
    fn a_name_that_is_only_like_it_is_another_authority() {
        let at: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        for root in [
            "CN=Entrust\\, Inc.,O=Another,C=US",
            "CN=DigiCert Global Root G2,O=DigiCert Inc.,C=US",
            "CN=IdenTrust Commercial Root CA 1,O=IdenTrust,C=US",
            "CN=HiPKI Root CA - G1 of another,O=Chunghwa Telecom Co.\\, Ltd.,C=TW",
            "O=Entrust\\, Incorporated",
            "",
        ] {
            for store in Store::PREINSTALLED {
                assert_eq!(rule(store, root, at.into()), None, "{store:?} {root}");
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
