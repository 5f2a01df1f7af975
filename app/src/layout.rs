//! What surrounds every page behind the log-in: rail, top bar, content.

pub mod api;
pub mod crumbs;

use std::time::Duration;

use leptos::{
    ev::KeyboardEvent,
    html::{Details, Main, Summary},
    prelude::*,
    server_fn::ServerFn as _,
};
use leptos_meta::Title;
use leptos_router::{components::Outlet, hooks::use_location};

use self::api::{TopBarData, top_bar};
use crate::{
    accounts::api::LogOut,
    components::NotShown,
    endpoints::{api::Begun, runs::probed},
    error::AppError,
    help,
    i18n::*,
    preferences::{PreferenceForms, use_locale},
    search::SearchBox,
    toast::Toaster,
};

/// The frame of every page behind the log-in.
#[component]
pub fn Layout() -> impl IntoView {
    let locale = use_locale();
    let content = NodeRef::<Main>::new();
    let told = told_from_time_to_time();
    view! {
        <a href="#content" class="skip-link">{td!(locale, common.skip_to_content)}</a>
        <div class="frame">
            <Rail content told/>
            <div class="frame-body">
                <TopBar told/>
                <main id="content" class="content" tabindex="-1" node_ref=content>
                    <Outlet/>
                </main>
            </div>
        </div>
        <Toaster/>
    }
}

/// What the top bar shows.
#[derive(Clone, Copy)]
struct Told {
    /// What was asked for last; none where no answer came.
    answer: Resource<Option<TopBarData>>,
    /// The last that came.
    last: StoredValue<TopBarData>,
}

impl Told {
    async fn get(self) -> TopBarData {
        match self.answer.await {
            Some(told) => {
                self.last.try_set_value(told.clone());
                told
            }
            None => self.last.try_get_value().unwrap_or_default(),
        }
    }
}

/// What the top bar shows, asked for again on every page, and from time to time while somebody looks.
fn told_from_time_to_time() -> Told {
    let path = use_location().pathname;
    let asked = RwSignal::new(0_u32);
    Effect::new(move || {
        let ask = move || {
            if !document().hidden() {
                asked.update(|asked| *asked = asked.wrapping_add(1));
            }
        };
        if let Ok(asking) = set_interval_with_handle(ask, ASK_EVERY) {
            on_cleanup(move || asking.clear());
        }
    });
    let answer = Resource::new(
        move || (path.get(), asked.get()),
        |_| async move {
            match top_bar().await {
                Err(AppError::Unauthenticated) => Some(TopBarData::default()),
                answer => answer.ok(),
            }
        },
    );
    Told { answer, last: StoredValue::new(TopBarData::default()) }
}

#[component]
fn Rail(content: NodeRef<Main>, told: Told) -> impl IntoView {
    let locale = use_locale();
    view! {
        <nav class="rail" aria-label=td_string!(locale, common.navigation)>
            <a href="/" class="rail-brand">{td!(locale, common.product)}</a>
            <Folded content told/>
            <ul class="menu rail-places"><Places/></ul>
        </nav>
    }
}

/// All that the rail and the top bar have, where there is room for neither of them.
#[component]
fn Folded(content: NodeRef<Main>, told: Told) -> impl IntoView {
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
                <span on:click=choose><Account told/></span>
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
fn TopBar(told: Told) -> impl IntoView {
    view! {
        <header class="top-bar">
            <SearchBox/>
            <Running told/>
            <div class="top-bar-more"><PreferenceForms/><Account told/><LogOutForm/></div>
        </header>
    }
}

/// Who is logged in, and the way to their account.
#[component]
fn Account(told: Told) -> impl IntoView {
    let locale = use_locale();
    view! {
        <Transition>
            {move || Suspend::new(async move {
                let login = told.get().await.login;
                (!login.is_empty()).then(|| view! {
                    <a class="btn btn-ghost btn-sm max-w-40 font-normal" href="/settings" title=td_string!(locale, common.account)>
                        <span class="truncate">{login}</span>
                    </a>
                })
            })}
        </Transition>
    }
    .into_any()
}

/// The form is plain: what comes of it is another document, and forms that the script sends are nothing that every page
/// has to load.
#[component]
fn LogOutForm() -> impl IntoView {
    let locale = use_locale();
    view! {
        <form method="post" action=LogOut::url()>
            <button class="btn btn-ghost btn-sm">{td!(locale, common.log_out)}</button>
        </form>
    }
}

/// The way back to the probe runs that are under way, while there are any.
#[component]
fn Running(told: Told) -> impl IntoView {
    let locale = use_locale();
    view! {
        <Transition>
            {move || Suspend::new(async move {
                let words = running_words(&told.get().await.running, locale);
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
    view! {
        <Title text=td_string!(locale, common.not_found.title)/>
        <h1 class="page-title">{td!(locale, common.not_found.title)}</h1>
        <NotShown error=AppError::NotFound/>
    }
}

#[cfg(test)]
mod tests {
    use std::slice;

    use model::{endpoints::Scope, service::ProgramId};

    use super::{Begun, running_words};
    use crate::i18n::Locale;

    #[test]
    fn one_run_is_named_and_more_are_counted() {
        let shop = Begun { scope: Scope::Program(ProgramId(3)), name: Some("Shop".to_owned()) };
        let all = Begun { scope: Scope::All, name: None };
        let said = |runs: &[Begun]| running_words(runs, Locale::en);
        assert_eq!(said(&[]), None);
        assert_eq!(said(slice::from_ref(&shop)).as_deref(), Some("Probe run: Shop"));
        assert_eq!(said(slice::from_ref(&all)).as_deref(), Some("Probe run: Every endpoint"));
        assert_eq!(said(&[all, shop]).as_deref(), Some("Probe runs: 2"));
    }
}
