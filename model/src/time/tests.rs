//! All of it beside jiff, which has written what is stored.

#![allow(clippy::unwrap_used)]

use std::time::Duration;

use jiff::tz::Offset;
use proptest::prelude::*;
use serde_json::json;

use super::*;

/// The same moment by both.
fn moment(second: i64, nanosecond: u32) -> (Timestamp, jiff::Timestamp) {
    let more = Duration::new(0, nanosecond);
    let theirs = jiff::Timestamp::from_second(second).unwrap().checked_add(more).unwrap();
    (Timestamp::from_second(second).unwrap() + more, theirs)
}

/// The same length by both; the sum of the two need not be of one sign.
fn length(seconds: i64, nanoseconds: i32) -> (SignedDuration, jiff::SignedDuration) {
    (SignedDuration::balanced(seconds, nanoseconds), jiff::SignedDuration::new(seconds, nanoseconds))
}

fn is_same(ours: SignedDuration, theirs: jiff::SignedDuration) -> bool {
    ours.parts() == (theirs.as_secs(), theirs.subsec_nanos())
}

fn ours(theirs: jiff::civil::Date) -> Date {
    date(theirs.year(), theirs.month().cast_unsigned(), theirs.day().cast_unsigned())
}

fn assert_same_day(theirs: jiff::civil::Date) {
    let day = ours(theirs);
    let midnight = theirs.duration_since(jiff::civil::date(1970, 1, 1)).as_secs();
    assert_eq!(day.midnight(), midnight, "{theirs}");
    assert_eq!([midnight, midnight + DAY_SECONDS - 1].map(Date::holding), [day, day]);
    assert_eq!(day.tomorrow(), theirs.tomorrow().ok().map(ours));
    assert_eq!(day.first_of_month(), ours(theirs.first_of_month()));
    assert_eq!((day.to_string(), day.year()), (theirs.to_string(), theirs.year()));
}

#[test]
fn days_between_two_moments_are_whole_on_either_side() {
    let (now, nanosecond) = (Timestamp::from_second(1_800_000_000).unwrap(), SignedDuration::balanced(0, 1));
    for (seconds, days) in [
        (0, 0),
        (DAY_SECONDS - 1, 0),
        (DAY_SECONDS, 1),
        (-1, 0),
        (1 - DAY_SECONDS, 0),
        (-DAY_SECONDS, -1),
        (-10 * DAY_SECONDS - DAY_SECONDS / 2, -10),
        (10 * DAY_SECONDS + DAY_SECONDS / 2, 10),
    ] {
        let at = Timestamp::from_second(1_800_000_000 + seconds).unwrap();
        assert_eq!((at.days_since(now), now.days_since(at)), (days, -days), "{seconds}");
        assert_eq!(at.days_since(now + nanosecond), days, "{seconds}");
    }
    assert_eq!(Timestamp::MAX.days_since(Timestamp::MIN), -Timestamp::MIN.days_since(Timestamp::MAX));
}

#[test]
fn the_ends_of_time_are_where_they_were() {
    for (ours, theirs) in [
        (Timestamp::MIN, jiff::Timestamp::MIN),
        (Timestamp::MAX, jiff::Timestamp::MAX),
        (Timestamp::UNIX_EPOCH, jiff::Timestamp::UNIX_EPOCH),
    ] {
        assert_eq!(ours.to_string(), theirs.to_string());
        assert_eq!(ours.as_second(), theirs.as_second());
        assert_eq!(ours.as_millisecond(), theirs.as_millisecond());
        assert_eq!(ours.to_string().parse(), Ok(ours));
        assert_eq!(Timestamp::from_second(ours.as_second()).unwrap().as_second(), ours.as_second());
    }
    for (day, theirs) in [(Date::MIN, jiff::civil::Date::MIN), (Date::MAX, jiff::civil::Date::MAX)] {
        assert_eq!(day, ours(theirs));
        assert_same_day(theirs);
    }
    let nanosecond = SignedDuration::balanced(0, 1);
    assert_eq!(Timestamp::MIN.checked_sub(nanosecond), Err(TimeError::OutOfRange));
    assert_eq!(Timestamp::MAX.checked_sub(SignedDuration::ZERO - nanosecond), Err(TimeError::OutOfRange));
    assert_eq!((Timestamp::MIN - nanosecond, Timestamp::MAX + nanosecond), (Timestamp::MIN, Timestamp::MAX));
    for second in [i64::MIN, Timestamp::MIN.as_second() - 1, Timestamp::MAX.as_second() + 1, i64::MAX] {
        assert_eq!(Timestamp::from_second(second), Err(TimeError::OutOfRange));
    }
    for millisecond in [i64::MIN, Timestamp::MIN.as_millisecond() - 1, Timestamp::MAX.as_millisecond() + 1, i64::MAX] {
        assert_eq!(Timestamp::from_millisecond(millisecond), Err(TimeError::OutOfRange));
    }
    assert_eq!([i64::MIN, i64::MAX].map(Date::holding), [Date::MIN, Date::MAX]);
}

