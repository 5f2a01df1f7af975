//! What somebody did last and can take back. The audit log tells it, which nobody can make up, and the
//! register tells whether it can still be taken back.

use model::{
    AppId, DomainEntry, Tags, Timestamp,
    accounts::{Actor, Permission},
    audit::Action,
    programs::{
        EntryRow,
        undo::{OFFERED_SECONDS, RemovedProgram, Undo},
    },
    service::{ProgramId, ServiceError},
};
use serde::Deserialize;
use serde_json::Value;
use sqlx::{FromRow, SqliteConnection};

use super::{
    Register,
    named::{self, Named},
    owned, sums,
};
use crate::{
    alerts::recipients,
    audit::Record,
    store::{Failure, count, json, statements},
};

/// What `actor` did last to the lists of a mini program, which now hold `rows`.
pub(super) async fn of_lists(
    connection: &mut SqliteConnection,
    program: ProgramId,
    rows: &[EntryRow],
    actor: &Actor,
    now: Timestamp,
) -> Result<Option<Undo>, Failure> {
    if !actor.role.may(Permission::Edit) {
        return Ok(None);
    }
    // What was taken back may have been done just before it was offered no more.
    let since = now.as_second().saturating_sub(2 * OFFERED_SECONDS);
    let done: Vec<Done> =
        sqlx::query_as(DONE_TO_LISTS).bind(program.0).bind(since).bind(&actor.login).fetch_all(connection).await?;
    Ok(undo_of(&done, rows, now.as_second()))
}

/// A line of the log about an entry.
#[derive(Debug, FromRow)]
struct Done {
    at: i64,
    action: String,
    before: Option<String>,
    after: Option<String>,
}

/// The way back from what was done last, the latest first.
fn undo_of(done: &[Done], rows: &[EntryRow], now: i64) -> Option<Undo> {
    let (last, earlier) = done.split_first()?;
    if last.at.saturating_add(OFFERED_SECONDS) <= now {
        return None;
    }
    let standing = |entry: &DomainEntry| rows.iter().find(|row| row.entry == *entry);
    match last.action.parse() {
        Ok(Action::EntryRemove) => {
            let removed = told(last.before.as_deref())?;
            standing(&removed).is_none().then_some(Undo::Removed(removed))
        }
        Ok(Action::EntryChange) => {
            // A change that was taken back is not offered again from the other side.
            if earlier.first().is_some_and(|done| done.before == last.after && done.after == last.before) {
                return None;
            }
            let (was, now) = (told(last.before.as_deref())?, told(last.after.as_deref())?);
            let row = standing(&now).filter(|_| standing(&was).is_none())?;
            Some(Undo::Changed { id: row.id, was, now })
        }
        _ => None,
    }
}

/// An entry as the log tells it; none where this version cannot read it.
fn told(entry: Option<&str>) -> Option<DomainEntry> {
    serde_json::from_str(entry?).ok()
}

/// The mini program that `actor` removed last and can register again.
pub(super) async fn of_removal(
    connection: &mut SqliteConnection,
    actor: &Actor,
    now: Timestamp,
) -> Result<Option<RemovedProgram>, Failure> {
    let Some(removal) = removal(connection, None, actor, now).await? else { return Ok(None) };
    let removed = removal.read()?;
    Ok(Some(RemovedProgram {
        id: ProgramId(removal.program),
        name: removed.name,
        entries: count(removed.entries.len()),
    }))
}

impl Register {
    pub(super) async fn restore(&self, id: ProgramId, actor: &Actor) -> Result<(), Failure> {
        let now = self.clock.now();
        let mut write = self.store.write().await?;
        let removal = removal(&mut write, Some(id), actor, now).await?.ok_or(ServiceError::NotFound)?;
        let removed = removal.read()?;
        sqlx::query(RESTORE_PROGRAM)
            .bind(id.0)
            .bind(removed.app_id.as_str())
            .bind(removed.name)
            .bind(i64::from(removed.per_list))
            .bind(i64::from(removed.prefetch))
            .bind(i64::from(removed.business))
            .bind(i64::from(removed.changes_a_month))
            .bind(i64::from(removed.strict_sockets))
            .bind(i64::from(removed.skip_check))
            // Greater than any before: each change of the settings had a line of its own.
            .bind(removal.id)
            .bind(now.as_second())
            .bind(removed.owner)
            .execute(&mut *write)
            .await?;
        owned::set_tags(&mut write, id, &removed.tags).await?;
        let named: Vec<Named<'_>> = removed.entries.iter().map(|entry| (id, entry)).collect();
        named::insert(&mut write, &named, now.as_second()).await?;
        recipients::put_back(&mut write, id, &removed.recipients).await?;
        sums::of_program(&mut write, id, now).await?;
        let after: Value = json::read("removal", &removal.before)?;
        let record = Record::by(actor, now, Action::ProgramAdd, format!("program {id}"));
        write.commit([record.after(after)]).await
    }
}

/// A line of the log about the removal of a mini program.
#[derive(Debug, FromRow)]
struct Removal {
    id: i64,
    program: i64,
    before: String,
}

async fn removal(
    connection: &mut SqliteConnection,
    program: Option<ProgramId>,
    actor: &Actor,
    now: Timestamp,
) -> Result<Option<Removal>, Failure> {
    let removal = sqlx::query_as(REMOVAL)
        .bind(now.as_second().saturating_sub(OFFERED_SECONDS))
        .bind(&actor.login)
        .bind(program.map(|id| id.0))
        .fetch_optional(connection)
        .await?;
    Ok(removal)
}

impl Removal {
    fn read(&self) -> Result<Removed, Failure> {
        json::read("removal", &self.before)
    }
}

/// A mini program as the log tells of its removal.
#[derive(Deserialize)]
struct Removed {
    app_id: AppId,
    name: String,
    per_list: u32,
    prefetch: u32,
    business: u32,
    changes_a_month: u32,
    strict_sockets: bool,
    skip_check: bool,
    /// Log-in name.
    owner: Option<String>,
    tags: Tags,
    entries: Vec<DomainEntry>,
    recipients: Vec<Value>,
}

// Along the index on the action: an import has thousands of lines of one person in one second, which COALESCE keeps
// the index on the actor from walking.
statements! {
    // What an import has done is not taken back one by one.
    DONE_TO_LISTS = "
        SELECT at, action, before, after FROM audit_log
        WHERE program = $1 AND at > $2 AND action IN ('entry.add', 'entry.change', 'entry.remove') AND actor = $3
            AND NOT EXISTS (
                SELECT 1 FROM audit_log AS import
                WHERE import.action = 'import.apply' AND import.action <> 'probe.store' AND import.at = audit_log.at
                    AND COALESCE(import.actor, '') = audit_log.actor)
        ORDER BY at DESC, id DESC LIMIT 2";

    REMOVAL = "
        SELECT id, program, before FROM audit_log
        WHERE action = 'program.remove' AND action <> 'probe.store' AND at > $1 AND COALESCE(actor, '') = $2
            AND ($3 IS NULL OR program = $3) AND json_type(before, '$.recipients') = 'array'
            AND NOT EXISTS (
                SELECT 1 FROM programs
                WHERE programs.id = audit_log.program OR programs.app_id = audit_log.before ->> 'app_id')
        ORDER BY at DESC, id DESC LIMIT 1";

    RESTORE_PROGRAM = "
        INSERT INTO programs
            (id, app_id, name, per_list, prefetch, business, changes_a_month, strict_sockets, skip_check, revision,
            added_at, owner)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, (SELECT id FROM users WHERE login = $12))";
}
