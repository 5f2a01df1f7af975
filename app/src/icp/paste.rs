//! Many filings at once, each line judged before anything is saved.

use leptos::prelude::*;
use model::{
    icp::{
        IcpNumberError,
        paste::{FilingJudgement, PASTE_MOST, PastedFiling, Refusal, judge_filings, lines_of},
    },
    service::Field,
};

use super::api::PasteFilings;
use crate::{
    components::{FieldError, FormError, TextArea, problem_of},
    error::problem_words,
    i18n::*,
    pasted::{Found, MendAll, MendLine, NotSaved, Paste},
    preferences::use_locale,
    toast, words,
};

/// The form that takes many.
#[component]
pub fn PasteForm(
    /// The lines, as typed.
    text: RwSignal<String>,
    /// Called when filings were saved.
    #[prop(into)]
    on_change: Callback<()>,
) -> impl IntoView {
    let locale = use_locale();
    let action = ServerAction::<PasteFilings>::new();
    let error = Signal::derive(move || action.value().get().and_then(Result::err));
    let problem = problem_of(Field::Filings, error);
    let saved = move |count: &usize| Some(td_string!(locale, icp.paste.saved, count = *count));
    toast::say_what_was_done(action.value().into(), saved);
    Effect::new(move || {
        if let Some(Ok(_)) = action.value().get() {
            text.set(String::new());
            on_change.run(());
        }
    });
    let count = Memo::new(move |_| text.with(|text| lines_of(text).count()));
    let judgements = Memo::new(move |_| text.with(|text| judge_filings(lines_of(text).take(PASTE_MOST))));
    // Without the script the lines are judged by what the URL said of them, not by what is typed since.
    let live = RwSignal::new(false);
    Effect::new(move || live.set(true));
    let refused = move || {
        live.get() && (count.get() > PASTE_MOST || judgements.with(|lines| lines.iter().any(|line| !line.accepted())))
    };
    view! {
        <section class="panel flex flex-col gap-4" id="paste">
            <h2 class="text-lg font-semibold">{td!(locale, icp.paste.title)}</h2>
            <ActionForm action attr:class="flex flex-col gap-4">
                <FormError error fields=&[Field::Filings]/>
                <NotSaved text/>
                <label class="field">
                    <span class="field-label">{td!(locale, icp.paste.lines)}</span>
                    <TextArea name="lines" rows=6 text problem on_input=move |typed| text.set(typed)
                        placeholder="example.com 京ICP备11041704号-13 某某有限公司"/>
                    <span class="field-help">{td_string!(locale, icp.paste.help, most = PASTE_MOST)}</span>
                    <FieldError name="lines" problem/>
                </label>
                <Judged judgements count text/>
                <div class="flex flex-wrap gap-2">
                    <button class="btn btn-primary" disabled=move || action.pending().get() || refused()>
                        {td!(locale, icp.paste.submit)}
                    </button>
                    <WithoutScript/>
                </div>
            </ActionForm>
        </section>
    }
    .into_any()
}

