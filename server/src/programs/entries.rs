//! The entries of one mini program with what is known of them: read in a few queries however many
//! there are, judged by `model`.

use std::collections::{BTreeMap, BTreeSet};

use model::{
    Code, DomainEntry, Port, Severity, Timestamp,
    diagnose::entry_verdict,
    domain_entry::{Api, TypedUrl},
    icp::{IcpRecord, StaleBefore, Standing, judge_icp},
    programs::{EntryRow, IcpRow, list::EntryFound},
    service::{EndpointId, EntryId, ProgramId},
};
use sqlx::{FromRow, SqliteConnection};

use crate::{
    endpoints::State,
    icp::Recorded,
    settings::stale_before,
    store::{Failure, containing, host_of, in_ascii, json, statements, stored, time},
};

/// Every entry of a mini program, in the order they were added, and the filings they need.
#[derive(Default)]
pub(super) struct Judged {
    pub(super) rows: Vec<EntryRow>,
    pub(super) icp: Vec<IcpRow>,
}

pub(super) async fn judged(
    connection: &mut SqliteConnection,
    program: ProgramId,
    now: Timestamp,
) -> Result<Judged, Failure> {
    let mut judged = judged_of(connection, &[program], now).await?;
    Ok(judged.remove(&program).unwrap_or_default())
}

/// The same of several; what has no entries is left out.
pub(super) async fn judged_of(
    connection: &mut SqliteConnection,
    programs: &[ProgramId],
    now: Timestamp,
) -> Result<BTreeMap<ProgramId, Judged>, Failure> {
    let stale_before = stale_before(connection, now).await?;
    let found: Vec<Of> = sqlx::query_as(ENTRIES).bind(json::write(&programs)?).fetch_all(connection).await?;
    let mut judged: BTreeMap<ProgramId, Judged> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    for Of { program, row } in &found {
        let entry = row.entry()?;
        let record = row.recorded.read()?;
        let of = judged.entry(ProgramId(*program)).or_default();
        if let Some(domain) = entry.host().registrable_domain()
            && seen.insert((*program, domain.clone()))
        {
            let standing = Standing::of(record.as_ref(), stale_before);
            of.icp.push(IcpRow { domain, record: record.clone(), standing });
        }
        of.rows.push(row.judge(entry, record.as_ref(), stale_before)?);
    }
    Ok(judged)
}

/// The entries of one list.
pub(super) async fn of_list(
    connection: &mut SqliteConnection,
    program: ProgramId,
    api: Api,
) -> Result<Vec<DomainEntry>, Failure> {
    let entries: Vec<String> =
        sqlx::query_scalar(LIST).bind(program.0).bind(api.as_str()).fetch_all(connection).await?;
    entries.iter().map(|entry| parse(api, entry)).collect()
}

/// See [`model::programs::Programs::entries_found`].
pub(super) async fn found(
    connection: &mut SqliteConnection,
    text: &str,
    most: u32,
) -> Result<Vec<EntryFound>, Failure> {
    let is_aside = |url: &TypedUrl| [Api::Udp, Api::Tcp].iter().any(|api| api.scheme() == Some(url.scheme.as_str()));
    let rows: Vec<(String, String, i64, String)> = match TypedUrl::read(text).filter(|url| !is_aside(url)) {
        Some(url) if url.is_whole => {
            let port = i64::from(url.port.unwrap_or(Port::HTTPS).number());
            sqlx::query_as(OF_HOST).bind(host_of(&url)).bind(port).bind(i64::from(most)).fetch_all(connection).await?
        }
        Some(url) => {
            let host = host_of(&url);
            // The columns have SQLite's own collation, which compares bytes: none of a host comes after a tilde.
            let end = format!("{host}~");
            sqlx::query_as(BY_HOST).bind(host).bind(end).bind(i64::from(most)).fetch_all(connection).await?
        }
        None => {
            let part = containing(&in_ascii(text));
            sqlx::query_as(ASIDE).bind(part).bind(i64::from(most)).fetch_all(connection).await?
        }
    };
    let read = |(api, entry, program, name): (String, String, i64, String)| {
        let entry = parse(stored("list", api.parse())?, &entry)?;
        Ok(EntryFound { entry, program: ProgramId(program), name })
    };
    rows.into_iter().map(read).collect()
}

