//! Every domain that needs a filing, or has a record of one: the worst first.

use leptos::{either::Either, prelude::*};
use leptos_meta::Title;
use leptos_router::components::Form;
use model::{
    Timestamp,
    icp::{
        IcpRecord, Standing,
        filings::{FilingQuery, FilingRow, FilingSort},
    },
    paging::Page,
};

use super::{
    api::{FilingsData, filings_page, recorded_filings},
    paste::PasteForm,
    query::{self, PATH, page_of},
    standing::StandingBadge,
};
use crate::{
    components::{FormError, HostText, NotShown},
    drafts::typed,
    endpoints::filters::{Choice, Words},
    error::AppError,
    i18n::*,
    preferences::use_locale,
    query::value,
    table::{Cell, Column, Columns, KeepOrder, KeepSize, ListFrame, NoMatch, NotUnderstood, Order, SortedColumn},
    time::Time,
    words,
};

/// The list of filings, and the form that takes many.
#[component]
pub fn FilingsPage() -> impl IntoView {
    let locale = use_locale();
    let search = crate::query::search_of_page();
    let query = Memo::new(move |_| search.with(|search| query::read(search)));
    let data = Resource::new_blocking(move || query.get(), filings_page);
    // Filters and pages leave what is being typed alone.
    let brought = Memo::new(move |_| {
        search.with(|search| value(search, "draft").or_else(|| value(search, "lines")).map(|_| search.clone()))
    });
    let typed = Resource::new_blocking(
        move || brought.get(),
        |search| async move {
            let lines = typed(search.unwrap_or_default(), "lines").await?;
            let recorded = match lines.as_str() {
                "" => None,
                // Whoever is not told what they would replace replaces nothing.
                _ => recorded_filings(lines.clone()).await.ok(),
            };
            Ok::<_, AppError>((lines, recorded))
        },
    );
    // By itself, so that no other page of the list draws the form anew.
    let may_edit = Resource::new_blocking(|| (), move |()| async move { data.await.is_ok_and(|data| data.may_edit) });
    view! {
        <Title text=td_string!(locale, icp.title)/>
        <header class="flex flex-wrap items-start justify-between gap-4">
            <div class="min-w-0">
                <h1 class="page-title">{td!(locale, icp.title)}</h1>
                <p class="max-w-prose text-base-content/80">{td!(locale, icp.intro)}</p>
            </div>
            <Suspense>
                {move || Suspend::new(async move {
                    may_edit.await.then(|| view! { <a class="btn btn-outline" href="#paste">{td!(locale, icp.list.to_paste)}</a> })
                })}
            </Suspense>
        </header>
        <Filters query/>
        <NotUnderstood search of=query::not_understood/>
        <Transition fallback=move || view! { <p>{td!(locale, common.loading)}</p> }>
            {move || Suspend::new(async move {
                match data.await {
                    Ok(FilingsData { page, may_edit, now }) => {
                        view! { <Listed page query=query.get_untracked() may_edit now/> }.into_any()
                    }
                    Err(error) => view! { <NotShown error/> }.into_any(),
                }
            })}
        </Transition>
        <Transition>
            {move || Suspend::new(async move {
                let (lines, recorded, gone) = match typed.await {
                    Ok((lines, recorded)) => (lines, recorded, None),
                    Err(gone) => (String::new(), None, Some(gone)),
                };
                let gone = RwSignal::new(gone);
                may_edit.await.then(|| view! {
                    <FormError error=gone fields=&[]/>
                    <PasteForm text=RwSignal::new(lines) recorded on_change=move || data.refetch()/>
                })
            })}
        </Transition>
    }
}

/// What to show of the list.
#[component]
fn Filters(query: Memo<FilingQuery>) -> impl IntoView {
    let locale = use_locale();
    let text = Signal::derive(move || query.with(|query| query.text.clone()).unwrap_or_default());
    let standing = Signal::derive(move || {
        query.with(|query| query.standing).map(|standing| standing.as_str().to_owned()).unwrap_or_default()
    });
    let standings = Standing::ALL
        .iter()
        .map(move |standing| (standing.as_str().to_owned(), words::icp::standing(*standing, locale).to_owned()));
    view! {
        <Form method="get" on_form_data=crate::query::named() action=PATH attr:class="panel" attr:role="search">
            <div class="grid gap-4 sm:grid-cols-[minmax(0,2fr)_minmax(0,1fr)_auto] sm:items-end">
                <Words name="q" label=td_string!(locale, icp.list.search) value=text
                    placeholder=td_string!(locale, icp.list.search_placeholder)/>
                <Choice name="state" label=td_string!(locale, icp.list.state) chosen=standing
                    none=td_string!(locale, icp.list.any).to_owned() options=standings.collect()/>
                <button class="btn btn-primary">{td!(locale, icp.list.show)}</button>
            </div>
            <KeepOrder sort=Signal::derive(move || query.with(|query| crate::query::sort_value(query.sort, FilingSort::as_str)))
                reversed=Signal::derive(move || query.with(|query| query.reversed))/>
            <KeepSize size=Signal::derive(move || query.with(|query| query.size))/>
        </Form>
    }
    .into_any()
}

