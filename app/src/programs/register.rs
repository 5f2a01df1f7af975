//! The list of mini programs, and the form that registers one.

use leptos::prelude::*;
use leptos_meta::Title;
use model::{
    AppId,
    service::{Field, Problem},
};

use super::{
    api::{AddProgram, programs_page},
    rows::ProgramRows,
};
use crate::{
    components::{FormError, PageError, TextField},
    export::ExportLinks,
    i18n::*,
    preferences::use_locale,
};

/// Every mini program, worst first.
#[component]
pub fn ProgramsPage() -> impl IntoView {
    let locale = use_locale();
    let data = Resource::new_blocking(|| (), |()| programs_page());
    view! {
        <Title text=td_string!(locale, common.nav.programs)/>
        <h1 class="page-title">{td!(locale, common.nav.programs)}</h1>
        <Transition fallback=move || view! { <p>{td!(locale, common.loading)}</p> }>
            {move || Suspend::new(async move {
                match data.await {
                    Ok(data) if data.programs.is_empty() => view! { <p class="max-w-prose">{td!(locale, programs.none)}</p> }.into_any(),
                    Ok(data) => view! {
                        <ExportLinks list="/programs".to_owned() label=td_string!(locale, exports.inventory)/>
                        <ProgramRows programs=data.programs/>
                    }
                    .into_any(),
                    Err(error) => view! { <PageError error/> }.into_any(),
                }
            })}
        </Transition>
        <RegisterForm/>
    }
}

/// Registers a mini program.
#[component]
pub fn RegisterForm() -> impl IntoView {
    let locale = use_locale();
    let add = ServerAction::<AddProgram>::new();
    let error = Signal::derive(move || add.value().get().and_then(Result::err));
    view! {
        <section class="panel flex max-w-xl flex-col gap-4">
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
