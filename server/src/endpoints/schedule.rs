//! Probes every endpoint again by itself, once it is due. New endpoints are due at once. Those that nobody
//! has named for long enough are forgotten on the way.

use std::{sync::Arc, time::Duration};

use model::{HostPort, Timestamp, endpoints::Depth, service::EndpointId};
use tokio::{task::JoinSet, time::sleep};
use tokio_util::sync::CancellationToken;

use super::{Inner, stored::targets, unnamed};
use crate::store::{Failure, Store, json, statements};

/// How often and how much is probed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// So many endpoints are probed at the same time.
    pub at_once: usize,
    /// From one probe of an endpoint to the next, a tenth more or less.
    pub every: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self::of(6, 32)
    }
}

impl Pace {
    /// Every so many hours, so many at the same time.
    pub fn of(every_hours: u16, at_once: u16) -> Self {
        Self { at_once: at_once.into(), every: Duration::from_secs(u64::from(every_hours) * HOUR) }
    }

    /// Whole hours from one probe to the next.
    pub fn every_hours(&self) -> u16 {
        u16::try_from(self.every.as_secs() / HOUR).unwrap_or(u16::MAX)
    }

    /// When an endpoint that was probed at `now` is due again. Endpoints that were registered
    /// together drift apart, so that the network is not asked for all of them in one minute.
    pub(super) fn due_after(&self, now: Timestamp) -> Timestamp {
        let mut random = [0];
        // Without random bytes all come at the middle, which is bearable.
        let spread = if getrandom::fill(&mut random).is_ok() { f64::from(random[0]) / f64::from(u8::MAX) } else { 0.5 };
        now + self.every.mul_f64(0.9 + 0.2 * spread)
    }
}

impl Inner {
    /// Probes what is due until the server stops. What has begun then and does not end soon is due again.
    pub(super) async fn keep_probing(self: Arc<Self>) {
        let mut jobs = JoinSet::new();
        let mut swept = None;
        loop {
            self.sweep(&mut swept).await;
            let at_once = self.pace().at_once;
            let free = at_once.saturating_sub(jobs.len());
            // A few together: each claim is a write.
            if free * 2 >= at_once {
                match claim(&self.store, self.clock.now(), free).await {
                    Ok(due) => {
                        for (endpoint, target) in due {
                            let inner = Arc::clone(&self);
                            jobs.spawn(async move {
                                let cancel = CancellationToken::new();
                                let seen = inner.look(endpoint, &target, Depth::Full, &cancel, &|_| ()).await;
                                seen.is_none().then_some(endpoint)
                            });
                        }
                    }
                    Err(failure) => tracing::error!(%failure, "what is due could not be claimed"),
                }
            }
            let news = async {
                tokio::select! {
                    Some(ended) = jobs.join_next() => {
                        if let Err(error) = ended {
                            tracing::error!(%error, "a probe failed");
                        }
                    }
                    () = sleep(TICK) => {}
                }
            };
            if self.stop.run_until_cancelled(news).await.is_none() {
                break;
            }
        }
        let mut unseen = Vec::new();
        while let Some(ended) = jobs.join_next().await {
            unseen.extend(ended.ok().flatten());
        }
        if let Err(failure) = give_back(&self.store, &unseen, self.clock.now()).await {
            tracing::error!(%failure, "what was claimed and not probed comes back with the end of its lease");
        }
    }

    /// Forgets a little of what nobody names, `swept` being when nothing was left of it. The probes that are due
    /// do not wait for all.
    async fn sweep(&self, swept: &mut Option<Timestamp>) {
        let now = self.clock.now();
        if swept.is_some_and(|last| now.duration_since(last).as_secs() < SWEEP_EVERY_SECONDS) {
            return;
        }
        match unnamed::forget_some(&self.store, now).await {
            Ok(true) => {}
            Ok(false) => *swept = Some(now),
            Err(failure) => {
                tracing::error!(%failure, "what nobody names could not be forgotten");
                *swept = Some(now);
            }
        }
    }
}

/// Takes the endpoints that are longest overdue, so many at most. Nobody else gets them before the
/// lease has run out.
async fn claim(store: &Store, now: Timestamp, most: usize) -> Result<Vec<(EndpointId, HostPort)>, Failure> {
    // Most of the time there is nothing, and then nothing is written.
    let mut read = store.read().await?;
    let due: bool = sqlx::query_scalar(ANY_DUE).bind(now.as_second()).fetch_one(&mut *read).await?;
    drop(read);
    if !due {
        return Ok(Vec::new());
    }
    let mut write = store.write().await?;
    let claimed = sqlx::query_as(CLAIM)
        .bind(now.as_second())
        .bind(now.as_second().saturating_add(LEASE.as_secs().cast_signed()))
        .bind(i64::try_from(most).unwrap_or(i64::MAX))
        .fetch_all(&mut *write)
        .await?;
    write.commit_housekeeping().await?;
    targets(claimed)
}

