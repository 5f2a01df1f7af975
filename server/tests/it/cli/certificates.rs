use model::{Host, SignedDuration};
use probe::lab::{Authority, Validity};
use serde_json::Value;

use super::bench::{BENCH, Run, assert_keys, codes, command, hufu, hufu_reading, pem, run, worrying};

fn check(more: &[&str]) -> Run {
    let roots = BENCH.roots();
    hufu(&[&["cert", "check", "--json", "--roots", &roots], more].concat())
}

#[test]
fn a_file_is_judged_as_the_server_with_it_would_be() {
    for (name, trusted, expected, status) in [
        ("good-ecdsa", true, &[][..], 0),
        ("good-rsa", true, &[], 0),
        ("root-included", true, &[], 0),
        ("expires-soon", true, &["cert.renewal_overdue", "cert.expires_soon"], 0),
        ("wrong-order", true, &["chain.wrong_order"], 0),
        ("expired", false, &["cert.expired"], 1),
        ("not-yet-valid", false, &["cert.not_yet_valid"], 1),
        ("wrong-name", false, &["cert.name_mismatch"], 1),
        ("self-signed", false, &["cert.self_signed"], 1),
        ("unknown-root", false, &["trust.unknown_root"], 1),
        ("missing-intermediate", false, &["chain.incomplete"], 1),
        ("expired-intermediate", false, &["chain.expired_intermediate"], 1),
    ] {
        let file = BENCH.file(&format!("{name}.pem"), pem(&BENCH.chain(name)));
        let host = BENCH.lab.server(name).unwrap().host.to_string();
        let run = check(&["--host", &host, &file]);
        let object = run.object();
        assert_keys(&object, &["file", "verdict", "trusted", "compliant", "findings", "chain", "trust"]);
        assert_eq!(
            (run.status, &object["trusted"], worrying(&object).as_slice()),
            (status, &Value::from(trusted), expected),
            "{name}"
        );
        let verdict = if status == 1 {
            "fail"
        } else if expected.is_empty() {
            "pass"
        } else {
            "warn"
        };
        assert_eq!((&object["file"], &object["verdict"]), (&Value::from(file), &Value::from(verdict)), "{name}");
        assert_eq!(run.stderr, "");
    }
}

#[test]
fn that_a_chain_is_trusted_and_that_it_keeps_the_rules_are_two_answers() {
    let root = Authority::root("Root", Validity::days(BENCH.now, -1, 30)).unwrap();
    let roots = BENCH.file("rules-root.pem", root.pem());
    let host = "rules.example".parse().unwrap();
    let key = rcgen::KeyPair::generate().unwrap();
    for (name, names_issuer, codes) in [("sound", true, vec![]), ("lax", false, vec!["compliance.no_authority_key_id"])]
    {
        let leaf = root.leaf(&[&host], &key, Validity::days(BENCH.now, -1, 20), |parameters| {
            parameters.use_authority_key_identifier_extension = names_issuer;
        });
        let file = BENCH.file(&format!("rules-{name}.pem"), pem(&[leaf.unwrap().to_vec()]));
        let run = hufu(&["cert", "check", "--json", "--roots", &roots, "--host", "rules.example", &file]);
        let object = run.object();
        assert_eq!((run.status, worrying(&object)), (0, codes), "{name}");
        let answers = [&object["trusted"], &object["compliant"], &object["verdict"]];
        assert_eq!(answers, [&Value::from(true), &Value::from(names_issuer), &Value::from("pass")], "{name}");
        let told = hufu(&["cert", "check", "--roots", &roots, &file]).stdout;
        assert_eq!(told.contains("no findings"), names_issuer, "{told}");
        assert!(told.contains("Compliance"), "{told}");
    }
}

