//! The domain lists of a mini program: how full each is, and what stands against each entry.

use leptos::prelude::*;
use model::{
    Api, Code, DomainEntry, Limits, Timestamp,
    programs::EntryRow,
    service::{EntryId, ProgramId},
};

use super::api::{ChangeEntry, RemoveEntry};
use crate::{
    components::FormError,
    findings::view::FindingBadges,
    i18n::*,
    preferences::use_locale,
    time::Time,
    verdict::{PlatformVerdicts, VerdictBadge},
    words,
};

/// A meter for every list, then the entries of those that hold any.
#[component]
pub fn Lists(
    /// The page that the forms come back to.
    program: ProgramId,
    /// In the order they were added.
    entries: Vec<EntryRow>,
    /// How many each list may hold.
    limits: Limits,
    /// The server's time when it answered.
    now: Timestamp,
    /// What can be done to them. It outlives the lists, which are drawn anew after each change.
    actions: Actions,
) -> impl IntoView {
    let locale = use_locale();
    let error = Signal::derive(move || {
        let of_change = actions.change.value().get().and_then(Result::err);
        of_change.or_else(|| actions.remove.value().get().and_then(Result::err))
    });
    let lists = Api::ALL.map(|api| {
        let rows: Vec<_> = entries.iter().filter(|row| row.entry.api() == api).cloned().collect();
        (api, rows)
    });
    let meters = lists
        .iter()
        .map(|(api, rows)| view! { <Meter api=*api used=rows.len() limit=limits.limit(*api)/> })
        .collect_view();
    let sections = lists
        .into_iter()
        .filter(|(_, rows)| !rows.is_empty())
        .map(|(api, rows)| view! { <List program api rows now actions/> })
        .collect_view();
    view! {
        <section class="panel flex flex-col gap-4" id="lists">
            <h2 class="text-lg font-semibold">{td!(locale, programs.lists.title)}</h2>
            <ul class="grid gap-x-6 gap-y-3 sm:grid-cols-2 lg:grid-cols-3">{meters}</ul>
            <FormError error fields=&[]/>
            {sections}
        </section>
    }
    .into_any()
}

/// `12 / 20`, and a bar.
#[component]
fn Meter(api: Api, used: usize, limit: Option<u32>) -> impl IntoView {
    let locale = use_locale();
    let count = match limit {
        Some(limit) => format!("{used} / {limit}"),
        None => used.to_string(),
    };
    let name = move || words::api(api, locale);
    let label = move || {
        if used > 0 {
            view! { <a class="link" href=format!("#{api}")>{name}</a> }.into_any()
        } else {
            view! { <span>{name}</span> }.into_any()
        }
    };
    view! {
        <li class="flex flex-col gap-1 text-sm" data-meter=api.as_str()>
            <span class="flex justify-between gap-3">{label}<span>{count}</span></span>
            {limit.map(|limit| view! {
                <progress class="progress progress-primary w-full" value=used max=limit aria-label=name></progress>
            })}
        </li>
    }
}

#[component]
fn List(program: ProgramId, api: Api, rows: Vec<EntryRow>, now: Timestamp, actions: Actions) -> impl IntoView {
    let locale = use_locale();
    let joined = rows.iter().map(|row| row.entry.to_string()).collect::<Vec<_>>().join(";");
    let rows = rows.into_iter().map(|row| view! { <Row program row now actions/> }).collect_view();
    view! {
        <section class="flex flex-col gap-1" id=api.as_str()>
            <div class="flex flex-wrap items-center justify-between gap-3">
                <h3 class="font-semibold">{words::api(api, locale)}</h3>
                <Copy joined api/>
            </div>
            <ul class="rows">{rows}</ul>
        </section>
    }
}

/// The list as WeChat's console takes it: joined by semicolons.
#[component]
fn Copy(joined: String, api: Api) -> impl IntoView {
    let locale = use_locale();
    let copied = RwSignal::new(false);
    let shown = joined.clone();
    let copy = move |_| {
        copy_text(&joined);
        copied.set(true);
    };
    let label = td_string!(locale, programs.lists.joined, list = words::api(api, locale)).to_string();
    view! {
        <details class="text-sm open:w-full">
            <summary class="link w-fit">{td!(locale, programs.lists.for_wechat)}</summary>
            <div class="mt-2 flex flex-wrap items-start gap-3">
                <textarea class="textarea w-full font-mono" readonly rows="3" aria-label=label>{shown}</textarea>
                <button type="button" class="btn btn-sm hidden live:inline-flex" on:click=copy>{td!(locale, programs.lists.copy)}</button>
                <span role="status">{move || copied.get().then(|| td_string!(locale, programs.lists.copied))}</span>
            </div>
        </details>
    }
}

