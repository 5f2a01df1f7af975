//! What the tables of long lists share. Their state is plain links in the URL: a view can be shared,
//! gone back to, and used before the script has loaded.

use leptos::prelude::*;
use model::paging::PageSize;

use crate::{
    i18n::*,
    preferences::use_locale,
    query::{ORDER, SIZE, order_value, size_value},
    words,
};

/// Which way a column is sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// In its own order.
    Ascending,
    /// The other way round.
    Descending,
}

impl Order {
    /// That of a column, if it is the one that the list is sorted by now.
    pub fn of(here: bool, reversed: bool) -> Option<Self> {
        here.then_some(if reversed { Self::Descending } else { Self::Ascending })
    }
}

/// The rows of a list in columns. Where those have too little room each row is a card and its cells
/// name themselves; the roles are said because a table that is laid out otherwise may lose its own.
#[component]
pub fn Columns(
    /// Whether it is a page's list or a part of something: [`LIST`] or [`PART`].
    #[prop(default = LIST)]
    class: &'static str,
    /// The id of what names the table.
    #[prop(default = TOTAL)]
    named_by: &'static str,
    /// The heads of the columns.
    head: AnyView,
    /// The rows, each with the role of one.
    children: Children,
) -> impl IntoView {
    let locale = use_locale();
    view! {
        // What scrolls must be scrolled by keys too.
        <div class=class tabindex="0" role="region" aria-labelledby=named_by>
            <table class="columns table table-sm" role="table" aria-labelledby=named_by>
                <thead class="text-base-content" role="rowgroup">
                    <tr role="row" data-label=td_string!(locale, common.table.order)>{head}</tr>
                </thead>
                <tbody role="rowgroup">{children()}</tbody>
            </table>
        </div>
    }
}

/// Around the columns of a page's list, which are cards below 56rem.
pub const LIST: &str = "columns-of-list panel overflow-x-auto p-0 md:p-0";

/// Around the columns of a part of a page, which are cards below 36rem.
pub const PART: &str = "columns-of-part overflow-x-auto";

/// The head of a column.
#[component]
pub fn Column(
    /// What the column shows.
    label: &'static str,
    /// Utilities for the cell.
    #[prop(optional)]
    class: &'static str,
) -> impl IntoView {
    view! { <th scope="col" role="columnheader" class=class>{label}</th> }
}

/// The head of a column that can be sorted by.
#[component]
pub fn SortedColumn(
    /// What the column shows.
    label: &'static str,
    /// Its order, if the list is sorted by it now.
    order: Option<Order>,
    /// Sorts by it; where it is sorted by, turns the order round.
    href: String,
) -> impl IntoView {
    let locale = use_locale();
    let (word, mark) = match order {
        Some(Order::Ascending) => (Some("ascending"), Some(" ▴")),
        Some(Order::Descending) => (Some("descending"), Some(" ▾")),
        None => (None, None),
    };
    view! {
        <th scope="col" role="columnheader" aria-sort=word>
            <a class="link link-hover" href=href title=td_string!(locale, common.table.sorted, column = label)>
                {label}<span aria-hidden="true">{mark}</span>
            </a>
        </th>
    }
}

/// A value of a row that a card names. A cell that speaks for itself has no label: the one by which the
/// row is known has the class `lead`, one that wants a line of its own the class `line`.
#[component]
pub fn Cell(
    /// Names the value on a card: what the head of its column says.
    label: &'static str,
    /// Utilities for the cell.
    #[prop(optional)]
    class: &'static str,
    /// The value.
    children: Children,
) -> impl IntoView {
    view! { <td role="cell" class=class data-label=label>{children()}</td> }
}

/// What stands around the rows of a page of a list: how many there are on all pages, the way out of the
/// filter, the way to a file, the way to the other pages, and how many rows those have.
#[component]
pub fn ListFrame(
    /// Rows on all pages.
    count: u32,
    /// The same in words. The table is labelled by it, as [`TOTAL`].
    total: String,
    /// Where the list is shown without its filter, if it has one now.
    #[prop(into)]
    clear: Option<&'static str>,
    /// The way to a file, if there is one.
    #[prop(optional)]
    export: Option<AnyView>,
    /// Which page is shown, from 0.
    page: u32,
    /// How many there are.
    pages: u32,
    /// Whether there are more than that, uncounted.
    #[prop(optional)]
    more: bool,
    /// How many rows a page has.
    size: PageSize,
    /// Leads to a page, from 0, of so many rows.
    link: impl Fn(u32, PageSize) -> String + Clone,
    /// The rows.
    children: Children,
) -> impl IntoView {
    let sized = link.clone();
    view! {
        <div class="flex flex-col gap-3">
            <div class="flex flex-wrap gap-x-4 gap-y-1">
                <span id=TOTAL role="status" data-total=count>{total}</span>
                <ClearFilter href=clear/>
                <span class="grow"></span>
                {export}
            </div>
            {children()}
            <div class="flex flex-wrap items-center justify-between gap-x-6 gap-y-2 empty:hidden">
                <Pager page pages more link=move |page| link(page, size)/>
                <Sizes count size link=move |size| sized(0, size)/>
            </div>
        </div>
    }
}

