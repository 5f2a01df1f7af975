//! Moments, days and lengths of time: what is asked of them here, and no more (docs/decisions/0019).
//! All in UTC: what a clock elsewhere shows, and when a day begins there, is up to [`crate::Zone`]. There is no
//! clock, whoever has one reads it.

mod date;
mod duration;
#[cfg(test)]
mod tests;
mod text;

use std::{
    fmt,
    ops::{Add, Sub},
    str::FromStr,
    time::SystemTime,
};

use serde::{Deserialize, Serialize};

pub use self::{
    date::{Date, date},
    duration::SignedDuration,
};

/// A moment in UTC, to the nanosecond and without leap seconds. As text it is RFC 3339 with a `Z`, and
/// with a fraction where there is one: `2026-11-26T08:00:00Z`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(SignedDuration);

/// Not a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    /// It does not read as a moment.
    #[error("not a time such as 2026-11-26T08:00:00Z")]
    Moment,
    /// It does not read as a day, or there was none such.
    #[error("not a day such as 2026-11-26")]
    Day,
    /// It lies before the first moment there is, or after the last.
    #[error("before {} or after {}", Timestamp::MIN, Timestamp::MAX)]
    OutOfRange,
}

impl Timestamp {
    /// The first that is in the year -9999 or later in every zone.
    pub const MIN: Self = Self(SignedDuration::from_secs(-377_705_023_201));

    /// The last that is in the year 9999 or earlier in every zone.
    pub const MAX: Self = Self(SignedDuration::balanced(253_402_207_200, 999_999_999));

    /// The begin of 1970.
    pub const UNIX_EPOCH: Self = Self(SignedDuration::ZERO);

    /// So many seconds after the begin of 1970, or before it.
    ///
    /// # Errors
    /// When that is before [`Timestamp::MIN`] or after [`Timestamp::MAX`].
    pub fn from_second(second: i64) -> Result<Self, TimeError> {
        Self::since_1970(SignedDuration::from_secs(second))
    }

    /// The same in milliseconds.
    ///
    /// # Errors
    /// As [`Timestamp::from_second`].
    pub fn from_millisecond(millisecond: i64) -> Result<Self, TimeError> {
        Self::since_1970(SignedDuration::from_millis(millisecond))
    }

    /// Whole seconds since the begin of 1970, rounded towards it.
    pub const fn as_second(self) -> i64 {
        self.0.as_secs()
    }

    /// Whole milliseconds since the begin of 1970, rounded towards it.
    pub const fn as_millisecond(self) -> i64 {
        self.0.as_millis()
    }

    /// From `other` until this; below zero where `other` is later.
    pub fn duration_since(self, other: Self) -> SignedDuration {
        self.0 - other.0
    }

    /// Whole days from `other` until this, rounded towards zero as in the words of pages and mails; below zero
    /// where `other` is later by a day or more.
    pub const fn days_since(self, other: Self) -> i64 {
        (self.as_second() - other.as_second()) / DAY_SECONDS
    }

    /// So long before.
    ///
    /// # Errors
    /// As [`Timestamp::from_second`].
    pub fn checked_sub(self, less: SignedDuration) -> Result<Self, TimeError> {
        Self::since_1970(self.0 - less)
    }

    /// Its day.
    pub fn date(self) -> Date {
        Date::holding(self.rounded_down().0)
    }

    /// Its hour, minute and second.
    pub const fn time_of_day(self) -> [i64; 3] {
        let second = self.rounded_down().0.rem_euclid(DAY_SECONDS);
        [second / 3_600, second / 60 % 60, second % 60]
    }

    /// The second it lies in, and the nanosecond of that.
    const fn rounded_down(self) -> (i64, i32) {
        match self.0.parts() {
            (second, nanosecond) if nanosecond < 0 => (second - 1, nanosecond + 1_000_000_000),
            parts => parts,
        }
    }

    fn since_1970(since: SignedDuration) -> Result<Self, TimeError> {
        let at = Self(since);
        if (Self::MIN..=Self::MAX).contains(&at) { Ok(at) } else { Err(TimeError::OutOfRange) }
    }
}

/// Past the last moment it is the last, and before the first the first.
impl<D: Into<SignedDuration>> Add<D> for Timestamp {
    type Output = Self;

    fn add(self, more: D) -> Self {
        let more: SignedDuration = more.into();
        Self(self.0 + more).clamp(Self::MIN, Self::MAX)
    }
}

/// As with [`Add`].
impl<D: Into<SignedDuration>> Sub<D> for Timestamp {
    type Output = Self;

    fn sub(self, less: D) -> Self {
        let less: SignedDuration = less.into();
        Self(self.0 - less).clamp(Self::MIN, Self::MAX)
    }
}

/// What a clock has shown. Past the ends of time as with [`Add`].
impl From<SystemTime> for Timestamp {
    fn from(shown: SystemTime) -> Self {
        match shown.duration_since(SystemTime::UNIX_EPOCH) {
            Ok(since) => Self::UNIX_EPOCH + since,
            Err(error) => Self::UNIX_EPOCH - error.duration(),
        }
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [hour, minute, second] = self.time_of_day();
        write!(f, "{}T{hour:02}:{minute:02}:{second:02}", self.date())?;
        let (_, nanosecond) = self.rounded_down();
        if nanosecond > 0 {
            let digits = format!("{nanosecond:09}");
            write!(f, ".{}", digits.trim_end_matches('0'))?;
        }
        f.write_str("Z")
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Reads more than is written: any offset from UTC, which there must be, a space or `t` for the `T`, a
/// comma in the fraction, neither hyphens nor colons, no seconds or no minutes. A leap second is the one before.
impl FromStr for Timestamp {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Self, TimeError> {
        let (second, nanosecond) = text::moment(text).ok_or(TimeError::Moment)?;
        Self::since_1970(SignedDuration::balanced(second, nanosecond))
    }
}

impl Serialize for Timestamp {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// Seconds of a day; there are no leap seconds here.
pub const DAY_SECONDS: i64 = 24 * 60 * 60;
