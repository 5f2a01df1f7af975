//! A list of revoked certificates (RFC 5280 section 5), brought down to what look-ups need: 32 bytes a
//! certificate, in order. webpki reads it, and refuses what it does not know: lists of differences, of
//! others' certificates, of some reasons alone.

use std::time::Duration;

use model::{
    Timestamp,
    revocation::{ListAnswer, ListFailure, Reason, Revoked},
};
use webpki::{BorrowedCertRevocationList, CertRevocationList};
use x509_parser::prelude::X509Certificate;

use super::{
    Standing,
    signed::{self, Signed},
    standing,
};
use crate::{
    certificate,
    file::der::{FIRST, INTEGER, Reader, SEQUENCE},
    signature::Verification,
};

/// A list that its issuer has signed.
#[derive(Debug)]
pub(super) struct List {
    this_update: Timestamp,
    next_update: Timestamp,
    /// None where it is about all that its issuer has issued.
    scope: Option<Scope>,
    entries: Box<[Entry]>,
}

/// A revoked certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    serial: Serial,
    /// Seconds since 1970.
    at: u64,
    /// As the list has it.
    reason: Option<u8>,
}

/// A serial number with zeros before it.
type Serial = [u8; LONGEST_SERIAL];

impl List {
    /// The list in `der`, if the key of `issuer` has signed it.
    pub(super) fn read(der: &[u8], issuer: &[u8]) -> Result<Self, ListFailure> {
        let issuer = certificate::parse(issuer).map_err(|_| ListFailure::OtherList)?;
        let list = BorrowedCertRevocationList::from_der(der).map_err(|_| ListFailure::Unreadable)?;
        let signed = Reader::of(der).within(SEQUENCE).and_then(|mut reader| Signed::read(&mut reader));
        let signed = signed.ok_or(ListFailure::Unreadable)?;
        let (name, this_update, next_update) = head(&signed).ok_or(ListFailure::Unreadable)?;
        if name != issuer.subject().as_raw() {
            return Err(ListFailure::OtherList);
        }
        match signed.verify(issuer.public_key()) {
            Verification::Valid => {}
            Verification::Invalid => return Err(ListFailure::BadSignature),
            // Nobody here can say; that its issuer has not signed it is not known.
            Verification::Unsupported(_) => return Err(ListFailure::Unreadable),
        }
        let entries = entries(&list).ok_or(ListFailure::Unreadable)?;
        let list = CertRevocationList::from(list);
        let scope =
            list.issuing_distribution_point().map(|extension| Scope::read(extension).ok_or(ListFailure::Unreadable));
        let scope = scope.transpose()?;
        Ok(Self { this_update, next_update, scope, entries })
    }

    /// What it says at the time `now` of a certificate that names lists at `urls`.
    pub(super) fn answer(&self, certificate: &[u8], urls: &[String], now: Timestamp) -> ListAnswer {
        let Self { this_update, next_update, .. } = *self;
        let unknown = |why| ListAnswer::Unknown { why };
        match standing(this_update, next_update, now) {
            Standing::TooEarly => return unknown(ListFailure::NotYetValid),
            Standing::TooLate => return unknown(ListFailure::Stale { next_update }),
            Standing::InTime => {}
        }
        let is_covered =
            |parsed: &X509Certificate<'_>| self.scope.as_ref().is_none_or(|scope| scope.covers(parsed, urls));
        let certificate = certificate::parse(certificate).ok().filter(is_covered);
        let serial = certificate.and_then(|parsed| serial(parsed.raw_serial()));
        let Some(serial) = serial else { return unknown(ListFailure::OtherList) };
        match self.entries.binary_search_by_key(&serial, |entry| entry.serial) {
            Ok(place) => ListAnswer::Revoked(self.entries[place].revoked()),
            Err(_) => ListAnswer::NotListed { this_update, next_update },
        }
    }

    /// How many certificates are on it.
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// How long a newer one is not to be expected.
    pub(super) fn good_for(&self, now: Timestamp) -> Duration {
        let seconds = self.next_update.as_second().saturating_sub(now.as_second());
        Duration::from_secs(u64::try_from(seconds).unwrap_or(0))
    }
}

impl Entry {
    fn revoked(&self) -> Revoked {
        let at = i64::try_from(self.at).ok().and_then(|second| Timestamp::from_second(second).ok());
        Revoked { at: at.unwrap_or(Timestamp::MAX), reason: self.reason.and_then(Reason::of) }
    }
}

