//! Where a certificate is served, and where it was.

use leptos::{either::Either, prelude::*};
use model::{
    Fingerprint, HostPort, Timestamp,
    certificates::{CertificateName, PastPlace, Place},
    paging::Page,
    service::EndpointId,
};

use super::query::page_of;
use crate::{i18n::*, preferences::use_locale, query, table::Pager, time::Time, words};

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
        Either::Right(view! {
            <div class="overflow-x-auto" tabindex="0" role="region" aria-labelledby="served">
                <table class="table table-sm min-w-3xl">
                    <thead class="text-base-content">
                        <tr>
                            <th scope="col">{td!(locale, certificates.page.endpoint)}</th>
                            <th scope="col">{td!(locale, certificates.page.addresses)}</th>
                            <th scope="col">{td!(locale, certificates.page.since)}</th>
                            <th scope="col">{td!(locale, certificates.page.replaced)}</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
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
        <tr>
            <td class="max-w-80 font-mono break-all"><Target endpoint target/></td>
            <td class="max-w-64 break-words">{words::join(addresses.iter().map(ToString::to_string), locale)}</td>
            <td class="whitespace-nowrap"><Time at=since now/></td>
            <td class="max-w-80 wrap-anywhere"><Other certificate=replaced now/></td>
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
            <tr>
                <td class="max-w-80 font-mono break-all"><Target endpoint target/></td>
                <td class="whitespace-nowrap"><Time at=since now/></td>
                <td class="whitespace-nowrap"><Time at=until now/></td>
                <td class="max-w-80 wrap-anywhere"><Other certificate=replaced_by now/></td>
            </tr>
        }
    });
    view! {
        <section class="panel flex flex-col gap-3">
            <h2 class="text-lg font-semibold" id="past">{td!(locale, certificates.page.past)}</h2>
            <div class="overflow-x-auto" tabindex="0" role="region" aria-labelledby="past">
                <table class="table table-sm min-w-3xl" data-past="">
                    <thead class="text-base-content">
                        <tr>
                            <th scope="col">{td!(locale, certificates.page.endpoint)}</th>
                            <th scope="col">{td!(locale, certificates.page.since)}</th>
                            <th scope="col">{td!(locale, certificates.page.until)}</th>
                            <th scope="col">{td!(locale, certificates.page.replaced_by)}</th>
                        </tr>
                    </thead>
                    <tbody>{rows.collect_view()}</tbody>
                </table>
            </div>
        </section>
    }
    .into_any()
}

#[component]
fn Target(endpoint: EndpointId, target: HostPort) -> impl IntoView {
    view! { <a class="link" href=format!("/endpoints/{endpoint}")>{target.to_string()}</a> }
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
    view! { <a class="link" href=page_of(&sha256)>{name}</a>{ends} }
}
