//! What fetching adds to a judgement that was made of the chain as served: the name of what is missing,
//! or that it is the root of an authority that nobody's phone knows.

use crate::{
    Code, Evidence, Finding,
    fetched::{FetchEnd, Fetched},
};

/// The findings about one address, told what was fetched. An incomplete chain stays one, however easily
/// it is completed, unless what is missing is a root that no store has: of the two, never both.
pub(super) fn told(findings: Vec<Finding>, fetched: Option<&Fetched>) -> Vec<Finding> {
    let Some(fetched) = fetched else { return findings };
    findings.into_iter().map(|finding| with(finding, fetched)).collect()
}

fn with(finding: Finding, outcome: &Fetched) -> Finding {
    match (finding, &outcome.end) {
        (
            Finding { code: Code::ChainIncomplete, severity, platforms, shown_by, .. },
            FetchEnd::UnknownRoot { root },
        ) => {
            let evidence = Evidence::Certificate { certificate: root.clone() };
            Finding { code: Code::TrustUnknownRoot, severity, platforms, evidence, shown_by }
        }
        (mut finding, _) => {
            if let Evidence::MissingIssuer { fetched, .. } = &mut finding.evidence {
                *fetched = Some(outcome.outcome());
            }
            finding
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::{
        Severity, Verdict,
        diagnose::{Context, diagnose},
        fetched::{FetchFailure, FetchedCertificate},
        finding::CertificateReference,
        fixture::{address, intermediate, leaf, now, observation, root},
        trust::{NoPath, Store, StoreAnswer, Trust},
    };

    /// The findings where the leaf alone is served, and fetching came to that.
    fn judge(certificates: &[crate::Certificate], end: FetchEnd) -> Vec<Finding> {
        let mut observation = observation(1);
        let url = || "http://authority.example/intermediate.cer".to_owned();
        let certificates = certificates.iter().cloned();
        let certificates = certificates.map(|certificate| FetchedCertificate { certificate, url: url() }).collect();
        observation.addresses[0].chain = vec![leaf()];
        observation.addresses[0].fetched = Some(Fetched { above: 0, certificates, end, tried: Vec::new() });
        let path = Err(NoPath::MissingIssuer { position: 0 });
        let trust = Trust { stores: vec![StoreAnswer { store: Store::Mozilla, path }], ..Trust::default() };
        let diagnosis = diagnose(&observation, &[(address(1), trust)].into(), Context::default(), now());
        assert_eq!(diagnosis.verdict, Verdict::Fail, "phones do not fetch");
        diagnosis.findings
    }

    #[test]
    fn what_completes_a_chain_is_named_and_the_chain_stays_incomplete() {
        let findings = judge(&[intermediate()], FetchEnd::Whole { stores: vec![Store::Mozilla] });
        assert_eq!(findings.len(), 1, "{findings:?}");
        assert_eq!((findings[0].code, findings[0].severity), (Code::ChainIncomplete, Severity::Error));
        let Evidence::MissingIssuer { fetched: Some(outcome), issuer, .. } = &findings[0].evidence else {
            panic!("{findings:?}")
        };
        assert_eq!(outcome.certificates[0].subject, *issuer);
        assert_eq!(outcome.certificates[0].position, None);
    }

    #[test]
    fn a_root_that_no_store_has_is_unknown_and_the_chain_not_incomplete_besides() {
        let unknown = CertificateReference { sha256: root().sha256, subject: root().subject.clone(), position: None };
        let findings = judge(&[intermediate(), root()], FetchEnd::UnknownRoot { root: unknown.clone() });
        assert_eq!(findings.len(), 1, "{findings:?}");
        assert_eq!((findings[0].code, findings[0].severity), (Code::TrustUnknownRoot, Severity::Error));
        assert_eq!(findings[0].evidence, Evidence::Certificate { certificate: unknown });
    }

    #[test]
    fn what_could_not_be_fetched_changes_no_finding_and_says_why() {
        let failure = FetchFailure::Status { status: 404 };
        let findings = judge(&[], FetchEnd::Nothing { failure: failure.clone() });
        assert_eq!(findings.iter().map(|finding| finding.code).collect::<Vec<_>>(), [Code::ChainIncomplete]);
        let Evidence::MissingIssuer { fetched: Some(outcome), .. } = &findings[0].evidence else {
            panic!("{findings:?}")
        };
        assert_eq!(outcome.end, FetchEnd::Nothing { failure });
    }
}
