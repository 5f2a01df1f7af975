//! The reader of a first flight, against what a server may send.

#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;

/// RFC 8446 section 4.1.3: SHA-256 of "HelloRetryRequest".
const RETRY: [u8; 32] = [
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91, 0xc2, 0xa2, 0x11,
    0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
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
fn the_timestamps_of_a_server_hello_are_read_and_what_is_none_breaks_nothing() {
    let at = "2026-04-01T00:00:00Z".parse().unwrap();
    let list = crate::lab::sct_list(&[([1; 32], at), ([2; 32], at)]);
    let logs = |content: &[u8]| {
        let length = u16::try_from(content.len()).unwrap().to_be_bytes();
        let extension = [&[0, 18][..], &length, content].concat();
        let hello = record(22, &server_hello(0x0303, [7; 32], &extension));
        let flight = read(Until::Choice, &[&hello]).unwrap().1.unwrap();
        flight.scts.iter().map(|sct| sct.log).collect::<Vec<_>>()
    };
    assert_eq!(logs(&list), [1, 2].map(|log| model::Fingerprint::new([log; 32])));
    for content in [&b""[..], &[0], &[0, 0], &[0, 9, 1], &list[..list.len() - 1], &[0, 2, 0, 0]] {
        assert_eq!(logs(content), [], "{content:x?}");
    }
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
    for idle in [record(22, &[]), record(21, &[1, 112]), record(20, &[1])] {
        assert_eq!(broken(&[&idle.repeat(MOST_IDLE + 1)]), Broken::IdleRecords);
        assert!(read(Until::Choice, &[&idle.repeat(MOST_IDLE)]).is_ok());
    }
    assert_eq!(broken(&[&record(22, &[11, 0xff, 0xff, 0xff])]), Broken::LongMessage(0xff_ffff));
    assert_eq!(broken(&[&record(22, &message(0, &[]).repeat(MOST_MESSAGES + 1))]), Broken::ManyMessages);
    assert_eq!(broken(&[&record(22, &certificates(&[b"leaf"]))]), Broken::Malformed);
    assert_eq!(broken(&[&record(22, &server_hello(0x0300, [7; 32], &[]))]), Broken::Version);
    let many: Vec<&[u8]> = vec![b"x"; MOST_CERTIFICATES + 1];
    let chain = [server_hello(0x0303, [7; 32], &[]), certificates(&many)].concat();
    assert_eq!(broken(&[&record(22, &chain)]), Broken::ManyCertificates);
}
