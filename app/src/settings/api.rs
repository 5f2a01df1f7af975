//! The typed door to the settings.

// #[server] makes a struct of each function's arguments and cannot document its fields.
#![allow(missing_docs)]
// It passes them on one by one, and a form has as many fields as it has.
#![allow(clippy::too_many_arguments)]

use leptos::prelude::*;
use model::{
    alerts::{MailSettings, Security},
    settings::ProbingSettings,
};
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
use crate::{
    context::{is_plain_form, require, services},
    error::{accept, accept_some},
};
use crate::{error::AppError, wire::Json};

/// How mail leaves, and whether whoever asks may change that.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailData {
    /// The settings in force.
    pub settings: MailSettings,
    /// Whether they may.
    pub may_change: bool,
}

/// How mail leaves.
#[server(endpoint = "/settings/mail", output = Json)]
pub async fn mail_page() -> Result<MailData, AppError> {
    use model::accounts::Permission;

    let actor = require(Permission::View)?;
    let settings = services().alerts.mail_settings(&actor).await?;
    Ok(MailData { settings, may_change: actor.role.may(Permission::Administer) })
}

/// Changes how mail leaves, if nobody else has since `revision` was read. Without a host no mail
/// leaves; an empty password keeps the one that is stored.
#[server(endpoint = "/settings/change-mail", output = Json)]
pub async fn change_mail(
    revision: i64,
    host: String,
    port: String,
    security: Security,
    username: String,
    password: String,
    sender: String,
    public_url: String,
) -> Result<(), AppError> {
    use model::{
        alerts::{MailChange, MailServer, Secret},
        service::Field,
    };

    let actor = require(model::accounts::Permission::Administer)?;
    let username = Some(username.trim().to_owned()).filter(|name| !name.is_empty());
    let server = match accept_some(Field::MailHost, &host)? {
        Some(host) => Some(MailServer { host, port: accept(Field::MailPort, &port)?, security, username }),
        None => None,
    };
    let password = (!password.is_empty()).then_some(Secret(password));
    let sender = accept_some(Field::MailSender, &sender)?;
    let public_url = accept_some(Field::PublicUrl, &public_url)?;
    let change = MailChange { revision, server, password, sender, public_url };
    services().alerts.change_mail_settings(change, &actor).await?;
    if is_plain_form() {
        leptos_axum::redirect("/settings/mail");
    }
    Ok(())
}

/// How Hufu probes, and whether whoever asks may change that.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProbingData {
    /// The settings in force.
    pub settings: ProbingSettings,
    /// Whether they may.
    pub may_change: bool,
}

/// How Hufu probes.
#[server(endpoint = "/settings/probing", output = Json)]
pub async fn probing_page() -> Result<ProbingData, AppError> {
    use model::accounts::Permission;

    let actor = require(Permission::View)?;
    let settings = services().settings.probing(&actor).await?;
    Ok(ProbingData { settings, may_change: actor.role.may(Permission::Administer) })
}

/// Changes how Hufu probes, if nobody else has since `revision` was read.
#[server(endpoint = "/settings/change-probing", output = Json)]
pub async fn change_probing(
    revision: i64,
    #[server(default)] every_hours: String,
    at_once: String,
    networks: String,
    per_list: String,
) -> Result<(), AppError> {
    use model::{
        Limits,
        limits::{PER_LIST, PER_LIST_MOST},
        service::{Field, Problem, ServiceError},
        settings::{ProbingChange, read_ranges},
    };

    let actor = require(model::accounts::Permission::Administer)?;
    let allowed =
        read_ranges(&networks).map_err(|word| ServiceError::invalid(Field::Networks, Problem::NoNetwork(word)))?;
    let limits = Limits::new(accept(Field::Limit, &per_list)?).map_err(|_| {
        ServiceError::invalid(Field::Limit, Problem::OutOfRange { least: PER_LIST, most: PER_LIST_MOST })
    })?;
    let (every_hours, at_once) = (accept_some(Field::ProbeEvery, &every_hours)?, accept(Field::AtOnce, &at_once)?);
    services()
        .settings
        .change_probing(ProbingChange { revision, every_hours, at_once, allowed, limits }, &actor)
        .await?;
    if is_plain_form() {
        leptos_axum::redirect("/settings/probing");
    }
    Ok(())
}

/// Sends a mail now.
#[server(endpoint = "/settings/test-mail", output = Json)]
pub async fn test_mail(address: String) -> Result<(), AppError> {
    use model::alerts::Language;

    let actor = require(model::accounts::Permission::Administer)?;
    let address = accept(model::service::Field::Recipient, &address)?;
    let english = crate::preferences::page_locale() == crate::i18n::Locale::en;
    let language = if english { Language::English } else { Language::Chinese };
    services().alerts.send_test(address, language, &actor).await?;
    if is_plain_form() {
        leptos_axum::redirect("/settings/mail?tested=1#mail-test");
    }
    Ok(())
}
