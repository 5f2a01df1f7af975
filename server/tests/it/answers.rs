//! What the console answers, whatever is asked: headers, assets, event streams, cookies, plain forms.

use std::{
    convert::Infallible,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use crate::common::{
    House, SHOP, program_with, urls,
    web::{HOST, SAME, ask, console, cookie, get, plain_form, post},
};
use axum::{
    body::{Body, to_bytes},
    http::{Method, Request, StatusCode, header, request::Builder},
};
use futures::stream;
use model::{
    accounts::SESSION_COOKIE,
    endpoints::{Endpoints as _, Run, Scope},
    service::{EndpointId, RunId},
};
use probe::lab::Lab;
use server::clock;
use tokio::task::JoinSet;
use tower::ServiceExt as _;

const FORM: &str = "application/x-www-form-urlencoded";

fn request(method: Method, path: &str, cookie: &str) -> Builder {
    Request::builder().method(method).uri(path).header(header::HOST, HOST).header(header::COOKIE, cookie)
}

#[tokio::test]
async fn answers_of_every_kind_are_hardened() {
    let house = House::open(None).await;
    let (actor, session) = house.first_account().await;
    let (_, endpoints) = program_with(&house, SHOP, &["https://a.example.com".to_owned()], &actor).await;
    let (console, member) = (console(&house), cookie(&session));
    let page = format!("/endpoints/{}", endpoints[0]);
    let big = "x".repeat(300 * 1024);
    let (get, post) = (Method::GET, Method::POST);
    for (method, path, cookie, origin, body, status) in [
        (&get, "/", member.as_str(), "", "", StatusCode::OK),
        (&get, page.as_str(), &member, "", "", StatusCode::OK),
        (&Method::HEAD, "/log-in", "", "", "", StatusCode::OK),
        (&get, "/healthz", "", "", "", StatusCode::OK),
        (&get, "/readyz", "", "", "", StatusCode::OK),
        (&get, "/", "", "", "", StatusCode::SEE_OTHER),
        (&post, "/preferences", "", SAME, "theme=dark", StatusCode::SEE_OTHER),
        (&post, "/api/programs/page", &member, SAME, "id=1&wording=en+%2B08:00", StatusCode::OK),
        (&post, "/api/programs/list", "", SAME, "", StatusCode::UNAUTHORIZED),
        (&post, "/api/programs/list", &member, "https://evil.example", "", StatusCode::FORBIDDEN),
        (&post, "/api/programs/page", &member, SAME, "id=99&wording=en+%2B08:00", StatusCode::NOT_FOUND),
        (&post, "/api/programs/add", &member, SAME, &big, StatusCode::PAYLOAD_TOO_LARGE),
        (&get, "/events/runs/1", "", "", "", StatusCode::UNAUTHORIZED),
        (&get, "/events/runs/1", &member, "", "", StatusCode::NOT_FOUND),
        (&get, "/events/runs/one", &member, "", "", StatusCode::NOT_FOUND),
        (&get, "/pkg/0000000000000000/hufu.js", "", "", "", StatusCode::NOT_FOUND),
        (&get, "/nowhere/at/all", &member, "", "", StatusCode::NOT_FOUND),
        (&get, "/nowhere/at/all", "", "", "", StatusCode::SEE_OTHER),
        (&post, "/nowhere", &member, SAME, "", StatusCode::NOT_FOUND),
        (&Method::DELETE, "/healthz", "", "", "", StatusCode::METHOD_NOT_ALLOWED),
        (&get, "/api/programs/list", &member, "", "", StatusCode::METHOD_NOT_ALLOWED),
    ] {
        let what = format!("{method} {path} {status}");
        let request = request(method.clone(), path, cookie)
            .header(header::ORIGIN, origin)
            .header(header::CONTENT_TYPE, FORM)
            .header(header::CONTENT_LENGTH, body.len());
        let answer = ask(&console, request.body(body.to_owned().into()).unwrap()).await;
        assert_eq!(answer.status, status, "{what}: {}", answer.text());
        let policy = answer.header(header::CONTENT_SECURITY_POLICY);
        assert!(policy.starts_with("default-src 'none';"), "{what}: {policy}");
        assert!(policy.contains("frame-ancestors 'none'"), "{what}: {policy}");
        assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"), "{what}: {policy}");
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "same-origin"),
            ("strict-transport-security", "max-age=31536000"),
            ("cross-origin-opener-policy", "same-origin"),
        ] {
            assert_eq!(answer.header(name), value, "{what}");
        }
        assert_eq!(answer.headers.get_all(header::CONTENT_SECURITY_POLICY).iter().count(), 1, "{what}");
    }
}

