//! What the fuzz targets feed, and the test that goes through their seeds: every reader that meets bytes
//! of strangers. Each must end without a panic and keep the promises that are asserted here.

use model::{
    Limits, Timestamp,
    diagnose::{Context, diagnose_chain},
    domain_entry::{Api, DomainEntry, judge_entry, judge_list},
    programs::{
        import::{self, ENTRIES_MOST, Format, Mode},
        paste::lines_of,
    },
    tools::CHAIN_MOST,
};
use rustls::pki_types::CertificateDer;

use crate::{
    Roots, certificate, evaluate,
    file::{self, Opening, Password},
    hello,
};

/// Takes any bytes, and must not stumble.
pub type Target = fn(&[u8]);

/// Every target by its name.
pub const TARGETS: [(&str, Target); 5] =
    [("flight", flight), ("certificate", certificate), ("file", file), ("entry", entry), ("import", import)];

/// A server's first flight, at once and byte by byte: that makes no difference.
pub fn flight(bytes: &[u8]) {
    for until in [hello::Until::Choice, hello::Until::Certificates] {
        let at_once = hello::read(until, &[bytes]);
        let byte_by_byte = hello::read(until, &bytes.chunks(1).collect::<Vec<_>>());
        assert!(at_once == byte_by_byte, "{at_once:?} is not {byte_by_byte:?}");
    }
}

/// One certificate, and what the stores and the rules say of it.
pub fn certificate(bytes: &[u8]) {
    let facts = certificate::read(bytes);
    for text in facts.dns_names.iter().chain([&facts.subject, &facts.issuer]).chain(&facts.malformed) {
        assert!(!text.chars().any(char::is_control), "{text:?}");
    }
    assert!(facts.dns_names.len() + facts.ip_addresses.len() <= 1_000);
    let served = [CertificateDer::from(bytes)];
    let trust = evaluate(&served, &[Roots::mozilla()], at());
    assert!(!trust.everywhere(), "nobody here has the key of an authority");
    diagnose_chain(&[facts], &trust, None, Context::default(), at());
}

/// A file of certificates, with the password of the seeds and without one.
pub fn file(bytes: &[u8]) {
    let password = Password::new(PASSWORD.to_owned());
    for password in [None, Some(&password)] {
        if let Ok(contents) = file::read(bytes, &Opening { password, alias: None }) {
            assert!((1..=CHAIN_MOST).contains(&contents.certificates.len()));
            contents.key.matches(&contents.certificates[0]);
            file::to_pem(&file::served(&contents.certificates, &contents.key), None);
        }
    }
}

/// A line meant for each of the lists, and lines for one.
pub fn entry(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    for api in Api::ALL {
        let judgement = judge_entry(api, text);
        if let Some(entry) = judgement.entry {
            assert_eq!(DomainEntry::parse(api, &entry.to_string()), Ok(entry));
        }
        if let Some(suggestion) = judgement.suggestion {
            assert!(judge_entry(api, &suggestion).accepted(), "{suggestion}");
        }
    }
    judge_list(Api::Request, lines_of(text), &[], &Limits::default());
}

/// A text to import, as what it looks like and as everything else.
pub fn import(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    for format in Format::ALL.map(Some).into_iter().chain([None]) {
        if let Ok(import) = import::read(text, format, Api::Request) {
            let entries: usize = import.lists.iter().map(|list| list.entries.len()).sum();
            assert!(entries + import.unread.len() <= ENTRIES_MOST);
            import::plan(&import, None, &[], &Limits::default(), Mode::Add);
            let moved = import.moved();
            assert_eq!(moved.lists.iter().map(|list| list.entries.len()).sum::<usize>(), entries);
            import::plan(&moved, None, &[], &Limits::default(), Mode::Add);
        }
    }
}

/// Of the key stores among the seeds.
const PASSWORD: &str = "changeit";

/// A moment at which the seeds are valid.
fn at() -> Timestamp {
    Timestamp::from_second(1_800_000_000).unwrap_or(Timestamp::UNIX_EPOCH)
}
