//! Many entries at once: the dry run, and the import, which does only what was shown.

use std::collections::BTreeSet;

use model::{
    AppId, Limits,
    accounts::Actor,
    audit::Action,
    domain_entry::Api,
    programs::import::{
        DryRun, Import, ImportError, ImportOptions, ImportRequest, Imported, Plan, ProgramPlan, Registered, plan, read,
    },
    service::{EndpointId, Field, Problem, ProgramId, ServiceError},
};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use sqlx::SqliteConnection;

use super::{
    Program, Register,
    changes::{insert_entry, of_entry, register, remove_unnamed},
    entries, sums,
};
use crate::{
    audit::Record,
    settings::limits_to_begin_with,
    store::{Failure, Write, json, statements, stored},
};

impl Register {
    pub(super) async fn planned(&self, request: &ImportRequest) -> Result<Result<DryRun, ImportError>, Failure> {
        let ImportRequest { text, options } = request;
        let import = match read(text, options.format, options.api) {
            Ok(import) => import,
            Err(error) => return Ok(Err(error)),
        };
        let mut connection = self.store.read().await?;
        let plan = plan_of(&mut connection, &import, options).await?;
        let digest = digest_of(&plan)?;
        Ok(Ok(DryRun { format: import.format, plan, digest }))
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
        let now = self.clock.now();
        let mut write = self.store.write().await?;
        let plan = plan_of(&mut write, &import, options).await?;
        if digest_of(&plan)? != digest {
            return Err(ServiceError::Conflict.into());
        }
        if plan.changes_nothing() {
            return Ok(Imported::default());
        }
        let mut records = Vec::new();
        for program in &plan.programs {
            let id = match program.id {
                Some(id) => id,
                None => {
                    let (id, record) = register(&mut write, &program.app_id, &program.name, now, actor).await?;
                    records.push(record);
                    id
                }
            };
            let record = |action, object| Record::by(actor, now, action, object);
            change_lists(&mut write, id, program, now.as_second(), record, &mut records).await?;
            sums::of_program(&mut write, id, now).await?;
        }
        let done = Imported { registered: plan.registered(), added: plan.added(), removed: plan.removed() };
        let told = json!({
            "format": import.format, "registered": done.registered, "added": done.added, "removed": done.removed,
        });
        records.push(Record::by(actor, now, Action::ImportApply, "import").after(told));
        write.commit(records).await?;
        Ok(done)
    }
}

/// Removes first: what is removed makes room.
async fn change_lists(
    write: &mut Write,
    id: ProgramId,
    program: &ProgramPlan,
    now: i64,
    record: impl Fn(Action, String) -> Record,
    records: &mut Vec<Record>,
) -> Result<(), Failure> {
    let mut unnamed = BTreeSet::new();
    for entry in program.lists.iter().flat_map(|list| &list.removed) {
        let endpoint: Option<i64> = sqlx::query_scalar(REMOVE_NAMED)
            .bind(id.0)
            .bind(entry.api().as_str())
            .bind(entry.to_string())
            .fetch_one(&mut **write)
            .await?;
        unnamed.extend(endpoint.map(EndpointId));
        records.push(record(Action::EntryRemove, format!("entry {entry}")).before(of_entry(id, entry)));
    }
    for entry in program.lists.iter().flat_map(|list| &list.added) {
        insert_entry(write, id, entry, now).await?;
        records.push(record(Action::EntryAdd, format!("entry {entry}")).after(of_entry(id, entry)));
    }
    // Last: an endpoint that is named anew keeps its history.
    remove_unnamed(write, unnamed).await
}

async fn plan_of(connection: &mut SqliteConnection, import: &Import, options: &ImportOptions) -> Result<Plan, Failure> {
    let target: Option<AppId> = match options.program {
        Some(id) => Some(stored("AppID", Program::of(connection, id).await?.app_id.parse())?),
        None => None,
    };
    let told = import.lists.iter().filter_map(|list| list.app_id.as_ref());
    let wanted: BTreeSet<&AppId> = told.chain(target.as_ref()).collect();
    let mut known = Vec::new();
    for app_id in wanted {
        known.extend(registered(connection, app_id).await?);
    }
    let begin = limits_to_begin_with(connection).await?;
    Ok(plan(import, target.as_ref(), &known, &begin, options.mode))
}

async fn registered(connection: &mut SqliteConnection, app_id: &AppId) -> Result<Option<Registered>, Failure> {
    let found: Option<(i64, String, i64)> =
        sqlx::query_as(REGISTERED).bind(app_id.as_str()).fetch_optional(&mut *connection).await?;
    let Some((id, name, per_list)) = found else { return Ok(None) };
    let rows: Vec<(String, String)> = sqlx::query_as(ITS_ENTRIES).bind(id).fetch_all(connection).await?;
    let entry = |(api, entry): &(String, String)| {
        let api: Api = stored("list", api.parse())?;
        entries::parse(api, entry)
    };
    let entries = rows.iter().map(entry).collect::<Result<_, Failure>>()?;
    let limits = stored("limit", Limits::new(u32::try_from(per_list).unwrap_or_default()))?;
    Ok(Some(Registered { id: ProgramId(id), app_id: app_id.clone(), name, limits, entries }))
}

fn digest_of(plan: &Plan) -> Result<String, Failure> {
    Ok(hex::encode(Sha256::digest(json::write(plan)?)))
}

statements! {
    REGISTERED = "SELECT id, name, per_list FROM programs WHERE app_id = $1";

    ITS_ENTRIES = "SELECT api, entry FROM entries WHERE program = $1 ORDER BY id";

    REMOVE_NAMED = "DELETE FROM entries WHERE program = $1 AND api = $2 AND entry = $3 RETURNING endpoint";
}
