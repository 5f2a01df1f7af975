//! Whether a mini program may call a URL, by the lists it has: the exact rules of scheme, host and
//! port, and the entry that was nearly right.

mod target;

use serde::{Deserialize, Serialize};

use self::target::Target;
use crate::{
    DomainEntry, Host, Limits, Port,
    domain_entry::{Api, entry_named},
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
    /// WeChat keeps no list for it: nothing has to be configured.
    NoList,
}

impl Reason {
    /// All reasons.
    pub const ALL: [Self; 10] = [
        Self::Allowed,
        Self::InvalidUrl,
        Self::Scheme,
        Self::Host,
        Self::Subdomain,
        Self::PortMissing,
        Self::PortUnexpected,
        Self::Explicit443,
        Self::WrongList,
        Self::NoList,
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
            Self::NoList => "no_list",
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
            if api == Api::Resource {
                let suggestion = corrected.host().map(|_| corrected.to_string());
                return Decision { suggestion, ..refused(Reason::Scheme) };
            }
            wrongly(Reason::Scheme, &corrected, decide(api, &corrected, entries, wss_ports))
        }
        // Images and the like: the scheme is all that WeChat asks.
        _ if api == Api::Resource && target.host().is_some() => Decision { allowed: true, ..refused(Reason::NoList) },
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
        Reason::Allowed | Reason::NoList | Reason::InvalidUrl | Reason::Scheme | Reason::Explicit443 => None,
        Reason::Host | Reason::Subdomain | Reason::PortMissing | Reason::PortUnexpected | Reason::WrongList => {
            Some(Addition { entry: entry_named(api, url)?, room: Room::of(api, entries, limits) })
        }
    }
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
mod tests;
