//! What each address of the name did.

use leptos::{either::Either, prelude::*};
use model::{
    observation::{AddressObservation, Failure, Handshake, KeyPossession},
    service::EndpointId,
};

use crate::{
    i18n::*,
    preferences::use_locale,
    table::{Cell, Column, Columns, PART},
    words,
};

/// A row per address: what was negotiated, or what went wrong.
#[component]
pub fn Addresses(
    /// Whose addresses.
    endpoint: EndpointId,
    /// In the order tried.
    addresses: Vec<AddressObservation>,
) -> impl IntoView {
    let locale = use_locale();
    if addresses.is_empty() {
        return view! {
            <section class="panel flex flex-col gap-3">
                <h2 class="text-lg font-semibold">{td!(locale, endpoints.addresses.title)}</h2>
                <p>{td!(locale, endpoints.addresses.none)}</p>
            </section>
        }
        .into_any();
    }
    let head = view! {
        <Column label=td_string!(locale, endpoints.addresses.address)/>
        <Column label=td_string!(locale, endpoints.addresses.version)/>
        <Column label=td_string!(locale, endpoints.addresses.suite)/>
        <Column label=td_string!(locale, endpoints.addresses.alpn)/>
        <Column label=td_string!(locale, endpoints.addresses.key)/>
        <Column label=td_string!(locale, endpoints.addresses.connect) class="text-end"/>
        <Column label=td_string!(locale, endpoints.addresses.handshake) class="text-end"/>
        <Column label=td_string!(locale, endpoints.addresses.chain)/>
    };
    let rows = addresses.into_iter().map(|seen| view! { <Row endpoint seen/> }).collect_view();
    view! {
        <section class="panel flex flex-col gap-3">
            <h2 class="text-lg font-semibold" id="addresses">{td!(locale, endpoints.addresses.title)}</h2>
            <Columns class=PART named_by="addresses" head=head.into_any()>{rows}</Columns>
        </section>
    }
    .into_any()
}

#[component]
fn Row(endpoint: EndpointId, seen: AddressObservation) -> impl IntoView {
    let locale = use_locale();
    let other = words::connection::other_versions(&seen, locale);
    let late = words::connection::answered_after(&seen, locale);
    let AddressObservation { address, outcome, chain, tries, connect_ms, handshake_ms, .. } = seen;
    let pem = (!chain.is_empty()).then(|| {
        let href = format!("/endpoints/{endpoint}/chain?address={address}");
        let label = td_string!(locale, endpoints.addresses.chain_of, address = address.to_string()).to_string();
        // The router leaves alone what is external, and so the browser saves it.
        view! { <a class="link" href=href download rel="external" aria-label=label>"PEM"</a> }
    });
    let cells = match outcome {
        Ok(handshake) => Either::Left(view! { <Negotiated handshake other/> }),
        Err(failure) => {
            // What was not tried did not fail.
            let class = if matches!(failure, Failure::Policy { .. }) { "" } else { "text-error" };
            let said = move || words::connection::failure_after(&failure, tries, locale);
            Either::Right(view! { <td role="cell" colspan="4" class=class>{said}</td> })
        }
    };
    view! {
        <tr role="row">
            <th scope="row" role="rowheader" class="lead font-mono font-normal break-all">
                {address.to_string()}
                {late.map(|late| view! { <span class="block text-xs font-sans text-base-content/80">{late}</span> })}
            </th>
            {cells}
            <Cell label=td_string!(locale, endpoints.addresses.connect) class="text-end whitespace-nowrap">
                {milliseconds(connect_ms, locale)}
            </Cell>
            <Cell label=td_string!(locale, endpoints.addresses.handshake) class="text-end whitespace-nowrap">
                {milliseconds(handshake_ms, locale)}
            </Cell>
            <Cell label=td_string!(locale, endpoints.addresses.chain)>{pem}</Cell>
        </tr>
    }
}

#[component]
fn Negotiated(handshake: Handshake, other: Option<String>) -> impl IntoView {
    let locale = use_locale();
    let Handshake { version, suite, group, signature, alpn, key_possession, .. } = handshake;
    let alpn = match alpn {
        Some(protocol) => Either::Left(view! { <code>{protocol}</code> }),
        None => Either::Right(td!(locale, endpoints.addresses.alpn_none)),
    };
    let key = match key_possession {
        KeyPossession::Proven => Either::Left(td!(locale, endpoints.addresses.key_proven)),
        unproven => {
            let reason = match unproven {
                KeyPossession::SignedWeakly => td_string!(locale, endpoints.addresses.key_signed_weakly).to_owned(),
                KeyPossession::Unproven(reason) => reason,
                KeyPossession::NothingSigned | KeyPossession::Proven => {
                    td_string!(locale, endpoints.addresses.key_nothing_signed).to_owned()
                }
            };
            Either::Right(view! {
                <span class="text-error">{td!(locale, endpoints.addresses.key_unproven)}</span>
                <span class="block text-xs">{reason}</span>
            })
        }
    };
    view! {
        <Cell label=td_string!(locale, endpoints.addresses.version) class="whitespace-nowrap">
            {version.as_str()}
            {other.map(|other| view! { <span class="block text-xs text-base-content/80 whitespace-normal">{other}</span> })}
        </Cell>
        <Cell label=td_string!(locale, endpoints.addresses.suite)>
            <code class="text-xs">{suite.to_string()}</code>
            {[group, signature].map(|part| part.map(|part| view! { <code class="block text-xs text-base-content/80">{part}</code> }))}
        </Cell>
        <Cell label=td_string!(locale, endpoints.addresses.alpn)>{alpn}</Cell>
        <Cell label=td_string!(locale, endpoints.addresses.key)>{key}</Cell>
    }
}

/// A dash where the step was not reached.
fn milliseconds(count: Option<u32>, locale: Locale) -> String {
    count.map_or_else(|| "–".to_owned(), |count| td_string!(locale, endpoints.addresses.milliseconds, count = count))
}
