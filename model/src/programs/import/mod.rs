//! Many entries at once, of many mini programs: what a text tells, and what would become of the
//! register. Both are pure, so that a dry run and the import itself cannot differ.

mod csv;
mod json;
mod plan;

use std::{collections::BTreeMap, fmt, str::FromStr};

use serde::{Deserialize, Serialize};

pub use self::plan::{ListPlan, Mode, Plan, ProgramPlan, RefusedEntry, Registered, ToldName, plan};
use super::paste::{Piece, numbered_pieces};
use crate::{Api, AppId, domain_entry::judge_entry, finding::UnknownWord, service::ProgramId};

/// Most bytes of a text.
pub const IMPORT_MOST: usize = 1024 * 1024;

/// Most entries that one text may tell of, and most rows of a table.
pub const ENTRIES_MOST: usize = 10_000;

/// What somebody wants to import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportRequest {
    /// The text, as pasted or as the file holds it.
    pub text: String,
    /// How to read it.
    pub options: ImportOptions,
}

/// How a text is to be read and what is to become of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportOptions {
    /// What the text is; none to find out.
    pub format: Option<Format>,
    /// Whose entries they are, where the text does not say.
    pub program: Option<ProgramId>,
    /// Which list they belong to, where the text does not say.
    pub api: Api,
    /// What becomes of the entries that the text does not name.
    pub mode: Mode,
    /// Whether a line goes to the list that its scheme belongs to, where that is another one.
    #[serde(default)]
    pub moves: bool,
}

impl Default for ImportOptions {
    fn default() -> Self {
        Self { format: None, program: None, api: Api::Request, mode: Mode::Add, moves: false }
    }
}

/// What kind of text it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// What WeChat's HTTP API answers, or takes.
    Wechat,
    /// A table with a head: `appid,name,api,entry`.
    Csv,
    /// Entries of one list, as people paste them: one a line, with semicolons, or with commas before the next URL.
    Lines,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 3] = [Self::Wechat, Self::Csv, Self::Lines];

    /// The word used in a URL.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Wechat => "wechat",
            Self::Csv => "csv",
            Self::Lines => "lines",
        }
    }

    /// What a text looks like.
    pub fn of(text: &str) -> Self {
        if text.starts_with(['{', '[']) {
            Self::Wechat
        } else if csv::has_head(text) {
            Self::Csv
        } else {
            Self::Lines
        }
    }
}

impl FromStr for Format {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        Self::ALL.into_iter().find(|format| format.as_str() == word).ok_or_else(|| UnknownWord(word.to_owned()))
    }
}

/// What a text tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// What kind of text it is.
    pub format: Format,
    /// The lists it speaks of, in order; one may come more than once.
    pub lists: Vec<ToldList>,
    /// What could not be read, and is left out.
    pub unread: Vec<Unread>,
}

impl Import {
    /// The same with each line in the list that its scheme belongs to, where that is another one.
    pub fn moved(self) -> Self {
        Self { lists: self.lists.into_iter().flat_map(ToldList::by_scheme).collect(), ..self }
    }
}

/// Entries that one list is to have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToldList {
    /// Whose it is, where the text says.
    pub app_id: Option<AppId>,
    /// What its mini program is called, where the text says.
    pub name: Option<String>,
    /// Which list.
    pub api: Api,
    /// The entries as written, and where.
    pub entries: Vec<(Place, String)>,
    /// Whether the text has them in another list, from which their scheme has moved them.
    pub is_moved: bool,
}

impl ToldList {
    /// What it tells of each list by the schemes of its lines. Of a list that all of them leave it tells nothing.
    fn by_scheme(self) -> Vec<Self> {
        let Self { app_id, name, api, entries, is_moved } = self;
        let was_empty = entries.is_empty();
        let (mut stay, mut moved) = (Vec::new(), BTreeMap::<Api, Vec<(Place, String)>>::new());
        for (place, line) in entries {
            match judge_entry(api, &line).elsewhere {
                Some(entry) => moved.entry(entry.api()).or_default().push((place, entry.to_string())),
                None => stay.push((place, line)),
            }
        }
        let list = |api, entries, is_moved| Self { app_id: app_id.clone(), name: name.clone(), api, entries, is_moved };
        let stays = (was_empty || !stay.is_empty()).then(|| list(api, stay, is_moved));
        stays.into_iter().chain(moved.into_iter().map(|(api, entries)| list(api, entries, true))).collect()
    }
}

/// Where something stands in a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// On this line, from 1.
    Line(usize),
    /// In this field, such as `requestdomain[3]`.
    Field(String),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(line) => line.fmt(f),
            Self::Field(field) => f.write_str(field),
        }
    }
}

/// A part of a text that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unread {
    /// Where it stands.
    pub place: Place,
    /// Whose it is, where the text says and that can be read.
    pub app_id: Option<AppId>,
    /// What is wrong with it.
    pub why: Why,
}

/// What is wrong with a part of a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// This is no AppID.
    AppId(String),
    /// This is no list.
    List(String),
    /// There is no entry.
    NoEntry,
    /// Neither the text nor the form says whose it is.
    NoProgram,
    /// This cannot be the name of a mini program.
    Name(String),
    /// This is another name for an AppID that has one: one of the two AppIDs may be mistyped.
    OtherName {
        /// What the text calls it here.
        told: String,
        /// What it is registered as, or what the text calls it first.
        known: String,
    },
}

