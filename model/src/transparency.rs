//! Certificate transparency timestamps that a server delivers besides those within its certificate
//! (RFC 6962 section 3.3), and of which logs any of them are.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{Fingerprint, SignedDuration, Timestamp, certificate::Sct};

/// What the ServerHello of TLS 1.2 brings: in TLS 1.3 they go encrypted, and no library shows them.
pub type Delivered = Result<Vec<Sct>, NotSeen>;

/// Why nobody knows what comes with the handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotSeen {
    /// The server does not speak TLS 1.2.
    NoTls12,
    /// With TLS 1.2 it shows another certificate, and what it delivers is for that one.
    OtherCertificate,
    /// What it answered to TLS 1.2 tells neither.
    NoAnswer,
}

/// The logs that these are of. Who promises in a time to come has promised nothing at `now`.
pub fn logs<'s>(scts: impl IntoIterator<Item = &'s Sct>, now: Timestamp) -> BTreeSet<Fingerprint> {
    scts.into_iter().filter(|sct| sct.at.duration_since(now) <= SKEW).map(|sct| sct.log).collect()
}

/// By which the clocks of logs and ours may differ.
const SKEW: SignedDuration = SignedDuration::from_secs(5 * 60);

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::{fixture, observation::AddressObservation};

    fn sct(log: u8, at: &str) -> Sct {
        Sct { log: Fingerprint::new([log; 32]), at: at.parse().unwrap() }
    }

    #[test]
    fn a_log_counts_once_and_not_before_its_time() {
        let now = "2026-05-01T00:00:00Z".parse().unwrap();
        for (scts, expected) in [
            (&[sct(1, "2026-04-01T00:00:00Z"), sct(1, "2026-04-02T00:00:00Z")][..], &[1][..]),
            (&[], &[]),
            (&[sct(1, "2026-04-01T00:00:00Z"), sct(2, "2026-05-01T00:05:00Z")], &[1, 2]),
            (&[sct(1, "2026-04-01T00:00:00Z"), sct(2, "2026-05-01T00:05:00.001Z")], &[1]),
            (&[sct(1, "2027-01-01T00:00:00Z"), sct(1, "2026-04-01T00:00:00Z")], &[1]),
        ] {
            let expected: BTreeSet<_> = expected.iter().map(|log| Fingerprint::new([*log; 32])).collect();
            assert_eq!(logs(scts, now), expected, "{scts:?}");
        }
        for now in [Timestamp::MIN, Timestamp::MAX] {
            logs(&[sct(1, "2026-04-01T00:00:00Z")], now);
        }
    }

    #[test]
    fn an_observation_from_before_handshakes_were_looked_at_is_still_read() {
        let mut seen = fixture::seen(1);
        let stored = serde_json::to_value(&seen).unwrap();
        assert!(!stored.as_object().unwrap().contains_key("delivered"));
        assert_eq!(serde_json::from_value::<AddressObservation>(stored).unwrap().delivered, None);
        for (delivered, expected) in [
            (Ok(Vec::new()), serde_json::json!({ "Ok": [] })),
            (Err(NotSeen::NoTls12), serde_json::json!({ "Err": "no_tls12" })),
            (Err(NotSeen::OtherCertificate), serde_json::json!({ "Err": "other_certificate" })),
            (Err(NotSeen::NoAnswer), serde_json::json!({ "Err": "no_answer" })),
        ] {
            seen.delivered = Some(delivered);
            let stored = serde_json::to_value(&seen).unwrap();
            assert_eq!(stored["delivered"], expected);
            assert_eq!(serde_json::from_value::<AddressObservation>(stored).unwrap(), seen);
        }
    }
}