#[test]
fn a_chain_the_wrong_way_round_is_told_as_such_and_judged_by_the_server_s_own_certificate() {
    for (name, expected) in
        [("good-ecdsa", &["chain.wrong_order"][..]), ("expired", &["cert.expired", "chain.wrong_order"])]
    {
        let mut chain = BENCH.chain(name);
        chain.reverse();
        let file = BENCH.file(&format!("{name}-reversed.pem"), pem(&chain));
        let host = BENCH.lab.server(name).unwrap().host.to_string();
        let run = check(&["--host", &host, &file]);
        assert_eq!((run.status, worrying(&run.object()).as_slice()), (1, expected), "{name}");
        assert_eq!(
            (&run.object()["trusted"], &run.object()["verdict"]),
            (&Value::from(false), &Value::from("fail")),
            "{name}"
        );

        let roots = BENCH.roots();
        let told = hufu(&["cert", "check", "--roots", &roots, "--host", &host, &file]).stdout;
        assert!(told.contains("Must come first") && told.contains("the server's own certificate"), "{told}");
        let of_names = told.lines().find_map(|line| line.trim_start().strip_prefix("Names ")).unwrap_or_default();
        assert!(of_names.trim_start().starts_with(&host), "{told}");
    }
}

#[test]
fn a_file_with_no_certificate_of_a_server_is_told_as_such() {
    let intermediate = BENCH.chain("good-ecdsa").remove(1);
    let file = BENCH.file("intermediate-alone.pem", pem(&[intermediate]));
    for host in [&[][..], &["--host", "a.example.com"]] {
        let run = check(&[host, &[file.as_str()]].concat());
        assert_eq!((run.status, worrying(&run.object())), (1, vec!["cert.is_ca"]));
        assert_eq!(run.object()["trusted"], false);
    }
}

#[test]
fn several_files_are_judged_one_by_one_and_end_with_the_worst_status() {
    let good = BENCH.file("one.pem", pem(&BENCH.chain("good-ecdsa")));
    let bad = BENCH.file("two.pem", pem(&BENCH.chain("expired")));
    let run = check(&[&good, &bad]);
    let told: Vec<_> = run.objects().iter().map(|object| (object["file"].clone(), object["verdict"].clone())).collect();
    assert_eq!(told, [(good.clone().into(), "pass".into()), (bad.clone().into(), "fail".into())]);
    assert_eq!(run.status, 1);

    let run = check(&[&good, "/nowhere.pem", &bad]);
    assert_eq!((run.objects().len(), run.status), (2, 2));
    assert!(run.stderr.starts_with("hufu: /nowhere.pem: "), "{run:?}");
}

#[test]
fn findings_and_chain_have_the_keys_of_a_probe() {
    let file = BENCH.file("keys.pem", pem(&BENCH.chain("expired")));
    let object = check(&[&file]).object();
    assert_keys(&object["findings"][0], &["code", "severity", "platforms", "evidence"]);
    assert_eq!(object["chain"].as_array().unwrap().len(), 2);
    assert_keys(
        &object["chain"][0],
        &["sha256", "subject", "issuer", "not_before", "not_after", "names", "key", "signature", "transparency_logs"],
    );
}

#[test]
fn an_index_counts_from_0_as_the_chain_does_and_the_text_from_1() {
    let mut chain = BENCH.chain("expired");
    chain.reverse();
    let file = BENCH.file("index.pem", pem(&chain));
    let object = check(&[&file]).object();
    let expired = object["findings"].as_array().unwrap().iter().find(|finding| finding["code"] == "cert.expired");
    let certificate = &expired.unwrap()["evidence"]["certificate"];
    assert_keys(certificate, &["sha256", "subject", "index"]);
    assert_eq!((&certificate["index"], &certificate["sha256"]), (&Value::from(1), &object["chain"][1]["sha256"]));
    let told = hufu(&["cert", "check", "--roots", &BENCH.roots(), &file]).stdout;
    assert!(told.contains("(certificate 2 in the file)"), "{told}");
}

#[test]
fn without_a_host_names_are_not_judged() {
    let file = BENCH.file("nameless.pem", pem(&BENCH.chain("wrong-name")));
    let object = check(&[&file]).object();
    assert_eq!((&object["trusted"], worrying(&object)), (&Value::from(true), vec![]));
    for (host, trusted) in [("127.0.0.1", false), ("[::1]", false), ("wrong-name.lab.hufu.example", false)] {
        assert_eq!(check(&[&file, "--host", host]).object()["trusted"], trusted);
    }
    for (host, said) in [
        ("not a name", "no name and no address"),
        ("*", "never for a wildcard"),
        ("*.lab.hufu.example", "nameless.pem: a phone asks for one host and never for a wildcard"),
    ] {
        let run = check(&[&file, "--host", host]);
        assert_eq!(run.status, 2);
        assert!(run.complaint().contains(said), "{}", run.complaint());
    }
}