#[test]
fn the_longest_time_ago_has_parts_too() {
    let longest = SignedDuration::from_secs(i64::MIN);
    assert_eq!(longest / -1, SignedDuration::from_secs(i64::MAX));
    assert_eq!(longest / 1, longest);
    assert_eq!((longest - SignedDuration::balanced(0, 5)) / -1, SignedDuration::balanced(i64::MAX, 5));
}

#[test]
fn every_hundredth_day_is_the_same_and_every_day_of_two_centuries() {
    let days = |from: jiff::civil::Date, until: jiff::civil::Date, step: i64| {
        let step = jiff::SignedDuration::from_hours(step * 24);
        let next = move |day: &jiff::civil::Date| day.checked_add(step).ok();
        std::iter::successors(Some(from), next).take_while(move |day| *day <= until)
    };
    days(jiff::civil::Date::MIN, jiff::civil::Date::MAX, 100).for_each(assert_same_day);
    days(jiff::civil::date(1899, 12, 1), jiff::civil::date(2101, 1, 31), 1).for_each(assert_same_day);
}

#[test]
fn there_are_no_other_days_than_there_were() {
    for year in [-9_999_i16, -400, -100, -4, -1, 0, 1, 1900, 2000, 2023, 2024, 2100, 9_999, 10_000, -10_000, i16::MAX] {
        for month in 0..=13_u8 {
            for day in [0, 1, 28, 29, 30, 31, 32, u8::MAX] {
                let theirs = jiff::civil::Date::new(year, month.cast_signed(), day.cast_signed()).ok();
                assert_eq!(Date::new(year, month, day).is_some(), theirs.is_some(), "{year} {month} {day}");
            }
        }
    }
}

#[test]
fn what_people_type_is_still_read() {
    for (text, meant) in [
        ("2026-11-26T08:00:00Z", "2026-11-26T08:00:00Z"),
        ("2026-11-26T08:00:00.000Z", "2026-11-26T08:00:00Z"),
        ("2026-11-26T08:00:00.5Z", "2026-11-26T08:00:00.5Z"),
        ("2026-11-26T08:00:00,123456789Z", "2026-11-26T08:00:00.123456789Z"),
        ("2026-11-26 08:00:00z", "2026-11-26T08:00:00Z"),
        ("2026-11-26t08:00+08:00", "2026-11-26T00:00:00Z"),
        ("2026-11-26T08+08", "2026-11-26T00:00:00Z"),
        ("2026-11-26 00:00:00-0330", "2026-11-26T03:30:00Z"),
        ("20261126T080000Z", "2026-11-26T08:00:00Z"),
        ("20261126 0800+0545", "2026-11-26T02:15:00Z"),
        ("+002026-11-26T08:00:00+00:00", "2026-11-26T08:00:00Z"),
        ("2026-11-26T08:00:00-00:00", "2026-11-26T08:00:00Z"),
        ("1900-12-31T23:59:00+08:05:43", "1900-12-31T15:53:17Z"),
        ("2026-12-31T23:59:60Z", "2026-12-31T23:59:59Z"),
        ("2024-02-29T23:00:00-02:00", "2024-03-01T01:00:00Z"),
        ("-000001-02-28T00:00:00Z", "-000001-02-28T00:00:00Z"),
        ("1969-12-31T23:59:59.75Z", "1969-12-31T23:59:59.75Z"),
        ("9999-12-31T23:59:59+25:59:59", "9999-12-30T22:00:00Z"),
    ] {
        assert_eq!(text.parse::<Timestamp>().map(|at| at.to_string()), Ok(meant.to_owned()), "{text}");
        assert_eq!(text.parse::<jiff::Timestamp>().unwrap().to_string(), meant, "{text}");
    }
}

