//! One endpoint's page, and "probe now".

pub mod addresses;
pub mod api;
pub mod named_by;
pub mod page;
pub mod probe_now;

mod chains;
#[cfg(feature = "hydrate")]
mod follow;
