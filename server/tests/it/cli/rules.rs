use serde_json::{Value, json};
use server::store::Store;
use sqlx::{Connection as _, SqliteConnection, sqlite::SqliteConnectOptions};

use super::bench::{BENCH, assert_keys, codes, hufu, hufu_reading};

const LISTS: &str = "\
# the shop
https://a.example.com
https://b.example.com:8443   # its images

wss://ws.example.com
";

#[test]
fn a_url_is_answered_with_its_reason_and_its_status() {
    let file = BENCH.file("lists.txt", LISTS);
    for (api, url, reason, matched, near, status) in [
        ("request", "https://a.example.com/x?y", "allowed", json!("https://a.example.com"), Value::Null, 0),
        ("request", "https://b.example.com:8443", "allowed", json!("https://b.example.com:8443"), Value::Null, 0),
        ("request", "nonsense", "invalid_url", Value::Null, Value::Null, 1),
        ("request", "http://a.example.com", "scheme", Value::Null, json!("https://a.example.com"), 1),
        ("request", "https://z.example.org", "host", Value::Null, Value::Null, 1),
        ("request", "https://x.a.example.com", "subdomain", Value::Null, json!("https://a.example.com"), 1),
        ("request", "https://b.example.com", "port_missing", Value::Null, json!("https://b.example.com:8443"), 1),
        ("request", "https://a.example.com:8080", "port_unexpected", Value::Null, json!("https://a.example.com"), 1),
        ("request", "https://a.example.com:443", "explicit_443", Value::Null, json!("https://a.example.com"), 1),
        ("request", "https://ws.example.com", "wrong_list", Value::Null, json!("wss://ws.example.com"), 1),
        ("socket", "wss://ws.example.com:9443", "allowed", json!("wss://ws.example.com"), Value::Null, 0),
        ("socket", "wss://a.example.com", "wrong_list", Value::Null, json!("https://a.example.com"), 1),
    ] {
        let run = hufu(&["url", "check", "--json", "--api", api, "--entries", &file, url]);
        let object = run.object();
        assert_keys(&object, &["url", "api", "allowed", "reason", "matched_entry", "near_miss"]);
        let expected = json!({
            "url": url, "api": api, "allowed": reason == "allowed", "reason": reason,
            "matched_entry": matched, "near_miss": near,
        });
        assert_eq!((object, run.status), (expected, status), "{url}");
        let person = hufu(&["url", "check", "--api", api, "--entries", &file, url]);
        assert_eq!(person.status, status);
        let shown = if status == 0 { "  Allowed".to_owned() } else { format!("[{reason}]") };
        assert!(person.stdout.contains(&shown), "{person:?}");
    }
}

#[test]
fn strict_ports_bind_sockets_too() {
    let file = BENCH.file("strict.txt", LISTS);
    for (rule, reason) in [("any", "allowed"), ("strict", "port_unexpected")] {
        let arguments = ["url", "check", "--json", "--api", "socket", "--entries", &file, "--wss-ports", rule];
        let run = hufu(&[&arguments[..], &["wss://ws.example.com:9443"]].concat());
        assert_eq!(run.object()["reason"], reason);
    }
}

#[test]
fn a_bad_url_among_lines_is_answered_like_the_others() {
    let file = BENCH.file("among.txt", LISTS);
    let input = "https://a.example.com\nnonsense\nhttps://z.example.org\n";
    let run = hufu_reading(&["url", "check", "--json", "--api", "request", "--entries", &file, "-"], input.as_bytes());
    let reasons: Vec<_> = run.objects().iter().map(|object| object["reason"].clone()).collect();
    assert_eq!(reasons, ["allowed", "invalid_url", "host"]);
    assert_eq!((run.status, run.stderr.as_str()), (1, ""));
}

#[test]
fn entries_that_cannot_be_read_are_an_error_of_usage() {
    for (name, contents, reason) in [
        ("bad.txt", "https://a.example.com\nhttp://b.example.com\n", "line 2: \"http://b.example.com\": no list takes"),
        (
            "bare.txt",
            "# hosts\napi.example.com\n",
            "line 2: \"api.example.com\": no list takes this entry (rule.scheme); an entry looks like \
             https://api.example.com; did you mean https://api.example.com?",
        ),
        ("fragment.txt", "https://a.example.com#x\n", "line 1: \"https://a.example.com#x\": no list takes"),
        ("large.txt", &"#\n".repeat(600_000), "larger than 1048576 bytes"),
        ("none.txt", "# nothing yet\n\n", "no entries in it"),
    ] {
        let file = BENCH.file(name, contents);
        let run = hufu(&["url", "check", "--api", "request", "--entries", &file, "https://a.example.com"]);
        assert_eq!(run.status, 2, "{name}");
        assert!(run.complaint().starts_with(&format!("hufu: {file}: {reason}")), "{run:?}");
    }
    let run = hufu(&["url", "check", "--api", "request", "--entries", "/nowhere", "https://a.example.com"]);
    assert_eq!(run.status, 2);
    run.complaint();
}

