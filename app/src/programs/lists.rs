//! The domain lists of a mini program side by side: how full each is, and what stands against each
//! entry.

use leptos::prelude::*;
use leptos_router::hooks::use_location;
use model::{
    Api, DomainEntry, Limits, Timestamp,
    domain_entry::moved,
    limits::CHANGES_A_MONTH,
    programs::EntryRow,
    service::{EntryId, Field, ProgramId, ServiceError},
};

use super::{
    api::{ChangeEntry, RemoveEntry},
    clash::{Attempt, Wish},
    undo::kept,
};
use crate::{
    components::{FormError, error_id, problem_of},
    error::AppError,
    findings::view::FindingBadges,
    i18n::*,
    preferences::use_locale,
    time::Time,
    typed::keep_up,
    verdict::{PlatformVerdicts, VerdictBadge},
    words,
};

/// A card for every list that holds an entry, and how empty the others are.
#[component]
pub fn Lists(
    /// The page that the forms come back to.
    program: ProgramId,
    /// In the order they were added.
    entries: Signal<Vec<EntryRow>>,
    /// How many each list may hold.
    limits: Signal<Limits>,
    /// How many times they were changed this month.
    changes: Signal<u32>,
    /// The server's time when it answered.
    now: Signal<Timestamp>,
    /// What can be done to them; nothing by somebody who may only look.
    actions: Option<Actions>,
) -> impl IntoView {
    let locale = use_locale();
    let error = Signal::derive(move || {
        let Actions { change, remove } = actions?;
        let of_change = change.value().get().and_then(Result::err);
        of_change.or_else(|| remove.value().get().and_then(Result::err)).filter(|error| !told_by_clash(error))
    });
    let used = move |api| entries.with(|entries| entries.iter().filter(|row| row.entry.api() == api).count());
    let cards = Api::ALL.map(|api| {
        let used = Memo::new(move |_| used(api));
        view! {
            <Show when=move || used.get() != 0>
                <List program api used entries limits now actions/>
            </Show>
        }
    });
    let empty = Api::ALL.map(|api| {
        let used = Memo::new(move |_| used(api));
        view! {
            <Show when=move || used.get() == 0>
                <li class="flex justify-between gap-3" id=api.as_str()>
                    {words::api(api, locale)}
                    <Count api used limits/>
                </li>
            </Show>
        }
    });
    let any_empty = Memo::new(move |_| Api::ALL.into_iter().any(|api| used(api) == 0));
    view! {
        <section class="wide flex flex-col gap-4" id="lists">
            <div class="flex flex-wrap items-baseline justify-between gap-x-6 gap-y-1">
                <h2 class="text-lg font-semibold">{td!(locale, programs.lists.title)}</h2>
                <p class="text-sm" data-changes=move || changes.get()>
                    {move || td_string!(locale, programs.lists.changes, count = changes.get(), most = CHANGES_A_MONTH)}
                </p>
            </div>
            <FormError error fields=&[Field::Entries]/>
            <div class="grid gap-4 empty:hidden xl:grid-cols-[repeat(auto-fit,minmax(30rem,1fr))]">{cards.collect_view()}</div>
            <div class="panel flex flex-col gap-3" class:hidden=move || !any_empty.get()>
                <h3 class="font-semibold">{td!(locale, programs.lists.empty)}</h3>
                <ul class="grid gap-x-8 gap-y-2 text-sm sm:grid-cols-2 lg:grid-cols-3 2xl:grid-cols-4">{empty.collect_view()}</ul>
            </div>
        </section>
    }
    .into_any()
}

/// Those are told with what somebody else has done, see [`super::clash`].
fn told_by_clash(error: &AppError) -> bool {
    matches!(error, AppError::Service(ServiceError::Conflict | ServiceError::NotFound))
}

/// `12 / 20`.
#[component]
fn Count(api: Api, used: Memo<usize>, limits: Signal<Limits>) -> impl IntoView {
    let count = move || match limits.with(|limits| limits.limit(api)) {
        Some(limit) => format!("{} / {limit}", used.get()),
        None => used.get().to_string(),
    };
    view! { <span class="whitespace-nowrap" data-meter=api.as_str()>{count}</span> }
}

