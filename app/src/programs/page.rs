//! The page of one mini program: will it work, its lists, its filings, its settings.

use leptos::{prelude::*, text_prop::TextProp};
use leptos_meta::Title;
use leptos_router::hooks::{use_location, use_params_map, use_query_map};
use model::{
    endpoints::Scope,
    service::{ProgramId, RunId, ServiceError},
};

use super::{
    api::{ProgramData, program_page},
    icp::Filings,
    lists::{Actions, Lists},
    paste::{AddForm, Draft},
    settings::Settings,
    undo::Undo,
};
use crate::{
    alerts::recipients::Recipients,
    components::{FormError, PageError},
    drafts::typed,
    endpoints::probe_now::ProbeNow,
    error::AppError,
    findings::view::FindingList,
    i18n::*,
    preferences::use_locale,
    verdict::{VerdictBadge, VerdictCards},
};

/// One mini program.
#[component]
pub fn ProgramPage() -> impl IntoView {
    let locale = use_locale();
    let params = use_params_map();
    let query = use_query_map();
    let search = use_location().search;
    let id = Memo::new(move |_| params.with(|params| params.get("id")?.parse::<ProgramId>().ok()));
    let run = Memo::new(move |_| query.with(|query| query.get("run")?.parse::<RunId>().ok()));
    let data = Resource::new_blocking(
        move || (id.get(), run.get()),
        |(id, run)| async move {
            match id {
                Some(id) => program_page(id, run).await,
                None => Err(AppError::Service(ServiceError::NotFound)),
            }
        },
    );
    let typed = Resource::new_blocking(move || search.get(), |search| typed(search, "lines"));
    view! {
        <Transition fallback=move || view! { <p>{td!(locale, common.loading)}</p> }>
            {move || {
                let search = search.get();
                Suspend::new(async move {
                    let (lines, gone) = match typed.await {
                        Ok(lines) => (lines, None),
                        Err(gone) => (String::new(), Some(gone)),
                    };
                    match data.await {
                        Ok(first) => view! { <Program first draft=Draft::new(&search, lines) gone/> }.into_any(),
                        Err(error) => view! { <PageError error/> }.into_any(),
                    }
                })
            }}
        </Transition>
    }
}

/// The page as first loaded; what changes later is loaded again without touching what is typed.
#[component]
fn Program(first: ProgramData, draft: Draft, gone: Option<AppError>) -> impl IntoView {
    let locale = use_locale();
    let id = first.detail.summary.id;
    let run = first.run.clone();
    let shown = RwSignal::new(first);
    let failed = RwSignal::new(gone);
    let reload = Action::new(move |(): &()| async move {
        match program_page(id, None).await {
            Ok(fresh) => {
                failed.set(None);
                shown.set(fresh);
            }
            Err(error) => failed.set(Some(error)),
        }
    });
    let on_change = Callback::new(move |()| {
        reload.dispatch(());
    });
    let settings = ServerAction::new();
    let actions = Actions { change: ServerAction::new(), remove: ServerAction::new() };
    Effect::new(move || {
        let changed = matches!(actions.change.value().get(), Some(Ok(())));
        let removed = actions.remove.value().with(|value| matches!(value, Some(Ok(_))));
        let set = matches!(settings.value().get(), Some(Ok(())));
        if changed || removed || set {
            on_change.run(());
        }
    });
    let summary = move || shown.with(|data| data.detail.summary.clone());
    let existing =
        Signal::derive(move || shown.with(|data| data.detail.entries.iter().map(|row| row.entry.clone()).collect()));
    let limits = Signal::derive(move || shown.with(|data| data.detail.limits));
    // The server writes the title when the signals of the page are gone already.
    let title =
        if cfg!(feature = "ssr") { TextProp::from(summary().name) } else { TextProp::from(move || summary().name) };
    view! {
        <Title text=title/>
        <header class="flex flex-wrap items-start justify-between gap-4">
            <div class="min-w-0">
                <h1 class="page-title flex flex-wrap items-center gap-3">
                    <span class="min-w-0 break-words">{move || summary().name}</span>
                    {move || view! { <VerdictBadge verdict=summary().verdict/> }}
                </h1>
                <p class="text-sm text-base-content/80">"AppID "<code>{move || summary().app_id.to_string()}</code></p>
            </div>
            <ProbeNow scope=Scope::Program(id) run on_finished=on_change/>
        </header>
        <FormError error=failed fields=&[]/>
        <section class="panel flex flex-col gap-3">
            <h2 class="text-lg font-semibold">{td!(locale, programs.platforms)}</h2>
            {move || view! { <VerdictCards verdicts=summary().platforms/> }}
            {move || shown.with(|data| {
                let findings = data.detail.findings.clone();
                (!findings.is_empty()).then(|| view! { <FindingList findings now=data.now/> })
            })}
        </section>
        <Undo program=id remove=actions.remove on_change/>
        {move || shown.with(|data| view! {
            <Lists program=id entries=data.detail.entries.clone() limits=data.detail.limits now=data.now actions/>
        })}
        <AddForm program=id draft existing limits on_change/>
        {move || shown.with(|data| (!data.detail.icp.is_empty()).then(|| view! {
            <Filings program=id icp=data.detail.icp.clone() now=data.now on_change/>
        }))}
        {move || shown.with(|data| view! {
            <Recipients program=id recipients=data.recipients.clone() on_change/>
        })}
        {move || shown.with(|data| view! { <Settings detail=data.detail.clone() change=settings/> })}
    }
    .into_any()
}
