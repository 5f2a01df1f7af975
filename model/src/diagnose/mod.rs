//! Judgement: from stored facts to findings and a verdict per platform. Pure and total: no clock,
//! no socket, so that a changed rule can judge every stored observation again.

mod addresses;
mod ats;
mod certificate;
mod chain;
mod changed;
mod compliance;
mod differ;
mod fetched;
mod http;
mod network;
mod revocation;
mod stores;
#[cfg(test)]
mod tests;
mod transparency;
mod turn;
mod verification;
mod withdrawn;

use std::collections::BTreeSet;

use self::addresses::{Reach, Tally};
pub use self::turn::next_turn;
pub use self::verification::diagnose_file;
pub use self::withdrawn::gone_around;
use crate::{
    Certificate, Code, Evidence, Finding, Observation, ServerName, Severity, Timestamp, Verdict, Verdicts,
    certificate::own_position,
    observation::{DnsFailure, Failure, Resolution},
    trust::{Store, Trust, TrustByAddress},
};

/// What is wrong with an endpoint, and whether it works.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnosis {
    /// Most severe first, then in the order of the catalogue.
    pub findings: Vec<Finding>,
    /// The worst platform, `unreachable`, or `unknown` where no address was tried.
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

impl Context {
    /// The circumstances of a judgement by these stores.
    pub fn of(mut stores: impl Iterator<Item = Store>) -> Self {
        let given = stores.any(|store| store == Store::Given);
        Self { roots: if given { Roots::Given } else { Roots::Preinstalled } }
    }
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
/// Each address is judged by itself; on each platform the majority of the addresses that answer
/// decides, a tie being a failure, and a failing minority is one warning that names them, along with
/// those that are silent, as who refuses the connection is. An address that the probing machine has no
/// route to, or may not connect to, is neither. Where nobody asked a store about the chain, no platform
/// gets better than `unknown`.
pub fn diagnose(observation: &Observation, trust: &TrustByAddress, context: Context, now: Timestamp) -> Diagnosis {
    if let Resolution::Failed { failure } = &observation.resolution {
        return unseen(Verdict::Unreachable, vec![network::finding(failure, None, 1)]);
    }
    if observation.addresses.is_empty() {
        let failure = Failure::Dns { reason: DnsFailure::NoAddress };
        return unseen(Verdict::Unreachable, vec![network::finding(&failure, None, 1)]);
    }
    let judged = observation.addresses.iter().map(|seen| addresses::judge(observation, seen, trust, context, now));
    let (asked, unasked): (Vec<_>, Vec<_>) = judged.partition(|judged| judged.reach.was_asked());
    if asked.is_empty() {
        // What was not tried is not known to be silent.
        let barred = unasked.iter().all(|judged| judged.reach == Reach::Barred);
        let verdict = if barred { Verdict::Unknown } else { Verdict::Unreachable };
        let findings = unasked.into_iter().flat_map(|judged| judged.findings);
        return unseen(verdict, findings.chain(private_address(observation)).collect());
    }
    let (answering, silent): (Vec<_>, Vec<_>) = asked.into_iter().partition(|judged| judged.reach == Reach::Answers);
    let unasked = addresses::not_asked(&unasked, &answering);
    if answering.is_empty() {
        let findings = silent.into_iter().flat_map(|judged| judged.findings).chain(unasked);
        return unseen(Verdict::Unreachable, findings.chain(private_address(observation)).collect());
    }

    let Tally { mut findings, stores_asked } = addresses::tally(&answering, &silent);
    findings.extend(unasked);
    findings.extend(differ::findings(observation, now));
    findings.extend(http::findings(observation));
    findings.extend(private_address(observation));
    let findings = in_order(findings);
    let least = if stores_asked { Verdict::Pass } else { Verdict::Unknown };
    let platforms = Verdicts::from_findings(&findings).and(&Verdicts::all(least));
    Diagnosis { verdict: platforms.worst(), platforms, findings }
}

/// Every finding of a chain by itself, without a server: for a certificate in a file. Without a
/// name, no more is asked than that there be one. Where an authority's certificate comes first, that is an error, and
/// what comes after it is judged as the server's own.
pub fn diagnose_chain(
    chain: &[Certificate],
    trust: &Trust,
    name: Option<&ServerName>,
    context: Context,
    now: Timestamp,
) -> Vec<Finding> {
    let own = own_position(chain);
    let Some(leaf) = chain.get(own) else {
        return vec![Finding::everywhere(Code::CertMalformed, Severity::Error, Evidence::None)];
    };
    // One that has signed itself, is alone and in no store may be meant for a server: that is another fault.
    let is_trusted = trust.stores.iter().any(|answer| answer.path.is_ok());
    if leaf.is_authority() && (is_trusted || !leaf.self_signed || chain.len() > 1) {
        let evidence = Evidence::Certificate { certificate: certificate::reference(leaf, own) };
        return vec![Finding::everywhere(Code::CertIsCa, Severity::Error, evidence)];
    }
    let mut findings = certificate::leaf_findings(leaf, own, name, context, now);
    findings.extend(compliance::findings(chain, own, trust, &findings, context, now));
    findings.extend(chain::findings(chain, own, trust, &findings, now));
    findings.extend(transparency::finding(leaf, own, trust, context, now));
    in_order(findings)
}

/// Whether nothing among `findings` breaks RFC 5280, or where it binds, what the CA/Browser Forum asks
/// for, in a way that any client minds. Another answer than whether a phone trusts the chain.
pub fn complies(findings: &[Finding]) -> bool {
    !findings.iter().any(|finding| is_about_rules(finding) && finding.severity > Severity::Info)
}

/// Whether it tells of a broken rule. That the common name has a name in the place of alternative names is
/// told by what fails for it.
pub(crate) fn is_about_rules(finding: &Finding) -> bool {
    let in_common_name = matches!(&finding.evidence, Evidence::Names { common_name: Some(_), .. });
    finding.code.is_of_compliance() || (finding.code == Code::CertNoSan && in_common_name)
}

/// The verdict of a domain entry: WeChat's rules, the ICP filing and the endpoint together. No
/// endpoint means a list that is not TLS: the rules may find fault with it, but nobody has seen it
/// work.
pub fn entry_verdict(findings: &[Finding], endpoint: Option<(Verdict, Verdicts)>) -> (Verdict, Verdicts) {
    let rules = Verdicts::from_findings(findings);
    let Some((verdict, platforms)) = endpoint else {
        let unknown = Verdicts::all(Verdict::Unknown);
        return (rules.worst().max(Verdict::Unknown), rules.and(&unknown));
    };
    let platforms = Verdicts::on_each(|platform| seen_and_ruled(platforms.on(platform), rules.on(platform)));
    (seen_and_ruled(verdict, rules.worst()), platforms)
}

/// A warning says that something works all the same: of what was not seen to work it says nothing.
fn seen_and_ruled(seen: Verdict, rules: Verdict) -> Verdict {
    match (seen, rules) {
        (Verdict::Unknown, Verdict::Warn) => Verdict::Unknown,
        (seen, rules) => seen.max(rules),
    }
}

/// What an entry adds to the verdict of its mini program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EntryVerdict {
    /// As [`entry_verdict`] gives it.
    pub verdict: Verdict,
    /// Per platform, likewise.
    pub platforms: Verdicts,
    /// Whether the list is one that can be observed at all.
    pub observable: Observable,
}

