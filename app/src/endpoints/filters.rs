//! The form above the list of endpoints. It is sent with GET, so that the URL holds all of it.

use std::collections::BTreeSet;

use leptos::prelude::*;
use leptos_router::components::Form;
use model::{
    Code, Platform, Since, Tag, Verdict,
    endpoints::list::{EndpointFilter, EndpointQuery, EndpointSort},
    observation::TlsVersion,
    programs::choice::Offer,
};

use super::query::PATH;
use crate::{
    findings::words as finding_words,
    i18n::*,
    preferences::use_locale,
    programs::choice::{Asked, ProgramField},
    table::{KeepOrder, KeepSize},
    typed::keep_up,
    words,
};

/// Days until the end of a certificate that can be asked for; 0 for what has ended.
const DAYS: [u32; 7] = [0, 3, 7, 14, 30, 60, 90];

/// Days of 24 hours that can be looked back.
const SINCE: [u32; 3] = [1, 7, 30];

/// Every verdict, worst first.
const VERDICTS: [Verdict; 5] = [Verdict::Fail, Verdict::Unreachable, Verdict::Warn, Verdict::Unknown, Verdict::Pass];

/// What to show of the list.
#[component]
pub fn Filters(
    /// What is shown now.
    query: Memo<EndpointQuery>,
    /// The mini programs to choose from.
    offer: Offer,
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
            <More query offer tags/>
            <KeepOrder sort=Signal::derive(move || query.with(|query| crate::query::sort_value(query.sort, EndpointSort::as_str)))
                reversed=Signal::derive(move || query.with(|query| query.reversed))/>
            <KeepSize size=Signal::derive(move || query.with(|query| query.size))/>
        </Form>
    }
    .into_any()
}

/// What is asked for less often.
#[component]
fn More(query: Memo<EndpointQuery>, offer: Offer, tags: Vec<Tag>) -> impl IntoView {
    let locale = use_locale();
    let code = part(query, |filter| filter.code.map(|code| code.as_str().to_owned()));
    let days = part(query, |filter| filter.days_left.map(|days| days.to_string()));
    let version = part(query, |filter| filter.tls_version.map(|version| version.as_str().to_owned()));
    let issuer = part(query, |filter| filter.issuer.clone());
    let program = Signal::derive(move || asked(query));
    let tag = part(query, |filter| filter.tag.as_ref().map(ToString::to_string));
    let turned = part(query, |filter| filter.turned.map(|since| since.to_string()));
    let within = [code, days, version, issuer, tag, turned];
    // Opens by itself for a filter within; closing is up to the person.
    let open = Memo::new(move |opened: Option<&bool>| {
        opened.is_some_and(|opened| *opened)
            || program.with(Asked::is_any)
            || within.iter().any(|value| value.with(|value| !value.is_empty()))
    });
    let any = td_string!(locale, endpoints.list.any).to_owned();
    let codes =
        Code::ALL.iter().map(move |code| (code.as_str().to_owned(), finding_words::title(*code, locale).to_owned()));
    let versions = TlsVersion::ALL.map(|version| (version.as_str().to_owned(), version.as_str().to_owned()));
    // One that nothing carries any more is offered for as long as it is asked for.
    let asked = query.with_untracked(|query| query.filter.tag.clone());
    let tags: BTreeSet<Tag> = tags.into_iter().chain(asked).collect();
    let tags = tags.into_iter().map(|tag| (tag.to_string(), tag.to_string()));
    let since = Memo::new(move |_| since_choices(query.with(|query| query.filter.turned), locale));
    let never = any.clone();
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
                <ProgramField offer asked=program label=td_string!(locale, endpoints.list.program) none=any.clone()/>
                <Choice name="tag" label=td_string!(locale, endpoints.list.tag) chosen=tag
                    none=any options=tags.collect()/>
                {move || view! {
                    <Choice name="turned" label=td_string!(locale, endpoints.list.turned) chosen=turned
                        none=never.clone() options=since.get()/>
                }}
            </div>
        </details>
    }
    .into_any()
}

