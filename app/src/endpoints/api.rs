//! The typed door to endpoints and probes.

// #[server] makes a struct of each function's arguments and cannot document its fields.
#![allow(missing_docs)]

use leptos::prelude::*;
#[cfg(feature = "ssr")]
use leptos::server_fn::ServerFn as _;
use model::{
    Tag, Timestamp, Verdict, Verdicts, Zone,
    accounts::{Actor, Permission},
    endpoints::{
        Depth, EndpointDetail, Run, Scope,
        history::History,
        list::{EndpointQuery, EndpointRow},
        route::Route,
    },
    observation::AddressObservation,
    paging::Page,
    service::{EndpointId, RunId, TrialId},
};
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
use crate::{
    context::{is_plain_form, require, services},
    drafts::back_to_form,
};
use crate::{
    error::AppError,
    findings::told::{Titled, Told},
    wire::Json,
    wording::Wording,
};

/// What whoever looks may do beyond that.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rights {
    /// Change what people say of an endpoint.
    pub edit: bool,
    /// Probe.
    pub probe: bool,
}

impl From<&Actor> for Rights {
    fn from(actor: &Actor) -> Self {
        Self { edit: actor.role.may(Permission::Edit), probe: actor.role.may(Permission::Probe) }
    }
}

/// What is done to the endpoints that somebody has chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SelectedAct {
    /// Probe them.
    Probe,
    /// Give each of them tags.
    AddTags,
    /// Take tags off them.
    RemoveTags,
}

/// What becomes of a route that somebody has typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RouteAct {
    /// Every probe takes it from now on.
    Keep,
    /// One probe takes it, and changes nothing.
    Once,
}

/// What the page of an endpoint shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndpointData {
    /// Everything known of it.
    pub detail: EndpointDetail<Told>,
    /// What was seen of it lately, unless whoever asks has it already.
    pub history: Option<History>,
    /// The probe run under way, or the one that the URL asks about.
    pub run: Option<Run>,
    /// What came of the trial that the URL asks about.
    pub trial: Option<Tried>,
    /// What whoever looks may do.
    pub rights: Rights,
    /// When the server answered; relative times count from here.
    pub now: Timestamp,
}

/// What came of a trial, as far as the page tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tried {
    /// What was tried.
    pub route: Route,
    /// What was seen at each address.
    pub addresses: Vec<AddressObservation>,
    /// What that means.
    pub verdict: Verdict,
    /// Per platform.
    pub platforms: Verdicts,
    /// Most severe first.
    pub findings: Vec<Titled>,
}

#[cfg(feature = "ssr")]
impl From<model::endpoints::route::Trial> for Tried {
    fn from(trial: model::endpoints::route::Trial) -> Self {
        let model::Diagnosis { findings, verdict, platforms } = trial.diagnosis;
        let findings = findings.into_iter().map(Titled::from).collect();
        Self { route: trial.route, addresses: trial.observation.addresses, verdict, platforms, findings }
    }
}

/// A page of the list of endpoints.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndpointsData {
    /// Its rows.
    pub page: Page<EndpointRow>,
    /// What whoever looks may do.
    pub rights: Rights,
    /// When the server answered; relative times count from here.
    pub now: Timestamp,
}

/// What the page of runs shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunsData {
    /// Newest first.
    pub runs: Vec<ListedRun>,
    /// What whoever looks may do.
    pub rights: Rights,
    /// When the server answered; relative times count from here.
    pub now: Timestamp,
}

/// A run, as the page of runs tells of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedRun {
    /// It.
    pub run: Run,
    /// What it was filtered by, in words.
    pub filtered_by: Option<String>,
}

/// A run under way, as the top bar tells of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Begun {
    /// What is probed.
    pub scope: Scope,
    /// Its name, as [`Run::name`].
    pub name: Option<String>,
}

/// The page of the list of endpoints that `query` asks for.
#[server(endpoint = "/endpoints/list", output = Json)]
pub async fn endpoints_page(query: EndpointQuery) -> Result<EndpointsData, AppError> {
    let actor = require(Permission::View)?;
    let page = services().endpoints.endpoints(&query, &actor).await?;
    Ok(EndpointsData { page, rights: (&actor).into(), now: crate::context::now() })
}

/// Every tag that some endpoint carries.
#[server(endpoint = "/endpoints/tags", output = Json)]
pub async fn endpoint_tags() -> Result<Vec<Tag>, AppError> {
    let actor = require(Permission::View)?;
    Ok(services().endpoints.tags(&actor).await?)
}

