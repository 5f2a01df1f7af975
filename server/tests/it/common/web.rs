//! The console's routes, asked in this process.

use std::net::SocketAddr;

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Request, StatusCode, header},
};
use leptos::prelude::LeptosOptions;
use model::accounts::{SESSION_COOKIE, SessionToken};
use server::http::{AppState, Proxies, router};
use tower::ServiceExt as _;

use super::House;

pub const HOST: &str = "hufu.example";
/// The origin of the console's own pages.
pub const SAME: &str = "https://hufu.example";

/// What a browser sends with a form of its own, where no JavaScript runs.
const BROWSER: &str = "text/html,application/xhtml+xml,*/*;q=0.8";

pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: impl header::AsHeaderName) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// What the browser of whoever has this session sends.
pub fn cookie(session: &SessionToken) -> String {
    format!("{SESSION_COOKIE}={}", session.0)
}

/// The same, of somebody who reads English.
pub fn in_english(session: &SessionToken) -> String {
    format!("{}; hufu_locale=en", cookie(session))
}

pub fn console(house: &House) -> Router {
    console_at(house, ([127, 0, 0, 1], 3456).into())
}

/// The console of a server that listens at this address.
pub fn console_at(house: &House, address: SocketAddr) -> Router {
    router(AppState {
        leptos: LeptosOptions::builder().output_name("hufu").site_addr(address).build(),
        services: house.services.clone(),
        store: house.store.clone(),
        proxies: Proxies::default(),
        exports: house.exports.clone(),
        shutdown: house.stop.clone(),
    })
}

pub async fn ask(console: &Router, request: Request<Body>) -> Answer {
    let response = console.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, 64 << 20).await.unwrap().to_vec();
    Answer { status: parts.status, headers: parts.headers, body }
}

pub async fn get(console: &Router, path: &str, cookie: &str) -> Answer {
    let request = Request::get(path).header(header::HOST, HOST).header(header::COOKIE, cookie);
    ask(console, request.body(Body::empty()).unwrap()).await
}

pub async fn post(console: &Router, path: &str, form: impl Into<Body>, origin: &str, cookie: &str) -> Answer {
    let request = Request::post(path)
        .header(header::HOST, HOST)
        .header(header::ORIGIN, origin)
        .header(header::COOKIE, cookie)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    ask(console, request.body(form.into()).unwrap()).await
}

/// A form that the browser sends by itself from the page of the first mini program.
pub async fn plain_form(console: &Router, path: &str, form: impl Into<Body>, cookie: &str) -> Answer {
    plain_form_of("/programs/1", console, path, form, cookie).await
}

/// A form that the browser sends by itself from this page.
pub async fn plain_form_of(page: &str, console: &Router, path: &str, form: impl Into<Body>, cookie: &str) -> Answer {
    let request = Request::post(path)
        .header(header::HOST, HOST)
        .header(header::ORIGIN, SAME)
        .header(header::COOKIE, cookie)
        .header(header::REFERER, format!("{SAME}{page}"))
        .header(header::ACCEPT, BROWSER)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    ask(console, request.body(form.into()).unwrap()).await
}

/// Where a form leads that is sent from the page of the first mini program, and the page there.
pub async fn sent(console: &Router, path: &str, form: &str, who: &str) -> (String, String) {
    led(console, &plain_form(console, path, form.to_owned(), who).await, who).await
}

/// Where an answer leads, and the page there.
pub async fn led(console: &Router, answer: &Answer, who: &str) -> (String, String) {
    assert_eq!(answer.status, StatusCode::FOUND, "{}", answer.text());
    let to = answer.header(header::LOCATION);
    let to = to.strip_prefix(SAME).unwrap_or(to).to_owned();
    let page = get(console, to.split('#').next().unwrap(), who).await;
    assert_eq!(page.status, StatusCode::OK, "{to}");
    (to, page.text())
}

/// The part of a page that has this id, to the end of its section.
pub fn section<'page>(page: &'page str, id: &str) -> &'page str {
    let (_, rest) = page.split_once(&format!("id=\"{id}\"")).unwrap_or_else(|| panic!("no {id} in {page}"));
    rest.split("</section>").next().unwrap()
}

/// Whether a form says of this field that it is wrong.
pub fn is_wrong(form: &str, name: &str) -> bool {
    let name = format!(" name=\"{name}\"");
    form.split('<').any(|tag| tag.contains(&name) && tag.contains("aria-invalid=\"true\""))
}

/// Whether this was typed into this field of a form.
pub fn is_typed(form: &str, name: &str, typed: &str) -> bool {
    let (name, value, text) = (format!(" name=\"{name}\""), format!(" value=\"{typed}\""), format!(">{typed}"));
    form.split('<').any(|tag| tag.contains(&name) && (tag.contains(&value) || tag.ends_with(&text)))
}
