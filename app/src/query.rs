//! Values of a form in the URL, from the raw query: the router's own map percent-decodes each value
//! twice, which would change a pasted URL such as `https://example.com/a%20b`.

use url::form_urlencoded;

/// The last value given for `name`, as the browser's form encodes it.
pub fn value(search: &str, name: &str) -> Option<String> {
    let query = search.strip_prefix('?').unwrap_or(search);
    form_urlencoded::parse(query.as_bytes()).filter(|(key, _)| key == name).last().map(|(_, value)| value.into_owned())
}
