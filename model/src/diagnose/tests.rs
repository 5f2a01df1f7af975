//! Whole observations: how addresses add up to a verdict.

#![allow(clippy::unwrap_used)]

mod defects;

use std::{collections::BTreeMap, net::IpAddr};

use super::*;
use crate::{
    Platform,
    certificate::Digest,
    fixture::{self, address, now, observation, trust_by_address},
    observation::{TcpFailure, TlsFailure, TlsVersion},
    tls::Suite,
};

fn judge(observation: &Observation, trust: &TrustByAddress) -> Diagnosis {
    diagnose(observation, trust, Context::default(), now())
}

fn codes(diagnosis: &Diagnosis) -> Vec<&'static str> {
    diagnosis.findings.iter().map(|finding| finding.code.as_str()).collect()
}

const REFUSED: Failure = Failure::Tcp { reason: TcpFailure::Refused };

fn expire(observation: &mut Observation, number: usize) {
    let leaf = &mut observation.addresses[number].chain[0];
    leaf.not_after = "2026-04-30T00:00:00Z".parse().unwrap();
}

#[test]
fn a_healthy_endpoint_passes_everywhere_without_a_finding() {
    for addresses in [1, 2, 5] {
        let diagnosis = judge(&observation(addresses), &trust_by_address(addresses));
        assert_eq!(diagnosis.findings, []);
        assert_eq!((diagnosis.verdict, diagnosis.platforms), (Verdict::Pass, Verdicts::all(Verdict::Pass)));
    }
}

#[test]
fn what_does_not_answer_is_unreachable_and_says_nothing_of_the_certificate() {
    let mut unresolved = observation(1);
    unresolved.resolution = Resolution::Failed { failure: Failure::Dns { reason: DnsFailure::NotFound } };
    let nowhere = observation(0);
    let mut refusing = observation(2);
    for seen in &mut refusing.addresses {
        seen.outcome = Err(REFUSED);
    }
    let mut silent = observation(1);
    silent.addresses[0].outcome = Err(Failure::Tls { reason: TlsFailure::Timeout });
    expire(&mut silent, 0);
    for (observation, expected) in [
        (unresolved, vec!["dns.not_found"]),
        (nowhere, vec!["dns.no_address"]),
        (refusing, vec!["net.refused", "net.refused"]),
        (silent, vec!["net.timeout"]),
    ] {
        let diagnosis = judge(&observation, &trust_by_address(2));
        assert_eq!(codes(&diagnosis), expected);
        assert_eq!(diagnosis.verdict, Verdict::Unreachable);
        assert_eq!(diagnosis.platforms, Verdicts::all(Verdict::Unknown));
    }
}

#[test]
fn what_answers_with_something_else_than_usable_tls_fails() {
    let mut plain = observation(1);
    plain.addresses[0].outcome = Err(Failure::Tls { reason: TlsFailure::NotTls { protocol: "HTTP".to_owned() } });
    plain.addresses[0].chain.clear();
    let diagnosis = judge(&plain, &TrustByAddress::new());
    assert_eq!((codes(&diagnosis), diagnosis.verdict), (vec!["tls.not_tls"], Verdict::Fail));
}

#[test]
fn the_chain_of_a_handshake_that_failed_late_is_judged_too() {
    let mut insisting = observation(1);
    insisting.addresses[0].outcome = Err(Failure::Tls { reason: TlsFailure::ClientCertificateRequired });
    let diagnosis = judge(&insisting, &trust_by_address(1));
    assert_eq!(codes(&diagnosis), ["tls.client_certificate"]);
    expire(&mut insisting, 0);
    assert_eq!(codes(&judge(&insisting, &trust_by_address(1))), ["tls.client_certificate", "cert.expired"]);
}

