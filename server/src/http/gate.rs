//! Who is asking, and from where: every page, server function and event stream passes here.
//!
//! Nothing is open to an anonymous caller but what [`OPEN`] names; the server functions check the
//! permission once more themselves.

use std::net::SocketAddr;

use app::{context::cookie_of, error::AppError, shell};
use axum::{
    body::Body,
    extract::{ConnectInfo, Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts, uri::PathAndQuery},
    middleware::Next,
    response::{Html, IntoResponse, Json, Redirect, Response},
};
use futures::StreamExt as _;
use model::{
    accounts::{Client, SESSION_COOKIE, SessionToken},
    service::ServiceError,
};
use tokio::time::timeout;

use super::{ANSWER_MOST, AppState, exports, failures::Asker, parts::FORM_MOST};

/// What works without a session.
const OPEN: &[&str] = &[
    "/log-in",
    "/set-up",
    "/preferences",
    "/welcome",
    "/api/accounts/choose-password",
    "/api/accounts/link-owner",
    "/api/accounts/log-in",
    "/api/accounts/log-out",
    "/api/accounts/set-up",
    "/api/accounts/set-up-needed",
    "/api/accounts/set-up-state",
];

/// Resolves the session cookie to an actor for the handlers; sends anybody else to the log-in, and tells whoever
/// has sent something that nothing was done.
pub(super) async fn identify(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip());
    let address = peer.map(|peer| state.proxies.client(peer, &parts.headers));
    parts.extensions.insert(Client { address });

    let actor = match cookie_of(&parts, SESSION_COOKIE) {
        Some(token) => match state.services.accounts.actor(&SessionToken(token)).await {
            Ok(actor) => actor,
            Err(error) => return unidentified(&parts, error),
        },
        None => None,
    };
    let path = parts.uri.path();
    match actor {
        Some(actor) => {
            parts.extensions.insert(actor);
        }
        None if OPEN.contains(&path) => {}
        None if path.starts_with("/api/") && !wants_html(&parts.headers) => {
            return refuse(StatusCode::UNAUTHORIZED, ServiceError::Unauthenticated);
        }
        // Nobody wants the log-in page saved in place of a file.
        None if path.starts_with("/events/") || path.ends_with(exports::LAST) => {
            return StatusCode::UNAUTHORIZED.into_response();
        }
        None if !parts.method.is_safe() => return ended(Asker::of(&parts), body).await,
        None => return Redirect::to(&log_in(&parts)).into_response(),
    }
    next.run(Request::from_parts(parts, body)).await
}

/// Refuses an unsafe method that another site's page could have caused: browsers send `Origin`
/// with every such request, and it must name this very host.
pub(super) async fn same_origin(request: Request, next: Next) -> Response {
    if request.method().is_safe() || origin_is_host(request.headers()) {
        next.run(request).await
    } else {
        (StatusCode::FORBIDDEN, "The Origin header is missing or does not name this host. Behind a reverse proxy, pass the Host header on.\n")
            .into_response()
    }
}

/// One page, one address: with a slash at its end the router of the pages would know it still.
pub(super) async fn without_trailing_slash(request: Request, next: Next) -> Response {
    let uri = request.uri();
    let page = uri.path().trim_end_matches('/');
    if page.is_empty() || page == uri.path() || page.starts_with("//") {
        return next.run(request).await;
    }
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    Redirect::permanent(&format!("{page}{query}")).into_response()
}

/// Without JavaScript, a refused form leads back to the page it was on, its error appended to that
/// page's URL. An error of the time before would stay in it, and the URL grow with each try.
pub(super) async fn forget_last_error(mut request: Request, next: Next) -> Response {
    let headers = request.headers_mut();
    let without = headers.get(header::REFERER).and_then(|referer| without_error(referer.to_str().ok()?));
    if let Some(referer) = without.and_then(|referer| HeaderValue::try_from(referer).ok()) {
        headers.insert(header::REFERER, referer);
    }
    next.run(request).await
}

