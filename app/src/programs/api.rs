//! The typed door to the register.

// #[server] makes a struct of each function's arguments and cannot document its fields.
#![allow(missing_docs)]
// It passes them on one by one, and a form has as many fields as it has.
#![allow(clippy::too_many_arguments)]

use leptos::prelude::*;
#[cfg(feature = "ssr")]
use leptos::server_fn::ServerFn as _;
use model::{
    Api, Timestamp,
    alerts::Recipient,
    endpoints::Run,
    paging::Page,
    programs::{
        Owner, ProgramDetail,
        list::{ProgramChoices, ProgramQuery, ProgramRow},
        undo::RemovedProgram,
    },
    service::{EntryId, ProgramId, RunId},
};
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
use super::{
    clash::{Attempt, Wish},
    typed::Typed,
};
use crate::{error::AppError, findings::told::Told, wire::Json, wording::Wording};

/// A page of the list of mini programs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProgramsData {
    /// Its rows.
    pub page: Page<ProgramRow>,
    /// Whether whoever looks may register one.
    pub may_edit: bool,
    /// What they have removed and can put back, the latest first.
    pub removed: Vec<RemovedProgram>,
}

/// What the page of one mini program shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProgramData {
    /// Everything known of it.
    pub detail: ProgramDetail<Told>,
    /// Who is told by mail of what concerns it.
    pub recipients: Vec<Recipient>,
    /// The probe run under way, or the one that the URL asks about.
    pub run: Option<Run>,
    /// Who can be made an owner; nobody for somebody who may not change it.
    pub people: Vec<Owner>,
    /// What whoever looks may do.
    pub may: May,
    /// When the server answered; relative times count from here.
    pub now: Timestamp,
}

/// What somebody may do on the page of a mini program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct May {
    /// Change it.
    pub edit: bool,
    /// Probe its endpoints.
    pub probe: bool,
}

/// The page of the list of mini programs that `query` asks for.
#[server(endpoint = "/programs/list", output = Json)]
pub async fn programs_page(query: ProgramQuery) -> Result<ProgramsData, AppError> {
    let actor = door::viewer()?;
    let page = door::programs().program_list(&query, &actor).await?;
    let may_edit = door::may(&actor).edit;
    let removed = if may_edit { door::programs().removed_programs(&actor).await? } else { Vec::new() };
    Ok(ProgramsData { page, may_edit, removed })
}

/// What the list can be filtered by, and who can be made an owner.
#[server(endpoint = "/programs/list-choices", output = Json)]
pub async fn list_choices() -> Result<ProgramChoices, AppError> {
    let actor = door::viewer()?;
    Ok(door::programs().program_choices(&actor).await?)
}

/// Everything known of one mini program; `run` is the probe run that the URL names.
#[server(endpoint = "/programs/page", output = Json)]
pub async fn program_page(id: ProgramId, run: Option<RunId>, wording: Wording) -> Result<ProgramData, AppError> {
    let actor = door::viewer()?;
    let detail = door::programs().program(id, &actor).await?;
    let run = crate::endpoints::api::run_to_show(model::endpoints::Scope::Program(id), detail.run, run).await?;
    let recipients = crate::context::services().alerts.recipients(id, &actor).await?;
    let may = door::may(&actor);
    let people = if may.edit { door::programs().program_choices(&actor).await?.people } else { Vec::new() };
    let now = crate::context::now();
    let reader = crate::findings::tell::Reader::of_page(wording, now);
    let detail = detail.told(|finding| reader.told(finding));
    Ok(ProgramData { detail, recipients, run, people, may, now })
}

/// Registers a mini program and leads to its page. The `first` one is typed on Overview.
#[server(endpoint = "/programs/add", output = Json)]
pub async fn add_program(app_id: String, name: String, first: Option<bool>) -> Result<(), AppError> {
    let actor = door::editor()?;
    let added = match door::new_program(&app_id, &name) {
        Ok(program) => door::programs().add_program(program, &actor).await,
        Err(wrong) => Err(wrong),
    };
    match added {
        Ok(id) => leptos_axum::redirect(&format!("/programs/{id}")),
        Err(error) => {
            let typed = [("app_id", &*app_id), ("name", &name)];
            // Once somebody else has registered one, Overview has no such form.
            let is_first = first.unwrap_or_default() && !door::has_any(&actor).await;
            let page = if is_first { "/" } else { super::query::PATH };
            return Err(crate::drafts::back_to_form(page, REGISTER, &typed, AddProgram::PATH, error, &actor).await);
        }
    }
    Ok(())
}

