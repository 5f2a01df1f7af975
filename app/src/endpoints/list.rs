//! Every endpoint: what fails, what ends next, what was not looked at for long.

use leptos::{either::Either, ev::SubmitEvent, prelude::*};
use leptos_meta::Title;
use leptos_router::hooks::use_location;
use model::{
    Platform, Timestamp,
    endpoints::list::{EndpointFilter, EndpointQuery, EndpointRow, EndpointSort},
    service::Field,
    tag::TAG_MOST,
};

use super::{
    api::{ActOnSelected, EndpointsData, ProbeAll, Rights, endpoint_tags, endpoints_page},
    filters::Filters,
    query::{self, CHOSEN, IDS, PATH},
    route::RouteMark,
    tags::TagBadges,
};
use crate::{
    components::{FormError, PageError},
    error::{AppError, problem_words},
    export::Format,
    findings::words as finding_words,
    i18n::*,
    preferences::use_locale,
    table::{ListFrame, NoMatch, Order, Scrolled, SortedColumn},
    time::Time,
    toast,
    tools::api::program_choices,
    verdict::{PlatformVerdicts, VerdictBadge},
    words,
};

/// The list of endpoints.
#[component]
pub fn EndpointsPage() -> impl IntoView {
    let locale = use_locale();
    let search = use_location().search;
    let query = Memo::new(move |_| search.with(|search| query::read(search)));
    let data = Resource::new_blocking(move || query.get(), endpoints_page);
    let programs = Resource::new_blocking(|| (), |()| program_choices());
    let tags = Resource::new_blocking(|| (), |()| endpoint_tags());
    // They outlive the rows, which are drawn anew with what was changed.
    let act = ServerAction::<ActOnSelected>::new();
    let all = ServerAction::<ProbeAll>::new();
    toast::say_what_was_done(act.value().into(), move |changed: &Option<usize>| match (*changed)? {
        1 => Some(td_string!(locale, endpoints.list.tagged_one).to_owned()),
        count => Some(td_string!(locale, endpoints.list.tagged, count = count)),
    });
    Effect::new(move || {
        if let Some(Ok(_)) = act.value().get() {
            data.refetch();
            tags.refetch();
        }
    });
    view! {
        <Title text=td_string!(locale, endpoints.list.title)/>
        <Transition fallback=move || view! { <p>{td!(locale, common.loading)}</p> }>
            {move || Suspend::new(async move {
                let may_probe = data.await.is_ok_and(|data| data.rights.probe);
                view! { <Header all may_probe/> }
            })}
            // Apart from the rows: it stays as it is while they change, and keeps the focus.
            {move || Suspend::new(async move {
                // Without them the filter has a choice less, and the list below says what failed.
                let programs = programs.await.unwrap_or_default();
                let tags = tags.await.unwrap_or_default();
                view! { <Filters query programs tags/> }
            })}
            {move || Suspend::new(async move {
                match data.await {
                    Ok(data) => view! { <Listed data query=query.get_untracked() act/> }.into_any(),
                    Err(error) => view! { <PageError error/> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn Header(all: ServerAction<ProbeAll>, may_probe: bool) -> impl IntoView {
    let locale = use_locale();
    view! {
        <header>
            <div class="flex flex-wrap items-center justify-between gap-3">
                <h1 class="page-title">{td!(locale, endpoints.list.title)}</h1>
                <div class="flex flex-wrap items-center gap-3">
                    <a class="link text-sm" href="/endpoints/runs">{td!(locale, endpoints.runs.title)}</a>
                    {may_probe.then(|| view! { <ProbeAllForm probe=all/> })}
                </div>
            </div>
            <p class="max-w-prose text-base-content/80">{td!(locale, endpoints.list.intro)}</p>
        </header>
    }
}

/// Probes every endpoint.
#[component]
fn ProbeAllForm(probe: ServerAction<ProbeAll>) -> impl IntoView {
    let locale = use_locale();
    let error = Signal::derive(move || probe.value().get().and_then(Result::err));
    view! {
        <ActionForm action=probe>
            <FormError error fields=&[]/>
            <button class="btn btn-sm" disabled=probe.pending()>{td!(locale, endpoints.list.probe_all)}</button>
        </ActionForm>
    }
}

#[component]
fn Listed(data: EndpointsData, query: EndpointQuery, act: ServerAction<ActOnSelected>) -> impl IntoView {
    let locale = use_locale();
    let EndpointsData { page, rights, now } = data;
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
        <ListFrame count total clear=filtered.then_some(PATH) export=list page pages
            link=move |page| query::link(&EndpointQuery { page, ..query.clone() })>
            <div on:submit:capture=leave_to_the_browser>
                <ActionForm action=act attr:class="flex flex-col gap-3">
                    <Table rows query=shown now/>
                    <Selected act rights/>
                </ActionForm>
            </div>
        </ListFrame>
    }
    .into_any()
}

/// A button that leads elsewhere than its form is none of the form's action.
fn leave_to_the_browser(event: SubmitEvent) {
    if event.submitter().is_some_and(|button| button.has_attribute("formaction")) {
        event.stop_propagation();
    }
}

/// Says what to do next.
#[component]
fn Nothing(filtered: bool) -> impl IntoView {
    let locale = use_locale();
    if filtered {
        Either::Left(view! { <NoMatch words=td_string!(locale, endpoints.list.no_match) clear=PATH/> })
    } else {
        Either::Right(view! {
            <p class="max-w-prose" role="status">{td!(locale, endpoints.list.empty)}</p>
            <a class="btn btn-primary w-fit" href="/programs">{td!(locale, endpoints.list.to_programs)}</a>
        })
    }
}

/// What can be done to the rows that are ticked. The tag comes first: Enter in its field presses the
/// first button of the form.
#[component]
fn Selected(act: ServerAction<ActOnSelected>, rights: Rights) -> impl IntoView {
    let locale = use_locale();
    let error = Signal::derive(move || act.value().get().and_then(Result::err));
    let pending = act.pending();
    view! {
        <input type="hidden" name=CHOSEN value="1"/>
        <div class="flex flex-wrap items-end gap-x-6 gap-y-3">
            {rights.edit.then(|| view! { <TagSelected act error/> })}
            <input type="hidden" name="tag" value="" disabled=rights.edit/>
            {rights.probe.then(|| view! {
                <button class="btn btn-primary btn-sm" name="act" value="probe" disabled=pending>{td!(locale, endpoints.list.probe_selected)}</button>
            })}
            <ExportSelected/>
        </div>
        <FormError error fields=&[Field::Tags]/>
    }
}

/// A tag for the rows that are ticked.
#[component]
fn TagSelected(act: ServerAction<ActOnSelected>, error: Signal<Option<AppError>>) -> impl IntoView {
    let locale = use_locale();
    let pending = act.pending();
    let problem = Memo::new(move |_| {
        error.with(|error| Some(problem_words(Field::Tags, error.as_ref()?.problem(Field::Tags)?, locale)))
    });
    view! {
        <div class="flex flex-col gap-1" role="group" aria-labelledby="tag-selected">
            <label class="field-label" id="tag-selected" for="tag-of-selected">{td!(locale, endpoints.list.tag_selected)}</label>
            <div class="flex flex-wrap items-center gap-2">
                <input class="input input-sm w-40" class:input-error=move || problem.with(Option::is_some) id="tag-of-selected"
                    name="tag" maxlength=TAG_MOST autocomplete="off" aria-describedby="tag-problem"/>
                <button class="btn btn-sm" name="act" value="add_tag" disabled=pending>{td!(locale, endpoints.list.tag_add)}</button>
                <button class="btn btn-sm" name="act" value="remove_tag" disabled=pending>{td!(locale, endpoints.list.tag_remove)}</button>
            </div>
            <span class="field-error" id="tag-problem" role="alert">{move || problem.get()}</span>
        </div>
    }
}

/// The rows that are ticked as a file.
#[component]
fn ExportSelected() -> impl IntoView {
    let locale = use_locale();
    let buttons = Format::ALL.map(|format| {
        view! {
            <button class="btn btn-sm join-item" formmethod="get" formaction=EXPORT name="format" value=format.as_str()>
                {format.name()}
            </button>
        }
    });
    view! {
        <div class="flex flex-wrap items-center gap-2" role="group" aria-labelledby="export-selected">
            <span class="text-sm" id="export-selected">{td!(locale, endpoints.list.export_selected)}</span>
            <span class="join">{buttons.into_iter().collect_view()}</span>
        </div>
    }
}

/// A row shows less of itself side by side where there is little room, and the rest under its name.
#[component]
fn Table(rows: Vec<EndpointRow>, query: EndpointQuery, now: Timestamp) -> impl IntoView {
    let locale = use_locale();
    let platform = query.filter.platform;
    // Once for its order, once more to turn that round.
    let order_of = {
        let query = query.clone();
        move |sort| {
            let here = query.sort == sort;
            let order = here.then_some(if query.reversed { Order::Descending } else { Order::Ascending });
            let reversed = here && !query.reversed;
            (order, query::link(&EndpointQuery { sort, reversed, page: 0, ..query.clone() }))
        }
    };
    let orders = SORTS.map(|sort| {
        let (order, href) = order_of(sort);
        let current = order.map(|_| "true");
        view! { <a class="link aria-[current]:font-semibold" href=href aria-current=current>{sort_words(sort, locale)}</a> }
    });
    let column = move |sort, label, class| {
        let (order, href) = order_of(sort);
        view! { <SortedColumn label order href class/> }
    };
    view! {
        <div class="@container flex flex-col gap-2">
            <nav class="flex flex-wrap gap-x-3 text-sm @min-[68rem]:hidden" aria-label=td_string!(locale, endpoints.list.order)>
                <span aria-hidden="true">{td!(locale, endpoints.list.order)}</span>
                {orders.into_iter().collect_view()}
            </nav>
            <Scrolled>
                <table class="table table-sm">
                    <thead class="text-base-content">
                        <tr>
                            <th scope="col" class="w-8"><span class="sr-only">{td!(locale, endpoints.list.select)}</span></th>
                            {column(EndpointSort::Target, td_string!(locale, endpoints.list.target), "")}
                            {column(EndpointSort::Verdict, td_string!(locale, endpoints.list.result), "")}
                            <th scope="col" class=WIDE>{td!(locale, endpoints.list.platforms)}</th>
                            <th scope="col" class=MIDDLE>{td!(locale, endpoints.list.worst)}</th>
                            {column(EndpointSort::Expiry, td_string!(locale, endpoints.list.expires), MIDDLE)}
                            <th scope="col" class=format!("whitespace-normal {WIDEST}")>{td!(locale, endpoints.list.version)}</th>
                            {column(EndpointSort::Probed, td_string!(locale, endpoints.list.probed), WIDEST)}
                        </tr>
                    </thead>
                    <tbody>{rows.into_iter().map(|row| view! { <Row row platform now/> }).collect_view()}</tbody>
                </table>
            </Scrolled>
        </div>
    }
}

#[component]
fn Row(row: EndpointRow, platform: Option<Platform>, now: Timestamp) -> impl IntoView {
    let locale = use_locale();
    let EndpointRow { id, target, verdict, platforms, worst, tls_version, issuer, not_after, probed_at, tags, route } =
        row;
    let select = td_string!(locale, endpoints.list.select_one, target = target.to_string()).to_string();
    let any = worst.is_some();
    let worst = worst.map_or(td_string!(locale, endpoints.list.none_worst), |code| finding_words::title(code, locale));
    let expires = move || {
        not_after.map_or_else(
            || Either::Left(td_string!(locale, endpoints.list.unseen)),
            |at| Either::Right(view! { <Time at now/> }),
        )
    };
    let probed = move || {
        probed_at.map_or_else(
            || Either::Left(td_string!(locale, endpoints.list.never)),
            |at| Either::Right(view! { <Time at now/> }),
        )
    };
    let version = tls_version.map(|version| version.as_str());
    view! {
        <tr data-endpoint=target.to_string()>
            <td class="align-top">
                <input type="checkbox" class="checkbox checkbox-sm" name=IDS value=id.to_string() aria-label=select/>
            </td>
            <td class="min-w-48 align-top">
                <a class="link inline-block py-1 font-mono break-all" href=format!("/endpoints/{id}")>{target.to_string()}</a>
                <span class="flex flex-wrap gap-1 empty:hidden">
                    <RouteMark route/>
                    <TagBadges tags/>
                </span>
                <div class=format!("text-xs {UNDER_WIDE}")><PlatformVerdicts verdicts=platforms wrap=true/></div>
                {any.then(|| view! { <p class=format!("text-xs {UNDER_MIDDLE}")>{worst}</p> })}
                <p class=format!("text-xs text-base-content/80 {UNDER_MIDDLE}")>
                    {td!(locale, endpoints.list.folded_expires)}" "{expires()}
                </p>
                <p class=format!("text-xs text-base-content/80 {UNDER_WIDEST}")>
                    {version.map(|version| format!("{version} · "))}{td!(locale, endpoints.list.folded_probed)}" "{probed()}
                </p>
            </td>
            <td class="align-top" data-result="">
                <VerdictBadge verdict=platform.map_or(verdict, |platform| platforms.on(platform))/>
                {platform.map(|platform| view! {
                    <span class="block text-xs">{td_string!(locale, endpoints.list.on, platform = words::platform(platform, locale))}</span>
                })}
            </td>
            <td class=format!("min-w-44 align-top {WIDE}")><PlatformVerdicts verdicts=platforms wrap=true/></td>
            <td class=format!("max-w-64 align-top {MIDDLE}")>{worst}</td>
            <td class=format!("align-top whitespace-nowrap {MIDDLE}") title=issuer>{expires()}</td>
            <td class=format!("align-top whitespace-nowrap {WIDEST}")>{version}</td>
            <td class=format!("align-top whitespace-nowrap {WIDEST}")>{probed()}</td>
        </tr>
    }
}

fn sort_words(sort: EndpointSort, locale: Locale) -> &'static str {
    match sort {
        EndpointSort::Verdict => td_string!(locale, endpoints.list.result),
        EndpointSort::Target => td_string!(locale, endpoints.list.target),
        EndpointSort::Expiry => td_string!(locale, endpoints.list.expires),
        EndpointSort::Probed => td_string!(locale, endpoints.list.probed),
    }
}

/// The orders as they are offered where some columns have no room.
const SORTS: [EndpointSort; 4] =
    [EndpointSort::Target, EndpointSort::Verdict, EndpointSort::Expiry, EndpointSort::Probed];

/// Columns by the room that the table has, each with what takes its place under the name.
const MIDDLE: &str = "@max-[42rem]:hidden";
const UNDER_MIDDLE: &str = "@min-[42rem]:hidden";
const WIDE: &str = "@max-[58rem]:hidden";
const UNDER_WIDE: &str = "@min-[58rem]:hidden";
const WIDEST: &str = "@max-[68rem]:hidden";
const UNDER_WIDEST: &str = "@min-[68rem]:hidden";

/// Where the list is exported.
const EXPORT: &str = "/endpoints/export";
