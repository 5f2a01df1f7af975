//! The lines of a paste, judged while one types: those that are refused are mended by what is
//! suggested, or dropped.

use std::collections::BTreeSet;

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use crate::{components::left_blank, drafts::was_refused, i18n::*, preferences::use_locale, typed::back_to_text};

/// What was found of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// It is accepted as this, which may be written otherwise.
    Kept(String),
    /// It is refused, and this was meant.
    Suggested(String),
    /// It is refused.
    Refused,
}

/// Puts something else, or nothing, in the place of each line of a text.
pub type Rewrite = fn(&str, &mut dyn FnMut(usize, &str) -> Option<String>) -> String;

/// A text that is being typed, and how its lines are taken apart.
#[derive(Clone, Copy, Debug)]
pub struct Paste {
    /// The lines, as typed.
    pub text: RwSignal<String>,
    /// How they are replaced.
    pub rewrite: Rewrite,
}

impl Paste {
    /// Another line in the place of one, or nothing, as a button beside it asks for.
    pub fn put(self, index: usize, with: Option<&str>) {
        back_to_text();
        self.text.update(|text| *text = replaced(text, index, with, self.rewrite));
    }
}

/// Says of a paste that came back without JavaScript that nothing was saved, until it is changed.
#[component]
pub fn NotSaved(
    /// The lines.
    text: RwSignal<String>,
) -> impl IntoView {
    let locale = use_locale();
    let came_back = came_back(text);
    view! {
        <Show when=move || came_back.get() && !text.with(|text| is_blank(text))>
            <p class="alert alert-error" role="alert" data-not-saved="">{td!(locale, common.paste.not_saved)}</p>
        </Show>
    }
}

/// What is wrong with the lines as the server has `said`, or that a paste that came back without JavaScript had none.
pub fn problem_of_lines(said: Signal<Option<String>>, text: RwSignal<String>) -> Signal<Option<String>> {
    let came_back = came_back(text);
    let blank = left_blank(Signal::derive(move || came_back.get() && text.with(|text| is_blank(text))));
    Signal::derive(move || said.get().or_else(|| blank.get()))
}

/// Whether a paste came back without JavaScript and was not changed since.
fn came_back(text: RwSignal<String>) -> Memo<bool> {
    let refused = use_location().search.with_untracked(|search| was_refused(search));
    let first = text.get_untracked();
    Memo::new(move |_| refused && text.with(|text| *text == first))
}

fn is_blank(text: &str) -> bool {
    text.trim().is_empty()
}

