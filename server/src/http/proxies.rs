//! Where a request came from, when a reverse proxy stands in between.

use std::{net::IpAddr, sync::Arc};

use axum::http::HeaderMap;
use ipnet::IpNet;

/// The reverse proxies whose word is taken. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Proxies(Arc<[IpNet]>);

impl Proxies {
    /// Trusts whoever connects from one of `ranges`.
    pub fn trusted(ranges: impl IntoIterator<Item = IpNet>) -> Self {
        Self(ranges.into_iter().collect())
    }

    /// The address that a request came from: the peer, or where that is a trusted proxy, the last
    /// hop of `X-Forwarded-For` that is not one. What stands before that hop anybody may have
    /// written.
    pub(super) fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = peer;
        let lines: Vec<&str> =
            headers.get_all("x-forwarded-for").iter().filter_map(|line| line.to_str().ok()).collect();
        let mut hops = lines.iter().rev().flat_map(|line| line.rsplit(',')).map(str::trim);
        while self.trusts(client) {
            match hops.next().map(str::parse) {
                Some(Ok(hop)) => client = hop,
                _ => break,
            }
        }
        client
    }

    fn trusts(&self, address: IpAddr) -> bool {
        let canonical = address.to_canonical();
        self.0.iter().any(|range| range.contains(&address) || range.contains(&canonical))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn only_a_trusted_proxy_is_believed() {
        let proxies = Proxies::trusted(["127.0.0.1/32".parse().unwrap(), "10.0.0.0/8".parse().unwrap()]);
        for (peer, forwarded, expected) in [
            ("127.0.0.1", &[][..], "127.0.0.1"),
            ("127.0.0.1", &["192.0.2.7"], "192.0.2.7"),
            ("::ffff:127.0.0.1", &["192.0.2.7"], "192.0.2.7"),
            ("127.0.0.1", &["203.0.113.9, 192.0.2.7"], "192.0.2.7"),
            ("127.0.0.1", &["203.0.113.9, 192.0.2.7, 10.1.2.3"], "192.0.2.7"),
            ("127.0.0.1", &["203.0.113.9", "192.0.2.7, 10.1.2.3"], "192.0.2.7"),
            ("127.0.0.1", &["2001:db8::7"], "2001:db8::7"),
            ("127.0.0.1", &["192.0.2.7, nonsense"], "127.0.0.1"),
            ("127.0.0.1", &["10.0.0.9"], "10.0.0.9"),
            ("192.0.2.1", &["203.0.113.9"], "192.0.2.1"),
        ] {
            let mut headers = HeaderMap::new();
            for line in forwarded {
                headers.append("x-forwarded-for", line.parse().unwrap());
            }
            let client = proxies.client(peer.parse().unwrap(), &headers);
            assert_eq!(client, expected.parse::<IpAddr>().unwrap(), "{peer} {forwarded:?}");
        }
    }
}
