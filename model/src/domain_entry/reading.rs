//! A line taken apart: scheme, path, port, host, and what is wrong in each.

use std::net::{IpAddr, Ipv6Addr};

use super::{Api, DomainEntry};
use crate::{
    Code, Host, Port,
    echo::shortened,
    host::{HostError, label_too_long},
};

/// Most characters of a line, or of a part of it, that evidence repeats.
pub(super) const QUOTED_MOST: usize = 256;

/// WeChat's own API, which a mini program must never call itself: the AppSecret belongs on a server.
const FORBIDDEN_HOST: &str = "api.weixin.qq.com";

/// Schemes that are surely meant as the one of the list, each with the first list that takes what it means.
const KNOWN_SCHEMES: [(&str, Api); 6] = [
    ("https", Api::Request),
    ("http", Api::Request),
    ("wss", Api::Socket),
    ("ws", Api::Socket),
    ("tcp", Api::Tcp),
    ("udp", Api::Udp),
];

/// What a line brings along where it is copied from: quotation marks, brackets, the comma after it.
const WRAPPING: &[char] = &[
    '"', '\'', '`', '<', '>', ',', '“', '”', '„', '‟', '‘', '’', '‚', '‛', '«', '»', '‹', '›', '「', '」', '『', '』',
    '《', '》', '〈', '〉', '〝', '〞', '＂', '＇', '，',
];

/// What a line says, and what is wrong with it.
pub(super) struct Reading {
    api: Api,
    host: Option<Host>,
    port: Option<Port>,
    /// What the scheme means, where it is a known one.
    scheme: Option<Api>,
    /// Each an error, with the part of the line that makes it one.
    pub(super) problems: Vec<(Code, Offence)>,
    repair: Repair,
}

/// The part of a line that is wrong.
pub(super) enum Offence {
    /// As it stands there; none where it is the line, or what is not there.
    Part(Option<String>),
    /// It has more characters than DNS permits; counted in another form than it was typed in, if `encoded`.
    TooLong { part: String, characters: usize, most: usize, encoded: bool },
}

/// Whether mending every problem leaves an entry that is meant beyond doubt.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Repair {
    Obvious,
    Unclear,
}

impl Reading {
    /// Reads one line that is meant for the list `api`.
    pub(super) fn of(api: Api, input: &str) -> Self {
        let mut reading =
            Self { api, host: None, port: None, scheme: None, problems: Vec::new(), repair: Repair::Obvious };
        let input = reading.unwrapped(input.trim());
        let typed: String = input.chars().filter_map(as_typed).collect();
        if typed != input {
            let offending = input.chars().find(|character| as_typed(*character) != Some(*character));
            reading.mend(Code::RuleCharacter, offending.map(String::from));
        }
        let rest = reading.scheme(&typed);
        let authority = reading.path(rest);
        let host = reading.port(authority);
        reading.host(host);
        reading
    }

    /// The entry, with every problem mended; none where that would be a guess.
    pub(super) fn corrected(&self) -> Option<DomainEntry> {
        let host = self.host.clone().filter(|_| self.repair == Repair::Obvious)?;
        Some(DomainEntry { api: self.api, host, port: self.port })
    }

    /// Another list that takes the scheme, where this one takes a scheme too, and not that one.
    pub(super) fn list_of_scheme(&self) -> Option<Api> {
        self.scheme.filter(|list| self.api.scheme().is_some() && list.scheme() != self.api.scheme())
    }

