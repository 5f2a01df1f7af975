//! Who is to be told of what: written once, kept until it is told.
//! That mail really arrives is shown in the browser's tests, beside a real mail server.

use std::{net::TcpListener, time::Duration};

use crate::common::{
    DAY, House, OTHER, SHOP, only, probed, program_with, urls,
    web::{self, get, plain_form},
};
use app::{alerts::failure::failure_words, i18n::Locale};
use axum::http::header;
use model::{
    Code, Verdict,
    accounts::Actor,
    alerts::{
        Alerts as _, EmailAddress, Language, ListedNotice, MailChange, MailFailure, MailServer, Notice, NoticeState,
        Obstacle, RECIPIENTS_MOST, Secret, Security,
    },
    endpoints::Scope,
    service::{EndpointId, Field, Problem, ProgramId, ServiceError},
};
use probe::{Roots, lab::Lab};
use server::clock;
use sqlx::{Connection as _, SqliteConnection, migrate::Migrator, sqlite::SqliteConnectOptions};

fn address(text: &str) -> EmailAddress {
    text.parse().unwrap()
}

pub(crate) async fn add(house: &House, program: ProgramId, to: &str, actor: &Actor) {
    house.post.add_recipient(program, address(to), Language::English, actor).await.unwrap();
}

pub(crate) async fn notices(house: &House, actor: &Actor) -> Vec<ListedNotice> {
    house.post.notices(0, actor).await.unwrap().rows
}

pub(crate) async fn ends_at(house: &House, endpoint: EndpointId, at: i64) {
    let update = "UPDATE endpoints SET not_after = $2 WHERE id = $1";
    sqlx::query(update).bind(endpoint.0).bind(at).execute(&mut house.connection().await).await.unwrap();
}

/// A mail server that nobody listens at.
pub(crate) fn nobody() -> (TcpListener, MailServer) {
    let bound = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = bound.local_addr().unwrap().port();
    let server = MailServer {
        host: "127.0.0.1".parse().unwrap(),
        port: port.to_string().parse().unwrap(),
        security: Security::Tls,
        username: None,
    };
    (bound, server)
}

pub(crate) fn change(revision: i64, server: Option<MailServer>, password: Option<&str>) -> MailChange {
    let password = password.map(|password| Secret(password.to_owned()));
    MailChange { revision, server, password, sender: Some(address("hufu@example.com")), public_url: None }
}

#[tokio::test]
async fn each_step_before_the_end_is_told_once_to_each_address() {
    let house = House::open(None).await;
    let (actor, _) = house.first_account().await;
    let entries = ["https://a.example.com", "https://b.example.com"].map(str::to_owned);
    let (shop, endpoints) = program_with(&house, SHOP, &entries, &actor).await;
    let (mall, _) = program_with(&house, OTHER, &entries[..1], &actor).await;
    add(&house, shop, "ops@example.com", &actor).await;
    add(&house, mall, "ops@example.com", &actor).await;
    add(&house, mall, "mall@example.com", &actor).await;
    let end = house.now() + 40 * DAY;
    ends_at(&house, endpoints[0], end).await;

    let mut told = Vec::new();
    for day in 0..=41 {
        house.post.tell().await.unwrap();
        // Neither a second round nor a restart tells anything twice.
        house.post.tell().await.unwrap();
        let now = notices(&house, &actor).await;
        for notice in now.iter().rev().skip(told.len()) {
            told.push((40 - day, notice.address.to_string()));
            let Notice::Expiry { endpoint, programs, .. } = &notice.notice else { panic!("{notice:?}") };
            assert_eq!(*endpoint, endpoints[0]);
            // Both have the same name.
            assert_eq!(programs, &["Shop"]);
        }
        house.pass(DAY);
    }
    let expected: Vec<_> = [30, 14, 7, 3, 1]
        .into_iter()
        .flat_map(|days| [(days, "mall@example.com".to_owned()), (days, "ops@example.com".to_owned())])
        .collect();
    assert_eq!(told, expected);
    assert_eq!(house.count("SELECT COUNT(*) FROM audit_log WHERE action = 'notice.write'").await, 10);
}

