//! The page behind the one-time set-up link.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_location;
use model::{
    accounts::{PASSWORD_LEAST, SetUpState},
    service::Field,
};

use super::{
    api::{SetUp, state_of_link},
    insecure::Insecure,
};
use crate::{
    components::{FormError, TextField, waits},
    i18n::*,
    preferences::PreferenceForms,
    preferences::use_locale,
    query,
};

/// Makes the first account, or says what the link is not good for any more.
#[component]
pub fn SetUpPage() -> impl IntoView {
    let locale = use_locale();
    let set_up = ServerAction::<SetUp>::new();
    let search = use_location().search;
    let token = Memo::new(move |_| search.with(|search| query::value(search, "token")).unwrap_or_default());
    let login = search.with_untracked(|search| query::value(search, "login")).unwrap_or_default();
    let state = Resource::new_blocking(move || token.get(), state_of_link);
    view! {
        <Title text=td_string!(locale, accounts.set_up.title)/>
        <main id="content" class="gate">
            <h1 class="gate-title">{td!(locale, accounts.set_up.title)}</h1>
            <Suspense>
                {move || {
                    let login = login.clone();
                    Suspend::new(async move {
                        match state.await {
                            Ok(SetUpState::Works) => view! { <First set_up token=token.get_untracked() login/> }.into_any(),
                            Ok(SetUpState::Done) => view! { <Done/> }.into_any(),
                            Ok(SetUpState::Ended) => view! { <Ended/> }.into_any(),
                            Err(error) => view! { <FormError error=Signal::stored(Some(error)) fields=&[]/> }.into_any(),
                        }
                    })
                }}
            </Suspense>
            <div class="gate-preferences"><PreferenceForms/></div>
        </main>
    }
}

#[component]
fn First(set_up: ServerAction<SetUp>, token: String, login: String) -> impl IntoView {
    let locale = use_locale();
    let error = Signal::derive(move || set_up.value().get().and_then(Result::err));
    view! {
        <p class="gate-tagline">{td!(locale, accounts.set_up.intro)}</p>
        <Insecure/>
        <ActionForm action=set_up attr:class="gate-form" attr:novalidate=true>
            <FormError error fields=&[Field::Login, Field::Password, Field::PasswordAgain] is_typed=true/>
            <input type="hidden" name="token" value=token/>
            <TextField name="login" field=Field::Login error autocomplete="username" value=login
                label=td_string!(locale, accounts.set_up.login)/>
            <TextField name="password" field=Field::Password error kind="password" autocomplete="new-password"
                label=td_string!(locale, accounts.set_up.password)
                help=td_string!(locale, accounts.set_up.password_help, least = PASSWORD_LEAST)/>
            <TextField name="password_again" field=Field::PasswordAgain error kind="password" autocomplete="new-password"
                label=td_string!(locale, accounts.set_up.password_again)/>
            <button class="btn btn-primary" aria-disabled=waits(set_up.pending())>{td!(locale, accounts.set_up.submit)}</button>
        </ActionForm>
    }
    .into_any()
}

#[component]
fn Done() -> impl IntoView {
    let locale = use_locale();
    view! {
        <p class="alert alert-info" role="status">{td!(locale, accounts.set_up.done)}</p>
        <a class="btn btn-primary" href="/log-in">{td!(locale, common.log_in)}</a>
    }
}

/// Only the server can make another link.
#[component]
fn Ended() -> impl IntoView {
    let locale = use_locale();
    view! {
        <div class="alert alert-warning flex-col items-start" role="alert">
            <p class="font-medium">{td!(locale, accounts.set_up.ended)}</p>
            <p>{td!(locale, accounts.set_up.another)}</p>
        </div>
    }
}
