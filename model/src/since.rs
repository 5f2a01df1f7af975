//! Since when something has happened, as lists are asked for it.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{DAY_SECONDS, Date, Timestamp, Zone};

/// Since when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Since {
    /// So many days of 24 hours ago; one at least.
    Days(u32),
    /// The begin of a day, in the zone of whoever asks.
    Day(Date),
}

impl Since {
    /// The second since the begin of 1970 from which on.
    pub fn second(self, zone: Zone, now: Timestamp) -> i64 {
        match self {
            Self::Days(days) => now.as_second().saturating_sub(i64::from(days) * DAY_SECONDS),
            Self::Day(day) => zone.begin(day),
        }
    }
}

/// `7`, or `2026-03-15`.
impl fmt::Display for Since {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Days(days) => days.fmt(f),
            Self::Day(day) => day.fmt(f),
        }
    }
}

impl FromStr for Since {
    type Err = SinceError;

    fn from_str(text: &str) -> Result<Self, SinceError> {
        // A day without its hyphens is a number, and `u32::from_str` would accept a leading plus.
        if text.bytes().all(|byte| byte.is_ascii_digit()) {
            return text.parse::<u32>().ok().filter(|days| *days > 0).map(Self::Days).ok_or(SinceError);
        }
        text.parse::<Date>().map(Self::Day).map_err(|_| SinceError)
    }
}

/// Neither a number of days nor a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a number of days, or a day such as 2026-03-15")]
pub struct SinceError;

impl Serialize for Since {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Since {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::time::date;

    #[test]
    fn it_is_read_as_it_is_written() {
        for (text, since) in [
            ("1", Since::Days(1)),
            ("4294967295", Since::Days(u32::MAX)),
            ("20260315", Since::Days(20_260_315)),
            ("2026-03-15", Since::Day(date(2026, 3, 15))),
        ] {
            assert_eq!(text.parse(), Ok(since));
            assert_eq!(since.to_string(), text);
            assert_eq!(serde_json::from_str::<Since>(&serde_json::to_string(&since).unwrap()).unwrap(), since);
        }
        for text in ["", "0", "-1", "+1", "4294967296", "7 ", "2026-02-30", "2026-03", "yesterday"] {
            assert_eq!(text.parse::<Since>(), Err(SinceError), "{text}");
        }
    }

    #[test]
    fn days_count_back_from_now_and_a_day_begins_where_who_asks_is() {
        let now: Timestamp = "2026-03-14T20:30:00Z".parse().unwrap();
        let second = |text: &str| text.parse::<Timestamp>().unwrap().as_second();
        let day = Since::Day(date(2026, 3, 14));
        for (since, zone, expected) in [
            (Since::Days(1), Zone::CHINA, "2026-03-13T20:30:00Z"),
            (Since::Days(7), Zone::UTC, "2026-03-07T20:30:00Z"),
            (day, Zone::UTC, "2026-03-14T00:00:00Z"),
            (day, Zone::CHINA, "2026-03-13T16:00:00Z"),
        ] {
            assert_eq!(since.second(zone, now), second(expected), "{since} {zone}");
        }
        assert!(Since::Days(u32::MAX).second(Zone::UTC, Timestamp::MIN) < Timestamp::MIN.as_second());
    }
}
