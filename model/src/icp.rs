//! ICP filings: numbers in every shape in use, and what is known of a registrable domain's filing.

use std::{fmt, str::FromStr};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{Code, Evidence, Finding, Host, RegistrableDomain, Severity, finding::UnknownWord};

/// A recorded state older than this is shown as stale.
pub const STALE_AFTER: SignedDuration = SignedDuration::from_hours(180 * 24);

/// The one-character names of provinces that begin a number, with the older forms still seen.
const PROVINCES: &str = "京津冀晋蒙辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝蜀黔滇藏陕陇青宁新川贵云甘";

/// Longest text worth reading as a number, in characters.
const INPUT_MOST: usize = 64;

/// A filing or licence number, normalised.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IcpNumber {
    kind: IcpKind,
    province: Option<char>,
    /// What follows province and kind, less the suffix.
    digits: String,
    suffix: Option<String>,
}

/// What a number certifies.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IcpKind {
    /// 备: the filing every site needs, such as `京ICP备11041704号`.
    Filing,
    /// 证: the licence of a commercial site, such as `京ICP证030173号`.
    Licence,
    /// A telecommunications licence by its class, such as `B2` in `粤B2-20090059`; also of several
    /// provinces together, `合字B2-20090010`.
    ValueAdded(String),
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
}

impl FromStr for IcpNumber {
    type Err = IcpNumberError;

    fn from_str(text: &str) -> Result<Self, IcpNumberError> {
        if text.chars().count() > INPUT_MOST {
            return Err(IcpNumberError::Shape);
        }
        let text: String = text.chars().filter(|c| !c.is_whitespace() && *c != '\u{200b}').map(narrow).collect();
        let (province, rest) = if let Some(rest) = text.strip_prefix("合字") {
            (None, rest)
        } else {
            let first = text.chars().next().ok_or(IcpNumberError::Empty)?;
            if !PROVINCES.contains(first) {
                return Err(IcpNumberError::Province(first));
            }
            (Some(first), &text[first.len_utf8()..])
        };
        match rest.strip_prefix("ICP") {
            Some(_) if province.is_none() => Err(IcpNumberError::Shape),
            Some(rest) => filing_or_licence(province, rest),
            None => value_added(province, rest),
        }
    }
}

/// `备11041704号-13`, `证030173号-1`.
fn filing_or_licence(province: Option<char>, rest: &str) -> Result<IcpNumber, IcpNumberError> {
    let (kind, rest) = if let Some(rest) = rest.strip_prefix('备') {
        (IcpKind::Filing, rest)
    } else if let Some(rest) = rest.strip_prefix('证') {
        (IcpKind::Licence, rest.strip_prefix("合字").unwrap_or(rest))
    } else {
        return Err(IcpNumberError::Shape);
    };
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let (digits, tail) = rest.split_at(end);
    // Filings have 8 digits, or 10 since about 2020, beginning with the year; licences 6 or 8.
    let right_length = match kind {
        IcpKind::Filing => matches!(digits.len(), 8 | 10),
        _ => matches!(digits.len(), 6..=10),
    };
    if !right_length {
        return Err(IcpNumberError::Digits);
    }
    let tail = tail.strip_prefix('号').unwrap_or(tail);
    let suffix = match tail.strip_prefix('-') {
        Some(suffix) => Some(site_suffix(suffix)?),
        None if tail.is_empty() => None,
        None => return Err(IcpNumberError::Shape),
    };
    Ok(IcpNumber { kind, province, digits: digits.to_owned(), suffix })
}

/// `B2-20090059-5`, `A2-20044005号`, `B-2-4-20080039`.
fn value_added(province: Option<char>, rest: &str) -> Result<IcpNumber, IcpNumberError> {
    let (rest, had_hao) = match rest.split_once('号') {
        Some((before, after)) => (format!("{before}{after}"), true),
        None => (rest.to_owned(), false),
    };
    let class = rest.chars().next().filter(|c| matches!(c, 'A' | 'B')).ok_or(IcpNumberError::Shape)?;
    let mut parts = rest[1..].split('-');
    let mut name = class.to_string();
    let mut digits = None;
    for part in parts.by_ref() {
        if part.is_empty() {
            continue;
        }
        if !part.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(IcpNumberError::Shape);
        }
        if part.len() == 8 {
            digits = Some(part.to_owned());
            break;
        }
        if part.len() > 2 {
            return Err(IcpNumberError::Digits);
        }
        name.push_str(if name.len() == 1 && rest[1..].starts_with(part) { "" } else { "-" });
        name.push_str(part);
    }
    let digits = digits.ok_or(IcpNumberError::Digits)?;
    let suffix = match parts.next() {
        Some(suffix) => Some(site_suffix(suffix)?),
        None => None,
    };
    if parts.next().is_some() || name.len() < 2 {
        return Err(IcpNumberError::Shape);
    }
    let _ = had_hao;
    Ok(IcpNumber { kind: IcpKind::ValueAdded(name), province, digits, suffix })
}

