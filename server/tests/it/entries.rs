//! Entries are changed and moved as they are added: judged by WeChat's rules, all told, nothing lost.

use crate::common::{House, SHOP, program_with};
use model::{
    Api, Code,
    accounts::Actor,
    programs::EntryChange,
    service::{EntryId, Field, Problem, ProgramId, ServiceError, ServiceResult},
};

async fn change(
    house: &House,
    program: ProgramId,
    entry: EntryId,
    (was, api, typed): (&str, Api, &str),
    actor: &Actor,
) -> ServiceResult<()> {
    let change = EntryChange { was: was.to_owned(), api, typed: typed.to_owned() };
    house.services.programs.change_entry(program, entry, change, actor).await
}

async fn shown(house: &House, program: ProgramId, actor: &Actor) -> Vec<(Api, String)> {
    let detail = house.services.programs.program(program, actor).await.unwrap();
    detail.entries.iter().map(|row| (row.entry.api(), row.entry.to_string())).collect()
}

fn against(code: Code, suggestion: Option<&str>) -> ServiceResult<()> {
    let suggestion = suggestion.map(str::to_owned);
    Err(ServiceError::invalid(Field::Entries, Problem::AgainstRules { code, suggestion }))
}

#[tokio::test]
async fn an_entry_is_changed_in_its_place_by_the_rules_of_its_list() {
    let house = House::open(None).await;
    let (actor, _) = house.first_account().await;
    let entries = ["https://a.example.com", "https://b.example.com"].map(str::to_owned);
    let (program, _) = program_with(&house, SHOP, &entries, &actor).await;
    let ids: Vec<_> =
        house.services.programs.program(program, &actor).await.unwrap().entries.iter().map(|row| row.id).collect();
    let request = |typed| ("https://a.example.com", Api::Request, typed);
    for (typed, expected) in [
        ("https://b.example.com", against(Code::RuleDuplicate, None)),
        ("http://c.example.com", against(Code::RuleScheme, Some("https://c.example.com"))),
        ("https://192.0.2.1", against(Code::RuleIpAddress, None)),
    ] {
        assert_eq!(change(&house, program, ids[0], request(typed), &actor).await, expected, "{typed}");
    }
    let logged = house.audited().await;
    assert_eq!(change(&house, program, ids[0], request("https://a.example.com"), &actor).await, Ok(()));
    assert_eq!(house.audited().await, logged, "nothing changed");
    assert_eq!(change(&house, program, ids[0], request("https://c.example.com:8443"), &actor).await, Ok(()));
    assert_eq!(house.audited().await, logged + 1);
    let expected =
        ["https://c.example.com:8443", "https://b.example.com"].map(|entry| (Api::Request, entry.to_owned()));
    assert_eq!(shown(&house, program, &actor).await, expected);
    assert_eq!(house.count("SELECT COUNT(*) FROM named_endpoints WHERE host = 'a.example.com'").await, 0);
    assert_eq!(house.count("SELECT COUNT(*) FROM named_endpoints").await, 2);

    // Somebody else has read what it was before.
    assert_eq!(
        change(&house, program, ids[0], request("https://d.example.com"), &actor).await,
        Err(ServiceError::Conflict)
    );
    let gone = change(&house, program, EntryId(99), request("https://d.example.com"), &actor).await;
    assert_eq!(gone, Err(ServiceError::NotFound));
    let elsewhere = change(&house, ProgramId(99), ids[0], request("https://d.example.com"), &actor).await;
    assert_eq!(elsewhere, Err(ServiceError::NotFound));
}

#[tokio::test]
async fn an_entry_moves_to_another_list_that_has_room() {
    let house = House::open(None).await;
    let (actor, _) = house.first_account().await;
    let entries = ["https://a.example.com".to_owned()];
    let (program, endpoints) = program_with(&house, SHOP, &entries, &actor).await;
    let id = house.services.programs.program(program, &actor).await.unwrap().entries[0].id;
    let to = |api| ("https://a.example.com", api, "https://a.example.com");

    let full: Vec<_> = (0..5).map(|number| format!("h{number}.example.com")).collect();
    house.services.programs.add_entries(program, Api::PrefetchDns, full, &actor).await.unwrap();
    assert_eq!(change(&house, program, id, to(Api::PrefetchDns), &actor).await, against(Code::RuleOverLimit, None));
    assert_eq!(change(&house, program, id, to(Api::Socket), &actor).await, Ok(()));
    assert!(shown(&house, program, &actor).await.contains(&(Api::Socket, "wss://a.example.com".to_owned())));
    // The server is the same, and so is what is known of it.
    let detail = house.services.programs.program(program, &actor).await.unwrap();
    let moved = detail.entries.iter().find(|row| row.id == id).unwrap();
    assert_eq!(moved.endpoint, Some(endpoints[0]));
    assert_eq!(
        change(&house, program, id, ("wss://a.example.com", Api::Udp, "wss://a.example.com"), &actor).await,
        Ok(())
    );
    assert_eq!(house.count("SELECT COUNT(*) FROM named_endpoints").await, 0, "nobody probes a list that is not TLS");
}
