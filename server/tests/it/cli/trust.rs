use std::{fs, path::Path};

use serde_json::Value;

use super::bench::{BENCH, Run, assert_keys, codes, command, hufu, pem, run, worrying};

/// A directory with these files, as an argument.
fn directory(name: &str, files: &[(&str, &str)]) -> String {
    let directory = BENCH.path(name);
    fs::create_dir_all(&directory).unwrap();
    for (file, contents) in files {
        fs::write(directory.join(file), contents).unwrap();
    }
    directory.into_os_string().into_string().unwrap()
}

/// The lab's root as a set of that day.
fn lab_set(date: &str) -> String {
    format!("# date: {date}\n# version: spring\n# source: the lab\n{}", BENCH.lab.root_pem())
}

/// The day of the bench, which no set in use is later than.
fn today() -> String {
    BENCH.now.date().to_string()
}

fn update(sets: &str, data: &str, more: &[&str]) -> Run {
    hufu(&[&["trust", "update", sets, "--data-dir", data], more].concat())
}

fn check(data: &str) -> Run {
    let file = BENCH.file("by-stores.pem", pem(&BENCH.chain("good-ecdsa")));
    let host = BENCH.lab.server("good-ecdsa").unwrap().host.to_string();
    hufu(&["cert", "check", "--json", "--data-dir", data, "--host", &host, &file])
}

#[test]
fn every_store_is_listed_with_its_day_and_its_source() {
    let data = directory("stores-listed", &[]);
    let objects = hufu(&["trust", "list", "--json", "--data-dir", &data]).objects();
    let stores: Vec<_> = objects.iter().map(|object| object["store"].as_str().unwrap()).collect();
    assert_eq!(stores, ["apple", "android", "windows", "mozilla", "java"]);
    for object in &objects {
        assert_keys(object, &["store", "roots", "date", "version", "source", "platforms", "file"]);
        assert!(object["roots"].as_u64().unwrap() > 100, "{object}");
        assert_eq!(object["date"].as_str().unwrap().len(), "2026-01-01".len());
        assert!(!object["source"].as_str().unwrap().is_empty());
        assert_eq!(object["file"], Value::Null);
    }
    assert_eq!(objects[0]["platforms"], serde_json::json!(["ios", "macos"]));
    assert_eq!(objects[4]["platforms"], Value::Array(Vec::new()));

    let english = hufu(&["trust", "list", "--data-dir", &data]);
    assert_eq!(english.status, 0);
    for words in ["Apple  ", " roots\n", "As of", "iOS, macOS", "Mozilla's list  "] {
        assert!(english.stdout.contains(words), "{words}: {}", english.stdout);
    }
    let mut chinese = command(&["trust", "list", "--data-dir", &data]);
    chinese.env("LC_ALL", "zh_CN.UTF-8");
    let chinese = run(chinese, b"").stdout;
    assert!(chinese.contains("个根证书") && chinese.contains("截至"), "{chinese}");
}

#[test]
fn a_set_of_one_s_own_is_judged_by_and_the_platforms_part_company() {
    let data = directory("stores-apple", &[]);
    assert_eq!(worrying(&check(&data).object()), ["chain.incomplete"]);

    let sets = directory("sets-apple", &[("apple.pem", &lab_set(&today()))]);
    let run = update(&sets, &data, &["--json"]);
    let object = run.object();
    assert_keys(&object, &["store", "roots", "date", "version", "source", "platforms", "file", "replaced"]);
    assert_eq!((run.status, &object["store"], &object["replaced"]), (0, &"apple".into(), &true.into()));
    let file = Path::new(&data).join("trust").join("apple.pem");
    assert_eq!(object["file"], file.to_str().unwrap());

    let run = check(&data);
    let object = run.object();
    // One root in Apple's store and in no other: that is no missing intermediate. What leads to a root of
    // Apple's is to be in the logs, too.
    let expected = vec!["trust.android", "trust.windows", "cert.transparency_missing"];
    assert_eq!((run.status, worrying(&object)), (1, expected));
    assert!(codes(&object).contains(&"trust.java") && codes(&object).contains(&"trust.mozilla"), "{object}");
    assert_eq!((&object["trust"][0]["store"], &object["trust"][0]["path"]), (&"apple".into(), &true.into()));
    assert_eq!(object["trust"][1]["why"]["reason"], "not_in_store");

    let listed = hufu(&["trust", "list", "--json", "--data-dir", &data]).objects();
    assert_eq!((&listed[0]["roots"], &listed[0]["source"]), (&1.into(), &"the lab".into()));
    assert_eq!(listed[1]["file"], Value::Null);
}

#[test]
fn a_root_in_every_store_is_trusted_and_so_said() {
    let set = lab_set(&today());
    let files = ["apple.pem", "google_aosp.pem", "microsoft_windows.pem", "mozilla.pem", "java.pem"];
    let sets = directory("sets-all", &files.map(|file| (file, set.as_str())));
    let data = directory("stores-all", &[]);
    assert_eq!(update(&sets, &data, &[]).status, 0);
    let run = check(&data);
    assert_eq!(
        (run.status, &run.object()["trusted"], worrying(&run.object())),
        (0, &true.into(), vec!["cert.transparency_missing"])
    );

    let file = BENCH.file("by-all-stores.pem", pem(&BENCH.chain("good-ecdsa")));
    let told = hufu(&["cert", "check", "--data-dir", &data, &file]).stdout;
    assert!(told.contains("trusted by Apple, Android, Windows, Mozilla's list, Java"), "{told}");
    // What was kept is a set that can be kept again.
    let kept = Path::new(&data).join("trust");
    assert_eq!(update(kept.to_str().unwrap(), &data, &[]).status, 0);
}

