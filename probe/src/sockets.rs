//! How many sockets the probes may have open at once. What a process may open is shared with the
//! database and with whoever is connected, and a probe that finds nothing left says nothing of its
//! target.

use std::io;

use rustix::{
    io::Errno,
    process::{Resource, getrlimit},
};
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::resolve::MOST_ADDRESSES;

/// This machine lacked the means to probe; of the target nothing is known.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this machine can open no more sockets: {detail}")]
pub struct OutOfSockets {
    detail: String,
}

impl OutOfSockets {
    /// Whether `error` speaks of this machine's means, not of the other side.
    pub(crate) fn cause(error: &io::Error) -> Option<Self> {
        let errno = Errno::from_io_error(error)?;
        let ours = [Errno::MFILE, Errno::NFILE, Errno::NOBUFS, Errno::NOMEM].contains(&errno);
        ours.then(|| Self { detail: error.to_string() })
    }
}

/// The sockets that all probes share.
#[derive(Debug)]
pub(crate) struct Sockets {
    free: Semaphore,
    most: usize,
}

impl Sockets {
    /// Half of what the process may open, as it stands now.
    pub(crate) fn within_limits() -> Self {
        let open_files = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
        Self::of(usize::try_from(open_files / 2).unwrap_or(usize::MAX))
    }

    /// So many, though enough for any one target and no more than anybody has use for.
    pub(crate) fn of(most: usize) -> Self {
        let most = most.clamp(MOST_ADDRESSES, MOST_SOCKETS);
        Self { free: Semaphore::new(most), most }
    }

    /// Waits until so many are free, or all where there are fewer. First come, first served.
    pub(crate) async fn take(&self, wanted: usize) -> Taken<'_> {
        let wanted = u32::try_from(wanted.min(self.most)).unwrap_or(u32::MAX);
        // Never closed, so it cannot fail.
        Taken(self.free.acquire_many(wanted).await.ok())
    }
}

/// Sockets that are taken until this is dropped.
#[derive(Debug)]
pub(crate) struct Taken<'a>(Option<SemaphorePermit<'a>>);

impl Taken<'_> {
    /// One of them, to be given back by itself.
    pub(crate) fn one(&mut self) -> Self {
        Self(self.0.as_mut().and_then(|taken| taken.split(1)))
    }
}

/// As many as the largest scan of the command line can use: 16,384 targets with a few addresses each.
const MOST_SOCKETS: usize = 65_536;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use futures::FutureExt as _;

    use super::*;

    #[test]
    fn only_a_lack_of_our_own_is_ours() {
        for (errno, ours) in [
            (Errno::MFILE, true),
            (Errno::NFILE, true),
            (Errno::NOBUFS, true),
            (Errno::NOMEM, true),
            (Errno::CONNREFUSED, false),
            (Errno::HOSTUNREACH, false),
            (Errno::NETUNREACH, false),
        ] {
            assert_eq!(OutOfSockets::cause(&errno.into()).is_some(), ours, "{errno}");
        }
        assert_eq!(OutOfSockets::cause(&io::Error::other("words")), None);
    }

    #[test]
    fn what_is_taken_is_free_again_one_by_one() {
        let sockets = Sockets::of(20);
        let mut first = sockets.take(16).now_or_never().unwrap();
        assert!(sockets.take(5).now_or_never().is_none());
        let one = first.one();
        drop(one);
        let _second = sockets.take(5).now_or_never().unwrap();
        assert!(sockets.take(1).now_or_never().is_none());
        drop(first);
        assert!(sockets.take(15).now_or_never().is_some());
    }

    #[test]
    fn nobody_waits_for_more_than_there_are() {
        for (most, wanted) in [(0, 16), (1, 400), (usize::MAX, usize::MAX)] {
            assert!(Sockets::of(most).take(wanted).now_or_never().is_some(), "{wanted} of {most}");
        }
    }
}