#[test]
fn a_wildcard_may_be_wanted_of_the_certificate_that_has_it() {
    let key = rcgen::KeyPair::generate().unwrap();
    let made =
        |name: &str| rcgen::CertificateParams::new(vec![name.to_owned()]).unwrap().self_signed(&key).unwrap().pem();
    let has = BENCH.file("has-wildcard.pem", made("*.x.example"));
    let lacks = BENCH.file("lacks-wildcard.pem", made("a.x.example"));
    let run = check(&["--host", "*.x.example", &lacks, &has]);
    // Each is answered by itself.
    assert_eq!((run.status, run.objects().len(), run.object()["file"].clone()), (2, 1, Value::from(has.clone())));
    assert!(run.stderr.contains("lacks-wildcard.pem: a phone asks"), "{run:?}");
    assert!(!worrying(&run.object()).iter().any(|code| code.starts_with("cert.name")), "{run:?}");
    assert_eq!(check(&["--host", "*.x.example", &has]).object()["findings"], check(&[&has]).object()["findings"]);
}

#[test]
fn der_and_standard_input_are_read_too() {
    let chain = BENCH.chain("good-ecdsa");
    let intermediate = BENCH.file("intermediate.pem", pem(&chain[1..]));
    let der = BENCH.file("leaf.der", &chain[0]);
    let object = check(&[&der, "--intermediates", &intermediate]).object();
    assert_eq!(object["trusted"], true);
    assert_eq!(object["chain"].as_array().unwrap().len(), 2);

    let roots = BENCH.roots();
    for bytes in [pem(&chain).into_bytes(), pem(&chain).replace('\n', "\r\n").into_bytes(), chain[0].clone()] {
        let run = hufu_reading(
            &["cert", "check", "--json", "--roots", &roots, "--intermediates", &intermediate, "-"],
            &bytes,
        );
        assert_eq!((run.status, &run.object()["trusted"]), (0, &Value::from(true)));
        assert_eq!(run.object()["file"], "-");
    }
}

#[test]
fn only_the_intermediates_on_the_way_to_a_root_are_used() {
    let chain = BENCH.chain("good-ecdsa");
    let leaf = BENCH.file("lonely.pem", pem(&chain[..1]));
    let run = check(&[&leaf]);
    assert_eq!((run.status, worrying(&run.object())), (1, vec!["chain.incomplete"]));

    let stranger = BENCH.chain("self-signed").remove(0);
    let bundle = BENCH.file("bundle.pem", pem(&[stranger, chain[1].clone()]));
    let object = check(&[&leaf, "--intermediates", &bundle]).object();
    assert_eq!(object["findings"], Value::Array(Vec::new()));
    assert_eq!(object["chain"].as_array().unwrap().len(), 2);
}

#[test]
fn an_issuer_that_two_roots_have_signed_is_kept_as_both_have() {
    let year = Validity::days(BENCH.now, -100, 265);
    let roots = ["First", "Second"].map(|name| Authority::root(name, year).unwrap());
    let middle = roots[0].intermediate("Middle", year, |_| ()).unwrap();
    let issuers = [middle.der(), middle.cross_signed_by(&roots[1]).unwrap()].map(|der| der.to_vec());
    let key = rcgen::KeyPair::generate().unwrap();
    let host: Host = "around.example.com".parse().unwrap();
    let leaf = middle.leaf(&[&host], &key, Validity::days(BENCH.now, -1, 89), |_| ()).unwrap().to_vec();
    let both = BENCH.file("both-roots.pem", roots.each_ref().map(Authority::pem).concat());
    let lonely = BENCH.file("below-both.pem", pem(std::slice::from_ref(&leaf)));
    let bundle = BENCH.file("both-issuers.pem", pem(&issuers));
    let object = hufu(&["cert", "check", "--json", "--roots", &both, &lonely, "--intermediates", &bundle]).object();
    assert_eq!(object["chain"].as_array().unwrap().len(), 3, "{object}");
    assert!(!codes(&object).contains(&"chain.extra_certificate"), "{object}");

    let given = [leaf, issuers[0].clone(), issuers[1].clone()];
    let all = BENCH.file("around.pem", pem(&given));
    let run = hufu(&["cert", "chain", "--offline", "--roots", &both, &all]);
    assert_eq!((run.status, run.stdout.as_str()), (0, pem(&given).as_str()), "{}", run.stderr);
    assert!(!run.stderr.contains("Left out"), "{}", run.stderr);
}

