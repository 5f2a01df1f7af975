//! The parts of the first page below the mini programs.

use leptos::prelude::*;
use model::{
    Timestamp, Verdict,
    audit::{AuditFilter, AuditQuery},
    certificates::{
        Expiries,
        list::{CertificateQuery, CertificateSort},
    },
    icp::filings::FilingQuery,
    overview::{Changes, EndpointCounts, Expiring, IcpGap, NearlyFull, Turned},
};

use crate::{
    audit, certificates, certificates::timeline::Timeline, components::Target, i18n::*, icp, preferences::use_locale,
    time::Time, verdict::VerdictBadge, words, zone::use_zone,
};

/// How many endpoints have which verdict.
#[component]
pub fn Servers(
    /// The counts.
    endpoints: EndpointCounts,
) -> impl IntoView {
    let locale = use_locale();
    let EndpointCounts { pass, warn, fail, unreachable, unknown } = endpoints;
    let rows = [
        (Verdict::Fail, fail),
        (Verdict::Unreachable, unreachable),
        (Verdict::Warn, warn),
        (Verdict::Unknown, unknown),
        (Verdict::Pass, pass),
    ];
    let rows = rows.map(|(verdict, count)| {
        view! {
            <li class="flex items-center justify-between gap-3" data-count=verdict.as_str()>
                <VerdictBadge verdict/>
                <span class="text-xl font-semibold">{count}</span>
            </li>
        }
    });
    view! {
        <section class="panel flex flex-col gap-3">
            <h2 class="text-lg font-semibold">{td!(locale, overview.servers)}</h2>
            <ul class="flex flex-col gap-2">{rows.collect_view()}</ul>
        </section>
    }
}

/// The certificates that end next, and how many end when.
#[component]
pub fn NextToExpire(
    /// The next ones.
    expiring: Vec<Expiring>,
    /// How many in which week.
    expiries: Expiries,
    /// When the server answered.
    now: Timestamp,
) -> impl IntoView {
    let locale = use_locale();
    let shown = !expiring.is_empty() || expiries != Expiries::default();
    let none = (!shown).then(|| view! { <p>{td!(locale, overview.nothing_expires)}</p> });
    let rows = expiring.into_iter().map(|Expiring { endpoint, target, not_after }| {
        view! {
            <li class="row sm:grid-cols-[minmax(0,1fr)_11rem_6rem]">
                <a class="link font-mono" href=format!("/endpoints/{endpoint}")><Target target/></a>
                <span class="text-sm">{use_zone().write(not_after)}</span>
                <span class="text-sm sm:text-end"><Time at=not_after now/></span>
            </li>
        }
    });
    view! {
        <section class="panel flex flex-col gap-3">
            <h2 class="text-lg font-semibold">{td!(locale, overview.expiring)}</h2>
            {none}
            {shown.then(|| view! { <Timeline expiries now/> })}
            <ul class="rows">{rows.collect_view()}</ul>
        </section>
    }
    .into_any()
}

/// What is another than yesterday.
#[component]
pub fn Changed(
    /// What has changed.
    changes: Changes,
    /// When the server answered.
    now: Timestamp,
) -> impl IntoView {
    let locale = use_locale();
    let Changes { since, turned, turned_total, replaced, acts } = changes;
    let more = usize::try_from(turned_total).unwrap_or(usize::MAX).saturating_sub(turned.len());
    let rows = turned.into_iter().map(|turned| view! { <TurnedRow turned now/> }).collect_view();
    let latest = certificates::link(&CertificateQuery {
        sort: CertificateSort::FirstSeen,
        reversed: true,
        ..Default::default()
    });
    let log = audit::query::link(&AuditQuery { filter: AuditFilter::since(since), ..AuditQuery::default() });
    view! {
        <section class="panel flex flex-col gap-3" data-part="changes">
            <h2 class="text-lg font-semibold">{td!(locale, overview.changes.title)}</h2>
            {(turned_total == 0).then(|| view! { <p>{td!(locale, overview.changes.nothing)}</p> })}
            <ul class="rows empty:hidden">{rows}</ul>
            {(more > 0).then(|| view! { <p class="text-sm">{td_string!(locale, overview.changes.more, count = more)}</p> })}
            {(replaced > 0).then(|| view! {
                <p><a class="link" href=latest>{td_string!(locale, overview.changes.replaced, count = replaced)}</a></p>
            })}
            {(acts > 0).then(|| view! {
                <p><a class="link" href=log>{td_string!(locale, overview.changes.acts, count = acts)}</a></p>
            })}
        </section>
    }
    .into_any()
}

