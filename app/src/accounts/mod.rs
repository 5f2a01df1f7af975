//! Set-up, log-in and log-out.

pub mod api;
pub mod log_in;
pub mod set_up;