#[test]
fn the_time_of_judgement_may_be_moved() {
    let file = BENCH.file("moved.pem", pem(&BENCH.chain("expired")));
    let then = (BENCH.now - SignedDuration::from_hours(20 * 24)).to_string();
    assert_eq!(check(&[&file]).object()["trusted"], false);
    let run = check(&[&file, "--at", &then]);
    assert_eq!((run.status, &run.object()["trusted"]), (0, &Value::from(true)));
}

#[test]
fn a_root_that_is_no_authority_s_is_warned_of() {
    let chain = BENCH.chain("good-ecdsa");
    let (file, leaf) = (BENCH.file("rootless.pem", pem(&chain)), BENCH.file("leaf-as-root.pem", pem(&chain[..1])));
    let run = hufu(&["cert", "check", "--json", "--roots", &leaf, &file]);
    assert!(run.stderr.starts_with(&format!("hufu: {leaf}: warning: ")), "{run:?}");
    assert!(run.stderr.contains("is no authority's certificate"), "{run:?}");
    assert_eq!(check(&[&file]).stderr, "");
}

#[test]
fn built_in_roots_do_not_know_the_lab() {
    let file = BENCH.file("unknown.pem", pem(&BENCH.chain("root-included")));
    let run = hufu(&["cert", "check", "--json", &file]);
    assert_eq!((run.status, worrying(&run.object())), (1, vec!["trust.unknown_root"]));
}

#[test]
fn a_private_key_beside_the_certificate_is_never_shown() {
    const SECRET: &str = "c2VjcmV0c2VjcmV0c2VjcmV0";
    let key = format!("-----BEGIN PRIVATE KEY-----\n{SECRET}\n-----END PRIVATE KEY-----\n");
    let torn = format!("-----BEGIN PRIVATE KEY-----\n{SECRET}\n");
    let broken = format!("-----BEGIN PRIVATE KEY-----\n{SECRET}!!\n-----END PRIVATE KEY-----\n");
    let chain = pem(&BENCH.chain("good-ecdsa"));
    let roots = BENCH.roots();
    for (name, text, status) in [
        ("with-key.pem", format!("{key}{chain}"), 0),
        ("key-only.pem", key, 2),
        ("torn-key.pem", format!("{chain}{torn}"), 2),
        ("broken-key.pem", format!("{chain}{broken}"), 2),
    ] {
        let file = BENCH.file(name, text);
        for json in [&["--json"][..], &[]] {
            let run = hufu(&[&["cert", "check", "--roots", &roots, &file], json].concat());
            assert_eq!(run.status, status, "{name}");
            assert!(!format!("{run:?}").contains(&SECRET[..8]), "{run:?}");
            if name == "key-only.pem" {
                assert!(run.complaint().contains("a private key and no certificate"), "{run:?}");
            }
        }
    }
}

