//! Certificates as files: how they are saved, and how they are sent to be checked.

use axum::{
    Router,
    body::Body,
    http::{Request, StatusCode, header},
};
use model::{
    Fingerprint, Host, Timestamp,
    accounts::SessionToken,
    certificates::{
        NAMES_MOST,
        list::{CertificateQuery, ROW_MOST},
    },
    service::ServiceError,
    tools::FILE_MOST,
};
use probe::{
    certificate,
    lab::{Authority, Validity},
};

use crate::common::{
    House, SHOP,
    certificates::{asked, of, serve},
    program_with,
    web::{HOST, SAME, ask, console, cookie, get},
};

#[tokio::test]
async fn a_certificate_with_thousands_of_names_is_shown_in_part_and_saved_whole() {
    let house = House::open(None).await;
    let (actor, session) = house.first_account().await;
    let (_, endpoints) = program_with(&house, SHOP, &["https://a.example.com".to_owned()], &actor).await;
    let hosts: Vec<Host> = (0..2_000).map(|n| format!("h{n}.example.com").parse().unwrap()).collect();
    let now = Timestamp::from_second(house.now()).unwrap();
    let root = Authority::root("Root", Validity::days(now, -1, 10)).unwrap();
    let key = rcgen::KeyPair::generate().unwrap();
    let leaf = root.leaf(&hosts.iter().collect::<Vec<_>>(), &key, Validity::days(now, -1, 10), |_| ()).unwrap();
    let facts = certificate::read(&leaf);
    let mut connection = house.connection().await;
    let add = "INSERT INTO certificates (sha256, der, subject, issuer, not_before, not_after, names, names_left_out, first_seen)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0)";
    sqlx::query(add)
        .bind(facts.sha256.as_bytes().as_slice())
        .bind(leaf.as_ref())
        .bind(&facts.subject)
        .bind(&facts.issuer)
        .bind(facts.not_before.as_second())
        .bind(facts.not_after.as_second())
        .bind(serde_json::to_string(&facts.dns_names).unwrap())
        .bind(i64::from(facts.names_left_out))
        .execute(&mut connection)
        .await
        .unwrap();
    serve(&mut connection, endpoints[0], facts.sha256, 0).await;

    let row = asked(&house, &actor, CertificateQuery::default()).await.rows.remove(0);
    assert_eq!((row.names.len(), row.names_total), (ROW_MOST, 2_000));
    let detail = of(&house, &actor, facts.sha256).await;
    assert_eq!((detail.certificate.dns_names.len(), detail.certificate.names_left_out), (NAMES_MOST, 1_800));

    let (console, cookie) = (console(&house), cookie(&session));
    let page = format!("/certificates/{}", facts.sha256);
    let shown = get(&console, &page, &cookie).await;
    assert_eq!(shown.status, StatusCode::OK);
    let names = shown.text().replace("<wbr>", "");
    assert!(names.contains("h199.example.com") && !names.contains("h200.example.com"));
    let der = get(&console, &format!("{page}/der"), &cookie).await;
    assert_eq!((der.status, der.header(header::CONTENT_TYPE)), (StatusCode::OK, "application/pkix-cert"));
    assert_eq!(der.body, leaf.as_ref());
    let name = format!("h0.example.com-{}", &facts.sha256.to_string()[..8]);
    assert_eq!(der.header(header::CONTENT_DISPOSITION), format!("attachment; filename=\"{name}.cer\""));
    let pem = get(&console, &format!("{page}/pem"), &cookie).await;
    assert_eq!(pem.header(header::CONTENT_TYPE), "application/pem-certificate-chain");
    assert_eq!(pem.header(header::CONTENT_DISPOSITION), format!("attachment; filename=\"{name}.pem\""));
    let read = probe::file::certificates(&pem.body).unwrap();
    assert_eq!(read, [leaf]);
}

