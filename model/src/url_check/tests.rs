#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;
use Reason::*;

fn entry(api: Api, text: &str) -> DomainEntry {
    DomainEntry::parse(api, text).unwrap()
}

/// URLs against the entries of one list, each with its reason.
fn check(api: Api, entries: &[&str], wss_ports: WssPorts, cases: &[(&str, Reason)]) {
    let entries: Vec<_> = entries.iter().map(|text| entry(api, text)).collect();
    for (url, reason) in cases {
        let decision = would_allow(api, url, &entries, wss_ports);
        assert_eq!(decision.reason, *reason, "{url}");
        assert_eq!(decision.allowed, *reason == Allowed, "{url}");
        assert_eq!(decision.matched_entry.is_some(), decision.allowed, "{url}");
    }
}

#[test]
fn an_entry_without_a_port_refuses_every_port_even_443() {
    check(
        Api::Request,
        &["https://a.example.com"],
        WssPorts::Any,
        &[
            ("https://a.example.com", Allowed),
            ("https://a.example.com/", Allowed),
            ("https://a.example.com/v1?q=1#f", Allowed),
            ("https://a.example.com?q=https://b.example.com:8080", Allowed),
            ("https://a.example.com:443", Explicit443),
            ("https://a.example.com:443/v1", Explicit443),
            ("https://a.example.com:0443/v1", Explicit443),
            ("https://a.example.com:8080", PortUnexpected),
            ("https://a.example.com:80", PortUnexpected),
        ],
    );
}

#[test]
fn an_entry_with_a_port_refuses_every_other_and_none() {
    check(
        Api::Request,
        &["https://a.example.com:8080"],
        WssPorts::Any,
        &[
            ("https://a.example.com:8080/x", Allowed),
            ("https://a.example.com/x", PortMissing),
            ("https://a.example.com:443/x", PortUnexpected),
            ("https://a.example.com:9091", PortUnexpected),
        ],
    );
    check(
        Api::Request,
        &["https://a.example.com:443"],
        WssPorts::Any,
        &[
            ("https://a.example.com:443", Allowed),
            ("https://a.example.com", PortMissing),
            ("https://a.example.com:8080", PortUnexpected),
        ],
    );
}

#[test]
fn hosts_match_exactly() {
    check(
        Api::Request,
        &["https://a.example.com", "https://xn--fiqs8s.cn"],
        WssPorts::Any,
        &[
            ("https://b.a.example.com", Subdomain),
            ("https://example.com", Subdomain),
            ("https://com", Subdomain),
            ("https://other.example.org", Host),
            ("https://b.example.com", Host),
            ("https://xa.example.com", Host),
            ("https://a.example.com.evil.example", Host),
            ("https://a.example.com@evil.example", Host),
            ("https://a.example.com\\@evil.example", Allowed),
            ("https://evil.example/a.example.com", Host),
            ("https://192.0.2.1/", Host),
            ("https://0x7f.1/", Host),
            ("https://[2001:db8::1]:443/", Host),
            ("https://a_b.example.com/", Host),
            ("https://a.example.com./", Host),
            ("https://localhost", Host),
            ("https://中国.cn/路径", Allowed),
        ],
    );
}

#[test]
fn a_url_is_read_as_a_browser_reads_it() {
    check(
        Api::Request,
        &["https://a.example.com"],
        WssPorts::Any,
        &[
            (" https://a.example.com/v1\n", Allowed),
            ("HTTPS://A.EXAMPLE.com/v1", Allowed),
            ("https://a%2Eexample.com/", Allowed),
            ("https://ａ.example。com/", Allowed),
            ("https://me:secret@a.example.com/", Allowed),
            ("https://me:secret@a.example.com:443/", Explicit443),
            ("https:\\\\a.example.com\\v1", Allowed),
            ("https:a.example.com", Allowed),
            ("https://a.example.com:/", Allowed),
            ("https://a.exam\tple.com:4\n43/", Explicit443),
            ("https://a.example.com/x:443", Allowed),
        ],
    );
}

