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
    i18n::*,
};

/// Every mini program, worst first.
#[component]
pub fn ProgramsPage() -> impl IntoView {
    let i18n = use_i18n();
    let data = Resource::new_blocking(|| (), |()| programs_page());
    view! {
        <Title text=move || t_string!(i18n, common.nav.programs)/>
        <h1 class="page-title">{t!(i18n, common.nav.programs)}</h1>
        <Transition fallback=move || view! { <p>{t!(i18n, common.loading)}</p> }>
            {move || Suspend::new(async move {
                match data.await {
                    Ok(data) if data.programs.is_empty() => view! { <p class="max-w-prose">{t!(i18n, programs.none)}</p> }.into_any(),
                    Ok(data) => view! { <ProgramRows programs=data.programs/> }.into_any(),
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
    let i18n = use_i18n();
    let add = ServerAction::<AddProgram>::new();
    let error = Signal::derive(move || add.value().get().and_then(Result::err));
    view! {
        <section class="panel flex max-w-xl flex-col gap-4">
            <h2 class="text-lg font-semibold">{t!(i18n, programs.register.title)}</h2>
            <ActionForm action=add attr:class="flex flex-col gap-4">
                <FormError error fields=&[Field::AppId, Field::ProgramName]/>
                <TextField name="app_id" field=Field::AppId error judge=judge_app_id
                    label=Signal::derive(move || t_string!(i18n, programs.register.app_id).to_string())
                    help=Signal::derive(move || t_string!(i18n, programs.register.app_id_help).to_string())/>
                <TextField name="name" field=Field::ProgramName error
                    label=Signal::derive(move || t_string!(i18n, programs.register.name).to_string())/>
                <div>
                    <button class="btn btn-primary" disabled=add.pending()>{t!(i18n, programs.register.submit)}</button>
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
