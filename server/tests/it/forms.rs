//! Forms that are sent without JavaScript: what is refused comes back to the form as it was typed, with
//! the answer beside its field.

use crate::common::{
    House, SHOP, program_with,
    web::{self, console, get, in_english, is_typed, is_wrong, led, plain_form, plain_form_of, section, sent},
};
use axum::http::{StatusCode, header};
use model::drafts::{DRAFTS_MOST, KEPT_SECONDS};

#[tokio::test]
async fn a_paste_that_is_only_to_be_judged_or_is_refused_comes_back_unsaved_however_long_it_is() {
    let house = House::open(None).await;
    let (actor, session) = house.first_account().await;
    program_with(&house, SHOP, &["https://a.example.com".to_owned()], &actor).await;
    let (console, who) = (console(&house), in_english(&session));
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
    let (console, who) = (console(&house), in_english(&session));
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
    let (console, who) = (console(&house), in_english(&session));
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
    let (console, who, add) = (console(&house), in_english(&session), "/api/programs/add");
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
async fn every_wrong_field_of_a_form_has_its_answer_at_once() {
    let house = House::open(None).await;
    let (actor, session) = house.first_account().await;
    program_with(&house, SHOP, &["https://a.example.com".to_owned()], &actor).await;
    let (console, who) = (console(&house), in_english(&session));
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
    let (console, who) = (console(&house), in_english(&session));
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
    let (console, who) = (console(&house), in_english(&session));
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
    let (console, who) = (console(&house), in_english(&session));
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
    let (console, who) = (console(&house), in_english(&session));
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
    let (console, who) = (console(&house), in_english(&session));
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