#[test]
fn what_is_no_url_or_has_another_scheme_is_told_apart() {
    let huge = format!("https://a.example.com/{}", "x".repeat(100_000));
    check(
        Api::Request,
        &["https://a.example.com"],
        WssPorts::Any,
        &[
            ("http://a.example.com", Scheme),
            ("wss://a.example.com", Scheme),
            ("ftp://a.example.com", Scheme),
            ("http://other.example.org", Scheme),
            ("", InvalidUrl),
            ("not a url", InvalidUrl),
            ("https://", InvalidUrl),
            ("https:///", InvalidUrl),
            ("https://:443", InvalidUrl),
            ("https://a.example.com:99999", InvalidUrl),
            ("https://a.example.com:0", InvalidUrl),
            ("https://a.example.com:80a", InvalidUrl),
            ("https://a b.example.com", InvalidUrl),
            ("https://[2001:db8::1", InvalidUrl),
            ("//a.example.com/x", InvalidUrl),
            ("a.example.com/x", InvalidUrl),
            ("a.example.com:443/x", InvalidUrl),
            ("data:text/plain,x", InvalidUrl),
            (&huge, InvalidUrl),
        ],
    );
}

#[test]
fn sockets_without_a_port_take_any_port_unless_strict() {
    let entries = ["wss://a.example.com", "wss://b.example.com:8443"];
    let same = [
        ("wss://a.example.com", Allowed),
        ("ws://a.example.com", Scheme),
        ("https://a.example.com", Scheme),
        ("wss://b.example.com:8443", Allowed),
        ("wss://b.example.com", PortMissing),
        ("wss://b.example.com:9000", PortUnexpected),
    ];
    check(Api::Socket, &entries, WssPorts::Any, &same);
    check(Api::Socket, &entries, WssPorts::Strict, &same);
    for (url, strict) in [("wss://a.example.com:443/s", Explicit443), ("wss://a.example.com:9000/s", PortUnexpected)] {
        check(Api::Socket, &entries, WssPorts::Any, &[(url, Allowed)]);
        check(Api::Socket, &entries, WssPorts::Strict, &[(url, strict)]);
    }
}

#[test]
fn the_loose_port_rule_is_for_sockets_alone() {
    check(Api::Upload, &["https://a.example.com"], WssPorts::Any, &[("https://a.example.com:9000", PortUnexpected)]);
}

#[test]
fn a_business_domain_covers_its_subdomains() {
    check(
        Api::Business,
        &["https://example.com"],
        WssPorts::Any,
        &[
            ("https://example.com/page", Allowed),
            ("https://www.example.com/page", Allowed),
            ("https://a.b.example.com/page", Allowed),
            ("https://badexample.com/page", Host),
            ("https://com/page", Subdomain),
            ("https://www.example.com:8443/page", PortUnexpected),
        ],
    );
}

#[test]
fn a_name_resolved_ahead_has_no_port_and_no_scheme() {
    check(
        Api::PrefetchDns,
        &["a.example.com"],
        WssPorts::Any,
        &[("https://a.example.com:8443/", Allowed), ("wss://a.example.com", Allowed), ("https://b.example.com", Host)],
    );
}

#[test]
fn the_wrong_list_is_named_unless_a_port_is_off_in_the_right_one() {
    let upload = entry(Api::Upload, "https://a.example.com");
    let parent = entry(Api::Request, "https://example.com");
    let port = entry(Api::Request, "https://a.example.com:8080");
    let url = "https://a.example.com/";
    for (entries, reason, nearest) in [
        (vec![upload.clone()], WrongList, &upload),
        (vec![parent.clone(), upload.clone()], WrongList, &upload),
        (vec![upload.clone(), port.clone()], PortMissing, &port),
        (vec![parent.clone(), port.clone()], PortMissing, &port),
        (vec![parent.clone()], Subdomain, &parent),
    ] {
        let decision = would_allow(Api::Request, url, &entries, WssPorts::Any);
        let miss = NearMiss { entry: nearest.clone(), reason };
        assert_eq!((decision.reason, decision.near_miss), (reason, Some(miss)));
    }
    // Names resolved ahead and other resources grant nothing, in whichever list they were looked for.
    let prefetch = entry(Api::PrefetchDns, "a.example.com");
    let resource = entry(Api::Resource, "https://a.example.com");
    for (entries, reason) in [
        (vec![prefetch.clone()], Host),
        (vec![resource.clone()], Host),
        (vec![prefetch, resource, upload.clone()], WrongList),
    ] {
        let decision = would_allow(Api::Request, url, &entries, WssPorts::Any);
        let miss = (reason == WrongList).then(|| NearMiss { entry: upload.clone(), reason });
        assert_eq!((decision.reason, decision.near_miss), (reason, miss));
    }
    let off_there_too = [entry(Api::Upload, "https://a.example.com:8080")];
    assert_eq!(would_allow(Api::Request, url, &off_there_too, WssPorts::Any).reason, Host);
}

