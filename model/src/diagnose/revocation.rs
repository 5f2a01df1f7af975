//! Whether the authority has withdrawn a certificate, and what a server staples to prove that it has not.

use super::{Context, Roots, certificate::reference, withdrawn};
use crate::{
    Certificate, Code, Date, Evidence, Finding, Severity, SignedDuration,
    certificate::own_position,
    observation::AddressObservation,
    revocation::{ListAnswer, ListFailure, Listed, Revoked, Staple, Status},
    time::date,
    trust::Trust,
};

/// What is to be said of one address. That a certificate is not revoked is a fact and no finding; that
/// nobody could tell is never more than worth knowing.
pub(super) fn findings(seen: &AddressObservation, trust: &Trust, context: Context) -> Vec<Finding> {
    let own = own_position(&seen.chain);
    let Some(leaf) = seen.chain.get(own).filter(|leaf| leaf.malformed.is_none()) else { return Vec::new() };
    let mut findings = revoked_findings(seen, leaf, own, trust);
    findings.extend(seen.staple.as_ref().and_then(invalid_finding));
    let is_of_leaf =
        |finding: &Finding| finding.severity > Severity::Info && finding.code != Code::ChainRevokedCertificate;
    if !findings.iter().any(is_of_leaf) && !seen.staple.as_ref().is_some_and(Staple::is_good) {
        findings.extend(unknown_finding(&seen.lists, leaf, own, trust, context));
    }
    findings.extend(unkept_promise(seen, leaf, own));
    findings
}

/// By the issuer's list, or by the answer that the server itself staples. The leaf is on every path; an
/// authority need not be.
fn revoked_findings(seen: &AddressObservation, leaf: &Certificate, own: usize, trust: &Trust) -> Vec<Finding> {
    let evidence = |certificate: &Certificate, position: usize, since: Revoked, list: Option<String>| {
        let Revoked { at, reason } = since;
        Evidence::Revoked { certificate: reference(certificate, position), at, reason, list }
    };
    let revoked = |Listed { position, url, answer }: &Listed| {
        let ListAnswer::Revoked(since) = answer else { return None };
        Some((*position, evidence(seen.chain.get(*position)?, *position, *since, url.clone())))
    };
    let listed = seen.lists.iter().filter_map(revoked);
    let (of_leaf, of_authorities): (Vec<_>, Vec<_>) = listed.partition(|(position, _)| *position == own);
    let stapled = seen.staple.as_ref().and_then(Staple::revoked).filter(|_| of_leaf.is_empty());
    let stapled = stapled.map(|since| evidence(leaf, own, since, None));
    let of_leaf = of_leaf.into_iter().map(|(_, evidence)| evidence).chain(stapled);
    let of_leaf = of_leaf.map(|evidence| Finding::everywhere(Code::CertRevoked, Severity::Error, evidence));
    of_leaf.chain(withdrawn::findings(of_authorities, &seen.chain, own, trust)).collect()
}

/// Firefox, GnuTLS and curl with `--cert-status` hang up on such an answer, where one without any would do.
fn invalid_finding(staple: &Staple) -> Option<Finding> {
    let is_invalid = match (&staple.problem, &staple.status) {
        // What is revoked is said by itself.
        _ if staple.revoked().is_some() => false,
        (Some(problem), _) => problem.is_a_fault(),
        (None, status) => *status == Some(Status::Unknown),
    };
    let Staple { problem, this_update, next_update, .. } = staple.clone();
    let evidence = Evidence::Staple { problem, this_update, next_update };
    is_invalid.then(|| Finding::everywhere(Code::CertStapleInvalid, Severity::Warning, evidence))
}

/// RFC 7633: a client that knows the extension takes no handshake without a staple. Firefox and GnuTLS
/// know it; nothing that WeChat runs on does.
fn unkept_promise(seen: &AddressObservation, leaf: &Certificate, own: usize) -> Option<Finding> {
    let handshake = seen.outcome.as_ref().ok()?;
    let evidence = Evidence::Certificate { certificate: reference(leaf, own) };
    (leaf.must_staple && !handshake.ocsp_stapled)
        .then(|| Finding::everywhere(Code::CertMustStapleMissing, Severity::Info, evidence))
}

