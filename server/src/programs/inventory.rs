//! Every entry of the mini programs that a filter lets through, with the filing it needs and the server
//! behind it.

use futures::{StreamExt as _, stream::BoxStream};
use model::{
    Verdict,
    icp::{IcpRecord, StaleBefore},
    programs::{EntryRow, list::ProgramFilter},
};
use sqlx::{FromRow, SqliteConnection};

use super::{
    entries,
    list::{Terms, condition},
};
use crate::store::{Failure, statements};

/// An entry as an export tells it.
pub(crate) struct Exported {
    pub(crate) program: String,
    pub(crate) app_id: String,
    /// Whose filing it needs.
    pub(crate) domain: Option<String>,
    pub(crate) icp: Option<IcpRecord>,
    /// Of the server alone; that of `row` counts rules and filing as well.
    pub(crate) endpoint_verdict: Option<Verdict>,
    pub(crate) row: EntryRow,
}

/// Every entry by mini program, list and entry.
pub(crate) fn every<'c>(
    connection: &'c mut SqliteConnection,
    filter: &ProgramFilter,
    stale_before: StaleBefore,
) -> BoxStream<'c, Result<Exported, Failure>> {
    Terms::of(filter).bound::<Row>(INVENTORY).fetch(connection).map(move |row| row?.read(stale_before)).boxed()
}

#[derive(FromRow)]
struct Row {
    name: String,
    app_id: String,
    registrable_domain: Option<String>,
    #[sqlx(flatten)]
    entry: entries::Row,
}

impl Row {
    fn read(self, stale_before: StaleBefore) -> Result<Exported, Failure> {
        let icp = self.entry.recorded.read()?;
        let state = self.entry.state().as_ref().map(crate::endpoints::State::read).transpose()?;
        let row = self.entry.judge(self.entry.entry()?, icp.as_ref(), stale_before)?;
        Ok(Exported {
            program: self.name,
            app_id: self.app_id,
            domain: self.registrable_domain,
            icp,
            endpoint_verdict: state.map(|(verdict, _)| verdict),
            row,
        })
    }
}

statements! {
    INVENTORY = concat!("
        SELECT programs.name, programs.app_id, entries.registrable_domain,
            entries.id, entries.api, entries.entry, entries.endpoint,
            endpoints.verdict, endpoints.verdict_ios, endpoints.verdict_macos, endpoints.verdict_android,
            endpoints.verdict_windows, endpoints.not_after, endpoints.probed_at,
            icp_records.domain, icp_records.state AS icp_state, icp_records.number, icp_records.holder,
            icp_records.source, icp_records.confirmed_at, icp_records.revision AS icp_revision
        FROM entries
        JOIN programs ON programs.id = entries.program
        LEFT JOIN users ON users.id = programs.owner
        LEFT JOIN named_endpoints AS endpoints ON endpoints.id = entries.endpoint
        LEFT JOIN icp_records ON icp_records.domain = entries.registrable_domain
        WHERE ", condition!(), "
        ORDER BY entries.program, entries.api, entries.entry");
}