/// Makes what was claimed due at once: for the next process.
async fn give_back(store: &Store, endpoints: &[EndpointId], now: Timestamp) -> Result<(), Failure> {
    if endpoints.is_empty() {
        return Ok(());
    }
    let mut write = store.write().await?;
    sqlx::query(GIVE_BACK).bind(json::write(&endpoints)?).bind(now.as_second()).execute(&mut *write).await?;
    write.commit_housekeeping().await
}

const HOUR: u64 = 60 * 60;

/// How often endpoints that nobody names are looked through for those to forget.
const SWEEP_EVERY_SECONDS: i64 = 60 * 60;

/// How long the schedule rests when nothing is due.
const TICK: Duration = Duration::from_secs(1);

/// Longer than a probe may take together with the wait for its turn.
const LEASE: Duration = Duration::from_secs(10 * 60);

statements! {
    ANY_DUE = "SELECT EXISTS (SELECT 1 FROM named_endpoints WHERE due_at <= $1)";

    CLAIM = "
        UPDATE endpoints SET due_at = $2
        WHERE id IN (SELECT id FROM named_endpoints WHERE due_at <= $1 ORDER BY due_at LIMIT $3)
        RETURNING id, host, port";

    GIVE_BACK = "UPDATE endpoints SET due_at = $2 WHERE id IN (SELECT value FROM json_each($1))";
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[tokio::test]
    async fn what_is_claimed_comes_back_only_after_its_lease() {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(directory.path()).await.unwrap();
        let mut write = store.write().await.unwrap();
        for port in [443, 8443, 9443] {
            let add = "INSERT INTO endpoints (host, port) VALUES ('a.example', $1)";
            sqlx::query(add).bind(port).execute(&mut *write).await.unwrap();
        }
        write.commit_housekeeping().await.unwrap();

        let start = Timestamp::from_second(1_800_000_000).unwrap();
        let lease = model::Timestamp::from_second(start.as_second() + LEASE.as_secs().cast_signed()).unwrap();
        let before_its_end = Timestamp::from_second(lease.as_second() - 1).unwrap();
        for (now, most, expected) in
            [(start, 2, 2), (start, 2, 1), (start, 2, 0), (before_its_end, 9, 0), (lease, 9, 3)]
        {
            assert_eq!(claim(&store, now, most).await.unwrap().len(), expected, "{now}");
        }
    }

    #[tokio::test]
    async fn what_nobody_names_is_never_due() {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(directory.path()).await.unwrap();
        let mut write = store.write().await.unwrap();
        let add =
            "INSERT INTO endpoints (host, port, unnamed_at) VALUES ('a.example', 443, 1), ('b.example', 443, NULL)";
        sqlx::query(add).execute(&mut *write).await.unwrap();
        write.commit_housekeeping().await.unwrap();
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let claimed = claim(&store, now, 9).await.unwrap();
        assert_eq!(claimed.iter().map(|(_, target)| target.to_string()).collect::<Vec<_>>(), ["b.example:443"]);
    }

    #[tokio::test]
    async fn what_is_given_back_is_due_at_once() {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(directory.path()).await.unwrap();
        let mut write = store.write().await.unwrap();
        let add = "INSERT INTO endpoints (host, port) VALUES ('a.example', 443), ('b.example', 443)";
        sqlx::query(add).execute(&mut *write).await.unwrap();
        write.commit_housekeeping().await.unwrap();

        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let claimed = claim(&store, now, 2).await.unwrap();
        let (given_back, kept) = (claimed[0].clone(), claimed[1].clone());
        give_back(&store, &[given_back.0], now).await.unwrap();
        assert_eq!(claim(&store, now, 2).await.unwrap(), [given_back], "{kept:?} stays claimed");
    }

    #[test]
    fn the_next_probe_is_an_interval_away_give_or_take_a_tenth() {
        let pace = Pace { at_once: 1, every: Duration::from_secs(1_000) };
        let due: std::collections::BTreeSet<_> =
            (0..100).map(|_| pace.due_after(Timestamp::UNIX_EPOCH).as_second()).collect();
        assert!(due.iter().all(|second| (900..=1_100).contains(second)), "{due:?}");
        assert!(due.len() > 10, "they drift apart: {due:?}");
        let never = Pace { every: Duration::MAX / 2, ..pace };
        assert_eq!(never.due_after(Timestamp::UNIX_EPOCH), Timestamp::MAX);
    }
}
