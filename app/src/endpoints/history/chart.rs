//! Where things lie in the picture of a history. Pure: a place in time becomes a place between 0 and
//! [`WIDTH`], and the picture is stretched to whatever room there is.

use model::{
    DAY_SECONDS, Timestamp, Verdict,
    endpoints::history::{DAYS, History, Look},
};

/// How wide the picture is, in its own units.
pub(super) const WIDTH: i64 = 1_000;

/// How high a line may rise.
pub(super) const HEIGHT: i64 = 100;

/// The time that the picture covers: from the first look to now, bounded at both ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
}

impl Span {
    pub(super) fn of(history: &History, now: Timestamp) -> Self {
        let end = now.as_second();
        let first = history.looks.first().map_or(end, |look| look.at.as_second());
        let from = first.clamp(end - DAYS * DAY_SECONDS, end - SHORTEST);
        Self { from: Timestamp::from_second(from).unwrap_or(now), to: now }
    }

    /// From 0 to [`WIDTH`]; what lies outside is at the edge.
    pub(super) fn place(&self, at: Timestamp) -> i64 {
        let (from, to) = (self.from.as_second(), self.to.as_second());
        (at.as_second().clamp(from, to) - from) * WIDTH / (to - from).max(1)
    }
}

/// Looks one after the other that came to the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Band<T> {
    pub(super) what: T,
    pub(super) from: Timestamp,
    /// The next look that came to something else, or now.
    pub(super) to: Timestamp,
}

/// What `of` tells of each look, as bands without a gap between them.
pub(super) fn bands<T: Copy + PartialEq>(looks: &[Look], now: Timestamp, of: impl Fn(&Look) -> T) -> Vec<Band<T>> {
    let mut bands: Vec<Band<T>> = Vec::new();
    for look in looks {
        let what = of(look);
        if let Some(last) = bands.last_mut() {
            last.to = look.at;
            if last.what == what {
                continue;
            }
        }
        bands.push(Band { what, from: look.at, to: now });
    }
    if let Some(last) = bands.last_mut() {
        last.to = now.max(last.from);
    }
    bands
}

/// Each verdict that was come to, the worst first, and how often.
pub(super) fn verdicts(looks: &[Look]) -> Vec<(Verdict, usize)> {
    let mut all = [Verdict::Fail, Verdict::Unreachable, Verdict::Warn, Verdict::Unknown, Verdict::Pass]
        .map(|verdict| (verdict, looks.iter().filter(|look| look.verdict == verdict).count()))
        .to_vec();
    all.retain(|(_, count)| *count > 0);
    all
}

/// Left edge and width of a band; the shortest can still be seen, and ends within the picture.
pub(super) fn bar(span: Span, from: Timestamp, to: Timestamp) -> (i64, i64) {
    let (from, to) = (span.place(from), span.place(to));
    let width = (to - from).max(THINNEST);
    (from.min(WIDTH - width), width)
}

/// The lowest and the highest value that a scale shows: a round number, and zero always.
pub(super) fn scale(values: impl Iterator<Item = i64>) -> (i64, i64) {
    let (mut bottom, mut top) = (0, 1);
    for value in values {
        bottom = bottom.min(value);
        top = top.max(value);
    }
    let steps = (0..10).flat_map(|zeros| [1, 2, 5].map(|digit| digit * 10_i64.pow(zeros)));
    let step = steps.into_iter().find(|step| (top - bottom) / step <= 20).unwrap_or(1);
    (bottom.div_euclid(step) * step, (top + step - 1).div_euclid(step) * step)
}

/// The path of a line through the values; broken where there is none. A value by itself is a dot.
pub(super) fn path(points: impl Iterator<Item = (i64, Option<i64>)>, (bottom, top): (i64, i64)) -> String {
    let mut path = String::new();
    let mut drawing = false;
    for (x, value) in points {
        let Some(value) = value else {
            drawing = false;
            continue;
        };
        let y = HEIGHT - (value - bottom) * HEIGHT / (top - bottom).max(1);
        // With round ends a line without a length is a dot.
        path.push_str(&if drawing { format!("L{x} {y}") } else { format!("M{x} {y}h0") });
        drawing = true;
    }
    path
}

/// A picture of less than this would show seconds.
const SHORTEST: i64 = 6 * 60 * 60;

const THINNEST: i64 = 8;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const NOW: i64 = 1_800_000_000;

    fn at(before_now: i64) -> Timestamp {
        Timestamp::from_second(NOW - before_now).unwrap()
    }

    fn look(before_now: i64, verdict: Verdict) -> Look {
        Look { at: at(before_now), verdict, handshake_ms: None, not_after: None, elsewhere: false }
    }

    fn history(looks: Vec<Look>) -> History {
        History { looks, ..History::default() }
    }

    #[test]
    fn the_picture_covers_what_was_seen_within_its_bounds() {
        for (first, covers) in
            [(10 * DAY_SECONDS, 10 * DAY_SECONDS), (0, SHORTEST), (99 * DAY_SECONDS, DAYS * DAY_SECONDS)]
        {
            let span = Span::of(&history(vec![look(first, Verdict::Pass)]), at(0));
            assert_eq!((span.from, span.to), (at(covers), at(0)));
        }
        assert_eq!(Span::of(&History::default(), at(0)).from, at(SHORTEST));
    }

    #[test]
    fn a_place_is_always_within_the_picture() {
        let span = Span { from: at(100), to: at(0) };
        for (before, place) in [(100, 0), (50, 500), (0, WIDTH), (1_000, 0), (-1_000, WIDTH)] {
            assert_eq!(span.place(at(before)), place);
        }
        let nothing = Span { from: at(0), to: at(0) };
        assert_eq!(nothing.place(at(0)), 0);
    }

    #[test]
    fn looks_that_agree_are_one_band_and_the_last_goes_on_until_now() {
        use Verdict::{Fail, Pass};
        let looks = [look(40, Pass), look(30, Pass), look(20, Fail), look(10, Pass)];
        let bands = bands(&looks, at(0), |look| look.verdict);
        let bands: Vec<_> = bands.iter().map(|band| (band.what, band.from, band.to)).collect();
        assert_eq!(bands, [(Pass, at(40), at(20)), (Fail, at(20), at(10)), (Pass, at(10), at(0))]);
        assert_eq!(verdicts(&looks), [(Fail, 1), (Pass, 3)]);
    }

    #[test]
    fn even_the_shortest_band_can_be_seen_and_stays_inside() {
        let span = Span { from: at(100_000), to: at(0) };
        assert_eq!(bar(span, at(0), at(0)), (WIDTH - THINNEST, THINNEST));
        assert_eq!(bar(span, at(100_000), at(99_999)), (0, THINNEST));
        assert_eq!(bar(span, at(100_000), at(0)), (0, WIDTH));
    }

    #[test]
    fn a_scale_ends_on_round_numbers_and_holds_zero() {
        for (values, expected) in [
            (vec![], (0, 1)),
            (vec![7], (0, 7)),
            (vec![88, 42], (0, 90)),
            (vec![-3, 20], (-4, 20)),
            (vec![1_234], (0, 1_300)),
            (vec![10_000], (0, 10_000)),
        ] {
            assert_eq!(scale(values.clone().into_iter()), expected, "{values:?}");
        }
    }

    #[test]
    fn a_line_breaks_where_nothing_was_measured() {
        let points = [(0, Some(0)), (10, Some(50)), (20, None), (30, Some(100))];
        assert_eq!(path(points.into_iter(), (0, 100)), "M0 100h0L10 50M30 0h0");
        assert_eq!(path([(5, None)].into_iter(), (0, 1)), "");
    }
}
