//! The page of alerts: what was told to whom, what waits, and why.

use leptos::{either::Either, prelude::*};
use leptos_meta::Title;
use model::{
    Timestamp,
    alerts::{ListedNotice, Notice, NoticeState, Recovery, STEPS},
};

use super::{
    api::{AlertsData, TryAgain, alerts_page},
    failure::failure_words,
};
use crate::{
    components::{FormError, HostText, NotShown, waits},
    i18n::*,
    preferences::use_locale,
    query,
    table::{Cell, Column, Columns, Pager},
    time::Time,
    words,
};

/// What was told, newest first.
#[component]
pub fn AlertsPage() -> impl IntoView {
    let locale = use_locale();
    let search = crate::query::search_of_page();
    let page = Memo::new(move |_| search.with(|search| query::page(search)));
    let again = ServerAction::<TryAgain>::new();
    let data = Resource::new_blocking(move || (page.get(), again.version().get()), |(page, _)| alerts_page(page));
    let steps = words::join(STEPS.map(|days| days.to_string()), locale);
    view! {
        <Title text=td_string!(locale, common.nav.alerts)/>
        <header>
            <h1 class="page-title" id="alerts">{td!(locale, common.nav.alerts)}</h1>
            <p class="max-w-prose text-base-content/80">{td_string!(locale, alerts.intro, days = steps)}</p>
        </header>
        <Transition fallback=move || view! { <p>{td!(locale, common.loading)}</p> }>
            {move || Suspend::new(async move {
                match data.await {
                    Ok(data) => view! { <Shown data again/> }.into_any(),
                    Err(error) => view! { <NotShown error/> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn Shown(data: AlertsData, again: ServerAction<TryAgain>) -> impl IntoView {
    let locale = use_locale();
    let AlertsData { notices, any_stuck, mail_leaves, may_edit, now } = data;
    let (pages, page) = (notices.pages(), notices.page);
    let body = if notices.rows.is_empty() {
        Either::Left(view! {
            <p class="max-w-prose" role="status">{td!(locale, alerts.empty)}</p>
            <a class="btn btn-primary w-fit" href="/programs">{td!(locale, endpoints.list.to_programs)}</a>
        })
    } else {
        Either::Right(view! { <Table rows=notices.rows now/> })
    };
    view! {
        {(!mail_leaves).then(|| view! {
            <p class="alert alert-warning" role="status">
                <span>{td!(locale, alerts.no_server)}" "<a class="link" href="/settings/mail">{td!(locale, alerts.to_settings)}</a></span>
            </p>
        })}
        {(any_stuck && mail_leaves && may_edit).then(|| view! { <Again again/> })}
        {body}
        <Pager page pages link=|page| query::link("/alerts", [("page", query::page_value(page))])/>
    }
    .into_any()
}

#[component]
fn Again(again: ServerAction<TryAgain>) -> impl IntoView {
    let locale = use_locale();
    let error = Signal::derive(move || again.value().get().and_then(Result::err));
    view! {
        <ActionForm action=again attr:class="flex flex-wrap items-center gap-3">
            <FormError error fields=&[]/>
            <button class="btn btn-primary btn-sm" aria-disabled=waits(again.pending())>{td!(locale, alerts.again)}</button>
            <span class="text-sm">{td!(locale, alerts.again_help)}</span>
        </ActionForm>
    }
}

#[component]
fn Table(rows: Vec<ListedNotice>, now: Timestamp) -> impl IntoView {
    let locale = use_locale();
    let head = view! {
        <Column label=td_string!(locale, alerts.column.written)/>
        <Column label=td_string!(locale, alerts.column.recipient)/>
        <Column label=td_string!(locale, alerts.column.what)/>
        <Column label=td_string!(locale, alerts.column.state)/>
    };
    let rows = rows.into_iter().map(|row| view! { <Row row now/> }).collect_view();
    view! { <Columns named_by="alerts" head=head.into_any()>{rows}</Columns> }
}

#[component]
fn Row(row: ListedNotice, now: Timestamp) -> impl IntoView {
    let locale = use_locale();
    let ListedNotice { id, address, notice, written_at, state, recovery, .. } = row;
    let what = match &notice {
        Notice::Expiry { not_after, .. } => {
            let not_after = *not_after;
            let time = move || view! { <Time at=not_after now/> };
            view! { <span>{td!(locale, alerts.what.expiry, time)}</span> }.into_any()
        }
        Notice::Failing { platforms, .. } => {
            let platforms = words::failing_platforms(platforms, locale);
            view! { <span>{td_string!(locale, alerts.what.failing, platforms)}</span> }.into_any()
        }
    };
    let href = format!("/endpoints/{}", notice.endpoint());
    view! {
        <tr role="row" data-notice=id.to_string()>
            <td role="cell" class="lead whitespace-nowrap"><Time at=written_at now/></td>
            <Cell label=td_string!(locale, alerts.column.recipient) class="wrap-anywhere">{address.to_string()}</Cell>
            <Cell label=td_string!(locale, alerts.column.what) class="max-w-80">
                <a class="link font-mono" href=href><HostText text=notice.target().to_string()/></a>
                <br/>
                {what}
            </Cell>
            <Cell label=td_string!(locale, alerts.column.state) class="max-w-96">
                <State state now/>
                {recovery.map(|recovery| recovered(recovery, now, locale))}
            </Cell>
        </tr>
    }
}

/// That a server works again, and since when.
fn recovered(Recovery { since }: Recovery, now: Timestamp, locale: Locale) -> AnyView {
    match since {
        Some(at) => {
            let time = move || view! { <Time at now/> };
            view! { <p class="text-sm" data-recovery="">{td!(locale, alerts.state.works_since, time)}</p> }.into_any()
        }
        None => view! { <p class="text-sm" data-recovery="">{td!(locale, alerts.state.works)}</p> }.into_any(),
    }
}

#[component]
fn State(state: NoticeState, now: Timestamp) -> impl IntoView {
    let locale = use_locale();
    let badge = |word: &'static str, class: &'static str, label: &'static str| {
        view! { <span class=format!("badge whitespace-nowrap {class}") data-state=word>{label}</span> }
    };
    match state {
        NoticeState::Waiting => {
            view! { {badge("waiting", "badge-info", td_string!(locale, alerts.state.waiting))} }.into_any()
        }
        NoticeState::Held => view! {
            {badge("held", "badge-ghost", td_string!(locale, alerts.state.held))}
            <p class="text-sm break-words">{td!(locale, alerts.state.held_why)}</p>
        }
        .into_any(),
        NoticeState::Sent { at } => view! {
            {badge("sent", "badge-success", td_string!(locale, alerts.state.sent))}" "<Time at now/>
        }
        .into_any(),
        NoticeState::Delayed { tries, next, error } => view! {
            {badge("delayed", "badge-warning", td_string!(locale, alerts.state.delayed))}" "
            {td!(locale, alerts.state.tries, count = tries, time = move || view! { <Time at=next now/> })}
            <p class="text-sm break-words">{failure_words(&error, locale)}</p>
        }
        .into_any(),
        NoticeState::GivenUp { error } => {
            let too_old = || td_string!(locale, alerts.state.too_old).to_owned();
            let why = error.map_or_else(too_old, |error| failure_words(&error, locale));
            view! {
                {badge("given_up", "badge-error", td_string!(locale, alerts.state.given_up))}
                <p class="text-sm break-words">{why}</p>
            }
            .into_any()
        }
    }
}
