//! How mail leaves: the form, and a mail to try it with.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use model::{
    alerts::{EmailAddress, MailSettings, PublicUrl, Security},
    service::{Field, Problem},
};

use super::api::{ChangeMail, TestMail};
use crate::{
    alerts::recipients::judge_address,
    components::{FormError, TextField},
    i18n::*,
    preferences::use_locale,
    words,
};

/// Every field of the form that shows its own error.
const FIELDS: &[Field] =
    &[Field::MailHost, Field::MailPort, Field::MailUser, Field::MailPassword, Field::MailSender, Field::PublicUrl];

/// The mail server, and what stands in every mail.
#[component]
pub fn MailForm(
    /// As read.
    settings: MailSettings,
    /// Whether whoever looks may change them.
    may_change: bool,
    /// Changes them.
    change: ServerAction<ChangeMail>,
) -> impl IntoView {
    let locale = use_locale();
    let fixed = settings.from_environment;
    view! {
        <section class="panel flex flex-col gap-4" id="mail">
            <h2 class="text-lg font-semibold">{td!(locale, settings.mail.title)}</h2>
            <p class="max-w-prose text-sm text-base-content/80">{td!(locale, settings.mail.intro)}</p>
            {(!may_change).then(|| view! { <p class="alert alert-info" role="status">{td!(locale, settings.administrators)}</p> })}
            {fixed.then(|| view! { <p class="alert alert-info" role="status">{td!(locale, settings.mail.from_environment)}</p> })}
            <ActionForm action=change attr:class="flex max-w-xl flex-col gap-4">
                <fieldset class="contents" disabled=fixed || !may_change><Fields settings change/></fieldset>
            </ActionForm>
        </section>
    }
    .into_any()
}

#[component]
fn Fields(settings: MailSettings, change: ServerAction<ChangeMail>) -> impl IntoView {
    let locale = use_locale();
    let error = Signal::derive(move || change.value().get().and_then(Result::err));
    let saved = move || change.value().with(|value| matches!(value, Some(Ok(()))));
    let MailSettings { server, sender, public_url, has_password, revision, .. } = settings;
    let host = server.as_ref().map(|server| server.host.to_string()).unwrap_or_default();
    let port = server.as_ref().map_or_else(|| "465".to_owned(), |server| server.port.number().to_string());
    let security = server.as_ref().map(|server| server.security).unwrap_or_default();
    let username = server.and_then(|server| server.username).unwrap_or_default();
    let ways = Security::ALL.map(|way| {
        view! { <option value=way.as_str() selected=way == security>{words::security(way, locale)}</option> }
    });
    let password_help = if has_password {
        td_string!(locale, settings.mail.password_kept)
    } else {
        td_string!(locale, settings.mail.password_help)
    };
    view! {
        <FormError error fields=FIELDS/>
        <input type="hidden" name="revision" value=revision.to_string()/>
        <TextField name="host" field=Field::MailHost error value=host may_be_empty=true
            label=td_string!(locale, settings.mail.host) help=td_string!(locale, settings.mail.host_help)/>
        <div class="grid gap-4 sm:grid-cols-[8rem_minmax(0,1fr)]">
            <TextField name="port" field=Field::MailPort error value=port kind="number"
                label=td_string!(locale, settings.mail.port)/>
            <label class="field">
                <span class="field-label">{td!(locale, settings.mail.security)}</span>
                <select class="select w-full" name="security">{ways.collect_view()}</select>
            </label>
        </div>
        <TextField name="username" field=Field::MailUser error value=username may_be_empty=true
            label=td_string!(locale, settings.mail.username) help=td_string!(locale, settings.mail.username_help)/>
        <TextField name="password" field=Field::MailPassword error kind="password" autocomplete="new-password"
            may_be_empty=true label=td_string!(locale, settings.mail.password) help=password_help/>
        <TextField name="sender" field=Field::MailSender error kind="email" may_be_empty=true judge=judge_sender
            value=sender.map(|sender| sender.to_string()).unwrap_or_default()
            label=td_string!(locale, settings.mail.sender)/>
        <TextField name="public_url" field=Field::PublicUrl error kind="url" may_be_empty=true judge=judge_public_url
            value=public_url.map(|url| url.to_string()).unwrap_or_default()
            label=td_string!(locale, settings.mail.public_url) help=td_string!(locale, settings.mail.public_url_help)/>
        <div class="flex flex-wrap items-center gap-3">
            <button class="btn btn-primary" disabled=change.pending()>{td!(locale, common.save)}</button>
            <span role="status">{move || saved().then(|| td_string!(locale, settings.saved))}</span>
        </div>
    }
    .into_any()
}

/// Sends a mail and says what the mail server answered.
#[component]
pub fn TestForm() -> impl IntoView {
    let locale = use_locale();
    let query = use_query_map();
    let test = ServerAction::<TestMail>::new();
    let error = Signal::derive(move || test.value().get().and_then(Result::err));
    let sent = move || {
        test.value().with(|value| match value {
            Some(result) => result.is_ok(),
            None => query.with(|query| query.get("tested").is_some()),
        })
    };
    view! {
        <section class="panel flex flex-col gap-4" id="mail-test">
            <h2 class="text-lg font-semibold">{td!(locale, settings.test.title)}</h2>
            <ActionForm action=test attr:class="flex max-w-xl flex-col gap-3">
                <FormError error fields=&[Field::Recipient]/>
                <TextField name="address" field=Field::Recipient error kind="email" judge=judge_address
                    label=td_string!(locale, settings.test.address)/>
                <div class="flex flex-wrap items-center gap-3">
                    <button class="btn" disabled=test.pending()>{td!(locale, settings.test.send)}</button>
                    <span role="status">{move || sent().then(|| td_string!(locale, settings.test.sent))}</span>
                </div>
            </ActionForm>
        </section>
    }
    .into_any()
}

fn judge_sender(typed: &str) -> Option<Problem> {
    (!typed.trim().is_empty() && typed.parse::<EmailAddress>().is_err()).then_some(Problem::Malformed)
}

fn judge_public_url(typed: &str) -> Option<Problem> {
    (!typed.trim().is_empty() && typed.parse::<PublicUrl>().is_err()).then_some(Problem::Malformed)
}
