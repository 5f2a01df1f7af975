use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

use probe::lab::{Authority, Validity};
use serde_json::Value;

use super::bench::{BENCH, Run, assert_keys, command, hufu, run};

const PASSWORD: &str = "changeit";

/// A chain and its key as files: `fullchain`, `key`, the key of another, and the root.
struct Files {
    fullchain: String,
    key: String,
    other: String,
    root: String,
}

fn files(name: &str) -> Files {
    let root = Authority::root("Root", Validity::days(BENCH.now, -1, 30)).unwrap();
    let middle = root.intermediate("Middle", Validity::days(BENCH.now, -1, 30), |_| ()).unwrap();
    let [key, other] = [(); 2].map(|()| rcgen::KeyPair::generate().unwrap());
    let host = "keys.example".parse().unwrap();
    let leaf = middle.leaf(&[&host], &key, Validity::days(BENCH.now, -1, 20), |_| ()).unwrap();
    // The wrong way round, with the root.
    let chain = super::bench::pem(&[root.der().to_vec(), middle.der().to_vec(), leaf.to_vec()]);
    Files {
        fullchain: BENCH.file(&format!("{name}-chain.pem"), chain),
        key: BENCH.file(&format!("{name}.key"), key.serialize_pem()),
        other: BENCH.file(&format!("{name}-other.key"), other.serialize_pem()),
        root: BENCH.file(&format!("{name}-root.pem"), root.pem()),
    }
}

fn out(name: &str) -> String {
    BENCH.path(name).into_os_string().into_string().unwrap()
}

/// With the password in the environment.
fn with_password(arguments: &[&str]) -> Run {
    let mut command = command(arguments);
    command.env("HUFU_KEYSTORE_PASSWORD", PASSWORD);
    run(command, b"")
}

fn mode(path: &str) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn a_chain_goes_through_every_format_and_comes_back_in_order() {
    let files = files("through");
    let [p12, jks, pem, key] = ["through.p12", "through.jks", "through.pem", "through-out.key"].map(out);
    for arguments in [
        &["cert", "convert", &files.fullchain, "--key", &files.key, "--to", "pkcs12", "--out", &p12][..],
        &["cert", "convert", &p12, "--roots", &files.root, "--to", "jks", "--out", &jks],
        &["cert", "convert", &jks, "--roots", &files.root, "--to", "pem", "--out", &pem, "--key-out", &key],
    ] {
        let run = with_password(arguments);
        assert_eq!((run.status, run.stderr.as_str()), (0, ""), "{arguments:?}");
        let told: Vec<_> = run.stdout.lines().map(str::trim).collect();
        assert_eq!(told[0], format!("{}  Converted", arguments[2]), "{}", run.stdout);
        assert!(told.iter().any(|line| line.starts_with("2. CN=Middle · ")), "{}", run.stdout);
        for (option, label) in [("--out", "Written to"), ("--key-out", "Key written to")] {
            let path = arguments.iter().position(|argument| *argument == option).map(|at| arguments[at + 1]);
            let line = told.iter().find(|line| line.starts_with(label));
            assert_eq!(path.is_some(), line.is_some(), "{option}: {}", run.stdout);
            assert!(line.is_none_or(|line| line.ends_with(&format!(" {}", path.unwrap()))), "{}", run.stdout);
        }
    }
    for secret in [&p12, &jks, &key] {
        assert_eq!(mode(secret), 0o600, "{secret}");
    }
    let run = hufu(&["cert", "check", "--json", "--roots", &files.root, "--host", "keys.example", &pem, "--key", &key]);
    let object = run.object();
    assert_eq!(run.status, 0, "{object}");
    assert_keys(&object, &["file", "verdict", "trusted", "compliant", "findings", "chain", "trust", "key"]);
    assert_eq!((&object["trusted"], &object["key"]), (&Value::from(true), &Value::from("matches")));
    let subjects: Vec<_> = object["chain"].as_array().unwrap().iter().map(|each| each["subject"].clone()).collect();
    assert_eq!(subjects, ["CN=keys.example", "CN=Middle"]);
}

