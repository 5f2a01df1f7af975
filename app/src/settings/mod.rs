//! Settings that hold for all of Hufu.

pub mod api;
pub mod mail;

use leptos::prelude::*;
use leptos_meta::Title;

use self::{
    api::mail_page,
    mail::{MailForm, TestForm},
};
use crate::{components::PageError, i18n::*, preferences::use_locale};

/// How mail leaves.
#[component]
pub fn SettingsPage() -> impl IntoView {
    let locale = use_locale();
    let change = ServerAction::<api::ChangeMail>::new();
    let data = Resource::new_blocking(|| (), |()| mail_page());
    // What was refused stays in the form as it was typed.
    Effect::new(move || {
        if let Some(Ok(())) = change.value().get() {
            data.refetch();
        }
    });
    view! {
        <Title text=td_string!(locale, common.nav.settings)/>
        <h1 class="page-title">{td!(locale, common.nav.settings)}</h1>
        <Transition fallback=move || view! { <p>{td!(locale, common.loading)}</p> }>
            {move || Suspend::new(async move {
                match data.await {
                    Ok(settings) => {
                        let leaves = settings.server.is_some();
                        view! {
                            <MailForm settings change/>
                            {leaves.then(|| view! { <TestForm/> })}
                        }
                        .into_any()
                    }
                    Err(error) => view! { <PageError error/> }.into_any(),
                }
            })}
        </Transition>
    }
}
