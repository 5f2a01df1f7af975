//! The typed door to imports.

// #[server] makes a struct of each function's arguments and cannot document its fields.
#![allow(missing_docs)]

use leptos::prelude::*;
#[cfg(feature = "ssr")]
use leptos::server_fn::ServerFn as _;
use model::{
    programs::{
        choice::Offer,
        import::{ImportError, ImportOptions},
    },
    service::DraftId,
};
use serde::{Deserialize, Serialize};

use super::shown::ShownPlan;
use crate::{error::AppError, wire::Json};

/// What the page of an import shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportData {
    /// The mini programs to choose from.
    pub offer: Offer,
    /// The text that is read, if there is one.
    pub read: Option<TextRead>,
}

/// A text and what would become of the register by it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextRead {
    /// The text; none when it is too long to be shown.
    pub text: Option<String>,
    /// What would be done; none where that cannot be said yet.
    pub plan: Option<Result<ShownPlan, ImportError>>,
}

/// What would become of the register by the text that was kept. `called` is what was typed for a mini program and is
/// none: then nothing is planned.
#[server(endpoint = "/programs/import-page", output = Json)]
pub async fn import_page(
    draft: Option<DraftId>,
    options: ImportOptions,
    called: Option<String>,
) -> Result<ImportData, AppError> {
    let actor = crate::context::require(model::accounts::Permission::Edit)?;
    let services = crate::context::services();
    let offer = services.programs.offer(options.program, called.as_deref(), &actor).await?;
    let Some(draft) = draft else { return Ok(ImportData { offer, read: None }) };
    let text = services.drafts.draft(draft, &actor).await?;
    let request = model::programs::import::ImportRequest { text, options };
    let plan = match called {
        Some(_) => None,
        None => Some(services.programs.dry_run(&request, &actor).await?.map(ShownPlan::from)),
    };
    let text = Some(request.text).filter(|text| text.len() <= SHOWN_MOST);
    Ok(ImportData { offer, read: Some(TextRead { text, plan }) })
}

/// Does what the dry run has shown, and tells how much that was.
#[server(endpoint = "/programs/import", output = Json)]
pub async fn apply_import(draft: DraftId, options: ImportOptions, digest: String) -> Result<(), AppError> {
    use super::query::ImportQuery;

    let actor = crate::context::require(model::accounts::Permission::Edit)?;
    let services = crate::context::services();
    let text = services.drafts.draft(draft, &actor).await?;
    let request = model::programs::import::ImportRequest { text, options };
    match services.programs.import(&request, &digest, &actor).await {
        Ok(done) => {
            leptos_axum::redirect(&ImportQuery { done: Some(done), ..ImportQuery::default() }.link());
            Ok(())
        }
        Err(error) => {
            let page = ImportQuery { draft: Some(draft), options, ..ImportQuery::default() }.link();
            Err(crate::drafts::back_with(&page, "plan", ApplyImport::PATH, error.into()))
        }
    }
}

/// Most bytes of a text that are shown once more.
#[cfg(feature = "ssr")]
const SHOWN_MOST: usize = 64 * 1024;
