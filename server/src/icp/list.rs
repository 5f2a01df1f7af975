//! The list of filings, filtered, sorted and paged by the database.

use model::{
    Host, IcpNumber, Timestamp,
    domain_entry::TypedUrl,
    icp::{
        StaleBefore, Standing,
        filings::{FilingQuery, FilingRow, FilingSort},
    },
    overview::IcpGap,
    paging::Page,
};
use sqlx::{
    FromRow, Sqlite, SqliteConnection,
    query::QueryAs,
    sqlite::{SqliteArguments, SqliteRow},
};

use super::Recorded;
use crate::{
    settings::stale_before,
    store::{Failure, Place, containing, count, in_hosts, statements, stored},
};

/// The page that `query` asks for.
pub(super) async fn page(
    connection: &mut SqliteConnection,
    query: &FilingQuery,
    now: Timestamp,
) -> Result<Page<FilingRow>, Failure> {
    let stale_before = stale_before(connection, now).await?;
    let terms = Terms::of(query, stale_before);
    let (total,): (i64,) = terms.bound(COUNT_FILINGS).fetch_one(&mut *connection).await?;
    let place = Place::of_size(query.size.rows(), query.page, count(total));
    let rows = place.bind(terms.bound::<Row>(statement(query.sort, query.reversed))).fetch_all(connection).await?;
    Ok(place.with(rows.iter().map(|row| row.read(stale_before)).collect::<Result<_, _>>()?))
}

const fn statement(sort: FilingSort, reversed: bool) -> &'static str {
    match (sort, reversed) {
        (FilingSort::Standing, false) => FILINGS_BY_STANDING,
        (FilingSort::Standing, true) => FILINGS_BY_STANDING_REVERSED,
        (FilingSort::Domain, false) => FILINGS_BY_DOMAIN,
        (FilingSort::Domain, true) => FILINGS_BY_DOMAIN_REVERSED,
        (FilingSort::Confirmed, false) => FILINGS_BY_CONFIRMED,
        (FilingSort::Confirmed, true) => FILINGS_BY_CONFIRMED_REVERSED,
    }
}

/// How many domains have each standing, the worst first, and which is the first of them.
pub(crate) async fn standings(connection: &mut SqliteConnection, now: Timestamp) -> Result<Vec<IcpGap>, Failure> {
    let terms = Terms::of(&FilingQuery::default(), stale_before(connection, now).await?);
    let rows: Vec<(String, i64, String)> = terms.bound(STANDINGS).fetch_all(connection).await?;
    let read = |(standing, domains, first): (String, i64, String)| {
        Ok(IcpGap {
            standing: stored("standing", standing.parse())?,
            domains: count(domains),
            first: stored("domain", first.parse())?,
        })
    };
    rows.into_iter().map(read).collect()
}

/// A filter as the statements take it; none lets everything through.
struct Terms {
    /// What was confirmed before is stale.
    stale_before: i64,
    domain: Option<String>,
    holder: Option<String>,
    number: Option<String>,
    standing: Option<&'static str>,
}

impl Terms {
    fn of(query: &FilingQuery, stale_before: StaleBefore) -> Self {
        let text = query.text.as_deref();
        let as_stored = |text: &str| text.parse::<IcpNumber>().map_or_else(|_| text.to_owned(), |it| it.to_string());
        Self {
            stale_before: stale_before.moment().as_second(),
            domain: text.map(|text| containing(&domain_of(text))),
            holder: text.map(containing),
            number: text.map(|text| containing(&as_stored(text))),
            standing: query.standing.map(Standing::as_str),
        }
    }

    fn bound<T: for<'r> FromRow<'r, SqliteRow>>(
        &self,
        sql: &'static str,
    ) -> QueryAs<'static, Sqlite, T, SqliteArguments> {
        sqlx::query_as(sql)
            .bind(self.stale_before)
            .bind(self.domain.clone())
            .bind(self.holder.clone())
            .bind(self.number.clone())
            .bind(self.standing)
    }
}

