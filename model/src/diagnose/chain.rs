//! What is wrong with the chain as served. Phones do not fetch what is missing, hence neither does
//! this judgement.

use super::{
    certificate::{key_findings, reference, signature_findings, validity},
    stores,
};
use crate::{
    Certificate, Code, Evidence, Finding, Severity, Timestamp,
    finding::Platform,
    trust::{NoPath, PathStep, Store, StoreAnswer, Trust},
};

/// Everything that is wrong beyond the leaf, which is at the position `own`. `said` tells which causes
/// are named already: one cause gives one finding.
pub(super) fn findings(
    chain: &[Certificate],
    own: usize,
    trust: &Trust,
    said: &[Finding],
    now: Timestamp,
) -> Vec<Finding> {
    let mut findings = Vec::from_iter(own_not_first(chain, own));
    let paths: Vec<&[PathStep]> = trust.stores.iter().filter_map(|answer| answer.path.as_deref().ok()).collect();
    let mut kept: Vec<usize> =
        trust.alternatives.values().flatten().flatten().filter_map(|step| step.position).collect();
    let for_old_phones = trust.kept_for_old_phones(chain, now);
    kept.extend(for_old_phones);
    findings.extend(shape_findings(chain, own, &paths, &kept));
    for StoreAnswer { store, path } in &trust.stores {
        match path {
            Ok(_) => {}
            Err(NoPath::NotInStore { subject, sha256, dated }) => {
                findings.push(stores::not_in_store(chain, trust, *store, (subject.as_str(), *sha256), *dated));
            }
            Err(reason) => findings.extend(no_path_findings(chain, own, trust, reason, said, now)),
        }
    }
    findings.extend(stores::root_findings(chain, own, trust, now));
    findings
}

/// A server takes the first certificate of its file for its own, and so does a phone of what it is
/// sent (RFC 8446 section 4.4.2): nobody puts that right.
fn own_not_first(chain: &[Certificate], own: usize) -> Option<Finding> {
    let evidence = || Evidence::Order {
        served: chain.iter().map(|certificate| certificate.subject.clone()).collect(),
        expected: by_issuer(chain, own),
    };
    (own > 0).then(|| Finding::everywhere(Code::ChainWrongOrder, Severity::Error, evidence()))
}

/// Subjects from the one at `own` upwards, as far as the names of the issuers lead.
fn by_issuer(chain: &[Certificate], own: usize) -> Vec<String> {
    let positions = line(chain, own).into_iter();
    positions.filter_map(|position| Some(chain.get(position)?.subject.clone())).collect()
}

/// Positions from `own` upwards, as far as the names of the issuers lead.
pub(super) fn line(chain: &[Certificate], own: usize) -> Vec<usize> {
    let mut positions = Vec::new();
    let mut next = Some(own);
    while let Some((position, certificate)) = next.and_then(|position| Some((position, chain.get(position)?))) {
        positions.push(position);
        let is_issuer = |(position, other): &(usize, &Certificate)| {
            !positions.contains(position) && other.subject == certificate.issuer
        };
        next = chain.iter().enumerate().find(is_issuer).map(|(position, _)| position);
    }
    positions
}

