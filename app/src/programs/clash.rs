//! An entry that was to be changed or removed, and that somebody else has changed or removed
//! meanwhile: what is there now, and the way to do it all the same.

use leptos::prelude::*;
use leptos_router::hooks::use_location;
use model::{
    Api, DomainEntry,
    domain_entry::moved,
    programs::EntryRow,
    service::{EntryId, ProgramId},
};

use super::{
    api::{AddEntries, ChangeEntry, RemoveEntry},
    lists::Actions,
};
use crate::{
    components::{FormError, waits},
    i18n::*,
    preferences::use_locale,
    query::{self, parsed, value},
    toast, words,
};

/// What somebody wanted to do to an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Which entry.
    pub entry: EntryId,
    /// How they had read it.
    pub was: String,
    /// What was to become of it.
    pub wish: Wish,
}

/// What was to become of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// Something else in its place.
    Change {
        /// The list to stand in.
        api: Api,
        /// As typed.
        typed: String,
    },
    /// Nothing.
    Remove,
}

impl Attempt {
    /// The page with the attempt in its URL, for a form that was sent without JavaScript.
    pub fn link(&self, program: ProgramId) -> String {
        let bounded = |text: &str| Some(text.chars().take(TYPED_MOST).collect());
        let (api, typed) = match &self.wish {
            Wish::Change { api, typed } => (Some(api.to_string()), bounded(typed)),
            Wish::Remove => (None, None),
        };
        let parts =
            [("entry", Some(self.entry.to_string())), ("was", bounded(&self.was)), ("to", api), ("typed", typed)];
        query::link(&format!("/programs/{program}"), parts)
    }

    /// The attempt that the URL holds.
    pub fn read(search: &str) -> Option<Self> {
        let (entry, was) = (parsed(search, "entry")?, value(search, "was")?);
        let wish = match (parsed(search, "to"), value(search, "typed")) {
            (Some(api), Some(typed)) => Wish::Change { api, typed },
            _ => Wish::Remove,
        };
        Some(Self { entry, was, wish })
    }

    /// What somebody else has made of the entry, if they have.
    fn met(&self, entries: &[EntryRow]) -> Option<Met> {
        match entries.iter().find(|row| row.id == self.entry) {
            Some(row) if row.entry.to_string() == self.was => None,
            Some(row) => Some(Met::Changed(row.entry.clone())),
            None => Some(Met::Removed),
        }
    }
}

/// What somebody else has made of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Met {
    Changed(DomainEntry),
    Removed,
}

/// What somebody else has made of the entry meanwhile, and the way to do it all the same.
#[component]
pub fn Clash(
    /// The mini program.
    program: ProgramId,
    /// The entries as read last.
    entries: Signal<Vec<EntryRow>>,
    /// What can be done to them.
    actions: Actions,
    /// Called when something was refused or added.
    on_change: Callback<()>,
) -> impl IntoView {
    let locale = use_locale();
    let add = ServerAction::<AddEntries>::new();
    toast::say_when_done(add.value().into(), td_string!(locale, common.saved));
    let attempt = last_attempt(actions, add, on_change);
    let met = Memo::new(move |_| {
        let attempt = attempt.get()?;
        let met = entries.with(|entries| attempt.met(entries))?;
        Some((attempt, met))
    });
    let error = Signal::derive(move || add.value().get().and_then(Result::err));
    move || {
        let (attempt, met) = met.get()?;
        let was = attempt.was.as_str();
        let told = match &met {
            Met::Changed(now) => {
                let (now, list) = (now.to_string(), words::api(now.api(), locale));
                td_string!(locale, programs.clash.changed, was = was, now = now.as_str(), list = list)
            }
            Met::Removed => td_string!(locale, programs.clash.removed, was = was),
        };
        Some(view! {
            <div class="flex flex-col items-start gap-3 rounded-box border border-warning p-4" role="alert" id="clash">
                <p class="wrap-anywhere">{told.to_string()}</p>
                <FormError error fields=&[] is_typed=true/>
                <AllTheSame program attempt met actions add/>
            </div>
        })
    }
}

/// What was tried last and has not been done.
fn last_attempt(actions: Actions, add: ServerAction<AddEntries>, on_change: Callback<()>) -> RwSignal<Option<Attempt>> {
    let attempt = RwSignal::new(use_location().search.with_untracked(|search| Attempt::read(search)));
    let Actions { change, remove, .. } = actions;
    Effect::new(move || {
        if let Some(ChangeEntry { entry, was, api, typed, .. }) = change.input().get() {
            attempt.set(Some(Attempt { entry, was, wish: Wish::Change { api, typed } }));
        }
        if let Some(RemoveEntry { entry, was, .. }) = remove.input().get() {
            attempt.set(Some(Attempt { entry, was, wish: Wish::Remove }));
        }
    });
    // Each by itself: what went well earlier says nothing of what was refused now.
    let forget = move |done: bool| {
        if done {
            attempt.set(None);
        }
    };
    Effect::new(move || forget(change.value().with(|value| matches!(value, Some(Ok(_))))));
    Effect::new(move || forget(remove.value().with(|value| matches!(value, Some(Ok(_))))));
    Effect::new(move || forget(add.value().with(|value| matches!(value, Some(Ok(_))))));
    // The list as it is now tells why.
    Effect::new(move || {
        let refused = change.value().with(|value| matches!(value, Some(Err(_))))
            || remove.value().with(|value| matches!(value, Some(Err(_))));
        let added = add.value().with(|value| matches!(value, Some(Ok(_))));
        if refused || added {
            on_change.run(());
        }
    });
    attempt
}

