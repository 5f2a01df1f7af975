//! The settings of a mini program, and its removal. What somebody else saves meanwhile is taken into
//! the form, and whoever has typed something else is told.

use leptos::{either::Either, prelude::*};
use leptos_router::hooks::use_location;
use model::{
    endpoints::UNNAMED_DAYS,
    limits::Limit,
    programs::{Owner, ProgramDetail},
    service::Field,
    url_check::WssPorts,
};

use super::{
    api::{ChangeProgram, RemoveProgram, SETTINGS},
    typed::{Differs, STRICT_SOCKETS, Setting, Typed, differences, merge},
};
use crate::{
    clash,
    components::{FieldError, FormError, TextField, error_id, problem_of, waits},
    error::AppError,
    findings::told::Told,
    i18n::*,
    preferences::use_locale,
    toast::{self, SavedBefore},
    words,
};

/// Name, owner, tags, limits, the skip-check flag; and below, the way to remove it.
#[component]
pub fn Settings(
    /// As read last.
    detail: Signal<ProgramDetail<Told>>,
    /// Who can be made an owner.
    people: Signal<Vec<Owner>>,
    /// Changes them.
    change: ServerAction<ChangeProgram>,
) -> impl IntoView {
    let locale = use_locale();
    let error = Signal::derive(move || change.value().get().and_then(Result::err));
    let saved = move || change.value().with(|value| matches!(value, Some(Ok(()))));
    toast::say_when_done(change.value().into(), td_string!(locale, common.saved));
    let form = Form::new(&detail.get_untracked());
    // What was saved here comes back as it was understood; it is nobody else's change.
    let own = RwSignal::new(false);
    Effect::new(move || {
        if saved() {
            own.set(true);
        }
    });
    Effect::new(move || {
        let fresh = detail.get();
        form.meet(&fresh, own.get_untracked());
        own.set(false);
    });
    view! {
        <section class="panel flex flex-col gap-4" id=SETTINGS>
            <h2 class="text-lg font-semibold">{td!(locale, programs.settings.title)}</h2>
            <Clashes form people/>
            <ActionForm action=change attr:class="flex max-w-xl flex-col gap-4" attr:novalidate=true>
                <FormError error=Signal::derive(move || error.get().filter(|error| !clash::is_conflict(error))) fields=FIELDS is_typed=true/>
                {move || {
                    let (revision, drawn) = form.drawn.get();
                    let owners = detail.with_untracked(|detail| owners(&people.get_untracked(), detail.owner.as_ref()));
                    view! { <Fields revision drawn owners form error/> }
                }}
                <div class="flex flex-wrap items-center gap-3">
                    <button class="btn btn-primary" aria-disabled=waits(change.pending())>{td!(locale, common.save)}</button>
                    <SavedBefore form=SETTINGS answered=Signal::derive(move || change.version().get() > 0)/>
                </div>
            </ActionForm>
            {move || view! { <Removal detail=detail.get()/> }}
        </section>
    }
    .into_any()
}

/// The fields that show their own errors.
const FIELDS: &[Field] = &[
    Field::ProgramName,
    Field::Owner,
    Field::Tags,
    Field::Limit(Limit::PerList),
    Field::Limit(Limit::Prefetch),
    Field::Limit(Limit::Business),
    Field::Limit(Limit::ChangesAMonth),
];

/// What stands in the form, apart from the inputs, which are drawn anew with it.
#[derive(Clone, Copy)]
struct Form {
    /// What the inputs were drawn with, and the revision that goes back with them.
    drawn: RwSignal<(i64, Typed)>,
    /// What they hold now.
    typed: RwSignal<Typed>,
    /// What was read last.
    read: RwSignal<Typed>,
    /// What somebody else has changed since.
    changed: RwSignal<Vec<Differs>>,
}

impl Form {
    /// As read; a refused form that was sent without JavaScript comes back in the URL.
    fn new(detail: &ProgramDetail<Told>) -> Self {
        let read = Typed::of(detail);
        let refused = use_location().search.with_untracked(|search| Typed::read(search));
        let (typed, changed) = match refused {
            Some((revision, typed)) if revision != detail.revision => {
                let changed = differences(&typed, &read);
                (typed, changed)
            }
            Some((_, typed)) => (typed, Vec::new()),
            None => (read.clone(), Vec::new()),
        };
        Self {
            drawn: RwSignal::new((detail.revision, typed.clone())),
            typed: RwSignal::new(typed),
            read: RwSignal::new(read),
            changed: RwSignal::new(changed),
        }
    }

    /// Takes in what was read again; `own` when it was saved here.
    fn meet(&self, fresh: &ProgramDetail<Told>, own: bool) {
        if self.drawn.with_untracked(|(revision, _)| *revision == fresh.revision) {
            return;
        }
        let theirs = Typed::of(fresh);
        let (typed, changed) = if own {
            (theirs.clone(), Vec::new())
        } else {
            merge(&self.read.get_untracked(), &self.typed.get_untracked(), &theirs)
        };
        self.read.set(theirs);
        self.typed.set(typed.clone());
        self.changed.set(changed);
        self.drawn.set((fresh.revision, typed));
    }
}

