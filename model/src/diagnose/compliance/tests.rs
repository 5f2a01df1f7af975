#![allow(clippy::unwrap_used)]

use super::*;
use crate::{
    certificate::profile::BasicConstraints,
    diagnose::{complies, diagnose_chain},
    fixture::{self, authority_profile, leaf_profile, now},
    trust::{NoPath, PathStep, Store, StoreAnswer},
};
use Severity::{Error, Info, Warning};

const ALL: &[Platform] = &Platform::PHONES_AND_DESKTOPS;
const NONE: &[Platform] = &[];
const ANDROID: &[Platform] = &[Platform::Android];
const APPLE: &[Platform] = &[Platform::Ios, Platform::Macos];
const BORING: &[Platform] = &[Platform::Ios, Platform::Macos, Platform::Android];
const LOOKING: &[Platform] = &[Platform::Ios, Platform::Macos, Platform::Windows];
const GIVEN: Context = Context { roots: Roots::Given };
const PREINSTALLED: Context = Context { roots: Roots::Preinstalled };

type Said = (&'static str, Severity, &'static [Platform]);

fn leaf() -> Certificate {
    Certificate { profile: Some(leaf_profile()), ..fixture::leaf() }
}

fn intermediate() -> Certificate {
    Certificate { profile: Some(authority_profile()), ..fixture::intermediate() }
}

fn root() -> RootFacts {
    let root = fixture::root();
    let constraints = BasicConstraints { ca: true, path_length: None, critical: true };
    RootFacts {
        sha256: root.sha256,
        subject: root.subject,
        not_before: root.not_before,
        not_after: root.not_after,
        key: root.key,
        profile: Profile { basic_constraints: Some(constraints), ..authority_profile() },
    }
}

/// All stores of platforms have the path, or the operator's roots do.
fn trust(context: Context, root: RootFacts) -> Trust {
    let path = fixture::trust().stores.swap_remove(0).path.unwrap();
    let stores: &[Store] = match context.roots {
        Roots::Given => &[Store::Given],
        Roots::Preinstalled => &[Store::Apple, Store::Android, Store::Windows],
    };
    let stores = stores.iter().map(|store| StoreAnswer { store: *store, path: Ok(path.clone()) }).collect();
    Trust { stores, roots: vec![root], ..Trust::default() }
}

fn said(findings: &[Finding]) -> Vec<(&'static str, Severity, &[Platform])> {
    let said = findings.iter().filter(|finding| finding.code.is_of_compliance());
    said.map(|finding| (finding.code.as_str(), finding.severity, finding.platforms.as_slice())).collect()
}

fn judge(chain: &[Certificate], trust: &Trust, context: Context) -> Vec<Finding> {
    diagnose_chain(chain, trust, Some(&"a.example.com".parse().unwrap()), context, now())
}

/// What is said of a chain with such a leaf, whoever holds the root.
fn of_leaf(change: impl FnOnce(&mut Certificate, &mut Profile), expected: &[Said]) {
    let mut leaf = leaf();
    let mut profile = leaf_profile();
    change(&mut leaf, &mut profile);
    leaf.profile = Some(profile);
    for context in [PREINSTALLED, GIVEN] {
        let findings = judge(&[leaf.clone(), intermediate()], &trust(context, root()), context);
        assert_eq!(said(&findings), expected, "{context:?} {:?}", leaf.profile);
    }
}

fn of_intermediate(change: impl FnOnce(&mut Profile), expected: &[Said]) {
    let mut profile = authority_profile();
    change(&mut profile);
    let changed = Certificate { profile: Some(profile), ..intermediate() };
    let findings = judge(&[leaf(), changed.clone()], &trust(PREINSTALLED, root()), PREINSTALLED);
    assert_eq!(said(&findings), expected, "{:?}", changed.profile);
    // Where there is no path, the names of the issuers tell whom it would need.
    let no_path = Err(NoPath::Refused { detail: "words".to_owned() });
    let stores = vec![StoreAnswer { store: Store::Given, path: no_path }];
    let findings = judge(&[leaf(), changed], &Trust { stores, roots: vec![root()], ..Trust::default() }, GIVEN);
    assert_eq!(said(&findings), expected);
}

fn of_root(context: Context, change: impl FnOnce(&mut RootFacts), expected: &[Said]) {
    let mut root = root();
    change(&mut root);
    let findings = judge(&[leaf(), intermediate()], &trust(context, root.clone()), context);
    assert_eq!(said(&findings), expected, "{context:?} {root:?}");
}

