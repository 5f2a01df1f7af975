//! Which entries of which mini programs name an endpoint.

use leptos::{either::Either, prelude::*};
use model::endpoints::NamedBy;

use crate::{
    components::HostText,
    i18n::*,
    preferences::use_locale,
    table::{Cell, Column, Columns, PART},
    words,
};

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
        let head = view! {
            <Column label=td_string!(locale, endpoints.named_by.program)/>
            <Column label=td_string!(locale, endpoints.named_by.list)/>
            <Column label=td_string!(locale, endpoints.named_by.entry)/>
        };
        let rows = named_by.into_iter().map(|named_by| view! { <Row named_by/> }).collect_view();
        Either::Right(view! { <Columns class=PART named_by="named-by" head=head.into_any()>{rows}</Columns> })
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
    let (api, entry) = (entry.api(), entry.to_string());
    view! {
        <tr role="row">
            <td role="cell" class="lead"><a class="link wrap-anywhere" href=format!("/programs/{program}")>{program_name}</a></td>
            <Cell label=td_string!(locale, endpoints.named_by.list)>{words::api(api, locale)}</Cell>
            <Cell label=td_string!(locale, endpoints.named_by.entry) class="font-mono"><HostText text=entry/></Cell>
        </tr>
    }
}