#[component]
fn Listed(page: Page<FilingRow>, query: FilingQuery, may_edit: bool, now: Timestamp) -> impl IntoView {
    let locale = use_locale();
    let filtered = query.text.is_some() || query.standing.is_some();
    if page.rows.is_empty() {
        return view! { <Nothing filtered may_edit/> }.into_any();
    }
    let count = page.total;
    let total = match count {
        1 => td_string!(locale, icp.list.total_one).to_owned(),
        count => td_string!(locale, icp.list.total, count = count),
    };
    let (pages, rows, page, size) = (page.pages(), page.rows, page.page, query.size);
    let shown = FilingQuery { page, ..query.clone() };
    view! {
        <ListFrame count total clear=filtered.then_some(PATH) page pages
            size link=move |page, size| query::link(&FilingQuery { page, size, ..query.clone() })>
            <Table rows query=shown now/>
        </ListFrame>
    }
    .into_any()
}

/// Says what to do next, to those who may.
#[component]
fn Nothing(filtered: bool, may_edit: bool) -> impl IntoView {
    let locale = use_locale();
    if filtered {
        Either::Left(view! { <NoMatch words=td_string!(locale, icp.list.no_match) clear=PATH/> })
    } else {
        let words =
            if may_edit { td_string!(locale, icp.list.empty) } else { td_string!(locale, icp.list.empty_to_look) };
        Either::Right(view! {
            <p class="max-w-prose" role="status">{words}</p>
            <a class="btn btn-primary w-fit" href="/programs">{td!(locale, icp.list.to_programs)}</a>
        })
    }
}

#[component]
fn Table(rows: Vec<FilingRow>, query: FilingQuery, now: Timestamp) -> impl IntoView {
    let locale = use_locale();
    // Once for its order, once more to turn that round.
    let column = move |sort, label| {
        let here = query.sort == sort;
        let href = query::link(&FilingQuery { sort, reversed: here && !query.reversed, page: 0, ..query.clone() });
        view! { <SortedColumn label order=Order::of(here, query.reversed) href/> }
    };
    let head = view! {
        {column(FilingSort::Domain, td_string!(locale, icp.list.domain))}
        {column(FilingSort::Standing, td_string!(locale, icp.list.state))}
        <Column label=td_string!(locale, icp.list.number)/>
        <Column label=td_string!(locale, icp.list.holder)/>
        {column(FilingSort::Confirmed, td_string!(locale, icp.list.confirmed))}
        <Column label=td_string!(locale, icp.list.hosts) class="text-end"/>
        <Column label=td_string!(locale, icp.list.programs) class="text-end"/>
    };
    let rows = rows.into_iter().map(|row| view! { <Row row now/> }).collect_view();
    view! { <Columns head=head.into_any()>{rows}</Columns> }
}

#[component]
fn Row(row: FilingRow, now: Timestamp) -> impl IntoView {
    let locale = use_locale();
    let FilingRow { domain, record, standing, hosts, programs } = row;
    let none = td_string!(locale, icp.list.none);
    let number = record.as_ref().and_then(|record| record.number.as_ref()).map(ToString::to_string);
    let holder = record.as_ref().and_then(|record| record.holder.clone());
    let confirmed = record.map_or_else(
        || Either::Left(td_string!(locale, icp.list.never)),
        |record| Either::Right(view! { <Confirmed record now/> }),
    );
    let href = page_of(&domain);
    view! {
        <tr role="row" data-domain=domain.to_string()>
            <td role="cell" class="lead min-w-48 max-w-80 font-mono">
                <a class="link inline-block py-1" href=href><HostText text=domain.unicode()/></a>
            </td>
            <td role="cell"><StandingBadge standing/></td>
            <Cell label=td_string!(locale, icp.list.number) class="wrap-anywhere">{number.unwrap_or_else(|| none.to_owned())}</Cell>
            <Cell label=td_string!(locale, icp.list.holder) class="max-w-64 wrap-anywhere">{holder.unwrap_or_else(|| none.to_owned())}</Cell>
            <Cell label=td_string!(locale, icp.list.confirmed)>{confirmed}</Cell>
            <Cell label=td_string!(locale, icp.list.hosts) class="text-end">{hosts}</Cell>
            <Cell label=td_string!(locale, icp.list.programs) class="text-end">{programs}</Cell>
        </tr>
    }
}

/// How and since when it is known.
#[component]
pub fn Confirmed(
    /// What is recorded.
    record: IcpRecord,
    /// The server's time when it answered.
    now: Timestamp,
) -> impl IntoView {
    let locale = use_locale();
    view! { {words::icp::source(record.source, locale)}" · "<Time at=record.confirmed_at now/> }
}