#[test]
fn what_is_no_moment_is_not_read() {
    for text in [
        "",
        "now",
        "2026",
        "2026-11-26",
        "2026-11-26T",
        "2026-11-26T08:00:00",
        "2026-11-26T08:00:00+",
        "2026-11-26T08:00:00+8:00",
        "2026-11-26T08:00:00+26:00",
        "2026-11-26T08:00:00+08:60",
        "2026-11-26T08:00:00 +08:00",
        "2026-11-26T08:00:00ZZ",
        "2026-11-26T08:00:00Z\n",
        " 2026-11-26T08:00:00Z",
        "2026-11-26T8:00:00Z",
        "2026-11-26T24:00:00Z",
        "2026-11-26T08:60:00Z",
        "2026-11-26T08:00:61Z",
        "2026-11-26T08:0000Z",
        "2026-11-26T0800:00Z",
        "2026-11-26T08:00:00.Z",
        "2026-11-26T08:00.5Z",
        "2026-11-26T08:00:00.1234567890Z",
        "2026-11-26_08:00:00Z",
        "2026-11-26Z",
        "2026-1126T08:00:00Z",
        "202611-26T08:00:00Z",
        "2026-11-31T08:00:00Z",
        "2026-02-29T08:00:00Z",
        "2026-00-01T08:00:00Z",
        "2026-13-01T08:00:00Z",
        "-000000-01-01T00:00:00Z",
        "-2026-11-26T08:00:00Z",
        "+012026-11-26T08:00:00Z",
        "２０２６-11-26T08:00:00Z",
        "2026-11-26T08:00:00\u{2212}08:00",
        "9999-12-31T23:59:59Z",
        "-009999-01-01T00:00:00Z",
    ] {
        assert!(text.parse::<Timestamp>().is_err(), "{text:?}");
        assert!(text.parse::<jiff::Timestamp>().is_err(), "{text:?}");
    }
    // jiff passes over these.
    for text in ["2026-11-26T08:00:00Z[Asia/Shanghai]", "2026-11-26T08:00:00+08:00:00.5"] {
        assert_eq!(text.parse::<Timestamp>(), Err(TimeError::Moment));
    }
}

#[test]
fn a_day_is_a_day_and_nothing_else() {
    for (text, meant) in [("2026-11-26", "2026-11-26"), ("20240229", "2024-02-29"), ("-009999-01-01", "-009999-01-01")]
    {
        assert_eq!(text.parse::<Date>().map(|day| day.to_string()), Ok(meant.to_owned()));
        assert_eq!(text.parse::<jiff::civil::Date>().unwrap().to_string(), meant);
    }
    for text in
        ["", "2026-11", "2026-11-2", "2026-11-266", "2026-11-26Z", "2026-02-29", "2100-02-29", "26-11-26", "11/26"]
    {
        assert_eq!(text.parse::<Date>(), Err(TimeError::Day), "{text}");
        assert!(text.parse::<jiff::civil::Date>().is_err(), "{text}");
    }
    // jiff takes the day of it.
    assert_eq!("2026-11-26T08:00:00".parse::<Date>(), Err(TimeError::Day));
}

#[test]
fn what_is_stored_is_read_and_written_again_to_the_letter() {
    for stored in [
        json!("2026-05-01T08:00:00Z"),
        json!("2026-05-01T08:00:00.25Z"),
        json!("2026-05-01T08:00:00.123456789Z"),
        json!("1970-01-01T00:00:00Z"),
        json!("1950-01-01T00:00:00Z"),
        json!("0000-01-01T00:00:00Z"),
        json!("-009999-01-02T01:59:59Z"),
        json!("9999-12-30T22:00:00.999999999Z"),
    ] {
        let read: Timestamp = serde_json::from_value(stored.clone()).unwrap();
        assert_eq!(serde_json::to_value(read).unwrap(), stored);
        let theirs: jiff::Timestamp = serde_json::from_value(stored.clone()).unwrap();
        assert_eq!(serde_json::to_value(theirs).unwrap(), stored);
    }
    for stored in [json!("2026-05-01"), json!("0001-01-01"), json!("-000044-03-15")] {
        let read: Date = serde_json::from_value(stored.clone()).unwrap();
        assert_eq!(serde_json::to_value(read).unwrap(), stored);
    }
    for refused in [json!(null), json!(1_800_000_000), json!("soon"), json!(["2026-05-01T08:00:00Z"]), json!("")] {
        assert!(serde_json::from_value::<Timestamp>(refused.clone()).is_err());
        assert!(serde_json::from_value::<Date>(refused).is_err());
    }
}

