//! Search everything: what is found besides the rows of the lists, a few of each kind, by whoever may see it.

use crate::common::{
    House, SHOP, newcomer, paste_icp, program_with,
    web::{SAME, console, cookie, get, post},
};
use app::search::{Hits, SearchData};
use axum::{Router, http::StatusCode};
use model::{
    Api, Code,
    accounts::{Actor, Role},
    endpoints::Tagging,
    service::ProgramId,
};

/// What whoever has this cookie finds, on a page in this language.
async fn found(console: &Router, text: &str, locale: &str, cookie: &str) -> Hits {
    let form = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("text", text)
        .append_pair("wording", &format!("{locale} +08:00"))
        .finish();
    let answer = post(console, "/api/search", form, SAME, cookie).await;
    assert_eq!(answer.status, StatusCode::OK, "{text}: {}", answer.text());
    serde_json::from_slice::<SearchData>(&answer.body).unwrap().hits
}

async fn add(house: &House, id: ProgramId, api: Api, lines: &[&str], actor: &Actor) {
    let lines = lines.iter().map(|line| (*line).to_owned()).collect();
    house.services.programs.add_entries(id, api, lines, actor).await.unwrap();
}

#[tokio::test]
async fn entries_that_make_no_endpoint_are_found_in_their_lists() {
    let house = House::open(None).await;
    let (actor, session) = house.first_account().await;
    let (id, _) = program_with(&house, SHOP, &["https://game.example.com".to_owned()], &actor).await;
    add(&house, id, Api::Socket, &["wss://game.example.com:8443"], &actor).await;
    add(&house, id, Api::Udp, &["udp://game.example.com:9000"], &actor).await;
    add(&house, id, Api::Tcp, &["tcp://a.game.example.com:9001"], &actor).await;
    add(&house, id, Api::PrefetchDns, &["game.example.com", "xn--fiq228c.example.net"], &actor).await;
    add(&house, id, Api::Business, &["https://game.example.com"], &actor).await;
    let (console, member) = (console(&house), cookie(&session));
    for (text, expected) in [
        (
            "game.example",
            &[
                "tcp tcp://a.game.example.com:9001",
                "prefetch game.example.com",
                "business https://game.example.com",
                "udp udp://game.example.com:9000",
            ][..],
        ),
        ("GAME.example.com:9000", &["udp udp://game.example.com:9000"]),
        ("udp://game", &["udp udp://game.example.com:9000"]),
        ("中文.example.net", &["prefetch xn--fiq228c.example.net"]),
        ("_ame", &[]),
        ("%", &[]),
    ] {
        let entries = found(&console, text, "en", &member).await.entries;
        let told = entries.first.iter().map(|it| {
            assert_eq!((it.program, it.name.as_str()), (id, "Shop"));
            format!("{} {}", it.entry.api(), it.entry)
        });
        assert_eq!(told.collect::<Vec<_>>(), expected, "{text}");
    }
    let page = get(&console, "/search?q=game.example.com%3A9000", &member).await.text();
    assert!(page.contains(&format!("href=\"/programs/{id}#udp\"")), "{page}");
}

#[tokio::test]
async fn a_url_finds_its_entry_its_mini_program_and_its_endpoint() {
    let house = House::open(None).await;
    let (actor, session) = house.first_account().await;
    let entries = ["https://api.example.com", "https://api.example.com:8443", "https://other.example.com"];
    let (id, endpoints) = program_with(&house, SHOP, &entries.map(str::to_owned), &actor).await;
    add(&house, id, Api::Socket, &["wss://ws.example.com"], &actor).await;
    add(&house, id, Api::Business, &["https://web.example.com"], &actor).await;
    add(&house, id, Api::Upload, &["https://xn--fiq228c.example.net"], &actor).await;
    let (console, member) = (console(&house), cookie(&session));
    let api = &["request https://api.example.com", "request https://api.example.com:8443"][..];
    for (text, expected, served) in [
        ("https://api.example.com", api, 2),
        ("https://api", api, 2),
        (
            " HTTPS://API.example.com:8443/v1/users?id=1#top",
            &["request https://api.example.com:8443", "request https://api.example.com"],
            2,
        ),
        ("https://user@api.example.com.", api, 2),
        (r"https://api.example.com\v1", api, 2),
        ("https://api.example.co/", &[], 2),
        ("https://[::1]/", &[], 0),
        ("http://api.example.com:9000", api, 2),
        ("wss://ws.example.com", &["socket wss://ws.example.com"], 1),
        ("https://web.example.com/index.html", &["business https://web.example.com"], 1),
        ("https://中文.example.net/", &["upload https://xn--fiq228c.example.net"], 1),
        ("https://example.com", &[], 5),
        ("https://_pi.example.com", &[], 0),
        ("https://%", &[], 0),
        ("https://", &["business https://web.example.com"], 0),
    ] {
        let hits = found(&console, text, "en", &member).await;
        let told = hits.entries.first.iter().map(|it| {
            assert_eq!((it.program, it.name.as_str()), (id, "Shop"));
            format!("{} {}", it.entry.api(), it.entry)
        });
        assert_eq!(told.collect::<Vec<_>>(), expected, "{text}");
        assert_eq!(hits.endpoints.total, served, "{text}");
    }
    let page = get(&console, "/search?q=https%3A%2F%2Fapi.example.com%2Fv1", &member).await.text();
    for href in [format!("/programs/{id}#request"), format!("/endpoints/{}", endpoints[0])] {
        assert!(page.contains(&format!("href=\"{href}\"")), "{href}: {page}");
    }
}

