//! Does this key verify this signature? For handshakes and certificates alike, and for keys that a
//! phone refuses too: a diagnosis must tell a weak key from a wrong signature.

use aws_lc_rs::signature::{self, UnparsedPublicKey, VerificationAlgorithm};
use rustls::SignatureScheme;
use x509_parser::{
    oid_registry::{
        Oid,
        asn1_rs::{Tag, oid},
    },
    prelude::{AlgorithmIdentifier, FromDer, X509Certificate},
    public_key::RSAPublicKey,
    signature_algorithm::RsaSsaPssParams,
    x509::SubjectPublicKeyInfo,
};

/// What verifying a signature came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verification {
    /// The key made the signature.
    Valid,
    /// The key did not make the signature.
    Invalid,
    /// Nobody here can say; the reason.
    Unsupported(String),
}

/// The schemes offered to servers: those of current phones, so without SHA-1.
pub(crate) const OFFERED: [SignatureScheme; 10] = [
    SignatureScheme::ECDSA_NISTP256_SHA256,
    SignatureScheme::ECDSA_NISTP384_SHA384,
    SignatureScheme::ECDSA_NISTP521_SHA512,
    SignatureScheme::ED25519,
    SignatureScheme::RSA_PSS_SHA256,
    SignatureScheme::RSA_PSS_SHA384,
    SignatureScheme::RSA_PSS_SHA512,
    SignatureScheme::RSA_PKCS1_SHA256,
    SignatureScheme::RSA_PKCS1_SHA384,
    SignatureScheme::RSA_PKCS1_SHA512,
];

/// Which handshake a signature belongs to: TLS 1.3 ties a scheme to a curve and knows no PKCS #1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Handshake {
    Tls12,
    Tls13,
}

/// Verifies a signature over a handshake with the key of the certificate in `leaf_der`.
pub(crate) fn verify_handshake(
    handshake: Handshake,
    scheme: SignatureScheme,
    leaf_der: &[u8],
    message: &[u8],
    signature: &[u8],
) -> Verification {
    let Ok((_, leaf)) = X509Certificate::from_der(leaf_der) else {
        return Verification::Unsupported("the certificate cannot be read".to_owned());
    };
    let Some((padding, digest)) = of_scheme(scheme) else {
        return Verification::Unsupported(format!("{scheme:?} is not supported"));
    };
    let key = leaf.public_key();
    if handshake == Handshake::Tls13 && !fits_tls13(padding, digest, key) {
        return Verification::Invalid;
    }
    verify(padding, digest, key, message, signature)
}

/// Verifies the signature over `certificate` with `issuer_key`.
pub(crate) fn verify_certificate(
    certificate: &X509Certificate<'_>,
    issuer_key: &SubjectPublicKeyInfo<'_>,
) -> Verification {
    let (message, signature) = (certificate.tbs_certificate.as_ref(), &certificate.signature_value.data);
    verify_signed(&certificate.signature_algorithm, issuer_key, message, signature)
}

/// Verifies a signature over what is signed as certificates are.
pub(crate) fn verify_signed(
    algorithm: &AlgorithmIdentifier<'_>,
    key: &SubjectPublicKeyInfo<'_>,
    message: &[u8],
    signature: &[u8],
) -> Verification {
    match of_identifier(algorithm) {
        Some((padding, digest)) => verify(padding, digest, key, message, signature),
        None => Verification::Unsupported(format!("{} is not supported", algorithm.algorithm)),
    }
}

/// Size of an RSA modulus in bits; `None` when it is not a positive number.
pub(crate) fn rsa_bits(key: &SubjectPublicKeyInfo<'_>) -> Option<u32> {
    let (_, key) = RSAPublicKey::from_der(&key.subject_public_key.data).ok()?;
    if key.modulus.first().is_none_or(|&byte| byte & 0x80 != 0) {
        return None;
    }
    let start = key.modulus.iter().position(|&byte| byte != 0)?;
    let bytes = u32::try_from(key.modulus.len() - start).ok()?;
    bytes.checked_mul(8)?.checked_sub(key.modulus[start].leading_zeros())
}

/// The named curve of an elliptic-curve key; `None` when its parameters are spelled out.
pub(crate) fn named_curve<'a>(key: &SubjectPublicKeyInfo<'a>) -> Option<Oid<'a>> {
    let parameters = key.algorithm.parameters.clone()?;
    (parameters.tag() == Tag::Oid).then(|| parameters.oid().ok()).flatten()
}

pub(crate) const RSA_KEY: Oid<'static> = oid!(1.2.840.113549.1.1.1);
pub(crate) const RSA_PSS: Oid<'static> = oid!(1.2.840.113549.1.1.10);
pub(crate) const EC_KEY: Oid<'static> = oid!(1.2.840.10045.2.1);
pub(crate) const ED25519: Oid<'static> = oid!(1.3.101.112);
pub(crate) const P256: Oid<'static> = oid!(1.2.840.10045.3.1.7);
pub(crate) const P384: Oid<'static> = oid!(1.3.132.0.34);
pub(crate) const P521: Oid<'static> = oid!(1.3.132.0.35);
pub(crate) const SECP256K1: Oid<'static> = oid!(1.3.132.0.10);

