//! Probe runs: what is under way, how far it is, and the last few that have ended. In memory: a
//! run does not outlive the process, what it has stored does.

use std::{
    collections::{BTreeMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use futures::stream;
use model::{
    HostPort, Timestamp, Verdict,
    endpoints::{Depth, Progress, Run, RunStep, Scope, Step, list::EndpointFilter},
    service::{EndpointId, RunId},
};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::store::count;

/// The runs of this process. Cheap to clone; clones share everything.
#[derive(Clone, Debug)]
pub struct Runs(Arc<Mutex<Registry>>);

#[derive(Debug)]
struct Registry {
    next: i64,
    runs: BTreeMap<RunId, Entry>,
}

#[derive(Debug)]
struct Entry {
    endpoints: HashSet<EndpointId>,
    state: watch::Sender<Run>,
    cancel: CancellationToken,
}

/// What somebody wants probed, and what that is called.
#[derive(Clone, Debug)]
pub(super) struct Wish {
    pub(super) scope: Scope,
    pub(super) name: Option<String>,
    pub(super) filter: Option<EndpointFilter>,
    pub(super) depth: Depth,
}

/// Whether a run has begun.
pub(super) enum Started {
    /// It begins now, and ends when this is dropped.
    Now(Running),
    /// The same is under way already, at least as deep.
    Before(RunId),
}

impl Runs {
    /// No runs yet. Ids begin with the time, so that a link from before a restart finds nothing
    /// rather than a stranger's run.
    pub(super) fn new(now: Timestamp) -> Self {
        Self(Arc::new(Mutex::new(Registry { next: now.as_millisecond(), runs: BTreeMap::new() })))
    }

    pub(super) fn start(&self, wish: Wish, endpoints: impl Iterator<Item = EndpointId>, now: Timestamp) -> Started {
        let Wish { scope, name, filter, depth } = wish;
        let endpoints: HashSet<_> = endpoints.collect();
        let mut registry = self.registry();
        let is_same = |run: &Run, probed: &HashSet<EndpointId>| match scope {
            // Two selections are two wishes.
            Scope::Selection => false,
            // Pressed twice, a filter is one; in another zone it may let others through.
            Scope::Filtered => run.scope == scope && run.filter.as_deref() == filter.as_ref() && *probed == endpoints,
            _ => run.scope == scope,
        };
        if let Some(id) = registry.under_way(|run, probed| run.depth >= depth && is_same(run, probed)) {
            return Started::Before(id);
        }
        registry.forget_old();
        let id = RunId(registry.next);
        registry.next += 1;
        let total = count(endpoints.len());
        let (state, _) = watch::channel(Run {
            id,
            scope,
            name,
            filter: filter.map(Box::new),
            depth,
            total,
            done: 0,
            steps: Vec::new(),
            finished: false,
            cancelled: false,
            begun_at: now,
            seconds_left: None,
        });
        let cancel = CancellationToken::new();
        registry.runs.insert(id, Entry { endpoints, state: state.clone(), cancel: cancel.clone() });
        Started::Now(Running { id, depth, state, cancel })
    }

    /// The run of exactly this scope, while it is under way.
    pub fn under_way(&self, scope: Scope) -> Option<RunId> {
        self.registry().under_way(|run, _| run.scope == scope)
    }

    /// The same of a run that looks at least as deep.
    pub(super) fn under_way_to(&self, scope: Scope, depth: Depth) -> Option<RunId> {
        self.registry().under_way(|run, _| run.scope == scope && run.depth >= depth)
    }

    /// A run that probes this endpoint, while it is under way: its own before a mini program's.
    pub fn under_way_at(&self, endpoint: EndpointId) -> Option<RunId> {
        let registry = self.registry();
        registry.under_way(|run, _| run.scope == Scope::Endpoint(endpoint)).or_else(|| {
            registry
                .runs
                .iter()
                .find(|(_, entry)| !entry.state.borrow().finished && entry.endpoints.contains(&endpoint))
                .map(|(id, _)| *id)
        })
    }

    /// Every run that is remembered, newest first.
    pub(super) fn all(&self) -> Vec<Run> {
        self.registry().runs.values().rev().map(|entry| entry.state.borrow().clone()).collect()
    }

    /// Calls a run off. None when it is not known; otherwise whether it was still under way.
    pub(super) fn cancel(&self, id: RunId) -> Option<bool> {
        let registry = self.registry();
        let entry = registry.runs.get(&id)?;
        let under_way = !entry.state.borrow().finished;
        if under_way {
            entry.cancel.cancel();
            entry.state.send_modify(|run| run.cancelled = true);
        }
        Some(under_way)
    }

    pub(super) fn state(&self, id: RunId) -> Option<Run> {
        self.registry().runs.get(&id).map(|entry| entry.state.borrow().clone())
    }

    pub(super) fn follow(&self, id: RunId) -> Option<Progress> {
        let mut states = self.registry().runs.get(&id)?.state.subscribe();
        // The state now counts as news.
        states.mark_changed();
        Some(Box::pin(stream::unfold(Some(states), |states| async move {
            let mut states = states?;
            states.changed().await.ok()?;
            let run = states.borrow_and_update().clone();
            let rest = (!run.finished).then_some(states);
            Some((run, rest))
        })))
    }

    fn registry(&self) -> MutexGuard<'_, Registry> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Registry {
    fn under_way(&self, wanted: impl Fn(&Run, &HashSet<EndpointId>) -> bool) -> Option<RunId> {
        self.runs
            .iter()
            .find(|(_, entry)| {
                let run = entry.state.borrow();
                !run.finished && wanted(&run, &entry.endpoints)
            })
            .map(|(id, _)| *id)
    }

    fn forget_old(&mut self) {
        let ended: Vec<_> =
            self.runs.iter().filter(|(_, entry)| entry.state.borrow().finished).map(|(id, _)| *id).collect();
        for id in ended.iter().take(ended.len().saturating_sub(REMEMBERED)) {
            self.runs.remove(id);
        }
    }
}

/// A run under way. Dropped, it has ended.
#[derive(Debug)]
pub(super) struct Running {
    id: RunId,
    depth: Depth,
    state: watch::Sender<Run>,
    cancel: CancellationToken,
}

impl Running {
    /// Cancelled once somebody has called the run off.
    pub(super) fn cancel(&self) -> &CancellationToken {
        &self.cancel
    }

    pub(super) fn id(&self) -> RunId {
        self.id
    }

    /// How much of each endpoint is looked at.
    pub(super) fn depth(&self) -> Depth {
        self.depth
    }

    /// Says what goes on at one endpoint.
    pub(super) fn step(&self, endpoint: EndpointId, target: &HostPort, step: Step) {
        self.state.send_modify(|run| show(run, RunStep { endpoint, target: target.clone(), step }));
    }

    /// Counts an endpoint; without a verdict nothing could be stored of it.
    pub(super) fn done(&self, endpoint: EndpointId, target: HostPort, verdict: Option<Verdict>, now: Timestamp) {
        self.state.send_modify(|run| {
            run.done += 1;
            run.seconds_left = seconds_left(run, now);
            match verdict {
                Some(verdict) => show(run, RunStep { endpoint, target, step: Step::Done { verdict } }),
                None => run.steps.retain(|step| step.endpoint != endpoint),
            }
        });
    }

    /// Counts an endpoint whose probe broke.
    pub(super) fn lost(&self) {
        self.state.send_modify(|run| run.done += 1);
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.state.send_modify(|run| run.finished = true);
    }
}

/// As long again for each that is left as for each that is done.
fn seconds_left(run: &Run, now: Timestamp) -> Option<u64> {
    let passed = u64::try_from(now.duration_since(run.begun_at).as_millis()).ok()?;
    let left = u64::from(run.total.saturating_sub(run.done));
    passed.checked_mul(left)?.checked_div(u64::from(run.done)).map(|milliseconds| milliseconds.div_ceil(1000))
}

fn show(run: &mut Run, step: RunStep) {
    run.steps.retain(|shown| shown.endpoint != step.endpoint);
    run.steps.insert(0, step);
    run.steps.truncate(SHOWN);
}

/// Runs that have ended and can still be looked at.
const REMEMBERED: usize = 100;

/// Steps shown at a time.
const SHOWN: usize = 6;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use futures::StreamExt as _;
    use model::service::ProgramId;

    use super::*;

    const SCOPE: Scope = Scope::Program(ProgramId(1));

    fn started(runs: &Runs, scope: Scope, endpoints: &[i64]) -> Running {
        started_at(runs, scope, Depth::Full, endpoints).unwrap_or_else(|id| panic!("{id} is under way"))
    }

    fn started_at(runs: &Runs, scope: Scope, depth: Depth, endpoints: &[i64]) -> Result<Running, RunId> {
        let wish = Wish { scope, name: None, filter: None, depth };
        match runs.start(wish, endpoints.iter().copied().map(EndpointId), Timestamp::UNIX_EPOCH) {
            Started::Now(running) => Ok(running),
            Started::Before(id) => Err(id),
        }
    }

    #[test]
    fn a_scope_is_probed_once_at_a_time() {
        let runs = Runs::new(Timestamp::UNIX_EPOCH);
        let first = started(&runs, SCOPE, &[1, 2]);
        assert_eq!(started_at(&runs, SCOPE, Depth::Full, &[]).unwrap_err(), first.id());
        assert_eq!(runs.under_way_at(EndpointId(2)), Some(first.id()));
        let own = started(&runs, Scope::Endpoint(EndpointId(2)), &[2]);
        assert_eq!(runs.under_way_at(EndpointId(2)), Some(own.id()));
        drop(first);
        assert_eq!(runs.under_way(SCOPE), None);
        started(&runs, SCOPE, &[1]);
    }

    #[test]
    fn who_asks_for_more_does_not_get_a_run_that_looks_at_less() {
        let runs = Runs::new(Timestamp::UNIX_EPOCH);
        let full = started(&runs, SCOPE, &[1]);
        assert_eq!(runs.under_way_to(SCOPE, Depth::Deep), None);
        let deep = started_at(&runs, SCOPE, Depth::Deep, &[1]).unwrap();
        assert_eq!((runs.state(deep.id()).unwrap().depth, deep.depth()), (Depth::Deep, Depth::Deep));
        drop(full);
        for depth in [Depth::Full, Depth::Deep] {
            assert_eq!(started_at(&runs, SCOPE, depth, &[1]).unwrap_err(), deep.id(), "{depth:?}");
        }
    }

    #[tokio::test]
    async fn who_follows_sees_the_state_now_and_then_the_end() {
        let runs = Runs::new(Timestamp::UNIX_EPOCH);
        let running = started(&runs, SCOPE, &[1, 2]);
        let mut states = runs.follow(running.id()).unwrap();
        assert_eq!(states.next().await.unwrap().done, 0);
        let target: HostPort = "a.example".parse().unwrap();
        running.step(EndpointId(1), &target, Step::Resolving);
        assert_eq!(states.next().await.unwrap().steps.len(), 1);
        running.done(EndpointId(1), target, Some(Verdict::Pass), Timestamp::from_second(10).unwrap());
        assert_eq!(runs.state(running.id()).unwrap().seconds_left, Some(10));
        running.lost();
        let id = running.id();
        drop(running);
        let last = states.next().await.unwrap();
        assert!(last.finished);
        assert_eq!((last.done, last.total), (2, 2));
        assert!(states.next().await.is_none());

        let again: Vec<_> = runs.follow(id).unwrap().collect().await;
        assert_eq!(again.len(), 1);
    }

    #[test]
    fn old_runs_are_forgotten_and_running_ones_never() {
        let runs = Runs::new(Timestamp::UNIX_EPOCH);
        let first = started(&runs, SCOPE, &[1]);
        for endpoint in 0..300 {
            started(&runs, Scope::Endpoint(EndpointId(endpoint)), &[endpoint]);
        }
        assert!(runs.registry().runs.len() <= REMEMBERED + 2);
        assert!(runs.state(first.id()).is_some());
    }

    #[test]
    fn a_run_that_is_called_off_says_so_and_a_run_that_has_ended_cannot_be() {
        let runs = Runs::new(Timestamp::UNIX_EPOCH);
        let running = started(&runs, SCOPE, &[1, 2]);
        let id = running.id();
        assert_eq!(runs.cancel(id), Some(true));
        assert!(running.cancel().is_cancelled());
        assert!(runs.state(id).unwrap().cancelled);
        drop(running);
        assert_eq!(runs.cancel(id), Some(false));
        assert_eq!(runs.cancel(RunId(1)), None);
    }

    #[test]
    fn two_selections_are_two_wishes_and_one_filter_is_one() {
        let runs = Runs::new(Timestamp::UNIX_EPOCH);
        let (one, other) = (started(&runs, Scope::Selection, &[1]), started(&runs, Scope::Selection, &[1]));
        assert_ne!(one.id(), other.id());
        assert_eq!(runs.all().first().map(|run| run.id), Some(other.id()));

        let of = |text: &str| EndpointFilter { text: Some(text.to_owned()), ..EndpointFilter::default() };
        let filtered = |text: &str, endpoints: &[i64]| {
            let wish = Wish { scope: Scope::Filtered, name: None, filter: Some(of(text)), depth: Depth::Full };
            runs.start(wish, endpoints.iter().copied().map(EndpointId), Timestamp::UNIX_EPOCH)
        };
        let Started::Now(one) = filtered("a", &[1, 2]) else { panic!("nothing is under way") };
        assert!(matches!(filtered("a", &[2, 1]), Started::Before(id) if id == one.id()), "pressed twice");
        let Started::Now(other) = filtered("b", &[1, 2]) else { panic!("another filter is another wish") };
        assert_ne!(one.id(), other.id());
        let Started::Now(fewer) = filtered("a", &[1]) else { panic!("what it lets through is something else") };
        assert!(matches!(filtered("a", &[1]), Started::Before(id) if id == fewer.id()), "pressed twice");
        assert!(matches!(filtered("a", &[1, 2, 3]), Started::Now(_)), "of no run is the other a part");
        drop(one);
        assert!(matches!(filtered("a", &[1, 2]), Started::Now(_)), "it has ended");
    }
}
