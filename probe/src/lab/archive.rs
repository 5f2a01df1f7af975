//! What probes would have brought home from thousands of servers that nobody runs: for the demo and
//! the benches. The certificates are really signed; the addresses are documentation's (RFC 5737).

use std::{collections::BTreeMap, net::IpAddr};

use model::{
    Host, HostPort, Observation, Port, ServerName, Timestamp,
    endpoints::route::Route,
    observation::{
        AddressObservation, DnsFailure, Failure, Handshake, KeyPossession, Resolution, TcpFailure, TlsFailure,
        TlsVersion,
    },
    tls::Suite,
};
use rcgen::{KeyPair, SanType};
use rustls::pki_types::CertificateDer;

use super::{Authority, LabError, Validity, self_signed};
use crate::{Probed, Roots, RootsError, certificate};

/// Probes by number. The same number at the same time is the same probe but for keys and signatures.
#[derive(Debug)]
pub struct Archive {
    now: Timestamp,
    root: Authority,
    intermediate: Authority,
    stranger: Authority,
    key: KeyPair,
    /// The wildcard certificate of the domain that was asked for last.
    wildcard: Option<(Host, CertificateDer<'static>)>,
}

impl Archive {
    /// An archive of probes made shortly before `now`.
    ///
    /// # Errors
    /// When certificates cannot be made.
    pub fn new(now: Timestamp) -> Result<Self, LabError> {
        let root = Authority::root("Hufu Archive Root", Validity::days(now, -365, 3_650))?;
        let validity = Validity::days(now, -300, 1_500);
        let intermediate = root.intermediate("Hufu Archive Intermediate", validity, |_| ())?;
        let stranger = Authority::root("Hufu Archive Unknown Root", Validity::days(now, -365, 3_650))?;
        Ok(Self { now, root, intermediate, stranger, key: KeyPair::generate()?, wildcard: None })
    }

    /// The root that the good certificates lead to.
    ///
    /// # Errors
    /// When it cannot be read back.
    pub fn roots(&self) -> Result<Roots, RootsError> {
        Roots::from_pem(self.root.pem().as_bytes())
    }

    /// The registrable domain of a server: eight servers in a row share one.
    ///
    /// # Errors
    /// Never for names as they are.
    pub fn domain(number: u32) -> Result<Host, LabError> {
        let company = number / NAMES.len() as u32;
        let word = WORDS[company as usize % WORDS.len()];
        named(&format!("{word}{company}.example"))
    }

    /// What a server does, as the first label of its name.
    pub const fn role(number: u32) -> &'static str {
        NAMES[number as usize % NAMES.len()]
    }

    /// What is probed.
    ///
    /// # Errors
    /// Never for names as they are.
    pub fn target(number: u32) -> Result<HostPort, LabError> {
        let host = named(&format!("{}.{}", Self::role(number), Self::domain(number)?))?;
        let port = if number.is_multiple_of(23) { 8443 } else { 443 };
        let port = Port::new(port).ok_or_else(|| LabError::Name(port.to_string()))?;
        Ok(HostPort { host: ServerName::Dns(host), port })
    }

    /// What a probe brought home.
    ///
    /// # Errors
    /// When a certificate cannot be made.
    pub fn probed(&mut self, number: u32) -> Result<Probed, LabError> {
        let target = Self::target(number)?;
        let fate = Fate::of(number);
        let (resolution, addresses) = match fate {
            Fate::NoName => (Resolution::Failed { failure: Failure::Dns { reason: DnsFailure::NotFound } }, Vec::new()),
            _ => (Resolution::Fixed, addresses(number)),
        };
        let chain = self.chain(number, fate)?;
        let took = 5 + number % 60;
        let seen = addresses.iter().map(|address| AddressObservation {
            address: *address,
            outcome: fate.outcome(),
            chain: chain.iter().map(|der| certificate::read_for(der, &target.host)).collect(),
            fetched: None,
            staple: None,
            lists: Vec::new(),
            delivered: None,
            protocols: None,
            tries: 1,
            connect_ms: (fate != Fate::Refuses).then_some(took),
            handshake_ms: (!chain.is_empty()).then_some(2 * took),
        });
        let seconds_ago = i64::from(number) * 37 % SIX_HOURS;
        let observed_at = Timestamp::from_second(self.now.as_second() - seconds_ago).unwrap_or(self.now);
        Ok(Probed {
            observation: Observation {
                observed_at,
                resolution,
                route: Route::default(),
                addresses: seen.collect(),
                addresses_left_out: 0,
                total_ms: 3 * took,
                http: None,
                target,
            },
            chains: addresses
                .into_iter()
                .filter(|_| !chain.is_empty())
                .map(|address| (address, chain.clone()))
                .collect(),
            fetched: BTreeMap::new(),
            staples: BTreeMap::new(),
        })
    }

