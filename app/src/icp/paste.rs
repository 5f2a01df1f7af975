//! Many filings at once, each line judged before anything is saved.

use std::collections::{BTreeMap, BTreeSet};

use leptos::prelude::*;
use leptos_router::hooks::use_location;
use model::{
    RegistrableDomain,
    icp::{
        IcpNumberError, IcpRecord,
        paste::{FilingJudgement, PASTE_MOST, PastedFiling, Refusal, judge_filings, lines_of},
    },
    service::Field,
};

use super::api::{PasteFilings, recorded_filings};
use crate::{
    clash::{Differs, Frame, Unsaved, differences, is_conflict, read_again, read_when_met},
    components::{FieldError, FormError, HostText, TextArea, problem_of, waits},
    error::problem_words,
    i18n::*,
    pasted::{Found, JudgeAlone, MendAll, MendLine, NotSaved, Paste, problem_of_lines},
    preferences::use_locale,
    query::value,
    toast,
    typed::live,
    words,
};

/// The form that takes many.
#[component]
pub fn PasteForm(
    /// The lines, as typed.
    text: RwSignal<String>,
    /// What is recorded of their domains, if that was read.
    recorded: Option<Vec<IcpRecord>>,
    /// Called when filings were saved.
    #[prop(into)]
    on_change: Callback<()>,
) -> impl IntoView {
    let locale = use_locale();
    let action = ServerAction::<PasteFilings>::new();
    let said = problem_of(Field::Filings, Signal::derive(move || action.value().get().and_then(Result::err)));
    let problem = problem_of_lines(said, text);
    let saved = move |count: &usize| Some(td_string!(locale, icp.paste.saved, count = *count));
    toast::say_what_was_done(action.value().into(), saved);
    let judgements = Memo::new(move |_| text.with(|text| judge_filings(lines_of(text).take(PASTE_MOST))));
    let begun = recorded.map(|read| latest(Records::new(), judgements.with_untracked(|lines| domains_of(lines)), read));
    let known = RwSignal::new(begun.unwrap_or_default());
    let changed = keep_reading(action, text, judgements, known);
    Effect::new(move || {
        if let Some(Ok(_)) = action.value().get() {
            text.set(String::new());
            known.update(Records::clear);
            on_change.run(());
        }
    });
    let met_before = use_location().search.with_untracked(|search| value(search, MET).is_some());
    let met = Memo::new(move |_| match action.value().get() {
        Some(answer) => answer.is_err_and(|error| is_conflict(&error)),
        None => met_before,
    });
    let error = Signal::derive(move || action.value().get().and_then(Result::err).filter(|error| !is_conflict(error)));
    let count = Memo::new(move |_| text.with(|text| lines_of(text).count()));
    let live = live();
    let refused = move || {
        live.get() && (count.get() > PASTE_MOST || judgements.with(|lines| lines.iter().any(|line| !line.accepted())))
    };
    let seen =
        move || judgements.with(|lines| known.with(|known| write_seen(lines.iter().filter_map(domain_of), known)));
    view! {
        <section class="panel flex flex-col gap-4" id="paste">
            <h2 class="text-lg font-semibold">{td!(locale, icp.paste.title)}</h2>
            <ActionForm action attr:class="flex flex-col gap-4" attr:novalidate=true>
                <FormError error fields=&[Field::Filings] is_typed=true/>
                {(!met_before).then(|| view! { <NotSaved text/> })}
                <Show when=move || met.get()>
                    <Frame id="paste-met"><p>{td!(locale, icp.paste.met)}</p></Frame>
                </Show>
                <label class="field">
                    <span class="field-label">{td!(locale, icp.paste.lines)}</span>
                    <TextArea name="lines" rows=6 text problem on_input=move |typed| text.set(typed)
                        placeholder="example.com 京ICP备11041704号-13 某某有限公司"/>
                    <span class="field-help">{td_string!(locale, icp.paste.help, most = PASTE_MOST)}</span>
                    <FieldError name="lines" problem/>
                </label>
                <input type="hidden" name="seen" value=seen/>
                <Judged judgements count text known changed/>
                <div class="flex flex-wrap gap-2">
                    <button class="btn btn-primary" disabled=refused aria-disabled=waits(action.pending())>
                        {td!(locale, icp.paste.submit)}
                    </button>
                    <JudgeAlone/>
                </div>
            </ActionForm>
        </section>
    }
    .into_any()
}

