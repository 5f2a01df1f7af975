//! The registrable domain that an ICP filing belongs to.

mod suffixes;

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::host::{Host, HostError, as_text, u_labels};

/// The domain that somebody registered, and files for: eTLD+1.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RegistrableDomain(String);

impl RegistrableDomain {
    /// The domain in A-label form.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The domain as its owner would write it.
    pub fn unicode(&self) -> String {
        u_labels(&self.0)
    }

    /// Reads what [`fmt::Display`] has written, in a browser, which has it from the server. The table of public
    /// suffixes was asked then, and is not asked again.
    fn written(text: &str) -> Result<Self, RegistrableDomainError> {
        let host = Host::written(text)?;
        if !host.as_str().contains('.') {
            return Err(RegistrableDomainError::NotRegistrable { instead: None });
        }
        Ok(Self(host.to_string()))
    }
}

impl TryFrom<Host> for RegistrableDomain {
    type Error = RegistrableDomainError;

    fn try_from(host: Host) -> Result<Self, RegistrableDomainError> {
        match host.registrable_domain() {
            Some(domain) if domain.0 == host.as_str() => Ok(domain),
            domain => Err(RegistrableDomainError::NotRegistrable { instead: domain.map(|domain| domain.0) }),
        }
    }
}

impl FromStr for RegistrableDomain {
    type Err = RegistrableDomainError;

    fn from_str(text: &str) -> Result<Self, RegistrableDomainError> {
        text.parse::<Host>()?.try_into()
    }
}

/// Why a text is no registrable domain.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RegistrableDomainError {
    /// It is no host name at all.
    #[error(transparent)]
    Host(#[from] HostError),
    /// It is a public suffix, or a host below a registrable domain.
    #[error("not a registrable domain; {}", .instead.as_deref().map_or("it is a public suffix".to_owned(), |domain| format!("the domain to file is {domain}")))]
    NotRegistrable {
        /// The registrable domain above it.
        instead: Option<String>,
    },
}

impl fmt::Display for RegistrableDomain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Host {
    /// The domain that is registered at a registrar, by the ICANN section of the Public Suffix
    /// List. Suffixes of its private section (such as `github.io` or `myqcloud.com`) are somebody's
    /// registered domain, and it is that somebody who files. A suffix that the list does not know is
    /// taken for one label (the list's own default rule). None for a public suffix itself.
    pub fn registrable_domain(&self) -> Option<RegistrableDomain> {
        let name = self.as_str();
        let mut dots = name.rmatch_indices('.').map(|(at, _)| at).skip(suffixes::labels(name) - 1);
        dots.next()?;
        let begin = dots.next().map_or(0, |dot| dot + 1);
        name.get(begin..).map(|domain| RegistrableDomain(domain.to_owned()))
    }
}

as_text!(RegistrableDomain);

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use super::*;

    #[test]
    fn a_filing_belongs_to_what_was_registered_at_a_registrar() {
        for (host, domain) in [
            ("api.example.com", Some("example.com")),
            ("a.b.example.com.cn", Some("example.com.cn")),
            ("example.com", Some("example.com")),
            ("someone.github.io", Some("github.io")),
            ("github.io", Some("github.io")),
            ("bucket.cos.ap-guangzhou.myqcloud.com", Some("myqcloud.com")),
            ("a.中国.cn", Some("xn--fiqs8s.cn")),
            ("公司.中国", Some("xn--55qx5d.xn--fiqs8s")),
            ("com.cn", None),
            ("com", None),
            ("good.hufu.test", Some("hufu.test")),
            ("localhost", None),
        ] {
            let host: Host = host.parse().expect(host);
            assert_eq!(host.registrable_domain().as_ref().map(RegistrableDomain::as_str), domain, "{host}");
        }
    }

    #[test]
    fn a_registrable_domain_is_not_a_host_below_one() {
        assert_eq!("Example.com".parse::<RegistrableDomain>().unwrap().as_str(), "example.com");
        for (text, instead) in [("api.example.com", Some("example.com")), ("com.cn", None)] {
            let error = RegistrableDomainError::NotRegistrable { instead: instead.map(str::to_owned) };
            assert_eq!(text.parse::<RegistrableDomain>(), Err(error), "{text}");
        }
    }

    #[test]
    fn what_was_written_is_read_as_it_is_and_the_table_not_asked() {
        for text in ["example.com", "xn--fsqu00a.xn--fiqs8s"] {
            let domain: RegistrableDomain = text.parse().unwrap();
            assert_eq!(RegistrableDomain::written(&domain.to_string()), Ok(domain));
        }
        // The table would have another domain, and none.
        for text in ["a.b.com", "com.cn"] {
            assert_eq!(RegistrableDomain::written(text).unwrap().as_str(), text);
        }
        for text in ["", "com", "Example.com", "例子.cn", "a..com", "-a.com", "a.com.", "192.0.2.1"] {
            assert!(RegistrableDomain::written(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_wire_is_checked_like_everything_typed() {
        assert!(serde_json::from_str::<RegistrableDomain>(r#""a.b.com""#).is_err());
    }
}
