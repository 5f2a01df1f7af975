//! The verification file of a business domain, of web servers that have it and of those that do not.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use model::{
    Host, HostPort, Port, ServerName, Timestamp, Verdict,
    diagnose::diagnose_file,
    endpoints::route::Route,
    http::HttpFailure,
    observation::{Failure, Resolution, TcpFailure, TlsFailure},
    verification::{Comparison, FILE_MOST, FileAnswer, FileContent, FileFacts, FileName, Form},
};
use probe::{
    NetworkPolicy, Prober, Resolve,
    lab::{Reply, Website},
};
use tokio::{io::AsyncWriteExt as _, net::TcpListener};

use crate::common::{refusing, with_enough_time};

const WORD: &str = "2ec87af7a5f64b0fb2d7a1b5e5f8e9c3";

fn now() -> Timestamp {
    "2026-05-01T00:00:00Z".parse().unwrap()
}

fn name() -> FileName {
    "kH3Bw2VgxW.txt".parse().unwrap()
}

fn expected() -> FileContent {
    WORD.parse().unwrap()
}

fn prober(resolve: Resolve, allowed: &str, timeout: Duration) -> Prober {
    Prober::builder()
        .policy(NetworkPolicy::allowing([allowed.parse().unwrap()]))
        .fixed([resolve].into_iter().collect())
        .timeout(timeout)
        .build()
        .unwrap()
}

async fn facts_of(site: &Website, timeout: Duration) -> FileFacts {
    let prober = prober(site.resolve(), "127.0.0.0/8", timeout);
    prober.verification_file(&Route::default(), &site.target(), &name(), Some(&expected()), now()).await.unwrap()
}

/// What is seen when there is time enough.
async fn facts(answer: impl Fn(&str) -> Reply + Send + Sync + 'static) -> FileFacts {
    let site = Website::start(now(), move |_, head| answer(head)).await.unwrap();
    facts_of(&site, AMPLE).await
}

/// The one answer, and the codes of what is wrong with it.
fn told(facts: &FileFacts) -> (Result<FileAnswer, HttpFailure>, Vec<&'static str>) {
    let [look] = facts.looks.as_slice() else { panic!("{facts:?}") };
    let findings = diagnose_file(facts).findings;
    (look.answer.clone(), findings.iter().map(|finding| finding.code.as_str()).collect())
}

#[tokio::test]
async fn the_file_is_asked_for_as_curl_asks_and_compared_byte_for_byte() {
    let heads = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&heads);
    let site = Website::start(now(), move |scheme, head| {
        heard.lock().unwrap().push((scheme.to_owned(), head.to_owned()));
        Reply::page("200 OK\r\nContent-Type: text/plain", WORD)
    });
    let site = site.await.unwrap();
    let facts = facts_of(&site, AMPLE).await;
    let (answer, codes) = told(&facts);
    assert_eq!(codes, [""; 0]);
    assert_eq!((facts.resolution, facts.asked_at, facts.addresses_left_out), (Resolution::Fixed, now(), 0));
    let FileAnswer { status, location, content_type, content_encoding, body } = answer.unwrap();
    assert_eq!((status, location, content_encoding), (200, None, None));
    assert_eq!(content_type.as_deref(), Some("text/plain"));
    let body = body.unwrap();
    assert_eq!((body.length, body.form, body.compared), (32, Form::Word, Some(Comparison::Same)));

    let heads = heads.lock().unwrap();
    let [(scheme, head)] = heads.as_slice() else { panic!("{heads:?}") };
    assert_eq!(scheme, "https");
    assert!(head.starts_with("GET /kH3Bw2VgxW.txt HTTP/1.1\r\n"), "{head}");
    let head = head.to_ascii_lowercase();
    assert!(head.contains(&format!("host: website.lab.hufu.example:{}\r\n", site.target().port)), "{head}");
    assert!(head.contains("user-agent: curl/"), "{head}");
    for absent in ["referer:", "cookie:", "accept-encoding:", "micromessenger"] {
        assert!(!head.contains(absent), "{head}");
    }
}