fn no_path_findings(
    chain: &[Certificate],
    own: usize,
    trust: &Trust,
    reason: &NoPath,
    said_before: &[Finding],
    now: Timestamp,
) -> Vec<Finding> {
    let error = |code, evidence| vec![Finding::everywhere(code, Severity::Error, evidence)];
    let at = |position: usize| match chain.get(position) {
        Some(certificate) => Evidence::Certificate { certificate: reference(certificate, position) },
        None => Evidence::None,
    };
    let valid_at = |position: usize| match chain.get(position) {
        Some(certificate) => validity(certificate, position, now),
        None => Evidence::None,
    };
    // Only a finding that fails every platform may stand for the path that is not there.
    let said = |codes: &[Code]| {
        said_before.iter().any(|finding| {
            finding.severity == Severity::Error
                && finding.platforms.len() == Platform::PHONES_AND_DESKTOPS.len()
                && codes.contains(&finding.code)
        })
    };
    match reason {
        NoPath::Unreadable if said(&[Code::CertMalformed]) => Vec::new(),
        NoPath::Unreadable => error(Code::CertMalformed, Evidence::None),
        NoPath::SelfSigned => error(Code::CertSelfSigned, at(own)),
        NoPath::UnknownRoot { position } => error(Code::TrustUnknownRoot, at(*position)),
        NoPath::MissingIssuer { position } => error(Code::ChainIncomplete, missing_issuer(chain, *position)),
        NoPath::OutOfDate { position } if *position == own => match said(&[Code::CertExpired, Code::CertNotYetValid]) {
            true => Vec::new(),
            // The stores were asked at another time than `now`.
            false => error(Code::ChainInvalid, valid_at(own)),
        },
        NoPath::OutOfDate { position } => error(Code::ChainExpiredIntermediate, valid_at(*position)),
        NoPath::NotACa { position } => error(Code::ChainNotACa, at(*position)),
        NoPath::NameConstraint => error(Code::ChainNameConstraint, at(own)),
        NoPath::WeakLink { position, .. } if *position == own && said(&[Code::CertWeakSignature]) => Vec::new(),
        NoPath::WeakLink { position, detail } => {
            let weak = weak_link(chain, own, *position);
            if weak.is_empty() { error(Code::ChainInvalid, Evidence::Detail { detail: detail.clone() }) } else { weak }
        }
        // What was stored before positions were says no more than that one was refused.
        NoPath::BadSignature { position: None, .. }
            if said(&[Code::CertWeakSignature, Code::ComplianceSignatureMismatch]) =>
        {
            Vec::new()
        }
        NoPath::BadSignature { detail, .. } => error(Code::ChainInvalid, Evidence::Detail { detail: detail.clone() }),
        // A verifier also refuses a certificate for its purpose, and for what it must not hold.
        NoPath::Refused { .. }
            if said(&[
                Code::CertNoServerAuth,
                Code::ComplianceUnknownCriticalExtension,
                Code::CompliancePathLength,
            ]) =>
        {
            Vec::new()
        }
        NoPath::Refused { detail } => {
            // As long as no store of a platform was known, Mozilla's list stood for them.
            let stands_for_all = matches!(trust.stores.as_slice(), [StoreAnswer { store: Store::Mozilla, .. }]);
            let code = if stands_for_all { Code::TrustMozilla } else { Code::ChainInvalid };
            error(code, Evidence::Detail { detail: detail.clone() })
        }
        // Said store by store.
        NoPath::NotInStore { .. } => Vec::new(),
    }
}

fn missing_issuer(chain: &[Certificate], position: usize) -> Evidence {
    match chain.get(position) {
        Some(certificate) => Evidence::MissingIssuer {
            certificate: reference(certificate, position),
            issuer: certificate.issuer.clone(),
            authority_information_access: certificate.ca_issuers.clone(),
            fetched: None,
        },
        None => Evidence::None,
    }
}

/// The weak key and signature above the leaf that are why the verifier refused: an error then even
/// where the weakness alone would be a warning.
fn weak_link(chain: &[Certificate], own: usize, position: usize) -> Vec<Finding> {
    let Some(certificate) = chain.get(position).filter(|_| position != own) else { return Vec::new() };
    let mut findings = signature_findings(certificate, position);
    findings.extend(key_findings(certificate, position));
    let names_a_cause = |finding: &Finding| matches!(finding.code, Code::CertWeakSignature | Code::CertWeakKey);
    if !findings.iter().any(names_a_cause) {
        return Vec::new();
    }
    for finding in findings.iter_mut().filter(|finding| names_a_cause(finding)) {
        finding.severity = Severity::Error;
    }
    findings
}

