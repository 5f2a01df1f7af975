//! What surrounds every page behind the log-in: rail, top bar, content.

use std::time::Duration;

use leptos::{
    ev::KeyboardEvent,
    html::{Details, Main, Summary},
    prelude::*,
};
use leptos_meta::Title;
use leptos_router::{
    components::{A, Outlet},
    hooks::use_location,
};

use crate::{
    accounts::api::LogOut,
    drafts::Gone,
    endpoints::{
        api::{Begun, runs_under_way},
        runs::probed,
    },
    help,
    i18n::*,
    preferences::PreferenceForms,
    preferences::use_locale,
    search::SearchBox,
    toast::Toaster,
};

/// The frame of every page behind the log-in.
#[component]
pub fn Layout() -> impl IntoView {
    let locale = use_locale();
    let content = NodeRef::<Main>::new();
    view! {
        <a href="#content" class="skip-link">{td!(locale, common.skip_to_content)}</a>
        <div class="frame">
            <Rail content/>
            <div class="frame-body">
                <TopBar/>
                <main id="content" class="content" tabindex="-1" node_ref=content>
                    <Crumbs/>
                    <Gone/>
                    <Outlet/>
                </main>
            </div>
        </div>
        <Toaster/>
    }
}

/// The way back up, on the pages below a section.
#[component]
fn Crumbs() -> impl IntoView {
    let locale = use_locale();
    let path = use_location().pathname;
    let above = Memo::new(move |_| path.with(|path| above(path)));
    move || {
        above.get().map(|section| {
            view! {
                <nav class="crumbs" aria-label=td_string!(locale, common.crumbs)>
                    <ol class="flex gap-2">
                        <li><a class="link" href=section.path()>{section.name(locale)}</a></li>
                        <li aria-hidden="true">"›"</li>
                    </ol>
                </nav>
            }
        })
    }
}

/// A part of the console that has pages below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Section {
    Programs,
    Endpoints,
    Certificates,
    Icp,
    Help,
}

impl Section {
    const ALL: [Self; 5] = [Self::Programs, Self::Endpoints, Self::Certificates, Self::Icp, Self::Help];

    const fn path(self) -> &'static str {
        match self {
            Self::Programs => "/programs",
            Self::Endpoints => "/endpoints",
            Self::Certificates => "/certificates",
            Self::Icp => "/icp",
            Self::Help => help::PATH,
        }
    }

    fn name(self, locale: Locale) -> &'static str {
        match self {
            Self::Programs => td_string!(locale, common.nav.programs),
            Self::Endpoints => td_string!(locale, common.nav.endpoints),
            Self::Certificates => td_string!(locale, common.nav.certificates),
            Self::Icp => td_string!(locale, common.nav.icp),
            Self::Help => td_string!(locale, help.index.title),
        }
    }
}

/// The section that a page is below of.
fn above(path: &str) -> Option<Section> {
    let below = |section: &Section| {
        path.strip_prefix(section.path()).is_some_and(|rest| rest.len() > 1 && rest.starts_with('/'))
    };
    Section::ALL.into_iter().find(below)
}

#[component]
fn Rail(content: NodeRef<Main>) -> impl IntoView {
    let locale = use_locale();
    view! {
        <nav class="rail" aria-label=td_string!(locale, common.navigation)>
            <A href="/" attr:class="rail-brand">{td!(locale, common.product)}</A>
            <Folded content/>
            <ul class="menu rail-places"><Places/></ul>
        </nav>
    }
}

/// All that the rail and the top bar have, where there is room for neither of them.
#[component]
fn Folded(content: NodeRef<Main>) -> impl IntoView {
    let locale = use_locale();
    let (menu, button) = (NodeRef::<Details>::new(), NodeRef::<Summary>::new());
    let fold = move || {
        if let Some(menu) = menu.get_untracked() {
            menu.set_open(false);
        }
    };
    // The page that was chosen comes without the document being loaded anew, and the link goes with the menu.
    let choose = move |_| {
        fold();
        if let Some(content) = content.get_untracked() {
            let _ = content.focus();
        }
    };
    let leave = move |event: KeyboardEvent| {
        if event.key() == "Escape" {
            fold();
            if let Some(button) = button.get_untracked() {
                let _ = button.focus();
            }
        }
    };
    view! {
        <details class="rail-folded" node_ref=menu on:keydown=leave>
            <summary class="btn btn-sm" node_ref=button>{td!(locale, common.menu)}</summary>
            <div class="rail-unfolded">
                <ul class="menu" on:click=choose><Places/></ul>
                <PreferenceForms/>
                <LogOutForm/>
            </div>
        </details>
    }
    .into_any()
}

