//! What comes in: arguments, or the lines of standard input, and whole files; all of it bounded.

use std::{
    fmt,
    fs::File,
    io::{self, BufRead, Read},
    path::Path,
};

use model::{echo::shortened, programs::paste::lines_of};
use probe::stores::unread;

use super::exit::CliError;

/// Most characters of an input that is said back.
pub(crate) const QUOTED_MOST: usize = 200;

/// Longest line of standard input, in bytes.
pub(crate) const LINE_MOST: usize = 64 * 1024;

/// Largest file of certificates, in bytes.
pub(crate) const PEM_MOST: u64 = 16 * 1024 * 1024;

/// Largest file of domain entries, in bytes.
pub(crate) const ENTRIES_MOST: u64 = 1024 * 1024;

/// One thing to judge.
#[derive(Debug)]
pub(crate) struct Item {
    /// Where it stood.
    pub(crate) place: Place,
    /// What stood there.
    pub(crate) text: Result<String, LineError>,
}

/// Where an input stood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// On the command line.
    Argument,
    /// In standard input: the number of its line, the first being 1.
    Line(u64),
}

impl Place {
    /// One line about `text`, which stood here.
    pub(crate) fn complain(self, text: &str, reason: &dyn fmt::Display) -> String {
        match self {
            Self::Argument => format!("{:?}: {reason}", shortened(text, QUOTED_MOST)),
            Self::Line(number) => format!("line {number}: {:?}: {reason}", shortened(text, QUOTED_MOST)),
        }
    }

    /// One line about an input that could not be had at all.
    pub(crate) fn complain_of_line(self, reason: &LineError) -> String {
        match self {
            Self::Argument => reason.to_string(),
            Self::Line(number) => format!("line {number}: {reason}"),
        }
    }
}

/// Why a line says nothing.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LineError {
    /// Longer than any input can be.
    #[error("longer than {LINE_MOST} bytes")]
    TooLong,
    /// Not text.
    #[error("not UTF-8")]
    NotUtf8,
    /// Standard input broke off.
    #[error("cannot be read: {0}")]
    Io(#[source] io::Error),
}

/// The inputs named by `arguments`: themselves, or the lines of standard input for a lone `-`.
pub(crate) fn items(arguments: Vec<String>) -> Box<dyn Iterator<Item = Item> + Send> {
    if arguments == ["-"] {
        // A lock on standard input cannot be sent to another thread.
        return Box::new(Lines::of(io::BufReader::new(io::stdin())));
    }
    Box::new(arguments.into_iter().map(|argument| Item { place: Place::Argument, text: Ok(argument) }))
}

/// The same, each taken apart as a paste of the console is: WeChat's own form has several entries in a line. A blank
/// argument is none, as a blank line is.
pub(crate) fn entries(items: impl Iterator<Item = Item>) -> impl Iterator<Item = Item> {
    items.flat_map(|Item { place, text }| {
        let texts = match text {
            Ok(text) => {
                let mut parts: Vec<_> = lines_of(&text).map(|part| Ok(part.to_owned())).collect();
                if parts.is_empty() && place == Place::Argument && !text.trim().is_empty() {
                    // Somebody has typed it for an entry.
                    parts.push(Ok(text));
                }
                parts
            }
            Err(error) => vec![Err(error)],
        };
        texts.into_iter().map(move |text| Item { place, text })
    })
}

/// The lines of a reader that say something: blank ones and comments are skipped.
pub(crate) struct Lines<R> {
    reader: R,
    number: u64,
    ended: bool,
}

impl<R: BufRead> Lines<R> {
    /// The lines of `reader`.
    pub(crate) const fn of(reader: R) -> Self {
        Self { reader, number: 0, ended: false }
    }

    /// The next line without its end, or why it cannot be had; none at the end.
    fn line(&mut self) -> Option<Result<String, LineError>> {
        let mut line = Vec::new();
        let mut too_long = false;
        loop {
            let buffer = match self.reader.fill_buf() {
                Ok(buffer) => buffer,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => {
                    self.ended = true;
                    return Some(Err(LineError::Io(error)));
                }
            };
            if buffer.is_empty() {
                self.ended = true;
                if line.is_empty() && !too_long {
                    return None;
                }
                break;
            }
            let end = buffer.iter().position(|byte| *byte == b'\n');
            let part = end.map_or(buffer, |end| &buffer[..end]);
            if line.len() + part.len() > LINE_MOST {
                too_long = true;
                line.clear();
            }
            if !too_long {
                line.extend_from_slice(part);
            }
            let used = end.map_or(buffer.len(), |end| end + 1);
            self.reader.consume(used);
            if end.is_some() {
                break;
            }
        }
        Some(if too_long { Err(LineError::TooLong) } else { text(line, self.number) })
    }
}