#[test]
fn a_chain_that_is_incomplete_is_converted_with_a_warning() {
    let leaf = BENCH.file("warned.pem", super::bench::pem(&BENCH.chain("missing-intermediate")));
    let whole = BENCH.file("unwarned.pem", super::bench::pem(&BENCH.chain("good-ecdsa")));
    let roots = BENCH.roots();
    for (name, file, is_warned) in [("leaf", &leaf, true), ("whole", &whole, false)] {
        let made = out(&format!("warned-{name}.out"));
        let run = hufu(&["cert", "convert", file, "--roots", &roots, "--to", "pem", "--out", &made]);
        assert_eq!(run.status, 0, "{run:?}");
        assert!(run.stdout.ends_with(&format!("  Written to  {made}\n")), "{run:?}");
        assert!(Path::new(&made).exists());
        if is_warned {
            for word in [file.as_str(), "incomplete", "CN=Hufu Lab Intermediate", "`hufu cert chain`"] {
                assert!(run.stderr.contains(word), "{word}: {run:?}");
            }
            assert_eq!(run.stderr.lines().count(), 1, "{run:?}");
        } else {
            assert_eq!(run.stderr, "");
        }
    }
}

#[test]
fn a_format_is_known_by_how_the_names_of_its_files_end() {
    let files = files("ends");
    let (pem, sequence, java) = (&b"-----BEGIN CERTIFICATE-----"[..], &[0x30][..], &[0xfe, 0xed, 0xfe, 0xed][..]);
    for (end, begin) in [("crt", pem), ("cer", pem), ("p12", sequence), ("pfx", sequence), ("jks", java)] {
        let made = out(&format!("ends.{end}"));
        let convert = ["cert", "convert", &files.fullchain, "--key", &files.key, "--to", end, "--out", &made];
        let run = with_password(&convert);
        assert_eq!(run.status, 0, "{run:?}");
        assert!(fs::read(&made).unwrap().starts_with(begin), "{end}");
    }
    let help = hufu(&["cert", "convert", "--help"]).stdout;
    assert!(["crt", "cer", "p12", "pfx"].iter().all(|end| help.contains(end)), "{help}");
}

#[test]
fn key_stores_are_checked_as_their_certificates_would_be() {
    let files = files("checked");
    for format in ["pkcs12", "jks"] {
        let store = out(&format!("checked.{format}"));
        let made = ["cert", "convert", &files.fullchain, "--key", &files.key, "--to", format, "--out", &store];
        assert_eq!(with_password(&made).status, 0);
        let check = ["cert", "check", "--json", "--roots", &files.root, &store];
        let run = with_password(&check);
        assert_eq!((run.status, &run.object()["key"]), (0, &Value::from("matches")));
        // The same from a file.
        let password = BENCH.file("password", format!("{PASSWORD}\r\nnot this\n"));
        let run = hufu(&[&check[..], &["--password-file", &password]].concat());
        assert_eq!((run.status, &run.object()["key"]), (0, &Value::from("matches")));
        let wrong = BENCH.file("wrong-password", "nonsense");
        let run = hufu(&[&check[..], &["--password-file", &wrong]].concat());
        assert_eq!(run.status, 2);
        assert!(run.complaint().contains("the password does not open it"), "{run:?}");
    }
}

