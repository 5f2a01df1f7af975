use model::SignedDuration;
use serde_json::Value;

use super::bench::{BENCH, assert_keys, at_once, codes, command, command_with_open_files, hufu, keys, run, worrying};

/// Of each server: verdict, exit status, and every finding that is more than worth knowing.
const EXPECTED: &[(&str, &str, i32, &[&str])] = &[
    ("good-ecdsa", "pass", 0, &[]),
    ("good-rsa", "pass", 0, &[]),
    ("expired", "fail", 1, &["cert.expired"]),
    ("not-yet-valid", "fail", 1, &["cert.not_yet_valid"]),
    ("expires-soon", "warn", 0, &["cert.expires_soon", "cert.renewal_overdue"]),
    ("wrong-name", "fail", 1, &["cert.name_mismatch"]),
    ("self-signed", "fail", 1, &["cert.self_signed"]),
    ("unknown-root", "fail", 1, &["trust.unknown_root"]),
    ("missing-intermediate", "fail", 1, &["chain.incomplete"]),
    ("wrong-order", "warn", 0, &["chain.wrong_order"]),
    ("root-included", "pass", 0, &[]),
    ("weak-key", "fail", 1, &["ats.key_size", "cert.weak_key"]),
    ("stolen-certificate", "fail", 1, &["tls.handshake_failed"]),
    ("client-certificate", "fail", 1, &["tls.client_certificate"]),
    ("one-address-refuses", "warn", 0, &["net.some_addresses_fail"]),
    ("plain-http", "fail", 1, &["tls.not_tls"]),
    ("hangs", "unreachable", 3, &["net.timeout"]),
    ("refuses", "unreachable", 3, &["net.refused"]),
];

