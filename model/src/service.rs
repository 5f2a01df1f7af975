//! What every service trait shares: ids, who is asking, what may go wrong.
//!
//! The console's server functions authorise, call one of the traits of this crate, and map the
//! error; the server implements the traits. Neither knows the other.

use std::{fmt, num::ParseIntError, str::FromStr};

use serde::{Deserialize, Serialize};

/// The answer of a service.
pub type ServiceResult<T> = Result<T, ServiceError>;

/// Why a service did not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum ServiceError {
    /// Nobody is logged in.
    #[error("log in first")]
    Unauthenticated,
    /// The person's role lacks the right.
    #[error("the permission {0:?} is missing")]
    Forbidden(crate::accounts::Permission),
    /// What was named is not there, or not any more.
    #[error("not found")]
    NotFound,
    /// What a person sent cannot be accepted.
    #[error("{field:?}: {problem:?}")]
    Invalid {
        /// The form field at fault.
        field: Field,
        /// What is wrong with it.
        problem: Problem,
    },
    /// The same of several fields of one form.
    #[error("{0:?}")]
    InvalidFields(Vec<(Field, Problem)>),
    /// Somebody else changed the same thing in between.
    #[error("changed by somebody else in between")]
    Conflict,
    /// Too many attempts.
    #[error("too many attempts, try again in {retry_after_seconds} s")]
    RateLimited {
        /// How long to wait.
        retry_after_seconds: u64,
    },
    /// Hufu is at fault; the log has the details under this reference.
    #[error("internal error, reference {reference}")]
    Internal {
        /// Finds the log line.
        reference: String,
    },
}

impl ServiceError {
    /// A refused form field.
    pub const fn invalid(field: Field, problem: Problem) -> Self {
        Self::Invalid { field, problem }
    }

    /// This and what else is wrong with the same form. What is not about its fields stands alone.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let wrong = |error: Self| match error {
            Self::Invalid { field, problem } => Ok(vec![(field, problem)]),
            Self::InvalidFields(fields) => Ok(fields),
            alone => Err(alone),
        };
        match (wrong(self), wrong(other)) {
            (Ok(mut fields), Ok(more)) => {
                fields.extend(more);
                Self::InvalidFields(fields)
            }
            (Err(alone), _) | (_, Err(alone)) => alone,
        }
    }
}

/// Both of two parts of a form, or all that is wrong with either.
///
/// # Errors
/// What either has; see [`ServiceError::and`].
pub fn both<A, B>(one: ServiceResult<A>, other: ServiceResult<B>) -> ServiceResult<(A, B)> {
    match (one, other) {
        (Ok(one), Ok(other)) => Ok((one, other)),
        (Err(wrong), Ok(_)) | (Ok(_), Err(wrong)) => Err(wrong),
        (Err(wrong), Err(more)) => Err(wrong.and(more)),
    }
}

/// A form field, so that the page can put the answer beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// The one-time set-up link.
    SetupToken,
    /// A person's log-in name.
    Login,
    /// A password.
    Password,
    /// The password, typed again.
    PasswordAgain,
    /// The password until now.
    CurrentPassword,
    /// What somebody may do.
    Role,
    /// A mini program's AppID.
    AppId,
    /// A mini program's name.
    ProgramName,
    /// A limit of a mini program.
    Limit(crate::limits::Limit),
    /// Who answers for a mini program.
    Owner,
    /// What something is grouped by.
    Tags,
    /// The addresses that an endpoint is looked for at.
    FixedAddresses,
    /// The name that an endpoint is asked for.
    ServerName,
    /// The rows that were chosen.
    Selection,
    /// One or many domain entries.
    Entries,
    /// An ICP number.
    IcpNumber,
    /// An address of electronic mail that is told something.
    Recipient,
    /// Name or address of the mail server.
    MailHost,
    /// Port of the mail server.
    MailPort,
    /// The name to log in to the mail server with.
    MailUser,
    /// The password to log in to the mail server with.
    MailPassword,
    /// Whom mails are from.
    MailSender,
    /// Where the links in mails lead.
    PublicUrl,
    /// The name of the holder of a filing.
    IcpHolder,
    /// The day on which a filing was confirmed.
    IcpDate,
    /// One or many lines that tell of filings.
    Filings,
    /// Hours from one probe to the next.
    ProbeEvery,
    /// How many are probed at the same time.
    AtOnce,
    /// Ranges of special addresses.
    Networks,
    /// Days after which the record of a filing is stale.
    StaleAfter,
    /// Certificates, pasted or uploaded.
    CertificateFile,
    /// The name that a certificate must be for.
    Host,
    /// What was typed, to be kept for the next page.
    Draft,
    /// The name of a verification file.
    FileName,
    /// What a verification file holds.
    FileContent,
}

