//! The page behind a link by which somebody chooses a password.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use model::{accounts::PASSWORD_LEAST, service::Field};

use super::{
    api::{ChoosePassword, LinkData, link_owner},
    insecure::Insecure,
};
use crate::{
    components::{FormError, TextField, waits},
    i18n::*,
    preferences::PreferenceForms,
    preferences::use_locale,
};

/// Lets the owner of a link choose a password.
#[component]
pub fn WelcomePage() -> impl IntoView {
    let locale = use_locale();
    let query = use_query_map();
    let token = Memo::new(move |_| query.with(|query| query.get("token").unwrap_or_default()));
    let owner = Resource::new_blocking(move || token.get(), link_owner);
    view! {
        <Title text=td_string!(locale, accounts.welcome.title)/>
        <main id="content" class="gate">
            <h1 class="gate-title">{td!(locale, accounts.welcome.title)}</h1>
            <Suspense>
                {move || Suspend::new(async move {
                    match owner.await {
                        Ok(Some(link)) => view! { <Choose link token=token.get_untracked()/> }.into_any(),
                        Ok(None) => view! { <p class="alert alert-error" role="alert">{td!(locale, accounts.welcome.gone)}</p> }.into_any(),
                        Err(error) => view! { <p class="alert alert-error" role="alert">{error.words(locale)}</p> }.into_any(),
                    }
                })}
            </Suspense>
            <div class="gate-preferences"><PreferenceForms/></div>
        </main>
    }
}

#[component]
fn Choose(link: LinkData, token: String) -> impl IntoView {
    let locale = use_locale();
    let choose = ServerAction::<ChoosePassword>::new();
    let error = Signal::derive(move || choose.value().get().and_then(Result::err));
    let LinkData { owner, here } = link;
    let logged_in = here.map(|here| {
        let words = td_string!(locale, accounts.welcome.logged_in, here = here.as_str(), login = owner.as_str());
        view! { <p class="alert alert-warning" role="status">{words}</p> }
    });
    view! {
        <p class="gate-tagline">{td_string!(locale, accounts.welcome.intro, login = owner.as_str()).to_string()}</p>
        {logged_in}
        <Insecure/>
        <ActionForm action=choose attr:class="gate-form" attr:novalidate=true>
            <FormError error fields=&[Field::Password, Field::PasswordAgain] is_typed=true/>
            <input type="hidden" name="token" value=token/>
            <input type="hidden" autocomplete="username" value=owner/>
            <TextField name="password" field=Field::Password error kind="password" autocomplete="new-password"
                label=td_string!(locale, accounts.set_up.password)
                help=td_string!(locale, accounts.set_up.password_help, least = PASSWORD_LEAST)/>
            <TextField name="password_again" field=Field::PasswordAgain error kind="password" autocomplete="new-password"
                label=td_string!(locale, accounts.set_up.password_again)/>
            <button class="btn btn-primary" aria-disabled=waits(choose.pending())>{td!(locale, accounts.welcome.submit)}</button>
        </ActionForm>
    }
    .into_any()
}
