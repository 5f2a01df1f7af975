//! The status of whatever refuses. Of a server function leptos_axum answers 500 whatever was wrong; a
//! proxy, a log and a script want to tell a mistake of the caller from a failure of the server.

use app::{error::AppError, i18n::Locale};
use axum::{
    body::{Body, to_bytes},
    extract::Request,
    http::{HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use model::service::ServiceError;

use super::{failures::Most, parts::FORM_MOST};

/// Most bytes of an error on the wire; it holds a field, a problem and little else.
const ERROR_MOST: usize = 16 * 1024;

/// Gives the error that a server function answers with the status that belongs to it.
pub(super) async fn of_errors(request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    if response.status() != StatusCode::INTERNAL_SERVER_ERROR || !response.headers().contains_key("serverfnerror") {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let Ok(body) = to_bytes(body, ERROR_MOST).await else {
        return Response::from_parts(parts, Body::empty());
    };
    if let Ok(error) = serde_json::from_slice::<AppError>(&body) {
        parts.status = of_error(&error);
        if let AppError::RateLimited { retry_after_seconds } = error {
            parts.headers.insert(header::RETRY_AFTER, HeaderValue::from(retry_after_seconds));
        }
    }
    Response::from_parts(parts, Body::from(body))
}

/// What a service has refused, in the reader's language, where no page can say it.
pub(super) fn refusal(error: ServiceError, locale: Locale) -> Response {
    let error = AppError::from(error);
    (of_error(&error), format!("{}\n", error.words(locale))).into_response()
}

/// What could not be read at all of a form with a file, in the reader's language, where no page can say it.
pub(super) fn unreadable(status: StatusCode, locale: Locale) -> Response {
    let error = AppError::Request { detail: String::new(), assets: String::new() };
    let mut answer = (status, format!("{}\n", error.words(locale))).into_response();
    // For whoever says that it was too large.
    answer.extensions_mut().insert(Most(FORM_MOST));
    answer
}

pub(super) const fn of_error(error: &AppError) -> StatusCode {
    match error {
        AppError::Unauthenticated => StatusCode::UNAUTHORIZED,
        AppError::Forbidden => StatusCode::FORBIDDEN,
        AppError::NotFound => StatusCode::NOT_FOUND,
        AppError::Refused(_) => StatusCode::UNPROCESSABLE_ENTITY,
        AppError::Conflict => StatusCode::CONFLICT,
        AppError::RateLimited { .. } => StatusCode::TOO_MANY_REQUESTS,
        AppError::Request { .. } => StatusCode::BAD_REQUEST,
        AppError::Internal { .. } | AppError::Transport(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}
