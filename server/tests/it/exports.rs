//! Exports: a file holds what the pages show, in their order, whatever a cell holds; and one that
//! could not be finished does not look as if it were.

use std::io::Cursor;

use crate::common::{
    House, OTHER, SHOP, filing, many_endpoints, program_with,
    web::{Answer, HOST, ask, console, cookie, get},
};
use app::{audit::query as audit_query, endpoints::query as endpoint_query, export::Format, i18n::Locale};
use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Request, StatusCode, header},
    response::Response,
};
use calamine::{Data, Reader as _, Xlsx};
use futures::StreamExt as _;
use model::{
    Api, Limits, Zone,
    accounts::Actor,
    audit::AuditQuery,
    endpoints::{
        Tagging,
        list::EndpointQuery,
        route::{Route, RouteChange},
    },
    icp::{IcpState, filings::NewIcpRecord},
    paging::PAGE_SIZE,
    programs::{NewProgram, ProgramChange},
    url_check::WssPorts,
};
use serde_json::{Value, json};
use server::exports::Wanted;
use tower::ServiceExt as _;

struct Desk {
    house: House,
    console: Router,
    actor: Actor,
    cookie: String,
}

impl Desk {
    async fn new() -> Self {
        let house = House::open(None).await;
        let (actor, session) = house.first_account().await;
        let console = console(&house);
        Self { house, console, actor, cookie: cookie(&session) }
    }

    async fn get(&self, path: &str) -> Answer {
        get(&self.console, path, &self.cookie).await
    }

    async fn encoded(&self, path: &str, encoding: &str) -> Response {
        let request = Request::get(path)
            .header(header::HOST, HOST)
            .header(header::ACCEPT_ENCODING, encoding)
            .header(header::COOKIE, &self.cookie);
        self.console.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
    }

    async fn json(&self, path: &str) -> Vec<Value> {
        let answer = self.get(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text());
        answer.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The rows after the headings.
    async fn csv(&self, path: &str) -> Vec<Vec<String>> {
        read_csv(&self.get(path).await).split_off(1)
    }

    async fn xlsx(&self, path: &str) -> Vec<Vec<Data>> {
        read_xlsx(&self.get(path).await).split_off(1)
    }

    async fn many_lines(&self, count: i64) {
        let add = "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < $1)
            INSERT INTO audit_log (at, actor, action, object, after)
            SELECT n / 3, 'li', 'entry.add', 'entry https://h' || n || '.example', '{\"program\":9}' FROM numbers";
        sqlx::query(add).bind(count).execute(&mut self.house.connection().await).await.unwrap();
    }
}

fn read_csv(answer: &Answer) -> Vec<Vec<String>> {
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    let text = std::str::from_utf8(&answer.body).unwrap().strip_prefix('\u{feff}').unwrap().to_owned();
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
    reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect()
}

fn read_xlsx(answer: &Answer) -> Vec<Vec<Data>> {
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(answer.body.clone())).unwrap();
    let range = book.worksheet_range_at(0).unwrap().unwrap();
    range.rows().map(<[Data]>::to_vec).collect()
}

#[tokio::test]
async fn the_endpoints_are_those_of_all_pages_in_their_order() {
    let desk = Desk::new().await;
    many_endpoints(&desk.house, 2 * PAGE_SIZE + 7).await;
    for search in ["", "q=h1", "verdict=fail&sort=target&order=reversed", "sort=expiry", "sort=probed&order=reversed"] {
        let mut shown = Vec::new();
        for page in 0.. {
            let query = EndpointQuery { page, ..endpoint_query::read(search, Zone::UTC) };
            let answer = desk.house.services.endpoints.endpoints(&query, &desk.actor).await.unwrap();
            shown.extend(answer.rows.iter().map(|row| row.target.to_string()));
            if page + 1 >= answer.pages() {
                break;
            }
        }
        // Whatever page it is asked from.
        let path = |format: &str| format!("/endpoints/export?format={format}&page=2&{search}");
        let json = desk.json(&path("jsonl")).await;
        assert_eq!(json.iter().map(|row| row["endpoint"].as_str().unwrap()).collect::<Vec<_>>(), shown, "{search}");
        let csv = desk.csv(&path("csv")).await;
        assert_eq!(csv.iter().map(|row| row[0].as_str()).collect::<Vec<_>>(), shown, "{search}");
        let xlsx = desk.xlsx(&path("xlsx")).await;
        assert_eq!(xlsx.iter().map(|row| row[0].to_string()).collect::<Vec<_>>(), shown, "{search}");
    }
}

