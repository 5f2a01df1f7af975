//! How Hufu probes: how often, how many at a time, which networks; what new mini programs begin with;
//! and when a filing is stale.

use ipnet::IpNet;
use leptos::prelude::*;
use model::{
    limits::{Limit, PER_LIST, PER_LIST_MOST},
    service::Field,
    settings::{AT_ONCE, EVERY_HOURS, ProbingSettings, STALE_AFTER_DAYS, read_ranges},
};

use super::{
    Head,
    api::{ChangeProbing, PROBING, PROBING_PAGE, ProbingData, probing_page},
};
use crate::{
    clash::{Clash, Differs, Unsaved, differences, read_again, read_when_met, untold},
    components::{FieldError, FormError, NotShown, TextArea, TextField, problem_of, waits},
    drafts::{Gone, Left, left},
    i18n::*,
    preferences::use_locale,
    toast::{self, SavedBefore},
};

/// Every field of the form that shows its own error.
const FIELDS: &[Field] =
    &[Field::ProbeEvery, Field::AtOnce, Field::Networks, Field::Limit(Limit::PerList), Field::StaleAfter];

/// How Hufu probes.
#[component]
pub fn ProbingPage() -> impl IntoView {
    let locale = use_locale();
    let change = ServerAction::<ChangeProbing>::new();
    let unsaved = Unsaved::new(change);
    let (data, left) = (Resource::new_blocking(|| (), |()| probing_page()), left());
    // What was refused stays in the form as it was typed.
    Effect::new(move || {
        if let Some(Ok(())) = change.value().get() {
            data.refetch();
        }
    });
    toast::say_when_done(change.value().into(), td_string!(locale, common.saved));
    view! {
        <Gone/>
        <Head title=td_string!(locale, settings.probing.title)/>
        <Transition fallback=move || view! { <p>{td!(locale, common.loading)}</p> }>
            {move || Suspend::new(async move {
                // Both are asked for already.
                let (data, left) = (data.await, left.await);
                match data {
                    Ok(ProbingData { settings, may_change }) => {
                        unsaved.begin_with(refused(&Left::of(&left, PROBING)));
                        view! { <ProbingForm settings may_change change unsaved/> }.into_any()
                    }
                    Err(error) => view! { <NotShown error/> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn ProbingForm(
    settings: ProbingSettings,
    may_change: bool,
    change: ServerAction<ChangeProbing>,
    unsaved: Unsaved<ChangeProbing>,
) -> impl IntoView {
    let locale = use_locale();
    // As read last; what is typed stays when somebody else has saved in between.
    let now = RwSignal::new(settings);
    read_when_met(change, read_again(now, || async { probing_page().await.map(|data| data.settings) }));
    let told = Memo::new(move |_| {
        let (typed, now) = (unsaved.get()?, now.get());
        (typed.revision != now.revision).then(|| differing(&typed, &now, locale))
    });
    view! {
        <section class="panel flex flex-col gap-4" id=PROBING>
            <h2 class="text-lg font-semibold">{td!(locale, settings.probing.title)}</h2>
            {(!may_change).then(|| view! { <p class="alert alert-info" role="status">{td!(locale, settings.administrators)}</p> })}
            <Clash id="probing-clash" page=PROBING_PAGE.to_owned() told/>
            <ActionForm action=change attr:class="flex max-w-xl flex-col gap-4" attr:novalidate=true>
                <fieldset class="contents" disabled=!may_change>
                    <FormError error=untold(Signal::derive(move || change.value().get().and_then(Result::err)), told) fields=FIELDS is_typed=true/>
                    <input type="hidden" name="revision" value=move || now.with(|now| now.revision.to_string())/>
                    <Fields now typed=unsaved.get_untracked() change/>
                    <div class="flex flex-wrap items-center gap-3">
                        <button class="btn btn-primary" aria-disabled=waits(change.pending())>{td!(locale, common.save)}</button>
                        <SavedBefore form=PROBING answered=Signal::derive(move || change.version().get() > 0)/>
                    </div>
                </fieldset>
            </ActionForm>
        </section>
    }
    .into_any()
}

#[component]
fn Fields(
    now: RwSignal<ProbingSettings>,
    /// What they begin with in place of what is saved.
    typed: Option<ChangeProbing>,
    change: ServerAction<ChangeProbing>,
) -> impl IntoView {
    let locale = use_locale();
    let error = Signal::derive(move || change.value().get().and_then(Result::err));
    let settings = now.get_untracked();
    let typed = typed.unwrap_or_else(|| unchanged(&settings));
    let ChangeProbing { every_hours, at_once, networks, per_list, stale_after_days, .. } = typed;
    let at_start = lines(&settings.allowed_at_start);
    let wrong_network = problem_of(Field::Networks, error);
    let (least, most) = (*EVERY_HOURS.start(), *EVERY_HOURS.end());
    let every = if settings.every_is_fixed {
        view! { <p>{every_fixed(settings.every_hours, locale)}</p> }.into_any()
    } else {
        view! {
            <TextField name="every_hours" field=Field::ProbeEvery error value=every_hours is_number=true
                label=td_string!(locale, settings.probing.every)
                help=td_string!(locale, settings.probing.every_help, least = least, most = most)/>
        }
        .into_any()
    };
    view! {
        {every}
        <TextField name="at_once" field=Field::AtOnce error value=at_once is_number=true
            label=td_string!(locale, settings.probing.at_once)
            help=td_string!(locale, settings.probing.at_once_help, least = *AT_ONCE.start(), most = *AT_ONCE.end())/>
        <label class="field">
            <span class="field-label">{td!(locale, settings.probing.networks)}</span>
            <TextArea name="networks" rows=3 may_be_empty=true text=Signal::stored(networks) problem=wrong_network
                placeholder="10.0.0.0/8"/>
            <span class="field-help">{td!(locale, settings.probing.networks_help)}</span>
            {(!at_start.is_empty()).then(|| view! {
                <span class="field-help">
                    {td_string!(locale, settings.probing.networks_at_start, ranges = at_start.join(", "))}
                </span>
            })}
            <FieldError name="networks" problem=wrong_network/>
        </label>
        <TextField name="per_list" field=Field::Limit(Limit::PerList) error value=per_list is_number=true
            label=td_string!(locale, settings.probing.per_list)
            help=td_string!(locale, settings.probing.per_list_help, least = PER_LIST, most = PER_LIST_MOST)/>
        <TextField name="stale_after_days" field=Field::StaleAfter error value=stale_after_days is_number=true
            label=td_string!(locale, settings.probing.stale_after)
            help=td_string!(locale, settings.probing.stale_after_help, least = *STALE_AFTER_DAYS.start(), most = *STALE_AFTER_DAYS.end())/>
    }
    .into_any()
}

/// How often the command line has every server probed.
fn every_fixed(hours: u16, locale: Locale) -> String {
    match hours {
        1 => td_string!(locale, settings.probing.every_fixed_one).to_owned(),
        hours => td_string!(locale, settings.probing.every_fixed, hours = hours),
    }
}

fn lines(ranges: &[IpNet]) -> Vec<String> {
    ranges.iter().map(ToString::to_string).collect()
}

/// The form as it is sent when nothing was typed.
fn unchanged(settings: &ProbingSettings) -> ChangeProbing {
    ChangeProbing {
        revision: settings.revision,
        every_hours: settings.every_hours.to_string(),
        at_once: settings.at_once.to_string(),
        networks: lines(&settings.allowed).join("\n"),
        per_list: settings.limits.of(Limit::PerList).to_string(),
        stale_after_days: settings.stale_after_days.to_string(),
    }
}

/// The form that was refused before the page came.
fn refused(left: &Left) -> Option<ChangeProbing> {
    let text = |name| left.text(name);
    Some(ChangeProbing {
        revision: left.parsed("revision")?,
        every_hours: text("every_hours"),
        at_once: text("at_once"),
        networks: text("networks"),
        per_list: text("per_list"),
        stale_after_days: text("stale_after_days"),
    })
}

/// Where what was typed differs from what is saved.
fn differing(typed: &ChangeProbing, now: &ProbingSettings, locale: Locale) -> Vec<Differs> {
    let saved = unchanged(now);
    let networks =
        read_ranges(&typed.networks).map_or_else(|_| typed.networks.clone(), |ranges| lines(&ranges).join("\n"));
    // The field is not there where the command line decides.
    let every_hours = if now.every_is_fixed { saved.every_hours.clone() } else { typed.every_hours.clone() };
    let field = |name, label, now, yours| Differs { name, label, now, yours };
    differences([
        field("every_hours", td_string!(locale, settings.probing.every), saved.every_hours, every_hours),
        field("at_once", td_string!(locale, settings.probing.at_once), saved.at_once, typed.at_once.clone()),
        field("networks", td_string!(locale, settings.probing.networks), saved.networks, networks),
        field("per_list", td_string!(locale, settings.probing.per_list), saved.per_list, typed.per_list.clone()),
        field(
            "stale_after_days",
            td_string!(locale, settings.probing.stale_after),
            saved.stale_after_days,
            typed.stale_after_days.clone(),
        ),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_hour_is_no_number_of_hours() {
        for (hours, english, chinese) in
            [(1, "again each hour:", "每小时探测"), (2, "again each 2 hours:", "每 2 小时探测")]
        {
            assert!(every_fixed(hours, Locale::en).contains(english), "{hours}");
            assert!(every_fixed(hours, Locale::zh_CN).contains(chinese), "{hours}");
        }
    }
}
