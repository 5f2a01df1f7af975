//! URL check: may a mini program call this URL, and if not, which rule says so and what to change.

use leptos::{either::Either, prelude::*};
use leptos_meta::Title;
use leptos_router::components::Form;
use model::{
    Api, DomainEntry,
    service::ProgramId,
    url_check::{Addition, Decision, NearMiss, Reason, Room, WssPorts, addition, would_allow},
};

use super::{
    api::{Chosen, Register, look_up},
    frame::{Frame, Tab},
    query::{LINES_MOST, Rest, UrlQuery},
    words,
};
use crate::{
    components::{FieldError, FormError, HostText, TextArea, left_blank},
    i18n::*,
    preferences::use_locale,
    programs::{
        choice::{Asked, ProgramField},
        paste::propose,
    },
};

/// The calls that take a URL; DNS prefetch takes none.
const APIS: [Api; 8] =
    [Api::Request, Api::Socket, Api::Upload, Api::Download, Api::Udp, Api::Tcp, Api::Business, Api::Resource];

/// The page: question and answer are both in the URL.
#[component]
pub fn UrlCheckPage() -> impl IntoView {
    let locale = use_locale();
    let search = crate::query::search_of_page();
    let query = Memo::new(move |_| search.with(|search| UrlQuery::read(search)));
    let asked = Memo::new(move |_| query.with(|query| query.asked.clone()));
    let data = Resource::new_blocking(move || asked.get(), |asked| look_up(asked.program, asked.called));
    view! {
        <Title text=td_string!(locale, tools.url.title)/>
        <Frame open=Tab::Url>
            <p class="max-w-prose">{td!(locale, tools.url.intro)}</p>
            <Transition>
                {move || Suspend::new(async move {
                    match data.await {
                        Ok(data) => Either::Left(view! { <Check data query/> }),
                        Err(error) => Either::Right(view! { <FormError error=Signal::stored(Some(error)) fields=&[]/> }),
                    }
                })}
            </Transition>
        </Frame>
    }
}

#[component]
fn Check(data: Register, query: Memo<UrlQuery>) -> impl IntoView {
    let locale = use_locale();
    if data.offer.programs.is_empty() && !data.offer.by_name {
        return Either::Left(view! {
            <div class="alert" role="status">
                <span>{td!(locale, tools.url.no_programs)}</span>
                <a class="btn btn-primary btn-sm" href="/programs">{td!(locale, tools.url.register)}</a>
            </div>
        });
    }
    let chosen = StoredValue::new(data.chosen.clone());
    let named = query.with_untracked(|query| query.asked.called.is_some());
    Either::Right(view! {
        <Question data query/>
        <section class="flex flex-col gap-3" aria-live="polite" aria-label=td_string!(locale, tools.url.results)>
            {move || match chosen.get_value() {
                Some(chosen) => Either::Left(view! { <Answers chosen query=query.get()/> }),
                // Where one is named, the field says what is wrong.
                None => Either::Right((!named).then(|| view! {
                    <p class="alert alert-warning">{td!(locale, tools.url.gone)}</p>
                })),
            }}
        </section>
    })
}

#[component]
fn Question(data: Register, query: Memo<UrlQuery>) -> impl IntoView {
    let locale = use_locale();
    let program = data.chosen.map(|chosen| chosen.id);
    let asked = Signal::derive(move || Asked { program, called: query.with(|query| query.asked.called.clone()) });
    let problem = left_blank(Signal::derive(move || query.with(|query| query.is_blank)));
    let is = move |wss: Option<WssPorts>| move || query.with(|query| query.wss == wss);
    view! {
        <Form method="get" on_form_data=crate::query::named() action="/check/url" attr:class="flex flex-col gap-4" attr:novalidate=true>
            <div class="grid gap-4 md:grid-cols-3">
                <ProgramField offer=data.offer asked label=td_string!(locale, tools.url.program)/>
                <label class="field">
                    <span class="field-label">{td!(locale, tools.url.api)}</span>
                    <select class="select w-full" name="api">
                        {APIS.map(|api| view! {
                            <option value=api.as_str() selected=move || query.with(|query| query.api == api)>
                                {words::call(api, locale)}
                            </option>
                        }).collect_view()}
                    </select>
                </label>
                <label class="field">
                    <span class="field-label">{td!(locale, tools.url.wss)}</span>
                    <select class="select w-full" name="wss">
                        <option value="" selected=is(None)>{td_string!(locale, tools.url.wss_own)}</option>
                        <option value="any" selected=is(Some(WssPorts::Any))>{td_string!(locale, tools.url.wss_any)}</option>
                        <option value="strict" selected=is(Some(WssPorts::Strict))>{td_string!(locale, tools.url.wss_strict)}</option>
                    </select>
                </label>
            </div>
            <label class="field">
                <span class="field-label">{td!(locale, tools.url.urls)}</span>
                <TextArea name="url" rows=4 text=Signal::derive(move || query.with(|query| query.urls.clone()))
                    problem placeholder=td_string!(locale, tools.url.urls_placeholder)/>
                <FieldError name="url" problem/>
            </label>
            <div><button class="btn btn-primary">{td!(locale, tools.url.submit)}</button></div>
        </Form>
    }
    .into_any()
}

