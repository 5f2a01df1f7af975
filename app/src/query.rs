//! Values of a form in the URL, from the raw query: the router's own map percent-decodes each value
//! twice, which would change a pasted URL such as `https://example.com/a%20b`.

use std::str::FromStr;

use url::form_urlencoded;

/// The last value given for `name`, as the browser's form encodes it.
pub fn value(search: &str, name: &str) -> Option<String> {
    let query = search.strip_prefix('?').unwrap_or(search);
    form_urlencoded::parse(query.as_bytes()).filter(|(key, _)| key == name).last().map(|(_, value)| value.into_owned())
}

/// What was typed for `name`, if it was more than spaces.
pub fn text(search: &str, name: &str) -> Option<String> {
    value(search, name).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}

/// What was chosen for `name`; nonsense is as if nothing were.
pub fn parsed<T: FromStr>(search: &str, name: &str) -> Option<T> {
    text(search, name)?.parse().ok()
}

/// Which page of a list, from 0; in the URL they count from 1.
pub fn page(search: &str) -> u32 {
    parsed::<u32>(search, "page").unwrap_or(1).saturating_sub(1)
}

/// A page as it stands in the URL; the first goes without saying.
pub fn page_value(page: u32) -> Option<String> {
    (page > 0).then(|| page.saturating_add(1).to_string())
}

/// The same path or link with one part more.
pub fn and(link: &str, name: &str, value: &str) -> String {
    let written = form_urlencoded::Serializer::new(String::new()).append_pair(name, value).finish();
    let sign = if link.contains('?') { '&' } else { '?' };
    format!("{link}{sign}{written}")
}

/// A path with those parts that have a value.
pub fn link<const PARTS: usize>(path: &str, parts: [(&str, Option<String>); PARTS]) -> String {
    let mut written = form_urlencoded::Serializer::new(String::new());
    for (name, value) in parts {
        if let Some(value) = value {
            written.append_pair(name, &value);
        }
    }
    let written = written.finish();
    if written.is_empty() { path.to_owned() } else { format!("{path}?{written}") }
}
