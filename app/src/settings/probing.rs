//! How Hufu probes: how often, how many at a time, which networks; and what new mini programs begin
//! with.

use leptos::prelude::*;
use leptos_meta::Title;
use model::{
    limits::{PER_LIST, PER_LIST_MOST},
    service::Field,
    settings::{AT_ONCE, EVERY_HOURS, ProbingSettings},
};

use super::{
    Tabs,
    api::{ChangeProbing, ProbingData, probing_page},
};
use crate::{
    components::{FormError, PageError, TextArea, TextField},
    error::problem_words,
    i18n::*,
    preferences::use_locale,
    toast,
};

/// Every field of the form that shows its own error.
const FIELDS: &[Field] = &[Field::ProbeEvery, Field::AtOnce, Field::Networks, Field::Limit];

/// How Hufu probes.
#[component]
pub fn ProbingPage() -> impl IntoView {
    let locale = use_locale();
    let change = ServerAction::<ChangeProbing>::new();
    let data = Resource::new_blocking(|| (), |()| probing_page());
    // What was refused stays in the form as it was typed.
    Effect::new(move || {
        if let Some(Ok(())) = change.value().get() {
            data.refetch();
        }
    });
    toast::say_when_done(change.value().into(), td_string!(locale, common.saved));
    view! {
        <Title text=td_string!(locale, settings.probing.title)/>
        <h1 class="page-title">{td!(locale, common.nav.settings)}</h1>
        <Tabs/>
        <Transition fallback=move || view! { <p>{td!(locale, common.loading)}</p> }>
            {move || Suspend::new(async move {
                match data.await {
                    Ok(ProbingData { settings, may_change }) => {
                        view! { <ProbingForm settings may_change change/> }.into_any()
                    }
                    Err(error) => view! { <PageError error/> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn ProbingForm(settings: ProbingSettings, may_change: bool, change: ServerAction<ChangeProbing>) -> impl IntoView {
    let locale = use_locale();
    view! {
        <section class="panel flex flex-col gap-4" id="probing">
            <h2 class="text-lg font-semibold">{td!(locale, settings.probing.title)}</h2>
            {(!may_change).then(|| view! { <p class="alert alert-info" role="status">{td!(locale, settings.administrators)}</p> })}
            <ActionForm action=change attr:class="flex max-w-xl flex-col gap-4">
                <fieldset class="contents" disabled=!may_change><Fields settings change/></fieldset>
            </ActionForm>
        </section>
    }
    .into_any()
}

#[component]
fn Fields(settings: ProbingSettings, change: ServerAction<ChangeProbing>) -> impl IntoView {
    let locale = use_locale();
    let error = Signal::derive(move || change.value().get().and_then(Result::err));
    let ProbingSettings { every_hours, every_is_fixed, at_once, allowed, allowed_at_start, limits, revision } =
        settings;
    let lines = |ranges: &[ipnet::IpNet]| ranges.iter().map(ToString::to_string).collect::<Vec<_>>();
    let networks = lines(&allowed).join("\n");
    let at_start = lines(&allowed_at_start);
    let wrong_network = move || {
        error.with(|error| Some(problem_words(Field::Networks, error.as_ref()?.problem(Field::Networks)?, locale)))
    };
    let (least, most) = (*EVERY_HOURS.start(), *EVERY_HOURS.end());
    let every = if every_is_fixed {
        view! { <p>{td_string!(locale, settings.probing.every_fixed, hours = every_hours)}</p> }.into_any()
    } else {
        view! {
            <TextField name="every_hours" field=Field::ProbeEvery error value=every_hours.to_string() kind="number"
                label=td_string!(locale, settings.probing.every)
                help=td_string!(locale, settings.probing.every_help, least = least, most = most)/>
        }
        .into_any()
    };
    view! {
        <FormError error fields=FIELDS/>
        <input type="hidden" name="revision" value=revision.to_string()/>
        {every}
        <TextField name="at_once" field=Field::AtOnce error value=at_once.to_string() kind="number"
            label=td_string!(locale, settings.probing.at_once)
            help=td_string!(locale, settings.probing.at_once_help, least = *AT_ONCE.start(), most = *AT_ONCE.end())/>
        <label class="field">
            <span class="field-label">{td!(locale, settings.probing.networks)}</span>
            <TextArea name="networks" rows=3 may_be_empty=true text=Signal::stored(networks) placeholder="10.0.0.0/8"/>
            <span class="field-help">{td!(locale, settings.probing.networks_help)}</span>
            {(!at_start.is_empty()).then(|| view! {
                <span class="field-help">
                    {td_string!(locale, settings.probing.networks_at_start, ranges = at_start.join(", "))}
                </span>
            })}
            <span class="field-error" role="alert">{wrong_network}</span>
        </label>
        <TextField name="per_list" field=Field::Limit error value=limits.per_list().to_string() kind="number"
            label=td_string!(locale, settings.probing.per_list)
            help=td_string!(locale, settings.probing.per_list_help, least = PER_LIST, most = PER_LIST_MOST)/>
        <div><button class="btn btn-primary" disabled=change.pending()>{td!(locale, common.save)}</button></div>
    }
    .into_any()
}