/// An entry as it was stored.
pub(crate) fn parse(api: Api, entry: &str) -> Result<DomainEntry, Failure> {
    stored("entry", DomainEntry::parse(api, entry).map_err(|findings| format!("{entry:?}: {findings:?}")))
}

/// The codes that stand against the endpoints of a mini program, most severe first; without what breaks
/// a rule that no phone minds.
pub(super) type Codes = BTreeMap<EndpointId, Vec<Code>>;

pub(super) async fn endpoint_codes(connection: &mut SqliteConnection, program: ProgramId) -> Result<Codes, Failure> {
    let rows: Vec<(i64, String, String)> = sqlx::query_as(CODES).bind(program.0).fetch_all(connection).await?;
    let mut standing: BTreeMap<EndpointId, Vec<(Severity, Code)>> = BTreeMap::new();
    for (endpoint, code, severity) in rows {
        let finding = (stored("severity", severity.parse())?, stored("code", code.parse())?);
        standing.entry(EndpointId(endpoint)).or_default().push(finding);
    }
    Ok(standing
        .into_iter()
        .map(|(endpoint, mut findings)| {
            findings.sort_by(|(a, code_a), (b, code_b)| b.cmp(a).then(code_a.cmp(code_b)));
            let mut codes: Vec<_> = findings.into_iter().map(|(_, code)| code).collect();
            let mut seen = BTreeSet::new();
            codes.retain(|code| seen.insert(*code));
            (endpoint, codes)
        })
        .collect())
}

pub(super) fn with_codes(mut rows: Vec<EntryRow>, codes: &Codes) -> Vec<EntryRow> {
    for row in &mut rows {
        row.endpoint_codes = row.endpoint.and_then(|endpoint| codes.get(&endpoint)).cloned().unwrap_or_default();
    }
    rows
}

/// A row with whose it is.
#[derive(FromRow)]
struct Of {
    program: i64,
    #[sqlx(flatten)]
    row: Row,
}

/// An entry with the state of its endpoint and the filing of its domain.
#[derive(FromRow)]
pub(super) struct Row {
    id: i64,
    api: String,
    entry: String,
    endpoint: Option<i64>,
    verdict: Option<String>,
    verdict_ios: Option<String>,
    verdict_macos: Option<String>,
    verdict_android: Option<String>,
    verdict_windows: Option<String>,
    not_after: Option<i64>,
    probed_at: Option<i64>,
    #[sqlx(flatten)]
    pub(super) recorded: Recorded,
}

impl Row {
    pub(super) fn entry(&self) -> Result<DomainEntry, Failure> {
        parse(stored("list", self.api.parse())?, &self.entry)
    }

    pub(super) fn state(&self) -> Option<State> {
        Some(State {
            verdict: self.verdict.clone()?,
            verdict_ios: self.verdict_ios.clone()?,
            verdict_macos: self.verdict_macos.clone()?,
            verdict_android: self.verdict_android.clone()?,
            verdict_windows: self.verdict_windows.clone()?,
        })
    }

    pub(super) fn judge(
        &self,
        entry: DomainEntry,
        icp: Option<&IcpRecord>,
        stale_before: StaleBefore,
    ) -> Result<EntryRow, Failure> {
        let mut findings = entry.standing_findings();
        findings.extend(judge_icp(entry.host(), icp, stale_before));
        let endpoint = self.state().as_ref().map(State::read).transpose()?;
        let (verdict, platforms) = entry_verdict(&findings, endpoint);
        Ok(EntryRow {
            id: EntryId(self.id),
            entry,
            endpoint: self.endpoint.map(EndpointId),
            codes: findings.iter().map(|finding| finding.code).collect(),
            endpoint_codes: Vec::new(),
            platforms,
            verdict,
            not_after: self.not_after.map(time).transpose()?,
            probed_at: self.probed_at.map(time).transpose()?,
        })
    }
}

