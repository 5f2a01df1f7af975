//! Every endpoint: what fails, what ends next, what was not looked at for long.

use leptos::{either::Either, prelude::*};
use leptos_meta::Title;
use leptos_router::hooks::use_location;
use model::{
    Timestamp,
    endpoints::list::{EndpointFilter, EndpointQuery, EndpointRow, EndpointSort},
    paging::Page,
};

use super::{
    api::{EndpointsData, ProbeAll, ProbeSelected, endpoints_page},
    filters::Filters,
    query::{self, PATH},
};
use crate::{
    components::{FormError, PageError},
    export::ExportLinks,
    findings::words as finding_words,
    i18n::*,
    preferences::use_locale,
    table::{Order, Pager, SortedColumn},
    time::Time,
    tools::api::program_choices,
    verdict::{PlatformVerdicts, VerdictBadge},
};

/// The list of endpoints.
#[component]
pub fn EndpointsPage() -> impl IntoView {
    let locale = use_locale();
    let search = use_location().search;
    let query = Memo::new(move |_| search.with(|search| query::read(search)));
    let data = Resource::new_blocking(move || query.get(), endpoints_page);
    let programs = Resource::new_blocking(|| (), |()| program_choices());
    let probe = ServerAction::<ProbeSelected>::new();
    view! {
        <Title text=td_string!(locale, endpoints.list.title)/>
        <header>
            <div class="flex flex-wrap items-center justify-between gap-3">
                <h1 class="page-title">{td!(locale, endpoints.list.title)}</h1>
                <div class="flex flex-wrap items-center gap-3">
                    <a class="link text-sm" href="/endpoints/runs">{td!(locale, endpoints.runs.title)}</a>
                    <ProbeAllForm/>
                </div>
            </div>
            <p class="max-w-prose text-base-content/80">{td!(locale, endpoints.list.intro)}</p>
        </header>
        <Transition fallback=move || view! { <p>{td!(locale, common.loading)}</p> }>
            // Apart from the rows: it stays as it is while they change, and keeps the focus.
            {move || Suspend::new(async move {
                // Without them the filter has one choice less, and the list below says what failed.
                let programs = programs.await.unwrap_or_default();
                view! { <Filters query programs/> }
            })}
            {move || Suspend::new(async move {
                match data.await {
                    Ok(EndpointsData { page, now }) => {
                        view! { <Listed page query=query.get_untracked() now probe/> }.into_any()
                    }
                    Err(error) => view! { <PageError error/> }.into_any(),
                }
            })}
        </Transition>
    }
}

/// Probes every endpoint.
#[component]
fn ProbeAllForm() -> impl IntoView {
    let locale = use_locale();
    let probe = ServerAction::<ProbeAll>::new();
    let error = Signal::derive(move || probe.value().get().and_then(Result::err));
    view! {
        <ActionForm action=probe>
            <FormError error fields=&[]/>
            <button class="btn btn-sm" disabled=probe.pending()>{td!(locale, endpoints.list.probe_all)}</button>
        </ActionForm>
    }
}

#[component]
fn Listed(
    page: Page<EndpointRow>,
    query: EndpointQuery,
    now: Timestamp,
    probe: ServerAction<ProbeSelected>,
) -> impl IntoView {
    let locale = use_locale();
    let filtered = query.filter != EndpointFilter::default();
    if page.rows.is_empty() {
        return view! { <Nothing filtered/> }.into_any();
    }
    let count = page.total;
    let total = match count {
        1 => td_string!(locale, endpoints.list.total_one).to_owned(),
        count => td_string!(locale, endpoints.list.total, count = count),
    };
    let (pages, rows, page) = (page.pages(), page.rows, page.page);
    let shown = EndpointQuery { page, ..query.clone() };
    let list = query::link(&EndpointQuery { page: 0, ..query.clone() });
    view! {
        <div class="flex flex-col gap-3">
            <div class="flex flex-wrap gap-x-4 gap-y-1">
                <span id="total" role="status" data-total=count>{total}</span>
                {filtered.then(|| view! { <a class="link" href=PATH>{td!(locale, endpoints.list.clear)}</a> })}
                <span class="grow"></span>
                <ExportLinks list/>
            </div>
            <ActionForm action=probe attr:class="flex flex-col gap-3">
                <Table rows query=shown now/>
                <Selected probe/>
            </ActionForm>
            <Pager page pages link=move |page| query::link(&EndpointQuery { page, ..query.clone() })/>
        </div>
    }
    .into_any()
}