/// Why nothing of a text can be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ImportError {
    /// There is nothing but blanks.
    Empty,
    /// More than [`IMPORT_MOST`].
    TooLarge,
    /// More than [`ENTRIES_MOST`].
    TooMany,
    /// It is no JSON from here on.
    Json {
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
    },
    /// WeChat has answered with an error, not with the lists.
    Wechat {
        /// Its `errcode`.
        code: i64,
    },
    /// None of WeChat's lists is in it.
    NoList,
    /// This field is not what it must be: a list of texts.
    NotTexts(String),
    /// The head of the table lacks this column.
    Column(String),
    /// A quotation mark that opens on this line is never closed.
    Quote(usize),
}

/// What an import would do, as the register was then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DryRun {
    /// What kind of text it is.
    pub format: Format,
    /// What would become of the register.
    pub plan: Plan,
    /// Stands for the plan; the import says by it what it was shown.
    pub digest: String,
}

/// What an import has done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Imported {
    /// Mini programs that were registered.
    pub registered: usize,
    /// Entries that were added.
    pub added: usize,
    /// Entries that were removed.
    pub removed: usize,
}

/// Reads a text; `api` is the list of its entries where it does not say.
///
/// # Errors
/// When nothing of it can be read.
pub fn read(text: &str, format: Option<Format>, api: Api) -> Result<Import, ImportError> {
    if text.len() > IMPORT_MOST {
        return Err(ImportError::TooLarge);
    }
    // What is before the first character stays: places are counted from the top.
    let text = text.trim_start_matches('\u{feff}');
    if text.trim().is_empty() {
        return Err(ImportError::Empty);
    }
    let format = format.unwrap_or_else(|| Format::of(text.trim_start()));
    let (lists, unread) = match format {
        Format::Wechat => json::read(text)?,
        Format::Csv => csv::read(text)?,
        Format::Lines => (vec![lines(text, api)], Vec::new()),
    };
    let entries: usize = lists.iter().map(|list| list.entries.len()).sum();
    if entries.saturating_add(unread.len()) > ENTRIES_MOST {
        return Err(ImportError::TooMany);
    }
    Ok(Import { format, lists, unread })
}

fn lines(text: &str, api: Api) -> ToldList {
    let entries = numbered_pieces(text).filter_map(|(number, piece)| match piece {
        Piece::Line(line) => Some((Place::Line(number), line.to_owned())),
        Piece::Comment(_) => None,
    });
    ToldList { app_id: None, name: None, api, entries: entries.collect(), is_moved: false }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_is_recognised() {
        for (text, format) in [
            ("{\"requestdomain\":[]}", Format::Wechat),
            ("[{}]", Format::Wechat),
            ("appid,name,api,entry\n", Format::Csv),
            ("\"AppID\"\tlist\tentries", Format::Csv),
            ("列表,条目\nrequest,https://a.example", Format::Csv),
            ("https://a.example,https://b.example", Format::Lines),
            ("https://a.example\n", Format::Lines),
            ("# appid,api,entry\nhttps://a.example", Format::Lines),
        ] {
            assert_eq!(Format::of(text), format, "{text}");
        }
        for format in Format::ALL {
            assert_eq!(format.as_str().parse(), Ok(format));
        }
    }

    #[test]
    fn a_text_is_bounded() {
        let read = |text: &str| read(text, None, Api::Request).map(|import| import.lists);
        for (text, error) in [
            (String::new(), ImportError::Empty),
            ("\u{feff} \n".to_owned(), ImportError::Empty),
            ("x".repeat(IMPORT_MOST + 1), ImportError::TooLarge),
            ("a\n".repeat(ENTRIES_MOST + 1), ImportError::TooMany),
            (format!("api,entry\n{}", "x,y\n".repeat(ENTRIES_MOST + 1)), ImportError::TooMany),
            (format!("{{\"requestdomain\":[{}\"a\"]}}", "\"a\",".repeat(ENTRIES_MOST)), ImportError::TooMany),
        ] {
            assert_eq!(read(&text), Err(error));
        }
        assert!(read(&"a\n".repeat(ENTRIES_MOST)).is_ok());
    }

    #[test]
    fn plain_lines_know_where_they_stand() {
        let import = read("\u{feff}# ours\r\nhttps://a.example; http://b.example\r\n\r\nx", None, Api::Upload);
        let entries = [(2, "https://a.example"), (2, "http://b.example"), (4, "x")];
        let entries = entries.map(|(line, entry)| (Place::Line(line), entry.to_owned())).to_vec();
        let list = ToldList { app_id: None, name: None, api: Api::Upload, entries, is_moved: false };
        assert_eq!(import, Ok(Import { format: Format::Lines, lists: vec![list], unread: vec![] }));
    }

    #[test]
    fn lines_are_moved_to_the_list_of_their_scheme_and_a_list_that_all_of_them_leave_is_not_told_of() {
        let moved = |text: &str| {
            let import = read(text, None, Api::Request).map(Import::moved);
            let lists = import.map(|import| import.lists).unwrap_or_default();
            let told = lists.into_iter().map(|list| {
                let entries: Vec<_> =
                    list.entries.into_iter().map(|(place, entry)| format!("{place} {entry}")).collect();
                (list.api, list.is_moved, entries.join(", "))
            });
            told.collect::<Vec<_>>()
        };
        let told = |api, is_moved, entries: &str| (api, is_moved, entries.to_owned());
        assert_eq!(
            moved("ws://a.example.com/x\nhttp://b.example.com\nudp://c.example.com:9000\nwss://*.example.com"),
            [
                told(Api::Request, false, "2 http://b.example.com, 4 wss://*.example.com"),
                told(Api::Socket, true, "1 wss://a.example.com"),
                told(Api::Udp, true, "3 udp://c.example.com:9000"),
            ]
        );
        assert_eq!(moved("wss://a.example.com"), [told(Api::Socket, true, "1 wss://a.example.com")]);
        assert_eq!(moved(r#"{"requestdomain":[]}"#), [told(Api::Request, false, "")]);
    }
}
