//! The form above the list of endpoints. It is sent with GET, so that the URL holds all of it.

use std::collections::BTreeSet;

use leptos::prelude::*;
use leptos_router::components::Form;
use model::{
    Code, Platform, Tag, Verdict,
    endpoints::list::{EndpointFilter, EndpointQuery, EndpointSort},
    observation::TlsVersion,
};

use super::query::{PATH, REVERSED};
use crate::{
    findings::words as finding_words, i18n::*, preferences::use_locale, table::KeepSize, tools::api::ProgramChoice,
    typed::keep_up, words,
};

/// Days until the end of a certificate that can be asked for; 0 for what has ended.
const DAYS: [u32; 7] = [0, 3, 7, 14, 30, 60, 90];

/// Every verdict, worst first.
const VERDICTS: [Verdict; 5] = [Verdict::Fail, Verdict::Unreachable, Verdict::Warn, Verdict::Unknown, Verdict::Pass];

/// What to show of the list.
#[component]
pub fn Filters(
    /// What is shown now.
    query: Memo<EndpointQuery>,
    /// The mini programs to choose from.
    programs: Vec<ProgramChoice>,
    /// The tags to choose from.
    tags: Vec<Tag>,
) -> impl IntoView {
    let locale = use_locale();
    let text = part(query, |filter| filter.text.clone());
    let verdict = part(query, |filter| filter.verdict.map(|verdict| verdict.as_str().to_owned()));
    let platform = part(query, |filter| filter.platform.map(|platform| platform.as_str().to_owned()));
    let verdicts = VERDICTS.map(|verdict| (verdict.as_str().to_owned(), words::verdict(verdict, locale).to_owned()));
    let platforms = Platform::PHONES_AND_DESKTOPS
        .map(|platform| (platform.as_str().to_owned(), words::platform(platform, locale).to_owned()));
    view! {
        <Form method="get" on_form_data=crate::query::named() action=PATH attr:class="panel flex flex-col gap-4" attr:role="search">
            <div class="grid gap-4 sm:grid-cols-2 lg:grid-cols-[minmax(0,2fr)_minmax(0,1fr)_minmax(0,1fr)_auto] lg:items-end">
                <Words name="q" label=td_string!(locale, endpoints.list.search) value=text
                    placeholder=td_string!(locale, endpoints.list.search_placeholder)/>
                <Choice name="verdict" label=td_string!(locale, endpoints.list.state) chosen=verdict
                    none=td_string!(locale, endpoints.list.state_any).to_owned() options=verdicts.to_vec()/>
                <Choice name="platform" label=td_string!(locale, endpoints.list.platform) chosen=platform
                    none=td_string!(locale, endpoints.list.platform_any).to_owned() options=platforms.to_vec()/>
                <button class="btn btn-primary">{td!(locale, endpoints.list.show)}</button>
            </div>
            <More query programs tags/>
            {move || query.with(|query| (query.sort != EndpointSort::default()).then(|| view! {
                <input type="hidden" name="sort" value=query.sort.as_str()/>
            }))}
            {move || query.with(|query| query.reversed.then(|| view! {
                <input type="hidden" name="order" value=REVERSED/>
            }))}
            <KeepSize size=Signal::derive(move || query.with(|query| query.size))/>
        </Form>
    }
    .into_any()
}