/// Puts a text on the clipboard; where the browser does not allow that, the text can be marked.
fn copy_text(text: &str) {
    #[cfg(feature = "hydrate")]
    let _ = window().navigator().clipboard().write_text(text);
    #[cfg(not(feature = "hydrate"))]
    let _ = text;
}

/// What can be done to the entries of a list.
#[derive(Clone, Copy)]
pub struct Actions {
    /// Puts something else in the place of one.
    pub change: ServerAction<ChangeEntry>,
    /// Removes one.
    pub remove: ServerAction<RemoveEntry>,
}

#[component]
fn Row(program: ProgramId, row: EntryRow, now: Timestamp, actions: Actions) -> impl IntoView {
    let locale = use_locale();
    let EntryRow { id, entry, endpoint, findings, endpoint_codes, platforms, verdict, not_after, probed_at } = row;
    let page = endpoint.map(|endpoint| format!("/endpoints/{endpoint}"));
    let name = entry.to_string();
    let named = name.clone();
    let title = match page.clone() {
        Some(page) => view! { <a class="link break-all" href=page>{name}</a> }.into_any(),
        None => view! { <span class="break-all">{name}</span> }.into_any(),
    };
    let own: Vec<Code> = findings.iter().map(|finding| finding.code).collect();
    let never_probed = endpoint.is_some() && probed_at.is_none();
    view! {
        <li class="row lg:grid-cols-[minmax(0,1fr)_9rem_auto_6.5rem_5.5rem]" data-entry=named>
            <div class="flex min-w-0 flex-col gap-1">
                <span class="font-mono text-sm">{title}</span>
                {(!own.is_empty()).then(|| view! { <FindingBadges codes=own/> })}
                {page.filter(|_| !endpoint_codes.is_empty()).map(|href| view! { <FindingBadges codes=endpoint_codes href/> })}
            </div>
            <div class="text-sm">
                {not_after.map(|at| view! { <Expiry at now/> })}
                {never_probed.then(|| view! { <span class="text-base-content/80">{td!(locale, programs.lists.never_probed)}</span> })}
            </div>
            <PlatformVerdicts verdicts=platforms/>
            <div class="lg:text-end"><VerdictBadge verdict/></div>
            <Edit program id entry actions/>
        </li>
    }
    .into_any()
}

/// Changes an entry, moves it to another list, or removes it.
#[component]
fn Edit(program: ProgramId, id: EntryId, entry: DomainEntry, actions: Actions) -> impl IntoView {
    let locale = use_locale();
    let Actions { change, remove } = actions;
    let text = entry.to_string();
    let (was, typed) = (text.clone(), text.clone());
    let label = td_string!(locale, programs.lists.change_one, entry = text.as_str()).to_string();
    let typed_label = td_string!(locale, programs.lists.entry, entry = text.as_str()).to_string();
    let list_label = td_string!(locale, programs.lists.list_of, entry = text.as_str()).to_string();
    let lists = Api::ALL.map(|api| {
        view! { <option value=api.as_str() selected=api == entry.api()>{words::api(api, locale)}</option> }
    });
    view! {
        <details class="lg:text-end open:lg:col-span-full open:lg:text-start">
            <summary class="link text-sm whitespace-nowrap" aria-label=label>{td!(locale, programs.lists.change)}</summary>
            <div class="mt-2 flex flex-wrap items-end gap-3">
                <ActionForm action=change attr:class="flex min-w-0 grow flex-wrap items-end gap-3">
                    <input type="hidden" name="id" value=program.to_string()/>
                    <input type="hidden" name="entry" value=id.to_string()/>
                    <input type="hidden" name="was" value=was/>
                    <input class="input input-sm min-w-0 grow font-mono" name="typed" value=typed required maxlength="1024"
                        spellcheck="false" autocomplete="off" autocapitalize="off" aria-label=typed_label/>
                    <select class="select select-sm w-auto" name="api" aria-label=list_label>{lists.collect_view()}</select>
                    <button class="btn btn-primary btn-sm" disabled=change.pending()>{td!(locale, common.save)}</button>
                </ActionForm>
                <ActionForm action=remove>
                    <input type="hidden" name="id" value=program.to_string()/>
                    <input type="hidden" name="entry" value=id.to_string()/>
                    <button class="btn btn-error btn-outline btn-sm" disabled=remove.pending()>{td!(locale, common.remove)}</button>
                </ActionForm>
            </div>
        </details>
    }
    .into_any()
}

/// `Expires in 3 days`, or `Expired 3 days ago`.
#[component]
fn Expiry(at: Timestamp, now: Timestamp) -> impl IntoView {
    let locale = use_locale();
    let time = move || view! { <Time at now/> };
    if at < now {
        view! { <span class="font-medium text-error">{td!(locale, programs.lists.expired, time)}</span> }.into_any()
    } else {
        view! { <span>{td!(locale, programs.lists.expires, time)}</span> }.into_any()
    }
}
