//! Which findings are about what somebody asks: by the words of their pages, in whichever language.

use std::sync::LazyLock;

use model::{Code, explain::explain};

use super::{
    help,
    remedy::{self, Kind},
};
use crate::{findings::words::title, help::api::Remedy, i18n::Locale};

/// The findings whose page has every word, and those that an error text stands for; all where nothing
/// is asked. The beginning of a code asks for no more than such codes.
pub(in crate::help) fn about(asked: &str) -> Vec<Code> {
    let asked: String = asked.chars().take(ASKED_MOST).collect();
    let begun = beginning_with(asked.trim());
    if !begun.is_empty() {
        return begun;
    }
    let explained: Vec<Code> = explain(&asked).iter().flat_map(|explanation| explanation.codes).copied().collect();
    let words: Vec<String> = asked.split_whitespace().take(WORDS_MOST).map(str::to_lowercase).collect();
    let is_about = |page: &&Page| explained.contains(&page.code) || words.iter().all(|word| page.has(word));
    PAGES.iter().filter(is_about).map(|page| page.code).collect()
}

/// The codes that begin with `text`, as soon as that has a dot: short words are in too many of them.
pub(crate) fn beginning_with(text: &str) -> Vec<Code> {
    let start = text.to_lowercase();
    let begins = |code: &Code| start.contains('.') && code.as_str().starts_with(&start);
    Code::ALL.iter().copied().filter(begins).collect()
}

/// The findings with each word of `text` in their title in this language. A letter or two are in too many of them.
pub(crate) fn titled(text: &str, locale: Locale) -> Vec<Code> {
    let fewest = if text.is_ascii() { 3 } else { 2 };
    if text.chars().count() < fewest {
        return Vec::new();
    }
    let words: Vec<String> = text.split_whitespace().take(WORDS_MOST).map(str::to_lowercase).collect();
    let is_titled = |code: &Code| {
        let title = title(*code, locale).to_lowercase();
        words.iter().all(|word| title.contains(word))
    };
    Code::ALL.iter().copied().filter(is_titled).collect()
}

/// What a page says in both languages, in lower case; what many have in common is kept apart.
struct Page {
    code: Code,
    own: String,
}

impl Page {
    fn of(code: Code) -> Self {
        let said = |locale| {
            let page = help(code, None, locale);
            let mut texts = vec![title(code, locale).to_owned(), page.meaning, page.fix, page.what, page.look];
            texts.extend(page.commands);
            texts.extend(page.shown.into_iter().map(|shown| shown.text));
            texts.join("\n")
        };
        let own = format!("{code}\n{}\n{}", said(Locale::zh_CN), said(Locale::en)).to_lowercase();
        Self { code, own }
    }

    fn has(&self, word: &str) -> bool {
        let kinds = remedy::kinds(self.code);
        let in_a_remedy = || REMEDIES.iter().any(|(kind, said)| kinds.contains(kind) && said.contains(word));
        self.own.contains(word) || in_a_remedy()
    }
}

fn of_remedy(kind: Kind) -> (Kind, String) {
    let said = |locale| {
        let Remedy { title, intro, snippet, servers, .. } = kind.remedy(locale);
        let mut texts = vec![title, intro];
        texts.extend(snippet);
        for server in servers {
            texts.extend([server.name, server.words]);
            texts.extend(server.snippet);
        }
        texts.join("\n")
    };
    (kind, format!("{}\n{}", said(Locale::zh_CN), said(Locale::en)).to_lowercase())
}

static PAGES: LazyLock<Vec<Page>> = LazyLock::new(|| Code::ALL.iter().copied().map(Page::of).collect());
static REMEDIES: LazyLock<Vec<(Kind, String)>> = LazyLock::new(|| Kind::ALL.iter().copied().map(of_remedy).collect());

/// More than the longest error text of a phone has.
const ASKED_MOST: usize = 1000;
const WORDS_MOST: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_a_code_and_an_error_text_find_what_they_are_about() {
        for (asked, found, not_found) in [
            ("wildcard", Code::RuleWildcard, Code::CertExpired),
            ("通配符", Code::RuleWildcard, Code::CertExpired),
            ("CHAIN.incomplete", Code::ChainIncomplete, Code::ChainInvalid),
            ("request:fail -201:net::ERR_CERT_DATE_INVALID", Code::CertNotYetValid, Code::ChainIncomplete),
            ("未能找到使用指定主机名的服务器", Code::DnsNotFound, Code::NetRefused),
            // What only the remedies say, and what only the other language does.
            ("Nginx", Code::ChainIncomplete, Code::IcpMissing),
            ("fullchain", Code::ChainIncomplete, Code::TlsLegacyEnabled),
            ("备案", Code::IcpMissing, Code::TlsLegacyEnabled),
        ] {
            let codes = about(asked);
            assert!(codes.contains(&found) && !codes.contains(&not_found), "{asked}: {codes:?}");
        }
        assert_eq!(about(""), Code::ALL);
        assert_eq!(about("xyzzy"), []);
    }

    #[test]
    fn the_beginning_of_a_code_finds_such_codes_alone() {
        assert_eq!(about(" CHAIN.incomplete "), [Code::ChainIncomplete]);
        let of_chains = about("chain.");
        assert!(of_chains.len() > 1 && of_chains.iter().all(|code| code.as_str().starts_with("chain.")));
        for asked in ["chain", "."] {
            let found = about(asked);
            assert!(found.iter().any(|code| !of_chains.contains(code)), "{asked}: {found:?}");
        }
    }

    #[test]
    fn what_is_asked_is_bounded() {
        let many = "nginx ".repeat(100_000);
        assert_eq!(about(&many), about("nginx"));
    }
}
