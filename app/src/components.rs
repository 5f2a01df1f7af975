//! Small parts that several pages share.

use leptos::{either::Either, prelude::*};
use leptos_meta::Title;
use leptos_router::hooks::use_location;
use model::{
    HostPort,
    service::{Field, Problem},
};

use crate::{
    drafts,
    error::{AppError, problem_words},
    i18n::*,
    layout::crumbs::{Crumbs, Section},
    preferences::use_locale,
    query,
    toast::SAID,
    typed::keep_up,
};

/// A labelled input with the answer to a wrong value right beside it. Its form is not validated by the browser (HTML
/// `novalidate`), which would send nothing until it is content, and tell of one field at a time in a language of its own.
#[component]
pub fn TextField(
    /// Name in the form.
    name: &'static str,
    /// Which field of the service an error is about.
    field: Field,
    /// What to fill in.
    #[prop(into)]
    label: Signal<String>,
    /// The last answer of the server.
    #[prop(into)]
    error: Signal<Option<AppError>>,
    /// `text`, `password`, …
    #[prop(default = "text")]
    kind: &'static str,
    /// Whether it is a whole number. It is typed as a text, for of what is no number a browser would send nothing.
    #[prop(optional)]
    is_number: bool,
    /// What the browser may fill in by itself (HTML `autocomplete`).
    #[prop(default = "off")]
    autocomplete: &'static str,
    /// A hint under the input.
    #[prop(optional, into)]
    help: Option<Signal<String>>,
    /// The value to start with.
    #[prop(optional, into)]
    value: Option<String>,
    /// Whether nothing is an answer too.
    #[prop(optional)]
    may_be_empty: bool,
    /// What the rules say of a value before it is sent, asked when the field is left.
    #[prop(optional)]
    judge: Option<fn(&str) -> Option<Problem>>,
) -> impl IntoView {
    let locale = use_locale();
    // None as long as nothing was typed since the server's answer.
    let judged = RwSignal::new(None::<Option<Problem>>);
    Effect::new(move || {
        error.track();
        judged.set(None);
    });
    let problem = Memo::new(move |_| {
        let answered = || error.with(|error| error.as_ref()?.problem(field));
        let problem = judged.get().unwrap_or_else(answered)?;
        Some(problem_words(field, &problem, locale))
    });
    let on_change = move |event| {
        // Nor while a button is being pressed, which would move away as well: what it sends is answered.
        let pressed = document().query_selector("button:not([type=button]):active").ok().flatten();
        if let Some(judge) = judge.filter(|_| pressed.is_none()) {
            judged.set(Some(judge(&event_target_value(&event))));
        }
    };
    // A problem goes while it is mended: were it to go when the field is left, the button that is
    // being pressed would move away under the pointer.
    let on_input = move |event| {
        if problem.with_untracked(Option::is_some) {
            judged.set(Some(judge.and_then(|judge| judge(&event_target_value(&event)))));
        }
    };
    view! {
        <label class="field">
            <span class="field-label">{label}</span>
            <input
                class="input"
                class:input-error=move || problem.with(Option::is_some)
                type=kind
                inputmode=is_number.then_some("numeric")
                name=name
                value=value
                autocomplete=autocomplete
                on:change=on_change
                on:input=on_input
                required=!may_be_empty
                aria-invalid=move || problem.with(Option::is_some).then_some("true")
                aria-describedby=error_id(name)
            />
            {help.map(|help| view! { <span class="field-help">{help}</span> })}
            <FieldError name problem/>
        </label>
    }
}

/// What the server has found wrong with `field`, in words.
pub fn problem_of(field: Field, error: Signal<Option<AppError>>) -> Signal<Option<String>> {
    let locale = use_locale();
    let problem = move |error: &Option<AppError>| Some(problem_words(field, &error.as_ref()?.problem(field)?, locale));
    Memo::new(move |_| error.with(problem)).into()
}

/// What is wrong with a field that was sent with nothing in it, in words.
pub fn left_blank(is_blank: Signal<bool>) -> Signal<Option<String>> {
    let locale = use_locale();
    Signal::derive(move || is_blank.get().then(|| td_string!(locale, common.problem.empty).to_owned()))
}

/// What is wrong with a field, right beside it; the field names it as its description.
#[component]
pub fn FieldError(
    /// Name of the field in the form.
    name: &'static str,
    /// In words.
    #[prop(into)]
    problem: Signal<Option<String>>,
) -> impl IntoView {
    view! { <span class="field-error" id=error_id(name) role="alert">{move || problem.get()}</span> }
}

/// The id of what [`FieldError`] says.
pub fn error_id(name: &str) -> String {
    format!("{name}-error")
}

/// What a button has as `aria-disabled` while what it has begun is under way. One that is `disabled` loses the focus;
/// the presses of this one are swallowed by the script of the document.
pub fn waits(pending: Memo<bool>) -> impl Fn() -> Option<&'static str> + Copy + Send + 'static {
    move || pending.get().then_some("true")
}

