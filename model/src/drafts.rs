//! What somebody typed into a form, on its way from one page to the next where the URL is too short
//! for it and no script runs that could keep it.

use async_trait::async_trait;

use crate::{
    accounts::Actor,
    service::{DraftId, ServiceResult},
};

/// How long a draft is kept at most, in seconds.
pub const KEPT_SECONDS: i64 = 3600;

/// Most drafts of one person; the oldest make room.
pub const DRAFTS_MOST: usize = 10;

/// Most bytes of one draft.
pub const DRAFT_MOST: usize = 1024 * 1024;

/// Keeps what was typed for its author alone.
#[async_trait]
pub trait Drafts: Send + Sync {
    /// Keeps it for [`KEPT_SECONDS`], or until its author has [`DRAFTS_MOST`] newer ones.
    ///
    /// # Errors
    /// [`crate::service::ServiceError::Invalid`] when it is longer than [`DRAFT_MOST`].
    async fn keep(&self, typed: String, actor: &Actor) -> ServiceResult<DraftId>;

    /// What was typed.
    ///
    /// # Errors
    /// [`crate::service::ServiceError::Invalid`] with `Gone` when it was kept too long ago, has made
    /// room, or was kept by somebody else.
    async fn draft(&self, id: DraftId, actor: &Actor) -> ServiceResult<String>;
}
