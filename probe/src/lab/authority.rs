//! Certificate authorities of a moment: what the lab, the tests and the benches make their
//! certificates with.

use std::time::Duration;

use model::{DAY_SECONDS, Host, Timestamp};
use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DnType, Error, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, PublicKeyData, SanType,
};
use rustls::pki_types::CertificateDer;
use time::OffsetDateTime;

/// A period given in days from a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validity {
    not_before: OffsetDateTime,
    not_after: OffsetDateTime,
}

impl Validity {
    /// From `from` days after `now` to `to` days after it; negative is before.
    pub fn days(now: Timestamp, from: i64, to: i64) -> Self {
        let at = |days: i64| {
            let second = now.as_second().saturating_add(days.saturating_mul(DAY_SECONDS));
            OffsetDateTime::from_unix_timestamp(second).unwrap_or(OffsetDateTime::UNIX_EPOCH)
        };
        Self { not_before: at(from), not_after: at(to) }
    }

    /// Its first moment.
    pub fn starts_at(self) -> Timestamp {
        timestamp(self.not_before)
    }

    /// Its last moment.
    pub fn ends_at(self) -> Timestamp {
        timestamp(self.not_after)
    }

    /// Its first and last moment.
    pub(super) const fn ends(self) -> [OffsetDateTime; 2] {
        [self.not_before, self.not_after]
    }

    /// The same, and so much longer.
    #[must_use]
    pub fn and(self, more: Duration) -> Self {
        Self { not_after: self.not_after + more, ..self }
    }
}

/// A certificate authority with its key.
#[derive(Debug)]
pub struct Authority {
    parameters: CertificateParams,
    pub(super) key: KeyPair,
    certificate: rcgen::Certificate,
    /// Where it can be fetched, as what it signs has it.
    url: Option<String>,
}

impl Authority {
    /// A root, signed by itself.
    ///
    /// # Errors
    /// When the certificate cannot be made.
    pub fn root(name: &str, validity: Validity) -> Result<Self, Error> {
        Self::root_with(name, validity, |_| ())
    }

    /// The same, with whatever `adjust` changes in it.
    ///
    /// # Errors
    /// When the certificate cannot be made.
    pub fn root_with(
        name: &str,
        validity: Validity,
        adjust: impl FnOnce(&mut CertificateParams),
    ) -> Result<Self, Error> {
        let mut parameters = authority(name, validity);
        adjust(&mut parameters);
        let key = KeyPair::generate()?;
        let certificate = parameters.self_signed(&key)?;
        Ok(Self { parameters, key, certificate, url: None })
    }

    /// The same, to be fetched at `url`: what it signs from now on says so.
    #[must_use]
    pub fn published_at(self, url: &str) -> Self {
        Self { url: Some(url.to_owned()), ..self }
    }

    /// An intermediate below this authority, with whatever `adjust` changes in it.
    ///
    /// # Errors
    /// When the certificate cannot be made.
    pub fn intermediate(
        &self,
        name: &str,
        validity: Validity,
        adjust: impl FnOnce(&mut CertificateParams),
    ) -> Result<Self, Error> {
        let mut parameters = authority(name, validity);
        self.sign_as_issuer(&mut parameters);
        adjust(&mut parameters);
        let key = KeyPair::generate()?;
        let certificate = parameters.signed_by(&key, &self.issuer())?;
        Ok(Self { parameters, key, certificate, url: None })
    }

    /// This authority's name and key certified by `other` too: a cross-sign.
    ///
    /// # Errors
    /// When the certificate cannot be made.
    pub fn cross_signed_by(&self, other: &Self) -> Result<CertificateDer<'static>, Error> {
        self.cross_signed_with(other, |_| ())
    }

    /// The same, with whatever `adjust` changes in it.
    ///
    /// # Errors
    /// When the certificate cannot be made.
    pub fn cross_signed_with(
        &self,
        other: &Self,
        adjust: impl FnOnce(&mut CertificateParams),
    ) -> Result<CertificateDer<'static>, Error> {
        let mut parameters = self.parameters.clone();
        parameters.custom_extensions.clear();
        other.sign_as_issuer(&mut parameters);
        adjust(&mut parameters);
        Ok(parameters.signed_by(&self.key, &other.issuer())?.der().clone())
    }

    /// A server certificate for `names` and the key `key`, with whatever `adjust` changes in it.
    ///
    /// # Errors
    /// When the certificate cannot be made.
    pub fn leaf(
        &self,
        names: &[&Host],
        key: &impl PublicKeyData,
        validity: Validity,
        adjust: impl FnOnce(&mut CertificateParams),
    ) -> Result<CertificateDer<'static>, Error> {
        let mut parameters = leaf(names, validity)?;
        self.sign_as_issuer(&mut parameters);
        adjust(&mut parameters);
        Ok(parameters.signed_by(key, &self.issuer())?.der().clone())
    }

    /// The certificate.
    pub fn der(&self) -> CertificateDer<'static> {
        self.certificate.der().clone()
    }

    /// The certificate as PEM.
    pub fn pem(&self) -> String {
        self.certificate.pem()
    }

    /// The private key as PEM, for whoever signs in its place.
    pub fn key_pem(&self) -> String {
        self.key.serialize_pem()
    }

    /// Names this authority in what it is about to sign.
    fn sign_as_issuer(&self, parameters: &mut CertificateParams) {
        parameters.use_authority_key_identifier_extension = true;
        parameters.custom_extensions.extend(self.url.as_deref().map(issuer_url));
    }

    pub(super) fn issuer(&self) -> Issuer<'_, &KeyPair> {
        Issuer::from_params(&self.parameters, &self.key)
    }
}

