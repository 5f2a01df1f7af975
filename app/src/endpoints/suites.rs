//! The suites of TLS 1.2 that an endpoint took when it was last asked for each, with the day of that.

use std::net::IpAddr;

use leptos::prelude::*;
use model::{
    Timestamp,
    endpoints::suites::ListedSuites,
    observation::{AcceptedSuites, SuiteOrder},
    tls::Suite,
};

use crate::{i18n::*, preferences::use_locale, time::Time, words};

/// Each distinct list once, with the addresses that have it.
#[component]
pub fn Suites(
    /// As listed last, be it by an older probe than the last.
    listed: ListedSuites,
    /// The server's time when it answered.
    now: Timestamp,
) -> impl IntoView {
    let locale = use_locale();
    let lists = listed.distinct();
    let count = lists.len();
    let lists = lists.into_iter().map(|(addresses, suites)| view! { <List addresses suites=suites.clone()/> });
    let lists = lists.collect_view();
    view! {
        <section class="panel flex flex-col gap-3" data-suites=count>
            <h2 class="text-lg font-semibold">{td!(locale, endpoints.suites.title)}</h2>
            <p class="text-sm text-base-content/80">{td!(locale, endpoints.suites.listed)}" "<Time at=listed.at now/></p>
            <p class="text-sm max-w-prose">{td!(locale, endpoints.suites.intro)}</p>
            {(count == 0).then(|| view! { <p>{td!(locale, endpoints.suites.none)}</p> })}
            {lists}
        </section>
    }
    .into_any()
}

/// One list: whose order it is, the suites, and whether there may be more.
#[component]
fn List(addresses: Vec<IpAddr>, suites: AcceptedSuites) -> impl IntoView {
    let locale = use_locale();
    let addresses = words::join(addresses.iter().map(ToString::to_string), locale);
    let AcceptedSuites { accepted, order, cut_short } = suites;
    let order = match order {
        Some(SuiteOrder::Server) => td_string!(locale, endpoints.suites.server),
        Some(SuiteOrder::Client) => td_string!(locale, endpoints.suites.client),
        None => td_string!(locale, endpoints.suites.unclear),
    };
    let rows = accepted.into_iter().map(|suite| view! { <Row suite/> }).collect_view();
    view! {
        <div class="flex flex-col gap-1">
            <h3 class="font-semibold">{td_string!(locale, endpoints.suites.on, addresses = addresses)}</h3>
            <p>{order}</p>
            <ol class="list-decimal ps-8 text-sm">{rows}</ol>
            {cut_short.then(|| view! { <p class="text-sm">{td!(locale, words.suites.cut_short)}</p> })}
        </div>
    }
    .into_any()
}

#[component]
fn Row(suite: Suite) -> impl IntoView {
    let locale = use_locale();
    view! {
        <li>
            <code class="wrap-anywhere">{suite.to_string()}</code>
            {suite.is_broken().then(|| view! {
                " "<span class="badge badge-error badge-sm">{td!(locale, endpoints.suites.broken)}</span>
            })}
        </li>
    }
}
