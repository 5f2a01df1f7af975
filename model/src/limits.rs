//! How many entries each list of a mini program may hold, and how often they may be changed. WeChat changes these
//! numbers, hence they are defaults in one place, and settings of each mini program.

use serde::{Deserialize, Serialize};

use crate::{
    Timestamp, Zone,
    domain_entry::Api,
    service::{Field, Problem, ServiceError},
};

/// Entries per list of a server domain (WeChat open documentation, "server domain names").
pub const PER_LIST: u32 = 20;

/// The most that WeChat's console grants per list.
pub const PER_LIST_MOST: u32 = 200;

/// Entries of the DNS prefetch list.
pub const PREFETCH: u32 = 5;

/// The most that can be set for it.
pub const PREFETCH_MOST: u32 = 100;

/// Business domains of one mini program.
pub const BUSINESS: u32 = 300;

/// The most that can be set for them.
pub const BUSINESS_MOST: u32 = 1_000;

/// Times that WeChat lets the server domains of one mini program be changed in a calendar month of
/// China's time; older documents say 5.
pub const CHANGES_A_MONTH: u32 = 50;

/// The most that can be set for them.
pub const CHANGES_A_MONTH_MOST: u32 = 1_000;

/// How long a request may take at run time, in seconds.
pub const REQUEST_SECONDS: u32 = 60;

/// Requests, uploads and downloads that may be under way at the same time.
pub const REQUESTS_AT_ONCE: u32 = 10;

/// Sockets that may be open at the same time.
pub const SOCKETS_AT_ONCE: u32 = 5;

/// Owners of mini programs that one business domain may serve.
pub const BUSINESS_OWNERS: u32 = 100;

/// Hours, about, from the approval of a filing until WeChat knows of it.
pub const FILING_KNOWN_AFTER_HOURS: u32 = 24;

/// When the month of `now` began in China.
pub fn month_began(now: Timestamp) -> Timestamp {
    let first = Zone::CHINA.day(now).first_of_month();
    Timestamp::from_second(Zone::CHINA.begin(first)).unwrap_or(Timestamp::MIN)
}

/// A limit that is a setting of each mini program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    /// Entries per server domain list.
    PerList,
    /// Entries of the DNS prefetch list.
    Prefetch,
    /// Business domains.
    Business,
    /// Changes of the server domains in a calendar month of China's time.
    ChangesAMonth,
}

impl Limit {
    /// Every limit.
    pub const ALL: [Self; 4] = [Self::PerList, Self::Prefetch, Self::Business, Self::ChangesAMonth];

    /// Its name in a form and in the audit log.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PerList => "per_list",
            Self::Prefetch => "prefetch",
            Self::Business => "business",
            Self::ChangesAMonth => "changes_a_month",
        }
    }

    /// What WeChat grants unasked.
    pub const fn usual(self) -> u32 {
        match self {
            Self::PerList => PER_LIST,
            Self::Prefetch => PREFETCH,
            Self::Business => BUSINESS,
            Self::ChangesAMonth => CHANGES_A_MONTH,
        }
    }

    /// The least and the most that can be set.
    pub const fn bounds(self) -> (u32, u32) {
        match self {
            Self::PerList => (PER_LIST, PER_LIST_MOST),
            Self::Prefetch => (1, PREFETCH_MOST),
            Self::Business => (1, BUSINESS_MOST),
            Self::ChangesAMonth => (1, CHANGES_A_MONTH_MOST),
        }
    }

    /// The number, if it is within the bounds.
    ///
    /// # Errors
    /// When it is not.
    pub fn check(self, number: u32) -> Result<u32, LimitError> {
        let (least, most) = self.bounds();
        if (least..=most).contains(&number) { Ok(number) } else { Err(LimitError { limit: self, number }) }
    }
}

/// The limits of one mini program, in the order of [`Limit::ALL`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "[u32; 4]", into = "[u32; 4]")]
pub struct Limits([u32; 4]);

impl Limits {
    /// So many entries per server domain list, and else what is usual.
    ///
    /// # Errors
    /// When the number is not within [`PER_LIST`] and [`PER_LIST_MOST`].
    pub fn new(per_list: u32) -> Result<Self, LimitError> {
        let Self([_, prefetch, business, changes]) = Self::default();
        Self::try_from([per_list, prefetch, business, changes])
    }

