//! The audit log: append-only, one entry for every write, in the write's own transaction; and what
//! somebody may ask of it.

use std::{ops::Range, str::FromStr};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::{
    DAY_SECONDS, Date, HostPort, Timestamp, Zone,
    accounts::Actor,
    finding::UnknownWord,
    paging::{Page, PageSize},
    service::{EndpointId, ProgramId, ServiceResult},
};

/// Reads the audit log.
#[async_trait]
pub trait Audit: Send + Sync {
    /// A page of the log, the newest line first.
    async fn log(&self, query: &AuditQuery, actor: &Actor) -> ServiceResult<LogPage>;

    /// Everybody whom the log names, by log-in name.
    async fn people(&self, actor: &Actor) -> ServiceResult<Vec<String>>;
}

/// Lines of the log that are counted; of more it is said that there are.
pub const COUNTED_MOST: u32 = 10_000;

/// A page of the log. Counting all of a long log would take longer than reading the page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogPage {
    /// Its lines; the total is [`COUNTED_MOST`] or reaches beyond the next page, whichever is more,
    /// where there are as many.
    pub lines: Page<AuditRow>,
    /// Whether there are more lines than that.
    pub more: bool,
}

/// What somebody wants to see of the log.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditQuery {
    /// Which lines.
    // A form has no word for a struct of which nothing is set.
    #[serde(default)]
    pub filter: AuditFilter,
    /// Which page, from 0. Past the end is the last one.
    pub page: u32,
    /// Where the days of the filter begin and end.
    pub zone: Zone,
    /// How many rows a page has.
    pub size: PageSize,
}

/// Which lines. What is not set lets everything through.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditFilter {
    /// Who did it.
    pub who: Option<Who>,
    /// What was done.
    #[serde(default)]
    pub what: What,
    /// A part of the object, or of the name or AppID of its mini program.
    pub object: Option<String>,
    /// The first day.
    pub from: Option<Date>,
    /// The last day.
    pub until: Option<Date>,
}

impl AuditFilter {
    /// What people did on that day and later.
    pub fn of_people_since(day: Date) -> Self {
        Self { who: Some(Who::People), from: Some(day), ..Self::default() }
    }

    /// The seconds from the start of the first day to the end of the last, as days are in `zone`.
    pub fn seconds(&self, zone: Zone) -> Range<i64> {
        let start = self.from.map_or(i64::MIN, |day| zone.begin(day));
        let end = self.until.map_or(i64::MAX, |day| zone.begin(day) + DAY_SECONDS);
        start..end
    }
}

/// Somebody who does what the log tells of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Who {
    /// Hufu by itself, or nobody it knows.
    Hufu,
    /// Anybody with an account.
    People,
    /// The person with this log-in name.
    Person(String),
}

/// Which actions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// All but those that Hufu does by itself all the time, see [`Action::is_routine`].
    #[default]
    Changes,
    /// All.
    Everything,
    /// This one.
    Only(Action),
}

/// One line of the audit log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// Grows with every line.
    pub id: i64,
    /// When.
    pub at: Timestamp,
    /// Log-in name of the person; none for Hufu itself.
    pub actor: Option<String>,
    /// What was done.
    pub action: Action,
    /// What it was done to, such as `program 3` or `entry https://a.example`.
    pub object: String,
    /// The object before, as JSON; none when it was made.
    pub before: Option<String>,
    /// The object after, as JSON; none when it was removed.
    pub after: Option<String>,
}

/// A line with what its object is called now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditRow {
    /// The line.
    pub entry: AuditEntry,
    /// What it speaks of, as far as that is still there.
    pub subject: Option<Subject>,
}

/// Something that has a page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// A mini program, itself or one of its entries.
    Program {
        /// Its id.
        id: ProgramId,
        /// Its name now.
        name: String,
    },
    /// An endpoint.
    Endpoint {
        /// Its id.
        id: EndpointId,
        /// Its host and port.
        target: HostPort,
    },
}

macro_rules! actions {
    ($($variant:ident => $dotted:literal, $doc:literal;)+) => {
        /// What was done. The dotted form is stored: add, never rename.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        pub enum Action {
            $(#[doc = $doc] #[serde(rename = $dotted)] $variant,)+
        }

        impl Action {
            /// Every action.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The stored form.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $dotted),+ }
            }
        }
    };
}

