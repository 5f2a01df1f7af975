//! Paths of trust: for every way a chain can be wrong, the one reason that is given.

use model::{
    Code, Host, ServerName, Timestamp,
    diagnose::{self, Context, diagnose_chain},
    trust::{Edition, NoPath, PathStep, Store, Trust},
};
use probe::{
    CertificateDer, Roots, evaluate,
    lab::{Authority, Validity, self_signed},
    stores::StoreSet,
};
use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DnType, ExtendedKeyUsagePurpose, GeneralSubtree, IsCa,
    KeyPair, NameConstraints,
};

type Chain = Vec<CertificateDer<'static>>;

fn now() -> Timestamp {
    "2026-05-01T00:00:00Z".parse().unwrap()
}

fn days(from: i64, to: i64) -> Validity {
    Validity::days(now(), from, to)
}

fn host() -> Host {
    "www.example.com".parse().unwrap()
}

/// A root, an intermediate below it and a key to certify.
struct Pki {
    root: Authority,
    intermediate: Authority,
    key: KeyPair,
}

impl Pki {
    fn new() -> Self {
        let root = Authority::root("Root", days(-100, 3_650)).unwrap();
        let intermediate = root.intermediate("Intermediate", days(-50, 1_000), |_| ()).unwrap();
        Self { root, intermediate, key: KeyPair::generate().unwrap() }
    }

    fn leaf_by(&self, issuer: &Authority) -> CertificateDer<'static> {
        self.leaf_with(issuer, |_| ())
    }

    fn leaf_with(&self, issuer: &Authority, adjust: impl FnOnce(&mut CertificateParams)) -> CertificateDer<'static> {
        issuer.leaf(&[&host()], &self.key, days(-1, 89), adjust).unwrap()
    }

    fn roots(&self) -> Roots {
        roots(&[&self.root])
    }

    /// The chain leaf, intermediate, with `adjust` on the intermediate.
    fn below(&self, validity: Validity, adjust: impl FnOnce(&mut CertificateParams)) -> Chain {
        let intermediate = self.root.intermediate("Odd", validity, adjust).unwrap();
        vec![self.leaf_by(&intermediate), intermediate.der()]
    }
}

fn roots(authorities: &[&Authority]) -> Roots {
    let pem: String = authorities.iter().map(|authority| authority.pem()).collect();
    Roots::from_pem(pem.as_bytes()).unwrap()
}

