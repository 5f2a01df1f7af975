//! An entry that was just removed, and the way to put it back.

use leptos::prelude::*;
use leptos_router::hooks::use_location;
use model::{Api, DomainEntry, service::ProgramId};

use super::api::{AddEntries, RemoveEntry};
use crate::{
    components::FormError,
    i18n::*,
    preferences::use_locale,
    query::{parsed, value},
    toast, words,
};

/// The query that offers to put an entry back, for a page loaded anew.
#[cfg(any(feature = "ssr", test))]
pub(super) fn offer(removed: &DomainEntry) -> String {
    url::form_urlencoded::Serializer::new(String::new())
        .append_pair("removed", &removed.to_string())
        .append_pair("from", removed.api().as_str())
        .finish()
}

/// What the URL offers to put back.
fn offered(search: &str) -> Option<DomainEntry> {
    DomainEntry::parse(parsed::<Api>(search, "from")?, &value(search, "removed")?).ok()
}

/// Says what was removed last, and puts it back.
#[component]
pub fn Undo(
    /// The mini program.
    program: ProgramId,
    /// Removes entries.
    remove: ServerAction<RemoveEntry>,
    /// Called when it was put back.
    on_change: Callback<()>,
) -> impl IntoView {
    let locale = use_locale();
    let search = use_location().search;
    let add = ServerAction::<AddEntries>::new();
    let error = Signal::derive(move || add.value().get().and_then(Result::err));
    toast::say_when_done(add.value().into(), td_string!(locale, common.saved));
    Effect::new(move || {
        if let Some(Ok(_)) = add.value().get() {
            on_change.run(());
        }
    });
    let put_back = move || add.value().with(|value| matches!(value, Some(Ok(_))));
    // A further removal is offered again, whatever was put back before.
    Effect::new(move || {
        remove.version().track();
        add.value().set(None);
    });
    let removed = Memo::new(move |_| match remove.value().get() {
        Some(result) => result.ok(),
        None => search.with(|search| offered(search)),
    });
    move || {
        let removed = removed.get().filter(|_| !put_back())?;
        let api = removed.api();
        let said =
            td_string!(locale, programs.undo.removed, entry = removed.to_string(), list = words::api(api, locale));
        Some(view! {
            <div class="alert alert-info flex flex-wrap items-center gap-3" role="status">
                <span class="break-all">{said.to_string()}</span>
                <FormError error fields=&[]/>
                <ActionForm action=add>
                    <input type="hidden" name="id" value=program.to_string()/>
                    <input type="hidden" name="api" value=api.as_str()/>
                    <input type="hidden" name="lines" value=removed.to_string()/>
                    <button class="btn btn-sm" disabled=add.pending()>{td!(locale, programs.undo.put_back)}</button>
                </ActionForm>
            </div>
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn what_is_offered_reads_back() {
        let removed = DomainEntry::parse(Api::Socket, "wss://a.example:8443").unwrap();
        assert_eq!(offered(&format!("?{}", offer(&removed))), Some(removed));
        for nonsense in ["", "?removed=wss://a.example", "?removed=x&from=socket", "?removed=a.example&from=nowhere"] {
            assert_eq!(offered(nonsense), None, "{nonsense}");
        }
    }
}
