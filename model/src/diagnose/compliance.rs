//! Whether certificates are made by the rules: RFC 5280, and what the CA/Browser Forum asks of public
//! authorities. A second answer beside trust, for phones forgive much of it. What strict clients alone
//! refuse (OpenSSL with `-x509_strict`, as Python does from 3.13 on, or Go) is a warning that concerns no
//! platform of WeChat.

use std::collections::BTreeSet;

use super::{
    Context, Roots,
    certificate::{NAMES_MOST, reference},
    chain::line,
    stores::root_reference,
};
use crate::{
    Certificate, Code, Evidence, Finding, Fingerprint, Platform, Severity, Timestamp,
    certificate::{
        PublicKey,
        profile::{KeyUsage, Presence, Profile, SerialShape},
    },
    finding::CertificateReference,
    trust::{Trust, root::RootFacts},
};

/// Everything that breaks a rule in the certificate at `own`, in the authorities above it, and in the
/// roots that its paths end in. `said` tells which causes are named already: one cause gives one finding.
pub(super) fn findings(
    chain: &[Certificate],
    own: usize,
    trust: &Trust,
    said: &[Finding],
    context: Context,
    now: Timestamp,
) -> Vec<Finding> {
    let Some(leaf) = chain.get(own) else { return Vec::new() };
    let mut findings = Vec::new();
    if let Some(profile) = &leaf.profile {
        findings.extend(common_findings(leaf, profile, own));
        if said.iter().all(|finding| finding.code != Code::CertNoSan) {
            findings.extend(common_name_finding(leaf, profile, trust, context));
        }
        findings.extend(leaf_findings(leaf, profile, own));
    }
    for position in above(chain, own, trust) {
        let Some(certificate) = chain.get(position).filter(|certificate| !certificate.self_signed) else { continue };
        let Some(profile) = &certificate.profile else { continue };
        findings.extend(common_findings(certificate, profile, position));
        findings.extend(authority_findings(&reference(certificate, position), profile));
    }
    findings.extend(path_length_findings(chain, own, trust));
    // A server's own certificate may be given as a root: it signs nothing.
    for root in trust.roots.iter().filter(|root| root.sha256 != leaf.sha256) {
        findings.extend(root_findings(chain, root, trust, context, now));
    }
    findings
}

/// Where the authorities are that a path needs, or might, where there is none.
pub(super) fn above(chain: &[Certificate], own: usize, trust: &Trust) -> BTreeSet<usize> {
    let paths = trust.stores.iter().filter_map(|answer| answer.path.as_ref().ok());
    let mut positions: BTreeSet<usize> = paths.flatten().filter_map(|step| step.position).collect();
    if positions.is_empty() {
        positions.extend(line(chain, own));
    }
    positions.remove(&own);
    positions
}

/// What holds of authorities and servers alike.
fn common_findings(certificate: &Certificate, profile: &Profile, position: usize) -> Vec<Finding> {
    let of = || reference(certificate, position);
    let plain = || Evidence::Certificate { certificate: of() };
    let mut findings = Vec::from_iter(serial_finding(certificate, profile.serial, position));
    if profile.signature_differs {
        // RFC 5280 section 4.1.1.2: they MUST be the same; every library compares them.
        findings.push(Finding::everywhere(Code::ComplianceSignatureMismatch, Severity::Error, plain()));
    }
    if profile.version < 3 {
        findings.push(strict(Code::ComplianceVersion, plain()));
        return findings;
    }
    if !profile.unknown_critical.is_empty() {
        // RFC 5280 section 4.2: a system MUST reject it.
        let evidence = Evidence::Extensions { certificate: of(), oids: profile.unknown_critical.clone() };
        findings.push(Finding::everywhere(Code::ComplianceUnknownCriticalExtension, Severity::Error, evidence));
    }
    if profile.authority_key == Presence::Absent && !certificate.self_signed {
        findings.push(strict(Code::ComplianceNoAuthorityKeyId, plain()));
    }
    if profile.authority_key == Presence::Critical || profile.subject_key == Presence::Critical {
        // Java's path validation, which Android's is, knows neither as something to be processed.
        let warning = Severity::Warning;
        findings.push(Finding::on(&[Platform::Android], Code::ComplianceCriticalKeyId, warning, plain()));
    }
    findings
}

/// A number below zero is refused by Go and by strict parsers; zero, or one that is too long, by nobody
/// that is known.
fn serial_finding(certificate: &Certificate, shape: SerialShape, position: usize) -> Option<Finding> {
    let evidence =
        Evidence::Serial { certificate: reference(certificate, position), serial: certificate.serial.clone() };
    match shape {
        SerialShape::Sound => None,
        SerialShape::Negative => Some(strict(Code::ComplianceSerialNumber, evidence)),
        SerialShape::Zero | SerialShape::Long => {
            Some(Finding::everywhere(Code::ComplianceSerialNumber, Severity::Info, evidence))
        }
    }
}

