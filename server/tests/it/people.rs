//! More than one person: how they come in, what they may do, and how they are shut out.

use crate::common::{DAY, House, PASSWORD, newcomer, set_up};
use model::{
    accounts::{
        Access, Accounts as _, Actor, ChoosePassword, Client, LogIn, PASSWORD_LEAST, PasswordChange, Permission,
        PersonChange, Role, SessionToken, SetUp,
    },
    service::{Field, Problem, ServiceError, ServiceResult, UserId},
};

const NEW: &str = "a quite different phrase";

fn choose(token: &str, password: &str) -> ChoosePassword {
    ChoosePassword { token: token.to_owned(), password: password.to_owned(), password_again: password.to_owned() }
}

/// Role, and whether they are shut out: as read, and from now on.
fn change(was: (Role, bool), becomes: (Role, bool)) -> PersonChange {
    let access = |(role, disabled)| Access { role, disabled };
    PersonChange { was: access(was), becomes: access(becomes) }
}

async fn log_in(house: &House, login: &str, password: &str) -> ServiceResult<SessionToken> {
    let request = LogIn { login: login.to_owned(), password: password.to_owned() };
    house.people.log_in(request, &Client { address: Some("192.0.2.9".parse().unwrap()) }).await
}

async fn actor(house: &House, session: &SessionToken) -> Option<Actor> {
    house.people.actor(session).await.unwrap()
}

const WRONG: ServiceError = ServiceError::invalid(Field::Password, Problem::WrongCredentials);
const GUESSED: ServiceError = ServiceError::invalid(Field::Password, Problem::GuessedFirst);
const NO_LINK: ServiceError = ServiceError::invalid(Field::SetupToken, Problem::LinkInvalid);

#[tokio::test]
async fn whoever_is_invited_chooses_a_password_once() {
    let house = House::open(None).await;
    let (admin, _) = house.first_account().await;
    let link = house.people.add_person(" Li.Lei ".to_owned(), Role::Editor, &admin).await.unwrap();
    let empty = ServiceError::invalid(Field::Password, Problem::Empty);
    for (typed, wrong) in [("", empty), (" ", WRONG)] {
        assert_eq!(log_in(&house, "li.lei", typed).await.err(), Some(wrong), "no password is no way in");
    }
    let again = house.people.add_person("li.lei".to_owned(), Role::Viewer, &admin).await;
    assert_eq!(again.err(), Some(ServiceError::invalid(Field::Login, Problem::Taken)));
    assert_eq!(house.people.link_owner(&link.0).await.unwrap().as_deref(), Some("li.lei"));
    assert_eq!(house.people.link_owner("nonsense").await.unwrap(), None);

    let short = house.people.choose_password(choose(&link.0, "short"), &Client::default()).await;
    assert!(matches!(short.err(), Some(ServiceError::Invalid { field: Field::Password, .. })));
    let session = house.people.choose_password(choose(&link.0, NEW), &Client::default()).await.unwrap();
    assert_eq!(actor(&house, &session).await.unwrap().role, Role::Editor);
    let twice = house.people.choose_password(choose(&link.0, PASSWORD), &Client::default()).await;
    assert_eq!(twice.err(), Some(NO_LINK));
    assert!(log_in(&house, "LI.LEI", NEW).await.is_ok());
}

#[tokio::test]
async fn a_link_ends_after_three_days_and_with_the_next_one() {
    let house = House::open(None).await;
    let (admin, _) = house.first_account().await;
    let (li, session) = newcomer(&house, "li", Role::Viewer, &admin).await;
    let first = house.people.access_link(li.id, &admin).await.unwrap();
    let second = house.people.access_link(li.id, &admin).await.unwrap();
    assert_eq!(house.people.link_owner(&first.0).await.unwrap(), None);
    house.pass(3 * 24 * 60 * 60 - 1);
    assert!(house.people.link_owner(&second.0).await.unwrap().is_some());
    house.pass(1);
    let late = house.people.choose_password(choose(&second.0, NEW), &Client::default()).await;
    assert_eq!(late.err(), Some(NO_LINK));
    // A new password by a link ends what was open with the old one.
    let third = house.people.access_link(li.id, &admin).await.unwrap();
    house.people.choose_password(choose(&third.0, NEW), &Client::default()).await.unwrap();
    assert_eq!(actor(&house, &session).await, None);
    assert_eq!(house.people.access_link(UserId(99), &admin).await.err(), Some(ServiceError::NotFound));
}