/// An error that belongs to no field.
#[component]
pub fn FormError(
    /// The last answer of the server.
    #[prop(into)]
    error: Signal<Option<AppError>>,
    /// The fields that show their own errors.
    fields: &'static [Field],
    /// Whether something that was typed or chosen stands here still, to be sent again.
    #[prop(optional)]
    is_typed: bool,
) -> impl IntoView {
    let (locale, location) = (use_locale(), use_location());
    let log_in = move || {
        let told_once = [SAID, drafts::LED_BACK].concat();
        let here = query::address(&location.pathname.get_untracked(), &location.search.get_untracked(), &told_once);
        WayOn::LogIn.link(here)
    };
    move || {
        error.with(|error| {
            let error = error.as_ref()?;
            let words = error.words_apart_from(fields, locale)?;
            let ended = (*error == AppError::Unauthenticated).then(|| view! { <LogInBeside href=log_in() is_typed/> });
            Some(view! { <div class="alert alert-error" role="alert"><div><p>{words}</p>{ended}</div></div> })
        })
    }
}

/// The way to the log-in that loses nothing of what is typed: beside the page, which may be sent again then.
#[component]
fn LogInBeside(
    /// The log-in that leads back.
    href: String,
    /// Whether there is something typed or chosen.
    is_typed: bool,
) -> impl IntoView {
    let locale = use_locale();
    view! {
        <p><a class="link" href=href target="_blank">{td_string!(locale, common.error.log_in_beside)}</a></p>
        {is_typed.then(|| view! { <p>{td_string!(locale, common.error.send_again)}</p> })}
    }
    .into_any()
}

/// In place of a page: nothing is at this address, or the server failed.
#[component]
pub fn PageError(
    /// Why the page cannot be shown.
    error: AppError,
    /// What the page is below of.
    section: Section,
) -> impl IntoView {
    let locale = use_locale();
    let title = if error == AppError::NotFound {
        td_string!(locale, common.not_found.title)
    } else {
        td_string!(locale, common.error.title)
    };
    view! {
        <Title text=title/>
        <Crumbs section here=title/>
        <h1 class="page-title">{title}</h1>
        <NotShown error/>
    }
    .into_any()
}

/// In place of what a page with a heading shows: why it cannot, and the way on.
#[component]
pub fn NotShown(
    /// Why.
    error: AppError,
) -> impl IntoView {
    let locale = use_locale();
    let location = use_location();
    let here = query::address(&location.pathname.get_untracked(), &location.search.get_untracked(), SAID);
    let not_found = error == AppError::NotFound;
    #[cfg(feature = "ssr")]
    if let Some(response) = use_context::<leptos_axum::ResponseOptions>().filter(|_| not_found) {
        response.set_status(http::StatusCode::NOT_FOUND);
    }
    let way = WayOn::after(&error);
    let name = match way {
        WayOn::Home => td_string!(locale, common.not_found.home),
        WayOn::LogIn => td_string!(locale, common.log_in),
        WayOn::Again => td_string!(locale, common.error.again),
    };
    let words = if not_found {
        Either::Left(view! { <p>{td!(locale, common.not_found.body)}</p> })
    } else {
        Either::Right(view! { <p class="alert alert-error" role="alert">{error.words_of_page(locale)}</p> })
    };
    view! {
        {words}
        // Loaded anew: the router would stay where it is.
        <a class="btn btn-primary w-fit" href=way.link(here) rel="external">{name}</a>
    }
    .into_any()
}

/// Where somebody goes who is not shown what they came for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum WayOn {
    /// There is nothing for them here.
    Home,
    /// The server does not know them any more. The log-in leads back.
    LogIn,
    /// It may go better the next time.
    Again,
}

impl WayOn {
    fn after(error: &AppError) -> Self {
        match error {
            AppError::NotFound | AppError::Forbidden => Self::Home,
            AppError::Unauthenticated => Self::LogIn,
            _ => Self::Again,
        }
    }

    /// From the page at this address.
    fn link(self, here: String) -> String {
        match self {
            Self::Home => "/".to_owned(),
            Self::LogIn => query::link("/log-in", [("return", Some(here).filter(|here| here != "/"))]),
            Self::Again => here,
        }
    }
}

/// Host and port of an endpoint.
#[component]
pub fn Target(
    /// What is named.
    target: HostPort,
) -> impl IntoView {
    view! { <HostText text=target.to_string()/> }
}

/// A text that has a host in it. Where it is narrow, a line breaks after a dot or before a port rather than within a word.
#[component]
pub fn HostText(
    /// A host, with a port or not, a URL, or a sentence that names one.
    text: String,
) -> impl IntoView {
    view! { <span class="wrap-anywhere" inner_html=breaking(&text)></span> }
}

/// As markup that says where a line may break: one text for each host of a long list, in place of nodes.
pub(crate) fn breaking(text: &str) -> String {
    pieces(text).into_iter().map(escape).collect::<Vec<_>>().join("<wbr>")
}

