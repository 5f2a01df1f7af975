//! Drafts: what was typed, kept for its author alone, for an hour at most.

use async_trait::async_trait;
use model::{
    accounts::{Actor, Permission},
    drafts::{DRAFT_MOST, DRAFTS_MOST, Drafts, KEPT_SECONDS},
    service::{DraftId, Field, Problem, ServiceError, ServiceResult},
};

use crate::{
    clock::Clock,
    store::{Failure, Store, statements},
};

/// The drafts of everybody.
#[derive(Debug)]
pub struct Desk {
    store: Store,
    clock: Clock,
}

impl Desk {
    /// The drafts in `store`.
    pub fn new(store: Store, clock: Clock) -> Self {
        Self { store, clock }
    }

    /// Forgets what was kept too long ago, whoever kept it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forget_old(&self) -> ServiceResult<()> {
        Ok(self.clear().await?)
    }

    async fn clear(&self) -> Result<(), Failure> {
        let mut write = self.store.write().await?;
        sqlx::query(FORGET).bind(self.clock.now().as_second()).execute(&mut *write).await?;
        write.commit_housekeeping().await
    }

    async fn write(&self, typed: &str, actor: &Actor) -> Result<DraftId, Failure> {
        let now = self.clock.now().as_second();
        let mut write = self.store.write().await?;
        sqlx::query(FORGET).bind(now).execute(&mut *write).await?;
        let (id,): (i64,) =
            sqlx::query_as(KEEP).bind(actor.id.0).bind(typed).bind(now + KEPT_SECONDS).fetch_one(&mut *write).await?;
        let most = i64::try_from(DRAFTS_MOST).unwrap_or(i64::MAX);
        sqlx::query(MAKE_ROOM).bind(actor.id.0).bind(most).execute(&mut *write).await?;
        write.commit_housekeeping().await?;
        Ok(DraftId(id))
    }

    async fn read(&self, id: DraftId, actor: &Actor) -> Result<String, Failure> {
        let mut read = self.store.read().await?;
        let typed: Option<String> = sqlx::query_scalar(DRAFT)
            .bind(id.0)
            .bind(actor.id.0)
            .bind(self.clock.now().as_second())
            .fetch_optional(&mut *read)
            .await?;
        typed.ok_or(ServiceError::invalid(Field::Draft, Problem::Gone).into())
    }
}

#[async_trait]
impl Drafts for Desk {
    async fn keep(&self, typed: String, actor: &Actor) -> ServiceResult<DraftId> {
        actor.require(Permission::View)?;
        if typed.len() > DRAFT_MOST {
            return Err(ServiceError::invalid(Field::Draft, Problem::TooLong { most: DRAFT_MOST }));
        }
        Ok(self.write(&typed, actor).await?)
    }

    async fn draft(&self, id: DraftId, actor: &Actor) -> ServiceResult<String> {
        actor.require(Permission::View)?;
        Ok(self.read(id, actor).await?)
    }
}

statements! {
    FORGET = "DELETE FROM drafts WHERE kept_until <= $1";

    KEEP = "INSERT INTO drafts (author, typed, kept_until) VALUES ($1, $2, $3) RETURNING id";

    MAKE_ROOM = "
        DELETE FROM drafts WHERE author = $1 AND id NOT IN
            (SELECT id FROM drafts WHERE author = $1 ORDER BY id DESC LIMIT $2)";

    DRAFT = "SELECT typed FROM drafts WHERE id = $1 AND author = $2 AND kept_until > $3";
}
