//! Patterns for LIKE, from what a person typed.

use model::Host;

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
}
