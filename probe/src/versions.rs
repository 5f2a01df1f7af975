//! What else a server would take than what it chose from a phone's offer: each version of TLS by a
//! hello of its own, and the suites that decide for a platform. One connection each, one after
//! another, and none of them is finished.

use std::{net::SocketAddr, sync::LazyLock, time::Duration};

use model::{
    ServerName,
    observation::{Answer, Failure, Handshake, KeyPossession, Protocols, TcpFailure, TlsFailure, TlsVersion},
    tls::{Cipher, KeyExchange, Suite},
};
use rustls::{NamedGroup, SignatureScheme};
use tokio::{
    net::TcpStream,
    time::{Instant, timeout_at},
};

use crate::{
    failure,
    handshake::{Served, iana_group, iana_scheme},
    hello::{self, Exchange, Flight, Offer, Until},
    signature::{self, Verification},
};

/// Whom to ask, and until when.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked<'a> {
    pub(crate) at: SocketAddr,
    pub(crate) name: &'a ServerName,
    pub(crate) deadline: Instant,
}

impl Asked<'_> {
    /// What a server that has finished `handshake` would take besides.
    pub(crate) async fn beside(self, handshake: &Handshake) -> Protocols {
        let mut protocols = Protocols::default();
        let chosen = Answer::Taken { suite: handshake.suite, group: handshake.group.clone() };
        if handshake.version < TlsVersion::Tls13 {
            // It was offered along with what the server chose.
            protocols.versions.insert(TlsVersion::Tls13, Answer::Refused { alert: None });
        }
        protocols.versions.insert(handshake.version, chosen);
        for version in BELOW_13 {
            if version < handshake.version {
                protocols.versions.insert(version, self.choice(version, &OFFERABLE).await);
            }
        }
        if handshake.version < TlsVersion::Tls13 {
            protocols.ats = Some(self.choice(TlsVersion::Tls12, &Suite::ATS).await);
        }
        protocols.weak = self.weak(&protocols).await;
        protocols
    }

    /// What a server that took nothing of a phone's offer takes, and its first flight where it has
    /// one in the clear.
    pub(crate) async fn instead(self) -> (Protocols, Option<(Handshake, Served)>) {
        let mut protocols = Protocols::default();
        let mut seen = None;
        protocols.versions.insert(TlsVersion::Tls13, self.choice(TlsVersion::Tls13, &MODERN).await);
        if protocols.speaks(TlsVersion::Tls13) != Some(true) {
            let (answer, flight) = self.first_flight(TlsVersion::Tls12, &Suite::ATS).await;
            (protocols.ats, seen) = (Some(answer), flight);
        }
        for version in BELOW_13 {
            let answer = if seen.is_some() {
                self.choice(version, &OFFERABLE).await
            } else {
                let (answer, flight) = self.first_flight(version, &OFFERABLE).await;
                seen = flight;
                answer
            };
            protocols.versions.insert(version, answer);
        }
        protocols.weak = self.weak(&protocols).await;
        (protocols, seen)
    }

    async fn weak(self, protocols: &Protocols) -> Option<Answer> {
        let highest = BELOW_13.into_iter().find(|version| protocols.speaks(*version) == Some(true))?;
        Some(self.choice(highest, &BROKEN).await)
    }

    async fn choice(self, version: TlsVersion, suites: &[Suite]) -> Answer {
        self.ask(version, suites, Until::Choice).await.0
    }

    async fn first_flight(self, version: TlsVersion, suites: &[Suite]) -> (Answer, Option<(Handshake, Served)>) {
        let (answer, flight) = self.ask(version, suites, Until::Certificates).await;
        (answer, flight.filter(|(_, served)| !served.chain.is_empty()))
    }

    async fn ask(self, version: TlsVersion, suites: &[Suite], until: Until) -> (Answer, Option<(Handshake, Served)>) {
        let deadline = self.deadline.min(Instant::now() + LONGEST);
        let stream = match timeout_at(deadline, TcpStream::connect(self.at)).await {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => return (unclear(Failure::Tcp { reason: failure::of_connect(&error) }), None),
            Err(_) => return (unclear(Failure::Tcp { reason: TcpFailure::Timeout }), None),
        };
        match hello::ask(stream, self.name, Offer { version, suites }, until, deadline).await {
            Ok(hello::Answer::Flight { flight, random }) => {
                let exchanged = flight.exchange.as_ref().and_then(|exchange| exchange.group);
                let group = flight.group.or(exchanged).map(|group| iana_group(NamedGroup::from(group)));
                let answer = Answer::Taken { suite: flight.suite, group: group.clone() };
                (answer, Some(in_the_clear(*flight, &random, group)))
            }
            Ok(hello::Answer::Alert(alert)) => (Answer::Refused { alert: Some(alert) }, None),
            Ok(hello::Answer::Other) | Err(TlsFailure::ClosedBeforeAnswer) => (Answer::Refused { alert: None }, None),
            Err(reason) => (unclear(Failure::Tls { reason }), None),
        }
    }
}

