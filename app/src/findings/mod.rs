//! Findings in words and on pages. What is said of one in full is put into words on the server, and a page
//! is sent those: the wasm holds neither the texts nor the reading of evidence.

#[cfg(feature = "ssr")]
pub mod evidence;
#[cfg(feature = "ssr")]
pub mod tell;
pub mod told;
pub mod view;
pub mod words;
