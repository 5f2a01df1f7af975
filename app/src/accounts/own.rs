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
    error::AppError,
    i18n::*,
    preferences::{Preferences, use_locale},
    settings::Head,
    time::Time,
    toast,
    typed::lead_on,
    words,
};

/// One's own account.
#[component]
pub fn AccountPage() -> impl IntoView {
    let locale = use_locale();
    let end = ServerAction::<EndSession>::new();
    let change = ServerAction::<ChangePassword>::new();
    toast::say_when_done(end.value().into(), td_string!(locale, accounts.own.ended));
    let first = Resource::new_blocking(|| (), |()| account_page());
    view! {
        <Head title=td_string!(locale, accounts.own.title)/>
        <PasswordForm change/>
        <Preferences/>
        <Transition fallback=move || view! { <p>{td!(locale, common.loading)}</p> }>
            {move || Suspend::new(async move {
                match first.await {
                    Ok(first) => view! { <Sessions first end change/> }.into_any(),
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

/// As first loaded; they are read again without the rows of those that last being drawn anew.
#[component]
fn Sessions(first: AccountData, end: ServerAction<EndSession>, change: ServerAction<ChangePassword>) -> impl IntoView {
    let locale = use_locale();
    let AccountData { actor, sessions, now } = first;
    let (shown, failed) = (RwSignal::new((sessions, now)), RwSignal::new(None::<AppError>));
    let begun = StoredValue::new(0_usize);
    let reading = Action::new(move |reading: &usize| {
        let reading = *reading;
        async move {
            let answer = account_page().await;
            // An answer that comes after the one to a later question tells what is no longer so.
            if begun.try_get_value() != Some(reading) {
                return;
            }
            match answer {
                Ok(AccountData { sessions, now, .. }) => {
                    failed.set(None);
                    shown.set((sessions, now));
                }
                Err(error) => failed.set(Some(error)),
            }
        }
    });
    // A new password ends sessions too.
    Effect::new(move || {
        let done = end.version().get() + change.version().get();
        if done > 0 {
            begun.set_value(done);
            reading.dispatch(done);
        }
    });
    // The button that was pressed goes with the session.
    lead_on(end.pending(), move || {
        end.value().with(|value| matches!(value, Some(Ok(())))).then(|| "#sessions".to_owned())
    });
    let error = Signal::derive(move || end.value().get().and_then(Result::err).or_else(|| failed.get()));
    let who =
        td_string!(locale, accounts.own.who, login = actor.login.as_str(), role = words::role(actor.role, locale));
    let sessions = move || shown.with(|(sessions, _)| sessions.clone());
    let now = move || shown.with_untracked(|(_, now)| *now);
    view! {
        <section class="panel flex flex-col gap-3" id="sessions" tabindex="-1">
            <h2 class="text-lg font-semibold">{td!(locale, accounts.own.sessions)}</h2>
            <p>{who.to_string()}</p>
            <FormError error fields=&[]/>
            <ul class="rows">
                <For each=sessions key=|session| session.id.0 let:session>
                    <Row session end now=now()/>
                </For>
            </ul>
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
    // The time at which it was last written down says nothing of the session that asks.
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
