//! A stapled OCSP response (RFC 6960): what it says of the server's certificate, whether somebody who may
//! say so has signed it, and whether it is of today.

use aws_lc_rs::digest::{self, Algorithm, SHA1_FOR_LEGACY_USE_ONLY, SHA256, SHA384, SHA512};
use model::{
    DAY_SECONDS, Timestamp,
    certificate::Sct,
    revocation::{Reason, Revoked, Staple, StapleProblem, Status},
};
use x509_parser::{extensions::ParsedExtension, prelude::X509Certificate};

use super::{
    Link, Standing,
    signed::{self, Signed, plain},
    standing,
};
use crate::{
    certificate,
    file::der::{ENUMERATED, Element, FIRST, INTEGER, OBJECT, OCTET_STRING, Reader, SEQUENCE},
    signature::{Verification, verify_certificate},
    transparency,
    walk::is_in_date,
};

/// What `response` says of the certificate of `link` at the time `now`.
pub(super) fn read(response: &[u8], link: Option<&Link>, now: Timestamp) -> Staple {
    judge(response, link, now).unwrap_or_else(|problem| Staple { problem: Some(problem), ..Staple::default() })
}

fn judge(response: &[u8], link: Option<&Link>, now: Timestamp) -> Result<Staple, StapleProblem> {
    let response = Response::read(response)?;
    let link = link.ok_or(StapleProblem::NoIssuer)?;
    let parsed = certificate::parse(&link.subject).ok().zip(certificate::parse(&link.issuer).ok());
    let (subject, issuer) = parsed.ok_or(StapleProblem::NoIssuer)?;
    let answer = response.answer(&subject, &issuer)?;
    // RFC 6960 section 2.4: without it there is always news; Mozilla believes such an answer for a day.
    let believed_until = answer.next_update.unwrap_or_else(|| a_day_after(answer.this_update));
    let problem = match response.verify(&issuer, now) {
        Some(problem) => Some(problem),
        None => match standing(answer.this_update, believed_until, now) {
            Standing::TooEarly => Some(StapleProblem::NotYetValid),
            Standing::TooLate => Some(StapleProblem::Expired),
            Standing::InTime => None,
        },
    };
    let Answer { status, this_update, next_update, scts } = answer;
    Ok(Staple { status: Some(status), this_update: Some(this_update), next_update, problem, scts })
}

fn a_day_after(this_update: Timestamp) -> Timestamp {
    Timestamp::from_second(this_update.as_second().saturating_add(DAY_SECONDS)).unwrap_or(Timestamp::MAX)
}

/// A basic response: of another kind there is none.
struct Response<'a> {
    signed: Signed<'a>,
    /// Each a SingleResponse.
    answers: Reader<'a>,
    /// The certificates that come with it.
    certificates: Reader<'a>,
}

/// What it says of one certificate.
struct Answer {
    status: Status,
    this_update: Timestamp,
    next_update: Option<Timestamp>,
    scts: Vec<Sct>,
}

impl<'a> Response<'a> {
    fn read(response: &'a [u8]) -> Result<Self, StapleProblem> {
        let mut outer = Reader::of(response);
        let mut parts = outer.within(SEQUENCE).filter(|_| outer.is_at_end()).ok_or(StapleProblem::Malformed)?;
        match parts.take(ENUMERATED) {
            Some([SUCCESSFUL]) => Self::basic(parts).ok_or(StapleProblem::Malformed),
            Some([code]) => Err(StapleProblem::NoAnswer { code: *code }),
            _ => Err(StapleProblem::Malformed),
        }
    }

    fn basic(mut parts: Reader<'a>) -> Option<Self> {
        let mut bytes = parts.within(FIRST)?.within(SEQUENCE)?;
        if bytes.take(OBJECT)? != BASIC {
            return None;
        }
        let mut basic = Reader::of(bytes.take(OCTET_STRING)?).within(SEQUENCE)?;
        let signed = Signed::read(&mut basic)?;
        let certificates = match basic.within(FIRST) {
            Some(mut tagged) => tagged.within(SEQUENCE)?,
            None => Reader::of(&[]),
        };
        let mut data = Reader::of(signed.content.contents);
        let first = data.next()?;
        // The version is left out as long as it is the first; then comes who answers.
        if first.tag == FIRST {
            data.next()?;
        }
        signed::time(data.next()?)?;
        let answers = data.within(SEQUENCE)?;
        Some(Self { signed, answers, certificates })
    }

