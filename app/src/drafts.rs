//! What was typed, brought back on the next page: in the URL where that is long enough, else kept
//! by the server.

// #[server] makes a struct of each function's arguments and cannot document its fields.
#![allow(missing_docs)]

use leptos::prelude::*;
use model::service::DraftId;

use crate::{error::AppError, wire::Json};

/// Most bytes of a query; proxies refuse longer header lines.
#[cfg(any(feature = "ssr", test))]
const QUESTION_MOST: usize = 4_000;

/// What was typed some pages ago.
#[server(endpoint = "/drafts/read", output = Json)]
pub async fn draft(id: DraftId) -> Result<String, AppError> {
    let actor = crate::context::require(model::accounts::Permission::View)?;
    Ok(crate::context::services().drafts.draft(id, &actor).await?)
}

/// What the query of a page says was typed: `draft` if it names one, else the value of `name`.
///
/// # Errors
/// As [`model::drafts::Drafts::draft`].
pub async fn typed(search: String, name: &'static str) -> Result<String, AppError> {
    match crate::query::parsed(&search, "draft") {
        Some(id) => draft(id).await,
        None => Ok(crate::query::value(&search, name).unwrap_or_default()),
    }
}

/// Leads a form that was sent without JavaScript back to its page, with what was typed.
///
/// # Errors
/// As [`model::drafts::Drafts::keep`].
#[cfg(feature = "ssr")]
pub async fn bring_back<const PARTS: usize>(
    path: &str,
    parts: [(&str, Option<String>); PARTS],
    (name, typed): (&str, &str),
    anchor: &str,
    actor: &model::accounts::Actor,
) -> Result<(), AppError> {
    if !crate::context::is_plain_form() {
        return Ok(());
    }
    let path = crate::query::link(path, parts);
    let page = match question(&path, name, typed) {
        Some(page) => page,
        None => {
            let id = crate::context::services().drafts.keep(typed.to_owned(), actor).await?;
            crate::query::and(&path, "draft", &id.to_string())
        }
    };
    leptos_axum::redirect(&format!("{page}#{anchor}"));
    Ok(())
}

/// Leads a form that was sent without JavaScript back to `page`, whose query holds what was typed,
/// and says there why the server function at `path` refused it.
#[cfg(feature = "ssr")]
pub fn back_with(page: &str, anchor: &str, path: &str, error: AppError) -> AppError {
    use leptos::server_fn::error::ServerFnUrlError;

    if !crate::context::is_plain_form() {
        return error;
    }
    // Only path and query of the whole URL leave this function.
    if let Ok(url) = ServerFnUrlError::new(path, error.clone()).to_url(&format!("http://hufu.invalid{page}")) {
        let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
        leptos_axum::redirect(&format!("{}{query}#{anchor}", url.path()));
    }
    error
}

/// The page with what was typed in its URL; none when that is too long.
#[cfg(any(feature = "ssr", test))]
fn question(path: &str, name: &str, typed: &str) -> Option<String> {
    Some(crate::query::and(path, name, typed)).filter(|page| page.len() <= QUESTION_MOST)
}

#[cfg(test)]
mod tests {
    use super::{QUESTION_MOST, question};
    use crate::query::value;

    #[test]
    fn what_was_typed_comes_back_from_the_url_as_it_was() {
        for typed in ["http://a.example\nb.example/%20 & 100%\n中文.example", "a.com\t京ICP备1\nb.com 某某", ""] {
            let page = question("/page?api=socket", "lines", typed).unwrap_or_default();
            let (_, search) = page.split_once('?').unwrap_or_default();
            assert_eq!(value(search, "lines").as_deref(), Some(typed));
            assert_eq!(value(search, "api").as_deref(), Some("socket"));
        }
        assert_eq!(question("/page", "lines", &"x".repeat(QUESTION_MOST)), None);
    }
}
