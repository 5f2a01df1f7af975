//! What is typed over an entry of a list: judged while it is typed, as lines that are added are. Lists have hundreds
//! of entries, so the form of one is made when it is opened.

use leptos::{html::Input, prelude::*};
use leptos_router::hooks::use_location;
use model::{
    Api, DomainEntry, Limits,
    domain_entry::{EntryJudgement, judge_list, moved},
    programs::EntryRow,
    service::{EntryId, Field, ProgramId},
};

use super::{
    api::ChangeEntry,
    clash::{Attempt, Wish},
    lists::Actions,
    paste::{ListSelect, Said, elsewhere_words},
};
use crate::{
    components::{error_id, problem_of, waits},
    i18n::*,
    preferences::use_locale,
    query::{self, parsed},
    typed::{keep_up, lead_on},
    words,
};

/// The way to change an entry: its form, folded away and made when it is unfolded. Until the script has taken over, a
/// link to the page on which the server has unfolded it.
#[component]
pub fn Edit(
    /// The mini program.
    program: ProgramId,
    /// The entry.
    id: EntryId,
    /// As it was read last, for as long as it is there.
    entry: Memo<Option<DomainEntry>>,
    /// The entries of every list, as read last.
    entries: Signal<Vec<EntryRow>>,
    /// How many each list may hold.
    limits: Signal<Limits>,
    /// What can be done to it.
    actions: Actions,
) -> impl IntoView {
    let locale = use_locale();
    let begun = use_location().search.with_untracked(|search| is_unfolded(search, id));
    // Once made, it stays with what is typed in it, folded or not.
    let (made, open) = (RwSignal::new(begun), RwSignal::new(begun));
    let label = move |entry: &Option<DomainEntry>| {
        let entry = entry.as_ref().map(ToString::to_string).unwrap_or_default();
        td_string!(locale, programs.lists.change_one, entry = entry)
    };
    let words = td_string!(locale, programs.lists.change);
    let link = (!begun).then(|| {
        let (href, label) = (unfolded(program, id), entry.with_untracked(label));
        view! { <a class="link w-fit text-sm whitespace-nowrap live:hidden" href=href aria-label=label>{words}</a> }
    });
    let class = if begun { "" } else { "hidden live:block" };
    view! {
        {link}
        <details open=move || open.get() class=class>
            <summary class="link w-fit text-sm whitespace-nowrap" aria-label=move || entry.with(label)
                on:click=move |_| made.set(true)>{words}</summary>
            <Show when=move || made.get()>
                <EntryForm program id entry entries limits actions open/>
            </Show>
        </details>
    }
    .into_any()
}

