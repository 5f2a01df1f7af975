//! Many filings at once: lines such as `example.com 京ICP备11041704号 某某公司` or
//! `example.com not_filed`, each read on its own, in the browser and on the server alike.

use std::collections::BTreeSet;

use super::{IcpNumber, IcpNumberError, IcpRecord, IcpSource, IcpState, read_holder};
use crate::{
    HostPort, RegistrableDomain, ServerName, Timestamp, registrable_domain::RegistrableDomainError, service::Problem,
};

/// Most lines one paste may hold.
pub const PASTE_MOST: usize = 500;

/// Most characters of a line: a domain, a number and a holder, with room to spare.
pub const LINE_MOST: usize = 600;

/// What one line tells of a filing. What it does not tell is not touched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastedFiling {
    /// The domain.
    pub domain: RegistrableDomain,
    /// Its state; a domain with a number is filed.
    pub state: IcpState,
    /// Its number.
    pub number: Option<IcpNumber>,
    /// Who holds it.
    pub holder: Option<String>,
}

impl PastedFiling {
    /// The record that comes of it at `now`: what the line tells, and of the record before it what the line leaves
    /// open. Without a filing there is no number. Who confirms what was known does not change how it is known.
    pub fn over(self, old: Option<&IcpRecord>, now: Timestamp) -> IcpRecord {
        let Self { domain, state, number, holder } = self;
        let number = match state {
            IcpState::NotFiled => None,
            _ => number.or_else(|| old?.number.clone()),
        };
        let is_confirmed =
            |old: &&IcpRecord| old.state == state && old.number == number && (holder.is_none() || old.holder == holder);
        let confirmed = old.filter(is_confirmed);
        IcpRecord {
            domain,
            state,
            number,
            holder: holder.or_else(|| old?.holder.clone()),
            source: confirmed.map_or(IcpSource::Typed, |old| old.source),
            confirmed_at: now,
            revision: old.map_or(0, |old| old.revision) + 1,
        }
    }
}

/// A line, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilingJudgement {
    /// The line, as typed.
    pub input: String,
    /// What it tells, or why it cannot be accepted.
    pub filing: Result<PastedFiling, Refusal>,
    /// The line as it was most likely meant, where that is obvious.
    pub suggestion: Option<String>,
}

impl FilingJudgement {
    /// Whether it can be saved.
    pub const fn accepted(&self) -> bool {
        self.filing.is_ok()
    }
}

/// Why a line cannot be accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It is longer than [`LINE_MOST`].
    #[error("longer than {LINE_MOST} characters")]
    TooLong,
    /// It does not begin with a domain.
    #[error("does not begin with a domain")]
    NoDomain,
    /// Nobody can file for a public suffix.
    #[error("a public suffix: nobody can file for it")]
    PublicSuffix,
    /// The filing belongs to the domain above.
    #[error("the filing belongs to {0}")]
    Below(RegistrableDomain),
    /// There is a domain and nothing else.
    #[error("neither a number nor a state")]
    NothingTold,
    /// What follows is no state, and no number either.
    #[error(transparent)]
    Number(IcpNumberError),
    /// The holder's name.
    #[error("the holder's name: {0:?}")]
    Holder(Problem),
    /// A line before it tells of the same domain.
    #[error("told of already")]
    Repeated,
}

/// The lines of a paste that are not empty.
pub fn lines_of(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(|line| line.trim_matches(is_separator)).filter(|line| !line.is_empty())
}

/// The domains of a paste whose filings its lines tell, as far as they can be read.
pub fn domains_of(text: &str) -> Vec<RegistrableDomain> {
    let judgements = judge_filings(lines_of(text).take(PASTE_MOST));
    judgements.into_iter().filter_map(|judgement| Some(judgement.filing.ok()?.domain)).collect()
}

/// Reads lines, each on its own, and refuses the second of two about one domain.
pub fn judge_filings<'a>(lines: impl IntoIterator<Item = &'a str>) -> Vec<FilingJudgement> {
    let mut told = BTreeSet::new();
    lines
        .into_iter()
        .map(|input| {
            let mut judgement = judge_filing(input);
            let again = judgement.filing.as_ref().is_ok_and(|filing| !told.insert(filing.domain.clone()));
            if again {
                judgement.filing = Err(Refusal::Repeated);
            }
            judgement
        })
        .collect()
}

