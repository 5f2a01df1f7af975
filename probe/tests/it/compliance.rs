//! Chains that break one rule each, made by OpenSSL: what is said of them, whether they are trusted all
//! the same, and what `openssl verify -x509_strict` says. Where it says something else, the case has why.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};

use model::{
    Certificate, Code, Finding, Severity, Timestamp,
    diagnose::{Context, complies, diagnose_chain},
    trust::Trust,
};
use probe::{CertificateDer, Roots, certificate::read, evaluate};
use rustls::pki_types::pem::PemObject as _;
use tempfile::TempDir;

use crate::common::system_time;

const ROOT: &str = "basicConstraints=critical,CA:TRUE
keyUsage=critical,keyCertSign,cRLSign
subjectKeyIdentifier=hash";

const MIDDLE: &str = "basicConstraints=critical,CA:TRUE
keyUsage=critical,keyCertSign,cRLSign
subjectKeyIdentifier=hash
authorityKeyIdentifier=keyid";

const LEAF: &str = "basicConstraints=critical,CA:FALSE
keyUsage=critical,digitalSignature
extendedKeyUsage=serverAuth
subjectKeyIdentifier=hash
authorityKeyIdentifier=keyid
subjectAltName=DNS:a.example.com";

/// How a chain of three is made; what is not said is as it should be.
#[derive(Clone)]
struct Recipe {
    root: String,
    middle: String,
    leaf: String,
    subject: &'static str,
    serial: &'static str,
    root_key: &'static str,
    leaf_key: &'static str,
    root_days: &'static str,
    /// When it is judged.
    days_later: i64,
}

impl Recipe {
    fn good() -> Self {
        Self {
            root: ROOT.to_owned(),
            middle: MIDDLE.to_owned(),
            leaf: LEAF.to_owned(),
            subject: "/CN=a.example.com",
            serial: "0x1234567890abcdef",
            root_key: EC,
            leaf_key: EC,
            root_days: "100",
            days_later: 0,
        }
    }

    /// Whose extensions have `old` changed to `new`.
    fn root(old: &str, new: &str) -> Self {
        Self { root: changed(ROOT, old, new), ..Self::good() }
    }

    fn middle(old: &str, new: &str) -> Self {
        Self { middle: changed(MIDDLE, old, new), ..Self::good() }
    }

    fn leaf(old: &str, new: &str) -> Self {
        Self { leaf: changed(LEAF, old, new), ..Self::good() }
    }

    fn make(&self) -> Made {
        let files = tempfile::tempdir().unwrap();
        // An hour on: making them takes more than a second.
        let at = Timestamp::from_second(system_time().as_second() + 3_600 + self.days_later * 86_400).unwrap();
        let made = Made { files, at };
        made.certificate(
            "root",
            ("/CN=Root", self.root_key),
            &self.root,
            &["-signkey", "root.key", "-days", self.root_days],
        );
        let by_root = ["-CA", "root.pem", "-CAkey", "root.key", "-set_serial", "7", "-days", "100"];
        made.certificate("middle", ("/CN=Middle", EC), &self.middle, &by_root);
        let by_middle = ["-CA", "middle.pem", "-CAkey", "middle.key", "-set_serial", self.serial, "-days", "100"];
        made.certificate("leaf", (self.subject, self.leaf_key), &self.leaf, &by_middle);
        made
    }
}

fn changed(extensions: &str, old: &str, new: &str) -> String {
    assert!(extensions.contains(old), "{old}");
    extensions.replace(old, new)
}

/// A chain in files: root.pem, middle.pem, leaf.pem.
struct Made {
    files: TempDir,
    at: Timestamp,
}

