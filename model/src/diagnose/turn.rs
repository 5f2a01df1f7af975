//! When the passing of time alone changes a judgement.

use crate::{Certificate, Observation, SignedDuration, Timestamp};

/// The next moment after `now` at which the facts of `observation` would be judged otherwise: a
/// certificate begins or ends to be valid, or its renewal becomes due or late.
pub fn next_turn(observation: &Observation, now: Timestamp) -> Option<Timestamp> {
    let certificates = observation.addresses.iter().flat_map(|seen| &seen.chain);
    let moments = certificates.filter(|certificate| certificate.malformed.is_none()).flat_map(moments);
    moments.flatten().filter(|moment| *moment > now).min()
}

/// The second after each, for the judgement changes once it is past.
fn moments(certificate: &Certificate) -> [Option<Timestamp>; 4] {
    let Certificate { not_before, not_after, .. } = certificate;
    let lifetime = not_after.duration_since(*not_before);
    let before_end = |left: SignedDuration| not_after.checked_sub(left - SECOND).ok();
    [Some(*not_before), before_end(lifetime / 3), before_end(lifetime / 6), before_end(SignedDuration::ZERO)]
}

const SECOND: SignedDuration = SignedDuration::from_secs(1);

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::{
        diagnose::{Context, diagnose},
        fixture,
    };

    #[test]
    fn each_turn_changes_the_judgement_and_nothing_changes_in_between() {
        let mut observation = fixture::observation(1);
        // Nobody asks the stores again here, so the leaf alone is judged by the time.
        observation.addresses[0].chain.truncate(1);
        let judged = |now| {
            let diagnosis = diagnose(&observation, &fixture::trust_by_address(1), Context::default(), now);
            diagnosis.findings.into_iter().map(|finding| finding.code).collect::<Vec<_>>()
        };
        let mut now = fixture::leaf().not_before.checked_sub(SignedDuration::from_hours(24)).unwrap();
        let mut turns = 0;
        while let Some(turn) = next_turn(&observation, now) {
            let before = turn.checked_sub(SECOND).unwrap();
            assert_eq!(judged(now), judged(before), "{now} {before}");
            assert_ne!(judged(before), judged(turn), "{turn}");
            now = turn;
            turns += 1;
        }
        assert_eq!(turns, 4);
    }
}
