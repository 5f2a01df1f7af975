//! The console: pages and the typed server functions behind them. It knows `model` alone; the
//! server implements the service traits that it calls.

#![recursion_limit = "256"]

pub mod accounts;
pub mod alerts;
pub mod audit;
pub mod certificates;
pub mod chain;
pub mod clash;
pub mod components;
pub mod drafts;
pub mod endpoints;
pub mod error;
pub mod export;
pub mod findings;
pub mod help;
pub mod http;
pub mod icp;
pub mod layout;
pub mod overview;
pub mod pasted;
pub mod preferences;
pub mod programs;
pub mod query;
mod routes;
pub mod search;
pub mod settings;
pub mod shell;
pub mod table;
pub mod time;
pub mod toast;
pub mod tools;
pub mod typed;
pub mod verdict;
pub mod verification;
pub mod wire;
pub mod wording;
pub mod words;
pub mod zone;

#[cfg(feature = "ssr")]
pub mod context;

#[allow(missing_docs, unreachable_pub, clippy::all, clippy::expect_used)]
mod generated {
    include!(concat!(env!("OUT_DIR"), "/i18n/mod.rs"));
}

/// Texts in every language, generated from `locales/` by the build script.
pub use generated::i18n;

pub use shell::App;

/// Takes over the page that the server rendered.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    zone::remember_own();
    // Fails where it has been done, which is as good.
    let _ = any_spawner::Executor::init_wasm_bindgen();
    leptos::task::spawn_local(async {
        let document = leptos::prelude::document();
        if let (Some(root), Some(body)) = (document.document_element(), document.body()) {
            let links = browser_follows_links();
            leptos::mount::hydrate_from_async(body, App).await.forget();
            drop(links);
            let stand_in = document.active_element().and_then(|focused| stand_in(&focused));
            // The style sheet shows what needs the script from now on.
            let _ = root.set_attribute("data-hydrated", "true");
            if let Some(stand_in) = stand_in {
                let _ = stand_in.focus();
            }
        }
    });
}

/// What unfolds from now on what a link led to until now, and takes the focus from it.
#[cfg(feature = "hydrate")]
fn stand_in(link: &web_sys::Element) -> Option<web_sys::HtmlElement> {
    use wasm_bindgen::JsCast as _;

    link.matches(r"a.live\:hidden").ok().filter(|goes| *goes)?;
    link.next_element_sibling()?.query_selector("summary").ok()??.dyn_into().ok()
}

/// Until what is returned is dropped, links are followed as on a plain page: the router takes clicks
/// from the start, and loses those that come before the code of the page.
#[cfg(feature = "hydrate")]
fn browser_follows_links() -> impl Drop {
    use wasm_bindgen::{JsCast as _, closure::Closure};

    type Listener = Closure<dyn Fn(web_sys::Event)>;

    struct Following(Listener);

    impl Drop for Following {
        fn drop(&mut self) {
            let listener = self.0.as_ref().unchecked_ref();
            let _ = leptos::prelude::window().remove_event_listener_with_callback_and_bool("click", listener, true);
        }
    }

    let listener = Listener::new(|event: web_sys::Event| event.stop_immediate_propagation());
    let function = listener.as_ref().unchecked_ref();
    let _ = leptos::prelude::window().add_event_listener_with_callback_and_bool("click", function, true);
    Following(listener)
}
