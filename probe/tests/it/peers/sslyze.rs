//! What sslyze says of servers, read from its JSON.

use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    net::SocketAddr,
    path::Path,
    process::Command,
};

use model::{observation::TlsVersion, tls::Suite};
use probe::CertificateDer;
use serde::Deserialize;

use super::certificate;

pub(crate) struct Report {
    /// `DISABLED`, `OPTIONAL` or `REQUIRED`.
    pub(crate) client_certificate: String,
    pub(crate) versions: BTreeMap<TlsVersion, bool>,
    /// Of TLS 1.2; it does not look for their order.
    pub(crate) suites: BTreeSet<Suite>,
    /// A server with several keys has several.
    pub(crate) chains: Vec<Chain>,
}

pub(crate) struct Chain {
    pub(crate) served: Vec<CertificateDer<'static>>,
    pub(crate) in_order: bool,
    /// Not said of a chain that no path leads through.
    pub(crate) with_root: Option<bool>,
    pub(crate) trusted: bool,
}

/// By port, what it says of each server with which it came to TLS; none where it is not installed.
pub(crate) fn ask(host: &str, servers: &[SocketAddr], root: &Path) -> Option<BTreeMap<u16, Option<Report>>> {
    let mut scan = sslyze()?;
    scan.args(["--mozilla_config=disable", "--json_out=-", "--certinfo", "--certinfo_ca_file"]).arg(root);
    scan.args(["--tlsv1", "--tlsv1_1", "--tlsv1_2", "--tlsv1_3"]);
    scan.args(servers.iter().map(|at| format!("{host}:{}{{{}}}", at.port(), at.ip())));
    let output = scan.output().unwrap_or_else(|error| panic!("{scan:?}: {error}"));
    let complaints = || String::from_utf8_lossy(&output.stderr);
    let said: Said = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", complaints()));
    let reports = said.server_scan_results.into_iter().map(|server| (server.server_location.port, server.report()));
    Some(reports.collect())
}

/// The one that `cargo xtask test` brings and names, or else one that Python finds.
fn sslyze() -> Option<Command> {
    let given = env::var_os("HUFU_SSLYZE");
    let command = || {
        let mut command = given.as_ref().map_or_else(|| Command::new("python3"), Command::new);
        // It warns of roots in its own lists.
        command.env("PYTHONWARNINGS", "ignore");
        command.args(if given.is_none() { &["-m", "sslyze"][..] } else { &[] });
        command
    };
    let there = given.is_some() || command().arg("--help").output().is_ok_and(|help| help.status.success());
    if !there {
        println!("skipped: what sslyze says, for want of HUFU_SSLYZE and of `python3 -m sslyze`");
    }
    there.then(command)
}

/// Its JSON, as far as it is compared. What is left out has numbers that no `serde_json::Value` holds: the
/// modulus of RSA in decimal.
#[derive(Deserialize)]
struct Said {
    server_scan_results: Vec<Scanned>,
}

#[derive(Deserialize)]
struct Scanned {
    server_location: Location,
    /// Neither is there without TLS.
    connectivity_result: Option<Connectivity>,
    scan_result: Option<Scan>,
}

#[derive(Deserialize)]
struct Location {
    port: u16,
}

#[derive(Deserialize)]
struct Connectivity {
    client_auth_requirement: String,
}

#[derive(Deserialize)]
struct Scan {
    tls_1_0_cipher_suites: Outcome<Suites>,
    tls_1_1_cipher_suites: Outcome<Suites>,
    tls_1_2_cipher_suites: Outcome<Suites>,
    tls_1_3_cipher_suites: Outcome<Suites>,
    certificate_info: Outcome<Certificates>,
}

#[derive(Deserialize)]
struct Outcome<T> {
    result: T,
}

#[derive(Deserialize)]
struct Suites {
    is_tls_version_supported: bool,
    accepted_cipher_suites: Vec<Accepted>,
}

#[derive(Deserialize)]
struct Accepted {
    cipher_suite: Named,
}

#[derive(Deserialize)]
struct Named {
    name: String,
}

#[derive(Deserialize)]
struct Certificates {
    certificate_deployments: Vec<Deployment>,
}

#[derive(Deserialize)]
struct Deployment {
    received_certificate_chain: Vec<Received>,
    received_chain_has_valid_order: bool,
    received_chain_contains_anchor_certificate: Option<bool>,
    path_validation_results: Vec<Validation>,
}

#[derive(Deserialize)]
struct Received {
    as_pem: String,
}

#[derive(Deserialize)]
struct Validation {
    trust_store: Named,
    was_validation_successful: bool,
}

impl Scanned {
    fn report(self) -> Option<Report> {
        let client_certificate = self.connectivity_result?.client_auth_requirement;
        let scan = self.scan_result?;
        let suites = scan.tls_1_2_cipher_suites.result;
        let versions = [
            (TlsVersion::Tls10, scan.tls_1_0_cipher_suites.result.is_tls_version_supported),
            (TlsVersion::Tls11, scan.tls_1_1_cipher_suites.result.is_tls_version_supported),
            (TlsVersion::Tls12, suites.is_tls_version_supported),
            (TlsVersion::Tls13, scan.tls_1_3_cipher_suites.result.is_tls_version_supported),
        ];
        let names = suites.accepted_cipher_suites.into_iter().map(|accepted| accepted.cipher_suite.name);
        let chains = scan.certificate_info.result.certificate_deployments;
        Some(Report {
            client_certificate,
            versions: versions.into(),
            suites: names.map(|name| name.parse().unwrap_or_else(|_| panic!("{name} is in no table"))).collect(),
            chains: chains.iter().map(Deployment::chain).collect(),
        })
    }
}

impl Deployment {
    fn chain(&self) -> Chain {
        let mut stores = self.path_validation_results.iter();
        let given = stores.find(|answer| answer.trust_store.name == "Supplied CA file").unwrap();
        Chain {
            served: self.received_certificate_chain.iter().map(|received| certificate(&received.as_pem)).collect(),
            in_order: self.received_chain_has_valid_order,
            with_root: self.received_chain_contains_anchor_certificate,
            trusted: given.was_validation_successful,
        }
    }
}
