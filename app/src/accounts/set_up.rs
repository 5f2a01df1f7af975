//! The page behind the one-time set-up link.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use model::{accounts::PASSWORD_LEAST, service::Field};

use super::api::SetUp;
use crate::{
    components::{FormError, TextField},
    i18n::*,
    preferences::PreferenceForms,
    preferences::use_locale,
};

/// Makes the first account.
#[component]
pub fn SetUpPage() -> impl IntoView {
    let locale = use_locale();
    let set_up = ServerAction::<SetUp>::new();
    let error = Signal::derive(move || set_up.value().get().and_then(Result::err));
    let query = use_query_map();
    let token = move || query.with(|query| query.get("token").unwrap_or_default());
    view! {
        <Title text=td_string!(locale, accounts.set_up.title)/>
        <main id="content" class="gate">
            <h1 class="gate-title">{td!(locale, accounts.set_up.title)}</h1>
            <p class="gate-tagline">{td!(locale, accounts.set_up.intro)}</p>
            <ActionForm action=set_up attr:class="gate-form">
                <FormError error fields=&[Field::Login, Field::Password, Field::PasswordAgain]/>
                <input type="hidden" name="token" value=token/>
                <TextField name="login" field=Field::Login error autocomplete="username"
                    label=td_string!(locale, accounts.set_up.login)/>
                <TextField name="password" field=Field::Password error kind="password" autocomplete="new-password"
                    label=td_string!(locale, accounts.set_up.password)
                    help=td_string!(locale, accounts.set_up.password_help, least = PASSWORD_LEAST)/>
                <TextField name="password_again" field=Field::PasswordAgain error kind="password" autocomplete="new-password"
                    label=td_string!(locale, accounts.set_up.password_again)/>
                <button class="btn btn-primary" disabled=set_up.pending()>{td!(locale, accounts.set_up.submit)}</button>
            </ActionForm>
            <div class="gate-preferences"><PreferenceForms/></div>
        </main>
    }
}
