//! The certificates that are served now: what ends next, and whom it touches.

use leptos::{either::Either, prelude::*};
use leptos_meta::Title;
use leptos_router::components::Form;
use model::{
    Timestamp,
    certificates::list::{CertificateFilter, CertificateQuery, CertificateRow, CertificateSort, DaysLeft},
    paging::Page,
    programs::choice::Offer,
};

use super::{
    api::{CertificatesData, certificates_page, weeks_ahead},
    query::{self, PATH, page_of},
    timeline::Timeline,
    touched::{Owners, Programs, name_of},
    words::short_name,
};
use crate::{
    components::{HostText, NotShown, Target},
    endpoints::filters::{Choice, Words, days_words, since_choices},
    i18n::*,
    preferences::use_locale,
    programs::choice::{Asked, ProgramField, offer_programs},
    table::{Cell, Column, Columns, KeepOrder, KeepSize, ListFrame, NoMatch, NotUnderstood, Order, SortedColumn},
    time::Time,
    zone::use_zone,
};

/// Days until the end that can be asked for; 0 for what has ended.
const DAYS: [u32; 7] = [0, 3, 7, 14, 30, 60, 90];

/// The list of certificates.
#[component]
pub fn CertificatesPage() -> impl IntoView {
    let locale = use_locale();
    let search = crate::query::search_of_page();
    let zone = use_zone();
    let query = Memo::new(move |_| search.with(|search| query::read(search, zone)));
    let data = Resource::new_blocking(move || query.get(), certificates_page);
    let ahead = Resource::new_blocking(|| (), |()| weeks_ahead());
    let asked = Memo::new(move |_| {
        query.with(|query| Asked { program: query.filter.program, called: query.filter.called.clone() })
    });
    let offer = Resource::new_blocking(move || asked.get(), |asked| offer_programs(asked.program, asked.called));
    view! {
        <Title text=td_string!(locale, certificates.title)/>
        <header>
            <h1 class="page-title">{td!(locale, certificates.title)}</h1>
            <p class="max-w-prose text-base-content/80">{td!(locale, certificates.intro)}</p>
        </header>
        <Transition fallback=move || view! { <p>{td!(locale, common.loading)}</p> }>
            // Each apart from the rows: they stay as they are while those change.
            {move || Suspend::new(async move {
                // Why it could not be read is said below.
                ahead.await.ok().map(|ahead| view! {
                    <section class="panel flex flex-col gap-3">
                        <h2 class="text-lg font-semibold">{td!(locale, certificates.timeline.title)}</h2>
                        <Timeline expiries=ahead.expiries now=ahead.now/>
                    </section>
                })
            })}
            {move || Suspend::new(async move {
                let offer = offer.await.unwrap_or_default();
                view! { <Filters query asked offer/> }
            })}
            <NotUnderstood search of=query::not_understood/>
            {move || Suspend::new(async move {
                match data.await {
                    Ok(CertificatesData { page, now }) => {
                        view! { <Listed page query=query.get_untracked() now/> }.into_any()
                    }
                    Err(error) => view! { <NotShown error/> }.into_any(),
                }
            })}
        </Transition>
    }
}

