//! ICP numbers: every shape in use, read from what people type and normalised.

use std::{
    cmp::Ordering,
    fmt,
    hash::{Hash, Hasher},
    str::FromStr,
};

use serde::{Deserialize, Serialize};

/// The one-character names of provinces that begin a number, with the older forms still seen.
const PROVINCES: &str = "京津冀晋蒙辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝蜀黔滇藏陕陇青宁新川贵云甘";

/// Longest text worth reading as a number, in characters.
const INPUT_MOST: usize = 64;

/// A filing or licence number, normalised: one spelling per number, but for the 号 of a
/// telecommunications licence, which is kept where it was written and ignored in comparison.
#[derive(Clone, Debug)]
pub struct IcpNumber {
    kind: IcpKind,
    province: Option<char>,
    /// What follows province and kind, less the suffix.
    digits: String,
    /// Whether 号 follows the digits.
    ending: Ending,
    suffix: Option<String>,
}

/// What a number certifies.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IcpKind {
    /// 备: the filing every site needs, such as `京ICP备11041704号`.
    Filing,
    /// 证: the licence of a commercial site, such as `京ICP证030173号`.
    Licence,
    /// A telecommunications licence by its classes, such as `B2` in `粤B2-20090059`, `B-2-4` in the
    /// older `辽B-2-4-20080039`, or `A2.B1.B2`; also of several provinces together, `合字B2-20090010`.
    ValueAdded(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    /// 号.
    Hao,
    Bare,
}

impl IcpKind {
    /// The word used on the wire.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Filing => "filing",
            Self::Licence => "licence",
            Self::ValueAdded(_) => "value_added",
        }
    }
}

impl IcpNumber {
    /// What it certifies.
    pub const fn kind(&self) -> &IcpKind {
        &self.kind
    }

    /// The province's character; none for `合字`.
    pub const fn province(&self) -> Option<char> {
        self.province
    }

    /// What tells one site of the holder from another: `13` in `…号-13`. Mini programs end in `X`,
    /// apps in `A`.
    pub fn suffix(&self) -> Option<&str> {
        self.suffix.as_deref()
    }

    /// Whether it is of the same filing or licence, whichever of its sites either is for.
    pub fn is_of_same_filing(&self, other: &Self) -> bool {
        (&self.kind, self.province, &self.digits) == (&other.kind, other.province, &other.digits)
    }

    fn identity(&self) -> (&IcpKind, Option<char>, &str, Option<&str>) {
        (&self.kind, self.province, &self.digits, self.suffix())
    }
}

impl PartialEq for IcpNumber {
    fn eq(&self, other: &Self) -> bool {
        self.identity() == other.identity()
    }
}

impl Eq for IcpNumber {}

impl PartialOrd for IcpNumber {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for IcpNumber {
    fn cmp(&self, other: &Self) -> Ordering {
        self.identity().cmp(&other.identity())
    }
}

impl Hash for IcpNumber {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.identity().hash(state);
    }
}

impl FromStr for IcpNumber {
    type Err = IcpNumberError;

    fn from_str(text: &str) -> Result<Self, IcpNumberError> {
        if text.chars().take(INPUT_MOST + 1).count() > INPUT_MOST {
            return Err(IcpNumberError::Shape);
        }
        let typed = text.chars().find(|character| !is_space(*character)).ok_or(IcpNumberError::Empty)?;
        let text: String = text.chars().filter(|character| !is_space(*character)).map(narrow).collect();
        let (province, rest) = match text.strip_prefix("合字") {
            Some(rest) => (None, rest),
            None => {
                let first = narrow(typed);
                if !PROVINCES.contains(first) {
                    return Err(IcpNumberError::Province(typed));
                }
                (Some(first), &text[first.len_utf8()..])
            }
        };
        match (province, rest.strip_prefix("ICP")) {
            (Some(province), Some(rest)) => filing_or_licence(province, rest),
            (None, Some(_)) => Err(IcpNumberError::Shape),
            (province, None) => value_added(province, rest),
        }
    }
}

/// `备11041704号-13`, `证030173号-1`.
fn filing_or_licence(province: char, rest: &str) -> Result<IcpNumber, IcpNumberError> {
    let (kind, lengths, rest) = if let Some(rest) = rest.strip_prefix('备') {
        // Two digits of the year and six more, or four and six since about 2020.
        (IcpKind::Filing, &[8, 10][..], rest)
    } else if let Some(rest) = rest.strip_prefix('证') {
        (IcpKind::Licence, &[6, 7, 8, 9, 10][..], rest)
    } else {
        return Err(IcpNumberError::Shape);
    };
    let (digits, tail) = split_digits(rest);
    if !lengths.contains(&digits.len()) {
        return Err(IcpNumberError::Digits);
    }
    let (_, suffix) = ending(tail)?;
    Ok(IcpNumber { kind, province: Some(province), digits: digits.to_owned(), ending: Ending::Hao, suffix })
}

