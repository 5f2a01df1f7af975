//! The page of one domain's filing: what is recorded, who inherits it, how it changed.

use leptos::{either::Either, prelude::*};
use leptos_meta::Title;
use leptos_router::hooks::{use_location, use_params_map};
use model::{
    RegistrableDomain, Timestamp,
    icp::{
        IcpRecord, StaleBefore,
        filings::{Change, FilingDetail, FilingRow, Heir, OnSite, differs},
    },
    paging::Page,
};

use super::{
    api::{FilingData, RECORD, filing_page},
    form::{RecordForm, Recording},
    list::Confirmed,
    query::page_of,
    standing::StandingBadge,
};
use crate::{
    chain::card::{FACTS, LABEL},
    components::{HostText, PageError},
    drafts::{Gone, Left, left},
    error::AppError,
    i18n::*,
    layout::crumbs::{Crumbs, Section},
    preferences::use_locale,
    query,
    table::{Cell, Column, Columns, PART, Pager},
    time::Time,
    words,
};

/// One domain.
#[component]
pub fn FilingPage() -> impl IntoView {
    let locale = use_locale();
    let params = use_params_map();
    let search = use_location().search;
    let domain = Memo::new(move |_| params.with(|params| params.get("domain")?.parse::<RegistrableDomain>().ok()));
    let page = Memo::new(move |_| search.with(|search| query::page(search)));
    let data = Resource::new_blocking(
        move || (domain.get(), page.get()),
        |(domain, page)| async move {
            match domain {
                Some(domain) => filing_page(domain, page).await,
                None => Err(AppError::NotFound),
            }
        },
    );
    let left = left();
    let recording = Recording::new(Callback::new(move |()| data.refetch()));
    view! {
        <Gone/>
        <Transition fallback=move || view! { <p>{td!(locale, common.loading)}</p> }>
            {move || Suspend::new(async move {
                // Both are asked for already.
                let (data, left) = (data.await, left.await);
                match data {
                    Ok(FilingData { detail, may_edit, now }) => {
                        recording.begin_with(&Left::of(&left, RECORD));
                        view! { <Shown detail now may_edit recording/> }.into_any()
                    }
                    Err(error) => view! { <PageError error section=Section::Icp/> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn Shown(detail: FilingDetail, now: Timestamp, may_edit: bool, recording: Recording) -> impl IntoView {
    let locale = use_locale();
    let FilingDetail { row, entries, seen, history, stale_after_days } = detail;
    let FilingRow { domain, record, standing, hosts, programs } = row;
    let name = domain.unicode();
    let written = (name != domain.as_str()).then(|| domain.to_string());
    let heading = name.clone();
    let sites = (!seen.is_empty()).then(|| view! { <OnSites seen record=record.clone() now/> });
    let shown = record.clone().map_or_else(
        || Either::Left(view! { <p>{td!(locale, icp.page.none)}</p> }),
        |record| Either::Right(view! { <Recorded record stale_after_days now/> }),
    );
    view! {
        <Title text=name.clone()/>
        <Crumbs section=Section::Icp here=name/>
        <header>
            <h1 class="page-title flex flex-wrap items-center gap-3">
                <span class="min-w-0"><HostText text=heading/></span>
                <StandingBadge standing/>
            </h1>
            {written.map(|written| view! { <p class="font-mono text-sm">{written}</p> })}
        </header>
        <section class="panel flex flex-col gap-4" id=RECORD>
            <h2 class="text-lg font-semibold">{td!(locale, icp.page.record)}</h2>
            {shown}
            {may_edit.then(|| view! {
                <h3 class="font-semibold">{td!(locale, icp.page.change)}</h3>
                <RecordForm domain=domain.clone() record now recording/>
            })}
        </section>
        {sites}
        <Heirs domain entries hosts programs/>
        {(!history.is_empty()).then(|| view! { <History history now/> })}
    }
    .into_any()
}

#[component]
fn Recorded(record: IcpRecord, stale_after_days: u16, now: Timestamp) -> impl IntoView {
    let locale = use_locale();
    let none = td_string!(locale, icp.list.none);
    let kind = record.number.as_ref().map(|number| words::icp::kind(number.kind(), locale));
    let number = record.number.as_ref().map(ToString::to_string);
    let holder = record.holder.clone();
    view! {
        {record.is_stale(StaleBefore::new(now, stale_after_days)).then(|| view! {
            <p class="font-semibold text-warning">{td_string!(locale, icp.page.stale, count = stale_after_days)}</p>
        })}
        <dl class=FACTS>
            <dt class=LABEL>{td!(locale, icp.list.state)}</dt>
            <dd>{words::icp::state(record.state, locale)}</dd>
            <dt class=LABEL>{td!(locale, icp.list.number)}</dt>
            <dd>{number.unwrap_or_else(|| none.to_owned())}{kind.map(|kind| format!(" · {kind}"))}</dd>
            <dt class=LABEL>{td!(locale, icp.list.holder)}</dt>
            <dd class="wrap-anywhere">{holder.unwrap_or_else(|| none.to_owned())}</dd>
            <dt class=LABEL>{td!(locale, icp.list.confirmed)}</dt>
            <dd><Confirmed record now/></dd>
        </dl>
    }
}

/// The numbers on the pages of its hosts. The links are theirs, and so they are shown and not made.
#[component]
fn OnSites(seen: Vec<OnSite>, record: Option<IcpRecord>, now: Timestamp) -> impl IntoView {
    let locale = use_locale();
    let rows = seen.into_iter().map(|OnSite { endpoint, target, at, icp }| {
        let differs = differs(&icp.number, record.as_ref());
        let link = icp.link.unwrap_or_else(|| td_string!(locale, icp.list.none).to_owned());
        view! {
            <tr role="row">
                <td role="cell" class="lead min-w-48">
                    <a class="link" href=format!("/endpoints/{endpoint}")><HostText text=format!("https://{target}")/></a>
                </td>
                <Cell label=td_string!(locale, icp.list.number) class="wrap-anywhere">
                    {icp.number.to_string()}
                    {differs.then(|| view! {
                        <span class="block font-semibold text-warning" data-differs="">{td!(locale, icp.page.differs)}</span>
                    })}
                </Cell>
                <Cell label=td_string!(locale, icp.page.seen_link) class="break-all">{link}</Cell>
                <Cell label=td_string!(locale, icp.page.at) class="whitespace-nowrap"><Time at now/></Cell>
            </tr>
        }
    });
    let rows = rows.collect_view();
    let head = view! {
        <Column label=td_string!(locale, icp.page.seen_on)/>
        <Column label=td_string!(locale, icp.list.number)/>
        <Column label=td_string!(locale, icp.page.seen_link)/>
        <Column label=td_string!(locale, icp.page.at)/>
    };
    view! {
        <section class="panel flex flex-col gap-3" data-sites="">
            <h2 class="text-lg font-semibold" id="sites">{td!(locale, icp.page.seen)}</h2>
            <p class="text-sm max-w-prose">{td!(locale, icp.page.seen_help)}</p>
            <Columns class=PART named_by="sites" head=head.into_any()>{rows}</Columns>
        </section>
    }
    .into_any()
}

#[component]
fn Heirs(domain: RegistrableDomain, entries: Page<Heir>, hosts: u32, programs: u32) -> impl IntoView {
    let locale = use_locale();
    let (pages, page) = (entries.pages(), entries.page);
    let link = move |page| query::link(&page_of(&domain), [("page", query::page_value(page))]);
    let shown = if entries.rows.is_empty() {
        Either::Left(view! { <p>{td!(locale, icp.page.no_heirs)}</p> })
    } else {
        let rows = entries.rows.into_iter().map(|heir| view! { <HeirRow heir/> }).collect_view();
        let head = view! {
            <Column label=td_string!(locale, icp.page.host)/>
            <Column label=td_string!(locale, icp.page.program)/>
            <Column label=td_string!(locale, icp.page.list)/>
            <Column label=td_string!(locale, icp.page.entry)/>
        };
        Either::Right(view! {
            <p>{td_string!(locale, icp.page.heirs_count, hosts, programs)}</p>
            <Columns class=PART named_by="heirs" head=head.into_any()>{rows}</Columns>
            <Pager page pages link/>
        })
    };
    view! {
        <section class="panel flex flex-col gap-3">
            <h2 class="text-lg font-semibold" id="heirs">{td!(locale, icp.page.heirs)}</h2>
            {shown}
        </section>
    }
    .into_any()
}

#[component]
fn HeirRow(heir: Heir) -> impl IntoView {
    let locale = use_locale();
    let Heir { program, program_name, entry } = heir;
    let (host, api, entry) = (entry.host().to_string(), entry.api(), entry.to_string());
    let written = entry.clone();
    view! {
        <tr role="row" data-heir=written>
            <td role="cell" class="lead min-w-48 font-mono"><HostText text=host/></td>
            <Cell label=td_string!(locale, icp.page.program) class="wrap-anywhere">
                <a class="link" href=format!("/programs/{program}")>{program_name}</a>
            </Cell>
            <Cell label=td_string!(locale, icp.page.list) class="whitespace-nowrap">{words::api(api, locale)}</Cell>
            <Cell label=td_string!(locale, icp.page.entry) class="font-mono"><HostText text=entry/></Cell>
        </tr>
    }
}

#[component]
fn History(history: Vec<Change>, now: Timestamp) -> impl IntoView {
    let locale = use_locale();
    let none = td_string!(locale, icp.list.none);
    let rows = history.into_iter().map(|Change { at, actor, state, number, holder }| {
        view! {
            <tr role="row">
                <td role="cell" class="lead whitespace-nowrap"><Time at now/></td>
                <td role="cell" class="wrap-anywhere">{actor.unwrap_or_else(|| td_string!(locale, icp.page.by_hufu).to_owned())}</td>
                <Cell label=td_string!(locale, icp.list.state)>{words::icp::state(state, locale)}</Cell>
                <Cell label=td_string!(locale, icp.list.number) class="wrap-anywhere">
                    {number.map_or_else(|| none.to_owned(), |number| number.to_string())}
                </Cell>
                <Cell label=td_string!(locale, icp.list.holder) class="wrap-anywhere">{holder.unwrap_or_else(|| none.to_owned())}</Cell>
            </tr>
        }
    });
    let rows = rows.collect_view();
    let head = view! {
        <Column label=td_string!(locale, icp.page.at)/>
        <Column label=td_string!(locale, icp.page.actor)/>
        <Column label=td_string!(locale, icp.list.state)/>
        <Column label=td_string!(locale, icp.list.number)/>
        <Column label=td_string!(locale, icp.list.holder)/>
    };
    view! {
        <section class="panel flex flex-col gap-3" data-history="">
            <h2 class="text-lg font-semibold" id="history">{td!(locale, icp.page.history)}</h2>
            <Columns class=PART named_by="history" head=head.into_any()>{rows}</Columns>
        </section>
    }
    .into_any()
}
