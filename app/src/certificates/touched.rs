//! Whom a certificate touches, and who must act when it ends; what it is called where it is one of many.

use leptos::prelude::*;
use model::{
    certificates::{ProgramName, list::CertificateRow},
    programs::Owner,
};

use super::words::short_name;
use crate::{i18n::*, preferences::use_locale, words};

/// Mini programs, as links.
#[component]
pub fn Programs(
    /// Some of them.
    programs: Vec<ProgramName>,
    /// How many there are.
    total: u32,
) -> impl IntoView {
    let locale = use_locale();
    let more = is_more(total, programs.len());
    let links = programs.into_iter().map(|program| {
        view! { <a class="link block py-1" href=format!("/programs/{}", program.id)>{program.name}</a> }
    });
    view! {
        {links.collect_view()}
        {(total == 0).then(|| td_string!(locale, certificates.list.no_programs))}
        {more.then(|| view! {
            <span class="text-base-content/80">{td_string!(locale, certificates.list.more_programs, count = total)}</span>
        })}
    }
}

/// The owners of those mini programs, and for how many of them there is none.
#[component]
pub fn Owners(
    /// Some of them.
    owners: Vec<Owner>,
    /// How many there are.
    total: u32,
    /// Mini programs without one.
    unowned: u32,
) -> impl IntoView {
    let locale = use_locale();
    let more = is_more(total, owners.len());
    let nobody = owners.is_empty();
    let names =
        owners.into_iter().map(|owner| view! { <span class="block py-1">{words::owner(&owner, locale)}</span> });
    view! {
        {names.collect_view()}
        {more.then(|| view! {
            <span class="block text-base-content/80">{td_string!(locale, certificates.list.more_owners, count = total)}</span>
        })}
        {nobody.then(|| view! { <span class="text-base-content/80">{td!(locale, certificates.list.no_owner)}</span> })}
        {(unowned > 0 && !nobody).then(|| view! {
            <span class="block text-base-content/80">{td_string!(locale, certificates.list.unowned, count = unowned)}</span>
        })}
    }
}

/// The first of its names, else what its subject says, else its fingerprint.
pub fn name_of(certificate: &CertificateRow) -> String {
    let CertificateRow { sha256, names, subject, .. } = certificate;
    match names.first() {
        Some(name) => name.clone(),
        None if subject.is_empty() => sha256.to_string(),
        None => short_name(subject),
    }
}

fn is_more(total: u32, shown: usize) -> bool {
    usize::try_from(total).is_ok_and(|total| total > shown)
}
