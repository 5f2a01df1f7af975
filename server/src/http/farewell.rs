//! What a form is answered while the server stops. A page that it would be led to is sent by nobody any
//! more, and the browser would show an error of its own, whatever was done.

use app::{
    preferences::locale_of_request,
    query::value,
    shell::{Sent, farewell},
};
use axum::{
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header},
    middleware::Next,
    response::Response,
};
use tokio_util::sync::CancellationToken;

use super::gate::wants_html;

/// In place of the way to a page: what has become of what was sent, and where that will be shown.
pub(super) async fn while_stopping(
    State(shutdown): State<CancellationToken>,
    request: Request,
    next: Next,
) -> Response {
    let (head, body) = request.into_parts();
    let is_form = head.method == Method::POST && wants_html(&head.headers);
    let (locale, form) = (locale_of_request(&head), head.uri.path().to_owned());
    let mut response = next.run(Request::from_parts(head, body)).await;
    let leads_on = matches!(response.status(), StatusCode::FOUND | StatusCode::SEE_OTHER);
    if !is_form || !shutdown.is_cancelled() || !leads_on {
        return response;
    }
    let Some((to, sent)) = read(&form, response.headers()) else { return response };
    let headers = response.headers_mut();
    headers.remove(header::LOCATION);
    headers.remove(header::CONTENT_LENGTH);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    *response.status_mut() = StatusCode::OK;
    *response.body_mut() = Body::from(farewell(&to, sent, locale));
    response
}

/// Where the form that was sent to `form` is led, and what that says of it.
fn read(form: &str, headers: &HeaderMap) -> Option<(String, Sent)> {
    let to = headers.get(header::LOCATION)?.to_str().ok()?;
    let page = to.parse::<Uri>().ok()?;
    let question = page.query().unwrap_or_default();
    let has = |names: &[&str]| names.iter().any(|name| value(question, name).is_some());
    // A form with a file is its own page, which says in its query what it has refused.
    let file_refused = form == page.path() && has(&["problem"]);
    let sent = if headers.contains_key(REFUSED) || file_refused {
        // By itself leptos leads back to the page before, whose query is of something older.
        if to.starts_with('/') && has(HOLD_TYPED) { Sent::Kept } else { Sent::Lost }
    } else {
        Sent::Done
    };
    Some((to.to_owned(), sent))
}

/// What leptos says in the head of each refusal.
const REFUSED: &str = "serverfnerror";

/// In the query of a page: what was typed into it, or where that is kept.
const HOLD_TYPED: &[&str] = &["kept", "draft", "lines", "typed", "revision", "login"];

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn sent(form: &str, to: &str, refused: bool) -> Option<Sent> {
        let mut headers = HeaderMap::from_iter([(header::LOCATION, HeaderValue::from_str(to).unwrap())]);
        if refused {
            headers.insert(REFUSED, HeaderValue::from_static("/api/x"));
        }
        read(form, &headers).map(|(_, sent)| sent)
    }

    #[test]
    fn where_a_form_is_led_tells_what_has_become_of_it() {
        let (api, file) = ("/api/x", "/check/certificate");
        for (form, to, refused, expected) in [
            (api, "/programs/1#settings", false, Some(Sent::Done)),
            (api, "https://hufu.example/programs?kept=1", false, Some(Sent::Done)),
            ("/preferences", "/check/certificate?problem=too_large", false, Some(Sent::Done)),
            (file, "/check/certificate?draft=1", false, Some(Sent::Done)),
            (file, "/check/certificate?draft=1&problem=too_large", false, Some(Sent::Kept)),
            (file, "/check/certificate?problem=too_large", false, Some(Sent::Lost)),
            (api, "/log-in", false, Some(Sent::Done)),
            (api, "https://hufu.example/log-in?__path=%2Fapi&__err=x", true, Some(Sent::Lost)),
            (api, "/programs?kept=1&__path=%2Fapi&__err=x#register", true, Some(Sent::Kept)),
            (api, "/programs/1?api=socket&lines=x#add", true, Some(Sent::Kept)),
            (api, "/log-in?login=chen&__path=%2Fapi&__err=x#content", true, Some(Sent::Kept)),
            // Kept, but of a form before.
            (api, "https://hufu.example/settings?kept=1&__path=%2Fapi&__err=x", true, Some(Sent::Lost)),
        ] {
            assert_eq!(sent(form, to, refused), expected, "{form} {to}");
        }
    }
}
