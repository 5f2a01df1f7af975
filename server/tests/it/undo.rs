//! What was done last is offered to be taken back, to whoever did it, for as long as it can be.

use crate::common::{
    HOUR, House, OTHER, SHOP, newcomer, program_with, registered,
    web::{console, cookie, get, plain_form},
};
use axum::http::{StatusCode, header};
use model::{
    Api, DomainEntry, Limits,
    accounts::{Actor, Role},
    alerts::{Alerts as _, Language},
    programs::{
        EntryChange, NewProgram, ProgramChange, ProgramDetail,
        import::{ImportOptions, ImportRequest, Mode},
        undo::{OFFERED_SECONDS, RemovedProgram, Undo},
    },
    service::{EntryId, ProgramId, ServiceError},
    url_check::WssPorts,
};

const A: &str = "https://a.example.com";
const B: &str = "https://b.example.com";

async fn detail(house: &House, program: ProgramId, actor: &Actor) -> ProgramDetail {
    house.services.programs.program(program, actor).await.unwrap()
}

async fn offered(house: &House, program: ProgramId, actor: &Actor) -> Option<Undo> {
    detail(house, program, actor).await.undo
}

async fn entry(house: &House, program: ProgramId, text: &str, actor: &Actor) -> EntryId {
    let entries = detail(house, program, actor).await.entries;
    entries.iter().find(|row| row.entry.to_string() == text).unwrap().id
}

async fn add(house: &House, program: ProgramId, text: &str, actor: &Actor) {
    house.services.programs.add_entries(program, Api::Request, vec![text.to_owned()], actor).await.unwrap();
}

async fn remove(house: &House, program: ProgramId, text: &str, actor: &Actor) {
    let id = entry(house, program, text, actor).await;
    house.services.programs.remove_entry(program, id, text, actor).await.unwrap();
}

async fn change(house: &House, program: ProgramId, was: &str, (api, typed): (Api, &str), actor: &Actor) {
    let id = entry(house, program, was, actor).await;
    let change = EntryChange { was: was.to_owned(), api, typed: typed.to_owned() };
    house.services.programs.change_entry(program, id, change, actor).await.unwrap();
}

fn request(text: &str) -> DomainEntry {
    DomainEntry::parse(Api::Request, text).unwrap()
}

fn removed(text: &str) -> Option<Undo> {
    Some(Undo::Removed(request(text)))
}

#[tokio::test]
async fn a_removal_is_offered_to_its_author_until_it_is_taken_back_or_an_hour_has_passed() {
    let house = House::open(None).await;
    let (actor, _) = house.first_account().await;
    let (other, _) = newcomer(&house, "li", Role::Editor, &actor).await;
    let (shop, _) = program_with(&house, SHOP, &[A, B].map(str::to_owned), &actor).await;
    let (club, _) = program_with(&house, OTHER, &[A.to_owned()], &actor).await;
    assert_eq!(offered(&house, shop, &actor).await, None, "nothing was removed");

    remove(&house, shop, A, &actor).await;
    assert_eq!(offered(&house, shop, &actor).await, removed(A));
    assert_eq!(offered(&house, shop, &other).await, None);
    assert_eq!(offered(&house, club, &actor).await, None);
    let viewer = Actor { role: Role::Viewer, ..actor.clone() };
    assert_eq!(offered(&house, shop, &viewer).await, None);
    add(&house, shop, A, &actor).await;
    assert_eq!(offered(&house, shop, &actor).await, None);

    // The latest alone, and not once it is there again, whoever has put it there.
    remove(&house, shop, A, &actor).await;
    remove(&house, shop, B, &actor).await;
    assert_eq!(offered(&house, shop, &actor).await, removed(B));
    add(&house, shop, A, &other).await;
    assert_eq!(offered(&house, shop, &actor).await, removed(B));
    add(&house, shop, B, &other).await;
    assert_eq!(offered(&house, shop, &actor).await, None);

    remove(&house, shop, A, &actor).await;
    house.pass(OFFERED_SECONDS - 1);
    assert_eq!(offered(&house, shop, &actor).await, removed(A));
    house.pass(1);
    assert_eq!(offered(&house, shop, &actor).await, None);
}

