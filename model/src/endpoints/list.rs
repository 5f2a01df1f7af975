//! The list of endpoints: which ones, in which order, a page at a time.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{
    Code, HostPort, Platform, Since, Tag, Tags, Timestamp, Verdict, Verdicts, Zone,
    endpoints::route::Route,
    finding::UnknownWord,
    observation::TlsVersion,
    paging::PageSize,
    service::{EndpointId, ProgramId},
};

/// What somebody wants to see of the list of endpoints.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndpointQuery {
    /// Which endpoints.
    // A form has no word for a struct of which nothing is set.
    #[serde(default)]
    pub filter: EndpointFilter,
    /// In which order.
    pub sort: EndpointSort,
    /// The order turned round.
    pub reversed: bool,
    /// Which page, from 0. Past the end is the last one.
    pub page: u32,
    /// Where a day of the filter begins.
    pub zone: Zone,
    /// How many rows a page has.
    pub size: PageSize,
}

/// Which endpoints. What is not set lets everything through.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndpointFilter {
    /// A part of `host:port`.
    pub text: Option<String>,
    /// The verdict on `platform`, or the worst of all.
    pub verdict: Option<Verdict>,
    /// Where `verdict` is looked at.
    pub platform: Option<Platform>,
    /// A finding that stands.
    pub code: Option<Code>,
    /// The certificate ends within so many days; 0 for those that have ended.
    pub days_left: Option<u32>,
    /// The lowest version that was negotiated.
    pub tls_version: Option<TlsVersion>,
    /// A part of the issuer's name.
    pub issuer: Option<String>,
    /// An entry of this mini program names it.
    pub program: Option<ProgramId>,
    /// The same of what the mini program is called, whichever `program` is; see [`crate::programs::choice::called`].
    pub called: Option<String>,
    /// It carries this tag.
    pub tag: Option<Tag>,
    /// Its verdict has changed since then, from one that a probe had given.
    pub turned: Option<Since>,
}

/// The order of a list of endpoints.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndpointSort {
    /// The worst verdict first.
    #[default]
    Verdict,
    /// By host, then port.
    Target,
    /// The certificate that ends next first; endpoints that have shown none last.
    Expiry,
    /// What was not looked at for longest first.
    Probed,
}

impl EndpointSort {
    /// Every order.
    pub const ALL: [Self; 4] = [Self::Verdict, Self::Target, Self::Expiry, Self::Probed];

    /// The word used in a URL.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Verdict => "verdict",
            Self::Target => "target",
            Self::Expiry => "expiry",
            Self::Probed => "probed",
        }
    }
}

impl FromStr for EndpointSort {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        Self::ALL.into_iter().find(|sort| sort.as_str() == word).ok_or_else(|| UnknownWord(word.to_owned()))
    }
}

/// An endpoint as a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndpointRow {
    /// Its id.
    pub id: EndpointId,
    /// Host and port.
    pub target: HostPort,
    /// The worst platform, or `unreachable`.
    pub verdict: Verdict,
    /// Per platform.
    pub platforms: Verdicts,
    /// The most severe finding, unless all are mere information.
    pub worst: Option<Code>,
    /// The lowest version that was negotiated on any address.
    pub tls_version: Option<TlsVersion>,
    /// Issuer of the certificate that ends first, as in `not_after`.
    pub issuer: Option<String>,
    /// When the first of its certificates ends.
    pub not_after: Option<Timestamp>,
    /// When it was last probed.
    pub probed_at: Option<Timestamp>,
    /// What people group it by.
    pub tags: Tags,
    /// Where it is looked for.
    pub route: Route,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_order_reads_back_from_its_word() {
        for sort in EndpointSort::ALL {
            assert_eq!(sort.as_str().parse(), Ok(sort));
        }
        assert_eq!("up".parse::<EndpointSort>(), Err(UnknownWord("up".to_owned())));
    }
}