/// The form that registers a mini program.
pub(crate) const REGISTER: &str = "register";

/// Changes the settings, if nobody else has since `revision` was read.
#[server(endpoint = "/programs/change", output = Json)]
pub async fn change_program(
    id: ProgramId,
    revision: i64,
    name: String,
    per_list: String,
    prefetch: String,
    business: String,
    changes_a_month: String,
    strict_sockets: Option<bool>,
    skip_check: Option<bool>,
    owner: String,
    tags: String,
) -> Result<(), AppError> {
    let actor = door::editor()?;
    let limits = [per_list, prefetch, business, changes_a_month];
    let (strict_sockets, skip_check) = (strict_sockets.unwrap_or_default(), skip_check.unwrap_or_default());
    let typed = Typed { id, name, limits, strict_sockets, skip_check, owner, tags };
    let changed = match door::change(revision, &typed) {
        Ok(change) => door::programs().change_program(id, change, &actor).await,
        Err(error) => Err(error),
    };
    match changed {
        Ok(()) => door::back_to(id, &crate::toast::saved_before(SETTINGS)),
        Err(error) => {
            return Err(crate::drafts::back_with(&typed.link(revision), SETTINGS, ChangeProgram::PATH, error.into()));
        }
    }
    Ok(())
}

/// The form of the settings.
pub(super) const SETTINGS: &str = "settings";

/// Where a page offers to take back what was done last.
pub(super) const UNDO: &str = "undo";

/// Registers a mini program again that was removed just now, and leads to its page.
#[server(endpoint = "/programs/restore", output = Json)]
pub async fn restore_program(id: ProgramId) -> Result<(), AppError> {
    let actor = door::editor()?;
    door::programs().restore_program(id, &actor).await?;
    leptos_axum::redirect(&format!("/programs/{id}"));
    Ok(())
}

/// Removes a mini program with its entries and leads to the list.
#[server(endpoint = "/programs/remove", output = Json)]
pub async fn remove_program(id: ProgramId) -> Result<(), AppError> {
    let actor = door::editor()?;
    door::programs().remove_program(id, &actor).await?;
    leptos_axum::redirect("/programs");
    Ok(())
}

/// Adds the entries that were typed, all or none; none where the page is only to `judge` them, without JavaScript.
#[server(endpoint = "/programs/add-entries", output = Json)]
pub async fn add_entries(id: ProgramId, api: Api, lines: String, judge: Option<bool>) -> Result<usize, AppError> {
    use crate::drafts::{Back, bring_back};

    let actor = door::editor()?;
    let (page, list) = (format!("/programs/{id}"), [("api", Some(api.to_string()))]);
    if judge.unwrap_or_default() {
        bring_back(Back::Judged, &page, list, ("lines", &lines), "add", &actor).await?;
        return Ok(0);
    }
    let typed = model::programs::paste::lines_of(&lines).map(str::to_owned).collect();
    match door::programs().add_entries(id, api, typed, &actor).await {
        Ok(added) => {
            door::back_to(id, &format!("#{api}"));
            Ok(added)
        }
        Err(error) => {
            // The page judges each line again, and nothing typed is lost.
            bring_back(Back::Refused, &page, list, ("lines", &lines), "add", &actor).await?;
            Err(error.into())
        }
    }
}

