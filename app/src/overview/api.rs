//! The typed door to the first page.

// #[server] makes a struct of each function's arguments and cannot document its fields.
#![allow(missing_docs)]

use leptos::prelude::*;
use model::{Timestamp, certificates::Expiries, endpoints::Scope, overview::Overview};
use serde::{Deserialize, Serialize};

use crate::{error::AppError, wire::Json, wording::Wording};

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
    /// The first one that they have typed, if it was refused.
    pub first: Option<First>,
    /// When the server answered; relative times count from here.
    pub now: Timestamp,
}

/// A mini program that was refused.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct First {
    /// Its AppID.
    pub app_id: Answered,
    /// Its name.
    pub name: Answered,
    /// Why, as far as that is about neither.
    pub rest: Option<String>,
}

/// What was typed into a field.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answered {
    /// It, as it was typed.
    pub typed: String,
    /// What is wrong with it, in words.
    pub problem: Option<String>,
}

#[cfg(feature = "ssr")]
impl First {
    /// Out of the query of the page.
    async fn read(search: &str, wording: Wording) -> Option<Self> {
        use leptos::server_fn::ServerFn as _;
        use model::service::Field;

        use crate::{
            drafts::{Left, refused},
            error::problem_words,
            programs::api::{AddProgram, REGISTER},
        };

        let (left, error) = refused(search, REGISTER, AddProgram::PATH).await?;
        let rest = error.words_apart_from(&[Field::AppId, Field::ProgramName], wording.locale);
        let (left, gone) = match left {
            Ok(left) => (left, None),
            Err(gone) => (Left::default(), Some(gone.words(wording.locale))),
        };
        let answered = |name, field| Answered {
            typed: left.text(name),
            problem: error.problem(field).map(|problem| problem_words(field, &problem, wording.locale)),
        };
        Some(Self {
            app_id: answered("app_id", Field::AppId),
            name: answered("name", Field::ProgramName),
            rest: rest.or(gone),
        })
    }
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

/// What the first page shows, with a page of the mini programs. Yesterday is that of the wording; `refused` is the query
/// of the page where it tells of a first mini program that was refused.
#[server(endpoint = "/overview", output = Json)]
pub async fn overview_page(page: u32, wording: Wording, refused: Option<String>) -> Result<OverviewData, AppError> {
    let actor = crate::context::require(model::accounts::Permission::View)?;
    let services = crate::context::services();
    let overview = services.overview.overview(page, wording.zone, &actor).await?;
    let expiries = services.certificates.expiries(&actor).await?;
    let runs = overview_runs().await?;
    let may_edit = actor.role.may(model::accounts::Permission::Edit);
    let first = match refused.filter(|_| may_edit) {
        Some(search) => First::read(&search, wording).await,
        None => None,
    };
    Ok(OverviewData { overview, expiries, runs, may_edit, first, now: crate::context::now() })
}
