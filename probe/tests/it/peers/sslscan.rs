//! What sslscan says of a server, read from its XML.

use std::{collections::BTreeMap, net::SocketAddr, process::Stdio};

use model::{observation::TlsVersion, tls::Suite};
use probe::CertificateDer;
use tokio::process::Command;

use super::certificate;

pub(crate) struct Report {
    pub(crate) versions: BTreeMap<TlsVersion, bool>,
    /// Of TLS 1.2, in the order in which the server chose them.
    pub(crate) suites: Vec<Suite>,
    /// Where a handshake came to its end.
    pub(crate) leaf: Option<CertificateDer<'static>>,
}

pub(crate) async fn ask(host: &str, at: SocketAddr) -> Report {
    let scan = Command::new("sslscan")
        .args(["--no-colour", "--xml=-", "--show-cipher-ids", "--show-certificate", "--no-groups"])
        .args(["--no-heartbleed", "--no-compression", "--no-fallback", "--no-renegotiation"])
        .arg(format!("--sni-name={host}"))
        .arg(at.to_string())
        .stdin(Stdio::null())
        .output()
        .await
        .unwrap_or_else(|error| panic!("sslscan, which the tests need: {error}"));
    let xml = String::from_utf8_lossy(&scan.stdout);
    assert!(xml.contains("</ssltest>"), "{at}: {xml} {}", String::from_utf8_lossy(&scan.stderr));
    Report {
        versions: elements(&xml, "protocol").filter_map(version).collect(),
        suites: elements(&xml, "cipher").filter_map(suite).collect(),
        leaf: xml.split_once("<certificate-blob>").map(|(_, rest)| {
            let (pem, _) = rest.split_once("</certificate-blob>").unwrap();
            certificate(pem)
        }),
    }
}

fn version(protocol: &str) -> Option<(TlsVersion, bool)> {
    // The versions of SSL are not asked for by the probe.
    let version = TlsVersion::ALL.into_iter().find(|version| {
        attribute(protocol, "type") == Some("tls")
            && version.as_str().strip_prefix("TLS ") == attribute(protocol, "version")
    });
    Some((version?, attribute(protocol, "enabled") == Some("1")))
}

fn suite(cipher: &str) -> Option<Suite> {
    let number = attribute(cipher, "id").filter(|_| attribute(cipher, "sslversion") == Some("TLSv1.2"))?;
    Some(Suite::new(u16::from_str_radix(number.strip_prefix("0x").unwrap(), 16).unwrap()))
}

/// Those of this name, one a line as sslscan writes them.
fn elements<'a>(xml: &'a str, name: &str) -> impl Iterator<Item = &'a str> {
    let begin = format!("<{name} ");
    xml.lines().filter(move |line| line.trim_start().starts_with(&begin))
}

fn attribute<'a>(element: &'a str, name: &str) -> Option<&'a str> {
    let (_, value) = element.split_once(&format!(" {name}=\""))?;
    Some(value.split_once('"')?.0)
}
