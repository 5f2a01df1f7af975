//! The form that registers a mini program.

use leptos::prelude::*;
use model::{
    AppId,
    service::{Field, Problem},
};

use super::api::{AddProgram, REGISTER};
use crate::{
    components::{FormError, TextField, waits},
    drafts::Left,
    i18n::*,
    preferences::use_locale,
};

/// Registers a mini program.
#[component]
pub fn RegisterForm(
    /// Registers it. It outlives this form, which is drawn anew with the list.
    add: ServerAction<AddProgram>,
    /// What was typed before.
    left: Left,
) -> impl IntoView {
    let locale = use_locale();
    let error = Signal::derive(move || add.value().get().and_then(Result::err));
    view! {
        <section class="panel flex max-w-xl flex-col gap-4" id=REGISTER>
            <h2 class="text-lg font-semibold">{td!(locale, programs.register.title)}</h2>
            <ActionForm action=add attr:class="flex flex-col gap-4" attr:novalidate=true>
                <FormError error fields=&[Field::AppId, Field::ProgramName] is_typed=true/>
                <TextField name="app_id" field=Field::AppId error judge=judge_app_id value=left.text("app_id")
                    label=td_string!(locale, programs.register.app_id)
                    help=td_string!(locale, programs.register.app_id_help)/>
                <TextField name="name" field=Field::ProgramName error value=left.text("name")
                    label=td_string!(locale, programs.register.name)/>
                <div>
                    <button class="btn btn-primary" aria-disabled=waits(add.pending())>{td!(locale, programs.register.submit)}</button>
                </div>
            </ActionForm>
        </section>
    }
    .into_any()
}

fn judge_app_id(typed: &str) -> Option<Problem> {
    match typed.trim() {
        "" => Some(Problem::Empty),
        typed => typed.parse::<AppId>().err().map(|_| Problem::Malformed),
    }
}
