//! Search everything: the lists of mini programs, endpoints, certificates and filings; entries that make no
//! endpoint, or that a URL leads to, tags and people; and the findings, by code or title, which lead to the help.

// #[server] makes a struct of each function's arguments and cannot document its fields.
#![allow(missing_docs)]

use leptos::{ev::SubmitEvent, prelude::*};
use leptos_meta::Title;
use leptos_router::{
    NavigateOptions,
    hooks::{use_location, use_navigate},
};
use model::{
    Code, Tag, Timestamp,
    accounts::Person,
    certificates::list::{CertificateFilter, CertificateQuery, CertificateRow},
    endpoints::list::{EndpointFilter, EndpointQuery, EndpointRow},
    icp::filings::{FilingQuery, FilingRow},
    programs::list::{EntryFound, ProgramFilter, ProgramQuery, ProgramRow},
};
use serde::{Deserialize, Serialize};

use crate::{
    accounts, certificates,
    components::{HostText, NotShown, Target},
    endpoints,
    error::AppError,
    findings::words::title,
    help,
    i18n::*,
    icp::{self, standing::StandingBadge},
    layout::crumbs::{Crumbs, Section},
    preferences::use_locale,
    programs,
    query::text,
    time::Time,
    typed::keep_up,
    verdict::VerdictBadge,
    wire::Json,
    wording::{Wording, use_wording},
    words,
};

/// What was found: of each kind the first few, and how many there are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hits {
    /// Mini programs, worst first.
    pub programs: Found<ProgramRow>,
    /// Endpoints, worst first.
    pub endpoints: Found<EndpointRow>,
    /// Certificates, soonest end first.
    pub certificates: Found<CertificateRow>,
    /// Domains, worst first.
    pub filings: Found<FilingRow>,
    /// Entries that make no endpoint, and those of web pages, by host; for a URL those that are served by its host.
    pub entries: Found<EntryFound>,
    /// Tags of endpoints, in order.
    pub tags: Found<Tag>,
    /// People, by log-in name; none for who may not see them.
    pub people: Found<Person>,
    /// Findings.
    pub codes: Found<Code>,
}

impl Hits {
    fn is_empty(&self) -> bool {
        let listed = [self.programs.total, self.endpoints.total, self.certificates.total, self.filings.total];
        let others = [self.entries.total, self.tags.total, self.people.total, self.codes.total];
        (listed, others) == ([0; 4], [0; 4])
    }
}

/// What was found of one kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found<T> {
    /// The first of them.
    pub first: Vec<T>,
    /// How many there are in all. Of what has no list, one more than the first stands for any number.
    pub total: u32,
}

impl<T> Default for Found<T> {
    fn default() -> Self {
        Self { first: Vec::new(), total: 0 }
    }
}

/// An answer, and the server's time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SearchData {
    /// What was found.
    pub hits: Hits,
    /// When the server answered; relative times count from here.
    pub now: Timestamp,
}

/// Looks for a part of a name, an AppID, a host, a URL, an entry, a certificate's name, an ICP number, a tag or a log-in
/// name, and for the code or the title of a finding.
#[server(endpoint = "/search", output = Json)]
pub async fn search_everything(text: String, wording: Wording) -> Result<SearchData, AppError> {
    use model::accounts::Permission;

    use crate::context::{now, require, services};

    let actor = require(Permission::View)?;
    let services = services();
    let text: String = text.trim().chars().take(TEXT_MOST).collect();
    if text.is_empty() {
        return Ok(SearchData { hits: Hits::default(), now: now() });
    }
    let programs = services.programs.program_list(&of_programs(&text), &actor).await?;
    let endpoints = services.endpoints.endpoints(&of_endpoints(&text), &actor).await?;
    let certificates = services.certificates.certificates(&of_certificates(&text), &actor).await?;
    let filings = services.icp.filings(&of_filings(&text), &actor).await?;
    let entries = services.programs.entries_found(&text, ASKED_FOR, &actor).await?;
    let tags = services.endpoints.tags_with(&text, ASKED_FOR, &actor).await?;
    let people = if actor.role.may(Permission::Administer) {
        services.accounts.people_with(&text, ASKED_FOR, &actor).await?
    } else {
        Vec::new()
    };
    let hits = Hits {
        programs: Found::of(programs),
        endpoints: Found::of(endpoints),
        certificates: Found::of(certificates),
        filings: Found::of(filings),
        entries: Found::few(entries),
        tags: Found::few(tags),
        people: Found::few(people),
        codes: Found::few(of_codes(&text, wording.locale)),
    };
    Ok(SearchData { hits, now: now() })
}

