//! What time it is, and where the services take it from, so that a test can move it.

use std::{fmt, sync::Arc, time::SystemTime};

use model::Timestamp;

/// What the system's clock shows.
pub fn now() -> Timestamp {
    SystemTime::now().into()
}

/// A source of the time. Cheap to clone.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Timestamp + Send + Sync>);

impl Clock {
    /// The system's clock.
    pub fn system() -> Self {
        Self::from_fn(now)
    }

    /// A clock that asks `now`.
    pub fn from_fn(now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// The clock as a function, for who does not know this type.
    pub fn as_fn(&self) -> Arc<dyn Fn() -> Timestamp + Send + Sync> {
        Arc::clone(&self.0)
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        (self.0)()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_s_clock_shows_what_time_it_is() {
        let before = Timestamp::from(SystemTime::now());
        let shown = [now(), Clock::system().now()];
        let after = Timestamp::from(SystemTime::now());
        assert!(shown.iter().all(|shown| (before..=after).contains(shown)), "{before} {shown:?} {after}");
    }
}