/// A button that has the page judge the lines, and saves nothing, for browsers that run no script.
#[component]
pub fn JudgeAlone() -> impl IntoView {
    let locale = use_locale();
    let words = td_string!(locale, common.paste.judge);
    let button = format!(r#"<button class="btn" name="judge" value="true">{words}</button>"#);
    view! { <noscript inner_html=button></noscript> }
}

/// Mends or drops all lines that are refused.
#[component]
pub fn MendAll(
    /// The lines.
    paste: Paste,
    /// What was found of each.
    found: Memo<Vec<Found>>,
) -> impl IntoView {
    let locale = use_locale();
    let Paste { text, rewrite } = paste;
    let fixable = move || found.with(|found| text.with(|text| is_mendable(text, found, rewrite)));
    let lost = move || found.with(|found| found.contains(&Found::Refused));
    let rewrite_all = move |with: fn(&str, &[Found], Rewrite) -> String| {
        let fresh = found.with_untracked(|found| text.with_untracked(|text| with(text, found, rewrite)));
        back_to_text();
        text.set(fresh);
    };
    view! {
        <Show when=fixable>
            <button type="button" class="btn btn-sm hidden live:inline-flex" on:click=move |_| rewrite_all(mended)>
                {td!(locale, common.paste.fix_all)}
            </button>
        </Show>
        <Show when=lost>
            <button type="button" class="btn btn-ghost btn-sm hidden live:inline-flex" on:click=move |_| rewrite_all(without_refused)>
                {td!(locale, common.paste.drop_all)}
            </button>
        </Show>
    }
}

/// Mends or drops one line.
#[component]
pub fn MendLine(
    /// The lines.
    paste: Paste,
    /// Which one.
    index: usize,
    /// What was meant, where that is plain.
    suggestion: Option<String>,
) -> impl IntoView {
    let locale = use_locale();
    view! {
        <div class="hidden gap-2 live:flex">
            {suggestion.map(|line| view! {
                <button type="button" class="btn btn-sm" on:click=move |_| paste.put(index, Some(&line))>
                    {td!(locale, common.paste.use_suggestion)}
                </button>
            })}
            <button type="button" class="btn btn-ghost btn-sm" on:click=move |_| paste.put(index, None)>
                {td!(locale, common.paste.drop)}
            </button>
        </div>
    }
    .into_any()
}

/// The text with each suggestion in the place of its line; what would then stand there twice is dropped.
fn mended(text: &str, found: &[Found], rewrite: Rewrite) -> String {
    let mut there = BTreeSet::new();
    for line in found {
        if let Found::Kept(entry) = line {
            there.insert(entry.as_str());
        }
    }
    rewrite(text, &mut |index, line| match found.get(index) {
        Some(Found::Kept(entry)) => Some(entry.clone()),
        Some(Found::Suggested(entry)) => there.insert(entry).then(|| entry.clone()),
        Some(Found::Refused) | None => Some(line.to_owned()),
    })
}

/// Whether that would write a line otherwise.
fn is_mendable(text: &str, found: &[Found], rewrite: Rewrite) -> bool {
    let mut any = false;
    rewrite(text, &mut |index, line| {
        any |= match found.get(index) {
            Some(Found::Kept(entry)) => entry != line,
            Some(Found::Suggested(_)) => true,
            Some(Found::Refused) | None => false,
        };
        None
    });
    any
}

/// The text without the lines that are refused.
fn without_refused(text: &str, found: &[Found], rewrite: Rewrite) -> String {
    let stays = |index: usize| matches!(found.get(index), None | Some(Found::Kept(_)));
    rewrite(text, &mut |index, line| stays(index).then(|| line.to_owned()))
}

/// The text with another line in the place of one, or nothing.
fn replaced(text: &str, index: usize, with: Option<&str>, rewrite: Rewrite) -> String {
    rewrite(text, &mut |at, line| if at == index { with.map(str::to_owned) } else { Some(line.to_owned()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rewrite(text: &str, with: &mut dyn FnMut(usize, &str) -> Option<String>) -> String {
        let lines = text.lines().enumerate().filter_map(|(index, line)| with(index, line));
        lines.collect::<Vec<_>>().join("\n")
    }

    /// A line that ends in `?` is refused, one in capitals means small letters, and `#` was not judged.
    fn found(text: &str) -> Vec<Found> {
        let judge = |line: &str| match line.strip_suffix('?') {
            Some("") => Found::Refused,
            Some(line) => Found::Suggested(line.to_lowercase()),
            None => Found::Kept(line.to_lowercase()),
        };
        text.lines().take_while(|line| *line != "#").map(judge).collect()
    }

    #[test]
    fn a_suggestion_that_stands_there_already_is_not_put_there_again() {
        let text = "a?\nb?\nb?\nA\n?\nC\n#\nd?";
        assert_eq!(mended(text, &found(text), rewrite), "b\na\n?\nc\n#\nd?");
        assert_eq!(without_refused(text, &found(text), rewrite), "A\nC\n#\nd?");
        for (text, mendable) in [("a\n?\n#\nB?", false), ("A", true), ("a?", true)] {
            assert_eq!(is_mendable(text, &found(text), rewrite), mendable, "{text}");
        }
    }

    #[test]
    fn one_line_is_replaced_or_dropped() {
        assert_eq!(replaced("a\nb\nc", 1, Some("x"), rewrite), "a\nx\nc");
        assert_eq!(replaced("a\nb\nc", 1, None, rewrite), "a\nc");
    }
}
