//! What else a server would take than what it chose from a phone's offer: each version of TLS by a
//! hello of its own, and the suites that decide for a platform. One connection each, one after
//! another, and none of them is finished.

mod suites;

use std::{net::SocketAddr, sync::LazyLock, time::Duration};

use model::{
    ServerName,
    observation::{Answer, Failure, Handshake, KeyPossession, Protocols, TlsFailure, TlsVersion},
    tls::{Cipher, KeyExchange, Suite},
    transparency::{Delivered, NotSeen},
};
use rustls::{NamedGroup, SignatureScheme, pki_types::CertificateDer};
use tokio::time::Instant;

use crate::{
    connect::{Trouble, connect},
    evaluate::own,
    failure,
    handshake::{Served, iana_group, iana_scheme, is_offered},
    hello::{self, Exchange, Flight, Offer, Until},
    signature::{self, Verification},
    sockets::OutOfSockets,
};

/// Whom to ask, and until when.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked<'a> {
    pub(crate) at: SocketAddr,
    pub(crate) name: &'a ServerName,
    pub(crate) deadline: Instant,
}

/// What a server shows of itself in the clear.
#[derive(Debug)]
pub(crate) struct FirstFlight {
    pub(crate) outcome: Result<Handshake, TlsFailure>,
    pub(crate) served: Served,
    /// The transparency timestamps that come with it.
    pub(crate) delivered: Delivered,
}

