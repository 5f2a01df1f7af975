//! How the addresses of one name add up: each is judged by itself, and on each platform the
//! majority of those that answer decides.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
};

use super::{Context, diagnose_chain, fetched, network, revocation, transparency};
use crate::{
    Code, Evidence, Finding, Observation, Platform, Severity, Timestamp,
    observation::{AddressObservation, Failure},
    trust::{Trust, TrustByAddress},
};

/// One address and what is to be said of it.
pub(super) struct Judged<'a> {
    seen: &'a AddressObservation,
    pub(super) reach: Reach,
    /// Whether a store was asked about the chain; without one, there is no telling.
    stores_asked: bool,
    pub(super) findings: Vec<Finding>,
}

/// How far the look at one address came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// The server said something: only then has the address a say.
    Answers,
    /// It was asked and said nothing.
    Silent,
    /// The machine that probed could not ask it.
    Beyond,
    /// Hufu may not ask it.
    Barred,
}

impl Reach {
    /// Whether the address was asked at all.
    pub(super) const fn was_asked(self) -> bool {
        matches!(self, Self::Answers | Self::Silent)
    }
}

/// What all addresses together show.
pub(super) struct Tally {
    /// The findings that count, and one warning that names the addresses outvoted or silent.
    pub(super) findings: Vec<Finding>,
    /// Whether a store was asked about every chain that counts.
    pub(super) stores_asked: bool,
}

/// Judges one address of `observation` by itself.
pub(super) fn judge<'a>(
    observation: &Observation,
    seen: &'a AddressObservation,
    trust: &TrustByAddress,
    context: Context,
    now: Timestamp,
) -> Judged<'a> {
    let mut findings = match &seen.outcome {
        Ok(handshake) => {
            let offers = seen.protocols.iter().flat_map(|protocols| network::protocol_findings(handshake, protocols));
            network::handshake_findings(handshake, seen.protocols.as_ref()).into_iter().chain(offers).collect()
        }
        Err(failure) => vec![network::finding(failure, Some(seen.address), seen.tries)],
    };
    let reach = match &seen.outcome {
        Ok(_) => Reach::Answers,
        Err(failure) if network::is_an_answer(failure) => Reach::Answers,
        Err(failure) if network::is_beyond_reach(failure) => Reach::Beyond,
        Err(failure) if network::is_barred(failure) => Reach::Barred,
        Err(_) => Reach::Silent,
    };
    let nobody_asked = Trust::default();
    let trust = trust.get(&seen.address).unwrap_or(&nobody_asked);
    if reach == Reach::Answers && (seen.outcome.is_ok() || !seen.chain.is_empty()) {
        let as_served = diagnose_chain(&seen.chain, trust, Some(&observation.target.host), context, now);
        let as_served = transparency::told(as_served, seen, now);
        findings.extend(fetched::told(as_served, seen.fetched.as_ref()));
        findings.extend(revocation::findings(seen, trust, context));
    }
    Judged { seen, reach, stores_asked: !trust.stores.is_empty(), findings }
}

