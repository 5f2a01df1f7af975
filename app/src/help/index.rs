//! All findings, by what they are about, and a filter in the URL.

use leptos::{either::Either, prelude::*};
use leptos_meta::Title;
use leptos_router::components::Form;
use model::{Code, occurrence::occurrences};

use super::{PATH, api::findings_about, page_of};
use crate::{
    components::NotShown,
    endpoints::filters::Words,
    findings::{view::SeverityBadge, words::title},
    i18n::*,
    preferences::use_locale,
    query::text,
    table::NoMatch,
};

/// Every finding, with the way to its page.
#[component]
pub fn FindingsPage() -> impl IntoView {
    let locale = use_locale();
    let search = crate::query::search_of_page();
    let asked = Memo::new(move |_| search.with(|search| text(search, "q")).unwrap_or_default());
    let found = Resource::new_blocking(move || asked.get(), findings_about);
    view! {
        <Title text=td_string!(locale, help.index.title)/>
        <header>
            <h1 class="page-title">{td!(locale, help.index.title)}</h1>
            <p class="max-w-prose text-base-content/80">{td!(locale, help.index.intro)}</p>
        </header>
        <Form method="get" on_form_data=crate::query::named() action=PATH attr:class="panel" attr:role="search">
            <div class="grid gap-4 sm:grid-cols-[minmax(0,1fr)_auto] sm:items-end">
                <Words name="q" label=td_string!(locale, help.index.search) value=asked.into()
                    placeholder=td_string!(locale, help.index.search_placeholder)/>
                <button class="btn btn-primary">{td!(locale, help.index.show)}</button>
            </div>
        </Form>
        <Transition fallback=move || view! { <p>{td!(locale, common.loading)}</p> }>
            {move || Suspend::new(async move {
                match found.await {
                    Ok(found) => view! { <Listed found/> }.into_any(),
                    Err(error) => view! { <NotShown error/> }.into_any(),
                }
            })}
        </Transition>
    }
    .into_any()
}

#[component]
fn Listed(found: Vec<Code>) -> impl IntoView {
    let locale = use_locale();
    if found.is_empty() {
        return Either::Left(view! { <NoMatch words=td_string!(locale, help.index.no_match) clear=PATH/> });
    }
    let total = match found.len() {
        1 => td_string!(locale, help.index.total_one).to_owned(),
        count => td_string!(locale, help.index.total, count = count).to_string(),
    };
    let families = found.chunk_by(|one, other| prefix(*one) == prefix(*other)).map(<[Code]>::to_vec);
    Either::Right(view! {
        <p role="status">{total}</p>
        {families.map(|codes| view! { <Family codes/> }).collect_view()}
    })
}

/// Those of one prefix.
#[component]
fn Family(codes: Vec<Code>) -> impl IntoView {
    let locale = use_locale();
    let name = codes.first().map(|code| family(*code, locale));
    let rows = codes.into_iter().map(|code| {
        let worst = occurrences(code).first().map(|occurrence| occurrence.severity);
        view! {
            <li class="flex flex-wrap items-center gap-x-3 gap-y-1 py-2" data-code=code.as_str()>
                <a class="link inline-block py-1" href=page_of(code, None)>{title(code, locale)}</a>
                <code class="text-sm">{code.as_str()}</code>
                {worst.map(|severity| view! { <SeverityBadge severity/> })}
            </li>
        }
    });
    view! {
        <section class="panel">
            <h2 class="text-lg font-semibold">{name}</h2>
            <ul class="rows">{rows.collect_view()}</ul>
        </section>
    }
    .into_any()
}

/// What stands before the dot.
fn prefix(code: Code) -> &'static str {
    code.as_str().split('.').next().unwrap_or_default()
}

/// What the findings of a prefix are about.
fn family(code: Code, locale: Locale) -> &'static str {
    match prefix(code) {
        "rule" => td_string!(locale, help.family.rule),
        "icp" => td_string!(locale, help.family.icp),
        "dns" => td_string!(locale, help.family.dns),
        "net" => td_string!(locale, help.family.net),
        "tls" => td_string!(locale, help.family.tls),
        "ats" => td_string!(locale, help.family.ats),
        "cert" => td_string!(locale, help.family.cert),
        "chain" => td_string!(locale, help.family.chain),
        "trust" => td_string!(locale, help.family.trust),
        "compliance" => td_string!(locale, help.family.compliance),
        "http" => td_string!(locale, help.family.http),
        "ws" => td_string!(locale, help.family.ws),
        "verification" => td_string!(locale, help.family.verification),
        "endpoint" => td_string!(locale, help.family.endpoint),
        _ => td_string!(locale, help.family.other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_belongs_to_a_family_and_the_families_are_in_one_piece() {
        for code in Code::ALL {
            assert_ne!(family(*code, Locale::en), td_string!(Locale::en, help.family.other), "{code}");
        }
        let mut families: Vec<_> = Code::ALL.iter().map(|code| prefix(*code)).collect();
        families.dedup();
        let in_pieces = families.len();
        families.sort_unstable();
        families.dedup();
        assert_eq!(families.len(), in_pieces);
    }
}