/// In the query of the page: that a paste was refused because a record was another than the page had shown.
pub(super) const MET: &str = "met";

/// What is recorded, by the domain; none where nothing was when that was read.
type Records = BTreeMap<RegistrableDomain, Option<IcpRecord>>;

/// Reads what is recorded of the domains of the lines whenever they are others, and when somebody else was first:
/// whose records those are.
fn keep_reading(
    action: ServerAction<PasteFilings>,
    text: RwSignal<String>,
    judgements: Memo<Vec<FilingJudgement>>,
    known: RwSignal<Records>,
) -> Memo<BTreeSet<RegistrableDomain>> {
    let domains = Memo::new(move |_| judgements.with(|lines| domains_of(lines)));
    let read = read_again(known, move || {
        let (lines, asked) = (text.get_untracked(), domains.get_untracked());
        async move {
            let read = recorded_filings(lines).await?;
            Ok(latest(known.try_get_untracked().unwrap_or_default(), asked, read))
        }
    });
    Effect::new(move |before: Option<()>| {
        let any = domains.with(|domains| !domains.is_empty());
        // The page came with what is recorded of those with which it began.
        if before.is_some() && any {
            read();
        }
    });
    let unsaved = Unsaved::new(action);
    read_when_met(action, read);
    Memo::new(move |_| {
        let met = action.value().with(|value| matches!(value, Some(Err(error)) if is_conflict(error)));
        let Some(sent) = unsaved.get().filter(|_| met) else { return BTreeSet::new() };
        known.with(|known| others(&read_seen(&sent.seen), known))
    })
}

/// The domains whose record is another than the one that was seen. Of what was not seen it is not known.
fn others(seen: &BTreeMap<RegistrableDomain, i64>, known: &Records) -> BTreeSet<RegistrableDomain> {
    let other =
        known.iter().filter(|(domain, record)| seen.get(*domain).is_some_and(|seen| *seen != revision_of(record)));
    other.map(|(domain, _)| domain.clone()).collect()
}

/// Zero where nothing is recorded.
fn revision_of(record: &Option<IcpRecord>) -> i64 {
    record.as_ref().map_or(0, |record| record.revision)
}

/// The domains whose filings the lines tell.
fn domains_of(lines: &[FilingJudgement]) -> BTreeSet<RegistrableDomain> {
    lines.iter().filter_map(domain_of).cloned().collect()
}

/// The domain whose filing a line tells.
fn domain_of(judgement: &FilingJudgement) -> Option<&RegistrableDomain> {
    judgement.filing.as_ref().ok().map(|filing| &filing.domain)
}

/// Whichever was recorded later, whatever came first; `read` is all that is recorded of those that were `asked` for.
fn latest(mut known: Records, asked: BTreeSet<RegistrableDomain>, read: Vec<IcpRecord>) -> Records {
    for domain in asked {
        known.entry(domain).or_default();
    }
    for record in read {
        let known = known.entry(record.domain.clone()).or_default();
        if record.revision >= revision_of(known) {
            *known = Some(record);
        }
    }
    known
}

/// The revisions of the records of some domains, as the form sends them: those of which it is known.
fn write_seen<'a>(domains: impl Iterator<Item = &'a RegistrableDomain>, known: &Records) -> String {
    let seen = domains.filter_map(|domain| Some(format!("{domain}:{}", revision_of(known.get(domain)?))));
    seen.collect::<Vec<_>>().join(",")
}

