//! Evidence of revocation and of transparency, as label and value.

use model::{
    Timestamp, Zone,
    revocation::{ListFailure, Reason, StapleProblem},
    transparency::NotSeen,
};

use super::Line;
use crate::{i18n::*, time, words::revocation as words};

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

/// Of how many logs a certificate has timestamps and needs them, and what its server delivers besides.
pub(super) fn transparency_lines(
    [logs, needed]: [u32; 2],
    lifetime_days: i64,
    delivered: Option<Result<u32, NotSeen>>,
    locale: Locale,
) -> Vec<Line> {
    let days = time::days(lifetime_days, locale);
    let within = td_string!(locale, words.evidence.logs_value, logs = logs, needed = needed, days = days);
    let besides = words::delivered(delivered, locale);
    vec![
        (td_string!(locale, words.evidence.logs), within),
        (td_string!(locale, words.evidence.logs_delivered), besides),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_looked_at_is_not_called_nothing() {
        let said = |delivered, locale| transparency_lines([1, 2], 90, delivered, locale).remove(1).1;
        for locale in [Locale::en, Locale::zh_CN] {
            let every = [
                None,
                Some(Ok(0)),
                Some(Ok(1)),
                Some(Err(NotSeen::NoTls12)),
                Some(Err(NotSeen::OtherCertificate)),
                Some(Err(NotSeen::NoAnswer)),
            ];
            let every: std::collections::BTreeSet<_> = every.map(|delivered| said(delivered, locale)).into();
            assert_eq!(every.len(), 6, "{every:?}");
        }
        assert_eq!(said(Some(Ok(0)), Locale::en), "nothing");
        assert_eq!(said(None, Locale::en), "not looked at");
    }
}
