//! The zones in which people read times, and in which their days begin: an offset from UTC, as a clock has it.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{Date, Timestamp};

/// An offset from UTC, in minutes. On the wire it is text: `+08:00`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Zone(i32);

impl Zone {
    /// Universal time.
    pub const UTC: Self = Self(0);

    /// All of China, which has no summer time.
    pub const CHINA: Self = Self(8 * 60);

    /// Every offset that is in use somewhere on Earth, from west to east.
    pub const ALL: [Self; 40] = {
        let mut zones = [Self(0); 40];
        let mut index = 0;
        while index < zones.len() {
            zones[index] = Self(OFFSETS[index]);
            index += 1;
        }
        zones
    };

    /// Of a browser whose `Date.getTimezoneOffset` says so: minutes from its time to UTC.
    pub const fn of_browser(minutes: i32) -> Self {
        Self(-minutes)
    }

    /// The day that it is here at that moment.
    pub fn day(self, at: Timestamp) -> Date {
        Date::holding(at.as_second().saturating_add(self.seconds()))
    }

    /// The second since the begin of 1970 with which a day begins here.
    pub fn begin(self, day: Date) -> i64 {
        day.midnight() - self.seconds()
    }

    /// `2026-03-15 08:00 UTC+08:00`.
    pub fn write(self, at: Timestamp) -> String {
        let here = at.as_second().saturating_add(self.seconds());
        // At the ends of time there is nothing to shift.
        let here = Timestamp::from_second(here).unwrap_or(at);
        let [hour, minute, _] = here.time_of_day();
        format!("{} {hour:02}:{minute:02} {}", here.date(), self.name())
    }

    /// `UTC`, `UTC+08:00`.
    pub fn name(self) -> String {
        if self == Self::UTC { "UTC".to_owned() } else { format!("UTC{self}") }
    }

    /// How many seconds it is ahead of UTC.
    fn seconds(self) -> i64 {
        i64::from(self.0) * 60
    }
}

/// `+08:00`, `-03:30`.
impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { '-' } else { '+' };
        let minutes = self.0.unsigned_abs();
        write!(f, "{sign}{:02}:{:02}", minutes / 60, minutes % 60)
    }
}

impl FromStr for Zone {
    type Err = NoZone;

    fn from_str(text: &str) -> Result<Self, NoZone> {
        Self::ALL.into_iter().find(|zone| zone.to_string() == text).ok_or(NoZone)
    }
}

/// Not an offset that is in use anywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an offset from UTC that is in use, such as +08:00")]
pub struct NoZone;

impl Serialize for Zone {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Zone {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// Minutes, from Baker Island to the Line Islands.
const OFFSETS: [i32; 40] = [
    -720, -660, -600, -570, -540, -480, -420, -360, -300, -240, -210, -180, -150, -120, -60, 0, 60, 120, 180, 210, 240,
    270, 300, 330, 345, 360, 390, 420, 480, 525, 540, 570, 600, 630, 660, 720, 765, 780, 825, 840,
];

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_zone_is_written_as_it_is_read() {
        for (text, minutes) in [("+08:00", 480), ("-03:30", -210), ("+05:45", 345), ("+00:00", 0)] {
            assert_eq!(text.parse::<Zone>(), Ok(Zone(minutes)));
            assert_eq!(Zone(minutes).to_string(), text);
        }
        for text in ["", "8", "+8:00", "+08:01", "UTC", "+99:00", "+08:00; x"] {
            assert_eq!(text.parse::<Zone>(), Err(NoZone), "{text}");
        }
        for zone in Zone::ALL {
            let written = serde_json::to_string(&zone).unwrap();
            assert_eq!((serde_json::from_str::<Zone>(&written).unwrap(), written), (zone, format!("\"{zone}\"")));
        }
        assert!(Zone::ALL.is_sorted());
    }

    #[test]
    fn a_time_is_shifted_and_says_by_how_much() {
        let at: Timestamp = "2026-12-31T18:05:59.9Z".parse().unwrap();
        assert_eq!(Zone::UTC.write(at), "2026-12-31 18:05 UTC");
        assert_eq!(Zone::CHINA.write(at), "2027-01-01 02:05 UTC+08:00");
        assert_eq!(Zone(-210).write(at), "2026-12-31 14:35 UTC-03:30");
        assert_eq!(Zone::of_browser(-480), Zone::CHINA);
        let end = Zone(780).write(Timestamp::MAX);
        assert!(end.starts_with("9999-12-30"), "{end}");
    }

    #[test]
    fn a_day_begins_at_midnight_here() {
        for (zone, at, day, begin) in [
            (Zone::CHINA, "2026-03-14T15:59:59Z", "2026-03-14", "2026-03-13T16:00:00Z"),
            (Zone::CHINA, "2026-03-14T16:00:00Z", "2026-03-15", "2026-03-14T16:00:00Z"),
            (Zone::UTC, "2026-03-14T23:59:59Z", "2026-03-14", "2026-03-14T00:00:00Z"),
            (Zone(-210), "2026-03-01T03:29:59Z", "2026-02-28", "2026-02-28T03:30:00Z"),
        ] {
            let day_here = zone.day(at.parse().unwrap());
            assert_eq!(day_here.to_string(), day, "{zone} {at}");
            assert_eq!(zone.begin(day_here), begin.parse::<Timestamp>().unwrap().as_second(), "{zone} {at}");
        }
        assert_eq!(Zone::CHINA.begin(Date::MAX) + 8 * 60 * 60, Date::MAX.midnight());
    }
}
