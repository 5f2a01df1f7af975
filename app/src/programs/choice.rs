//! The choice of a mini program in a form: from a list, or, where there are more than a list is good for, by name.

// #[server] makes a struct of each function's arguments and cannot document its fields.
#![allow(missing_docs)]

use leptos::prelude::*;
use model::{
    programs::choice::{Offer, ProgramChoice},
    service::ProgramId,
};

use crate::{
    components::{FieldError, error_id},
    error::AppError,
    i18n::*,
    preferences::use_locale,
    typed::keep_up,
    wire::Json,
};

/// Which mini program somebody asks for. What it is called goes before its id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// By its id, as a list and links name it.
    pub program: Option<ProgramId>,
    /// As it was typed.
    pub called: Option<String>,
}

impl Asked {
    /// Whether any is asked for.
    pub fn is_any(&self) -> bool {
        self.program.is_some() || self.called.is_some()
    }
}

/// Some mini programs to choose from, and the one that is asked for.
#[server(endpoint = "/programs/offer", output = Json)]
pub async fn offer_programs(program: Option<ProgramId>, called: Option<String>) -> Result<Offer, AppError> {
    use crate::context::{require, services};

    let actor = require(model::accounts::Permission::View)?;
    Ok(services().programs.offer(program, called.as_deref(), &actor).await?)
}

/// The field: `program` is sent from a list, and [`CALLED`] where one is named.
#[component]
pub fn ProgramField(
    /// What there is to choose from.
    offer: Offer,
    /// What is asked for now; follows the URL.
    #[prop(into)]
    asked: Signal<Asked>,
    /// What is chosen.
    label: &'static str,
    /// What choosing none is called, where that can be done.
    #[prop(optional)]
    none: Option<String>,
) -> impl IntoView {
    if offer.by_name {
        view! { <ByName offer asked label/> }.into_any()
    } else {
        view! { <FromList programs=offer.programs asked label none/> }.into_any()
    }
}

#[component]
fn FromList(
    programs: Vec<ProgramChoice>,
    asked: Signal<Asked>,
    label: &'static str,
    none: Option<String>,
) -> impl IntoView {
    let chosen = Signal::derive(move || asked.with(|asked| asked.program.map(|id| id.to_string())).unwrap_or_default());
    let none = none.map(|none| (String::new(), none));
    let programs = programs.into_iter().map(|choice| (choice.id.to_string(), choice.name));
    let options = none.into_iter().chain(programs).map(|(value, name)| {
        let selected = chosen.with_untracked(|chosen| *chosen == value);
        view! { <option value=value selected=selected>{name}</option> }
    });
    view! {
        <label class="field">
            <span class="field-label">{label}</span>
            <select class="select w-full" name="program" use:keep_up=chosen>{options.collect_view()}</select>
        </label>
    }
}

/// The one that is chosen already stays so for as long as its box is ticked and nothing else is typed.
#[component]
fn ByName(offer: Offer, asked: Signal<Asked>, label: &'static str) -> impl IntoView {
    let locale = use_locale();
    let typed = Signal::derive(move || asked.with(|asked| asked.called.clone()).unwrap_or_default());
    let named = asked.with_untracked(|asked| asked.called.is_some());
    let problem = match offer.meant.len() {
        0 if named && offer.programs.is_empty() => Some(td_string!(locale, programs.choice.nowhere)),
        0 if named => Some(td_string!(locale, programs.choice.unknown)),
        2.. => Some(td_string!(locale, programs.choice.several)),
        _ => None,
    };
    let kept = offer.chosen().filter(|_| !named).map(|choice| {
        view! {
            <div role="group" aria-label=label>
                <label class="flex items-center gap-2">
                    <input type="checkbox" class="checkbox checkbox-sm" name="program" value=choice.id.to_string() checked=true/>
                    <span class="wrap-anywhere">{choice.words()}</span>
                </label>
            </div>
        }
    });
    let options = offer.programs.iter().map(|choice| view! { <option value=choice.words()></option> }).collect_view();
    let wrong = problem.is_some();
    view! {
        <div class="field">
            <label class="field-label" for=CALLED>{label}</label>
            <input class="input" class:input-error=wrong id=CALLED name=CALLED type="search" list=OFFERED maxlength=200
                spellcheck="false" autocapitalize="off" autocomplete="off" value=typed.get_untracked() use:keep_up=typed
                aria-invalid=wrong.then_some("true") aria-describedby=error_id(CALLED)/>
            <datalist id=OFFERED>{options}</datalist>
            {kept}
            <span class="field-help">{td_string!(locale, programs.choice.help)}</span>
            <FieldError name=CALLED problem=Signal::stored(problem.map(str::to_owned))/>
        </div>
    }
}

/// The field in which one is named.
pub const CALLED: &str = "called";

/// What it offers.
const OFFERED: &str = "offered";
