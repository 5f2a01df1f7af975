//! What somebody did last and can take back: to the lists of a mini program, or to a whole one. The server
//! tells it with the page, so that no link can claim it and nothing is offered that was taken back already.

use leptos::{either::Either, prelude::*};
use model::{
    DomainEntry,
    domain_entry::moved,
    endpoints::UNNAMED_DAYS,
    programs::undo::{RemovedProgram, Undo},
    service::ProgramId,
};

use super::{
    api::{AddEntries, ChangeEntry, RemoveEntry, RestoreProgram, UNDO},
    clash::Again,
};
use crate::{components::FormError, i18n::*, preferences::use_locale, toast, typed::lead_on, words};

/// Says what was done last to the lists of a mini program, and takes it back.
#[component]
pub fn TakeBack(
    /// The mini program.
    program: ProgramId,
    /// As read last.
    undo: Signal<Option<Undo>>,
    /// Removes an entry. Its button goes with the entry, and the offer to put that back takes the focus.
    remove: ServerAction<RemoveEntry>,
    /// Called when it was taken back, or could not be.
    on_change: Callback<()>,
) -> impl IntoView {
    let locale = use_locale();
    let (add, change) = (ServerAction::<AddEntries>::new(), ServerAction::<ChangeEntry>::new());
    toast::say_when_done(add.value().into(), td_string!(locale, common.saved));
    toast::say_when_done(change.value().into(), td_string!(locale, common.saved));
    // What was refused without JavaScript is told where it was typed.
    let answered = move || add.version().get() + change.version().get() > 0;
    Effect::new(move || {
        if answered() {
            on_change.run(());
        }
    });
    // Until the page has been read again, and then there is another offer or none.
    let taken = move || {
        add.value().with(|value| matches!(value, Some(Ok(_))))
            || change.value().with(|value| matches!(value, Some(Ok(()))))
    };
    // The button that was pressed goes with the offer.
    let (adds, changes) = (add.pending(), change.pending());
    lead_on(Memo::new(move |_| adds.get() || changes.get()), move || taken().then(|| "#lists".to_owned()));
    // Until the page has been read again, another one is offered.
    let removed = Memo::new(move |before: Option<&Option<String>>| {
        remove.input().get().map(|asked| asked.was).or_else(|| before.cloned().flatten())
    });
    lead_on(remove.pending(), move || {
        let removed = removed.get()?;
        let is_done = remove.value().with(|value| matches!(value, Some(Ok(_))));
        let is_offered = undo.with(|undo| matches!(undo, Some(Undo::Removed(entry)) if entry.to_string() == removed));
        (is_done && is_offered).then(|| format!("#{UNDO} button"))
    });
    let error = Signal::derive(move || {
        let of_add = add.value().get().and_then(Result::err);
        of_add.or_else(|| change.value().get().and_then(Result::err)).filter(|_| answered())
    });
    Effect::new(move || {
        undo.track();
        add.value().set(None);
        change.value().set(None);
    });
    move || {
        let undo = undo.get().filter(|_| !taken())?;
        let (said, leaves_server) = (said(&undo, locale), leaves_server(&undo));
        let put_back = move || td_string!(locale, programs.undo.put_back).to_owned();
        let id = ("id", program.to_string());
        let form = match undo {
            Undo::Removed(entry) => {
                let fields = vec![id, ("api", entry.api().to_string()), ("lines", entry.to_string())];
                Either::Left(view! {
                    <ActionForm action=add><Again fields words=put_back() pending=add.pending()/></ActionForm>
                })
            }
            Undo::Changed { id: entry, was, now } => {
                let (api, typed) = (was.api().to_string(), typed_back(&was, &now));
                let fields =
                    vec![id, ("entry", entry.to_string()), ("was", now.to_string()), ("api", api), ("typed", typed)];
                Either::Right(view! {
                    <ActionForm action=change><Again fields words=put_back() pending=change.pending()/></ActionForm>
                })
            }
        };
        Some(view! {
            <div class="alert alert-info flex flex-wrap items-center gap-3" role="status" id=UNDO>
                <div class="min-w-0 wrap-anywhere">
                    <p>{said}</p>
                    {leaves_server.then(|| view! { <p class="text-sm">{kept(locale)}</p> })}
                </div>
                <FormError error fields=&[]/>
                {form}
            </div>
        })
    }
}

