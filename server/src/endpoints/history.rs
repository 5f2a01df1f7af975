//! What was seen of one endpoint lately, from the observations and findings that are kept.

use model::{
    DAY_SECONDS, Observation, Timestamp,
    endpoints::history::{DAYS, History, Look, SPELLS_MOST, Spell},
    service::EndpointId,
};
use sqlx::{FromRow, SqliteConnection};

use super::stored::known;
use crate::store::{Failure, json, statements, stored, time};

pub(super) async fn of(connection: &mut SqliteConnection, id: EndpointId, now: Timestamp) -> Result<History, Failure> {
    known(connection, id).await?;
    let from = now.as_second().saturating_sub(DAYS * DAY_SECONDS);
    let rows: Vec<LookRow> =
        sqlx::query_as(LOOKS).bind(id.0).bind(from).bind(LOOKS_MOST).fetch_all(&mut *connection).await?;
    let looks = rows.iter().rev().map(LookRow::read).collect::<Result<Vec<_>, _>>()?;
    let most = i64::try_from(SPELLS_MOST).unwrap_or(i64::MAX);
    let rows: Vec<SpellRow> =
        sqlx::query_as(SPELLS).bind(id.0).bind(from).bind(most.saturating_add(1)).fetch_all(connection).await?;
    let spells = rows.iter().take(SPELLS_MOST).map(SpellRow::read).collect::<Result<Vec<_>, _>>()?;
    Ok(History { looks, more_spells: rows.len() > spells.len(), spells })
}

#[derive(FromRow)]
struct LookRow {
    observed_at: i64,
    verdict: String,
    facts: String,
    not_after: Option<i64>,
}

impl LookRow {
    fn read(&self) -> Result<Look, Failure> {
        let facts: Observation = json::read("observation", &self.facts)?;
        Ok(Look {
            at: time(self.observed_at)?,
            verdict: stored("verdict", self.verdict.parse())?,
            handshake_ms: facts.addresses.iter().filter_map(|seen| seen.handshake_ms).max(),
            not_after: self.not_after.map(time).transpose()?,
            elsewhere: !facts.route.is_usual(),
        })
    }
}

#[derive(FromRow)]
struct SpellRow {
    code: String,
    severity: String,
    first_seen: i64,
    resolved_at: Option<i64>,
}

impl SpellRow {
    fn read(&self) -> Result<Spell, Failure> {
        Ok(Spell {
            code: stored("code", self.code.parse())?,
            severity: stored("severity", self.severity.parse())?,
            since: time(self.first_seen)?,
            until: self.resolved_at.map(time).transpose()?,
        })
    }
}

/// As many as are kept of one endpoint.
const LOOKS_MOST: i64 = super::keep::HISTORY;

statements! {
    // One that cannot be read is stored with an end of 0.
    LOOKS = "
        SELECT observed_at, verdict, facts,
            (SELECT MIN(certificates.not_after)
                FROM observation_certificates
                JOIN certificates ON certificates.sha256 = observation_certificates.certificate
                WHERE observation_certificates.observation = observations.id
                    AND observation_certificates.position = 0 AND certificates.not_after <> 0) AS not_after
        FROM observations WHERE endpoint = $1 AND observed_at >= $2 ORDER BY id DESC LIMIT $3";

    SPELLS = "
        SELECT code, severity, first_seen, resolved_at FROM findings
        WHERE endpoint = $1 AND (resolved_at IS NULL OR resolved_at >= $2)
        ORDER BY first_seen DESC, id DESC LIMIT $3";
}