#[component]
fn Fields(
    revision: i64,
    drawn: Typed,
    /// Who can be chosen.
    owners: Vec<Owner>,
    form: Form,
    error: Signal<Option<AppError>>,
) -> impl IntoView {
    let locale = use_locale();
    let typed = form.typed;
    let keep = move |put: fn(&mut Typed, String)| {
        move |event: leptos::ev::Event| typed.update(|typed| put(typed, event_target_value(&event)))
    };
    let check = move |event| typed.update(|typed| typed.skip_check = event_target_checked(&event));
    let Typed { id, name, limits, strict_sockets, skip_check, owner, tags } = drawn;
    let nobody = (String::new(), td_string!(locale, programs.owner.nobody).to_owned());
    let people = owners.into_iter().map(|person| (person.id.to_string(), words::owner(&person, locale)));
    let options = [nobody].into_iter().chain(people).map(|(value, label)| {
        let selected = value == owner;
        view! { <option value=value selected=selected>{label}</option> }
    });
    let owner_problem = problem_of(Field::Owner, error);
    view! {
        <input type="hidden" name="id" value=id.to_string()/>
        <input type="hidden" name="revision" value=revision.to_string()/>
        <TextField name="name" field=Field::ProgramName error value=name label=td_string!(locale, programs.settings.name)
            on:input=keep(|typed, name| typed.name = name)/>
        <label class="field">
            <span class="field-label">{td!(locale, programs.owner.label)}</span>
            <select class="select w-full" name="owner" aria-describedby=error_id("owner")
                aria-invalid=move || owner_problem.with(Option::is_some).then_some("true")
                on:change=keep(|typed, owner| typed.owner = owner)>{options.collect_view()}</select>
            <span class="field-help">{td!(locale, programs.owner.help)}</span>
            <FieldError name="owner" problem=owner_problem/>
        </label>
        <TextField name="tags" field=Field::Tags error value=tags may_be_empty=true
            label=td_string!(locale, programs.tags.label)
            help=Signal::derive(move || words::tags_help(locale))
            on:input=keep(|typed, tags| typed.tags = tags)/>
        <LimitFields limits strict_sockets typed error/>
        <label class="flex items-start gap-3">
            <input type="checkbox" class="checkbox mt-0.5" name="skip_check" value="true" checked=skip_check on:change=check/>
            <span class="flex flex-col">
                <span class="font-medium">{td!(locale, programs.settings.skip_check)}</span>
                <span class="field-help">{td!(locale, programs.settings.skip_check_help)}</span>
            </span>
        </label>
    }
}

/// What WeChat grants the mini program.
#[component]
fn LimitFields(
    /// What they begin with.
    limits: [String; 4],
    /// The same for the ports of sockets.
    strict_sockets: bool,
    /// What the form holds.
    typed: RwSignal<Typed>,
    error: Signal<Option<AppError>>,
) -> impl IntoView {
    let locale = use_locale();
    let fields = Limit::ALL.into_iter().zip(limits).map(|(limit, value)| {
        let keep = move |event: leptos::ev::Event| {
            typed.update(|typed| typed.limits[limit as usize] = event_target_value(&event));
        };
        let help = move || {
            let ((least, most), usual) = (limit.bounds(), limit.usual());
            td_string!(locale, programs.settings.limit_help, usual = usual, least = least, most = most)
        };
        view! {
            <TextField name=limit.as_str() field=Field::Limit(limit) error is_number=true value
                label=limit_words(limit, locale) help=Signal::derive(help) on:input=keep/>
        }
    });
    let check = move |event| typed.update(|typed| typed.strict_sockets = event_target_checked(&event));
    view! {
        <fieldset class="flex flex-col gap-4">
            <legend class="mb-2 font-medium">{td!(locale, programs.settings.limits)}</legend>
            <div class="grid gap-4 sm:grid-cols-2">{fields.collect_view()}</div>
            <label class="flex items-start gap-3">
                <input type="checkbox" class="checkbox mt-0.5" name=STRICT_SOCKETS value="true" checked=strict_sockets on:change=check/>
                <span class="flex flex-col">
                    <span class="font-medium">{td!(locale, programs.settings.strict_sockets)}</span>
                    <span class="field-help">{td!(locale, programs.settings.strict_sockets_help)}</span>
                </span>
            </label>
        </fieldset>
    }
    .into_any()
}

fn limit_words(limit: Limit, locale: Locale) -> &'static str {
    match limit {
        Limit::PerList => td_string!(locale, programs.settings.per_list),
        Limit::Prefetch => td_string!(locale, programs.settings.prefetch),
        Limit::Business => td_string!(locale, programs.settings.business),
        Limit::ChangesAMonth => td_string!(locale, programs.settings.changes_a_month),
    }
}

/// Everybody who can be chosen: whoever may log in, and whoever it is already.
fn owners(people: &[Owner], owner: Option<&Owner>) -> Vec<Owner> {
    let is_owner = |person: &Owner| owner.is_some_and(|owner| owner.id == person.id);
    let mut shown: Vec<_> = people.iter().filter(|person| !person.disabled || is_owner(person)).cloned().collect();
    shown.extend(owner.filter(|owner| people.iter().all(|person| person.id != owner.id)).cloned());
    shown
}

