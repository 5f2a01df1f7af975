//! Forms by which people come in, sent without JavaScript: links, the log-in, the set-up and passwords. No secret is in a URL
//! of the console's own, and no password comes back.

use crate::common::{
    House, newcomer,
    web::{console, get, in_english, is_typed, is_wrong, led, plain_form, plain_form_of, section, sent},
};
use axum::http::header;
use model::accounts::{Accounts as _, Role, SessionToken};

#[tokio::test]
async fn every_wrong_field_of_a_password_has_its_answer_at_once_and_no_password_comes_back() {
    let house = House::open(None).await;
    let console = console(&house);
    let token = house.people.set_up_link().await.unwrap().unwrap();
    let set_up = format!("token={token}&login=li+lei&password=sesame&password_again=sesames");
    let first = sent(&console, "/api/accounts/set-up", &set_up, "hufu_locale=en").await;
    let (_, session) = house.first_account().await;
    let (change, who) = ("current=sesames&password=sesame&password_again=sesamum", in_english(&session));
    let answer = plain_form_of("/settings", &console, "/api/accounts/change-password", change, &who).await;
    let own = led(&console, &answer, &who).await;
    for ((location, page), there, anchor, wrong) in [
        (&first, "/set-up?", "content", ["login", "password", "password_again"]),
        (&own, "/settings?", "password", ["current", "password", "password_again"]),
    ] {
        assert!(location.starts_with(there), "{location}");
        let form = section(page, anchor);
        for name in wrong {
            assert!(is_wrong(form, name), "{there} {name} in {form}");
        }
        assert_eq!(form.matches("aria-invalid=\"true\"").count(), wrong.len(), "{there} {form}");
        assert!(!location.contains("sesam") && !page.contains("sesam"), "a password is never kept");
    }
    assert!(is_typed(section(&first.1, "content"), "login", "li lei"), "{}", first.1);
}

#[tokio::test]
async fn the_secret_of_a_link_is_in_no_url_of_the_console_and_is_shown_once() {
    let house = House::open(None).await;
    let (_, session) = house.first_account().await;
    let (console, who) = (console(&house), in_english(&session));
    for (path, form) in
        [("/api/accounts/add-person", "login=li.lei&role=viewer"), ("/api/accounts/access-link", "id=2&login=li.lei")]
    {
        let (location, page) = sent(&console, path, form, &who).await;
        assert!(location.starts_with("/settings/people?made=") && !location.contains("token"), "{location}");
        let (_, invitation) = page.split_once("data-invitation=\"/welcome?token=").unwrap();
        let token = invitation.split('"').next().unwrap();
        assert_eq!(house.people.link_owner(token).await.unwrap().as_deref(), Some("li.lei"));
        assert!(!is_on_disk(&house, token), "{path}: the file holds the secret");
        let again = get(&console, &location, &who).await.text();
        assert!(again.contains("is gone") && !again.contains(token), "{again}");
    }
}

#[tokio::test]
async fn no_link_is_made_for_who_is_shut_out_and_the_page_says_why() {
    let house = House::open(None).await;
    let (admin, session) = house.first_account().await;
    newcomer(&house, "li.lei", Role::Viewer, &admin).await;
    let (console, who) = (console(&house), in_english(&session));
    let people = "/settings/people";
    let offered = async || {
        let page = get(&console, people, &who).await.text();
        let (_, row) = page.split_once("data-person=\"li.lei\"").unwrap();
        let (_, form) = row.split_once("/api/accounts/access-link").unwrap();
        let (_, button) = form.split_once("<button").unwrap();
        !button.split('>').next().unwrap().contains("disabled")
    };
    assert!(offered().await);
    let out = "id=2&was_role=viewer&was_disabled=false&role=viewer&disabled=true";
    sent(&console, "/api/accounts/change-person", out, &who).await;
    assert!(!offered().await);
    // From a page that came before.
    let link = "id=2&login=li.lei".to_owned();
    let answer = plain_form_of(people, &console, "/api/accounts/access-link", link, &who).await;
    let (_, page) = led(&console, &answer, &who).await;
    assert!(page.contains("no link would let them in") && !page.contains("data-invitation="), "{page}");
}

#[tokio::test]
async fn whoever_opens_another_s_link_is_told_who_is_logged_in_and_logged_out_when_they_save() {
    let house = House::open(None).await;
    let (admin, session) = house.first_account().await;
    let (li, of_li) = newcomer(&house, "li.lei", Role::Viewer, &admin).await;
    let link = house.people.access_link(li.id, &admin).await.unwrap();
    let (console, who, own) = (console(&house), in_english(&session), in_english(&of_li));
    let page = format!("/welcome?token={}", link.0);
    let told = "You are logged in here as chen.";
    for (who, is_told) in [(&*who, true), (&*own, false), ("hufu_locale=en", false)] {
        let page = get(&console, &page, who).await.text();
        assert!(page.contains("This link is for li.lei"), "{page}");
        assert_eq!(page.contains("You are logged in here"), is_told, "{page}");
        assert_eq!(page.contains(told), is_told, "{page}");
    }
    let save = async |again: &str| {
        let form = format!("token={}&password=a+quite+different+phrase&password_again={again}", link.0);
        plain_form_of(&page, &console, "/api/accounts/choose-password", form, &who).await
    };
    let actor = async |session: &SessionToken| house.people.actor(session).await.unwrap();
    save("another").await;
    assert!(actor(&session).await.is_some(), "nothing was saved");
    let saved = save("a+quite+different+phrase").await;
    assert_eq!(saved.header(header::LOCATION), "/");
    let (_, begun) = saved.header(header::SET_COOKIE).split_once('=').unwrap();
    let begun = SessionToken(begun.split(';').next().unwrap().to_owned());
    assert_eq!(actor(&begun).await, Some(li));
    assert_eq!(actor(&session).await, None, "nobody could end it any more");
    assert_eq!(house.count("SELECT COUNT(*) FROM audit_log WHERE action = 'session.end' AND actor = 'chen'").await, 1);
}

