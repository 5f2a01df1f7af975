//! Long lists, a page at a time: the database sorts and cuts, nobody reads more than is shown.

use serde::{Deserialize, Serialize};

/// Rows on one page.
pub const PAGE_SIZE: u32 = 50;

/// A page of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page<T> {
    /// What is on it.
    pub rows: Vec<T>,
    /// Which page it is, from 0.
    pub page: u32,
    /// How many rows there are over all pages.
    pub total: u32,
}

impl<T> Page<T> {
    /// How many pages there are; one even when nothing is on it.
    pub const fn pages(&self) -> u32 {
        pages(self.total)
    }
}

/// How many pages so many rows fill.
pub const fn pages(total: u32) -> u32 {
    pages_of(PAGE_SIZE, total)
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
    use super::*;

    #[test]
    fn a_page_that_is_begun_counts_and_there_is_always_one() {
        for (total, expected) in [(0, 1), (1, 1), (50, 1), (51, 2), (100_000, 2_000), (u32::MAX, 85_899_346)] {
            assert_eq!(pages(total), expected, "{total}");
        }
        assert_eq!([0, 20, 21].map(|total| pages_of(20, total)), [1, 1, 2]);
    }
}
