//! What an import would do, list by list, and the button that does it.

use leptos::prelude::*;
use model::{
    DomainEntry,
    programs::import::{ImportOptions, RefusedEntry, Unread},
    service::DraftId,
};

use super::{
    api::ApplyImport,
    query::ImportQuery,
    shown::{Counts, PROGRAMS_MOST, Rows, ShownList, ShownPlan, ShownProgram},
    words::{format_words, place_words, why_words},
};
use crate::{
    components::{FormError, HostText, waits},
    error::AppError,
    findings::words::title,
    i18n::*,
    preferences::use_locale,
    programs::{paste::elsewhere_words, query::PATH},
    words,
};

/// The plan, and the way to make it happen.
#[component]
pub fn PlanView(
    /// What would be done.
    plan: ShownPlan,
    /// The text that it is made of.
    draft: DraftId,
    /// How that was read.
    options: ImportOptions,
    /// Does it.
    apply: ServerAction<ApplyImport>,
    /// Why it did not happen.
    error: Signal<Option<AppError>>,
) -> impl IntoView {
    let locale = use_locale();
    let ShownPlan { format, digest, counts, programs, programs_left, unread, unread_left } = plan;
    let nothing = counts.changes_nothing();
    let Counts { registered, added, removed, present, left_out, movable } = counts;
    let read_as = td_string!(locale, programs.import.read_as, format = format_words(format, locale));
    let counts = [
        ("registered", td_string!(locale, programs.import.count.registered), registered),
        ("added", td_string!(locale, programs.import.count.added), added),
        ("removed", td_string!(locale, programs.import.count.removed), removed),
        ("present", td_string!(locale, programs.import.count.present), present),
        ("left-out", td_string!(locale, programs.import.count.left_out), left_out),
    ];
    view! {
        <section class="panel flex flex-col gap-4" id="plan">
            <h2 class="text-lg font-semibold">{td!(locale, programs.import.plan)}</h2>
            <p>{read_as.to_string()}</p>
            <Tally counts/>
            <Outcome error/>
            {if nothing {
                view! { <p role="status">{td!(locale, programs.import.nothing)}</p> }.into_any()
            } else {
                view! { <Apply added removed draft options digest apply/> }.into_any()
            }}
            {(movable > 0).then(|| view! { <Movable count=movable draft options/> })}
            <LeftOut unread more=unread_left/>
        </section>
        {programs.into_iter().map(|program| view! { <ProgramView program/> }).collect_view()}
        {(programs_left > 0).then(|| view! {
            <p role="status" data-left=programs_left>
                {td_string!(locale, programs.import.programs_left, count = programs_left, drawn = PROGRAMS_MOST).to_string()}
            </p>
        })}
    }
    .into_any()
}

/// Why it did not happen; without an answer nobody here knows whether it did.
#[component]
fn Outcome(error: Signal<Option<AppError>>) -> impl IntoView {
    let locale = use_locale();
    let unanswered = |error: &AppError| matches!(error, AppError::Transport(_));
    let told = Signal::derive(move || error.get().filter(|error| !unanswered(error)));
    view! {
        <FormError error=told fields=&[]/>
        {move || error.with(|error| error.as_ref().is_some_and(unanswered)).then(|| view! {
            <div class="alert alert-warning flex-col items-start" role="alert" data-unanswered="">
                <p>{td!(locale, programs.import.unanswered)}</p>
                <a class="link" href=PATH>{td!(locale, programs.import.to_list)}</a>
            </div>
        })}
    }
}

/// How many of what, under its name.
#[component]
fn Tally(counts: [(&'static str, &'static str, usize); 5]) -> impl IntoView {
    let counts = counts.map(|(name, label, count)| {
        let class = match name {
            "removed" | "left-out" if count > 0 => "text-xl font-semibold text-error",
            _ => "text-xl font-semibold",
        };
        view! { <div class="flex flex-col-reverse" data-count=name><dt class="text-sm">{label}</dt><dd class=class>{count}</dd></div> }
    });
    view! { <dl class="flex flex-wrap gap-x-8 gap-y-3">{counts.collect_view()}</dl> }
}

