//! What the rules cost: to read what people type, to decide on a URL, and to judge an observation.

#![allow(clippy::unwrap_used, missing_docs)]

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use model::{
    Api, Certificate, DomainEntry, Fingerprint, Host, HostPort, IcpNumber, Limits, Observation, Timestamp,
    certificate::{Digest, PublicKey, SignatureAlgorithm},
    diagnose,
    diagnose::Context,
    domain_entry::{judge_entry, judge_list},
    endpoints::route::Route,
    explain::explain,
    observation::{AddressObservation, Handshake, KeyPossession, Resolution, TlsVersion},
    tls::Suite,
    trust::{NoPath, PathStep, Store, StoreAnswer, Trust, TrustByAddress},
    url_check::{WssPorts, would_allow},
};

fn parsing(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("parse");
    for host in ["api.example.com", "中国.cn"] {
        group.bench_with_input(BenchmarkId::new("host", host), host, |b, host| {
            b.iter(|| black_box(host).parse::<Host>())
        });
    }
    let host: Host = "a.b.example.com.cn".parse().unwrap();
    group.bench_function("registrable domain", |b| b.iter(|| black_box(&host).registrable_domain()));
    group.bench_function("target", |b| b.iter(|| black_box("https://api.example.com:8443/v1").parse::<HostPort>()));
    group.bench_function("icp number", |b| b.iter(|| black_box("京ICP备11041704号-13").parse::<IcpNumber>()));
    group.finish();
}

fn entries(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("entry");
    for line in ["https://api.example.com", "http：//me@API.example.com.:443/v1?x"] {
        group.bench_with_input(BenchmarkId::new("judge", line), line, |b, line| {
            b.iter(|| judge_entry(Api::Request, black_box(line)));
        });
    }
    let lines: Vec<_> = (0..200).map(|number| format!("https://a{number}.example.com")).collect();
    let limits = Limits::new(200).unwrap();
    group.bench_function("judge a paste of 200", |b| {
        b.iter(|| judge_list(Api::Request, lines.iter().map(String::as_str), &[], black_box(&limits)));
    });
    group.finish();
}

fn urls(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("would_allow");
    for count in [20, 200] {
        let entries: Vec<_> = (0..count)
            .map(|number| DomainEntry::parse(Api::Request, &format!("https://a{number}.example.com")).unwrap())
            .collect();
        for (case, url) in [
            ("last entry", format!("https://a{}.example.com/v1?x=1", count - 1)),
            ("explicit 443", "https://a0.example.com:443/v1?x=1".to_owned()),
            ("no entry", "https://www.example.org/".to_owned()),
        ] {
            group.bench_with_input(BenchmarkId::new(case, count), &url, |b, url| {
                b.iter(|| would_allow(Api::Request, black_box(url), &entries, WssPorts::Any));
            });
        }
    }
    group.finish();
}

fn judging(criterion: &mut Criterion) {
    let now = "2026-05-01T00:00:00Z".parse().unwrap();
    let mut group = criterion.benchmark_group("diagnose");
    for addresses in [1, 8] {
        let (observation, healthy) = (observation(addresses, now), trust(addresses, Ok(path())));
        let broken = trust(addresses, Err(NoPath::MissingIssuer { position: 1 }));
        for (case, trust) in [("healthy", healthy), ("broken", broken)] {
            group.bench_with_input(BenchmarkId::new(case, addresses), &observation, |b, observation| {
                b.iter(|| diagnose(black_box(observation), &trust, Context::default(), now));
            });
        }
    }
    group.finish();
}

fn explaining(criterion: &mut Criterion) {
    let log = "request:fail errcode:-1 error_msg:nothing known\n".repeat(1000) + "-202:net::ERR_CERT_AUTHORITY_INVALID";
    criterion
        .bench_function("explain/one line", |b| b.iter(|| explain(black_box("request:fail url not in domain list"))));
    criterion.bench_function("explain/a log of 48 KiB", |b| b.iter(|| explain(black_box(&log))));
}

fn certificate(number: u8, not_after: &str) -> Certificate {
    Certificate {
        sha256: Fingerprint::new([number; 32]),
        malformed: None,
        subject: format!("CN={number}"),
        common_name: Some(number.to_string()),
        issuer: format!("CN={}", number + 1),
        serial: "01".to_owned(),
        not_before: "2026-04-01T00:00:00Z".parse().unwrap(),
        not_after: not_after.parse().unwrap(),
        dns_names: vec!["*.example.com".to_owned(), "example.com".to_owned()],
        ip_addresses: Vec::new(),
        names_left_out: 0,
        key: PublicKey::Ec { curve: "P-256".to_owned(), bits: 256 },
        signature: SignatureAlgorithm { name: "ecdsa-with-SHA256".to_owned(), digest: Digest::Strong },
        is_ca: number > 0,
        self_signed: false,
        server_auth: Some(true),
        ca_issuers: Vec::new(),
        profile: None,
        crl_urls: Vec::new(),
        scts: None,
        must_staple: false,
    }
}

fn observation(addresses: u8, observed_at: Timestamp) -> Observation {
    let handshake = Handshake {
        version: TlsVersion::Tls13,
        suite: Suite::TLS_AES_128_GCM_SHA256,
        group: None,
        signature: None,
        alpn: None,
        ocsp_stapled: false,
        client_certificate_requested: false,
        key_possession: KeyPossession::Proven,
    };
    let seen = |number: u8| AddressObservation {
        address: [9, 9, 9, number].into(),
        outcome: Ok(handshake.clone()),
        chain: vec![certificate(0, "2026-06-29T00:00:00Z"), certificate(1, "2035-01-01T00:00:00Z")],
        fetched: None,
        staple: None,
        lists: Vec::new(),
        delivered: None,
        protocols: None,
        tries: 1,
        connect_ms: Some(1),
        handshake_ms: Some(1),
    };
    Observation {
        target: "api.example.com".parse().unwrap(),
        observed_at,
        resolution: Resolution::Dns { took_ms: 1 },
        route: Route::default(),
        addresses: (0..addresses).map(seen).collect(),
        addresses_left_out: 0,
        total_ms: 3,
        http: None,
    }
}

fn path() -> Vec<PathStep> {
    let step = |number: u8, position| PathStep {
        subject: format!("CN={number}"),
        sha256: Fingerprint::new([number; 32]),
        position,
    };
    vec![step(0, Some(0)), step(1, Some(1)), step(2, None)]
}

fn trust(addresses: u8, path: Result<Vec<PathStep>, NoPath>) -> TrustByAddress {
    let answer = Trust { stores: vec![StoreAnswer { store: Store::Mozilla, path }], ..Trust::default() };
    (0..addresses).map(|number| ([9, 9, 9, number].into(), answer.clone())).collect()
}

criterion_group!(benches, parsing, entries, urls, judging, explaining);
criterion_main!(benches);