/// Says what to do next.
#[component]
fn Nothing(filtered: bool) -> impl IntoView {
    let locale = use_locale();
    if filtered {
        Either::Left(view! {
            <p role="status">{td!(locale, endpoints.list.no_match)}" "<a class="link" href=PATH>{td!(locale, endpoints.list.clear)}</a></p>
        })
    } else {
        Either::Right(view! {
            <p class="max-w-prose" role="status">{td!(locale, endpoints.list.empty)}</p>
            <a class="btn btn-primary w-fit" href="/programs">{td!(locale, endpoints.list.to_programs)}</a>
        })
    }
}

/// What can be done to the rows that are ticked.
#[component]
fn Selected(probe: ServerAction<ProbeSelected>) -> impl IntoView {
    let locale = use_locale();
    let error = Signal::derive(move || probe.value().get().and_then(Result::err));
    view! {
        <div class="flex flex-wrap items-center gap-3">
            <button class="btn btn-primary btn-sm" disabled=probe.pending()>{td!(locale, endpoints.list.probe_selected)}</button>
            <FormError error fields=&[]/>
        </div>
    }
}

#[component]
fn Table(rows: Vec<EndpointRow>, query: EndpointQuery, now: Timestamp) -> impl IntoView {
    let locale = use_locale();
    // Once for its order, once more to turn that round.
    let column = move |sort, label| {
        let here = query.sort == sort;
        let order = here.then_some(if query.reversed { Order::Descending } else { Order::Ascending });
        let href = query::link(&EndpointQuery { sort, reversed: here && !query.reversed, page: 0, ..query.clone() });
        view! { <SortedColumn label order href/> }
    };
    view! {
        <div class="panel overflow-x-auto p-0 md:p-0" tabindex="0" role="region" aria-labelledby="total">
            <table class="table table-sm min-w-5xl">
                <thead class="text-base-content">
                    <tr>
                        <th scope="col" class="w-8"><span class="sr-only">{td!(locale, endpoints.list.select)}</span></th>
                        {column(EndpointSort::Target, td_string!(locale, endpoints.list.target))}
                        {column(EndpointSort::Verdict, td_string!(locale, endpoints.list.result))}
                        <th scope="col">{td!(locale, endpoints.list.platforms)}</th>
                        <th scope="col">{td!(locale, endpoints.list.worst)}</th>
                        {column(EndpointSort::Expiry, td_string!(locale, endpoints.list.expires))}
                        <th scope="col">{td!(locale, endpoints.list.version)}</th>
                        {column(EndpointSort::Probed, td_string!(locale, endpoints.list.probed))}
                    </tr>
                </thead>
                <tbody>{rows.into_iter().map(|row| view! { <Row row now/> }).collect_view()}</tbody>
            </table>
        </div>
    }
}

#[component]
fn Row(row: EndpointRow, now: Timestamp) -> impl IntoView {
    let locale = use_locale();
    let EndpointRow { id, target, verdict, platforms, worst, tls_version, issuer, not_after, probed_at } = row;
    let select = td_string!(locale, endpoints.list.select_one, target = target.to_string()).to_string();
    let worst = worst.map_or(td_string!(locale, endpoints.list.none_worst), |code| finding_words::title(code, locale));
    let expires = not_after.map_or_else(
        || Either::Left(td_string!(locale, endpoints.list.unseen)),
        |at| Either::Right(view! { <Time at now/> }),
    );
    let probed = probed_at.map_or_else(
        || Either::Left(td_string!(locale, endpoints.list.never)),
        |at| Either::Right(view! { <Time at now/> }),
    );
    view! {
        <tr data-endpoint=target.to_string()>
            <td>
                <input type="checkbox" class="checkbox checkbox-sm" name="ids[]" value=id.to_string() aria-label=select/>
            </td>
            <td class="max-w-80 font-mono break-all">
                <a class="link" href=format!("/endpoints/{id}")>{target.to_string()}</a>
            </td>
            <td><VerdictBadge verdict/></td>
            <td><PlatformVerdicts verdicts=platforms/></td>
            <td class="max-w-64">{worst}</td>
            <td class="whitespace-nowrap" title=issuer>{expires}</td>
            <td class="whitespace-nowrap">{tls_version.map(|version| version.as_str())}</td>
            <td class="whitespace-nowrap">{probed}</td>
        </tr>
    }
}
