//! What somebody did last and can take back. The audit log tells it, which nobody can make up, and the
//! register tells whether it can still be taken back.

use model::{
    DomainEntry, Timestamp,
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
    changes::Settings,
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
    let since = now.as_second().saturating_sub(LOOKED_BACK_SECONDS);
    let done: Vec<Done> = sqlx::query_as(DONE_TO_LISTS)
        .bind(program.0)
        .bind(since)
        .bind(&actor.login)
        .bind(LOOKED_AT)
        .fetch_all(&mut *connection)
        .await?;
    let Some((last, undo)) = done.first().zip(undo_of(&done, rows, now.as_second())) else { return Ok(None) };
    // What somebody has made of it since is theirs to take back.
    let touched: bool = sqlx::query_scalar(TOUCHED_SINCE)
        .bind(program.0)
        .bind(last.at)
        .bind(last.id)
        .bind(last.before.as_deref())
        .bind(last.after.as_deref())
        .fetch_one(connection)
        .await?;
    Ok((!touched).then_some(undo))
}

/// A line of the log about an entry.
#[derive(Debug, FromRow)]
struct Done {
    id: i64,
    at: i64,
    action: String,
    before: Option<String>,
    after: Option<String>,
}

impl Done {
    /// Whether it was the way back from what was done before it, while that was offered.
    fn takes_back(&self, earlier: &Self) -> bool {
        let in_time = self.at < earlier.at.saturating_add(OFFERED_SECONDS);
        in_time && self.before == earlier.after && self.after == earlier.before
    }
}

