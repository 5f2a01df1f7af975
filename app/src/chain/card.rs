//! One card of the drawing.

use leptos::{either::Either, prelude::*};
use model::{
    Certificate, Fingerprint, Timestamp,
    fetched::{FetchFailure, FetchedCertificate},
    trust::Store,
};

use super::{
    layout::{Aside, Card, Misplaced, Role},
    source::Source,
};
use crate::{components::HostText, i18n::*, preferences::use_locale, time::Time, words, zone::use_zone};

/// The address of the page of a certificate.
pub type PageOf = fn(&Fingerprint) -> String;

/// A card of the chain.
#[component]
pub fn CardView(
    /// What to draw.
    card: Card,
    /// The certificate that is drawn, if it is served.
    certificate: Option<Certificate>,
    /// The certificate that is drawn, if it was fetched.
    fetched: Option<FetchedCertificate>,
    /// What is known of its revocation, if it is served.
    revocation: Vec<String>,
    /// The server's time when it answered.
    now: Timestamp,
    /// Where a known certificate has a page of its own.
    page_of: Option<PageOf>,
) -> impl IntoView {
    match (card, certificate) {
        (Card::Served { position, role, misplaced }, Some(certificate)) => {
            view! { <ServedCard position role misplaced certificate revocation now page_of/> }.into_any()
        }
        (Card::Missing { issuer, fetch_from, failure }, _) => {
            view! { <MissingCard issuer fetch_from failure/> }.into_any()
        }
        (Card::Fetched { whole_for, .. }, _) => {
            fetched.map(|fetched| view! { <FetchedCard fetched whole_for now page_of/> }).into_any()
        }
        (Card::InStore { subject, sha256, stores }, _) => view! { <StoreCard subject sha256 stores/> }.into_any(),
        (Card::NotServed { issuer }, _) => view! { <NotServedCard issuer/> }.into_any(),
        (Card::Served { .. }, None) => ().into_any(),
    }
}

/// A certificate that is served and not drawn among the others.
#[component]
pub fn AsideCard(
    /// Why it is not.
    why: Aside,
    /// Position as served, the leaf being 0.
    position: usize,
    /// The certificate.
    certificate: Certificate,
    /// What is known of its revocation.
    revocation: Vec<String>,
    /// The server's time when it answered.
    now: Timestamp,
    /// Where the certificate has a page of its own.
    page_of: Option<PageOf>,
) -> impl IntoView {
    let locale = use_locale();
    let kind = why.name();
    view! {
        <article class="card card-border bg-base-100" data-card=kind>
            <div class="card-body gap-2 p-4">
                <p class="text-sm">{Source::here().aside(why, locale)}</p>
                <Heading name=name_of(&certificate)/>
                <Facts position=Some(position) certificate revocation now page_of/>
            </div>
        </article>
    }
}

#[component]
fn ServedCard(
    position: usize,
    role: Role,
    misplaced: Option<Misplaced>,
    certificate: Certificate,
    revocation: Vec<String>,
    now: Timestamp,
    page_of: Option<PageOf>,
) -> impl IntoView {
    let locale = use_locale();
    let kind = match role {
        Role::Leaf => "leaf",
        Role::Intermediate => "intermediate",
        Role::Root { .. } => "root",
    };
    let place = misplaced.map_or(position, |misplaced| misplaced.expected);
    let label = match kind {
        // A self-signed leaf is the server's certificate above all.
        _ if kind == "leaf" || place == 0 => td_string!(locale, words.chain.leaf),
        "root" => td_string!(locale, words.chain.root),
        _ => td_string!(locale, words.chain.intermediate),
    };
    view! {
        <article class="card card-border bg-base-100" data-card=kind>
            <div class="card-body gap-2 p-4">
                <p class="text-sm">{label}</p>
                <Heading name=name_of(&certificate)/>
                {misplaced.map(|misplaced| view! { <WrongPosition position expected=misplaced.expected/> })}
                {match role {
                    Role::Root { stores, asked: true } => view! { <InStores stores/> }.into_any(),
                    _ => ().into_any(),
                }}
                <Facts position=Some(position) certificate revocation now page_of/>
            </div>
        </article>
    }
}

