//! Short words that something was done: they come, are read out, and go.

use std::time::Duration;

use leptos::{ev::MouseEvent, mount::mount_to_renderer, prelude::*};
use leptos_router::hooks::use_location;

use crate::{drafts::forget, i18n::*, preferences::use_locale, query};

/// Says that something was done, below what was said last and in the place of the same words. Where no page is,
/// nothing is said.
fn say(words: String) {
    let Some(toasts) = document().get_element_by_id(TOASTS) else { return };
    let is_same = |line: &web_sys::Element| {
        line.first_element_child().and_then(|said| said.text_content()).as_ref() == Some(&words)
    };
    if let Some(last) = toasts.last_element_child().filter(is_same) {
        last.remove();
    }
    let close = td_string!(use_locale(), common.close);
    let line = mount_to_renderer(&toasts, move || {
        view! {
            <div class="toast-line" data-toast="">
                <span>{words}</span>
                <button class="btn btn-ghost btn-xs" aria-label=close on:click=|event| take_away(&event)>"✕"</button>
            </div>
        }
    });
    while toasts.child_element_count() > MOST
        && let Some(first) = toasts.first_element_child()
    {
        first.remove();
    }
    set_timeout(move || drop(line), STAYS);
}

/// The line whose button was pressed.
fn take_away(event: &MouseEvent) {
    if let Ok(Some(line)) = event_target::<web_sys::Element>(event).closest("[data-toast]") {
        line.remove();
    }
}

/// Every line.
fn take_all_away() {
    if let Some(toasts) = document().get_element_by_id(TOASTS) {
        toasts.set_text_content(None);
    }
}

/// Says so whenever an action has succeeded; once it is refused, what was done before is said no more. Where it leads to
/// another page, that page is the answer.
pub fn say_when_done<O, E>(done: Signal<Option<Result<O, E>>>, words: &'static str)
where
    O: Send + Sync + 'static,
    E: Send + Sync + 'static,
{
    say_what_was_done(done, move |_| Some(words.to_owned()));
}

/// The same in words of what has come of it.
pub fn say_what_was_done<O, E>(done: Signal<Option<Result<O, E>>>, words: impl Fn(&O) -> Option<String> + 'static)
where
    O: Send + Sync + 'static,
    E: Send + Sync + 'static,
{
    Effect::new(move || {
        if done.with(|done| matches!(done, Some(Err(_)))) {
            take_all_away();
        } else if let Some(words) = done.with(|done| done.as_ref()?.as_ref().ok().and_then(&words)) {
            forget();
            say(words);
        }
    });
}

/// Where that is said. It has nothing that the script would follow: what is said is put there by who says it.
#[component]
pub fn Toaster() -> impl IntoView {
    view! { <div id=TOASTS class="toasts" role="status" aria-live="polite"></div> }
}

/// The id of that.
const TOASTS: &str = "toasts";

/// What follows the path of a page to which a form was sent without JavaScript, so that [`SavedBefore`]
/// says there that it was saved.
pub fn saved_before(form: &str) -> String {
    format!("?{SAVED}={form}#{form}")
}

/// In the query of a page: the form that was saved before it came.
const SAVED: &str = "saved";

/// In the query of a page: what was done before it came. It is said once.
pub const SAID: &[&str] = &[SAVED, "tested", "changed"];

/// Whether the query of a page has any of that.
pub fn has_said(search: &str) -> bool {
    SAID.iter().any(|name| query::value(search, name).is_some())
}

/// Takes it out of the address as soon as the page says it: nobody has saved anything when the same
/// address is loaded again.
pub fn say_once() {
    let search = use_location().search;
    Effect::new(move || {
        if search.with_untracked(|search| has_said(search)) {
            forget();
        }
    });
}

/// Says beside a form that it was saved before the page came, where no script ran that could.
#[component]
pub fn SavedBefore(
    /// Its id on the page.
    form: &'static str,
    /// Whether it was sent from this page since.
    #[prop(optional, into)]
    answered: Option<Signal<bool>>,
) -> impl IntoView {
    let locale = use_locale();
    let search = use_location().search;
    let before = move || search.with(|search| query::value(search, SAVED).as_deref() == Some(form));
    let answered = move || answered.is_some_and(|answered| answered.get());
    say_once();
    view! {
        <span role="status">{move || (before() && !answered()).then(|| td_string!(locale, common.saved))}</span>
    }
}

/// More would hide the page.
const MOST: u32 = 3;

/// Long enough to be read twice.
const STAYS: Duration = Duration::from_secs(6);