    /// One of them.
    pub const fn of(&self, limit: Limit) -> u32 {
        self.0[limit as usize]
    }

    /// How many entries the list may hold; none where WeChat keeps no list.
    pub const fn limit(&self, api: Api) -> Option<u32> {
        match api {
            Api::Request | Api::Socket | Api::Upload | Api::Download | Api::Udp | Api::Tcp => {
                Some(self.of(Limit::PerList))
            }
            Api::PrefetchDns => Some(self.of(Limit::Prefetch)),
            Api::Business => Some(self.of(Limit::Business)),
            Api::Resource => None,
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self(Limit::ALL.map(Limit::usual))
    }
}

impl TryFrom<[u32; 4]> for Limits {
    type Error = LimitError;

    fn try_from(numbers: [u32; 4]) -> Result<Self, LimitError> {
        for (limit, number) in Limit::ALL.into_iter().zip(numbers) {
            limit.check(number)?;
        }
        Ok(Self(numbers))
    }
}

impl From<Limits> for [u32; 4] {
    fn from(limits: Limits) -> Self {
        limits.0
    }
}

/// A limit that is not within its bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{number} for {}, which can be {} to {}", .limit.as_str(), .limit.bounds().0, .limit.bounds().1)]
pub struct LimitError {
    /// Which limit.
    pub limit: Limit,
    /// What it was to be.
    pub number: u32,
}

impl From<LimitError> for ServiceError {
    fn from(LimitError { limit, .. }: LimitError) -> Self {
        let (least, most) = limit.bounds();
        Self::invalid(Field::Limit(limit), Problem::OutOfRange { least, most })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_month_begins_at_midnight_in_china() {
        for (now, began) in [
            ("2026-11-30T15:59:59Z", "2026-10-31T16:00:00Z"),
            ("2026-11-30T16:00:00Z", "2026-11-30T16:00:00Z"),
            ("2026-12-31T23:00:00Z", "2026-12-31T16:00:00Z"),
            ("2026-03-15T00:00:00Z", "2026-02-28T16:00:00Z"),
        ] {
            assert_eq!(month_began(now.parse().unwrap()), began.parse::<Timestamp>().unwrap(), "{now}");
        }
        assert_eq!(month_began(Timestamp::MIN), Timestamp::MIN);
    }

    #[test]
    fn each_list_grows_with_its_own_setting() {
        let raised = Limits::try_from([200, 10, 400, 5]).unwrap();
        for (api, default, most) in [
            (Api::Request, Some(20), Some(200)),
            (Api::Socket, Some(20), Some(200)),
            (Api::Upload, Some(20), Some(200)),
            (Api::Download, Some(20), Some(200)),
            (Api::Udp, Some(20), Some(200)),
            (Api::Tcp, Some(20), Some(200)),
            (Api::PrefetchDns, Some(5), Some(10)),
            (Api::Business, Some(300), Some(400)),
            (Api::Resource, None, None),
        ] {
            assert_eq!((Limits::default().limit(api), raised.limit(api)), (default, most), "{api}");
        }
        assert_eq!((Limits::default().of(Limit::ChangesAMonth), raised.of(Limit::ChangesAMonth)), (50, 5));
    }

    #[test]
    fn a_limit_that_wechat_does_not_grant_is_refused_on_the_wire_too() {
        for (per_list, granted) in [(0, false), (19, false), (20, true), (200, true), (201, false), (u32::MAX, false)] {
            let wire = format!("[{per_list},5,300,50]");
            assert_eq!(Limits::new(per_list).is_ok(), granted, "{per_list}");
            assert_eq!(serde_json::from_str::<Limits>(&wire).is_ok(), granted, "{per_list}");
        }
        assert_eq!(serde_json::to_string(&Limits::default()).unwrap(), "[20,5,300,50]");
        for limit in Limit::ALL {
            let (least, most) = limit.bounds();
            assert_eq!(Limits::default().of(limit), limit.usual());
            assert!(limit.check(limit.usual()).is_ok() && limit.check(least).is_ok() && limit.check(most).is_ok());
            let beyond = ServiceError::from(limit.check(most + 1).unwrap_err());
            assert_eq!(beyond, ServiceError::invalid(Field::Limit(limit), Problem::OutOfRange { least, most }));
            assert!(limit.check(least - 1).is_err(), "{limit:?}");
        }
    }
}
