//! What the list of filings puts into the URL, so that a view of it can be shared and gone back to.

use model::{
    RegistrableDomain,
    icp::filings::{FilingQuery, FilingSort},
};

use crate::query::{self, parsed, text};

/// Anything missing or malformed has its default; pages count from 1 in a URL.
pub(super) fn read(search: &str) -> FilingQuery {
    FilingQuery {
        text: text(search, "q"),
        standing: parsed(search, "state"),
        sort: parsed(search, "sort").unwrap_or_default(),
        reversed: query::is_reversed(search),
        page: query::page(search),
        size: query::size(search),
    }
}

/// What a query says of a filter and [`read`] does not understand, as it stands there.
pub(super) fn not_understood(search: &str) -> Vec<String> {
    query::not_understood(search, &link(&read(search)), &["state"])
}

/// The path and query that [`read`] understands, with what has its default left out.
pub fn link(asked: &FilingQuery) -> String {
    let FilingQuery { text, standing, sort, reversed, page, size } = asked;
    let parts = [
        ("q", text.clone()),
        ("state", standing.map(|standing| standing.as_str().to_owned())),
        ("sort", query::sort_value(*sort, FilingSort::as_str).map(str::to_owned)),
        (query::ORDER, query::order_value(*reversed)),
        ("page", query::page_value(*page)),
        (query::SIZE, query::size_value(*size)),
    ];
    query::link(PATH, parts)
}

/// The page of one domain.
pub fn page_of(domain: &RegistrableDomain) -> String {
    format!("{PATH}/{domain}")
}

/// Where the list is.
pub(super) const PATH: &str = "/icp";

#[cfg(test)]
mod tests {
    use model::{icp::Standing, paging::PageSize};

    use super::*;

    #[test]
    fn what_a_link_says_is_what_is_read() {
        let everything = FilingQuery {
            text: Some("京ICP备1 & 某某".to_owned()),
            standing: Some(Standing::Stale),
            sort: FilingSort::Confirmed,
            reversed: true,
            page: 2,
            size: PageSize::ALL[2],
        };
        for query in [FilingQuery::default(), everything] {
            let link = link(&query);
            assert_eq!(read(link.strip_prefix(PATH).unwrap_or_default()), query, "{link}");
        }
        assert_eq!(link(&FilingQuery::default()), "/icp");
        let nonsense = "?state=great&sort=up&order=1&page=x&size=49&q=+";
        assert_eq!(read(nonsense), FilingQuery::default());
        assert_eq!(not_understood(nonsense), ["state=great"]);
        assert_eq!(not_understood("?state=stale&q=x&sort=up"), Vec::<String>::new());
    }
}
