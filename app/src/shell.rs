//! The HTML document and the route table.

use std::sync::Mutex;

use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::{
    Lazy, SsrMode,
    components::{ParentRoute, Route, Router, Routes},
    path,
};

use crate::{
    i18n::*,
    layout::{Layout, NotFound},
    preferences::page_locale,
    routes,
    zone::page_zone,
};

/// The document around the application, and its content security policy.
#[cfg(feature = "ssr")]
pub fn shell() -> impl IntoView {
    use leptos::{hydration::AutoReload, nonce::use_nonce};
    use leptos_meta::MetaTags;

    provide_context(FilesNamed::default());
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
            data-chosen-zone=crate::zone::chosen_zone().map(|zone| zone.to_string())
            data-assets=base.to_string()
            data-insecure=crate::accounts::insecure::tunnel_to()>
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                <meta name="description" content=td_string!(locale, common.tagline)/>
                <link rel="icon" href="/favicon.svg" type="image/svg+xml"/>
                <link rel="stylesheet" href=format!("{base}/hufu.css")/>
                <link rel="modulepreload" href=format!("{base}/hufu.js")/>
                <script nonce=nonce.clone() data-ask=td_string!(locale, common.unsaved) inner_html=ASK_BEFORE_LOSS></script>
                <script nonce=nonce.clone() inner_html=KEEP_FOCUS></script>
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

/// Names the files of a group of pages in the document, so that the browser need not find out. To be called where the
/// page is made, whose context is that of its own request.
#[cfg(feature = "ssr")]
pub(crate) fn name_files(group: &str) {
    use std::sync::atomic::Ordering::Relaxed;

    use leptos_meta::Link;

    let Some(assets) = use_context::<crate::context::Assets>() else { return };
    let Some(files) = assets.groups.as_ref().and_then(|groups| groups.get(group)) else { return };
    if use_context::<FilesNamed>().is_none_or(|FilesNamed(named)| named.swap(true, Relaxed)) {
        return;
    }
    let base = &assets.base;
    for file in files {
        let href = format!("{base}/{file}.wasm");
        let _ = view! { <Link rel="preload" href=href as_="fetch" type_="application/wasm" crossorigin="anonymous"/> }
            .to_html();
    }
    let _ = view! { <Link rel="modulepreload" href=format!("{base}/groups.js") crossorigin="anonymous"/> }.to_html();
}

/// Whether the document names the files of its page: that may be made more than once before it is sent.
#[cfg(feature = "ssr")]
#[derive(Clone, Debug, Default)]
struct FilesNamed(std::sync::Arc<std::sync::atomic::AtomicBool>);

/// It is no module: what is typed while those are on their way counts, too.
#[cfg(feature = "ssr")]
const ASK_BEFORE_LOSS: &str = include_str!("ask_before_loss.js");

/// Neither is this one: buttons wait from the first answer on.
#[cfg(feature = "ssr")]
const KEEP_FOCUS: &str = include_str!("keep_focus.js");

/// What came of a form.
#[cfg(feature = "ssr")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    /// It was dealt with.
    Done,
    /// It was refused; the page that it leads to has what was typed.
    Kept,
    /// It was refused, and nobody has what was typed.
    Lost,
}

/// The answer to a form while the server stops, in place of the page at `to`: it needs nothing more from
/// anybody.
#[cfg(feature = "ssr")]
pub fn farewell(to: &str, sent: Sent, locale: Locale) -> String {
    let (body, link) = match sent {
        Sent::Done => (td_string!(locale, common.stopping.body).to_owned(), td_string!(locale, common.stopping.link)),
        Sent::Kept => {
            let most = model::drafts::DRAFTS_MOST;
            (td_string!(locale, common.stopping.kept, most = most), td_string!(locale, common.stopping.back))
        }
        Sent::Lost => (td_string!(locale, common.stopping.lost).to_owned(), td_string!(locale, common.stopping.back)),
    };
    bare(td_string!(locale, common.stopping.title), &body, &way(to, link), locale)
}

/// The answer to a form of somebody whose session has ended, in place of what it would have led to. The browser has
/// what was sent, and sends it once more when this page is loaded again.
#[cfg(feature = "ssr")]
pub fn ended(locale: Locale) -> String {
    let name = td_string!(locale, common.error.log_in_beside);
    let beside = format!("<a href=\"/log-in\" target=\"_blank\" rel=\"noopener\">{name}</a>");
    bare(td_string!(locale, common.ended.title), td_string!(locale, common.ended.body), &beside, locale)
}

/// What kept the server from an answer.
#[cfg(feature = "ssr")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unanswered {
    /// It failed.
    Failed,
    /// It took too long.
    GivenUp,
    /// It was sent more than it reads at once.
    TooLong {
        /// How many bytes that is.
        most: usize,
    },
}

#[cfg(feature = "ssr")]
impl Unanswered {
    /// In words.
    pub fn words(self, locale: Locale) -> String {
        match self {
            Self::Failed => td_string!(locale, common.error.failed).to_owned(),
            Self::GivenUp => td_string!(locale, common.error.given_up).to_owned(),
            Self::TooLong { most } => td_string!(locale, common.error.too_long, most = size(most)),
        }
    }

