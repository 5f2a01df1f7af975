//! An address that does not answer is tried again before it is called unreachable: a lost packet or a
//! server that restarts is no outage. All tries share the deadline of the probe.

use std::time::Duration;

use aws_lc_rs::rand;
use model::observation::{Failure, TcpFailure, TlsFailure};
use tokio::time::{Instant, sleep_until};

/// The tries of one address.
#[derive(Debug)]
pub(crate) struct Tries {
    made: usize,
    deadline: Instant,
}

impl Tries {
    /// The first of them.
    pub(crate) const fn until(deadline: Instant) -> Self {
        Self { made: 1, deadline }
    }

    /// How many there were, with the present one.
    pub(crate) fn made(&self) -> u32 {
        u32::try_from(self.made).unwrap_or(u32::MAX)
    }

    /// When all tries end.
    pub(crate) const fn deadline(&self) -> Instant {
        self.deadline
    }

    /// Until when the present one waits for a sign of life.
    pub(crate) fn patience(&self) -> Instant {
        let now = Instant::now();
        now + share(self.made, self.deadline.saturating_duration_since(now))
    }

    /// Waits for the next one; false when there is none.
    pub(crate) async fn again(&mut self) -> bool {
        let Some(pause) = pause_after(self.made) else { return false };
        let next = Instant::now() + jittered(pause);
        if next + LEAST > self.deadline {
            return false;
        }
        sleep_until(next).await;
        self.made += 1;
        true
    }
}

/// Whether what happened may pass. A refusal of our own, a missing route and an answer, be it an alert
/// or no TLS, will be the same the next time.
pub(crate) const fn may_pass(failure: &Failure) -> bool {
    match failure {
        Failure::Dns { .. } | Failure::Policy { .. } => false,
        Failure::Tcp { reason } => {
            matches!(reason, TcpFailure::Refused | TcpFailure::Timeout | TcpFailure::Reset)
        }
        Failure::Tls { reason } => matches!(reason, TlsFailure::Timeout | TlsFailure::ClosedBeforeAnswer),
    }
}

/// Of the time that is left, what the try of this number may wait: half, unless too little would remain
/// for another.
fn share(made: usize, left: Duration) -> Duration {
    match pause_after(made) {
        Some(pause) if left / 2 >= longest(pause) + LEAST => left / 2,
        _ => left,
    }
}

fn pause_after(made: usize) -> Option<Duration> {
    PAUSES.get(made.checked_sub(1)?).copied()
}

/// Up to half more, so that the addresses of one server are not all tried again at once.
fn jittered(pause: Duration) -> Duration {
    let mut byte = [0];
    // A machine without random bytes waits for the least.
    let _ = rand::fill(&mut byte);
    pause + pause * u32::from(byte[0]) / (2 * u32::from(u8::MAX))
}

fn longest(pause: Duration) -> Duration {
    pause + pause / 2
}

/// Between the tries, of which there is one more.
const PAUSES: [Duration; 2] = [Duration::from_millis(200), Duration::from_millis(600)];

/// With less time than this, another try would tell nothing.
const LEAST: Duration = Duration::from_millis(500);

#[cfg(test)]
mod tests {
    use model::tls::Alert;

    use super::*;

    #[test]
    fn only_what_may_pass_is_tried_again() {
        let words = || "words".to_owned();
        let tcp = |reason| Failure::Tcp { reason };
        let tls = |reason| Failure::Tls { reason };
        for (failure, passes) in [
            (tcp(TcpFailure::Refused), true),
            (tcp(TcpFailure::Timeout), true),
            (tcp(TcpFailure::Reset), true),
            (tcp(TcpFailure::Unreachable { detail: words() }), false),
            (tcp(TcpFailure::NoRoute { detail: words() }), false),
            (tls(TlsFailure::Timeout), true),
            (tls(TlsFailure::ClosedBeforeAnswer), true),
            (tls(TlsFailure::NotTls { protocol: words() }), false),
            (tls(TlsFailure::Alert { alert: Alert::HandshakeFailure }), false),
            (tls(TlsFailure::ClientCertificateRequired), false),
            (tls(TlsFailure::Misbehaved { detail: words() }), false),
            (Failure::Policy { address: [127, 0, 0, 1].into() }, false),
        ] {
            assert_eq!(may_pass(&failure), passes, "{failure}");
        }
    }

    #[test]
    fn a_try_leaves_time_for_the_next_or_takes_it_all() {
        let seconds = Duration::from_secs;
        for (made, left, expected) in [
            (1, seconds(10), seconds(5)),
            (2, seconds(4), seconds(2)),
            (3, seconds(2), seconds(2)),
            (1, seconds(1), seconds(1)),
            (2, seconds(2), seconds(2)),
            (1, Duration::ZERO, Duration::ZERO),
        ] {
            assert_eq!(share(made, left), expected, "try {made} with {left:?}");
        }
        for pause in PAUSES {
            for _ in 0..100 {
                assert!((pause..=longest(pause)).contains(&jittered(pause)));
            }
        }
    }

    #[tokio::test]
    async fn there_is_no_try_more_than_stated_and_none_without_time() {
        let mut tries = Tries::until(Instant::now() + Duration::from_secs(10));
        assert!(tries.again().await && tries.again().await);
        assert_eq!(tries.made(), 3);
        assert!(!tries.again().await);

        let mut hasty = Tries::until(Instant::now() + LEAST);
        assert!(!hasty.again().await);
        assert_eq!(hasty.made(), 1);
    }
}
