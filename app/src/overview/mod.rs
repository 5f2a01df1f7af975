//! The first page: will every mini program work on a phone, today, and what expires next?

pub mod api;
pub mod parts;

use std::time::Duration;

use leptos::{either::Either, prelude::*, server_fn::ServerFn, task::spawn_local};
use leptos_meta::Title;
use model::{Timestamp, overview::Overview};

use self::{
    api::{Answered, First, OverviewData, UnderWay, overview_page, overview_runs},
    parts::{Changed, IcpGaps, NextToExpire, Quotas, Servers},
};
use crate::{
    components::{HostText, NotShown, error_id},
    drafts::{forget, was_led_back},
    endpoints::{
        probe_now::minutes_left,
        runs::{RELOAD, probed},
    },
    i18n::*,
    preferences::use_locale,
    programs::{
        api::{AddProgram, REGISTER},
        rows::ProgramRows,
    },
    query,
    table::Pager,
    time::Time,
    wording::use_wording,
};

/// Will it work on a phone, today?
#[component]
pub fn OverviewPage() -> impl IntoView {
    let (locale, wording) = (use_locale(), use_wording());
    let search = crate::query::search_of_page();
    let page = Memo::new(move |_| search.with(|search| query::page(search)));
    // It comes with a page that is loaded anew.
    let refused = search.with_untracked(|search| was_led_back(search).then(|| search.clone()));
    let data = Resource::new_blocking(move || page.get(), move |page| overview_page(page, wording, refused.clone()));
    let ask = Callback::new(move |()| data.refetch());
    view! {
        <Title text=td_string!(locale, common.nav.overview)/>
        <h1 class="page-title">{td!(locale, common.nav.overview)}</h1>
        <Transition fallback=move || view! { <p>{td!(locale, common.loading)}</p> }>
            {move || Suspend::new(async move {
                match data.await {
                    Ok(data) if data.overview.programs.is_empty() => {
                        view! { <Empty may_edit=data.may_edit first=data.first/> }.into_any()
                    }
                    Ok(data) => view! { <Shown data ask/> }.into_any(),
                    Err(error) => view! { <NotShown error/> }.into_any(),
                }
            })}
        </Transition>
    }
}

/// Says what to do first. The form is plain: with what judges while somebody types, everybody's first visit
/// would be the larger for it. What it is refused with comes in words, with the page that is drawn anew.
#[component]
fn Empty(may_edit: bool, first: Option<First>) -> impl IntoView {
    let locale = use_locale();
    let was_refused = first.is_some();
    // Said once: nothing was refused anew when the same address is loaded again.
    Effect::new(move || {
        if was_refused {
            forget();
        }
    });
    if !may_edit {
        return Either::Left(view! { <p class="max-w-prose">{td!(locale, overview.empty_to_look)}</p> });
    }
    let First { app_id, name, rest } = first.unwrap_or_default();
    let field = |name: &'static str, label: &'static str, help: Option<&'static str>, answered: Answered| {
        let Answered { typed, problem } = answered;
        let wrong = problem.is_some();
        view! {
            <label class="field">
                <span class="field-label">{label}</span>
                <input class="input" class:input-error=wrong name=name value=typed autocomplete="off" required
                    aria-invalid=wrong.then_some("true") aria-describedby=error_id(name)/>
                {help.map(|help| view! { <span class="field-help">{help}</span> })}
                <span class="field-error" id=error_id(name) role="alert">{problem}</span>
            </label>
        }
    };
    Either::Right(view! {
        <p class="max-w-prose">{td!(locale, overview.empty)}</p>
        <section class="panel flex max-w-xl flex-col gap-4" id=REGISTER>
            <h2 class="text-lg font-semibold">{td!(locale, programs.register.title)}</h2>
            <form method="post" action=AddProgram::url() class="flex flex-col gap-4" novalidate>
                {rest.map(|words| view! { <p class="alert alert-error" role="alert">{words}</p> })}
                <input type="hidden" name="first" value="true"/>
                {field("app_id", td_string!(locale, programs.register.app_id), Some(td_string!(locale, programs.register.app_id_help)), app_id)}
                {field("name", td_string!(locale, programs.register.name), None, name)}
                <div><button class="btn btn-primary">{td!(locale, programs.register.submit)}</button></div>
            </form>
        </section>
    })
}

