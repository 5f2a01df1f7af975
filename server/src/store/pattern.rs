//! Patterns for LIKE, from what a person typed.

use model::{Host, ServerName, domain_entry::TypedUrl};

/// A pattern that finds `part` anywhere, letter by letter, with `\` as the escape.
pub(crate) fn containing(part: &str) -> String {
    let literal: String = part.chars().take(PART_MOST).fold(String::new(), |mut literal, letter| {
        if matches!(letter, '%' | '_' | '\\') {
            literal.push('\\');
        }
        literal.push(letter);
        literal
    });
    format!("%{literal}%")
}

/// A host in other letters as it is stored; everything else as it is.
pub(crate) fn in_ascii(text: &str) -> String {
    match text.parse::<Host>() {
        Ok(host) if !text.is_ascii() => host.to_string(),
        _ => text.to_owned(),
    }
}

/// The host of a URL as it is stored, or as much of one as was typed.
pub(crate) fn host_of(url: &TypedUrl) -> String {
    url.host.parse::<ServerName>().map_or_else(|_| url.host.to_lowercase(), |name| name.to_string())
}

/// What to look for in hosts: of a URL its host.
pub(crate) fn in_hosts(text: &str) -> String {
    TypedUrl::read(text).map_or_else(|| in_ascii(text), |url| host_of(&url))
}

/// Longer than any host with its port.
const PART_MOST: usize = 300;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_is_looked_for_letter_by_letter() {
        for (typed, pattern) in [("a.b", "%a.b%"), ("100%_\\", r"%100\%\_\\%"), ("", "%%")] {
            assert_eq!(containing(typed), pattern);
        }
        assert_eq!(containing(&"字".repeat(1_000)).chars().count(), PART_MOST + 2);
    }

    #[test]
    fn a_host_is_looked_for_as_it_is_stored() {
        assert_eq!(in_ascii("例子.中国"), "xn--fsqu00a.xn--fiqs8s");
        assert_eq!(in_ascii("API.ex"), "API.ex");
    }

    #[test]
    fn of_a_url_its_host_is_looked_for() {
        for (text, host) in [
            ("https://API.example.com", "api.example.com"),
            ("wss://api", "api"),
            ("https://api.example.com:8443/v1?a=b#c", "api.example.com"),
            ("https://例子.中国/", "xn--fsqu00a.xn--fiqs8s"),
            ("https://user@api.example.com", "api.example.com"),
            ("https://api.example.com.", "api.example.com"),
            (r"https://api.example.com\v1", "api.example.com"),
            ("https://[::1]/", "::1"),
            ("https://[::1]:8443", "::1"),
            ("https://_API", "_api"),
            ("api.example.com:8443", "api.example.com:8443"),
            ("https://", "https://"),
            ("https:///v1", "https:///v1"),
        ] {
            assert_eq!(in_hosts(text), host);
        }
    }
}
