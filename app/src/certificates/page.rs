//! The page of one certificate: how long it lasts, where it is served, whom it touches.

use leptos::{either::Either, prelude::*};
use leptos_meta::Title;
use leptos_router::hooks::{use_location, use_params_map};
use model::{
    Fingerprint, Timestamp,
    certificates::{CertificateDetail, ProgramName, Sibling},
};

use super::{
    api::{CertificateData, certificate_page},
    facts::Facts,
    places::{Named, PastPlaces, Places},
    query::page_of,
    words::title,
};
use crate::{
    components::{HostText, PageError},
    error::AppError,
    i18n::*,
    layout::crumbs::{Crumbs, Section},
    preferences::use_locale,
    query,
    time::Time,
};

/// One certificate.
#[component]
pub fn CertificatePage() -> impl IntoView {
    let locale = use_locale();
    let params = use_params_map();
    let search = use_location().search;
    let id = Memo::new(move |_| params.with(|params| params.get("sha256")?.parse::<Fingerprint>().ok()));
    let page = Memo::new(move |_| search.with(|search| query::page(search)));
    let data = Resource::new_blocking(
        move || (id.get(), page.get()),
        |(id, page)| async move {
            match id {
                Some(id) => certificate_page(id, page).await,
                None => Err(AppError::NotFound),
            }
        },
    );
    view! {
        <Transition fallback=move || view! { <p>{td!(locale, common.loading)}</p> }>
            {move || Suspend::new(async move {
                match data.await {
                    Ok(CertificateData { detail, now }) => view! { <Shown detail now/> }.into_any(),
                    Err(error) => view! { <PageError error section=Section::Certificates/> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn Shown(detail: CertificateDetail, now: Timestamp) -> impl IntoView {
    let CertificateDetail { certificate, first_seen, served, past, programs, programs_total, newer, older } = detail;
    let (sha256, name) = (certificate.sha256, title(&certificate));
    let heading = name.clone();
    view! {
        <Title text=name.clone()/>
        <Crumbs section=Section::Certificates here=name/>
        <header class="flex flex-wrap items-start justify-between gap-4">
            <div class="min-w-0">
                <h1 class="page-title"><HostText text=heading/></h1>
                {certificate.malformed.is_none().then(|| view! { <Ends at=certificate.not_after now/> })}
            </div>
            <Downloads sha256/>
        </header>
        {newer.filter(|_| served.total > 0).map(|newer| view! { <NotEverywhere newer now/> })}
        <Facts certificate first_seen now/>
        <Places sha256 served now/>
        <Programs programs total=programs_total/>
        {(!older.is_empty()).then(|| view! { <Older older now/> })}
        {(!past.is_empty()).then(|| view! { <PastPlaces past now/> })}
    }
    .into_any()
}

#[component]
fn Ends(at: Timestamp, now: Timestamp) -> impl IntoView {
    let locale = use_locale();
    let (class, label) = if at < now {
        ("font-semibold text-error", td_string!(locale, words.chain.expired))
    } else {
        ("text-base-content/80", td_string!(locale, words.chain.expires))
    };
    view! { <p class=class>{label}" "<Time at now/></p> }
}

/// Real downloads: the router of the page must leave them to the browser.
#[component]
fn Downloads(sha256: Fingerprint) -> impl IntoView {
    let locale = use_locale();
    let page = page_of(&sha256);
    view! {
        <p class="flex flex-wrap items-center gap-2">
            <span>{td!(locale, certificates.page.download)}</span>
            <a class="btn btn-outline btn-sm" href=format!("{page}/pem") download rel="external">{td!(locale, certificates.page.pem)}</a>
            <a class="btn btn-outline btn-sm" href=format!("{page}/der") download rel="external">{td!(locale, certificates.page.der)}</a>
        </p>
    }
}

/// A renewal is served elsewhere, and not here.
#[component]
fn NotEverywhere(newer: Sibling, now: Timestamp) -> impl IntoView {
    let locale = use_locale();
    let Sibling { certificate, endpoints, target, .. } = newer;
    let target = target.to_string();
    let body = match endpoints {
        0 | 1 => td_string!(locale, certificates.page.newer.body, target = target.as_str()),
        count => td_string!(locale, certificates.page.newer.body_more, target = target.as_str(), count = count),
    };
    view! {
        <section class="alert alert-warning flex-col items-start gap-1" data-renewed="">
            <h2 class="font-semibold">{td!(locale, certificates.page.newer.title)}</h2>
            <p><HostText text=body/>" "<Named certificate now/></p>
            <p>{td!(locale, certificates.page.newer.still)}</p>
        </section>
    }
}

/// What this one renews, where it is not deployed yet.
#[component]
fn Older(older: Vec<Sibling>, now: Timestamp) -> impl IntoView {
    let locale = use_locale();
    let row = move |Sibling { certificate, endpoints, endpoint, target }: Sibling| {
        let target = target.to_string();
        let at = match endpoints {
            0 | 1 => td_string!(locale, certificates.page.older.at, target = target.as_str()),
            count => td_string!(locale, certificates.page.older.at_more, target = target.as_str(), count = count),
        };
        let id = certificate.sha256.to_string();
        view! {
            <li class="row" data-older=id>
                <span><Named certificate now/></span>
                <a class="link text-sm" href=format!("/endpoints/{endpoint}")><HostText text=at/></a>
            </li>
        }
    };
    view! {
        <section class="panel flex flex-col gap-3">
            <h2 class="text-lg font-semibold">{td!(locale, certificates.page.older.title)}</h2>
            <p>{td!(locale, certificates.page.older.body)}</p>
            <ul class="rows">{older.into_iter().map(row).collect_view()}</ul>
        </section>
    }
}

#[component]
fn Programs(programs: Vec<ProgramName>, total: u32) -> impl IntoView {
    let locale = use_locale();
    let more = total.saturating_sub(u32::try_from(programs.len()).unwrap_or(u32::MAX));
    let shown = if programs.is_empty() {
        Either::Left(view! { <p>{td!(locale, certificates.page.no_programs)}</p> })
    } else {
        let links = programs.into_iter().map(|program| {
            view! {
                <li><a class="link break-words" href=format!("/programs/{}", program.id)>{program.name}</a></li>
            }
        });
        Either::Right(view! {
            <ul class="flex flex-col gap-1">{links.collect_view()}</ul>
            {(more > 0).then(|| view! { <p>{td_string!(locale, certificates.page.more_programs, count = more)}</p> })}
        })
    };
    view! {
        <section class="panel flex flex-col gap-3" id="programs">
            <h2 class="text-lg font-semibold">{td!(locale, certificates.page.programs)}</h2>
            {shown}
        </section>
    }
}
