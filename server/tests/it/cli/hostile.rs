//! Files that nobody made to be read: each is refused or judged, with a word about why, and ends.

use probe::lab::{Authority, Validity};
use rcgen::{KeyPair, SanType};
use serde_json::Value;

use super::bench::{BENCH, codes, hufu, pem, worrying};

const LARGEST: usize = 16 * 1024 * 1024;

/// Nothing within so many DER sequences, with `first` before what is in the outermost.
fn nested(levels: usize, first: &[u8]) -> Vec<u8> {
    let mut length = 0;
    // The inner ones come last.
    let mut backwards = Vec::new();
    for level in 0..levels {
        if level + 1 == levels {
            length += first.len();
            backwards.extend(first.iter().rev());
        }
        let octets = u32::try_from(length).unwrap().to_be_bytes();
        backwards.extend(octets.iter().rev());
        backwards.extend([0x84, 0x30]);
        length += 6;
    }
    backwards.reverse();
    backwards
}

/// One DER sequence that fills the largest file there may be.
fn sequence_of_zeros() -> Vec<u8> {
    let contents = LARGEST - 6;
    let length = u32::try_from(contents).unwrap().to_be_bytes();
    [&[0x30, 0x84], &length[..], vec![0; contents].as_slice()].concat()
}

/// A certificate with ten thousand names that end so, and its root.
fn crowded(end: &str) -> (Vec<u8>, String) {
    let root = Authority::root("Root", Validity::days(BENCH.now, -1, 30)).unwrap();
    let key = KeyPair::generate().unwrap();
    let leaf = root.leaf(&[], &key, Validity::days(BENCH.now, -1, 20), |parameters| {
        let names = (0..10_000).map(|n| SanType::DnsName(format!("n{n}.{end}").try_into().unwrap()));
        parameters.subject_alt_names = names.collect();
    });
    (leaf.unwrap().to_vec(), root.pem())
}

#[test]
fn what_is_larger_than_any_certificate_is_told_as_malformed() {
    for (name, bytes) in [
        ("deep.der", nested(100_000, &[])),
        ("zeros.der", sequence_of_zeros()),
        ("names.der", crowded("example.com").0),
    ] {
        let file = BENCH.file(name, bytes);
        let run = hufu(&["cert", "check", "--json", &file]);
        assert_eq!(
            (run.status, worrying(&run.object()), run.stderr.as_str()),
            (1, vec!["cert.malformed"], ""),
            "{name}"
        );
        let object = run.object();
        assert_eq!((&object["compliant"], &object["chain"][0]["not_after"]), (&Value::Null, &Value::Null), "{name}");
        assert!(hufu(&["cert", "check", &file]).stdout.contains("Fails"), "{name}");
    }
}

#[test]
fn a_certificate_of_ten_thousand_names_is_judged_for_any_of_them() {
    let (leaf, root) = crowded("a.cn");
    let (file, roots) = (BENCH.file("crowded.pem", pem(&[leaf])), BENCH.file("crowded-root.pem", root));
    for (host, named) in [("n0.a.cn", true), ("n9999.a.cn", true), ("n10000.a.cn", false)] {
        let run = hufu(&["cert", "check", "--json", "--roots", &roots, "--host", host, &file]);
        let object = run.object();
        // No certificate of that size is verified, but each of its names is known.
        assert_eq!((&object["trusted"], run.stderr.as_str()), (&Value::from(false), ""), "{host}");
        assert_eq!(!codes(&object).contains(&"cert.name_mismatch"), named, "{host} {object}");
        let why = object["findings"].as_array().unwrap().iter().find(|it| it["code"] == "chain.invalid").unwrap();
        assert!(why["evidence"]["detail"].as_str().unwrap().contains("larger than 64 kB"), "{why}");
        assert!(object["chain"][0]["names"].as_array().unwrap().len() <= 1_001);
    }
}

#[test]
fn what_cannot_be_opened_is_refused_in_one_line() {
    let certificate = pem(&BENCH.chain("good-ecdsa"));
    let pkcs7 = [6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2];
    for (name, bytes, words) in [
        ("many.crt", certificate.repeat(LARGEST / certificate.len()).into_bytes(), "more certificates than any server"),
        ("begun.crt", b"-----BEGIN CERTIFICATE-----\n".repeat(LARGEST / 28), "its END line is missing"),
        ("begun.p7b", b"-----BEGIN PKCS7-----\nAAAA\n".repeat(LARGEST / 27), "its END line is missing"),
        // Small enough for a certificate.
        ("less-deep.der", nested(20_000, &[]), "damaged"),
        ("deep.p7c", nested(100_000, &pkcs7), "damaged"),
        ("deep.p12", nested(100_000, &[2, 1, 3]), "protected or encoded in a way that is not read here"),
        (
            "counts.jks",
            [&[0xfe, 0xed, 0xfe, 0xed, 0, 0, 0, 2, 0xff, 0xff, 0xff, 0xff][..], &[0; 20]].concat(),
            "damaged",
        ),
        ("words.crt", b"certificate ".repeat(LARGEST / 12), "no certificate found"),
    ] {
        let file = BENCH.file(name, bytes);
        let run = hufu(&["cert", "check", "--json", &file]);
        assert_eq!(run.status, 2, "{name}");
        assert!(run.complaint().contains(words), "{run:?}");
        assert!(run.stderr.len() < 1_000, "{name}");
    }
}
