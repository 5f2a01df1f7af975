//! Alerts: who is told of what by mail, and what became of it.

pub mod api;
pub mod failure;
#[cfg(feature = "ssr")]
pub mod mail;
pub mod page;
pub mod recipients;
