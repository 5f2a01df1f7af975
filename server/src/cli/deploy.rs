//! `hufu cert deploy-guide`: the configuration with which a web server serves a certificate.

use clap::Args;
use model::deploy::{Directory, Site, WebServer, configuration};

use super::{
    exit::{CliError, Exit},
    report::{Answer, Report},
};

/// Print the configuration with which a web server serves a certificate.
///
/// Host and file names are filled in; `hufu cert convert` makes the files. Plain HTTP is sent on to
/// HTTPS. No password stands in it: it says where the server takes its password from.
#[derive(Debug, Args)]
pub(crate) struct DeployGuide {
    /// nginx, apache, tomcat, spring-boot or iis
    #[arg(long, value_name = "SERVER", value_parser = server)]
    server: WebServer,
    /// The name that the certificate is for, or the wildcard, such as '*.example.com'; twice for a domain and its
    /// wildcard
    #[arg(long, required = true, value_name = "NAME", value_parser = site)]
    host: Vec<Site>,
    /// Where the files with certificate and key lie; without it, where that server usually has them
    #[arg(long, value_name = "DIR", value_parser = directory)]
    dir: Option<Directory>,
}

impl DeployGuide {
    /// Prints the files, one after the other.
    pub(crate) fn run(self) -> Result<Exit, CliError> {
        let directory = self.dir.unwrap_or_else(|| self.server.usual_directory());
        let site = one(self.host).ok_or(CliError::NothingToDo(NOT_ONE))?;
        let files = configuration(self.server, &site, &directory);
        // Each begins with a comment that names it.
        let texts: Vec<_> = files.iter().map(|file| file.text.trim_end()).collect();
        let mut report = Report::default();
        report.print(&Answer::said(texts.join("\n\n"), Exit::Good))?;
        report.end("no server")
    }
}

/// What one configuration can be for.
fn one(hosts: Vec<Site>) -> Option<Site> {
    let mut hosts = hosts.into_iter();
    match (hosts.next(), hosts.next(), hosts.next()) {
        (Some(host), None, None) => Some(host),
        (Some(host), Some(other), None) => host.together(other),
        _ => None,
    }
}

const NOT_ONE: &str = "--host given more than once takes a domain and its wildcard: example.com and '*.example.com'";

fn server(word: &str) -> Result<WebServer, String> {
    word.parse().map_err(|_| {
        let words = WebServer::ALL.map(WebServer::as_str).join(", ");
        format!("no such server; one of {words}")
    })
}

fn site(text: &str) -> Result<Site, String> {
    text.parse().map_err(|error: model::host::HostError| match error.length() {
        Some(_) => error.to_string(),
        None => "not a host name such as api.example.com, nor a wildcard such as *.example.com".to_owned(),
    })
}

fn directory(text: &str) -> Result<Directory, String> {
    text.parse().map_err(|error: model::deploy::DirectoryError| error.to_string())
}