#[test]
fn what_opens_a_key_store_is_named_by_its_argument() {
    let files = files("locked");
    let [p12, jks, made] = ["locked.p12", "locked.jks", "locked-made.pem"].map(out);
    for (format, store) in [("pkcs12", &p12), ("jks", &jks)] {
        let made = ["cert", "convert", &files.fullchain, "--key", &files.key, "--to", format, "--out", store];
        assert_eq!(with_password(&made).status, 0);
    }
    let chain = ["cert", "chain", "--offline", "--roots", &files.root, "--out", &made, &p12];
    for arguments in [&["cert", "check", &p12][..], &chain] {
        let run = hufu(arguments);
        assert_eq!(run.status, 2);
        for word in ["opened only by its password", "--password-file", "HUFU_KEYSTORE_PASSWORD"] {
            assert!(run.complaint().contains(word), "{word}: {run:?}");
        }
    }
    let wrong = BENCH.file("locked-wrong", "nonsense");
    let run = hufu(&["cert", "check", &p12, "--password-file", &wrong]);
    assert!(run.complaint().contains("the password is that of --password-file"), "{run:?}");

    let password = BENCH.file("locked-password", PASSWORD);
    let run = hufu(&[&chain[..], &["--password-file", &password]].concat());
    assert_eq!(run.status, 0, "{run:?}");
    let text = fs::read_to_string(&made).unwrap();
    assert_eq!((text.matches("BEGIN CERTIFICATE").count(), text.contains("PRIVATE KEY")), (2, false));

    let [never, key] = ["locked-never.pem", "locked-never.key"].map(out);
    let run = hufu(&["cert", "convert", &jks, "--to", "pem", "--out", &never, "--key-out", &key]);
    assert!(run.complaint().contains("the private key: opened only by its password: give --password-file"), "{run:?}");
    let run = with_password(&["cert", "check", &jks, "--alias", "nope"]);
    assert!(run.complaint().ends_with("no key in it has the name of --alias; choose one of: server"), "{run:?}");
    let help = hufu(&["cert", "chain", "--help"]).stdout;
    assert!(["PEM", "DER", "PKCS#7", "PKCS#12", "JKS"].iter().all(|format| help.contains(format)), "{help}");
}

#[test]
fn a_key_in_the_old_encryption_of_openssl_is_told_how_it_becomes_one_that_is_read() {
    let files = files("old");
    let header = "-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n";
    let key = format!("{header}MAA=\n-----END EC PRIVATE KEY-----\n");
    let beside = BENCH.file("old-beside.pem", fs::read_to_string(&files.fullchain).unwrap() + &key);
    let key = BENCH.file("old.key", key);
    for (arguments, file) in
        [(&["cert", "check", &files.fullchain, "--key", &key][..], &key), (&["cert", "check", &beside], &beside)]
    {
        let run = with_password(arguments);
        assert_eq!(run.status, 2, "{run:?}");
        let line = run.complaint();
        assert!(line.starts_with(&format!("hufu: {file}: encrypted as OpenSSL once did")), "{line}");
        assert!(line.contains("`openssl pkcs8 -topk8 -in old.key -out new.key`"), "{line}");
    }
}

#[test]
fn the_key_of_another_certificate_fails() {
    let files = files("another");
    let pem = out("another.pem");
    assert_eq!(hufu(&["cert", "convert", &files.fullchain, "--to", "pem", "--out", &pem]).status, 0);
    let run = hufu(&["cert", "check", "--json", "--roots", &files.root, &pem, "--key", &files.other]);
    let object = run.object();
    assert_eq!((run.status, &object["key"], &object["verdict"]), (1, &Value::from("other"), &Value::from("fail")));
    let run = hufu(&["cert", "check", "--roots", &files.root, &pem, "--key", &files.other]);
    let told = |line: &str| line.trim_start().starts_with("Key ") && line.ends_with("belongs to another certificate");
    assert!(run.stdout.lines().any(told), "{}", run.stdout);
    assert!(run.stdout.starts_with(&format!("{pem}  Fails · Trusted · Wrong key\n")), "{}", run.stdout);
    assert!(run.stdout.contains("What to do") && run.stdout.contains("does not start"), "{}", run.stdout);

    let store = out("another.p12");
    let run = with_password(&["cert", "convert", &pem, "--key", &files.other, "--to", "pkcs12", "--out", &store]);
    assert_eq!(run.status, 2);
    let said = "the private key belongs to none of the certificates; name that of the server's certificate with --key";
    assert!(run.complaint().contains(said), "{run:?}");
    assert!(!Path::new(&store).exists());
}

#[test]
fn the_key_is_compared_with_the_certificate_of_the_server_wherever_it_stands() {
    let files = files("reversed");
    let check = ["cert", "check", "--json", "--roots", &files.root, &files.fullchain];
    for (key, answer) in [(&files.key, "matches"), (&files.other, "other")] {
        let run = hufu(&[&check[..], &["--key", key]].concat());
        assert_eq!(run.object()["key"], answer, "{run:?}");
    }
}

