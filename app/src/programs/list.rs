//! The list of mini programs: which will not work, who answers for it, what it is grouped by.

use leptos::{either::Either, prelude::*};
use leptos_meta::Title;
use leptos_router::components::Form;
use model::{
    Tags,
    paging::Page,
    programs::{
        Owner,
        list::{OwnedBy, ProgramChoices, ProgramFilter, ProgramQuery, ProgramRow, ProgramSort},
    },
};

use super::{
    api::{AddProgram, ProgramsData, REGISTER, RestoreProgram, list_choices, programs_page},
    import::query::PATH as IMPORT,
    query::{self, PATH},
    register::RegisterForm,
    undo::Removed,
};
use crate::{
    components::NotShown,
    drafts::{Gone, Left, left},
    endpoints::filters::{Choice, Words},
    export::ExportLinks,
    i18n::*,
    preferences::use_locale,
    table::{Cell, Column, Columns, KeepOrder, KeepSize, ListFrame, NoMatch, NotUnderstood, Order, SortedColumn},
    verdict::{PlatformVerdicts, VerdictBadge},
    words,
};

/// The list of mini programs, and the form that registers one.
#[component]
pub fn ProgramsPage() -> impl IntoView {
    let locale = use_locale();
    let search = crate::query::search_of_page();
    let query = Memo::new(move |_| search.with(|search| query::read(search)));
    let data = Resource::new_blocking(move || query.get(), programs_page);
    let choices = Resource::new_blocking(|| (), |()| list_choices());
    let (add, restore) = (ServerAction::<AddProgram>::new(), ServerAction::<RestoreProgram>::new());
    let left = left();
    view! {
        <Title text=td_string!(locale, common.nav.programs)/>
        <Gone/>
        <header class="flex flex-wrap items-start justify-between gap-4">
            <div class="min-w-0">
                <h1 class="page-title">{td!(locale, common.nav.programs)}</h1>
                <p class="max-w-prose text-base-content/80">{td!(locale, programs.list.intro)}</p>
            </div>
            <Transition>
                {move || Suspend::new(async move {
                    let may_edit = data.await.is_ok_and(|data| data.may_edit);
                    may_edit.then(|| view! {
                        <div class="flex flex-wrap gap-2">
                            <a class="btn btn-outline" href=IMPORT>{td!(locale, programs.import.title)}</a>
                            <a class="btn btn-outline" href="#register">{td!(locale, programs.register.title)}</a>
                        </div>
                    })
                })}
            </Transition>
        </header>
        <Transition fallback=move || view! { <p>{td!(locale, common.loading)}</p> }>
            // Apart from the rows: it stays as it is while they change, and keeps the focus.
            {move || Suspend::new(async move {
                // Without them there is less to filter by, and the list below says what failed.
                let choices = choices.await.unwrap_or_default();
                view! { <Filters query choices/> }
            })}
            <NotUnderstood search of=query::not_understood/>
            {move || Suspend::new(async move {
                // Both are asked for already.
                let (data, left) = (data.await, left.await);
                match data {
                    Ok(ProgramsData { page, may_edit, removed }) => view! {
                        {(!removed.is_empty()).then(|| view! { <Removed removed restore/> })}
                        <Listed page query=query.get_untracked() may_edit/>
                        {may_edit.then(|| view! { <RegisterForm add left=Left::of(&left, REGISTER).until_answered(add)/> })}
                    }
                    .into_any(),
                    Err(error) => view! { <NotShown error/> }.into_any(),
                }
            })}
        </Transition>
    }
}

/// What to show of the list.
#[component]
fn Filters(query: Memo<ProgramQuery>, choices: ProgramChoices) -> impl IntoView {
    let locale = use_locale();
    let filter = move |part: fn(&ProgramFilter) -> Option<String>| {
        Signal::derive(move || query.with(|query| part(&query.filter)).unwrap_or_default())
    };
    let text = filter(|filter| filter.text.clone());
    let tag = filter(|filter| filter.tag.as_ref().map(ToString::to_string));
    let owner = filter(|filter| filter.owner.map(|owner| owner.to_string()));
    let any = td_string!(locale, programs.list.any).to_owned();
    let tags = choices.tags.into_iter().map(|tag| (tag.to_string(), tag.to_string())).collect::<Vec<_>>();
    let nobody = (OwnedBy::Nobody.to_string(), td_string!(locale, programs.owner.nobody).to_owned());
    let people = choices.people.into_iter();
    let people = people.map(|person| (OwnedBy::Person(person.id).to_string(), words::owner(&person, locale)));
    let owners = [nobody].into_iter().chain(people).collect::<Vec<_>>();
    view! {
        <Form method="get" on_form_data=crate::query::named() action=PATH attr:class="panel" attr:role="search">
            <div class="grid gap-4 sm:grid-cols-2 lg:grid-cols-[minmax(0,2fr)_minmax(0,1fr)_minmax(0,1fr)_auto] lg:items-end">
                <Words name="q" label=td_string!(locale, programs.list.search) value=text
                    placeholder=td_string!(locale, programs.list.search_placeholder)/>
                <Choice name="tag" label=td_string!(locale, programs.list.tag) chosen=tag none=any.clone() options=tags/>
                <Choice name="owner" label=td_string!(locale, programs.owner.label) chosen=owner none=any options=owners/>
                <button class="btn btn-primary">{td!(locale, programs.list.show)}</button>
            </div>
            <KeepOrder sort=Signal::derive(move || query.with(|query| crate::query::sort_value(query.sort, ProgramSort::as_str)))
                reversed=Signal::derive(move || query.with(|query| query.reversed))/>
            <KeepSize size=Signal::derive(move || query.with(|query| query.size))/>
        </Form>
    }
    .into_any()
}

