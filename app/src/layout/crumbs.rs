//! Where a page stands: the way back up to its section, and what it is called.

use leptos::prelude::*;

use crate::{components::HostText, help, i18n::*, preferences::use_locale};

/// A part of the console that has pages below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// The first page, and what is below no other.
    Overview,
    /// Mini programs.
    Programs,
    /// Endpoints.
    Endpoints,
    /// Certificates.
    Certificates,
    /// Filings.
    Icp,
    /// What can be checked before it is served.
    Check,
    /// Settings.
    Settings,
    /// What every finding means.
    Help,
}

impl Section {
    const fn path(self) -> &'static str {
        match self {
            Self::Overview => "/",
            Self::Programs => "/programs",
            Self::Endpoints => "/endpoints",
            Self::Certificates => "/certificates",
            Self::Icp => "/icp",
            Self::Check => "/check",
            Self::Settings => "/settings",
            Self::Help => help::PATH,
        }
    }

    fn name(self, locale: Locale) -> &'static str {
        match self {
            Self::Overview => td_string!(locale, common.nav.overview),
            Self::Programs => td_string!(locale, common.nav.programs),
            Self::Endpoints => td_string!(locale, common.nav.endpoints),
            Self::Certificates => td_string!(locale, common.nav.certificates),
            Self::Icp => td_string!(locale, common.nav.icp),
            Self::Check => td_string!(locale, common.nav.check),
            Self::Settings => td_string!(locale, common.nav.settings),
            Self::Help => td_string!(locale, help.index.title),
        }
    }
}

/// Where a page below a section stands. It goes before the heading.
#[component]
pub fn Crumbs(
    /// The section.
    section: Section,
    /// What the page is called.
    #[prop(into)]
    here: Signal<String>,
) -> impl IntoView {
    let locale = use_locale();
    view! {
        <nav class="crumbs" aria-label=td_string!(locale, common.crumbs)>
            <ol class="flex flex-wrap gap-x-2">
                <li><a class="link" href=section.path()>{section.name(locale)}</a></li>
                <li aria-hidden="true">"›"</li>
                <li class="min-w-0" aria-current="page">{move || view! { <HostText text=here.get()/> }}</li>
            </ol>
        </nav>
    }
    .into_any()
}
