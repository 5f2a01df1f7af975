//! Certificate check: what a phone would say of certificates before they are served.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_location;
use model::{
    Timestamp, Verdicts,
    certificate::own_position,
    deploy::named,
    service::{DraftId, Field, Problem, ServiceError},
    tools::{Given, NoCertificates},
};

use super::{
    api::{FetchMissing, Inspected, Judged, inspect_draft},
    desk::{Configuration, KeyAnswer, Reached},
    fetching::{Asked, Chain, Missing},
    frame::{Frame, Tab},
    query::{CERTIFICATE_PATH, FETCHED, FileQuery, Part, SHOWN, wanted},
    words,
};
use crate::{
    components::{FieldError, FormError, TextArea, error_id},
    error::{AppError, problem_words},
    findings::{told::Told, view::FindingList},
    i18n::*,
    preferences::use_locale,
    verdict::VerdictCards,
    words::join,
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
                Some(draft) => inspect_draft(draft, query.fetched, query.host).await.map(Some),
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
                    let FileQuery { draft, fetched, host, alias, problem, key, is_answered, names } = query.get_untracked();
                    let (text, answer) = match data.await {
                        Ok(None) => (String::new(), None),
                        Ok(Some(inspected)) => {
                            let Inspected { text, answer, reach, supplemented, may_fetch, now } = inspected;
                            (text, Some(answer.map(|found| (found, reach, supplemented, may_fetch, now))))
                        }
                        Err(AppError::Service(error)) => (String::new(), Some(Err(error))),
                        Err(error) => return view! { <FormError error=Signal::stored(Some(error)) fields=&[]/> }.into_any(),
                    };
                    let refused = answer.as_ref().and_then(|answer| answer.as_ref().err().cloned());
                    let found = answer.and_then(Result::ok);
                    let of = host.clone();
                    let completed_by = fetched.filter(|_| {
                        let told = found.as_ref().and_then(|(_, _, supplemented, ..)| supplemented.as_ref().ok()?.as_ref());
                        told.is_some_and(|told| told.completed.is_some())
                    });
                    let incomplete = found.as_ref().is_some_and(|(judged, _, supplemented, ..)| {
                        let told = supplemented.as_ref().ok().and_then(Option::as_ref);
                        let completed = told.and_then(|told| told.completed.as_ref());
                        completed.map_or(judged.is_incomplete, |completed| completed.is_incomplete)
                    });
                    // Good or bad: what has its answer does not stand in the way of a file that is chosen next.
                    let shown = draft.filter(|_| problem.is_none() || is_answered);
                    view! {
                        <Question host alias text shown refused problem names completed_by incomplete/>
                        {found.map(|(judged, reach, supplemented, may_fetch, now)| {
                            let Judged { chain, trust, findings, platforms, is_trusted, compliance_findings, can_be_fetched, .. } = judged;
                            let own = chain.get(own_position(&chain)).cloned();
                            let asked = draft.filter(|_| may_fetch);
                            let asked = asked.map(|draft| Asked { draft, host: of.clone(), key });
                            let told = supplemented.as_ref().ok().and_then(Option::as_ref);
                            let fetched = told.and_then(|told| told.facts.clone());
                            // What completes the file comes before what is said of the file alone.
                            let is_first = told.is_some_and(|told| told.completed.is_some());
                            let missing = view! { <Missing can_be_fetched supplemented asked fetch/> }.into_any();
                            let (above, below) = if is_first { (Some(missing), None) } else { (None, Some(missing)) };
                            view! {
                                {above}
                                {key.map(|key| view! { <KeyAnswer key/> })}
                                <Answer findings platforms is_trusted compliance_findings now/>
                                <Chain chain trust fetched now/>
                                {below}
                                {reach.map(|reach| view! { <Reached reach/> })}
                                {own.and_then(|own| named(&of, &own)).map(|site| view! { <Configuration site/> })}
                            }
                        })}
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
    alias: String,
    text: String,
    /// The draft that holds the text, where that has its answer.
    shown: Option<DraftId>,
    /// Why what was kept cannot be judged.
    refused: Option<ServiceError>,
    /// Why what was sent was not even kept.
    problem: Option<(Part, NoCertificates)>,
    /// Between which keys there is to choose.
    names: Vec<String>,
    /// What was fetched for the certificates, where that completes them.
    completed_by: Option<DraftId>,
    /// Whether something is missing from what was judged all the same.
    incomplete: bool,
) -> impl IntoView {
    let locale = use_locale();
    let problem = problem.map(|(part, why)| (part, Problem::NoCertificates(why)));
    let said_of = |of| {
        let problem = problem.as_ref().filter(|(part, _)| *part == of);
        let said = problem.map(|(_, problem)| problem_words(Field::CertificateFile, problem, locale))?;
        Some(if names.is_empty() { said } else { format!("{said} {}", join(&names, locale)) })
    };
    let [of_text, of_file, of_key, of_password] = [Part::Text, Part::File, Part::Key, Part::Password].map(said_of);
    let elsewhere = [&of_file, &of_key, &of_password].iter().any(|said| said.is_some());
    // What was not even kept was not judged for a host.
    let unkept = problem.map(|(_, problem)| {
        let of_file = ServiceError::invalid(Field::CertificateFile, problem);
        match wanted(&host) {
            Ok(_) => of_file,
            Err(of_host) => of_file.and(of_host),
        }
    });
    let refused = refused.or(unkept);
    let error = refused.map(AppError::from);
    let beside = |field| {
        let problem = error.as_ref().and_then(|error| error.problem(field));
        problem.map(|problem| problem_words(field, problem, locale))
    };
    let about_text = Signal::stored(of_text.or_else(|| beside(Field::CertificateFile).filter(|_| !elsewhere)));
    let about_host = beside(Field::Host);
    let wrong_host = about_host.is_some();
    view! {
        <FormError error=Signal::stored(error) fields=&[Field::CertificateFile, Field::Host]/>
        <form method="post" action=CERTIFICATE_PATH enctype="multipart/form-data" class="panel flex flex-col gap-4">
            // First, for after a file that is larger than what is read nothing is.
            <label class="field">
                <span class="field-label">{td!(locale, tools.certificate.host)}</span>
                <input class="input w-full" name="host" value=host autocomplete="off" placeholder="api.example.com"
                    aria-invalid=wrong_host.then_some("true") aria-describedby="host-error"/>
                <span class="field-help">{td!(locale, tools.certificate.host_help)}</span>
                <span class="field-error" id="host-error" role="alert">{about_host}</span>
            </label>
            {shown.map(|shown| view! { <input type="hidden" name=SHOWN value=shown.to_string()/> })}
            {completed_by.map(|fetched| view! { <input type="hidden" name=FETCHED value=fetched.to_string()/> })}
            <label class="field">
                <span class="field-label">{td!(locale, tools.certificate.pem)}</span>
                <TextArea name="pem" rows=8 may_be_empty=true text=Signal::stored(text) problem=about_text
                    placeholder="-----BEGIN CERTIFICATE-----"/>
                <span class="field-help">{td!(locale, tools.certificate.pem_help)}</span>
                <FieldError name="pem" problem=about_text/>
            </label>
            <div class="grid gap-4 md:grid-cols-2">
                <FileInput name="file" label=td_string!(locale, tools.certificate.file)
                    help=td_string!(locale, tools.certificate.file_help)
                    accept=".pem,.crt,.cer,.der,.txt,.p7b,.p7c,.p12,.pfx,.jks,.keystore" problem=of_file/>
                <FileInput name="key" label=td_string!(locale, tools.certificate.key)
                    help=td_string!(locale, tools.certificate.key_help) accept=".pem,.key,.der,.txt" problem=of_key/>
                <label class="field">
                    <span class="field-label">{td!(locale, tools.certificate.password)}</span>
                    <input class="input w-full" type="password" name="password" autocomplete="new-password" maxlength="300"
                        aria-invalid=of_password.is_some().then_some("true") aria-describedby="password-error"/>
                    <span class="field-help">{td!(locale, tools.certificate.password_help)}</span>
                    <span class="field-error" id="password-error" role="alert">{of_password}</span>
                </label>
                <label class="field">
                    <span class="field-label">{td!(locale, tools.certificate.alias)}</span>
                    <input class="input w-full" name="alias" value=alias autocomplete="off" maxlength="100"/>
                    <span class="field-help">{td!(locale, tools.certificate.alias_help)}</span>
                </label>
            </div>
            <div><button class="btn btn-primary">{td!(locale, tools.certificate.submit)}</button></div>
            <Give is_completed=completed_by.is_some() incomplete/>
        </form>
    }
    .into_any()
}

/// A file to choose, and what is wrong with the one that was chosen.
#[component]
fn FileInput(
    name: &'static str,
    label: &'static str,
    help: &'static str,
    accept: &'static str,
    problem: Option<String>,
) -> impl IntoView {
    view! {
        <label class="field">
            <span class="field-label">{label}</span>
            <input class="file-input w-full" type="file" name=name accept=accept
                aria-invalid=problem.is_some().then_some("true") aria-describedby=error_id(name)/>
            <span class="field-help">{help}</span>
            <span class="field-error" id=error_id(name) role="alert">{problem}</span>
        </label>
    }
    .into_any()
}

/// What the same form gives back instead of judging it.
#[component]
fn Give(
    /// Whether something that was fetched is put into the files.
    is_completed: bool,
    /// Whether the files will lack an issuer.
    incomplete: bool,
) -> impl IntoView {
    let locale = use_locale();
    let button = |format: Given| {
        view! {
            <button class="btn btn-sm" formaction=format!("{CERTIFICATE_PATH}/{}", format.as_str())>
                {words::given(format, locale)}
            </button>
        }
    };
    view! {
        <fieldset class="flex flex-col gap-2">
            <legend class="field-label">{td!(locale, tools.certificate.give.title)}</legend>
            <div class="flex flex-wrap gap-2">{Given::ALL.map(button).into_iter().collect_view()}</div>
            <span class="field-help">{td!(locale, tools.certificate.give.help)}</span>
            {is_completed.then(|| view! {
                <span class="field-help" data-completes="">{td!(locale, tools.certificate.give.completed)}</span>
            })}
            {incomplete.then(|| view! {
                <p class="alert alert-warning max-w-prose" data-incomplete="">{td!(locale, tools.certificate.give.incomplete)}</p>
            })}
        </fieldset>
    }
    .into_any()
}

#[component]
fn Answer(
    findings: Vec<Told>,
    platforms: Verdicts,
    is_trusted: bool,
    compliance_findings: usize,
    now: Timestamp,
) -> impl IntoView {
    let locale = use_locale();
    view! {
        <section class="panel flex flex-col gap-3" aria-labelledby="answer" data-answer="">
            <h2 class="text-lg font-semibold" id="answer">{td!(locale, tools.certificate.answer)}</h2>
            <TwoAnswers trusted=is_trusted count=compliance_findings/>
            <VerdictCards verdicts=platforms/>
            <FindingList findings now/>
        </section>
    }
    .into_any()
}

/// Whether phones trust it, and whether it is made by the rules: one does not follow from the other.
#[component]
fn TwoAnswers(
    trusted: bool,
    /// How many findings there are of compliance.
    count: usize,
) -> impl IntoView {
    let locale = use_locale();
    let trust = move || match trusted {
        true => td_string!(locale, tools.certificate.trusted.yes),
        false => td_string!(locale, tools.certificate.trusted.no),
    };
    let compliance = move || match count {
        0 => td_string!(locale, tools.certificate.compliance.none).to_owned(),
        count => td_string!(locale, tools.certificate.compliance.some, count = count).to_string(),
    };
    view! {
        <dl class="grid grid-cols-[max-content_1fr] gap-x-4 gap-y-1">
            <dt class="font-semibold">{td!(locale, tools.certificate.trusted.label)}</dt>
            <dd data-trusted=trusted.to_string()>{trust}</dd>
            <dt class="font-semibold">{td!(locale, tools.certificate.compliance.label)}</dt>
            <dd data-compliance-findings=count.to_string()>{compliance}</dd>
        </dl>
    }
    .into_any()
}
