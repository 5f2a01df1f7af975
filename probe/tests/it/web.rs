//! What a server says over HTTP, of web servers that answer as they are told to, good and hostile.

use std::{
    net::Ipv4Addr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use model::{
    AppId, Host, Timestamp,
    endpoints::route::Route,
    http::{Hsts, HttpFacts, HttpFailure, HttpLook, HttpPage, PlainAnswer, Upgrade},
    observation::{Failure, TcpFailure},
    revocation::ListAnswer,
};
use probe::{
    Ask, Depth, NetworkPolicy, Probed, Prober, Roots,
    lab::{Authority, Page, Publisher, Reply, RevocationList, Validity, Website, names_list},
};
use rcgen::KeyPair;
use tokio::{
    io::{AsyncWriteExt as _, copy, sink},
    net::TcpListener,
    time::sleep,
};

use crate::common::{refusing, with_enough_time};

fn now() -> Timestamp {
    "2026-05-01T00:00:00Z".parse().unwrap()
}

fn prober(site: &Website, allowed: &str, timeout: Duration) -> Prober {
    Prober::builder()
        .policy(NetworkPolicy::allowing([allowed.parse().unwrap()]))
        .fixed([site.resolve()].into_iter().collect())
        .plain_port(site.plain_port())
        .timeout(timeout)
        .build()
        .unwrap()
}

async fn probe_by(prober: &Prober, site: &Website, ask: &Ask) -> Probed {
    prober.probe_by(&Route::default(), &site.target(), ask, Depth::Full, now(), |_| ()).await.unwrap()
}

/// What is seen when there is time enough.
async fn facts(ask: &Ask, answer: impl Fn(&str, &str) -> Reply + Send + Sync + 'static) -> HttpFacts {
    let site = Website::start(now(), answer).await.unwrap();
    probe_by(&prober(&site, "127.0.0.0/8", AMPLE), &site, ask).await.observation.http.expect("HTTP was asked")
}

async fn look(answer: impl Fn(&str) -> Reply + Send + Sync + 'static) -> HttpLook {
    let HttpFacts { mut looks, .. } = facts(&Ask::default(), move |_, head| answer(head)).await;
    assert_eq!(looks.len(), 1);
    looks.remove(0)
}

async fn page(answer: impl Fn(&str) -> Reply + Send + Sync + 'static) -> HttpPage {
    look(answer).await.page.unwrap()
}

async fn upgrade(answer: impl Fn(&str) -> Reply + Send + Sync + 'static) -> Option<Upgrade> {
    let ask = Ask { websocket: true, ..Ask::default() };
    let facts = facts(&ask, move |_, head| match header(head, "Upgrade") {
        Some("websocket") => answer(head),
        _ => Reply::page("200 OK", ""),
    });
    facts.await.looks.remove(0).websocket
}

/// A header of a request.
pub(crate) fn header<'h>(head: &'h str, name: &str) -> Option<&'h str> {
    head.lines().find_map(|line| {
        let (key, value) = line.split_once(": ")?;
        key.eq_ignore_ascii_case(name).then_some(value)
    })
}

/// The answer to an upgrade that came with this key.
pub(crate) fn switching(key: &str) -> Reply {
    let both = format!("{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
    let accept = STANDARD.encode(digest(&SHA1_FOR_LEGACY_USE_ONLY, both.as_bytes()));
    let head = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n";
    Reply::Hangs(format!("{head}Sec-WebSocket-Accept: {accept}\r\n\r\n").into_bytes())
}

#[tokio::test]
async fn a_server_is_asked_as_wechat_asks_and_its_answer_is_kept() {
    let heads = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&heads);
    let app_id: AppId = "wx0123456789abcdef".parse().unwrap();
    let ask = Ask { app_id: Some(app_id.clone()), websocket: false };
    let site = Website::start(now(), move |scheme, head| {
        heard.lock().unwrap().push((scheme.to_owned(), head.to_owned()));
        match scheme {
            "https" => Reply::page("200 OK\r\nStrict-Transport-Security: max-age=60; includeSubDomains", "x"),
            _ => Reply::page("301 Moved Permanently\r\nLocation: https://website.lab.hufu.example/", ""),
        }
    });
    let site = site.await.unwrap();
    let facts = probe_by(&prober(&site, "127.0.0.0/8", AMPLE), &site, &ask).await.observation.http.unwrap();
    assert_eq!(facts.app_id, Some(app_id));
    let [HttpLook { page, without_referer, websocket, .. }] = facts.looks.as_slice() else { panic!("{facts:?}") };
    let hsts = Some(Hsts { max_age_seconds: 60, include_subdomains: true });
    assert_eq!(page, &Ok(HttpPage { status: 200, hsts, icp: Vec::new() }));
    assert_eq!((without_referer, websocket), (&None, &None));
    let location = Some("https://website.lab.hufu.example/".to_owned());
    assert_eq!(facts.plain.unwrap().answer, Ok(PlainAnswer { status: 301, location }));

    let heads = heads.lock().unwrap();
    assert_eq!(heads.len(), 2, "{heads:?}");
    for (scheme, head) in heads.iter() {
        assert!(head.starts_with("GET / HTTP/1.1\r\n"), "{head}");
        assert!(header(head, "User-Agent").unwrap().contains("MicroMessenger"), "{head}");
        let port = if scheme == "https" { site.target().port } else { site.plain_port() };
        assert_eq!(header(head, "Host").unwrap(), format!("website.lab.hufu.example:{port}"));
        let referer = "https://servicewechat.com/wx0123456789abcdef/0/page-frame.html";
        assert_eq!(header(head, "Referer"), (scheme == "https").then_some(referer));
    }
}