statements! {
    ENTRIES = "
        SELECT entries.program, entries.id, entries.api, entries.entry, entries.endpoint,
            endpoints.verdict, endpoints.verdict_ios, endpoints.verdict_macos, endpoints.verdict_android,
            endpoints.verdict_windows, endpoints.not_after, endpoints.probed_at,
            icp_records.domain, icp_records.state AS icp_state, icp_records.number, icp_records.holder,
            icp_records.source, icp_records.confirmed_at, icp_records.revision AS icp_revision
        FROM entries
        LEFT JOIN named_endpoints AS endpoints ON endpoints.id = entries.endpoint
        LEFT JOIN icp_records ON icp_records.domain = entries.registrable_domain
        WHERE entries.program IN (SELECT value FROM json_each($1))
        ORDER BY entries.id";

    LIST = "SELECT entry FROM entries WHERE program = $1 AND api = $2 ORDER BY id";

    // As the index says which entries it holds.
    ASIDE = "
        SELECT entries.api, entries.entry, programs.id, programs.name
        FROM entries JOIN programs ON programs.id = entries.program
        WHERE entries.api IN ('udp', 'tcp', 'prefetch', 'business') AND entries.entry LIKE $1 ESCAPE '\\'
        ORDER BY entries.host, entries.entry, entries.id LIMIT $2";

    // First what has the port, then what has none, which are the hosts to prefetch.
    OF_HOST = "
        SELECT entries.api, entries.entry, programs.id, programs.name
        FROM (
            SELECT entries.id, endpoints.port
            FROM named_endpoints AS endpoints JOIN entries ON entries.endpoint = endpoints.id
            WHERE endpoints.host = $1
            UNION ALL
            SELECT id, NULL FROM entries
            WHERE api IN ('udp', 'tcp', 'prefetch', 'business') AND api = 'prefetch' AND host = $1
        ) AS found
        JOIN entries ON entries.id = found.id
        JOIN programs ON programs.id = entries.program
        ORDER BY found.port IS DISTINCT FROM $2, found.port, entries.program, entries.id LIMIT $3";

    // Along the hosts that begin so, each with its entries.
    BY_HOST = "
        SELECT entries.api, entries.entry, programs.id, programs.name
        FROM (
            SELECT entries.id, endpoints.host, 0 AS is_bare, endpoints.port, entries.program
            FROM named_endpoints AS endpoints JOIN entries ON entries.endpoint = endpoints.id
            WHERE endpoints.host >= $1 AND endpoints.host < $2
            UNION ALL
            SELECT id, host, 1, NULL, program FROM entries
            WHERE api IN ('udp', 'tcp', 'prefetch', 'business') AND api = 'prefetch' AND host >= $1 AND host < $2
            ORDER BY 2, 3, 4, 5, 1 LIMIT $3
        ) AS found
        JOIN entries ON entries.id = found.id
        JOIN programs ON programs.id = entries.program
        ORDER BY found.host, found.is_bare, found.port, entries.program, entries.id";

    CODES = "
        SELECT endpoint, code, severity FROM findings
        WHERE resolved_at IS NULL
            AND NOT (code LIKE 'compliance.%' AND (severity = 'info' OR platforms = '[]'))
            AND endpoint IN (SELECT endpoint FROM entries WHERE program = $1)";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_makes_no_endpoint_is_looked_for_and_what_pages_show() {
        let index = include_str!("../../../migrations/0021_looked_for.sql");
        for api in Api::ALL {
            let word = format!("'{api}'");
            let aside = matches!(api, Api::Udp | Api::Tcp | Api::PrefetchDns | Api::Business);
            assert_eq!((ASIDE.contains(&word), index.contains(&word)), (aside, aside), "{api}");
        }
    }
}
