//! The typed door to what surrounds every page.

// #[server] makes a struct of each function's arguments and cannot document its fields.
#![allow(missing_docs)]

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{endpoints::api::Begun, error::AppError, wire::Json};

/// What the top bar shows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TopBarData {
    /// Log-in name of whoever asks; empty where nobody may be told.
    pub login: String,
    /// The probe runs that are under way, newest first.
    pub running: Vec<Begun>,
}

/// Who is logged in, and whether anything is probed.
#[server(endpoint = "/top-bar", output = Json)]
pub async fn top_bar() -> Result<TopBarData, AppError> {
    let actor = crate::context::require(model::accounts::Permission::View)?;
    let runs = crate::context::services().endpoints.runs(&actor).await?.into_iter().filter(|run| !run.finished);
    let running = runs.map(|run| Begun { scope: run.scope, name: run.name }).collect();
    Ok(TopBarData { login: actor.login, running })
}
