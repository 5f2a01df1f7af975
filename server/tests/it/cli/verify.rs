//! `hufu verify-file` against a web server that has the file, has it wrong, or has it not.

use probe::lab::{Reply, Website};
use serde_json::Value;
use tokio::runtime::Runtime;

use super::bench::{BENCH, Run, assert_keys, codes, hufu, hufu_reading};

const WORD: &str = "2ec87af7a5f64b0fb2d7a1b5e5f8e9c3";

/// A site with a file in each of these states, by name.
fn answer(head: &str) -> Reply {
    let path = head.split(' ').nth(1).unwrap_or_default();
    match path {
        "/right.txt" => Reply::page("200 OK\r\nContent-Type: text/plain", WORD),
        "/spaced.txt" => Reply::page("200 OK", format!("{WORD}\n")),
        "/marked.txt" => Reply::page("200 OK", format!("\u{feff}{WORD}")),
        "/page.txt" => Reply::page("200 OK", "<!DOCTYPE html>"),
        "/moved.txt" => Reply::page("302 Found\r\nLocation: /log-in", ""),
        "/endless.txt" => Reply::Floods(b"HTTP/1.1 200 OK\r\n\r\n".to_vec()),
        "/silent.txt" => Reply::Hangs(Vec::new()),
        "/MP_verify_0a1B2c3D4e5F6g7H.txt" => Reply::page("200 OK", "0a1B2c3D4e5F6g7H"),
        "/MP_verify_another.txt" => Reply::page("200 OK", "0a1B2c3D4e5F6g7H"),
        _ => Reply::page("404 Not Found", "nothing here"),
    }
}

struct Site {
    website: Website,
    // The website lives as long as this.
    _runtime: Runtime,
}

impl Site {
    fn open() -> Self {
        let runtime = Runtime::new().unwrap();
        let website = runtime.block_on(Website::start(BENCH.now, |_, head| answer(head))).unwrap();
        Self { website, _runtime: runtime }
    }

    fn verify(&self, more: &[&str]) -> Run {
        let (host, resolve) = (self.website.target().to_string(), self.website.resolve().to_string());
        let towards = ["verify-file", "--allow-net", "127.0.0.0/8", "--resolve", &resolve, &host];
        hufu(&[&towards[..], more].concat())
    }
}

#[test]
fn each_state_of_the_file_has_its_verdict_its_status_and_its_code() {
    let site = Site::open();
    for (name, verdict, status, code) in [
        ("right.txt", "pass", 0, None),
        ("spaced.txt", "warn", 0, Some("verification.whitespace")),
        ("marked.txt", "fail", 1, Some("verification.byte_order_mark")),
        ("page.txt", "fail", 1, Some("verification.page")),
        ("moved.txt", "fail", 1, Some("verification.redirected")),
        ("missing.txt", "fail", 1, Some("verification.not_served")),
        // Upper and lower case differ.
        ("RIGHT.txt", "fail", 1, Some("verification.not_served")),
        ("endless.txt", "fail", 1, Some("verification.content")),
        // Its name tells what it holds.
        ("MP_verify_another.txt", "fail", 1, Some("verification.content")),
    ] {
        let content: &[&str] = if name.starts_with("MP_") { &[] } else { &["--content", WORD] };
        let run = site.verify(&[&["--json", "--timeout", "60", name][..], content].concat());
        let object = run.object();
        assert_keys(&object, &["url", "verdict", "findings", "expected_bytes", "resolution", "answers"]);
        assert_eq!((run.status, &object["verdict"]), (status, &Value::from(verdict)), "{name}: {object}");
        assert_eq!(codes(&object), Vec::from_iter(code), "{name}");
        assert_eq!(object["url"], format!("https://{}/{name}", site.website.target()));
        assert_eq!(object["answers"][0]["address"], "127.0.0.1");
    }
    let silent = site.verify(&["--json", "--timeout", "0.5", "silent.txt"]);
    assert_eq!((silent.status, &silent.object()["verdict"]), (3, &"unreachable".into()));
}

#[test]
fn a_person_reads_what_was_compared_and_what_is_to_be_done() {
    let site = Site::open();
    let right = site.verify(&["--timeout", "60", "right.txt", "--content", WORD]);
    assert_eq!((right.status, right.stderr.as_str()), (0, ""));
    for words in ["Works", "Should hold", "32 bytes", "127.0.0.1  HTTP 200", "exactly what it should hold"] {
        assert!(right.stdout.contains(words), "{}", right.stdout);
    }
    let told = site.verify(&["--timeout", "60", "MP_verify_0a1B2c3D4e5F6g7H.txt"]).stdout;
    assert!(told.contains("16 bytes") && told.contains("exactly what it should hold"), "{told}");
    let unknown = site.verify(&["--timeout", "60", "right.txt"]).stdout;
    assert!(unknown.contains("only its shape is judged") && unknown.contains("one word"), "{unknown}");
    let named = site.verify(&["--timeout", "60", "right.txt", "--sni", "new.example.com"]).stdout;
    assert!(
        named.contains("fixed addresses; WeChat asks") && named.contains("new.example.com; WeChat asks for website"),
        "{named}"
    );
    let moved = site.verify(&["--timeout", "60", "moved.txt"]).stdout;
    for words in ["Fails", "[verification.redirected]", "HTTP 302 → /log-in", "    → "] {
        assert!(moved.contains(words), "{moved}");
    }
}

