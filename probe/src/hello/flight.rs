//! The server's first flight, read as it comes: records of whatever size, messages that span them
//! or share one. Bounded, whatever is sent.

use model::{
    observation::TlsVersion,
    tls::{Alert, Suite},
};
use rustls::pki_types::CertificateDer;
use tls_parser::{
    TlsExtension, TlsMessage, TlsMessageHandshake, parse_tls_message_handshake, parse_tls_server_hello_extensions,
};

use super::{Until, compose::legacy_version};

/// What the server chose, and what it showed.
#[derive(Clone, Debug)]
pub(crate) struct Flight {
    pub(crate) version: TlsVersion,
    pub(crate) suite: Suite,
    /// The server's random bytes. A request for another hello (RFC 8446 section 4.1.4) has fixed ones,
    /// and chooses all the same.
    pub(crate) random: [u8; 32],
    /// Of TLS 1.3, the group by its number.
    pub(crate) group: Option<u16>,
    pub(crate) alpn: Option<String>,
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
    #[error("it sent more than {MOST_EMPTY} empty records")]
    EmptyRecords,
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
    empty_records: usize,
    messages: usize,
    flight: Option<Flight>,
    alert: Option<Alert>,
}

impl Reader {
    pub(crate) fn new(until: Until) -> Self {
        Self {
            until,
            record: Vec::new(),
            message: Vec::new(),
            empty_records: 0,
            messages: 0,
            flight: None,
            alert: None,
        }
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
            self.empty_records += 1;
            return if self.empty_records > MOST_EMPTY { Err(Broken::EmptyRecords) } else { Ok(Progress::More) };
        }
        match (kind, &self.record[body.clone()]) {
            (ALERT, [level, number, ..]) => {
                // A warning, such as that of an unknown name, ends nothing; a farewell does.
                let ends = *level != WARNING || *number == Alert::CloseNotify.number();
                if ends {
                    self.alert = Some(Alert::from(*number));
                }
                Ok(if ends { Progress::Done } else { Progress::More })
            }
            (HANDSHAKE, bytes) => {
                self.message.extend_from_slice(bytes);
                self.messages_came()
            }
            (CHANGE_CIPHER_SPEC, _) => Ok(Progress::More),
            (ALERT, _) => Err(Broken::Malformed),
            _ => Err(Broken::Encrypted),
        }
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
    let (mut version, mut group, mut alpn) = (legacy, None, None);
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
const MOST_EMPTY: usize = 16;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    /// RFC 8446 section 4.1.3: SHA-256 of "HelloRetryRequest".
    const RETRY: [u8; 32] = [
        0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91, 0xc2, 0xa2,
        0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
    ];

    fn message(kind: u8, body: &[u8]) -> Vec<u8> {
        let mut message = vec![kind];
        message.extend(&u32::try_from(body.len()).unwrap().to_be_bytes()[1..]);
        message.extend(body);
        message
    }

    fn record(kind: u8, body: &[u8]) -> Vec<u8> {
        let mut record = vec![kind, 3, 3];
        record.extend(u16::try_from(body.len()).unwrap().to_be_bytes());
        record.extend(body);
        record
    }

    fn server_hello(version: u16, random: [u8; 32], extensions: &[u8]) -> Vec<u8> {
        let mut body = version.to_be_bytes().to_vec();
        body.extend(random);
        body.push(0);
        body.extend(Suite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256.number().to_be_bytes());
        body.push(0);
        body.extend(u16::try_from(extensions.len()).unwrap().to_be_bytes());
        body.extend(extensions);
        message(2, &body)
    }

    fn certificates(each: &[&[u8]]) -> Vec<u8> {
        let length = |bytes: &[u8]| u32::try_from(bytes.len()).unwrap().to_be_bytes()[1..].to_vec();
        let list: Vec<u8> = each.iter().flat_map(|der| [length(der), der.to_vec()].concat()).collect();
        message(11, &[length(&list), list].concat())
    }

    /// ServerHello, two certificates, a staple, a signed key exchange, and the end.
    fn whole() -> Vec<u8> {
        let staple = [&[1, 0, 0, 3][..], b"abc"].concat();
        let exchange = [&[3, 0, 0x17, 2, 0xaa, 0xbb, 4, 3, 0, 2][..], b"xy"].concat();
        [
            server_hello(0x0303, [7; 32], &[]),
            certificates(&[b"leaf", b"issuer"]),
            message(22, &staple),
            message(12, &exchange),
            message(14, &[]),
        ]
        .concat()
    }