/// The parts of the console.
#[component]
fn Places() -> impl IntoView {
    let locale = use_locale();
    let path = use_location().pathname;
    let place = move |href: &'static str, name: &'static str| {
        let here = move || path.with(|path| if href == "/" { path == "/" } else { path.starts_with(href) });
        view! { <li><a href=href aria-current=move || here().then_some("page")>{name}</a></li> }
    };
    [
        place("/", td_string!(locale, common.nav.overview)),
        place("/programs", td_string!(locale, common.nav.programs)),
        place("/endpoints", td_string!(locale, common.nav.endpoints)),
        place("/certificates", td_string!(locale, common.nav.certificates)),
        place("/icp", td_string!(locale, common.nav.icp)),
        place("/alerts", td_string!(locale, common.nav.alerts)),
        place("/check", td_string!(locale, common.nav.check)),
        place("/audit", td_string!(locale, common.nav.audit)),
        place("/settings", td_string!(locale, common.nav.settings)),
        place(help::PATH, td_string!(locale, common.nav.help)),
    ]
    .into_iter()
    .collect_view()
}

#[component]
fn TopBar() -> impl IntoView {
    view! {
        <header class="top-bar">
            <SearchBox/>
            <Running/>
            <div class="top-bar-more"><PreferenceForms/><LogOutForm/></div>
        </header>
    }
}

#[component]
fn LogOutForm() -> impl IntoView {
    let locale = use_locale();
    let log_out = ServerAction::<LogOut>::new();
    view! {
        <ActionForm action=log_out>
            <button class="btn btn-ghost btn-sm">{td!(locale, common.log_out)}</button>
        </ActionForm>
    }
}

/// The way back to the probe runs that are under way, while there are any.
#[component]
fn Running() -> impl IntoView {
    let locale = use_locale();
    let path = use_location().pathname;
    let asked = RwSignal::new(0_u32);
    let running = Resource::new(
        move || (path.get(), asked.get()),
        |(path, _)| async move {
            // On the way out the frame is still there, but nobody may ask any more.
            if path == "/log-in" { Ok(Vec::new()) } else { runs_under_way().await }
        },
    );
    Effect::new(move || {
        let ask = move || asked.update(|asked| *asked = asked.wrapping_add(1));
        if let Ok(asking) = set_interval_with_handle(ask, ASK_EVERY) {
            on_cleanup(move || asking.clear());
        }
    });
    view! {
        <Transition>
            {move || Suspend::new(async move {
                let words = running_words(&running.await.unwrap_or_default(), locale);
                words.map(|words| view! {
                    <a class="btn btn-ghost btn-sm" href="/endpoints/runs"><span class="max-w-60 truncate">{words}</span></a>
                })
            })}
        </Transition>
    }
}

/// What the only run probes, or how many there are.
fn running_words(runs: &[Begun], locale: Locale) -> Option<String> {
    match runs {
        [] => None,
        [Begun { scope, name }] => {
            let name = probed(*scope, name.as_deref(), locale);
            Some(td_string!(locale, endpoints.runs.running_one, name = name))
        }
        runs => Some(td_string!(locale, endpoints.runs.running, count = runs.len())),
    }
}

/// How often the top bar asks whether a probe is under way.
const ASK_EVERY: Duration = Duration::from_secs(15);

/// An address that leads nowhere.
#[component]
pub fn NotFound() -> impl IntoView {
    let locale = use_locale();
    #[cfg(feature = "ssr")]
    if let Some(response) = use_context::<leptos_axum::ResponseOptions>() {
        response.set_status(http::StatusCode::NOT_FOUND);
    }
    view! {
        <Title text=td_string!(locale, common.not_found.title)/>
        <h1 class="page-title">{td!(locale, common.not_found.title)}</h1>
        <p>{td!(locale, common.not_found.body)}</p>
        <a class="btn btn-primary w-fit" href="/">{td!(locale, common.not_found.home)}</a>
    }
}

#[cfg(test)]
mod tests {
    use model::{endpoints::Scope, service::ProgramId};

    use super::{Begun, Section, above, running_words};
    use crate::i18n::Locale;

    #[test]
    fn a_page_is_below_its_section_and_a_section_below_nothing() {
        for (path, section) in [
            ("/programs/3", Some(Section::Programs)),
            ("/endpoints/runs", Some(Section::Endpoints)),
            ("/icp/example.com", Some(Section::Icp)),
            ("/help/findings/chain.incomplete", Some(Section::Help)),
            ("/help/findings", None),
            ("/programs", None),
            ("/programs/", None),
            ("/programsx/1", None),
            ("/", None),
        ] {
            assert_eq!(above(path), section, "{path}");
        }
    }
    #[test]
    fn one_run_is_named_and_more_are_counted() {
        let shop = Begun { scope: Scope::Program(ProgramId(3)), name: Some("Shop".to_owned()) };
        let all = Begun { scope: Scope::All, name: None };
        let said = |runs: &[Begun]| running_words(runs, Locale::en);
        assert_eq!(said(&[]), None);
        assert_eq!(said(&[shop.clone()]).as_deref(), Some("Probe run: Shop"));
        assert_eq!(said(&[all.clone()]).as_deref(), Some("Probe run: Every endpoint"));
        assert_eq!(said(&[all, shop]).as_deref(), Some("Probe runs: 2"));
    }
}
