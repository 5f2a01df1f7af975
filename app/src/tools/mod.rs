//! Check: a URL against a mini program's lists, what an error text from a phone means,
//! certificates that are not served yet, and the verification file of a business domain.

pub mod api;
pub mod certificate;
pub mod desk;
pub mod error_text;
pub mod fetching;
pub mod found;
pub mod frame;
pub mod question;
pub mod url_check;
pub mod verification_file;

mod query;
pub(crate) mod words;

#[cfg(feature = "ssr")]
pub use api::supplement_of;
pub use query::{CERTIFICATE_PATH, FETCHED, FileQuery, Part, SHOWN};