#[tokio::test]
async fn whoever_is_shut_out_is_out_at_once_and_everywhere() {
    let house = House::open(None).await;
    let (admin, _) = house.first_account().await;
    let (li, session) = newcomer(&house, "li", Role::Editor, &admin).await;
    let link = house.people.access_link(li.id, &admin).await.unwrap();
    let out = change((Role::Editor, false), (Role::Editor, true));
    house.people.change_person(li.id, out, &admin).await.unwrap();
    assert_eq!(actor(&house, &session).await, None);
    assert_eq!(log_in(&house, "li", PASSWORD).await.err(), Some(WRONG));
    let by_link = house.people.choose_password(choose(&link.0, NEW), &Client::default()).await;
    assert_eq!(by_link.err(), Some(NO_LINK));
    let shut_out = ServiceError::invalid(Field::Login, Problem::ShutOut);
    let logged = house.audited().await;
    assert_eq!(house.people.access_link(li.id, &admin).await.err(), Some(shut_out));
    assert_eq!((house.audited().await, house.count("SELECT COUNT(*) FROM access_links").await), (logged, 0));
    let back = change((Role::Editor, true), (Role::Viewer, false));
    house.people.change_person(li.id, back, &admin).await.unwrap();
    assert_eq!(house.people.link_owner(&link.0).await.unwrap(), None, "what has ended works no more");
    let session = log_in(&house, "li", PASSWORD).await.unwrap();
    assert_eq!(actor(&house, &session).await.unwrap().role, Role::Viewer);
}

#[tokio::test]
async fn of_two_who_change_somebody_the_second_is_told() {
    let house = House::open(None).await;
    let (admin, _) = house.first_account().await;
    let (li, session) = newcomer(&house, "li", Role::Editor, &admin).await;
    let out = change((Role::Editor, false), (Role::Editor, true));
    house.people.change_person(li.id, out, &admin).await.unwrap();
    let logged = house.audited().await;
    for becomes in [(Role::Viewer, false), (Role::Editor, true), (Role::Editor, false)] {
        let late = change((Role::Editor, false), becomes);
        assert_eq!(house.people.change_person(li.id, late, &admin).await, Err(ServiceError::Conflict), "{becomes:?}");
    }
    assert_eq!(house.audited().await, logged);
    assert_eq!(actor(&house, &session).await, None, "nobody was let in again unseen");
    let knowingly = change((Role::Editor, true), (Role::Viewer, true));
    assert_eq!(house.people.change_person(li.id, knowingly, &admin).await, Ok(()));
}

#[tokio::test]
async fn somebody_always_may_administer() {
    let house = House::open(None).await;
    let (admin, _) = house.first_account().await;
    let last = Err(ServiceError::invalid(Field::Role, Problem::LastAdministrator));
    let step_down = change((Role::Administrator, false), (Role::Viewer, false));
    let shut_out = change((Role::Administrator, false), (Role::Administrator, true));
    assert_eq!(house.people.change_person(admin.id, step_down, &admin).await, last);
    // Somebody who has not come in yet does not count.
    let link = house.people.add_person("li".to_owned(), Role::Administrator, &admin).await.unwrap();
    assert_eq!(house.people.change_person(admin.id, shut_out, &admin).await, last);
    let logged = house.audited().await;
    house.people.choose_password(choose(&link.0, NEW), &Client::default()).await.unwrap();
    assert_eq!(house.people.change_person(admin.id, shut_out, &admin).await, Ok(()));
    assert_eq!(house.audited().await, logged + 3);
}