impl Made {
    fn certificate(&self, name: &str, (subject, key): (&str, &str), extensions: &str, signer: &[&str]) {
        let [key_file, request, out] = ["key", "csr", "pem"].map(|ending| format!("{name}.{ending}"));
        let key = format!("req -new -nodes -newkey {key} -keyout {key_file} -out {request} -subj");
        let mut arguments: Vec<_> = key.split(' ').collect();
        arguments.push(subject);
        assert!(self.openssl(&arguments).0, "{name}");
        let mut arguments = vec!["x509", "-req", "-in", request.as_str(), "-out", out.as_str()];
        arguments.extend(signer);
        // Without extensions it makes version 1.
        if !extensions.is_empty() {
            fs::write(self.files.path().join("extensions"), extensions).unwrap();
            arguments.extend(["-extfile", "extensions"]);
        }
        let (made, said) = self.openssl(&arguments);
        assert!(made, "{name}: {said}");
    }

    /// Whether it went well, and all that was said.
    fn openssl(&self, arguments: &[&str]) -> (bool, String) {
        let command = Command::new("openssl")
            .args(arguments)
            .current_dir(self.files.path())
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let said = [command.stdout, command.stderr].concat();
        (command.status.success(), String::from_utf8_lossy(&said).into_owned())
    }

    /// What the strictest of OpenSSL's ways to look says.
    fn strict(&self) -> (bool, String) {
        let at = self.at.as_second().to_string();
        self.openssl(&[
            "verify",
            "-x509_strict",
            "-purpose",
            "sslserver",
            "-attime",
            &at,
            "-CAfile",
            "root.pem",
            "-untrusted",
            "middle.pem",
            "leaf.pem",
        ])
    }

    fn der(&self, name: &str) -> CertificateDer<'static> {
        certificate(&self.files.path().join(name))
    }

    fn judge(&self) -> (Trust, Vec<Finding>) {
        self.judge_as_served(&[self.der("leaf.pem"), self.der("middle.pem")])
    }

    fn judge_as_served(&self, served: &[CertificateDer<'static>]) -> (Trust, Vec<Finding>) {
        let roots = Roots::from_pem(&fs::read(self.files.path().join("root.pem")).unwrap()).unwrap();
        let context = Context::of(roots.stores());
        let trust = evaluate(served, &[roots], self.at);
        let chain: Vec<Certificate> = served.iter().map(|der| read(der)).collect();
        let findings = diagnose_chain(&chain, &trust, None, context, self.at);
        (trust, findings)
    }
}

fn certificate(path: &Path) -> CertificateDer<'static> {
    CertificateDer::from_pem_slice(&fs::read(path).unwrap()).unwrap()
}

fn compliance(findings: &[Finding]) -> Vec<&'static str> {
    let mut codes: Vec<_> =
        findings.iter().map(|finding| finding.code).filter(|code| code.is_of_compliance()).map(Code::as_str).collect();
    codes.dedup();
    codes
}

/// Makes the chain and holds the findings, the trust and OpenSSL's answer to what is expected; none of
/// the last is that it has nothing to say.
fn assert_judged(recipe: &Recipe, expected: &[&str], trusted: bool, strict: Option<&str>) -> Vec<Finding> {
    let made = recipe.make();
    let (trust, findings) = made.judge();
    assert_eq!(compliance(&findings), expected, "{findings:#?}");
    assert_eq!(trust.everywhere(), trusted, "{expected:?} {trust:?}");
    let (accepted, said) = made.strict();
    match strict {
        None => assert!(accepted, "{expected:?}: {said}"),
        Some(words) => assert!(!accepted && said.contains(words), "{expected:?}: {said}"),
    }
    findings
}

const NO_AKI: (&str, &str) = ("authorityKeyIdentifier=keyid", "authorityKeyIdentifier=none");
const NO_SKI: (&str, &str) = ("subjectKeyIdentifier=hash", "subjectKeyIdentifier=none");

#[test]
fn what_is_made_by_the_rules_is_found_to_be_so_by_both() {
    let critical_names = Recipe { subject: "/", ..Recipe::leaf("DNS:", "critical,DNS:") };
    for recipe in [
        Recipe::good(),
        // A server's certificate may go without (RFC 5280 section 4.2.1.2).
        Recipe::leaf(NO_SKI.0, NO_SKI.1),
        critical_names,
        // Of an authority of one's own, the common name is for people.
        Recipe { subject: "/CN=Our server", ..Recipe::good() },
        Recipe { root_days: "100", days_later: 5, ..Recipe::good() },
        Recipe::root("CA:TRUE", "CA:TRUE,pathlen:1"),
        Recipe::leaf("digitalSignature", "digitalSignature,keyEncipherment"),
    ] {
        let findings = assert_judged(&recipe, &[], true, None);
        assert!(complies(&findings));
    }
}

