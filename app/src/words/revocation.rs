//! What is known of revocation and of transparency, in words.

use model::{
    Certificate, Zone,
    fetched::FetchFailure,
    observation::AddressObservation,
    revocation::{ListAnswer, ListFailure, Listed, Reason, Staple, StapleProblem, Status},
    transparency::NotSeen,
};

use super::connection::fetch_failure;
use crate::i18n::*;

/// Why a certificate was revoked.
pub fn reason(reason: Option<Reason>, locale: Locale) -> &'static str {
    match reason {
        None => td_string!(locale, words.revocation.reason.none),
        Some(Reason::Unspecified) => td_string!(locale, words.revocation.reason.unspecified),
        Some(Reason::KeyCompromise) => td_string!(locale, words.revocation.reason.key_compromise),
        Some(Reason::CaCompromise) => td_string!(locale, words.revocation.reason.ca_compromise),
        Some(Reason::AffiliationChanged) => td_string!(locale, words.revocation.reason.affiliation_changed),
        Some(Reason::Superseded) => td_string!(locale, words.revocation.reason.superseded),
        Some(Reason::CessationOfOperation) => td_string!(locale, words.revocation.reason.cessation_of_operation),
        Some(Reason::CertificateHold) => td_string!(locale, words.revocation.reason.certificate_hold),
        Some(Reason::RemoveFromCrl) => td_string!(locale, words.revocation.reason.remove_from_crl),
        Some(Reason::PrivilegeWithdrawn) => td_string!(locale, words.revocation.reason.privilege_withdrawn),
        Some(Reason::AaCompromise) => td_string!(locale, words.revocation.reason.aa_compromise),
    }
}

/// Why a stapled answer is not to be believed, as a sentence without its full stop.
pub fn staple_problem(problem: &StapleProblem, locale: Locale) -> String {
    match problem {
        StapleProblem::Malformed => td_string!(locale, words.revocation.staple.malformed).to_owned(),
        StapleProblem::NoAnswer { code } => td_string!(locale, words.revocation.staple.no_answer, code = *code),
        StapleProblem::OtherCertificate => td_string!(locale, words.revocation.staple.other_certificate).to_owned(),
        StapleProblem::NoIssuer => td_string!(locale, words.revocation.staple.no_issuer).to_owned(),
        StapleProblem::BadSignature => td_string!(locale, words.revocation.staple.bad_signature).to_owned(),
        StapleProblem::Unsupported { detail } => {
            td_string!(locale, words.revocation.staple.unsupported, detail = detail.as_str())
        }
        StapleProblem::NotYetValid => td_string!(locale, words.revocation.staple.not_yet_valid).to_owned(),
        StapleProblem::Expired => td_string!(locale, words.revocation.staple.expired).to_owned(),
    }
}

/// Why there is no list to ask, as a sentence without its full stop.
pub fn list_failure(failure: &ListFailure, zone: Zone, locale: Locale) -> String {
    match failure {
        ListFailure::NoUrl => td_string!(locale, words.revocation.list.no_url).to_owned(),
        ListFailure::NotHttp | ListFailure::NotFetched { failure: FetchFailure::NotHttp } => {
            td_string!(locale, words.revocation.list.not_http).to_owned()
        }
        ListFailure::NotFetched { failure: FetchFailure::TooLarge } => {
            td_string!(locale, words.revocation.list.too_large).to_owned()
        }
        ListFailure::NotFetched { failure } => fetch_failure(failure, locale),
        ListFailure::Unreadable => td_string!(locale, words.revocation.list.unreadable).to_owned(),
        ListFailure::OtherList => td_string!(locale, words.revocation.list.other_list).to_owned(),
        ListFailure::BadSignature => td_string!(locale, words.revocation.list.bad_signature).to_owned(),
        ListFailure::NotYetValid => td_string!(locale, words.revocation.list.not_yet_valid).to_owned(),
        ListFailure::Stale { next_update } => {
            td_string!(locale, words.revocation.list.stale, at = zone.write(*next_update))
        }
    }
}

/// What is known of the certificate at `position` of what an address serves, in a line for each who says
/// so. What an address staples is about its own certificate.
pub fn revocation(seen: &AddressObservation, position: usize, zone: Zone, locale: Locale) -> Vec<String> {
    let is_own = model::certificate::own_position(&seen.chain) == position;
    let staple = seen.staple.as_ref().filter(|_| is_own).map(|staple| stapled(staple, zone, locale));
    let lists = seen.lists.iter().filter(|listed| listed.position == position);
    staple.into_iter().chain(lists.map(|list| listed(list, zone, locale))).collect()
}

/// The same for each certificate that the address serves.
pub fn by_position(seen: &AddressObservation, zone: Zone, locale: Locale) -> Vec<Vec<String>> {
    (0..seen.chain.len()).map(|position| revocation(seen, position, zone, locale)).collect()
}

