//! What the list of certificates puts into the URL, so that a view of it can be shared and gone back
//! to.

use model::{
    Fingerprint, Since, Zone,
    certificates::list::{CertificateFilter, CertificateQuery, CertificateSort, DaysLeft},
};

use crate::{
    programs::choice::CALLED,
    query::{self, parsed, text, value},
};

/// Anything missing or malformed has its default; pages count from 1 in a URL. A day in it is one of `zone`.
pub(super) fn read(search: &str, zone: Zone) -> CertificateQuery {
    let filter = CertificateFilter {
        text: text(search, "q"),
        days_left: parsed(search, "days"),
        program: parsed(search, "program"),
        called: text(search, CALLED),
        since: parsed(search, "since"),
    };
    let sort = value(search, "sort");
    CertificateQuery {
        filter,
        sort: CertificateSort::ALL
            .into_iter()
            .find(|known| sort.as_deref() == Some(known.as_str()))
            .unwrap_or_default(),
        reversed: query::is_reversed(search),
        page: query::page(search),
        zone,
        size: query::size(search),
    }
}

/// What a query says of a filter and [`read`] does not understand, as it stands there.
pub(super) fn not_understood(search: &str) -> Vec<String> {
    query::not_understood(search, &link(&read(search, Zone::UTC)), &["days", "program", "since"])
}

/// The path and query that [`read`] understands, with what has its default left out. A day in it is one of
/// whoever follows it.
pub fn link(asked: &CertificateQuery) -> String {
    let CertificateQuery { filter, sort, reversed, page, zone: _, size } = asked;
    let parts = [
        ("q", filter.text.clone()),
        ("days", filter.days_left.map(|days| days.to_string())),
        ("program", filter.program.map(|id| id.to_string())),
        (CALLED, filter.called.clone()),
        ("since", filter.since.map(|since| since.to_string())),
        ("sort", query::sort_value(*sort, CertificateSort::as_str).map(str::to_owned)),
        (query::ORDER, query::order_value(*reversed)),
        ("page", query::page_value(*page)),
        (query::SIZE, query::size_value(*size)),
    ];
    query::link(PATH, parts)
}

/// Leads to those that no probe had seen before then.
pub fn seen_since(since: Since) -> String {
    query::link(PATH, [("since", Some(since.to_string()))])
}

/// Leads to those that end then.
pub(super) fn ending(days: DaysLeft) -> String {
    let filter = CertificateFilter { days_left: Some(days), ..CertificateFilter::default() };
    link(&CertificateQuery { filter, ..CertificateQuery::default() })
}

/// The page of one certificate.
pub fn page_of(id: &Fingerprint) -> String {
    format!("{PATH}/{id}")
}

/// Where the list is.
pub(super) const PATH: &str = "/certificates";

#[cfg(test)]
mod tests {
    use model::{paging::PageSize, service::ProgramId};

    use super::*;

    #[test]
    fn what_a_link_says_is_what_is_read() {
        let everything = CertificateQuery {
            filter: CertificateFilter {
                text: Some("*.例子.中国 & CN=R3".to_owned()),
                days_left: Some(DaysLeft::week(2)),
                program: Some(ProgramId(7)),
                called: Some("小店 & wx".to_owned()),
                since: "2026-03-14".parse().ok(),
            },
            sort: CertificateSort::FirstSeen,
            reversed: true,
            page: 2,
            zone: Zone::CHINA,
            size: PageSize::ALL[2],
        };
        for query in [CertificateQuery::default(), everything] {
            let link = link(&query);
            assert_eq!(read(link.strip_prefix(PATH).unwrap_or_default(), query.zone), query, "{link}");
        }
        assert_eq!(seen_since(Since::Days(30)), "/certificates?since=30");
        assert_eq!(read("?since=30", Zone::UTC).filter.since, Some(Since::Days(30)));
        assert_eq!(link(&CertificateQuery::default()), "/certificates");
        assert_eq!(ending(DaysLeft::week(0)), "/certificates?days=0-7");
    }

    #[test]
    fn nonsense_in_the_url_is_as_if_it_were_not_there() {
        let nonsense = "?days=7-3&program=abc&since=2026-02-30&sort=up&order=1&page=x&size=0&q=+";
        assert_eq!(read(nonsense, Zone::UTC), CertificateQuery::default());
        assert_eq!(not_understood(nonsense), ["days=7-3", "program=abc", "since=2026-02-30"]);
        assert_eq!(not_understood("?days=0-7&program=7&since=30&q=x&sort=up"), Vec::<String>::new());
    }
}
