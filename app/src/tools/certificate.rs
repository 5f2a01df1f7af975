//! Certificate check: what a phone would say of certificates before they are served.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_location;
use model::{
    Timestamp,
    service::{Field, Problem, ServiceError},
    tools::{Inspection, NoCertificates},
};

use super::{
    api::{Inspected, inspect_draft},
    frame::{Frame, Tab},
    query::{CERTIFICATE_PATH, FileQuery, Part},
};
use crate::{
    chain::ChainDrawing,
    components::{FieldError, FormError, TextArea},
    error::{AppError, problem_words},
    findings::view::FindingList,
    i18n::*,
    preferences::use_locale,
    verdict::VerdictCards,
};

/// The page: what was sent is a draft that the URL names.
#[component]
pub fn CertificateCheckPage() -> impl IntoView {
    let locale = use_locale();
    let search = use_location().search;
    let query = Memo::new(move |_| search.with(|search| FileQuery::read(search)));
    let data = Resource::new_blocking(
        move || query.get(),
        |query| async move {
            match query.draft {
                Some(draft) => inspect_draft(draft, query.host).await.map(Some),
                None => Ok(None),
            }
        },
    );
    view! {
        <Title text=td_string!(locale, tools.certificate.title)/>
        <Frame open=Tab::Certificate>
            <p class="max-w-prose">{td!(locale, tools.certificate.intro)}</p>
            <Transition>
                {move || Suspend::new(async move {
                    let FileQuery { host, problem, .. } = query.get_untracked();
                    let (text, answer) = match data.await {
                        Ok(None) => (String::new(), None),
                        Ok(Some(Inspected { text, answer, now })) => (text, Some(answer.map(|found| (found, now)))),
                        Err(AppError::Service(error)) => (String::new(), Some(Err(error))),
                        Err(error) => return view! { <FormError error=Signal::stored(Some(error)) fields=&[]/> }.into_any(),
                    };
                    let refused = answer.as_ref().and_then(|answer| answer.as_ref().err().cloned());
                    let found = answer.and_then(Result::ok);
                    view! {
                        <Question host text refused problem/>
                        {found.map(|(inspection, now)| view! { <Answer inspection now/> })}
                    }
                    .into_any()
                })}
            </Transition>
        </Frame>
    }
}

/// What to judge. The browser sends it by itself: a file is more than a server function takes.
#[component]
fn Question(
    host: String,
    text: String,
    /// Why what was kept cannot be judged.
    refused: Option<ServiceError>,
    /// Why what was sent was not even kept.
    problem: Option<(Part, NoCertificates)>,
) -> impl IntoView {
    let locale = use_locale();
    let problem = problem.map(|(part, why)| (part, Problem::NoCertificates(why)));
    let said_of = |of| {
        let problem = problem.as_ref().filter(|(part, _)| *part == of);
        problem.map(|(_, problem)| problem_words(Field::CertificateFile, problem, locale))
    };
    let (of_text, of_file) = (said_of(Part::Text), said_of(Part::File));
    let wrong_file = of_file.is_some();
    let refused =
        refused.or_else(|| problem.map(|(_, problem)| ServiceError::invalid(Field::CertificateFile, problem)));
    let error = refused.map(AppError::from);
    let beside = |field| {
        let problem = error.as_ref().and_then(|error| error.problem(field));
        problem.map(|problem| problem_words(field, problem, locale))
    };
    let about_text = Signal::stored(of_text.or_else(|| beside(Field::CertificateFile).filter(|_| !wrong_file)));
    let about_host = beside(Field::Host);
    let wrong_host = about_host.is_some();
    view! {
        <FormError error=Signal::stored(error) fields=&[Field::CertificateFile, Field::Host]/>
        <form method="post" action=CERTIFICATE_PATH enctype="multipart/form-data" class="panel flex flex-col gap-4">
            <label class="field">
                <span class="field-label">{td!(locale, tools.certificate.pem)}</span>
                <TextArea name="pem" rows=8 may_be_empty=true text=Signal::stored(text) problem=about_text
                    placeholder="-----BEGIN CERTIFICATE-----"/>
                <span class="field-help">{td!(locale, tools.certificate.pem_help)}</span>
                <FieldError name="pem" problem=about_text/>
            </label>
            <div class="grid gap-4 md:grid-cols-2">
                // The file last: beyond the size that is read, nothing after it is.
                <label class="field">
                    <span class="field-label">{td!(locale, tools.certificate.host)}</span>
                    <input class="input w-full" name="host" value=host autocomplete="off" placeholder="api.example.com"
                        aria-invalid=wrong_host.then_some("true") aria-describedby="host-error"/>
                    <span class="field-help">{td!(locale, tools.certificate.host_help)}</span>
                    <span class="field-error" id="host-error" role="alert">{about_host}</span>
                </label>
                <label class="field">
                    <span class="field-label">{td!(locale, tools.certificate.file)}</span>
                    <input class="file-input w-full" type="file" name="file" accept=".pem,.crt,.cer,.der,.txt"
                        aria-invalid=wrong_file.then_some("true") aria-describedby="file-error"/>
                    <span class="field-help">{td!(locale, tools.certificate.file_help)}</span>
                    <span class="field-error" id="file-error" role="alert">{of_file}</span>
                </label>
            </div>
            <div><button class="btn btn-primary">{td!(locale, tools.certificate.submit)}</button></div>
        </form>
    }
    .into_any()
}

#[component]
fn Answer(inspection: Inspection, now: Timestamp) -> impl IntoView {
    let locale = use_locale();
    let Inspection { chain, trust, findings, platforms } = inspection;
    view! {
        <section class="panel flex flex-col gap-3" aria-labelledby="answer" data-answer="">
            <h2 class="text-lg font-semibold" id="answer">{td!(locale, tools.certificate.answer)}</h2>
            <VerdictCards verdicts=platforms/>
            <FindingList findings now/>
        </section>
        <section class="panel flex flex-col gap-3">
            <h2 class="text-lg font-semibold">{td!(locale, tools.certificate.chain)}</h2>
            <ChainDrawing chain trust now/>
        </section>
    }
    .into_any()
}
