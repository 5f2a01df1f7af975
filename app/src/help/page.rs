//! The page of one finding.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_location, use_params_map};
use model::{Code, occurrence::occurrences, service::ServiceError};

use super::api::{Help, Remedy, Server, Shown, help_on_finding};
use crate::{
    components::PageError,
    findings::{
        view::{InlineCode, SeverityBadge},
        words::title,
    },
    i18n::*,
    layout::crumbs::{Crumbs, Section},
    preferences::use_locale,
    query::text,
    wording::use_wording,
    words,
};

/// What a finding is, what it does, how to see it, and how to fix it.
#[component]
pub fn FindingPage() -> impl IntoView {
    let (locale, wording) = (use_locale(), use_wording());
    let (params, search) = (use_params_map(), use_location().search);
    let code = Memo::new(move |_| params.with(|params| params.get("code")?.parse::<Code>().ok()));
    let host = Memo::new(move |_| search.with(|search| text(search, "host")));
    let data = Resource::new_blocking(
        move || (code.get(), host.get()),
        move |(code, host)| async move {
            let code = code.ok_or(ServiceError::NotFound)?;
            help_on_finding(code, host, wording).await.map(|help| (code, help))
        },
    );
    view! {
        <Transition fallback=move || view! { <p>{td!(locale, common.loading)}</p> }>
            {move || Suspend::new(async move {
                match data.await {
                    Ok((code, help)) => view! { <Explained code help/> }.into_any(),
                    Err(error) => view! { <PageError error section=Section::Help/> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn Explained(code: Code, help: Help) -> impl IntoView {
    let locale = use_locale();
    let Help { what, meaning, shown, look, commands, placeholder, fix, remedies } = help;
    view! {
        <Title text=title(code, locale)/>
        <Crumbs section=Section::Help here=title(code, locale)/>
        <header class="flex flex-col gap-2">
            <h1 class="page-title">{title(code, locale)}</h1>
            <p><code>{code.as_str()}</code></p>
            <Severities code/>
        </header>
        <section class="panel flex flex-col gap-3">
            <h2 class="text-lg font-semibold">{td!(locale, help.page.what)}</h2>
            <p class="max-w-prose"><InlineCode text=what/></p>
        </section>
        <section class="panel flex flex-col gap-3">
            <h2 class="text-lg font-semibold">{td!(locale, words.findings.meaning)}</h2>
            <p class="max-w-prose"><InlineCode text=meaning/></p>
            {(!shown.is_empty()).then(|| view! { <ErrorTexts shown/> })}
        </section>
        <section class="panel flex flex-col gap-3">
            <h2 class="text-lg font-semibold">{td!(locale, help.page.look)}</h2>
            <p class="max-w-prose"><InlineCode text=look/></p>
            <Commands commands/>
            {placeholder.then(|| view! {
                <p class="max-w-prose text-sm"><InlineCode text=td_string!(locale, help.page.placeholder)/></p>
            })}
        </section>
        <section class="panel flex flex-col gap-4">
            <h2 class="text-lg font-semibold">{td!(locale, words.findings.fix)}</h2>
            <p class="max-w-prose"><InlineCode text=fix/></p>
            {remedies.into_iter().map(|remedy| view! { <Instructions remedy/> }).collect_view()}
        </section>
    }
    .into_any()
}

/// How bad it can be, and where.
#[component]
fn Severities(code: Code) -> impl IntoView {
    let locale = use_locale();
    let rows = occurrences(code).iter().map(|occurrence| {
        view! {
            <li class="flex flex-wrap items-center gap-2">
                <SeverityBadge severity=occurrence.severity/>
                <span class="text-sm">{words::concerned(occurrence.platforms, locale)}</span>
            </li>
        }
    });
    view! {
        <ul class="flex flex-col gap-1" aria-label=td_string!(locale, help.page.severities)>{rows.collect_view()}</ul>
    }
}

/// What a phone says.
#[component]
fn ErrorTexts(shown: Vec<Shown>) -> impl IntoView {
    let locale = use_locale();
    let rows = shown.into_iter().map(|Shown { platforms, text }| {
        view! {
            <li class="flex flex-wrap gap-x-3">
                <code>{text}</code>
                <span class="text-sm text-base-content/80">{words::platforms(&platforms, locale)}</span>
            </li>
        }
    });
    view! {
        <p>{td!(locale, help.page.shown)}</p>
        <ul class="flex flex-col gap-1">{rows.collect_view()}</ul>
    }
}

#[component]
fn Commands(commands: Vec<String>) -> impl IntoView {
    let locale = use_locale();
    commands
        .into_iter()
        .zip(1_usize..)
        .map(|(text, number)| {
            let label = td_string!(locale, help.page.command, number = number).to_string();
            view! { <Verbatim label text/> }
        })
        .collect_view()
}

/// A remedy, and how it goes on each kind of server.
#[component]
fn Instructions(remedy: Remedy) -> impl IntoView {
    let Remedy { id, title, intro, snippet, servers } = remedy;
    let links = servers.iter().map(|server| {
        let (href, name) = (format!("#{}", server.id), server.name.clone());
        view! { <li><a class="link inline-block py-1" href=href>{name}</a></li> }
    });
    let links = links.collect_view();
    view! {
        <section class="flex flex-col gap-3" id=id>
            <h3 class="text-base font-semibold">{title.clone()}</h3>
            <p class="max-w-prose"><InlineCode text=intro/></p>
            {snippet.map(|text| view! { <Verbatim label=title.clone() text/> })}
            <nav aria-label=title.clone()><ul class="flex flex-wrap gap-x-4">{links}</ul></nav>
            {servers.into_iter().map(|server| view! { <OnServer remedy=title.clone() server/> }).collect_view()}
        </section>
    }
    .into_any()
}

#[component]
fn OnServer(
    /// What is done.
    remedy: String,
    /// Where.
    server: Server,
) -> impl IntoView {
    let Server { id, name, words, snippet } = server;
    let label = format!("{name}: {remedy}");
    view! {
        <section class="flex flex-col gap-2" id=id>
            <h4 class="font-semibold">{name}</h4>
            <p class="max-w-prose"><InlineCode text=words/></p>
            {snippet.map(|text| view! { <Verbatim label text/> })}
        </section>
    }
}

/// Something to be typed as it is. Long lines are scrolled, by keys too; on paper they are broken.
#[component]
fn Verbatim(
    /// What it is called, unlike any other on the page.
    label: String,
    /// As it is.
    text: String,
) -> impl IntoView {
    view! {
        <pre class="overflow-x-auto rounded-box bg-base-200 p-3 text-sm print:overflow-visible print:whitespace-pre-wrap"
            tabindex="0" role="region" aria-label=label><code>{text}</code></pre>
    }
}
