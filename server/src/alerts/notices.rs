//! What is to be told, and to whom: written in the transaction of whatever made it news.

use std::collections::{BTreeMap, BTreeSet};

use model::{
    Code, DAY_SECONDS, Diagnosis, HostPort, Severity, Timestamp, Verdict,
    alerts::{Notice, STEPS},
    audit::Action,
    service::EndpointId,
};
use serde::Serialize;
use serde_json::json;
use sqlx::SqliteConnection;

use crate::{
    audit::Record,
    endpoints::target,
    store::{Failure, Store, json as column, statements, time},
};

/// What an endpoint looked like before a probe and after it.
pub(crate) struct Turn<'a> {
    pub(crate) endpoint: EndpointId,
    pub(crate) target: &'a HostPort,
    /// Since when it failed before.
    pub(crate) failing_since: Option<i64>,
    pub(crate) diagnosis: &'a Diagnosis,
}

/// Since when an endpoint fails, now that it has been probed. Silence changes nothing.
pub(crate) fn failing_since(before: Option<i64>, verdict: Verdict, now: Timestamp) -> Option<i64> {
    match verdict {
        Verdict::Fail => before.or(Some(now.as_second())),
        Verdict::Unreachable | Verdict::Unknown => before,
        Verdict::Pass | Verdict::Warn => None,
    }
}

/// Writes what everybody concerned is to be told of an endpoint that fails, once each: whoever came to be
/// concerned after it began is told as well. The lines for the audit log.
pub(crate) async fn of_turn(
    connection: &mut SqliteConnection,
    turn: &Turn<'_>,
    now: Timestamp,
) -> Result<Vec<Record>, Failure> {
    if turn.diagnosis.verdict != Verdict::Fail {
        return Ok(Vec::new());
    }
    let since = turn.failing_since.unwrap_or(now.as_second());
    let occasion = format!("fail {} {since}", turn.endpoint);
    let since = Some(time(since)?);
    let rows: Vec<(String, String, String)> =
        sqlx::query_as(CONCERNED).bind(turn.endpoint.0).bind(&occasion).fetch_all(&mut *connection).await?;
    let mut told: BTreeMap<String, (String, Vec<String>)> = BTreeMap::new();
    for (address, language, program) in rows {
        told.entry(address).or_insert_with(|| (language, Vec::new())).1.push(program);
    }
    let errors = turn.diagnosis.findings.iter().filter(|finding| finding.severity == Severity::Error);
    let mut codes: Vec<Code> = errors.map(|finding| finding.code).collect();
    codes.sort_unstable();
    codes.dedup();
    // A run over a mini program finds several at once: they go out together.
    let due_at = now.as_second().saturating_add(GATHER_SECONDS);
    let told = told.into_iter().map(|(address, (language, programs))| {
        let notice = Notice::Failing {
            endpoint: turn.endpoint,
            target: turn.target.clone(),
            platforms: turn.diagnosis.platforms,
            codes: codes.clone(),
            since,
            programs,
        };
        Told { address, language, occasion: occasion.clone(), notice }
    });
    let told: Vec<_> = told.collect();
    write(connection, &told, now, due_at).await
}

/// Writes every reminder that is due and was not written before. Whether there was any: whoever came to be concerned
/// meanwhile may have been too late for some of the steps.
pub(super) async fn remind(store: &Store, now: Timestamp) -> Result<bool, Failure> {
    let mut any = false;
    // From a step down to the next nearer one.
    for (at, days) in STEPS.into_iter().enumerate() {
        let nearer = STEPS.get(at + 1).copied().unwrap_or_default();
        let (from, until) = (after_days(now, nearer), after_days(now, days));
        loop {
            let mut read = store.read().await?;
            let mut rows: Vec<Due> = sqlx::query_as(ENDING)
                .bind(from)
                .bind(until)
                .bind(i64::from(days))
                .bind(BATCH)
                .fetch_all(&mut *read)
                .await?;
            drop(read);
            if rows.is_empty() {
                break;
            }
            any = true;
            leave_whole(&mut rows);
            write_reminders(store, rows, days, now).await?;
        }
    }
    Ok(any)
}

/// Endpoint, host, port, end of validity, address, language, mini program.
type Due = (i64, String, i64, i64, String, String, String);

/// The last endpoint of a full batch may go on in the next one: it waits for that.
fn leave_whole(rows: &mut Vec<Due>) {
    if let (Some(first), Some(last)) = (rows.first().map(|row| row.0), rows.last().map(|row| row.0))
        && i64::try_from(rows.len()) == Ok(BATCH)
        && first != last
    {
        rows.retain(|row| row.0 != last);
    }
}

