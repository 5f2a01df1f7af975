//! ICP filings: numbers in every shape in use, and what is known of a registrable domain's filing.

mod number;

use std::str::FromStr;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

pub use self::number::{IcpKind, IcpNumber, IcpNumberError};
use crate::{Code, Evidence, Finding, Host, RegistrableDomain, Severity, finding::UnknownWord};

/// A recorded state older than this is shown as stale.
pub const STALE_AFTER: SignedDuration = SignedDuration::from_hours(180 * 24);

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
}

/// What a filing means for an entry with this host. An unknown state is a warning: WeChat will not
/// save an entry without a filing, so an entry in use is most likely filed, but nobody has said so.
/// Whatever the state, one that nobody has confirmed for long may have changed since.
pub fn judge_icp(host: &Host, record: Option<&IcpRecord>, now: Timestamp) -> Vec<Finding> {
    let Some(domain) = host.registrable_domain() else {
        let evidence = Evidence::Entry { input: host.to_string(), offending: None, suggestion: None };
        return vec![Finding::everywhere(Code::IcpSuffixCannotFile, Severity::Error, evidence)];
    };
    let evidence = Evidence::Icp { domain, confirmed_at: record.map(|record| record.confirmed_at) };
    let finding = |code, severity| Finding::everywhere(code, severity, evidence.clone());
    let of_state = match record.map_or(IcpState::Unknown, |record| record.state) {
        IcpState::Unknown => Some(finding(Code::IcpUnknown, Severity::Warning)),
        IcpState::NotFiled => Some(finding(Code::IcpMissing, Severity::Error)),
        IcpState::Pending => Some(finding(Code::IcpPending, Severity::Warning)),
        IcpState::Filed => None,
    };
    let stale = record.is_some_and(|record| now.duration_since(record.confirmed_at) > STALE_AFTER);
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
        }
    }

    #[test]
    fn a_filing_is_judged_by_its_state_and_its_age() {
        let host: Host = "api.example.com".parse().unwrap();
        let now = "2026-07-01T00:00:00Z".parse().unwrap();
        let stale = (Code::IcpStale, Severity::Warning);
        for (state, of_state) in [
            (IcpState::Filed, None),
            (IcpState::NotFiled, Some((Code::IcpMissing, Severity::Error))),
            (IcpState::Pending, Some((Code::IcpPending, Severity::Warning))),
            (IcpState::Unknown, Some((Code::IcpUnknown, Severity::Warning))),
        ] {
            for (confirmed_at, of_age) in [
                ("2027-01-01T00:00:00Z", None),
                ("2026-06-30T00:00:00Z", None),
                ("2026-01-02T00:00:00Z", None),
                ("2026-01-01T23:59:59Z", Some(stale)),
                ("2020-01-01T00:00:00Z", Some(stale)),
            ] {
                let findings = judge_icp(&host, Some(&record(state, confirmed_at)), now);
                let found: Vec<_> = findings.iter().map(|finding| (finding.code, finding.severity)).collect();
                let expected: Vec<_> = of_state.into_iter().chain(of_age).collect();
                assert_eq!(found, expected, "{state:?} {confirmed_at}");
            }
        }
        let nobody_knows = judge_icp(&host, None, now);
        let evidence = Evidence::Icp { domain: "example.com".parse().unwrap(), confirmed_at: None };
        assert_eq!(nobody_knows, [Finding::everywhere(Code::IcpUnknown, Severity::Warning, evidence)]);
    }

    #[test]
    fn a_public_suffix_cannot_file_and_extreme_times_do_no_harm() {
        let suffix: Host = "com.cn".parse().unwrap();
        assert_eq!(judge_icp(&suffix, None, Timestamp::MIN)[0].code, Code::IcpSuffixCannotFile);
        let host: Host = "example.com".parse().unwrap();
        let mut ancient = record(IcpState::Filed, "2026-01-01T00:00:00Z");
        ancient.confirmed_at = Timestamp::MIN;
        assert_eq!(judge_icp(&host, Some(&ancient), Timestamp::MAX)[0].code, Code::IcpStale);
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
        assert!("filled".parse::<IcpState>().is_err());
    }
}