/// What is wrong with a form field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Problem {
    /// It is empty.
    Empty,
    /// It has more characters than allowed.
    TooLong {
        /// The most characters allowed.
        most: usize,
    },
    /// A part of it between two dots has more characters than DNS permits.
    PartTooLong {
        /// The most characters allowed.
        most: usize,
    },
    /// It has fewer characters than needed.
    TooShort {
        /// The fewest characters allowed.
        least: usize,
    },
    /// It has a character that is not allowed.
    Character(char),
    /// It does not have the shape it must have.
    Malformed,
    /// It is not within the bounds.
    OutOfRange {
        /// Smallest value.
        least: u32,
        /// Largest value.
        most: u32,
    },
    /// It holds no chain of certificates.
    NoCertificates(crate::tools::NoCertificates),
    /// This word in it is no network and no address.
    NoNetwork(String),
    /// A range in it has bits beyond its prefix.
    HostBits {
        /// As typed.
        range: String,
        /// Without those bits.
        network: String,
        /// The range of the address alone.
        address: String,
    },
    /// One or several ranges in it hold all of this one, which is every address there is.
    EveryAddress(String),
    /// It has not come yet.
    InFuture,
    /// It was kept for a while and is not there any more.
    Gone,
    /// It is taken already.
    Taken,
    /// It is of the passwords that are guessed first: one piece again and again, letters or digits in a row, or not much
    /// more than the log-in name.
    GuessedFirst,
    /// The two do not agree.
    Different,
    /// Nobody would be left who may administer.
    LastAdministrator,
    /// Whose account it is may not come in.
    ShutOut,
    /// Log-in name and password do not belong together.
    WrongCredentials,
    /// The link was used already, or is not the one printed.
    LinkInvalid,
    /// So many of the pasted lines cannot be accepted; nothing was saved.
    LinesRefused {
        /// How many.
        count: usize,
    },
    /// A rule of WeChat's forbids it.
    AgainstRules {
        /// Which one.
        code: crate::Code,
        /// What would be allowed instead, where that is obvious.
        suggestion: Option<String>,
    },
    /// There are as many of them as there may be.
    TooMany {
        /// The most allowed.
        most: usize,
    },
    /// It would send the password in the clear.
    Unprotected,
    /// It reaches so far that it has to be confirmed.
    Unconfirmed,
    /// It is a wildcard where one host is meant.
    Wildcard,
    /// Something in it is no IP address.
    NotAnAddress {
        /// What.
        typed: String,
    },
    /// The address is one that Hufu may not connect to.
    AddressNotAllowed {
        /// Which.
        address: std::net::IpAddr,
    },
    /// A mail to try it with did not go out.
    MailNotTaken(crate::alerts::MailFailure),
}

macro_rules! ids {
    ($($name:ident => $doc:literal;)+) => {$(
        #[doc = $doc]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = ParseIntError;

            fn from_str(text: &str) -> Result<Self, ParseIntError> {
                text.parse().map(Self)
            }
        }
    )+};
}

ids! {
    ProgramId => "A mini program of the register.";
    EntryId => "A domain entry of the register.";
    EndpointId => "A host and port that is probed.";
    UserId => "A person with an account.";
    RecipientId => "Somebody who is told of what concerns a mini program.";
    NoticeId => "One thing that one person is to be told.";
    DraftId => "What somebody typed, kept for a while.";
    LinkId => "A link that was made, until it is shown.";
    TrialId => "One probe by another route, and its outcome.";
    RunId => "One \"probe now\" and its progress.";
}

#[cfg(test)]
mod tests {
    use super::{Field, Problem, ServiceError, ServiceResult, both};

    #[test]
    fn all_that_is_wrong_with_a_form_is_one_answer() {
        let wrong = |field| -> ServiceResult<u8> { Err(ServiceError::invalid(field, Problem::Empty)) };
        assert_eq!(both(Ok(1), Ok("a")), Ok((1, "a")));
        assert_eq!(both(Ok(1), wrong(Field::Host)), Err(ServiceError::invalid(Field::Host, Problem::Empty)));
        let three = both(both(wrong(Field::Host), wrong(Field::MailPort)), both(Ok(1), wrong(Field::Tags)));
        let fields = [Field::Host, Field::MailPort, Field::Tags].map(|field| (field, Problem::Empty));
        assert_eq!(three.err(), Some(ServiceError::InvalidFields(fields.to_vec())));
        let lost: ServiceResult<u8> = Err(ServiceError::Conflict);
        assert_eq!(both(wrong(Field::Host), lost).err(), Some(ServiceError::Conflict));
    }
}
