//! One entry of one of WeChat's domain lists, and the rules it must keep (WeChat open
//! documentation, "Network: server domain configuration").

use std::{collections::BTreeSet, fmt, net::IpAddr, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{Code, Evidence, Finding, Host, HostPort, Limits, Port, ServerName, Severity, finding::UnknownWord};

/// Longest line worth judging, in bytes.
const INPUT_MOST: usize = 1024;

/// WeChat's own API, which a mini program must never call itself: the AppSecret belongs on a server.
const FORBIDDEN_HOST: &str = "api.weixin.qq.com";

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
        Self::ALL
            .into_iter()
            .find(|api| api.as_str() == word || api.wechat_key() == Some(word))
            .or(match word {
                "uploadFile" => Some(Self::Upload),
                "downloadFile" => Some(Self::Download),
                "connectSocket" => Some(Self::Socket),
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
            findings.push(about(Code::RuleIdn, Severity::Warning, self.host.unicode(), None, Some(self.to_string())));
        }
        if self.port == Some(Port::HTTPS) && matches!(self.api.scheme(), Some("https" | "wss")) {
            let without = Self { port: None, ..self.clone() };
            findings.push(about(
                Code::RuleExplicit443,
                Severity::Warning,
                self.to_string(),
                Some(":443".to_owned()),
                Some(without.to_string()),
            ));
        }
        findings
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

/// What WeChat's rules say of one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryJudgement {
    /// The line, as typed.
    pub input: String,
    /// The list it is meant for.
    pub api: Api,
    /// The entry, when no finding is an error.
    pub entry: Option<DomainEntry>,
    /// Everything that is wrong, or worth knowing.
    pub findings: Vec<Finding>,
    /// The corrected entry, where it is obvious and differs from the input.
    pub suggestion: Option<String>,
}

impl EntryJudgement {
    /// Whether WeChat would take the line.
    pub const fn accepted(&self) -> bool {
        self.entry.is_some()
    }
}

/// Judges one line on its own.
pub fn judge_entry(api: Api, input: &str) -> EntryJudgement {
    let reading = Reading::of(api, input);
    let entry = reading.corrected();
    let refused = reading.problems.iter().any(|(_, severity, _)| *severity == Severity::Error);
    let suggestion = entry.as_ref().map(DomainEntry::to_string).filter(|suggestion| suggestion != input.trim());

    let mut findings: Vec<_> = reading
        .problems
        .iter()
        .map(|(code, severity, offending)| {
            about(*code, *severity, bounded(input), offending.clone(), suggestion.clone())
        })
        .collect();
    let accepted = if refused { None } else { entry };
    if let Some(entry) = &accepted {
        findings.extend(entry.standing_findings());
    }
    EntryJudgement { input: input.to_owned(), api, entry: accepted, findings, suggestion }
}

/// Judges lines that are to join a list: each on its own, against the entries there, against each
/// other, and against the limit.
pub fn judge_list<'a>(
    api: Api,
    inputs: impl IntoIterator<Item = &'a str>,
    existing: &[DomainEntry],
    limits: &Limits,
) -> Vec<EntryJudgement> {
    let mut taken: BTreeSet<DomainEntry> = existing.iter().filter(|entry| entry.api == api).cloned().collect();
    let limit = limits.limit(api);
    inputs
        .into_iter()
        .map(|input| {
            let mut judgement = judge_entry(api, input);
            let Some(entry) = judgement.entry.take() else { return judgement };
            if taken.contains(&entry) {
                judgement.findings.push(about(Code::RuleDuplicate, Severity::Error, entry.to_string(), None, None));
                return judgement;
            }
            let used = u32::try_from(taken.len()).unwrap_or(u32::MAX).saturating_add(1);
            if let Some(limit) = limit.filter(|limit| used > *limit) {
                let evidence = Evidence::Quota { api, used, limit };
                judgement.findings.push(Finding::everywhere(Code::RuleOverLimit, Severity::Error, evidence));
                return judgement;
            }
            taken.insert(entry.clone());
            judgement.entry = Some(entry);
            judgement
        })
        .collect()
}

/// A line taken apart, with what is wrong in each part.
struct Reading {
    api: Api,
    host: Option<Host>,
    port: Option<Port>,
    problems: Vec<(Code, Severity, Option<String>)>,
    /// Whether dropping the offending part leaves an entry that is meant beyond doubt.
    obvious: Obvious,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Obvious {
    Yes,
    No,
}

impl Reading {
    fn of(api: Api, input: &str) -> Self {
        let mut reading = Self { api, host: None, port: None, problems: Vec::new(), obvious: Obvious::Yes };
        if input.len() > INPUT_MOST {
            reading.beyond_repair(Code::RuleCharacter, None);
            return reading;
        }
        let narrow: String = input.trim().chars().map(half_width).collect();
        if narrow != input.trim() {
            reading.error(Code::RuleCharacter, input.chars().find(|character| half_width(*character) != *character));
        }
        let authority = reading.scheme(&narrow).to_owned();
        let authority = reading.path(&authority).to_owned();
        let host = reading.port(&authority).to_owned();
        reading.host(&host);
        reading
    }