#[tokio::test]
async fn the_audit_log_is_that_of_all_pages_and_tells_of_the_export_itself() {
    let desk = Desk::new().await;
    desk.many_lines(2 * i64::from(PAGE_SIZE)).await;
    for search in ["", "by=%40li", "action=entry.add&from=1970-01-01&until=1970-01-01", "q=h7", "action=all"] {
        let exported = desk.json(&format!("/audit/export?format=jsonl&{search}")).await;
        let csv = desk.csv(&format!("/audit/export?format=csv&{search}")).await;
        let mut shown = Vec::new();
        for page in 0.. {
            let query = AuditQuery { page, ..audit_query::read(search, Zone::UTC) };
            let answer = desk.house.services.audit.log(&query, &desk.actor).await.unwrap().lines;
            shown.extend(answer.rows.iter().map(|row| row.entry.id));
            if page + 1 >= answer.pages() {
                break;
            }
        }
        let ids: Vec<i64> = csv.iter().map(|row| row[0].parse().unwrap()).collect();
        assert_eq!(ids, shown, "{search}");
        // The one before, without the line of the one after.
        let ids: Vec<i64> = exported.iter().map(|row| row["id"].as_i64().unwrap()).collect();
        assert!(shown.ends_with(&ids) && shown.len() - ids.len() <= 1, "{search}");
    }
    let log = desk.json("/audit/export?format=jsonl&action=export.read&q=endpoints").await;
    assert_eq!(log, Vec::<Value>::new());
    desk.get("/endpoints/export?format=xlsx&verdict=fail&page=3&nonsense=1").await;
    let log = desk.json("/audit/export?format=jsonl&action=export.read&q=endpoints").await;
    let (actor, after) = (&log[0]["actor"], &log[0]["after"]);
    assert_eq!((log.len(), actor), (1, &json!("chen")));
    assert_eq!(*after, json!({ "format": "xlsx", "view": "/endpoints?verdict=fail", "zone": "+00:00" }));
    // A list without the filter that was meant would be another list.
    for list in ["/endpoints/export?verdict=great", "/programs/export?tag=a,b", "/audit/export?from=zz"] {
        let answer = desk.get(&format!("{list}&format=csv")).await;
        let (_, filter) = list.split_once('?').unwrap();
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{list}");
        assert!(answer.text().contains(filter), "{}", answer.text());
    }
}

