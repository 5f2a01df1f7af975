//! An issuer that two roots have certified, one of which has taken that back: what an endpoint's page offers.

use std::sync::Arc;

use axum::http::StatusCode;
use model::{Host, endpoints::Scope};
use probe::{
    CertificateDer, Roots, certificate, file,
    lab::{Authority, Page, Publisher, Reply, RevocationList, Validity, Website, names_list},
};
use server::clock;

use crate::common::{
    House, SHOP, probed, program_with,
    web::{console, cookie, get},
};

const LIST: &str = "first.crl";

/// Two roots, the leaf, and its issuer as either has certified it. The first has revoked that.
fn made(publisher: &Publisher, host: &Host, key: &rcgen::KeyPair) -> ([Authority; 2], Vec<CertificateDer<'static>>) {
    let (now, list) = (clock::now(), publisher.url(LIST));
    let year = Validity::days(now, -100, 265);
    let [first, second] = ["First", "Second"].map(|name| Authority::root(name, year).unwrap());
    let middle = first.intermediate("Middle", year, |parameters| names_list(parameters, &list)).unwrap();
    let cross = middle.cross_signed_with(&second, |parameters| parameters.crl_distribution_points.clear()).unwrap();
    let leaf = middle.leaf(&[host], key, Validity::days(now, -1, 89), |_| ()).unwrap();
    let serial = hex::decode(certificate::read(&middle.der()).serial).unwrap();
    let revoked = first.revokes(&RevocationList::of(&[serial], Validity::days(now, -1, 6))).unwrap();
    publisher.put(LIST, Page::Body(revoked));
    ([first, second], vec![leaf, middle.der(), cross])
}

#[tokio::test]
async fn the_chain_without_what_is_revoked_is_offered_and_given() {
    let publisher = Publisher::start().await.unwrap();
    let (host, key) = ("around.lab.hufu.example".parse().unwrap(), rcgen::KeyPair::generate().unwrap());
    let (authorities, chain) = made(&publisher, &host, &key);
    let website = Website::serving(host, chain.clone(), &key, |_, _| Reply::page("200 OK", "")).await.unwrap();

    let mut house = House::open(None).await;
    let (actor, session) = house.first_account().await;
    let pem: String = authorities.iter().map(Authority::pem).collect();
    let fixed = [website.resolve(), publisher.resolve()].into_iter().collect();
    let probing = house.probing_elsewhere(fixed, Roots::from_pem(pem.as_bytes()).unwrap());
    house.services.endpoints = Arc::new(probing.clone());
    let entry = format!("https://{}", website.target());
    let (_, ids) = program_with(&house, SHOP, &[entry], &actor).await;
    probed(&probing, Scope::Endpoint(ids[0]), &actor).await;

    let (console, cookie) = (console(&house), cookie(&session));
    let page = get(&console, &format!("/endpoints/{}", ids[0]), &cookie).await.text();
    for part in ["data-code=\"chain.revoked_certificate\"", "data-fullchain"] {
        assert!(page.contains(part), "no {part} in {page}");
    }
    let answer = get(&console, &format!("/endpoints/{}/fullchain?address=127.0.0.1", ids[0]), &cookie).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    let without = [chain[0].clone(), chain[2].clone()];
    assert_eq!(answer.text(), file::to_pem(&without, None).as_str());
}
