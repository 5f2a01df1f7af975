//! Many entries at once: the dry run, and the import, which does only what was shown.

use std::collections::{BTreeMap, BTreeSet};

use model::{
    AppId, DomainEntry,
    accounts::Actor,
    audit::Action,
    domain_entry::Api,
    programs::import::{
        DryRun, Import, ImportError, ImportOptions, ImportRequest, Imported, Plan, ProgramPlan, Registered, plan, read,
    },
    service::{Field, Problem, ProgramId, ServiceError},
};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use sqlx::SqliteConnection;

use super::{
    Program, Register,
    changes::{of_entry, register},
    entries, limits_of,
    named::{self, Named},
    sums,
};
use crate::{
    audit::Record,
    endpoints::unnamed,
    settings::limits_to_begin_with,
    store::{Failure, json, statements, stored},
};

impl Register {
    pub(super) async fn planned(&self, request: &ImportRequest) -> Result<Result<DryRun, ImportError>, Failure> {
        let ImportRequest { text, options } = request;
        let import = match read(text, options.format, options.api) {
            Ok(import) => import,
            Err(error) => return Ok(Err(error)),
        };
        let format = import.format;
        let mut connection = self.store.read().await?;
        let plan = plan_of(&mut connection, import, options).await?;
        let digest = digest_of(&plan)?;
        Ok(Ok(DryRun { format, plan, digest }))
    }

    pub(super) async fn apply(
        &self,
        request: &ImportRequest,
        digest: &str,
        actor: &Actor,
    ) -> Result<Imported, Failure> {
        let ImportRequest { text, options } = request;
        let import = read(text, options.format, options.api)
            .map_err(|_| ServiceError::invalid(Field::Entries, Problem::Malformed))?;
        let format = import.format;
        let now = self.clock.now();
        let mut write = self.store.write().await?;
        let plan = plan_of(&mut write, import, options).await?;
        if digest_of(&plan)? != digest {
            return Err(ServiceError::Conflict.into());
        }
        if plan.changes_nothing() {
            return Ok(Imported::default());
        }
        let new: Vec<(&AppId, &str)> = plan
            .programs
            .iter()
            .filter(|program| program.id.is_none())
            .map(|program| (&program.app_id, program.name.as_str()))
            .collect();
        let mut new = register(&mut write, &new, now, actor).await?;
        let mut changes = Changes::default();
        for program in &plan.programs {
            let id = match program.id {
                Some(id) => id,
                None => {
                    let (id, record) = new.remove(&program.app_id).ok_or(ServiceError::Conflict)?;
                    changes.records.push(record);
                    id
                }
            };
            changes.of_program(id, program, |action, object| Record::by(actor, now, action, object));
        }
        let Changes { programs, removed, added, mut records } = changes;
        // First: what is removed makes room.
        let endpoints = named::remove(&mut write, &removed).await?;
        named::insert(&mut write, &added, now.as_second()).await?;
        // Last: an endpoint that is named anew has not been left.
        unnamed::leave(&mut write, endpoints, now).await?;
        sums::of_programs(&mut write, &programs, now).await?;
        let done = Imported { registered: plan.registered(), added: plan.added(), removed: plan.removed() };
        let told = json!({
            "format": format, "registered": done.registered, "added": done.added, "removed": done.removed,
        });
        records.push(Record::by(actor, now, Action::ImportApply, "import").after(told));
        write.commit(records).await?;
        Ok(done)
    }
}

/// What a plan changes over all mini programs, and the lines for the audit log in the plan's order.
#[derive(Default)]
struct Changes<'p> {
    programs: Vec<ProgramId>,
    removed: Vec<Named<'p>>,
    added: Vec<Named<'p>>,
    records: Vec<Record>,
}

impl<'p> Changes<'p> {
    fn of_program(&mut self, id: ProgramId, plan: &'p ProgramPlan, record: impl Fn(Action, String) -> Record) {
        self.programs.push(id);
        for entry in plan.lists.iter().flat_map(|list| &list.removed) {
            self.removed.push((id, entry));
            self.records.push(record(Action::EntryRemove, format!("entry {entry}")).before(of_entry(id, entry)));
        }
        for entry in plan.lists.iter().flat_map(|list| &list.added) {
            self.added.push((id, entry));
            self.records.push(record(Action::EntryAdd, format!("entry {entry}")).after(of_entry(id, entry)));
        }
    }
}

async fn plan_of(connection: &mut SqliteConnection, import: Import, options: &ImportOptions) -> Result<Plan, Failure> {
    let import = if options.moves { import.moved() } else { import };
    let target: Option<AppId> = match options.program {
        Some(id) => Some(stored("AppID", Program::of(connection, id).await?.app_id.parse())?),
        None => None,
    };
    let told = import.lists.iter().filter_map(|list| list.app_id.as_ref());
    let wanted: BTreeSet<&AppId> = told.chain(target.as_ref()).collect();
    let known = registered(connection, &wanted).await?;
    let begin = limits_to_begin_with(connection).await?;
    Ok(plan(&import, target.as_ref(), &known, &begin, options.mode))
}

/// Those of the mini programs that are registered, with their entries.
async fn registered(connection: &mut SqliteConnection, wanted: &BTreeSet<&AppId>) -> Result<Vec<Registered>, Failure> {
    let found: Vec<(i64, String, String, i64, i64, i64, i64)> =
        sqlx::query_as(REGISTERED).bind(json::write(wanted)?).fetch_all(&mut *connection).await?;
    let ids: Vec<i64> = found.iter().map(|(id, ..)| *id).collect();
    let rows: Vec<(i64, String, String)> =
        sqlx::query_as(THEIR_ENTRIES).bind(json::write(&ids)?).fetch_all(connection).await?;
    let mut its: BTreeMap<i64, Vec<DomainEntry>> = BTreeMap::new();
    for (program, api, entry) in rows {
        let api: Api = stored("list", api.parse())?;
        its.entry(program).or_default().push(entries::parse(api, &entry)?);
    }
    let registered = found.into_iter().map(|(id, app_id, name, per_list, prefetch, business, changes)| {
        Ok(Registered {
            id: ProgramId(id),
            app_id: stored("AppID", app_id.parse())?,
            name,
            limits: limits_of([per_list, prefetch, business, changes])?,
            entries: its.remove(&id).unwrap_or_default(),
        })
    });
    registered.collect()
}

fn digest_of(plan: &Plan) -> Result<String, Failure> {
    Ok(hex::encode(Sha256::digest(json::write(plan)?)))
}

statements! {
    REGISTERED = "
        SELECT id, app_id, name, per_list, prefetch, business, changes_a_month
        FROM programs WHERE app_id IN (SELECT value FROM json_each($1))";

    THEIR_ENTRIES = "
        SELECT program, api, entry FROM entries WHERE program IN (SELECT value FROM json_each($1)) ORDER BY id";
}
