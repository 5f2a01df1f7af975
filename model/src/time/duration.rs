//! Lengths of time.

use std::{
    ops::{Add, Div, Mul, Sub},
    time::Duration,
};

/// So long, or so long ago: seconds and nanoseconds. Beyond the seconds of an `i64` it stays there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SignedDuration {
    seconds: i64,
    /// Less than a second, and never of the other sign: hence the order of the two is the order of all.
    nanoseconds: i32,
}

impl SignedDuration {
    /// No time at all.
    pub const ZERO: Self = Self::from_secs(0);

    /// So many seconds.
    pub const fn from_secs(seconds: i64) -> Self {
        Self { seconds, nanoseconds: 0 }
    }

    /// So many hours.
    pub const fn from_hours(hours: i64) -> Self {
        Self::from_secs(hours.saturating_mul(3_600))
    }

    // What is left of a thousand milliseconds is less than a second.
    #[allow(clippy::cast_possible_truncation)]
    pub(super) const fn from_millis(milliseconds: i64) -> Self {
        Self { seconds: milliseconds / 1_000, nanoseconds: (milliseconds % 1_000) as i32 * 1_000_000 }
    }

    /// Seconds and less than two more in nanoseconds, each of either sign.
    pub(super) const fn balanced(seconds: i64, nanoseconds: i32) -> Self {
        let seconds = seconds.saturating_add((nanoseconds / SECOND) as i64);
        match nanoseconds % SECOND {
            rest if seconds > 0 && rest < 0 => Self { seconds: seconds - 1, nanoseconds: rest + SECOND },
            rest if seconds < 0 && rest > 0 => Self { seconds: seconds + 1, nanoseconds: rest - SECOND },
            rest => Self { seconds, nanoseconds: rest },
        }
    }

    /// Whole seconds, and the nanoseconds that are left, of the same sign.
    pub(super) const fn parts(self) -> (i64, i32) {
        (self.seconds, self.nanoseconds)
    }

    /// Whole seconds, rounded towards zero.
    pub const fn as_secs(self) -> i64 {
        self.seconds
    }

    /// Whole hours, rounded towards zero.
    pub const fn as_hours(self) -> i64 {
        self.seconds / 3_600
    }

    /// Whole milliseconds, rounded towards zero.
    pub const fn as_millis(self) -> i64 {
        self.seconds.saturating_mul(1_000).saturating_add((self.nanoseconds / 1_000_000) as i64)
    }

    /// Whether it is less than nothing.
    pub const fn is_negative(self) -> bool {
        self.seconds < 0 || self.nanoseconds < 0
    }

    /// Whether it is nothing.
    pub const fn is_zero(self) -> bool {
        self.seconds == 0 && self.nanoseconds == 0
    }
}

impl From<Duration> for SignedDuration {
    fn from(duration: Duration) -> Self {
        Self {
            seconds: i64::try_from(duration.as_secs()).unwrap_or(i64::MAX),
            nanoseconds: duration.subsec_nanos().cast_signed(),
        }
    }
}

impl Add for SignedDuration {
    type Output = Self;

    fn add(self, more: Self) -> Self {
        Self::balanced(self.seconds.saturating_add(more.seconds), self.nanoseconds + more.nanoseconds)
    }
}

impl Sub for SignedDuration {
    type Output = Self;

    fn sub(self, less: Self) -> Self {
        Self::balanced(self.seconds.saturating_sub(less.seconds), self.nanoseconds - less.nanoseconds)
    }
}

// What is left of a whole second is less than one.
#[allow(clippy::cast_possible_truncation)]
impl Mul<i32> for SignedDuration {
    type Output = Self;

    fn mul(self, times: i32) -> Self {
        let nanoseconds = i64::from(self.nanoseconds) * i64::from(times);
        let seconds = self.seconds.saturating_mul(times.into()).saturating_add(nanoseconds / i64::from(SECOND));
        Self::balanced(seconds, (nanoseconds % i64::from(SECOND)) as i32)
    }
}

/// Rounded towards zero.
///
/// # Panics
/// As every division does by zero.
// Of the seconds less than `parts` are left, so that a part of them is less than one.
#[allow(clippy::cast_possible_truncation)]
impl Div<i32> for SignedDuration {
    type Output = Self;

    fn div(self, parts: i32) -> Self {
        let parts = i64::from(parts);
        let left = self.seconds.wrapping_rem(parts) * i64::from(SECOND) + i64::from(self.nanoseconds);
        Self { seconds: self.seconds.saturating_div(parts), nanoseconds: (left / parts) as i32 }
    }
}

const SECOND: i32 = 1_000_000_000;
