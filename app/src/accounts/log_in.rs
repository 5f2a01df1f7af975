//! The log-in page.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_location;
use model::service::Field;

use super::{
    api::{LogIn, set_up_needed},
    insecure::Insecure,
};
use crate::{
    components::{FormError, TextField, waits},
    i18n::*,
    preferences::PreferenceForms,
    preferences::use_locale,
    query::value,
};

/// Asks for name and password.
#[component]
pub fn LogInPage() -> impl IntoView {
    let locale = use_locale();
    let log_in = ServerAction::<LogIn>::new();
    let error = Signal::derive(move || log_in.value().get().and_then(Result::err));
    let search = use_location().search;
    let back = move || search.with(|search| value(search, "return"));
    let login = search.with_untracked(|search| value(search, "login")).unwrap_or_default();
    let set_up_needed = Resource::new_blocking(|| (), |()| set_up_needed());
    view! {
        <Title text=td_string!(locale, accounts.log_in.title)/>
        <main id="content" class="gate">
            <h1 class="gate-title">{td!(locale, common.product)}</h1>
            <p class="gate-tagline">{td!(locale, common.tagline)}</p>
            <Suspense>
                {move || Suspend::new(async move {
                    matches!(set_up_needed.await, Ok(true))
                        .then(|| view! { <p class="alert alert-info" role="status">{td!(locale, accounts.log_in.set_up_hint)}</p> })
                })}
            </Suspense>
            <Insecure/>
            <ActionForm action=log_in attr:class="gate-form" attr:novalidate=true>
                <h2>{td!(locale, accounts.log_in.title)}</h2>
                <input type="hidden" name="back" value=back/>
                <FormError error fields=&[Field::Login, Field::Password] is_typed=true/>
                <TextField name="login" field=Field::Login error autocomplete="username" value=login
                    label=td_string!(locale, accounts.log_in.login)/>
                <TextField name="password" field=Field::Password error kind="password" autocomplete="current-password"
                    label=td_string!(locale, accounts.log_in.password)/>
                <button class="btn btn-primary" aria-disabled=waits(log_in.pending())>{td!(locale, accounts.log_in.submit)}</button>
            </ActionForm>
            <div class="gate-preferences"><PreferenceForms/></div>
        </main>
    }
}
