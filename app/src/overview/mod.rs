//! The first page: will every mini program work on a phone, today, and what expires next?

pub mod api;

use leptos::prelude::*;
use leptos_meta::Title;
use model::{
    Timestamp, Verdict,
    certificates::Expiries,
    programs::{EndpointCounts, Expiring, Overview},
};

use self::api::{OverviewData, overview_page};
use crate::{
    certificates::timeline::Timeline,
    components::PageError,
    i18n::*,
    preferences::use_locale,
    programs::{register::RegisterForm, rows::ProgramRows},
    time::{Time, absolute},
    verdict::VerdictBadge,
};

/// Will it work on a phone, today?
#[component]
pub fn OverviewPage() -> impl IntoView {
    let locale = use_locale();
    let data = Resource::new_blocking(|| (), |()| overview_page());
    view! {
        <Title text=td_string!(locale, common.nav.overview)/>
        <h1 class="page-title">{td!(locale, common.nav.overview)}</h1>
        <Transition fallback=move || view! { <p>{td!(locale, common.loading)}</p> }>
            {move || Suspend::new(async move {
                match data.await {
                    Ok(data) if data.overview.programs.is_empty() => view! { <Empty/> }.into_any(),
                    Ok(OverviewData { overview, expiries, now }) => view! { <Shown overview expiries now/> }.into_any(),
                    Err(error) => view! { <PageError error/> }.into_any(),
                }
            })}
        </Transition>
    }
}

/// Says what to do first.
#[component]
fn Empty() -> impl IntoView {
    let locale = use_locale();
    view! {
        <p class="max-w-prose">{td!(locale, overview.empty)}</p>
        <RegisterForm/>
    }
}

#[component]
fn Shown(overview: Overview, expiries: Expiries, now: Timestamp) -> impl IntoView {
    let locale = use_locale();
    let Overview { programs, endpoints, expiring } = overview;
    view! {
        <section class="panel flex flex-col gap-3">
            <h2 class="text-lg font-semibold">{td!(locale, overview.programs)}</h2>
            <ProgramRows programs/>
        </section>
        <div class="grid gap-6 lg:grid-cols-[18rem_minmax(0,1fr)]">
            <Servers endpoints/>
            <NextToExpire expiring expiries now/>
        </div>
    }
    .into_any()
}

#[component]
fn Servers(endpoints: EndpointCounts) -> impl IntoView {
    let locale = use_locale();
    let EndpointCounts { pass, warn, fail, unreachable, unknown } = endpoints;
    let rows = [
        (Verdict::Fail, fail),
        (Verdict::Unreachable, unreachable),
        (Verdict::Warn, warn),
        (Verdict::Unknown, unknown),
        (Verdict::Pass, pass),
    ];
    let rows = rows.map(|(verdict, count)| {
        view! {
            <li class="flex items-center justify-between gap-3" data-count=verdict.as_str()>
                <VerdictBadge verdict/>
                <span class="text-xl font-semibold">{count}</span>
            </li>
        }
    });
    view! {
        <section class="panel flex flex-col gap-3">
            <h2 class="text-lg font-semibold">{td!(locale, overview.servers)}</h2>
            <ul class="flex flex-col gap-2">{rows.collect_view()}</ul>
        </section>
    }
}

#[component]
fn NextToExpire(expiring: Vec<Expiring>, expiries: Expiries, now: Timestamp) -> impl IntoView {
    let locale = use_locale();
    let shown = !expiring.is_empty() || expiries != Expiries::default();
    let none = (!shown).then(|| view! { <p>{td!(locale, overview.nothing_expires)}</p> });
    let rows = expiring.into_iter().map(|Expiring { endpoint, target, not_after }| {
        view! {
            <li class="row sm:grid-cols-[minmax(0,1fr)_11rem_6rem]">
                <a class="link font-mono break-all" href=format!("/endpoints/{endpoint}")>{target}</a>
                <span class="text-sm">{absolute(not_after)}</span>
                <span class="text-sm sm:text-end"><Time at=not_after now/></span>
            </li>
        }
    });
    view! {
        <section class="panel flex flex-col gap-3">
            <h2 class="text-lg font-semibold">{td!(locale, overview.expiring)}</h2>
            {none}
            {shown.then(|| view! { <Timeline expiries now/> })}
            <ul class="rows">{rows.collect_view()}</ul>
        </section>
    }
}
