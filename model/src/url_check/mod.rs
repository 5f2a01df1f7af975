//! Whether a mini program may call a URL, by the lists it has: the exact rules of scheme, host and
//! port, and the entry that was nearly right.

mod target;

use serde::{Deserialize, Serialize};

use self::target::Target;
use crate::{
    DomainEntry, Host, Limits, Port,
    domain_entry::{Api, judge_entry},
};

/// How WeChat treats ports of `wss` URLs. An entry that has a port is matched exactly under either:
/// the documents loosen the rule for entries without one, and say nothing of the others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WssPorts {
    /// Documents since about 2019: no port need be configured, and every port is then allowed.
    #[default]
    Any,
    /// Documents of 2018, and field reports since: the same rule as for https.
    Strict,
}

/// The answer for one URL.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// Whether the call goes through.
    pub allowed: bool,
    /// Why, or why not.
    pub reason: Reason,
    /// The entry that allows it.
    pub matched_entry: Option<DomainEntry>,
    /// The entry that comes closest, when none allows it.
    pub near_miss: Option<NearMiss>,
    /// What to write instead: the URL that would pass, where it is obvious.
    pub suggestion: Option<String>,
}

/// The entry that comes closest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NearMiss {
    /// The entry.
    pub entry: DomainEntry,
    /// Why it does not match.
    pub reason: Reason,
}

/// Why a URL is allowed or refused. The words are an interface: scripts compare them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// An entry matches.
    Allowed,
    /// Not a URL that can be called at all.
    InvalidUrl,
    /// The list takes another scheme.
    Scheme,
    /// No entry has this host.
    Host,
    /// An entry has a parent or a child of this host; WeChat matches hosts exactly.
    Subdomain,
    /// The entry has a port and the URL has none.
    PortMissing,
    /// The URL has a port that the entry has not.
    PortUnexpected,
    /// The URL writes out `:443` and the entry does not.
    #[serde(rename = "explicit_443")]
    Explicit443,
    /// An entry of another list matches.
    WrongList,
}

impl Reason {
    /// All reasons.
    pub const ALL: [Self; 9] = [
        Self::Allowed,
        Self::InvalidUrl,
        Self::Scheme,
        Self::Host,
        Self::Subdomain,
        Self::PortMissing,
        Self::PortUnexpected,
        Self::Explicit443,
        Self::WrongList,
    ];

    /// The word used on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::InvalidUrl => "invalid_url",
            Self::Scheme => "scheme",
            Self::Host => "host",
            Self::Subdomain => "subdomain",
            Self::PortMissing => "port_missing",
            Self::PortUnexpected => "port_unexpected",
            Self::Explicit443 => "explicit_443",
            Self::WrongList => "wrong_list",
        }
    }
}

/// Whether `url` may be called through `api` by a mini program with these entries, of all lists.
///
/// The list of the API decides. When none of its entries matches, the reason is that of the entry
/// that comes closest: a port that is off, then the right host in the wrong list, then a subdomain.
pub fn would_allow(api: Api, url: &str, entries: &[DomainEntry], wss_ports: WssPorts) -> Decision {
    let Some(target) = Target::parse(url) else {
        return Decision { suggestion: with_scheme_added(api, url, entries, wss_ports), ..refused(Reason::InvalidUrl) };
    };
    match api.scheme() {
        Some(wanted) if wanted != target.scheme() => {
            let corrected = target.with_scheme(wanted);
            wrongly(Reason::Scheme, &corrected, decide(api, &corrected, entries, wss_ports))
        }
        _ => decide(api, &target, entries, wss_ports),
    }
}

/// Adding an entry, as a way out for a URL that is refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Addition {
    /// The entry of the list that would allow the URL.
    pub entry: DomainEntry,
    /// Whether the list takes it.
    pub room: Room,
}

/// Whether a list takes another entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Room {
    /// It does.
    Left,
    /// It holds as many as it may.
    Full {
        /// How many it may hold.
        limit: u32,
    },
}

