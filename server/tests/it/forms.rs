//! Forms that are sent without JavaScript: what is refused comes back to the form as it was typed, with
//! the answer beside its field, and of two people the second is told what the first has saved.

use crate::common::{
    House, SHOP, newcomer, program_with,
    web::{self, Answer, SAME, console, get, is_wrong, plain_form, plain_form_of},
};
use axum::{
    Router,
    http::{StatusCode, header},
};
use model::{
    accounts::{Accounts as _, Role, SessionToken},
    drafts::{DRAFTS_MOST, KEPT_SECONDS},
    service::EndpointId,
};

pub(crate) fn cookie(session: &SessionToken) -> String {
    format!("{}; hufu_locale=en", web::cookie(session))
}

/// Where a form leads, and the page there.
pub(crate) async fn sent(console: &Router, path: &str, form: &str, who: &str) -> (String, String) {
    led(console, &plain_form(console, path, form.to_owned(), who).await, who).await
}

/// Where an answer leads, and the page there.
pub(crate) async fn led(console: &Router, answer: &Answer, who: &str) -> (String, String) {
    assert_eq!(answer.status, StatusCode::FOUND, "{}", answer.text());
    let to = answer.header(header::LOCATION);
    let to = to.strip_prefix(SAME).unwrap_or(to).to_owned();
    let page = get(console, to.split('#').next().unwrap(), who).await;
    assert_eq!(page.status, StatusCode::OK, "{to}");
    (to, page.text())
}

/// The part of a page that has this id, to the end of its section.
pub(crate) fn section<'page>(page: &'page str, id: &str) -> &'page str {
    let (_, rest) = page.split_once(&format!("id=\"{id}\"")).unwrap_or_else(|| panic!("no {id} in {page}"));
    rest.split("</section>").next().unwrap()
}

#[tokio::test]
async fn a_paste_that_is_only_to_be_judged_or_is_refused_comes_back_unsaved_however_long_it_is() {
    let house = House::open(None).await;
    let (actor, session) = house.first_account().await;
    program_with(&house, SHOP, &["https://a.example.com".to_owned()], &actor).await;
    let (console, who) = (console(&house), cookie(&session));
    let before = house.audited().await;
    for (path, fields, good, wrong, form) in [
        ("/api/programs/add-entries", "id=1&api=socket", "wss://h#.example.com", "http://h#.example.com", "add"),
        ("/api/icp/paste", "seen=", "d#.com+filed", "d#+filed", "paste"),
    ] {
        let refused = format!("&refused={form}");
        for (count, kept) in [(3, "lines="), (400, "draft=")] {
            for (line, judge, refused) in [(good, "&judge=true", ""), (wrong, "", refused.as_str())] {
                let lines = (0..count).map(|number: usize| line.replace('#', &number.to_string()));
                let lines = lines.collect::<Vec<_>>().join("%0A");
                let (to, page) = sent(&console, path, &format!("{fields}{judge}&lines={lines}"), &who).await;
                assert!(to.contains(kept) && to.ends_with(&format!("{refused}#{form}")), "{to}");
                assert_eq!(to.contains("refused="), !refused.is_empty(), "{to}");
                let form = section(&page, form);
                assert_eq!(form.matches("data-line=").count(), count, "{path}: {form}");
                assert_eq!(form.contains("data-not-saved"), !refused.is_empty(), "{path}: {form}");
                assert!(form.contains("name=\"judge\" value=\"true\""), "{path}: {form}");
            }
        }
    }
    assert_eq!(house.audited().await, before);
}

