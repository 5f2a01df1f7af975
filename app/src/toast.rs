//! Short words that something was done: they come, are read out, and go.

use std::time::Duration;

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use crate::{drafts::forget, i18n::*, preferences::use_locale, query};

/// The words that stand now, the latest last.
#[derive(Clone, Copy, Debug)]
struct Toasts {
    shown: RwSignal<Vec<Toast>>,
    next: StoredValue<u32>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Toast {
    id: u32,
    words: String,
}

/// Says that something was done. Where no page is, nothing is said.
pub fn say(words: impl Into<String>) {
    let Some(Toasts { shown: toasts, next }) = use_context() else { return };
    let words = words.into();
    let id = next.get_value();
    next.set_value(id.wrapping_add(1));
    toasts.update(|toasts| {
        toasts.push(Toast { id, words });
        let beyond = toasts.len().saturating_sub(MOST);
        toasts.drain(..beyond);
    });
    set_timeout(move || toasts.update(|toasts| toasts.retain(|toast| toast.id != id)), STAYS);
}

/// Says so whenever an action has succeeded. Where it leads to another page, that page is the answer.
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
        if let Some(words) = done.with(|done| done.as_ref()?.as_ref().ok().and_then(&words)) {
            forget();
            say(words);
        }
    });
}

/// Lets what is inside speak, and shows what it says.
#[component]
pub fn Toaster() -> impl IntoView {
    let locale = use_locale();
    let toasts = RwSignal::new(Vec::<Toast>::new());
    provide_context(Toasts { shown: toasts, next: StoredValue::new(0) });
    let close = move |id| toasts.update(|toasts| toasts.retain(|toast| toast.id != id));
    view! {
        <div class="toasts" role="status" aria-live="polite">
            <For each=move || toasts.get() key=|toast| toast.id let:toast>
                <div class="toast-line" data-toast="">
                    <span>{toast.words}</span>
                    <button class="btn btn-ghost btn-xs" aria-label=td_string!(locale, common.close) on:click=move |_| close(toast.id)>
                        "✕"
                    </button>
                </div>
            </For>
        </div>
    }
}

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
const MOST: usize = 3;

/// Long enough to be read twice.
const STAYS: Duration = Duration::from_secs(6);
