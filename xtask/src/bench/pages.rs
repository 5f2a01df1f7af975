//! The server's side of a page: how long it takes, how many a second, and how many statements, over
//! registers of three sizes. The client is on the same machine and takes its part of it.

use std::{
    io::{BufRead as _, BufReader},
    path::Path,
    sync::mpsc::{self, Receiver},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail, ensure};

use super::{
    console::{LOGIN, Log, Register},
    http::Client,
};

const SIZES: [u32; 3] = [100, 10_000, 100_000];
/// Requests of one client before and while it measures.
const WARM_UP: usize = 10;
const REQUESTS: usize = 200;
/// No page is asked for longer than this.
const PATIENCE: Duration = Duration::from_secs(3);
/// Clients that ask at the same time, for the rate.
const CLIENTS: usize = 8;
const RATE_FOR: Duration = Duration::from_secs(2);
/// Longer than between two statements of a page, shorter than between two looks at what is due.
const QUIET: Duration = Duration::from_millis(300);

/// Measures and prints.
pub(crate) fn measure() -> Result<()> {
    let binary = super::binary()?;
    for size in SIZES {
        let register = Register::fill(&binary, size)?;
        let (took, megabytes) = (register.took.as_secs_f64(), register.bytes()? as f64 / 1e6);
        println!("== {size} endpoints, filled in {took:.0} s, {megabytes:.0} MB");
        let statements = statements(&binary, &register)?;
        println!("  {:<28} {:>10} {:>8} {:>8} {:>8} {:>8}", "page", "statements", "kB", "p50 ms", "p99 ms", "per s");
        let console = register.serve(&binary, Log::Warnings)?;
        let mut client = Client::log_in(&console.address, LOGIN, &register.password)?;
        for (page, statements) in pages(&mut client)?.iter().zip(statements) {
            let cost = cost(&mut client, &page.path)?;
            let rate = rate(&client, &page.path)?;
            println!(
                "  {:<28} {statements:>10} {:>8.1} {:>8.1} {:>8.1} {rate:>8.0}",
                page.name,
                cost.bytes as f64 / 1e3,
                millis(cost.median),
                millis(cost.worst),
            );
        }
        console.stop()?;
    }
    Ok(())
}

struct Page {
    name: &'static str,
    path: String,
}

/// The pages that are measured; those of one thing lead to the first that the list shows.
fn pages(client: &mut Client) -> Result<Vec<Page>> {
    let mut pages = Vec::new();
    for (name, path) in [
        ("Overview", "/"),
        ("Mini programs", "/programs"),
        ("Endpoints", "/endpoints"),
        ("Endpoints, by end, last page", "/endpoints?sort=expiry&page=9999"),
        ("Endpoints, name and verdict", "/endpoints?q=pay&verdict=fail"),
        ("Certificates", "/certificates"),
        ("ICP", "/icp"),
        ("Audit", "/audit"),
        ("Audit, every line", "/audit?action=all"),
    ] {
        pages.push(Page { name, path: path.to_owned() });
    }
    for (name, list, prefix) in [
        ("A mini program", "/programs", "/programs/"),
        ("An endpoint", "/endpoints?sort=expiry&q=upload", "/endpoints/"),
        ("A certificate", "/certificates?q=lantern", "/certificates/"),
        ("A filing", "/icp", "/icp/"),
    ] {
        pages.push(Page { name, path: first_link(&client.text(list)?, prefix).context(name)? });
    }
    Ok(pages)
}

/// The first link that goes on from `prefix` with a number, a fingerprint or a domain.
fn first_link(html: &str, prefix: &str) -> Option<String> {
    html.split("href=\"").skip(1).find_map(|rest| {
        let path = rest.split('"').next()?;
        let last = path.strip_prefix(prefix)?;
        let is_id = last.contains('.') || last.bytes().any(|byte| byte.is_ascii_digit());
        (is_id && !last.contains(['/', '?'])).then(|| path.to_owned())
    })
}

