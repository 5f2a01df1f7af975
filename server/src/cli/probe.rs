//! `hufu probe`: targets in, verdicts out, in the order of the input and with flat memory.

use std::{net::IpAddr, path::PathBuf, sync::Arc, time::Duration};

use app::{chain::source::Source, i18n::Locale};
use clap::{Args, ValueEnum};
use futures::StreamExt as _;
use ipnet::IpNet;
use model::{
    AppId, Diagnosis, Host, HostPort, Observation, Timestamp, Verdict, diagnose,
    diagnose::Context,
    endpoints::route::Route,
    observation::{AddressObservation, Resolution},
    trust::Trust,
};
use probe::{Ask, Depth, NetworkPolicy, Prober, Resolve, Roots, trust};
use tokio::sync::{Semaphore, mpsc};
use tokio_stream::wrappers::ReceiverStream;

use super::{
    arguments,
    exit::{CliError, Exit},
    human::{self, Block, Label, Style},
    input::{self, Item},
    output::{ProbeLine, TlsObject, json},
    report::{Answer, Reader, Report},
};
use crate::clock;

/// Probe TLS servers now, and say on which platforms a mini program can use them.
///
/// Results are printed as they come, in the order of the input; memory does not grow with the
/// number of targets. Nothing is stored. In JSON a finding that some of the answering addresses show
/// and others do not has `shown_by` with those that do. Without it all of them do, or it is not about a
/// single address, or its evidence names the address.
#[derive(Debug, Args)]
pub(crate) struct ProbeArguments {
    /// Targets such as api.example.com, api.example.com:8443, [2001:db8::1]:443 or a https or wss
    /// URL; `-` reads one a line from standard input, where blank lines and `#` comments are skipped
    #[arg(required = true, value_name = "TARGET")]
    targets: Vec<String>,
    /// Connect to this address for this host and port, whatever the name servers say
    #[arg(long, value_name = "HOST:PORT:IP")]
    resolve: Vec<Resolve>,
    /// Ask every server for this name (SNI) rather than for its host; the certificate has to name the
    /// host all the same
    #[arg(long, value_name = "NAME", value_parser = arguments::host)]
    sni: Option<Host>,
    /// Roots that replace every platform's store
    #[arg(long, value_name = "PEM")]
    roots: Option<PathBuf>,
    /// Where sets of roots of your own are, below trust/; see `hufu trust`
    #[arg(long, env = "HUFU_DATA_DIR", value_name = "DIR", default_value = "data")]
    data_dir: PathBuf,
    /// The time of judgement, in place of now
    #[arg(long, value_name = "RFC3339", value_parser = arguments::time)]
    at: Option<Timestamp>,
    /// Permit connections to a private, loopback or otherwise special range
    #[arg(long, value_name = "CIDR", value_parser = arguments::range)]
    allow_net: Vec<IpNet>,
    /// Targets probed at once, 1 to 16384; connections that would exceed half the limit of open files
    /// (ulimit -n) wait for others to end
    #[arg(long, value_name = "N", default_value = "64", value_parser = clap::value_parser!(u16).range(1..=16_384))]
    concurrency: u16,
    /// Time for one target from the first query to the last byte; a fraction is allowed
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = arguments::seconds, allow_negative_numbers = true)]
    timeout: Duration,
    /// How much of a target is looked at
    #[arg(long, default_value = "full")]
    depth: HowDeep,
    /// A mini program that calls the servers, to name in the referer that WeChat sends; it must be its own
    /// where a server lets in no other
    #[arg(long, value_name = "ID")]
    appid: Option<AppId>,
    /// Print one JSON object a line: target, verdict, platforms, findings, chain, trust, addresses,
    /// tls, http, timings_ms
    #[arg(long)]
    json: bool,
}

/// What `--depth` takes.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum HowDeep {
    /// One address, one handshake
    Expiry,
    /// Every address, which versions of TLS it speaks, and what it answers over HTTP
    Full,
    /// Besides, every suite of TLS 1.2 that it takes, and in whose order: up to a hundred connections
    Deep,
}

impl From<HowDeep> for Depth {
    fn from(depth: HowDeep) -> Self {
        match depth {
            HowDeep::Expiry => Self::Expiry,
            HowDeep::Full => Self::Full,
            HowDeep::Deep => Self::Deep,
        }
    }
}