fn judge_filing(input: &str) -> FilingJudgement {
    let input = input.trim_matches(is_separator);
    if input.chars().take(LINE_MOST + 1).count() > LINE_MOST {
        let shown = input.chars().take(LINE_MOST).collect();
        return FilingJudgement { input: shown, filing: Err(Refusal::TooLong), suggestion: None };
    }
    let (name, rest) = split(input);
    let filing = read_domain(name).and_then(|domain| read_rest(domain, rest));
    let suggestion = match &filing {
        Err(Refusal::Below(domain)) => Some(format!("{domain}{}", input.get(name.len()..).unwrap_or_default())),
        _ => None,
    };
    FilingJudgement { input: input.to_owned(), filing, suggestion }
}

fn read_domain(name: &str) -> Result<RegistrableDomain, Refusal> {
    match name.parse() {
        Ok(domain) => Ok(domain),
        // One label alone is rather a number in the wrong place than a top-level domain.
        Err(RegistrableDomainError::NotRegistrable { instead: None }) if name.contains('.') => {
            Err(Refusal::PublicSuffix)
        }
        // Perhaps copied as a URL.
        Err(_) => Err(above(name).unwrap_or(Refusal::NoDomain)),
    }
}

/// The domain that a host, or the host of a URL, is filed under.
fn above(name: &str) -> Option<Refusal> {
    match name.parse::<HostPort>().ok()?.host {
        ServerName::Dns(host) => host.registrable_domain().map(Refusal::Below),
        ServerName::Ip(_) => None,
    }
}

fn read_rest(domain: RegistrableDomain, rest: &str) -> Result<PastedFiling, Refusal> {
    if rest.is_empty() {
        return Err(Refusal::NothingTold);
    }
    let (state, number, holder) = match read_state(rest) {
        Some((state, holder)) => (state, None, holder),
        None => {
            let (number, holder) = read_number(rest)?;
            (IcpState::Filed, Some(number), holder)
        }
    };
    let holder = read_holder(holder).map_err(Refusal::Holder)?;
    Ok(PastedFiling { domain, state, number, holder })
}

/// A state at the begin of `rest`, and what follows it.
fn read_state(rest: &str) -> Option<(IcpState, &str)> {
    STATES.iter().find_map(|(word, state)| {
        let begin = rest.get(..word.len())?;
        let tail = &rest[word.len()..];
        let whole = tail.is_empty() || tail.starts_with(is_separator);
        (whole && begin.eq_ignore_ascii_case(word)).then(|| (*state, tail.trim_start_matches(is_separator)))
    })
}

/// A number at the begin of `rest`, and what follows it. Numbers are also written with spaces in
/// them, so that the longest that can be read is the one that was meant.
fn read_number(rest: &str) -> Result<(IcpNumber, &str), Refusal> {
    if let Some((number, holder)) = rest.split_once(is_hard_separator) {
        let number = number.parse().map_err(Refusal::Number)?;
        return Ok((number, holder.trim_start_matches(is_separator)));
    }
    let whole: Result<IcpNumber, _> = rest.parse();
    let error = match whole {
        Ok(number) => return Ok((number, "")),
        Err(error) => error,
    };
    let spaces = rest.char_indices().rev().filter(|(_, character)| is_separator(*character));
    for (at, _) in spaces {
        if let Ok(number) = rest[..at].parse() {
            return Ok((number, rest[at..].trim_start_matches(is_separator)));
        }
    }
    Err(Refusal::Number(error))
}

/// The first word of a line, and the rest.
fn split(line: &str) -> (&str, &str) {
    match line.find(is_separator) {
        Some(at) => (&line[..at], line[at..].trim_start_matches(is_separator)),
        None => (line, ""),
    }
}

fn is_separator(character: char) -> bool {
    character.is_whitespace() || is_hard_separator(character)
}

/// What stands between two columns and never within one.
fn is_hard_separator(character: char) -> bool {
    matches!(character, '\t' | ',' | '\u{ff0c}')
}