pub(crate) const SHA1: Oid<'static> = oid!(1.3.14.3.2.26);
pub(crate) const SHA256: Oid<'static> = oid!(2.16.840.1.101.3.4.2.1);
pub(crate) const SHA384: Oid<'static> = oid!(2.16.840.1.101.3.4.2.2);
pub(crate) const SHA512: Oid<'static> = oid!(2.16.840.1.101.3.4.2.3);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Padding {
    Pkcs1,
    Pss,
    Ecdsa,
    Ed25519,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Digest {
    Sha1,
    Sha256,
    Sha384,
    Sha512,
}

fn of_scheme(scheme: SignatureScheme) -> Option<(Padding, Digest)> {
    Some(match scheme {
        SignatureScheme::ECDSA_NISTP256_SHA256 => (Padding::Ecdsa, Digest::Sha256),
        SignatureScheme::ECDSA_NISTP384_SHA384 => (Padding::Ecdsa, Digest::Sha384),
        SignatureScheme::ECDSA_NISTP521_SHA512 => (Padding::Ecdsa, Digest::Sha512),
        SignatureScheme::ED25519 => (Padding::Ed25519, Digest::Sha512),
        SignatureScheme::RSA_PSS_SHA256 => (Padding::Pss, Digest::Sha256),
        SignatureScheme::RSA_PSS_SHA384 => (Padding::Pss, Digest::Sha384),
        SignatureScheme::RSA_PSS_SHA512 => (Padding::Pss, Digest::Sha512),
        SignatureScheme::RSA_PKCS1_SHA256 => (Padding::Pkcs1, Digest::Sha256),
        SignatureScheme::RSA_PKCS1_SHA384 => (Padding::Pkcs1, Digest::Sha384),
        SignatureScheme::RSA_PKCS1_SHA512 => (Padding::Pkcs1, Digest::Sha512),
        _ => return None,
    })
}

/// RFC 8446 section 4.2.3.
fn fits_tls13(padding: Padding, digest: Digest, key: &SubjectPublicKeyInfo<'_>) -> bool {
    match (padding, digest) {
        (Padding::Pkcs1, _) => false,
        (Padding::Ecdsa, Digest::Sha256) => named_curve(key) == Some(P256),
        (Padding::Ecdsa, Digest::Sha384) => named_curve(key) == Some(P384),
        (Padding::Ecdsa, Digest::Sha512) => named_curve(key) == Some(P521),
        _ => true,
    }
}

fn of_identifier(algorithm: &AlgorithmIdentifier<'_>) -> Option<(Padding, Digest)> {
    if algorithm.algorithm == RSA_PSS {
        return Some((Padding::Pss, pss_digest(algorithm, &PSS_DIGESTS)?));
    }
    CERTIFICATE_SIGNATURES
        .iter()
        .find(|(oid, ..)| *oid == algorithm.algorithm)
        .map(|&(_, padding, digest)| (padding, digest))
}

/// The digest that the parameters of an RSASSA-PSS signature name, if it is one of `known`. RFC
/// 4055 section 3.1: it defaults to SHA-1.
pub(crate) fn pss_digest<T: Copy>(algorithm: &AlgorithmIdentifier<'_>, known: &[(Oid<'static>, T)]) -> Option<T> {
    let parameters = algorithm.parameters.as_ref().map(RsaSsaPssParams::try_from).transpose().ok()?;
    let named = parameters.as_ref().and_then(RsaSsaPssParams::hash_algorithm).map(|hash| &hash.algorithm);
    known.iter().find(|(oid, _)| *oid == *named.unwrap_or(&SHA1)).map(|(_, digest)| *digest)
}

