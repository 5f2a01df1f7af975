//! The list of endpoints, filtered, sorted and paged by the database.

use futures::{
    StreamExt as _,
    stream::{self, BoxStream},
};
use model::{
    DAY_SECONDS, Tags, Timestamp,
    endpoints::list::{EndpointQuery, EndpointRow, EndpointSort},
    paging::Page,
    programs::choice::called,
    service::EndpointId,
};
use sqlx::{
    FromRow, Sqlite, SqliteConnection,
    query::QueryAs,
    sqlite::{SqliteArguments, SqliteRow},
};

use super::{State, routes, target};
use crate::store::{Failure, Place, containing, count, in_hosts, json, statements, stored, time};

/// The page that `query` asks for.
pub(super) async fn page(
    connection: &mut SqliteConnection,
    query: &EndpointQuery,
    now: Timestamp,
) -> Result<Page<EndpointRow>, Failure> {
    let terms = Terms::of(query, now);
    let (total,): (i64,) = terms.bound(COUNT_LISTED).fetch_one(&mut *connection).await?;
    let place = Place::of_size(query.size.rows(), query.page, count(total));
    let rows = place.bind(terms.bound::<Row>(statement(query.sort, query.reversed))).fetch_all(connection).await?;
    Ok(place.with(rows.iter().map(Row::read).collect::<Result<_, _>>()?))
}

/// An endpoint with the names of the mini programs that name it, as an export tells it.
pub(crate) struct Exported {
    pub(crate) row: EndpointRow,
    pub(crate) programs: Vec<String>,
}

/// Every endpoint that the filter lets through, one after the other, in the order of the pages.
pub(crate) fn every<'c>(
    connection: &'c mut SqliteConnection,
    query: &EndpointQuery,
    now: Timestamp,
) -> BoxStream<'c, Result<Exported, Failure>> {
    let sql = statement(query.sort, query.reversed);
    let rows = Terms::of(query, now).bound::<Row>(sql).bind(i64::MAX).bind(0).fetch(connection);
    rows.map(|row| row?.export()).boxed()
}

/// Those that somebody has ticked, in the order in which they were ticked. Those that are gone are
/// left out.
pub(crate) fn chosen<'c>(
    connection: &'c mut SqliteConnection,
    ids: &[EndpointId],
) -> BoxStream<'c, Result<Exported, Failure>> {
    match json::write(&ids) {
        Ok(ids) => sqlx::query_as::<_, Row>(CHOSEN).bind(ids).fetch(connection).map(|row| row?.export()).boxed(),
        Err(failure) => stream::iter([Err(failure)]).boxed(),
    }
}

const fn statement(sort: EndpointSort, reversed: bool) -> &'static str {
    match (sort, reversed) {
        (EndpointSort::Verdict, false) => BY_VERDICT,
        (EndpointSort::Verdict, true) => BY_VERDICT_REVERSED,
        (EndpointSort::Target, false) => BY_TARGET,
        (EndpointSort::Target, true) => BY_TARGET_REVERSED,
        (EndpointSort::Expiry, false) => BY_EXPIRY,
        (EndpointSort::Expiry, true) => BY_EXPIRY_REVERSED,
        (EndpointSort::Probed, false) => BY_PROBED,
        (EndpointSort::Probed, true) => BY_PROBED_REVERSED,
    }
}

/// A filter as the statements take it; none lets everything through.
pub(super) struct Terms {
    text: Option<String>,
    verdict: Option<&'static str>,
    platform: Option<&'static str>,
    code: Option<&'static str>,
    ends_by: Option<i64>,
    tls_version: Option<&'static str>,
    issuer: Option<String>,
    program: Option<i64>,
    tag: Option<String>,
    turned: Option<i64>,
    called: Option<String>,
}

impl Terms {
    pub(super) fn of(EndpointQuery { filter, zone, .. }: &EndpointQuery, now: Timestamp) -> Self {
        let ends_by = |days: u32| now.as_second().saturating_add(i64::from(days) * DAY_SECONDS);
        Self {
            text: filter.text.as_deref().map(|text| containing(&in_hosts(text))),
            verdict: filter.verdict.map(model::Verdict::as_str),
            platform: filter.platform.map(model::Platform::as_str),
            code: filter.code.map(model::Code::as_str),
            ends_by: filter.days_left.map(ends_by),
            tls_version: filter.tls_version.map(model::observation::TlsVersion::as_str),
            issuer: filter.issuer.as_deref().map(containing),
            program: filter.program.filter(|_| filter.called.is_none()).map(|id| id.0),
            tag: filter.tag.as_ref().map(ToString::to_string),
            turned: filter.turned.map(|since| since.second(*zone, now)),
            called: filter.called.as_deref().map(called),
        }
    }

    pub(super) fn bound<T: for<'r> FromRow<'r, SqliteRow>>(
        &self,
        sql: &'static str,
    ) -> QueryAs<'static, Sqlite, T, SqliteArguments> {
        sqlx::query_as(sql)
            .bind(self.text.clone())
            .bind(self.verdict)
            .bind(self.platform)
            .bind(self.code)
            .bind(self.ends_by)
            .bind(self.tls_version)
            .bind(self.issuer.clone())
            .bind(self.program)
            .bind(self.tag.clone())
            .bind(self.turned)
            .bind(self.called.clone())
    }
}

