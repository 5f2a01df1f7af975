//! The ICP filings that a mini program needs: one row a registrable domain.

use leptos::prelude::*;
use model::{Timestamp, programs::IcpRow, service::ProgramId};

use crate::{
    i18n::*,
    icp::{
        api::RECORD_OF_PROGRAM,
        form::{RecordForm, Recording},
        list::Confirmed,
        page_of,
        standing::StandingBadge,
    },
    preferences::use_locale,
};

/// What is recorded of each domain, and a form to record it anew.
#[component]
pub fn Filings(
    /// The page that the forms come back to.
    program: ProgramId,
    /// The domains that the entries need.
    icp: Vec<IcpRow>,
    /// The server's time when it answered.
    now: Timestamp,
    /// Whether whoever looks may record one.
    may_edit: bool,
    /// What records one.
    recording: Recording,
) -> impl IntoView {
    let locale = use_locale();
    let rows = icp.into_iter().map(|row| view! { <Filing program row now may_edit recording/> }).collect_view();
    view! {
        <section class="panel flex flex-col gap-3" id=RECORD_OF_PROGRAM>
            <h2 class="text-lg font-semibold">{td!(locale, programs.icp.title)}</h2>
            <p class="max-w-prose text-sm text-base-content/80">{td!(locale, programs.icp.intro)}</p>
            <ul class="rows">{rows}</ul>
        </section>
    }
    .into_any()
}

#[component]
fn Filing(program: ProgramId, row: IcpRow, now: Timestamp, may_edit: bool, recording: Recording) -> impl IntoView {
    let locale = use_locale();
    let IcpRow { domain, record, standing } = row;
    let number = record.as_ref().and_then(|record| record.number.as_ref()).map(ToString::to_string);
    let known = record.clone().map(|record| {
        view! { <span class="text-sm text-base-content/80"><Confirmed record now/></span> }
    });
    let open = recording.is_unsaved(&domain);
    let (href, written, name) = (page_of(&domain), domain.to_string(), domain.unicode());
    view! {
        <li class="row md:grid-cols-[minmax(0,1fr)_minmax(0,2fr)]" data-domain=written>
            <a class="link font-mono font-semibold break-all" href=href>{name}</a>
            <div class="flex min-w-0 flex-col gap-2">
                <p class="flex flex-wrap items-center gap-x-3 gap-y-1">
                    <StandingBadge standing/>
                    {number.map(|number| view! { <span>{number}</span> })}
                    {known}
                </p>
                {may_edit.then(|| view! {
                    <details open=open>
                        <summary class="link mb-3 w-fit text-sm">{td!(locale, programs.icp.change)}</summary>
                        <RecordForm program=Some(program) domain record now recording/>
                    </details>
                })}
            </div>
        </li>
    }
}