#[tokio::test]
async fn a_session_that_cannot_be_ended_makes_no_failure_of_a_password_that_is_saved() {
    let house = House::open(None).await;
    let (admin, session) = house.first_account().await;
    let (li, _) = newcomer(&house, "li.lei", Role::Viewer, &admin).await;
    let link = house.people.access_link(li.id, &admin).await.unwrap();
    let full = "CREATE TRIGGER full BEFORE INSERT ON audit_log WHEN NEW.action = 'session.end'
                BEGIN SELECT RAISE(ABORT, 'the disk is full'); END";
    sqlx::query(full).execute(&mut house.connection().await).await.unwrap();
    let console = console(&house);
    let form = format!("token={}&password=a+quite+different+phrase&password_again=a+quite+different+phrase", link.0);
    let page = format!("/welcome?token={}", link.0);
    let saved = plain_form_of(&page, &console, "/api/accounts/choose-password", form, &in_english(&session)).await;
    assert_eq!(saved.header(header::LOCATION), "/");
    assert!(saved.header(header::SET_COOKIE).contains('='), "{:?}", saved.headers);
    assert!(house.people.actor(&session).await.unwrap().is_some(), "the session could be ended");
}

#[tokio::test]
async fn of_those_who_ask_for_a_link_at_the_same_time_one_alone_sees_it() {
    let house = House::open(None).await;
    let (admin, session) = house.first_account().await;
    let (_, other) = newcomer(&house, "han", Role::Administrator, &admin).await;
    let (console, who) = (console(&house), in_english(&session));
    let made = plain_form(&console, "/api/accounts/add-person", "login=li.lei&role=viewer".to_owned(), &who).await;
    let page = made.header(header::LOCATION).to_owned();
    assert!(page.starts_with("/settings/people?made="), "{page}");
    let shown = async |who: &str| get(&console, &page, who).await.text().contains("data-invitation=\"/welcome?token=");
    assert!(!shown(&in_english(&other)).await, "another administrator has not made it");
    let (one, again) = tokio::join!(shown(&who), shown(&who));
    assert_ne!(one, again);
}

/// Whether a text is anywhere in the files of the database.
fn is_on_disk(house: &House, text: &str) -> bool {
    let files = std::fs::read_dir(house.directory()).unwrap().map(|entry| entry.unwrap().path());
    files.filter(|path| path.is_file()).any(|path| {
        let held = std::fs::read(path).unwrap();
        held.windows(text.len()).any(|part| part == text.as_bytes())
    })
}

#[tokio::test]
async fn a_refused_log_in_keeps_the_name_and_where_it_leads() {
    let house = House::open(None).await;
    house.first_account().await;
    let (console, who) = (console(&house), "hufu_locale=en");
    let from = "/log-in?return=%2Fprograms%3Fq%3Da";
    let form = "login=li.lei&password=open+sesame&back=%2Fprograms%3Fq%3Da";
    let answer = plain_form_of(from, &console, "/api/accounts/log-in", form, who).await;
    let (location, page) = led(&console, &answer, who).await;
    assert!(location.starts_with(&format!("{from}&login=li.lei&")), "{location}");
    assert!(is_typed(&page, "login", "li.lei") && is_typed(&page, "back", "/programs?q=a"), "{page}");
    assert!(page.contains("Name and password do not belong together."), "{page}");
    assert!(!location.contains("sesame") && !page.contains("sesame"), "a password is never kept");

    // Nor is one that was typed where the name belongs.
    let form = "login=open+sesame!&password=x&back=%2Fprograms%3Fq%3Da";
    let answer = plain_form_of(from, &console, "/api/accounts/log-in", form, who).await;
    let (location, page) = led(&console, &answer, who).await;
    assert!(location.starts_with(&format!("{from}&__path=")), "{location}");
    assert!(!location.contains("sesame") && !page.contains("sesame"), "{location}");
}

#[tokio::test]
async fn a_refused_set_up_keeps_the_link_and_the_name() {
    let house = House::open(None).await;
    let console = console(&house);
    let token = house.people.set_up_link().await.unwrap().unwrap();
    let form = format!("token={token}&login=chen&password=correct+horse+battery&password_again=different");
    let (location, page) = sent(&console, "/api/accounts/set-up", &form, "hufu_locale=en").await;
    assert!(location.starts_with(&format!("/set-up?token={token}&login=chen&")), "{location}");
    assert!(page.contains("value=\"chen\"") && page.contains("The two passwords are not the same."), "{page}");
    assert!(!location.contains("horse") && !page.contains("horse"));
}
