//! Small parts that several pages share.

use leptos::prelude::*;
use model::service::Field;

use crate::{
    error::{AppError, problem_words},
    i18n::*,
};

/// A labelled input with the answer to a wrong value right beside it.
#[component]
pub fn TextField(
    /// Name in the form.
    name: &'static str,
    /// Which field of the service an error is about.
    field: Field,
    /// What to fill in.
    #[prop(into)]
    label: Signal<String>,
    /// The last answer of the server.
    #[prop(into)]
    error: Signal<Option<AppError>>,
    /// `text`, `password`, …
    #[prop(default = "text")]
    kind: &'static str,
    /// What the browser may fill in by itself (HTML `autocomplete`).
    #[prop(default = "off")]
    autocomplete: &'static str,
    /// A hint under the input.
    #[prop(optional, into)]
    help: Option<Signal<String>>,
    /// The value to start with.
    #[prop(optional, into)]
    value: Option<String>,
) -> impl IntoView {
    let i18n = use_i18n();
    let problem = Memo::new(move |_| {
        error.with(|error| {
            let problem = error.as_ref()?.problem(field)?;
            Some(problem_words(field, problem, i18n.get_locale()))
        })
    });
    let error_id = format!("{name}-error");
    let described_by = error_id.clone();
    view! {
        <label class="field">
            <span class="field-label">{label}</span>
            <input
                class="input"
                class:input-error=move || problem.with(Option::is_some)
                type=kind
                name=name
                value=value
                autocomplete=autocomplete
                required
                aria-invalid=move || problem.with(Option::is_some).then_some("true")
                aria-describedby=described_by
            />
            {help.map(|help| view! { <span class="field-help">{help}</span> })}
            <span class="field-error" id=error_id role="alert">{move || problem.get()}</span>
        </label>
    }
}

/// An error that belongs to no field.
#[component]
pub fn FormError(
    /// The last answer of the server.
    #[prop(into)]
    error: Signal<Option<AppError>>,
    /// The fields that show their own errors.
    fields: &'static [Field],
) -> impl IntoView {
    let i18n = use_i18n();
    move || {
        error.with(|error| {
            let error = error.as_ref()?;
            let beside_field = fields.iter().any(|field| error.problem(*field).is_some());
            (!beside_field)
                .then(|| view! { <p class="alert alert-error" role="alert">{error.words(i18n.get_locale())}</p> })
        })
    }
}
