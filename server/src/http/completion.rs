//! Requests are worked off to their end even when the client has gone.
//!
//! A page is rendered by several tasks. Were the request dropped with the connection, its signals
//! would be gone while the others still read them, and they would panic. A write that was sent is
//! done as well, whether or not anybody waits for the answer.

use axum::{
    extract::Request,
    http::StatusCode,
    middleware::Next,
    response::{IntoResponse, Response},
};

/// Runs the rest of the request as a task of its own.
pub(super) async fn to_the_end(request: Request, next: Next) -> Response {
    match tokio::spawn(next.run(request)).await {
        Ok(response) => response,
        Err(error) => {
            tracing::error!(%error, "a request ended without an answer");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
