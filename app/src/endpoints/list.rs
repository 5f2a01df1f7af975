//! Every endpoint: what fails, what ends next, what was not looked at for long.

use leptos::{either::Either, ev::SubmitEvent, prelude::*};
use leptos_meta::Title;
use model::{
    Code, Platform, Timestamp,
    endpoints::{
        LISTED_MOST,
        list::{EndpointFilter, EndpointQuery, EndpointRow, EndpointSort},
    },
    service::{EndpointId, Field},
};
use wasm_bindgen::JsCast as _;
use web_sys::{Event, HtmlInputElement};

use super::{
    api::{ActOnSelected, EndpointsData, ProbeAll, Rights, SELECTED, endpoint_tags, endpoints_page},
    filters::{Filters, asked},
    query::{self, ALL_OF, CHOSEN, IDS, PATH, ZONE},
    route::RouteMark,
    tags::TagBadges,
};
use crate::{
    components::{FormError, NotShown, Target, waits},
    drafts::{Gone, Left, left},
    error::{AppError, problem_words},
    export::{ExportLinks, Format},
    findings::words as finding_words,
    i18n::*,
    preferences::use_locale,
    programs::choice::offer_programs,
    table::{Cell, Column, Columns, ListFrame, NoMatch, NotUnderstood, Order, SortedColumn},
    time::Time,
    toast,
    verdict::{PlatformVerdicts, VerdictBadge},
    words,
    zone::use_zone,
};

