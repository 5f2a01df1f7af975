//! The form that writes down what is known of one filing.

use leptos::prelude::*;
use model::{
    RegistrableDomain, Timestamp,
    icp::{HOLDER_MOST, IcpRecord, IcpSource, IcpState, STALE_AFTER},
    service::{Field, ProgramId},
};

use super::api::RecordIcp;
use crate::{
    components::FormError,
    error::{AppError, problem_words},
    i18n::*,
    preferences::use_locale,
    time::date_and_minute,
    toast, words,
};

/// State, number, holder, how it is known and since when.
#[component]
pub fn RecordForm(
    /// The mini program whose page it is on, if it is not the domain's own.
    #[prop(optional_no_strip)]
    program: Option<ProgramId>,
    /// The domain.
    domain: RegistrableDomain,
    /// What is recorded now.
    record: Option<IcpRecord>,
    /// The server's time when it answered.
    now: Timestamp,
    /// Called when something was recorded.
    on_change: Callback<()>,
) -> impl IntoView {
    let locale = use_locale();
    let action = ServerAction::<RecordIcp>::new();
    toast::say_when_done(action.value().into(), td_string!(locale, common.saved));
    let error = Signal::derive(move || action.value().get().and_then(Result::err));
    Effect::new(move || {
        if let Some(Ok(())) = action.value().get() {
            on_change.run(());
        }
    });
    let state = record.as_ref().map_or(IcpState::Filed, |record| record.state);
    let revision = record.as_ref().map_or(0, |record| record.revision);
    let number = record.as_ref().and_then(|record| record.number.as_ref()).map(ToString::to_string);
    let source = record.as_ref().map_or(IcpSource::Typed, |record| record.source);
    let holder = record.and_then(|record| record.holder);
    let states = IcpState::ALL.iter().map(move |option| {
        view! { <option value=option.as_str() selected=*option == state>{words::icp_state(*option, locale)}</option> }
    });
    let sources = IcpSource::ALL.iter().map(move |option| {
        view! { <option value=option.as_str() selected=*option == source>{words::icp_source(*option, locale)}</option> }
    });
    view! {
        <ActionForm action attr:class="flex max-w-3xl flex-col gap-4">
            <FormError error fields=&[Field::IcpNumber, Field::IcpHolder, Field::IcpDate]/>
            {program.map(|program| view! { <input type="hidden" name="program" value=program.to_string()/> })}
            <input type="hidden" name="domain" value=domain.to_string()/>
            <input type="hidden" name="revision" value=revision.to_string()/>
            <div class="grid gap-4 sm:grid-cols-2">
                <label class="field">
                    <span class="field-label">{td!(locale, icp.form.state)}</span>
                    <select class="select w-full" name="state">{states.collect_view()}</select>
                </label>
                <Typed name="number" field=Field::IcpNumber error label=td_string!(locale, icp.form.number)
                    value=number.unwrap_or_default() placeholder="京ICP备11041704号-13" most=64/>
                <Typed name="holder" field=Field::IcpHolder error label=td_string!(locale, icp.form.holder)
                    value=holder.unwrap_or_default() placeholder="" most=HOLDER_MOST/>
                <label class="field">
                    <span class="field-label">{td!(locale, icp.form.source)}</span>
                    <select class="select w-full" name="source">{sources.collect_view()}</select>
                </label>
                <Typed name="confirmed_on" kind="date" field=Field::IcpDate error label=td_string!(locale, icp.form.date)
                    value=date_and_minute(now).0 placeholder="" most=10
                    help=td_string!(locale, icp.form.date_help, count = stale_days())/>
            </div>
            <div><button class="btn btn-primary btn-sm" disabled=action.pending()>{td!(locale, common.save)}</button></div>
        </ActionForm>
    }
    .into_any()
}

/// After how many days a record is stale.
pub(super) const fn stale_days() -> i64 {
    STALE_AFTER.as_hours() / 24
}

/// An input that may stay empty, with what is wrong with it beside it.
#[component]
fn Typed(
    name: &'static str,
    #[prop(default = "text")] kind: &'static str,
    field: Field,
    error: Signal<Option<AppError>>,
    label: &'static str,
    value: String,
    placeholder: &'static str,
    /// Most characters.
    most: usize,
    #[prop(optional)] help: Option<String>,
) -> impl IntoView {
    let locale = use_locale();
    let problem =
        Memo::new(move |_| error.with(|error| Some(problem_words(field, error.as_ref()?.problem(field)?, locale))));
    view! {
        <label class="field">
            <span class="field-label">{label}</span>
            <input class="input" class:input-error=move || problem.with(Option::is_some) type=kind name=name
                value=value placeholder=placeholder maxlength=most.to_string() autocomplete="off"
                aria-invalid=move || problem.with(Option::is_some).then_some("true")/>
            {help.map(|help| view! { <span class="field-help">{help}</span> })}
            <span class="field-error" role="alert">{move || problem.get()}</span>
        </label>
    }
}
