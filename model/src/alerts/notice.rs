//! One thing that one person is to be told, once.

use serde::{Deserialize, Serialize};

use super::{EmailAddress, Language, MailFailure, failure::Missing};
use crate::{
    Code, HostPort, SignedDuration, Timestamp, Verdicts,
    service::{EndpointId, NoticeId},
};

/// Whole days before the end of a certificate at which its recipients are reminded, farthest first.
pub const STEPS: [u32; 5] = [30, 14, 7, 3, 1];

/// What could not be delivered for so long is given up, whether a mail server refused it or there was none: it
/// has become old news. What Hufu has hardly tried, because it was stopped, gets some tries all the same.
pub const NOTICE_KEPT_FOR: SignedDuration = SignedDuration::from_hours(3 * 24);

/// The reminder that is due when a certificate ends at `not_after`: the nearest step that has been
/// reached. None before the first of them, and none once it has ended.
pub fn step(not_after: Timestamp, now: Timestamp) -> Option<u32> {
    let left = not_after.duration_since(now);
    if left.is_negative() || left.is_zero() {
        return None;
    }
    STEPS.into_iter().rev().find(|days| left <= SignedDuration::from_hours(i64::from(*days) * 24))
}

/// What has happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "notice", rename_all = "snake_case", try_from = "Told")]
pub enum Notice {
    /// A certificate ends soon.
    Expiry {
        /// Where it is served.
        endpoint: EndpointId,
        /// The endpoint's host and port.
        target: HostPort,
        /// When it ends.
        not_after: Timestamp,
        /// The recipient's mini programs that name the endpoint.
        programs: Vec<String>,
    },
    /// A server fails on phones.
    Failing {
        /// Which one.
        endpoint: EndpointId,
        /// Its host and port.
        target: HostPort,
        /// Where it fails.
        platforms: Verdicts,
        /// Why: the errors found, in the order of the page.
        codes: Vec<Code>,
        /// Since when, as far as Hufu has seen; none in what was written before that was kept.
        since: Option<Timestamp>,
        /// The recipient's mini programs that name it.
        programs: Vec<String>,
    },
}

impl Notice {
    /// The endpoint that it is about.
    pub const fn endpoint(&self) -> EndpointId {
        match self {
            Self::Expiry { endpoint, .. } | Self::Failing { endpoint, .. } => *endpoint,
        }
    }

    /// Host and port of it.
    pub const fn target(&self) -> &HostPort {
        match self {
            Self::Expiry { target, .. } | Self::Failing { target, .. } => target,
        }
    }
}

/// Every part that a notice may have, read as those of a [`MailFailure`] are.
#[derive(Deserialize)]
struct Told {
    notice: Kind,
    endpoint: EndpointId,
    target: HostPort,
    programs: Vec<String>,
    not_after: Option<Timestamp>,
    platforms: Option<Verdicts>,
    codes: Option<Vec<Code>>,
    since: Option<Timestamp>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Expiry,
    Failing,
}

impl TryFrom<Told> for Notice {
    type Error = Missing;

    fn try_from(told: Told) -> Result<Self, Missing> {
        let Told { notice, endpoint, target, programs, not_after, platforms, codes, since } = told;
        Ok(match notice {
            Kind::Expiry => {
                Self::Expiry { endpoint, target, not_after: not_after.ok_or(Missing("not_after"))?, programs }
            }
            Kind::Failing => {
                let (platforms, codes) = (platforms.ok_or(Missing("platforms"))?, codes.ok_or(Missing("codes"))?);
                Self::Failing { endpoint, target, platforms, codes, since, programs }
            }
        })
    }
}

/// A notice as a row of the log of mails.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedNotice {
    /// Its id.
    pub id: NoticeId,
    /// Who is told.
    pub address: EmailAddress,
    /// In which language.
    pub language: Language,
    /// Of what.
    pub notice: Notice,
    /// Since when it is to be told.
    pub written_at: Timestamp,
    /// What became of it.
    pub state: NoticeState,
    /// That the server works by now which it says to fail.
    pub recovery: Option<Recovery>,
}

