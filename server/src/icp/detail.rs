//! What is known of one domain's filing, who inherits it, and how it changed.

use std::{collections::BTreeMap, slice};

use model::{
    IcpNumber, Observation, RegistrableDomain, Timestamp,
    icp::{
        IcpRecord, IcpState, StaleBefore, Standing,
        filings::{Change, FilingDetail, FilingRow, HISTORY_MOST, Heir, OnSite, SITES_MOST},
    },
    paging::Page,
    service::{EndpointId, ProgramId},
};
use serde::Deserialize;
use sqlx::SqliteConnection;

use super::Recorded;
use crate::{
    programs::entries::parse,
    settings::stale_after_days,
    store::{Failure, Place, count, json, statements, stored, time},
};

pub(super) async fn of(
    connection: &mut SqliteConnection,
    domain: &RegistrableDomain,
    page: u32,
    now: Timestamp,
) -> Result<FilingDetail, Failure> {
    let record = recorded(connection, domain).await?;
    let stale_after_days = stale_after_days(connection).await?;
    let (hosts, programs, entries): (i64, i64, i64) =
        sqlx::query_as(HEIR_COUNTS).bind(domain.as_str()).fetch_one(&mut *connection).await?;
    Ok(FilingDetail {
        row: FilingRow {
            domain: domain.clone(),
            standing: Standing::of(record.as_ref(), StaleBefore::new(now, stale_after_days)),
            record,
            hosts: count(hosts),
            programs: count(programs),
        },
        entries: heirs(connection, domain, page, count(entries)).await?,
        seen: seen(connection, domain).await?,
        history: history(connection, domain).await?,
        stale_after_days,
    })
}

/// The record of a domain, if there is one.
pub(super) async fn recorded(
    connection: &mut SqliteConnection,
    domain: &RegistrableDomain,
) -> Result<Option<IcpRecord>, Failure> {
    Ok(recorded_of(connection, slice::from_ref(domain)).await?.remove(domain))
}

/// The records of several, where there are any.
pub(super) async fn recorded_of(
    connection: &mut SqliteConnection,
    domains: &[RegistrableDomain],
) -> Result<BTreeMap<RegistrableDomain, IcpRecord>, Failure> {
    let rows: Vec<Recorded> = sqlx::query_as(FILINGS_OF).bind(json::write(&domains)?).fetch_all(connection).await?;
    let records = rows.iter().filter_map(|row| row.read().transpose());
    records.map(|record| record.map(|record| (record.domain.clone(), record))).collect()
}

async fn heirs(
    connection: &mut SqliteConnection,
    domain: &RegistrableDomain,
    page: u32,
    total: u32,
) -> Result<Page<Heir>, Failure> {
    let place = Place::of(page, total);
    let rows: Vec<(i64, String, String, String)> =
        place.bind(sqlx::query_as(HEIRS).bind(domain.as_str())).fetch_all(connection).await?;
    let heir = |(program, program_name, api, entry): (i64, String, String, String)| {
        let entry = parse(stored("list", api.parse())?, &entry)?;
        Ok::<_, Failure>(Heir { program: ProgramId(program), program_name, entry })
    };
    Ok(place.with(rows.into_iter().map(heir).collect::<Result<_, _>>()?))
}

/// The numbers on the pages of its hosts, as each was last probed.
async fn seen(connection: &mut SqliteConnection, domain: &RegistrableDomain) -> Result<Vec<OnSite>, Failure> {
    let rows: Vec<(i64, String)> = sqlx::query_as(ON_SITES)
        .bind(domain.as_str())
        .bind(i64::try_from(SITES_MOST).unwrap_or(i64::MAX))
        .bind(READ_MOST)
        .fetch_all(connection)
        .await?;
    let mut seen = Vec::new();
    for (endpoint, facts) in rows {
        let Observation { target, observed_at: at, http, .. } = json::read("observation", &facts)?;
        for icp in http.iter().flat_map(|http| http.icp()) {
            let icp = icp.clone();
            seen.push(OnSite { endpoint: EndpointId(endpoint), target: target.clone(), at, icp });
        }
    }
    Ok(seen)
}

async fn history(connection: &mut SqliteConnection, domain: &RegistrableDomain) -> Result<Vec<Change>, Failure> {
    let rows: Vec<(i64, Option<String>, String)> = sqlx::query_as(HISTORY)
        .bind(format!("icp {domain}"))
        .bind(i64::try_from(HISTORY_MOST).unwrap_or(i64::MAX))
        .fetch_all(connection)
        .await?;
    rows.into_iter()
        .map(|(at, actor, after)| {
            let After { state, number, holder } = json::read("change", &after)?;
            Ok(Change { at: time(at)?, actor, state, number, holder })
        })
        .collect()
}

/// A record as the audit log shows it.
#[derive(Deserialize)]
struct After {
    state: IcpState,
    number: Option<IcpNumber>,
    /// The first version wrote none.
    #[serde(default)]
    holder: Option<String>,
}

/// Most entries whose sites are looked through: what was seen of each is read from end to end.
const READ_MOST: i64 = 500;

statements! {
    FILINGS_OF = "
        SELECT domain, state AS icp_state, number, holder, source, confirmed_at, revision AS icp_revision
        FROM icp_records WHERE domain IN (SELECT value FROM json_each($1))";

    HEIR_COUNTS = "
        SELECT COUNT(DISTINCT host), COUNT(DISTINCT program), COUNT(*) FROM entries WHERE registrable_domain = $1";

    HEIRS = "
        SELECT entries.program, programs.name, entries.api, entries.entry
        FROM entries JOIN programs ON programs.id = entries.program
        WHERE entries.registrable_domain = $1
        ORDER BY entries.host, entries.id LIMIT $2 OFFSET $3";

    ON_SITES = "
        SELECT endpoints.id, observations.facts
        FROM named_endpoints AS endpoints JOIN observations ON observations.id =
            (SELECT MAX(latest.id) FROM observations AS latest WHERE latest.endpoint = endpoints.id)
        WHERE endpoints.id IN
                (SELECT endpoint FROM entries WHERE registrable_domain = $1 AND endpoint IS NOT NULL
                ORDER BY host, id LIMIT $3)
            AND observations.facts LIKE '%\"icp\":[%'
        ORDER BY endpoints.id LIMIT $2";

    HISTORY = "
        SELECT at, actor, after FROM audit_log
        WHERE action = 'icp.change' AND object = $1 AND after IS NOT NULL ORDER BY id DESC LIMIT $2";
}
