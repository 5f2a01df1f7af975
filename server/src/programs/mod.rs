//! The register: mini programs, their domain lists, and the filings of their domains.

pub(crate) mod changes;
pub(crate) mod choice;
pub(crate) mod entries;
pub(crate) mod import;
pub(crate) mod inventory;
pub(crate) mod list;
pub(crate) mod named;
pub(crate) mod owned;
pub(crate) mod sums;
pub(crate) mod undo;

use async_trait::async_trait;
use model::{
    Code, Evidence, Finding, Limits, Severity,
    accounts::{Actor, Permission},
    domain_entry::Api,
    endpoints::Scope,
    limits::{Limit, month_began},
    paging::Page,
    programs::{
        EntryChange, NewProgram, ProgramChange, ProgramDetail, ProgramSummary, Programs,
        choice::Offer,
        import::{DryRun, ImportError, ImportRequest, Imported},
        list::{EntryFound, ProgramChoices, ProgramQuery, ProgramRow},
        undo::RemovedProgram,
    },
    service::{EntryId, ProgramId, ServiceError, ServiceResult},
    url_check::WssPorts,
};
use sqlx::{FromRow, SqliteConnection};

pub(crate) use self::sums::{
    anew as sum_programs_anew, of_domains as sum_programs_of_domains, of_endpoint as sum_programs_of_endpoint,
};
use crate::{
    clock::Clock,
    endpoints::{Runs, State},
    store::{Failure, Store, count, statements, stored},
};

/// The register of mini programs.
#[derive(Debug)]
pub struct Register {
    store: Store,
    clock: Clock,
    runs: Runs,
}

impl Register {
    /// The register in `store`; `runs` tells which probes are under way.
    pub fn new(store: Store, clock: Clock, runs: Runs) -> Self {
        Self { store, clock, runs }
    }

    async fn page(&self, query: &ProgramQuery) -> Result<Page<ProgramRow>, Failure> {
        sums::refresh(&self.store, self.clock.now()).await?;
        let mut read = self.store.read().await?;
        list::page(&mut read, query).await
    }

    async fn choices(&self) -> Result<ProgramChoices, Failure> {
        let mut read = self.store.read().await?;
        list::choices(&mut read).await
    }

    async fn offered(&self, program: Option<ProgramId>, called: Option<&str>) -> Result<Offer, Failure> {
        let mut read = self.store.read().await?;
        choice::offer(&mut read, program, called).await
    }

    async fn found(&self, text: &str, most: u32) -> Result<Vec<EntryFound>, Failure> {
        let mut read = self.store.read().await?;
        entries::found(&mut read, text, most).await
    }

    async fn removed(&self, actor: &Actor) -> Result<Vec<RemovedProgram>, Failure> {
        let mut read = self.store.read().await?;
        undo::of_removals(&mut read, actor, self.clock.now()).await
    }

    async fn detail(&self, id: ProgramId, actor: &Actor) -> Result<ProgramDetail, Failure> {
        let now = self.clock.now();
        let mut read = self.store.read().await?;
        let program = Program::of(&mut read, id).await?;
        let owned = owned::Owned::of(&mut read, id).await?;
        let entries::Judged { rows, icp } = entries::judged(&mut read, id, now).await?;
        let codes = entries::endpoint_codes(&mut read, id).await?;
        let changes: i64 = sqlx::query_scalar(CHANGES_SINCE)
            .bind(id.0)
            .bind(month_began(now).as_second())
            .fetch_one(&mut *read)
            .await?;
        let changes_this_month = count(changes);
        let undo = undo::of_lists(&mut read, id, &rows, actor, now).await?;
        drop(read);

        let mut findings = own_findings(&program, rows.iter().map(|row| row.entry.api()));
        let sum = sums::Sum::of(&findings, &rows);
        // It stands in nobody's way today, and so is no part of the sum.
        let limits = program.limits()?;
        if changes_this_month >= limits.of(Limit::ChangesAMonth) {
            findings.push(Finding::everywhere(Code::RuleChangesSpent, Severity::Info, Evidence::None));
        }
        let entries = entries::with_codes(rows, &codes);
        Ok(ProgramDetail {
            summary: program.summary_with(&sum)?,
            owner: owned.owner(),
            tags: owned.tags()?,
            revision: program.revision,
            limits,
            wss: program.wss(),
            changes_this_month,
            entries,
            icp,
            findings,
            undo,
            run: self.runs.under_way(Scope::Program(id)),
        })
    }
}

#[async_trait]
impl Programs for Register {
    async fn program_list(&self, query: &ProgramQuery, actor: &Actor) -> ServiceResult<Page<ProgramRow>> {
        actor.require(Permission::View)?;
        Ok(self.page(query).await?)
    }

    async fn program_choices(&self, actor: &Actor) -> ServiceResult<ProgramChoices> {
        actor.require(Permission::View)?;
        Ok(self.choices().await?)
    }

    async fn offer(&self, program: Option<ProgramId>, called: Option<&str>, actor: &Actor) -> ServiceResult<Offer> {
        actor.require(Permission::View)?;
        Ok(self.offered(program, called).await?)
    }

    async fn entries_found(&self, text: &str, most: u32, actor: &Actor) -> ServiceResult<Vec<EntryFound>> {
        actor.require(Permission::View)?;
        Ok(self.found(text, most).await?)
    }

    async fn program(&self, id: ProgramId, actor: &Actor) -> ServiceResult<ProgramDetail> {
        actor.require(Permission::View)?;
        Ok(self.detail(id, actor).await?)
    }

    async fn add_program(&self, new: NewProgram, actor: &Actor) -> ServiceResult<ProgramId> {
        actor.require(Permission::Edit)?;
        Ok(self.insert_program(new, actor).await?)
    }

