//! Why a served chain has no path to a root, found by walking from the leaf from issuer to issuer.
//! Bounded in steps and in signatures: a hostile server can serve certificates that cross-sign
//! each other in every way.

use model::{Timestamp, certificate::Digest, trust::NoPath};
use rustls::pki_types::CertificateDer;
use x509_parser::{
    extensions::ParsedExtension,
    prelude::{FromDer, X509Certificate},
};

use crate::{
    certificate,
    roots::{Root, Roots},
    signature::{Verification, verify_certificate},
};

/// The reason that the certificate at the position `own` of `served` has no path to `roots` at the
/// time `at`, given that webpki refused it with `refusal`.
pub(crate) fn explain(
    served: &[CertificateDer<'_>],
    own: usize,
    roots: &Roots,
    at: Timestamp,
    refusal: &webpki::Error,
) -> NoPath {
    let certificates: Vec<Option<X509Certificate<'_>>> =
        served.iter().map(|der| certificate::parse(der).ok()).collect();
    let Some(Some(leaf)) = certificates.get(own) else {
        return NoPath::Unreadable;
    };

    let mut walk = Walk::new(&certificates, roots);
    walk.from(vec![own]);

    let defects = walk.complete.iter().map(|path| (path, defect(path, &certificates, at)));
    if let Some((path, defect)) = defects.min_by_key(|(_, defect)| defect.rank()) {
        return match defect {
            Defect::OutOfDate { position } => NoPath::OutOfDate { position },
            Defect::NotACa { position } => NoPath::NotACa { position },
            Defect::Unseen => by_refusal(refusal, path, &certificates),
        };
    }
    if ends_itself(leaf) {
        return NoPath::SelfSigned;
    }
    if let Some(&position) = walk.unknown_roots.first() {
        return NoPath::UnknownRoot { position };
    }
    // What is missing is known only once every way has been gone.
    if walk.is_spent() {
        return NoPath::Refused { detail: ENTANGLED.to_owned() };
    }
    if let Some((_, position)) = walk.missing_issuers.into_iter().max_by_key(|(length, _)| *length) {
        return NoPath::MissingIssuer { position };
    }
    match walk.bad_signatures.into_iter().next() {
        Some(position) => NoPath::BadSignature {
            position: Some(position),
            detail: format!("the signature of certificate {} does not verify with its issuer's key", position + 1),
        },
        None => NoPath::Refused { detail: words(refusal) },
    }
}

/// The roots that have signed one of the first few of `served`, as far as that can be told here.
pub(crate) fn signers<'r>(served: &[CertificateDer<'_>], stores: &'r [Roots]) -> Vec<&'r Root> {
    let certificates: Vec<_> =
        served.iter().take(LONGEST_PATH).filter_map(|der| certificate::parse(der).ok()).collect();
    let mut found = Vec::new();
    let mut signatures_left = LONGEST_PATH;
    for certificate in certificates.iter().filter(|certificate| !ends_itself(certificate)) {
        for roots in stores {
            for root in roots.with_subject(certificate.issuer().as_raw()) {
                if signatures_left == 0 {
                    return found;
                }
                signatures_left -= 1;
                let Ok((_, parsed)) = X509Certificate::from_der(&root.der) else { continue };
                if verify_certificate(certificate, parsed.public_key()) != Verification::Invalid {
                    found.push(root);
                }
            }
        }
    }
    found
}

/// Whether `at` lies within the validity of `certificate`, both ends included.
pub(crate) fn is_in_date(certificate: &X509Certificate<'_>, at: Timestamp) -> bool {
    let validity = certificate.validity();
    (validity.not_before.timestamp()..=validity.not_after.timestamp()).contains(&at.as_second())
}

/// Every way from the leaf that ends somewhere.
struct Walk<'a> {
    certificates: &'a [Option<X509Certificate<'a>>],
    roots: &'a Roots,
    /// Positions, leaf first, of the paths that a root of the store signs.
    complete: Vec<Vec<usize>>,
    /// Self-signed ends that are no root of the store.
    unknown_roots: Vec<usize>,
    /// Ends whose issuer is nowhere, with the length of the path to them.
    missing_issuers: Vec<(usize, usize)>,
    /// Certificates whose issuer fits by name only.
    bad_signatures: Vec<usize>,
    steps_left: usize,
    signatures_left: usize,
}

