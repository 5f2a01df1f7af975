//! What a person reads: blocks of aligned lines, in the language of the environment, with colours
//! on a terminal only.

use std::io::{self, IsTerminal as _};

use app::{
    chain::source::Source,
    findings::{evidence::finding_lines, words},
    i18n::Locale,
    words as common,
};
use model::{
    Certificate, Finding, Severity, Timestamp, Verdict, Verdicts, Zone,
    certificate::own_position,
    echo::shortened,
    finding::Platform,
    observation::AddressObservation,
    tools::{Inspection, KeyMatch},
    trust::Trust,
};

use super::{input::QUOTED_MOST, output, report::plain};
use crate::environment;

/// How to write for whoever reads.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Style {
    /// The language.
    pub(crate) locale: Locale,
    colours: Colours,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Colours {
    Ansi,
    None,
}

/// How good a word is, for its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    /// As it should be.
    Good,
    /// Worth a look.
    Doubtful,
    /// As it should not be.
    Bad,
    /// Neither.
    Plain,
}

impl Style {
    /// From the environment: `LC_ALL`, `LC_MESSAGES` and `LANG`; `NO_COLOR` and the terminal.
    pub(crate) fn detect() -> Self {
        let language = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().find_map(environment::variable);
        // See https://no-color.org
        let colours = environment::variable("NO_COLOR").is_none() && io::stdout().is_terminal();
        Self { locale: locale(language.as_deref()), colours: if colours { Colours::Ansi } else { Colours::None } }
    }

    fn paint(self, tone: Tone, text: &str) -> String {
        let code = match tone {
            _ if self.colours == Colours::None => return text.to_owned(),
            Tone::Good => "32",
            Tone::Doubtful => "33",
            Tone::Bad => "31",
            Tone::Plain => return text.to_owned(),
        };
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    }
}

/// Chinese for `zh`, `zh_CN.UTF-8`, `zh-Hans` and their like, English for everybody else.
fn locale(language: Option<&str>) -> Locale {
    let of = |language: &str| language.get(..2).is_some_and(|start| start.eq_ignore_ascii_case("zh"));
    if language.is_some_and(of) { Locale::zh_CN } else { Locale::en }
}

/// What is said of one input: a headline, and lines indented below it.
#[derive(Debug)]
pub(crate) struct Block {
    style: Style,
    text: String,
}

impl Block {
    /// A block about `subject`, as far as it is said back, with its verdict in a word.
    pub(crate) fn new(style: Style, subject: &str, tone: Tone, word: &str) -> Self {
        let subject = plain(&shortened(subject, QUOTED_MOST));
        Self { style, text: format!("{subject}  {}", style.paint(tone, word)) }
    }

    /// Lines of label and value, the values in one column.
    pub(crate) fn fields(&mut self, fields: &[(&str, String)]) {
        self.indented("  ", fields);
    }

    /// Findings, each with its evidence and what to do; in words for where certificates come from.
    pub(crate) fn findings(&mut self, findings: &[Finding], source: Source, now: Timestamp) {
        let locale = self.style.locale;
        for finding in findings {
            let severity = self.style.paint(tone_of(finding.severity), common::severity(finding.severity, locale));
            let title = words::title(finding.code, locale);
            let code = finding.code.as_str();
            let on = match common::platforms(&finding.platforms, locale) {
                on if on.is_empty() => on,
                on => format!(" ({on})"),
            };
            self.line(&format!("  {severity}  {title} [{code}]{on}"));
            self.indented("    ", &finding_lines(finding, source, Zone::UTC, locale, now));
            let fix = words::fix(finding.code, locale);
            for line in fix.lines().map(str::trim).filter(|line| !line.is_empty()) {
                self.line(&format!("    → {line}"));
            }
        }
    }

    /// The block, without a line end after its last line.
    pub(crate) fn text(self) -> String {
        self.text
    }

    fn indented(&mut self, indent: &str, fields: &[(&str, String)]) {
        let widest = fields.iter().map(|(label, _)| width(label)).max().unwrap_or(0);
        for (label, value) in fields {
            let gap = " ".repeat(widest - width(label));
            self.line(&format!("{indent}{label}{gap}  {}", plain(value)));
        }
    }

    fn line(&mut self, line: &str) {
        self.text.push('\n');
        self.text.push_str(line.trim_end());
    }
}

/// The word for a verdict, and its tone.
pub(crate) fn verdict(verdict: Verdict, style: Style) -> (Tone, &'static str) {
    let tone = match verdict {
        Verdict::Pass => Tone::Good,
        Verdict::Warn | Verdict::Unknown => Tone::Doubtful,
        Verdict::Fail | Verdict::Unreachable => Tone::Bad,
    };
    (tone, common::verdict(verdict, style.locale))
}