#[tokio::test]
async fn a_change_and_a_move_are_offered_once_and_not_from_the_other_side() {
    let house = House::open(None).await;
    let (actor, _) = house.first_account().await;
    let (shop, _) = program_with(&house, SHOP, &[A.to_owned()], &actor).await;
    let id = entry(&house, shop, A, &actor).await;
    let (a, b) = (request(A), request(B));
    let socket = DomainEntry::parse(Api::Socket, "wss://b.example.com").unwrap();
    let changed = |was: &DomainEntry, now: &DomainEntry| Some(Undo::Changed { id, was: was.clone(), now: now.clone() });

    change(&house, shop, A, (Api::Request, B), &actor).await;
    assert_eq!(offered(&house, shop, &actor).await, changed(&a, &b));
    change(&house, shop, B, (Api::Socket, B), &actor).await;
    assert_eq!(offered(&house, shop, &actor).await, changed(&b, &socket));
    house.pass(HOUR - 1);
    change(&house, shop, "wss://b.example.com", (Api::Request, "wss://b.example.com"), &actor).await;
    assert_eq!(offered(&house, shop, &actor).await, None, "it was taken back");
    house.pass(HOUR - 1);
    assert_eq!(offered(&house, shop, &actor).await, None, "still");

    // What it was is there by now.
    change(&house, shop, B, (Api::Request, A), &actor).await;
    assert_eq!(offered(&house, shop, &actor).await, changed(&b, &a));
    let (other, _) = newcomer(&house, "li", Role::Editor, &actor).await;
    add(&house, shop, B, &other).await;
    assert_eq!(offered(&house, shop, &actor).await, None);
    remove(&house, shop, B, &other).await;
    assert_eq!(offered(&house, shop, &actor).await, None, "whoever was last to remove it can put it back");

    // Back, and once more on purpose.
    house.pass(HOUR);
    change(&house, shop, A, (Api::Request, B), &actor).await;
    change(&house, shop, B, (Api::Request, A), &actor).await;
    assert_eq!(offered(&house, shop, &actor).await, None);
    house.pass(HOUR - 1);
    change(&house, shop, A, (Api::Request, B), &actor).await;
    assert_eq!(offered(&house, shop, &actor).await, changed(&a, &b));
    // What it became is not there any more.
    remove(&house, shop, B, &other).await;
    assert_eq!(offered(&house, shop, &actor).await, None);
}

#[tokio::test]
async fn what_an_import_has_removed_is_not_offered_one_by_one() {
    let house = House::open(None).await;
    let (actor, _) = house.first_account().await;
    let programs = &house.services.programs;
    let (shop, _) = program_with(&house, SHOP, &[A, B].map(str::to_owned), &actor).await;
    house.pass(1);
    let options = ImportOptions { program: Some(shop), mode: Mode::Replace, ..ImportOptions::default() };
    let request = ImportRequest { text: A.to_owned(), options };
    let dry = programs.dry_run(&request, &actor).await.unwrap().unwrap();
    assert_eq!(programs.import(&request, &dry.digest, &actor).await.unwrap().removed, 1);
    assert_eq!(offered(&house, shop, &actor).await, None);
}

#[tokio::test]
async fn a_mini_program_comes_back_as_it_was() {
    let house = House::open(None).await;
    let (actor, _) = house.first_account().await;
    let programs = &house.services.programs;
    // In another order than that of the alphabet.
    let (shop, endpoints) = program_with(&house, SHOP, &[B, A].map(str::to_owned), &actor).await;
    programs.add_entries(shop, Api::Udp, vec!["udp://u.example.com".to_owned()], &actor).await.unwrap();
    let settings = ProgramChange {
        revision: 1,
        name: "小店".to_owned(),
        limits: Limits::try_from([40, 7, 301, 80]).unwrap(),
        wss: WssPorts::Strict,
        skip_check: true,
        owner: Some(actor.id),
        tags: "core, 交易".parse().unwrap(),
    };
    programs.change_program(shop, settings.clone(), &actor).await.unwrap();
    for (address, language) in [("ops@example.com", Language::English), ("li@example.com", Language::Chinese)] {
        house.post.add_recipient(shop, address.parse().unwrap(), language, &actor).await.unwrap();
    }
    let told = async || {
        let detail = detail(&house, shop, &actor).await;
        let entries = detail.entries.iter().map(|row| (row.entry.clone(), row.endpoint)).collect::<Vec<_>>();
        let recipients = house.post.recipients(shop, &actor).await.unwrap();
        let recipients = recipients.into_iter().map(|it| (it.address, it.language)).collect::<Vec<_>>();
        let listed = registered(&house, &actor).await;
        let settings = (detail.summary, detail.owner, detail.tags, detail.limits, detail.wss);
        (settings, entries, recipients, listed)
    };
    let before = told().await;
    assert_eq!(before.1[0], (request(B), Some(endpoints[0])));
    let changes = detail(&house, shop, &actor).await.changes_this_month;
    assert_eq!(programs.removed_programs(&actor).await, Ok(vec![]));

    programs.remove_program(shop, &actor).await.unwrap();
    let offer = RemovedProgram { id: shop, name: "小店".to_owned(), entries: 3 };
    assert_eq!(programs.removed_programs(&actor).await, Ok(vec![offer]));
    programs.restore_program(shop, &actor).await.unwrap();
    assert_eq!(told().await, before);
    assert_eq!(programs.removed_programs(&actor).await, Ok(vec![]));
    assert_eq!(programs.restore_program(shop, &actor).await, Err(ServiceError::NotFound));
    assert_eq!(detail(&house, shop, &actor).await.changes_this_month, changes, "nothing was changed at WeChat");
    // A form that was opened before the removal is refused.
    for revision in [1, 2] {
        let stale = ProgramChange { revision, ..settings.clone() };
        assert_eq!(programs.change_program(shop, stale, &actor).await, Err(ServiceError::Conflict));
    }
}

