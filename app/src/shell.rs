//! The HTML document and the route table.

use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::{
    SsrMode,
    components::{ParentRoute, Route, Router, Routes},
    path,
};

use crate::{
    accounts::{log_in::LogInPage, own::AccountPage, people::PeoplePage, set_up::SetUpPage, welcome::WelcomePage},
    alerts::page::AlertsPage,
    audit::list::AuditPage,
    certificates::{list::CertificatesPage, page::CertificatePage},
    endpoints::{list::EndpointsPage, page::EndpointPage, runs::RunsPage},
    i18n::*,
    icp::{list::FilingsPage, page::FilingPage},
    layout::{Layout, NotFound},
    overview::OverviewPage,
    preferences::page_locale,
    programs::{import::ImportPage, list::ProgramsPage, page::ProgramPage},
    search::SearchPage,
    settings::{MailPage, probing::ProbingPage},
    tools::{certificate::CertificateCheckPage, error_text::ErrorTextPage, url_check::UrlCheckPage},
    zone::page_zone,
};

/// The document around the application, and its content security policy.
#[cfg(feature = "ssr")]
pub fn shell() -> impl IntoView {
    use leptos::{hydration::AutoReload, nonce::use_nonce};
    use leptos_meta::MetaTags;

    let assets: crate::context::Assets = expect_context();
    let nonce = use_nonce();
    let locale = crate::preferences::page_locale();
    let base = &assets.base;
    let script = format!(
        "import init,{{hydrate}} from '{base}/hufu.js';init({{module_or_path:'{base}/{}'}}).then(hydrate)",
        assets.wasm
    );
    let options = LeptosOptions::builder().output_name("hufu").build();
    // Of use to cargo-leptos alone, which says so in the environment.
    let reload = cfg!(debug_assertions).then(|| view! { <AutoReload options/> });
    view! {
        <!DOCTYPE html>
        <html lang=locale.as_str() data-theme=crate::preferences::chosen_theme()
            data-zone=crate::zone::page_zone().to_string()
            data-chosen-zone=crate::zone::chosen_zone().map(|zone| zone.to_string())>
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                <meta name="description" content=td_string!(locale, common.tagline)/>
                <link rel="icon" href="/favicon.svg" type="image/svg+xml"/>
                <link rel="stylesheet" href=format!("{base}/hufu.css")/>
                <link rel="modulepreload" href=format!("{base}/hufu.js")/>
                <script type="module" nonce=nonce inner_html=script></script>
                <MetaTags/>
                {reload}
            </head>
            <body>
                <App/>
            </body>
        </html>
    }
}

/// The whole console.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    let locale = page_locale();
    provide_context(locale);
    provide_context(page_zone());
    let product = td_string!(locale, common.product);
    view! {
        <Title formatter=move |page: String| if page.is_empty() { product.to_owned() } else { format!("{page} · {product}") }/>
        <Router>
            <Routes fallback=NotFound>
                <Route path=path!("/log-in") view=LogInPage ssr=SsrMode::Async/>
                <Route path=path!("/set-up") view=SetUpPage ssr=SsrMode::Async/>
                <Route path=path!("/welcome") view=WelcomePage ssr=SsrMode::Async/>
                <ParentRoute path=path!("") view=Layout ssr=SsrMode::Async>
                    <Route path=path!("") view=OverviewPage ssr=SsrMode::Async/>
                    <Route path=path!("/programs") view=ProgramsPage ssr=SsrMode::Async/>
                    <Route path=path!("/programs/import") view=ImportPage ssr=SsrMode::Async/>
                    <Route path=path!("/programs/:id") view=ProgramPage ssr=SsrMode::Async/>
                    <Route path=path!("/endpoints") view=EndpointsPage ssr=SsrMode::Async/>
                    <Route path=path!("/endpoints/runs") view=RunsPage ssr=SsrMode::Async/>
                    <Route path=path!("/endpoints/:id") view=EndpointPage ssr=SsrMode::Async/>
                    <Route path=path!("/certificates") view=CertificatesPage ssr=SsrMode::Async/>
                    <Route path=path!("/certificates/:sha256") view=CertificatePage ssr=SsrMode::Async/>
                    <Route path=path!("/icp") view=FilingsPage ssr=SsrMode::Async/>
                    <Route path=path!("/icp/:domain") view=FilingPage ssr=SsrMode::Async/>
                    <Route path=path!("/alerts") view=AlertsPage ssr=SsrMode::Async/>
                    <Route path=path!("/check") view=UrlCheckPage ssr=SsrMode::Async/>
                    <Route path=path!("/check/url") view=UrlCheckPage ssr=SsrMode::Async/>
                    <Route path=path!("/check/error") view=ErrorTextPage ssr=SsrMode::Async/>
                    <Route path=path!("/check/certificate") view=CertificateCheckPage ssr=SsrMode::Async/>
                    <Route path=path!("/audit") view=AuditPage ssr=SsrMode::Async/>
                    <Route path=path!("/search") view=SearchPage ssr=SsrMode::Async/>
                    <Route path=path!("/settings") view=AccountPage ssr=SsrMode::Async/>
                    <Route path=path!("/settings/people") view=PeoplePage ssr=SsrMode::Async/>
                    <Route path=path!("/settings/probing") view=ProbingPage ssr=SsrMode::Async/>
                    <Route path=path!("/settings/mail") view=MailPage ssr=SsrMode::Async/>
                </ParentRoute>
            </Routes>
        </Router>
    }
}
