//! The certificate chain of a server, drawn from the leaf to the root, with what is missing drawn
//! as missing. Which cards in which order is decided by [`layout`], without a browser.

pub mod card;
pub mod layout;
pub mod source;

use leptos::{context::Provider, prelude::*};
use model::{
    Certificate, Timestamp, Verdict,
    certificate::{Issued, own_position},
    fetched::Fetched,
    trust::Trust,
};

use card::{AsideCard, CardView, PageOf};
use layout::{Aside, Layout};
use source::Source;

use crate::{i18n::*, preferences::use_locale, verdict::icon, words};

/// A chain as served, and which stores trust it.
#[component]
pub fn ChainDrawing(
    /// Where the certificates come from.
    source: Source,
    /// The certificates, in the order in which they are served.
    chain: Vec<Certificate>,
    /// What the stores said of that chain; empty where none was asked.
    trust: Trust,
    /// The server's time when it answered.
    now: Timestamp,
    /// What was fetched because it is missing.
    #[prop(default = None)]
    fetched: Option<Fetched>,
    /// What is known of their revocation, by their position as served.
    #[prop(optional)]
    revocation: Vec<Vec<String>>,
    /// Where the certificates have pages of their own.
    #[prop(optional)]
    page_of: Option<PageOf>,
) -> impl IntoView {
    view! {
        <Provider value=source>
            <Drawing chain trust now fetched revocation page_of/>
        </Provider>
    }
}

#[component]
fn Drawing(
    chain: Vec<Certificate>,
    trust: Trust,
    now: Timestamp,
    fetched: Option<Fetched>,
    revocation: Vec<Vec<String>>,
    page_of: Option<PageOf>,
) -> impl IntoView {
    let locale = use_locale();
    let as_served = Layout::new(&chain, &trust).with_kept(trust.kept_for_old_phones(&chain, now));
    let Layout { cards, on_other_paths, extra } = match &fetched {
        Some(fetched) => as_served.with_fetched(fetched),
        None => as_served,
    };
    let fetched = fetched.map(|fetched| fetched.certificates).unwrap_or_default();
    let last = cards.len().saturating_sub(1);
    let issued = chain.get(own_position(&chain)).map(Certificate::issued);
    let known_of = |position: usize| revocation.get(position).cloned().unwrap_or_default();
    let cards = cards.into_iter().enumerate().map(|(index, card)| {
        let certificate = card.position().and_then(|position| chain.get(position)).cloned();
        let fetched = card.fetched().and_then(|index| fetched.get(index)).cloned();
        let known = card.position().map(&known_of).unwrap_or_default();
        view! {
            <li>
                <CardView card certificate fetched revocation=known now page_of/>
                {(index < last).then(|| view! { <Link/> })}
            </li>
        }
    });
    let aside = [(Aside::OtherPath, on_other_paths), (Aside::Extra, extra)].map(|(why, positions)| {
        let found = positions.into_iter().filter_map(|position| Some((position, chain.get(position)?.clone())));
        (why, found.collect::<Vec<_>>())
    });
    let aside = aside.into_iter().filter(|(_, certificates)| !certificates.is_empty()).map(|(why, certificates)| {
        let cards = certificates.into_iter().map(|(position, certificate)| {
            let revocation = known_of(position);
            view! { <AsideCard why position certificate revocation now page_of/> }
        });
        view! {
            <section class="flex flex-col gap-2">
                <h3 class="font-semibold">{Source::here().aside_title(why, locale)}</h3>
                {cards.collect_view()}
            </section>
        }
    });
    view! {
        <div class="flex flex-col gap-4">
            <ol aria-label=td_string!(locale, words.chain.label)>{cards.collect_view()}</ol>
            {aside.collect_view()}
            <Answers trust issued/>
        </div>
    }
}

/// The line from a certificate to its issuer.
#[component]
fn Link() -> impl IntoView {
    view! {
        <svg class="ms-8 block h-6 w-4 text-base-content/60" viewBox="0 0 16 24" fill="none" stroke="currentColor"
            stroke-width="2" aria-hidden="true">
            <path d="M8 0v22M3 17l5 6l5-6"/>
        </svg>
    }
}

/// Who trusts the chain, and why not: stores that answer alike share a line.
#[component]
fn Answers(
    trust: Trust,
    /// When the server's own certificate was issued.
    issued: Option<Issued>,
) -> impl IntoView {
    let locale = use_locale();
    let line = |(verdict, said): (Verdict, String)| {
        let class = match verdict {
            Verdict::Pass => "text-success",
            Verdict::Fail => "text-error",
            _ => "text-warning",
        };
        view! {
            <li class="flex items-start gap-2 text-sm">
                <span class="mt-0.5" inner_html=icon(verdict, class)></span>
                <span class="wrap-anywhere">{said}</span>
            </li>
        }
    };
    let lines = words::trust::answers(&trust, issued, Source::here(), locale);
    (!lines.is_empty()).then(|| {
        let lines = lines.into_iter().map(line).collect_view();
        view! { <ul class="flex flex-col gap-1" aria-label=td_string!(locale, words.chain.trust)>{lines}</ul> }
    })
}