/// The URL without the error that leptos put in its query; none when there was none.
fn without_error(referer: &str) -> Option<String> {
    let (page, query) = referer.split_once('?')?;
    let of_error = |part: &&str| part.starts_with("__path=") || part.starts_with("__err=");
    if !query.split('&').any(|part| of_error(&part)) {
        return None;
    }
    let kept: Vec<&str> = query.split('&').filter(|part| !of_error(part)).collect();
    Some(if kept.is_empty() { page.to_owned() } else { format!("{page}?{}", kept.join("&")) })
}

fn origin_is_host(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let origin = text(header::ORIGIN).and_then(|origin| origin.split_once("://")).map(|(_, authority)| authority);
    origin.is_some() && origin == text(header::HOST)
}

/// Nothing is done of what a stranger has sent. The log-in in place of the page would lose it: a browser that is told
/// so on a page of its own sends it once more when that is loaded again.
async fn ended(asker: Asker, body: Body) -> Response {
    // A browser that is cut off while it sends shows an error of its own.
    let _ = timeout(ANSWER_MOST, passed_over(body)).await;
    if !asker.wants_page() {
        return refuse(StatusCode::UNAUTHORIZED, ServiceError::Unauthenticated);
    }
    (StatusCode::UNAUTHORIZED, Html(shell::ended(asker.locale()))).into_response()
}

/// Reads to its end what no form is longer than.
async fn passed_over(body: Body) {
    let (mut pieces, mut read) = (body.into_data_stream(), 0);
    while let Some(Ok(piece)) = pieces.next().await {
        read += piece.len();
        if read > FORM_MOST {
            return;
        }
    }
}

/// The log-in, which leads back to the page that was asked for.
fn log_in(parts: &Parts) -> String {
    let asked = parts.uri.path_and_query().map_or("/", PathAndQuery::as_str);
    let page = asked != "/" && !asked.starts_with("/api/");
    app::query::link("/log-in", [("return", page.then(|| asked.to_owned()))])
}

pub(super) fn wants_html(headers: &HeaderMap) -> bool {
    headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).is_some_and(|accept| accept.contains("text/html"))
}

/// It could not be asked who somebody is.
fn unidentified(parts: &Parts, error: ServiceError) -> Response {
    let asker = Asker::of(parts);
    if !asker.wants_page() {
        return refuse(StatusCode::INTERNAL_SERVER_ERROR, error);
    }
    asker.told(StatusCode::INTERNAL_SERVER_ERROR, &AppError::from(error).words(asker.locale()))
}

fn refuse(status: StatusCode, error: ServiceError) -> Response {
    (status, Json(AppError::from(error))).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_of_the_time_before_leaves_the_url() {
        for (referer, without) in [
            ("http://a/set-up?token=b&__path=%2Fapi&__err=x", Some("http://a/set-up?token=b")),
            ("http://a/log-in?__path=%2Fapi&__err=x&return=%2F", Some("http://a/log-in?return=%2F")),
            ("http://a/log-in?__err=x", Some("http://a/log-in")),
            ("http://a/log-in?return=__err", None),
            ("http://a/log-in", None),
        ] {
            assert_eq!(without_error(referer).as_deref(), without, "{referer}");
        }
    }

    #[test]
    fn only_the_own_origin_passes() {
        let cases = [
            (Some("https://hufu.example"), Some("hufu.example"), true),
            (Some("http://127.0.0.1:3000"), Some("127.0.0.1:3000"), true),
            (Some("https://evil.example"), Some("hufu.example"), false),
            (Some("https://hufu.example:444"), Some("hufu.example"), false),
            (Some("null"), Some("hufu.example"), false),
            (None, Some("hufu.example"), false),
            (None, None, false),
        ];
        for (origin, host, passes) in cases {
            let mut headers = HeaderMap::new();
            for (name, value) in [(header::ORIGIN, origin), (header::HOST, host)] {
                if let Some(value) = value {
                    headers.insert(name, HeaderValue::from_static(value));
                }
            }
            assert_eq!(origin_is_host(&headers), passes, "{origin:?} {host:?}");
        }
    }
}
