//! The register of filings: a record for each registrable domain, and who inherits it.

use std::{collections::BTreeMap, str::FromStr};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::{IcpKind, IcpNumber, IcpRecord, IcpSource, IcpState, Standing, footer::IcpSeen};
use crate::{
    Date, DomainEntry, HostPort, RegistrableDomain, Timestamp, Zone,
    accounts::Actor,
    finding::UnknownWord,
    paging::{Page, PageSize},
    service::{EndpointId, ProgramId, ServiceResult},
};

/// Most changes told of one record, the latest first.
pub const HISTORY_MOST: usize = 20;

/// Most sites whose pages are told of.
pub const SITES_MOST: usize = 20;

/// What is known of filings.
#[async_trait]
pub trait Icp: Send + Sync {
    /// A page of the domains that an entry needs or that have a record.
    async fn filings(&self, query: &FilingQuery, actor: &Actor) -> ServiceResult<Page<FilingRow>>;

    /// What is known of one domain, and a page of the entries that inherit it.
    async fn filing(&self, domain: &RegistrableDomain, page: u32, actor: &Actor) -> ServiceResult<FilingDetail>;

    /// Writes the record of a domain. `record.revision` must be the one that was read.
    ///
    /// # Errors
    /// [`crate::service::ServiceError::Conflict`] when somebody else changed it in between.
    async fn record(&self, record: NewIcpRecord, actor: &Actor) -> ServiceResult<()>;

    /// What is recorded of these domains, where anything is.
    async fn recorded(&self, domains: &[RegistrableDomain], actor: &Actor) -> ServiceResult<Vec<IcpRecord>>;

    /// Writes one record a line, all or none; how many. What a line does not tell stays as it is, see
    /// [`super::paste::PastedFiling::over`].
    ///
    /// # Errors
    /// [`crate::service::ServiceError::Invalid`] with `LinesRefused` when a line cannot be read, and
    /// [`crate::service::ServiceError::Conflict`] when a record is another than the one that was read;
    /// nothing is saved then.
    async fn paste(&self, paste: FilingPaste, actor: &Actor) -> ServiceResult<usize>;
}

/// What somebody knows of a filing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewIcpRecord {
    /// The domain.
    pub domain: RegistrableDomain,
    /// The revision that was read; 0 when there was no record.
    pub revision: i64,
    /// Filed, not filed, pending, unknown.
    pub state: IcpState,
    /// Its number, when known.
    pub number: Option<IcpNumber>,
    /// Who holds it, when known.
    pub holder: Option<String>,
    /// How that is known.
    pub source: IcpSource,
    /// The day on which it was confirmed; none for now.
    pub confirmed_on: Option<Date>,
    /// Where that day began.
    pub zone: Zone,
}

/// Many filings at once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FilingPaste {
    /// As typed, a filing each.
    pub lines: Vec<String>,
    /// The revision of each record that was read; there was none of a domain that is not named.
    pub seen: BTreeMap<RegistrableDomain, i64>,
}

/// What somebody wants to see of the filings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilingQuery {
    /// A part of the domain, of the number or of the holder.
    pub text: Option<String>,
    /// What the record is worth now.
    pub standing: Option<Standing>,
    /// In which order.
    pub sort: FilingSort,
    /// The order turned round.
    pub reversed: bool,
    /// Which page, from 0. Past the end is the last one.
    pub page: u32,
    /// How many rows a page has.
    pub size: PageSize,
}

/// The order of a list of filings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FilingSort {
    /// The worst standing first.
    #[default]
    Standing,
    /// By the domain.
    Domain,
    /// What was not confirmed for longest first; what nobody has recorded before all others.
    Confirmed,
}

impl FilingSort {
    /// Every order.
    pub const ALL: [Self; 3] = [Self::Standing, Self::Domain, Self::Confirmed];

    /// The word used in a URL.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Standing => "standing",
            Self::Domain => "domain",
            Self::Confirmed => "confirmed",
        }
    }
}

