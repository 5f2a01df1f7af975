//! Days, by the calendar of Gregory at all times (RFC 3339 section 1).

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::{DAY_SECONDS, TimeError, text};

/// A day of the years -9999 to 9999: `2026-11-26`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    year: i16,
    month: u8,
    day: u8,
}

/// A day that is known to be one.
///
/// # Panics
/// When there is no such day; as a constant it does not compile.
pub const fn date(year: i16, month: u8, day: u8) -> Date {
    match Date::new(year, month, day) {
        Some(date) => date,
        None => panic!("there is no such day"),
    }
}

impl Date {
    /// The first.
    pub const MIN: Self = Self { year: -9_999, month: 1, day: 1 };

    /// The last.
    pub const MAX: Self = Self { year: 9_999, month: 12, day: 31 };

    /// None where there is no such day.
    pub(super) const fn new(year: i16, month: u8, day: u8) -> Option<Self> {
        let known = Self::MIN.year <= year && year <= Self::MAX.year && 1 <= month && month <= 12;
        if known && 1 <= day && day <= days_of(year, month) { Some(Self { year, month, day }) } else { None }
    }

    /// That of a second since the begin of 1970, in UTC; the first or the last where it is out of them all.
    // A day of these years has such a year, month and day.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    pub fn holding(second: i64) -> Self {
        let second = second.clamp(Self::MIN.midnight(), Self::MAX.midnight());
        let days = second.div_euclid(DAY_SECONDS) + DAYS_UNTIL_1970;
        let (eras, day) = (days.div_euclid(ERA), days.rem_euclid(ERA));
        // Less the leap days before it.
        let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
        let day = day - days_before(year);
        let month = (5 * day + 2) / 153;
        let day = day - days_before_month(month) + 1;
        let (year, month) = if month < 10 { (year, month + 3) } else { (year + 1, month - 9) };
        Self { year: (eras * 400 + year) as i16, month: month as u8, day: day as u8 }
    }

    /// The second since the begin of 1970 with which it begins in UTC.
    pub const fn midnight(self) -> i64 {
        let (year, month) = (self.year as i64, self.month as i64);
        let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
        let day = days_before(year.rem_euclid(400)) + days_before_month(month) + self.day as i64 - 1;
        (year.div_euclid(400) * ERA + day - DAYS_UNTIL_1970) * DAY_SECONDS
    }

    /// Its year.
    pub const fn year(self) -> i16 {
        self.year
    }

    /// The first day of its month.
    pub const fn first_of_month(self) -> Self {
        Self { day: 1, ..self }
    }

    /// The day after; none after the last.
    pub fn tomorrow(self) -> Option<Self> {
        (self < Self::MAX).then(|| Self::holding(self.midnight() + DAY_SECONDS))
    }
}

const fn days_of(year: i16, month: u8) -> u8 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days of an era before a year of it. Years begin in March here, so that a leap day is the last of its
/// year (Howard Hinnant, "chrono-compatible low-level date algorithms").
const fn days_before(year: i64) -> i64 {
    year * 365 + year / 4 - year / 100
}

/// Days of a year before a month of it, March being 0: five months have 153.
const fn days_before_month(month: i64) -> i64 {
    (153 * month + 2) / 5
}

/// Days of 400 years, after which the calendar repeats.
const ERA: i64 = 146_097;

/// From 1 March of the year 0.
const DAYS_UNTIL_1970: i64 = 719_468;

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.year < 0 { "-00" } else { "" };
        write!(f, "{sign}{:04}-{:02}-{:02}", self.year.unsigned_abs(), self.month, self.day)
    }
}

impl fmt::Debug for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// With hyphens or without.
impl FromStr for Date {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Self, TimeError> {
        text::day(text).ok_or(TimeError::Day)
    }
}

impl Serialize for Date {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}
