//! The one way in which records are written: with their lines in the audit log, and the sums of every
//! mini program that needs one of them.

use std::slice;

use model::{
    IcpNumber, RegistrableDomain, Timestamp,
    accounts::Actor,
    audit::Action,
    icp::{
        IcpRecord, IcpSource, IcpState, confirmed_at,
        filings::{FilingPaste, NewIcpRecord},
        paste::{PASTE_MOST, PastedFiling, judge_filings},
        read_holder,
    },
    service::{Field, Problem, ServiceError, both},
};
use serde::Serialize;
use serde_json::{Value, json};
use sqlx::SqliteConnection;

use super::{
    Filings,
    detail::{recorded, recorded_of},
};
use crate::{
    audit::Record,
    programs::sum_programs_of_domains,
    store::{Failure, count, json, statements},
};

impl Filings {
    pub(super) async fn write(&self, new: NewIcpRecord, actor: &Actor) -> Result<(), Failure> {
        let now = self.clock.now();
        let holder = read_holder(new.holder.as_deref().unwrap_or_default());
        let holder = holder.map_err(|problem| ServiceError::invalid(Field::IcpHolder, problem));
        let confirmed_at = new.confirmed_on.map_or(Ok(now), |day| confirmed_at(day, new.zone, now));
        let confirmed_at = confirmed_at.map_err(|problem| ServiceError::invalid(Field::IcpDate, problem));
        let (holder, confirmed_at) = both(holder, confirmed_at)?;
        let mut write = self.store.write().await?;
        let old = recorded(&mut write, &new.domain).await?;
        if old.as_ref().map_or(0, |old| old.revision) != new.revision {
            return Err(ServiceError::Conflict.into());
        }
        let NewIcpRecord { domain, revision, state, number, source, .. } = new;
        let record = IcpRecord { domain, state, number, holder, source, confirmed_at, revision: revision + 1 };
        if old.as_ref().is_some_and(|old| said(old) == said(&record)) {
            return Ok(());
        }
        store(&mut write, slice::from_ref(&record)).await?;
        sum_programs_of_domains(&mut write, slice::from_ref(&record.domain), now).await?;
        write.commit([line(actor, now, old.as_ref(), &record)]).await
    }

    pub(super) async fn write_lines(&self, paste: &FilingPaste, actor: &Actor) -> Result<usize, Failure> {
        let lines: Vec<&str> = paste.lines.iter().map(String::as_str).filter(|line| !line.trim().is_empty()).collect();
        let refused = |problem| ServiceError::invalid(Field::Filings, problem);
        if lines.is_empty() {
            return Err(refused(Problem::Empty).into());
        }
        if lines.len() > PASTE_MOST {
            let most = count(PASTE_MOST);
            return Err(refused(Problem::OutOfRange { least: 1, most }).into());
        }
        let count = lines.len();
        let pasted: Vec<PastedFiling> =
            judge_filings(lines).into_iter().filter_map(|judgement| judgement.filing.ok()).collect();
        if pasted.len() < count {
            return Err(refused(Problem::LinesRefused { count: count - pasted.len() }).into());
        }
        let now = self.clock.now();
        let mut write = self.store.write().await?;
        let domains: Vec<RegistrableDomain> = pasted.iter().map(|pasted| pasted.domain.clone()).collect();
        // No two lines are of one domain.
        let old = recorded_of(&mut write, &domains).await?;
        let is_as_seen = |domain: &RegistrableDomain| {
            old.get(domain).map_or(0, |old| old.revision) == paste.seen.get(domain).copied().unwrap_or_default()
        };
        if !domains.iter().all(is_as_seen) {
            return Err(ServiceError::Conflict.into());
        }
        let record = |pasted: PastedFiling| {
            let old = old.get(&pasted.domain);
            pasted.over(old, now)
        };
        let records: Vec<IcpRecord> = pasted.into_iter().map(record).collect();
        store(&mut write, &records).await?;
        sum_programs_of_domains(&mut write, &domains, now).await?;
        let lines: Vec<_> = records.iter().map(|record| line(actor, now, old.get(&record.domain), record)).collect();
        write.commit(lines).await?;
        Ok(count)
    }
}

async fn store(connection: &mut SqliteConnection, records: &[IcpRecord]) -> Result<(), Failure> {
    let lines: Vec<_> = records.iter().map(Line::of).collect();
    sqlx::query(RECORD_ICP).bind(json::write(&lines)?).execute(connection).await?;
    Ok(())
}

/// A record as the statement reads it.
#[derive(Serialize)]
struct Line<'r> {
    domain: &'r RegistrableDomain,
    state: IcpState,
    number: Option<&'r IcpNumber>,
    holder: Option<&'r str>,
    source: IcpSource,
    confirmed_at: i64,
    revision: i64,
}

impl<'r> Line<'r> {
    fn of(record: &'r IcpRecord) -> Self {
        Self {
            domain: &record.domain,
            state: record.state,
            number: record.number.as_ref(),
            holder: record.holder.as_deref(),
            source: record.source,
            confirmed_at: record.confirmed_at.as_second(),
            revision: record.revision,
        }
    }
}

fn line(actor: &Actor, now: Timestamp, old: Option<&IcpRecord>, new: &IcpRecord) -> Record {
    let line = Record::by(actor, now, Action::IcpChange, format!("icp {}", new.domain)).after(said(new));
    match old {
        Some(old) => line.before(said(old)),
        None => line,
    }
}

/// A record as the audit log shows it.
fn said(record: &IcpRecord) -> Value {
    json!({
        "state": record.state,
        "number": record.number,
        "holder": record.holder,
        "source": record.source,
        "confirmed_at": record.confirmed_at.as_second(),
    })
}

statements! {
    // What WHERE says is true; it tells ON CONFLICT apart from the condition of a join.
    RECORD_ICP = "
        INSERT INTO icp_records (domain, state, number, holder, source, confirmed_at, revision)
        SELECT value ->> 'domain', value ->> 'state', value ->> 'number', value ->> 'holder', value ->> 'source',
            value ->> 'confirmed_at', value ->> 'revision'
        FROM json_each($1) WHERE true
        ON CONFLICT (domain) DO UPDATE SET state = excluded.state, number = excluded.number,
            holder = excluded.holder, source = excluded.source, confirmed_at = excluded.confirmed_at,
            revision = excluded.revision";
}
