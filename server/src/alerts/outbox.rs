//! The outbox: notices are taken to be sent, and marked with what became of them.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use model::{
    DAY_SECONDS, SignedDuration, Timestamp,
    accounts::Actor,
    alerts::{EmailAddress, Language, ListedNotice, MailFailure, NOTICE_KEPT_FOR, Notice, NoticeState, Recovery},
    audit::Action,
    paging::Page,
    service::NoticeId,
};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use sqlx::{FromRow, SqliteConnection};

use super::Inner;
use crate::{
    audit::Record,
    store::{Failure, Place, Store, Write, count, json as column, statements, stored, time},
};

/// What one address is to be told in one mail.
pub(super) struct Batch {
    pub(super) address: EmailAddress,
    pub(super) language: Language,
    pub(super) notices: Vec<Taken>,
    /// What the mail of it is known by, however often it is sent.
    pub(super) mark: String,
}

/// A notice that was taken to be sent.
pub(super) struct Taken {
    pub(super) id: NoticeId,
    pub(super) notice: Notice,
    /// This try included.
    tries: i64,
    written_at: i64,
}

impl Batch {
    fn tried(&self) -> Vec<Tried> {
        let tried = self.notices.iter().map(|taken| Tried {
            id: taken.id.0,
            address: self.address.to_string(),
            tries: taken.tries,
            written_at: taken.written_at,
        });
        tried.collect()
    }
}

/// Takes out of what is due whatever is no news any more, whether or not mail can leave. What was hardly tried is
/// kept for `untried`.
pub(super) async fn clear(store: &Store, untried: SignedDuration, now: Timestamp) -> Result<(), Failure> {
    if !any_stale(store, untried, now).await? {
        return Ok(());
    }
    let mut write = store.write().await?;
    let mut records = settle(&mut write, now).await?;
    records.extend(give_up_old(&mut write, untried, now).await?);
    write.commit(records).await
}

/// Drops the reminders of certificates in whose place another is served by now, and failures that have ended. Should
/// either come back, it is written anew.
async fn settle(connection: &mut SqliteConnection, now: Timestamp) -> Result<Vec<Record>, Failure> {
    let dropped: Vec<(String, String, String)> =
        sqlx::query_as(SETTLE).bind(now.as_second()).fetch_all(connection).await?;
    let mut records = Vec::new();
    for (address, occasion, facts) in dropped {
        let notice: Value = column::read("notice", &facts)?;
        let record = Record::by_hufu(now, Action::NoticeSettle, format!("mail to {address}"));
        records.push(record.before(json!({ "occasion": occasion, "notice": notice })));
    }
    Ok(records)
}

/// Gives up what could not be told for so long that it is old news.
async fn give_up_old(
    connection: &mut SqliteConnection,
    untried: SignedDuration,
    now: Timestamp,
) -> Result<Vec<Record>, Failure> {
    let given_up: Vec<(String, i64)> = sqlx::query_as(GIVE_UP_OLD)
        .bind(now.as_second())
        .bind(NOTICE_KEPT_FOR.as_secs())
        .bind(untried.as_secs())
        .bind(TRIES_LEAST)
        .fetch_all(connection)
        .await?;
    let mut of_address: BTreeMap<String, BTreeSet<i64>> = BTreeMap::new();
    for (address, id) in given_up {
        of_address.entry(address).or_default().insert(id);
    }
    let record = |(address, notices): (String, BTreeSet<i64>)| {
        let record = Record::by_hufu(now, Action::NoticeGiveUp, format!("mail to {address}"));
        record.after(json!({ "notices": notices }))
    };
    Ok(of_address.into_iter().map(record).collect())
}

/// Whether anything is no news any more. Most of the time nothing is, and then nothing is to be written.
async fn any_stale(store: &Store, untried: SignedDuration, now: Timestamp) -> Result<bool, Failure> {
    let mut read = store.read().await?;
    let any = sqlx::query_scalar(ANY_STALE)
        .bind(now.as_second())
        .bind(NOTICE_KEPT_FOR.as_secs())
        .bind(untried.as_secs())
        .bind(TRIES_LEAST)
        .fetch_one(&mut *read)
        .await?;
    Ok(any)
}

