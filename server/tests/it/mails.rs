//! What leaves, beside a mail server that takes and refuses.

use crate::{
    alerts::{add, change, ends_at, nobody, notices},
    common::{DAY, House, SHOP, mail::MailHouse, probed, program_with, urls},
    outbox::works_again,
};
use model::{
    alerts::{Alerts as _, Language, ListedNotice, MailFailure, NoticeState},
    endpoints::Scope,
};
use probe::lab::Lab;
use server::clock;

#[tokio::test]
async fn of_a_server_that_works_again_nobody_is_told_that_it_fails() {
    let lab = Lab::start(clock::now()).await.unwrap();
    let house = House::open(Some(&lab)).await;
    let (actor, _) = house.first_account().await;
    let mail = MailHouse::open().await;
    let post = mail.post(&house);
    let (program, endpoints) = program_with(&house, SHOP, &urls(&lab, &["expired"]), &actor).await;
    add(&house, program, "gone@example.com", &actor).await;
    add(&house, program, "ops@example.com", &actor).await;
    let fails = async || {
        house.pass(60);
        probed(&house.probing, Scope::Endpoint(endpoints[0]), &actor).await;
    };
    let tell_after = async |seconds| {
        house.pass(seconds);
        post.tell().await.unwrap();
    };
    let states = async || notices(&house, &actor).await.into_iter().map(|listed| listed.state).collect::<Vec<_>>();

    // While the notices wait for company.
    fails().await;
    works_again(&house, endpoints[0]).await;
    tell_after(31).await;
    assert_eq!((mail.reached(), states().await), (Vec::new(), Vec::new()));
    assert_eq!(house.count("SELECT COUNT(*) FROM audit_log WHERE action = 'notice.settle'").await, 2);
    house.every_field_has_words().await;

    // After one address was refused.
    mail.desk().refused.insert("gone@example.com".to_owned());
    fails().await;
    tell_after(31).await;
    mail.desk().refused.clear();
    assert_eq!(mail.reached(), ["ops@example.com"]);
    works_again(&house, endpoints[0]).await;
    tell_after(60).await;
    assert_eq!(mail.reached(), ["ops@example.com"]);
    assert!(matches!(states().await[..], [NoticeState::Sent { .. }]), "{:?}", states().await);

    // After Hufu itself was.
    mail.desk().is_locked = true;
    fails().await;
    tell_after(31).await;
    mail.desk().is_locked = false;
    assert_eq!(post.any_stuck(&actor).await, Ok(true));
    works_again(&house, endpoints[0]).await;
    assert_eq!(post.try_again(&actor).await, Ok(0));
    tell_after(60).await;
    assert_eq!(mail.reached(), ["ops@example.com"]);
    assert_eq!(states().await.len(), 1);

    // What fails once more is told to both.
    fails().await;
    tell_after(31).await;
    assert_eq!(mail.reached()[1..], ["gone@example.com", "ops@example.com"]);
    lab.stop().await;
}

#[tokio::test]
async fn whoever_refuses_the_log_in_is_asked_once_a_round() {
    let house = House::open(None).await;
    let (actor, _) = house.first_account().await;
    let mail = MailHouse::open().await;
    let post = mail.post(&house);
    let (program, endpoints) = program_with(&house, SHOP, &["https://a.example.com".to_owned()], &actor).await;
    let everybody: Vec<String> = (1..=7).map(|number| format!("p{number}@example.com")).collect();
    for address in &everybody {
        add(&house, program, address, &actor).await;
    }
    ends_at(&house, endpoints[0], house.now() + 10 * DAY).await;
    mail.desk().is_locked = true;
    for (round, wait) in [(1, 60), (2, 120)] {
        post.tell().await.unwrap();
        assert_eq!(mail.desk().log_ins, round);
        let told = notices(&house, &actor).await;
        assert_eq!(told.len(), everybody.len());
        for listed in told {
            let NoticeState::Delayed { tries, next, error } = &listed.state else { panic!("{listed:?}") };
            assert_eq!((usize::try_from(*tries), next.as_second()), (Ok(round), house.now() + wait));
            assert!(matches!(error, MailFailure::LogIn { status: 535, .. }), "{error:?}");
        }
        house.pass(wait);
    }
    mail.desk().is_locked = false;
    post.tell().await.unwrap();
    assert_eq!(mail.reached(), everybody);

    // One address that is refused keeps nobody else from theirs.
    ends_at(&house, endpoints[0], house.now() + 9 * DAY).await;
    mail.desk().refused.insert(everybody[0].clone());
    post.tell().await.unwrap();
    assert_eq!(mail.reached()[everybody.len()..], everybody[1..]);
}

#[tokio::test]
async fn whoever_refuses_the_log_in_is_not_asked_anew_for_what_comes_due_later() {
    let house = House::open(None).await;
    let (actor, _) = house.first_account().await;
    let mail = MailHouse::open().await;
    let post = mail.post(&house);
    let entries: Vec<String> = (0..4).map(|number| format!("https://h{number}.example.com")).collect();
    let (program, endpoints) = program_with(&house, SHOP, &entries, &actor).await;
    add(&house, program, "ops@example.com", &actor).await;
    let comes_due = async |number: usize| {
        ends_at(&house, endpoints[number], house.now() + 10 * DAY).await;
        post.tell().await.unwrap();
        mail.desk().log_ins
    };
    mail.desk().is_locked = true;
    assert_eq!(comes_due(0).await, 1);
    for number in [1, 2] {
        house.pass(20);
        assert_eq!(comes_due(number).await, 1, "{number}");
    }
    house.pass(20);
    post.tell().await.unwrap();
    assert_eq!(mail.desk().log_ins, 2);
    // What was tried once waits as long as what was tried twice: nothing leaves before.
    let told = notices(&house, &actor).await;
    assert_eq!(told.len(), 3);
    for listed in told {
        let NoticeState::Delayed { next, .. } = &listed.state else { panic!("{listed:?}") };
        assert_eq!(next.as_second(), house.now() + 120);
    }

    // Whoever asks for it need not wait.
    mail.desk().is_locked = false;
    assert_eq!(comes_due(3).await, 2);
    assert_eq!(mail.reached(), Vec::<String>::new());
    assert_eq!(post.try_again(&actor).await, Ok(3));
    post.tell().await.unwrap();
    assert_eq!(mail.reached(), ["ops@example.com"]);
    for listed in notices(&house, &actor).await {
        assert!(matches!(listed.state, NoticeState::Sent { .. }), "{listed:?}");
    }
}

