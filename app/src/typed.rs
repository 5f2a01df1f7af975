//! What somebody types, in fields whose text the page changes too.

use leptos::prelude::*;
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::{Element, Event, EventInit, HtmlElement, js_sys::Reflect};

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

/// Moves the focus to the element with this id, where what had it goes.
pub fn focus(id: &str) {
    focus_on(document().get_element_by_id(id));
}

/// Moves it to the first button in the element with this id.
pub fn focus_button(id: &str) {
    focus_on(document().query_selector(&format!("#{id} button")).ok().flatten());
}

fn focus_on(element: Option<Element>) {
    if let Some(element) = element.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        let _ = element.focus();
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
