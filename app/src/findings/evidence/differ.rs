//! How the addresses of one name differ, in words.

use std::{collections::BTreeMap, net::IpAddr};

use model::{
    Fingerprint, Timestamp, Zone,
    finding::{Alike, Deployed, Difference},
    observation::TlsVersion,
};

use super::{Line, listed};
use crate::{i18n::*, time, words};

/// In what they differ, and of each group of addresses that only.
pub(super) fn lines(
    differences: &[Difference],
    groups: &[Alike],
    leaves: &BTreeMap<IpAddr, Fingerprint>,
    locale: Locale,
) -> Vec<Line> {
    let word = |difference: &Difference| match difference {
        Difference::Certificate => td_string!(locale, words.evidence.differ_certificate),
        Difference::Chain => td_string!(locale, words.evidence.differ_chain),
        Difference::Versions => td_string!(locale, words.evidence.differ_versions),
        Difference::Suite => td_string!(locale, words.evidence.differ_suite),
    };
    let shown = |group: &Alike, difference: &Difference| match difference {
        Difference::Certificate => {
            let leaf = group.addresses.first().and_then(|address| leaves.get(address));
            leaf.map(|leaf| td_string!(locale, words.evidence.alike_certificate, sha256 = leaf.to_string()))
        }
        // Enough to tell them apart, where several are in a line.
        Difference::Chain => {
            let chain = group.chain.iter().map(|sha256| sha256.to_string().chars().take(8).collect::<String>());
            let chain = chain.collect::<Vec<_>>().join(" → ");
            Some(td_string!(locale, words.evidence.alike_chain, chain = chain))
        }
        Difference::Versions => {
            Some(words::join(group.versions.iter().map(|version| TlsVersion::as_str(*version)), locale))
        }
        Difference::Suite => group.suite.map(|suite| suite.to_string()),
    };
    let mut lines =
        vec![(td_string!(locale, words.evidence.differ_in), words::join(differences.iter().map(word), locale))];
    lines.extend(groups.iter().map(|group| {
        let addresses = listed(&group.addresses, locale);
        let shown = words::join(differences.iter().filter_map(|difference| shown(group, difference)), locale);
        let value = td_string!(locale, words.evidence.alike_value, addresses = addresses, shown = shown);
        (td_string!(locale, words.evidence.alike), value)
    }));
    lines
}

/// Where the old certificate is, or was, and when it ends, and what has replaced it.
pub(super) fn deployed_lines(
    new: &[Deployed],
    old: &[Deployed],
    zone: Zone,
    locale: Locale,
    now: Timestamp,
) -> Vec<Line> {
    let label_old = td_string!(locale, words.evidence.deployed_old);
    let label_new = td_string!(locale, words.evidence.deployed_new);
    let old = old.iter().map(|deployed| (label_old, deployed));
    let labelled = old.chain(new.iter().map(|deployed| (label_new, deployed)));
    labelled
        .flat_map(|(label, deployed)| {
            let subject = deployed.certificate.subject.as_str();
            let at = time::absolute_and_relative(deployed.not_after, now, zone, locale);
            let addresses = listed(&deployed.addresses, locale);
            let value =
                td_string!(locale, words.evidence.deployed_value, subject = subject, at = at, addresses = addresses);
            [(label, value), ("SHA-256", deployed.certificate.sha256.to_string())]
        })
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use model::finding::CertificateReference;

    use super::*;

    const NOW: &str = "2026-03-01T00:00:00Z";

    #[test]
    fn of_each_group_that_is_said_in_which_they_differ() {
        let group = |addresses: &[&str], version| Alike {
            addresses: addresses.iter().map(|address| address.parse().unwrap()).collect(),
            chain: vec![Fingerprint::new([1; 32]), Fingerprint::new([3; 32])],
            versions: vec![version],
            suite: None,
        };
        let groups =
            vec![group(&["192.0.2.1", "192.0.2.3"], TlsVersion::Tls12), group(&["192.0.2.2"], TlsVersion::Tls13)];
        let differences = vec![Difference::Chain, Difference::Versions];
        let said = lines(&differences, &groups, &BTreeMap::new(), Locale::en);
        assert_eq!(
            said,
            [
                ("They differ in", "chain as served, versions of TLS".to_owned()),
                ("Served alike", "192.0.2.1, 192.0.2.3: chain 01010101 → 03030303, TLS 1.2".to_owned()),
                ("Served alike", "192.0.2.2: chain 01010101 → 03030303, TLS 1.3".to_owned()),
            ]
        );
    }

    #[test]
    fn a_renewal_that_is_not_everywhere_says_where_the_old_one_is_and_when_it_ends() {
        let deployed = |address: &str, not_after: &str| Deployed {
            certificate: CertificateReference {
                sha256: Fingerprint::new([0xab; 32]),
                subject: "CN=api.example.com".to_owned(),
                position: Some(0),
            },
            not_before: NOW.parse().unwrap(),
            not_after: not_after.parse().unwrap(),
            addresses: vec![address.parse().unwrap()],
        };
        let (old, new) = (deployed("192.0.2.1", "2026-03-11T00:00:00Z"), deployed("192.0.2.2", "2026-05-30T00:00:00Z"));
        let lines = deployed_lines(&[new], &[old], Zone::UTC, Locale::en, NOW.parse().unwrap());
        assert_eq!(lines[0].0, "Old certificate");
        for part in ["CN=api.example.com", "2026-03-11 00:00 UTC (in 10 days)", "on 192.0.2.1"] {
            assert!(lines[0].1.contains(part), "{}", lines[0].1);
        }
        assert_eq!((lines[2].0, lines.len()), ("New certificate", 4));
    }
}
