//! A text to import, pasted or as a file: kept as a draft of its author's, and shown by the page
//! that tells what would become of the register.

use app::{
    context::Services,
    error::AppError,
    i18n::Locale,
    preferences::locale_of_request,
    programs::import::query::{ImportQuery, PATH},
};
use axum::{
    Extension, Router,
    extract::{DefaultBodyLimit, Multipart, State, multipart::MultipartError},
    http::request::Parts,
    response::{IntoResponse, Redirect, Response},
    routing::post,
};
use encoding_rs::{Encoding, GB18030};
use model::{
    accounts::{Actor, Permission},
    programs::import::{IMPORT_MOST, ImportError, ImportOptions},
    service::{DraftId, ServiceError},
};

use super::{AppState, statuses::status_of};

pub(super) fn router() -> Router<AppState> {
    Router::new().route(PATH, post(keep)).route_layer(DefaultBodyLimit::max(BODY_MOST))
}

/// Largest body, in bytes: a text too long by far is still told so by the page.
const BODY_MOST: usize = 8 * IMPORT_MOST;

async fn keep(
    Extension(actor): Extension<Actor>,
    State(services): State<Services>,
    parts: Parts,
    form: Multipart,
) -> Response {
    match kept(&actor, &services, locale_of_request(&parts), form).await {
        Ok(query) => Redirect::to(&query.link()).into_response(),
        Err(refusal) => refusal,
    }
}

async fn kept(actor: &Actor, services: &Services, locale: Locale, form: Multipart) -> Result<ImportQuery, Response> {
    let refused = |error: ServiceError| {
        let error = AppError::Service(error);
        (status_of(&error), format!("{}\n", error.words(locale))).into_response()
    };
    actor.require(Permission::Edit).map_err(refused)?;
    let Form { draft, text, file, options } = read(form).await.map_err(IntoResponse::into_response)?;
    let text = if file.is_empty() { text } else { text_of(&file) };
    let mut query = ImportQuery { options, ..ImportQuery::default() };
    if text.len() > IMPORT_MOST {
        query.problem = Some(ImportError::TooLarge);
    } else if text.trim().is_empty() {
        // Read anew in another way.
        query.draft = draft;
        query.problem = draft.is_none().then_some(ImportError::Empty);
    } else {
        query.draft = Some(services.drafts.keep(text, actor).await.map_err(refused)?);
    }
    Ok(query)
}

#[derive(Default)]
struct Form {
    draft: Option<DraftId>,
    text: String,
    file: Vec<u8>,
    options: ImportOptions,
}

/// What is missing or malformed has its default.
async fn read(mut parts: Multipart) -> Result<Form, MultipartError> {
    let mut form = Form::default();
    while let Some(field) = parts.next_field().await? {
        match field.name() {
            Some("draft") => form.draft = field.text().await?.parse().ok(),
            Some("text") => form.text = field.text().await?,
            Some("file") => form.file = field.bytes().await?.into(),
            Some("format") => form.options.format = field.text().await?.parse().ok(),
            Some("program") => form.options.program = field.text().await?.parse().ok(),
            Some("api") => form.options.api = field.text().await?.parse().unwrap_or(form.options.api),
            Some("mode") => form.options.mode = field.text().await?.parse().unwrap_or_default(),
            _ => {}
        }
    }
    Ok(form)
}

/// Spreadsheets write UTF-8 and UTF-16 with a byte order mark, and on Chinese systems GB 18030.
fn text_of(bytes: &[u8]) -> String {
    if let Some((encoding, _)) = Encoding::for_bom(bytes) {
        return encoding.decode(bytes).0.into_owned();
    }
    match str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => GB18030.decode(bytes).0.into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::text_of;

    #[test]
    fn what_a_spreadsheet_writes_is_text() {
        let text = "名称,api";
        let utf_16: Vec<u8> = [0xfeff].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
        let gb_18030 = [0xc3, 0xfb, 0xb3, 0xc6, b',', b'a', b'p', b'i'];
        let marked = ["\u{feff}", text].concat();
        for bytes in [text.as_bytes(), marked.as_bytes(), &utf_16, &gb_18030] {
            assert_eq!(text_of(bytes), text, "{bytes:?}");
        }
    }
}
