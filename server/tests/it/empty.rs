//! Forms that are sent with nothing in them: each field answers by itself, and in no browser's words.

use crate::common::{
    House, SHOP, program_with,
    web::{console, get, in_english, is_wrong, led, plain_form_of, section, sent},
};
use model::accounts::{Accounts as _, Role};

const EMPTY: &str = "Fill this in.";

/// Settings of mail, so that a test can be sent.
const MAIL: &str = "revision=0&host=smtp.example.com&port=465&security=tls&username=&password=\
                    &sender=a%40example.com&public_url=";

#[tokio::test]
async fn a_field_that_is_left_empty_is_answered_beside_it() {
    let house = House::open(None).await;
    let (actor, session) = house.first_account().await;
    program_with(&house, SHOP, &["https://a.example.com".to_owned()], &actor).await;
    let (console, who) = (console(&house), in_english(&session));
    sent(&console, "/api/settings/change-mail", MAIL, &who).await;
    for (path, form, anchor, wrong) in [
        ("/api/programs/add", "app_id=+&name=", "register", &["app_id", "name"][..]),
        (
            "/api/settings/change-probing",
            "revision=0&every_hours=&at_once=&networks=&per_list=+&stale_after_days=",
            "probing",
            &["every_hours", "at_once", "per_list", "stale_after_days"],
        ),
        ("/api/settings/test-mail", "address=", "mail-test", &["address"]),
        ("/api/accounts/add-person", "login=&role=viewer", "add-person", &["login"]),
        ("/api/alerts/add-recipient", "id=1&address=&language=en", "recipients", &["address"]),
        (
            "/api/programs/change-entry",
            "id=1&entry=1&was=https%3A%2F%2Fa.example.com&api=request&typed=+",
            "lists",
            &["typed"],
        ),
        ("/api/programs/add-entries", "id=1&api=request&lines=", "add", &["lines"]),
        ("/api/icp/paste", "lines=+%0A&seen=", "paste", &["lines"]),
        ("/api/tools/verify-file", "host=&name=&content=", "verify-file", &["host", "name"]),
    ] {
        let (_, page) = sent(&console, path, form, &who).await;
        let form = section(&page, anchor);
        for name in wrong {
            assert!(is_wrong(form, name), "{path}: {name} in {form}");
        }
        assert_eq!(form.matches(EMPTY).count(), wrong.len(), "{path}: {form}");
    }
    for (path, name) in [("/check/url?api=request&url=", "url"), ("/check/error?text=+", "text")] {
        let page = get(&console, path, &who).await.text();
        assert!(is_wrong(&page, name) && page.contains(EMPTY), "{path}: {page}");
        let before = get(&console, path.split('?').next().unwrap(), &who).await.text();
        assert!(!is_wrong(&before, name) && !before.contains(EMPTY), "{path}: {before}");
    }
}

#[tokio::test]
async fn a_password_that_is_left_empty_is_no_guess() {
    let house = House::open(None).await;
    let console = console(&house);
    let token = house.people.set_up_link().await.unwrap().unwrap();
    let set_up = format!("token={token}&login=&password=&password_again=");
    let set_up = sent(&console, "/api/accounts/set-up", &set_up, "hufu_locale=en").await;
    let (_, session) = house.first_account().await;
    let (who, logged) = (in_english(&session), house.audited().await);
    // More often than anybody may guess.
    for _ in 0..30 {
        let form = "login=chen&password=&back=";
        let answer = plain_form_of("/log-in", &console, "/api/accounts/log-in", form, "hufu_locale=en").await;
        let (_, page) = led(&console, &answer, "hufu_locale=en").await;
        assert!(is_wrong(&page, "password") && !is_wrong(&page, "login") && page.contains(EMPTY), "{page}");
    }
    let form = "login=&password=&back=";
    let answer = plain_form_of("/log-in", &console, "/api/accounts/log-in", form, "hufu_locale=en").await;
    let log_in = led(&console, &answer, "hufu_locale=en").await;
    let form = "current=&password=&password_again=";
    let answer = plain_form_of("/settings", &console, "/api/accounts/change-password", form, &who).await;
    let own = led(&console, &answer, &who).await;
    for ((_, page), anchor, wrong) in [
        (&set_up, "content", ["login", "password"]),
        (&log_in, "content", ["login", "password"]),
        (&own, "password", ["current", "password"]),
    ] {
        let form = section(page, anchor);
        for name in wrong {
            assert!(is_wrong(form, name), "{name} in {form}");
        }
        assert_eq!(form.matches(EMPTY).count(), wrong.len(), "{form}");
    }
    assert_eq!(house.audited().await, logged);
}

#[tokio::test]
async fn no_browser_judges_a_form_by_itself() {
    let house = House::open(None).await;
    let console = console(&house);
    let judged = async |path: &str, who: &str| {
        let page = get(&console, path, who).await.text();
        let forms = page.split("<form").skip(1).map(|form| form.split("</form>").next().unwrap());
        let mut wanting = 0;
        for form in forms {
            let wants = |tag: &str| {
                tag.contains(" required")
                    || ["email", "url", "number"].iter().any(|kind| tag.contains(&format!(" type=\"{kind}\"")))
            };
            if form.split('<').any(wants) {
                assert!(form.split('>').next().unwrap().contains(" novalidate"), "{path}: {form}");
                wanting += 1;
            }
        }
        assert!(wanting > 0, "{path} has no such form: {page}");
    };
    let token = house.people.set_up_link().await.unwrap().unwrap();
    judged(&format!("/set-up?token={token}"), "").await;
    judged("/log-in", "").await;
    let (actor, session) = house.first_account().await;
    let link = house.people.add_person("li".to_owned(), Role::Viewer, &actor).await.unwrap();
    judged(&format!("/welcome?token={}", link.0), "").await;
    let who = in_english(&session);
    judged("/", &who).await;
    program_with(&house, SHOP, &["https://a.example.com".to_owned()], &actor).await;
    sent(&console, "/api/settings/change-mail", MAIL, &who).await;
    for path in [
        "/programs",
        "/programs/1",
        "/icp",
        "/check/url",
        "/check/error",
        "/check/file",
        "/settings",
        "/settings/people",
        "/settings/probing",
        "/settings/mail",
    ] {
        judged(path, &who).await;
    }
}