impl Room {
    /// In the list of `api`, of a mini program with these entries, of all lists.
    pub fn of(api: Api, entries: &[DomainEntry], limits: Limits) -> Self {
        let used = entries.iter().filter(|entry| entry.api() == api).count();
        match limits.limit(api) {
            Some(limit) if u32::try_from(used).is_ok_and(|used| used < limit) => Self::Left,
            Some(limit) => Self::Full { limit },
            None => Self::Left,
        }
    }
}

/// The entry to add so that `url`, of which [`would_allow`] said `reason`, may be called; none where
/// it may be already, or where the URL itself is what has to change.
pub fn addition(reason: Reason, api: Api, url: &str, entries: &[DomainEntry], limits: Limits) -> Option<Addition> {
    match reason {
        Reason::Allowed | Reason::InvalidUrl | Reason::Scheme | Reason::Explicit443 => None,
        Reason::Host | Reason::Subdomain | Reason::PortMissing | Reason::PortUnexpected | Reason::WrongList => {
            Some(Addition { entry: entry_for(url, api)?, room: Room::of(api, entries, limits) })
        }
    }
}

/// The entry of this list that names the server of `url`.
fn entry_for(url: &str, api: Api) -> Option<DomainEntry> {
    let judgement = judge_entry(api, url);
    judgement.entry.or_else(|| DomainEntry::parse(api, &judgement.suggestion?).ok())
}

fn decide(api: Api, target: &Target, entries: &[DomainEntry], wss_ports: WssPorts) -> Decision {
    if let Some(corrected) = target.without_trailing_dot() {
        // A name with its root dot resolves alike, but is not the text that was configured.
        return wrongly(Reason::Host, &corrected, decide(api, &corrected, entries, wss_ports));
    }
    let Some(host) = target.host() else { return refused(Reason::Host) };

    let mut nearest: Option<NearMiss> = None;
    for entry in entries.iter().filter(|entry| entry.api() == api) {
        match compare(entry, host, target.port(), wss_ports) {
            Reason::Allowed => return allowed(entry),
            reason => nearest = closer(nearest, entry, reason),
        }
    }
    for entry in entries.iter().filter(|entry| entry.api() != api && grants(entry.api())) {
        if compare(entry, host, target.port(), wss_ports) == Reason::Allowed {
            nearest = closer(nearest, entry, Reason::WrongList);
        }
    }
    let Some(miss) = nearest else { return refused(Reason::Host) };
    let suggestion = match miss.reason {
        Reason::PortMissing | Reason::PortUnexpected | Reason::Explicit443 => {
            Some(target.with_port(miss.entry.port()).to_string())
        }
        _ => None,
    };
    Decision { suggestion, near_miss: Some(miss.clone()), ..refused(miss.reason) }
}

/// Whether an entry of the list lets anything through: names resolved ahead and other resources
/// are no leave to call.
const fn grants(api: Api) -> bool {
    !matches!(api, Api::PrefetchDns | Api::Resource)
}

/// The decision for a URL that is wrong in itself, given that for the URL put right.
fn wrongly(reason: Reason, corrected: &Target, decision: Decision) -> Decision {
    match decision.matched_entry {
        Some(entry) => Decision {
            near_miss: Some(NearMiss { entry, reason }),
            suggestion: Some(corrected.to_string()),
            ..refused(reason)
        },
        None => Decision { near_miss: decision.near_miss, suggestion: decision.suggestion, ..refused(reason) },
    }
}

fn with_scheme_added(api: Api, text: &str, entries: &[DomainEntry], wss_ports: WssPorts) -> Option<String> {
    let target = Target::parse(&format!("{}://{}", api.scheme()?, text.trim().trim_start_matches('/')))?;
    let decision = decide(api, &target, entries, wss_ports);
    if decision.allowed { Some(target.to_string()) } else { None }
}