#[test]
fn the_majority_of_the_addresses_that_answer_decides() {
    // Of so many addresses, so many have expired and so many refuse.
    for (addresses, expired, refusing, verdict) in [
        (3, 1, 0, Verdict::Warn),
        (3, 2, 0, Verdict::Fail),
        (2, 1, 0, Verdict::Fail),
        (4, 2, 0, Verdict::Fail),
        (5, 2, 0, Verdict::Warn),
        (2, 0, 1, Verdict::Warn),
        (5, 0, 4, Verdict::Warn),
        (3, 1, 1, Verdict::Fail),
        (4, 1, 1, Verdict::Warn),
        (2, 1, 1, Verdict::Fail),
        (2, 0, 2, Verdict::Unreachable),
    ] {
        let mut observation = observation(addresses);
        for number in 0..expired {
            expire(&mut observation, number);
        }
        for number in expired..expired + refusing {
            observation.addresses[number].outcome = Err(REFUSED);
        }
        let diagnosis = judge(&observation, &trust_by_address(addresses));
        assert_eq!(diagnosis.verdict, verdict, "{expired} expired and {refusing} refusing of {addresses}");
    }
}

#[test]
fn a_finding_names_the_addresses_that_show_it_where_others_do_not() {
    let shown_by = |observation: &Observation| {
        let diagnosis = judge(observation, &trust_by_address(3));
        let expired = diagnosis.findings.into_iter().filter(|finding| finding.code == Code::CertExpired);
        expired.map(|finding| finding.shown_by).collect::<Vec<_>>()
    };
    let mut observation = observation(3);
    expire(&mut observation, 1);
    expire(&mut observation, 2);
    assert_eq!(shown_by(&observation), [vec![address(2), address(3)]]);
    // The one that is well is silent: all that answer show it.
    observation.addresses[0].outcome = Err(REFUSED);
    assert_eq!(shown_by(&observation), [Vec::<IpAddr>::new()]);
    let mut all = fixture::observation(3);
    (0..3).for_each(|number| expire(&mut all, number));
    assert_eq!(shown_by(&all), [Vec::<IpAddr>::new()]);
}

#[test]
fn an_address_of_ipv6_has_the_say_of_one_of_ipv4() {
    // So many of IPv4, which are well, and so many of IPv6, which are silent or have expired.
    for (v4, v6, expired, verdict) in [
        // Silence is never more than a warning while anybody answers: a phone goes on to the next.
        (1, 1, false, Verdict::Warn),
        (1, 4, false, Verdict::Warn),
        // What answers with a fault has its say: a minority, a tie, a majority.
        (2, 1, true, Verdict::Warn),
        (1, 1, true, Verdict::Fail),
        (1, 2, true, Verdict::Fail),
    ] {
        let mut observation = observation(v4 + v6);
        let mut trust = trust_by_address(v4);
        for number in usize::from(v4)..usize::from(v4 + v6) {
            let address = format!("2400:3200::{number}").parse().unwrap();
            observation.addresses[number].address = address;
            trust.insert(address, fixture::trust());
            if expired {
                expire(&mut observation, number);
            } else {
                observation.addresses[number].outcome = Err(REFUSED);
                observation.addresses[number].chain.clear();
            }
        }
        let diagnosis = judge(&observation, &trust);
        assert_eq!(diagnosis.verdict, verdict, "{v4} of IPv4, {v6} of IPv6, expired: {expired}");
    }
}

#[test]
fn whatever_fails_says_how_often_it_was_tried() {
    let mut observation = observation(1);
    observation.addresses[0].outcome = Err(REFUSED);
    observation.addresses[0].tries = 3;
    let evidence = Evidence::Failure { failure: REFUSED, address: Some(address(1)), tries: 3 };
    assert_eq!(judge(&observation, &TrustByAddress::new()).findings[0].evidence, evidence);
}

