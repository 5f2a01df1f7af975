//! The first page: will every mini program work on a phone, today, and what expires next?

pub mod api;
pub mod parts;

use leptos::prelude::*;
use leptos_meta::Title;
use model::{Timestamp, endpoints::Run, overview::Overview};

use self::{
    api::{OverviewData, overview_page},
    parts::{Changed, IcpGaps, NextToExpire, Quotas, Servers},
};
use crate::{
    components::PageError,
    drafts::Left,
    endpoints::runs::RunRow,
    i18n::*,
    preferences::use_locale,
    programs::{register::RegisterForm, rows::ProgramRows},
    query,
    table::Pager,
};

/// Will it work on a phone, today?
#[component]
pub fn OverviewPage() -> impl IntoView {
    let locale = use_locale();
    let search = crate::query::search_of_page();
    let page = Memo::new(move |_| search.with(|search| query::page(search)));
    let data = Resource::new_blocking(move || page.get(), overview_page);
    view! {
        <Title text=td_string!(locale, common.nav.overview)/>
        <h1 class="page-title">{td!(locale, common.nav.overview)}</h1>
        <Transition fallback=move || view! { <p>{td!(locale, common.loading)}</p> }>
            {move || Suspend::new(async move {
                match data.await {
                    Ok(data) if data.overview.programs.is_empty() => view! { <Empty/> }.into_any(),
                    Ok(data) => view! { <Shown data/> }.into_any(),
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
        // What it was refused with without JavaScript is shown on the page of mini programs.
        <RegisterForm add=ServerAction::new() left=Left::default()/>
    }
}

#[component]
fn Shown(data: OverviewData) -> impl IntoView {
    let locale = use_locale();
    let OverviewData { overview, expiries, runs, now } = data;
    let pages = overview.programs_pages();
    let Overview { programs, programs_page: page, programs_total, endpoints, expiring, changes, icp_gaps, nearly_full } =
        overview;
    view! {
        {(!runs.is_empty()).then(|| view! { <Running runs now/> })}
        <section class="panel flex flex-col gap-3" data-part="programs">
            <div class="flex flex-wrap items-baseline justify-between gap-x-4">
                <h2 class="text-lg font-semibold">{td!(locale, overview.programs)}</h2>
                {(pages > 1).then(|| view! {
                    <a class="link" href="/programs">{td_string!(locale, overview.all_programs, count = programs_total)}</a>
                })}
            </div>
            <ProgramRows programs/>
            <Pager page pages link=|page| query::link("/", [("page", query::page_value(page))])/>
        </section>
        <div class="grid gap-6 lg:grid-cols-[18rem_minmax(0,1fr)]">
            <Servers endpoints/>
            <Changed changes now/>
        </div>
        <NextToExpire expiring expiries now/>
        <div class="grid gap-6 xl:grid-cols-2">
            <IcpGaps gaps=icp_gaps/>
            <Quotas lists=nearly_full/>
        </div>
    }
    .into_any()
}

#[component]
fn Running(runs: Vec<Run>, now: Timestamp) -> impl IntoView {
    let locale = use_locale();
    let rows = runs.into_iter().map(|run| view! { <RunRow run now/> }).collect_view();
    view! {
        <section class="panel flex flex-col gap-3" data-part="runs">
            <h2 class="text-lg font-semibold">{td!(locale, overview.running)}</h2>
            <ul class="rows">{rows}</ul>
        </section>
    }
}
