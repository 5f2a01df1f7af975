//! What the stores of the platforms differ in: a root that one lacks, an authority that one no longer
//! believes, a root that old phones do not know yet.

use crate::{
    Certificate, Code, Date, Evidence, Finding, Fingerprint, Severity, Timestamp,
    finding::CertificateReference,
    trust::{PathStep, Store, StoreAnswer, Trust, android, distrust},
};

/// The root to which other stores find a path is not in `store`. An error on the platforms that ask
/// it, and worth knowing where none does.
pub(super) fn not_in_store(
    chain: &[Certificate],
    trust: &Trust,
    store: Store,
    (subject, sha256): (&str, Fingerprint),
    dated: Option<Date>,
) -> Finding {
    let code = match store {
        Store::Apple => Code::TrustApple,
        Store::Android => Code::TrustAndroid,
        Store::Windows => Code::TrustWindows,
        Store::Mozilla => Code::TrustMozilla,
        Store::Java => Code::TrustJava,
        Store::Given => Code::TrustUnknownRoot,
    };
    let severity = if store.platforms().is_empty() { Severity::Info } else { Severity::Error };
    let evidence = Evidence::NotInStore {
        root: root_reference(chain, subject, sha256),
        store,
        dated,
        trusted_by: trust.trusting(),
    };
    Finding::on(store.platforms(), code, severity, evidence)
}

/// What is to be said of the roots that the paths end in. Nothing where Mozilla's list, or the
/// operator's roots, stand for every platform's store: whose rules would apply is not known.
pub(super) fn root_findings(chain: &[Certificate], own: usize, trust: &Trust, now: Timestamp) -> Vec<Finding> {
    let stands_for_all = |answer: &StoreAnswer| matches!(answer.store, Store::Mozilla | Store::Given);
    let Some(leaf) = chain.get(own).filter(|_| !trust.stores.iter().all(stands_for_all)) else {
        return Vec::new();
    };
    let mut findings = Vec::new();
    for StoreAnswer { store, path } in &trust.stores {
        let Some(last) = path.as_ref().ok().and_then(|path| path.last()) else { continue };
        findings.extend(distrusted(chain, leaf, *store, last));
        findings.extend((*store == Store::Android).then(|| android_since(chain, trust, last, now)).flatten());
    }
    findings
}

fn distrusted(chain: &[Certificate], leaf: &Certificate, store: Store, last: &PathStep) -> Option<Finding> {
    let rule = distrust::rule(store, &last.subject, leaf.issued())?;
    let (severity, platforms) = rule.by.verdict(store);
    let evidence = Evidence::Distrusted {
        root: root_reference(chain, &last.subject, last.sha256),
        authority: rule.authority.to_owned(),
        by: rule.by,
        trusted_until: rule.trusted_until,
        issued_at: rule.by.goes_by(leaf.issued()),
    };
    Some(Finding::on(platforms, Code::TrustDistrusted, severity, evidence))
}

/// A warning while the phones that lack the root are many.
fn android_since(chain: &[Certificate], trust: &Trust, last: &PathStep, now: Timestamp) -> Option<Finding> {
    let release = android::since(&last.sha256).filter(|_| trust.kept_for_old_phones(chain, now).is_none())?;
    let severity = if release.is_recent() { Severity::Warning } else { Severity::Info };
    let version = release.version.to_owned();
    let evidence = Evidence::AndroidSince { root: root_reference(chain, &last.subject, last.sha256), version };
    Some(Finding::on(Store::Android.platforms(), Code::TrustAndroidSince, severity, evidence))
}