#[test]
fn what_strict_clients_refuse_openssl_refuses_and_phones_trust() {
    let no_key_below = Recipe {
        middle: changed(MIDDLE, NO_SKI.0, NO_SKI.1),
        leaf: changed(LEAF, NO_AKI.0, NO_AKI.1),
        ..Recipe::good()
    };
    let no_key_above = Recipe {
        root: changed(ROOT, NO_SKI.0, NO_SKI.1),
        middle: changed(MIDDLE, NO_AKI.0, NO_AKI.1),
        ..Recipe::good()
    };
    let [no_aki, no_ski] = ["compliance.no_authority_key_id", "compliance.no_subject_key_id"];
    for (recipe, expected, strict) in [
        (Recipe::leaf(NO_AKI.0, NO_AKI.1), &[no_aki][..], "Missing Authority Key Identifier"),
        (no_key_below, &[no_aki, no_ski], "Missing Subject Key Identifier"),
        (no_key_above, &[no_aki, no_ski], "Missing Subject Key Identifier"),
        (
            Recipe::middle("critical,CA:TRUE", "CA:TRUE"),
            &["compliance.basic_constraints_not_critical"],
            "not marked critical",
        ),
        (
            Recipe::root("basicConstraints=critical,CA:TRUE\n", ""),
            &["compliance.ca_without_basic_constraints"],
            "invalid CA certificate",
        ),
        (
            Recipe::middle("keyUsage=critical,keyCertSign,cRLSign\n", ""),
            &["compliance.key_usage"],
            "does not include key usage extension",
        ),
        (
            Recipe::middle("keyCertSign,", ""),
            &["compliance.key_usage"],
            "key usage does not include certificate signing",
        ),
        (
            Recipe::leaf("digitalSignature", "digitalSignature,keyCertSign"),
            &["compliance.key_usage"],
            "invalid for non-CA cert",
        ),
        (Recipe::root("CA:TRUE", "CA:TRUE,pathlen:0"), &["compliance.path_length"], "path length constraint exceeded"),
        (
            Recipe { subject: "/", ..Recipe::good() },
            &["compliance.empty_subject"],
            "Subject empty and Subject Alt Name extension not critical",
        ),
        (
            Recipe { root_days: "1", days_later: 5, ..Recipe::good() },
            &["compliance.expired_root"],
            "certificate has expired",
        ),
    ] {
        let findings = assert_judged(&recipe, expected, true, Some(strict));
        assert!(!complies(&findings), "{expected:?}");
    }
}

#[test]
fn what_openssl_passes_over_is_said_all_the_same() {
    for (recipe, expected, trusted) in [
        // OpenSSL does not look at serial numbers.
        (Recipe { serial: "-5", ..Recipe::good() }, &["compliance.serial_number"][..], true),
        (Recipe { serial: "0", ..Recipe::good() }, &["compliance.serial_number"], true),
        (
            Recipe { serial: "0x0102030405060708090a0b0c0d0e0f101112131415", ..Recipe::good() },
            &["compliance.serial_number"],
            true,
        ),
        // For a server it takes any key usage that some handshake can do with.
        (Recipe::leaf("digitalSignature", "keyEncipherment"), &["compliance.key_usage"], true),
        // It falls back to the common name, which no phone does: `cert.no_san` says so.
        (Recipe::leaf("\nsubjectAltName=DNS:a.example.com", ""), &[], true),
        // It knows the extension, and leaves it to others whether they must.
        (
            Recipe { middle: format!("{MIDDLE}\nnameConstraints=permitted;DNS:example.com"), ..Recipe::good() },
            &["compliance.name_constraints"],
            true,
        ),
        // It asks for version 3 only where there are extensions, and none of a server; the verifier here
        // wants it.
        (Recipe { leaf: String::new(), ..Recipe::good() }, &["compliance.version"], false),
        // Sizes are a matter of its security level, which is not set here. A verifier that wants 2048
        // bits of whoever signs finds no path.
        (Recipe { root_key: "rsa:1024", ..Recipe::good() }, &["compliance.weak_root"], false),
    ] {
        assert_judged(&recipe, expected, trusted, None);
    }
}

