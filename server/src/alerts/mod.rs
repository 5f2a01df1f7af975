//! Alerts: recipients, the outbox of what they are to be told, and the mailer that empties it.

mod mailer;
pub(crate) mod notices;
pub(crate) mod outbox;
pub(crate) mod recipients;
pub(crate) mod settings;
mod smtp;

use std::sync::Arc;

use async_trait::async_trait;
use model::{
    accounts::{Actor, Permission},
    alerts::{
        Alerts, EmailAddress, Language, ListedNotice, MailChange, MailServer, MailSettings, PublicUrl, Recipient,
        Secret,
    },
    paging::Page,
    service::{ProgramId, RecipientId, ServiceResult},
};
use probe::NetworkPolicy;
use tokio::sync::{Mutex, Notify};

use self::mailer::Rest;
use crate::{clock::Clock, store::Store};

/// Tells people by mail. Cheap to clone; clones share everything.
#[derive(Clone, Debug)]
pub struct Post(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    store: Store,
    clock: Clock,
    /// How mail leaves, if the environment says so.
    environment: Option<Outgoing>,
    /// Where a mail server that was named in the console may be.
    policy: NetworkPolicy,
    bell: Bell,
    /// Of the mail server, if it took nothing from anybody when it was last asked.
    rest: Mutex<Option<Rest>>,
}

/// How mail leaves, with everything that is needed to send it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// Where it is handed in.
    pub server: MailServer,
    /// The password to log in with.
    pub password: Option<Secret>,
    /// Whom it is from.
    pub sender: EmailAddress,
    /// Where the links in it lead.
    pub public_url: Option<PublicUrl>,
}

/// Wakes the mailer when there is something to tell. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Bell(Arc<Notify>);

impl Bell {
    /// Wakes the mailer, now or when it next goes to sleep.
    pub(crate) fn ring(&self) {
        self.0.notify_one();
    }
}

impl Post {
    /// Mail as `environment` says, or else as it is set in the console.
    pub fn new(store: Store, clock: Clock, environment: Option<Outgoing>, policy: NetworkPolicy, bell: Bell) -> Self {
        Self(Arc::new(Inner { store, clock, environment, policy, bell, rest: Mutex::default() }))
    }
}

#[async_trait]
impl Alerts for Post {
    async fn recipients(&self, program: ProgramId, actor: &Actor) -> ServiceResult<Vec<Recipient>> {
        actor.require(Permission::View)?;
        Ok(self.0.recipients_of(program).await?)
    }

    async fn add_recipient(
        &self,
        program: ProgramId,
        address: EmailAddress,
        language: Language,
        actor: &Actor,
    ) -> ServiceResult<()> {
        actor.require(Permission::Edit)?;
        Ok(self.0.insert_recipient(program, &address, language, actor).await?)
    }

    async fn remove_recipient(&self, program: ProgramId, id: RecipientId, actor: &Actor) -> ServiceResult<()> {
        actor.require(Permission::Edit)?;
        Ok(self.0.delete_recipient(program, id, actor).await?)
    }

    async fn notices(&self, page: u32, actor: &Actor) -> ServiceResult<Page<ListedNotice>> {
        actor.require(Permission::View)?;
        Ok(self.0.listed(page).await?)
    }

    async fn any_stuck(&self, actor: &Actor) -> ServiceResult<bool> {
        actor.require(Permission::View)?;
        Ok(self.0.any_stuck().await?)
    }

    async fn try_again(&self, actor: &Actor) -> ServiceResult<u64> {
        actor.require(Permission::Edit)?;
        Ok(self.0.make_due(actor).await?)
    }

    async fn mail_settings(&self, actor: &Actor) -> ServiceResult<MailSettings> {
        actor.require(Permission::View)?;
        Ok(self.0.settings().await?)
    }

    async fn change_mail_settings(&self, change: MailChange, actor: &Actor) -> ServiceResult<()> {
        actor.require(Permission::Administer)?;
        Ok(self.0.change_settings(change, actor).await?)
    }

    async fn send_test(&self, to: EmailAddress, language: Language, actor: &Actor) -> ServiceResult<()> {
        actor.require(Permission::Administer)?;
        Ok(self.0.test(&to, language, actor).await?)
    }
}