/// The mini program that is asked for.
pub(super) fn asked(query: Memo<EndpointQuery>) -> Asked {
    query.with(|query| Asked { program: query.filter.program, called: query.filter.called.clone() })
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

/// Value and label of each: so many days, and the day that a link has asked for, for as long as it is asked for.
pub fn since_choices(asked: Option<Since>, locale: Locale) -> Vec<(String, String)> {
    let usual = SINCE.map(Since::Days);
    let asked = asked.filter(|since| !usual.contains(since));
    usual.into_iter().chain(asked).map(|since| (since.to_string(), since_words(since, locale))).collect()
}

fn since_words(since: Since, locale: Locale) -> String {
    match since {
        Since::Days(1) => td_string!(locale, endpoints.list.since_one).to_owned(),
        Since::Days(days) => td_string!(locale, endpoints.list.since_days, count = days),
        Since::Day(day) => td_string!(locale, endpoints.list.since_day, day = day.to_string()),
    }
}

/// `ends within 30 days`.
pub fn days_words(days: u32, locale: Locale) -> String {
    match days {
        0 => td_string!(locale, endpoints.list.days_ended).to_owned(),
        days => td_string!(locale, endpoints.list.days_within, count = days),
    }
}

/// `Result: Fails · On: iOS`, said by the server alone; `program` is the name of the mini program that the filter asks for.
#[cfg(any(feature = "ssr", test))]
pub(super) fn filter_words(filter: &EndpointFilter, program: Option<&str>, locale: Locale) -> String {
    let named = |id: model::service::ProgramId| program.map_or_else(|| id.to_string(), str::to_owned);
    let parts = [
        (td_string!(locale, endpoints.list.search), filter.text.clone()),
        (
            td_string!(locale, endpoints.list.state),
            filter.verdict.map(|verdict| words::verdict(verdict, locale).to_owned()),
        ),
        (
            td_string!(locale, endpoints.list.platform),
            filter.platform.map(|platform| words::platform(platform, locale).to_owned()),
        ),
        (
            td_string!(locale, endpoints.list.finding),
            filter.code.map(|code| finding_words::title(code, locale).to_owned()),
        ),
        (td_string!(locale, endpoints.list.days), filter.days_left.map(|days| days_words(days, locale))),
        (td_string!(locale, endpoints.list.version), filter.tls_version.map(|version| version.as_str().to_owned())),
        (td_string!(locale, endpoints.list.issuer), filter.issuer.clone()),
        (td_string!(locale, endpoints.list.program), filter.called.clone().or_else(|| filter.program.map(named))),
        (td_string!(locale, endpoints.list.tag), filter.tag.as_ref().map(ToString::to_string)),
        (td_string!(locale, endpoints.list.turned), filter.turned.map(|since| since_words(since, locale))),
    ];
    let asked = parts.into_iter().filter_map(|(label, value)| Some((label, value?)));
    let words =
        asked.map(|(label, value)| td_string!(locale, endpoints.runs.filtered_by, label = label, value = value));
    words.collect::<Vec<_>>().join(" · ")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use model::service::ProgramId;

    use super::*;

    #[test]
    fn a_filter_is_told_in_the_words_of_its_form() {
        let filter = EndpointFilter {
            text: Some("api.".to_owned()),
            verdict: Some(Verdict::Fail),
            platform: Some(Platform::Ios),
            days_left: Some(7),
            program: Some(ProgramId(3)),
            tag: "core".parse().ok(),
            ..EndpointFilter::default()
        };
        let told =
            "Search: api. · Result: Fails · On: iOS · Certificate: ends within 7 days · Mini program: Shop · Tag: core";
        assert_eq!(filter_words(&filter, Some("Shop"), Locale::en), told);
        let of_one = EndpointFilter { program: Some(ProgramId(3)), ..EndpointFilter::default() };
        assert_eq!(filter_words(&of_one, None, Locale::zh_CN), "小程序：3");
        let called = EndpointFilter { called: Some("Shop 2".to_owned()), ..of_one };
        assert_eq!(filter_words(&called, None, Locale::en), "Mini program: Shop 2");
        let turned = EndpointFilter { turned: "2026-03-14".parse().ok(), ..EndpointFilter::default() };
        assert_eq!(filter_words(&turned, None, Locale::en), "Verdict changed: since 2026-03-14");
        assert_eq!(filter_words(&EndpointFilter::default(), None, Locale::en), "");
    }

    #[test]
    fn a_day_that_is_asked_for_joins_the_choices() {
        let choices = |asked: &str| since_choices(asked.parse().ok(), Locale::en);
        let values = |asked| choices(asked).into_iter().map(|(value, _)| value).collect::<Vec<_>>();
        assert_eq!(values(""), ["1", "7", "30"]);
        assert_eq!(values("7"), ["1", "7", "30"]);
        assert_eq!(values("2026-03-14"), ["1", "7", "30", "2026-03-14"]);
        let (_, label) = choices("2026-03-14").pop().unwrap();
        assert!(label.contains("2026-03-14"), "{label}");
    }
}
