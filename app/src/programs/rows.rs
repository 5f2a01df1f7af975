//! Mini programs as rows: the worst platform of each is seen at a glance.

use leptos::prelude::*;
use model::programs::ProgramSummary;

use crate::{
    i18n::*,
    preferences::use_locale,
    verdict::{PlatformVerdicts, VerdictBadge},
};

/// One row a mini program, in the order given.
#[component]
pub fn ProgramRows(
    /// Worst first.
    programs: Vec<ProgramSummary>,
) -> impl IntoView {
    view! {
        <ul class="rows">{programs.into_iter().map(|program| view! { <ProgramRow program/> }).collect_view()}</ul>
    }
}

#[component]
fn ProgramRow(program: ProgramSummary) -> impl IntoView {
    let locale = use_locale();
    let ProgramSummary { id, app_id, name, entries, failing, platforms, verdict, skip_check } = program;
    view! {
        <li class="row grid-cols-[minmax(0,1fr)_auto] items-start md:grid-cols-[minmax(0,1fr)_auto_6.5rem]" data-program=app_id.to_string()>
            <div class="min-w-0">
                <a class="link font-semibold break-words" href=format!("/programs/{id}")>{name}</a>
                <p class="flex flex-wrap gap-x-3 text-sm text-base-content/80">
                    <code>{app_id.to_string()}</code>
                    <span>{td_string!(locale, programs.row.entries, count = entries)}</span>
                    {(failing > 0).then(|| view! {
                        <span class="font-semibold text-error">{td_string!(locale, programs.row.failing, count = failing)}</span>
                    })}
                    {skip_check.then(|| view! { <span>{td!(locale, programs.row.skip_check)}</span> })}
                </p>
            </div>
            <div class="order-last col-span-2 md:order-none md:col-span-1"><PlatformVerdicts verdicts=platforms/></div>
            <div class="md:text-end"><VerdictBadge verdict/></div>
        </li>
    }
}
