#![allow(clippy::unwrap_used)]

use super::*;
use crate::{
    endpoints::route::Route,
    fixture::address,
    observation::{TcpFailure, TlsFailure},
    occurrence::occurrences,
    tls::Alert,
    verification::FILE_MOST,
};

const WORD: &str = "2ec87af7a5f64b0fb2d7a1b5e5f8e9c3";

fn expected() -> FileContent {
    WORD.parse().unwrap()
}

fn answer(status: u16, body: Option<FileBody>) -> Result<FileAnswer, HttpFailure> {
    Ok(FileAnswer { status, location: None, content_type: None, content_encoding: None, body })
}

fn served(bytes: impl AsRef<[u8]>) -> Result<FileAnswer, HttpFailure> {
    answer(200, Some(FileBody::of(bytes.as_ref(), Some(&expected()))))
}

fn seen(bytes: impl AsRef<[u8]>) -> Result<FileAnswer, HttpFailure> {
    answer(200, Some(FileBody::of(bytes.as_ref(), None)))
}

fn unreached(failure: Failure) -> Result<FileAnswer, HttpFailure> {
    Err(HttpFailure::Unreached { failure })
}

fn refused() -> Result<FileAnswer, HttpFailure> {
    unreached(Failure::Tcp { reason: TcpFailure::Refused })
}

fn broken() -> Result<FileAnswer, HttpFailure> {
    Err(HttpFailure::Broken { detail: "words".to_owned() })
}

fn no_tls(reason: TlsFailure) -> Result<FileAnswer, HttpFailure> {
    unreached(Failure::Tls { reason })
}

fn in_the_clear() -> Result<FileAnswer, HttpFailure> {
    no_tls(TlsFailure::NotTls { protocol: "HTTP".to_owned() })
}

fn facts(answers: impl IntoIterator<Item = Result<FileAnswer, HttpFailure>>) -> FileFacts {
    let look = |(answer, number)| FileLook { address: address(number), answer };
    FileFacts {
        target: "www.example.com".parse().unwrap(),
        name: "kH3Bw2VgxW.txt".parse().unwrap(),
        expected: Some(expected()),
        asked_at: "2026-05-01T00:00:00Z".parse().unwrap(),
        resolution: Resolution::Dns { took_ms: 1 },
        route: Route::default(),
        looks: answers.into_iter().zip(1..).map(look).collect(),
        addresses_left_out: 0,
    }
}

fn said(facts: &FileFacts) -> (Verdict, Vec<(&'static str, Severity)>) {
    let Diagnosis { findings, verdict, .. } = diagnose_file(facts);
    for finding in &findings {
        assert!(occurrences(finding.code).iter().any(|known| known.covers(finding)), "{finding:?}");
    }
    (verdict, findings.iter().map(|finding| (finding.code.as_str(), finding.severity)).collect())
}

fn codes_of(answer: Result<FileAnswer, HttpFailure>) -> Vec<&'static str> {
    said(&facts([answer])).1.into_iter().map(|(code, _)| code).collect()
}

#[test]
fn an_answer_is_right_or_has_its_faults() {
    let (mark, spaces) = ("verification.byte_order_mark", "verification.whitespace");
    let (content, page) = ("verification.content", "verification.page");
    for (answer, codes) in [
        (served(WORD), &[][..]),
        (served(format!("{WORD}\n")), &[spaces]),
        (served(format!("\u{feff}{WORD}")), &[mark]),
        (served(format!("\u{feff}{WORD}\r\n")), &[mark, spaces]),
        (served(WORD.to_uppercase()), &[content]),
        (served("\u{feff}another"), &[content, mark]),
        (served(""), &[content]),
        (served("{\"code\":404}"), &[content]),
        (served("<!DOCTYPE html><title>404</title>"), &[page]),
        (served(format!("<html>{WORD}</html>")), &[page]),
        (served(vec![b'a'; FILE_MOST + 1]), &[content]),
        (served([WORD.as_bytes(), vec![b'\n'; FILE_MOST].as_slice()].concat()), &[content]),
        // Nobody has said what it should hold.
        (seen(WORD), &[]),
        (seen(format!("{WORD}\n")), &[spaces]),
        (seen(format!("\u{feff}{WORD}")), &[mark]),
        (seen("two words"), &[content]),
        (seen(""), &[content]),
        (seen("<html>"), &[page]),
        (answer(301, None), &["verification.redirected"]),
        (answer(302, None), &["verification.redirected"]),
        (answer(308, None), &["verification.redirected"]),
        (answer(404, None), &["verification.not_served"]),
        (answer(403, None), &["verification.not_served"]),
        (answer(503, None), &["verification.not_served"]),
        (answer(204, None), &["verification.not_served"]),
        (answer(206, None), &["verification.not_served"]),
        (broken(), &["verification.no_answer"]),
        (in_the_clear(), &["tls.not_tls"]),
        (no_tls(TlsFailure::Alert { alert: Alert::ProtocolVersion }), &["tls.no_tls12"]),
        (no_tls(TlsFailure::Misbehaved { detail: "words".to_owned() }), &["tls.handshake_failed"]),
    ] {
        let mut found = codes_of(answer.clone());
        found.sort_unstable();
        let mut codes = codes.to_vec();
        codes.sort_unstable();
        assert_eq!(found, codes, "{answer:?}");
    }
}