/// Takes everything that is due for one address and still news. Nobody else gets it before the lease has run out. What
/// nobody wants to know just now is held: somebody may take back what they have removed.
pub(super) async fn take(store: &Store, now: Timestamp) -> Result<Option<Batch>, Failure> {
    let mut read = store.read().await?;
    let any: bool = sqlx::query_scalar(ANY_TO_SEND).bind(now.as_second()).fetch_one(&mut *read).await?;
    drop(read);
    if !any {
        return Ok(None);
    }
    let mut write = store.write().await?;
    // While the mail before this one was sent, a probe may have found that a server works again.
    let settled = settle(&mut write, now).await?;
    let mut rows: Vec<TakenRow> = sqlx::query_as(TAKE)
        .bind(now.as_second())
        .bind(now.as_second().saturating_add(LEASE.as_secs().cast_signed()))
        .bind(IN_ONE_MAIL)
        .fetch_all(&mut *write)
        .await?;
    write.commit(settled).await?;
    rows.sort_by_key(|row| row.id);
    let Some(first) = rows.first() else { return Ok(None) };
    let mark = mark(&rows);
    let address = stored("address", first.address.parse())?;
    let language = stored("language", first.language.parse())?;
    let taken = rows.iter().map(|row| {
        let notice = column::read("notice", &row.facts)?;
        Ok(Taken { id: NoticeId(row.id), notice, tries: row.tries, written_at: row.written_at })
    });
    Ok(Some(Batch { address, language, notices: taken.collect::<Result<_, Failure>>()?, mark }))
}

/// The same for the same notices. What they say is a part of it, for another Hufu that sends from the same domain has
/// notices of the same ids.
fn mark(rows: &[TakenRow]) -> String {
    let mut hash = Sha256::new();
    for TakenRow { id, address, facts, .. } in rows {
        hash.update(format!("{id} {address} {facts}\n"));
    }
    hex::encode(&hash.finalize()[..16])
}

/// Marks what the mail server has taken.
pub(super) async fn mark_sent(store: &Store, batch: &Batch, subject: &str, now: Timestamp) -> Result<(), Failure> {
    let mut write = store.write().await?;
    let ids: Vec<_> = batch.notices.iter().map(|taken| taken.id).collect();
    sqlx::query(SENT).bind(column::write(&ids)?).bind(now.as_second()).execute(&mut *write).await?;
    let record = Record::by_hufu(now, Action::NoticeSend, format!("mail to {}", batch.address));
    write.commit([record.after(json!({ "subject": subject, "notices": ids }))]).await
}

/// Puts back what was not taken, to be tried again later, or gives it up once it is old news.
pub(super) async fn mark_failed(
    store: &Store,
    batch: &Batch,
    failure: &MailFailure,
    now: Timestamp,
) -> Result<(), Failure> {
    put_back(store.write().await?, &batch.tried(), failure, None, now).await
}

/// The same where the mail server takes nothing from anybody: everything that is due is put back, and nothing of it
/// is due before `until`, in Unix seconds.
pub(super) async fn mark_all_failed(
    store: &Store,
    batch: &Batch,
    failure: &MailFailure,
    until: i64,
    now: Timestamp,
) -> Result<(), Failure> {
    let mut write = store.write().await?;
    let others: Vec<Tried> = sqlx::query_as(TRY_ALL).bind(now.as_second()).fetch_all(&mut *write).await?;
    let mut tried = batch.tried();
    tried.extend(others);
    put_back(write, &tried, failure, Some(until), now).await
}

