//! Remembers language and theme in cookies and goes back to where the visitor was.

use app::{
    preferences::{LOCALE_COOKIE, PREFERENCES_PATH, THEME_COOKIE},
    query::{own_page, value},
    zone::ZONE_COOKIE,
};
use axum::{
    Router,
    body::Bytes,
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Redirect, Response},
    routing::post,
};
use model::Zone;

use super::AppState;

pub(super) fn router() -> Router<AppState> {
    Router::new().route(PREFERENCES_PATH, post(remember))
}

/// What no form of ours sends is as if nothing were chosen.
async fn remember(form: Bytes) -> Response {
    let form = String::from_utf8_lossy(&form);
    let given = |name| value(&form, name);
    let mut headers = HeaderMap::new();
    let zone = |text: &str| text.parse::<Zone>().ok().map(|zone| zone.to_string());
    let one_of = |known: [&str; 2], word: &str| known.contains(&word).then(|| word.to_owned());
    let chosen = [
        (LOCALE_COOKIE, given("locale").map(|word| one_of(["zh-CN", "en"], &word))),
        (THEME_COOKIE, given("theme").map(|word| one_of(["light", "dark"], &word))),
        (ZONE_COOKIE, given("zone").map(|text| zone(&text))),
    ];
    for (cookie, value) in chosen {
        let Some(value) = value else { continue };
        let line = match value {
            Some(word) => format!("{cookie}={word}; Path=/; SameSite=Lax; Max-Age=31536000"),
            None => format!("{cookie}=; Path=/; SameSite=Lax; Max-Age=0"),
        };
        if let Ok(line) = HeaderValue::from_str(&line) {
            headers.append(header::SET_COOKIE, line);
        }
    }
    (headers, Redirect::to(own_page(given("return").as_deref().unwrap_or("/")))).into_response()
}