fn site_suffix(text: &str) -> Result<String, IcpNumberError> {
    let number = text.trim_end_matches(['X', 'A']);
    let well_formed = (1..=5).contains(&number.len())
        && number.bytes().all(|byte| byte.is_ascii_digit())
        && text.len() - number.len() <= 1;
    if well_formed { Ok(text.to_owned()) } else { Err(IcpNumberError::Suffix) }
}

/// Half-width, upper-case, one kind of hyphen.
fn narrow(character: char) -> char {
    let character = match character {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(character) - 0xfee0).unwrap_or(character),
        '\u{2010}'..='\u{2015}' | '\u{2212}' => '-',
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
            IcpKind::Filing => write!(f, "ICP备{}号", self.digits)?,
            IcpKind::Licence => write!(f, "ICP证{}号", self.digits)?,
            IcpKind::ValueAdded(class) => write!(f, "{class}-{}", self.digits)?,
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
    /// The first character names no province.
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

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident => $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum $name { $($(#[$variant_doc])* #[serde(rename = $word)] $variant,)+ }

        impl $name {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The word used on the wire and in the store.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl FromStr for $name {
            type Err = UnknownWord;

            fn from_str(word: &str) -> Result<Self, UnknownWord> {
                match word {
                    $($word => Ok(Self::$variant),)+
                    _ => Err(UnknownWord(word.to_owned())),
                }
            }
        }
    };
}

words! {
    /// Whether a domain is filed.
    IcpState {
        /// It is.
        Filed => "filed",
        /// It is known not to be.
        NotFiled => "not_filed",
        /// The filing is under way.
        Pending => "pending",
        /// Nobody knows. A failed look-up is this, never "not filed".
        Unknown => "unknown",
    }
}

words! {
    /// How the state of a filing is known.
    IcpSource {
        /// Somebody typed it in.
        Typed => "typed",
        /// Read off the site's footer.
        SeenOnSite => "seen_on_site",
        /// WeChat's own answer.
        Wechat => "wechat",
        /// A look-up service.
        Lookup => "lookup",
    }
}

/// What is known of one registrable domain's filing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IcpRecord {
    /// The domain.
    pub domain: RegistrableDomain,
    /// Whether it is filed.
    pub state: IcpState,
    /// Under which number.
    pub number: Option<IcpNumber>,
    /// By whom.
    pub holder: Option<String>,
    /// How that is known.
    pub source: IcpSource,
    /// When it was last confirmed.
    pub confirmed_at: Timestamp,
}

/// What a filing means for an entry with this host. An unknown state is a warning: WeChat will not
/// save an entry without a filing, so an entry in use is most likely filed, but nobody has said so.
pub fn judge_icp(host: &Host, record: Option<&IcpRecord>, now: Timestamp) -> Vec<Finding> {
    let Some(domain) = host.registrable_domain() else {
        let evidence = Evidence::Entry { input: host.to_string(), offending: None, suggestion: None };
        return vec![Finding::everywhere(Code::IcpSuffixCannotFile, Severity::Error, evidence)];
    };
    let evidence = Evidence::Icp { domain, confirmed_at: record.map(|record| record.confirmed_at) };
    let finding = |code, severity| vec![Finding::everywhere(code, severity, evidence.clone())];
    match record {
        None => finding(Code::IcpUnknown, Severity::Warning),
        Some(record) => match record.state {
            IcpState::Unknown => finding(Code::IcpUnknown, Severity::Warning),
            IcpState::NotFiled => finding(Code::IcpMissing, Severity::Error),
            IcpState::Pending => finding(Code::IcpPending, Severity::Warning),
            IcpState::Filed if now.duration_since(record.confirmed_at) > STALE_AFTER => {
                finding(Code::IcpStale, Severity::Warning)
            }
            IcpState::Filed => Vec::new(),
        },
    }
}
