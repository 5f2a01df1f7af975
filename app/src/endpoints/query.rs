//! What the list of endpoints puts into the URL, so that a view of it can be shared, gone back to
//! and exported.

use model::{
    Verdict,
    endpoints::list::{EndpointFilter, EndpointQuery, EndpointSort},
};

use crate::query::{self, parsed, text, value};

/// Anything missing or malformed has its default; pages count from 1 in a URL.
pub fn read(search: &str) -> EndpointQuery {
    let platform = parsed(search, "platform");
    let filter = EndpointFilter {
        text: text(search, "q"),
        // A platform alone asks what fails there.
        verdict: parsed(search, "verdict").or(platform.map(|_| Verdict::Fail)),
        platform,
        code: parsed(search, "finding"),
        days_left: parsed(search, "days"),
        tls_version: parsed(search, "tls"),
        issuer: text(search, "issuer"),
        program: parsed(search, "program"),
    };
    EndpointQuery {
        filter,
        sort: parsed(search, "sort").unwrap_or_default(),
        reversed: value(search, "order").as_deref() == Some(REVERSED),
        page: query::page(search),
    }
}

/// The path and query that [`read`] understands, with what has its default left out.
pub fn link(asked: &EndpointQuery) -> String {
    let EndpointQuery { filter, sort, reversed, page } = asked;
    let parts = [
        ("q", filter.text.clone()),
        ("verdict", filter.verdict.map(|verdict| verdict.as_str().to_owned())),
        ("platform", filter.platform.map(|platform| platform.as_str().to_owned())),
        ("finding", filter.code.map(|code| code.as_str().to_owned())),
        ("days", filter.days_left.map(|days| days.to_string())),
        ("tls", filter.tls_version.map(|version| version.as_str().to_owned())),
        ("issuer", filter.issuer.clone()),
        ("program", filter.program.map(|id| id.to_string())),
        ("sort", (*sort != EndpointSort::default()).then(|| sort.as_str().to_owned())),
        ("order", reversed.then(|| REVERSED.to_owned())),
        ("page", query::page_value(*page)),
    ];
    query::link(PATH, parts)
}

/// Where the list is.
pub(super) const PATH: &str = "/endpoints";

/// The value of `order` that turns the order round.
pub(super) const REVERSED: &str = "reversed";

#[cfg(test)]
mod tests {
    use model::{Code, Platform, observation::TlsVersion, service::ProgramId};

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
            },
            sort: EndpointSort::Expiry,
            reversed: true,
            page: 2,
        };
        for query in [EndpointQuery::default(), everything] {
            let link = link(&query);
            assert_eq!(read(link.strip_prefix(PATH).unwrap_or_default()), query, "{link}");
        }
        assert_eq!(link(&EndpointQuery::default()), "/endpoints");
    }

    #[test]
    fn nonsense_in_the_url_is_as_if_it_were_not_there() {
        let nonsense = "?verdict=great&platform=symbian&finding=x&days=-3&tls=9&program=abc&sort=up&order=1&page=x&q=+";
        assert_eq!(read(nonsense), EndpointQuery::default());
        assert_eq!(read("?page=0").page, 0);
        assert_eq!(read("?page=4294967295").page, u32::MAX - 1);
    }

    #[test]
    fn a_platform_alone_asks_what_fails_there() {
        assert_eq!(read("?platform=android").filter.verdict, Some(Verdict::Fail));
        assert_eq!(read("?platform=android&verdict=pass").filter.verdict, Some(Verdict::Pass));
    }
}
