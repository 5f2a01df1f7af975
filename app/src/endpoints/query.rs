//! What the list of endpoints puts into the URL, so that a view of it can be shared, gone back to
//! and exported.

use model::{
    Since, Tag, Zone,
    endpoints::{
        Selection,
        list::{EndpointFilter, EndpointQuery, EndpointSort},
    },
    service::EndpointId,
};
use url::form_urlencoded;

use crate::{
    programs::choice::CALLED,
    query::{self, parsed, text, value},
};

/// Anything missing or malformed has its default; pages count from 1 in a URL. A day in it is one of `zone`.
pub fn read(search: &str, zone: Zone) -> EndpointQuery {
    let filter = EndpointFilter {
        text: text(search, "q"),
        verdict: parsed(search, "verdict"),
        platform: parsed(search, "platform"),
        code: parsed(search, "finding"),
        days_left: parsed(search, "days"),
        tls_version: parsed(search, "tls"),
        issuer: text(search, "issuer"),
        program: parsed(search, "program"),
        called: text(search, CALLED),
        tag: parsed(search, "tag"),
        turned: parsed(search, "turned"),
    };
    EndpointQuery {
        filter,
        sort: parsed(search, "sort").unwrap_or_default(),
        reversed: query::is_reversed(search),
        page: query::page(search),
        zone,
        size: query::size(search),
    }
}

/// What a query says of a filter and [`read`] does not understand, as it stands there.
pub fn not_understood(search: &str) -> Vec<String> {
    let names = ["verdict", "platform", "finding", "days", "tls", "program", "tag", "turned"];
    query::not_understood(search, &link(&read(search, Zone::UTC)), &names)
}

/// The path and query that [`read`] understands, with what has its default left out. A day in it is one of
/// whoever follows it.
pub fn link(asked: &EndpointQuery) -> String {
    let EndpointQuery { filter, sort, reversed, page, zone: _, size } = asked;
    let parts = [
        ("q", filter.text.clone()),
        ("verdict", filter.verdict.map(|verdict| verdict.as_str().to_owned())),
        ("platform", filter.platform.map(|platform| platform.as_str().to_owned())),
        ("finding", filter.code.map(|code| code.as_str().to_owned())),
        ("days", filter.days_left.map(|days| days.to_string())),
        ("tls", filter.tls_version.map(|version| version.as_str().to_owned())),
        ("issuer", filter.issuer.clone()),
        ("program", filter.program.map(|id| id.to_string())),
        (CALLED, filter.called.clone()),
        ("tag", filter.tag.as_ref().map(ToString::to_string)),
        ("turned", filter.turned.map(|since| since.to_string())),
        ("sort", query::sort_value(*sort, EndpointSort::as_str).map(str::to_owned)),
        (query::ORDER, query::order_value(*reversed)),
        ("page", query::page_value(*page)),
        (query::SIZE, query::size_value(*size)),
    ];
    query::link(PATH, parts)
}

/// The list of what a filter lets through.
pub fn filtered(filter: &EndpointFilter) -> String {
    link(&EndpointQuery { filter: filter.clone(), ..EndpointQuery::default() })
}

/// The list of those whose verdict has changed since then.
pub fn turned(since: Since) -> String {
    query::link(PATH, [("turned", Some(since.to_string()))])
}

/// The list of what carries a tag.
pub fn tagged(tag: &Tag) -> String {
    query::link(PATH, [("tag", Some(tag.to_string()))])
}

/// The endpoints that a form says somebody has chosen; none where it is about the list that its URL asks for.
/// A day in it is one of `zone`.
pub fn chosen(search: &str, zone: Zone) -> Option<Selection> {
    value(search, CHOSEN)?;
    let pairs = form_urlencoded::parse(search.strip_prefix('?').unwrap_or(search).as_bytes());
    let ids = pairs.filter(|(name, _)| name == IDS).filter_map(|(_, id)| id.parse().ok()).collect();
    Some(selection(ids, &value(search, ALL_OF).unwrap_or_default(), zone))
}

/// All of the list that [`link`] has written, or the rows that were ticked where none is given. Of anything
/// else nothing is chosen: [`read`] would let through more than somebody has seen.
pub fn selection(ids: Vec<EndpointId>, all_of: &str, zone: Zone) -> Selection {
    if all_of.is_empty() {
        return Selection::Ticked(ids);
    }
    let query = read(all_of.strip_prefix(PATH).unwrap_or_default(), zone);
    let is_ours = all_of.len() <= LINK_MOST && link(&query) == all_of;
    if is_ours { Selection::Listed(query) } else { Selection::Ticked(Vec::new()) }
}

/// Most bytes of a list that can be chosen; what the form of its filter takes is shorter.
const LINK_MOST: usize = 8_000;