/// The list of endpoints.
#[component]
pub fn EndpointsPage() -> impl IntoView {
    let locale = use_locale();
    let search = crate::query::search_of_page();
    let zone = use_zone();
    let query = Memo::new(move |_| search.with(|search| query::read(search, zone)));
    let data = Resource::new_blocking(move || query.get(), endpoints_page);
    let asked = Memo::new(move |_| asked(query));
    let offer = Resource::new_blocking(move || asked.get(), |asked| offer_programs(asked.program, asked.called));
    let tags = Resource::new_blocking(|| (), |()| endpoint_tags());
    let left = left();
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
        <Gone/>
        <Transition fallback=move || view! { <p>{td!(locale, common.loading)}</p> }>
            {move || Suspend::new(async move {
                let may_probe = data.await.is_ok_and(|data| data.rights.probe);
                view! { <Header all may_probe/> }
            })}
            // Apart from the rows: it stays as it is while they change, and keeps the focus.
            {move || Suspend::new(async move {
                // Without them the filter has a choice less, and the list below says what failed.
                let offer = offer.await.unwrap_or_default();
                let tags = tags.await.unwrap_or_default();
                view! { <Filters query offer tags/> }
            })}
            <NotUnderstood search of=query::not_understood/>
            {move || Suspend::new(async move {
                // Both are asked for already.
                let (data, left) = (data.await, left.await);
                match data {
                    Ok(data) => {
                        let left = Left::of(&left, SELECTED).until_answered(act);
                        view! { <Listed data query=query.get_untracked() act left/> }.into_any()
                    }
                    Err(error) => view! { <NotShown error/> }.into_any(),
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
            <button class="btn btn-sm" aria-disabled=waits(probe.pending())>{td!(locale, endpoints.list.probe_all)}</button>
        </ActionForm>
    }
}

#[component]
fn Listed(
    data: EndpointsData,
    query: EndpointQuery,
    act: ServerAction<ActOnSelected>,
    /// What was ticked and typed before.
    left: Left,
) -> impl IntoView {
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
    let (pages, rows, page, size) = (page.pages(), page.rows, page.page, query.size);
    let (shown, zone) = (EndpointQuery { page, ..query.clone() }, query.zone.to_string());
    let (list, here) = (query::link(&EndpointQuery { page: 0, ..query.clone() }), query::link(&shown));
    let (all_of, all) = (list.clone(), !left.text(ALL_OF).is_empty());
    let ticked: Vec<EndpointId> = left.text(CHOSEN).split(',').filter_map(|id| id.parse().ok()).collect();
    view! {
        <ListFrame count total clear=filtered.then_some(PATH) export=view! { <ExportLinks list/> }.into_any() page pages
            size link=move |page, size| query::link(&EndpointQuery { page, size, ..query.clone() })>
            <div on:submit:capture=leave_to_the_browser on:change=tick_together>
                <ActionForm action=act attr:class="flex flex-col gap-3">
                    <Table rows ticked query=shown now/>
                    {move || (count > 1).then(|| view! { <AllOfList list=all_of.clone() count filtered ticked=all may_tag=rights.edit/> })}
                    <input type="hidden" name="back" value=here/>
                    <input type="hidden" name=ZONE value=zone/>
                    <Selected act rights tags=left.text("tags")/>
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

/// Ticks every row of the page with the box in the head, and that box once every row is ticked.
fn tick_together(event: Event) {
    let ticked = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
    let Some(ticked) = ticked else { return };
    let Ok(Some(table)) = ticked.closest("table") else { return };
    let Ok(boxes) = table.query_selector_all("input") else { return };
    let boxes = (0..boxes.length()).filter_map(|place| boxes.item(place)?.dyn_into::<HtmlInputElement>().ok());
    let boxes: Vec<_> = boxes.collect();
    match boxes.split_first() {
        Some((head, rows)) if *head == ticked => rows.iter().for_each(|row| row.set_checked(ticked.checked())),
        Some((head, rows)) => head.set_checked(rows.iter().all(HtmlInputElement::checked)),
        None => {}
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

/// All of the list in place of the rows that are ticked.
#[component]
fn AllOfList(
    /// Path and query of the list, without its page.
    list: String,
    /// Rows on all its pages.
    count: u32,
    /// Whether it has a filter.
    filtered: bool,
    /// Whether it is chosen already.
    ticked: bool,
    /// Whether whoever looks may change tags.
    may_tag: bool,
) -> impl IntoView {
    let locale = use_locale();
    let label = match all_words(count, filtered, locale) {
        Ok(label) => label,
        Err(too_many) => return Either::Left(view! { <p class="text-sm">{too_many}</p> }),
    };
    Either::Right(view! {
        <div class="group flex flex-wrap gap-x-6 gap-y-1">
            <label class="flex w-fit items-center gap-2 text-sm">
                <input type="checkbox" class="checkbox checkbox-sm" name=ALL_OF value=list checked=ticked data-all="" data-picks=""/>
                {label}
            </label>
            {may_tag.then(|| view! {
                <label class="hidden w-fit items-center gap-2 text-sm group-has-[[data-all]:checked]:flex">
                    <input type="checkbox" class="checkbox checkbox-sm" name="confirmed" value="true" data-picks=""/>
                    {td_string!(locale, endpoints.list.remove_from_all, count = count)}
                </label>
            })}
        </div>
    })
}

/// What all of a list is called, or why it cannot be chosen.
fn all_words(count: u32, filtered: bool, locale: Locale) -> Result<String, String> {
    if usize::try_from(count).is_ok_and(|count| count > LISTED_MOST) {
        return Err(td_string!(locale, endpoints.list.all_too_many, count = count, most = LISTED_MOST));
    }
    Ok(if filtered {
        td_string!(locale, endpoints.list.all_matching, count = count)
    } else {
        td_string!(locale, endpoints.list.all_listed, count = count)
    })
}

/// What can be done to what is chosen. The tags come first: Enter in their field presses the
/// first button of the form.
#[component]
fn Selected(act: ServerAction<ActOnSelected>, rights: Rights, tags: String) -> impl IntoView {
    let locale = use_locale();
    let error = Signal::derive(move || act.value().get().and_then(Result::err));
    let pending = act.pending();
    view! {
        <input type="hidden" name=CHOSEN value="1"/>
        <div class="flex flex-wrap items-end gap-x-6 gap-y-3" id=SELECTED>
            {rights.edit.then(|| view! { <TagSelected act error tags/> })}
            <input type="hidden" name="tags" value="" disabled=rights.edit/>
            {rights.probe.then(|| view! {
                <button class="btn btn-primary btn-sm" name="act" value="probe" aria-disabled=waits(pending)>{td!(locale, endpoints.list.probe_selected)}</button>
            })}
            <ExportSelected/>
        </div>
        <FormError error fields=&[Field::Tags] is_typed=true/>
    }
}

/// Tags for what is chosen.
#[component]
fn TagSelected(act: ServerAction<ActOnSelected>, error: Signal<Option<AppError>>, tags: String) -> impl IntoView {
    let locale = use_locale();
    let pending = act.pending();
    let problem = Memo::new(move |_| {
        error.with(|error| Some(problem_words(Field::Tags, &error.as_ref()?.problem(Field::Tags)?, locale)))
    });
    view! {
        <div class="flex flex-col gap-1" role="group" aria-labelledby="tag-selected">
            <label class="field-label" id="tag-selected" for="tags-of-selected">{td!(locale, endpoints.list.tag_selected)}</label>
            <div class="flex flex-wrap items-center gap-2">
                <input class="input input-sm w-60" class:input-error=move || problem.with(Option::is_some) id="tags-of-selected"
                    aria-invalid=move || problem.with(Option::is_some).then_some("true")
                    name="tags" value=tags autocomplete="off" aria-describedby="tags-help tag-problem"/>
                <button class="btn btn-sm" name="act" value="add_tags" aria-disabled=waits(pending)>{td!(locale, endpoints.list.tag_add)}</button>
                <button class="btn btn-sm" name="act" value="remove_tags" aria-disabled=waits(pending)>{td!(locale, endpoints.list.tag_remove)}</button>
            </div>
            <span class="field-help" id="tags-help">{words::tags_help(locale)}</span>
            <span class="field-error" id="tag-problem" role="alert">{move || problem.get()}</span>
        </div>
    }
}

/// What is chosen as a file.
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

/// Its boxes are functions, as is that of all of the list: such are drawn anew with each list, where an
/// element would stay, and with it what was ticked of another one.
#[component]
fn Table(
    rows: Vec<EndpointRow>,
    /// Those whose box is ticked already.
    ticked: Vec<EndpointId>,
    query: EndpointQuery,
    now: Timestamp,
) -> impl IntoView {
    let locale = use_locale();
    let platform = query.filter.platform;
    // Once for its order, once more to turn that round.
    let column = move |sort, label| {
        let here = query.sort == sort;
        let href = query::link(&EndpointQuery { sort, reversed: here && !query.reversed, page: 0, ..query.clone() });
        view! { <SortedColumn label order=Order::of(here, query.reversed) href/> }
    };
    let head = view! {
        <th scope="col" role="columnheader" class="w-8 print:hidden">
            <span class="sr-only">{td!(locale, endpoints.list.select)}</span>
            <span class="hidden live:inline">
                {move || view! {
                    <input type="checkbox" class="checkbox checkbox-sm" aria-label=td_string!(locale, endpoints.list.select_page)/>
                }}
            </span>
        </th>
        {column(EndpointSort::Target, td_string!(locale, endpoints.list.target))}
        {column(EndpointSort::Verdict, td_string!(locale, endpoints.list.result))}
        <Column label=td_string!(locale, endpoints.list.platforms)/>
        <Column label=td_string!(locale, endpoints.list.worst)/>
        {column(EndpointSort::Expiry, td_string!(locale, endpoints.list.expires))}
        <Column class=WIDE_HEAD label=td_string!(locale, endpoints.list.version)/>
        {column(EndpointSort::Probed, td_string!(locale, endpoints.list.probed))}
    };
    let rows = move || {
        let rows = rows.iter().cloned().map(|row| {
            let ticked = ticked.contains(&row.id);
            view! { <Row row ticked platform now/> }
        });
        rows.collect_view()
    };
    view! { <Columns head=head.into_any()>{rows}</Columns> }
}

#[component]
fn Row(row: EndpointRow, ticked: bool, platform: Option<Platform>, now: Timestamp) -> impl IntoView {
    let locale = use_locale();
    let EndpointRow { id, target, verdict, platforms, worst, tls_version, issuer, not_after, probed_at, tags, route } =
        row;
    let select = td_string!(locale, endpoints.list.select_one, target = target.to_string()).to_string();
    let worst = worst_words(worst, probed_at.is_some(), locale);
    let time = move |at: Option<Timestamp>, none: &'static str| {
        at.map_or_else(|| Either::Left(none), |at| Either::Right(view! { <Time at now/> }))
    };
    let version = tls_version.map(|version| version.as_str());
    let name = target.to_string();
    view! {
        <tr role="row" class="[&>td]:align-top" data-endpoint=name>
            <td role="cell" class="print:hidden">
                <input type="checkbox" class="checkbox checkbox-sm" name=IDS value=id.to_string() checked=ticked data-picks="" aria-label=select/>
            </td>
            <td role="cell" class="lead min-w-48">
                <a class="link inline-block py-1 font-mono" href=format!("/endpoints/{id}")><Target target/></a>
                <span class="flex flex-wrap gap-1 empty:hidden">
                    <RouteMark route/>
                    <TagBadges tags/>
                </span>
                <p class=UNDER_WIDE>{version}</p>
            </td>
            <td role="cell" data-result="">
                <VerdictBadge verdict=platform.map_or(verdict, |platform| platforms.on(platform))/>
                {platform.map(|platform| view! {
                    <span class="block text-xs">{td_string!(locale, endpoints.list.on, platform = words::platform(platform, locale))}</span>
                })}
            </td>
            <td role="cell" class="line min-w-44">
                <PlatformVerdicts verdicts=platforms wrap=true/>
            </td>
            <Cell label=td_string!(locale, endpoints.list.worst) class="max-w-64">{worst}</Cell>
            <Cell label=td_string!(locale, endpoints.list.expires) class="whitespace-nowrap">
                <span title=issuer>{time(not_after, td_string!(locale, endpoints.list.unseen))}</span>
            </Cell>
            <Cell label=td_string!(locale, endpoints.list.version) class=WIDE>{version}</Cell>
            <Cell label=td_string!(locale, endpoints.list.probed) class="whitespace-nowrap">
                {time(probed_at, td_string!(locale, endpoints.list.never))}
            </Cell>
        </tr>
    }
}

/// The title of the worst finding. Notes are none: they are on the endpoint's own page.
fn worst_words(worst: Option<Code>, probed: bool, locale: Locale) -> &'static str {
    match worst {
        Some(code) => finding_words::title(code, locale),
        None if probed => td_string!(locale, endpoints.list.none_worst),
        None => td_string!(locale, endpoints.list.no_worst_yet),
    }
}

/// A column that only the widest table has room for, and what takes its place under the name.
const WIDE: &str = "whitespace-nowrap @max-[68rem]:hidden";
const WIDE_HEAD: &str = "@max-[68rem]:hidden";
const UNDER_WIDE: &str = "text-xs text-base-content/80 empty:hidden @min-[68rem]:hidden cards:hidden";

/// Where the list is exported.
const EXPORT: &str = "/endpoints/export";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_of_a_list_is_offered_up_to_what_may_be_chosen_at_once() {
        let most = u32::try_from(LISTED_MOST).unwrap_or_default();
        assert_eq!(all_words(2, true, Locale::en).as_deref(), Ok("All 2 that match the filter, on every page"));
        assert!(all_words(most, false, Locale::en).is_ok());
        assert!(all_words(most + 1, true, Locale::en).is_err());
    }

    #[test]
    fn a_row_without_error_or_warning_says_no_more_than_that() {
        let said = |worst, probed| worst_words(worst, probed, Locale::en);
        assert_eq!(said(None, true), "no error or warning");
        assert_eq!(said(None, false), "not probed yet");
        assert_eq!(said(Some(Code::CertExpired), true), finding_words::title(Code::CertExpired, Locale::en));
    }
}
