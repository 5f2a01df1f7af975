//! What becomes of a mail that could not leave: tried again, held, given up, and tried again by hand.

use std::collections::BTreeMap;

use crate::{
    alerts::{add, change, ends_at, nobody, notices},
    common::{
        DAY, House, OTHER, SHOP, newcomer, probed, program_with, urls,
        web::{self, get},
    },
};
use model::{
    Api,
    accounts::{Actor, Role},
    alerts::{Alerts as _, MailFailure, Notice, NoticeState, Obstacle, Recovery},
    endpoints::Scope,
    service::EndpointId,
};
use probe::lab::Lab;
use server::clock;

#[tokio::test]
async fn what_the_mail_server_does_not_take_is_tried_again_and_given_up_after_three_days() {
    let house = House::open(None).await;
    let (actor, _) = house.first_account().await;
    let (program, endpoints) = program_with(&house, SHOP, &["https://a.example.com".to_owned()], &actor).await;
    ends_at(&house, endpoints[0], house.now() + 30 * DAY).await;
    add(&house, program, "ops@example.com", &actor).await;
    let (bound, server) = nobody();
    drop(bound);
    house.post.change_mail_settings(change(0, Some(server), None), &actor).await.unwrap();

    house.post.tell().await.unwrap();
    let NoticeState::Delayed { tries: 1, next, error } = notices(&house, &actor).await.remove(0).state else {
        panic!("{:?}", notices(&house, &actor).await)
    };
    assert_eq!(next.as_second(), house.now() + 60);
    assert!(matches!(error, MailFailure::Hindered { why: Obstacle::Refused, .. }), "{error:?}");
    // Not before its time.
    house.post.tell().await.unwrap();
    assert!(matches!(notices(&house, &actor).await[0].state, NoticeState::Delayed { tries: 1, .. }));
    // A restart in between loses nothing.
    let house = house.restart().await;
    house.pass(60);
    house.post.tell().await.unwrap();
    assert!(matches!(notices(&house, &actor).await[0].state, NoticeState::Delayed { tries: 2, .. }));
    for _ in 0..30 {
        house.pass(4 * 60 * 60);
        house.post.tell().await.unwrap();
    }
    assert!(matches!(notices(&house, &actor).await[0].state, NoticeState::GivenUp { .. }));
    assert_eq!(house.count("SELECT COUNT(*) FROM audit_log WHERE action = 'notice.give_up'").await, 1);
    house.every_field_has_words().await;

    assert_eq!(house.post.try_again(&actor).await.unwrap(), 1);
    house.post.tell().await.unwrap();
    assert!(matches!(notices(&house, &actor).await[0].state, NoticeState::Delayed { tries: 1, .. }));
}

#[tokio::test]
async fn what_no_mail_server_was_there_for_in_three_days_is_given_up_and_sent_by_none_unasked() {
    for has_server in [false, true] {
        let house = House::open(None).await;
        let (actor, session) = house.first_account().await;
        let (program, endpoints) = program_with(&house, SHOP, &["https://a.example.com".to_owned()], &actor).await;
        ends_at(&house, endpoints[0], house.now() + 30 * DAY).await;
        add(&house, program, "ops@example.com", &actor).await;
        house.post.tell().await.unwrap();
        house.pass(3 * DAY);
        house.post.tell().await.unwrap();
        assert_eq!(notices(&house, &actor).await[0].state, NoticeState::Waiting);

        house.pass(1);
        house.post.tell().await.unwrap();
        let (bound, server) = nobody();
        drop(bound);
        if has_server {
            house.post.change_mail_settings(change(0, Some(server.clone()), None), &actor).await.unwrap();
            house.post.tell().await.unwrap();
        }
        // Whoever had been asked to take it would have left an error.
        assert_eq!(notices(&house, &actor).await[0].state, NoticeState::GivenUp { error: None });
        assert_eq!(house.count("SELECT COUNT(*) FROM audit_log WHERE action = 'notice.give_up'").await, 1);
        let (console, who) = (web::console(&house), format!("{}; hufu_locale=en", web::cookie(&session)));
        let page = get(&console, "/alerts", &who).await.text();
        assert!(page.contains("It could not be sent in time."), "{page}");
        assert_eq!(page.contains("Try again now"), has_server, "it would do something only with a server: {page}");
        if has_server {
            assert_eq!(house.post.try_again(&actor).await, Ok(1));
            house.post.tell().await.unwrap();
            assert!(matches!(notices(&house, &actor).await[0].state, NoticeState::Delayed { tries: 1, .. }));
        } else {
            // By then it is so old that nobody who sets a server is to be sent it at all.
            house.pass(14 * DAY);
            house.post.change_mail_settings(change(0, Some(server), None), &actor).await.unwrap();
            assert_eq!(house.post.any_stuck(&actor).await, Ok(false));
            assert_eq!(house.post.try_again(&actor).await, Ok(0));
        }
    }
}