/// Says which mini programs were removed, and registers each again.
#[component]
pub fn Removed(
    /// Which, the latest first.
    removed: Vec<RemovedProgram>,
    /// Registers one again. It outlives these offers, which are drawn anew with the list.
    restore: ServerAction<RestoreProgram>,
) -> impl IntoView {
    let locale = use_locale();
    let error = Signal::derive(move || restore.value().get().and_then(Result::err));
    let offer = |RemovedProgram { id, name, entries }| {
        let fields = vec![("id", id.to_string())];
        let put_back = td_string!(locale, programs.undo.put_back).to_owned();
        let label = td_string!(locale, programs.undo.put_back_program, name = name.clone());
        view! {
            <li class="flex flex-wrap items-center gap-3">
                <p class="min-w-0 wrap-anywhere">{td_string!(locale, programs.undo.program, name = name, count = entries)}</p>
                <ActionForm action=restore><Again fields words=put_back label pending=restore.pending()/></ActionForm>
            </li>
        }
    };
    view! {
        <div class="alert alert-info flex flex-wrap items-center gap-3" role="status" id=UNDO>
            <ul class="flex min-w-0 flex-col gap-2">{removed.into_iter().map(offer).collect_view()}</ul>
            <FormError error fields=&[]/>
        </div>
    }
    .into_any()
}

/// What becomes of a server that no entry names any more.
fn kept(locale: Locale) -> String {
    td_string!(locale, programs.undo.kept, days = UNNAMED_DAYS)
}

fn said(undo: &Undo, locale: Locale) -> String {
    match undo {
        Undo::Removed(entry) => {
            let (entry, list) = (entry.to_string(), words::api(entry.api(), locale));
            td_string!(locale, programs.undo.removed, entry = entry, list = list)
        }
        Undo::Changed { was, now, .. } if was.api() == now.api() => {
            td_string!(locale, programs.undo.changed, was = was.to_string(), now = now.to_string())
        }
        Undo::Changed { was, now, .. } => {
            let (from, to) = (words::api(was.api(), locale), words::api(now.api(), locale));
            let (was, now) = (was.to_string(), now.to_string());
            if was == now {
                td_string!(locale, programs.undo.moved, entry = was, from = from, to = to)
            } else {
                td_string!(locale, programs.undo.moved_as, entry = was, from = from, to = to, now = now)
            }
        }
    }
}

/// Whether an entry names a server no more that it did before.
fn leaves_server(undo: &Undo) -> bool {
    match undo {
        Undo::Removed(entry) => entry.endpoint().is_some(),
        Undo::Changed { was, now, .. } => was.endpoint().is_some_and(|server| now.endpoint() != Some(server)),
    }
}

/// What an entry was, as it would be typed over what it is: the scheme changes along with the list.
fn typed_back(was: &DomainEntry, now: &DomainEntry) -> String {
    moved(&was.to_string(), was.api(), now.api())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use model::{Api, service::EntryId};

    use super::*;

    fn entry(api: Api) -> DomainEntry {
        let scheme = api.scheme().map_or_else(String::new, |scheme| format!("{scheme}://"));
        DomainEntry::parse(api, &format!("{scheme}a.example.com")).unwrap()
    }

    #[test]
    fn an_entry_goes_back_to_the_list_it_came_from() {
        for (from, to) in Api::ALL.into_iter().flat_map(|from| Api::ALL.map(|to| (from, to))) {
            let (was, now) = (entry(from), entry(to));
            assert_eq!(moved(&typed_back(&was, &now), to, from), was.to_string(), "{from} {to}");
        }
    }

    #[test]
    fn what_has_become_of_an_entry_is_said() {
        let told = |api| said(&Undo::Changed { id: EntryId(1), was: entry(Api::Request), now: entry(api) }, Locale::en);
        let (socket, upload) = (told(Api::Socket), told(Api::Upload));
        assert!(
            socket.starts_with("Moved https://a.example.com ") && socket.contains(" wss://a.example.com"),
            "{socket}"
        );
        assert_eq!(upload.matches("://a.example.com").count(), 1, "{upload}");
    }

    #[test]
    fn a_server_is_left_by_what_names_it_no_more() {
        let request = |text: &str| DomainEntry::parse(Api::Request, text).unwrap();
        let (a, b) = (request("https://a.example.com"), request("https://b.example.com"));
        let changed = |was: &DomainEntry, now: &DomainEntry| {
            leaves_server(&Undo::Changed { id: EntryId(1), was: was.clone(), now: now.clone() })
        };
        assert!(leaves_server(&Undo::Removed(a.clone())) && !leaves_server(&Undo::Removed(entry(Api::Udp))));
        assert!(changed(&a, &b) && changed(&a, &entry(Api::Udp)));
        assert!(!changed(&a, &entry(Api::Socket)) && !changed(&entry(Api::Udp), &a));
    }
}