#[test]
fn a_file_that_holds_no_certificate_is_an_error_of_usage() {
    let truncated = BENCH.chain("good-ecdsa")[0][..100].to_vec();
    let many = pem(&vec![b"0".to_vec(); 101]);
    for (name, bytes) in [
        ("empty.crt", Vec::new()),
        ("words.crt", b"hello".to_vec()),
        ("zeros.crt", vec![0; 4096]),
        ("cut.der", truncated),
        ("many.pem", many.into_bytes()),
        ("torn.crt", b"-----BEGIN CERTIFICATE-----\nMIIB".to_vec()),
        ("large.crt", vec![b'\n'; 16 * 1024 * 1024 + 1]),
    ] {
        let file = BENCH.file(name, bytes);
        let run = hufu(&["cert", "check", "--json", &file]);
        assert_eq!(run.status, 2, "{name}");
        assert!(run.complaint().starts_with(&format!("hufu: {file}: ")), "{run:?}");
    }
    let request = "-----BEGIN CERTIFICATE REQUEST-----\nMAA=\n-----END CERTIFICATE REQUEST-----\n";
    let run = hufu(&["cert", "check", &BENCH.file("request.csr", request)]);
    assert_eq!(run.status, 2);
    assert!(run.complaint().contains("a certificate request, not a certificate"), "{run:?}");
    for (file, why) in [
        ("/nowhere.pem", "there is no such file"),
        ("/dev/null/a.pem", "there is no such file"),
        ("/", "is a directory, not a file"),
    ] {
        let run = hufu(&["cert", "check", file]);
        assert_eq!((run.status, run.complaint()), (2, format!("hufu: {file}: {why}").as_str()));
    }
    let run = hufu(&["cert", "check", "-"]);
    assert_eq!((run.status, run.complaint()), (2, "hufu: standard input: is empty"));
    let run = hufu(&["cert", "check", &BENCH.file("nothing.crt", "")]);
    assert!(run.complaint().ends_with("nothing.crt: is empty"), "{run:?}");
    let run = hufu(&["cert", "check", "--roots", &BENCH.file("nothing-roots.pem", ""), &BENCH.file("any.crt", "x")]);
    assert!(run.complaint().ends_with("nothing-roots.pem: is empty"), "{run:?}");
}

#[test]
fn of_a_damaged_file_the_block_is_named_and_what_is_wrong_with_it() {
    let chain = pem(&BENCH.chain("good-ecdsa"));
    let (leaf, issuer) = chain.split_at(chain.rfind("-----BEGIN").unwrap());
    let at = leaf.lines().count() + 1;
    let (begin, rest) = issuer.split_once('\n').unwrap();
    let wrong = format!("{leaf}{begin}\n?{rest}");
    let endless = issuer.split_once("-----END").unwrap().0;
    let key = "-----BEGIN PRIVATE KEY-----\nc2Vjc\n-----END PRIVATE KEY-----\n";
    let of_issuer = format!("block 2 (CERTIFICATE) begins on line {at} and cannot be read");
    let good = BENCH.file("undamaged.pem", &chain);
    let good = good.as_str();
    for (name, text, arguments, said) in [
        ("wrong-character", &wrong, &[][..], format!("{of_issuer}: line {} is not base64", at + 1)),
        ("wrong-issuer", &wrong, &[good, "--intermediates"], format!("{of_issuer}: line {}", at + 1)),
        ("wrong-root", &wrong, &[good, "--roots"], format!("{of_issuer}: line {}", at + 1)),
        ("no-end", &format!("{leaf}{endless}"), &[], format!("{of_issuer}: its END line is missing")),
        ("run-together", &format!("{endless}{leaf}"), &[], "block 1 (CERTIFICATE) begins on line 1".to_owned()),
        ("wrong-key", &key.to_owned(), &[good, "--key"], "block 1 (PRIVATE KEY) begins on line 1".to_owned()),
    ] {
        let file = BENCH.file(&format!("damaged-{name}.pem"), text);
        let run = hufu(&[&["cert", "check", "--json"][..], arguments, &[file.as_str()]].concat());
        assert_eq!(run.status, 2, "{name}");
        assert!(run.complaint().contains(&format!("{file}: {said}")), "{run:?}");
        assert!(run.stderr.len() < 500 && !run.stderr.contains("c2Vjc"), "{run:?}");
    }
}