#[tokio::test]
async fn only_an_administrator_sees_and_changes_people() {
    let house = House::open(None).await;
    let (admin, _) = house.first_account().await;
    for role in [Role::Editor, Role::Viewer] {
        let (person, _) = newcomer(&house, role.as_str(), role, &admin).await;
        let forbidden = Some(ServiceError::Forbidden(Permission::Administer));
        let people = &house.people;
        assert_eq!(people.people(&person).await.err(), forbidden);
        assert_eq!(people.add_person("x".to_owned(), Role::Viewer, &person).await.err(), forbidden);
        assert_eq!(people.access_link(admin.id, &person).await.err(), forbidden);
        let rise = change((role, false), (Role::Administrator, false));
        assert_eq!(people.change_person(person.id, rise, &person).await.err(), forbidden);
    }
    let people = house.people.people(&admin).await.unwrap();
    let seen: Vec<_> = people.iter().map(|person| (person.login.as_str(), person.role, person.invited)).collect();
    let expected =
        [("chen", Role::Administrator, false), ("editor", Role::Editor, false), ("viewer", Role::Viewer, false)];
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn the_first_account_takes_no_password_that_is_its_name() {
    let house = House::open(None).await;
    let link = house.people.set_up_link().await.unwrap().unwrap();
    let password = "Chen chen 2026".to_owned();
    let named = SetUp { password: password.clone(), password_again: password, ..set_up(&link) };
    assert_eq!(house.people.set_up(named, &Client::default()).await.err(), Some(GUESSED));
    assert!(house.people.set_up(set_up(&link), &Client::default()).await.is_ok(), "the link works still");
}

#[tokio::test]
async fn a_new_password_ends_every_other_session_and_the_link() {
    let house = House::open(None).await;
    let (me, here) = house.first_account().await;
    let there = log_in(&house, "chen", PASSWORD).await.unwrap();
    let sessions = house.people.sessions(&here, &me).await.unwrap();
    assert_eq!(sessions.iter().filter(|session| session.current).count(), 1);
    assert_eq!(sessions.iter().filter(|session| session.address == Some("192.0.2.9".parse().unwrap())).count(), 1);

    let change = |current: &str| PasswordChange {
        current: current.to_owned(),
        password: NEW.to_owned(),
        password_again: NEW.to_owned(),
    };
    let client = Client::default();
    let wrong = house.people.change_password(change("guess"), &here, &me, &client).await;
    assert_eq!(wrong, Err(ServiceError::invalid(Field::CurrentPassword, Problem::WrongCredentials)));
    let short = PasswordChange { password: "short".to_owned(), ..change("guess") };
    let all = [
        (Field::CurrentPassword, Problem::WrongCredentials),
        (Field::Password, Problem::TooShort { least: PASSWORD_LEAST }),
        (Field::PasswordAgain, Problem::Different),
    ];
    let wrong = house.people.change_password(short, &here, &me, &client).await;
    assert_eq!(wrong, Err(ServiceError::InvalidFields(all.to_vec())));
    let link = house.people.access_link(me.id, &me).await.unwrap();
    for guessed in ["111111111111", "chen20261127"] {
        let password = guessed.to_owned();
        let guessed = PasswordChange { password: password.clone(), password_again: password, ..change(PASSWORD) };
        let by_link = house.people.choose_password(choose(&link.0, &guessed.password), &client).await;
        assert_eq!(by_link.err(), Some(GUESSED));
        assert_eq!(house.people.change_password(guessed, &here, &me, &client).await, Err(GUESSED));
    }
    house.people.change_password(change(PASSWORD), &here, &me, &client).await.unwrap();
    let by_link = house.people.choose_password(choose(&link.0, PASSWORD), &client).await;
    assert_eq!(by_link.err(), Some(NO_LINK), "nor does a link outlive the password it was made for");
    assert!(actor(&house, &here).await.is_some());
    assert_eq!(actor(&house, &there).await, None);
    assert_eq!(log_in(&house, "chen", PASSWORD).await.err(), Some(WRONG));
    assert!(log_in(&house, "chen", NEW).await.is_ok());

    // Whoever guesses at an unlocked screen is stopped.
    let mut limited = false;
    for _ in 0..10 {
        let guess = house.people.change_password(change("guess"), &here, &me, &client).await;
        limited |= matches!(guess, Err(ServiceError::RateLimited { .. }));
    }
    assert!(limited);
}

#[tokio::test]
async fn an_unlocked_screen_at_a_known_address_gives_no_more_guesses_and_strangers_take_none() {
    let house = House::open(None).await;
    let (me, _) = house.first_account().await;
    // Five at once, and one more each half minute.
    let few = 5..8;
    let is_unheard = |answer: Option<ServiceError>| matches!(answer, Some(ServiceError::RateLimited { .. }));
    let here = log_in(&house, "chen", PASSWORD).await.unwrap();
    let mut stranger = 0;
    loop {
        let client = Client { address: Some(format!("203.0.113.{stranger}").parse().unwrap()) };
        let guess = LogIn { login: "chen".to_owned(), password: "guess".to_owned() };
        if is_unheard(house.people.log_in(guess, &client).await.err()) {
            break;
        }
        stranger += 1;
    }
    assert!(few.contains(&stranger), "{stranger}");
    let client = Client { address: Some("192.0.2.9".parse().unwrap()) };
    let mut heard = 0;
    loop {
        let current = "guess".to_owned();
        let change = PasswordChange { current, password: NEW.to_owned(), password_again: NEW.to_owned() };
        let guess = house.people.change_password(change, &here, &me, &client).await;
        if is_unheard(guess.err()) {
            break;
        }
        heard += 1;
    }
    assert!(few.contains(&heard), "{heard}");
    assert!(log_in(&house, "chen", PASSWORD).await.is_ok(), "the address has tries left");
}

#[tokio::test]
async fn one_ends_one_s_own_sessions_and_nobody_else_s() {
    let house = House::open(None).await;
    let (admin, here) = house.first_account().await;
    let (li, of_li) = newcomer(&house, "li", Role::Viewer, &admin).await;
    let foreign = house.people.sessions(&of_li, &li).await.unwrap().remove(0).id;
    assert_eq!(house.people.end_session(&foreign, &admin).await, Err(ServiceError::NotFound));
    let there = log_in(&house, "chen", PASSWORD).await.unwrap();
    let sessions = house.people.sessions(&here, &admin).await.unwrap();
    let other = sessions.iter().find(|session| !session.current).unwrap();
    house.people.end_session(&other.id, &admin).await.unwrap();
    assert_eq!(actor(&house, &there).await, None);
    assert_eq!(house.people.end_session(&other.id, &admin).await, Err(ServiceError::NotFound));
}

#[tokio::test]
async fn a_session_in_use_lasts_a_month_and_an_idle_one_a_week() {
    let house = House::open(None).await;
    let (me, used) = house.first_account().await;
    let idle = log_in(&house, " CHEN ", PASSWORD).await.unwrap();
    house.pass(7 * DAY - 1);
    assert_eq!(house.people.actor(&used).await, Ok(Some(me.clone())));
    house.pass(1);
    assert_eq!(house.people.actor(&idle).await, Ok(None));
    for day in 7..30 {
        assert_eq!(house.people.actor(&used).await, Ok(Some(me.clone())), "day {day}");
        house.pass(DAY);
    }
    assert_eq!(house.people.actor(&used).await, Ok(None));
    assert_eq!(house.count("SELECT COUNT(*) FROM sessions").await, 2);
    log_in(&house, "chen", PASSWORD).await.unwrap();
    assert_eq!(house.count("SELECT COUNT(*) FROM sessions").await, 1, "the ended ones are forgotten");
}

#[tokio::test]
async fn looking_does_not_write_more_than_once_in_five_minutes() {
    const FIVE_MINUTES: i64 = 5 * 60;
    let house = House::open(None).await;
    let (_, session) = house.first_account().await;
    let began = house.now();
    let seen = async || house.count("SELECT last_seen_at FROM sessions").await;
    for (passed, noted) in
        [(FIVE_MINUTES - 1, 0), (1, FIVE_MINUTES), (FIVE_MINUTES - 1, FIVE_MINUTES), (1, 2 * FIVE_MINUTES)]
    {
        house.pass(passed);
        house.people.actor(&session).await.unwrap();
        assert_eq!(seen().await - began, noted);
    }
}
