//! The other half of the tally: the store, the services behind the console, HTTP and the command
//! line. Everything is composed in [`serve`].

pub mod accounts;
pub mod alerts;
pub mod audit;
pub mod certificates;
pub mod cli;
pub mod clock;
pub mod demo;
pub mod drafts;
pub mod endpoints;
mod environment;
pub mod exports;
pub mod http;
pub mod icp;
pub mod logging;
pub mod overview;
pub mod programs;
pub mod serve;
pub mod settings;
pub mod store;
pub mod stores;
pub mod tools;
