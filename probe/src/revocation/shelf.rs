//! The lists that were fetched lately, by address and issuer: thousands of servers are on a few of them.
//! Who asks for what is just being fetched waits for that, and no longer than it may.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use model::{Fingerprint, Timestamp, fetched::FetchFailure, revocation::ListFailure};
use rustls::pki_types::CertificateDer;
use tokio::{
    sync::{OnceCell, Semaphore},
    time::{Instant, timeout, timeout_at},
};
use url::Url;

use super::list::List;
use crate::{
    certificate,
    issuers::{
        Network,
        http::{self, Trouble},
    },
    sockets::OutOfSockets,
};

/// A list, or why there is none.
type Outcome = Result<Arc<List>, ListFailure>;

/// A list is verified with the key of one issuer, whoever else names its address.
type Key = (String, Fingerprint);

/// Bounded in the number of lists, in what is on them, and in time.
#[derive(Debug)]
pub(super) struct Shelf {
    slots: Mutex<HashMap<Key, Slot>>,
    /// While it is read, a list takes more than what is kept of it.
    fetching: Arc<Semaphore>,
}

impl Default for Shelf {
    fn default() -> Self {
        Self { slots: Mutex::default(), fetching: Arc::new(Semaphore::new(MOST_AT_ONCE)) }
    }
}

#[derive(Debug)]
struct Slot {
    since: Instant,
    kept: Arc<OnceCell<Kept>>,
}

#[derive(Debug)]
struct Kept {
    outcome: Outcome,
    until: Instant,
}

impl Shelf {
    /// The list behind `url` that `issuer` has signed: fetched now, unless it was fetched lately or is just
    /// being fetched.
    pub(super) async fn list(
        &self,
        url: &Url,
        issuer: &CertificateDer<'static>,
        network: &Network<'_>,
        now: Timestamp,
        deadline: Instant,
    ) -> Outcome {
        let slot = self.slot((url.to_string(), certificate::fingerprint(issuer)), Instant::now());
        // Whoever gives up leaves it to the next in the queue, and nothing is kept of it.
        let fetched = timeout_at(deadline, slot.get_or_try_init(|| self.fetch(url, issuer, network, now))).await;
        let outcome = match fetched {
            Ok(Ok(kept)) => kept.outcome.clone(),
            Ok(Err(ours)) => Err(not_fetched(FetchFailure::Unable { detail: ours.to_string() })),
            Err(_) => Err(not_fetched(FetchFailure::Timeout)),
        };
        self.trim(MOST_ENTRIES);
        outcome
    }

    /// Forgets everything.
    pub(super) fn clear(&self) {
        self.slots().clear();
    }

    async fn fetch(
        &self,
        url: &Url,
        issuer: &CertificateDer<'static>,
        network: &Network<'_>,
        now: Timestamp,
    ) -> Result<Kept, OutOfSockets> {
        // Never closed, so it cannot fail.
        let turn = Arc::clone(&self.fetching).acquire_owned().await;
        let outcome = match timeout(PATIENCE, http::get(url, network, LARGEST)).await {
            Ok(Ok(body)) => {
                let issuer = issuer.clone();
                let reading = tokio::task::spawn_blocking(move || {
                    // Held to the end, also when nobody waits for the list any more.
                    let _turn = turn;
                    List::read(&body, &issuer)
                });
                reading.await.unwrap_or(Err(ListFailure::Unreadable)).map(Arc::new)
            }
            Ok(Err(Trouble::Theirs(failure))) => Err(not_fetched(failure)),
            Ok(Err(Trouble::Ours(error))) => return Err(error),
            Err(_) => Err(not_fetched(FetchFailure::Timeout)),
        };
        let good_for = outcome.as_ref().map_or(BAD_FOR, |list| list.good_for(now).clamp(BAD_FOR, GOOD_FOR));
        Ok(Kept { outcome, until: Instant::now() + good_for })
    }

    fn slot(&self, key: Key, now: Instant) -> Arc<OnceCell<Kept>> {
        let mut slots = self.slots();
        slots.retain(|_, slot| slot.kept.get().is_none_or(|kept| now < kept.until));
        if !slots.contains_key(&key) && slots.len() >= MOST_LISTS {
            drop_oldest(&mut slots, |_| true);
        }
        let slot = slots.entry(key).or_insert_with(|| Slot { since: now, kept: Arc::default() });
        Arc::clone(&slot.kept)
    }

