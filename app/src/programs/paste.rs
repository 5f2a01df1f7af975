//! Adding entries: one or many, each line judged by WeChat's rules before anything is saved.

use std::collections::BTreeMap;

use leptos::prelude::*;
use model::{
    Api, Code, DomainEntry, Evidence, Finding, Limits,
    domain_entry::{EntryJudgement, judge_list},
    programs::{
        PASTE_MOST,
        paste::{comments, lines_of, rewritten},
    },
    service::{Field, ProgramId},
};
use url::form_urlencoded;

use super::{
    api::AddEntries,
    aside::{Aside, Elsewhere, MoveAll},
};
use crate::{
    components::{FieldError, FormError, HostText, TextArea, problem_of, waits},
    findings::words::{part_at_fault, title, too_long},
    i18n::*,
    pasted::{Found, JudgeAlone, MendAll, MendLine, NotSaved, Paste, problem_of_lines},
    preferences::use_locale,
    query::value,
    toast,
    typed::{keep_up, live},
    words,
};

/// What is being typed; it lives outside the form, so that loading the page's data again keeps it.
#[derive(Clone, Copy, Debug)]
pub struct Draft {
    /// The list to add to.
    pub api: RwSignal<Api>,
    /// The lines, as typed.
    pub text: RwSignal<String>,
    /// Lines that were taken out because they belong to another list.
    pub aside: RwSignal<BTreeMap<Api, String>>,
}

impl Draft {
    /// These lines, for the list that the URL names.
    pub fn new(search: &str, lines: String) -> Self {
        let api = value(search, "api").and_then(|word| word.parse().ok()).unwrap_or(Api::Request);
        Self { api: RwSignal::new(api), text: RwSignal::new(lines), aside: RwSignal::default() }
    }

    /// Keeps lines for their own list.
    pub fn set_aside(self, api: Api, lines: &str) {
        if !lines.trim().is_empty() {
            self.aside.update(|aside| append(aside.entry(api).or_default(), lines));
        }
    }

    /// Goes on with what was set aside for a list; what stands in the form waits in its turn.
    pub fn go_on_with(self, api: Api) {
        let Some(lines) = self.aside.try_update(|aside| aside.remove(&api)).flatten() else { return };
        let mut text = self.text.get_untracked();
        if self.api.get_untracked() != api {
            self.set_aside(self.api.get_untracked(), &std::mem::take(&mut text));
        }
        append(&mut text, &lines);
        self.api.set(api);
        self.text.set(text);
    }
}

fn append(text: &mut String, lines: &str) {
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    text.push_str(lines);
}

/// The query that proposes lines for a list.
pub fn propose(api: Api, lines: &str) -> String {
    form_urlencoded::Serializer::new(String::new())
        .append_pair("api", api.as_str())
        .append_pair("lines", lines)
        .finish()
}

