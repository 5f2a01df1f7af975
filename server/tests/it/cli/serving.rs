use std::{
    io::{BufRead as _, BufReader, Read as _},
    net::TcpListener,
    process::Command,
};

use sqlx::{Connection as _, SqliteConnection, sqlite::SqliteConnectOptions};

use super::bench::{BENCH, command, hufu, run};

/// Starts a server, waits until it says where it listens, and stops it as systemd does; everything that it said.
fn start_and_stop(mut command: Command, greeting: &str) -> String {
    let mut child = command.spawn().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    stdout.read_line(&mut line).unwrap();
    let stop = || Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
    assert!(stop().success());
    let mut rest = String::new();
    stdout.read_to_string(&mut rest).unwrap();
    let output = child.wait_with_output().unwrap();
    let log = String::from_utf8(output.stderr).unwrap();
    assert!(line.starts_with(greeting), "{line}{log}");
    assert_eq!(output.status.code(), Some(0), "{log}");
    line + &rest
}

#[test]
fn a_server_starts_where_it_is_told_and_stops_on_sigterm() {
    let data = BENCH.path("served");
    start_and_stop(
        command(&[
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--data-dir",
            data.to_str().unwrap(),
            "--allow-net",
            "10.0.0.0/8",
        ]),
        "Hufu listens on http://127.0.0.1:",
    );
    assert!(data.join("hufu.db").is_file());

    let data = BENCH.path("served-by-environment");
    let mut by_environment = command(&["serve", "--log-format", "json"]);
    by_environment.env("HUFU_LISTEN", "localhost:0").env("HUFU_DATA_DIR", &data);
    start_and_stop(by_environment, "Hufu listens on http://127.0.0.1:");
    assert!(data.join("hufu.db").is_file());
}

#[test]
fn a_variable_that_is_empty_is_as_if_it_were_not_set() {
    let data = BENCH.path("served-with-empty-variables");
    let data = data.to_str().unwrap();
    let mut all_empty = command(&["serve", "--listen", "127.0.0.1:0", "--data-dir", data]);
    for name in [
        "HUFU_LISTEN",
        "HUFU_DATA_DIR",
        "HUFU_PROBE_EVERY",
        "HUFU_PUBLIC_URL",
        "HUFU_SMTP_URL",
        "HUFU_SMTP_PASSWORD",
        "HUFU_MAIL_FROM",
        "HUFU_LOG",
    ] {
        all_empty.env(name, "");
    }
    start_and_stop(all_empty, "Hufu listens on http://127.0.0.1:");

    let with = |arguments: &[&str], variables: &[(&str, &str)]| {
        let mut command = command(arguments);
        command.envs(variables.iter().copied());
        run(command, b"")
    };
    let here = with(&["trust", "list"], &[("HUFU_DATA_DIR", "")]);
    assert_eq!((here.status, here.stderr.as_str()), (0, ""), "{here:?}");
    let (url, from) = (("HUFU_SMTP_URL", "smtps://me@mail.example.com"), ("HUFU_MAIL_FROM", "hufu@example.com"));
    let serve = ["serve", "--listen", "127.0.0.1:0", "--data-dir", data];
    let no_password = with(&serve, &[url, from, ("HUFU_SMTP_PASSWORD", "")]);
    assert!(no_password.complaint().contains("has no password"), "{no_password:?}");
    let no_sender = with(&serve, &[url, ("HUFU_MAIL_FROM", "")]);
    assert!(no_sender.complaint().contains("--mail-from"), "{no_sender:?}");
}

