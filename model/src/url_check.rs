//! Whether a mini program may call a URL, by the lists it has: the exact rules of scheme, host and
//! port, and the entry that was nearly right.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::{DomainEntry, Host, Port, domain_entry::Api};

/// Longest URL worth judging, in bytes.
const URL_MOST: usize = 8192;

/// How WeChat treats ports of `wss` URLs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WssPorts {
    /// Documents since about 2019: an entry without a port allows every port.
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
pub fn would_allow(api: Api, url: &str, entries: &[DomainEntry], wss_ports: WssPorts) -> Decision {
    let Some(target) = Target::parse(url) else { return refused(Reason::InvalidUrl) };
    let scheme_fits = api.scheme().is_none_or(|scheme| scheme == target.scheme);
    if !scheme_fits {
        let suggestion = api.scheme().map(|scheme| target.written_with(scheme, target.port));
        return Decision { suggestion, ..refused(Reason::Scheme) };
    }
    let Some(host) = &target.host else { return refused(Reason::Host) };

    let mut nearest: Option<NearMiss> = None;
    for entry in entries.iter().filter(|entry| entry.api() == api) {
        match compare(entry, host, target.port, wss_ports) {
            Reason::Allowed => return allowed(entry),
            reason => {
                let closer = nearest.as_ref().is_none_or(|nearest| closeness(reason) > closeness(nearest.reason));
                if closer && reason != Reason::Host {
                    nearest = Some(NearMiss { entry: entry.clone(), reason });
                }
            }
        }
    }
    // A port that is off in the right list says more than a match in another one.
    let port_is_off = nearest.as_ref().is_some_and(|miss| closeness(miss.reason) > closeness(Reason::WrongList));
    if !port_is_off {
        let elsewhere = entries
            .iter()
            .find(|entry| entry.api() != api && compare(entry, host, target.port, wss_ports) == Reason::Allowed);
        if let Some(entry) = elsewhere {
            nearest = Some(NearMiss { entry: entry.clone(), reason: Reason::WrongList });
        }
    }
    let Some(miss) = nearest else { return refused(Reason::Host) };
    let suggestion = match miss.reason {
        Reason::PortMissing | Reason::PortUnexpected | Reason::Explicit443 => {
            Some(target.written_with(&target.scheme, miss.entry.port()))
        }
        _ => None,
    };
    Decision { suggestion, near_miss: Some(miss.clone()), ..refused(miss.reason) }
}

/// How near an entry came; the order decides which near miss is named.
const fn closeness(reason: Reason) -> u8 {
    match reason {
        Reason::Explicit443 => 5,
        Reason::PortMissing | Reason::PortUnexpected => 4,
        Reason::WrongList => 3,
        Reason::Subdomain => 2,
        _ => 0,
    }
}

fn compare(entry: &DomainEntry, host: &Host, port: Option<Port>, wss_ports: WssPorts) -> Reason {
    let covered = entry.api() == Api::Business && is_below(host, entry.host());
    if entry.host() != host && !covered {
        let related = is_below(host, entry.host()) || is_below(entry.host(), host);
        return if related { Reason::Subdomain } else { Reason::Host };
    }
    let any_port = entry.api() == Api::Socket && wss_ports == WssPorts::Any && entry.port().is_none();
    match (entry.port(), port) {
        (Some(wanted), Some(port)) if wanted == port => Reason::Allowed,
        (None, None) => Reason::Allowed,
        _ if any_port => Reason::Allowed,
        (Some(_), None) => Reason::PortMissing,
        (None, Some(Port::HTTPS)) => Reason::Explicit443,
        (_, Some(_)) => Reason::PortUnexpected,
    }
}

/// Whether `child` is a proper subdomain of `parent`.
fn is_below(child: &Host, parent: &Host) -> bool {
    child.as_str().strip_suffix(parent.as_str()).is_some_and(|rest| rest.ends_with('.'))
}

fn allowed(entry: &DomainEntry) -> Decision {
    Decision {
        allowed: true,
        reason: Reason::Allowed,
        matched_entry: Some(entry.clone()),
        near_miss: None,
        suggestion: None,
    }
}

const fn refused(reason: Reason) -> Decision {
    Decision { allowed: false, reason, matched_entry: None, near_miss: None, suggestion: None }
}

/// A URL taken apart, with the port as written: the `url` crate, like a browser, drops a default
/// port, and WeChat does not.
struct Target {
    scheme: String,
    /// None for an IP address, which no entry can have.
    host: Option<Host>,
    host_text: String,
    port: Option<Port>,
    rest: String,
}

