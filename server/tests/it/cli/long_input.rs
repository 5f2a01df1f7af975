use std::{
    io::{BufRead as _, BufReader, Write as _},
    thread,
};

use super::bench::{BENCH, codes, command, hufu_reading};

/// Arguments of a probe that reads targets of the lab from standard input.
fn reading(names: &[&str], more: &[&str]) -> Vec<String> {
    let mut arguments = BENCH.towards(names);
    arguments.extend(more.iter().map(ToString::to_string));
    arguments.push("-".to_owned());
    arguments
}

#[test]
fn thousands_of_targets_are_answered_in_the_order_of_the_input() {
    let names = ["plain-http", "smtp", "good-ecdsa", "expired", "refuses"];
    // What refuses is tried again for a second, in which others overtake it: a few of those will do, and as few whose
    // certificates have to be judged.
    let name = |index: usize| match index % 30 {
        7 => names[4],
        22 => names[2 + index / 30 % 2],
        _ => names[index % 2],
    };
    let targets: Vec<_> = (0..3_000).map(|index| BENCH.target(name(index))).collect();
    let arguments = reading(&names, &["--concurrency", "64", "--timeout", "120", "--depth", "expiry"]);
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    let run = hufu_reading(&arguments, targets.join("\n").as_bytes());
    let objects = run.objects();
    let answered: Vec<_> = objects.iter().map(|object| object["target"].as_str().unwrap()).collect();
    assert!(answered == targets, "{} answers", answered.len());
    let judged: Vec<_> = objects.iter().skip(22).step_by(30).collect();
    assert_eq!(judged.len(), 100);
    for (number, object) in judged.into_iter().enumerate() {
        let is_expired = number % 2 == 1;
        assert_eq!(object["verdict"], if is_expired { "fail" } else { "pass" }, "{object}");
        assert_eq!(codes(object).contains(&"cert.expired"), is_expired, "{object}");
    }
    assert_eq!((run.status, run.stderr.as_str()), (1, ""));
}

#[test]
fn a_bad_line_is_named_and_the_others_are_answered() {
    let good = BENCH.target("good-ecdsa");
    let mut input = format!("\u{feff}{good}\r\n\r\n# a comment\n  {good}\nnot a target\n").into_bytes();
    input.extend_from_slice(b"\xff\xfe\n");
    input.extend(vec![b'a'; 100_000]);
    input.extend_from_slice(format!("\nhttp://{good}\n{good}").as_bytes());
    let arguments = reading(&["good-ecdsa"], &[]);
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    let run = hufu_reading(&arguments, &input);
    assert_eq!(run.status, 2);
    assert_eq!(run.objects().len(), 3);
    let lines: Vec<_> = run.stderr.lines().collect();
    assert_eq!(lines.len(), 4, "{lines:?}");
    for (line, start) in lines.iter().zip([
        "hufu: line 5: \"not a target\": ",
        "hufu: line 6: not UTF-8",
        "hufu: line 7: longer than 65536 bytes",
        "hufu: line 8: \"http://",
    ]) {
        assert!(line.starts_with(start), "{line}");
    }
}

#[test]
fn no_input_at_all_is_an_error_of_usage() {
    for (arguments, reason) in [
        (&["probe", "-"][..], "hufu: no target to probe"),
        (&["url", "check", "--api", "resource", "-"], "hufu: no URL to check"),
        (&["entry", "check", "--api", "request", "-"], "hufu: no entry to check"),
        (&["icp", "check", "-"], "hufu: no number to check"),
    ] {
        for input in ["", "\n \r\n# nothing\n"] {
            let run = hufu_reading(arguments, input.as_bytes());
            assert_eq!((run.status, run.complaint()), (2, reason));
        }
    }
    let run = hufu_reading(&["entry", "check", "--api", "request", ""], b"");
    assert_eq!((run.status, run.complaint()), (2, "hufu: no entry to check"));
}

/// Feeds lines without end, reads one answer and closes the pipe.
fn close_after_one_answer(arguments: &[&str], line: String) {
    let mut child = command(arguments).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let feeder = thread::spawn(move || while stdin.write_all(line.as_bytes()).is_ok() {});
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut first = String::new();
    stdout.read_line(&mut first).unwrap();
    assert!(first.ends_with('\n'));
    drop(stdout);
    // Ends by itself although standard input never does.
    let output = child.wait_with_output().unwrap();
    feeder.join().unwrap();
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "", "{arguments:?}");
    assert!(matches!(output.status.code(), Some(0 | 1)), "{arguments:?}: {}", output.status);
}

#[test]
fn a_closed_pipe_ends_every_command_quietly() {
    let arguments = reading(&["good-ecdsa"], &[]);
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    close_after_one_answer(&arguments, format!("{}\n", BENCH.target("good-ecdsa")));
    for json in [&["--json"][..], &[]] {
        close_after_one_answer(&[&["icp", "check", "-"], json].concat(), "京ICP备11041704号\n".to_owned());
        let entry = [&["entry", "check", "--api", "request", "-"], json].concat();
        close_after_one_answer(&entry, "https://a.example.com\n".to_owned());
        let url = [&["url", "check", "--api", "resource", "-"], json].concat();
        close_after_one_answer(&url, "https://a.example.com\n".to_owned());
    }
}

#[test]
fn help_into_a_closed_pipe_does_not_panic() {
    let mut child = command(&["--help"]).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), &b""[..]));
}

#[test]
fn an_answer_comes_before_the_input_has_ended() {
    let arguments = reading(&["good-ecdsa"], &[]);
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    let mut child = command(&arguments).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    for _ in 0..3 {
        writeln!(stdin, "{}", BENCH.target("good-ecdsa")).unwrap();
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        assert!(line.starts_with('{'), "{line}");
    }
    drop(stdin);
    assert_eq!(child.wait().unwrap().code(), Some(0));
}
