//! Judgement: from stored facts to findings and a verdict per platform. Pure and total: no clock,
//! no socket, so that a changed rule can judge every stored observation again.

mod certificate;
mod chain;
mod network;

use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    Certificate, Code, Evidence, Finding, Observation, ServerName, Severity, Verdict, Verdicts,
    observation::{AddressObservation, Failure, Resolution},
    trust::{Trust, TrustByAddress},
};

/// What is wrong with an endpoint, and whether it works.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnosis {
    /// Most severe first, then in the order of the catalogue.
    pub findings: Vec<Finding>,
    /// The worst platform, or `unreachable`.
    pub verdict: Verdict,
    /// Per platform; `unknown` on all when nothing answered.
    pub platforms: Verdicts,
}

/// Circumstances of a judgement that are no facts about the endpoint.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Context {
    /// Where the roots came from.
    pub roots: Roots,
}

/// Where the roots came from. Apple's 398 days and the validity schedule of the CA/Browser Forum
/// bind authorities that are preinstalled, not an operator's own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Roots {
    /// A store that ships with the platform.
    #[default]
    Preinstalled,
    /// Given by the operator.
    Given,
}

/// Every finding that `observation` gives at `now`, and the verdict of each platform.
///
/// Each address is judged by itself. The verdict is that of the majority of the addresses that
/// answer, a tie being a failure; a failing minority is one warning that names them.
pub fn diagnose(observation: &Observation, trust: &TrustByAddress, context: Context, now: Timestamp) -> Diagnosis {
    if let Resolution::Failed { failure } = &observation.resolution {
        return unreachable(vec![network::finding(failure, None)]);
    }
    let judged: Vec<Judged<'_>> =
        observation.addresses.iter().map(|seen| judge_address(observation, seen, trust, context, now)).collect();
    let (answering, silent): (Vec<_>, Vec<_>) = judged.into_iter().partition(|judged| judged.answers);
    if answering.is_empty() {
        return unreachable(silent.into_iter().flat_map(|judged| judged.findings).collect());
    }

    let (failing, working): (Vec<_>, Vec<_>) = answering.into_iter().partition(Judged::fails);
    let minority =
        if failing.len() >= working.len() { Vec::new() } else { failing.iter().map(Judged::brief).collect() };
    let outvoted: Vec<_> = silent.iter().map(Judged::brief).chain(minority.iter().cloned()).collect();
    let decisive =
        if minority.is_empty() { failing.iter().chain(&working).collect::<Vec<_>>() } else { working.iter().collect() };

    let mut findings: Vec<Finding> = decisive.iter().flat_map(|judged| judged.findings.iter().cloned()).collect();
    if !outvoted.is_empty() {
        findings.push(some_addresses_fail(&outvoted, decisive.iter().map(|judged| judged.seen.address).collect()));
    }
    findings.extend(addresses_differ(observation));
    let findings = in_order(findings);
    let platforms = Verdicts::from_findings(&findings);
    Diagnosis { verdict: platforms.worst(), platforms, findings }
}

/// Every finding of a chain by itself, without a server: for a certificate in a file. Without a
/// name, names are not judged.
pub fn diagnose_chain(
    chain: &[Certificate],
    trust: &Trust,
    name: Option<&ServerName>,
    context: Context,
    now: Timestamp,
) -> Vec<Finding> {
    let Some(leaf) = chain.first() else {
        return vec![Finding::everywhere(Code::CertMalformed, Severity::Error, Evidence::None)];
    };
    let mut findings = certificate::leaf_findings(leaf, name, context, now);
    findings.extend(chain::findings(chain, trust, &findings));
    in_order(findings)
}

/// The verdict of a domain entry: WeChat's rules, the ICP filing and the endpoint together. No
/// endpoint means a list that is not TLS, which only the rules decide.
pub fn entry_verdict(findings: &[Finding], endpoint: Option<(Verdict, Verdicts)>) -> (Verdict, Verdicts) {
    let rules = Verdicts::from_findings(findings);
    match endpoint {
        None => (rules.worst(), rules),
        Some((verdict, platforms)) => (verdict.max(rules.worst()), platforms.and(&rules)),
    }
}

