//! The words of `model`'s types in the reader's language. Pure: no reactive owner is needed, so the
//! command line uses them as well.

pub mod connection;
pub mod icp;
pub mod revocation;
pub mod trust;

use model::{
    Api, Platform, Severity, Verdict, Verdicts,
    accounts::Role,
    alerts::{Language, Security},
    limits,
    programs::Owner,
    tag::{TAG_MOST, TAGS_MOST},
    url_check::Reason,
};

use crate::i18n::*;

/// One word for a severity.
pub fn severity(severity: Severity, locale: Locale) -> &'static str {
    match severity {
        Severity::Info => td_string!(locale, words.severity.info),
        Severity::Warning => td_string!(locale, words.severity.warning),
        Severity::Error => td_string!(locale, words.severity.error),
    }
}

/// Whether something is so.
pub fn yes_or_no(yes: bool, locale: Locale) -> &'static str {
    if yes { td_string!(locale, audit.yes) } else { td_string!(locale, audit.no) }
}

/// The name of a platform.
pub fn platform(platform: Platform, locale: Locale) -> &'static str {
    match platform {
        Platform::Ios => td_string!(locale, words.platform.ios),
        Platform::Macos => td_string!(locale, words.platform.macos),
        Platform::Android => td_string!(locale, words.platform.android),
        Platform::Windows => td_string!(locale, words.platform.windows),
    }
}

/// The names of some platforms; "all platforms" when it is all of them.
pub fn platforms(platforms: &[Platform], locale: Locale) -> String {
    named(platforms, td_string!(locale, words.platform.all), locale)
}

fn named(platforms: &[Platform], every: &str, locale: Locale) -> String {
    let all = Platform::PHONES_AND_DESKTOPS;
    if all.iter().all(|known| platforms.contains(known)) {
        return every.to_owned();
    }
    let names = all.into_iter().filter(|known| platforms.contains(known)).map(|known| platform(known, locale));
    join(names, locale)
}

/// The platforms that a finding concerns, as [`platforms`] names them; that there is none is said too.
pub fn concerned(concerned: &[Platform], locale: Locale) -> String {
    match concerned {
        [] => td_string!(locale, words.platform.none).to_owned(),
        some => platforms(some, locale),
    }
}

/// The names of those platforms on which something fails, for the middle of a sentence.
pub fn failing_platforms(verdicts: &Verdicts, locale: Locale) -> String {
    let fails = |platform: &Platform| verdicts.on(*platform) == Verdict::Fail;
    let failing: Vec<Platform> = Platform::PHONES_AND_DESKTOPS.into_iter().filter(fails).collect();
    named(&failing, td_string!(locale, words.platform.all_within), locale)
}

/// What WeChat's devtools do not show of such verdicts; nothing where there is nothing to hide.
pub fn hidden_in_devtools(verdicts: &Verdicts, locale: Locale) -> Option<String> {
    let fails = Platform::PHONES_AND_DESKTOPS.into_iter().any(|platform| verdicts.on(platform) == Verdict::Fail);
    fails.then(|| td_string!(locale, words.devtools.hidden, platforms = failing_platforms(verdicts, locale)))
}

/// A language, in itself.
pub const fn language(language: Language) -> &'static str {
    match language {
        Language::Chinese => "中文",
        Language::English => "English",
    }
}

/// What somebody may do, in a word.
pub fn role(role: Role, locale: Locale) -> &'static str {
    match role {
        Role::Administrator => td_string!(locale, words.role.administrator),
        Role::Editor => td_string!(locale, words.role.editor),
        Role::Viewer => td_string!(locale, words.role.viewer),
    }
}

/// What somebody may do, as a sentence.
pub fn role_meaning(role: Role, locale: Locale) -> &'static str {
    match role {
        Role::Administrator => td_string!(locale, words.role_meaning.administrator),
        Role::Editor => td_string!(locale, words.role_meaning.editor),
        Role::Viewer => td_string!(locale, words.role_meaning.viewer),
    }
}

/// Who answers for a mini program: a log-in name, and whether they still may come in.
pub fn owner(owner: &Owner, locale: Locale) -> String {
    if owner.disabled {
        td_string!(locale, programs.owner.shut_out, login = owner.login.as_str())
    } else {
        owner.login.clone()
    }
}

/// How several tags are typed, and how many of which length.
pub fn tags_help(locale: Locale) -> String {
    td_string!(locale, words.tags.help, most = TAGS_MOST, length = TAG_MOST)
}

/// How a connection to a mail server is protected.
pub fn security(security: Security, locale: Locale) -> &'static str {
    match security {
        Security::Tls => td_string!(locale, words.security.tls),
        Security::Starttls => td_string!(locale, words.security.starttls),
        Security::Plain => td_string!(locale, words.security.plain),
    }
}

/// One or two words for a verdict.
pub fn verdict(verdict: Verdict, locale: Locale) -> &'static str {
    match verdict {
        Verdict::Pass => td_string!(locale, words.verdict.pass),
        Verdict::Unknown => td_string!(locale, words.verdict.unknown),
        Verdict::Warn => td_string!(locale, words.verdict.warn),
        Verdict::Unreachable => td_string!(locale, words.verdict.unreachable),
        Verdict::Fail => td_string!(locale, words.verdict.fail),
    }
}

