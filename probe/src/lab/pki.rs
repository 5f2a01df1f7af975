//! The certificates of the lab and how each server is set up with them.

use std::{collections::HashMap, sync::Arc, time::Duration};

use model::Timestamp;
use rcgen::{KeyPair, PKCS_RSA_SHA256, SanType};
use rustls::{
    RootCertStore, ServerConfig,
    crypto::{CryptoProvider, aws_lc_rs},
    pki_types::{CertificateDer, PrivateKeyDer},
    server::{NoClientAuth, WebPkiClientVerifier, danger::ClientCertVerifier},
    sign::{CertifiedKey, SigningKey, SingleCertAndKey},
};

use super::{
    Authority, BY_CERTIFICATE, FIRST, LabError, ONE_REFUSES, Page, Publisher, TWO_CERTIFICATES, Validity, host,
    self_signed,
    serve::Names,
    weak::{WeakKey, WeakPublicKey},
};

const INTERMEDIATE: &str = "intermediate.cer";
const HALF_A_DAY: Duration = Duration::from_secs(12 * 60 * 60);

/// The authorities behind the lab's certificates.
pub(super) struct Pki {
    now: Timestamp,
    provider: Arc<CryptoProvider>,
    root: Authority,
    intermediate: Authority,
    stranger: Authority,
    key: KeyPair,
}

impl Pki {
    /// New ones, the intermediate of which `publisher` offers.
    pub(super) fn new(now: Timestamp, publisher: &Publisher) -> Result<Self, LabError> {
        let decade = Validity::days(now, -365, 3_650);
        let root = Authority::root("Hufu Lab Root", decade)?;
        let intermediate = root.intermediate("Hufu Lab Intermediate", Validity::days(now, -300, 1_500), |_| ())?;
        publisher.put(INTERMEDIATE, Page::Body(intermediate.der().to_vec()));
        let intermediate = intermediate.published_at(&publisher.url(INTERMEDIATE));
        let stranger = Authority::root("Hufu Lab Unknown Root", decade)?;
        let provider = Arc::new(aws_lc_rs::default_provider());
        Ok(Self { now, provider, root, intermediate, stranger, key: KeyPair::generate()? })
    }

    pub(super) fn root_pem(&self) -> String {
        self.root.pem()
    }

    /// What the main address serves, by name.
    pub(super) fn names(&self) -> Result<Names, LabError> {
        let otherwise = self.config(self.good("good-ecdsa")?)?;
        let mut by_name = HashMap::from([(host("good-ecdsa")?.to_string(), otherwise.clone())]);
        for name in BY_CERTIFICATE.map(|(name, _)| name).into_iter().chain([TWO_CERTIFICATES, ONE_REFUSES]) {
            if name != "good-ecdsa" {
                by_name.insert(host(name)?.to_string(), self.of(name)?);
            }
        }
        Ok(Names { by_name, otherwise })
    }

    /// What the second address serves: another certificate, just as good.
    pub(super) fn names_of_second(&self) -> Result<Names, LabError> {
        let otherwise = self.config(self.good(TWO_CERTIFICATES)?)?;
        Ok(Names { by_name: HashMap::new(), otherwise })
    }