/// What of a text stays together: up to a dot within a word, or to what stands before a port.
fn pieces(text: &str) -> Vec<&str> {
    let (mut pieces, mut begun) = (Vec::new(), 0);
    for (at, sign) in text.match_indices(['.', ':']) {
        let (before, after) = (&text[begun..at], &text[at + 1..]);
        let next = after.chars().next();
        let end = match (sign, next) {
            (".", Some(next)) if !next.is_ascii_punctuation() && !next.is_whitespace() => at + 1,
            (":", Some(_)) if is_port(after) && !within_address(before) => at,
            _ => continue,
        };
        pieces.push(&text[begun..end]);
        begun = end;
    }
    pieces.push(&text[begun..]);
    pieces
}

/// Whether a text begins with a port, and with nothing that would make it a group of an IPv6 address.
fn is_port(text: &str) -> bool {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    (1..=5).contains(&digits) && !text[digits..].starts_with(|next: char| next.is_alphanumeric() || next == ':')
}

/// Whether a text ends within an IPv6 address: in a word with a colon that no bracket closes and no `//` follows.
fn within_address(text: &str) -> bool {
    let word = text.rsplit(char::is_whitespace).next().unwrap_or(text);
    let word = word.rsplit("//").next().unwrap_or(word);
    word.contains(':') && !word.ends_with(']')
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
    /// Whether nothing is an answer too.
    #[prop(optional)]
    may_be_empty: bool,
    /// What is wrong with it, as [`FieldError`] says beside it.
    #[prop(optional, into)]
    problem: Option<Signal<Option<String>>>,
    /// Called with everything typed so far.
    #[prop(optional, into)]
    on_input: Option<Callback<String>>,
) -> impl IntoView {
    let wrong = move || problem.is_some_and(|problem| problem.with(Option::is_some));
    let on_input = move |event| {
        if let Some(on_input) = on_input {
            on_input.run(event_target_value(&event));
        }
    };
    view! {
        <textarea class="textarea w-full font-mono" class:textarea-error=wrong name=name rows=rows required=!may_be_empty spellcheck="false"
            autocomplete="off" autocapitalize="off" placeholder=placeholder
            aria-invalid=move || wrong().then_some("true") aria-describedby=problem.map(|_| error_id(name))
            use:keep_up=text on:input=on_input
            inner_html=content(&text.get_untracked())></textarea>
    }
}

/// As markup.
pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// As the content of a text area. A first line feed would be dropped by the HTML parser.
fn content(text: &str) -> String {
    let escaped = escape(text);
    if escaped.starts_with('\n') { format!("\n{escaped}") } else { escaped }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_is_not_shown_a_page_is_led_on() {
        for (error, here, link) in [
            (AppError::NotFound, "/programs/9", "/"),
            (AppError::Forbidden, "/programs/import", "/"),
            (AppError::Unauthenticated, "/", "/log-in"),
            (AppError::Unauthenticated, "/audit?q=a", "/log-in?return=%2Faudit%3Fq%3Da"),
            (AppError::Transport(String::new()), "/audit?q=a", "/audit?q=a"),
        ] {
            assert_eq!(WayOn::after(&error).link(here.to_owned()), link, "{error:?}");
        }
    }

    #[test]
    fn a_line_breaks_after_the_dots_of_a_host_and_before_its_port() {
        for (text, expected) in [
            ("", &[""][..]),
            ("localhost", &["localhost"]),
            ("a-b.example.com:8443", &["a-b.", "example.", "com", ":8443"]),
            ("*.例子.中国", &["*.", "例子.", "中国"]),
            ("wss://a.example:1/x?y=1", &["wss://a.", "example", ":1/x?y=1"]),
            ("on a.example:443 and others, 2 in all.", &["on a.", "example", ":443 and others, 2 in all."]),
            ("CN=R3, O=Some Co., Ltd.", &["CN=R3, O=Some Co., Ltd."]),
            ("Shop: A", &["Shop: A"]),
            ("[2001:db8::7]:8443", &["[2001:db8::7]", ":8443"]),
            ("https://[2001:db8:1:2::7]:443/", &["https://[2001:db8:1:2::7]", ":443/"]),
            ("fd00::12", &["fd00::12"]),
            ("at 2001:db8::1:2, a.example:80", &["at 2001:db8::1:2, a.", "example", ":80"]),
        ] {
            assert_eq!(pieces(text), expected, "{text}");
            assert_eq!(pieces(text).concat(), text, "nothing is lost");
        }
        assert_eq!(breaking("<b>a.b &"), "&lt;b&gt;a.<wbr>b &amp;");
    }

    #[test]
    fn pasted_markup_stays_text() {
        let cases = [
            ("", ""),
            ("a & b", "a &amp; b"),
            ("</textarea><script>", "&lt;/textarea&gt;&lt;script&gt;"),
            ("&lt;", "&amp;lt;"),
            ("\nx", "\n\nx"),
        ];
        for (text, html) in cases {
            assert_eq!(content(text), html);
        }
    }
}
