//! What the answers over HTTP mean. The root path alone was asked, which need not be one that a mini
//! program calls: what depends on the path is said with care, and that there is nothing is no fault.

use url::Url;

use crate::{
    Code, Evidence, Finding, Observation, ServerName, Severity,
    http::{HttpFacts, HttpLook, HttpPage, PlainAnswer, Upgrade},
};

/// What the answers over HTTP show.
pub(super) fn findings(observation: &Observation) -> Vec<Finding> {
    let Some(facts) = &observation.http else { return Vec::new() };
    let asked = observation.route.server_name.clone().map(ServerName::Dns);
    let host = asked.as_ref().unwrap_or(&observation.target.host);
    let refused = refusal(facts);
    let mut findings: Vec<_> = facts.looks.iter().flat_map(|look| of_look(look, refused, host)).collect();
    let plain = facts.plain.as_ref().and_then(|plain| plain.answer.as_ref().ok());
    findings.extend(plain.and_then(|answer| of_plain(answer, host)));
    findings
}

/// How bad it is where the referer is refused. A server may take that of its own mini program alone; and
/// where fewer than half of the certificates have such a server behind them, most clients get through.
fn refusal(facts: &HttpFacts) -> Severity {
    let answered = facts.looks.iter().filter(|look| look.page.is_ok()).count();
    let refusing = facts.looks.iter().filter(|look| granted_without_referer(look).is_some()).count();
    let is_known = facts.app_id.is_some();
    if is_known && refusing * 2 >= answered { Severity::Error } else { Severity::Warning }
}

/// The status without a referer, where the same with it was refused.
fn granted_without_referer(look: &HttpLook) -> Option<u16> {
    let is_refused = look.page.as_ref().is_ok_and(|page| (400..=499).contains(&page.status));
    look.without_referer.filter(|status| is_refused && (100..400).contains(status))
}

fn of_look(look: &HttpLook, refused: Severity, host: &ServerName) -> Vec<Finding> {
    let mut findings: Vec<_> = look.websocket.as_ref().and_then(of_upgrade).into_iter().collect();
    let Ok(page) = &look.page else { return findings };
    let everywhere = |code, severity, evidence| Finding::everywhere(code, severity, evidence);
    if (500..=599).contains(&page.status) {
        let evidence = Evidence::HttpStatus { status: page.status, without_referer: None };
        findings.push(everywhere(Code::HttpServerError, Severity::Warning, evidence));
    }
    if let Some(without) = granted_without_referer(look) {
        let evidence = Evidence::HttpStatus { status: page.status, without_referer: Some(without) };
        findings.push(everywhere(Code::HttpRefererRefused, refused, evidence));
    }
    if lacks_hsts(page, host) {
        findings.push(everywhere(Code::HttpNoHsts, Severity::Info, Evidence::None));
    }
    findings
}

/// Servers add headers to good answers alone unless told otherwise, and browsers keep nothing for an
/// address (RFC 6797 section 8.1.1).
fn lacks_hsts(page: &HttpPage, host: &ServerName) -> bool {
    let named = matches!(host, ServerName::Dns(_));
    let kept = page.hsts.is_some_and(|hsts| hsts.max_age_seconds > 0);
    named && (200..400).contains(&page.status) && !kept
}

/// The root need not be the path of a socket: that it is refused there says little.
fn of_upgrade(upgrade: &Upgrade) -> Option<Finding> {
    let (severity, status) = match upgrade {
        Upgrade::Mistaken => (Severity::Warning, 101),
        Upgrade::Refused { status } => (Severity::Info, *status),
        Upgrade::Switched | Upgrade::Unclear { .. } => return None,
    };
    let evidence = Evidence::HttpStatus { status, without_referer: None };
    Some(Finding::everywhere(Code::WsUpgradeRefused, severity, evidence))
}

/// A page in the clear, or a way to elsewhere. An error serves nobody, and so keeps nobody there.
fn of_plain(answer: &PlainAnswer, host: &ServerName) -> Option<Finding> {
    let is_good = match answer.status {
        200..=299 => false,
        300..=399 => answer.location.as_ref().is_some_and(|location| is_https_of(location, host)),
        _ => true,
    };
    let evidence = || Evidence::InTheClear { status: answer.status, location: answer.location.clone() };
    (!is_good).then(|| Finding::everywhere(Code::HttpNoHttpsRedirect, Severity::Info, evidence()))
}