fn path(chain: &[CertificateDer<'_>], roots: &Roots) -> Result<Vec<PathStep>, NoPath> {
    path_at(chain, roots, now())
}

fn path_at(chain: &[CertificateDer<'_>], roots: &Roots, at: Timestamp) -> Result<Vec<PathStep>, NoPath> {
    let mut trust = evaluate(chain, std::slice::from_ref(roots), at);
    assert_eq!(trust.stores.len(), 1);
    trust.stores.pop().unwrap().path
}

/// Subject and position of every step.
fn shape(path: &[PathStep]) -> Vec<(&str, Option<usize>)> {
    path.iter().map(|step| (step.subject.as_str(), step.position)).collect()
}

#[test]
fn a_whole_chain_is_a_path_in_any_order_and_whatever_is_served_besides() {
    let pki = Pki::new();
    let stranger = Authority::root("Stranger", days(-1, 1)).unwrap();
    let (leaf, middle) = (pki.leaf_by(&pki.intermediate), pki.intermediate.der());
    let junk = CertificateDer::from(b"junk".to_vec());
    for (chain, position) in [
        (vec![leaf.clone(), middle.clone()], 1),
        (vec![leaf.clone(), pki.root.der(), middle.clone()], 2),
        (vec![leaf.clone(), stranger.der(), middle.clone()], 2),
        (vec![leaf.clone(), junk, middle.clone()], 2),
        (vec![leaf.clone(), leaf, middle], 2),
    ] {
        let path = path(&chain, &pki.roots()).unwrap();
        assert_eq!(
            shape(&path),
            [("CN=www.example.com", Some(0)), ("CN=Intermediate", Some(position)), ("CN=Root", None)]
        );
    }
}

#[test]
fn a_leaf_right_below_the_root_needs_no_intermediate() {
    let pki = Pki::new();
    let path = path(&[pki.leaf_by(&pki.root)], &pki.roots()).unwrap();
    assert_eq!(shape(&path), [("CN=www.example.com", Some(0)), ("CN=Root", None)]);
}

#[test]
fn the_path_is_that_of_the_leaf_wherever_it_stands() {
    let pki = Pki::new();
    let (leaf, middle, root) = (pki.leaf_by(&pki.intermediate), pki.intermediate.der(), pki.root.der());
    for (chain, leaf_at, middle_at) in [
        (vec![middle.clone(), leaf.clone()], 1, 0),
        (vec![root.clone(), middle.clone(), leaf.clone()], 2, 1),
        (vec![middle.clone(), root.clone(), leaf.clone()], 2, 0),
    ] {
        let path = path(&chain, &pki.roots()).unwrap();
        assert_eq!(
            shape(&path),
            [("CN=www.example.com", Some(leaf_at)), ("CN=Intermediate", Some(middle_at)), ("CN=Root", None)]
        );
    }
    // So is the reason why there is none.
    let nobody = roots(&[&Authority::root("Nobody", days(-1, 1)).unwrap()]);
    for (chain, reason) in [
        (vec![middle.clone(), leaf.clone()], NoPath::MissingIssuer { position: 0 }),
        (vec![root.clone(), leaf.clone()], NoPath::MissingIssuer { position: 1 }),
        (vec![root.clone(), middle.clone(), leaf.clone()], NoPath::UnknownRoot { position: 0 }),
        (vec![middle.clone(), root], NoPath::UnknownRoot { position: 1 }),
    ] {
        assert_eq!(path(&chain, &nobody), Err(reason));
    }
    let expired = pki.intermediate.leaf(&[&host()], &pki.key, days(-90, -1), |_| ()).unwrap();
    assert_eq!(path(&[middle, expired], &pki.roots()), Err(NoPath::OutOfDate { position: 1 }));
}

#[test]
fn a_chain_the_wrong_way_round_is_one_finding_and_no_mismatch_of_names() {
    let pki = Pki::new();
    let chain = [pki.intermediate.der(), pki.leaf_by(&pki.intermediate)];
    let trust = evaluate(&chain, &[pki.roots()], now());
    let certificates: Vec<_> = chain.iter().map(|der| probe::certificate::read(der)).collect();
    let context = Context { roots: diagnose::Roots::Given };
    let findings = diagnose_chain(&certificates, &trust, Some(&ServerName::Dns(host())), context, now());
    assert_eq!(findings.iter().map(|finding| finding.code).collect::<Vec<_>>(), [Code::ChainWrongOrder]);
}

#[test]
fn every_store_answers_for_itself() {
    let pki = Pki::new();
    let chain = [pki.leaf_by(&pki.intermediate), pki.intermediate.der()];
    let trust = evaluate(&chain, &[Roots::mozilla(), pki.roots()], now());
    let answers: Vec<_> = trust.stores.iter().map(|answer| (answer.store, answer.path.is_ok())).collect();
    assert_eq!(answers, [(Store::Mozilla, false), (Store::Given, true)]);
    // No phone asks Mozilla's.
    assert!(trust.everywhere());
    assert!(!evaluate(&chain, &[Roots::mozilla()], now()).everywhere());
}

#[test]
fn nothing_or_nothing_readable_is_unreadable() {
    let pki = Pki::new();
    assert_eq!(path(&[], &pki.roots()), Err(NoPath::Unreadable));
    let junk = CertificateDer::from(b"junk".to_vec());
    assert_eq!(path(&[junk, pki.intermediate.der()], &pki.roots()), Err(NoPath::Unreadable));
}

#[test]
fn a_self_signed_leaf_is_named_as_such_unless_it_is_trusted_itself() {
    let pki = Pki::new();
    let leaf = self_signed(&[&host()], &pki.key, days(-1, 89)).unwrap();
    assert_eq!(path(std::slice::from_ref(&leaf), &pki.roots()), Err(NoPath::SelfSigned));
    // What comes after it does not matter.
    assert_eq!(path(&[leaf.clone(), pki.intermediate.der()], &pki.roots()), Err(NoPath::SelfSigned));

    let trusted = Roots::from_der(Store::Given, vec![leaf.clone()]).unwrap();
    assert_eq!(shape(&path(std::slice::from_ref(&leaf), &trusted).unwrap()), [("CN=www.example.com", Some(0))]);
    let late = "2027-05-01T00:00:00Z".parse().unwrap();
    assert_eq!(path_at(&[leaf], &trusted, late), Err(NoPath::OutOfDate { position: 0 }));
}

#[test]
fn a_self_signed_leaf_with_an_old_digest_is_still_self_signed() {
    for der in [
        include_bytes!("../data/sha1.der").as_slice(),
        include_bytes!("../data/md5.der"),
        include_bytes!("../data/p192.der"),
    ] {
        let leaf = CertificateDer::from(der.to_vec());
        assert_eq!(path(&[leaf], &Roots::mozilla()), Err(NoPath::SelfSigned));
    }
}

#[test]
fn an_unknown_root_is_told_from_a_missing_intermediate() {
    let pki = Pki::new();
    let stranger = Authority::root("Stranger", days(-100, 3_650)).unwrap();
    let middle = stranger.intermediate("Stranger Intermediate", days(-50, 500), |_| ()).unwrap();
    let leaf = pki.leaf_by(&middle);
    for (chain, reason) in [
        (vec![leaf.clone(), middle.der(), stranger.der()], NoPath::UnknownRoot { position: 2 }),
        (vec![leaf.clone(), stranger.der(), middle.der()], NoPath::UnknownRoot { position: 1 }),
        (vec![leaf.clone(), middle.der()], NoPath::MissingIssuer { position: 1 }),
        (vec![leaf.clone()], NoPath::MissingIssuer { position: 0 }),
        // The stranger's root alone does not lead on from the leaf.
        (vec![leaf, stranger.der()], NoPath::MissingIssuer { position: 0 }),
        (vec![pki.leaf_by(&pki.intermediate)], NoPath::MissingIssuer { position: 0 }),
        (vec![pki.leaf_by(&pki.intermediate), middle.der()], NoPath::MissingIssuer { position: 0 }),
        (vec![pki.leaf_by(&stranger), stranger.der()], NoPath::UnknownRoot { position: 1 }),
    ] {
        assert_eq!(path(&chain, &pki.roots()), Err(reason));
    }
}

#[test]
fn another_certificate_of_the_same_name_is_no_issuer() {
    let pki = Pki::new();
    let namesake = pki.root.intermediate("Intermediate", days(-50, 1_000), |_| ()).unwrap();
    let leaf = pki.leaf_by(&pki.intermediate);
    assert_eq!(path(&[leaf.clone(), namesake.der()], &pki.roots()), Err(NoPath::MissingIssuer { position: 0 }));
    assert!(path(&[leaf, namesake.der(), pki.intermediate.der()], &pki.roots()).is_ok());
}

#[test]
fn a_signature_that_does_not_verify_is_named() {
    let pki = Pki::new();
    let mut forged = pki.leaf_by(&pki.intermediate).to_vec();
    *forged.last_mut().unwrap() ^= 1;
    let chain = [CertificateDer::from(forged), pki.intermediate.der()];
    let Err(NoPath::BadSignature { position, detail }) = path(&chain, &pki.roots()) else { panic!("accepted") };
    assert_eq!(position, Some(0));
    assert!(detail.contains("certificate 1"), "{detail}");

    // Without key identifiers a namesake cannot be told from the true issuer.
    let namesake = Authority::root("Root", days(-100, 3_650)).unwrap();
    let leaf = pki.leaf_with(&namesake, |parameters| parameters.use_authority_key_identifier_extension = false);
    assert!(matches!(path(&[leaf], &pki.roots()), Err(NoPath::BadSignature { position: Some(0), .. })));

    let middle = pki.root.intermediate("Forged", days(-50, 1_000), |_| ()).unwrap();
    let mut forged = middle.der().to_vec();
    *forged.last_mut().unwrap() ^= 1;
    let chain = [pki.leaf_by(&middle), pki.intermediate.der(), CertificateDer::from(forged)];
    assert!(matches!(path(&chain, &pki.roots()), Err(NoPath::BadSignature { position: Some(2), .. })));
}

/// A certificate made with OpenSSL below the root of [`weak_roots`], valid in the spring of 2026.
macro_rules! weak {
    ($name:literal) => {
        CertificateDer::from(include_bytes!(concat!("../data/weak/", $name, ".der")).to_vec())
    };
}

fn weak_roots() -> Roots {
    Roots::from_der(Store::Given, vec![weak!("root")]).unwrap()
}

#[test]
fn a_signature_or_a_key_that_is_too_weak_is_found_on_the_path() {
    let (leaf, sha1, strong) = (weak!("leaf"), weak!("sha1-intermediate"), weak!("intermediate"));
    let (below_short, short) = (weak!("leaf-by-short"), weak!("short-intermediate"));
    for (chain, expected) in [
        (vec![leaf.clone(), sha1.clone()], Some(1)),
        (vec![leaf.clone(), short.clone(), sha1.clone()], Some(2)),
        (vec![below_short.clone(), short.clone()], Some(1)),
        (vec![below_short, sha1.clone(), short], Some(2)),
        (vec![leaf.clone(), strong.clone()], None),
        (vec![leaf, sha1, strong], None),
    ] {
        match (path(&chain, &weak_roots()), expected) {
            (Ok(_), None) => {}
            (Err(NoPath::WeakLink { position, .. }), Some(expected)) if position == expected => {}
            (other, expected) => panic!("{expected:?}: {other:?}"),
        }
    }
}

#[test]
fn a_forged_leaf_is_not_excused_by_a_weak_certificate_beside_it() {
    let mut forged = weak!("leaf").to_vec();
    *forged.last_mut().unwrap() ^= 1;
    let chain = [CertificateDer::from(forged), weak!("intermediate"), weak!("sha1-intermediate")];
    let trust = evaluate(&chain, &[weak_roots()], now());
    assert!(matches!(trust.stores[0].path, Err(NoPath::BadSignature { position: Some(0), .. })), "{trust:?}");
    let certificates: Vec<_> = chain.iter().map(|der| probe::certificate::read(der)).collect();
    let context = Context { roots: diagnose::Roots::Given };
    let findings = diagnose_chain(&certificates, &trust, Some(&ServerName::Dns(host())), context, now());
    assert_eq!(findings.iter().map(|finding| finding.code).collect::<Vec<_>>(), [Code::ChainInvalid]);
}

#[test]
fn the_first_certificate_out_of_date_is_named() {
    let pki = Pki::new();
    let expired = pki.intermediate.leaf(&[&host()], &pki.key, days(-90, -1), |_| ()).unwrap();
    let early = pki.intermediate.leaf(&[&host()], &pki.key, days(1, 90), |_| ()).unwrap();
    for (chain, position) in [
        (vec![expired.clone(), pki.intermediate.der()], 0),
        (vec![early, pki.intermediate.der()], 0),
        (pki.below(days(-90, -1), |_| ()), 1),
        (pki.below(days(1, 90), |_| ()), 1),
    ] {
        assert_eq!(path(&chain, &pki.roots()), Err(NoPath::OutOfDate { position }));
    }
    // What cannot be reached at all comes first.
    assert_eq!(path(&[expired], &pki.roots()), Err(NoPath::MissingIssuer { position: 0 }));
}

#[test]
fn both_ends_of_the_validity_are_still_valid() {
    let pki = Pki::new();
    let chain = [pki.leaf_by(&pki.intermediate), pki.intermediate.der()];
    for (at, valid) in [
        ("2026-04-29T23:59:59Z", false),
        ("2026-04-30T00:00:00Z", true),
        ("2026-07-29T00:00:00Z", true),
        ("2026-07-29T00:00:01Z", false),
        ("1969-01-01T00:00:00Z", false),
    ] {
        assert_eq!(path_at(&chain, &pki.roots(), at.parse().unwrap()).is_ok(), valid, "{at}");
    }
}

#[test]
fn a_path_around_an_expired_intermediate_is_taken() {
    let pki = Pki::new();
    let elder = Authority::root("Elder", days(-4_000, 4_000)).unwrap();
    // The root's own name and key, certified by an older root: both lead somewhere.
    let cross = pki.root.cross_signed_by(&elder).unwrap();
    let chain = [pki.leaf_by(&pki.intermediate), pki.intermediate.der(), cross];
    assert_eq!(path(&chain, &pki.roots()).unwrap().len(), 3);
    let around = path(&chain, &roots(&[&elder])).unwrap();
    assert_eq!(
        shape(&around),
        [("CN=www.example.com", Some(0)), ("CN=Intermediate", Some(1)), ("CN=Root", Some(2)), ("CN=Elder", None)]
    );
    assert!(path(&chain, &roots(&[&elder, &pki.root])).is_ok());
}

#[test]
fn certificates_that_sign_each_other_in_circles_end() {
    let pki = Pki::new();
    let circle: Vec<_> = (0..6).map(|n| Authority::root(&format!("Circle {n}"), days(-1, 90)).unwrap()).collect();
    let mut chain = vec![pki.leaf_by(&circle[0])];
    for one in &circle {
        for other in &circle {
            chain.push(one.cross_signed_by(other).unwrap());
        }
    }
    assert!(path(&chain, &pki.roots()).is_err());
}

#[test]
fn a_crowd_of_one_name_hides_no_issuer_and_takes_no_time() {
    let pki = Pki::new();
    let namesake = || Authority::root("Intermediate", days(-1, 90)).unwrap().der();
    let mut chain = vec![pki.leaf_by(&pki.intermediate)];
    chain.extend((0..30).map(|_| namesake()));
    assert_eq!(path(&chain, &pki.roots()), Err(NoPath::MissingIssuer { position: 0 }));
    chain.push(pki.intermediate.der());
    let found = path(&chain, &pki.roots()).unwrap();
    assert_eq!(shape(&found), [("CN=www.example.com", Some(0)), ("CN=Intermediate", Some(31)), ("CN=Root", None)]);
    // Each of them has signed itself, which helps nobody.
    let entangled: Vec<_> = (0..6).map(|_| Authority::root("Intermediate", days(-1, 90)).unwrap()).collect();
    let cross = |one: &Authority| entangled.iter().map(|other| one.cross_signed_by(other).unwrap()).collect::<Vec<_>>();
    let mut chain = vec![pki.leaf_by(&entangled[0])];
    chain.extend(entangled.iter().take(5).flat_map(cross));
    assert!(path(&chain, &pki.roots()).is_err());
}

#[test]
fn an_issuer_that_is_no_authority_is_named() {
    let pki = Pki::new();
    let chain = pki.below(days(-1, 90), |parameters| parameters.is_ca = IsCa::ExplicitNoCa);
    assert_eq!(path(&chain, &pki.roots()), Err(NoPath::NotACa { position: 1 }));
    let chain = pki.below(days(-1, 90), |parameters| parameters.is_ca = IsCa::NoCa);
    assert_eq!(path(&chain, &pki.roots()), Err(NoPath::NotACa { position: 1 }));
}

#[test]
fn a_name_constraint_counts_only_when_it_excludes_the_name() {
    let pki = Pki::new();
    let permit = |domain: &str| {
        let permitted_subtrees = vec![GeneralSubtree::DnsName(domain.to_owned())];
        Some(NameConstraints { permitted_subtrees, excluded_subtrees: Vec::new() })
    };
    let chain = pki.below(days(-1, 90), |parameters| parameters.name_constraints = permit("example.org"));
    assert_eq!(path(&chain, &pki.roots()), Err(NoPath::NameConstraint));
    let chain = pki.below(days(-1, 90), |parameters| parameters.name_constraints = permit("example.com"));
    assert!(path(&chain, &pki.roots()).is_ok());
}

#[test]
fn what_the_verifier_alone_refuses_is_told_in_words() {
    let pki = Pki::new();
    let by =
        |adjust: fn(&mut CertificateParams)| vec![pki.leaf_with(&pki.intermediate, adjust), pki.intermediate.der()];
    let short = pki.root.intermediate("Short", days(-1, 90), |parameters| {
        parameters.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    });
    let short = short.unwrap();
    let below_short = short.intermediate("Below Short", days(-1, 90), |_| ()).unwrap();
    for (chain, words) in [
        (
            by(|parameters| parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth]),
            "extended key usage",
        ),
        (by(|parameters| parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained)), "certificate authority"),
        (
            by(|parameters| {
                let mut unknown = CustomExtension::from_oid_content(&[1, 2, 3, 4], vec![5, 0]);
                unknown.set_criticality(true);
                parameters.custom_extensions.push(unknown);
            }),
            "critical extension",
        ),
        (vec![pki.leaf_by(&below_short), below_short.der(), short.der()], "more intermediates"),
    ] {
        let Err(NoPath::Refused { detail }) = path(&chain, &pki.roots()) else { panic!("{words}") };
        assert!(detail.contains(words), "{detail}");
    }
}

