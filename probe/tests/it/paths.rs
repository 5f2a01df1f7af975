//! The search for a path among certificates that anybody may have put together: a few authorities that
//! certify each other at random, in any order, doubled, and with some missing. Who has signed whom is known
//! here, so that there is no doubt whether there is a path.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    process::Command,
    sync::LazyLock,
};

use model::{
    Fingerprint, Timestamp,
    trust::{NoPath, PathStep, Store, Trust},
};
use probe::{
    CertificateDer, Roots, certificate, evaluate,
    lab::{Authority, Validity},
};
use proptest::{prelude::*, sample::subsequence, strategy::ValueTree};
use rcgen::{DnType, KeyPair};
use tempfile::TempDir;

/// The last has the name of the first, and another key.
const AUTHORITIES: usize = 6;
/// Whom every second of them belongs to: no store of a platform believes it any longer.
const WITHDRAWN: &str = "Symantec Corporation";

fn now() -> Timestamp {
    "2026-05-01T00:00:00Z".parse().unwrap()
}

/// Every certificate that can be among those served.
struct Pool {
    authorities: Vec<Authority>,
    /// By the authority that has signed it.
    leaves: Vec<CertificateDer<'static>>,
    /// By whom it certifies and by whom it is signed; a root's own where they are one.
    certificates: Vec<Vec<CertificateDer<'static>>>,
    /// Whom each certifies, nobody of these for a leaf, and who has signed it.
    known: BTreeMap<Fingerprint, (Option<usize>, usize)>,
}

static POOL: LazyLock<Pool> = LazyLock::new(|| {
    let validity = Validity::days(now(), -100, 1_000);
    let name = |number: usize| format!("Authority {}", number % (AUTHORITIES - 1));
    let authority = |number: usize| {
        Authority::root_with(&name(number), validity, |parameters| {
            if number % (AUTHORITIES - 1) % 2 == 1 {
                parameters.distinguished_name.push(DnType::OrganizationName, WITHDRAWN);
            }
        })
    };
    let authorities: Vec<_> = (0..AUTHORITIES).map(|number| authority(number).unwrap()).collect();
    let key = KeyPair::generate().unwrap();
    let host = "www.example.com".parse().unwrap();
    let leaf = |issuer: &Authority| issuer.leaf(&[&host], &key, Validity::days(now(), -1, 89), |_| ()).unwrap();
    let leaves: Vec<_> = authorities.iter().map(leaf).collect();
    let certificate = |subject: usize, issuer: usize| match subject == issuer {
        true => authorities[subject].der(),
        false => authorities[subject].cross_signed_by(&authorities[issuer]).unwrap(),
    };
    let certificates: Vec<Vec<_>> =
        (0..AUTHORITIES).map(|subject| (0..AUTHORITIES).map(|issuer| certificate(subject, issuer)).collect()).collect();
    let mut known = BTreeMap::new();
    for (issuer, leaf) in leaves.iter().enumerate() {
        known.insert(certificate::fingerprint(leaf), (None, issuer));
    }
    for (subject, by) in certificates.iter().enumerate() {
        for (issuer, der) in by.iter().enumerate() {
            known.insert(certificate::fingerprint(der), (Some(subject), issuer));
        }
    }
    Pool { authorities, leaves, certificates, known }
});

/// What a server serves beside its own certificate, and who believes whom.
#[derive(Clone, Debug)]
struct Served {
    /// Who has signed the server's own certificate.
    by: usize,
    /// Whom each certifies, and who has signed it.
    others: Vec<(usize, usize)>,
    store: Vec<usize>,
}

