//! A stream that remembers how the peer's answer began and stops it from going on for ever.

use std::{
    io,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};

/// What has been received so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Received(Arc<Mutex<Inner>>);

#[derive(Debug, Default)]
struct Inner {
    first: Vec<u8>,
    total: usize,
}

impl Received {
    /// The number of bytes.
    pub(crate) fn total(&self) -> usize {
        self.inner().total
    }

    /// What the peer speaks when its first bytes are not TLS records; `None` when they are, or
    /// when there are none yet.
    pub(crate) fn other_protocol(&self) -> Option<&'static str> {
        other_protocol(&self.inner().first)
    }

    fn note(&self, bytes: &[u8]) -> io::Result<()> {
        let mut inner = self.inner();
        let room = REMEMBERED.saturating_sub(inner.first.len());
        inner.first.extend_from_slice(&bytes[..bytes.len().min(room)]);
        inner.total = inner.total.saturating_add(bytes.len());
        if inner.total > MOST_RECEIVED { Err(io::Error::other(TooMuch)) } else { Ok(()) }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The peer sent more than any handshake needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the server sent more than {} KiB", MOST_RECEIVED / 1024)]
pub(crate) struct TooMuch;

/// Passes everything on and notes what is received.
pub(crate) struct Recorder<S> {
    stream: S,
    received: Received,
}

impl<S> Recorder<S> {
    pub(crate) fn new(stream: S, received: Received) -> Self {
        Self { stream, received }
    }
}

impl Recorder<TcpStream> {
    /// Waits until there is something to read, or the other side has hung up.
    pub(crate) async fn answered(&self) -> io::Result<()> {
        self.stream.readable().await
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Recorder<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        std::task::ready!(Pin::new(&mut self.stream).poll_read(cx, buffer))?;
        Poll::Ready(self.received.note(&buffer.filled()[before..]))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Recorder<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// RFC 8446 section 5.1: a record begins with its type, 20 to 24, and the major version 3.
fn other_protocol(first: &[u8]) -> Option<&'static str> {
    match first {
        [] | [20..=24] | [20..=24, 3, ..] => return None,
        _ => {}
    }
    let upper = first.to_ascii_uppercase();
    let says = |word: &[u8]| upper.windows(word.len()).any(|window| window == word);
    let begins = |word: &[u8]| upper.starts_with(word);
    Some(if begins(b"HTTP/") || begins(b"<HTML") || begins(b"<!DOCTYPE HTML") {
        "HTTP"
    } else if begins(b"SSH-") {
        "SSH"
    } else if begins(b"220") && says(b"FTP") {
        "FTP"
    } else if begins(b"220-") || begins(b"220 ") || REFUSING.iter().any(|code| begins(code)) {
        "SMTP"
    } else if begins(b"+OK") {
        "POP3"
    } else if [&b"* OK"[..], b"* PREAUTH", b"* BYE"].into_iter().any(begins) {
        "IMAP"
    } else if begins(b"RFB ") {
        "VNC"
    } else if begins(b"-ERR") {
        "Redis"
    } else if says(b"MYSQL_NATIVE_PASSWORD") || says(b"CACHING_SHA2_PASSWORD") {
        "MySQL"
    } else {
        "unknown"
    })
}

/// RFC 5321 section 4.2.3: no mail is taken here, or not now.
const REFUSING: [&[u8]; 4] = [b"421 ", b"421-", b"554 ", b"554-"];

const REMEMBERED: usize = 512;
const MOST_RECEIVED: usize = 1024 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_protocol_is_known_by_its_first_bytes() {
        for (first, expected) in [
            (&b""[..], None),
            (b"\x16", None),
            (b"\x16\x03\x03\x00\x7a\x02", None),
            (b"\x15\x03\x01\x00\x02\x02\x46", None),
            (b"\x16\x04", Some("unknown")),
            (b"HTTP/1.1 400 Bad Request\r\n", Some("HTTP")),
            (b"HTTP/1.0 400", Some("HTTP")),
            (b"<html><head>", Some("HTTP")),
            (b"SSH-2.0-OpenSSH_9.6\r\n", Some("SSH")),
            (b"220 mail.example.com ESMTP Postfix\r\n", Some("SMTP")),
            (b"220 mx ready\r\n", Some("SMTP")),
            (b"220-mx.example.com\r\n220 ready\r\n", Some("SMTP")),
            (b"554 5.7.1 not from your address\r\n", Some("SMTP")),
            (b"421-too many connections\r\n", Some("SMTP")),
            (b"2200 words\r\n", Some("unknown")),
            (b"220 (vsFTPd 3.0.5)\r\n", Some("FTP")),
            (b"220-Welcome to Pure-FTPd\r\n220 ready\r\n", Some("FTP")),
            (b"+OK Dovecot ready.\r\n", Some("POP3")),
            (b"* OK [CAPABILITY IMAP4rev1]", Some("IMAP")),
            (b"* BYE too many connections\r\n", Some("IMAP")),
            (b"RFB 003.008\n", Some("VNC")),
            (b"-ERR unknown command\r\n", Some("Redis")),
            (b"J\x00\x00\x00\n8.0.36\x00..caching_sha2_password\x00", Some("MySQL")),
            (b"\x00\x00\x00\x01", Some("unknown")),
        ] {
            assert_eq!(other_protocol(first), expected, "{first:?}");
        }
    }

    #[test]
    fn an_endless_answer_is_stopped() {
        let received = Received::default();
        let block = [0x16; 64 * 1024];
        let taken = (0..).take_while(|_| received.note(&block).is_ok()).count();
        assert_eq!(taken, MOST_RECEIVED / block.len());
        assert_eq!(received.inner().first.len(), REMEMBERED);
    }
}