#[test]
fn a_key_is_not_overwritten_by_its_certificate() {
    let files = files("one-file");
    let one = out("one-file.out");
    let to_pem = ["cert", "convert", &files.fullchain, "--key", &files.key, "--to", "pem", "--out", &one];
    let run = hufu(&[&to_pem[..], &["--force", "--key-out", &one]].concat());
    assert_eq!(run.status, 2);
    assert!(run.complaint().contains("--key-out"), "{run:?}");
    assert!(!Path::new(&one).exists());
}

#[test]
fn standard_output_is_no_file_to_write() {
    let files = files("dash");
    for arguments in [
        &["cert", "convert", &files.fullchain, "--to", "pem", "--out", "-"][..],
        &["cert", "convert", &files.fullchain, "--to", "pem", "--out", &out("dash.pem"), "--key-out", "-"],
        &["cert", "convert", &files.fullchain, "--to", "pem", "--force", "--out", "-"],
        &["cert", "chain", &files.fullchain, "--offline", "--out", "-"],
    ] {
        let run = hufu(arguments);
        assert_eq!(run.status, 2, "{arguments:?}");
        assert!(run.complaint().contains("`-` is no file to write"), "{run:?}");
    }
    assert!(!Path::new(&out("dash.pem")).exists());
}

#[test]
fn a_file_that_can_lie_nowhere_is_told_why_and_by_the_name_it_was_given() {
    let files = files("nowhere");
    let (kept, directory) = (BENCH.file("nowhere.kept", "mine"), out(""));
    let below = format!("{kept}/made.pem");
    for (made, said) in [
        ("no-such-directory/made.pem", "the directory no-such-directory does not exist".to_owned()),
        (below.as_str(), format!("{kept} is not a directory")),
        (directory.as_str(), "is a directory; name a file in it".to_owned()),
    ] {
        for arguments in [
            &["cert", "convert", &files.fullchain, "--to", "pem", "--out", made][..],
            &["cert", "convert", &files.fullchain, "--to", "pem", "--force", "--out", made],
            &["cert", "chain", &files.fullchain, "--offline", "--roots", &files.root, "--out", made],
        ] {
            let run = hufu(arguments);
            assert_eq!((run.status, run.stdout.as_str()), (2, ""), "{arguments:?}");
            assert!(run.complaint().starts_with(&format!("hufu: {made}: {said}")), "{run:?}");
        }
    }
}

#[test]
fn what_a_link_leads_to_is_overwritten_and_not_the_link() {
    let files = files("linked");
    let (kept, link) = (BENCH.file("linked.kept", "mine"), out("linked.link"));
    std::os::unix::fs::symlink(&kept, &link).unwrap();
    let to_pem = ["cert", "convert", &files.fullchain, "--to", "pem", "--force", "--out", &link];
    assert_eq!(hufu(&to_pem).status, 0);
    assert!(fs::read_to_string(&kept).unwrap().starts_with("-----BEGIN CERTIFICATE-----"));
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
}

#[test]
fn nothing_is_replaced_and_nothing_is_made_by_halves() {
    let files = files("kept");
    let kept = BENCH.file("kept.out", "mine");
    let to_pem = ["cert", "convert", &files.fullchain, "--key", &files.key, "--to", "pem", "--out", &kept];
    let key = out("kept-out.key");
    let run = hufu(&[&to_pem[..], &["--key-out", &key]].concat());
    assert_eq!(run.status, 2);
    assert!(run.complaint().contains("--force"), "{run:?}");
    assert_eq!(fs::read_to_string(&kept).unwrap(), "mine");
    assert!(!Path::new(&key).exists());
    assert_eq!(hufu(&[&to_pem[..], &["--force"]].concat()).status, 0);
    let made = fs::read_to_string(&kept).unwrap();
    assert!(made.starts_with("-----BEGIN CERTIFICATE-----") && !made.contains("PRIVATE KEY"), "{made}");
}