#[tokio::test]
async fn a_route_leads_to_other_addresses_and_another_name_as_far_as_it_may() {
    let heads = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&heads);
    let site = Website::start(now(), move |_, head| {
        heard.lock().unwrap().push(head.to_ascii_lowercase());
        Reply::page("200 OK", WORD)
    });
    let site = site.await.unwrap();
    let target = site.target();
    let elsewhere = Resolve { addresses: vec![[192, 0, 2, 1].into()], ..site.resolve() };
    let route = Route { addresses: "127.0.0.1".parse().unwrap(), server_name: "new.lab.hufu.example".parse().ok() };
    let asked = prober(elsewhere.clone(), "127.0.0.0/8", AMPLE);
    let facts = asked.verification_file(&route, &target, &name(), Some(&expected()), now()).await.unwrap();
    let (answer, codes) = told(&facts);
    assert_eq!((answer.unwrap().status, codes), (200, vec![]));
    assert_eq!((facts.looks[0].address, &facts.route), ([127, 0, 0, 1].into(), &route));
    assert_eq!((facts.resolution, facts.target), (Resolution::Fixed, target.clone()));
    let heads = heads.lock().unwrap().clone();
    let [head] = heads.as_slice() else { panic!("{heads:?}") };
    assert!(head.contains(&format!("host: new.lab.hufu.example:{}\r\n", target.port)), "{head}");

    let barred = prober(elsewhere, "10.0.0.0/8", AMPLE);
    let facts = barred.verification_file(&route, &target, &name(), None, now()).await.unwrap();
    let failure = Failure::Policy { address: [127, 0, 0, 1].into() };
    assert_eq!(told(&facts), (Err(HttpFailure::Unreached { failure }), vec!["net.blocked_by_policy"]));
}

#[tokio::test]
async fn each_fault_of_a_server_is_seen_and_named() {
    let html = "<!DOCTYPE html><title>Shop</title>";
    let compressed = "200 OK\r\nContent-Encoding: gzip";
    for (head, body, codes) in [
        ("200 OK", WORD.to_owned(), &[][..]),
        // What WeChat makes of the type, nobody says.
        ("200 OK\r\nContent-Type: text/html", WORD.to_owned(), &[]),
        ("200 OK", format!("{WORD}\n"), &["verification.whitespace"]),
        ("200 OK", format!("\u{feff}{WORD}"), &["verification.byte_order_mark"]),
        ("200 OK", html.to_owned(), &["verification.page"]),
        ("200 OK", "{\"code\":404}".to_owned(), &["verification.content"]),
        ("200 OK", String::new(), &["verification.content"]),
        (compressed, "\u{1f}\u{8b}".to_owned(), &["verification.content"]),
        ("404 Not Found", html.to_owned(), &["verification.not_served"]),
        // Whoever forbids it does not serve it.
        ("403 Forbidden", WORD.to_owned(), &["verification.not_served"]),
        ("302 Found\r\nLocation: https://www.example.com/login", WORD.to_owned(), &["verification.redirected"]),
    ] {
        let facts = facts(move |_| Reply::page(head, &body)).await;
        let (answer, found) = told(&facts);
        assert_eq!(found, codes, "{head}: {answer:?}");
        let answer = answer.unwrap();
        assert_eq!(answer.status.to_string(), head[..3], "{head}");
        assert_eq!(answer.body.is_some(), answer.status == 200, "{head}");
    }
}

#[tokio::test]
async fn a_redirect_is_kept_and_not_followed() {
    let asked = Arc::new(Mutex::new(0));
    let count = Arc::clone(&asked);
    let facts = facts(move |head| {
        *count.lock().unwrap() += 1;
        match head.starts_with("GET /moved/") {
            true => Reply::page("200 OK", WORD),
            false => Reply::page("301 Moved Permanently\r\nLocation: /moved/kH3Bw2VgxW.txt", ""),
        }
    });
    let (answer, codes) = told(&facts.await);
    assert_eq!(codes, ["verification.redirected"]);
    assert_eq!(answer.unwrap().location.as_deref(), Some("/moved/kH3Bw2VgxW.txt"));
    assert_eq!(*asked.lock().unwrap(), 1);
}

#[tokio::test]
async fn a_file_without_end_or_larger_than_any_is_left_and_told() {
    let large = vec![b'a'; FILE_MOST + 1];
    let endless = b"HTTP/1.1 200 OK\r\n\r\n".to_vec();
    for reply in [Reply::page("200 OK", &large), Reply::Floods(endless)] {
        let facts = facts(move |_| reply.clone()).await;
        let (answer, codes) = told(&facts);
        assert_eq!(codes, ["verification.content"]);
        let body = answer.unwrap().body.unwrap();
        assert_eq!((body.length, body.goes_on), (FILE_MOST, true));
    }
    let head = b"HTTP/1.1 200 OK\r\nX: ".to_vec();
    let (answer, codes) = told(&facts(move |_| Reply::Floods(head.clone())).await);
    assert!(matches!(answer, Err(HttpFailure::Broken { .. })), "{answer:?}");
    assert_eq!(codes, ["verification.no_answer"]);
}

