//! The certificate inspector: what a phone would say of certificates that are not served yet; and the look at
//! a verification file. The other tools are pure: [`crate::url_check`], [`crate::explain`].

pub mod damage;

use std::str::FromStr;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use self::damage::DamagedBlock;
use crate::{
    Certificate, Code, Evidence, Finding, Fingerprint, HostPort, ServerName, Severity, Verdicts,
    accounts::Actor,
    certificate::own_position,
    deploy::Site,
    diagnose,
    endpoints::route::Route,
    fetched::Fetched,
    finding::UnknownWord,
    host::HostError,
    service::{Field, Problem, ServiceError, ServiceResult},
    trust::Trust,
    verification::{FileContent, FileFacts, FileName},
};

/// Most certificates of one file: far above what any server serves, far below what a store of
/// roots holds.
pub const CHAIN_MOST: usize = 100;

/// Most bytes of one file.
pub const FILE_MOST: usize = 256 * 1024;

/// Looks at what is not in the register.
#[async_trait]
pub trait Tools: Send + Sync {
    /// Judges a file, PEM or DER, as the chain that is to be served, the leaf first. Where nothing is
    /// wanted, it only has to name some host. Nothing is sent over the network.
    ///
    /// # Errors
    /// [`ServiceError::Invalid`] with `NoCertificates` when the file has none, and with `Wildcard` when a
    /// wildcard is wanted that its certificate lacks.
    async fn inspect(&self, file: Vec<u8>, wanted: Option<Wanted>, actor: &Actor) -> ServiceResult<Inspection>;

    /// Fetches the issuers that a file lacks, from where its certificates say and as far as the network policy
    /// permits.
    ///
    /// # Errors
    /// See [`Self::inspect`].
    async fn supplement(&self, file: Vec<u8>, actor: &Actor) -> ServiceResult<Supplement>;

    /// Judges a file with what was fetched for it, in the order of a server. Nothing is sent over the network.
    ///
    /// # Errors
    /// See [`Self::inspect`].
    async fn inspect_with(
        &self,
        file: Vec<u8>,
        supplement: Supplement,
        wanted: Option<Wanted>,
        actor: &Actor,
    ) -> ServiceResult<Inspection>;

    /// Asks a host for its verification file as WeChat does, by `route`; the network policy holds for its addresses as
    /// for all others. Where `content` does not say what the file should hold, its name may.
    async fn verification_file(
        &self,
        route: Route,
        target: HostPort,
        name: FileName,
        content: Option<FileContent>,
        actor: &Actor,
    ) -> ServiceResult<FileFacts>;
}

/// What certificates must be for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// What a phone asks for.
    Name(ServerName),
    /// A wildcard. No phone asks for it, so that no name is judged; but the certificate must have it.
    Wildcard(Site),
}

impl Wanted {
    /// What a phone asks for.
    pub const fn name(&self) -> Option<&ServerName> {
        match self {
            Self::Name(name) => Some(name),
            Self::Wildcard(_) => None,
        }
    }

    /// Whether it can be judged of the server's own certificate.
    ///
    /// # Errors
    /// When it is a wildcard that the certificate lacks.
    pub fn can_be_judged(&self, own: Option<&Certificate>) -> Result<(), OtherWildcard> {
        match self {
            Self::Wildcard(site) if !own.is_some_and(|own| site.is_named_by(own)) => Err(OtherWildcard),
            Self::Name(_) | Self::Wildcard(_) => Ok(()),
        }
    }
}

impl FromStr for Wanted {
    type Err = WantedError;

    fn from_str(text: &str) -> Result<Self, WantedError> {
        if !text.contains('*') {
            return Ok(Self::Name(text.parse()?));
        }
        text.parse().map(Self::Wildcard).map_err(|_| OtherWildcard.into())
    }
}

/// A wildcard where one name is meant: no certificate's, or not of the one that is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a phone asks for one host and never for a wildcard: name one, such as api.example.com, or the wildcard that the \
     certificate has"
)]
pub struct OtherWildcard;

