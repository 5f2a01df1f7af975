//! What the entries of a mini program add up to, kept in its row so that lists read no entries.
//! Worked out again whenever something under it changes, and when the sum ends by itself.

use std::collections::BTreeSet;

use model::{
    Api, Finding, Limits, RegistrableDomain, Timestamp, Verdict, Verdicts,
    diagnose::{EntryVerdict, Observable, program_verdict},
    icp::STALE_AFTER,
    programs::{EntryRow, IcpRow},
    service::{EndpointId, ProgramId},
};
use sqlx::SqliteConnection;

use super::{Program, count, entries, own_findings};
use crate::store::{Failure, Store, statements};

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
    let mut write = store.write().await?;
    for program in ended {
        // Somebody may have removed it since.
        if sqlx::query(EXISTS).bind(program).fetch_optional(&mut *write).await?.is_some() {
            of_program(&mut write, ProgramId(program), now).await?;
        }
    }
    write.commit_housekeeping().await
}

/// Works out the sum of one mini program.
pub(super) async fn of_program(
    connection: &mut SqliteConnection,
    id: ProgramId,
    now: Timestamp,
) -> Result<(), Failure> {
    let program = Program::of(connection, id).await?;
    let entries::Judged { rows, icp } = entries::judged(connection, id, now).await?;
    let apis = rows.iter().map(|row| row.entry.api());
    let fullest = fullest(program.limits()?, apis.clone());
    let sum = Sum::of(&own_findings(&program, apis), &rows);
    sqlx::query(STORE_SUM)
        .bind(id.0)
        .bind(sum.entries)
        .bind(sum.failing)
        .bind(sum.verdict.as_str())
        .bind(sum.platforms.ios.as_str())
        .bind(sum.platforms.macos.as_str())
        .bind(sum.platforms.android.as_str())
        .bind(sum.platforms.windows.as_str())
        .bind(ends_at(&icp, now))
        .bind(fullest.map(|list| list.api.as_str()))
        .bind(fullest.map_or(0, |list| list.used))
        .bind(fullest.map_or(0, |list| list.limit))
        .execute(connection)
        .await?;
    Ok(())
}

/// Works out the sums of every mini program that names an endpoint.
pub(crate) async fn of_endpoint(
    connection: &mut SqliteConnection,
    endpoint: EndpointId,
    now: Timestamp,
) -> Result<(), Failure> {
    let programs: Vec<i64> =
        sqlx::query_scalar(PROGRAMS_OF_ENDPOINT).bind(endpoint.0).fetch_all(&mut *connection).await?;
    for program in programs {
        of_program(connection, ProgramId(program), now).await?;
    }
    Ok(())
}

/// Works out the sums of every mini program that needs the filing of one of the domains.
pub(crate) async fn of_domains(
    connection: &mut SqliteConnection,
    domains: &[RegistrableDomain],
    now: Timestamp,
) -> Result<(), Failure> {
    let mut programs = BTreeSet::new();
    for domain in domains {
        let needing: Vec<i64> =
            sqlx::query_scalar(PROGRAMS_OF_DOMAIN).bind(domain.as_str()).fetch_all(&mut *connection).await?;
        programs.extend(needing);
    }
    for program in programs {
        of_program(connection, ProgramId(program), now).await?;
    }
    Ok(())
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
fn ends_at(icp: &[IcpRow], now: Timestamp) -> Option<i64> {
    icp.iter()
        .filter_map(|row| row.record.as_ref())
        .map(|record| record.confirmed_at.as_second() + STALE_AFTER.as_secs() + 1)
        .filter(|end| *end > now.as_second())
        .min()
}

statements! {
    ENDED = "SELECT id FROM programs WHERE summed_until <= $1";

    EXISTS = "SELECT 1 FROM programs WHERE id = $1";

    PROGRAMS_OF_ENDPOINT = "SELECT DISTINCT program FROM entries WHERE endpoint = $1";

    PROGRAMS_OF_DOMAIN = "SELECT DISTINCT program FROM entries WHERE registrable_domain = $1";

    STORE_SUM = "
        UPDATE programs SET entries = $2, failing = $3, verdict = $4, verdict_ios = $5, verdict_macos = $6,
            verdict_android = $7, verdict_windows = $8, summed_until = $9,
            fullest_api = $10, fullest_used = $11, fullest_limit = $12
        WHERE id = $1";
}
