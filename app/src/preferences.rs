//! Language and theme: two cookies, set by plain forms, so that they work before the wasm has
//! loaded and the first byte is already right.

use leptos::prelude::*;
use leptos_router::hooks::use_location;
use model::Zone;

use crate::{
    i18n::*,
    query,
    toast::{SAID, SavedBefore, saved_before},
    zone::chosen_zone,
};

/// Holds `zh-CN` or `en`; absent, `Accept-Language` decides.
pub const LOCALE_COOKIE: &str = "hufu_locale";

/// Holds `light` or `dark`; absent, the system decides.
pub const THEME_COOKIE: &str = "hufu_theme";

/// Where the forms go.
pub const PREFERENCES_PATH: &str = "/preferences";

/// The language of the page. It stays the same for as long as the page does: to choose another is
/// to send a form, and the answer is a new page.
pub fn use_locale() -> Locale {
    use_context().unwrap_or_default()
}

/// The language to answer in: the cookie decides, then what the browser prefers.
#[cfg(feature = "ssr")]
pub fn page_locale() -> Locale {
    use_context::<http::request::Parts>().map(|parts| locale_of_request(&parts)).unwrap_or_default()
}

/// The language to answer a request in.
#[cfg(feature = "ssr")]
pub fn locale_of_request(parts: &http::request::Parts) -> Locale {
    if let Some(chosen) = crate::context::cookie_of(parts, LOCALE_COOKIE).and_then(|word| word.parse().ok()) {
        return chosen;
    }
    let preferred = parts.headers.get(http::header::ACCEPT_LANGUAGE).and_then(|header| header.to_str().ok());
    locale_of(preferred.unwrap_or_default())
}

/// The language that the server wrote the page in.
#[cfg(not(feature = "ssr"))]
pub fn page_locale() -> Locale {
    let written = document().document_element().and_then(|root| root.get_attribute("lang"));
    written.and_then(|word| word.parse().ok()).unwrap_or_default()
}