/// The verdict of a mini program: its worst entry, and the findings about itself.
pub fn program_verdict(
    findings: &[Finding],
    entries: impl IntoIterator<Item = (Verdict, Verdicts)>,
) -> (Verdict, Verdicts) {
    let own = Verdicts::from_findings(findings);
    entries
        .into_iter()
        .fold((own.worst(), own), |(verdict, platforms), (entry, on)| (verdict.max(entry), platforms.and(&on)))
}

/// One address and what is to be said of it.
struct Judged<'a> {
    seen: &'a AddressObservation,
    answers: bool,
    findings: Vec<Finding>,
}

/// Why an address does not count among those that work.
#[derive(Clone)]
enum Brief {
    Failure(IpAddr, Failure),
    Faults(IpAddr, Vec<Code>),
}

impl Judged<'_> {
    fn fails(&self) -> bool {
        self.findings.iter().any(|finding| finding.severity == Severity::Error)
    }

    fn brief(&self) -> Brief {
        match &self.seen.outcome {
            Err(failure) => Brief::Failure(self.seen.address, failure.clone()),
            Ok(_) => {
                let errors = self.findings.iter().filter(|finding| finding.severity == Severity::Error);
                Brief::Faults(self.seen.address, errors.map(|finding| finding.code).collect())
            }
        }
    }
}

fn judge_address<'a>(
    observation: &Observation,
    seen: &'a AddressObservation,
    trust: &TrustByAddress,
    context: Context,
    now: Timestamp,
) -> Judged<'a> {
    let mut findings = match &seen.outcome {
        Ok(handshake) => network::handshake_findings(handshake),
        Err(failure) => vec![network::finding(failure, Some(seen.address))],
    };
    let answers = seen.outcome.as_ref().err().is_none_or(network::is_an_answer);
    if answers && (seen.outcome.is_ok() || !seen.chain.is_empty()) {
        let nobody_asked = Trust::default();
        let trust = trust.get(&seen.address).unwrap_or(&nobody_asked);
        findings.extend(diagnose_chain(&seen.chain, trust, Some(&observation.target.host), context, now));
    }
    Judged { seen, answers, findings }
}

fn unreachable(findings: Vec<Finding>) -> Diagnosis {
    Diagnosis {
        findings: in_order(findings),
        verdict: Verdict::Unreachable,
        platforms: Verdicts::all(Verdict::Unknown),
    }
}

fn some_addresses_fail(outvoted: &[Brief], answering: Vec<IpAddr>) -> Finding {
    let mut failing = BTreeMap::new();
    let mut faulty = BTreeMap::new();
    for brief in outvoted {
        match brief {
            Brief::Failure(address, failure) => {
                failing.insert(*address, failure.clone());
            }
            Brief::Faults(address, codes) => {
                faulty.insert(*address, codes.clone());
            }
        }
    }
    let evidence = Evidence::Addresses { failing, faulty, answering };
    Finding::everywhere(Code::NetSomeAddressesFail, Severity::Warning, evidence)
}

fn addresses_differ(observation: &Observation) -> Option<Finding> {
    let leaves: BTreeMap<_, _> =
        observation.addresses.iter().filter_map(|seen| Some((seen.address, seen.chain.first()?.sha256))).collect();
    let distinct: BTreeSet<_> = leaves.values().collect();
    (distinct.len() > 1).then(|| {
        Finding::everywhere(Code::EndpointAddressesDiffer, Severity::Info, Evidence::AddressesDiffer { leaves })
    })
}

/// Most severe first, then as in the catalogue; what several addresses show alike is said once.
fn in_order(mut findings: Vec<Finding>) -> Vec<Finding> {
    findings.sort_by(|a, b| b.severity.cmp(&a.severity).then(a.code.cmp(&b.code)));
    let mut kept: Vec<Finding> = Vec::with_capacity(findings.len());
    for finding in findings {
        if !kept.contains(&finding) {
            kept.push(finding);
        }
    }
    kept
}
