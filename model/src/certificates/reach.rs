//! What a certificate that is not served yet would mean for the endpoints of the register.

use serde::{Deserialize, Serialize};

use crate::{
    Certificate, HostPort, ServerName,
    name_match::{fits, names},
    service::EndpointId,
};

/// Most endpoints of each kind that are told; how many there are is told beside.
pub const TOLD_MOST: usize = 50;

/// What it would serve, and what it would break.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reach {
    /// Those whose host it names.
    pub served: Told,
    /// Those that serve a certificate today which it would replace, for the two share a name, and whose
    /// host it does not name.
    pub broken: Told,
}

/// Some endpoints.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// How many.
    pub count: u32,
    /// The first [`TOLD_MOST`] of them.
    pub first: Vec<Reached>,
}

/// An endpoint, named.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reached {
    /// Which.
    pub endpoint: EndpointId,
    /// Its `host:port`.
    pub target: HostPort,
}

impl Told {
    /// As many as there are, each once, in their order.
    pub fn of(endpoints: impl IntoIterator<Item = Reached>) -> Self {
        let mut told = Self::default();
        let mut last = None;
        for reached in endpoints {
            if last.replace(reached.endpoint) == Some(reached.endpoint) {
                continue;
            }
            told.count = told.count.saturating_add(1);
            if told.first.len() < TOLD_MOST {
                told.first.push(reached);
            }
        }
        told
    }
}

/// Whether `certificate` would serve this endpoint.
pub fn serves(certificate: &Certificate, reached: &Reached) -> bool {
    names(certificate, &reached.target.host)
}

/// Whether an endpoint that is well served by a certificate with the names `today` would not be by
/// `certificate`.
pub fn breaks(certificate: &Certificate, today: &[String], reached: &Reached) -> bool {
    let ServerName::Dns(host) = &reached.target.host else { return false };
    today.iter().any(|name| fits(name, host)) && !serves(certificate, reached)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::fixture;

    fn reached(endpoint: i64, target: &str) -> Reached {
        Reached { endpoint: EndpointId(endpoint), target: target.parse().unwrap() }
    }

    #[test]
    fn what_was_served_and_is_named_no_more_breaks() {
        let mut certificate = fixture::leaf();
        certificate.dns_names = vec!["example.com".to_owned(), "www.example.com".to_owned()];
        let today = ["*.example.com".to_owned(), "example.com".to_owned()];
        for (target, serves_it, breaks_it) in [
            ("example.com:443", true, false),
            ("www.example.com:8443", true, false),
            ("api.example.com:443", false, true),
            // Had the wrong certificate all along.
            ("a.b.example.com:443", false, false),
        ] {
            let reached = reached(1, target);
            assert_eq!(serves(&certificate, &reached), serves_it, "{target}");
            assert_eq!(breaks(&certificate, &today, &reached), breaks_it, "{target}");
        }
    }

    #[test]
    fn each_endpoint_is_counted_once_and_some_are_told() {
        let twice = (1..=60).flat_map(|id| [id, id]).map(|id| reached(id, "a.example:443"));
        let told = Told::of(twice);
        assert_eq!((told.count, told.first.len()), (60, TOLD_MOST));
        assert_eq!(Told::of([]), Told::default());
    }
}
