//! An issuer that two roots have certified, each of which may take that back: what is revoked, and which way is left.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
};

use model::{
    Code, Diagnosis, HostPort, Verdict,
    diagnose::{self, Context, gone_around},
    revocation::{ListAnswer, Listed},
    trust::Store,
};
use probe::{
    CertificateDer, Depth, NetworkPolicy, Probed, Prober, Resolve, Roots, arrange_without, assess, certificate,
    lab::{Authority, Page, Publisher, RevocationList, Validity, names_list},
};
use rcgen::KeyPair;
use rustls::{ServerConfig, crypto::aws_lc_rs, sign::SingleCertAndKey};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::{
    common::attend::{AMPLE, certified, now, shake},
    revocation::serial,
};

const HOST: &str = "around.lab.hufu.example";
const PAGES: [&str; 2] = ["first.crl", "second.crl"];

/// A server that shows its issuer as both roots have certified it, and where these publish.
struct Bench {
    publisher: Publisher,
    roots: [Authority; 2],
    /// By each of the roots.
    issuers: [CertificateDer<'static>; 2],
    at: SocketAddr,
}

impl Bench {
    async fn new() -> Self {
        let publisher = Publisher::start().await.unwrap();
        let year = Validity::days(now(), -100, 265);
        let roots = ["First", "Second"].map(|name| Authority::root(name, year).unwrap());
        let [of_first, of_second] = PAGES.map(|page| publisher.url(page));
        let middle = roots[0].intermediate("Middle", year, |parameters| names_list(parameters, &of_first)).unwrap();
        let cross = middle.cross_signed_with(&roots[1], |parameters| {
            parameters.crl_distribution_points.clear();
            names_list(parameters, &of_second);
        });
        let issuers = [middle.der(), cross.unwrap()];
        let key = KeyPair::generate().unwrap();
        let leaf = middle.leaf(&[&HOST.parse().unwrap()], &key, Validity::days(now(), -1, 89), |_| ()).unwrap();
        let chain = [leaf].into_iter().chain(issuers.clone()).collect();
        Self { publisher, roots, issuers, at: serve(chain, &key).await }
    }

    /// Has each of the roots say whether it has revoked the issuer.
    fn publish(&self, revoked: [bool; 2]) {
        let week = Validity::days(now(), -1, 6);
        for (place, revoked) in revoked.into_iter().enumerate() {
            let serials: Vec<_> = revoked.then(|| serial(&self.issuers[place])).into_iter().collect();
            let list = self.roots[place].revokes(&RevocationList::of(&serials, week)).unwrap();
            self.publisher.put(PAGES[place], Page::Body(list));
        }
    }

    /// So many of the roots.
    fn trusted(&self, count: usize) -> Vec<Roots> {
        let roots = self.roots[..count].iter().map(Authority::pem).collect::<String>();
        vec![Roots::from_pem(roots.as_bytes()).unwrap()]
    }

    /// What is said where these roots are trusted. Nothing is remembered.
    async fn assessed(&self, roots: Vec<Roots>) -> (Diagnosis, Probed) {
        let target: HostPort = format!("{HOST}:{}", self.at.port()).parse().unwrap();
        let resolve = Resolve { host: HOST.parse().unwrap(), port: target.port, addresses: vec![self.at.ip()] };
        let prober = Prober::builder()
            .policy(NetworkPolicy::allowing(["127.0.0.0/8".parse().unwrap()]))
            .fixed([resolve, self.publisher.resolve()].into_iter().collect())
            .roots(roots.clone())
            .timeout(AMPLE)
            .build()
            .unwrap();
        let probed = prober.probe(&target, Depth::Full, now(), |_| ()).await.unwrap();
        (assess(&probed, &roots, Context { roots: diagnose::Roots::Given }, now()), probed)
    }

    /// Of that, the verdict, and what is said of revocation and of the chain.
    async fn judged(&self, trusted: usize) -> (Verdict, Vec<Code>, Probed) {
        let (diagnosis, probed) = self.assessed(self.trusted(trusted)).await;
        let told = |code: &Code| ["cert.", "chain."].iter().any(|family| code.as_str().starts_with(family));
        let codes = diagnosis.findings.iter().map(|finding| finding.code).filter(told).collect();
        (diagnosis.verdict, codes, probed)
    }
}

async fn serve(chain: Vec<CertificateDer<'static>>, key: &KeyPair) -> SocketAddr {
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(SingleCertAndKey::from(certified(chain, key))));
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let at = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move { shake(&acceptor, stream).await });
        }
    });
    at
}

