//! Where a certificate is served, and where it was.

use leptos::{either::Either, prelude::*};
use model::{
    Fingerprint, HostPort, Timestamp,
    certificates::{CertificateName, PastPlace, Place},
    paging::Page,
    service::EndpointId,
};

use super::query::page_of;
use crate::{
    components::{HostText, Target},
    i18n::*,
    preferences::use_locale,
    query,
    table::{Cell, Column, Columns, PART, Pager},
    time::Time,
    words,
};

/// The endpoints that serve it now.
#[component]
pub fn Places(
    /// The certificate.
    sha256: Fingerprint,
    /// A page of them.
    served: Page<Place>,
    /// The server's time when it answered.
    now: Timestamp,
) -> impl IntoView {
    let locale = use_locale();
    let (pages, page, total) = (served.pages(), served.page, served.total);
    let link = move |page| query::link(&page_of(&sha256), [("page", query::page_value(page))]);
    let shown = if total == 0 {
        Either::Left(view! { <p>{td!(locale, certificates.page.served_nowhere)}</p> })
    } else {
        let rows = served.rows.into_iter().map(|place| view! { <PlaceRow place now/> }).collect_view();
        let head = view! {
            <Column label=td_string!(locale, certificates.page.endpoint)/>
            <Column label=td_string!(locale, certificates.page.addresses)/>
            <Column label=td_string!(locale, certificates.page.since)/>
            <Column label=td_string!(locale, certificates.page.replaced)/>
        };
        Either::Right(view! {
            <Columns class=PART named_by="served" head=head.into_any()>{rows}</Columns>
            <Pager page pages link/>
        })
    };
    view! {
        <section class="panel flex flex-col gap-3" data-places=total>
            <h2 class="text-lg font-semibold" id="served">{td!(locale, certificates.page.served)}</h2>
            {shown}
        </section>
    }
    .into_any()
}

#[component]
fn PlaceRow(place: Place, now: Timestamp) -> impl IntoView {
    let locale = use_locale();
    let Place { endpoint, target, addresses, since, replaced } = place;
    view! {
        <tr role="row">
            <td role="cell" class="lead min-w-48 max-w-80 font-mono"><Served endpoint target/></td>
            <Cell label=td_string!(locale, certificates.page.addresses) class="max-w-64 wrap-anywhere">
                {words::join(addresses.iter().map(ToString::to_string), locale)}
            </Cell>
            <Cell label=td_string!(locale, certificates.page.since) class="whitespace-nowrap"><Time at=since now/></Cell>
            <Cell label=td_string!(locale, certificates.page.replaced) class="max-w-80 wrap-anywhere"><Other certificate=replaced now/></Cell>
        </tr>
    }
}

/// The endpoints that served it once.
#[component]
pub fn PastPlaces(
    /// The latest first.
    past: Vec<PastPlace>,
    /// The server's time when it answered.
    now: Timestamp,
) -> impl IntoView {
    let locale = use_locale();
    let rows = past.into_iter().map(|PastPlace { endpoint, target, since, until, replaced_by }| {
        view! {
            <tr role="row">
                <td role="cell" class="lead min-w-48 max-w-80 font-mono"><Served endpoint target/></td>
                <Cell label=td_string!(locale, certificates.page.since) class="whitespace-nowrap"><Time at=since now/></Cell>
                <Cell label=td_string!(locale, certificates.page.until) class="whitespace-nowrap"><Time at=until now/></Cell>
                <Cell label=td_string!(locale, certificates.page.replaced_by) class="max-w-80 wrap-anywhere"><Other certificate=replaced_by now/></Cell>
            </tr>
        }
    });
    let rows = rows.collect_view();
    let head = view! {
        <Column label=td_string!(locale, certificates.page.endpoint)/>
        <Column label=td_string!(locale, certificates.page.since)/>
        <Column label=td_string!(locale, certificates.page.until)/>
        <Column label=td_string!(locale, certificates.page.replaced_by)/>
    };
    view! {
        <section class="panel flex flex-col gap-3" data-past="">
            <h2 class="text-lg font-semibold" id="past">{td!(locale, certificates.page.past)}</h2>
            <Columns class=PART named_by="past" head=head.into_any()>{rows}</Columns>
        </section>
    }
    .into_any()
}

#[component]
fn Served(endpoint: EndpointId, target: HostPort) -> impl IntoView {
    view! { <a class="link" href=format!("/endpoints/{endpoint}")><Target target/></a> }
}

#[component]
fn Other(certificate: Option<CertificateName>, now: Timestamp) -> impl IntoView {
    let locale = use_locale();
    match certificate {
        Some(certificate) => Either::Left(view! { <Named certificate now/> }),
        None => Either::Right(view! {
            <span class="text-base-content/80">{td!(locale, certificates.page.replaced_none)}</span>
        }),
    }
}

/// A link to a certificate, with its end: names alone would not tell it from its renewal.
#[component]
pub fn Named(
    /// The certificate.
    certificate: CertificateName,
    /// The server's time when it answered.
    now: Timestamp,
) -> impl IntoView {
    let locale = use_locale();
    let CertificateName { sha256, name, not_after } = certificate;
    let time = move || view! { <Time at=not_after now/> };
    let ends = if not_after < now {
        Either::Left(td!(locale, certificates.page.ended, time))
    } else {
        Either::Right(td!(locale, certificates.page.ends, time))
    };
    view! { <a class="link" href=page_of(&sha256)><HostText text=name/></a>{ends} }
}