#[test]
fn a_renewal_that_is_not_everywhere_is_a_warning_and_no_difference() {
    let mut observation = observation(2);
    let leaf = &mut observation.addresses[1].chain[0];
    leaf.sha256 = crate::Fingerprint::new([9; 32]);
    leaf.not_before = "2026-04-20T00:00:00Z".parse().unwrap();
    leaf.not_after = "2026-07-18T23:59:59Z".parse().unwrap();
    let diagnosis = judge(&observation, &trust_by_address(2));
    assert_eq!((codes(&diagnosis), diagnosis.verdict), (vec!["endpoint.deployed_not_everywhere"], Verdict::Warn));
}

#[test]
fn an_outvoted_minority_is_one_warning_that_names_each_address() {
    let mut observation = observation(4);
    expire(&mut observation, 0);
    observation.addresses[1].outcome = Err(REFUSED);
    observation.addresses[1].tries = 3;
    // That an answer was long in coming is no fault.
    observation.addresses[3].tries = 2;
    let diagnosis = judge(&observation, &trust_by_address(4));
    assert_eq!(codes(&diagnosis), ["net.some_addresses_fail"]);
    let evidence = Evidence::Addresses {
        failing: [(address(2), REFUSED)].into(),
        faulty: [(address(1), vec![Code::CertExpired])].into(),
        answering: vec![address(3), address(4)],
        tries: [(address(2), 3)].into(),
    };
    assert_eq!(diagnosis.findings[0].evidence, evidence);
}

#[test]
fn an_address_that_the_prober_cannot_reach_is_worth_knowing_and_no_more() {
    let no_route = Failure::Tcp { reason: TcpFailure::NoRoute { detail: "words".to_owned() } };
    // Of so many addresses, so many are beyond reach, and so many of the others refuse.
    for (addresses, beyond, refusing, codes_expected, verdict) in [
        (2, 1, 0, vec!["net.no_route"], Verdict::Pass),
        (5, 4, 0, vec!["net.no_route"], Verdict::Pass),
        (3, 1, 1, vec!["net.some_addresses_fail", "net.no_route"], Verdict::Warn),
        // A near miss: silence is another matter.
        (2, 0, 1, vec!["net.some_addresses_fail"], Verdict::Warn),
        (2, 1, 1, vec!["net.refused", "net.no_route"], Verdict::Unreachable),
        (1, 1, 0, vec!["net.no_route"], Verdict::Unreachable),
        (2, 2, 0, vec!["net.no_route", "net.no_route"], Verdict::Unreachable),
    ] {
        let mut observation = observation(addresses);
        for number in 0..beyond {
            observation.addresses[number].outcome = Err(no_route.clone());
            observation.addresses[number].chain.clear();
        }
        for number in beyond..beyond + refusing {
            observation.addresses[number].outcome = Err(REFUSED);
        }
        let diagnosis = judge(&observation, &trust_by_address(addresses));
        assert_eq!((codes(&diagnosis), diagnosis.verdict), (codes_expected, verdict), "{beyond} of {addresses}");
        let told = diagnosis.findings.iter().filter(|finding| finding.code == Code::NetNoRoute);
        let severity = if usize::from(addresses) == beyond { Severity::Error } else { Severity::Info };
        assert!(told.into_iter().all(|finding| finding.severity == severity), "{diagnosis:?}");
    }
}

