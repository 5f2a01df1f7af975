//! What one input comes to, and the two streams it is printed on.

use std::io::{self, Write as _};

use super::exit::{CliError, Exit};

/// What one input comes to.
#[derive(Debug)]
pub(crate) struct Answer {
    /// For standard output: an object, or a block of lines; none when nothing can be said.
    pub(crate) text: Option<String>,
    /// For standard error, when the input is not what it should be, or could not be judged.
    pub(crate) complaint: Option<String>,
    /// How it ends.
    pub(crate) exit: Exit,
}

impl Answer {
    /// An answer in full.
    pub(crate) const fn said(text: String, exit: Exit) -> Self {
        Self { text: Some(text), complaint: None, exit }
    }

    /// An input that cannot be read.
    pub(crate) const fn unreadable(complaint: String) -> Self {
        Self { text: None, complaint: Some(complaint), exit: Exit::Usage }
    }

    /// An input that could not be judged, and not by its own fault.
    pub(crate) const fn failed(complaint: String) -> Self {
        Self { text: None, complaint: Some(complaint), exit: Exit::Fail }
    }
}

/// Standard output, and the worst status so far.
#[derive(Debug, Default)]
pub(crate) struct Report {
    exit: Exit,
    answers: u64,
}

/// Whether anybody still reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reader {
    /// Somebody may.
    Listening,
    /// The pipe is closed.
    Gone,
}

impl Report {
    /// Prints one answer.
    ///
    /// # Errors
    /// When standard output cannot be written; a closed pipe is no error.
    pub(crate) fn print(&mut self, answer: &Answer) -> Result<Reader, CliError> {
        self.answers += 1;
        self.exit = self.exit.max(answer.exit);
        if let Some(complaint) = &answer.complaint {
            complain(complaint);
        }
        let Some(text) = &answer.text else { return Ok(Reader::Listening) };
        let mut out = io::stdout().lock();
        match out.write_all(text.as_bytes()).and_then(|()| out.write_all(b"\n")).and_then(|()| out.flush()) {
            Ok(()) => Ok(Reader::Listening),
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Reader::Gone),
            Err(error) => Err(CliError::Output(error)),
        }
    }

    /// The worst status of all answers.
    ///
    /// # Errors
    /// With `nothing` when there was no answer at all.
    pub(crate) const fn end(&self, nothing: &'static str) -> Result<Exit, CliError> {
        if self.answers == 0 { Err(CliError::NothingToDo(nothing)) } else { Ok(self.exit) }
    }
}

/// One plain line on standard error.
pub(crate) fn complain(line: &str) {
    // Nobody is left to tell when standard error is closed.
    let _ = writeln!(io::stderr().lock(), "hufu: {}", plain(line));
}

/// `text` in one line that no terminal acts on.
pub(crate) fn plain(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' | '\r' | '\t' => line.push(' '),
            character if is_active(character) => line.extend(character.escape_unicode()),
            character => line.push(character),
        }
    }
    line
}

/// Control characters, and those that reorder what is displayed around them.
fn is_active(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_line_is_one_line_that_no_terminal_acts_on() {
        for (text, line) in [
            ("as it is, 虎符", "as it is, 虎符"),
            ("two\nlines\r\n", "two lines  "),
            ("\u{1b}[31mred\u{7f}", "\\u{1b}[31mred\\u{7f}"),
            ("\u{202e}drow", "\\u{202e}drow"),
            ("\u{9b}31m", "\\u{9b}31m"),
        ] {
            assert_eq!(plain(text), line);
        }
    }
}