async fn write_reminders(store: &Store, rows: Vec<Due>, days: u32, now: Timestamp) -> Result<(), Failure> {
    let mut reminders: BTreeMap<(String, i64), (String, Notice)> = BTreeMap::new();
    for (endpoint, host, port, not_after, address, language, program) in rows {
        match reminders.entry((address, endpoint)) {
            std::collections::btree_map::Entry::Occupied(mut known) => {
                if let Notice::Expiry { programs, .. } = &mut known.get_mut().1 {
                    programs.push(program);
                }
            }
            std::collections::btree_map::Entry::Vacant(new) => {
                let notice = Notice::Expiry {
                    endpoint: EndpointId(endpoint),
                    target: target(&host, port)?,
                    not_after: time(not_after)?,
                    programs: vec![program],
                };
                new.insert((language, notice));
            }
        }
    }
    let told = reminders.into_iter().filter_map(|((address, endpoint), (language, notice))| {
        let Notice::Expiry { not_after, .. } = &notice else { return None };
        let occasion = format!("expiry {endpoint} {} {days}", not_after.as_second());
        Some(Told { address, language, occasion, notice })
    });
    let told: Vec<_> = told.collect();
    let mut transaction = store.write().await?;
    let records = write(&mut transaction, &told, now, now.as_second()).await?;
    transaction.commit(records).await
}

/// What one address is to be told.
struct Told {
    address: String,
    language: String,
    occasion: String,
    notice: Notice,
}

/// Writes what was not written before. The lines of that for the audit log.
async fn write(
    connection: &mut SqliteConnection,
    told: &[Told],
    now: Timestamp,
    due_at: i64,
) -> Result<Vec<Record>, Failure> {
    if told.is_empty() {
        return Ok(Vec::new());
    }
    let lines = told.iter().map(Line::of).collect::<Result<Vec<_>, _>>()?;
    let written: Vec<(String, String)> = sqlx::query_as(WRITE)
        .bind(column::write(&lines)?)
        .bind(now.as_second())
        .bind(due_at)
        .fetch_all(connection)
        .await?;
    let written: BTreeSet<_> =
        written.iter().map(|(address, occasion)| (address.as_str(), occasion.as_str())).collect();
    let new = told.iter().filter(|told| written.contains(&(told.address.as_str(), told.occasion.as_str())));
    let record = |Told { address, occasion, notice, .. }: &Told| {
        let record = Record::by_hufu(now, Action::NoticeWrite, format!("mail to {address}"));
        record.after(json!({ "occasion": occasion, "notice": notice }))
    };
    Ok(new.map(record).collect())
}

/// A notice as the statement reads it.
#[derive(Serialize)]
struct Line<'t> {
    address: &'t str,
    language: &'t str,
    occasion: &'t str,
    facts: String,
}

impl<'t> Line<'t> {
    fn of(told: &'t Told) -> Result<Self, Failure> {
        let Told { address, language, occasion, notice } = told;
        Ok(Self { address, language, occasion, facts: column::write(notice)? })
    }
}

fn after_days(now: Timestamp, days: u32) -> i64 {
    now.as_second().saturating_add(i64::from(days) * DAY_SECONDS)
}

/// What begins to fail within so many seconds goes out in one mail.
const GATHER_SECONDS: i64 = 30;

/// Rows turned into reminders in one transaction.
const BATCH: i64 = 500;

statements! {
    // Those who were not told of it yet.
    CONCERNED = "
        SELECT DISTINCT recipients.address, recipients.language, programs.name
        FROM entries
        JOIN recipients ON recipients.program = entries.program
        JOIN programs ON programs.id = entries.program
        WHERE entries.endpoint = $1 AND NOT EXISTS (
            SELECT 1 FROM notices WHERE notices.address = recipients.address AND notices.occasion = $2)
        ORDER BY recipients.address, programs.name";

    ENDING = "
        SELECT DISTINCT endpoints.id, endpoints.host, endpoints.port, endpoints.not_after, recipients.address,
            recipients.language, programs.name
        FROM named_endpoints AS endpoints
        JOIN entries ON entries.endpoint = endpoints.id
        JOIN recipients ON recipients.program = entries.program
        JOIN programs ON programs.id = entries.program
        WHERE endpoints.not_after > $1 AND endpoints.not_after <= $2
            AND NOT EXISTS (
                SELECT 1 FROM notices
                WHERE notices.address = recipients.address
                    AND notices.occasion = 'expiry ' || endpoints.id || ' ' || endpoints.not_after || ' ' || $3)
        ORDER BY endpoints.id, recipients.address, programs.name
        LIMIT $4";

    WRITE = "
        INSERT INTO notices (address, language, occasion, facts, written_at, due_at)
        SELECT value ->> 'address', value ->> 'language', value ->> 'occasion', value ->> 'facts', $2, $3
        FROM json_each($1) WHERE true ORDER BY key
        ON CONFLICT (address, occasion) DO NOTHING RETURNING address, occasion";
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_server_that_comes_and_goes_has_failed_since_the_first_time() {
        let now = Timestamp::from_second(500).unwrap();
        for (before, verdict, after) in [
            (None, Verdict::Fail, Some(500)),
            (Some(100), Verdict::Fail, Some(100)),
            (Some(100), Verdict::Unreachable, Some(100)),
            (Some(100), Verdict::Warn, None),
            (Some(100), Verdict::Pass, None),
            (None, Verdict::Unreachable, None),
            (None, Verdict::Pass, None),
        ] {
            assert_eq!(failing_since(before, verdict, now), after, "{before:?} {verdict:?}");
        }
    }
}
