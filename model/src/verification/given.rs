//! What WeChat gives out for a business domain: the name of a file, and what it holds.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::host::as_text;

/// Most characters of a file's name.
pub const NAME_MOST: usize = 64;

/// Most bytes that a verification file may hold.
pub const CONTENT_MOST: usize = 1024;

/// The name of a verification file: letters, digits, `-` and `_`, then `.txt`. It leads nowhere but to the root of
/// a site. Upper and lower case differ.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileName(String);

impl FileName {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What the file holds, where its name tells: that of an official account or of WeCom ends in it.
    pub fn content(&self) -> Option<FileContent> {
        let stem = self.0.strip_suffix(ENDING)?;
        let content = ["MP_verify_", "WW_verify_"].into_iter().find_map(|start| stem.strip_prefix(start))?;
        content.parse().ok()
    }

    fn written(text: &str) -> Result<Self, FileNameError> {
        text.parse()
    }
}

impl FromStr for FileName {
    type Err = FileNameError;

    fn from_str(text: &str) -> Result<Self, FileNameError> {
        if text.is_empty() {
            return Err(FileNameError::Empty);
        }
        if text.len() > NAME_MOST {
            return Err(FileNameError::TooLong);
        }
        if text.contains(['/', '\\']) {
            return Err(FileNameError::Path);
        }
        let stem = text.strip_suffix(ENDING).filter(|stem| !stem.is_empty()).ok_or(FileNameError::Ending)?;
        let is_safe = |character: char| character.is_ascii_alphanumeric() || matches!(character, '-' | '_');
        match stem.chars().find(|character| !is_safe(*character)) {
            Some(character) => Err(FileNameError::Character(character)),
            None => Ok(Self(text.to_owned())),
        }
    }
}

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why a text is no name of a verification file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FileNameError {
    /// Nothing there.
    #[error("the name of the file is empty")]
    Empty,
    /// Longer than any name that WeChat gives out.
    #[error("the name of the file is longer than {NAME_MOST} characters")]
    TooLong,
    /// More than a name.
    #[error("a name without a path: WeChat looks for the file at the root of the site")]
    Path,
    /// Another kind of file.
    #[error("the name of a verification file ends in .txt, such as kH3Bw2VgxW.txt")]
    Ending,
    /// A character that WeChat's names do not have.
    #[error("the name of the file has the character {0:?}; WeChat's have letters, digits, - and _")]
    Character(char),
}

/// What a verification file holds: printable ASCII, kept as it is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FileContent(String);

impl FileContent {
    /// The content.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Reads a file as it was downloaded from WeChat.
    ///
    /// # Errors
    /// When it cannot be one: then no server can be right.
    pub fn read(bytes: &[u8]) -> Result<Self, FileContentError> {
        let content = without_mark(bytes);
        if content.trim_ascii().is_empty() {
            return Err(FileContentError::Empty);
        }
        if is_page(content) {
            return Err(FileContentError::Page);
        }
        if content.len() < bytes.len() {
            return Err(FileContentError::ByteOrderMark);
        }
        if content.len() > CONTENT_MOST {
            return Err(FileContentError::TooLong);
        }
        let is_printed = |byte: &u8| byte.is_ascii_graphic() || matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
        match str::from_utf8(content) {
            Ok(text) if content.iter().all(is_printed) => Ok(Self(text.to_owned())),
            _ => Err(FileContentError::NotText),
        }
    }

    fn written(text: &str) -> Result<Self, FileContentError> {
        text.parse()
    }
}

impl FromStr for FileContent {
    type Err = FileContentError;

    fn from_str(text: &str) -> Result<Self, FileContentError> {
        Self::read(text.as_bytes())
    }
}

impl fmt::Display for FileContent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

as_text!(FileName, FileContent);

/// Why something is not what a verification file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FileContentError {
    /// Nothing there.
    #[error("there is nothing in it")]
    Empty,
    /// More than WeChat ever puts there.
    #[error("more than the {CONTENT_MOST} bytes that a verification file may have")]
    TooLong,
    /// An editor has saved it anew.
    #[error("it begins with a byte order mark, which an editor has added: download it from WeChat again")]
    ByteOrderMark,
    /// The page that says that nobody is signed in, for one.
    #[error("it is a web page: sign in to WeChat's console again, and download the file anew")]
    Page,
    /// Not printable ASCII.
    #[error("it is not plain text as WeChat gives it out")]
    NotText,
}

