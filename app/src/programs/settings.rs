//! The settings of a mini program, and its removal.

use leptos::prelude::*;
use model::{
    limits::{PER_LIST, PER_LIST_MOST},
    programs::ProgramDetail,
    service::Field,
};

use super::api::{ChangeProgram, RemoveProgram};
use crate::{
    components::{FormError, TextField},
    i18n::*,
    preferences::use_locale,
};

/// Name, limit, the skip-check flag; and below, the way to remove it.
#[component]
pub fn Settings(
    /// As read.
    detail: ProgramDetail,
    /// Changes them. It outlives this form, which is drawn anew with what was saved.
    change: ServerAction<ChangeProgram>,
) -> impl IntoView {
    let locale = use_locale();
    let error = Signal::derive(move || change.value().get().and_then(Result::err));
    let saved = move || change.value().with(|value| matches!(value, Some(Ok(()))));
    let id = detail.summary.id;
    let (name, skip_check) = (detail.summary.name.clone(), detail.summary.skip_check);
    view! {
        <section class="panel flex flex-col gap-4" id="settings">
            <h2 class="text-lg font-semibold">{td!(locale, programs.settings.title)}</h2>
            <ActionForm action=change attr:class="flex max-w-xl flex-col gap-4">
                <FormError error fields=&[Field::ProgramName, Field::Limit]/>
                <input type="hidden" name="id" value=id.to_string()/>
                <input type="hidden" name="revision" value=detail.revision.to_string()/>
                <TextField name="name" field=Field::ProgramName error value=name
                    label=td_string!(locale, programs.settings.name)/>
                <TextField name="per_list" field=Field::Limit error kind="number" value=detail.limits.per_list().to_string()
                    label=td_string!(locale, programs.settings.per_list)
                    help=Signal::derive(move || {
                        td_string!(locale, programs.settings.per_list_help, least = PER_LIST, most = PER_LIST_MOST).to_string()
                    })/>
                <label class="flex items-start gap-3">
                    <input type="checkbox" class="checkbox mt-0.5" name="skip_check" value="true" checked=skip_check/>
                    <span class="flex flex-col">
                        <span class="font-medium">{td!(locale, programs.settings.skip_check)}</span>
                        <span class="field-help">{td!(locale, programs.settings.skip_check_help)}</span>
                    </span>
                </label>
                <div class="flex flex-wrap items-center gap-3">
                    <button class="btn btn-primary" disabled=change.pending()>{td!(locale, common.save)}</button>
                    <span role="status">{move || saved().then(|| td_string!(locale, settings.saved))}</span>
                </div>
            </ActionForm>
            <Removal detail/>
        </section>
    }
    .into_any()
}

/// Names what will be gone, and asks once.
#[component]
fn Removal(detail: ProgramDetail) -> impl IntoView {
    let locale = use_locale();
    let remove = ServerAction::<RemoveProgram>::new();
    let error = Signal::derive(move || remove.value().get().and_then(Result::err));
    let summary = detail.summary;
    let (name, entries) = (summary.name, summary.entries);
    view! {
        <details>
            <summary class="link w-fit">{td!(locale, programs.settings.remove)}</summary>
            <ActionForm action=remove attr:class="mt-3 flex flex-col items-start gap-3">
                <p class="max-w-prose">{td!(locale, programs.settings.remove_what, name, count = entries)}</p>
                <FormError error fields=&[]/>
                <input type="hidden" name="id" value=summary.id.to_string()/>
                <button class="btn btn-error btn-outline btn-sm" disabled=remove.pending()>{td!(locale, programs.settings.remove_now)}</button>
            </ActionForm>
        </details>
    }
}