    /// What it says of `subject`, which `issuer` has signed.
    fn answer(&self, subject: &X509Certificate<'_>, issuer: &X509Certificate<'_>) -> Result<Answer, StapleProblem> {
        let mut answers = self.answers;
        while !answers.is_at_end() {
            let mut single = answers.within(SEQUENCE).ok_or(StapleProblem::Malformed)?;
            let id = single.within(SEQUENCE).ok_or(StapleProblem::Malformed)?;
            if is_about(id, subject, issuer).ok_or(StapleProblem::Malformed)? {
                return Answer::read(single).ok_or(StapleProblem::Malformed);
            }
        }
        Err(StapleProblem::OtherCertificate)
    }

    /// What is to be said against its signature: the issuer's own, or that of somebody whom the issuer has
    /// charged with answering (RFC 6960 section 4.2.2.2).
    fn verify(&self, issuer: &X509Certificate<'_>, now: Timestamp) -> Option<StapleProblem> {
        let mut problem = StapleProblem::BadSignature;
        let mut verified = |verification| match verification {
            Verification::Valid => true,
            Verification::Invalid => false,
            Verification::Unsupported(detail) => {
                problem = StapleProblem::Unsupported { detail };
                false
            }
        };
        if verified(self.signed.verify(issuer.public_key())) {
            return None;
        }
        let mut certificates = self.certificates;
        for _ in 0..MOST_RESPONDERS {
            let Some(element) = certificates.next() else { break };
            let Ok(responder) = certificate::parse(element.whole) else { continue };
            if may_answer_for(&responder, issuer, now) && verified(self.signed.verify(responder.public_key())) {
                return None;
            }
        }
        Some(problem)
    }
}

impl Answer {
    /// From what follows the name of the certificate.
    fn read(mut single: Reader<'_>) -> Option<Self> {
        let status = status(single.next()?)?;
        let this_update = signed::time(single.next()?)?;
        let mut next = single.next();
        let next_update = match next {
            Some(Element { tag: FIRST, contents, .. }) => {
                next = single.next();
                Some(signed::time(Reader::of(contents).next()?)?)
            }
            _ => None,
        };
        let extensions = next.filter(|element| element.tag == EXTENSIONS);
        let scts = extensions.and_then(|extensions| timestamps(Reader::of(extensions.contents)));
        Some(Self { status, this_update, next_update, scts: scts.unwrap_or_default() })
    }
}

/// The transparency timestamps among the extensions of an answer (RFC 6962 section 3.3).
fn timestamps(mut extensions: Reader<'_>) -> Option<Vec<Sct>> {
    let mut extensions = extensions.within(SEQUENCE)?;
    while let Some(mut extension) = extensions.within(SEQUENCE) {
        if extension.take(OBJECT)? != TIMESTAMPS {
            continue;
        }
        let mut value = extension.next()?;
        // Whether it is critical.
        if value.tag == BOOLEAN {
            value = extension.next()?;
        }
        let list = Reader::of(value.contents).take(OCTET_STRING).filter(|_| value.tag == OCTET_STRING)?;
        return Some(transparency::list(list));
    }
    None
}

fn status(element: Element<'_>) -> Option<Status> {
    match element.tag {
        GOOD => Some(Status::Good),
        UNKNOWN => Some(Status::Unknown),
        REVOKED => {
            let mut parts = Reader::of(element.contents);
            let at = signed::time(parts.next()?)?;
            let reason = parts.within(FIRST).and_then(|mut reason| match reason.take(ENUMERATED)? {
                [number] => Reason::of(*number),
                _ => None,
            });
            Some(Status::Revoked(Revoked { at, reason }))
        }
        _ => None,
    }
}

