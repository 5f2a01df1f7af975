//! Names and places on the network: a host, a port, and both together.

use std::{
    fmt,
    net::{IpAddr, Ipv6Addr},
    num::NonZeroU16,
    str::FromStr,
};

use serde::{Deserialize, Serialize};

use crate::echo::shortened;

/// Longest name in DNS, in octets (RFC 1035 section 2.3.4, less the root label).
const NAME_MOST: usize = 253;

/// Longest label, in octets (RFC 1035 section 2.3.4).
const LABEL_MOST: usize = 63;

/// Most characters of a wrong scheme that are said back.
const SCHEME_SHOWN: usize = 16;

/// Longest input worth looking at: a Unicode name may be longer than its A-label form.
const INPUT_MOST: usize = 1024;

/// A DNS name in A-label form: lower-case, without a trailing dot. Never an IP address.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Host(String);

impl Host {
    /// The name in A-label form.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is a name of the machine that asks (RFC 6761 section 6.3).
    pub fn is_localhost(&self) -> bool {
        self.0 == "localhost" || self.0.ends_with(".localhost")
    }

    /// The name as its owner would write it.
    pub fn unicode(&self) -> String {
        u_labels(&self.0)
    }

    /// Reads what [`fmt::Display`] has written. IDNA has been applied then.
    pub(crate) fn written(text: &str) -> Result<Self, HostError> {
        if text.is_empty() {
            return Err(HostError::Empty);
        }
        if text.len() > NAME_MOST {
            return Err(HostError::TooLong { characters: text.chars().count() });
        }
        if let Some(upper) = text.chars().find(char::is_ascii_uppercase) {
            return Err(HostError::Character(upper));
        }
        text.split('.').try_for_each(check_label)?;
        if text.rsplit('.').next().is_some_and(is_number) {
            return Err(HostError::IpAddress);
        }
        Ok(Self(text.to_owned()))
    }
}

/// A-labels decoded (RFC 5891 section 4.4); what does not decode stays.
pub(crate) fn u_labels(name: &str) -> String {
    let decoded = |label: &str| match label.strip_prefix("xn--").map(idna::punycode::decode_to_string) {
        Some(Some(decoded)) => decoded,
        _ => label.to_owned(),
    };
    name.split('.').map(decoded).collect::<Vec<_>>().join(".")
}

impl FromStr for Host {
    type Err = HostError;

    fn from_str(text: &str) -> Result<Self, HostError> {
        if text.len() > INPUT_MOST {
            return Err(HostError::TooLong { characters: text.chars().count() });
        }
        let mut ascii = idna::domain_to_ascii(text).map_err(|_| HostError::Malformed)?;
        // Only now: UTS 46 also maps the ideographic full stop to a dot.
        if ascii.ends_with('.') {
            ascii.pop();
        }
        Self::written(&ascii)
    }
}

/// Whether browsers read a name that ends in this label as an IPv4 address (WHATWG URL, "ends in a
/// number checker"): decimal digits, or `0x` and hexadecimal digits.
fn is_number(label: &str) -> bool {
    let hexadecimal = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    label.bytes().all(|byte| byte.is_ascii_digit()) || label.strip_prefix("0x").is_some_and(hexadecimal)
}

fn check_label(label: &str) -> Result<(), HostError> {
    if label.is_empty() {
        return Err(HostError::EmptyLabel);
    }
    if label.len() > LABEL_MOST {
        return Err(HostError::LabelTooLong { characters: label.chars().count() });
    }
    if let Some(character) = label.chars().find(|character| !character.is_ascii_alphanumeric() && *character != '-') {
        return Err(HostError::Character(character));
    }
    if label.starts_with('-') || label.ends_with('-') {
        return Err(HostError::Hyphen);
    }
    Ok(())
}

/// The label for which a name was refused with [`HostError::LabelTooLong`], as it was typed.
pub(crate) fn label_too_long(text: &str) -> Option<&str> {
    let is_too_long = |label: &&str| idna::domain_to_ascii(label).is_ok_and(|label| label.len() > LABEL_MOST);
    text.split(DOTS).find(is_too_long)
}

/// What UTS 46 takes for a dot.
const DOTS: [char; 4] = ['.', '\u{3002}', '\u{ff0e}', '\u{ff61}'];