#[tokio::test]
async fn who_comes_late_is_told_the_nearest_step_alone_and_a_new_certificate_begins_anew() {
    let house = House::open(None).await;
    let (actor, _) = house.first_account().await;
    let (program, endpoints) = program_with(&house, SHOP, &["https://a.example.com".to_owned()], &actor).await;
    ends_at(&house, endpoints[0], house.now() + 5 * DAY).await;
    house.post.tell().await.unwrap();
    assert_eq!(notices(&house, &actor).await, [], "nobody is a recipient");
    add(&house, program, "ops@example.com", &actor).await;
    house.post.tell().await.unwrap();
    assert_eq!(notices(&house, &actor).await.len(), 1);
    ends_at(&house, endpoints[0], house.now() + 90 * DAY).await;
    house.post.tell().await.unwrap();
    assert_eq!(notices(&house, &actor).await, [], "of the one before nobody is told any more");
    house.pass(61 * DAY);
    house.post.tell().await.unwrap();
    assert_eq!(notices(&house, &actor).await.len(), 1);
}

#[tokio::test]
async fn a_certificate_in_whose_place_another_is_served_is_not_reminded_of() {
    let house = House::open(None).await;
    let (actor, _) = house.first_account().await;
    let (program, endpoints) = program_with(&house, SHOP, &["https://a.example.com".to_owned()], &actor).await;
    let end = house.now() + 5 * DAY;
    ends_at(&house, endpoints[0], end).await;
    add(&house, program, "ops@example.com", &actor).await;
    house.post.tell().await.unwrap();
    assert_eq!(notices(&house, &actor).await.len(), 1);
    let nothing = "UPDATE endpoints SET not_after = NULL";
    sqlx::query(nothing).execute(&mut house.connection().await).await.unwrap();
    house.post.tell().await.unwrap();
    assert_eq!(notices(&house, &actor).await.len(), 1, "to serve nothing is to serve no other");

    ends_at(&house, endpoints[0], end + 90 * DAY).await;
    let (bound, server) = nobody();
    drop(bound);
    house.post.change_mail_settings(change(0, Some(server), None), &actor).await.unwrap();
    house.post.tell().await.unwrap();
    assert_eq!(notices(&house, &actor).await, []);
    assert_eq!(house.count("SELECT COUNT(*) FROM audit_log WHERE action = 'notice.settle'").await, 1);
    house.every_field_has_words().await;

    // It is put back.
    ends_at(&house, endpoints[0], end).await;
    house.post.tell().await.unwrap();
    assert!(matches!(notices(&house, &actor).await[0].state, NoticeState::Delayed { tries: 1, .. }));
}

#[tokio::test]
async fn many_that_end_are_all_told_with_every_mini_program() {
    let house = House::open(None).await;
    let (actor, _) = house.first_account().await;
    let entries: Vec<_> = (0..200).map(|number| format!("https://h{number}.example.com")).collect();
    let mut programs = Vec::new();
    for app_id in [SHOP, OTHER, "wx0123456789abcded"] {
        let new = model::programs::NewProgram { app_id: app_id.parse().unwrap(), name: app_id.to_owned() };
        let id = house.services.programs.add_program(new, &actor).await.unwrap();
        let lines = entries.clone();
        house.services.programs.add_entries(id, model::Api::Business, lines, &actor).await.unwrap();
        add(&house, id, "ops@example.com", &actor).await;
        programs.push(app_id.to_owned());
    }
    let update = "UPDATE endpoints SET not_after = $1";
    sqlx::query(update).bind(house.now() + DAY).execute(&mut house.connection().await).await.unwrap();
    house.post.tell().await.unwrap();
    assert_eq!(house.count("SELECT COUNT(*) FROM notices").await, 200);
    let first = house.post.notices(0, &actor).await.unwrap();
    assert_eq!((first.total, first.rows.len(), first.pages()), (200, 50, 4));
    programs.sort();
    let all: Vec<String> =
        sqlx::query_scalar("SELECT facts FROM notices").fetch_all(&mut house.connection().await).await.unwrap();
    for facts in all {
        let Notice::Expiry { programs: told, .. } = serde_json::from_str(&facts).unwrap() else { panic!("{facts}") };
        assert_eq!(told, programs);
    }
}