impl From<OtherWildcard> for ServiceError {
    fn from(_: OtherWildcard) -> Self {
        Self::invalid(Field::Host, Problem::Wildcard)
    }
}

/// Why a text is nothing that certificates can be for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WantedError {
    /// It is a wildcard that no certificate has.
    #[error(transparent)]
    Wildcard(#[from] OtherWildcard),
    /// It is no name.
    #[error("no name and no address: {0}")]
    Name(#[from] HostError),
}

/// What a phone would say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inspection {
    /// The certificates, in the order of the file.
    pub chain: Vec<Certificate>,
    /// What the stores say of them.
    pub trust: Trust,
    /// What stands against them, most severe first.
    pub findings: Vec<Finding>,
    /// Per platform.
    pub platforms: Verdicts,
}

impl Inspection {
    /// The server's own certificate.
    pub fn own(&self) -> Option<&Certificate> {
        self.chain.get(own_position(&self.chain))
    }

    /// Whether phones trust it: whether a path holds at its time, and nothing is wrong with the name or with what
    /// stands in the server's place.
    pub fn trusted(&self) -> Trusted {
        let refused = [
            Code::CertNameMismatch,
            Code::CertNoSan,
            Code::CertExpired,
            Code::CertNotYetValid,
            Code::CertIsCa,
            // An error only where another certificate stands first.
            Code::ChainWrongOrder,
        ];
        let has_any = |codes: &[Code]| {
            self.findings.iter().any(|finding| finding.severity == Severity::Error && codes.contains(&finding.code))
        };
        if !self.trust.everywhere() || has_any(&[Code::TrustDistrusted]) {
            Trusted::No
        } else if has_any(&refused) {
            Trusted::PathAlone
        } else {
            Trusted::Yes
        }
    }

    /// Whether an issuer is missing, and the certificate below it says where that can be fetched.
    pub fn lacks_what_can_be_fetched(&self) -> bool {
        self.findings.iter().any(|finding| {
            matches!(&finding.evidence, Evidence::MissingIssuer { authority_information_access, .. }
                if !authority_information_access.is_empty())
        })
    }

    /// Whether an issuer is missing: what is made of these certificates is incomplete as well.
    pub fn is_incomplete(&self) -> bool {
        self.findings.iter().any(|finding| finding.code == Code::ChainIncomplete)
    }

    /// Whether it is made by the rules; another question than who trusts it.
    pub fn complies(&self) -> bool {
        diagnose::complies(&self.findings)
    }

    /// How many findings there are of those rules, whether or not anybody minds.
    pub fn compliance_findings(&self) -> usize {
        self.findings.iter().filter(|finding| diagnose::is_about_rules(finding)).count()
    }
}

/// Whether phones trust certificates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trusted {
    /// They do.
    Yes,
    /// They trust the path, and refuse what is at its end all the same: its name, or that it is no server's.
    PathAlone,
    /// They do not.
    No,
}

/// What was fetched for a file whose chain lacks an issuer, kept beside it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Supplement {
    /// The certificates of the file, in its order.
    pub of: Vec<Fingerprint>,
    /// What came of it; none where no issuer is what they lack.
    pub facts: Option<Fetched>,
    /// What was fetched, PEM.
    pub pem: String,
}

impl Supplement {
    /// Whether it was fetched for these certificates.
    pub fn is_of(&self, chain: &[Certificate]) -> bool {
        chain.iter().map(|certificate| certificate.sha256).eq(self.of.iter().copied())
    }
}

