//! Mini programs: the register, their domain lists, and the filings of their domains.

pub mod api;
pub mod icp;
pub mod lists;
pub mod page;
pub mod paste;
pub mod register;
pub mod rows;
pub mod settings;
pub mod undo;