/// What is odd about a chain that leads to a root all the same, by one path or, where stores have
/// other roots, by several. What is at the positions `kept` is of use on none of these.
fn shape_findings(chain: &[Certificate], own: usize, paths: &[&[PathStep]], kept: &[usize]) -> Vec<Finding> {
    if paths.is_empty() {
        return Vec::new();
    }
    let mut findings = Vec::new();
    let others = || chain.iter().enumerate().filter(|(position, _)| *position != own);
    let root_served =
        |path: &[PathStep]| others().find(|(_, certificate)| is_root(certificate, path)).map(|(position, _)| position);
    let disordered = paths.iter().copied().find(|&path| {
        let on_path = path.iter().filter_map(|step| step.position);
        !on_path.chain(root_served(path)).is_sorted()
    });
    if let Some(path) = disordered.filter(|_| own == 0) {
        let evidence = Evidence::Order {
            served: chain.iter().map(|certificate| certificate.subject.clone()).collect(),
            expected: path.iter().map(|step| step.subject.clone()).collect(),
        };
        // Current platforms reorder; old Android does not.
        findings.push(Finding::everywhere(Code::ChainWrongOrder, Severity::Warning, evidence));
    }
    let roots_served: Vec<usize> = paths.iter().copied().filter_map(root_served).collect();
    let on_a_path: Vec<usize> = paths.iter().flat_map(|path| path.iter()).filter_map(|step| step.position).collect();
    for (position, certificate) in others() {
        let superfluous = |code| {
            let evidence = Evidence::Certificate { certificate: reference(certificate, position) };
            Finding::everywhere(code, Severity::Info, evidence)
        };
        if roots_served.contains(&position) {
            findings.push(superfluous(Code::ChainRootIncluded));
        } else if on_a_path.contains(&position) || kept.contains(&position) {
            findings.extend(key_findings(certificate, position));
            findings.extend(signature_findings(certificate, position));
        } else {
            findings.push(superfluous(Code::ChainExtraCertificate));
        }
    }
    findings
}