fn leaf_findings(leaf: &Certificate, profile: &Profile, position: usize) -> Vec<Finding> {
    let plain = || Evidence::Certificate { certificate: reference(leaf, position) };
    let mut findings = Vec::from_iter(leaf_usage_findings(leaf, profile, position));
    if profile.subject_empty && profile.alternative_names == Presence::Present {
        findings.push(strict(Code::ComplianceEmptySubject, plain()));
    }
    if profile.name_constraints != Presence::Absent && !profile.is_ca() {
        findings.push(Finding::everywhere(Code::ComplianceNameConstraints, Severity::Info, plain()));
    }
    findings
}

/// A name that stands in the common name alone is one that no platform reads. That it be among the
/// alternative names as well binds public authorities only.
fn common_name_finding(leaf: &Certificate, profile: &Profile, trust: &Trust, context: Context) -> Option<Finding> {
    let common_name = leaf.common_name.as_deref()?;
    let addresses = leaf.ip_addresses.iter().map(ToString::to_string);
    let names: Vec<String> = leaf.dns_names.iter().cloned().chain(addresses).collect();
    let severity = if profile.alternative_names == Presence::Absent {
        Severity::Warning
    } else {
        let is_public = context.roots == Roots::Preinstalled && trust.stores.iter().any(|answer| answer.path.is_ok());
        let is_there = names.iter().any(|name| name.eq_ignore_ascii_case(common_name));
        if !is_public || is_there || leaf.names_left_out > 0 {
            return None;
        }
        Severity::Info
    };
    let left_out = names.len().saturating_sub(NAMES_MOST);
    let evidence = Evidence::Names {
        wanted: common_name.to_owned(),
        served: names.into_iter().take(NAMES_MOST).collect(),
        left_out: leaf.names_left_out.saturating_add(u32::try_from(left_out).unwrap_or(u32::MAX)),
        common_name: Some(common_name.to_owned()),
    };
    Some(Finding::everywhere(Code::ComplianceCommonNameNotInSan, severity, evidence))
}

/// Who is asked for a signature in the handshake must have a key for that (RFC 8446 section 4.4.2.2).
/// BoringSSL, which Android has, always insists for a key that can do nothing else; for RSA, and on
/// Apple's platforms, it depends on version and suite.
fn leaf_usage_findings(leaf: &Certificate, profile: &Profile, position: usize) -> Vec<Finding> {
    let Some(usage) = profile.key_usage else { return Vec::new() };
    let evidence = || Evidence::KeyUsage { certificate: reference(leaf, position), usage: Some(usage) };
    let on = |platforms: &[Platform], severity| Finding::on(platforms, Code::ComplianceKeyUsage, severity, evidence());
    if !usage.has(KeyUsage::DIGITAL_SIGNATURE) {
        return match leaf.key {
            PublicKey::Ec { .. } | PublicKey::Ed25519 => vec![
                on(&[Platform::Android], Severity::Error),
                on(&[Platform::Ios, Platform::Macos], Severity::Warning),
            ],
            PublicKey::Rsa { .. } | PublicKey::Other { .. } => {
                vec![on(&[Platform::Ios, Platform::Macos, Platform::Android], Severity::Warning)]
            }
        };
    }
    if usage.has(KeyUsage::KEY_CERT_SIGN) && !profile.is_ca() {
        return vec![on(&[], Severity::Warning)];
    }
    Vec::new()
}

/// What holds of whoever signs certificates, as far as it needs extensions. That it must be a CA at all
/// is a matter of the path.
fn authority_findings(certificate: &CertificateReference, profile: &Profile) -> Vec<Finding> {
    if profile.version < 3 {
        return Vec::new();
    }
    let plain = || Evidence::Certificate { certificate: certificate.clone() };
    let usage_evidence = || Evidence::KeyUsage { certificate: certificate.clone(), usage: profile.key_usage };
    let mut findings = Vec::new();
    if profile.basic_constraints.is_some_and(|constraints| constraints.ca && !constraints.critical) {
        findings.push(strict(Code::ComplianceBasicConstraintsNotCritical, plain()));
    }
    if profile.subject_key == Presence::Absent {
        findings.push(strict(Code::ComplianceNoSubjectKeyId, plain()));
    }
    match profile.key_usage {
        None => findings.push(strict(Code::ComplianceKeyUsage, usage_evidence())),
        // RFC 5280 section 6.1.4 (n): a verifier MUST look. Java's, which is Android's, does.
        Some(usage) if !usage.has(KeyUsage::KEY_CERT_SIGN) => {
            let android = [Platform::Android];
            let others = [Platform::Ios, Platform::Macos, Platform::Windows];
            findings.push(Finding::on(&android, Code::ComplianceKeyUsage, Severity::Error, usage_evidence()));
            findings.push(Finding::on(&others, Code::ComplianceKeyUsage, Severity::Warning, usage_evidence()));
        }
        Some(_) => {}
    }
    if profile.subject_empty {
        findings.push(strict(Code::ComplianceEmptySubject, plain()));
    }
    if profile.name_constraints == Presence::Present {
        findings.push(Finding::everywhere(Code::ComplianceNameConstraints, Severity::Info, plain()));
    }
    findings
}

/// An authority on the way from the leaf to the root.
struct Step {
    certificate: CertificateReference,
    path_length: Option<u32>,
    self_issued: bool,
    is_root: bool,
}

