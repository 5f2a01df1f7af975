//! Where an endpoint is looked for in place of where DNS says, and under which name: to see a new
//! server before phones are sent to it.

use std::{fmt, net::IpAddr, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{Diagnosis, Host, Observation, echo::shortened, service::EndpointId, trust::TrustByAddress};

/// Most addresses that can be fixed; as many as one probe looks at.
pub const ADDRESSES_MOST: usize = 16;

/// How a probe gets to an endpoint. The default is the usual way, by DNS and under its own name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Route {
    /// Connect to these; none asks the name servers.
    #[serde(default)]
    pub addresses: Addresses,
    /// Ask the server for this name (SNI, RFC 6066) rather than for the host. The certificate has to
    /// name the host all the same, for that is what phones ask for.
    #[serde(default)]
    pub server_name: Option<Host>,
}

impl Route {
    /// Whether it is the way that a phone takes.
    pub fn is_usual(&self) -> bool {
        self.addresses.is_empty() && self.server_name.is_none()
    }
}

/// An endpoint that probes get to by another way than a phone does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Routed {
    /// Which.
    pub endpoint: EndpointId,
    /// By which way.
    pub route: Route,
}

/// A change of a route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteChange {
    /// The revision that was read.
    pub revision: i64,
    /// The route from now on.
    pub route: Route,
}

/// What came of a probe that was not kept as the state of its endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trial {
    /// What was tried.
    pub route: Route,
    /// What was seen.
    pub observation: Observation,
    /// What the stores said of the chain of each address.
    pub trust: TrustByAddress,
    /// What that means.
    pub diagnosis: Diagnosis,
}

/// Addresses, each once, in the order given.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Addresses(Vec<IpAddr>);

impl Addresses {
    /// Each of them.
    pub fn as_slice(&self) -> &[IpAddr] {
        &self.0
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Reads what a person types: one a line, or with blanks or commas between them.
impl FromStr for Addresses {
    type Err = AddressesError;

    fn from_str(text: &str) -> Result<Self, AddressesError> {
        let mut addresses = Vec::new();
        for word in text.split([',', '\u{ff0c}', '\u{3001}', ';']).flat_map(str::split_whitespace) {
            let bare = word.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(word);
            let address: IpAddr =
                bare.parse().map_err(|_| AddressesError::NotAnAddress(shortened(word, WORD_SHOWN)))?;
            if !addresses.contains(&address) {
                addresses.push(address);
            }
            if addresses.len() > ADDRESSES_MOST {
                return Err(AddressesError::TooMany);
            }
        }
        Ok(Self(addresses))
    }
}

/// As a person would type them.
impl fmt::Display for Addresses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, address) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            address.fmt(f)?;
        }
        Ok(())
    }
}

/// Why a text holds no addresses to look at.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressesError {
    /// This is none.
    #[error("{0:?} is no IP address")]
    NotAnAddress(String),
    /// More than [`ADDRESSES_MOST`].
    #[error("at most {ADDRESSES_MOST} addresses")]
    TooMany,
}

/// Most characters of a wrong word that are said back.
const WORD_SHOWN: usize = 60;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn addresses_are_typed_one_a_line_and_kept_once() {
        let typed = " 203.0.113.7\r\n[2001:db8::7], 203.0.113.7\n\n2001:DB8:0::7";
        let addresses: Addresses = typed.parse().unwrap();
        assert_eq!(addresses.to_string(), "203.0.113.7\n2001:db8::7");
        assert_eq!(addresses.to_string().parse(), Ok(addresses));
        assert!("  \n".parse::<Addresses>().unwrap().is_empty());
    }

    #[test]
    fn what_is_no_address_is_named_and_their_number_is_bounded() {
        for (typed, wrong) in [
            ("203.0.113.7\nexample.com", "example.com"),
            ("203.0.113.7:443", "203.0.113.7:443"),
            ("203.0.113.256", "203.0.113.256"),
            ("10.0.0.0/8", "10.0.0.0/8"),
        ] {
            assert_eq!(typed.parse::<Addresses>(), Err(AddressesError::NotAnAddress(wrong.to_owned())), "{typed}");
        }
        let Err(AddressesError::NotAnAddress(said)) = "x".repeat(100_000).parse::<Addresses>() else { panic!() };
        assert!(said.chars().count() < 100);
        let many = |count: u8| (0..count).map(|last| format!("203.0.113.{last}\n")).collect::<String>();
        assert!(many(16).parse::<Addresses>().is_ok());
        assert_eq!(many(17).parse::<Addresses>(), Err(AddressesError::TooMany));
    }

    #[test]
    fn only_a_route_that_says_nothing_is_the_usual_one() {
        assert!(Route::default().is_usual());
        assert!(!Route { addresses: "203.0.113.7".parse().unwrap(), ..Route::default() }.is_usual());
        assert!(!Route { server_name: Some("a.example".parse().unwrap()), ..Route::default() }.is_usual());
        assert_eq!(serde_json::from_str::<Route>("{}").unwrap(), Route::default());
    }
}