/// A server certificate that its own key signs.
///
/// # Errors
/// When the certificate cannot be made.
pub fn self_signed(names: &[&Host], key: &KeyPair, validity: Validity) -> Result<CertificateDer<'static>, Error> {
    Ok(leaf(names, validity)?.self_signed(key)?.der().clone())
}

fn authority(name: &str, validity: Validity) -> CertificateParams {
    let mut parameters = named(name, validity);
    parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    parameters
}

fn leaf(names: &[&Host], validity: Validity) -> Result<CertificateParams, Error> {
    let common_name = names.first().map_or("nobody", |host| host.as_str());
    let mut parameters = named(common_name, validity);
    for name in names {
        parameters.subject_alt_names.push(SanType::DnsName(name.as_str().try_into()?));
    }
    parameters.is_ca = IsCa::ExplicitNoCa;
    parameters.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    Ok(parameters)
}

fn named(name: &str, validity: Validity) -> CertificateParams {
    let mut parameters = CertificateParams::default();
    parameters.distinguished_name = rcgen::DistinguishedName::new();
    parameters.distinguished_name.push(DnType::CommonName, name);
    parameters.not_before = validity.not_before;
    parameters.not_after = validity.not_after;
    parameters
}

/// Certificates and nothing else, in a PKCS #7 that nobody has signed, as authorities publish several at
/// once (RFC 5280 section 4.2.2.1).
pub fn certificates_only(certificates: &[CertificateDer<'_>]) -> Vec<u8> {
    let object = |identifier: &[u8]| element(0x06, identifier);
    let version = element(0x02, &[1]);
    let nothing = element(0x31, &[]);
    let content = element(0x30, &object(DATA));
    let certificates = element(0xa0, &certificates.iter().flat_map(|der| der.to_vec()).collect::<Vec<_>>());
    let signed = element(0x30, &[version, nothing.clone(), content, certificates, nothing].concat());
    element(0x30, &[object(SIGNED_DATA), element(0xa0, &signed)].concat())
}

/// A DER element of less than 64 kB.
pub(super) fn element(tag: u8, contents: &[u8]) -> Vec<u8> {
    let length = u16::try_from(contents.len()).unwrap_or(u16::MAX).to_be_bytes();
    let header = match length {
        [0, short @ 0..0x80] => vec![tag, short],
        [0, long] => vec![tag, 0x81, long],
        [high, low] => vec![tag, 0x82, high, low],
    };
    [header.as_slice(), contents].concat()
}

/// RFC 5280 section 4.2.2.1: where the issuer's certificate can be fetched.
fn issuer_url(url: &str) -> CustomExtension {
    let description = [element(0x06, CA_ISSUERS), element(0x86, url.as_bytes())].concat();
    let contents = element(0x30, &element(0x30, &description));
    CustomExtension::from_oid_content(AUTHORITY_INFORMATION_ACCESS, contents)
}

fn timestamp(at: OffsetDateTime) -> Timestamp {
    Timestamp::from_second(at.unix_timestamp()).unwrap_or(Timestamp::UNIX_EPOCH)
}

const AUTHORITY_INFORMATION_ACCESS: &[u64] = &[1, 3, 6, 1, 5, 5, 7, 1, 1];
/// 1.3.6.1.5.5.7.48.2 in DER.
const CA_ISSUERS: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x02];
/// 1.2.840.113549.1.7.1 and .2, in DER.
const DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01];
const SIGNED_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02];
