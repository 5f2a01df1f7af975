//! The verification file of a business domain: does WeChat find it where it looks, byte for byte?

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_location;
use model::{
    endpoints::route::Routed,
    service::{DraftId, Field},
    verification::FileFacts,
};

use super::{
    api::{AskedBy, VERIFY, Verified, VerifyFile, verified_file},
    frame::{Frame, Tab},
};
use crate::{
    components::{FieldError, FormError, HostText, TextField, error_id, problem_of, waits},
    drafts::{Gone, Left, left},
    endpoints::route::said,
    error::AppError,
    findings::view::FindingList,
    i18n::*,
    preferences::use_locale,
    query,
    verdict::VerdictBadge,
    verification,
    wording::use_wording,
};

/// The page: what came of the last question is a draft that the URL names.
#[component]
pub fn VerificationFilePage() -> impl IntoView {
    let (locale, wording) = (use_locale(), use_wording());
    let search = use_location().search;
    let draft = Memo::new(move |_| search.with(|search| query::parsed::<DraftId>(search, "draft")));
    let data = Resource::new_blocking(
        move || draft.get(),
        move |draft| async move {
            match draft {
                Some(draft) => verified_file(draft, wording).await.map(Some),
                None => Ok(None),
            }
        },
    );
    let left = left();
    // It outlives the form, which is drawn anew with each answer.
    let verify = ServerAction::<VerifyFile>::new();
    // What came of another question would stand below one that is refused as if it were of that.
    let is_refused = move || verify.value().with(|answer| matches!(answer, Some(Err(_))));
    Effect::new(move |before: Option<Option<DraftId>>| {
        let now = draft.get();
        if before.is_some_and(|before| before != now) {
            verify.value().set(None);
        }
        now
    });
    view! {
        <Title text=td_string!(locale, tools.file.title)/>
        <Gone/>
        <Frame open=Tab::VerificationFile>
            <p class="max-w-prose">{td!(locale, tools.file.intro)}</p>
            <Transition>
                {move || Suspend::new(async move {
                    // Both are asked for already.
                    let (data, left) = (data.await, left.await);
                    let left = Left::of(&left, VERIFY).until_answered(verify);
                    let (verified, gone) = match data {
                        Ok(verified) => (verified, None),
                        Err(error) => (None, Some(error)),
                    };
                    let begin = Typed::begin(&left, verified.as_ref().map(|verified| &verified.facts));
                    view! {
                        <FormError error=Signal::stored(gone) fields=&[]/>
                        <Question begin verify/>
                        {move || verified.clone().filter(|_| !is_refused()).map(|verified| view! { <Answer verified/> })}
                    }
                    .into_any()
                })}
            </Transition>
        </Frame>
    }
}

/// What the form begins with.
struct Typed {
    host: String,
    name: String,
    content: String,
    by: AskedBy,
}

impl Typed {
    /// What was refused, or what was asked for last.
    fn begin(left: &Left, asked: Option<&FileFacts>) -> Self {
        let typed = |name, asked: Option<String>| left.given(name).or(asked).unwrap_or_default();
        let host = asked.map(|facts| {
            let target = facts.target.to_string();
            target.strip_suffix(":443").map(str::to_owned).unwrap_or(target)
        });
        let by_route = match left.given("by") {
            Some(by) => by == AskedBy::Route.as_str(),
            None => asked.is_some_and(|facts| !facts.route.is_usual()),
        };
        Self {
            by: if by_route { AskedBy::Route } else { AskedBy::Dns },
            host: typed("host", host),
            name: typed("name", asked.map(|facts| facts.name.to_string())),
            content: typed("content", asked.and_then(|facts| Some(facts.expected.as_ref()?.to_string()))),
        }
    }
}