/// Does what is planned, and nothing else.
#[component]
fn Apply(
    added: usize,
    removed: usize,
    draft: DraftId,
    options: ImportOptions,
    /// Of the plan that was seen.
    digest: String,
    apply: ServerAction<ApplyImport>,
) -> impl IntoView {
    let locale = use_locale();
    let submit = if removed > 0 {
        td_string!(locale, programs.import.submit_removing, added = added, removed = removed)
    } else {
        td_string!(locale, programs.import.submit, added = added)
    };
    let button = if removed > 0 { "btn btn-error" } else { "btn btn-primary" };
    view! {
        <ActionForm action=apply attr:class="flex flex-wrap items-center gap-3">
            <input type="hidden" name="draft" value=draft.to_string()/>
            {options.format.map(|format| view! { <input type="hidden" name="options[format]" value=format.as_str()/> })}
            {options.program.map(|id| view! { <input type="hidden" name="options[program]" value=id.to_string()/> })}
            <input type="hidden" name="options[api]" value=options.api.as_str()/>
            <input type="hidden" name="options[mode]" value=options.mode.as_str()/>
            <input type="hidden" name="options[moves]" value=options.moves.to_string()/>
            <input type="hidden" name="digest" value=digest/>
            <button class=button aria-disabled=waits(apply.pending())>{submit.to_string()}</button>
            <span class="text-sm">{td!(locale, programs.import.all_or_nothing)}</span>
        </ActionForm>
    }
    .into_any()
}

/// How many lines belong to other lists, and the way to a plan that has them there.
#[component]
fn Movable(count: usize, draft: DraftId, options: ImportOptions) -> impl IntoView {
    let locale = use_locale();
    let options = ImportOptions { moves: true, ..options };
    let there = ImportQuery { draft: Some(draft), options, ..ImportQuery::default() }.link();
    view! {
        <p class="flex flex-wrap items-center gap-3" data-movable=count>
            <span>{td_string!(locale, programs.import.movable, count = count).to_string()}</span>
            <a class="btn btn-sm" href=format!("{there}#plan")>{td!(locale, programs.add.move_all)}</a>
        </p>
    }
}

/// What was left out, and why.
#[component]
fn LeftOut(unread: Vec<Unread>, more: usize) -> impl IntoView {
    let locale = use_locale();
    if unread.is_empty() {
        return None;
    }
    let rows = unread.into_iter().map(|unread| {
        view! {
            <li class="row sm:grid-cols-[10rem_minmax(0,1fr)]" data-unread="">
                <span class="font-medium wrap-anywhere">{place_words(&unread.place, locale)}</span>
                <span class="wrap-anywhere">{why_words(&unread.why, locale)}</span>
            </li>
        }
    });
    let rows = rows.collect_view();
    Some(view! {
        <div class="flex flex-col gap-1">
            <h3 class="font-semibold">{td!(locale, programs.import.unread)}</h3>
            <ul class="rows">{rows}</ul>
            <More count=more/>
        </div>
    })
}

#[component]
fn ProgramView(program: ShownProgram) -> impl IntoView {
    let locale = use_locale();
    let ShownProgram { id, app_id, name, told, lists } = program;
    let app_id = app_id.to_string();
    let written = app_id.clone();
    let title = match id {
        Some(id) => view! { <a class="link" href=format!("/programs/{id}")>{name}</a> }.into_any(),
        None => view! { {name}" "<span class="badge badge-info">{td!(locale, programs.import.new)}</span> }.into_any(),
    };
    let told = told.map(|told| {
        let place = place_words(&told.place, locale);
        td_string!(locale, programs.import.told, place = place.as_str(), told = told.name.as_str())
    });
    view! {
        <section class="panel flex flex-col gap-4" data-planned=written>
            <div>
                <h2 class="text-lg font-semibold break-words">{title}</h2>
                <p class="text-sm text-base-content/80">"AppID "<code>{app_id}</code></p>
            </div>
            {told.map(|told| view! { <p class="alert alert-warning wrap-anywhere" data-told="">{told}</p> })}
            {lists.into_iter().map(|list| view! { <ListView list/> }).collect_view()}
        </section>
    }
    .into_any()
}