#[test]
fn a_clock_that_shows_a_time_past_the_ends_shows_the_ends() {
    let beyond = Duration::from_secs(1 << 40);
    let shown = [SystemTime::UNIX_EPOCH - beyond, SystemTime::UNIX_EPOCH + beyond];
    assert_eq!(shown.map(Timestamp::from), [Timestamp::MIN, Timestamp::MAX]);
}

fn any_second() -> impl Strategy<Value = i64> {
    prop_oneof![jiff::Timestamp::MIN.as_second()..=jiff::Timestamp::MAX.as_second(), -100_000..4_000_000_000_i64]
}

fn any_nanosecond() -> impl Strategy<Value = u32> {
    prop_oneof![Just(0_u32), 0..1_000_000_000_u32, (0..1_000_u32).prop_map(|millisecond| millisecond * 1_000_000)]
}

/// Most are moments, and the others nearly.
fn any_typed() -> impl Strategy<Value = String> {
    let number = |most: u32| (0..=most).prop_map(|number| format!("{number:02}"));
    let year = prop_oneof!["[0-9]{4}", "[-+]00[0-9]{4}", Just("9999".to_owned()), Just("-009999".to_owned())];
    let date = (year, "-?", number(13), number(32))
        .prop_map(|(year, hyphen, month, day)| format!("{year}{hyphen}{month}{hyphen}{day}"));
    let time = (number(24), ":?", number(60), number(61), "([.,][0-9]{0,10})?")
        .prop_map(|(hour, colon, minute, second, fraction)| format!("{hour}{colon}{minute}{colon}{second}{fraction}"));
    let offset = prop_oneof![
        Just("Z".to_owned()),
        (number(26), "[0-5][0-9]").prop_map(|(hour, minute)| format!("+{hour}:{minute}")),
        "[-+]([01][0-9]|2[0-6])(:[0-5][0-9]){0,2}",
        "[-+]([01][0-9]|2[0-6])([0-5][0-9]){0,2}",
        "z?",
    ];
    (date, "[Tt ]", time, offset).prop_map(|(date, between, time, offset)| format!("{date}{between}{time}{offset}"))
}

