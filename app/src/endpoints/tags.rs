//! The tags of endpoints.

use leptos::prelude::*;
use model::{
    Tags,
    service::{EndpointId, Field},
    tag::{TAG_MOST, TAGS_MOST},
};

use super::{api::ChangeTags, query::tagged};
use crate::{
    components::{FormError, TextField},
    i18n::*,
    preferences::use_locale,
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
    /// As read.
    tags: Tags,
    /// Changes them. It outlives this form, which is drawn anew with what was saved.
    change: ServerAction<ChangeTags>,
) -> impl IntoView {
    let locale = use_locale();
    let error = Signal::derive(move || change.value().get().and_then(Result::err));
    let saved = move || change.value().with(|value| matches!(value, Some(Ok(()))));
    let help = td_string!(locale, endpoints.tags.help, most = TAGS_MOST, length = TAG_MOST);
    view! {
        <section class="panel flex flex-col gap-3" id="tags">
            <h2 class="text-lg font-semibold">{td!(locale, endpoints.tags.title)}</h2>
            <ActionForm action=change attr:class="flex max-w-xl flex-col gap-3">
                <FormError error fields=&[Field::Tags]/>
                <input type="hidden" name="id" value=id.to_string()/>
                <input type="hidden" name="before" value=tags.to_string()/>
                <TextField name="after" field=Field::Tags error value=tags.to_string() may_be_empty=true
                    label=td_string!(locale, endpoints.tags.label)
                    help=Signal::derive(move || help.clone())/>
                <div class="flex flex-wrap items-center gap-3">
                    <button class="btn btn-primary btn-sm" disabled=change.pending()>{td!(locale, common.save)}</button>
                    <span role="status">{move || saved().then(|| td_string!(locale, settings.saved))}</span>
                </div>
            </ActionForm>
        </section>
    }
    .into_any()
}