    /// Takes off what encloses the line.
    fn unwrapped<'a>(&mut self, input: &'a str) -> &'a str {
        let wraps = |character: char| WRAPPING.contains(&character);
        let bare = input.trim_matches(|character: char| wraps(character) || character.is_whitespace());
        if bare != input {
            self.mend(Code::RuleCharacter, input.chars().find(|character| wraps(*character)).map(String::from));
        }
        bare
    }

    fn mend(&mut self, code: Code, offending: Option<String>) {
        self.problems.push((code, Offence::Part(offending.map(|part| shortened(&part, QUOTED_MOST)))));
    }

    fn beyond_repair(&mut self, code: Code, offending: Option<String>) {
        self.mend(code, offending);
        self.repair = Repair::Unclear;
    }

    /// Checks the scheme and returns what follows it.
    fn scheme<'a>(&mut self, text: &'a str) -> &'a str {
        let (written, rest) = split_scheme(text);
        let scheme = written.trim_end_matches([':', '/', '\\']);
        self.scheme = known_scheme(scheme);
        let wanted = self.api.scheme().map_or(String::new(), |scheme| format!("{scheme}://"));
        if !written.eq_ignore_ascii_case(&wanted) {
            self.mend(Code::RuleScheme, (!written.is_empty()).then(|| written.to_owned()));
            if !scheme.is_empty() && self.scheme.is_none() {
                self.repair = Repair::Unclear;
            }
        }
        rest
    }

    /// Drops path, query, fragment and user info, and returns host and port.
    fn path<'a>(&mut self, text: &'a str) -> &'a str {
        let (authority, path) = split_path(text);
        if !path.is_empty() {
            self.mend(Code::RulePath, Some(path.to_owned()));
        }
        match authority.rsplit_once('@') {
            Some((user_info, host)) => {
                self.mend(Code::RulePath, Some(format!("{user_info}@")));
                host
            }
            None => authority,
        }
    }

    /// Reads the port and returns the host.
    fn port<'a>(&mut self, text: &'a str) -> &'a str {
        let is_address = text.starts_with('[') || text.parse::<Ipv6Addr>().is_ok();
        let Some((host, port)) = text.split_once(':').filter(|_| !is_address) else { return text };
        match port.parse::<Port>() {
            Ok(_) if !self.api.takes_port() => self.mend(Code::RulePort, Some(format!(":{port}"))),
            Ok(port) => self.port = Some(port),
            Err(_) if port.is_empty() => self.mend(Code::RulePort, Some(":".to_owned())),
            Err(_) => self.beyond_repair(Code::RulePort, Some(format!(":{port}"))),
        }
        host
    }

    fn host(&mut self, text: &str) {
        if text.starts_with('[') || text.parse::<IpAddr>().is_ok() {
            return self.beyond_repair(Code::RuleIpAddress, Some(text.to_owned()));
        }
        if text.contains('*') {
            return self.beyond_repair(Code::RuleWildcard, Some("*".to_owned()));
        }
        match text.parse::<Host>() {
            Ok(host) => self.known_host(text, host),
            Err(HostError::IpAddress) => self.beyond_repair(Code::RuleIpAddress, Some(text.to_owned())),
            Err(error) if let Some((characters, most)) = error.length() => self.too_long(text, error, characters, most),
            Err(_) => {
                let offending =
                    text.chars().find(|character| !character.is_alphanumeric() && !"-.".contains(*character));
                match offending {
                    Some(character) => self.beyond_repair(Code::RuleCharacter, Some(character.to_string())),
                    None => self.beyond_repair(Code::RuleHost, Some(text.to_owned()).filter(|text| !text.is_empty())),
                }
            }
        }
    }

    fn too_long(&mut self, host: &str, error: HostError, characters: usize, most: usize) {
        let part = match error {
            HostError::LabelTooLong { .. } => label_too_long(host).unwrap_or(host),
            _ => host,
        };
        let encoded = !part.is_ascii() && part.chars().count() != characters;
        let part = shortened(part, QUOTED_MOST);
        self.problems.push((Code::RuleTooLong, Offence::TooLong { part, characters, most, encoded }));
        self.repair = Repair::Unclear;
    }

    fn known_host(&mut self, text: &str, host: Host) {
        if text.ends_with('.') {
            self.mend(Code::RuleCharacter, Some(".".to_owned()));
        }
        let meant = host.unicode();
        if let Some(symbol) = text.chars().find(|character| is_symbol(*character) && meant.contains(*character)) {
            return self.beyond_repair(Code::RuleCharacter, Some(symbol.to_string()));
        }
        let name = host.as_str();
        let stays_unicode = name.split('.').any(|label| label.starts_with("xn--"));
        if let Some(mapped) = text.chars().find(|character| !character.is_ascii()).filter(|_| !stays_unicode) {
            // A look-alike that IDNA maps to plain letters: no internationalised name at all.
            self.mend(Code::RuleCharacter, Some(mapped.to_string()));
        }
        if host.is_localhost() {
            self.beyond_repair(Code::RuleLocalhost, Some(name.to_owned()));
        } else if name == FORBIDDEN_HOST {
            self.beyond_repair(Code::RuleForbiddenHost, Some(name.to_owned()));
        } else if !name.contains('.') {
            self.beyond_repair(Code::RuleHost, Some(name.to_owned()));
        } else {
            self.host = Some(host);
        }
    }
}

/// What a URL says of where it leads, as far as it was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypedUrl {
    /// In lower case, without what parts it from the host.
    pub scheme: String,
    /// As typed, perhaps the beginning of one; not empty.
    pub host: String,
    /// None where none was typed, or what is no port.
    pub port: Option<Port>,
    /// Whether more follows the host, which ends there then.
    pub is_whole: bool,
}

