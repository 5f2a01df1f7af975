//! ICP numbers on a page: sites must show theirs in the footer, with a link to the ministry's. What
//! stands there is evidence, not proof.

use serde::{Deserialize, Serialize};

use super::number::{self, IcpNumber};
use crate::echo::shortened;

/// A number on a page, and where it leads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IcpSeen {
    /// The number.
    pub number: IcpNumber,
    /// The target of the link that it stands in, as written; shortened where that is long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
}

impl IcpSeen {
    /// Whether the link is to the ministry's site, as the rules for sites ask for.
    pub fn links_to_ministry(&self) -> bool {
        let Some(link) = &self.link else { return false };
        let rest = link.split_once("//").map_or("", |(_, rest)| rest);
        let host = rest.split(['/', '?', '#', ':']).next().unwrap_or_default();
        host.eq_ignore_ascii_case("beian.miit.gov.cn")
    }
}

/// The numbers in the text of a page of HTML, each once, in order and bounded in number.
pub fn numbers_in(html: &str) -> Vec<IcpSeen> {
    let Text { text, links } = text_of(html);
    let mut seen: Vec<IcpSeen> = Vec::new();
    let mut rest = 0;
    let mut candidates = 0;
    for (at, first) in text.char_indices() {
        // What belongs to a number that was read begins no other.
        if at < rest || !number::may_begin(first) {
            continue;
        }
        let Some(run) = run_at(&text[at..]) else { continue };
        candidates += 1;
        if candidates > CANDIDATES_MOST {
            break;
        }
        let Some((number, length)) = longest(run) else { continue };
        rest = at + length;
        if seen.iter().any(|other| other.number == number) {
            continue;
        }
        let link = links.iter().find(|link| link.from <= at && at < link.to);
        seen.push(IcpSeen { number, link: link.map(|link| shortened(link.href.trim(), LINK_SHOWN)) });
        if seen.len() == NUMBERS_MOST {
            break;
        }
    }
    seen
}

/// From here on, what can be within a number; none where that does not begin as one does.
fn run_at(text: &str) -> Option<&str> {
    let mut characters = text.char_indices().peekable();
    let (_, first) = characters.next()?;
    let (mut end, mut before, mut length) = (first.len_utf8(), first, 1);
    while let Some((at, character)) = characters.next() {
        if length >= RUN_MOST {
            break;
        }
        if number::is_space(character) && character != '\n' {
            // A year after the number is no part of it.
            let next = characters.peek().map(|(_, next)| *next);
            if number::narrow(before).is_ascii_digit() && next.is_some_and(|next| number::narrow(next).is_ascii_digit())
            {
                break;
            }
            length += 1;
            continue;
        }
        if !may_continue(number::narrow(character), first, before) {
            break;
        }
        (end, before) = (at + character.len_utf8(), character);
        length += 1;
    }
    let run = &text[..end];
    let second = run.chars().filter(|character| !number::is_space(*character)).nth(1).map(number::narrow)?;
    matches!(second, 'I' | 'A' | 'B' | '字').then_some(run)
}

fn may_continue(character: char, first: char, before: char) -> bool {
    match character {
        'I' | 'C' | 'P' | 'A' | 'B' | 'X' | '备' | '证' | '号' | '-' | '.' => true,
        '字' => first == '合' && before == '合',
        digit => digit.is_ascii_digit(),
    }
}

/// The longest beginning of `run` that is a number, and how many bytes it takes.
fn longest(run: &str) -> Option<(IcpNumber, usize)> {
    let is_digit = |character: char| number::narrow(character).is_ascii_digit();
    // Without a digit there is no number, and none ends among digits.
    let first = run.find(is_digit)?;
    let splits = |end: usize| run[..end].ends_with(is_digit) && run[end..].starts_with(is_digit);
    let ends = run.char_indices().map(|(at, character)| at + character.len_utf8());
    ends.rev().filter(|end| *end > first && !splits(*end)).find_map(|end| Some((run[..end].parse().ok()?, end)))
}

/// What a reader of the page sees, and which of it is a link.
#[derive(Default)]
struct Text {
    text: String,
    links: Vec<Link>,
}

struct Link {
    from: usize,
    to: usize,
    href: String,
}

