//! The certificate desk: key stores sent and given back, and what a certificate would mean for the
//! register. No key stays.

use axum::{
    Router,
    body::Body,
    http::{Request, StatusCode, header},
};
use model::{
    Host,
    accounts::SessionToken,
    certificates::reach::{Reach, Told},
    service::EndpointId,
    tools::KeyMatch,
};
use probe::{
    CertificateDer, certificate,
    file::{self, Opening, Password, PrivateKey},
    lab::{Authority, Validity},
};
use server::clock;
use sqlx::SqliteConnection;

use crate::common::{
    HOUR, House, SHOP,
    certificates::{Made, serve},
    program_with,
    web::{Answer, HOST, SAME, ask, console, cookie, get, is_wrong},
};

pub(super) const PASSWORD: &str = "changeit";

/// A chain, its key and another's, as text.
struct Sent {
    chain: Vec<CertificateDer<'static>>,
    key: String,
    other: String,
}

fn made() -> Sent {
    let now = clock::now();
    let root = Authority::root("Root", Validity::days(now, -1, 30)).unwrap();
    let middle = root.intermediate("Middle", Validity::days(now, -1, 30), |_| ()).unwrap();
    let [key, other] = [(); 2].map(|()| rcgen::KeyPair::generate().unwrap());
    let host: Host = "a.example.com".parse().unwrap();
    let leaf = middle.leaf(&[&host], &key, Validity::days(now, -1, 20), |_| ()).unwrap();
    Sent { chain: vec![leaf, middle.der()], key: key.serialize_pem(), other: other.serialize_pem() }
}

/// Sends the form of the page to one of its addresses.
pub(super) async fn send(console: &Router, session: &SessionToken, path: &str, parts: &[(&str, &[u8])]) -> Answer {
    let mut body = Vec::new();
    for (name, bytes) in parts {
        body.extend(format!("--x-of-form\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n").as_bytes());
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"--x-of-form--\r\n");
    let request = Request::post(path)
        .header(header::HOST, HOST)
        .header(header::ORIGIN, SAME)
        .header(header::COOKIE, format!("{}; hufu_locale=en", cookie(session)))
        .header(header::CONTENT_LENGTH, body.len())
        .header(header::CONTENT_TYPE, "multipart/form-data; boundary=x-of-form");
    ask(console, request.body(Body::from(body)).unwrap()).await
}

