//! Alerts: who is told of what by mail, and what became of it.

pub mod api;
#[cfg(feature = "ssr")]
pub mod mail;
pub mod page;
pub mod recipients;