impl EndpointData {
    /// When it was looked at last.
    pub fn observed_at(&self) -> Option<Timestamp> {
        Some(self.detail.observation.as_ref()?.observed_at)
    }
}

/// Everything known of one endpoint; `run` and `trial` are those that the URL names. `seen` is the last
/// look of which whoever asks has the history.
#[server(endpoint = "/endpoints/page", output = Json)]
pub async fn endpoint_page(
    id: EndpointId,
    run: Option<RunId>,
    trial: Option<TrialId>,
    seen: Option<Timestamp>,
    wording: Wording,
) -> Result<EndpointData, AppError> {
    let actor = require(Permission::View)?;
    let detail = services().endpoints.endpoint(id, &actor).await?;
    // Read after the rest: of an older look it would say what the rest knows better.
    let observed_at = detail.observation.as_ref().map(|observation| observation.observed_at);
    let history = match seen {
        Some(_) if seen == observed_at => None,
        _ => Some(services().endpoints.history(id, &actor).await?),
    };
    let run = run_to_show(Scope::Endpoint(id), detail.run, run).await?;
    let trial = match trial {
        Some(trial) => known(services().endpoints.trial(id, trial, &actor).await)?.map(Tried::from),
        None => None,
    };
    let now = crate::context::now();
    let reader = crate::findings::tell::Reader::of_page(wording, now);
    let detail = detail.told(|standing| reader.told_standing(standing));
    // What nobody names is neither probed nor changed.
    let rights = if detail.forgotten_at.is_some() { Rights::default() } else { (&actor).into() };
    Ok(EndpointData { detail, history, run, trial, rights, now })
}

/// Gives an endpoint the tags `after`, if it still carries those `before`.
#[server(endpoint = "/endpoints/change-tags", output = Json)]
pub async fn change_tags(id: EndpointId, before: String, after: String) -> Result<(), AppError> {
    let actor = require(Permission::Edit)?;
    if let Err(error) = door::change_tags(id, &before, &after, &actor).await {
        let (page, typed) = (format!("/endpoints/{id}"), [("before", &*before), ("after", &after)]);
        return Err(back_to_form(&page, TAGS, &typed, ChangeTags::PATH, error, &actor).await);
    }
    if is_plain_form() {
        leptos_axum::redirect(&format!("/endpoints/{id}#{TAGS}"));
    }
    Ok(())
}

/// The form of the tags of an endpoint.
pub(super) const TAGS: &str = "tags";

/// The form of its route.
pub(super) const ROUTE: &str = "route";

/// Changes where an endpoint is looked for and probes it, or tries that once. A form sent without
/// JavaScript comes back with what was typed.
#[server(endpoint = "/endpoints/route", output = Json)]
pub async fn route_endpoint(
    id: EndpointId,
    revision: i64,
    addresses: String,
    server_name: String,
    act: RouteAct,
) -> Result<(), AppError> {
    let actor = require(Permission::Edit)?;
    let done = match door::route(&addresses, &server_name) {
        Ok(route) => door::take(id, revision, route, act, &actor).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(back) => leptos_axum::redirect(&back),
        Err(error) => {
            let (page, revision) = (format!("/endpoints/{id}"), revision.to_string());
            let typed = [("revision", &*revision), ("addresses", &addresses), ("server_name", &server_name)];
            return Err(back_to_form(&page, ROUTE, &typed, RouteEndpoint::PATH, error, &actor).await);
        }
    }
    Ok(())
}

/// Starts to probe; more than what every probe looks at is for one endpoint by itself. A form sent without
/// JavaScript is led back to the page it came from.
#[server(endpoint = "/endpoints/probe-now", output = Json)]
pub async fn start_probe(scope: Scope, #[server(default)] depth: Depth) -> Result<RunId, AppError> {
    let actor = require(Permission::Probe)?;
    let endpoints = services().endpoints;
    let run = match (scope, depth) {
        (Scope::Endpoint(id), Depth::Deep) => endpoints.probe_deep(id, &actor).await?,
        (scope, Depth::Full | Depth::Deep) => endpoints.probe_now(scope, &actor).await?,
    };
    if is_plain_form() {
        leptos_axum::redirect(&format!("{}?run={run}", page_of(scope)));
    }
    Ok(run)
}