/// What somebody else has changed since the form was read, and what the form holds.
#[component]
fn Clashes(form: Form, people: Signal<Vec<Owner>>) -> impl IntoView {
    let locale = use_locale();
    move || {
        let changed = form.changed.get();
        if changed.is_empty() {
            return None;
        }
        let yours = changed.iter().any(|differs| differs.now != differs.yours);
        let differs = changed.into_iter().map(|Differs { setting, now, yours }| {
            let words = |value: &str| setting_value(setting, value, &people.get_untracked(), locale);
            let (name, label) = (setting.as_str(), setting_words(setting, locale));
            clash::Differs { name, label, now: words(&now), yours: words(&yours) }
        });
        let differs = differs.collect::<Vec<_>>();
        let what_next = if yours {
            td_string!(locale, programs.clash.settings_yours)
        } else {
            td_string!(locale, programs.clash.settings_taken)
        };
        Some(view! {
            <clash::Frame id="clashes">
                <p class="font-medium">{td!(locale, programs.clash.settings)}</p>
                <clash::Differences differs/>
                <p>{what_next}</p>
            </clash::Frame>
        })
    }
}

fn setting_words(setting: Setting, locale: Locale) -> &'static str {
    match setting {
        Setting::Name => td_string!(locale, programs.settings.name),
        Setting::Owner => td_string!(locale, programs.owner.label),
        Setting::Tags => td_string!(locale, programs.tags.label),
        Setting::Limit(limit) => limit_words(limit, locale),
        Setting::StrictSockets => td_string!(locale, programs.settings.strict_sockets),
        Setting::SkipCheck => td_string!(locale, programs.settings.skip_check),
    }
}

fn setting_value(setting: Setting, value: &str, people: &[Owner], locale: Locale) -> String {
    match setting {
        Setting::Owner if value.is_empty() => td_string!(locale, programs.owner.nobody).to_owned(),
        Setting::Owner => {
            let person = people.iter().find(|person| person.id.to_string() == value);
            person.map_or_else(|| value.to_owned(), |person| words::owner(person, locale))
        }
        Setting::StrictSockets | Setting::SkipCheck => words::yes_or_no(value == "true", locale).to_owned(),
        _ => value.to_owned(),
    }
}

/// Owner, limits and flags as they are, for somebody who may not change them.
#[component]
pub fn SettingsToRead(
    /// As read last.
    detail: Signal<ProgramDetail<Told>>,
) -> impl IntoView {
    let locale = use_locale();
    let skip_check = move || words::yes_or_no(detail.with(|detail| detail.summary.skip_check), locale);
    let strict_sockets = move || words::yes_or_no(detail.with(|detail| detail.wss == WssPorts::Strict), locale);
    let limits = Limit::ALL.map(|limit| {
        view! {
            <dt class="font-medium">{limit_words(limit, locale)}</dt>
            <dd>{move || detail.with(|detail| detail.limits.of(limit))}</dd>
        }
    });
    let owner = move || match detail.with(|detail| detail.owner.clone()) {
        Some(owner) => Either::Left(words::owner(&owner, locale)),
        None => Either::Right(td_string!(locale, programs.owner.nobody)),
    };
    view! {
        <section class="panel flex flex-col gap-3" id=SETTINGS>
            <h2 class="text-lg font-semibold">{td!(locale, programs.settings.title)}</h2>
            <dl class="grid gap-x-6 gap-y-2 sm:grid-cols-[auto_minmax(0,1fr)]">
                <dt class="font-medium">{td!(locale, programs.owner.label)}</dt>
                <dd>{owner}</dd>
                {limits.into_iter().collect_view()}
                <dt class="font-medium">{td!(locale, programs.settings.strict_sockets)}</dt>
                <dd>{strict_sockets}</dd>
                <dt class="font-medium">{td!(locale, programs.settings.skip_check)}</dt>
                <dd>{skip_check}</dd>
            </dl>
        </section>
    }
}

/// Names what will be gone, and asks once.
#[component]
fn Removal(detail: ProgramDetail<Told>) -> impl IntoView {
    let locale = use_locale();
    let remove = ServerAction::<RemoveProgram>::new();
    let error = Signal::derive(move || remove.value().get().and_then(Result::err));
    let summary = detail.summary;
    let (name, entries) = (summary.name, summary.entries);
    view! {
        <details>
            <summary class="link w-fit">{td!(locale, programs.settings.remove)}</summary>
            <ActionForm action=remove attr:class="mt-3 flex flex-col items-start gap-3">
                <p class="max-w-prose">{td_string!(locale, programs.settings.remove_what, name, count = entries, days = UNNAMED_DAYS)}</p>
                <FormError error fields=&[]/>
                <input type="hidden" name="id" value=summary.id.to_string()/>
                <button class="btn btn-error btn-outline btn-sm" aria-disabled=waits(remove.pending())>{td!(locale, programs.settings.remove_now)}</button>
            </ActionForm>
        </details>
    }
}
