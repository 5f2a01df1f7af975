//! What the tables of long lists share. Their state is plain links in the URL: a view can be shared,
//! gone back to, and used before the script has loaded.

use leptos::prelude::*;

use crate::{export::ExportLinks, i18n::*, preferences::use_locale};

/// Which way a column is sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// In its own order.
    Ascending,
    /// The other way round.
    Descending,
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
    /// Utilities for the cell.
    #[prop(optional)]
    class: &'static str,
) -> impl IntoView {
    let locale = use_locale();
    let (word, mark) = match order {
        Some(Order::Ascending) => (Some("ascending"), Some(" ▴")),
        Some(Order::Descending) => (Some("descending"), Some(" ▾")),
        None => (None, None),
    };
    view! {
        <th scope="col" class=class aria-sort=word>
            <a class="link link-hover" href=href title=td_string!(locale, common.table.sorted, column = label)>
                {label}<span aria-hidden="true">{mark}</span>
            </a>
        </th>
    }
}

/// What stands around the rows of a page of a list: how many there are on all pages, the way out of the
/// filter, the way to a file, and the way to the other pages.
#[component]
pub fn ListFrame(
    /// Rows on all pages.
    count: u32,
    /// The same in words. The table is labelled by it, as [`TOTAL`].
    total: String,
    /// Where the list is shown without its filter, if it has one now.
    #[prop(into)]
    clear: Option<&'static str>,
    /// Path and query of the list without its page, if it can be exported.
    #[prop(optional, into)]
    export: Option<String>,
    /// Which page is shown, from 0.
    page: u32,
    /// How many there are.
    pages: u32,
    /// Whether there are more than that, uncounted.
    #[prop(optional)]
    more: bool,
    /// Leads to a page, from 0.
    link: impl Fn(u32) -> String,
    /// The rows.
    children: Children,
) -> impl IntoView {
    view! {
        <div class="flex flex-col gap-3">
            <div class="flex flex-wrap gap-x-4 gap-y-1">
                <span id=TOTAL role="status" data-total=count>{total}</span>
                <ClearFilter href=clear/>
                <span class="grow"></span>
                {export.map(|list| view! { <ExportLinks list/> })}
            </div>
            {children()}
            <Pager page pages more link/>
        </div>
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
    href.map(|href| view! { <a class="link" href=href>{td!(locale, common.table.clear)}</a> })
}

/// The rows of a list in columns, which scroll for themselves where there is too little room.
#[component]
pub fn Scrolled(
    /// The table.
    children: Children,
) -> impl IntoView {
    view! {
        <div class="panel overflow-x-auto p-0 md:p-0" tabindex="0" role="region" aria-labelledby=TOTAL>{children()}</div>
    }
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