#[tokio::test]
async fn who_refuses_is_asked_once_more_without_the_referer() {
    let refuses_referer = |head: &str| match header(head, "Referer") {
        Some(_) => Reply::page("403 Forbidden", ""),
        None => Reply::page("200 OK", ""),
    };
    let seen = look(refuses_referer).await;
    assert_eq!((seen.page.unwrap().status, seen.without_referer), (403, Some(200)));
    let seen = look(|_| Reply::page("403 Forbidden", "")).await;
    assert_eq!((seen.page.unwrap().status, seen.without_referer), (403, Some(403)));

    for status in ["200 OK", "302 Found", "500 Oops"] {
        let asked = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&asked);
        let ask = Ask::default();
        let seen = facts(&ask, move |scheme, _| {
            count.fetch_add(usize::from(scheme == "https"), Ordering::Relaxed);
            Reply::page(status, "")
        });
        let look = seen.await.looks.remove(0);
        assert_eq!((look.page.unwrap().status.to_string(), look.without_referer), (status[..3].to_owned(), None));
        assert_eq!(asked.load(Ordering::Relaxed), 1, "{status}");
    }
}

#[tokio::test]
async fn an_icp_number_is_read_off_the_footer_in_gbk_too() {
    let footer = "<footer><a href=\"https://beian.miit.gov.cn/\">京ICP备11041704号-13</a></footer>";
    let (gbk, _, _) = encoding_rs::GBK.encode(footer);
    let gbk = gbk.into_owned();
    for (kind, body) in [
        ("text/html; charset=utf-8", footer.as_bytes().to_vec()),
        ("text/html; charset=gbk", gbk.clone()),
        ("text/html", gbk.clone()),
    ] {
        let seen = page(move |_| Reply::page(&format!("404 Not Found\r\nContent-Type: {kind}"), &body)).await;
        assert_eq!(seen.icp.len(), 1, "{kind}");
        assert_eq!(seen.icp[0].number.to_string(), "京ICP备11041704号-13");
        assert!(seen.icp[0].links_to_ministry());
    }
    let json = page(move |_| Reply::page("200 OK\r\nContent-Type: application/json", footer)).await;
    assert_eq!(json.icp, []);
}

#[tokio::test]
async fn an_upgrade_is_understood_refused_or_mistaken() {
    let right = |head: &str| switching(header(head, "Sec-WebSocket-Key").unwrap());
    assert_eq!(upgrade(right).await, Some(Upgrade::Switched));
    assert_eq!(upgrade(|_| switching("another")).await, Some(Upgrade::Mistaken));
    assert_eq!(upgrade(|_| Reply::page("404 Not Found", "")).await, Some(Upgrade::Refused { status: 404 }));
    assert_eq!(upgrade(|_| Reply::page("200 OK", "")).await, Some(Upgrade::Refused { status: 200 }));
    let Some(Upgrade::Unclear { .. }) = upgrade(|_| Reply::Bytes(b"220 ready\r\n".to_vec())).await else {
        panic!("no HTTP");
    };
}

#[tokio::test]
async fn a_head_or_a_body_without_end_is_left_and_what_was_read_counts() {
    let head = b"HTTP/1.1 200 OK\r\nX: ".to_vec();
    let Err(HttpFailure::Broken { .. }) = look(move |_| Reply::Floods(head.clone())).await.page else {
        panic!("a head without end");
    };
    let begun = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n京ICP备11041704号 ".as_bytes().to_vec();
    let seen = page(move |_| Reply::Floods(begun.clone())).await;
    assert_eq!((seen.status, seen.icp.len()), (200, 1));
}

