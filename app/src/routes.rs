//! The pages as routes. In the browser the code of a group of pages is a file of its own, which comes
//! when the first of them is visited (docs/decisions/0009).

use leptos::prelude::*;
use leptos_router::LazyRoute;

use crate::{
    accounts::{log_in::LogInPage, own::AccountPage, people::PeoplePage, set_up::SetUpPage, welcome::WelcomePage},
    alerts::page::AlertsPage,
    audit::list::AuditPage,
    certificates::{list::CertificatesPage, page::CertificatePage},
    endpoints::{list::EndpointsPage, page::EndpointPage, runs::RunsPage},
    help::{index::FindingsPage, page::FindingPage},
    icp::{list::FilingsPage, page::FilingPage},
    overview::OverviewPage,
    programs::{import::ImportPage, list::ProgramsPage, page::ProgramPage},
    search::SearchPage,
    settings::{MailPage, probing::ProbingPage},
    tools::{
        certificate::CertificateCheckPage, error_text::ErrorTextPage, url_check::UrlCheckPage,
        verification_file::VerificationFilePage,
    },
};

/// `group { Route: Page }`: the page of a route, in the file of its group where the build splits.
macro_rules! pages {
    ($($group:ident { $($route:ident: $page:ident),+ $(,)? })+) => {$($(
        pub(crate) struct $route;

        #[cfg(feature = "split")]
        const _: () = {
            #[leptos::wasm_split::wasm_split($group, wasm_split_path = leptos::wasm_split, fallible, preload(bring))]
            #[allow(non_snake_case)]
            fn $route() -> Result<AnyView, Missing> {
                Ok($page().into_any())
            }

            impl LazyRoute for $route {
                fn data() -> Self {
                    Self
                }

                async fn preload() {
                    let _sign = Sign::up();
                    // What is not there now is missed by the view.
                    let _ = bring().await;
                }

                async fn view(_: Self) -> AnyView {
                    match $route().await {
                        Ok(page) => page,
                        Err(Missing) => leave().await,
                    }
                }
            }
        };

        #[cfg(not(feature = "split"))]
        impl LazyRoute for $route {
            fn data() -> Self {
                Self
            }

            async fn view(_: Self) -> AnyView {
                // The document then names the file, and the browser need not find out.
                #[cfg(feature = "ssr")]
                crate::shell::name_files(stringify!($group));
                $page().into_any()
            }
        }
    )+)+};
}

// By what they are made of, for the first visit of one loads what any of its group needs. Not one group a page, for
// whatever some of them share is a module as well.
pages! {
    gate { LogIn: LogInPage, SetUp: SetUpPage, Welcome: WelcomePage }
    overview { Overview: OverviewPage }
    lists {
        Programs: ProgramsPage, Endpoints: EndpointsPage, Runs: RunsPage, Certificates: CertificatesPage,
        Search: SearchPage
    }
    program { Program: ProgramPage, Import: ImportPage }
    endpoint { Endpoint: EndpointPage }
    certificate { Certificate: CertificatePage, CertificateCheck: CertificateCheckPage, VerificationFile: VerificationFilePage }
    desk {
        UrlCheck: UrlCheckPage, ErrorText: ErrorTextPage, Filings: FilingsPage, Filing: FilingPage,
        Findings: FindingsPage, Finding: FindingPage
    }
    records { Alerts: AlertsPage, Audit: AuditPage }
    settings { Account: AccountPage, People: PeoplePage, Probing: ProbingPage, Mail: MailPage }
}

/// The file of a group did not come: the network is away, or the server has been replaced by another
/// version and no longer has it.
#[cfg(feature = "split")]
struct Missing;

#[cfg(feature = "split")]
impl From<leptos::wasm_split::SplitLoaderError> for Missing {
    fn from(_: leptos::wasm_split::SplitLoaderError) -> Self {
        Self
    }
}

/// While it lives, the page shows that another is on its way (`style/`).
#[cfg(feature = "split")]
struct Sign;

#[cfg(feature = "split")]
impl Sign {
    fn up() -> Self {
        Self::put(true);
        Self
    }

    fn put(up: bool) {
        if let Some(root) = document().document_element() {
            let _ = root.toggle_attribute_with_force("data-coming", up);
        }
    }
}

#[cfg(feature = "split")]
impl Drop for Sign {
    fn drop(&mut self) {
        Self::put(false);
    }
}

/// Asks the server for the whole page, which it draws itself. A page that the server has just drawn
/// stays as it is: its links and forms work without a script.
#[cfg(feature = "split")]
async fn leave() -> AnyView {
    use leptos_router::hooks::use_url;
    use web_sys::window;

    let hydrating = Owner::current_shared_context().is_some_and(|shared| shared.during_hydration());
    if !hydrating && let Some(window) = window() {
        let wanted = use_url().get_untracked();
        let query = if wanted.search().is_empty() { "" } else { "?" };
        let _ = window.location().assign(&format!("{}{query}{}{}", wanted.path(), wanted.search(), wanted.hash()));
    }
    std::future::pending().await
}