#[component]
fn FetchedCard(
    fetched: FetchedCertificate,
    whole_for: Vec<Store>,
    now: Timestamp,
    page_of: Option<PageOf>,
) -> impl IntoView {
    let locale = use_locale();
    let source = Source::here();
    let FetchedCertificate { certificate, url } = fetched;
    let said = if whole_for.is_empty() {
        source.fetched_help(locale).to_owned()
    } else {
        let stores = words::join(whole_for.iter().map(|store| words::trust::store(*store, locale)), locale);
        source.whole_with_it(&stores, locale)
    };
    view! {
        <article class="card border-2 border-dashed border-error bg-base-100" data-card="fetched">
            <div class="card-body gap-2 p-4">
                <p class="text-sm font-semibold text-error wrap-anywhere">{source.fetched(&url, locale)}</p>
                <Heading name=name_of(&certificate)/>
                <p class="text-sm">{said}</p>
                <Facts position=None certificate now page_of/>
            </div>
        </article>
    }
}

#[component]
fn MissingCard(issuer: String, fetch_from: Vec<String>, failure: Option<FetchFailure>) -> impl IntoView {
    let locale = use_locale();
    view! {
        <article class="card border-2 border-dashed border-error bg-base-100" data-card="missing">
            <div class="card-body gap-2 p-4">
                <p class="text-sm font-semibold text-error">{td!(locale, words.chain.missing)}</p>
                <Heading name=issuer/>
                <p class="text-sm">{Source::here().missing_help(locale)}</p>
                {failure.map(|failure| {
                    let why = words::connection::fetch_failure(&failure, locale);
                    view! { <p class="text-sm wrap-anywhere">{td_string!(locale, words.chain.not_fetched, why)}</p> }
                })}
                {(!fetch_from.is_empty()).then(|| view! {
                    <dl class=FACTS>
                        <dt class=LABEL>{td!(locale, words.chain.fetch_from)}</dt>
                        {fetch_from.into_iter().map(|url| view! { <dd class="wrap-anywhere">{url}</dd> }).collect_view()}
                    </dl>
                })}
            </div>
        </article>
    }
}

#[component]
fn StoreCard(subject: String, sha256: Fingerprint, stores: Vec<Store>) -> impl IntoView {
    let locale = use_locale();
    view! {
        <article class="card card-border bg-base-200" data-card="store">
            <div class="card-body gap-2 p-4">
                <p class="text-sm">{td!(locale, words.chain.root)}" · "{Source::here().not_served(locale)}</p>
                <Heading name=subject/>
                <InStores stores/>
                <dl class=FACTS>
                    <dt class=LABEL>"SHA-256"</dt>
                    <dd class="font-mono wrap-anywhere">{sha256.to_string()}</dd>
                </dl>
            </div>
        </article>
    }
}

#[component]
fn NotServedCard(issuer: String) -> impl IntoView {
    let locale = use_locale();
    view! {
        <article class="card border border-dashed border-base-content/60 bg-base-100" data-card="not-served">
            <div class="card-body gap-2 p-4">
                <p class="text-sm">{td!(locale, words.chain.issuer)}" · "{Source::here().not_served(locale)}</p>
                <Heading name=issuer/>
            </div>
        </article>
    }
}

#[component]
fn Heading(name: String) -> impl IntoView {
    view! { <h3 class="font-semibold"><HostText text=name/></h3> }
}

#[component]
fn WrongPosition(position: usize, expected: usize) -> impl IntoView {
    let locale = use_locale();
    // Positions count from 0, people from 1.
    let (number, expected) = (position.saturating_add(1), expected.saturating_add(1));
    view! {
        <p class="text-sm font-semibold text-warning">
            {Source::here().wrong_position(number, expected, locale)}
        </p>
    }
}

#[component]
fn InStores(stores: Vec<Store>) -> impl IntoView {
    let locale = use_locale();
    let said = if stores.is_empty() {
        td_string!(locale, words.chain.not_in_store).to_owned()
    } else {
        let stores = words::join(stores.iter().map(|store| words::trust::store(*store, locale)), locale);
        td_string!(locale, words.chain.in_store_of, stores = stores)
    };
    view! { <p class="text-sm">{said}</p> }
}

