//! From the errors of the operating system and of rustls to the step that failed and how.

use std::io::{self, ErrorKind};

use model::observation::{TcpFailure, TlsFailure};
use rustls::{AlertDescription, CertificateError, Error, PeerIncompatible};

use crate::recorder::{Received, TooMuch};

/// Why a TCP connection could not be opened.
pub(crate) fn of_connect(error: &io::Error) -> TcpFailure {
    match error.kind() {
        ErrorKind::ConnectionRefused => TcpFailure::Refused,
        ErrorKind::TimedOut => TcpFailure::Timeout,
        ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted => TcpFailure::Reset,
        _ => TcpFailure::Unreachable { detail: error.to_string() },
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

fn of_rustls(error: &Error, client: ClientCertificate) -> TlsFailure {
    match error {
        Error::AlertReceived(_) if client == ClientCertificate::Requested => TlsFailure::ClientCertificateRequired,
        Error::AlertReceived(alert) => TlsFailure::Alert { alert: alert_name(*alert) },
        // The server chose a version below 1.2: it is then for the client to send this alert (RFC
        // 8446 section 4.1.3), and the cause is the same as if the server had.
        Error::PeerIncompatible(
            PeerIncompatible::ServerDoesNotSupportTls12Or13 | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig,
        ) => TlsFailure::Alert { alert: alert_name(AlertDescription::ProtocolVersion) },
        Error::InvalidCertificate(CertificateError::BadSignature) => TlsFailure::Misbehaved {
            detail: "its signature over the handshake is not by the certificate's key".to_owned(),
        },
        Error::NoCertificatesPresented => TlsFailure::Misbehaved { detail: "it sent no certificate".to_owned() },
        other => TlsFailure::Misbehaved { detail: other.to_string() },
    }
}

/// RFC 8446 section 6 and, for alerts that TLS 1.3 dropped, RFC 5246 section 7.2.
fn alert_name(alert: AlertDescription) -> String {
    let name = match alert {
        AlertDescription::CloseNotify => "close_notify",
        AlertDescription::UnexpectedMessage => "unexpected_message",
        AlertDescription::BadRecordMac => "bad_record_mac",
        AlertDescription::DecryptionFailed => "decryption_failed",
        AlertDescription::RecordOverflow => "record_overflow",
        AlertDescription::DecompressionFailure => "decompression_failure",
        AlertDescription::HandshakeFailure => "handshake_failure",
        AlertDescription::NoCertificate => "no_certificate",
        AlertDescription::BadCertificate => "bad_certificate",
        AlertDescription::UnsupportedCertificate => "unsupported_certificate",
        AlertDescription::CertificateRevoked => "certificate_revoked",
        AlertDescription::CertificateExpired => "certificate_expired",
        AlertDescription::CertificateUnknown => "certificate_unknown",
        AlertDescription::IllegalParameter => "illegal_parameter",
        AlertDescription::UnknownCA => "unknown_ca",
        AlertDescription::AccessDenied => "access_denied",
        AlertDescription::DecodeError => "decode_error",
        AlertDescription::DecryptError => "decrypt_error",
        AlertDescription::ExportRestriction => "export_restriction",
        AlertDescription::ProtocolVersion => "protocol_version",
        AlertDescription::InsufficientSecurity => "insufficient_security",
        AlertDescription::InternalError => "internal_error",
        AlertDescription::InappropriateFallback => "inappropriate_fallback",
        AlertDescription::UserCanceled => "user_canceled",
        AlertDescription::NoRenegotiation => "no_renegotiation",
        AlertDescription::MissingExtension => "missing_extension",
        AlertDescription::UnsupportedExtension => "unsupported_extension",
        AlertDescription::CertificateUnobtainable => "certificate_unobtainable",
        AlertDescription::UnrecognisedName => "unrecognized_name",
        AlertDescription::BadCertificateStatusResponse => "bad_certificate_status_response",
        AlertDescription::BadCertificateHashValue => "bad_certificate_hash_value",
        AlertDescription::UnknownPSKIdentity => "unknown_psk_identity",
        AlertDescription::CertificateRequired => "certificate_required",
        AlertDescription::NoApplicationProtocol => "no_application_protocol",
        AlertDescription::EncryptedClientHelloRequired => "ech_required",
        other => return format!("unknown ({})", u8::from(other)),
    };
    name.to_owned()
}
