//! The form with certificates to judge, or to have back as files. The browser sends it by itself: a file is more than a
//! server function takes.

use leptos::prelude::*;
use model::{
    service::{DraftId, Field, Problem, ServiceError},
    tools::Given,
};

use super::{
    found::Gap,
    query::{CERTIFICATE_PATH, FETCHED, FileQuery, Part, SHOWN, wanted},
    words,
};
use crate::{
    components::{FieldError, FormError, TextArea, error_id},
    error::{AppError, problem_words},
    i18n::*,
    preferences::use_locale,
    words::join,
};

/// What to judge.
#[component]
pub fn Question(
    /// What was asked for.
    query: FileQuery,
    /// What was sent, without keys.
    text: String,
    /// Why what was kept cannot be judged.
    refused: Option<AppError>,
    /// What was fetched for the certificates, where that completes them.
    completed_by: Option<DraftId>,
    /// What is missing from them all the same.
    gap: Option<Gap>,
) -> impl IntoView {
    let locale = use_locale();
    let Said { host: about_host, text: about_text, file, key, password, error } = Said::of(&query, refused, locale);
    let about_text = Signal::stored(about_text);
    let shown = query.shown();
    let FileQuery { host, alias, .. } = query;
    view! {
        <FormError error=Signal::stored(error) fields=&[Field::CertificateFile, Field::Host]/>
        <form method="post" action=CERTIFICATE_PATH enctype="multipart/form-data" class="panel flex flex-col gap-4">
            // First, for after a file that is larger than what is read nothing is.
            <HostInput host problem=about_host/>
            {shown.map(|shown| view! { <input type="hidden" name=SHOWN value=shown.to_string()/> })}
            {completed_by.map(|fetched| view! { <input type="hidden" name=FETCHED value=fetched.to_string()/> })}
            <label class="field">
                <span class="field-label">{td!(locale, tools.certificate.pem)}</span>
                <TextArea name="pem" rows=8 may_be_empty=true text=Signal::stored(text) problem=about_text
                    placeholder="-----BEGIN CERTIFICATE-----"/>
                <span class="field-help">{td!(locale, tools.certificate.pem_help)}</span>
                <FieldError name="pem" problem=about_text/>
            </label>
            <Files alias file key password/>
            <div><button class="btn btn-primary">{td!(locale, tools.certificate.submit)}</button></div>
            <Give is_completed=completed_by.is_some() gap/>
        </form>
    }
    .into_any()
}

/// What is said beside the fields.
struct Said {
    host: Option<String>,
    text: Option<String>,
    file: Option<String>,
    key: Option<String>,
    password: Option<String>,
    /// All of it, and what is of no field.
    error: Option<AppError>,
}

impl Said {
    fn of(query: &FileQuery, refused: Option<AppError>, locale: Locale) -> Self {
        let of_part = |of: Part| {
            let (_, why) = query.problem.filter(|(part, _)| *part == of)?;
            let said = problem_words(Field::CertificateFile, &Problem::NoCertificates(why), locale);
            Some(if query.names.is_empty() { said } else { format!("{said} {}", join(&query.names, locale)) })
        };
        let [text, file, key, password] = [Part::Text, Part::File, Part::Key, Part::Password].map(of_part);
        let error = refused.or_else(|| unkept(query).map(AppError::from));
        let of_field = |field| Some(problem_words(field, &error.as_ref()?.problem(field)?, locale));
        let host = of_field(Field::Host);
        // What was judged is the text; what was not even kept may be another part.
        let text = text.or_else(|| of_field(Field::CertificateFile).filter(|_| query.problem.is_none()));
        Self { host, text, file, key, password, error }
    }
}

/// What is wrong with what was not even kept: it was not judged for a host either.
fn unkept(query: &FileQuery) -> Option<ServiceError> {
    let (_, why) = query.problem?;
    let of_file = ServiceError::invalid(Field::CertificateFile, Problem::NoCertificates(why));
    Some(match wanted(&query.host) {
        Ok(_) => of_file,
        Err(of_host) => of_file.and(of_host),
    })
}

#[component]
fn HostInput(host: String, problem: Option<String>) -> impl IntoView {
    let locale = use_locale();
    view! {
        <label class="field">
            <span class="field-label">{td!(locale, tools.certificate.host)}</span>
            <input class="input w-full" name="host" value=host autocomplete="off" placeholder="api.example.com"
                aria-invalid=problem.is_some().then_some("true") aria-describedby="host-error"/>
            <span class="field-help">{td!(locale, tools.certificate.host_help)}</span>
            <span class="field-error" id="host-error" role="alert">{problem}</span>
        </label>
    }
    .into_any()
}

/// Files, and what opens them; each with what is wrong with it.
#[component]
fn Files(
    /// The name of a key, as typed.
    alias: String,
    file: Option<String>,
    key: Option<String>,
    password: Option<String>,
) -> impl IntoView {
    let locale = use_locale();
    view! {
        <div class="grid gap-4 md:grid-cols-2">
            <FileInput name="file" label=td_string!(locale, tools.certificate.file)
                help=td_string!(locale, tools.certificate.file_help)
                accept=".pem,.crt,.cer,.der,.txt,.p7b,.p7c,.p12,.pfx,.jks,.keystore" problem=file/>
            <FileInput name="key" label=td_string!(locale, tools.certificate.key)
                help=td_string!(locale, tools.certificate.key_help) accept=".pem,.key,.der,.txt" problem=key/>
            <label class="field">
                <span class="field-label">{td!(locale, tools.certificate.password)}</span>
                <input class="input w-full" type="password" name="password" autocomplete="new-password" maxlength="300"
                    aria-invalid=password.is_some().then_some("true") aria-describedby="password-error"/>
                <span class="field-help">{td!(locale, tools.certificate.password_help)}</span>
                <span class="field-error" id="password-error" role="alert">{password}</span>
            </label>
            <label class="field">
                <span class="field-label">{td!(locale, tools.certificate.alias)}</span>
                <input class="input w-full" name="alias" value=alias autocomplete="off" maxlength="100"/>
                <span class="field-help">{td!(locale, tools.certificate.alias_help)}</span>
            </label>
        </div>
    }
    .into_any()
}

/// A file to choose, and what is wrong with the one that was chosen. Where the form is drawn with another query, what is
/// typed stays and what is chosen is set back (`ask_before_loss.js`).
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
            <input class="file-input w-full" type="file" name=name accept=accept data-set-back=""
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
    /// What the files will lack.
    gap: Option<Gap>,
) -> impl IntoView {
    let locale = use_locale();
    let button = |format: Given| {
        view! {
            <button class="btn btn-sm" formaction=format!("{CERTIFICATE_PATH}/{}", format.as_str())>
                {words::given(format, locale)}
            </button>
        }
    };
    let lacking = gap.map(|gap| match gap {
        Gap::Offered => td_string!(locale, tools.certificate.give.incomplete_offered),
        Gap::Open => td_string!(locale, tools.certificate.give.incomplete),
    });
    view! {
        <fieldset class="flex flex-col gap-2">
            <legend class="field-label">{td!(locale, tools.certificate.give.title)}</legend>
            <div class="flex flex-wrap gap-2">{Given::ALL.map(button).into_iter().collect_view()}</div>
            <span class="field-help">{td!(locale, tools.certificate.give.help)}</span>
            {is_completed.then(|| view! {
                <span class="field-help" data-completes="">{td!(locale, tools.certificate.give.completed)}</span>
            })}
            {lacking.map(|said| view! {
                <p class="alert alert-warning max-w-prose" data-incomplete="">{said}</p>
            })}
        </fieldset>
    }
    .into_any()
}