/// Whose list it is, and its times. webpki has seen that they are there.
fn head<'a>(signed: &Signed<'a>) -> Option<(&'a [u8], Timestamp, Timestamp)> {
    let mut list = Reader::of(signed.content.contents);
    list.take(INTEGER)?;
    list.take(SEQUENCE)?;
    let name = list.next()?.whole;
    Some((name, signed::time(list.next()?)?, signed::time(list.next()?)?))
}

/// In the order of their serial numbers, of which no certificate has one that is too long.
fn entries(list: &BorrowedCertRevocationList<'_>) -> Option<Box<[Entry]>> {
    let mut entries = Vec::new();
    for entry in list {
        let entry = entry.ok()?;
        if let Some(serial) = serial(entry.serial_number) {
            let reason = entry.reason_code.map(|reason| reason as u8);
            entries.push(Entry { serial, at: entry.revocation_date.as_secs(), reason });
        }
    }
    entries.sort_unstable();
    Some(entries.into())
}

fn serial(octets: &[u8]) -> Option<Serial> {
    let octets = signed::plain(octets);
    let mut serial = [0; LONGEST_SERIAL];
    serial.get_mut(LONGEST_SERIAL.checked_sub(octets.len())?..)?.copy_from_slice(octets);
    Some(serial)
}

/// What a list is about (RFC 5280 section 5.2.5). Of one that is about others, silence says nothing.
#[derive(Debug, Default)]
struct Scope {
    /// As the certificates that it is about have them. One that names itself otherwise, in a directory, is
    /// not told from the other parts of the same list.
    urls: Vec<String>,
    servers_alone: bool,
    authorities_alone: bool,
}

impl Scope {
    fn read(extension: &[u8]) -> Option<Self> {
        let mut scope = Self::default();
        let mut parts = Reader::of(extension).within(SEQUENCE)?;
        while !parts.is_at_end() {
            let part = parts.next()?;
            let is_so = part.contents.first().is_some_and(|octet| *octet != 0);
            match part.tag {
                FIRST => {
                    let mut names = Reader::of(part.contents).within(FIRST)?;
                    while !names.is_at_end() {
                        let name = names.next()?;
                        if name.tag == URL {
                            scope.urls.push(String::from_utf8_lossy(name.contents).into_owned());
                        }
                    }
                }
                SERVERS_ALONE => scope.servers_alone = is_so,
                AUTHORITIES_ALONE => scope.authorities_alone = is_so,
                _ => {}
            }
        }
        Some(scope)
    }

    fn covers(&self, certificate: &X509Certificate<'_>, urls: &[String]) -> bool {
        let is_authority = certificate.is_ca();
        let is_named = self.urls.iter().any(|url| urls.contains(url));
        let left_out = if is_authority { self.servers_alone } else { self.authorities_alone };
        is_named && !left_out
    }
}