#[tokio::test]
async fn what_a_url_asks_for_comes_first_however_many_name_its_host() {
    let house = House::open(None).await;
    let (actor, session) = house.first_account().await;
    for number in 0..9 {
        let app_id = format!("wx{number:016x}");
        program_with(&house, &app_id, &["https://api.example.com".to_owned()], &actor).await;
    }
    let others = ["https://api.example.com:8443", "https://api.example.com:9443", "https://api.example.com.cn:8443"];
    let (id, _) = program_with(&house, SHOP, &others.map(str::to_owned), &actor).await;
    add(&house, id, Api::PrefetchDns, &["api.example.com", "cdn.example.com"], &actor).await;
    let (console, member) = (console(&house), cookie(&session));
    let at_443 = "request https://api.example.com";
    for (text, first) in [
        (
            "https://api.example.com:8443/v1",
            &["request https://api.example.com:8443", "prefetch api.example.com", at_443][..],
        ),
        ("https://api.example.com:9443", &["request https://api.example.com:9443", "prefetch api.example.com", at_443]),
        ("https://api.example.com:7443", &["prefetch api.example.com", at_443]),
        ("https://api.example.com/", &[at_443; 8]),
        ("https://api.example.com.cn/", &["request https://api.example.com.cn:8443"]),
        ("https://api.example.com.", &[at_443; 8]),
        ("https://cdn.example.com/a.png", &["prefetch cdn.example.com"]),
        ("https://cdn", &["prefetch cdn.example.com"]),
    ] {
        let entries = found(&console, text, "en", &member).await.entries.first;
        let told: Vec<_> = entries.iter().map(|it| format!("{} {}", it.entry.api(), it.entry)).collect();
        assert_eq!(told[..first.len().min(told.len())], *first, "{text}");
        assert!(text.contains("api.example.com.cn") || told.iter().all(|entry| !entry.contains(".cn")), "{text}");
    }
}

#[tokio::test]
async fn a_url_finds_the_filing_of_its_host() {
    let house = House::open(None).await;
    let (actor, session) = house.first_account().await;
    let lines = ["example.com filed", "example.net pending", "example.com.cn filed"].map(str::to_owned);
    paste_icp(&house, lines.to_vec(), &actor).await.unwrap();
    let (console, member) = (console(&house), cookie(&session));
    for (text, expected) in [
        ("https://api.example.net", &["example.net"][..]),
        ("https://user@a.b.example.net.:8443/v1", &["example.net"]),
        ("https://api.example.com.cn/", &["example.com.cn"]),
        ("https://example", &["example.com", "example.com.cn", "example.net"]),
        ("https://api.other.net/", &[]),
        ("example.net", &["example.net"]),
    ] {
        let filings = found(&console, text, "en", &member).await.filings.first;
        let mut domains: Vec<_> = filings.iter().map(|row| row.domain.as_str()).collect();
        domains.sort_unstable();
        assert_eq!(domains, expected, "{text}");
    }
}

