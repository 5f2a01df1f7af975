//! The typed door to the register.

// #[server] makes a struct of each function's arguments and cannot document its fields.
#![allow(missing_docs)]

use leptos::prelude::*;
use model::{
    Api, DomainEntry, Timestamp,
    alerts::Recipient,
    endpoints::Run,
    programs::{ProgramDetail, ProgramSummary},
    service::{EntryId, ProgramId, RunId},
};
use serde::{Deserialize, Serialize};

use crate::error::AppError;

/// What the list of mini programs shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProgramsData {
    /// Worst first.
    pub programs: Vec<ProgramSummary>,
}

/// What the page of one mini program shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProgramData {
    /// Everything known of it.
    pub detail: ProgramDetail,
    /// Who is told by mail of what concerns it.
    pub recipients: Vec<Recipient>,
    /// The probe run under way, or the one that the URL asks about.
    pub run: Option<Run>,
    /// When the server answered; relative times count from here.
    pub now: Timestamp,
}

/// Every mini program.
#[server(endpoint = "/programs/list")]
pub async fn programs_page() -> Result<ProgramsData, AppError> {
    let actor = door::viewer()?;
    Ok(ProgramsData { programs: door::programs().programs(&actor).await? })
}

/// Everything known of one mini program; `run` is the probe run that the URL names.
#[server(endpoint = "/programs/page")]
pub async fn program_page(id: ProgramId, run: Option<RunId>) -> Result<ProgramData, AppError> {
    let actor = door::viewer()?;
    let detail = door::programs().program(id, &actor).await?;
    let run = crate::endpoints::api::run_to_show(model::endpoints::Scope::Program(id), detail.run, run).await?;
    let recipients = crate::context::services().alerts.recipients(id, &actor).await?;
    Ok(ProgramData { detail, recipients, run, now: crate::context::now() })
}

/// Registers a mini program and leads to its page.
#[server(endpoint = "/programs/add")]
pub async fn add_program(app_id: String, name: String) -> Result<(), AppError> {
    let actor = door::editor()?;
    let app_id = app_id.parse().map_err(|_| door::malformed(model::service::Field::AppId))?;
    let id = door::programs().add_program(model::programs::NewProgram { app_id, name }, &actor).await?;
    leptos_axum::redirect(&format!("/programs/{id}"));
    Ok(())
}

/// Changes the settings, if nobody else has since `revision` was read.
#[server(endpoint = "/programs/change")]
pub async fn change_program(
    id: ProgramId,
    revision: i64,
    name: String,
    per_list: String,
    skip_check: Option<bool>,
) -> Result<(), AppError> {
    use model::{
        Limits,
        limits::{PER_LIST, PER_LIST_MOST},
        service::{Field, Problem, ServiceError},
    };

    let actor = door::editor()?;
    let per_list: u32 = per_list.trim().parse().map_err(|_| door::malformed(Field::Limit))?;
    let limits = Limits::new(per_list).map_err(|_| {
        ServiceError::invalid(Field::Limit, Problem::OutOfRange { least: PER_LIST, most: PER_LIST_MOST })
    })?;
    let skip_check = skip_check.unwrap_or_default();
    let change = model::programs::ProgramChange { revision, name, limits, skip_check };
    door::programs().change_program(id, change, &actor).await?;
    door::back_to(id, "");
    Ok(())
}

/// Removes a mini program with its entries and leads to the list.
#[server(endpoint = "/programs/remove")]
pub async fn remove_program(id: ProgramId) -> Result<(), AppError> {
    let actor = door::editor()?;
    door::programs().remove_program(id, &actor).await?;
    leptos_axum::redirect("/programs");
    Ok(())
}

/// Adds the entries that were typed, all or none.
#[server(endpoint = "/programs/add-entries")]
pub async fn add_entries(id: ProgramId, api: Api, lines: String) -> Result<usize, AppError> {
    let actor = door::editor()?;
    let typed = super::paste::lines_of(&lines).map(str::to_owned).collect();
    match door::programs().add_entries(id, api, typed, &actor).await {
        Ok(added) => {
            door::back_to(id, &format!("#{api}"));
            Ok(added)
        }
        Err(error) => {
            // The page judges each line again, and nothing typed is lost.
            let (page, list) = (format!("/programs/{id}"), [("api", Some(api.to_string()))]);
            crate::drafts::bring_back(&page, list, ("lines", &lines), "add", &actor).await?;
            Err(error.into())
        }
    }
}

/// Puts something else in the place of an entry, in its list or in another one.
#[server(endpoint = "/programs/change-entry")]
pub async fn change_entry(id: ProgramId, entry: EntryId, was: String, api: Api, typed: String) -> Result<(), AppError> {
    let actor = door::editor()?;
    let change = model::programs::EntryChange { was, api, typed };
    door::programs().change_entry(id, entry, change, &actor).await?;
    door::back_to(id, &format!("#{api}"));
    Ok(())
}

/// Removes one entry of a list, and says which it was, so that it can be put back.
#[server(endpoint = "/programs/remove-entry")]
pub async fn remove_entry(id: ProgramId, entry: EntryId) -> Result<DomainEntry, AppError> {
    let actor = door::editor()?;
    let removed = door::programs().remove_entry(id, entry, &actor).await?;
    door::back_to(id, &format!("?{}#lists", super::undo::offer(&removed)));
    Ok(removed)
}

#[cfg(feature = "ssr")]
mod door {
    use std::sync::Arc;

    use model::{
        accounts::{Actor, Permission},
        programs::Programs,
        service::{Field, Problem, ProgramId, ServiceError},
    };

    use crate::{
        context::{is_plain_form, require, services},
        error::AppError,
    };

    pub(super) fn programs() -> Arc<dyn Programs> {
        services().programs
    }

    pub(super) fn viewer() -> Result<Actor, AppError> {
        require(Permission::View)
    }

    pub(super) fn editor() -> Result<Actor, AppError> {
        require(Permission::Edit)
    }

    pub(super) fn malformed(field: Field) -> ServiceError {
        ServiceError::invalid(field, Problem::Malformed)
    }

    /// A form sent without JavaScript is led back to the page, without the question in its URL.
    pub(super) fn back_to(id: ProgramId, anchor: &str) {
        if is_plain_form() {
            leptos_axum::redirect(&format!("/programs/{id}{anchor}"));
        }
    }
}
