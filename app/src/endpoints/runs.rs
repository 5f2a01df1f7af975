//! The probe runs: what is under way, how far it is, and what has ended.

use leptos::{either::Either, prelude::*};
use leptos_meta::Title;
use model::{
    Timestamp,
    endpoints::{Depth, Scope},
};

use super::{
    api::{ListedRun, RunsData, runs_page},
    probe_now::{Following, State},
    query,
};
use crate::{
    components::{HostText, NotShown},
    i18n::*,
    layout::crumbs::{Crumbs, Section},
    preferences::use_locale,
    time::Time,
    wording::use_wording,
};

/// A browser without JavaScript asks again every two seconds. Only for pages on which nothing is filled in.
pub(crate) const RELOAD: &str = r#"<meta http-equiv="refresh" content="2">"#;

/// Every run that is remembered, newest first.
#[component]
pub fn RunsPage() -> impl IntoView {
    let locale = use_locale();
    let wording = use_wording();
    let data = Resource::new_blocking(|| (), move |()| runs_page(wording));
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
    let RunsData { runs, rights, now } = data;
    if runs.is_empty() {
        return Either::Left(view! {
            <p role="status">{td!(locale, endpoints.runs.none)}" "<a class="link" href="/endpoints">{td!(locale, common.nav.endpoints)}</a></p>
        });
    }
    let goes_on = runs.iter().any(|listed| !listed.run.finished);
    let rows = runs.into_iter().map(|listed| view! { <RunRow listed may_cancel=rights.probe now/> }).collect_view();
    Either::Right(view! {
        <ul class="panel rows">{rows}</ul>
        {goes_on.then(|| view! { <noscript inner_html=RELOAD></noscript> })}
    })
}

/// What a run probes: its own name where it is about one thing.
pub(crate) fn probed(scope: Scope, name: Option<&str>, locale: Locale) -> String {
    let words = match (scope, name) {
        (Scope::Endpoint(_) | Scope::Program(_), Some(name)) => name,
        (Scope::Endpoint(_), None) => td_string!(locale, endpoints.runs.endpoint),
        (Scope::Program(_), None) => td_string!(locale, endpoints.runs.program),
        (Scope::Selection, _) => td_string!(locale, endpoints.runs.selection),
        (Scope::Filtered, _) => td_string!(locale, endpoints.runs.filtered),
        (Scope::All, _) => td_string!(locale, endpoints.runs.all),
    };
    words.to_owned()
}

/// One run: what is probed, and how far it is.
#[component]
fn RunRow(
    /// The run, as it was when the page was made.
    listed: ListedRun,
    /// Whether whoever looks may call it off.
    may_cancel: bool,
    /// When the server answered.
    now: Timestamp,
) -> impl IntoView {
    let locale = use_locale();
    let ListedRun { run, filtered_by } = listed;
    let (id, begun_at, scope, depth) = (run.id.to_string(), run.begun_at, run.scope, run.depth);
    let what = probed(scope, run.name.as_deref(), locale);
    let page = match scope {
        Scope::Endpoint(id) => Some(format!("/endpoints/{id}")),
        Scope::Program(id) => Some(format!("/programs/{id}")),
        Scope::Filtered => run.filter.as_deref().map(query::filtered),
        Scope::All | Scope::Selection => None,
    };
    let following = RwSignal::new(Following::At(run));
    #[cfg(feature = "hydrate")]
    super::follow::follow(following, Callback::new(|()| ()));
    let what = match page {
        Some(page) => Either::Left(view! { <a class="link" href=page><HostText text=what/></a> }),
        None => Either::Right(view! { <HostText text=what/> }),
    };
    view! {
        <li class="row md:grid-cols-[14rem_minmax(0,1fr)]" data-run=id>
            <div>
                <p class="font-semibold">{what}</p>
                {filtered_by.map(|words| view! { <p class="text-sm wrap-anywhere">{words}</p> })}
                {(depth == Depth::Deep).then(|| view! { <p class="text-sm">{td!(locale, endpoints.runs.deep)}</p> })}
                <p class="text-sm text-base-content/80"><Time at=begun_at now/></p>
            </div>
            <div class="flex max-w-xl flex-col gap-2"><State following may_cancel/></div>
        </li>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use model::service::{EndpointId, ProgramId};

    use super::*;

    #[test]
    fn a_run_over_one_thing_is_called_by_its_name() {
        let (one, program) = (Scope::Endpoint(EndpointId(7)), Scope::Program(ProgramId(3)));
        for (scope, name, words) in [
            (one, Some("a.example:443"), "a.example:443"),
            (program, Some("Shop"), "Shop"),
            (one, None, "One endpoint"),
            (program, None, "A mini program"),
            (Scope::Selection, None, "A selection"),
            // The mini program is a part of the filter.
            (Scope::Filtered, Some("Shop"), "All that matched a filter"),
            (Scope::All, None, "Every endpoint"),
        ] {
            assert_eq!(probed(scope, name, Locale::en), words);
        }
    }
}
