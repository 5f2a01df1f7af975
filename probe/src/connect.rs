//! Opens connections, and tells who is at fault where none comes about. Whether an address may be connected
//! to is for the caller to ask.

use std::net::SocketAddr;

use model::observation::TcpFailure;
use tokio::{
    net::TcpStream,
    time::{Instant, timeout_at},
};

use crate::{failure, sockets::OutOfSockets};

/// Who is at fault when something is not to be had.
#[derive(Debug)]
pub(crate) enum Trouble<F> {
    /// The other side, or the way there.
    Theirs(F),
    /// This machine: nothing is known of the other side.
    Ours(OutOfSockets),
}

impl<F> Trouble<F> {
    /// The same said in other words.
    pub(crate) fn map<G>(self, theirs: impl FnOnce(F) -> G) -> Trouble<G> {
        match self {
            Self::Theirs(failure) => Trouble::Theirs(theirs(failure)),
            Self::Ours(error) => Trouble::Ours(error),
        }
    }
}

/// A connection to `at`, if it is taken before `until`.
pub(crate) async fn connect(at: SocketAddr, until: Instant) -> Result<TcpStream, Trouble<TcpFailure>> {
    match timeout_at(until, TcpStream::connect(at)).await {
        Ok(Ok(stream)) => Ok(stream),
        Ok(Err(error)) => Err(match OutOfSockets::cause(&error) {
            Some(ours) => Trouble::Ours(ours),
            None => Trouble::Theirs(failure::of_connect(&error)),
        }),
        Err(_) => Err(Trouble::Theirs(TcpFailure::Timeout)),
    }
}
