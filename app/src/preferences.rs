//! Language and theme: two cookies, set by plain forms, so that they work before the wasm has
//! loaded and the first byte is already right.

use leptos::prelude::*;
use leptos_router::hooks::use_location;
use leptos_use::UseLocalesOptions;

use crate::i18n::*;

/// Holds `zh-CN` or `en`; absent, `Accept-Language` decides.
pub const LOCALE_COOKIE: &str = "hufu_locale";

/// Holds `light` or `dark`; absent, the system decides.
pub const THEME_COOKIE: &str = "hufu_theme";

/// Where the forms go.
pub const PREFERENCES_PATH: &str = "/preferences";

/// How leptos_i18n learns the language on the server: the cookie first, then the header. In the
/// browser the `lang` attribute that the server wrote decides.
pub fn locale_source() -> UseLocalesOptions {
    #[cfg(feature = "ssr")]
    {
        UseLocalesOptions::default().ssr_lang_header_getter(|| {
            let parts = use_context::<http::request::Parts>()?;
            crate::context::cookie_of(&parts, LOCALE_COOKIE).or_else(|| {
                let header = parts.headers.get(http::header::ACCEPT_LANGUAGE)?;
                header.to_str().ok().map(str::to_owned)
            })
        })
    }
    #[cfg(not(feature = "ssr"))]
    UseLocalesOptions::default()
}

/// The daisyUI theme the visitor chose, for `<html data-theme>`.
#[cfg(feature = "ssr")]
pub fn chosen_theme() -> Option<&'static str> {
    match crate::context::cookie(THEME_COOKIE)?.as_str() {
        "light" => Some("hufu-light"),
        "dark" => Some("hufu-dark"),
        _ => None,
    }
}

/// Switches of language and theme.
#[component]
pub fn PreferenceForms() -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <form method="post" action=PREFERENCES_PATH class="join" aria-label=t_string!(i18n, common.preferences.language)>
            <Return/>
            <button class="btn btn-ghost btn-sm join-item" name="locale" value="zh-CN" lang="zh-CN">"中文"</button>
            <button class="btn btn-ghost btn-sm join-item" name="locale" value="en" lang="en">"English"</button>
        </form>
        <form method="post" action=PREFERENCES_PATH class="join" aria-label=t_string!(i18n, common.preferences.theme)>
            <Return/>
            <button class="btn btn-ghost btn-sm join-item" name="theme" value="system">
                {t!(i18n, common.preferences.theme_system)}
            </button>
            <button class="btn btn-ghost btn-sm join-item" name="theme" value="light">
                {t!(i18n, common.preferences.theme_light)}
            </button>
            <button class="btn btn-ghost btn-sm join-item" name="theme" value="dark">
                {t!(i18n, common.preferences.theme_dark)}
            </button>
        </form>
    }
}

/// Tells the server where to go back to.
#[component]
fn Return() -> impl IntoView {
    let location = use_location();
    let here = move || {
        let search = location.search.get();
        let question = if search.is_empty() { "" } else { "?" };
        format!("{}{question}{search}", location.pathname.get())
    };
    view! { <input type="hidden" name="return" value=here/> }
}
