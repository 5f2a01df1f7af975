//! The HTTP side: pages, server functions, events, assets, health, and what every request passes.

mod assets;
mod certificates;
mod completion;
mod events;
mod exports;
mod failures;
mod farewell;
mod gate;
mod headers;
mod health;
mod import;
pub(crate) mod listen;
mod parts;
mod preferences;
mod proxies;
mod statuses;
mod upload;

use std::{any::Any, sync::Arc, time::Duration};

use app::context::{OwnAddress, Services};
use axum::{
    Router,
    extract::{FromRef, Request},
    handler::Handler as _,
    http::StatusCode,
    middleware,
    response::{IntoResponse as _, Response},
};
use leptos::prelude::*;
use leptos_axum::{LeptosRoutes, generate_route_list_with_exclusions, render_app_async_with_context};
use tokio_util::sync::CancellationToken;
use tower_http::{
    catch_panic::CatchPanicLayer,
    compression::{
        CompressionLayer,
        predicate::{DefaultPredicate, NotForContentType, Predicate as _},
    },
    limit::RequestBodyLimitLayer,
    timeout::TimeoutLayer,
    trace::TraceLayer,
};
use tracing::Span;

pub use self::proxies::Proxies;
use crate::{
    exports::{self as files, Exports},
    store::Store,
};

/// Largest body of a form or a server function, in bytes: a full paste and some air.
const BODY_MOST: usize = 256 * 1024;

/// How long the body of a request and its answer may take. A stream that has begun may go on.
const ANSWER_MOST: Duration = Duration::from_secs(60);

/// The route of the pages that takes every address no other page has.
const NOWHERE: &str = "/{*nowhere}";

/// What every handler may use.
#[derive(Clone, FromRef)]
pub struct AppState {
    /// What leptos_axum wants to know.
    pub leptos: LeptosOptions,
    /// The services behind the console.
    pub services: Services,
    /// The database, for `/readyz`.
    pub store: Store,
    /// Lists as files.
    pub exports: Exports,
    /// The reverse proxies whose word is taken for where a request came from.
    pub proxies: Proxies,
    /// Cancelled when the server drains.
    pub shutdown: CancellationToken,
}

/// Every route of the server.
pub fn router(state: AppState) -> Router {
    let assets = assets::Assets::load();
    let context = {
        let services = state.services.clone();
        let urls = assets.urls();
        let address = OwnAddress(listen::reached_at(state.leptos.site_addr));
        move || {
            provide_context(services.clone());
            provide_context(urls.clone());
            provide_context(address);
            headers::content_security_policy();
        }
    };
    let not_found = render_app_async_with_context(context.clone(), app::shell::shell)
        .layer(middleware::from_fn_with_state(state.clone(), gate::identify))
        .layer(middleware::from_fn(gate::without_trailing_slash));

    // What leads nowhere is the fallback's: it knows slashes at the end, and every method.
    let pages = generate_route_list_with_exclusions(app::App, Some(vec![NOWHERE.to_owned()]));
    Router::new()
        .leptos_routes_with_context(&state, pages, context, app::shell::shell)
        .merge(events::router())
        .merge(certificates::router())
        .merge(exports::router())
        .merge(preferences::router())
        .route_layer(RequestBodyLimitLayer::new(BODY_MOST))
        // Have limits of their own.
        .merge(upload::router())
        .merge(import::router())
        .route_layer(middleware::from_fn(statuses::of_errors))
        .route_layer(middleware::from_fn_with_state(state.clone(), gate::identify))
        .route_layer(middleware::from_fn(gate::forget_last_error))
        .route_layer(middleware::from_fn(gate::same_origin))
        .route_layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, ANSWER_MOST))
        .merge(health::router())
        .merge(assets::router(Arc::new(assets)))
        .fallback(not_found)
        .layer(CatchPanicLayer::custom(failure))
        .layer(middleware::from_fn_with_state(state.clone(), farewell::while_stopping))
        .layer(middleware::from_fn(completion::to_the_end))
        .layer(middleware::from_fn(failures::in_words))
        .layer(
            CompressionLayer::new().compress_when(
                // A workbook is compressed already, and so is the wasm of a release build. That of a debug
                // build takes longer to compress than to send.
                DefaultPredicate::new()
                    .and(NotForContentType::const_new(files::XLSX))
                    .and(NotForContentType::const_new("application/wasm")),
            ),
        )
        .layer(middleware::from_fn(headers::harden))
        .layer(TraceLayer::new_for_http().make_span_with(span))
        .with_state(state)
}

/// What the log has of a request: not its query, where the token of a link may stand that still works.
fn span(request: &Request) -> Span {
    tracing::debug_span!("request", method = %request.method(), path = request.uri().path())
}

/// Nothing panics, and should something do so all the same, the log has told what; [`failures`] finds the words.
// The layer hands over what was thrown.
#[allow(clippy::needless_pass_by_value)]
fn failure(_thrown: Box<dyn Any + Send>) -> Response {
    StatusCode::INTERNAL_SERVER_ERROR.into_response()
}
