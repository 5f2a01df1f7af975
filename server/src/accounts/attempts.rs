//! How often somebody may try a password: by the address they come from, and by what they guess at, whoever asks. An
//! attempt that succeeds does not count. Whom the second limit does not hold up, [`super::known`] says.

use std::{
    collections::HashMap,
    hash::Hash,
    net::{IpAddr, Ipv6Addr},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use model::service::{ServiceError, UserId};

/// The attempts of the last minutes, in memory: a restart forgets them.
#[derive(Debug)]
pub(super) struct Attempts {
    by_address: Limit<IpAddr>,
    by_account: Limit<Target>,
    counted: AtomicU32,
}

/// An attempt that was counted.
#[derive(Debug)]
pub(super) struct Attempt {
    address: IpAddr,
    /// What else it counts for, if it does.
    target: Option<Target>,
    at: Instant,
}

/// The account whose password is tried, and where: each place has a count of its own, so that strangers who try to log
/// in use up nothing of what its owner has within.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Target {
    /// A log-in by this name, which perhaps nobody has.
    LogIn(String),
    /// What somebody who is logged in is asked for once more.
    Own(UserId),
}

impl Default for Attempts {
    fn default() -> Self {
        Self {
            by_address: Limit::new(BY_ADDRESS_EVERY, BY_ADDRESS),
            by_account: Limit::new(BY_ACCOUNT_EVERY, BY_ACCOUNT),
            counted: AtomicU32::new(0),
        }
    }
}

impl Attempts {
    /// Counts an attempt for where it comes from.
    pub(super) fn of_address(&self, address: Option<IpAddr>) -> Result<Attempt, ServiceError> {
        self.of_address_at(address, Instant::now())
    }

    /// Counts it for the account that is wanted, too. What is refused here stays counted for the address.
    pub(super) fn of_account(&self, attempt: &mut Attempt, target: Target) -> Result<(), ServiceError> {
        self.by_account.take(target.clone(), attempt.at).map_err(too_many)?;
        attempt.target = Some(target);
        Ok(())
    }

    /// Takes an attempt that succeeded out of the count: itself and nothing else, so that whoever has
    /// an account gets no more guesses at another's.
    pub(super) fn give_back(&self, attempt: &Attempt) {
        self.give_back_at(attempt, Instant::now());
    }

    fn of_address_at(&self, address: Option<IpAddr>, at: Instant) -> Result<Attempt, ServiceError> {
        // Walking them all is not to be the price of each attempt.
        if self.counted.fetch_add(1, Ordering::Relaxed).is_multiple_of(PRUNED_EVERY) {
            self.by_address.prune(at);
            self.by_account.prune(at);
        }
        let address = whose(address);
        self.by_address.take(address, at).map_err(too_many)?;
        Ok(Attempt { address, target: None, at })
    }

    fn give_back_at(&self, attempt: &Attempt, now: Instant) {
        self.by_address.give_back(&attempt.address, attempt.at, now);
        if let Some(target) = &attempt.target {
            self.by_account.give_back(target, attempt.at, now);
        }
    }
}

fn too_many(wait: Duration) -> ServiceError {
    ServiceError::RateLimited { retry_after_seconds: wait.as_secs().saturating_add(1) }
}

/// So many attempts at once, and one more after each `every`.
#[derive(Debug)]
struct Limit<K> {
    every: Duration,
    at_once: u32,
    /// When each key is free of all its attempts, if nothing is added.
    free_at: Mutex<HashMap<K, Instant>>,
}

impl<K: Hash + Eq> Limit<K> {
    fn new(every: Duration, at_once: u32) -> Self {
        Self { every, at_once, free_at: Mutex::default() }
    }

    /// Counts one, or says how long to wait.
    fn take(&self, key: K, now: Instant) -> Result<(), Duration> {
        let mut free_at = self.lock();
        let after = free_at.get(&key).map_or(now, |at| now.max(*at)) + self.every;
        let wait = after.duration_since(now).saturating_sub(self.every * self.at_once);
        if !wait.is_zero() {
            return Err(wait);
        }
        free_at.insert(key, after);
        Ok(())
    }

    /// Gives back what is left of an attempt; the rest of it has come back with time.
    fn give_back(&self, key: &K, taken_at: Instant, now: Instant) {
        let left = self.every.saturating_sub(now.duration_since(taken_at));
        if let Some(free_at) = self.lock().get_mut(key) {
            *free_at = free_at.checked_sub(left).unwrap_or(now);
        }
    }

