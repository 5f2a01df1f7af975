//! The page of one mini program: will it work, its lists, its filings, its settings.

use std::time::Duration;

use leptos::{either::Either, prelude::*, text_prop::TextProp};
use leptos_meta::Title;
use leptos_router::hooks::{use_location, use_params_map, use_query_map};
use model::{
    AppId,
    audit::{AuditFilter, AuditQuery},
    endpoints::Scope,
    programs::{EntryRow, Owner, ProgramDetail, undo::Undo},
    service::{ProgramId, RunId},
};

use super::{
    api::{ChangeProgram, May, ProgramData, program_page},
    clash::Clash,
    icp::Filings,
    import::query::link_for,
    list::{OwnerName, TagLinks},
    lists::{Actions, Lists},
    paste::{AddForm, Draft},
    settings::{Settings, SettingsToRead},
    undo::TakeBack,
};
use crate::{
    alerts::{
        api::RECIPIENTS,
        recipients::{Actions as RecipientActions, Recipients},
    },
    components::{FormError, PageError},
    drafts::{Gone, Left, left, typed},
    endpoints::probe_now::ProbeNow,
    error::AppError,
    findings::{told::Told, view::FindingList},
    i18n::*,
    icp::{api::RECORD_OF_PROGRAM, form::Recording},
    layout::crumbs::{Crumbs, Section},
    preferences::use_locale,
    toast,
    verdict::{VerdictBadge, VerdictCards},
    wording::use_wording,
};

/// One mini program.
#[component]
pub fn ProgramPage() -> impl IntoView {
    let (locale, wording) = (use_locale(), use_wording());
    let params = use_params_map();
    let query = use_query_map();
    let search = use_location().search;
    let id = Memo::new(move |_| params.with(|params| params.get("id")?.parse::<ProgramId>().ok()));
    let run = Memo::new(move |_| query.with(|query| query.get("run")?.parse::<RunId>().ok()));
    let data = Resource::new_blocking(
        move || (id.get(), run.get()),
        move |(id, run)| async move {
            match id {
                Some(id) => program_page(id, run, wording).await,
                None => Err(AppError::NotFound),
            }
        },
    );
    let typed = Resource::new_blocking(move || search.get(), |search| typed(search, "lines"));
    let left = left();
    view! {
        <Gone/>
        <Transition fallback=move || view! { <p>{td!(locale, common.loading)}</p> }>
            {move || {
                let search = search.get();
                Suspend::new(async move {
                    let (lines, gone) = match typed.await {
                        Ok(lines) => (lines, None),
                        Err(gone) => (String::new(), Some(gone)),
                    };
                    // All are asked for already.
                    let (data, left) = (data.await, left.await);
                    match data {
                        Ok(first) => view! { <Program first draft=Draft::new(&search, lines) gone left/> }.into_any(),
                        Err(error) => view! { <PageError error section=Section::Programs/> }.into_any(),
                    }
                })
            }}
        </Transition>
    }
}

