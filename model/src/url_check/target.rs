//! A URL taken apart as a browser does (WHATWG URL), but with the port as written: parsers drop a
//! default port, and WeChat does not.

use std::{fmt, net::IpAddr};

use crate::{Host, Port};

/// Longest URL worth judging, in bytes.
const URL_MOST: usize = 8192;

/// The parts of a URL that WeChat looks at, and the rest as written.
#[derive(Clone, Debug)]
pub(super) struct Target {
    scheme: String,
    /// The host in the parser's spelling.
    host_text: String,
    host: Option<Host>,
    port: Option<Port>,
    rest: String,
}

impl Target {
    /// None for what cannot be called: no URL, no host, port 0, or too long.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.len() > URL_MOST {
            return None;
        }
        // The parser vets what the split below relies on. Like it, drop tabs and line breaks.
        let url = url::Url::parse(text).ok()?;
        let text = text.replace(['\t', '\n', '\r'], "");
        let (_, after_scheme) = text.split_once(':')?;
        let after_slashes = after_scheme.trim_start_matches(['/', '\\']);
        let end = after_slashes.find(['/', '\\', '?', '#']).unwrap_or(after_slashes.len());
        let (authority, rest) = after_slashes.split_at(end);
        let host_and_port = authority.rsplit_once('@').map_or(authority, |(_, host)| host);

        let host_text = url.host_str().filter(|host| !host.is_empty())?.to_owned();
        let port = match host_and_port.rsplit_once(':') {
            Some((_, port)) if !port.is_empty() && !port.contains(']') => Some(port.parse().ok()?),
            _ => None,
        };
        let is_address = host_text.trim_matches(['[', ']']).parse::<IpAddr>().is_ok();
        let host = host_text.parse().ok().filter(|_| !is_address);
        Some(Self { scheme: url.scheme().to_owned(), host_text, host, port, rest: rest.to_owned() })
    }

    /// Lower-case.
    pub(super) fn scheme(&self) -> &str {
        &self.scheme
    }

    /// None for what no entry can name, such as an IP address.
    pub(super) const fn host(&self) -> Option<&Host> {
        self.host.as_ref()
    }

    /// The port that is written, even a default one.
    pub(super) const fn port(&self) -> Option<Port> {
        self.port
    }

    pub(super) fn with_scheme(&self, scheme: &str) -> Self {
        // A backslash ends the host in every special scheme, and is a slash there (WHATWG URL, 4.4).
        let rest = self.rest.strip_prefix('\\').map_or_else(|| self.rest.clone(), |rest| format!("/{rest}"));
        Self { scheme: scheme.to_owned(), rest, ..self.clone() }
    }

    pub(super) fn with_port(&self, port: Option<Port>) -> Self {
        Self { port, ..self.clone() }
    }

    /// The same without the dot of the root, if there is one.
    pub(super) fn without_trailing_dot(&self) -> Option<Self> {
        let host_text = self.host_text.strip_suffix('.')?.to_owned();
        Some(Self { host_text, ..self.clone() })
    }
}

/// Without user info, which no suggestion should repeat.
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme, self.host_text)?;
        if let Some(port) = self.port {
            write!(f, ":{port}")?;
        }
        f.write_str(&self.rest)
    }
}
