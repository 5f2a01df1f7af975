//! The domain lists of a mini program: how full each is, and what stands against each entry.

use leptos::prelude::*;
use model::{Api, Code, Limits, Timestamp, programs::EntryRow, service::ProgramId};

use super::api::RemoveEntry;
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
    /// Called when an entry was removed.
    on_change: Callback<()>,
) -> impl IntoView {
    let locale = use_locale();
    let remove = ServerAction::<RemoveEntry>::new();
    let error = Signal::derive(move || remove.value().get().and_then(Result::err));
    Effect::new(move || {
        if let Some(Ok(())) = remove.value().get() {
            on_change.run(());
        }
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
        .map(|(api, rows)| view! { <List program api rows now remove/> })
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
fn List(
    program: ProgramId,
    api: Api,
    rows: Vec<EntryRow>,
    now: Timestamp,
    remove: ServerAction<RemoveEntry>,
) -> impl IntoView {
    let locale = use_locale();
    let rows = rows.into_iter().map(|row| view! { <Row program row now remove/> }).collect_view();
    view! {
        <section class="flex flex-col gap-1" id=api.as_str()>
            <h3 class="font-semibold">{words::api(api, locale)}</h3>
            <ul class="rows">{rows}</ul>
        </section>
    }
}

#[component]
fn Row(program: ProgramId, row: EntryRow, now: Timestamp, remove: ServerAction<RemoveEntry>) -> impl IntoView {
    let locale = use_locale();
    let EntryRow { id, entry, endpoint, findings, endpoint_codes, platforms, verdict, not_after, probed_at } = row;
    let page = endpoint.map(|endpoint| format!("/endpoints/{endpoint}"));
    let name = entry.to_string();
    let named = name.clone();
    let title = match page.clone() {
        Some(page) => view! { <a class="link break-all" href=page>{name.clone()}</a> }.into_any(),
        None => view! { <span class="break-all">{name.clone()}</span> }.into_any(),
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
            <details class="lg:text-end">
                <summary class="link text-sm whitespace-nowrap" aria-label=td_string!(locale, programs.lists.remove_one, entry = name)>
                    {td!(locale, common.remove)}
                </summary>
                <ActionForm action=remove attr:class="mt-1">
                    <input type="hidden" name="id" value=program.to_string()/>
                    <input type="hidden" name="entry" value=id.to_string()/>
                    <button class="btn btn-error btn-outline btn-xs" disabled=remove.pending()>{td!(locale, programs.lists.remove_now)}</button>
                </ActionForm>
            </details>
        </li>
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
