//! The first page, read in a handful of queries however much there is.

use async_trait::async_trait;
use model::{
    Date, Timestamp, Zone,
    accounts::{Actor, Permission},
    icp::Standing,
    overview::{
        Changes, EndpointCounts, IcpGap, LINES_MOST, NearlyFull, Overview, Overviews, PROGRAMS_MOST, Turned, yesterday,
    },
    programs::list::ProgramQuery,
    service::{EndpointId, ProgramId, ServiceResult},
};
use sqlx::{FromRow, SqliteConnection};

use crate::{
    certificates,
    clock::Clock,
    endpoints::target,
    icp,
    programs::{self, sums},
    store::{Failure, Store, count, statements, stored, time},
};

/// Everything in the store, from above.
#[derive(Debug)]
pub struct Lookout {
    store: Store,
    clock: Clock,
}

impl Lookout {
    /// Over `store`.
    pub fn new(store: Store, clock: Clock) -> Self {
        Self { store, clock }
    }

    async fn look(&self, programs_page: u32, zone: Zone) -> Result<Overview, Failure> {
        let now = self.clock.now();
        sums::refresh(&self.store, now).await?;
        let mut read = self.store.read().await?;
        // Worst first goes without saying.
        let query = ProgramQuery { page: programs_page, ..ProgramQuery::default() };
        let programs = programs::list::page_of(PROGRAMS_MOST, &mut read, &query).await?;
        Ok(Overview {
            programs: programs.rows.into_iter().map(|row| row.summary).collect(),
            programs_page: programs.page,
            programs_total: programs.total,
            endpoints: endpoint_counts(&mut read).await?,
            expiring: certificates::list::next(&mut read, LINES_MOST, now).await?,
            changes: changes(&mut read, yesterday(now, zone), zone).await?,
            icp_gaps: icp_gaps(&mut read, now).await?,
            nearly_full: nearly_full(&mut read).await?,
        })
    }
}

#[async_trait]
impl Overviews for Lookout {
    async fn overview(&self, programs_page: u32, zone: Zone, actor: &Actor) -> ServiceResult<Overview> {
        actor.require(Permission::View)?;
        Ok(self.look(programs_page, zone).await?)
    }
}

async fn endpoint_counts(connection: &mut SqliteConnection) -> Result<EndpointCounts, Failure> {
    use model::Verdict::{Fail, Pass, Unknown, Unreachable, Warn};

    let rows: Vec<(String, i64)> = sqlx::query_as(ENDPOINT_COUNTS).fetch_all(connection).await?;
    let mut counts = EndpointCounts::default();
    for (verdict, endpoints) in rows {
        *match stored("verdict", verdict.parse())? {
            Pass => &mut counts.pass,
            Warn => &mut counts.warn,
            Fail => &mut counts.fail,
            Unreachable => &mut counts.unreachable,
            Unknown => &mut counts.unknown,
        } = count(endpoints);
    }
    Ok(counts)
}

/// Each number is that of the list to which the page leads with the same day.
async fn changes(connection: &mut SqliteConnection, since: Date, zone: Zone) -> Result<Changes, Failure> {
    let begin = zone.begin(since);
    let rows: Vec<TurnedRow> = sqlx::query_as(TURNED).bind(begin).bind(most()).fetch_all(&mut *connection).await?;
    let (turned_total, certificates, acts): (i64, i64, i64) =
        sqlx::query_as(CHANGED).bind(begin).fetch_one(connection).await?;
    Ok(Changes {
        since,
        turned: rows.into_iter().map(TurnedRow::read).collect::<Result<_, _>>()?,
        turned_total: count(turned_total),
        certificates: count(certificates),
        acts: count(acts),
    })
}

#[derive(FromRow)]
struct TurnedRow {
    id: i64,
    host: String,
    port: i64,
    verdict: String,
    verdict_before: String,
    turned_at: i64,
}

impl TurnedRow {
    fn read(self) -> Result<Turned, Failure> {
        Ok(Turned {
            endpoint: EndpointId(self.id),
            target: target(&self.host, self.port)?,
            before: stored("verdict", self.verdict_before.parse())?,
            now: stored("verdict", self.verdict.parse())?,
            at: time(self.turned_at)?,
        })
    }
}

async fn icp_gaps(connection: &mut SqliteConnection, now: Timestamp) -> Result<Vec<IcpGap>, Failure> {
    let standings = icp::list::standings(connection, now).await?;
    Ok(standings.into_iter().filter(|gap| gap.standing != Standing::Filed).collect())
}

async fn nearly_full(connection: &mut SqliteConnection) -> Result<Vec<NearlyFull>, Failure> {
    let rows: Vec<(i64, String, String, i64, i64)> =
        sqlx::query_as(NEARLY_FULL).bind(most()).fetch_all(connection).await?;
    let read = |(id, name, api, used, limit): (i64, String, String, i64, i64)| {
        let api = stored("list", api.parse())?;
        Ok(NearlyFull { program: ProgramId(id), name, api, used: count(used), limit: count(limit) })
    };
    rows.into_iter().map(read).collect()
}

fn most() -> i64 {
    i64::try_from(LINES_MOST).unwrap_or(i64::MAX)
}

statements! {
    ENDPOINT_COUNTS = "SELECT verdict, COUNT(*) FROM named_endpoints GROUP BY verdict";

    TURNED = "
        SELECT id, host, port, verdict, verdict_before, turned_at FROM named_endpoints WHERE turned_at >= $1
        ORDER BY turned_at DESC, id DESC LIMIT $2";

    CHANGED = "
        SELECT (SELECT COUNT(*) FROM named_endpoints WHERE turned_at >= $1),
            (SELECT COUNT(*) FROM certificates WHERE served_by > 0 AND first_seen >= $1),
            (SELECT COUNT(*) FROM audit_log
                WHERE at >= $1 AND action NOT IN ('probe.store', 'notice.write', 'notice.send') AND actor IS NOT NULL)";

    NEARLY_FULL = "
        SELECT id, name, fullest_api, fullest_used, fullest_limit FROM programs
        WHERE fullest_used * 10 >= fullest_limit * 8 AND fullest_used > 0 ORDER BY name, id LIMIT $1";
}