/// The page as first loaded; what changes later is loaded again without touching what is typed.
#[component]
fn Program(
    first: ProgramData,
    draft: Draft,
    gone: Option<AppError>,
    /// The query that holds what was typed into a form that was refused.
    left: String,
) -> impl IntoView {
    let id = first.detail.summary.id;
    let run = first.run.clone();
    let May { edit, probe } = first.may;
    let (shown, failed) = (RwSignal::new(first), RwSignal::new(gone));
    let on_change = reloading(id, shown, failed);
    let settings = ServerAction::new();
    let actions = Actions::of_page();
    follow(actions, settings, on_change);
    ask_for_first_results(shown, on_change);
    let detail: Signal<ProgramDetail<Told>> = Memo::new(move |_| shown.with(|data| data.detail.clone())).into();
    let people: Signal<Vec<Owner>> = Memo::new(move |_| shown.with(|data| data.people.clone())).into();
    let entries: Signal<Vec<EntryRow>> = Memo::new(move |_| shown.with(|data| data.detail.entries.clone())).into();
    let undo: Signal<Option<Undo>> = Memo::new(move |_| shown.with(|data| data.detail.undo.clone())).into();
    let now = Signal::derive(move || shown.with(|data| data.now));
    let existing = Signal::from(Memo::new(move |_| {
        shown.with(|data| data.detail.entries.iter().map(|row| row.entry.clone()).collect::<Vec<_>>())
    }));
    let limits = Signal::derive(move || shown.with(|data| data.detail.limits));
    let changes = Signal::derive(move || shown.with(|data| data.detail.changes_this_month));
    view! {
        <Header shown edit>
            {probe.then(|| view! { <ProbeNow scope=Scope::Program(id) run on_finished=on_change/> })}
        </Header>
        <FormError error=failed fields=&[]/>
        <Platforms shown/>
        {edit.then(|| view! {
            <TakeBack program=id undo remove=actions.remove on_change/>
            <Clash program=id entries actions on_change/>
        })}
        <Lists program=id entries limits changes now actions=edit.then_some(actions)/>
        {edit.then(|| view! { <AddForm program=id draft existing limits on_change/> })}
        <FilingsAndRecipients shown left on_change/>
        {if edit {
            Either::Left(view! { <Settings detail people change=settings/> })
        } else {
            Either::Right(view! { <SettingsToRead detail/> })
        }}
    }
    .into_any()
}

/// Loads what is shown again whenever it is called.
fn reloading(id: ProgramId, shown: RwSignal<ProgramData>, failed: RwSignal<Option<AppError>>) -> Callback<()> {
    let wording = use_wording();
    let reload = Action::new(move |(): &()| async move {
        match program_page(id, None, wording).await {
            Ok(fresh) => {
                failed.set(None);
                shown.set(fresh);
            }
            Err(error) => failed.set(Some(error)),
        }
    });
    Callback::new(move |()| {
        reload.dispatch(());
    })
}

/// Says what was saved, and calls `on_change` for it.
fn follow(actions: Actions, settings: ServerAction<ChangeProgram>, on_change: Callback<()>) {
    let locale = use_locale();
    toast::say_when_done(actions.change.value().into(), td_string!(locale, common.saved));
    // The offer to put it back may be out of sight.
    toast::say_when_done(actions.remove.value().into(), td_string!(locale, programs.undo.removed_one));
    Effect::new(move || {
        let changed = matches!(actions.change.value().get(), Some(Ok(())));
        let removed = actions.remove.value().with(|value| matches!(value, Some(Ok(_))));
        // What somebody else has saved meanwhile is told beside what is typed.
        let set = settings.value().with(Option::is_some);
        if changed || removed || set {
            on_change.run(());
        }
    });
}

/// Both leave what is typed in them where it was typed.
#[component]
fn FilingsAndRecipients(
    shown: RwSignal<ProgramData>,
    /// The query that holds what was typed into a form that was refused.
    left: String,
    on_change: Callback<()>,
) -> impl IntoView {
    let (program, may_edit) = shown.with_untracked(|data| (data.detail.summary.id, data.may.edit));
    let (recording, actions) = (Recording::new(on_change), RecipientActions::new(on_change));
    recording.begin_with(&Left::of(&left, RECORD_OF_PROGRAM));
    let left = Left::of(&left, RECIPIENTS);
    let icp = Memo::new(move |_| shown.with(|data| data.detail.icp.clone()));
    let any = Memo::new(move |_| icp.with(|icp| !icp.is_empty()));
    let now = Signal::derive(move || shown.with(|data| data.now));
    let recipients = Memo::new(move |_| shown.with(|data| data.recipients.clone()));
    view! {
        <Show when=move || any.get()><Filings program icp now may_edit recording/></Show>
        <Recipients program recipients may_edit actions left/>
    }
    .into_any()
}