/// Every word for a state, in both languages.
const STATES: &[(&str, IcpState)] = &[
    ("filed", IcpState::Filed),
    ("已备案", IcpState::Filed),
    ("not_filed", IcpState::NotFiled),
    ("not filed", IcpState::NotFiled),
    ("未备案", IcpState::NotFiled),
    ("pending", IcpState::Pending),
    ("under way", IcpState::Pending),
    ("备案中", IcpState::Pending),
    ("unknown", IcpState::Unknown),
    ("未知", IcpState::Unknown),
];

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    /// Domain, state, number, holder.
    type Told<'a> = (&'a str, IcpState, Option<&'a str>, Option<&'a str>);

    #[test]
    fn a_line_tells_a_domain_and_a_number_or_a_state() {
        use IcpState::{Filed, NotFiled, Pending, Unknown};
        let number = Some("京ICP备11041704号-13");
        let company = Some("某某 有限公司");
        let cases: &[(&str, Told<'_>)] = &[
            ("example.com 京ICP备11041704号-13", ("example.com", Filed, number, None)),
            ("example.com\t京ICP备11041704号-13\t某某 有限公司", ("example.com", Filed, number, company)),
            ("example.com,京ICP备11041704号-13,某某 有限公司", ("example.com", Filed, number, company)),
            ("example.com，京ICP备11041704号-13，某某 有限公司", ("example.com", Filed, number, company)),
            ("example.com 京ICP备11041704号-13 某某 有限公司", ("example.com", Filed, number, company)),
            ("example.com 京ICP备11041704号-13, 某某 有限公司", ("example.com", Filed, number, company)),
            (
                "\u{3000}example.com \u{3000} 京 icp 備 11041704 號 － 13 某某 有限公司 ",
                ("example.com", Filed, number, company),
            ),
            ("EXAMPLE.com\t\t京ICP备11041704-13", ("example.com", Filed, number, None)),
            ("例子.中国 粤B2-20090059", ("xn--fsqu00a.xn--fiqs8s", Filed, Some("粤B2-20090059"), None)),
            ("example.com 粤B2-20090059 5号公司", ("example.com", Filed, Some("粤B2-20090059"), Some("5号公司"))),
            ("example.com 京ICP备11041704号,", ("example.com", Filed, Some("京ICP备11041704号"), None)),
            ("example.com filed", ("example.com", Filed, None, None)),
            ("example.com NOT_FILED", ("example.com", NotFiled, None, None)),
            ("example.com Not filed", ("example.com", NotFiled, None, None)),
            ("example.com 未备案", ("example.com", NotFiled, None, None)),
            ("example.com\t备案中\t某某 有限公司", ("example.com", Pending, None, company)),
            ("example.com, pending", ("example.com", Pending, None, None)),
            ("example.com 未知", ("example.com", Unknown, None, None)),
            ("example.com filed filed Ltd", ("example.com", Filed, None, Some("filed Ltd"))),
        ];
        for (line, (domain, state, number, holder)) in cases {
            let filing = judge_filing(line).filing;
            let filing = filing.unwrap_or_else(|refusal| panic!("{line}: {refusal}"));
            assert_eq!(filing.domain.as_str(), *domain, "{line}");
            assert_eq!(filing.state, *state, "{line}");
            assert_eq!(filing.number.map(|number| number.to_string()).as_deref(), *number, "{line}");
            assert_eq!(filing.holder.as_deref(), *holder, "{line}");
        }
    }

    #[test]
    fn what_cannot_be_accepted_says_why_and_what_was_meant_where_that_is_plain() {
        use IcpNumberError::{Digits, Province, Shape, Suffix};
        let below = || Refusal::Below("example.com".parse().unwrap());
        let long = format!("example.com 京ICP备11041704号 {}", "字".repeat(101));
        let cases: Vec<(&str, Refusal, Option<&str>)> = vec![
            ("example.com", Refusal::NothingTold, None),
            ("com.cn 京ICP备11041704号", Refusal::PublicSuffix, None),
            ("com filed", Refusal::NoDomain, None),
            ("www.example.com filed", below(), Some("example.com filed")),
            ("https://www.example.com/ 京ICP备11041704号", below(), Some("example.com 京ICP备11041704号")),
            ("example.com:8443\tfiled", below(), Some("example.com\tfiled")),
            ("192.0.2.1 filed", Refusal::NoDomain, None),
            ("*.example.com filed", Refusal::NoDomain, None),
            ("京ICP备11041704号 example.com", Refusal::NoDomain, None),
            ("example.com filedd", Refusal::Number(Province('f')), None),
            ("example.com 11041704", Refusal::Number(Province('1')), None),
            ("example.com 京ICP备1104170号", Refusal::Number(Digits), None),
            ("example.com 京ICP备1104170号 某某公司", Refusal::Number(Digits), None),
            ("example.com\t京ICP备11041704号-13XX", Refusal::Number(Suffix), None),
            ("example.com 京公网安备11010802020088号", Refusal::Number(Shape), None),
            (&long, Refusal::Holder(Problem::TooLong { most: 100 }), None),
        ];
        for (line, refusal, suggestion) in cases {
            let judgement = judge_filing(line);
            assert_eq!(judgement.filing, Err(refusal), "{line}");
            assert_eq!(judgement.suggestion.as_deref(), suggestion, "{line}");
        }
        assert_eq!(judge_filing(&"x".repeat(1_000_000)).filing, Err(Refusal::TooLong));
        assert_eq!(judge_filing(&"x".repeat(1_000_000)).input.len(), LINE_MOST);
    }

    #[test]
    fn the_second_line_about_a_domain_is_refused() {
        let lines = ["a.com filed", "A.com 未备案", "b.com", "b.com filed"];
        let accepted: Vec<_> = judge_filings(lines).iter().map(FilingJudgement::accepted).collect();
        assert_eq!(accepted, [true, false, false, true]);
    }

    #[test]
    fn what_a_line_leaves_open_stays_as_it_was_recorded() {
        use IcpSource::{Typed, Wechat};
        use IcpState::{Filed, NotFiled, Pending};
        let now: Timestamp = "2026-03-01T00:00:00Z".parse().unwrap();
        let number = "京ICP备11041704号-13";
        let old = IcpRecord {
            domain: "example.com".parse().unwrap(),
            state: Filed,
            number: Some(number.parse().unwrap()),
            holder: Some("某某公司".to_owned()),
            source: Wechat,
            confirmed_at: Timestamp::UNIX_EPOCH,
            revision: 4,
        };
        for (line, state, number, holder, source) in [
            ("example.com filed", Filed, Some(number), "某某公司", Wechat),
            ("example.com 京ICP备11041704号-13", Filed, Some(number), "某某公司", Wechat),
            ("example.com filed 某某公司", Filed, Some(number), "某某公司", Wechat),
            ("example.com filed 另一公司", Filed, Some(number), "另一公司", Typed),
            ("example.com 粤B2-20090059", Filed, Some("粤B2-20090059"), "某某公司", Typed),
            ("example.com pending", Pending, Some(number), "某某公司", Typed),
            ("example.com not_filed", NotFiled, None, "某某公司", Typed),
        ] {
            let new = judge_filing(line).filing.unwrap().over(Some(&old), now);
            assert_eq!((new.state, new.source, new.confirmed_at, new.revision), (state, source, now, 5), "{line}");
            assert_eq!(new.number.map(|number| number.to_string()).as_deref(), number, "{line}");
            assert_eq!(new.holder.as_deref(), Some(holder), "{line}");
        }
        let new = judge_filing("example.com filed").filing.unwrap().over(None, now);
        assert_eq!((new.number, new.holder, new.source, new.revision), (None, None, Typed, 1));
    }

    #[test]
    fn the_domains_of_a_paste_are_those_of_the_lines_that_can_be_read() {
        let domains = domains_of("b.com filed\nwww.a.com filed\n\na.com 未备案\nb.com pending\nx");
        assert_eq!(domains.iter().map(RegistrableDomain::as_str).collect::<Vec<_>>(), ["b.com", "a.com"]);
    }

    #[test]
    fn empty_lines_are_no_lines() {
        let text = "\u{feff}\r\n a.com filed \r\n\t,\n\nb.com filed";
        let lines: Vec<_> = lines_of(text.trim_start_matches('\u{feff}')).collect();
        assert_eq!(lines, ["a.com filed", "b.com filed"]);
    }

    proptest! {
        #[test]
        fn any_line_is_read_without_panic(line in any::<String>()) {
            judge_filing(&line);
        }

        #[test]
        fn what_is_suggested_says_the_same_of_the_domain_above(
            host in "(https://)?[a-z]{1,3}\\.[a-z]{3}\\.com(:8443)?",
            rest in "[ \t,]{1,3}(filed|未备案|京ICP备11041704号)",
        ) {
            let judgement = judge_filing(&format!("{host}{rest}"));
            let suggestion = judgement.suggestion.unwrap();
            prop_assert!(judge_filing(&suggestion).accepted(), "{}", suggestion);
        }
    }
}