    fn chain(&mut self, number: u32, fate: Fate) -> Result<Vec<CertificateDer<'static>>, LabError> {
        let host = named(&format!("{}.{}", Self::role(number), Self::domain(number)?))?;
        let days = i64::from(32 + number % 57);
        let good = Validity::days(self.now, days - 90, days);
        let intermediate = self.intermediate.der();
        let leaf = |host: &Host, validity| self.intermediate.leaf(&[host], &self.key, validity, |_| ());
        Ok(match fate {
            Fate::NoName | Fate::Refuses | Fate::Silent => Vec::new(),
            Fate::Expired => vec![leaf(&host, Validity::days(self.now, days - 100 - 90, days - 100))?, intermediate],
            Fate::Expiring => vec![leaf(&host, Validity::days(self.now, -76, days % 14 + 1))?, intermediate],
            Fate::Incomplete => vec![leaf(&host, good)?],
            Fate::Misnamed => vec![leaf(&Self::domain(number)?, good)?, intermediate],
            Fate::SelfSigned => vec![self_signed(&[&host], &self.key, good)?],
            Fate::Unknown => {
                vec![self.stranger.leaf(&[&host], &self.key, good, |_| ())?, self.stranger.der()]
            }
            // Half of what works has a certificate of its own.
            Fate::Good | Fate::OldTls if number % 8 > 3 => vec![leaf(&host, good)?, intermediate],
            Fate::Good | Fate::OldTls => vec![self.wildcard(number)?, intermediate],
        })
    }

    fn wildcard(&mut self, number: u32) -> Result<CertificateDer<'static>, LabError> {
        let domain = Self::domain(number)?;
        if let Some((known, certificate)) = &self.wildcard
            && *known == domain
        {
            return Ok(certificate.clone());
        }
        let name = format!("*.{domain}").try_into()?;
        let days = i64::from(32 + number / 8 * 11 % 57);
        let validity = Validity::days(self.now, days - 90, days);
        let certificate = self.intermediate.leaf(&[&domain], &self.key, validity, |parameters| {
            parameters.subject_alt_names.push(SanType::DnsName(name));
        })?;
        self.wildcard = Some((domain, certificate.clone()));
        Ok(certificate)
    }
}

/// What became of a probe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Good,
    OldTls,
    Expiring,
    Expired,
    Incomplete,
    Misnamed,
    SelfSigned,
    Unknown,
    Refuses,
    Silent,
    NoName,
}

impl Fate {
    /// Of a hundred numbers in a row, so many each.
    fn of(number: u32) -> Self {
        // 77 and 100 have no common divisor: each of the hundred comes once.
        match (number % 100) * 77 % 100 {
            0..3 => Self::Expired,
            3..7 => Self::Expiring,
            7..9 => Self::Incomplete,
            9 => Self::Misnamed,
            10 => Self::SelfSigned,
            11 => Self::Unknown,
            12..14 => Self::Refuses,
            14 => Self::NoName,
            15 => Self::Silent,
            16..26 => Self::OldTls,
            _ => Self::Good,
        }
    }

    fn outcome(self) -> Result<Handshake, Failure> {
        let (version, suite) = match self {
            Self::Refuses => return Err(Failure::Tcp { reason: TcpFailure::Refused }),
            Self::Silent => return Err(Failure::Tls { reason: TlsFailure::Timeout }),
            Self::OldTls => (TlsVersion::Tls12, Suite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256),
            _ => (TlsVersion::Tls13, Suite::TLS_AES_128_GCM_SHA256),
        };
        Ok(Handshake {
            version,
            suite,
            group: Some("x25519".to_owned()),
            signature: Some("ecdsa_secp256r1_sha256".to_owned()),
            alpn: Some("http/1.1".to_owned()),
            ocsp_stapled: false,
            client_certificate_requested: false,
            key_possession: KeyPossession::Proven,
        })
    }
}

/// Of every fifth server two, of the others one.
fn addresses(number: u32) -> Vec<IpAddr> {
    let last = u8::try_from(number % 254 + 1).unwrap_or(1);
    let first = IpAddr::from([203, 0, 113, last]);
    let second = IpAddr::from([198, 51, 100, last]);
    if number.is_multiple_of(5) { vec![first, second] } else { vec![first] }
}

fn named(name: &str) -> Result<Host, LabError> {
    name.parse().map_err(|_| LabError::Name(name.to_owned()))
}

const SIX_HOURS: i64 = 6 * 60 * 60;

const NAMES: [&str; 8] = ["api", "www", "ws", "upload", "cdn", "pay", "img", "gateway"];

const WORDS: [&str; 12] =
    ["lantern", "harbour", "bamboo", "jade", "crane", "willow", "river", "magpie", "plum", "orchid", "kite", "silk"];

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::collections::BTreeSet;

    use model::{Code, Verdict, diagnose};

    use super::*;
    use crate::assess;

    #[test]
    fn no_two_servers_are_one() {
        let targets: BTreeSet<_> = (0..2_000).map(|number| Archive::target(number).unwrap()).collect();
        assert_eq!(targets.len(), 2_000);
        let domains: BTreeSet<_> = (0..2_000).map(|number| Archive::domain(number).unwrap()).collect();
        assert_eq!(domains.len(), 250);
    }

    #[test]
    fn each_probe_is_judged_as_what_it_stands_for() {
        let now = "2026-05-01T00:00:00Z".parse().unwrap();
        let mut archive = Archive::new(now).unwrap();
        let roots = [archive.roots().unwrap()];
        let context = diagnose::Context { roots: diagnose::Roots::Given };
        for number in 0..200 {
            let diagnosis = assess(&archive.probed(number).unwrap(), &roots, context, now);
            let codes: Vec<_> = diagnosis.findings.iter().map(|finding| finding.code).collect();
            let expected = match Fate::of(number) {
                Fate::Good | Fate::OldTls => {
                    assert_eq!(diagnosis.verdict, Verdict::Pass, "{number}: {codes:?}");
                    continue;
                }
                Fate::Expiring => Code::CertRenewalOverdue,
                Fate::Expired => Code::CertExpired,
                Fate::Incomplete => Code::ChainIncomplete,
                Fate::Misnamed => Code::CertNameMismatch,
                Fate::SelfSigned => Code::CertSelfSigned,
                Fate::Unknown => Code::TrustUnknownRoot,
                Fate::Refuses => Code::NetRefused,
                Fate::Silent => Code::NetTimeout,
                Fate::NoName => Code::DnsNotFound,
            };
            assert!(codes.contains(&expected), "{number}: {codes:?}");
        }
    }
}