#[test]
fn a_root_of_mozilla_is_no_server_s_certificate() {
    let root = webpki_root_certs::TLS_SERVER_ROOT_CERTS[0].clone();
    let Err(NoPath::Refused { detail }) = path(&[root], &Roots::mozilla()) else { panic!("accepted") };
    assert!(detail.contains("certificate authority"), "{detail}");
}

/// Stores that come together, with these roots.
fn together(stores: &[(Store, &[&Authority])]) -> Roots {
    let edition = Edition { date: "2026-04-01".parse().unwrap(), version: None, source: "a test".to_owned() };
    let set = |(store, roots): &(Store, &[&Authority])| {
        StoreSet::new(*store, edition.clone(), roots.iter().map(|root| root.der()).collect())
    };
    Roots::of(&stores.iter().map(set).collect::<Vec<_>>())
}

fn answer(trust: &Trust, store: Store) -> &Result<Vec<PathStep>, NoPath> {
    &trust.stores.iter().find(|answer| answer.store == store).unwrap().path
}

#[test]
fn a_root_that_one_store_lacks_is_named_and_the_others_have_their_path() {
    let pki = Pki::new();
    let other = Authority::root("Other", days(-100, 3_650)).unwrap();
    let roots = together(&[(Store::Apple, &[&other]), (Store::Android, &[&pki.root, &other]), (Store::Java, &[])]);
    let chain = [pki.leaf_by(&pki.intermediate), pki.intermediate.der()];
    let trust = evaluate(&chain, std::slice::from_ref(&roots), now());
    let asked: Vec<_> = trust.stores.iter().map(|answer| answer.store).collect();
    assert_eq!(asked, [Store::Apple, Store::Android, Store::Java]);
    let path = answer(&trust, Store::Android).as_ref().unwrap();
    assert_eq!(shape(path), [("CN=www.example.com", Some(0)), ("CN=Intermediate", Some(1)), ("CN=Root", None)]);
    for store in [Store::Apple, Store::Java] {
        let Err(NoPath::NotInStore { subject, sha256, dated }) = answer(&trust, store) else { panic!("{trust:?}") };
        assert_eq!((subject.as_str(), *sha256), ("CN=Root", path[2].sha256));
        assert_eq!(dated.map(|date| date.to_string()).as_deref(), Some("2026-04-01"));
    }
    // What no store has a path for has the one reason for all: a missing intermediate is no store's fault.
    let trust = evaluate(&chain[..1], std::slice::from_ref(&roots), now());
    for answer in &trust.stores {
        assert_eq!(answer.path, Err(NoPath::MissingIssuer { position: 0 }));
    }
    let expired = pki.intermediate.leaf(&[&host()], &pki.key, days(-90, -1), |_| ()).unwrap();
    let trust = evaluate(&[expired, pki.intermediate.der()], &[roots], now());
    assert!(trust.stores.iter().all(|answer| answer.path == Err(NoPath::OutOfDate { position: 0 })), "{trust:?}");
}

