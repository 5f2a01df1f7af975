//! The settings of probing, and when a filing is stale: kept in the store, and in force at once.

use async_trait::async_trait;
use ipnet::IpNet;
use model::{
    Limits, Timestamp,
    accounts::{Actor, Permission},
    audit::Action,
    icp::{STALE_AFTER_DAYS, StaleBefore},
    limits::Limit,
    service::{ServiceError, ServiceResult},
    settings::{AT_ONCE, ProbingChange, ProbingSettings, Settings, every_address},
};
use serde_json::{Value, json};
use sqlx::{FromRow, SqliteConnection};
use tokio::sync::Mutex;

use crate::{
    audit::Record,
    clock::Clock,
    endpoints::{Pace, Probing},
    programs::sum_programs_anew,
    store::{Failure, Store, json as stored_json, statements, stored},
};

/// What the command line decides.
#[derive(Clone, Debug, Default)]
pub struct AtStart {
    /// Hours from one probe to the next.
    pub every_hours: Option<u16>,
    /// Ranges that may be probed.
    pub allowed: Vec<IpNet>,
}

/// The settings in the store, over what the command line decides.
#[derive(Debug)]
pub struct Dials {
    store: Store,
    clock: Clock,
    probing: Probing,
    at_start: AtStart,
    /// Held from reading to putting in force, so that the last change is the one that holds.
    changing: Mutex<()>,
}

impl Dials {
    /// Puts the stored settings in force, and every change of them.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn open(store: Store, clock: Clock, probing: Probing, at_start: AtStart) -> Result<Self, ServiceError> {
        let dials = Self { store, clock, probing, at_start, changing: Mutex::default() };
        let settings = dials.read().await?;
        if every_address(&settings.allowed).is_some() {
            tracing::warn!(
                networks = ?settings.allowed,
                "the stored special networks hold every address, Hufu's own network included, and are in force: \
                name in Settings > Probing only those that are to be probed"
            );
        }
        dials.put_in_force(&settings);
        Ok(dials)
    }

    async fn read(&self) -> Result<ProbingSettings, Failure> {
        let mut read = self.store.read().await?;
        self.current(&mut read).await
    }

    async fn current(&self, connection: &mut SqliteConnection) -> Result<ProbingSettings, Failure> {
        let row: Option<Row> = sqlx::query_as(CURRENT).fetch_optional(connection).await?;
        let mut settings = row.map_or_else(|| Ok(unset()), Row::settings)?;
        if let Some(every_hours) = self.at_start.every_hours {
            settings.every_hours = every_hours;
            settings.every_is_fixed = true;
        }
        settings.allowed_at_start.clone_from(&self.at_start.allowed);
        Ok(settings)
    }

    async fn change(&self, change: ProbingChange, actor: &Actor) -> Result<(), Failure> {
        change.check()?;
        let ProbingChange { revision, every_hours, at_once, allowed, limits, stale_after_days } = change;
        let now = self.clock.now();
        let _one = self.changing.lock().await;
        let mut write = self.store.write().await?;
        let before = self.current(&mut write).await?;
        if before.revision != revision {
            return Err(ServiceError::Conflict.into());
        }
        let every_hours = every_hours.filter(|_| !before.every_is_fixed).unwrap_or(before.every_hours);
        let after = ProbingSettings {
            every_hours,
            at_once,
            allowed,
            limits,
            stale_after_days,
            revision: revision + 1,
            ..before.clone()
        };
        sqlx::query(CHANGE)
            .bind(i64::from(after.every_hours))
            .bind(i64::from(after.at_once))
            .bind(stored_json::write(&after.allowed)?)
            .bind(i64::from(after.limits.of(Limit::PerList)))
            .bind(after.revision)
            .bind(i64::from(after.stale_after_days))
            .execute(&mut *write)
            .await?;
        if before.stale_after_days != after.stale_after_days {
            sum_programs_anew(&mut write, now).await?;
        }
        let record = Record::by(actor, now, Action::SettingsChange, "probing settings");
        write.commit([record.before(said(&before)).after(said(&after))]).await?;
        self.put_in_force(&after);
        Ok(())
    }

    fn put_in_force(&self, settings: &ProbingSettings) {
        self.probing.set_pace(Pace::of(settings.every_hours, settings.at_once));
        let allowed = settings.allowed.iter().chain(&settings.allowed_at_start).copied();
        self.probing.allow_networks(allowed.collect());
    }
}