/// How many statements each page takes, by the server's log.
fn statements(binary: &Path, register: &Register) -> Result<Vec<usize>> {
    let mut console = register.serve(binary, Log::Statements)?;
    let log = BufReader::new(console.log().context("no log")?);
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        for line in log.lines().map_while(Result::ok).filter(|line| line.contains("\"sqlx::query\"")) {
            // Nobody listens once the pages are counted.
            if tell.send(line).is_err() {
                break;
            }
        }
    });
    let mut client = Client::log_in(&console.address, LOGIN, &register.password)?;
    let pages = pages(&mut client)?;
    let mut counts = Vec::with_capacity(pages.len());
    for page in &pages {
        // What a first visit alone does, such as a sum that has ended.
        client.page(&page.path)?;
        quiet(&told);
        let mut least = usize::MAX;
        for _ in 0..3 {
            client.page(&page.path)?;
            least = least.min(quiet(&told));
        }
        counts.push(least);
    }
    // The log must be read while the server drains.
    let draining = thread::spawn(move || told.iter().for_each(drop));
    console.stop()?;
    draining.join().map_err(|_| anyhow::anyhow!("the reader panicked"))?;
    Ok(counts)
}

/// Waits until nothing is told for a while; how many lines there were. The schedule and the mailer
/// ask now and then whether anything is due, hence the least of several counts.
fn quiet(told: &Receiver<String>) -> usize {
    let mut lines = 0;
    while told.recv_timeout(QUIET).is_ok() {
        lines += 1;
    }
    lines
}

struct Cost {
    median: Duration,
    /// The 99th of a hundred.
    worst: Duration,
    bytes: usize,
}

/// Of one client that asks again as soon as it has its answer.
fn cost(client: &mut Client, path: &str) -> Result<Cost> {
    let mut bytes = 0;
    for _ in 0..WARM_UP {
        bytes = client.page(path)?.body.len();
    }
    let begin = Instant::now();
    let mut times = Vec::with_capacity(REQUESTS);
    while times.len() < REQUESTS && begin.elapsed() < PATIENCE {
        let start = Instant::now();
        client.page(path)?;
        times.push(start.elapsed());
    }
    times.sort_unstable();
    let at = |percent: usize| times.get((times.len() * percent / 100).min(times.len().saturating_sub(1))).copied();
    let (Some(median), Some(worst)) = (at(50), at(99)) else { bail!("{path} was never answered") };
    Ok(Cost { median, worst, bytes })
}

/// Pages a second for several clients at once.
fn rate(client: &Client, path: &str) -> Result<f64> {
    let begin = Instant::now();
    let answered = thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS)
            .map(|_| {
                scope.spawn(move || {
                    let mut client = client.again()?;
                    let mut answered = 0;
                    while begin.elapsed() < RATE_FOR {
                        client.page(path)?;
                        answered += 1;
                    }
                    anyhow::Ok(answered)
                })
            })
            .collect();
        let mut sum = 0;
        for client in clients {
            sum += client.join().map_err(|_| anyhow::anyhow!("a client panicked"))??;
        }
        anyhow::Ok(sum)
    })?;
    ensure!(answered > 0, "{path} was never answered");
    Ok(f64::from(answered) / begin.elapsed().as_secs_f64())
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

#[cfg(test)]
mod tests {
    use super::first_link;

    #[test]
    fn a_link_to_one_thing_is_told_from_a_link_to_a_list() {
        let html =
            r#"<a href="/endpoints?sort=expiry">x</a><a href="/endpoints/runs"></a><a href="/endpoints/17">y</a>"#;
        assert_eq!(first_link(html, "/endpoints/").as_deref(), Some("/endpoints/17"));
        assert_eq!(first_link(r#"<a href="/icp/a.example">"#, "/icp/").as_deref(), Some("/icp/a.example"));
        assert_eq!(first_link(html, "/programs/"), None);
    }
}