#[tokio::test]
async fn what_waited_while_hufu_was_stopped_is_tried_when_it_is_back_unless_that_took_weeks() {
    for (stopped_for, is_tried) in [(4 * DAY, true), (15 * DAY, false)] {
        let house = House::open(None).await;
        let (actor, _) = house.first_account().await;
        let (program, endpoints) = program_with(&house, SHOP, &["https://a.example.com".to_owned()], &actor).await;
        ends_at(&house, endpoints[0], house.now() + 30 * DAY).await;
        add(&house, program, "ops@example.com", &actor).await;
        house.post.tell().await.unwrap();
        let (bound, server) = nobody();
        drop(bound);
        house.post.change_mail_settings(change(0, Some(server), None), &actor).await.unwrap();
        let house = house.restart().await;
        house.pass(stopped_for);
        house.post.tell().await.unwrap();
        // A reminder of a nearer step may have come before it.
        let first = async || notices(&house, &actor).await.pop().unwrap().state;
        if !is_tried {
            assert_eq!(first().await, NoticeState::GivenUp { error: None });
            continue;
        }
        assert!(matches!(first().await, NoticeState::Delayed { tries: 1, .. }));
        // Old as it is, the mail server is asked for some hours before it is given up.
        for tries in 2..=8 {
            house.pass(4 * 60 * 60);
            house.post.tell().await.unwrap();
            let state = first().await;
            if tries < 8 {
                assert!(matches!(&state, NoticeState::Delayed { tries: tried, .. } if *tried == tries), "{state:?}");
            } else {
                assert!(matches!(&state, NoticeState::GivenUp { error: Some(_) }), "{state:?}");
            }
        }
    }
}

#[tokio::test]
async fn a_mail_is_held_while_nobody_wants_it_and_given_up_if_that_stays_so() {
    let house = House::open(None).await;
    let (actor, session) = house.first_account().await;
    let programs = &house.services.programs;
    let url = "https://a.example.com".to_owned();
    let (shop, endpoints) = program_with(&house, SHOP, std::slice::from_ref(&url), &actor).await;
    let (mall, _) = program_with(&house, OTHER, &["https://b.example.com".to_owned()], &actor).await;
    add(&house, shop, "ops@example.com", &actor).await;
    ends_at(&house, endpoints[0], house.now() + 30 * DAY).await;
    house.post.tell().await.unwrap();
    let (bound, server) = nobody();
    drop(bound);
    house.post.change_mail_settings(change(0, Some(server), None), &actor).await.unwrap();
    let state = async || {
        house.post.tell().await.unwrap();
        notices(&house, &actor).await.pop().unwrap().state
    };

    programs.remove_program(shop, &actor).await.unwrap();
    assert_eq!(state().await, NoticeState::Held, "nobody names the server");
    let console = web::console(&house);
    for (language, why) in [("en", "It is kept in case that is taken back."), ("zh-CN", "移除被撤销后照常发送。")]
    {
        let who = format!("{}; hufu_locale={language}", web::cookie(&session));
        let page = get(&console, "/alerts", &who).await.text();
        assert!(page.contains("data-state=\"held\"") && page.contains(why), "{language}: {page}");
    }
    programs.add_entries(mall, Api::Request, vec![url], &actor).await.unwrap();
    assert_eq!(state().await, NoticeState::Held, "the address is nobody's recipient");
    add(&house, mall, "mall@example.com", &actor).await;
    programs.restore_program(shop, &actor).await.unwrap();
    assert!(matches!(state().await, NoticeState::Delayed { tries: 1, .. }));

    programs.remove_program(shop, &actor).await.unwrap();
    house.pass(60);
    assert_eq!(state().await, NoticeState::Held);
    let tries = "SELECT tries FROM notices WHERE address = 'ops@example.com'";
    assert_eq!(house.count(tries).await, 1, "it is due and not tried");
    house.pass(15 * DAY);
    assert!(matches!(state().await, NoticeState::GivenUp { .. }));
}

