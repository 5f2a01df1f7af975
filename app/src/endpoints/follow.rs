//! Listens to a probe run in the browser: server-sent events, and asking every two seconds where
//! those do not get through.

use std::time::Duration;

use leptos::{prelude::*, task::spawn_local};
use model::{endpoints::Run, service::RunId};
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{Event, EventSource, MessageEvent};

use super::{api::run_state, probe_now::Following};
use crate::error::AppError;

const POLL: Duration = Duration::from_secs(2);

/// Keeps `following` up to date while there is a run to follow; `on_finished` runs once it has
/// ended or is gone.
pub(super) fn follow(following: RwSignal<Following>, on_finished: Callback<()>) {
    let under_way = Memo::new(move |_| following.with(Following::under_way));
    // Dropped with the component, and with it the connection.
    let stream = StoredValue::new_local(None::<Stream>);
    Effect::new(move |before: Option<Option<RunId>>| {
        let now = under_way.get();
        stream.set_value(now.and_then(|id| Stream::open(id, following)));
        if now.is_none() && before.flatten().is_some() {
            on_finished.run(());
        }
        now
    });
}

/// An open event stream; closed on drop.
struct Stream {
    source: EventSource,
    _message: Closure<dyn FnMut(MessageEvent)>,
    _error: Closure<dyn FnMut(Event)>,
}

impl Stream {
    fn open(id: RunId, following: RwSignal<Following>) -> Option<Self> {
        let Ok(source) = EventSource::new(&format!("/events/runs/{id}")) else {
            poll(id, following);
            return None;
        };
        let message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            if let Some(run) = event.data().as_string().and_then(|data| serde_json::from_str::<Run>(&data).ok()) {
                following.try_set(Following::At(run));
            }
        });
        let error = Closure::<dyn FnMut(Event)>::new(move |event: Event| {
            // The browser reconnects by itself unless the server refused: then the stream is closed.
            let source = event.target().and_then(|target| target.dyn_into::<EventSource>().ok());
            if source.is_some_and(|source| source.ready_state() == EventSource::CLOSED) {
                poll(id, following);
            }
        });
        source.set_onmessage(Some(message.as_ref().unchecked_ref()));
        source.set_onerror(Some(error.as_ref().unchecked_ref()));
        Some(Self { source, _message: message, _error: error })
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.source.set_onmessage(None);
        self.source.set_onerror(None);
        self.source.close();
    }
}

/// Asks for the state of the run until it has ended, is gone, or nobody looks any more.
fn poll(id: RunId, following: RwSignal<Following>) {
    spawn_local(async move {
        match run_state(id).await {
            Ok(run) => {
                following.try_set(run.into());
            }
            // The connection may come back.
            Err(AppError::Transport(_)) => {}
            Err(_) => {
                following.try_set(Following::Nothing);
            }
        }
        if following.try_with_untracked(Following::under_way).flatten() == Some(id) {
            set_timeout(move || poll(id, following), POLL);
        }
    });
}
