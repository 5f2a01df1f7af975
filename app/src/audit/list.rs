//! The page of the audit log: who changed what, when.

use leptos::{either::Either, prelude::*};
use leptos_meta::Title;
use model::{
    Timestamp,
    audit::{AuditFilter, AuditQuery, AuditRow, LogPage, Subject},
};
use serde_json::Value;

use super::{
    api::{AuditData, audit_page, audit_people},
    difference::{Change, Difference, difference},
    filters::Filters,
    object::{Object, object},
    query::{self, PATH},
    words,
};
use crate::{
    components::{HostText, NotShown},
    export::ExportLinks,
    i18n::*,
    preferences::use_locale,
    table::{Cell, Column, Columns, ListFrame, NoMatch, NotUnderstood},
    time::Time,
    words::join,
    zone::use_zone,
};

/// The audit log, the newest line first.
#[component]
pub fn AuditPage() -> impl IntoView {
    let locale = use_locale();
    let search = crate::query::search_of_page();
    let zone = use_zone();
    let query = Memo::new(move |_| search.with(|search| query::read(search, zone)));
    let data = Resource::new_blocking(move || query.get(), audit_page);
    let people = Resource::new_blocking(|| (), |()| audit_people());
    view! {
        <Title text=td_string!(locale, audit.title)/>
        <header>
            <h1 class="page-title">{td!(locale, audit.title)}</h1>
            <p class="max-w-prose text-base-content/80">{td!(locale, audit.intro)}</p>
        </header>
        <Transition fallback=move || view! { <p>{td!(locale, common.loading)}</p> }>
            // Apart from the rows: it stays as it is while they change, and keeps the focus.
            {move || Suspend::new(async move {
                // Why they could not be read is said below.
                let people = people.await.unwrap_or_default();
                view! { <Filters query people/> }
            })}
            <NotUnderstood search of=query::not_understood/>
            {move || Suspend::new(async move {
                match data.await {
                    Ok(AuditData { page, now }) => {
                        view! { <Listed page query=query.get_untracked() now/> }.into_any()
                    }
                    Err(error) => view! { <NotShown error/> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn Listed(page: LogPage, query: AuditQuery, now: Timestamp) -> impl IntoView {
    let locale = use_locale();
    let LogPage { lines: page, more } = page;
    let filtered = query.filter != AuditFilter::default();
    if page.rows.is_empty() {
        let clear = filtered.then_some(PATH);
        let words = if query::is_turned_round(&query.filter) {
            td_string!(locale, audit.turned_round)
        } else {
            td_string!(locale, audit.no_match)
        };
        return view! { <NoMatch words clear/> }.into_any();
    }
    let count = page.total;
    let total = match count {
        count if more => td_string!(locale, audit.total_more, count = count),
        1 => td_string!(locale, audit.total_one).to_owned(),
        count => td_string!(locale, audit.total, count = count),
    };
    let (pages, rows, page, size) = (page.pages(), page.rows, page.page, query.size);
    let list = query::link(&AuditQuery { page: 0, ..query.clone() });
    view! {
        <ListFrame count total clear=filtered.then_some(PATH) export=view! { <ExportLinks list/> }.into_any() page pages more
            size link=move |page, size| query::link(&AuditQuery { page, size, ..query.clone() })>
            <Table rows now/>
        </ListFrame>
    }
    .into_any()
}

#[component]
fn Table(rows: Vec<AuditRow>, now: Timestamp) -> impl IntoView {
    let locale = use_locale();
    let head = view! {
        <Column label=td_string!(locale, audit.at)/>
        <Column label=td_string!(locale, audit.person)/>
        <Column label=td_string!(locale, audit.action_label)/>
        <Column label=td_string!(locale, audit.object)/>
        <Column label=td_string!(locale, audit.change) class="w-2/5"/>
    };
    let rows = rows.into_iter().map(|row| view! { <Row row now/> }).collect_view();
    view! { <Columns head=head.into_any()>{rows}</Columns> }
}

#[component]
fn Row(row: AuditRow, now: Timestamp) -> impl IntoView {
    let locale = use_locale();
    let Object { kind, name, href, of } = object(&row, locale);
    let AuditRow { entry, subject } = row;
    let mut difference = difference(entry.before.as_deref(), entry.after.as_deref());
    difference.changes.retain(|change| words::is_told(&change.field));
    if matches!(subject, Some(Subject::Program { .. })) {
        // The object says it by its name.
        difference.changes.retain(|change| change.field != "program");
    }
    let name = match href {
        Some(href) => Either::Left(view! { <a class="link" href=href><HostText text=name/></a> }),
        None => Either::Right(view! { <HostText text=name/> }),
    };
    view! {
        <tr role="row" class="[&>td]:align-top" data-action=entry.action.as_str()>
            <td role="cell" class="lead whitespace-nowrap"><Time at=entry.at now/></td>
            <td role="cell" class="max-w-48 wrap-anywhere">{words::person(entry.actor.as_deref(), locale)}</td>
            <Cell label=td_string!(locale, audit.action_label)>{words::action(entry.action, locale)}</Cell>
            <Cell label=td_string!(locale, audit.object) class="max-w-80 wrap-anywhere">
                <span class="text-base-content/80">{kind}</span> " " {name}
                {of.map(|of| view! { <p class="text-base-content/80">{of}</p> })}
            </Cell>
            <Cell label=td_string!(locale, audit.change)><Details difference at=entry.at/></Cell>
        </tr>
    }
}

/// Before and after, once it is opened.
#[component]
fn Details(difference: Difference, at: Timestamp) -> impl IntoView {
    let locale = use_locale();
    let Difference { changes, same } = difference;
    if changes.is_empty() {
        return None;
    }
    // Where there is nothing before, or nothing after, a column of nothing would tell nothing.
    let (before, after) =
        (changes.iter().any(|change| change.before.is_some()), changes.iter().any(|change| change.after.is_some()));
    Some(view! {
        <details>
            <summary class="cursor-pointer">{summary(&changes, locale)}</summary>
            <table class="table table-xs mt-2">
                <thead class="text-base-content">
                    <tr>
                        <th scope="col">{td!(locale, audit.field_label)}</th>
                        {before.then(|| view! { <th scope="col">{td!(locale, audit.before)}</th> })}
                        {after.then(|| view! { <th scope="col">{td!(locale, audit.after)}</th> })}
                    </tr>
                </thead>
                <tbody>
                    {changes.into_iter().map(|change| view! {
                        <tr class="[&>*]:align-top" data-field=change.field.clone()>
                            <th scope="row" class="font-normal">{words::field(&change.field, locale)}</th>
                            {before.then(|| view! { <td><Values field=change.field.clone() value=change.before/></td> })}
                            {after.then(|| view! { <td><Values field=change.field.clone() value=change.after/></td> })}
                        </tr>
                    }).collect_view()}
                </tbody>
            </table>
            <p class="px-2 pt-1 text-xs text-base-content/80">
                <time datetime=at.to_string()>{use_zone().write(at)}</time>
                {(same > 0).then(|| view! { <span class="ps-3">{td_string!(locale, audit.same, count = same)}</span> })}
            </p>
        </details>
    })
}

/// The value of a field, or that it has none.
#[component]
fn Values(field: String, value: Option<Value>) -> impl IntoView {
    let locale = use_locale();
    let mut lines = words::values(&field, &value.unwrap_or_default(), use_zone(), locale);
    let more = lines.len().saturating_sub(LINES_MOST);
    lines.truncate(LINES_MOST);
    view! {
        {lines.into_iter().map(|line| view! { <p class="break-all">{line}</p> }).collect_view()}
        {(more > 0).then(|| view! { <p>{td_string!(locale, audit.more, count = more)}</p> })}
    }
}

/// What is said of a change before it is opened: the fields that differ.
fn summary(changes: &[Change], locale: Locale) -> String {
    let named = join(changes.iter().take(FIELDS_MOST).map(|change| words::field(&change.field, locale)), locale);
    match changes.len().saturating_sub(FIELDS_MOST) {
        0 => named,
        more => td_string!(locale, audit.and_more, fields = named, count = more),
    }
}

/// Items of a list that are shown; an export has them all.
const LINES_MOST: usize = 20;

/// Fields that are named before a change is opened.
const FIELDS_MOST: usize = 3;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_names_a_few_fields_and_counts_the_others() {
        let changes = difference(None, Some(r#"{"name":"a","per_list":1,"skip_check":true,"app_id":"wx"}"#)).changes;
        assert_eq!(summary(&changes[..1], Locale::en), "AppID");
        assert_eq!(summary(&changes[..3], Locale::zh_CN), "AppID、名称、每个列表的条目数上限");
        assert_eq!(summary(&changes, Locale::en), "AppID, Name, Entries per list and 1 more");
    }
}
