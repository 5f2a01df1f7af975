//! The log-in page.

use leptos::prelude::*;
use leptos_meta::Title;
use model::service::Field;

use super::api::{LogIn, set_up_needed};
use crate::{
    components::{FormError, TextField},
    i18n::*,
    preferences::PreferenceForms,
};

/// Asks for name and password.
#[component]
pub fn LogInPage() -> impl IntoView {
    let i18n = use_i18n();
    let log_in = ServerAction::<LogIn>::new();
    let error = Signal::derive(move || log_in.value().get().and_then(Result::err));
    let set_up_needed = Resource::new_blocking(|| (), |()| set_up_needed());
    view! {
        <Title text=move || t_string!(i18n, accounts.log_in.title)/>
        <main id="content" class="gate">
            <h1 class="gate-title">{t!(i18n, common.product)}</h1>
            <p class="gate-tagline">{t!(i18n, common.tagline)}</p>
            <Suspense>
                {move || Suspend::new(async move {
                    matches!(set_up_needed.await, Ok(true))
                        .then(|| view! { <p class="alert alert-info" role="status">{t!(i18n, accounts.log_in.set_up_hint)}</p> })
                })}
            </Suspense>
            <ActionForm action=log_in attr:class="gate-form">
                <h2>{t!(i18n, accounts.log_in.title)}</h2>
                <FormError error fields=&[Field::Login, Field::Password]/>
                <TextField name="login" field=Field::Login error autocomplete="username"
                    label=Signal::derive(move || t_string!(i18n, accounts.log_in.login).to_string())/>
                <TextField name="password" field=Field::Password error kind="password" autocomplete="current-password"
                    label=Signal::derive(move || t_string!(i18n, accounts.log_in.password).to_string())/>
                <button class="btn btn-primary" disabled=log_in.pending()>{t!(i18n, accounts.log_in.submit)}</button>
            </ActionForm>
            <div class="gate-preferences"><PreferenceForms/></div>
        </main>
    }
}
