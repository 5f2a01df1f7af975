//! What was typed, brought back on the next page. Never a password. A form that was refused is kept by
//! the server and shown to its author alone, so that no link of anybody else fills a form.

// #[server] makes a struct of each function's arguments and cannot document its fields.
#![allow(missing_docs)]

use std::str::FromStr;

use leptos::{prelude::*, server_fn::ServerFn};
use leptos_router::hooks::use_location;
use model::service::{DraftId, Field, Problem};

use crate::{
    error::{AppError, problem_words},
    preferences::use_locale,
    query,
    wire::Json,
};

/// Most bytes of a query; proxies refuse longer header lines.
#[cfg(any(feature = "ssr", test))]
const QUESTION_MOST: usize = 4_000;

/// In what is kept: the form that was refused, whose fields follow. In a query: the paste that was.
const REFUSED: &str = "refused";

/// In the query of a page: the draft that holds it.
const KEPT: &str = "kept";

/// In the query of a page: why a server function has refused a form, and which one, as leptos writes it.
const ERROR: &str = "__err";
const ERROR_OF: &str = "__path";

/// What the query of a page has where a refused form has led back to it.
pub const LED_BACK: &[&str] = &[KEPT, ERROR, ERROR_OF];

/// What was typed into one form that was refused before the page came; nothing of any other form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Left(String);

impl Left {
    /// Out of what [`left`] has found.
    pub fn of(found: &str, form: &str) -> Self {
        let is_of_form = query::value(found, REFUSED).as_deref() == Some(form);
        Self(if is_of_form { found.to_owned() } else { String::new() })
    }

    /// The same, until the server has answered `action` here: what was typed last stands in the form
    /// itself, and what was saved is nothing to bring back.
    pub fn until_answered<S>(self, action: ServerAction<S>) -> Self
    where
        S: ServerFn<Error = AppError> + Clone + Send + Sync + 'static,
        S::Output: Send + Sync + 'static,
    {
        if action.version().get_untracked() == 0 { self } else { Self::default() }
    }

    /// What was typed into a field, if this form was refused.
    pub fn given(&self, name: &str) -> Option<String> {
        query::value(&self.0, name)
    }

    /// The same; nothing where it was not.
    pub fn text(&self, name: &str) -> String {
        self.given(name).unwrap_or_default()
    }

    /// What was typed, or chosen, as what it is.
    pub fn parsed<T: FromStr>(&self, name: &str) -> Option<T> {
        query::parsed(&self.0, name)
    }
}

/// The query that holds what was typed into a form that was refused; empty where none was. It comes
/// with a page that is loaded anew, and is asked for once. A page that asks has [`Gone`].
pub fn left() -> Resource<String> {
    let kept = use_location().search.with_untracked(|search| query::parsed::<DraftId>(search, KEPT));
    Resource::new_blocking(
        || (),
        move |()| async move {
            match kept {
                // That it is gone is said by [`Gone`], and what was wrong with it stands in the URL still.
                Some(id) => draft(id).await.unwrap_or_default(),
                None => String::new(),
            }
        },
    )
}

/// Says of a page that has lost what [`left`] is to bring back why it has.
#[component]
pub fn Gone() -> impl IntoView {
    let locale = use_locale();
    let search = use_location().search;
    let kept = Memo::new(move |_| search.with(|search| query::parsed::<DraftId>(search, KEPT)));
    let gone = Resource::new_blocking(
        move || kept.get(),
        |kept| async move {
            match kept {
                Some(id) => draft(id).await.err(),
                None => None,
            }
        },
    );
    view! {
        <Suspense>
            {move || Suspend::new(async move {
                gone.await.map(|error| {
                    let words = match error {
                        // Nothing else can be wrong with the number of a draft.
                        AppError::Refused(_) => problem_words(Field::Draft, &Problem::Gone, locale),
                        error => error.words_of_page(locale),
                    };
                    view! { <p class="alert alert-warning" role="alert" id="gone">{words}</p> }
                })
            })}
        </Suspense>
    }
}

/// Takes what was refused out of the address, once something was saved or the page has shown it for good, and that
/// something was saved, once that was said: a reload brings neither back.
pub fn forget() {
    #[cfg(feature = "hydrate")]
    if let Some(window) = web_sys::window()
        && let (Ok(search), Ok(path), Ok(history)) =
            (window.location().search(), window.location().pathname(), window.history())
        && (query::value(&search, KEPT).is_some() || was_led_back(&search) || crate::toast::has_said(&search))
    {
        // Where the browser refuses, everything stays as it was.
        let _ = history.replace_state_with_url(&wasm_bindgen::JsValue::NULL, "", Some(&path));
    }
}

