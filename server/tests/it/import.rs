//! Many entries at once: a dry run changes nothing, and the import does what it has shown, or nothing.

use crate::common::{
    House, SHOP, newcomer, program_with, registered,
    web::{self, HOST, SAME, ask, console, get, is_wrong},
};
use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use model::{
    Api,
    accounts::{Actor, Role},
    programs::import::{DryRun, ImportError, ImportOptions, ImportRequest, Imported, Mode},
    service::{ProgramId, ServiceError, ServiceResult},
};

const NEW: &str = "wx00000000000000aa";

fn request(text: &str, program: Option<ProgramId>, mode: Mode) -> ImportRequest {
    let options = ImportOptions { program, mode, ..ImportOptions::default() };
    ImportRequest { text: text.to_owned(), options }
}

async fn dry_run(house: &House, request: &ImportRequest, actor: &Actor) -> DryRun {
    house.services.programs.dry_run(request, actor).await.unwrap().unwrap()
}

async fn import(house: &House, request: &ImportRequest, digest: &str, actor: &Actor) -> ServiceResult<Imported> {
    house.services.programs.import(request, digest, actor).await
}

async fn shown(house: &House, program: ProgramId, actor: &Actor) -> Vec<String> {
    let detail = house.services.programs.program(program, actor).await.unwrap();
    detail.entries.iter().map(|row| format!("{} {}", row.entry.api(), row.entry)).collect()
}

#[tokio::test]
async fn a_dry_run_changes_nothing_and_the_import_does_what_it_has_shown() {
    let house = House::open(None).await;
    let (actor, _) = house.first_account().await;
    let (shop, _) = program_with(&house, SHOP, &["https://a.example.com".to_owned()], &actor).await;
    let text = format!(
        "appid,name,api,entry\n{SHOP},,request,https://a.example.com;https://b.example.com\n\
        {SHOP},,request,http://c.example.com\n{NEW},新店,socket,wss://d.example.com:8443\nwx1,,request,https://e.example.com"
    );
    let request = request(&text, None, Mode::Add);
    let logged = house.audited().await;
    let dry = dry_run(&house, &request, &actor).await;
    let plan = &dry.plan;
    assert_eq!((plan.registered(), plan.added(), plan.present(), plan.removed(), plan.left_out()), (1, 2, 1, 0, 2));
    assert_eq!(house.audited().await, logged);
    assert_eq!(house.count("SELECT COUNT(*) FROM programs").await, 1);

    let done = import(&house, &request, &dry.digest, &actor).await;
    assert_eq!(done, Ok(Imported { registered: 1, added: 2, removed: 0 }));
    assert_eq!(shown(&house, shop, &actor).await, ["request https://a.example.com", "request https://b.example.com"]);
    let programs = registered(&house, &actor).await;
    let new = programs.iter().find(|program| program.app_id.as_str() == NEW).unwrap();
    assert_eq!((new.name.as_str(), new.entries), ("新店", 1));
    assert_eq!(shown(&house, new.id, &actor).await, ["socket wss://d.example.com:8443"]);
    let told = "SELECT COUNT(*) FROM audit_log WHERE action IN ('program.add', 'entry.add', 'import.apply')";
    assert_eq!(house.count(told).await, 2 + 3 + 1, "those of the set-up too");
    house.every_field_has_words().await;

    // Once more, and nothing is left to do.
    let logged = house.audited().await;
    let again = dry_run(&house, &request, &actor).await;
    assert!(again.plan.changes_nothing());
    assert_eq!(import(&house, &request, &again.digest, &actor).await, Ok(Imported::default()));
    assert_eq!(house.audited().await, logged);
}