    /// Makes room until no more than so many certificates are on what is kept.
    fn trim(&self, most: usize) {
        let mut slots = self.slots();
        let mut entries: usize = slots.values().map(Slot::entries).sum();
        while entries > most {
            let Some(dropped) = drop_oldest(&mut slots, |slot| slot.entries() > 0) else { break };
            entries -= dropped.entries();
        }
    }

    fn slots(&self) -> MutexGuard<'_, HashMap<Key, Slot>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Slot {
    fn entries(&self) -> usize {
        let list = self.kept.get().and_then(|kept| kept.outcome.as_ref().ok());
        list.map_or(0, |list| list.len())
    }
}

fn drop_oldest(slots: &mut HashMap<Key, Slot>, of: impl Fn(&Slot) -> bool) -> Option<Slot> {
    let oldest = slots.iter().filter(|(_, slot)| of(slot)).min_by_key(|(_, slot)| slot.since)?.0.clone();
    slots.remove(&oldest)
}

const fn not_fetched(failure: FetchFailure) -> ListFailure {
    ListFailure::NotFetched { failure }
}

/// For one list with its redirects, whoever waits for it.
const PATIENCE: Duration = Duration::from_secs(5);
/// The lists of public authorities hold for a week, and are made anew more often.
const GOOD_FOR: Duration = Duration::from_secs(12 * 60 * 60);
/// What is not known of revocation is no fault of a server: no reason to wait for it at every probe.
const BAD_FOR: Duration = Duration::from_secs(10 * 60);
/// Public authorities cut larger ones into pieces.
const LARGEST: usize = 8 * 1024 * 1024;
/// Of the largest size: 32 MB, and as much again while they are read.
const MOST_AT_ONCE: usize = 4;
const MOST_LISTS: usize = 1024;
/// Of 32 bytes each: 32 MB.
const MOST_ENTRIES: usize = 1_000_000;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::lab::{Authority, RevocationList, Validity};

    fn now() -> Timestamp {
        "2026-05-01T00:00:00Z".parse().unwrap()
    }

    fn key(number: usize) -> Key {
        (format!("http://ca.example/{number}.crl"), Fingerprint::new([1; 32]))
    }

    fn keep(shelf: &Shelf, number: usize, outcome: Outcome, since: Instant) {
        let slot = shelf.slot(key(number), since);
        slot.set(Kept { outcome, until: since + GOOD_FOR }).unwrap();
    }

    #[test]
    fn no_more_lists_are_kept_than_there_is_room_for_and_the_oldest_goes_first() {
        let (shelf, now) = (Shelf::default(), Instant::now());
        let first = shelf.slot(key(0), now);
        for number in 1..=MOST_LISTS {
            shelf.slot(key(number), now + Duration::from_secs(1));
        }
        assert_eq!(shelf.slots().len(), MOST_LISTS);
        assert!(!Arc::ptr_eq(&first, &shelf.slot(key(0), now)));
    }

    #[test]
    fn what_is_on_the_lists_is_bounded_and_the_oldest_goes_first() {
        let authority = Authority::root("Root", Validity::days(now(), -100, 265)).unwrap();
        let serials: Vec<_> = (0..10_u8).map(|number| vec![number + 1]).collect();
        let week = Validity::days(now(), -1, 6);
        let der = authority.revokes(&RevocationList::of(&serials, week)).unwrap();
        let list = Arc::new(List::read(&der, &authority.der()).unwrap());
        let (shelf, since) = (Shelf::default(), Instant::now());
        for number in 0..4 {
            keep(&shelf, number, Ok(Arc::clone(&list)), since + Duration::from_secs(number as u64));
        }
        keep(&shelf, 4, Err(ListFailure::Unreadable), since);
        for (most, left) in [(40, vec![0, 1, 2, 3, 4]), (39, vec![1, 2, 3, 4]), (20, vec![2, 3, 4]), (0, vec![4])] {
            shelf.trim(most);
            let kept: Vec<_> = (0..5).filter(|number| shelf.slots().contains_key(&key(*number))).collect();
            assert_eq!(kept, left, "{most}");
        }
    }

    #[test]
    fn the_same_address_is_another_list_for_another_issuer() {
        let (shelf, now) = (Shelf::default(), Instant::now());
        let (url, _) = key(0);
        let one = shelf.slot((url.clone(), Fingerprint::new([1; 32])), now);
        assert!(!Arc::ptr_eq(&one, &shelf.slot((url, Fingerprint::new([2; 32])), now)));
        assert!(Arc::ptr_eq(&one, &shelf.slot(key(0), now)));
    }
}
