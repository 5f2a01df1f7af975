//! The suites of TLS 1.2 that an endpoint took when it was last asked for each. A probe that does not ask
//! has not seen any of them go.

use std::{collections::BTreeMap, net::IpAddr};

use serde::{Deserialize, Serialize};

use crate::{
    Observation, Timestamp,
    observation::{AcceptedSuites, TlsVersion},
};

/// What was listed, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedSuites {
    /// When it was asked.
    pub at: Timestamp,
    /// Of each address that speaks TLS 1.2; of the others there is nothing to list.
    pub by_address: BTreeMap<IpAddr, AcceptedSuites>,
}

impl ListedSuites {
    /// What a probe that asked for each suite has seen; none where no address said whether it speaks TLS 1.2.
    pub fn of(observation: &Observation) -> Option<Self> {
        let asked = || observation.addresses.iter().filter_map(|seen| Some((seen.address, seen.protocols.as_ref()?)));
        asked().find(|(_, protocols)| protocols.speaks(TlsVersion::Tls12).is_some())?;
        let listed = asked().filter_map(|(address, protocols)| Some((address, protocols.suites.clone()?)));
        Some(Self { at: observation.observed_at, by_address: listed.collect() })
    }

    /// Each distinct list once, with the addresses that have it.
    pub fn distinct(&self) -> Vec<(Vec<IpAddr>, &AcceptedSuites)> {
        let mut groups: Vec<(Vec<IpAddr>, &AcceptedSuites)> = Vec::new();
        for (address, suites) in &self.by_address {
            match groups.iter_mut().find(|(_, known)| *known == suites) {
                Some((addresses, _)) => addresses.push(*address),
                None => groups.push((vec![*address], suites)),
            }
        }
        groups
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::{
        fixture,
        observation::{Answer, Protocols, SuiteOrder},
        tls::Suite,
    };

    const SUITE: Suite = Suite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256;

    fn speaking(tls12: Answer, suites: Option<AcceptedSuites>) -> Protocols {
        Protocols { versions: BTreeMap::from([(TlsVersion::Tls12, tls12)]), suites, ..Protocols::default() }
    }

    fn list(accepted: &[Suite]) -> AcceptedSuites {
        AcceptedSuites { accepted: accepted.to_vec(), order: Some(SuiteOrder::Server), cut_short: false }
    }

    #[test]
    fn addresses_with_one_list_share_it_and_a_server_without_tls_1_2_has_none() {
        let mut observation = fixture::observation(3);
        assert_eq!(ListedSuites::of(&observation), None, "nobody was asked");
        let taken = || Answer::Taken { suite: SUITE, group: None };
        for seen in &mut observation.addresses {
            seen.protocols = Some(speaking(taken(), Some(list(&[SUITE]))));
        }
        observation.addresses[1].protocols = Some(speaking(taken(), Some(list(&[]))));
        let listed = ListedSuites::of(&observation).unwrap();
        assert_eq!(listed.at, observation.observed_at);
        let distinct = listed.distinct();
        let addresses: Vec<_> = distinct.iter().map(|(addresses, _)| addresses.clone()).collect();
        assert_eq!(addresses, [vec![fixture::address(1), fixture::address(3)], vec![fixture::address(2)]]);
        assert_eq!(distinct[0].1.accepted, [SUITE]);

        for seen in &mut observation.addresses {
            seen.protocols = Some(speaking(Answer::Refused { alert: None }, None));
        }
        let none = ListedSuites::of(&observation).unwrap();
        assert!(none.by_address.is_empty(), "an answer, too: what was listed before is so no more");
        let stored = serde_json::to_string(&listed).unwrap();
        assert_eq!(serde_json::from_str::<ListedSuites>(&stored).unwrap(), listed);
    }
}
