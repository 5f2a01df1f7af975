//! Whose turn it is to be probed: so many endpoints at a time, and few of one host, so that a host
//! with many ports is not asked on all of them at once.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use model::ServerName;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The turns of this process.
#[derive(Debug)]
pub(super) struct Turns {
    all: Arc<Semaphore>,
    at_once: Mutex<usize>,
    by_host: Mutex<HashMap<ServerName, Arc<Semaphore>>>,
}

/// A turn; dropped, it is somebody else's.
pub(super) struct Turn {
    _of_host: OwnedSemaphorePermit,
    _of_all: OwnedSemaphorePermit,
}

impl Turns {
    pub(super) fn new(at_once: usize) -> Self {
        let at_once = at_once.clamp(1, Semaphore::MAX_PERMITS);
        Self { all: Arc::new(Semaphore::new(at_once)), at_once: Mutex::new(at_once), by_host: Mutex::default() }
    }

    /// Has so many turns from now on. Turns that are taken when there are to be fewer end in peace.
    pub(super) fn resize(&self, at_once: usize) {
        let wanted = at_once.clamp(1, Semaphore::MAX_PERMITS);
        let mut now = self.at_once.lock().unwrap_or_else(PoisonError::into_inner);
        if wanted > *now {
            self.all.add_permits(wanted - *now);
        } else {
            let (all, fewer) = (Arc::clone(&self.all), *now - wanted);
            let free = all.forget_permits(fewer);
            // The rest goes as it comes back.
            if let Ok(rest @ 1..) = u32::try_from(fewer - free) {
                tokio::spawn(async move {
                    if let Ok(turns) = all.acquire_many_owned(rest).await {
                        turns.forget();
                    }
                });
            }
        }
        *now = wanted;
    }

    /// Waits for a turn. The host's comes first: who waits for that holds no turn that another
    /// host could have.
    pub(super) async fn take(&self, host: &ServerName) -> Option<Turn> {
        let of_host = self.of(host).acquire_owned().await.ok()?;
        let of_all = Arc::clone(&self.all).acquire_owned().await.ok()?;
        Some(Turn { _of_host: of_host, _of_all: of_all })
    }

    fn of(&self, host: &ServerName) -> Arc<Semaphore> {
        let mut hosts = self.by_host.lock().unwrap_or_else(PoisonError::into_inner);
        if hosts.len() >= REMEMBERED {
            // Nobody but the map holds those whose turns are all free.
            hosts.retain(|_, turns| Arc::strong_count(turns) > 1);
        }
        Arc::clone(hosts.entry(host.clone()).or_insert_with(|| Arc::new(Semaphore::new(OF_ONE_HOST))))
    }
}

/// Endpoints of one host that are probed at the same time.
const OF_ONE_HOST: usize = 4;

/// Hosts that are remembered before those at rest are forgotten.
const REMEMBERED: usize = 1024;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use futures::FutureExt as _;

    use super::*;

    #[test]
    fn one_host_leaves_turns_to_the_others() {
        let turns = Turns::new(6);
        let (busy, other): (ServerName, ServerName) =
            ("busy.example".parse().unwrap(), "other.example".parse().unwrap());
        let mut held: Vec<Turn> =
            (0..OF_ONE_HOST).map(|_| turns.take(&busy).now_or_never().flatten().unwrap()).collect();
        assert!(turns.take(&busy).now_or_never().is_none());
        held.push(turns.take(&other).now_or_never().flatten().unwrap());
        held.push(turns.take(&other).now_or_never().flatten().unwrap());
        assert!(turns.take(&other).now_or_never().is_none(), "all six are taken");
        held.remove(0);
        assert!(turns.take(&busy).now_or_never().is_some());
    }

    #[tokio::test]
    async fn the_number_of_turns_grows_and_shrinks_while_some_are_taken() {
        let turns = Turns::new(2);
        let host = |number: usize| -> ServerName { format!("h{number}.example").parse().unwrap() };
        let (one, other) = (turns.take(&host(1)).await.unwrap(), turns.take(&host(2)).await.unwrap());
        turns.resize(1);
        drop(one);
        tokio::task::yield_now().await;
        assert!(turns.take(&host(3)).now_or_never().flatten().is_none(), "the one turn there is is taken");
        drop(other);
        assert!(turns.take(&host(3)).await.is_some());
        turns.resize(3);
        let held: Vec<Turn> = (4..9).map_while(|n| turns.take(&host(n)).now_or_never().flatten()).collect();
        assert_eq!(held.len(), 3);
    }

    #[test]
    fn hosts_at_rest_are_forgotten() {
        let turns = Turns::new(1);
        for number in 0..3 * REMEMBERED {
            let host = format!("h{number}.example").parse().unwrap();
            assert!(turns.take(&host).now_or_never().is_some());
        }
        assert!(turns.by_host.lock().unwrap().len() <= REMEMBERED);
    }
}
