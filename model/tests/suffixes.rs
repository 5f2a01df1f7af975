//! The table of public suffixes is the ICANN section of the list that the crate `psl` carries.
//!
//! After `cargo update --package psl`: `HUFU_WRITE=1 cargo test --package model --test suffixes`.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use model::Host;
use proptest::prelude::*;
use psl::Type;

const TABLE: &str = "src/registrable_domain/suffixes.txt";

/// The rules of the list as they are published, both sections.
fn rules() -> Vec<String> {
    let metadata =
        Command::new(env!("CARGO")).args(["metadata", "--format-version", "1", "--locked"]).output().unwrap();
    let metadata: serde_json::Value = serde_json::from_slice(&metadata.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let psl = packages.iter().find(|package| package["name"] == "psl").unwrap();
    let manifest = PathBuf::from(psl["manifest_path"].as_str().unwrap());
    let rules = fs::read_to_string(manifest.parent().unwrap().join("data/rules.txt")).unwrap();
    rules.lines().map(str::to_owned).collect()
}

/// The rule in A-labels, if it is of the ICANN section and says more than the default rule.
fn of_icann(rule: &str) -> Option<String> {
    let (mark, name) = match rule.as_bytes()[0] {
        b'!' => ("!", &rule[1..]),
        b'*' => ("*.", &rule[2..]),
        _ => ("", rule),
    };
    let name = name.parse::<Host>().unwrap().to_string();
    let example = if mark == "*." { format!("any.{name}") } else { name.clone() };
    let icann = psl::suffix(example.as_bytes()).unwrap().typ() == Some(Type::Icann);
    (icann && (name.contains('.') || !mark.is_empty())).then(|| format!("{mark}{name}"))
}

fn table(rules: &[String]) -> String {
    let mut lines: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for rule in rules.iter().filter_map(|rule| of_icann(rule)) {
        let (below, top) = rule.rsplit_once('.').unwrap();
        lines.entry(top.to_owned()).or_default().insert(below.to_owned());
    }
    let line = |(top, rules): (String, BTreeSet<String>)| {
        format!("{top} {}\n", rules.into_iter().collect::<Vec<_>>().join(" "))
    };
    lines.into_iter().map(line).collect()
}

#[test]
fn the_table_is_the_list_of_the_crate() {
    let table = table(&rules());
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(TABLE);
    if env::var_os("HUFU_WRITE").is_some() {
        fs::write(&path, &table).unwrap();
    }
    assert!(fs::read_to_string(path).unwrap() == table, "{TABLE} is not that list: write it anew, see above");
}

/// What the crate says: the registrable domain by the ICANN section alone.
fn by_the_crate(name: &str) -> Option<String> {
    let below_icann =
        |name: &str| psl::suffix(name.as_bytes()).is_some_and(|suffix| suffix.typ() != Some(Type::Private));
    if below_icann(name) {
        return psl::domain_str(name).map(str::to_owned);
    }
    // Below a private suffix: drop labels until the suffix of what is above is an ICANN one.
    let mut name = psl::suffix_str(name)?;
    loop {
        let (_, parent) = name.split_once('.')?;
        if below_icann(parent) {
            return Some(psl::domain_str(parent).unwrap_or(name).to_owned());
        }
        name = parent;
    }
}

fn agrees(name: &str) -> bool {
    // With a letter before it, what was an A-label may be none.
    let Ok(host) = name.parse::<Host>() else { return true };
    host.registrable_domain().map(|domain| domain.to_string()) == by_the_crate(host.as_str())
}

#[test]
fn at_and_around_every_rule_both_say_the_same() {
    for rule in rules() {
        let name = rule.trim_start_matches(['!', '*']).trim_start_matches('.');
        for name in
            [name.to_owned(), format!("a.{name}"), format!("a.b.{name}"), format!("a.b.c.{name}"), format!("x{name}")]
        {
            assert!(agrees(&name), "{name}, by the rule {rule}");
        }
        if let Some((_, parent)) = name.split_once('.') {
            assert!(agrees(parent) && agrees(&format!("other.{parent}")), "{parent}, by the rule {rule}");
        }
    }
}

proptest! {
    #[test]
    fn of_any_name_both_say_the_same(name in r"([a-z0-9]{1,3}\.){0,3}(com|cn|com\.cn|jp|kawasaki\.jp|city\.kawasaki\.jp|ck|www\.ck|no|github\.io|uk|xn--fiqs8s|zz)") {
        prop_assert!(agrees(&name), "{name}");
    }
}
