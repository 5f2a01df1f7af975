//! Several modules in one file: what pages share is hundreds of modules, most of them a few hundred bytes, and each file
//! costs a request and its headers, and is compressed without what the others have in common with it
//! (docs/decisions/0009).
//!
//! A bundle is a module itself, with nothing but the other modules in its custom sections, so that browsers compile it
//! like any and hand out its sections (`WebAssembly.Module.customSections`).

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    fs,
    path::Path,
};

use anyhow::{Context as _, Result, ensure};

/// Which files a group of pages needs, by their names without the ending.
pub(super) type Needs = HashMap<String, Vec<String>>;

/// The groups that people come to first. Each has one file with all that it needs, which compresses best; what it shares
/// with others is in their bundles once more.
const COMES_WHOLE: [&str; 2] = ["gate", "overview"];

/// How many people load something for a group (`app/src/routes.rs`) for each who does for any other. Those that come
/// whole weigh most, so that nobody who has been there loads a bundle for what they have.
const VISITS: [(&str, usize); 3] = [("gate", 10), ("overview", 10), ("lists", 3)];

/// What a visit saves by one file less, in bytes: a head of 0.5 kB, and what two modules say that brotli says once
/// where they are in one file.
const SAVED: usize = 2000;

/// One byte of this many is left by brotli.
const COMPRESSION: usize = 4;

/// Puts the modules that are better off together into bundles, and has the link script find them there. Returns what
/// each group needs then.
pub(super) fn bundle(package: &Path, link: &Path, needs: &Needs) -> Result<BTreeMap<String, BTreeSet<String>>> {
    let mut script = fs::read_to_string(link)?;
    let mut bundled = BTreeSet::new();
    let mut places = HashMap::new();
    let mut bundles: Vec<(String, &[String])> = Vec::new();
    let shared = together(modules(package, needs)?);
    for Bundle { modules, .. } in &shared {
        bundles.push((format!("with_{}", modules[0]), modules));
    }
    for group in COMES_WHOLE {
        let modules = needs.get(group).with_context(|| format!("no group of pages is `{group}`"))?;
        bundles.push((format!("split_{group}"), modules));
        let load = format!("export const __wasm_split_load_{group} = wrapAsyncCb(");
        replace(&mut script, &load, &format!("export const __wasm_split_load_{group} = whole(\"split_{group}\", "))?;
    }
    let mut files = Vec::new();
    for (bundle, modules) in bundles {
        let mut contents = HEADER.to_vec();
        for module in modules {
            section(&mut contents, module, &fs::read(package.join(format!("{module}.wasm")))?);
            if bundled.insert(module) {
                let fetched = format!("fetch(new URL(\"./{module}.wasm\", import.meta.url))");
                replace(&mut script, &fetched, &format!("part(\"{bundle}\", \"{module}\")"))?;
                places.insert(module, bundle.clone());
            }
        }
        files.push((bundle, contents));
    }
    for module in bundled {
        fs::remove_file(package.join(format!("{module}.wasm")))?;
    }
    for (bundle, contents) in files {
        fs::write(package.join(format!("{bundle}.wasm")), contents)?;
    }
    fs::write(link, script + PART)?;
    let files = |(group, modules): (&String, &Vec<String>)| {
        let files = if COMES_WHOLE.contains(&group.as_str()) {
            BTreeSet::from([format!("split_{group}")])
        } else {
            modules.iter().map(|module| places.get(module).unwrap_or(module).clone()).collect()
        };
        (group.clone(), files)
    };
    Ok(needs.iter().map(files).collect())
}

/// Replaces what is in the script once.
fn replace(script: &mut String, what: &str, with: &str) -> Result<()> {
    ensure!(script.matches(what).count() == 1, "`{what}` is not once in the script that binds the modules");
    *script = script.replace(what, with);
    Ok(())
}

/// What comes in one file.
struct Bundle {
    modules: Vec<String>,
    /// The groups that need any of it.
    groups: BTreeSet<String>,
    /// In bytes, about.
    compressed: usize,
}

