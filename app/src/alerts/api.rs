//! The typed door to alerts.

// #[server] makes a struct of each function's arguments and cannot document its fields.
#![allow(missing_docs)]

use leptos::prelude::*;
#[cfg(feature = "ssr")]
use leptos::server_fn::ServerFn as _;
use model::{
    Timestamp,
    alerts::{Language, ListedNotice},
    paging::Page,
    service::{ProgramId, RecipientId},
};
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
use crate::{
    context::{is_plain_form, require, services},
    error::accept,
};
use crate::{error::AppError, wire::Json};

/// What the page of alerts shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertsData {
    /// What was told and what is still to be told.
    pub notices: Page<ListedNotice>,
    /// Whether there is anything to try again, on this page or another.
    pub any_stuck: bool,
    /// Whether mail can leave.
    pub mail_leaves: bool,
    /// Whether whoever looks may have it tried again.
    pub may_edit: bool,
    /// When the server answered; relative times count from here.
    pub now: Timestamp,
}

/// A page of what was told.
#[server(endpoint = "/alerts/page", output = Json)]
pub async fn alerts_page(page: u32) -> Result<AlertsData, AppError> {
    let actor = require(model::accounts::Permission::View)?;
    let alerts = services().alerts;
    let mail_leaves = alerts.mail_settings(&actor).await?.server.is_some();
    let (notices, any_stuck) = (alerts.notices(page, &actor).await?, alerts.any_stuck(&actor).await?);
    let may_edit = actor.role.may(model::accounts::Permission::Edit);
    Ok(AlertsData { notices, any_stuck, mail_leaves, may_edit, now: crate::context::now() })
}

/// Tries everything again that did not go out.
#[server(endpoint = "/alerts/try-again", output = Json)]
pub async fn try_again() -> Result<u64, AppError> {
    let actor = require(model::accounts::Permission::Edit)?;
    let made = services().alerts.try_again(&actor).await?;
    if is_plain_form() {
        leptos_axum::redirect("/alerts");
    }
    Ok(made)
}

/// Tells one more person what concerns a mini program.
#[server(endpoint = "/alerts/add-recipient", output = Json)]
pub async fn add_recipient(id: ProgramId, address: String, language: Language) -> Result<(), AppError> {
    let actor = require(model::accounts::Permission::Edit)?;
    let added = match accept(model::service::Field::Recipient, &address) {
        Ok(address) => services().alerts.add_recipient(id, address, language, &actor).await,
        Err(error) => Err(error),
    };
    if let Err(error) = added {
        let (page, typed) = (format!("/programs/{id}"), [("address", &*address), ("language", language.as_str())]);
        let path = AddRecipient::PATH;
        return Err(crate::drafts::back_to_form(&page, RECIPIENTS, &typed, path, error, &actor).await);
    }
    if is_plain_form() {
        leptos_axum::redirect(&format!("/programs/{id}#{RECIPIENTS}"));
    }
    Ok(())
}

/// Tells one person less.
#[server(endpoint = "/alerts/remove-recipient", output = Json)]
pub async fn remove_recipient(id: ProgramId, recipient: RecipientId) -> Result<(), AppError> {
    let actor = require(model::accounts::Permission::Edit)?;
    services().alerts.remove_recipient(id, recipient, &actor).await?;
    if is_plain_form() {
        leptos_axum::redirect(&format!("/programs/{id}#{RECIPIENTS}"));
    }
    Ok(())
}

/// Where the recipients of a mini program stand on its page, and their form.
pub(crate) const RECIPIENTS: &str = "recipients";
