//! The list of mini programs, who answers for each, and its tags.

use std::collections::BTreeSet;

use crate::common::{
    House, SHOP, newcomer, program_with,
    web::{console, cookie, get},
};
use model::{
    Api, Code, Limits, Severity,
    accounts::{Access, Accounts as _, Actor, PersonChange, Role},
    audit::{AuditFilter, AuditQuery, What},
    limits::month_began,
    paging::{PAGE_SIZE, Page},
    programs::{
        NewProgram, Owner, ProgramChange,
        list::{OwnedBy, ProgramFilter, ProgramQuery, ProgramRow, ProgramSort},
    },
    service::{Field, Problem, ProgramId, ServiceError, ServiceResult, UserId},
    url_check::WssPorts,
};

async fn add(house: &House, number: u32, name: &str, actor: &Actor) -> ProgramId {
    let new = NewProgram { app_id: format!("wx{number:016x}").parse().unwrap(), name: name.to_owned() };
    house.services.programs.add_program(new, actor).await.unwrap()
}

/// Owner and tags of a mini program, everything else as it is.
async fn own(house: &House, id: ProgramId, owner: Option<UserId>, tags: &str, actor: &Actor) -> ServiceResult<()> {
    let read = house.services.programs.program(id, actor).await.unwrap();
    let change = ProgramChange {
        revision: read.revision,
        name: read.summary.name,
        limits: Limits::default(),
        wss: WssPorts::default(),
        skip_check: read.summary.skip_check,
        owner,
        tags: tags.parse().unwrap(),
    };
    house.services.programs.change_program(id, change, actor).await
}

async fn person(house: &House, login: &str, actor: &Actor) -> UserId {
    house.people.add_person(login.to_owned(), Role::Editor, actor).await.unwrap();
    house.people.people(actor).await.unwrap().iter().find(|person| person.login == login).unwrap().id
}

async fn asked(house: &House, query: ProgramQuery, actor: &Actor) -> Page<ProgramRow> {
    house.services.programs.program_list(&query, actor).await.unwrap()
}

async fn listed(house: &House, filter: ProgramFilter, actor: &Actor) -> Vec<String> {
    let query = ProgramQuery { filter, sort: ProgramSort::Name, ..ProgramQuery::default() };
    asked(house, query, actor).await.rows.into_iter().map(|row| row.summary.name).collect()
}

async fn sums(house: &House, id: ProgramId, verdict: &str, entries: i64, failing: i64) {
    sqlx::query("UPDATE programs SET verdict = $2, entries = $3, failing = $4 WHERE id = $1")
        .bind(id.0)
        .bind(verdict)
        .bind(entries)
        .bind(failing)
        .execute(&mut house.connection().await)
        .await
        .unwrap();
}

#[tokio::test]
async fn each_filter_lets_through_what_it_says_and_each_order_is_one() {
    let house = House::open(None).await;
    let (actor, _) = house.first_account().await;
    let li = person(&house, "li", &actor).await;
    let shop = add(&house, 0xa, "Shop", &actor).await;
    let pay = add(&house, 0xb, "pay 100%", &actor).await;
    let chinese = add(&house, 0xc, "支付中心", &actor).await;
    own(&house, shop, Some(li), "Core, 交易", &actor).await.unwrap();
    own(&house, pay, Some(actor.id), "core", &actor).await.unwrap();
    sums(&house, shop, "pass", 3, 0).await;
    sums(&house, pay, "fail", 1, 1).await;
    sums(&house, chinese, "warn", 2, 0).await;

    let none = ProgramFilter::default();
    let text = |text: &str| ProgramFilter { text: Some(text.to_owned()), ..ProgramFilter::default() };
    let tag = |tag: &str| ProgramFilter { tag: Some(tag.parse().unwrap()), ..ProgramFilter::default() };
    let owner = |owner| ProgramFilter { owner: Some(owner), ..ProgramFilter::default() };
    let (one, two, three) = ("pay 100%", "Shop", "支付中心");
    for (filter, expected) in [
        (none.clone(), vec![one, two, three]),
        (text("SHO"), vec![two]),
        (text("支付"), vec![three]),
        (text("wx000000000000000b"), vec![one]),
        (text("0000c"), vec![three]),
        (text("CORE"), vec![one, two]),
        (text("交易"), vec![two]),
        (text("li"), vec![two]),
        (text("chen"), vec![one]),
        (text("0%"), vec![one]),
        (text("_"), vec![]),
        (text("' OR 1=1 --"), vec![]),
        (tag("core"), vec![one, two]),
        (tag("cor"), vec![]),
        (owner(OwnedBy::Person(li)), vec![two]),
        (owner(OwnedBy::Person(UserId(99))), vec![]),
        (owner(OwnedBy::Nobody), vec![three]),
        (ProgramFilter { owner: Some(OwnedBy::Person(li)), ..tag("core") }, vec![two]),
        (ProgramFilter { owner: Some(OwnedBy::Nobody), ..tag("core") }, vec![]),
    ] {
        assert_eq!(listed(&house, filter.clone(), &actor).await, expected, "{filter:?}");
    }

    for (sort, expected) in [
        (ProgramSort::Verdict, [one, three, two]),
        (ProgramSort::Name, [one, two, three]),
        (ProgramSort::Entries, [two, three, one]),
        (ProgramSort::Failing, [one, three, two]),
        (ProgramSort::Owner, [three, one, two]),
    ] {
        for reversed in [false, true] {
            let page = asked(&house, ProgramQuery { sort, reversed, ..ProgramQuery::default() }, &actor).await;
            let mut names: Vec<_> = page.rows.iter().map(|row| row.summary.name.as_str()).collect();
            if reversed {
                names.reverse();
            }
            assert_eq!(names, expected, "{sort:?} {reversed}");
        }
    }

    let choices = house.services.programs.program_choices(&actor).await.unwrap();
    assert_eq!(choices.tags.iter().map(ToString::to_string).collect::<Vec<_>>(), ["core", "交易"]);
    assert_eq!(choices.people.iter().map(|person| person.login.as_str()).collect::<Vec<_>>(), ["chen", "li"]);
}

