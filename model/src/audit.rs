//! The audit log: append-only, one entry for every write, in the write's own transaction.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// One line of the audit log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// When.
    pub at: Timestamp,
    /// Log-in name of the person; none for Hufu itself.
    pub actor: Option<String>,
    /// What was done.
    pub action: Action,
    /// What it was done to, such as `program 3` or `entry https://a.example`.
    pub object: String,
    /// The object before, as JSON; none when it was made.
    pub before: Option<String>,
    /// The object after, as JSON; none when it was removed.
    pub after: Option<String>,
}

macro_rules! actions {
    ($($variant:ident => $dotted:literal, $doc:literal;)+) => {
        /// What was done. The dotted form is stored: add, never rename.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        pub enum Action {
            $(#[doc = $doc] #[serde(rename = $dotted)] $variant,)+
        }

        impl Action {
            /// The stored form.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $dotted),+ }
            }
        }
    };
}

actions! {
    AccountLink => "account.link", "A link that makes the first account was printed.";
    AccountSetUp => "account.set_up", "The first account was made.";
    AccountAdd => "account.add", "An account was made for somebody.";
    AccountChange => "account.change", "It was changed what somebody may do.";
    AccountPassword => "account.password", "Somebody chose a password.";
    SessionStart => "session.start", "Somebody logged in.";
    SessionRefused => "session.refused", "Somebody failed to log in.";
    SessionEnd => "session.end", "Somebody logged out.";
    ProgramAdd => "program.add", "A mini program was registered.";
    ProgramChange => "program.change", "A mini program's settings were changed.";
    ProgramRemove => "program.remove", "A mini program was removed with its entries.";
    EntryAdd => "entry.add", "A domain entry was added.";
    EntryChange => "entry.change", "A domain entry was changed, or moved to another list.";
    EntryRemove => "entry.remove", "A domain entry was removed.";
    IcpChange => "icp.change", "An ICP record was written.";
    RecipientAdd => "recipient.add", "Somebody is told of what concerns a mini program from now on.";
    RecipientRemove => "recipient.remove", "Somebody is not told any more.";
    MailChange => "mail.change", "It was changed how mail leaves.";
    MailTest => "mail.test", "Somebody tried whether mail leaves.";
    NoticeWrite => "notice.write", "There is something to tell somebody.";
    NoticeSend => "notice.send", "Somebody was told.";
    NoticeGiveUp => "notice.give_up", "Somebody could not be told.";
    NoticeRetry => "notice.retry", "Somebody asked to try again what could not be told.";
    ProbeStart => "probe.start", "Somebody started a probe.";
    ProbeCancel => "probe.cancel", "Somebody called a probe off.";
    ProbeStore => "probe.store", "The result of a probe was stored.";
}