    async fn change_program(&self, id: ProgramId, change: ProgramChange, actor: &Actor) -> ServiceResult<()> {
        actor.require(Permission::Edit)?;
        Ok(self.update_program(id, change, actor).await?)
    }

    async fn remove_program(&self, id: ProgramId, actor: &Actor) -> ServiceResult<()> {
        actor.require(Permission::Edit)?;
        Ok(self.delete_program(id, actor).await?)
    }

    async fn removed_programs(&self, actor: &Actor) -> ServiceResult<Vec<RemovedProgram>> {
        actor.require(Permission::Edit)?;
        Ok(self.removed(actor).await?)
    }

    async fn restore_program(&self, id: ProgramId, actor: &Actor) -> ServiceResult<()> {
        actor.require(Permission::Edit)?;
        Ok(self.restore(id, actor).await?)
    }

    async fn add_entries(&self, id: ProgramId, api: Api, lines: Vec<String>, actor: &Actor) -> ServiceResult<usize> {
        actor.require(Permission::Edit)?;
        Ok(self.insert_entries(id, api, &lines, actor).await?)
    }

    async fn change_entry(
        &self,
        id: ProgramId,
        entry: EntryId,
        change: EntryChange,
        actor: &Actor,
    ) -> ServiceResult<()> {
        actor.require(Permission::Edit)?;
        Ok(self.replace_entry(id, entry, change, actor).await?)
    }

    async fn dry_run(&self, request: &ImportRequest, actor: &Actor) -> ServiceResult<Result<DryRun, ImportError>> {
        actor.require(Permission::Edit)?;
        Ok(self.planned(request).await?)
    }

    async fn import(&self, request: &ImportRequest, digest: &str, actor: &Actor) -> ServiceResult<Imported> {
        actor.require(Permission::Edit)?;
        Ok(self.apply(request, digest, actor).await?)
    }

    async fn remove_entry(&self, id: ProgramId, entry: EntryId, was: &str, actor: &Actor) -> ServiceResult<()> {
        actor.require(Permission::Edit)?;
        Ok(self.delete_entry(id, entry, was, actor).await?)
    }
}

/// A row of `programs`.
#[derive(Debug, FromRow)]
struct Program {
    id: i64,
    app_id: String,
    name: String,
    per_list: i64,
    prefetch: i64,
    business: i64,
    changes_a_month: i64,
    strict_sockets: i64,
    skip_check: i64,
    revision: i64,
    entries: i64,
    failing: i64,
    #[sqlx(flatten)]
    state: State,
}

impl Program {
    async fn of(connection: &mut SqliteConnection, id: ProgramId) -> Result<Self, Failure> {
        let program = sqlx::query_as(PROGRAM).bind(id.0).fetch_optional(connection).await?;
        Ok(program.ok_or(ServiceError::NotFound)?)
    }

    fn limits(&self) -> Result<Limits, Failure> {
        limits_of([self.per_list, self.prefetch, self.business, self.changes_a_month])
    }

    const fn wss(&self) -> WssPorts {
        if self.strict_sockets == 0 { WssPorts::Any } else { WssPorts::Strict }
    }

    fn summary(&self) -> Result<ProgramSummary, Failure> {
        let (verdict, platforms) = self.state.read()?;
        self.summary_with(&sums::Sum { entries: self.entries, failing: self.failing, verdict, platforms })
    }

    fn summary_with(&self, sum: &sums::Sum) -> Result<ProgramSummary, Failure> {
        Ok(ProgramSummary {
            id: ProgramId(self.id),
            app_id: stored("AppID", self.app_id.parse())?,
            name: self.name.clone(),
            entries: count(sum.entries),
            failing: count(sum.failing),
            platforms: sum.platforms,
            verdict: sum.verdict,
            skip_check: self.skip_check != 0,
        })
    }
}

/// Limits as they are stored.
fn limits_of(numbers: [i64; 4]) -> Result<Limits, Failure> {
    stored("limits", Limits::try_from(numbers.map(|number| u32::try_from(number).unwrap_or_default())))
}

/// What is to be said of the mini program itself, apart from its entries.
fn own_findings(program: &Program, apis: impl Iterator<Item = Api> + Clone) -> Vec<Finding> {
    let mut findings = Vec::new();
    // Only when a limit was lowered below what a list holds already.
    if let Ok(limits) = program.limits() {
        for api in Api::ALL {
            let used = count(apis.clone().filter(|other| *other == api).count());
            if let Some(limit) = limits.limit(api).filter(|limit| used > *limit) {
                let evidence = Evidence::Quota { api, used, limit };
                findings.push(Finding::everywhere(Code::RuleOverLimit, Severity::Error, evidence));
            }
        }
    }
    if program.skip_check != 0 {
        findings.push(Finding::everywhere(Code::RuleCheckSkipped, Severity::Warning, Evidence::None));
    }
    findings
}

statements! {
    // What one paste changes is changed at once, by one person. Of the lists that WeChat counts.
    CHANGES_SINCE = "
        SELECT COUNT(DISTINCT at || ' ' || COALESCE(actor, '')) FROM audit_log
        WHERE action IN ('entry.add', 'entry.change', 'entry.remove') AND program = $1 AND at >= $2
            AND COALESCE(json_extract(COALESCE(after, before), '$.api'), '')
                NOT IN ('prefetch', 'business', 'resource')";

    PROGRAM = "
        SELECT id, app_id, name, per_list, prefetch, business, changes_a_month, strict_sockets, skip_check,
            revision, entries, failing,
            verdict, verdict_ios, verdict_macos, verdict_android, verdict_windows
        FROM programs WHERE id = $1";
}
