//! The command line: what can be asked, and how the process ends.

mod arguments;
mod cert;
mod chain;
mod convert;
mod deploy;
mod each;
mod entry;
mod exit;
mod human;
mod icp;
mod input;
mod made;
mod opening;
mod output;
mod probe;
mod report;
mod stored;
mod trust;
mod url;
mod usage;
mod verify;

use std::{env, ffi::OsString, net::SocketAddr, path::PathBuf, process::ExitCode, time::Duration};

use clap::{Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand};
use ipnet::IpNet;
use model::alerts::{EmailAddress, PublicUrl, Secret};

use self::exit::{CliError, Exit};
#[cfg(test)]
pub(crate) use self::stored::STATEMENTS;
use crate::{
    alerts::Outgoing,
    environment,
    logging::{self, LogFormat},
    serve::{self, DemoStart, Settings},
};

/// Runs the command that the process was started with.
pub fn main() -> ExitCode {
    let mut arguments: Vec<OsString> = env::args_os().collect();
    // cargo-leptos starts what it watches without arguments.
    if arguments.len() == 1 && watched() {
        arguments.push("serve".into());
    }
    let cli = match parsed(&arguments) {
        Ok(cli) => cli,
        Err(error) => return unparsed(&error, &arguments).into(),
    };
    cli.run().into()
}

fn parsed(arguments: &[OsString]) -> Result<Cli, clap::Error> {
    let mut matches = environment::without_empty(Cli::command()).try_get_matches_from(arguments)?;
    Cli::from_arg_matches_mut(&mut matches).map_err(|error| error.format(&mut Cli::command()))
}

/// Whether cargo-leptos builds and starts this process again with every change.
pub(crate) fn watched() -> bool {
    cfg!(debug_assertions) && env::var_os("LEPTOS_WATCH").is_some()
}

/// Will a WeChat mini program reach its servers on a phone?
///
/// Hufu (虎符, the tally in two halves) holds what is configured in WeChat's domain lists against
/// what the servers really serve: certificates, chains, addresses, ICP filings.
#[derive(Debug, Parser)]
#[command(name = "hufu", version, after_long_help = AFTER_HELP)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    /// The shape of log lines on standard error
    #[arg(long, global = true, value_name = "FORMAT", default_value = "human")]
    log_format: LogFormat,
}

#[derive(Debug, Subcommand)]
enum Command {
    Serve(ServeArguments),
    Demo(DemoArguments),
    Probe(probe::ProbeArguments),
    VerifyFile(verify::VerifyFile),
    /// Certificates in files
    Cert(Below<CertCommand>),
    /// The roots that chains are judged by
    Trust(Below<trust::TrustCommand>),
    /// URLs against domain lists
    Url(Below<UrlCommand>),
    /// Entries of domain lists
    Entry(Below<EntryCommand>),
    /// ICP numbers
    Icp(Below<IcpCommand>),
}

#[derive(Debug, Args)]
struct Below<C: Subcommand> {
    #[command(subcommand)]
    command: C,
}

#[derive(Debug, Subcommand)]
enum CertCommand {
    Check(cert::CertCheck),
    Chain(chain::CertChain),
    Convert(convert::CertConvert),
    DeployGuide(deploy::DeployGuide),
}

#[derive(Debug, Subcommand)]
enum UrlCommand {
    Check(url::UrlCheck),
}

#[derive(Debug, Subcommand)]
enum EntryCommand {
    Check(entry::EntryCheck),
}

#[derive(Debug, Subcommand)]
enum IcpCommand {
    Check(icp::IcpCheck),
}

/// Serve the web console over the database in a data directory.
///
/// The first start prints a link with which the first account is made. SIGINT and SIGTERM end what
/// is under way and stop.
#[derive(Debug, Args)]
struct ServeArguments {
    /// Where to listen: an address and a port, or localhost and a port; port 0 takes any free one
    #[arg(long, env = "HUFU_LISTEN", value_name = "ADDR:PORT", default_value = "127.0.0.1:3000", value_parser = arguments::listen)]
    listen: SocketAddr,
    /// Where the database is; made if there is none
    #[arg(long, env = "HUFU_DATA_DIR", value_name = "DIR", default_value = "data")]
    data_dir: PathBuf,
    /// Permit probes of a private, loopback or otherwise special range
    #[arg(long, value_name = "CIDR", value_parser = arguments::range)]
    allow_net: Vec<IpNet>,
    /// Believe the X-Forwarded-For of a reverse proxy that connects from this range
    #[arg(long, value_name = "CIDR", value_parser = arguments::range)]
    trusted_proxy: Vec<IpNet>,
    /// Hours from one probe of an endpoint to the next, 1 to 168; without this the console decides,
    /// and before that 6
    #[arg(long, env = "HUFU_PROBE_EVERY", value_name = "HOURS", value_parser = clap::value_parser!(u16).range(1..=168))]
    probe_every: Option<u16>,
    #[command(flatten)]
    patience: Patience,
    /// Where people reach the console, for the set-up link and the links in mails, such as
    /// https://hufu.example.com
    #[arg(long, env = "HUFU_PUBLIC_URL", value_name = "URL")]
    public_url: Option<PublicUrl>,
    #[command(flatten)]
    mail: MailArguments,
}