#[tokio::test]
async fn a_chain_and_its_key_are_given_back_as_key_stores_and_nothing_is_kept() {
    let house = House::open(None).await;
    let (_, session) = house.first_account().await;
    let console = console(&house);
    let sent = made();
    // The wrong way round.
    let reversed: Vec<_> = sent.chain.iter().rev().cloned().collect();
    let pem = file::to_pem(&reversed, None);
    for (format, name) in [("pkcs12", "a.example.com.p12"), ("jks", "a.example.com.jks")] {
        let parts = [("password", PASSWORD.as_bytes()), ("key", sent.key.as_bytes()), ("file", pem.as_bytes())];
        let answer = send(&console, &session, &format!("/check/certificate/{format}"), &parts).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        assert_eq!(answer.header(header::CACHE_CONTROL), "no-store");
        assert_eq!(answer.header(header::CONTENT_DISPOSITION), format!("attachment; filename=\"{name}\""));
        let password = Password::new(PASSWORD.to_owned());
        let contents = file::read(&answer.body, &Opening { password: Some(&password), alias: None }).unwrap();
        assert_eq!(contents.certificates, sent.chain);
        assert_eq!(contents.key.matches(&sent.chain[0]), Some(KeyMatch::Matches));
    }
    let answer = send(&console, &session, "/check/certificate/pem", &[("pem", pem.as_bytes())]).await;
    assert_eq!(answer.text(), *file::to_pem(&sent.chain, None));
    assert_eq!(answer.header(header::CONTENT_DISPOSITION), "attachment; filename=\"a.example.com.fullchain.pem\"");
    assert_eq!(house.count("SELECT COUNT(*) FROM drafts").await, 0);
    let nothing = send(&console, &session, "/check/certificate/zip", &[("pem", pem.as_bytes())]).await;
    assert_eq!(nothing.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_java_key_store_bears_the_time_of_the_house() {
    let house = House::open(None).await;
    house.pass(HOUR);
    let (_, session) = house.first_account().await;
    let sent = made();
    let chain = file::to_pem(&sent.chain, None);
    let parts = [("password", PASSWORD.as_bytes()), ("key", sent.key.as_bytes()), ("file", chain.as_bytes())];
    let store = send(&console(&house), &session, "/check/certificate/jks", &parts).await.body;
    // Behind magic, version, number of entries, kind, and a name with its length.
    let name = usize::from(u16::from_be_bytes(store[16..18].try_into().unwrap()));
    let time = i64::from_be_bytes(store[18 + name..][..8].try_into().unwrap());
    assert_eq!(time, house.now() * 1_000);
}

#[tokio::test]
async fn what_cannot_be_given_back_is_said_beside_its_part() {
    let house = House::open(None).await;
    let (_, session) = house.first_account().await;
    let console = console(&house);
    let sent = made();
    let pem = file::to_pem(&sent.chain, None);
    let with_other = [pem.as_bytes(), sent.other.as_bytes()].concat();
    let (key, other, pem) = (sent.key.as_bytes(), sent.other.as_bytes(), pem.as_bytes());
    let password = PASSWORD.as_bytes();
    for (parts, problem, at, words) in [
        (&[("key", key), ("file", pem)][..], "password_needed&of=password", "password-error", "A password is needed"),
        (&[("password", password), ("file", pem)], "no_key&of=key", "key-error", "No private key was found"),
        (
            &[("password", password), ("key", other), ("file", pem)],
            "other_key&of=key",
            "key-error",
            "belongs to none of the certificates",
        ),
        (
            &[("password", password), ("pem", with_other.as_slice())],
            "other_key&of=text",
            "pem-error",
            "belongs to none of the certificates",
        ),
        (
            &[("password", b"short".as_slice()), ("key", key), ("file", pem)],
            "weak_password&of=password",
            "password-error",
            "six characters",
        ),
        (
            &[("password", password), ("key", key), ("pem", b"hello".as_slice())],
            "nothing&of=text",
            "pem-error",
            "No certificate",
        ),
    ] {
        let answer = send(&console, &session, "/check/certificate/jks", parts).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{problem}");
        let to = answer.header(header::LOCATION);
        assert!(to.ends_with(&format!("problem={problem}")), "{to}");
        let page = get(&console, to, &format!("{}; hufu_locale=en", cookie(&session))).await.text();
        let beside = page.split(&format!("id=\"{at}\"")).nth(1).unwrap();
        assert!(beside.split("</span>").next().unwrap().contains(words), "{problem}: {beside}");
        assert!(!page.contains(PASSWORD) && !page.contains("PRIVATE KEY-----"));
    }
}

#[tokio::test]
async fn a_damaged_block_is_named_beside_where_it_was_given() {
    let house = House::open(None).await;
    let (_, session) = house.first_account().await;
    let console = console(&house);
    let pem = file::to_pem(&made().chain, None);
    let line = pem.lines().count() + 1;
    let torn = format!("{}-----BEGIN CERTIFICATE-----\nMA!=\n-----END CERTIFICATE-----\n", *pem);
    let key = "-----BEGIN PRIVATE KEY-----\nc2Vjc\n-----END PRIVATE KEY-----\n";
    let of_torn = format!("Block 3 (CERTIFICATE) begins on line {line} and cannot be read: line {} is not", line + 1);
    for (parts, at, said) in [
        (&[("pem", torn.as_bytes())][..], "pem-error", of_torn.as_str()),
        (
            &[("pem", pem.as_bytes()), ("key", key.as_bytes())],
            "key-error",
            "Block 1 (PRIVATE KEY) begins on line 1 and cannot be read: its base64 breaks off",
        ),
    ] {
        let answer = send(&console, &session, "/check/certificate", parts).await;
        let to = answer.header(header::LOCATION);
        let page = get(&console, to, &format!("{}; hufu_locale=en", cookie(&session))).await.text();
        let beside = page.split(&format!("id=\"{at}\"")).nth(1).unwrap();
        assert!(beside.split("</span>").next().unwrap().contains(said), "{to}: {beside}");
        assert!(!to.contains("c2Vjc") && !page.contains("c2Vjc"), "{to}");
    }
}

#[tokio::test]
async fn a_certificate_that_is_cut_off_is_neither_judged_nor_given_back() {
    let house = House::open(None).await;
    let (_, session) = house.first_account().await;
    let console = console(&house);
    let mut chain = made().chain;
    let line = file::to_pem(&chain[..1], None).lines().count() + 1;
    chain[1] = CertificateDer::from(chain[1][..chain[1].len() - 20].to_vec());
    let pem = file::to_pem(&chain, None);
    let said = format!("Block 2 (CERTIFICATE) begins on line {line} and cannot be read: its content is cut off");
    for (path, part) in [("", "pem"), ("", "file"), ("/pem", "pem"), ("/pem", "file")] {
        let answer = send(&console, &session, &format!("/check/certificate{path}"), &[(part, pem.as_bytes())]).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{path} {part}: {}", answer.text());
        let to = answer.header(header::LOCATION);
        let page = get(&console, to, &format!("{}; hufu_locale=en", cookie(&session))).await.text();
        assert!(page.contains(&said) && !page.contains("data-answer"), "{path} {part} {to}: {page}");
    }
}

#[tokio::test]
async fn whether_the_key_belongs_to_the_certificate_is_told_and_the_key_is_not_kept() {
    let house = House::open(None).await;
    let (_, session) = house.first_account().await;
    let console = console(&house);
    let sent = made();
    let password = Password::new(PASSWORD.to_owned());
    let own = PrivateKey::read(sent.key.as_bytes(), None).unwrap();
    let store = file::to_pkcs12(&sent.chain, &own, &password).unwrap();
    for (key, expected, words) in [
        ("", "matches", "The private key belongs to this certificate."),
        (sent.other.as_str(), "other", "The private key belongs to another certificate."),
    ] {
        let parts = [("password", PASSWORD.as_bytes()), ("key", key.as_bytes()), ("file", store.as_slice())];
        let answer = send(&console, &session, "/check/certificate", &parts).await;
        let to = answer.header(header::LOCATION);
        assert!(to.contains("draft=") && to.ends_with(&format!("key={expected}")), "{to}");
        let page = get(&console, to, &format!("{}; hufu_locale=en", cookie(&session))).await.text();
        assert!(page.contains(words) && page.contains("-----BEGIN CERTIFICATE-----"), "{page}");
        // Its text now stands beside a file that may be chosen next.
        assert!(page.contains("name=\"shown\""), "{page}");
        // The configuration is called by what the certificate names.
        assert!(page.contains("server_name a.example.com;") && page.contains("a.example.com.jks"), "{page}");
    }
    let kept = house.count("SELECT COUNT(*) FROM drafts WHERE typed LIKE '%PRIVATE%' OR typed LIKE '%changeit%'").await;
    assert_eq!(kept, 0);
    let wrong = [("alias", b"server".as_slice()), ("password", b"wrong!"), ("file", store.as_slice())];
    let answer = send(&console, &session, "/check/certificate", &wrong).await;
    let to = answer.header(header::LOCATION);
    assert!(to.ends_with("?alias=server&problem=wrong_password"), "{to}");
    let page = get(&console, to, &cookie(&session)).await.text();
    assert!(page.contains("value=\"server\""), "{page}");
}

#[tokio::test]
async fn what_is_wrong_with_the_host_and_with_the_certificates_is_told_at_once() {
    let house = House::open(None).await;
    let (_, session) = house.first_account().await;
    let console = console(&house);
    let key = rcgen::KeyPair::generate().unwrap().serialize_pem();
    // Kept to be mended, and not even kept.
    for (pem, is_kept) in [("x", true), (key.as_str(), false)] {
        for (host, said) in [("*", "never for a wildcard"), ("a b", "not a host name")] {
            let parts = [("host", host.as_bytes()), ("pem", pem.as_bytes())];
            let answer = send(&console, &session, "/check/certificate", &parts).await;
            let to = answer.header(header::LOCATION);
            assert_eq!(to.contains("draft="), is_kept, "{to}");
            let page = get(&console, to, &format!("{}; hufu_locale=en", cookie(&session))).await.text();
            for (field, is_invalid) in [("host", true), ("pem", true), ("file", false), ("key", false)] {
                assert_eq!(is_wrong(&page, field), is_invalid, "{host} {field}: {page}");
            }
            assert!(page.contains(said), "{host}: {page}");
        }
    }
}

/// The draft whose text stands in the form of a page, with its answer.
fn shown(page: &str) -> String {
    let (_, rest) = page.split_once("name=\"shown\"").unwrap_or_else(|| panic!("{page}"));
    rest.split('"').nth(1).unwrap().to_owned()
}

#[tokio::test]
async fn a_file_is_judged_in_the_place_of_whatever_had_its_answer_before() {
    let house = House::open(None).await;
    let (_, session) = house.first_account().await;
    let console = console(&house);
    let sent = made();
    let pem = file::to_pem(&sent.chain, None);
    let pem = pem.as_str();
    let own = PrivateKey::read(sent.key.as_bytes(), None).unwrap();
    let store = file::to_pkcs12(&sent.chain, &own, &Password::new(PASSWORD.to_owned())).unwrap();
    let page_after = async |parts: &[(&str, &[u8])]| {
        let answer = send(&console, &session, "/check/certificate", parts).await;
        get(&console, answer.header(header::LOCATION), &format!("{}; hufu_locale=en", cookie(&session))).await.text()
    };
    // A file that is none of certificates, or is and has a slip beside it: its text stands in the form.
    for (host, wrong) in [("", "hello"), ("a b", pem), ("*.x.example", pem)] {
        let page = page_after(&[("host", host.as_bytes()), ("file", wrong.as_bytes())]).await;
        assert!(!page.contains("data-answer"), "{host}: {page}");
        let id = shown(&page);
        let parts = [("shown", id.as_bytes()), ("pem", wrong.as_bytes()), ("file", pem.as_bytes())];
        assert!(page_after(&parts).await.contains("data-answer"), "{host}");
        let typed = format!("{wrong} and more");
        let parts = [("shown", id.as_bytes()), ("pem", typed.as_bytes()), ("file", pem.as_bytes())];
        assert!(page_after(&parts).await.contains("You gave both a text and a file"), "{host}");
    }
    // A password that is mistyped does not make it somebody's own text.
    let mut page = page_after(&[("file", pem.as_bytes())]).await;
    for (password, said) in [("wrong!", "The password does not open this"), (PASSWORD, "data-key=\"matches\"")] {
        let id = shown(&page);
        let parts = [
            ("shown", id.as_bytes()),
            ("pem", pem.as_bytes()),
            ("password", password.as_bytes()),
            ("file", store.as_slice()),
        ];
        page = page_after(&parts).await;
        assert!(page.contains(said), "{page}");
    }
}

#[tokio::test]
async fn a_wildcard_is_configured_for_the_names_below_it() {
    let house = House::open(None).await;
    let (_, session) = house.first_account().await;
    let console = console(&house);
    let key = rcgen::KeyPair::generate().unwrap();
    let wildcard = rcgen::CertificateParams::new(vec!["*.x.example".to_owned()]).unwrap().self_signed(&key).unwrap();
    let pem = wildcard.pem();
    for (typed, is_named) in [("", true), ("*.x.example", true), ("*.y.example", false)] {
        let parts = [("host", typed.as_bytes()), ("pem", pem.as_bytes())];
        let answer = send(&console, &session, "/check/certificate", &parts).await;
        let to = answer.header(header::LOCATION);
        let page = get(&console, to, &format!("{}; hufu_locale=en", cookie(&session))).await.text();
        assert_eq!(page.contains("server_name *.x.example;"), is_named, "{typed}: {page}");
        assert_eq!(page.contains("https://$host$request_uri"), is_named, "{typed}: {page}");
        assert!(!page.contains("server_name x.example;"), "{typed}: {page}");
        assert_eq!(page.contains("never for a wildcard"), !is_named, "{typed}: {page}");
    }
    let answer = send(&console, &session, "/check/certificate/pem", &[("pem", pem.as_bytes())]).await;
    assert_eq!(answer.header(header::CONTENT_DISPOSITION), "attachment; filename=\"_.x.example.fullchain.pem\"");
}

#[tokio::test]
async fn a_wildcard_with_its_domain_is_configured_for_both() {
    let house = House::open(None).await;
    let (_, session) = house.first_account().await;
    let console = console(&house);
    let key = rcgen::KeyPair::generate().unwrap();
    let names = ["*.x.example", "x.example"].map(str::to_owned).to_vec();
    let pem = rcgen::CertificateParams::new(names).unwrap().self_signed(&key).unwrap().pem();
    for typed in ["", "x.example", "*.x.example"] {
        let parts = [("host", typed.as_bytes()), ("pem", pem.as_bytes())];
        let answer = send(&console, &session, "/check/certificate", &parts).await;
        let to = answer.header(header::LOCATION);
        let page = get(&console, to, &format!("{}; hufu_locale=en", cookie(&session))).await.text();
        for word in ["For x.example, *.x.example,", "server_name x.example *.x.example;", "ServerAlias *.x.example"] {
            assert!(page.contains(word), "{typed}: {word}: {page}");
        }
    }
    let answer = send(&console, &session, "/check/certificate/pem", &[("pem", pem.as_bytes())]).await;
    assert_eq!(answer.header(header::CONTENT_DISPOSITION), "attachment; filename=\"x.example.fullchain.pem\"");
}

#[tokio::test]
async fn that_a_name_stands_in_the_common_name_alone_is_counted_among_the_broken_rules() {
    let house = House::open(None).await;
    let (_, session) = house.first_account().await;
    let console = console(&house);
    let key = rcgen::KeyPair::generate().unwrap();
    for (names, count) in [(vec![], 1), (vec!["a.example.com".to_owned()], 0)] {
        let mut made = rcgen::CertificateParams::new(names).unwrap();
        made.distinguished_name = rcgen::DistinguishedName::new();
        made.distinguished_name.push(rcgen::DnType::CommonName, "a.example.com");
        let pem = made.self_signed(&key).unwrap().pem();
        // It fits no host, whether or not one is asked for.
        for host in ["", "a.example.com"] {
            let parts = [("host", host.as_bytes()), ("pem", pem.as_bytes())];
            let answer = send(&console, &session, "/check/certificate", &parts).await;
            let page = get(&console, answer.header(header::LOCATION), &cookie(&session)).await.text();
            assert!(page.contains(&format!("data-compliance-findings=\"{count}\"")), "{host}: {page}");
            let is_told = page.contains("data-code=\"cert.no_san\"");
            assert_eq!(is_told, count == 1, "{host}: {page}");
        }
    }
}

#[tokio::test]
async fn what_it_would_serve_and_break_is_told() {
    let house = House::open(None).await;
    let (actor, _) = house.first_account().await;
    let hosts = ["a.example.com", "b.example.com", "example.com", "other.example.org", "deep.a.example.com"];
    let entries = hosts.map(|host| format!("https://{host}"));
    let (_, endpoints) = program_with(&house, SHOP, &entries, &actor).await;
    let mut connection = house.connection().await;
    let wildcard = Made { byte: 1, names: &["*.EXAMPLE.com", "example.com"], issuer: "CN=i", from: 0, to: 1 };
    let stranger = Made { byte: 2, names: &["other.example.org"], issuer: "CN=i", from: 0, to: 1 };
    for made in [&wildcard, &stranger] {
        made.store(&mut connection).await;
    }
    for endpoint in endpoints {
        let is_stranger = target(&mut connection, endpoint).await == "other.example.org:443";
        serve(&mut connection, endpoint, if is_stranger { stranger.id() } else { wildcard.id() }, 0).await;
    }
    let reach = async |names: &[&str]| {
        let key = rcgen::KeyPair::generate().unwrap();
        let names = names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let leaf = rcgen::CertificateParams::new(names).unwrap().self_signed(&key).unwrap();
        house.services.certificates.reach(&certificate::read(leaf.der()), &actor).await.unwrap()
    };
    let told = |told: Told| told.first.iter().map(|each| each.target.to_string()).collect::<Vec<_>>();
    let Reach { served, broken } = reach(&["example.com", "a.example.com"]).await;
    assert_eq!((served.count, broken.count), (2, 1));
    assert_eq!(told(served), ["a.example.com:443", "example.com:443"]);
    // It shares example.com with the wildcard, which serves this host well today. What the wildcard never
    // covered does not break.
    assert_eq!(told(broken), ["b.example.com:443"]);
    // The wildcard, renewed.
    let Reach { served, broken } = reach(&["example.com", "*.example.com"]).await;
    assert_eq!(told(served), ["a.example.com:443", "b.example.com:443", "example.com:443"]);
    assert_eq!(broken, Told::default());
    // Shares no name with what is served.
    assert_eq!(reach(&["c.example.com"]).await, Reach::default());
}

async fn target(connection: &mut SqliteConnection, endpoint: EndpointId) -> String {
    let sql = "SELECT host || ':' || port FROM endpoints WHERE id = $1";
    sqlx::query_scalar(sql).bind(endpoint.0).fetch_one(connection).await.unwrap()
}