/// What the form has sent of the records that the page has shown: the revision of each. Nonsense is as if it were
/// not there.
pub(super) fn read_seen(text: &str) -> BTreeMap<RegistrableDomain, i64> {
    let read = |part: &str| {
        let (domain, revision) = part.split_once(':')?;
        Some((domain.parse().ok()?, revision.parse().ok()?))
    };
    text.split(',').filter_map(read).collect()
}

/// Every line with what it tells, or why it cannot be accepted.
#[component]
fn Judged(
    judgements: Memo<Vec<FilingJudgement>>,
    count: Memo<usize>,
    text: RwSignal<String>,
    /// What is recorded of them.
    known: RwSignal<Records>,
    /// Whose records somebody else has changed since the form was read.
    changed: Memo<BTreeSet<RegistrableDomain>>,
) -> impl IntoView {
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
                        let line = |(index, judgement): (usize, FilingJudgement)| {
                            let domain = domain_of(&judgement);
                            let old = known.with(|known| known.get(domain?).cloned().flatten());
                            let changed = changed.with(|changed| domain.is_some_and(|domain| changed.contains(domain)));
                            view! { <Line index judgement old changed paste/> }
                        };
                        judgements.get().into_iter().enumerate().map(line).collect_view()
                    }}
                </ol>
            </div>
        </Show>
    }
}

#[component]
fn Line(
    index: usize,
    judgement: FilingJudgement,
    /// What is recorded of its domain.
    old: Option<IcpRecord>,
    /// Whether somebody else has just changed that.
    changed: bool,
    paste: Paste,
) -> impl IntoView {
    let locale = use_locale();
    let accepted = judgement.accepted();
    let (class, sign, word) = if accepted {
        ("badge badge-success", "✓", td_string!(locale, icp.paste.accepted))
    } else {
        ("badge badge-error", "✕", td_string!(locale, icp.paste.refused))
    };
    let FilingJudgement { input, filing, suggestion } = judgement;
    let (said, replaced) = match filing {
        Ok(filing) => (told_words(&filing, locale), old.map(|old| view! { <Replaced old filing/> })),
        Err(refusal) => (refusal_words(&refusal, locale), None),
    };
    let use_it = suggestion.clone();
    view! {
        <li class="row md:grid-cols-[6rem_minmax(0,1fr)_auto]" data-line=if accepted { "accepted" } else { "refused" }>
            <span class=class><span aria-hidden="true">{sign}</span>" "{word}</span>
            <div class="flex min-w-0 flex-col gap-1">
                <code><HostText text=input/></code>
                <span class="text-sm wrap-anywhere" data-said="">{said}</span>
                {changed.then(|| view! {
                    <span class="badge badge-warning h-auto" data-changed="">{td!(locale, icp.paste.changed)}</span>
                })}
                {replaced}
                {suggestion.map(|suggestion| view! {
                    <span class="text-sm">{td!(locale, icp.paste.suggestion)}" "<code class="font-semibold"><HostText text=suggestion/></code></span>
                })}
            </div>
            {(!accepted).then(|| view! { <MendLine paste index suggestion=use_it/> })}
        </li>
    }
    .into_any()
}

/// What is recorded, and what a line puts in the place of it.
#[component]
fn Replaced(old: IcpRecord, filing: PastedFiling) -> impl IntoView {
    let locale = use_locale();
    let new = filing.over(Some(&old), old.confirmed_at);
    let fields = replaced(&old, &new, locale);
    if fields.is_empty() {
        return view! { <span class="text-sm" data-confirms="">{td!(locale, icp.paste.confirms)}</span> }.into_any();
    }
    let words =
        move |value: String| if value.is_empty() { td_string!(locale, icp.list.none).to_owned() } else { value };
    let fields = fields.into_iter().map(|Differs { name, label, now, yours }| {
        view! { <li data-field=name>{label}{words::colon(locale)}<del>{words(now)}</del>" → "<strong>{words(yours)}</strong></li> }
    });
    view! {
        <div class="text-sm wrap-anywhere" data-replaces="">
            <span class="font-medium">{td!(locale, icp.paste.replaces)}</span>
            <ul>{fields.collect_view()}</ul>
        </div>
    }
    .into_any()
}

