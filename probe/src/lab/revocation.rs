//! What authorities say of what they have revoked, and what certificates say of that and of the logs.

use model::{Timestamp, revocation::Status};
use rcgen::{
    CertificateParams, CertificateRevocationListParams, CrlDistributionPoint, CrlIssuingDistributionPoint,
    CustomExtension, Error, KeyIdMethod, KeyPair, RevocationReason, RevokedCertParams, SerialNumber, SigningKey,
};
use rustls::pki_types::CertificateDer;
use sha2::{Digest, Sha256};
use x509_parser::prelude::{FromDer, X509Certificate};

use super::{Authority, Validity, authority::element};

/// A list of revoked certificates.
#[derive(Clone, Debug)]
pub struct RevocationList {
    /// The serial numbers of those on it.
    pub serials: Vec<Vec<u8>>,
    /// From when to when it holds; they were revoked at its beginning.
    pub validity: Validity,
    /// Where the list is that it is a part of.
    pub url: Option<String>,
}

impl RevocationList {
    /// A whole list.
    pub fn of(serials: &[Vec<u8>], validity: Validity) -> Self {
        Self { serials: serials.to_vec(), validity, url: None }
    }
}

/// What a responder says of a certificate.
#[derive(Clone, Debug)]
pub struct OcspAnswer<'a> {
    /// The certificate.
    pub certificate: &'a [u8],
    /// What is said of it.
    pub status: Status,
    /// From when to when that holds.
    pub validity: Validity,
    /// Whether it is said when there is to be a newer one.
    pub ends: bool,
    /// Transparency timestamps of these logs, each at its time, that come with it.
    pub scts: Vec<([u8; 32], Timestamp)>,
}

impl<'a> OcspAnswer<'a> {
    /// One that says when it ends.
    pub const fn of(certificate: &'a [u8], status: Status, validity: Validity) -> Self {
        Self { certificate, status, validity, ends: true, scts: Vec::new() }
    }
}