#[tokio::test]
async fn removed_mini_programs_are_offered_to_their_author_for_an_hour_each_unless_the_app_id_is_taken() {
    let house = House::open(None).await;
    let (actor, _) = house.first_account().await;
    let (other, _) = newcomer(&house, "li", Role::Editor, &actor).await;
    let programs = &house.services.programs;
    let offered = async |actor: &Actor| {
        let removed = programs.removed_programs(actor).await.unwrap();
        removed.into_iter().map(|removed| removed.id).collect::<Vec<_>>()
    };
    let (shop, _) = program_with(&house, SHOP, &[A.to_owned()], &actor).await;
    let (club, _) = program_with(&house, OTHER, &[B.to_owned()], &actor).await;
    programs.remove_program(shop, &actor).await.unwrap();
    assert_eq!((offered(&actor).await, offered(&other).await), (vec![shop], vec![]));
    assert_eq!(programs.restore_program(shop, &other).await, Err(ServiceError::NotFound));
    let viewer = Actor { role: Role::Viewer, ..actor.clone() };
    assert!(matches!(programs.restore_program(shop, &viewer).await, Err(ServiceError::Forbidden(_))));
    assert!(matches!(programs.removed_programs(&viewer).await, Err(ServiceError::Forbidden(_))));

    // The latest first.
    house.pass(1);
    programs.remove_program(club, &actor).await.unwrap();
    assert_eq!(offered(&actor).await, [club, shop]);
    let again = NewProgram { app_id: OTHER.parse().unwrap(), name: "Club".to_owned() };
    let anew = programs.add_program(again, &actor).await.unwrap();
    assert_eq!(offered(&actor).await, [shop]);
    assert_eq!(programs.restore_program(club, &actor).await, Err(ServiceError::NotFound));
    // Removed too, it is what had the AppID last.
    programs.remove_program(anew, &actor).await.unwrap();
    assert_eq!(offered(&actor).await, [anew, shop]);
    assert_eq!(programs.restore_program(club, &actor).await, Err(ServiceError::NotFound));
    house.pass(OFFERED_SECONDS - 2);
    assert_eq!(offered(&actor).await, [anew, shop]);
    house.pass(1);
    assert_eq!(offered(&actor).await, [anew]);
    assert_eq!(programs.restore_program(shop, &actor).await, Err(ServiceError::NotFound));
}

#[tokio::test]
async fn what_the_log_tells_of_a_removal_in_another_way_is_no_offer_and_in_nobodys_way() {
    let house = House::open(None).await;
    let (actor, session) = house.first_account().await;
    let programs = &house.services.programs;
    let (shop, _) = program_with(&house, SHOP, &[A.to_owned()], &actor).await;
    let (club, _) = program_with(&house, OTHER, &[B.to_owned()], &actor).await;
    for program in [club, shop] {
        programs.remove_program(program, &actor).await.unwrap();
    }
    let mut connection = house.connection().await;
    sqlx::query("DROP TRIGGER audit_log_is_never_changed").execute(&mut connection).await.unwrap();
    let otherwise = "UPDATE audit_log SET before = json_remove(before, '$.name')
        WHERE action = 'program.remove' AND program = $1";
    sqlx::query(otherwise).bind(shop.0).execute(&mut connection).await.unwrap();
    let offered = programs.removed_programs(&actor).await.unwrap();
    assert_eq!(offered.iter().map(|removed| removed.id).collect::<Vec<_>>(), [club]);
    assert_eq!(programs.restore_program(shop, &actor).await, Err(ServiceError::NotFound));
    let page = get(&console(&house), "/programs", &cookie(&session)).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text().contains("id=\"undo\""), "{}", page.text());
}