#[tokio::test]
async fn a_refused_form_comes_back_with_what_was_typed_and_why() {
    let house = House::open(None).await;
    let (actor, session) = house.first_account().await;
    program_with(&house, SHOP, &["https://a.example.com".to_owned()], &actor).await;
    let (console, who) = (console(&house), cookie(&session));
    let eleven = "a%2Cb%2Cc%2Cd%2Ce%2Cf%2Cg%2Ch%2Ci%2Cj%2Ck";
    for (path, form, to, kept, why) in [
        (
            "/api/programs/add",
            "app_id=nonsense&name=Corner+shop",
            "/programs#register",
            &["value=\"nonsense\"", "value=\"Corner shop\""][..],
            "An AppID is",
        ),
        (
            "/api/programs/change-entry",
            "id=1&entry=1&was=https%3A%2F%2Fa.example.com&api=request&typed=http%3A%2F%2Fb.example.com",
            "/programs/1#lists",
            &[
                "<details open",
                "value=\"http://b.example.com\"",
                "aria-invalid=\"true\"",
                "data-judged=\"refused\"",
                "typed=https%3A%2F%2Fb.example.com#lists\"",
            ],
            "scheme",
        ),
        (
            "/api/accounts/add-person",
            "login=li+lei&role=viewer",
            "/settings/people#add-person",
            &["value=\"li lei\"", "value=\"viewer\" selected"],
            "is not allowed here",
        ),
        (
            "/api/accounts/change-person",
            "id=1&was_role=administrator&role=viewer&disabled=true",
            "/settings/people#people",
            &["value=\"viewer\" selected", "value=\"true\" checked"],
            "must stay an administrator",
        ),
        (
            "/api/alerts/add-recipient",
            "id=1&address=nobody&language=zh-CN",
            "/programs/1#recipients",
            &["value=\"nobody\"", "value=\"zh-CN\" selected"],
            "This is not an address",
        ),
        (
            "/api/settings/change-mail",
            "revision=0&host=smtp.example.com&port=99999&security=starttls&username=me&password=open+sesame&sender=a&public_url=",
            "/settings/mail#mail",
            &[
                "value=\"smtp.example.com\"",
                "value=\"99999\"",
                "value=\"starttls\" selected",
                "value=\"me\"",
                "value=\"a\"",
            ],
            "A port is a number",
        ),
        (
            "/api/settings/change-probing",
            "revision=0&every_hours=7&at_once=9999&networks=10.0.0.0%2F8%0D%0Afd00%3A%3A%2F8&per_list=33&stale_after_days=44",
            "/settings/probing#probing",
            &["value=\"7\"", "value=\"9999\"", "10.0.0.0/8\r\nfd00::/8</textarea>", "value=\"33\"", "value=\"44\""],
            "Between 1 and 256.",
        ),
        (
            "/api/endpoints/change-tags",
            &format!("id=1&before=&after={eleven}"),
            "/endpoints/1#tags",
            &["value=\"a,b,c,d,e,f,g,h,i,j,k\""],
            "carries at most 10 tags.",
        ),
        (
            "/api/endpoints/route",
            "id=1&revision=0&addresses=203.0.113.7%0D%0Anowhere&server_name=new.example.com&act=keep",
            "/endpoints/1#route",
            &["203.0.113.7\r\nnowhere</textarea>", "value=\"new.example.com\""],
            "is not an IP address",
        ),
        (
            "/api/icp/record",
            "domain=example.com&revision=0&state=pending&number=x&holder=Some+Ltd&source=wechat&confirmed_on=2026-01-02&zone=%2B08:00",
            "/icp/example.com#record",
            &[
                "value=\"pending\" selected",
                "value=\"x\"",
                "value=\"Some Ltd\"",
                "value=\"wechat\" selected",
                "value=\"2026-01-02\"",
            ],
            "not the shape of an ICP number",
        ),
        (
            "/api/icp/record",
            "program=1&domain=example.com&revision=0&state=pending&number=x&holder=Some+Ltd&source=wechat&confirmed_on=2026-01-02&zone=%2B08:00",
            "/programs/1#icp",
            &["<details open", "value=\"x\"", "value=\"Some Ltd\""],
            "not the shape of an ICP number",
        ),
    ] {
        let (location, page) = sent(&console, path, form, &who).await;
        let (there, anchor) = (to.split('#').next().unwrap(), to.split('#').nth(1).unwrap());
        assert!(location.starts_with(&format!("{there}?")) && location.ends_with(&format!("#{anchor}")), "{location}");
        let form = section(&page, anchor);
        for kept in kept.iter().chain([&why]) {
            assert!(form.contains(kept), "{path}: {kept} is not in {form}");
        }
        assert!(!location.contains("sesame") && !page.contains("sesame"), "a password is never kept");
    }
}