fn is_https_of(location: &str, host: &ServerName) -> bool {
    // A relative one stays in the clear.
    let Ok(url) = Url::parse(location) else { return false };
    let same = match (url.host(), host) {
        (Some(url::Host::Domain(name)), ServerName::Dns(host)) => name.trim_end_matches('.') == host.as_str(),
        (Some(url::Host::Ipv4(address)), ServerName::Ip(host)) => *host == address,
        (Some(url::Host::Ipv6(address)), ServerName::Ip(host)) => *host == address,
        _ => false,
    };
    same && url.scheme() == "https"
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::{
        fixture::{self, observation},
        http::{Hsts, HttpFailure},
    };

    /// The findings after a change of what is fine.
    fn said(change: impl FnOnce(&mut HttpFacts)) -> Vec<(&'static str, Severity)> {
        said_of("a.example.com", change)
    }

    fn said_of(target: &str, change: impl FnOnce(&mut HttpFacts)) -> Vec<(&'static str, Severity)> {
        let mut facts = fixture::http();
        change(&mut facts);
        let observation = Observation { target: target.parse().unwrap(), http: Some(facts), ..observation(1) };
        findings(&observation).iter().map(|finding| (finding.code.as_str(), finding.severity)).collect()
    }

    fn page(facts: &mut HttpFacts) -> &mut HttpPage {
        facts.looks[0].page.as_mut().unwrap()
    }

    const NO_HSTS: (&str, Severity) = ("http.no_hsts", Severity::Info);

    #[test]
    fn what_is_fine_and_what_was_not_asked_is_no_finding() {
        assert_eq!(said(|_| ()), []);
        assert_eq!(findings(&observation(1)), []);
        assert_eq!(said(|facts| facts.plain = None), []);
        assert_eq!(said(|facts| facts.looks.clear()), []);
        for failure in [HttpFailure::Timeout, HttpFailure::Broken { detail: "words".to_owned() }] {
            let all = |facts: &mut HttpFacts| {
                facts.looks[0].page = Err(failure.clone());
                facts.looks[0].websocket = Some(Upgrade::Unclear { failure: failure.clone() });
                facts.plain.as_mut().unwrap().answer = Err(failure.clone());
            };
            assert_eq!(said(all), []);
        }
    }

    #[test]
    fn an_error_of_the_server_is_a_warning_and_nothing_at_the_root_is_not() {
        for (status, expected) in [
            (200, None),
            (301, None),
            (404, None),
            (403, None),
            (499, None),
            (500, Some("http.server_error")),
            (503, Some("http.server_error")),
            (599, Some("http.server_error")),
            (600, None),
        ] {
            let found = said(|facts| page(facts).status = status);
            assert_eq!(found, Vec::from_iter(expected.map(|code| (code, Severity::Warning))), "{status}");
        }
    }

    #[test]
    fn a_referer_is_refused_only_where_the_same_is_granted_without_it() {
        let app_id = || "wx0123456789abcdef".parse().ok();
        for (with, without, known, severity) in [
            (403, Some(200), false, Some(Severity::Warning)),
            (403, Some(302), true, Some(Severity::Error)),
            (404, Some(200), true, Some(Severity::Error)),
            (403, Some(403), true, None),
            (403, Some(404), true, None),
            (403, Some(500), true, None),
            (403, None, true, None),
            (200, Some(200), true, None),
        ] {
            let found = said(|facts| {
                page(facts).status = with;
                facts.looks[0].without_referer = without;
                facts.app_id = app_id().filter(|_| known);
            });
            let expected: Vec<_> = severity.map(|severity| ("http.referer_refused", severity)).into_iter().collect();
            assert_eq!(found, expected, "{with} {without:?}");
        }
    }

    #[test]
    fn one_of_several_servers_that_refuses_the_referer_fails_nobody_but_half_of_them_do() {
        for (refusing, granting, silent, severity) in [
            (1, 2, 0, Severity::Warning),
            (1, 1, 0, Severity::Error),
            (2, 1, 0, Severity::Error),
            // Whoever said nothing has no say.
            (1, 1, 3, Severity::Error),
        ] {
            let found = said(|facts| {
                facts.app_id = "wx0123456789abcdef".parse().ok();
                let granted = facts.looks[0].clone();
                page(facts).status = 403;
                facts.looks[0].without_referer = Some(200);
                let refused = facts.looks[0].clone();
                let nothing = HttpLook { page: Err(HttpFailure::Timeout), ..granted.clone() };
                let repeated = [(refused, refusing), (granted, granting), (nothing, silent)];
                facts.looks = repeated.into_iter().flat_map(|(look, times)| vec![look; times]).collect();
            });
            assert_eq!(found, vec![("http.referer_refused", severity); refusing], "{refusing} {granting} {silent}");
        }
    }

    #[test]
    fn hsts_is_missed_on_a_good_answer_of_a_name() {
        let hsts = |max_age_seconds| Some(Hsts { max_age_seconds, include_subdomains: true });
        for (status, hsts, lacks) in [
            (200, None, true),
            (302, None, true),
            (200, hsts(0), true),
            (200, hsts(1), false),
            (404, None, false),
            (401, None, false),
        ] {
            let change = |facts: &mut HttpFacts| {
                page(facts).status = status;
                page(facts).hsts = hsts;
                facts.plain = None;
            };
            assert_eq!(said(change), Vec::from_iter(lacks.then_some(NO_HSTS)), "{status} {hsts:?}");
            assert_eq!(said_of("9.9.9.1", change), []);
        }
    }

    #[test]
    fn port_80_leads_to_https_of_the_same_host_or_nobody_stays_there() {
        for (status, location, good) in [
            (301, Some("https://a.example.com/"), true),
            (308, Some("HTTPS://A.example.com:8443/x?y"), true),
            (301, Some("https://a.example.com."), true),
            (301, Some("https://b.example.com/"), false),
            (301, Some("https://a.example.com.evil.example/"), false),
            (301, Some("https://a.example.com@evil.example/"), false),
            (301, Some("http://a.example.com/login"), false),
            (302, Some("/login"), false),
            (302, Some("//a.example.com/"), false),
            (302, None, false),
            (200, None, false),
            (403, None, true),
            (404, Some("http://a.example.com/"), true),
            (500, None, true),
        ] {
            let answer = PlainAnswer { status, location: location.map(str::to_owned) };
            let found = said(|facts| facts.plain.as_mut().unwrap().answer = Ok(answer));
            let expected = (!good).then_some(("http.no_https_redirect", Severity::Info));
            assert_eq!(found, Vec::from_iter(expected), "{status} {location:?}");
        }
    }

    #[test]
    fn an_upgrade_that_goes_wrong_is_a_warning_and_one_that_is_refused_at_the_root_is_not() {
        for (upgrade, severity) in [
            (Upgrade::Switched, None),
            (Upgrade::Mistaken, Some(Severity::Warning)),
            (Upgrade::Refused { status: 404 }, Some(Severity::Info)),
            (Upgrade::Refused { status: 200 }, Some(Severity::Info)),
            (Upgrade::Unclear { failure: HttpFailure::Timeout }, None),
        ] {
            let found = said(|facts| facts.looks[0].websocket = Some(upgrade.clone()));
            assert_eq!(found, Vec::from_iter(severity.map(|it| ("ws.upgrade_refused", it))), "{upgrade:?}");
        }
    }

    #[test]
    fn the_kinds_of_http_are_among_those_that_may_occur() {
        let mut facts = fixture::http();
        page(&mut facts).status = 403;
        facts.looks[0].without_referer = Some(200);
        facts.looks[0].websocket = Some(Upgrade::Mistaken);
        let refused = HttpLook { websocket: Some(Upgrade::Refused { status: 400 }), ..facts.looks[0].clone() };
        facts.looks.push(refused);
        let failing = HttpPage { status: 500, hsts: None, icp: Vec::new() };
        facts.looks.push(HttpLook { page: Ok(failing), ..facts.looks[0].clone() });
        facts.plain.as_mut().unwrap().answer = Ok(PlainAnswer { status: 200, location: None });
        for app_id in [None, "wx0123456789abcdef".parse().ok()] {
            let facts = HttpFacts { app_id, ..facts.clone() };
            for finding in findings(&Observation { http: Some(facts), ..observation(1) }) {
                let known = crate::occurrence::occurrences(finding.code);
                assert!(known.iter().any(|known| known.covers(&finding)), "{finding:?}");
            }
        }
    }
}
