//! What the page of the audit log puts into the URL, so that a view of it can be shared, gone back
//! to and exported.

use model::audit::{Action, AuditFilter, AuditQuery, What, Who};

use crate::query::{self, parsed, text, value};

/// Anything missing or malformed has its default; pages count from 1 in a URL.
pub fn read(search: &str) -> AuditQuery {
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
    AuditQuery { filter, page: query::page(search), size: query::size(search) }
}

/// The path and query that [`read`] understands, with what has its default left out.
pub fn link(asked: &AuditQuery) -> String {
    let AuditQuery { filter, page, size } = asked;
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
        Who::Person(login) => format!("@{login}"),
    }
}

fn who(value: &str) -> Option<Who> {
    match value.strip_prefix('@') {
        Some(login) if !login.is_empty() => Some(Who::Person(login.to_owned())),
        _ => (value == HUFU).then_some(Who::Hufu),
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
            size: PageSize::ALL[2],
        };
        let by_hufu = AuditFilter { who: Some(Who::Hufu), what: What::Everything, ..AuditFilter::default() };
        for query in [AuditQuery::default(), everything, AuditQuery { filter: by_hufu, ..AuditQuery::default() }] {
            let link = link(&query);
            assert_eq!(read(link.strip_prefix(PATH).unwrap()), query, "{link}");
        }
        assert_eq!(link(&AuditQuery::default()), "/audit");
    }

    #[test]
    fn nonsense_in_the_url_is_as_if_it_were_not_there() {
        let nonsense = "?by=chen&action=entry&from=yesterday&until=2026-02-30&page=x&size=x&q=+";
        assert_eq!(read(nonsense), AuditQuery::default());
        assert_eq!(read("?by=@"), AuditQuery::default());
    }
}
