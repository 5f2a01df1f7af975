//! The services over a real database, the routes, and the command line as scripts see it, in one program: linking one takes a
//! fraction of what thirty take.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod alerts;
mod answers;
mod around;
mod audit;
mod audit_log;
mod certificates;
mod choice;
mod clashes;
mod cli;
mod common;
mod doors;
mod drafts;
mod durable;
mod empty;
mod endpoints;
mod entries;
mod exports;
mod forms;
mod frame;
mod history;
mod http;
mod icp;
mod import;
mod list;
mod mails;
mod outbox;
mod overview;
mod people;
mod programs;
mod schedule;
mod search;
mod selections;
mod services;
mod settings;
mod statements;
mod store;
mod suites;
mod sums;
mod together;
mod undo;
mod unnamed;
mod verification;