    fn prune(&self, now: Instant) {
        let mut free_at = self.lock();
        if free_at.len() > REMEMBERED {
            free_at.retain(|_, at| *at > now);
            free_at.shrink_to_fit();
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<K, Instant>> {
        self.free_at.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Who an address stands for: of IPv6, one customer has a /64 at least (RFC 6177).
pub(super) fn whose(address: Option<IpAddr>) -> IpAddr {
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
const BY_ADDRESS: u32 = 10;

/// One more after so long, for one account. A stranger can keep its owner waiting where they are new, but not guess.
const BY_ACCOUNT_EVERY: Duration = Duration::from_secs(30);
const BY_ACCOUNT: u32 = 5;

/// So many keys are kept before those that no longer matter are dropped: an address matters for a
/// minute, an account for two and a half.
const REMEMBERED: usize = 4096;

/// Attempts between two looks at what may be dropped.
const PRUNED_EVERY: u32 = 512;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    impl Attempts {
        /// Counts for both at this time.
        fn check_at(&self, address: Option<IpAddr>, login: &str, at: Instant) -> Result<Attempt, ServiceError> {
            let mut attempt = self.of_address_at(address, at)?;
            self.of_account(&mut attempt, to(login))?;
            Ok(attempt)
        }
    }

    fn to(login: &str) -> Target {
        Target::LogIn(login.to_owned())
    }

    fn from(address: &str) -> Option<IpAddr> {
        Some(address.parse().unwrap())
    }

    const fn seconds(count: u64) -> Duration {
        Duration::from_secs(count)
    }

    #[test]
    fn an_account_has_five_tries_and_then_one_each_half_minute() {
        let (attempts, start) = (Attempts::default(), Instant::now());
        // From many places, so that the account alone counts.
        let try_from = |last: u8, now| attempts.check_at(from(&format!("192.0.2.{last}")), "li.lei", now).map(|_| ());
        for last in 0..5 {
            assert_eq!(try_from(last, start), Ok(()));
        }
        assert_eq!(try_from(5, start), Err(ServiceError::RateLimited { retry_after_seconds: 31 }));
        assert!(attempts.check_at(from("192.0.2.6"), "han.meimei", start).is_ok());
        let later = start + seconds(31);
        assert_eq!(try_from(7, later), Ok(()));
        assert!(try_from(8, later).is_err());
    }

    #[test]
    fn an_address_has_ten_tries_whatever_the_name() {
        let (attempts, start) = (Attempts::default(), Instant::now());
        let may = |address, number: u32| attempts.check_at(from(address), &format!("name{number}"), start).is_ok();
        for number in 0..10 {
            assert!(may("2001:db8::1", number));
        }
        // The same customer, another of their addresses.
        assert!(!may("2001:db8::2", 11));
        assert!(may("2001:db8:0:1::1", 12));
        assert!(may("192.0.2.1", 13));
        assert_eq!(whose(from("::ffff:192.0.2.1")), from("192.0.2.1").unwrap());
    }

    #[test]
    fn a_log_in_that_succeeds_does_not_count() {
        let (attempts, start) = (Attempts::default(), Instant::now());
        let address = from("192.0.2.1");
        for number in 0..100 {
            let at = start + Duration::from_millis(10 * number);
            let attempt = attempts.check_at(address, "li.lei", at).unwrap();
            attempts.give_back_at(&attempt, at + Duration::from_millis(5));
        }
        // And everything that may fail may fail still.
        let now = start + seconds(1);
        let tries = |login: &str| (0..20).filter(|_| attempts.check_at(address, login, now).is_ok()).count();
        // What the account refuses counts for the address all the same.
        assert_eq!((tries("li.lei"), tries("han.meimei")), (5, 0));
    }

    #[test]
    fn an_account_of_one_s_own_gives_no_more_guesses_at_another_s() {
        let guesses = |with_own: usize, hashing: Duration| {
            let attempts = Attempts::default();
            let (mut now, mut guesses) = (Instant::now(), 0);
            for victim in 0..200 {
                // One of many, so that the address is what stops them.
                guesses += usize::from(attempts.check_at(from("192.0.2.1"), &format!("victim{victim}"), now).is_ok());
                for own in 0..with_own {
                    // Slowly or fast, one after another or at once.
                    let attempt = attempts.check_at(from("192.0.2.1"), &format!("own{own}"), now);
                    now += hashing;
                    if let Ok(attempt) = attempt {
                        attempts.give_back_at(&attempt, now);
                    }
                }
                now += Duration::from_secs(1) - hashing * u32::try_from(with_own).unwrap();
            }
            guesses
        };
        let honest = guesses(0, Duration::ZERO);
        assert!((40..50).contains(&honest), "{honest}");
        for hashing in [Duration::ZERO, Duration::from_millis(50), Duration::from_millis(400)] {
            assert!(guesses(2, hashing) <= honest, "{hashing:?}");
        }
    }

    #[test]
    fn what_never_counted_for_an_account_is_not_given_back_to_it() {
        let (attempts, now) = (Attempts::default(), Instant::now());
        for _ in 0..5 {
            assert!(attempts.check_at(from("192.0.2.1"), "li.lei", now).is_ok());
        }
        let mut beside = attempts.of_address_at(from("192.0.2.2"), now).unwrap();
        assert!(attempts.of_account(&mut beside, to("li.lei")).is_err());
        attempts.give_back_at(&beside, now);
        assert!(attempts.check_at(from("192.0.2.3"), "li.lei", now).is_err());
        // Nor do log-ins count for what is asked within.
        assert!(attempts.of_account(&mut beside, Target::Own(UserId(1))).is_ok());
    }

    #[test]
    fn what_time_has_given_back_is_not_given_back_again() {
        let (attempts, start) = (Attempts::default(), Instant::now());
        let address = from("192.0.2.1");
        let slow: Vec<_> = (0..5).map(|_| attempts.check_at(address, "li.lei", start).unwrap()).collect();
        // All of them are long forgiven; five guesses later they turn out to be right.
        let later = start + seconds(3_600);
        for _ in 0..5 {
            assert!(attempts.check_at(address, "li.lei", later).is_ok());
        }
        for attempt in &slow {
            attempts.give_back_at(attempt, later);
        }
        assert!(attempts.check_at(address, "li.lei", later).is_err());
    }

    #[test]
    fn what_no_longer_matters_is_forgotten() {
        let (attempts, start) = (Attempts::default(), Instant::now());
        let kept = || (attempts.by_address.lock().len(), attempts.by_account.lock().len());
        for number in 0..=u32::try_from(REMEMBERED).unwrap() {
            attempts.check_at(Some(IpAddr::from(number.to_be_bytes())), &number.to_string(), start).ok();
        }
        assert_eq!(kept(), (REMEMBERED + 1, REMEMBERED + 1));
        for _ in 0..PRUNED_EVERY {
            attempts.check_at(from("192.0.2.1"), "someone", start + seconds(3_600)).ok();
        }
        assert_eq!(kept(), (1, 1));
    }
}