/// `[6]`: uniformResourceIdentifier.
const URL: u8 = 0x86;
/// `[1]` and `[2]`: onlyContainsUserCerts, onlyContainsCACerts.
const SERVERS_ALONE: u8 = 0x81;
const AUTHORITIES_ALONE: u8 = 0x82;
/// RFC 5280 section 4.1.2.2.
const LONGEST_SERIAL: usize = 20;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;
    use crate::{
        file::der::element,
        lab::{Authority, RevocationList, Validity},
    };

    fn now() -> Timestamp {
        "2026-05-01T00:00:00Z".parse().unwrap()
    }

    fn authority(name: &str) -> Authority {
        Authority::root(name, Validity::days(now(), -100, 265)).unwrap()
    }

    fn week() -> Validity {
        Validity::days(now(), -1, 6)
    }

    /// The serial number and the certificate of a server.
    fn leaf(authority: &Authority) -> (Vec<u8>, Vec<u8>) {
        let key = rcgen::KeyPair::generate().unwrap();
        let year = Validity::days(now(), -10, 80);
        let der = authority.leaf(&[&"a.example".parse().unwrap()], &key, year, |_| ()).unwrap();
        (certificate::parse(&der).unwrap().raw_serial().to_vec(), der.to_vec())
    }

    #[test]
    fn what_is_on_the_list_is_revoked_and_what_is_not_is_not() {
        let authority = authority("Root");
        let ((revoked, its), (_, other)) = (leaf(&authority), leaf(&authority));
        // Many more, before and behind it.
        let others = (1_000..1_300_u16).map(|number| number.to_be_bytes().to_vec());
        let serials: Vec<_> = others.chain([revoked]).collect();
        let der = authority.revokes(&RevocationList::of(&serials, week())).unwrap();
        let list = List::read(&der, &authority.der()).unwrap();
        assert_eq!(list.len(), 301);
        let ListAnswer::Revoked(since) = list.answer(&its, &[], now()) else { panic!() };
        assert_eq!((since.at, since.reason), (week().starts_at(), Some(Reason::KeyCompromise)));
        let answer = list.answer(&other, &[], now());
        assert!(matches!(answer, ListAnswer::NotListed { this_update, .. } if this_update == week().starts_at()));
    }

    #[test]
    fn a_list_that_is_somebody_else_s_or_changed_is_none() {
        let (authority, other, namesake) = (authority("Root"), authority("Other"), authority("Root"));
        let der = authority.revokes(&RevocationList::of(&[vec![7]], week())).unwrap();
        assert_eq!(List::read(&der, &other.der()).unwrap_err(), ListFailure::OtherList);
        assert_eq!(List::read(&der, &namesake.der()).unwrap_err(), ListFailure::BadSignature);
        let longer = [der.as_slice(), &[0]].concat();
        for broken in [b"".as_slice(), b"<html>", &der[..der.len() - 1], &longer] {
            assert_eq!(List::read(broken, &authority.der()).unwrap_err(), ListFailure::Unreadable);
        }
        for place in 0..der.len() {
            let mut torn = der.clone();
            torn[place] ^= 1;
            assert!(List::read(&torn, &authority.der()).is_err(), "{place}");
        }
    }

    #[test]
    fn a_list_speaks_for_its_time_and_for_its_scope() {
        let authority = authority("Root");
        let (_, leaf) = leaf(&authority);
        let here = ["http://ca.example/1.crl".to_owned()];
        let old = Validity::days(now(), -30, -20);
        let coming = Validity::days(now(), 1, 8);
        let of = |validity: Validity, url: Option<&str>| RevocationList {
            url: url.map(str::to_owned),
            ..RevocationList::of(&[], validity)
        };
        let unknown = |why| ListAnswer::Unknown { why };
        for (list, expected) in [
            (of(old, None), Some(unknown(ListFailure::Stale { next_update: old.ends_at() }))),
            (of(coming, None), Some(unknown(ListFailure::NotYetValid))),
            (of(week(), Some("http://ca.example/2.crl")), Some(unknown(ListFailure::OtherList))),
            (of(week(), Some("http://ca.example/1.crl")), None),
            (of(week(), None), None),
        ] {
            let der = authority.revokes(&list).unwrap();
            let answer = List::read(&der, &authority.der()).unwrap().answer(&leaf, &here, now());
            match expected {
                Some(expected) => assert_eq!(answer, expected),
                None => assert!(matches!(answer, ListAnswer::NotListed { .. }), "{answer:?}"),
            }
        }
    }

    #[test]
    fn a_part_of_a_list_that_has_no_address_is_about_nobody_that_is_known() {
        let (_, leaf) = leaf(&authority("Root"));
        let leaf = certificate::parse(&leaf).unwrap();
        let here = ["http://ca.example/1.crl".to_owned()];
        let of = |name: &[u8]| element(SEQUENCE, &[&element(FIRST, &[&element(FIRST, &[name])])]);
        // directoryName: a name without parts.
        let in_a_directory = of(&element(0xa4, &[&element(SEQUENCE, &[])]));
        let by_address = of(&element(URL, &[here[0].as_bytes()]));
        assert!(!Scope::read(&in_a_directory).unwrap().covers(&leaf, &here));
        assert!(Scope::read(&by_address).unwrap().covers(&leaf, &here));
        assert!(!Scope::read(&by_address).unwrap().covers(&leaf, &[]));
    }

    #[test]
    fn serial_numbers_are_compared_without_the_zeros_before_them() {
        assert_eq!(serial(&[0, 0x80]), serial(&[0x80]));
        assert_ne!(serial(&[1, 0]), serial(&[1]));
        assert_eq!(serial(&[0; 30]), serial(&[0]));
        assert!(serial(&[1; 20]).is_some() && serial(&[1; 21]).is_none());
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_stumble(
            bytes in proptest::collection::vec(any::<u8>(), 0..400),
            place in any::<proptest::sample::Index>(),
        ) {
            let authority = authority("Root");
            let mut der = authority.revokes(&RevocationList::of(&[vec![7]], week())).unwrap();
            prop_assert!(List::read(&bytes, &authority.der()).is_err());
            Scope::read(&bytes);
            let start = place.index(der.len());
            let end = der.len().min(start + bytes.len());
            der[start..end].copy_from_slice(&bytes[..end - start]);
            let _ = List::read(&der, &authority.der());
        }
    }
}
