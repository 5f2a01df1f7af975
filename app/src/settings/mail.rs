//! How mail leaves: the form, and a mail to try it with.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use model::{
    alerts::{EmailAddress, MAIL_TAKES_SECONDS_MOST, MailFailure, MailServer, MailSettings, PublicUrl, Security},
    service::{Field, Problem},
};

use super::api::{ChangeMail, MAIL, MAIL_PAGE, MAIL_TEST, TestMail, mail_page};
use crate::{
    alerts::{failure::failure_words, recipients::judge_address},
    clash::{Clash, Differs, Unsaved, differences, read_again, read_when_met, untold},
    components::{FormError, TextField, waits},
    drafts::Left,
    error::AppError,
    i18n::*,
    preferences::use_locale,
    toast::{self, SavedBefore},
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
    /// What was sent and is not saved.
    unsaved: Unsaved<ChangeMail>,
) -> impl IntoView {
    let locale = use_locale();
    let fixed = settings.from_environment;
    // As read last; what is typed stays when somebody else has saved in between.
    let now = RwSignal::new(settings);
    read_when_met(change, read_again(now, || async { mail_page().await.map(|data| data.settings) }));
    let told = Memo::new(move |_| {
        let (typed, now) = (unsaved.get()?, now.get());
        (typed.revision != now.revision).then(|| differing(&typed, &now, locale))
    });
    let error = Signal::derive(move || change.value().get().and_then(Result::err));
    view! {
        <section class="panel flex flex-col gap-4" id=MAIL>
            <h2 class="text-lg font-semibold">{td!(locale, settings.mail.title)}</h2>
            <p class="max-w-prose text-sm text-base-content/80">{td!(locale, settings.mail.intro)}</p>
            {(!may_change).then(|| view! { <p class="alert alert-info" role="status">{td!(locale, settings.administrators)}</p> })}
            {fixed.then(|| view! { <p class="alert alert-info" role="status">{td!(locale, settings.mail.from_environment)}</p> })}
            <Clash id="mail-clash" page=MAIL_PAGE.to_owned() told
                uncompared=td_string!(locale, settings.mail.not_compared)/>
            <ActionForm action=change attr:class="flex max-w-xl flex-col gap-4" attr:novalidate=true>
                <fieldset class="contents" disabled=fixed || !may_change>
                    <FormError error=untold(error, told) fields=FIELDS is_typed=true/>
                    <input type="hidden" name="revision" value=move || now.with(|now| now.revision.to_string())/>
                    <Fields now typed=unsaved.get_untracked() error/>
                    <div class="flex flex-wrap items-center gap-3">
                        <button class="btn btn-primary" aria-disabled=waits(change.pending())>{td!(locale, common.save)}</button>
                        <SavedBefore form=MAIL answered=Signal::derive(move || change.version().get() > 0)/>
                    </div>
                </fieldset>
            </ActionForm>
        </section>
    }
    .into_any()
}

#[component]
fn Fields(
    now: RwSignal<MailSettings>,
    /// What they begin with in place of what is saved.
    typed: Option<ChangeMail>,
    error: Signal<Option<AppError>>,
) -> impl IntoView {
    let locale = use_locale();
    // A password is brought back from nowhere.
    let again = typed.is_some();
    let typed = typed.unwrap_or_else(|| now.with_untracked(unchanged));
    let ChangeMail { host, port, security, username, sender, public_url, .. } = typed;
    let ways = Security::ALL.map(|way| {
        view! { <option value=way.as_str() selected=way == security>{words::security(way, locale)}</option> }
    });
    let password_help = Signal::derive(move || {
        let (kept, fixed) = now.with(|now| (now.has_password, now.from_environment));
        let help = match (kept, fixed) {
            (true, true) => td_string!(locale, settings.mail.password_from_environment),
            (true, false) => td_string!(locale, settings.mail.password_kept),
            (false, _) => td_string!(locale, settings.mail.password_help),
        };
        if again { td_string!(locale, settings.mail.password_again, help = help) } else { help.to_owned() }
    });
    // What a mail would be answered that is sent there.
    let barred = Memo::new(move |_| {
        now.with(|now| {
            let (address, server) = (now.barred?, now.server.as_ref()?.host.clone());
            Some(failure_words(&MailFailure::NotAllowed { server, address }, locale))
        })
    });
    let host_help = Signal::derive(move || {
        let empty = td_string!(locale, settings.mail.host_empty);
        if barred.with(Option::is_some) {
            empty.to_owned()
        } else {
            td_string!(locale, settings.mail.host_help, empty = empty)
        }
    });
    view! {
        <TextField name="host" field=Field::MailHost error value=host may_be_empty=true
            label=td_string!(locale, settings.mail.host) help=host_help/>
        {move || barred.get().map(|words| {
            view! { <p class="text-sm text-warning" role="status" data-barred="">{words}</p> }
        })}
        <div class="grid gap-4 sm:grid-cols-[8rem_minmax(0,1fr)]">
            <TextField name="port" field=Field::MailPort error value=port is_number=true
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
            value=sender label=td_string!(locale, settings.mail.sender)/>
        <TextField name="public_url" field=Field::PublicUrl error kind="url" may_be_empty=true judge=judge_public_url
            value=public_url label=td_string!(locale, settings.mail.public_url)
            help=td_string!(locale, settings.mail.public_url_help)/>
    }
    .into_any()
}