/// Each module that several groups need. What one needs alone stays by itself: others never have to wait for it.
fn modules(package: &Path, needs: &Needs) -> Result<Vec<Bundle>> {
    let mut groups: BTreeMap<&String, BTreeSet<String>> = BTreeMap::new();
    for (group, modules) in needs {
        for module in modules {
            groups.entry(module).or_default().insert(group.clone());
        }
    }
    groups.retain(|_, groups| groups.len() > 1);
    groups
        .into_iter()
        .map(|(module, groups)| {
            let file = package.join(format!("{module}.wasm"));
            let bytes = fs::metadata(&file).with_context(|| file.display().to_string())?.len();
            Ok(Bundle { modules: vec![module.clone()], groups, compressed: usize::try_from(bytes)? / COMPRESSION })
        })
        .collect()
}

/// Joins two at a time, those first by which the most is saved, until first visits would only grow.
fn together(mut bundles: Vec<Bundle>) -> Vec<Bundle> {
    loop {
        let pairs = (0..bundles.len()).flat_map(|other| (0..other).map(move |one| (one, other)));
        let gains = pairs.filter_map(|(one, other)| Some((gain(&bundles[one], &bundles[other])?, one, other)));
        let Some((_, one, other)) = gains.max_by_key(|(gain, ..)| *gain) else { return bundles };
        let joined = bundles.swap_remove(other);
        let bundle = &mut bundles[one];
        bundle.modules.extend(joined.modules);
        bundle.groups.extend(joined.groups);
        bundle.compressed += joined.compressed;
    }
}

/// By how many bytes all first visits shrink when the two are one file, if they do.
fn gain(one: &Bundle, other: &Bundle) -> Option<usize> {
    let visits = |groups: &mut dyn Iterator<Item = &String>| groups.map(|group| visits_of(group)).sum::<usize>();
    let saved = SAVED * visits(&mut one.groups.intersection(&other.groups));
    let in_vain = other.compressed * visits(&mut one.groups.difference(&other.groups))
        + one.compressed * visits(&mut other.groups.difference(&one.groups));
    saved.checked_sub(in_vain).filter(|gain| *gain > 0)
}

fn visits_of(group: &str) -> usize {
    VISITS.iter().find(|(name, _)| *name == group).map_or(1, |(_, visits)| *visits)
}

/// Takes a module out of its bundle, which is asked for once: the one given, or that of the group that comes whole. What
/// the loader of a group needs it asks for before it waits for anything.
const PART: &str = r#"
const bundles = {};
let wholly;
function whole(bundle, load) {
    return wrapAsyncCb(() => {
        wholly = bundle;
        try { return load(); } finally { wholly = undefined; }
    });
}
async function part(bundle, name) {
    bundle = wholly ?? bundle;
    const asked = bundles[bundle] ??= WebAssembly.compileStreaming(fetch(new URL(`./${bundle}.wasm`, import.meta.url)));
    // What did not come may come the next time.
    asked.catch(() => { if (bundles[bundle] === asked) delete bundles[bundle]; });
    const [contents] = WebAssembly.Module.customSections(await asked, name);
    return new Response(contents, { headers: { "content-type": "application/wasm" } });
}
"#;

/// The magic number and the version of the format (WebAssembly core specification, 5.5.16).
const HEADER: &[u8] = b"\0asm\x01\0\0\0";

/// Appends a custom section (5.5.3): its id, its size, its name and the contents.
fn section(bundle: &mut Vec<u8>, name: &str, contents: &[u8]) {
    let mut length = Vec::new();
    unsigned(&mut length, name.len());
    bundle.push(0);
    unsigned(bundle, length.len() + name.len() + contents.len());
    bundle.extend_from_slice(&length);
    bundle.extend_from_slice(name.as_bytes());
    bundle.extend_from_slice(contents);
}

