//! Alerts: who is told by mail that a certificate ends or that a server begins to fail, and what
//! became of each mail.

mod email;
mod failure;
mod notice;
mod server;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

pub use self::{
    email::{EmailAddress, EmailAddressError},
    failure::{MailFailure, Obstacle},
    notice::{ListedNotice, NOTICE_KEPT_FOR, Notice, NoticeState, Recovery, STEPS, step},
    server::{
        MailChange, MailParts, MailServer, MailSettings, MailUrlError, PublicUrl, PublicUrlError, Secret, Security,
        ServerParts,
    },
};
use crate::{
    accounts::Actor,
    finding::UnknownWord,
    paging::Page,
    service::{ProgramId, RecipientId, ServiceResult},
};

/// Most recipients of one mini program.
pub const RECIPIENTS_MOST: usize = 50;

/// Longest that a mail server has for a mail, from the look-up of its address on, in seconds.
pub const MAIL_TAKES_SECONDS_MOST: u64 = 40;

/// Mails, and who gets them.
#[async_trait]
pub trait Alerts: Send + Sync {
    /// Who is told of what concerns a mini program, in the order of their addresses.
    async fn recipients(&self, program: ProgramId, actor: &Actor) -> ServiceResult<Vec<Recipient>>;

    /// Tells one more.
    ///
    /// # Errors
    /// [`crate::service::ServiceError::Invalid`] when the address is told already.
    async fn add_recipient(
        &self,
        program: ProgramId,
        address: EmailAddress,
        language: Language,
        actor: &Actor,
    ) -> ServiceResult<()>;

    /// Tells one less. What they were still to be told is dropped, unless another mini program has
    /// them among its recipients.
    async fn remove_recipient(&self, program: ProgramId, id: RecipientId, actor: &Actor) -> ServiceResult<()>;

    /// What was told and what is still to be told, newest first.
    async fn notices(&self, page: u32, actor: &Actor) -> ServiceResult<Page<ListedNotice>>;

    /// Whether there is anything to try again.
    async fn any_stuck(&self, actor: &Actor) -> ServiceResult<bool>;

    /// Tries everything again now that the mail server did not take: what waits after that, and what was
    /// given up for it; and what was given up untried, if that is not too old. How many notices that are.
    async fn try_again(&self, actor: &Actor) -> ServiceResult<u64>;

    /// How mail leaves, without its password.
    async fn mail_settings(&self, actor: &Actor) -> ServiceResult<MailSettings>;

    /// Changes how mail leaves.
    ///
    /// # Errors
    /// [`crate::service::ServiceError::Conflict`] when somebody else changed it in between, and when
    /// the environment decides.
    async fn change_mail_settings(&self, change: MailChange, actor: &Actor) -> ServiceResult<()>;

    /// Sends a mail now, and says what the mail server answered.
    ///
    /// # Errors
    /// [`crate::service::ServiceError::Invalid`] with the words of the mail server.
    async fn send_test(&self, to: EmailAddress, language: Language, actor: &Actor) -> ServiceResult<()>;
}

/// Somebody who is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recipient {
    /// Its id.
    pub id: RecipientId,
    /// Where to.
    pub address: EmailAddress,
    /// In which language.
    pub language: Language,
}

/// The language of a mail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Language {
    /// Simplified Chinese.
    #[default]
    #[serde(rename = "zh-CN")]
    Chinese,
    /// English.
    #[serde(rename = "en")]
    English,
}

impl Language {
    /// Every language.
    pub const ALL: [Self; 2] = [Self::Chinese, Self::English];

    /// The language tag (RFC 5646).
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Chinese => "zh-CN",
            Self::English => "en",
        }
    }
}

impl std::str::FromStr for Language {
    type Err = UnknownWord;

    fn from_str(tag: &str) -> Result<Self, UnknownWord> {
        Self::ALL.into_iter().find(|known| known.as_str() == tag).ok_or_else(|| UnknownWord(tag.to_owned()))
    }
}