#[tokio::test]
async fn a_server_that_begins_to_fail_is_told_once_until_it_works_again() {
    let lab = Lab::start(clock::now()).await.unwrap();
    let house = House::open(Some(&lab)).await;
    let (actor, _) = house.first_account().await;
    let expired = lab.server("expired").unwrap();
    let entries = [format!("https://{}:{}", expired.host, expired.port)];
    let (program, endpoints) = program_with(&house, SHOP, &entries, &actor).await;
    add(&house, program, "ops@example.com", &actor).await;
    let scope = Scope::Endpoint(endpoints[0]);

    probed(&house.probing, scope, &actor).await;
    probed(&house.probing, scope, &actor).await;
    let told = notices(&house, &actor).await;
    let [ListedNotice { notice: Notice::Failing { platforms, codes, programs, .. }, state, .. }] = &told[..] else {
        panic!("{told:?}")
    };
    assert_eq!((platforms.ios, platforms.android), (Verdict::Fail, Verdict::Fail));
    assert!(codes.contains(&Code::CertExpired), "{codes:?}");
    assert_eq!((programs, state), (&vec!["Shop".to_owned()], &NoticeState::Waiting));

    // It goes silent and comes back as it was: no news.
    let silent = house.probing_elsewhere(only(&lab, "expired", [127, 0, 0, 3]), Roots::mozilla());
    probed(&silent, scope, &actor).await;
    assert_eq!(house.count("SELECT COUNT(*) FROM endpoints WHERE verdict = 'unreachable'").await, 1);
    probed(&house.probing, scope, &actor).await;
    assert_eq!(notices(&house, &actor).await.len(), 1);

    // It works, then fails again.
    let works = "UPDATE endpoints SET verdict = 'pass', failing_since = NULL";
    sqlx::query(works).execute(&mut house.connection().await).await.unwrap();
    house.pass(60);
    probed(&house.probing, scope, &actor).await;
    assert_eq!(notices(&house, &actor).await.len(), 2);
    // Both are due by now, and the first is no news any more.
    let begun = house.now();
    house.pass(60);
    house.post.tell().await.unwrap();
    let left = notices(&house, &actor).await;
    assert_eq!(left.iter().map(|listed| listed.written_at.as_second()).collect::<Vec<_>>(), [begun]);
    lab.stop().await;
}

#[tokio::test]
async fn a_new_recipient_is_told_what_fails_already_before_it_would_be_probed_again() {
    let lab = Lab::start(clock::now()).await.unwrap();
    let house = House::open(Some(&lab)).await;
    let (actor, _) = house.first_account().await;
    let (program, endpoints) = program_with(&house, SHOP, &urls(&lab, &["expired", "good-ecdsa"]), &actor).await;
    let (mall, of_mall) = program_with(&house, OTHER, &urls(&lab, &["wrong-name"]), &actor).await;
    add(&house, mall, "mall@example.com", &actor).await;
    for program in [program, mall] {
        probed(&house.probing, Scope::Program(program), &actor).await;
    }
    let told = async || {
        let notices = notices(&house, &actor).await;
        let mut told: Vec<_> =
            notices.into_iter().map(|listed| (listed.notice.endpoint(), listed.address.to_string())).collect();
        told.sort();
        told
    };
    let of_the_mall = (of_mall[0], "mall@example.com".to_owned());
    assert_eq!(told().await, std::slice::from_ref(&of_the_mall));
    // It goes silent meanwhile, and will answer as it did.
    let silent = house.probing_elsewhere(only(&lab, "expired", [127, 0, 0, 3]), Roots::mozilla());
    probed(&silent, Scope::Endpoint(endpoints[0]), &actor).await;

    add(&house, program, "ops@example.com", &actor).await;
    let due = "SELECT id FROM endpoints WHERE due_at = 0";
    let due: Vec<i64> = sqlx::query_scalar(due).fetch_all(&mut house.connection().await).await.unwrap();
    assert_eq!(due, [endpoints[0].0], "neither what works nor what fails elsewhere");
    house.probing.keep_probing();
    while house.count("SELECT COUNT(*) FROM notices").await < 2 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(told().await, [(endpoints[0], "ops@example.com".to_owned()), of_the_mall]);
    house.stop.cancel();
    house.probing.drain().await;
    lab.stop().await;
}

