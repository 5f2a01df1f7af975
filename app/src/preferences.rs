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

/// The daisyUI theme the visitor chose, for `<html data-theme>`; none follows the system.
#[cfg(feature = "ssr")]
pub fn chosen_theme() -> Option<&'static str> {
    THEMES
        .into_iter()
        .find(|(word, _)| crate::context::cookie(THEME_COOKIE).as_deref() == Some(*word))
        .map(|(_, theme)| theme)
}

/// The same, as the server wrote it.
#[cfg(not(feature = "ssr"))]
fn chosen_theme() -> Option<&'static str> {
    let written = document().document_element()?.get_attribute("data-theme");
    THEMES.into_iter().find(|(_, theme)| written.as_deref() == Some(*theme)).map(|(_, theme)| theme)
}

/// The words of the cookie and daisyUI's names.
const THEMES: [(&str, &str); 2] = [("light", "hufu-light"), ("dark", "hufu-dark")];

/// Switches of language and theme.
#[component]
pub fn PreferenceForms() -> impl IntoView {
    let i18n = use_i18n();
    let chosen = chosen_theme();
    let language = move |locale: Locale, value: &'static str, name: &'static str| {
        view! {
            <Choice name="locale" value current=Signal::derive(move || i18n.get_locale() == locale)>
                <span lang=value>{name}</span>
            </Choice>
        }
    };
    let theme = move |value: &'static str| {
        let theme = THEMES.into_iter().find(|(word, _)| *word == value).map(|(_, theme)| theme);
        Signal::stored(theme == chosen)
    };
    view! {
        <form method="post" action=PREFERENCES_PATH class="join" aria-label=move || t_string!(i18n, common.preferences.language)>
            <Return/>
            {language(Locale::zh_CN, "zh-CN", "中文")}
            {language(Locale::en, "en", "English")}
        </form>
        <form method="post" action=PREFERENCES_PATH class="join" aria-label=move || t_string!(i18n, common.preferences.theme)>
            <Return/>
            <Choice name="theme" value="system" current=theme("system")>{t!(i18n, common.preferences.theme_system)}</Choice>
            <Choice name="theme" value="light" current=theme("light")>{t!(i18n, common.preferences.theme_light)}</Choice>
            <Choice name="theme" value="dark" current=theme("dark")>{t!(i18n, common.preferences.theme_dark)}</Choice>
        </form>
    }
}

/// A button that chooses; the choice that is in force is pressed.
#[component]
fn Choice(name: &'static str, value: &'static str, current: Signal<bool>, children: Children) -> impl IntoView {
    view! {
        <button class="btn btn-ghost btn-sm join-item font-normal" class:btn-active=current name=name value=value
            aria-pressed=move || current.get().to_string()>
            {children()}
        </button>
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