#[test]
fn a_cross_signed_chain_is_whole_in_a_store_with_either_root() {
    let pki = Pki::new();
    let elder = Authority::root("Elder", days(-4_000, 4_000)).unwrap();
    let cross = pki.root.cross_signed_by(&elder).unwrap();
    let chain = [pki.leaf_by(&pki.intermediate), pki.intermediate.der(), cross];
    let stores = together(&[(Store::Apple, &[&pki.root]), (Store::Android, &[&elder]), (Store::Windows, &[])]);
    let trust = evaluate(&chain, std::slice::from_ref(&stores), now());
    let ends = |store| answer(&trust, store).as_ref().unwrap().last().unwrap().subject.as_str();
    assert_eq!((ends(Store::Apple), ends(Store::Android)), ("CN=Root", "CN=Elder"));
    assert!(matches!(answer(&trust, Store::Windows), Err(NoPath::NotInStore { .. })));
    // Without the cross-signed certificate, the store with the elder root alone has no path.
    let trust = evaluate(&chain[..2], &[stores], now());
    assert!(answer(&trust, Store::Apple).is_ok());
    assert!(matches!(answer(&trust, Store::Android), Err(NoPath::NotInStore { subject, .. }) if subject == "CN=Root"));
}

#[test]
fn an_issuer_that_two_roots_of_a_store_have_signed_leads_to_either() {
    let pki = Pki::new();
    let elder = Authority::root("Elder", days(-4_000, 4_000)).unwrap();
    let cross = pki.intermediate.cross_signed_by(&elder).unwrap();
    let chain = [pki.leaf_by(&pki.intermediate), pki.intermediate.der(), cross];
    let stores = together(&[(Store::Apple, &[&pki.root, &elder]), (Store::Android, &[&elder]), (Store::Java, &[])]);
    let trust = evaluate(&chain, &[stores], now());
    let path = answer(&trust, Store::Apple).as_ref().unwrap();
    assert_eq!(shape(path), [("CN=www.example.com", Some(0)), ("CN=Intermediate", Some(1)), ("CN=Root", None)]);
    let [other] = trust.alternatives_of(Store::Apple) else { panic!("{trust:?}") };
    assert_eq!(shape(other), [("CN=www.example.com", Some(0)), ("CN=Intermediate", Some(2)), ("CN=Elder", None)]);
    assert_eq!(trust.alternatives.len(), 1);

    // What leads over the same and more, or to another root by the same, is no other path.
    let cross = pki.root.cross_signed_by(&elder).unwrap();
    let chain = [pki.leaf_by(&pki.intermediate), pki.intermediate.der(), cross, pki.root.der()];
    let stores = together(&[(Store::Apple, &[&pki.root, &elder]), (Store::Java, &[])]);
    let trust = evaluate(&chain, &[stores], now());
    assert!(trust.alternatives.is_empty(), "{trust:?}");
}