    /// The same for somebody who has a browser, and so a way back.
    pub fn words_of_page(self, locale: Locale) -> String {
        match self {
            Self::TooLong { most } => td_string!(locale, common.error.too_long_page, most = size(most)),
            other => other.words(locale),
        }
    }
}

/// `256 kB`, `64 MB`: the largest unit that leaves nothing over.
#[cfg(feature = "ssr")]
fn size(bytes: usize) -> String {
    if bytes.is_multiple_of(MEGABYTE) { format!("{} MB", bytes / MEGABYTE) } else { format!("{} kB", bytes / KILOBYTE) }
}

#[cfg(feature = "ssr")]
const KILOBYTE: usize = 1024;

#[cfg(feature = "ssr")]
const MEGABYTE: usize = 1024 * KILOBYTE;

/// The answer in place of a page that could not be had, in these words. It leads to `again`, where the same can be
/// asked once more, and else to the first page.
#[cfg(feature = "ssr")]
pub fn apology(words: &str, again: Option<&str>, locale: Locale) -> String {
    let (to, link) = match again {
        Some(again) => (again, td_string!(locale, common.error.again)),
        None => ("/", td_string!(locale, common.not_found.home)),
    };
    bare(td_string!(locale, common.error.title), words, &way(to, link), locale)
}

/// A page that needs nothing more from anybody. `way` is the markup of the link that leads on.
#[cfg(feature = "ssr")]
fn bare(title: &str, body: &str, way: &str, locale: Locale) -> String {
    let (language, body) = (locale.as_str(), escaped(body));
    format!(
        "<!DOCTYPE html>\n<html lang=\"{language}\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>{title}</title></head>\
         <body><main><h1>{title}</h1><p>{body}</p><p>{way}</p></main></body></html>\n"
    )
}

#[cfg(feature = "ssr")]
fn way(to: &str, name: &str) -> String {
    format!("<a href=\"{}\">{name}</a>", escaped(to))
}

#[cfg(feature = "ssr")]
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;")
}

/// The title of the document for what a page is called. As long as no page has said so, what it was called before
/// stays: by the server, while a page is taken over.
fn titles(product: &'static str) -> impl Fn(String) -> String + Send + Sync + 'static {
    let last = Mutex::new(written_title(product));
    move |page| {
        // Nobody panics while holding it.
        let mut last = last.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if !page.is_empty() {
            *last = page;
        }
        if last.is_empty() { product.to_owned() } else { format!("{last} · {product}") }
    }
}

/// What the page is called in the title that the server has written.
#[cfg(not(feature = "ssr"))]
fn written_title(product: &str) -> String {
    let written = document().title();
    written.strip_suffix(product).and_then(|page| page.strip_suffix(" · ")).unwrap_or_default().to_owned()
}

/// Nothing is written yet.
#[cfg(feature = "ssr")]
fn written_title(_: &str) -> String {
    String::new()
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
        <Title text="" formatter=titles(product)/>
        <Router>
            <Routes fallback=NotFound>
                <Route path=path!("/log-in") view={Lazy::<routes::LogIn>::new()} ssr=SsrMode::Async/>
                <Route path=path!("/set-up") view={Lazy::<routes::SetUp>::new()} ssr=SsrMode::Async/>
                <Route path=path!("/welcome") view={Lazy::<routes::Welcome>::new()} ssr=SsrMode::Async/>
                <ParentRoute path=path!("") view=Layout ssr=SsrMode::Async>
                    <Route path=path!("") view={Lazy::<routes::Overview>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("/programs") view={Lazy::<routes::Programs>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("/programs/import") view={Lazy::<routes::Import>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("/programs/:id") view={Lazy::<routes::Program>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("/endpoints") view={Lazy::<routes::Endpoints>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("/endpoints/runs") view={Lazy::<routes::Runs>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("/endpoints/:id") view={Lazy::<routes::Endpoint>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("/certificates") view={Lazy::<routes::Certificates>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("/certificates/:sha256") view={Lazy::<routes::Certificate>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("/icp") view={Lazy::<routes::Filings>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("/icp/:domain") view={Lazy::<routes::Filing>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("/alerts") view={Lazy::<routes::Alerts>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("/check") view={Lazy::<routes::UrlCheck>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("/check/url") view={Lazy::<routes::UrlCheck>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("/check/error") view={Lazy::<routes::ErrorText>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("/check/certificate") view={Lazy::<routes::CertificateCheck>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("/check/file") view={Lazy::<routes::VerificationFile>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("/audit") view={Lazy::<routes::Audit>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("/search") view={Lazy::<routes::Search>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("/settings") view={Lazy::<routes::Account>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("/settings/people") view={Lazy::<routes::People>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("/settings/probing") view={Lazy::<routes::Probing>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("/settings/mail") view={Lazy::<routes::Mail>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("/help") view={Lazy::<routes::Findings>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("/help/findings") view={Lazy::<routes::Findings>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("/help/findings/:code") view={Lazy::<routes::Finding>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("/*nowhere") view=NotFound ssr=SsrMode::Async/>
                </ParentRoute>
            </Routes>
        </Router>
    }
}