#[tokio::test]
async fn what_somebody_has_made_of_it_since_is_theirs_to_take_back() {
    let house = House::open(None).await;
    let (actor, _) = house.first_account().await;
    let (other, _) = newcomer(&house, "li", Role::Editor, &actor).await;
    let (shop, _) = program_with(&house, SHOP, &[A, B].map(str::to_owned), &actor).await;
    remove(&house, shop, A, &actor).await;
    add(&house, shop, A, &other).await;
    remove(&house, shop, A, &other).await;
    assert_eq!(offered(&house, shop, &actor).await, None);
    assert_eq!(offered(&house, shop, &other).await, removed(A));
}

#[tokio::test]
async fn an_owner_who_has_no_account_any_more_is_left_out() {
    let house = House::open(None).await;
    let (actor, _) = house.first_account().await;
    let (other, _) = newcomer(&house, "li", Role::Editor, &actor).await;
    let programs = &house.services.programs;
    let (shop, _) = program_with(&house, SHOP, &[A.to_owned()], &actor).await;
    let settings = ProgramChange {
        revision: 1,
        name: "Shop".to_owned(),
        limits: Limits::default(),
        wss: WssPorts::default(),
        skip_check: false,
        owner: Some(other.id),
        tags: "".parse().unwrap(),
    };
    programs.change_program(shop, settings, &actor).await.unwrap();
    programs.remove_program(shop, &actor).await.unwrap();
    let remove = "DELETE FROM users WHERE login = 'li'";
    sqlx::query(remove).execute(&mut house.connection().await).await.unwrap();
    programs.restore_program(shop, &actor).await.unwrap();
    assert_eq!(detail(&house, shop, &actor).await.owner, None);
}

#[tokio::test]
async fn without_javascript_it_is_offered_on_the_page_that_follows_and_no_link_can_claim_it() {
    let house = House::open(None).await;
    let (actor, session) = house.first_account().await;
    let (shop, _) = program_with(&house, SHOP, &[A.to_owned()], &actor).await;
    let (console, who) = (console(&house), format!("{}; hufu_locale=en", cookie(&session)));
    let page = format!("/programs/{shop}");
    let led = async |path: &str, form: &str| {
        let answer = plain_form(&console, path, form.to_owned(), &who).await;
        assert_eq!(answer.status, StatusCode::FOUND, "{path}: {}", answer.text());
        let to = answer.header(header::LOCATION).split('#').next().unwrap().to_owned();
        (to.clone(), get(&console, &to, &who).await.text())
    };
    let offers = |page: &str| page.contains("id=\"undo\"");
    let claim = format!("{page}?removed=https%3A%2F%2Fevil.example.com&from=request");
    let claimed = get(&console, &claim, &who).await.text();
    assert!(!offers(&claimed), "{claimed}");

    let remove = format!("id={shop}&entry=1&was=https%3A%2F%2Fa.example.com");
    let (to, shown) = led("/api/programs/remove-entry", &remove).await;
    assert_eq!(to, page);
    assert!(offers(&shown) && shown.contains("Removed https://a.example.com from"), "{shown}");
    assert!(shown.contains("are kept for 7 days"), "{shown}");
    assert!(offers(&get(&console, &page, &who).await.text()), "until it is taken back, a reload does no harm");

    let put_back = format!("id={shop}&api=request&lines=https%3A%2F%2Fa.example.com");
    let (_, shown) = led("/api/programs/add-entries", &put_back).await;
    assert!(!offers(&shown) && shown.contains("data-entry=\"https://a.example.com\""), "{shown}");

    let (to, shown) = led("/api/programs/remove", &format!("id={shop}")).await;
    assert_eq!(to, "/programs");
    assert!(offers(&shown) && shown.contains("Removed Shop with its entries (1)."), "{shown}");
    let (to, shown) = led("/api/programs/restore", &format!("id={shop}")).await;
    assert_eq!(to, page);
    assert!(shown.contains("data-entry=\"https://a.example.com\""), "{shown}");
    assert!(!offers(&get(&console, "/programs", &who).await.text()));
}
