//! Addresses of electronic mail.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::Host;

/// Most octets of the part before the `@` (RFC 5321 section 4.5.3.1.1).
const LOCAL_MOST: usize = 64;

/// An address in the plain form that mail servers agree on: a dot-string and a domain name (RFC
/// 5321 section 4.1.2). Quoted local parts, comments and address literals are not accepted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EmailAddress(String);

impl EmailAddress {
    /// The address in lower case, its domain in A-label form.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands after the `@`.
    pub fn domain(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(_, domain)| domain)
    }
}

impl FromStr for EmailAddress {
    type Err = EmailAddressError;

    fn from_str(text: &str) -> Result<Self, EmailAddressError> {
        let (local, domain) = text.trim().rsplit_once('@').ok_or(EmailAddressError::NoAt)?;
        if local.len() > LOCAL_MOST {
            return Err(EmailAddressError::TooLong);
        }
        if local.split('.').any(str::is_empty) {
            return Err(EmailAddressError::Local);
        }
        if let Some(character) = local.chars().find(|character| *character != '.' && !is_atom(*character)) {
            return Err(EmailAddressError::Character(character));
        }
        let domain: Host = domain.parse().map_err(|_| EmailAddressError::Domain)?;
        // A name of one label is some machine of a local network, which no relay delivers to.
        if !domain.as_str().contains('.') {
            return Err(EmailAddressError::Domain);
        }
        // RFC 5321 lets a host tell capitals apart; none does, and people type them at random.
        Ok(Self(format!("{}@{domain}", local.to_ascii_lowercase())))
    }
}

/// `atext` of RFC 5322 section 3.2.3.
fn is_atom(character: char) -> bool {
    character.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(character)
}

/// Why a text is no address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EmailAddressError {
    /// Nothing separates a name from a domain.
    #[error("the address has no @")]
    NoAt,
    /// More than 64 octets before the `@`.
    #[error("the part before the @ is too long")]
    TooLong,
    /// Nothing before the `@`, or an empty part between dots.
    #[error("the part before the @ is empty or has a dot too many")]
    Local,
    /// A character that needs quotes.
    #[error("the character {0:?} is not allowed before the @")]
    Character(char),
    /// What follows the `@` is no domain name.
    #[error("what follows the @ is no domain name")]
    Domain,
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<EmailAddress> for String {
    fn from(address: EmailAddress) -> Self {
        address.0
    }
}

impl TryFrom<String> for EmailAddress {
    type Error = EmailAddressError;

    fn try_from(text: String) -> Result<Self, EmailAddressError> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_dot_string_and_a_domain() {
        use EmailAddressError::{Character, Domain, Local, NoAt, TooLong};

        let long = format!("{}@a.example", "x".repeat(65));
        for (typed, expected) in [
            (" Li.Wei+ops@Mail.Example.COM ", Ok("li.wei+ops@mail.example.com")),
            ("ops@例子.中国", Ok("ops@xn--fsqu00a.xn--fiqs8s")),
            ("o'neil@a.example", Ok("o'neil@a.example")),
            ("", Err(NoAt)),
            ("ops", Err(NoAt)),
            ("@a.example", Err(Local)),
            ("a..b@a.example", Err(Local)),
            (".a@a.example", Err(Local)),
            ("a b@a.example", Err(Character(' '))),
            ("a\r\nBcc:x@a.example", Err(Character('\r'))),
            ("\"a b\"@a.example", Err(Character('"'))),
            ("a@b@a.example", Err(Character('@'))),
            ("李@a.example", Err(Character('李'))),
            ("a@", Err(Domain)),
            ("a@localhost", Err(Domain)),
            ("a@[192.0.2.1]", Err(Domain)),
            ("a@192.0.2.1", Err(Domain)),
            (long.as_str(), Err(TooLong)),
        ] {
            assert_eq!(
                typed.parse::<EmailAddress>().as_ref().map(EmailAddress::as_str),
                expected.as_ref().copied(),
                "{typed:?}"
            );
        }
    }

    proptest::proptest! {
        #[test]
        fn an_address_reads_back_and_never_breaks_a_header(typed in "\\PC{0,40}@\\PC{0,40}") {
            if let Ok(address) = typed.parse::<EmailAddress>() {
                assert_eq!(address.as_str().parse(), Ok(address.clone()));
                assert!(address.as_str().is_ascii() && !address.as_str().contains(char::is_control));
            }
        }
    }
}