#[component]
fn Shown(data: OverviewData, ask: Callback<()>) -> impl IntoView {
    let locale = use_locale();
    let OverviewData { overview, expiries, runs, now, .. } = data;
    let pages = overview.programs_pages();
    let Overview { programs, programs_page: page, programs_total, endpoints, expiring, changes, icp_gaps, nearly_full } =
        overview;
    view! {
        {(!runs.is_empty()).then(|| view! { <Running runs now ask/> })}
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

/// The probe runs under way and how far each is; then, that they have ended. What stands below is not drawn
/// anew by itself: it would change under somebody's hands.
#[component]
fn Running(runs: Vec<UnderWay>, now: Timestamp, ask: Callback<()>) -> impl IntoView {
    let locale = use_locale();
    let shown = RwSignal::new(runs);
    let goes_on = Memo::new(move |_| shown.with(|runs| !runs.is_empty()));
    Effect::new(move || {
        if goes_on.get()
            && let Ok(asking) = set_interval_with_handle(move || keep_up(shown), ASK_EVERY)
        {
            on_cleanup(move || asking.clear());
        }
    });
    // Of each run by itself: a sum would fall when one of them ends.
    let said = move || match shown.with(Vec::len) {
        0 => td_string!(locale, overview.ended).to_owned(),
        running => td_string!(locale, endpoints.runs.running, count = running),
    };
    let row = move |UnderWay { scope, name, done, total, begun_at, seconds_left }: UnderWay| {
        let what = probed(scope, name.as_deref(), locale);
        view! {
            <li class="row items-center sm:grid-cols-[14rem_minmax(0,1fr)_9rem]">
                <div>
                    <p class="font-semibold"><HostText text=what.clone()/></p>
                    // One may have begun since the page was made.
                    <p class="text-sm text-base-content/80"><Time at=begun_at.min(now) now/></p>
                </div>
                <progress class="progress progress-primary w-full" value=done max=total.max(1) aria-label=what></progress>
                <span class="text-sm sm:text-end">
                    {td_string!(locale, endpoints.probe_now.count, done = done, total = total)}
                    {seconds_left.map(|seconds| view! { <br/>{minutes_left(seconds, locale)} })}
                </span>
            </li>
        }
    };
    view! {
        <section class="panel flex flex-col gap-3" data-part="runs">
            <div class="flex flex-wrap items-baseline justify-between gap-x-4">
                <h2 class="text-lg font-semibold">{td!(locale, overview.running)}</h2>
                <a class="link" href="/endpoints/runs">{td!(locale, endpoints.runs.title)}</a>
            </div>
            <p class="text-sm" role="status">{said}</p>
            <ul class="rows empty:hidden">{move || shown.get().into_iter().map(row).collect_view()}</ul>
            {move || (!goes_on.get()).then(|| view! {
                <button class="btn btn-sm w-fit" on:click=move |_| ask.run(())>{td!(locale, overview.look_again)}</button>
            })}
            <noscript inner_html=RELOAD></noscript>
        </section>
    }
}

/// Asks once more, unless nobody looks; an answer that does not come leaves what is shown.
fn keep_up(shown: RwSignal<Vec<UnderWay>>) {
    if document().hidden() {
        return;
    }
    spawn_local(async move {
        if let Ok(runs) = overview_runs().await {
            shown.try_set(runs);
        }
    });
}

/// How often it is asked how far the probes are.
const ASK_EVERY: Duration = Duration::from_secs(3);