#[tokio::test]
async fn the_pages_together_hold_every_mini_program_once_in_every_order() {
    let house = House::open(None).await;
    let (actor, _) = house.first_account().await;
    let mut connection = house.connection().await;
    let count = 2 * PAGE_SIZE + 7;
    for number in 0..count {
        // Many alike, so that an order without a last word would show.
        let add = "INSERT INTO programs
            (app_id, name, per_list, skip_check, revision, added_at, verdict, entries, failing, owner)
            VALUES ($1, $2, 20, 0, 1, 0, $3, $4, $5, $6)";
        sqlx::query(add)
            .bind(format!("wx{number:016x}"))
            .bind(["Shop", "shop", "商店"][number as usize % 3])
            .bind(["pass", "fail", "unknown"][number as usize % 3])
            .bind(number % 4)
            .bind(number % 2)
            .bind((number % 5 == 0).then_some(actor.id.0))
            .execute(&mut connection)
            .await
            .unwrap();
    }
    for sort in ProgramSort::ALL {
        for reversed in [false, true] {
            let mut seen = BTreeSet::new();
            for page in 0..3 {
                let query = ProgramQuery { sort, reversed, page, ..ProgramQuery::default() };
                let answer = asked(&house, query, &actor).await;
                assert_eq!((answer.total, answer.page, answer.pages()), (count, page, 3));
                seen.extend(answer.rows.iter().map(|row| row.summary.id));
            }
            assert_eq!(seen.len(), count as usize, "{sort:?} {reversed}");
            let past = ProgramQuery { sort, reversed, page: u32::MAX, ..ProgramQuery::default() };
            let last = asked(&house, past, &actor).await;
            assert_eq!((last.page, last.rows.len()), (2, 7), "past the end is the last page");
        }
    }
}

#[tokio::test]
async fn whoever_may_log_in_can_answer_for_a_mini_program() {
    let house = House::open(None).await;
    let (actor, _) = house.first_account().await;
    let (li, wang) = (person(&house, "li", &actor).await, person(&house, "wang", &actor).await);
    let id = add(&house, 1, "Shop", &actor).await;
    let shown = async || {
        let detail = house.services.programs.program(id, &actor).await.unwrap();
        (detail.owner, detail.tags.to_string(), detail.revision)
    };
    let owner = |id, login: &str, disabled| Some(Owner { id, login: login.to_owned(), disabled });
    assert_eq!(shown().await, (None, String::new(), 1));

    own(&house, id, Some(li), "b, a", &actor).await.unwrap();
    assert_eq!(shown().await, (owner(li, "li", false), "a, b".to_owned(), 2));
    own(&house, id, Some(li), "A ,b", &actor).await.unwrap();
    assert_eq!(shown().await.2, 2, "nothing changed");

    let refused = Err(ServiceError::invalid(Field::Owner, Problem::Malformed));
    assert_eq!(own(&house, id, Some(UserId(99)), "", &actor).await, refused);
    let access = |disabled| Access { role: Role::Editor, disabled };
    let shut_out = PersonChange { was: access(false), becomes: access(true) };
    for person in [li, wang] {
        house.people.change_person(person, shut_out, &actor).await.unwrap();
    }
    assert_eq!(own(&house, id, Some(wang), "", &actor).await, refused);
    assert_eq!(shown().await, (owner(li, "li", true), "a, b".to_owned(), 2), "shown as shut out");
    own(&house, id, Some(li), "c", &actor).await.unwrap();
    assert_eq!(shown().await, (owner(li, "li", true), "c".to_owned(), 3), "it stays until somebody else takes over");

    let remove = "DELETE FROM users WHERE login = 'li'";
    sqlx::query(remove).execute(&mut house.connection().await).await.unwrap();
    assert_eq!(shown().await, (None, "c".to_owned(), 3));
    assert_eq!(listed(&house, ProgramFilter::default(), &actor).await, ["Shop"]);
}