#[component]
fn TurnedRow(turned: Turned, now: Timestamp) -> impl IntoView {
    let locale = use_locale();
    let Turned { endpoint, target, before, now: after, at } = turned;
    view! {
        <li class="row sm:grid-cols-[minmax(0,1fr)_auto_7rem]" data-turned=after.as_str()>
            <a class="link font-mono" href=format!("/endpoints/{endpoint}")><Target target/></a>
            <span class="flex flex-wrap items-center gap-2">
                <VerdictBadge verdict=before/>
                <span aria-hidden="true">"→"</span>
                <span class="sr-only">{td!(locale, overview.changes.became)}</span>
                <VerdictBadge verdict=after/>
            </span>
            <span class="text-sm sm:text-end"><Time at now/></span>
        </li>
    }
}

/// Domains that lack a filing, or of which it is not known.
#[component]
pub fn IcpGaps(
    /// What is known of how many.
    gaps: Vec<IcpGap>,
) -> impl IntoView {
    let locale = use_locale();
    let none = gaps.is_empty().then(|| view! { <p>{td!(locale, overview.icp.none)}</p> });
    let rows = gaps.into_iter().map(|IcpGap { standing, domains, first }| {
        let list = icp::link(&FilingQuery { standing: Some(standing), ..FilingQuery::default() });
        let first = first.unicode();
        let which = match domains {
            1 => first,
            domains => td_string!(locale, overview.icp.and_more, first = first.as_str(), count = domains - 1),
        };
        view! {
            <li class="row sm:grid-cols-[9rem_minmax(0,1fr)_auto]" data-gap=standing.as_str()>
                <span class="font-semibold">{words::icp::standing(standing, locale)}</span>
                <span class="wrap-anywhere">{which}</span>
                <a class="link whitespace-nowrap" href=list>{td_string!(locale, overview.icp.show, count = domains)}</a>
            </li>
        }
    });
    view! {
        <section class="panel flex flex-col gap-3" data-part="icp">
            <h2 class="text-lg font-semibold">{td!(locale, overview.icp.title)}</h2>
            {none}
            <ul class="rows empty:hidden">{rows.collect_view()}</ul>
        </section>
    }
    .into_any()
}

/// Mini programs with a list that is nearly full.
#[component]
pub fn Quotas(
    /// The lists.
    lists: Vec<NearlyFull>,
) -> impl IntoView {
    let locale = use_locale();
    let none = lists.is_empty().then(|| view! { <p>{td!(locale, overview.quota.none)}</p> });
    let rows = lists.into_iter().map(|NearlyFull { program, name, api, used, limit }| {
        let full = used >= limit;
        view! {
            <li class="row sm:grid-cols-[minmax(0,1fr)_minmax(0,1fr)_6rem]" data-quota=api.as_str()>
                <a class="link wrap-anywhere" href=format!("/programs/{program}#{api}")>{name}</a>
                <span>{words::api(api, locale)}</span>
                <span class="sm:text-end" class:font-semibold=full class:text-error=full>{used}" / "{limit}</span>
            </li>
        }
    });
    view! {
        <section class="panel flex flex-col gap-3" data-part="quota">
            <h2 class="text-lg font-semibold">{td!(locale, overview.quota.title)}</h2>
            {none}
            <ul class="rows empty:hidden">{rows.collect_view()}</ul>
        </section>
    }
    .into_any()
}