/// `B2-20090059-5`, `A2-20044005号`, `B-2-4-20080039`, `A2.B1.B2-20090003`.
fn value_added(province: Option<char>, rest: &str) -> Result<IcpNumber, IcpNumberError> {
    let is_class_part = |part: &str| {
        let number = part.strip_prefix(['A', 'B']).unwrap_or(part);
        !part.is_empty() && number.len() <= 2 && number.bytes().all(|byte| byte.is_ascii_digit())
    };
    let (class, serial) = rest
        .match_indices('-')
        .map(|(hyphen, _)| (&rest[..hyphen], &rest[hyphen + 1..]))
        .find(|(_, serial)| split_digits(serial).0.len() > 2)
        .ok_or(IcpNumberError::Shape)?;
    if !class.starts_with(['A', 'B']) || class.len() < 2 || !class.split(['-', '.']).all(is_class_part) {
        return Err(IcpNumberError::Shape);
    }
    let (digits, tail) = split_digits(serial);
    if digits.len() != 8 {
        return Err(IcpNumberError::Digits);
    }
    let (ending, suffix) = ending(tail)?;
    Ok(IcpNumber { kind: IcpKind::ValueAdded(class.to_owned()), province, digits: digits.to_owned(), ending, suffix })
}

fn split_digits(text: &str) -> (&str, &str) {
    text.split_at(text.find(|character: char| !character.is_ascii_digit()).unwrap_or(text.len()))
}

/// `号-13`, `-13`, `-13号`, `号` or nothing.
fn ending(tail: &str) -> Result<(Ending, Option<String>), IcpNumberError> {
    let (ending, tail) = match tail.strip_prefix('号').or_else(|| tail.strip_suffix('号')) {
        Some(tail) => (Ending::Hao, tail),
        None => (Ending::Bare, tail),
    };
    match tail.strip_prefix('-') {
        Some(suffix) => Ok((ending, Some(site_suffix(suffix)?))),
        None if tail.is_empty() => Ok((ending, None)),
        None => Err(IcpNumberError::Shape),
    }
}

fn site_suffix(text: &str) -> Result<String, IcpNumberError> {
    let (number, letter) = split_digits(text);
    let well_formed = (1..=5).contains(&number.len()) && matches!(letter, "" | "X" | "A");
    if well_formed { Ok(text.to_owned()) } else { Err(IcpNumberError::Suffix) }
}

/// Whether a number can begin so: with a province, or with 合字.
pub(super) fn may_begin(character: char) -> bool {
    character == '合' || PROVINCES.contains(character)
}

pub(super) fn is_space(character: char) -> bool {
    character.is_whitespace() || matches!(character, '\u{200b}' | '\u{2060}' | '\u{feff}')
}

/// Half-width, upper-case, one kind of hyphen.
pub(super) fn narrow(character: char) -> char {
    let character = match character {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(character) - 0xfee0).unwrap_or(character),
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe63}' => '-',
        '號' => '号',
        '備' => '备',
        '證' => '证',
        _ => character,
    };
    character.to_ascii_uppercase()
}

impl fmt::Display for IcpNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.province {
            Some(province) => write!(f, "{province}")?,
            None => f.write_str("合字")?,
        }
        match &self.kind {
            IcpKind::Filing => write!(f, "ICP备{}", self.digits)?,
            IcpKind::Licence => write!(f, "ICP证{}", self.digits)?,
            IcpKind::ValueAdded(class) => write!(f, "{class}-{}", self.digits)?,
        }
        if self.ending == Ending::Hao {
            f.write_str("号")?;
        }
        match &self.suffix {
            Some(suffix) => write!(f, "-{suffix}"),
            None => Ok(()),
        }
    }
}

/// Why a text is no ICP number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IcpNumberError {
    /// Nothing there.
    #[error("the number is empty")]
    Empty,
    /// The first character, as it was typed, names no province.
    #[error("{0:?} is no province: a number begins with one, such as 京, or with 合字")]
    Province(char),
    /// Not the right number of digits.
    #[error("the number of digits is wrong: 8 or 10 for 备, 6 to 10 for 证, 8 for B2")]
    Digits,
    /// The part after the last hyphen.
    #[error("the suffix is wrong: -N, ending in X for a mini program or A for an app")]
    Suffix,
    /// Anything else.
    #[error("not the shape of an ICP number, such as 京ICP备11041704号-13 or 粤B2-20090059")]
    Shape,
}

impl IcpNumberError {
    /// The word for it, which stays as it is.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Province(_) => "province",
            Self::Digits => "digits",
            Self::Suffix => "suffix",
            Self::Shape => "shape",
        }
    }
}