/// The verdict of every platform in one line.
pub(crate) fn platforms(verdicts: &Verdicts, locale: Locale) -> String {
    let each = Platform::PHONES_AND_DESKTOPS.map(|platform| {
        format!("{} {}", common::platform(platform, locale), common::verdict(verdicts.on(platform), locale))
    });
    each.join(" · ")
}

/// A chain as fields: the names of the server's own certificate, and each certificate in a line.
pub(crate) fn chain(chain: &[Certificate], locale: Locale) -> Vec<(&'static str, String)> {
    let names = chain.get(own_position(chain)).map(|leaf| (Label::Names.word(locale), names(leaf, locale)));
    let certificates = chain.iter().enumerate().map(|(index, certificate)| {
        let label = if index == 0 { Label::Chain.word(locale) } else { "" };
        let subject = if certificate.subject.is_empty() { "?" } else { &certificate.subject };
        let [from, until] = [certificate.not_before, certificate.not_after].map(Timestamp::date);
        (label, format!("{}. {subject} · {} · {from} – {until}", index + 1, certificate.key))
    });
    let own = chain.get(own_position(chain));
    let transparency = own.and_then(|own| common::revocation::transparency(own, locale));
    let transparency = transparency.map(|said| (Label::Transparency.word(locale), said));
    names.into_iter().chain(certificates).chain(transparency).collect()
}

/// What is known of the revocation of the certificates that an address serves, as fields.
pub(crate) fn revocation(seen: &AddressObservation, locale: Locale) -> Vec<(&'static str, String)> {
    let of = |position| {
        common::revocation::revocation(seen, position, Zone::UTC, locale).into_iter().map(move |said| (position, said))
    };
    let lines = (0..seen.chain.len()).flat_map(of).enumerate();
    lines
        .map(|(index, (position, said))| {
            let label = if index == 0 { Label::Revocation.word(locale) } else { "" };
            (label, format!("{}. {said}", position + 1))
        })
        .collect()
}

/// What the stores say of `chain`, as fields.
pub(crate) fn trust(
    trust: &Trust,
    chain: &[Certificate],
    source: Source,
    locale: Locale,
) -> Vec<(&'static str, String)> {
    let issued = chain.get(own_position(chain)).map(Certificate::issued);
    let lines = common::trust::answers(trust, issued, source, locale).into_iter().enumerate();
    lines.map(|(index, (_, said))| (if index == 0 { Label::Trust.word(locale) } else { "" }, said)).collect()
}

/// Whether a certificate is made by the rules, in a word.
pub(crate) fn compliance(inspection: &Inspection, locale: Locale) -> String {
    match inspection.compliance_findings() {
        0 => Label::NoBreach.word(locale).to_owned(),
        count => format!("{}: {count}", Label::Breaches.word(locale)),
    }
}

/// Whether a private key belongs to the certificate.
pub(crate) const fn key(key: KeyMatch, locale: Locale) -> &'static str {
    match key {
        KeyMatch::Matches => Label::KeyMatches,
        KeyMatch::Other => Label::KeyOther,
        KeyMatch::Unknown => Label::KeyUnknown,
        KeyMatch::Locked => Label::KeyLocked,
    }
    .word(locale)
}

/// What to do about a private key that is not the certificate's, or not opened, as a field.
pub(crate) fn key_remedy(key: KeyMatch, locale: Locale) -> Option<(&'static str, String)> {
    let remedy = match key {
        KeyMatch::Other => Label::KeyOtherRemedy,
        KeyMatch::Locked => Label::KeyLockedRemedy,
        KeyMatch::Matches | KeyMatch::Unknown => return None,
    };
    Some((Label::WhatToDo.word(locale), remedy.word(locale).to_owned()))
}

/// The names of a certificate in one line, bounded.
fn names(certificate: &Certificate, locale: Locale) -> String {
    let names = output::names(certificate);
    let more = names.len().saturating_sub(NAMES_MOST).saturating_add(certificate.names_left_out as usize);
    let shown = common::join(names.into_iter().take(NAMES_MOST), locale);
    if more == 0 { shown } else { format!("{shown} (+{more})") }
}

const fn tone_of(severity: Severity) -> Tone {
    match severity {
        Severity::Info => Tone::Plain,
        Severity::Warning => Tone::Doubtful,
        Severity::Error => Tone::Bad,
    }
}

/// Columns on a terminal, near enough for the labels of this program: an East Asian wide character
/// takes two (UAX 11).
fn width(text: &str) -> usize {
    text.chars().map(|character| if ('\u{2e80}'..='\u{ffef}').contains(&character) { 2 } else { 1 }).sum()
}

macro_rules! labels {
    ($($label:ident => $english:literal, $chinese:literal;)+) => {
        /// Words that only the command line needs.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Label { $(#[doc = $english] $label,)+ }

        impl Label {
            /// The word in the reader's language.
            pub(crate) const fn word(self, locale: Locale) -> &'static str {
                match (self, locale) {
                    $((Self::$label, Locale::en) => $english, (Self::$label, Locale::zh_CN) => $chinese,)+
                }
            }
        }
    };
}

