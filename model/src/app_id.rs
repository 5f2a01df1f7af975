//! A mini program's AppID.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// `wx` followed by 16 hexadecimal digits, lower-case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AppId(String);

impl AppId {
    /// The AppID as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for AppId {
    type Err = AppIdError;

    fn from_str(text: &str) -> Result<Self, AppIdError> {
        let text = text.trim();
        if text.len() != 18 || !text.is_ascii() {
            return Err(AppIdError);
        }
        let lower = text.to_ascii_lowercase();
        let digits = lower.strip_prefix("wx").ok_or(AppIdError)?;
        if digits.bytes().all(|byte| byte.is_ascii_hexdigit()) { Ok(Self(lower)) } else { Err(AppIdError) }
    }
}

/// Not `wx` followed by 16 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an AppID is `wx` followed by 16 hexadecimal digits")]
pub struct AppIdError;

impl fmt::Display for AppId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for AppId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for AppId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::AppId;

    #[test]
    fn an_app_id_is_wx_and_sixteen_hex_digits() {
        for (text, normalised) in [
            ("wx0123456789abcdef", Some("wx0123456789abcdef")),
            (" WX0123456789ABCDEF\n", Some("wx0123456789abcdef")),
            ("wx0123456789abcde", None),
            ("wx0123456789abcdef0", None),
            ("gh0123456789abcdef", None),
            ("wx0123456789abcdeg", None),
            ("wx0123456789abcdé", None),
            ("", None),
        ] {
            assert_eq!(text.parse::<AppId>().ok().as_ref().map(AppId::as_str), normalised, "{text:?}");
        }
    }
}
