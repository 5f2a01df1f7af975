//! What a failed step, or the handshake itself, means.

use std::net::IpAddr;

use crate::{
    Code, Evidence, Finding, Severity,
    observation::{DnsFailure, Failure, Handshake, KeyPossession, TcpFailure, TlsFailure},
};

/// The finding that a failed step gives.
pub(super) fn finding(failure: &Failure, address: Option<IpAddr>) -> Finding {
    let evidence = Evidence::Failure { failure: failure.clone(), address };
    Finding::everywhere(code(failure), Severity::Error, evidence)
}

/// Whether the server answered at all: only then may a failure be held against it.
pub(super) const fn is_an_answer(failure: &Failure) -> bool {
    match failure {
        Failure::Dns { .. } | Failure::Policy { .. } | Failure::Tcp { .. } => false,
        Failure::Tls { reason } => !matches!(reason, TlsFailure::Timeout | TlsFailure::ClosedBeforeAnswer),
    }
}

/// What a finished handshake shows, apart from the chain. Asking for a client certificate is no
/// fault.
pub(super) fn handshake_findings(handshake: &Handshake) -> Vec<Finding> {
    match &handshake.key_possession {
        KeyPossession::Proven => Vec::new(),
        // Without the proof there is no telling who answered: never a pass.
        KeyPossession::Unproven(detail) => vec![Finding::everywhere(
            Code::TlsHandshakeFailed,
            Severity::Warning,
            Evidence::Detail { detail: detail.clone() },
        )],
    }
}

fn code(failure: &Failure) -> Code {
    match failure {
        Failure::Dns { reason } => match reason {
            DnsFailure::NotFound => Code::DnsNotFound,
            DnsFailure::NoAddress => Code::DnsNoAddress,
            DnsFailure::Timeout => Code::DnsTimeout,
            DnsFailure::ServerFailure { .. } => Code::DnsServerFailure,
        },
        Failure::Policy { .. } => Code::NetBlockedByPolicy,
        Failure::Tcp { reason } => match reason {
            TcpFailure::Refused => Code::NetRefused,
            TcpFailure::Timeout => Code::NetTimeout,
            TcpFailure::Reset => Code::NetReset,
            TcpFailure::Unreachable { .. } => Code::NetUnreachable,
        },
        Failure::Tls { reason } => match reason {
            TlsFailure::Timeout => Code::NetTimeout,
            TlsFailure::ClosedBeforeAnswer => Code::NetReset,
            TlsFailure::NotTls { .. } => Code::TlsNotTls,
            TlsFailure::Alert { alert } if alert == "protocol_version" => Code::TlsNoTls12,
            TlsFailure::Alert { .. } | TlsFailure::Misbehaved { .. } => Code::TlsHandshakeFailed,
            TlsFailure::ClientCertificateRequired => Code::TlsClientCertificate,
        },
    }
}
