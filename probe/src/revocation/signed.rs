//! What authorities sign besides certificates, in the way in which they sign those.

use model::Timestamp;
use x509_parser::{
    prelude::FromDer,
    time::ASN1Time,
    x509::{AlgorithmIdentifier, SubjectPublicKeyInfo},
};

use crate::{
    certificate,
    file::der::{BIT_STRING, Element, OBJECT, Reader, SEQUENCE},
    signature::{Verification, verify_signed},
};

/// Something that is signed, with its signature.
pub(super) struct Signed<'a> {
    /// What was signed.
    pub(super) content: Element<'a>,
    algorithm: AlgorithmIdentifier<'a>,
    signature: &'a [u8],
}

impl<'a> Signed<'a> {
    /// The next three elements: what was signed, how, and the signature.
    pub(super) fn read(reader: &mut Reader<'a>) -> Option<Self> {
        let content = reader.next().filter(|element| element.tag == SEQUENCE)?;
        let algorithm = reader.next().filter(|element| element.tag == SEQUENCE)?;
        // The parser below takes whatever stands there for one.
        Reader::of(algorithm.contents).take(OBJECT)?;
        let (_, algorithm) = AlgorithmIdentifier::from_der(algorithm.whole).ok()?;
        // A whole number of octets.
        let signature = reader.take(BIT_STRING)?.strip_prefix(&[0])?;
        Some(Self { content, algorithm, signature })
    }

    /// Whether this key has signed it.
    pub(super) fn verify(&self, key: &SubjectPublicKeyInfo<'_>) -> Verification {
        verify_signed(&self.algorithm, key, self.content.whole, self.signature)
    }
}

/// UTCTime or GeneralizedTime.
pub(super) fn time(element: Element<'_>) -> Option<Timestamp> {
    let (_, time) = ASN1Time::from_der(element.whole).ok()?;
    Some(certificate::timestamp(time))
}

/// A serial number as it is compared: whoever writes it may put zeros before it.
pub(super) fn plain(serial: &[u8]) -> &[u8] {
    let start = serial.iter().position(|octet| *octet != 0).unwrap_or(serial.len());
    &serial[start..]
}
