//! What the list of endpoints puts into the URL, so that a view of it can be shared, gone back to
//! and exported.

use model::{
    Tag,
    endpoints::list::{EndpointFilter, EndpointQuery, EndpointSort},
    service::EndpointId,
};
use url::form_urlencoded;

use crate::query::{self, parsed, text, value};

/// Anything missing or malformed has its default; pages count from 1 in a URL.
pub fn read(search: &str) -> EndpointQuery {
    let filter = EndpointFilter {
        text: text(search, "q"),
        verdict: parsed(search, "verdict"),
        platform: parsed(search, "platform"),
        code: parsed(search, "finding"),
        days_left: parsed(search, "days"),
        tls_version: parsed(search, "tls"),
        issuer: text(search, "issuer"),
        program: parsed(search, "program"),
        tag: parsed(search, "tag"),
    };
    EndpointQuery {
        filter,
        sort: parsed(search, "sort").unwrap_or_default(),
        reversed: value(search, "order").as_deref() == Some(REVERSED),
        page: query::page(search),
        size: query::size(search),
    }
}

/// The path and query that [`read`] understands, with what has its default left out.
pub fn link(asked: &EndpointQuery) -> String {
    let EndpointQuery { filter, sort, reversed, page, size } = asked;
    let parts = [
        ("q", filter.text.clone()),
        ("verdict", filter.verdict.map(|verdict| verdict.as_str().to_owned())),
        ("platform", filter.platform.map(|platform| platform.as_str().to_owned())),
        ("finding", filter.code.map(|code| code.as_str().to_owned())),
        ("days", filter.days_left.map(|days| days.to_string())),
        ("tls", filter.tls_version.map(|version| version.as_str().to_owned())),
        ("issuer", filter.issuer.clone()),
        ("program", filter.program.map(|id| id.to_string())),
        ("tag", filter.tag.as_ref().map(ToString::to_string)),
        ("sort", (*sort != EndpointSort::default()).then(|| sort.as_str().to_owned())),
        ("order", reversed.then(|| REVERSED.to_owned())),
        ("page", query::page_value(*page)),
        (query::SIZE, query::size_value(*size)),
    ];
    query::link(PATH, parts)
}

/// The list of what carries a tag.
pub fn tagged(tag: &Tag) -> String {
    query::link(PATH, [("tag", Some(tag.to_string()))])
}

/// The endpoints that a form says somebody has chosen, in its order; none where it is about the whole
/// list.
pub fn chosen(search: &str) -> Option<Vec<EndpointId>> {
    value(search, CHOSEN)?;
    let pairs = form_urlencoded::parse(search.strip_prefix('?').unwrap_or(search).as_bytes());
    Some(pairs.filter(|(name, _)| name == IDS).filter_map(|(_, id)| id.parse().ok()).collect())
}

/// The field that says that a form is about what was chosen.
pub(super) const CHOSEN: &str = "chosen";

/// The field of each row that is chosen, as server functions read it.
pub(super) const IDS: &str = "ids[]";

/// Where the list is.
pub(super) const PATH: &str = "/endpoints";

/// The value of `order` that turns the order round.
pub(super) const REVERSED: &str = "reversed";

#[cfg(test)]
mod tests {
    use model::{Code, Platform, Verdict, observation::TlsVersion, paging::PageSize, service::ProgramId};

    use super::*;

    #[test]
    fn what_a_link_says_is_what_is_read() {
        let everything = EndpointQuery {
            filter: EndpointFilter {
                text: Some("a&b=c +%".to_owned()),
                verdict: Some(Verdict::Warn),
                platform: Some(Platform::Ios),
                code: Some(Code::ChainIncomplete),
                days_left: Some(30),
                tls_version: Some(TlsVersion::Tls12),
                issuer: Some("Let's 加密".to_owned()),
                program: Some(ProgramId(7)),
                tag: "core api".parse().ok(),
            },
            sort: EndpointSort::Expiry,
            reversed: true,
            page: 2,
            size: PageSize::ALL[2],
        };
        for query in [EndpointQuery::default(), everything] {
            let link = link(&query);
            assert_eq!(read(link.strip_prefix(PATH).unwrap_or_default()), query, "{link}");
        }
        assert_eq!(link(&EndpointQuery::default()), "/endpoints");
    }

    #[test]
    fn nonsense_in_the_url_is_as_if_it_were_not_there() {
        let nonsense = "?verdict=great&platform=symbian&finding=x&days=-3&tls=9&program=abc&tag=a,b&sort=up&order=1&page=x&size=1000000&q=+";
        assert_eq!(read(nonsense), EndpointQuery::default());
        assert_eq!(read("?page=0").page, 0);
        assert_eq!(read("?page=4294967295").page, u32::MAX - 1);
    }

    #[test]
    fn any_result_on_a_platform_is_any_result() {
        let filter = read("?platform=android&verdict=").filter;
        assert_eq!((filter.platform, filter.verdict), (Some(Platform::Android), None));
        assert_eq!(read("?platform=android&verdict=pass").filter.verdict, Some(Verdict::Pass));
    }

    #[test]
    fn what_is_chosen_keeps_its_order_and_nothing_chosen_is_not_everything() {
        let ids = |search| chosen(search).map(|ids| ids.iter().map(|id| id.0).collect::<Vec<_>>());
        assert_eq!(ids("?chosen=1&ids%5B%5D=7&tag=&ids[]=3&format=csv&ids%5B%5D=x"), Some(vec![7, 3]));
        assert_eq!(ids("chosen=1&format=csv"), Some(vec![]));
        assert_eq!(ids("format=csv&ids[]=3"), None);
    }
}
