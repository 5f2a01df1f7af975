//! Where an endpoint is looked for in place of where DNS says: what is shown because of it, and the
//! form that changes it or tries it once.

use leptos::{either::Either, prelude::*};
use model::{
    HostPort, Timestamp, Zone,
    endpoints::route::{ADDRESSES_MOST, Route},
    observation::AddressObservation,
    service::{EndpointId, Field},
};

use super::api::{RouteAct, RouteEndpoint, Tried};
use crate::{
    clash::{Clash, Differs, Unsaved, differences, is_conflict, untold},
    components::{FieldError, FormError, TextArea, TextField, problem_of, waits},
    drafts::Left,
    findings::{view::SeverityBadge, words::title},
    i18n::*,
    preferences::use_locale,
    time::absolute_and_relative,
    verdict::{PlatformVerdicts, VerdictBadge},
    words,
    zone::use_zone,
};

/// Says of a row that what it shows is not what DNS gives.
#[component]
pub fn RouteMark(
    /// How the endpoint is looked for.
    route: Route,
) -> impl IntoView {
    let locale = use_locale();
    (!route.is_usual()).then(|| {
        view! {
            <span class="badge badge-warning badge-sm h-auto" title=said(&route, locale) data-route="">
                {td!(locale, endpoints.route.mark)}
            </span>
        }
    })
}

/// Says so above everything that it concerns, with the way back for those who may take it.
#[component]
pub fn RouteBanner(
    /// Whose.
    id: EndpointId,
    /// How it is looked for from now on.
    route: Route,
    /// The same and its revision, as read last.
    now: Signal<(Route, i64)>,
    /// How it was looked for last.
    taken: Option<Route>,
    /// Whether whoever looks may change it.
    may_edit: bool,
    /// Leads back to the usual route. It outlives this banner.
    reset: ServerAction<RouteEndpoint>,
) -> impl IntoView {
    let locale = use_locale();
    let elsewhere = taken.as_ref().filter(|taken| !taken.is_usual()).map(|taken| said(taken, locale));
    let differs = taken.as_ref() != Some(&route);
    if route.is_usual() && elsewhere.is_none() {
        return ().into_any();
    }
    let next = differs.then(|| {
        if route.is_usual() {
            td_string!(locale, endpoints.route.banner_usual).to_owned()
        } else {
            td_string!(locale, endpoints.route.banner_next, route = said(&route, locale))
        }
    });
    let title = elsewhere.is_some().then(|| td_string!(locale, endpoints.route.banner));
    view! {
        <section class="alert alert-warning flex-col items-start sm:flex-row sm:items-center" data-banner="route">
            <div class="grow wrap-anywhere">
                {title.map(|title| view! { <h2 class="font-semibold">{title}</h2> })}
                {elsewhere.map(|route| view! { <p>{td_string!(locale, endpoints.route.banner_route, route = route)}</p> })}
                {next.map(|next| view! { <p>{next}</p> })}
            </div>
            {(may_edit && !route.is_usual()).then(|| view! { <Reset id now reset/> })}
        </section>
    }
    .into_any()
}

/// The way back to the usual route. Whoever presses when somebody else has just changed it is told
/// what they have set, and presses again.
#[component]
fn Reset(id: EndpointId, now: Signal<(Route, i64)>, reset: ServerAction<RouteEndpoint>) -> impl IntoView {
    let locale = use_locale();
    // What was refused without JavaScript stands in the form of the route.
    let error = move || reset.value().get().and_then(Result::err).filter(|_| reset.version().get() > 0);
    let met = move || error().is_some_and(|error| is_conflict(&error));
    let told = move || met().then(|| now.with(|(route, _)| met_words(route, locale)));
    view! {
        <ActionForm action=reset attr:class="flex flex-col items-start gap-2">
            <FormError error=Signal::derive(move || error().filter(|error| !is_conflict(error))) fields=&[]/>
            <p role="alert" class="empty:hidden">{told}</p>
            <input type="hidden" name="id" value=id.to_string()/>
            <input type="hidden" name="revision" value=move || now.with(|(_, revision)| revision.to_string())/>
            <input type="hidden" name="addresses" value=""/>
            <input type="hidden" name="server_name" value=""/>
            <button class="btn btn-sm" name="act" value="keep" aria-disabled=waits(reset.pending())>{td!(locale, endpoints.route.reset)}</button>
        </ActionForm>
    }
    .into_any()
}

