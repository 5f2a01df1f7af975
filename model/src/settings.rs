//! How Hufu probes, what new mini programs begin with, and when a filing is stale, as an administrator sets it.

use std::{net::IpAddr, ops::RangeInclusive};

use async_trait::async_trait;
use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use crate::{
    Limits,
    accounts::Actor,
    echo::shortened,
    service::{Field, Problem, ServiceError, ServiceResult, both},
};

/// Hours from one probe of an endpoint to the next.
pub const EVERY_HOURS: RangeInclusive<u16> = 1..=168;

/// Endpoints that are probed at the same time.
pub const AT_ONCE: RangeInclusive<u16> = 1..=256;

/// Days after which the record of a filing that nobody confirms is stale.
pub const STALE_AFTER_DAYS: RangeInclusive<u16> = 1..=3650;

/// Most ranges that may be allowed.
pub const RANGES_MOST: usize = 50;

/// Reads and changes the settings of probing.
#[async_trait]
pub trait Settings: Send + Sync {
    /// The settings in force.
    async fn probing(&self, actor: &Actor) -> ServiceResult<ProbingSettings>;

    /// Changes them, at once and for good. `change.revision` must be the one that was read.
    ///
    /// # Errors
    /// [`crate::service::ServiceError::Conflict`] when somebody else changed them in between, and
    /// [`crate::service::ServiceError::Invalid`] when a number is out of bounds.
    async fn change_probing(&self, change: ProbingChange, actor: &Actor) -> ServiceResult<()>;
}

/// How Hufu probes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProbingSettings {
    /// Hours from one probe of an endpoint to the next, see [`EVERY_HOURS`].
    pub every_hours: u16,
    /// Whether the command line of the server says so, and it cannot be changed here.
    pub every_is_fixed: bool,
    /// Endpoints that are probed at the same time, see [`AT_ONCE`].
    pub at_once: u16,
    /// Ranges of special addresses that may be probed all the same.
    pub allowed: Vec<IpNet>,
    /// Those that the command line of the server allows besides.
    pub allowed_at_start: Vec<IpNet>,
    /// What a mini program begins with.
    pub limits: Limits,
    /// Days after which the record of a filing that nobody confirms is stale, see [`STALE_AFTER_DAYS`].
    pub stale_after_days: u16,
    /// Increases with every change; send it back with a change.
    pub revision: i64,
}

/// New settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProbingChange {
    /// The revision that was read.
    pub revision: i64,
    /// Hours from one probe of an endpoint to the next; none where the command line decides.
    pub every_hours: Option<u16>,
    /// Endpoints that are probed at the same time.
    pub at_once: u16,
    /// Ranges of special addresses that may be probed.
    pub allowed: Vec<IpNet>,
    /// What a mini program begins with.
    pub limits: Limits,
    /// Days after which the record of a filing that nobody confirms is stale.
    pub stale_after_days: u16,
}

impl ProbingChange {
    /// Looks at the numbers.
    ///
    /// # Errors
    /// [`crate::service::ServiceError::Invalid`] for one that is out of bounds.
    pub fn check(&self) -> ServiceResult<()> {
        let every_hours = self.every_hours.map_or(Ok(()), |hours| every_hours_in_bounds(hours).map(drop));
        let stale_after = stale_after_in_bounds(self.stale_after_days);
        let probing = both(every_hours, both(at_once_in_bounds(self.at_once), ranges_in_bounds(&self.allowed)));
        both(probing, stale_after).map(drop)
    }
}

/// The hours, if they are within [`EVERY_HOURS`].
///
/// # Errors
/// [`crate::service::ServiceError::Invalid`] when they are not.
pub fn every_hours_in_bounds(hours: u16) -> ServiceResult<u16> {
    within(hours, &EVERY_HOURS, Field::ProbeEvery)
}

/// The number, if it is within [`AT_ONCE`].
///
/// # Errors
/// [`crate::service::ServiceError::Invalid`] when it is not.
pub fn at_once_in_bounds(number: u16) -> ServiceResult<u16> {
    within(number, &AT_ONCE, Field::AtOnce)
}

/// The days, if they are within [`STALE_AFTER_DAYS`].
///
/// # Errors
/// [`crate::service::ServiceError::Invalid`] when they are not.
pub fn stale_after_in_bounds(days: u16) -> ServiceResult<u16> {
    within(days, &STALE_AFTER_DAYS, Field::StaleAfter)
}

fn within(number: u16, bounds: &RangeInclusive<u16>, field: Field) -> ServiceResult<u16> {
    if bounds.contains(&number) {
        return Ok(number);
    }
    let (least, most) = (u32::from(*bounds.start()), u32::from(*bounds.end()));
    Err(ServiceError::invalid(field, Problem::OutOfRange { least, most }))
}

/// Whether there are no more ranges than [`RANGES_MOST`], and they do not hold [`every_address`].
///
/// # Errors
/// [`crate::service::ServiceError::Invalid`] when it is not so.
pub fn ranges_in_bounds(ranges: &[IpNet]) -> ServiceResult<()> {
    let refused = |problem| Err(ServiceError::invalid(Field::Networks, problem));
    if ranges.len() > RANGES_MOST {
        return refused(Problem::TooMany { most: RANGES_MOST });
    }
    every_address(ranges).map_or(Ok(()), |range| refused(Problem::EveryAddress(range.to_string())))
}

/// The range of every IPv4 or IPv6 address, if one of these or several together hold it: that would permit Hufu's own
/// network and whatever else is near it.
pub fn every_address(ranges: &[IpNet]) -> Option<IpNet> {
    IpNet::aggregate(&ranges.to_vec()).into_iter().find(|range| range.prefix_len() == 0)
}

