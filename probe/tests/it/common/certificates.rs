//! What the servers that others wrote have to show.

use model::Host;
use probe::{
    CertificateDer,
    lab::{Authority, Validity},
};

use super::system_time;

/// A root, two intermediates below it, and below those a certificate for a key of RSA and one of ECDSA.
pub struct Certificates {
    pub root: CertificateDer<'static>,
    pub upper: CertificateDer<'static>,
    pub lower: CertificateDer<'static>,
    pub rsa: Own,
    pub ecdsa: Own,
}

/// A server's certificate.
pub struct Own {
    pub leaf: CertificateDer<'static>,
    /// In PEM.
    pub key: String,
}

impl Certificates {
    pub fn of(host: &str) -> Self {
        let now = system_time();
        let host: Host = host.parse().unwrap();
        let root = Authority::root("Root", Validity::days(now, -1, 30)).unwrap();
        let upper = root.intermediate("Upper", Validity::days(now, -1, 30), |_| ()).unwrap();
        let lower = upper.intermediate("Lower", Validity::days(now, -1, 30), |_| ()).unwrap();
        let own = |algorithm| {
            let key = rcgen::KeyPair::generate_for(algorithm).unwrap();
            let leaf = lower.leaf(&[&host], &key, Validity::days(now, -1, 20), |_| ()).unwrap();
            Own { leaf, key: key.serialize_pem() }
        };
        Self {
            rsa: own(&rcgen::PKCS_RSA_SHA256),
            ecdsa: own(&rcgen::PKCS_ECDSA_P256_SHA256),
            root: root.der(),
            upper: upper.der(),
            lower: lower.der(),
        }
    }
}
