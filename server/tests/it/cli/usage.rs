use super::bench::{command, hufu, run};

#[test]
fn an_error_of_usage_is_one_line_that_says_where_to_read_on() {
    for (arguments, hint) in [
        (&[][..], "hufu --help"),
        (&["prob"], "hufu --help"),
        (&["--nonsense"], "hufu --help"),
        (&["probe"], "hufu probe --help"),
        (&["probe", "--jsn", "a"], "hufu probe --help"),
        (&["probe", "--timeout", "0", "a"], "hufu probe --help"),
        (&["probe", "--timeout", "-1", "a"], "hufu probe --help"),
        (&["probe", "--timeout", "NaN", "a"], "hufu probe --help"),
        (&["probe", "--timeout", "inf", "a"], "hufu probe --help"),
        (&["probe", "--timeout", "1e9", "a"], "hufu probe --help"),
        (&["probe", "--concurrency", "0", "a"], "hufu probe --help"),
        (&["probe", "--concurrency", "16385", "a"], "hufu probe --help"),
        (&["probe", "--concurrency", "-1", "a"], "hufu probe --help"),
        (&["probe", "--at", "yesterday", "a"], "hufu probe --help"),
        (&["probe", "--at", "2026-05-01", "a"], "hufu probe --help"),
        (&["probe", "--resolve", "a:443", "a"], "hufu probe --help"),
        (&["probe", "--resolve", "a:443:b", "a"], "hufu probe --help"),
        (&["probe", "--allow-net", "10.0.0.0/33", "a"], "hufu probe --help"),
        (&["probe", "--depth", "deepest", "a"], "hufu probe --help"),
        (&["probe", "--log-format", "xml", "a"], "hufu probe --help"),
        (&["verify-file", "www.example.com"], "hufu verify-file --help"),
        (&["cert"], "hufu cert --help"),
        (&["cert", "check"], "hufu cert check --help"),
        (&["cert", "check", "a", "--nonsense"], "hufu cert check --help"),
        (&["cert", "chain"], "hufu cert chain --help"),
        (&["cert", "chain", "a", "--force"], "hufu cert chain --help"),
        (&["trust"], "hufu trust --help"),
        (&["trust", "update"], "hufu trust update --help"),
        (&["cert", "convert", "a"], "hufu cert convert --help"),
        (&["cert", "convert", "a", "--to", "zip", "--out", "b"], "hufu cert convert --help"),
        (&["cert", "deploy-guide", "--server", "nginx"], "hufu cert deploy-guide --help"),
        (&["cert", "deploy-guide", "--server", "caddy", "--host", "a.example"], "hufu cert deploy-guide --help"),
        (
            &["cert", "deploy-guide", "--server", "nginx", "--host", "a.example", "--dir", "a\"; b"],
            "hufu cert deploy-guide --help",
        ),
        (&["url", "check", "https://a.example.com"], "hufu url check --help"),
        (&["url", "check", "--api", "request"], "hufu url check --help"),
        (&["url", "check", "--api", "nothing", "https://a.example.com"], "hufu url check --help"),
        (&["url", "check", "--api", "socket", "--wss-ports", "some", "u"], "hufu url check --help"),
        (&["url", "check", "--api", "socket", "--appid", "wx1", "u"], "hufu url check --help"),
        (&["url", "check", "--api", "request", "https://a.example.com"], "hufu url check --help"),
        (&["entry", "check", "--api", "request"], "hufu entry check --help"),
        (&["icp", "check"], "hufu icp check --help"),
        (&["serve", "--listen", "somewhere"], "hufu serve --help"),
        (&["serve", "--allow-net", "lan"], "hufu serve --help"),
        (&["serve", "--allow-net", "10.1.2.3/8"], "hufu serve --help"),
        (&["demo", "--endpoints", "many"], "hufu demo --help"),
        (&["icp", "check", "--a\u{1b}[31m\nb"], "hufu icp check --help"),
    ] {
        let run = hufu(arguments);
        assert_eq!(run.status, 2, "{arguments:?}");
        let line = run.complaint();
        assert!(line.ends_with(&format!("see '{hint}'")) || line.ends_with(&format!("See '{hint}'")), "{line}");
        assert!(!line.contains('\u{1b}') && !line.contains("error:"), "{line}");
    }
}