/// Tags are taken out, scripts, styles and comments with what they hold. No parser of HTML: whatever
/// is wrong with the page, it is text.
fn text_of(html: &str) -> Text {
    let mut page = Text::default();
    let mut open: Option<(usize, String)> = None;
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        unescape(&rest[..at], &mut page.text);
        rest = &rest[at..];
        if let Some(comment) = rest.strip_prefix("<!--") {
            rest = comment.find("-->").map_or("", |end| &comment[end + 3..]);
            continue;
        }
        let Some(end) = end_of_tag(rest) else {
            rest = "";
            break;
        };
        let tag = &rest[1..end];
        rest = &rest[end + 1..];
        let closing = tag.starts_with('/');
        let name = tag.trim_start_matches('/').split(|it: char| !it.is_ascii_alphanumeric()).next().unwrap_or_default();
        let is = |known: &str| name.eq_ignore_ascii_case(known);
        if is("a") {
            let to = page.text.len();
            page.links.extend(open.take().map(|(from, href)| Link { from, to, href }));
            open = (!closing).then(|| href_of(tag)).flatten().map(|href| (to, href));
        } else if !closing && (is("script") || is("style")) {
            rest = after_closing(rest, name);
        } else if !INLINE.iter().any(|inline| is(inline)) {
            page.text.push('\n');
        }
    }
    unescape(rest, &mut page.text);
    let to = page.text.len();
    page.links.extend(open.map(|(from, href)| Link { from, to, href }));
    page
}

/// Where the tag ends that `text` begins with; a `>` in quotes does not end it, unless they are never closed.
fn end_of_tag(text: &str) -> Option<usize> {
    let text = &text[..floor(text, TAG_MOST)];
    let mut quote = None;
    for (at, byte) in text.bytes().enumerate() {
        match (byte, quote) {
            (b'>', None) => return Some(at),
            (b'"' | b'\'', None) => quote = Some(byte),
            (byte, Some(open)) if byte == open => quote = None,
            _ => {}
        }
    }
    text.find('>')
}

/// What follows the closing tag of an element that holds no tags.
fn after_closing<'h>(text: &'h str, name: &str) -> &'h str {
    let mut rest = text;
    while let Some(at) = rest.find("</") {
        rest = &rest[at + 2..];
        if rest.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name)) {
            return rest.find('>').map_or("", |end| &rest[end + 1..]);
        }
    }
    ""
}

/// The `href` of a tag.
fn href_of(tag: &str) -> Option<String> {
    let lower = tag.to_ascii_lowercase();
    let at = lower.match_indices("href").map(|(at, _)| at).find(|at| {
        let before = lower[..*at].chars().next_back();
        before.is_some_and(|before| before.is_ascii_whitespace() || matches!(before, '"' | '\''))
            && lower[at + 4..].trim_start().starts_with('=')
    })?;
    let value = tag[at + 4..].trim_start().strip_prefix('=')?.trim_start();
    let value = match value.chars().next()? {
        quote @ ('"' | '\'') => value[1..].split(quote).next()?,
        _ => value.split(|it: char| it.is_ascii_whitespace()).next()?,
    };
    let mut href = String::new();
    unescape(value, &mut href);
    Some(href)
}

