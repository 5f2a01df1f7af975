//! Error explainer: what an error text from a phone means, what to check, and where.

use leptos::{either::Either, prelude::*};
use leptos_meta::Title;
use leptos_router::components::Form;
use model::{
    Code,
    explain::{Cause, Explanation, explain},
    service::ProgramId,
};

use super::{
    api::{Chosen, Register, Server, look_up},
    frame::{Frame, Tab},
    query::{Rest, TEXT_MOST, TextQuery, explain_link, url_link},
    words,
};
use crate::{
    components::{FieldError, FormError, HostText, TextArea, left_blank},
    findings::view::FindingBadges,
    i18n::*,
    preferences::use_locale,
    programs::choice::{Asked, ProgramField},
};

/// As phones, devtools and servers write them.
const EXAMPLES: [&str; 5] = [
    "request:fail url not in domain list",
    "request:fail -202:net::ERR_CERT_AUTHORITY_INVALID",
    "request:fail -201:net::ERR_CERT_DATE_INVALID",
    "request:fail ssl hand shake error",
    "未能完成该操作。SSL错误",
];

/// The page: question and answer are both in the URL.
#[component]
pub fn ErrorTextPage() -> impl IntoView {
    let locale = use_locale();
    let search = crate::query::search_of_page();
    let query = Memo::new(move |_| search.with(|search| TextQuery::read(search)));
    let asked = Memo::new(move |_| query.with(|query| query.asked.clone()));
    let data = Resource::new_blocking(move || asked.get(), |asked| look_up(asked.program, asked.called));
    view! {
        <Title text=td_string!(locale, tools.explain.title)/>
        <Frame open=Tab::ErrorText>
            <p class="max-w-prose">{td!(locale, tools.explain.intro)}</p>
            <Transition>
                {move || Suspend::new(async move {
                    match data.await {
                        Ok(data) => Either::Left(view! { <Explainer data query/> }),
                        Err(error) => Either::Right(view! { <FormError error=Signal::stored(Some(error)) fields=&[]/> }),
                    }
                })}
            </Transition>
        </Frame>
    }
}

#[component]
fn Explainer(data: Register, query: Memo<TextQuery>) -> impl IntoView {
    let locale = use_locale();
    let chosen = StoredValue::new(data.chosen.clone());
    let is_any = query.with_untracked(|query| query.asked.is_any());
    let program = data.chosen.as_ref().filter(|_| is_any).map(|chosen| chosen.id);
    view! {
        <Question data query/>
        <Examples program/>
        <section class="flex flex-col gap-4" aria-live="polite">
            {move || {
                let query = query.get();
                let (text, rest) = query.bounded();
                let explanations = explain(text);
                view! {
                    {(rest == Rest::LeftOut).then(|| view! { <p class="text-sm">{td_string!(locale, tools.explain.too_long, most = TEXT_MOST)}</p> })}
                    {(explanations.is_empty() && !text.trim().is_empty()).then(|| view! { <NotKnown/> })}
                    {explanations.into_iter().map(|explanation| {
                        let url = url_in(text).map(str::to_owned);
                        view! { <Answer explanation url chosen=chosen.get_value()/> }
                    }).collect_view()}
                }
            }}
        </section>
    }
}

#[component]
fn Question(data: Register, query: Memo<TextQuery>) -> impl IntoView {
    let locale = use_locale();
    let program = data.chosen.map(|chosen| chosen.id);
    let asked = Signal::derive(move || Asked { program, called: query.with(|query| query.asked.called.clone()) });
    let problem = left_blank(Signal::derive(move || query.with(|query| query.is_blank)));
    let is_any = data.offer.by_name || !data.offer.programs.is_empty();
    let choice = is_any.then(|| {
        view! {
            <div class="md:w-1/3">
                <ProgramField offer=data.offer asked label=td_string!(locale, tools.explain.program)/>
            </div>
        }
    });
    view! {
        <Form method="get" on_form_data=crate::query::named() action="/check/error" attr:class="flex flex-col gap-4" attr:novalidate=true>
            <label class="field">
                <span class="field-label">{td!(locale, tools.explain.text)}</span>
                <TextArea name="text" rows=3 text=Signal::derive(move || query.with(|query| query.text.clone()))
                    problem placeholder=td_string!(locale, tools.explain.placeholder)/>
                <FieldError name="text" problem/>
            </label>
            {choice}
            <div><button class="btn btn-primary">{td!(locale, tools.explain.submit)}</button></div>
        </Form>
    }
    .into_any()
}

#[component]
fn Examples(program: Option<ProgramId>) -> impl IntoView {
    let locale = use_locale();
    view! {
        <p class="text-sm">{td!(locale, tools.explain.examples)}</p>
        <ul class="mt-1 flex flex-wrap gap-2">
            {EXAMPLES.map(|text| view! {
                <li><a class="btn btn-outline btn-xs h-auto py-1 font-mono font-normal" href=explain_link(program, text)>{text}</a></li>
            }).collect_view()}
        </ul>
    }
}

#[component]
fn NotKnown() -> impl IntoView {
    let locale = use_locale();
    view! {
        <article class="alert alert-warning flex-col items-start" role="status">
            <h2 class="font-semibold">{td!(locale, tools.explain.unknown_title)}</h2>
            <p>{td!(locale, tools.explain.unknown)}</p>
        </article>
    }
}