/// The way back from what was done last, the latest first.
fn undo_of(done: &[Done], rows: &[EntryRow], now: i64) -> Option<Undo> {
    let last = done.first()?;
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
            // A change that was taken back is not offered again from the other side. One that is made anew after
            // that is.
            let back_and_forth = done.windows(2).take_while(|pair| pair[0].takes_back(&pair[1])).count();
            if back_and_forth % 2 == 1 {
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

/// The mini programs that `actor` has removed and can register again, the latest first.
pub(super) async fn of_removals(
    connection: &mut SqliteConnection,
    actor: &Actor,
    now: Timestamp,
) -> Result<Vec<RemovedProgram>, Failure> {
    Ok(removals(connection, None, actor, now).await?.iter().filter_map(Removal::offer).collect())
}

impl Register {
    pub(super) async fn restore(&self, id: ProgramId, actor: &Actor) -> Result<(), Failure> {
        let now = self.clock.now();
        let mut write = self.store.write().await?;
        let removal = removals(&mut write, Some(id), actor, now).await?.pop().ok_or(ServiceError::NotFound)?;
        let Removed { settings, entries, recipients } = removal.read().ok_or(ServiceError::NotFound)?;
        sqlx::query(RESTORE_PROGRAM)
            .bind(id.0)
            .bind(settings.app_id.as_str())
            .bind(settings.name)
            .bind(i64::from(settings.per_list))
            .bind(i64::from(settings.prefetch))
            .bind(i64::from(settings.business))
            .bind(i64::from(settings.changes_a_month))
            .bind(i64::from(settings.strict_sockets))
            .bind(i64::from(settings.skip_check))
            // Greater than any before: each change of the settings had a line of its own.
            .bind(removal.id)
            .bind(now.as_second())
            .bind(settings.owner)
            .execute(&mut *write)
            .await?;
        owned::set_tags(&mut write, id, &settings.tags).await?;
        let named: Vec<Named<'_>> = entries.iter().map(|entry| (id, entry)).collect();
        named::insert(&mut write, &named, now.as_second()).await?;
        recipients::put_back(&mut write, id, &recipients).await?;
        sums::of_program(&mut write, id, now).await?;
        let after: Value = json::read("removal", &removal.before)?;
        let record = Record::by(actor, now, Action::ProgramRestore, format!("program {id}"));
        write.commit([record.after(after)]).await
    }
}

/// A line of the log about the removal of a mini program.
#[derive(Debug, FromRow)]
struct Removal {
    id: i64,
    program: i64,
    before: String,
    /// How many there were.
    entries: i64,
}

/// What can be registered again, of all mini programs or of one; that is one at most.
async fn removals(
    connection: &mut SqliteConnection,
    program: Option<ProgramId>,
    actor: &Actor,
    now: Timestamp,
) -> Result<Vec<Removal>, Failure> {
    let removals = sqlx::query_as(REMOVALS)
        .bind(now.as_second().saturating_sub(OFFERED_SECONDS))
        .bind(&actor.login)
        .bind(program.map(|id| id.0))
        .bind(REMOVALS_MOST)
        .fetch_all(connection)
        .await?;
    Ok(removals)
}

impl Removal {
    /// None where this version cannot read it.
    fn offer(&self) -> Option<RemovedProgram> {
        let settings: Settings = serde_json::from_str(&self.before).ok()?;
        Some(RemovedProgram { id: ProgramId(self.program), name: settings.name, entries: count(self.entries) })
    }

    /// None where this version cannot read it.
    fn read(&self) -> Option<Removed> {
        serde_json::from_str(&self.before).ok()
    }
}

/// A mini program as the log tells of its removal.
#[derive(Deserialize)]
struct Removed {
    #[serde(flatten)]
    settings: Settings,
    entries: Vec<DomainEntry>,
    recipients: Vec<Value>,
}

/// Mini programs that are offered at once.
const REMOVALS_MOST: i64 = 20;

/// So many of what was done last are looked at for whether each took back the one before it.
const LOOKED_AT: i64 = 6;

/// So far back those can reach: each may have been done just before the one before it was offered no more.
const LOOKED_BACK_SECONDS: i64 = LOOKED_AT * OFFERED_SECONDS;

// Along the index on the action: an import has thousands of lines of one person in one second, which COALESCE keeps
// the index on the actor from walking.
statements! {
    // What an import has done is not taken back one by one.
    DONE_TO_LISTS = "
        SELECT id, at, action, before, after FROM audit_log
        WHERE program = $1 AND at > $2 AND action IN ('entry.add', 'entry.change', 'entry.remove') AND actor = $3
            AND NOT EXISTS (
                SELECT 1 FROM audit_log AS import
                WHERE import.action = 'import.apply' AND import.action <> 'probe.store' AND import.at = audit_log.at
                    AND COALESCE(import.actor, '') = audit_log.actor)
        ORDER BY at DESC, id DESC LIMIT $4";

    // Whoever it was. Either entry is null where it was removed or added.
    TOUCHED_SINCE = "
        SELECT EXISTS (
            SELECT 1 FROM audit_log
            WHERE program = $1 AND at >= $2 AND id > $3 AND action IN ('entry.add', 'entry.change', 'entry.remove')
                AND (before IN ($4, $5) OR after IN ($4, $5)))";

    // The latest of each AppID.
    REMOVALS = "
        SELECT id, program, before, json_array_length(before, '$.entries') AS entries FROM audit_log
        WHERE action = 'program.remove' AND action <> 'probe.store' AND at > $1 AND COALESCE(actor, '') = $2
            AND ($3 IS NULL OR program = $3)
            AND json_type(before, '$.entries') = 'array' AND json_type(before, '$.recipients') = 'array'
            AND NOT EXISTS (
                SELECT 1 FROM programs
                WHERE programs.id = audit_log.program OR programs.app_id = audit_log.before ->> 'app_id')
            AND NOT EXISTS (
                SELECT 1 FROM audit_log AS later
                WHERE later.action = 'program.remove' AND later.action <> 'probe.store' AND later.at >= audit_log.at
                    AND later.id > audit_log.id AND later.before ->> 'app_id' = audit_log.before ->> 'app_id')
        ORDER BY at DESC, id DESC LIMIT $4";

    RESTORE_PROGRAM = "
        INSERT INTO programs
            (id, app_id, name, per_list, prefetch, business, changes_a_month, strict_sockets, skip_check, revision,
            added_at, owner)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, (SELECT id FROM users WHERE login = $12))";
}
