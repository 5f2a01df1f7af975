//! The form that writes down what is known of one filing.

use leptos::prelude::*;
use model::{
    RegistrableDomain, Timestamp, Zone,
    icp::{HOLDER_MOST, IcpRecord, IcpSource, IcpState},
    service::{Field, ProgramId},
};
use serde::{
    Deserialize as _,
    de::{
        IntoDeserializer as _,
        value::{Error as Unread, StringDeserializer},
    },
};

use super::{
    api::{RecordIcp, filing_page},
    query::page_of,
};
use crate::{
    clash::{Clash, Differs, Unsaved, differences, read_again, read_when_met, untold},
    components::{FormError, error_id, problem_of, waits},
    drafts::Left,
    error::AppError,
    i18n::*,
    preferences::use_locale,
    toast, words,
    zone::use_zone,
};

/// What records a filing, and what was sent to it. It outlives its forms, which are drawn anew with
/// what was recorded.
#[derive(Clone, Copy)]
pub struct Recording {
    record: ServerAction<RecordIcp>,
    unsaved: Unsaved<RecordIcp>,
    zone: Zone,
}

impl Recording {
    /// It says when something was recorded, and calls `on_change`.
    pub fn new(on_change: Callback<()>) -> Self {
        let record = ServerAction::<RecordIcp>::new();
        toast::say_when_done(record.value().into(), td_string!(use_locale(), common.saved));
        Effect::new(move || {
            if let Some(Ok(())) = record.value().get() {
                on_change.run(());
            }
        });
        Self { record, unsaved: Unsaved::new(record), zone: use_zone() }
    }

    /// Whether the form of this domain was sent and not saved.
    pub fn is_unsaved(self, domain: &RegistrableDomain) -> bool {
        self.unsaved.get_untracked().is_some_and(|sent| sent.domain == *domain)
    }

    /// The form that was refused before the page came.
    pub fn begin_with(self, left: &Left) {
        let text = |name| left.text(name);
        let refused = || {
            Some(RecordIcp {
                program: None,
                domain: read_domain(text("domain"))?,
                revision: left.parsed("revision")?,
                state: left.parsed("state")?,
                number: text("number"),
                holder: text("holder"),
                source: left.parsed("source")?,
                confirmed_on: text("confirmed_on"),
                zone: self.zone,
            })
        };
        self.unsaved.begin_with(refused());
    }
}

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
    /// What records it.
    recording: Recording,
) -> impl IntoView {
    let locale = use_locale();
    let Recording { record: action, unsaved, zone } = recording;
    let today = zone.day(now).to_string();
    let recorded = RwSignal::new(record);
    let own = StoredValue::new(domain.clone());
    let read =
        read_again(recorded, move || async move { Ok(filing_page(own.get_value(), 0).await?.detail.row.record) });
    // Another form of the page may be for another domain.
    let mine = move |sent: &RecordIcp| own.with_value(|own| sent.domain == *own);
    read_when_met(action, move || {
        if unsaved.get_untracked().is_some_and(|sent| mine(&sent)) {
            read();
        }
    });
    let begun = today.clone();
    let told = Memo::new(move |_| {
        let mut sent = unsaved.get().filter(mine)?;
        if sent.confirmed_on.trim().is_empty() {
            sent.confirmed_on.clone_from(&begun);
        }
        let day_of = |record: &IcpRecord| zone.day(record.confirmed_at).to_string();
        let now = recorded.with(|record| {
            let record = record.as_ref();
            unchanged(&sent.domain, record, record.map(day_of).unwrap_or_default(), zone)
        });
        (sent.revision != now.revision).then(|| differing(sent, now, locale))
    });
    let error = Signal::derive(move || {
        let error = action.value().get()?.err()?;
        unsaved.get().is_some_and(|sent| mine(&sent)).then_some(error)
    });
    let typed = unsaved.get_untracked().filter(mine);
    let typed =
        typed.unwrap_or_else(|| recorded.with_untracked(|record| unchanged(&domain, record.as_ref(), today, zone)));
    let page = program.map_or_else(|| page_of(&domain), |id| format!("/programs/{id}"));
    let revision = move || recorded.with(|record| record.as_ref().map_or(0, |record| record.revision).to_string());
    view! {
        <div class="flex max-w-3xl flex-col gap-4">
            <Clash id="icp-clash" page told/>
            <ActionForm action attr:class="flex flex-col gap-4">
                <FormError error=untold(error, told) fields=&[Field::IcpNumber, Field::IcpHolder, Field::IcpDate] is_typed=true/>
                {program.map(|program| view! { <input type="hidden" name="program" value=program.to_string()/> })}
                <input type="hidden" name="domain" value=domain.to_string()/>
                <input type="hidden" name="revision" value=revision/>
                <input type="hidden" name="zone" value=zone.to_string()/>
                <Fields typed error/>
                <div><button class="btn btn-primary btn-sm" aria-disabled=waits(action.pending())>{td!(locale, common.save)}</button></div>
            </ActionForm>
        </div>
    }
    .into_any()
}