/// How many intermediates an authority may have below it. Everyone counts below a served one, and only
/// some (OpenSSL, Go) below a root, which RFC 5280 section 6.1 takes for a name and a key.
fn path_length_findings(chain: &[Certificate], own: usize, trust: &Trust) -> Vec<Finding> {
    let served = |position: usize| {
        let certificate = chain.get(position)?;
        Some(Step {
            certificate: reference(certificate, position),
            path_length: path_length(certificate.profile.as_ref()?),
            self_issued: certificate.subject == certificate.issuer,
            is_root: false,
        })
    };
    let from_store = |root: &RootFacts| Step {
        certificate: root_reference(chain, &root.subject, root.sha256),
        path_length: path_length(&root.profile),
        self_issued: true,
        is_root: true,
    };
    let mut lines: Vec<Vec<Step>> = Vec::new();
    for path in trust.stores.iter().filter_map(|answer| answer.path.as_ref().ok()) {
        let known = |sha256: Fingerprint| trust.roots.iter().find(|root| root.sha256 == sha256);
        let steps = path.iter().skip(1).filter_map(|step| match step.position {
            Some(position) => served(position),
            None => known(step.sha256).map(from_store),
        });
        lines.push(steps.collect());
    }
    if lines.is_empty() {
        lines.push(line(chain, own).into_iter().skip(1).filter_map(served).collect());
    }
    lines.iter().flat_map(|line| exceeded(line)).collect()
}

/// `line` from the leaf's issuer upwards.
fn exceeded(line: &[Step]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut found = 0;
    for step in line {
        if let Some(allowed) = step.path_length.filter(|allowed| *allowed < found) {
            let severity = if step.is_root { Severity::Warning } else { Severity::Error };
            let evidence = Evidence::PathLength { certificate: step.certificate.clone(), allowed, found };
            findings.push(Finding::everywhere(Code::CompliancePathLength, severity, evidence));
        }
        if !step.self_issued {
            found += 1;
        }
    }
    findings
}

fn path_length(profile: &Profile) -> Option<u32> {
    profile.basic_constraints.filter(|constraints| constraints.ca)?.path_length
}

/// What stands against a root. Those that ship with something are judged by what clients look at; how an
/// operator's own is made is for the operator to mend.
fn root_findings(
    chain: &[Certificate],
    root: &RootFacts,
    trust: &Trust,
    context: Context,
    now: Timestamp,
) -> Vec<Finding> {
    let certificate = root_reference(chain, &root.subject, root.sha256);
    let platforms = platforms(root, trust);
    let worst = if platforms.is_empty() { Severity::Info } else { Severity::Warning };
    let mut findings = Vec::new();
    if now > root.not_after {
        // Android goes by the key of a root and not by its dates; the others look at both.
        let looking: Vec<_> = platforms.iter().copied().filter(|platform| *platform != Platform::Android).collect();
        let severity = if looking.is_empty() { Severity::Info } else { Severity::Warning };
        let evidence = Evidence::Validity {
            certificate: certificate.clone(),
            not_before: root.not_before,
            not_after: root.not_after,
            days_left: root.not_after.days_since(now),
        };
        findings.push(Finding::on(&looking, Code::ComplianceExpiredRoot, severity, evidence));
    }
    if let Some(bits) = root.key.weak_bits() {
        let algorithm = root.key.to_string();
        let evidence = Evidence::Key { certificate: certificate.clone(), algorithm, bits };
        findings.push(Finding::on(&platforms, Code::ComplianceWeakRoot, worst, evidence));
    }
    if root.profile.version < 3 {
        // Nothing forbids an old root: trust in it is not read from it.
        let evidence = Evidence::Certificate { certificate };
        findings.push(Finding::everywhere(Code::ComplianceVersion, Severity::Info, evidence));
        return findings;
    }
    if !root.profile.is_ca() {
        let evidence = Evidence::Certificate { certificate: certificate.clone() };
        findings.push(strict(Code::ComplianceCaWithoutBasicConstraints, evidence));
    }
    if context.roots == Roots::Given {
        findings.extend(authority_findings(&certificate, &root.profile));
    }
    findings
}

/// The platforms whose store has a path to `root`; all of them where no store has a path at all.
fn platforms(root: &RootFacts, trust: &Trust) -> Vec<Platform> {
    let paths = trust.stores.iter().filter_map(|answer| Some((answer.store, answer.path.as_ref().ok()?)));
    if paths.clone().next().is_none() {
        return Platform::PHONES_AND_DESKTOPS.to_vec();
    }
    let mut platforms: BTreeSet<Platform> = BTreeSet::new();
    for (store, _) in paths.filter(|(_, path)| path.last().is_some_and(|last| last.sha256 == root.sha256)) {
        platforms.extend(store.platforms());
    }
    platforms.into_iter().collect()
}

/// Refused by strict clients, none of which is WeChat's.
fn strict(code: Code, evidence: Evidence) -> Finding {
    Finding::on(&[], code, Severity::Warning, evidence)
}

#[cfg(test)]
mod tests;
