//! The zone in which a page shows times: an offset from UTC, as the visitor's clock has it. A cookie
//! holds it, so that the server's page and the browser's are the same to the letter.

use std::{fmt, str::FromStr};

use leptos::prelude::*;
use model::Timestamp;

use crate::time::date_and_minute;

/// Holds the offset that was chosen, such as `+08:00`; absent, that of [`OWN_ZONE_COOKIE`] holds.
pub const ZONE_COOKIE: &str = "hufu_zone";

/// Holds the offset of the browser's clock, as the browser wrote it when it last showed a page.
pub const OWN_ZONE_COOKIE: &str = "hufu_own_zone";

/// An offset from UTC, in minutes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Zone(i32);

impl Zone {
    /// Universal time.
    pub const UTC: Self = Self(0);

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

    /// `2026-03-15 08:00 UTC+08:00`.
    pub fn write(self, at: Timestamp) -> String {
        let here = at.as_second().saturating_add(i64::from(self.0) * 60);
        // At the ends of time there is nothing to shift.
        let here = Timestamp::from_second(here).unwrap_or(at);
        let (date, minute) = date_and_minute(here);
        format!("{date} {minute} {}", self.name())
    }

    /// `UTC`, `UTC+08:00`.
    pub fn name(self) -> String {
        if self == Self::UTC { "UTC".to_owned() } else { format!("UTC{self}") }
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoZone;

/// The zone of the page. Like the language it stays the same for as long as the page does.
pub fn use_zone() -> Zone {
    use_context().unwrap_or_default()
}

/// The zone to answer in.
#[cfg(feature = "ssr")]
pub fn page_zone() -> Zone {
    let of = |name| crate::context::cookie(name).and_then(|offset| offset.parse().ok());
    of(ZONE_COOKIE).or_else(|| of(OWN_ZONE_COOKIE)).unwrap_or_default()
}

/// The zone that was chosen; none follows the browser.
#[cfg(feature = "ssr")]
pub fn chosen_zone() -> Option<Zone> {
    crate::context::cookie(ZONE_COOKIE)?.parse().ok()
}

/// The zone that the server wrote the page in.
#[cfg(not(feature = "ssr"))]
pub fn page_zone() -> Zone {
    let written = document().document_element().and_then(|root| root.get_attribute("data-zone"));
    written.and_then(|offset| offset.parse().ok()).unwrap_or_default()
}

/// The same, as the server wrote it.
#[cfg(not(feature = "ssr"))]
pub fn chosen_zone() -> Option<Zone> {
    document().document_element()?.get_attribute("data-chosen-zone")?.parse().ok()
}

/// Writes the browser's own zone for the next page; with summer time it is another in summer.
#[cfg(feature = "hydrate")]
pub fn remember_own() {
    use wasm_bindgen::JsCast as _;

    let Some(document) = document().dyn_into::<web_sys::HtmlDocument>().ok() else { return };
    // Whole minutes, and few of them.
    #[allow(clippy::cast_possible_truncation)]
    let zone = Zone::of_browser(web_sys::js_sys::Date::new_0().get_timezone_offset() as i32);
    // Where cookies are refused, times stay in UTC.
    let _ = document.set_cookie(&format!("{OWN_ZONE_COOKIE}={zone}; Path=/; SameSite=Lax; Max-Age=2592000"));
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
        assert!(Zone::ALL.is_sorted());
    }

    #[test]
    fn a_time_is_shifted_and_says_by_how_much() {
        let at: Timestamp = "2026-12-31T18:05:59.9Z".parse().unwrap();
        assert_eq!(Zone::UTC.write(at), "2026-12-31 18:05 UTC");
        assert_eq!(Zone(480).write(at), "2027-01-01 02:05 UTC+08:00");
        assert_eq!(Zone(-210).write(at), "2026-12-31 14:35 UTC-03:30");
        assert_eq!(Zone::of_browser(-480), Zone(480));
        let end = Zone(780).write(Timestamp::MAX);
        assert!(end.starts_with("9999-12-30"), "{end}");
    }
}
