//! The first page.

use leptos::prelude::*;

/// Will it work on a phone, today?
#[component]
pub fn OverviewPage() -> impl IntoView {
    view! { <h1 class="page-title">"Overview"</h1> }
}
