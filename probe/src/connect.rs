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
        Ok(Ok(stream)) => {
            // Without it the end of a handshake, and the request after it, wait for an acknowledgement that many put
            // off; that it cannot be had is no reason to give up.
            let _ = stream.set_nodelay(true);
            Ok(stream)
        }
        Ok(Err(error)) => Err(match OutOfSockets::cause(&error) {
            Some(ours) => Trouble::Ours(ours),
            None => Trouble::Theirs(failure::of_connect(&error)),
        }),
        Err(_) => Err(Trouble::Theirs(TcpFailure::Timeout)),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::time::Duration;

    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn what_is_written_is_sent_without_waiting_for_more() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let until = Instant::now() + Duration::from_secs(120);
        let stream = connect(listener.local_addr().unwrap(), until).await.unwrap();
        assert!(stream.nodelay().unwrap());
    }
}
