//! The page of one endpoint: will it work, what is wrong, and what was seen.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_params_map, use_query_map};
use model::{
    HostPort, Observation, Tags, Timestamp, Verdict,
    endpoints::{EndpointDetail, Scope, StandingFinding},
    observation::Resolution,
    service::{EndpointId, RunId, ServiceError, TrialId},
    trust::TrustByAddress,
};

use super::{
    addresses::Addresses,
    api::{ChangeTags, EndpointData, ROUTE, Rights, RouteAct, RouteEndpoint, TAGS, endpoint_history, endpoint_page},
    chains::by_chain,
    history::HistorySection,
    named_by::NamedByTable,
    probe_now::ProbeNow,
    route::{self, RouteBanner, RouteForm, TrialOutcome},
    tags::{self, TagBadges, TagsForm},
};
use crate::{
    certificates,
    chain::ChainDrawing,
    clash::{Unsaved, read_again, read_when_met},
    components::PageError,
    drafts::{Left, left},
    error::AppError,
    findings::view::FindingList,
    i18n::*,
    preferences::use_locale,
    time::Time,
    toast,
    verdict::{VerdictBadge, VerdictCards},
    words,
};

/// One endpoint.
#[component]
pub fn EndpointPage() -> impl IntoView {
    let locale = use_locale();
    let params = use_params_map();
    let query = use_query_map();
    let id = Memo::new(move |_| params.with(|params| params.get("id")?.parse::<EndpointId>().ok()));
    let run = Memo::new(move |_| query.with(|query| query.get("run")?.parse::<RunId>().ok()));
    let trial = Memo::new(move |_| query.with(|query| query.get("trial")?.parse::<TrialId>().ok()));
    let data = Resource::new_blocking(
        move || (id.get(), run.get(), trial.get()),
        |(id, run, trial)| async move {
            match id {
                Some(id) => endpoint_page(id, run, trial).await,
                None => Err(AppError::Service(ServiceError::NotFound)),
            }
        },
    );
    // A run that the URL names may have ended before the page came, and then nobody tells of its end.
    let history = Resource::new_blocking(
        move || (id.get(), run.get()),
        |(id, _)| async move {
            match id {
                Some(id) => endpoint_history(id).await,
                None => Err(AppError::Service(ServiceError::NotFound)),
            }
        },
    );
    let refetch = move || {
        data.refetch();
        history.refetch();
    };
    // They outlive the forms, which are drawn anew with what was saved.
    let actions = Actions::new();
    Effect::new(move || {
        if let Some(Ok(())) = actions.tags.value().get() {
            data.refetch();
        }
    });
    let left = left();
    view! {
        <Transition fallback=move || view! { <p>{td!(locale, common.loading)}</p> }>
            {move || Suspend::new(async move {
                // All are asked for already.
                let (data, history, left) = (data.await, history.await, left.await);
                match data {
                    Ok(shown) => {
                        actions.begin_with(shown.detail.id, &left);
                        view! {
                            <Endpoint shown actions on_change=refetch>
                                {match history {
                                    Ok(data) => view! { <HistorySection data/> }.into_any(),
                                    Err(error) => view! { <PageError error/> }.into_any(),
                                }}
                            </Endpoint>
                        }.into_any()
                    }
                    Err(error) => view! { <PageError error/> }.into_any(),
                }
            })}
        </Transition>
    }
}

/// What can be changed of an endpoint.
#[derive(Clone, Copy)]
struct Actions {
    tags: ServerAction<ChangeTags>,
    unsaved_tags: Unsaved<ChangeTags>,
    route: ServerAction<RouteEndpoint>,
    unsaved_route: Unsaved<RouteEndpoint>,
    reset_route: ServerAction<RouteEndpoint>,
}

