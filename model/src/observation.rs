//! What a probe saw: facts only, no judgement. Stored as it is, so that a changed rule can judge
//! every old observation again without a new probe.

use std::{collections::BTreeMap, net::IpAddr, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{
    Certificate, HostPort, Timestamp,
    certificate::own_position,
    endpoints::route::Route,
    fetched::Fetched,
    finding::UnknownWord,
    http::HttpFacts,
    revocation::{Listed, Staple},
    tls::{Alert, Suite},
    transparency::Delivered,
};

/// One look at one endpoint, over every address of its name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observation {
    /// What was probed.
    pub target: HostPort,
    /// When the probe began.
    pub observed_at: Timestamp,
    /// Name resolution: its failure, or how the addresses were found.
    pub resolution: Resolution,
    /// How it was looked for, where that was not the usual way.
    #[serde(default, skip_serializing_if = "Route::is_usual")]
    pub route: Route,
    /// One entry per address tried, in the order tried.
    pub addresses: Vec<AddressObservation>,
    /// How many addresses more the name has, which were not tried.
    #[serde(default)]
    pub addresses_left_out: u32,
    /// From the first query to the last answer of TLS, in milliseconds: what is asked over HTTP, and what is
    /// fetched, comes after.
    pub total_ms: u32,
    /// What was answered over HTTP; none where nobody asked, or where there was no time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub http: Option<HttpFacts>,
}

impl Observation {
    /// The addresses that answered with TLS, with what they said.
    pub fn answering(&self) -> impl Iterator<Item = (&AddressObservation, &Handshake)> {
        self.addresses.iter().filter_map(|seen| Some((seen, seen.outcome.as_ref().ok()?)))
    }
}

/// How the addresses of a name were found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum Resolution {
    /// The target was an IP address.
    Literal,
    /// The operator fixed the addresses, as curl's `--resolve` does.
    Fixed,
    /// The name servers answered.
    Dns {
        /// How long they took, in milliseconds.
        took_ms: u32,
    },
    /// No address was found.
    Failed {
        /// Why.
        failure: Failure,
    },
}

/// What happened on one address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddressObservation {
    /// The address connected to.
    pub address: IpAddr,
    /// The handshake, or the step that failed.
    pub outcome: Result<Handshake, Failure>,
    /// Chain as served, as far as it was seen even when the handshake failed afterwards.
    pub chain: Vec<Certificate>,
    /// What was fetched because that chain leads nowhere; none where it leads on, or nobody tried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fetched: Option<Fetched>,
    /// What the stapled OCSP response says; none where there is none, or nobody looked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub staple: Option<Staple>,
    /// What the lists of their issuers say of the server's certificate and of those above it; of what has
    /// no known issuer, or was not looked up, nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lists: Vec<Listed>,
    /// The transparency timestamps that come with its handshake; none where nobody looked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivered: Option<Delivered>,
    /// Which versions it speaks, where it was asked for each.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protocols: Option<Protocols>,
    /// How often it was tried: more than once where nothing answered at first.
    #[serde(default = "once", skip_serializing_if = "is_once")]
    pub tries: u32,
    /// Time to an open TCP connection, in milliseconds.
    pub connect_ms: Option<u32>,
    /// Time from an open TCP connection to a finished handshake, in milliseconds.
    pub handshake_ms: Option<u32>,
}

impl AddressObservation {
    /// The server's own certificate among those served.
    pub fn leaf(&self) -> Option<&Certificate> {
        self.chain.get(own_position(&self.chain))
    }
}

/// What an observation says of tries that says nothing of them.
pub(crate) const fn once() -> u32 {
    1
}

/// Whether there is nothing to say of the tries.
pub(crate) const fn is_once(tries: &u32) -> bool {
    *tries == 1
}

/// A TLS handshake: a finished one, or with a server that speaks nothing that a TLS library of today
/// offers, its first flight, which goes in the clear up to TLS 1.2.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handshake {
    /// Negotiated version.
    pub version: TlsVersion,
    /// Negotiated suite.
    pub suite: Suite,
    /// Negotiated key-exchange group, by its IANA name.
    pub group: Option<String>,
    /// What the server signed with, by its IANA name.
    #[serde(default)]
    pub signature: Option<String>,
    /// Negotiated application protocol.
    pub alpn: Option<String>,
    /// Whether the server stapled an OCSP response.
    pub ocsp_stapled: bool,
    /// Whether the server asked for a client certificate.
    pub client_certificate_requested: bool,
    /// Whether the server proved that it holds the leaf's private key.
    pub key_possession: KeyPossession,
}

