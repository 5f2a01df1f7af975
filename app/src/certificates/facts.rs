//! What a certificate says.

use leptos::prelude::*;
use model::{Certificate, Timestamp};

use super::words::percent_gone;
use crate::{
    chain::card::{FACTS, LABEL, Validity},
    components::HostText,
    i18n::*,
    preferences::use_locale,
    time::Time,
    words::revocation,
};

/// Names, issuer, validity, key, signature, fingerprint.
#[component]
pub fn Facts(
    /// The certificate, perhaps with some of its names only.
    certificate: Certificate,
    /// When a probe first saw it.
    first_seen: Timestamp,
    /// The server's time when it answered.
    now: Timestamp,
) -> impl IntoView {
    let locale = use_locale();
    let transparency = revocation::transparency(&certificate, locale);
    let sha256 = certificate.sha256.to_string();
    let seen = view! {
        <dt class=LABEL>{td!(locale, certificates.page.first_seen)}</dt>
        <dd><Time at=first_seen now/></dd>
        <dt class=LABEL>{td!(locale, certificates.page.sha256)}</dt>
        <dd class="font-mono wrap-anywhere">{sha256}</dd>
    };
    if let Some(detail) = certificate.malformed {
        return view! {
            <section class="panel flex flex-col gap-3">
                <h2 class="text-lg font-semibold">{td!(locale, certificates.page.facts)}</h2>
                <p class="text-error wrap-anywhere">{td_string!(locale, certificates.page.malformed, detail)}</p>
                <dl class=FACTS>{seen}</dl>
            </section>
        }
        .into_any();
    }
    let Certificate { subject, issuer, serial, not_before, not_after, key, signature, crl_urls, .. } = certificate;
    let names = certificate.dns_names.into_iter().chain(certificate.ip_addresses.iter().map(ToString::to_string));
    let names: Vec<_> = names.collect();
    let names_total = u32::try_from(names.len()).unwrap_or(u32::MAX).saturating_add(certificate.names_left_out);
    view! {
        <section class="panel flex flex-col gap-3">
            <h2 class="text-lg font-semibold">{td!(locale, certificates.page.facts)}</h2>
            <dl class=FACTS>
                <dt class=LABEL>{td!(locale, certificates.page.names)}</dt>
                <dd class="min-w-0"><Names names total=names_total/></dd>
                <dt class=LABEL>{td!(locale, certificates.page.validity)}</dt>
                <dd><Validity not_before not_after now/><Life not_before not_after now/></dd>
                <dt class=LABEL>{td!(locale, words.chain.subject)}</dt>
                <dd class="wrap-anywhere">{subject}</dd>
                <dt class=LABEL>{td!(locale, words.chain.issuer)}</dt>
                <dd class="wrap-anywhere">{issuer}</dd>
                <dt class=LABEL>{td!(locale, certificates.page.serial)}</dt>
                <dd class="font-mono wrap-anywhere">{serial}</dd>
                <dt class=LABEL>{td!(locale, certificates.page.key)}</dt>
                <dd>{key.to_string()}</dd>
                <dt class=LABEL>{td!(locale, words.chain.signature)}</dt>
                <dd class="wrap-anywhere">{signature.name}</dd>
                {transparency.map(|said| view! {
                    <dt class=LABEL>{td!(locale, words.chain.transparency)}</dt>
                    <dd>{said}</dd>
                })}
                {(!crl_urls.is_empty()).then(|| view! {
                    <dt class=LABEL>{td!(locale, certificates.page.crl)}</dt>
                    {crl_urls.into_iter().map(|url| view! { <dd class="wrap-anywhere">{url}</dd> }).collect_view()}
                })}
                {seen}
            </dl>
        </section>
    }
    .into_any()
}

/// How much of its time has gone by.
#[component]
fn Life(not_before: Timestamp, not_after: Timestamp, now: Timestamp) -> impl IntoView {
    let locale = use_locale();
    let percent = percent_gone(not_before, not_after, now);
    let said = td_string!(locale, certificates.page.gone, percent = percent);
    view! {
        <span class="flex max-w-md items-center gap-3">
            <progress class="progress progress-primary grow" value=percent max="100" aria-label=said.clone()></progress>
            <span class="whitespace-nowrap" aria-hidden="true">{said}</span>
        </span>
    }
}

/// A few in full; many in a box that scrolls.
#[component]
fn Names(names: Vec<String>, total: u32) -> impl IntoView {
    let locale = use_locale();
    let shown = names.len();
    if shown == 0 {
        return view! { <span class="text-error">{td!(locale, certificates.page.no_names)}</span> }.into_any();
    }
    let cut = usize::try_from(total).is_ok_and(|total| total > shown);
    let count = match (cut, shown > FEW) {
        (true, _) => Some(td_string!(locale, certificates.page.names_cut, count = total, shown = shown)),
        (false, true) => Some(td_string!(locale, certificates.page.names_count, count = total)),
        (false, false) => None,
    };
    let list = view! {
        <ul class="font-mono" data-names=total>
            {names.into_iter().map(|name| view! { <li><HostText text=name/></li> }).collect_view()}
        </ul>
    };
    if shown <= FEW {
        return list.into_any();
    }
    view! {
        <p id="names-count">{count}</p>
        <div class="mt-1 max-h-64 overflow-y-auto rounded-field border border-base-300 p-2" tabindex="0" role="region"
            aria-labelledby="names-count">
            {list}
        </div>
    }
    .into_any()
}

/// Names that need no box.
const FEW: usize = 10;
