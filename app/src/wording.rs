//! How a page is worded: its language, and the zone that its times are in. Whoever asks the server for words
//! says it, for another tab may have chosen otherwise since the page was drawn.

use std::{fmt, str::FromStr};

use model::Zone;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::{i18n::Locale, preferences::use_locale, zone::use_zone};

/// How a page is worded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wording {
    /// The language.
    pub locale: Locale,
    /// The zone that times are in.
    pub zone: Zone,
}

/// The wording of the page.
pub fn use_wording() -> Wording {
    Wording { locale: use_locale(), zone: use_zone() }
}

/// `zh-CN +08:00`.
impl fmt::Display for Wording {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.locale, self.zone)
    }
}

impl FromStr for Wording {
    type Err = NoWording;

    fn from_str(text: &str) -> Result<Self, NoWording> {
        let (locale, zone) = text.split_once(' ').ok_or(NoWording)?;
        match (locale.parse(), zone.parse()) {
            (Ok(locale), Ok(zone)) => Ok(Self { locale, zone }),
            _ => Err(NoWording),
        }
    }
}

/// Not a language and a zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a language and a zone")]
pub struct NoWording;

impl Serialize for Wording {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Wording {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use model::Code;

    use super::*;
    use crate::help::api::HelpOnFinding;

    #[test]
    fn every_wording_reaches_the_server_and_what_is_none_does_not() {
        let read = |written: &str| serde_qs::Config::new(5, false).deserialize_str::<HelpOnFinding>(written);
        for locale in [Locale::zh_CN, Locale::en] {
            for zone in Zone::ALL {
                let wording = Wording { locale, zone };
                let asked = HelpOnFinding { code: Code::ChainIncomplete, host: None, wording };
                // The way server_fn writes and reads a call.
                let written = serde_qs::to_string(&asked).unwrap();
                assert_eq!(read(&written).unwrap().wording, wording, "{written}");
            }
        }
        for wording in ["", "&wording=en", "&wording=%2B08:00", "&wording=fr+%2B08:00", "&wording=en+%2B08:01"] {
            assert!(read(&format!("code=chain.incomplete{wording}")).is_err(), "{wording}");
        }
    }
}
