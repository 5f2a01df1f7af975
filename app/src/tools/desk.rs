//! What is told of a certificate beside a phone's verdict: its key, what of the register it would serve
//! and break, and how a web server is told to serve it.

use leptos::prelude::*;
use model::{
    certificates::reach::{Reach, Told},
    deploy::{ConfigurationFile, Site, WebServer, configuration},
    tools::KeyMatch,
};

use super::words;
use crate::{components::Target, i18n::*, preferences::use_locale, words::join};

/// Whether the private key belongs to the certificate.
#[component]
pub fn KeyAnswer(
    /// The answer.
    key: KeyMatch,
) -> impl IntoView {
    let locale = use_locale();
    let class = match key {
        KeyMatch::Matches => "alert alert-success",
        KeyMatch::Other => "alert alert-error",
        KeyMatch::Unknown | KeyMatch::Locked => "alert alert-warning",
    };
    view! {
        <section class="panel flex flex-col gap-3" data-key=key.as_str()>
            <h2 class="text-lg font-semibold">{td!(locale, tools.certificate.key_title)}</h2>
            <p class=class>{words::key(key, locale)}</p>
        </section>
    }
    .into_any()
}

/// Which endpoints of the register it would serve, and which it would break.
#[component]
pub fn Reached(
    /// Both.
    reach: Reach,
) -> impl IntoView {
    let locale = use_locale();
    let Reach { served, broken } = reach;
    let breaks = broken.count > 0;
    view! {
        <section class="panel flex flex-col gap-3" data-reach="">
            <h2 class="text-lg font-semibold">{td!(locale, tools.certificate.reach.title)}</h2>
            <Endpoints kind="served" title=td_string!(locale, tools.certificate.reach.served)
                none=td_string!(locale, tools.certificate.reach.served_none) told=served/>
            <Endpoints kind="broken" title=td_string!(locale, tools.certificate.reach.broken)
                none=td_string!(locale, tools.certificate.reach.broken_none) told=broken/>
            {breaks.then(|| view! {
                <p class="alert alert-error max-w-prose">{td!(locale, tools.certificate.reach.broken_help)}</p>
            })}
        </section>
    }
    .into_any()
}

#[component]
fn Endpoints(kind: &'static str, title: &'static str, none: &'static str, told: Told) -> impl IntoView {
    let locale = use_locale();
    let Told { count, first } = told;
    let more = count.saturating_sub(u32::try_from(first.len()).unwrap_or(u32::MAX));
    let links = first.into_iter().map(|reached| {
        view! {
            <li>
                <a class="link font-mono" href=format!("/endpoints/{}", reached.endpoint)><Target target=reached.target/></a>
            </li>
        }
    });
    view! {
        <div class="flex flex-col gap-1" data-kind=kind data-count=count.to_string()>
            <h3 class="font-semibold">{title} " (" {count} ")"</h3>
            {(count == 0).then(|| view! { <p>{none}</p> })}
            <ul class="flex flex-wrap gap-x-4 gap-y-1">{links.collect_view()}</ul>
            {(more > 0).then(|| view! { <p>{td_string!(locale, tools.certificate.reach.more, count = more)}</p> })}
        </div>
    }
    .into_any()
}

/// The configuration of each web server, one of them open at a time.
#[component]
pub fn Configuration(
    /// What it is for.
    site: Site,
) -> impl IntoView {
    let locale = use_locale();
    let help =
        td_string!(locale, tools.certificate.guide.help, host = join(site.names(), locale), file = site.file_name());
    let server = move |server: WebServer| {
        let files = configuration(server, &site, &server.usual_directory());
        view! {
            <details name="server" data-server=server.as_str()>
                <summary class="cursor-pointer py-1 font-semibold">{server.name()}</summary>
                <div class="flex flex-col gap-3">{files.into_iter().map(file).collect_view()}</div>
            </details>
        }
    };
    view! {
        <section class="panel flex flex-col gap-3">
            <h2 class="text-lg font-semibold">{td!(locale, tools.certificate.guide.title)}</h2>
            <p class="max-w-prose">{help}</p>
            {WebServer::ALL.map(server).into_iter().collect_view()}
        </section>
    }
    .into_any()
}

fn file(file: ConfigurationFile) -> impl IntoView {
    view! {
        <figure class="flex flex-col gap-1">
            <figcaption class="font-mono text-sm">{file.name}</figcaption>
            <pre class="overflow-x-auto rounded bg-base-200 p-3 text-sm" tabindex="0">{file.text}</pre>
        </figure>
    }
}
