//! The domain lists of a mini program side by side: how full each is, and what stands against each
//! entry.

use leptos::{prelude::*, task::spawn_local};
use model::{
    Api, Limits, Timestamp,
    limits::Limit,
    programs::EntryRow,
    service::{EntryId, Field, ProgramId},
};

use super::{
    api::{ChangeEntry, RemoveEntry},
    edit::{Edit, anchor, follow_moves},
};
use crate::{
    clash::Unsaved,
    components::{FormError, HostText, breaking},
    error::AppError,
    findings::view::FindingBadges,
    i18n::*,
    preferences::use_locale,
    time::relative,
    typed::live,
    verdict::{PlatformVerdicts, VerdictBadge},
    words,
    zone::use_zone,
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
    if let Some(Actions { change, .. }) = actions {
        follow_moves(change, entries);
    }
    let untold = |error: Option<AppError>| error.filter(|error| !told_by_clash(error));
    let of_change = Signal::derive(move || untold(actions?.change.value().get().and_then(Result::err)));
    let of_removal = Signal::derive(move || untold(actions?.remove.value().get().and_then(Result::err)));
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
        <section class="wide flex flex-col gap-4" id="lists" tabindex="-1">
            <div class="flex flex-wrap items-baseline justify-between gap-x-6 gap-y-1">
                <h2 class="text-lg font-semibold">{td!(locale, programs.lists.title)}</h2>
                <p class="text-sm" data-changes=move || changes.get()>
                    {move || {
                        let most = limits.with(|limits| limits.of(Limit::ChangesAMonth));
                        td_string!(locale, programs.lists.changes, count = changes.get(), most = most)
                    }}
                </p>
            </div>
            <FormError error=of_change fields=&[Field::Entries] is_typed=true/>
            <FormError error=of_removal fields=&[Field::Entries]/>
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
    matches!(error, AppError::Conflict | AppError::NotFound)
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
                    <Row program id entries limits now actions/>
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
    // The text that was to be copied, and whether it was.
    let tried = RwSignal::new(None::<(String, bool)>);
    let copy = move |_| {
        let text = joined.get_untracked();
        spawn_local(async move {
            let copied = copy_text(&text).await;
            tried.try_set(Some((text, copied)));
        });
    };
    // Of a list that has changed since, nothing is said.
    let copied = Memo::new(move |_| {
        tried.with(|tried| {
            let (text, copied) = tried.as_ref()?;
            joined.with(|joined| joined == text).then_some(*copied)
        })
    });
    let told = move || match copied.get() {
        Some(true) => td_string!(locale, programs.lists.copied),
        Some(false) => td_string!(locale, programs.lists.not_copied),
        None => "",
    };
    let label = td_string!(locale, programs.lists.joined, list = words::api(api, locale)).to_string();
    view! {
        <details class="text-sm open:w-full">
            <summary class="link w-fit">{td!(locale, programs.lists.for_wechat)}</summary>
            <div class="mt-2 flex flex-wrap items-start gap-3">
                <textarea class="textarea w-full font-mono" readonly rows="3" aria-label=label>{joined}</textarea>
                <button type="button" class="btn btn-sm hidden live:inline-flex" on:click=copy>{td!(locale, programs.lists.copy)}</button>
                <span role="status">{told}</span>
            </div>
        </details>
    }
}

/// Puts a text on the clipboard, and says whether the browser allowed that.
#[cfg(feature = "hydrate")]
async fn copy_text(text: &str) -> bool {
    let clipboard = window().navigator().clipboard();
    // A page that came over plain HTTP from another machine has none.
    !clipboard.is_undefined() && clipboard.write_text(text).await.is_ok()
}

/// No button is pressed on the server.
#[cfg(not(feature = "hydrate"))]
async fn copy_text(_: &str) -> bool {
    false
}

/// What can be done to the entries of a list.
#[derive(Clone, Copy)]
pub struct Actions {
    /// Puts something else in the place of one.
    pub change: ServerAction<ChangeEntry>,
    /// Removes one.
    pub remove: ServerAction<RemoveEntry>,
    /// What was sent to `change` and is not saved.
    pub sent: Unsaved<ChangeEntry>,
    /// Whether the script has taken over the page.
    pub live: Signal<bool>,
}

impl Actions {
    /// For all entries of a page.
    pub fn of_page() -> Self {
        let change = ServerAction::new();
        Self { change, remove: ServerAction::new(), sent: Unsaved::new(change), live: live() }
    }
}

#[component]
fn Row(
    program: ProgramId,
    id: EntryId,
    entries: Signal<Vec<EntryRow>>,
    limits: Signal<Limits>,
    now: Signal<Timestamp>,
    actions: Option<Actions>,
) -> impl IntoView {
    let row = Memo::new(move |_| entries.with(|entries| entries.iter().find(|row| row.id == id).cloned()));
    let entry = Memo::new(move |_| row.with(|row| row.as_ref().map(|row| row.entry.clone())));
    let name = move || entry.with(|entry| entry.as_ref().map(ToString::to_string));
    view! {
        <li class="flex flex-col gap-1 py-3" id=anchor(id) data-entry=name>
            {move || row.get().map(|row| view! { <Facts row now=now.get()/> })}
            {actions.map(|actions| view! { <Edit program id entry entries limits actions/> })}
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
        Some(page) => view! { <a class="link wrap-anywhere" href=page inner_html=breaking(&name)></a> }.into_any(),
        None => view! { <HostText text=name/> }.into_any(),
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

/// `Expires in 3 days`, or `Expired 3 days ago`: one element for each of hundreds of entries, where the words around a
/// [`crate::time::Time`] would be another.
#[component]
fn Expiry(at: Timestamp, now: Timestamp) -> impl IntoView {
    let locale = use_locale();
    let time = relative(at, now, locale);
    let (class, words) = if at < now {
        ("font-medium text-error", td_string!(locale, programs.lists.expired, time = time))
    } else {
        ("", td_string!(locale, programs.lists.expires, time = time))
    };
    view! { <time class=class datetime=at.to_string() title=use_zone().write(at)>{words}</time> }
}
