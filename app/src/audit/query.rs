//! What the page of the audit log puts into the URL, so that a view of it can be shared, gone back
//! to and exported.

use model::{
    Zone,
    audit::{Action, AuditFilter, AuditQuery, What, Who},
};

use crate::query::{self, parsed, text, value};

/// Anything missing or malformed has its default; pages count from 1 in a URL. The days in it are those of
/// `zone`.
pub fn read(search: &str, zone: Zone) -> AuditQuery {
    let what = match value(search, "action").as_deref() {
        Some(EVERYTHING) => What::Everything,
        Some(word) => word.parse::<Action>().map_or_else(|_| What::default(), What::Only),
        None => What::default(),
    };
    let filter = AuditFilter {
        who: value(search, "by").as_deref().and_then(who),
        what,
        object: text(search, "q"),
        from: parsed(search, "from"),
        until: parsed(search, "until"),
    };
    AuditQuery { filter, page: query::page(search), zone, size: query::size(search) }
}

/// What a query says of a filter and [`read`] does not understand, as it stands there.
pub fn not_understood(search: &str) -> Vec<String> {
    query::not_understood(search, &link(&read(search, Zone::UTC)), &["by", "action", "from", "until"])
}

/// Whether the first day is after the last, so that no line can match.
pub(super) fn is_turned_round(filter: &AuditFilter) -> bool {
    filter.from.zip(filter.until).is_some_and(|(from, until)| from > until)
}

/// The path and query that [`read`] understands, with what has its default left out. Its days are those of
/// whoever follows it.
pub fn link(asked: &AuditQuery) -> String {
    let AuditQuery { filter, page, zone: _, size } = asked;
    let parts = [
        ("q", filter.object.clone()),
        ("by", filter.who.as_ref().map(who_value)),
        ("action", what_value(filter.what).map(str::to_owned)),
        ("from", filter.from.map(|day| day.to_string())),
        ("until", filter.until.map(|day| day.to_string())),
        ("page", query::page_value(*page)),
        (query::SIZE, query::size_value(*size)),
    ];
    query::link(PATH, parts)
}

/// Somebody as a value of the form. A person may be called `hufu`, hence the mark.
pub(super) fn who_value(who: &Who) -> String {
    match who {
        Who::Hufu => HUFU.to_owned(),
        Who::People => PEOPLE.to_owned(),
        Who::Person(login) => format!("@{login}"),
    }
}

fn who(value: &str) -> Option<Who> {
    match value.strip_prefix('@') {
        Some(login) if !login.is_empty() => Some(Who::Person(login.to_owned())),
        Some(_) => None,
        None => [Who::Hufu, Who::People].into_iter().find(|who| who_value(who) == value),
    }
}

/// What was done as a value of the form; none for what is shown unasked.
pub(super) const fn what_value(what: What) -> Option<&'static str> {
    match what {
        What::Changes => None,
        What::Everything => Some(EVERYTHING),
        What::Only(action) => Some(action.as_str()),
    }
}

/// Where the page is.
pub(super) const PATH: &str = "/audit";

/// The value of `action` that lets every action through.
pub(super) const EVERYTHING: &str = "all";

/// The value of `by` for what Hufu did by itself.
const HUFU: &str = "hufu";

/// That for what people did, whoever it was.
const PEOPLE: &str = "people";

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use model::paging::PageSize;

    use super::*;

    #[test]
    fn what_a_link_says_is_what_is_read() {
        let everything = AuditQuery {
            filter: AuditFilter {
                who: Some(Who::Person("hufu & 陈".to_owned())),
                what: What::Only(Action::IcpChange),
                object: Some("a&b=c +%".to_owned()),
                from: Some("2026-03-01".parse().unwrap()),
                until: Some("2026-03-15".parse().unwrap()),
            },
            page: 2,
            zone: Zone::CHINA,
            size: PageSize::ALL[2],
        };
        let by_hufu = AuditFilter { who: Some(Who::Hufu), what: What::Everything, ..AuditFilter::default() };
        let by_people = AuditFilter { who: Some(Who::People), ..AuditFilter::default() };
        let of = |filter| AuditQuery { filter, ..AuditQuery::default() };
        for query in [AuditQuery::default(), everything, of(by_hufu), of(by_people)] {
            let link = link(&query);
            assert_eq!(read(link.strip_prefix(PATH).unwrap(), query.zone), query, "{link}");
        }
        assert_eq!(link(&AuditQuery::default()), "/audit");
        let since = AuditFilter::of_people_since("2026-03-14".parse().unwrap());
        assert_eq!(link(&of(since)), "/audit?by=people&from=2026-03-14");
    }

    #[test]
    fn nonsense_in_the_url_is_as_if_it_were_not_there() {
        let nonsense = "?by=chen&action=entry&from=yesterday&until=2026-02-30&page=x&size=x&q=+";
        assert_eq!(read(nonsense, Zone::UTC), AuditQuery::default());
        assert_eq!(read("?by=@", Zone::UTC), AuditQuery::default());
    }

    #[test]
    fn what_of_the_url_is_not_understood_is_said_back() {
        let nonsense = "?by=chen&action=entry&from=zz&until=2026-13-45";
        assert_eq!(not_understood(nonsense), ["by=chen", "action=entry", "from=zz", "until=2026-13-45"]);
        let action = Action::IcpChange.as_str();
        for fine in ["", "?q=x&by=&action=&from=&until=", "?by=@chen&action=all&from=2026-03-01", "?by=hufu&by=people"]
        {
            assert!(not_understood(fine).is_empty(), "{fine}");
        }
        assert!(not_understood(&format!("?action={action}")).is_empty());
        assert!(not_understood(&format!("?from={}", "x".repeat(10_000)))[0].len() < 100);
    }

    #[test]
    fn a_first_day_after_the_last_is_noticed() {
        for (search, expected) in [
            ("?from=2026-03-02&until=2026-03-01", true),
            ("?from=2026-03-01&until=2026-03-01", false),
            ("?from=2026-03-02", false),
            ("?from=2026-03-02&until=zz", false),
        ] {
            assert_eq!(is_turned_round(&read(search, Zone::UTC).filter), expected, "{search}");
        }
    }
}
