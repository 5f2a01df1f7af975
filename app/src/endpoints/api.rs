//! The typed door to endpoints and probes.

// #[server] makes a struct of each function's arguments and cannot document its fields.
#![allow(missing_docs)]

use leptos::prelude::*;
use model::{
    Timestamp,
    endpoints::{
        EndpointDetail, Run, Scope,
        list::{EndpointQuery, EndpointRow},
    },
    paging::Page,
    service::{EndpointId, RunId},
};
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
use crate::context::{is_plain_form, require, services};
use crate::error::AppError;

/// What the page of an endpoint shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndpointData {
    /// Everything known of it.
    pub detail: EndpointDetail,
    /// The probe run under way, or the one that the URL asks about.
    pub run: Option<Run>,
    /// When the server answered; relative times count from here.
    pub now: Timestamp,
}

/// A page of the list of endpoints.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndpointsData {
    /// Its rows.
    pub page: Page<EndpointRow>,
    /// When the server answered; relative times count from here.
    pub now: Timestamp,
}

/// What the page of runs shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunsData {
    /// Newest first.
    pub runs: Vec<Run>,
    /// When the server answered; relative times count from here.
    pub now: Timestamp,
}

/// The page of the list of endpoints that `query` asks for.
#[server(endpoint = "/endpoints/list")]
pub async fn endpoints_page(query: EndpointQuery) -> Result<EndpointsData, AppError> {
    let actor = require(model::accounts::Permission::View)?;
    let page = services().endpoints.endpoints(&query, &actor).await?;
    Ok(EndpointsData { page, now: crate::context::now() })
}

/// Everything known of one endpoint; `run` is the probe run that the URL names.
#[server(endpoint = "/endpoints/page")]
pub async fn endpoint_page(id: EndpointId, run: Option<RunId>) -> Result<EndpointData, AppError> {
    let actor = require(model::accounts::Permission::View)?;
    let detail = services().endpoints.endpoint(id, &actor).await?;
    let run = run_to_show(Scope::Endpoint(id), detail.run, run).await?;
    Ok(EndpointData { detail, run, now: crate::context::now() })
}

/// Starts to probe. A form sent without JavaScript is led back to the page it came from.
#[server(endpoint = "/endpoints/probe-now")]
pub async fn start_probe(scope: Scope) -> Result<RunId, AppError> {
    let actor = require(model::accounts::Permission::Probe)?;
    let run = services().endpoints.probe_now(scope, &actor).await?;
    if is_plain_form() {
        leptos_axum::redirect(&format!("{}?run={run}", page_of(scope)));
    }
    Ok(run)
}

/// Starts to probe the endpoints that were chosen, and leads to the progress.
#[server(endpoint = "/endpoints/probe-selected")]
pub async fn probe_selected(#[server(default)] ids: Vec<EndpointId>) -> Result<(), AppError> {
    let actor = require(model::accounts::Permission::Probe)?;
    services().endpoints.probe_selected(ids, &actor).await?;
    leptos_axum::redirect(RUNS);
    Ok(())
}

/// Starts to probe every endpoint, and leads to the progress.
#[server(endpoint = "/endpoints/probe-all")]
pub async fn probe_all() -> Result<(), AppError> {
    let actor = require(model::accounts::Permission::Probe)?;
    services().endpoints.probe_now(Scope::All, &actor).await?;
    leptos_axum::redirect(RUNS);
    Ok(())
}

/// Calls a run off.
#[server(endpoint = "/endpoints/cancel-run")]
pub async fn cancel_run(id: RunId) -> Result<(), AppError> {
    let actor = require(model::accounts::Permission::Probe)?;
    services().endpoints.cancel(id, &actor).await?;
    if is_plain_form() {
        leptos_axum::redirect(RUNS);
    }
    Ok(())
}

/// The runs under way and the last that have ended, newest first.
#[server(endpoint = "/endpoints/runs")]
pub async fn runs_page() -> Result<RunsData, AppError> {
    let actor = require(model::accounts::Permission::View)?;
    Ok(RunsData { runs: services().endpoints.runs(&actor).await?, now: crate::context::now() })
}

/// How many runs are under way.
#[server(endpoint = "/endpoints/runs-under-way")]
pub async fn runs_under_way() -> Result<usize, AppError> {
    let actor = require(model::accounts::Permission::View)?;
    let runs = services().endpoints.runs(&actor).await?;
    Ok(runs.iter().filter(|run| !run.finished).count())
}

/// How far a run is; none when it is not known any more.
#[server(endpoint = "/endpoints/run")]
pub async fn run_state(id: RunId) -> Result<Option<Run>, AppError> {
    let actor = require(model::accounts::Permission::View)?;
    known(services().endpoints.run(id, &actor).await)
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
    let actor = require(model::accounts::Permission::View)?;
    let run = known(services().endpoints.run(id, &actor).await)?;
    Ok(run.filter(|run| under_way.is_some() || run.scope == scope))
}

#[cfg(feature = "ssr")]
fn known(run: model::service::ServiceResult<Run>) -> Result<Option<Run>, AppError> {
    match run {
        Ok(run) => Ok(Some(run)),
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
        Scope::Selection | Scope::All => RUNS.to_owned(),
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
    fn the_hidden_field_of_the_form_reads_as_a_scope() {
        let cases = [
            ("scope[endpoint]=7", Scope::Endpoint(EndpointId(7))),
            ("scope%5Bprogram%5D=8", Scope::Program(ProgramId(8))),
            ("scope=all", Scope::All),
        ];
        for (form, scope) in cases {
            // The way server_fn reads the body of a form.
            let request: StartProbe = serde_qs::Config::new(5, false).deserialize_str(form).unwrap();
            assert_eq!(request.scope, scope, "{form}");
        }
    }

    #[test]
    fn a_probe_leads_back_to_the_page_of_its_scope() {
        assert_eq!(page_of(Scope::Endpoint(EndpointId(7))), "/endpoints/7");
        assert_eq!(page_of(Scope::Program(ProgramId(8))), "/programs/8");
    }
}
