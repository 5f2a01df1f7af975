//! What a certificate costs: to read, and to find a path for.

#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use model::{Host, Timestamp, trust::NoPath};
use probe::{
    CertificateDer, Roots, certificate, evaluate,
    lab::{Authority, Validity},
};
use rcgen::KeyPair;

fn now() -> Timestamp {
    "2026-05-01T00:00:00Z".parse().unwrap()
}

fn read(criterion: &mut Criterion) {
    let (chain, _) = chain();
    let root = &webpki_root_certs::TLS_SERVER_ROOT_CERTS[0];
    criterion.bench_function("certificate/read", |bencher| bencher.iter(|| certificate::read(black_box(&chain[0]))));
    criterion.bench_function("certificate/read self-signed", |bencher| {
        bencher.iter(|| certificate::read(black_box(root)));
    });
}

fn trust(criterion: &mut Criterion) {
    let (chain, root) = chain();
    let given = [Roots::from_pem(root.pem().as_bytes()).unwrap()];
    let mozilla = [Roots::mozilla()];
    assert!(evaluate(&chain, &given, now()).everywhere());
    assert_eq!(evaluate(&chain, &mozilla, now()).stores[0].path, Err(NoPath::MissingIssuer { position: 1 }));
    criterion.bench_function("trust/path found", |bencher| {
        bencher.iter(|| evaluate(black_box(&chain), &given, now()));
    });
    let five = [Roots::preinstalled()];
    criterion.bench_function("trust/no path explained, five stores", |bencher| {
        bencher.iter(|| evaluate(black_box(&chain), &five, now()));
    });
    criterion.bench_function("trust/no path explained", |bencher| {
        bencher.iter(|| evaluate(black_box(&chain), &mozilla, now()));
    });
}

/// A leaf and its intermediate, and the root above them.
fn chain() -> (Vec<CertificateDer<'static>>, Authority) {
    let host: Host = "www.example.com".parse().unwrap();
    let root = Authority::root("Root", Validity::days(now(), -100, 3_650)).unwrap();
    let intermediate = root.intermediate("Intermediate", Validity::days(now(), -50, 1_000), |_| ()).unwrap();
    let key = KeyPair::generate().unwrap();
    let leaf = intermediate.leaf(&[&host], &key, Validity::days(now(), -1, 89), |_| ()).unwrap();
    (vec![leaf, intermediate.der()], root)
}

criterion_group!(benches, read, trust);
criterion_main!(benches);