/// Why a text is no host name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HostError {
    /// Nothing there.
    #[error("the host is empty")]
    Empty,
    /// Two dots in a row, or a leading one.
    #[error("the host has an empty label")]
    EmptyLabel,
    /// More than 253 octets, counted as characters.
    #[error("the host is too long ({characters} characters, at most {NAME_MOST})")]
    TooLong {
        /// How many it has, in A-label form where that was worth making.
        characters: usize,
    },
    /// A label of more than 63 octets, counted as characters.
    #[error("a part of the host is too long ({characters} characters, at most {LABEL_MOST})")]
    LabelTooLong {
        /// How many it has, in A-label form.
        characters: usize,
    },
    /// A character that host names may not have.
    #[error("the host has the character {0:?}")]
    Character(char),
    /// A label starts or ends with a hyphen.
    #[error("a label of the host starts or ends with a hyphen")]
    Hyphen,
    /// An IPv4 address, or something that browsers would read as one.
    #[error("an IP address, not a host name")]
    IpAddress,
    /// Refused by IDNA processing (UTS 46).
    #[error("not a valid internationalised name")]
    Malformed,
}

impl HostError {
    /// Of what is too long: the characters it has, and the most that it may have.
    pub const fn length(self) -> Option<(usize, usize)> {
        match self {
            Self::TooLong { characters } => Some((characters, NAME_MOST)),
            Self::LabelTooLong { characters } => Some((characters, LABEL_MOST)),
            _ => None,
        }
    }
}

/// A TCP port: 1 to 65535.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Port(NonZeroU16);

impl Port {
    /// 80.
    pub const HTTP: Self = Self(NonZeroU16::new(80).unwrap());

    /// 443.
    pub const HTTPS: Self = Self(NonZeroU16::new(443).unwrap());

    /// None for 0.
    pub const fn new(number: u16) -> Option<Self> {
        match NonZeroU16::new(number) {
            Some(number) => Some(Self(number)),
            None => None,
        }
    }

    /// The number.
    pub const fn number(self) -> u16 {
        self.0.get()
    }
}

impl FromStr for Port {
    type Err = PortError;

    fn from_str(text: &str) -> Result<Self, PortError> {
        // `u16::from_str` would accept a leading plus.
        if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(PortError);
        }
        text.parse().ok().and_then(Self::new).ok_or(PortError)
    }
}

impl fmt::Display for Port {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Not a number from 1 to 65535.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a port is a number from 1 to 65535")]
pub struct PortError;

/// What a TLS server is asked for: a name or an address.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ServerName {
    /// A DNS name.
    Dns(Host),
    /// An IP address.
    Ip(IpAddr),
}

impl ServerName {
    fn written(text: &str) -> Result<Self, HostError> {
        text.parse().map(Self::Ip).or_else(|_| Host::written(text).map(Self::Dns))
    }
}

impl FromStr for ServerName {
    type Err = HostError;

    fn from_str(text: &str) -> Result<Self, HostError> {
        let in_brackets = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
        // Brackets are for IPv6 alone (RFC 3986 section 3.2.2).
        if let Some(Ok(address)) = in_brackets.map(str::parse::<Ipv6Addr>) {
            return Ok(Self::Ip(address.into()));
        }
        match text.parse() {
            Ok(address) => Ok(Self::Ip(address)),
            Err(_) => text.parse().map(Self::Dns),
        }
    }
}

impl fmt::Display for ServerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dns(host) => host.fmt(f),
            Self::Ip(address) => address.fmt(f),
        }
    }
}

/// A place to connect to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HostPort {
    /// Name or address.
    pub host: ServerName,
    /// Port.
    pub port: Port,
}

impl HostPort {
    fn written(text: &str) -> Result<Self, HostPortError> {
        let (host, port) = text.rsplit_once(':').ok_or(PortError)?;
        let address = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        let host = match address {
            Some(address) => ServerName::Ip(IpAddr::V6(address.parse().map_err(|_| HostError::IpAddress)?)),
            None => ServerName::written(host)?,
        };
        Ok(Self { host, port: port.parse()? })
    }
}

impl FromStr for HostPort {
    type Err = HostPortError;