#[cfg(feature = "ssr")]
impl<T> Found<T> {
    fn of(page: model::paging::Page<T>) -> Self {
        Self { first: page.rows.into_iter().take(SHOWN).collect(), total: page.total }
    }

    fn few(found: Vec<T>) -> Self {
        let total = u32::try_from(found.len()).unwrap_or(u32::MAX);
        Self { first: found.into_iter().take(SHOWN).collect(), total }
    }
}

/// The codes that begin so, or else the findings that are called so.
#[cfg(feature = "ssr")]
fn of_codes(text: &str, locale: Locale) -> Vec<Code> {
    let begun = help::beginning_with(text);
    if begun.is_empty() { help::titled(text, locale) } else { begun }
}

fn of_programs(text: &str) -> ProgramQuery {
    let filter = ProgramFilter { text: Some(text.to_owned()), ..ProgramFilter::default() };
    ProgramQuery { filter, ..ProgramQuery::default() }
}

fn of_endpoints(text: &str) -> EndpointQuery {
    let filter = EndpointFilter { text: Some(text.to_owned()), ..EndpointFilter::default() };
    EndpointQuery { filter, ..EndpointQuery::default() }
}

fn of_certificates(text: &str) -> CertificateQuery {
    let filter = CertificateFilter { text: Some(text.to_owned()), ..CertificateFilter::default() };
    CertificateQuery { filter, ..CertificateQuery::default() }
}

fn of_filings(text: &str) -> FilingQuery {
    FilingQuery { text: Some(text.to_owned()), ..FilingQuery::default() }
}

