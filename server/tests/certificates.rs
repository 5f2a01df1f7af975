//! The certificates that are served: each once, wherever it is served, and what became of it.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;

mod certificates {
    mod desk;
    mod files;
    mod list;
    mod spans;
}
