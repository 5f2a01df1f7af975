//! The list of filings, the page of one, and many at once.

pub mod api;
pub mod form;
pub mod list;
pub mod page;
pub mod paste;
pub mod standing;

mod query;

pub use query::{link, page_of};