/// The form that adds entries.
#[component]
pub fn AddForm(
    /// The mini program.
    program: ProgramId,
    /// What is being typed.
    draft: Draft,
    /// The entries there are.
    existing: Signal<Vec<DomainEntry>>,
    /// How many each list may hold.
    limits: Signal<Limits>,
    /// Called when entries were added.
    on_change: Callback<()>,
) -> impl IntoView {
    let locale = use_locale();
    let add = ServerAction::<AddEntries>::new();
    toast::say_when_done(add.value().into(), td_string!(locale, common.saved));
    let error = Signal::derive(move || add.value().get().and_then(Result::err));
    let problem = problem_of_lines(problem_of(Field::Entries, error), draft.text);
    Effect::new(move || {
        match add.value().get() {
            Some(Ok(_)) => draft.text.set(String::new()),
            // Somebody may have added some of them meanwhile: they are judged by the list as it is now.
            Some(Err(_)) => {}
            None => return,
        }
        on_change.run(());
    });
    let judgements = Memo::new(move |_| judge(draft, &existing.read(), &limits.read()));
    let obstacle = obstacle(draft, judgements, locale);
    view! {
        <section class="panel flex flex-col gap-4" id="add">
            <h2 class="text-lg font-semibold">{td!(locale, programs.add.title)}</h2>
            <ActionForm action=add attr:class="flex flex-col gap-4" attr:novalidate=true>
                <FormError error fields=&[Field::Entries] is_typed=true/>
                <NotSaved text=draft.text/>
                <input type="hidden" name="id" value=program.to_string()/>
                <ListChoice api=draft.api/>
                <label class="field">
                    <span class="field-label">{td!(locale, programs.add.lines)}</span>
                    <TextArea name="lines" rows=6 text=draft.text problem on_input=move |text| draft.text.set(text)
                        placeholder=Signal::derive(move || placeholder(draft.api.get()))/>
                    <span class="field-help">{td!(locale, programs.add.lines_help)}</span>
                    <FieldError name="lines" problem/>
                </label>
                <Judged program judgements draft/>
                <Aside draft/>
                <div class="flex flex-wrap items-center gap-3">
                    <button class="btn btn-primary" aria-describedby="obstacle"
                        disabled=move || obstacle.with(Option::is_some) aria-disabled=waits(add.pending())>
                        {td!(locale, programs.add.submit)}
                    </button>
                    <JudgeAlone/>
                    <span class="text-sm" id="obstacle">{obstacle}</span>
                </div>
            </ActionForm>
        </section>
    }
    .into_any()
}

/// Why the lines cannot be saved as they are.
fn obstacle(draft: Draft, judgements: Memo<Vec<EntryJudgement>>, locale: Locale) -> Memo<Option<String>> {
    let live = live();
    let refused = move || judgements.with(|lines| lines.iter().filter(|line| !line.accepted()).count());
    Memo::new(move |_| {
        let cut = draft.text.with(|text| lines_of(text).nth(PASTE_MOST).is_some());
        match refused() {
            _ if !live.get() => None,
            _ if cut => Some(td_string!(locale, programs.add.obstacle_cut, most = PASTE_MOST).to_string()),
            0 => None,
            1 => Some(td_string!(locale, programs.add.obstacle_one).to_owned()),
            count => Some(td_string!(locale, programs.add.obstacle, count = count).to_string()),
        }
    })
}

/// The list to add to.
#[component]
fn ListChoice(api: RwSignal<Api>) -> impl IntoView {
    let locale = use_locale();
    view! {
        <label class="field max-w-md">
            <span class="field-label">{td!(locale, programs.add.list)}</span>
            <ListSelect api class="select w-full"/>
        </label>
    }
}

/// The lists to choose from.
#[component]
pub(super) fn ListSelect(
    /// The one that is chosen.
    api: RwSignal<Api>,
    class: &'static str,
    /// What is chosen, where no label beside it says so.
    #[prop(optional, into)]
    label: Option<Signal<String>>,
) -> impl IntoView {
    let locale = use_locale();
    let options = Api::ALL.map(|option| {
        view! {
            <option value=option.as_str() selected=api.get_untracked() == option>
                {words::api(option, locale)}
            </option>
        }
    });
    let chosen = Signal::derive(move || api.get().as_str().to_owned());
    let choose = move |event| {
        if let Ok(chosen) = event_target_value(&event).parse() {
            api.set(chosen);
        }
    };
    let label = move || label.map(|label| label.get());
    view! {
        <select class=class name="api" aria-label=label use:keep_up=chosen on:input=choose>{options.collect_view()}</select>
    }
}

