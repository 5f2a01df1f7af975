//! The distinct chains that the addresses of one name serve.

use model::{Observation, observation::AddressObservation};

/// `observation` once per distinct chain, each cut down to the addresses that serve it; the chain
/// with the most addresses first. Addresses that sent no certificate are in none of them.
pub(super) fn by_chain(observation: &Observation) -> Vec<Observation> {
    let mut groups: Vec<Vec<AddressObservation>> = Vec::new();
    for seen in observation.addresses.iter().filter(|seen| !seen.chain.is_empty()) {
        match groups.iter_mut().find(|group| group.first().is_some_and(|first| same_chain(first, seen))) {
            Some(group) => group.push(seen.clone()),
            None => groups.push(vec![seen.clone()]),
        }
    }
    groups.sort_by_key(|group| std::cmp::Reverse(group.len()));
    groups.into_iter().map(|addresses| Observation { addresses, ..observation.clone() }).collect()
}

fn same_chain(one: &AddressObservation, other: &AddressObservation) -> bool {
    one.chain.iter().map(|certificate| certificate.sha256).eq(other.chain.iter().map(|certificate| certificate.sha256))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use std::net::IpAddr;

    use model::{
        Certificate, Fingerprint, Timestamp,
        certificate::{Digest, PublicKey, SignatureAlgorithm},
        endpoints::route::Route,
        observation::{Failure, Resolution, TcpFailure},
    };

    use super::*;

    #[test]
    fn addresses_with_one_chain_share_one_drawing() {
        let all = observation(&[(1, &[10, 20]), (2, &[11, 20]), (3, &[11, 20]), (4, &[])]);
        let cut: Vec<Vec<String>> = by_chain(&all)
            .iter()
            .map(|one| one.addresses.iter().map(|seen| seen.address.to_string()).collect())
            .collect();
        assert_eq!(cut, [vec!["192.0.2.2", "192.0.2.3"], vec!["192.0.2.1"]]);
    }

    #[test]
    fn the_order_of_a_chain_tells_chains_apart() {
        assert_eq!(by_chain(&observation(&[(1, &[10, 20, 30]), (2, &[10, 30, 20])])).len(), 2);
    }

    #[test]
    fn nothing_served_is_nothing_to_draw() {
        assert_eq!(by_chain(&observation(&[(1, &[]), (2, &[])])), []);
    }

    fn observation(addresses: &[(u8, &[u8])]) -> Observation {
        let refused = Failure::Tcp { reason: TcpFailure::Refused };
        Observation {
            target: "a.example:443".parse().unwrap(),
            observed_at: Timestamp::UNIX_EPOCH,
            resolution: Resolution::Fixed,
            route: Route::default(),
            addresses: addresses
                .iter()
                .map(|(last, chain)| AddressObservation {
                    address: IpAddr::from([192, 0, 2, *last]),
                    outcome: Err(refused.clone()),
                    chain: chain.iter().map(|number| certificate(*number)).collect(),
                    fetched: None,
                    staple: None,
                    lists: Vec::new(),
                    delivered: None,
                    protocols: None,
                    tries: 1,
                    connect_ms: None,
                    handshake_ms: None,
                })
                .collect(),
            addresses_left_out: 0,
            total_ms: 1,
            http: None,
        }
    }

    fn certificate(number: u8) -> Certificate {
        Certificate {
            sha256: Fingerprint::new([number; 32]),
            malformed: None,
            subject: format!("CN={number}"),
            common_name: None,
            issuer: String::new(),
            serial: String::new(),
            not_before: Timestamp::UNIX_EPOCH,
            not_after: Timestamp::UNIX_EPOCH,
            dns_names: Vec::new(),
            ip_addresses: Vec::new(),
            names_left_out: 0,
            key: PublicKey::Ed25519,
            signature: SignatureAlgorithm { name: String::new(), digest: Digest::Strong },
            is_ca: false,
            self_signed: false,
            server_auth: None,
            ca_issuers: Vec::new(),
            profile: None,
            crl_urls: Vec::new(),
            scts: None,
            must_staple: false,
        }
    }
}