static PSS_DIGESTS: [(Oid<'static>, Digest); 4] =
    [(SHA1, Digest::Sha1), (SHA256, Digest::Sha256), (SHA384, Digest::Sha384), (SHA512, Digest::Sha512)];

static CERTIFICATE_SIGNATURES: [(Oid<'static>, Padding, Digest); 9] = [
    (oid!(1.2.840.113549.1.1.5), Padding::Pkcs1, Digest::Sha1),
    (oid!(1.2.840.113549.1.1.11), Padding::Pkcs1, Digest::Sha256),
    (oid!(1.2.840.113549.1.1.12), Padding::Pkcs1, Digest::Sha384),
    (oid!(1.2.840.113549.1.1.13), Padding::Pkcs1, Digest::Sha512),
    (oid!(1.2.840.10045.4.1), Padding::Ecdsa, Digest::Sha1),
    (oid!(1.2.840.10045.4.3.2), Padding::Ecdsa, Digest::Sha256),
    (oid!(1.2.840.10045.4.3.3), Padding::Ecdsa, Digest::Sha384),
    (oid!(1.2.840.10045.4.3.4), Padding::Ecdsa, Digest::Sha512),
    (ED25519, Padding::Ed25519, Digest::Sha512),
];

fn verify(
    padding: Padding,
    digest: Digest,
    key: &SubjectPublicKeyInfo<'_>,
    message: &[u8],
    signature: &[u8],
) -> Verification {
    let algorithm = match verifier(padding, digest, key) {
        Ok(algorithm) => algorithm,
        Err(result) => return result,
    };
    match UnparsedPublicKey::new(algorithm, &key.subject_public_key.data).verify(message, signature) {
        Ok(()) => Verification::Valid,
        Err(_) => Verification::Invalid,
    }
}

/// The verifier for a key, or the answer when there is none.
fn verifier(
    padding: Padding,
    digest: Digest,
    key: &SubjectPublicKeyInfo<'_>,
) -> Result<&'static dyn VerificationAlgorithm, Verification> {
    let family = &key.algorithm.algorithm;
    match padding {
        Padding::Pkcs1 | Padding::Pss if *family == RSA_KEY || *family == RSA_PSS => {
            let bits = rsa_bits(key).ok_or_else(|| Verification::Unsupported("the RSA key is malformed".to_owned()))?;
            rsa_verifier(padding, digest, bits).ok_or_else(|| {
                Verification::Unsupported(format!(
                    "{padding:?} with {digest:?} by an RSA key of {bits} bits is not supported"
                ))
            })
        }
        Padding::Ecdsa if *family == EC_KEY => {
            let curve = named_curve(key);
            curve.as_ref().and_then(|curve| ecdsa_verifier(curve, digest)).ok_or_else(|| {
                let curve = curve.map_or_else(|| "explicit parameters".to_owned(), |curve| curve.to_string());
                Verification::Unsupported(format!("ECDSA with {digest:?} on the curve {curve} is not supported"))
            })
        }
        Padding::Ed25519 if *family == ED25519 => Ok(&signature::ED25519),
        _ => Err(Verification::Invalid),
    }
}

fn rsa_verifier(padding: Padding, digest: Digest, bits: u32) -> Option<&'static dyn VerificationAlgorithm> {
    Some(match (padding, digest, bits) {
        (Padding::Pkcs1, Digest::Sha1, 1024..=8192) => &signature::RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY,
        (Padding::Pkcs1, Digest::Sha256, 1024..=8192) => &signature::RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY,
        (Padding::Pkcs1, Digest::Sha384, 2048..=8192) => &signature::RSA_PKCS1_2048_8192_SHA384,
        (Padding::Pkcs1, Digest::Sha512, 1024..=8192) => &signature::RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY,
        (Padding::Pss, Digest::Sha256, 2048..=8192) => &signature::RSA_PSS_2048_8192_SHA256,
        (Padding::Pss, Digest::Sha384, 2048..=8192) => &signature::RSA_PSS_2048_8192_SHA384,
        (Padding::Pss, Digest::Sha512, 2048..=8192) => &signature::RSA_PSS_2048_8192_SHA512,
        _ => return None,
    })
}

fn ecdsa_verifier(curve: &Oid<'_>, digest: Digest) -> Option<&'static dyn VerificationAlgorithm> {
    let on_p256: [(Digest, &'static dyn VerificationAlgorithm); 4] = [
        (Digest::Sha1, &signature::ECDSA_P256_SHA1_ASN1),
        (Digest::Sha256, &signature::ECDSA_P256_SHA256_ASN1),
        (Digest::Sha384, &signature::ECDSA_P256_SHA384_ASN1),
        (Digest::Sha512, &signature::ECDSA_P256_SHA512_ASN1),
    ];
    let on_p384: [(Digest, &'static dyn VerificationAlgorithm); 3] = [
        (Digest::Sha256, &signature::ECDSA_P384_SHA256_ASN1),
        (Digest::Sha384, &signature::ECDSA_P384_SHA384_ASN1),
        (Digest::Sha512, &signature::ECDSA_P384_SHA512_ASN1),
    ];
    let on_p521: [(Digest, &'static dyn VerificationAlgorithm); 4] = [
        (Digest::Sha1, &signature::ECDSA_P521_SHA1_ASN1),
        (Digest::Sha256, &signature::ECDSA_P521_SHA256_ASN1),
        (Digest::Sha384, &signature::ECDSA_P521_SHA384_ASN1),
        (Digest::Sha512, &signature::ECDSA_P521_SHA512_ASN1),
    ];
    let on_secp256k1: [(Digest, &'static dyn VerificationAlgorithm); 1] =
        [(Digest::Sha256, &signature::ECDSA_P256K1_SHA256_ASN1)];
    let by_digest: &[_] = match curve {
        curve if *curve == P256 => &on_p256,
        curve if *curve == P384 => &on_p384,
        curve if *curve == P521 => &on_p521,
        curve if *curve == SECP256K1 => &on_secp256k1,
        _ => &[],
    };
    by_digest.iter().find(|(known, _)| *known == digest).map(|&(_, algorithm)| algorithm)
}