/// Every line with what WeChat's rules say of it.
#[component]
fn Judged(program: ProgramId, judgements: Memo<Vec<EntryJudgement>>, draft: Draft) -> impl IntoView {
    let locale = use_locale();
    let accepted = move || judgements.with(|lines| lines.iter().filter(|line| line.accepted()).count());
    let count = move || judgements.with(Vec::len);
    let cut = move || draft.text.with(|text| lines_of(text).nth(PASTE_MOST).is_some());
    let found = Memo::new(move |_| judgements.with(|lines| lines.iter().map(found).collect::<Vec<_>>()));
    let paste = Paste { text: draft.text, rewrite };
    let comments = Memo::new(move |_| draft.text.with(|text| comments(text)));
    let skipped = move || match comments.get() {
        1 => td_string!(locale, programs.add.comments_one).to_owned(),
        count => td_string!(locale, programs.add.comments, count = count),
    };
    let nothing = Memo::new(move |_| count() == 0 && draft.text.with(|text| !text.is_empty()));
    view! {
        <Show when=move || nothing.get()>
            <p class="font-semibold text-error" role="status" data-nothing="">{td!(locale, programs.add.nothing)}</p>
        </Show>
        <Show when=move || count() != 0>
            <div class="flex flex-col gap-2">
                <p class="flex flex-wrap items-center gap-3" role="status" aria-live="polite">
                    <span>{move || td_string!(locale, programs.add.summary, accepted = accepted(), count = count())}</span>
                    <Show when=move || comments.get() != 0>
                        <span class="text-base-content/80">{skipped}</span>
                    </Show>
                    <Show when=cut>
                        <span class="font-semibold text-error">{td_string!(locale, programs.add.cut, most = PASTE_MOST).to_string()}</span>
                    </Show>
                    <MendAll paste found/>
                    <MoveAll judgements draft/>
                </p>
                <ol class="rows">
                    {move || {
                        judgements.get().into_iter().enumerate()
                            .map(|(index, judgement)| view! { <Line program index judgement draft paste/> })
                            .collect_view()
                    }}
                </ol>
            </div>
        </Show>
    }
}

#[component]
fn Line(program: ProgramId, index: usize, judgement: EntryJudgement, draft: Draft, paste: Paste) -> impl IntoView {
    let locale = use_locale();
    let accepted = judgement.accepted();
    let (class, sign) = if accepted { ("badge badge-success", "✓") } else { ("badge badge-error", "✕") };
    let word = move || {
        if accepted { td_string!(locale, programs.add.accepted) } else { td_string!(locale, programs.add.refused) }
    };
    let EntryJudgement { input, findings, suggestion, elsewhere, .. } = judgement;
    let use_it = suggestion.clone();
    let mendable = !accepted || suggestion.is_some();
    view! {
        <li class="row md:grid-cols-[6rem_minmax(0,1fr)_auto]" data-line=if accepted { "accepted" } else { "refused" }>
            <span class=class><span aria-hidden="true">{sign}</span>" "{word}</span>
            <div class="flex min-w-0 flex-col gap-1">
                <code><HostText text=input/></code>
                <Said findings suggestion/>
                {elsewhere.map(|entry| view! { <Elsewhere program index entry draft paste/> })}
            </div>
            {mendable.then(|| view! { <MendLine paste index suggestion=use_it/> })}
        </li>
    }
    .into_any()
}

/// What the rules say of a line, and what was most likely meant.
#[component]
pub fn Said(
    /// What is wrong, or worth knowing.
    findings: Vec<Finding>,
    /// What was meant, where that is plain.
    suggestion: Option<String>,
) -> impl IntoView {
    let locale = use_locale();
    let problems = findings.into_iter().map(|finding| {
        let (code, offending) = told(finding, locale);
        view! {
            <span class="text-sm" data-code=code.as_str()>
                {title(code, locale)}
                {offending.map(|part| view! { {words::colon(locale)}<code><HostText text=part/></code> })}
            </span>
        }
    });
    view! {
        {problems.collect_view()}
        {suggestion.map(|suggestion| view! {
            <span class="text-sm">{td!(locale, programs.add.suggestion)}" "<code class="font-semibold"><HostText text=suggestion/></code></span>
        })}
    }
}

