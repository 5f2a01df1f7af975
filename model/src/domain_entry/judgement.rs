//! What WeChat's rules say of a line that is to join a list: everything that is wrong with it at
//! once, and the corrected entry where it is obvious.

use std::collections::BTreeSet;

use super::{
    Api, DomainEntry,
    reading::{Offence, QUOTED_MOST, Reading},
};
use crate::{Code, Evidence, Finding, Limits, Severity, echo::shortened};

/// What WeChat's rules say of one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryJudgement {
    /// The line, as typed.
    pub input: String,
    /// The list it is meant for.
    pub api: Api,
    /// The entry, when no finding is an error.
    pub entry: Option<DomainEntry>,
    /// Everything that is wrong, or worth knowing.
    pub findings: Vec<Finding>,
    /// The corrected entry, where it is obvious and differs from the input. It fits the list.
    pub suggestion: Option<String>,
    /// What the line is in another list, where its scheme belongs there and not here.
    pub elsewhere: Option<DomainEntry>,
}

impl EntryJudgement {
    /// Whether WeChat would take the line.
    pub const fn accepted(&self) -> bool {
        self.entry.is_some()
    }
}

/// Judges one line on its own.
pub fn judge_entry(api: Api, input: &str) -> EntryJudgement {
    let reading = Reading::of(api, input);
    let corrected = reading.corrected();
    let is_right = reading.problems.is_empty();
    // What is proposed has no warning against it that could be helped.
    let proposed = corrected.as_ref().map(|entry| entry.without_443().to_string());
    let suggestion = proposed.filter(|suggestion| suggestion != input.trim());
    let elsewhere = reading.list_of_scheme().and_then(|list| Reading::of(list, input).corrected());
    let elsewhere = elsewhere.map(|entry| entry.without_443());

    let accepted = if is_right { corrected } else { None };
    let mut findings: Vec<_> = reading
        .problems
        .into_iter()
        .map(|(code, offence)| match offence {
            Offence::Part(offending) => about(code, Severity::Error, quoted(input), offending, suggestion.clone()),
            Offence::TooLong { part, characters, most, encoded } => {
                let evidence = Evidence::TooLong { input: quoted(input), part, characters, most, encoded };
                Finding::everywhere(code, Severity::Error, evidence)
            }
        })
        .collect();
    findings.extend(accepted.iter().flat_map(DomainEntry::standing_findings));
    EntryJudgement { input: input.to_owned(), api, entry: accepted, findings, suggestion, elsewhere }
}

/// The entry that a line or a URL names: every error mended, and nothing else changed.
pub(crate) fn entry_named(api: Api, input: &str) -> Option<DomainEntry> {
    Reading::of(api, input).corrected()
}

/// Judges lines that are to join a list: each on its own, against the entries there, against each
/// other, and against the limit. A line that is refused takes no place.
pub fn judge_list<'a>(
    api: Api,
    inputs: impl IntoIterator<Item = &'a str>,
    existing: &[DomainEntry],
    limits: &Limits,
) -> Vec<EntryJudgement> {
    let there: BTreeSet<&DomainEntry> = existing.iter().filter(|entry| entry.api() == api).collect();
    let mut new: BTreeSet<DomainEntry> = BTreeSet::new();
    let limit = limits.limit(api);
    inputs
        .into_iter()
        .map(|input| {
            let mut judgement = judge_entry(api, input);
            let suggested = judgement.suggestion.as_deref().and_then(|entry| DomainEntry::parse(api, entry).ok());
            let again = judgement.entry.as_ref().or(suggested.as_ref()).and_then(|entry| {
                let repeated = new.contains(entry).then_some(Code::RuleRepeated);
                there.contains(entry).then_some(Code::RuleDuplicate).or(repeated)
            });
            if let Some(code) = again {
                // Nothing is gained by what is there already.
                judgement.findings.push(about(code, Severity::Error, quoted(input), None, None));
                (judgement.entry, judgement.suggestion) = (None, None);
                return judgement;
            }
            let Some(entry) = judgement.entry.take() else { return judgement };
            let used = u32::try_from(there.len() + new.len()).unwrap_or(u32::MAX).saturating_add(1);
            if let Some(limit) = limit.filter(|limit| used > *limit) {
                let evidence = Evidence::Quota { api, used, limit };
                judgement.findings.push(Finding::everywhere(Code::RuleOverLimit, Severity::Error, evidence));
                return judgement;
            }
            new.insert(entry.clone());
            judgement.entry = Some(entry);
            judgement
        })
        .collect()
}