#[tokio::test]
async fn the_inventory_tells_what_the_page_of_each_mini_program_tells() {
    let desk = Desk::new().await;
    let programs = &desk.house.services.programs;
    let hostile = "=HYPERLINK(\"http://x\",\"a,b\")";
    let mut ids = Vec::new();
    for (app_id, name) in [(SHOP, hostile), (OTHER, "小店")] {
        let new = NewProgram { app_id: app_id.parse().unwrap(), name: name.to_owned() };
        ids.push(programs.add_program(new, &desk.actor).await.unwrap());
    }
    for (id, api, line) in [
        (ids[1], Api::Request, "https://b.example.com"),
        (ids[0], Api::Udp, "udp://u.example.net"),
        (ids[0], Api::Request, "https://a.example.com:8443"),
    ] {
        programs.add_entries(id, api, vec![line.to_owned()], &desk.actor).await.unwrap();
    }
    let number = Some("京ICP备11041704号-13".parse().unwrap());
    let filed = NewIcpRecord { number, ..filing("example.com", IcpState::Filed, 0) };
    desk.house.services.icp.record(filed, &desk.actor).await.unwrap();
    let state = "UPDATE endpoints SET verdict = 'fail', verdict_ios = 'fail', verdict_android = 'pass',
        not_after = 1773561600, probed_at = 1773475200 WHERE port = 8443";
    sqlx::query(state).execute(&mut desk.house.connection().await).await.unwrap();

    let json = desk.json("/programs/export?format=jsonl").await;
    let expected = json!({
        "program": hostile, "app_id": SHOP, "api": "request", "entry": "https://a.example.com:8443",
        "registrable_domain": "example.com", "icp_state": "filed", "icp_number": "京ICP备11041704号-13",
        "verdict": "fail",
        "platforms": { "ios": "fail", "macos": "unknown", "android": "pass", "windows": "unknown" },
        "endpoint": "a.example.com:8443", "endpoint_verdict": "fail",
        "not_after": "2026-03-15T08:00:00Z", "probed_at": "2026-03-14T08:00:00Z"
    });
    assert_eq!(json[0], expected);
    let entries: Vec<_> = json.iter().map(|row| row["entry"].as_str().unwrap()).collect();
    assert_eq!(entries, ["https://a.example.com:8443", "udp://u.example.net", "https://b.example.com"]);
    assert_eq!((&json[1]["endpoint"], &json[1]["icp_state"]), (&Value::Null, &json!("unknown")));
    for (row, id) in json.iter().zip([ids[0], ids[0], ids[1]]) {
        let page = programs.program(id, &desk.actor).await.unwrap().entries;
        let on_page = page.iter().find(|shown| row["entry"] == shown.entry.to_string()).unwrap();
        assert_eq!(row["verdict"], on_page.verdict.as_str());
    }

    let csv = desk.csv("/programs/export?format=csv").await;
    assert_eq!(csv[0][..4], [&format!("'{hostile}"), SHOP, "request 合法域名", entries[0]]);
    assert_eq!(csv[0][4..8], ["example.com", "已备案", "京ICP备11041704号-13", "不可用"]);
    assert_eq!(csv[0][14..], ["2026-03-15 08:00:00", "2026-03-14 08:00:00"]);
    assert_eq!((csv[1][5].as_str(), csv[1][12].as_str()), ("未知", ""));

    let xlsx = desk.xlsx("/programs/export?format=xlsx").await;
    assert_eq!(xlsx[0][0], Data::String(hostile.to_owned()), "a text cell is no formula");
    let Data::DateTime(at) = &xlsx[0][14] else { unreachable!("{:?}", xlsx[0][14]) };
    assert_eq!(at.to_ymd_hms_milli(), (2026, 3, 15, 8, 0, 0, 0));
    assert_eq!(xlsx[1][12], Data::Empty);
}

#[tokio::test]
async fn the_inventory_is_that_of_the_mini_programs_on_screen_and_the_log_says_of_which() {
    let desk = Desk::new().await;
    let programs = &desk.house.services.programs;
    let (one, other) = ("https://a.example.com", "https://b.example.com");
    let (shop, _) = program_with(&desk.house, SHOP, &[one.to_owned()], &desk.actor).await;
    program_with(&desk.house, OTHER, &[other.to_owned()], &desk.actor).await;
    let change = ProgramChange {
        revision: programs.program(shop, &desk.actor).await.unwrap().revision,
        name: "Shop".to_owned(),
        limits: Limits::default(),
        wss: WssPorts::default(),
        skip_check: false,
        owner: Some(desk.actor.id),
        tags: "core".parse().unwrap(),
    };
    programs.change_program(shop, change, &desk.actor).await.unwrap();
    let own = format!("owner={}", desk.actor.id);
    for (search, expected) in [
        ("", &[one, other][..]),
        ("tag=core", &[one]),
        ("tag=cor", &[]),
        (&own, &[one]),
        ("owner=nobody", &[other]),
        ("q=CORE", &[one]),
        ("q=wx0123456789abcdee", &[other]),
        ("q=shop&sort=name&order=reversed&page=9", &[one, other]),
        ("tag=core&owner=nobody", &[]),
    ] {
        let path = |format: &str| format!("/programs/export?format={format}&{search}");
        let json = desk.json(&path("jsonl")).await;
        let entries: Vec<_> = json.iter().map(|row| row["entry"].as_str().unwrap()).collect();
        assert_eq!(entries, expected, "{search}");
        let csv = desk.csv(&path("csv")).await;
        assert_eq!(csv.iter().map(|row| row[3].as_str()).collect::<Vec<_>>(), expected, "{search}");
    }
    desk.get("/programs/export?format=xlsx&tag=core&owner=nobody&page=3&nonsense=1").await;
    let log = desk.json("/audit/export?format=jsonl&action=export.read&q=export+programs").await;
    let view = "/programs?tag=core&owner=nobody";
    assert_eq!(log[0]["after"], json!({ "format": "xlsx", "view": view, "zone": "+00:00" }));
    let page = desk.get("/programs?tag=core&q=shop").await.text();
    assert!(page.contains("\"/programs/export?format=csv&amp;q=shop&amp;tag=core\""), "{page}");
}

