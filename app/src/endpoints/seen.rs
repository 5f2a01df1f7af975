//! What the last probe of an endpoint has seen: will it work, what is wrong, chains, addresses, names.

use std::net::IpAddr;

use leptos::prelude::*;
use model::{
    Code, Observation, Timestamp, Verdicts,
    endpoints::suites::ListedSuites,
    fetched::Fetched,
    observation::{AddressObservation, Resolution},
    revocation::ListAnswer,
    service::EndpointId,
    trust::{Trust, TrustByAddress},
};

use super::{addresses::Addresses, chains::by_chain, suites::Suites};
use crate::{
    certificates,
    chain::{
        ChainDrawing,
        card::{FACTS, LABEL},
        layout::{Card, Layout},
        source::Source,
    },
    findings::{told::Told, view::FindingList},
    http,
    i18n::*,
    preferences::use_locale,
    verdict::VerdictCards,
    words,
    zone::use_zone,
};

/// Everything that was seen.
#[component]
pub fn Seen(
    /// Of which endpoint.
    endpoint: EndpointId,
    /// Per platform.
    platforms: Verdicts,
    /// Most severe first.
    findings: Vec<Told>,
    /// The facts.
    observation: Observation,
    /// What the stores said of the chain of each address.
    trust: TrustByAddress,
    /// The suites, as they were listed last.
    suites: Option<ListedSuites>,
    /// The server's time when it answered.
    now: Timestamp,
) -> impl IntoView {
    let locale = use_locale();
    let goes_around = findings.iter().any(|told| told.code == Code::ChainRevokedCertificate);
    view! {
        <section class="panel flex flex-col gap-3">
            <h2 class="text-lg font-semibold">{td!(locale, endpoints.platforms)}</h2>
            <VerdictCards verdicts=platforms/>
        </section>
        <section class="panel flex flex-col gap-3">
            <h2 class="text-lg font-semibold">{td!(locale, endpoints.findings)}</h2>
            <FindingList findings now host=observation.target.to_string()/>
        </section>
        <Chains endpoint observation=observation.clone() trust goes_around now/>
        <Addresses endpoint addresses=observation.addresses.clone()/>
        {suites.map(|listed| view! { <Suites listed now/> })}
        {observation.http.as_ref().map(|facts| view! { <OverHttp lines=http::lines(facts, locale)/> })}
        <NameResolution observation/>
    }
    .into_any()
}

/// Says what to do next.
#[component]
pub fn NeverProbed() -> impl IntoView {
    let locale = use_locale();
    view! {
        <section class="alert flex-col items-start">
            <h2 class="font-semibold">{td!(locale, endpoints.never.title)}</h2>
            <p class="max-w-prose">{td!(locale, endpoints.never.body)}</p>
        </section>
    }
}

/// One drawing per distinct chain, with what the stores said of that very chain.
#[component]
fn Chains(
    endpoint: EndpointId,
    observation: Observation,
    trust: TrustByAddress,
    /// Whether something is revoked that no path needs.
    goes_around: bool,
    now: Timestamp,
) -> impl IntoView {
    let locale = use_locale();
    let zone = use_zone();
    let chains = by_chain(&observation);
    let count = chains.len();
    let drawings = chains
        .into_iter()
        .map(|observation| {
            // Whoever serves the same chain is trusted alike.
            let trust = observation.addresses.first().and_then(|seen| trust.get(&seen.address)).cloned();
            let addresses: Vec<_> = observation.addresses.iter().map(|seen| seen.address.to_string()).collect();
            let on = (count > 1).then(|| {
                view! {
                    <h3 class="font-semibold">
                        {move || td_string!(locale, endpoints.chain.on, addresses = words::join(&addresses, locale))}
                    </h3>
                }
            });
            let first = observation.addresses.into_iter().next();
            let revocation = first.as_ref().map(|seen| words::revocation::by_position(seen, zone, locale));
            let mended = first
                .as_ref()
                .filter(|seen| is_mended(seen, trust.as_ref(), goes_around))
                .map(|seen| seen.address);
            let (chain, fetched) = first.map(|seen| (seen.chain, seen.fetched)).unwrap_or_default();
            view! {
                {on}
                {mended.map(|address| view! { <FullChain endpoint address/> })}
                <ChainDrawing source=Source::Server chain trust=trust.unwrap_or_default() fetched revocation=revocation.unwrap_or_default() now page_of=certificates::page_of/>
            }
        })
        .collect_view();
    view! {
        <section class="panel flex flex-col gap-3">
            <h2 class="text-lg font-semibold">{td!(locale, endpoints.chain.title)}</h2>
            {(count == 0).then(|| view! { <p>{td!(locale, endpoints.chain.none)}</p> })}
            {(count > 1).then(|| view! { <p>{td_string!(locale, endpoints.chain.several, count)}</p> })}
            {drawings}
        </section>
    }
}

