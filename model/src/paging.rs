//! Long lists, a page at a time: the database sorts and cuts, nobody reads more than is shown.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::finding::UnknownWord;

/// Rows on one page, where nobody has chosen.
pub const PAGE_SIZE: u32 = 50;

/// How many rows of a list somebody wants to see on one page: one of [`PageSize::ALL`], so that nobody asks for more
/// than a page can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct PageSize(u32);

impl PageSize {
    /// Every choice, the fewest rows first.
    pub const ALL: [Self; 4] = [Self(25), Self(PAGE_SIZE), Self(100), Self(200)];

    /// Rows on one page.
    pub const fn rows(self) -> u32 {
        self.0
    }
}

impl Default for PageSize {
    fn default() -> Self {
        Self(PAGE_SIZE)
    }
}

impl fmt::Display for PageSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for PageSize {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        Self::ALL.into_iter().find(|size| size.to_string() == word).ok_or_else(|| UnknownWord(word.to_owned()))
    }
}

impl TryFrom<u32> for PageSize {
    type Error = UnknownWord;

    fn try_from(rows: u32) -> Result<Self, UnknownWord> {
        rows.to_string().parse()
    }
}

impl From<PageSize> for u32 {
    fn from(size: PageSize) -> Self {
        size.rows()
    }
}

/// A page of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page<T> {
    /// What is on it.
    pub rows: Vec<T>,
    /// Which page it is, from 0.
    pub page: u32,
    /// How many rows there are over all pages.
    pub total: u32,
    /// How many of them a page holds; not nought.
    pub size: u32,
}

impl<T> Page<T> {
    /// How many pages there are; one even when nothing is on it.
    pub const fn pages(&self) -> u32 {
        pages_of(self.size, self.total)
    }
}

/// How many pages of `size` rows, which is not nought, so many rows fill.
pub const fn pages_of(size: u32, total: u32) -> u32 {
    match total.div_ceil(size) {
        0 => 1,
        pages => pages,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_page_that_is_begun_counts_and_there_is_always_one() {
        for (total, expected) in [(0, 1), (1, 1), (50, 1), (51, 2), (100_000, 2_000), (u32::MAX, 85_899_346)] {
            assert_eq!(pages_of(PAGE_SIZE, total), expected, "{total}");
        }
        assert_eq!([0, 20, 21].map(|total| pages_of(20, total)), [1, 1, 2]);
        let page = |size| Page::<()> { rows: Vec::new(), page: 0, total: 101, size };
        assert_eq!([25, 50, 100, 200].map(|size| page(size).pages()), [5, 3, 2, 1]);
    }

    #[test]
    fn only_the_sizes_that_are_offered_are_read_on_the_wire_too() {
        for (word, expected) in
            [("25", Some(25)), ("200", Some(200)), ("0", None), ("201", None), ("-1", None), ("x", None)]
        {
            let size = word.parse::<PageSize>().ok();
            assert_eq!(size.map(PageSize::rows), expected, "{word}");
            assert_eq!(serde_json::from_str::<PageSize>(word).ok(), size, "{word}");
        }
        assert_eq!(serde_json::to_string(&PageSize::default()).unwrap(), "50");
        assert!(PageSize::ALL.contains(&PageSize::default()));
    }
}