/// Whether a CertID names `subject`; by a digest that nobody knows it names nothing. None where it is none.
fn is_about(mut id: Reader<'_>, subject: &X509Certificate<'_>, issuer: &X509Certificate<'_>) -> Option<bool> {
    let algorithm = id.within(SEQUENCE)?.take(OBJECT)?;
    let (name, key, serial) = (id.take(OCTET_STRING)?, id.take(OCTET_STRING)?, id.take(INTEGER)?);
    let Some((_, algorithm)) = DIGESTS.iter().find(|(oid, _)| *oid == algorithm) else { return Some(false) };
    let is = |bytes: &[u8], expected: &[u8]| digest::digest(algorithm, bytes).as_ref() == expected;
    Some(
        plain(serial) == plain(subject.raw_serial())
            && is(issuer.subject().as_raw(), name)
            && is(&issuer.public_key().subject_public_key.data, key),
    )
}

/// Whether `issuer` has charged the holder of a certificate with answering.
fn may_answer_for(responder: &X509Certificate<'_>, issuer: &X509Certificate<'_>, now: Timestamp) -> bool {
    let is_charged = responder.iter_extensions().any(|extension| match extension.parsed_extension() {
        ParsedExtension::ExtendedKeyUsage(usage) => usage.ocsp_signing,
        _ => false,
    });
    is_charged
        && is_in_date(responder, now)
        && responder.issuer().as_raw() == issuer.subject().as_raw()
        && verify_certificate(responder, issuer.public_key()) == Verification::Valid
}

const SUCCESSFUL: u8 = 0;
/// `[0]`, `[1]` and `[2]` of CertStatus.
const GOOD: u8 = 0x80;
const REVOKED: u8 = 0xa1;
const UNKNOWN: u8 = 0x82;
/// `[1]` of SingleResponse.
const EXTENSIONS: u8 = 0xa1;
const BOOLEAN: u8 = 0x01;
/// Responders send the certificate of one.
const MOST_RESPONDERS: usize = 8;

/// 1.3.6.1.5.5.7.48.1.1.
const BASIC: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x01, 0x01];

/// 1.3.6.1.4.1.11129.2.4.5.
const TIMESTAMPS: &[u8] = &[0x2b, 0x06, 0x01, 0x04, 0x01, 0xd6, 0x79, 0x02, 0x04, 0x05];