#[test]
fn what_every_client_refuses_is_an_error_that_names_its_cause() {
    let unknown = Recipe { leaf: format!("{LEAF}\n1.2.3.4=critical,DER:0500"), ..Recipe::good() };
    let expected = &["compliance.unknown_critical_extension"];
    let findings = assert_judged(&unknown, expected, false, Some("unhandled critical extension"));
    assert!(findings.iter().all(|finding| finding.code != Code::ChainInvalid), "{findings:?}");
    assert!(findings.iter().any(|finding| finding.severity == Severity::Error));
    // A near miss: what is not critical may be passed over.
    let harmless = Recipe { leaf: format!("{LEAF}\n1.2.3.4=DER:0500"), ..Recipe::good() };
    assert_judged(&harmless, &[], true, None);

    let unknown = Recipe { middle: format!("{MIDDLE}\n1.2.3.4=critical,DER:0500"), ..Recipe::good() };
    assert_judged(&unknown, expected, false, Some("unhandled critical extension"));
}

/// OpenSSL, strict or not, refuses it like the verifier here: neither processes the extension. Others,
/// Chromium among them, read it and go on.
#[test]
fn a_critical_key_identifier_is_told_beside_the_refusal() {
    for recipe in [
        Recipe::leaf("authorityKeyIdentifier=keyid", "authorityKeyIdentifier=critical,keyid"),
        Recipe::leaf("subjectKeyIdentifier=hash", "subjectKeyIdentifier=critical,hash"),
    ] {
        let expected = &["compliance.critical_key_id"];
        assert_judged(&recipe, expected, false, Some("unhandled critical extension"));
    }
}

#[test]
fn a_weak_key_of_the_server_is_trusted_by_a_library_and_told_as_weak() {
    for leaf_key in ["rsa:1024", "ec -pkeyopt ec_paramgen_curve:P-192"] {
        let findings = assert_judged(&Recipe { leaf_key, ..Recipe::good() }, &[], true, None);
        assert!(findings.iter().any(|finding| finding.code == Code::CertWeakKey), "{leaf_key}: {findings:?}");
    }
}

#[test]
fn two_signature_algorithms_are_told_as_such() {
    let made = Recipe::good().make();
    let mut leaf = made.der("leaf.pem").to_vec();
    // The outer ecdsa-with-SHA256 comes after the inner one.
    let sha256 = [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];
    let outer = leaf.windows(sha256.len()).rposition(|bytes| bytes == sha256).unwrap();
    leaf[outer + sha256.len() - 1] = 0x03;
    let (trust, findings) = made.judge_as_served(&[leaf.clone().into(), made.der("middle.pem")]);
    assert_eq!(compliance(&findings), ["compliance.signature_mismatch"]);
    assert!(!trust.everywhere());
    fs::write(made.files.path().join("leaf.der"), &leaf).unwrap();
    let arguments = ["verify", "-CAfile", "root.pem", "-untrusted", "middle.pem", "leaf.der"];
    let (accepted, said) = made.openssl(&arguments);
    assert!(!accepted && said.contains("signature"), "{said}");
}

#[test]
fn an_old_root_of_version_1_is_worth_knowing_and_its_chain_trusted() {
    let recipe = Recipe {
        root: String::new(),
        // Such a root has no identifier to name.
        middle: changed(MIDDLE, NO_AKI.0, NO_AKI.1),
        ..Recipe::good()
    };
    let expected = &["compliance.no_authority_key_id", "compliance.version"];
    let findings = assert_judged(&recipe, expected, true, Some("Missing Authority Key Identifier"));
    let version = findings.iter().find(|finding| finding.code == Code::ComplianceVersion).unwrap();
    assert_eq!(version.severity, Severity::Info);
}

const EC: &str = "ec -pkeyopt ec_paramgen_curve:P-256";
