//! What was seen of an endpoint lately: each look, and when each finding began and ended.

use serde::{Deserialize, Serialize};

use crate::{Code, Severity, Timestamp, Verdict};

/// So many days are looked back.
pub const DAYS: i64 = 30;

/// Most spells of findings that are told, the latest.
pub const SPELLS_MOST: usize = 50;

/// What was seen of an endpoint in the last [`DAYS`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct History {
    /// The oldest first.
    pub looks: Vec<Look>,
    /// The latest to begin first.
    pub spells: Vec<Spell>,
    /// Whether there were more spells than are told.
    pub more_spells: bool,
}

/// One look.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Look {
    /// When.
    pub at: Timestamp,
    /// What it came to.
    pub verdict: Verdict,
    /// The time of the slowest handshake over all addresses, in milliseconds; none when no address
    /// finished one.
    pub handshake_ms: Option<u32>,
    /// When the first of the certificates served ends.
    pub not_after: Option<Timestamp>,
    /// Whether it was by another route than the usual one.
    pub elsewhere: bool,
}

impl Look {
    /// Whole days from the look to the end of the certificate, rounded towards zero; negative once it has ended a
    /// day or more before.
    pub fn days_left(&self) -> Option<i64> {
        Some(self.not_after?.days_since(self.at))
    }

    /// Whether the certificate had ended by then.
    pub fn has_ended(&self) -> bool {
        self.not_after.is_some_and(|end| end < self.at)
    }
}

/// A time in which a finding stood without a break.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spell {
    /// What was found.
    pub code: Code,
    /// How severe it was last.
    pub severity: Severity,
    /// When it was first seen.
    pub since: Timestamp,
    /// When it was seen to be gone; none while it stands.
    pub until: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn days_left_are_whole_and_negative_after_the_end() {
        let at = Timestamp::from_second(1_800_000_000).unwrap();
        let look = |seconds: i64| Look {
            at,
            verdict: Verdict::Pass,
            handshake_ms: None,
            not_after: Some(Timestamp::from_second(1_800_000_000 + seconds).unwrap()),
            elsewhere: false,
        };
        for (seconds, days) in [(0, 0), (86_399, 0), (86_400, 1), (-1, 0), (-86_400, -1), (-172_799, -1)] {
            assert_eq!(look(seconds).days_left(), Some(days), "{seconds}");
            assert_eq!(look(seconds).has_ended(), seconds < 0, "{seconds}");
        }
        let unknown = Look { not_after: None, ..look(0) };
        assert_eq!((unknown.days_left(), unknown.has_ended()), (None, false));
    }
}