impl FromStr for FilingSort {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        Self::ALL.into_iter().find(|sort| sort.as_str() == word).ok_or_else(|| UnknownWord(word.to_owned()))
    }
}

/// A domain as a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilingRow {
    /// The domain.
    pub domain: RegistrableDomain,
    /// What is recorded; none when nobody has.
    pub record: Option<IcpRecord>,
    /// What that is worth now.
    pub standing: Standing,
    /// How many hosts inherit it.
    pub hosts: u32,
    /// How many mini programs have an entry that does.
    pub programs: u32,
}

/// What is known of one domain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilingDetail {
    /// As a row.
    pub row: FilingRow,
    /// The entries that inherit the filing, by host.
    pub entries: Page<Heir>,
    /// The numbers on the pages of hosts below it, as last probed: evidence, and no record. Of
    /// [`SITES_MOST`] hosts at most.
    pub seen: Vec<OnSite>,
    /// Its changes, the latest first, [`HISTORY_MOST`] at most.
    pub history: Vec<Change>,
    /// Days after which a record that nobody confirms is stale.
    pub stale_after_days: u16,
}

/// A number on the page of a host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OnSite {
    /// The endpoint.
    pub endpoint: EndpointId,
    /// Its host and port.
    pub target: HostPort,
    /// When the page was read.
    pub at: Timestamp,
    /// What stood there.
    pub icp: IcpSeen,
}

/// Whether a number on a page speaks against the record of its domain. A filing and a licence are two
/// things, and the sites of one filing have a number each.
pub fn differs(seen: &IcpNumber, record: Option<&IcpRecord>) -> bool {
    let Some(recorded) = record.and_then(|record| record.number.as_ref()) else { return false };
    let both_filings = [seen, recorded].iter().all(|number| *number.kind() == IcpKind::Filing);
    both_filings && !seen.is_of_same_filing(recorded)
}

/// An entry that inherits the filing of its domain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heir {
    /// The mini program.
    pub program: ProgramId,
    /// Its name.
    pub program_name: String,
    /// The entry.
    pub entry: DomainEntry,
}

/// One change of a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// When.
    pub at: Timestamp,
    /// Log-in name of whoever made it; none for Hufu itself.
    pub actor: Option<String>,
    /// The state since then.
    pub state: IcpState,
    /// The number since then.
    pub number: Option<IcpNumber>,
    /// The holder since then.
    pub holder: Option<String>,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn every_order_reads_back_from_its_word() {
        for sort in FilingSort::ALL {
            assert_eq!(sort.as_str().parse(), Ok(sort));
        }
        assert_eq!("up".parse::<FilingSort>(), Err(UnknownWord("up".to_owned())));
    }

    #[test]
    fn another_filing_than_that_on_record_differs_and_another_site_of_it_does_not() {
        let record = |number: &str| IcpRecord {
            domain: "example.com".parse().unwrap(),
            state: IcpState::Filed,
            number: number.parse().ok(),
            holder: None,
            source: IcpSource::Typed,
            confirmed_at: Timestamp::UNIX_EPOCH,
            revision: 1,
        };
        for (seen, recorded, expected) in [
            ("京ICP备11041704号-13", "京ICP备11041704号", false),
            ("京ICP备11041704号-13", "京ICP备11041704号-2", false),
            ("京ICP备11041705号-13", "京ICP备11041704号-13", true),
            ("津ICP备11041704号", "京ICP备11041704号", true),
            ("京ICP证030173号", "京ICP备11041704号", false),
            ("粤B2-20090059", "京ICP备11041704号", false),
            ("京ICP备11041704号", "", false),
        ] {
            assert_eq!(differs(&seen.parse().unwrap(), Some(&record(recorded))), expected, "{seen} {recorded}");
        }
        assert!(!differs(&"京ICP备11041704号".parse().unwrap(), None));
    }
}
