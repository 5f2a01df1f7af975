//! The services over a real database: what they keep, what they refuse, what they write down.

use crate::common::{
    DAY, HOUR, House, OTHER, PASSWORD, SHOP, set_up,
    web::{console, get},
};
use futures::StreamExt as _;
use model::{
    Api, Code, Limits, Tags, Verdict,
    accounts::{Accounts as _, Actor, Client, LogIn, SetUpState},
    endpoints::{Endpoints as _, Scope},
    icp::IcpState,
    programs::{NewProgram, ProgramChange},
    service::{Field, Problem, ProgramId, ServiceError},
    url_check::WssPorts,
};
use probe::lab::Lab;
use server::clock;

fn log_in(password: &str) -> LogIn {
    LogIn { login: "chen".to_owned(), password: password.to_owned() }
}

async fn program(house: &House, actor: &Actor, app_id: &str) -> ProgramId {
    let new = NewProgram { app_id: app_id.parse().unwrap(), name: "Shop".to_owned() };
    house.services.programs.add_program(new, actor).await.unwrap()
}

fn lines(entries: &[&str]) -> Vec<String> {
    entries.iter().map(|entry| (*entry).to_owned()).collect()
}

#[tokio::test]
async fn a_new_set_up_link_ends_the_one_before_it() {
    let house = House::open(None).await;
    let first = house.people.set_up_link().await.unwrap().unwrap();
    let second = house.people.set_up_link().await.unwrap().unwrap();
    let client = Client::default();
    let refused = ServiceError::invalid(Field::SetupToken, Problem::LinkInvalid);
    assert_eq!(house.people.set_up(set_up(&first), &client).await.err(), Some(refused));
    assert_eq!(house.people.set_up_state(&first).await.unwrap(), SetUpState::Ended);
    assert_eq!(house.people.set_up_state(&second).await.unwrap(), SetUpState::Works);
    assert!(house.people.set_up(set_up(&second), &client).await.is_ok());
    for token in [first.as_str(), &second, ""] {
        assert_eq!(house.people.set_up_state(token).await.unwrap(), SetUpState::Done);
    }
}

#[tokio::test]
async fn a_set_up_link_ends_after_three_days_and_its_page_says_how_to_get_another() {
    let house = House::open(None).await;
    let console = console(&house);
    let token = house.people.set_up_link().await.unwrap().unwrap();
    let page = async || get(&console, &format!("/set-up?token={token}"), "hufu_locale=en").await.text();
    house.pass(3 * 24 * 60 * 60 - 1);
    assert!(page().await.contains("name=\"password_again\""));
    house.pass(1);
    assert_eq!(house.people.set_up_state(&token).await.unwrap(), SetUpState::Ended);
    let ended = page().await;
    assert!(ended.contains("hufu serve") && !ended.contains("name=\"password\""), "{ended}");
    house.first_account().await;
    let done = page().await;
    assert!(done.contains("href=\"/log-in\"") && !done.contains("name=\"password\""), "{done}");
}

#[tokio::test]
async fn wrong_credentials_read_the_same_and_are_soon_refused_unheard() {
    let house = House::open(None).await;
    house.first_account().await;
    let client = Client { address: Some("192.0.2.1".parse().unwrap()) };
    let nobody = LogIn { login: "nobody".to_owned(), password: PASSWORD.to_owned() };
    let for_nobody = house.people.log_in(nobody, &client).await.err().unwrap();
    let for_chen = house.people.log_in(log_in("wrong"), &client).await.err().unwrap();
    assert_eq!(for_nobody, for_chen);

    let mut tried = 0;
    while !matches!(
        house.people.log_in(log_in("wrong"), &client).await.err().unwrap(),
        ServiceError::RateLimited { retry_after_seconds: 1..=60 }
    ) {
        tried += 1;
        assert!(tried < 100, "nobody stops the guessing");
    }
    // The right password is not heard either: else its answer would tell.
    let unheard = house.people.log_in(log_in(PASSWORD), &client).await.err();
    assert!(matches!(unheard, Some(ServiceError::RateLimited { .. })), "{unheard:?}");
}

#[tokio::test]
async fn who_logs_in_often_is_not_kept_out_and_a_guesser_beside_them_is() {
    let house = House::open(None).await;
    house.first_account().await;
    let client = Client { address: Some("192.0.2.1".parse().unwrap()) };
    // More than either limit would let pass.
    for _ in 0..12 {
        assert!(house.people.log_in(log_in(PASSWORD), &client).await.is_ok());
    }
    // Each guess at somebody else is followed by a log-in of one's own, which forgives it nothing.
    let mut heard = 0;
    loop {
        let guess = LogIn { login: format!("nobody{heard}"), password: "guess".to_owned() };
        match house.people.log_in(guess, &client).await.err().unwrap() {
            ServiceError::RateLimited { .. } => break,
            _ => heard += 1,
        }
        assert!(heard < 100, "nobody stops the guessing");
        let own = house.people.log_in(log_in(PASSWORD), &client).await;
        assert!(matches!(own, Ok(_) | Err(ServiceError::RateLimited { .. })));
    }
}

