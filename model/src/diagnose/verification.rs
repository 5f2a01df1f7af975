//! What the answers to a request for a verification file mean. WeChat asks one address and does not say which, so
//! the majority of those that answer decides, as everywhere.

use std::{collections::BTreeMap, net::IpAddr};

use super::{Diagnosis, in_order, network, unseen};
use crate::{
    Code, Evidence, Finding, ServerName, Severity, Verdict, Verdicts,
    http::HttpFailure,
    observation::{DnsFailure, Failure, Resolution},
    verification::{Comparison, FileAnswer, FileBody, FileContent, FileFacts, FileLook, Form},
};

/// Whether WeChat finds the file, and what stands in its way.
///
/// Status, redirect and bytes are judged; the certificate is another question, which a probe answers.
pub fn diagnose_file(facts: &FileFacts) -> Diagnosis {
    let mut diagnosis = of_the_file(facts);
    diagnosis.findings.extend(no_domain(facts));
    Diagnosis { findings: in_order(diagnosis.findings), ..diagnosis }
}

/// A note and no error: a single server, or one's own machine, may well be asked for a try.
fn no_domain(facts: &FileFacts) -> Option<Finding> {
    let code = match &facts.target.host {
        ServerName::Ip(_) => Code::RuleIpAddress,
        ServerName::Dns(host) if host.is_localhost() => Code::RuleLocalhost,
        ServerName::Dns(_) => return None,
    };
    let evidence = Evidence::Entry { input: facts.target.to_string(), offending: None, suggestion: None };
    Some(Finding::everywhere(code, Severity::Info, evidence))
}

fn of_the_file(facts: &FileFacts) -> Diagnosis {
    if let Resolution::Failed { failure } = &facts.resolution {
        return unseen(Verdict::Unreachable, vec![network::finding(failure, None, 1)]);
    }
    if facts.looks.is_empty() {
        let failure = Failure::Dns { reason: DnsFailure::NoAddress };
        return unseen(Verdict::Unreachable, vec![network::finding(&failure, None, 1)]);
    }
    let (answering, silent): (Vec<_>, Vec<_>) = facts.looks.iter().partition(|look| answers(look));
    if answering.is_empty() {
        let barred = silent.iter().all(|look| unreached(look).is_some_and(network::is_barred));
        let verdict = if barred { Verdict::Unknown } else { Verdict::Unreachable };
        return unseen(verdict, silent.into_iter().map(|look| silence(look, facts)).collect());
    }
    let is_outvoted = answering.iter().filter(|look| fails(look)).count() * 2 < answering.len();
    let (closed, open): (Vec<_>, Vec<_>) = answering.into_iter().partition(|look| unreached(look).is_some());
    let mut findings = faults(&open, is_outvoted, facts);
    // Who speaks no TLS has no answer to compare, and as one of few is an address that fails.
    let (mut failing, mut answered) = (silent, open);
    if is_outvoted {
        failing.extend(closed);
    } else {
        findings.extend(closed.iter().map(|look| silence(look, facts)));
        answered.extend(closed);
    }
    findings.extend(beside(&failing, &answered, facts));
    let findings = in_order(findings);
    let platforms = Verdicts::from_findings(&findings);
    Diagnosis { verdict: platforms.worst(), platforms, findings }
}

/// Whether the server said anything, be it nonsense.
fn answers(look: &FileLook) -> bool {
    match &look.answer {
        Ok(_) | Err(HttpFailure::Broken { .. }) => true,
        Err(HttpFailure::Unreached { failure }) => network::is_an_answer(failure),
        Err(HttpFailure::Timeout) => false,
    }
}

/// Whether what it said has an error.
fn fails(look: &FileLook) -> bool {
    codes(look).iter().any(|code| *code != Code::VerificationWhitespace)
}

const fn unreached(look: &FileLook) -> Option<&Failure> {
    match &look.answer {
        Err(HttpFailure::Unreached { failure }) => Some(failure),
        _ => None,
    }
}