/// What to look for in domains: of a URL the one that is filed for its host.
fn domain_of(text: &str) -> String {
    let host = TypedUrl::read(text).and_then(|url| url.host.parse::<Host>().ok());
    host.and_then(|host| host.registrable_domain()).map_or_else(|| in_hosts(text), |domain| domain.to_string())
}

#[derive(FromRow)]
struct Row {
    needed: String,
    hosts: i64,
    programs: i64,
    #[sqlx(flatten)]
    recorded: Recorded,
}

impl Row {
    fn read(&self, stale_before: StaleBefore) -> Result<FilingRow, Failure> {
        let record = self.recorded.read()?;
        Ok(FilingRow {
            domain: stored("domain", self.needed.parse())?,
            standing: Standing::of(record.as_ref(), stale_before),
            record,
            hosts: count(self.hosts),
            programs: count(self.programs),
        })
    }
}

/// Goes from one domain to the next along the index, however many entries each has.
macro_rules! filtered {
    ($what:literal, $($rest:literal),+) => {
        concat!(
            "WITH RECURSIVE needed (domain) AS (
                SELECT MIN(registrable_domain) FROM entries
                UNION ALL
                SELECT (SELECT MIN(entries.registrable_domain) FROM entries
                    WHERE entries.registrable_domain > needed.domain)
                FROM needed WHERE needed.domain IS NOT NULL
            ),
            known AS (
                SELECT domains.domain AS needed, icp_records.domain, icp_records.state AS icp_state,
                    icp_records.number, icp_records.holder, icp_records.source, icp_records.confirmed_at,
                    icp_records.revision AS icp_revision,
                    CASE
                        WHEN icp_records.state <> 'not_filed' AND icp_records.confirmed_at < $1 THEN 'stale'
                        ELSE COALESCE(icp_records.state, 'unknown') END AS standing
                FROM (
                    SELECT domain FROM needed WHERE domain IS NOT NULL UNION SELECT domain FROM icp_records
                ) AS domains
                LEFT JOIN icp_records ON icp_records.domain = domains.domain
            ),
            listed AS (
                SELECT *,
                    CASE standing
                        WHEN 'not_filed' THEN 0 WHEN 'stale' THEN 1 WHEN 'pending' THEN 2 WHEN 'unknown' THEN 3
                        ELSE 4 END AS standing_rank
                FROM known
                WHERE ($2 IS NULL OR needed LIKE $2 ESCAPE '\\' OR holder LIKE $3 ESCAPE '\\'
                        OR number LIKE $4 ESCAPE '\\')
                    AND ($5 IS NULL OR standing = $5)
            )
            SELECT ",
            $what,
            $($rest),+
        )
    };
}

/// The order of the list, and then of the page.
macro_rules! listed {
    ($order:literal) => {
        filtered!(
            "page.*,
            (SELECT COUNT(DISTINCT entries.host) FROM entries WHERE entries.registrable_domain = page.needed) AS hosts,
            (SELECT COUNT(DISTINCT entries.program) FROM entries WHERE entries.registrable_domain = page.needed)
                AS programs
            FROM (SELECT * FROM listed ORDER BY ",
            $order,
            " LIMIT $6 OFFSET $7) AS page ORDER BY ",
            $order
        )
    };
}

statements! {
    COUNT_FILINGS = filtered!("COUNT(*) FROM listed", "");

    STANDINGS = filtered!("standing, COUNT(*), MIN(needed) FROM listed GROUP BY standing ", "ORDER BY standing_rank");

    FILINGS_BY_STANDING = listed!("standing_rank, needed");

    FILINGS_BY_STANDING_REVERSED = listed!("standing_rank DESC, needed DESC");

    FILINGS_BY_DOMAIN = listed!("needed");

    FILINGS_BY_DOMAIN_REVERSED = listed!("needed DESC");

    FILINGS_BY_CONFIRMED = listed!("COALESCE(confirmed_at, 0), needed");

    FILINGS_BY_CONFIRMED_REVERSED = listed!("COALESCE(confirmed_at, 0) DESC, needed DESC");
}
