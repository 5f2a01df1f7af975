//! What a server answers to a ClientHello made by hand: for versions and suites that a TLS library
//! of today does not offer any more. Up to TLS 1.2 the server's first flight goes in the clear, so
//! that its certificates can be read without finishing the handshake.

mod compose;
mod flight;

use model::{
    ServerName,
    observation::{TlsFailure, TlsVersion},
    tls::{Alert, Suite},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{Instant, timeout_at},
};

#[cfg(feature = "fuzzing")]
pub(crate) use self::flight::read;
pub(crate) use self::flight::{Exchange, Flight};
use self::{
    compose::{Random, compose},
    flight::{Broken, Progress, Reader},
};
use crate::{
    failure,
    recorder::{Received, Recorder, TooMuch},
};

/// What a hello offers: one version and these suites, in this order.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Offer<'a> {
    pub(crate) version: TlsVersion,
    pub(crate) suites: &'a [Suite],
}

/// How much of the answer is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Until {
    /// What the server chose.
    Choice,
    /// All that goes in the clear: the certificates and the signed key exchange, too.
    Certificates,
}

/// What came of a hello.
#[derive(Debug)]
pub(crate) enum Answer {
    /// The server took it up.
    Flight {
        flight: Box<Flight>,
        /// The client's half of what the server signs.
        random: Random,
    },
    /// The server said no with this alert.
    Alert(Alert),
    /// The server chose what was not offered.
    Other,
}

/// Sends `offer` to `name` and reads the answer before `deadline`. Nothing follows it: the server
/// sees a client that thinks better of it.
///
/// # Errors
/// When there is no answer, or one that is not TLS or breaks it.
pub(crate) async fn ask(
    stream: TcpStream,
    name: &ServerName,
    offer: Offer<'_>,
    until: Until,
    deadline: Instant,
) -> Result<Answer, TlsFailure> {
    let received = Received::default();
    let mut stream = Recorder::new(stream, received.clone());
    let (hello, random) = compose(name, offer);
    let mut reader = Reader::new(until);
    let talk = async {
        stream.write_all(&hello).await.map_err(Stopped::Io)?;
        let mut buffer = vec![0; CHUNK];
        loop {
            let count = stream.read(&mut buffer).await.map_err(Stopped::Io)?;
            if count == 0 {
                return Err(Stopped::Closed);
            }
            if reader.take(&buffer[..count]).map_err(Stopped::Broken)? == Progress::Done {
                return Ok(());
            }
        }
    };
    match timeout_at(deadline, talk).await {
        Err(_) => return Err(failure::of_silence(&received)),
        Ok(Err(Stopped::Broken(Broken::Version))) => return Ok(Answer::Other),
        Ok(Err(stopped)) => return Err(stopped.failure(&received)),
        Ok(Ok(())) => {}
    }
    Ok(match reader.finish() {
        Err(alert) => Answer::Alert(alert),
        Ok(flight) if flight.version != offer.version || !offer.suites.contains(&flight.suite) => Answer::Other,
        Ok(flight) => Answer::Flight { flight: Box::new(flight), random },
    })
}

/// Why the talk ended without an answer.
enum Stopped {
    Io(std::io::Error),
    Closed,
    Broken(Broken),
}

impl Stopped {
    fn failure(self, received: &Received) -> TlsFailure {
        if let Some(protocol) = received.other_protocol() {
            return TlsFailure::NotTls { protocol: protocol.to_owned() };
        }
        let misbehaved = |detail: String| TlsFailure::Misbehaved { detail };
        match self {
            Self::Broken(broken) => misbehaved(broken.to_string()),
            Self::Io(error) if error.get_ref().is_some_and(|inner| inner.is::<TooMuch>()) => {
                misbehaved(error.to_string())
            }
            Self::Io(_) | Self::Closed if received.total() == 0 => TlsFailure::ClosedBeforeAnswer,
            Self::Io(_) | Self::Closed => {
                misbehaved("it closed the connection in the middle of the handshake".to_owned())
            }
        }
    }
}

/// More than most first flights have.
const CHUNK: usize = 4 * 1024;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::time::Duration;

    use tokio::net::TcpListener;

    use super::*;

    /// What comes of a server that says these bytes whatever it is asked, and then hangs up or stays: with
    /// more patience each time, until what it says has come.
    async fn asked(says: &'static [u8], stays: bool) -> Result<Answer, TlsFailure> {
        let mut patience = Duration::from_millis(200);
        loop {
            let answer = asked_for(patience, says, stays).await;
            let too_early = !says.is_empty() || !stays;
            if !too_early || !matches!(answer, Err(TlsFailure::Timeout)) || patience > AMPLE {
                return answer;
            }
            patience *= 2;
        }
    }

    /// Past that it is no matter of speed.
    const AMPLE: Duration = Duration::from_secs(8);

    async fn asked_for(patience: Duration, says: &'static [u8], stays: bool) -> Result<Answer, TlsFailure> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut hello = [0; 1024];
            assert!(stream.read(&mut hello).await.unwrap() > 0);
            stream.write_all(says).await.unwrap();
            if stays {
                std::future::pending::<()>().await;
            }
        });
        let offer = Offer { version: TlsVersion::Tls12, suites: &[Suite::TLS_RSA_WITH_RC4_128_SHA] };
        let name = "a.example.com".parse().unwrap();
        ask(TcpStream::connect(at).await.unwrap(), &name, offer, Until::Choice, Instant::now() + patience).await
    }

    /// A ServerHello of this version and suite.
    fn hello(version: u8, suite: u16) -> &'static [u8] {
        let [high, low] = suite.to_be_bytes();
        let record = [&[22, 3, 3, 0, 42, 2, 0, 0, 38, 3, version][..], &[7; 32], &[0, high, low, 0]].concat();
        Box::leak(record.into_boxed_slice())
    }

    #[tokio::test]
    async fn what_was_not_offered_is_no_yes() {
        assert!(matches!(asked(hello(3, 0x0005), false).await, Ok(Answer::Flight { .. })));
        // Another suite, TLS 1.1, SSL 3.0.
        for (version, suite) in [(3, 0x002f), (2, 0x0005), (0, 0x0005)] {
            assert!(matches!(asked(hello(version, suite), false).await, Ok(Answer::Other)), "{version} {suite}");
        }
        assert!(matches!(asked(&[21, 3, 3, 0, 2, 2, 40], true).await, Ok(Answer::Alert(Alert::HandshakeFailure))));
    }

    #[tokio::test]
    async fn what_is_no_answer_is_told_apart() {
        assert_eq!(asked(b"", true).await.unwrap_err(), TlsFailure::Timeout);
        assert_eq!(asked(b"", false).await.unwrap_err(), TlsFailure::ClosedBeforeAnswer);
        let not_tls = TlsFailure::NotTls { protocol: "HTTP".to_owned() };
        assert_eq!(asked(b"HTTP/1.1 400 Bad Request\r\n\r\n", false).await.unwrap_err(), not_tls);
        for (says, stays) in
            [(&[22, 3, 3, 0, 42, 2][..], true), (&[22, 3, 3, 0, 42, 2], false), (&[22, 3, 3, 0xff, 0xff], true)]
        {
            let failure = asked(says, stays).await.unwrap_err();
            assert!(matches!(failure, TlsFailure::Misbehaved { .. }), "{failure}");
        }
    }
}
