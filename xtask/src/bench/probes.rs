//! The whole process: `hufu probe -` over the servers of the lab, beside `openssl s_client` over the
//! same ones in the same run.

use std::process::{Command, Stdio};

use anyhow::Result;

use super::{
    cost::{millis, process_each},
    lab::Lab,
};
use crate::command::succeeds;

/// Targets of the run that is reported.
const TARGETS: usize = 2_000;
/// Targets of the short run that peak memory is compared with.
const FEW: usize = 200;
/// Probes under way at once, for both.
const AT_ONCE: usize = 64;
/// `openssl s_client` is a process a target, so fewer of them give a steady figure.
const PEER_TARGETS: usize = 400;
/// Servers that answer with a handshake, good and broken.
const SERVERS: [&str; 8] =
    ["good-ecdsa", "good-rsa", "expired", "wrong-name", "self-signed", "unknown-root", "root-included", "wrong-order"];

/// Measures and prints.
pub(crate) fn measure() -> Result<()> {
    let binary = super::binary()?;
    let lab = Lab::start(&binary)?;
    let targets = lab.targets(&SERVERS)?;
    println!("== whole probes: {TARGETS} targets of the lab, {AT_ONCE} at once");
    let (_, few_kb) = lab.measure(&binary, &targets, "full", AT_ONCE, FEW)?;
    let (many, many_kb) = lab.measure(&binary, &targets, "full", AT_ONCE, TARGETS)?;
    println!("  probes per second         {:.0}", many.per_second());
    println!("  CPU per probe             {:.2} ms", millis(many.cpu_of_each()));
    println!("  peak memory               {} MB", many_kb / 1000);
    println!("  peak memory, {TARGETS} / {FEW}   {:.2}", many_kb as f64 / few_kb as f64);
    if succeeds("openssl", &["version"]) {
        let peer = process_each(PEER_TARGETS, AT_ONCE, "Verify return code: ", |index| {
            s_client(&targets[index % targets.len()], &lab.root)
        })?;
        println!("  openssl s_client, CPU     {:.2} ms a target", millis(peer.cpu_of_each()));
        println!("  CPU, openssl / hufu       {:.1}", millis(peer.cpu_of_each()) / millis(many.cpu_of_each()));
    } else {
        println!("  no openssl on this machine to compare with");
    }
    Ok(())
}

/// As scripts ask for a certificate.
pub(super) fn s_client(target: &str, root: &str) -> Command {
    let (host, port) = target.rsplit_once(':').unwrap_or_default();
    let mut openssl = Command::new("openssl");
    openssl.args(["s_client", "-connect", &format!("127.0.0.1:{port}"), "-servername", host, "-CAfile", root]);
    openssl.stdin(Stdio::null());
    openssl
}
