//! The certificates that are served: each once, wherever it is served, and what became of it.

mod desk;
mod fetching;
mod files;
mod list;
mod spans;
