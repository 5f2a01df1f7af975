//! Which entries of which mini programs name an endpoint.

use leptos::{either::Either, prelude::*};
use model::endpoints::NamedBy;

use crate::{i18n::*, preferences::use_locale, words};

/// A row per entry.
#[component]
pub fn NamedByTable(
    /// The entries.
    named_by: Vec<NamedBy>,
) -> impl IntoView {
    let locale = use_locale();
    let table = if named_by.is_empty() {
        Either::Left(view! { <p>{td!(locale, endpoints.named_by.none)}</p> })
    } else {
        Either::Right(view! {
            <div class="overflow-x-auto" tabindex="0" role="region" aria-labelledby="named-by">
                <table class="table table-sm min-w-lg">
                    <thead class="text-base-content">
                        <tr>
                            <th scope="col">{td!(locale, endpoints.named_by.program)}</th>
                            <th scope="col">{td!(locale, endpoints.named_by.list)}</th>
                            <th scope="col">{td!(locale, endpoints.named_by.entry)}</th>
                        </tr>
                    </thead>
                    <tbody>{named_by.into_iter().map(|named_by| view! { <Row named_by/> }).collect_view()}</tbody>
                </table>
            </div>
        })
    };
    view! {
        <section class="panel flex flex-col gap-3">
            <h2 class="text-lg font-semibold" id="named-by">{td!(locale, endpoints.named_by.title)}</h2>
            {table}
        </section>
    }
    .into_any()
}

#[component]
fn Row(named_by: NamedBy) -> impl IntoView {
    let locale = use_locale();
    let NamedBy { program, program_name, entry } = named_by;
    let api = entry.api();
    view! {
        <tr>
            <td><a class="link" href=format!("/programs/{program}")>{program_name}</a></td>
            <td>{words::api(api, locale)}</td>
            <td class="font-mono break-all">{entry.to_string()}</td>
        </tr>
    }
}