/// Asks again while a server has shown nothing yet: a new one is probed by itself.
fn ask_for_first_results(shown: RwSignal<ProgramData>, ask: Callback<()>) {
    let awaited = Memo::new(move |_| {
        shown.with(|data| data.detail.entries.iter().any(|row| row.endpoint.is_some() && row.probed_at.is_none()))
    });
    let asked = StoredValue::new(0_u8);
    Effect::new(move || {
        shown.track();
        if awaited.get() && asked.get_value() < ASKED_MOST {
            asked.set_value(asked.get_value() + 1);
            if let Ok(asking) = set_timeout_with_handle(move || ask.run(()), ASK_AFTER) {
                on_cleanup(move || asking.clear());
            }
        } else if !awaited.get() {
            asked.set_value(0);
        }
    });
}

/// What it is called, who answers for it, and the ways to what is kept elsewhere.
#[component]
fn Header(
    shown: RwSignal<ProgramData>,
    /// Whether it may be changed.
    edit: bool,
    /// What can be done at once.
    children: Children,
) -> impl IntoView {
    let locale = use_locale();
    let id = shown.with_untracked(|data| data.detail.summary.id);
    let summary = move || shown.with(|data| data.detail.summary.clone());
    let owner = move || shown.with(|data| data.detail.owner.clone());
    let tags = Memo::new(move |_| shown.with(|data| data.detail.tags.clone()));
    // The title is asked for what it says when the signals of the page are gone already; without an answer it stays.
    let name = move || shown.try_with(|data| data.detail.summary.name.clone()).unwrap_or_default();
    let title = if cfg!(feature = "ssr") { TextProp::from(summary().name) } else { TextProp::from(name) };
    view! {
        <Title text=title/>
        <Crumbs section=Section::Programs here=Signal::derive(name)/>
        <header class="flex flex-wrap items-start justify-between gap-4">
            <div class="min-w-0">
                <h1 class="page-title flex flex-wrap items-center gap-3">
                    <span class="min-w-0 break-words">{move || summary().name}</span>
                    {move || view! { <VerdictBadge verdict=summary().verdict/> }}
                </h1>
                <p class="flex flex-wrap gap-x-4 gap-y-1 text-sm text-base-content/80">
                    <span>"AppID "<code>{move || summary().app_id.to_string()}</code></span>
                    {move || owner().map(|owner| view! {
                        <span>{td!(locale, programs.owner.label)}" "<OwnerName owner/></span>
                    })}
                    {edit.then(|| view! { <a class="link" href=link_for(id)>{td!(locale, programs.import.title)}</a> })}
                    <a class="link" href=move || history(&summary().app_id)>{td!(locale, programs.history)}</a>
                </p>
                <div class="mt-2 empty:hidden">{move || view! { <TagLinks tags=tags.get()/> }}</div>
            </div>
            {children()}
        </header>
    }
    .into_any()
}

/// Will it work, on which platform?
#[component]
fn Platforms(shown: RwSignal<ProgramData>) -> impl IntoView {
    let locale = use_locale();
    let platforms = Memo::new(move |_| shown.with(|data| data.detail.summary.platforms));
    view! {
        <section class="panel flex flex-col gap-3">
            <h2 class="text-lg font-semibold">{td!(locale, programs.platforms)}</h2>
            {move || view! { <VerdictCards verdicts=platforms.get()/> }}
            {move || shown.with(|data| {
                let findings = data.detail.findings.clone();
                (!findings.is_empty()).then(|| view! { <FindingList findings now=data.now/> })
            })}
        </section>
    }
    .into_any()
}

/// Before the page asks what a new server has shown.
const ASK_AFTER: Duration = Duration::from_secs(3);

/// A server that shows nothing for so many times is left to whoever reloads the page.
const ASKED_MOST: u8 = 20;

/// Where the audit log tells of this mini program and its entries, and of nothing else.
fn history(app_id: &AppId) -> String {
    let filter = AuditFilter { object: Some(app_id.to_string()), ..AuditFilter::default() };
    crate::audit::query::link(&AuditQuery { filter, ..AuditQuery::default() })
}
