//! Who is told by mail of what concerns a mini program.

use leptos::prelude::*;
use model::{
    alerts::{EmailAddress, Language, Recipient},
    service::{Field, Problem, ProgramId},
};

use super::api::{AddRecipient, RECIPIENTS, RemoveRecipient};
use crate::{
    components::{FormError, TextField, waits},
    drafts::Left,
    error::AppError,
    i18n::*,
    preferences::use_locale,
    toast,
    typed::lead_on,
    words,
};

/// What can be done to them. It outlives the list, which is drawn anew with what was done.
#[derive(Clone, Copy)]
pub struct Actions {
    add: ServerAction<AddRecipient>,
    remove: ServerAction<RemoveRecipient>,
}

impl Actions {
    /// They say what was done, and call `on_change`.
    pub fn new(on_change: Callback<()>) -> Self {
        let (add, remove) = (ServerAction::<AddRecipient>::new(), ServerAction::<RemoveRecipient>::new());
        for done in [add.value().into(), remove.value().into()] {
            let done: Signal<Option<Result<(), AppError>>> = done;
            toast::say_when_done(done, td_string!(use_locale(), common.saved));
            Effect::new(move || {
                if done.with(|done| matches!(done, Some(Ok(())))) {
                    on_change.run(());
                }
            });
        }
        // The button that was pressed goes with the recipient.
        lead_on(remove.pending(), move || {
            remove.value().with(|value| matches!(value, Some(Ok(())))).then(|| format!("#{RECIPIENTS}"))
        });
        Self { add, remove }
    }
}

/// The recipients of a mini program, and a form for one more.
#[component]
pub fn Recipients(
    /// The page that the forms come back to.
    program: ProgramId,
    /// In the order of their addresses.
    recipients: Memo<Vec<Recipient>>,
    /// Whether whoever looks may change them.
    may_edit: bool,
    /// What can be done to them.
    actions: Actions,
    /// What was typed before.
    left: Left,
) -> impl IntoView {
    let locale = use_locale();
    let Actions { add, remove } = actions;
    let error = Signal::derive(move || remove.value().get().and_then(Result::err));
    let is_empty = Memo::new(move |_| recipients.with(Vec::is_empty));
    let form = move || {
        // Drawn anew with the list.
        recipients.track();
        view! { <AddForm program add left=left.clone().until_answered(add)/> }
    };
    view! {
        <section class="panel flex flex-col gap-3" id=RECIPIENTS tabindex="-1">
            <h2 class="text-lg font-semibold">{td!(locale, alerts.recipients.title)}</h2>
            <p class="max-w-prose text-sm text-base-content/80">{td!(locale, alerts.recipients.intro)}</p>
            <FormError error fields=&[]/>
            {move || is_empty.get().then(|| view! { <p>{td!(locale, alerts.recipients.none)}</p> })}
            <ul class="rows empty:hidden">
                <For each=move || recipients.get() key=|recipient| recipient.id let:recipient>
                    <Row program recipient remove may_edit/>
                </For>
            </ul>
            {may_edit.then_some(form)}
        </section>
    }
    .into_any()
}

#[component]
fn Row(
    program: ProgramId,
    recipient: Recipient,
    remove: ServerAction<RemoveRecipient>,
    may_edit: bool,
) -> impl IntoView {
    let locale = use_locale();
    let Recipient { id, address, language } = recipient;
    let address = address.to_string();
    let remove_one = td_string!(locale, alerts.recipients.remove_one, address = address.as_str()).to_string();
    view! {
        <li class="row grid-cols-[minmax(0,1fr)_auto_auto] items-center" data-recipient=address.clone()>
            <span class="break-all">{address.clone()}</span>
            <span class="text-sm">{words::language(language)}</span>
            {may_edit.then(|| view! {
                <ActionForm action=remove>
                    <input type="hidden" name="id" value=program.to_string()/>
                    <input type="hidden" name="recipient" value=id.to_string()/>
                    <button class="btn btn-ghost btn-sm" aria-disabled=waits(remove.pending()) aria-label=remove_one>
                        {td!(locale, common.remove)}
                    </button>
                </ActionForm>
            })}
        </li>
    }
}

#[component]
fn AddForm(program: ProgramId, add: ServerAction<AddRecipient>, left: Left) -> impl IntoView {
    let locale = use_locale();
    let error = Signal::derive(move || add.value().get().and_then(Result::err));
    let own = if locale == Locale::en { Language::English } else { Language::Chinese };
    let own = left.parsed("language").unwrap_or(own);
    let languages = Language::ALL.map(|language| {
        view! { <option value=language.as_str() selected=language == own>{words::language(language)}</option> }
    });
    view! {
        <ActionForm action=add attr:class="grid max-w-2xl gap-3 sm:grid-cols-[minmax(0,1fr)_10rem_auto] sm:items-start" attr:novalidate=true>
            <div class="sm:col-span-3 empty:hidden"><FormError error fields=&[Field::Recipient] is_typed=true/></div>
            <input type="hidden" name="id" value=program.to_string()/>
            <TextField name="address" field=Field::Recipient error kind="email" judge=judge_address value=left.text("address")
                label=td_string!(locale, alerts.recipients.address)/>
            <label class="field">
                <span class="field-label">{td!(locale, common.preferences.language)}</span>
                <select class="select w-full" name="language">{languages.collect_view()}</select>
            </label>
            <button class="btn btn-primary sm:mt-7" aria-disabled=waits(add.pending())>{td!(locale, alerts.recipients.add)}</button>
        </ActionForm>
    }
    .into_any()
}

/// What is wrong with an address, before it is sent.
pub(crate) fn judge_address(typed: &str) -> Option<Problem> {
    match typed.trim() {
        "" => Some(Problem::Empty),
        typed => typed.parse::<EmailAddress>().err().map(|_| Problem::Malformed),
    }
}