/// The nearer of two misses; the first in the order of the document when they are alike.
fn closer(nearest: Option<NearMiss>, entry: &DomainEntry, reason: Reason) -> Option<NearMiss> {
    let beaten = nearest.as_ref().map_or(0, |miss| closeness(miss.reason));
    if closeness(reason) > beaten { Some(NearMiss { entry: entry.clone(), reason }) } else { nearest }
}

/// How near an entry came; 0 for not near at all.
const fn closeness(reason: Reason) -> u8 {
    match reason {
        Reason::Explicit443 => 4,
        Reason::PortMissing | Reason::PortUnexpected => 3,
        Reason::WrongList => 2,
        Reason::Subdomain => 1,
        _ => 0,
    }
}

fn compare(entry: &DomainEntry, host: &Host, port: Option<Port>, wss_ports: WssPorts) -> Reason {
    let covered = entry.api() == Api::Business && is_below(host, entry.host());
    if entry.host() != host && !covered {
        let related = is_below(host, entry.host()) || is_below(entry.host(), host);
        return if related { Reason::Subdomain } else { Reason::Host };
    }
    match (entry.port(), port) {
        // What is resolved ahead is a name; ports play no part.
        _ if entry.api() == Api::PrefetchDns => Reason::Allowed,
        (None, None) => Reason::Allowed,
        (Some(wanted), Some(port)) if wanted == port => Reason::Allowed,
        (None, Some(_)) if entry.api() == Api::Socket && wss_ports == WssPorts::Any => Reason::Allowed,
        (None, Some(Port::HTTPS)) => Reason::Explicit443,
        (Some(_), None) => Reason::PortMissing,
        (_, Some(_)) => Reason::PortUnexpected,
    }
}

/// Whether `child` is a proper subdomain of `parent`.
fn is_below(child: &Host, parent: &Host) -> bool {
    child.as_str().strip_suffix(parent.as_str()).is_some_and(|rest| rest.ends_with('.'))
}

fn allowed(entry: &DomainEntry) -> Decision {
    Decision { allowed: true, matched_entry: Some(entry.clone()), ..refused(Reason::Allowed) }
}

const fn refused(reason: Reason) -> Decision {
    Decision { allowed: false, reason, matched_entry: None, near_miss: None, suggestion: None }
}

#[cfg(test)]
mod tests {
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
        for (url, strict) in
            [("wss://a.example.com:443/s", Explicit443), ("wss://a.example.com:9000/s", PortUnexpected)]
        {
            check(Api::Socket, &entries, WssPorts::Any, &[(url, Allowed)]);
            check(Api::Socket, &entries, WssPorts::Strict, &[(url, strict)]);
        }
    }

    #[test]
    fn the_loose_port_rule_is_for_sockets_alone() {
        check(
            Api::Upload,
            &["https://a.example.com"],
            WssPorts::Any,
            &[("https://a.example.com:9000", PortUnexpected)],
        );
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
            &[
                ("https://a.example.com:8443/", Allowed),
                ("wss://a.example.com", Allowed),
                ("https://b.example.com", Host),
            ],
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
            assert_eq!(
                would_allow(Api::Request, url, &entries, WssPorts::Any).suggestion.as_deref(),
                suggestion,
                "{url}"
            );
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
            (Api::Resource, 500, Limits::default(), Room::Left),
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
            "allowed invalid_url scheme host subdomain port_missing port_unexpected explicit_443 wrong_list"
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
        prop_assert_eq!(decision.allowed, decision.reason == Allowed);
        prop_assert_eq!(decision.allowed, decision.matched_entry.is_some());
        prop_assert!(!decision.allowed || (decision.near_miss.is_none() && decision.suggestion.is_none()));
        prop_assert!(decision.near_miss.is_none_or(|miss| miss.reason != Allowed));
        if let Some(suggestion) = decision.suggestion {
            prop_assert!(would_allow(api, &suggestion, &entries, wss_ports).allowed, "{}", suggestion);
        }
        Ok(())
    }
}