#[test]
fn an_address_that_hufu_may_not_connect_to_is_no_failing_one() {
    let no_route = || Failure::Tcp { reason: TcpFailure::NoRoute { detail: "words".to_owned() } };
    // Of so many addresses, so many are barred, so many refuse, and the last has no route.
    for (addresses, barred, refusing, last, codes_expected, verdict) in [
        (2, 1, 0, None, vec!["net.blocked_by_policy"], Verdict::Pass),
        (5, 4, 0, None, vec!["net.blocked_by_policy"], Verdict::Pass),
        (3, 1, 1, None, vec!["net.some_addresses_fail", "net.blocked_by_policy"], Verdict::Warn),
        (3, 1, 0, Some(no_route()), vec!["net.no_route", "net.blocked_by_policy"], Verdict::Pass),
        (2, 1, 1, None, vec!["net.refused", "net.blocked_by_policy"], Verdict::Unreachable),
        (2, 1, 0, Some(no_route()), vec!["net.no_route", "net.blocked_by_policy"], Verdict::Unreachable),
        // Nothing was tried: that is not known to be silent.
        (1, 1, 0, None, vec!["net.blocked_by_policy"], Verdict::Unknown),
        (2, 2, 0, None, vec!["net.blocked_by_policy", "net.blocked_by_policy"], Verdict::Unknown),
    ] {
        let mut observation = observation(addresses);
        for number in 0..barred {
            let seen = &mut observation.addresses[number];
            seen.outcome = Err(Failure::Policy { address: seen.address });
            seen.chain.clear();
        }
        for number in barred..barred + refusing {
            observation.addresses[number].outcome = Err(REFUSED);
        }
        if let Some(failure) = last {
            let seen = observation.addresses.last_mut().unwrap();
            seen.outcome = Err(failure);
            seen.chain.clear();
        }
        let diagnosis = judge(&observation, &trust_by_address(addresses));
        assert_eq!((codes(&diagnosis), diagnosis.verdict), (codes_expected, verdict), "{barred} of {addresses}");
        let told = diagnosis.findings.iter().filter(|finding| finding.code == Code::NetBlockedByPolicy);
        assert!(told.into_iter().all(|finding| finding.severity < Severity::Error), "{diagnosis:?}");
    }
}

#[test]
fn what_cannot_be_reached_from_here_has_no_vote() {
    // Three addresses: one expired, one good; the third would have made it a minority.
    let mut observation = observation(3);
    expire(&mut observation, 0);
    observation.addresses[2].outcome = Err(Failure::Tcp { reason: TcpFailure::NoRoute { detail: String::new() } });
    let diagnosis = judge(&observation, &trust_by_address(3));
    assert_eq!((codes(&diagnosis), diagnosis.verdict), (vec!["cert.expired", "net.no_route"], Verdict::Fail));
    let evidence = Evidence::Addresses {
        failing: [(address(3), Failure::Tcp { reason: TcpFailure::NoRoute { detail: String::new() } })].into(),
        faulty: BTreeMap::new(),
        answering: vec![address(1), address(2)],
        tries: BTreeMap::new(),
    };
    assert_eq!(diagnosis.findings[1].evidence, evidence);
}

#[test]
fn each_platform_has_its_own_majority() {
    let mut observation = observation(3);
    // One fault on Apple's platforms alone, and another on a second address.
    observation.addresses[0].chain[0].signature.digest = Digest::Short;
    let trust = trust_by_address(3);
    let diagnosis = judge(&observation, &trust);
    assert_eq!(codes(&diagnosis), ["net.some_addresses_fail"]);
    assert_eq!((diagnosis.platforms.ios, diagnosis.platforms.android), (Verdict::Warn, Verdict::Pass));

    observation.addresses[1].chain[0].server_auth = None;
    let diagnosis = judge(&observation, &trust);
    assert_eq!(codes(&diagnosis), ["ats.signature", "cert.no_server_auth"]);
    assert_eq!((diagnosis.platforms.ios, diagnosis.platforms.android), (Verdict::Fail, Verdict::Pass));

    expire(&mut observation, 2);
    let diagnosis = judge(&observation, &trust);
    assert_eq!((diagnosis.platforms.ios, diagnosis.platforms.android), (Verdict::Fail, Verdict::Warn));
}

#[test]
fn addresses_with_different_certificates_are_worth_knowing_and_no_more() {
    let mut observation = observation(2);
    observation.addresses[1].chain[0].sha256 = crate::Fingerprint::new([9; 32]);
    let diagnosis = judge(&observation, &trust_by_address(2));
    assert_eq!((codes(&diagnosis), diagnosis.verdict), (vec!["endpoint.addresses_differ"], Verdict::Pass));
}

