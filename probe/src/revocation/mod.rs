//! Whether the issuers of what a server shows have revoked it: by the answer that the server staples, and by
//! the lists that the certificates name. Whatever is signed is verified; what cannot be had is a fact too.

mod list;
mod ocsp;
mod shelf;
mod signed;

use std::{collections::BTreeMap, net::IpAddr, sync::Arc};

use futures::future::join_all;
use model::{
    Timestamp,
    observation::AddressObservation,
    revocation::{ListAnswer, ListFailure, Listed},
    trust::PathStep,
};
use rustls::pki_types::CertificateDer;
use tokio::time::Instant;
use url::Url;

use self::shelf::Shelf;
use crate::{
    certificate,
    evaluate::{evaluate, own},
    issuers::{Network, http},
    roots::Roots,
    signature::{Verification, verify_certificate},
};

/// Looks up what was revoked, and remembers the lists.
#[derive(Debug)]
pub(crate) struct Revocations {
    stores: Arc<[Roots]>,
    shelf: Shelf,
}

/// What the addresses of a target have shown, each by its own.
#[derive(Clone, Copy)]
pub(crate) struct Shown<'p> {
    pub(crate) chains: &'p BTreeMap<IpAddr, Vec<CertificateDer<'static>>>,
    pub(crate) fetched: &'p BTreeMap<IpAddr, Vec<CertificateDer<'static>>>,
    pub(crate) staples: &'p BTreeMap<IpAddr, Vec<u8>>,
}

/// A served certificate, and the one whose key has signed it.
#[derive(Clone, Debug)]
struct Link {
    position: usize,
    subject: CertificateDer<'static>,
    issuer: CertificateDer<'static>,
}

impl Revocations {
    /// For chains that lead to `stores`, whose roots sign what is right below them.
    pub(crate) fn for_stores(stores: Vec<Roots>) -> Self {
        Self { stores: stores.into(), shelf: Shelf::default() }
    }

    /// Forgets the lists that were fetched, and what could not be.
    pub(crate) fn forget(&self) {
        self.shelf.clear();
    }