    fn error(&mut self, code: Code, offending: Option<impl ToString>) {
        self.problems.push((code, Severity::Error, offending.map(|offending| offending.to_string())));
    }

    fn beyond_repair(&mut self, code: Code, offending: Option<String>) {
        self.error(code, offending);
        self.obvious = Obvious::No;
    }

    /// Checks the scheme and returns what follows it.
    fn scheme<'a>(&mut self, text: &'a str) -> &'a str {
        let (scheme, rest) = match text.split_once("://") {
            Some((scheme, rest)) => (Some(scheme), rest),
            None => (None, text.strip_prefix("//").unwrap_or(text)),
        };
        match (scheme, self.api.scheme()) {
            (Some(scheme), Some(wanted)) if scheme.eq_ignore_ascii_case(wanted) => {}
            (None, None) => {}
            (Some(scheme), _) => {
                self.error(Code::RuleScheme, Some(format!("{scheme}://")));
                let known = ["http", "https", "ws", "wss", "tcp", "udp"];
                if !known.iter().any(|known| scheme.eq_ignore_ascii_case(known)) {
                    self.obvious = Obvious::No;
                }
            }
            (None, Some(_)) => self.error(Code::RuleScheme, None::<&str>),
        }
        rest
    }

    /// Drops path, query, fragment and user info, and returns host and port.
    fn path<'a>(&mut self, text: &'a str) -> &'a str {
        let end = text.find(['/', '\\', '?', '#']).unwrap_or(text.len());
        let (authority, path) = text.split_at(end);
        if !path.is_empty() {
            self.error(Code::RulePath, Some(path));
        }
        match authority.rsplit_once('@') {
            Some((user_info, host)) => {
                self.error(Code::RulePath, Some(format!("{user_info}@")));
                host
            }
            None => authority,
        }
    }

    /// Reads the port and returns the host.
    fn port<'a>(&mut self, text: &'a str) -> &'a str {
        if text.starts_with('[') || text.matches(':').count() > 1 {
            return text;
        }
        let Some((host, port)) = text.split_once(':') else { return text };
        match port.parse::<Port>() {
            Ok(_) if !self.api.takes_port() => self.error(Code::RulePort, Some(format!(":{port}"))),
            Ok(port) => self.port = Some(port),
            Err(_) if port.is_empty() => self.error(Code::RulePort, Some(":")),
            Err(_) => self.beyond_repair(Code::RulePort, Some(format!(":{port}"))),
        }
        host
    }

    fn host(&mut self, text: &str) {
        let bare = text.trim_matches(['[', ']']);
        if bare.parse::<IpAddr>().is_ok() {
            return self.beyond_repair(Code::RuleIpAddress, Some(text.to_owned()));
        }
        if text.contains('*') {
            return self.beyond_repair(Code::RuleWildcard, Some("*".to_owned()));
        }
        if text.len() > 1 && text.ends_with('.') {
            self.error(Code::RuleCharacter, Some("."));
        }
        match text.parse::<Host>() {
            Ok(host) => self.known_host(host),
            Err(crate::host::HostError::IpAddress) => {
                self.beyond_repair(Code::RuleIpAddress, Some(text.to_owned()));
            }
            Err(_) => {
                let offending =
                    text.chars().find(|character| !character.is_alphanumeric() && !matches!(character, '-' | '.'));
                self.beyond_repair(Code::RuleCharacter, offending.map(String::from));
            }
        }
    }

    fn known_host(&mut self, host: Host) {
        let name = host.as_str();
        if name == "localhost" || name.ends_with(".localhost") {
            self.beyond_repair(Code::RuleLocalhost, Some(name.to_owned()));
        } else if name == FORBIDDEN_HOST {
            self.beyond_repair(Code::RuleForbiddenHost, Some(name.to_owned()));
        } else if !name.contains('.') {
            self.beyond_repair(Code::RuleCharacter, None);
        } else {
            self.host = Some(host);
        }
    }

    fn corrected(&self) -> Option<DomainEntry> {
        let host = self.host.clone().filter(|_| self.obvious == Obvious::Yes)?;
        Some(DomainEntry { api: self.api, host, port: self.port })
    }
}

/// The ASCII form of a full-width character (U+FF01 to U+FF5E) or ideographic full stop.
fn half_width(character: char) -> char {
    match character {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(character) - 0xfee0).unwrap_or(character),
        '\u{3002}' | '\u{ff61}' => '.',
        _ => character,
    }
}

fn bounded(input: &str) -> String {
    input.chars().take(INPUT_MOST / 4).collect()
}

fn about(
    code: Code,
    severity: Severity,
    input: String,
    offending: Option<String>,
    suggestion: Option<String>,
) -> Finding {
    Finding::everywhere(code, severity, Evidence::Entry { input, offending, suggestion })
}
