//! Key stores: what Java and OpenSSL write is read, what is written here opens there, and nothing
//! that is damaged does harm.

use std::{fs, path::PathBuf, process::Command};

use model::tools::{KeyMatch, NoCertificates};
use probe::{
    CertificateDer,
    file::{self, Contents, Format, HeldKey, Opening, Password, PrivateKey, Refused, Unwritten},
    lab::{Authority, Validity},
};
use proptest::prelude::*;

use crate::common::system_time;

const PASSWORD: &str = "changeit";

/// A chain of two with its key, as files.
struct Bench {
    directory: tempfile::TempDir,
    chain: Vec<CertificateDer<'static>>,
}

impl Bench {
    fn new(algorithm: &'static rcgen::SignatureAlgorithm) -> Self {
        let now = system_time();
        let root = Authority::root("Root", Validity::days(now, -1, 30)).unwrap();
        let middle = root.intermediate("Middle", Validity::days(now, -1, 30), |_| ()).unwrap();
        let key = rcgen::KeyPair::generate_for(algorithm).unwrap();
        let host = "keystore.hufu.example".parse().unwrap();
        let leaf = middle.leaf(&[&host], &key, Validity::days(now, -1, 20), |_| ()).unwrap();
        let bench = Self { directory: tempfile::tempdir().unwrap(), chain: vec![leaf, middle.der()] };
        bench.write("key.pem", key.serialize_pem().as_bytes());
        bench.write("leaf.pem", file::to_pem(&bench.chain[..1], None).as_bytes());
        bench.write("middle.pem", file::to_pem(&bench.chain[1..], None).as_bytes());
        bench.write("chain.pem", file::to_pem(&bench.chain, None).as_bytes());
        bench
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        fs::write(self.path(name), bytes).unwrap();
    }

    fn bytes(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
    }

    fn key(&self) -> PrivateKey {
        PrivateKey::read(&self.bytes("key.pem"), None).unwrap()
    }

    /// What a program says that must not fail; it runs where the files are.
    fn run(&self, program: &str, arguments: &str) -> String {
        let output = Command::new(program)
            .args(arguments.split_whitespace())
            .current_dir(self.directory.path())
            .env("LC_ALL", "C")
            .output()
            .unwrap_or_else(|error| panic!("{program}, which the tests need: {error}"));
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said).into_owned();
        assert!(output.status.success(), "{program} {arguments}: {said}");
        said
    }

    fn openssl(&self, arguments: &str) -> String {
        self.run("openssl", arguments)
    }

    fn keytool(&self, arguments: &str) -> String {
        // It has no time to become fast.
        self.run("keytool", &format!("-J-XX:TieredStopAtLevel=1 -J-Duser.language=en {arguments}"))
    }

    /// PKCS#12 of leaf, intermediate and key, with these options.
    fn pkcs12(&self, name: &str, options: &str) {
        let files = "-in leaf.pem -certfile middle.pem -inkey key.pem -name tomcat";
        self.openssl(&format!("pkcs12 -export {files} -passout pass:{PASSWORD} -out {name} {options}"));
    }

    /// A file of one kind of key store as one of another.
    fn import(&self, from: &str, kind: &str, to: &str) {
        let passwords = format!("-srcstorepass {PASSWORD} -deststorepass {PASSWORD}");
        self.keytool(&format!(
            "-importkeystore -srckeystore {from} -destkeystore {to} -deststoretype {kind} {passwords}"
        ));
    }
}

fn opened(bytes: &[u8], password: Option<&str>) -> Result<Contents, Refused> {
    named(bytes, password, None)
}

fn named(bytes: &[u8], password: Option<&str>, alias: Option<&str>) -> Result<Contents, Refused> {
    let password = password.map(|text| Password::new(text.to_owned()));
    file::read(bytes, &Opening { password: password.as_ref(), alias })
}

fn why(refused: Result<Contents, Refused>) -> NoCertificates {
    refused.unwrap_err().why
}