/// The positions of those that are on a list of what is revoked.
fn revoked(probed: &Probed) -> Vec<usize> {
    let is_revoked = |listed: &&Listed| matches!(listed.answer, ListAnswer::Revoked(_));
    probed.observation.addresses[0].lists.iter().filter(is_revoked).map(|listed| listed.position).collect()
}

#[tokio::test]
async fn an_issuer_that_one_of_two_roots_has_revoked_is_gone_around_where_both_are_trusted() {
    use Code::{CertRevoked, ChainExtraCertificate, ChainRevokedCertificate};
    let bench = Bench::new().await;
    for (by, trusted, positions, verdict, codes) in [
        ([false, false], 2, &[][..], Verdict::Pass, &[][..]),
        ([true, false], 2, &[1], Verdict::Warn, &[ChainRevokedCertificate]),
        ([false, true], 2, &[2], Verdict::Warn, &[ChainRevokedCertificate]),
        ([true, true], 2, &[1, 2], Verdict::Fail, &[CertRevoked, CertRevoked]),
        // No way around it leads to the one root that is trusted.
        ([true, false], 1, &[1], Verdict::Fail, &[CertRevoked, ChainExtraCertificate]),
        ([false, true], 1, &[], Verdict::Pass, &[ChainExtraCertificate]),
    ] {
        bench.publish(by);
        let (said, told, probed) = bench.judged(trusted).await;
        assert_eq!(revoked(&probed), positions, "{by:?} {trusted}");
        assert_eq!((said, told.as_slice()), (verdict, codes), "{by:?} {trusted}");
    }
}

#[tokio::test]
async fn the_chain_to_send_has_every_way_and_of_two_the_one_that_is_left() {
    let bench = Bench::new().await;
    for (by, trusted, expected) in [
        ([false, false], 2, &[0, 1, 2][..]),
        ([true, false], 2, &[0, 2]),
        ([false, true], 2, &[0, 1]),
        // Without a way around, what is revoked is all there is.
        ([true, true], 2, &[0, 1, 2]),
        ([true, false], 1, &[0, 1]),
    ] {
        bench.publish(by);
        let roots = bench.trusted(trusted);
        let (diagnosis, probed) = bench.assessed(roots.clone()).await;
        let served = &probed.chains[&bench.at.ip()];
        let arranged = arrange_without(&gone_around(&diagnosis.findings), served, &roots, now());
        let expected: Vec<_> = expected.iter().map(|position| served[*position].clone()).collect();
        assert_eq!(arranged.chain, expected, "{by:?} {trusted}");
        assert_eq!(arranged.strangers.is_empty(), trusted == 2, "{by:?} {trusted}");
    }
    // Where what is left leads nowhere, nothing is left out.
    let (_, probed) = bench.assessed(bench.trusted(2)).await;
    let served = &probed.chains[&bench.at.ip()];
    let both = bench.issuers.iter().map(|der| certificate::fingerprint(der)).collect();
    assert_eq!(arrange_without(&both, served, &bench.trusted(2), now()).chain, *served);
    // Nor where it leads nowhere for one of the stores.
    let of = |store, count: usize| {
        Roots::from_der(store, bench.roots[..count].iter().map(Authority::der).collect::<Vec<_>>()).unwrap()
    };
    let stores = [of(Store::Apple, 2), of(Store::Java, 1)];
    let first = [certificate::fingerprint(&bench.issuers[0])].into();
    assert_eq!(arrange_without(&first, served, &stores[..1], now()).chain, [served[0].clone(), served[2].clone()]);
    assert_eq!(arrange_without(&first, served, &stores, now()).chain, *served);
}

#[tokio::test]
async fn a_way_of_which_nobody_knows_is_a_way() {
    let bench = Bench::new().await;
    bench.publish([true, true]);
    bench.publisher.put(PAGES[1], Page::Status(404));
    let (verdict, codes, probed) = bench.judged(2).await;
    assert_eq!(revoked(&probed), [1]);
    assert_eq!((verdict, codes), (Verdict::Warn, vec![Code::ChainRevokedCertificate]));
}
