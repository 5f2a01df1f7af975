//! ICP filings: a record for each registrable domain, and who inherits it.

pub(crate) mod changes;
pub(crate) mod detail;
pub(crate) mod list;

use async_trait::async_trait;
use model::{
    RegistrableDomain,
    accounts::{Actor, Permission},
    icp::{
        IcpRecord,
        filings::{FilingDetail, FilingPaste, FilingQuery, FilingRow, Icp, NewIcpRecord},
    },
    paging::Page,
    service::ServiceResult,
};
use sqlx::FromRow;

use crate::{
    clock::Clock,
    store::{Failure, Store, stored, time},
};

/// The register of filings.
#[derive(Debug)]
pub struct Filings {
    store: Store,
    clock: Clock,
}

impl Filings {
    /// The filings in `store`.
    pub fn new(store: Store, clock: Clock) -> Self {
        Self { store, clock }
    }
}

#[async_trait]
impl Icp for Filings {
    async fn filings(&self, query: &FilingQuery, actor: &Actor) -> ServiceResult<Page<FilingRow>> {
        actor.require(Permission::View)?;
        let mut read = self.store.read().await?;
        Ok(list::page(&mut read, query, self.clock.now()).await?)
    }

    async fn filing(&self, domain: &RegistrableDomain, page: u32, actor: &Actor) -> ServiceResult<FilingDetail> {
        actor.require(Permission::View)?;
        let mut read = self.store.read().await?;
        Ok(detail::of(&mut read, domain, page, self.clock.now()).await?)
    }

    async fn record(&self, record: NewIcpRecord, actor: &Actor) -> ServiceResult<()> {
        actor.require(Permission::Edit)?;
        Ok(self.write(record, actor).await?)
    }

    async fn recorded(&self, domains: &[RegistrableDomain], actor: &Actor) -> ServiceResult<Vec<IcpRecord>> {
        actor.require(Permission::View)?;
        let mut read = self.store.read().await?;
        Ok(detail::recorded_of(&mut read, domains).await?.into_values().collect())
    }

    async fn paste(&self, paste: FilingPaste, actor: &Actor) -> ServiceResult<usize> {
        actor.require(Permission::Edit)?;
        Ok(self.write_lines(&paste, actor).await?)
    }
}

/// A record as it is stored; where there is none, every column is null.
#[derive(FromRow)]
pub(crate) struct Recorded {
    domain: Option<String>,
    icp_state: Option<String>,
    number: Option<String>,
    holder: Option<String>,
    source: Option<String>,
    confirmed_at: Option<i64>,
    icp_revision: Option<i64>,
}

impl Recorded {
    pub(crate) fn read(&self) -> Result<Option<IcpRecord>, Failure> {
        let (Some(domain), Some(state), Some(source), Some(confirmed_at), Some(revision)) =
            (&self.domain, &self.icp_state, &self.source, self.confirmed_at, self.icp_revision)
        else {
            return Ok(None);
        };
        Ok(Some(IcpRecord {
            domain: stored("domain", domain.parse())?,
            state: stored("ICP state", state.parse())?,
            number: self.number.as_deref().map(|number| stored("ICP number", number.parse())).transpose()?,
            holder: self.holder.clone(),
            source: stored("ICP source", source.parse())?,
            confirmed_at: time(confirmed_at)?,
            revision,
        }))
    }
}
