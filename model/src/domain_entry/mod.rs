//! One entry of one of WeChat's domain lists, and the rules it must keep (WeChat open
//! documentation, "Network: server domain configuration").

mod judgement;
mod reading;

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

pub(crate) use self::judgement::entry_named;
pub use self::{
    judgement::{EntryJudgement, judge_entry, judge_list},
    reading::TypedUrl,
};
use crate::{Code, Finding, Host, HostPort, Port, ServerName, Severity, finding::UnknownWord};

/// A list of server domains, named after the API it opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Api {
    /// `wx.request`.
    Request,
    /// `wx.connectSocket`.
    Socket,
    /// `wx.uploadFile`.
    Upload,
    /// `wx.downloadFile`.
    Download,
    /// `wx.createUDPSocket`, base library 2.7.0 on.
    Udp,
    /// `wx.createTCPSocket`, base library 2.18.0 on.
    Tcp,
    /// DNS prefetch.
    #[serde(rename = "prefetch")]
    PrefetchDns,
    /// Pages in a web-view.
    Business,
    /// Images, audio, video: no list of WeChat's, but the same certificate rules.
    Resource,
}

impl Api {
    /// Every list, in the order of WeChat's console.
    pub const ALL: [Self; 9] = [
        Self::Request,
        Self::Socket,
        Self::Upload,
        Self::Download,
        Self::Udp,
        Self::Tcp,
        Self::PrefetchDns,
        Self::Business,
        Self::Resource,
    ];

    /// The word used on the wire, in the store and on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Socket => "socket",
            Self::Upload => "upload",
            Self::Download => "download",
            Self::Udp => "udp",
            Self::Tcp => "tcp",
            Self::PrefetchDns => "prefetch",
            Self::Business => "business",
            Self::Resource => "resource",
        }
    }

    /// The key in WeChat's HTTP API; none where WeChat keeps no list.
    pub const fn wechat_key(self) -> Option<&'static str> {
        match self {
            Self::Request => Some("requestdomain"),
            Self::Socket => Some("wsrequestdomain"),
            Self::Upload => Some("uploaddomain"),
            Self::Download => Some("downloaddomain"),
            Self::Udp => Some("udpdomain"),
            Self::Tcp => Some("tcpdomain"),
            Self::PrefetchDns => Some("prefetch_dns_domain"),
            Self::Business => Some("webviewdomain"),
            Self::Resource => None,
        }
    }

    /// The one scheme its entries take; none for bare hosts.
    pub const fn scheme(self) -> Option<&'static str> {
        match self {
            Self::Request | Self::Upload | Self::Download | Self::Business | Self::Resource => Some("https"),
            Self::Socket => Some("wss"),
            Self::Udp => Some("udp"),
            Self::Tcp => Some("tcp"),
            Self::PrefetchDns => None,
        }
    }

    /// Whether an entry may name a port.
    const fn takes_port(self) -> bool {
        !matches!(self, Self::PrefetchDns | Self::Business)
    }

    /// Whether what the entry names speaks TLS, so that Hufu can probe it.
    const fn is_tls(self) -> bool {
        !matches!(self, Self::Udp | Self::Tcp | Self::PrefetchDns)
    }
}

impl FromStr for Api {
    type Err = UnknownWord;

    /// Takes Hufu's word, WeChat's key, or the name of the JavaScript function.
    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        let bare = word.strip_prefix("wx.").unwrap_or(word);
        Self::ALL
            .into_iter()
            .find(|api| api.as_str() == bare || api.wechat_key() == Some(bare))
            .or(match bare {
                "uploadFile" => Some(Self::Upload),
                "downloadFile" => Some(Self::Download),
                "connectSocket" => Some(Self::Socket),
                "createUDPSocket" => Some(Self::Udp),
                "createTCPSocket" => Some(Self::Tcp),
                _ => None,
            })
            .ok_or_else(|| UnknownWord(word.to_owned()))
    }
}

impl fmt::Display for Api {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What was typed for one list, as it would be typed for another: the scheme changes with the list,
/// if it was the right one.
pub fn moved(typed: &str, from: Api, to: Api) -> String {
    let bare = match from.scheme() {
        Some(scheme) => match typed.trim().strip_prefix(scheme).and_then(|rest| rest.strip_prefix("://")) {
            Some(bare) => bare,
            None => return typed.to_owned(),
        },
        // With a scheme it was typed for the other list already.
        None if typed.contains("://") => return typed.to_owned(),
        None => typed.trim(),
    };
    match to.scheme() {
        Some(scheme) => format!("{scheme}://{bare}"),
        None => bare.to_owned(),
    }
}

/// An entry that WeChat would take. It cannot hold an invalid value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DomainEntry {
    api: Api,
    host: Host,
    port: Option<Port>,
}

impl DomainEntry {
    /// The list it belongs to.
    pub const fn api(&self) -> Api {
        self.api
    }

    /// Its host.
    pub const fn host(&self) -> &Host {
        &self.host
    }

    /// Its port, where one is written.
    pub const fn port(&self) -> Option<Port> {
        self.port
    }

    /// Where it is served, if that is TLS: its port, or 443.
    pub fn endpoint(&self) -> Option<HostPort> {
        self.api
            .is_tls()
            .then(|| HostPort { host: ServerName::Dns(self.host.clone()), port: self.port.unwrap_or(Port::HTTPS) })
    }

    /// Warnings that stand against an accepted entry for as long as it is in the list.
    pub fn standing_findings(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        if self.host.as_str().split('.').any(|label| label.starts_with("xn--")) {
            findings.push(judgement::about(
                Code::RuleIdn,
                Severity::Warning,
                self.host.unicode(),
                None,
                Some(self.to_string()),
            ));
        }
        let without = self.without_443();
        if without != *self {
            findings.push(judgement::about(
                Code::RuleExplicit443,
                Severity::Warning,
                self.to_string(),
                Some(":443".to_owned()),
                Some(without.to_string()),
            ));
        }
        findings
    }

