//! The list of certificates: which ones, in which order, a page at a time.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::{CertificateName, ProgramName};
use crate::{
    DAY_SECONDS, Fingerprint, HostPort, Since, Timestamp, Zone,
    paging::PageSize,
    programs::Owner,
    service::{EndpointId, ProgramId},
};

/// Most names, mini programs and owners that a row tells; how many there are is told beside.
pub const ROW_MOST: usize = 3;

/// What somebody wants to see of the list of certificates.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertificateQuery {
    /// Which certificates.
    // A form has no word for a struct of which nothing is set.
    #[serde(default)]
    pub filter: CertificateFilter,
    /// In which order.
    pub sort: CertificateSort,
    /// The order turned round.
    pub reversed: bool,
    /// Which page, from 0. Past the end is the last one.
    pub page: u32,
    /// Where a day of the filter begins.
    pub zone: Zone,
    /// How many rows a page has.
    pub size: PageSize,
}

/// Which certificates. What is not set lets everything through.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertificateFilter {
    /// A part of a name, of the subject or of the issuer; or the whole fingerprint.
    pub text: Option<String>,
    /// When it ends.
    pub days_left: Option<DaysLeft>,
    /// An entry of this mini program leads to it.
    pub program: Option<ProgramId>,
    /// The same of what the mini program is called, whichever `program` is; see [`crate::programs::choice::called`].
    pub called: Option<String>,
    /// No probe had seen it before then.
    pub since: Option<Since>,
}

/// Days until a certificate ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DaysLeft {
    /// So many at most; 0 for those that have ended.
    Within(u32),
    /// More than the first number, and not more than the second.
    Between(u32, u32),
}

impl DaysLeft {
    /// The week that begins so many weeks from now.
    pub const fn week(index: u32) -> Self {
        let first = index.saturating_mul(7);
        Self::Between(first, first.saturating_add(7))
    }

    /// The times between which a certificate ends: after the first, where there is one, and not
    /// after the second.
    pub fn span(self, now: Timestamp) -> (Option<i64>, i64) {
        let at = |days: u32| now.as_second().saturating_add(i64::from(days) * DAY_SECONDS);
        match self {
            Self::Within(days) => (None, at(days)),
            Self::Between(after, by) => (Some(at(after)), at(by)),
        }
    }
}

/// `30`, or `7-14`.
impl fmt::Display for DaysLeft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Within(days) => days.fmt(f),
            Self::Between(after, by) => write!(f, "{after}-{by}"),
        }
    }
}

impl FromStr for DaysLeft {
    type Err = DaysLeftError;

    fn from_str(text: &str) -> Result<Self, DaysLeftError> {
        // `u32::from_str` would accept a leading plus.
        let days = |text: &str| {
            let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            text.parse().ok().filter(|_| digits).ok_or(DaysLeftError)
        };
        match text.split_once('-') {
            None => days(text).map(Self::Within),
            Some((after, by)) => {
                let (after, by) = (days(after)?, days(by)?);
                if after < by { Ok(Self::Between(after, by)) } else { Err(DaysLeftError) }
            }
        }
    }
}

/// Neither a number of days nor two of them, the smaller first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a number of days, or two such as 7-14")]
pub struct DaysLeftError;

impl Serialize for DaysLeft {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for DaysLeft {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// The order of a list of certificates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CertificateSort {
    /// The one that ends next first.
    #[default]
    Expiry,
    /// By the first name, an asterisk aside.
    Name,
    /// The one seen first, first.
    FirstSeen,
}

impl CertificateSort {
    /// Every order.
    pub const ALL: [Self; 3] = [Self::Expiry, Self::Name, Self::FirstSeen];

    /// The word used in a URL.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Expiry => "expiry",
            Self::Name => "name",
            Self::FirstSeen => "first_seen",
        }
    }
}

/// A certificate as a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertificateRow {
    /// Which.
    pub sha256: Fingerprint,
    /// The first of its names, [`ROW_MOST`] at most.
    pub names: Vec<String>,
    /// How many names it has.
    pub names_total: u32,
    /// Distinguished name of the subject.
    pub subject: String,
    /// Distinguished name of the issuer.
    pub issuer: String,
    /// End of validity; none for one that cannot be read.
    pub not_after: Option<Timestamp>,
    /// When a probe first saw it.
    pub first_seen: Timestamp,
    /// How many endpoints serve it now.
    pub endpoints: u32,
    /// One of them.
    pub endpoint: EndpointId,
    /// Its `host:port`.
    pub target: HostPort,
    /// Mini programs whose entries lead to it, [`ROW_MOST`] at most.
    pub programs: Vec<ProgramName>,
    /// How many mini programs it touches.
    pub programs_total: u32,
    /// Who must act: the owners of those mini programs, each once, by log-in name, [`ROW_MOST`] at most.
    pub owners: Vec<Owner>,
    /// How many owners they have.
    pub owners_total: u32,
    /// For how many of the mini programs nobody answers.
    pub unowned: u32,
    /// A later certificate for all its names that is served elsewhere.
    pub newer: Option<CertificateName>,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn days_are_read_as_they_are_written() {
        for (text, days) in [
            ("0", DaysLeft::Within(0)),
            ("90", DaysLeft::Within(90)),
            ("4294967295", DaysLeft::Within(u32::MAX)),
            ("0-7", DaysLeft::week(0)),
            ("84-91", DaysLeft::week(12)),
        ] {
            assert_eq!(text.parse(), Ok(days));
            assert_eq!(days.to_string(), text);
            assert_eq!(serde_json::from_str::<DaysLeft>(&serde_json::to_string(&days).unwrap()).unwrap(), days);
        }
        for text in ["", "-", "-1", "+1", "7-", "-7", "7-7", "14-7", "7-14-21", "4294967296", "7 - 14", "x"] {
            assert_eq!(text.parse::<DaysLeft>(), Err(DaysLeftError), "{text}");
        }
    }

    #[test]
    fn a_span_begins_where_the_one_before_it_ends() {
        let now = Timestamp::from_second(1_000_000).unwrap();
        assert_eq!(DaysLeft::Within(0).span(now), (None, 1_000_000));
        let mut end = 1_000_000;
        for week in 0..13 {
            let (after, by) = DaysLeft::week(week).span(now);
            assert_eq!(after, Some(end));
            end = by;
        }
        assert_eq!(end, 1_000_000 + 91 * DAY_SECONDS);
        let (_, far) = DaysLeft::Within(u32::MAX).span(Timestamp::MAX);
        assert!(far > Timestamp::MAX.as_second());
    }
}