#[tokio::test]
async fn what_is_stuck_can_be_tried_again_from_every_page_of_the_log() {
    let house = House::open(None).await;
    let (actor, session) = house.first_account().await;
    let (program, endpoints) = program_with(&house, SHOP, &["https://a.example.com".to_owned()], &actor).await;
    add(&house, program, "ops@example.com", &actor).await;
    let endpoint = endpoints[0];
    let (_bound, server) = nobody();
    house.post.change_mail_settings(change(0, Some(server), None), &actor).await.unwrap();
    let notice = Notice::Expiry {
        endpoint,
        target: "a.example.com:443".parse().unwrap(),
        not_after: model::Timestamp::UNIX_EPOCH,
        programs: vec!["Shop".to_owned()],
    };
    let (facts, slow) = (serde_json::to_string(&notice).unwrap(), MailFailure::Slow { seconds: 40, at: None });
    // The oldest was not taken, and fills the second page by itself.
    for number in 0..=50 {
        let add = "INSERT INTO notices (address, language, occasion, facts, written_at, due_at, sent_at, error)
            VALUES ('ops@example.com', 'en', $1, $2, $3, $4, $5, $6)";
        let (later, stuck) = (house.now() + DAY, number == 0);
        sqlx::query(add)
            .bind(format!("expiry {endpoint} 0 {number}"))
            .bind(&facts)
            .bind(house.now())
            .bind(stuck.then_some(later))
            .bind((!stuck).then_some(later))
            .bind(stuck.then(|| serde_json::to_string(&slow).unwrap()))
            .execute(&mut house.connection().await)
            .await
            .unwrap();
    }
    let (console, who) = (web::console(&house), format!("{}; hufu_locale=en", web::cookie(&session)));
    let offered = async |path: &str| {
        let page = get(&console, path, &who).await.text();
        (page.contains("data-state=\"delayed\""), page.contains("Try again now"))
    };
    assert_eq!((offered("/alerts").await, offered("/alerts?page=2").await), ((false, true), (true, true)));
    assert_eq!(house.post.try_again(&actor).await, Ok(1));
    let sent = "UPDATE notices SET sent_at = 0, due_at = NULL, error = NULL WHERE due_at IS NOT NULL";
    sqlx::query(sent).execute(&mut house.connection().await).await.unwrap();
    assert_eq!((offered("/alerts").await, offered("/alerts?page=2").await), ((false, false), (false, false)));
}

#[tokio::test]
async fn what_nobody_wants_can_be_tried_again_once_somebody_does() {
    let house = House::open(None).await;
    let (actor, _) = house.first_account().await;
    let programs = &house.services.programs;
    let (program, endpoints) = program_with(&house, SHOP, &["https://a.example.com".to_owned()], &actor).await;
    add(&house, program, "ops@example.com", &actor).await;
    ends_at(&house, endpoints[0], house.now() + 30 * DAY).await;
    house.post.tell().await.unwrap();
    house.pass(3 * DAY + 1);
    house.post.tell().await.unwrap();
    assert_eq!(notices(&house, &actor).await[0].state, NoticeState::GivenUp { error: None });
    let (bound, server) = nobody();
    drop(bound);
    house.post.change_mail_settings(change(0, Some(server), None), &actor).await.unwrap();
    let stuck = async || house.post.any_stuck(&actor).await;
    let again = async || house.post.try_again(&actor).await;

    // Given up untried.
    let recipient = house.post.recipients(program, &actor).await.unwrap().remove(0);
    house.post.remove_recipient(program, recipient.id, &actor).await.unwrap();
    assert_eq!((stuck().await, again().await), (Ok(false), Ok(0)), "the address is nobody's recipient");
    add(&house, program, "ops@example.com", &actor).await;
    assert_eq!((stuck().await, again().await), (Ok(true), Ok(1)));

    // Not taken by the mail server.
    house.post.tell().await.unwrap();
    assert!(matches!(notices(&house, &actor).await[0].state, NoticeState::Delayed { tries: 1, .. }));
    programs.remove_program(program, &actor).await.unwrap();
    assert_eq!((stuck().await, again().await), (Ok(false), Ok(0)), "nobody names the server");
    programs.restore_program(program, &actor).await.unwrap();
    assert_eq!((stuck().await, again().await), (Ok(true), Ok(1)));
}

