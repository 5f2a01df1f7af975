//! The page of one endpoint: will it work, what is wrong, and what was seen.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_params_map, use_query_map};
use model::{
    Timestamp,
    endpoints::{EndpointDetail, Scope, history::History},
    service::{EndpointId, RunId, ServiceError, TrialId},
};

use super::{
    api::{EndpointData, endpoint_page},
    forms::{Actions, Forms, route_of},
    history::HistorySection,
    named_by::NamedByTable,
    probe_now::ProbeNow,
    readings::Readings,
    route::RouteBanner,
    seen::{NeverProbed, Seen},
    tags::TagBadges,
};
use crate::{
    clash::{read_again, read_when_met},
    components::{FormError, PageError, Target},
    drafts::{Gone, left},
    error::AppError,
    i18n::*,
    layout::crumbs::{Crumbs, Section},
    preferences::use_locale,
    time::{Time, absolute_and_relative},
    verdict::VerdictBadge,
    wording::{Wording, use_wording},
    zone::use_zone,
};

/// The run and the trial that the URL names.
type Asked = (Option<RunId>, Option<TrialId>);

/// One endpoint.
#[component]
pub fn EndpointPage() -> impl IntoView {
    let (locale, wording) = (use_locale(), use_wording());
    let (params, query) = (use_params_map(), use_query_map());
    let id = Memo::new(move |_| params.with(|params| params.get("id")?.parse::<EndpointId>().ok()));
    let run = move || query.with(|query| query.get("run")?.parse::<RunId>().ok());
    let trial = move || query.with(|query| query.get("trial")?.parse::<TrialId>().ok());
    let asked = Memo::new(move |_| (run(), trial()));
    // Of what the URL asks besides, the page itself reads what comes later: it keeps what is typed.
    let data = Resource::new_blocking(
        move || id.get(),
        move |id| {
            let (run, trial) = asked.get_untracked();
            async move { endpoint_page(id.ok_or(ServiceError::NotFound)?, run, trial, None, wording).await }
        },
    );
    let (actions, left) = (Actions::set_up(), left());
    view! {
        <Gone/>
        <Transition fallback=move || view! { <p>{td!(locale, common.loading)}</p> }>
            {move || Suspend::new(async move {
                // All are asked for already.
                let (data, left) = (data.await, left.await);
                match data {
                    Ok(first) => {
                        actions.begin_with(first.detail.id, &left);
                        view! { <Endpoint first asked actions/> }.into_any()
                    }
                    Err(error) => view! { <PageError error section=Section::Endpoints/> }.into_any(),
                }
            })}
        </Transition>
    }
}

/// The page as first loaded; what changes later is read again without touching what is typed.
#[component]
fn Endpoint(first: EndpointData, asked: Memo<Asked>, actions: Actions) -> impl IntoView {
    let (id, rights) = (first.detail.id, first.rights);
    let mut first = first;
    let history = RwSignal::new(first.history.take().map(|history| (history, first.now)));
    let (shown, failed) = (RwSignal::new(first), RwSignal::new(None));
    let readings = StoredValue::new(Readings::default());
    let page = Page { wording: use_wording(), shown, history, failed, readings };
    let read_page = Action::new(move |(): &()| page.read(id, asked.get_untracked()));
    let on_change = Callback::new(move |()| {
        read_page.dispatch(());
    });
    actions.when_saved(move || {
        page.readings.update_value(Readings::outdate);
        read_page.dispatch(());
    });
    // A run that the URL names may have ended before it is followed, and then nobody tells of its end.
    Effect::new(move |before: Option<Asked>| {
        let now = asked.get();
        if before.is_some_and(|before| before != now) {
            on_change.run(());
        }
        now
    });
    let run = Memo::new(move |_| shown.with(|data| data.run.as_ref().map(|run| run.id)));
    let named_by = Memo::new(move |_| shown.with(|data| data.detail.named_by.clone()));
    view! {
        <Header shown>
            {move || {
                let run = run.get().and_then(|_| shown.with_untracked(|data| data.run.clone()));
                view! { <ProbeNow scope=Scope::Endpoint(id) run on_finished=on_change may_start=rights.probe/> }
            }}
        </Header>
        <FormError error=failed fields=&[]/>
        <Unnamed shown/>
        <Banner shown actions/>
        <Observed shown/>
        {move || history.get().map(|(history, now)| view! { <HistorySection history now/> })}
        {move || view! { <NamedByTable named_by=named_by.get()/> }}
        {rights.edit.then(|| view! { <Forms shown failed actions/> })}
    }
    .into_any()
}

/// What was read of the page last, and what may come after it.
#[derive(Clone, Copy)]
struct Page {
    wording: Wording,
    shown: RwSignal<EndpointData>,
    /// What was seen of it lately, and until when: sent anew when something was seen since.
    history: RwSignal<Option<(History, Timestamp)>>,
    /// Why it could not be read again, said above what was read before.
    failed: RwSignal<Option<AppError>>,
    readings: StoredValue<Readings>,
}

