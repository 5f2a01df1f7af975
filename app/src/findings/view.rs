//! Findings on a page.

use std::collections::BTreeMap;

use leptos::prelude::*;
use model::{Code, Severity, Timestamp};

use super::{told::Told, words::title};
use crate::{help, i18n::*, preferences::use_locale, time::Time, words};

/// Every finding in full, most severe first: what, whom, the evidence, why it matters, how to fix
/// it, and the way to more of that. The first of each code has the code as its anchor. What breaks a rule
/// and no phone minds is folded away.
#[component]
pub fn FindingList(
    /// In words.
    findings: Vec<Told>,
    /// The server's time when it answered.
    now: Timestamp,
    /// The server that they are of, as `host:port`, where they are of one.
    #[prop(optional, into)]
    host: Option<String>,
) -> impl IntoView {
    let locale = use_locale();
    if findings.is_empty() {
        return view! { <p>{td!(locale, words.findings.none)}</p> }.into_any();
    }
    let (folded, open): (Vec<_>, Vec<_>) = with_anchors(findings).into_iter().partition(|(_, told)| is_folded(told));
    let open = articles(open, now, host.as_deref());
    let folded = (!folded.is_empty()).then(|| view! { <Folded folded now host/> });
    view! { <div class="flex flex-col gap-4">{open} {folded}</div> }.into_any()
}

/// One article each.
fn articles(findings: Vec<(String, Told)>, now: Timestamp, host: Option<&str>) -> Vec<AnyView> {
    let article = |(anchor, told): (String, Told)| {
        let more = help::page_of(told.code, host);
        view! { <FindingArticle anchor told now more/> }.into_any()
    };
    findings.into_iter().map(article).collect()
}

/// Whether it is about the rules that certificates are made by, and leaves every verdict alone.
fn is_folded(told: &Told) -> bool {
    told.code.is_of_compliance() && (told.platforms.is_empty() || told.severity == Severity::Info)
}

#[component]
fn Folded(folded: Vec<(String, Told)>, now: Timestamp, host: Option<String>) -> impl IntoView {
    let locale = use_locale();
    let count = folded.len();
    let articles = articles(folded, now, host.as_deref());
    view! {
        <details data-compliance="">
            <summary class="cursor-pointer py-1 font-semibold">
                {move || td_string!(locale, words.findings.compliance, count = count)}
            </summary>
            <p class="max-w-prose py-2 text-sm">{td!(locale, words.findings.compliance_help)}</p>
            <div class="flex flex-col gap-4">{articles}</div>
        </details>
    }
    .into_any()
}

/// The codes of a table row as badges: the title as text, the code on hover. Each leads to what there
/// is to say of it.
#[component]
pub fn FindingBadges(
    /// The codes, in the order to show.
    codes: Vec<Code>,
    /// The page that has the findings in full, each under its anchor; without one, the help has most to say.
    #[prop(optional, into)]
    href: Option<String>,
) -> impl IntoView {
    let locale = use_locale();
    let badge = move |code: Code| {
        let class = "badge badge-outline badge-sm h-auto py-0.5 text-start";
        let href = match &href {
            Some(page) => format!("{page}#{code}"),
            None => help::page_of(code, None),
        };
        view! { <a class=class href=href title=code.as_str() data-code=code.as_str()>{title(code, locale)}</a> }
    };
    let badges = codes.into_iter().map(|code| view! { <li>{badge(code)}</li> }).collect_view();
    view! { <ul class="flex flex-wrap gap-1">{badges}</ul> }
}

/// A severity as a badge: icon and word.
#[component]
pub fn SeverityBadge(
    /// What to show.
    severity: Severity,
) -> impl IntoView {
    let locale = use_locale();
    let (class, path) = match severity {
        Severity::Error => {
            ("badge-error", "M5.3 1.5h5.4l3.8 3.8v5.4l-3.8 3.8H5.3l-3.8-3.8V5.3zM5.8 5.8l4.4 4.4M10.2 5.8l-4.4 4.4")
        }
        Severity::Warning => ("badge-warning", "M8 1.8L1.4 13.6h13.2zM8 6v3.6M8 11.6v.1"),
        Severity::Info => ("badge-info", "M8 1.5a6.5 6.5 0 1 0 0 13a6.5 6.5 0 0 0 0-13M8 7.4v3.8M8 4.8v.1"),
    };
    view! {
        <span class=format!("badge gap-1 whitespace-nowrap {class}") data-severity=severity.as_str()>
            <svg class="size-4 shrink-0" viewBox="0 0 16 16" fill="none" stroke="currentColor" stroke-width="1.5"
                stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">
                <path d=path/>
            </svg>
            {words::severity(severity, locale)}
        </span>
    }
}

/// Text with what stands between backticks set as code.
#[component]
pub fn InlineCode(
    /// The text.
    #[prop(into)]
    text: String,
) -> impl IntoView {
    let part = |(index, part): (usize, &str)| match index % 2 {
        0 => view! { <span>{part.to_owned()}</span> }.into_any(),
        _ => view! { <code class="rounded bg-base-200 px-1 text-[0.9em] wrap-anywhere">{part.to_owned()}</code> }
            .into_any(),
    };
    text.split('`').enumerate().filter(|(_, part)| !part.is_empty()).map(part).collect_view()
}

