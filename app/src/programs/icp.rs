//! The ICP filings that a mini program needs: one row a registrable domain.

use leptos::prelude::*;
use model::{
    Timestamp,
    icp::{IcpRecord, IcpState},
    programs::IcpRow,
    service::{Field, ProgramId},
};

use super::api::RecordIcp;
use crate::{components::FormError, error::problem_words, i18n::*, preferences::use_locale, time::Time, words};

/// What is recorded of each domain, and a form to record it anew.
#[component]
pub fn Filings(
    /// The page that the forms come back to.
    program: ProgramId,
    /// The domains that the entries need.
    icp: Vec<IcpRow>,
    /// The server's time when it answered.
    now: Timestamp,
    /// Called when something was recorded.
    on_change: Callback<()>,
) -> impl IntoView {
    let locale = use_locale();
    let rows = icp.into_iter().map(|row| view! { <Filing program row now on_change/> }).collect_view();
    view! {
        <section class="panel flex flex-col gap-3" id="icp">
            <h2 class="text-lg font-semibold">{td!(locale, programs.icp.title)}</h2>
            <p class="max-w-prose text-sm text-base-content/80">{td!(locale, programs.icp.intro)}</p>
            <ul class="rows">{rows}</ul>
        </section>
    }
    .into_any()
}

#[component]
fn Filing(program: ProgramId, row: IcpRow, now: Timestamp, on_change: Callback<()>) -> impl IntoView {
    let locale = use_locale();
    let IcpRow { domain, record } = row;
    let state = record.as_ref().map_or(IcpState::Unknown, |record| record.state);
    let number = record.as_ref().and_then(|record| record.number.as_ref()).map(ToString::to_string);
    let typed = number.clone().unwrap_or_default();
    let name = domain.to_string();
    let row_name = name.clone();
    let label = name.clone();
    view! {
        <li class="row md:grid-cols-[minmax(0,1fr)_minmax(0,2fr)]" data-domain=row_name>
            <code class="font-semibold">{label}</code>
            <div class="flex min-w-0 flex-col gap-2">
                <p class="flex flex-wrap gap-x-3">
                    <span class="font-medium">{words::icp_state(state, locale)}</span>
                    {number.map(|number| view! { <span>{number}</span> })}
                    {record.map(|record| view! { <Known record now/> })}
                </p>
                <details>
                    <summary class="link w-fit text-sm">{td!(locale, programs.icp.change)}</summary>
                    <Form program domain=name state typed on_change/>
                </details>
            </div>
        </li>
    }
}

/// How and since when it is known.
#[component]
fn Known(record: IcpRecord, now: Timestamp) -> impl IntoView {
    let locale = use_locale();
    view! {
        <span class="text-sm text-base-content/80">
            {words::icp_source(record.source, locale)}" · "<Time at=record.confirmed_at now/>
        </span>
    }
}

#[component]
fn Form(program: ProgramId, domain: String, state: IcpState, typed: String, on_change: Callback<()>) -> impl IntoView {
    let locale = use_locale();
    let record = ServerAction::<RecordIcp>::new();
    let error = Signal::derive(move || record.value().get().and_then(Result::err));
    Effect::new(move || {
        if let Some(Ok(())) = record.value().get() {
            on_change.run(());
        }
    });
    let problem = move || {
        error.with(|error| {
            let problem = error.as_ref()?.problem(Field::IcpNumber)?;
            Some(problem_words(Field::IcpNumber, problem, locale))
        })
    };
    let options = IcpState::ALL.iter().copied().map(move |option| {
        view! {
            <option value=option.as_str() selected=option == state>
                {words::icp_state(option, locale)}
            </option>
        }
    });
    view! {
        <ActionForm action=record attr:class="mt-3 flex max-w-xl flex-col gap-3">
            <FormError error fields=&[Field::IcpNumber]/>
            <input type="hidden" name="id" value=program.to_string()/>
            <input type="hidden" name="domain" value=domain/>
            <label class="field">
                <span class="field-label">{td!(locale, programs.icp.state)}</span>
                <select class="select w-full" name="state">{options.collect_view()}</select>
            </label>
            <label class="field">
                <span class="field-label">{td!(locale, programs.icp.number)}</span>
                <input class="input" name="number" value=typed autocomplete="off" placeholder="京ICP备11041704号-13"/>
                <span class="field-error" role="alert">{problem}</span>
            </label>
            <div><button class="btn btn-primary btn-sm" disabled=record.pending()>{td!(locale, common.save)}</button></div>
        </ActionForm>
    }
    .into_any()
}