#[test]
fn a_set_that_is_older_than_the_one_in_use_is_left_out() {
    let sets = directory("sets-old", &[("apple.pem", &lab_set("2001-01-01"))]);
    let data = directory("stores-old", &[]);
    let run = update(&sets, &data, &["--json"]);
    assert_eq!((run.status, &run.object()["replaced"]), (0, &false.into()));
    assert!(!Path::new(&data).join("trust").join("apple.pem").exists());
    assert!(update(&sets, &data, &[]).stdout.contains("older than the set in use"));
}

#[test]
fn a_set_of_a_day_that_has_not_come_is_refused_and_stands_in_nobody_s_way() {
    let sets = directory("sets-future", &[("apple.pem", &lab_set("2099-01-01"))]);
    let data = directory("stores-future", &[]);
    let run = update(&sets, &data, &[]);
    assert_eq!(run.status, 2);
    assert!(run.complaint().contains("the set of apple: its date 2099-01-01 is in the future"), "{run:?}");
    assert!(!Path::new(&data).join("trust").exists());

    directory("stores-future/trust", &[("apple.pem", &lab_set("2099-01-01"))]);
    let sets = directory("sets-present", &[("apple.pem", &lab_set(&today()))]);
    let run = update(&sets, &data, &["--json"]);
    assert_eq!((run.status, &run.object()["replaced"]), (0, &true.into()));
}

#[test]
fn a_set_with_far_fewer_roots_is_warned_of() {
    let sets = directory("sets-shrunk", &[("apple.pem", &lab_set(&today()))]);
    let data = directory("stores-shrunk", &[]);
    let run = update(&sets, &data, &[]);
    assert_eq!(run.status, 0);
    assert!(run.stderr.starts_with("hufu: warning: apple has 1 root in place of "), "{run:?}");
    // As many as before are no loss.
    assert_eq!(update(&sets, &data, &[]).stderr, "");
    let listed = hufu(&["trust", "list", "--data-dir", &data]).stdout;
    assert!(listed.contains("  1 root\n"), "{listed}");
}

#[test]
fn nothing_is_replaced_where_one_certificate_cannot_be_a_root() {
    let good = lab_set(&today());
    let leaf = format!("{good}{}", pem(&BENCH.chain("good-ecdsa")[..1]));
    for (name, contents, reason) in [
        ("leaf", leaf.as_str(), "certificate 2 cannot serve as a root"),
        ("words", "hello", "no certificate found"),
        ("torn", "-----BEGIN CERTIFICATE-----\nAAAA\n", "its END line is missing"),
    ] {
        let sets = directory(&format!("sets-{name}"), &[("apple.pem", &good), ("windows.pem", contents)]);
        let data = directory(&format!("stores-{name}"), &[]);
        let run = update(&sets, &data, &[]);
        assert_eq!(run.status, 2, "{name}");
        assert!(run.complaint().contains("windows.pem: ") && run.complaint().contains(reason), "{run:?}");
        assert!(!Path::new(&data).join("trust").exists(), "{name}");
    }
    let file = BENCH.file("sets-file", "hello");
    for (sets, reason) in [("/nowhere/sets", "there is no such directory"), (file.as_str(), "is no directory")] {
        let run = update(sets, &directory("stores-nowhere", &[]), &[]);
        let said = format!("hufu: {sets}: {reason}; name the one that holds the sets");
        assert_eq!((run.status, run.complaint()), (2, said.as_str()));
    }
    let empty = directory("sets-none", &[]);
    let run = update(&empty, &empty, &[]);
    assert_eq!(run.status, 2);
    assert!(run.complaint().contains("none of apple.pem"), "{run:?}");
}

#[test]
fn a_set_that_is_broken_where_it_is_kept_stops_whoever_would_judge_by_it() {
    let data = directory("stores-broken", &[]);
    directory("stores-broken/trust", &[("android.pem", "hello")]);
    for (arguments, status) in [
        (&["serve", "--listen", "127.0.0.1:0"][..], 1),
        (&["demo", "--listen", "127.0.0.1:0"], 1),
        (&["probe", "a.example"], 2),
        (&["cert", "check", "a.pem"], 2),
        (&["trust", "list"], 2),
    ] {
        let run = hufu(&[arguments, &["--data-dir", &data]].concat());
        assert_eq!(run.status, status, "{arguments:?}");
        assert!(run.complaint().contains("android.pem: no certificate found"), "{run:?}");
    }
    // What is made without roots is made, and not checked.
    let file = BENCH.file("by-broken.pem", pem(&BENCH.chain("good-ecdsa")));
    let made = BENCH.path("by-broken.out").into_os_string().into_string().unwrap();
    let convert = ["cert", "convert", &file, "--to", "pem", "--out", &made, "--data-dir", &data];
    let no_roots = BENCH.file("by-broken-roots.pem", "hello");
    let run = hufu(&[&convert[..], &["--roots", &no_roots]].concat());
    assert_eq!((run.status, Path::new(&made).exists()), (2, false), "{run:?}");
    let run = hufu(&convert);
    assert_eq!((run.status, Path::new(&made).exists()), (0, true), "{run:?}");
    let told = ["warning: ", "not checked", "android.pem: no certificate found"];
    assert!(told.iter().all(|told| run.stderr.contains(told)), "{run:?}");
    // Another set mends it.
    let sets = directory("sets-mend", &[("android.pem", &lab_set(&today()))]);
    assert_eq!(update(&sets, &data, &[]).status, 0);
    assert_eq!(hufu(&["trust", "list", "--data-dir", &data]).status, 0);
}
