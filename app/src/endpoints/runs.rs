//! The probe runs: what is under way, how far it is, and what has ended.

use leptos::{either::Either, prelude::*};
use leptos_meta::Title;
use model::{
    Timestamp,
    endpoints::{Depth, Run, Scope},
};

use super::{
    api::{RunsData, runs_page},
    probe_now::{Following, State},
};
use crate::{
    components::NotShown,
    i18n::*,
    layout::crumbs::{Crumbs, Section},
    preferences::use_locale,
    time::Time,
};

/// Every run that is remembered, newest first.
#[component]
pub fn RunsPage() -> impl IntoView {
    let locale = use_locale();
    let data = Resource::new_blocking(|| (), |()| runs_page());
    view! {
        <Title text=td_string!(locale, endpoints.runs.title)/>
        <Crumbs section=Section::Endpoints here=td_string!(locale, endpoints.runs.title)/>
        <header>
            <h1 class="page-title">{td!(locale, endpoints.runs.title)}</h1>
            <p class="max-w-prose text-base-content/80">{td!(locale, endpoints.runs.intro)}</p>
        </header>
        <Transition fallback=move || view! { <p>{td!(locale, common.loading)}</p> }>
            {move || Suspend::new(async move {
                match data.await {
                    Ok(data) => view! { <Shown data/> }.into_any(),
                    Err(error) => view! { <NotShown error/> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn Shown(data: RunsData) -> impl IntoView {
    let locale = use_locale();
    let RunsData { runs, now } = data;
    if runs.is_empty() {
        return Either::Left(view! {
            <p role="status">{td!(locale, endpoints.runs.none)}" "<a class="link" href="/endpoints">{td!(locale, common.nav.endpoints)}</a></p>
        });
    }
    let rows = runs.into_iter().map(|run| view! { <RunRow run now/> }).collect_view();
    Either::Right(view! { <ul class="panel rows">{rows}</ul> })
}

/// What a run probes.
pub(crate) fn probed(scope: Scope, locale: Locale) -> &'static str {
    match scope {
        Scope::All => td_string!(locale, endpoints.runs.all),
        Scope::Selection => td_string!(locale, endpoints.runs.selection),
        Scope::Endpoint(_) => td_string!(locale, endpoints.runs.endpoint),
        Scope::Program(_) => td_string!(locale, endpoints.runs.program),
    }
}

/// One run: what is probed, and how far it is.
#[component]
fn RunRow(
    /// The run, as it was when the page was made.
    run: Run,
    /// When the server answered.
    now: Timestamp,
) -> impl IntoView {
    let locale = use_locale();
    let (id, begun_at, scope, depth) = (run.id.to_string(), run.begun_at, run.scope, run.depth);
    let following = RwSignal::new(Following::At(run));
    #[cfg(feature = "hydrate")]
    super::follow::follow(following, Callback::new(|()| ()));
    let page = match scope {
        Scope::All | Scope::Selection => None,
        Scope::Endpoint(id) => Some(format!("/endpoints/{id}")),
        Scope::Program(id) => Some(format!("/programs/{id}")),
    };
    let what = match page {
        Some(page) => Either::Left(view! { <a class="link" href=page>{probed(scope, locale)}</a> }),
        None => Either::Right(view! { <span>{probed(scope, locale)}</span> }),
    };
    view! {
        <li class="row md:grid-cols-[14rem_minmax(0,1fr)]" data-run=id>
            <div>
                <p class="font-semibold">{what}</p>
                {(depth == Depth::Deep).then(|| view! { <p class="text-sm">{td!(locale, endpoints.runs.deep)}</p> })}
                <p class="text-sm text-base-content/80"><Time at=begun_at now/></p>
            </div>
            <div class="flex max-w-xl flex-col gap-2"><State following/></div>
        </li>
    }
    .into_any()
}
