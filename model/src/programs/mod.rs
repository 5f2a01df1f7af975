//! Mini programs and their domain lists: the register.

pub mod choice;
pub mod import;
pub mod list;
pub mod paste;
pub mod undo;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use self::{
    choice::Offer,
    import::{DryRun, ImportError, ImportRequest, Imported},
    list::{EntryFound, ProgramChoices, ProgramQuery, ProgramRow},
    undo::{RemovedProgram, Undo},
};
use crate::{
    AppId, Code, DomainEntry, Finding, Limits, RegistrableDomain, Tags, Timestamp, Verdict, Verdicts,
    accounts::Actor,
    domain_entry::Api,
    icp::{IcpRecord, Standing},
    paging::Page,
    service::{EndpointId, EntryId, Problem, ProgramId, RunId, ServiceResult, UserId},
    url_check::WssPorts,
};

/// Most characters of a mini program's name; WeChat allows 30 Chinese characters.
pub const NAME_MOST: usize = 60;

/// Most lines one paste may hold: a little over the largest list WeChat has.
pub const PASTE_MOST: usize = 500;

/// A name as it is kept.
///
/// # Errors
/// When it is empty, longer than [`NAME_MOST`] characters, or holds a control character.
pub fn accept_name(typed: &str) -> Result<String, Problem> {
    let name = typed.trim();
    if name.is_empty() {
        Err(Problem::Empty)
    } else if name.chars().count() > NAME_MOST {
        Err(Problem::TooLong { most: NAME_MOST })
    } else if let Some(character) = name.chars().find(|character| character.is_control()) {
        Err(Problem::Character(character))
    } else {
        Ok(name.to_owned())
    }
}

/// The register of mini programs.
#[async_trait]
pub trait Programs: Send + Sync {
    /// A page of the list of mini programs.
    async fn program_list(&self, query: &ProgramQuery, actor: &Actor) -> ServiceResult<Page<ProgramRow>>;

    /// What the list can be filtered by, and who can be made an owner.
    async fn program_choices(&self, actor: &Actor) -> ServiceResult<ProgramChoices>;

    /// Some mini programs to choose from, and the one that is asked for: by what it is called (see
    /// [`choice::called`]), or else by its id.
    async fn offer(&self, program: Option<ProgramId>, called: Option<&str>, actor: &Actor) -> ServiceResult<Offer>;

    /// The first entries that a text finds, by host. A URL finds those that make an endpoint, or are to be prefetched,
    /// whose host is its own, those with its port first; one that ends with its host, those whose host begins so. Any
    /// other text, and what is for UDP or TCP, finds the entries with it in them of the lists for UDP, TCP, prefetch
    /// and web pages: no list of endpoints tells of those.
    async fn entries_found(&self, text: &str, most: u32, actor: &Actor) -> ServiceResult<Vec<EntryFound>>;

    /// One mini program with its lists, and what `actor` can take back of what they did to those.
    async fn program(&self, id: ProgramId, actor: &Actor) -> ServiceResult<ProgramDetail>;

    /// Registers a mini program.
    ///
    /// # Errors
    /// [`crate::service::ServiceError::Invalid`] when the AppID is taken or the name out of bounds.
    async fn add_program(&self, new: NewProgram, actor: &Actor) -> ServiceResult<ProgramId>;

    /// Changes the settings. `change.revision` must be the one that was read.
    ///
    /// # Errors
    /// [`crate::service::ServiceError::Conflict`] when somebody else changed it in between, and
    /// [`crate::service::ServiceError::Invalid`] for an owner who may not log in, unless they are
    /// the owner already.
    async fn change_program(&self, id: ProgramId, change: ProgramChange, actor: &Actor) -> ServiceResult<()>;

    /// Removes a mini program with its entries and recipients. Endpoints that no entry names any more are
    /// kept for [`crate::endpoints::UNNAMED_DAYS`].
    async fn remove_program(&self, id: ProgramId, actor: &Actor) -> ServiceResult<()>;

    /// The mini programs that `actor` has removed and can register again, the latest first; none after
    /// [`undo::OFFERED_SECONDS`], and none whose AppID is registered.
    async fn removed_programs(&self, actor: &Actor) -> ServiceResult<Vec<RemovedProgram>>;

    /// Registers such a mini program again as it was: its settings, entries and recipients, and with them
    /// the history of its servers.
    ///
    /// # Errors
    /// [`crate::service::ServiceError::NotFound`] when it is none of those.
    async fn restore_program(&self, id: ProgramId, actor: &Actor) -> ServiceResult<()>;

    /// Adds entries to one list, all or none. Each line is judged again, against the list as it
    /// is now.
    ///
    /// # Errors
    /// [`crate::service::ServiceError::Invalid`] with `LinesRefused` when a line cannot be
    /// accepted; nothing is saved then.
    async fn add_entries(&self, id: ProgramId, api: Api, lines: Vec<String>, actor: &Actor) -> ServiceResult<usize>;

    /// Puts something else in the place of an entry, in its list or in another one.
    ///
    /// # Errors
    /// [`crate::service::ServiceError::Invalid`] with `AgainstRules` when the list does not take it,
    /// and [`crate::service::ServiceError::Conflict`] when somebody else changed it in between.
    async fn change_entry(
        &self,
        id: ProgramId,
        entry: EntryId,
        change: EntryChange,
        actor: &Actor,
    ) -> ServiceResult<()>;

