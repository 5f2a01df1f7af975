//! How often somebody may try to log in: by the address they come from, and by the account they
//! want, whoever asks.

use std::{
    hash::Hash,
    net::{IpAddr, Ipv6Addr},
    num::NonZeroU32,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use governor::{
    Quota, RateLimiter,
    clock::{Clock, DefaultClock},
    middleware::NoOpMiddleware,
    state::keyed::DashMapStateStore,
};
use model::service::ServiceError;

/// The attempts of the last minutes, in memory: a restart forgets them.
#[derive(Debug)]
pub(super) struct Attempts<C: Clock = DefaultClock> {
    clock: C,
    by_address: Limiter<IpAddr, C>,
    by_account: Limiter<String, C>,
    counted: AtomicU32,
}

type Limiter<K, C> = RateLimiter<K, DashMapStateStore<K>, C, NoOpMiddleware<<C as Clock>::Instant>>;

impl Default for Attempts {
    fn default() -> Self {
        Self::with_clock(DefaultClock::default())
    }
}

impl<C: Clock + Clone> Attempts<C> {
    fn with_clock(clock: C) -> Self {
        Self {
            by_address: RateLimiter::dashmap_with_clock(quota(BY_ADDRESS_EVERY, BY_ADDRESS), clock.clone()),
            by_account: RateLimiter::dashmap_with_clock(quota(BY_ACCOUNT_EVERY, BY_ACCOUNT), clock.clone()),
            clock,
            counted: AtomicU32::new(0),
        }
    }

    /// Counts an attempt.
    pub(super) fn check(&self, address: Option<IpAddr>, login: &str) -> Result<(), ServiceError> {
        // Walking them all is not to be the price of each attempt.
        if self.counted.fetch_add(1, Ordering::Relaxed).is_multiple_of(PRUNED_EVERY) {
            prune(&self.by_address);
            prune(&self.by_account);
        }
        self.count(&self.by_address, &whose(address))?;
        self.count(&self.by_account, &login.to_owned())
    }

    fn count<K: Hash + Eq + Clone>(&self, limiter: &Limiter<K, C>, key: &K) -> Result<(), ServiceError> {
        limiter.check_key(key).map_err(|refused| {
            let wait = refused.wait_time_from(self.clock.now());
            ServiceError::RateLimited { retry_after_seconds: wait.as_secs().saturating_add(1) }
        })
    }
}

fn prune<K: Hash + Eq + Clone, C: Clock>(limiter: &Limiter<K, C>) {
    if limiter.len() > REMEMBERED {
        limiter.retain_recent();
        limiter.shrink_to_fit();
    }
}

fn quota(every: Duration, burst: NonZeroU32) -> Quota {
    Quota::with_period(every).unwrap_or_else(|| Quota::per_minute(burst)).allow_burst(burst)
}

/// Who an address stands for: of IPv6, one customer has a /64 at least (RFC 6177).
fn whose(address: Option<IpAddr>) -> IpAddr {
    match address.map(|address| address.to_canonical()) {
        Some(IpAddr::V6(address)) => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
        Some(address) => address,
        None => Ipv6Addr::UNSPECIFIED.into(),
    }
}

/// One more after so long, from one address.
const BY_ADDRESS_EVERY: Duration = Duration::from_secs(6);
const BY_ADDRESS: NonZeroU32 = NonZeroU32::new(10).unwrap();

/// One more after so long, for one account. A stranger can keep its owner waiting, but not guess.
const BY_ACCOUNT_EVERY: Duration = Duration::from_secs(30);
const BY_ACCOUNT: NonZeroU32 = NonZeroU32::new(5).unwrap();

/// So many keys are kept before those that no longer matter are dropped: an address matters for a
/// minute, an account for two and a half.
const REMEMBERED: usize = 4096;

/// Attempts between two looks at what may be dropped.
const PRUNED_EVERY: u32 = 512;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use governor::clock::FakeRelativeClock;

    use super::*;

    fn from(address: &str) -> Option<IpAddr> {
        Some(address.parse().unwrap())
    }

    #[test]
    fn an_account_has_five_tries_and_then_one_each_half_minute() {
        let clock = FakeRelativeClock::default();
        let attempts = Attempts::with_clock(clock.clone());
        // From many places, so that the account alone counts.
        let try_from = |last: u8| attempts.check(from(&format!("192.0.2.{last}")), "li.lei");
        for last in 0..5 {
            assert_eq!(try_from(last), Ok(()));
        }
        assert_eq!(try_from(5), Err(ServiceError::RateLimited { retry_after_seconds: 31 }));
        assert_eq!(attempts.check(from("192.0.2.6"), "han.meimei"), Ok(()));
        clock.advance(Duration::from_secs(31));
        assert_eq!(try_from(7), Ok(()));
        assert!(try_from(8).is_err());
    }

    #[test]
    fn an_address_has_ten_tries_whatever_the_name() {
        let attempts = Attempts::with_clock(FakeRelativeClock::default());
        let try_name = |address, number: u32| attempts.check(from(address), &format!("name{number}"));
        for number in 0..10 {
            assert_eq!(try_name("2001:db8::1", number), Ok(()));
        }
        // The same customer, another of their addresses.
        assert!(try_name("2001:db8::2", 11).is_err());
        assert_eq!(try_name("2001:db8:0:1::1", 12), Ok(()));
        assert_eq!(try_name("192.0.2.1", 13), Ok(()));
        assert_eq!(whose(from("::ffff:192.0.2.1")), from("192.0.2.1").unwrap());
    }

    #[test]
    fn what_no_longer_matters_is_forgotten() {
        let clock = FakeRelativeClock::default();
        let attempts = Attempts::with_clock(clock.clone());
        for number in 0..=u32::try_from(REMEMBERED).unwrap() {
            attempts.check(Some(IpAddr::from(number.to_be_bytes())), &number.to_string()).ok();
        }
        assert!(attempts.by_address.len() > REMEMBERED && attempts.by_account.len() > REMEMBERED);
        clock.advance(Duration::from_secs(3600));
        for _ in 0..PRUNED_EVERY {
            attempts.check(from("192.0.2.1"), "someone").ok();
        }
        assert_eq!((attempts.by_address.len(), attempts.by_account.len()), (1, 1));
    }
}