/// To which list a line belongs by its scheme.
pub fn elsewhere_words(api: Api, locale: Locale) -> String {
    let (list, scheme) = (words::api(api, locale), api.scheme().unwrap_or_default());
    td_string!(locale, programs.add.elsewhere, scheme = scheme, list = list)
}

/// What is wrong, and the part of the line that is at fault.
fn told(finding: Finding, locale: Locale) -> (Code, Option<String>) {
    let offending = match finding.evidence {
        Evidence::Entry { offending, .. } => offending.map(|part| part_at_fault(&part, locale)),
        Evidence::TooLong { part, characters, most, encoded, .. } => {
            Some(too_long(&part, (characters, most), encoded, locale))
        }
        _ => None,
    };
    (finding.code, offending)
}

fn judge(draft: Draft, existing: &[DomainEntry], limits: &Limits) -> Vec<EntryJudgement> {
    draft.text.with(|text| judge_list(draft.api.get(), lines_of(text).take(PASTE_MOST), existing, limits))
}

fn found(judgement: &EntryJudgement) -> Found {
    match (&judgement.entry, &judgement.suggestion) {
        (Some(entry), _) => Found::Kept(entry.to_string()),
        // What is meant for another list becomes an entry of this one only if somebody says so of that line.
        (None, Some(suggestion)) if judgement.elsewhere.is_none() => Found::Suggested(suggestion.clone()),
        (None, _) => Found::Refused,
    }
}

fn rewrite(text: &str, with: &mut dyn FnMut(usize, &str) -> Option<String>) -> String {
    rewritten(text, with)
}

fn placeholder(api: Api) -> String {
    let example = match api {
        Api::PrefetchDns => "api.example.com",
        Api::Socket => "wss://ws.example.com",
        Api::Udp => "udp://udp.example.com",
        Api::Tcp => "tcp://tcp.example.com",
        Api::Request | Api::Upload | Api::Download | Api::Business | Api::Resource => "https://api.example.com",
    };
    example.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_kept_as_its_entry_or_means_another_or_is_refused() {
        let lines = [
            "https://A.example.com",
            "http://b.example.com",
            "http://a.example.com",
            "https://*.example.com",
            "wss://c.example.com",
        ];
        let judgements = judge_list(Api::Request, lines, &[], &Limits::default());
        let kept = Found::Kept("https://a.example.com".to_owned());
        let suggested = Found::Suggested("https://b.example.com".to_owned());
        // Nothing is gained by what stands there already, and what is for another list is nobody's slip.
        let expected = [kept, suggested, Found::Refused, Found::Refused, Found::Refused];
        assert_eq!(judgements.iter().map(found).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn what_waits_for_another_list_and_what_is_typed_change_places() {
        let owner = Owner::new();
        owner.with(|| {
            let draft = Draft::new("?api=request", "https://a.example.com".to_owned());
            for line in ["wss://a.example.com", "wss://b.example.com", " "] {
                draft.set_aside(Api::Socket, line);
            }
            draft.go_on_with(Api::Socket);
            let told = || (draft.api.get_untracked(), draft.text.get_untracked());
            assert_eq!(told(), (Api::Socket, "wss://a.example.com\nwss://b.example.com".to_owned()));
            let waiting = BTreeMap::from([(Api::Request, "https://a.example.com".to_owned())]);
            assert_eq!(draft.aside.get_untracked(), waiting);
            draft.go_on_with(Api::Udp);
            assert_eq!(told().0, Api::Socket);
            draft.api.set(Api::Request);
            draft.go_on_with(Api::Request);
            assert!(
                told().1.ends_with("b.example.com\nhttps://a.example.com") && draft.aside.get_untracked().is_empty()
            );
        });
    }

    #[test]
    fn comments_stay_when_lines_are_rewritten() {
        let fresh = rewrite("# ours\na;b\nc", &mut |index, line| (index != 1).then(|| format!("{index}{line}")));
        assert_eq!(fresh, "# ours\n0a\n2c");
    }
}