#[test]
fn where_to_listen_is_shown_by_an_example() {
    for wrong in ["localhost", "example.com:3000", "3000", "127.0.0.1:65536"] {
        let run = hufu(&["serve", "--listen", wrong]);
        assert_eq!(run.status, 2);
        assert!(run.complaint().contains("a port from 0 to 65535, such as 127.0.0.1:3000"), "{run:?}");
    }
}

#[test]
fn a_public_url_with_more_than_an_authority_is_told_what_one_is() {
    let run = hufu(&["serve", "--public-url", "https://a.example/hufu"]);
    assert_eq!(run.status, 2);
    let told = "nothing may follow the host and its port, as in https://hufu.example.com";
    assert!(run.complaint().contains(told), "{run:?}");
}

#[test]
fn a_wrong_port_is_told_which_there_are() {
    for arguments in [&["probe", "a.example:65536"][..], &["probe", "--resolve", "a.example:0:192.0.2.1", "a.example"]]
    {
        let run = hufu(arguments);
        assert_eq!(run.status, 2, "{arguments:?}");
        assert!(run.complaint().contains("a number from 1 to 65535"), "{run:?}");
    }
    let url = ["url", "check", "--api", "resource", "https://a.example:65536"];
    for arguments in [&["entry", "check", "--api", "request", "https://a.example.com:65536"][..], &url] {
        let run = hufu(arguments);
        assert_eq!(run.status, 1, "{arguments:?}");
        assert!(run.stdout.contains("a number from 1 to 65535"), "{run:?}");
    }
}

#[test]
fn a_user_name_and_a_path_are_called_so_where_a_target_is_wanted() {
    let (user, path) = ("leave out the user name", "leave out the path");
    for (arguments, reason) in [
        (&["probe", "https://user:pw@a.example/"][..], user),
        (&["probe", "user@a.example"], user),
        (&["probe", "a.example/x"], path),
        (&["probe", "a.example:8443/x"], path),
        (&["verify-file", "user@a.example", "a.txt"], user),
        (&["verify-file", "a.example/x", "a.txt"], path),
    ] {
        let run = hufu(arguments);
        assert_eq!(run.status, 2, "{arguments:?}");
        let said = format!("a target is host or host:port; {reason}");
        assert!(run.complaint().contains(&said), "{run:?}");
    }
}

#[test]
fn what_is_said_back_is_bounded_and_a_host_that_is_too_long_is_called_so() {
    let label = "a".repeat(64);
    let (labels, name) = (format!("{label}.example.com"), format!("{0}.{0}.{0}.{0}", "a".repeat(63)));
    let huge = "a".repeat(50_000);
    let whole = "the host is too long (255 characters, at most 253)";
    for (arguments, reason) in [
        (&["probe", &labels][..], "a part of the host is too long (64 characters, at most 63)"),
        (&["probe", &name], whole),
        (&["probe", &huge], "the host is too long (50000 characters, at most 253)"),
        (&["probe", "--sni", &name, "a.example"], whole),
        (&["probe", "--sni", &huge, "a.example"], "the host is too long (50000 characters, at most 253)"),
        (&["cert", "check", "--host", &name, "a.pem"], whole),
        (&["cert", "check", "--host", &huge, "a.pem"], "the host is too long (50000 characters, at most 253)"),
        (&["cert", "check", &huge], ""),
        (&["probe", "--allow-net", &huge, "a.example"], "not a range such as 10.0.0.0/8"),
        (&["url", "check", "--api", &huge, "https://a.example"], "no such list"),
        (&["serve", &huge], ""),
    ] {
        let run = hufu(arguments);
        assert_eq!(run.status, 2, "{reason}");
        let line = run.complaint();
        assert!(line.contains(reason), "{line}");
        assert!(line.chars().count() < 500, "{} characters: {line}", line.chars().count());
    }
    // Nor does an answer repeat all of what it is about.
    for command in
        [&["entry", "check", "--api", "request"][..], &["url", "check", "--api", "resource"], &["icp", "check"]]
    {
        let run = hufu(&[command, &[huge.as_str()]].concat());
        assert_eq!(run.status, 1, "{command:?}");
        assert!(run.stdout.chars().count() < 3_000, "{command:?}: {}", run.stdout.chars().count());
    }
    let entry = hufu(&["entry", "check", "--api", "request", &format!("https://{name}")]);
    assert!(entry.stdout.contains("[rule.too_long]"), "{}", entry.stdout);
    assert!(entry.stdout.contains("(255 characters, at most 253)"), "{}", entry.stdout);
}

