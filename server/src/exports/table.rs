//! What a list must tell of itself to be exported.

use std::fmt::Display;

use app::i18n::Locale;
use model::Timestamp;
use serde::Serialize;

use crate::store::Failure;

/// A row of an export.
pub(super) trait Record {
    /// The heads of the columns.
    fn headings(locale: Locale) -> Vec<&'static str>;

    /// The row for people, in words, one cell a heading.
    fn cells(&self, locale: Locale) -> Vec<Cell>;

    /// The row for programs: an object whose keys and words stay as they are.
    fn json(&self) -> impl Serialize;
}

/// A cell for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Cell {
    Empty,
    Text(String),
    Number(i64),
    Time(Timestamp),
}

impl Cell {
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    pub(super) fn text_or_empty(text: Option<impl Into<String>>) -> Self {
        text.map_or(Self::Empty, Self::text)
    }

    pub(super) fn time_or_empty(at: Option<Timestamp>) -> Self {
        at.map_or(Self::Empty, Self::Time)
    }
}

/// Writes rows as lines of text, a piece of the file at a time.
pub(super) trait Lines {
    /// Adds a row; gives what has been written once it is enough to be sent.
    fn push<R: Record>(&mut self, row: &R) -> Result<Option<Vec<u8>>, Failure>;

    /// What is left.
    fn rest(self) -> Result<Vec<u8>, Failure>;
}

/// Bytes that are enough to be sent.
pub(super) const PIECE: usize = 64 * 1024;

/// An export that cannot be written.
pub(super) fn broken(error: impl Display) -> Failure {
    Failure::Export(error.to_string())
}