    fn from_str(text: &str) -> Result<Self, HostPortError> {
        let text = text.trim();
        let authority = match text.split_once("://") {
            Some((scheme, rest)) if ["https", "wss"].iter().any(|known| scheme.eq_ignore_ascii_case(known)) => {
                rest.split(['/', '?', '#']).next().unwrap_or(rest)
            }
            Some((scheme, _)) => return Err(HostPortError::Scheme(shortened(scheme, SCHEME_SHOWN))),
            None if text.contains(['/', '?', '#']) => return Err(HostPortError::Path),
            None => text,
        };
        if authority.contains('@') {
            return Err(HostPortError::UserInfo);
        }
        if let Ok(address) = authority.parse::<Ipv6Addr>() {
            return Ok(Self { host: ServerName::Ip(address.into()), port: Port::HTTPS });
        }
        if let Some((address, rest)) = authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            let address = address.parse::<Ipv6Addr>().map_err(|_| HostError::IpAddress)?;
            let port = match rest.strip_prefix(':') {
                Some(port) => port.parse()?,
                None if rest.is_empty() => Port::HTTPS,
                None => return Err(PortError.into()),
            };
            return Ok(Self { host: ServerName::Ip(address.into()), port });
        }
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        };
        let port = port.map_or(Ok(Port::HTTPS), str::parse)?;
        Ok(Self { host: host.parse()?, port })
    }
}

impl fmt::Display for HostPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.host {
            ServerName::Ip(IpAddr::V6(address)) => write!(f, "[{address}]:{}", self.port),
            host => write!(f, "{host}:{}", self.port),
        }
    }
}

/// Why a text names no place to connect to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HostPortError {
    /// A URL of a scheme that is not TLS.
    #[error("the scheme {0:?} is neither https nor wss")]
    Scheme(String),
    /// A user name before the host, or a password.
    #[error("a target is host or host:port; leave out the user name before the @")]
    UserInfo,
    /// Something after host and port, which only a URL may have.
    #[error("a target is host or host:port; leave out the path")]
    Path,
    /// The host.
    #[error(transparent)]
    Host(#[from] HostError),
    /// The port.
    #[error(transparent)]
    Port(#[from] PortError),
}

/// Serialises by `Display`, and reads that again. The server checks what it is sent like everything
/// typed; the browser knows who writes to it, and its pages need hold neither the tables of IDNA nor
/// the public suffixes (docs/decisions/0009).
macro_rules! as_text {
    ($($name:ty),+) => {$(
        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                let read = if cfg!(target_family = "wasm") { Self::written(&text) } else { text.parse() };
                read.map_err(serde::de::Error::custom)
            }
        }
    )+};
}

pub(crate) use as_text;