#[test]
fn a_list_in_store_and_file_at_once_is_refused() {
    let arguments = ["url", "check", "--api", "request", "--appid", "wx00000000000000aa", "--entries", "f", "u"];
    let run = hufu(&arguments);
    assert_eq!(run.status, 2);
    run.complaint();
}

#[test]
fn help_goes_to_standard_output_with_status_0() {
    for arguments in [
        &["--help"][..],
        &["-h"],
        &["help"],
        &["help", "cert", "check"],
        &["serve", "--help"],
        &["demo", "--help"],
        &["probe", "--help"],
        &["cert", "--help"],
        &["cert", "check", "--help"],
        &["trust", "--help"],
        &["trust", "list", "--help"],
        &["trust", "update", "--help"],
        &["url", "check", "--help"],
        &["entry", "check", "--help"],
        &["icp", "check", "--help"],
    ] {
        let run = hufu(arguments);
        assert_eq!((run.status, run.stderr.as_str()), (0, ""), "{arguments:?}");
        assert!(run.stdout.contains("Usage: hufu"), "{arguments:?}: {}", run.stdout);
        assert!(!run.stdout.contains('\u{1b}'));
    }
    let version = hufu(&["--version"]);
    assert_eq!((version.status, version.stdout.as_str()), (0, concat!("hufu ", env!("CARGO_PKG_VERSION"), "\n")));
}

#[test]
fn the_help_names_commands_statuses_environment_and_examples() {
    let help = hufu(&["--help"]).stdout;
    for text in [
        "serve",
        "demo",
        "probe",
        "cert",
        "trust",
        "url",
        "entry",
        "icp",
        "Exit status",
        "HUFU_LISTEN",
        "Examples",
        "docs/",
    ] {
        assert!(help.contains(text), "{text}");
    }
}

#[test]
fn the_short_names_of_lists_and_those_of_wechat_are_understood() {
    for (word, api) in [
        ("request", "request"),
        ("requestdomain", "request"),
        ("wsrequestdomain", "socket"),
        ("wx.uploadFile", "upload"),
        ("downloadFile", "download"),
        ("udp", "udp"),
        ("tcp", "tcp"),
        ("prefetch", "prefetch"),
        ("business", "business"),
        ("resource", "resource"),
    ] {
        assert_eq!(hufu(&["entry", "check", "--json", "--api", word, "x"]).object()["api"], api);
    }
}

#[test]
fn the_language_follows_the_environment() {
    for (name, value, word) in [
        ("LANG", "zh_CN.UTF-8", "有效"),
        ("LC_ALL", "zh_TW", "有效"),
        ("LANG", "de_DE.UTF-8", "Valid"),
        ("LC_ALL", "C", "Valid"),
        ("LC_ALL", "", "Valid"),
    ] {
        let mut command = command(&["icp", "check", "粤B2-20090059"]);
        command.env_remove("LC_ALL").env(name, value);
        assert!(run(command, b"").stdout.contains(word), "{name}={value}");
    }
}