/// Why a file is no chain of certificates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum NoCertificates {
    /// Nothing in it looks like one.
    #[error("no certificate found")]
    Nothing,
    /// There is a private key and no certificate.
    #[error("a private key and no certificate; the certificate is what is judged, and the key was not kept")]
    KeyAlone,
    /// Begins like one and is not.
    #[error("neither PEM nor DER, or damaged")]
    Damaged,
    /// The same, of a block in PEM.
    #[error("{0}")]
    DamagedBlock(DamagedBlock),
    /// More than [`CHAIN_MOST`].
    #[error("more certificates than any server serves")]
    TooMany,
    /// More than [`FILE_MOST`].
    #[error("larger than any chain of certificates")]
    TooLarge,
    /// A request to an authority (RFC 2986) and no certificate.
    #[error("a certificate request, not a certificate: send it to a certificate authority and check what comes back")]
    Request,
    /// Nothing of it can be seen without its password.
    #[error("opened only by its password")]
    PasswordNeeded,
    /// Or it is damaged: the check of a container covers both.
    #[error("the password does not open it, or it is damaged")]
    WrongPassword,
    /// A key store with more than one key, and nobody said which.
    #[error("several keys; choose one by its name")]
    SeveralKeys,
    /// Nothing in the key store is called as was asked.
    #[error("nothing in it has this name")]
    NoSuchName,
    /// The key store of old Java that only Java reads.
    #[error("a JCEKS key store: `keytool -importkeystore -deststoretype PKCS12` makes PKCS#12 of it")]
    Jceks,
    /// Encrypted or encoded in a way that is not read here.
    #[error(
        "protected or encoded in a way that is not read here: write it anew, a key store with `openssl pkcs12 -export`, \
         a key with `openssl pkcs8 -topk8`"
    )]
    Unsupported,
    /// A private key whose PEM has headers (RFC 1421 section 4.6), which say how OpenSSL encrypted it by itself.
    #[error(
        "encrypted as OpenSSL once did (Proc-Type: 4,ENCRYPTED), which is not read here: \
         `openssl pkcs8 -topk8 -in old.key -out new.key` makes a key of it that is"
    )]
    OldKey,
    /// No private key where one should be.
    #[error("no private key found")]
    NoKey,
    /// The private key is another's.
    #[error("the private key belongs to none of the certificates")]
    OtherKey,
    /// A key store with this password would not open everywhere.
    #[error("the password must have six characters or more, all of them ASCII: Java opens no other")]
    WeakPassword,
    /// Certificates as text and as a file, and nobody said which.
    #[error("both a text and a file; give one of them")]
    Both,
}

impl NoCertificates {
    /// Every reason that a word says all of.
    pub const ALL: [Self; 17] = [
        Self::Nothing,
        Self::KeyAlone,
        Self::Damaged,
        Self::TooMany,
        Self::TooLarge,
        Self::Request,
        Self::PasswordNeeded,
        Self::WrongPassword,
        Self::SeveralKeys,
        Self::NoSuchName,
        Self::Jceks,
        Self::Unsupported,
        Self::OldKey,
        Self::NoKey,
        Self::OtherKey,
        Self::WeakPassword,
        Self::Both,
    ];

    /// The word used in a URL; which block is damaged is not in it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::KeyAlone => "key_alone",
            Self::Damaged | Self::DamagedBlock(_) => "damaged",
            Self::TooMany => "too_many",
            Self::TooLarge => "too_large",
            Self::Request => "request",
            Self::PasswordNeeded => "password_needed",
            Self::WrongPassword => "wrong_password",
            Self::SeveralKeys => "several_keys",
            Self::NoSuchName => "no_such_name",
            Self::Jceks => "jceks",
            Self::Unsupported => "unsupported",
            Self::OldKey => "old_key",
            Self::NoKey => "no_key",
            Self::OtherKey => "other_key",
            Self::WeakPassword => "weak_password",
            Self::Both => "both",
        }
    }
}

impl FromStr for NoCertificates {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == word).ok_or_else(|| UnknownWord(word.to_owned()))
    }
}

/// Whether the private key that was given belongs to the certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyMatch {
    /// It is the certificate's own.
    Matches,
    /// It belongs to another.
    Other,
    /// A kind of key that is not computed with here.
    Unknown,
    /// There is one, and nothing that was given opens it.
    Locked,
}