/// The best of our languages for an `Accept-Language` header (RFC 9110 section 12.5.4).
#[cfg(any(feature = "ssr", test))]
fn locale_of(accept_language: &str) -> Locale {
    let mut ranges: Vec<(f32, &str)> = accept_language
        .split(',')
        .filter_map(|item| {
            let (range, weight) = item.split_once(';').unwrap_or((item, "q=1"));
            let weight = weight.trim().strip_prefix("q=")?.parse().ok()?;
            (weight > 0.0).then_some((weight, range.trim()))
        })
        .collect();
    // Stable: of equal weights the first named goes first.
    ranges.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    let named = ranges.into_iter().find_map(|(_, range)| {
        match range.split('-').next().unwrap_or_default().to_ascii_lowercase().as_str() {
            "zh" => Some(Locale::zh_CN),
            "en" => Some(Locale::en),
            _ => None,
        }
    });
    named.unwrap_or_default()
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

/// The languages by their own names.
const LANGUAGES: [(Locale, &str, &str); 2] = [(Locale::zh_CN, "zh-CN", "中文"), (Locale::en, "en", "English")];

/// The themes that can be chosen: the word of the form, whether it is in force, and its name.
fn themes(locale: Locale) -> [(&'static str, bool, &'static str); 3] {
    let chosen = chosen_theme();
    let in_force = |word: &str| THEMES.into_iter().find(|(known, _)| *known == word).map(|(_, theme)| theme) == chosen;
    [
        ("system", td_string!(locale, common.preferences.theme_system)),
        ("light", td_string!(locale, common.preferences.theme_light)),
        ("dark", td_string!(locale, common.preferences.theme_dark)),
    ]
    .map(|(word, name)| (word, in_force(word), name))
}

/// Switches of language and theme.
#[component]
pub fn PreferenceForms() -> impl IntoView {
    let locale = use_locale();
    let languages = LANGUAGES.map(|(offered, value, name)| {
        choice("locale", value, offered == locale, &format!("<span lang=\"{value}\">{name}</span>"))
    });
    let themes = themes(locale).map(|(value, current, name)| choice("theme", value, current, name));
    view! {
        <Switch label=td_string!(locale, common.preferences.language) choices=languages.concat()/>
        <Switch label=td_string!(locale, common.preferences.theme) choices=themes.concat()/>
    }
}

/// The choices of one thing, as markup, under its name, apart from those of another.
#[component]
fn Switch(label: &'static str, choices: String) -> impl IntoView {
    view! {
        <form method="post" action=PREFERENCES_PATH class="switch" aria-label=label>
            <Return/>
            <span class="switch-name" aria-hidden="true">{label}</span>
            <span class="join" inner_html=choices></span>
        </form>
    }
    .into_any()
}

/// Language, theme and time zone, as a form of the settings.
#[component]
pub fn Preferences() -> impl IntoView {
    let locale = use_locale();
    let zone = chosen_zone();
    let languages = LANGUAGES.map(|(offered, value, name)| {
        view! { <option value=value lang=value selected=offered == locale>{name}</option> }
    });
    let themes =
        themes(locale).map(|(value, chosen, name)| view! { <option value=value selected=chosen>{name}</option> });
    let zones = Zone::ALL.map(|offered| {
        view! { <option value=offered.to_string() selected=zone == Some(offered)>{offered.name()}</option> }
    });
    view! {
        <section class="panel flex flex-col gap-4" id=FORM>
            <h2 class="text-lg font-semibold">{td!(locale, common.preferences.all)}</h2>
            <form method="post" action=PREFERENCES_PATH class="flex max-w-xl flex-col gap-4">
                <input type="hidden" name="return" value=format!("/settings{}", saved_before(FORM))/>
                <label class="field">
                    <span class="field-label">{td!(locale, common.preferences.language)}</span>
                    <select class="select w-full" name="locale">{languages.collect_view()}</select>
                </label>
                <label class="field">
                    <span class="field-label">{td!(locale, common.preferences.theme)}</span>
                    <select class="select w-full" name="theme">{themes.collect_view()}</select>
                </label>
                <label class="field">
                    <span class="field-label">{td!(locale, common.preferences.zone)}</span>
                    <select class="select w-full" name="zone">
                        <option value="">{td!(locale, common.preferences.zone_browser)}</option>
                        {zones.collect_view()}
                    </select>
                    <span class="field-help">{td!(locale, common.preferences.zone_help)}</span>
                </label>
                <div class="flex flex-wrap items-center gap-3">
                    <button class="btn btn-primary">{td!(locale, common.preferences.save)}</button>
                    <SavedBefore form=FORM/>
                </div>
            </form>
        </section>
    }
    .into_any()
}

/// The form of the settings.
const FORM: &str = "preferences";

/// A button that chooses; the choice that is in force is pressed. It is markup: every page has it twice, and there is
/// nothing in it that the script would follow.
fn choice(name: &str, value: &str, current: bool, content: &str) -> String {
    let active = if current { "btn-active" } else { "" };
    format!(
        "<button class=\"btn btn-ghost btn-sm join-item font-normal {active}\" name=\"{name}\" value=\"{value}\" \
         aria-pressed=\"{current}\">{content}</button>"
    )
}

/// Tells the server where to go back to.
#[component]
fn Return() -> impl IntoView {
    let location = use_location();
    // What was saved before this page came was saved by no choice of a language.
    let here = move || location.search.with(|search| query::address(&location.pathname.get(), search, SAID));
    view! { <input type="hidden" name="return" value=here/> }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_browser_s_preference_is_read_with_its_weights() {
        for (header, expected) in [
            ("", Locale::zh_CN),
            ("en", Locale::en),
            ("en-GB,en;q=0.9,zh;q=0.8", Locale::en),
            ("fr, zh-TW;q=0.7, en;q=0.8", Locale::en),
            ("zh-Hans-CN, en;q=0.9", Locale::zh_CN),
            ("en;q=0, zh", Locale::zh_CN),
            ("fr;q=1", Locale::zh_CN),
            ("EN", Locale::en),
            ("en;q=nonsense, *", Locale::zh_CN),
        ] {
            assert_eq!(locale_of(header), expected, "{header}");
        }
    }
}
