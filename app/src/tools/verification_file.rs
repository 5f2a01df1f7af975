//! The verification file of a business domain: does WeChat find it where it looks, byte for byte?

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_location;
use model::{
    service::{DraftId, Field},
    verification::FileFacts,
};

use super::{
    api::{VERIFY, Verified, VerifyFile, verified_file},
    frame::{Frame, Tab},
};
use crate::{
    components::{FormError, TextField},
    drafts::{Gone, Left, left},
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
                        {verified.map(|verified| view! { <Answer verified/> })}
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
}

impl Typed {
    /// What was refused, or what was asked for last.
    fn begin(left: &Left, asked: Option<&FileFacts>) -> Self {
        let typed = |name, asked: Option<String>| left.given(name).or(asked).unwrap_or_default();
        let host = asked.map(|facts| {
            let target = facts.target.to_string();
            target.strip_suffix(":443").map(str::to_owned).unwrap_or(target)
        });
        Self {
            host: typed("host", host),
            name: typed("name", asked.map(|facts| facts.name.to_string())),
            content: typed("content", asked.and_then(|facts| Some(facts.expected.as_ref()?.to_string()))),
        }
    }
}

#[component]
fn Question(begin: Typed, verify: ServerAction<VerifyFile>) -> impl IntoView {
    let locale = use_locale();
    let Typed { host, name, content } = begin;
    let error: Signal<Option<AppError>> = Signal::derive(move || verify.value().get().and_then(Result::err));
    view! {
        <section class="panel flex flex-col gap-4" id=VERIFY>
            <FormError error fields=&[Field::Host, Field::FileName, Field::FileContent]/>
            <ActionForm action=verify attr:class="flex flex-col gap-4">
                <div class="grid gap-4 md:grid-cols-2">
                    <TextField name="host" field=Field::Host error value=host label=td_string!(locale, tools.file.host)
                        help=td_string!(locale, tools.file.host_help)/>
                    <TextField name="name" field=Field::FileName error value=name label=td_string!(locale, tools.file.name)
                        help=td_string!(locale, tools.file.name_help)/>
                </div>
                <TextField name="content" field=Field::FileContent error value=content may_be_empty=true
                    label=td_string!(locale, tools.file.content) help=td_string!(locale, tools.file.content_help)/>
                <div><button class="btn btn-primary" disabled=verify.pending()>{td!(locale, tools.file.submit)}</button></div>
            </ActionForm>
        </section>
    }
    .into_any()
}

#[component]
fn Answer(verified: Verified) -> impl IntoView {
    let locale = use_locale();
    let Verified { facts, verdict, findings, now } = verified;
    let line = |(label, value): verification::Line| {
        view! {
            <dt class="font-semibold">{label}</dt>
            <dd class="wrap-anywhere">{value}</dd>
        }
    };
    let lines = verification::lines(&facts, locale).into_iter().map(line).collect_view();
    view! {
        <section class="panel flex flex-col gap-3" aria-labelledby="answer" data-answer="">
            <div class="flex flex-wrap items-center gap-3">
                <h2 class="font-mono text-lg font-semibold wrap-anywhere" id="answer">{facts.url()}</h2>
                <VerdictBadge verdict/>
            </div>
            <dl class="grid grid-cols-[max-content_1fr] gap-x-4 gap-y-1">{lines}</dl>
            <FindingList findings now host=facts.target.to_string()/>
            <p class="max-w-prose text-sm">{td!(locale, words.verification.certificate)}</p>
        </section>
    }
    .into_any()
}
