//! The list of certificates, the page of one, and when they end.

pub mod api;
pub mod facts;
pub mod list;
pub mod page;
pub mod places;
pub mod timeline;
pub mod touched;

mod query;
mod words;

pub use query::{link, page_of, seen_since};
