//! Patterns for LIKE, from what a person typed.

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
}