impl Actions {
    /// They say when something was saved.
    fn new() -> Self {
        let (tags, route, reset_route) = (ServerAction::new(), ServerAction::new(), ServerAction::new());
        let (unsaved_tags, unsaved_route) = (Unsaved::new(tags), Unsaved::new(route));
        let saved = td_string!(use_locale(), common.saved);
        toast::say_when_done(tags.value().into(), saved);
        toast::say_when_done(reset_route.value().into(), saved);
        let kept = RwSignal::new(false);
        Effect::new(move || {
            if let Some(RouteEndpoint { act, .. }) = route.input().get() {
                kept.set(act == RouteAct::Keep);
            }
        });
        // A trial saves nothing.
        let done = move || route.value().get().filter(|_| kept.get_untracked());
        toast::say_when_done(Signal::derive(done), saved);
        Self { tags, unsaved_tags, route, unsaved_route, reset_route }
    }

    /// With the form that was refused before the page came.
    fn begin_with(self, id: EndpointId, left: &str) {
        self.unsaved_tags.begin_with(tags::refused(id, &Left::of(left, TAGS)));
        self.unsaved_route.begin_with(route::refused(id, &Left::of(left, ROUTE)));
    }
}

#[component]
fn Endpoint(
    shown: EndpointData,
    actions: Actions,
    #[prop(into)] on_change: Callback<()>,
    /// What was seen lately, which is read apart.
    children: Children,
) -> impl IntoView {
    let locale = use_locale();
    let EndpointData { detail, run, trial, rights, now } = shown;
    let EndpointDetail { id, target, verdict, platforms, findings, observation, trust, named_by, .. } = detail;
    let (tags, route, revision) = (detail.tags, detail.route, detail.route_revision);
    let begin = trial.as_ref().map_or_else(|| route.clone(), |trial| trial.route.clone());
    // As read last; what is typed stays when somebody else has saved in between.
    // Each form by itself: the other, not sent yet, would else save over what nobody has told it.
    let (tags_read, route_read) = (RwSignal::new(tags.clone()), RwSignal::new((route.clone(), revision)));
    let (tags_now, route_now) = (Signal::from(tags_read), Signal::from(route_read));
    let detail = move || async move { endpoint_page(id, None, None).await.map(|data| data.detail) };
    read_when_met(actions.tags, read_again(tags_read, move || async move { Ok(detail().await?.tags) }));
    let read_route = read_again(route_read, move || async move {
        let detail = detail().await?;
        Ok((detail.route, detail.route_revision))
    });
    read_when_met(actions.route, read_route);
    read_when_met(actions.reset_route, read_route);
    let taken = observation.as_ref().map(|observation| observation.route.clone());
    view! {
        <Header target=target.clone() verdict observed_at=observation.as_ref().map(|it| it.observed_at) tags=tags.clone() rights now>
            <ProbeNow scope=Scope::Endpoint(id) run on_finished=on_change may_start=rights.probe/>
        </Header>
        <RouteBanner id route now=route_now taken may_edit=rights.edit reset=actions.reset_route/>
        {match observation {
            Some(observation) => view! {
                <section class="panel flex flex-col gap-3">
                    <h2 class="text-lg font-semibold">{td!(locale, endpoints.platforms)}</h2>
                    <VerdictCards verdicts=platforms/>
                </section>
                <Findings findings now/>
                <Chains observation=observation.clone() trust now/>
                <Addresses endpoint=id addresses=observation.addresses.clone()/>
                <NameResolution observation/>
            }.into_any(),
            None => view! { <NeverProbed/> }.into_any(),
        }}
        {children()}
        <NamedByTable named_by/>
        {rights.edit.then(|| view! {
            <TagsForm id now=tags_now change=actions.tags unsaved=actions.unsaved_tags/>
            <section class="panel flex flex-col gap-4" id=ROUTE>
                <h2 class="text-lg font-semibold">{td!(locale, endpoints.route.title)}</h2>
                {trial.map(|trial| view! { <TrialOutcome trial now/> })}
                <RouteForm id target begin now=route_now change=actions.route unsaved=actions.unsaved_route/>
            </section>
        })}
    }
    .into_any()
}

