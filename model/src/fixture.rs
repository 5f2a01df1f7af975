//! A healthy endpoint for tests: everything about it is fine until a test breaks it.

#![allow(clippy::unwrap_used)]

use std::net::IpAddr;

use crate::{
    Certificate, Fingerprint, Observation, Timestamp,
    certificate::{
        Digest, PublicKey, SignatureAlgorithm,
        profile::{BasicConstraints, KeyUsage, Presence, Profile, SerialShape},
    },
    endpoints::route::Route,
    http::{Hsts, HttpFacts, HttpLook, HttpPage, PlainAnswer, PlainLook},
    observation::{AddressObservation, Handshake, KeyPossession, Resolution, TlsVersion},
    tls::Suite,
    trust::{PathStep, Store, StoreAnswer, Trust, TrustByAddress},
};

/// The time at which everything is fine.
pub(crate) fn now() -> Timestamp {
    "2026-05-01T00:00:00Z".parse().unwrap()
}

pub(crate) fn leaf() -> Certificate {
    Certificate {
        sha256: Fingerprint::new([1; 32]),
        malformed: None,
        subject: "CN=a.example.com".to_owned(),
        common_name: Some("a.example.com".to_owned()),
        issuer: "CN=Intermediate".to_owned(),
        serial: "01".to_owned(),
        not_before: "2026-04-01T00:00:00Z".parse().unwrap(),
        not_after: "2026-06-29T23:59:59Z".parse().unwrap(),
        dns_names: vec!["a.example.com".to_owned()],
        ip_addresses: Vec::new(),
        names_left_out: 0,
        key: PublicKey::Ec { curve: "P-256".to_owned(), bits: 256 },
        signature: SignatureAlgorithm { name: "ecdsa-with-SHA256".to_owned(), digest: Digest::Strong },
        is_ca: false,
        self_signed: false,
        server_auth: Some(true),
        ca_issuers: vec!["http://authority.example/intermediate.cer".to_owned()],
        profile: None,
        crl_urls: Vec::new(),
        scts: None,
        must_staple: false,
    }
}

pub(crate) fn intermediate() -> Certificate {
    Certificate {
        sha256: Fingerprint::new([2; 32]),
        subject: "CN=Intermediate".to_owned(),
        common_name: Some("Intermediate".to_owned()),
        issuer: "CN=Root".to_owned(),
        not_before: "2020-01-01T00:00:00Z".parse().unwrap(),
        not_after: "2035-01-01T00:00:00Z".parse().unwrap(),
        dns_names: Vec::new(),
        is_ca: true,
        ..leaf()
    }
}

pub(crate) fn root() -> Certificate {
    Certificate {
        sha256: Fingerprint::new([3; 32]),
        subject: "CN=Root".to_owned(),
        common_name: Some("Root".to_owned()),
        self_signed: true,
        ..intermediate()
    }
}

/// How a server's certificate is made up that breaks no rule.
pub(crate) fn leaf_profile() -> Profile {
    Profile {
        version: 3,
        serial: SerialShape::Sound,
        subject_empty: false,
        signature_differs: false,
        authority_key: Presence::Present,
        subject_key: Presence::Present,
        alternative_names: Presence::Present,
        name_constraints: Presence::Absent,
        basic_constraints: Some(BasicConstraints { ca: false, path_length: None, critical: true }),
        key_usage: Some(KeyUsage::DIGITAL_SIGNATURE),
        unknown_critical: Vec::new(),
    }
}

/// The same of an authority's.
pub(crate) fn authority_profile() -> Profile {
    Profile {
        alternative_names: Presence::Absent,
        basic_constraints: Some(BasicConstraints { ca: true, path_length: Some(0), critical: true }),
        key_usage: Some(KeyUsage(KeyUsage::KEY_CERT_SIGN.0 | KeyUsage::CRL_SIGN.0)),
        ..leaf_profile()
    }
}

pub(crate) fn handshake() -> Handshake {
    Handshake {
        version: TlsVersion::Tls13,
        suite: Suite::TLS_AES_128_GCM_SHA256,
        group: Some("x25519".to_owned()),
        signature: Some("ecdsa_secp256r1_sha256".to_owned()),
        alpn: Some("h2".to_owned()),
        ocsp_stapled: false,
        client_certificate_requested: false,
        key_possession: KeyPossession::Proven,
    }
}

/// 9.9.9.1 and up: public, as those for documentation are not.
pub(crate) fn address(number: u8) -> IpAddr {
    IpAddr::from([9, 9, 9, number])
}

/// What one address shows: the leaf and its intermediate.
pub(crate) fn seen(number: u8) -> AddressObservation {
    AddressObservation {
        address: address(number),
        outcome: Ok(handshake()),
        chain: vec![leaf(), intermediate()],
        fetched: None,
        staple: None,
        lists: Vec::new(),
        delivered: None,
        protocols: None,
        tries: 1,
        connect_ms: Some(10),
        handshake_ms: Some(20),
    }
}

/// The same on so many addresses, from 9.9.9.1 on.
pub(crate) fn observation(addresses: u8) -> Observation {
    Observation {
        target: "a.example.com".parse().unwrap(),
        observed_at: now(),
        resolution: Resolution::Dns { took_ms: 5 },
        route: Route::default(),
        addresses: (1..=addresses).map(seen).collect(),
        addresses_left_out: 0,
        total_ms: 40,
        http: None,
    }
}

/// What the first of them answers: a page that browsers will ask for over HTTPS alone.
pub(crate) fn http() -> HttpFacts {
    let hsts = Some(Hsts { max_age_seconds: 31_536_000, include_subdomains: false });
    let page = HttpPage { status: 200, hsts, icp: Vec::new() };
    let answer = PlainAnswer { status: 301, location: Some("https://a.example.com/".to_owned()) };
    HttpFacts {
        app_id: None,
        looks: vec![HttpLook { address: address(1), page: Ok(page), without_referer: None, websocket: None }],
        plain: Some(PlainLook { address: address(1), answer: Ok(answer) }),
    }
}

/// The path that belongs to it, the root coming from the store.
pub(crate) fn trust() -> Trust {
    let step = |certificate: Certificate, position| PathStep {
        subject: certificate.subject,
        sha256: certificate.sha256,
        position,
    };
    let path = vec![step(leaf(), Some(0)), step(intermediate(), Some(1)), step(root(), None)];
    Trust { stores: vec![StoreAnswer { store: Store::Mozilla, path: Ok(path) }], ..Trust::default() }
}

pub(crate) fn trust_by_address(addresses: u8) -> TrustByAddress {
    (1..=addresses).map(|number| (address(number), trust())).collect()
}