impl Served {
    fn certificates(&self) -> Vec<CertificateDer<'static>> {
        let others = self.others.iter().map(|(subject, issuer)| POOL.certificates[*subject][*issuer].clone());
        [POOL.leaves[self.by].clone()].into_iter().chain(others).collect()
    }

    fn roots(&self) -> Vec<CertificateDer<'static>> {
        self.store.iter().map(|root| POOL.authorities[*root].der()).collect()
    }

    fn trust(&self, store: Store) -> Trust {
        let roots = Roots::from_der(store, self.roots()).unwrap();
        evaluate(&self.certificates(), &[roots], now())
    }

    fn path(&self) -> Result<Vec<PathStep>, NoPath> {
        self.trust(Store::Given).stores.remove(0).path
    }

    /// Whether signatures lead from the server's certificate to an authority of the store.
    fn leads_to_a_root(&self) -> bool {
        let mut reached = BTreeSet::from([self.by]);
        loop {
            let known = reached.len();
            let steps = self.others.iter().filter(|(subject, _)| reached.contains(subject));
            let next: Vec<_> = steps.map(|(_, issuer)| *issuer).collect();
            reached.extend(next);
            if reached.len() == known {
                return self.store.iter().any(|root| reached.contains(root));
            }
        }
    }
}

/// Whether a search ended because it had cost enough, as it may.
fn is_given_up(path: &Result<Vec<PathStep>, NoPath>) -> bool {
    matches!(path, Err(NoPath::Refused { detail }) if detail.contains("too entangled"))
}

/// So many certificates beside the server's own, some of them more than once.
fn served(most: usize) -> impl Strategy<Value = Served> {
    let authority = || 0..AUTHORITIES;
    let store = subsequence((0..AUTHORITIES).collect::<Vec<_>>(), 1..=2);
    let others = prop::collection::vec((authority(), authority()), 0..=most);
    (authority(), others, store).prop_map(|(by, others, store)| Served { by, others, store })
}

proptest! {
    #[test]
    fn a_path_is_found_exactly_where_there_is_one(served in served(10)) {
        let path = served.path();
        prop_assume!(!is_given_up(&path));
        prop_assert_eq!(path.is_ok(), served.leads_to_a_root(), "{:?}", path);
    }

    #[test]
    fn every_step_of_a_path_has_signed_the_one_before(served in served(20)) {
        let trust = served.trust(Store::Given);
        for path in trust.every_path() {
            let certificates = served.certificates();
            let steps: Vec<_> = path.iter().map(|step| POOL.known[&step.sha256]).collect();
            prop_assert_eq!(steps[0], (None, served.by));
            for pair in steps.windows(2) {
                prop_assert_eq!(pair[1].0, Some(pair[0].1));
            }
            let distinct: BTreeSet<_> = path.iter().map(|step| step.sha256).collect();
            prop_assert_eq!(distinct.len(), path.len());
            let (root, below) = path.split_last().unwrap();
            prop_assert!(served.roots().iter().any(|der| certificate::fingerprint(der) == root.sha256));
            for step in below {
                let position = step.position.expect("served");
                prop_assert_eq!(certificate::fingerprint(&certificates[position]), step.sha256);
            }
        }
    }

    #[test]
    fn further_paths_are_few_and_each_does_without_something_that_one_before_needs(
        served in served(20),
        store in prop::sample::select(vec![Store::Given, Store::Apple]),
    ) {
        let trust = served.trust(store);
        let below = |path: &Vec<PathStep>| -> BTreeSet<Fingerprint> {
            path.split_last().unwrap().1.iter().map(|step| step.sha256).collect()
        };
        let needed: Vec<_> = trust.every_path().map(below).collect();
        prop_assert!(needed.len() <= 4);
        for (place, path) in needed.iter().enumerate() {
            prop_assert!(!needed[..place].iter().any(|before| before.is_subset(path)), "{:?}", needed);
        }
        // Those to roots that are still believed come first.
        let is_withdrawn = |path: &Vec<PathStep>| path.last().unwrap().subject.contains(WITHDRAWN);
        let withdrawn: Vec<_> = trust.every_path().map(is_withdrawn).collect();
        prop_assert!(store == Store::Given || withdrawn.is_sorted(), "{:?}", withdrawn);
    }

    #[test]
    fn neither_order_nor_doubles_make_a_difference(
        (served, shuffled) in served(10).prop_flat_map(|served| {
            let doubled = [&served.others[..], &served.others[..served.others.len() / 2]].concat();
            (Just(served), Just(doubled).prop_shuffle())
        }),
    ) {
        let (one, other) = (served.path(), Served { others: shuffled, ..served }.path());
        prop_assume!(!is_given_up(&one) && !is_given_up(&other));
        prop_assert_eq!(one.is_ok(), other.is_ok(), "{:?}\n{:?}", one, other);
    }

    #[test]
    fn the_server_s_own_certificate_may_stand_anywhere(
        (served, place) in served(10).prop_flat_map(|served| {
            let places = 0..=served.others.len();
            (Just(served), places)
        }),
    ) {
        let mut certificates = served.certificates();
        let leaf = certificates.remove(0);
        certificates.insert(place, leaf);
        let roots = Roots::from_der(Store::Given, served.roots()).unwrap();
        let moved = evaluate(&certificates, &[roots], now()).stores.remove(0).path;
        let path = served.path();
        prop_assume!(!is_given_up(&path) && !is_given_up(&moved));
        prop_assert_eq!(path.is_ok(), moved.is_ok(), "{:?}\n{:?}", path, moved);
    }

    #[test]
    fn more_certificates_never_make_a_whole_chain_incomplete(
        served in served(6),
        more in prop::collection::vec((0..AUTHORITIES, 0..AUTHORITIES), 0..=4),
        place in any::<prop::sample::Index>(),
    ) {
        if served.path().is_err() {
            return Ok(());
        }
        let mut others = served.others.clone();
        let place = place.index(others.len() + 1);
        others.splice(place..place, more);
        let path = Served { others, ..served }.path();
        prop_assert!(path.is_ok() || is_given_up(&path), "{:?}", path);
    }

    /// As many as a server may serve. A search that never ends would be seen here.
    #[test]
    fn everybody_may_certify_everybody(served in served(31)) {
        let path = served.path();
        prop_assert!(path.is_err() || served.leads_to_a_root());
    }
}

