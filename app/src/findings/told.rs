//! Findings as pages are sent them: in the reader's language, without the evidence itself.

use model::{Code, Platform, Severity, Timestamp};
use serde::{Deserialize, Serialize};

/// A finding in full. In the texts, backticks enclose what is to be typed as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// What it is.
    pub code: Code,
    /// How bad it is.
    pub severity: Severity,
    /// The platforms it concerns.
    pub platforms: Vec<Platform>,
    /// The facts behind it, each after its label.
    pub lines: Vec<(String, String)>,
    /// Why it matters to a mini program on a phone.
    pub meaning: String,
    /// What to do about it.
    pub fix: String,
    /// When it was first and last seen, where that is known.
    pub seen: Option<(Timestamp, Timestamp)>,
}

/// A finding that a page shows by its title alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Titled {
    /// What it is.
    pub code: Code,
    /// How bad it is.
    pub severity: Severity,
    /// The platforms it concerns.
    pub platforms: Vec<Platform>,
}
