//! "Probe now": a button, and how far the probe is. Without JavaScript the form is sent as it is,
//! and a link loads the page again: by itself it would take away what is typed in its other forms.

use leptos::prelude::*;
use model::{
    endpoints::{Run, RunStep, Scope, Step},
    service::RunId,
};

use super::api::{CancelRun, StartProbe};
use crate::{
    components::{FormError, Target, waits},
    i18n::*,
    preferences::use_locale,
    verdict::VerdictBadge,
};

/// A probe run as far as this page knows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Following {
    /// No run.
    #[default]
    Nothing,
    /// A run of which nothing more is known yet.
    Begun(RunId),
    /// The last state heard.
    At(Run),
}

impl Following {
    /// The run to listen to, unless it has ended.
    pub fn under_way(&self) -> Option<RunId> {
        match self {
            Self::Nothing => None,
            Self::Begun(id) => Some(*id),
            Self::At(run) => (!run.finished).then_some(run.id),
        }
    }
}

impl From<Option<Run>> for Following {
    fn from(run: Option<Run>) -> Self {
        run.map_or(Self::Nothing, Self::At)
    }
}

/// Starts a probe and shows how far it is, whoever started it.
#[component]
pub fn ProbeNow(
    /// What to probe.
    scope: Scope,
    /// The run under way, if any: the server already shows how far it is.
    #[prop(into)]
    run: Following,
    /// Called when a run that was followed has ended: load the page's data again.
    #[prop(into)]
    on_finished: Callback<()>,
    /// Whether whoever looks may start a probe, and call one off.
    #[prop(default = true)]
    may_start: bool,
) -> impl IntoView {
    let locale = use_locale();
    let start = ServerAction::<StartProbe>::new();
    let following = RwSignal::new(run);
    Effect::new(move || {
        if let Some(Ok(id)) = start.value().get() {
            following.set(Following::Begun(id));
        }
    });
    #[cfg(feature = "hydrate")]
    super::follow::follow(following, on_finished);
    #[cfg(not(feature = "hydrate"))]
    let _ = on_finished;

    let error = Signal::derive(move || start.value().get().and_then(Result::err));
    let begins = start.pending();
    let busy = Memo::new(move |_| begins.get() || following.with(|run| run.under_way().is_some()));
    let (field, id) = form_field(scope);
    let of_one = matches!(scope, Scope::Endpoint(_));
    view! {
        <div class="flex w-full flex-col gap-2 sm:w-80">
            {may_start.then(|| view! {
                <ActionForm action=start attr:class="flex flex-wrap items-center gap-x-4 gap-y-2 sm:flex-row-reverse">
                    <input type="hidden" name=field value=id/>
                    <button class="btn btn-primary btn-sm" aria-disabled=waits(busy)>
                        {move || if busy.get() { td_string!(locale, endpoints.probe_now.busy) } else { td_string!(locale, endpoints.probe_now.start) }}
                    </button>
                    {of_one.then(|| view! {
                        <label class="flex items-center gap-2 text-sm">
                            <input type="checkbox" class="checkbox checkbox-sm" name="depth" value="deep"/>
                            {td!(locale, endpoints.probe_now.deep)}
                        </label>
                    })}
                </ActionForm>
            })}
            <FormError error fields=&[] is_typed=of_one/>
            <div class="sm:text-end">
                <State following may_cancel=may_start/>
                {move || following.with(|run| run.under_way().map(|_| view! { <WithoutScript/> }))}
            </div>
        </div>
    }
    .into_any()
}