async fn put_back(
    mut write: Write,
    tried: &[Tried],
    failure: &MailFailure,
    until: Option<i64>,
    now: Timestamp,
) -> Result<(), Failure> {
    let due_at = |tried: &Tried| tried.next(now).map(|next| until.map_or(next, |until| next.max(until)));
    let lines: Vec<_> = tried.iter().map(|tried| (tried.id, due_at(tried))).collect();
    sqlx::query(FAILED).bind(column::write(&lines)?).bind(column::write(failure)?).execute(&mut *write).await?;
    let mut given_up: BTreeMap<&str, BTreeSet<i64>> = BTreeMap::new();
    for tried in tried.iter().filter(|tried| tried.next(now).is_none()) {
        given_up.entry(&tried.address).or_default().insert(tried.id);
    }
    let record = |(address, notices): (&str, BTreeSet<i64>)| {
        let record = Record::by_hufu(now, Action::NoticeGiveUp, format!("mail to {address}"));
        record.after(json!({ "notices": notices, "error": failure }))
    };
    let records: Vec<Record> = given_up.into_iter().map(record).collect();
    write.commit(records).await
}

/// Drops what was told so long ago that no reminder can come of it again.
pub(super) async fn forget_old(store: &Store, now: Timestamp) -> Result<(), Failure> {
    let mut write = store.write().await?;
    sqlx::query(FORGET_OLD).bind(now.as_second().saturating_sub(KEPT_SECONDS)).execute(&mut *write).await?;
    write.commit_housekeeping().await
}

/// When to try again after so many tries, in Unix seconds.
pub(super) fn next_try(tries: i64, now: Timestamp) -> i64 {
    now.as_second().saturating_add(wait_after(tries).as_secs().cast_signed())
}

/// From one try to the next: a minute, then twice as long each time, up to four hours.
fn wait_after(tries: i64) -> Duration {
    let doublings = u32::try_from(tries.saturating_sub(1).clamp(0, 16)).unwrap_or_default();
    Duration::from_secs(60).saturating_mul(1 << doublings).min(Duration::from_secs(4 * 60 * 60))
}

/// What was given up and never tried can be tried again if it was written later than this: whoever sets a mail server
/// after months gets no mails of months.
fn still_news_since(now: Timestamp) -> i64 {
    now.as_second().saturating_sub(UNTRIED_KEPT_FOR.as_secs())
}

impl Inner {
    pub(super) async fn listed(&self, page: u32) -> Result<Page<ListedNotice>, Failure> {
        let mut read = self.store.read().await?;
        let total: i64 = sqlx::query_scalar(COUNT).fetch_one(&mut *read).await?;
        let place = Place::of(page, count(total));
        let rows: Vec<ListedRow> = place.bind(sqlx::query_as(LISTED)).fetch_all(&mut *read).await?;
        Ok(place.with(rows.into_iter().map(ListedRow::read).collect::<Result<_, _>>()?))
    }

    pub(super) async fn any_stuck(&self) -> Result<bool, Failure> {
        let since = still_news_since(self.clock.now());
        let mut read = self.store.read().await?;
        Ok(sqlx::query_scalar(ANY_STUCK).bind(since).fetch_one(&mut *read).await?)
    }

    pub(super) async fn make_due(&self, actor: &Actor) -> Result<u64, Failure> {
        let now = self.clock.now();
        let mut write = self.store.write().await?;
        let made = sqlx::query(MAKE_DUE)
            .bind(still_news_since(now))
            .bind(now.as_second())
            .execute(&mut *write)
            .await?
            .rows_affected();
        let record = Record::by(actor, now, Action::NoticeRetry, "mail").after(json!({ "notices": made }));
        write.commit((made > 0).then_some(record)).await?;
        self.end_rest().await;
        self.bell.ring();
        Ok(made)
    }
}

#[derive(FromRow)]
struct TakenRow {
    id: i64,
    address: String,
    language: String,
    facts: String,
    tries: i64,
    written_at: i64,
}

/// A notice that did not leave.
#[derive(FromRow)]
struct Tried {
    id: i64,
    address: String,
    /// This try included.
    tries: i64,
    written_at: i64,
}

