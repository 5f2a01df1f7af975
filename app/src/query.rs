//! Values of a form in the URL, from the raw query: the router's own map percent-decodes each value
//! twice, which would change a pasted URL such as `https://example.com/a%20b`.

use std::{str::FromStr, sync::Arc};

use leptos::{prelude::*, web_sys::FormData};
use leptos_router::hooks::use_location;
use model::{echo::shortened, paging::PageSize};
use url::form_urlencoded;

/// The query of the page that asks. While another page is on its way the address is that one's already, and what
/// stands there is nothing for this one to show.
pub fn search_of_page() -> Memo<String> {
    let location = use_location();
    let page = location.pathname.get_untracked();
    Memo::new(move |before: Option<&String>| match before {
        Some(before) if location.pathname.with(|path| *path != page) => before.clone(),
        _ => location.search.get(),
    })
}

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

/// What a query says for these names and `link`, which has all that was understood of it, does not, as it stands there.
pub fn not_understood(search: &str, link: &str, names: &[&str]) -> Vec<String> {
    let (_, understood) = link.split_once('?').unwrap_or_default();
    let left_out = names.iter().filter(|name| value(understood, name).is_none());
    left_out.filter_map(|name| Some(format!("{name}={}", shortened(&text(search, name)?, TYPED_SHOWN)))).collect()
}

/// Characters of a wrong value that are said back.
const TYPED_SHOWN: usize = 64;

/// Which page of a list, from 0; in the URL they count from 1.
pub fn page(search: &str) -> u32 {
    parsed::<u32>(search, "page").unwrap_or(1).saturating_sub(1)
}

/// A page as it stands in the URL; the first goes without saying.
pub fn page_value(page: u32) -> Option<String> {
    (page > 0).then(|| page.saturating_add(1).to_string())
}

/// How many rows a page has.
pub fn size(search: &str) -> PageSize {
    parsed(search, SIZE).unwrap_or_default()
}

/// The same as it stands in the URL; what nobody has chosen goes without saying.
pub fn size_value(size: PageSize) -> Option<String> {
    (size != PageSize::default()).then(|| size.to_string())
}

/// The word of what a list is sorted by, as it stands in the URL; what it is sorted by unasked goes without saying.
pub fn sort_value<S: Copy + Default + PartialEq>(sort: S, word: fn(S) -> &'static str) -> Option<&'static str> {
    (sort != S::default()).then(|| word(sort))
}

/// Whether the order of a list is turned round.
pub fn is_reversed(search: &str) -> bool {
    value(search, ORDER).as_deref() == Some(REVERSED)
}

/// The same as it stands in the URL; its own order goes without saying.
pub fn order_value(reversed: bool) -> Option<String> {
    reversed.then(|| REVERSED.to_owned())
}

/// In the query of a list: whether its order is turned round.
pub const ORDER: &str = "order";

/// The value of that which turns it round.
const REVERSED: &str = "reversed";

/// In the query of a list: how many rows a page has.
pub const SIZE: &str = "size";

/// A page of the console to lead back to; anything else is the first page. No link can lead
/// elsewhere (browsers read `//` and `/\\` as another host), and a header can hold it.
pub fn own_page(back: &str) -> &str {
    let elsewhere = back.starts_with("//") || back.contains('\\');
    let plain = back.chars().all(|character| character.is_ascii_graphic());
    if back.starts_with('/') && !elsewhere && plain { back } else { "/" }
}

/// The same path or link with one part more.
pub fn and(link: &str, name: &str, value: &str) -> String {
    let written = form_urlencoded::Serializer::new(String::new()).append_pair(name, value).finish();
    let sign = if link.contains('?') { '&' } else { '?' };
    format!("{link}{sign}{written}")
}

/// The query less what has one of these names.
pub fn without(search: &str, names: &[&str]) -> String {
    let query = search.strip_prefix('?').unwrap_or(search);
    let is_named = |part: &str| part.split('=').next().is_some_and(|name| names.contains(&name));
    query.split('&').filter(|part| !is_named(part)).collect::<Vec<_>>().join("&")
}

/// The address of a page, less what has one of these names in its query.
pub fn address(path: &str, search: &str, names: &[&str]) -> String {
    let search = without(search, names);
    let question = if search.is_empty() { "" } else { "?" };
    format!("{path}{question}{search}")
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

/// What a form asks by its URL, less what has no name: the router adds the button that was pressed.
pub fn named() -> Arc<dyn Fn(&FormData)> {
    Arc::new(|form: &FormData| form.delete(""))
}

#[cfg(test)]
mod tests {
    use model::icp::filings::FilingSort;

    use super::{own_page, sort_value, without};

    #[test]
    fn what_a_list_is_sorted_by_unasked_goes_without_saying() {
        for sort in FilingSort::ALL {
            let said = (sort != FilingSort::Standing).then(|| sort.as_str());
            assert_eq!(sort_value(sort, FilingSort::as_str), said, "{sort:?}");
        }
    }

    #[test]
    fn what_has_another_name_stays_as_it_was_written() {
        for (search, expected) in
            [("", ""), ("?saved=mail", ""), ("saved=mail&q=a+b%20c", "q=a+b%20c"), ("?q=saved&x&saved", "q=saved&x")]
        {
            assert_eq!(without(search, &["saved", "tested"]), expected, "{search}");
        }
    }

    #[test]
    fn no_link_leads_elsewhere_and_every_answer_can_be_a_header() {
        for (back, expected) in [
            ("/", "/"),
            ("/programs/1?x=1", "/programs/1?x=1"),
            ("/audit?q=%E4%B8%AD", "/audit?q=%E4%B8%AD"),
            ("", "/"),
            ("https://evil.example", "/"),
            ("//evil.example", "/"),
            ("/\\evil.example", "/"),
            ("/\t/evil.example", "/"),
            ("/a\nSet-Cookie: b", "/"),
            ("/\u{1}", "/"),
            ("/\u{7f}", "/"),
            ("/中", "/"),
            ("javascript:alert(1)", "/"),
        ] {
            assert_eq!(own_page(back), expected, "{back:?}");
        }
    }
}
