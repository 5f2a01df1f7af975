//! What a record is worth, as people see it: a shape, a word and a colour.

use leptos::prelude::*;
use model::{Verdict, icp::Standing};

use crate::{
    preferences::use_locale,
    verdict::{badge_class, with_icon},
    words,
};

/// A standing as a badge: icon and word.
#[component]
pub fn StandingBadge(
    /// What to show.
    standing: Standing,
) -> impl IntoView {
    let locale = use_locale();
    let verdict = match standing {
        Standing::NotFiled => Verdict::Fail,
        Standing::Stale | Standing::Pending => Verdict::Warn,
        Standing::Unknown => Verdict::Unknown,
        Standing::Filed => Verdict::Pass,
    };
    view! {
        <span class=format!("badge gap-1 whitespace-nowrap {}", badge_class(verdict)) data-standing=standing.as_str()
            inner_html=with_icon(verdict, words::icp::standing(standing, locale))></span>
    }
}