/// Adds up. On a platform where fewer than half of the answering addresses fail, their failing is
/// a warning; a tie is a failure, since every second user meets it. An address of IPv6 counts as one
/// of IPv4 does. Those that are silent, however many, are a warning: clients go on to the next.
pub(super) fn tally(answering: &[Judged<'_>], silent: &[Judged<'_>]) -> Tally {
    let lenient: Vec<Platform> = Platform::PHONES_AND_DESKTOPS
        .into_iter()
        .filter(|platform| answering.iter().filter(|judged| judged.fails_on(*platform)).count() * 2 < answering.len())
        .collect();

    let mut tally = Tally { findings: Vec::new(), stores_asked: true };
    let mut concerned: BTreeSet<Platform> = BTreeSet::new();
    let mut faulty = BTreeMap::new();
    let mut counting = Vec::new();
    for judged in answering {
        let outvoted: Vec<Platform> = lenient.iter().copied().filter(|platform| judged.fails_on(*platform)).collect();
        tally.findings.extend(judged.findings.iter().filter_map(|finding| without(finding, &outvoted)));
        if outvoted.is_empty() {
            counting.push(judged.seen.address);
            tally.stores_asked &= judged.stores_asked;
        } else {
            faulty.insert(judged.seen.address, judged.errors());
            concerned.extend(outvoted);
        }
    }
    for finding in &mut tally.findings {
        finding.shown_by = shown_by(finding, answering);
    }
    let failing: BTreeMap<IpAddr, Failure> = silent.iter().filter_map(Judged::failure).collect();
    if !failing.is_empty() {
        concerned.extend(Platform::PHONES_AND_DESKTOPS);
    }
    if !concerned.is_empty() {
        let platforms: Vec<_> = concerned.into_iter().collect();
        let tried = |judged: &Judged<'_>| (judged.seen.address, judged.seen.tries);
        let tries = silent.iter().map(tried).filter(|(_, tries)| *tries > 1).collect();
        let evidence = Evidence::Addresses { failing, faulty, answering: counting, tries };
        tally.findings.push(Finding::on(&platforms, Code::NetSomeAddressesFail, Severity::Warning, evidence));
    }
    tally
}

/// The addresses that show it, unless all do or the evidence names the one that does.
fn shown_by(finding: &Finding, answering: &[Judged<'_>]) -> Vec<IpAddr> {
    if matches!(finding.evidence, Evidence::Failure { address: Some(_), .. }) {
        return Vec::new();
    }
    let shows = |judged: &&Judged<'_>| judged.findings.iter().any(|other| other.says_the_same(finding));
    let addresses: Vec<IpAddr> = answering.iter().filter(shows).map(|judged| judged.seen.address).collect();
    if addresses.len() == answering.len() { Vec::new() } else { addresses }
}

/// The addresses that were not asked, where others were: worth knowing, and no fault of the
/// server's.
pub(super) fn not_asked(unasked: &[Judged<'_>], answering: &[Judged<'_>]) -> Vec<Finding> {
    let finding = |(reach, code)| {
        let alike = unasked.iter().filter(|judged| judged.reach == reach);
        let failing: BTreeMap<IpAddr, Failure> = alike.filter_map(Judged::failure).collect();
        if failing.is_empty() {
            return None;
        }
        let answering = answering.iter().map(|judged| judged.seen.address).collect();
        let (faulty, tries) = (BTreeMap::new(), BTreeMap::new());
        let evidence = Evidence::Addresses { failing, faulty, answering, tries };
        Some(Finding::everywhere(code, Severity::Info, evidence))
    };
    [(Reach::Beyond, Code::NetNoRoute), (Reach::Barred, Code::NetBlockedByPolicy)]
        .into_iter()
        .filter_map(finding)
        .collect()
}

impl Judged<'_> {
    fn fails_on(&self, platform: Platform) -> bool {
        self.findings.iter().any(|finding| finding.severity == Severity::Error && finding.platforms.contains(&platform))
    }

    fn errors(&self) -> Vec<Code> {
        let errors = self.findings.iter().filter(|finding| finding.severity == Severity::Error);
        errors.map(|finding| finding.code).collect::<BTreeSet<_>>().into_iter().collect()
    }

    fn failure(&self) -> Option<(IpAddr, Failure)> {
        self.seen.outcome.as_ref().err().map(|failure| (self.seen.address, failure.clone()))
    }
}

/// The finding less some platforms; none when no platform is left of those that it had.
fn without(finding: &Finding, platforms: &[Platform]) -> Option<Finding> {
    if finding.platforms.is_empty() {
        return Some(finding.clone());
    }
    let left: Vec<_> = finding.platforms.iter().copied().filter(|platform| !platforms.contains(platform)).collect();
    (!left.is_empty()).then(|| Finding { platforms: left, ..finding.clone() })
}