/// Another page of those who inherit it draws the form with them, where what is typed stays and what is chosen is set
/// back (`ask_before_loss.js`).
#[component]
fn Fields(
    /// What they begin with.
    typed: RecordIcp,
    error: Signal<Option<AppError>>,
) -> impl IntoView {
    let locale = use_locale();
    let RecordIcp { domain, state, number, holder, source, confirmed_on, .. } = typed;
    // Several may be on a page.
    let id = move |name: &str| format!("{name}-{domain}");
    let states = IcpState::ALL.iter().map(move |option| {
        view! { <option value=option.as_str() selected=*option == state>{words::icp::state(*option, locale)}</option> }
    });
    let sources = IcpSource::ALL.iter().map(move |option| {
        view! { <option value=option.as_str() selected=*option == source>{words::icp::source(*option, locale)}</option> }
    });
    view! {
        <div class="grid gap-4 sm:grid-cols-2">
            <label class="field">
                <span class="field-label">{td!(locale, icp.form.state)}</span>
                <select class="select w-full" name="state" data-set-back="">{states.collect_view()}</select>
            </label>
            <Typed name="number" id=id("number") field=Field::IcpNumber error label=td_string!(locale, icp.form.number)
                value=number placeholder="京ICP备11041704号-13" most=64/>
            <Typed name="holder" id=id("holder") field=Field::IcpHolder error label=td_string!(locale, icp.form.holder)
                value=holder placeholder="" most=HOLDER_MOST/>
            <label class="field">
                <span class="field-label">{td!(locale, icp.form.source)}</span>
                <select class="select w-full" name="source" data-set-back="">{sources.collect_view()}</select>
            </label>
            <Typed name="confirmed_on" id=id("confirmed_on") kind="date" field=Field::IcpDate error
                label=td_string!(locale, icp.form.date) value=confirmed_on placeholder="" most=10
                help=td_string!(locale, icp.form.date_help).to_owned()/>
        </div>
    }
    .into_any()
}

/// The domain in a field that was sent, read as one that comes over the wire: a browser does without the table
/// of public suffixes.
fn read_domain(field: String) -> Option<RegistrableDomain> {
    let field: StringDeserializer<Unread> = field.into_deserializer();
    RegistrableDomain::deserialize(field).ok()
}

/// The form as it is sent when nothing was typed.
fn unchanged(domain: &RegistrableDomain, record: Option<&IcpRecord>, confirmed_on: String, zone: Zone) -> RecordIcp {
    let number = record.and_then(|record| record.number.as_ref()).map(ToString::to_string);
    RecordIcp {
        program: None,
        domain: domain.clone(),
        revision: record.map_or(0, |record| record.revision),
        state: record.map_or(IcpState::Filed, |record| record.state),
        number: number.unwrap_or_default(),
        holder: record.and_then(|record| record.holder.clone()).unwrap_or_default(),
        source: record.map_or(IcpSource::Typed, |record| record.source),
        confirmed_on,
        zone,
    }
}

/// Where what was typed differs from what is recorded.
fn differing(typed: RecordIcp, now: RecordIcp, locale: Locale) -> Vec<Differs> {
    let state = |state| words::icp::state(state, locale).to_owned();
    let source = |source| words::icp::source(source, locale).to_owned();
    let field = |name, label, now, yours| Differs { name, label, now, yours };
    differences([
        field("state", td_string!(locale, icp.form.state), state(now.state), state(typed.state)),
        field("number", td_string!(locale, icp.form.number), now.number, typed.number),
        field("holder", td_string!(locale, icp.form.holder), now.holder, typed.holder),
        field("source", td_string!(locale, icp.form.source), source(now.source), source(typed.source)),
        field("confirmed_on", td_string!(locale, icp.form.date), now.confirmed_on, typed.confirmed_on),
    ])
}

/// An input that may stay empty, with what is wrong with it beside it.
#[component]
fn Typed(
    name: &'static str,
    /// Its own on the page.
    id: String,
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
    let problem = problem_of(field, error);
    let error_id = error_id(&id);
    view! {
        <label class="field">
            <span class="field-label">{label}</span>
            <input class="input" class:input-error=move || problem.with(Option::is_some) type=kind name=name
                value=value placeholder=placeholder maxlength=most.to_string() autocomplete="off"
                aria-invalid=move || problem.with(Option::is_some).then_some("true") aria-describedby=error_id.clone()/>
            {help.map(|help| view! { <span class="field-help">{help}</span> })}
            <span class="field-error" id=error_id role="alert">{move || problem.get()}</span>
        </label>
    }
}

#[cfg(test)]
mod tests {
    use super::read_domain;

    #[test]
    fn what_a_browser_sends_as_a_domain_is_asked_of_the_table() {
        assert_eq!(
            read_domain("example.com".to_owned()).map(|domain| domain.to_string()).as_deref(),
            Some("example.com")
        );
        for refused in ["", "com.cn", "a.b.com", "com"] {
            assert_eq!(read_domain(refused.to_owned()), None, "{refused}");
        }
    }
}
