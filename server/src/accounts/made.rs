//! Links that were made by forms without JavaScript, until the page that shows them takes them. They
//! are in memory alone: of a secret the database keeps the SHA-256 only.

use std::{
    collections::VecDeque,
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
};

use model::{
    SignedDuration, Timestamp,
    accounts::KeptLink,
    service::{LinkId, UserId},
};

/// The links that no page has shown yet, the oldest first. A restart forgets them.
#[derive(Default)]
pub(super) struct MadeLinks(Mutex<VecDeque<Made>>);

struct Made {
    id: LinkId,
    owner: UserId,
    kept_at: Timestamp,
    link: KeptLink,
}

impl MadeLinks {
    /// Keeps a link for whoever has made it. The oldest make room.
    pub(super) fn keep(&self, link: KeptLink, owner: UserId, now: Timestamp) -> Result<LinkId, getrandom::Error> {
        let mut random = [0; 8];
        getrandom::fill(&mut random)?;
        let id = LinkId(i64::from_le_bytes(random) & i64::MAX);
        let mut links = self.living(now);
        links.push_back(Made { id, owner, kept_at: now, link });
        let beyond = links.len().saturating_sub(LINKS_MOST);
        links.drain(..beyond);
        Ok(id)
    }

    /// Hands it to them, to nobody else, and once.
    pub(super) fn take(&self, id: LinkId, owner: UserId, now: Timestamp) -> Option<KeptLink> {
        let mut links = self.living(now);
        let at = links.iter().position(|made| made.id == id && made.owner == owner)?;
        links.remove(at).map(|made| made.link)
    }

    /// Less those that were kept too long ago.
    fn living(&self, now: Timestamp) -> MutexGuard<'_, VecDeque<Made>> {
        let mut links = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        links.retain(|made| now.duration_since(made.kept_at) < KEPT_FOR);
        links
    }
}

/// Without a secret.
impl fmt::Debug for MadeLinks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MadeLinks").finish_non_exhaustive()
    }
}

/// How long a link waits for its page.
const KEPT_FOR: SignedDuration = SignedDuration::from_hours(1);

/// Most links that wait at the same time.
const LINKS_MOST: usize = 100;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use model::accounts::AccessLink;

    use super::*;

    const START: Timestamp = Timestamp::UNIX_EPOCH;
    const OWNER: UserId = UserId(1);

    fn link(number: usize) -> KeptLink {
        KeptLink { login: "li.lei".into(), link: AccessLink(number.to_string()) }
    }

    fn secret(taken: Option<KeptLink>) -> Option<String> {
        taken.map(|kept| kept.link.0)
    }

    #[test]
    fn a_link_is_taken_once_by_whoever_has_made_it() {
        let links = MadeLinks::default();
        let (one, other) = (links.keep(link(1), OWNER, START).unwrap(), links.keep(link(2), OWNER, START).unwrap());
        assert_eq!(secret(links.take(one, UserId(2), START)), None);
        assert_eq!(secret(links.take(LinkId(-1), OWNER, START)), None);
        assert_eq!(secret(links.take(one, OWNER, START)).as_deref(), Some("1"));
        assert_eq!(secret(links.take(one, OWNER, START)), None);
        assert_eq!(secret(links.take(other, OWNER, START)).as_deref(), Some("2"));
    }

    #[test]
    fn links_end_after_an_hour_and_the_oldest_make_room() {
        let links = MadeLinks::default();
        let kept: Vec<LinkId> =
            (0..=LINKS_MOST).map(|number| links.keep(link(number), OWNER, START).unwrap()).collect();
        let almost = START + KEPT_FOR - SignedDuration::from_secs(1);
        assert_eq!(secret(links.take(kept[0], OWNER, almost)), None);
        assert_eq!(secret(links.take(kept[1], OWNER, almost)).as_deref(), Some("1"));
        assert_eq!(secret(links.take(kept[2], OWNER, START + KEPT_FOR)), None);
        assert!(links.living(START).is_empty());
        assert!(!format!("{links:?}").contains("li.lei"));
    }
}