actions! {
    AccountLink => "account.link", "A link that makes the first account was printed.";
    AccountSetUp => "account.set_up", "The first account was made.";
    AccountAdd => "account.add", "An account was made for somebody.";
    AccountChange => "account.change", "It was changed what somebody may do.";
    AccountPassword => "account.password", "Somebody chose a password.";
    SessionStart => "session.start", "Somebody logged in.";
    SessionRefused => "session.refused", "Somebody failed to log in.";
    SessionEnd => "session.end", "Somebody logged out.";
    ProgramAdd => "program.add", "A mini program was registered.";
    ProgramChange => "program.change", "A mini program's settings were changed.";
    ProgramRemove => "program.remove", "A mini program was removed with its entries.";
    ProgramRestore => "program.restore", "A mini program that was removed was registered again as it was.";
    EntryAdd => "entry.add", "A domain entry was added.";
    EntryChange => "entry.change", "A domain entry was changed, or moved to another list.";
    EntryRemove => "entry.remove", "A domain entry was removed.";
    ImportApply => "import.apply", "Many entries were added or removed at once.";
    IcpChange => "icp.change", "An ICP record was written.";
    RecipientAdd => "recipient.add", "Somebody is told of what concerns a mini program from now on.";
    RecipientRemove => "recipient.remove", "Somebody is not told any more.";
    MailChange => "mail.change", "It was changed how mail leaves.";
    MailTest => "mail.test", "Somebody tried whether mail leaves.";
    NoticeWrite => "notice.write", "There is something to tell somebody.";
    NoticeSend => "notice.send", "Somebody was told.";
    NoticeGiveUp => "notice.give_up", "Somebody could not be told.";
    NoticeSettle => "notice.settle", "An alert was dropped: another certificate is served by now, or the failure has ended.";
    NoticeRetry => "notice.retry", "Somebody asked to try again what could not be told.";
    EndpointTag => "endpoint.tag", "The tags of an endpoint, or of all that a filter let through, were changed.";
    EndpointRoute => "endpoint.route", "It was changed where an endpoint is looked for.";
    EndpointTry => "endpoint.try", "Somebody tried other addresses of an endpoint once.";
    ProbeStart => "probe.start", "Somebody started a probe.";
    ProbeCancel => "probe.cancel", "Somebody called a probe off.";
    ProbeStore => "probe.store", "The result of a probe was stored.";
    SettingsChange => "settings.change", "It was changed how Hufu probes.";
    ExportRead => "export.read", "Somebody took an export.";
}

impl Action {
    /// Whether Hufu does it by itself all the time, so that it would hide what people do.
    pub const fn is_routine(self) -> bool {
        matches!(self, Self::ProbeStore | Self::NoticeWrite | Self::NoticeSend | Self::NoticeSettle)
    }
}

impl FromStr for Action {
    type Err = UnknownWord;

    fn from_str(dotted: &str) -> Result<Self, UnknownWord> {
        Self::ALL.iter().copied().find(|action| action.as_str() == dotted).ok_or_else(|| UnknownWord(dotted.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn every_action_reads_back_from_its_dotted_form() {
        for action in Action::ALL {
            assert_eq!(action.as_str().parse(), Ok(*action));
            assert_eq!(serde_json::to_string(action).unwrap(), format!("{:?}", action.as_str()));
        }
        assert!("probe".parse::<Action>().is_err());
    }

    #[test]
    fn a_filter_by_days_holds_the_whole_of_both() {
        let day = |text: &str| Some(text.parse().unwrap());
        let second = |text: &str| text.parse::<Timestamp>().unwrap().as_second();
        let (first, after) = (second("2026-03-15T00:00:00Z"), second("2026-03-16T00:00:00Z"));
        let (first_here, after_here) = (second("2026-03-14T16:00:00Z"), second("2026-03-15T16:00:00Z"));
        for (from, until, in_utc, in_china) in [
            (None, None, i64::MIN..i64::MAX, i64::MIN..i64::MAX),
            (day("2026-03-15"), day("2026-03-15"), first..after, first_here..after_here),
            (day("2026-03-15"), None, first..i64::MAX, first_here..i64::MAX),
            (None, day("2026-03-15"), i64::MIN..after, i64::MIN..after_here),
            (
                day("-009999-01-01"),
                day("9999-12-31"),
                -377_705_116_800..253_402_300_800,
                -377_705_145_600..253_402_272_000,
            ),
        ] {
            let filter = AuditFilter { from, until, ..AuditFilter::default() };
            assert_eq!((filter.seconds(Zone::UTC), filter.seconds(Zone::CHINA)), (in_utc, in_china));
        }
    }
}