#[tokio::test]
async fn replacing_a_list_removes_what_was_named_and_keeps_the_history_of_servers() {
    let house = House::open(None).await;
    let (actor, _) = house.first_account().await;
    let entries = ["https://a.example.com", "https://b.example.com"].map(str::to_owned);
    let (shop, endpoints) = program_with(&house, SHOP, &entries, &actor).await;
    let request =
        request(r#"{"requestdomain":[],"uploaddomain":["https://a.example.com"]}"#, Some(shop), Mode::Replace);
    let dry = dry_run(&house, &request, &actor).await;
    let removed: Vec<_> = dry.plan.programs[0].lists[0].removed.iter().map(ToString::to_string).collect();
    assert_eq!(removed, entries);
    let done = import(&house, &request, &dry.digest, &actor).await;
    assert_eq!(done, Ok(Imported { registered: 0, added: 1, removed: 2 }));
    assert_eq!(shown(&house, shop, &actor).await, ["upload https://a.example.com"]);
    let detail = house.services.programs.program(shop, &actor).await.unwrap();
    assert_eq!((detail.entries[0].endpoint, detail.summary.entries), (Some(endpoints[0]), 1));
    assert_eq!(house.count("SELECT COUNT(*) FROM named_endpoints").await, 1);
    assert_eq!(house.count("SELECT COUNT(*) FROM audit_log WHERE action = 'entry.remove'").await, 2);
}

#[tokio::test]
async fn a_list_with_a_refused_line_loses_nothing() {
    let house = House::open(None).await;
    let (actor, _) = house.first_account().await;
    let (shop, _) = program_with(&house, SHOP, &["https://a.example.com".to_owned()], &actor).await;
    let text = format!(
        "appid,name,api,entry\n{SHOP},,request,wss://typo.example.com\n{SHOP},,request,https://b.example.com\n\
        {SHOP},,upload,https://c.example.com"
    );
    let request = request(&text, None, Mode::Replace);
    let dry = dry_run(&house, &request, &actor).await;
    assert_eq!(dry.plan.programs[0].lists.iter().map(|list| list.held).collect::<Vec<_>>(), [1, 0]);
    let done = import(&house, &request, &dry.digest, &actor).await;
    assert_eq!(done, Ok(Imported { registered: 0, added: 2, removed: 0 }));
    let expected = ["request https://a.example.com", "request https://b.example.com", "upload https://c.example.com"];
    assert_eq!(shown(&house, shop, &actor).await, expected);
}

#[tokio::test]
async fn a_line_of_another_list_is_told_so_and_goes_there_when_it_is_asked_for() {
    let house = House::open(None).await;
    let (actor, session) = house.first_account().await;
    let (shop, _) = program_with(&house, SHOP, &["https://a.example.com".to_owned()], &actor).await;
    let text = "https://b.example.com\nwss://c.example.com\nudp://d.example.com:9000";
    let (console, cookie) = (console(&house), web::cookie(&session));
    let draft = house.services.drafts.keep(text.to_owned(), &actor).await.unwrap();
    let page = format!("/programs/import?draft={draft}&program={shop}");
    let moved = format!("{page}&moves=true");
    let told = get(&console, &page, &cookie).await.text();
    let way = format!("href=\"{}#plan\"", moved.replace('&', "&amp;"));
    for said in ["data-elsewhere=\"socket\"", "data-elsewhere=\"udp\"", "data-movable=\"2\"", way.as_str()] {
        assert_eq!(told.matches(said).count(), 1, "{said}: {told}");
    }
    let told = get(&console, &moved, &cookie).await.text();
    for (said, count) in
        [("data-movable", 0), ("data-elsewhere", 0), ("data-list=\"socket\"", 1), ("data-list=\"udp\"", 1)]
    {
        assert_eq!(told.matches(said).count(), count, "{said}: {told}");
    }

    let options = ImportOptions { program: Some(shop), moves: true, ..ImportOptions::default() };
    let request = ImportRequest { text: text.to_owned(), options };
    let dry = dry_run(&house, &request, &actor).await;
    let done = import(&house, &request, &dry.digest, &actor).await;
    assert_eq!(done, Ok(Imported { registered: 0, added: 3, removed: 0 }));
    let expected = [
        "request https://a.example.com",
        "request https://b.example.com",
        "socket wss://c.example.com",
        "udp udp://d.example.com:9000",
    ];
    assert_eq!(shown(&house, shop, &actor).await, expected);
}

#[tokio::test]
async fn a_row_that_cannot_be_read_costs_no_list_of_its_mini_program_an_entry() {
    let house = House::open(None).await;
    let (actor, session) = house.first_account().await;
    let entries = ["https://a.example.com", "https://b.example.com"].map(str::to_owned);
    let (shop, _) = program_with(&house, SHOP, &entries, &actor).await;
    let (other, _) = program_with(&house, NEW, &entries, &actor).await;
    let text = format!(
        "appid,api,entry\n{SHOP},request,https://a.example.com\n{SHOP},reqest,https://b.example.com\n\
        {NEW},request,https://a.example.com"
    );
    let both = request(&format!("{text}\nwx1,request,https://b.example.com"), None, Mode::Replace);
    assert!(dry_run(&house, &both, &actor).await.plan.changes_nothing(), "it may be anybody's");

    let draft = house.services.drafts.keep(text.clone(), &actor).await.unwrap();
    let page = format!("/programs/import?draft={draft}&mode=replace");
    let page = get(&console(&house), &page, &web::cookie(&session)).await.text();
    assert_eq!(page.matches("data-held=\"1\"").count(), 1, "{page}");

    let request = request(&text, None, Mode::Replace);
    let dry = dry_run(&house, &request, &actor).await;
    let done = import(&house, &request, &dry.digest, &actor).await;
    assert_eq!(done, Ok(Imported { registered: 0, added: 0, removed: 1 }));
    let both = ["request https://a.example.com", "request https://b.example.com"];
    assert_eq!(shown(&house, shop, &actor).await, both);
    assert_eq!(shown(&house, other, &actor).await, both[..1]);
}

#[tokio::test]
async fn another_name_for_an_app_id_is_told_and_a_row_with_one_too_many_is_left_out() {
    let house = House::open(None).await;
    let (actor, session) = house.first_account().await;
    let (shop, _) = program_with(&house, SHOP, &["https://a.example.com".to_owned()], &actor).await;
    let text = format!(
        "appid,name,api,entry\n{NEW},One,request,https://s1.example.com\n{NEW},Two,request,https://s2.example.com\n\
        {SHOP},Renamed by hand,request,https://b.example.com"
    );
    let draft = house.services.drafts.keep(text.clone(), &actor).await.unwrap();
    let page = format!("/programs/import?draft={draft}");
    let page = get(&console(&house), &page, &web::cookie(&session)).await.text();
    for (said, count) in [("data-unread", 1), ("data-told", 1), ("“Two”", 1), ("“Renamed by hand”", 1)] {
        assert_eq!(page.matches(said).count(), count, "{said}: {page}");
    }

    let request = request(&text, None, Mode::Add);
    let dry = dry_run(&house, &request, &actor).await;
    let done = import(&house, &request, &dry.digest, &actor).await;
    assert_eq!(done, Ok(Imported { registered: 1, added: 2, removed: 0 }));
    let programs = registered(&house, &actor).await;
    let new = programs.iter().find(|program| program.app_id.as_str() == NEW).unwrap();
    assert_eq!(new.name, "One");
    assert_eq!(shown(&house, new.id, &actor).await, ["request https://s1.example.com"]);
    assert!(programs.iter().all(|program| program.name != "Renamed by hand"));
    assert_eq!(shown(&house, shop, &actor).await, ["request https://a.example.com", "request https://b.example.com"]);
}

#[tokio::test]
async fn an_import_is_refused_when_it_would_do_something_else_by_now_and_only_then() {
    let house = House::open(None).await;
    let (actor, _) = house.first_account().await;
    let (shop, _) = program_with(&house, SHOP, &["https://a.example.com".to_owned()], &actor).await;
    let programs = &house.services.programs;
    let request = request("https://b.example.com\nhttps://c.example.com", Some(shop), Mode::Add);
    let dry = dry_run(&house, &request, &actor).await;

    // Somebody adds one of them.
    programs.add_entries(shop, Api::Request, vec!["https://b.example.com".to_owned()], &actor).await.unwrap();
    let logged = house.audited().await;
    assert_eq!(import(&house, &request, &dry.digest, &actor).await, Err(ServiceError::Conflict));
    assert_eq!(house.audited().await, logged);
    assert_eq!(shown(&house, shop, &actor).await.len(), 2);

    // Somebody changes what has nothing to do with it.
    let dry = dry_run(&house, &request, &actor).await;
    programs.add_entries(shop, Api::Upload, vec!["https://z.example.com".to_owned()], &actor).await.unwrap();
    program_with(&house, NEW, &["https://b.example.com".to_owned()], &actor).await;
    let done = import(&house, &request, &dry.digest, &actor).await;
    assert_eq!(done, Ok(Imported { registered: 0, added: 1, removed: 0 }));

    // The mini program is removed.
    let dry = dry_run(&house, &self::request("https://d.example.com", Some(shop), Mode::Add), &actor).await;
    programs.remove_program(shop, &actor).await.unwrap();
    let request = self::request("https://d.example.com", Some(shop), Mode::Add);
    assert_eq!(import(&house, &request, &dry.digest, &actor).await, Err(ServiceError::NotFound));
    assert_eq!(programs.dry_run(&request, &actor).await, Err(ServiceError::NotFound));
}

#[tokio::test]
async fn a_text_that_cannot_be_read_says_why_and_a_made_up_digest_does_nothing() {
    let house = House::open(None).await;
    let (actor, _) = house.first_account().await;
    let (shop, _) = program_with(&house, SHOP, &["https://a.example.com".to_owned()], &actor).await;
    for (text, error) in [
        (" ", ImportError::Empty),
        ("{\"requestdomain\":[", ImportError::Json { line: 1, column: 18 }),
        ("{\"errcode\":40001}", ImportError::Wechat { code: 40001 }),
    ] {
        let request = request(text, Some(shop), Mode::Replace);
        assert_eq!(house.services.programs.dry_run(&request, &actor).await, Ok(Err(error)), "{text}");
        assert!(import(&house, &request, "", &actor).await.is_err(), "{text}");
    }
    let request = request("https://b.example.com", Some(shop), Mode::Add);
    assert_eq!(import(&house, &request, "", &actor).await, Err(ServiceError::Conflict));
    assert_eq!(shown(&house, shop, &actor).await, ["request https://a.example.com"]);
}

fn form(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, value) in parts {
        let file = if *name == "file" { "; filename=\"x.csv\"" } else { "" };
        body.extend(format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n").as_bytes());
        body.extend(*value);
        body.extend(b"\r\n");
    }
    body.extend(b"--x--\r\n");
    body
}

/// What a form sends: the name of each field, and what is in it.
type Parts<'a> = &'a [(&'a str, &'a [u8])];

#[tokio::test]
async fn a_text_is_kept_for_its_author_and_shown_with_its_plan() {
    let house = House::open(None).await;
    let (admin, session) = house.first_account().await;
    let console = console(&house);
    let cookie = web::cookie(&session);
    let sent = async |parts: &[(&str, &[u8])], cookie: &str, origin: &str| {
        let request = Request::post("/programs/import")
            .header(header::HOST, HOST)
            .header(header::ORIGIN, origin)
            .header(header::COOKIE, cookie)
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=x");
        let answer = ask(&console, request.body(Body::from(form(parts))).unwrap()).await;
        (answer.status, answer.header(header::LOCATION).to_owned())
    };
    // As a spreadsheet on a Chinese system writes it: GB 18030.
    let table = [
        &b"appid,\xc3\xfb\xb3\xc6,api,entry\r\n"[..],
        NEW.as_bytes(),
        b",\xd0\xc2\xb5\xea,request,https://a.example.com",
    ]
    .concat();
    let (status, page) = sent(&[("text", b""), ("mode", b"replace"), ("file", &table)], &cookie, SAME).await;
    assert_eq!((status, page.as_str()), (StatusCode::SEE_OTHER, "/programs/import?draft=1&mode=replace"));
    let shown = get(&console, &page, &cookie).await.text().replace("<wbr>", "");
    assert!(shown.contains("新店") && shown.contains("https://a.example.com") && shown.contains(NEW), "{shown}");

    let large = vec![b'x'; 1024 * 1024 + 1];
    let cases: [(Parts<'_>, &str); 3] = [
        (&[("text", b" ")], "/programs/import?problem=empty"),
        (&[("text", &large)], "/programs/import?problem=too-large"),
        (
            &[("text", b""), ("draft", b"1"), ("format", b"lines"), ("moves", b"true")],
            "/programs/import?draft=1&format=lines&moves=true",
        ),
    ];
    for (parts, location) in cases {
        assert_eq!(sent(parts, &cookie, SAME).await, (StatusCode::SEE_OTHER, location.to_owned()));
    }
    // A file that is too large is read to its end all the same: what was chosen comes after it.
    let file = vec![b'x'; 9 * 1024 * 1024];
    let parts: Parts<'_> = &[("text", b""), ("file", &file), ("api", b"socket"), ("mode", b"replace")];
    let (status, page) = sent(parts, &cookie, SAME).await;
    assert_eq!(
        (status, page.as_str()),
        (StatusCode::SEE_OTHER, "/programs/import?api=socket&mode=replace&problem=too-large&in=file")
    );
    let told = get(&console, &page, &cookie).await.text();
    let beside = told.split("id=\"file-error\"").nth(1).unwrap();
    assert!(beside.split("</span>").next().unwrap().contains("1 MB"), "{beside}");
    // What was typed beside it comes back and is not planned; where nothing was, the draft of before does.
    let parts: Parts<'_> =
        &[("draft", b"1"), ("text", b"https://typed.example.com"), ("api", b"socket"), ("file", &file)];
    let (_, page) = sent(parts, &cookie, SAME).await;
    assert!(page.ends_with("&api=socket&problem=too-large&in=file") && !page.contains("draft=1&"), "{page}");
    let told = get(&console, &page, &cookie).await.text();
    assert!(told.contains("https://typed.example.com</textarea>") && !told.contains("id=\"plan\""), "{told}");
    let parts: Parts<'_> = &[("draft", b"1"), ("text", b""), ("file", &file)];
    let (_, page) = sent(parts, &cookie, SAME).await;
    assert_eq!(page, "/programs/import?draft=1&problem=too-large&in=file");
    let full = vec![b'x'; 1024 * 1024];
    assert_eq!(sent(&[("text", &full)], &cookie, SAME).await.0, StatusCode::SEE_OTHER);

    // A mini program may be named, and one that is none is told beside the field.
    let (shop, _) = program_with(&house, SHOP, &["https://a.example.com".to_owned()], &admin).await;
    let parts: Parts<'_> =
        &[("text", b"https://b.example.com"), ("program", b"9"), ("called", b"shop"), ("mode", b"replace")];
    let (_, page) = sent(parts, &cookie, SAME).await;
    assert!(page.ends_with(&format!("&program={shop}&mode=replace")), "{page}");
    assert!(get(&console, &page, &cookie).await.text().contains("id=\"plan\""));
    let parts: Parts<'_> = &[("text", b"https://b.example.com"), ("program", b"1"), ("called", b"nobody")];
    let (_, page) = sent(parts, &cookie, SAME).await;
    assert!(page.ends_with("&called=nobody") && !page.contains("program="), "{page}");
    let told = get(&console, &page, &cookie).await.text();
    assert!(is_wrong(&told, "called") && !told.contains("id=\"plan\""), "{told}");
    assert!(told.contains("https://b.example.com</textarea>"), "{told}");

    let (_, viewer) = newcomer(&house, "li", Role::Viewer, &admin).await;
    let viewer = web::cookie(&viewer);
    let parts: &[(&str, &[u8])] = &[("text", b"https://a.example.com")];
    assert_eq!(sent(parts, &viewer, SAME).await.0, StatusCode::FORBIDDEN);
    assert_eq!(sent(parts, "", SAME).await, (StatusCode::UNAUTHORIZED, String::new()));
    assert_eq!(sent(parts, &cookie, "https://evil.example").await.0, StatusCode::FORBIDDEN);
}

#[test]
fn the_name_of_each_list_is_read_as_the_exports_write_it() {
    for locale in [app::i18n::Locale::en, app::i18n::Locale::zh_CN] {
        for api in Api::ALL {
            let name = app::words::api(api, locale);
            let entry = match api {
                Api::PrefetchDns => "a.example.com".to_owned(),
                api => format!("{}://a.example.com", api.scheme().unwrap()),
            };
            let read =
                model::programs::import::read(&format!("api,entry\n\"{name}\",{entry}\n"), None, Api::Request).unwrap();
            assert_eq!(read.lists.iter().map(|list| list.api).collect::<Vec<_>>(), [api], "{name}");
        }
    }
}