/// A server that failed works again. Where it has failed once more since the notice, and works by now, this is the end of
/// the latest failure, not of the one that was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recovery {
    /// Since when, as far as Hufu has seen; none where it has turned once more since, from one that works without fault
    /// to one at risk or back.
    pub since: Option<Timestamp>,
}

/// What became of a notice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeState {
    /// It goes out with the next mail.
    Waiting,
    /// Nobody wants to know just now: no entry names the server any more, or the address is no recipient any more.
    /// Kept in case that is taken back.
    Held,
    /// It did not go out yet, and is tried again.
    Delayed {
        /// How often it was tried.
        tries: u32,
        /// When it is tried again.
        next: Timestamp,
        /// What went wrong last.
        error: MailFailure,
    },
    /// The mail server has taken it.
    Sent {
        /// When.
        at: Timestamp,
    },
    /// Nobody took it for as long as it was news.
    GivenUp {
        /// What went wrong last; none where no mail server was ever asked.
        error: Option<MailFailure>,
    },
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn the_nearest_step_that_was_reached_is_due() {
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let day = 86_400;
        for (left, expected) in [
            (31 * day, None),
            (30 * day + 1, None),
            (30 * day, Some(30)),
            (14 * day + 1, Some(30)),
            (14 * day, Some(14)),
            (5 * day, Some(7)),
            (3 * day, Some(3)),
            (day + 1, Some(3)),
            (day, Some(1)),
            (1, Some(1)),
            (0, None),
            (-1, None),
        ] {
            let not_after = Timestamp::from_second(now.as_second() + left).unwrap();
            assert_eq!(step(not_after, now), expected, "{left} s left");
        }
        assert_eq!(step(Timestamp::MAX, Timestamp::MIN), None);
        assert_eq!(step(Timestamp::MIN, Timestamp::MAX), None);
    }

    #[test]
    fn a_notice_is_written_as_it_was_and_read_again() {
        let (endpoint, target): (_, HostPort) = (EndpointId(7), "a.example.com:443".parse().unwrap());
        let programs = vec!["Shop".to_owned()];
        let expiry = Notice::Expiry {
            endpoint,
            target: target.clone(),
            not_after: Timestamp::UNIX_EPOCH,
            programs: programs.clone(),
        };
        let platforms = Verdicts::default();
        let (codes, since) = (vec![Code::CertExpired], Some(Timestamp::UNIX_EPOCH));
        let failing = Notice::Failing { endpoint, target, platforms, codes, since, programs };
        let told = serde_json::to_string(&platforms).unwrap();
        for (notice, written) in [
            (
                expiry,
                r#"{"notice":"expiry","endpoint":7,"target":"a.example.com:443","not_after":"1970-01-01T00:00:00Z","programs":["Shop"]}"#.to_owned(),
            ),
            (
                failing,
                format!(
                    r#"{{"notice":"failing","endpoint":7,"target":"a.example.com:443","platforms":{told},"codes":["cert.expired"],"since":"1970-01-01T00:00:00Z","programs":["Shop"]}}"#
                ),
            ),
        ] {
            assert_eq!(serde_json::to_string(&notice).unwrap(), written);
            assert_eq!(serde_json::from_str::<Notice>(&written).unwrap(), notice);
        }
        let earlier = format!(
            r#"{{"notice":"failing","endpoint":7,"target":"a.example.com:443","platforms":{told},"codes":[],"programs":[]}}"#
        );
        let earlier: Notice = serde_json::from_str(&earlier).unwrap();
        assert!(matches!(earlier, Notice::Failing { since: None, .. }), "{earlier:?}");
        let lacks = r#"{"notice":"expiry","endpoint":7,"target":"a.example.com:443","programs":[]}"#;
        assert!(serde_json::from_str::<Notice>(lacks).unwrap_err().to_string().contains("not_after"));
    }
}
