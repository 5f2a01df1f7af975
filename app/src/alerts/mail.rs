//! What a mail says: plain text, in the recipient's language. Pure; the server sends it.

use std::{collections::BTreeSet, fmt::Write as _};

use model::{
    Code, Timestamp, Zone,
    alerts::{Language, Notice, PublicUrl},
};

use crate::{
    findings::words::{fix, title},
    i18n::*,
    time, words,
};

/// A mail without its addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// One line.
    pub subject: String,
    /// Plain text.
    pub text: String,
}

/// Tells all of `notices`: first what fails already, then what ends, soonest first. Links lead
/// below `public_url`; without it there are none.
pub fn compose(language: Language, notices: &[&Notice], public_url: Option<&PublicUrl>, now: Timestamp) -> Mail {
    let locale = locale_of(language);
    let (failing, mut ending): (Vec<&Notice>, Vec<&Notice>) =
        notices.iter().partition(|notice| matches!(notice, Notice::Failing { .. }));
    ending.sort_by_key(|notice| match notice {
        Notice::Expiry { not_after, .. } => Some(*not_after),
        Notice::Failing { .. } => None,
    });
    let mut text = String::new();
    let mut fixes = BTreeSet::new();
    for (heading, notices) in
        [(td_string!(locale, alerts.mail.failing), &failing), (td_string!(locale, alerts.mail.ending), &ending)]
    {
        if !notices.is_empty() {
            let _ = writeln!(text, "{heading}\n");
        }
        for notice in notices {
            let _ = writeln!(text, "{}", paragraph(notice, &mut fixes, public_url, now, locale));
        }
    }
    text.push_str(&footer(td_string!(locale, alerts.mail.why), public_url, "/alerts"));
    Mail { subject: subject(&failing, &ending, now, locale), text }
}

/// A mail that says only that mail arrives, and who wanted to know: the person with this log-in name.
pub fn test(language: Language, login: &str, public_url: Option<&PublicUrl>) -> Mail {
    let locale = locale_of(language);
    let why = td_string!(locale, alerts.mail.why_test, login = login);
    let text = format!("{}\n\n{}", td_string!(locale, alerts.mail.test), footer(&why, public_url, "/settings/mail"));
    Mail { subject: td_string!(locale, alerts.mail.test_subject).to_owned(), text }
}

