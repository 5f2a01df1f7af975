//! What a form is answered while the server stops. A page that it would be led to is sent by nobody any
//! more, and the browser would show an error of its own, whatever was done.

use app::{preferences::locale_of_request, shell::farewell};
use axum::{
    body::Body,
    extract::{Request, State},
    http::{HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::Response,
};
use tokio_util::sync::CancellationToken;

use super::gate::wants_html;

/// In place of the way to a page: that what was sent was dealt with, and where that will be shown.
pub(super) async fn while_stopping(
    State(shutdown): State<CancellationToken>,
    request: Request,
    next: Next,
) -> Response {
    let (head, body) = request.into_parts();
    let is_form = head.method == Method::POST && wants_html(&head.headers);
    let locale = locale_of_request(&head);
    let mut response = next.run(Request::from_parts(head, body)).await;
    if !is_form || !shutdown.is_cancelled() || !response.status().is_redirection() {
        return response;
    }
    let headers = response.headers_mut();
    let Some(to) = headers.remove(header::LOCATION) else { return response };
    headers.remove(header::CONTENT_LENGTH);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    *response.status_mut() = StatusCode::OK;
    *response.body_mut() = Body::from(farewell(to.to_str().unwrap_or("/"), locale));
    response
}
