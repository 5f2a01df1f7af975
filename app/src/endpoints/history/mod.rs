//! What was seen of an endpoint lately: a picture, the same as a table, and when each finding began
//! and ended.

mod chart;

use leptos::{either::Either, prelude::*};
use model::{
    Timestamp, Verdict, Zone,
    endpoints::history::{DAYS, History, Look, SPELLS_MOST, Spell},
};

use self::chart::{HEIGHT, Span, WIDTH, bands, bar, path, scale, verdicts};
use crate::{
    findings::{view::SeverityBadge, words::title},
    i18n::*,
    preferences::use_locale,
    verdict::VerdictBadge,
    words,
    zone::use_zone,
};

/// The section of the page of an endpoint.
#[component]
pub fn HistorySection(
    /// What was seen.
    history: History,
    /// Until when; the picture ends here.
    now: Timestamp,
) -> impl IntoView {
    let locale = use_locale();
    let within = if history.looks.is_empty() {
        Either::Left(view! { <p>{td_string!(locale, endpoints.history.none, days = DAYS)}</p> })
    } else {
        let span = Span::of(&history, now);
        let History { looks, spells, more_spells } = history;
        Either::Right(view! {
            <Picture looks=looks.clone() span/>
            <Table looks/>
            <Spells spells more=more_spells span/>
        })
    };
    view! {
        <section class="panel flex flex-col gap-4" id="history">
            <h2 class="text-lg font-semibold">{td_string!(locale, endpoints.history.title, days = DAYS)}</h2>
            {within}
        </section>
    }
    .into_any()
}

/// The picture. Its caption and the table below say the same in words.
#[component]
fn Picture(looks: Vec<Look>, span: Span) -> impl IntoView {
    let (locale, zone) = (use_locale(), use_zone());
    let counted = verdicts(&looks);
    let results = counted.iter().map(|(verdict, _)| view! { <VerdictRow looks=looks.clone() verdict=*verdict span/> });
    let results = results.collect_view();
    let elsewhere = looks.iter().any(|look| look.elsewhere).then(|| {
        let bands = bands(&looks, span.to, |look| look.elsewhere);
        let bars: Vec<_> = bands.iter().filter(|band| band.what).map(|band| (band.from, band.to)).collect();
        view! {
            <span class="text-sm">{td!(locale, endpoints.history.elsewhere)}</span>
            <Bars bars class="fill-base-content" span/>
        }
    });
    let handshakes: Vec<_> = looks.iter().map(|look| (span.place(look.at), look.handshake_ms.map(i64::from))).collect();
    let days: Vec<_> = looks.iter().map(|look| (span.place(look.at), look.days_left())).collect();
    let of_handshakes = scale(handshakes.iter().filter_map(|(_, value)| *value));
    let of_days = scale(days.iter().filter_map(|(_, value)| *value));
    view! {
        <figure class="flex flex-col gap-2">
            <figcaption class="max-w-prose">{caption(&looks, &counted, zone, locale)}</figcaption>
            <div class="grid gap-x-4 gap-y-1 sm:grid-cols-[9rem_minmax(0,1fr)] sm:gap-y-2">
                {results}
                {elsewhere}
                <Values title=td_string!(locale, endpoints.history.handshake) points=handshakes scale=of_handshakes
                    range=td_string!(locale, endpoints.history.handshake_range, top = of_handshakes.1)/>
                <Values title=td_string!(locale, endpoints.history.days) points=days scale=of_days
                    range=td_string!(locale, endpoints.history.days_range, bottom = of_days.0, top = of_days.1)/>
                <span class="hidden sm:block"></span>
                <p class="flex justify-between gap-4 text-xs" aria-hidden="true">
                    <span>{zone.write(span.from)}</span><span class="text-end">{zone.write(span.to)}</span>
                </p>
            </div>
        </figure>
    }
}

/// When an endpoint came to this verdict: a row of its own, so that the colour says nothing alone.
#[component]
fn VerdictRow(looks: Vec<Look>, verdict: Verdict, span: Span) -> impl IntoView {
    let bars = bands(&looks, span.to, |look| look.verdict).into_iter().filter(|band| band.what == verdict);
    let bars = bars.map(|band| (band.from, band.to)).collect::<Vec<_>>();
    view! {
        <span class="flex"><VerdictBadge verdict/></span>
        <Bars bars class=colour(verdict) span/>
    }
}