#[test]
fn of_many_paths_a_store_names_a_few() {
    let pki = Pki::new();
    let others = ["First", "Second"].map(|name| Authority::root(name, days(-100, 3_650)).unwrap());
    let lower = pki.intermediate.intermediate("Lower", days(-50, 1_000), |_| ()).unwrap();
    // Three paths over the first of the lower, and one over each of the others. No name is borne by so many that some
    // are not looked at.
    let signed = |authority: &Authority| {
        let crosses = others.each_ref().map(|other| authority.cross_signed_by(other).unwrap());
        [authority.der()].into_iter().chain(crosses)
    };
    let mut chain = vec![pki.leaf_by(&lower)];
    chain.extend(signed(&lower).chain(signed(&pki.intermediate)));
    // As the other store has no path, the search does not end before it has found them all.
    let all = together(&[(Store::Apple, &[&pki.root, &others[0], &others[1]]), (Store::Java, &[])]);
    let trust = evaluate(&chain, &[all], now());
    let path = answer(&trust, Store::Apple).as_ref().unwrap();
    assert_eq!(
        shape(path),
        [("CN=www.example.com", Some(0)), ("CN=Lower", Some(1)), ("CN=Intermediate", Some(4)), ("CN=Root", None)]
    );
    assert_eq!(trust.alternatives_of(Store::Apple).len(), 3);
}

