//! Which addresses Hufu may connect to. A target's name can point anywhere, so the check is on the
//! very address of the connection, never on the name.

use std::net::IpAddr;

use ipnet::IpNet;
use model::{address::is_public, observation::Failure};

/// Refuses every address that is not ordinary public unicast, but for the ranges the operator
/// allows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NetworkPolicy {
    allowed: Vec<IpNet>,
}

impl NetworkPolicy {
    /// Public addresses only.
    pub fn public_only() -> Self {
        Self::default()
    }

    /// Public addresses, and every address in one of `ranges`.
    pub fn allowing(ranges: impl IntoIterator<Item = IpNet>) -> Self {
        Self { allowed: ranges.into_iter().collect() }
    }

    /// Whether a connection to `address` may be opened.
    ///
    /// # Errors
    /// [`Failure::Policy`] when the address is special and in no allowed range.
    pub fn check(&self, address: IpAddr) -> Result<(), Failure> {
        if is_public(address) || self.allows(address) {
            return Ok(());
        }
        Err(Failure::Policy { address })
    }

    /// An IPv4-mapped address leads to the IPv4 address, so a range of either form allows it.
    fn allows(&self, address: IpAddr) -> bool {
        let canonical = address.to_canonical();
        self.allowed.iter().any(|range| range.contains(&address) || range.contains(&canonical))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use super::*;

    #[test]
    fn only_public_addresses_are_open_unless_allowed() {
        let policy = NetworkPolicy::public_only();
        let inside: IpAddr = "169.254.169.254".parse().unwrap();
        assert_eq!(policy.check(inside), Err(Failure::Policy { address: inside }));
        assert_eq!(policy.check("8.8.8.8".parse().unwrap()), Ok(()));
    }

    #[test]
    fn an_allowed_range_opens_itself_and_nothing_else() {
        let policy = NetworkPolicy::allowing(["127.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()]);
        for open in ["127.0.0.1", "127.9.9.9", "::ffff:127.0.0.1", "fd00::1", "8.8.8.8"] {
            assert_eq!(policy.check(open.parse().unwrap()), Ok(()), "{open}");
        }
        for shut in ["10.0.0.1", "::1", "fc00::1", "64:ff9b::127.0.0.1", "2002:7f00:1::1"] {
            assert!(policy.check(shut.parse().unwrap()).is_err(), "{shut}");
        }
    }

    #[test]
    fn a_mapped_range_allows_what_it_maps() {
        let policy = NetworkPolicy::allowing(["::ffff:127.0.0.0/104".parse().unwrap()]);
        assert_eq!(policy.check("::ffff:127.0.0.1".parse().unwrap()), Ok(()));
        assert!(policy.check("127.0.0.1".parse().unwrap()).is_err());
    }
}
