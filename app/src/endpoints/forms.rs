//! The forms of the page of an endpoint. What is typed into one stays while the page is read again,
//! whatever was read: each form knows by itself what was saved when it was drawn.

use leptos::prelude::*;
use leptos_router::{
    NavigateOptions,
    hooks::{use_location, use_navigate},
};
use model::{endpoints::route::Route, service::EndpointId};

use super::{
    api::{ChangeTags, EndpointData, ROUTE, RouteAct, RouteEndpoint, TAGS, endpoint_page},
    route::{self, RouteForm, TrialOutcome},
    tags::{self, TagsForm},
};
use crate::{
    clash::{Unsaved, read_again, read_when_met},
    drafts::Left,
    error::AppError,
    i18n::*,
    preferences::use_locale,
    query, toast,
    wording::use_wording,
};

/// What can be changed of an endpoint. It outlives the forms.
#[derive(Clone, Copy)]
pub struct Actions {
    tags: ServerAction<ChangeTags>,
    unsaved_tags: Unsaved<ChangeTags>,
    route: ServerAction<RouteEndpoint>,
    unsaved_route: Unsaved<RouteEndpoint>,
    /// Leads back to the usual route.
    pub reset_route: ServerAction<RouteEndpoint>,
    /// What came of a route that was to be kept: a trial saves nothing.
    kept_route: Signal<Option<Result<(), AppError>>>,
    /// Whether a route that was to be tried once was refused.
    refused_trial: Signal<bool>,
}

impl Actions {
    /// They say when something was saved.
    pub fn set_up() -> Self {
        let (tags, route, reset_route) = (ServerAction::new(), ServerAction::new(), ServerAction::new());
        let (unsaved_tags, unsaved_route) = (Unsaved::new(tags), Unsaved::new(route));
        let keeps = RwSignal::new(false);
        Effect::new(move || {
            if let Some(RouteEndpoint { act, .. }) = route.input().get() {
                keeps.set(act == RouteAct::Keep);
            }
        });
        let kept_route = Signal::derive(move || route.value().get().filter(|_| keeps.get_untracked()));
        let is_refused = move || route.value().with(|answer| matches!(answer, Some(Err(_))));
        let refused_trial = Signal::derive(move || is_refused() && !keeps.get_untracked());
        let actions = Self { tags, unsaved_tags, route, unsaved_route, reset_route, kept_route, refused_trial };
        let words = td_string!(use_locale(), common.saved);
        for saved in actions.answers() {
            toast::say_when_done(saved, words);
        }
        actions
    }

    /// With the form that was refused before the page came.
    pub fn begin_with(self, id: EndpointId, left: &str) {
        self.unsaved_tags.begin_with(tags::refused(id, &Left::of(left, TAGS)));
        self.unsaved_route.begin_with(route::refused(id, &Left::of(left, ROUTE)));
    }

    /// Calls `then` whenever something was saved.
    pub fn when_saved(self, then: impl Fn() + Copy + 'static) {
        for saved in self.answers() {
            when_done(saved, then);
        }
    }

    fn answers(self) -> [Signal<Option<Result<(), AppError>>>; 3] {
        [self.tags.value().into(), self.kept_route, self.reset_route.value().into()]
    }
}

/// The route, and the revision that goes back with it.
pub(super) fn route_of(data: &EndpointData) -> (Route, i64) {
    (data.detail.route.clone(), data.detail.route_revision)
}

/// Tags and route, to be changed by those who may.
#[component]
pub fn Forms(
    /// As read last.
    shown: RwSignal<EndpointData>,
    /// Why it could not be read again.
    failed: RwSignal<Option<AppError>>,
    /// What changes it.
    actions: Actions,
) -> impl IntoView {
    let id = shown.with_untracked(|data| data.detail.id);
    let wording = use_wording();
    let read = move || endpoint_page(id, None, None, shown.with_untracked(EndpointData::observed_at), wording);
    let tags = Form::new(shown, failed, |data| data.detail.tags.clone());
    when_done(actions.tags.value().into(), move || tags.saved());
    read_when_met(actions.tags, read_again(tags.now, move || async move { Ok(read().await?.detail.tags) }));
    let route = Form::new(shown, failed, route_of);
    when_done(actions.kept_route, move || route.saved());
    // Something else may have been typed beside the button.
    when_done(actions.reset_route.value().into(), move || route.own.set(true));
    read_when_met(actions.route, read_again(route.now, move || async move { Ok(route_of(&read().await?)) }));
    if actions.unsaved_tags.get_untracked().is_some() {
        tags.typed.set(true);
    }
    if actions.unsaved_route.get_untracked().is_some() || shown.with_untracked(|data| data.trial.is_some()) {
        route.typed.set(true);
    }
    view! {
        <div class="contents" on:input=move |_| tags.typed.set(true)>
            {tags.drawn_anew(move |_| {
                view! { <TagsForm id now=tags.now.into() change=actions.tags unsaved=actions.unsaved_tags/> }
            })}
        </div>
        <RouteSection shown route actions/>
    }
    .into_any()
}