#[test]
fn what_is_written_here_opens_in_java_and_openssl() {
    for algorithm in [&rcgen::PKCS_ECDSA_P256_SHA256, &rcgen::PKCS_RSA_SHA256] {
        let bench = Bench::new(algorithm);
        let password = Password::new(PASSWORD.to_owned());
        bench.write("made.jks", &file::to_jks(&bench.chain, &bench.key(), &password, system_time()).unwrap());
        bench.write("made.p12", &file::to_pkcs12(&bench.chain, &bench.key(), &password).unwrap());
        for (name, kind) in [("made.jks", "JKS"), ("made.p12", "PKCS12")] {
            let list = bench.keytool(&format!("-list -v -keystore {name} -storetype {kind} -storepass {PASSWORD}"));
            assert!(list.contains("Alias name: server") && list.contains("Certificate chain length: 2"), "{list}");
        }
        // Java opens the key, too, and OpenSSL finds the same one in both.
        bench.import("made.jks", "PKCS12", "imported.p12");
        let public = bench.openssl("pkey -in key.pem -pubout");
        for name in ["made.p12", "imported.p12"] {
            bench.openssl(&format!("pkcs12 -in {name} -passin pass:{PASSWORD} -nodes -nocerts -out found.pem"));
            assert_eq!(bench.openssl("pkey -in found.pem -pubout"), public, "{name}");
            bench.openssl(&format!("pkcs12 -in {name} -passin pass:{PASSWORD} -nokeys -out found.pem"));
            assert_eq!(file::certificates(&bench.bytes("found.pem")).unwrap(), bench.chain, "{name}");
        }
    }
}

#[test]
fn what_java_and_openssl_write_is_read() {
    for algorithm in [&rcgen::PKCS_ECDSA_P256_SHA256, &rcgen::PKCS_RSA_SHA256] {
        let bench = Bench::new(algorithm);
        bench.pkcs12("new.p12", "");
        // As Java wrote until version 17: RC2 for the certificates, Triple DES for the key.
        let passwords = format!("-srcstorepass {PASSWORD} -deststorepass {PASSWORD}");
        let legacy = "-importkeystore -srckeystore new.p12 -destkeystore legacy.p12 -deststoretype PKCS12";
        bench.keytool(&format!("-J-Dkeystore.pkcs12.legacy {legacy} {passwords}"));
        bench.pkcs12("triple.p12", "-keypbe PBE-SHA1-3DES -certpbe PBE-SHA1-3DES -macalg sha1");
        bench.pkcs12("open.p12", "-keypbe NONE -certpbe NONE");
        bench.pkcs12("unsealed.p12", "-nomac");
        bench.import("new.p12", "JKS", "java.jks");
        bench.import("new.p12", "PKCS12", "java.p12");
        for (name, format) in [
            ("new.p12", Format::Pkcs12),
            ("legacy.p12", Format::Pkcs12),
            ("triple.p12", Format::Pkcs12),
            ("open.p12", Format::Pkcs12),
            ("unsealed.p12", Format::Pkcs12),
            ("java.p12", Format::Pkcs12),
            ("java.jks", Format::Jks),
        ] {
            let contents = opened(&bench.bytes(name), Some(PASSWORD)).unwrap_or_else(|why| panic!("{name}: {why}"));
            assert_eq!((contents.format, &contents.certificates), (format, &bench.chain), "{name}");
            assert_eq!(contents.key.matches(&bench.chain[0]), Some(KeyMatch::Matches), "{name}");
            assert_eq!(contents.key.matches(&bench.chain[1]), Some(KeyMatch::Other), "{name}");
        }
        for form in ["DER", "PEM"] {
            bench.openssl(&format!(
                "crl2pkcs7 -nocrl -certfile middle.pem -certfile leaf.pem -outform {form} -out set.p7b"
            ));
            let contents = opened(&bench.bytes("set.p7b"), None).unwrap();
            assert_eq!((contents.format, contents.certificates), (Format::Pkcs7, bench.chain.clone()), "{form}");
        }
    }
}

#[test]
fn a_wrong_password_is_called_so() {
    let bench = Bench::new(&rcgen::PKCS_ECDSA_P256_SHA256);
    bench.pkcs12("a.p12", "");
    bench.pkcs12("unsealed.p12", "-nomac");
    bench.import("a.p12", "JKS", "a.jks");
    for name in ["a.p12", "unsealed.p12", "a.jks"] {
        assert_eq!(why(opened(&bench.bytes(name), Some("wrong!"))), NoCertificates::WrongPassword, "{name}");
    }
    assert_eq!(why(opened(&bench.bytes("a.p12"), None)), NoCertificates::PasswordNeeded);
    // Java itself shows the certificates of a store to whoever has no password.
    let closed = opened(&bench.bytes("a.jks"), None).unwrap();
    assert_eq!(closed.certificates, bench.chain);
    assert!(matches!(closed.key, HeldKey::Locked(NoCertificates::PasswordNeeded)), "{closed:?}");
}