/// Changes an entry, moves it to another list, or removes it. What is typed stays while the list is
/// read again.
#[component]
fn EntryForm(
    program: ProgramId,
    id: EntryId,
    entry: Memo<Option<DomainEntry>>,
    entries: Signal<Vec<EntryRow>>,
    limits: Signal<Limits>,
    actions: Actions,
    /// Whether it is unfolded by itself.
    open: RwSignal<bool>,
) -> impl IntoView {
    let Some(start) = entry.get_untracked() else { return ().into_any() };
    let locale = use_locale();
    let Actions { change, remove, sent, live } = actions;
    let tried = use_location().search.with_untracked(|search| refused(search, id));
    let begun = tried.is_some();
    let (began, text) = tried.unwrap_or_else(|| (start.api(), start.to_string()));
    let (typed, api) = (RwSignal::new(text.clone()), RwSignal::new(began));
    let (was, begin) = (RwSignal::new(start), StoredValue::new(text.clone()));
    // There is one action for all entries: its answer belongs to the one that was sent last, for as long as that is what
    // stands here. Until there is one, the last answer is that to something else.
    let pending = change.pending();
    let error = Signal::derive(move || {
        let error = change.value().get().and_then(Result::err).filter(|_| !pending.get())?;
        let stands = |list: Api, text: &str| list == api.get() && typed.with(|typed| typed.as_str() == text);
        let ours = match sent.get() {
            Some(sent) => sent.entry == id && stands(sent.api, &sent.typed),
            None => begun && begin.with_value(|text| stands(began, text)),
        };
        ours.then_some(error)
    });
    let problem = problem_of(Field::Entries, error);
    let described = error_id(&anchor(id));
    let judged_id = format!("judged-{id}");
    let described_by = format!("{described} {judged_id}");
    follow(entry, was, typed, api);
    let judged = judged(id, was, (typed, api), (entries, limits));
    let becomes = Memo::new(move |_| {
        // What is suggested is what it becomes, and says so.
        let now = judged.with(|judged| {
            let line = judged.as_ref().filter(|line| line.suggestion.is_none())?;
            line.entry.as_ref().map(ToString::to_string)
        })?;
        typed.with(|typed| typed.trim() != now).then_some(now)
    });
    let refused = Memo::new(move |_| judged.with(|judged| judged.as_ref().is_some_and(|line| !line.accepted())));
    let wrong = move || (refused.get() || problem.with(Option::is_some)).then_some("true");
    let meant = move |api: Api, typed: String| {
        let was = was.with_untracked(ToString::to_string);
        Attempt { entry: id, was, wish: Wish::Change { api, typed } }.link(program)
    };
    // Opens by itself for a problem; closing is up to the person.
    Effect::new(move || {
        if problem.with(Option::is_some) {
            open.set(true);
        }
    });
    let field = NodeRef::<Input>::new();
    let was = move || was.with(ToString::to_string);
    let named = move || entry.with(|entry| entry.as_ref().map_or_else(was, ToString::to_string));
    let typed_label = move || td_string!(locale, programs.lists.entry, entry = named()).to_string();
    let list_label = Signal::derive(move || td_string!(locale, programs.lists.list_of, entry = named()).to_string());
    view! {
        <div class="mt-2 flex flex-wrap items-end gap-3">
            <ActionForm action=change attr:class="flex min-w-0 grow flex-wrap items-end gap-3" attr:novalidate=true>
                <input type="hidden" name="id" value=program.to_string()/>
                <input type="hidden" name="entry" value=id.to_string()/>
                <input type="hidden" name="was" value=was/>
                <input node_ref=field class="input input-sm min-w-0 grow font-mono" name="typed" value=text required maxlength="1024"
                    spellcheck="false" autocomplete="off" autocapitalize="off" aria-label=typed_label
                    aria-invalid=wrong aria-describedby=described_by
                    use:keep_up=typed.into() on:input=move |event| typed.set(event_target_value(&event))/>
                <ListSelect api class="select select-sm w-auto max-w-full" label=list_label/>
                <button class="btn btn-primary btn-sm" disabled=move || live.get() && refused.get() aria-disabled=waits(pending)>
                    {td!(locale, common.save)}
                </button>
                // What is refused here is told once.
                <span class="field-error w-full" id=described role="alert">{move || problem.get().filter(|_| !refused.get())}</span>
                <div class="w-full empty:hidden" aria-live="polite" id=judged_id>
                    {move || judged.get().filter(has_something_to_say).map(|judgement| view! { <Retyped judgement typed api field meant/> })}
                    {move || becomes.get().map(|now| view! {
                        <p class="text-sm wrap-anywhere" data-becomes="">{td_string!(locale, programs.lists.becomes, entry = now)}</p>
                    })}
                </div>
            </ActionForm>
            <ActionForm action=remove>
                <input type="hidden" name="id" value=program.to_string()/>
                <input type="hidden" name="entry" value=id.to_string()/>
                <input type="hidden" name="was" value=was/>
                <button class="btn btn-error btn-outline btn-sm" aria-disabled=waits(remove.pending())>{td!(locale, common.remove)}</button>
            </ActionForm>
        </div>
    }
    .into_any()
}

/// What the rules say of what is typed over an entry; nothing while that is the entry itself.
fn judged(
    id: EntryId,
    was: RwSignal<DomainEntry>,
    (typed, api): (RwSignal<String>, RwSignal<Api>),
    (entries, limits): (Signal<Vec<EntryRow>>, Signal<Limits>),
) -> Memo<Option<EntryJudgement>> {
    Memo::new(move |_| {
        let (was, typed, api) = (was.get(), typed.get(), api.get());
        if typed.trim().is_empty() || untouched(&was, &typed, api) {
            return None;
        }
        let others = |entries: &Vec<EntryRow>| {
            entries.iter().filter(|row| row.id != id).map(|row| row.entry.clone()).collect::<Vec<_>>()
        };
        let (others, limits) = (entries.with(others), limits.get());
        judge_list(api, [moved(&typed, was.api(), api).as_str()], &others, &limits).pop()
    })
}

fn has_something_to_say(judgement: &EntryJudgement) -> bool {
    !judgement.findings.is_empty() || judgement.suggestion.is_some()
}

/// What the rules say of it, and the way to what was meant.
#[component]
fn Retyped(
    judgement: EntryJudgement,
    typed: RwSignal<String>,
    api: RwSignal<Api>,
    /// Where it is typed; it takes the focus from a button that goes.
    field: NodeRef<Input>,
    /// The page with something else typed over the entry.
    meant: impl Fn(Api, String) -> String,
) -> impl IntoView {
    let locale = use_locale();
    let state = if judgement.accepted() { "accepted" } else { "refused" };
    let EntryJudgement { api: list, findings, suggestion, elsewhere, .. } = judgement;
    let way = |list: Api, line: String, words: String| {
        let (href, named) = (meant(list, line.clone()), words.clone());
        let put = move |_| {
            api.set(list);
            typed.set(line.clone());
            if let Some(field) = field.get_untracked() {
                let _ = field.focus();
            }
        };
        view! {
            <button type="button" class="btn btn-sm hidden live:inline-flex" on:click=put>{words}</button>
            <a class="link live:hidden" href=format!("{href}#lists")>{named}</a>
        }
    };
    let use_it =
        suggestion.clone().map(|line| way(list, line, td_string!(locale, common.paste.use_suggestion).to_owned()));
    let elsewhere = elsewhere.map(|entry| {
        let (there, line) = (entry.api(), entry.to_string());
        let move_there = td_string!(locale, programs.add.move_to, list = words::api(there, locale));
        view! { <span class="text-sm">{elsewhere_words(there, locale)}</span>{way(there, line, move_there)} }
    });
    view! {
        <div class="flex flex-col items-start gap-1" data-judged=state>
            <Said findings suggestion/>
            {use_it}
            {elsewhere}
        </div>
    }
}

