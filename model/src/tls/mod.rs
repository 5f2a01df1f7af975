//! What the registries of TLS number and name: alerts and cipher suites. On the wire and in the
//! store each is the name that the registry gives it.

mod alert;
mod suite;

pub use self::{
    alert::Alert,
    suite::{Cipher, KeyExchange, Suite},
};