#[tokio::test]
async fn the_form_of_an_entry_is_on_the_page_that_its_link_leads_to_and_on_no_other() {
    let house = House::open(None).await;
    let (actor, session) = house.first_account().await;
    let entries = ["https://a.example.com".to_owned(), "https://b.example.com".to_owned()];
    program_with(&house, SHOP, &entries, &actor).await;
    let (console, who) = (console(&house), cookie(&session));
    let closed = get(&console, "/programs/1", &who).await.text();
    let lists = section(&closed, "request");
    assert!(!lists.contains("<form") && !lists.contains("<details open"), "{lists}");
    for (entry, typed, other) in [(1, "https://a.example.com", 2), (2, "https://b.example.com", 1)] {
        let href = format!("/programs/1?change={entry}");
        assert!(lists.contains(&format!("href=\"{href}#entry-{entry}\"")), "{lists}");
        let page = get(&console, &href, &who).await.text();
        let lists = section(&page, "request");
        assert_eq!((lists.matches("<details open").count(), lists.matches("<form").count()), (1, 2), "{lists}");
        let (_, form) = lists.split_once("<details open").unwrap();
        assert!(is_typed(form, "entry", &entry.to_string()) && is_typed(form, "typed", typed), "{form}");
        // The other one has its link still, and this one needs none.
        assert!(
            lists.contains(&format!("?change={other}#")) && !lists.contains(&format!("?change={entry}#")),
            "{lists}"
        );
    }
}

#[tokio::test]
async fn a_refused_first_mini_program_comes_back_to_overview() {
    let house = House::open(None).await;
    let (actor, session) = house.first_account().await;
    let (console, who, add) = (console(&house), cookie(&session), "/api/programs/add");
    let page = get(&console, "/", &who).await.text();
    let form = section(&page, "register");
    assert!(is_typed(form, "first", "true") && !form.contains("aria-invalid"), "{form}");

    let nonsense = "app_id=nonsense&name=Corner+shop&first=true";
    let (location, page) = sent(&console, add, nonsense, &who).await;
    assert!(location.starts_with("/?kept=1&") && location.ends_with("#register"), "{location}");
    let form = section(&page, "register");
    assert!(is_typed(form, "app_id", "nonsense") && is_typed(form, "name", "Corner shop"), "{form}");
    assert!(is_wrong(form, "app_id") && !is_wrong(form, "name") && form.contains("An AppID is"), "{form}");
    // In the language of the page, whichever it was sent in.
    let chinese = format!("{}; hufu_locale=zh-CN", web::cookie(&session));
    let there = location.split('#').next().unwrap();
    assert!(section(&get(&console, there, &chinese).await.text(), "register").contains("16 位十六进制"));

    let gone = get(&console, &there.replace("kept=1&", "kept=9&"), &who).await.text();
    let form = section(&gone, "register");
    assert!(form.contains("is gone") && is_wrong(form, "app_id"), "{form}");
    let (_, page) = sent(&console, add, "app_id=nonsense&name=&first=true", &who).await;
    let form = section(&page, "register");
    assert!(is_wrong(form, "app_id") && is_wrong(form, "name"), "{form}");

    // Where somebody else has registered one meanwhile, Overview has no such form any more.
    program_with(&house, SHOP, &["https://a.example.com".to_owned()], &actor).await;
    let (location, page) = sent(&console, add, nonsense, &who).await;
    assert!(location.starts_with("/programs?kept="), "{location}");
    assert!(is_typed(section(&page, "register"), "app_id", "nonsense"), "{page}");
}