#[tokio::test]
async fn an_endpoint_says_which_mini_programs_name_it() {
    let desk = Desk::new().await;
    let entry = ["https://a.example.com".to_owned(), "https://a.example.com:8443".to_owned()];
    for app_id in [SHOP, OTHER] {
        program_with(&desk.house, app_id, &entry, &desk.actor).await;
    }
    let rename = "UPDATE programs SET name = '小店' WHERE app_id = 'wx0123456789abcdef'";
    sqlx::query(rename).execute(&mut desk.house.connection().await).await.unwrap();
    let json = desk.json("/endpoints/export?format=jsonl&q=:443").await;
    let expected = json!([{
        "id": json[0]["id"], "endpoint": "a.example.com:443", "verdict": "unknown",
        "platforms": { "ios": "unknown", "macos": "unknown", "android": "unknown", "windows": "unknown" },
        "worst": null, "tls_version": null, "issuer": null, "not_after": null, "probed_at": null,
        "programs": ["Shop", "小店"], "tags": [], "fixed_addresses": [], "sni": null
    }]);
    assert_eq!(json!(json), expected);
    assert_eq!(desk.csv("/endpoints/export?format=csv&q=:443").await[0][12], "Shop、小店");
}

#[tokio::test]
async fn a_selection_is_exported_in_its_order_with_tags_and_fixed_addresses() {
    let desk = Desk::new().await;
    let entries = ["a", "b", "c"].map(|name| format!("https://{name}.example.com"));
    let (_, ids) = program_with(&desk.house, SHOP, &entries, &desk.actor).await;
    let endpoints = &desk.house.services.endpoints;
    for tag in ["core", "支付"] {
        let tagging = Tagging::Add(tag.parse().unwrap());
        endpoints.tag_selected(vec![ids[2]].into(), tagging, &desk.actor).await.unwrap();
    }
    let route = Route {
        addresses: "8.8.8.8\n2001:4860:4860::8888".parse().unwrap(),
        server_name: "new.example.com".parse().ok(),
    };
    endpoints.change_route(ids[2], RouteChange { revision: 0, route }, &desk.actor).await.unwrap();

    // As the form sends it, with what is gone and what is there twice.
    let chosen =
        format!("chosen=1&tags=a%2C+b&ids%5B%5D={}&ids%5B%5D={}&ids%5B%5D=999&ids%5B%5D={}", ids[2], ids[0], ids[2]);
    let path = |format: &str| format!("/endpoints/export?{chosen}&format={format}");
    let json = desk.json(&path("jsonl")).await;
    let names: Vec<_> = json.iter().map(|row| row["endpoint"].as_str().unwrap()).collect();
    assert_eq!(names, ["c.example.com:443", "a.example.com:443"]);
    assert_eq!(json[0]["tags"], json!(["core", "支付"]));
    assert_eq!(json[0]["fixed_addresses"], json!(["8.8.8.8", "2001:4860:4860::8888"]));
    assert_eq!(json[0]["sni"], "new.example.com");
    let csv = desk.csv(&path("csv")).await;
    assert_eq!(csv[0][13..], ["core、支付", "8.8.8.8、2001:4860:4860::8888", "new.example.com"]);
    assert_eq!(csv[1][13..], ["", "", ""]);
    assert_eq!(desk.xlsx(&path("xlsx")).await.len(), 2);
    let logged =
        "SELECT json_extract(after, '$.endpoints') FROM audit_log WHERE action = 'export.read' ORDER BY id DESC";
    assert_eq!(desk.house.count(logged).await, 3);

    let lines = desk.house.audited().await;
    let many = (0..501).map(|_| "&ids[]=1").collect::<String>();
    for ids in ["", "&ids[]=x", &many] {
        let answer = desk.get(&format!("/endpoints/export?chosen=1&format=csv{ids}")).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{ids}");
    }
    assert_eq!(desk.get("/endpoints/export?chosen=1&format=csv").await.text(), "请至少选择一行。\n");
    assert_eq!(desk.house.audited().await, lines);

    // All of the list in place of what is ticked, in the order of the list.
    let all_of = |list: &str| format!("/endpoints/export?{chosen}&all_of={list}&format=jsonl");
    let json = desk.json(&all_of("%2Fendpoints%3Fsort%3Dtarget%26order%3Dreversed")).await;
    let names: Vec<_> = json.iter().map(|row| row["endpoint"].as_str().unwrap()).collect();
    assert_eq!(names, ["c.example.com:443", "b.example.com:443", "a.example.com:443"]);
    assert_eq!(desk.json(&all_of("%2Fendpoints%3Fq%3Db.")).await.len(), 1);
    assert_eq!(desk.house.audited().await, lines + 2);
    let nonsense = desk.get(&all_of("%2Fendpoints%3Fverdict%3Dgreat")).await;
    assert_eq!((nonsense.status, desk.house.audited().await), (StatusCode::UNPROCESSABLE_ENTITY, lines + 2));
}

