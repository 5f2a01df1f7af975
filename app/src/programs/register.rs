//! The form that registers a mini program.

use leptos::prelude::*;
use model::{
    AppId,
    service::{Field, Problem},
};

use super::api::AddProgram;
use crate::{
    components::{FormError, TextField},
    i18n::*,
    preferences::use_locale,
};

/// Registers a mini program.
#[component]
pub fn RegisterForm() -> impl IntoView {
    let locale = use_locale();
    let add = ServerAction::<AddProgram>::new();
    let error = Signal::derive(move || add.value().get().and_then(Result::err));
    view! {
        <section class="panel flex max-w-xl flex-col gap-4" id="register">
            <h2 class="text-lg font-semibold">{td!(locale, programs.register.title)}</h2>
            <ActionForm action=add attr:class="flex flex-col gap-4">
                <FormError error fields=&[Field::AppId, Field::ProgramName]/>
                <TextField name="app_id" field=Field::AppId error judge=judge_app_id
                    label=td_string!(locale, programs.register.app_id)
                    help=td_string!(locale, programs.register.app_id_help)/>
                <TextField name="name" field=Field::ProgramName error
                    label=td_string!(locale, programs.register.name)/>
                <div>
                    <button class="btn btn-primary" disabled=add.pending()>{td!(locale, programs.register.submit)}</button>
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