fn unknown_finding(
    lists: &[Listed],
    leaf: &Certificate,
    own: usize,
    trust: &Trust,
    context: Context,
) -> Option<Finding> {
    let Listed { url, answer, .. } = lists.iter().find(|listed| listed.position == own)?;
    let ListAnswer::Unknown { why } = answer else { return None };
    // Many an operator's own authority has no list, and none is owed of what is unknown anyway.
    let owed = context.roots == Roots::Preinstalled && !trust.trusting().is_empty() && !is_short_lived(leaf);
    if *why == ListFailure::NoUrl && !owed {
        return None;
    }
    let evidence = Evidence::NoRevocationList { certificate: reference(leaf, own), url: url.clone(), why: why.clone() };
    Some(Finding::everywhere(Code::CertRevocationUnknown, Severity::Info, evidence))
}

/// Of these an authority need not say whether they are revoked (CA/Browser Forum, Baseline Requirements
/// section 1.6.1, short-lived subscriber certificate).
fn is_short_lived(leaf: &Certificate) -> bool {
    let issued = leaf.not_before.date();
    let most = SHORT_LIVED.iter().find_map(|(from, days)| (issued >= *from).then_some(DAY * *days));
    most.is_some_and(|most| leaf.lifetime() <= most)
}

const DAY: SignedDuration = SignedDuration::from_hours(24);

