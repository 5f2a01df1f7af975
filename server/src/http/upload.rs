//! Certificates to be judged, pasted or uploaded: kept as a draft of their author's, and shown by
//! the page that judges them. A private key beside them is compared with them, and dropped before
//! anything is kept.

mod form;
mod give;

use app::{
    context::Services,
    preferences::locale_of_request,
    tools::{CERTIFICATE_PATH, FileQuery},
};
use axum::{
    Extension, Router,
    extract::{DefaultBodyLimit, Multipart, State, multipart::MultipartError},
    http::request::Parts,
    response::{IntoResponse, Redirect, Response},
    routing::post,
};
use model::{
    accounts::{Actor, Permission},
    service::{ServiceError, ServiceResult},
};
use tokio::sync::Semaphore;

use self::form::{Form, Refusal};
use super::{
    AppState,
    parts::FORM_MOST,
    statuses::{refusal, unreadable},
};

pub(super) fn router() -> Router<AppState> {
    Router::new()
        .route(CERTIFICATE_PATH, post(keep))
        .route(&format!("{CERTIFICATE_PATH}/{{format}}"), post(give::give))
        .route_layer(DefaultBodyLimit::max(FORM_MOST))
}

async fn keep(
    Extension(actor): Extension<Actor>,
    State(services): State<Services>,
    head: Parts,
    sent: Multipart,
) -> Response {
    let form = match read(sent, &services, &actor).await {
        Ok(form) => form,
        Err(error) => return unreadable(error.status(), locale_of_request(&head)),
    };
    let (form, kept) = match opened(&actor, form, Form::kept).await {
        Ok(opened) => opened,
        Err(error) => return refusal(error, locale_of_request(&head)),
    };
    match kept {
        Ok(kept) => {
            let asked = FileQuery { key: kept.key, ..form.asked() };
            led(asked, Some(kept.text), &services, &actor, &head).await
        }
        Err(refused) => back(&form, refused, &services, &actor, &head).await,
    }
}

/// The form, and whether its text has its answer already.
async fn read(sent: Multipart, services: &Services, actor: &Actor) -> Result<Form, MultipartError> {
    let mut form = Form::read(sent).await?;
    if let Some(shown) = form.shown()
        && let Ok(shown) = services.drafts.draft(shown, actor).await
    {
        form.compare_shown(&shown);
    }
    Ok(form)
}

/// Whatever opens files takes its time, and never a thread that answers others; not many at once.
async fn opened<T: Send + 'static>(
    actor: &Actor,
    form: Form,
    work: impl FnOnce(&Form) -> T + Send + 'static,
) -> ServiceResult<(Form, T)> {
    actor.require(Permission::View)?;
    let stopped = || ServiceError::Internal { reference: "certificate desk".to_owned() };
    let permit = OPENING.acquire().await.map_err(|_| stopped())?;
    let work = move || {
        // Held to the end of the work, also when nobody waits for it any more.
        let _permit = permit;
        let done = work(&form);
        (form, done)
    };
    // A panic in there has been logged.
    tokio::task::spawn_blocking(work).await.map_err(|_| stopped())
}

/// Back to the form, with what was wrong and what was typed.
async fn back(form: &Form, refused: Refusal, services: &Services, actor: &Actor, head: &Parts) -> Response {
    let Refusal { part, why, names } = refused;
    let alias = form.alias().to_owned();
    let (problem, is_answered) = (Some((part, why)), form.is_shown());
    let asked = FileQuery { problem, is_answered, names, alias, ..form.asked() };
    led(asked, form.typed(), services, actor, head).await
}

async fn led(mut asked: FileQuery, text: Option<String>, services: &Services, actor: &Actor, head: &Parts) -> Response {
    if let Some(text) = text {
        match services.drafts.keep(text, actor).await {
            Ok(draft) => asked.draft = Some(draft),
            Err(error) => return refusal(error, locale_of_request(head)),
        }
    }
    Redirect::to(&asked.link()).into_response()
}

/// How many files are opened at once: the derivation of a key takes a whole core for its time.
static OPENING: Semaphore = Semaphore::const_new(2);