impl Asked<'_> {
    /// What a server that has finished `handshake`, and has `shown` these certificates, would take besides,
    /// and the transparency timestamps that it delivers.
    pub(crate) async fn beside(
        self,
        handshake: &Handshake,
        shown: &[CertificateDer<'static>],
    ) -> Result<(Protocols, Delivered), OutOfSockets> {
        let mut protocols = Protocols::default();
        let chosen = Answer::Taken { suite: handshake.suite, group: handshake.group.clone() };
        if handshake.version < TlsVersion::Tls13 {
            // It was offered along with what the server chose.
            protocols.versions.insert(TlsVersion::Tls13, Answer::Refused { alert: None });
        }
        let (answer, delivered) = self.tls12(shown).await?;
        protocols.versions.insert(TlsVersion::Tls12, answer);
        // What came of a phone's offer is what counts.
        protocols.versions.insert(handshake.version, chosen);
        for version in BELOW_13 {
            if version < handshake.version.min(TlsVersion::Tls12) {
                protocols.versions.insert(version, self.choice(version, &OFFERABLE).await?);
            }
            self.weak(version, &mut protocols).await?;
        }
        // What it likes better of a phone's offer says nothing of an iPhone's.
        if handshake.version == TlsVersion::Tls12 && !Suite::ATS.contains(&handshake.suite) {
            protocols.ats = Some(self.choice(TlsVersion::Tls12, &Suite::ATS).await?);
        }
        let delivered = match delivered {
            // It has just spoken it.
            Err(NotSeen::NoTls12) if handshake.version == TlsVersion::Tls12 => Err(NotSeen::NoAnswer),
            delivered => delivered,
        };
        Ok((protocols, delivered))
    }

    /// What a server that took nothing of a phone's offer takes, and its first flight where it takes
    /// what the phone did not offer: elsewhere it is the failure that counts.
    pub(crate) async fn instead(self) -> Result<(Protocols, Option<FirstFlight>), OutOfSockets> {
        let mut protocols = Protocols::default();
        protocols.versions.insert(TlsVersion::Tls13, self.choice(TlsVersion::Tls13, &MODERN).await?);
        let mut seen = None;
        protocols.ats = Some(self.first(TlsVersion::Tls12, &Suite::ATS, &mut seen).await?);
        protocols.boringssl = Some(self.first(TlsVersion::Tls12, &Suite::BORINGSSL, &mut seen).await?);
        for version in BELOW_13 {
            let answer = self.first(version, &OFFERABLE, &mut seen).await?;
            protocols.versions.insert(version, answer);
            self.weak(version, &mut protocols).await?;
        }
        let seen = seen.filter(|seen| protocols.speaks(TlsVersion::Tls13) != Some(true) && is_new(seen));
        Ok((protocols, seen))
    }

    /// What comes of TLS 1.2, and the timestamps that its ServerHello brings for the certificate that was
    /// shown: a server may choose one by what the client offers.
    async fn tls12(self, shown: &[CertificateDer<'static>]) -> Result<(Answer, Delivered), OutOfSockets> {
        let (answer, flight) = self.ask(TlsVersion::Tls12, &OFFERABLE, Until::Certificates).await?;
        let delivered = match (answer.taken(), flight) {
            (Some(false), _) => Err(NotSeen::NoTls12),
            (_, Some(flight)) if leaf(&flight.served.chain) == leaf(shown) => flight.delivered,
            (_, Some(_)) => Err(NotSeen::OtherCertificate),
            (_, None) => Err(NotSeen::NoAnswer),
        };
        let broke_off =
            matches!(&answer, Answer::Unclear { failure: Failure::Tls { reason: TlsFailure::Misbehaved { .. } } });
        // What is wrong behind the choice does not undo it.
        let answer = if broke_off { self.choice(TlsVersion::Tls12, &OFFERABLE).await? } else { answer };
        Ok((answer, delivered))
    }

    /// Asks for broken suites in the highest version that is spoken.
    async fn weak(self, version: TlsVersion, protocols: &mut Protocols) -> Result<(), OutOfSockets> {
        if protocols.weak.is_none() && protocols.speaks(version) == Some(true) {
            protocols.weak = Some(self.choice(version, &BROKEN).await?);
        }
        Ok(())
    }

    /// The answer, with all that goes in the clear as long as nothing of that was seen.
    async fn first(
        self,
        version: TlsVersion,
        suites: &[Suite],
        seen: &mut Option<FirstFlight>,
    ) -> Result<Answer, OutOfSockets> {
        let until = if seen.is_some() { Until::Choice } else { Until::Certificates };
        let (answer, flight) = self.ask(version, suites, until).await?;
        *seen = seen.take().or(flight);
        Ok(answer)
    }

    async fn choice(self, version: TlsVersion, suites: &[Suite]) -> Result<Answer, OutOfSockets> {
        Ok(self.ask(version, suites, Until::Choice).await?.0)
    }

    /// The answer, and what was shown along with it.
    async fn ask(
        self,
        version: TlsVersion,
        suites: &[Suite],
        until: Until,
    ) -> Result<(Answer, Option<FirstFlight>), OutOfSockets> {
        let deadline = self.deadline.min(Instant::now() + LONGEST);
        let mut hung_up = false;
        loop {
            let stream = match connect(self.at, deadline).await {
                Ok(stream) => stream,
                Err(Trouble::Ours(error)) => return Err(error),
                Err(Trouble::Theirs(reason)) => return Ok((unclear(Failure::Tcp { reason }), None)),
            };
            let refused = |alert| Ok((Answer::Refused { alert }, None));
            return match hello::ask(stream, self.name, Offer { version, suites }, until, deadline).await {
                Ok(hello::Answer::Flight { flight, random }) => Ok(taken(*flight, &random)),
                Ok(hello::Answer::Alert(alert)) => refused(Some(alert)),
                Ok(hello::Answer::Other) => refused(None),
                // What everybody needs is not missing because of one connection that broke.
                Err(TlsFailure::ClosedBeforeAnswer) if version == TlsVersion::Tls12 && !hung_up => {
                    hung_up = true;
                    continue;
                }
                Err(TlsFailure::ClosedBeforeAnswer) => refused(None),
                Err(reason) => Ok((unclear(Failure::Tls { reason }), None)),
            };
        }
    }
}

const fn unclear(failure: Failure) -> Answer {
    Answer::Unclear { failure }
}

/// The server's own certificate among those served.
fn leaf<'a>(chain: &'a [CertificateDer<'static>]) -> Option<&'a CertificateDer<'static>> {
    chain.get(own(chain))
}

/// Whether a first flight shows what a phone's offer could not.
fn is_new(seen: &FirstFlight) -> bool {
    let offered = |handshake: &Handshake| handshake.version >= TlsVersion::Tls12 && is_offered(handshake.suite);
    !seen.served.chain.is_empty() && !seen.outcome.as_ref().is_ok_and(offered)
}

/// What a first flight tells of the server, as a finished handshake would.
fn taken(flight: Flight, random: &[u8; 32]) -> (Answer, Option<FirstFlight>) {
    let exchange = flight.exchange.as_ref();
    let group = flight.group.or(exchange.and_then(|exchange| exchange.group));
    let group = group.map(|group| iana_group(NamedGroup::from(group)));
    let answer = Answer::Taken { suite: flight.suite, group: group.clone() };
    let scheme = exchange.and_then(|exchange| exchange.scheme);
    let outcome = possession(&flight, random).map(|key_possession| Handshake {
        version: flight.version,
        suite: flight.suite,
        group,
        signature: scheme.map(|scheme| iana_scheme(SignatureScheme::from(scheme))),
        alpn: flight.alpn,
        ocsp_stapled: !flight.staple.is_empty(),
        client_certificate_requested: flight.client_certificate_requested,
        key_possession,
    });
    let delivered = if flight.version == TlsVersion::Tls12 { Ok(flight.scts) } else { Err(NotSeen::NoTls12) };
    let served = Served::in_the_clear(flight.chain, flight.staple);
    (answer, Some(FirstFlight { outcome, served, delivered }))
}

/// RFC 5246 section 7.4.3: the server signs the random bytes of both and its half of the exchange.
fn possession(flight: &Flight, random: &[u8; 32]) -> Result<KeyPossession, TlsFailure> {
    let (Some(exchange), Some(leaf)) = (&flight.exchange, flight.chain.first()) else {
        return Ok(KeyPossession::NothingSigned);
    };
    let Exchange { parameters, scheme: Some(scheme), signature, .. } = exchange else {
        return Ok(KeyPossession::SignedWeakly);
    };
    let message = [random.as_slice(), &flight.random, parameters].concat();
    let scheme = SignatureScheme::from(*scheme);
    match signature::verify_handshake(signature::Handshake::Tls12, scheme, leaf, &message, signature) {
        Verification::Valid => Ok(KeyPossession::Proven),
        Verification::Unsupported(reason) => Ok(KeyPossession::Unproven(reason)),
        Verification::Invalid => Err(failure::of_wrong_key()),
    }
}

/// The highest first.
const BELOW_13: [TlsVersion; 3] = [TlsVersion::Tls12, TlsVersion::Tls11, TlsVersion::Tls10];

const MODERN: [Suite; 3] =
    [Suite::TLS_AES_128_GCM_SHA256, Suite::TLS_AES_256_GCM_SHA384, Suite::TLS_CHACHA20_POLY1305_SHA256];

/// Whatever a server of the last twenty years may take, what phones would choose first.
static OFFERABLE: LazyLock<Vec<Suite>> = LazyLock::new(|| {
    let authenticated = |suite: &&Suite| suite.key_exchange() != KeyExchange::Anonymous;
    let encrypted = |suite: &&Suite| !matches!(suite.cipher(), Cipher::Null | Cipher::Des);
    EVERY.iter().filter(authenticated).filter(encrypted).copied().collect()
});

/// All that are known, what phones would choose first.
static EVERY: LazyLock<Vec<Suite>> = LazyLock::new(|| {
    let mut suites: Vec<Suite> = below_13().collect();
    suites.sort_by_key(|suite| (suite.is_broken(), rank(suite.key_exchange()), std::cmp::Reverse(suite.number())));
    suites
});

/// What no server should take.
static BROKEN: LazyLock<Vec<Suite>> = LazyLock::new(|| below_13().filter(|suite| suite.is_broken()).collect());

fn below_13() -> impl Iterator<Item = Suite> {
    Suite::NAMED.iter().copied().filter(|suite| suite.key_exchange() != KeyExchange::Apart)
}

const fn rank(exchange: KeyExchange) -> u8 {
    match exchange {
        KeyExchange::Apart | KeyExchange::Ecdhe => 0,
        KeyExchange::Dhe => 1,
        KeyExchange::Static => 2,
        KeyExchange::Anonymous | KeyExchange::Unknown => 3,
    }
}

/// What an answer may take. What refuses a version by saying nothing is not to cost the whole time of
/// a probe.
const LONGEST: Duration = Duration::from_secs(3);
