//! What the checks share: heading and tabs.

use leptos::prelude::*;

use super::query::{CERTIFICATE_PATH, VERIFICATION_PATH};
use crate::{i18n::*, preferences::use_locale};

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
    let tab = move |tab: Tab| (open == tab).then_some("page");
    let class = move |tab: Tab| if open == tab { "tab tab-active" } else { "tab text-base-content" };
    view! {
        <h1 class="page-title">{td!(locale, tools.title)}</h1>
        <nav class="tabs tabs-border" aria-label=td_string!(locale, tools.tabs)>
            <a href="/check/url" class=class(Tab::Url) aria-current=tab(Tab::Url)>{td!(locale, tools.url.tab)}</a>
            <a href="/check/error" class=class(Tab::ErrorText) aria-current=tab(Tab::ErrorText)>{td!(locale, tools.explain.tab)}</a>
            <a href=CERTIFICATE_PATH class=class(Tab::Certificate) aria-current=tab(Tab::Certificate)>{td!(locale, tools.certificate.tab)}</a>
            <a href=VERIFICATION_PATH class=class(Tab::VerificationFile) aria-current=tab(Tab::VerificationFile)>{td!(locale, tools.file.tab)}</a>
        </nav>
        {children()}
    }
}