proptest! {
    #[test]
    fn a_moment_is_written_read_and_taken_apart_alike(second in any_second(), nanosecond in any_nanosecond()) {
        let (ours, theirs) = moment(second, nanosecond);
        let text = theirs.to_string();
        prop_assert_eq!(&ours.to_string(), &text);
        prop_assert_eq!(format!("{ours:?}"), format!("{theirs:?}"));
        prop_assert_eq!(serde_json::to_string(&ours).unwrap(), serde_json::to_string(&theirs).unwrap());
        prop_assert_eq!(text.parse::<Timestamp>(), Ok(ours));
        prop_assert_eq!(ours.as_second(), theirs.as_second());
        prop_assert_eq!(ours.as_millisecond(), theirs.as_millisecond());
        let civil = Offset::UTC.to_datetime(theirs);
        prop_assert_eq!(ours.date().to_string(), civil.date().to_string());
        let time = [civil.hour(), civil.minute(), civil.second()];
        prop_assert_eq!(ours.time_of_day(), time.map(i64::from));
        // Where the last second begins, the milliseconds of jiff end.
        if let Ok(theirs) = jiff::Timestamp::from_millisecond(theirs.as_millisecond()) {
            let ours = Timestamp::from_millisecond(ours.as_millisecond()).unwrap();
            prop_assert_eq!(ours.to_string(), theirs.to_string());
        }
    }

    #[test]
    fn what_a_clock_shows_is_the_same_moment(second in any_second(), nanosecond in any_nanosecond()) {
        let (ours, theirs) = moment(second, nanosecond);
        prop_assert_eq!(Timestamp::from(SystemTime::try_from(theirs).unwrap()), ours);
    }

    #[test]
    fn two_moments_lie_to_each_other_as_they_did(
        one in (any_second(), any_nanosecond()),
        other in (any_second(), any_nanosecond()),
        is_near in any::<bool>(),
    ) {
        let other = if is_near { (one.0, other.1) } else { other };
        let (one, other) = (moment(one.0, one.1), moment(other.0, other.1));
        prop_assert_eq!(one.0.cmp(&other.0), one.1.cmp(&other.1));
        prop_assert_eq!(one.0 == other.0, one.1 == other.1);
        let (ours, theirs) = (one.0.duration_since(other.0), one.1.duration_since(other.1));
        prop_assert!(is_same(ours, theirs), "{ours:?} {theirs:?}");
        prop_assert_eq!(other.0 + ours, one.0);
        prop_assert_eq!(one.0.checked_sub(ours), Ok(other.0));
    }

    #[test]
    fn so_long_before_and_after_a_moment_is_where_it_was(
        at in (any_second(), any_nanosecond()),
        by in (prop_oneof![-10_000_000..10_000_000_i64, any::<i32>().prop_map(|by| i64::from(by) * 300)], any::<i32>()),
    ) {
        let (at, by) = (moment(at.0, at.1), length(by.0, by.1 % 1_000_000_000));
        let earlier = at.1.checked_sub(by.1).ok();
        prop_assert_eq!(at.0.checked_sub(by.0).ok().map(|at| at.to_string()), earlier.map(|at| at.to_string()));
        let later = at.1.saturating_add(by.1).unwrap();
        prop_assert_eq!((at.0 + by.0).to_string(), later.to_string());
        let earlier = at.1.saturating_sub(by.1).unwrap();
        prop_assert_eq!((at.0 - by.0).to_string(), earlier.to_string());
    }

    #[test]
    fn lengths_are_reckoned_with_alike(
        one in (-1_000_000_000_000..1_000_000_000_000_i64, any::<i32>()),
        other in (-1_000_000_000_000..1_000_000_000_000_i64, any::<i32>()),
        by in any::<i32>().prop_filter("a division by zero", |by| *by != 0),
        times in -100_000..100_000_i32,
    ) {
        let [one, other] = [one, other].map(|(seconds, nanoseconds)| length(seconds, nanoseconds % 1_000_000_000));
        prop_assert!(is_same(one.0, one.1));
        prop_assert!(is_same(one.0 + other.0, one.1 + other.1));
        prop_assert!(is_same(one.0 - other.0, one.1 - other.1));
        prop_assert!(is_same(one.0 / by, one.1 / by));
        prop_assert!(is_same(one.0 * times, one.1 * times));
        prop_assert_eq!(one.0.cmp(&other.0), one.1.cmp(&other.1));
        prop_assert_eq!(one.0.as_hours(), one.1.as_hours());
        prop_assert_eq!(i128::from(one.0.as_millis()), one.1.as_millis());
        prop_assert_eq!(one.0.is_negative(), one.1.is_negative());
        prop_assert_eq!(one.0.is_zero(), one.1.is_zero());
        prop_assert!((one.0 - one.0).is_zero());
    }

    #[test]
    fn what_is_typed_means_the_same_or_nothing_as_before(
        typed in any_typed(),
        place in any::<prop::sample::Index>(),
        instead in prop::option::of("[-+:.,TZz 0-9]?"),
    ) {
        let mut text = typed;
        if let (Some(instead), false) = (instead, text.is_empty()) {
            let place = place.index(text.len());
            text.replace_range(place..=place, &instead);
        }
        let ours = text.parse::<Timestamp>().ok().map(|at| at.to_string());
        prop_assert_eq!(ours, text.parse::<jiff::Timestamp>().ok().map(|at| at.to_string()), "{}", text);
        let day: String = text.chars().take_while(|character| !"Tt ".contains(*character)).collect();
        let ours = day.parse::<Date>().ok().map(|day| day.to_string());
        prop_assert_eq!(ours, day.parse::<jiff::civil::Date>().ok().map(|day| day.to_string()), "{}", day);
    }

    #[test]
    fn no_text_is_too_odd_to_refuse(text in any::<String>()) {
        prop_assert!(text.parse::<Timestamp>().is_err() && text.parse::<Date>().is_err());
    }

    #[test]
    fn lengths_without_end_end_somewhere(one in any::<i64>(), other in any::<i64>(), times in any::<i32>()) {
        let [one, other] = [one, other].map(SignedDuration::from_secs);
        prop_assert!(times == 0 || (one / times).as_secs() == one.as_secs().saturating_div(times.into()));
        let _ = ((one + other) - (one * times), one.as_millis(), SignedDuration::from_hours(other.as_secs()));
        prop_assert!((Timestamp::MIN..=Timestamp::MAX).contains(&(Timestamp::UNIX_EPOCH + one)));
        prop_assert!((Timestamp::MIN..=Timestamp::MAX).contains(&(Timestamp::MAX - other)));
        prop_assert!((Date::MIN..=Date::MAX).contains(&Date::holding(one.as_secs())));
    }
}
