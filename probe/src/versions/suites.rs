//! Every suite of TLS 1.2 that a server takes: hellos of which each leaves out what was chosen before,
//! until nothing of the rest is taken.

use model::{
    observation::{AcceptedSuites, Answer, SuiteOrder, TlsVersion},
    tls::Suite,
};

use super::{Asked, EVERY};
use crate::sockets::OutOfSockets;

impl Asked<'_> {
    /// At most a connection for each suite that is known, and one to see whose order it is. The deadline
    /// of the probe holds: what it cuts short says so.
    pub(crate) async fn every_suite(self) -> Result<AcceptedSuites, OutOfSockets> {
        let mut left = EVERY.clone();
        let mut accepted = Vec::new();
        let mut cut_short = false;
        while !left.is_empty() {
            match self.choice(TlsVersion::Tls12, &left).await? {
                Answer::Taken { suite, .. } => {
                    left.retain(|other| *other != suite);
                    accepted.push(suite);
                }
                Answer::Refused { .. } => break,
                Answer::Unclear { .. } => {
                    cut_short = true;
                    break;
                }
            }
        }
        let order = self.order(&accepted).await?;
        Ok(AcceptedSuites { accepted, order, cut_short })
    }

    /// Offers the same the other way round: who goes by the client's order then takes another.
    async fn order(self, accepted: &[Suite]) -> Result<Option<SuiteOrder>, OutOfSockets> {
        let [first, .., last] = accepted else { return Ok(None) };
        let reversed: Vec<Suite> = accepted.iter().rev().copied().collect();
        let chosen = match self.choice(TlsVersion::Tls12, &reversed).await? {
            Answer::Taken { suite, .. } => suite,
            Answer::Refused { .. } | Answer::Unclear { .. } => return Ok(None),
        };
        // A third one is neither.
        Ok([(first, SuiteOrder::Server), (last, SuiteOrder::Client)]
            .into_iter()
            .find_map(|(suite, order)| (*suite == chosen).then_some(order)))
    }
}
