//! What each address of the name did.

use leptos::{either::Either, prelude::*};
use model::{
    observation::{AddressObservation, Handshake, KeyPossession},
    service::EndpointId,
};

use crate::{i18n::*, preferences::use_locale, words};

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
    view! {
        <section class="panel flex flex-col gap-3">
            <h2 class="text-lg font-semibold" id="addresses">{td!(locale, endpoints.addresses.title)}</h2>
            <div class="overflow-x-auto" tabindex="0" role="region" aria-labelledby="addresses">
                <table class="table table-sm min-w-3xl">
                    <thead class="text-base-content">
                        <tr>
                            <th scope="col">{td!(locale, endpoints.addresses.address)}</th>
                            <th scope="col">{td!(locale, endpoints.addresses.version)}</th>
                            <th scope="col">{td!(locale, endpoints.addresses.suite)}</th>
                            <th scope="col">{td!(locale, endpoints.addresses.alpn)}</th>
                            <th scope="col">{td!(locale, endpoints.addresses.key)}</th>
                            <th scope="col" class="text-end">{td!(locale, endpoints.addresses.connect)}</th>
                            <th scope="col" class="text-end">{td!(locale, endpoints.addresses.handshake)}</th>
                            <th scope="col">{td!(locale, endpoints.addresses.chain)}</th>
                        </tr>
                    </thead>
                    <tbody>{addresses.into_iter().map(|seen| view! { <Row endpoint seen/> }).collect_view()}</tbody>
                </table>
            </div>
        </section>
    }
    .into_any()
}

#[component]
fn Row(endpoint: EndpointId, seen: AddressObservation) -> impl IntoView {
    let locale = use_locale();
    let AddressObservation { address, outcome, chain, connect_ms, handshake_ms } = seen;
    let pem = (!chain.is_empty()).then(|| {
        let href = format!("/endpoints/{endpoint}/chain?address={address}");
        let label = td_string!(locale, endpoints.addresses.chain_of, address = address.to_string()).to_string();
        // The router leaves alone what is external, and so the browser saves it.
        view! { <a class="link" href=href download rel="external" aria-label=label>"PEM"</a> }
    });
    let cells = match outcome {
        Ok(handshake) => Either::Left(view! { <Negotiated handshake/> }),
        Err(failure) => {
            let said = move || words::failure(&failure, locale);
            Either::Right(view! { <td colspan="4" class="text-error">{said}</td> })
        }
    };
    view! {
        <tr>
            <th scope="row" class="font-mono font-normal">{address.to_string()}</th>
            {cells}
            <td class="text-end whitespace-nowrap tabular-nums">{milliseconds(connect_ms, locale)}</td>
            <td class="text-end whitespace-nowrap tabular-nums">{milliseconds(handshake_ms, locale)}</td>
            <td>{pem}</td>
        </tr>
    }
}

#[component]
fn Negotiated(handshake: Handshake) -> impl IntoView {
    let locale = use_locale();
    let Handshake { version, suite, group, alpn, key_possession, .. } = handshake;
    let alpn = match alpn {
        Some(protocol) => Either::Left(view! { <code>{protocol}</code> }),
        None => Either::Right(td!(locale, endpoints.addresses.alpn_none)),
    };
    let key = match key_possession {
        KeyPossession::Proven => Either::Left(td!(locale, endpoints.addresses.key_proven)),
        KeyPossession::Unproven(reason) => Either::Right(view! {
            <span class="text-error">{td!(locale, endpoints.addresses.key_unproven)}</span>
            <span class="block text-xs">{reason}</span>
        }),
    };
    view! {
        <td class="whitespace-nowrap">{version.as_str()}</td>
        <td>
            <code class="text-xs">{suite.to_string()}</code>
            {group.map(|group| view! { <code class="block text-xs text-base-content/80">{group}</code> })}
        </td>
        <td>{alpn}</td>
        <td>{key}</td>
    }
}

/// A dash where the step was not reached.
fn milliseconds(count: Option<u32>, locale: Locale) -> String {
    count.map_or_else(|| "–".to_owned(), |count| td_string!(locale, endpoints.addresses.milliseconds, count = count))
}