#[test]
fn what_is_missing_for_a_key_store_is_said() {
    let files = files("missing");
    let store = out("missing.jks");
    let to_store = ["cert", "convert", &files.fullchain, "--to", "jks", "--out", &store];
    let keyed = [&to_store[..], &["--key", &files.key]].concat();
    let run = hufu(&keyed);
    assert_eq!(run.status, 2);
    assert!(run.complaint().contains("HUFU_KEYSTORE_PASSWORD"), "{run:?}");
    let mut empty = command(&keyed);
    empty.env("HUFU_KEYSTORE_PASSWORD", "");
    assert_eq!(super::bench::run(empty, b"").complaint(), run.complaint());
    let run = with_password(&to_store);
    assert!(run.complaint().contains("no private key found; name its file with --key"), "{run:?}");
    let short = BENCH.file("short-password", "short");
    let run = hufu(&[&keyed[..], &["--password-file", &short]].concat());
    assert!(run.complaint().contains("6 characters"), "{run:?}");
    let empty = BENCH.file("empty-password", "\nsecond line");
    let run = hufu(&[&keyed[..], &["--password-file", &empty]].concat());
    assert!(run.complaint().contains("its first line is empty; --password-file names"), "{run:?}");
    for (option, path) in
        [("--key", "/nowhere/a.key"), ("--key", files.root.as_str()), ("--password-file", "/nowhere/password")]
    {
        let run = hufu(&[&to_store[..], &[option, path]].concat());
        assert_eq!(run.status, 2, "{option} {path}");
        let line = run.complaint();
        assert!(line.starts_with(&format!("hufu: {path}: ")) && line.contains(&format!("; {option} names")), "{line}");
    }
    let run = with_password(&[&keyed[..], &["--key-out", &store]].concat());
    assert!(run.complaint().contains("--key-out goes with --to pem"), "{run:?}");
    assert!(!Path::new(&store).exists());
}

#[test]
fn a_guide_for_a_wildcard_is_one_for_the_names_below_it() {
    let run = hufu(&["cert", "deploy-guide", "--server", "nginx", "--host", "*.keys.example", "--dir", "/srv/tls"]);
    assert_eq!((run.status, run.stderr.as_str()), (0, ""));
    for word in ["server_name *.keys.example;", "https://$host$request_uri", "\"/srv/tls/_.keys.example.key\""] {
        assert!(run.stdout.contains(word), "{word}\n{}", run.stdout);
    }
    let run = hufu(&["cert", "deploy-guide", "--server", "nginx", "--host", "*.example"]);
    assert_eq!(run.status, 2);
    assert!(run.complaint().contains("nor a wildcard such as *.example.com"), "{}", run.complaint());
}

#[test]
fn a_guide_for_a_domain_and_its_wildcard_is_one_for_both() {
    let nginx = ["cert", "deploy-guide", "--server", "nginx", "--host", "*.keys.example"];
    let run = hufu(&[&nginx[..], &["--host", "keys.example"]].concat());
    assert_eq!((run.status, run.stderr.as_str()), (0, ""));
    assert!(run.stdout.contains("server_name keys.example *.keys.example;"), "{}", run.stdout);
    for others in [&["--host", "other.example"][..], &["--host", "keys.example", "--host", "keys.example"]] {
        let run = hufu(&[&nginx[..], others].concat());
        assert_eq!((run.status, run.stdout.as_str()), (2, ""));
        assert!(run.complaint().contains("takes a domain and its wildcard"), "{}", run.complaint());
    }
}

#[test]
fn a_guide_names_host_and_files() {
    for (server, words) in [
        ("nginx", &["server_name keys.example;", "\"/srv/tls/keys.example.fullchain.pem\"", "return 301"][..]),
        ("apache", &["ServerName keys.example", "\"/srv/tls/keys.example.key\"", "Redirect permanent"]),
        ("tomcat", &["certificateKeystoreFile=\"/srv/tls/keys.example.jks\"", "CONFIDENTIAL"]),
        ("spring-boot", &["server.ssl.key-store=file:/srv/tls/keys.example.jks", "setRedirectPort(443)"]),
        ("iis", &["keys.example.p12", "AddSslCertificate", "https://keys.example/{R:1}"]),
    ] {
        let run = hufu(&["cert", "deploy-guide", "--server", server, "--host", "keys.example", "--dir", "/srv/tls"]);
        assert_eq!((run.status, run.stderr.as_str()), (0, ""), "{server}");
        for word in words {
            assert!(run.stdout.contains(word), "{server}: {word}\n{}", run.stdout);
        }
    }
}
