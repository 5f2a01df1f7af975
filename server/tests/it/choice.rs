//! Of more mini programs than a list is good for, any can be named on every page that asks for one.

use crate::common::{
    House, OTHER, SHOP, program_with,
    web::{console, cookie, get, is_wrong},
};
use model::{programs::choice::OFFERED_MOST, service::ProgramId};

/// So many more mini programs, past every service: `店 0`, `店 1` and so on.
async fn many(house: &House, count: usize) {
    let add = "WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < $1)
        INSERT INTO programs (app_id, name, per_list, skip_check, revision, added_at)
        SELECT printf('wx%016x', n), '店 ' || n, 20, 0, 1, 0 FROM numbers";
    sqlx::query(add).bind(i64::try_from(count).unwrap()).execute(&mut house.connection().await).await.unwrap();
}

#[tokio::test]
async fn so_many_are_offered_and_any_can_be_named() {
    let house = House::open(None).await;
    let (actor, _) = house.first_account().await;
    let (shop, _) = program_with(&house, SHOP, &["https://a.example.com".to_owned()], &actor).await;
    let offer = async |program: Option<ProgramId>, called: Option<&str>| {
        house.services.programs.offer(program, called, &actor).await.unwrap()
    };
    let few = offer(None, None).await;
    assert_eq!((few.programs.len(), few.by_name, few.chosen()), (1, false, None));
    assert_eq!(offer(Some(shop), None).await.chosen(), few.programs.first());

    many(&house, OFFERED_MOST + 5).await;
    let first = offer(None, None).await;
    assert_eq!((first.programs.len(), first.by_name), (OFFERED_MOST, true));
    assert_eq!(first.programs[0].id, shop);
    assert!(first.programs.is_sorted_by(|one, other| one.name.to_lowercase() < other.name.to_lowercase()));
    // The last by name are left out.
    assert!(!first.programs.iter().any(|choice| choice.name == "店 99"));

    for (called, chosen) in [
        ("店 99", Some("店 99")),
        ("店 20", Some("店 20")),
        ("SHOP", Some("Shop")),
        ("wx0000000000000007", Some("店 7")),
        ("店 7 WX0000000000000008", Some("店 8")),
        ("店 9999", None),
        ("店", None),
        ("%", None),
    ] {
        let offer = offer(None, Some(called)).await;
        assert_eq!(offer.chosen().map(|choice| choice.name.as_str()), chosen, "{called}");
        assert!(offer.by_name, "{called}");
        match chosen {
            Some(_) => assert_eq!(offer.programs, first.programs, "{called}"),
            None => assert!(offer.programs.iter().all(|choice| choice.name.contains(called)), "{called}"),
        }
    }
    assert_eq!(offer(None, Some("店")).await.programs.len(), OFFERED_MOST);
    assert_eq!(offer(None, Some("店 9")).await.chosen().map(|choice| choice.name.as_str()), Some("店 9"));
    let nines = offer(None, Some("9 ")).await.programs;
    assert!(nines.iter().any(|choice| choice.name == "店 99") && nines.len() < OFFERED_MOST, "{nines:?}");

    let last = offer(None, Some("店 99")).await.meant.remove(0);
    assert_eq!(offer(Some(last.id), None).await.chosen(), Some(&last), "whether or not it is offered");
    assert_eq!(offer(Some(last.id), Some("Shop")).await.chosen().map(|choice| choice.id), Some(shop));
    assert_eq!(offer(Some(ProgramId(9_999)), None).await.chosen(), None);

    let (mall, _) = program_with(&house, OTHER, &["https://b.example.com".to_owned()], &actor).await;
    let both = offer(None, Some("shop")).await;
    assert_eq!((both.meant.len(), both.chosen()), (2, None));
    assert_eq!(both.programs.iter().map(|choice| choice.id).collect::<Vec<_>>(), [shop, mall]);
    let one = &both.programs[1];
    assert_eq!(offer(None, Some(&one.words())).await.chosen(), Some(one));
}

#[tokio::test]
async fn every_page_that_asks_for_one_offers_so_many_and_says_what_is_no_name() {
    let house = House::open(None).await;
    let (actor, session) = house.first_account().await;
    let (shop, _) = program_with(&house, SHOP, &["https://a.example.com".to_owned()], &actor).await;
    let (mall, _) = program_with(&house, OTHER, &["https://b.example.com".to_owned()], &actor).await;
    let (console, who) = (console(&house), format!("{}; hufu_locale=en", cookie(&session)));
    let page = async |path: String| get(&console, &path, &who).await.text();
    let pages = ["/endpoints", "/certificates", "/check/url", "/check/error", "/programs/import"];
    for path in pages {
        let few = page(path.to_owned()).await;
        let is_list = |tag: &str| tag.starts_with("select") && tag.contains("name=\"program\"");
        assert!(few.split('<').any(is_list) && !few.contains("<datalist"), "{path}");
    }
    many(&house, 2 * OFFERED_MOST).await;
    for path in pages {
        let unasked = page(path.to_owned()).await;
        let offered = unasked.split("<datalist").nth(1).and_then(|rest| rest.split("</datalist>").next());
        assert_eq!(offered.map(|list| list.matches("<option").count()), Some(OFFERED_MOST), "{path}");
        assert!(!is_wrong(&unasked, "called"), "{path}");
        for (called, wrong, words) in [
            ("nobody", true, "No mini program has this in its name or AppID."),
            ("%E5%BA%97", true, "No mini program has this as its name or AppID."),
            ("shop", true, "Several mini programs have this name."),
            ("%E5%BA%97+99", false, "value=\"店 99\""),
        ] {
            let named = page(format!("{path}?called={called}")).await;
            assert_eq!(is_wrong(&named, "called"), wrong, "{path} {called}");
            assert!(named.contains(words), "{path} {called}: {named}");
        }
        // One that a link chose is kept for as long as its box is ticked.
        let kept = page(format!("{path}?program={mall}")).await;
        let box_of = |tag: &&str| tag.contains("type=\"checkbox\"") && tag.contains("name=\"program\"");
        let ticked = kept.split('<').find(box_of).unwrap_or_default();
        assert!(ticked.contains(&format!("value=\"{mall}\"")) && ticked.contains("checked"), "{path}: {ticked}");
    }

    for (called, shown, hidden) in [(SHOP, "a", "b"), (OTHER, "b", "a")] {
        let row = |name: &str| format!("data-endpoint=\"{name}.example.com:443\"");
        let listed = page(format!("/endpoints?called={called}")).await;
        assert!(listed.contains(&row(shown)) && !listed.contains(&row(hidden)), "{listed}");
        // What is typed goes before what was chosen.
        let listed = page(format!("/endpoints?called={called}&program={shop}")).await;
        assert!(listed.contains(&row(shown)) && !listed.contains(&row(hidden)), "{listed}");
    }
    let url = "https%3A%2F%2Fb.example.com";
    for (asked, answered) in [
        (String::new(), Some(shop)),
        (format!("program={mall}&"), Some(mall)),
        (format!("called={OTHER}&"), Some(mall)),
        (format!("called={OTHER}&program={shop}&"), Some(mall)),
        ("called=nobody&".to_owned(), None),
        (format!("called=nobody&program={shop}&"), None),
    ] {
        let answer = page(format!("/check/url?{asked}url={url}")).await;
        for id in [shop, mall] {
            let told = answer.contains(&format!("href=\"/programs/{id}\""));
            assert_eq!(told, answered == Some(id), "{asked} {id}: {answer}");
        }
    }
}