impl ProbeArguments {
    /// Probes every target.
    pub(crate) async fn run(self) -> Result<Exit, CliError> {
        let (roots, context) = arguments::stores(self.roots.as_deref(), &self.data_dir)?;
        let prober = Prober::builder()
            .policy(NetworkPolicy::allowing(self.allow_net))
            .fixed(self.resolve.into_iter().collect())
            .roots(vec![roots.clone()])
            .timeout(self.timeout)
            .build()
            .map_err(|error| CliError::Tls(error.to_string()))?;
        let at_once = usize::from(self.concurrency);
        let examiner = Arc::new(Examiner {
            prober,
            roots: [roots],
            context,
            depth: self.depth.into(),
            route: Route { server_name: self.sni, ..Route::default() },
            app_id: self.appid,
            at: self.at,
            style: if self.json { None } else { Some(Style::detect()) },
            permits: Semaphore::new(at_once),
        });

        // A slow target holds back what comes after it, but not the probing of it.
        let window = at_once.max(WINDOW_LEAST);
        let mut answers = items(self.targets)
            .map(|item| {
                let examiner = examiner.clone();
                tokio::spawn(async move { examiner.answer(item).await })
            })
            .buffered(window);
        let mut report = Report::default();
        while let Some(finished) = answers.next().await {
            let answer = match finished {
                Ok(answer) => answer,
                Err(stopped) if stopped.is_panic() => std::panic::resume_unwind(stopped.into_panic()),
                // The runtime is shutting down.
                Err(_) => break,
            };
            if report.print(&answer)? == Reader::Gone {
                break;
            }
        }
        report.end("no target to probe")
    }
}

/// The targets as a stream. Reading blocks, so a thread of its own does it; the thread is not waited
/// for at the end, since standard input may never end.
fn items(targets: Vec<String>) -> ReceiverStream<Item> {
    let (sender, receiver) = mpsc::channel(AHEAD);
    std::thread::spawn(move || {
        for item in input::items(targets) {
            if sender.blocking_send(item).is_err() {
                break;
            }
        }
    });
    ReceiverStream::new(receiver)
}

/// All that a target needs to become an answer.
struct Examiner {
    prober: Prober,
    roots: [Roots; 1],
    context: Context,
    depth: Depth,
    route: Route,
    app_id: Option<AppId>,
    at: Option<Timestamp>,
    /// None for JSON.
    style: Option<Style>,
    permits: Semaphore,
}

impl Examiner {
    async fn answer(&self, item: Item) -> Answer {
        let text = match &item.text {
            Ok(text) => text,
            Err(error) => return Answer::unreadable(item.place.complain_of_line(error)),
        };
        let target: HostPort = match text.parse() {
            Ok(target) => target,
            Err(error) => return Answer::unreadable(item.place.complain(text, &error)),
        };
        // Never closed, so it cannot fail; the time of a probe begins when its turn has come.
        let _permit = self.permits.acquire().await;
        let ask = Ask { app_id: self.app_id.clone(), websocket: names_a_socket(text) };
        let now = clock::now();
        let probed = match self.prober.probe_by(&self.route, &target, &ask, self.depth, now, |_| ()).await {
            Ok(probed) => probed,
            Err(error) => return Answer::failed(item.place.complain(text, &error)),
        };
        let now = self.at.unwrap_or_else(clock::now);
        let by_address = trust(&probed, &self.roots, now);
        let diagnosis = diagnose(&probed.observation, &by_address, self.context, now);
        let of_served = served(&probed.observation).and_then(|seen| by_address.get(&seen.address));
        let trust = of_served.cloned().unwrap_or_default();
        let text = match self.style {
            None => json(&object(&probed.observation, &trust, &diagnosis)),
            Some(style) => block(style, &probed.observation, &trust, &diagnosis, now),
        };
        Answer::said(text, exit(diagnosis.verdict))
    }
}

/// Whether a target is written as that of a socket.
fn names_a_socket(target: &str) -> bool {
    target.trim().get(..6).is_some_and(|start| start.eq_ignore_ascii_case("wss://"))
}