impl<R: BufRead> Iterator for Lines<R> {
    type Item = Item;

    fn next(&mut self) -> Option<Item> {
        while !self.ended {
            let line = self.line()?;
            self.number += 1;
            match line {
                Ok(text) if text.trim().is_empty() || text.trim_start().starts_with('#') => {}
                text => return Some(Item { place: Place::Line(self.number), text }),
            }
        }
        None
    }
}

/// A line as text; editors on Windows end lines with a carriage return and begin files with a mark.
fn text(line: Vec<u8>, lines_before: u64) -> Result<String, LineError> {
    let mut text = String::from_utf8(line).map_err(|_| LineError::NotUtf8)?;
    if text.ends_with('\r') {
        text.pop();
    }
    if lines_before == 0 && text.starts_with('\u{feff}') {
        text.remove(0);
    }
    Ok(text)
}

/// All of a file, or of standard input for `-`.
///
/// # Errors
/// When it cannot be read, or is larger than `most` bytes.
pub(crate) fn file(path: &Path, most: u64) -> Result<Vec<u8>, CliError> {
    let refused = |reason: String| CliError::File { path: path.to_owned(), reason };
    let read = |reader: &mut dyn Read| {
        let mut bytes = Vec::new();
        reader.take(most + 1).read_to_end(&mut bytes).map(|_| bytes)
    };
    let bytes = if path.as_os_str() == "-" {
        read(&mut io::stdin().lock())
    } else {
        File::open(path).and_then(|mut file| read(&mut file))
    };
    let bytes = bytes.map_err(|error| refused(unread(&error)))?;
    if bytes.len() as u64 > most {
        return Err(refused(format!("larger than {most} bytes")));
    }
    Ok(bytes)
}

/// The same of a file that has to hold something.
///
/// # Errors
/// When it is empty, and as [`file`].
pub(crate) fn filled(path: &Path, most: u64) -> Result<Vec<u8>, CliError> {
    let bytes = file(path, most)?;
    if bytes.is_empty() {
        return Err(CliError::File { path: path.to_owned(), reason: "is empty".to_owned() });
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn read(bytes: &[u8]) -> Vec<String> {
        // A small buffer, so that lines span several fills.
        Lines::of(io::BufReader::with_capacity(7, bytes))
            .map(|item| match (item.place, item.text) {
                (Place::Line(number), Ok(text)) => format!("{number}:{text}"),
                (place, text) => format!("{place:?}:{}", text.unwrap_err()),
            })
            .collect()
    }

    #[test]
    fn lines_keep_their_numbers_past_blanks_and_comments() {
        let cases: &[(&str, &[&str])] = &[
            ("", &[]),
            ("\n\n  \n", &[]),
            ("a.example", &["1:a.example"]),
            ("a\nb\n", &["1:a", "2:b"]),
            ("a\r\n\r\nb\r\n", &["1:a", "3:b"]),
            ("# hosts\n a \n  # more\nb#c", &["2: a ", "4:b#c"]),
            ("\u{feff}a\n\u{feff}b", &["1:a", "2:\u{feff}b"]),
        ];
        for (text, lines) in cases {
            assert_eq!(read(text.as_bytes()), *lines, "{text:?}");
        }
    }

    #[test]
    fn entries_are_taken_apart_as_in_a_paste() {
        let lines = Lines::of("https://a.example;https://b.example # ours\n;\n c.example；".as_bytes());
        let told: Vec<_> = entries(lines).map(|item| (item.place, item.text.unwrap())).collect();
        let line = |number, text: &str| (Place::Line(number), text.to_owned());
        assert_eq!(told, [line(1, "https://a.example"), line(1, "https://b.example"), line(3, "c.example")]);
        for (argument, parts) in [("a.example;b.example", 2), ("", 0), (" ", 0), ("#", 1), (";", 1)] {
            assert_eq!(entries(items(vec![argument.to_owned()])).count(), parts, "{argument}");
        }
    }

    #[test]
    fn a_line_that_cannot_be_read_does_not_stop_the_next() {
        assert_eq!(read(b"a\n\xff\xfe\nb"), ["1:a", "Line(2):not UTF-8", "3:b"]);
        let mut bytes = vec![b'x'; LINE_MOST];
        bytes.extend_from_slice(b"\n");
        bytes.extend(vec![b'x'; LINE_MOST + 1]);
        bytes.extend_from_slice(b"\nb\n");
        bytes.extend(vec![b'x'; 3 * LINE_MOST]);
        let lines = read(&bytes);
        assert_eq!(lines[0].len(), LINE_MOST + 2);
        assert_eq!(lines[1..], ["Line(2):longer than 65536 bytes", "3:b", "Line(4):longer than 65536 bytes"]);
    }
}