/// A button that asks the page to judge the lines, for browsers that run no script.
#[component]
fn WithoutScript() -> impl IntoView {
    let locale = use_locale();
    let button = move || {
        let words = td_string!(locale, icp.paste.judge);
        format!(r#"<button class="btn" formmethod="get" formaction="{}#paste">{words}</button>"#, super::query::PATH)
    };
    view! { <noscript inner_html=button></noscript> }
}

/// Every line with what it tells, or why it cannot be accepted.
#[component]
fn Judged(judgements: Memo<Vec<FilingJudgement>>, count: Memo<usize>, text: RwSignal<String>) -> impl IntoView {
    let locale = use_locale();
    let accepted = move || judgements.with(|lines| lines.iter().filter(|line| line.accepted()).count());
    let summary = move || match count.get() {
        count if count > PASTE_MOST => td_string!(locale, icp.paste.too_many, count = count, most = PASTE_MOST),
        count => td_string!(locale, icp.paste.summary, accepted = accepted(), count = count),
    };
    let found = Memo::new(move |_| judgements.with(|lines| lines.iter().map(found).collect::<Vec<_>>()));
    let paste = Paste { text, rewrite: rewritten };
    let nothing = Memo::new(move |_| count.get() == 0 && text.with(|text| !text.is_empty()));
    view! {
        <Show when=move || nothing.get()>
            <p class="font-semibold text-error" role="status" data-nothing="">{td!(locale, icp.paste.nothing)}</p>
        </Show>
        <Show when=move || count.get() != 0>
            <div class="flex flex-col gap-2">
                <p class="flex flex-wrap items-center gap-3" role="status" aria-live="polite">
                    <span>{summary}</span>
                    <MendAll paste found/>
                </p>
                <ol class="rows">
                    {move || {
                        judgements.get().into_iter().enumerate()
                            .map(|(index, judgement)| view! { <Line index judgement paste/> })
                            .collect_view()
                    }}
                </ol>
            </div>
        </Show>
    }
}

#[component]
fn Line(index: usize, judgement: FilingJudgement, paste: Paste) -> impl IntoView {
    let locale = use_locale();
    let accepted = judgement.accepted();
    let (class, sign, word) = if accepted {
        ("badge badge-success", "✓", td_string!(locale, icp.paste.accepted))
    } else {
        ("badge badge-error", "✕", td_string!(locale, icp.paste.refused))
    };
    let FilingJudgement { input, filing, suggestion } = judgement;
    let said = match filing {
        Ok(filing) => told_words(&filing, locale),
        Err(refusal) => refusal_words(&refusal, locale),
    };
    let use_it = suggestion.clone();
    view! {
        <li class="row md:grid-cols-[6rem_minmax(0,1fr)_auto]" data-line=if accepted { "accepted" } else { "refused" }>
            <span class=class><span aria-hidden="true">{sign}</span>" "{word}</span>
            <div class="flex min-w-0 flex-col gap-1">
                <code class="break-all">{input}</code>
                <span class="text-sm wrap-anywhere" data-said="">{said}</span>
                {suggestion.map(|suggestion| view! {
                    <span class="text-sm">{td!(locale, icp.paste.suggestion)}" "<code class="break-all font-semibold">{suggestion}</code></span>
                })}
            </div>
            {(!accepted).then(|| view! { <MendLine paste index suggestion=use_it/> })}
        </li>
    }
    .into_any()
}

/// What a line tells, as it will be recorded.
fn told_words(filing: &PastedFiling, locale: Locale) -> String {
    let PastedFiling { domain, state, number, holder } = filing;
    let told = [
        Some(domain.unicode()),
        Some(words::icp::state(*state, locale).to_owned()),
        number.as_ref().map(ToString::to_string),
        holder.clone(),
    ];
    told.into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

/// Why a line cannot be accepted.
fn refusal_words(refusal: &Refusal, locale: Locale) -> String {
    match refusal {
        Refusal::TooLong => td_string!(locale, icp.refusal.too_long).to_owned(),
        Refusal::NoDomain => td_string!(locale, icp.refusal.no_domain).to_owned(),
        Refusal::PublicSuffix => td_string!(locale, icp.refusal.public_suffix).to_owned(),
        Refusal::Below(domain) => td_string!(locale, icp.refusal.below, domain = domain.unicode()),
        Refusal::NothingTold | Refusal::Number(IcpNumberError::Empty) => {
            td_string!(locale, icp.refusal.nothing_told).to_owned()
        }
        Refusal::Number(error) => words::icp::problem(*error, locale),
        Refusal::Holder(problem) => {
            let problem = problem_words(Field::IcpHolder, problem, locale);
            td_string!(locale, icp.refusal.holder, problem = problem)
        }
        Refusal::Repeated => td_string!(locale, icp.refusal.repeated).to_owned(),
    }
}

fn found(judgement: &FilingJudgement) -> Found {
    match (&judgement.suggestion, judgement.accepted()) {
        (_, true) => Found::Kept(judgement.input.clone()),
        (Some(suggestion), false) => Found::Suggested(suggestion.clone()),
        (None, false) => Found::Refused,
    }
}

/// The text with something else in the place of each line.
fn rewritten(text: &str, with: &mut dyn FnMut(usize, &str) -> Option<String>) -> String {
    let kept = lines_of(text).enumerate().filter_map(|(index, line)| with(index, line));
    kept.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_told_as_it_will_be_recorded() {
        let told = |line| match judge_filings([line]).remove(0).filing {
            Ok(filing) => told_words(&filing, Locale::en),
            Err(refusal) => refusal_words(&refusal, Locale::en),
        };
        assert_eq!(
            told("例子.中国,京 icp备11041704-13,Some Ltd"),
            "例子.中国 · Filed · 京ICP备11041704号-13 · Some Ltd"
        );
        assert_eq!(told("example.com 未备案"), "example.com · Not filed");
        assert_eq!(told("www.example.com filed"), "The filing belongs to example.com.");
        assert_eq!(told("example.com"), "Neither a number nor a state follows the domain.");
    }

    #[test]
    fn a_line_is_kept_or_means_another_or_is_refused() {
        let lines = ["www.example.com filed", "example.org filed", "example.org filed", "nothing"];
        let judgements = judge_filings(lines);
        let suggested = Found::Suggested("example.com filed".to_owned());
        let kept = Found::Kept("example.org filed".to_owned());
        let expected = [suggested, kept, Found::Refused, Found::Refused];
        assert_eq!(judgements.iter().map(found).collect::<Vec<_>>(), expected);
    }
}
