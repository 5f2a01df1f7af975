//! When certificates end: a bar for each of the coming weeks.

use leptos::{either::Either, prelude::*};
use model::{
    DAY_SECONDS, Timestamp, Zone,
    certificates::{Expiries, list::DaysLeft},
};

use super::query::ending;
use crate::{i18n::*, preferences::use_locale, zone::use_zone};

/// A list of weeks, each with how many certificates end in it; drawn as bars.
#[component]
pub fn Timeline(
    /// How many in which week.
    expiries: Expiries,
    /// The server's time when it counted.
    now: Timestamp,
) -> impl IntoView {
    let locale = use_locale();
    let Expiries { ended, weeks } = expiries;
    let most = weeks.into_iter().max().unwrap_or_default();
    let bars = (0..).zip(weeks).map(|(week, count)| view! { <Week week count most now/> }).collect_view();
    let drawn = if most == 0 {
        Either::Left(view! { <p>{td!(locale, certificates.timeline.none)}</p> })
    } else {
        Either::Right(view! {
            <ol class="grid grid-cols-7 gap-y-3 sm:grid-cols-13" aria-label=td_string!(locale, certificates.timeline.label)>
                {bars}
            </ol>
        })
    };
    view! {
        <div class="flex flex-col gap-3" data-timeline="">
            {(ended > 0).then(|| view! {
                <p><a class="link font-semibold text-error" href=ending(DaysLeft::Within(0))>
                    {td_string!(locale, certificates.timeline.ended, count = ended)}
                </a></p>
            })}
            {drawn}
        </div>
    }
    .into_any()
}

#[component]
fn Week(week: u32, count: u32, most: u32, now: Timestamp) -> impl IntoView {
    let (locale, zone) = (use_locale(), use_zone());
    // A week begins at the time of day that it is now, and the next one on the day in the middle of which it ends.
    let (from, to) = (begin(now, zone, week), begin(now, zone, week.saturating_add(1)));
    let said = td_string!(locale, certificates.timeline.week, from = from.as_str(), to = to.as_str(), count = count);
    let bar = view! {
        <svg class=format!("h-20 w-full {}", colour(week)) viewBox="0 0 10 100" preserveAspectRatio="none" aria-hidden="true">
            <rect x="1" y=100 - height(count, most) width="8" height=height(count, most)/>
        </svg>
        <span class="border-t border-base-content/40 pt-1 text-xs" aria-hidden="true">{from}</span>
    };
    let column = "flex flex-col text-center";
    let within = if count > 0 {
        Either::Left(view! {
            <a class=format!("{column} rounded-field hover:bg-base-200") href=ending(DaysLeft::week(week)) aria-label=said.clone() title=said>
                <span class="font-semibold" aria-hidden="true">{count}</span>
                {bar}
            </a>
        })
    } else {
        Either::Right(view! {
            <span class=column>
                <span class="text-base-content/80" aria-hidden="true">"0"</span>
                <span class="sr-only">{said}</span>
                {bar}
            </span>
        })
    };
    view! { <li data-week=week data-count=count>{within}</li> }
}

/// `11-29`: the day, as days are in `zone`, on which that week from `now` begins. A week is as
/// [`DaysLeft::week`] has it.
fn begin(now: Timestamp, zone: Zone, week: u32) -> String {
    let second = now.as_second().saturating_add(i64::from(week) * 7 * DAY_SECONDS);
    let date = zone.day(Timestamp::from_second(second).unwrap_or(Timestamp::MAX)).to_string();
    date.split_once('-').map_or_else(String::new, |(_, day)| day.to_owned())
}

/// Of a hundred; the smallest can still be seen.
fn height(count: u32, most: u32) -> u64 {
    match (u64::from(count) * 100).checked_div(u64::from(most)) {
        Some(height) if count > 0 => height.max(4),
        _ => 0,
    }
}

/// As pressing as the findings of a certificate that ends then.
const fn colour(week: u32) -> &'static str {
    match week {
        0 => "fill-error",
        1..4 => "fill-warning",
        _ => "fill-primary",
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn bars_are_as_high_as_their_share_and_never_out_of_sight() {
        for (count, most, expected) in
            [(0, 0, 0), (0, 9, 0), (1, 1, 100), (1, 3, 33), (1, 10_000, 4), (u32::MAX, u32::MAX, 100)]
        {
            assert_eq!(height(count, most), expected, "{count} of {most}");
        }
    }

    #[test]
    fn what_ends_in_a_week_ends_between_the_days_that_it_is_called_by() {
        for (now, zone, days) in [
            ("2026-02-26T23:00:00Z", Zone::UTC, ["02-26", "03-05", "03-12"]),
            ("2026-02-26T15:59:59Z", Zone::CHINA, ["02-26", "03-05", "03-12"]),
            ("2026-02-26T16:00:00Z", Zone::CHINA, ["02-27", "03-06", "03-13"]),
        ] {
            let now = now.parse().unwrap();
            assert_eq!([0, 1, 2].map(|week| begin(now, zone, week)), days, "{now} {zone}");
            let last = Timestamp::from_second(DaysLeft::week(0).span(now).1).unwrap();
            assert_eq!(zone.day(last).to_string(), format!("2026-{}", days[1]), "{now} {zone}");
        }
        assert_eq!(begin(Timestamp::MAX, Zone::UTC, 13), "12-30");
    }
}