/// A verdict on one platform, as a sentence.
pub fn verdict_meaning(verdict: Verdict, locale: Locale) -> &'static str {
    match verdict {
        Verdict::Pass => td_string!(locale, words.verdict_meaning.pass),
        Verdict::Unknown => td_string!(locale, words.verdict_meaning.unknown),
        Verdict::Warn => td_string!(locale, words.verdict_meaning.warn),
        Verdict::Unreachable => td_string!(locale, words.verdict_meaning.unreachable),
        Verdict::Fail => td_string!(locale, words.verdict_meaning.fail),
    }
}

/// What WeChat's console calls a list.
pub fn api(api: Api, locale: Locale) -> &'static str {
    match api {
        Api::Request => td_string!(locale, words.api.request),
        Api::Socket => td_string!(locale, words.api.socket),
        Api::Upload => td_string!(locale, words.api.upload),
        Api::Download => td_string!(locale, words.api.download),
        Api::Udp => td_string!(locale, words.api.udp),
        Api::Tcp => td_string!(locale, words.api.tcp),
        Api::PrefetchDns => td_string!(locale, words.api.prefetch),
        Api::Business => td_string!(locale, words.api.business),
        Api::Resource => td_string!(locale, words.api.resource),
    }
}

/// What WeChat asks of a list and of what it allows, beyond the form of an entry.
pub fn api_rule(api: Api, locale: Locale) -> String {
    let (seconds, requests) = (limits::REQUEST_SECONDS, limits::REQUESTS_AT_ONCE);
    match api {
        Api::Request | Api::Upload | Api::Download => {
            td_string!(locale, words.api_rule.request, seconds = seconds, most = requests)
        }
        Api::Socket => td_string!(locale, words.api_rule.socket, most = limits::SOCKETS_AT_ONCE),
        Api::Udp => td_string!(locale, words.api_rule.udp).to_owned(),
        Api::Tcp => td_string!(locale, words.api_rule.tcp).to_owned(),
        Api::PrefetchDns => td_string!(locale, words.api_rule.prefetch).to_owned(),
        Api::Business => td_string!(locale, words.api_rule.business, most = limits::BUSINESS_OWNERS),
        Api::Resource => td_string!(locale, words.api_rule.resource).to_owned(),
    }
}

/// Why a URL may be called, or why not, as a sentence.
pub fn reason(reason: Reason, locale: Locale) -> &'static str {
    match reason {
        Reason::Allowed => td_string!(locale, words.reason.allowed),
        Reason::InvalidUrl => td_string!(locale, words.reason.invalid_url),
        Reason::Scheme => td_string!(locale, words.reason.scheme),
        Reason::Host => td_string!(locale, words.reason.host),
        Reason::Subdomain => td_string!(locale, words.reason.subdomain),
        Reason::PortMissing => td_string!(locale, words.reason.port_missing),
        Reason::PortUnexpected => td_string!(locale, words.reason.port_unexpected),
        Reason::Explicit443 => td_string!(locale, words.reason.explicit_443),
        Reason::WrongList => td_string!(locale, words.reason.wrong_list),
        Reason::NoList => td_string!(locale, words.reason.no_list),
    }
}

/// The items of an enumeration in one line.
pub fn join<T: AsRef<str>>(items: impl IntoIterator<Item = T>, locale: Locale) -> String {
    let separator = match locale {
        Locale::zh_CN => "、",
        Locale::en => ", ",
    };
    let mut line = String::new();
    for (index, item) in items.into_iter().enumerate() {
        if index > 0 {
            line.push_str(separator);
        }
        line.push_str(item.as_ref());
    }
    line
}

/// What stands between a label and what it says.
pub const fn colon(locale: Locale) -> &'static str {
    match locale {
        Locale::zh_CN => "：",
        Locale::en => ": ",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_platform_together_is_one_phrase_in_any_order() {
        let mut all = Platform::PHONES_AND_DESKTOPS;
        all.reverse();
        assert_eq!(platforms(&all, Locale::en), "All platforms");
        assert_eq!(platforms(&all, Locale::zh_CN), "所有平台");
    }

    #[test]
    fn some_platforms_are_listed_in_the_usual_order() {
        let some = [Platform::Macos, Platform::Ios];
        assert_eq!(platforms(&some, Locale::en), "iOS, macOS");
        assert_eq!(platforms(&some, Locale::zh_CN), "iOS、macOS");
        assert_eq!(platforms(&[], Locale::en), "");
        assert_eq!(concerned(&[], Locale::en), "No platform");
        assert_eq!(concerned(&some, Locale::en), "iOS, macOS");
    }

    #[test]
    fn devtools_hide_what_fails_and_nothing_else() {
        let on_apple = Verdicts { ios: Verdict::Fail, macos: Verdict::Fail, ..Verdicts::all(Verdict::Pass) };
        for (verdicts, hidden) in [
            (Verdicts::all(Verdict::Fail), Some("(all platforms)")),
            (on_apple, Some("(iOS, macOS)")),
            (Verdicts::all(Verdict::Warn), None),
            (Verdicts::all(Verdict::Unreachable), None),
            (Verdicts::all(Verdict::Unknown), None),
            (Verdicts::all(Verdict::Pass), None),
        ] {
            let said = hidden_in_devtools(&verdicts, Locale::en);
            assert_eq!(said.is_some(), hidden.is_some(), "{verdicts:?}");
            assert!(hidden.is_none_or(|part| said.is_some_and(|said| said.contains(part))), "{verdicts:?}");
        }
    }
}