/// Why no answer came from an address.
fn silence(look: &FileLook, facts: &FileFacts) -> Finding {
    match unreached(look) {
        Some(failure) => network::finding(failure, Some(look.address), 1),
        None => finding(Code::VerificationNoAnswer, Severity::Error, vec![look.address], look, facts),
    }
}

/// What is wrong with the answers, each fault once with the addresses that have it. Where fewer than half have an
/// error, it is a warning: WeChat may have asked another.
fn faults(answering: &[&FileLook], is_outvoted: bool, facts: &FileFacts) -> Vec<Finding> {
    let mut groups: Vec<(Code, &FileLook, Vec<IpAddr>)> = Vec::new();
    for &look in answering {
        for code in codes(look) {
            match groups.iter_mut().find(|(known, of, _)| *known == code && of.answer == look.answer) {
                Some((_, _, addresses)) => addresses.push(look.address),
                None => groups.push((code, look, vec![look.address])),
            }
        }
    }
    let worst = if is_outvoted { Severity::Warning } else { Severity::Error };
    let told = groups.into_iter().map(|(code, look, addresses)| {
        // Nobody at WeChat says whether it is passed over.
        let severity = if code == Code::VerificationWhitespace { Severity::Warning } else { worst };
        finding(code, severity, addresses, look, facts)
    });
    told.collect()
}

fn finding(code: Code, severity: Severity, addresses: Vec<IpAddr>, look: &FileLook, facts: &FileFacts) -> Finding {
    let expected = facts.expected.as_ref().map(|content: &FileContent| content.as_str().len());
    let evidence = Evidence::VerificationFile { url: facts.url(), addresses, answer: look.answer.clone(), expected };
    Finding::everywhere(code, severity, evidence)
}

/// What is wrong with one answer.
fn codes(look: &FileLook) -> Vec<Code> {
    match &look.answer {
        Err(_) => vec![Code::VerificationNoAnswer],
        Ok(FileAnswer { status: 300..=399, .. }) => vec![Code::VerificationRedirected],
        Ok(FileAnswer { status: 200, body: Some(body), .. }) => of_body(body),
        Ok(_) => vec![Code::VerificationNotServed],
    }
}

fn of_body(body: &FileBody) -> Vec<Code> {
    if body.form == Form::Page {
        return vec![Code::VerificationPage];
    }
    let content = match body.compared {
        _ if body.goes_on => Some(Code::VerificationContent),
        Some(Comparison::Same) => None,
        Some(Comparison::Spaced) => Some(Code::VerificationWhitespace),
        Some(Comparison::Other { .. }) => Some(Code::VerificationContent),
        // Nobody has said what it should hold.
        None if body.form != Form::Word => Some(Code::VerificationContent),
        None => body.spaces_around.then_some(Code::VerificationWhitespace),
    };
    let mark = body.byte_order_mark.then_some(Code::VerificationByteOrderMark);
    mark.into_iter().chain(content).collect()
}

/// The addresses from which nothing came, where others answer.
fn beside(silent: &[&FileLook], answering: &[&FileLook], facts: &FileFacts) -> Vec<Finding> {
    let mut failing: BTreeMap<(Code, Severity), BTreeMap<IpAddr, Failure>> = BTreeMap::new();
    let mut findings = Vec::new();
    for look in silent {
        let Some(failure) = unreached(look) else {
            findings.push(finding(Code::VerificationNoAnswer, Severity::Warning, vec![look.address], look, facts));
            continue;
        };
        let kind = if network::is_barred(failure) {
            (Code::NetBlockedByPolicy, Severity::Info)
        } else if network::is_beyond_reach(failure) {
            (Code::NetNoRoute, Severity::Info)
        } else {
            (Code::NetSomeAddressesFail, Severity::Warning)
        };
        failing.entry(kind).or_default().insert(look.address, failure.clone());
    }
    let told = failing.into_iter().map(|((code, severity), failing)| {
        let answering = answering.iter().map(|look| look.address).collect();
        let evidence = Evidence::Addresses { failing, faulty: BTreeMap::new(), answering, tries: BTreeMap::new() };
        Finding::everywhere(code, severity, evidence)
    });
    findings.into_iter().chain(told).collect()
}

#[cfg(test)]
mod tests;