#[test]
fn every_server_of_the_lab_gets_its_verdict_and_its_status() {
    let runs = at_once(EXPECTED, |(name, ..)| {
        let patience: &[&str] = if *name == "hangs" { &["--timeout", "0.5"] } else { &["--timeout", "60"] };
        BENCH.probe(&[name], patience)
    });
    let mut wrong = Vec::new();
    for ((name, verdict, status, expected), run) in EXPECTED.iter().zip(runs) {
        let object = run.object();
        let mut found = worrying(&object);
        found.sort_unstable();
        // The same code may stand in two severities, each for other platforms.
        found.dedup();
        if (run.status, &object["verdict"], found.as_slice()) != (*status, &Value::from(*verdict), *expected) {
            wrong.push(format!("{name}: {} {} {found:?}", run.status, object["verdict"]));
        }
        assert_eq!(object["target"], BENCH.target(name));
        assert_eq!(run.stderr, "");
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn an_object_has_exactly_the_keys_of_the_contract() {
    let run = BENCH.probe(&["good-ecdsa", "one-address-refuses", "refuses"], &[]);
    let objects = run.objects();
    for object in &objects {
        assert_keys(
            object,
            &["target", "verdict", "platforms", "findings", "chain", "trust", "addresses", "tls", "http", "timings_ms"],
        );
        assert_keys(&object["platforms"], &["ios", "macos", "android", "windows"]);
        assert_keys(&object["timings_ms"], &["dns", "connect", "handshake", "total"]);
        for finding in object["findings"].as_array().unwrap() {
            assert_keys(finding, &["code", "severity", "platforms", "evidence"]);
            assert!(finding["evidence"]["kind"].is_string());
        }
    }
    let [good, half, silent] = objects.as_slice() else { panic!("{run:?}") };
    for certificate in good["chain"].as_array().unwrap() {
        assert_keys(
            certificate,
            &[
                "sha256",
                "subject",
                "issuer",
                "not_before",
                "not_after",
                "names",
                "key",
                "signature",
                "transparency_logs",
            ],
        );
    }
    assert_eq!(good["chain"].as_array().unwrap().len(), 2);
    assert_eq!(good["chain"][0]["names"][0], "good-ecdsa.lab.hufu.example");
    assert_eq!(good["chain"][0]["key"], "EC P-256");
    assert_keys(&good["tls"], &["version", "suite"]);
    assert_eq!(good["tls"]["version"], "TLS 1.3");
    assert_keys(&good["addresses"][0], &["ip", "tls", "protocols", "lists"]);
    assert_eq!(good["addresses"][0]["lists"][0]["why"]["reason"], "no_url");
    let versions = &good["addresses"][0]["protocols"]["versions"];
    assert_eq!((&versions["TLS 1.2"]["answer"], &versions["TLS 1.0"]["answer"]), (&"taken".into(), &"refused".into()));
    assert_eq!(good["addresses"][0]["tls"], good["tls"]);
    assert_eq!(good["platforms"]["android"], "pass");
    assert_keys(&good["trust"][0], &["store", "path", "root"]);
    assert_eq!((&good["trust"][0]["store"], &good["trust"][0]["path"]), (&"given".into(), &true.into()));

    let addresses = half["addresses"].as_array().unwrap();
    let failed = addresses.iter().find(|address| address["ip"] == "127.0.0.3").unwrap();
    assert_keys(failed, &["ip", "error", "tries"]);
    assert_eq!(failed["tries"], 3);
    assert_eq!(failed["error"], "tcp: the connection was refused");

    assert_eq!(silent["tls"], Value::Null);
    assert_eq!(silent["chain"], Value::Array(Vec::new()));
    assert_eq!(silent["trust"], Value::Array(Vec::new()));
    assert_eq!(silent["platforms"]["ios"], "unknown");
}

#[test]
fn the_worst_target_decides_the_status() {
    let cases: [(&[&str], &[&str], i32); 4] = [
        (&["good-ecdsa", "expires-soon"], &[], 0),
        (&["good-ecdsa", "refuses"], &[], 3),
        (&["refuses", "expired", "good-ecdsa"], &[], 1),
        (&["refuses", "expired"], &["no target"], 2),
    ];
    let runs = at_once(&cases, |(names, more, _)| BENCH.probe(names, more));
    for ((names, _, status), run) in cases.iter().zip(runs) {
        assert_eq!((run.status, run.objects().len()), (*status, names.len()), "{names:?}");
    }
}

#[test]
fn judgement_is_at_the_time_asked_for() {
    let at = |days: i64| (BENCH.now + SignedDuration::from_hours(days * 24)).to_string();
    for (name, days, verdict) in [
        ("expired", -50, "pass"),
        ("expired", 0, "fail"),
        ("not-yet-valid", 10, "pass"),
        ("good-ecdsa", 4000, "fail"),
        ("good-ecdsa", -4000, "fail"),
    ] {
        let run = BENCH.probe(&[name], &["--at", &at(days)]);
        assert_eq!(run.object()["verdict"], verdict, "{name} at {days}");
        assert_eq!(run.status, i32::from(verdict == "fail"));
    }
}

#[test]
fn nothing_but_public_addresses_is_connected_to_unless_allowed() {
    let server = BENCH.lab.server("good-ecdsa").unwrap();
    let resolve = format!("{}:{}:127.0.0.1", server.host, server.port);
    let target = BENCH.target("good-ecdsa");
    let run = hufu(&["probe", "--json", "--resolve", &resolve, &target]);
    assert_eq!((run.status, codes(&run.object())), (3, vec!["net.blocked_by_policy"]));
    // It was not tried: nobody knows whether it answers.
    assert_eq!(run.object()["verdict"], "unknown");
    let told = hufu(&["probe", "--resolve", &resolve, &target]).stdout;
    for words in ["Not tried", "127.0.0.1", "hufu probe --allow-net"] {
        assert!(told.contains(words), "{told}");
    }
    assert!(!told.contains("Fails") && !told.contains("Unreachable"), "{told}");

    // One address is a range too, and another range does not help.
    for (range, status) in [("127.0.0.1", 0), ("127.0.0.1/32", 0), ("10.0.0.0/8", 3)] {
        let roots = BENCH.roots();
        let run = hufu(&["probe", "--resolve", &resolve, "--roots", &roots, "--allow-net", range, &target]);
        assert_eq!(run.status, status, "{range}");
    }
}

#[test]
fn another_name_is_asked_for_and_the_host_has_to_be_in_the_certificate_all_the_same() {
    let run = BENCH.probe(&["expired"], &["--sni", "good-ecdsa.lab.hufu.example"]);
    assert_eq!((run.status, worrying(&run.object())), (1, vec!["cert.name_mismatch"]));
    assert_eq!(run.object()["chain"][0]["names"][0], "good-ecdsa.lab.hufu.example");
    assert_eq!(BENCH.probe(&["good-ecdsa"], &["--sni", "good-ecdsa.lab.hufu.example"]).status, 0);
    let wrong = hufu(&["probe", "--sni", "not a name", "a.example"]);
    assert_eq!(wrong.status, 2);
    assert!(wrong.stderr.contains("not a host name"), "{}", wrong.stderr);
}

#[test]
fn given_roots_replace_every_store() {
    let server = BENCH.lab.server("good-ecdsa").unwrap();
    let resolve = format!("{}:{}:127.0.0.1", server.host, server.port);
    let target = BENCH.target("good-ecdsa");
    let common = ["probe", "--json", "--allow-net", "127.0.0.0/8", "--resolve", &resolve, &target];
    let run = hufu(&common);
    assert_eq!((run.status, worrying(&run.object())), (1, vec!["chain.incomplete"]));

    let roots = BENCH.roots();
    assert_eq!(hufu(&[&common[..], &["--roots", &roots]].concat()).status, 0);
    for (name, contents, reason) in [
        ("none.pem", "", "is empty"),
        ("text.pem", "hello", "no certificate found"),
        ("key.pem", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "no certificate found"),
        ("torn.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n", "block 1 (CERTIFICATE) begins on line 1"),
        ("empty.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "certificate 1 cannot be read"),
    ] {
        let file = BENCH.file(name, contents);
        let run = hufu(&[&common[..], &["--roots", &file]].concat());
        assert_eq!(run.status, 2);
        assert!(run.complaint().starts_with(&format!("hufu: {file}: {reason}")), "{run:?}");
    }
    let run = hufu(&[&common[..], &["--roots", "/nowhere/roots.pem"]].concat());
    assert_eq!(run.status, 2);
    assert!(run.complaint().contains("/nowhere/roots.pem"));
}

#[test]
fn depth_expiry_looks_at_one_address() {
    for (depth, addresses) in [("full", 2), ("expiry", 1)] {
        let run = BENCH.probe(&["two-certificates"], &["--depth", depth]);
        assert_eq!(run.object()["addresses"].as_array().unwrap().len(), addresses, "{depth}");
    }
}

#[test]
fn depth_deep_lists_every_suite_of_tls_1_2() {
    let object = BENCH.probe(&["good-ecdsa"], &["--depth", "deep"]).object();
    let suites = &object["addresses"][0]["protocols"]["suites"];
    let accepted: Vec<_> = suites["accepted"].as_array().unwrap().iter().map(|suite| suite.as_str().unwrap()).collect();
    assert_eq!(accepted.len(), 3, "{suites}");
    assert!(accepted.iter().all(|suite| suite.starts_with("TLS_ECDHE_ECDSA_WITH_")), "{suites}");
    // Unless told otherwise, the lab goes by the client.
    assert_eq!(suites["order"], "client");
}

#[test]
fn more_targets_than_may_be_open_at_once_are_all_probed() {
    let mut arguments = BENCH.towards(&["hangs"]);
    arguments.extend(["--timeout", "0.5", "--concurrency", "4096", "-"].map(str::to_owned));
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    let targets = (BENCH.target("hangs") + "\n").repeat(100);
    let run = run(command_with_open_files(64, &arguments), targets.as_bytes());
    let objects = run.objects();
    assert_eq!((run.status, run.stderr.as_str(), objects.len()), (3, "", 100));
    for object in objects {
        assert_eq!(codes(&object), ["net.timeout"], "{object}");
        assert!(object["timings_ms"]["connect"].is_number(), "{object}");
    }
}

#[test]
fn addresses_beyond_those_that_are_tried_are_counted() {
    let server = BENCH.lab.server("good-ecdsa").unwrap();
    let addresses: Vec<_> = (0..18).map(|number| format!("127.0.1.{number}")).collect();
    let resolve = format!("{}:{}:{}", server.host, server.port, addresses.join(","));
    for (depth, left_out) in [("full", "2 more addresses"), ("expiry", "17 more addresses")] {
        let run = hufu(&["probe", "--resolve", &resolve, "--depth", depth, &BENCH.target("good-ecdsa")]);
        assert!(run.stdout.contains(&format!("\n             {left_out} of the name were not tried.\n")), "{run:?}");
    }
}

#[test]
fn a_target_is_a_host_a_host_with_port_an_address_or_a_url() {
    for (target, shown) in [
        ("127.0.0.9", "127.0.0.9:443"),
        ("[::1]:8443", "[::1]:8443"),
        ("https://127.0.0.9:8443/path?x", "127.0.0.9:8443"),
        ("WSS://127.0.0.9/", "127.0.0.9:443"),
        (" 127.0.0.9:1 ", "127.0.0.9:1"),
    ] {
        let run = hufu(&["probe", "--json", target]);
        assert_eq!(run.object()["target"], shown);
    }
}

#[test]
fn a_malformed_target_is_one_line_and_status_2() {
    for target in ["", "a b", "http://a.example", "a.example:0", "a.example:99999", "[::1", "-.example", "\u{1b}[31m"] {
        let run = hufu(&["probe", "--json", "--", target]);
        assert_eq!(run.status, 2, "{target:?}");
        assert!(!run.complaint().contains('\u{1b}'));
    }
}

#[test]
fn a_person_reads_a_block_a_target_without_colours_in_a_file() {
    let mut arguments = BENCH.towards(&["missing-intermediate", "refuses"]);
    arguments.retain(|argument| argument != "--json");
    arguments.extend([BENCH.target("missing-intermediate"), BENCH.target("refuses")]);
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();

    let mut runs = at_once(&["C", "zh_CN.UTF-8"], |locale| {
        let mut command = command(&arguments);
        command.env("LC_ALL", locale);
        run(command, b"")
    });
    let (chinese, english) = (runs.pop().unwrap(), runs.pop().unwrap());
    assert_eq!(english.status, 1);
    let target = BENCH.target("missing-intermediate");
    assert!(english.stdout.starts_with(&format!("{target}  Fails\n  Platforms")), "{}", english.stdout);
    for text in ["[chain.incomplete]", "\n    → ", "Unreachable", "\n\n", "TLS 1.3"] {
        assert!(english.stdout.contains(text), "{text}: {}", english.stdout);
    }
    assert!(!english.stdout.contains('\u{1b}'));
    assert!(chinese.stdout.contains("平台"), "{}", chinese.stdout);
    assert!(!chinese.stdout.contains("Platforms"));
}

#[test]
fn keys_do_not_depend_on_the_language() {
    let arguments = BENCH.towards(&["good-ecdsa"]);
    let target = BENCH.target("good-ecdsa");
    let arguments: Vec<_> = arguments.iter().map(String::as_str).chain([target.as_str()]).collect();
    let mut command = command(&arguments);
    command.env("LC_ALL", "zh_CN.UTF-8");
    let chinese = run(command, b"").object();
    assert_eq!(keys(&chinese), keys(&hufu(&arguments).object()));
}