/// The ranges of a text, one a line or with commas between them, each as [`read_range`] reads it.
///
/// # Errors
/// What is wrong with the first word that is none.
pub fn read_ranges(text: &str) -> Result<Vec<IpNet>, RangeError> {
    let words =
        text.split(|character: char| character.is_whitespace() || matches!(character, ',' | '\u{ff0c}' | '\u{3001}'));
    words.filter(|word| !word.is_empty()).map(read_range).collect()
}

/// A range in CIDR notation, or an address alone, which is a range too.
///
/// # Errors
/// See [`RangeError`].
pub fn read_range(word: &str) -> Result<IpNet, RangeError> {
    if let Ok(address) = word.parse::<IpAddr>() {
        return Ok(address.into());
    }
    let range: IpNet = word.parse().map_err(|_| RangeError::Malformed(shortened(word, WORD_SHOWN)))?;
    let network = range.trunc();
    if range == network { Ok(range) } else { Err(RangeError::HostBits { range, network }) }
}

/// Why a word names no range.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RangeError {
    /// Neither a range nor an address: the word, or its begin.
    #[error("not a range such as 10.0.0.0/8")]
    Malformed(String),
    /// The address has bits beyond the prefix: whoever wrote it may have meant the range or the address.
    #[error("{range} has host bits; write {network}, or {} for this one address", IpNet::from(.range.addr()))]
    HostBits {
        /// As written.
        range: IpNet,
        /// Without those bits.
        network: IpNet,
    },
}

impl From<RangeError> for Problem {
    fn from(error: RangeError) -> Self {
        match error {
            RangeError::Malformed(word) => Self::NoNetwork(word),
            RangeError::HostBits { range, network } => Self::HostBits {
                address: IpNet::from(range.addr()).to_string(),
                range: range.to_string(),
                network: network.to_string(),
            },
        }
    }
}

/// Characters of a wrong word that are said back.
const WORD_SHOWN: usize = 64;

#[cfg(test)]
mod tests {
    use super::{RANGES_MOST, RangeError, every_address, ranges_in_bounds, read_ranges};
    use crate::service::{Field, Problem, ServiceError};

    #[test]
    fn a_range_of_every_address_is_refused() {
        let check = |text: &str| ranges_in_bounds(&read_ranges(text).unwrap_or_default());
        for (text, range) in [("10.0.0.0/8 0.0.0.0/0", "0.0.0.0/0"), ("::/0", "::/0")] {
            let problem = Problem::EveryAddress(range.to_owned());
            assert_eq!(check(text), Err(ServiceError::invalid(Field::Networks, problem)), "{text}");
        }
        for (text, range) in [("0.0.0.0/1 10.0.0.0/8 128.0.0.0/1", "0.0.0.0/0"), ("8000::/1 ::/1", "::/0")] {
            let problem = Problem::EveryAddress(range.to_owned());
            assert_eq!(check(text), Err(ServiceError::invalid(Field::Networks, problem)), "{text}");
        }
        assert_eq!(check("10.0.0.0/8 fd00::/8 127.0.0.1"), Ok(()));
        let many: String = (0..=RANGES_MOST).map(|number| format!("10.{number}.0.0/16 ")).collect();
        let problem = Problem::TooMany { most: RANGES_MOST };
        assert_eq!(check(&many), Err(ServiceError::invalid(Field::Networks, problem)));
        let held = |text: &str| every_address(&read_ranges(text).unwrap_or_default()).map(|range| range.to_string());
        assert_eq!(held(&many), None, "too many are not every one");
        assert_eq!(held(&format!("{many} ::/0")).as_deref(), Some("::/0"));
    }

    #[test]
    fn ranges_are_typed_as_people_type_lists() {
        let read = |text: &str| {
            read_ranges(text).map(|ranges| ranges.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "))
        };
        assert_eq!(read("10.0.0.0/8,\n fd00::/8 ::1"), Ok("10.0.0.0/8 fd00::/8 ::1/128".to_owned()));
        assert_eq!(read(" \n"), Ok(String::new()));
        let malformed = |word: &str| Err(RangeError::Malformed(word.to_owned()));
        assert_eq!(read("10.0.0.0/8 10.0.0.0/33"), malformed("10.0.0.0/33"));
        assert_eq!(read("10.0.0.0/8，::1、x"), malformed("x"));
        assert_eq!(read(&"x".repeat(100_000)), malformed(&("x".repeat(64) + "…")));
        assert_eq!(read("localhost"), malformed("localhost"));
    }

    #[test]
    fn a_range_with_host_bits_is_told_what_may_have_been_meant() {
        for (text, told) in [
            ("10.1.2.3/8", "10.1.2.3/8 has host bits; write 10.0.0.0/8, or 10.1.2.3/32 for this one address"),
            ("fd00::1/64", "fd00::1/64 has host bits; write fd00::/64, or fd00::1/128 for this one address"),
            ("10.1.2.3/0", "10.1.2.3/0 has host bits; write 0.0.0.0/0, or 10.1.2.3/32 for this one address"),
        ] {
            let refused = read_ranges(&format!("10.0.0.0/8 {text}"));
            assert_eq!(refused.map_err(|error| error.to_string()), Err(told.to_owned()));
        }
        for text in ["10.1.2.3/32", "10.1.2.3", "::1/128", "0.0.0.0/0"] {
            assert!(read_ranges(text).is_ok(), "{text}");
        }
    }
}