/// What a server would take besides what it chose from a phone's offer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Protocols {
    /// By version: of the one that was negotiated, and of TLS 1.3, what came of a phone's offer; of the
    /// others, what came of a hello that offers nothing else. What was not asked for is not there.
    pub versions: BTreeMap<TlsVersion, Answer>,
    /// A hello of TLS 1.2 with [`Suite::ATS`] alone; only where nothing of a phone's offer was taken, or
    /// another suite of TLS 1.2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ats: Option<Answer>,
    /// The same with [`Suite::BORINGSSL`] alone; only where nothing of a phone's offer was taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub boringssl: Option<Answer>,
    /// A hello of the highest version below TLS 1.3 with [`Suite::is_broken`] ones alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weak: Option<Answer>,
    /// Every suite of TLS 1.2 that it takes; only where it was asked for each.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suites: Option<AcceptedSuites>,
}

impl Protocols {
    /// Whether the server took up a hello of this version; none when that was not asked or is not clear.
    pub fn speaks(&self, version: TlsVersion) -> Option<bool> {
        self.versions.get(&version)?.taken()
    }
}

/// The suites of TLS 1.2 that a server takes: each hello left out what was chosen before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AcceptedSuites {
    /// In the order in which they were chosen.
    pub accepted: Vec<Suite>,
    /// Whose order that is; none where there are fewer than two, or where it is not clear.
    pub order: Option<SuiteOrder>,
    /// Whether there may be more of them: the time was up, or an answer was none.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cut_short: bool,
}

/// By whose liking a suite is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SuiteOrder {
    /// The server's, whatever the client likes best.
    Server,
    /// The client's: of its offer the first that the server takes.
    Client,
}

/// What a server answers to an offer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum Answer {
    /// It takes it up.
    Taken {
        /// The suite it chose.
        suite: Suite,
        /// The key-exchange group it chose, by its IANA name.
        group: Option<String>,
    },
    /// It says no: by an alert, by hanging up, or by choosing what was not offered.
    Refused {
        /// Which alert.
        alert: Option<Alert>,
    },
    /// What it says tells neither.
    Unclear {
        /// What happened.
        failure: Failure,
    },
}

impl Answer {
    /// Whether the offer was taken up; none when that is not clear.
    pub const fn taken(&self) -> Option<bool> {
        match self {
            Self::Taken { .. } => Some(true),
            Self::Refused { .. } => Some(false),
            Self::Unclear { .. } => None,
        }
    }
}

/// Whether the server's signature over the handshake verified with the leaf's key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyPossession {
    /// It did.
    Proven,
    /// Its suite has no signature: with RSA key exchange a finished handshake alone would prove it.
    NothingSigned,
    /// It signed MD5 and SHA-1, as TLS had it before 1.2.
    SignedWeakly,
    /// It did not, or could not be verified; the reason.
    Unproven(String),
}

/// A TLS protocol version; ordered by age.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum TlsVersion {
    /// RFC 2246.
    #[serde(rename = "TLS 1.0")]
    Tls10,
    /// RFC 4346.
    #[serde(rename = "TLS 1.1")]
    Tls11,
    /// RFC 5246.
    #[serde(rename = "TLS 1.2")]
    Tls12,
    /// RFC 8446.
    #[serde(rename = "TLS 1.3")]
    Tls13,
}

impl TlsVersion {
    /// Every version, oldest first.
    pub const ALL: [Self; 4] = [Self::Tls10, Self::Tls11, Self::Tls12, Self::Tls13];

    /// Its usual name, such as `TLS 1.3`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tls10 => "TLS 1.0",
            Self::Tls11 => "TLS 1.1",
            Self::Tls12 => "TLS 1.2",
            Self::Tls13 => "TLS 1.3",
        }
    }
}

impl FromStr for TlsVersion {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        Self::ALL.into_iter().find(|version| version.as_str() == word).ok_or_else(|| UnknownWord(word.to_owned()))
    }
}

/// A step of a probe that failed, and how.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum Failure {
    /// Name resolution.
    #[error("dns: {reason}")]
    Dns {
        /// How it failed.
        #[serde(flatten)]
        reason: DnsFailure,
    },
    /// The address is one that Hufu may not connect to.
    #[error("policy: not tried, {address} is in a private, loopback, link-local or otherwise special range")]
    Policy {
        /// The refused address.
        address: IpAddr,
    },
    /// Opening the TCP connection.
    #[error("tcp: {reason}")]
    Tcp {
        /// How it failed.
        #[serde(flatten)]
        reason: TcpFailure,
    },
    /// The TLS handshake.
    #[error("tls: {reason}")]
    Tls {
        /// How it failed.
        #[serde(flatten)]
        reason: TlsFailure,
    },
}