/// Probes the endpoints that were chosen and leads to the progress, or adds `tags` to each or takes them off and says
/// how many that has changed. They are those of `ids`, or all of the list `all_of` where it is given, a day
/// in it being one of `zone`; tags are taken off those only where that was `confirmed`. `back` is the list as it was, for
/// a form sent without JavaScript.
#[server(endpoint = "/endpoints/act-on-selected", output = Json)]
pub async fn act_on_selected(
    #[server(default)] ids: Vec<EndpointId>,
    #[server(default)] all_of: String,
    #[server(default)] zone: Zone,
    act: SelectedAct,
    tags: String,
    #[server(default)] confirmed: bool,
    #[server(default)] back: String,
) -> Result<Option<usize>, AppError> {
    let actor = require(Permission::View)?;
    let list = if back.is_empty() { super::query::PATH } else { crate::query::own_page(&back) };
    let chosen = door::written(&ids);
    let selection = super::query::selection(ids, &all_of, zone);
    let done = match door::act_on(selection, act, &tags, confirmed, &actor).await {
        Ok(done) => done,
        Err(error) => {
            let typed = [(super::query::CHOSEN, &*chosen), (super::query::ALL_OF, &all_of), ("tags", &tags)];
            return Err(back_to_form(list, SELECTED, &typed, ActOnSelected::PATH, error, &actor).await);
        }
    };
    if done.is_none() {
        leptos_axum::redirect(RUNS);
    } else if is_plain_form() {
        leptos_axum::redirect(list);
    }
    Ok(done)
}

/// The form that acts on the endpoints that were chosen.
pub(super) const SELECTED: &str = "selected";

/// Starts to probe every endpoint, and leads to the progress.
#[server(endpoint = "/endpoints/probe-all", output = Json)]
pub async fn probe_all() -> Result<(), AppError> {
    let actor = require(Permission::Probe)?;
    services().endpoints.probe_now(Scope::All, &actor).await?;
    leptos_axum::redirect(RUNS);
    Ok(())
}

/// Calls a run off.
#[server(endpoint = "/endpoints/cancel-run", output = Json)]
pub async fn cancel_run(id: RunId) -> Result<(), AppError> {
    let actor = require(Permission::Probe)?;
    services().endpoints.cancel(id, &actor).await?;
    if is_plain_form() {
        leptos_axum::redirect(RUNS);
    }
    Ok(())
}

/// The runs under way and the last that have ended, newest first.
#[server(endpoint = "/endpoints/runs", output = Json)]
pub async fn runs_page(wording: Wording) -> Result<RunsData, AppError> {
    let actor = require(Permission::View)?;
    let listed = |run: Run| {
        let words = |filter| super::filters::filter_words(filter, run.name.as_deref(), wording.locale);
        ListedRun { filtered_by: run.filter.as_deref().map(words), run }
    };
    let runs = services().endpoints.runs(&actor).await?.into_iter().map(listed).collect();
    Ok(RunsData { runs, rights: (&actor).into(), now: crate::context::now() })
}

/// How far a run is; none when it is not known any more.
#[server(endpoint = "/endpoints/run", output = Json)]
pub async fn run_state(id: RunId) -> Result<Option<Run>, AppError> {
    let actor = require(Permission::View)?;
    known(services().endpoints.run(id, &actor).await)
}

#[cfg(feature = "ssr")]
mod door {
    use model::{
        Tags,
        accounts::{Actor, Permission},
        endpoints::{
            Scope, Selection, Tagging, TagsChange,
            route::{ADDRESSES_MOST, Addresses, AddressesError, Route, RouteChange},
        },
        service::{EndpointId, Field, Problem, ServiceError, both},
        tag::TagError,
    };

    use super::{ROUTE, RouteAct, SelectedAct};
    use crate::{
        context::services,
        error::{AppError, accept_name},
    };

    /// Does it; how many endpoints were changed by tags.
    pub(super) async fn act_on(
        selection: Selection,
        act: SelectedAct,
        tags: &str,
        confirmed: bool,
        actor: &Actor,
    ) -> Result<Option<usize>, ServiceError> {
        let tagging = match act {
            SelectedAct::Probe => {
                services().endpoints.probe_selected(selection, actor).await?;
                return Ok(None);
            }
            SelectedAct::AddTags => Tagging::Add,
            SelectedAct::RemoveTags => Tagging::Remove,
        };
        actor.require(Permission::Edit)?;
        let tags: Tags = tags.parse().map_err(tag_refused)?;
        if tags.is_empty() {
            return Err(tag_refused(TagError::Empty));
        }
        if act == SelectedAct::RemoveTags && !confirmed && matches!(selection, Selection::Listed(_)) {
            return Err(ServiceError::invalid(Field::Selection, Problem::Unconfirmed));
        }
        services().endpoints.tag_selected(selection, tagging(tags), actor).await.map(Some)
    }

