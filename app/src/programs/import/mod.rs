//! Importing many entries at once: a text is read, what would become of the register is shown, and
//! only that is done.

pub mod api;
pub mod plan;
pub mod query;
pub mod shown;
mod words;

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_location;
use model::{
    Api,
    programs::{
        choice::Offer,
        import::{ENTRIES_MOST, Format, IMPORT_MOST, ImportError, ImportOptions, Imported, Mode},
    },
    service::DraftId,
};

use self::{
    api::{ApplyImport, ImportData, TextRead, import_page},
    plan::PlanView,
    query::{ImportQuery, PATH},
    words::{error_words, format_words},
};
use crate::{
    components::{FormError, NotShown, TextArea},
    endpoints::filters::Choice,
    error::AppError,
    i18n::*,
    layout::crumbs::{Crumbs, Section},
    preferences::use_locale,
    programs::choice::{Asked, ProgramField},
    words as common_words,
};

/// The page: what was sent is a draft that the URL names.
#[component]
pub fn ImportPage() -> impl IntoView {
    let locale = use_locale();
    let search = use_location().search;
    let query = Memo::new(move |_| search.with(|search| ImportQuery::read(search)));
    let data = Resource::new_blocking(
        move || query.with(|query| (query.draft, query.options, query.called.clone())),
        |(draft, options, called)| import_page(draft, options, called),
    );
    let apply = ServerAction::<ApplyImport>::new();
    let error = Signal::derive(move || apply.value().get().and_then(Result::err));
    // The register has changed: what would be done now is shown, and can be done.
    Effect::new(move || {
        if error.with(|error| *error == Some(AppError::Conflict)) {
            data.refetch();
        }
    });
    let done = move || query.with(|query| query.done.map(|done| view! { <Done done/> }));
    view! {
        <Title text=td_string!(locale, programs.import.title)/>
        <Crumbs section=Section::Programs here=td_string!(locale, programs.import.title)/>
        <header>
            <h1 class="page-title">{td!(locale, programs.import.title)}</h1>
            <p class="max-w-prose text-base-content/80">{td!(locale, programs.import.intro)}</p>
        </header>
        {done}
        <Transition fallback=move || view! { <p>{td!(locale, common.loading)}</p> }>
            {move || Suspend::new(async move {
                let ImportQuery { draft, options, called, problem, in_file, .. } = query.get_untracked();
                match data.await {
                    Ok(ImportData { offer, read }) => {
                        let text = read.as_ref().and_then(|read| read.text.clone());
                        let plan = read.and_then(|TextRead { plan, .. }| plan);
                        let asked = Asked { program: options.program, called };
                        let (plan, refused) = match (problem, plan) {
                            // What stands here is not what was sent.
                            (Some(problem), _) => (None, Some(problem)),
                            (None, Some(Ok(plan))) => (Some(plan), None),
                            (None, Some(Err(refused))) => (None, Some(refused)),
                            (None, None) => (None, None),
                        };
                        view! {
                            <Question offer asked options draft text refused in_file/>
                            {plan.zip(draft).map(|(plan, draft)| view! { <PlanView plan draft options apply error/> })}
                        }
                        .into_any()
                    }
                    Err(gone @ AppError::Refused(_)) => view! {
                        <FormError error=Signal::stored(Some(gone)) fields=&[]/>
                        <a class="btn btn-primary w-fit" href=PATH>{td!(locale, programs.import.again)}</a>
                    }
                    .into_any(),
                    Err(error) => view! { <NotShown error/> }.into_any(),
                }
            })}
        </Transition>
    }
}

/// What was done with the last text.
#[component]
fn Done(done: Imported) -> impl IntoView {
    let locale = use_locale();
    let Imported { registered, added, removed } = done;
    let told = td_string!(locale, programs.import.done, added = added, removed = removed, registered = registered);
    view! {
        <div class="alert alert-success flex flex-wrap items-center gap-3" role="status">
            <span>{told.to_string()}</span>
            <a class="link" href=crate::programs::query::PATH>{td!(locale, programs.import.to_list)}</a>
        </div>
    }
}