#[test]
fn of_two_near_misses_the_first_is_named_and_443_before_any_other_port() {
    let entries = ["https://a.example.com:8080", "https://a.example.com", "https://a.example.com:9090"]
        .map(|text| entry(Api::Request, text));
    for (url, nearest) in [("https://a.example.com:7070", 0), ("https://a.example.com:443", 1)] {
        let decision = would_allow(Api::Request, url, &entries, WssPorts::Any);
        assert_eq!(decision.near_miss.unwrap().entry, entries[nearest], "{url}");
    }
}

#[test]
fn a_correction_is_offered_where_it_is_obvious() {
    let entries = [entry(Api::Request, "https://a.example.com:8080"), entry(Api::Request, "https://b.example.com")];
    for (url, suggestion) in [
        ("https://a.example.com/x?y", Some("https://a.example.com:8080/x?y")),
        ("https://a.example.com:443/x?y", Some("https://a.example.com:8080/x?y")),
        ("https://b.example.com:443", Some("https://b.example.com")),
        ("http://b.example.com/x#y", Some("https://b.example.com/x#y")),
        ("http://b.example.com:80/x", Some("https://b.example.com/x")),
        ("http://a.example.com/x", Some("https://a.example.com:8080/x")),
        ("https://B.example.com./x", Some("https://b.example.com/x")),
        ("b.example.com/x", Some("https://b.example.com/x")),
        ("//b.example.com/x", Some("https://b.example.com/x")),
        ("a.example.com:8080", Some("https://a.example.com:8080")),
        ("http://c.example.com/x", None),
        ("c.example.com/x", None),
        ("https://c.b.example.com", None),
        ("https://b.example.com", None),
    ] {
        assert_eq!(would_allow(Api::Request, url, &entries, WssPorts::Any).suggestion.as_deref(), suggestion, "{url}");
    }
}

/// What is said of adding an entry for `url` to a list with these entries.
fn added(api: Api, url: &str, entries: &[DomainEntry], limits: Limits) -> Option<(String, Room)> {
    let decision = would_allow(api, url, entries, WssPorts::Any);
    let Addition { entry, room } = addition(decision.reason, api, url, entries, limits)?;
    Some((entry.to_string(), room))
}

#[test]
fn the_entry_to_add_is_named_where_adding_one_helps() {
    let entries = [entry(Api::Request, "https://a.example.com")];
    for (url, add) in [
        ("https://a.example.com/x", None),
        ("https://a.example.com:443/x", None),
        ("http://a.example.com/x", None),
        ("https://192.0.2.1/x", None),
        ("https://b.example.com/x?y=1", Some("https://b.example.com")),
        ("https://a.example.com:8443/x", Some("https://a.example.com:8443")),
        ("https://a.example.com.cn", Some("https://a.example.com.cn")),
    ] {
        let expected = add.map(|entry| (entry.to_owned(), Room::Left));
        assert_eq!(added(Api::Request, url, &entries, Limits::default()), expected, "{url}");
    }
}

#[test]
fn whatever_is_added_allows_the_url() {
    for url in ["https://b.example.com/x", "https://b.example.com:8443", "https://B.example.com:9/?q#f"] {
        let Addition { entry, .. } = addition(Host, Api::Upload, url, &[], Limits::default()).unwrap();
        assert!(would_allow(Api::Upload, url, &[entry], WssPorts::Any).allowed, "{url}");
    }
}

