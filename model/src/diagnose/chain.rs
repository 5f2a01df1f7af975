//! What is wrong with the chain as served. Phones do not fetch what is missing, hence neither does
//! this judgement.

use super::certificate::{key_findings, reference, signature_findings};
use crate::{
    Certificate, Code, Evidence, Finding, Severity,
    trust::{NoPath, PathStep, Store, StoreAnswer, Trust},
};

/// Everything that is wrong beyond the leaf. `leaf_findings` tells which causes are named already:
/// one cause gives one finding.
pub(super) fn findings(chain: &[Certificate], trust: &Trust, leaf_findings: &[Finding]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for answer in &trust.stores {
        match &answer.path {
            Ok(path) => findings.extend(shape_findings(chain, path)),
            Err(reason) => findings.extend(no_path_finding(chain, answer, reason, leaf_findings)),
        }
    }
    findings
}

fn no_path_finding(
    chain: &[Certificate],
    answer: &StoreAnswer,
    reason: &NoPath,
    leaf_findings: &[Finding],
) -> Option<Finding> {
    let error = |code, evidence| Some(Finding::everywhere(code, Severity::Error, evidence));
    let at = |position: usize| match chain.get(position) {
        Some(certificate) => Evidence::Certificate { certificate: reference(certificate, Some(position)) },
        None => Evidence::None,
    };
    let leaf_is_at_fault = leaf_findings.iter().any(|finding| finding.severity == Severity::Error);
    match reason {
        NoPath::Unreadable if leaf_is_at_fault => None,
        NoPath::Unreadable => error(Code::CertMalformed, Evidence::None),
        NoPath::SelfSigned => error(Code::CertSelfSigned, at(0)),
        NoPath::UnknownRoot { position } => error(Code::TrustUnknownRoot, at(*position)),
        NoPath::MissingIssuer { position } => error(Code::ChainIncomplete, missing_issuer(chain, *position)),
        // The leaf's own dates have been judged.
        NoPath::OutOfDate { position: 0 } => None,
        NoPath::OutOfDate { position } => error(Code::ChainExpiredIntermediate, at(*position)),
        NoPath::NotACa { position } => error(Code::ChainNotACa, at(*position)),
        NoPath::NameConstraint => error(Code::ChainNameConstraint, at(0)),
        NoPath::BadSignature { .. } | NoPath::Refused { .. } if leaf_is_at_fault => None,
        NoPath::BadSignature { detail } => error(Code::ChainInvalid, Evidence::Detail { detail: detail.clone() }),
        NoPath::Refused { detail } => {
            let code = match answer.store {
                Store::Mozilla => Code::TrustMozilla,
                Store::Given => Code::ChainInvalid,
            };
            error(code, Evidence::Detail { detail: detail.clone() })
        }
    }
}

fn missing_issuer(chain: &[Certificate], position: usize) -> Evidence {
    match chain.get(position) {
        Some(certificate) => Evidence::MissingIssuer {
            certificate: reference(certificate, Some(position)),
            issuer: certificate.issuer.clone(),
            authority_information_access: certificate.ca_issuers.clone(),
        },
        None => Evidence::None,
    }
}

/// What is odd about a chain that leads to a root all the same.
fn shape_findings(chain: &[Certificate], path: &[PathStep]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let positions: Vec<usize> = path.iter().filter_map(|step| step.position).collect();
    if !positions.is_sorted() {
        let evidence = Evidence::Order {
            served: chain.iter().map(|certificate| certificate.subject.clone()).collect(),
            expected: path.iter().map(|step| step.subject.clone()).collect(),
        };
        // Current platforms reorder; old Android does not.
        findings.push(Finding::everywhere(Code::ChainWrongOrder, Severity::Warning, evidence));
    }
    let root = path.last();
    for (position, certificate) in chain.iter().enumerate().skip(1) {
        let is_root = certificate.self_signed && root.is_some_and(|root| root.subject == certificate.subject);
        if !is_root && positions.contains(&position) {
            findings.extend(key_findings(certificate, Some(position)));
            findings.extend(signature_findings(certificate, Some(position)));
            continue;
        }
        let code = if is_root { Code::ChainRootIncluded } else { Code::ChainExtraCertificate };
        let evidence = Evidence::Certificate { certificate: reference(certificate, Some(position)) };
        findings.push(Finding::everywhere(code, Severity::Info, evidence));
    }
    findings
}
