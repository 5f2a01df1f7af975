//! Exports of the lists, each beside its list: the same query in the URL, and the kind of file.

use std::{future::ready, io};

use app::{
    audit::query as audit_query,
    endpoints::query as endpoint_query,
    export::{choose_format, filters_not_understood},
    preferences::locale_of_request,
    programs::query as program_query,
    query,
    zone::zone_of_request,
};
use axum::{
    Extension, Router,
    body::Body,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
    routing::get,
};
use futures::{Stream, StreamExt as _, stream};
use model::{accounts::Actor, endpoints::Selection, service::ServiceResult};
use tokio_util::sync::CancellationToken;

use super::{AppState, statuses::refusal};
use crate::exports::{Download, Wanted};

pub(super) fn router() -> Router<AppState> {
    Router::new()
        .route("/audit/export", get(audit))
        .route("/endpoints/export", get(endpoints))
        .route("/programs/export", get(programs))
}

/// The end of every path here.
pub(super) const LAST: &str = "/export";

async fn audit(State(state): State<AppState>, Extension(actor): Extension<Actor>, parts: Parts) -> Response {
    match wanted(&parts, audit_query::not_understood) {
        Ok(wanted) => {
            let query = audit_query::read(search(&parts), wanted.zone);
            answer(&state, state.exports.audit(query, wanted, &actor).await, wanted)
        }
        Err(refusal) => refusal.into_response(),
    }
}

async fn endpoints(State(state): State<AppState>, Extension(actor): Extension<Actor>, parts: Parts) -> Response {
    let search = search(&parts);
    match wanted(&parts, endpoint_query::not_understood) {
        Ok(wanted) => {
            let download = match endpoint_query::chosen(search, wanted.zone) {
                Some(Selection::Ticked(ids)) => state.exports.chosen_endpoints(ids, wanted, &actor).await,
                Some(Selection::Listed(query)) => state.exports.endpoints(query, wanted, &actor).await,
                None => state.exports.endpoints(endpoint_query::read(search, wanted.zone), wanted, &actor).await,
            };
            answer(&state, download, wanted)
        }
        Err(refusal) => refusal.into_response(),
    }
}

async fn programs(State(state): State<AppState>, Extension(actor): Extension<Actor>, parts: Parts) -> Response {
    match wanted(&parts, program_query::not_understood) {
        Ok(wanted) => {
            answer(&state, state.exports.inventory(program_query::read(search(&parts)), wanted, &actor).await, wanted)
        }
        Err(refusal) => refusal.into_response(),
    }
}

fn search(parts: &Parts) -> &str {
    parts.uri.query().unwrap_or_default()
}

/// What is asked for. A filter that is not understood is refused: without it the file would hold more than was meant,
/// and nothing in it would say so.
fn wanted(parts: &Parts, not_understood: fn(&str) -> Vec<String>) -> Result<Wanted, (StatusCode, String)> {
    let locale = locale_of_request(parts);
    let refused = |words: &str| Err((StatusCode::BAD_REQUEST, format!("{words}\n")));
    let search = search(parts);
    let filters = not_understood(search);
    if !filters.is_empty() {
        return refused(&filters_not_understood(filters, locale));
    }
    match query::parsed(search, "format") {
        Some(format) => {
            // What somebody has chosen says whose days the list has.
            let zone = query::parsed(search, endpoint_query::ZONE).unwrap_or_else(|| zone_of_request(parts));
            Ok(Wanted { format, locale, zone })
        }
        None => refused(choose_format(locale)),
    }
}

fn answer(state: &AppState, download: ServiceResult<Download>, wanted: Wanted) -> Response {
    let download = match download {
        Ok(download) => download,
        Err(error) => return refusal(error, wanted.locale),
    };
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(download.content_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Ok(disposition) = format!("attachment; filename=\"{}\"", download.file_name).parse() {
        headers.insert(header::CONTENT_DISPOSITION, disposition);
    }
    (headers, Body::from_stream(until(state.shutdown.clone(), download.bytes()))).into_response()
}

/// Ends with an error when the server stops: a part must not pass for the whole.
fn until(
    stop: CancellationToken,
    bytes: impl Stream<Item = io::Result<Vec<u8>>> + Send + 'static,
) -> impl Stream<Item = io::Result<Vec<u8>>> + Send + 'static {
    let stopped = stream::once(async move {
        stop.cancelled_owned().await;
        Some(Err(io::ErrorKind::ConnectionAborted.into()))
    });
    let pieces = bytes.map(Some).chain(stream::once(ready(None)));
    stream::select(pieces.boxed(), stopped.boxed()).take_while(|piece| ready(piece.is_some())).filter_map(ready)
}