#[async_trait]
impl Settings for Dials {
    async fn probing(&self, actor: &Actor) -> ServiceResult<ProbingSettings> {
        actor.require(Permission::View)?;
        Ok(self.read().await?)
    }

    async fn change_probing(&self, change: ProbingChange, actor: &Actor) -> ServiceResult<()> {
        actor.require(Permission::Administer)?;
        Ok(self.change(change, actor).await?)
    }
}

/// How many entries the lists of a new mini program may hold.
pub(crate) async fn limits_to_begin_with(connection: &mut SqliteConnection) -> Result<Limits, Failure> {
    let per_list: Option<i64> = sqlx::query_scalar(PER_LIST).fetch_optional(connection).await?;
    per_list.map_or_else(|| Ok(Limits::default()), limits)
}

/// Days after which the record of a filing that nobody confirms is stale.
pub(crate) async fn stale_after_days(connection: &mut SqliteConnection) -> Result<u16, Failure> {
    let days: Option<i64> = sqlx::query_scalar(STALE_AFTER).fetch_optional(connection).await?;
    days.map_or(Ok(STALE_AFTER_DAYS), |days| stored("days", u16::try_from(days)))
}

/// Since when a record must have been confirmed not to be stale.
pub(crate) async fn stale_before(connection: &mut SqliteConnection, now: Timestamp) -> Result<StaleBefore, Failure> {
    Ok(StaleBefore::new(now, stale_after_days(connection).await?))
}

#[derive(FromRow)]
struct Row {
    every_hours: i64,
    at_once: i64,
    allowed: String,
    per_list: i64,
    stale_after_days: i64,
    revision: i64,
}

impl Row {
    fn settings(self) -> Result<ProbingSettings, Failure> {
        Ok(ProbingSettings {
            every_hours: stored("hours", u16::try_from(self.every_hours))?,
            at_once: stored("number", u16::try_from(self.at_once))?,
            allowed: stored_json::read("ranges", &self.allowed)?,
            limits: limits(self.per_list)?,
            stale_after_days: stored("days", u16::try_from(self.stale_after_days))?,
            revision: self.revision,
            ..unset()
        })
    }
}

fn limits(per_list: i64) -> Result<Limits, Failure> {
    stored("limit", Limits::new(u32::try_from(per_list).unwrap_or_default()))
}

/// What is in force before the first change.
fn unset() -> ProbingSettings {
    let Pace { at_once, .. } = Pace::default();
    ProbingSettings {
        every_hours: Pace::default().every_hours(),
        every_is_fixed: false,
        at_once: u16::try_from(at_once).unwrap_or(*AT_ONCE.end()),
        allowed: Vec::new(),
        allowed_at_start: Vec::new(),
        limits: Limits::default(),
        stale_after_days: STALE_AFTER_DAYS,
        revision: 0,
    }
}

/// As the audit log tells it.
fn said(settings: &ProbingSettings) -> Value {
    let ProbingSettings { every_hours, at_once, allowed, limits, stale_after_days, .. } = settings;
    json!({
        "every_hours": every_hours,
        "at_once": at_once,
        "allowed": allowed,
        "per_list": limits.of(Limit::PerList),
        "stale_after_days": stale_after_days,
    })
}

statements! {
    CURRENT = "
        SELECT every_hours, at_once, allowed, per_list, stale_after_days, revision FROM probing_settings WHERE id = 1";

    PER_LIST = "SELECT per_list FROM probing_settings WHERE id = 1";

    STALE_AFTER = "SELECT stale_after_days FROM probing_settings WHERE id = 1";

    CHANGE = "
        INSERT INTO probing_settings (id, every_hours, at_once, allowed, per_list, revision, stale_after_days)
        VALUES (1, $1, $2, $3, $4, $5, $6)
        ON CONFLICT (id) DO UPDATE SET every_hours = excluded.every_hours, at_once = excluded.at_once,
            allowed = excluded.allowed, per_list = excluded.per_list, revision = excluded.revision,
            stale_after_days = excluded.stale_after_days";
}