/// Whether a served certificate is the root that the path ends in. A store may hold it in another
/// encoding, hence by its subject.
fn is_root(certificate: &Certificate, path: &[PathStep]) -> bool {
    certificate.self_signed && path.last().is_some_and(|root| root.subject == certificate.subject)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::{
        Fingerprint,
        certificate::{Digest, PublicKey},
        diagnose::{Context, certificate::leaf_findings, diagnose_chain},
        fixture::{intermediate, leaf, now, root, trust},
    };

    fn codes(findings: &[Finding]) -> Vec<(&'static str, Severity)> {
        findings.iter().map(|finding| (finding.code.as_str(), finding.severity)).collect()
    }

    fn refused(store: Store, reason: NoPath) -> Trust {
        Trust { stores: vec![StoreAnswer { store, path: Err(reason) }], ..Trust::default() }
    }

    fn judge(chain: &[Certificate], trust: &Trust) -> Vec<Finding> {
        diagnose_chain(chain, trust, Some(&"a.example.com".parse().unwrap()), Context::default(), now())
    }

    #[test]
    fn each_reason_for_no_path_is_one_finding() {
        let detail = || "words".to_owned();
        for (reason, code) in [
            (NoPath::Unreadable, "cert.malformed"),
            (NoPath::SelfSigned, "cert.self_signed"),
            (NoPath::UnknownRoot { position: 1 }, "trust.unknown_root"),
            (NoPath::MissingIssuer { position: 1 }, "chain.incomplete"),
            (NoPath::OutOfDate { position: 1 }, "chain.expired_intermediate"),
            (NoPath::OutOfDate { position: 0 }, "chain.invalid"),
            (NoPath::NotACa { position: 1 }, "chain.not_a_ca"),
            (NoPath::NameConstraint, "chain.name_constraint"),
            (NoPath::WeakLink { position: 1, detail: detail() }, "chain.invalid"),
            (NoPath::BadSignature { position: Some(1), detail: detail() }, "chain.invalid"),
            (NoPath::BadSignature { position: None, detail: detail() }, "chain.invalid"),
            (NoPath::Refused { detail: detail() }, "trust.mozilla"),
        ] {
            let trust = refused(Store::Mozilla, reason.clone());
            assert_eq!(codes(&judge(&[leaf(), intermediate()], &trust)), [(code, Severity::Error)], "{reason:?}");
            // A position that was never served is no reason to stumble.
            assert_eq!(judge(&[leaf()], &trust).len(), 1, "{reason:?}");
        }
        let given = refused(Store::Given, NoPath::Refused { detail: detail() });
        assert_eq!(codes(&judge(&[leaf(), intermediate()], &given)), [("chain.invalid", Severity::Error)]);
    }

    #[test]
    fn the_missing_certificate_is_named_with_the_place_to_fetch_it() {
        let findings = judge(&[leaf()], &refused(Store::Mozilla, NoPath::MissingIssuer { position: 0 }));
        let Evidence::MissingIssuer { issuer, authority_information_access, .. } = &findings[0].evidence else {
            panic!("{findings:?}")
        };
        assert_eq!(issuer, "CN=Intermediate");
        assert_eq!(authority_information_access, &leaf().ca_issuers);
    }

    #[test]
    fn a_cause_that_the_leaf_shows_is_not_said_twice() {
        let mut expired = leaf();
        expired.not_after = "2026-04-02T00:00:00Z".parse().unwrap();
        let mut client = leaf();
        client.server_auth = Some(false);
        let mut sha1 = leaf();
        sha1.signature.digest = Digest::Broken;
        let mut unreadable = leaf();
        unreadable.malformed = Some("not DER".to_owned());
        let refusal = || NoPath::Refused { detail: "words".to_owned() };
        for (leaf, reason, code) in [
            (expired.clone(), NoPath::OutOfDate { position: 0 }, Code::CertExpired),
            (client, refusal(), Code::CertNoServerAuth),
            (sha1.clone(), NoPath::WeakLink { position: 0, detail: "words".to_owned() }, Code::CertWeakSignature),
            (sha1, NoPath::BadSignature { position: None, detail: "words".to_owned() }, Code::CertWeakSignature),
            (unreadable, NoPath::Unreadable, Code::CertMalformed),
        ] {
            let findings = judge(&[leaf, intermediate()], &refused(Store::Mozilla, reason));
            let errors: Vec<_> =
                findings.iter().map(|finding| finding.code).filter(|code| *code != Code::AtsSignature).collect();
            assert_eq!(errors, [code]);
        }
        // Two causes stay two.
        let findings = judge(&[expired], &refused(Store::Mozilla, NoPath::MissingIssuer { position: 0 }));
        assert_eq!(
            findings.iter().map(|finding| finding.code).collect::<Vec<_>>(),
            [Code::CertExpired, Code::ChainIncomplete]
        );
    }

    #[test]
    fn a_fault_on_one_platform_does_not_hide_a_path_that_is_missing_on_all() {
        let mut silent_about_purpose = leaf();
        silent_about_purpose.server_auth = None;
        let trust = refused(Store::Mozilla, NoPath::Refused { detail: "words".to_owned() });
        let findings = judge(&[silent_about_purpose, intermediate()], &trust);
        assert!(findings.iter().any(|finding| finding.code == Code::TrustMozilla), "{findings:?}");
    }

    #[test]
    fn a_weak_link_is_named_instead_of_the_verifier_s_refusal() {
        let trust = refused(Store::Mozilla, NoPath::WeakLink { position: 1, detail: "words".to_owned() });
        let mut weak = intermediate();
        weak.key = PublicKey::Rsa { bits: 1024 };
        let findings = judge(&[leaf(), weak], &trust);
        assert!(findings.iter().all(|finding| finding.severity == Severity::Error));
        assert!(findings.iter().all(|finding| matches!(finding.code, Code::CertWeakKey | Code::AtsKeySize)));
        let mut old = intermediate();
        old.signature.digest = Digest::Broken;
        let findings = judge(&[leaf(), old], &trust);
        assert_eq!(
            codes(&findings),
            [("ats.signature", Severity::Error), ("cert.weak_signature", Severity::Error)],
            "{findings:?}"
        );
    }

    #[test]
    fn a_weak_bystander_does_not_excuse_a_signature_that_is_forged() {
        let mut cross = intermediate();
        (cross.sha256, cross.signature.digest) = (Fingerprint::new([4; 32]), Digest::Broken);
        cross.key = PublicKey::Rsa { bits: 1024 };
        let forged = |position| NoPath::BadSignature { position: Some(position), detail: "words".to_owned() };
        for chain in [vec![leaf(), intermediate(), cross.clone()], vec![leaf(), cross.clone(), intermediate()]] {
            for position in [0, 1, 2] {
                let findings = judge(&chain, &refused(Store::Mozilla, forged(position)));
                assert_eq!(codes(&findings), [("chain.invalid", Severity::Error)], "{position}");
            }
        }
        // Nor does another link of the chain stand for the one that was refused.
        let refused = refused(Store::Mozilla, NoPath::WeakLink { position: 1, detail: "words".to_owned() });
        let findings = judge(&[leaf(), intermediate(), cross.clone()], &refused);
        assert_eq!(codes(&findings), [("chain.invalid", Severity::Error)]);
        let findings = judge(&[leaf(), cross, intermediate()], &refused);
        assert!(findings.iter().any(|finding| finding.code == Code::CertWeakSignature), "{findings:?}");
        assert!(findings.iter().all(|finding| finding.code != Code::ChainInvalid), "{findings:?}");
    }

    #[test]
    fn a_chain_may_be_odd_and_lead_to_a_root_all_the_same() {
        let mut old = intermediate();
        // Out of date, too: that matters on a path alone.
        (old.sha256, old.not_after) = (Fingerprint::new([4; 32]), "2026-04-02T00:00:00Z".parse().unwrap());
        let path = trust().stores.swap_remove(0).path.unwrap();
        for (chain, intermediate_at, expected) in [
            (vec![leaf(), intermediate()], 1, vec![]),
            (vec![leaf(), intermediate(), root()], 1, vec![("chain.root_included", Severity::Info)]),
            (vec![leaf(), intermediate(), old.clone()], 1, vec![("chain.extra_certificate", Severity::Info)]),
            (vec![leaf(), old, intermediate()], 2, vec![("chain.extra_certificate", Severity::Info)]),
            (
                vec![leaf(), root(), intermediate()],
                2,
                vec![("chain.wrong_order", Severity::Warning), ("chain.root_included", Severity::Info)],
            ),
        ] {
            let mut path = path.clone();
            path[1].position = Some(intermediate_at);
            let trust =
                Trust { stores: vec![StoreAnswer { store: Store::Mozilla, path: Ok(path) }], ..Trust::default() };
            assert_eq!(codes(&judge(&chain, &trust)), expected);
        }
    }

    #[test]
    fn two_intermediates_served_the_wrong_way_round_are_a_warning() {
        let mut upper = intermediate();
        (upper.sha256, upper.subject) = (Fingerprint::new([5; 32]), "CN=Upper".to_owned());
        let step = |certificate: &Certificate, position| PathStep {
            subject: certificate.subject.clone(),
            sha256: certificate.sha256,
            position,
        };
        let path =
            vec![step(&leaf(), Some(0)), step(&intermediate(), Some(2)), step(&upper, Some(1)), step(&root(), None)];
        let trust = Trust { stores: vec![StoreAnswer { store: Store::Mozilla, path: Ok(path) }], ..Trust::default() };
        let findings = judge(&[leaf(), upper, intermediate()], &trust);
        assert_eq!(codes(&findings), [("chain.wrong_order", Severity::Warning)]);
        let Evidence::Order { expected, .. } = &findings[0].evidence else { panic!("{findings:?}") };
        assert_eq!(expected, &["CN=a.example.com", "CN=Intermediate", "CN=Upper", "CN=Root"]);
    }

    #[test]
    fn a_chain_that_begins_with_an_authority_is_an_error_and_the_server_s_own_certificate_is_judged() {
        let step = |certificate: &Certificate, position| PathStep {
            subject: certificate.subject.clone(),
            sha256: certificate.sha256,
            position,
        };
        let path = vec![step(&leaf(), Some(1)), step(&intermediate(), Some(0)), step(&root(), None)];
        let trust = Trust { stores: vec![StoreAnswer { store: Store::Mozilla, path: Ok(path) }], ..Trust::default() };
        let reversed = [intermediate(), leaf()];
        let findings = judge(&reversed, &trust);
        assert_eq!(codes(&findings), [("chain.wrong_order", Severity::Error)]);
        let evidence = Evidence::Order {
            served: vec!["CN=Intermediate".to_owned(), "CN=a.example.com".to_owned()],
            expected: vec!["CN=a.example.com".to_owned(), "CN=Intermediate".to_owned()],
        };
        assert_eq!(findings[0].evidence, evidence);

        // What is wrong with it is said of it, and not of what stands before it.
        let expired = Certificate { not_after: "2026-04-02T00:00:00Z".parse().unwrap(), ..leaf() };
        let out_of_date = refused(Store::Mozilla, NoPath::OutOfDate { position: 2 });
        let findings = judge(&[root(), intermediate(), expired], &out_of_date);
        assert_eq!(codes(&findings), [("cert.expired", Severity::Error), ("chain.wrong_order", Severity::Error)]);
        let Evidence::Validity { certificate, .. } = &findings[0].evidence else { panic!("{findings:?}") };
        assert_eq!(certificate.position, Some(2));
        let Evidence::Order { expected, .. } = &findings[1].evidence else { panic!("{findings:?}") };
        assert_eq!(expected, &["CN=a.example.com", "CN=Intermediate", "CN=Root"]);

        // A near miss: an authority that names the host is a server's certificate too.
        let own_authority = Certificate { is_ca: true, ..leaf() };
        let given = Trust {
            stores: vec![StoreAnswer { store: Store::Given, path: Ok(vec![step(&leaf(), Some(0))]) }],
            ..Trust::default()
        };
        let findings = judge(&[own_authority, leaf()], &given);
        assert!(findings.iter().all(|finding| finding.code != Code::ChainWrongOrder), "{findings:?}");
    }

    #[test]
    fn issuers_that_name_each_other_have_an_order_too() {
        let circle = Certificate { issuer: "CN=a.example.com".to_owned(), ..intermediate() };
        let findings = judge(&[circle, leaf()], &Trust::default());
        assert_eq!(codes(&findings), [("chain.wrong_order", Severity::Error)]);
    }

    #[test]
    fn certificates_of_authorities_alone_are_no_server_s() {
        let refused = refused(Store::Mozilla, NoPath::Refused { detail: "words".to_owned() });
        for chain in [vec![intermediate()], vec![intermediate(), root()], vec![root(), intermediate()]] {
            let findings = judge(&chain, &refused);
            assert_eq!(codes(&findings), [("cert.is_ca", Severity::Error)]);
            // Without a name it is so as well.
            assert_eq!(diagnose_chain(&chain, &refused, None, Context::default(), now()), findings);
        }
        // A root is none either.
        let itself = PathStep { subject: root().subject, sha256: root().sha256, position: Some(0) };
        let trusted =
            Trust { stores: vec![StoreAnswer { store: Store::Apple, path: Ok(vec![itself]) }], ..Trust::default() };
        let findings = diagnose_chain(&[root()], &trusted, None, Context::default(), now());
        assert_eq!(codes(&findings), [("cert.is_ca", Severity::Error)]);
        // Whoever makes a certificate for a test makes it so.
        let own = Certificate { subject: "CN=a.example.com".to_owned(), ..root() };
        let findings = judge(&[own], &self::refused(Store::Mozilla, NoPath::SelfSigned));
        assert_eq!(codes(&findings)[..2], [("cert.no_san", Severity::Error), ("cert.self_signed", Severity::Error)]);
    }

    #[test]
    fn what_is_weak_on_the_path_counts_and_what_is_superfluous_does_not() {
        let mut weak = intermediate();
        weak.key = PublicKey::Rsa { bits: 1024 };
        assert!(judge(&[leaf(), weak.clone()], &trust()).iter().any(|finding| finding.code == Code::CertWeakKey));
        weak.sha256 = Fingerprint::new([6; 32]);
        let findings = judge(&[leaf(), intermediate(), weak], &trust());
        assert_eq!(codes(&findings), [("chain.extra_certificate", Severity::Info)]);
    }

    #[test]
    fn an_empty_chain_and_an_empty_path_do_no_harm() {
        assert_eq!(codes(&judge(&[], &trust())), [("cert.malformed", Severity::Error)]);
        let nothing =
            Trust { stores: vec![StoreAnswer { store: Store::Given, path: Ok(Vec::new()) }], ..Trust::default() };
        assert!(judge(&[leaf()], &nothing).is_empty());
        assert!(leaf_findings(&leaf(), 0, None, Context::default(), now()).is_empty());
    }
}