#[derive(FromRow)]
struct Row {
    id: i64,
    host: String,
    port: i64,
    worst: Option<String>,
    tls_version: Option<String>,
    issuer: Option<String>,
    not_after: Option<i64>,
    probed_at: Option<i64>,
    /// Names hold no control character, so that a line feed parts them.
    programs: Option<String>,
    tags: Option<String>,
    route: Option<String>,
    #[sqlx(flatten)]
    state: State,
}

impl Row {
    fn read(&self) -> Result<EndpointRow, Failure> {
        let (verdict, platforms) = self.state.read()?;
        Ok(EndpointRow {
            id: EndpointId(self.id),
            target: target(&self.host, self.port)?,
            verdict,
            platforms,
            worst: self.worst.as_deref().map(|code| stored("code", code.parse())).transpose()?,
            tls_version: self.tls_version.as_deref().map(|word| stored("version", word.parse())).transpose()?,
            issuer: self.issuer.clone(),
            not_after: self.not_after.map(time).transpose()?,
            probed_at: self.probed_at.map(time).transpose()?,
            tags: self.tags.as_deref().map_or_else(|| Ok(Tags::default()), |tags| stored("tags", tags.parse()))?,
            route: routes::read(self.route.as_deref())?,
        })
    }

    fn export(&self) -> Result<Exported, Failure> {
        let programs = self.programs.as_deref().unwrap_or_default();
        Ok(Exported { row: self.read()?, programs: programs.lines().map(str::to_owned).collect() })
    }
}

macro_rules! filtered {
    ($what:literal, $rest:literal) => {
        concat!(
            "SELECT ",
            $what,
            " FROM named_endpoints AS endpoints
            WHERE ($1 IS NULL OR host || ':' || port LIKE $1 ESCAPE '\\')
                AND ($2 IS NULL OR $2 = CASE $3
                    WHEN 'ios' THEN verdict_ios
                    WHEN 'macos' THEN verdict_macos
                    WHEN 'android' THEN verdict_android
                    WHEN 'windows' THEN verdict_windows
                    ELSE verdict END)
                AND ($4 IS NULL OR id IN (SELECT endpoint FROM findings WHERE code = $4 AND resolved_at IS NULL))
                AND ($5 IS NULL OR not_after <= $5)
                AND ($6 IS NULL OR tls_version = $6)
                AND ($7 IS NULL OR issuer LIKE $7 ESCAPE '\\')
                AND ($8 IS NULL OR id IN (SELECT endpoint FROM entries WHERE program = $8))
                AND ($9 IS NULL OR id IN (SELECT endpoint FROM endpoint_tags WHERE tag = $9))
                AND ($10 IS NULL OR id IN (SELECT id FROM named_endpoints WHERE turned_at >= $10))
                AND ($11 IS NULL OR id IN (SELECT endpoint FROM entries WHERE program IN (
                    SELECT programs.id FROM programs WHERE ",
            $crate::programs::choice::is_called!("$11"),
            "))) ",
            $rest
        )
    };
}

pub(super) use filtered;

macro_rules! columns {
    ($with:ident, $rest:literal) => {
        $with!(
            "id, host, port, worst, tls_version, issuer, not_after, probed_at, route,
            verdict, verdict_ios, verdict_macos, verdict_android, verdict_windows,
            (SELECT string_agg(name, '\n' ORDER BY name) FROM programs
                WHERE id IN (SELECT program FROM entries WHERE endpoint = endpoints.id)) AS programs,
            (SELECT string_agg(tag, ',' ORDER BY tag) FROM endpoint_tags
                WHERE endpoint = endpoints.id) AS tags",
            $rest
        )
    };
}

macro_rules! listed {
    ($order:literal) => {
        columns!(filtered, $order)
    };
}

// `json_each` has a column `id`, too.
macro_rules! chosen {
    ($what:literal, $rest:literal) => {
        concat!(
            "SELECT ",
            $what,
            " FROM (SELECT key AS place, value AS chosen FROM json_each($1)) JOIN named_endpoints AS endpoints
            ON id = chosen ",
            $rest
        )
    };
}

statements! {
    COUNT_LISTED = filtered!("COUNT(*)", "");

    CHOSEN = columns!(chosen, "ORDER BY place");

    BY_VERDICT = listed!("ORDER BY verdict_rank, host, port LIMIT $12 OFFSET $13");

    BY_VERDICT_REVERSED = listed!("ORDER BY verdict_rank DESC, host DESC, port DESC LIMIT $12 OFFSET $13");

    BY_TARGET = listed!("ORDER BY host, port LIMIT $12 OFFSET $13");

    BY_TARGET_REVERSED = listed!("ORDER BY host DESC, port DESC LIMIT $12 OFFSET $13");

    BY_EXPIRY = listed!("ORDER BY ends_at, id LIMIT $12 OFFSET $13");

    BY_EXPIRY_REVERSED = listed!("ORDER BY ends_at DESC, id DESC LIMIT $12 OFFSET $13");

    BY_PROBED = listed!("ORDER BY seen_at, id LIMIT $12 OFFSET $13");

    BY_PROBED_REVERSED = listed!("ORDER BY seen_at DESC, id DESC LIMIT $12 OFFSET $13");
}