#[test]
fn the_set_up_link_is_said_to_be_for_this_machine_unless_an_address_is_named() {
    let serve = |name: &str, more: &[&str]| {
        let data = BENCH.path(name);
        let arguments = [&["serve", "--listen", "0.0.0.0:0", "--data-dir", data.to_str().unwrap()][..], more].concat();
        start_and_stop(command(&arguments), "Hufu listens on http://127.0.0.1:")
    };
    let said = serve("open-to-all", &[]);
    let port = said.lines().next().unwrap().rsplit(':').next().unwrap();
    for part in [
        format!("\nhttp://127.0.0.1:{port}/set-up?token="),
        "for a browser on this machine".to_owned(),
        format!("\n  ssh -L {port}:127.0.0.1:{port} "),
    ] {
        assert!(said.contains(&part), "{part}: {said}");
    }
    let said = serve("behind-a-proxy", &["--public-url", "https://hufu.example.com"]);
    assert!(said.contains("\nhttps://hufu.example.com/set-up?token=") && !said.contains("ssh"), "{said}");
}

#[test]
fn a_demo_starts_and_stops_and_says_where_the_root_of_its_lab_is() {
    for (arguments, greeting) in [
        (&["demo", "--listen", "127.0.0.1:0"][..], "Hufu's demo listens on "),
        (&["demo", "--empty", "--listen", "127.0.0.1:0"], "The lab's root certificate: "),
    ] {
        let said = start_and_stop(command(arguments), greeting);
        let root = said.lines().find_map(|line| line.strip_prefix("The lab's root certificate: "));
        assert!(root.is_some_and(|path| path.ends_with(".pem")), "{said}");
    }
}

#[test]
fn a_demo_records_endpoints_that_nobody_probes_and_keeps_them_where_it_is_told() {
    let data = BENCH.path("recorded");
    let arguments = ["demo", "--listen", "127.0.0.1:0", "--endpoints", "200", "--data-dir", data.to_str().unwrap()];
    start_and_stop(command(&arguments), "Hufu's demo listens on ");
    let count = |sql: &'static str| -> i64 {
        tokio::runtime::Runtime::new().unwrap().block_on(async {
            let options = SqliteConnectOptions::new().filename(data.join("hufu.db"));
            let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
            sqlx::query_scalar(sql).fetch_one(&mut connection).await.unwrap()
        })
    };
    let year_2100 = "SELECT COUNT(*) FROM endpoints WHERE host NOT LIKE '%.hufu.example' AND due_at > 4102444800";
    assert_eq!(count(year_2100), 200);
    assert_eq!(count("SELECT COUNT(*) FROM endpoints WHERE due_at > 4102444800 AND verdict = 'unknown'"), 0);
    let fates = "SELECT COUNT(DISTINCT verdict) FROM endpoints WHERE due_at > 4102444800";
    assert_eq!(count(fates), 4, "pass, warn, fail, unreachable");
    let looked_at =
        "SELECT COUNT(*) FROM audit_log WHERE action = 'probe.store' AND object NOT LIKE '%.hufu.example:%'";
    assert_eq!(count(looked_at), 200);
    // The lists of a mini program hold twenty of each eight servers' five for requests.
    assert_eq!(count("SELECT COUNT(*) FROM programs WHERE name LIKE '% Mall %' OR name LIKE '% Menu %'"), 3);
    assert_eq!(count("SELECT COUNT(*) FROM programs WHERE summed_until = 0"), 0, "nobody waits for sums");

    // It is no longer empty.
    let run = hufu(&arguments);
    assert_eq!(run.status, 1);
}

#[test]
fn a_server_that_cannot_start_says_why_with_status_1() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let data = BENCH.path("taken");
    let run = hufu(&["serve", "--listen", &address, "--data-dir", data.to_str().unwrap()]);
    assert_eq!(run.status, 1);
    let last = run.stderr.lines().last().unwrap();
    assert!(last.starts_with(&format!("hufu: cannot listen on {address}: ")), "{last}");

    let file = BENCH.file("no-directory", "");
    let run = hufu(&["serve", "--listen", "127.0.0.1:0", "--data-dir", &file]);
    assert_eq!(run.status, 1);
    assert!(run.stderr.lines().last().unwrap().starts_with("hufu: cannot write to "), "{run:?}");
}
