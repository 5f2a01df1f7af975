//! The text of a page, by the encoding that it says it has or that it seems to have.

use std::borrow::Cow;

use encoding_rs::{Encoding, GB18030, UTF_8};
use hyper::{
    HeaderMap,
    header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderName},
};

/// Whether these are the headers of a page that can be read as it comes. None was asked to be compressed.
pub(super) fn is_text(headers: &HeaderMap) -> bool {
    let value = |name: HeaderName| {
        headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).to_ascii_lowercase())
    };
    let html = |kind: String| ["text/html", "application/xhtml"].iter().any(|page| kind.trim_start().starts_with(page));
    value(CONTENT_TYPE).is_none_or(html) && value(CONTENT_ENCODING).is_none_or(|encoding| encoding.trim() == "identity")
}

/// The text of a body: by its byte order mark, as `content_type` says, or as it says itself. Where nobody
/// says, old Chinese pages are in GBK.
pub(super) fn text<'b>(body: &'b [u8], content_type: Option<&str>) -> Cow<'b, str> {
    let own = || charset(&String::from_utf8_lossy(&body[..body.len().min(SNIFFED)]));
    let encoding = content_type.and_then(charset).or_else(own).unwrap_or_else(|| match str::from_utf8(body) {
        // The end may be cut off within a character.
        Err(error) if error.error_len().is_some() => GB18030,
        _ => UTF_8,
    });
    encoding.decode(body).0
}

fn charset(text: &str) -> Option<&'static Encoding> {
    let text = text.to_ascii_lowercase();
    let (_, label) = text.split_once("charset")?;
    let label = label.trim_start().strip_prefix('=')?.trim_start().trim_start_matches(['"', '\'']);
    let label = label.split(|it: char| !it.is_ascii_alphanumeric() && !matches!(it, '-' | '_' | ':')).next()?;
    Encoding::for_label(label.as_bytes())
}

/// Where a page says what it is written in (HTML, section 4.2.5.4).
const SNIFFED: usize = 1024;

#[cfg(test)]
mod tests {
    use hyper::header::HeaderValue;

    use super::*;

    #[test]
    fn a_page_is_read_in_the_encoding_that_it_says_or_seems_to_have() {
        let number = "京ICP备11041704号";
        let gbk = GB18030.encode(number).0.into_owned();
        let with = |meta: &str| [meta.as_bytes(), &gbk].concat();
        for (body, kind) in [
            (number.as_bytes().to_vec(), None),
            (number.as_bytes().to_vec(), Some("text/html; charset=UTF-8")),
            (gbk.clone(), Some("text/html;charset=gbk")),
            (gbk.clone(), Some("text/html; charset=\"GB2312\"")),
            (gbk.clone(), Some("text/html")),
            (gbk.clone(), None),
            (with("<meta charset=gbk>"), Some("text/html")),
            (with("<META http-equiv=Content-Type content=\"text/html; charset=gb2312\">"), None),
            ([b"\xef\xbb\xbf".as_slice(), number.as_bytes()].concat(), Some("text/html; charset=gbk")),
            ([number.as_bytes(), &"京".as_bytes()[..2]].concat(), None),
            (number.as_bytes().to_vec(), Some("text/html; charset=nonsense")),
        ] {
            assert!(text(&body, kind).contains(number), "{kind:?} {body:?}");
        }
        assert_eq!(text(b"", None), "");
    }

    #[test]
    fn only_pages_that_are_not_compressed_are_read() {
        for (kind, encoding, is) in [
            (Some("text/html; charset=gbk"), None, true),
            (Some("TEXT/HTML"), Some("identity"), true),
            (Some("application/xhtml+xml"), None, true),
            (None, None, true),
            (Some("application/json"), None, false),
            (Some("image/png"), None, false),
            (Some("text/html"), Some("gzip"), false),
        ] {
            let mut headers = HeaderMap::new();
            for (name, value) in [(CONTENT_TYPE, kind), (CONTENT_ENCODING, encoding)] {
                if let Some(value) = value {
                    headers.insert(name, HeaderValue::from_static(value));
                }
            }
            assert_eq!(is_text(&headers), is, "{kind:?} {encoding:?}");
        }
    }
}