#[component]
fn ListView(list: ShownList) -> impl IntoView {
    let locale = use_locale();
    let ShownList { api, added, present, removed, refused, held } = list;
    let nothing = added.count() + present.count() + removed.count() + refused.count() == 0;
    view! {
        <section class="flex flex-col gap-2" data-list=api.as_str()>
            <h3 class="font-semibold">{words::api(api, locale)}</h3>
            {nothing.then(|| view! { <p class="text-sm">{td!(locale, programs.import.list_empty)}</p> })}
            {(held > 0).then(|| view! {
                <p class="alert alert-warning" data-held=held>{td_string!(locale, programs.import.held, count = held).to_string()}</p>
            })}
            <Entries kind="removed" label=td_string!(locale, programs.import.removed, count = removed.count()) entries=removed/>
            <Refused refused/>
            <Entries kind="added" label=td_string!(locale, programs.import.added, count = added.count()) entries=added/>
            <Entries kind="present" label=td_string!(locale, programs.import.present, count = present.count()) entries=present/>
        </section>
    }
}

/// Entries of one kind, with a sign that is no mere colour.
#[component]
fn Entries(kind: &'static str, label: String, entries: Rows<DomainEntry>) -> impl IntoView {
    if entries.count() == 0 {
        return None;
    }
    let (sign, class) = match kind {
        "added" => ("+", "text-success"),
        "removed" => ("−", "text-error"),
        _ => ("=", "text-base-content/80"),
    };
    let Rows { first, left } = entries;
    let rows = first.into_iter().map(|entry| {
        view! {
            <li class="flex gap-2 font-mono text-sm">
                <span class=format!("font-semibold {class}") aria-hidden="true">{sign}</span>
                <HostText text=entry.to_string()/>
            </li>
        }
    });
    Some(view! {
        <div class="flex flex-col gap-1" data-kind=kind>
            <h4 class=format!("text-sm font-medium {class}")>{label}</h4>
            <ul class="flex flex-col gap-0.5">{rows.collect_view()}</ul>
            <More count=left/>
        </div>
    })
}

/// What WeChat would not take, with the reason, what it would take, and the list that the scheme belongs to.
#[component]
fn Refused(refused: Rows<RefusedEntry>) -> impl IntoView {
    let locale = use_locale();
    if refused.count() == 0 {
        return None;
    }
    let label = td_string!(locale, programs.import.refused, count = refused.count());
    let Rows { first, left } = refused;
    let rows = first.into_iter().map(|line| {
        let RefusedEntry { place, input, codes, suggestion, elsewhere } = line;
        let reasons = codes.iter().map(|code| title(*code, locale)).collect::<Vec<_>>();
        view! {
            <li class="flex flex-col gap-0.5 py-1 text-sm">
                <span><span class="font-medium">{place_words(&place, locale)}</span>" "<code><HostText text=input/></code></span>
                <span>{words::join(&reasons, locale)}</span>
                {suggestion.map(|suggestion| view! {
                    <span>{td!(locale, programs.add.suggestion)}" "<code class="font-semibold"><HostText text=suggestion/></code></span>
                })}
                {elsewhere.map(|entry| view! {
                    <span data-elsewhere=entry.api().as_str()>{elsewhere_words(entry.api(), locale)}</span>
                })}
            </li>
        }
    });
    Some(view! {
        <div class="flex flex-col gap-1" data-kind="refused">
            <h4 class="text-sm font-medium text-error">{label.to_string()}</h4>
            <ul class="flex flex-col divide-y divide-base-300">{rows.collect_view()}</ul>
            <More count=left/>
        </div>
    })
}

/// How many are not shown.
#[component]
fn More(count: usize) -> impl IntoView {
    let locale = use_locale();
    (count > 0)
        .then(|| view! { <p class="text-sm">{td_string!(locale, programs.import.more, count = count).to_string()}</p> })
}