impl<'a> Walk<'a> {
    fn new(certificates: &'a [Option<X509Certificate<'a>>], roots: &'a Roots) -> Self {
        Self {
            certificates,
            roots,
            complete: Vec::new(),
            unknown_roots: Vec::new(),
            missing_issuers: Vec::new(),
            bad_signatures: Vec::new(),
            steps_left: MOST_STEPS,
            signatures_left: MOST_SIGNATURES,
        }
    }

    const fn is_spent(&self) -> bool {
        self.steps_left == 0 || self.signatures_left == 0
    }

    /// Goes on from the end of `path`, which holds at least the leaf.
    fn from(&mut self, path: Vec<usize>) {
        let certificates = self.certificates;
        let Some(&position) = path.last() else { return };
        let Some(Some(end)) = certificates.get(position) else {
            return;
        };
        if self.steps_left == 0 || path.len() > LONGEST_PATH {
            return;
        }
        self.steps_left -= 1;
        let before = self.bad_signatures.len();

        if self.signed_by_root(position, end) {
            self.complete.push(path);
            return;
        }
        let mut led_on = false;
        for (next, candidate) in certificates.iter().enumerate() {
            let Some(candidate) = candidate else { continue };
            if path.contains(&next) || candidate.subject().as_raw() != end.issuer().as_raw() {
                continue;
            }
            if self.signs(candidate, end, position) {
                led_on = true;
                self.from([path.as_slice(), &[next]].concat());
            }
        }
        if led_on {
            return;
        }
        if ends_itself(end) {
            self.unknown_roots.push(position);
        } else if self.bad_signatures.len() == before {
            self.missing_issuers.push((path.len(), position));
        }
    }

    fn signed_by_root(&mut self, position: usize, end: &X509Certificate<'_>) -> bool {
        let roots = self.roots;
        let candidates = roots.with_subject(end.issuer().as_raw());
        for candidate in candidates {
            let Ok((_, root)) = X509Certificate::from_der(&candidate.der) else {
                continue;
            };
            if self.signs(&root, end, position) {
                return true;
            }
        }
        false
    }

    /// Whether `issuer`, whose name fits, signed `subject`. One whose key identifier says that it
    /// is another certificate of the same name is no issuer; one that should have signed and did
    /// not is noted as a bad signature; a signature that nobody here can verify passes, for webpki
    /// to refuse it.
    fn signs(&mut self, issuer: &X509Certificate<'_>, subject: &X509Certificate<'_>, position: usize) -> bool {
        if self.signatures_left == 0 {
            return false;
        }
        self.signatures_left -= 1;
        match verify_certificate(subject, issuer.public_key()) {
            Verification::Valid | Verification::Unsupported(_) => true,
            Verification::Invalid => {
                if !differ(subject_key(issuer), authority_key(subject)) {
                    self.bad_signatures.push(position);
                }
                false
            }
        }
    }
}

/// Whether a certificate names itself as its issuer, and no signature says otherwise.
fn ends_itself(certificate: &X509Certificate<'_>) -> bool {
    certificate.subject().as_raw() == certificate.issuer().as_raw()
        && verify_certificate(certificate, certificate.public_key()) != Verification::Invalid
}

/// What is wrong on a path that is whole.
enum Defect {
    OutOfDate {
        position: usize,
    },
    NotACa {
        position: usize,
    },
    /// Nothing that can be seen here.
    Unseen,
}

impl Defect {
    /// Of several paths, the one with the least to mend explains best.
    const fn rank(&self) -> u8 {
        match self {
            Self::Unseen => 0,
            Self::OutOfDate { .. } => 1,
            Self::NotACa { .. } => 2,
        }
    }
}