#[test]
fn a_public_name_with_a_private_address_is_a_warning() {
    let mut observation = observation(1);
    let inside: IpAddr = "192.168.0.1".parse().unwrap();
    observation.addresses[0].address = inside;
    let trust = TrustByAddress::from([(inside, fixture::trust())]);
    let diagnosis = judge(&observation, &trust);
    assert_eq!((codes(&diagnosis), diagnosis.verdict), (vec!["dns.private_address"], Verdict::Warn));
    observation.addresses[0].outcome = Err(Failure::Policy { address: inside });
    let diagnosis = judge(&observation, &trust);
    assert_eq!(codes(&diagnosis), ["dns.private_address", "net.blocked_by_policy"]);
    assert_eq!(diagnosis.verdict, Verdict::Unknown);
}

#[test]
fn a_chain_that_no_store_was_asked_about_is_no_pass() {
    let diagnosis = judge(&observation(1), &TrustByAddress::new());
    assert_eq!((codes(&diagnosis), diagnosis.verdict), (vec![], Verdict::Unknown));
}

#[test]
fn findings_come_most_severe_first_then_as_in_the_catalogue_and_each_once() {
    let mut observation = observation(3);
    for seen in &mut observation.addresses {
        seen.chain[0].dns_names = vec!["b.example.com".to_owned()];
        seen.chain.push(fixture::root());
        seen.chain[0].not_after = "2026-05-02T00:00:00Z".parse().unwrap();
        seen.outcome.as_mut().unwrap().version = TlsVersion::Tls11;
        seen.outcome.as_mut().unwrap().suite = Suite::TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA;
    }
    let expected = [
        "tls.no_tls12",
        "ats.version",
        "cert.name_mismatch",
        "cert.renewal_overdue",
        "cert.expires_soon",
        "chain.root_included",
    ];
    assert_eq!(codes(&judge(&observation, &trust_by_address(3))), expected);
}

#[test]
fn a_mini_program_is_as_good_as_its_worst_entry() {
    let entry = |verdict, platforms| EntryVerdict { verdict, platforms, observable: Observable::Yes };
    let pass = entry(Verdict::Pass, Verdicts::all(Verdict::Pass));
    let unprobed = entry(Verdict::Unknown, Verdicts::all(Verdict::Unknown));
    let unreachable = entry(Verdict::Unreachable, Verdicts::all(Verdict::Unknown));
    let ios = entry(Verdict::Fail, Verdicts { ios: Verdict::Fail, ..Verdicts::all(Verdict::Pass) });
    let warning = Finding::everywhere(Code::RuleCheckSkipped, Severity::Warning, Evidence::None);
    for (findings, entries, verdict, android) in [
        (vec![], vec![pass, pass], Verdict::Pass, Verdict::Pass),
        (vec![], vec![pass, unprobed], Verdict::Unknown, Verdict::Unknown),
        (vec![warning.clone()], vec![pass], Verdict::Warn, Verdict::Warn),
        // Nothing was seen that works, so "it works today, but …" would be too much.
        (vec![warning.clone()], vec![], Verdict::Unknown, Verdict::Unknown),
        (vec![warning.clone()], vec![unprobed], Verdict::Unknown, Verdict::Unknown),
        (vec![warning], vec![unreachable], Verdict::Unreachable, Verdict::Unknown),
        (vec![], vec![pass, unreachable], Verdict::Unreachable, Verdict::Unknown),
        (vec![], vec![ios, pass, unreachable], Verdict::Fail, Verdict::Unknown),
        (vec![], vec![pass, ios], Verdict::Fail, Verdict::Pass),
    ] {
        let (found, platforms) = program_verdict(&findings, entries);
        assert_eq!((found, platforms.android), (verdict, android));
    }
}

