//! What somebody did last and can take back.

use serde::{Deserialize, Serialize};

use crate::{
    DomainEntry,
    service::{EntryId, ProgramId},
};

/// Seconds for which it is offered to whoever did it, unless somebody else has taken it back before.
pub const OFFERED_SECONDS: i64 = 60 * 60;

/// What somebody did last to the lists of a mini program, as long as it can be taken back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Undo {
    /// An entry was removed, and is not there.
    Removed(DomainEntry),
    /// An entry was changed or moved to another list, and is still what it became.
    Changed {
        /// Which.
        id: EntryId,
        /// What it was.
        was: DomainEntry,
        /// What it is.
        now: DomainEntry,
    },
}

/// A mini program that was removed and can be registered again as it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemovedProgram {
    /// The id that it had and will have.
    pub id: ProgramId,
    /// Its name.
    pub name: String,
    /// How many entries its lists held together.
    pub entries: u32,
}
