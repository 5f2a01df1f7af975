//! Remembers language and theme in cookies and goes back to where the visitor was.

use app::{
    preferences::{LOCALE_COOKIE, PREFERENCES_PATH, THEME_COOKIE},
    query::own_page,
    zone::{ZONE_COOKIE, Zone},
};
use axum::{
    Form, Router,
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Redirect, Response},
    routing::post,
};
use serde::Deserialize;

use super::AppState;

pub(super) fn router() -> Router<AppState> {
    Router::new().route(PREFERENCES_PATH, post(remember))
}

#[derive(Deserialize)]
struct Choice {
    locale: Option<String>,
    theme: Option<String>,
    zone: Option<String>,
    #[serde(rename = "return")]
    back: Option<String>,
}

async fn remember(Form(choice): Form<Choice>) -> Response {
    let mut headers = HeaderMap::new();
    let zone = |text: &str| text.parse::<Zone>().ok().map(|zone| zone.to_string());
    let one_of = |known: [&str; 2], word: &str| known.contains(&word).then(|| word.to_owned());
    let chosen = [
        (LOCALE_COOKIE, choice.locale.map(|word| one_of(["zh-CN", "en"], &word))),
        (THEME_COOKIE, choice.theme.map(|word| one_of(["light", "dark"], &word))),
        (ZONE_COOKIE, choice.zone.map(|text| zone(&text))),
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
    (headers, Redirect::to(own_page(choice.back.as_deref().unwrap_or("/")))).into_response()
}
