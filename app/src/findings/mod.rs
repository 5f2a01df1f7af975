//! Findings in words and on pages.

pub mod evidence;
pub mod view;
pub mod words;
