//! The audit log: who changed what, when; before and after.

pub mod api;
pub mod difference;
pub mod filters;
pub mod list;
pub mod object;
pub mod query;
pub mod words;
