//! ICP filings: numbers in every shape in use, and what is known of a registrable domain's filing.

pub mod filings;
pub mod footer;
mod number;
pub mod paste;

use std::str::FromStr;

use serde::{Deserialize, Serialize};

pub use self::number::{IcpKind, IcpNumber, IcpNumberError};
use crate::{
    Code, Date, Evidence, Finding, Host, RegistrableDomain, Severity, SignedDuration, Timestamp, Zone,
    finding::UnknownWord, service::Problem,
};

/// Days after which a record that nobody confirms is stale, unless the settings say otherwise.
pub const STALE_AFTER_DAYS: u16 = 180;

/// What was confirmed before this moment is stale.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StaleBefore(Timestamp);

impl StaleBefore {
    /// So many days before `now`.
    pub fn new(now: Timestamp, stale_after_days: u16) -> Self {
        let days = SignedDuration::from_hours(i64::from(stale_after_days) * 24);
        Self(now.checked_sub(days).unwrap_or(Timestamp::MIN))
    }

    /// The moment itself.
    pub const fn moment(self) -> Timestamp {
        self.0
    }
}

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident => $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum $name { $($(#[$variant_doc])* #[serde(rename = $word)] $variant,)+ }

        impl $name {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The word used on the wire and in the store.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl FromStr for $name {
            type Err = UnknownWord;

            fn from_str(word: &str) -> Result<Self, UnknownWord> {
                match word {
                    $($word => Ok(Self::$variant),)+
                    _ => Err(UnknownWord(word.to_owned())),
                }
            }
        }
    };
}

words! {
    /// Whether a domain is filed.
    IcpState {
        /// It is.
        Filed => "filed",
        /// It is known not to be.
        NotFiled => "not_filed",
        /// The filing is under way.
        Pending => "pending",
        /// Nobody knows. A failed look-up is this, never "not filed".
        Unknown => "unknown",
    }
}

words! {
    /// How the state of a filing is known.
    IcpSource {
        /// Somebody typed it in.
        Typed => "typed",
        /// Read off the site's footer.
        SeenOnSite => "seen_on_site",
        /// WeChat's own answer.
        Wechat => "wechat",
        /// A look-up service.
        Lookup => "lookup",
    }
}

words! {
    /// What a record is worth now.
    Standing {
        /// The domain is known not to be filed.
        NotFiled => "not_filed",
        /// Nobody has looked for long, so that whatever was recorded may have changed since.
        Stale => "stale",
        /// The filing is under way.
        Pending => "pending",
        /// Nobody has recorded anything, or only that nobody knows.
        Unknown => "unknown",
        /// It is filed.
        Filed => "filed",
    }
}

impl Standing {
    /// What a record, or none, is worth.
    pub fn of(record: Option<&IcpRecord>, stale_before: StaleBefore) -> Self {
        let Some(record) = record else { return Self::Unknown };
        match record.state {
            IcpState::NotFiled => Self::NotFiled,
            _ if record.is_stale(stale_before) => Self::Stale,
            IcpState::Pending => Self::Pending,
            IcpState::Unknown => Self::Unknown,
            IcpState::Filed => Self::Filed,
        }
    }
}

/// What is known of one registrable domain's filing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IcpRecord {
    /// The domain.
    pub domain: RegistrableDomain,
    /// Whether it is filed.
    pub state: IcpState,
    /// Under which number.
    pub number: Option<IcpNumber>,
    /// By whom.
    pub holder: Option<String>,
    /// How that is known.
    pub source: IcpSource,
    /// When it was last confirmed.
    pub confirmed_at: Timestamp,
    /// Grows with every change; send it back with a change.
    pub revision: i64,
}

impl IcpRecord {
    /// Whether nobody has confirmed it for so long that it may have changed.
    pub fn is_stale(&self, stale_before: StaleBefore) -> bool {
        self.confirmed_at < stale_before.moment()
    }
}

/// Most characters of a holder's name.
pub const HOLDER_MOST: usize = 100;

/// The name of a holder as it was typed; none where nothing was.
///
/// # Errors
/// When it is too long, or has a control character.
pub fn read_holder(typed: &str) -> Result<Option<String>, Problem> {
    let holder = typed.trim();
    if holder.is_empty() {
        return Ok(None);
    }
    if holder.chars().count() > HOLDER_MOST {
        return Err(Problem::TooLong { most: HOLDER_MOST });
    }
    match holder.chars().find(|character| character.is_control()) {
        Some(character) => Err(Problem::Character(character)),
        None => Ok(Some(holder.to_owned())),
    }
}

/// The moment of something that was confirmed on `day`, as days are in `zone`: now, when it is today,
/// else the begin of the day. Tomorrow is taken for today, for a page goes by UTC until a
/// browser has told it its zone.
///
/// # Errors
/// When the day is a later one, or lies before there were filings.
pub fn confirmed_at(day: Date, zone: Zone, now: Timestamp) -> Result<Timestamp, Problem> {
    let today = zone.day(now);
    if day > today.tomorrow().unwrap_or(Date::MAX) {
        return Err(Problem::InFuture);
    }
    if day.year() < FIRST_YEAR {
        return Err(Problem::Malformed);
    }
    if day >= today {
        return Ok(now);
    }
    Timestamp::from_second(zone.begin(day)).map_err(|_| Problem::Malformed)
}

/// The measures for the administration of internet information services (State Council order 292),
/// which ask for filings, are of September 2000.
const FIRST_YEAR: i16 = 2000;

/// What a filing means for an entry with this host. While one is pending, WeChat does not take the
/// domain. An unknown state is a warning: WeChat will not
/// save an entry without a filing, so an entry in use is most likely filed, but nobody has said so.
/// Whatever the state, one that nobody has confirmed for long may have changed since.
pub fn judge_icp(host: &Host, record: Option<&IcpRecord>, stale_before: StaleBefore) -> Vec<Finding> {
    let Some(domain) = host.registrable_domain() else {
        let evidence = Evidence::Entry { input: host.to_string(), offending: None, suggestion: None };
        return vec![Finding::everywhere(Code::IcpSuffixCannotFile, Severity::Error, evidence)];
    };
    let evidence = Evidence::Icp { domain, confirmed_at: record.map(|record| record.confirmed_at) };
    let finding = |code, severity| Finding::everywhere(code, severity, evidence.clone());
    let of_state = match record.map_or(IcpState::Unknown, |record| record.state) {
        IcpState::Unknown => Some(finding(Code::IcpUnknown, Severity::Warning)),
        IcpState::NotFiled => Some(finding(Code::IcpMissing, Severity::Error)),
        IcpState::Pending => Some(finding(Code::IcpPending, Severity::Error)),
        IcpState::Filed => None,
    };
    let stale = record.is_some_and(|record| record.is_stale(stale_before));
    of_state.into_iter().chain(stale.then(|| finding(Code::IcpStale, Severity::Warning))).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn record(state: IcpState, confirmed_at: &str) -> IcpRecord {
        IcpRecord {
            domain: "example.com".parse().unwrap(),
            state,
            number: None,
            holder: None,
            source: IcpSource::Typed,
            confirmed_at: confirmed_at.parse().unwrap(),
            revision: 1,
        }
    }

    fn usual(now: Timestamp) -> StaleBefore {
        StaleBefore::new(now, STALE_AFTER_DAYS)
    }

    #[test]
    fn a_filing_is_judged_by_its_state_and_its_age() {
        let host: Host = "api.example.com".parse().unwrap();
        let before = usual("2026-07-01T00:00:00Z".parse().unwrap());
        let stale = (Code::IcpStale, Severity::Warning);
        for (state, of_state) in [
            (IcpState::Filed, None),
            (IcpState::NotFiled, Some((Code::IcpMissing, Severity::Error))),
            (IcpState::Pending, Some((Code::IcpPending, Severity::Error))),
            (IcpState::Unknown, Some((Code::IcpUnknown, Severity::Warning))),
        ] {
            for (confirmed_at, of_age) in [
                ("2027-01-01T00:00:00Z", None),
                ("2026-06-30T00:00:00Z", None),
                ("2026-01-02T00:00:00Z", None),
                ("2026-01-01T23:59:59Z", Some(stale)),
                ("2020-01-01T00:00:00Z", Some(stale)),
            ] {
                let findings = judge_icp(&host, Some(&record(state, confirmed_at)), before);
                let found: Vec<_> = findings.iter().map(|finding| (finding.code, finding.severity)).collect();
                let expected: Vec<_> = of_state.into_iter().chain(of_age).collect();
                assert_eq!(found, expected, "{state:?} {confirmed_at}");
            }
        }
        let nobody_knows = judge_icp(&host, None, before);
        let evidence = Evidence::Icp { domain: "example.com".parse().unwrap(), confirmed_at: None };
        assert_eq!(nobody_knows, [Finding::everywhere(Code::IcpUnknown, Severity::Warning, evidence)]);
    }

    #[test]
    fn a_public_suffix_cannot_file_and_extreme_times_do_no_harm() {
        let suffix: Host = "com.cn".parse().unwrap();
        assert_eq!(judge_icp(&suffix, None, usual(Timestamp::MIN))[0].code, Code::IcpSuffixCannotFile);
        let host: Host = "example.com".parse().unwrap();
        let mut ancient = record(IcpState::Filed, "2026-01-01T00:00:00Z");
        ancient.confirmed_at = Timestamp::MIN;
        assert_eq!(judge_icp(&host, Some(&ancient), usual(Timestamp::MAX))[0].code, Code::IcpStale);
    }

    #[test]
    fn the_words_of_the_wire_read_back() {
        for state in IcpState::ALL {
            assert_eq!(state.as_str().parse(), Ok(*state));
            assert_eq!(serde_json::to_value(state).unwrap(), state.as_str());
        }
        for source in IcpSource::ALL {
            assert_eq!(source.as_str().parse(), Ok(*source));
            assert_eq!(serde_json::to_value(source).unwrap(), source.as_str());
        }
        for standing in Standing::ALL {
            assert_eq!(standing.as_str().parse(), Ok(*standing));
        }
        assert!("filled".parse::<IcpState>().is_err());
    }

    #[test]
    fn what_a_record_is_worth_wanes_unless_the_domain_is_known_not_to_be_filed() {
        let now = "2026-07-01T00:00:00Z".parse().unwrap();
        for (state, fresh, old) in [
            (IcpState::Filed, Standing::Filed, Standing::Stale),
            (IcpState::Pending, Standing::Pending, Standing::Stale),
            (IcpState::Unknown, Standing::Unknown, Standing::Stale),
            (IcpState::NotFiled, Standing::NotFiled, Standing::NotFiled),
        ] {
            let at = |confirmed_at| Standing::of(Some(&record(state, confirmed_at)), usual(now));
            assert_eq!((at("2026-01-02T00:00:00Z"), at("2026-01-01T23:59:59Z")), (fresh, old), "{state:?}");
        }
        assert_eq!(Standing::of(None, usual(now)), Standing::Unknown);
        let filed = record(IcpState::Filed, "2026-06-01T00:00:00Z");
        let standing = |days| Standing::of(Some(&filed), StaleBefore::new(now, days));
        assert_eq!((standing(30), standing(29)), (Standing::Filed, Standing::Stale));
    }

    #[test]
    fn a_holder_is_a_name_or_nothing() {
        assert_eq!(read_holder(" \u{3000}\t"), Ok(None));
        assert_eq!(read_holder(" 深圳市某某 有限公司 "), Ok(Some("深圳市某某 有限公司".to_owned())));
        assert_eq!(read_holder(&"字".repeat(HOLDER_MOST)).map(|holder| holder.is_some()), Ok(true));
        assert_eq!(read_holder(&"字".repeat(HOLDER_MOST + 1)), Err(Problem::TooLong { most: HOLDER_MOST }));
        assert_eq!(read_holder("a\u{7}b"), Err(Problem::Character('\u{7}')));
    }

    #[test]
    fn a_day_of_confirmation_is_today_or_before() {
        let begun = "2026-03-01T16:00:00Z";
        for (day, now, zone, expected) in [
            ("2026-03-01", begun, Zone::UTC, Ok(begun)),
            ("2026-02-28", begun, Zone::UTC, Ok("2026-02-28T00:00:00Z")),
            ("2026-03-02", begun, Zone::UTC, Ok(begun)),
            ("2026-03-03", begun, Zone::UTC, Err(Problem::InFuture)),
            // East of Greenwich the next day begins earlier.
            ("2026-03-03", begun, Zone::CHINA, Ok(begun)),
            ("2026-03-03", "2026-03-01T15:59:59Z", Zone::CHINA, Err(Problem::InFuture)),
            ("2026-03-01", begun, Zone::CHINA, Ok("2026-02-28T16:00:00Z")),
            ("2026-03-01", "2026-03-01T15:59:59Z", Zone::CHINA, Ok("2026-03-01T15:59:59Z")),
            ("9999-12-31", begun, Zone::UTC, Err(Problem::InFuture)),
            ("2000-01-01", begun, Zone::UTC, Ok("2000-01-01T00:00:00Z")),
            ("1999-12-31", begun, Zone::UTC, Err(Problem::Malformed)),
            ("-009999-01-01", begun, Zone::CHINA, Err(Problem::Malformed)),
        ] {
            let at = confirmed_at(day.parse().unwrap(), zone, now.parse().unwrap());
            assert_eq!(at, expected.map(|at| at.parse().unwrap()), "{day} {now} {zone}");
        }
        assert_eq!(confirmed_at(Date::MAX, Zone::UTC, Timestamp::MAX), Ok(Timestamp::MAX));
    }
}
