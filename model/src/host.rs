//! Names and places on the network: a host, a port, both together, and the registrable domain that
//! an ICP filing belongs to.

use std::{
    fmt,
    net::{IpAddr, Ipv6Addr},
    num::NonZeroU16,
    str::FromStr,
};

use serde::{Deserialize, Serialize};

/// Longest name in DNS, in octets (RFC 1035 section 2.3.4, less the root label).
const NAME_MOST: usize = 253;

/// Longest label, in octets (RFC 1035 section 2.3.4).
const LABEL_MOST: usize = 63;

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

    /// The name as its owner would write it.
    pub fn unicode(&self) -> String {
        idna::domain_to_unicode(&self.0).0
    }

    /// The domain that is registered at a registrar, by the ICANN section of the Public Suffix
    /// List. Suffixes of its private section (such as `github.io`) are somebody's registered
    /// domain, and it is that somebody who files.
    pub fn registrable_domain(&self) -> Option<RegistrableDomain> {
        let below_icann =
            |name: &str| psl::suffix(name.as_bytes()).is_some_and(|suffix| suffix.typ() != Some(psl::Type::Private));
        if below_icann(&self.0) {
            let domain = psl::domain_str(&self.0)?;
            return Some(RegistrableDomain(domain.to_owned()));
        }
        // Below a private suffix: drop labels until the suffix of what is above is an ICANN one.
        let mut name = psl::suffix_str(&self.0)?;
        loop {
            let (_, parent) = name.split_once('.')?;
            if below_icann(parent) {
                return Some(RegistrableDomain(psl::domain_str(parent).unwrap_or(name).to_owned()));
            }
            name = parent;
        }
    }
}

impl FromStr for Host {
    type Err = HostError;

    fn from_str(text: &str) -> Result<Self, HostError> {
        if text.len() > INPUT_MOST {
            return Err(HostError::TooLong);
        }
        let text = text.strip_suffix('.').unwrap_or(text);
        if text.is_empty() {
            return Err(HostError::Empty);
        }
        let ascii = idna::domain_to_ascii(text).map_err(|_| HostError::Malformed)?;
        if ascii.len() > NAME_MOST {
            return Err(HostError::TooLong);
        }
        for label in ascii.split('.') {
            check_label(label)?;
        }
        // WHATWG URL: a name whose last label is a number is an IPv4 address or an error.
        if ascii.rsplit('.').next().is_some_and(|last| last.bytes().all(|byte| byte.is_ascii_digit())) {
            return Err(HostError::IpAddress);
        }
        Ok(Self(ascii))
    }
}

fn check_label(label: &str) -> Result<(), HostError> {
    if label.is_empty() {
        return Err(HostError::EmptyLabel);
    }
    if label.len() > LABEL_MOST {
        return Err(HostError::TooLong);
    }
    if let Some(character) = label.chars().find(|character| !character.is_ascii_alphanumeric() && *character != '-') {
        return Err(HostError::Character(character));
    }
    if label.starts_with('-') || label.ends_with('-') {
        return Err(HostError::Hyphen);
    }
    Ok(())
}

/// Why a text is no host name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HostError {
    /// Nothing there.
    #[error("the host is empty")]
    Empty,
    /// Two dots in a row, or a leading one.
    #[error("the host has an empty label")]
    EmptyLabel,
    /// More than 253 octets, or a label of more than 63.
    #[error("the host is longer than DNS allows")]
    TooLong,
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

/// A TCP port: 1 to 65535.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Port(NonZeroU16);

impl Port {
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

impl FromStr for ServerName {
    type Err = HostError;

    fn from_str(text: &str) -> Result<Self, HostError> {
        let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
        match bare.parse() {
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

impl FromStr for HostPort {
    type Err = HostPortError;

    fn from_str(text: &str) -> Result<Self, HostPortError> {
        if text.len() > 2 * INPUT_MOST {
            return Err(HostPortError::Host(HostError::TooLong));
        }
        let text = text.trim();
        let authority = match text.split_once("://") {
            Some((scheme, rest)) if ["https", "wss"].iter().any(|known| scheme.eq_ignore_ascii_case(known)) => {
                rest.split(['/', '?', '#']).next().unwrap_or(rest)
            }
            Some((scheme, _)) => return Err(HostPortError::Scheme(scheme.chars().take(16).collect())),
            None => text,
        };
        if let Ok(address) = authority.parse::<Ipv6Addr>() {
            return Ok(Self { host: ServerName::Ip(address.into()), port: Port::HTTPS });
        }
        let (host, port) = match authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((address, "")) => (address, None),
            Some((address, rest)) => (address, Some(rest.strip_prefix(':').ok_or(PortError)?)),
            None => match authority.rsplit_once(':') {
                Some((host, port)) => (host, Some(port)),
                None => (authority, None),
            },
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
    /// The host.
    #[error(transparent)]
    Host(#[from] HostError),
    /// The port.
    #[error(transparent)]
    Port(#[from] PortError),
}

/// The domain that somebody registered, and files for: eTLD+1.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RegistrableDomain(String);

impl RegistrableDomain {
    /// The domain in A-label form.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for RegistrableDomain {
    type Err = RegistrableDomainError;

    fn from_str(text: &str) -> Result<Self, RegistrableDomainError> {
        let host: Host = text.parse()?;
        match host.registrable_domain() {
            Some(domain) if domain.0 == host.0 => Ok(domain),
            domain => Err(RegistrableDomainError::NotRegistrable { instead: domain.map(|domain| domain.0) }),
        }
    }
}

/// Why a text is no registrable domain.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RegistrableDomainError {
    /// It is no host name at all.
    #[error(transparent)]
    Host(#[from] HostError),
    /// It is a public suffix, or a host below a registrable domain.
    #[error("not a registrable domain; {}", .instead.as_deref().map_or("it is a public suffix".to_owned(), |domain| format!("the domain to file is {domain}")))]
    NotRegistrable {
        /// The registrable domain above it.
        instead: Option<String>,
    },
}

macro_rules! as_text {
    ($($name:ty),+) => {$(
        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }
    )+};
}

as_text!(Host, ServerName, HostPort, RegistrableDomain);

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for RegistrableDomain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::expect_used)]

    use super::*;

    #[test]
    fn a_filing_belongs_to_what_was_registered_at_a_registrar() {
        for (host, domain) in [
            ("api.example.com", Some("example.com")),
            ("a.b.example.com.cn", Some("example.com.cn")),
            ("example.com", Some("example.com")),
            ("someone.github.io", Some("github.io")),
            ("bucket.cos.ap-guangzhou.myqcloud.com", Some("myqcloud.com")),
            ("com.cn", None),
            ("good.hufu.test", Some("hufu.test")),
            ("localhost", None),
        ] {
            let host: Host = host.parse().expect(host);
            assert_eq!(host.registrable_domain().as_ref().map(RegistrableDomain::as_str), domain, "{host}");
        }
    }
}