#[test]
fn without_entries_no_url_is_judged() {
    let run = hufu(&["url", "check", "--api", "request", "https://a.example.com"]);
    assert_eq!((run.status, run.stdout.as_str()), (2, ""));
    let complaint = run.complaint();
    assert!(complaint.starts_with("hufu: no entries to check against"), "{complaint}");
    for way in ["--entries FILE", "--appid ID"] {
        assert!(complaint.contains(way), "{complaint}");
    }
    // Of `<image>` and its like there is no list.
    let run = hufu(&["url", "check", "--json", "--api", "resource", "https://a.example.com"]);
    assert_eq!((run.object()["reason"].clone(), run.status), (json!("no_list"), 0));
}

#[test]
fn the_lists_of_a_registered_mini_program_come_from_the_store() {
    let data = BENCH.path("store");
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        Store::open(&data).await.unwrap().close().await;
        let options = SqliteConnectOptions::new().filename(data.join("hufu.db"));
        let mut database = SqliteConnection::connect_with(&options).await.unwrap();
        sqlx::raw_sql(
            "INSERT INTO programs (id, app_id, name, per_list, skip_check, revision, added_at)
             VALUES (1, 'wx00000000000000aa', 'shop', 20, 0, 1, 0), (2, 'wx00000000000000bb', 'empty', 20, 0, 1, 0);
             INSERT INTO entries (program, api, entry, added_at)
             VALUES (1, 'request', 'https://a.example.com', 0), (1, 'socket', 'wss://ws.example.com', 0)",
        )
        .execute(&mut database)
        .await
        .unwrap();
        database.close().await.unwrap();
    });
    let data = data.to_str().unwrap();
    let check = |app_id: &str, url: &str| {
        hufu(&["url", "check", "--json", "--api", "request", "--data-dir", data, "--appid", app_id, url])
    };
    for (app_id, url, reason) in [
        ("wx00000000000000aa", "https://a.example.com/x", "allowed"),
        ("WX00000000000000AA", "https://ws.example.com", "wrong_list"),
        ("wx00000000000000bb", "https://a.example.com/x", "host"),
    ] {
        assert_eq!(check(app_id, url).object()["reason"], reason, "{url}");
    }
    let unknown = check("wx00000000000000cc", "https://a.example.com");
    assert_eq!(unknown.status, 2);
    assert!(unknown.complaint().contains("no mini program wx00000000000000cc"));
    let malformed = check("wx12", "https://a.example.com");
    assert_eq!(malformed.status, 2);
    malformed.complaint();

    let nowhere = ["url", "check", "--api", "request", "--appid", "wx00000000000000aa", "--data-dir", "/nowhere", "u"];
    let nowhere = hufu(&nowhere);
    assert_eq!((nowhere.status, nowhere.complaint()), (2, "hufu: there is no database at /nowhere/hufu.db"));
}

#[test]
fn an_entry_is_accepted_or_corrected() {
    for (api, entry, normalised, found, suggestion, status) in [
        ("request", "https://a.example.com", json!("https://a.example.com"), &[][..], Value::Null, 0),
        ("request", "HTTPS://A.example.com", json!("https://a.example.com"), &[], json!("https://a.example.com"), 0),
        ("request", "http://a.example.com", Value::Null, &["rule.scheme"], json!("https://a.example.com"), 1),
        ("request", "https://a.example.com/x", Value::Null, &["rule.path"], json!("https://a.example.com"), 1),
        ("request", "https://127.0.0.1", Value::Null, &["rule.ip_address"], Value::Null, 1),
        ("socket", "https://a.example.com", Value::Null, &["rule.scheme"], json!("wss://a.example.com"), 1),
        ("upload", "https://a.example.com:8443", json!("https://a.example.com:8443"), &[], Value::Null, 0),
    ] {
        let run = hufu(&["entry", "check", "--json", "--api", api, "--", entry]);
        let object = run.object();
        assert_keys(&object, &["entry", "api", "accepted", "normalised", "findings", "suggestion"]);
        for finding in object["findings"].as_array().unwrap() {
            assert_keys(finding, &["code", "severity", "platforms", "evidence"]);
            assert_eq!(finding["evidence"]["input"], entry, "{finding}");
        }
        assert_eq!((&object["entry"], &object["api"]), (&json!(entry), &json!(api)));
        assert_eq!((&object["normalised"], &object["suggestion"]), (&normalised, &suggestion), "{object}");
        assert_eq!(object["accepted"], status == 0);
        for code in found {
            assert!(codes(&object).contains(code), "{object}");
        }
        assert_eq!(run.status, status, "{entry}");
    }
    let person = hufu(&["entry", "check", "--api", "request", "http://a.example.com/\u{1b}[31m"]);
    assert!(person.stdout.contains("Refused") && !person.stdout.contains('\u{1b}'), "{}", person.stdout);
}