    /// Adds to the facts what is known of revocation at the time `now`. Whatever the lists take, it ends
    /// by the deadline.
    pub(crate) async fn look_up(
        &self,
        seen: &mut [AddressObservation],
        shown: Shown<'_>,
        network: &Network<'_>,
        now: Timestamp,
        deadline: Instant,
    ) {
        // The addresses of a name nearly always serve the same chain.
        let mut known: Vec<(&Vec<CertificateDer<'static>>, Vec<Link>, Vec<Listed>)> = Vec::new();
        for observation in seen {
            let Some(chain) = shown.chains.get(&observation.address) else { continue };
            if known.iter().all(|(other, ..)| *other != chain) {
                let links = self.links(chain, shown.fetched.get(&observation.address), now).await;
                let mut asking = Vec::new();
                for link in &links {
                    asking.push(self.listed(link, network, now, deadline));
                }
                let mut lists = join_all(asking).await;
                // Of an issuer nobody asks why it names none.
                let names_none = ListAnswer::Unknown { why: ListFailure::NoUrl };
                let own = own(chain);
                lists.retain(|listed| listed.position == own || listed.answer != names_none);
                known.push((chain, links, lists));
            }
            let Some((_, links, lists)) = known.iter().find(|(other, ..)| *other == chain) else { continue };
            observation.lists.clone_from(lists);
            let staple = shown.staples.get(&observation.address);
            observation.staple = staple.map(|response| ocsp::read(response, links.first(), now));
        }
    }

    /// Signatures may be checked by the dozen: not where others wait for the network.
    async fn links(
        &self,
        chain: &[CertificateDer<'static>],
        fetched: Option<&Vec<CertificateDer<'static>>>,
        now: Timestamp,
    ) -> Vec<Link> {
        let (chain, fetched) = (chain.to_vec(), fetched.cloned().unwrap_or_default());
        let stores = Arc::clone(&self.stores);
        let linking = tokio::task::spawn_blocking(move || links(&chain, &fetched, &stores, now));
        linking.await.unwrap_or_default()
    }

    /// What the first of its lists that can be had says of a certificate.
    async fn listed(&self, link: &Link, network: &Network<'_>, now: Timestamp, deadline: Instant) -> Listed {
        let Link { position, subject, issuer } = link;
        let said = certificate::read(subject).crl_urls;
        let urls = said.iter().filter_map(|text| Some((text, Url::parse(text).ok()?)));
        let urls: Vec<_> = urls.filter(|(_, url)| http::is_plain_http(url)).take(MOST_URLS).collect();
        let mut why = if said.is_empty() { ListFailure::NoUrl } else { ListFailure::NotHttp };
        let mut asked = None;
        for (text, url) in urls {
            asked = Some(text.clone());
            let list = self.shelf.list(&url, issuer, network, now, deadline).await;
            match list.map(|list| list.answer(subject, &said, now)) {
                Ok(ListAnswer::Unknown { why: other }) | Err(other) => why = other,
                Ok(answer) => return Listed { position: *position, url: asked, answer },
            }
        }
        Listed { position: *position, url: asked, answer: ListAnswer::Unknown { why } }
    }
}

/// The links of the paths that `stores` find, those next to the leaf first. Where none has a path, of whoever
/// has signed whom: what is out of date may be revoked besides.
fn links(
    chain: &[CertificateDer<'static>],
    fetched: &[CertificateDer<'static>],
    stores: &[Roots],
    at: Timestamp,
) -> Vec<Link> {
    let links = by_paths(chain, fetched, stores, at);
    if links.is_empty() { by_signatures(chain, fetched, stores) } else { links }
}

/// Of several served certificates with one key, those that a path leads over: first the paths that the stores
/// answer with, then the others, which may lead around what is revoked.
fn by_paths(
    chain: &[CertificateDer<'static>],
    fetched: &[CertificateDer<'static>],
    stores: &[Roots],
    at: Timestamp,
) -> Vec<Link> {
    let all = [chain, fetched].concat();
    let trust = evaluate(&all, stores, at);
    let best: Vec<_> = trust.stores.iter().filter_map(|answer| answer.path.as_ref().ok()).collect();
    let others: Vec<_> = trust.alternatives.values().flatten().collect();
    let der = |step: &PathStep| match step.position {
        Some(position) => all.get(position).cloned(),
        None => {
            stores.iter().flat_map(Roots::iter).find(|root| root.sha256 == step.sha256).map(|root| root.der.clone())
        }
    };
    let mut links: Vec<Link> = Vec::new();
    for (step, above) in pairs(&best).into_iter().chain(pairs(&others)) {
        let Some(position) = step.position.filter(|position| *position < chain.len()) else { continue };
        if links.len() == MOST_LINKS || links.iter().any(|link| link.position == position) {
            continue;
        }
        let Some(issuer) = der(above) else { continue };
        links.push(Link { position, subject: chain[position].clone(), issuer });
    }
    links
}

/// Each step of `paths` and the one above it, those next to the leaf first.
fn pairs<'p>(paths: &[&'p Vec<PathStep>]) -> Vec<(&'p PathStep, &'p PathStep)> {
    let longest = paths.iter().map(|path| path.len()).max().unwrap_or_default();
    let at = |height: usize| paths.iter().filter_map(move |path| Some((path.get(height)?, path.get(height + 1)?)));
    (0..longest).flat_map(at).collect()
}

/// From the server's own certificate upwards, as far as the issuers are known and what they have signed
/// is served.
fn by_signatures(
    chain: &[CertificateDer<'static>],
    fetched: &[CertificateDer<'static>],
    stores: &[Roots],
) -> Vec<Link> {
    let mut links: Vec<Link> = Vec::new();
    let mut next = Some(own(chain));
    while let Some(position) = next.filter(|_| links.len() < MOST_LINKS) {
        let Some(issuer) = issuer_of(position, chain, fetched, stores) else { break };
        let subject = chain[position].clone();
        next = chain.iter().position(|der| *der == issuer);
        if links.iter().any(|link| link.position == position) {
            break;
        }
        links.push(Link { position, subject, issuer });
    }
    links
}

/// The certificate, served, fetched or a root, whose key has signed the one at `position`; none of what has
/// signed itself, which nobody revokes.
fn issuer_of(
    position: usize,
    chain: &[CertificateDer<'static>],
    fetched: &[CertificateDer<'static>],
    stores: &[Roots],
) -> Option<CertificateDer<'static>> {
    let subject = certificate::parse(chain.get(position)?).ok()?;
    let name = subject.issuer().as_raw();
    if subject.subject().as_raw() == name {
        return None;
    }
    let roots = stores.iter().flat_map(|store| store.with_subject(name)).map(|root| &root.der);
    let has_signed = |candidate: &&CertificateDer<'static>| {
        certificate::parse(candidate).is_ok_and(|issuer| {
            issuer.subject().as_raw() == name
                && verify_certificate(&subject, issuer.public_key()) == Verification::Valid
        })
    };
    chain.iter().chain(fetched).chain(roots).find(has_signed).cloned()
}

/// How something that is good for a time stands to a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    TooEarly,
    InTime,
    TooLate,
}

/// The clocks of authorities and ours may differ a little.
fn standing(this_update: Timestamp, next_update: Timestamp, now: Timestamp) -> Standing {
    let now = now.as_second();
    if now.saturating_add(SKEW_SECONDS) < this_update.as_second() {
        Standing::TooEarly
    } else if now.saturating_sub(SKEW_SECONDS) > next_update.as_second() {
        Standing::TooLate
    } else {
        Standing::InTime
    }
}

const SKEW_SECONDS: i64 = 5 * 60;
/// The server's own and those above it, on all paths together; one path of a public chain has two or three.
const MOST_LINKS: usize = 8;
/// Lists that one certificate names.
const MOST_URLS: usize = 2;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use model::trust::Store;

    use super::*;
    use crate::lab::{Authority, Validity};

    fn now() -> Timestamp {
        "2026-05-01T00:00:00Z".parse().unwrap()
    }

    #[test]
    fn a_clock_may_be_off_by_five_minutes() {
        let at = |text: &str| -> Timestamp { text.parse().unwrap() };
        let (from, to) = (at("2026-05-01T00:00:00Z"), at("2026-05-08T00:00:00Z"));
        for (moment, expected) in [
            ("2026-04-30T23:54:59Z", Standing::TooEarly),
            ("2026-04-30T23:55:00Z", Standing::InTime),
            ("2026-05-08T00:05:00Z", Standing::InTime),
            ("2026-05-08T00:05:01Z", Standing::TooLate),
        ] {
            assert_eq!(standing(from, to, at(moment)), expected, "{moment}");
        }
        for moment in [Timestamp::MIN, Timestamp::MAX] {
            standing(Timestamp::MIN, Timestamp::MAX, moment);
        }
    }

    #[test]
    fn issuers_are_found_in_any_order_and_by_their_signature() {
        let year = Validity::days(now(), -100, 265);
        let root = Authority::root("Root", year).unwrap();
        let namesake = Authority::root("Middle", year).unwrap();
        let middle = root.intermediate("Middle", year, |_| ()).unwrap();
        let key = rcgen::KeyPair::generate().unwrap();
        let leaf = middle.leaf(&[&"a.example".parse().unwrap()], &key, year, |_| ()).unwrap();
        let stores = [Roots::from_pem(root.pem().as_bytes()).unwrap()];
        let positions = |chain: &[CertificateDer<'static>], fetched: &[CertificateDer<'static>]| -> Vec<usize> {
            links(chain, fetched, &stores, now()).iter().map(|link| link.position).collect()
        };
        assert_eq!(positions(&[leaf.clone(), middle.der()], &[]), [0, 1]);
        assert_eq!(positions(&[leaf.clone(), namesake.der(), middle.der(), root.der()], &[]), [0, 2]);
        assert_eq!(positions(std::slice::from_ref(&leaf), &[middle.der()]), [0]);
        for chain in [vec![leaf.clone(), namesake.der()], vec![leaf], vec![root.der()], Vec::new()] {
            assert!(positions(&chain, &[]).is_empty(), "{}", chain.len());
        }
    }
    #[test]
    fn of_several_with_one_key_those_are_asked_about_that_a_path_needs() {
        let year = Validity::days(now(), -100, 265);
        let root = Authority::root("Root", year).unwrap();
        let other = Authority::root("Other", year).unwrap();
        let middle = root.intermediate("Middle", year, |_| ()).unwrap();
        let cross = middle.cross_signed_by(&other).unwrap();
        let key = rcgen::KeyPair::generate().unwrap();
        let leaf = middle.leaf(&[&"a.example".parse().unwrap()], &key, year, |_| ()).unwrap();
        let store = |store, root: &Authority| Roots::from_der(store, vec![root.der()]).unwrap();
        let (apple, java) = (store(Store::Apple, &root), store(Store::Java, &other));
        let (first, second) = ([leaf.clone(), middle.der(), cross.clone()], [leaf.clone(), cross, middle.der()]);
        let found =
            |chain: &[CertificateDer<'static>], stores: &[Roots], at| -> Vec<(usize, CertificateDer<'static>)> {
                links(chain, &[], stores, at).into_iter().map(|link| (link.position, link.issuer)).collect()
            };
        let one = [apple.clone()];
        assert_eq!(found(&first, &one, now()), [(0, middle.der()), (1, root.der())]);
        assert_eq!(found(&second, &one, now()), [(0, middle.der()), (2, root.der())]);
        let both = found(&second, &[apple, java], now());
        assert_eq!(both, [(0, middle.der()), (2, root.der()), (1, other.der())]);
        // One store with both roots has a path over either.
        let two = [Roots::from_der(Store::Apple, vec![root.der(), other.der()]).unwrap()];
        assert_eq!(found(&first, &two, now()), [(0, middle.der()), (1, root.der()), (2, other.der())]);
        assert_eq!(found(&second, &two, now()), [(0, second[1].clone()), (1, other.der()), (2, root.der())]);
        // Without a path, signatures tell.
        let later = "2036-05-01T00:00:00Z".parse().unwrap();
        assert_eq!(found(&first, &one, later), [(0, middle.der()), (1, root.der())]);
        assert_eq!(found(&[leaf, middle.der()], &[store(Store::Apple, &other)], now()), [(0, middle.der())]);
    }
}