/// What is asked for less often.
#[component]
fn More(query: Memo<EndpointQuery>, programs: Vec<ProgramChoice>, tags: Vec<Tag>) -> impl IntoView {
    let locale = use_locale();
    let code = part(query, |filter| filter.code.map(|code| code.as_str().to_owned()));
    let days = part(query, |filter| filter.days_left.map(|days| days.to_string()));
    let version = part(query, |filter| filter.tls_version.map(|version| version.as_str().to_owned()));
    let issuer = part(query, |filter| filter.issuer.clone());
    let program = part(query, |filter| filter.program.map(|id| id.to_string()));
    let tag = part(query, |filter| filter.tag.as_ref().map(ToString::to_string));
    let within = [code, days, version, issuer, program, tag];
    // Opens by itself for a filter within; closing is up to the person.
    let open = Memo::new(move |opened: Option<&bool>| {
        opened.is_some_and(|opened| *opened) || within.iter().any(|value| value.with(|value| !value.is_empty()))
    });
    let any = td_string!(locale, endpoints.list.any).to_owned();
    let codes =
        Code::ALL.iter().map(move |code| (code.as_str().to_owned(), finding_words::title(*code, locale).to_owned()));
    let versions = TlsVersion::ALL.map(|version| (version.as_str().to_owned(), version.as_str().to_owned()));
    // One that nothing carries any more is offered for as long as it is asked for.
    let asked = query.with_untracked(|query| query.filter.tag.clone());
    let tags: BTreeSet<Tag> = tags.into_iter().chain(asked).collect();
    let tags = tags.into_iter().map(|tag| (tag.to_string(), tag.to_string()));
    let programs = programs.into_iter().map(|program| (program.id.to_string(), program.name));
    view! {
        <details open=open>
            <summary class="w-fit cursor-pointer font-medium">{td!(locale, endpoints.list.more)}</summary>
            <div class="grid gap-4 pt-4 sm:grid-cols-2 lg:grid-cols-3">
                <Choice name="finding" label=td_string!(locale, endpoints.list.finding) chosen=code
                    none=any.clone() options=codes.collect()/>
                <Choice name="days" label=td_string!(locale, endpoints.list.days) chosen=days
                    none=any.clone() options=DAYS.map(move |days| (days.to_string(), days_words(days, locale))).to_vec()/>
                <Choice name="tls" label=td_string!(locale, endpoints.list.version) chosen=version
                    none=any.clone() options=versions.to_vec()/>
                <Words name="issuer" label=td_string!(locale, endpoints.list.issuer) value=issuer
                    placeholder=td_string!(locale, endpoints.list.issuer_placeholder)/>
                <Choice name="program" label=td_string!(locale, endpoints.list.program) chosen=program
                    none=any.clone() options=programs.collect()/>
                <Choice name="tag" label=td_string!(locale, endpoints.list.tag) chosen=tag
                    none=any options=tags.collect()/>
            </div>
        </details>
    }
    .into_any()
}

/// A part of the filter as it stands in the form.
fn part(query: Memo<EndpointQuery>, part: fn(&EndpointFilter) -> Option<String>) -> Signal<String> {
    Signal::derive(move || query.with(|query| part(&query.filter)).unwrap_or_default())
}

/// A text to look for.
#[component]
pub fn Words(
    /// Name in the form.
    name: &'static str,
    /// What is looked for.
    label: &'static str,
    /// What it is now; follows the URL.
    value: Signal<String>,
    /// An example, shown while it is empty.
    placeholder: &'static str,
) -> impl IntoView {
    view! {
        <label class="field">
            <span class="field-label">{label}</span>
            <input class="input" type="search" name=name placeholder=placeholder maxlength=200 spellcheck="false"
                autocapitalize="off" autocomplete="off" value=value.get_untracked() use:keep_up=value/>
        </label>
    }
}

/// One of several words, or none.
#[component]
pub fn Choice(
    /// Name in the form.
    name: &'static str,
    /// What is chosen.
    label: &'static str,
    /// What it is now; follows the URL.
    chosen: Signal<String>,
    /// What choosing nothing is called.
    none: String,
    /// Value and label of each.
    options: Vec<(String, String)>,
) -> impl IntoView {
    let options = [(String::new(), none)].into_iter().chain(options).map(|(value, label)| {
        let selected = chosen.with_untracked(|chosen| *chosen == value);
        view! { <option value=value selected=selected>{label}</option> }
    });
    view! {
        <label class="field">
            <span class="field-label">{label}</span>
            <select class="select w-full" name=name use:keep_up=chosen>{options.collect_view()}</select>
        </label>
    }
}

/// `ends within 30 days`.
pub fn days_words(days: u32, locale: Locale) -> String {
    match days {
        0 => td_string!(locale, endpoints.list.days_ended).to_owned(),
        days => td_string!(locale, endpoints.list.days_within, count = days),
    }
}
