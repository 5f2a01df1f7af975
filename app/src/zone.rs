//! The zone in which a page shows times and counts days, as the visitor's clock has it. A cookie holds it,
//! so that the server's page and the browser's are the same to the letter.

use leptos::prelude::*;
use model::Zone;

/// Holds the offset that was chosen, such as `+08:00`; absent, that of [`OWN_ZONE_COOKIE`] holds.
pub const ZONE_COOKIE: &str = "hufu_zone";

/// Holds the offset of the browser's clock, as the browser wrote it when it last showed a page.
pub const OWN_ZONE_COOKIE: &str = "hufu_own_zone";

/// The zone of the page. Like the language it stays the same for as long as the page does.
pub fn use_zone() -> Zone {
    use_context().unwrap_or_default()
}

/// The zone to answer in.
#[cfg(feature = "ssr")]
pub fn page_zone() -> Zone {
    use_context::<http::request::Parts>().map(|parts| zone_of_request(&parts)).unwrap_or_default()
}

/// The zone to answer a request in: the one that was chosen, then that of the browser's clock.
#[cfg(feature = "ssr")]
pub fn zone_of_request(parts: &http::request::Parts) -> Zone {
    let of = |name| crate::context::cookie_of(parts, name).and_then(|offset| offset.parse().ok());
    of(ZONE_COOKIE).or_else(|| of(OWN_ZONE_COOKIE)).unwrap_or_default()
}

/// The zone that was chosen; none follows the browser.
#[cfg(feature = "ssr")]
pub fn chosen_zone() -> Option<Zone> {
    crate::context::cookie(ZONE_COOKIE)?.parse().ok()
}

/// The zone that the server wrote the page in.
#[cfg(not(feature = "ssr"))]
pub fn page_zone() -> Zone {
    let written = document().document_element().and_then(|root| root.get_attribute("data-zone"));
    written.and_then(|offset| offset.parse().ok()).unwrap_or_default()
}

/// The same, as the server wrote it.
#[cfg(not(feature = "ssr"))]
pub fn chosen_zone() -> Option<Zone> {
    document().document_element()?.get_attribute("data-chosen-zone")?.parse().ok()
}

/// Writes the browser's own zone for the next page; with summer time it is another in summer.
#[cfg(feature = "hydrate")]
pub fn remember_own() {
    use wasm_bindgen::JsCast as _;

    let Some(document) = document().dyn_into::<web_sys::HtmlDocument>().ok() else { return };
    // Whole minutes, and few of them.
    #[allow(clippy::cast_possible_truncation)]
    let zone = Zone::of_browser(web_sys::js_sys::Date::new_0().get_timezone_offset() as i32);
    // Where cookies are refused, times stay in UTC.
    let _ = document.set_cookie(&format!("{OWN_ZONE_COOKIE}={zone}; Path=/; SameSite=Lax; Max-Age=2592000"));
}
