//! The lines of a paste: one an entry, or WeChat's own form with semicolons, or commas where another URL
//! follows; a `#` that touches nothing before it begins a comment.

/// A part of a paste.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// What is meant as an entry.
    Line(&'a str),
    /// What is for people only.
    Comment(&'a str),
}

/// Every part that is not empty, in order.
pub fn pieces(text: &str) -> impl Iterator<Item = Piece<'_>> {
    numbered_pieces(text).map(|(_, piece)| piece)
}

/// The same with the number of the line it stands on, from 1.
pub fn numbered_pieces(text: &str) -> impl Iterator<Item = (usize, Piece<'_>)> {
    text.lines().enumerate().flat_map(|(index, line)| {
        let (entries, comment) = without_comment(line);
        let parts = parts(entries).into_iter().map(str::trim).filter(|part| !part.is_empty());
        parts.map(Piece::Line).chain(comment.map(Piece::Comment)).map(move |piece| (index + 1, piece))
    })
}

/// A semicolon ends an entry, and so does a comma that another URL follows.
fn parts(entries: &str) -> Vec<&str> {
    let (mut parts, mut begin) = (Vec::new(), 0);
    for (at, mark) in entries.match_indices([';', '\u{ff1b}', ',', '\u{ff0c}', '\u{3001}']) {
        let next = at + mark.len();
        if matches!(mark, ";" | "\u{ff1b}") || begins_a_url(&entries[next..]) {
            parts.push(&entries[begin..at]);
            begin = next;
        }
    }
    parts.push(&entries[begin..]);
    parts
}

fn begins_a_url(text: &str) -> bool {
    let text = text.trim_start();
    let after = text.trim_start_matches(|letter: char| letter.is_ascii_alphanumeric());
    after.len() < text.len() && after.starts_with("://")
}

/// What a line has for entries, and its comment. No entry has a `#` in it; one that touches what is before
/// it is a fragment, and an error.
fn without_comment(line: &str) -> (&str, Option<&str>) {
    let begins = |at: &usize| line[..*at].chars().next_back().is_none_or(char::is_whitespace);
    match line.match_indices('#').map(|(at, _)| at).find(begins) {
        Some(at) => (&line[..at], Some(line[at..].trim_end())),
        None => (line, None),
    }
}

/// What is meant as entries.
pub fn lines_of(text: &str) -> impl Iterator<Item = &str> {
    pieces(text).filter_map(|piece| match piece {
        Piece::Line(line) => Some(line),
        Piece::Comment(_) => None,
    })
}

/// How many comments there are.
pub fn comments(text: &str) -> usize {
    pieces(text).filter(|piece| matches!(piece, Piece::Comment(_))).count()
}

/// The text with something else in the place of each line, one a line; comments stay.
pub fn rewritten<'a>(text: &'a str, mut with: impl FnMut(usize, &'a str) -> Option<String>) -> String {
    let mut index = 0;
    let kept = pieces(text).filter_map(|piece| match piece {
        Piece::Comment(comment) => Some(comment.to_owned()),
        Piece::Line(line) => {
            index += 1;
            with(index - 1, line)
        }
    });
    kept.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str =
        "# ours; all of it\r\nhttps://a.example\r\n\n  https://b.example ;https://c.example;\u{ff1b}\n  #x\n";

    #[test]
    fn a_paste_has_one_entry_a_line_or_wechat_s_semicolons_and_comments() {
        let lines: Vec<_> = lines_of(TEXT).collect();
        assert_eq!(lines, ["https://a.example", "https://b.example", "https://c.example"]);
        assert_eq!(comments(TEXT), 2);
        let numbers: Vec<_> = numbered_pieces(TEXT).map(|(number, _)| number).collect();
        assert_eq!(numbers, [1, 2, 4, 4, 5]);
        assert_eq!(lines_of("https://a.example/#x").collect::<Vec<_>>(), ["https://a.example/#x"]);
        let beside = "https://a.example;https://b.example\t# ours; not theirs # yet";
        assert_eq!(lines_of(beside).collect::<Vec<_>>(), ["https://a.example", "https://b.example"]);
        assert_eq!(pieces(beside).last(), Some(Piece::Comment("# ours; not theirs # yet")));
    }

    #[test]
    fn a_comma_parts_entries_where_another_url_follows() {
        for (text, expected) in [
            ("https://b.example,https://c.example", &["https://b.example", "https://c.example"][..]),
            (
                "wss://b.example\u{3001}wss://c.example\u{ff0c} udp://d.example:1",
                &["wss://b.example", "wss://c.example", "udp://d.example:1"],
            ),
            ("https://b.example,;https://c.example,", &["https://b.example,", "https://c.example,"]),
            ("https://b.example,c.example", &["https://b.example,c.example"]),
            ("https://b.example,://c.example", &["https://b.example,://c.example"]),
            ("https://b.example # a,https://c.example", &["https://b.example"]),
        ] {
            assert_eq!(lines_of(text).collect::<Vec<_>>(), expected, "{text}");
        }
    }

    #[test]
    fn comments_stay_when_lines_are_changed_or_dropped() {
        let changed = rewritten(TEXT, |index, line| match index {
            0 => Some("wss://a.example".to_owned()),
            1 => None,
            _ => Some(line.to_owned()),
        });
        assert_eq!(changed, "# ours; all of it\nwss://a.example\nhttps://c.example\n#x");
    }
}