#[tokio::test]
async fn a_certificate_in_whose_place_another_is_served_is_not_to_be_tried_again() {
    for has_server in [false, true] {
        let house = House::open(None).await;
        let (actor, _) = house.first_account().await;
        let (program, endpoints) = program_with(&house, SHOP, &["https://a.example.com".to_owned()], &actor).await;
        add(&house, program, "ops@example.com", &actor).await;
        let end = house.now() + 30 * DAY;
        ends_at(&house, endpoints[0], end).await;
        house.post.tell().await.unwrap();
        let (bound, server) = nobody();
        drop(bound);
        if has_server {
            house.post.change_mail_settings(change(0, Some(server), None), &actor).await.unwrap();
        }
        house.pass(3 * DAY + 1);
        house.post.tell().await.unwrap();
        let state = notices(&house, &actor).await.remove(0).state;
        if has_server {
            assert!(matches!(state, NoticeState::Delayed { tries: 1, .. }), "{state:?}");
        } else {
            assert_eq!(state, NoticeState::GivenUp { error: None });
        }
        assert_eq!(house.post.any_stuck(&actor).await, Ok(true));

        ends_at(&house, endpoints[0], end + 90 * DAY).await;
        let (stuck, again) = (house.post.any_stuck(&actor).await, house.post.try_again(&actor).await);
        assert_eq!((stuck, again), (Ok(false), Ok(0)));
        // It is put back.
        ends_at(&house, endpoints[0], end).await;
        let (stuck, again) = (house.post.any_stuck(&actor).await, house.post.try_again(&actor).await);
        assert_eq!((stuck, again), (Ok(true), Ok(1)));
    }
}

/// Two servers that have begun to fail just now, with a recipient who is to be told.
async fn two_that_fail(house: &House, lab: &Lab, actor: &Actor) -> [EndpointId; 2] {
    let (program, endpoints) = program_with(house, SHOP, &urls(lab, &["expired", "wrong-name"]), actor).await;
    add(house, program, "ops@example.com", actor).await;
    probed(&house.probing, Scope::Program(program), actor).await;
    assert_eq!(notices(house, actor).await.len(), 2);
    [endpoints[0], endpoints[1]]
}

/// As a probe would leave it that finds nothing wrong.
pub(crate) async fn works_again(house: &House, endpoint: EndpointId) {
    let update = "UPDATE endpoints SET verdict = 'pass', failing_since = NULL WHERE id = $1";
    sqlx::query(update).bind(endpoint.0).execute(&mut house.connection().await).await.unwrap();
}

#[tokio::test]
async fn a_failure_is_told_only_while_it_goes_on() {
    let lab = Lab::start(clock::now()).await.unwrap();
    for has_server in [false, true] {
        let house = House::open(Some(&lab)).await;
        let (actor, _) = house.first_account().await;
        let begun = house.now();
        let both = two_that_fail(&house, &lab, &actor).await;
        for endpoint in both {
            works_again(&house, endpoint).await;
        }
        // One of them fails once more.
        house.pass(60);
        probed(&house.probing, Scope::Endpoint(both[1]), &actor).await;
        house.pass(3 * DAY - 60);
        house.post.tell().await.unwrap();
        let told = notices(&house, &actor).await;
        let states: Vec<_> = told.iter().map(|listed| (listed.notice.endpoint(), &listed.state)).collect();
        assert_eq!(states, [(both[1], &NoticeState::Waiting)]);

        let (bound, server) = nobody();
        drop(bound);
        if has_server {
            house.post.change_mail_settings(change(0, Some(server), None), &actor).await.unwrap();
        }
        house.pass(61);
        house.post.tell().await.unwrap();
        let left = notices(&house, &actor).await;
        assert_eq!(left.iter().map(|listed| listed.notice.endpoint()).collect::<Vec<_>>(), [both[1]]);
        assert_eq!(left[0].written_at.as_second(), begun + 60);
        let state = &left[0].state;
        if has_server {
            assert!(matches!(state, NoticeState::Delayed { tries: 1, .. }), "{state:?}");
        } else {
            assert_eq!(*state, NoticeState::GivenUp { error: None });
        }
        let settled = "SELECT before ->> 'occasion' FROM audit_log
            WHERE action = 'notice.settle' AND object = 'mail to ops@example.com'";
        let mut settled: Vec<String> =
            sqlx::query_scalar(settled).fetch_all(&mut house.connection().await).await.unwrap();
        let mut ended = both.map(|endpoint| format!("fail {endpoint} {begun}"));
        settled.sort();
        ended.sort();
        assert_eq!(settled, ended);

        assert_eq!(house.post.any_stuck(&actor).await, Ok(true));
        works_again(&house, both[1]).await;
        let (stuck, again) = (house.post.any_stuck(&actor).await, house.post.try_again(&actor).await);
        assert_eq!((stuck, again), (Ok(false), Ok(0)), "it has ended");
    }
    lab.stop().await;
}

