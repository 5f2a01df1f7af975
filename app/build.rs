//! Turns the locale files into the `i18n` module. A key or placeholder that one language lacks
//! fails the build: leptos_i18n itself would only warn and fall back.

use std::{
    collections::BTreeSet,
    env,
    error::Error,
    fs,
    path::{Path, PathBuf},
};

use leptos_i18n_build::{Config, ParseOptions, TranslationsInfos};
use serde_json::Value;

const LOCALES: [&str; 2] = ["zh-CN", "en"];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=locales");
    if env::var_os("CARGO_FEATURE_SPLIT").is_some() {
        // Without them nobody could tell which code needs which.
        println!("cargo::rustc-link-arg-cdylib=--emit-relocs");
    }
    let namespaces = namespaces(Path::new("locales").join(LOCALES[0]).as_path())?;
    for namespace in &namespaces {
        same_texts(namespace)?;
    }

    let options = ParseOptions::new().interpolate_display(true);
    let config = Config::new(LOCALES[0])?.add_locale(LOCALES[1])?.add_namespaces(&namespaces)?.parse_options(options);
    let translations = TranslationsInfos::parse(config)?;
    translations.emit_diagnostics();
    let out_dir = PathBuf::from(env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?);
    translations.generate_i18n_module(out_dir.join("i18n"))?;
    Ok(())
}

/// One namespace per file.
fn namespaces(directory: &Path) -> Result<Vec<String>, Box<dyn Error>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(directory)? {
        if let Some(name) = entry?.file_name().to_string_lossy().strip_suffix(".json") {
            names.push(name.to_owned());
        }
    }
    names.sort();
    Ok(names)
}

fn same_texts(namespace: &str) -> Result<(), Box<dyn Error>> {
    let mut keys = Vec::new();
    for locale in LOCALES {
        let path = format!("locales/{locale}/{namespace}.json");
        let text = fs::read_to_string(&path).map_err(|error| format!("{path}: {error}"))?;
        let mut found = BTreeSet::new();
        collect("", &serde_json::from_str(&text).map_err(|error| format!("{path}: {error}"))?, &mut found);
        keys.push(found);
    }
    match keys[0].symmetric_difference(&keys[1]).next() {
        Some(key) => Err(format!("{namespace}: `{key}` is not in both languages").into()),
        None => Ok(()),
    }
}

/// Dotted keys, each with the placeholders of its text.
fn collect(prefix: &str, value: &Value, keys: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                collect(&format!("{prefix}.{name}"), member, keys);
            }
        }
        Value::String(text) => {
            let placeholders: BTreeSet<&str> =
                text.split("{{").skip(1).filter_map(|rest| rest.split("}}").next()).map(str::trim).collect();
            keys.insert(format!("{prefix} {placeholders:?}"));
        }
        _ => {
            keys.insert(prefix.to_owned());
        }
    }
}
