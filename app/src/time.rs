//! Times in words. Nothing here reads a clock: `now` comes from the server together with the data,
//! so that the server's page and the browser's are the same to the letter.

use leptos::prelude::*;
use model::{Timestamp, Zone};

use crate::{i18n::*, preferences::use_locale, zone::use_zone};

/// `in 3 days`, `2 小时前`: the largest unit that fits, rounded down. Days go up to 99, because the
/// lifetimes of certificates are thought of in days.
pub fn relative(at: Timestamp, now: Timestamp, locale: Locale) -> String {
    let seconds = at.as_second().saturating_sub(now.as_second());
    match (span(seconds.unsigned_abs(), locale), seconds < 0) {
        (None, true) => td_string!(locale, words.time.just_now).to_owned(),
        (None, false) if seconds == 0 => td_string!(locale, words.time.just_now).to_owned(),
        (None, false) => td_string!(locale, words.time.soon).to_owned(),
        (Some(span), true) => td_string!(locale, words.time.in_past, span = span),
        (Some(span), false) => td_string!(locale, words.time.in_future, span = span),
    }
}

/// `2026-03-15 08:00 UTC (in 3 days)`.
pub fn absolute_and_relative(at: Timestamp, now: Timestamp, zone: Zone, locale: Locale) -> String {
    let (absolute, relative) = (zone.write(at), relative(at, now, locale));
    td_string!(locale, words.evidence.time, absolute = absolute, relative = relative)
}

/// `1 day`, `200 天`.
pub fn days(count: i64, locale: Locale) -> String {
    match count {
        1 => td_string!(locale, words.time.day).to_owned(),
        count => td_string!(locale, words.time.days, count = count),
    }
}

/// A time in relative words, with the absolute time on hover. `now` is the server's, sent with the
/// data that `at` came with.
#[component]
pub fn Time(
    /// The time to show.
    at: Timestamp,
    /// The server's time when it answered.
    now: Timestamp,
) -> impl IntoView {
    let locale = use_locale();
    view! {
        <time datetime=at.to_string() title=use_zone().write(at)>
            {relative(at, now, locale)}
        </time>
    }
}

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;
/// A twelfth of the mean Gregorian year.
const MONTH: u64 = YEAR / 12;
/// The mean Gregorian year, 365.2425 days.
const YEAR: u64 = 31_556_952;

/// None below a minute.
fn span(seconds: u64, locale: Locale) -> Option<String> {
    Some(match seconds {
        0..MINUTE => return None,
        MINUTE..HOUR => match seconds / MINUTE {
            1 => td_string!(locale, words.time.minute).to_owned(),
            count => td_string!(locale, words.time.minutes, count = count),
        },
        HOUR..DAY => match seconds / HOUR {
            1 => td_string!(locale, words.time.hour).to_owned(),
            count => td_string!(locale, words.time.hours, count = count),
        },
        _ if seconds / DAY < 100 => match seconds / DAY {
            1 => td_string!(locale, words.time.day).to_owned(),
            count => td_string!(locale, words.time.days, count = count),
        },
        _ if seconds < 2 * YEAR => match seconds / MONTH {
            1 => td_string!(locale, words.time.month).to_owned(),
            count => td_string!(locale, words.time.months, count = count),
        },
        _ => match seconds / YEAR {
            1 => td_string!(locale, words.time.year).to_owned(),
            count => td_string!(locale, words.time.years, count = count),
        },
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use model::SignedDuration;

    use super::*;

    #[test]
    fn relative_times_take_the_largest_unit_that_fits() {
        let day = 86_400;
        for (seconds, english, chinese) in [
            (0, "just now", "刚刚"),
            (-59, "just now", "刚刚"),
            (59, "in a moment", "马上"),
            (60, "in 1 minute", "1 分钟后"),
            (-3_599, "59 minutes ago", "59 分钟前"),
            (-3_600, "1 hour ago", "1 小时前"),
            (7_200, "in 2 hours", "2 小时后"),
            (day - 1, "in 23 hours", "23 小时后"),
            (day, "in 1 day", "1 天后"),
            (3 * day + 5, "in 3 days", "3 天后"),
            (-99 * day, "99 days ago", "99 天前"),
            (100 * day, "in 3 months", "3 个月后"),
            (-398 * day, "13 months ago", "13 个月前"),
            (731 * day, "in 2 years", "2 年后"),
            (-3_653 * day, "10 years ago", "10 年前"),
        ] {
            let now = Timestamp::from_second(1_800_000_000).unwrap();
            let at = Timestamp::from_second(1_800_000_000 + seconds).unwrap();
            assert_eq!(relative(at, now, Locale::en), english, "{seconds}");
            assert_eq!(relative(at, now, Locale::zh_CN), chinese, "{seconds}");
        }
    }

    #[test]
    fn whole_days_are_as_many_in_words_as_in_numbers() {
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        for hours in [24, 36, 47, 48, 10 * 24 + 12, 99 * 24 + 23] {
            let [past, future] = [-hours, hours].map(|hours| now + SignedDuration::from_hours(hours));
            for (at, words) in [
                (past, format!("{} ago", days(-past.days_since(now), Locale::en))),
                (future, format!("in {}", days(future.days_since(now), Locale::en))),
            ] {
                assert_eq!(relative(at, now, Locale::en), words, "{hours}");
            }
        }
    }

    #[test]
    fn the_ends_of_time_do_not_overflow() {
        assert_eq!(relative(Timestamp::MAX, Timestamp::MIN, Locale::en), "in 19998 years");
        assert_eq!(relative(Timestamp::MIN, Timestamp::MAX, Locale::en), "19998 years ago");
    }
}
