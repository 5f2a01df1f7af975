//! The tags of endpoints.

use leptos::prelude::*;
use model::{
    Tags,
    service::{EndpointId, Field},
};

use super::{
    api::{ChangeTags, TAGS},
    query::tagged,
};
use crate::{
    clash::{Clash, Differs, Unsaved, differences, untold},
    components::{FormError, TextField, waits},
    drafts::Left,
    i18n::*,
    preferences::use_locale,
    words,
};

/// A badge a tag, each of which leads to all that carry it.
#[component]
pub fn TagBadges(
    /// The tags.
    tags: Tags,
) -> impl IntoView {
    let badges = tags.iter().map(|tag| {
        view! {
            <a class="badge badge-outline badge-sm h-auto min-h-6 max-w-full break-all" href=tagged(tag) data-tag=tag.to_string()>
                {tag.to_string()}
            </a>
        }
    });
    badges.collect_view()
}

/// The tags of one endpoint, to be changed by those who may.
#[component]
pub fn TagsForm(
    /// Whose tags.
    id: EndpointId,
    /// As read last.
    now: Signal<Tags>,
    /// Changes them. It outlives this form, which is drawn anew with what was saved.
    change: ServerAction<ChangeTags>,
    /// What was sent and is not saved.
    unsaved: Unsaved<ChangeTags>,
) -> impl IntoView {
    let locale = use_locale();
    let error = Signal::derive(move || change.value().get().and_then(Result::err));
    let told = Memo::new(move |_| {
        let typed = unsaved.get().filter(|typed| typed.id == id)?;
        let now = now.with(ToString::to_string);
        let label = td_string!(locale, endpoints.tags.label);
        let field = |now, yours| differences([Differs { name: "after", label, now, yours }]);
        (typed.before != now).then(|| field(now, typed.after))
    });
    let typed = unsaved.get_untracked().filter(|typed| typed.id == id).map(|typed| typed.after);
    let typed = typed.unwrap_or_else(|| now.with_untracked(ToString::to_string));
    view! {
        <section class="panel flex flex-col gap-3" id=TAGS>
            <h2 class="text-lg font-semibold">{td!(locale, endpoints.tags.title)}</h2>
            <Clash id="tags-clash" page=format!("/endpoints/{id}") told/>
            <ActionForm action=change attr:class="flex max-w-xl flex-col gap-3">
                <FormError error=untold(error, told) fields=&[Field::Tags] is_typed=true/>
                <input type="hidden" name="id" value=id.to_string()/>
                <input type="hidden" name="before" value=move || now.with(ToString::to_string)/>
                <TextField name="after" field=Field::Tags error value=typed may_be_empty=true
                    label=td_string!(locale, endpoints.tags.label)
                    help=Signal::derive(move || words::tags_help(locale))/>
                <div><button class="btn btn-primary btn-sm" aria-disabled=waits(change.pending())>{td!(locale, common.save)}</button></div>
            </ActionForm>
        </section>
    }
    .into_any()
}

/// The form that was refused before the page came.
pub(super) fn refused(id: EndpointId, left: &Left) -> Option<ChangeTags> {
    Some(ChangeTags { id, before: left.given("before")?, after: left.text("after") })
}
