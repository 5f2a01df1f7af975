//! The parts of the first page below the mini programs.

use leptos::prelude::*;
use model::{
    Since, Timestamp, Verdict,
    audit::{AuditFilter, AuditQuery},
    certificates::{Expiries, list::CertificateRow},
    icp::filings::FilingQuery,
    overview::{Changes, EndpointCounts, IcpGap, NearlyFull, Turned},
};

use crate::{
    audit,
    certificates::{
        self,
        timeline::Timeline,
        touched::{Owners, Programs, name_of},
    },
    components::{HostText, Target},
    endpoints,
    i18n::*,
    icp,
    preferences::use_locale,
    time::Time,
    verdict::VerdictBadge,
    words,
    zone::use_zone,
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
    expiring: Vec<CertificateRow>,
    /// How many in which week.
    expiries: Expiries,
    /// When the server answered.
    now: Timestamp,
) -> impl IntoView {
    let locale = use_locale();
    let shown = !expiring.is_empty() || expiries != Expiries::default();
    let none = (!shown).then(|| view! { <p>{td!(locale, overview.nothing_expires)}</p> });
    let rows = expiring.into_iter().map(|certificate| view! { <ExpiringRow certificate now/> });
    view! {
        <section class="panel flex flex-col gap-3" data-part="expiring">
            <h2 class="text-lg font-semibold">{td!(locale, overview.expiring)}</h2>
            {none}
            {shown.then(|| view! { <Timeline expiries now/> })}
            <ul class="rows">{rows.collect_view()}</ul>
        </section>
    }
    .into_any()
}

/// What ends, where it is served, whom that touches and who must act.
#[component]
fn ExpiringRow(certificate: CertificateRow, now: Timestamp) -> impl IntoView {
    let (locale, zone) = (use_locale(), use_zone());
    let (id, name, page) =
        (certificate.sha256.to_string(), name_of(&certificate), certificates::page_of(&certificate.sha256));
    let CertificateRow {
        not_after,
        endpoints,
        target,
        programs,
        programs_total,
        owners,
        owners_total,
        unowned,
        newer,
        ..
    } = certificate;
    let target = target.to_string();
    let served = match endpoints {
        1 => td_string!(locale, overview.served_one, target = target.as_str()),
        count => td_string!(locale, overview.served, target = target.as_str(), count = count),
    };
    let ends = not_after.map(|at| {
        view! {
            <span class="text-sm lg:text-end"><Time at now/><span class="block">{zone.write(at)}</span></span>
        }
    });
    view! {
        <li class="row sm:grid-cols-2 lg:grid-cols-[minmax(0,2fr)_repeat(2,minmax(0,1fr))_11rem]" data-expiring=id>
            <div class="min-w-0">
                <a class="link font-mono" href=page><HostText text=name/></a>
                <p class="text-sm"><HostText text=served/></p>
                {newer.map(|_| view! { <span class="badge badge-warning h-auto">{td!(locale, certificates.list.renewed)}</span> })}
            </div>
            <div class="text-sm wrap-anywhere"><Programs programs total=programs_total/></div>
            <div class="text-sm wrap-anywhere">
                <span class="block text-base-content/80">{td!(locale, certificates.list.owners)}</span>
                <Owners owners total=owners_total unowned/>
            </div>
            {ends}
        </li>
    }
}

/// What has changed since yesterday began, with the way to each list that tells all of it.
#[component]
pub fn Changed(
    /// What has changed.
    changes: Changes,
    /// When the server answered.
    now: Timestamp,
) -> impl IntoView {
    let locale = use_locale();
    let Changes { since, turned, turned_total, certificates: seen, acts } = changes;
    let more = usize::try_from(turned_total).unwrap_or(usize::MAX).saturating_sub(turned.len());
    let rows = turned.into_iter().map(|turned| view! { <TurnedRow turned now/> }).collect_view();
    let all_turned = endpoints::query::turned(Since::Day(since));
    let all_seen = certificates::seen_since(Since::Day(since));
    let log = audit::query::link(&AuditQuery { filter: AuditFilter::of_people_since(since), ..AuditQuery::default() });
    view! {
        <section class="panel flex flex-col gap-3" data-part="changes">
            <h2 class="text-lg font-semibold">{td_string!(locale, overview.changes.title, day = since.to_string())}</h2>
            {(turned_total == 0).then(|| view! { <p>{td!(locale, overview.changes.nothing)}</p> })}
            <ul class="rows empty:hidden">{rows}</ul>
            {(more > 0).then(|| view! {
                <p><a class="link" href=all_turned data-all="turned">{td_string!(locale, overview.changes.more, count = more)}</a></p>
            })}
            {(seen > 0).then(|| view! {
                <p><a class="link" href=all_seen data-all="certificates">{td_string!(locale, overview.changes.certificates, count = seen)}</a></p>
            })}
            {(acts > 0).then(|| view! {
                <p><a class="link" href=log data-all="acts">{td_string!(locale, overview.changes.acts, count = acts)}</a></p>
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
                <HostText text=which/>
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
