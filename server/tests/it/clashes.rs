//! Of two people at one form the second is told what the first has saved, and saves knowingly.

use crate::common::{
    House, SHOP, newcomer, program_with,
    web::{console, in_english, is_typed, section, sent},
};
use model::{accounts::Role, service::EndpointId};

#[tokio::test]
async fn of_two_who_change_somebody_the_second_is_told_what_is_saved_and_saves_knowingly() {
    let house = House::open(None).await;
    let (actor, session) = house.first_account().await;
    let (li, _) = newcomer(&house, "li", Role::Viewer, &actor).await;
    let (console, who) = (console(&house), in_english(&session));
    let form = |was: &str| format!("id={}&was_role={was}&role=administrator", li.id);
    let (_, page) = sent(&console, "/api/accounts/change-person", &form("editor"), &who).await;
    let clash = format!("id=\"person-{}-clash\"", li.id);
    let (_, told) = page.split_once(&clash).unwrap();
    assert!(told.contains("data-setting=\"role\"") && !told.contains("data-setting=\"disabled\""), "{told}");
    assert!(is_typed(told, "was_role", "viewer") && told.contains("data-saved=\"viewer\""), "{told}");
    assert!(told.contains("value=\"administrator\" selected"), "{told}");
    let (_, page) = sent(&console, "/api/accounts/change-person", &form("viewer"), &who).await;
    assert!(!page.contains(&clash), "{page}");
}

#[tokio::test]
async fn of_two_people_the_second_is_told_and_saves_knowingly() {
    let house = House::open(None).await;
    let (actor, session) = house.first_account().await;
    program_with(&house, SHOP, &["https://a.example.com".to_owned()], &actor).await;
    let (console, who) = (console(&house), in_english(&session));
    let mail = "host=smtp.example.com&port=465&security=tls&username=&password=&public_url=";
    for (path, first, second, again, anchor, told) in [
        (
            "/api/settings/change-probing",
            "revision=0&every_hours=12&at_once=32&networks=&per_list=20&stale_after_days=180",
            "revision=0&every_hours=6&at_once=7&networks=&per_list=20&stale_after_days=180",
            "revision=1&every_hours=6&at_once=7&networks=&per_list=20&stale_after_days=180",
            "probing",
            &[
                "name=\"revision\" value=\"1\"",
                "data-setting=\"every_hours\"",
                ">12<",
                "data-setting=\"at_once\"",
                "value=\"7\"",
            ][..],
        ),
        (
            "/api/settings/change-mail",
            &format!("revision=0&sender=a@example.com&{mail}"),
            &format!("revision=0&sender=b@example.com&{mail}"),
            &format!("revision=1&sender=b@example.com&{mail}"),
            "mail",
            &["name=\"revision\" value=\"1\"", "data-setting=\"sender\"", ">a@example.com<", "value=\"b@example.com\""],
        ),
        (
            "/api/endpoints/change-tags",
            "id=1&before=&after=core",
            "id=1&before=&after=edge",
            "id=1&before=core&after=edge",
            "tags",
            &["name=\"before\" value=\"core\"", "data-setting=\"after\"", ">core<", "value=\"edge\""],
        ),
        (
            "/api/endpoints/route",
            "id=1&revision=0&addresses=127.0.0.2&server_name=&act=keep",
            "id=1&revision=0&addresses=127.0.0.3&server_name=&act=keep",
            "id=1&revision=1&addresses=127.0.0.3&server_name=&act=keep",
            "route",
            &["name=\"revision\" value=\"1\"", "data-setting=\"addresses\"", ">127.0.0.2<", "127.0.0.3</textarea>"],
        ),
        (
            "/api/icp/record",
            "domain=example.com&revision=0&state=filed&number=&holder=A&source=typed&confirmed_on=&zone=%2B08:00",
            "domain=example.com&revision=0&state=filed&number=&holder=B&source=typed&confirmed_on=&zone=%2B08:00",
            "domain=example.com&revision=1&state=filed&number=&holder=B&source=typed&confirmed_on=&zone=%2B08:00",
            "record",
            &["name=\"revision\" value=\"1\"", "data-setting=\"holder\"", ">A<", "value=\"B\""],
        ),
    ] {
        let (saved, _) = sent(&console, path, first, &who).await;
        assert!(!saved.contains("__err"), "{saved}");
        let (_, page) = sent(&console, path, second, &who).await;
        let form = section(&page, anchor);
        for told in told.iter().chain([&"Somebody else has just saved other values."]) {
            assert!(form.contains(told), "{path}: {told} is not in {form}");
        }
        assert!(!form.contains("Load the page again"), "told once: {form}");
        let (saved, page) = sent(&console, path, again, &who).await;
        assert!(!saved.contains("__err") && !page.contains("data-setting"), "{saved}");
        // The very same is no news to tell.
        let (_, page) = sent(&console, path, second, &who).await;
        assert!(section(&page, anchor).contains("the very same"), "{path}");
    }
    let endpoint = house.services.endpoints.endpoint(EndpointId(1), &actor).await.unwrap();
    assert_eq!(
        (endpoint.tags.to_string(), endpoint.route.addresses.to_string()),
        ("edge".to_owned(), "127.0.0.3".to_owned())
    );
}