/// Whether the chain to send is whole and another than the one that is served.
fn is_mended(seen: &AddressObservation, trust: Option<&Trust>, goes_around: bool) -> bool {
    if seen.fetched.as_ref().is_some_and(Fetched::is_whole) {
        return true;
    }
    let Some(trust) = trust.filter(|trust| !trust.trusting().is_empty()) else { return false };
    let is_revoked = seen.lists.iter().any(|listed| matches!(listed.answer, ListAnswer::Revoked(_)));
    let is_misplaced = |card: &Card| matches!(card, Card::Served { misplaced: Some(_), .. });
    (goes_around && is_revoked) || Layout::new(&seen.chain, trust).cards.iter().any(is_misplaced)
}

/// Offers what the server should have for its file of certificates.
#[component]
fn FullChain(endpoint: EndpointId, address: IpAddr) -> impl IntoView {
    let locale = use_locale();
    let href = format!("/endpoints/{endpoint}/fullchain?address={address}");
    view! {
        <p class="flex flex-wrap items-center gap-x-4 gap-y-2">
            // The router leaves alone what is external, and so the browser saves it.
            <a class="btn btn-primary btn-sm" href=href download rel="external" data-fullchain="">
                {td!(locale, endpoints.chain.full)}
            </a>
            <span class="text-sm max-w-prose">{td!(locale, endpoints.chain.full_help)}</span>
        </p>
    }
}

/// What it answers once the handshake is done.
#[component]
fn OverHttp(lines: Vec<http::Line>) -> impl IntoView {
    let locale = use_locale();
    let lines = lines.into_iter().map(|(label, value)| {
        view! {
            <dt class=LABEL>{label}</dt>
            <dd class="wrap-anywhere">{value}</dd>
        }
    });
    view! {
        <section class="panel flex flex-col gap-3" data-http="">
            <h2 class="text-lg font-semibold">{td!(locale, endpoints.http.title)}</h2>
            <p class="text-sm max-w-prose">{td!(locale, endpoints.http.intro)}</p>
            <dl class=FACTS>{lines.collect_view()}</dl>
        </section>
    }
    .into_any()
}

#[component]
fn NameResolution(observation: Observation) -> impl IntoView {
    let locale = use_locale();
    let Observation { resolution, addresses_left_out, total_ms, .. } = observation;
    view! {
        <section class="panel flex flex-col gap-3">
            <h2 class="text-lg font-semibold">{td!(locale, endpoints.resolution.title)}</h2>
            <p>{resolution_words(&resolution, locale)}</p>
            {words::connection::left_out(addresses_left_out, locale).map(|said| view! { <p>{said}</p> })}
            <p class="text-sm text-base-content/80">{td_string!(locale, endpoints.resolution.total, count = total_ms)}</p>
        </section>
    }
}

fn resolution_words(resolution: &Resolution, locale: Locale) -> String {
    match resolution {
        Resolution::Literal => td_string!(locale, endpoints.resolution.literal).to_owned(),
        Resolution::Fixed => td_string!(locale, endpoints.resolution.fixed).to_owned(),
        Resolution::Dns { took_ms } => td_string!(locale, endpoints.resolution.dns, count = *took_ms),
        Resolution::Failed { failure } => words::connection::failure(failure, locale),
    }
}
