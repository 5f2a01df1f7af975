//! How many entries each list of a mini program may hold. WeChat changes these numbers, hence they
//! are defaults in one place.

use serde::{Deserialize, Serialize};

use crate::{Timestamp, Zone, domain_entry::Api};

/// Entries per list of a server domain (WeChat open documentation, "server domain names").
pub const PER_LIST: u32 = 20;

/// The most that WeChat's console grants per list.
pub const PER_LIST_MOST: u32 = 200;

/// Entries of the DNS prefetch list.
pub const PREFETCH: u32 = 5;

/// Business domains of one mini program.
pub const BUSINESS: u32 = 300;

/// Times that WeChat lets the server domains of one mini program be changed in a calendar month of
/// China's time; older documents say 5.
pub const CHANGES_A_MONTH: u32 = 50;

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

/// The limits of one mini program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct Limits {
    per_list: u32,
}

impl Limits {
    /// Limits with so many entries per server domain list.
    ///
    /// # Errors
    /// When the number is not within [`PER_LIST`] and [`PER_LIST_MOST`].
    pub const fn new(per_list: u32) -> Result<Self, LimitError> {
        if per_list < PER_LIST || per_list > PER_LIST_MOST { Err(LimitError(per_list)) } else { Ok(Self { per_list }) }
    }

    /// Entries per server domain list.
    pub const fn per_list(&self) -> u32 {
        self.per_list
    }

    /// How many entries the list may hold; none where WeChat keeps no list.
    pub const fn limit(&self, api: Api) -> Option<u32> {
        match api {
            Api::Request | Api::Socket | Api::Upload | Api::Download | Api::Udp | Api::Tcp => Some(self.per_list),
            Api::PrefetchDns => Some(PREFETCH),
            Api::Business => Some(BUSINESS),
            Api::Resource => None,
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self { per_list: PER_LIST }
    }
}

impl TryFrom<u32> for Limits {
    type Error = LimitError;

    fn try_from(per_list: u32) -> Result<Self, LimitError> {
        Self::new(per_list)
    }
}

impl From<Limits> for u32 {
    fn from(limits: Limits) -> Self {
        limits.per_list
    }
}

/// A limit that WeChat does not grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} entries per list: WeChat grants {PER_LIST} to {PER_LIST_MOST}")]
pub struct LimitError(pub u32);

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
    fn only_the_server_domain_lists_grow_with_the_setting() {
        let limits = Limits::new(200).unwrap();
        for (api, default, most) in [
            (Api::Request, Some(20), Some(200)),
            (Api::Socket, Some(20), Some(200)),
            (Api::Upload, Some(20), Some(200)),
            (Api::Download, Some(20), Some(200)),
            (Api::Udp, Some(20), Some(200)),
            (Api::Tcp, Some(20), Some(200)),
            (Api::PrefetchDns, Some(5), Some(5)),
            (Api::Business, Some(300), Some(300)),
            (Api::Resource, None, None),
        ] {
            assert_eq!((Limits::default().limit(api), limits.limit(api)), (default, most), "{api}");
        }
    }

    #[test]
    fn a_limit_that_wechat_does_not_grant_is_refused_on_the_wire_too() {
        for (per_list, granted) in [(0, false), (19, false), (20, true), (200, true), (201, false), (u32::MAX, false)] {
            assert_eq!(Limits::new(per_list).is_ok(), granted, "{per_list}");
            assert_eq!(serde_json::from_str::<Limits>(&per_list.to_string()).is_ok(), granted, "{per_list}");
        }
        assert_eq!(serde_json::to_string(&Limits::default()).unwrap(), "20");
    }
}
