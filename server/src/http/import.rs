//! A text to import, pasted or as a file: kept as a draft of its author's, and shown by the page
//! that tells what would become of the register.

use app::{
    context::Services,
    i18n::Locale,
    preferences::locale_of_request,
    programs::{
        choice::CALLED,
        import::query::{ImportQuery, PATH},
    },
};
use axum::{
    Extension, Router,
    extract::{DefaultBodyLimit, Multipart, State, multipart::MultipartError},
    http::{StatusCode, request::Parts},
    response::{IntoResponse, Redirect, Response},
    routing::post,
};
use encoding_rs::{Encoding, GB18030};
use model::{
    accounts::{Actor, Permission},
    programs::import::{IMPORT_MOST, ImportError, ImportOptions},
    service::DraftId,
};

use super::{
    AppState,
    parts::{self, FORM_MOST},
    statuses::{refusal, unreadable},
};

pub(super) fn router() -> Router<AppState> {
    Router::new().route(PATH, post(keep)).route_layer(DefaultBodyLimit::max(FORM_MOST))
}

async fn keep(
    Extension(actor): Extension<Actor>,
    State(services): State<Services>,
    head: Parts,
    sent: Multipart,
) -> Response {
    match kept(&actor, &services, locale_of_request(&head), sent).await {
        Ok(query) => Redirect::to(&query.link()).into_response(),
        Err(refusal) => refusal,
    }
}

async fn kept(actor: &Actor, services: &Services, locale: Locale, sent: Multipart) -> Result<ImportQuery, Response> {
    let refused = |error| refusal(error, locale);
    actor.require(Permission::Edit).map_err(refused)?;
    let mut form = Form::default();
    let whole = read(sent, &mut form).await;
    match whole {
        Ok(()) => {}
        Err(error) if error.status() == StatusCode::PAYLOAD_TOO_LARGE => form.file = None,
        Err(error) => return Err(unreadable(error.status(), locale)),
    }
    let mut query = ImportQuery { options: form.options, ..ImportQuery::default() };
    if let Some(called) = form.called.take() {
        let offer = services.programs.offer(None, Some(&called), actor).await.map_err(refused)?;
        query.options.program = offer.chosen().map(|choice| choice.id);
        // The page says what is wrong with it.
        query.called = offer.chosen().is_none().then_some(called);
    }
    let in_file = form.file.as_ref().is_none_or(|file| !file.is_empty());
    let fits = |text: &String| text.len() <= IMPORT_MOST;
    let of_file = form.file.map(|file| text_of(&file)).filter(fits);
    // Beside a file that is too large, what was typed comes back.
    let (text, problem) = match (in_file, of_file, form.text.filter(fits)) {
        (true, Some(text), _) | (false, _, Some(text)) => (Some(text), None),
        (_, _, typed) => (typed, Some(ImportError::TooLarge)),
    };
    query.problem = problem;
    match text {
        Some(text) if text.trim().is_empty() => {
            // Read anew in another way, or not at all.
            query.draft = form.draft;
            query.problem = query.problem.or_else(|| form.draft.is_none().then_some(ImportError::Empty));
        }
        Some(text) => query.draft = Some(services.drafts.keep(text, actor).await.map_err(refused)?),
        None => {}
    }
    query.in_file = in_file && query.problem.is_some();
    Ok(query)
}

/// What was sent; a part that is too large is none.
struct Form {
    draft: Option<DraftId>,
    text: Option<String>,
    file: Option<Vec<u8>>,
    options: ImportOptions,
    called: Option<String>,
}

impl Default for Form {
    fn default() -> Self {
        let options = ImportOptions::default();
        Self { draft: None, text: Some(String::new()), file: Some(Vec::new()), options, called: None }
    }
}

/// What is missing or malformed has its default.
async fn read(mut sent: Multipart, form: &mut Form) -> Result<(), MultipartError> {
    while let Some(part) = sent.next_field().await? {
        let name = part.name().unwrap_or_default().to_owned();
        match name.as_str() {
            "text" => form.text = parts::text(part, IMPORT_MOST).await?,
            // Written in two bytes a letter, a text takes more room in a file.
            "file" => form.file = parts::bytes(part, 2 * IMPORT_MOST).await?,
            name => {
                let word = parts::text(part, WORD_MOST).await?.unwrap_or_default();
                match name {
                    "draft" => form.draft = word.parse().ok(),
                    "format" => form.options.format = word.parse().ok(),
                    "program" => form.options.program = word.parse().ok(),
                    CALLED => form.called = Some(word.trim().to_owned()).filter(|word| !word.is_empty()),
                    "api" => form.options.api = word.parse().unwrap_or(form.options.api),
                    "mode" => form.options.mode = word.parse().unwrap_or_default(),
                    "moves" => form.options.moves = word.parse().unwrap_or_default(),
                    _ => {}
                }
            }
        }
    }
    Ok(())
}

/// Longer than any choice of the form.
const WORD_MOST: usize = 1024;

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
