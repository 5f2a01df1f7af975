//! The server's first flight, read as it comes: records of whatever size, messages that span them
//! or share one. Bounded, whatever is sent.

use model::{
    certificate::Sct,
    observation::TlsVersion,
    tls::{Alert, Suite},
};
use rustls::pki_types::CertificateDer;
use tls_parser::{
    TlsExtension, TlsMessage, TlsMessageHandshake, parse_tls_message_handshake, parse_tls_server_hello_extensions,
};

use super::{Until, compose::legacy_version};
use crate::transparency;

/// What the server chose, and what it showed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Flight {
    pub(crate) version: TlsVersion,
    pub(crate) suite: Suite,
    /// The server's random bytes. A request for another hello (RFC 8446 section 4.1.4) has fixed ones,
    /// and chooses all the same.
    pub(crate) random: [u8; 32],
    /// Of TLS 1.3, the group by its number.
    pub(crate) group: Option<u16>,
    pub(crate) alpn: Option<String>,
    /// The certificate transparency timestamps, bounded in number.
    pub(crate) scts: Vec<Sct>,
    /// The certificates in the order served.
    pub(crate) chain: Vec<CertificateDer<'static>>,
    /// The stapled OCSP response, empty when there is none.
    pub(crate) staple: Vec<u8>,
    pub(crate) exchange: Option<Exchange>,
    pub(crate) client_certificate_requested: bool,
}

/// A signed key exchange of TLS 1.2 and before (RFC 5246 section 7.4.3, RFC 8422 section 5.4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Exchange {
    /// The named group; none for a finite field that the server spells out.
    pub(crate) group: Option<u16>,
    /// What is signed, after the random bytes of both.
    pub(crate) parameters: Vec<u8>,
    /// The scheme by its number; before TLS 1.2 the key decides.
    pub(crate) scheme: Option<u16>,
    pub(crate) signature: Vec<u8>,
}

/// How the server broke the protocol or a bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Broken {
    #[error("it sent something that is no record of TLS")]
    NoRecord,
    #[error("it sent a record of {0} bytes")]
    LongRecord(usize),
    #[error("it sent more than {MOST_IDLE} records that say nothing")]
    IdleRecords,
    #[error("it sent encrypted records in the middle of what goes in the clear")]
    Encrypted,
    #[error("it sent a message of {0} bytes")]
    LongMessage(usize),
    #[error("it sent more than {MOST_MESSAGES} messages")]
    ManyMessages,
    #[error("it served more than {MOST_CERTIFICATES} certificates")]
    ManyCertificates,
    #[error("a message of the handshake cannot be read")]
    Malformed,
    /// SSL 3.0, or what does not exist.
    #[error("it chose a version that nobody offers")]
    Version,
}

/// Whether more is to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    More,
    Done,
}

/// Reads a flight from the pieces in which it comes.
#[derive(Debug)]
pub(crate) struct Reader {
    until: Until,
    /// Of the record that has not come whole.
    record: Vec<u8>,
    /// Of the message that has not come whole.
    message: Vec<u8>,
    /// Empty records, warnings and changes of cipher: a server may send them, and could for ever.
    idle_records: usize,
    messages: usize,
    flight: Option<Flight>,
    alert: Option<Alert>,
}

impl Reader {
    pub(crate) fn new(until: Until) -> Self {
        Self { until, record: Vec::new(), message: Vec::new(), idle_records: 0, messages: 0, flight: None, alert: None }
    }

    /// Takes what came.
    pub(crate) fn take(&mut self, bytes: &[u8]) -> Result<Progress, Broken> {
        self.record.extend_from_slice(bytes);
        let mut read = 0;
        let progress = loop {
            let Some((kind, body)) = record(&self.record[read..])? else { break Progress::More };
            let (start, end) = (read + HEADER, read + HEADER + body);
            read = end;
            if self.record_came(kind, start..end)? == Progress::Done {
                break Progress::Done;
            }
        };
        self.record.drain(..read);
        Ok(progress)
    }

    /// What was read; the alert where the server said no.
    pub(crate) fn finish(self) -> Result<Flight, Alert> {
        match (self.flight, self.alert) {
            (_, Some(alert)) => Err(alert),
            (Some(flight), None) => Ok(flight),
            (None, None) => Err(Alert::CloseNotify),
        }
    }

