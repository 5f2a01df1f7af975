//! One's own account: the password, and where one is logged in.

use leptos::{either::Either, prelude::*};
use leptos_router::hooks::use_query_map;
use model::{
    Timestamp,
    accounts::{PASSWORD_LEAST, Session},
    service::Field,
};

use super::api::{AccountData, ChangePassword, EndSession, account_page};
use crate::{
    components::{FormError, NotShown, TextField, waits},
    i18n::*,
    preferences::{Preferences, use_locale},
    settings::Head,
    time::Time,
    toast, words,
};

/// One's own account.
#[component]
pub fn AccountPage() -> impl IntoView {
    let locale = use_locale();
    let end = ServerAction::<EndSession>::new();
    let change = ServerAction::<ChangePassword>::new();
    toast::say_when_done(end.value().into(), td_string!(locale, accounts.own.ended));
    // A new password ends sessions too.
    let data = Resource::new_blocking(move || (end.version().get(), change.version().get()), |_| account_page());
    view! {
        <Head title=td_string!(locale, accounts.own.title)/>
        <PasswordForm change/>
        <Preferences/>
        <Transition fallback=move || view! { <p>{td!(locale, common.loading)}</p> }>
            {move || Suspend::new(async move {
                match data.await {
                    Ok(data) => view! { <Sessions data end/> }.into_any(),
                    Err(error) => view! { <NotShown error/> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn PasswordForm(change: ServerAction<ChangePassword>) -> impl IntoView {
    let locale = use_locale();
    let query = use_query_map();
    let error = Signal::derive(move || change.value().get().and_then(Result::err));
    toast::say_when_done(change.value().into(), td_string!(locale, accounts.own.changed));
    toast::say_once();
    // Without JavaScript the page says it by itself.
    let changed = move || change.value().with(Option::is_none) && query.with(|query| query.get("changed").is_some());
    view! {
        <section class="panel flex flex-col gap-4" id="password">
            <h2 class="text-lg font-semibold">{td!(locale, accounts.own.password)}</h2>
            <ActionForm action=change attr:class="flex max-w-xl flex-col gap-4" attr:novalidate=true>
                <FormError error fields=&[Field::CurrentPassword, Field::Password, Field::PasswordAgain] is_typed=true/>
                <TextField name="current" field=Field::CurrentPassword error kind="password"
                    autocomplete="current-password" label=td_string!(locale, accounts.own.current)/>
                <TextField name="password" field=Field::Password error kind="password" autocomplete="new-password"
                    label=td_string!(locale, accounts.own.new)
                    help=td_string!(locale, accounts.set_up.password_help, least = PASSWORD_LEAST)/>
                <TextField name="password_again" field=Field::PasswordAgain error kind="password"
                    autocomplete="new-password" label=td_string!(locale, accounts.set_up.password_again)/>
                <div class="flex flex-wrap items-center gap-3">
                    <button class="btn btn-primary" aria-disabled=waits(change.pending())>{td!(locale, accounts.own.change)}</button>
                    <span role="status">{move || changed().then(|| td_string!(locale, accounts.own.changed))}</span>
                </div>
            </ActionForm>
        </section>
    }
    .into_any()
}

#[component]
fn Sessions(data: AccountData, end: ServerAction<EndSession>) -> impl IntoView {
    let locale = use_locale();
    let AccountData { actor, sessions, now } = data;
    let error = Signal::derive(move || end.value().get().and_then(Result::err));
    let rows = sessions.into_iter().map(|session| view! { <Row session end now/> }).collect_view();
    let who =
        td_string!(locale, accounts.own.who, login = actor.login.as_str(), role = words::role(actor.role, locale));
    view! {
        <section class="panel flex flex-col gap-3" id="sessions">
            <h2 class="text-lg font-semibold">{td!(locale, accounts.own.sessions)}</h2>
            <p>{who.to_string()}</p>
            <FormError error fields=&[]/>
            <ul class="rows">{rows}</ul>
        </section>
    }
    .into_any()
}

#[component]
fn Row(session: Session, end: ServerAction<EndSession>, now: Timestamp) -> impl IntoView {
    let locale = use_locale();
    let Session { id, began_at, seen_at, address, current } = session;
    let address = address.map_or_else(|| td_string!(locale, accounts.own.somewhere).to_owned(), |at| at.to_string());
    let began = move || view! { <Time at=began_at now/> };
    let seen = move || view! { <Time at=seen_at now/> };
    // The hour in which it was last written down says nothing of the session that asks.
    let times = if current {
        Either::Left(td!(locale, accounts.own.began, began))
    } else {
        Either::Right(td!(locale, accounts.own.times, began, seen))
    };
    let ending = if current {
        view! { <span class="badge badge-success">{td!(locale, accounts.own.here)}</span> }.into_any()
    } else {
        view! {
            <ActionForm action=end>
                <input type="hidden" name="id" value=id.0.to_string()/>
                <button class="btn btn-sm" aria-disabled=waits(end.pending())>{td!(locale, accounts.own.end)}</button>
            </ActionForm>
        }
        .into_any()
    };
    view! {
        <li class="row sm:grid-cols-[12rem_minmax(0,1fr)_auto]" data-session=if current { "current" } else { "other" }>
            <code>{address}</code>
            <span class="text-sm">{times}</span>
            {ending}
        </li>
    }
}
