//! The ICP filings that a mini program needs: one row a registrable domain.

use leptos::prelude::*;
use model::{Timestamp, programs::IcpRow, service::ProgramId};

use crate::{
    components::HostText,
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
    /// The domains that the entries need, as read last.
    icp: Memo<Vec<IcpRow>>,
    /// The server's time when it answered.
    now: Signal<Timestamp>,
    /// Whether whoever looks may record one.
    may_edit: bool,
    /// What records one.
    recording: Recording,
) -> impl IntoView {
    let locale = use_locale();
    view! {
        <section class="panel flex flex-col gap-3" id=RECORD_OF_PROGRAM>
            <h2 class="text-lg font-semibold">{td!(locale, programs.icp.title)}</h2>
            <p class="max-w-prose text-sm text-base-content/80">{td!(locale, programs.icp.intro)}</p>
            <ul class="rows">
                <For each=move || icp.get() key=|row| row.domain.clone() let:first>
                    <Filing program first icp now may_edit recording/>
                </For>
            </ul>
        </section>
    }
    .into_any()
}

/// Its form is drawn anew with what was recorded, and else keeps what is typed.
#[component]
fn Filing(
    program: ProgramId,
    /// As it was read first.
    first: IcpRow,
    icp: Memo<Vec<IcpRow>>,
    now: Signal<Timestamp>,
    may_edit: bool,
    recording: Recording,
) -> impl IntoView {
    let locale = use_locale();
    let domain = first.domain.clone();
    let open = recording.is_unsaved(&domain);
    let (href, written, name) = (page_of(&domain), domain.to_string(), domain.unicode());
    let row = Memo::new(move |_| {
        let there = icp.with(|rows| rows.iter().find(|row| row.domain == first.domain).cloned());
        there.unwrap_or_else(|| first.clone())
    });
    let known = move || {
        let (IcpRow { record, standing, .. }, now) = (row.get(), now.get_untracked());
        let number = record.as_ref().and_then(|record| record.number.as_ref()).map(ToString::to_string);
        view! {
            <StandingBadge standing/>
            {number.map(|number| view! { <span>{number}</span> })}
            {record.map(|record| view! { <span class="text-sm text-base-content/80"><Confirmed record now/></span> })}
        }
    };
    let revision = move || row.with(|row| row.record.as_ref().map_or(0, |record| record.revision));
    let form = move |_: i64| {
        let (record, now) = (row.get_untracked().record, now.get_untracked());
        view! { <RecordForm program=Some(program) domain=domain.clone() record now recording/> }
    };
    view! {
        <li class="row md:grid-cols-[minmax(0,1fr)_minmax(0,2fr)]" data-domain=written>
            <a class="link font-mono font-semibold" href=href><HostText text=name/></a>
            <div class="flex min-w-0 flex-col gap-2">
                <p class="flex flex-wrap items-center gap-x-3 gap-y-1">{known}</p>
                {may_edit.then(|| view! {
                    <details open=open>
                        <summary class="link mb-3 w-fit text-sm">{td!(locale, programs.icp.change)}</summary>
                        <For each=move || [revision()] key=|revision| *revision children=form/>
                    </details>
                })}
            </div>
        </li>
    }
    .into_any()
}