const fn unclear(failure: Failure) -> Answer {
    Answer::Unclear { failure }
}

/// What a first flight tells of the server, as a finished handshake would.
fn in_the_clear(flight: Flight, random: &[u8; 32], group: Option<String>) -> (Handshake, Served) {
    let key_possession = possession(&flight, random);
    let scheme = flight.exchange.as_ref().and_then(|exchange| exchange.scheme);
    let handshake = Handshake {
        version: flight.version,
        suite: flight.suite,
        group,
        signature: scheme.map(|scheme| iana_scheme(SignatureScheme::from(scheme))),
        alpn: flight.alpn,
        ocsp_stapled: !flight.staple.is_empty(),
        client_certificate_requested: flight.client_certificate_requested,
        key_possession,
    };
    (handshake, Served::in_the_clear(flight.chain, flight.staple))
}

/// RFC 5246 section 7.4.3: the server signs the random bytes of both and its half of the exchange.
fn possession(flight: &Flight, random: &[u8; 32]) -> KeyPossession {
    let unproven = |detail: &str| KeyPossession::Unproven(detail.to_owned());
    let (Some(exchange), Some(leaf)) = (&flight.exchange, flight.chain.first()) else {
        return unproven("the suite has no signature by which the key would be proven");
    };
    let Exchange { parameters, scheme: Some(scheme), signature, .. } = exchange else {
        return unproven("before TLS 1.2 the signature is over MD5 and SHA-1, which proves nothing");
    };
    let message = [random.as_slice(), &flight.random, parameters].concat();
    let scheme = SignatureScheme::from(*scheme);
    match signature::verify_handshake(signature::Handshake::Tls12, scheme, leaf, &message, signature) {
        Verification::Valid => KeyPossession::Proven,
        Verification::Unsupported(reason) => KeyPossession::Unproven(reason),
        Verification::Invalid => unproven("its signature over the key exchange is not by the certificate's key"),
    }
}

/// The highest first.
const BELOW_13: [TlsVersion; 3] = [TlsVersion::Tls12, TlsVersion::Tls11, TlsVersion::Tls10];

const MODERN: [Suite; 3] =
    [Suite::TLS_AES_128_GCM_SHA256, Suite::TLS_AES_256_GCM_SHA384, Suite::TLS_CHACHA20_POLY1305_SHA256];

/// Whatever a server of the last twenty years may take, what phones would choose first.
static OFFERABLE: LazyLock<Vec<Suite>> = LazyLock::new(|| {
    let mut suites: Vec<Suite> =
        below_13().filter(|suite| !matches!(suite.cipher(), Cipher::Null | Cipher::Des)).collect();
    suites.retain(|suite| suite.key_exchange() != KeyExchange::Anonymous);
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
