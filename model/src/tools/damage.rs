//! A block of a text in PEM (RFC 7468) that cannot be read: which it is, where it begins and what is wrong with it.
//! Nothing that stands in it is repeated, for that may be a key.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// Which block of a text cannot be read, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DamagedBlock {
    /// What it says that it is; none where that is nothing known.
    pub label: Option<Label>,
    /// Its place among the blocks of the text, the first being 1.
    pub number: u32,
    /// The line on which it begins, the first being 1.
    pub line: u32,
    /// What is wrong with it.
    pub damage: Damage,
}

impl DamagedBlock {
    /// Its place, and what it says that it is: `2 (CERTIFICATE)`.
    pub fn name(&self) -> String {
        match self.label {
            Some(label) => format!("{} ({})", self.number, label.as_str()),
            None => self.number.to_string(),
        }
    }

    /// As it stands in a URL.
    pub fn written(&self) -> String {
        // There is nothing in it to fail.
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl fmt::Display for DamagedBlock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "block {} begins on line {} and cannot be read: {}", self.name(), self.line, self.damage)
    }
}

/// Reads what [`DamagedBlock::written`] gives.
impl FromStr for DamagedBlock {
    type Err = serde_json::Error;

    fn from_str(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }
}

/// What is wrong with a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Damage {
    /// Its first line does not end as it must.
    #[error("its first line does not end in five hyphens")]
    Begin,
    /// One of its lines holds something else.
    #[error("line {line} is not base64")]
    NotBase64 {
        /// Which line of the text, the first being 1.
        line: u32,
    },
    /// What its lines hold ends within a group of four characters (RFC 4648 section 4).
    #[error("its base64 breaks off, so that a line or part of one is missing")]
    BrokenOff,
    /// Another block begins before it ends, or the text ends.
    #[error("its END line is missing")]
    NoEnd,
    /// It ends as another kind of block does.
    #[error("its END line names another kind of block")]
    OtherEnd,
    /// Its base64 is whole, and what it stands for is no certificate from the first byte to the last.
    #[error("its content is cut off or damaged")]
    Content,
}

/// What a block says that it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Label {
    /// RFC 7468 section 5.
    Certificate,
    /// RFC 7468 section 7.
    Request,
    /// RFC 7468 section 8.
    Pkcs7,
    /// RFC 7468 section 9.
    Cms,
    /// RFC 7468 section 10.
    PrivateKey,
    /// RFC 7468 section 11.
    EncryptedPrivateKey,
    /// PKCS#1.
    RsaPrivateKey,
    /// RFC 5915 section 4.
    EcPrivateKey,
}

impl Label {
    /// Every one that is known.
    pub const ALL: [Self; 8] = [
        Self::Certificate,
        Self::Request,
        Self::Pkcs7,
        Self::Cms,
        Self::PrivateKey,
        Self::EncryptedPrivateKey,
        Self::RsaPrivateKey,
        Self::EcPrivateKey,
    ];

    /// As it stands behind BEGIN.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Certificate => "CERTIFICATE",
            Self::Request => "CERTIFICATE REQUEST",
            Self::Pkcs7 => "PKCS7",
            Self::Cms => "CMS",
            Self::PrivateKey => "PRIVATE KEY",
            Self::EncryptedPrivateKey => "ENCRYPTED PRIVATE KEY",
            Self::RsaPrivateKey => "RSA PRIVATE KEY",
            Self::EcPrivateKey => "EC PRIVATE KEY",
        }
    }

    /// The one that stands behind BEGIN, if it is known.
    pub fn of(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|label| label.as_str() == text)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_damaged_block_is_told_with_its_place_and_reads_back() {
        for (label, damage, said) in [
            (
                Some(Label::Certificate),
                Damage::NotBase64 { line: 17 },
                "block 2 (CERTIFICATE) begins on line 14 and cannot be read: line 17 is not base64",
            ),
            (
                Some(Label::Certificate),
                Damage::Content,
                "block 2 (CERTIFICATE) begins on line 14 and cannot be read: its content is cut off or damaged",
            ),
            (None, Damage::NoEnd, "block 2 begins on line 14 and cannot be read: its END line is missing"),
        ] {
            let block = DamagedBlock { label, number: 2, line: 14, damage };
            assert_eq!(block.to_string(), said);
            assert_eq!(block.written().parse::<DamagedBlock>().unwrap(), block);
        }
        for nonsense in ["", "2", "{}"] {
            assert!(nonsense.parse::<DamagedBlock>().is_err(), "{nonsense}");
        }
        for label in Label::ALL {
            assert_eq!(Label::of(label.as_str()), Some(label));
        }
        assert_eq!(Label::of("BANANA"), None);
    }
}