fn stapled(staple: &Staple, zone: Zone, locale: Locale) -> String {
    if let Some(revoked) = staple.revoked() {
        let (at, reason) = (zone.write(revoked.at), reason(revoked.reason, locale));
        return td_string!(locale, words.revocation.revoked_by_staple, at = at, reason = reason);
    }
    match (&staple.problem, staple.status, staple.this_update) {
        (Some(problem), ..) => {
            td_string!(locale, words.revocation.staple_problem, why = staple_problem(problem, locale))
        }
        (None, Some(Status::Good), Some(at)) => {
            td_string!(locale, words.revocation.good_by_staple, at = zone.write(at))
        }
        _ => td_string!(locale, words.revocation.staple_unknown).to_owned(),
    }
}

fn listed(listed: &Listed, zone: Zone, locale: Locale) -> String {
    match &listed.answer {
        ListAnswer::NotListed { this_update, .. } => {
            td_string!(locale, words.revocation.good_by_list, at = zone.write(*this_update))
        }
        ListAnswer::Revoked(revoked) => {
            let (at, reason) = (zone.write(revoked.at), reason(revoked.reason, locale));
            td_string!(locale, words.revocation.revoked_by_list, at = at, reason = reason)
        }
        ListAnswer::Unknown { why } => {
            td_string!(locale, words.revocation.unknown, why = list_failure(why, zone, locale))
        }
    }
}

/// The transparency timestamps of a server's certificate; none of an authority's, which has none, and
/// where nobody looked.
pub fn transparency(certificate: &Certificate, locale: Locale) -> Option<String> {
    let count = certificate.scts.as_ref().filter(|_| !certificate.is_ca)?.len();
    let logs = certificate.logs()?;
    Some(match count {
        0 => td_string!(locale, words.revocation.no_scts).to_owned(),
        count => td_string!(locale, words.revocation.scts, count = count, logs = logs),
    })
}

/// What a server delivers of such timestamps with its handshake and in its staple; none where nobody looked.
pub fn delivered(logs: Option<Result<u32, NotSeen>>, locale: Locale) -> String {
    match logs {
        None => td_string!(locale, words.revocation.delivered.not_looked).to_owned(),
        Some(Ok(0)) => td_string!(locale, words.revocation.delivered.nothing).to_owned(),
        Some(Ok(logs)) => td_string!(locale, words.revocation.delivered.logs, logs = logs),
        Some(Err(NotSeen::NoTls12)) => td_string!(locale, words.revocation.delivered.no_tls12).to_owned(),
        Some(Err(NotSeen::OtherCertificate)) => {
            td_string!(locale, words.revocation.delivered.other_certificate).to_owned()
        }
        Some(Err(NotSeen::NoAnswer)) => td_string!(locale, words.revocation.delivered.no_answer).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use model::{Timestamp, revocation::Revoked};

    use super::*;

    fn at() -> Timestamp {
        "2026-04-20T08:00:00Z".parse().unwrap()
    }

    #[test]
    fn each_answer_says_who_gives_it_and_of_when_it_is() {
        let said = |answer| listed(&Listed { position: 0, url: None, answer }, Zone::UTC, Locale::en);
        let good = ListAnswer::NotListed { this_update: at(), next_update: at() };
        assert_eq!(said(good), "not revoked, by the issuer's list of 2026-04-20 08:00 UTC");
        let revoked = Revoked { at: at(), reason: Some(Reason::KeyCompromise) };
        let expected = "revoked since 2026-04-20 08:00 UTC, by the issuer's list (the key is known to others)";
        assert_eq!(said(ListAnswer::Revoked(revoked)), expected);
        let why = ListFailure::NotFetched { failure: FetchFailure::Status { status: 404 } };
        assert_eq!(said(ListAnswer::Unknown { why }), "not known from a list: the answer was HTTP 404");

        let staple =
            |status, problem| Staple { status: Some(status), this_update: Some(at()), problem, ..Staple::default() };
        for (staple, expected) in [
            (staple(Status::Good, None), "not revoked, by the stapled OCSP response of 2026-04-20 08:00 UTC"),
            (
                staple(Status::Good, Some(StapleProblem::Expired)),
                "the stapled OCSP response proves nothing: it is out of date",
            ),
            (
                staple(Status::Unknown, None),
                "the responder does not know the certificate, by the stapled OCSP response",
            ),
            (
                staple(Status::Revoked(Revoked { reason: None, ..revoked }), Some(StapleProblem::Expired)),
                "revoked since 2026-04-20 08:00 UTC, by the stapled OCSP response (no reason given)",
            ),
        ] {
            assert_eq!(stapled(&staple, Zone::UTC, Locale::en), expected);
        }
    }

    #[test]
    fn what_is_too_large_for_a_list_is_not_called_a_certificate() {
        let failure = ListFailure::NotFetched { failure: FetchFailure::TooLarge };
        for locale in [Locale::en, Locale::zh_CN] {
            assert!(list_failure(&failure, Zone::UTC, locale).contains("8 MB"));
        }
    }
}
