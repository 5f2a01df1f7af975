use std::{fs, process::Command};

use serde_json::json;

use super::bench::{BENCH, Run, assert_keys, hufu, hufu_reading, pem};

/// Runs `hufu cert chain` where the lab's authorities can be reached.
fn chain(more: &[&str]) -> Run {
    let resolve = BENCH.lab.publisher().resolve().to_string();
    offline(&[&["--resolve", &resolve, "--allow-net", "127.0.0.0/8"], more].concat())
}

/// The same without leave to connect anywhere.
fn offline(more: &[&str]) -> Run {
    let roots = BENCH.roots();
    hufu(&[&["cert", "chain", "--roots", &roots], more].concat())
}

/// A path at which there is nothing.
fn nothing_at(name: &str) -> String {
    BENCH.path(name).into_os_string().into_string().unwrap()
}

/// What OpenSSL says of the first certificate of a file with the others to help.
fn openssl_accepts(file: &str) -> bool {
    let roots = BENCH.roots();
    let verify = ["verify", "-CAfile", &roots, "-untrusted", file, file];
    Command::new("openssl").args(verify).output().unwrap().status.success()
}

#[test]
fn what_a_server_left_out_is_fetched_and_openssl_accepts_the_chain() {
    let leaf = BENCH.chain("missing-intermediate");
    let file = BENCH.file("left-out.pem", pem(&leaf));
    let out = nothing_at("left-out-full.pem");
    assert!(!openssl_accepts(&file));
    let run = chain(&[&file, "--out", &out]);
    assert_eq!((run.status, run.stderr.as_str()), (0, ""), "{run:?}");
    let url = BENCH.lab.publisher().url("intermediate.cer");
    for told in ["  Complete\n", &format!("CN=Hufu Lab Intermediate ← {url}"), &format!("Written to  {out}")] {
        assert!(run.stdout.contains(told), "{told}: {}", run.stdout);
    }
    let intermediate = BENCH.chain("good-ecdsa").remove(1);
    assert_eq!(fs::read_to_string(&out).unwrap(), pem(&[leaf[0].clone(), intermediate]));
    assert!(openssl_accepts(&out));
}

#[test]
fn of_authorities_alone_no_chain_is_made() {
    let (intermediate, root) = (BENCH.chain("good-ecdsa").remove(1), BENCH.chain("root-included").remove(2));
    let out = nothing_at("authorities-full.pem");
    for (name, ders) in [("intermediate", vec![intermediate]), ("root", vec![root])] {
        let file = BENCH.file(&format!("chain-of-{name}.pem"), pem(&ders));
        let run = offline(&[&file, "--out", &out]);
        assert_eq!((run.status, run.stdout.as_str()), (2, ""), "{run:?}");
        assert!(run.stderr.contains("not a server's certificate but an authority's"), "{run:?}");
        assert!(!fs::exists(&out).unwrap());
    }
}

#[test]
fn without_a_file_to_write_the_chain_is_all_of_standard_output() {
    let leaf = BENCH.chain("missing-intermediate");
    let run = chain(&[&BENCH.file("to-stdout.der", &leaf[0])]);
    let intermediate = BENCH.chain("good-ecdsa").remove(1);
    assert_eq!((run.status, run.stdout), (0, pem(&[leaf[0].clone(), intermediate])));
    assert!(run.stderr.contains("Complete") && run.stderr.contains("Fetched"), "{}", run.stderr);
}

#[test]
fn certificates_are_put_in_order_and_roots_and_strangers_dropped() {
    let served = BENCH.chain("wrong-order");
    let (root, stranger) = (BENCH.chain("root-included").remove(2), BENCH.chain("expired").remove(0));
    let given = [root, served[0].clone(), stranger, served[1].clone(), served[2].clone(), served[0].clone()];
    let out = nothing_at("in-order.pem");
    let run = offline(&["--offline", "--out", &out, &BENCH.file("mixed.pem", pem(&given))]);
    assert_eq!(run.status, 0, "{run:?}");
    let right = [served[0].clone(), served[2].clone(), served[1].clone()];
    assert_eq!(fs::read_to_string(&out).unwrap(), pem(&right));
    assert!(openssl_accepts(&out));
    for told in ["Left out, a root", "CN=Hufu Lab Root", "Left out, not on the chain", "CN=expired.lab.hufu.example"] {
        assert!(run.stdout.contains(told), "{told}: {}", run.stdout);
    }
}

#[test]
fn nothing_is_written_that_leads_to_no_root() {
    let file = BENCH.file("lonely-leaf.pem", pem(&BENCH.chain("missing-intermediate")));
    let unknown = BENCH.file("unknown-end.pem", pem(&BENCH.chain("unknown-root")));
    let out = nothing_at("never-written.pem");
    let missing = offline(&["--offline", "--out", &out, &file]);
    assert_eq!(missing.status, 1);
    assert!(missing.stdout.contains("Issuer missing  CN=Hufu Lab Intermediate"), "{}", missing.stdout);
    let unknown = chain(&["--out", &out, &unknown]);
    assert_eq!(unknown.status, 1);
    let told = |line: &str| line.contains("Unknown root ") && line.ends_with("  CN=Hufu Lab Unknown Root");
    assert!(unknown.stdout.lines().any(told), "{}", unknown.stdout);
    let resolve = BENCH.lab.publisher().resolve().to_string();
    let barred = offline(&["--resolve", &resolve, "--out", &out, &file]);
    assert_eq!(barred.status, 3, "what was not tried has not answered");
    let url = BENCH.lab.publisher().url("intermediate.cer");
    let why = format!("{url}: not tried: 127.0.0.1 is in a private");
    for told in [why.as_str(), "--allow-net 127.0.0.1 permits the connection"] {
        assert!(barred.stdout.contains(told), "{told}: {}", barred.stdout);
    }
    assert!(!BENCH.path("never-written.pem").exists());
    let run = offline(&["--offline", &file]);
    assert_eq!((run.status, run.stdout.as_str()), (1, ""));
}