#[test]
fn a_key_with_a_password_of_its_own_stays_closed() {
    let bench = Bench::new(&rcgen::PKCS_ECDSA_P256_SHA256);
    let store = format!("-keystore own.jks -storetype JKS -storepass {PASSWORD}");
    bench.keytool(&format!("-genkeypair {store} -keypass another -alias one -dname CN=one -keyalg EC"));
    let contents = opened(&bench.bytes("own.jks"), Some(PASSWORD)).unwrap();
    assert!(matches!(contents.key, HeldKey::Locked(NoCertificates::WrongPassword)), "{contents:?}");
    assert_eq!(contents.key.matches(&contents.certificates[0]), Some(KeyMatch::Locked));
}

#[test]
fn one_of_several_keys_is_chosen_by_its_name() {
    let bench = Bench::new(&rcgen::PKCS_ECDSA_P256_SHA256);
    for (name, kind) in [("two.jks", "JKS"), ("two.p12", "PKCS12")] {
        for alias in ["one", "two"] {
            let store = format!("-keystore {name} -storetype {kind} -storepass {PASSWORD}");
            let key = if kind == "JKS" { format!("-keypass {PASSWORD}") } else { String::new() };
            bench.keytool(&format!("-genkeypair {store} {key} -alias {alias} -dname CN={alias} -keyalg EC"));
        }
        let bytes = bench.bytes(name);
        let mut refused = opened(&bytes, Some(PASSWORD)).unwrap_err();
        refused.names.sort();
        assert_eq!(
            (refused.why, refused.names),
            (NoCertificates::SeveralKeys, vec!["one".to_owned(), "two".to_owned()])
        );
        assert_eq!(why(named(&bytes, Some(PASSWORD), Some("three"))), NoCertificates::NoSuchName);
        for alias in ["one", "TWO"] {
            let contents = named(&bytes, Some(PASSWORD), Some(alias)).unwrap();
            let [certificate] = contents.certificates.as_slice() else { panic!("{contents:?}") };
            assert_eq!(probe::certificate::read(certificate).subject, format!("CN={}", alias.to_lowercase()));
            assert_eq!(contents.key.matches(certificate), Some(KeyMatch::Matches), "{name} {alias}");
        }
    }
}

#[test]
fn certificates_without_a_key_are_read_from_key_stores_too() {
    let bench = Bench::new(&rcgen::PKCS_ECDSA_P256_SHA256);
    for kind in ["JKS", "PKCS12"] {
        let store = format!("-keystore trusted.{kind} -storetype {kind} -storepass {PASSWORD} -noprompt");
        bench.keytool(&format!("-importcert {store} -alias middle -file middle.pem"));
        let contents = opened(&bench.bytes(&format!("trusted.{kind}")), Some(PASSWORD)).unwrap();
        assert_eq!(contents.certificates, bench.chain[1..]);
        assert!(matches!(contents.key, HeldKey::None), "{contents:?}");
    }
}

#[test]
fn what_only_java_reads_says_so() {
    let bench = Bench::new(&rcgen::PKCS_ECDSA_P256_SHA256);
    bench.pkcs12("a.p12", "");
    bench.import("a.p12", "JCEKS", "a.jceks");
    assert_eq!(why(opened(&bench.bytes("a.jceks"), Some(PASSWORD))), NoCertificates::Jceks);
}

