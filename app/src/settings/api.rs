//! The typed door to the settings.

// #[server] makes a struct of each function's arguments and cannot document its fields.
#![allow(missing_docs)]
// It passes them on one by one, and a form has as many fields as it has.
#![allow(clippy::too_many_arguments)]

use leptos::prelude::*;
#[cfg(feature = "ssr")]
use leptos::server_fn::ServerFn as _;
use model::{
    alerts::{MailSettings, Security},
    settings::ProbingSettings,
};
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
use super::typed;
#[cfg(feature = "ssr")]
use crate::{
    context::{is_plain_form, require, services},
    drafts::back_to_form,
    error::accept,
    toast::saved_before,
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

/// Whether whoever asks may open what is for administrators alone.
#[server(endpoint = "/settings/may-administer", output = Json)]
pub async fn may_administer() -> Result<bool, AppError> {
    use model::accounts::Permission;

    Ok(require(Permission::View)?.role.may(Permission::Administer))
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
    let actor = require(model::accounts::Permission::Administer)?;
    let form = ChangeMail { revision, host, port, security, username, password, sender, public_url };
    let changed = match typed::mail_change(&form, &actor).await {
        Ok(change) => services().alerts.change_mail_settings(change, &actor).await,
        Err(wrong) => Err(wrong),
    };
    if let Err(error) = changed {
        let typed = [
            ("revision", &*revision.to_string()),
            ("host", &form.host),
            ("port", &form.port),
            ("security", security.as_str()),
            ("username", &form.username),
            ("sender", &form.sender),
            ("public_url", &form.public_url),
        ];
        return Err(back_to_form(MAIL_PAGE, MAIL, &typed, ChangeMail::PATH, error, &actor).await);
    }
    if is_plain_form() {
        leptos_axum::redirect(&format!("{MAIL_PAGE}{}", saved_before(MAIL)));
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
    stale_after_days: String,
) -> Result<(), AppError> {
    let actor = require(model::accounts::Permission::Administer)?;
    let form = ChangeProbing { revision, every_hours, at_once, networks, per_list, stale_after_days };
    let changed = match typed::probing_change(&form, &actor).await {
        Ok(change) => services().settings.change_probing(change, &actor).await,
        Err(wrong) => Err(wrong),
    };
    if let Err(error) = changed {
        let typed = [
            ("revision", &*revision.to_string()),
            ("every_hours", &form.every_hours),
            ("at_once", &form.at_once),
            ("networks", &form.networks),
            ("per_list", &form.per_list),
            ("stale_after_days", &form.stale_after_days),
        ];
        return Err(back_to_form(PROBING_PAGE, PROBING, &typed, ChangeProbing::PATH, error, &actor).await);
    }
    if is_plain_form() {
        leptos_axum::redirect(&format!("{PROBING_PAGE}{}", saved_before(PROBING)));
    }
    Ok(())
}

/// Sends a mail now.
#[server(endpoint = "/settings/test-mail", output = Json)]
pub async fn test_mail(address: String) -> Result<(), AppError> {
    use model::alerts::Language;

    let actor = require(model::accounts::Permission::Administer)?;
    let english = crate::preferences::page_locale() == crate::i18n::Locale::en;
    let language = if english { Language::English } else { Language::Chinese };
    let sent = match accept(model::service::Field::Recipient, &address) {
        Ok(address) => services().alerts.send_test(address, language, &actor).await,
        Err(error) => Err(error),
    };
    if let Err(error) = sent {
        let typed = [("address", &*address)];
        return Err(back_to_form(MAIL_PAGE, MAIL_TEST, &typed, TestMail::PATH, error, &actor).await);
    }
    if is_plain_form() {
        leptos_axum::redirect(&format!("{MAIL_PAGE}?tested=1#{MAIL_TEST}"));
    }
    Ok(())
}

/// Where the settings of mail are.
pub(super) const MAIL_PAGE: &str = "/settings/mail";

/// Their form.
pub(super) const MAIL: &str = "mail";

/// The form that sends a mail.
pub(super) const MAIL_TEST: &str = "mail-test";

/// Where the settings of probing are.
pub(super) const PROBING_PAGE: &str = "/settings/probing";

/// Their form.
pub(super) const PROBING: &str = "probing";