/// The form that was refused before the page came.
pub(super) fn refused(id: EndpointId, left: &Left) -> Option<RouteEndpoint> {
    Some(RouteEndpoint {
        id,
        revision: left.parsed("revision")?,
        addresses: left.text("addresses"),
        server_name: left.text("server_name"),
        act: RouteAct::Keep,
    })
}

/// Addresses and name, kept or tried once.
#[component]
pub fn RouteForm(
    /// Whose.
    id: EndpointId,
    /// What phones look for.
    target: HostPort,
    /// What it begins with, unless something else was typed and is not saved.
    begin: Route,
    /// What is saved and its revision, as read last.
    now: Signal<(Route, i64)>,
    /// Changes or tries it. It outlives this form.
    change: ServerAction<RouteEndpoint>,
    /// What was sent and is not saved.
    unsaved: Unsaved<RouteEndpoint>,
) -> impl IntoView {
    let locale = use_locale();
    let error = Signal::derive(move || change.value().get().and_then(Result::err));
    let problem = problem_of(Field::FixedAddresses, error);
    let told = Memo::new(move |_| {
        let typed = unsaved.get().filter(|typed| typed.id == id && typed.act == RouteAct::Keep)?;
        let (route, revision) = now.get();
        (typed.revision != revision).then(|| differing(typed, &route, locale))
    });
    let host = target.host.to_string();
    let typed = unsaved.get_untracked().filter(|typed| typed.id == id);
    let (addresses, server_name) = typed.map_or_else(|| as_typed(&begin), |typed| (typed.addresses, typed.server_name));
    let sni_help = td_string!(locale, endpoints.route.sni_help, host = host.as_str());
    let pending = change.pending();
    view! {
        <p class="max-w-prose">{td_string!(locale, endpoints.route.intro, host = host.as_str())}</p>
        <Clash id="route-clash" page=format!("/endpoints/{id}") told/>
        <ActionForm action=change attr:class="flex max-w-xl flex-col gap-4">
            <FormError error=untold(error, told) fields=&[Field::FixedAddresses, Field::ServerName] is_typed=true/>
            <input type="hidden" name="id" value=id.to_string()/>
            <input type="hidden" name="revision" value=move || now.with(|(_, revision)| revision.to_string())/>
            <label class="field">
                <span class="field-label">{td!(locale, endpoints.route.addresses)}</span>
                <TextArea name="addresses" rows=4 may_be_empty=true placeholder="203.0.113.7" text=addresses problem/>
                <span class="field-help">{td_string!(locale, endpoints.route.addresses_help, most = ADDRESSES_MOST)}</span>
                <FieldError name="addresses" problem/>
            </label>
            <TextField name="server_name" field=Field::ServerName error value=server_name may_be_empty=true
                label=td_string!(locale, endpoints.route.sni) help=Signal::derive(move || sni_help.clone())/>
            <div class="flex flex-wrap items-center gap-3">
                <button class="btn btn-primary btn-sm" name="act" value="once" data-saves-nothing="" aria-disabled=waits(pending)>
                    {move || if pending.get() { td_string!(locale, endpoints.route.trying) } else { td_string!(locale, endpoints.route.once) }}
                </button>
                <button class="btn btn-sm" name="act" value="keep" aria-disabled=waits(pending)>{td!(locale, endpoints.route.save)}</button>
            </div>
            <p class="field-help">{td!(locale, endpoints.route.save_help)}</p>
        </ActionForm>
    }
    .into_any()
}

/// Addresses, one a line, and the name.
fn as_typed(route: &Route) -> (String, String) {
    (route.addresses.to_string(), route.server_name.as_ref().map(ToString::to_string).unwrap_or_default())
}

/// Where what was typed differs from what is saved.
fn differing(typed: RouteEndpoint, now: &Route, locale: Locale) -> Vec<Differs> {
    let (addresses, server_name) = as_typed(now);
    let field = |name, label, now, yours| Differs { name, label, now, yours };
    differences([
        field("addresses", td_string!(locale, endpoints.route.addresses), addresses, typed.addresses),
        field("server_name", td_string!(locale, endpoints.route.sni), server_name, typed.server_name),
    ])
}