/// Puts something else in the place of an entry, in its list or in another one.
#[server(endpoint = "/programs/change-entry", output = Json)]
pub async fn change_entry(id: ProgramId, entry: EntryId, was: String, api: Api, typed: String) -> Result<(), AppError> {
    let actor = door::editor()?;
    let change = model::programs::EntryChange { was: was.clone(), api, typed: typed.clone() };
    match door::programs().change_entry(id, entry, change, &actor).await {
        Ok(()) => door::back_to(id, &format!("#{UNDO}")),
        Err(error) => {
            let page = Attempt { entry, was, wish: Wish::Change { api, typed } }.link(id);
            return Err(crate::drafts::back_with(&page, "lists", ChangeEntry::PATH, error.into()));
        }
    }
    Ok(())
}

/// Removes one entry of a list.
#[server(endpoint = "/programs/remove-entry", output = Json)]
pub async fn remove_entry(id: ProgramId, entry: EntryId, was: String) -> Result<(), AppError> {
    let actor = door::editor()?;
    match door::programs().remove_entry(id, entry, &was, &actor).await {
        Ok(()) => door::back_to(id, &format!("#{UNDO}")),
        Err(error) => {
            let page = Attempt { entry, was, wish: Wish::Remove }.link(id);
            return Err(crate::drafts::back_with(&page, "lists", RemoveEntry::PATH, error.into()));
        }
    }
    Ok(())
}

#[cfg(feature = "ssr")]
mod door {
    use std::sync::Arc;

    use model::{
        Limits,
        accounts::{Actor, Permission},
        limits::Limit,
        programs::{NewProgram, ProgramChange, Programs, accept_name},
        service::{Field, ProgramId, ServiceError, ServiceResult, both},
        tag::TagError,
        url_check::WssPorts,
    };

    use super::{May, ProgramQuery, Typed};
    use crate::{
        context::{is_plain_form, require, services},
        error::{AppError, accept, accept_limit, accept_some},
    };

    pub(super) fn programs() -> Arc<dyn Programs> {
        services().programs
    }

    pub(super) fn viewer() -> Result<Actor, AppError> {
        require(Permission::View)
    }

    pub(super) fn may(actor: &Actor) -> May {
        May { edit: actor.role.may(Permission::Edit), probe: actor.role.may(Permission::Probe) }
    }

    pub(super) fn editor() -> Result<Actor, AppError> {
        require(Permission::Edit)
    }

    /// Whether any mini program is registered.
    pub(super) async fn has_any(actor: &Actor) -> bool {
        let listed = programs().program_list(&ProgramQuery::default(), actor).await;
        listed.is_ok_and(|page| page.total > 0)
    }

    /// The settings that were typed, as far as they are settings.
    pub(super) fn change(revision: i64, typed: &Typed) -> ServiceResult<ProgramChange> {
        let [per_list, prefetch, business, changes] =
            Limit::ALL.map(|limit| accept_limit(limit, &typed.limits[limit as usize]));
        let limits = both(both(per_list, prefetch), both(business, changes));
        let limits = limits.and_then(|((per_list, prefetch), (business, changes))| {
            Limits::try_from([per_list, prefetch, business, changes]).map_err(ServiceError::from)
        });
        let wss = if typed.strict_sockets { WssPorts::Strict } else { WssPorts::Any };
        let owner = accept_some(Field::Owner, &typed.owner);
        let tags = typed.tags.parse().map_err(|error: TagError| ServiceError::invalid(Field::Tags, error.into()));
        let ((name, limits), (owner, tags)) = both(both(name_of(&typed.name), limits), both(owner, tags))?;
        Ok(ProgramChange { revision, name, limits, wss, skip_check: typed.skip_check, owner, tags })
    }

    /// The mini program that was typed.
    pub(super) fn new_program(app_id: &str, name: &str) -> ServiceResult<NewProgram> {
        let (app_id, name) = both(accept(Field::AppId, app_id), name_of(name))?;
        Ok(NewProgram { app_id, name })
    }

    fn name_of(typed: &str) -> ServiceResult<String> {
        accept_name(typed).map_err(|problem| ServiceError::invalid(Field::ProgramName, problem))
    }

    /// A form sent without JavaScript is led back to the page, without the question in its URL.
    pub(super) fn back_to(id: ProgramId, anchor: &str) {
        if is_plain_form() {
            leptos_axum::redirect(&format!("/programs/{id}{anchor}"));
        }
    }
}
