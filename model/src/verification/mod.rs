//! The file by which WeChat knows whose a business domain is: facts only. It lies at the root of the site, and is
//! fetched as curl fetches it: byte for byte, and no redirect followed.

mod given;

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

pub use self::given::{CONTENT_MOST, FileContent, FileContentError, FileName, FileNameError, NAME_MOST};
use crate::{HostPort, Timestamp, endpoints::route::Route, http::HttpFailure, observation::Resolution};

/// Most bytes that are read: far above any file of WeChat's, far below what there is no end of.
pub const FILE_MOST: usize = 16 * 1024;

/// What came of asking a host for its verification file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileFacts {
    /// Who was asked.
    pub target: HostPort,
    /// For which file.
    pub name: FileName,
    /// What it should hold; none where nobody has said, and its name does not tell.
    pub expected: Option<FileContent>,
    /// When the look began.
    pub asked_at: Timestamp,
    /// Where the addresses came from.
    pub resolution: Resolution,
    /// By which way it was asked. WeChat goes the usual one.
    #[serde(default, skip_serializing_if = "Route::is_usual")]
    pub route: Route,
    /// One for each address.
    pub looks: Vec<FileLook>,
    /// How many addresses more the name has.
    #[serde(default, skip_serializing_if = "is_none")]
    pub addresses_left_out: u32,
}

impl FileFacts {
    /// Where the file should be. A port of HTTPS alone is not written.
    pub fn url(&self) -> String {
        let target = self.target.to_string();
        let place = target.strip_suffix(":443").unwrap_or(&target);
        format!("https://{place}/{}", self.name)
    }
}

const fn is_none(count: &u32) -> bool {
    *count == 0
}

/// What one address answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileLook {
    /// The address.
    pub address: IpAddr,
    /// Its answer, or why there is none.
    pub answer: Result<FileAnswer, HttpFailure>,
}

/// An answer to the request for the file. What it holds is not kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileAnswer {
    /// Its status.
    pub status: u16,
    /// Where it leads, as said; shortened where that is long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// Its `Content-Type`, likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// Its `Content-Encoding`, which nobody has asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_encoding: Option<String>,
    /// Its body; read of a 200 alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<FileBody>,
}

/// What the body of an answer is like.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileBody {
    /// Bytes, [`FILE_MOST`] at most.
    pub length: usize,
    /// Whether it goes on after those.
    pub goes_on: bool,
    /// Whether it begins with the byte order mark of a Unicode encoding.
    pub byte_order_mark: bool,
    /// Whether white space stands around what it holds, such as a line end.
    pub spaces_around: bool,
    /// What it looks like.
    pub form: Form,
    /// How it compares with what it should hold, a byte order mark apart.
    pub compared: Option<Comparison>,
}

/// What the bytes of a body look like, apart from a mark and white space around them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// There is nothing.
    Empty,
    /// One word of ASCII letters and digits, as WeChat gives it out.
    Word,
    /// HTML, or another markup.
    Page,
    /// Neither: several words, JSON, what is not ASCII.
    Other,
}

/// Two contents held against each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Comparison {
    /// The same bytes.
    Same,
    /// The same but for white space around them.
    Spaced,
    /// Another content.
    Other {
        /// The first byte that differs, counted from 1.
        at: usize,
    },
}

impl FileBody {
    /// What `bytes` are like, of which one more than [`FILE_MOST`] was read if there are so many.
    pub fn of(bytes: &[u8], expected: Option<&FileContent>) -> Self {
        let content = given::without_mark(bytes);
        Self {
            length: bytes.len().min(FILE_MOST),
            goes_on: bytes.len() > FILE_MOST,
            byte_order_mark: content.len() < bytes.len(),
            spaces_around: content.trim_ascii().len() < content.len(),
            form: Form::of(content),
            compared: expected.map(|expected| Comparison::of(content, expected.as_str().as_bytes())),
        }
    }
}

impl Form {
    fn of(content: &[u8]) -> Self {
        let content = content.trim_ascii();
        let is_of_word = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        match content {
            [] => Self::Empty,
            content if given::is_page(content) => Self::Page,
            content if content.iter().all(is_of_word) => Self::Word,
            _ => Self::Other,
        }
    }
}