/// Bars on the line of time.
#[component]
fn Bars(bars: Vec<(Timestamp, Timestamp)>, class: &'static str, span: Span) -> impl IntoView {
    let bars = bars.into_iter().map(|(from, to)| {
        let (x, width) = bar(span, from, to);
        view! { <rect x=x y="0" width=width height="10"/> }
    });
    view! {
        <svg class=format!("h-5 w-full self-center rounded-sm bg-base-200 {class}") viewBox=format!("0 0 {WIDTH} 10")
            preserveAspectRatio="none" aria-hidden="true">{bars.collect_view()}</svg>
    }
}

/// A value over time with its scale; where it was never measured, that.
#[component]
fn Values(title: &'static str, range: String, points: Vec<(i64, Option<i64>)>, scale: (i64, i64)) -> impl IntoView {
    let locale = use_locale();
    if points.iter().all(|(_, value)| value.is_none()) {
        return Either::Left(view! {
            <p class="text-sm">{title}</p>
            <p class="text-sm text-base-content/80" data-unmeasured="">{td!(locale, endpoints.history.unmeasured)}</p>
        });
    }
    Either::Right(view! {
        <p class="text-sm">{title}<span class="block text-xs text-base-content/80">{range}</span></p>
        <Line points scale/>
    })
}

/// A value over time.
#[component]
fn Line(points: Vec<(i64, Option<i64>)>, scale: (i64, i64)) -> impl IntoView {
    // A dot by itself is easily missed.
    let thickness = if points.len() == 1 { "8" } else { "2.5" };
    let zero = path([(0, Some(0)), (WIDTH, Some(0))].into_iter(), scale);
    view! {
        <svg class="h-20 w-full overflow-visible border-s border-base-300 fill-none" viewBox=format!("0 0 {WIDTH} {HEIGHT}")
            preserveAspectRatio="none" aria-hidden="true">
            <path class="stroke-base-content/40" d=zero stroke-width="1" vector-effect="non-scaling-stroke"/>
            <path class="stroke-primary" d=path(points.into_iter(), scale) stroke-width=thickness stroke-linecap="round"
                stroke-linejoin="round" vector-effect="non-scaling-stroke"/>
        </svg>
    }
}

/// Every look, the latest first.
#[component]
fn Table(looks: Vec<Look>) -> impl IntoView {
    let (locale, zone) = (use_locale(), use_zone());
    let way = looks.iter().any(|look| look.elsewhere);
    let rows = looks.into_iter().rev().map(move |look| {
        let class = if look.has_ended() { "text-end text-error" } else { "text-end" };
        view! {
            <tr>
                <th scope="row" class="font-normal whitespace-nowrap">{zone.write(look.at)}</th>
                <td><VerdictBadge verdict=look.verdict/></td>
                <td class="text-end">{or_dash(look.handshake_ms)}</td>
                <td class=class>{or_dash(look.days_left())}</td>
                {way.then(|| view! {
                    <td>{if look.elsewhere { td_string!(locale, endpoints.history.elsewhere) } else { td_string!(locale, endpoints.history.by_usual) }}</td>
                })}
            </tr>
        }
    });
    view! {
        <details>
            <summary class="w-fit cursor-pointer font-medium" id="history-table">{td!(locale, endpoints.history.table)}</summary>
            <div class="mt-2 max-h-96 overflow-auto rounded-box border border-base-300" tabindex="0" role="region" aria-labelledby="history-table">
                <table class="table table-sm">
                    <thead class="text-base-content">
                        <tr>
                            <th scope="col">{td!(locale, endpoints.history.at)}</th>
                            <th scope="col">{td!(locale, endpoints.history.result)}</th>
                            <th scope="col" class="text-end">{td!(locale, endpoints.history.handshake)}" (ms)"</th>
                            <th scope="col" class="text-end">{td!(locale, endpoints.history.days)}</th>
                            {way.then(|| view! { <th scope="col">{td!(locale, endpoints.history.by)}</th> })}
                        </tr>
                    </thead>
                    <tbody>{rows.collect_view()}</tbody>
                </table>
            </div>
        </details>
    }
}