#[test]
fn wechat_s_own_text_is_read_as_the_console_reads_it() {
    let joined = "https://a.example.com;https://b.example.com:8443；wss://ws.example.com # ours";
    let arguments = ["entry", "check", "--json", "--api", "request"];
    let of_argument = hufu(&[&arguments[..], &[joined]].concat());
    let of_input = hufu_reading(&[&arguments[..], &["-"]].concat(), format!("# ours\n{joined}\n").as_bytes());
    for run in [of_argument, of_input] {
        let told: Vec<_> = run.objects().iter().map(|object| object["accepted"].clone()).collect();
        assert_eq!((told, run.status), (vec![json!(true), json!(true), json!(false)], 1));
    }
    for (api, joined, accepted) in [
        ("request", "https://a.example.com,https://b.example.com", &[true, true][..]),
        ("prefetch", "a.example.com;b.example.com", &[true, true]),
        ("prefetch", "a.example.com,b.example.com", &[false]),
    ] {
        let run = hufu(&["entry", "check", "--json", "--api", api, joined]);
        let told: Vec<_> = run.objects().iter().map(|object| object["accepted"] == true).collect();
        assert_eq!(told, accepted, "{joined}");
    }
    let person = hufu(&["entry", "check", "--api", "request", "wss://ws.example.com/x"]);
    assert!(person.stdout.contains("wss://ws.example.com (--api socket)"), "{}", person.stdout);

    let file = BENCH.file("joined.txt", joined);
    for (api, url) in [("request", "https://b.example.com:8443/x"), ("socket", "wss://ws.example.com")] {
        let run = hufu(&["url", "check", "--json", "--api", api, "--entries", &file, url]);
        assert_eq!((run.object()["reason"].clone(), run.status), (json!("allowed"), 0), "{url}");
    }
}

#[test]
fn an_icp_number_is_normalised() {
    for (input, normalised, kind, province, problem) in [
        ("京ICP备11041704号-13", json!("京ICP备11041704号-13"), json!("filing"), json!("京"), Value::Null),
        (" 京icp備１１０４１７０４号 ", json!("京ICP备11041704号"), json!("filing"), json!("京"), Value::Null),
        ("京ICP证030173号", json!("京ICP证030173号"), json!("licence"), json!("京"), Value::Null),
        ("粤B2-20090059", json!("粤B2-20090059"), json!("value_added"), json!("粤"), Value::Null),
        ("合字B2-20090010", json!("合字B2-20090010"), json!("value_added"), Value::Null, Value::Null),
        ("hello", Value::Null, Value::Null, Value::Null, json!("province")),
        ("京ICP备123号", Value::Null, Value::Null, Value::Null, json!("digits")),
        ("京ICP备11041704号-", Value::Null, Value::Null, Value::Null, json!("suffix")),
        ("京1", Value::Null, Value::Null, Value::Null, json!("shape")),
        ("", Value::Null, Value::Null, Value::Null, json!("empty")),
    ] {
        let run = hufu(&["icp", "check", "--json", "--", input]);
        let valid = !normalised.is_null();
        let expected = json!({
            "input": input, "valid": valid, "normalised": normalised, "kind": kind, "province": province,
            "problem": problem,
        });
        assert_eq!((run.object(), run.status), (expected, i32::from(!valid)), "{input}");
    }
    let run = hufu_reading(&["icp", "check", "--json", "-"], "京ICP证030173号\nhello\n".as_bytes());
    assert_eq!((run.objects().len(), run.status, run.stderr.as_str()), (2, 1, ""));
}

#[test]
fn a_person_reads_what_is_wrong_with_a_number_and_how_a_right_one_looks() {
    for (input, why) in [("foo", "begins with a province"), ("京ICP备123号", "number of digits"), ("", "no number")]
    {
        let run = hufu(&["icp", "check", "--", input]);
        assert_eq!(run.status, 1);
        assert!(run.stdout.contains(why) && run.stdout.contains("京ICP备11041704号-13"), "{}", run.stdout);
    }
}
