//! Server-sent events: how far a probe run is.

use std::{convert::Infallible, time::Duration};

use app::context::Services;
use axum::{
    Extension, Router,
    extract::{Path, State},
    response::{
        IntoResponse, Response, Sse,
        sse::{Event, KeepAlive},
    },
    routing::get,
};
use futures::StreamExt as _;
use model::{
    accounts::Actor,
    service::{RunId, ServiceError},
};
use tokio_util::sync::CancellationToken;

use super::{AppState, statuses::of_error};

/// Idle proxies cut a silent connection after 30 to 60 seconds.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/events/runs/{id}", get(run))
}

/// Every state of a run as one JSON object per event, until it has finished.
async fn run(
    Path(id): Path<String>,
    Extension(actor): Extension<Actor>,
    State(services): State<Services>,
    State(shutdown): State<CancellationToken>,
) -> Response {
    let states = match id.parse::<RunId>() {
        Ok(id) => services.endpoints.follow(id, &actor).await,
        Err(_) => Err(ServiceError::NotFound),
    };
    match states {
        Ok(states) => {
            let events = states
                .filter_map(|state| async move { Event::default().json_data(&state).ok().map(Ok::<_, Infallible>) })
                .take_until(shutdown.cancelled_owned());
            Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response()
        }
        Err(error) => of_error(&error.into()).into_response(),
    }
}