#[test]
fn keys_are_read_whatever_their_kind() {
    for (algorithm, old) in [
        (&rcgen::PKCS_ECDSA_P256_SHA256, "ec -in key.pem"),
        (&rcgen::PKCS_ECDSA_P384_SHA384, "ec -in key.pem"),
        (&rcgen::PKCS_RSA_SHA256, "rsa -traditional -in key.pem"),
    ] {
        let bench = Bench::new(algorithm);
        let password = Password::new(PASSWORD.to_owned());
        let sealed = format!("pkcs8 -topk8 -in key.pem -passout pass:{PASSWORD}");
        for (command, is_sealed) in [
            ("pkey -in key.pem".to_owned(), false),
            (old.to_owned(), false),
            (sealed.clone(), true),
            (format!("{sealed} -v2 aes-128-cbc -v2prf hmacWithSHA1"), true),
            (format!("{sealed} -v2 des3"), true),
            (format!("{sealed} -scrypt"), true),
        ] {
            for form in ["PEM", "DER"] {
                bench.openssl(&format!("{command} -outform {form} -out found"));
                let bytes = bench.bytes("found");
                let key = PrivateKey::read(&bytes, Some(&password)).unwrap_or_else(|why| panic!("{command}: {why}"));
                assert_eq!(key.matches(&bench.chain[0]), KeyMatch::Matches, "{command} {form}");
                if is_sealed {
                    let wrong = Password::new("wrong!".to_owned());
                    let refused = |password| PrivateKey::read(&bytes, password).unwrap_err();
                    assert_eq!(refused(None), NoCertificates::PasswordNeeded, "{command}");
                    assert_eq!(refused(Some(&wrong)), NoCertificates::WrongPassword, "{command}");
                }
            }
        }
        // As OpenSSL encrypted before there was PBES2.
        bench.openssl(&format!("{old} -aes128 -passout pass:{PASSWORD} -out found"));
        bench.openssl(&format!("{sealed} -v1 PBE-SHA1-3DES -out older"));
        for (name, why) in [("found", NoCertificates::OldKey), ("older", NoCertificates::Unsupported)] {
            let refused = PrivateKey::read(&bench.bytes(name), Some(&password)).unwrap_err();
            assert_eq!(refused, why, "{old} {name}");
            // What is then advised.
            let both = format!("-passin pass:{PASSWORD} -passout pass:{PASSWORD}");
            bench.openssl(&format!("pkcs8 -topk8 -in {name} -out anew {both}"));
            let key = PrivateKey::read(&bench.bytes("anew"), Some(&password)).unwrap();
            assert_eq!(key.matches(&bench.chain[0]), KeyMatch::Matches, "{old} {name}");
        }
        let beside = [bench.bytes("chain.pem"), bench.bytes("found")].concat();
        assert_eq!(why(opened(&beside, Some(PASSWORD))), NoCertificates::OldKey, "{old}");
    }
}

#[test]
fn the_key_of_another_certificate_is_told() {
    let [one, other] = [(); 2].map(|()| Bench::new(&rcgen::PKCS_ECDSA_P256_SHA256));
    assert_eq!(one.key().matches(&one.chain[0]), KeyMatch::Matches);
    assert_eq!(one.key().matches(&other.chain[0]), KeyMatch::Other);
    assert_eq!(PrivateKey::read(&one.bytes("leaf.pem"), None).unwrap_err(), NoCertificates::NoKey);
    let both = [one.bytes("chain.pem"), other.bytes("key.pem")].concat();
    assert_eq!(opened(&both, None).unwrap().key.matches(&one.chain[0]), Some(KeyMatch::Other));
}