/// Names a root in evidence, with its place where it is among those of `chain`.
pub(super) fn root_reference(chain: &[Certificate], subject: &str, sha256: Fingerprint) -> CertificateReference {
    let position = chain.iter().position(|certificate| certificate.sha256 == sha256);
    CertificateReference { sha256, subject: subject.to_owned(), position }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::{
        Platform, Verdict,
        diagnose::{Context, diagnose, diagnose_chain},
        fixture::{self, intermediate, leaf, now, observation},
        trust::{NoPath, TrustByAddress, distrust::Programme},
    };

    type Path = Result<Vec<PathStep>, NoPath>;

    const FOUR: &[Platform] = &Platform::PHONES_AND_DESKTOPS;

    fn path_to(subject: &str, sha256: Fingerprint) -> Vec<PathStep> {
        let mut path = fixture::trust().stores.swap_remove(0).path.unwrap();
        *path.last_mut().unwrap() = PathStep { subject: subject.to_owned(), sha256, position: None };
        path
    }

    fn lacking() -> Path {
        Err(NoPath::NotInStore {
            subject: "CN=Root".to_owned(),
            sha256: fixture::root().sha256,
            dated: Some("2025-12-28".parse().unwrap()),
        })
    }

    /// Every store that ships, answering alike but for some.
    fn five(all: &Path, but: &[(Store, Path)]) -> Trust {
        let answer = |store| {
            let other = but.iter().find(|(other, _)| *other == store).map(|(_, path)| path);
            StoreAnswer { store, path: other.unwrap_or(all).clone() }
        };
        Trust { stores: Store::PREINSTALLED.map(answer).to_vec(), ..Trust::default() }
    }

    fn judge(leaf: Certificate, trust: &Trust) -> Vec<Finding> {
        let name = "a.example.com".parse().unwrap();
        diagnose_chain(&[leaf, intermediate()], trust, Some(&name), Context::default(), now())
    }

    fn said(findings: &[Finding]) -> Vec<(&'static str, Severity, &[Platform])> {
        let said = findings.iter();
        said.map(|finding| (finding.code.as_str(), finding.severity, finding.platforms.as_slice())).collect()
    }

    fn holds() -> Path {
        Ok(path_to("CN=Root", fixture::root().sha256))
    }

    #[test]
    fn a_chain_that_every_store_trusts_has_no_finding() {
        assert!(judge(leaf(), &five(&holds(), &[])).is_empty());
    }

    #[test]
    fn a_root_that_one_store_lacks_concerns_the_platforms_that_ask_it_and_no_other() {
        use Platform::{Android, Ios, Macos, Windows};
        for (store, code, severity, platforms) in [
            (Store::Apple, "trust.apple", Severity::Error, &[Ios, Macos][..]),
            (Store::Android, "trust.android", Severity::Error, &[Android]),
            (Store::Windows, "trust.windows", Severity::Error, &[Windows]),
            (Store::Mozilla, "trust.mozilla", Severity::Info, &[]),
            (Store::Java, "trust.java", Severity::Info, &[]),
        ] {
            let findings = judge(leaf(), &five(&holds(), &[(store, lacking())]));
            assert_eq!(said(&findings), [(code, severity, platforms)]);
            let Evidence::NotInStore { root, store: named, dated, trusted_by } = &findings[0].evidence else {
                panic!("{findings:?}")
            };
            assert_eq!((root.subject.as_str(), *named, dated.is_some()), ("CN=Root", store, true));
            assert_eq!(trusted_by.len(), 4);
            assert!(!trusted_by.contains(&store));
        }
    }

    #[test]
    fn two_stores_that_lack_it_are_two_findings() {
        let trust = five(&holds(), &[(Store::Apple, lacking()), (Store::Java, lacking())]);
        let codes: Vec<_> = judge(leaf(), &trust).iter().map(|finding| finding.code).collect();
        assert_eq!(codes, [Code::TrustApple, Code::TrustJava]);
    }

    #[test]
    fn what_every_store_refuses_is_one_finding_on_every_platform() {
        for (reason, code) in [
            (NoPath::MissingIssuer { position: 1 }, "chain.incomplete"),
            (NoPath::UnknownRoot { position: 1 }, "trust.unknown_root"),
            (NoPath::SelfSigned, "cert.self_signed"),
            (NoPath::OutOfDate { position: 1 }, "chain.expired_intermediate"),
            (NoPath::Refused { detail: "words".to_owned() }, "chain.invalid"),
        ] {
            let findings = judge(leaf(), &five(&Err(reason), &[]));
            assert_eq!(said(&findings), [(code, Severity::Error, FOUR)]);
        }
    }

    #[test]
    fn a_certificate_that_one_store_needs_is_superfluous_for_none() {
        let cross = Certificate { sha256: Fingerprint::new([9; 32]), subject: "CN=Root".to_owned(), ..intermediate() };
        let mut around = path_to("CN=Elder", Fingerprint::new([8; 32]));
        let step = PathStep { subject: "CN=Root".to_owned(), sha256: cross.sha256, position: Some(2) };
        around.insert(2, step);
        let chain = [leaf(), intermediate(), cross];
        let name = "a.example.com".parse().unwrap();
        let judge = |trust: &Trust| diagnose_chain(&chain, trust, Some(&name), Context::default(), now());
        assert!(judge(&five(&holds(), &[(Store::Windows, Ok(around.clone()))])).is_empty());
        // Nor is one by which a store could do without another.
        let alternatives = [(Store::Windows, vec![around])].into();
        assert!(judge(&Trust { alternatives, ..five(&holds(), &[]) }).is_empty());
        let findings = judge(&five(&holds(), &[]));
        assert_eq!(said(&findings), [("chain.extra_certificate", Severity::Info, FOUR)]);
    }

    #[test]
    fn a_distrusted_root_fails_apple_s_platforms_alone_and_only_from_its_day_on() {
        let root = "CN=Entrust Root Certification Authority - G2,O=Entrust\\, Inc.,C=US";
        let trust = five(&Ok(path_to(root, Fingerprint::new([7; 32]))), &[]);
        let findings = judge(leaf(), &trust);
        let distrusted: Vec<_> = said(&findings).into_iter().filter(|(code, ..)| *code == "trust.distrusted").collect();
        assert_eq!(
            distrusted,
            [
                ("trust.distrusted", Severity::Error, &[Platform::Ios, Platform::Macos][..]),
                ("trust.distrusted", Severity::Info, &[Platform::Android, Platform::Windows]),
                ("trust.distrusted", Severity::Info, &[]),
            ]
        );
        let Evidence::Distrusted { by, authority, trusted_until, issued_at, .. } = &findings[0].evidence else {
            panic!("{findings:?}")
        };
        assert_eq!((*by, authority.as_str(), *issued_at), (Programme::Apple, "Entrust", leaf().not_before));
        assert_eq!(trusted_until.map(|date| date.to_string()).as_deref(), Some("2024-11-15"));

        let issued: Timestamp = "2024-11-01T00:00:00Z".parse().unwrap();
        let before = Certificate { not_before: issued, ..leaf() };
        assert!(judge(before, &trust).iter().all(|finding| finding.code != Code::TrustDistrusted));
    }

    #[test]
    fn where_mozilla_s_list_stood_for_all_nothing_new_is_said() {
        let root = "CN=Entrust Root Certification Authority - G2,O=Entrust\\, Inc.,C=US";
        for store in [Store::Mozilla, Store::Given] {
            let path = Ok(path_to(root, Fingerprint::new([7; 32])));
            assert!(
                judge(leaf(), &Trust { stores: vec![StoreAnswer { store, path }], ..Trust::default() }).is_empty(),
                "{store:?}"
            );
        }
    }

    #[test]
    fn a_root_that_old_android_lacks_is_worth_knowing_there() {
        let x1: Fingerprint = "96bcec06264976f37460779acf28c5a7cfe8a3c0aae11a8ffcee05c0bddf08c6".parse().unwrap();
        let recent: Path = Ok(path_to("CN=ISRG Root X1", x1));
        let findings = judge(leaf(), &five(&recent, &[]));
        assert_eq!(said(&findings), [("trust.android_since", Severity::Info, &[Platform::Android][..])]);
        let Evidence::AndroidSince { version, .. } = &findings[0].evidence else { panic!("{findings:?}") };
        assert_eq!(version, "7.1.1");
        // Where Android has an older root, it matters to none.
        assert!(judge(leaf(), &five(&recent, &[(Store::Android, holds())])).is_empty());
    }

    #[test]
    fn a_root_that_many_phones_lack_is_a_warning() {
        let r46: Fingerprint = "4fa3126d8d3a11d1c4855a4f807cbad6cf919d3a5a88b03bea2c6372d93c40c9".parse().unwrap();
        let recent: Path = Ok(path_to("CN=GlobalSign Root R46,O=GlobalSign nv-sa,C=BE", r46));
        let findings = judge(leaf(), &five(&recent, &[]));
        assert_eq!(said(&findings), [("trust.android_since", Severity::Warning, &[Platform::Android][..])]);
    }

    #[test]
    fn a_root_that_the_store_of_today_has_dropped_still_serves_old_phones_while_its_certificate_is_valid() {
        let subject = "CN=GTS Root R4,O=Google Trust Services LLC,C=US";
        let r4: Fingerprint = "349dfa4058c5e263123b398ae795573c4e1313c83fe68f93556cd5e8031b3c7d".parse().unwrap();
        let trust = five(&Ok(path_to(subject, r4)), &[]);
        let cross = Certificate {
            sha256: Fingerprint::new([9; 32]),
            subject: subject.to_owned(),
            issuer: "CN=GlobalSign Root CA,OU=Root CA,O=GlobalSign nv-sa,C=BE".to_owned(),
            ..intermediate()
        };
        let name = "a.example.com".parse().unwrap();
        let codes = |cross: Certificate| {
            let chain = [leaf(), intermediate(), cross];
            let findings = diagnose_chain(&chain, &trust, Some(&name), Context::default(), now());
            let mut codes: Vec<_> = findings.iter().map(|finding| finding.code.as_str()).collect();
            codes.sort_unstable();
            codes
        };
        assert_eq!(codes(cross.clone()), [""; 0]);
        // So it is of use to whoever puts a chain together, too.
        let useful = |cross: Certificate| trust.useful(&[leaf(), intermediate(), cross], now());
        assert_eq!(useful(cross.clone()), [0, 1, 2]);
        assert_eq!(useful(Certificate { subject: "CN=Other".to_owned(), ..cross.clone() }), [0, 1]);
        let useless = ["chain.extra_certificate", "trust.android_since"];
        let ended = Certificate { not_after: "2026-01-01T00:00:00Z".parse().unwrap(), ..cross.clone() };
        assert_eq!(codes(ended), useless);
        assert_eq!(codes(Certificate { issuer: "CN=Root".to_owned(), ..cross.clone() }), useless);
        assert_eq!(codes(Certificate { subject: "CN=Other".to_owned(), ..cross }), useless);
    }

    #[test]
    fn the_verdict_is_that_of_each_platform_s_store() {
        let observation = observation(1);
        let judge = |trust: Trust| {
            let by_address = TrustByAddress::from([(fixture::address(1), trust)]);
            diagnose(&observation, &by_address, Context::default(), now())
        };
        let no_apple = judge(five(&holds(), &[(Store::Apple, lacking())])).platforms;
        assert_eq!((no_apple.ios, no_apple.macos), (Verdict::Fail, Verdict::Fail));
        assert_eq!((no_apple.android, no_apple.windows), (Verdict::Pass, Verdict::Pass));
        // What no platform asks is kept, and changes no verdict.
        let no_java = judge(five(&holds(), &[(Store::Java, lacking())]));
        assert_eq!(no_java.verdict, Verdict::Pass);
        assert!(no_java.findings.iter().any(|finding| finding.code == Code::TrustJava), "{:?}", no_java.findings);
    }

    #[test]
    fn evidence_about_stores_reads_back() {
        let trust = five(&holds(), &[(Store::Apple, lacking())]);
        for finding in judge(leaf(), &trust) {
            let wire = serde_json::to_string(&finding).unwrap();
            assert_eq!(serde_json::from_str::<Finding>(&wire).unwrap(), finding);
        }
    }
}
