//! No code stands in the catalogue that nothing ever says.
#![allow(clippy::unwrap_used)]

use std::{fs, path::Path};

use model::Code;

/// What names codes without making findings of them.
const NAMED_ONLY: [&str; 4] = ["explain.rs", "finding.rs", "occurrence.rs", "tools.rs"];

#[test]
fn every_code_is_said_by_some_judgement() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut source = String::new();
    for folder in ["src", "../server/src"] {
        read(&here.join(folder), &mut source);
    }
    for code in Code::ALL {
        let name = format!("Code::{code:?}");
        let ends = |at: usize| !source[at + name.len()..].starts_with(|next: char| next.is_alphanumeric());
        assert!(source.match_indices(&name).any(|(at, _)| ends(at)), "{code}");
    }
}

/// All there is but tests.
fn read(folder: &Path, source: &mut String) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.is_dir() && name != "tests" {
            read(&path, source);
        } else if name.ends_with(".rs") && name != "tests.rs" && !NAMED_ONLY.contains(&name) {
            let text = fs::read_to_string(&path).unwrap();
            source.push_str(text.split("#[cfg(test)]\nmod tests {").next().unwrap());
        }
    }
}
