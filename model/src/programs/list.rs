//! The list of mini programs: which ones, in which order, a page at a time.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::{Owner, ProgramSummary};
use crate::{
    DomainEntry, Tag, Tags,
    finding::UnknownWord,
    paging::PageSize,
    service::{ProgramId, UserId},
};

/// What somebody wants to see of the list of mini programs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProgramQuery {
    /// Which mini programs.
    // A form has no word for a struct of which nothing is set.
    #[serde(default)]
    pub filter: ProgramFilter,
    /// In which order.
    pub sort: ProgramSort,
    /// The order turned round.
    pub reversed: bool,
    /// Which page, from 0. Past the end is the last one.
    pub page: u32,
    /// How many rows a page has.
    pub size: PageSize,
}

/// Which mini programs. What is not set lets everything through.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProgramFilter {
    /// A part of the name, the AppID, a tag or the owner's log-in name.
    pub text: Option<String>,
    /// One of its tags.
    pub tag: Option<Tag>,
    /// Who answers for it.
    pub owner: Option<OwnedBy>,
}

/// Who answers for a mini program, as a filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OwnedBy {
    /// Nobody.
    Nobody,
    /// This person.
    Person(UserId),
}

impl fmt::Display for OwnedBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nobody => f.write_str(NOBODY),
            Self::Person(id) => id.fmt(f),
        }
    }
}

impl FromStr for OwnedBy {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        match word {
            NOBODY => Ok(Self::Nobody),
            word => word.parse().map(Self::Person).map_err(|_| UnknownWord(word.to_owned())),
        }
    }
}

/// The order of a list of mini programs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProgramSort {
    /// The worst verdict first.
    #[default]
    Verdict,
    /// By name, whatever the case of its letters.
    Name,
    /// The longest lists first.
    Entries,
    /// The most entries that fail first.
    Failing,
    /// By the owner's log-in name; those that nobody answers for first.
    Owner,
}

impl ProgramSort {
    /// Every order.
    pub const ALL: [Self; 5] = [Self::Verdict, Self::Name, Self::Entries, Self::Failing, Self::Owner];

    /// The word used in a URL.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Verdict => "verdict",
            Self::Name => "name",
            Self::Entries => "entries",
            Self::Failing => "failing",
            Self::Owner => "owner",
        }
    }
}

impl FromStr for ProgramSort {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        Self::ALL.into_iter().find(|sort| sort.as_str() == word).ok_or_else(|| UnknownWord(word.to_owned()))
    }
}

/// A mini program as a row of the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProgramRow {
    /// What its entries add up to.
    pub summary: ProgramSummary,
    /// Who answers for it.
    pub owner: Option<Owner>,
    /// What it is grouped by.
    pub tags: Tags,
}

/// An entry that was looked for, and whose it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryFound {
    /// The entry.
    pub entry: DomainEntry,
    /// Its mini program.
    pub program: ProgramId,
    /// The name of that.
    pub name: String,
}

/// What the list can be filtered by.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProgramChoices {
    /// Everybody who can answer for one, by log-in name.
    pub people: Vec<Owner>,
    /// Every tag that a mini program carries.
    pub tags: Vec<Tag>,
}

/// The word for no owner.
const NOBODY: &str = "nobody";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_order_reads_back_from_its_word() {
        for sort in ProgramSort::ALL {
            assert_eq!(sort.as_str().parse(), Ok(sort));
        }
        assert_eq!("up".parse::<ProgramSort>(), Err(UnknownWord("up".to_owned())));
    }

    #[test]
    fn an_owner_reads_back_from_its_word() {
        for owner in [OwnedBy::Nobody, OwnedBy::Person(UserId(7))] {
            assert_eq!(owner.to_string().parse(), Ok(owner));
        }
        assert_eq!("somebody".parse::<OwnedBy>(), Err(UnknownWord("somebody".to_owned())));
    }
}
