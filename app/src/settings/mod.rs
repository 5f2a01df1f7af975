//! Settings: one's own account, everybody's accounts, how Hufu probes, and how mail leaves.

pub mod api;
pub mod mail;
pub mod probing;
#[cfg(feature = "ssr")]
mod typed;

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_location;

use self::{
    api::{MAIL, MAIL_TEST, MailData, mail_page, may_administer},
    mail::{MailForm, TestForm, refused},
};
use crate::{
    clash::Unsaved,
    components::NotShown,
    drafts::{Gone, Left, left},
    i18n::*,
    layout::crumbs::{Crumbs, Section},
    preferences::use_locale,
    toast,
};

/// The head of a page of the settings.
#[component]
pub fn Head(
    /// What the page is called.
    title: &'static str,
) -> impl IntoView {
    let locale = use_locale();
    view! {
        <Title text=title/>
        <Crumbs section=Section::Settings here=title/>
        <h1 class="page-title">{td!(locale, common.nav.settings)}</h1>
        <Tabs/>
    }
}

/// The way between the pages of the settings that whoever looks may open.
#[component]
fn Tabs() -> impl IntoView {
    let locale = use_locale();
    let path = use_location().pathname;
    let administers = Resource::new_blocking(|| (), |()| may_administer());
    let tab = move |href: &'static str, label: &'static str| {
        let here = move || path.with(|path| path == href);
        view! { <a class="tab" class:tab-active=here aria-current=move || here().then_some("page") href=href>{label}</a> }
    };
    view! {
        <nav class="tabs tabs-border" aria-label=td_string!(locale, common.nav.settings)>
            {tab("/settings", td_string!(locale, accounts.own.title))}
            {tab("/settings/probing", td_string!(locale, settings.probing.title))}
            {tab("/settings/mail", td_string!(locale, settings.mail.title))}
            // The last, so that it moves no other when it comes.
            <Suspense>
                {move || Suspend::new(async move {
                    let may = administers.await.unwrap_or_default();
                    may.then(|| tab("/settings/people", td_string!(locale, accounts.people.title)))
                })}
            </Suspense>
        </nav>
    }
}

/// How mail leaves.
#[component]
pub fn MailPage() -> impl IntoView {
    let locale = use_locale();
    let change = ServerAction::<api::ChangeMail>::new();
    toast::say_when_done(change.value().into(), td_string!(locale, common.saved));
    let test = ServerAction::<api::TestMail>::new();
    let unsaved = Unsaved::new(change);
    let (data, left) = (Resource::new_blocking(|| (), |()| mail_page()), left());
    // What was refused stays in the form as it was typed.
    Effect::new(move || {
        if let Some(Ok(())) = change.value().get() {
            // What was tried was tried by the settings of before.
            test.value().set(None);
            data.refetch();
        }
    });
    view! {
        <Gone/>
        <Head title=td_string!(locale, settings.mail.title)/>
        <Transition fallback=move || view! { <p>{td!(locale, common.loading)}</p> }>
            {move || Suspend::new(async move {
                // Both are asked for already.
                let (data, left) = (data.await, left.await);
                match data {
                    Ok(MailData { settings, may_change }) => {
                        unsaved.begin_with(refused(&Left::of(&left, MAIL)));
                        let may_test = may_change && settings.server.is_some();
                        let address = Left::of(&left, MAIL_TEST).until_answered(test).text("address");
                        view! {
                            <MailForm settings may_change change unsaved/>
                            {may_test.then(|| view! { <TestForm test address/> })}
                        }
                        .into_any()
                    }
                    Err(error) => view! { <NotShown error/> }.into_any(),
                }
            })}
        </Transition>
    }
}
