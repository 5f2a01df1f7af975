//! Tags: a word or two by which a team groups its mini programs and endpoints.

use std::{collections::BTreeSet, fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::service::Problem;

/// Most characters of one tag.
pub const TAG_MOST: usize = 32;

/// Most tags that one thing may carry.
pub const TAGS_MOST: usize = 10;

/// A tag: lower-case, without commas, blanks within it reduced to one space.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag(String);

impl Tag {
    /// The tag as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Tag {
    type Err = TagError;

    fn from_str(text: &str) -> Result<Self, TagError> {
        let words = text.split_whitespace().map(str::to_lowercase).collect::<Vec<_>>();
        let tag = words.join(" ");
        if tag.is_empty() {
            return Err(TagError::Empty);
        }
        if tag.chars().any(|character| character.is_control() || SEPARATORS.contains(&character)) {
            return Err(TagError::Character);
        }
        if tag.chars().count() > TAG_MOST {
            return Err(TagError::TooLong);
        }
        Ok(Self(tag))
    }
}

/// The tags of one thing, each once, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Tags(BTreeSet<Tag>);

impl Tags {
    /// Each tag, in order.
    pub fn iter(&self) -> impl Iterator<Item = &Tag> {
        self.0.iter()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether `tag` is one of them.
    pub fn contains(&self, tag: &Tag) -> bool {
        self.0.contains(tag)
    }
}

/// Reads what a person types, wherever tags are typed: several with commas between them.
impl FromStr for Tags {
    type Err = TagError;

    fn from_str(text: &str) -> Result<Self, TagError> {
        let words = text.split(SEPARATORS).filter(|word| !word.trim().is_empty());
        let tags = words.map(str::parse).collect::<Result<BTreeSet<_>, _>>()?;
        if tags.len() > TAGS_MOST { Err(TagError::TooMany) } else { Ok(Self(tags)) }
    }
}

impl FromIterator<Tag> for Tags {
    fn from_iter<I: IntoIterator<Item = Tag>>(tags: I) -> Self {
        Self(tags.into_iter().collect())
    }
}

/// Why something is no tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum TagError {
    /// Nothing but blanks.
    #[error("a tag is at least one character")]
    Empty,
    /// A comma or a control character.
    #[error("a tag has no commas and no control characters")]
    Character,
    /// Longer than [`TAG_MOST`].
    #[error("a tag is at most {TAG_MOST} characters")]
    TooLong,
    /// More than [`TAGS_MOST`].
    #[error("at most {TAGS_MOST} tags")]
    TooMany,
}

impl From<TagError> for Problem {
    fn from(error: TagError) -> Self {
        match error {
            TagError::Empty => Self::Empty,
            TagError::Character => Self::Malformed,
            TagError::TooLong => Self::TooLong { most: TAG_MOST },
            TagError::TooMany => Self::TooMany { most: TAGS_MOST },
        }
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// As a person would type them.
impl fmt::Display for Tags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, tag) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str(", ")?;
            }
            write!(f, "{tag}")?;
        }
        Ok(())
    }
}

impl Serialize for Tag {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Tag {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// Commas of both scripts, and the Chinese enumeration comma.
const SEPARATORS: [char; 3] = [',', '\u{ff0c}', '\u{3001}'];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_lower_case_with_single_spaces() {
        for (text, tag) in [
            ("Payment", Ok("payment")),
            ("  core \t API ", Ok("core api")),
            ("支付", Ok("支付")),
            ("", Err(TagError::Empty)),
            ("a,b", Err(TagError::Character)),
            ("a\u{3001}b", Err(TagError::Character)),
            ("a\u{7}", Err(TagError::Character)),
            (&"x".repeat(TAG_MOST + 1), Err(TagError::TooLong)),
        ] {
            assert_eq!(text.parse::<Tag>().as_ref().map(Tag::as_str), tag.as_ref().copied(), "{text:?}");
        }
    }

    #[test]
    fn tags_are_typed_with_commas_of_either_script_and_kept_once() {
        let tags: Tags = "b, A\u{ff0c}支付\u{3001} b ,".parse().unwrap_or_default();
        assert_eq!(tags.to_string(), "a, b, 支付");
        assert_eq!("".parse(), Ok(Tags::default()));
        let many = (0..=TAGS_MOST).map(|tag| tag.to_string()).collect::<Vec<_>>().join(",");
        assert_eq!(many.parse::<Tags>(), Err(TagError::TooMany));
    }
}
