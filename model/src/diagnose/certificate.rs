//! What is wrong with one certificate, above all with the leaf.

use jiff::{SignedDuration, Timestamp, civil::date, tz::TimeZone};

use super::{Context, Roots};
use crate::{
    Certificate, Code, Evidence, Finding, Platform, ServerName, Severity,
    certificate::{Digest, PublicKey},
    finding::CertificateReference,
    name_match,
};

const APPLE: [Platform; 2] = [Platform::Ios, Platform::Macos];
const OTHERS: [Platform; 2] = [Platform::Android, Platform::Windows];

/// Smallest RSA modulus that Apple's platforms and the CA/Browser Forum accept, in bits.
const RSA_LEAST: u32 = 2048;

/// Smallest elliptic curve that App Transport Security accepts, in bits.
const EC_LEAST: u32 = 256;

/// Everything that is wrong with the certificate a server shows as its own.
pub(super) fn leaf_findings(
    leaf: &Certificate,
    name: Option<&ServerName>,
    context: Context,
    now: Timestamp,
) -> Vec<Finding> {
    if let Some(detail) = &leaf.malformed {
        let evidence = Evidence::Detail { detail: detail.clone() };
        return vec![Finding::everywhere(Code::CertMalformed, Severity::Error, evidence)];
    }
    let mut findings = date_findings(leaf, now);
    findings.extend(name.and_then(|name| name_finding(leaf, name)));
    findings.extend(too_long_finding(leaf, context));
    findings.extend(key_findings(leaf, Some(0)));
    findings.extend(signature_findings(leaf, Some(0)));
    if leaf.server_auth == Some(false) {
        let evidence = Evidence::Certificate { certificate: reference(leaf, Some(0)) };
        findings.push(Finding::everywhere(Code::CertNoServerAuth, Severity::Error, evidence));
    }
    findings
}

/// Names a certificate in evidence.
pub(super) fn reference(certificate: &Certificate, position: Option<usize>) -> CertificateReference {
    CertificateReference { sha256: certificate.sha256, subject: certificate.subject.clone(), position }
}

/// When a certificate is valid, as evidence.
pub(super) fn validity(certificate: &Certificate, position: Option<usize>, now: Timestamp) -> Evidence {
    Evidence::Validity {
        certificate: reference(certificate, position),
        not_before: certificate.not_before,
        not_after: certificate.not_after,
        days_left: certificate.not_after.duration_since(now).as_secs().div_euclid(24 * 60 * 60),
    }
}

/// Fixed numbers of days age badly while lifetimes shrink, hence shares of the lifetime: renewal
/// is due with a third left, and late with a sixth left.
fn date_findings(leaf: &Certificate, now: Timestamp) -> Vec<Finding> {
    let finding = |code, severity| Finding::everywhere(code, severity, validity(leaf, Some(0), now));
    if now > leaf.not_after {
        return vec![finding(Code::CertExpired, Severity::Error)];
    }
    if now < leaf.not_before {
        return vec![finding(Code::CertNotYetValid, Severity::Error)];
    }
    let lifetime = leaf.not_after.duration_since(leaf.not_before);
    let left = leaf.not_after.duration_since(now);
    let mut findings = Vec::new();
    if left < lifetime / 3 {
        findings.push(finding(Code::CertExpiresSoon, Severity::Warning));
    }
    if left < lifetime / 6 {
        findings.push(finding(Code::CertRenewalOverdue, Severity::Warning));
    }
    findings
}

fn name_finding(leaf: &Certificate, wanted: &ServerName) -> Option<Finding> {
    if name_match::names(leaf, wanted) {
        return None;
    }
    let nameless = leaf.dns_names.is_empty() && leaf.ip_addresses.is_empty();
    let code = if nameless { Code::CertNoSan } else { Code::CertNameMismatch };
    let addresses = leaf.ip_addresses.iter().map(ToString::to_string);
    let evidence = Evidence::Names {
        wanted: wanted.to_string(),
        served: leaf.dns_names.iter().cloned().chain(addresses).take(100).collect(),
        common_name: leaf.common_name.clone(),
    };
    Some(Finding::everywhere(code, Severity::Error, evidence))
}

/// Apple refuses certificates issued from 2019-07-01 that are valid for more than 825 days, and
/// those of preinstalled roots from 2020-09-01 for more than 398 (support articles 103769 and
/// 103214). The CA/Browser Forum shortens further (ballot SC-081v3).
fn too_long_finding(leaf: &Certificate, context: Context) -> Option<Finding> {
    let day = SignedDuration::from_hours(24);
    // Both ends count (RFC 5280 section 4.1.2.5).
    let lifetime = leaf.not_after.duration_since(leaf.not_before).saturating_add(SignedDuration::from_secs(1));
    let issued = TimeZone::UTC.to_datetime(leaf.not_before).date();
    let evidence = || Evidence::Validity {
        certificate: reference(leaf, Some(0)),
        not_before: leaf.not_before,
        not_after: leaf.not_after,
        days_left: lifetime.as_secs().div_euclid(day.as_secs()),
    };

    let apple_days = if issued < date(2019, 7, 1) {
        return None;
    } else if issued < date(2020, 9, 1) || context.roots == Roots::Given {
        825
    } else {
        398
    };
    if lifetime > day * apple_days {
        return Some(Finding::on(&APPLE, Code::CertValidTooLong, Severity::Error, evidence()));
    }
    let schedule_days = match issued {
        _ if context.roots == Roots::Given || issued < date(2026, 3, 15) => return None,
        _ if issued < date(2027, 3, 15) => 200,
        _ if issued < date(2029, 3, 15) => 100,
        _ => 47,
    };
    (lifetime > day * schedule_days).then(|| Finding::everywhere(Code::CertValidTooLong, Severity::Warning, evidence()))
}

/// Apple refuses short keys. Android and Windows still accept RSA from 1024 bits, which is a
/// warning there.
pub(super) fn key_findings(certificate: &Certificate, position: Option<usize>) -> Vec<Finding> {
    let (bits, least) = match certificate.key {
        PublicKey::Rsa { bits } => (bits, RSA_LEAST),
        PublicKey::Ec { bits, .. } => (bits, EC_LEAST),
        PublicKey::Ed25519 | PublicKey::Other { .. } => return Vec::new(),
    };
    if bits >= least {
        return Vec::new();
    }
    let evidence =
        Evidence::Key { certificate: reference(certificate, position), algorithm: certificate.key.to_string(), bits };
    vec![
        Finding::on(&APPLE, Code::CertWeakKey, Severity::Error, evidence.clone()),
        Finding::on(&OTHERS, Code::CertWeakKey, Severity::Warning, evidence.clone()),
        Finding::on(&APPLE, Code::AtsKeySize, Severity::Error, evidence),
    ]
}

/// A signature over SHA-1 or MD5 proves nothing. A self-signed certificate's own signature does not
/// matter: it is trusted, or not, by itself.
pub(super) fn signature_findings(certificate: &Certificate, position: Option<usize>) -> Vec<Finding> {
    if certificate.self_signed || certificate.signature.digest != Digest::Broken {
        return Vec::new();
    }
    let evidence = Evidence::Signature {
        certificate: reference(certificate, position),
        algorithm: certificate.signature.name.clone(),
    };
    vec![
        Finding::everywhere(Code::CertWeakSignature, Severity::Error, evidence.clone()),
        Finding::on(&APPLE, Code::AtsSignature, Severity::Error, evidence),
    ]
}