/// Each finding with its time, in words and as a bar.
#[component]
fn Spells(spells: Vec<Spell>, more: bool, span: Span) -> impl IntoView {
    let (locale, zone) = (use_locale(), use_zone());
    let none = spells.is_empty();
    let rows = spells.into_iter().map(|spell| {
        let Spell { code, severity, since, until } = spell;
        let bars = vec![(since, until.unwrap_or(span.to))];
        view! {
            <li class="row sm:grid-cols-2" data-spell=code.as_str()>
                <div class="flex flex-col gap-1">
                    <span class="flex flex-wrap items-center gap-2"><SeverityBadge severity/>{title(code, locale)}</span>
                    <span class="text-sm text-base-content/80"><code>{code.as_str()}</code>" "{spell_words(since, until, zone, locale)}</span>
                </div>
                <Bars bars class="fill-primary" span/>
            </li>
        }
    });
    view! {
        <h3 class="font-semibold">{td!(locale, endpoints.history.findings)}</h3>
        {none.then(|| view! { <p>{td!(locale, endpoints.history.no_findings)}</p> })}
        <ul class="rows empty:hidden">{rows.collect_view()}</ul>
        {more.then(|| view! { <p>{td_string!(locale, endpoints.history.more, count = SPELLS_MOST)}</p> })}
    }
}

fn caption(looks: &[Look], counted: &[(Verdict, usize)], zone: Zone, locale: Locale) -> String {
    let ends = looks.first().zip(looks.last()).map(|(first, last)| (zone.write(first.at), zone.write(last.at)));
    let (from, to) = ends.unwrap_or_default();
    let seen = match looks.len() {
        1 => td_string!(locale, endpoints.history.summary_one, at = from),
        count => td_string!(locale, endpoints.history.summary, count, from, to),
    };
    let counted = counted.iter().map(|(verdict, count)| {
        let verdict = words::verdict(*verdict, locale);
        match count {
            1 => td_string!(locale, endpoints.history.count_one, verdict),
            count => td_string!(locale, endpoints.history.count, verdict, count = *count),
        }
    });
    let separator = match locale {
        Locale::zh_CN => "",
        Locale::en => " ",
    };
    format!("{seen}{separator}{}", words::join(counted, locale))
}

fn spell_words(since: Timestamp, until: Option<Timestamp>, zone: Zone, locale: Locale) -> String {
    let since = zone.write(since);
    match until {
        Some(until) => td_string!(locale, endpoints.history.gone, since, until = zone.write(until)),
        None => td_string!(locale, endpoints.history.stands, since),
    }
}

fn or_dash<T: ToString>(value: Option<T>) -> String {
    value.map_or_else(|| "–".to_owned(), |value| value.to_string())
}

const fn colour(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "fill-success",
        Verdict::Warn => "fill-warning",
        Verdict::Fail => "fill-error",
        Verdict::Unknown | Verdict::Unreachable => "fill-base-content",
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn the_caption_says_what_the_picture_shows() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let look =
            |second, verdict| Look { at: at(second), verdict, handshake_ms: None, not_after: None, elsewhere: false };
        let looks = [look(0, Verdict::Pass), look(86_400, Verdict::Fail), look(172_800, Verdict::Pass)];
        let said = |looks: &[Look], locale| caption(looks, &verdicts(looks), Zone::UTC, locale);
        assert_eq!(
            said(&looks, Locale::en),
            "Seen 3 times, from 1970-01-01 00:00 UTC to 1970-01-03 00:00 UTC. Fails once, Works 2 times"
        );
        assert_eq!(said(&looks[..1], Locale::zh_CN), "探测过 1 次，1970-01-01 00:00 UTC。可用 1 次");
    }

    #[test]
    fn a_finding_says_when_it_began_and_ended() {
        let at = |second| Timestamp::from_second(second).unwrap();
        assert_eq!(
            spell_words(at(0), Some(at(86_400)), Zone::UTC, Locale::en),
            "since 1970-01-01 00:00 UTC, gone 1970-01-02 00:00 UTC"
        );
        assert_eq!(spell_words(at(0), None, Zone::UTC, Locale::zh_CN), "1970-01-01 00:00 UTC 出现，至今仍在");
    }
}