    fn read(until: Until, pieces: &[&[u8]]) -> Result<(Progress, Result<Flight, Alert>), Broken> {
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

    fn broken(pieces: &[&[u8]]) -> Broken {
        read(Until::Certificates, pieces).unwrap_err()
    }

    #[test]
    fn records_and_messages_may_be_cut_and_joined_anywhere() {
        let one = record(22, &whole());
        let each: Vec<u8> = whole().iter().flat_map(|byte| record(22, &[*byte])).collect();
        for stream in [&one, &each] {
            for size in [1, 2, 3, 7, 64, stream.len()] {
                let pieces: Vec<&[u8]> = stream.chunks(size).collect();
                let (progress, flight) = read(Until::Certificates, &pieces).unwrap();
                let flight = flight.unwrap();
                assert_eq!(progress, Progress::Done);
                assert_eq!(flight.version, TlsVersion::Tls12);
                assert_eq!(flight.chain.iter().map(AsRef::as_ref).collect::<Vec<_>>(), [&b"leaf"[..], b"issuer"]);
                assert_eq!(flight.staple, b"abc");
                let exchange = flight.exchange.unwrap();
                assert_eq!((exchange.group, exchange.scheme), (Some(0x17), Some(0x0403)));
                assert_eq!(
                    (&exchange.parameters[..], &exchange.signature[..]),
                    (&[3, 0, 0x17, 2, 0xaa, 0xbb][..], &b"xy"[..])
                );
            }
        }
    }

    proptest! {
        /// Whatever is sent, and however it is cut, it is read alike and within bounds.
        #[test]
        fn any_bytes_are_read_alike_however_they_are_cut(
            noise in prop::collection::vec(any::<u8>(), 0..2_000),
            place in 0usize..400,
            spoils in any::<bool>(),
            cuts in prop::collection::vec(1usize..700, 1..20),
        ) {
            let mut stream = record(22, &whole());
            if spoils {
                // A flight with some of its bytes written over.
                let place = place.min(stream.len());
                let end = stream.len().min(place + noise.len() % 8);
                stream.splice(place..end, noise.iter().copied().take(end - place));
            } else {
                stream = noise;
            }
            let said = |outcome: Result<(Progress, Result<Flight, Alert>), Broken>| format!("{outcome:?}");
            let at_once = said(read(Until::Certificates, &[&stream]));
            let (mut pieces, mut rest, mut sizes) = (Vec::new(), &stream[..], cuts.iter().cycle());
            while !rest.is_empty() {
                let (piece, after) = rest.split_at(rest.len().min(*sizes.next().unwrap()));
                pieces.push(piece);
                rest = after;
            }
            prop_assert_eq!(at_once, said(read(Until::Certificates, &pieces)));
        }
    }

    #[test]
    fn the_choice_alone_ends_it_where_no_more_is_wanted() {
        let hello = record(22, &server_hello(0x0302, [7; 32], &[]));
        let (progress, flight) = read(Until::Choice, &[&hello]).unwrap();
        assert_eq!((progress, flight.unwrap().version), (Progress::Done, TlsVersion::Tls11));
        assert_eq!(read(Until::Certificates, &[&hello]).unwrap().0, Progress::More);
    }

    #[test]
    fn tls13_is_chosen_in_an_extension_and_may_ask_for_another_hello() {
        let version = [0, 43, 0, 2, 3, 4];
        let share = [0, 51, 0, 6, 0, 0x1d, 0, 2, 1, 2];
        let group = [0, 51, 0, 2, 0, 0x17];
        for (random, extensions, chosen) in
            [([7; 32], [&version[..], &share].concat(), 0x1d), (RETRY, [&version[..], &group].concat(), 0x17)]
        {
            let hello = record(22, &server_hello(0x0303, random, &extensions));
            let (progress, flight) = read(Until::Certificates, &[&hello]).unwrap();
            let flight = flight.unwrap();
            assert_eq!((progress, flight.version), (Progress::Done, TlsVersion::Tls13));
            assert_eq!((flight.random, flight.group), (random, Some(chosen)));
        }
    }

    #[test]
    fn a_fatal_alert_is_the_answer_and_a_warning_is_not() {
        let fatal = record(21, &[2, 70]);
        assert_eq!(read(Until::Choice, &[&fatal]).unwrap().1.unwrap_err(), Alert::ProtocolVersion);
        let warned = [record(21, &[1, 112]), record(22, &server_hello(0x0303, [7; 32], &[]))].concat();
        assert_eq!(read(Until::Choice, &[&warned]).unwrap().1.unwrap().version, TlsVersion::Tls12);
        // A farewell says no, too.
        assert_eq!(read(Until::Choice, &[&record(21, &[1, 0])]).unwrap().1.unwrap_err(), Alert::CloseNotify);
    }

    #[test]
    fn what_is_no_handshake_or_too_much_of_one_is_broken_off() {
        assert_eq!(broken(&[b"HTTP/1.1 400 Bad Request\r\n"]), Broken::NoRecord);
        assert_eq!(broken(&[&[22, 3, 3, 0xff, 0xff]]), Broken::LongRecord(0xffff));
        assert_eq!(broken(&[&record(23, b"secret")]), Broken::Encrypted);
        assert_eq!(broken(&[&record(22, &[]).repeat(MOST_EMPTY + 1)]), Broken::EmptyRecords);
        assert_eq!(broken(&[&record(22, &[11, 0xff, 0xff, 0xff])]), Broken::LongMessage(0xff_ffff));
        assert_eq!(broken(&[&record(22, &message(0, &[]).repeat(MOST_MESSAGES + 1))]), Broken::ManyMessages);
        assert_eq!(broken(&[&record(22, &certificates(&[b"leaf"]))]), Broken::Malformed);
        assert_eq!(broken(&[&record(22, &server_hello(0x0300, [7; 32], &[]))]), Broken::Version);
        let many: Vec<&[u8]> = vec![b"x"; MOST_CERTIFICATES + 1];
        let chain = [server_hello(0x0303, [7; 32], &[]), certificates(&many)].concat();
        assert_eq!(broken(&[&record(22, &chain)]), Broken::ManyCertificates);
    }
}