/// A link that shows how far the run is by now, for browsers that run no script.
#[component]
fn WithoutScript() -> impl IntoView {
    let locale = use_locale();
    let words = td_string!(locale, endpoints.probe_now.look);
    let link = format!(r#"<a class="link text-sm" href="">{words}</a>"#);
    view! { <noscript inner_html=link></noscript> }
}

/// How far a run is, in a line, and while it is under way with its steps and a way to call it off for those
/// who may.
#[component]
pub fn State(
    /// The run, kept up to date by whoever follows it.
    following: RwSignal<Following>,
    /// Whether whoever looks may call it off.
    may_cancel: bool,
) -> impl IntoView {
    let locale = use_locale();
    view! {
        <p class="text-sm" role="status" aria-live="polite">{move || following.with(|run| summary(run, locale))}</p>
        {move || following.with(|run| run.under_way().map(|id| view! {
            <Progress following=run.clone()/>
            {may_cancel.then(|| view! { <Cancel id/> })}
        }))}
    }
}

/// Calls a run off.
#[component]
fn Cancel(id: RunId) -> impl IntoView {
    let locale = use_locale();
    let cancel = ServerAction::<CancelRun>::new();
    let error = Signal::derive(move || cancel.value().get().and_then(Result::err));
    view! {
        <ActionForm action=cancel>
            <FormError error fields=&[]/>
            <input type="hidden" name="id" value=id.to_string()/>
            <button class="btn btn-ghost btn-xs" aria-disabled=waits(cancel.pending())>{td!(locale, endpoints.probe_now.cancel)}</button>
        </ActionForm>
    }
}

/// Bar and steps of a run under way.
#[component]
fn Progress(following: Following) -> impl IntoView {
    let locale = use_locale();
    let run = match following {
        Following::At(run) => Some(run),
        Following::Begun(_) | Following::Nothing => None,
    };
    let (done, total) = run.as_ref().map_or((None, None), |run| (Some(run.done), Some(run.total.max(1))));
    let steps = run.map(|run| run.steps).unwrap_or_default();
    view! {
        <progress class="progress progress-primary w-full" value=done max=total
            aria-label=td_string!(locale, endpoints.probe_now.progress)></progress>
        <ul class="flex flex-col gap-1 text-sm">
            {steps.into_iter().map(|step| view! { <StepLine step/> }).collect_view()}
        </ul>
    }
}

#[component]
fn StepLine(step: RunStep) -> impl IntoView {
    let locale = use_locale();
    let RunStep { target, step, .. } = step;
    let state = match step {
        Step::Done { verdict } => view! { <VerdictBadge verdict/> }.into_any(),
        step => view! { <span class="text-base-content/80">{step_words(&step, locale)}</span> }.into_any(),
    };
    view! {
        <li class="flex flex-wrap items-center justify-between gap-x-3">
            <span class="font-mono"><Target target/></span>
            {state}
        </li>
    }
}

/// The name and value of the hidden field that carries the scope, as serde_qs writes an enum.
fn form_field(scope: Scope) -> (&'static str, String) {
    match scope {
        Scope::Endpoint(id) => ("scope[endpoint]", id.to_string()),
        Scope::Program(id) => ("scope[program]", id.to_string()),
        Scope::Selection => ("scope", "selection".to_owned()),
        Scope::Filtered => ("scope", "filtered".to_owned()),
        Scope::All => ("scope", "all".to_owned()),
    }
}

/// One line on how far the run is.
fn summary(following: &Following, locale: Locale) -> Option<String> {
    match following {
        Following::Nothing => None,
        Following::Begun(_) => Some(td_string!(locale, endpoints.probe_now.begun).to_owned()),
        // What has begun is brought to its end, and counts.
        Following::At(run) if run.cancelled && !run.finished => {
            Some(td_string!(locale, endpoints.probe_now.cancelling, done = run.done, total = run.total))
        }
        Following::At(run) if run.cancelled => {
            Some(td_string!(locale, endpoints.probe_now.cancelled, done = run.done, total = run.total))
        }
        Following::At(run) if run.finished => {
            Some(td_string!(locale, endpoints.probe_now.finished, done = run.done, total = run.total))
        }
        Following::At(run) => {
            let count = td_string!(locale, endpoints.probe_now.count, done = run.done, total = run.total);
            Some(match run.seconds_left.map(|seconds| minutes_left(seconds, locale)) {
                Some(left) => format!("{count} · {left}"),
                None => count,
            })
        }
    }
}

/// About how long it will still take.
pub(crate) fn minutes_left(seconds: u64, locale: Locale) -> String {
    match seconds.div_ceil(60) {
        0 | 1 => td_string!(locale, endpoints.probe_now.left_minute).to_owned(),
        minutes => td_string!(locale, endpoints.probe_now.left_minutes, count = minutes),
    }
}

fn step_words(step: &Step, locale: Locale) -> String {
    match step {
        Step::Queued => td_string!(locale, endpoints.step.queued).to_owned(),
        Step::Resolving => td_string!(locale, endpoints.step.resolving).to_owned(),
        Step::Connecting { addresses: 1 } => td_string!(locale, endpoints.step.connecting_one).to_owned(),
        Step::Connecting { addresses } => td_string!(locale, endpoints.step.connecting, addresses = *addresses),
        Step::Done { .. } => td_string!(locale, endpoints.step.done).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use model::{endpoints::Depth, service::EndpointId};

    use super::*;

    fn run(done: u32, finished: bool) -> Run {
        Run {
            id: RunId(3),
            scope: Scope::Endpoint(EndpointId(7)),
            name: Some("a.example:443".to_owned()),
            filter: None,
            depth: Depth::Full,
            total: 2,
            done,
            steps: Vec::new(),
            finished,
            cancelled: false,
            begun_at: model::Timestamp::UNIX_EPOCH,
            seconds_left: None,
        }
    }

    #[test]
    fn a_run_is_followed_until_it_has_finished() {
        let cases = [
            (Following::from(None::<Run>), None),
            (Following::Begun(RunId(3)), Some(RunId(3))),
            (Following::from(Some(run(2, false))), Some(RunId(3))),
            (Following::from(Some(run(2, true))), None),
        ];
        for (following, expected) in cases {
            assert_eq!(following.under_way(), expected, "{following:?}");
        }
    }

    #[test]
    fn the_summary_counts_in_both_languages() {
        let following = Following::At(run(1, false));
        for locale in [Locale::zh_CN, Locale::en] {
            let words = summary(&following, locale).unwrap_or_default();
            assert!(words.contains('1') && words.contains('2'), "{words}");
        }
        assert_eq!(summary(&Following::Nothing, Locale::en), None);
    }

    #[test]
    fn what_ends_after_a_run_is_called_off_is_told_apart() {
        let words = |done, finished| {
            let following = Following::At(Run { cancelled: true, ..run(done, finished) });
            summary(&following, Locale::en).unwrap_or_default()
        };
        assert_eq!(words(1, false), "Called off: 1 of 2 probed so far; what is under way is brought to its end.");
        assert_eq!(words(2, true), "Called off: 2 of 2 probed, with what was under way then.");
    }

    #[test]
    fn what_is_left_is_told_in_whole_minutes_and_never_as_less_than_one() {
        for (seconds, english, chinese) in [
            (0, "About a minute left.", "大约还需 1 分钟。"),
            (60, "About a minute left.", "大约还需 1 分钟。"),
            (61, "About 2 minutes left.", "大约还需 2 分钟。"),
            (3_600, "About 60 minutes left.", "大约还需 60 分钟。"),
        ] {
            assert_eq!(minutes_left(seconds, Locale::en), english, "{seconds}");
            assert_eq!(minutes_left(seconds, Locale::zh_CN), chinese, "{seconds}");
        }
        let under_way = Following::At(Run { seconds_left: Some(90), ..run(1, false) });
        assert_eq!(summary(&under_way, Locale::en).as_deref(), Some("1 of 2 probed · About 2 minutes left."));
        // Before the first is done nobody knows, and of what has ended nothing is left.
        for run in [run(0, false), Run { seconds_left: Some(90), ..run(2, true) }] {
            let words = summary(&Following::At(run), Locale::en).unwrap_or_default();
            assert!(!words.contains("left"), "{words}");
        }
    }
}
