//! The form above the audit log. It is sent with GET, so that the URL holds all of it.

use leptos::prelude::*;
use leptos_router::components::Form;
use model::audit::{Action, AuditFilter, AuditQuery, What, Who};

use super::{
    query::{EVERYTHING, PATH, what_value, who_value},
    words,
};
use crate::{
    endpoints::filters::{Choice, Words},
    i18n::*,
    preferences::use_locale,
    table::KeepSize,
    typed::keep_up,
    zone::use_zone,
};

/// What to show of the log.
#[component]
pub fn Filters(
    /// What is shown now.
    query: Memo<AuditQuery>,
    /// Everybody whom the log names.
    people: Vec<String>,
) -> impl IntoView {
    let (locale, zone) = (use_locale(), use_zone().name());
    let filter = move |part: fn(&AuditFilter) -> Option<String>| {
        Signal::derive(move || query.with(|query| part(&query.filter)).unwrap_or_default())
    };
    let object = filter(|filter| filter.object.clone());
    let who = filter(|filter| filter.who.as_ref().map(who_value));
    let what = filter(|filter| what_value(filter.what).map(str::to_owned));
    let from = filter(|filter| filter.from.map(|day| day.to_string()));
    let until = filter(|filter| filter.until.map(|day| day.to_string()));

    let anybody = (who_value(&Who::People), td_string!(locale, audit.filter.people).to_owned());
    let hufu = (who_value(&Who::Hufu), td_string!(locale, common.product).to_owned());
    let people = people.into_iter().map(|login| (who_value(&Who::Person(login.clone())), login));
    let people = [anybody].into_iter().chain(people).chain([hufu]);
    let everything = (EVERYTHING.to_owned(), td_string!(locale, audit.filter.everything).to_owned());
    let actions = Action::ALL.iter().filter_map(move |action| {
        Some((what_value(What::Only(*action))?.to_owned(), words::action(*action, locale).to_owned()))
    });
    view! {
        <Form method="get" on_form_data=crate::query::named() action=PATH attr:class="panel flex flex-col gap-4" attr:role="search">
            <div class="grid gap-4 sm:grid-cols-2 sm:items-end lg:grid-cols-3 xl:grid-cols-[minmax(0,2fr)_minmax(0,1.1fr)_minmax(0,1.7fr)_repeat(2,minmax(0,1.1fr))_auto]">
                <Words name="q" label=td_string!(locale, audit.filter.object) value=object
                    placeholder=td_string!(locale, audit.filter.object_placeholder)/>
                <Choice name="by" label=td_string!(locale, audit.person) chosen=who
                    none=td_string!(locale, audit.filter.anybody).to_owned() options=people.collect()/>
                <Choice name="action" label=td_string!(locale, audit.action_label) chosen=what
                    none=td_string!(locale, audit.filter.changes).to_owned()
                    options=[everything].into_iter().chain(actions).collect()/>
                <Day name="from" label=td_string!(locale, audit.filter.from, zone) value=from/>
                <Day name="until" label=td_string!(locale, audit.filter.until).to_owned() value=until/>
                <button class="btn btn-primary">{td!(locale, audit.filter.show)}</button>
            </div>
            <KeepSize size=Signal::derive(move || query.with(|query| query.size))/>
        </Form>
    }
    .into_any()
}

/// A day, or none.
#[component]
fn Day(name: &'static str, label: String, value: Signal<String>) -> impl IntoView {
    view! {
        <label class="field">
            <span class="field-label">{label}</span>
            <input class="input" type="date" name=name value=value.get_untracked() use:keep_up=value/>
        </label>
    }
}