#[tokio::test]
async fn a_file_is_saved_under_its_date_with_headings_in_the_reader_s_language() {
    let desk = Desk::new().await;
    let today = model::Timestamp::from_second(desk.house.now()).unwrap().date();
    for (list, name) in [("audit", "audit"), ("endpoints", "endpoints"), ("programs", "domains")] {
        for format in Format::ALL {
            let answer = desk.get(&format!("/{list}/export?format={}", format.as_str())).await;
            let expected = format!("attachment; filename=\"hufu-{name}-{today}.{}\"", format.as_str());
            assert_eq!(answer.header(header::CONTENT_DISPOSITION), expected);
            assert_eq!(answer.header(header::CACHE_CONTROL), "no-store");
        }
    }
    for (language, locale) in [("en", Locale::en), ("zh", Locale::zh_CN)] {
        for (list, headings) in [
            ("audit", app::export::audit_headings(locale)),
            ("endpoints", app::export::endpoint_headings(locale)),
            ("programs", app::export::inventory_headings(locale)),
        ] {
            let answer = async |format: &str| {
                let request = Request::get(format!("/{list}/export?format={format}"))
                    .header(header::HOST, HOST)
                    .header(header::ACCEPT_LANGUAGE, language)
                    .header(header::COOKIE, &desk.cookie);
                ask(&desk.console, request.body(Body::empty()).unwrap()).await
            };
            assert_eq!(read_csv(&answer("csv").await)[0], headings);
            let xlsx = read_xlsx(&answer("xlsx").await);
            assert_eq!(xlsx[0].iter().map(ToString::to_string).collect::<Vec<_>>(), headings);
        }
    }
}

#[tokio::test]
async fn an_unknown_format_and_a_stranger_are_refused_and_nothing_is_logged() {
    let desk = Desk::new().await;
    let logged = desk.house.audited().await;
    for list in ["audit", "endpoints", "programs"] {
        for search in ["", "?format=", "?format=pdf", "?format=CSV"] {
            let answer = desk.get(&format!("/{list}/export{search}")).await;
            assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{list}{search}");
            assert!(answer.text().contains("format=csv"), "{}", answer.text());
            assert!(answer.header(header::CONTENT_TYPE).starts_with("text/plain"));
        }
        for (locale, words) in [("en", "Choose a format: "), ("zh-CN", "请选择一种格式：")] {
            let who = format!("{}; hufu_locale={locale}", desk.cookie);
            let answer = get(&desk.console, &format!("/{list}/export?format=pdf"), &who).await;
            assert!(answer.text().starts_with(words), "{}", answer.text());
        }
        let stranger = get(&desk.console, &format!("/{list}/export?format=csv"), "").await;
        assert_eq!((stranger.status, stranger.body.len()), (StatusCode::UNAUTHORIZED, 0));
    }
    assert_eq!(desk.house.audited().await, logged);
}

