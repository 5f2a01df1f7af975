//! The findings that stand against an endpoint, and those that stood lately: written when a probe is
//! kept.

use std::{collections::BTreeMap, net::IpAddr};

use model::{Code, Diagnosis, Evidence, Finding, Timestamp, service::EndpointId};
use serde::{Deserialize, Serialize};
use sqlx::SqliteConnection;

use super::keep::is_silence;
use crate::store::{Failure, json, statements};

/// What was found before and still is keeps its first day; what is found no more is marked. A
/// server that does not answer has mended nothing.
pub(super) async fn keep(
    connection: &mut SqliteConnection,
    endpoint: EndpointId,
    diagnosis: &Diagnosis,
    now: Timestamp,
) -> Result<(), Failure> {
    let mut occurrences: BTreeMap<Code, u32> = BTreeMap::new();
    let mut found = Vec::with_capacity(diagnosis.findings.len());
    for finding in &diagnosis.findings {
        let next = occurrences.entry(finding.code).or_default();
        found.push(Found::of(finding, *next)?);
        *next += 1;
    }
    let standing: Vec<i64> = sqlx::query_scalar(KEEP_FINDINGS)
        .bind(endpoint.0)
        .bind(json::write(&found)?)
        .bind(now.as_second())
        .fetch_all(&mut *connection)
        .await?;
    sqlx::query(RESOLVE_OTHERS)
        .bind(endpoint.0)
        .bind(json::write(&standing)?)
        .bind(now.as_second())
        .bind(i64::from(is_silence(diagnosis.verdict)))
        .execute(connection)
        .await?;
    Ok(())
}

/// Forgets what was resolved before the oldest observation that is kept.
pub(super) async fn forget_old(connection: &mut SqliteConnection, endpoint: EndpointId) -> Result<(), Failure> {
    sqlx::query(FORGET_OLD_FINDINGS).bind(endpoint.0).execute(connection).await?;
    Ok(())
}

/// A finding as the statement reads it.
#[derive(Serialize)]
struct Found {
    code: &'static str,
    occurrence: u32,
    severity: &'static str,
    platforms: String,
    evidence: String,
}

impl Found {
    fn of(finding: &Finding, occurrence: u32) -> Result<Self, Failure> {
        Ok(Self {
            code: finding.code.as_str(),
            occurrence,
            severity: finding.severity.as_str(),
            platforms: json::write(&finding.platforms)?,
            evidence: json::write(&Shown { evidence: finding.evidence.clone(), shown_by: finding.shown_by.clone() })?,
        })
    }
}

/// Evidence as it is stored: with the addresses that show it.
#[derive(Serialize, Deserialize)]
pub(super) struct Shown {
    #[serde(flatten)]
    pub(super) evidence: Evidence,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) shown_by: Vec<IpAddr>,
}

statements! {
    KEEP_FINDINGS = "
        INSERT INTO findings (endpoint, code, occurrence, severity, platforms, evidence, first_seen, last_seen)
        SELECT $1, value ->> 'code', value ->> 'occurrence', value ->> 'severity', value ->> 'platforms',
            value ->> 'evidence', $3, $3
        FROM json_each($2) WHERE true ORDER BY key
        ON CONFLICT (endpoint, code, occurrence) WHERE resolved_at IS NULL DO UPDATE SET
            severity = excluded.severity, platforms = excluded.platforms, evidence = excluded.evidence,
            last_seen = excluded.last_seen
        RETURNING id";

    RESOLVE_OTHERS = "
        UPDATE findings SET resolved_at = $3
        WHERE endpoint = $1 AND resolved_at IS NULL AND id NOT IN (SELECT value FROM json_each($2))
            AND ($4 = 0 OR substr(code, 1, 4) IN ('dns.', 'net.'))";

    FORGET_OLD_FINDINGS = "
        DELETE FROM findings WHERE endpoint = $1
            AND resolved_at < (SELECT observed_at FROM observations WHERE endpoint = $1 ORDER BY id LIMIT 1)";
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use model::observation::{self, TcpFailure};

    use super::*;

    #[test]
    fn evidence_is_read_with_and_without_the_addresses_that_show_it() {
        let failing =
            BTreeMap::from([("192.0.2.1".parse().unwrap(), observation::Failure::Tcp { reason: TcpFailure::Refused })]);
        let (answering, tries) = (vec!["192.0.2.2".parse().unwrap()], BTreeMap::new());
        let addresses = Evidence::Addresses { failing, faulty: BTreeMap::new(), answering, tries };
        for evidence in [Evidence::None, Evidence::Detail { detail: "words".to_owned() }, addresses] {
            let before: Shown = serde_json::from_str(&serde_json::to_string(&evidence).unwrap()).unwrap();
            assert_eq!((&before.evidence, before.shown_by), (&evidence, Vec::new()));
            let shown_by = vec!["2001:db8::1".parse().unwrap()];
            let stored =
                serde_json::to_string(&Shown { evidence: evidence.clone(), shown_by: shown_by.clone() }).unwrap();
            let read: Shown = serde_json::from_str(&stored).unwrap();
            assert_eq!((read.evidence, read.shown_by), (evidence, shown_by));
        }
    }
}
