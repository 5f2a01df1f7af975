//! Which rows of a list are on a page: what the database is asked for, and what comes of it.

use model::paging::{PAGE_SIZE, Page, pages_of};
use sqlx::{Sqlite, query::QueryAs, sqlite::SqliteArguments};

/// The place of a page in its list.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    size: u32,
    page: u32,
    total: u32,
}

impl Place {
    /// Of the page that was asked for, in a list of so many rows. Past the end is the last page.
    pub(crate) fn of(page: u32, total: u32) -> Self {
        Self::of_size(PAGE_SIZE, page, total)
    }

    /// The same where `size` rows are on a page.
    pub(crate) fn of_size(size: u32, page: u32, total: u32) -> Self {
        Self { size, page: page.min(pages_of(size, total) - 1), total }
    }

    /// Binds how many rows a statement gives at the most, and how many it passes over.
    pub(crate) fn bind<'q, T>(
        self,
        query: QueryAs<'q, Sqlite, T, SqliteArguments>,
    ) -> QueryAs<'q, Sqlite, T, SqliteArguments> {
        query.bind(i64::from(self.size)).bind(i64::from(self.page) * i64::from(self.size))
    }

    /// The page, with its rows.
    pub(crate) fn with<T>(self, rows: Vec<T>) -> Page<T> {
        Page { rows, page: self.page, total: self.total, size: self.size }
    }
}
