//! What the entries of a mini program add up to, kept in its row so that lists read no entries.
//! Worked out again whenever something under it changes, and when the sum ends by itself.

use model::{
    Api, DAY_SECONDS, Finding, Limits, RegistrableDomain, Timestamp, Verdict, Verdicts,
    diagnose::{EntryVerdict, Observable, program_verdict},
    programs::{EntryRow, IcpRow},
    service::{EndpointId, ProgramId},
};
use serde::Serialize;
use sqlx::SqliteConnection;

use super::{
    Program,
    entries::{self, Judged},
    own_findings,
};
use crate::{
    settings::stale_after_days,
    store::{Failure, Store, count, json, statements},
};

/// The sum over a mini program's entries.
pub(super) struct Sum {
    pub(super) entries: i64,
    pub(super) failing: i64,
    pub(super) verdict: Verdict,
    pub(super) platforms: Verdicts,
}

impl Sum {
    pub(super) fn of(findings: &[Finding], rows: &[EntryRow]) -> Self {
        let (verdict, platforms) = program_verdict(findings, rows.iter().map(of_entry));
        let failing = rows.iter().filter(|row| row.verdict == Verdict::Fail).count();
        Self { entries: count(rows.len()).into(), failing: count(failing).into(), verdict, platforms }
    }
}

fn of_entry(row: &EntryRow) -> EntryVerdict {
    let observable = if row.endpoint.is_some() { Observable::Yes } else { Observable::No };
    EntryVerdict { verdict: row.verdict, platforms: row.platforms, observable }
}

/// Works out the sums that have ended by themselves.
pub(crate) async fn refresh(store: &Store, now: Timestamp) -> Result<(), Failure> {
    let mut read = store.read().await?;
    let ended: Vec<i64> = sqlx::query_scalar(ENDED).bind(now.as_second()).fetch_all(&mut *read).await?;
    drop(read);
    if ended.is_empty() {
        return Ok(());
    }
    let ended: Vec<_> = ended.into_iter().map(ProgramId).collect();
    let mut write = store.write().await?;
    of_programs(&mut write, &ended, now).await?;
    write.commit_housekeeping().await
}

/// Has every sum worked out again before it is looked at.
pub(crate) async fn anew(connection: &mut SqliteConnection, now: Timestamp) -> Result<(), Failure> {
    sqlx::query(END_SUMS).bind(now.as_second()).execute(connection).await?;
    Ok(())
}

/// Works out the sum of one mini program.
pub(super) async fn of_program(
    connection: &mut SqliteConnection,
    id: ProgramId,
    now: Timestamp,
) -> Result<(), Failure> {
    of_programs(connection, &[id], now).await
}

/// Works out the sums of some; those that are gone are left out.
pub(super) async fn of_programs(
    connection: &mut SqliteConnection,
    ids: &[ProgramId],
    now: Timestamp,
) -> Result<(), Failure> {
    let stale_after = stale_after_days(connection).await?;
    for some in ids.chunks(AT_ONCE) {
        let programs: Vec<Program> =
            sqlx::query_as(TO_SUM).bind(json::write(&some)?).fetch_all(&mut *connection).await?;
        let mut judged = entries::judged_of(connection, some, now).await?;
        let lines = programs.iter().map(|program| {
            Line::of(program, judged.remove(&ProgramId(program.id)).unwrap_or_default(), stale_after, now)
        });
        let lines = lines.collect::<Result<Vec<_>, _>>()?;
        sqlx::query(STORE_SUMS).bind(json::write(&lines)?).execute(&mut *connection).await?;
    }
    Ok(())
}

/// A sum as the statement reads it.
#[derive(Serialize)]
struct Line {
    id: i64,
    entries: i64,
    failing: i64,
    verdict: Verdict,
    platforms: Verdicts,
    until: Option<i64>,
    fullest: Option<Api>,
    used: u32,
    limit: u32,
}

