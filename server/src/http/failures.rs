//! What is answered where the server has failed or given up and no page says so: a page that needs nothing more
//! from anybody to whoever wants one, and words to everybody else, in the reader's language.

use app::{
    i18n::Locale,
    preferences::locale_of_request,
    query::own_page,
    shell::{Unanswered, apology},
};
use axum::{
    extract::Request,
    http::{Method, StatusCode, header::CONTENT_TYPE, request::Parts, uri::PathAndQuery},
    middleware::Next,
    response::{Html, IntoResponse as _, Response},
};

use super::{BODY_MOST, gate::wants_html};

/// Says it wherever an answer has nothing but a status.
pub(super) async fn in_words(request: Request, next: Next) -> Response {
    let (head, body) = request.into_parts();
    let asker = Asker::of(&head);
    let response = next.run(Request::from_parts(head, body)).await;
    let status = response.status();
    let why = match status {
        StatusCode::INTERNAL_SERVER_ERROR => Unanswered::Failed,
        StatusCode::REQUEST_TIMEOUT => Unanswered::GivenUp,
        StatusCode::PAYLOAD_TOO_LARGE => {
            let Most(most) = response.extensions().get().copied().unwrap_or(Most(BODY_MOST));
            Unanswered::TooLong { most }
        }
        _ => return response,
    };
    // The limit of a body has words of its own, which are nobody's language.
    if status != StatusCode::PAYLOAD_TOO_LARGE && response.headers().contains_key(CONTENT_TYPE) {
        return response;
    }
    let words = if asker.wants_page { why.words_of_page(asker.locale) } else { why.words(asker.locale) };
    asker.told(status, &words)
}

/// Beside an answer: how many bytes its route reads at most, where that is not what all others do.
#[derive(Clone, Copy)]
pub(super) struct Most(pub(super) usize);

/// Whom an answer is for.
pub(super) struct Asker {
    locale: Locale,
    wants_page: bool,
    /// Where the same can be asked once more; none for what may have been done.
    again: Option<String>,
}

impl Asker {
    pub(super) fn of(head: &Parts) -> Self {
        let path = head.uri.path_and_query().map_or("/", PathAndQuery::as_str);
        Self {
            locale: locale_of_request(head),
            wants_page: wants_html(&head.headers),
            again: (head.method == Method::GET).then(|| own_page(path).to_owned()),
        }
    }

    pub(super) const fn wants_page(&self) -> bool {
        self.wants_page
    }

    pub(super) const fn locale(&self) -> Locale {
        self.locale
    }

    /// The answer, in these words.
    pub(super) fn told(&self, status: StatusCode, words: &str) -> Response {
        if self.wants_page {
            (status, Html(apology(words, self.again.as_deref(), self.locale))).into_response()
        } else {
            (status, format!("{words}\n")).into_response()
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use axum::{
        Router,
        body::{Body, to_bytes},
        middleware,
        routing::get,
    };
    use tower::ServiceExt as _;

    use super::*;
    use crate::http::statuses::unreadable;

    #[tokio::test]
    async fn an_answer_that_has_nothing_but_its_status_is_put_into_words() {
        let (failed, given_up) = (StatusCode::INTERNAL_SERVER_ERROR, StatusCode::REQUEST_TIMEOUT);
        let router = Router::new()
            .route("/failed", get(move || async move { failed }))
            .route("/given-up", get(move || async move { given_up }))
            .route("/told", get(move || async move { (failed, "told\n") }))
            .route("/too-long", get(|| async { (StatusCode::PAYLOAD_TOO_LARGE, "length limit exceeded") }))
            .route("/form", get(|| async { unreadable(StatusCode::PAYLOAD_TOO_LARGE, Locale::zh_CN) }))
            .route("/gone", get(|| async { StatusCode::GONE }))
            .layer(middleware::from_fn(in_words));
        for (path, accept, words) in [
            ("/failed", "text/html", "<h1>操作没有成功</h1><p>虎符内部出错，详情见服务器日志。</p>"),
            ("/failed", "*/*", "虎符内部出错，详情见服务器日志。\n"),
            ("/given-up", "text/html", "<p>虎符没能在一分钟内完成"),
            ("/given-up", "*/*", "虎符没能在一分钟内完成"),
            ("/told", "text/html", "told\n"),
            ("/too-long", "*/*", "一次最多提交 256 kB，这次提交的内容更多，没有保存。请分几次提交。\n"),
            ("/too-long", "text/html", "请用浏览器的“后退”按钮回到表单"),
            ("/form", "*/*", "一次最多提交 64 MB"),
            ("/gone", "text/html", ""),
        ] {
            let request = Request::get(path).header("accept", accept).body(Body::empty()).unwrap();
            let answer = router.clone().oneshot(request).await.unwrap();
            let body = to_bytes(answer.into_body(), 4096).await.unwrap();
            let text = String::from_utf8_lossy(&body);
            assert!(text.contains(words) && text.is_empty() == words.is_empty(), "{path} {accept}: {text}");
        }
    }
}
