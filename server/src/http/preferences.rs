//! Remembers language and theme in cookies and goes back to where the visitor was.

use app::preferences::{LOCALE_COOKIE, PREFERENCES_PATH, THEME_COOKIE};
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
    #[serde(rename = "return")]
    back: Option<String>,
}

async fn remember(Form(choice): Form<Choice>) -> Response {
    let mut headers = HeaderMap::new();
    let chosen = [
        (LOCALE_COOKIE, choice.locale.as_deref(), ["zh-CN", "en"]),
        (THEME_COOKIE, choice.theme.as_deref(), ["light", "dark"]),
    ];
    for (cookie, value, known) in chosen {
        let Some(value) = value else { continue };
        let line = match known.iter().find(|word| **word == value) {
            Some(word) => format!("{cookie}={word}; Path=/; SameSite=Lax; Max-Age=31536000"),
            None => format!("{cookie}=; Path=/; SameSite=Lax; Max-Age=0"),
        };
        if let Ok(line) = HeaderValue::from_str(&line) {
            headers.append(header::SET_COOKIE, line);
        }
    }
    (headers, Redirect::to(local_path(choice.back.as_deref()))).into_response()
}

/// The path to go back to, if it stays on this site: browsers read `//` and `/\` as another host.
fn local_path(back: Option<&str>) -> &str {
    back.filter(|path| {
        path.starts_with('/')
            && !path.starts_with("//")
            && !path.starts_with("/\\")
            && path.chars().all(|character| character.is_ascii_graphic())
    })
    .unwrap_or("/")
}

#[cfg(test)]
mod tests {
    use super::local_path;

    #[test]
    fn going_back_never_leaves_the_site() {
        for (back, path) in [
            (Some("/programs?page=2"), "/programs?page=2"),
            (Some("//evil.example"), "/"),
            (Some("/\\evil.example"), "/"),
            (Some("https://evil.example"), "/"),
            (Some("/a\nSet-Cookie: b"), "/"),
            (None, "/"),
        ] {
            assert_eq!(local_path(back), path, "{back:?}");
        }
    }
}