/// How the process ends for a verdict.
pub(crate) const fn exit(verdict: Verdict) -> Exit {
    match verdict {
        Verdict::Pass | Verdict::Warn => Exit::Good,
        // What was not tried has not answered either.
        Verdict::Unreachable | Verdict::Unknown => Exit::Unreachable,
        Verdict::Fail => Exit::Fail,
    }
}

fn object<'a>(observation: &'a Observation, trust: &'a Trust, diagnosis: &'a Diagnosis) -> ProbeLine<'a> {
    ProbeLine {
        target: observation.target.to_string(),
        verdict: diagnosis.verdict,
        platforms: diagnosis.platforms,
        findings: diagnosis.findings.iter().map(Into::into).collect(),
        chain: served(observation).map(|seen| seen.chain.iter().map(Into::into).collect()).unwrap_or_default(),
        trust: trust.stores.iter().map(Into::into).collect(),
        addresses: observation.addresses.iter().map(Into::into).collect(),
        http: observation.http.as_ref(),
        tls: observation.answering().next().map(|(_, handshake)| TlsObject::from(handshake)),
        timings_ms: observation.into(),
    }
}

/// The address whose chain is shown: the first that served one.
fn served(observation: &Observation) -> Option<&AddressObservation> {
    observation.addresses.iter().find(|seen| !seen.chain.is_empty())
}

fn block(style: Style, observation: &Observation, trust: &Trust, diagnosis: &Diagnosis, now: Timestamp) -> String {
    let locale = style.locale;
    let (tone, word) = human::verdict(diagnosis.verdict, style);
    let mut block = Block::new(style, &observation.target.to_string(), tone, word);
    let mut fields = vec![(Label::Platforms.word(locale), human::platforms(&diagnosis.platforms, locale))];
    for (index, seen) in observation.addresses.iter().enumerate() {
        let label = if index == 0 { Label::Addresses.word(locale) } else { "" };
        fields.push((label, address_line(seen, locale)));
    }
    fields.extend(app::words::connection::left_out(observation.addresses_left_out, locale).map(|said| ("", said)));
    if let Resolution::Failed { failure } = &observation.resolution {
        fields.push((Label::Addresses.word(locale), app::words::connection::failure(failure, locale)));
    }
    if let Some((seen, handshake)) = observation.answering().next() {
        let other = app::words::connection::other_versions(seen, locale).map(|other| format!("; {other}"));
        let said = format!("{}, {}{}", handshake.version.as_str(), handshake.suite, other.unwrap_or_default());
        fields.push(("TLS", said));
    }
    for (index, (address, suites)) in suites(observation, locale).enumerate() {
        let label = if index == 0 { Label::Suites.word(locale) } else { "" };
        fields.push((label, format!("{address}  {}", app::words::join(suites, locale))));
    }
    fields.extend(observation.http.iter().flat_map(|facts| app::http::lines(facts, locale)));
    fields.push((Label::Time.word(locale), format!("{} ms", observation.total_ms)));
    if let Some(seen) = served(observation) {
        fields.extend(human::chain(&seen.chain, locale));
        fields.extend(human::trust(trust, &seen.chain, Source::Server, locale));
        fields.extend(human::revocation(seen, locale));
    }
    block.fields(&fields);
    block.findings(&diagnosis.findings, Source::Server, now);
    // A blank line between targets.
    block.text() + "\n"
}

fn address_line(seen: &AddressObservation, locale: Locale) -> String {
    let said = match &seen.outcome {
        Ok(_) => app::words::connection::answered_after(seen, locale),
        Err(failure) => Some(app::words::connection::failure_after(failure, seen.tries, locale)),
    };
    [seen.address.to_string()].into_iter().chain(said).collect::<Vec<_>>().join("  ")
}

/// The suites of each address that was asked for every one.
fn suites(observation: &Observation, locale: Locale) -> impl Iterator<Item = (IpAddr, Vec<String>)> {
    observation
        .addresses
        .iter()
        .filter_map(move |seen| Some((seen.address, app::words::connection::suites(seen, locale)?)))
}

/// Lines read ahead of the probes.
const AHEAD: usize = 256;

/// Answers kept at most until those before them are there. An answer is a text of a few kilobytes.
const WINDOW_LEAST: usize = 1024;