fn both_of_any(change: impl Fn(&mut Profile), expected: &[Said]) {
    of_leaf(|_, profile| change(profile), expected);
    of_intermediate(change, expected);
}

#[test]
fn what_is_made_by_the_rules_has_no_finding_and_complies() {
    of_leaf(|_, _| (), &[]);
    of_intermediate(|_| (), &[]);
    for context in [PREINSTALLED, GIVEN] {
        of_root(context, |_| (), &[]);
        let findings = judge(&[leaf(), intermediate()], &trust(context, root()), context);
        assert_eq!(findings, []);
        assert!(complies(&findings));
    }
}

#[test]
fn what_was_read_before_the_making_was_looked_at_has_none_either() {
    let chain = [fixture::leaf(), fixture::intermediate()];
    assert_eq!(judge(&chain, &fixture::trust(), PREINSTALLED), []);
}

#[test]
fn a_version_below_three_is_for_strict_clients_and_that_of_a_root_for_none() {
    both_of_any(|profile| profile.version = 1, &[("compliance.version", Warning, NONE)]);
    for context in [PREINSTALLED, GIVEN] {
        let old = |root: &mut RootFacts| {
            (root.profile.version, root.profile.basic_constraints) = (1, None);
        };
        of_root(context, old, &[("compliance.version", Info, ALL)]);
    }
}

#[test]
fn a_serial_number_below_zero_is_refused_by_some_and_an_odd_one_by_nobody() {
    both_of_any(|profile| profile.serial = SerialShape::Negative, &[("compliance.serial_number", Warning, NONE)]);
    for shape in [SerialShape::Zero, SerialShape::Long] {
        both_of_any(|profile| profile.serial = shape, &[("compliance.serial_number", Info, ALL)]);
    }
}

#[test]
fn two_signature_algorithms_and_an_unknown_critical_extension_are_refused_by_all() {
    let mismatch = &[("compliance.signature_mismatch", Error, ALL)];
    both_of_any(|profile| profile.signature_differs = true, mismatch);
    let unknown = &[("compliance.unknown_critical_extension", Error, ALL)];
    both_of_any(|profile| profile.unknown_critical.push("1.2.3.4".to_owned()), unknown);
}

#[test]
fn what_names_its_cause_is_not_said_a_second_time_as_a_refusal() {
    let no_path =
        |reason| Trust { stores: vec![StoreAnswer { store: Store::Given, path: Err(reason) }], ..Trust::default() };
    let with = |profile| Certificate { profile: Some(profile), ..leaf() };
    let unknown = with(Profile { unknown_critical: vec!["1.2.3.4".to_owned()], ..leaf_profile() });
    let refused = no_path(NoPath::Refused { detail: "words".to_owned() });
    let mismatch = with(Profile { signature_differs: true, ..leaf_profile() });
    let bad = no_path(NoPath::BadSignature { position: None, detail: "words".to_owned() });
    for (leaf, trust, code) in [
        (unknown, &refused, Code::ComplianceUnknownCriticalExtension),
        (mismatch, &bad, Code::ComplianceSignatureMismatch),
        (leaf(), &refused, Code::ChainInvalid),
        (leaf(), &bad, Code::ChainInvalid),
    ] {
        let codes: Vec<_> = judge(&[leaf, intermediate()], trust, GIVEN).iter().map(|finding| finding.code).collect();
        assert_eq!(codes, [code]);
    }
}

#[test]
fn an_authority_key_identifier_is_for_all_but_what_signs_itself() {
    let absent = |profile: &mut Profile| profile.authority_key = Presence::Absent;
    both_of_any(absent, &[("compliance.no_authority_key_id", Warning, NONE)]);
    of_leaf(
        |leaf, profile| {
            leaf.self_signed = true;
            absent(profile);
        },
        &[],
    );
    for context in [PREINSTALLED, GIVEN] {
        of_root(context, |root| absent(&mut root.profile), &[]);
    }
}

#[test]
fn a_subject_key_identifier_is_for_authorities() {
    let absent = |profile: &mut Profile| profile.subject_key = Presence::Absent;
    of_leaf(|_, profile| absent(profile), &[]);
    let said = &[("compliance.no_subject_key_id", Warning, NONE)];
    of_intermediate(absent, said);
    of_root(GIVEN, |root| absent(&mut root.profile), said);
    // How a root is made that ships with the system is for nobody here to mend.
    of_root(PREINSTALLED, |root| absent(&mut root.profile), &[]);
}