/// Appends a number in LEB128 (5.2.2).
fn unsigned(to: &mut Vec<u8>, mut number: usize) {
    loop {
        let low = (number & 0x7f) as u8;
        number >>= 7;
        if number == 0 {
            return to.push(low);
        }
        to.push(low | 0x80);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::{env, process};

    use super::*;

    fn module(name: &str, groups: &[&str], compressed: usize) -> Bundle {
        let groups = groups.iter().map(|group| (*group).to_owned()).collect();
        Bundle { modules: vec![name.to_owned()], groups, compressed }
    }

    #[test]
    fn what_the_same_pages_need_is_one_file_and_nobody_loads_much_in_vain() {
        let bundles = together(vec![
            module("a", &["desk", "lists", "office"], 9_000),
            module("b", &["desk", "lists", "office"], 40_000),
            module("c", &["desk", "office"], 40_000),
            module("d", &["desk", "lists"], 300),
        ]);
        let mut modules: Vec<Vec<String>> = bundles.into_iter().map(|bundle| bundle.modules).collect();
        modules.iter_mut().for_each(|modules| modules.sort_unstable());
        modules.sort_unstable();
        assert_eq!(modules, [vec!["a", "b", "d"], vec!["c"]]);
    }

    #[test]
    fn what_several_pages_need_is_in_one_file_and_all_of_a_first_page_in_its_own() {
        let package = env::temp_dir().join(format!("hufu-bundles-{}", process::id()));
        fs::create_dir_all(&package).unwrap();
        let file = |name: &str| package.join(format!("{name}.wasm"));
        let contents = |module: &str| module.repeat(50).into_bytes();
        let modules = ["chunk_a", "chunk_b", "split_gate", "split_lists"];
        for module in modules {
            fs::write(file(module), contents(module)).unwrap();
        }
        let fetched =
            |module: &str| format!("const {module} = fetch(new URL(\"./{module}.wasm\", import.meta.url));\n");
        let loaded = |group: &str| format!("export const __wasm_split_load_{group} = wrapAsyncCb(load);\n");
        let link = package.join("link.js");
        fs::write(&link, modules.map(fetched).concat() + &["gate", "lists", "overview"].map(loaded).concat()).unwrap();
        let needs: [(&str, &[&str]); 4] = [
            ("desk", &["chunk_a", "chunk_b"]),
            ("gate", &["chunk_a", "split_gate"]),
            ("lists", &["chunk_a", "chunk_b", "split_lists"]),
            ("overview", &["chunk_a"]),
        ];
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let needs: Needs = needs.into_iter().map(|(group, modules)| (group.to_owned(), owned(modules))).collect();

        let files = bundle(&package, &link, &needs).unwrap();
        let files: Vec<(&str, Vec<&str>)> =
            files.iter().map(|(group, files)| (group.as_str(), files.iter().map(String::as_str).collect())).collect();
        let expected = [
            ("desk", vec!["with_chunk_a"]),
            ("gate", vec!["split_gate"]),
            ("lists", vec!["split_lists", "with_chunk_a"]),
            ("overview", vec!["split_overview"]),
        ];
        assert_eq!(files, expected);

        let left = fs::read_dir(&package).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
        let left: BTreeSet<String> = left.collect();
        let expected = ["link.js", "split_gate.wasm", "split_lists.wasm", "split_overview.wasm", "with_chunk_a.wasm"];
        assert_eq!(left, BTreeSet::from(expected.map(str::to_owned)));
        assert_eq!(fs::read(file("split_lists")).unwrap(), contents("split_lists"));
        let holds: [(&str, &[&str]); 3] = [
            ("split_gate", &["chunk_a", "split_gate"]),
            ("split_overview", &["chunk_a"]),
            ("with_chunk_a", &["chunk_a", "chunk_b"]),
        ];
        for (name, modules) in holds {
            let mut expected = HEADER.to_vec();
            for module in modules {
                section(&mut expected, module, &contents(module));
            }
            assert_eq!(fs::read(file(name)).unwrap(), expected, "{name}");
        }

        let script = fs::read_to_string(&link).unwrap();
        let expected = [
            "const chunk_a = part(\"with_chunk_a\", \"chunk_a\");",
            "const chunk_b = part(\"with_chunk_a\", \"chunk_b\");",
            "const split_gate = part(\"split_gate\", \"split_gate\");",
            "const split_lists = fetch(new URL(\"./split_lists.wasm\", import.meta.url));",
            "export const __wasm_split_load_gate = whole(\"split_gate\", load);",
            "export const __wasm_split_load_lists = wrapAsyncCb(load);",
            "export const __wasm_split_load_overview = whole(\"split_overview\", load);",
        ];
        let own = script.strip_suffix(PART).unwrap();
        assert_eq!(own.lines().collect::<Vec<_>>(), expected);
        fs::remove_dir_all(&package).unwrap();
    }

    #[test]
    fn a_bundle_is_a_module_of_custom_sections() {
        let mut bundle = HEADER.to_vec();
        section(&mut bundle, "chunk_1", &[7; 300]);
        let expected = [&b"\0asm\x01\0\0\0\x00\xb4\x02\x07chunk_1"[..], &[7; 300]].concat();
        assert_eq!(bundle, expected);
    }
}