/// Digests that name an issuer; nearly all responders have SHA-1, which is no matter here.
static DIGESTS: [(&[u8], &Algorithm); 4] = [
    (&[0x2b, 0x0e, 0x03, 0x02, 0x1a], &SHA1_FOR_LEGACY_USE_ONLY),
    (&[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01], &SHA256),
    (&[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02], &SHA384),
    (&[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03], &SHA512),
];

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;
    use rcgen::{ExtendedKeyUsagePurpose, KeyPair};
    use rustls::pki_types::CertificateDer;

    use super::*;
    use crate::{
        file::der::element,
        lab::{Authority, OcspAnswer, Validity},
    };

    fn now() -> Timestamp {
        "2026-05-01T00:00:00Z".parse().unwrap()
    }

    fn year() -> Validity {
        Validity::days(now(), -100, 265)
    }

    fn week() -> Validity {
        Validity::days(now(), -1, 6)
    }

    fn leaf(authority: &Authority) -> Link {
        let key = KeyPair::generate().unwrap();
        let subject = authority.leaf(&[&"a.example".parse().unwrap()], &key, year(), |_| ()).unwrap();
        Link { position: 0, subject, issuer: authority.der() }
    }

    /// The key of somebody who answers for `authority`, with a certificate that has those purposes.
    fn responder(authority: &Authority, purposes: &[ExtendedKeyUsagePurpose]) -> (KeyPair, CertificateDer<'static>) {
        let key = KeyPair::generate().unwrap();
        let der = authority.leaf(&[&"ocsp.example".parse().unwrap()], &key, year(), |parameters| {
            parameters.extended_key_usages = purposes.to_vec();
        });
        (key, der.unwrap())
    }

    #[test]
    fn an_answer_of_the_issuer_is_believed_in_its_time() {
        let authority = Authority::root("Root", year()).unwrap();
        let link = leaf(&authority);
        let revoked = Revoked { at: week().starts_at(), reason: Some(Reason::KeyCompromise) };
        for (status, validity, problem) in [
            (Status::Good, week(), None),
            (Status::Unknown, week(), None),
            (Status::Revoked(revoked), week(), None),
            (Status::Revoked(Revoked { reason: None, ..revoked }), week(), None),
            (Status::Good, Validity::days(now(), -30, -20), Some(StapleProblem::Expired)),
            (Status::Good, Validity::days(now(), 1, 8), Some(StapleProblem::NotYetValid)),
        ] {
            let response = authority.answers(&OcspAnswer::of(&link.subject, status, validity)).unwrap();
            let (this_update, next_update) = (Some(validity.starts_at()), Some(validity.ends_at()));
            let expected = Staple { status: Some(status), this_update, next_update, problem, scts: Vec::new() };
            assert_eq!(read(&response, Some(&link), now()), expected);
        }
    }

    #[test]
    fn an_answer_without_an_end_is_believed_for_a_day() {
        let authority = Authority::root("Root", year()).unwrap();
        let link = leaf(&authority);
        for (from, problem) in [(0, None), (-1, None), (-2, Some(StapleProblem::Expired))] {
            let validity = Validity::days(now(), from, 6);
            let answer = OcspAnswer { ends: false, ..OcspAnswer::of(&link.subject, Status::Good, validity) };
            let staple = read(&authority.answers(&answer).unwrap(), Some(&link), now());
            assert_eq!((staple.next_update, staple.problem), (None, problem), "{from}");
        }
    }

    #[test]
    fn the_timestamps_of_an_answer_are_read_whether_or_not_it_ends() {
        let authority = Authority::root("Root", year()).unwrap();
        let link = leaf(&authority);
        let scts = vec![([1; 32], now()), ([2; 32], now())];
        let expected = [1, 2].map(|log| Sct { log: model::Fingerprint::new([log; 32]), at: now() });
        let of = |certificate| OcspAnswer { scts: scts.clone(), ..OcspAnswer::of(certificate, Status::Good, week()) };
        for ends in [true, false] {
            let response = authority.answers(&OcspAnswer { ends, ..of(&link.subject) }).unwrap();
            let staple = read(&response, Some(&link), now());
            assert_eq!((staple.scts.as_slice(), staple.is_good()), (&expected[..], true), "{ends}");
        }
        // What is of another certificate is none of this one's, and what is out of date is believed by its logs.
        let sibling = leaf(&authority);
        let response = authority.answers(&of(&sibling.subject)).unwrap();
        assert_eq!(read(&response, Some(&link), now()).scts, []);
        let old = OcspAnswer { validity: Validity::days(now(), -30, -20), ..of(&link.subject) };
        let staple = read(&authority.answers(&old).unwrap(), Some(&link), now());
        assert_eq!((staple.scts.as_slice(), staple.problem), (&expected[..], Some(StapleProblem::Expired)));
    }

    #[test]
    fn the_extension_is_found_behind_others_and_what_is_no_list_is_none() {
        let der = |tag, parts: &[&[u8]]| element(tag, parts).to_vec();
        let list = crate::lab::sct_list(&[([1; 32], now())]);
        let value = der(OCTET_STRING, &[&der(OCTET_STRING, &[&list])]);
        let named = |oid: &[u8], rest: &[&[u8]]| der(SEQUENCE, &[&der(OBJECT, &[oid]), &rest.concat()]);
        let other = named(&[0x2a, 0x03], &[&der(OCTET_STRING, &[&[5, 0]])]);
        for (extensions, expected) in [
            (named(TIMESTAMPS, &[&value]), Some(1)),
            ([other.clone(), named(TIMESTAMPS, &[&der(BOOLEAN, &[&[0xff]]), &value])].concat(), Some(1)),
            (named(TIMESTAMPS, &[&der(OCTET_STRING, &[&list])]), None),
            (named(TIMESTAMPS, &[&der(SEQUENCE, &[&der(OCTET_STRING, &[&list])])]), None),
            (named(TIMESTAMPS, &[&der(OCTET_STRING, &[&der(OCTET_STRING, &[&list[2..]])])]), Some(0)),
            (named(TIMESTAMPS, &[]), None),
            (other, None),
            (Vec::new(), None),
        ] {
            let whole = der(SEQUENCE, &[&extensions]);
            let read = timestamps(Reader::of(&whole));
            assert_eq!(read.as_ref().map(Vec::len), expected, "{extensions:x?}");
        }
        assert_eq!(timestamps(Reader::of(b"")), None);
    }

    #[test]
    fn only_the_issuer_may_answer_and_whom_it_has_charged() {
        let (authority, other) = (Authority::root("Root", year()).unwrap(), Authority::root("Root", year()).unwrap());
        let link = leaf(&authority);
        let answer = OcspAnswer::of(&link.subject, Status::Good, week());
        let charged = [ExtendedKeyUsagePurpose::OcspSigning];
        for (signer, problem) in [
            (responder(&authority, &charged), None),
            (responder(&authority, &[ExtendedKeyUsagePurpose::ServerAuth]), Some(StapleProblem::BadSignature)),
            (responder(&authority, &[]), Some(StapleProblem::BadSignature)),
            (responder(&other, &charged), Some(StapleProblem::BadSignature)),
        ] {
            let (key, certificate) = signer;
            let response = authority.answers_by(&answer, &key, &[certificate]).unwrap();
            assert_eq!(read(&response, Some(&link), now()).problem, problem);
        }
        // Without the certificate nobody knows who that is.
        let (key, _) = responder(&authority, &charged);
        let response = authority.answers_by(&answer, &key, &[]).unwrap();
        assert_eq!(read(&response, Some(&link), now()).problem, Some(StapleProblem::BadSignature));
    }

    #[test]
    fn an_answer_about_another_certificate_says_nothing_of_this_one() {
        let (authority, other) = (Authority::root("Root", year()).unwrap(), Authority::root("Other", year()).unwrap());
        let (link, sibling) = (leaf(&authority), leaf(&authority));
        let expected = Some(StapleProblem::OtherCertificate);
        let about_sibling = OcspAnswer::of(&sibling.subject, Status::Good, week());
        let response = authority.answers(&about_sibling).unwrap();
        assert_eq!(read(&response, Some(&link), now()).problem, expected);
        // The same number of another authority.
        let about_link = OcspAnswer::of(&link.subject, Status::Good, week());
        let response = other.answers(&about_link).unwrap();
        assert_eq!(read(&response, Some(&link), now()).problem, expected);
        assert_eq!(read(&response, None, now()).problem, Some(StapleProblem::NoIssuer));
    }

    #[test]
    fn what_is_no_answer_says_so() {
        let try_later = [0x30, 0x03, 0x0a, 0x01, 0x03];
        assert_eq!(read(&try_later, None, now()).problem, Some(StapleProblem::NoAnswer { code: 3 }));
        for bytes in
            [&b""[..], b"<html>", &[0x30, 0x00], &[0x30, 0x03, 0x0a, 0x01, 0x00], &[&try_later[..], &[0]].concat()]
        {
            assert_eq!(read(bytes, None, now()).problem, Some(StapleProblem::Malformed), "{bytes:x?}");
        }
    }

    #[test]
    fn a_changed_answer_is_never_believed() {
        let authority = Authority::root("Root", year()).unwrap();
        let link = leaf(&authority);
        let response = authority.answers(&OcspAnswer::of(&link.subject, Status::Good, week())).unwrap();
        for place in 0..response.len() {
            let mut torn = response.clone();
            torn[place] ^= 1;
            let staple = read(&torn, Some(&link), now());
            assert!(!staple.is_good() && staple.revoked().is_none(), "{place}: {staple:?}");
            assert!(!read(&response[..place], Some(&link), now()).is_good(), "{place}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_stumble(
            bytes in proptest::collection::vec(any::<u8>(), 0..400),
            place in any::<proptest::sample::Index>(),
        ) {
            let authority = Authority::root("Root", year()).unwrap();
            let link = leaf(&authority);
            prop_assert!(!read(&bytes, Some(&link), now()).is_good());
            let mut response = authority.answers(&OcspAnswer::of(&link.subject, Status::Good, week())).unwrap();
            let start = place.index(response.len());
            let end = response.len().min(start + bytes.len());
            response[start..end].copy_from_slice(&bytes[..end - start]);
            read(&response, Some(&link), now());
        }
    }
}