    /// `7,3`.
    pub(super) fn written(ids: &[EndpointId]) -> String {
        ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
    }

    fn tag_refused(error: TagError) -> ServiceError {
        ServiceError::invalid(Field::Tags, error.into())
    }

    pub(super) async fn change_tags(
        id: EndpointId,
        before: &str,
        after: &str,
        actor: &Actor,
    ) -> Result<(), ServiceError> {
        // As the page wrote them: what does not read back was not written by it.
        let before = before.parse().map_err(|_| ServiceError::Conflict)?;
        let after = after.parse().map_err(tag_refused)?;
        services().endpoints.change_tags(id, TagsChange { before, after }, actor).await
    }

    /// A route as it was typed.
    pub(super) fn route(addresses: &str, server_name: &str) -> Result<Route, AppError> {
        let addresses = addresses.parse::<Addresses>().map_err(|error| {
            let problem = match error {
                AddressesError::NotAnAddress(typed) => Problem::NotAnAddress { typed },
                AddressesError::TooMany => Problem::TooMany { most: ADDRESSES_MOST },
            };
            ServiceError::invalid(Field::FixedAddresses, problem)
        });
        let (addresses, server_name) = both(addresses, accept_name(Field::ServerName, server_name))?;
        Ok(Route { addresses, server_name })
    }

    /// Does it; where the outcome is shown.
    pub(super) async fn take(
        id: EndpointId,
        revision: i64,
        route: Route,
        act: RouteAct,
        actor: &Actor,
    ) -> Result<String, AppError> {
        let endpoints = services().endpoints;
        Ok(match act {
            RouteAct::Keep => {
                endpoints.change_route(id, RouteChange { revision, route }, actor).await?;
                let run = endpoints.probe_now(Scope::Endpoint(id), actor).await?;
                format!("/endpoints/{id}?run={run}")
            }
            RouteAct::Once => {
                let trial = endpoints.try_route(id, route, actor).await?;
                format!("/endpoints/{id}?trial={trial}#{ROUTE}")
            }
        })
    }
}

/// The run that a page is to show: the one under way, else the one that the URL asks about, if it
/// belongs to this page.
#[cfg(feature = "ssr")]
pub async fn run_to_show(
    scope: Scope,
    under_way: Option<RunId>,
    asked: Option<RunId>,
) -> Result<Option<Run>, AppError> {
    let Some(id) = under_way.or(asked) else {
        return Ok(None);
    };
    let actor = require(Permission::View)?;
    let run = known(services().endpoints.run(id, &actor).await)?;
    Ok(run.filter(|run| under_way.is_some() || run.scope == scope))
}

#[cfg(feature = "ssr")]
fn known<T>(found: model::service::ServiceResult<T>) -> Result<Option<T>, AppError> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(model::service::ServiceError::NotFound) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Where the progress of a probe is shown.
#[cfg(any(feature = "ssr", test))]
fn page_of(scope: Scope) -> String {
    match scope {
        Scope::Endpoint(id) => format!("/endpoints/{id}"),
        Scope::Program(id) => format!("/programs/{id}"),
        Scope::Selection | Scope::Filtered | Scope::All => RUNS.to_owned(),
    }
}

/// Where all runs are shown.
#[cfg(any(feature = "ssr", test))]
const RUNS: &str = "/endpoints/runs";

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use model::service::ProgramId;

    use super::*;

    #[test]
    fn the_fields_of_the_form_read_as_a_scope_and_a_depth() {
        let cases = [
            ("scope[endpoint]=7", Scope::Endpoint(EndpointId(7)), Depth::Full),
            ("scope[endpoint]=7&depth=deep", Scope::Endpoint(EndpointId(7)), Depth::Deep),
            ("scope%5Bprogram%5D=8", Scope::Program(ProgramId(8)), Depth::Full),
            ("scope=all", Scope::All, Depth::Full),
        ];
        for (form, scope, depth) in cases {
            // The way server_fn reads the body of a form.
            let request: StartProbe = serde_qs::Config::new(5, false).deserialize_str(form).unwrap();
            assert_eq!((request.scope, request.depth), (scope, depth), "{form}");
        }
    }

    #[test]
    fn a_probe_leads_back_to_the_page_of_its_scope() {
        assert_eq!(page_of(Scope::Endpoint(EndpointId(7))), "/endpoints/7");
        assert_eq!(page_of(Scope::Program(ProgramId(8))), "/programs/8");
    }
}