/// Whether what an entry names can be observed from here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Observable {
    /// There is an endpoint to probe.
    Yes,
    /// udp, tcp and names resolved ahead: there is nothing to shake hands with.
    No,
}

/// The verdict of a mini program: its worst entry, and the findings about itself. Entries that
/// cannot be observed leave the word to those that can; without any of the latter it is unknown.
pub fn program_verdict<E>(findings: &[Finding], entries: E) -> (Verdict, Verdicts)
where
    E: IntoIterator<Item = EntryVerdict, IntoIter: Clone>,
{
    let own = Verdicts::from_findings(findings);
    let entries = entries.into_iter();
    let verdict = sum(own.worst(), entries.clone().map(|entry| (entry.verdict, entry.observable)));
    let on =
        |platform| sum(own.on(platform), entries.clone().map(|entry| (entry.platforms.on(platform), entry.observable)));
    (verdict, Verdicts::on_each(on))
}

/// The worst of a mini program's own verdict and those of its entries. A warning says that it works all
/// the same, so without an entry that was seen to work it is unknown.
fn sum(own: Verdict, entries: impl Iterator<Item = (Verdict, Observable)>) -> Verdict {
    let (mut worst, mut least, mut works) = (own, Verdict::Unknown, false);
    for (verdict, observable) in entries {
        match observable {
            Observable::Yes => {
                least = Verdict::Pass;
                works |= matches!(verdict, Verdict::Pass | Verdict::Warn);
                worst = worst.max(verdict);
            }
            Observable::No => worst = worst.max(known(verdict)),
        }
    }
    match worst {
        Verdict::Warn if !works => Verdict::Unknown,
        worst => worst.max(least),
    }
}

/// What is left of a verdict that nothing was seen for: the fault found by the rules, if any.
const fn known(verdict: Verdict) -> Verdict {
    match verdict {
        Verdict::Unknown => Verdict::Pass,
        other => other,
    }
}

/// Nothing of the server was seen, so nothing is known of any platform.
fn unseen(verdict: Verdict, findings: Vec<Finding>) -> Diagnosis {
    Diagnosis { findings: in_order(findings), verdict, platforms: Verdicts::all(Verdict::Unknown) }
}

/// A warning and no error: inside the operator's network the name may well lead elsewhere than
/// outside.
fn private_address(observation: &Observation) -> Option<Finding> {
    let private = network::private_addresses(observation);
    let detail = private.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    (!private.is_empty())
        .then(|| Finding::everywhere(Code::DnsPrivateAddress, Severity::Warning, Evidence::Detail { detail }))
}

/// Most severe first, then as in the catalogue; what several addresses show alike is said once, for
/// all the platforms it concerns.
fn in_order(findings: Vec<Finding>) -> Vec<Finding> {
    let mut kept: Vec<Finding> = Vec::with_capacity(findings.len());
    for finding in findings {
        match kept.iter_mut().find(|other| other.says_the_same(&finding)) {
            Some(same) => {
                let platforms: BTreeSet<_> = same.platforms.iter().chain(&finding.platforms).copied().collect();
                same.platforms = platforms.into_iter().collect();
            }
            None => kept.push(finding),
        }
    }
    kept.sort_by(|a, b| b.severity.cmp(&a.severity).then(a.code.cmp(&b.code)));
    kept
}