impl Authority {
    /// A list of what this authority has revoked, because its keys were known to others.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn revokes(&self, list: &RevocationList) -> Result<Vec<u8>, Error> {
        let [this_update, next_update] = list.validity.ends();
        let revoked = |serial: &Vec<u8>| RevokedCertParams {
            serial_number: SerialNumber::from_slice(serial),
            revocation_time: this_update,
            reason_code: Some(RevocationReason::KeyCompromise),
            invalidity_date: None,
        };
        let scope = |url: &String| CrlIssuingDistributionPoint {
            distribution_point: CrlDistributionPoint { uris: vec![url.clone()] },
            scope: None,
        };
        let parameters = CertificateRevocationListParams {
            this_update,
            next_update,
            crl_number: SerialNumber::from(1_u64),
            issuing_distribution_point: list.url.as_ref().map(scope),
            revoked_certs: list.serials.iter().map(revoked).collect(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        Ok(parameters.signed_by(&self.issuer())?.der().to_vec())
    }

    /// An OCSP response of this authority itself.
    ///
    /// # Errors
    /// When it cannot be signed.
    pub fn answers(&self, answer: &OcspAnswer<'_>) -> Result<Vec<u8>, Error> {
        self.answers_by(answer, &self.key, &[])
    }

    /// The same, signed by another key, with certificates to show whose that is.
    ///
    /// # Errors
    /// When it cannot be signed.
    pub fn answers_by(
        &self,
        answer: &OcspAnswer<'_>,
        key: &KeyPair,
        certificates: &[CertificateDer<'_>],
    ) -> Result<Vec<u8>, Error> {
        let data = response_data(&self.der(), answer).ok_or(Error::CouldNotParseCertificate)?;
        let algorithm = element(0x30, &element(0x06, ECDSA_WITH_SHA256));
        let signature = element(0x03, &[&[0][..], key.sign(&data)?.as_slice()].concat());
        let certificates: Vec<u8> = certificates.iter().flat_map(|der| der.to_vec()).collect();
        let certificates =
            if certificates.is_empty() { certificates } else { element(0xa0, &element(0x30, &certificates)) };
        let basic = element(0x30, &[data, algorithm, signature, certificates].concat());
        let bytes = element(0x30, &[element(0x06, BASIC), element(0x04, &basic)].concat());
        Ok(element(0x30, &[element(0x0a, &[0]), element(0xa0, &bytes)].concat()))
    }
}

/// RFC 6960 section 4.2.1: ResponseData, by the hash of whose key it is answered.
fn response_data(issuer: &[u8], answer: &OcspAnswer<'_>) -> Option<Vec<u8>> {
    let (_, issuer) = X509Certificate::from_der(issuer).ok()?;
    let (_, subject) = X509Certificate::from_der(answer.certificate).ok()?;
    let key = Sha256::digest(&issuer.public_key().subject_public_key.data);
    let name = Sha256::digest(issuer.subject().as_raw());
    let id = [
        element(0x30, &element(0x06, SHA256)),
        element(0x04, name.as_slice()),
        element(0x04, key.as_slice()),
        element(0x02, subject.raw_serial()),
    ];
    let status = match &answer.status {
        Status::Good => element(0x80, &[]),
        Status::Unknown => element(0x82, &[]),
        Status::Revoked(revoked) => {
            let reason = revoked.reason.map(|reason| element(0xa0, &element(0x0a, &[reason as u8])));
            element(0xa1, &[time(revoked.at), reason.unwrap_or_default()].concat())
        }
    };
    let until = if answer.ends { element(0xa0, &time(answer.validity.ends_at())) } else { Vec::new() };
    let from = time(answer.validity.starts_at());
    let list = element(0x04, &element(0x04, &sct_list(&answer.scts)));
    let extensions = element(0x30, &element(0x30, &[element(0x06, OCSP_SCT_LIST), list].concat()));
    let extensions = if answer.scts.is_empty() { Vec::new() } else { element(0xa1, &extensions) };
    let single = element(0x30, &[element(0x30, &id.concat()), status, from.clone(), until, extensions].concat());
    let responder = element(0xa2, &element(0x04, key.as_slice()));
    Some(element(0x30, &[responder, from, element(0x30, &single)].concat()))
}

/// GeneralizedTime.
fn time(at: Timestamp) -> Vec<u8> {
    let (day, [hour, minute, second]) = (at.date().to_string().replace('-', ""), at.time_of_day());
    element(0x18, format!("{day}{hour:02}{minute:02}{second:02}Z").as_bytes())
}

/// Names a list of what its issuer has revoked.
pub fn names_list(parameters: &mut CertificateParams, url: &str) {
    parameters.crl_distribution_points.push(CrlDistributionPoint { uris: vec![url.to_owned()] });
}

/// Has a certificate promise that its server staples an OCSP response (RFC 7633).
pub fn promises_staple(parameters: &mut CertificateParams) {
    let features = element(0x30, &element(0x02, &[5]));
    parameters.custom_extensions.push(CustomExtension::from_oid_content(TLS_FEATURES, features));
}

/// Has a certificate hold timestamps of these logs, each at its time (RFC 6962 section 3.3).
pub fn names_scts(parameters: &mut CertificateParams, scts: &[([u8; 32], Timestamp)]) {
    let list = sct_list(scts);
    parameters.custom_extensions.push(CustomExtension::from_oid_content(SCT_LIST, element(0x04, &list)));
}

/// A list of timestamps of these logs, each at its time, as a handshake delivers it. Nobody has signed them.
#[must_use]
pub fn sct_list(scts: &[([u8; 32], Timestamp)]) -> Vec<u8> {
    let with_length =
        |bytes: Vec<u8>| [&u16::try_from(bytes.len()).unwrap_or(u16::MAX).to_be_bytes()[..], bytes.as_slice()].concat();
    let sct = |(log, at): &([u8; 32], Timestamp)| {
        let milliseconds = at.as_millisecond().to_be_bytes();
        // Version 1; no extensions; ECDSA with SHA-256.
        with_length([&[0][..], log, &milliseconds, &[0, 0], &[4, 3], &[0, 8], NOBODY_S_SIGNATURE].concat())
    };
    with_length(scts.iter().flat_map(sct).collect())
}

/// Two numbers, as ECDSA has them.
const NOBODY_S_SIGNATURE: &[u8] = &[0x30, 0x06, 0x02, 0x01, 0x01, 0x02, 0x01, 0x01];
const TLS_FEATURES: &[u64] = &[1, 3, 6, 1, 5, 5, 7, 1, 24];
const SCT_LIST: &[u64] = &[1, 3, 6, 1, 4, 1, 11129, 2, 4, 2];
/// 1.3.6.1.4.1.11129.2.4.5 in DER.
const OCSP_SCT_LIST: &[u8] = &[0x2b, 0x06, 0x01, 0x04, 0x01, 0xd6, 0x79, 0x02, 0x04, 0x05];
/// 1.2.840.10045.4.3.2 in DER.
const ECDSA_WITH_SHA256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];
/// 2.16.840.1.101.3.4.2.1 in DER.
const SHA256: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01];
/// 1.3.6.1.5.5.7.48.1.1 in DER.
const BASIC: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x01, 0x01];