/// How long a server may take.
#[derive(Clone, Copy, Debug, Args)]
struct Patience {
    /// Seconds for one probe of an endpoint, from the first query to the last byte, 1 to 50
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=50))]
    probe_timeout: u16,
}

impl From<Patience> for Duration {
    fn from(patience: Patience) -> Self {
        Self::from_secs(patience.probe_timeout.into())
    }
}

/// How mail leaves. Without these it is set in the console.
#[derive(Debug, Args)]
#[command(next_help_heading = "Mail")]
struct MailArguments {
    /// Where mail is handed in: smtps://[USER@]HOST[:465] for TLS, smtp://[USER@]HOST[:587] for
    /// STARTTLS, smtp://HOST[:25]?tls=none for a relay without either. HUFU_SMTP_PASSWORD holds the
    /// password of that user
    #[arg(long, env = "HUFU_SMTP_URL", hide_env_values = true, value_name = "URL", requires = "mail_from", value_parser = arguments::mail_server)]
    smtp_url: Option<arguments::MailUrl>,
    /// Whom mails are from
    #[arg(long, env = "HUFU_MAIL_FROM", value_name = "ADDRESS")]
    mail_from: Option<EmailAddress>,
}

impl MailArguments {
    /// The password may stand in the URL, or in a variable of its own, which a list of processes
    /// does not show.
    fn outgoing(self, public_url: Option<PublicUrl>) -> Result<Option<Outgoing>, CliError> {
        let (Some(url), Some(sender)) = (self.smtp_url, self.mail_from) else { return Ok(None) };
        let arguments::MailUrl { server, password } = url;
        let password = environment::variable(SMTP_PASSWORD).map(Secret).or(password);
        if server.username.is_some() && password.is_none() {
            return Err(CliError::NothingToDo("the user of HUFU_SMTP_URL has no password: set HUFU_SMTP_PASSWORD"));
        }
        Ok(Some(Outgoing { server, password, sender, public_url }))
    }
}

/// Holds the password of the user in `--smtp-url`.
const SMTP_PASSWORD: &str = "HUFU_SMTP_PASSWORD";

/// Show the console over a throw-away database and a lab of TLS servers, good and broken.
///
/// The servers are real and listen on loopback; nothing is kept, unless a directory is named.
#[derive(Debug, Args)]
struct DemoArguments {
    /// Where to listen: an address and a port, or localhost and a port; port 0 takes any free one
    #[arg(long, env = "HUFU_LISTEN", value_name = "ADDR:PORT", default_value = "127.0.0.1:3000", value_parser = arguments::listen)]
    listen: SocketAddr,
    /// Begin with nothing: print the set-up link, and the servers that can be registered
    #[arg(long)]
    empty: bool,
    /// Register so many endpoints besides, with a probe of each that was never made, to see how long
    /// lists look
    #[arg(long, value_name = "COUNT", default_value_t = 0, conflicts_with = "empty", value_parser = clap::value_parser!(u32).range(0..=100_000))]
    endpoints: u32,
    #[command(flatten)]
    patience: Patience,
    /// Keep the database in this directory, which must not hold one yet, for `hufu serve`
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
}

impl Cli {
    fn run(self) -> Exit {
        // The other commands have their own words, and log only what is asked for.
        let serves = matches!(self.command, Command::Serve(_) | Command::Demo(_));
        if serves || environment::variable(logging::FILTER).is_some() {
            logging::start(self.log_format);
        }
        match self.command.run() {
            Ok(exit) => exit,
            Err(error) => {
                report::complain(&error.to_string());
                error.exit()
            }
        }
    }
}