    /// How the server called `name` is set up; good unless the name says otherwise.
    fn of(&self, name: &str) -> Result<Arc<ServerConfig>, LabError> {
        let good = self.validity(-10, 80);
        let intermediate = self.intermediate.der();
        match name {
            "good-rsa" => {
                let key = KeyPair::generate_for(&PKCS_RSA_SHA256)?;
                let leaf = self.intermediate.leaf(&[&host(name)?], &key, good, |_| ())?;
                self.config(self.certified(vec![leaf, intermediate], &key)?)
            }
            "expired" => self.serves(vec![self.leaf(name, self.validity(-100, -10))?, intermediate]),
            "not-yet-valid" => self.serves(vec![self.leaf(name, self.validity(2, 92))?, intermediate]),
            // Whoever looks within half a day reads of three days.
            "expires-soon" => {
                let validity = self.validity(-87, 3).and(HALF_A_DAY);
                self.serves(vec![self.leaf(name, validity)?, intermediate])
            }
            "wrong-name" => self.serves(vec![self.leaf("another-name", good)?, intermediate]),
            "self-signed" => self.serves(vec![self_signed(&[&host(name)?], &self.key, good)?]),
            "unknown-root" => {
                let leaf = self.stranger.leaf(&[&host(name)?], &self.key, good, |_| ())?;
                self.serves(vec![leaf, self.stranger.der()])
            }
            "missing-intermediate" => self.serves(vec![self.leaf(name, good)?]),
            "wrong-order" => {
                let below = self.intermediate.intermediate("Hufu Lab Lower Intermediate", good, |_| ())?;
                let leaf = below.leaf(&[&host(name)?], &self.key, good, |_| ())?;
                self.serves(vec![leaf, intermediate, below.der()])
            }
            "root-included" => self.serves(vec![self.leaf(name, good)?, intermediate, self.root.der()]),
            "extra-certificate" => self.serves(vec![self.leaf(name, good)?, intermediate, self.stranger.der()]),
            "expired-intermediate" => {
                let expired = self.root.intermediate("Hufu Lab Expired", self.validity(-400, -5), |_| ())?;
                let leaf = expired.leaf(&[&host(name)?], &self.key, good, |_| ())?;
                self.serves(vec![leaf, expired.der()])
            }
            "weak-key" => {
                let leaf = self.intermediate.leaf(&[&host(name)?], &WeakPublicKey::new(), good, |_| ())?;
                self.config_of(&TLS12_ONLY, vec![leaf, intermediate], WeakKey::shared(), Arc::new(NoClientAuth))
            }
            "stolen-certificate" => {
                let another = KeyPair::generate()?;
                let leaf = self.leaf(name, good)?;
                self.config(self.certified(vec![leaf, intermediate], &another)?)
            }
            "client-certificate" => self.asks_for_client(self.good(name)?, |builder| builder),
            "client-certificate-optional" => {
                self.asks_for_client(self.good(name)?, |builder| builder.allow_unauthenticated())
            }
            _ => self.config(self.good(name)?),
        }
    }

    fn validity(&self, from: i64, to: i64) -> Validity {
        Validity::days(self.now, from, to)
    }

    /// A certificate for `name` with the lab's common key, from the good intermediate.
    fn leaf(&self, name: &str, validity: Validity) -> Result<CertificateDer<'static>, LabError> {
        Ok(self.intermediate.leaf(&[&host(name)?], &self.key, validity, |_| ())?)
    }

    /// A certificate with nothing wrong, for the address too, since that has no other.
    fn good(&self, name: &str) -> Result<CertifiedKey, LabError> {
        let leaf = self.intermediate.leaf(&[&host(name)?], &self.key, self.validity(-10, 80), |parameters| {
            parameters.subject_alt_names.push(SanType::IpAddress(FIRST));
        })?;
        self.certified(vec![leaf, self.intermediate.der()], &self.key)
    }

    fn serves(&self, chain: Vec<CertificateDer<'static>>) -> Result<Arc<ServerConfig>, LabError> {
        self.config(self.certified(chain, &self.key)?)
    }

    /// Chain and key as they are, whether or not they fit.
    fn certified(&self, chain: Vec<CertificateDer<'static>>, key: &KeyPair) -> Result<CertifiedKey, LabError> {
        let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
        Ok(CertifiedKey::new(chain, self.provider.key_provider.load_private_key(key)?))
    }

    fn config(&self, certified: CertifiedKey) -> Result<Arc<ServerConfig>, LabError> {
        self.config_of(rustls::ALL_VERSIONS, certified.cert, certified.key, Arc::new(NoClientAuth))
    }

    fn asks_for_client(
        &self,
        certified: CertifiedKey,
        adjust: impl FnOnce(rustls::server::ClientCertVerifierBuilder) -> rustls::server::ClientCertVerifierBuilder,
    ) -> Result<Arc<ServerConfig>, LabError> {
        let mut roots = RootCertStore::empty();
        roots.add(self.root.der())?;
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), self.provider.clone());
        self.config_of(rustls::ALL_VERSIONS, certified.cert, certified.key, adjust(verifier).build()?)
    }

    fn config_of(
        &self,
        versions: &[&'static rustls::SupportedProtocolVersion],
        chain: Vec<CertificateDer<'static>>,
        key: Arc<dyn SigningKey>,
        clients: Arc<dyn ClientCertVerifier>,
    ) -> Result<Arc<ServerConfig>, LabError> {
        let mut config = ServerConfig::builder_with_provider(self.provider.clone())
            .with_protocol_versions(versions)?
            .with_client_cert_verifier(clients)
            .with_cert_resolver(Arc::new(SingleCertAndKey::from(CertifiedKey::new(chain, key))));
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }
}

static TLS12_ONLY: [&rustls::SupportedProtocolVersion; 1] = [&rustls::version::TLS12];
