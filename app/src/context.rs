//! What the server gives to every render and every server function.

use std::{collections::HashMap, net::SocketAddr, sync::Arc};

use http::{HeaderValue, header, request::Parts};
use leptos::prelude::*;
use leptos_axum::ResponseOptions;
use model::{
    Timestamp,
    accounts::{Accounts, Actor, Client, Permission, SESSION_COOKIE, SessionToken},
    alerts::Alerts,
    audit::Audit,
    certificates::Certificates,
    drafts::Drafts,
    endpoints::Endpoints,
    icp::filings::Icp,
    overview::Overviews,
    programs::Programs,
    service::ServiceError,
    settings::Settings,
    tools::Tools,
};

use crate::error::AppError;

/// The services behind the server functions.
#[derive(Clone)]
pub struct Services {
    /// People and sessions.
    pub accounts: Arc<dyn Accounts>,
    /// Everything, from above.
    pub overview: Arc<dyn Overviews>,
    /// The register.
    pub programs: Arc<dyn Programs>,
    /// Endpoints and probes.
    pub endpoints: Arc<dyn Endpoints>,
    /// Mails, and who gets them.
    pub alerts: Arc<dyn Alerts>,
    /// The clock.
    pub now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    /// Certificates.
    pub certificates: Arc<dyn Certificates>,
    /// Filings.
    pub icp: Arc<dyn Icp>,
    /// What was typed and is needed on the next page.
    pub drafts: Arc<dyn Drafts>,
    /// How Hufu probes.
    pub settings: Arc<dyn Settings>,
    /// The certificate inspector.
    pub tools: Arc<dyn Tools>,
    /// The audit log.
    pub audit: Arc<dyn Audit>,
}

/// The URLs of the browser's half; they change with their content.
#[derive(Clone, Debug)]
pub struct Assets {
    /// Directory that holds them all, such as `/pkg/0123abcd`.
    pub base: Arc<str>,
    /// File name of the wasm module in it.
    pub wasm: &'static str,
    /// Which files hold the code of each group of pages, without their suffix; none where one module holds all.
    pub groups: Option<Arc<HashMap<String, Vec<String>>>>,
}

/// Where the server is reached from its own machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwnAddress(pub SocketAddr);

/// The services, from context.
pub fn services() -> Services {
    expect_context()
}

/// When the server answers; relative times on the page count from here.
pub fn now() -> Timestamp {
    (services().now)()
}

/// Whoever is logged in, if their role has the right.
///
/// # Errors
/// [`ServiceError::Unauthenticated`] or [`ServiceError::Forbidden`].
pub fn require(permission: Permission) -> Result<Actor, AppError> {
    let actor = actor().ok_or(ServiceError::Unauthenticated)?;
    actor.require(permission)?;
    Ok(actor)
}

/// Whoever is logged in; the server's middleware has checked the session cookie.
pub fn actor() -> Option<Actor> {
    use_context::<Parts>()?.extensions.get().cloned()
}

/// Where the request came from.
pub fn client() -> Client {
    use_context::<Parts>().and_then(|parts| parts.extensions.get().cloned()).unwrap_or_default()
}

/// The session token of the request.
pub fn session_token() -> Option<SessionToken> {
    cookie(SESSION_COOKIE).map(SessionToken)
}

/// Whether the browser sent the form by itself, and so wants a page for an answer.
pub fn is_plain_form() -> bool {
    use_context::<Parts>()
        .and_then(|parts| parts.headers.get(header::ACCEPT)?.to_str().ok().map(|accept| accept.contains("text/html")))
        .unwrap_or_default()
}

/// The value of one cookie of the request.
pub fn cookie(name: &str) -> Option<String> {
    use_context::<Parts>().and_then(|parts| cookie_of(&parts, name))
}

/// The value of one cookie (RFC 6265 section 4.2.1).
pub fn cookie_of(parts: &Parts, name: &str) -> Option<String> {
    parts
        .headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value.to_owned())
}

/// Gives the browser its session cookie; without a token, takes it away.
pub fn set_session_cookie(token: Option<&SessionToken>) {
    let cookie = match token {
        Some(token) => {
            format!("{SESSION_COOKIE}={}; Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=2592000", token.0)
        }
        None => format!("{SESSION_COOKIE}=; Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=0"),
    };
    if let (Some(response), Ok(value)) = (use_context::<ResponseOptions>(), HeaderValue::from_str(&cookie)) {
        response.append_header(header::SET_COOKIE, value);
    }
}