/// What came of a trial, and the form of the route.
#[component]
fn RouteSection(shown: RwSignal<EndpointData>, route: Form<(Route, i64)>, actions: Actions) -> impl IntoView {
    let locale = use_locale();
    let (id, target) = shown.with_untracked(|data| (data.detail.id, data.detail.target.clone()));
    let trial = Memo::new(move |_| shown.with(|data| data.trial.clone()));
    let tried = trial.get_untracked().map(|trial| trial.route);
    // What came of another trial would stand above what was refused as if it were of that.
    let (location, navigate) = (use_location(), use_navigate());
    Effect::new(move || {
        if actions.refused_trial.get() {
            let (path, search) = (location.pathname.get_untracked(), location.search.get_untracked());
            if query::value(&search, TRIAL).is_some() {
                let options = NavigateOptions { replace: true, scroll: false, ..NavigateOptions::default() };
                navigate(&query::address(&path, &search, &[TRIAL]), options);
            }
        }
    });
    view! {
        <section class="panel flex flex-col gap-4" id=ROUTE on:input=move |_| route.typed.set(true)>
            <h2 class="text-lg font-semibold">{td!(locale, endpoints.route.title)}</h2>
            {move || trial.get().map(|trial| {
                let now = shown.with_untracked(|data| data.now);
                view! { <TrialOutcome trial now/> }
            })}
            {route.drawn_anew(move |drawn| {
                let saved = || route.now.with_untracked(|(route, _)| route.clone());
                let begin = if drawn == 0 { tried.clone().unwrap_or_else(saved) } else { saved() };
                let (target, change, unsaved) = (target.clone(), actions.route, actions.unsaved_route);
                view! { <RouteForm id target begin now=route.now.into() change unsaved/> }
            })}
        </section>
    }
    .into_any()
}

/// In the query of the page: the trial whose outcome it shows.
const TRIAL: &str = "trial";

/// A form that is drawn anew with what was saved, unless something else is being typed into it.
struct Form<T: 'static> {
    /// What is saved, as far as whoever types knows: what somebody else saves meanwhile is told to them
    /// when they save, and then counts as known.
    now: RwSignal<T>,
    /// Whether something was typed since it was drawn.
    typed: RwSignal<bool>,
    /// Whether what is read next was saved here.
    own: RwSignal<bool>,
    /// How often it was drawn anew.
    drawn: RwSignal<u32>,
}

impl<T> Clone for Form<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Form<T> {}

impl<T: Clone + PartialEq + Send + Sync + 'static> Form<T> {
    /// Of a part of what is shown; it follows that.
    fn new(shown: RwSignal<EndpointData>, failed: RwSignal<Option<AppError>>, part: fn(&EndpointData) -> T) -> Self {
        let form = Self::of(shown.with_untracked(part));
        Effect::new(move || form.meet(shown.with(part)));
        Effect::new(move || {
            if failed.with(Option::is_some) {
                form.miss();
            }
        });
        form
    }

    fn of(now: T) -> Self {
        Self {
            now: RwSignal::new(now),
            typed: RwSignal::new(false),
            own: RwSignal::new(false),
            drawn: RwSignal::new(0),
        }
    }

    /// With fields of its own each time: those that were typed into keep what was typed.
    fn drawn_anew<V: IntoView + 'static>(self, draw: impl Fn(u32) -> V + Clone + Send + 'static) -> impl IntoView {
        view! { <For each=move || [self.drawn.get()] key=|drawn| *drawn children=draw/> }
    }

    /// What was typed was saved.
    fn saved(self) {
        self.typed.set(false);
        self.own.set(true);
    }

    /// What was saved here was not read: what comes later may be somebody else's.
    fn miss(self) {
        self.own.set(false);
    }

    /// Takes in what was read again.
    fn meet(self, fresh: T) {
        let (own, typed) = (self.own.get_untracked(), self.typed.get_untracked());
        if own || (!typed && self.now.with_untracked(|now| *now != fresh)) {
            self.now.set(fresh);
            if !typed {
                self.drawn.update(|drawn| *drawn = drawn.wrapping_add(1));
            }
        }
        self.own.set(false);
    }
}

/// Calls `then` with each success from now on.
fn when_done(done: Signal<Option<Result<(), AppError>>>, then: impl Fn() + 'static) {
    Effect::new(move |before: Option<()>| {
        // What was there before may be of another endpoint.
        if done.with(|done| matches!(done, Some(Ok(())))) && before.is_some() {
            then();
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the form takes for saved, and how often it was drawn anew.
    fn of(form: Form<i64>) -> (i64, u32) {
        (form.now.get_untracked(), form.drawn.get_untracked())
    }

    #[test]
    fn what_was_saved_here_is_met_and_what_somebody_else_saves_is_not_while_one_types() {
        Owner::new().with(|| {
            let form = Form::of(1);
            form.meet(2);
            assert_eq!(of(form), (2, 1));
            form.typed.set(true);
            form.meet(3);
            assert_eq!(of(form), (2, 1), "somebody else's");
            form.saved();
            form.typed.set(true);
            form.meet(4);
            assert_eq!(of(form), (4, 1), "what was saved here, and more is typed already");
        });
    }

    #[test]
    fn after_a_reading_that_failed_nothing_is_taken_for_what_was_saved_here() {
        Owner::new().with(|| {
            let form = Form::of(1);
            form.saved();
            form.miss();
            form.typed.set(true);
            form.meet(3);
            assert_eq!(of(form), (1, 0), "another save of this form is to meet what somebody else has saved");
            form.typed.set(false);
            form.meet(3);
            assert_eq!(of(form), (3, 1));
        });
    }
}