impl KeyMatch {
    /// Every answer.
    pub const ALL: [Self; 4] = [Self::Matches, Self::Other, Self::Unknown, Self::Locked];

    /// The word used in URLs and in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Matches => "matches",
            Self::Other => "other",
            Self::Unknown => "unknown",
            Self::Locked => "locked",
        }
    }
}

impl FromStr for KeyMatch {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        Self::ALL.into_iter().find(|answer| answer.as_str() == word).ok_or_else(|| UnknownWord(word.to_owned()))
    }
}

/// What certificates, and their key, are given back as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Given {
    /// The certificates alone, in the order of a server.
    Pem,
    /// With the key.
    Pkcs12,
    /// With the key.
    Jks,
}

impl Given {
    /// Every format.
    pub const ALL: [Self; 3] = [Self::Pem, Self::Pkcs12, Self::Jks];

    /// The word used in URLs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pem => "pem",
            Self::Pkcs12 => "pkcs12",
            Self::Jks => "jks",
        }
    }

    /// How the names of such files end.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Pem => "fullchain.pem",
            Self::Pkcs12 => "p12",
            Self::Jks => "jks",
        }
    }
}

impl FromStr for Given {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        Self::ALL.into_iter().find(|format| format.as_str() == word).ok_or_else(|| UnknownWord(word.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::trust::{NoPath, Store, StoreAnswer};

    #[test]
    fn what_is_refused_for_its_name_is_not_called_untrusted() {
        let told = |path, code: Option<Code>| {
            let finding = |code| Finding::everywhere(code, Severity::Error, Evidence::None);
            let findings: Vec<_> = code.into_iter().map(finding).collect();
            let trust = Trust { stores: vec![StoreAnswer { store: Store::Given, path }], ..Trust::default() };
            let platforms = Verdicts::from_findings(&findings);
            Inspection { chain: Vec::new(), trust, findings, platforms }.trusted()
        };
        assert_eq!(told(Ok(Vec::new()), None), Trusted::Yes);
        assert_eq!(told(Ok(Vec::new()), Some(Code::CertWeakKey)), Trusted::Yes);
        for (code, expected) in [
            (Code::CertNameMismatch, Trusted::PathAlone),
            (Code::CertIsCa, Trusted::PathAlone),
            (Code::TrustDistrusted, Trusted::No),
        ] {
            assert_eq!(told(Ok(Vec::new()), Some(code)), expected, "{code:?}");
            assert_eq!(told(Err(NoPath::SelfSigned), Some(code)), Trusted::No, "{code:?}");
        }
    }

    #[test]
    fn a_wildcard_is_wanted_of_the_certificate_that_has_it_and_of_no_other() {
        let certificate = Certificate { dns_names: vec!["*.Example.com".to_owned()], ..crate::fixture::leaf() };
        for (wanted, is_judged) in [
            ("api.example.com", true),
            ("other.example.org", true),
            ("127.0.0.1", true),
            ("*.example.com", true),
            ("*.example.org", false),
            ("*.api.example.com", false),
        ] {
            let wanted: Wanted = wanted.parse().unwrap();
            assert_eq!(wanted.can_be_judged(Some(&certificate)).is_ok(), is_judged, "{wanted:?}");
            assert_eq!(wanted.name().is_none(), matches!(wanted, Wanted::Wildcard(_)), "{wanted:?}");
        }
        for nothing in ["*", "*.com", "a*.example.com", "*.*.example.com", "a b*"] {
            assert_eq!(nothing.parse::<Wanted>(), Err(WantedError::Wildcard(OtherWildcard)), "{nothing}");
        }
        for nothing in ["", "a b", "a..b"] {
            assert!(matches!(nothing.parse::<Wanted>(), Err(WantedError::Name(_))), "{nothing}");
        }
    }
}