#[test]
fn every_fault_fails_but_white_space_which_warns() {
    for (answer, verdict) in [
        (served(WORD), Verdict::Pass),
        (served(format!("{WORD}\n")), Verdict::Warn),
        (served(format!("\u{feff}{WORD}")), Verdict::Fail),
        (served("another"), Verdict::Fail),
        (answer(302, None), Verdict::Fail),
        (answer(404, None), Verdict::Fail),
        (broken(), Verdict::Fail),
        (in_the_clear(), Verdict::Fail),
    ] {
        assert_eq!(said(&facts([answer.clone()])).0, verdict, "{answer:?}");
    }
}

#[test]
fn who_says_nothing_is_unreachable_and_who_was_not_asked_unknown() {
    let dns = Failure::Dns { reason: DnsFailure::NotFound };
    let unresolved = FileFacts { resolution: Resolution::Failed { failure: dns }, ..facts([]) };
    let barred = || unreached(Failure::Policy { address: address(1) });
    let error = |code| vec![(code, Severity::Error)];
    for (facts, verdict, findings) in [
        (unresolved, Verdict::Unreachable, error("dns.not_found")),
        (facts([]), Verdict::Unreachable, error("dns.no_address")),
        (facts([refused()]), Verdict::Unreachable, error("net.refused")),
        (facts([Err(HttpFailure::Timeout)]), Verdict::Unreachable, error("verification.no_answer")),
        (facts([no_tls(TlsFailure::ClosedBeforeAnswer)]), Verdict::Unreachable, error("net.reset")),
        (facts([barred()]), Verdict::Unknown, vec![("net.blocked_by_policy", Severity::Warning)]),
    ] {
        assert_eq!(said(&facts), (verdict, findings));
    }
    // Beside one that is right they are a warning, or nothing but worth knowing.
    let warning = |code| vec![(code, Severity::Warning)];
    for (answer, verdict, findings) in [
        (refused(), Verdict::Warn, warning("net.some_addresses_fail")),
        (Err(HttpFailure::Timeout), Verdict::Warn, warning("verification.no_answer")),
        (barred(), Verdict::Pass, vec![("net.blocked_by_policy", Severity::Info)]),
    ] {
        assert_eq!(said(&facts([served(WORD), answer])), (verdict, findings));
    }
}

#[test]
fn of_several_addresses_the_majority_decides_and_those_at_fault_are_named() {
    let right = || served(WORD);
    let missing = || answer(404, None);
    let error = Severity::Error;
    for (answers, verdict, severity) in [
        (vec![right(), right(), missing()], Verdict::Warn, Severity::Warning),
        (vec![right(), missing()], Verdict::Fail, error),
        (vec![right(), missing(), missing()], Verdict::Fail, error),
    ] {
        assert_eq!(said(&facts(answers)), (verdict, vec![("verification.not_served", severity)]));
    }
    // The same of who speaks no TLS, in the words that a probe has for that.
    let failing = |code, severity| vec![(code, severity)];
    for (answers, verdict, findings) in [
        (vec![right(), right(), in_the_clear()], Verdict::Warn, failing("net.some_addresses_fail", Severity::Warning)),
        (vec![right(), in_the_clear()], Verdict::Fail, failing("tls.not_tls", error)),
    ] {
        assert_eq!(said(&facts(answers)), (verdict, findings));
    }
    let diagnosis = diagnose_file(&facts([right(), missing(), missing()]));
    let Evidence::VerificationFile { url, addresses, expected, .. } = &diagnosis.findings[0].evidence else {
        panic!("{diagnosis:?}");
    };
    assert_eq!((url.as_str(), *expected), ("https://www.example.com/kH3Bw2VgxW.txt", Some(32)));
    assert_eq!(addresses, &[address(2), address(3)]);
    // Each answer that is not like another is told by itself.
    assert_eq!(diagnose_file(&facts([answer(404, None), answer(403, None)])).findings.len(), 2);
}

#[test]
fn what_can_be_no_business_domain_is_said_to_be_none_whatever_comes_from_there() {
    for (target, note) in [
        ("127.0.0.1:8443", Some("rule.ip_address")),
        ("[2001:db8::1]:443", Some("rule.ip_address")),
        ("localhost:8443", Some("rule.localhost")),
        ("app.localhost", Some("rule.localhost")),
        ("localhost.example.com", None),
    ] {
        for (answer, verdict) in [(served(WORD), Verdict::Pass), (refused(), Verdict::Unreachable)] {
            let (found, said) = said(&FileFacts { target: target.parse().unwrap(), ..facts([answer]) });
            let notes: Vec<_> = said.into_iter().filter(|(_, severity)| *severity == Severity::Info).collect();
            let expected: Vec<_> = note.into_iter().map(|code| (code, Severity::Info)).collect();
            assert_eq!((found, notes), (verdict, expected), "{target}");
        }
    }
}