/// One cause, what to check, where, and which servers it fits.
#[component]
fn Answer(
    explanation: Explanation,
    /// A URL that stands in the text.
    url: Option<String>,
    chosen: Option<Chosen>,
) -> impl IntoView {
    let locale = use_locale();
    let Explanation { cause, matched, codes } = explanation;
    let said = words::cause(cause, locale);
    let program = chosen.as_ref().map(|chosen| chosen.id);
    let check = (cause == Cause::NotInDomainList).then(|| url_link(program, url.as_deref().unwrap_or_default()));
    view! {
        <article class="card card-border bg-base-100">
            <div class="card-body gap-3">
                <h2 class="card-title">{said.title}</h2>
                <p class="max-w-prose">{said.meaning}</p>
                <h3 class="font-semibold">{td!(locale, tools.explain.check)}</h3>
                <ul class="max-w-prose list-disc ps-5">
                    {said.check.lines().map(|line| view! { <li>{line}</li> }).collect_view()}
                </ul>
                <h3 class="font-semibold">{td!(locale, tools.explain.place)}</h3>
                <p class="max-w-prose">{said.place}</p>
                {check.map(|href| view! { <p><a class="btn btn-primary btn-sm" href=href>{td!(locale, tools.explain.to_url_check)}</a></p> })}
                {(!codes.is_empty()).then(|| view! { <Codes codes/> })}
                {chosen.filter(|_| !codes.is_empty()).map(|chosen| view! { <Standing chosen codes/> })}
                <p class="text-sm text-base-content/80">{td!(locale, tools.explain.matched)}" "<code class="break-all">{matched}</code></p>
            </div>
        </article>
    }
    .into_any()
}

#[component]
fn Codes(codes: &'static [Code]) -> impl IntoView {
    let locale = use_locale();
    view! {
        <h3 class="font-semibold">{td!(locale, tools.explain.codes)}</h3>
        <FindingBadges codes=codes.to_vec()/>
    }
}

/// The servers of the chosen mini program that have one of these findings now.
#[component]
fn Standing(chosen: Chosen, codes: &'static [Code]) -> impl IntoView {
    let locale = use_locale();
    let Chosen { name, servers, .. } = chosen;
    let unprobed = servers.iter().filter(|server| !server.probed).count();
    let found = with_any(servers, codes);
    let servers = if found.is_empty() {
        Either::Left(view! { <p>{td_string!(locale, tools.explain.standing_none, name)}</p> })
    } else {
        Either::Right(view! {
            <h3 class="font-semibold">{td_string!(locale, tools.explain.standing, name)}</h3>
            <ul class="flex flex-col gap-1">
                {found.into_iter().map(|server| {
                    let page = format!("/endpoints/{}", server.endpoint);
                    view! {
                        <li class="flex flex-wrap items-center gap-x-3 gap-y-1">
                            <a class="link font-mono" href=page.clone()><HostText text=server.target/></a>
                            <FindingBadges codes=server.codes href=page/>
                        </li>
                    }
                }).collect_view()}
            </ul>
        })
    };
    view! {
        {servers}
        {(unprobed > 0).then(|| view! { <p class="text-sm">{td_string!(locale, tools.explain.unprobed, count = unprobed)}</p> })}
    }
    .into_any()
}

/// The servers that have one of `codes`, each with those only.
fn with_any(servers: Vec<Server>, codes: &[Code]) -> Vec<Server> {
    servers
        .into_iter()
        .map(|mut server| {
            server.codes.retain(|code| codes.contains(code));
            server
        })
        .filter(|server| !server.codes.is_empty())
        .collect()
}

/// The first URL that stands in an error text; Chinese texts set no space after it.
fn url_in(text: &str) -> Option<&str> {
    let start = ["https://", "http://", "wss://", "ws://"].into_iter().filter_map(|scheme| text.find(scheme)).min()?;
    let rest = &text[start..];
    let end = rest.find(|character: char| {
        character.is_whitespace() || matches!(character, '"' | '\'' | '<' | '>' | '`') || !character.is_ascii()
    });
    Some(rest[..end.unwrap_or(rest.len())].trim_end_matches(['.', ',', ';', ')']))
}

#[cfg(test)]
mod tests {
    use model::service::EndpointId;

    use super::*;

    #[test]
    fn every_example_is_explained() {
        for text in EXAMPLES {
            assert!(!explain(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn the_url_is_found_in_the_text_around_it() {
        let cases = [
            ("request:fail url not in domain list", None),
            ("https://a.example.com 不在以下 request 合法域名列表中", Some("https://a.example.com")),
            ("https://a.example.com:8443/x?y=1不在以下", Some("https://a.example.com:8443/x?y=1")),
            ("fail (wss://a.example.com/s).", Some("wss://a.example.com/s")),
            ("see http://b.example, then https://a.example", Some("http://b.example")),
        ];
        for (text, url) in cases {
            assert_eq!(url_in(text), url, "{text}");
        }
    }

    #[test]
    fn only_servers_with_such_a_finding_are_named() {
        let server = |id, codes: &[Code]| Server {
            endpoint: EndpointId(id),
            target: format!("{id}.example:443"),
            codes: codes.to_vec(),
            probed: true,
        };
        let servers = vec![
            server(1, &[Code::CertExpired, Code::ChainIncomplete]),
            server(2, &[]),
            server(3, &[Code::CertExpired]),
        ];
        let found = with_any(servers, &[Code::ChainIncomplete]);
        assert_eq!(found, [server(1, &[Code::ChainIncomplete])]);
    }
}