#[test]
fn of_a_certificate_that_is_cut_off_nothing_is_said_but_which_it_is() {
    let mut chain = BENCH.chain("good-ecdsa");
    let line = pem(&chain[..1]).lines().count() + 1;
    let left = chain[1].len() - 20;
    chain[1].truncate(left);
    for (name, ders, number, line) in
        [("cut-issuer", chain, 2, line), ("malformed", vec![vec![0x30, 3, 1, 1, 0]], 1, 1)]
    {
        let file = BENCH.file(&format!("{name}.pem"), pem(&ders));
        let said = format!(
            "{file}: block {number} (CERTIFICATE) begins on line {line} and cannot be read: its content \
             is cut off or damaged"
        );
        let made = BENCH.path(&format!("{name}-made.pem"));
        let out = made.to_str().unwrap();
        for arguments in [
            &["check", "--json"][..],
            &["check"],
            &["chain", "--offline", "--json"],
            &["convert", "--to", "pem", "--out", out],
        ] {
            let run = hufu(&[&["cert"][..], arguments, &[file.as_str()]].concat());
            assert_eq!((run.status, run.stdout.as_str()), (2, ""), "{run:?}");
            assert!(run.complaint().contains(&said), "{run:?}");
        }
        assert!(!made.exists(), "{name}");
    }
}

#[test]
fn a_certificate_with_an_extension_that_occurs_twice_is_judged_and_converted() {
    let root = Authority::root("Root", Validity::days(BENCH.now, -1, 30)).unwrap();
    let host = "twice.example".parse().unwrap();
    let key = rcgen::KeyPair::generate().unwrap();
    let leaf = root.leaf(&[&host], &key, Validity::days(BENCH.now, -1, 20), |parameters| {
        let names = rcgen::CustomExtension::from_oid_content(&[2, 5, 29, 17], vec![0x30, 0]);
        parameters.custom_extensions.push(names);
    });
    let file = BENCH.file("twice.pem", pem(&[leaf.unwrap().to_vec()]));
    let roots = BENCH.file("twice-root.pem", root.pem());
    let run = hufu(&["cert", "check", "--json", "--roots", &roots, &file]);
    let object = run.object();
    assert_eq!((run.status, run.stderr.as_str()), (1, ""), "{object}");
    let why = object["findings"].as_array().unwrap().iter().find(|it| it["code"] == "cert.malformed").unwrap();
    assert_eq!(why["evidence"]["detail"], "the extension 2.5.29.17 occurs twice", "{object}");
    let made = BENCH.path("twice-made.pem");
    let run = hufu(&["cert", "convert", &file, "--roots", &roots, "--to", "pem", "--out", made.to_str().unwrap()]);
    assert_eq!(run.status, 0, "{run:?}");
    assert!(made.exists());
}

#[test]
fn a_person_reads_who_is_trusted_and_why_not() {
    let good = BENCH.file("person.pem", pem(&BENCH.chain("good-ecdsa")));
    let roots = BENCH.roots();
    let run = hufu(&["cert", "check", "--roots", &roots, &good]);
    assert!(run.stdout.starts_with(&format!("{good}  Works · Trusted\n")), "{}", run.stdout);
    assert!(run.stdout.contains("1. ") && run.stdout.contains("2. "));
    let run = hufu(&["cert", "check", &good]);
    assert!(run.stdout.starts_with(&format!("{good}  Fails · Not trusted\n")), "{}", run.stdout);
}

#[test]
fn what_is_refused_for_its_name_alone_is_said_to_be_trusted_as_the_stores_say() {
    let file = BENCH.file("another-name.pem", pem(&BENCH.chain("wrong-name")));
    let (roots, host) = (BENCH.roots(), BENCH.lab.server("wrong-name").unwrap().host.to_string());
    let check = ["cert", "check", "--roots", &roots, "--host", &host, &file];
    for (language, headline, trust) in [
        ("C", "Fails · Trusted, but refused", "  trusted by the roots given by the operator"),
        ("zh_CN.UTF-8", "不可用 · 受信任，但会被拒绝", "管理员指定的根证书：信任"),
    ] {
        let mut command = command(&check);
        command.env("LC_ALL", language);
        let run = run(command, b"");
        assert_eq!(run.status, 1, "{run:?}");
        assert!(run.stdout.starts_with(&format!("{file}  {headline}\n")), "{}", run.stdout);
        assert!(run.stdout.contains(trust) && run.stdout.contains("[cert.name_mismatch]"), "{}", run.stdout);
    }
}
