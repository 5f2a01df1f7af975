//! Reads days and moments as RFC 3339 has them, and as people type them who know ISO 8601. Whatever the text,
//! no more than some 50 bytes of it are looked at.

use super::Date;

/// A day and nothing else.
pub(super) fn day(text: &str) -> Option<Date> {
    let mut reader = Reader(text.as_bytes());
    let date = reader.date()?;
    reader.is_at_its_end().then_some(date)
}

/// The second since the begin of 1970 in which a moment lies, and its nanosecond.
pub(super) fn moment(text: &str) -> Option<(i64, i32)> {
    let mut reader = Reader(text.as_bytes());
    let date = reader.date()?;
    reader.one_of(b"Tt ")?;
    let (time, has_seconds) = reader.hours_and_less(23, 60)?;
    let nanosecond = if has_seconds { reader.fraction()? } else { 0 };
    let ahead = match reader.one_of(b"Zz+-")? {
        b'+' => reader.hours_and_less(MOST_AHEAD, 59)?.0,
        b'-' => -reader.hours_and_less(MOST_AHEAD, 59)?.0,
        _ => 0,
    };
    reader.is_at_its_end().then(|| (date.midnight() + i64::from(time - ahead), nanosecond))
}

/// What is left to read.
struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    const fn is_at_its_end(&self) -> bool {
        self.0.is_empty()
    }

    /// `2026-11-26` or `20261126`; other years than those of four digits have a sign and six.
    fn date(&mut self) -> Option<Date> {
        let sign = self.one_of(b"+-");
        let year = self.number(if sign.is_some() { 6 } else { 4 }, 9_999)?;
        let year = match sign {
            // There is no year -0.
            Some(b'-') if year == 0 => return None,
            Some(b'-') => -year,
            _ => year,
        };
        let hyphens = self.one_of(b"-").is_some();
        let month = self.number(2, 12)?;
        if hyphens {
            self.one_of(b"-")?;
        }
        let day = self.number(2, 31)?;
        Date::new(i16::try_from(year).ok()?, u8::try_from(month).ok()?, u8::try_from(day).ok()?)
    }

    /// `08`, `08:00`, `08:00:00` or the same without colons, in seconds; and whether it had seconds.
    fn hours_and_less(&mut self, most_hours: i32, most_seconds: i32) -> Option<(i32, bool)> {
        let hours = self.number(2, most_hours)?;
        let colons = self.0.first() == Some(&b':');
        if !self.goes_on(colons) {
            return Some((hours * 3_600, false));
        }
        let minutes = hours * 60 + self.number(2, 59)?;
        if !self.goes_on(colons) {
            return Some((minutes * 60, false));
        }
        Some((minutes * 60 + self.number(2, most_seconds)?.min(59), true))
    }

    fn goes_on(&mut self, colons: bool) -> bool {
        match self.0 {
            _ if colons => self.one_of(b":").is_some(),
            [first, second, ..] => first.is_ascii_digit() && second.is_ascii_digit(),
            _ => false,
        }
    }

    /// Up to nine digits behind a point or a comma, as nanoseconds; zero where there is neither.
    fn fraction(&mut self) -> Option<i32> {
        if self.one_of(b".,").is_none() {
            return Some(0);
        }
        let digits = self.0.iter().take(9).take_while(|byte| byte.is_ascii_digit()).count();
        let missing = u32::try_from(9 - digits).ok().filter(|missing| *missing < 9)?;
        Some(self.number(digits, 999_999_999)? * 10_i32.pow(missing))
    }

    /// So many digits, nine at the most, whose number is not above `most`.
    fn number(&mut self, digits: usize, most: i32) -> Option<i32> {
        let (read, left) = self.0.split_at_checked(digits)?;
        if !read.iter().all(u8::is_ascii_digit) {
            return None;
        }
        self.0 = left;
        let number = read.iter().fold(0, |number, digit| number * 10 + i32::from(digit - b'0'));
        (number <= most).then_some(number)
    }

    fn one_of(&mut self, wanted: &[u8]) -> Option<u8> {
        let (first, left) = self.0.split_first()?;
        if !wanted.contains(first) {
            return None;
        }
        self.0 = left;
        Some(*first)
    }
}

/// Hours of an offset from UTC. No place has more than 14; what was once taken still is.
const MOST_AHEAD: i32 = 25;
