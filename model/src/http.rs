//! What a server says over HTTP once the handshake is done: facts only. Asked of the root path, since the
//! paths that a mini program calls are not known.

use std::{net::IpAddr, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{AppId, icp::footer::IcpSeen, observation::Failure};

/// What was asked over HTTP, and answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HttpFacts {
    /// The mini program that the referer named; none where it was [`NOBODY`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app_id: Option<AppId>,
    /// One for each certificate that the addresses serve, bounded in number.
    pub looks: Vec<HttpLook>,
    /// What port 80 answers; none where nobody asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plain: Option<PlainLook>,
}

impl HttpFacts {
    /// Every ICP number on the pages that were read.
    pub fn icp(&self) -> impl Iterator<Item = &IcpSeen> {
        self.looks.iter().filter_map(|look| look.page.as_ref().ok()).flat_map(|page| &page.icp)
    }
}

/// What one address answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HttpLook {
    /// The address.
    pub address: IpAddr,
    /// The answer to a request as WeChat makes it.
    pub page: Result<HttpPage, HttpFailure>,
    /// The status of the same request without a referer; only asked where the first was refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub without_referer: Option<u16>,
    /// What came of an upgrade to WebSocket; none where nobody asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub websocket: Option<Upgrade>,
}

/// An answer of HTTP.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HttpPage {
    /// Its status.
    pub status: u16,
    /// Its `Strict-Transport-Security`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hsts: Option<Hsts>,
    /// ICP numbers in its text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub icp: Vec<IcpSeen>,
}

/// A `Strict-Transport-Security` (RFC 6797).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hsts {
    /// For how many seconds; 0 takes it back.
    pub max_age_seconds: u64,
    /// Whether it holds for every name below.
    pub include_subdomains: bool,
}

/// Directives in any order and any case; what is not known is passed over, and a directive said twice
/// makes it void (RFC 6797 section 6.1).
impl FromStr for Hsts {
    type Err = NotHsts;

    fn from_str(header: &str) -> Result<Self, NotHsts> {
        let (mut max_age, mut subdomains) = (None, None);
        for directive in header.split(';') {
            let (name, value) = match directive.split_once('=') {
                Some((name, value)) => (name.trim(), Some(value.trim())),
                None => (directive.trim(), None),
            };
            if name.eq_ignore_ascii_case("max-age") {
                let value = value.ok_or(NotHsts)?;
                let value = value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value);
                if value.is_empty() || !value.bytes().all(|byte| byte.is_ascii_digit()) {
                    return Err(NotHsts);
                }
                // As good as for ever.
                let seconds = value.parse().unwrap_or(u64::MAX);
                if max_age.replace(seconds).is_some() {
                    return Err(NotHsts);
                }
            } else if name.eq_ignore_ascii_case("includeSubDomains") && subdomains.replace(()).is_some() {
                return Err(NotHsts);
            }
        }
        Ok(Self { max_age_seconds: max_age.ok_or(NotHsts)?, include_subdomains: subdomains.is_some() })
    }
}

/// A header that browsers pass over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a Strict-Transport-Security header")]
pub struct NotHsts;

/// What came of an upgrade to WebSocket (RFC 6455 section 4).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "upgrade", rename_all = "snake_case")]
pub enum Upgrade {
    /// 101, with the key that belongs to the one that was sent.
    Switched,
    /// 101, and no client goes on: the key does not belong to the one that was sent, or it is no upgrade
    /// to WebSocket.
    Mistaken,
    /// Another status.
    Refused {
        /// Which.
        status: u16,
    },
    /// No answer that tells.
    Unclear {
        /// What happened.
        failure: HttpFailure,
    },
}

/// What port 80 answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlainLook {
    /// The address.
    pub address: IpAddr,
    /// Its answer.
    pub answer: Result<PlainAnswer, HttpFailure>,
}

/// An answer in the clear.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlainAnswer {
    /// Its status.
    pub status: u16,
    /// Where it leads, as said; shortened where that is long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum HttpFailure {
    /// No connection, or none over TLS where that is meant.
    #[error("{failure}")]
    Unreached {
        /// Why.
        failure: Failure,
    },
    /// No answer in the little time that HTTP is given.
    #[error("there was no answer in time")]
    Timeout,
    /// The answer breaks off, is no HTTP, or its head is larger than any need be.
    #[error("the answer is not usable: {detail}")]
    Broken {
        /// The library's words.
        detail: String,
    },
}

/// Whom the referer names where no mini program is known: an AppID that is nobody's.
pub const NOBODY: &str = "wx0000000000000000";

/// The referer that WeChat gives each request of a mini program, which cannot change it. Version 0 is
/// that of a preview or a trial.
pub fn referer(app_id: Option<&AppId>) -> String {
    format!("https://servicewechat.com/{}/0/page-frame.html", app_id.map_or(NOBODY, AppId::as_str))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn hsts_is_read_as_browsers_read_it() {
        let hsts = |max_age_seconds, include_subdomains| Ok(Hsts { max_age_seconds, include_subdomains });
        for (header, expected) in [
            ("max-age=31536000", hsts(31_536_000, false)),
            ("max-age=31536000; includeSubDomains", hsts(31_536_000, true)),
            (" INCLUDESUBDOMAINS ;; Max-Age = \"60\" ; preload", hsts(60, true)),
            ("max-age=0", hsts(0, false)),
            ("max-age=99999999999999999999999", hsts(u64::MAX, false)),
            ("max-age=1; unknown=2; unknown=3", hsts(1, false)),
            ("", Err(NotHsts)),
            ("includeSubDomains", Err(NotHsts)),
            ("max-age", Err(NotHsts)),
            ("max-age=", Err(NotHsts)),
            ("max-age=-1", Err(NotHsts)),
            ("max-age=+1", Err(NotHsts)),
            ("max-age=\"1", Err(NotHsts)),
            ("max-age=1; max-age=1", Err(NotHsts)),
            ("max-age=1; includeSubDomains; includesubdomains", Err(NotHsts)),
            ("max-age=1, max-age=2", Err(NotHsts)),
        ] {
            assert_eq!(header.parse(), expected, "{header:?}");
        }
    }

    #[test]
    fn the_referer_is_that_of_wechat_and_names_a_mini_program() {
        assert_eq!(referer(None), "https://servicewechat.com/wx0000000000000000/0/page-frame.html");
        let app_id = "wx0123456789abcdef".parse().unwrap();
        assert_eq!(referer(Some(&app_id)), "https://servicewechat.com/wx0123456789abcdef/0/page-frame.html");
        assert!(NOBODY.parse::<AppId>().is_ok());
    }
}