/// The ways to pages of more rows or of fewer; nothing where the smallest page holds all there are.
#[component]
fn Sizes(count: u32, size: PageSize, link: impl Fn(PageSize) -> String) -> impl IntoView {
    let locale = use_locale();
    let sizes = PageSize::ALL;
    if count <= sizes[0].rows() {
        return None;
    }
    let sizes = sizes.map(|choice| match choice == size {
        true => view! { <span class="font-semibold" aria-current="true">{choice.rows()}</span> }.into_any(),
        false => view! { <a class="link" href=link(choice)>{choice.rows()}</a> }.into_any(),
    });
    Some(view! {
        <nav class="flex flex-wrap items-center gap-x-3" aria-labelledby=SIZES>
            <span id=SIZES>{td!(locale, common.table.sizes)}</span>
            {sizes.into_iter().collect_view()}
        </nav>
    })
}

/// Names the element that says what the choice beside the pager is.
const SIZES: &str = "page-sizes";

/// Keeps how a list is sorted while the form that filters it is sent.
#[component]
pub fn KeepOrder(
    /// The word of what it is sorted by, unless that goes without saying.
    #[prop(into)]
    sort: Signal<Option<&'static str>>,
    /// Whether that is turned round.
    #[prop(into)]
    reversed: Signal<bool>,
) -> impl IntoView {
    view! {
        {move || sort.get().map(|sort| view! { <input type="hidden" name="sort" value=sort/> })}
        {move || order_value(reversed.get()).map(|value| view! { <input type="hidden" name=ORDER value=value/> })}
    }
}

/// Keeps how many rows a page has while the form that filters the list is sent.
#[component]
pub fn KeepSize(
    /// It, as the URL says.
    #[prop(into)]
    size: Signal<PageSize>,
) -> impl IntoView {
    move || size_value(size.get()).map(|value| view! { <input type="hidden" name=SIZE value=value/> })
}

/// Says what of its URL a list does not understand, and so leaves out of its filter.
#[component]
pub fn NotUnderstood(
    /// The query of the page.
    search: Memo<String>,
    /// Finds it.
    of: fn(&str) -> Vec<String>,
) -> impl IntoView {
    let locale = use_locale();
    move || {
        let values = search.with(|search| of(search));
        (!values.is_empty()).then(|| {
            let words = td_string!(locale, common.table.not_understood, values = words::join(values, locale));
            view! { <p class="alert alert-warning wrap-anywhere" role="status">{words}</p> }
        })
    }
}

/// In place of the rows where the filter lets nothing through.
#[component]
pub fn NoMatch(
    /// That nothing matches.
    words: &'static str,
    /// Where the list is shown without its filter, if it has one.
    #[prop(into)]
    clear: Option<&'static str>,
) -> impl IntoView {
    view! { <p role="status">{words}" "<ClearFilter href=clear/></p> }
}

/// The way out of the filter; nothing where there is none.
#[component]
fn ClearFilter(href: Option<&'static str>) -> impl IntoView {
    let locale = use_locale();
    href.map(|href| view! { <a class="link print:hidden" href=href>{td!(locale, common.table.clear)}</a> })
}

/// Names the element that says how many rows there are.
pub const TOTAL: &str = "total";

/// The way to the other pages; nothing where there is one only.
#[component]
pub fn Pager(
    /// Which page is shown, from 0.
    page: u32,
    /// How many there are.
    pages: u32,
    /// Whether there are more than that, uncounted: then none is the last.
    #[prop(optional)]
    more: bool,
    /// Leads to a page, from 0.
    link: impl Fn(u32) -> String,
) -> impl IntoView {
    let locale = use_locale();
    if pages <= 1 {
        return None;
    }
    let last = pages - 1;
    let to = |page: u32, label: &'static str, there: bool| {
        there.then(|| view! { <a class="btn btn-sm" href=link(page)>{label}</a> })
    };
    let which = if more {
        td_string!(locale, common.table.page_of_more, page = page + 1, pages = pages)
    } else {
        td_string!(locale, common.table.page, page = page + 1, pages = pages)
    };
    Some(view! {
        <nav class="flex flex-wrap items-center gap-2" aria-label=td_string!(locale, common.table.pages)>
            {to(0, td_string!(locale, common.table.first), page > 0)}
            {to(page.saturating_sub(1), td_string!(locale, common.table.previous), page > 0)}
            <span>{which.to_string()}</span>
            {to(page + 1, td_string!(locale, common.table.next), page < last)}
            {to(last, td_string!(locale, common.table.last), page < last && !more)}
        </nav>
    })
}