impl Page {
    /// Reads it again. What is answered after something newer is dropped.
    fn read(self, id: EndpointId, (run, trial): Asked) -> impl Future<Output = ()> + Send {
        let number = self.readings.try_update_value(Readings::begin).unwrap_or_default();
        let seen = self.shown.with_untracked(EndpointData::observed_at);
        async move {
            let answer = endpoint_page(id, run, trial, seen, self.wording).await;
            let is_news = self.readings.try_update_value(|readings| match &answer {
                Ok(_) => readings.show(number),
                Err(_) => readings.would_show(number),
            });
            match answer {
                _ if is_news != Some(true) => {}
                Ok(mut fresh) => {
                    self.failed.set(None);
                    if let Some(history) = fresh.history.take() {
                        self.history.set(Some((history, fresh.now)));
                    }
                    self.shown.set(fresh);
                }
                Err(error) => self.failed.set(Some(error)),
            }
        }
    }
}

#[component]
fn Header(
    shown: RwSignal<EndpointData>,
    /// What can be done at once.
    children: Children,
) -> impl IntoView {
    let locale = use_locale();
    let (target, edit) = shown.with_untracked(|data| (data.detail.target.clone(), data.rights.edit));
    let name = target.to_string();
    let verdict = Memo::new(move |_| shown.with(|data| data.detail.verdict));
    let observed_at = move || shown.with(|data| Some((data.observed_at()?, data.now)));
    let tags = Memo::new(move |_| shown.with(|data| data.detail.tags.clone()));
    view! {
        <Title text=name.clone()/>
        <Crumbs section=Section::Endpoints here=name/>
        <header class="flex flex-wrap items-start justify-between gap-4">
            <div class="flex min-w-0 flex-col gap-1">
                <h1 class="page-title flex flex-wrap items-center gap-3">
                    <span class="min-w-0"><Target target/></span>
                    {move || view! { <VerdictBadge verdict=verdict.get()/> }}
                </h1>
                {move || observed_at().map(|(at, now)| view! {
                    <p class="text-sm text-base-content/80">{td!(locale, endpoints.probed)}" "<Time at now/></p>
                })}
                <p class="flex flex-wrap items-center gap-2 text-sm empty:hidden">
                    {move || view! { <TagBadges tags=tags.get()/> }}
                    {edit.then(|| view! { <a class="link" href="#tags">{td!(locale, endpoints.tags.edit)}</a> })}
                </p>
            </div>
            {children()}
        </header>
    }
    .into_any()
}

/// Says of an endpoint that no entry names any more how long it is kept.
#[component]
fn Unnamed(shown: RwSignal<EndpointData>) -> impl IntoView {
    let (locale, zone) = (use_locale(), use_zone());
    let forgotten_at = Memo::new(move |_| shown.with(|data| data.detail.forgotten_at));
    move || {
        let at = absolute_and_relative(forgotten_at.get()?, shown.with_untracked(|data| data.now), zone, locale);
        let words = td_string!(locale, endpoints.unnamed, at = at);
        Some(view! { <p class="alert alert-warning" role="status" data-unnamed="">{words}</p> })
    }
}

/// Says where it is looked for in place of where DNS says.
#[component]
fn Banner(shown: RwSignal<EndpointData>, actions: Actions) -> impl IntoView {
    let (id, may_edit) = shown.with_untracked(|data| (data.detail.id, data.rights.edit));
    let (reset, wording) = (actions.reset_route, use_wording());
    let said = Memo::new(move |_| {
        shown.with(|data| {
            let taken = data.detail.observation.as_ref().map(|observation| observation.route.clone());
            (data.detail.route.clone(), taken)
        })
    });
    // As said here, whatever the form below knows.
    let route = RwSignal::new(shown.with_untracked(route_of));
    Effect::new(move || route.set(shown.with(route_of)));
    read_when_met(
        reset,
        read_again(route, move || async move {
            let seen = shown.with_untracked(EndpointData::observed_at);
            Ok(route_of(&endpoint_page(id, None, None, seen, wording).await?))
        }),
    );
    move || {
        let (said, taken) = said.get();
        view! { <RouteBanner id route=said now=route.into() taken may_edit reset/> }
    }
}

/// What was seen of it last, drawn anew when something else was.
#[component]
fn Observed(shown: RwSignal<EndpointData>) -> impl IntoView {
    let id = shown.with_untracked(|data| data.detail.id);
    let seen = Memo::new(move |_| {
        shown.with(|data| {
            let EndpointDetail { platforms, findings, observation, trust, suites, .. } = &data.detail;
            (*platforms, findings.clone(), observation.clone(), trust.clone(), suites.clone())
        })
    });
    move || {
        let (platforms, findings, observation, trust, suites) = seen.get();
        let (now, is_named) = shown.with_untracked(|data| (data.now, data.detail.forgotten_at.is_none()));
        match observation {
            Some(observation) => {
                view! { <Seen endpoint=id platforms findings observation trust suites now/> }.into_any()
            }
            None if is_named => view! { <NeverProbed/> }.into_any(),
            None => ().into_any(),
        }
    }
}