#[tokio::test]
async fn a_failure_that_goes_on_is_told_once_however_long_ago() {
    let lab = Lab::start(clock::now()).await.unwrap();
    let house = House::open(Some(&lab)).await;
    let (actor, _) = house.first_account().await;
    let [ended, goes_on] = two_that_fail(&house, &lab, &actor).await;
    works_again(&house, ended).await;
    let sent = "UPDATE notices SET sent_at = written_at, due_at = NULL";
    sqlx::query(sent).execute(&mut house.connection().await).await.unwrap();
    house.pass(400 * DAY);
    house.post.tell().await.unwrap();
    assert_eq!(notices(&house, &actor).await.len(), 2);

    house.pass(1);
    house.post.tell().await.unwrap();
    let kept = notices(&house, &actor).await;
    assert_eq!(kept.iter().map(|listed| listed.notice.endpoint()).collect::<Vec<_>>(), [goes_on]);
    probed(&house.probing, Scope::Endpoint(goes_on), &actor).await;
    assert_eq!(notices(&house, &actor).await, kept);
    lab.stop().await;
}

#[tokio::test]
async fn of_a_failure_that_was_told_it_is_said_that_it_is_over() {
    let lab = Lab::start(clock::now()).await.unwrap();
    let house = House::open(Some(&lab)).await;
    let (actor, session) = house.first_account().await;
    let [ended, goes_on] = two_that_fail(&house, &lab, &actor).await;
    let sent = "UPDATE notices SET sent_at = written_at, due_at = NULL";
    sqlx::query(sent).execute(&mut house.connection().await).await.unwrap();
    let turned = house.now();
    house.pass(60);
    let since = Some(model::Timestamp::from_second(turned).unwrap());
    let console = web::console(&house);
    for (verdict, before, expected, words) in [
        ("pass", "fail", Some(Recovery { since }), Some(("It began to work again", "恢复正常。"))),
        ("warn", "unreachable", Some(Recovery { since }), Some(("It began to work again", "恢复正常。"))),
        ("warn", "pass", Some(Recovery { since: None }), Some(("It works again.", "现已恢复正常。"))),
        ("unreachable", "fail", None, None),
        ("fail", "pass", None, None),
    ] {
        let turn = "UPDATE endpoints SET verdict = $2, verdict_before = $3, turned_at = $4 WHERE id = $1";
        sqlx::query(turn)
            .bind(ended.0)
            .bind(verdict)
            .bind(before)
            .bind(turned)
            .execute(&mut house.connection().await)
            .await
            .unwrap();
        let told: BTreeMap<_, _> = notices(&house, &actor)
            .await
            .into_iter()
            .map(|listed| (listed.notice.endpoint(), listed.recovery))
            .collect();
        assert_eq!(told, BTreeMap::from([(ended, expected), (goes_on, None)]), "{before} {verdict}");
        for language in ["en", "zh-CN"] {
            let who = format!("{}; hufu_locale={language}", web::cookie(&session));
            let page = get(&console, "/alerts", &who).await.text();
            assert_eq!(page.matches("data-recovery").count(), usize::from(words.is_some()), "{page}");
            if let Some((english, chinese)) = words {
                assert!(page.contains(if language == "en" { english } else { chinese }), "{page}");
            }
        }
    }
    lab.stop().await;
}

#[tokio::test]
async fn whoever_may_only_look_is_not_asked_to_try_again() {
    let house = House::open(None).await;
    let (actor, session) = house.first_account().await;
    let (_, viewer) = newcomer(&house, "li", Role::Viewer, &actor).await;
    let (program, endpoints) = program_with(&house, SHOP, &["https://a.example.com".to_owned()], &actor).await;
    ends_at(&house, endpoints[0], house.now() + DAY).await;
    add(&house, program, "ops@example.com", &actor).await;
    let (bound, server) = nobody();
    drop(bound);
    house.post.change_mail_settings(change(0, Some(server), None), &actor).await.unwrap();
    house.post.tell().await.unwrap();
    let console = web::console(&house);
    for (session, may) in [(&session, true), (&viewer, false)] {
        let page = get(&console, "/alerts", &web::cookie(session)).await.text();
        let (delayed, again) = (page.contains("data-state=\"delayed\""), page.contains("alerts/try-again"));
        assert_eq!((delayed, again), (true, may), "{page}");
    }
}