/// What to show of the list.
#[component]
fn Filters(query: Memo<CertificateQuery>, asked: Memo<Asked>, offer: Offer) -> impl IntoView {
    let locale = use_locale();
    let filter = move |part: fn(&CertificateFilter) -> Option<String>| {
        Signal::derive(move || query.with(|query| part(&query.filter)).unwrap_or_default())
    };
    let text = filter(|filter| filter.text.clone());
    let days = filter(|filter| filter.days_left.map(|days| days.to_string()));
    let since = filter(|filter| filter.since.map(|since| since.to_string()));
    let any = td_string!(locale, certificates.list.any).to_owned();
    // A week of the timeline is no usual choice; it is offered for as long as it is asked for.
    let choices = Memo::new(move |_| day_choices(query.with(|query| query.filter.days_left), locale));
    let sinces = Memo::new(move |_| since_choices(query.with(|query| query.filter.since), locale));
    let (none, whenever) = (any.clone(), any.clone());
    view! {
        <Form method="get" on_form_data=crate::query::named() action=PATH attr:class="panel" attr:role="search">
            <div class="grid gap-4 sm:grid-cols-2 sm:items-end lg:grid-cols-3 xl:grid-cols-[minmax(0,2fr)_repeat(3,minmax(0,1fr))_auto]">
                <Words name="q" label=td_string!(locale, certificates.list.search) value=text
                    placeholder=td_string!(locale, certificates.list.search_placeholder)/>
                {move || view! {
                    <Choice name="days" label=td_string!(locale, certificates.list.days) chosen=days none=none.clone()
                        options=choices.get()/>
                }}
                {move || view! {
                    <Choice name="since" label=td_string!(locale, certificates.list.first_seen) chosen=since
                        none=whenever.clone() options=sinces.get()/>
                }}
                <ProgramField offer asked label=td_string!(locale, certificates.list.program) none=any/>
                <button class="btn btn-primary">{td!(locale, certificates.list.show)}</button>
            </div>
            <KeepOrder sort=Signal::derive(move || query.with(|query| crate::query::sort_value(query.sort, CertificateSort::as_str)))
                reversed=Signal::derive(move || query.with(|query| query.reversed))/>
            <KeepSize size=Signal::derive(move || query.with(|query| query.size))/>
        </Form>
    }
    .into_any()
}

/// Value and label of each.
fn day_choices(asked: Option<DaysLeft>, locale: Locale) -> Vec<(String, String)> {
    let usual = DAYS.map(DaysLeft::Within);
    let asked = asked.filter(|days| !usual.contains(days));
    let words = |days: DaysLeft| match days {
        DaysLeft::Within(days) => days_words(days, locale),
        DaysLeft::Between(after, by) => {
            td_string!(locale, certificates.list.days_between, after = after, by = by)
        }
    };
    usual.into_iter().chain(asked).map(|days| (days.to_string(), words(days))).collect()
}

#[component]
fn Listed(page: Page<CertificateRow>, query: CertificateQuery, now: Timestamp) -> impl IntoView {
    let locale = use_locale();
    let filtered = query.filter != CertificateFilter::default();
    if page.rows.is_empty() {
        return view! { <Nothing filtered/> }.into_any();
    }
    let count = page.total;
    let total = match count {
        1 => td_string!(locale, certificates.list.total_one).to_owned(),
        count => td_string!(locale, certificates.list.total, count = count),
    };
    let (pages, rows, page, size) = (page.pages(), page.rows, page.page, query.size);
    let shown = CertificateQuery { page, ..query.clone() };
    view! {
        <ListFrame count total clear=filtered.then_some(PATH) page pages
            size link=move |page, size| query::link(&CertificateQuery { page, size, ..query.clone() })>
            <Table rows query=shown now/>
        </ListFrame>
    }
    .into_any()
}

/// Says what to do next.
#[component]
fn Nothing(filtered: bool) -> impl IntoView {
    let locale = use_locale();
    if filtered {
        Either::Left(view! { <NoMatch words=td_string!(locale, certificates.list.no_match) clear=PATH/> })
    } else {
        Either::Right(view! {
            <p class="max-w-prose" role="status">{td!(locale, certificates.list.empty)}</p>
            <a class="btn btn-primary w-fit" href="/programs">{td!(locale, certificates.list.to_programs)}</a>
        })
    }
}