const SHORT_LIVED: [(Date, i32); 2] = [(date(2026, 3, 15), 7), (date(2024, 3, 15), 10)];

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::collections::BTreeSet;

    use super::*;
    use crate::{
        Fingerprint, Platform, Timestamp,
        fetched::FetchFailure,
        fixture::{self, intermediate, leaf, now, root},
        revocation::{Reason, StapleProblem},
        trust::{NoPath, PathStep, Store, StoreAnswer},
    };

    fn listed(position: usize, answer: ListAnswer) -> Listed {
        Listed { position, url: Some("http://ca.example/a.crl".to_owned()), answer }
    }

    fn unknown(why: ListFailure) -> ListAnswer {
        ListAnswer::Unknown { why }
    }

    fn revoked() -> Revoked {
        Revoked { at: "2026-04-20T00:00:00Z".parse().unwrap(), reason: Some(Reason::KeyCompromise) }
    }

    fn not_listed() -> ListAnswer {
        ListAnswer::NotListed { this_update: now(), next_update: now() }
    }

    fn staple(status: Status, problem: Option<StapleProblem>) -> Option<Staple> {
        Some(Staple {
            status: Some(status),
            this_update: Some(now()),
            next_update: Some(now()),
            problem,
            scts: Vec::new(),
        })
    }

    fn judge(staple: Option<Staple>, lists: &[Listed]) -> Vec<Finding> {
        let mut seen = fixture::seen(1);
        if let Ok(handshake) = &mut seen.outcome {
            handshake.ocsp_stapled = staple.is_some();
        }
        (seen.staple, seen.lists) = (staple, lists.to_vec());
        findings(&seen, &fixture::trust(), Context::default())
    }

    fn brief(findings: &[Finding]) -> Vec<(&'static str, Severity)> {
        findings.iter().map(|finding| (finding.code.as_str(), finding.severity)).collect()
    }

    #[test]
    fn a_list_and_a_staple_add_up() {
        use Severity::{Error, Info, Warning};
        let (error, warning) = (vec![("cert.revoked", Error)], vec![("cert.staple_invalid", Warning)]);
        let info = vec![("cert.revocation_unknown", Info)];
        let timeout = || unknown(ListFailure::NotFetched { failure: FetchFailure::Timeout });
        let expired = Some(StapleProblem::Expired);
        let unsigned = Some(StapleProblem::BadSignature);
        let no_issuer = Some(StapleProblem::NoIssuer);
        for (given, list, expected) in [
            (None, None, vec![]),
            (None, Some(not_listed()), vec![]),
            (None, Some(ListAnswer::Revoked(revoked())), error.clone()),
            (None, Some(timeout()), info.clone()),
            (None, Some(unknown(ListFailure::Stale { next_update: now() })), info.clone()),
            (staple(Status::Good, None), None, vec![]),
            // What one of them proves, the other need not.
            (staple(Status::Good, None), Some(timeout()), vec![]),
            (staple(Status::Good, None), Some(ListAnswer::Revoked(revoked())), error.clone()),
            (staple(Status::Good, expired.clone()), Some(not_listed()), warning.clone()),
            (staple(Status::Good, expired.clone()), Some(timeout()), warning.clone()),
            (staple(Status::Good, unsigned.clone()), None, warning.clone()),
            (staple(Status::Revoked(revoked()), None), None, error.clone()),
            (staple(Status::Revoked(revoked()), None), Some(ListAnswer::Revoked(revoked())), error.clone()),
            (staple(Status::Revoked(revoked()), expired), Some(not_listed()), error.clone()),
            (staple(Status::Revoked(revoked()), unsigned), Some(not_listed()), warning.clone()),
            (staple(Status::Unknown, None), Some(not_listed()), warning.clone()),
            // It is not the staple that is at fault.
            (staple(Status::Good, no_issuer.clone()), Some(not_listed()), vec![]),
            (staple(Status::Good, no_issuer), Some(timeout()), info),
            (Some(Staple { problem: Some(StapleProblem::Malformed), ..Staple::default() }), None, warning.clone()),
            (Some(Staple { problem: Some(StapleProblem::NoAnswer { code: 3 }), ..Staple::default() }), None, warning),
        ] {
            let lists = Vec::from_iter(list.map(|answer| listed(0, answer)));
            let said = judge(given.clone(), &lists);
            assert_eq!(brief(&said), expected, "{given:?} {lists:?}");
            assert!(said.iter().all(|finding| finding.platforms == Platform::PHONES_AND_DESKTOPS));
        }
    }

    #[test]
    fn what_was_held_for_a_time_is_not_known_to_be_held_still() {
        let held = Status::Revoked(Revoked { reason: Some(Reason::CertificateHold), ..revoked() });
        let expired = Some(StapleProblem::Expired);
        assert_eq!(brief(&judge(staple(held, None), &[])), [("cert.revoked", Severity::Error)]);
        assert_eq!(brief(&judge(staple(held, expired), &[])), [("cert.staple_invalid", Severity::Warning)]);
    }

    #[test]
    fn evidence_says_since_when_and_by_which_list() {
        let said = judge(staple(Status::Revoked(revoked()), None), &[listed(0, ListAnswer::Revoked(revoked()))]);
        let expected = Evidence::Revoked {
            certificate: reference(&leaf(), 0),
            at: revoked().at,
            reason: Some(Reason::KeyCompromise),
            list: Some("http://ca.example/a.crl".to_owned()),
        };
        assert_eq!(said.iter().map(|finding| &finding.evidence).collect::<Vec<_>>(), [&expected]);
        let said = judge(staple(Status::Revoked(revoked()), None), &[listed(0, not_listed())]);
        assert!(matches!(&said[0].evidence, Evidence::Revoked { list: None, .. }), "{said:?}");
        for finding in said {
            let wire = serde_json::to_string(&finding).unwrap();
            assert_eq!(serde_json::from_str::<Finding>(&wire).unwrap(), finding);
        }
    }

    #[test]
    fn an_intermediate_may_be_revoked_and_need_not_be_known() {
        let said = judge(None, &[listed(0, not_listed()), listed(1, ListAnswer::Revoked(revoked()))]);
        let Evidence::Revoked { certificate, .. } = &said[0].evidence else { panic!("{said:?}") };
        assert_eq!((said.len(), certificate), (1, &reference(&intermediate(), 1)));
        let why = ListFailure::NotFetched { failure: FetchFailure::Timeout };
        assert_eq!(judge(None, &[listed(0, not_listed()), listed(1, unknown(why))]), []);
        // A position that is not served is nobody's.
        assert_eq!(judge(None, &[listed(7, ListAnswer::Revoked(revoked()))]), []);
    }

    /// A path over the certificates served at these positions, to a root that comes from the store.
    fn over(positions: &[usize]) -> Result<Vec<PathStep>, NoPath> {
        let step = |position| PathStep { subject: String::new(), sha256: Fingerprint::new([0; 32]), position };
        Ok(positions.iter().map(|position| step(Some(*position))).chain([step(None)]).collect())
    }

    #[test]
    fn a_revoked_authority_fails_the_platforms_whose_path_needs_it() {
        use Platform::{Android, Ios, Macos, Windows};
        use Severity::{Error, Info};
        use Store::{Apple, Given, Java, Mozilla};
        let store = |store, path| StoreAnswer { store, path };
        let (windows, robot) = (Store::Windows, Store::Android);
        let none = || Err(NoPath::SelfSigned);
        let all: &[Platform] = &Platform::PHONES_AND_DESKTOPS;
        // Served are the leaf, its issuer, and the issuer as another authority has signed it.
        for (revoked_at, answers, expected) in [
            (2, vec![store(Apple, over(&[0, 1])), store(robot, over(&[0, 2]))], Some((Error, &[Android][..]))),
            (1, vec![store(Apple, over(&[0, 1])), store(robot, over(&[0, 2]))], Some((Error, &[Ios, Macos][..]))),
            (
                1,
                vec![store(Apple, over(&[0, 1])), store(windows, over(&[0, 1, 2]))],
                Some((Error, &[Ios, Macos, Windows][..])),
            ),
            // Whoever has no path fails for a reason of its own.
            (1, vec![store(Apple, over(&[0, 1])), store(robot, none())], Some((Error, &[Ios, Macos][..]))),
            (1, vec![store(Apple, none()), store(robot, none())], Some((Error, all))),
            // What no platform asks is worth knowing, unless it stands for all.
            (2, vec![store(robot, over(&[0, 1])), store(Java, over(&[0, 2]))], Some((Info, &[][..]))),
            (2, vec![store(robot, none()), store(Mozilla, over(&[0, 2]))], Some((Info, &[][..]))),
            (2, vec![store(Mozilla, over(&[0, 2]))], Some((Error, all))),
            (2, vec![store(Given, over(&[0, 2]))], Some((Error, all))),
            (2, vec![store(Given, over(&[0, 1]))], None),
            (2, vec![store(Apple, over(&[0, 1])), store(robot, over(&[0, 1]))], None),
            (2, Vec::new(), None),
            // The leaf is everybody's.
            (0, vec![store(Apple, over(&[0, 1])), store(robot, none())], Some((Error, all))),
            (0, vec![store(Java, over(&[0, 1])), store(robot, none())], Some((Error, all))),
        ] {
            let mut seen = fixture::seen(1);
            let cross = Certificate { issuer: "CN=Another Root".to_owned(), ..intermediate() };
            seen.chain.push(Certificate { sha256: Fingerprint::new([9; 32]), ..cross });
            seen.lists = vec![listed(revoked_at, ListAnswer::Revoked(revoked()))];
            let trust = Trust { stores: answers, ..Trust::default() };
            let findings = findings(&seen, &trust, Context::default());
            let found = findings.iter().map(|finding| {
                let platforms: BTreeSet<_> = finding.platforms.iter().copied().collect();
                (finding.severity, platforms)
            });
            let expected = expected.map(|(severity, on)| (severity, on.iter().copied().collect::<BTreeSet<_>>()));
            assert!(found.eq(expected), "{revoked_at} {:?}: {findings:?}", trust.stores);
        }
    }

    #[test]
    fn what_is_no_fault_does_not_hide_that_nothing_is_known_of_the_leaf() {
        let mut seen = fixture::seen(1);
        let why = || unknown(ListFailure::NotFetched { failure: FetchFailure::Timeout });
        seen.lists = vec![listed(0, why()), listed(1, ListAnswer::Revoked(revoked()))];
        let store = |store, path| StoreAnswer { store, path };
        let codes = |of_android, of_java| {
            let stores = vec![store(Store::Android, of_android), store(Store::Java, of_java)];
            let trust = Trust { stores, ..Trust::default() };
            findings(&seen, &trust, Context::default()).iter().map(|finding| finding.code).collect::<Vec<_>>()
        };
        assert_eq!(codes(over(&[0]), over(&[0, 1])), [Code::CertRevoked, Code::CertRevocationUnknown]);
        assert_eq!(codes(over(&[0, 1]), over(&[0, 1])), [Code::CertRevoked]);
        let trust = Trust {
            stores: vec![store(Store::Android, over(&[0, 1]))],
            alternatives: [(Store::Android, vec![over(&[0, 2]).unwrap()])].into(),
            ..Trust::default()
        };
        let codes: Vec<_> = findings(&seen, &trust, Context::default()).iter().map(|finding| finding.code).collect();
        assert_eq!(codes, [Code::ChainRevokedCertificate, Code::CertRevocationUnknown]);
    }

    #[test]
    fn what_no_path_needs_may_be_revoked() {
        let mut seen = fixture::seen(1);
        // The root itself, as another authority has signed it.
        seen.chain.push(Certificate { issuer: "CN=Another Root".to_owned(), self_signed: false, ..root() });
        seen.lists = vec![listed(0, not_listed()), listed(1, not_listed()), listed(2, ListAnswer::Revoked(revoked()))];
        assert_eq!(findings(&seen, &fixture::trust(), Context::default()), []);
        // Without any path it may be what is missing.
        assert_eq!(findings(&seen, &Trust::default(), Context::default()).len(), 1);
    }

    #[test]
    fn a_list_is_owed_by_authorities_that_are_known_and_not_for_a_week() {
        let at = |text: &str| -> Timestamp { text.parse().unwrap() };
        let second = SignedDuration::from_secs(1);
        let untrusted = Trust::default();
        let (preinstalled, given) = (Context::default(), Context { roots: Roots::Given });
        for (issued, lifetime, context, trust, said) in [
            ("2026-04-01T00:00:00Z", DAY * 90, preinstalled, fixture::trust(), true),
            ("2026-04-01T00:00:00Z", DAY * 90, given, fixture::trust(), false),
            ("2026-04-01T00:00:00Z", DAY * 90, preinstalled, untrusted, false),
            ("2026-04-01T00:00:00Z", DAY * 7, preinstalled, fixture::trust(), false),
            ("2026-04-01T00:00:00Z", DAY * 7 + second, preinstalled, fixture::trust(), true),
            ("2026-03-14T00:00:00Z", DAY * 10, preinstalled, fixture::trust(), false),
            ("2026-03-14T00:00:00Z", DAY * 10 + second, preinstalled, fixture::trust(), true),
            ("2024-03-14T00:00:00Z", DAY * 7, preinstalled, fixture::trust(), true),
        ] {
            let mut seen = fixture::seen(1);
            seen.chain[0].not_before = at(issued);
            seen.chain[0].not_after = at(issued) + lifetime - second;
            seen.lists = vec![Listed { position: 0, url: None, answer: unknown(ListFailure::NoUrl) }];
            let findings = findings(&seen, &trust, context);
            assert_eq!(!findings.is_empty(), said, "{issued} {lifetime:?} {context:?}");
        }
    }

    #[test]
    fn whoever_promises_a_staple_and_gives_none_is_told_so() {
        for (promised, stapled, expected) in [
            (true, false, vec![("cert.must_staple_missing", Severity::Info)]),
            (true, true, vec![]),
            (false, false, vec![]),
        ] {
            let mut seen = fixture::seen(1);
            seen.chain[0].must_staple = promised;
            if let Ok(handshake) = &mut seen.outcome {
                handshake.ocsp_stapled = stapled;
            }
            let said = findings(&seen, &fixture::trust(), Context::default());
            assert_eq!(brief(&said), expected, "{promised} {stapled}");
        }
    }

    #[test]
    fn of_what_cannot_be_read_nothing_is_said() {
        let mut seen = fixture::seen(1);
        seen.chain = vec![root()];
        seen.chain[0].malformed = Some("not DER".to_owned());
        seen.lists = vec![listed(0, ListAnswer::Revoked(revoked()))];
        assert_eq!(findings(&seen, &fixture::trust(), Context::default()), []);
    }
}
