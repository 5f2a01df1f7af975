//! Mini programs: the register, their domain lists, and the filings of their domains.

pub mod api;
pub mod aside;
pub mod choice;
pub mod clash;
pub mod edit;
pub mod icp;
pub mod import;
pub mod list;
pub mod lists;
pub mod page;
pub mod paste;
pub mod query;
pub mod register;
pub mod rows;
pub mod settings;
pub mod typed;
pub mod undo;
