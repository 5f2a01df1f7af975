//! The typed door to the first page.

// #[server] makes a struct of each function's arguments and cannot document its fields.
#![allow(missing_docs)]

use leptos::prelude::*;
use model::{Timestamp, Zone, certificates::Expiries, endpoints::Scope, overview::Overview};
use serde::{Deserialize, Serialize};

use crate::{error::AppError, wire::Json};

/// What the first page shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OverviewData {
    /// Everything on it.
    pub overview: Overview,
    /// When certificates end.
    pub expiries: Expiries,
    /// The probe runs under way.
    pub runs: Vec<UnderWay>,
    /// Whether whoever looks may register a mini program.
    pub may_edit: bool,
    /// When the server answered; relative times count from here.
    pub now: Timestamp,
}

/// A probe run that has not ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnderWay {
    /// What is probed.
    pub scope: Scope,
    /// Its name, as [`model::endpoints::Run::name`].
    pub name: Option<String>,
    /// How many endpoints are done.
    pub done: u32,
    /// How many there are.
    pub total: u32,
    /// When it began.
    pub begun_at: Timestamp,
    /// About how long it will still take; none before the first is done.
    pub seconds_left: Option<u64>,
}

#[cfg(feature = "ssr")]
impl UnderWay {
    fn of(run: &model::endpoints::Run) -> Option<Self> {
        let model::endpoints::Run { scope, done, total, begun_at, seconds_left, finished, .. } = *run;
        (!finished).then(|| Self { scope, name: run.name.clone(), done, total, begun_at, seconds_left })
    }
}

/// The probe runs under way, for who has the first page open.
#[server(endpoint = "/overview/runs", output = Json)]
pub async fn overview_runs() -> Result<Vec<UnderWay>, AppError> {
    let actor = crate::context::require(model::accounts::Permission::View)?;
    let runs = crate::context::services().endpoints.runs(&actor).await?;
    Ok(runs.iter().filter_map(UnderWay::of).collect())
}

/// What the first page shows, with a page of the mini programs. Yesterday is that of `zone`.
#[server(endpoint = "/overview", output = Json)]
pub async fn overview_page(page: u32, zone: Zone) -> Result<OverviewData, AppError> {
    let actor = crate::context::require(model::accounts::Permission::View)?;
    let services = crate::context::services();
    let overview = services.overview.overview(page, zone, &actor).await?;
    let expiries = services.certificates.expiries(&actor).await?;
    let runs = overview_runs().await?;
    let may_edit = actor.role.may(model::accounts::Permission::Edit);
    Ok(OverviewData { overview, expiries, runs, may_edit, now: crate::context::now() })
}