/// What a certificate says.
#[component]
fn Facts(
    /// As served; none where it is not.
    position: Option<usize>,
    certificate: Certificate,
    /// What is known of its revocation.
    #[prop(optional)]
    revocation: Vec<String>,
    now: Timestamp,
    page_of: Option<PageOf>,
) -> impl IntoView {
    let locale = use_locale();
    let transparency = words::revocation::transparency(&certificate, locale);
    let served_as = position.map(|position| Source::here().served_as(position.saturating_add(1), locale));
    if let Some(detail) = certificate.malformed {
        return view! { <p class="text-sm text-error wrap-anywhere">{td_string!(locale, words.chain.malformed, detail)}</p> }
            .into_any();
    }
    let Certificate { sha256, subject, issuer, not_before, not_after, key, signature, .. } = certificate;
    let left_out = certificate.names_left_out;
    let names: Vec<_> =
        certificate.dns_names.into_iter().chain(certificate.ip_addresses.iter().map(ToString::to_string)).collect();
    view! {
        <dl class=FACTS>
            <dt class=LABEL>{td!(locale, words.chain.subject)}</dt>
            <dd class="wrap-anywhere">{subject}</dd>
            <dt class=LABEL>{td!(locale, words.chain.issuer)}</dt>
            <dd class="wrap-anywhere">{issuer}</dd>
            <dt class=LABEL>{td!(locale, words.chain.validity)}</dt>
            <dd><Validity not_before not_after now/></dd>
            {(!names.is_empty()).then(|| view! {
                <dt class=LABEL>{td!(locale, words.chain.names)}</dt>
                <dd><Names names left_out/></dd>
            })}
            <dt class=LABEL>{td!(locale, words.chain.key)}</dt>
            <dd>{key.to_string()}</dd>
            <dt class=LABEL>{td!(locale, words.chain.signature)}</dt>
            <dd class="wrap-anywhere">{signature.name}</dd>
            {transparency.map(|said| view! {
                <dt class=LABEL>{td!(locale, words.chain.transparency)}</dt>
                <dd>{said}</dd>
            })}
            {(!revocation.is_empty()).then(|| view! {
                <dt class=LABEL>{td!(locale, words.chain.revocation)}</dt>
                <dd data-revocation="">
                    {revocation.into_iter().map(|said| view! { <span class="block wrap-anywhere">{said}</span> }).collect_view()}
                </dd>
            })}
            <dt class=LABEL>"SHA-256"</dt>
            <dd class="font-mono wrap-anywhere"><Digest sha256 page_of/></dd>
            {served_as.map(|served_as| view! {
                <dt class=LABEL>{td!(locale, words.chain.position)}</dt>
                <dd>{served_as}</dd>
            })}
        </dl>
    }
    .into_any()
}

/// The fingerprint; where there is a page of the certificate, it leads there.
#[component]
fn Digest(sha256: Fingerprint, page_of: Option<PageOf>) -> impl IntoView {
    match page_of {
        Some(page_of) => Either::Left(view! { <a class="link" href=page_of(&sha256)>{sha256.to_string()}</a> }),
        None => Either::Right(sha256.to_string()),
    }
}

/// From when to when, and how far off the end is.
#[component]
pub fn Validity(
    /// Start of validity.
    not_before: Timestamp,
    /// End of validity.
    not_after: Timestamp,
    /// The server's time when it answered.
    now: Timestamp,
) -> impl IntoView {
    let locale = use_locale();
    let zone = use_zone();
    let (at, class) = match (now < not_before, now > not_after) {
        (true, _) => (not_before, "font-semibold text-error"),
        (false, true) => (not_after, "font-semibold text-error"),
        (false, false) => (not_after, ""),
    };
    let label = match (now < not_before, now > not_after) {
        (true, _) => td_string!(locale, words.chain.begins),
        (false, true) => td_string!(locale, words.chain.expired),
        (false, false) => td_string!(locale, words.chain.expires),
    };
    view! {
        {td_string!(locale, words.chain.validity_span, from = zone.write(not_before), to = zone.write(not_after))}
        <br/>
        <span class=class>{label}" "<Time at now/></span>
    }
}

/// One name in full; of many, the count, with all that were kept behind it.
#[component]
fn Names(
    names: Vec<String>,
    /// How many were not kept.
    left_out: u32,
) -> impl IntoView {
    let locale = use_locale();
    if let [name] = names.as_slice() {
        return view! { <HostText text=name.clone()/> }.into_any();
    }
    let count = names.len().saturating_add(left_out as usize);
    view! {
        <details>
            <summary class="cursor-pointer">{td_string!(locale, words.chain.names_count, count)}</summary>
            <ul>
                {names.into_iter().map(|name| view! { <li><HostText text=name/></li> }).collect_view()}
                {(left_out > 0).then(|| view! { <li>{td_string!(locale, words.evidence.more, count = left_out)}</li> })}
            </ul>
        </details>
    }
    .into_any()
}

/// The common name where there is one: distinguished names are long.
fn name_of(certificate: &Certificate) -> String {
    let name = certificate.common_name.as_ref().filter(|name| !name.is_empty()).unwrap_or(&certificate.subject);
    if name.is_empty() { certificate.sha256.to_string() } else { name.clone() }
}

/// A list of labels and values.
pub const FACTS: &str = "grid grid-cols-1 gap-x-4 gap-y-1 text-sm sm:grid-cols-[max-content_1fr]";
/// A label in it.
pub const LABEL: &str = "font-semibold";
