//! Every change to the register: one transaction each, with its lines in the audit log.

use std::collections::BTreeMap;

use model::{
    AppId, Host, Limits, Severity, Tags, Timestamp,
    accounts::Actor,
    audit::Action,
    domain_entry::{Api, DomainEntry, EntryJudgement, judge_list, moved},
    limits::Limit,
    programs::{EntryChange, NewProgram, PASTE_MOST, ProgramChange, accept_name},
    service::{EndpointId, EntryId, Field, Problem, ProgramId, ServiceError},
    url_check::WssPorts,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sqlx::SqliteConnection;

use super::{
    Program, Register, entries,
    named::{self, Named, endpoint_for},
    owned::{self, Owned},
    sums,
};
use crate::{
    alerts::recipients,
    audit::Record,
    endpoints::unnamed,
    settings::limits_to_begin_with,
    store::{Failure, count, json, statements, stored},
};

impl Register {
    pub(super) async fn insert_program(&self, new: NewProgram, actor: &Actor) -> Result<ProgramId, Failure> {
        let name = name_of(&new.name)?;
        let now = self.clock.now();
        let mut write = self.store.write().await?;
        let mut registered = register(&mut write, &[(&new.app_id, &name)], now, actor).await?;
        let (id, record) = registered.remove(&new.app_id).ok_or(ServiceError::NotFound)?;
        sums::of_program(&mut write, id, now).await?;
        write.commit([record]).await?;
        Ok(id)
    }

    pub(super) async fn update_program(
        &self,
        id: ProgramId,
        change: ProgramChange,
        actor: &Actor,
    ) -> Result<(), Failure> {
        let name = name_of(&change.name)?;
        let now = self.clock.now();
        let mut write = self.store.write().await?;
        let old = Program::of(&mut write, id).await?;
        if old.revision != change.revision {
            return Err(ServiceError::Conflict.into());
        }
        let owned = Owned::of(&mut write, id).await?;
        let owner = owned.accept(&mut write, change.owner).await?;
        let before = old.settings(&owned)?;
        let after = Settings {
            app_id: before.app_id.clone(),
            name: name.clone(),
            per_list: change.limits.of(Limit::PerList),
            prefetch: change.limits.of(Limit::Prefetch),
            business: change.limits.of(Limit::Business),
            changes_a_month: change.limits.of(Limit::ChangesAMonth),
            strict_sockets: change.wss == WssPorts::Strict,
            skip_check: change.skip_check,
            owner: owner.as_ref().map(|owner| owner.login.clone()),
            tags: change.tags.clone(),
        };
        if before == after {
            return Ok(());
        }
        sqlx::query(CHANGE_PROGRAM)
            .bind(id.0)
            .bind(&name)
            .bind(json::write(&change.limits)?)
            .bind(i64::from(change.wss == WssPorts::Strict))
            .bind(i64::from(change.skip_check))
            .bind(owner.as_ref().map(|owner| owner.id.0))
            .execute(&mut *write)
            .await?;
        owned::set_tags(&mut write, id, &change.tags).await?;
        sums::of_program(&mut write, id, now).await?;
        let record = Record::by(actor, now, Action::ProgramChange, format!("program {id}"));
        write.commit([record.before(json!(before)).after(json!(after))]).await
    }

    pub(super) async fn delete_program(&self, id: ProgramId, actor: &Actor) -> Result<(), Failure> {
        let now = self.clock.now();
        let mut write = self.store.write().await?;
        let old = Program::of(&mut write, id).await?;
        let owned = Owned::of(&mut write, id).await?;
        let recipients = recipients::told(&mut write, id).await?;
        let mut removed: Vec<(i64, String, String, Option<i64>)> =
            sqlx::query_as(REMOVE_ENTRIES).bind(id.0).fetch_all(&mut *write).await?;
        // In the order in which they were added.
        removed.sort_unstable();
        sqlx::query(REMOVE_PROGRAM).bind(id.0).execute(&mut *write).await?;
        let endpoints = removed.iter().filter_map(|(.., endpoint)| *endpoint);
        unnamed::leave(&mut write, endpoints.map(EndpointId).collect(), now).await?;

        // From this it can be registered again, see [`super::undo`].
        let mut before = json!(old.settings(&owned)?);
        before["entries"] = removed.iter().map(|(_, api, entry, _)| json!({ "api": api, "entry": entry })).collect();
        before["recipients"] = recipients.into();
        let record = Record::by(actor, now, Action::ProgramRemove, format!("program {id}"));
        write.commit([record.before(before)]).await
    }

    pub(super) async fn insert_entries(
        &self,
        id: ProgramId,
        api: Api,
        lines: &[String],
        actor: &Actor,
    ) -> Result<usize, Failure> {
        let lines: Vec<&str> = lines.iter().map(String::as_str).filter(|line| !line.trim().is_empty()).collect();
        if lines.is_empty() {
            return Err(ServiceError::invalid(Field::Entries, Problem::Empty).into());
        }
        if lines.len() > PASTE_MOST {
            let problem = Problem::OutOfRange { least: 1, most: count(PASTE_MOST) };
            return Err(ServiceError::invalid(Field::Entries, problem).into());
        }
        let now = self.clock.now();
        let mut write = self.store.write().await?;
        let limits = Program::of(&mut write, id).await?.limits()?;
        let existing = entries::of_list(&mut write, id, api).await?;
        let judgements = judge_list(api, lines.iter().copied(), &existing, &limits);
        let accepted: Vec<&DomainEntry> = judgements.iter().filter_map(|judgement| judgement.entry.as_ref()).collect();
        let refused = judgements.len() - accepted.len();
        if refused > 0 {
            return Err(ServiceError::invalid(Field::Entries, Problem::LinesRefused { count: refused }).into());
        }
        let named: Vec<Named<'_>> = accepted.iter().map(|entry| (id, *entry)).collect();
        named::insert(&mut write, &named, now.as_second()).await?;
        let record = |entry: &&DomainEntry| {
            Record::by(actor, now, Action::EntryAdd, format!("entry {entry}")).after(of_entry(id, entry))
        };
        let records: Vec<_> = accepted.iter().map(record).collect();
        sums::of_program(&mut write, id, now).await?;
        let added = records.len();
        write.commit(records).await?;
        Ok(added)
    }

    pub(super) async fn replace_entry(
        &self,
        id: ProgramId,
        entry: EntryId,
        change: EntryChange,
        actor: &Actor,
    ) -> Result<(), Failure> {
        if change.typed.trim().is_empty() {
            return Err(ServiceError::invalid(Field::Entries, Problem::Empty).into());
        }
        let now = self.clock.now();
        let mut write = self.store.write().await?;
        let limits = Program::of(&mut write, id).await?.limits()?;
        let old: Option<(String, String, Option<i64>)> =
            sqlx::query_as(ENTRY).bind(entry.0).bind(id.0).fetch_optional(&mut *write).await?;
        let (api, text, endpoint) = old.ok_or(ServiceError::NotFound)?;
        let before = entries::parse(stored("list", api.parse())?, &text)?;
        if text != change.was {
            return Err(ServiceError::Conflict.into());
        }
        let typed = moved(&change.typed, before.api(), change.api);
        let mut existing = entries::of_list(&mut write, id, change.api).await?;
        existing.retain(|other| *other != before);
        let after = accept_entry(change.api, &typed, &existing, &limits)?;
        if after == before {
            return Ok(());
        }
        let target = match after.endpoint() {
            Some(target) => endpoint_for(&mut write, &target).await?,
            None => None,
        };
        sqlx::query(CHANGE_ENTRY)
            .bind(entry.0)
            .bind(after.api().as_str())
            .bind(after.to_string())
            .bind(Host::registrable_domain(after.host()).map(|domain| domain.to_string()))
            .bind(target)
            .execute(&mut *write)
            .await?;
        unnamed::leave(&mut write, endpoint.map(EndpointId).into_iter().collect(), now).await?;
        sums::of_program(&mut write, id, now).await?;
        let record = Record::by(actor, now, Action::EntryChange, format!("entry {after}"));
        write.commit([record.before(of_entry(id, &before)).after(of_entry(id, &after))]).await
    }

    pub(super) async fn delete_entry(
        &self,
        id: ProgramId,
        entry: EntryId,
        was: &str,
        actor: &Actor,
    ) -> Result<(), Failure> {
        let now = self.clock.now();
        let mut write = self.store.write().await?;
        let removed: Option<(String, String, Option<i64>)> =
            sqlx::query_as(REMOVE_ENTRY).bind(entry.0).bind(id.0).fetch_optional(&mut *write).await?;
        let (api, entry, endpoint) = removed.ok_or(ServiceError::NotFound)?;
        if entry != was {
            return Err(ServiceError::Conflict.into());
        }
        let entry = entries::parse(stored("list", api.parse())?, &entry)?;
        unnamed::leave(&mut write, endpoint.map(EndpointId).into_iter().collect(), now).await?;
        sums::of_program(&mut write, id, now).await?;
        let record = Record::by(actor, now, Action::EntryRemove, format!("entry {entry}"));
        write.commit([record.before(of_entry(id, &entry))]).await
    }
}

impl Program {
    fn settings(&self, owned: &Owned) -> Result<Settings, Failure> {
        let limits = self.limits()?;
        Ok(Settings {
            app_id: stored("AppID", self.app_id.parse())?,
            name: self.name.clone(),
            per_list: limits.of(Limit::PerList),
            prefetch: limits.of(Limit::Prefetch),
            business: limits.of(Limit::Business),
            changes_a_month: limits.of(Limit::ChangesAMonth),
            strict_sockets: self.wss() == WssPorts::Strict,
            skip_check: self.skip_check != 0,
            owner: owned.owner().map(|owner| owner.login),
            tags: owned.tags()?,
        })
    }
}

/// Settings as the audit log shows them.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Settings {
    pub(super) app_id: AppId,
    pub(super) name: String,
    pub(super) per_list: u32,
    pub(super) prefetch: u32,
    pub(super) business: u32,
    pub(super) changes_a_month: u32,
    pub(super) strict_sockets: bool,
    pub(super) skip_check: bool,
    /// Log-in name.
    pub(super) owner: Option<String>,
    pub(super) tags: Tags,
}

