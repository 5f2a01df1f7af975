//! What sslyze says of servers, read from its JSON.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::SocketAddr,
    path::Path,
    process::Command,
};

use model::{observation::TlsVersion, tls::Suite};
use probe::CertificateDer;
use serde_json::Value;

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
    // It warns of roots in its own lists.
    let python = || {
        let mut command = Command::new("python3");
        command.args(["-W", "ignore", "-m", "sslyze"]);
        command
    };
    if !python().arg("--help").output().is_ok_and(|help| help.status.success()) {
        println!("skipped: what sslyze says, for want of `python3 -m sslyze`");
        return None;
    }
    let mut scan = python();
    scan.args(["--mozilla_config=disable", "--json_out=-", "--certinfo", "--certinfo_ca_file"]).arg(root);
    scan.args(["--tlsv1", "--tlsv1_1", "--tlsv1_2", "--tlsv1_3"]);
    scan.args(servers.iter().map(|at| format!("{host}:{}{{{}}}", at.port(), at.ip())));
    let output = scan.output().unwrap();
    let said = || String::from_utf8_lossy(&output.stderr);
    let json: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", said()));
    let results = json["server_scan_results"].as_array().unwrap();
    Some(results.iter().map(|result| (port(result), report(result))).collect())
}

fn port(result: &Value) -> u16 {
    result["server_location"]["port"].as_u64().unwrap().try_into().unwrap()
}

fn report(result: &Value) -> Option<Report> {
    let client_certificate = result["connectivity_result"]["client_auth_requirement"].as_str()?.to_owned();
    let scan = &result["scan_result"];
    let of = |number: &str| &scan[format!("tls_1_{number}_cipher_suites")]["result"];
    let versions = TlsVersion::ALL.into_iter().zip(["0", "1", "2", "3"]);
    let versions = versions.map(|(version, number)| (version, truth(&of(number)["is_tls_version_supported"])));
    let suites = of("2")["accepted_cipher_suites"].as_array().unwrap();
    let suites = suites.iter().map(|suite| suite["cipher_suite"]["name"].as_str().unwrap());
    let chains = scan["certificate_info"]["result"]["certificate_deployments"].as_array().unwrap();
    Some(Report {
        client_certificate,
        versions: versions.collect(),
        suites: suites.map(|name| name.parse().unwrap_or_else(|_| panic!("{name} is in no table"))).collect(),
        chains: chains.iter().map(chain).collect(),
    })
}

fn chain(deployment: &Value) -> Chain {
    let served = deployment["received_certificate_chain"].as_array().unwrap();
    let stores = deployment["path_validation_results"].as_array().unwrap();
    let given = stores.iter().find(|answer| answer["trust_store"]["name"] == "Supplied CA file").unwrap();
    Chain {
        served: served.iter().map(|served| certificate(served["as_pem"].as_str().unwrap())).collect(),
        in_order: truth(&deployment["received_chain_has_valid_order"]),
        with_root: deployment["received_chain_contains_anchor_certificate"].as_bool(),
        trusted: truth(&given["was_validation_successful"]),
    }
}

fn truth(value: &Value) -> bool {
    value.as_bool().unwrap()
}
