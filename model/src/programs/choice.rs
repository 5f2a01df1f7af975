//! Choosing one of the mini programs: some are offered, and any can be named.

use serde::{Deserialize, Serialize};

use crate::{AppId, service::ProgramId};

/// Most mini programs that are offered at once.
pub const OFFERED_MOST: usize = 200;

/// Some mini programs to choose from, and the one that is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// By name, [`OFFERED_MOST`] at the most: the first there are, or the first that have in them what was typed.
    pub programs: Vec<ProgramChoice>,
    /// Whether there are others too, so that one is named rather than chosen.
    pub by_name: bool,
    /// The one that is asked for; the first two where several are called so.
    pub meant: Vec<ProgramChoice>,
}

impl Offer {
    /// The one that is asked for, where that is clear.
    pub fn chosen(&self) -> Option<&ProgramChoice> {
        match &self.meant[..] {
            [one] => Some(one),
            _ => None,
        }
    }
}

/// A mini program to choose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProgramChoice {
    /// Its id.
    pub id: ProgramId,
    /// Its AppID.
    pub app_id: AppId,
    /// Its name.
    pub name: String,
}

impl ProgramChoice {
    /// Name and AppID, as a field offers them: no other mini program is called so.
    pub fn words(&self) -> String {
        format!("{} {}", self.name, self.app_id)
    }
}

/// What a mini program is called by whoever types this: its AppID, which may stand behind the name, or else its name.
pub fn called(typed: &str) -> String {
    let typed = typed.trim();
    let last = typed.rsplit(char::is_whitespace).next().and_then(|last| last.parse::<AppId>().ok());
    last.map_or_else(|| typed.to_owned(), |app_id| app_id.to_string())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn an_app_id_is_meant_wherever_one_stands_last() {
        let app_id = "wx0123456789abcdef";
        let choice = ProgramChoice { id: ProgramId(1), app_id: app_id.parse().unwrap(), name: "小店 2".to_owned() };
        for (typed, expected) in [
            (app_id, app_id),
            (" WX0123456789ABCDEF ", app_id),
            (&choice.words(), app_id),
            ("小店 2", "小店 2"),
            ("wx0123456789abcdef 小店", "wx0123456789abcdef 小店"),
            ("wx01", "wx01"),
            (" ", ""),
        ] {
            assert_eq!(called(typed), expected, "{typed}");
        }
    }

    #[test]
    fn one_is_chosen_where_one_alone_is_meant() {
        let choice = |id| ProgramChoice {
            id: ProgramId(id),
            app_id: "wx0123456789abcdef".parse().unwrap(),
            name: "Shop".to_owned(),
        };
        let offer = |meant: Vec<ProgramChoice>| Offer { meant, ..Offer::default() };
        assert_eq!(offer(vec![choice(1)]).chosen(), Some(&choice(1)));
        assert_eq!(offer(vec![choice(1), choice(2)]).chosen(), None);
        assert_eq!(offer(Vec::new()).chosen(), None);
    }
}