impl Settings {
    /// Those of a mini program that is registered, before anybody has changed them.
    fn to_begin_with(app_id: AppId, name: String, limits: &Limits) -> Self {
        Self {
            app_id,
            name,
            per_list: limits.of(Limit::PerList),
            prefetch: limits.of(Limit::Prefetch),
            business: limits.of(Limit::Business),
            changes_a_month: limits.of(Limit::ChangesAMonth),
            strict_sockets: WssPorts::default() == WssPorts::Strict,
            skip_check: false,
            owner: None,
            tags: Tags::default(),
        }
    }
}

/// Registers mini programs by AppID and name, each with its line for the audit log.
pub(super) async fn register(
    connection: &mut SqliteConnection,
    new: &[(&AppId, &str)],
    now: Timestamp,
    actor: &Actor,
) -> Result<BTreeMap<AppId, (ProgramId, Record)>, Failure> {
    if new.is_empty() {
        return Ok(BTreeMap::new());
    }
    let limits = limits_to_begin_with(connection).await?;
    let rows: Vec<(i64, String, String)> = sqlx::query_as(ADD_PROGRAMS)
        .bind(json::write(&new)?)
        .bind(json::write(&limits)?)
        .bind(now.as_second())
        .fetch_all(connection)
        .await?;
    let registered = rows.into_iter().map(|(id, app_id, name)| {
        let app_id: AppId = stored("AppID", app_id.parse())?;
        let settings = Settings::to_begin_with(app_id.clone(), name, &limits);
        let record = Record::by(actor, now, Action::ProgramAdd, format!("program {id}"));
        Ok((app_id, (ProgramId(id), record.after(json!(settings)))))
    });
    registered.collect()
}