#[component]
fn Table(rows: Vec<CertificateRow>, query: CertificateQuery, now: Timestamp) -> impl IntoView {
    let locale = use_locale();
    // Once for its order, once more to turn that round.
    let column = move |sort, label| {
        let here = query.sort == sort;
        let href = query::link(&CertificateQuery { sort, reversed: here && !query.reversed, page: 0, ..query.clone() });
        view! { <SortedColumn label order=Order::of(here, query.reversed) href/> }
    };
    let head = view! {
        {column(CertificateSort::Name, td_string!(locale, certificates.list.names))}
        {column(CertificateSort::Expiry, td_string!(locale, certificates.list.ends))}
        <Column label=td_string!(locale, certificates.list.issuer)/>
        <Column label=td_string!(locale, certificates.list.served)/>
        <Column label=td_string!(locale, certificates.list.programs)/>
        <Column label=td_string!(locale, certificates.list.owners)/>
        {column(CertificateSort::FirstSeen, td_string!(locale, certificates.list.first_seen))}
    };
    let rows = rows.into_iter().map(|row| view! { <Row row now/> }).collect_view();
    view! { <Columns head=head.into_any()>{rows}</Columns> }
}

#[component]
fn Row(row: CertificateRow, now: Timestamp) -> impl IntoView {
    let locale = use_locale();
    let first = name_of(&row);
    let CertificateRow { sha256, names, names_total, issuer, not_after, first_seen, .. } = row;
    let href = page_of(&sha256);
    let names = names.into_iter().skip(1);
    let others = names.len() + 1;
    let more = usize::try_from(names_total).is_ok_and(|total| total > others);
    let ends = not_after.map_or_else(
        || {
            Either::Left(
                view! { <span class="font-medium whitespace-nowrap text-error">{td!(locale, certificates.list.unreadable)}</span> },
            )
        },
        |at| {
            let class = if at < now { "font-medium whitespace-nowrap text-error" } else { "whitespace-nowrap" };
            Either::Right(view! { <span class=class><Time at now/></span> })
        },
    );
    let newer = row.newer.map(|newer| {
        view! {
            <a class="badge badge-warning mt-1 h-auto whitespace-normal" href=page_of(&newer.sha256) data-renewed="">
                {td!(locale, certificates.list.renewed)}
            </a>
        }
    });
    view! {
        <tr role="row" data-certificate=sha256.to_string()>
            <td role="cell" class="lead min-w-48 max-w-80 font-mono">
                <a class="link inline-block py-1" href=href><HostText text=first/></a>
                {names.map(|name| view! { <br/><HostText text=name/> }).collect_view()}
                {more.then(|| view! {
                    <br/><span class="font-sans text-base-content/80">{td_string!(locale, certificates.list.more_names, count = names_total)}</span>
                })}
            </td>
            <Cell label=td_string!(locale, certificates.list.ends)>{ends}{newer}</Cell>
            <Cell label=td_string!(locale, certificates.list.issuer) class="max-w-48 wrap-anywhere">
                <span title=issuer.clone()>{short_name(&issuer)}</span>
            </Cell>
            <Cell label=td_string!(locale, certificates.list.served) class="max-w-64 font-mono">
                <a class="link inline-block py-1" href=format!("/endpoints/{}", row.endpoint)><Target target=row.target/></a>
                {(row.endpoints > 1).then(|| view! {
                    <br/><span class="font-sans text-base-content/80">{td_string!(locale, certificates.list.more_endpoints, count = row.endpoints)}</span>
                })}
            </Cell>
            <Cell label=td_string!(locale, certificates.list.programs) class="max-w-48 wrap-anywhere">
                <Programs programs=row.programs total=row.programs_total/>
            </Cell>
            <Cell label=td_string!(locale, certificates.list.owners) class="max-w-40 wrap-anywhere">
                <Owners owners=row.owners total=row.owners_total unowned=row.unowned/>
            </Cell>
            <Cell label=td_string!(locale, certificates.list.first_seen) class="whitespace-nowrap"><Time at=first_seen now/></Cell>
        </tr>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_week_that_is_asked_for_joins_the_choices() {
        let values = |asked| day_choices(asked, Locale::en).into_iter().map(|(value, _)| value).collect::<Vec<_>>();
        let usual = ["0", "3", "7", "14", "30", "60", "90"];
        assert_eq!(values(None), usual);
        assert_eq!(values(Some(DaysLeft::Within(30))), usual);
        assert_eq!(values(Some(DaysLeft::week(1))), [&usual[..], &["7-14"]].concat());
    }
}
