//! What the checks share: heading, tabs, the choice of a mini program.

use leptos::prelude::*;
use model::service::ProgramId;

use super::{
    api::ProgramChoice,
    query::{CERTIFICATE_PATH, VERIFICATION_PATH},
};
use crate::{
    i18n::*,
    layout::crumbs::{Crumbs, Section},
    preferences::use_locale,
};

/// Which check is open.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Tab {
    /// A URL against the lists.
    Url,
    /// An error text.
    ErrorText,
    /// Certificates that are not served yet.
    Certificate,
    /// The verification file of a business domain.
    VerificationFile,
}

/// Heading and tabs around a check.
#[component]
pub fn Frame(
    /// The open one.
    open: Tab,
    /// The check.
    children: Children,
) -> impl IntoView {
    let locale = use_locale();
    let link = move |tab: Tab, path: &'static str| {
        let (class, here) =
            if open == tab { ("tab tab-active", Some("page")) } else { ("tab text-base-content", None) };
        view! { <a href=path class=class aria-current=here>{name(tab, locale)}</a> }
    };
    view! {
        <Crumbs section=Section::Check here=name(open, locale)/>
        <h1 class="page-title">{td!(locale, tools.title)}</h1>
        <nav class="tabs tabs-border" aria-label=td_string!(locale, tools.tabs)>
            {link(Tab::Url, "/check/url")}
            {link(Tab::ErrorText, "/check/error")}
            {link(Tab::Certificate, CERTIFICATE_PATH)}
            {link(Tab::VerificationFile, VERIFICATION_PATH)}
        </nav>
        {children()}
    }
}

fn name(tab: Tab, locale: Locale) -> &'static str {
    match tab {
        Tab::Url => td_string!(locale, tools.url.tab),
        Tab::ErrorText => td_string!(locale, tools.explain.tab),
        Tab::Certificate => td_string!(locale, tools.certificate.tab),
        Tab::VerificationFile => td_string!(locale, tools.file.tab),
    }
}

/// The options of a choice of mini programs.
#[component]
pub fn ProgramOptions(
    /// All of them.
    programs: Vec<ProgramChoice>,
    /// The one to start with.
    chosen: Option<ProgramId>,
) -> impl IntoView {
    programs
        .into_iter()
        .map(|program| {
            view! { <option value=program.id.to_string() selected=chosen == Some(program.id)>{program.name}</option> }
        })
        .collect_view()
}