#[test]
fn a_list_has_room_up_to_its_own_limit() {
    let of = |api, count: u32| {
        let scheme = api_scheme(api);
        (0..count).map(move |number| entry(api, &format!("{scheme}n{number}.example.com")))
    };
    let raised = Limits::new(21).unwrap();
    for (api, count, limits, room) in [
        (Api::Request, 19, Limits::default(), Room::Left),
        (Api::Request, 20, Limits::default(), Room::Full { limit: 20 }),
        (Api::Request, 20, raised, Room::Left),
        (Api::Request, 21, raised, Room::Full { limit: 21 }),
        // More than there should be, since the limit was lowered.
        (Api::Request, 25, raised, Room::Full { limit: 21 }),
        (Api::Business, 299, Limits::default(), Room::Left),
        (Api::Business, 300, Limits::default(), Room::Full { limit: 300 }),
    ] {
        // Another list that is full takes nothing away.
        let entries: Vec<_> = of(api, count).chain(of(Api::Download, 20)).collect();
        let expected = Some(("https://new.example.org".to_owned(), room));
        assert_eq!(added(api, "https://new.example.org/x", &entries, limits), expected, "{count} of {api}");
    }
}

fn api_scheme(api: Api) -> String {
    api.scheme().map_or(String::new(), |scheme| format!("{scheme}://"))
}

#[test]
fn the_words_of_the_wire_are_fixed() {
    for reason in Reason::ALL {
        assert_eq!(serde_json::to_value(reason).unwrap(), reason.as_str());
    }
    let words = Reason::ALL.map(Reason::as_str).join(" ");
    assert_eq!(
        words,
        "allowed invalid_url scheme host subdomain port_missing port_unexpected explicit_443 wrong_list no_list"
    );
}

proptest! {
    #[test]
    fn any_text_is_judged_without_panic(url in any::<String>()) {
        check_promises(Api::Request, &url, WssPorts::Any)?;
    }

    #[test]
    fn what_looks_like_a_url_keeps_the_promises(
        api in proptest::sample::select(&Api::ALL),
        url in r"((https?|wss?|tcp):?[/\\]{0,3})?(u:p@)?(\[::1\]|(a\.|b\.|中国\.|%2e){0,2}(example\.com|cn|1)\.?)?(:[0-9]{0,5})?([/?#\\][a-z:/@\t]{0,6})?",
        strict in any::<bool>(),
    ) {
        check_promises(api, &url, if strict { WssPorts::Strict } else { WssPorts::Any })?;
    }
}

/// Exactly the allowed have a match; what is suggested is allowed; a near miss has a reason.
fn check_promises(api: Api, url: &str, wss_ports: WssPorts) -> Result<(), TestCaseError> {
    let scheme = api_scheme(api);
    let other = if api == Api::Upload { Api::Download } else { Api::Upload };
    let entries = [
        entry(api, &format!("{scheme}a.example.com")),
        entry(api, &format!("{scheme}xn--fiqs8s.cn")),
        entry(other, "https://b.example.com"),
    ];
    let decision = would_allow(api, url, &entries, wss_ports);
    prop_assert_eq!(decision.allowed, matches!(decision.reason, Allowed | NoList));
    prop_assert_eq!(decision.reason == NoList, decision.allowed && api == Api::Resource);
    prop_assert_eq!(decision.reason == Allowed, decision.matched_entry.is_some());
    prop_assert!(!decision.allowed || (decision.near_miss.is_none() && decision.suggestion.is_none()));
    prop_assert!(decision.near_miss.is_none_or(|miss| miss.reason != Allowed));
    if let Some(suggestion) = decision.suggestion {
        prop_assert!(would_allow(api, &suggestion, &entries, wss_ports).allowed, "{}", suggestion);
    }
    Ok(())
}

#[test]
fn what_has_no_list_needs_none() {
    let other = [entry(Api::Request, "https://a.example")];
    for (url, reason, suggestion) in [
        ("https://img.example/a.png", NoList, None),
        ("https://img.example:8443/a.png", NoList, None),
        ("http://img.example/a.png", Scheme, Some("https://img.example/a.png")),
        ("img.example/a.png", InvalidUrl, None),
    ] {
        let decision = would_allow(Api::Resource, url, &other, WssPorts::Any);
        assert_eq!((decision.reason, decision.allowed), (reason, reason == NoList), "{url}");
        assert_eq!(decision.suggestion.as_deref(), suggestion, "{url}");
        assert_eq!(addition(reason, Api::Resource, url, &other, Limits::default()), None, "{url}");
    }
}