impl TypedUrl {
    /// None for what has no scheme or no host.
    pub fn read(text: &str) -> Option<Self> {
        let typed: String = text.trim().chars().filter_map(as_typed).collect();
        let (scheme, rest) = typed.split_once("://")?;
        let (authority, path) = split_path(rest);
        let place = authority.rsplit_once('@').map_or(authority, |(_, place)| place);
        let end = if place.starts_with('[') { place.find(']').map(|end| end + 1) } else { place.find(':') };
        let (host, port) = place.split_at(end.unwrap_or(place.len()));
        let host = Some(host.trim()).filter(|host| !host.is_empty())?;
        Some(Self {
            scheme: scheme.to_lowercase(),
            host: host.to_owned(),
            port: port.strip_prefix(':').and_then(|port| port.parse().ok()),
            is_whole: !port.is_empty() || !path.is_empty(),
        })
    }
}

/// Splits off path, query and fragment.
fn split_path(text: &str) -> (&str, &str) {
    text.split_at(text.find(['/', '\\', '?', '#']).unwrap_or(text.len()))
}

/// Splits off the scheme with its separator, however mistyped; empty where there is none.
fn split_scheme(text: &str) -> (&str, &str) {
    let slashes = |text: &str| text.len() - text.trim_start_matches(['/', '\\']).len();
    let name = text.find(|character: char| !character.is_ascii_alphanumeric()).unwrap_or(text.len());
    let after = &text[name..];
    let is_known = known_scheme(&text[..name]).is_some();
    let separator = match after.strip_prefix(':') {
        Some(rest) if is_known || rest.starts_with("//") => 1 + slashes(rest),
        None if is_known && after.starts_with("//") || name == 0 => slashes(after),
        _ => return ("", text),
    };
    text.split_at(name + separator)
}

/// The first list that takes what the scheme means.
fn known_scheme(word: &str) -> Option<Api> {
    KNOWN_SCHEMES.into_iter().find(|(known, _)| word.eq_ignore_ascii_case(known)).map(|(_, list)| list)
}

/// Whether it is an emoji, another symbol or punctuation, of those that belong to no script. Browsers encode them as
/// punycode, too, but names are made of letters, marks and digits (RFC 5892 section 2). By blocks, since what is no
/// letter elsewhere may be a mark without which a language is not written.
fn is_symbol(character: char) -> bool {
    match character {
        // Between two `l` it is Catalan.
        '\u{b7}' => false,
        // Arrows to dingbats, and pictographs. Letters and digits are there in circles alone.
        '\u{2190}'..='\u{2bff}' | '\u{1f000}'..='\u{1faff}' => true,
        // Latin-1, punctuation, currencies, what looks like letters, and the punctuation of CJK: with some letters among
        // them, and around the joiners (U+200C, U+200D) and marks (U+20D0, U+302A).
        '\u{a0}'..='\u{bf}'
        | '\u{d7}'
        | '\u{f7}'
        | '\u{2010}'..='\u{20cf}'
        | '\u{2100}'..='\u{218f}'
        | '\u{2e00}'..='\u{2e7f}'
        | '\u{3000}'..='\u{3029}'
        | '\u{3030}'..='\u{303f}' => !character.is_alphanumeric(),
        _ => false,
    }
}

/// The character that was meant: the ASCII form of a full-width one (U+FF01 to U+FF5E), a dot for
/// an ideographic full stop, nothing for a space that has no width.
fn as_typed(character: char) -> Option<char> {
    match character {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(character) - 0xfee0),
        '\u{3002}' | '\u{ff61}' => Some('.'),
        '\u{200b}' | '\u{2060}' | '\u{feff}' => None,
        _ => Some(character),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_url_is_read_as_far_as_it_was_typed() {
        for (text, scheme, host, port, is_whole) in [
            ("https://api.example", "https", "api.example", None, false),
            (" WSS://API.example.com/ ", "wss", "API.example.com", None, true),
            ("https://api.example.com:", "https", "api.example.com", None, true),
            ("https://api.example.com:8443", "https", "api.example.com", Some(8443), true),
            ("https://api.example.com:0/v1", "https", "api.example.com", None, true),
            ("https://api.example.com?a=b:1@c", "https", "api.example.com", None, true),
            ("https://api.example.com\\v1", "https", "api.example.com", None, true),
            ("https://user:word@api.example.com", "https", "api.example.com", None, false),
            ("https://[2001:db8::1]:8443/", "https", "[2001:db8::1]", Some(8443), true),
            ("https：／／api。example", "https", "api.example", None, false),
        ] {
            let port = port.map(|port| Port::new(port).unwrap());
            let expected = TypedUrl { scheme: scheme.to_owned(), host: host.to_owned(), port, is_whole };
            assert_eq!(TypedUrl::read(text), Some(expected), "{text}");
        }
        for text in ["", "api.example.com:8443/v1", "https://", "https:///v1", "https://user@", "https://:8443"] {
            assert_eq!(TypedUrl::read(text), None, "{text}");
        }
    }
}