/// A list: how full it is, its entries, and its text for WeChat's console.
#[component]
fn List(
    program: ProgramId,
    api: Api,
    used: Memo<usize>,
    entries: Signal<Vec<EntryRow>>,
    limits: Signal<Limits>,
    now: Signal<Timestamp>,
    actions: Option<Actions>,
) -> impl IntoView {
    let locale = use_locale();
    let ids = move || {
        entries
            .with(|entries| entries.iter().filter(|row| row.entry.api() == api).map(|row| row.id).collect::<Vec<_>>())
    };
    let joined = Signal::derive(move || {
        entries.with(|entries| {
            let own = entries.iter().filter(|row| row.entry.api() == api);
            own.map(|row| row.entry.to_string()).collect::<Vec<_>>().join(";")
        })
    });
    let bar = move || {
        let limit = limits.with(|limits| limits.limit(api))?;
        let name = td_string!(locale, programs.lists.quota, list = words::api(api, locale)).to_string();
        Some(view! {
            <progress class="progress progress-primary w-full" value=used.get() max=limit aria-label=name></progress>
        })
    };
    view! {
        <section class="panel flex flex-col gap-2" id=api.as_str()>
            <div class="flex flex-wrap items-baseline justify-between gap-x-3">
                <h3 class="font-semibold">{words::api(api, locale)}</h3>
                <Count api used limits/>
            </div>
            {bar}
            <p class="text-xs text-base-content/80">{words::api_rule(api, locale)}</p>
            <ul class="rows">
                <For each=ids key=|id| *id let:id>
                    <Row program id entries now actions/>
                </For>
            </ul>
            <div class="mt-auto pt-2"><Copy joined api/></div>
        </section>
    }
}