#[component]
fn FindingArticle(anchor: String, told: Told, now: Timestamp, more: String) -> impl IntoView {
    let locale = use_locale();
    let Told { code, severity, platforms, lines, meaning, fix, seen } = told;
    let concerned = words::concerned(&platforms, locale);
    let heading = format!("{anchor}.title");
    let labelled_by = heading.clone();
    view! {
        <article class="card card-border bg-base-100" id=anchor.clone() aria-labelledby=labelled_by data-code=code.as_str()>
            <div class="card-body gap-3 p-4">
                <header class="flex flex-wrap items-center gap-x-3 gap-y-1">
                    <SeverityBadge severity/>
                    <h3 class="text-base font-semibold" id=heading>{title(code, locale)}</h3>
                    <a class="font-mono text-sm link link-hover" href=format!("#{anchor}")>{code.as_str()}</a>
                    <span class="text-sm">
                        <span class="sr-only">{td!(locale, words.findings.concerns)}" "</span>
                        {concerned}
                    </span>
                </header>
                <EvidenceList lines/>
                <section>
                    <h4 class="text-sm font-semibold">{td!(locale, words.findings.meaning)}</h4>
                    <p class="max-w-prose"><InlineCode text=meaning/></p>
                </section>
                <section>
                    <h4 class="text-sm font-semibold">{td!(locale, words.findings.fix)}</h4>
                    <p class="max-w-prose"><InlineCode text=fix/></p>
                    <a class="link inline-block py-1 text-sm" href=more>
                        {td!(locale, words.findings.more)}<span class="sr-only">": "{title(code, locale)}</span>
                    </a>
                </section>
                {seen.map(|(first, last)| view! {
                    <p class="text-sm">
                        {td!(locale, words.findings.first_seen)} " " <Time at=first now/> " · "
                        {td!(locale, words.findings.last_seen)} " " <Time at=last now/>
                    </p>
                })}
            </div>
        </article>
    }
}

#[component]
fn EvidenceList(lines: Vec<(String, String)>) -> impl IntoView {
    if lines.is_empty() {
        return ().into_any();
    }
    let line = |(label, value): (String, String)| {
        view! { <dt class="font-semibold">{label}</dt><dd class="wrap-anywhere">{value}</dd> }
    };
    let lines = lines.into_iter().map(line).collect_view();
    view! {
        <dl class="grid grid-cols-1 gap-x-4 gap-y-1 rounded bg-base-200 p-3 text-sm sm:grid-cols-[max-content_1fr]">{lines}</dl>
    }
    .into_any()
}

/// Most severe first, otherwise as given; an anchor that is unique on the page for each.
fn with_anchors(mut findings: Vec<Told>) -> Vec<(String, Told)> {
    findings.sort_by_key(|told| std::cmp::Reverse(told.severity));
    let mut seen: BTreeMap<Code, usize> = BTreeMap::new();
    findings
        .into_iter()
        .map(|told| {
            let count = seen.entry(told.code).and_modify(|count| *count += 1).or_insert(1);
            let anchor = match count {
                1 => told.code.to_string(),
                count => format!("{}-{count}", told.code),
            };
            (anchor, told)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use model::Platform;

    use super::*;

    fn told(platforms: &[Platform], code: Code, severity: Severity) -> Told {
        let (platforms, meaning, fix) = (platforms.to_vec(), String::new(), String::new());
        Told { code, severity, platforms, lines: Vec::new(), meaning, fix, seen: None }
    }

    #[test]
    fn what_no_phone_minds_is_folded_and_nothing_else() {
        for (platforms, code, severity, folded) in [
            (&[][..], Code::ComplianceNoAuthorityKeyId, Severity::Warning, true),
            (&Platform::PHONES_AND_DESKTOPS, Code::ComplianceNameConstraints, Severity::Info, true),
            (&[Platform::Android], Code::ComplianceCriticalKeyId, Severity::Warning, false),
            (&[Platform::Android], Code::ComplianceKeyUsage, Severity::Error, false),
            (&Platform::PHONES_AND_DESKTOPS, Code::TlsNoTls13, Severity::Info, false),
            (&[], Code::TrustJava, Severity::Info, false),
        ] {
            assert_eq!(is_folded(&told(platforms, code, severity)), folded, "{code}");
        }
    }

    #[test]
    fn the_most_severe_come_first_and_equals_keep_their_order() {
        let finding = |code, severity| told(&Platform::PHONES_AND_DESKTOPS, code, severity);
        let anchors: Vec<_> = with_anchors(vec![
            finding(Code::TlsNoTls13, Severity::Info),
            finding(Code::CertWeakKey, Severity::Warning),
            finding(Code::CertExpired, Severity::Error),
            finding(Code::CertWeakKey, Severity::Error),
        ])
        .into_iter()
        .map(|(anchor, _)| anchor)
        .collect();
        assert_eq!(anchors, ["cert.expired", "cert.weak_key", "cert.weak_key-2", "tls.no_tls13"]);
    }
}