impl Serialize for IcpNumber {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for IcpNumber {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_shape_in_use_is_read_and_normalised() {
        for (text, normalised, kind, province, suffix) in [
            ("京ICP备11041704号", "京ICP备11041704号", "filing", Some('京'), None),
            ("京ICP备11041704号-13", "京ICP备11041704号-13", "filing", Some('京'), Some("13")),
            ("粤ICP备2020123456号-2X", "粤ICP备2020123456号-2X", "filing", Some('粤'), Some("2X")),
            ("粤ICP备2020123456号-12A", "粤ICP备2020123456号-12A", "filing", Some('粤'), Some("12A")),
            ("京ICP证030173号-1", "京ICP证030173号-1", "licence", Some('京'), Some("1")),
            ("京ICP证030173号", "京ICP证030173号", "licence", Some('京'), None),
            ("粤B2-20090059-5", "粤B2-20090059-5", "value_added", Some('粤'), Some("5")),
            ("粤A2-20044005号", "粤A2-20044005号", "value_added", Some('粤'), None),
            ("辽B-2-4-20080039", "辽B-2-4-20080039", "value_added", Some('辽'), None),
            ("京A2.B1.B2-20090003", "京A2.B1.B2-20090003", "value_added", Some('京'), None),
            ("合字B2-20090010", "合字B2-20090010", "value_added", None, None),
            // Written carelessly.
            (" 京 icp 备 11041704 号 - 13 ", "京ICP备11041704号-13", "filing", Some('京'), Some("13")),
            ("京ICP备11041704", "京ICP备11041704号", "filing", Some('京'), None),
            ("京ICP备11041704-13", "京ICP备11041704号-13", "filing", Some('京'), Some("13")),
            ("京ICP备11041704-13号", "京ICP备11041704号-13", "filing", Some('京'), Some("13")),
            ("京ＩＣＰ备１１０４１７０４号－１３", "京ICP备11041704号-13", "filing", Some('京'), Some("13")),
            ("京ICP備11041704號—2x", "京ICP备11041704号-2X", "filing", Some('京'), Some("2X")),
            ("川ICP备11041704号", "川ICP备11041704号", "filing", Some('川'), None),
            ("粤b2-20090059", "粤B2-20090059", "value_added", Some('粤'), None),
        ] {
            let number: IcpNumber = text.parse().unwrap();
            assert_eq!(number.to_string(), normalised, "{text}");
            let facts = (number.kind().as_str(), number.province(), number.suffix());
            assert_eq!(facts, (kind, province, suffix), "{text}");
        }
    }

    #[test]
    fn what_is_no_number_says_why() {
        use IcpNumberError::{Digits, Empty, Province, Shape, Suffix};
        for (text, error) in [
            ("", Empty),
            (" \u{3000}", Empty),
            ("英ICP备11041704号", Province('英')),
            ("ICP备11041704号", Province('I')),
            (" foo", Province('f')),
            ("ｆoo", Province('ｆ')),
            ("京", Shape),
            ("京ICP", Shape),
            ("京ICP11041704号", Shape),
            ("京ICP备1104170号", Digits),
            ("京ICP备110417045号", Digits),
            ("京ICP备号", Digits),
            ("京ICP证03017号", Digits),
            ("京ICP备11041704号-", Suffix),
            ("京ICP备11041704号-13XX", Suffix),
            ("京ICP备11041704号-X", Suffix),
            ("京ICP备11041704号-123456", Suffix),
            ("京ICP备11041704号13", Shape),
            ("京ICP备11041704号号", Shape),
            ("京公网安备11010802020088号", Shape),
            ("粤B2-2009005", Digits),
            ("粤B2-200900591", Digits),
            ("粤B2-20090059-5-6", Suffix),
            ("粤C2-20090059", Shape),
            ("粤B-20090059", Shape),
            ("粤B220090059", Shape),
            ("粤B2--20090059", Shape),
            ("合字ICP备11041704号", Shape),
        ] {
            assert_eq!(text.parse::<IcpNumber>(), Err(error), "{text}");
        }
        assert_eq!("京".repeat(1_000_000).parse::<IcpNumber>(), Err(Shape));
    }

    #[test]
    fn the_number_sign_of_a_licence_makes_no_other_number() {
        let with: IcpNumber = "粤A2-20044005号".parse().unwrap();
        let without: IcpNumber = "粤A2-20044005".parse().unwrap();
        assert_eq!(with, without);
        assert_ne!(with, "粤A2-20044006号".parse().unwrap());
    }

    #[test]
    fn the_sites_of_a_holder_have_one_filing() {
        let number = |text: &str| text.parse::<IcpNumber>().unwrap();
        let whole = number("京ICP备11041704号");
        assert!(whole.is_of_same_filing(&number("京ICP备11041704号-13")));
        for other in ["京ICP备11041705号-13", "京ICP证11041704号", "津ICP备11041704号"] {
            assert!(!whole.is_of_same_filing(&number(other)), "{other}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic(text in any::<String>()) {
            check_round_trip(&text)?;
        }

        #[test]
        fn what_looks_like_a_number_reads_back(text in "(京|粤|合字)?(ICP)?(备|证|A2|B2|B-2-4|A2.B1)?-?[0-9]{6,10}号?(-[0-9]{1,5}[XA]?)?号?") {
            check_round_trip(&text)?;
        }
    }

    fn check_round_trip(text: &str) -> Result<(), TestCaseError> {
        if let Ok(number) = text.parse::<IcpNumber>() {
            let again: IcpNumber = number.to_string().parse().unwrap();
            prop_assert_eq!(again.to_string(), number.to_string());
            prop_assert_eq!(again, number);
        }
        Ok(())
    }
}