#[test]
fn a_warning_does_not_say_that_something_unseen_works() {
    use Verdict::{Fail, Pass, Unknown, Warn};

    let warned = [Finding::everywhere(Code::IcpUnknown, Severity::Warning, Evidence::None)];
    let wrong = [Finding::everywhere(Code::IcpMissing, Severity::Error, Evidence::None)];
    for (findings, seen, expected) in [
        (&[][..], Unknown, Unknown),
        (&warned, Unknown, Unknown),
        (&wrong, Unknown, Fail),
        (&warned, Pass, Warn),
        (&warned, Fail, Fail),
    ] {
        let (verdict, platforms) = entry_verdict(findings, Some((seen, Verdicts::all(seen))));
        assert_eq!((verdict, platforms.ios), (expected, expected), "{findings:?} {seen:?}");
    }
}

#[test]
fn nothing_that_could_be_observed_is_unknown_and_no_pass() {
    let of_rules = |findings: &[Finding]| {
        let (verdict, platforms) = entry_verdict(findings, None);
        EntryVerdict { verdict, platforms, observable: Observable::No }
    };
    let pass =
        EntryVerdict { verdict: Verdict::Pass, platforms: Verdicts::all(Verdict::Pass), observable: Observable::Yes };
    let unreachable =
        EntryVerdict { verdict: Verdict::Unreachable, platforms: Verdicts::all(Verdict::Unknown), ..pass };
    let clean = of_rules(&[]);
    let warned = of_rules(&[Finding::everywhere(Code::IcpUnknown, Severity::Warning, Evidence::None)]);
    let wrong_on_ios = of_rules(&[Finding::on(&[Platform::Ios], Code::IcpMissing, Severity::Error, Evidence::None)]);
    for (entries, verdict, android) in [
        (vec![], Verdict::Unknown, Verdict::Unknown),
        (vec![clean], Verdict::Unknown, Verdict::Unknown),
        (vec![clean, clean], Verdict::Unknown, Verdict::Unknown),
        (vec![warned], Verdict::Unknown, Verdict::Unknown),
        (vec![warned, unreachable], Verdict::Unreachable, Verdict::Unknown),
        (vec![warned, unreachable, pass], Verdict::Unreachable, Verdict::Warn),
        (vec![wrong_on_ios], Verdict::Fail, Verdict::Unknown),
        // Beside what was observed it has no say, but for its faults.
        (vec![clean, pass], Verdict::Pass, Verdict::Pass),
        (vec![pass, warned], Verdict::Warn, Verdict::Warn),
        (vec![pass, wrong_on_ios], Verdict::Fail, Verdict::Pass),
    ] {
        let (found, platforms) = program_verdict(&[], entries.clone());
        assert_eq!((found, platforms.android), (verdict, android), "{entries:?}");
    }
}

#[test]
fn an_entry_is_as_good_as_its_rules_its_filing_and_its_endpoint_together() {
    let missing = [Finding::everywhere(Code::IcpMissing, Severity::Error, Evidence::None)];
    let pass = (Verdict::Pass, Verdicts::all(Verdict::Pass));
    let unreachable = (Verdict::Unreachable, Verdicts::all(Verdict::Unknown));
    assert_eq!(entry_verdict(&[], None), (Verdict::Unknown, Verdicts::all(Verdict::Unknown)));
    assert_eq!(entry_verdict(&missing, None), (Verdict::Fail, Verdicts::all(Verdict::Fail)));
    assert_eq!(entry_verdict(&[], Some(pass)), pass);
    assert_eq!(entry_verdict(&[], Some(unreachable)), unreachable);
    assert_eq!(entry_verdict(&missing, Some(pass)).0, Verdict::Fail);
    assert_eq!(entry_verdict(&missing, Some(unreachable)), (Verdict::Fail, Verdicts::all(Verdict::Fail)));
}
