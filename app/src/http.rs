//! What a server says over HTTP, as label and value. Pure, like [`crate::words`].

use model::{
    http::{Hsts, HttpFacts, HttpFailure, HttpLook, HttpPage, PlainAnswer, Upgrade},
    icp::footer::IcpSeen,
};

use crate::{i18n::*, words};

/// A label and its value.
pub type Line = (&'static str, String);

/// Everything that was answered.
pub fn lines(facts: &HttpFacts, locale: Locale) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for look in &facts.looks {
        let on = |value: String| if facts.looks.len() > 1 { format!("{}  {value}", look.address) } else { value };
        lines.extend(of_look(look, locale).into_iter().map(|(label, value)| (label, on(value))));
    }
    if let Some(plain) = &facts.plain {
        let said = match &plain.answer {
            Ok(PlainAnswer { status, location }) => in_the_clear(*status, location.as_deref()),
            Err(failure) => failed(failure, locale),
        };
        lines.push((td_string!(locale, words.http.plain), said));
    }
    for seen in facts.icp() {
        lines.push((td_string!(locale, words.http.icp), icp(seen, locale)));
    }
    lines
}

fn of_look(look: &HttpLook, locale: Locale) -> Vec<Line> {
    let HttpLook { page, without_referer, websocket, .. } = look;
    let mut lines = match page {
        Ok(HttpPage { status, hsts, .. }) => {
            let none = || td_string!(locale, words.http.none).to_owned();
            vec![
                (td_string!(locale, words.http.get), format!("HTTP {status}")),
                ("HSTS", hsts.map_or_else(none, |hsts| directives(&hsts))),
            ]
        }
        Err(failure) => vec![(td_string!(locale, words.http.get), failed(failure, locale))],
    };
    let label = td_string!(locale, words.http.without_referer);
    lines.extend(without_referer.map(|status| (label, format!("HTTP {status}"))));
    let label = td_string!(locale, words.http.websocket);
    lines.extend(websocket.as_ref().map(|upgrade| (label, upgraded(upgrade, locale))));
    lines
}

/// As the header has it.
fn directives(hsts: &Hsts) -> String {
    let subdomains = if hsts.include_subdomains { "; includeSubDomains" } else { "" };
    format!("max-age={}{subdomains}", hsts.max_age_seconds)
}

fn upgraded(upgrade: &Upgrade, locale: Locale) -> String {
    match upgrade {
        Upgrade::Switched => td_string!(locale, words.http.switched).to_owned(),
        Upgrade::Mistaken => td_string!(locale, words.http.mistaken).to_owned(),
        Upgrade::Refused { status } => td_string!(locale, words.http.refused, status = *status),
        Upgrade::Unclear { failure } => failed(failure, locale),
    }
}

/// An answer of port 80.
pub fn in_the_clear(status: u16, location: Option<&str>) -> String {
    match location {
        Some(location) => format!("HTTP {status} → {location}"),
        None => format!("HTTP {status}"),
    }
}

fn icp(seen: &IcpSeen, locale: Locale) -> String {
    let number = seen.number.to_string();
    match &seen.link {
        Some(link) => td_string!(locale, words.http.icp_linked, number = number, link = link.as_str()),
        None => number,
    }
}

/// Why there is no answer, as a sentence without its full stop.
pub fn failed(failure: &HttpFailure, locale: Locale) -> String {
    match failure {
        HttpFailure::Unreached { failure } => words::connection::failure(failure, locale),
        HttpFailure::Timeout => td_string!(locale, words.http.timeout).to_owned(),
        HttpFailure::Broken { detail } => td_string!(locale, words.http.broken, detail = detail.as_str()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use model::http::PlainLook;

    use super::*;

    fn look(address: u8, page: Result<HttpPage, HttpFailure>) -> HttpLook {
        HttpLook { address: [9, 9, 9, address].into(), page, without_referer: None, websocket: None }
    }

    #[test]
    fn each_answer_has_its_line_and_names_its_address_where_there_are_several() {
        let hsts = Some(Hsts { max_age_seconds: 60, include_subdomains: true });
        let icp = IcpSeen {
            number: "京ICP备11041704号".parse().unwrap(),
            link: Some("https://beian.miit.gov.cn/".to_owned()),
        };
        let page = HttpPage { status: 403, hsts, icp: vec![icp] };
        let mut first = look(1, Ok(page));
        (first.without_referer, first.websocket) = (Some(200), Some(Upgrade::Refused { status: 404 }));
        let answer = PlainAnswer { status: 301, location: Some("https://a.example/".to_owned()) };
        let plain = PlainLook { address: [9, 9, 9, 1].into(), answer: Ok(answer) };
        let mut facts = HttpFacts { app_id: None, looks: vec![first], plain: Some(plain) };
        assert_eq!(
            lines(&facts, Locale::en),
            [
                ("Answer to GET /", "HTTP 403".to_owned()),
                ("HSTS", "max-age=60; includeSubDomains".to_owned()),
                ("Without the referer", "HTTP 200".to_owned()),
                ("WebSocket at /", "no upgrade: HTTP 404".to_owned()),
                ("Port 80", "HTTP 301 → https://a.example/".to_owned()),
                ("ICP number on the page", "京ICP备11041704号, with a link to https://beian.miit.gov.cn/".to_owned()),
            ]
        );

        facts.looks.push(look(2, Err(HttpFailure::Timeout)));
        let said = lines(&facts, Locale::en);
        assert_eq!(said[0].1, "9.9.9.1  HTTP 403");
        assert!(said.contains(&("Answer to GET /", "9.9.9.2  no answer in time".to_owned())), "{said:?}");
    }
}
