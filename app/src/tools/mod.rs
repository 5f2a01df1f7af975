//! Check: a URL against a mini program's lists, and what an error text from a phone means.

pub mod api;
pub mod error_text;
pub mod frame;
pub mod url_check;

mod query;
mod words;