#[component]
fn Question(begin: Typed, verify: ServerAction<VerifyFile>) -> impl IntoView {
    let locale = use_locale();
    let Typed { host, name, content, by } = begin;
    let error: Signal<Option<AppError>> = Signal::derive(move || verify.value().get().and_then(Result::err));
    view! {
        <section class="panel flex flex-col gap-4" id=VERIFY>
            <FormError error fields=&[Field::Host, Field::FileName, Field::FileContent, Field::FixedAddresses] is_typed=true/>
            <ActionForm action=verify attr:class="flex flex-col gap-4" attr:novalidate=true>
                <div class="grid gap-4 md:grid-cols-2">
                    <TextField name="host" field=Field::Host error value=host label=td_string!(locale, tools.file.host)
                        help=td_string!(locale, tools.file.host_help)/>
                    <TextField name="name" field=Field::FileName error value=name label=td_string!(locale, tools.file.name)
                        help=td_string!(locale, tools.file.name_help)/>
                </div>
                <TextField name="content" field=Field::FileContent error value=content may_be_empty=true
                    label=td_string!(locale, tools.file.content) help=td_string!(locale, tools.file.content_help)/>
                <Way by error/>
                <div><button class="btn btn-primary" aria-disabled=waits(verify.pending())>{td!(locale, tools.file.submit)}</button></div>
            </ActionForm>
        </section>
    }
    .into_any()
}

/// Where the host is asked.
#[component]
fn Way(by: AskedBy, error: Signal<Option<AppError>>) -> impl IntoView {
    let locale = use_locale();
    let problem = problem_of(Field::FixedAddresses, error);
    let options = AskedBy::ALL.map(|way| {
        let selected = way == by;
        view! { <option value=way.as_str() selected=selected>{way_words(way, locale)}</option> }
    });
    view! {
        <label class="field">
            <span class="field-label">{td!(locale, tools.file.by)}</span>
            <select class="select w-full" name="by" aria-describedby=error_id("by")
                aria-invalid=move || problem.with(Option::is_some).then_some("true")>{options.into_iter().collect_view()}</select>
            <span class="field-help">{td!(locale, tools.file.by_help)}</span>
            <FieldError name="by" problem/>
        </label>
    }
}

fn way_words(way: AskedBy, locale: Locale) -> &'static str {
    match way {
        AskedBy::Dns => td_string!(locale, tools.file.by_dns),
        AskedBy::Route => td_string!(locale, tools.file.by_route),
    }
}

#[component]
fn Answer(verified: Verified) -> impl IntoView {
    let locale = use_locale();
    let Verified { facts, verdict, findings, routed, now } = verified;
    let line = |(label, value): verification::Line| {
        view! {
            <dt class="font-semibold">{label}</dt>
            <dd class="wrap-anywhere">{value}</dd>
        }
    };
    // Who was asked by another way is told so in the lines.
    let not_asked = routed.filter(|_| facts.route.is_usual()).map(|Routed { endpoint, route }| {
        let choice = way_words(AskedBy::Route, locale);
        let why = td_string!(locale, tools.file.not_asked, route = said(&route, locale), choice = choice);
        view! {
            <p class="max-w-prose wrap-anywhere" data-not-asked="">
                <a class="link font-mono" href=format!("/endpoints/{endpoint}")>{facts.target.to_string()}</a>
                {why}
            </p>
        }
    });
    let lines = verification::lines(&facts, locale).into_iter().map(line).collect_view();
    view! {
        <section class="panel flex flex-col gap-3" aria-labelledby="answer" data-answer="">
            <div class="flex flex-wrap items-center gap-3">
                <h2 class="font-mono text-lg font-semibold" id="answer"><HostText text=facts.url()/></h2>
                <VerdictBadge verdict/>
            </div>
            <dl class="grid grid-cols-[max-content_1fr] gap-x-4 gap-y-1">{lines}</dl>
            {not_asked}
            <FindingList findings now host=facts.target.to_string()/>
            <p class="max-w-prose text-sm">{td!(locale, words.verification.certificate)}</p>
        </section>
    }
    .into_any()
}