/// The field that says that a form is about what was chosen.
pub(super) const CHOSEN: &str = "chosen";

/// The field that holds the list all of which was chosen.
pub(super) const ALL_OF: &str = "all_of";

/// The field that holds the zone in which the page has its days.
pub const ZONE: &str = "zone";

/// The field of each row that is chosen, as server functions read it.
pub(super) const IDS: &str = "ids[]";

/// Where the list is.
pub(super) const PATH: &str = "/endpoints";

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
                called: Some("小店 & wx".to_owned()),
                tag: "core api".parse().ok(),
                turned: "2026-03-14".parse().ok(),
            },
            sort: EndpointSort::Expiry,
            reversed: true,
            page: 2,
            zone: Zone::CHINA,
            size: PageSize::ALL[2],
        };
        let lately = read("?turned=7", Zone::UTC);
        assert_eq!(lately.filter.turned, Some(Since::Days(7)));
        for query in [EndpointQuery::default(), lately, everything] {
            let link = link(&query);
            assert_eq!(read(link.strip_prefix(PATH).unwrap_or_default(), query.zone), query, "{link}");
        }
        assert_eq!(link(&EndpointQuery::default()), "/endpoints");
        assert_eq!(turned(Since::Days(1)), "/endpoints?turned=1");
    }

    #[test]
    fn nonsense_in_the_url_is_as_if_it_were_not_there() {
        let nonsense = "?verdict=great&platform=symbian&finding=x&days=-3&tls=9&program=abc&tag=a,b&turned=0&sort=up&order=1&page=x&size=1000000&q=+";
        let read = |search| read(search, Zone::UTC);
        assert_eq!(read(nonsense), EndpointQuery::default());
        let filters = nonsense.trim_start_matches('?').split("&sort").next().unwrap_or_default();
        assert_eq!(not_understood(nonsense).join("&"), filters, "it is said back");
        let fine = "?verdict=fail&platform=ios&days=0&tls=TLS+1.3&program=7&tag=core&turned=7&q=x&finding=&sort=up";
        assert_eq!(not_understood(fine), Vec::<String>::new());
        assert_eq!(read("?page=0").page, 0);
        assert_eq!(read("?page=4294967295").page, u32::MAX - 1);
    }

    #[test]
    fn any_result_on_a_platform_is_any_result() {
        let filter = |search| read(search, Zone::UTC).filter;
        let any = filter("?platform=android&verdict=");
        assert_eq!((any.platform, any.verdict), (Some(Platform::Android), None));
        assert_eq!(filter("?platform=android&verdict=pass").verdict, Some(Verdict::Pass));
    }

    #[test]
    fn what_is_chosen_keeps_its_order_and_nothing_chosen_is_not_everything() {
        let ticked = |ids: &[i64]| Some(Selection::Ticked(ids.iter().copied().map(EndpointId).collect()));
        let chosen = |search| chosen(search, Zone::UTC);
        assert_eq!(chosen("?chosen=1&ids%5B%5D=7&tags=&ids[]=3&format=csv&ids%5B%5D=x"), ticked(&[7, 3]));
        assert_eq!(chosen("chosen=1&format=csv"), ticked(&[]));
        assert_eq!(chosen("format=csv&ids[]=3&all_of=%2Fendpoints"), None);
        assert_eq!(chosen("chosen=1&ids[]=3&all_of="), ticked(&[3]));
    }

    #[test]
    fn all_of_a_list_is_what_its_own_link_says_and_no_other_list_is_any() {
        let verdict = Some(Verdict::Fail);
        let query = EndpointQuery { filter: EndpointFilter { verdict, ..Default::default() }, ..Default::default() };
        let of = |all_of: &str| selection(vec![EndpointId(3)], all_of, Zone::UTC);
        assert_eq!(of("/endpoints?verdict=fail"), Selection::Listed(query.clone()));
        assert_eq!(of(&filtered(&query.filter)), Selection::Listed(query));
        assert_eq!(of("/endpoints"), Selection::Listed(EndpointQuery::default()));
        let here = chosen("chosen=1&all_of=%2Fendpoints%3Fturned%3D2026-03-14", Zone::CHINA);
        assert_eq!(here, Some(Selection::Listed(read("turned=2026-03-14", Zone::CHINA))));
        // Each is read as a filter that lets through more than it says, or is no list of endpoints.
        let long = format!("/endpoints?q={}", "x".repeat(LINK_MOST));
        let others = ["/endpoints?verdict=great", "/endpoints?tag=a,b", "/endpoints?verdict=fail&x=1", "/", "/icp"];
        for list in others.into_iter().chain([long.as_str()]) {
            assert_eq!(of(list), Selection::Ticked(Vec::new()), "{list}");
        }
    }
}