    fn record_came(&mut self, kind: u8, body: std::ops::Range<usize>) -> Result<Progress, Broken> {
        if body.is_empty() {
            return self.nothing_came();
        }
        match (kind, &self.record[body.clone()]) {
            (ALERT, [level, number, ..]) => {
                // A warning, such as that of an unknown name, ends nothing; a farewell does.
                let ends = *level != WARNING || *number == Alert::CloseNotify.number();
                if !ends {
                    return self.nothing_came();
                }
                self.alert = Some(Alert::from(*number));
                Ok(Progress::Done)
            }
            (HANDSHAKE, bytes) => {
                self.message.extend_from_slice(bytes);
                self.messages_came()
            }
            (CHANGE_CIPHER_SPEC, _) => self.nothing_came(),
            (ALERT, _) => Err(Broken::Malformed),
            _ => Err(Broken::Encrypted),
        }
    }

    fn nothing_came(&mut self) -> Result<Progress, Broken> {
        self.idle_records += 1;
        if self.idle_records > MOST_IDLE { Err(Broken::IdleRecords) } else { Ok(Progress::More) }
    }

    fn messages_came(&mut self) -> Result<Progress, Broken> {
        let mut read = 0;
        let mut progress = Progress::More;
        while let [kind, a, b, c, rest @ ..] = &self.message[read..] {
            let length = u32::from_be_bytes([0, *a, *b, *c]) as usize;
            if length > LONGEST_MESSAGE {
                return Err(Broken::LongMessage(length));
            }
            if rest.len() < length {
                break;
            }
            self.messages += 1;
            if self.messages > MOST_MESSAGES {
                return Err(Broken::ManyMessages);
            }
            let (kind, whole) = (*kind, read..read + MESSAGE_HEADER + length);
            read = whole.end;
            if self.message_came(kind, whole)? == Progress::Done {
                progress = Progress::Done;
                break;
            }
        }
        self.message.drain(..read);
        Ok(progress)
    }

    fn message_came(&mut self, kind: u8, whole: std::ops::Range<usize>) -> Result<Progress, Broken> {
        // Those that say nothing here.
        if !READ.contains(&kind) {
            return Ok(Progress::More);
        }
        let bytes = &self.message[whole];
        let (_, message) = parse_tls_message_handshake(bytes).map_err(|_| Broken::Malformed)?;
        let TlsMessage::Handshake(message) = message else { return Err(Broken::Malformed) };
        let flight = match (message, &mut self.flight) {
            (TlsMessageHandshake::ServerHello(hello), None) => {
                let flight = chosen(hello.version.0, hello.random, hello.cipher.0, hello.ext.unwrap_or_default())?;
                let ends = self.until == Until::Choice || flight.version == TlsVersion::Tls13;
                self.flight = Some(flight);
                return Ok(if ends { Progress::Done } else { Progress::More });
            }
            (_, None) | (TlsMessageHandshake::ServerHello(_), Some(_)) => return Err(Broken::Malformed),
            (message, Some(flight)) => (message, flight),
        };
        match flight {
            (TlsMessageHandshake::Certificate(certificates), flight) => {
                if certificates.cert_chain.len() > MOST_CERTIFICATES {
                    return Err(Broken::ManyCertificates);
                }
                let served = certificates.cert_chain.iter().map(|raw| CertificateDer::from(raw.data.to_vec()));
                flight.chain = served.collect();
            }
            (TlsMessageHandshake::CertificateStatus(status), flight) if status.blob.len() <= LARGEST_STAPLE => {
                flight.staple = status.blob.to_vec();
            }
            (TlsMessageHandshake::ServerKeyExchange(exchange), flight) => {
                flight.exchange = signed(exchange.parameters, flight.version, flight.suite);
            }
            (TlsMessageHandshake::CertificateRequest(_), flight) => flight.client_certificate_requested = true,
            (TlsMessageHandshake::ServerDone(_), _) => return Ok(Progress::Done),
            _ => {}
        }
        Ok(Progress::More)
    }
}

/// Reads a flight of which these are the pieces.
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) fn read(until: Until, pieces: &[&[u8]]) -> Result<(Progress, Result<Flight, Alert>), Broken> {
    let mut reader = Reader::new(until);
    let mut progress = Progress::More;
    for piece in pieces {
        progress = reader.take(piece)?;
        if progress == Progress::Done {
            break;
        }
    }
    Ok((progress, reader.finish()))
}