#[tokio::test]
async fn strangers_who_guess_keep_nobody_out_of_where_they_have_logged_in_lately() {
    let house = House::open(None).await;
    house.first_account().await;
    let from = async |address: &str, password: &str| {
        let client = Client { address: Some(address.parse().unwrap()) };
        house.people.log_in(log_in(password), &client).await.map(|_| ())
    };
    let is_unheard = |answer: &Result<(), ServiceError>| matches!(answer, Err(ServiceError::RateLimited { .. }));
    let (long_ago, home) = ("198.51.100.7", "2001:db8:0:1::1");
    assert_eq!(from(long_ago, PASSWORD).await, Ok(()));
    house.pass(DAY);
    assert_eq!(from(home, PASSWORD).await, Ok(()));
    house.pass(29 * DAY);
    // From many places, so that the account alone counts.
    let mut guessed = 0;
    while !is_unheard(&from(&format!("192.0.2.{guessed}"), "wrong").await) {
        guessed += 1;
        assert!(guessed < 100, "nobody stops the guessing");
    }
    for elsewhere in ["203.0.113.9", long_ago] {
        assert!(is_unheard(&from(elsewhere, PASSWORD).await), "{elsewhere}");
    }
    // Another address of the same customer.
    assert_eq!(from("2001:db8:0:1::2", PASSWORD).await, Ok(()));
    let mut beside = 0;
    while !is_unheard(&from(home, "wrong").await) {
        beside += 1;
        assert!(beside < 100, "nobody stops the guessing beside them");
    }
}

#[tokio::test]
async fn a_session_ends_with_the_log_out_and_with_time() {
    let house = House::open(None).await;
    let (_, first) = house.first_account().await;
    let client = Client::default();
    let second = house.people.log_in(log_in(PASSWORD), &client).await.unwrap();
    house.people.log_out(&first, &client).await.unwrap();
    assert_eq!(house.people.actor(&first).await.unwrap(), None);
    assert!(house.people.actor(&second).await.unwrap().is_some());
    house.pass(400 * DAY);
    assert_eq!(house.people.actor(&second).await.unwrap(), None);
    assert_eq!(house.count("SELECT COUNT(*) FROM sessions WHERE length(token_sha256) <> 32").await, 0);
}

#[tokio::test]
async fn every_write_is_in_the_audit_log_and_a_refused_one_is_not() {
    let house = House::open(None).await;
    let (actor, _) = house.first_account().await;
    let programs = &house.services.programs;
    let mut before = house.audited().await;
    assert!(before >= 1, "the set-up itself is written down");

    let id = program(&house, &actor, SHOP).await;
    let grown = async |what: &str, by: i64, before: &mut i64| {
        let now = house.audited().await;
        assert_eq!(now - *before, by, "{what}");
        *before = now;
    };
    grown("add program", 1, &mut before).await;
    let again = NewProgram { app_id: SHOP.parse().unwrap(), name: "Again".to_owned() };
    let taken = ServiceError::invalid(Field::AppId, Problem::Taken);
    assert_eq!(programs.add_program(again, &actor).await, Err(taken));
    grown("a taken AppID", 0, &mut before).await;

    let two = lines(&["https://a.example.com", "https://b.example.com"]);
    assert_eq!(programs.add_entries(id, Api::Request, two.clone(), &actor).await, Ok(2));
    grown("add entries", 2, &mut before).await;
    assert!(programs.add_entries(id, Api::Request, two, &actor).await.is_err());
    grown("duplicates", 0, &mut before).await;

    let change = |revision| ProgramChange {
        revision,
        name: "Other".to_owned(),
        limits: Limits::default(),
        wss: WssPorts::default(),
        skip_check: true,
        owner: None,
        tags: Tags::default(),
    };
    let revision = programs.program(id, &actor).await.unwrap().revision;
    programs.change_program(id, change(revision), &actor).await.unwrap();
    grown("change", 1, &mut before).await;
    assert_eq!(programs.change_program(id, change(revision), &actor).await, Err(ServiceError::Conflict));
    grown("a stale change", 0, &mut before).await;

    crate::common::record_icp(&house, "example.com", IcpState::Filed, &actor).await;
    grown("ICP", 1, &mut before).await;

    let entry = programs.program(id, &actor).await.unwrap().entries[0].clone();
    let (entry, was) = (entry.id, entry.entry.to_string());
    programs.remove_entry(id, entry, &was, &actor).await.unwrap();
    grown("remove entry", 1, &mut before).await;
    assert_eq!(programs.remove_entry(id, entry, &was, &actor).await, Err(ServiceError::NotFound));
    grown("remove it again", 0, &mut before).await;

    programs.remove_program(id, &actor).await.unwrap();
    grown("remove program", 1, &mut before).await;
    assert_eq!(programs.remove_program(id, &actor).await, Err(ServiceError::NotFound));
    grown("remove it again", 0, &mut before).await;
}