/// The form as it is sent when nothing was typed.
fn unchanged(settings: &MailSettings) -> ChangeMail {
    let MailSettings { server, sender, public_url, revision, .. } = settings;
    let of_server = |part: fn(&MailServer) -> String| server.as_ref().map(part);
    ChangeMail {
        revision: *revision,
        host: of_server(|server| server.host.to_string()).unwrap_or_default(),
        port: of_server(|server| server.port.number().to_string()).unwrap_or_else(|| "465".to_owned()),
        security: server.as_ref().map(|server| server.security).unwrap_or_default(),
        username: of_server(|server| server.username.clone().unwrap_or_default()).unwrap_or_default(),
        password: String::new(),
        sender: sender.as_ref().map(ToString::to_string).unwrap_or_default(),
        public_url: public_url.as_ref().map(ToString::to_string).unwrap_or_default(),
    }
}

/// The form that was refused before the page came; its password was not kept.
pub(super) fn refused(left: &Left) -> Option<ChangeMail> {
    let text = |name| left.text(name);
    Some(ChangeMail {
        revision: left.parsed("revision")?,
        host: text("host"),
        port: text("port"),
        security: left.parsed("security").unwrap_or_default(),
        username: text("username"),
        password: String::new(),
        sender: text("sender"),
        public_url: text("public_url"),
    })
}

/// Where what was typed differs from what is saved.
fn differing(typed: &ChangeMail, now: &MailSettings, locale: Locale) -> Vec<Differs> {
    let (saved, typed) = (unchanged(now), typed.clone());
    let security = |way| words::security(way, locale).to_owned();
    let field = |name, label, now, yours| Differs { name, label, now, yours };
    differences([
        field("host", td_string!(locale, settings.mail.host), saved.host, typed.host),
        field("port", td_string!(locale, settings.mail.port), saved.port, typed.port),
        field(
            "security",
            td_string!(locale, settings.mail.security),
            security(saved.security),
            security(typed.security),
        ),
        field("username", td_string!(locale, settings.mail.username), saved.username, typed.username),
        field("sender", td_string!(locale, settings.mail.sender), saved.sender, typed.sender),
        field("public_url", td_string!(locale, settings.mail.public_url), saved.public_url, typed.public_url),
    ])
}

/// Sends a mail, and says that it does so and what the mail server answered.
#[component]
pub fn TestForm(
    /// Sends it.
    test: ServerAction<TestMail>,
    /// What was typed before.
    address: String,
) -> impl IntoView {
    let locale = use_locale();
    let query = use_query_map();
    let error = Signal::derive(move || test.value().get().and_then(Result::err));
    let sent = move || {
        test.value().with(|value| match value {
            Some(result) => result.is_ok(),
            None => query.with(|query| query.get("tested").is_some()),
        })
    };
    let pending = test.pending();
    let told = move || {
        if pending.get() {
            return Some(td_string!(locale, settings.test.sending, seconds = MAIL_TAKES_SECONDS_MOST));
        }
        sent().then(|| td_string!(locale, settings.test.sent).to_owned())
    };
    toast::say_once();
    view! {
        <section class="panel flex flex-col gap-4" id=MAIL_TEST>
            <h2 class="text-lg font-semibold">{td!(locale, settings.test.title)}</h2>
            <ActionForm action=test attr:class="flex max-w-xl flex-col gap-3" attr:novalidate=true>
                <FormError error fields=&[Field::Recipient] is_typed=true/>
                <TextField name="address" field=Field::Recipient error kind="email" judge=judge_address value=address
                    label=td_string!(locale, settings.test.address)/>
                <div class="flex flex-wrap items-center gap-3">
                    <button class="btn" aria-disabled=waits(pending)>{td!(locale, settings.test.send)}</button>
                    <span role="status">{told}</span>
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
