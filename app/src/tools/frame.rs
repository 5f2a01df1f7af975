//! What both checks share: heading, tabs, the choice of a mini program, a text area.

use leptos::prelude::*;
use model::service::ProgramId;

use super::api::ProgramChoice;
use crate::i18n::*;

/// Which check is open.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Tab {
    /// A URL against the lists.
    Url,
    /// An error text.
    ErrorText,
}

/// Heading and tabs around a check.
#[component]
pub fn Frame(
    /// The open one.
    open: Tab,
    /// The check.
    children: Children,
) -> impl IntoView {
    let i18n = use_i18n();
    let tab = move |tab: Tab| (open == tab).then_some("page");
    let class = move |tab: Tab| if open == tab { "tab tab-active" } else { "tab text-base-content" };
    view! {
        <h1 class="page-title">{t!(i18n, tools.title)}</h1>
        <nav class="tabs tabs-border" aria-label=move || t_string!(i18n, tools.tabs)>
            <a href="/check/url" class=class(Tab::Url) aria-current=tab(Tab::Url)>{t!(i18n, tools.url.tab)}</a>
            <a href="/check/error" class=class(Tab::ErrorText) aria-current=tab(Tab::ErrorText)>{t!(i18n, tools.explain.tab)}</a>
        </nav>
        {children()}
    }
}

/// The options of a choice of mini programs.
#[component]
pub fn ProgramOptions(
    /// All of them.
    programs: Vec<ProgramChoice>,
    /// The one to start with.
    chosen: Option<ProgramId>,
) -> impl IntoView {
    programs
        .into_iter()
        .map(|program| {
            view! { <option value=program.id.to_string() selected=chosen == Some(program.id)>{program.name}</option> }
        })
        .collect_view()
}

/// A text area that starts with `text`. An empty child would be rendered as a space, and text
/// beside a hydration marker as that marker, hence the markup.
#[component]
pub fn TextArea(
    /// Name in the form.
    name: &'static str,
    /// Visible lines.
    rows: u16,
    /// An example, shown while it is empty.
    #[prop(into)]
    placeholder: Signal<String>,
    /// What it holds; follows the URL.
    #[prop(into)]
    text: Signal<String>,
) -> impl IntoView {
    view! {
        <textarea class="textarea w-full font-mono" name=name rows=rows required spellcheck="false"
            autocomplete="off" autocapitalize="off" placeholder=placeholder
            prop:value=text inner_html=escape(&text.get_untracked())></textarea>
    }
}

/// As the content of a text area. A first line feed would be dropped by the HTML parser.
fn escape(text: &str) -> String {
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;");
    if escaped.starts_with('\n') { format!("\n{escaped}") } else { escaped }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pasted_markup_stays_text() {
        let cases = [
            ("", ""),
            ("a & b", "a &amp; b"),
            ("</textarea><script>", "&lt;/textarea>&lt;script>"),
            ("&lt;", "&amp;lt;"),
            ("\nx", "\n\nx"),
        ];
        for (text, html) in cases {
            assert_eq!(escape(text), html);
        }
    }
}
