//! Is the process alive, and can it serve?

use axum::{Router, extract::State, http::StatusCode, routing::get};

use super::AppState;
use crate::store::Store;

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/healthz", get(|| async { "alive\n" })).route("/readyz", get(ready))
}

async fn ready(State(store): State<Store>) -> (StatusCode, &'static str) {
    match store.ready().await {
        Ok(()) => (StatusCode::OK, "ready\n"),
        Err(error) => {
            tracing::warn!(%error, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer, or its migrations are not done\n")
        }
    }
}