    /// The same without a port that TLS is served on anyway. To WeChat that is another entry.
    fn without_443(&self) -> Self {
        let is_needless = self.port == Some(Port::HTTPS) && matches!(self.api.scheme(), Some("https" | "wss"));
        Self { port: self.port.filter(|_| !is_needless), ..self.clone() }
    }

    /// Reads an entry that was stored or sent in its normalised form.
    ///
    /// # Errors
    /// The findings of the text, when WeChat would not take it.
    pub fn parse(api: Api, text: &str) -> Result<Self, Vec<Finding>> {
        let judgement = judge_entry(api, text);
        judgement.entry.ok_or(judgement.findings)
    }
}

impl fmt::Display for DomainEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(scheme) = self.api.scheme() {
            write!(f, "{scheme}://")?;
        }
        self.host.fmt(f)?;
        match self.port {
            Some(port) => write!(f, ":{port}"),
            None => Ok(()),
        }
    }
}

#[derive(Serialize, Deserialize)]
struct WireEntry {
    api: Api,
    entry: String,
}

impl Serialize for DomainEntry {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        WireEntry { api: self.api, entry: self.to_string() }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for DomainEntry {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let wire = WireEntry::deserialize(deserializer)?;
        Self::parse(wire.api, &wire.entry)
            .map_err(|_| serde::de::Error::custom(format_args!("{:?} is no {} entry", wire.entry, wire.api)))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn the_scheme_changes_with_the_list() {
        for (typed, from, to, expected) in [
            ("https://a.example:8443", Api::Request, Api::Socket, "wss://a.example:8443"),
            ("https://a.example", Api::Request, Api::Upload, "https://a.example"),
            ("https://a.example", Api::Request, Api::PrefetchDns, "a.example"),
            (" a.example", Api::PrefetchDns, Api::Udp, "udp://a.example"),
            ("udp://a.example", Api::PrefetchDns, Api::Udp, "udp://a.example"),
            ("http://a.example", Api::Request, Api::Socket, "http://a.example"),
            ("a.example", Api::Request, Api::Socket, "a.example"),
        ] {
            assert_eq!(moved(typed, from, to), expected);
        }
    }

    #[test]
    fn a_list_is_known_by_hufu_s_word_by_wechat_s_key_and_by_the_function() {
        for api in Api::ALL {
            assert_eq!(api.as_str().parse(), Ok(api));
            assert_eq!(serde_json::to_value(api).unwrap(), api.as_str());
            if let Some(key) = api.wechat_key() {
                assert_eq!(key.parse(), Ok(api));
            }
        }
        for (word, api) in [
            ("uploadFile", Some(Api::Upload)),
            ("downloadFile", Some(Api::Download)),
            ("connectSocket", Some(Api::Socket)),
            ("wx.request", Some(Api::Request)),
            ("REQUEST", None),
            ("", None),
        ] {
            assert_eq!(word.parse::<Api>().ok(), api, "{word}");
        }
    }

    #[test]
    fn an_entry_is_served_on_its_port_or_443_if_it_speaks_tls() {
        for (api, text, endpoint) in [
            (Api::Request, "https://a.example.com", Some("a.example.com:443")),
            (Api::Request, "https://a.example.com:8443", Some("a.example.com:8443")),
            (Api::Socket, "wss://a.example.com", Some("a.example.com:443")),
            (Api::Business, "https://a.example.com", Some("a.example.com:443")),
            (Api::Resource, "https://a.example.com", Some("a.example.com:443")),
            (Api::Udp, "udp://a.example.com:9000", None),
            (Api::Tcp, "tcp://a.example.com:9000", None),
            (Api::PrefetchDns, "a.example.com", None),
        ] {
            let entry = DomainEntry::parse(api, text).unwrap();
            assert_eq!(entry.endpoint().map(|endpoint| endpoint.to_string()).as_deref(), endpoint, "{text}");
            assert_eq!(entry.to_string(), text);
        }
    }

    #[test]
    fn an_entry_on_the_wire_is_checked_like_one_that_was_typed() {
        let entry = DomainEntry::parse(Api::Socket, "wss://a.example.com:8443").unwrap();
        let wire = serde_json::to_string(&entry).unwrap();
        assert_eq!(wire, r#"{"api":"socket","entry":"wss://a.example.com:8443"}"#);
        assert_eq!(serde_json::from_str::<DomainEntry>(&wire).unwrap(), entry);
        assert!(serde_json::from_str::<DomainEntry>(r#"{"api":"socket","entry":"https://a.example.com"}"#).is_err());
    }

    #[test]
    fn a_warning_stands_for_as_long_as_the_entry_does() {
        for (api, text, codes) in [
            (Api::Request, "https://a.example.com", &[][..]),
            (Api::Request, "https://a.example.com:8443", &[]),
            (Api::Request, "https://a.example.com:443", &[Code::RuleExplicit443]),
            (Api::Socket, "wss://xn--fiqs8s.cn:443", &[Code::RuleIdn, Code::RuleExplicit443]),
            (Api::Tcp, "tcp://a.example.com:443", &[]),
        ] {
            let findings = DomainEntry::parse(api, text).unwrap().standing_findings();
            assert!(findings.iter().all(|finding| finding.severity == Severity::Warning));
            assert_eq!(findings.iter().map(|finding| finding.code).collect::<Vec<_>>(), codes, "{text}");
        }
    }
}