/// The list as WeChat's console takes it: joined by semicolons.
#[component]
fn Copy(joined: Signal<String>, api: Api) -> impl IntoView {
    let locale = use_locale();
    let copied = RwSignal::new(false);
    let copy = move |_| {
        joined.with_untracked(|joined| copy_text(joined));
        copied.set(true);
    };
    let label = td_string!(locale, programs.lists.joined, list = words::api(api, locale)).to_string();
    view! {
        <details class="text-sm open:w-full">
            <summary class="link w-fit">{td!(locale, programs.lists.for_wechat)}</summary>
            <div class="mt-2 flex flex-wrap items-start gap-3">
                <textarea class="textarea w-full font-mono" readonly rows="3" aria-label=label>{joined}</textarea>
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
fn Row(
    program: ProgramId,
    id: EntryId,
    entries: Signal<Vec<EntryRow>>,
    now: Signal<Timestamp>,
    actions: Option<Actions>,
) -> impl IntoView {
    let row = Memo::new(move |_| entries.with(|entries| entries.iter().find(|row| row.id == id).cloned()));
    let entry = Memo::new(move |_| row.with(|row| row.as_ref().map(|row| row.entry.clone())));
    let name = move || entry.get().map(|entry| entry.to_string());
    let edit = actions.zip(entry.get_untracked());
    view! {
        <li class="flex flex-col gap-1 py-3" data-entry=name>
            {move || row.get().map(|row| view! { <Facts row now=now.get()/> })}
            {edit.map(|(actions, start)| view! { <Edit program id start entry actions/> })}
        </li>
    }
    .into_any()
}

/// What is known of an entry.
#[component]
fn Facts(row: EntryRow, now: Timestamp) -> impl IntoView {
    let locale = use_locale();
    let EntryRow { entry, endpoint, codes, endpoint_codes, platforms, verdict, not_after, probed_at, .. } = row;
    let page = endpoint.map(|endpoint| format!("/endpoints/{endpoint}"));
    let name = entry.to_string();
    let title = match page.clone() {
        Some(page) => view! { <a class="link break-all" href=page>{name}</a> }.into_any(),
        None => view! { <span class="break-all">{name}</span> }.into_any(),
    };
    let never_probed = endpoint.is_some() && probed_at.is_none();
    view! {
        <div class="grid grid-cols-[minmax(0,1fr)_auto] items-start gap-3">
            <span class="min-w-0 font-mono text-sm">{title}</span>
            <VerdictBadge verdict/>
        </div>
        {(!codes.is_empty()).then(|| view! { <FindingBadges codes/> })}
        {page.filter(|_| !endpoint_codes.is_empty()).map(|href| view! { <FindingBadges codes=endpoint_codes href/> })}
        <div class="flex flex-wrap justify-between gap-x-4 gap-y-1 text-sm">
            <PlatformVerdicts verdicts=platforms/>
            {not_after.map(|at| view! { <Expiry at now/> })}
            {never_probed.then(|| view! { <span class="text-base-content/80">{td!(locale, programs.lists.never_probed)}</span> })}
        </div>
    }
    .into_any()
}

/// Changes an entry, moves it to another list, or removes it. What is typed stays while the list is
/// read again.
#[component]
fn Edit(
    program: ProgramId,
    id: EntryId,
    start: DomainEntry,
    entry: Memo<Option<DomainEntry>>,
    actions: Actions,
) -> impl IntoView {
    let locale = use_locale();
    let Actions { change, remove } = actions;
    let names_server = start.endpoint().is_some();
    let tried = use_location().search.with_untracked(|search| refused(search, id));
    let begun = tried.is_some();
    let (began, text) = tried.unwrap_or_else(|| (start.api(), start.to_string()));
    let (typed, api) = (RwSignal::new(text.clone()), RwSignal::new(began));
    let was = RwSignal::new(start);
    // There is one action for all entries: its answer belongs to the one that was sent last.
    let error = Signal::derive(move || {
        let ours = change.input().with(|input| input.as_ref().map_or(begun, |input| input.entry == id));
        change.value().get().and_then(Result::err).filter(|_| ours)
    });
    let problem = problem_of(Field::Entries, error);
    let described = error_id(&format!("entry-{id}"));
    let described_by = described.clone();
    follow(entry, was, typed, api);
    let was = move || was.with(ToString::to_string);
    let named = move || entry.with(|entry| entry.as_ref().map_or_else(was, ToString::to_string));
    let label = move || td_string!(locale, programs.lists.change_one, entry = named()).to_string();
    let typed_label = move || td_string!(locale, programs.lists.entry, entry = named()).to_string();
    let list_label = move || td_string!(locale, programs.lists.list_of, entry = named()).to_string();
    let lists = Api::ALL.map(|option| {
        view! {
            <option value=option.as_str() selected=option == began>
                {words::api(option, locale)}
            </option>
        }
    });
    let chosen = Signal::derive(move || api.get().as_str().to_owned());
    let choose = move |event| {
        if let Ok(chosen) = event_target_value(&event).parse() {
            api.set(chosen);
        }
    };
    view! {
        <details open=move || begun || problem.with(Option::is_some)>
            <summary class="link w-fit text-sm whitespace-nowrap" aria-label=label>{td!(locale, programs.lists.change)}</summary>
            <div class="mt-2 flex flex-wrap items-end gap-3">
                <ActionForm action=change attr:class="flex min-w-0 grow flex-wrap items-end gap-3">
                    <input type="hidden" name="id" value=program.to_string()/>
                    <input type="hidden" name="entry" value=id.to_string()/>
                    <input type="hidden" name="was" value=was/>
                    <input class="input input-sm min-w-0 grow font-mono" name="typed" value=text required maxlength="1024"
                        spellcheck="false" autocomplete="off" autocapitalize="off" aria-label=typed_label
                        aria-invalid=move || problem.with(Option::is_some).then_some("true") aria-describedby=described_by
                        use:keep_up=typed.into() on:input=move |event| typed.set(event_target_value(&event))/>
                    <select class="select select-sm w-auto max-w-full" name="api" aria-label=list_label use:keep_up=chosen on:input=choose>{lists.collect_view()}</select>
                    <button class="btn btn-primary btn-sm" disabled=change.pending()>{td!(locale, common.save)}</button>
                    <span class="field-error w-full" id=described role="alert">{move || problem.get()}</span>
                </ActionForm>
                <ActionForm action=remove>
                    <input type="hidden" name="id" value=program.to_string()/>
                    <input type="hidden" name="entry" value=id.to_string()/>
                    <input type="hidden" name="was" value=was/>
                    <button class="btn btn-error btn-outline btn-sm" disabled=remove.pending()>{td!(locale, common.remove)}</button>
                </ActionForm>
                {names_server.then(|| view! { <p class="field-help w-full">{kept(locale)}</p> })}
            </div>
        </details>
    }
    .into_any()
}

/// What was to stand in the place of this entry and was refused, in a form that was sent without
/// JavaScript.
fn refused(search: &str, id: EntryId) -> Option<(Api, String)> {
    match Attempt::read(search)? {
        Attempt { entry, wish: Wish::Change { api, typed }, .. } if entry == id => Some((api, typed)),
        _ => None,
    }
}

/// Takes over what has become of the entry, unless something else was typed over it.
fn follow(entry: Memo<Option<DomainEntry>>, was: RwSignal<DomainEntry>, typed: RwSignal<String>, api: RwSignal<Api>) {
    Effect::new(move || {
        let Some(now) = entry.get() else { return };
        let follows = was.with_untracked(|was| {
            typed.with_untracked(|typed| untouched(was, typed, api.get_untracked()))
                || typed.with_untracked(|typed| saved(&now, was, typed, api.get_untracked()))
        });
        if follows {
            typed.set(now.to_string());
            api.set(now.api());
            was.set(now);
        }
    });
}

/// Whether nothing was typed over the entry.
fn untouched(was: &DomainEntry, typed: &str, api: Api) -> bool {
    api == was.api() && typed.trim() == was.to_string()
}

/// Whether the entry has become what was typed over it.
fn saved(now: &DomainEntry, was: &DomainEntry, typed: &str, api: Api) -> bool {
    api == now.api() && moved(typed, was.api(), api).trim() == now.to_string()
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_form_follows_its_entry_unless_something_else_was_typed() {
        let entry = |api, text| DomainEntry::parse(api, text).unwrap();
        let was = entry(Api::Request, "https://a.example");
        let now = entry(Api::Request, "https://b.example");
        for (typed, api, follows) in [
            ("https://a.example", Api::Request, true),
            ("https://b.example ", Api::Request, true),
            ("https://c.example", Api::Request, false),
            ("https://a.example", Api::Upload, false),
        ] {
            assert_eq!(untouched(&was, typed, api) || saved(&now, &was, typed, api), follows, "{typed} {api}");
        }
        let socket = entry(Api::Socket, "wss://a.example");
        assert!(saved(&socket, &was, "https://a.example", Api::Socket), "the scheme follows the list");
    }
}