impl Tried {
    /// When it is tried again; none once it is old news.
    fn next(&self, now: Timestamp) -> Option<i64> {
        let next = next_try(self.tries, now);
        let kept_for = if self.tries < TRIES_LEAST { UNTRIED_KEPT_FOR } else { NOTICE_KEPT_FOR };
        (next <= self.written_at.saturating_add(kept_for.as_secs())).then_some(next)
    }
}

#[derive(FromRow)]
struct ListedRow {
    id: i64,
    address: String,
    language: String,
    facts: String,
    written_at: i64,
    due_at: Option<i64>,
    tries: i64,
    sent_at: Option<i64>,
    error: Option<String>,
    unwanted: bool,
    works: bool,
    works_since: Option<i64>,
}

impl ListedRow {
    fn read(self) -> Result<ListedNotice, Failure> {
        let error = self.error.as_deref().map(|error| column::read("error", error)).transpose()?;
        let state = match (self.sent_at, self.due_at, error) {
            (Some(at), ..) => NoticeState::Sent { at: time(at)? },
            (None, None, error) => NoticeState::GivenUp { error },
            (None, Some(_), _) if self.unwanted => NoticeState::Held,
            (None, Some(next), Some(error)) => {
                let tries = count(self.tries);
                NoticeState::Delayed { tries, next: time(next)?, error }
            }
            (None, Some(_), None) => NoticeState::Waiting,
        };
        let since = self.works_since.map(time).transpose()?;
        let recovery = self.works.then_some(Recovery { since });
        Ok(ListedNotice {
            id: NoticeId(self.id),
            address: stored("address", self.address.parse())?,
            language: stored("language", self.language.parse())?,
            notice: column::read("notice", &self.facts)?,
            written_at: time(self.written_at)?,
            state,
            recovery,
        })
    }
}

/// How long what was hardly tried is kept where there is a mail server: Hufu may have been stopped meanwhile, or
/// nobody wanted to know.
pub(super) const UNTRIED_KEPT_FOR: SignedDuration = SignedDuration::from_hours(14 * 24);

/// So often is tried what is given up before that: with the waits between, for some hours.
const TRIES_LEAST: i64 = 8;

/// Longer than sending one mail may take.
const LEASE: Duration = Duration::from_secs(5 * 60);

/// Notices in one mail; the rest follows in the next.
const IN_ONE_MAIL: i64 = 200;

/// Longer than a certificate is valid, so that no reminder comes twice.
const KEPT_SECONDS: i64 = 400 * DAY_SECONDS;

/// A notice of this kind whose occasion is not, or not any more, what stands of the endpoint. Where nothing is known to stand
/// (NULL) it is left alone.
macro_rules! superseded {
    ($kind:literal, $notices:literal, $stands:literal) => {
        concat!(
            "occasion LIKE '",
            $kind,
            " %' AND EXISTS (
                SELECT 1 FROM endpoints
                WHERE endpoints.id = ",
            $notices,
            ".facts ->> 'endpoint'
                    AND occasion NOT LIKE '",
            $kind,
            " ' || endpoints.id || ' ' || ",
            $stands,
            ")"
        )
    };
}

/// A failure that has ended, or in whose place another one is.
macro_rules! ended {
    ($notices:literal) => {
        superseded!("fail", $notices, "COALESCE(endpoints.failing_since, '')")
    };
}

/// A reminder of a certificate in whose place another is served by now. An endpoint that shows none has no other one.
macro_rules! replaced {
    ($notices:literal) => {
        superseded!("expiry", $notices, "endpoints.not_after || ' %'")
    };
}

/// What is due and no news any more.
macro_rules! settled {
    () => {
        concat!("due_at <= $1 AND (", replaced!("notices"), " OR ", ended!("notices"), ")")
    };
}

/// What somebody wants to be told of, is news and could not be told: in two parts, each along an index of its own.
macro_rules! stuck {
    ($part:literal) => {
        concat!(
            "SELECT id FROM wanted_notices WHERE ",
            $part,
            " AND NOT (",
            replaced!("wanted_notices"),
            " OR ",
            ended!("wanted_notices"),
            ")"
        )
    };
}