#[tokio::test]
async fn the_audit_log_can_be_neither_changed_nor_shortened() {
    let house = House::open(None).await;
    house.first_account().await;
    let mut connection = house.connection().await;
    for sql in ["UPDATE audit_log SET actor = 'somebody'", "DELETE FROM audit_log"] {
        let refused = sqlx::query(sql).execute(&mut connection).await.unwrap_err();
        assert!(refused.to_string().contains("append-only"), "{refused}");
    }
}

#[tokio::test]
async fn an_endpoint_is_there_once_for_as_long_as_an_entry_names_it() {
    let house = House::open(None).await;
    let (actor, _) = house.first_account().await;
    let programs = &house.services.programs;
    let (one, other) = (program(&house, &actor, SHOP).await, program(&house, &actor, OTHER).await);
    for (id, api, entry) in [
        (one, Api::Request, "https://a.example.com"),
        (one, Api::Upload, "https://a.example.com"),
        (one, Api::Socket, "wss://a.example.com"),
        (other, Api::Request, "https://a.example.com"),
        (other, Api::Tcp, "tcp://a.example.com:9000"),
    ] {
        programs.add_entries(id, api, lines(&[entry]), &actor).await.unwrap();
    }
    assert_eq!(house.count("SELECT COUNT(*) FROM named_endpoints").await, 1);
    programs.remove_program(one, &actor).await.unwrap();
    assert_eq!(house.count("SELECT COUNT(*) FROM named_endpoints").await, 1);
    programs.remove_program(other, &actor).await.unwrap();
    assert_eq!(house.count("SELECT COUNT(*) FROM named_endpoints").await, 0);
}

#[tokio::test]
async fn a_list_takes_all_of_a_paste_or_nothing() {
    let house = House::open(None).await;
    let (actor, _) = house.first_account().await;
    let id = program(&house, &actor, SHOP).await;
    let programs = &house.services.programs;
    let paste = |count: usize| (0..count).map(|n| format!("https://n{n}.example.com")).collect::<Vec<_>>();
    let mut wrong = paste(3);
    wrong[1] = "http://n1.example.com".to_owned();
    for (refused, count) in [(wrong, 1), (paste(21), 1), (paste(30), 10)] {
        let error = ServiceError::invalid(Field::Entries, Problem::LinesRefused { count });
        assert_eq!(programs.add_entries(id, Api::Request, refused, &actor).await, Err(error));
    }
    assert_eq!(programs.add_entries(id, Api::Request, paste(20), &actor).await, Ok(20));
    let full = programs.add_entries(id, Api::Request, lines(&["https://more.example.com"]), &actor).await;
    assert!(full.is_err());
    assert_eq!(programs.program(id, &actor).await.unwrap().entries.len(), 20);
}

#[tokio::test]
async fn a_certificate_is_kept_once_and_a_finding_keeps_the_day_it_was_first_seen() {
    let lab = Lab::start(clock::now()).await.unwrap();
    let house = House::open(Some(&lab)).await;
    let (actor, _) = house.first_account().await;
    let id = program(&house, &actor, SHOP).await;
    let target = lab.server("missing-intermediate").unwrap().target();
    house.services.programs.add_entries(id, Api::Request, vec![format!("https://{target}")], &actor).await.unwrap();
    let endpoint = house.services.programs.program(id, &actor).await.unwrap().entries[0].endpoint.unwrap();

    let mut seen = Vec::new();
    for _ in 0..2 {
        let run = house.probing.probe_now(Scope::Program(id), &actor).await.unwrap();
        let states: Vec<_> = house.probing.follow(run, &actor).await.unwrap().collect().await;
        assert!(states.last().unwrap().finished);
        let detail = house.probing.endpoint(endpoint, &actor).await.unwrap();
        assert_eq!(detail.verdict, Verdict::Fail);
        let standing = detail.findings.iter().find(|it| it.finding.code == Code::ChainIncomplete).unwrap();
        seen.push((standing.first_seen, standing.last_seen));
        house.pass(HOUR);
    }
    assert_eq!(seen[0].0, seen[1].0);
    assert_eq!(seen[1].1.as_second() - seen[0].1.as_second(), HOUR);
    assert_eq!(house.count("SELECT COUNT(*) FROM observations").await, 2);
    // The issuer that is missing was fetched, once.
    assert_eq!(house.count("SELECT COUNT(*) FROM certificates").await, 2);

    // A year on, the certificate has expired: that joins, and the chain is as incomplete as before.
    house.pass(360 * DAY);
    let run = house.probing.probe_now(Scope::Endpoint(endpoint), &actor).await.unwrap();
    house.probing.follow(run, &actor).await.unwrap().collect::<Vec<_>>().await;
    let detail = house.probing.endpoint(endpoint, &actor).await.unwrap();
    let codes: Vec<_> = detail.findings.iter().map(|it| it.finding.code).collect();
    assert!(codes.contains(&Code::CertExpired) && !codes.contains(&Code::CertExpiresSoon), "{codes:?}");
    lab.stop().await;
}