/// A finding about an entry or a line.
pub(super) fn about(
    code: Code,
    severity: Severity,
    input: String,
    offending: Option<String>,
    suggestion: Option<String>,
) -> Finding {
    Finding::everywhere(code, severity, Evidence::Entry { input, offending, suggestion })
}

fn quoted(input: &str) -> String {
    shortened(input, QUOTED_MOST)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;
    use Code::*;

    fn codes(judgement: &EntryJudgement) -> Vec<Code> {
        judgement.findings.iter().map(|finding| finding.code).collect()
    }

    /// Each line with its findings, and the entry that comes of it: accepted or suggested.
    fn check(api: Api, cases: &[(&str, &[Code], Option<&str>)]) {
        for (input, expected, entry) in cases {
            let judgement = judge_entry(api, input);
            assert_eq!(codes(&judgement), *expected, "{api} {input:?}");
            let refused = judgement.findings.iter().any(|finding| finding.severity == Severity::Error);
            assert_eq!(judgement.accepted(), !refused, "{api} {input:?}");
            let accepted = judgement.entry.map(|entry| entry.to_string());
            assert_eq!(judgement.suggestion.or(accepted).as_deref(), *entry, "{api} {input:?}");
        }
    }

    #[test]
    fn a_plain_https_entry_is_taken() {
        check(
            Api::Request,
            &[
                ("https://a.example.com", &[], Some("https://a.example.com")),
                ("https://a.example.com:8443", &[], Some("https://a.example.com:8443")),
                ("https://a-b.1.example.com.cn", &[], Some("https://a-b.1.example.com.cn")),
                (" HTTPS://A.Example.com \t", &[], Some("https://a.example.com")),
                ("https://a.example.com:08443", &[], Some("https://a.example.com:8443")),
            ],
        );
    }

    #[test]
    fn the_scheme_is_the_one_of_the_list() {
        let corrected = Some("https://a.example.com");
        check(
            Api::Request,
            &[
                ("a.example.com", &[RuleScheme], corrected),
                ("//a.example.com", &[RuleScheme], corrected),
                ("http://a.example.com", &[RuleScheme], corrected),
                ("ws://a.example.com", &[RuleScheme], corrected),
                ("wss://a.example.com", &[RuleScheme], corrected),
                ("https:a.example.com", &[RuleScheme], corrected),
                ("https:/a.example.com", &[RuleScheme], corrected),
                ("https:///a.example.com", &[RuleScheme], corrected),
                ("https//a.example.com", &[RuleScheme], corrected),
                ("https:\\\\a.example.com", &[RuleScheme], corrected),
                ("ftp://a.example.com", &[RuleScheme], None),
                ("htps://a.example.com", &[RuleScheme], None),
                ("://a.example.com", &[RuleScheme], corrected),
            ],
        );
        check(
            Api::Socket,
            &[
                ("wss://a.example.com", &[], Some("wss://a.example.com")),
                ("ws://a.example.com", &[RuleScheme], Some("wss://a.example.com")),
                ("https://a.example.com:8443", &[RuleScheme], Some("wss://a.example.com:8443")),
            ],
        );
        check(
            Api::PrefetchDns,
            &[
                ("a.example.com", &[], Some("a.example.com")),
                ("https://a.example.com", &[RuleScheme], Some("a.example.com")),
                ("//a.example.com", &[RuleScheme], Some("a.example.com")),
            ],
        );
        check(
            Api::Tcp,
            &[
                ("tcp://a.example.com:9000", &[], Some("tcp://a.example.com:9000")),
                ("udp://a.example.com:9000", &[RuleScheme], Some("tcp://a.example.com:9000")),
            ],
        );
    }

    #[test]
    fn addresses_and_localhost_cannot_be_configured() {
        check(
            Api::Request,
            &[
                ("https://192.0.2.1", &[RuleIpAddress], None),
                ("https://192.0.2.1:8443", &[RuleIpAddress], None),
                ("https://[2001:db8::1]", &[RuleIpAddress], None),
                ("https://[2001:db8::1]:8443", &[RuleIpAddress], None),
                ("https://2001:db8::1", &[RuleIpAddress], None),
                ("https://0x7f000001", &[RuleIpAddress], None),
                ("https://192.0.2.1.example.com", &[], Some("https://192.0.2.1.example.com")),
                ("https://localhost", &[RuleLocalhost], None),
                ("https://localhost:3000", &[RuleLocalhost], None),
                ("https://LOCALHOST.", &[RuleCharacter, RuleLocalhost], None),
                ("https://app.localhost", &[RuleLocalhost], None),
                ("https://localhost.example.com", &[], Some("https://localhost.example.com")),
            ],
        );
    }

    #[test]
    fn wechat_s_own_api_may_not_be_configured() {
        check(
            Api::Request,
            &[
                ("https://api.weixin.qq.com", &[RuleForbiddenHost], None),
                ("http://API.weixin.qq.com/sns/jscode2session", &[RuleScheme, RulePath, RuleForbiddenHost], None),
                ("https://api2.weixin.qq.com", &[], Some("https://api2.weixin.qq.com")),
            ],
        );
    }

    #[test]
    fn a_path_a_query_a_fragment_or_user_info_is_dropped() {
        let corrected = Some("https://a.example.com");
        check(
            Api::Request,
            &[
                ("https://a.example.com/", &[RulePath], corrected),
                ("https://a.example.com/v1/x?y=1#z", &[RulePath], corrected),
                ("https://a.example.com?y=https://b.example.com", &[RulePath], corrected),
                ("a.example.com/?y=https://b.example.com", &[RuleScheme, RulePath], corrected),
                ("https://a.example.com#z", &[RulePath], corrected),
                ("https://a.example.com\\x", &[RulePath], corrected),
                ("https://me:secret@a.example.com", &[RulePath], corrected),
                ("https://a.example.com:8443/x", &[RulePath], Some("https://a.example.com:8443")),
            ],
        );
    }

    #[test]
    fn a_character_that_does_not_belong_is_named_and_mended_where_it_can_be() {
        let corrected = Some("https://a.example.com");
        check(
            Api::Request,
            &[
                ("https://a_b.example.com", &[RuleCharacter], None),
                ("https://a b.example.com", &[RuleCharacter], None),
                ("https://a..example.com", &[RuleHost], None),
                ("https://-a.example.com", &[RuleHost], None),
                ("https://intranet", &[RuleHost], None),
                ("https://", &[RuleHost], None),
                ("", &[RuleScheme, RuleHost], None),
                ("https://a.example.com.", &[RuleCharacter], corrected),
                ("https：//a.example.com", &[RuleCharacter], corrected),
                ("ｈｔｔｐｓ：／／ａ．example。com", &[RuleCharacter], corrected),
                ("https://a.ex\u{200b}ample.com", &[RuleCharacter], corrected),
                ("https://ⓐ.example.com", &[RuleCharacter], corrected),
            ],
        );
        let underscore = judge_entry(Api::Request, "https://a_b.example.com");
        let Evidence::Entry { offending, .. } = &underscore.findings[0].evidence else {
            panic!("evidence of an entry")
        };
        assert_eq!(offending.as_deref(), Some("_"));
    }

    #[test]
    fn there_are_no_wildcards() {
        check(
            Api::Request,
            &[
                ("https://*.example.com", &[RuleWildcard], None),
                ("*.example.com/x", &[RuleScheme, RulePath, RuleWildcard], None),
                ("https://*", &[RuleWildcard], None),
                ("https://wildcard.example.com", &[], Some("https://wildcard.example.com")),
            ],
        );
    }

    #[test]
    fn a_port_is_a_number_and_only_where_the_list_takes_one() {
        check(
            Api::Request,
            &[
                ("https://a.example.com:", &[RulePort], Some("https://a.example.com")),
                ("https://a.example.com:0", &[RulePort], None),
                ("https://a.example.com:65536", &[RulePort], None),
                ("https://a.example.com:https", &[RulePort], None),
                ("https://a.example.com:80:90", &[RulePort], None),
                ("https://a.example.com:65535", &[], Some("https://a.example.com:65535")),
                ("https://a.example.com:443", &[RuleExplicit443], Some("https://a.example.com")),
                ("https://a.example.com:443/v1", &[RulePath], Some("https://a.example.com")),
                ("http://a.example.com:443", &[RuleScheme], Some("https://a.example.com")),
            ],
        );
        check(Api::Tcp, &[("a.example.com:443", &[RuleScheme], Some("tcp://a.example.com:443"))]);
        check(Api::Business, &[("https://a.example.com:8443", &[RulePort], Some("https://a.example.com"))]);
        check(Api::PrefetchDns, &[("a.example.com:443", &[RulePort], Some("a.example.com"))]);
    }

    #[test]
    fn an_internationalised_name_is_taken_as_punycode_with_a_warning() {
        check(
            Api::Request,
            &[
                ("https://中国.cn", &[RuleIdn], Some("https://xn--fiqs8s.cn")),
                ("https://xn--fiqs8s.cn", &[RuleIdn], Some("https://xn--fiqs8s.cn")),
                ("https://xn--a.example.com", &[RuleHost], None),
            ],
        );
    }

    #[test]
    fn an_emoji_is_no_letter_of_any_language() {
        check(
            Api::Request,
            &[
                ("https://😀.nu.cn", &[RuleCharacter], None),
                ("https://a\u{2603}.example.com:8443/x", &[RulePath, RuleCharacter], None),
                // Not itself any more.
                ("https://\u{2460}.example.com", &[RuleCharacter], Some("https://1.example.com")),
                // As it would stand in DNS it has letters, digits and hyphens alone.
                ("https://xn--e28h.nu.cn", &[RuleIdn], Some("https://xn--e28h.nu.cn")),
            ],
        );
        let judgement = judge_entry(Api::Request, "https://😀.nu.cn");
        let Evidence::Entry { offending, .. } = &judgement.findings[0].evidence else { panic!("evidence of an entry") };
        assert_eq!(offending.as_deref(), Some("😀"));
    }

    #[test]
    fn a_symbol_of_no_script_is_refused_and_what_a_language_is_written_with_is_taken() {
        for symbol in "©®°§±×÷¡†•–’€₿℘〜〽❶⓫☃🅰".chars() {
            let input = format!("https://a{symbol}b.example.com");
            let judgement = judge_entry(Api::Request, &input);
            assert_eq!((codes(&judgement), judgement.suggestion), (vec![RuleCharacter], None), "{input}");
            let Evidence::Entry { offending, .. } = &judgement.findings[0].evidence else { panic!("of an entry") };
            assert_eq!(*offending, Some(symbol.to_string()), "{input}");
        }
        for (name, encoded) in [
            ("中文", "xn--fiq228c"),
            ("佐々木", "xn--u6jy55gilq"),
            ("二〇二六", "xn--w6jt23gba260a"),
            ("データ", "xn--5ckp3n"),
            ("ア・イ", "xn--ccke4x"),
            ("col·legi", "xn--collegi-xma"),
            // Marks above marks, one that joins letters, and a joiner that parts them.
            ("ที่นี่", "xn--o3ce7fb7gc"),
            ("हिन्दी", "xn--j2bd4cyah0f"),
            ("نامه\u{200c}ای", "xn--mgba3gch31f060k"),
        ] {
            let (input, entry) = (format!("https://{name}.example.com"), format!("https://{encoded}.example.com"));
            check(Api::Request, &[(input.as_str(), &[RuleIdn], Some(entry.as_str()))]);
        }
    }

    #[test]
    fn what_encloses_a_line_is_one_finding_and_is_dropped() {
        let corrected = Some("https://a.example.com");
        check(
            Api::Request,
            &[
                ("“https://a.example.com”", &[RuleCharacter], corrected),
                ("‘https://a.example.com’", &[RuleCharacter], corrected),
                ("\"https://a.example.com\",", &[RuleCharacter], corrected),
                ("「https://a.example.com」，", &[RuleCharacter], corrected),
                ("<https://a.example.com>", &[RuleCharacter], corrected),
                ("https://a.example.com,", &[RuleCharacter], corrected),
                ("“ http://a.example.com/x ”", &[RuleCharacter, RuleScheme, RulePath], corrected),
            ],
        );
        let judgement = judge_entry(Api::Request, "“https://a.example.com”");
        let Evidence::Entry { offending, .. } = &judgement.findings[0].evidence else { panic!("evidence of an entry") };
        assert_eq!(offending.as_deref(), Some("“"));
    }

    #[test]
    fn a_scheme_of_another_list_is_told_and_what_is_suggested_fits_the_list_chosen() {
        for (api, input, elsewhere) in [
            (Api::Request, "wss://a.example.com/x", Some("socket wss://a.example.com")),
            (Api::Upload, "ws://a.example.com:8443", Some("socket wss://a.example.com:8443")),
            (Api::Socket, "https://a.example.com:443", Some("request https://a.example.com")),
            (Api::Socket, "http://a.example.com", Some("request https://a.example.com")),
            (Api::Request, "UDP://a.example.com:9000", Some("udp udp://a.example.com:9000")),
            (Api::Socket, "https://*.example.com", None),
            (Api::Request, "http://a.example.com", None),
            (Api::Upload, "https://a.example.com", None),
            (Api::Socket, "a.example.com", None),
            (Api::Request, "ftp://a.example.com", None),
            // The name of a URL is what that list takes.
            (Api::PrefetchDns, "https://a.example.com", None),
        ] {
            let judgement = judge_entry(api, input);
            let told = judgement.elsewhere.map(|entry| format!("{} {entry}", entry.api()));
            assert_eq!(told.as_deref(), elsewhere, "{api} {input}");
            if let Some(suggestion) = judgement.suggestion {
                assert_eq!(DomainEntry::parse(api, &suggestion).unwrap().api(), api, "{input}");
            }
        }
    }

    #[test]
    fn everything_that_is_wrong_is_said_at_once() {
        check(
            Api::Socket,
            &[(
                "http：//me@a.example.com.:/x",
                &[RuleCharacter, RuleScheme, RulePath, RulePath, RulePort, RuleCharacter],
                Some("wss://a.example.com"),
            )],
        );
    }

    #[test]
    fn a_huge_line_is_refused_and_quoted_in_part() {
        let input = "https://".to_owned() + &"域".repeat(100_000);
        let judgement = judge_entry(Api::Request, &input);
        assert_eq!((codes(&judgement), judgement.suggestion), (vec![RuleTooLong], None));
        let Evidence::TooLong { input, part, characters, most, encoded: false } = &judgement.findings[0].evidence
        else {
            panic!("evidence of a length")
        };
        assert_eq!((input.chars().count(), part.chars().count()), (QUOTED_MOST + 1, QUOTED_MOST + 1));
        assert_eq!((*characters, *most), (100_000, 253));

        let path = format!("https://a.example.com/{}", "x".repeat(100_000));
        let judgement = judge_entry(Api::Request, &path);
        assert_eq!(judgement.suggestion.as_deref(), Some("https://a.example.com"));
        let Evidence::Entry { offending: Some(path), .. } = &judgement.findings[0].evidence else { panic!("a path") };
        assert_eq!(path.chars().count(), QUOTED_MOST + 1);
    }

    #[test]
    fn a_host_that_is_too_long_is_called_so_and_not_incomplete() {
        let label = "b".repeat(64);
        let name = format!("{0}.{0}.{0}.{0}", "a".repeat(63));
        let longest = format!("{0}.{0}.{0}.{1}", "a".repeat(63), "a".repeat(61));
        // Has more bytes, and is no longer than an A-label may be.
        let unicode = "域".repeat(22);
        for (host, part, characters, most) in [
            (format!("a.{label}.example.com"), label.clone(), 64, 63),
            (format!("{unicode}.{label}.example.com"), label, 64, 63),
            (name.clone(), name, 255, 253),
        ] {
            let encoded = false;
            let judgement = judge_entry(Api::Request, &format!("https://{host}"));
            assert_eq!(codes(&judgement), [RuleTooLong], "{host}");
            let evidence =
                Evidence::TooLong { input: shortened(&judgement.input, QUOTED_MOST), part, characters, most, encoded };
            assert_eq!(judgement.findings[0].evidence, evidence);
        }
        assert!(judge_entry(Api::Request, &format!("https://{longest}")).accepted());
    }

    #[test]
    fn an_internationalised_name_that_is_too_long_is_counted_in_the_form_that_dns_has_room_for() {
        // Plain letters and others in turn: each of the others takes several in the other form.
        let label = "a域".repeat(31);
        let judgement = judge_entry(Api::Request, &format!("https://{label}.example.com"));
        assert_eq!(codes(&judgement), [RuleTooLong]);
        let Evidence::TooLong { part, characters, most: 63, encoded: true, .. } = &judgement.findings[0].evidence
        else {
            panic!("evidence of a length in another form")
        };
        assert!(*part == label && *characters > 63, "{characters}");
    }

    #[test]
    fn a_list_takes_no_entry_twice() {
        let existing = [
            DomainEntry::parse(Api::Request, "https://a.example.com").unwrap(),
            DomainEntry::parse(Api::Upload, "https://b.example.com").unwrap(),
        ];
        let lines = [
            ("https://A.example.com", false),
            ("https://a.example.com:443", true),
            ("https://b.example.com", true),
            ("https://b.example.com", false),
            ("http://c.example.com", false),
            ("https://c.example.com", true),
        ];
        let judgements = judge_list(Api::Request, lines.map(|(line, _)| line), &existing, &Limits::default());
        for (judgement, (line, accepted)) in judgements.iter().zip(lines) {
            assert_eq!(judgement.accepted(), accepted, "{line}");
            let same = codes(judgement).iter().any(|code| matches!(code, RuleDuplicate | RuleRepeated));
            assert_eq!(same, !accepted && line.starts_with("https"), "{line}");
        }
        // In the list already is one thing, twice in what is typed another.
        assert_eq!(codes(&judgements[0]), [RuleDuplicate]);
        assert_eq!(codes(&judgements[3]), [RuleRepeated]);
    }

    #[test]
    fn what_is_in_the_list_already_is_no_suggestion() {
        let existing = [DomainEntry::parse(Api::Request, "https://a.example.com").unwrap()];
        let lines = ["HTTPS://A.example.com", "http://a.example.com/x", "http://b.example.com"];
        let judgements = judge_list(Api::Request, lines, &existing, &Limits::default());
        let told: Vec<_> = judgements.iter().map(|line| (codes(line), line.suggestion.as_deref())).collect();
        assert_eq!(
            told,
            [
                (vec![RuleDuplicate], None),
                (vec![RuleScheme, RulePath, RuleDuplicate], None),
                (vec![RuleScheme], Some("https://b.example.com")),
            ]
        );
    }

    #[test]
    fn a_list_takes_no_more_than_its_limit() {
        for (api, limit) in [(Api::Request, 20), (Api::PrefetchDns, 5), (Api::Business, 300)] {
            let scheme = api.scheme().map_or(String::new(), |scheme| format!("{scheme}://"));
            let lines: Vec<_> = (0..=limit).map(|number| format!("{scheme}a{number}.example.com")).collect();
            let existing: Vec<_> =
                lines[..limit - 1].iter().map(|line| DomainEntry::parse(api, line).unwrap()).collect();
            let new = [lines[limit - 1].as_str(), "not an entry", lines[limit].as_str()];
            let judgements = judge_list(api, new, &existing, &Limits::default());
            assert!(judgements[0].accepted() && !judgements[1].accepted(), "{api}");
            assert_eq!(codes(&judgements[2]), [RuleOverLimit], "{api}");
            let evidence = Evidence::Quota { api, used: limit as u32 + 1, limit: limit as u32 };
            assert_eq!(judgements[2].findings[0].evidence, evidence);
        }
        let many: Vec<_> = (0..500).map(|number| format!("https://a{number}.example.com")).collect();
        let judgements = judge_list(Api::Resource, many.iter().map(String::as_str), &[], &Limits::default());
        assert!(judgements.iter().all(EntryJudgement::accepted));
    }

    fn any_api() -> impl Strategy<Value = Api> {
        proptest::sample::select(&Api::ALL)
    }

    proptest! {
        #[test]
        fn any_line_is_judged_without_panic(api in any_api(), input in any::<String>()) {
            check_promises(api, &input)?;
        }

        #[test]
        fn what_looks_like_an_entry_keeps_the_promises(
            api in any_api(),
            input in r"“?((https?|wss?|tcp|udp|ftp)?(:|：)?(//|/|\\)?)?[\[a-zA-Z0-9.*_xnü中国。＠@ %\-]{0,24}\]?(:[0-9]{0,6})?([/?#\\][a-z:/]{0,6})?[”,]?",
        ) {
            check_promises(api, &input)?;
        }
    }

    /// What is accepted reads back as itself, and against what is suggested nothing is said, but that an
    /// internationalised name is one.
    fn check_promises(api: Api, input: &str) -> Result<(), TestCaseError> {
        let judgement = judge_entry(api, input);
        let refused = judgement.findings.iter().any(|finding| finding.severity == Severity::Error);
        prop_assert_eq!(judgement.accepted(), !refused);
        if let Some(entry) = &judgement.entry {
            let again = judge_entry(api, &entry.to_string());
            prop_assert_eq!(again.suggestion.is_some(), codes(&judgement).contains(&RuleExplicit443));
            prop_assert_eq!(again.entry.as_ref(), Some(entry));
        }
        if let Some(suggestion) = judgement.suggestion {
            let again = judge_entry(api, &suggestion);
            prop_assert!(again.accepted(), "{}", suggestion);
            prop_assert_eq!(&again.suggestion, &None);
            prop_assert!(codes(&again).iter().all(|code| *code == RuleIdn), "{} {:?}", suggestion, again.findings);
        }
        if let Some(entry) = judgement.elsewhere {
            prop_assert!(refused && entry.api() != api);
            prop_assert!(judge_entry(entry.api(), &entry.to_string()).accepted(), "{}", entry);
        }
        Ok(())
    }
}