fn defect(path: &[usize], certificates: &[Option<X509Certificate<'_>>], at: Timestamp) -> Defect {
    let on_path = || path.iter().filter_map(|&position| Some((position, certificates.get(position)?.as_ref()?)));
    if let Some((position, _)) = on_path().find(|(_, certificate)| !is_in_date(certificate, at)) {
        return Defect::OutOfDate { position };
    }
    match on_path().skip(1).find(|(_, certificate)| !certificate.is_ca()) {
        Some((position, _)) => Defect::NotACa { position },
        None => Defect::Unseen,
    }
}

/// The reason behind a refusal of `path`, on which nothing else is wrong.
fn by_refusal(refusal: &webpki::Error, path: &[usize], certificates: &[Option<X509Certificate<'_>>]) -> NoPath {
    use webpki::Error;
    let detail = words(refusal);
    match refusal {
        Error::NameConstraintViolation => NoPath::NameConstraint,
        Error::InvalidSignatureForPublicKey
        | Error::SignatureAlgorithmMismatch
        | Error::UnsupportedSignatureAlgorithmContext(_)
        | Error::UnsupportedSignatureAlgorithmForPublicKeyContext(_) => match weak_link(path, certificates) {
            Some(position) => NoPath::WeakLink { position, detail },
            None => NoPath::BadSignature { position: None, detail },
        },
        _ => NoPath::Refused { detail },
    }
}

/// The first certificate on `path` that is signed with a digest that webpki refuses, or that signs
/// with a key that it refuses.
fn weak_link(path: &[usize], certificates: &[Option<X509Certificate<'_>>]) -> Option<usize> {
    path.iter().enumerate().find_map(|(step, &position)| {
        let certificate = certificates.get(position)?.as_ref()?;
        let digest = certificate::signature_algorithm(&certificate.signature_algorithm).digest;
        // The leaf signs the handshake, and no certificate.
        let signs = step > 0;
        let weak = matches!(digest, Digest::Broken | Digest::Short)
            || (signs && certificate::public_key(certificate.public_key()).weak_bits().is_some());
        weak.then_some(position)
    })
}

/// The verifier's reason in words a person can act on.
fn words(refusal: &webpki::Error) -> String {
    use webpki::Error;
    let words = match refusal {
        Error::CaUsedAsEndEntity => "the server's certificate is that of a certificate authority",
        Error::PathLenConstraintViolated => "there are more intermediates than an issuer allows",
        Error::RequiredEkuNotFoundContext(_) | Error::EmptyEkuExtension => {
            "the extended key usage of a certificate on the path does not allow servers"
        }
        Error::UnsupportedCertVersion => "a certificate is not X.509 version 3",
        Error::UnsupportedCriticalExtension => "a certificate has a critical extension that clients do not know",
        Error::InvalidSignatureForPublicKey => "a signature does not verify with its issuer's key",
        Error::SignatureAlgorithmMismatch => "a certificate names two different signature algorithms",
        Error::UnsupportedSignatureAlgorithmContext(_) | Error::UnsupportedSignatureAlgorithmForPublicKeyContext(_) => {
            "a signature uses an algorithm or a key that clients refuse"
        }
        Error::CertDistrusted => "a key on the path is distrusted",
        Error::TrailingData(_) => "a certificate is larger than 64 kB, or something follows its end",
        Error::InvalidCertValidity => "a certificate ends before it begins",
        Error::MaximumSignatureChecksExceeded
        | Error::MaximumPathBuildCallsExceeded
        | Error::MaximumPathDepthExceeded
        | Error::MaximumNameConstraintComparisonsExceeded => ENTANGLED,
        other => return format!("{other:?}"),
    };
    words.to_owned()
}

pub(crate) fn subject_key<'a>(certificate: &'a X509Certificate<'_>) -> Option<&'a [u8]> {
    certificate.iter_extensions().find_map(|extension| match extension.parsed_extension() {
        ParsedExtension::SubjectKeyIdentifier(key) => Some(key.0),
        _ => None,
    })
}

pub(crate) fn authority_key<'a>(certificate: &'a X509Certificate<'_>) -> Option<&'a [u8]> {
    certificate.iter_extensions().find_map(|extension| match extension.parsed_extension() {
        ParsedExtension::AuthorityKeyIdentifier(authority) => authority.key_identifier.as_ref().map(|key| key.0),
        _ => None,
    })
}

pub(crate) fn differ(one: Option<&[u8]>, other: Option<&[u8]>) -> bool {
    matches!((one, other), (Some(one), Some(other)) if one != other)
}

const ENTANGLED: &str = "the certificates served are too many or too entangled";
const MOST_STEPS: usize = 1_000;
const MOST_SIGNATURES: usize = 200;
/// webpki follows six intermediates.
const LONGEST_PATH: usize = 8;