#[tokio::test]
async fn of_two_who_change_somebody_the_second_is_told_what_is_saved_and_saves_knowingly() {
    let house = House::open(None).await;
    let (actor, session) = house.first_account().await;
    let (li, _) = newcomer(&house, "li", Role::Viewer, &actor).await;
    let (console, who) = (console(&house), cookie(&session));
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

/// Whether this was typed into this field of a form.
fn is_typed(form: &str, name: &str, typed: &str) -> bool {
    let (name, value, text) = (format!(" name=\"{name}\""), format!(" value=\"{typed}\""), format!(">{typed}"));
    form.split('<').any(|tag| tag.contains(&name) && (tag.contains(&value) || tag.ends_with(&text)))
}

#[tokio::test]
async fn every_wrong_field_of_a_form_has_its_answer_at_once() {
    let house = House::open(None).await;
    let (actor, session) = house.first_account().await;
    program_with(&house, SHOP, &["https://a.example.com".to_owned()], &actor).await;
    let (console, who) = (console(&house), cookie(&session));
    let eleven = "a%2Cb%2Cc%2Cd%2Ce%2Cf%2Cg%2Ch%2Ci%2Cj%2Ck";
    for (path, typed, anchor, wrong) in [
        (
            "/api/settings/change-mail",
            "revision=0&host=a+b&port=99999&security=tls&username=me&password=&sender=a&public_url=x",
            "mail",
            &["host", "port", "password", "sender", "public_url"][..],
        ),
        (
            "/api/settings/change-mail",
            "revision=0&host=smtp.example.com&port=x&security=plain&username=me&password=&sender=&public_url=",
            "mail",
            &["port", "username", "sender"],
        ),
        (
            "/api/settings/change-mail",
            "revision=0&host=smtp.example.com&port=465&security=tls&username=me&password=&sender=&public_url=",
            "mail",
            &["password", "sender"],
        ),
        (
            "/api/settings/change-probing",
            "revision=0&every_hours=1.5&at_once=9999&networks=nowhere&per_list=0&stale_after_days=x",
            "probing",
            &["every_hours", "at_once", "networks", "per_list", "stale_after_days"],
        ),
        ("/api/programs/add", "app_id=nonsense&name=", "register", &["app_id", "name"]),
        (
            "/api/programs/change",
            &format!("id=1&revision=1&name=&per_list=x&prefetch=0&business=&changes_a_month=1.5&owner=&tags={eleven}"),
            "settings",
            &["name", "tags", "per_list", "prefetch", "business", "changes_a_month"],
        ),
        (
            "/api/endpoints/route",
            "id=1&revision=0&addresses=nowhere&server_name=a+b&act=keep",
            "route",
            &["addresses", "server_name"],
        ),
        (
            "/api/icp/record",
            "domain=example.com&revision=0&state=pending&number=x&holder=a%01b&source=wechat&confirmed_on=2999-01-02&zone=%2B08:00",
            "record",
            &["number", "holder", "confirmed_on"],
        ),
        ("/api/tools/verify-file", "host=a+b&name=x&content=%E4%B8%AD", "verify-file", &["host", "name", "content"]),
    ] {
        let (_, page) = sent(&console, path, typed, &who).await;
        let form = section(&page, anchor);
        for name in wrong {
            assert!(is_wrong(form, name), "{path}: {name} in {form}");
        }
        assert_eq!(form.matches("aria-invalid=\"true\"").count(), wrong.len(), "{path}: {form}");
        for (name, typed) in url::form_urlencoded::parse(typed.as_bytes()) {
            if wrong.contains(&&*name) && !typed.is_empty() {
                assert!(is_typed(form, &name, &typed), "{path}: {name} in {form}");
            }
        }
    }
}

#[tokio::test]
async fn every_wrong_field_of_a_password_has_its_answer_at_once_and_no_password_comes_back() {
    let house = House::open(None).await;
    let console = console(&house);
    let token = house.people.set_up_link().await.unwrap().unwrap();
    let set_up = format!("token={token}&login=li+lei&password=sesame&password_again=sesames");
    let first = sent(&console, "/api/accounts/set-up", &set_up, "hufu_locale=en").await;
    let (_, session) = house.first_account().await;
    let (change, who) = ("current=sesames&password=sesame&password_again=sesamum", cookie(&session));
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
async fn what_no_form_offers_is_refused_in_plain_words() {
    let house = House::open(None).await;
    let (actor, session) = house.first_account().await;
    program_with(&house, SHOP, &["https://a.example.com".to_owned()], &actor).await;
    let console = console(&house);
    for (locale, words) in [("en", "What was sent could not be read."), ("zh-CN", "无法识别所提交的内容。")]
    {
        let who = format!("{}; hufu_locale={locale}", web::cookie(&session));
        for (page, anchor, path, form) in [
            ("/settings/people", "add-person", "/api/accounts/add-person", "login=li.lei&role=emperor"),
            (
                "/settings/mail",
                "mail",
                "/api/settings/change-mail",
                "revision=0&host=&port=465&security=pigeon&username=&password=&sender=&public_url=",
            ),
            (
                "/settings/probing",
                "probing",
                "/api/settings/change-probing",
                "revision=99999999999999999999&every_hours=12&at_once=32&networks=&per_list=20",
            ),
            ("/programs/1", "recipients", "/api/alerts/add-recipient", "id=1&address=a%40example.com&language=tlh"),
            ("/programs/1", "settings", "/api/programs/remove", "id=one"),
            ("/log-in", "content", "/api/accounts/log-in", "login=chen"),
        ] {
            let answer = plain_form_of(page, &console, path, form, &who).await;
            let (_, page) = led(&console, &answer, &who).await;
            assert!(section(&page, anchor).contains(words), "{path}: {page}");
            for programmer_s in ["unknown variant", "deserializ", "invalid digit", "missing field"] {
                assert!(!page.contains(programmer_s), "{path}: {page}");
            }
        }
    }
    // A choice that is none is as if nothing were chosen.
    for form in ["theme=blue&locale=fr&locale=xx&zone=%ff", "", "%00=%", "return=x&return=y"] {
        let answer = plain_form(&console, "/preferences", form, "").await;
        assert_eq!((answer.status, answer.header(header::LOCATION)), (StatusCode::SEE_OTHER, "/"), "{form}");
    }
}

#[tokio::test]
async fn a_slip_in_the_host_asks_for_no_password_that_is_stored() {
    let house = House::open(None).await;
    let (_, session) = house.first_account().await;
    let (console, who) = (console(&house), cookie(&session));
    let change = "/api/settings/change-mail";
    let form = |revision: u8, host: &str, username: &str, password: &str| {
        format!(
            "revision={revision}&host={host}&port=465&security=tls&username={username}&password={password}\
             &sender=a@example.com&public_url="
        )
    };
    let (saved, _) = sent(&console, change, &form(0, "smtp.example.com", "me", "open+sesame"), &who).await;
    assert!(saved.contains("?saved=mail"), "{saved}");
    for (host, username, wrong) in [
        ("smtp+example.com", "me", &["host"][..]),
        // What is stored is for nobody else, on whichever server.
        ("smtp+example.com", "you", &["host", "password"]),
        ("mail.example.com", "me", &["password"]),
    ] {
        let (_, page) = sent(&console, change, &form(1, host, username, ""), &who).await;
        let form = section(&page, "mail");
        for name in wrong {
            assert!(is_wrong(form, name), "{host} {username}: {name} in {form}");
        }
        assert_eq!(form.matches("aria-invalid=\"true\"").count(), wrong.len(), "{host} {username}: {form}");
    }
    let (saved, _) = sent(&console, change, &form(1, "smtp.example.com", "me", ""), &who).await;
    assert!(saved.contains("?saved=mail"), "{saved}");
}

#[tokio::test]
async fn what_is_kept_no_longer_is_said_to_be_gone() {
    let house = House::open(None).await;
    let (_, session) = house.first_account().await;
    let (console, who) = (console(&house), cookie(&session));
    let form = "app_id=nonsense&name=Corner+shop";
    let (location, page) = sent(&console, "/api/programs/add", form, &who).await;
    assert!(page.contains("value=\"Corner shop\"") && !page.contains("id=\"gone\""), "{page}");
    let is_gone = |page: &str| {
        let told = page.contains("What you typed is gone: Hufu keeps only the last 10 things that you sent");
        told && !page.contains("Corner shop")
    };
    // An hour has not passed, and others have taken the room.
    for _ in 0..DRAFTS_MOST {
        sent(&console, "/api/programs/add", "app_id=nonsense&name=Other", &who).await;
    }
    let page = get(&console, location.split('#').next().unwrap(), &who).await.text();
    assert!(is_gone(&page), "{page}");
    let (location, page) = sent(&console, "/api/programs/add", form, &who).await;
    assert!(!is_gone(&page), "{page}");
    house.pass(KEPT_SECONDS);
    let page = get(&console, location.split('#').next().unwrap(), &who).await.text();
    assert!(is_gone(&page), "{page}");
}

#[tokio::test]
async fn what_was_saved_is_said_beside_its_form() {
    let house = House::open(None).await;
    let (actor, session) = house.first_account().await;
    program_with(&house, SHOP, &["https://a.example.com".to_owned()], &actor).await;
    let (console, who) = (console(&house), cookie(&session));
    for (path, form, page, anchor) in [
        (
            "/api/settings/change-probing",
            "revision=0&every_hours=12&at_once=32&networks=&per_list=20&stale_after_days=180",
            "/settings/probing",
            "probing",
        ),
        (
            "/api/settings/change-mail",
            "revision=0&host=&port=465&security=tls&username=&password=&sender=&public_url=",
            "/settings/mail",
            "mail",
        ),
        (
            "/api/programs/change",
            "id=1&revision=1&name=Shop&per_list=30&prefetch=5&business=300&changes_a_month=50&owner=&tags=",
            "/programs/1",
            "settings",
        ),
    ] {
        let before = get(&console, page, &who).await.text();
        assert!(!section(&before, anchor).contains("Saved."), "{path}");
        let (location, after) = sent(&console, path, form, &who).await;
        assert_eq!(location, format!("{page}?saved={anchor}#{anchor}"));
        assert!(section(&after, anchor).contains("Saved."), "{path}: {}", section(&after, anchor));
        // Whoever chooses another theme there has saved nothing anew.
        let back = format!("name=\"return\" value=\"{page}\"");
        assert!(after.contains(&back) && !after.contains(&format!("value=\"{page}?saved")), "{path}: {after}");
    }
}

#[tokio::test]
async fn what_is_too_long_for_a_url_comes_back_too() {
    let house = House::open(None).await;
    let (_, session) = house.first_account().await;
    let (console, who) = (console(&house), cookie(&session));
    let networks = vec!["fd00::/8"; 600].join("\n");
    let form = format!(
        "revision=0&every_hours=7&at_once=1&networks={}&per_list=33&stale_after_days=180",
        networks.replace('\n', "%0A")
    );
    let (location, page) = sent(&console, "/api/settings/change-probing", &form, &who).await;
    assert!(location.contains("?kept=") && location.len() < 1_000, "{location}");
    let form = section(&page, "probing");
    assert!(form.contains(&format!("{networks}</textarea>")) && form.contains("At most 50."), "{form}");
}

#[tokio::test]
async fn a_network_of_every_address_is_refused_beside_its_field() {
    let house = House::open(None).await;
    let (_, session) = house.first_account().await;
    let (console, who) = (console(&house), cookie(&session));
    for networks in ["10.0.0.0%2F8%0A0.0.0.0%2F0", "0.0.0.0%2F1%0A128.0.0.0%2F1"] {
        let form = format!("revision=0&every_hours=7&at_once=1&networks={networks}&per_list=33&stale_after_days=180");
        let (_, page) = sent(&console, "/api/settings/change-probing", &form, &who).await;
        let form = section(&page, "probing");
        assert!(form.contains("These networks hold every address (0.0.0.0/0)") && !form.contains("Saved."), "{form}");
    }
}

#[tokio::test]
async fn a_network_with_host_bits_is_refused_beside_its_field_with_what_may_be_meant() {
    let house = House::open(None).await;
    let (_, session) = house.first_account().await;
    let console = console(&house);
    let form = "revision=0&every_hours=7&at_once=1&networks=10.1.2.3%2F8&per_list=33&stale_after_days=180";
    for (language, told) in [
        ("en", "10.1.2.3/8 has host bits. Write 10.0.0.0/8, or 10.1.2.3/32 for this one address."),
        ("zh-CN", "10.1.2.3/8 含有主机位。请写 10.0.0.0/8；如果只要这一个地址，请写 10.1.2.3/32。"),
    ] {
        let who = format!("{}; hufu_locale={language}", web::cookie(&session));
        let (_, page) = sent(&console, "/api/settings/change-probing", form, &who).await;
        let form = section(&page, "probing");
        assert!(is_wrong(form, "networks") && form.contains(told), "{form}");
        assert!(form.contains("10.1.2.3/8</textarea>"), "{form}");
    }
}

#[tokio::test]
async fn of_two_people_the_second_is_told_and_saves_knowingly() {
    let house = House::open(None).await;
    let (actor, session) = house.first_account().await;
    program_with(&house, SHOP, &["https://a.example.com".to_owned()], &actor).await;
    let (console, who) = (console(&house), cookie(&session));
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

#[tokio::test]
async fn the_secret_of_a_link_is_in_no_url_of_the_console_and_is_shown_once() {
    let house = House::open(None).await;
    let (_, session) = house.first_account().await;
    let (console, who) = (console(&house), cookie(&session));
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
    let (console, who) = (console(&house), cookie(&session));
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
    let (console, who, own) = (console(&house), cookie(&session), cookie(&of_li));
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
    let saved = plain_form_of(&page, &console, "/api/accounts/choose-password", form, &cookie(&session)).await;
    assert_eq!(saved.header(header::LOCATION), "/");
    assert!(saved.header(header::SET_COOKIE).contains('='), "{:?}", saved.headers);
    assert!(house.people.actor(&session).await.unwrap().is_some(), "the session could be ended");
}

#[tokio::test]
async fn of_those_who_ask_for_a_link_at_the_same_time_one_alone_sees_it() {
    let house = House::open(None).await;
    let (admin, session) = house.first_account().await;
    let (_, other) = newcomer(&house, "han", Role::Administrator, &admin).await;
    let (console, who) = (console(&house), cookie(&session));
    let made = plain_form(&console, "/api/accounts/add-person", "login=li.lei&role=viewer".to_owned(), &who).await;
    let page = made.header(header::LOCATION).to_owned();
    assert!(page.starts_with("/settings/people?made="), "{page}");
    let shown = async |who: &str| get(&console, &page, who).await.text().contains("data-invitation=\"/welcome?token=");
    assert!(!shown(&cookie(&other)).await, "another administrator has not made it");
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