fn subject(failing: &[&Notice], ending: &[&Notice], now: Timestamp, locale: Locale) -> String {
    let parts = [
        match failing {
            [] => None,
            [one] => Some(td_string!(locale, alerts.mail.subject_fails, target = one.target().to_string())),
            several => Some(td_string!(locale, alerts.mail.subject_fail, count = several.len())),
        },
        match ending {
            [] => None,
            [one @ Notice::Expiry { not_after, .. }] => {
                let when = time::relative(*not_after, now, locale);
                Some(td_string!(locale, alerts.mail.subject_ends, target = one.target().to_string(), when = when))
            }
            several => Some(td_string!(locale, alerts.mail.subject_end, count = several.len())),
        },
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    format!("[Hufu] {}", parts.join(td_string!(locale, alerts.mail.and)))
}

/// What is to be said of one server. How to fix what is first wrong with it is said once in a mail: `fixes` has what
/// was said already.
fn paragraph(
    notice: &Notice,
    fixes: &mut BTreeSet<Code>,
    public_url: Option<&PublicUrl>,
    now: Timestamp,
    locale: Locale,
) -> String {
    let mut lines = vec![format!("- {}", notice.target())];
    let programs = match notice {
        Notice::Expiry { not_after, programs, .. } => {
            let when = time::absolute_and_relative(*not_after, now, Zone::UTC, locale);
            lines.push(td_string!(locale, alerts.mail.ends, when = when));
            programs
        }
        Notice::Failing { platforms, codes, since, programs, .. } => {
            let platforms = words::failing_platforms(platforms, locale);
            lines.push(td_string!(locale, alerts.mail.fails_on, platforms = platforms));
            lines.extend(since.map(|since| {
                let when = time::absolute_and_relative(since, now, Zone::UTC, locale);
                td_string!(locale, alerts.mail.since, when = when)
            }));
            lines.extend(codes.iter().map(|code| format!("{} ({code})", title(*code, locale))));
            if let Some(first) = codes.first().filter(|first| fixes.insert(**first)) {
                let fix = fix(*first, locale);
                lines.push(td_string!(locale, alerts.mail.fix, fix = first_sentence(&fix)));
            }
            programs
        }
    };
    lines.push(td_string!(locale, alerts.mail.programs, programs = words::join(programs.iter().cloned(), locale)));
    lines.extend(public_url.map(|url| format!("{url}/endpoints/{}", notice.endpoint())));
    lines.join("\n  ") + "\n"
}

/// Enough to begin with: all of it is on the page of the endpoint.
fn first_sentence(text: &str) -> &str {
    let ends = [(". ", 1), ("。", "。".len())];
    let end = ends.into_iter().filter_map(|(stop, length)| Some(text.find(stop)? + length)).min();
    end.and_then(|end| text.get(..end)).unwrap_or(text)
}

/// Why somebody has the mail, and the page that it comes from.
fn footer(why: &str, public_url: Option<&PublicUrl>, page: &str) -> String {
    match public_url {
        Some(url) => format!("-- \n{why}\n{url}{page}\n"),
        None => format!("-- \n{why}\n"),
    }
}

const fn locale_of(language: Language) -> Locale {
    match language {
        Language::Chinese => Locale::zh_CN,
        Language::English => Locale::en,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use model::{Verdict, Verdicts, service::EndpointId};

    use super::*;

    fn now() -> Timestamp {
        "2026-11-25T08:00:00Z".parse().unwrap()
    }

    fn ends(target: &str, not_after: &str) -> Notice {
        let not_after = not_after.parse().unwrap();
        let programs = vec!["Shop".to_owned(), "Mall".to_owned()];
        Notice::Expiry { endpoint: EndpointId(7), target: target.parse().unwrap(), not_after, programs }
    }

    fn fails(target: &str) -> Notice {
        let platforms = Verdicts { ios: Verdict::Fail, android: Verdict::Fail, ..Verdicts::default() };
        Notice::Failing {
            endpoint: EndpointId(8),
            target: target.parse().unwrap(),
            platforms,
            codes: vec![Code::CertNameMismatch, Code::ChainIncomplete],
            since: Some("2026-11-25T07:30:00Z".parse().unwrap()),
            programs: vec!["Shop".to_owned()],
        }
    }

    #[test]
    fn one_certificate_that_ends_is_named_in_the_subject() {
        let url: PublicUrl = "https://hufu.example.com".parse().unwrap();
        let notice = ends("api.example.com", "2026-11-28T09:00:00Z");
        let mail = compose(Language::English, &[&notice], Some(&url), now());
        assert_eq!(mail.subject, "[Hufu] The certificate of api.example.com:443 ends in 3 days");
        assert_eq!(
            mail.text,
            "These certificates end soon. Renew them and install the new ones before that:\n\n\
             - api.example.com:443\n  Ends 2026-11-28 09:00 UTC (in 3 days)\n  \
             Mini programs: Shop, Mall\n  https://hufu.example.com/endpoints/7\n\n\
             -- \nYou are told because you are a recipient of these mini programs in Hufu.\n\
             https://hufu.example.com/alerts\n"
        );
        let mail = compose(Language::Chinese, &[&notice], None, now());
        assert_eq!(mail.subject, "[Hufu] api.example.com:443 的证书将于 3 天后到期");
        assert!(!mail.text.contains("https://"), "{}", mail.text);
    }

    #[test]
    fn of_what_fails_it_is_said_since_when_and_once_what_to_do() {
        let url: PublicUrl = "https://hufu.example.com".parse().unwrap();
        let notices = [fails("a.example"), fails("b.example")];
        let notices: Vec<&Notice> = notices.iter().collect();
        let mail = compose(Language::English, &notices, Some(&url), now());
        let paragraph = |target: &str, fix: &str| {
            format!(
                "- {target}:443\n  Fails on iOS, Android\n  Since 2026-11-25 07:30 UTC (30 minutes ago)\n  \
                 The certificate is for another name (cert.name_mismatch)\n  \
                 Incomplete chain: an issuer is missing (chain.incomplete)\n  {fix}\
                 Mini programs: Shop\n  https://hufu.example.com/endpoints/8\n\n"
            )
        };
        let fix = "What to do: Use a certificate whose subject alternative names include the host.\n  ";
        let both = paragraph("a.example", fix) + &paragraph("b.example", "");
        assert!(mail.text.contains(&both), "{}", mail.text);
        let mail = compose(Language::Chinese, &notices, Some(&url), now());
        for line in [
            "无法使用的平台：iOS、Android\n",
            "开始时间：2026-11-25 07:30 UTC（30 分钟前）\n",
            "处理办法：换一张使用者可选名称（SAN）包含该域名的证书。\n",
        ] {
            assert!(mail.text.contains(line), "{line}: {}", mail.text);
        }
    }

    #[test]
    fn what_fails_comes_first_and_what_ends_soonest_before_the_rest() {
        let (late, soon) = (ends("late.example", "2026-12-20T09:00:00Z"), ends("soon.example", "2026-11-26T07:00:00Z"));
        let fails = fails("broken.example:8443");
        let mail = compose(Language::English, &[&late, &soon, &fails], None, now());
        assert_eq!(mail.subject, "[Hufu] broken.example:8443 fails on phones; 2 certificates end soon");
        let places: Vec<_> = ["broken.example:8443", "soon.example:443", "late.example:443"]
            .iter()
            .map(|target| mail.text.find(&format!("- {target}\n")).unwrap())
            .collect();
        assert!(places.is_sorted(), "{places:?}\n{}", mail.text);
        assert!(mail.text.starts_with("These servers fail on phones:\n"), "{}", mail.text);
        assert!(mail.text.contains("Fails on iOS, Android"), "{}", mail.text);
        assert!(mail.text.contains("(chain.incomplete)"), "{}", mail.text);
    }

    #[test]
    fn what_to_do_first_can_be_done_without_another_page() {
        for code in Code::ALL.iter().filter(|code| !["rule.", "icp."].iter().any(|of| code.as_str().starts_with(of))) {
            for (locale, another_page) in
                [(Locale::en, [" here", "“", "points the way"]), (Locale::zh_CN, ["“按", "按“", "见“"])]
            {
                let all = fix(*code, locale);
                let first = first_sentence(&all);
                assert!(!another_page.iter().any(|words| first.contains(words)), "{code}: {first}");
            }
        }
    }

    #[test]
    fn a_test_says_who_has_sent_it_and_makes_nobody_a_recipient() {
        let url: PublicUrl = "https://hufu.example.com".parse().unwrap();
        assert_eq!(
            test(Language::English, "chen", Some(&url)).text,
            "Mail from Hufu arrives. Nothing else is to be said.\n\n\
             -- \nchen sent this from the settings of Hufu, to see whether mail arrives. \
             You are told nothing else because of it.\nhttps://hufu.example.com/settings/mail\n"
        );
        let chinese = test(Language::Chinese, "chen", None).text;
        assert!(chinese.contains("chen 在虎符的设置中发送了此邮件") && !chinese.contains("收件人"), "{chinese}");
    }

    #[test]
    fn a_subject_is_one_line() {
        for language in Language::ALL {
            let notices = [ends("a.example", "2026-11-28T09:00:00Z"), fails("b.example"), fails("c.example")];
            let mail = compose(language, &notices.iter().collect::<Vec<_>>(), None, now());
            for subject in [mail.subject, test(language, "chen", None).subject] {
                assert!(subject.starts_with("[Hufu] ") && !subject.contains(char::is_control), "{subject}");
            }
        }
    }
}
