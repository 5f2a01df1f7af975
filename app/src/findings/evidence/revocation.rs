//! Evidence of revocation, as label and value.

use model::{
    Timestamp,
    revocation::{ListFailure, Reason, StapleProblem},
};

use super::Line;
use crate::{i18n::*, time, words::revocation as words, zone::Zone};

/// Since when, why, and who says so.
pub(super) fn revoked_lines(
    at: Timestamp,
    reason: Option<Reason>,
    list: Option<&str>,
    zone: Zone,
    locale: Locale,
    now: Timestamp,
) -> Vec<Line> {
    let by = list.unwrap_or(td_string!(locale, words.evidence.revoked_by_staple));
    vec![
        (td_string!(locale, words.evidence.revoked_at), time::absolute_and_relative(at, now, zone, locale)),
        (td_string!(locale, words.evidence.revoked_reason), words::reason(reason, locale).to_owned()),
        (td_string!(locale, words.evidence.revoked_by), by.to_owned()),
    ]
}

/// Why there is no list, and where it should be.
pub(super) fn no_list_lines(url: Option<&str>, why: &ListFailure, zone: Zone, locale: Locale) -> Vec<Line> {
    let why = (td_string!(locale, words.evidence.no_list), words::list_failure(why, zone, locale));
    let url = url.map(|url| (td_string!(locale, words.evidence.list_url), url.to_owned()));
    [why].into_iter().chain(url).collect()
}

/// What is wrong with a stapled answer, and for when it was meant.
pub(super) fn staple_lines(
    problem: Option<&StapleProblem>,
    [from, until]: [Option<Timestamp>; 2],
    zone: Zone,
    locale: Locale,
    now: Timestamp,
) -> Vec<Line> {
    let problem = match problem {
        Some(problem) => words::staple_problem(problem, locale),
        None => td_string!(locale, words.evidence.staple_unknown).to_owned(),
    };
    let labels = [td_string!(locale, words.evidence.staple_from), td_string!(locale, words.evidence.staple_until)];
    let times = labels.into_iter().zip([from, until]);
    let times = times.filter_map(|(label, at)| Some((label, time::absolute_and_relative(at?, now, zone, locale))));
    [(td_string!(locale, words.evidence.staple_problem), problem)].into_iter().chain(times).collect()
}
