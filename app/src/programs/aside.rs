//! Lines of a paste that belong to another list by their scheme: they are moved there, never rewritten
//! unasked.

use leptos::prelude::*;
use model::{
    Api, DomainEntry,
    domain_entry::EntryJudgement,
    programs::paste::{lines_of, rewritten},
    service::ProgramId,
};

use super::paste::{Draft, elsewhere_words, propose};
use crate::{i18n::*, pasted::Paste, preferences::use_locale, typed::back_to_text, words};

/// Sets every line aside that belongs to another list.
#[component]
pub fn MoveAll(
    /// What is said of each line.
    judgements: Memo<Vec<EntryJudgement>>,
    /// The lines.
    draft: Draft,
) -> impl IntoView {
    let locale = use_locale();
    let any = Memo::new(move |_| judgements.with(|lines| lines.iter().any(|line| line.elsewhere.is_some())));
    let move_all = move |_| {
        let lines = judgements.get_untracked();
        let elsewhere = |index: usize| lines.get(index).and_then(|line| line.elsewhere.as_ref());
        let stays = |index: usize, line: &str| elsewhere(index).is_none().then(|| line.to_owned());
        back_to_text();
        draft.text.update(|text| *text = rewritten(text, stays));
        lines
            .iter()
            .filter_map(|line| line.elsewhere.as_ref())
            .for_each(|entry| draft.set_aside(entry.api(), &entry.to_string()));
    };
    view! {
        <Show when=move || any.get()>
            <button type="button" class="btn btn-sm hidden live:inline-flex" on:click=move_all>
                {td!(locale, programs.add.move_all)}
            </button>
        </Show>
    }
}

/// What waits for another list, and the way to go on with it.
#[component]
pub fn Aside(
    /// The lines, and what waits.
    draft: Draft,
) -> impl IntoView {
    let locale = use_locale();
    let go_on = move |api| {
        back_to_text();
        draft.go_on_with(api);
    };
    let waiting = move |(api, lines): (Api, String)| {
        let (list, count) = (words::api(api, locale), lines_of(&lines).count());
        view! {
            <p class="alert" role="status" data-aside=api.as_str()>
                <span>{td_string!(locale, programs.add.aside, list = list, count = count)}</span>
                <button type="button" class="btn btn-sm" on:click=move |_| go_on(api)>
                    {td!(locale, programs.add.go_on)}
                </button>
            </p>
        }
    };
    move || draft.aside.get().into_iter().map(waiting).collect_view()
}

/// The list to which a line belongs by its scheme, and the way there.
#[component]
pub fn Elsewhere(
    /// The mini program.
    program: ProgramId,
    /// Which line.
    index: usize,
    /// What it is in that list.
    entry: DomainEntry,
    /// The lines, and what waits.
    draft: Draft,
    /// How the lines are replaced.
    paste: Paste,
) -> impl IntoView {
    let locale = use_locale();
    let (api, line) = (entry.api(), entry.to_string());
    let list = words::api(api, locale);
    let there = format!("/programs/{program}?{}#add", propose(api, &line));
    let move_there = move |_| {
        draft.set_aside(api, &line);
        paste.put(index, None);
    };
    view! {
        <span class="flex flex-wrap items-center gap-2 text-sm" data-elsewhere=api.as_str()>
            <span>{elsewhere_words(api, locale)}</span>
            <button type="button" class="btn btn-sm hidden live:inline-flex" on:click=move_there>
                {td_string!(locale, programs.add.move_to, list = list)}
            </button>
            <a class="link live:hidden" href=there>{td_string!(locale, programs.add.move_to, list = list)}</a>
        </span>
    }
}