#[tokio::test]
async fn recipients_are_told_once_each_and_whoever_is_removed_is_told_nothing_more() {
    let house = House::open(None).await;
    let (actor, _) = house.first_account().await;
    let entries = ["https://a.example.com".to_owned()];
    let (shop, endpoints) = program_with(&house, SHOP, &entries, &actor).await;
    let (mall, _) = program_with(&house, OTHER, &entries, &actor).await;
    add(&house, shop, "ops@example.com", &actor).await;
    add(&house, mall, "ops@example.com", &actor).await;
    let again = house.post.add_recipient(shop, address("ops@EXAMPLE.com"), Language::Chinese, &actor).await;
    assert_eq!(again, Err(ServiceError::invalid(Field::Recipient, Problem::Taken)));
    let nowhere = house.post.add_recipient(ProgramId(99), address("ops@example.com"), Language::English, &actor).await;
    assert_eq!(nowhere, Err(ServiceError::NotFound));
    ends_at(&house, endpoints[0], house.now() + DAY).await;
    let states = async || {
        house.post.tell().await.unwrap();
        notices(&house, &actor).await.into_iter().map(|listed| listed.state).collect::<Vec<_>>()
    };
    assert_eq!(states().await, [NoticeState::Waiting]);

    for (program, left) in [(shop, NoticeState::Waiting), (mall, NoticeState::Held)] {
        let recipient = house.post.recipients(program, &actor).await.unwrap().remove(0);
        house.post.remove_recipient(program, recipient.id, &actor).await.unwrap();
        assert_eq!(states().await, [left]);
        let gone = house.post.remove_recipient(program, recipient.id, &actor).await;
        assert_eq!(gone, Err(ServiceError::NotFound));
    }
    // Neither lost nor written a second time.
    add(&house, shop, "ops@example.com", &actor).await;
    assert_eq!(states().await, [NoticeState::Waiting]);
    assert_eq!(house.count("SELECT COUNT(*) FROM audit_log WHERE action = 'notice.write'").await, 1);
    for number in 1..RECIPIENTS_MOST {
        add(&house, shop, &format!("p{number}@example.com"), &actor).await;
    }
    let one_more = house.post.add_recipient(shop, address("more@example.com"), Language::English, &actor).await;
    assert_eq!(one_more, Err(ServiceError::invalid(Field::Recipient, Problem::TooMany { most: RECIPIENTS_MOST })));
}

#[tokio::test]
async fn a_password_stays_with_the_server_it_was_typed_for() {
    let house = House::open(None).await;
    let (actor, _) = house.first_account().await;
    let (_bound, server) = nobody();
    let named = |name: &str| Some(MailServer { username: Some(name.to_owned()), ..server.clone() });
    let set = async |change: MailChange| house.post.change_mail_settings(change, &actor).await;

    let missing = ServiceError::invalid(Field::MailPassword, Problem::Empty);
    assert_eq!(set(change(0, named("me"), None)).await, Err(missing.clone()));
    assert_eq!(set(change(0, named("me"), Some("secret one"))).await, Ok(()));
    assert_eq!(set(change(0, named("me"), None)).await, Err(ServiceError::Conflict));
    assert_eq!(set(change(1, named("me"), None)).await, Ok(()), "the stored one is kept");
    assert_eq!(set(change(2, named("you"), None)).await, Err(missing));
    let other_host = Some(MailServer { host: "127.0.0.2".parse().unwrap(), ..named("me").unwrap() });
    assert!(set(change(2, other_host, None)).await.is_err());
    let plain = Some(MailServer { security: Security::Plain, ..named("me").unwrap() });
    let in_the_clear = ServiceError::invalid(Field::MailUser, Problem::Unprotected);
    assert_eq!(set(change(2, plain, None)).await, Err(in_the_clear));
    let no_sender = MailChange { sender: None, ..change(2, Some(server.clone()), None) };
    assert_eq!(set(no_sender).await, Err(ServiceError::invalid(Field::MailSender, Problem::Empty)));
    assert_eq!(set(change(2, None, None)).await, Ok(()));
    let settings = house.post.mail_settings(&actor).await.unwrap();
    assert_eq!((settings.server, settings.has_password), (None, false));

    // Neither the audit log nor the settings on their way to the browser hold it.
    let log: Vec<String> = sqlx::query_scalar("SELECT COALESCE(before, '') || COALESCE(after, '') FROM audit_log")
        .fetch_all(&mut house.connection().await)
        .await
        .unwrap();
    assert!(log.iter().any(|line| line.contains("has_password")));
    assert!(!log.iter().any(|line| line.contains("secret one")));
    house.every_field_has_words().await;
}