as_text!(Host, ServerName, HostPort);

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_host_is_lower_case_ascii_without_a_trailing_dot() {
        let label = "a".repeat(63);
        let longest = format!("{label}.{label}.{label}.{}", "a".repeat(61));
        for (text, host) in [
            ("api.example.com", "api.example.com"),
            ("API.Example.COM", "api.example.com"),
            ("api.example.com.", "api.example.com"),
            ("api.example.com\u{3002}", "api.example.com"),
            ("中国.cn", "xn--fiqs8s.cn"),
            ("XN--FIQS8S.cn", "xn--fiqs8s.cn"),
            ("bücher。example", "xn--bcher-kva.example"),
            ("localhost", "localhost"),
            ("a", "a"),
            ("1.2.3.4.example.com", "1.2.3.4.example.com"),
            ("0x1.example", "0x1.example"),
            ("a--b.example.com", "a--b.example.com"),
            (&longest, &longest),
        ] {
            assert_eq!(text.parse::<Host>().as_ref().map(Host::as_str), Ok(host), "{text}");
        }
    }

    #[test]
    fn what_dns_or_a_browser_refuses_is_no_host() {
        use HostError::{Character, Empty, EmptyLabel, Hyphen, IpAddress, LabelTooLong, Malformed, TooLong};
        let label = "a".repeat(64);
        let long = format!("{0}.{0}.{0}.{0}", "a".repeat(63));
        for (text, error) in [
            ("", Empty),
            (".", Empty),
            ("..", EmptyLabel),
            ("a..example.com", EmptyLabel),
            (".example.com", EmptyLabel),
            ("example.com..", EmptyLabel),
            ("a_b.example.com", Character('_')),
            ("*.example.com", Character('*')),
            ("a b.example.com", Character(' ')),
            ("a:80", Character(':')),
            ("a%2e.com", Character('%')),
            ("-a.example.com", Hyphen),
            ("a-.example.com", Hyphen),
            (&label, LabelTooLong { characters: 64 }),
            (&long, TooLong { characters: 255 }),
            ("192.0.2.1", IpAddress),
            ("192.0.2.1.", IpAddress),
            ("1", IpAddress),
            ("example.256", IpAddress),
            ("127.0.0x1", IpAddress),
            ("0x", IpAddress),
            ("xn--a.example.com", Malformed),
        ] {
            assert_eq!(text.parse::<Host>(), Err(error), "{text}");
        }
        assert_eq!("a".repeat(1_000_000).parse::<Host>(), Err(TooLong { characters: 1_000_000 }));
    }

    #[test]
    fn the_label_that_is_too_long_is_the_one_whose_a_label_is() {
        // More bytes as typed than an A-label may have, but not as an A-label.
        let (short, long) = ("\u{57df}".repeat(22), "b".repeat(64));
        assert!(short.len() > long.len() && format!("{short}.com").parse::<Host>().is_ok());
        for dot in DOTS {
            let name = format!("{short}{dot}{long}{dot}com");
            assert_eq!(name.parse::<Host>(), Err(HostError::LabelTooLong { characters: 64 }), "{name}");
            assert_eq!(label_too_long(&name), Some(&*long), "{name}");
        }
        assert_eq!(label_too_long(&short), None);
    }

    #[test]
    fn what_is_too_long_says_how_long_it_is_and_may_be() {
        let said = |text: &str| text.parse::<HostPort>().unwrap_err().to_string();
        let long = format!("{0}.{0}.{0}.{0}", "a".repeat(63));
        assert_eq!(said(&long), "the host is too long (255 characters, at most 253)");
        assert_eq!(said(&"a".repeat(100_000)), "the host is too long (100000 characters, at most 253)");
        let label = format!("https://{}.example.com:8443/x", "a".repeat(64));
        assert_eq!(said(&label), "a part of the host is too long (64 characters, at most 63)");
        // The rest of a URL may be as long as it likes.
        let path = format!("https://a.example.com/{}", "x".repeat(100_000));
        assert_eq!(path.parse::<HostPort>().map(|target| target.to_string()), Ok("a.example.com:443".to_owned()));
    }

    #[test]
    fn a_host_can_be_read_as_its_owner_writes_it() {
        assert_eq!("xn--fiqs8s.cn".parse::<Host>().unwrap().unicode(), "中国.cn");
        assert_eq!("example.com".parse::<Host>().unwrap().unicode(), "example.com");
    }

    #[test]
    fn a_port_is_a_plain_number_from_1_to_65535() {
        for (text, port) in [
            ("1", Some(1)),
            ("443", Some(443)),
            ("65535", Some(65535)),
            ("0443", Some(443)),
            ("0", None),
            ("65536", None),
            ("+1", None),
            ("-1", None),
            (" 1", None),
            ("1a", None),
            ("１", None),
            ("", None),
        ] {
            assert_eq!(text.parse::<Port>().ok().map(Port::number), port, "{text:?}");
        }
    }

    #[test]
    fn a_target_is_a_name_or_an_address_with_443_unless_it_says_otherwise() {
        for (text, target) in [
            ("example.com", "example.com:443"),
            ("example.com:8443", "example.com:8443"),
            (" Example.COM \n", "example.com:443"),
            ("192.0.2.1", "192.0.2.1:443"),
            ("192.0.2.1:8443", "192.0.2.1:8443"),
            ("2001:db8::1", "[2001:db8::1]:443"),
            ("[2001:DB8::1]", "[2001:db8::1]:443"),
            ("[2001:db8::1]:8443", "[2001:db8::1]:8443"),
            ("https://example.com", "example.com:443"),
            ("HTTPS://example.com:8443/path?query#fragment", "example.com:8443"),
            ("wss://[2001:db8::1]/", "[2001:db8::1]:443"),
            ("https://example.com?query", "example.com:443"),
        ] {
            assert_eq!(text.parse::<HostPort>().map(|target| target.to_string()), Ok(target.to_owned()), "{text}");
        }
    }

    #[test]
    fn a_target_that_is_unclear_is_refused_with_its_reason() {
        for (text, error) in [
            ("", HostError::Empty.into()),
            ("http://example.com", HostPortError::Scheme("http".to_owned())),
            ("example.com:", PortError.into()),
            ("example.com:0", PortError.into()),
            ("example.com:https", PortError.into()),
            ("[2001:db8::1]8443", PortError.into()),
            ("[192.0.2.1]:443", HostError::IpAddress.into()),
            ("[example.com]", HostError::IpAddress.into()),
            ("https://user@example.com/", HostPortError::UserInfo),
            ("wss://user:password@example.com:8443/", HostPortError::UserInfo),
            ("user@example.com", HostPortError::UserInfo),
            ("example.com/path", HostPortError::Path),
            ("example.com:8443/path", HostPortError::Path),
            ("example.com?query", HostPortError::Path),
            ("2001:db8::/32", HostPortError::Path),
            ("fe80::1%eth0", PortError.into()),
        ] {
            assert_eq!(text.parse::<HostPort>(), Err(error), "{text}");
        }
        assert!("[192.0.2.1]".parse::<ServerName>().is_err());
    }

    #[test]
    fn the_wire_is_checked_like_everything_typed() {
        assert_eq!(serde_json::from_str::<Host>(r#""A.com""#).unwrap().as_str(), "a.com");
        for (wrong, of) in [("a_b.com", "a character"), ("xn--a.com", "IDNA"), ("", "nothing")] {
            assert!(serde_json::from_str::<Host>(&format!("\"{wrong}\"")).is_err(), "{of}");
        }
        assert!(serde_json::from_str::<Port>("0").is_err());
        assert!(serde_json::from_str::<HostPort>(r#""a.com:0""#).is_err());
    }

    #[test]
    fn what_was_written_is_read_and_nothing_else() {
        for written in ["a.com", "xn--fiqs8s.cn", "1.2.3.4.example"] {
            assert_eq!(Host::written(written).unwrap().to_string(), written);
        }
        for other in ["", "A.com", "a.com.", "a..com", "a_b.com", "-a.com", "中国.cn", "192.0.2.1", "0x1"] {
            assert!(Host::written(other).is_err(), "{other}");
        }
        for other in
            ["a.com", "a.com:", "https://a.com:443", "2001:db8::1:443:", "[a.com]:443", "[192.0.2.1]:443", ":443"]
        {
            assert!(HostPort::written(other).is_err(), "{other}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic_and_what_is_read_reads_back(text in any::<String>()) {
            check_round_trip(&text)?;
        }

        #[test]
        fn what_looks_like_a_host_reads_back(text in r"(https://)?\[?[a-zA-Z0-9.:\-_xnü中。％＠]{0,40}\]?(:[0-9]{0,6})?") {
            check_round_trip(&text)?;
        }

        #[test]
        fn every_address_and_port_reads_back(address: IpAddr, port in 1_u16..) {
            let target = HostPort { host: ServerName::Ip(address), port: Port::new(port).unwrap() };
            prop_assert_eq!(target.to_string().parse(), Ok(target.clone()));
            prop_assert_eq!(HostPort::written(&target.to_string()), Ok(target));
        }
    }

    fn check_round_trip(text: &str) -> Result<(), TestCaseError> {
        if let Ok(host) = text.parse::<Host>() {
            prop_assert_eq!(host.to_string().parse(), Ok(host.clone()));
            prop_assert_eq!(Host::written(host.as_str()), Ok(host.clone()));
            prop_assert_eq!(host.unicode().parse(), Ok(host.clone()));
            prop_assert!(host.as_str().is_ascii() && host.as_str().len() <= NAME_MOST);
            if let Some(domain) = host.registrable_domain() {
                prop_assert_eq!(domain.to_string().parse(), Ok(domain));
            }
        }
        if let Ok(target) = text.parse::<HostPort>() {
            prop_assert_eq!(target.to_string().parse(), Ok(target.clone()));
            prop_assert_eq!(HostPort::written(&target.to_string()), Ok(target));
        }
        Ok(())
    }
}