labels! {
    Platforms => "Platforms", "平台";
    Addresses => "Addresses", "地址";
    Chain => "Chain", "证书链";
    Names => "Names", "域名";
    Suites => "TLS 1.2", "TLS 1.2";
    Key => "Key", "私钥";
    KeyMatches => "belongs to the certificate", "与证书匹配";
    KeyOther => "belongs to another certificate", "不属于此证书";
    KeyUnknown => "of a kind that is not computed with here", "类型不受支持，无法比对";
    KeyLocked => "not opened", "未能打开";
    WrongKey => "Wrong key", "私钥不符";
    KeyOtherRemedy => "a server with the two does not start: find the key that the request for this certificate was made with", "两者放在一起，服务器无法启动：请找到申请这张证书时所用的私钥";
    KeyLockedRemedy => "give its password with --password-file or HUFU_KEYSTORE_PASSWORD; a key in a JKS may have another than its store", "请用 --password-file 或 HUFU_KEYSTORE_PASSWORD 提供密码；JKS 中密钥的密码可能与密钥库的不同";
    WhatToDo => "What to do", "处理办法";
    Permits => "permits the connection", "可放行此连接";
    Time => "Time", "用时";
    Trust => "Trust", "信任情况";
    Compliance => "Compliance", "合规性";
    NoBreach => "no findings", "没有发现问题";
    Breaches => "findings", "问题数";
    Transparency => "Timestamps", "透明度";
    Revocation => "Revocation", "吊销";
    AsOf => "As of", "截至";
    RootCount => "Roots", "根证书数";
    Version => "Version", "版本";
    Source => "Source", "来源";
    KeptIn => "Kept in", "所在文件";
    Replaced => "Replaced", "已替换";
    OlderThanInUse => "Left out: older than the set in use", "未替换：比现用的旧";
    Trusted => "Trusted", "受信任";
    TrustedButRefused => "Trusted, but refused", "受信任，但会被拒绝";
    NotTrusted => "Not trusted", "不受信任";
    Allowed => "Allowed", "允许";
    NotAllowed => "Not allowed", "不允许";
    Accepted => "Accepted", "可填写";
    Refused => "Refused", "不可填写";
    Valid => "Valid", "有效";
    NotValid => "Not valid", "无效";
    Why => "Why", "原因";
    Entry => "Entry", "条目";
    Examples => "Such as", "正确写法如";
    NearMiss => "Closest entry", "最接近的条目";
    WriteInstead => "Write instead", "应改为";
    Elsewhere => "For another list", "属于其他列表";
    Stored => "As WeChat shows it", "微信中显示为";
    Normalised => "Normalised", "规范写法";
    Kind => "Kind", "类型";
    Province => "Province", "省份";
    Complete => "Complete", "完整";
    Incomplete => "Incomplete", "不完整";
    Fetched => "Fetched", "已下载";
    RootDropped => "Left out, a root", "已去掉根证书";
    StrangerDropped => "Left out, not on the chain", "已去掉无关证书";
    Missing => "Issuer missing", "缺少签发者证书";
    UnknownRoot => "Unknown root", "不受信任的根证书";
    LeadsNowhere => "a certificate cannot be read, or a signature does not verify", "有证书无法解析，或签名验证不通过";
    Converted => "Converted", "已转换";
    WrittenTo => "Written to", "已写入";
    KeyWrittenTo => "Key written to", "私钥已写入";
}

/// Most names of a certificate that a block lists.
const NAMES_MOST: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_is_chinese_for_every_spelling_of_zh() {
        for (language, expected) in [
            (Some("zh_CN.UTF-8"), Locale::zh_CN),
            (Some("zh-Hans"), Locale::zh_CN),
            (Some("ZH"), Locale::zh_CN),
            (Some("en_GB.UTF-8"), Locale::en),
            (Some("C"), Locale::en),
            (Some("汉"), Locale::en),
            (None, Locale::en),
        ] {
            assert_eq!(locale(language), expected, "{language:?}");
        }
    }

    #[test]
    fn values_stand_in_one_column_in_either_script() {
        let style = Style { locale: Locale::en, colours: Colours::None };
        let mut block = Block::new(style, "a\u{1b}[31m\nb", Tone::Good, "Works");
        block.fields(&[("平台", "x".to_owned()), ("a", "y".to_owned())]);
        assert_eq!(block.text(), "a\\u{1b}[31m b  Works\n  平台  x\n  a     y");
    }

    #[test]
    fn colours_enclose_the_word_alone() {
        let style = Style { locale: Locale::en, colours: Colours::Ansi };
        assert_eq!(Block::new(style, "a", Tone::Bad, "Fails").text(), "a  \u{1b}[31mFails\u{1b}[0m");
    }
}