#[test]
fn a_chain_is_given_back_in_the_order_of_a_server_and_without_its_root() {
    let now = system_time();
    let root = Authority::root("Root", Validity::days(now, -1, 30)).unwrap();
    let middle = root.intermediate("Middle", Validity::days(now, -1, 30), |_| ()).unwrap();
    let stranger = Authority::root("Stranger", Validity::days(now, -1, 30)).unwrap();
    let key = rcgen::KeyPair::generate().unwrap();
    let leaf = middle.leaf(&[&"a.example".parse().unwrap()], &key, Validity::days(now, -1, 20), |_| ()).unwrap();
    let given = [root.der(), stranger.der(), leaf.clone(), middle.der()];
    let key = HeldKey::Open(PrivateKey::read(key.serialize_pem().as_bytes(), None).unwrap());
    assert_eq!(file::served(&given, &key), [leaf.clone(), middle.der()]);
    let given = [root.der(), leaf.clone(), middle.der()];
    assert_eq!(file::served(&given, &HeldKey::None), [leaf, middle.der()]);
    assert_eq!(file::served(&[root.der()], &HeldKey::None), [root.der()]);
    assert_eq!(file::served(&[], &HeldKey::None), Vec::<CertificateDer<'_>>::new());
}

#[test]
fn no_store_is_made_that_java_would_not_open() {
    let bench = Bench::new(&rcgen::PKCS_ECDSA_P256_SHA256);
    for bad in ["", "short", "密码密码密码密码", "tab\ttab"] {
        let password = Password::new(bad.to_owned());
        assert_eq!(file::to_pkcs12(&bench.chain, &bench.key(), &password), Err(Unwritten::Password), "{bad}");
        assert_eq!(file::to_jks(&bench.chain, &bench.key(), &password, system_time()), Err(Unwritten::Password));
    }
}

#[test]
fn nothing_of_a_key_or_a_password_is_printed() {
    let bench = Bench::new(&rcgen::PKCS_ECDSA_P256_SHA256);
    let both = [bench.bytes("chain.pem"), bench.bytes("key.pem")].concat();
    let printed =
        format!("{:?} {:?} {:?}", opened(&both, None).unwrap().key, bench.key(), Password::new("secret".into()));
    assert_eq!(printed, "Open(PrivateKey) PrivateKey Password");
}

/// A small file of each kind, which its password opens at once.
fn small() -> Vec<(&'static str, Vec<u8>)> {
    let bench = Bench::new(&rcgen::PKCS_ECDSA_P256_SHA256);
    bench.pkcs12("a.p12", "-iter 1");
    bench.openssl("crl2pkcs7 -nocrl -certfile chain.pem -outform DER -out a.p7b");
    let password = Password::new(PASSWORD.to_owned());
    let jks = file::to_jks(&bench.chain, &bench.key(), &password, system_time()).unwrap();
    let sealed = format!("pkcs8 -topk8 -in key.pem -passout pass:{PASSWORD} -iter 1 -outform DER -out a.key");
    bench.openssl(&sealed);
    ["a.p12", "a.p7b", "a.key"].map(|name| (name, bench.bytes(name))).into_iter().chain([("a.jks", jks)]).collect()
}

#[test]
fn a_file_that_is_cut_off_is_refused_wherever_it_ends() {
    let password = Password::new(PASSWORD.to_owned());
    for (name, bytes) in small() {
        let is_key = name == "a.key";
        assert_eq!(opened(&bytes, Some(PASSWORD)).is_ok(), !is_key, "{name}");
        assert_eq!(PrivateKey::read(&bytes, Some(&password)).is_ok(), is_key, "{name}");
        for end in 0..bytes.len() {
            for password in [None, Some(PASSWORD)] {
                assert!(opened(&bytes[..end], password).is_err(), "{name} to {end}");
            }
            assert!(PrivateKey::read(&bytes[..end], Some(&password)).is_err(), "{name} to {end}");
        }
    }
}

#[test]
fn a_derivation_that_takes_for_ever_is_not_begun() {
    let bench = Bench::new(&rcgen::PKCS_ECDSA_P256_SHA256);
    bench.pkcs12("a.p12", "-iter 1500000");
    assert_eq!(why(opened(&bench.bytes("a.p12"), Some(PASSWORD))), NoCertificates::Unsupported);
    bench.openssl(&format!("pkcs8 -topk8 -in key.pem -passout pass:{PASSWORD} -iter 1500000 -out a.key"));
    let password = Password::new(PASSWORD.to_owned());
    assert_eq!(PrivateKey::read(&bench.bytes("a.key"), Some(&password)).unwrap_err(), NoCertificates::Unsupported);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20))]

    #[test]
    fn no_damage_does_harm(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4)) {
        thread_local! { static FILES: Vec<(&'static str, Vec<u8>)> = small(); }
        let password = Password::new(PASSWORD.to_owned());
        FILES.with(|files| {
            for (_, bytes) in files {
                let mut bytes = bytes.clone();
                for (index, byte) in &changes {
                    let index = index.index(bytes.len());
                    bytes[index] = *byte;
                }
                let _ = opened(&bytes, None);
                let _ = opened(&bytes, Some(PASSWORD));
                let _ = PrivateKey::read(&bytes, Some(&password));
            }
        });
    }

    #[test]
    fn no_bytes_do_harm(head in 0_usize..4, tail in prop::collection::vec(any::<u8>(), 0..400)) {
        let store = [0xfe, 0xed, 0xfe, 0xed, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 1];
        let heads = [b"".as_slice(), &store, &[0x30, 0x82], b"-----BEGIN "];
        let bytes = [heads[head], &tail].concat();
        let _ = opened(&bytes, Some(PASSWORD));
        let _ = PrivateKey::read(&bytes, None);
    }
}