#[tokio::test]
async fn what_is_not_answered_in_time_spoils_nothing_else() {
    for begun in ["", "HTTP/1.1 200 OK\r\n"] {
        let site = Website::start(now(), move |_, _| Reply::Hangs(begun.as_bytes().to_vec())).await.unwrap();
        // A machine that is slow has no time left for HTTP, and then nothing is said of it.
        let probed = with_enough_time(
            |patience| {
                let (prober, site) = (prober(&site, "127.0.0.0/8", patience), &site);
                async move { probe_by(&prober, site, &Ask::default()).await }
            },
            |probed| probed.observation.http.is_none(),
        );
        let observation = probed.await.observation;
        assert!(observation.addresses[0].outcome.is_ok());
        let facts = observation.http.unwrap();
        assert_eq!(facts.looks[0].page, Err(HttpFailure::Timeout), "{begun}");
    }
}

#[tokio::test]
async fn lists_are_asked_for_while_a_web_server_takes_its_time() {
    let publisher = Arc::new(Publisher::start().await.unwrap());
    let validity = Validity::days(now(), -1, 89);
    let root = Authority::root("Root", validity).unwrap();
    publisher.put("root.crl", Page::Body(root.revokes(&RevocationList::of(&[], validity)).unwrap()));
    let host: Host = "slow.lab.hufu.example".parse().unwrap();
    let (key, url) = (KeyPair::generate().unwrap(), publisher.url("root.crl"));
    let leaf = root.leaf(&[&host], &key, validity, |parameters| names_list(parameters, &url)).unwrap();
    let site = Website::serving(host, vec![leaf], &key, |_, _| Reply::page("200 OK", "")).await.unwrap();

    let plain = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let prober = Prober::builder()
        .policy(NetworkPolicy::allowing(["127.0.0.0/8".parse().unwrap()]))
        .fixed([site.resolve(), publisher.resolve()].into_iter().collect())
        .plain_port(model::Port::new(plain.local_addr().unwrap().port()).unwrap())
        .roots(vec![Roots::from_pem(root.pem().as_bytes()).unwrap()])
        .timeout(AMPLE)
        .build()
        .unwrap();
    let lists = Arc::clone(&publisher);
    tokio::spawn(async move {
        let (mut stream, _) = plain.accept().await.unwrap();
        while lists.asked("root.crl") == 0 {
            sleep(Duration::from_millis(10)).await;
        }
        let _ = stream.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n").await;
        // Closed with something unread, it would be reset and the answer lost.
        let _ = copy(&mut stream, &mut sink()).await;
    });
    let observation = probe_by(&prober, &site, &Ask::default()).await.observation;
    let answer = &observation.addresses[0].lists[0].answer;
    assert!(matches!(answer, ListAnswer::NotListed { .. }), "{answer:?}");
    let plain = observation.http.unwrap().plain.unwrap();
    assert_eq!(plain.answer, Ok(PlainAnswer { status: 404, location: None }));
}

#[tokio::test]
async fn a_refused_port_80_is_told_and_one_that_may_not_be_asked_is_not_asked() {
    let site = Website::start(now(), |_, _| Reply::page("200 OK", "")).await.unwrap();
    let held = refusing([127, 0, 0, 1].into(), 0).unwrap();
    let port = model::Port::new(held.local_addr().unwrap().port()).unwrap();
    let prober = Prober::builder()
        .policy(NetworkPolicy::allowing(["127.0.0.0/8".parse().unwrap()]))
        .fixed([site.resolve()].into_iter().collect())
        .plain_port(port)
        .timeout(AMPLE)
        .build()
        .unwrap();
    let facts = probe_by(&prober, &site, &Ask::default()).await.observation.http.unwrap();
    let failure = Failure::Tcp { reason: TcpFailure::Refused };
    assert_eq!(facts.plain.unwrap().answer, Err(HttpFailure::Unreached { failure }));

    let barred = self::prober(&site, "10.0.0.0/8", AMPLE);
    let observation = probe_by(&barred, &site, &Ask::default()).await.observation;
    assert_eq!(observation.addresses[0].outcome, Err(Failure::Policy { address: [127, 0, 0, 1].into() }));
    assert_eq!(observation.http, None);

    // A look at the dates alone asks nothing more.
    let quick = self::prober(&site, "127.0.0.0/8", AMPLE);
    let probed = quick.probe(&site.target(), Depth::Expiry, now(), |_| ()).await.unwrap();
    assert_eq!(probed.observation.http, None);
}

/// Only against hanging for ever.
const AMPLE: Duration = Duration::from_secs(120);