#[tokio::test]
async fn tags_of_endpoints_lead_to_what_carries_them() {
    let house = House::open(None).await;
    let (actor, session) = house.first_account().await;
    let entries = ["https://a.example.com", "https://b.example.com"].map(str::to_owned);
    let (_, ids) = program_with(&house, SHOP, &entries, &actor).await;
    for (id, tag) in [(ids[0], "core"), (ids[1], "core"), (ids[1], "core api"), (ids[0], "支付")] {
        let tagging = Tagging::Add(tag.parse().unwrap());
        house.services.endpoints.tag_selected(vec![id].into(), tagging, &actor).await.unwrap();
    }
    let (console, member) = (console(&house), cookie(&session));
    for (text, expected) in
        [("CORE", &["core", "core api"][..]), ("ore a", &["core api"]), ("支", &["支付"]), ("%", &[]), ("none", &[])]
    {
        let tags = found(&console, text, "en", &member).await.tags.first;
        assert_eq!(tags.iter().map(|tag| tag.as_str()).collect::<Vec<_>>(), expected, "{text}");
    }
    let page = get(&console, "/search?q=core", &member).await.text();
    assert!(page.contains("href=\"/endpoints?tag=core+api\""), "{page}");
}

#[tokio::test]
async fn people_are_found_by_who_may_see_them() {
    let house = House::open(None).await;
    let (admin, session) = house.first_account().await;
    let console = console(&house);
    for (login, role) in [("li.editor", Role::Editor), ("li.viewer", Role::Viewer)] {
        let (_, own) = newcomer(&house, login, role, &admin).await;
        assert_eq!(found(&console, "li.", "en", &cookie(&own)).await.people.total, 0, "{login}");
    }
    for (text, expected) in
        [("LI.", &["li.editor", "li.viewer"][..]), ("chen", &["chen"]), ("ditor", &["li.editor"]), ("li_", &[])]
    {
        let people = found(&console, text, "en", &cookie(&session)).await.people.first;
        assert_eq!(people.iter().map(|person| person.login.as_str()).collect::<Vec<_>>(), expected, "{text}");
    }
    let page = get(&console, "/search?q=chen", &cookie(&session)).await.text();
    assert!(page.contains(&format!("href=\"/settings/people#person-{}\"", admin.id)), "{page}");
    let people = get(&console, "/settings/people", &cookie(&session)).await.text();
    assert!(people.contains(&format!("id=\"person-{}\"", admin.id)), "{people}");
}

#[tokio::test]
async fn findings_are_found_by_their_title_in_the_reader_s_language() {
    let house = House::open(None).await;
    let (_, session) = house.first_account().await;
    let (console, member) = (console(&house), cookie(&session));
    for (text, locale, expected) in [
        ("the certificate has expired", "en", true),
        ("expired", "en", true),
        ("expired", "zh-CN", false),
        ("证书已过期", "zh-CN", true),
        ("证书已过期", "en", false),
        ("cert.expired", "en", true),
    ] {
        let codes = found(&console, text, locale, &member).await.codes.first;
        assert_eq!(codes.contains(&Code::CertExpired), expected, "{text} {locale}: {codes:?}");
    }
    let many = found(&console, "certificate", "en", &member).await.codes;
    assert!(many.first.len() == 8 && many.total > 8, "{many:?}");
    let page = get(&console, "/search?q=certificate", &format!("{member}; hufu_locale=en")).await.text();
    assert!(
        page.contains("href=\"/help/findings?q=certificate\"") && page.contains("Look for more in the help"),
        "{page}"
    );
}

#[tokio::test]
async fn a_few_of_each_kind_are_shown_however_many_there_are() {
    let house = House::open(None).await;
    let (actor, session) = house.first_account().await;
    let (id, endpoints) = program_with(&house, SHOP, &["https://x.example.com".to_owned()], &actor).await;
    let lines: Vec<_> = (0..12).map(|number| format!("udp://many{number}.example.com:9000")).collect();
    add(&house, id, Api::Udp, &lines.iter().map(String::as_str).collect::<Vec<_>>(), &actor).await;
    let mut connection = house.connection().await;
    for number in 0..12 {
        let add = "INSERT INTO endpoint_tags (tag, endpoint) VALUES ($1, $2)";
        let tag = format!("many {number}");
        sqlx::query(add).bind(tag).bind(endpoints[0].0).execute(&mut connection).await.unwrap();
        let add = "INSERT INTO users (login, password_hash, role, created_at) VALUES ($1, '', 'viewer', 0)";
        sqlx::query(add).bind(format!("many{number}")).execute(&mut connection).await.unwrap();
    }
    let hits = found(&console(&house), "many", "en", &cookie(&session)).await;
    assert_eq!((hits.entries.first.len(), hits.entries.total), (8, 9));
    assert_eq!((hits.tags.first.len(), hits.tags.total), (8, 9));
    assert_eq!((hits.people.first.len(), hits.people.total), (8, 9));
    let who = format!("{}; hufu_locale=en", cookie(&session));
    let page = get(&console(&house), "/search?q=many", &who).await.text();
    assert_eq!(page.matches("There are more: type a longer part.").count(), 3, "{page}");
}
