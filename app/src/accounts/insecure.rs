//! The word beside a form that logs somebody in, where their browser would drop the session: its cookie is
//! `Secure`.

use leptos::prelude::*;

use crate::{i18n::*, preferences::use_locale};

/// Says where the page came over plain HTTP that nobody stays logged in by it, and what to do.
#[component]
pub fn Insecure() -> impl IntoView {
    let locale = use_locale();
    tunnel_to().map(|address| {
        let port = address.rsplit(':').next().unwrap_or_default().to_owned();
        let tunnel = format!("ssh -L {port}:{address} you@hufu.example");
        view! {
            <div class="alert alert-warning flex-col items-start" role="alert">
                <p class="font-medium">{td!(locale, accounts.insecure.title)}</p>
                <p>{td_string!(locale, accounts.insecure.remedy, port = port)}</p>
                <code class="break-all">{tunnel}</code>
            </div>
        }
    })
}

/// The address and port that a tunnel leads to, where the page is drawn for a browser that drops the session.
#[cfg(feature = "ssr")]
pub(crate) fn tunnel_to() -> Option<String> {
    let parts = use_context::<http::request::Parts>()?;
    let crate::context::OwnAddress(address) = use_context()?;
    drops_session(&parts.headers).then(|| address.to_string())
}

/// The same, as the server wrote it.
#[cfg(not(feature = "ssr"))]
fn tunnel_to() -> Option<String> {
    document().document_element()?.get_attribute("data-insecure")
}

/// Whether a browser that asks with these headers is away and asks in the clear. It tells what it asks for
/// (`Sec-Fetch-Site`) only where it keeps such a cookie too. Those from before 2023 do not tell, and the proxy has to
/// say that they came over TLS. Whoever forges either hides a word from nobody but themselves.
#[cfg(feature = "ssr")]
fn drops_session(headers: &http::HeaderMap) -> bool {
    let said = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let over_tls = said("x-forwarded-proto").and_then(|hops| hops.split(',').next()).map(str::trim) == Some("https");
    let is_away = said("host").is_some_and(|host| !is_own_machine(host));
    is_away && !over_tls && !headers.contains_key("sec-fetch-site")
}

/// Whether a `Host` is that of the machine on which the browser runs (RFC 6761 section 6.3).
#[cfg(feature = "ssr")]
fn is_own_machine(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next(),
        None => host.split(':').next(),
    };
    let name = name.unwrap_or_default().to_ascii_lowercase();
    match name.parse::<std::net::IpAddr>() {
        Ok(address) => address.is_loopback(),
        Err(_) => name == "localhost" || name.ends_with(".localhost"),
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use http::{HeaderMap, HeaderValue};

    use super::drops_session;

    #[test]
    fn only_over_tls_and_on_the_own_machine_a_session_is_kept() {
        for (headers, drops) in [
            (&[("host", "10.0.0.5:3000")][..], true),
            (&[("host", "hufu.example")], true),
            (&[("host", "[2001:db8::1]:3000")], true),
            (&[("host", "localhost.example:3000")], true),
            (&[("host", "hufu.example"), ("x-forwarded-proto", "http, https")], true),
            (&[("host", "hufu.example"), ("x-forwarded-proto", "https")], false),
            (&[("host", "hufu.example"), ("x-forwarded-proto", "https, http")], false),
            (&[("host", "hufu.example"), ("sec-fetch-site", "none")], false),
            (&[("host", "127.0.0.1:3000")], false),
            (&[("host", "[::1]:3000")], false),
            (&[("host", "LOCALHOST")], false),
            (&[("host", "hufu.localhost:3000")], false),
            (&[], false),
        ] {
            let mut sent = HeaderMap::new();
            for &(name, value) in headers {
                sent.insert(name, HeaderValue::from_static(value));
            }
            assert_eq!(drops_session(&sent), drops, "{headers:?}");
        }
    }
}