#[component]
fn Header(
    target: HostPort,
    verdict: Verdict,
    observed_at: Option<Timestamp>,
    tags: Tags,
    rights: Rights,
    now: Timestamp,
    children: Children,
) -> impl IntoView {
    let locale = use_locale();
    let title = target.to_string();
    // A narrow screen breaks the line before the port rather than within it.
    let port = target.port.to_string();
    let host = title.trim_end_matches(&*port).trim_end_matches(':').to_owned();
    view! {
        <Title text=title/>
        <header class="flex flex-wrap items-start justify-between gap-4">
            <div class="flex min-w-0 flex-col gap-1">
                <h1 class="page-title flex flex-wrap items-center gap-3">
                    <span class="min-w-0 break-words">{host}<wbr/>":"{port}</span>
                    <VerdictBadge verdict/>
                </h1>
                {observed_at.map(|at| view! {
                    <p class="text-sm text-base-content/80">{td!(locale, endpoints.probed)}" "<Time at now/></p>
                })}
                <p class="flex flex-wrap items-center gap-2 text-sm empty:hidden">
                    <TagBadges tags/>
                    {rights.edit.then(|| view! { <a class="link" href="#tags">{td!(locale, endpoints.tags.edit)}</a> })}
                </p>
            </div>
            {children()}
        </header>
    }
}

#[component]
fn NeverProbed() -> impl IntoView {
    let locale = use_locale();
    view! {
        <section class="alert flex-col items-start">
            <h2 class="font-semibold">{td!(locale, endpoints.never.title)}</h2>
            <p class="max-w-prose">{td!(locale, endpoints.never.body)}</p>
        </section>
    }
}

#[component]
fn Findings(findings: Vec<StandingFinding>, now: Timestamp) -> impl IntoView {
    let locale = use_locale();
    view! {
        <section class="panel flex flex-col gap-3">
            <h2 class="text-lg font-semibold">{td!(locale, endpoints.findings)}</h2>
            <FindingList findings now/>
        </section>
    }
}

/// One drawing per distinct chain, with what the stores said of that very chain.
#[component]
fn Chains(observation: Observation, trust: TrustByAddress, now: Timestamp) -> impl IntoView {
    let locale = use_locale();
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
            let chain = observation.addresses.into_iter().next().map(|seen| seen.chain).unwrap_or_default();
            view! { {on} <ChainDrawing chain trust=trust.unwrap_or_default() now page_of=certificates::page_of/> }
        })
        .collect_view();
    view! {
        <section class="panel flex flex-col gap-3">
            <h2 class="text-lg font-semibold">{td!(locale, endpoints.chain.title)}</h2>
            {(count == 0).then(|| view! { <p>{td!(locale, endpoints.chain.none)}</p> })}
            {(count > 1).then(|| view! { <p>{td!(locale, endpoints.chain.several, count)}</p> })}
            {drawings}
        </section>
    }
}

#[component]
fn NameResolution(observation: Observation) -> impl IntoView {
    let locale = use_locale();
    let Observation { resolution, addresses_left_out, total_ms, .. } = observation;
    view! {
        <section class="panel flex flex-col gap-3">
            <h2 class="text-lg font-semibold">{td!(locale, endpoints.resolution.title)}</h2>
            <p>{resolution_words(&resolution, locale)}</p>
            {words::left_out(addresses_left_out, locale).map(|said| view! { <p>{said}</p> })}
            <p class="text-sm text-base-content/80">{td!(locale, endpoints.resolution.total, count = total_ms)}</p>
        </section>
    }
}

fn resolution_words(resolution: &Resolution, locale: Locale) -> String {
    match resolution {
        Resolution::Literal => td_string!(locale, endpoints.resolution.literal).to_owned(),
        Resolution::Fixed => td_string!(locale, endpoints.resolution.fixed).to_owned(),
        Resolution::Dns { took_ms } => td_string!(locale, endpoints.resolution.dns, count = *took_ms),
        Resolution::Failed { failure } => words::failure(failure, locale),
    }
}