#[tokio::test]
async fn another_mail_server_need_not_wait_for_what_the_one_before_refused() {
    let house = House::open(None).await;
    let (actor, _) = house.first_account().await;
    let entries = ["https://a.example.com", "https://b.example.com"].map(str::to_owned);
    let (program, endpoints) = program_with(&house, SHOP, &entries, &actor).await;
    add(&house, program, "ops@example.com", &actor).await;
    let mail = MailHouse::open().await;
    let (bound, server) = nobody();
    drop(bound);
    house.post.change_mail_settings(change(0, Some(server), None), &actor).await.unwrap();
    for endpoint in endpoints {
        ends_at(&house, endpoint, house.now() + 10 * DAY).await;
        house.post.tell().await.unwrap();
    }
    let states = async || notices(&house, &actor).await.into_iter().map(|listed| listed.state).collect::<Vec<_>>();
    let before = states().await;
    assert!(matches!(before[..], [NoticeState::Waiting, NoticeState::Delayed { tries: 1, .. }]), "{before:?}");
    house.post.change_mail_settings(change(1, Some(mail.server()), None), &actor).await.unwrap();
    house.post.tell().await.unwrap();
    assert_eq!(mail.reached(), ["ops@example.com"]);
    let after = states().await;
    assert!(matches!(after[..], [NoticeState::Sent { .. }, NoticeState::Delayed { tries: 1, .. }]), "{after:?}");
}

#[tokio::test]
async fn what_came_of_a_mail_is_known_although_the_mail_server_says_no_goodbye() {
    let house = House::open(None).await;
    let (actor, _) = house.first_account().await;
    let mail = MailHouse::open().await;
    let post = mail.post(&house);
    let (program, endpoints) = program_with(&house, SHOP, &["https://a.example.com".to_owned()], &actor).await;
    add(&house, program, "ops@example.com", &actor).await;
    ends_at(&house, endpoints[0], house.now() + 10 * DAY).await;
    add(&house, program, "gone@example.com", &actor).await;
    mail.desk().is_clinging = true;
    mail.desk().refused.insert("gone@example.com".to_owned());
    post.tell().await.unwrap();
    for ListedNotice { address, state, .. } in notices(&house, &actor).await {
        match address.as_str() {
            "ops@example.com" => assert!(matches!(state, NoticeState::Sent { .. }), "{state:?}"),
            _ => {
                let NoticeState::Delayed { error, .. } = state else { panic!("{state:?}") };
                assert!(matches!(error, MailFailure::Refused { status: Some(550), .. }), "{error:?}");
            }
        }
    }
    mail.desk().refused.clear();
    house.pass(60);
    post.tell().await.unwrap();
    assert_eq!(mail.reached(), ["ops@example.com", "gone@example.com"]);
}

#[tokio::test]
async fn a_mail_that_is_sent_again_is_known_to_be_the_same() {
    let house = House::open(None).await;
    let (actor, _) = house.first_account().await;
    let mail = MailHouse::open().await;
    let post = mail.post(&house);
    let entries = ["https://a.example.com", "https://b.example.com"].map(str::to_owned);
    let (program, endpoints) = program_with(&house, SHOP, &entries, &actor).await;
    add(&house, program, "li@example.com", &actor).await;
    add(&house, program, "ops@example.com", &actor).await;
    ends_at(&house, endpoints[0], house.now() + 10 * DAY).await;
    mail.desk().is_silent = true;
    post.tell().await.unwrap();
    mail.desk().is_silent = false;
    house.pass(60);
    post.tell().await.unwrap();
    assert_eq!(mail.reached(), ["li@example.com", "ops@example.com", "li@example.com", "ops@example.com"]);
    ends_at(&house, endpoints[1], house.now() + 10 * DAY).await;
    post.tell().await.unwrap();

    let mails = mail.desk().mails.clone();
    let ids: Vec<&str> = mails.iter().map(|mail| mail.header("Message-ID")).collect();
    assert_eq!(ids[..2], ids[2..4]);
    let mut others = ids[2..].to_vec();
    others.sort_unstable();
    others.dedup();
    assert_eq!(others.len(), 4, "{ids:?}");
    for mail in &mails {
        let id = mail.header("Message-ID");
        assert!(id.starts_with('<') && id.ends_with("@mail.example.com>"), "{id}");
        assert_eq!(mail.header("Auto-Submitted"), "auto-generated");
        assert!(mail.header("Date").ends_with(" +0000"), "{}", mail.header("Date"));
    }
    post.send_test("li@example.com".parse().unwrap(), Language::English, &actor).await.unwrap();
    post.send_test("li@example.com".parse().unwrap(), Language::English, &actor).await.unwrap();
    let mails = mail.desk().mails.clone();
    let [.., one, other] = &mails[..] else { panic!("{mails:?}") };
    assert_ne!(one.header("Message-ID"), other.header("Message-ID"));
}