/// The fields of a record that become something else.
fn replaced(old: &IcpRecord, new: &IcpRecord, locale: Locale) -> Vec<Differs> {
    let field = |name, label, of: &dyn Fn(&IcpRecord) -> String| Differs { name, label, now: of(old), yours: of(new) };
    differences([
        field("state", td_string!(locale, icp.list.state), &|record| {
            words::icp::state(record.state, locale).to_owned()
        }),
        field("number", td_string!(locale, icp.list.number), &|record| {
            record.number.as_ref().map(ToString::to_string).unwrap_or_default()
        }),
        field("holder", td_string!(locale, icp.list.holder), &|record| record.holder.clone().unwrap_or_default()),
        field("source", td_string!(locale, icp.form.source), &|record| {
            words::icp::source(record.source, locale).to_owned()
        }),
    ])
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
    #![allow(clippy::unwrap_used)]

    use model::{
        Timestamp,
        icp::{IcpSource, IcpState},
    };

    use super::*;

    fn record(domain: &str, revision: i64) -> IcpRecord {
        IcpRecord {
            domain: domain.parse().unwrap(),
            state: IcpState::Filed,
            number: None,
            holder: Some("Some Ltd".to_owned()),
            source: IcpSource::Wechat,
            confirmed_at: Timestamp::UNIX_EPOCH,
            revision,
        }
    }

    #[test]
    fn what_a_line_replaces_is_told_field_by_field() {
        let old = record("example.com", 1);
        let told = |line| {
            let new = judge_filings([line]).remove(0).filing.unwrap().over(Some(&old), old.confirmed_at);
            let fields = replaced(&old, &new, Locale::en).into_iter();
            fields.map(|field| format!("{} {} > {}", field.name, field.now, field.yours)).collect::<Vec<_>>()
        };
        assert_eq!(told("example.com filed"), Vec::<String>::new());
        let source = "source WeChat's answer > typed in";
        assert_eq!(told("example.com filed Other Ltd"), ["holder Some Ltd > Other Ltd", source]);
        assert_eq!(told("example.com not_filed"), ["state Filed > Not filed", source]);
    }

    #[test]
    fn the_revisions_that_were_shown_come_back_and_the_latest_is_kept() {
        let domain = |text: &str| text.parse::<RegistrableDomain>().unwrap();
        let asked = || BTreeSet::from([domain("a.com"), domain("b.com"), domain("d.com")]);
        let known = latest(Records::new(), asked(), vec![record("a.com", 3), record("b.com", 1)]);
        let known = latest(known, asked(), vec![record("a.com", 2), record("b.com", 2)]);
        let domains = ["b.com", "c.com", "a.com", "d.com"].map(domain);
        let written = write_seen(domains.iter(), &known);
        assert_eq!(written, "b.com:2,a.com:3,d.com:0");
        let seen = read_seen(&format!("{written},x,c.com:y,com.cn:1"));
        assert_eq!(seen, BTreeMap::from([(domain("a.com"), 3), (domain("b.com"), 2), (domain("d.com"), 0)]));
        assert_eq!(read_seen(""), BTreeMap::new());
    }

    #[test]
    fn only_what_was_seen_otherwise_was_changed_by_somebody_else() {
        let domain = |text: &str| text.parse::<RegistrableDomain>().unwrap();
        let read = vec![record("a.com", 3), record("b.com", 1), record("c.com", 1), record("d.com", 1)];
        let known = latest(Records::new(), BTreeSet::from([domain("e.com")]), read);
        // Nobody had read c.com yet when the form was sent.
        let seen = read_seen("a.com:3,b.com:0,d.com:2,e.com:0");
        assert_eq!(others(&seen, &known), BTreeSet::from([domain("b.com"), domain("d.com")]));
    }

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