#[test]
fn a_critical_key_identifier_concerns_android() {
    let said = &[("compliance.critical_key_id", Warning, ANDROID)];
    both_of_any(|profile| profile.authority_key = Presence::Critical, said);
    both_of_any(|profile| profile.subject_key = Presence::Critical, said);
}

#[test]
fn basic_constraints_are_critical_in_an_authority_s_certificate_alone() {
    let lax = |profile: &mut Profile| {
        if let Some(constraints) = &mut profile.basic_constraints {
            constraints.critical = false;
        }
    };
    of_leaf(|_, profile| lax(profile), &[]);
    let said = &[("compliance.basic_constraints_not_critical", Warning, NONE)];
    of_intermediate(lax, said);
    of_root(GIVEN, |root| lax(&mut root.profile), said);
    of_root(PREINSTALLED, |root| lax(&mut root.profile), &[]);
}

#[test]
fn an_anchor_without_basic_constraints_is_told() {
    let none = |profile: &mut Profile| profile.basic_constraints = None;
    let said = &[("compliance.ca_without_basic_constraints", Warning, NONE)];
    for context in [PREINSTALLED, GIVEN] {
        of_root(context, |root| none(&mut root.profile), said);
    }
    // Without a path that is the reason, and has a finding of its own.
    of_intermediate(none, &[]);
    of_leaf(|_, profile| none(profile), &[]);
}

#[test]
fn the_key_of_a_server_signs_and_that_of_an_authority_signs_certificates() {
    let android = ("compliance.key_usage", Error, ANDROID);
    of_leaf(
        |_, profile| profile.key_usage = Some(KeyUsage(0b100)),
        &[android, ("compliance.key_usage", Warning, APPLE)],
    );
    of_leaf(
        |leaf, profile| {
            leaf.key = PublicKey::Rsa { bits: 2048 };
            profile.key_usage = Some(KeyUsage(0b100));
        },
        &[("compliance.key_usage", Warning, BORING)],
    );
    let signs_certificates = KeyUsage(KeyUsage::DIGITAL_SIGNATURE.0 | KeyUsage::KEY_CERT_SIGN.0);
    of_leaf(|_, profile| profile.key_usage = Some(signs_certificates), &[("compliance.key_usage", Warning, NONE)]);
    of_leaf(|_, profile| profile.key_usage = None, &[]);
    of_leaf(|_, profile| profile.key_usage = Some(KeyUsage(0b101)), &[]);

    let others = ("compliance.key_usage", Warning, LOOKING);
    of_intermediate(|profile| profile.key_usage = Some(KeyUsage::CRL_SIGN), &[android, others]);
    of_intermediate(|profile| profile.key_usage = None, &[("compliance.key_usage", Warning, NONE)]);
    of_intermediate(|profile| profile.key_usage = Some(KeyUsage::KEY_CERT_SIGN), &[]);
}

#[test]
fn no_authority_has_more_intermediates_below_it_than_it_allows() {
    let upper = |allowed| Certificate {
        sha256: Fingerprint::new([5; 32]),
        subject: "CN=Upper".to_owned(),
        profile: Some(Profile {
            basic_constraints: Some(BasicConstraints { ca: true, path_length: allowed, critical: true }),
            ..authority_profile()
        }),
        ..intermediate()
    };
    let lower = || Certificate { issuer: "CN=Upper".to_owned(), ..intermediate() };
    let refused = NoPath::Refused { detail: "words".to_owned() };
    let stores = vec![StoreAnswer { store: Store::Given, path: Err(refused) }];
    let no_path = Trust { stores, ..Trust::default() };
    for (allowed, expected) in
        [(Some(0), vec![("compliance.path_length", Error, ALL)]), (Some(1), vec![]), (None, vec![])]
    {
        let findings = judge(&[leaf(), lower(), upper(allowed)], &no_path, GIVEN);
        assert_eq!(said(&findings), expected, "{allowed:?}");
        // One cause, one finding.
        let refusal = findings.iter().any(|finding| finding.code == Code::ChainInvalid);
        assert_eq!(refusal, expected.is_empty(), "{allowed:?}");
    }
    // One that has issued itself does not count (RFC 5280 section 6.1.4 (l)).
    let renewed = Certificate { issuer: "CN=Intermediate".to_owned(), sha256: Fingerprint::new([6; 32]), ..lower() };
    let step = |certificate: &Certificate, position| PathStep {
        subject: certificate.subject.clone(),
        sha256: certificate.sha256,
        position: Some(position),
    };
    let chain = [leaf(), renewed, intermediate()];
    let path = chain.iter().zip(0..).map(|(certificate, position)| step(certificate, position)).collect();
    let holds = Trust { stores: vec![StoreAnswer { store: Store::Given, path: Ok(path) }], ..Trust::default() };
    assert_eq!(said(&judge(&chain, &holds, GIVEN)), []);

    // Of a root only some clients count.
    let limit = |allowed| {
        move |root: &mut RootFacts| {
            root.profile.basic_constraints = Some(BasicConstraints { ca: true, path_length: allowed, critical: true });
        }
    };
    of_root(GIVEN, limit(Some(0)), &[("compliance.path_length", Warning, ALL)]);
    of_root(GIVEN, limit(Some(1)), &[]);
}