/// Adds `text` to `out`, the character references that stand in footers resolved.
fn unescape(text: &str, out: &mut String) {
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let reference = rest[..floor(rest, REFERENCE_MOST)].find(';').map(|end| &rest[1..end]);
        match reference.and_then(|reference| Some((character(reference)?, reference.len()))) {
            Some((character, length)) => {
                out.push(character);
                rest = &rest[length + 2..];
            }
            None => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
}

fn character(reference: &str) -> Option<char> {
    match reference {
        "nbsp" | "ensp" | "emsp" => Some(' '),
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        _ => {
            let number = reference.strip_prefix('#')?;
            let number = match number.strip_prefix(['x', 'X']) {
                Some(number) => u32::from_str_radix(number, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(number)
        }
    }
}

/// The largest boundary of a character up to `most`.
fn floor(text: &str, most: usize) -> usize {
    let mut end = text.len().min(most);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    end
}

/// Elements that do not part what stands in them from what stands beside.
const INLINE: [&str; 10] = ["span", "b", "i", "u", "em", "strong", "font", "small", "img", "wbr"];
/// A site has one, and perhaps a licence beside it.
const NUMBERS_MOST: usize = 5;
/// Places looked at: a page that is made of beginnings costs no more.
const CANDIDATES_MOST: usize = 1_000;
/// Longer than any number, spaces included.
const RUN_MOST: usize = 40;
const LINK_SHOWN: usize = 200;
/// A tag that is longer is none.
const TAG_MOST: usize = 8 * 1024;
const REFERENCE_MOST: usize = 12;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    fn seen(html: &str) -> Vec<(String, Option<String>)> {
        numbers_in(html).into_iter().map(|seen| (seen.number.to_string(), seen.link)).collect()
    }

    #[test]
    fn a_number_is_found_however_the_footer_is_written() {
        for html in [
            "<p>京ICP备11041704号-13</p>",
            "© 2014-2026 京 ICP 备 11041704 号 -13 版权所有",
            "备案号：京ICP备11041704号-13 2026",
            "<span>京ICP备</span><span>11041704号</span>-13",
            "京ICP备11041704号-13<br>2026",
            "<script>var a = '粤ICP备12345678号';</script>京ICP备11041704号-13",
            "<style>a{}</style><!-- 粤ICP备12345678号 -->京ICP备11041704号-13",
            "北京市京ICP备11041704号-13，京公网安备11010802020088号",
            "&#20140;ICP&#x5907;11041704&#21495;-13",
            "京ICP备11041704号-13&nbsp;|&nbsp;地图",
            "京ＩＣＰ备１１０４１７０４号－１３",
            "<a title='a > b' class=\"x\">京ICP备11041704号-13</a>",
            "<p>京ICP备11041704号-13</p><p>京ICP备11041704号-13</p>",
            "京ICP备11041704号-13<unclosed",
        ] {
            assert_eq!(seen(html), [("京ICP备11041704号-13".to_owned(), None)], "{html}");
        }
        let both = seen("京ICP证030173号 京ICP备11041704号 粤B2-20090059");
        assert_eq!(
            both.iter().map(|(number, _)| number.as_str()).collect::<Vec<_>>(),
            ["京ICP证030173号", "京ICP备11041704号", "粤B2-20090059"]
        );
    }

    #[test]
    fn what_only_looks_like_a_number_is_none() {
        for html in [
            "",
            "京ICP备号",
            "京ICP备1104170号",
            "京ICP备110417042026",
            "京公网安备11010802020088号",
            "ICP备11041704号",
            "京<p>ICP备11041704号</p>",
            "<script>京ICP备11041704号",
            "<!-- 京ICP备11041704号",
            "<a href='京ICP备11041704号'>x</a>",
        ] {
            assert_eq!(seen(html), [], "{html}");
        }
    }

    #[test]
    fn the_link_is_that_in_which_the_number_stands() {
        let number = "京ICP备11041704号";
        for (html, link, ministry) in [
            ("<a href=\"https://beian.miit.gov.cn/\">%</a>", Some("https://beian.miit.gov.cn/"), true),
            ("<a target=_blank HREF='//BEIAN.MIIT.GOV.CN'><b>%</b></a>", Some("//BEIAN.MIIT.GOV.CN"), true),
            ("<a href=http://beian.miit.gov.cn/#/x rel=nofollow>%</a>", Some("http://beian.miit.gov.cn/#/x"), true),
            ("<a href='http://www.miitbeian.gov.cn/'>%</a>", Some("http://www.miitbeian.gov.cn/"), false),
            (
                "<a href='https://beian.miit.gov.cn.evil.example/'>%</a>",
                Some("https://beian.miit.gov.cn.evil.example/"),
                false,
            ),
            ("<a href='/?a=1&amp;b=2'>%</a>", Some("/?a=1&b=2"), false),
            ("<a data-href='https://beian.miit.gov.cn'>%</a>", None, false),
            ("<a href='https://beian.miit.gov.cn'>x</a> %", None, false),
            ("% <a href='https://beian.miit.gov.cn'>x</a>", None, false),
        ] {
            let found = numbers_in(&html.replace('%', number));
            assert_eq!(found[0].link.as_deref(), link, "{html}");
            assert_eq!(found[0].links_to_ministry(), ministry, "{html}");
        }
    }

    #[test]
    fn a_page_made_of_beginnings_is_left_in_time_and_numbers_are_bounded() {
        for part in ["京ICP备", "京I", "京ICP备111111111111111111111111111111111111", "<a ", "<", "&", "<a href='"]
        {
            assert_eq!(numbers_in(&part.repeat(256 * 1024 / part.len())), []);
        }
        let many: String = (0..100).map(|number| format!("京ICP备110417{number:02}号\n")).collect();
        assert_eq!(numbers_in(&many).len(), NUMBERS_MOST);
        let long = format!("<a href='{}'>京ICP备11041704号</a>", "x".repeat(5_000));
        assert!(numbers_in(&long)[0].link.as_ref().unwrap().chars().count() <= LINK_SHOWN + 1);
    }

    proptest! {
        #[test]
        fn any_page_is_read_without_panic(html in "([<>/&;='\"#a-z !-]|京|ICP|备|[0-9]|号|<a href=|</a>|&#20140;|\u{3000}){0,80}") {
            numbers_in(&html);
        }
    }
}