impl Command {
    fn run(self) -> Result<Exit, CliError> {
        match self {
            Self::Serve(ServeArguments {
                listen,
                data_dir,
                allow_net,
                trusted_proxy,
                probe_every,
                patience,
                public_url,
                mail,
            }) => {
                let mail = mail.outgoing(public_url.clone())?;
                let settings = Settings {
                    listen,
                    data_dir,
                    allow_net,
                    trusted_proxies: trusted_proxy,
                    probe_every,
                    probe_timeout: patience.into(),
                    mail,
                    public_url,
                };
                block_on(async { Ok(serve::serve(settings).await?) }).map(|()| Exit::Good)
            }
            Self::Demo(DemoArguments { listen, empty, endpoints, patience, data_dir }) => {
                let begin = if empty { DemoStart::Empty } else { DemoStart::Filled { recorded: endpoints } };
                block_on(async { Ok(serve::demo(listen, begin, patience.into(), data_dir).await?) })
                    .map(|()| Exit::Good)
            }
            Self::Probe(arguments) => block_on(arguments.run()),
            Self::VerifyFile(verify) => block_on(verify.run()),
            Self::Cert(Below { command: CertCommand::Check(check) }) => check.run(),
            Self::Cert(Below { command: CertCommand::Chain(chain) }) => block_on(chain.run()),
            Self::Trust(Below { command }) => command.run(),
            Self::Cert(Below { command: CertCommand::Convert(convert) }) => convert.run(),
            Self::Cert(Below { command: CertCommand::DeployGuide(guide) }) => guide.run(),
            Self::Url(Below { command: UrlCommand::Check(check) }) => block_on(check.run()),
            Self::Entry(Below { command: EntryCommand::Check(check) }) => check.run(),
            Self::Icp(Below { command: IcpCommand::Check(check) }) => check.run(),
        }
    }
}

fn block_on<T>(work: impl Future<Output = Result<T, CliError>>) -> Result<T, CliError> {
    let runtime = tokio::runtime::Runtime::new().map_err(CliError::Runtime)?;
    let result = runtime.block_on(work);
    // What is still under way, such as a look-up, has nobody left to tell.
    runtime.shutdown_background();
    result
}

/// Help and version are answers; everything else is an error of usage.
fn unparsed(error: &clap::Error, arguments: &[OsString]) -> Exit {
    if error.use_stderr() {
        report::complain(&usage::line(error, &Cli::command(), arguments));
        return Exit::Usage;
    }
    // Fails for a closed pipe, which has nobody left to tell.
    let _ = error.print();
    Exit::Good
}

const AFTER_HELP: &str = "\
Examples:
  hufu serve --listen 127.0.0.1:3000 --data-dir /var/lib/hufu
  hufu demo
  hufu probe api.example.com api.example.com:8443
  hufu probe - --json --concurrency 200 < targets.txt | jq -r 'select(.verdict == \"fail\").target'
  hufu probe shop.example.com --resolve shop.example.com:443:192.0.2.7
  hufu verify-file www.example.com --file kH3Bw2VgxW.txt
  hufu cert check fullchain.pem --host api.example.com
  hufu cert chain server.crt --out fullchain.pem
  hufu trust list
  hufu cert convert fullchain.pem --key api.key --password-file password --to jks --out api.example.com.jks
  hufu cert deploy-guide --server nginx --host api.example.com
  hufu url check --api request --entries request.txt https://api.example.com:8443/v1
  hufu entry check --api socket wss://push.example.com
  hufu icp check 京ICP备11041704号-13

Exit status (with many inputs the worst, in the order 2, 1, 3, 0):
  0  pass or warn; allowed, accepted, valid, complete
  1  fail; not allowed, refused, not valid, incomplete; the server could not start
  2  wrong usage, or input that cannot be read
  3  unreachable, or not tried for want of --allow-net: no answer, so nothing to judge

Environment (a variable that is empty is as if it were not set):
  HUFU_LISTEN         for --listen
  HUFU_DATA_DIR       for --data-dir
  HUFU_PROBE_EVERY    for --probe-every
  HUFU_SMTP_URL       for --smtp-url
  HUFU_SMTP_PASSWORD  the password of the user in it
  HUFU_MAIL_FROM      for --mail-from
  HUFU_PUBLIC_URL     for --public-url
  HUFU_KEYSTORE_PASSWORD
                      the password of key stores and keys, where --password-file names none
  HUFU_LOG            what is logged, such as `info` or `server=debug,warn`
  LC_ALL, LANG        the language of results: Chinese for zh, English otherwise
  NO_COLOR            no colours, even on a terminal

Results go to standard output, with --json one object a line; errors go to standard error,
one plain line each. In JSON, what was asked of a server is {\"Ok\": its answer} or {\"Err\": why
there is none}, as in `jq .http.looks[0].page.Ok.status`. The `index` of a certificate counts from
0, as `jq .chain[0]` does; the text counts from 1.

`hufu COMMAND --help` says more. Documentation is in README.md and docs/ of the source;
docs/install.md tells how to run a server.";
