//! What certificates lack: fetched when somebody asks for it, kept beside them, and told apart from what was sent.

use leptos::prelude::*;
use model::{
    Certificate, Timestamp,
    drafts::DRAFTS_MOST,
    fetched::{FetchEnd, FetchTried, Fetched},
    service::{DraftId, Field, Problem, ServiceError},
    tools::KeyMatch,
    trust::Trust,
};

use super::api::{FetchMissing, MISSING, Supplemented};
use crate::{
    chain::{ChainDrawing, source::Source},
    components::{FormError, waits},
    error::AppError,
    i18n::*,
    preferences::use_locale,
    verdict::VerdictCards,
    words::connection::fetch_failure,
};

/// What is asked for again with what was fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The certificates.
    pub draft: DraftId,
    /// The host that they are for, as typed.
    pub host: String,
    /// Whether the private key beside them was theirs.
    pub key: Option<KeyMatch>,
}

/// The chain of a file, and what was fetched in the place of what is missing.
#[component]
pub fn Chain(
    /// The certificates of the file alone.
    chain: Vec<Certificate>,
    /// What the stores say of them.
    trust: Trust,
    /// What was fetched for it.
    fetched: Option<Fetched>,
    /// The server's time when it answered.
    now: Timestamp,
) -> impl IntoView {
    let locale = use_locale();
    view! {
        <section class="panel flex flex-col gap-3">
            <h2 class="text-lg font-semibold">{td!(locale, tools.certificate.chain)}</h2>
            <ChainDrawing source=Source::File chain trust fetched now/>
        </section>
    }
    .into_any()
}

/// What came of fetching what is missing, and the way to have it fetched.
#[component]
pub fn Missing(
    /// What was fetched for them, or why that is not there any more.
    supplemented: Result<Option<Supplemented>, ServiceError>,
    /// What there is to fetch for; none where nothing is, or whoever looks may not.
    asked: Option<Asked>,
    /// Fetches it.
    fetch: ServerAction<FetchMissing>,
) -> impl IntoView {
    let locale = use_locale();
    let (supplemented, lost) = match supplemented {
        Ok(supplemented) => (supplemented, None),
        Err(error) => (None, Some(lost_words(error, locale))),
    };
    let was_tried = supplemented.is_some();
    let told = was_tried || lost.is_some() || asked.is_some();
    told.then(|| {
        view! {
            <section class="panel flex flex-col gap-3" id=MISSING>
                <h2 class="text-lg font-semibold">{td!(locale, tools.certificate.missing.title)}</h2>
                {lost.map(|lost| view! { <p class="alert alert-error" role="alert">{lost}</p> })}
                {supplemented.map(|supplemented| view! { <Outcome supplemented/> })}
                {asked.map(|asked| view! { <Offer asked fetch is_second=was_tried/> })}
            </section>
        }
    })
    .into_any()
}

/// The form that has it fetched.
#[component]
fn Offer(
    asked: Asked,
    fetch: ServerAction<FetchMissing>,
    /// Whether that has failed before.
    is_second: bool,
) -> impl IntoView {
    let locale = use_locale();
    let Asked { draft, host, key } = asked;
    let error: Signal<Option<AppError>> = Signal::derive(move || fetch.value().get().and_then(Result::err));
    let submit = match is_second {
        true => td_string!(locale, tools.certificate.missing.again),
        false => td_string!(locale, tools.certificate.missing.submit),
    };
    view! {
        <p class="max-w-prose">{td!(locale, tools.certificate.missing.help)}</p>
        <FormError error fields=&[]/>
        <ActionForm action=fetch>
            <input type="hidden" name="draft" value=draft.to_string()/>
            <input type="hidden" name="host" value=host/>
            <input type="hidden" name="key" value=key.map(KeyMatch::as_str).unwrap_or_default()/>
            <button class="btn btn-primary btn-sm" aria-disabled=waits(fetch.pending())>{submit}</button>
        </ActionForm>
    }
    .into_any()
}

/// Where fetching led, address by address where to nothing, and what a phone would say of what it completed.
#[component]
fn Outcome(supplemented: Supplemented) -> impl IntoView {
    let locale = use_locale();
    let Supplemented { facts, completed } = supplemented;
    let root = completed.as_ref().and_then(|completed| root_of(&completed.trust)).map(str::to_owned);
    let (class, said) = match &facts {
        Some(Fetched { end: FetchEnd::Whole { .. }, .. }) => ("alert alert-success", whole(root.as_deref(), locale)),
        Some(Fetched { end: FetchEnd::UnknownRoot { root }, .. }) => (
            "alert alert-error",
            td_string!(locale, tools.certificate.missing.unknown_root, root = root.subject.as_str()),
        ),
        Some(Fetched { end: FetchEnd::Nothing { failure }, .. }) => {
            let why = fetch_failure(failure, locale);
            ("alert alert-error", td_string!(locale, tools.certificate.missing.failed, why = why))
        }
        None => ("alert alert-warning", td_string!(locale, tools.certificate.missing.nothing).to_owned()),
    };
    let led_to = facts.as_ref().map_or("nothing_to_fetch", |facts| word(&facts.end));
    let tried = facts.map(|facts| facts.tried).unwrap_or_default();
    view! {
        <div class=format!("{class} wrap-anywhere") role="status" data-led-to=led_to><p>{said}</p></div>
        {(!tried.is_empty()).then(|| view! { <Tried tried/> })}
        {completed.map(|completed| view! {
            <p class="font-semibold">{td!(locale, tools.certificate.missing.completed)}</p>
            <div data-completed=""><VerdictCards verdicts=completed.platforms/></div>
        })}
    }
    .into_any()
}

#[component]
fn Tried(tried: Vec<FetchTried>) -> impl IntoView {
    let locale = use_locale();
    let line = |FetchTried { url, failure }: FetchTried| {
        let why = fetch_failure(&failure, locale);
        view! { <li class="wrap-anywhere" data-tried="">{url} ": " {why}</li> }
    };
    view! {
        <p class="font-semibold">{td!(locale, tools.certificate.missing.tried)}</p>
        <ul class="list-inside list-disc">{tried.into_iter().map(line).collect_view()}</ul>
    }
    .into_any()
}

/// Nobody typed what was fetched.
fn lost_words(error: ServiceError, locale: Locale) -> String {
    let error = AppError::from(error);
    match error.problem(Field::Draft) {
        Some(Problem::Gone) => td_string!(locale, tools.certificate.missing.gone, most = DRAFTS_MOST),
        _ => error.words(locale),
    }
}

/// The root that the first path leads to.
fn root_of(trust: &Trust) -> Option<&str> {
    let path = trust.stores.iter().find_map(|answer| answer.path.as_deref().ok())?;
    path.last().map(|root| root.subject.as_str())
}

/// Where there is no path all the same, the chain is whole and something else is wrong with it.
fn whole(root: Option<&str>, locale: Locale) -> String {
    match root {
        Some(root) => td_string!(locale, tools.certificate.missing.whole, root = root),
        None => td_string!(locale, tools.certificate.missing.whole_with_defect).to_owned(),
    }
}

const fn word(end: &FetchEnd) -> &'static str {
    match end {
        FetchEnd::Whole { .. } => "whole",
        FetchEnd::UnknownRoot { .. } => "unknown_root",
        FetchEnd::Nothing { .. } => "nothing",
    }
}