#[component]
fn Listed(page: Page<ProgramRow>, query: ProgramQuery, may_edit: bool) -> impl IntoView {
    let locale = use_locale();
    let filtered = query.filter != ProgramFilter::default();
    if page.rows.is_empty() {
        return view! { <Nothing filtered may_edit/> }.into_any();
    }
    let count = page.total;
    let total = match count {
        1 => td_string!(locale, programs.list.total_one).to_owned(),
        count => td_string!(locale, programs.list.total, count = count),
    };
    let (pages, rows, page, size) = (page.pages(), page.rows, page.page, query.size);
    let shown = ProgramQuery { page, ..query.clone() };
    let list = query::link(&ProgramQuery { page: 0, ..query.clone() });
    let export = view! { <ExportLinks list label=td_string!(locale, exports.inventory)/> }.into_any();
    view! {
        <ListFrame count total clear=filtered.then_some(PATH) export page pages
            size link=move |page, size| query::link(&ProgramQuery { page, size, ..query.clone() })>
            <Table rows query=shown/>
        </ListFrame>
    }
    .into_any()
}

/// Says what to do next, to those who may.
#[component]
fn Nothing(filtered: bool, may_edit: bool) -> impl IntoView {
    let locale = use_locale();
    if filtered {
        Either::Left(view! { <NoMatch words=td_string!(locale, programs.list.no_match) clear=PATH/> })
    } else {
        let words =
            if may_edit { td_string!(locale, programs.none) } else { td_string!(locale, programs.none_to_look) };
        Either::Right(view! { <p class="max-w-prose" role="status">{words}</p> })
    }
}

#[component]
fn Table(rows: Vec<ProgramRow>, query: ProgramQuery) -> impl IntoView {
    let locale = use_locale();
    let shown = query.clone();
    // Once for its order, once more to turn that round. What is most comes first where that is worst.
    let column = move |sort, label| {
        let here = query.sort == sort;
        let most_first = matches!(sort, ProgramSort::Entries | ProgramSort::Failing);
        let href = query::link(&ProgramQuery { sort, reversed: here && !query.reversed, page: 0, ..query.clone() });
        view! { <SortedColumn label order=Order::of(here, query.reversed != most_first) href/> }
    };
    let head = view! {
        {column(ProgramSort::Name, td_string!(locale, programs.list.program))}
        {column(ProgramSort::Verdict, td_string!(locale, programs.list.result))}
        <Column label=td_string!(locale, programs.list.platforms)/>
        {column(ProgramSort::Entries, td_string!(locale, programs.list.entries))}
        {column(ProgramSort::Failing, td_string!(locale, programs.list.failing))}
        {column(ProgramSort::Owner, td_string!(locale, programs.owner.label))}
        <Column label=td_string!(locale, programs.tags.label)/>
    };
    let rows = rows.into_iter().map(|row| view! { <Row row query=shown.clone()/> }).collect_view();
    view! { <Columns head=head.into_any()>{rows}</Columns> }
}

#[component]
fn Row(row: ProgramRow, query: ProgramQuery) -> impl IntoView {
    let locale = use_locale();
    let ProgramRow { summary, owner, tags } = row;
    let app_id = summary.app_id.to_string();
    let written = app_id.clone();
    let failing = if summary.failing > 0 { "font-semibold text-error" } else { "" };
    view! {
        <tr role="row" data-program=written>
            <td role="cell" class="lead max-w-80">
                <a class="link font-semibold wrap-anywhere" href=format!("/programs/{}", summary.id)>{summary.name}</a>
                <p class="flex flex-wrap gap-x-3 text-base-content/80">
                    <code>{app_id}</code>
                    {summary.skip_check.then(|| view! { <span>{td!(locale, programs.row.skip_check)}</span> })}
                </p>
            </td>
            <td role="cell"><VerdictBadge verdict=summary.verdict/></td>
            <td role="cell" class="line min-w-44">
                <PlatformVerdicts verdicts=summary.platforms wrap=true/>
            </td>
            <Cell label=td_string!(locale, programs.list.entries)>{summary.entries}</Cell>
            <Cell label=td_string!(locale, programs.list.failing) class=failing>{summary.failing}</Cell>
            <Cell label=td_string!(locale, programs.owner.label) class="max-w-48 wrap-anywhere">
                {match owner {
                    Some(owner) => Either::Left(view! { <OwnerName owner/> }),
                    None => Either::Right(view! {
                        <span class="text-base-content/80">{td!(locale, programs.owner.nobody)}</span>
                    }),
                }}
            </Cell>
            <Cell label=td_string!(locale, programs.tags.label) class="max-w-64"><TagLinks tags query/></Cell>
        </tr>
    }
}

/// Who answers for a mini program, and whether they still may come in.
#[component]
pub fn OwnerName(
    /// Who.
    owner: Owner,
) -> impl IntoView {
    let locale = use_locale();
    words::owner(&owner, locale)
}

/// Each tag as the way to all that carry it.
#[component]
pub fn TagLinks(
    /// The tags.
    tags: Tags,
    /// What is shown now of the list.
    #[prop(optional)]
    query: ProgramQuery,
) -> impl IntoView {
    let links = tags.iter().map(|tag| {
        let filter = ProgramFilter { tag: Some(tag.clone()), ..query.filter.clone() };
        let href = query::link(&ProgramQuery { filter, page: 0, ..query.clone() });
        view! { <li class="max-w-full"><a class="badge badge-outline h-auto max-w-full wrap-anywhere hover:underline" href=href>{tag.to_string()}</a></li> }
    });
    (!tags.is_empty()).then(|| view! { <ul class="flex flex-wrap gap-1">{links.collect_view()}</ul> })
}