#[tokio::test]
async fn thousands_of_rows_keep_their_order_in_every_format() {
    // Ten times as many as are written at once.
    const COUNT: i64 = 5_000;
    let desk = Desk::new().await;
    desk.many_lines(COUNT).await;
    let path = |format: &str| format!("/audit/export?format={format}&by=%40li");
    let json: Vec<i64> = desk.json(&path("jsonl")).await.iter().map(|row| row["id"].as_i64().unwrap()).collect();
    assert_eq!(json.len(), usize::try_from(COUNT).unwrap());
    assert!(json.is_sorted_by(|a, b| a > b));
    let csv = desk.csv(&path("csv")).await;
    assert!(csv.iter().map(|row| row[0].parse::<i64>().unwrap()).eq(json.iter().copied()));
    let xlsx = desk.xlsx(&path("xlsx")).await;
    #[allow(clippy::cast_precision_loss)]
    let numbers = json.iter().map(|id| Data::Float(*id as f64));
    assert!(xlsx.iter().map(|row| row[0].clone()).eq(numbers));
}

#[tokio::test]
async fn who_leaves_in_the_middle_makes_room_for_the_next() {
    let desk = Desk::new().await;
    desk.many_lines(5_000).await;
    let wanted = Wanted { format: Format::JsonLines, locale: Locale::en, zone: Zone::UTC };
    // More than may read at once: were one left behind, a later one would wait for ever.
    for _ in 0..8 {
        let export = desk.house.exports.audit(AuditQuery::default(), wanted, &desk.actor).await.unwrap();
        let mut bytes = Box::pin(export.bytes());
        assert!(bytes.next().await.unwrap().is_ok());
    }
    let export = desk.house.exports.audit(AuditQuery::default(), wanted, &desk.actor).await.unwrap();
    let pieces: Vec<_> = export.bytes().collect().await;
    assert!(pieces.iter().all(Result::is_ok));
}

#[tokio::test]
async fn a_file_that_cannot_be_finished_has_no_end() {
    let desk = Desk::new().await;
    let later = "INSERT INTO audit_log (at, actor, action, object) VALUES (0, 'li', 'comet.fly', 'comet 1')";
    sqlx::query(later).execute(&mut desk.house.connection().await).await.unwrap();
    for format in Format::ALL {
        for encoding in ["identity", "gzip", "br"] {
            let response = desk.encoded(&format!("/audit/export?format={}", format.as_str()), encoding).await;
            assert_eq!(response.status(), StatusCode::OK);
            assert!(to_bytes(response.into_body(), 1 << 20).await.is_err(), "{format:?} {encoding}");
        }
    }
}

#[tokio::test]
async fn a_file_of_text_is_compressed_on_its_way_and_a_workbook_is_not() {
    let desk = Desk::new().await;
    desk.many_lines(1_000).await;
    for format in Format::ALL {
        let path = format!("/audit/export?format={}&by=%40li", format.as_str());
        let plain = desk.encoded(&path, "identity").await;
        let plain = to_bytes(plain.into_body(), 1 << 20).await.unwrap();
        let response = desk.encoded(&path, "gzip").await;
        let compressed = response.headers().get(header::CONTENT_ENCODING).is_some_and(|word| word == "gzip");
        let sent = to_bytes(response.into_body(), 1 << 20).await.unwrap();
        assert_eq!(compressed, format != Format::Xlsx);
        assert_eq!(sent.len() < plain.len() / 2, compressed, "{} of {}", sent.len(), plain.len());
    }
}
