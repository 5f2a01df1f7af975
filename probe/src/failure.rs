//! From the errors of the operating system and of rustls to the step that failed and how.

use std::io::{self, ErrorKind};

use model::{
    observation::{TcpFailure, TlsFailure},
    tls::Alert,
};
use rustix::io::Errno;
use rustls::{AlertDescription, CertificateError, Error, InvalidMessage, PeerIncompatible};

use crate::recorder::{Received, TooMuch};

/// Why a TCP connection could not be opened.
pub(crate) fn of_connect(error: &io::Error) -> TcpFailure {
    let detail = || error.to_string();
    match error.kind() {
        ErrorKind::ConnectionRefused => TcpFailure::Refused,
        ErrorKind::TimedOut => TcpFailure::Timeout,
        ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted => TcpFailure::Reset,
        // This machine's own routes, or an address family that it does not have.
        ErrorKind::NetworkUnreachable | ErrorKind::NetworkDown | ErrorKind::AddrNotAvailable => {
            TcpFailure::NoRoute { detail: detail() }
        }
        _ if Errno::from_io_error(error) == Some(Errno::AFNOSUPPORT) => TcpFailure::NoRoute { detail: detail() },
        _ => TcpFailure::Unreachable { detail: detail() },
    }
}

/// Whether the server had asked for a client certificate, and so may refuse a client without one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ClientCertificate {
    NotRequested,
    Requested,
}

/// Why a handshake broke off with `error`.
pub(crate) fn of_handshake(error: &io::Error, received: &Received, client: ClientCertificate) -> TlsFailure {
    let inner = error.get_ref();
    if let Some(too_much) = inner.and_then(|inner| inner.downcast_ref::<TooMuch>()) {
        return TlsFailure::Misbehaved { detail: too_much.to_string() };
    }
    if let Some(protocol) = received.other_protocol() {
        return TlsFailure::NotTls { protocol: protocol.to_owned() };
    }
    if let Some(error) = inner.and_then(|inner| inner.downcast_ref::<Error>()) {
        return of_rustls(error, client);
    }
    match error.kind() {
        ErrorKind::TimedOut => of_silence(received),
        _ if received.total() == 0 => TlsFailure::ClosedBeforeAnswer,
        _ if client == ClientCertificate::Requested => TlsFailure::ClientCertificateRequired,
        _ => TlsFailure::Misbehaved { detail: "it closed the connection in the middle of the handshake".to_owned() },
    }
}

/// Why a handshake was not finished when the deadline passed.
pub(crate) fn of_silence(received: &Received) -> TlsFailure {
    if let Some(protocol) = received.other_protocol() {
        return TlsFailure::NotTls { protocol: protocol.to_owned() };
    }
    match received.total() {
        0 => TlsFailure::Timeout,
        total => {
            TlsFailure::Misbehaved { detail: format!("it did not finish the handshake in time, after {total} bytes") }
        }
    }
}

/// The server signed with another key than that of its certificate.
pub(crate) fn of_wrong_key() -> TlsFailure {
    TlsFailure::Misbehaved { detail: "its signature over the handshake is not by the certificate's key".to_owned() }
}

fn of_rustls(error: &Error, client: ClientCertificate) -> TlsFailure {
    match error {
        Error::AlertReceived(_) if client == ClientCertificate::Requested => TlsFailure::ClientCertificateRequired,
        Error::AlertReceived(alert) => TlsFailure::Alert { alert: alert_of(*alert) },
        // The server chose a version below 1.2: it is then for the client to send this alert (RFC
        // 8446 section 4.1.3), and the cause is the same as if the server had.
        Error::PeerIncompatible(
            PeerIncompatible::ServerDoesNotSupportTls12Or13 | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig,
        ) => TlsFailure::Alert { alert: Alert::ProtocolVersion },
        Error::InvalidCertificate(CertificateError::BadSignature) => of_wrong_key(),
        // rustls reads no longer ones; BoringSSL, on phones, ends at 100 kB.
        Error::InvalidMessage(InvalidMessage::HandshakePayloadTooLarge) => {
            TlsFailure::Misbehaved { detail: "it sent a handshake message of more than 64 KiB".to_owned() }
        }
        Error::NoCertificatesPresented => TlsFailure::Misbehaved { detail: "it sent no certificate".to_owned() },
        other => TlsFailure::Misbehaved { detail: other.to_string() },
    }
}

fn alert_of(alert: AlertDescription) -> Alert {
    Alert::from(u8::from(alert))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_route_is_ours_and_what_the_network_says_is_not() {
        let no_route = |error: &io::Error| TcpFailure::NoRoute { detail: error.to_string() };
        let unreachable = |error: &io::Error| TcpFailure::Unreachable { detail: error.to_string() };
        for errno in [Errno::NETUNREACH, Errno::NETDOWN, Errno::ADDRNOTAVAIL, Errno::AFNOSUPPORT] {
            let error = errno.into();
            assert_eq!(of_connect(&error), no_route(&error));
        }
        for errno in [Errno::HOSTUNREACH, Errno::INVAL, Errno::PERM] {
            let error = errno.into();
            assert_eq!(of_connect(&error), unreachable(&error));
        }
        assert_eq!(of_connect(&Errno::CONNREFUSED.into()), TcpFailure::Refused);
        assert_eq!(of_connect(&Errno::TIMEDOUT.into()), TcpFailure::Timeout);
        assert_eq!(of_connect(&Errno::CONNRESET.into()), TcpFailure::Reset);
    }

    #[test]
    fn alerts_with_a_name_are_those_that_rustls_knows_by_the_same() {
        let plain = |name: &str| name.replace('_', "").to_lowercase();
        for number in 0..=u8::MAX {
            let theirs = AlertDescription::from(number);
            let ours = alert_of(theirs);
            assert_eq!(ours.number(), number);
            if matches!(theirs, AlertDescription::Unknown(_)) {
                assert_eq!(ours, Alert::Other(number));
                continue;
            }
            let theirs = match theirs {
                AlertDescription::UnrecognisedName => "UnrecognizedName".to_owned(),
                AlertDescription::EncryptedClientHelloRequired => "EchRequired".to_owned(),
                other => format!("{other:?}"),
            };
            assert_eq!(ours.name().map(plain), Some(plain(&theirs)));
        }
    }
}