impl Comparison {
    fn of(served: &[u8], expected: &[u8]) -> Self {
        if served == expected {
            return Self::Same;
        }
        if served.trim_ascii() == expected.trim_ascii() {
            return Self::Spaced;
        }
        let alike = served.iter().zip(expected).take_while(|(served, expected)| served == expected).count();
        Self::Other { at: alike + 1 }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const WORD: &str = "2ec87af7a5f64b0fb2d7a1b5e5f8e9c3";

    fn body(bytes: impl AsRef<[u8]>) -> FileBody {
        FileBody::of(bytes.as_ref(), Some(&WORD.parse().unwrap()))
    }

    #[test]
    fn bytes_are_held_against_those_of_the_file() {
        let other = |at| Comparison::Other { at };
        for (bytes, mark, compared) in [
            (WORD.to_owned(), false, Comparison::Same),
            (format!("{WORD}\n"), false, Comparison::Spaced),
            (format!("{WORD}\r\n"), false, Comparison::Spaced),
            (format!(" \t{WORD}"), false, Comparison::Spaced),
            (format!("\u{feff}{WORD}"), true, Comparison::Same),
            (format!("\u{feff}{WORD}\r\n"), true, Comparison::Spaced),
            (format!("\u{feff}\u{feff}{WORD}"), true, other(1)),
            (format!("{WORD}0"), false, other(33)),
            (WORD[..31].to_owned(), false, other(32)),
            (WORD.to_uppercase(), false, other(2)),
            (format!("\"{WORD}\""), false, other(1)),
            (String::new(), false, other(1)),
        ] {
            let body = body(&bytes);
            assert_eq!((body.byte_order_mark, body.compared), (mark, Some(compared)), "{bytes:?}");
            assert_eq!(body.length, bytes.len());
        }
        assert_eq!(FileBody::of(WORD.as_bytes(), None).compared, None);
        // What the file itself ends with belongs to it.
        let ended: FileContent = format!("{WORD}\n").parse().unwrap();
        assert_eq!(FileBody::of(format!("{WORD}\n").as_bytes(), Some(&ended)).compared, Some(Comparison::Same));
        assert_eq!(FileBody::of(WORD.as_bytes(), Some(&ended)).compared, Some(Comparison::Spaced));
    }

    #[test]
    fn what_comes_is_a_word_a_page_or_neither() {
        for (bytes, form) in [
            (&b""[..], Form::Empty),
            (b" \r\n", Form::Empty),
            (b"\xef\xbb\xbf", Form::Empty),
            (WORD.as_bytes(), Form::Word),
            (b"kH3Bw2VgxW-_\n", Form::Word),
            (b"<!DOCTYPE html><html>", Form::Page),
            (b"\xef\xbb\xbf\r\n<html>", Form::Page),
            (b"<?xml version=\"1.0\"?><Error/>", Form::Page),
            (b"{\"code\":404}", Form::Other),
            (b"two words", Form::Other),
            (b"a\nb", Form::Other),
            ("没有".as_bytes(), Form::Other),
            (b"\x1f\x8b\x08\x00", Form::Other),
            (b"\xff\xfea\0b\0", Form::Other),
        ] {
            assert_eq!(FileBody::of(bytes, None).form, form, "{bytes:?}");
        }
        assert!(FileBody::of(b"\xff\xfea\0", None).byte_order_mark);
    }

    #[test]
    fn no_more_is_counted_than_was_read() {
        let most = FileBody::of(&vec![b'a'; FILE_MOST], None);
        assert_eq!((most.length, most.goes_on), (FILE_MOST, false));
        let more = FileBody::of(&vec![b'a'; FILE_MOST + 1], None);
        assert_eq!((more.length, more.goes_on), (FILE_MOST, true));
    }

    #[test]
    fn facts_read_back_as_they_were_written_and_name_their_url() {
        let answer = FileAnswer {
            status: 200,
            location: None,
            content_type: Some("text/plain".to_owned()),
            content_encoding: None,
            body: Some(body("x")),
        };
        let looks = vec![
            FileLook { address: [192, 0, 2, 1].into(), answer: Ok(answer) },
            FileLook { address: [192, 0, 2, 2].into(), answer: Err(HttpFailure::Timeout) },
        ];
        let facts = FileFacts {
            target: "www.example.com".parse().unwrap(),
            name: "kH3Bw2VgxW.txt".parse().unwrap(),
            expected: Some(WORD.parse().unwrap()),
            asked_at: "2026-05-01T00:00:00Z".parse().unwrap(),
            resolution: Resolution::Dns { took_ms: 1 },
            route: Route::default(),
            looks,
            addresses_left_out: 0,
        };
        let written = serde_json::to_string(&facts).unwrap();
        assert_eq!(serde_json::from_str::<FileFacts>(&written).unwrap(), facts, "{written}");
        let route = Route { addresses: "192.0.2.1".parse().unwrap(), server_name: "new.example.com".parse().ok() };
        let elsewhere = FileFacts { route, ..facts.clone() };
        let written = serde_json::to_string(&elsewhere).unwrap();
        assert_eq!(serde_json::from_str::<FileFacts>(&written).unwrap(), elsewhere, "{written}");
        for (target, url) in [
            ("www.example.com", "https://www.example.com/kH3Bw2VgxW.txt"),
            ("www.example.com:8443", "https://www.example.com:8443/kH3Bw2VgxW.txt"),
            ("[2001:db8::1]", "https://[2001:db8::1]/kH3Bw2VgxW.txt"),
        ] {
            let facts = FileFacts { target: target.parse().unwrap(), ..facts.clone() };
            assert_eq!(facts.url(), url);
        }
    }
}
