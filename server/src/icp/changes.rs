//! The one way in which a record is written: with its line in the audit log, and the sums of every
//! mini program that needs it.

use model::{
    Timestamp,
    accounts::Actor,
    audit::Action,
    icp::{
        IcpRecord, IcpSource, IcpState, confirmed_at,
        filings::NewIcpRecord,
        paste::{PASTE_MOST, PastedFiling, judge_filings},
        read_holder,
    },
    service::{Field, Problem, ServiceError},
};
use serde_json::{Value, json};
use sqlx::SqliteConnection;

use super::{Filings, detail::recorded};
use crate::{
    audit::Record,
    programs::sum_programs_of_domains,
    store::{Failure, count, statements},
};

impl Filings {
    pub(super) async fn write(&self, new: NewIcpRecord, actor: &Actor) -> Result<(), Failure> {
        let now = self.clock.now();
        let holder = read_holder(new.holder.as_deref().unwrap_or_default());
        let holder = holder.map_err(|problem| ServiceError::invalid(Field::IcpHolder, problem))?;
        let confirmed_at = new.confirmed_on.map_or(Ok(now), |day| confirmed_at(day, now));
        let confirmed_at = confirmed_at.map_err(|problem| ServiceError::invalid(Field::IcpDate, problem))?;
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
        store(&mut write, &record).await?;
        sum_programs_of_domains(&mut write, std::slice::from_ref(&record.domain), now).await?;
        write.commit([line(actor, now, old.as_ref(), &record)]).await
    }

    pub(super) async fn write_lines(&self, lines: &[String], actor: &Actor) -> Result<usize, Failure> {
        let lines: Vec<&str> = lines.iter().map(String::as_str).filter(|line| !line.trim().is_empty()).collect();
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
        let mut records = Vec::with_capacity(count);
        let mut domains = Vec::with_capacity(count);
        for pasted in pasted {
            let old = recorded(&mut write, &pasted.domain).await?;
            let record = joined(pasted, old.as_ref(), now);
            store(&mut write, &record).await?;
            records.push(line(actor, now, old.as_ref(), &record));
            domains.push(record.domain);
        }
        sum_programs_of_domains(&mut write, &domains, now).await?;
        write.commit(records).await?;
        Ok(count)
    }
}

/// What a line tells, and of the record before it what the line leaves open. Without a filing there
/// is no number.
fn joined(pasted: PastedFiling, old: Option<&IcpRecord>, now: Timestamp) -> IcpRecord {
    let PastedFiling { domain, state, number, holder } = pasted;
    let number = match state {
        IcpState::NotFiled => None,
        _ => number.or_else(|| old?.number.clone()),
    };
    IcpRecord {
        domain,
        state,
        number,
        holder: holder.or_else(|| old?.holder.clone()),
        source: IcpSource::Typed,
        confirmed_at: now,
        revision: old.map_or(0, |old| old.revision) + 1,
    }
}

async fn store(connection: &mut SqliteConnection, record: &IcpRecord) -> Result<(), Failure> {
    sqlx::query(RECORD_ICP)
        .bind(record.domain.as_str())
        .bind(record.state.as_str())
        .bind(record.number.as_ref().map(ToString::to_string))
        .bind(&record.holder)
        .bind(record.source.as_str())
        .bind(record.confirmed_at.as_second())
        .bind(record.revision)
        .execute(connection)
        .await?;
    Ok(())
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
    RECORD_ICP = "
        INSERT INTO icp_records (domain, state, number, holder, source, confirmed_at, revision)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (domain) DO UPDATE SET state = excluded.state, number = excluded.number,
            holder = excluded.holder, source = excluded.source, confirmed_at = excluded.confirmed_at,
            revision = excluded.revision";
}
