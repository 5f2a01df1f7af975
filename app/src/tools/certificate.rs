//! Certificate check: what a phone would say of certificates before they are served.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_location;
use model::{Timestamp, Verdicts, certificate::own_position, deploy::named, tools::Trusted};

use super::{
    api::{FetchMissing, Inspected, Judged, inspect_draft},
    desk::{Configuration, KeyAnswer, Reached},
    fetching::{Asked, Chain, Missing},
    found::Found,
    frame::{Frame, Tab},
    query::FileQuery,
    question::Question,
};
use crate::{
    components::FormError,
    error::AppError,
    findings::{told::Told, view::FindingList},
    i18n::*,
    preferences::use_locale,
    verdict::VerdictCards,
    wording::use_wording,
};

/// The page: what was sent is a draft that the URL names.
#[component]
pub fn CertificateCheckPage() -> impl IntoView {
    let (locale, wording) = (use_locale(), use_wording());
    let search = use_location().search;
    let query = Memo::new(move |_| search.with(|search| FileQuery::read(search)));
    let data = Resource::new_blocking(
        move || query.get(),
        move |query| async move {
            match query.draft {
                Some(draft) => inspect_draft(draft, query.fetched, query.host, wording).await.map(Some),
                None => Ok(None),
            }
        },
    );
    // It outlives its form, which is drawn anew with each answer.
    let fetch = ServerAction::<FetchMissing>::new();
    view! {
        <Title text=td_string!(locale, tools.certificate.title)/>
        <Frame open=Tab::Certificate>
            <p class="max-w-prose">{td!(locale, tools.certificate.intro)}</p>
            <Transition>
                {move || Suspend::new(async move {
                    let query = query.get_untracked();
                    let (text, found, refused) = match data.await {
                        Ok(None) => (String::new(), None, None),
                        Ok(Some(Inspected { text, answer: Ok(found) })) => (text, Some(found), None),
                        Ok(Some(Inspected { text, answer: Err(refused) })) => (text, None, Some(AppError::from(refused))),
                        Err(error @ (AppError::Request { .. } | AppError::Transport(_))) => {
                            return view! { <FormError error=Signal::stored(Some(error)) fields=&[]/> }.into_any();
                        }
                        Err(error) => (String::new(), None, Some(error)),
                    };
                    let completed = found.as_ref().and_then(Found::completed);
                    let completed_by = query.fetched.filter(|_| completed.is_some());
                    let gap = found.as_ref().and_then(Found::gap);
                    view! {
                        <Question query=query.clone() text refused completed_by gap/>
                        {found.map(|found| view! { <Judgement found query fetch/> })}
                    }
                    .into_any()
                })}
            </Transition>
        </Frame>
    }
}

/// What a phone would say, and what is told beside that.
#[component]
fn Judgement(
    found: Found,
    /// What was asked for.
    query: FileQuery,
    /// Fetches what is missing.
    fetch: ServerAction<FetchMissing>,
) -> impl IntoView {
    let FileQuery { draft, host, key, .. } = query;
    let asked = draft.filter(|_| found.can_fetch());
    let asked = asked.map(|draft| Asked { draft, host: host.clone(), key });
    let fetched = found.supplement().and_then(|supplement| supplement.facts.clone());
    let is_completed = found.completed().is_some();
    let Found { judged, reach, supplemented, now, .. } = found;
    let Judged { chain, trust, findings, platforms, trusted, compliance_findings, .. } = judged;
    let site = chain.get(own_position(&chain)).and_then(|own| named(&host, own));
    let missing = view! { <Missing supplemented asked fetch/> }.into_any();
    // What completes the file comes before what is said of the file alone.
    let (above, below) = if is_completed { (Some(missing), None) } else { (None, Some(missing)) };
    view! {
        {above}
        {key.map(|key| view! { <KeyAnswer key/> })}
        <Answer findings platforms trusted compliance_findings now/>
        <Chain chain trust fetched now/>
        {below}
        {reach.map(|reach| view! { <Reached reach/> })}
        {site.map(|site| view! { <Configuration site/> })}
    }
    .into_any()
}

#[component]
fn Answer(
    findings: Vec<Told>,
    platforms: Verdicts,
    trusted: Trusted,
    compliance_findings: usize,
    now: Timestamp,
) -> impl IntoView {
    let locale = use_locale();
    view! {
        <section class="panel flex flex-col gap-3" aria-labelledby="answer" data-answer="">
            <h2 class="text-lg font-semibold" id="answer">{td!(locale, tools.certificate.answer)}</h2>
            <TwoAnswers trusted count=compliance_findings/>
            <VerdictCards verdicts=platforms/>
            <FindingList findings now/>
        </section>
    }
    .into_any()
}

/// Whether phones trust it, and whether it is made by the rules: one does not follow from the other.
#[component]
fn TwoAnswers(
    trusted: Trusted,
    /// How many findings there are of compliance.
    count: usize,
) -> impl IntoView {
    let locale = use_locale();
    let is_trusted = trusted == Trusted::Yes;
    let trust = match trusted {
        Trusted::Yes => td_string!(locale, tools.certificate.trusted.yes),
        Trusted::PathAlone => td_string!(locale, tools.certificate.trusted.path_alone),
        Trusted::No => td_string!(locale, tools.certificate.trusted.no),
    };
    let compliance = match count {
        0 => td_string!(locale, tools.certificate.compliance.none).to_owned(),
        count => td_string!(locale, tools.certificate.compliance.some, count = count).to_string(),
    };
    view! {
        <dl class="grid grid-cols-[max-content_1fr] gap-x-4 gap-y-1">
            <dt class="font-semibold">{td!(locale, tools.certificate.trusted.label)}</dt>
            <dd data-trusted=is_trusted.to_string()>{trust}</dd>
            <dt class="font-semibold">{td!(locale, tools.certificate.compliance.label)}</dt>
            <dd data-compliance-findings=count.to_string()>{compliance}</dd>
        </dl>
    }
    .into_any()
}
