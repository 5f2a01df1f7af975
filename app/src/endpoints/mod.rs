//! The list of endpoints, the page of one, and probing now.

pub mod addresses;
pub mod api;
pub mod filters;
pub mod forms;
pub mod history;
pub mod list;
pub mod named_by;
pub mod page;
pub mod probe_now;
pub mod query;
pub mod route;
pub mod runs;
pub mod seen;
pub mod suites;
pub mod tags;

mod chains;
#[cfg(feature = "hydrate")]
mod follow;
mod readings;