#[tokio::test]
async fn what_breaks_off_is_no_file() {
    let cut = format!("HTTP/1.1 200 OK\r\nContent-Length: 33\r\n\r\n{WORD}");
    for reply in [Reply::Bytes(cut.into_bytes()), Reply::Bytes(b"220 ready\r\n".to_vec())] {
        let (answer, codes) = told(&facts(move |_| reply.clone()).await);
        assert!(matches!(answer, Err(HttpFailure::Broken { .. })), "{answer:?}");
        assert_eq!(codes, ["verification.no_answer"]);
    }
}

#[tokio::test]
async fn what_speaks_no_tls_is_told_from_what_speaks_no_http() {
    for (greeting, protocol) in [
        ("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n", "HTTP"),
        ("SSH-2.0-OpenSSH_9.6\r\n", "SSH"),
        ("220 mail.lab.hufu.example ESMTP\r\n", "SMTP"),
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = Port::new(listener.local_addr().unwrap().port()).unwrap();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                stream.write_all(greeting.as_bytes()).await.unwrap();
                // Closed with something unread, it would be reset and the greeting lost.
                let _ = tokio::io::copy(&mut stream, &mut tokio::io::sink()).await;
            }
        });
        let host: Host = "greets.lab.hufu.example".parse().unwrap();
        let resolve = Resolve { host: host.clone(), port, addresses: vec![[127, 0, 0, 1].into()] };
        let target = HostPort { host: ServerName::Dns(host), port };
        let prober = prober(resolve, "127.0.0.0/8", AMPLE);
        let facts = prober.verification_file(&Route::default(), &target, &name(), None, now()).await.unwrap();
        let failure = Failure::Tls { reason: TlsFailure::NotTls { protocol: protocol.to_owned() } };
        assert_eq!(told(&facts), (Err(HttpFailure::Unreached { failure }), vec!["tls.not_tls"]));
        assert_eq!(diagnose_file(&facts).verdict, Verdict::Fail);
    }
}

#[tokio::test]
async fn a_server_that_never_finishes_is_left_in_time() {
    let begun = format!("HTTP/1.1 200 OK\r\nContent-Length: 33\r\n\r\n{WORD}");
    for begun in [String::new(), "HTTP/1.1 200 OK\r\n".to_owned(), begun] {
        let site = Website::start(now(), move |_, _| Reply::Hangs(begun.clone().into_bytes())).await.unwrap();
        // On a slow machine the time may be up before the connection is.
        let facts = with_enough_time(
            |patience| facts_of(&site, patience),
            |facts: &FileFacts| matches!(facts.looks[0].answer, Err(HttpFailure::Unreached { .. })),
        );
        let (answer, codes) = told(&facts.await);
        assert_eq!(answer, Err(HttpFailure::Timeout));
        assert_eq!(codes, ["verification.no_answer"]);
    }
}

#[tokio::test]
async fn what_may_not_be_asked_is_not_and_who_refuses_is_told() {
    let site = Website::start(now(), |_, _| Reply::page("200 OK", WORD)).await.unwrap();
    let barred = prober(site.resolve(), "10.0.0.0/8", AMPLE);
    let facts = barred.verification_file(&Route::default(), &site.target(), &name(), None, now()).await.unwrap();
    let failure = Failure::Policy { address: [127, 0, 0, 1].into() };
    assert_eq!(told(&facts), (Err(HttpFailure::Unreached { failure }), vec!["net.blocked_by_policy"]));

    let held = refusing([127, 0, 0, 1].into(), 0).unwrap();
    let port = model::Port::new(held.local_addr().unwrap().port()).unwrap();
    let (resolve, mut target) = (Resolve { port, ..site.resolve() }, site.target());
    target.port = port;
    let refused = prober(resolve, "127.0.0.0/8", AMPLE);
    let facts = refused.verification_file(&Route::default(), &target, &name(), None, now()).await.unwrap();
    let failure = Failure::Tcp { reason: TcpFailure::Refused };
    assert_eq!(told(&facts), (Err(HttpFailure::Unreached { failure }), vec!["net.refused"]));
}

/// Only against hanging for ever.
const AMPLE: Duration = Duration::from_secs(120);