#[test]
fn an_empty_subject_wants_critical_alternative_names_and_an_authority_has_none() {
    let said = &[("compliance.empty_subject", Warning, NONE)];
    of_leaf(
        |leaf, profile| {
            leaf.common_name = None;
            profile.subject_empty = true;
        },
        said,
    );
    of_leaf(
        |leaf, profile| {
            leaf.common_name = None;
            (profile.subject_empty, profile.alternative_names) = (true, Presence::Critical);
        },
        &[],
    );
    of_intermediate(|profile| profile.subject_empty = true, said);
}

#[test]
fn name_constraints_are_critical_and_an_authority_s() {
    let said = &[("compliance.name_constraints", Info, ALL)];
    of_leaf(|_, profile| profile.name_constraints = Presence::Critical, said);
    of_intermediate(|profile| profile.name_constraints = Presence::Present, said);
    of_intermediate(|profile| profile.name_constraints = Presence::Critical, &[]);
}

#[test]
fn a_name_in_the_common_name_alone_is_read_by_nobody() {
    let profile = Profile { alternative_names: Presence::Absent, ..leaf_profile() };
    let chain = [Certificate { dns_names: Vec::new(), profile: Some(profile), ..leaf() }, intermediate()];
    let trusted = trust(PREINSTALLED, root());
    let unnamed = diagnose_chain(&chain, &trusted, None, PREINSTALLED, now());
    let wanted = judge(&chain, &trusted, PREINSTALLED);
    // It fits no host, whether or not one is wanted: one cause gives one finding.
    for findings in [&unnamed, &wanted] {
        assert_eq!(said(findings), []);
        let no_san: Vec<_> = findings.iter().filter(|finding| finding.code == Code::CertNoSan).collect();
        let [Finding { severity: Error, evidence: Evidence::Names { common_name: Some(_), .. }, .. }] = no_san[..]
        else {
            panic!("{findings:?}")
        };
    }
    assert!(!complies(&unnamed) && !complies(&wanted), "that is no matter of the host");
    of_leaf(|leaf, _| leaf.common_name = Some("A.Example.Com".to_owned()), &[]);
    of_leaf(|leaf, _| leaf.common_name = None, &[]);
    of_leaf(
        |leaf, _| {
            leaf.common_name = Some("192.0.2.1".to_owned());
            leaf.ip_addresses.push("192.0.2.1".parse().unwrap());
        },
        &[],
    );
}

#[test]
fn that_the_common_name_be_among_the_names_binds_public_authorities_only() {
    let other = Certificate { common_name: Some("Our server".to_owned()), ..leaf() };
    let chain = [other.clone(), intermediate()];
    let public = judge(&chain, &trust(PREINSTALLED, root()), PREINSTALLED);
    assert_eq!(said(&public), [("compliance.common_name_not_in_san", Info, ALL)]);
    assert!(complies(&public), "worth knowing, and no more");
    assert_eq!(said(&judge(&chain, &trust(GIVEN, root()), GIVEN)), []);
    let stranger = StoreAnswer { store: Store::Apple, path: Err(NoPath::UnknownRoot { position: 1 }) };
    let unknown = Trust { stores: vec![stranger], ..Trust::default() };
    assert_eq!(said(&judge(&chain, &unknown, PREINSTALLED)), []);
    // Of so many names that not all are known, it may be one.
    let many = Certificate { names_left_out: 1, ..other };
    assert_eq!(said(&judge(&[many, intermediate()], &trust(PREINSTALLED, root()), PREINSTALLED)), []);
}