/// The way to do it all the same, if there is anything left to do.
#[component]
fn AllTheSame(
    program: ProgramId,
    attempt: Attempt,
    met: Met,
    actions: Actions,
    add: ServerAction<AddEntries>,
) -> impl IntoView {
    let locale = use_locale();
    let Attempt { entry, was, wish } = attempt;
    let Actions { change, remove, .. } = actions;
    let (id, entry) = (("id", program.to_string()), ("entry", entry.to_string()));
    match (met, wish) {
        (Met::Changed(now), Wish::Change { api, typed }) => {
            let words = td_string!(locale, programs.clash.change_anyway, typed = typed.as_str()).to_string();
            let fields = vec![id, entry, ("was", now.to_string()), ("api", api.to_string()), ("typed", typed)];
            view! { <ActionForm action=change><Again fields words pending=change.pending()/></ActionForm> }.into_any()
        }
        (Met::Changed(now), Wish::Remove) => {
            let words = td_string!(locale, programs.clash.remove_anyway, now = now.to_string()).to_string();
            let fields = vec![id, entry, ("was", now.to_string())];
            view! { <ActionForm action=remove><Again fields words pending=remove.pending()/></ActionForm> }.into_any()
        }
        (Met::Removed, Wish::Change { api, typed }) => {
            let line = as_typed_for(api, &was, &typed);
            let words = td_string!(locale, programs.clash.add_anyway, typed = line.as_str()).to_string();
            let fields = vec![id, ("api", api.to_string()), ("lines", line)];
            view! { <ActionForm action=add><Again fields words pending=add.pending()/></ActionForm> }.into_any()
        }
        (Met::Removed, Wish::Remove) => ().into_any(),
    }
}

/// The inside of a form of which all is filled in.
#[component]
pub(super) fn Again(
    fields: Vec<(&'static str, String)>,
    words: String,
    /// What tells it from others of the same words.
    #[prop(optional)]
    label: Option<String>,
    pending: Memo<bool>,
) -> impl IntoView {
    let fields = fields.into_iter().map(|(name, value)| view! { <input type="hidden" name=name value=value/> });
    view! {
        {fields.collect_view()}
        <button class="btn btn-sm h-auto py-1 wrap-anywhere" aria-label=label aria-disabled=waits(pending)>{words}</button>
    }
}

/// What was typed over an entry that is gone, with the scheme of the list it was meant for.
fn as_typed_for(api: Api, was: &str, typed: &str) -> String {
    let from = Api::ALL.into_iter().find(|api| DomainEntry::parse(*api, was).is_ok());
    from.map_or_else(|| typed.to_owned(), |from| moved(typed, from, api))
}

/// Most characters that go into a URL, of what was typed and of what it was: more than an entry has.
const TYPED_MOST: usize = 1024;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use model::{Verdict, Verdicts};

    use super::*;

    fn row(id: i64, api: Api, entry: &str) -> EntryRow {
        EntryRow {
            id: EntryId(id),
            entry: DomainEntry::parse(api, entry).unwrap(),
            endpoint: None,
            codes: Vec::new(),
            endpoint_codes: Vec::new(),
            platforms: Verdicts::default(),
            verdict: Verdict::Unknown,
            not_after: None,
            probed_at: None,
        }
    }

    fn attempt(wish: Wish) -> Attempt {
        Attempt { entry: EntryId(7), was: "https://a.example".to_owned(), wish }
    }

    #[test]
    fn an_attempt_comes_back_from_the_url() {
        let change = Wish::Change { api: Api::Socket, typed: "wss://b.example/%20 & +".to_owned() };
        for attempt in [attempt(change), attempt(Wish::Remove)] {
            let link = attempt.link(ProgramId(3));
            let (path, search) = link.split_once('?').unwrap();
            assert_eq!((path, Attempt::read(search)), ("/programs/3", Some(attempt)));
        }
        assert_eq!(Attempt::read("?entry=x&was=y"), None);
    }

    #[test]
    fn what_somebody_else_has_made_of_it_is_known_by_the_entry_itself() {
        let attempt = attempt(Wish::Remove);
        let other = row(6, Api::Request, "https://b.example");
        let changed = DomainEntry::parse(Api::Request, "https://c.example").unwrap();
        for (entries, met) in [
            (vec![other.clone(), row(7, Api::Request, "https://a.example")], None),
            (vec![other.clone(), row(7, Api::Request, "https://c.example")], Some(Met::Changed(changed))),
            (vec![other], Some(Met::Removed)),
        ] {
            assert_eq!(attempt.met(&entries), met);
        }
    }

    #[test]
    fn what_was_typed_for_another_list_has_the_scheme_of_that_list() {
        assert_eq!(as_typed_for(Api::Socket, "https://a.example", "https://b.example"), "wss://b.example");
        assert_eq!(as_typed_for(Api::Request, "https://a.example", "http://b.example"), "http://b.example");
    }
}
