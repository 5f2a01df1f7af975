//! What somebody types, in fields whose text the page changes too.

use leptos::prelude::*;
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::{Element, Event, EventInit, FocusOptions, HtmlElement, js_sys::Reflect};

/// Brings the field to each new `text`, as the directive `use:keep_up=text` of an `<input>`, a
/// `<textarea>` or a `<select>` that the server drew with the first one.
///
/// What else is in it when the page is taken over was typed before: it stays, and the listeners of
/// the field hear of it.
pub fn keep_up(field: Element, text: Signal<String>) {
    Effect::new(move |before: Option<String>| {
        let text = text.get();
        let differs = shown(&field) != text;
        match before {
            None if differs => announce(&field),
            Some(before) if differs && before != text => show(&field, &text),
            _ => {}
        }
        text
    });
}

/// Whether the script has taken over the page. Until then what is said of a text is what the server has said of the one
/// that was sent, and not of what is typed since.
pub fn live() -> Signal<bool> {
    let live = RwSignal::new(false);
    Effect::new(move || live.set(true));
    live.into()
}

/// Leads the focus on from what was pressed and goes with what it has done, once for each time that `pending` begins: to
/// the first element for the selector that `done` tells once it is done and drawn. Whoever has gone on meanwhile stays
/// there, and the page stays where it is for whoever pressed with a pointer.
pub fn lead_on(pending: Memo<bool>, done: impl Fn() -> Option<String> + 'static) {
    Effect::new(move |before: Option<(bool, Option<Pressed>)>| {
        let (was_pending, pressed) = before.unwrap_or_default();
        let (pending, to) = (pending.get(), done());
        let pressed = if pending && !was_pending { Pressed::now() } else { pressed };
        match (pressed, to) {
            (Some(pressed), Some(to)) if !pending => {
                request_animation_frame(move || pressed.lead_to(&to));
                (pending, None)
            }
            (pressed, _) => (pending, pressed),
        }
    });
}

/// Leads the focus back to the text area of the form from what was pressed by keys there and goes with what it does.
pub fn back_to_text() {
    let Some(Pressed { at, by_keys: true }) = Pressed::now() else { return };
    let form = at.closest("form").ok().flatten();
    let area = form.and_then(|form| form.query_selector("textarea").ok().flatten());
    if let Some(area) = area.and_then(|area| area.dyn_into::<HtmlElement>().ok()) {
        // The key that pressed it is no key of the text.
        request_animation_frame(move || {
            let _ = area.focus();
        });
    }
}

/// What had the focus when something was asked for.
struct Pressed {
    at: Element,
    by_keys: bool,
}

impl Pressed {
    fn now() -> Option<Self> {
        let at = document().active_element()?;
        let by_keys = at.matches(":focus-visible").unwrap_or_default();
        Some(Self { at, by_keys })
    }

    fn lead_to(&self, selector: &str) {
        // The body has it where what had it is gone.
        let is_elsewhere = |here: &Element| *here != self.at && here.tag_name() != "BODY";
        if document().active_element().as_ref().is_some_and(is_elsewhere) {
            return;
        }
        let element = document().query_selector(selector).ok().flatten();
        if let Some(element) = element.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
            let options = FocusOptions::new();
            options.set_prevent_scroll(!self.by_keys);
            let _ = element.focus_with_options(&options);
        }
    }
}

fn shown(field: &Element) -> String {
    Reflect::get(field, &JsValue::from_str(VALUE)).ok().and_then(|value| value.as_string()).unwrap_or_default()
}

fn show(field: &Element, text: &str) {
    // Fails for an object that cannot be written to, which no field is.
    let _ = Reflect::set(field, &JsValue::from_str(VALUE), &JsValue::from_str(text));
}

fn announce(field: &Element) {
    let bubbles = EventInit::new();
    bubbles.set_bubbles(true);
    if let Ok(event) = Event::new_with_event_init_dict("input", &bubbles) {
        // It says whether a listener called the event off, which this one does not offer.
        let _ = field.dispatch_event(&event);
    }
}

const VALUE: &str = "value";
