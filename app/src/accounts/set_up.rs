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
};

/// Makes the first account.
#[component]
pub fn SetUpPage() -> impl IntoView {
    let i18n = use_i18n();
    let set_up = ServerAction::<SetUp>::new();
    let error = Signal::derive(move || set_up.value().get().and_then(Result::err));
    let query = use_query_map();
    let token = move || query.with(|query| query.get("token").unwrap_or_default());
    view! {
        <Title text=move || t_string!(i18n, accounts.set_up.title)/>
        <main id="content" class="gate">
            <h1 class="gate-title">{t!(i18n, accounts.set_up.title)}</h1>
            <p class="gate-tagline">{t!(i18n, accounts.set_up.intro)}</p>
            <ActionForm action=set_up attr:class="gate-form">
                <FormError error fields=&[Field::Login, Field::Password, Field::PasswordAgain]/>
                <input type="hidden" name="token" value=token/>
                <TextField name="login" field=Field::Login error autocomplete="username"
                    label=Signal::derive(move || t_string!(i18n, accounts.set_up.login).to_string())/>
                <TextField name="password" field=Field::Password error kind="password" autocomplete="new-password"
                    label=Signal::derive(move || t_string!(i18n, accounts.set_up.password).to_string())
                    help=Signal::derive(move || t_string!(i18n, accounts.set_up.password_help, least = PASSWORD_LEAST))/>
                <TextField name="password_again" field=Field::PasswordAgain error kind="password" autocomplete="new-password"
                    label=Signal::derive(move || t_string!(i18n, accounts.set_up.password_again).to_string())/>
                <button class="btn btn-primary" disabled=set_up.pending()>{t!(i18n, accounts.set_up.submit)}</button>
            </ActionForm>
            <div class="gate-preferences"><PreferenceForms/></div>
        </main>
    }
}