#[tokio::test]
async fn a_mail_server_named_in_the_console_must_be_where_the_operator_allows() {
    let house = House::open(None).await;
    let (actor, _) = house.first_account().await;
    let test = async || house.post.send_test(address("ops@example.com"), Language::English, &actor).await;
    assert_eq!(test().await, Err(ServiceError::invalid(Field::MailHost, Problem::Empty)));
    let (bound, server) = nobody();
    let metadata = MailServer { host: "169.254.169.254".parse().unwrap(), ..server.clone() };
    house.post.change_mail_settings(change(0, Some(metadata), None), &actor).await.unwrap();
    let refused = test().await;
    let Err(ServiceError::Invalid { field: Field::MailHost, problem: Problem::MailNotTaken(failure) }) = &refused
    else {
        panic!("{refused:?}")
    };
    assert!(matches!(failure, MailFailure::NotAllowed { .. }), "{failure:?}");
    assert!(failure_words(failure, Locale::zh_CN).contains("--allow-net"), "{failure:?}");

    drop(bound);
    house.post.change_mail_settings(change(1, Some(server), None), &actor).await.unwrap();
    let refused = test().await;
    let Err(ServiceError::Invalid { problem: Problem::MailNotTaken(failure), .. }) = &refused else {
        panic!("{refused:?}")
    };
    assert!(matches!(failure, MailFailure::Hindered { why: Obstacle::Refused, .. }), "{failure:?}");
    assert_eq!(house.count("SELECT COUNT(*) FROM audit_log WHERE action = 'mail.test'").await, 2);
    house.every_field_has_words().await;
}

#[tokio::test]
async fn a_mail_server_at_an_address_that_no_mail_may_be_sent_to_is_told_when_it_is_saved() {
    let house = House::open(None).await;
    let (actor, session) = house.first_account().await;
    let (_bound, server) = nobody();
    for (revision, (host, barred)) in [
        ("10.0.0.5", Some("10.0.0.5")),
        ("::1", Some("::1")),
        // The house allows 127.0.0.0/8.
        ("127.0.0.1", None),
        ("localhost", None),
        ("smtp.example.com", None),
        ("192.168.1.7", Some("192.168.1.7")),
    ]
    .into_iter()
    .enumerate()
    {
        let server = MailServer { host: host.parse().unwrap(), ..server.clone() };
        let revision = i64::try_from(revision).unwrap();
        house.post.change_mail_settings(change(revision, Some(server), None), &actor).await.unwrap();
        let settings = house.post.mail_settings(&actor).await.unwrap();
        assert_eq!(settings.barred, barred.map(|address| address.parse().unwrap()), "{host}");
    }
    let who = format!("{}; hufu_locale=en", web::cookie(&session));
    let console = web::console(&house);
    let page = get(&console, "/settings/mail", &who).await.text();
    assert!(page.contains("--allow-net 192.168.1.7"), "{page}");
    // What that says is said once, and is what a test is answered.
    assert_eq!(page.matches("do not count for mail").count(), 1, "{page}");
    let refused = plain_form(&console, "/api/settings/test-mail", "address=me%40example.com", &who).await;
    let page = get(&console, refused.header(header::LOCATION).split('#').next().unwrap(), &who).await.text();
    assert_eq!(page.matches("No mail leaves: the mail server 192.168.1.7 is at 192.168.1.7").count(), 2, "{page}");
    // Where networks are allowed it is said for which purpose.
    let page = get(&console, "/settings/probing", &who).await.text();
    assert!(page.contains("do not count for mail"), "{page}");
}

#[tokio::test]
async fn what_was_kept_before_there_were_codes_is_told_as_it_was_said() {
    let directory = tempfile::tempdir().unwrap();
    let options = SqliteConnectOptions::new().filename(directory.path().join("hufu.db")).create_if_missing(true);
    let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
    let mut migrator: Migrator = sqlx::migrate!("../migrations");
    migrator.migrations.to_mut().retain(|migration| migration.version < 15);
    migrator.run(&mut connection).await.unwrap();
    for (address, error) in
        [("a@example.com", Some("mail.example.com was not found: \"no\" record")), ("b@example.com", None)]
    {
        let add = "INSERT INTO notices (address, language, occasion, facts, written_at, error)
            VALUES ($1, 'en', 'x', '{}', 0, $2)";
        sqlx::query(add).bind(address).bind(error).execute(&mut connection).await.unwrap();
    }
    connection.close().await.unwrap();

    server::store::Store::open(directory.path()).await.unwrap().close().await;
    let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
    let select = "SELECT error FROM notices ORDER BY address";
    let errors: Vec<Option<String>> = sqlx::query_scalar(select).fetch_all(&mut connection).await.unwrap();
    let failure: MailFailure = serde_json::from_str(errors[0].as_deref().unwrap()).unwrap();
    assert_eq!(failure_words(&failure, Locale::en), "mail.example.com was not found: \"no\" record");
    assert_eq!(errors[1], None);
}