/// An entry that moves to another list is drawn anew there, and what was pressed goes: its form is where one goes on.
pub(super) fn follow_moves(change: ServerAction<ChangeEntry>, entries: Signal<Vec<EntryRow>>) {
    let asked = Memo::new(move |before: Option<&Option<(EntryId, Api)>>| match change.input().get() {
        Some(ChangeEntry { entry, api, .. }) => {
            let list = entries.with_untracked(|entries| list_of(entries, entry));
            (list != Some(api)).then_some((entry, api))
        }
        None => before.copied().flatten(),
    });
    lead_on(change.pending(), move || {
        let (id, api) = asked.get()?;
        let is_done = change.value().with(|value| matches!(value, Some(Ok(()))));
        let is_there = entries.with(|entries| list_of(entries, id)) == Some(api);
        (is_done && is_there).then(|| format!("#{} summary", anchor(id)))
    });
}

fn list_of(entries: &[EntryRow], id: EntryId) -> Option<Api> {
    entries.iter().find(|row| row.id == id).map(|row| row.entry.api())
}

/// Where an entry is on its page.
pub(super) fn anchor(id: EntryId) -> String {
    format!("entry-{id}")
}

/// The page with the form of an entry unfolded by the server.
fn unfolded(program: ProgramId, id: EntryId) -> String {
    let page = query::link(&format!("/programs/{program}"), [(UNFOLDED, Some(id.to_string()))]);
    format!("{page}#{}", anchor(id))
}

/// Whether the page comes with the form of this entry unfolded: it was asked for, or was refused.
fn is_unfolded(search: &str, id: EntryId) -> bool {
    parsed(search, UNFOLDED) == Some(id) || refused(search, id).is_some()
}

/// In the query of a page: the entry whose form is unfolded.
const UNFOLDED: &str = "change";

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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use model::{Verdict, Verdicts};

    use super::*;

    #[test]
    fn what_is_typed_over_an_entry_is_judged_against_the_others_of_its_list() {
        let row = |id, text: &str| EntryRow {
            id: EntryId(id),
            entry: DomainEntry::parse(Api::Request, text).unwrap(),
            endpoint: None,
            codes: Vec::new(),
            endpoint_codes: Vec::new(),
            platforms: Verdicts::default(),
            verdict: Verdict::Unknown,
            not_after: None,
            probed_at: None,
        };
        Owner::new().with(|| {
            let rows = vec![row(7, "https://a.example"), row(8, "https://b.example")];
            let was = RwSignal::new(rows[0].entry.clone());
            let (typed, api) = (RwSignal::new(String::new()), RwSignal::new(Api::Request));
            let there = (Signal::stored(rows), Signal::stored(Limits::default()));
            let judged = judged(EntryId(7), was, (typed, api), there);
            for (line, list, accepted) in [
                ("", Api::Request, None),
                ("https://a.example ", Api::Request, None),
                ("https://c.example", Api::Request, Some(true)),
                ("https://b.example", Api::Request, Some(false)),
                ("http://c.example", Api::Request, Some(false)),
                ("https://a.example", Api::Socket, Some(true)),
            ] {
                typed.set(line.to_owned());
                api.set(list);
                assert_eq!(judged.get_untracked().map(|line| line.accepted()), accepted, "{line} {list}");
            }
        });
    }

    #[test]
    fn a_form_is_unfolded_by_its_link_or_because_it_was_refused_and_no_other_is() {
        let link = unfolded(ProgramId(3), EntryId(7));
        assert_eq!(link, "/programs/3?change=7#entry-7");
        let attempt = |wish| Attempt { entry: EntryId(7), was: "https://a.example".to_owned(), wish };
        let refused = attempt(Wish::Change { api: Api::Socket, typed: "x".to_owned() }).link(ProgramId(3));
        let not_removed = attempt(Wish::Remove).link(ProgramId(3));
        for (page, expected) in [(link.as_str(), true), (&refused, true), (&not_removed, false), ("/programs/3", false)]
        {
            let (_, search) = page.split_once('?').unwrap_or_default();
            let search = search.split('#').next().unwrap();
            assert_eq!([7, 8].map(|id| is_unfolded(search, EntryId(id))), [expected, false], "{page}");
        }
    }

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