impl Line {
    fn of(
        program: &Program,
        Judged { rows, icp }: Judged,
        stale_after_days: u16,
        now: Timestamp,
    ) -> Result<Self, Failure> {
        let apis = rows.iter().map(|row| row.entry.api());
        let fullest = fullest(program.limits()?, apis.clone());
        let Sum { entries, failing, verdict, platforms } = Sum::of(&own_findings(program, apis), &rows);
        Ok(Self {
            id: program.id,
            entries,
            failing,
            verdict,
            platforms,
            until: ends_at(&icp, stale_after_days, now),
            fullest: fullest.map(|list| list.api),
            used: fullest.map_or(0, |list| list.used),
            limit: fullest.map_or(0, |list| list.limit),
        })
    }
}

/// Works out the sums of every mini program that names an endpoint.
pub(crate) async fn of_endpoint(
    connection: &mut SqliteConnection,
    endpoint: EndpointId,
    now: Timestamp,
) -> Result<(), Failure> {
    let programs: Vec<i64> =
        sqlx::query_scalar(PROGRAMS_OF_ENDPOINT).bind(endpoint.0).fetch_all(&mut *connection).await?;
    let programs: Vec<_> = programs.into_iter().map(ProgramId).collect();
    of_programs(connection, &programs, now).await
}

/// Works out the sums of every mini program that needs the filing of one of the domains.
pub(crate) async fn of_domains(
    connection: &mut SqliteConnection,
    domains: &[RegistrableDomain],
    now: Timestamp,
) -> Result<(), Failure> {
    let programs: Vec<i64> =
        sqlx::query_scalar(PROGRAMS_OF_DOMAINS).bind(json::write(&domains)?).fetch_all(&mut *connection).await?;
    let programs: Vec<_> = programs.into_iter().map(ProgramId).collect();
    of_programs(connection, &programs, now).await
}

/// How full a list is.
#[derive(Clone, Copy)]
struct Fullness {
    api: Api,
    used: u32,
    limit: u32,
}

/// The list with the least room left, for its size.
fn fullest(limits: Limits, apis: impl Iterator<Item = Api> + Clone) -> Option<Fullness> {
    let of = |api| {
        let used = count(apis.clone().filter(|other| *other == api).count());
        Some(Fullness { api, used, limit: limits.limit(api)? })
    };
    let fuller = |a: &Fullness, b: &Fullness| {
        (u64::from(a.used) * u64::from(b.limit)).cmp(&(u64::from(b.used) * u64::from(a.limit)))
    };
    Api::ALL.into_iter().filter_map(of).max_by(fuller)
}

/// The second in which what is known of the next filing grows stale, whatever it is.
fn ends_at(icp: &[IcpRow], stale_after_days: u16, now: Timestamp) -> Option<i64> {
    let stale_after = i64::from(stale_after_days) * DAY_SECONDS;
    icp.iter()
        .filter_map(|row| row.record.as_ref())
        .map(|record| record.confirmed_at.as_second() + stale_after + 1)
        .filter(|end| *end > now.as_second())
        .min()
}

/// Mini programs whose entries are in memory at a time.
const AT_ONCE: usize = 100;

statements! {
    ENDED = "SELECT id FROM programs WHERE summed_until <= $1";

    END_SUMS = "UPDATE programs SET summed_until = $1 WHERE summed_until > $1 OR summed_until IS NULL";

    PROGRAMS_OF_ENDPOINT = "SELECT DISTINCT program FROM entries WHERE endpoint = $1";

    PROGRAMS_OF_DOMAINS = "
        SELECT DISTINCT program FROM entries WHERE registrable_domain IN (SELECT value FROM json_each($1))";

    TO_SUM = "
        SELECT id, app_id, name, per_list, prefetch, business, changes_a_month, strict_sockets, skip_check,
            revision, entries, failing,
            verdict, verdict_ios, verdict_macos, verdict_android, verdict_windows
        FROM programs WHERE id IN (SELECT value FROM json_each($1))";

    STORE_SUMS = "
        UPDATE programs SET entries = value ->> 'entries', failing = value ->> 'failing',
            verdict = value ->> 'verdict', verdict_ios = value ->> '$.platforms.ios',
            verdict_macos = value ->> '$.platforms.macos', verdict_android = value ->> '$.platforms.android',
            verdict_windows = value ->> '$.platforms.windows', summed_until = value ->> 'until',
            fullest_api = value ->> 'fullest', fullest_used = value ->> 'used', fullest_limit = value ->> 'limit'
        FROM json_each($1) AS sums WHERE programs.id = sums.value ->> 'id'";
}