#[test]
fn an_expired_root_concerns_who_looks_at_its_dates() {
    let until = |at: &str| {
        let at: Timestamp = at.parse().unwrap();
        move |root: &mut RootFacts| root.not_after = at
    };
    for context in [PREINSTALLED, GIVEN] {
        of_root(context, until("2026-04-30T23:59:59Z"), &[("compliance.expired_root", Warning, LOOKING)]);
        of_root(context, until("2026-05-01T00:00:00Z"), &[]);
    }
    // No platform of WeChat goes by that root.
    let path = fixture::trust().stores;
    let mut expired = root();
    until("2026-04-30T00:00:00Z")(&mut expired);
    let findings = judge(
        &[leaf(), intermediate()],
        &Trust { stores: path, roots: vec![expired], ..Trust::default() },
        PREINSTALLED,
    );
    assert_eq!(said(&findings), [("compliance.expired_root", Info, NONE)]);
}

#[test]
fn a_weak_root_is_told_where_it_is_asked_for() {
    let rsa = |bits| move |root: &mut RootFacts| root.key = PublicKey::Rsa { bits };
    for context in [PREINSTALLED, GIVEN] {
        of_root(context, rsa(2047), &[("compliance.weak_root", Warning, ALL)]);
        of_root(context, rsa(2048), &[]);
        let curve = |bits| PublicKey::Ec { curve: format!("P-{bits}"), bits };
        of_root(context, |root| root.key = curve(192), &[("compliance.weak_root", Warning, ALL)]);
        of_root(context, |root| root.key = curve(256), &[]);
        of_root(context, |root| root.key = PublicKey::Ed25519, &[]);
    }
    // A verifier that wants more finds no path: it is told all the same.
    let detail = "words".to_owned();
    let no_path = StoreAnswer { store: Store::Given, path: Err(NoPath::BadSignature { position: None, detail }) };
    let mut weak = root();
    rsa(1024)(&mut weak);
    let findings = judge(
        &[leaf(), intermediate()],
        &Trust { stores: vec![no_path], roots: vec![weak], ..Trust::default() },
        GIVEN,
    );
    assert_eq!(said(&findings), [("compliance.weak_root", Warning, ALL)]);
}

#[test]
fn a_root_is_named_with_its_place_where_it_comes_along() {
    let mut lax = root();
    lax.profile.key_usage = None;
    for (chain, position) in
        [(vec![leaf(), intermediate()], None), (vec![leaf(), intermediate(), fixture::root()], Some(2))]
    {
        let findings = judge(&chain, &trust(GIVEN, lax.clone()), GIVEN);
        let of_usage = findings.iter().find(|finding| finding.code == Code::ComplianceKeyUsage).unwrap();
        let Evidence::KeyUsage { certificate, usage: None } = &of_usage.evidence else { panic!("{of_usage:?}") };
        assert_eq!((certificate.sha256, certificate.position), (lax.sha256, position));
    }
}

#[test]
fn a_certificate_that_is_its_own_root_signs_nothing() {
    let own = Certificate { self_signed: true, ..leaf() };
    let as_root = RootFacts { sha256: own.sha256, profile: leaf_profile(), ..root() };
    let step = PathStep { subject: own.subject.clone(), sha256: own.sha256, position: Some(0) };
    let stores = vec![StoreAnswer { store: Store::Given, path: Ok(vec![step]) }];
    assert_eq!(said(&judge(&[own], &Trust { stores, roots: vec![as_root], ..Trust::default() }, GIVEN)), []);
}

#[test]
fn strict_findings_leave_every_verdict_alone_and_are_no_compliance() {
    let lax = Certificate { profile: Some(Profile { authority_key: Presence::Absent, ..leaf_profile() }), ..leaf() };
    let findings = judge(&[lax, intermediate()], &trust(PREINSTALLED, root()), PREINSTALLED);
    assert!(!complies(&findings), "{findings:?}");
    assert_eq!(crate::Verdicts::from_findings(&findings).worst(), crate::Verdict::Pass);
}

#[test]
fn evidence_of_compliance_reads_back() {
    let odd = Profile {
        serial: SerialShape::Negative,
        key_usage: None,
        unknown_critical: vec!["1.2.3.4".to_owned()],
        ..authority_profile()
    };
    let chain = [leaf(), Certificate { profile: Some(odd), ..intermediate() }];
    let mut narrow = root();
    narrow.profile.basic_constraints = Some(BasicConstraints { ca: true, path_length: Some(0), critical: true });
    let findings = judge(&chain, &trust(GIVEN, narrow.clone()), GIVEN);
    assert_eq!(said(&findings).len(), 4, "{findings:?}");
    for finding in findings {
        let wire = serde_json::to_string(&finding).unwrap();
        assert_eq!(serde_json::from_str::<Finding>(&wire).unwrap(), finding);
    }
    let wire = serde_json::to_string(&narrow).unwrap();
    assert_eq!(serde_json::from_str::<RootFacts>(&wire).unwrap(), narrow);
}