impl Target {
    fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.len() > URL_MOST {
            return None;
        }
        // The parser vets what the hand-made split below relies on.
        let url = url::Url::parse(text).ok()?;
        if !matches!(url.scheme(), "http" | "https" | "ws" | "wss") && url.host_str().is_none() {
            return None;
        }
        let (_, after_scheme) = text.split_once(':')?;
        let after_scheme = after_scheme.trim_start_matches(['/', '\\']);
        let end = after_scheme.find(['/', '\\', '?', '#']).unwrap_or(after_scheme.len());
        let (authority, rest) = after_scheme.split_at(end);
        let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);

        let (host_text, port_text) = match authority.rfind(':') {
            Some(colon) if !authority[colon..].contains(']') => (&authority[..colon], Some(&authority[colon + 1..])),
            _ => (authority, None),
        };
        let port = match port_text {
            None | Some("") => None,
            Some(port) => Some(port.parse().ok()?),
        };
        let host_text = url.host_str().filter(|_| !host_text.is_empty())?.to_owned();
        let is_address = host_text.trim_matches(['[', ']']).parse::<IpAddr>().is_ok();
        let host = if is_address { None } else { Some(host_text.parse().ok()?) };
        Some(Self { scheme: url.scheme().to_owned(), host, host_text, port, rest: rest.to_owned() })
    }

    fn written_with(&self, scheme: &str, port: Option<Port>) -> String {
        let port = port.map_or(String::new(), |port| format!(":{port}"));
        format!("{scheme}://{}{port}{}", self.host_text, self.rest)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use Reason::*;

    fn entry(api: Api, text: &str) -> DomainEntry {
        DomainEntry::parse(api, text).unwrap()
    }

    #[test]
    fn the_port_rule_is_exact() {
        let plain = [entry(Api::Request, "https://a.example.com")];
        let with_port = [entry(Api::Request, "https://a.example.com:8080")];
        let with_443 = [entry(Api::Request, "https://a.example.com:443")];
        for (entries, url, reason) in [
            (&plain, "https://a.example.com", Allowed),
            (&plain, "https://a.example.com/v1?q=1#f", Allowed),
            (&plain, "https://A.EXAMPLE.com/v1", Allowed),
            (&plain, "https://a.example.com:443/v1", Explicit443),
            (&plain, "https://a.example.com:8080", PortUnexpected),
            (&plain, "http://a.example.com", Scheme),
            (&plain, "https://b.a.example.com", Subdomain),
            (&plain, "https://example.com", Subdomain),
            (&plain, "https://other.example.org", Host),
            (&plain, "https://xa.example.com", Host),
            (&plain, "https://192.0.2.1/", Host),
            (&plain, "https://[2001:db8::1]:443/", Host),
            (&plain, "not a url", InvalidUrl),
            (&plain, "https://", InvalidUrl),
            (&plain, "https://a.example.com:99999", InvalidUrl),
            (&with_port, "https://a.example.com:8080/x", Allowed),
            (&with_port, "https://a.example.com/x", PortMissing),
            (&with_port, "https://a.example.com:443/x", PortUnexpected),
            (&with_port, "https://a.example.com:9091", PortUnexpected),
            (&with_443, "https://a.example.com:443", Allowed),
            (&with_443, "https://a.example.com", PortMissing),
        ] {
            let decision = would_allow(Api::Request, url, entries, WssPorts::Any);
            assert_eq!(decision.reason, reason, "{url} against {}", entries[0]);
            assert_eq!(decision.allowed, reason == Allowed, "{url}");
        }
    }

    #[test]
    fn a_correction_of_the_port_is_offered_and_passes() {
        let entries = [entry(Api::Request, "https://a.example.com:8080")];
        for url in ["https://a.example.com/x?y", "https://a.example.com:443/x?y"] {
            let suggestion = would_allow(Api::Request, url, &entries, WssPorts::Any).suggestion.unwrap();
            assert_eq!(suggestion, "https://a.example.com:8080/x?y");
            assert!(would_allow(Api::Request, &suggestion, &entries, WssPorts::Any).allowed);
        }
    }

    #[test]
    fn sockets_take_any_port_unless_strict() {
        let entries = [entry(Api::Socket, "wss://a.example.com")];
        for (url, any, strict) in [
            ("wss://a.example.com", Allowed, Allowed),
            ("wss://a.example.com:443/s", Allowed, Explicit443),
            ("wss://a.example.com:9000/s", Allowed, PortUnexpected),
            ("ws://a.example.com", Scheme, Scheme),
        ] {
            assert_eq!(would_allow(Api::Socket, url, &entries, WssPorts::Any).reason, any, "{url}");
            assert_eq!(would_allow(Api::Socket, url, &entries, WssPorts::Strict).reason, strict, "{url}");
        }
    }

    #[test]
    fn the_wrong_list_is_named_unless_a_port_is_off_in_the_right_one() {
        let upload = entry(Api::Upload, "https://a.example.com");
        let decision = would_allow(Api::Request, "https://a.example.com/", &[upload.clone()], WssPorts::Any);
        assert_eq!(decision.reason, WrongList);
        assert_eq!(decision.near_miss.unwrap().entry, upload);

        let both = [upload, entry(Api::Request, "https://a.example.com:8080")];
        assert_eq!(would_allow(Api::Request, "https://a.example.com/", &both, WssPorts::Any).reason, PortMissing);
    }

    #[test]
    fn a_business_domain_covers_its_subdomains() {
        let entries = [entry(Api::Business, "https://example.com")];
        assert!(would_allow(Api::Business, "https://www.example.com/page", &entries, WssPorts::Any).allowed);
        assert!(!would_allow(Api::Business, "https://badexample.com/page", &entries, WssPorts::Any).allowed);
    }
}