#[tokio::test]
async fn owner_and_tags_are_in_the_log_with_before_and_after() {
    let house = House::open(None).await;
    let (actor, _) = house.first_account().await;
    let id = add(&house, 1, "Shop", &actor).await;
    own(&house, id, Some(actor.id), "core", &actor).await.unwrap();
    house.services.programs.remove_program(id, &actor).await.unwrap();

    // As the link on the page of the mini program asks.
    let filter = AuditFilter { object: Some(format!("wx{:016x}", 1)), what: What::Changes, ..AuditFilter::default() };
    let log = house.services.audit.log(&AuditQuery { filter, ..AuditQuery::default() }, &actor).await.unwrap().lines;
    let told = |index: usize| {
        let entry = &log.rows[index].entry;
        let part = |json: &Option<String>| {
            let json: serde_json::Value = serde_json::from_str(json.as_deref()?).unwrap();
            Some((json["owner"].as_str().map(str::to_owned), json["tags"].to_string()))
        };
        (entry.action.as_str(), part(&entry.before), part(&entry.after))
    };
    let (none, owned) = ((None, "[]".to_owned()), (Some("chen".to_owned()), r#"["core"]"#.to_owned()));
    assert_eq!(log.rows.len(), 3);
    assert_eq!(told(0), ("program.remove", Some(owned.clone()), None));
    assert_eq!(told(1), ("program.change", Some(none.clone()), Some(owned)));
    assert_eq!(told(2), ("program.add", None, Some(none)));
    assert_eq!(house.count("SELECT COUNT(*) FROM program_tags").await, 0);
}

#[tokio::test]
async fn who_may_only_look_is_shown_no_way_to_change_anything() {
    let house = House::open(None).await;
    let (admin, session) = house.first_account().await;
    let (id, _) = program_with(&house, SHOP, &["https://a.example.com".to_owned()], &admin).await;
    let (_, viewer) = newcomer(&house, "li", Role::Viewer, &admin).await;
    let console = console(&house);
    let entry = house.services.programs.program(id, &admin).await.unwrap().entries[0].id;
    for (session, may) in [(&session, true), (&viewer, false)] {
        let cookie = cookie(session);
        for (page, ways) in [
            ("/programs".to_owned(), &["/api/programs/add", "/programs/import"][..]),
            (
                format!("/programs/{id}"),
                &[
                    "/api/programs/add-entries",
                    "/api/programs/change",
                    "/api/programs/remove",
                    "/api/icp/record",
                    "/api/alerts/add-recipient",
                    "/api/endpoints/probe-now",
                    "/programs/import",
                ],
            ),
            // The page that the link of an entry leads to.
            (format!("/programs/{id}?change={entry}"), &["/api/programs/change-entry", "/api/programs/remove-entry"]),
        ] {
            let text = get(&console, &page, &cookie).await.text();
            assert!(text.contains("Shop"), "{page}");
            for way in ways {
                assert_eq!(
                    text.contains(&format!("{way}\"")) || text.contains(&format!("{way}?")),
                    may,
                    "{page} {way}"
                );
            }
        }
    }
}

/// What stands against the mini program itself.
async fn told(house: &House, id: ProgramId, actor: &Actor) -> Vec<(Code, Severity)> {
    let findings = house.services.programs.program(id, actor).await.unwrap().findings;
    findings.iter().map(|finding| (finding.code, finding.severity)).collect()
}

#[tokio::test]
async fn the_fiftieth_change_of_the_lists_in_a_month_spends_them() {
    let house = House::open(None).await;
    let (actor, _) = house.first_account().await;
    let (one, other) = (add(&house, 1, "Shop", &actor).await, add(&house, 2, "Club", &actor).await);
    let began = month_began(house.clock().now()).as_second();
    let mut connection = house.connection().await;
    let mut change = async |at: i64, program: ProgramId, action: &str, api: &str| {
        let after = format!(r#"{{"program":{},"api":"{api}"}}"#, program.0);
        let add = "INSERT INTO audit_log (at, actor, action, object, after) VALUES ($1, 'li', $2, 'entry', $3)";
        sqlx::query(add).bind(at).bind(action).bind(after).execute(&mut connection).await.unwrap();
    };
    for number in 0..49 {
        change(began + number, one, ["entry.add", "entry.change", "entry.remove"][number as usize % 3], "request")
            .await;
    }
    // What is done at once is one change; last month's, another's and those of lists that WeChat does not
    // meter are none.
    change(began, one, "entry.add", "socket").await;
    change(began - 1, one, "entry.add", "request").await;
    change(began + 100, other, "entry.add", "request").await;
    for api in ["prefetch", "business", "resource"] {
        change(began + 200, one, "entry.add", api).await;
    }
    assert_eq!(told(&house, one, &actor).await, []);

    change(began + 300, one, "entry.remove", "upload").await;
    assert_eq!(told(&house, one, &actor).await, [(Code::RuleChangesSpent, Severity::Info)]);
    assert_eq!(told(&house, other, &actor).await, []);
    let detail = house.services.programs.program(one, &actor).await.unwrap();
    assert_eq!(detail.changes_this_month, 50);
}

#[tokio::test]
async fn each_limit_is_a_setting_of_the_mini_program_and_so_is_the_rule_of_its_sockets() {
    let house = House::open(None).await;
    let (actor, _) = house.first_account().await;
    let (id, other) = (add(&house, 1, "Shop", &actor).await, add(&house, 2, "Club", &actor).await);
    let programs = &house.services.programs;
    let limits = Limits::try_from([40, 2, 1, 1]).unwrap();
    let change = ProgramChange {
        revision: 1,
        name: "Shop".to_owned(),
        limits,
        wss: WssPorts::Strict,
        skip_check: false,
        owner: None,
        tags: "".parse().unwrap(),
    };
    programs.change_program(id, change, &actor).await.unwrap();
    for (program, limits, wss) in [(id, limits, WssPorts::Strict), (other, Limits::default(), WssPorts::Any)] {
        let detail = programs.program(program, &actor).await.unwrap();
        assert_eq!((detail.limits, detail.wss), (limits, wss));
    }
    let lines = |count: u32| (0..count).map(|n| format!("h{n}.example.com")).collect::<Vec<_>>();
    let refused = Err(ServiceError::invalid(Field::Entries, Problem::LinesRefused { count: 1 }));
    assert_eq!(programs.add_entries(id, Api::PrefetchDns, lines(3), &actor).await, refused);
    assert_eq!(programs.add_entries(id, Api::PrefetchDns, lines(2), &actor).await, Ok(2));
    assert_eq!(programs.add_entries(other, Api::PrefetchDns, lines(5), &actor).await, Ok(5));
    assert_eq!(told(&house, id, &actor).await, []);
    let line = vec!["https://a.example.com".to_owned()];
    programs.add_entries(id, Api::Request, line, &actor).await.unwrap();
    assert_eq!(told(&house, id, &actor).await, [(Code::RuleChangesSpent, Severity::Info)], "the only one of the month");
    let log = house.services.audit.log(&AuditQuery::default(), &actor).await.unwrap().lines;
    let changed = log.rows.iter().find(|row| row.entry.action.as_str() == "program.change").unwrap();
    let part = |json: &Option<String>| -> serde_json::Value { serde_json::from_str(json.as_deref().unwrap()).unwrap() };
    let (before, after) = (part(&changed.entry.before), part(&changed.entry.after));
    for (setting, from, to) in
        [("prefetch", "5", "2"), ("changes_a_month", "50", "1"), ("strict_sockets", "false", "true")]
    {
        assert_eq!([&before, &after].map(|json| json[setting].to_string()), [from, to], "{setting}");
    }
}

#[tokio::test]
async fn that_devtools_skip_the_check_is_a_warning_for_as_long_as_they_do() {
    let house = House::open(None).await;
    let (actor, _) = house.first_account().await;
    let id = add(&house, 1, "Shop", &actor).await;
    for (skip_check, expected) in
        [(false, vec![]), (true, vec![(Code::RuleCheckSkipped, Severity::Warning)]), (false, vec![])]
    {
        let read = house.services.programs.program(id, &actor).await.unwrap();
        let change = ProgramChange {
            revision: read.revision,
            name: read.summary.name,
            limits: Limits::default(),
            wss: WssPorts::default(),
            skip_check,
            owner: None,
            tags: "".parse().unwrap(),
        };
        house.services.programs.change_program(id, change, &actor).await.unwrap();
        assert_eq!(told(&house, id, &actor).await, expected, "{skip_check}");
    }
}