#[test]
fn the_file_that_was_downloaded_gives_name_and_content() {
    let site = Site::open();
    let file = BENCH.file("right.txt", WORD);
    assert_eq!(site.verify(&["--timeout", "60", "--file", &file]).status, 0);
    let other = BENCH.file("other.txt", "another");
    let run = site.verify(&["--timeout", "60", "--json", "right.txt", "--file", &other]);
    assert_eq!((run.status, codes(&run.object())), (1, vec!["verification.content"]));

    for (name, contents, reason) in [
        ("page (1).txt", WORD, "write the name that WeChat gave it"),
        ("empty.txt", "\n", "there is nothing in it; --file names the file as it was downloaded from WeChat"),
        ("html.txt", "<html>", "sign in to WeChat's console again"),
        ("bom.txt", "\u{feff}2ec8", "byte order mark"),
    ] {
        let file = BENCH.file(name, contents);
        let run = site.verify(&["--file", &file]);
        assert_eq!(run.status, 2, "{name}");
        let complaint = run.complaint();
        assert!(complaint.starts_with(&format!("hufu: {file}: ")) && complaint.contains(reason), "{complaint}");
    }
    let large = BENCH.file("large.txt", vec![b'a'; 20_000]);
    assert!(site.verify(&["--file", &large]).complaint().contains("larger than 16384 bytes"));
    let missing = site.verify(&["--file", "/nowhere/kH3Bw2VgxW.txt"]);
    let line = missing.complaint();
    assert!(line.starts_with("hufu: /nowhere/kH3Bw2VgxW.txt: ") && line.contains("; --file names"), "{line}");
    let nameless = hufu_reading(&["verify-file", "www.example.com", "--file", "-"], WORD.as_bytes());
    assert!(nameless.status == 2 && nameless.complaint().contains("which file?"), "{nameless:?}");
}

#[test]
fn what_is_no_host_no_name_or_no_content_is_an_error_of_usage() {
    let long = format!("{}.txt", "a".repeat(50_000));
    for (arguments, reason) in [
        (&["www.example.com"][..], "NAME"),
        (&["http://www.example.com", "a.txt"], "neither https nor wss"),
        (&["no host", "a.txt"], "the host"),
        (&["www.example.com", "/a.txt"], "without a path"),
        (&["www.example.com", "../a.txt"], "without a path"),
        (&["www.example.com", "a.html"], "ends in .txt"),
        (&["www.example.com", "a b.txt"], "the character"),
        (&["www.example.com", &long], "longer than 64 characters"),
        (&["www.example.com", "a.txt", "--content", ""], "nothing in it"),
        (&["www.example.com", "a.txt", "--content", "<html>"], "web page"),
        (&["www.example.com", "a.txt", "--content", "a", "--file", "b"], "cannot be used with"),
    ] {
        let run = hufu(&[&["verify-file"][..], arguments].concat());
        assert_eq!(run.status, 2, "{reason}");
        let line = run.complaint();
        assert!(line.contains(reason), "{line}");
        assert!(line.chars().count() < 600, "{line}");
    }
}

#[test]
fn a_private_address_is_not_asked_unless_allowed() {
    let site = Site::open();
    let (host, resolve) = (site.website.target().to_string(), site.website.resolve().to_string());
    let run = hufu(&["verify-file", "--json", "--resolve", &resolve, &host, "right.txt"]);
    assert_eq!((run.status, codes(&run.object())), (3, vec!["net.blocked_by_policy"]));
    assert_eq!(run.object()["verdict"], "unknown");
}

#[test]
fn an_object_says_where_it_was_asked_and_for_which_name() {
    let site = Site::open();
    let usual = site.verify(&["--json", "right.txt"]).object();
    assert_eq!((&usual["resolution"], usual.get("server_name")), (&"fixed".into(), None));
    let other = site.verify(&["--json", "right.txt", "--sni", "new.example.com"]).object();
    assert_eq!((&other["resolution"], &other["server_name"]), (&"fixed".into(), &"new.example.com".into()));
    let literal = hufu(&["verify-file", "--json", "127.0.0.1:1", "right.txt"]).object();
    assert_eq!(literal["resolution"], "literal");
}