/// What is due and could not be told for too long.
macro_rules! given_up {
    () => {
        "due_at <= $1 AND $1 - written_at > CASE WHEN tries < $4 THEN $3 ELSE $2 END"
    };
}

statements! {
    ANY_STALE = concat!("
        SELECT EXISTS (SELECT 1 FROM notices WHERE ", settled!(), ")
            OR EXISTS (SELECT 1 FROM notices WHERE ", given_up!(), ")");

    ANY_TO_SEND = "SELECT EXISTS (SELECT 1 FROM wanted_notices WHERE due_at <= $1)";

    SETTLE = concat!("
        DELETE FROM notices WHERE ", settled!(), "
        RETURNING address, occasion, facts");

    GIVE_UP_OLD = concat!("
        UPDATE notices SET due_at = NULL WHERE ", given_up!(), "
        RETURNING address, id");

    TAKE = "
        UPDATE notices SET due_at = $2, tries = tries + 1
        WHERE id IN (
            SELECT id FROM wanted_notices
            WHERE due_at <= $1
                AND address = (SELECT address FROM wanted_notices WHERE due_at <= $1 ORDER BY due_at, id LIMIT 1)
            ORDER BY id LIMIT $3)
        RETURNING id, address, language, facts, tries, written_at";

    TRY_ALL = "
        UPDATE notices SET tries = tries + 1
        WHERE id IN (SELECT id FROM wanted_notices WHERE due_at <= $1)
        RETURNING id, address, tries, written_at";

    SENT = "
        UPDATE notices SET sent_at = $2, due_at = NULL, error = NULL
        WHERE id IN (SELECT value FROM json_each($1))";

    FAILED = "
        UPDATE notices SET due_at = value ->> 1, error = $2
        FROM json_each($1) AS tried WHERE notices.id = tried.value ->> 0";

    // A failure that goes on was told, however long ago.
    FORGET_OLD = "
        DELETE FROM notices
        WHERE written_at < $1 AND due_at IS NULL AND NOT EXISTS (
            SELECT 1 FROM endpoints
            WHERE endpoints.id = notices.facts ->> 'endpoint'
                AND notices.occasion = 'fail ' || endpoints.id || ' ' || endpoints.failing_since)";

    COUNT = "SELECT COUNT(*) FROM notices";

    LISTED = "
        SELECT notices.id, address, language, facts, written_at, notices.due_at, tries, sent_at, error,
            NOT EXISTS (SELECT 1 FROM wanted_notices WHERE wanted_notices.id = notices.id) AS unwanted,
            CASE WHEN occasion LIKE 'fail %' AND verdict IN ('pass', 'warn') THEN true ELSE false END AS works,
            CASE WHEN verdict_before NOT IN ('pass', 'warn') THEN turned_at END AS works_since
        FROM notices LEFT JOIN endpoints ON endpoints.id = notices.facts ->> 'endpoint'
        ORDER BY written_at DESC, notices.id DESC LIMIT $1 OFFSET $2";

    ANY_STUCK = concat!("
        SELECT EXISTS (", stuck!("sent_at IS NULL AND error IS NOT NULL"), ")
            OR EXISTS (", stuck!("sent_at IS NULL AND due_at IS NULL AND written_at > $1"), ")");

    MAKE_DUE = concat!("
        UPDATE notices SET due_at = $2, written_at = $2, tries = 0
        WHERE id IN (", stuck!("sent_at IS NULL AND error IS NOT NULL"), "
            UNION ", stuck!("sent_at IS NULL AND due_at IS NULL AND written_at > $1"), ")");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_waits_double_up_to_four_hours() {
        let minutes: Vec<u64> = (0..12).map(|tries| wait_after(tries).as_secs() / 60).collect();
        assert_eq!(minutes, [1, 1, 2, 4, 8, 16, 32, 64, 128, 240, 240, 240]);
        assert_eq!(wait_after(i64::MAX).as_secs(), 4 * 60 * 60);
    }
}