/// What came of trying it once.
#[component]
pub fn TrialOutcome(
    /// The outcome.
    trial: Tried,
    /// The server's time when it answered.
    now: Timestamp,
) -> impl IntoView {
    let (locale, zone) = (use_locale(), use_zone());
    let Tried { route, addresses, verdict, platforms, findings } = trial;
    let note = if route.is_usual() {
        td_string!(locale, endpoints.route.trial_usual).to_owned()
    } else {
        td_string!(locale, endpoints.route.trial_note, route = said(&route, locale))
    };
    let findings = findings.into_iter().map(|finding| {
        view! {
            <li class="flex flex-wrap items-center gap-2" data-code=finding.code.as_str()>
                <SeverityBadge severity=finding.severity/>
                <span>{title(finding.code, locale)}</span>
                <span class="text-sm text-base-content/80">{words::concerned(&finding.platforms, locale)}</span>
            </li>
        }
    });
    let findings = findings.collect::<Vec<_>>();
    let findings = if findings.is_empty() {
        Either::Left(view! { <p>{td!(locale, endpoints.route.trial_clean)}</p> })
    } else {
        Either::Right(view! { <ul class="flex flex-col gap-2">{findings}</ul> })
    };
    let addresses = addresses.iter().map(|seen| address_words(seen, now, zone, locale));
    let addresses = addresses.map(|said| view! { <li class="wrap-anywhere">{said}</li> }).collect_view();
    view! {
        <section class="flex flex-col gap-3 rounded-box border border-base-300 bg-base-200 p-4" data-trial=verdict.as_str()>
            <h3 class="flex flex-wrap items-center gap-3 font-semibold">
                {td!(locale, endpoints.route.trial)}
                <VerdictBadge verdict/>
            </h3>
            <p class="wrap-anywhere">{note}</p>
            <PlatformVerdicts verdicts=platforms/>
            <h4 class="text-sm font-semibold">{td!(locale, endpoints.route.trial_findings)}</h4>
            {findings}
            <h4 class="text-sm font-semibold">{td!(locale, endpoints.route.trial_addresses)}</h4>
            <ul class="text-sm">{addresses}</ul>
        </section>
    }
    .into_any()
}

/// `203.0.113.7: TLS 1.3, certificate ends 2026-03-15 08:00 UTC (in 3 days)`.
fn address_words(seen: &AddressObservation, now: Timestamp, zone: Zone, locale: Locale) -> String {
    let outcome = match &seen.outcome {
        Ok(handshake) => handshake.version.as_str().to_owned(),
        Err(failure) => words::connection::failure_after(failure, seen.tries, locale),
    };
    let ends = seen.leaf().filter(|leaf| leaf.malformed.is_none()).map(|leaf| {
        let at = absolute_and_relative(leaf.not_after, now, zone, locale);
        td_string!(locale, endpoints.route.trial_ends, at = at)
    });
    let said = words::join([outcome].into_iter().chain(ends), locale);
    format!("{}: {said}", seen.address)
}

/// What somebody else has set meanwhile, to who wanted to go back to the usual route.
fn met_words(route: &Route, locale: Locale) -> String {
    if route.is_usual() {
        td_string!(locale, endpoints.route.met_usual).to_owned()
    } else {
        td_string!(locale, endpoints.route.met, route = said(route, locale))
    }
}

/// A route in words: `to 203.0.113.7, asking for new.example.com`.
pub fn said(route: &Route, locale: Locale) -> String {
    let addresses = (!route.addresses.is_empty()).then(|| {
        let addresses = words::join(route.addresses.as_slice().iter().map(ToString::to_string), locale);
        td_string!(locale, endpoints.route.said_addresses, addresses = addresses)
    });
    let name =
        route.server_name.as_ref().map(|name| td_string!(locale, endpoints.route.said_sni, name = name.to_string()));
    match locale {
        Locale::zh_CN => addresses.into_iter().chain(name).collect::<Vec<_>>().join("，"),
        Locale::en => addresses.into_iter().chain(name).collect::<Vec<_>>().join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_resets_second_is_told_what_is_set() {
        let elsewhere = Route { server_name: "new.example.com".parse().ok(), ..Route::default() };
        assert!(met_words(&elsewhere, Locale::en).contains("asking for new.example.com. Press again"));
        assert!(met_words(&Route::default(), Locale::en).ends_with("Nothing is left to do."));
    }

    #[test]
    fn a_route_is_said_in_one_line() {
        let route = Route {
            addresses: "203.0.113.7\n2001:db8::7".parse().unwrap_or_default(),
            server_name: "new.example.com".parse().ok(),
        };
        assert_eq!(said(&route, Locale::en), "to 203.0.113.7, 2001:db8::7, asking for new.example.com");
        assert_eq!(said(&route, Locale::zh_CN), "连接 203.0.113.7、2001:db8::7，请求的名称为 new.example.com");
        let name_only = Route { addresses: Default::default(), ..route };
        assert_eq!(said(&name_only, Locale::en), "asking for new.example.com");
    }
}