/// What was found, and where there is more.
#[component]
pub fn SearchPage() -> impl IntoView {
    let (locale, wording) = (use_locale(), use_wording());
    let search = crate::query::search_of_page();
    let asked = Memo::new(move |_| search.with(|search| text(search, "q")).unwrap_or_default());
    let data = Resource::new_blocking(move || asked.get(), move |text| search_everything(text, wording));
    view! {
        <Title text=td_string!(locale, common.search.title)/>
        <Crumbs section=Section::Overview here=td_string!(locale, common.search.title)/>
        <h1 class="page-title">{td!(locale, common.search.title)}</h1>
        <Transition fallback=move || view! { <p>{td!(locale, common.loading)}</p> }>
            {move || Suspend::new(async move {
                match data.await {
                    Ok(data) => view! { <Shown data asked=asked.get_untracked()/> }.into_any(),
                    Err(error) => view! { <NotShown error/> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn Shown(data: SearchData, asked: String) -> impl IntoView {
    let locale = use_locale();
    let SearchData { hits, now } = data;
    if asked.is_empty() {
        return view! { <p class="max-w-prose">{td!(locale, common.search.hint)}</p> }.into_any();
    }
    if hits.is_empty() {
        return view! { <p role="status">{td_string!(locale, common.search.nothing, text = asked.as_str())}</p> }
            .into_any();
    }
    let Hits { programs: found, endpoints, certificates, filings, entries, tags, people, codes } = hits;
    let begin = asked.to_lowercase();
    let by_code = begin.contains('.') && codes.first.iter().all(|code| code.as_str().starts_with(&begin));
    let certificate = move |row| certificate(row, now);
    let (nav_programs, nav_endpoints) =
        (td_string!(locale, common.nav.programs), td_string!(locale, common.nav.endpoints));
    let (nav_certificates, nav_icp) = (td_string!(locale, common.nav.certificates), td_string!(locale, common.nav.icp));
    let all_codes = crate::query::link(help::PATH, [("q", Some(asked.clone()))]);
    // The help looks for words in more than titles.
    let all_codes = if by_code { Rest::Listed(all_codes) } else { Rest::Help(all_codes) };
    let kinds = [
        kind(nav_programs, found, Rest::Listed(programs::query::link(&of_programs(&asked))), program, locale),
        kind(nav_endpoints, endpoints, Rest::Listed(endpoints::query::link(&of_endpoints(&asked))), endpoint, locale),
        kind(
            nav_certificates,
            certificates,
            Rest::Listed(certificates::link(&of_certificates(&asked))),
            certificate,
            locale,
        ),
        kind(nav_icp, filings, Rest::Listed(icp::link(&of_filings(&asked))), filing, locale),
        kind(td_string!(locale, common.search.entries), entries, Rest::Narrow, move |it| entry(it, locale), locale),
        kind(td_string!(locale, common.search.tags), tags, Rest::Narrow, tag, locale),
        kind(td_string!(locale, accounts.people.title), people, Rest::Narrow, move |it| person(it, locale), locale),
        kind(td_string!(locale, common.nav.help), codes, all_codes, move |code| finding(code, locale), locale),
    ];
    view! { <div class="grid gap-6 xl:grid-cols-2">{kinds.into_iter().collect_view()}</div> }.into_any()
}

fn program(ProgramRow { summary: program, .. }: ProgramRow) -> AnyView {
    let verdict = view! { <VerdictBadge verdict=program.verdict/> };
    hit(format!("/programs/{}", program.id), program.name, verdict)
}

fn endpoint(EndpointRow { id, target, verdict, .. }: EndpointRow) -> AnyView {
    let name = view! { <span class="font-mono"><Target target/></span> };
    hit(format!("/endpoints/{id}"), name, view! { <VerdictBadge verdict/> })
}

fn certificate(CertificateRow { sha256, names, subject, not_after, .. }: CertificateRow, now: Timestamp) -> AnyView {
    let name = names.into_iter().next().unwrap_or(subject);
    let ends = view! { <span class="text-sm">{not_after.map(|at| view! { <Time at now/> })}</span> };
    hit(certificates::page_of(&sha256), view! { <HostText text=name/> }, ends)
}

fn filing(FilingRow { domain, standing, .. }: FilingRow) -> AnyView {
    let name = view! { <HostText text=domain.unicode()/> };
    hit(icp::page_of(&domain), name, view! { <StandingBadge standing/> })
}

fn entry(EntryFound { entry, program, name }: EntryFound, locale: Locale) -> AnyView {
    let api = entry.api();
    let entry = view! { <span class="font-mono"><HostText text=entry.to_string()/></span>" "{name} };
    let list = view! { <span class="badge badge-ghost badge-sm">{words::api(api, locale)}</span> };
    hit(format!("/programs/{program}#{api}"), entry, list)
}

fn tag(tag: Tag) -> AnyView {
    hit(endpoints::query::tagged(&tag), tag.to_string(), ())
}

fn person(Person { id, login, role, .. }: Person, locale: Locale) -> AnyView {
    let role = view! { <span class="text-sm">{words::role(role, locale)}</span> };
    hit(accounts::people::page_of(id), login, role)
}

fn finding(code: Code, locale: Locale) -> AnyView {
    hit(help::page_of(code, None), title(code, locale), view! { <code class="text-sm">{code.as_str()}</code> })
}

/// One thing that was found, and how it is with it.
fn hit(href: String, name: impl IntoView + 'static, state: impl IntoView + 'static) -> AnyView {
    view! {
        <li class="row grid-cols-[minmax(0,1fr)_auto]">
            <a class="link wrap-anywhere" href=href>{name}</a>
            {state}
        </li>
    }
    .into_any()
}

/// The way to what is not shown.
enum Rest {
    /// A list holds as many.
    Listed(String),
    /// The help says more of it.
    Help(String),
    /// Looking for more of it.
    Narrow,
}

/// What was found of one kind, under its name; nothing where nothing was.
fn kind<T>(name: &'static str, found: Found<T>, rest: Rest, row: impl Fn(T) -> AnyView, locale: Locale) -> AnyView {
    let Found { first, total } = found;
    if total == 0 {
        return ().into_any();
    }
    let more = usize::try_from(total).is_ok_and(|total| total > first.len());
    let rest = more.then(|| match rest {
        Rest::Listed(href) => {
            view! { <a class="link" href=href>{td_string!(locale, common.search.all, count = total)}</a> }.into_any()
        }
        Rest::Help(href) => view! { <a class="link" href=href>{td!(locale, common.search.help)}</a> }.into_any(),
        Rest::Narrow => td_string!(locale, common.search.more).into_any(),
    });
    view! {
        <section class="panel flex flex-col gap-3">
            <h2 class="text-lg font-semibold">{name}</h2>
            <ul class="rows">{first.into_iter().map(row).collect_view()}</ul>
            {rest.map(|rest| view! { <p>{rest}</p> })}
        </section>
    }
    .into_any()
}

/// The box in the top bar. `/` and Ctrl-K lead to it from everywhere. Its form is not the router's, which reads and sends
/// whatever forms may hold: every page has this one.
#[component]
pub fn SearchBox() -> impl IntoView {
    let locale = use_locale();
    let (location, navigate) = (use_location(), use_navigate());
    let input = NodeRef::<leptos::html::Input>::new();
    let asked = move || {
        let here = location.pathname.with(|path| path == PATH);
        here.then(|| location.search.with(|search| text(search, "q"))).flatten().unwrap_or_default()
    };
    let look = move |event: SubmitEvent| {
        if let Some(input) = input.get_untracked().filter(|_| !event.default_prevented()) {
            event.prevent_default();
            navigate(&crate::query::link(PATH, [("q", Some(input.value()))]), NavigateOptions::default());
        }
    };
    #[cfg(feature = "hydrate")]
    keys::lead_to(input);
    view! {
        <form method="get" action=PATH class="search-box" role="search" aria-label=td_string!(locale, common.search.title)
            on:submit=look>
            <label class="input input-sm w-full">
                <span class="sr-only">{td!(locale, common.search.title)}</span>
                <input node_ref=input type="search" name="q" maxlength=TEXT_MOST value=untrack(asked) use:keep_up=Signal::derive(asked) autocomplete="off"
                    placeholder=td_string!(locale, common.search.title) aria-keyshortcuts="/ Control+K"/>
                <kbd class="kbd kbd-sm hidden live:md:inline-flex" aria-hidden="true">"/"</kbd>
            </label>
        </form>
    }
    .into_any()
}

#[cfg(feature = "hydrate")]
mod keys {
    use leptos::{ev, html::Input, prelude::*};
    use wasm_bindgen::JsCast as _;

    /// Moves the focus to the box, unless a `/` is being typed into something else.
    pub(super) fn lead_to(input: NodeRef<Input>) {
        let handle = window_event_listener(ev::keydown, move |event| {
            let command = (event.ctrl_key() || event.meta_key()) && event.key().eq_ignore_ascii_case("k");
            let plain = !event.ctrl_key() && !event.meta_key() && !event.alt_key();
            let slash = event.key() == "/" && plain && !types(event.target());
            if let Some(input) = input.get_untracked().filter(|_| command || slash) {
                event.prevent_default();
                let _ = input.focus();
                input.select();
            }
        });
        on_cleanup(move || handle.remove());
    }

    fn types(target: Option<web_sys::EventTarget>) -> bool {
        let element = target.and_then(|target| target.dyn_into::<web_sys::Element>().ok());
        element.is_some_and(|element| matches!(element.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT"))
    }
}

const PATH: &str = "/search";

/// Of each kind.
#[cfg(feature = "ssr")]
const SHOWN: usize = 8;

/// Of what has no list: one more tells that there are others.
#[cfg(feature = "ssr")]
const ASKED_FOR: u32 = 9;

/// Most characters that are looked for: more than the longest name has.
const TEXT_MOST: usize = 253;

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    #[test]
    fn a_finding_is_found_by_its_code_or_by_its_title_in_the_reader_s_language() {
        assert_eq!(of_codes("Chain.INCOMPLETE", Locale::en), [Code::ChainIncomplete]);
        let of_chains = of_codes("chain.", Locale::zh_CN);
        assert!(of_chains.len() > 1 && of_chains.iter().all(|code| code.as_str().starts_with("chain.")));
        for (text, locale, found) in [
            ("expired certificate", Locale::en, Some(Code::CertExpired)),
            ("已过期", Locale::zh_CN, Some(Code::CertExpired)),
            ("已过期", Locale::en, None),
            ("hsts", Locale::en, Some(Code::HttpNoHsts)),
            ("链", Locale::zh_CN, None),
            ("a", Locale::en, None),
            ("is", Locale::en, None),
            (".", Locale::en, None),
            ("chain.example.com", Locale::en, None),
        ] {
            let codes = of_codes(text, locale);
            assert_eq!(found.is_none(), codes.is_empty(), "{text}: {codes:?}");
            assert!(found.is_none_or(|code| codes.contains(&code)), "{text}: {codes:?}");
        }
    }

    #[test]
    fn one_more_than_is_shown_is_asked_for() {
        assert_eq!(usize::try_from(ASKED_FOR), Ok(SHOWN + 1));
        let found = Found::few((0..=SHOWN).collect());
        assert_eq!((found.first.len(), found.total), (SHOWN, ASKED_FOR));
    }
}