/// Kind and length of the record at the begin of `bytes`, once it is whole (RFC 8446 section 5.1).
fn record(bytes: &[u8]) -> Result<Option<(u8, usize)>, Broken> {
    let [kind, major, _, high, low, body @ ..] = bytes else { return Ok(None) };
    if !(CHANGE_CIPHER_SPEC..=APPLICATION_DATA).contains(kind) || *major != 3 {
        return Err(Broken::NoRecord);
    }
    let length = usize::from(u16::from_be_bytes([*high, *low]));
    if length > LONGEST_RECORD {
        return Err(Broken::LongRecord(length));
    }
    Ok((body.len() >= length).then_some((*kind, length)))
}

/// What a ServerHello says.
fn chosen(legacy: u16, random: &[u8], suite: u16, extensions: &[u8]) -> Result<Flight, Broken> {
    // It stops without a word at the first that cannot be read.
    let (rest, extensions) = parse_tls_server_hello_extensions(extensions).map_err(|_| Broken::Malformed)?;
    if !rest.is_empty() {
        return Err(Broken::Malformed);
    }
    let (mut version, mut group, mut alpn, mut scts) = (legacy, None, None, Vec::new());
    for extension in &extensions {
        match extension {
            TlsExtension::SupportedVersions(versions) => version = versions.first().map_or(legacy, |version| version.0),
            // Whole in a ServerHello, the group alone in a retry request.
            TlsExtension::KeyShare([high, low, ..]) | TlsExtension::KeyShareOld([high, low, ..]) => {
                group = Some(u16::from_be_bytes([*high, *low]));
            }
            TlsExtension::ALPN(protocols) => {
                alpn = protocols.first().map(|name| String::from_utf8_lossy(name).into_owned());
            }
            TlsExtension::SignedCertificateTimestamp(Some(list)) => scts = transparency::timestamps(list),
            _ => {}
        }
    }
    let version = TlsVersion::ALL.into_iter().find(|known| legacy_version(*known) == version);
    let random: [u8; 32] = random.try_into().map_err(|_| Broken::Malformed)?;
    Ok(Flight {
        version: version.ok_or(Broken::Version)?,
        suite: Suite::new(suite),
        random,
        group,
        alpn,
        scts,
        chain: Vec::new(),
        staple: Vec::new(),
        exchange: None,
        client_certificate_requested: false,
    })
}

/// A key exchange apart from its signature; none when it is not signed or cannot be read.
fn signed(bytes: &[u8], version: TlsVersion, suite: Suite) -> Option<Exchange> {
    use model::tls::KeyExchange;
    let (group, length) = match (suite.key_exchange(), bytes) {
        (KeyExchange::Ecdhe, [NAMED_CURVE, high, low, point, ..]) => {
            (Some(u16::from_be_bytes([*high, *low])), 4 + usize::from(*point))
        }
        (KeyExchange::Dhe, _) => {
            // Prime, generator and public value.
            let length = (0..3).try_fold(0, |at, _| {
                let [high, low] = *bytes.get(at..)?.first_chunk()?;
                Some(at + 2 + usize::from(u16::from_be_bytes([high, low])))
            })?;
            (None, length)
        }
        _ => return None,
    };
    let (parameters, mut rest) = bytes.split_at_checked(length)?;
    let mut scheme = None;
    if version >= TlsVersion::Tls12 {
        let (number, after) = rest.split_first_chunk()?;
        (scheme, rest) = (Some(u16::from_be_bytes(*number)), after);
    }
    let (length, signature) = rest.split_first_chunk()?;
    let signature = signature.get(..usize::from(u16::from_be_bytes(*length)))?;
    Some(Exchange { group, parameters: parameters.to_vec(), scheme, signature: signature.to_vec() })
}

const HEADER: usize = 5;
const MESSAGE_HEADER: usize = 4;
const CHANGE_CIPHER_SPEC: u8 = 20;
const ALERT: u8 = 21;
const HANDSHAKE: u8 = 22;
const APPLICATION_DATA: u8 = 23;
const WARNING: u8 = 1;
const NAMED_CURVE: u8 = 3;
/// ServerHello, Certificate, ServerKeyExchange, CertificateRequest, ServerHelloDone, CertificateStatus.
const READ: [u8; 6] = [2, 11, 12, 13, 14, 22];

/// RFC 5246 section 6.2.3.
const LONGEST_RECORD: usize = (1 << 14) + 2048;
const LONGEST_MESSAGE: usize = 256 * 1024;
const LARGEST_STAPLE: usize = 64 * 1024;
const MOST_CERTIFICATES: usize = 32;
const MOST_MESSAGES: usize = 32;
const MOST_IDLE: usize = 16;

#[cfg(test)]
mod tests;
