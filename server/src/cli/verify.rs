//! `hufu verify-file`: is a business domain's verification file where WeChat looks for it, byte for byte?

use std::{path::PathBuf, time::Duration};

use app::chain::source::Source;
use clap::Args;
use ipnet::IpNet;
use model::{
    Diagnosis, Host, HostPort, Timestamp,
    diagnose::diagnose_file,
    endpoints::route::Route,
    observation::Resolution,
    verification::{FILE_MOST, FileContent, FileContentError, FileFacts, FileName, FileNameError},
};
use probe::{NetworkPolicy, Prober, Resolve};

use super::{
    arguments,
    exit::{CliError, Exit},
    human::{self, Block, Style},
    input,
    output::{FileLine, json},
    probe::exit,
    report::{Answer, Report},
};
use crate::clock;

/// Fetch the verification file of a business domain as WeChat does: exact bytes, no redirect.
///
/// Each address of the name is asked. The certificate is not judged: `hufu probe HOST` does that. Nothing is
/// stored.
#[derive(Debug, Args)]
pub(crate) struct VerifyFile {
    /// The business domain, such as www.example.com. WeChat asks at port 443; for a try, another may be named
    #[arg(value_name = "HOST")]
    host: HostPort,
    /// The file as WeChat names it, such as kH3Bw2VgxW.txt; where it is left out, the name of --file
    #[arg(value_name = "NAME", required_unless_present = "file")]
    name: Option<FileName>,
    /// What the file holds; without this and --file only its shape is judged, but of MP_verify_… and WW_verify_…,
    /// whose names tell
    #[arg(long, value_name = "TEXT", conflicts_with = "file", allow_hyphen_values = true)]
    content: Option<FileContent>,
    /// The file as it was downloaded from WeChat, to compare with; `-` for standard input
    #[arg(long, value_name = "PATH")]
    file: Option<PathBuf>,
    /// Connect to this address for this host and port, whatever the name servers say
    #[arg(long, value_name = "HOST:PORT:IP")]
    resolve: Vec<Resolve>,
    /// Ask the server for this name (SNI), in the request too, rather than for the host
    #[arg(long, value_name = "NAME", value_parser = arguments::host)]
    sni: Option<Host>,
    /// Permit connections to a private, loopback or otherwise special range
    #[arg(long, value_name = "CIDR", value_parser = arguments::range)]
    allow_net: Vec<IpNet>,
    /// Time from the first query to the last byte; a fraction is allowed
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = arguments::seconds, allow_negative_numbers = true)]
    timeout: Duration,
    /// Print one JSON object: url, verdict, findings, expected_bytes, resolution, server_name,
    /// answers
    #[arg(long)]
    json: bool,
}

impl VerifyFile {
    /// Fetches the file and judges it.
    pub(crate) async fn run(self) -> Result<Exit, CliError> {
        let name = self.named()?;
        let expected = self.given()?.or_else(|| name.content());
        let prober = Prober::builder()
            .policy(NetworkPolicy::allowing(self.allow_net))
            .fixed(self.resolve.into_iter().collect())
            .timeout(self.timeout)
            .build()
            .map_err(|error| CliError::Tls(error.to_string()))?;
        let now = clock::now();
        let route = Route { server_name: self.sni, ..Route::default() };
        let answer = match prober.verification_file(&route, &self.host, &name, expected.as_ref(), now).await {
            Ok(facts) => {
                let diagnosis = diagnose_file(&facts);
                let text = if self.json { json(&object(&facts, &diagnosis)) } else { block(&facts, &diagnosis, now) };
                Answer::said(text, exit(diagnosis.verdict))
            }
            Err(error) => Answer::failed(format!("{}: {error}", self.host)),
        };
        let mut report = Report::default();
        report.print(&answer)?;
        report.end("nothing to fetch")
    }

    /// The name that was given, or that of the file on this machine.
    fn named(&self) -> Result<FileName, CliError> {
        if let Some(name) = &self.name {
            return Ok(name.clone());
        }
        let Some(path) = &self.file else { return Err(CliError::NothingToDo(NO_NAME)) };
        if path.as_os_str() == "-" {
            return Err(CliError::NothingToDo(NO_NAME));
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let why = |error: FileNameError| format!("{error}; write the name that WeChat gave it after the host");
        name.parse().map_err(why).map_err(|reason| CliError::File { path: path.clone(), reason })
    }

    /// What the file should hold, if that was said.
    fn given(&self) -> Result<Option<FileContent>, CliError> {
        let Some(path) = &self.file else { return Ok(self.content.clone()) };
        let bytes = input::file(path, FILE_MOST as u64).map_err(|error| error.wanting(FILE_WANTED))?;
        let refused = |error: FileContentError| {
            let refused = CliError::File { path: path.clone(), reason: error.to_string() };
            match error {
                // They say what to do.
                FileContentError::ByteOrderMark | FileContentError::Page => refused,
                _ => refused.wanting(FILE_WANTED),
            }
        };
        FileContent::read(&bytes).map(Some).map_err(refused)
    }
}

fn object<'a>(facts: &'a FileFacts, diagnosis: &'a Diagnosis) -> FileLine<'a> {
    FileLine {
        url: facts.url(),
        verdict: diagnosis.verdict,
        findings: diagnosis.findings.iter().map(Into::into).collect(),
        expected_bytes: facts.expected.as_ref().map(|content| content.as_str().len()),
        resolution: match facts.resolution {
            Resolution::Literal => "literal",
            Resolution::Fixed => "fixed",
            Resolution::Dns { .. } => "dns",
            Resolution::Failed { .. } => "failed",
        },
        server_name: facts.route.server_name.as_ref(),
        answers: &facts.looks,
    }
}

fn block(facts: &FileFacts, diagnosis: &Diagnosis, now: Timestamp) -> String {
    let style = Style::detect();
    let (tone, word) = human::verdict(diagnosis.verdict, style);
    let mut block = Block::new(style, &facts.url(), tone, word);
    block.fields(&app::verification::lines(facts, style.locale));
    block.findings(&diagnosis.findings, Source::Server, now);
    block.text()
}

const FILE_WANTED: &str = "--file names the file as it was downloaded from WeChat";

const NO_NAME: &str = "which file? Write the name that WeChat gave it after the host; see 'hufu verify-file --help'";