/// What to import. The browser sends it by itself: a file is more than a server function takes.
#[component]
fn Question(
    offer: Offer,
    asked: Asked,
    options: ImportOptions,
    /// The text that is shown now.
    draft: Option<DraftId>,
    /// It again, unless it is too long.
    text: Option<String>,
    /// Why nothing of it can be read.
    refused: Option<ImportError>,
    /// Whether that is said of the file.
    in_file: bool,
) -> impl IntoView {
    let locale = use_locale();
    let text_help =
        td_string!(locale, programs.import.text_help, megabytes = IMPORT_MOST / 1024 / 1024, entries = ENTRIES_MOST);
    let refused = refused.map(|error| error_words(&error, locale));
    let (of_file, refused) = if in_file { (refused, None) } else { (None, refused) };
    let described = refused.is_some().then_some("refused");
    let long = draft.is_some() && text.is_none();
    view! {
        <form method="post" action=PATH enctype="multipart/form-data" class="panel flex flex-col gap-4" id="text" aria-describedby=described>
            {refused.map(|words| view! { <p class="alert alert-error" role="alert" id="refused">{words}</p> })}
            {draft.map(|draft| view! { <input type="hidden" name="draft" value=draft.to_string()/> })}
            <label class="field">
                <span class="field-label">{td!(locale, programs.import.text)}</span>
                <TextArea name="text" rows=10 may_be_empty=true text=Signal::stored(text.unwrap_or_default())
                    placeholder=EXAMPLE/>
                <span class="field-help">{text_help.to_string()}</span>
                {long.then(|| view! { <span class="field-help font-medium">{td!(locale, programs.import.long)}</span> })}
            </label>
            <Choices offer asked options/>
            <Modes chosen=options.mode/>
            <Moves chosen=options.moves/>
            // The last: of a form that is too large, what goes before it is read.
            <FileField refused=of_file/>
            <div><button class="btn btn-primary">{td!(locale, programs.import.try_it)}</button></div>
        </form>
    }
    .into_any()
}

/// How to read it, and where what does not say so itself belongs.
#[component]
fn Choices(offer: Offer, asked: Asked, options: ImportOptions) -> impl IntoView {
    let locale = use_locale();
    let formats = Format::ALL.map(|format| (format.as_str().to_owned(), format_words(format, locale).to_owned()));
    let chosen = options.format.map(|format| format.as_str().to_owned()).unwrap_or_default();
    let lists = Api::ALL.map(|api| {
        view! { <option value=api.as_str() selected=api == options.api>{common_words::api(api, locale)}</option> }
    });
    view! {
        <div class="grid gap-4 sm:grid-cols-2 lg:grid-cols-3">
            <Choice name="format" label=td_string!(locale, programs.import.format) chosen=Signal::stored(chosen)
                none=td_string!(locale, programs.import.recognise).to_owned() options=formats.to_vec()/>
            <ProgramField offer asked=Signal::stored(asked) label=td_string!(locale, programs.import.program)
                none=td_string!(locale, programs.import.as_told).to_owned()/>
            <label class="field">
                <span class="field-label">{td!(locale, programs.import.list)}</span>
                <select class="select w-full" name="api">{lists.collect_view()}</select>
            </label>
        </div>
    }
    .into_any()
}

/// A file in place of the text.
#[component]
fn FileField(
    /// Why nothing of it can be read.
    refused: Option<String>,
) -> impl IntoView {
    let locale = use_locale();
    let wrong = refused.is_some();
    view! {
        <label class="field max-w-xl">
            <span class="field-label">{td!(locale, programs.import.file)}</span>
            <input class="file-input w-full" type="file" name="file" accept=".json,.csv,.tsv,.txt,application/json,text/csv,text/plain"
                aria-invalid=wrong.then_some("true") aria-describedby="file-error"/>
            <span class="field-help">{td!(locale, programs.import.file_help)}</span>
            <span class="field-error" id="file-error" role="alert">{refused}</span>
        </label>
    }
}

/// Whether the entries are added to those there are or take their place.
#[component]
fn Modes(chosen: Mode) -> impl IntoView {
    let locale = use_locale();
    let modes = [Mode::Add, Mode::Replace].map(|mode| {
        let (words, help) = match mode {
            Mode::Add => (td_string!(locale, programs.import.add), td_string!(locale, programs.import.add_help)),
            Mode::Replace => {
                (td_string!(locale, programs.import.replace), td_string!(locale, programs.import.replace_help))
            }
        };
        view! {
            <label class="flex items-start gap-3">
                <input type="radio" class="radio mt-0.5" name="mode" value=mode.as_str() checked=mode == chosen/>
                <span class="flex flex-col"><span class="font-medium">{words}</span><span class="field-help">{help}</span></span>
            </label>
        }
    });
    view! {
        <fieldset class="flex flex-col gap-2">
            <legend class="mb-1 font-medium">{td!(locale, programs.import.mode)}</legend>
            {modes.collect_view()}
        </fieldset>
    }
}

/// Whether lines go to the lists that their schemes belong to.
#[component]
fn Moves(chosen: bool) -> impl IntoView {
    let locale = use_locale();
    view! {
        <label class="flex items-start gap-3">
            <input type="checkbox" class="checkbox mt-0.5" name="moves" value="true" checked=chosen/>
            <span class="flex flex-col">
                <span class="font-medium">{td!(locale, programs.add.move_all)}</span>
                <span class="field-help">{td!(locale, programs.import.moves_help)}</span>
            </span>
        </label>
    }
}

/// Of each format in a word, so that nobody has to look it up.
const EXAMPLE: &str = r#"{"requestdomain":["https://api.example.com"], …}

appid,name,api,entry
wx0123456789abcdef,Shop,request,https://api.example.com

https://api.example.com"#;
