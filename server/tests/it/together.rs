//! Many at once: one wins where only one can, and nobody is lost where all can.

use crate::common::{DAY, House, PASSWORD, SHOP, program_with, set_up, urls};
use futures::{StreamExt as _, future::join_all};
use model::{
    Api, Limits, Tags,
    accounts::{Accounts as _, Client, LogIn, SetUp},
    endpoints::{Endpoints as _, Scope, UNNAMED_DAYS},
    programs::{NewProgram, ProgramChange},
    service::{Field, Problem, ServiceError},
    url_check::WssPorts,
};
use probe::lab::Lab;
use server::clock;

const MANY: usize = 25;

/// Each future as a task of its own.
async fn at_once<T: Send + 'static>(futures: impl Iterator<Item = impl Future<Output = T> + Send + 'static>) -> Vec<T> {
    let tasks: Vec<_> = futures.map(tokio::spawn).collect();
    join_all(tasks).await.into_iter().map(Result::unwrap).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_with_the_set_up_link_one_becomes_the_first_account() {
    let house = House::open(None).await;
    let link = house.people.set_up_link().await.unwrap().unwrap();
    let answers = at_once((0..8).map(|number| {
        let (people, link) = (house.people.clone(), link.clone());
        async move {
            let request = SetUp { login: format!("chen{number}"), ..set_up(&link) };
            people.set_up(request, &Client::default()).await.map(|_| ())
        }
    }))
    .await;
    let refused = Err(ServiceError::invalid(Field::SetupToken, Problem::LinkInvalid));
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
    assert_eq!(answers.iter().filter(|answer| **answer == refused).count(), 7, "{answers:?}");
    assert_eq!(house.count("SELECT COUNT(*) FROM users").await, 1);
    assert_eq!(house.count("SELECT COUNT(*) FROM sessions").await, 1);
    assert_eq!(house.audited().await, 3);
    assert_eq!(house.people.set_up(set_up(&link), &Client::default()).await.map(|_| ()), refused);
    assert_eq!(house.people.set_up_link().await.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_id_is_registered_once() {
    let house = House::open(None).await;
    let (actor, _) = house.first_account().await;
    let answers = at_once((0..MANY).map(|number| {
        let (programs, actor) = (house.services.programs.clone(), actor.clone());
        let new = NewProgram { app_id: SHOP.parse().unwrap(), name: format!("Shop {number}") };
        async move { programs.add_program(new, &actor).await.map(|_| ()) }
    }))
    .await;
    let taken = Err(ServiceError::invalid(Field::AppId, Problem::Taken));
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
    assert_eq!(answers.iter().filter(|answer| **answer == taken).count(), MANY - 1, "{answers:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_is_never_filled_beyond_its_limit() {
    let house = House::open(None).await;
    let (actor, _) = house.first_account().await;
    let (id, _) = program_with(&house, SHOP, &["https://first.example.com".to_owned()], &actor).await;
    let answers = at_once((0..MANY).map(|number| {
        let (programs, actor) = (house.services.programs.clone(), actor.clone());
        let lines = vec![format!("https://n{number}.example.com")];
        async move { programs.add_entries(id, Api::Request, lines, &actor).await }
    }))
    .await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 19);
    let detail = house.services.programs.program(id, &actor).await.unwrap();
    assert_eq!((detail.entries.len(), detail.summary.entries), (20, 20));
    assert_eq!(house.count("SELECT COUNT(*) FROM audit_log WHERE action = 'entry.add'").await, 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_changes_to_one_revision_one_is_made() {
    let house = House::open(None).await;
    let (actor, _) = house.first_account().await;
    let (id, _) = program_with(&house, SHOP, &["https://a.example.com".to_owned()], &actor).await;
    let answers = at_once((0..MANY).map(|number| {
        let (programs, actor) = (house.services.programs.clone(), actor.clone());
        let name = format!("Shop {number}");
        let change = ProgramChange {
            revision: 1,
            name,
            limits: Limits::default(),
            wss: WssPorts::default(),
            skip_check: false,
            owner: None,
            tags: Tags::default(),
        };
        async move { programs.change_program(id, change, &actor).await }
    }))
    .await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
    assert_eq!(answers.iter().filter(|answer| **answer == Err(ServiceError::Conflict)).count(), MANY - 1);
    assert_eq!(house.services.programs.program(id, &actor).await.unwrap().revision, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn programs_that_share_an_endpoint_may_come_and_go_at_once() {
    let house = House::open(None).await;
    let (actor, _) = house.first_account().await;
    at_once((0..MANY).map(|number| {
        let (programs, actor) = (house.services.programs.clone(), actor.clone());
        async move {
            let app_id = format!("wx{number:016x}").parse().unwrap();
            let id = programs.add_program(NewProgram { app_id, name: "Shop".to_owned() }, &actor).await.unwrap();
            let lines = vec!["https://shared.example.com".to_owned(), format!("https://n{number}.example.com")];
            programs.add_entries(id, Api::Request, lines, &actor).await.unwrap();
            if number % 2 == 0 {
                programs.remove_program(id, &actor).await.unwrap();
            }
        }
    }))
    .await;
    let left = i64::try_from(MANY / 2).unwrap();
    assert_eq!(house.count("SELECT COUNT(*) FROM programs").await, left);
    assert_eq!(house.count("SELECT COUNT(*) FROM named_endpoints").await, left + 1);
    assert_eq!(house.count("SELECT COUNT(*) FROM entries WHERE endpoint IS NULL").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_removed_while_it_is_probed_leaves_nothing_behind_for_long() {
    let lab = Lab::start(clock::now()).await.unwrap();
    let house = House::open(Some(&lab)).await;
    let (actor, _) = house.first_account().await;
    let lines = urls(&lab, &["good-ecdsa", "good-rsa", "expired", "refuses", "wrong-name"]);
    // Each takes a second, in which the one that refuses is tried again.
    for number in 0..3 {
        let (id, _) = program_with(&house, &format!("wx{number:016x}"), &lines, &actor).await;
        let run = house.probing.probe_now(Scope::Program(id), &actor).await.unwrap();
        let states = house.probing.follow(run, &actor).await.unwrap();
        let (states, removed) =
            tokio::join!(states.collect::<Vec<_>>(), house.services.programs.remove_program(id, &actor));
        assert_eq!(removed, Ok(()));
        let last = states.last().unwrap();
        assert_eq!(last.done, last.total, "{last:?}");
        assert_eq!(house.count("SELECT COUNT(*) FROM named_endpoints").await, 0);
    }
    house.pass(UNNAMED_DAYS * DAY);
    house.probing.forget_unnamed().await.unwrap();
    for sql in [
        "SELECT COUNT(*) FROM endpoints",
        "SELECT COUNT(*) FROM observations",
        "SELECT COUNT(*) FROM findings",
        "SELECT COUNT(*) FROM observation_certificates",
    ] {
        assert_eq!(house.count(sql).await, 0, "{sql}");
    }
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn guessing_from_many_tasks_gets_no_more_guesses() {
    let house = House::open(None).await;
    house.first_account().await;
    let answers = at_once((0..MANY).map(|number| {
        let people = house.people.clone();
        let address = format!("192.0.2.{number}").parse().ok();
        let request = LogIn { login: "chen".to_owned(), password: format!("{PASSWORD}{number}") };
        async move { people.log_in(request, &Client { address }).await.map(|_| ()) }
    }))
    .await;
    let wrong = Err(ServiceError::invalid(Field::Password, Problem::WrongCredentials));
    let heard = answers.iter().filter(|answer| **answer == wrong).count();
    // Five, and one more for each half minute that the machine takes.
    assert!((5..10).contains(&heard), "{answers:?}");
    let written = house.count("SELECT COUNT(*) FROM audit_log WHERE action = 'session.refused'").await;
    assert_eq!(usize::try_from(written), Ok(heard));
}
