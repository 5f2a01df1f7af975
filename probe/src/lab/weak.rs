//! A server key of 1,024 bits, such as no library makes any more: fixed, public, and of use for
//! nothing but showing what a weak key looks like.

use std::sync::Arc;

use num_bigint::BigUint;
use rcgen::{PKCS_RSA_SHA256, PublicKeyData};
use rustls::{
    Error, SignatureAlgorithm, SignatureScheme,
    sign::{Signer, SigningKey},
};
use sha2::{Digest, Sha256};

/// The public half, to be certified.
#[derive(Debug)]
pub(super) struct WeakPublicKey(Vec<u8>);

impl WeakPublicKey {
    pub(super) fn new() -> Self {
        // RFC 8017 appendix A.1.1: RSAPublicKey ::= SEQUENCE { modulus, publicExponent }.
        let mut der = vec![0x30, 0x81, 0x89, 0x02, 0x81, 0x81, 0x00];
        der.extend(number(MODULUS).to_bytes_be());
        der.extend([0x02, 0x03, 0x01, 0x00, 0x01]);
        Self(der)
    }
}

impl PublicKeyData for WeakPublicKey {
    fn der_bytes(&self) -> &[u8] {
        &self.0
    }

    fn algorithm(&self) -> &'static rcgen::SignatureAlgorithm {
        &PKCS_RSA_SHA256
    }
}

/// The private half, which signs by PKCS #1 1.5 with SHA-256 and so in TLS 1.2 only.
#[derive(Clone, Copy, Debug)]
pub(super) struct WeakKey;

impl WeakKey {
    pub(super) fn shared() -> Arc<dyn SigningKey> {
        Arc::new(Self)
    }
}

impl SigningKey for WeakKey {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        offered.contains(&self.scheme()).then(|| Box::new(*self) as Box<dyn Signer>)
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::RSA
    }
}

impl Signer for WeakKey {
    /// RFC 8017 section 8.2.1.
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        let digest = Sha256::digest(message);
        let padding = KEY_BYTES - 3 - DIGEST_INFO.len() - digest.len();
        let encoded = [&[0, 1], vec![0xff; padding].as_slice(), &[0], &DIGEST_INFO, digest.as_slice()].concat();
        let signature = BigUint::from_bytes_be(&encoded).modpow(&number(PRIVATE_EXPONENT), &number(MODULUS));
        let mut bytes = signature.to_bytes_be();
        while bytes.len() < KEY_BYTES {
            bytes.insert(0, 0);
        }
        Ok(bytes)
    }

    fn scheme(&self) -> SignatureScheme {
        SignatureScheme::RSA_PKCS1_SHA256
    }
}

fn number(hex: &str) -> BigUint {
    BigUint::parse_bytes(hex.as_bytes(), 16).unwrap_or_default()
}

const KEY_BYTES: usize = 128;

/// RFC 8017 section 9.2, note 1: SHA-256.
const DIGEST_INFO: [u8; 19] =
    [0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20];

/// In hex.
const MODULUS: &str = concat!(
    "9ff73a1eb6a50f71e9f17e53d65dd46113d7fa41b08621e651bc4711d084a53d",
    "66fe369db3ada659a33aa424d9cf49995c3e3d6bbf4b5be733806339c74820d1",
    "0a1a9fc2c729e1ad3d7337495fb28d81c02c8f1ff6dba1edccb580a3cbdca992",
    "ce6b01c1c2e07ba408dcb8682134a8a7ec2a9276cab1dc677d18b71dd8a1e24f",
);

/// In hex; its publication is the point of it.
const PRIVATE_EXPONENT: &str = concat!(
    "348c89aa3743c7ec1af6fb11dd74db64bc99119becba537e8ed133e395454de6",
    "fae37ddb967ff00ab8457650a8c0a0a3e19a8ca0cda99ada3b9fec78b98f673f",
    "df7d0a346534d53c5f588038ccebc67bc5957a39bfd5cd9ce00ce361ffd5f589",
    "5863f76dac2b04508a603d26ff476ddfb5bf951e6238e07cfb3e1f81e253a631",
);
