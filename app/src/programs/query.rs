//! What the list of mini programs puts into the URL, so that a view of it can be shared and gone
//! back to.

use model::programs::list::{ProgramFilter, ProgramQuery, ProgramSort};

use crate::query::{self, parsed, text};

/// Anything missing or malformed has its default; pages count from 1 in a URL.
pub fn read(search: &str) -> ProgramQuery {
    let filter = ProgramFilter { text: text(search, "q"), tag: parsed(search, "tag"), owner: parsed(search, "owner") };
    ProgramQuery {
        filter,
        sort: parsed(search, "sort").unwrap_or_default(),
        reversed: query::is_reversed(search),
        page: query::page(search),
        size: query::size(search),
    }
}

/// What a query says of a filter and [`read`] does not understand, as it stands there.
pub fn not_understood(search: &str) -> Vec<String> {
    query::not_understood(search, &link(&read(search)), &["tag", "owner"])
}

/// The path and query that [`read`] understands, with what has its default left out.
pub fn link(asked: &ProgramQuery) -> String {
    let ProgramQuery { filter, sort, reversed, page, size } = asked;
    let parts = [
        ("q", filter.text.clone()),
        ("tag", filter.tag.as_ref().map(ToString::to_string)),
        ("owner", filter.owner.map(|owner| owner.to_string())),
        ("sort", query::sort_value(*sort, ProgramSort::as_str).map(str::to_owned)),
        (query::ORDER, query::order_value(*reversed)),
        ("page", query::page_value(*page)),
        (query::SIZE, query::size_value(*size)),
    ];
    query::link(PATH, parts)
}

/// Where the list is.
pub(super) const PATH: &str = "/programs";

#[cfg(test)]
mod tests {
    use model::{paging::PageSize, programs::list::OwnedBy, service::UserId};

    use super::*;

    #[test]
    fn what_a_link_says_is_what_is_read() {
        let everything = ProgramQuery {
            filter: ProgramFilter {
                text: Some("a&b=c +%".to_owned()),
                tag: "核心 api".parse().ok(),
                owner: Some(OwnedBy::Person(UserId(7))),
            },
            sort: ProgramSort::Failing,
            reversed: true,
            page: 2,
            size: PageSize::ALL[2],
        };
        let of_nobody = ProgramFilter { owner: Some(OwnedBy::Nobody), ..ProgramFilter::default() };
        let of_nobody = ProgramQuery { filter: of_nobody, ..ProgramQuery::default() };
        for query in [ProgramQuery::default(), everything, of_nobody] {
            let link = link(&query);
            assert_eq!(read(link.strip_prefix(PATH).unwrap_or_default()), query, "{link}");
        }
        assert_eq!(link(&ProgramQuery::default()), "/programs");
    }

    #[test]
    fn nonsense_in_the_url_is_as_if_it_were_not_there() {
        let nonsense = "?q=+&tag=a,b&owner=somebody&sort=up&order=1&page=x&size=51";
        assert_eq!(read(nonsense), ProgramQuery::default());
        assert_eq!(not_understood(nonsense), ["tag=a,b", "owner=somebody"]);
        assert_eq!(not_understood("?tag=core&owner=7&q=x&sort=up"), Vec::<String>::new());
    }
}
