//! Set-up, log-in and log-out; one's own account; everybody's accounts.

pub mod api;
pub mod insecure;
pub mod log_in;
pub mod own;
pub mod people;
pub mod set_up;
pub mod welcome;