/// What follows the byte order mark of UTF-8 or UTF-16.
pub(super) fn without_mark(bytes: &[u8]) -> &[u8] {
    let marks: [&[u8]; 3] = [b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"];
    marks.into_iter().find_map(|mark| bytes.strip_prefix(mark)).unwrap_or(bytes)
}

/// Whether it begins as markup does.
pub(super) fn is_page(content: &[u8]) -> bool {
    content.trim_ascii_start().starts_with(b"<")
}

const ENDING: &str = ".txt";

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_name_is_what_wechat_gives_out_and_leads_nowhere_else() {
        use FileNameError::{Character, Empty, Ending, Path, TooLong};
        let (longest, long) = (format!("{}.txt", "a".repeat(60)), format!("{}.txt", "a".repeat(61)));
        for name in ["kH3Bw2VgxW.txt", "MP_verify_0a1B2c3D4e5F6g7H.txt", "a-b_c.txt", "1.txt", &longest] {
            assert_eq!(name.parse::<FileName>().unwrap().as_str(), name);
        }
        for (text, error) in [
            ("", Empty),
            (&*long, TooLong),
            ("/kH3Bw2VgxW.txt", Path),
            ("../kH3Bw2VgxW.txt", Path),
            ("a\\b.txt", Path),
            ("https://www.example.com/a.txt", Path),
            (".txt", Ending),
            ("kH3Bw2VgxW", Ending),
            ("kH3Bw2VgxW.TXT", Ending),
            ("kH3Bw2VgxW.txt ", Ending),
            ("kH3Bw2VgxW.txt?a", Ending),
            ("kH3Bw2VgxW.txt.txt", Character('.')),
            ("...txt", Character('.')),
            (" a.txt", Character(' ')),
            ("a (1).txt", Character(' ')),
            ("a%2fb.txt", Character('%')),
            ("a\r\nHost: b.txt", Character('\r')),
            ("校验.txt", Character('校')),
        ] {
            assert_eq!(text.parse::<FileName>(), Err(error), "{text:?}");
        }
    }

    #[test]
    fn a_name_that_ends_in_what_the_file_holds_tells_it() {
        for (name, content) in [
            ("MP_verify_0a1B2c3D4e5F6g7H.txt", Some("0a1B2c3D4e5F6g7H")),
            ("WW_verify_CTcR0MDAUlF3b0Dn.txt", Some("CTcR0MDAUlF3b0Dn")),
            ("MP_verify_.txt", None),
            ("mp_verify_0a1B2c3D4e5F6g7H.txt", None),
            ("kH3Bw2VgxW.txt", None),
        ] {
            let told = name.parse::<FileName>().unwrap().content();
            assert_eq!(told.as_ref().map(FileContent::as_str), content, "{name}");
        }
    }

    #[test]
    fn what_cannot_be_wechat_s_is_refused_with_its_reason() {
        use FileContentError::{ByteOrderMark, Empty, NotText, Page, TooLong};
        for text in ["2ec87af7a5f6", "a b", "a\n", "{}", &"a".repeat(CONTENT_MOST)] {
            assert_eq!(FileContent::read(text.as_bytes()).unwrap().as_str(), text);
        }
        for (bytes, error) in [
            (&b""[..], Empty),
            (b" \r\n", Empty),
            (b"\xef\xbb\xbf", Empty),
            (b"\xef\xbb\xbf2ec8", ByteOrderMark),
            (b"\xff\xfe2\0", ByteOrderMark),
            (b"<html>", Page),
            (b"\xef\xbb\xbf <!DOCTYPE html>", Page),
            (&[b'<'; CONTENT_MOST + 1], Page),
            (&[b'a'; CONTENT_MOST + 1], TooLong),
            (b"2ec8\0", NotText),
            (b"\x1b[31m", NotText),
            (b"\x80", NotText),
            ("校验".as_bytes(), NotText),
        ] {
            assert_eq!(FileContent::read(bytes), Err(error), "{bytes:?}");
        }
    }
}