#[tokio::test]
async fn a_page_is_compressed_for_whoever_can_read_that() {
    let house = House::open(None).await;
    let console = console(&house);
    for (accepted, encoding) in [("br, gzip", "br"), ("gzip", "gzip"), ("identity", ""), ("br;q=0, gzip", "gzip")] {
        let request = request(Method::GET, "/log-in", "").header(header::ACCEPT_ENCODING, accepted);
        let answer = ask(&console, request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.header(header::CONTENT_ENCODING), encoding, "{accepted}");
        assert!(answer.header(header::VARY).contains("accept-encoding"), "{accepted}");
    }
}

#[tokio::test]
async fn hashed_assets_are_compressed_and_may_be_kept_for_ever() {
    let house = House::open(None).await;
    let console = console(&house);
    let page = get(&console, "/log-in", "").await.text();
    let base = page.split("href=\"/pkg/").nth(1).unwrap().split('/').next().unwrap();
    assert!(base.len() == 16 && base.bytes().all(|byte| byte.is_ascii_hexdigit()), "{base}");
    let script = get(&console, &format!("/pkg/{base}/hufu.js"), "").await;
    assert_eq!(script.status, StatusCode::OK, "the browser's half is not built yet: cargo xtask build");
    for (name, kind) in [
        ("hufu.js", "text/javascript"),
        ("groups.js", "text/javascript"),
        ("hufu.css", "text/css"),
        ("hufu_bg.wasm", "application/wasm"),
    ] {
        for (accepted, encoding) in
            [("gzip, deflate, br", "br"), ("gzip", "gzip"), ("gzip, br;q=0", "gzip"), ("identity", "")]
        {
            // The wasm of a release build is compressed beforehand, and that of a debug build not at all.
            let beforehand = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../target/site/pkg"))
                .join(format!("{name}.br"))
                .exists();
            let encoding = if name.ends_with(".wasm") && !beforehand { "" } else { encoding };
            let path = format!("/pkg/{base}/{name}");
            let request = request(Method::GET, &path, "").header(header::ACCEPT_ENCODING, accepted);
            // Its body is left: a debug build compresses it while it is read.
            let answer = console.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
            assert_eq!(answer.status(), StatusCode::OK, "{path}");
            let header = |name| answer.headers().get(name).map_or("", |value| value.to_str().unwrap());
            assert_eq!(header(header::CONTENT_TYPE).split(';').next(), Some(kind), "{path}");
            assert_eq!(header(header::CACHE_CONTROL), "public, max-age=31536000, immutable", "{path}");
            assert_eq!(header(header::CONTENT_ENCODING), encoding, "{path} {accepted}");
            assert!(header(header::VARY).contains("accept-encoding"), "{path}");
        }
        let stale = get(&console, &format!("/pkg/0123456789abcdef/{name}"), "").await;
        assert_eq!((stale.status, stale.header(header::CACHE_CONTROL)), (StatusCode::NOT_FOUND, "no-store"), "{name}");
    }
    for outside in ["..%2Ffavicon.svg", "..%2F..%2F..%2FCargo.toml", "%2Fetc%2Fpasswd", "nothing.js"] {
        let answer = get(&console, &format!("/pkg/{base}/{outside}"), "").await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{outside}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_page_names_the_files_of_its_own_code_and_no_other_whoever_else_asks() {
    let house = House::open(None).await;
    let (_, session) = house.first_account().await;
    let console = console(&house);
    let files = |page: &str| -> Vec<String> {
        let words = page.split('"').filter(|word| word.starts_with("/pkg/") && word.ends_with(".wasm"));
        words.map(str::to_owned).collect()
    };
    let mut asked = JoinSet::new();
    for _ in 0..50 {
        for (path, cookie, group) in [("/log-in", String::new(), "gate"), ("/", cookie(&session), "overview")] {
            let console = console.clone();
            asked.spawn(async move { (group, get(&console, path, &cookie).await.text()) });
        }
    }
    while let Some(answer) = asked.join_next().await {
        let (group, page) = answer.unwrap();
        let files = files(&page);
        assert!(files.len() == 1 && files[0].ends_with(&format!("/split_{group}.wasm")), "{group}: {files:?}");
        assert_eq!(page.matches("/groups.js\"").count(), 1, "{group}");
    }
    let page = get(&console, "/endpoints", &cookie(&session)).await.text();
    let named = files(&page);
    assert!(named.iter().any(|file| file.ends_with("/split_lists.wasm")), "{named:?}");
    for file in named {
        assert_eq!(page.matches(&format!("href=\"{file}\"")).count(), 1, "{file}");
        assert_eq!(get(&console, &file, "").await.status, StatusCode::OK, "{file}");
    }
}

#[tokio::test]
async fn a_member_follows_a_run_to_its_end() {
    let lab = Lab::start(clock::now()).await.unwrap();
    let house = House::open(Some(&lab)).await;
    let (actor, session) = house.first_account().await;
    let lines = urls(&lab, &["good-ecdsa", "expired"]);
    let (id, _) = program_with(&house, SHOP, &lines, &actor).await;
    let console = console(&house);
    let (form, member) = (format!("scope[program]={id}"), cookie(&session));
    let started = post(&console, "/api/endpoints/probe-now", form, SAME, &member).await;
    assert_eq!(started.status, StatusCode::OK, "{}", started.text());
    let run: RunId = serde_json::from_slice(&started.body).unwrap();

    let events =
        request(Method::GET, &format!("/events/runs/{run}"), &member).header(header::ACCEPT_ENCODING, "br, gzip");
    let events = ask(&console, events.body(Body::empty()).unwrap()).await;
    assert_eq!(events.header(header::CONTENT_TYPE), "text/event-stream");
    assert_eq!(events.header(header::CONTENT_ENCODING), "", "a compressor would hold events back");
    assert_eq!(events.header(header::CACHE_CONTROL), "no-cache");
    let states: Vec<Run> = events
        .text()
        .lines()
        .filter_map(|line| line.strip_prefix("data: "))
        .map(|data| serde_json::from_str(data).unwrap())
        .collect();
    assert!(states.windows(2).all(|pair| pair[0].done <= pair[1].done));
    let last = states.last().unwrap();
    assert!(last.finished && last.id == run && (last.done, last.total) == (2, 2), "{last:?}");
    lab.stop().await;
}

#[tokio::test]
async fn a_server_that_stops_keeps_nobody_at_a_stream() {
    let lab = Lab::start(clock::now()).await.unwrap();
    let house = House::open(Some(&lab)).await;
    let (actor, session) = house.first_account().await;
    let lines = urls(&lab, &["hangs"]);
    program_with(&house, SHOP, &lines, &actor).await;
    let run = house.probing.probe_now(Scope::Endpoint(EndpointId(1)), &actor).await.unwrap();
    let request = request(Method::GET, &format!("/events/runs/{run}"), &cookie(&session));
    let events = console(&house).oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!(events.status(), StatusCode::OK);
    house.stop.cancel();
    let seen = to_bytes(events.into_body(), 64 << 10).await.unwrap();
    assert!(!String::from_utf8_lossy(&seen).contains("\"finished\":true"));
    assert!(!house.probing.run(run, &actor).await.unwrap().finished, "the probe itself is still at it");
    lab.stop().await;
}

#[tokio::test]
async fn the_cookie_of_a_session_that_was_ended_opens_nothing() {
    let house = House::open(None).await;
    let link = house.people.set_up_link().await.unwrap().unwrap();
    let console = console(&house);
    let form = format!("token={link}&login=chen&password=correct+horse+battery&password_again=correct+horse+battery");
    let made = post(&console, "/api/accounts/set-up", form, SAME, "").await;
    assert_eq!(made.status, StatusCode::OK, "{}", made.text());
    let line = made.header(header::SET_COOKIE).to_owned();
    assert!(line.starts_with("__Host-") && line.ends_with("; Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=2592000"));
    let cookie = line.split(';').next().unwrap();
    assert_eq!(get(&console, "/", cookie).await.status, StatusCode::OK);

    let ended = post(&console, "/api/accounts/log-out", "", SAME, cookie).await;
    assert_eq!(ended.status, StatusCode::OK, "{}", ended.text());
    assert_eq!(
        ended.header(header::SET_COOKIE),
        format!("{SESSION_COOKIE}=; Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=0")
    );
    assert_eq!(get(&console, "/", cookie).await.status, StatusCode::SEE_OTHER);
    assert_eq!(post(&console, "/api/programs/list", "", SAME, cookie).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_form_without_script_is_led_to_a_page_whether_or_not_it_is_accepted() {
    let house = House::open(None).await;
    let (_, session) = house.first_account().await;
    let (console, member) = (console(&house), cookie(&session));
    let entries = "id=1&api=request&lines=";
    let lists = format!("{SAME}/programs/1");
    for (path, form, who, status, location) in [
        ("/api/programs/add", "app_id=wx0123456789abcdef&name=Shop", &member, StatusCode::FOUND, "/programs/1"),
        ("/api/programs/add", "app_id=wx0123456789abcdef&name=Shop", &member, StatusCode::FOUND, "/programs"),
        ("/api/alerts/remove-recipient", "id=1&recipient=9", &member, StatusCode::FOUND, lists.as_str()),
        ("/api/programs/add-entries", entries, &member, StatusCode::FOUND, "/programs/1"),
        ("/api/programs/remove", "id=1", &member, StatusCode::FOUND, "/programs"),
        ("/api/accounts/log-out", "", &member, StatusCode::FOUND, "/log-in"),
    ] {
        let answer = plain_form(&console, path, form, who).await;
        assert_eq!(answer.status, status, "{path} {form}: {}", answer.text());
        let to = answer.header(header::LOCATION);
        assert_eq!(to.split('?').next(), Some(location), "{path} {form}");
    }
}

#[tokio::test]
async fn while_the_server_stops_a_form_is_answered_without_another_page() {
    let house = House::open(None).await;
    let (_, session) = house.first_account().await;
    let (console, member) = (console(&house), format!("{}; hufu_locale=en", cookie(&session)));
    house.stop.cancel();
    let done = "What you sent was dealt with.";
    let (kept, lost) = ("not accepted. What you typed is kept", "not accepted, and none of it is kept");
    let password = "current=x&password=y&password_again=z";
    for (path, form, page, words) in [
        ("/api/programs/add", "app_id=wx0123456789abcdef&name=Shop", "href=\"/programs/1\"", done),
        ("/api/programs/add", "app_id=nonsense&name=Shop", "href=\"/programs?kept=1&amp;__path=", kept),
        ("/api/programs/add-entries", "id=1&api=request&lines=x", "href=\"/programs/1?api=request&amp;lines=x", kept),
        ("/api/accounts/change-password", password, "/programs/1?__path=", lost),
        ("/preferences", "theme=dark&return=%2Fprograms", "href=\"/programs\"", done),
    ] {
        let answer = plain_form(&console, path, form, &member).await;
        assert_eq!((answer.status, answer.header(header::LOCATION)), (StatusCode::OK, ""), "{path} {form}");
        assert!(answer.header(header::CONTENT_TYPE).starts_with("text/html"), "{path} {form}");
        let text = answer.text();
        assert!(text.contains(words) && text.contains(page), "{path} {form}: {text}");
    }
    // Of somebody whose session has ended nothing was done.
    let answer = plain_form(&console, "/api/programs/remove", "id=1", "").await;
    assert_eq!((answer.status, answer.header(header::LOCATION)), (StatusCode::UNAUTHORIZED, ""));
    assert_eq!(house.count("SELECT COUNT(*) FROM programs").await, 1);
    // A script reads the answer itself, and a page is no answer to a form.
    let answer = post(&console, "/api/programs/remove", "id=1", SAME, &member).await;
    assert_eq!((answer.status, answer.header(header::LOCATION)), (StatusCode::OK, "/programs"));
    assert_eq!(get(&console, "/programs", "").await.status, StatusCode::SEE_OTHER);
    let answer = plain_form(&console, "/api/accounts/log-out", "", &member).await;
    let text = answer.text();
    assert!(answer.status == StatusCode::OK && text.contains(done) && text.contains("href=\"/log-in\""), "{text}");
}

#[tokio::test]
async fn a_form_of_somebody_whose_session_has_ended_stays_in_the_browser_and_may_be_sent_again() {
    let house = House::open(None).await;
    let (_, session) = house.first_account().await;
    let console = console(&house);
    let (path, form) = ("/api/programs/add", "app_id=wx0123456789abcdef&name=Shop");
    for (language, words) in
        [("en", "Nothing was saved. What you sent is still in this page"), ("zh-CN", "没有保存任何内容")]
    {
        let told = plain_form(&console, path, form, &format!("hufu_locale={language}")).await;
        assert_eq!((told.status, told.header(header::LOCATION)), (StatusCode::UNAUTHORIZED, ""));
        assert!(told.header(header::CONTENT_TYPE).starts_with("text/html"));
        let text = told.text();
        assert!(text.contains(words) && !text.contains("Shop"), "{text}");
        assert!(text.contains("<a href=\"/log-in\" target=\"_blank\" rel=\"noopener\">"), "{text}");
    }
    // Files, and what no page takes, as well. A browser that is cut off while it sends would not show the answer.
    for path in ["/programs/import", "/check/certificate", "/nowhere", path] {
        let read = Arc::new(AtomicUsize::new(0));
        let pieces = (0..40).map({
            let read = Arc::clone(&read);
            move |_| {
                read.fetch_add(1, Ordering::Relaxed);
                Ok::<_, Infallible>(vec![b'x'; 64 * 1024])
            }
        });
        let told = plain_form(&console, path, Body::from_stream(stream::iter(pieces)), "").await;
        assert_eq!((told.status, read.load(Ordering::Relaxed)), (StatusCode::UNAUTHORIZED, 40), "{path}");
    }
    // A script reads the answer itself, also where no server function is.
    let told = post(&console, "/programs/import", "", SAME, "").await;
    assert_eq!((told.status, told.text().as_str()), (StatusCode::UNAUTHORIZED, r#""Unauthenticated""#));
    assert_eq!(house.count("SELECT COUNT(*) FROM programs").await, 0);

    // That page, loaded again after the log-in.
    let answer = plain_form(&console, path, form, &cookie(&session)).await;
    assert_eq!((answer.status, answer.header(header::LOCATION)), (StatusCode::FOUND, "/programs/1"));
}

#[tokio::test]
async fn who_guesses_is_told_when_to_come_back() {
    let house = House::open(None).await;
    house.first_account().await;
    let console = console(&house);
    let guess = async || post(&console, "/api/accounts/log-in", "login=chen&password=wrong", SAME, "").await;
    let mut refused = guess().await;
    for _ in 0..100 {
        if refused.status != StatusCode::UNPROCESSABLE_ENTITY {
            break;
        }
        refused = guess().await;
    }
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    let wait: u64 = refused.header(header::RETRY_AFTER).parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    assert_eq!(refused.header(header::SET_COOKIE), "");
}

#[tokio::test]
async fn a_console_without_its_database_says_so() {
    let house = House::open(None).await;
    let (_, session) = house.first_account().await;
    let console = console(&house);
    house.store.close().await;
    assert_eq!(get(&console, "/healthz", "").await.status, StatusCode::OK);
    for (path, who, status) in [
        ("/readyz", "", StatusCode::SERVICE_UNAVAILABLE),
        ("/", cookie(&session).as_str(), StatusCode::INTERNAL_SERVER_ERROR),
        ("/events/runs/1", cookie(&session).as_str(), StatusCode::INTERNAL_SERVER_ERROR),
    ] {
        let answer = get(&console, path, who).await;
        assert_eq!(answer.status, status, "{path}");
        assert!(!answer.text().to_lowercase().contains("pool"), "{path} tells of the driver: {}", answer.text());
    }
}