#[test]
fn of_two_paths_a_store_answers_with_the_one_that_is_still_believed() {
    let pki = Pki::new();
    // The organisation is what the rule goes by.
    let withdrawn = Authority::root_with("Withdrawn", days(-4_000, 4_000), |parameters| {
        parameters.distinguished_name.push(DnType::OrganizationName, "Symantec Corporation");
    });
    let withdrawn = withdrawn.unwrap();
    let cross = pki.root.cross_signed_by(&withdrawn).unwrap();
    let chain = [pki.leaf_by(&pki.intermediate), pki.intermediate.der(), cross];
    let both = together(&[(Store::Apple, &[&withdrawn, &pki.root])]);
    let trust = evaluate(&chain, &[both], now());
    assert_eq!(answer(&trust, Store::Apple).as_ref().unwrap().last().unwrap().subject, "CN=Root");
    assert!(trust.alternatives.is_empty(), "{trust:?}");
    let alone = together(&[(Store::Apple, &[&withdrawn])]);
    let trust = evaluate(&chain, &[alone], now());
    let root = &answer(&trust, Store::Apple).as_ref().unwrap().last().unwrap().subject;
    assert!(root.contains("O=Symantec Corporation"), "{root}");
}

#[test]
fn every_store_that_ships_refuses_a_private_authority_with_one_reason() {
    let pki = Pki::new();
    let chain = [pki.leaf_by(&pki.intermediate), pki.intermediate.der(), pki.root.der()];
    let trust = evaluate(&chain, &[Roots::preinstalled()], now());
    assert_eq!(trust.stores.len(), 5);
    assert!(trust.stores.iter().all(|answer| answer.path == Err(NoPath::UnknownRoot { position: 2 })), "{trust:?}");
}