/// OpenSSL takes one of several issuers and never comes back to the others: what it accepts is accepted
/// here, and where nobody has more than one certificate the two agree.
#[test]
fn openssl_says_the_same() {
    let files = tempfile::tempdir().unwrap();
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let (mut whole, mut broken) = (0, 0);
    for round in 0..60 {
        let mut served = served(8).new_tree(&mut runner).unwrap().current();
        let unambiguous = round % 2 == 0;
        if unambiguous {
            let mut certified = BTreeSet::new();
            served.others.retain(|(subject, _)| certified.insert(subject % (AUTHORITIES - 1)));
        }
        let (ours, theirs) = (served.path(), openssl_accepts(&files, &served));
        if unambiguous {
            assert_eq!(ours.is_ok(), theirs, "{served:?}: {ours:?}");
        }
        assert!(ours.is_ok() || !theirs || is_given_up(&ours), "{served:?}: {ours:?}");
        *if theirs { &mut whole } else { &mut broken } += 1;
    }
    assert!(whole >= 10 && broken >= 10, "{whole} whole, {broken} broken");
}

fn openssl_accepts(files: &TempDir, served: &Served) -> bool {
    let file = |name: &str, ders: &[CertificateDer<'static>]| {
        let path = files.path().join(name);
        fs::write(&path, &**probe::file::to_pem(ders, None)).unwrap();
        path
    };
    let certificates = served.certificates();
    let mut command = Command::new("openssl");
    command.args(["verify", "-attime", &now().as_second().to_string()]);
    command.args(["-no-CApath", "-no-CAstore", "-CAfile"]).arg(file("roots.pem", &served.roots()));
    if certificates.len() > 1 {
        command.arg("-untrusted").arg(file("others.pem", &certificates[1..]));
    }
    command.arg(file("leaf.pem", &certificates[..1])).output().unwrap().status.success()
}