/// An entry as the audit log shows it.
pub(super) fn of_entry(program: ProgramId, entry: &DomainEntry) -> Value {
    json!({ "program": program, "api": entry.api(), "entry": entry.to_string() })
}

fn name_of(typed: &str) -> Result<String, ServiceError> {
    accept_name(typed).map_err(|problem| ServiceError::invalid(Field::ProgramName, problem))
}

/// The one line as an entry of the list, or the first rule that forbids it.
fn accept_entry(api: Api, typed: &str, existing: &[DomainEntry], limits: &Limits) -> Result<DomainEntry, ServiceError> {
    let judgement = judge_list(api, [typed], existing, limits).pop();
    let Some(EntryJudgement { entry, findings, suggestion, .. }) = judgement else {
        return Err(ServiceError::invalid(Field::Entries, Problem::Empty));
    };
    entry.ok_or_else(|| match findings.into_iter().find(|finding| finding.severity == Severity::Error) {
        Some(finding) => {
            ServiceError::invalid(Field::Entries, Problem::AgainstRules { code: finding.code, suggestion })
        }
        None => ServiceError::invalid(Field::Entries, Problem::Malformed),
    })
}

statements! {
    ADD_PROGRAMS = "
        INSERT INTO programs
            (app_id, name, per_list, prefetch, business, changes_a_month, skip_check, revision, added_at)
        SELECT value ->> 0, value ->> 1, $2 ->> 0, $2 ->> 1, $2 ->> 2, $2 ->> 3, 0, 1, $3
        FROM json_each($1) ORDER BY key
        RETURNING id, app_id, name";

    CHANGE_PROGRAM = "
        UPDATE programs SET name = $2, per_list = $3 ->> 0, prefetch = $3 ->> 1, business = $3 ->> 2,
            changes_a_month = $3 ->> 3, strict_sockets = $4, skip_check = $5, owner = $6, revision = revision + 1
        WHERE id = $1";

    REMOVE_PROGRAM = "DELETE FROM programs WHERE id = $1";

    ENTRY = "SELECT api, entry, endpoint FROM entries WHERE id = $1 AND program = $2";

    CHANGE_ENTRY = "
        UPDATE entries SET api = $2, entry = $3, registrable_domain = $4, endpoint = $5 WHERE id = $1";

    REMOVE_ENTRY = "DELETE FROM entries WHERE id = $1 AND program = $2 RETURNING api, entry, endpoint";

    REMOVE_ENTRIES = "DELETE FROM entries WHERE program = $1 RETURNING id, api, entry, endpoint";
}