/// One card a line, under the rule that was applied.
#[component]
fn Answers(chosen: Chosen, query: UrlQuery) -> impl IntoView {
    let locale = use_locale();
    let (lines, rest) = query.lines();
    if lines.is_empty() {
        return view! { <p class="text-base-content/80">{td!(locale, tools.url.nothing_yet)}</p> }.into_any();
    }
    let wss = query.wss.unwrap_or(chosen.wss);
    let answers: Vec<_> = lines.iter().map(|line| Answer::of(line, query.api, wss, &chosen)).collect();
    let empty = query.api != Api::Resource && chosen.entries.iter().all(|entry| entry.api() != query.api);
    let rule = (query.api == Api::Socket).then_some(wss);
    let (name, program) = (chosen.name.clone(), chosen.id);
    let link = format!("/programs/{}", chosen.id);
    view! {
        <h2 class="text-lg font-semibold">{td!(locale, tools.url.results)}</h2>
        {rule.map(|rule| view! {
            <p class="text-sm">{match rule {
                WssPorts::Any => td_string!(locale, tools.url.rule_socket_any),
                WssPorts::Strict => td_string!(locale, tools.url.rule_socket_strict),
            }}</p>
        })}
        {empty.then(|| view! { <p class="alert alert-warning">{td!(locale, tools.url.list_empty)}</p> })}
        <ul class="flex flex-col gap-3">
            {answers.into_iter().map(|answer| view! { <li><AnswerCard answer program/></li> }).collect_view()}
        </ul>
        {(rest == Rest::LeftOut).then(|| view! { <p class="text-sm">{td_string!(locale, tools.url.too_many, most = LINES_MOST)}</p> })}
        <p><a class="link" href=link>{td_string!(locale, tools.url.edit_list, name)}</a></p>
    }
    .into_any()
}

#[component]
fn AnswerCard(answer: Answer, program: ProgramId) -> impl IntoView {
    let locale = use_locale();
    let Answer { url, decision, add } = answer;
    let Decision { allowed, reason, matched_entry, near_miss, suggestion } = decision;
    let another_way = suggestion.is_some();
    view! {
        <article class="card card-border bg-base-100">
            <div class="card-body gap-2 p-4">
                <div class="flex flex-wrap items-center gap-3">
                    <Outcome allowed/>
                    <code><HostText text=url/></code>
                </div>
                <p>{crate::words::reason(reason, locale)}</p>
                <dl class="grid gap-x-4 gap-y-1 sm:grid-cols-[max-content_1fr]">
                    {matched_entry.map(|entry| view! { <dt>{td!(locale, tools.url.matched)}</dt> <dd><Entry entry/></dd> })}
                    {near_miss.map(|miss| view! { <Nearest miss said=reason/> })}
                    {suggestion.map(|url| view! {
                        <dt>{td!(locale, tools.url.change_url)}</dt> <dd><code class="font-semibold"><HostText text=url/></code></dd>
                    })}
                    {add.map(|add| view! { <Add add program another_way/> })}
                </dl>
            </div>
        </article>
    }
    .into_any()
}

/// The entry to add, or that the list has no room for it.
#[component]
fn Add(
    add: Addition,
    program: ProgramId,
    /// Whether the URL could be changed instead.
    another_way: bool,
) -> impl IntoView {
    let locale = use_locale();
    let Addition { entry, room } = add;
    match room {
        Room::Left => {
            let form = format!("/programs/{program}?{}#add", propose(entry.api(), &entry.to_string()));
            let label = if another_way {
                td_string!(locale, tools.url.add_entry_instead)
            } else {
                td_string!(locale, tools.url.add_entry)
            };
            Either::Left(view! { <dt><a class="link" href=form>{label}</a></dt> <dd><Entry entry/></dd> })
        }
        Room::Full { limit } => Either::Right(view! {
            <dt>{td!(locale, tools.url.missing_entry)}</dt>
            <dd>
                <Entry entry/>
                <p class="text-sm">{td_string!(locale, tools.url.list_full, limit)}</p>
            </dd>
        }),
    }
}

/// The entry that comes closest; its reason only where the answer has not said it already.
#[component]
fn Nearest(miss: NearMiss, said: Reason) -> impl IntoView {
    let locale = use_locale();
    let NearMiss { entry, reason } = miss;
    view! {
        <dt>{td!(locale, tools.url.near_miss)}</dt>
        <dd>
            <Entry entry/>
            {(reason != said).then(|| view! { <p class="text-sm">{crate::words::reason(reason, locale)}</p> })}
        </dd>
    }
}

#[component]
fn Entry(entry: DomainEntry) -> impl IntoView {
    let locale = use_locale();
    let api = entry.api();
    view! {
        <code><HostText text=entry.to_string()/></code>" "
        <span class="badge badge-ghost badge-sm">{crate::words::api(api, locale)}</span>
    }
}

/// Allowed or refused, by a sign and a word.
#[component]
fn Outcome(allowed: bool) -> impl IntoView {
    let locale = use_locale();
    let (class, sign) = if allowed { ("badge badge-success", "✓") } else { ("badge badge-error", "✕") };
    let word = if allowed { td_string!(locale, tools.url.allowed) } else { td_string!(locale, tools.url.refused) };
    view! { <span class=class><span aria-hidden="true">{sign}</span>" "{word}</span> }
}

/// What is said of one line.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Answer {
    url: String,
    decision: Decision,
    /// Adding an entry, where that is a way out.
    add: Option<Addition>,
}

impl Answer {
    fn of(url: &str, api: Api, wss: WssPorts, chosen: &Chosen) -> Self {
        let decision = would_allow(api, url, &chosen.entries, wss);
        let add = addition(decision.reason, api, url, &chosen.entries, chosen.limits);
        Self { url: url.to_owned(), decision, add }
    }
}
