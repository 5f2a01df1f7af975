//! Verdicts as people see them: a shape, a word and a colour, never a colour alone.

use leptos::prelude::*;
use model::{Platform, Verdict, Verdicts};

use crate::{components::escape, preferences::use_locale, words};

/// A verdict as a badge: icon and word.
#[component]
pub fn VerdictBadge(
    /// What to show.
    verdict: Verdict,
) -> impl IntoView {
    let locale = use_locale();
    view! {
        <span class=format!("badge gap-1 whitespace-nowrap {}", badge_class(verdict)) data-verdict=verdict.as_str()
            inner_html=with_icon(verdict, words::verdict(verdict, locale))></span>
    }
}

/// The verdict of every platform in one compact row, for tables: the platform's name with the
/// verdict's icon; the verdict's word is on hover and for screen readers.
#[component]
pub fn PlatformVerdicts(
    /// What to show.
    verdicts: Verdicts,
    /// Whether it takes two lines of a table however wide the screen.
    #[prop(optional)]
    wrap: bool,
) -> impl IntoView {
    let locale = use_locale();
    let class = if wrap {
        "grid w-fit grid-cols-[auto_auto] cards:flex cards:flex-wrap"
    } else {
        "flex flex-wrap lg:flex-nowrap"
    };
    let one = |platform: Platform| {
        let verdict = verdicts.on(platform);
        let word = escape(words::verdict(verdict, locale));
        format!(
            "<li class='inline-flex items-center gap-1 whitespace-nowrap' data-platform='{}' data-verdict='{}' title='{}'>\
                {}{}<span class='sr-only'>{word}</span></li>",
            platform.as_str(),
            verdict.as_str(),
            word.replace('\'', "&#39;"),
            icon(verdict, icon_class(verdict)),
            escape(words::platform(platform, locale)),
        )
    };
    let items = Platform::PHONES_AND_DESKTOPS.map(one).concat();
    view! { <ul class=format!("gap-x-3 gap-y-1 text-sm {class}") inner_html=items></ul> }
}

/// One card per platform: its name, the verdict, and what that means; and what devtools would hide of it.
#[component]
pub fn VerdictCards(
    /// What to show.
    verdicts: Verdicts,
) -> impl IntoView {
    let locale = use_locale();
    let one = move |platform: Platform| {
        let verdict = verdicts.on(platform);
        view! {
            <li class="card card-border bg-base-100" data-platform=platform.as_str() data-verdict=verdict.as_str()>
                <div class="card-body gap-2 p-4">
                    <h3 class="flex flex-wrap items-center justify-between gap-2 font-semibold">
                        {words::platform(platform, locale)}
                        " "
                        <VerdictBadge verdict/>
                    </h3>
                    <p class="text-sm">{words::verdict_meaning(verdict, locale)}</p>
                </div>
            </li>
        }
    };
    let hidden = words::hidden_in_devtools(&verdicts, locale);
    view! {
        <ul class="grid grid-cols-1 gap-3 sm:grid-cols-2 xl:grid-cols-4">
            {Platform::PHONES_AND_DESKTOPS.map(one).into_iter().collect_view()}
        </ul>
        {hidden.map(|hidden| view! { <p class="max-w-prose text-sm" data-devtools="">{hidden}</p> })}
    }
}

/// The icon of a verdict and the word beside it, as markup: one text in place of nodes, of which a list has hundreds.
pub fn with_icon(verdict: Verdict, word: &str) -> String {
    format!("{}{}", icon(verdict, ""), escape(word))
}

/// The icon alone, as markup; whoever uses it writes the word beside it.
pub fn icon(verdict: Verdict, class: &str) -> String {
    format!(
        "<svg class='size-4 shrink-0 {class}' viewBox='0 0 16 16' fill='none' stroke='currentColor' stroke-width='1.5' \
            stroke-linecap='round' stroke-linejoin='round' aria-hidden='true'><path d='{}'/></svg>",
        icon_path(verdict)
    )
}

/// The colours of a badge.
pub const fn badge_class(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "badge-success",
        Verdict::Unknown => "badge-ghost",
        Verdict::Warn => "badge-warning",
        Verdict::Unreachable => "badge-neutral",
        Verdict::Fail => "badge-error",
    }
}

const fn icon_class(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "text-success",
        Verdict::Unknown | Verdict::Unreachable => "text-base-content",
        Verdict::Warn => "text-warning",
        Verdict::Fail => "text-error",
    }
}

/// Every verdict has an outline of its own: circle with a tick, circle with a question mark,
/// triangle, cut line, octagon with a cross.
const fn icon_path(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "M8 1.5a6.5 6.5 0 1 0 0 13a6.5 6.5 0 0 0 0-13M5 8.2l2.1 2.1L11 6.2",
        Verdict::Unknown => {
            "M8 1.5a6.5 6.5 0 1 0 0 13a6.5 6.5 0 0 0 0-13M6 6.2a2 2 0 1 1 2.7 1.9c-.5.2-.7.5-.7 1M8 11.6v.1"
        }
        Verdict::Warn => "M8 1.8L1.4 13.6h13.2zM8 6v3.6M8 11.6v.1",
        Verdict::Unreachable => "M1.5 8h3M11.5 8h3M6 5l4 6M10 5l-4 6",
        Verdict::Fail => "M5.3 1.5h5.4l3.8 3.8v5.4l-3.8 3.8H5.3l-3.8-3.8V5.3zM5.8 5.8l4.4 4.4M10.2 5.8l-4.4 4.4",
    }
}
