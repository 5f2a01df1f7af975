//! How much of what was typed is said back: answers stay readable, and bounded, whatever comes in.

/// `text`, or its first `most` characters and an ellipsis.
pub fn shortened(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::shortened;

    #[test]
    fn what_is_long_is_cut_between_characters_and_says_so() {
        for (text, most, said) in
            [("", 3, ""), ("abc", 3, "abc"), ("abcd", 3, "abc…"), ("域名域名", 3, "域名域…"), ("a", 0, "…")]
        {
            assert_eq!(shortened(text, most), said);
        }
    }
}
