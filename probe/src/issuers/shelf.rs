//! What was fetched lately, by address: thousands of servers have their certificates from a few
//! authorities. Who asks for what is just being fetched waits for that.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use model::fetched::FetchFailure;
use rustls::pki_types::CertificateDer;
use tokio::{
    sync::OnceCell,
    time::{Instant, timeout, timeout_at},
};
use url::Url;

use super::{
    body,
    http::{self, Network, Trouble},
};
use crate::sockets::OutOfSockets;

/// The certificates behind an address, or why there are none.
pub(super) type Outcome = Result<Arc<[CertificateDer<'static>]>, FetchFailure>;

/// Bounded in number, and so in size, and in time.
#[derive(Debug, Default)]
pub(super) struct Shelf(Mutex<HashMap<String, Slot>>);

#[derive(Debug)]
struct Slot {
    since: Instant,
    kept: Arc<OnceCell<Kept>>,
}

#[derive(Clone, Debug)]
struct Kept {
    outcome: Outcome,
    until: Instant,
}

impl Shelf {
    /// What stands behind `url`: fetched now, unless it was fetched lately or is just being fetched.
    pub(super) async fn certificates(&self, url: &Url, network: &Network<'_>, deadline: Instant) -> Outcome {
        let slot = self.slot(url, Instant::now());
        // Whoever gives up leaves it to the next in the queue, and nothing is kept of it.
        match timeout_at(deadline, slot.get_or_try_init(|| fetch(url, network))).await {
            Ok(Ok(kept)) => kept.outcome.clone(),
            Ok(Err(ours)) => Err(FetchFailure::Unable { detail: ours.to_string() }),
            Err(_) => Err(FetchFailure::Timeout),
        }
    }

    /// Forgets everything.
    pub(super) fn clear(&self) {
        self.slots().clear();
    }

    fn slot(&self, url: &Url, now: Instant) -> Arc<OnceCell<Kept>> {
        let mut slots = self.slots();
        slots.retain(|_, slot| slot.kept.get().is_none_or(|kept| now < kept.until));
        if let Some(slot) = slots.get(url.as_str()) {
            return Arc::clone(&slot.kept);
        }
        if slots.len() >= MOST {
            let oldest = slots.iter().min_by_key(|(_, slot)| slot.since).map(|(url, _)| url.clone());
            oldest.and_then(|url| slots.remove(&url));
        }
        let slot = Slot { since: now, kept: Arc::default() };
        let kept = Arc::clone(&slot.kept);
        slots.insert(url.to_string(), slot);
        kept
    }

    fn slots(&self) -> MutexGuard<'_, HashMap<String, Slot>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn fetch(url: &Url, network: &Network<'_>) -> Result<Kept, OutOfSockets> {
    let outcome: Outcome = match timeout(PATIENCE, http::get(url, network, LARGEST)).await {
        Ok(Ok(answer)) => body::certificates(&answer).map(Arc::from),
        Ok(Err(Trouble::Theirs(failure))) => Err(failure),
        Ok(Err(Trouble::Ours(error))) => return Err(error),
        Err(_) => Err(FetchFailure::Timeout),
    };
    let until = Instant::now() + if outcome.is_ok() { GOOD_FOR } else { BAD_FOR };
    Ok(Kept { outcome, until })
}

/// For one address with its redirects, whoever waits for it.
const PATIENCE: Duration = Duration::from_secs(5);
/// Authorities put a new certificate at a new address.
const GOOD_FOR: Duration = Duration::from_secs(12 * 60 * 60);
const BAD_FOR: Duration = Duration::from_secs(60);
/// A PKCS #7 with the certificates of a whole authority is a few kilobytes.
const LARGEST: usize = 64 * 1024;
/// Of 64 kB each at the most: 16 MB.
const MOST: usize = 256;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn no_more_is_kept_than_there_is_room_for_and_the_oldest_goes_first() {
        let (shelf, now) = (Shelf::default(), Instant::now());
        let url = |number: usize| Url::parse(&format!("http://ca.example/{number}")).unwrap();
        let first = shelf.slot(&url(0), now);
        for number in 1..=MOST {
            shelf.slot(&url(number), now + Duration::from_secs(1));
        }
        assert_eq!(shelf.slots().len(), MOST);
        assert!(!Arc::ptr_eq(&first, &shelf.slot(&url(0), now)));
    }

    #[test]
    fn a_failure_is_forgotten_soon_and_a_certificate_is_not() {
        let (shelf, now) = (Shelf::default(), Instant::now());
        let good: Outcome = Ok(Arc::from(Vec::new()));
        for (name, outcome, kept_for) in [("good", good, GOOD_FOR), ("bad", Err(FetchFailure::Timeout), BAD_FOR)] {
            let url = Url::parse(&format!("http://ca.example/{name}")).unwrap();
            let slot = shelf.slot(&url, now);
            slot.set(Kept { outcome, until: now + kept_for }).unwrap();
            let just_before = now + kept_for - Duration::from_millis(1);
            assert!(Arc::ptr_eq(&slot, &shelf.slot(&url, just_before)), "{name}");
            assert!(!Arc::ptr_eq(&slot, &shelf.slot(&url, now + kept_for)), "{name}");
        }
    }
}