/// Whether the query of a page says why a form was refused.
pub fn was_led_back(search: &str) -> bool {
    query::value(search, ERROR).is_some()
}

/// What was typed into the form that the server function at `path` has refused, and why, from the query of the page
/// that [`back_to_form`] has led to: for a page that has the answer in words and no action.
#[cfg(feature = "ssr")]
pub async fn refused(search: &str, form: &str, path: &str) -> Option<(Result<Left, AppError>, AppError)> {
    use leptos::server_fn::error::ServerFnUrlError;

    let error = query::value(search, ERROR).filter(|_| query::value(search, ERROR_OF).as_deref() == Some(path))?;
    let found = match query::parsed(search, KEPT) {
        Some(id) => draft(id).await,
        None => Ok(String::new()),
    };
    Some((found.map(|found| Left::of(&found, form)), ServerFnUrlError::decode_err(&error)))
}

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
    match query::parsed(&search, "draft") {
        Some(id) => draft(id).await,
        None => Ok(query::value(&search, name).unwrap_or_default()),
    }
}

/// Whether what the query brings was refused, and not only to be judged.
pub fn was_refused(search: &str) -> bool {
    query::value(search, REFUSED).is_some()
}

/// Why lines that were sent without JavaScript come back to their page.
#[cfg(feature = "ssr")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Back {
    /// They were only to be judged.
    Judged,
    /// They were refused, and the page says that nothing was saved.
    Refused,
}

/// Leads a form that was sent without JavaScript back to its page, with what was typed, which the page judges.
///
/// # Errors
/// As [`model::drafts::Drafts::keep`].
#[cfg(feature = "ssr")]
pub async fn bring_back<const PARTS: usize>(
    why: Back,
    path: &str,
    parts: [(&str, Option<String>); PARTS],
    (name, typed): (&str, &str),
    anchor: &str,
    actor: &model::accounts::Actor,
) -> Result<(), AppError> {
    if !crate::context::is_plain_form() {
        return Ok(());
    }
    let path = query::link(path, parts);
    let mut page = match question(&path, name, typed) {
        Some(page) => page,
        None => {
            let id = crate::context::services().drafts.keep(typed.to_owned(), actor).await?;
            query::and(&path, "draft", &id.to_string())
        }
    };
    if why == Back::Refused {
        page = query::and(&page, REFUSED, anchor);
    }
    leptos_axum::redirect(&format!("{page}#{anchor}"));
    Ok(())
}

/// Leads a form that was sent without JavaScript back to `page`, keeps what was typed into it to be
/// read by [`left`], and says there why the server function at `path` refused it.
#[cfg(feature = "ssr")]
pub async fn back_to_form(
    page: &str,
    form: &'static str,
    typed: &[(&str, &str)],
    path: &str,
    error: impl Into<AppError>,
    actor: &model::accounts::Actor,
) -> AppError {
    let error = error.into();
    if !crate::context::is_plain_form() {
        return error;
    }
    let typed = written(form, typed);
    let page = match crate::context::services().drafts.keep(typed, actor).await {
        Ok(id) => query::and(page, KEPT, &id.to_string()),
        Err(_) => page.to_owned(),
    };
    back_with(&page, form, path, error)
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

/// The fields of a form as a query.
#[cfg(any(feature = "ssr", test))]
fn written(form: &str, typed: &[(&str, &str)]) -> String {
    let mut written = url::form_urlencoded::Serializer::new(String::new());
    written.append_pair(REFUSED, form).extend_pairs(typed).finish()
}

/// The page with what was typed in its URL; none when that is too long.
#[cfg(any(feature = "ssr", test))]
fn question(path: &str, name: &str, typed: &str) -> Option<String> {
    Some(query::and(path, name, typed)).filter(|page| page.len() <= QUESTION_MOST)
}

#[cfg(test)]
mod tests {
    use super::{Left, QUESTION_MOST, question, written};
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

    #[test]
    fn a_refused_form_begins_with_what_was_typed_and_no_other_form_does() {
        let typed = [("name", "a&b=c +%\r\n中"), ("revision", "4")];
        let found = format!("{}&__err=x", written("settings", &typed));
        let left = Left::of(&found, "settings");
        assert_eq!((left.text("name").as_str(), left.parsed("revision")), (typed[0].1, Some(4)));
        assert_eq!((left.text("nothing").as_str(), left.parsed::<i64>("name")), ("", None));
        for found in [found.as_str(), "", "name=x"] {
            assert_eq!(Left::of(found, "another"), Left::default());
        }
    }
}