    /// What an import would do, as the register is now.
    ///
    /// # Errors
    /// [`crate::service::ServiceError::NotFound`] when the mini program that is meant is gone.
    async fn dry_run(&self, request: &ImportRequest, actor: &Actor) -> ServiceResult<Result<DryRun, ImportError>>;

    /// Does what a dry run has shown, all or nothing. `digest` is that of its plan.
    ///
    /// # Errors
    /// [`crate::service::ServiceError::Conflict`] when it would do something else by now.
    async fn import(&self, request: &ImportRequest, digest: &str, actor: &Actor) -> ServiceResult<Imported>;

    /// Removes the entry that was read as `was`.
    ///
    /// # Errors
    /// [`crate::service::ServiceError::NotFound`] when it is gone already, and
    /// [`crate::service::ServiceError::Conflict`] when somebody else changed it in between.
    async fn remove_entry(&self, id: ProgramId, entry: EntryId, was: &str, actor: &Actor) -> ServiceResult<()>;
}

/// A mini program as a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProgramSummary {
    /// Its id.
    pub id: ProgramId,
    /// Its AppID.
    pub app_id: AppId,
    /// Its name.
    pub name: String,
    /// How many entries its lists hold together.
    pub entries: u32,
    /// How many of them have an error.
    pub failing: u32,
    /// The worst of its entries, per platform.
    pub platforms: Verdicts,
    /// The worst of its entries.
    pub verdict: Verdict,
    /// Whether devtools are set not to verify domains.
    pub skip_check: bool,
}

/// Who answers for a mini program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    /// Whose account.
    pub id: UserId,
    /// Log-in name.
    pub login: String,
    /// Whether they may not come in any more.
    pub disabled: bool,
}

/// A mini program with its lists. On a page, words stand in the place of each finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProgramDetail<Found = Finding> {
    /// As a row.
    pub summary: ProgramSummary,
    /// Who answers for it.
    pub owner: Option<Owner>,
    /// What it is grouped by.
    pub tags: Tags,
    /// Increases with every change of the settings; send it back with a change.
    pub revision: i64,
    /// How many entries each list may hold, and how often they may be changed in a month.
    pub limits: Limits,
    /// How ports of `wss` URLs are judged.
    pub wss: WssPorts,
    /// How many times entries were changed here this month, as WeChat counts months.
    pub changes_this_month: u32,
    /// Entries of every list, in the order they were added.
    pub entries: Vec<EntryRow>,
    /// The filing of every registrable domain that an entry needs.
    pub icp: Vec<IcpRow>,
    /// Findings about the mini program itself, such as the skip-check flag.
    pub findings: Vec<Found>,
    /// What whoever reads this did last to the lists, if they can take it back.
    pub undo: Option<Undo>,
    /// The probe run that is under way, if any.
    pub run: Option<RunId>,
}

impl ProgramDetail {
    /// The same with what `tell` says of each finding in its place.
    pub fn told<Said>(self, tell: impl FnMut(Finding) -> Said) -> ProgramDetail<Said> {
        ProgramDetail {
            summary: self.summary,
            owner: self.owner,
            tags: self.tags,
            revision: self.revision,
            limits: self.limits,
            wss: self.wss,
            changes_this_month: self.changes_this_month,
            entries: self.entries,
            icp: self.icp,
            findings: self.findings.into_iter().map(tell).collect(),
            undo: self.undo,
            run: self.run,
        }
    }
}

/// An entry of a list, with what is known of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryRow {
    /// Its id.
    pub id: EntryId,
    /// The entry.
    pub entry: DomainEntry,
    /// Where it is served; none for lists that are not TLS.
    pub endpoint: Option<EndpointId>,
    /// The codes of WeChat's rules and of the ICP filing that stand against it.
    pub codes: Vec<Code>,
    /// The codes that stand against its endpoint, most severe first.
    pub endpoint_codes: Vec<Code>,
    /// Rule, ICP and endpoint together.
    pub platforms: Verdicts,
    /// The worst of the four, or `unreachable`.
    pub verdict: Verdict,
    /// When the certificate served there expires.
    pub not_after: Option<Timestamp>,
    /// When the endpoint was last probed.
    pub probed_at: Option<Timestamp>,
}

/// The filing of one registrable domain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IcpRow {
    /// The domain.
    pub domain: RegistrableDomain,
    /// What is recorded; none when nobody has.
    pub record: Option<IcpRecord>,
    /// What that is worth now.
    pub standing: Standing,
}

/// A mini program to register.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewProgram {
    /// Its AppID.
    pub app_id: AppId,
    /// Its name.
    pub name: String,
}

/// New settings of a mini program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProgramChange {
    /// The revision that was read.
    pub revision: i64,
    /// Its name.
    pub name: String,
    /// How many entries each list may hold, and how often they may be changed in a month.
    pub limits: Limits,
    /// How ports of `wss` URLs are judged.
    pub wss: WssPorts,
    /// Whether devtools are set not to verify domains.
    pub skip_check: bool,
    /// Who answers for it.
    pub owner: Option<UserId>,
    /// What it is grouped by.
    pub tags: Tags,
}

/// What is to stand in the place of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryChange {
    /// The entry that was read.
    pub was: String,
    /// The list to stand in.
    pub api: Api,
    /// As typed. For another list its scheme is changed along.
    pub typed: String,
}