/// How name resolution failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum DnsFailure {
    /// NXDOMAIN.
    #[error("the name does not exist")]
    NotFound,
    /// The name exists without A or AAAA records.
    #[error("the name has no address")]
    NoAddress,
    /// No name server answered before the deadline.
    #[error("no name server answered in time")]
    Timeout,
    /// The name servers failed in another way.
    #[error("the name servers failed: {detail}")]
    ServerFailure {
        /// The resolver's words.
        detail: String,
    },
}

/// How opening the connection failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum TcpFailure {
    /// The peer refused.
    #[error("the connection was refused")]
    Refused,
    /// The deadline passed.
    #[error("the connection was not accepted in time")]
    Timeout,
    /// The peer cut the connection.
    #[error("the connection was reset")]
    Reset,
    /// The network said that the address cannot be reached.
    #[error("no route to the address: {detail}")]
    Unreachable {
        /// The operating system's words.
        detail: String,
    },
    /// The machine that probed has no way to the address, as one without IPv6 to an IPv6 address:
    /// nobody was asked, and nothing is known of the server.
    #[error("this machine has no route to the address: {detail}")]
    NoRoute {
        /// The operating system's words.
        detail: String,
    },
}

/// How the handshake failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum TlsFailure {
    /// The server accepted the connection and then said nothing before the deadline.
    #[error("the server did not answer the handshake in time")]
    Timeout,
    /// The connection was closed or reset before the server said anything.
    #[error("the connection was closed before the server answered")]
    ClosedBeforeAnswer,
    /// The server answered, but not with TLS.
    #[error("the answer is not TLS but {protocol}")]
    NotTls {
        /// What it looks like, such as `HTTP`, `SMTP` or `SSH`; otherwise `unknown`.
        protocol: String,
    },
    /// The server sent a fatal alert.
    #[error("the server sent the alert {alert}")]
    Alert {
        /// Which.
        alert: Alert,
    },
    /// The server insists on a client certificate.
    #[error("the server insists on a client certificate")]
    ClientCertificateRequired,
    /// The server broke the protocol or a bound of the probe.
    #[error("the server broke the protocol: {detail}")]
    Misbehaved {
        /// What it did.
        detail: String,
    },
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::fixture;

    #[test]
    fn what_was_stored_before_http_was_asked_is_still_read() {
        let mut observation = fixture::observation(1);
        let stored = serde_json::to_value(&observation).unwrap();
        assert_eq!(stored.get("http"), None);
        assert_eq!(serde_json::from_value::<Observation>(stored).unwrap(), observation);

        observation.http = Some(fixture::http());
        let stored = serde_json::to_value(&observation).unwrap();
        let look = serde_json::json!({
            "address": "9.9.9.1",
            "page": { "Ok": { "status": 200, "hsts": { "max_age_seconds": 31_536_000, "include_subdomains": false } } },
        });
        let answer = serde_json::json!({ "Ok": { "status": 301, "location": "https://a.example.com/" } });
        let plain = serde_json::json!({ "address": "9.9.9.1", "answer": answer });
        assert_eq!(stored["http"], serde_json::json!({ "looks": [look], "plain": plain }));
        assert_eq!(serde_json::from_value::<Observation>(stored).unwrap(), observation);
    }

    #[test]
    fn what_was_stored_before_tries_were_counted_is_still_read() {
        let mut seen = fixture::seen(1);
        seen.protocols = Some(Protocols::default());
        let mut stored = serde_json::to_value(&seen).unwrap();
        // What was not tried again, and not asked for each suite, is stored as it always was.
        assert_eq!(stored.get("tries"), None);
        assert_eq!(stored["protocols"], serde_json::json!({ "versions": {} }));
        assert_eq!(serde_json::from_value::<AddressObservation>(stored.clone()).unwrap(), seen);

        seen.tries = 3;
        let suites = AcceptedSuites {
            accepted: vec![Suite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256],
            order: Some(SuiteOrder::Server),
            cut_short: false,
        };
        seen.protocols.get_or_insert_default().suites = Some(suites);
        stored = serde_json::to_value(&seen).unwrap();
        assert_eq!(stored["tries"], 3);
        let suites = serde_json::json!({ "accepted": ["TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"], "order": "server" });
        assert_eq!(stored["protocols"]["suites"], suites);
        assert_eq!(serde_json::from_value::<AddressObservation>(stored).unwrap(), seen);
    }
}