#[test]
fn json_has_the_chain_and_what_was_fetched_or_what_stands_in_the_way() {
    let leaf = BENCH.chain("missing-intermediate");
    let file = BENCH.file("left-out-json.pem", pem(&leaf));
    let intermediate = BENCH.chain("good-ecdsa").remove(1);
    let whole = pem(&[leaf[0].clone(), intermediate]);
    let run = chain(&["--json", &file]);
    let object = run.object();
    assert_eq!((run.status, run.stderr.as_str()), (0, ""), "{run:?}");
    assert_keys(&object, &["file", "complete", "chain", "fetched", "roots", "strangers", "pem"]);
    assert_eq!((&object["file"], &object["complete"]), (&json!(file), &json!(true)));
    assert_eq!(object["pem"], whole);
    assert_eq!(object["chain"].as_array().unwrap().len(), 2);
    let fetched = &object["fetched"][0];
    assert_keys(fetched, &["url", "sha256", "subject"]);
    assert_eq!(fetched["url"], BENCH.lab.publisher().url("intermediate.cer"));
    assert_eq!(fetched["sha256"], object["chain"][1]["sha256"]);

    let out = nothing_at("written-json.pem");
    let object = chain(&["--json", "--out", &out, &file]).object();
    assert_eq!((&object["written_to"], fs::read_to_string(&out).unwrap()), (&json!(out), whole));

    let run = offline(&["--json", "--offline", "--out", &nothing_at("never-json.pem"), &file]);
    let object = run.object();
    assert_eq!((run.status, run.stderr.as_str()), (1, ""));
    assert_keys(&object, &["file", "complete", "chain", "fetched", "roots", "strangers", "missing"]);
    assert_eq!((&object["complete"], &object["missing"]), (&json!(false), &json!("CN=Hufu Lab Intermediate")));
    assert!(!BENCH.path("never-json.pem").exists());

    let resolve = BENCH.lab.publisher().resolve().to_string();
    let barred = offline(&["--json", "--resolve", &resolve, &file]);
    assert_eq!((barred.status, &barred.object()["why"]["reason"]), (3, &json!("unreached")));
    let tried = &barred.object()["tried"][0];
    assert_eq!(tried["url"], BENCH.lab.publisher().url("intermediate.cer"));
    assert_eq!(tried["failure"]["reason"], "unreached");

    let given = [BENCH.chain("root-included"), BENCH.chain("expired")].concat();
    let object = offline(&["--json", "--offline", &BENCH.file("mixed-json.pem", pem(&given))]).object();
    assert_eq!(object["roots"][0]["subject"], "CN=Hufu Lab Root");
    assert_eq!(object["strangers"][0]["subject"], "CN=expired.lab.hufu.example");

    let unknown = BENCH.file("unknown-json.pem", pem(&BENCH.chain("unknown-root")));
    assert_eq!(offline(&["--json", "--offline", &unknown]).object()["unknown_root"], "CN=Hufu Lab Unknown Root");
}

#[test]
fn a_file_that_is_there_is_overwritten_only_by_force() {
    let served = pem(&BENCH.chain("good-ecdsa"));
    let file = BENCH.file("good-chain.pem", &served);
    let out = BENCH.file("kept.pem", "mine");
    let run = offline(&["--offline", "--out", &out, &file]);
    assert_eq!(run.status, 2);
    assert_eq!(run.complaint(), format!("hufu: {out}: is there already; --force overwrites it"));
    assert_eq!(fs::read_to_string(&out).unwrap(), "mine");

    let link = nothing_at("link.pem");
    std::os::unix::fs::symlink(&out, &link).unwrap();
    assert_eq!(offline(&["--offline", "--force", "--out", &link, &file]).status, 0);
    assert_eq!(fs::read_to_string(&out).unwrap(), served);
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
}

#[test]
fn what_cannot_be_read_or_written_is_an_error_of_usage() {
    let file = BENCH.file("good-again.pem", pem(&BENCH.chain("good-ecdsa")));
    for arguments in [
        &["cert", "chain", "/nowhere.pem"][..],
        &["cert", "chain", "-"],
        &["cert", "chain", &file, "--roots", "/nowhere.pem"],
        &["cert", "chain", &file, "--offline", "--roots", &BENCH.roots(), "--out", "/nowhere/at/all.pem"],
    ] {
        let run = hufu_reading(arguments, b"");
        assert_eq!(run.status, 2, "{arguments:?}");
        run.complaint();
    }
}