#[tokio::test]
async fn what_is_not_there_is_not_found_and_nobody_sees_it_without_a_session() {
    let house = House::open(None).await;
    let (actor, session) = house.first_account().await;
    let nothing = Fingerprint::new([9; 32]);
    let certificates = &house.services.certificates;
    assert_eq!(certificates.certificate(nothing, 0, &actor).await, Err(ServiceError::NotFound));
    assert_eq!(certificates.download(nothing, &actor).await, Err(ServiceError::NotFound));
    let (console, cookie) = (console(&house), cookie(&session));
    for path in [
        format!("{nothing}/pem"),
        format!("{nothing}/der"),
        "x/pem".into(),
        "..%2F/der".into(),
        nothing.to_string(),
        "x".into(),
    ] {
        let path = format!("/certificates/{path}");
        assert_eq!(get(&console, &path, &cookie).await.status, StatusCode::NOT_FOUND, "{path}");
        let answer = get(&console, &path, "").await;
        assert!(
            answer.status == StatusCode::SEE_OTHER && answer.header(header::LOCATION).starts_with("/log-in"),
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_file_that_is_not_there_is_told_in_the_reader_s_language() {
    let house = House::open(None).await;
    let (_, session) = house.first_account().await;
    let console = console(&house);
    for path in ["/certificates/x/pem", "/certificates/x/der", "/endpoints/x/chain", "/endpoints/1/fullchain?address=x"]
    {
        for (locale, words) in [("en", "It is not there, or not any more.\n"), ("zh-CN", "对象不存在，或已被移除。\n")]
        {
            let answer = get(&console, path, &format!("{}; hufu_locale={locale}", cookie(&session))).await;
            assert_eq!((answer.status, answer.text().as_str()), (StatusCode::NOT_FOUND, words), "{path}");
        }
    }
}

/// Sends the form of the certificate check; the status, and the page that it leads to.
async fn send(console: &Router, session: &SessionToken, typed: &str, file: Vec<u8>) -> (StatusCode, String) {
    let part = |name: &str| format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"");
    let mut body = format!("{}\r\n\r\n{typed}\r\n", part("pem")).into_bytes();
    body.extend(format!("{}; filename=\"a.pem\"\r\n\r\n", part("file")).as_bytes());
    body.extend(file);
    body.extend(format!("\r\n{}\r\n\r\na.example.com\r\n--x--\r\n", part("host")).as_bytes());
    let request = Request::post("/check/certificate")
        .header(header::HOST, HOST)
        .header(header::ORIGIN, SAME)
        .header(header::COOKIE, cookie(session))
        .header(header::CONTENT_LENGTH, body.len())
        .header(header::CONTENT_TYPE, "multipart/form-data; boundary=x");
    let answer = ask(console, request.body(Body::from(body)).unwrap()).await;
    (answer.status, answer.header(header::LOCATION).to_owned())
}

#[tokio::test]
async fn a_key_alone_is_told_beside_where_it_was_given_and_is_not_kept() {
    const KEY: &str = "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n";
    let house = House::open(None).await;
    let (_, session) = house.first_account().await;
    let console = console(&house);
    for (typed, file, field, page) in [
        (KEY, "", "pem-error", "/check/certificate?host=a.example.com&problem=key_alone&of=text"),
        ("", KEY, "file-error", "/check/certificate?host=a.example.com&problem=key_alone"),
    ] {
        let led_to = send(&console, &session, typed, file.as_bytes().to_vec()).await;
        assert_eq!(led_to, (StatusCode::SEE_OTHER, page.to_owned()));
        for (locale, words) in [("zh-CN", "只有私钥，没有证书"), ("en", "There is a private key and no certificate")]
        {
            let cookie = format!("{}; hufu_locale={locale}", cookie(&session));
            let told = get(&console, page, &cookie).await.text();
            for at in ["pem-error", "file-error"] {
                let beside = told.split(&format!("id=\"{at}\"")).nth(1).unwrap();
                assert_eq!(beside.split("</span>").next().unwrap().contains(words), at == field, "{at}: {beside}");
            }
        }
    }
    assert_eq!(house.count("SELECT COUNT(*) FROM drafts").await, 0);
}

#[tokio::test]
async fn of_a_text_and_a_file_none_is_judged_in_the_other_s_place() {
    let house = House::open(None).await;
    let (_, session) = house.first_account().await;
    let console = console(&house);
    let (status, page) = send(&console, &session, "my text", b"my file".to_vec()).await;
    assert!(status == StatusCode::SEE_OTHER && page.ends_with("&problem=both"), "{page}");
    let told = get(&console, &page, &format!("{}; hufu_locale=en", cookie(&session))).await.text();
    let beside = told.split("id=\"file-error\"").nth(1).unwrap();
    assert!(beside.split("</span>").next().unwrap().contains("both a text and a file"), "{beside}");
    assert!(told.contains("my text</textarea>") && !told.contains("name=\"shown\""), "{told}");
}

#[tokio::test]
async fn a_file_that_is_too_large_is_told_beside_its_field_in_the_reader_s_language() {
    let house = House::open(None).await;
    let (_, session) = house.first_account().await;
    let console = console(&house);
    let sent = async |typed: &str, file: Vec<u8>| send(&console, &session, typed, file).await;
    let most = vec![b'x'; FILE_MOST];
    let (status, page) = sent("", most.clone()).await;
    assert!(status == StatusCode::SEE_OTHER && page.starts_with("/check/certificate?draft="), "{status} {page}");

    let (status, page) = sent("", [most.clone(), b"x".to_vec()].concat()).await;
    assert_eq!(
        (status, page.as_str()),
        (StatusCode::SEE_OTHER, "/check/certificate?host=a.example.com&problem=too_large")
    );
    // More than is read at all.
    let (status, far_too_large) = sent("", vec![b'x'; 65 * 1024 * 1024]).await;
    assert_eq!((status, far_too_large.as_str()), (StatusCode::SEE_OTHER, "/check/certificate?problem=too_large"));

    for (locale, words) in [("zh-CN", "内容超过 256 kB"), ("en", "more than 256 kB")] {
        let cookie = format!("{}; hufu_locale={locale}", cookie(&session));
        let told = get(&console, &page, &cookie).await.text();
        let beside = told.split("id=\"file-error\"").nth(1).unwrap();
        assert!(beside.split("</span>").next().unwrap().contains(words), "{beside}");
        assert!(told.contains("value=\"a.example.com\""), "{told}");
    }

    // What was typed beside it stays, but for keys.
    let typed = "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\ntyped beside it";
    let (_, page) = sent(typed, [most, b"x".to_vec()].concat()).await;
    assert!(page.contains("draft=") && page.ends_with("&host=a.example.com&problem=too_large"), "{page}");
    let told = get(&console, &page, &cookie(&session)).await.text();
    assert!(told.contains("typed beside it</textarea>") && !told.contains("c2VjcmV0"), "{told}");
}
