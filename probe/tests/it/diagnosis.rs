//! From socket to verdict: what is said in the end of every server of the lab.

use std::{collections::BTreeSet, time::Duration};

use futures::future::join_all;
use model::{
    Code, Diagnosis, Severity, Timestamp, Verdict,
    diagnose::{self, Context},
};
use probe::{Depth, FixedAddresses, NetworkPolicy, Prober, Resolve, Roots, assess, lab::Lab};

use crate::common::with_enough_time;

fn now() -> Timestamp {
    "2026-05-01T00:00:00Z".parse().unwrap()
}

/// What is to be said of each server: the verdict, and every finding that is more than worth
/// knowing.
const EXPECTED: &[(&str, Verdict, &[Code])] = &[
    ("good-ecdsa", Verdict::Pass, &[]),
    ("good-rsa", Verdict::Pass, &[]),
    ("expired", Verdict::Fail, &[Code::CertExpired]),
    ("not-yet-valid", Verdict::Fail, &[Code::CertNotYetValid]),
    ("expires-soon", Verdict::Warn, &[Code::CertExpiresSoon, Code::CertRenewalOverdue]),
    ("wrong-name", Verdict::Fail, &[Code::CertNameMismatch]),
    ("self-signed", Verdict::Fail, &[Code::CertSelfSigned]),
    ("unknown-root", Verdict::Fail, &[Code::TrustUnknownRoot]),
    ("missing-intermediate", Verdict::Fail, &[Code::ChainIncomplete]),
    ("wrong-order", Verdict::Warn, &[Code::ChainWrongOrder]),
    ("root-included", Verdict::Pass, &[]),
    ("extra-certificate", Verdict::Pass, &[]),
    ("expired-intermediate", Verdict::Fail, &[Code::ChainExpiredIntermediate]),
    ("weak-key", Verdict::Fail, &[Code::AtsKeySize, Code::CertWeakKey]),
    ("stolen-certificate", Verdict::Fail, &[Code::TlsHandshakeFailed]),
    ("client-certificate", Verdict::Fail, &[Code::TlsClientCertificate]),
    ("client-certificate-optional", Verdict::Pass, &[]),
    ("two-certificates", Verdict::Pass, &[]),
    ("one-address-refuses", Verdict::Warn, &[Code::NetSomeAddressesFail]),
    ("plain-http", Verdict::Fail, &[Code::TlsNotTls]),
    ("smtp", Verdict::Fail, &[Code::TlsNotTls]),
    ("hangs", Verdict::Unreachable, &[Code::NetTimeout]),
    ("drips", Verdict::Fail, &[Code::TlsHandshakeFailed]),
    ("floods", Verdict::Fail, &[Code::TlsHandshakeFailed]),
    ("refuses", Verdict::Unreachable, &[Code::NetRefused]),
];

/// What is said of a server of the lab by whoever waits so long and no longer.
async fn judged(lab: &Lab, name: &str, timeout: Duration) -> Diagnosis {
    let roots = [Roots::from_pem(lab.root_pem().as_bytes()).unwrap()];
    let prober = Prober::builder()
        .policy(NetworkPolicy::allowing(["127.0.0.0/8".parse().unwrap()]))
        .fixed(lab.resolve())
        .timeout(timeout)
        .build()
        .unwrap();
    let target = lab.server(name).unwrap().target();
    let probed = prober.probe(&target, Depth::Full, now(), |_| ()).await.unwrap();
    assess(&probed, &roots, Context { roots: diagnose::Roots::Given }, now())
}

#[tokio::test]
async fn every_server_of_the_lab_gets_its_verdict() {
    let lab = &Lab::start(now()).await.unwrap();
    assert_eq!(lab.servers().len(), EXPECTED.len());
    let judging = EXPECTED.iter().map(|(name, verdict, _)| async move {
        match *name {
            // What never ends is given up as soon as it has shown what it is.
            "hangs" | "drips" => {
                let hasty = |patience| judged(lab, name, patience);
                with_enough_time(hasty, |diagnosis| diagnosis.verdict != *verdict).await
            }
            // Only against hanging for ever.
            _ => judged(lab, name, Duration::from_secs(120)).await,
        }
    });
    let mut wrong = Vec::new();
    for ((name, verdict, codes), diagnosis) in EXPECTED.iter().zip(join_all(judging).await) {
        let worrying = diagnosis.findings.iter().filter(|finding| finding.severity > Severity::Info);
        let found: BTreeSet<_> = worrying.map(|finding| finding.code).collect();
        if diagnosis.verdict != *verdict || found != codes.iter().copied().collect() {
            wrong.push(format!("{name}: {:?} {found:?}", diagnosis.verdict));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test]
async fn what_does_no_harm_is_said_all_the_same() {
    let lab = Lab::start(now()).await.unwrap();
    let roots = [Roots::from_pem(lab.root_pem().as_bytes()).unwrap()];
    let prober = Prober::builder()
        .policy(NetworkPolicy::allowing(["127.0.0.0/8".parse().unwrap()]))
        .fixed(lab.resolve())
        .build()
        .unwrap();
    for (name, code) in [
        ("root-included", Code::ChainRootIncluded),
        ("extra-certificate", Code::ChainExtraCertificate),
        ("two-certificates", Code::EndpointAddressesDiffer),
    ] {
        let probed = prober.probe(&lab.server(name).unwrap().target(), Depth::Full, now(), |_| ()).await.unwrap();
        let diagnosis = assess(&probed, &roots, Context { roots: diagnose::Roots::Given }, now());
        assert!(diagnosis.findings.iter().any(|finding| finding.code == code), "{name}: {:?}", diagnosis.findings);
    }
}

#[tokio::test]
async fn the_lab_s_root_is_unknown_to_mozilla() {
    let lab = Lab::start(now()).await.unwrap();
    let prober = Prober::builder()
        .policy(NetworkPolicy::allowing(["127.0.0.0/8".parse().unwrap()]))
        .fixed(lab.resolve())
        .build()
        .unwrap();
    for (name, code) in [("root-included", Code::TrustUnknownRoot), ("good-ecdsa", Code::ChainIncomplete)] {
        let probed = prober.probe(&lab.server(name).unwrap().target(), Depth::Full, now(), |_| ()).await.unwrap();
        let diagnosis = assess(&probed, &[Roots::mozilla()], Context::default(), now());
        assert_eq!(diagnosis.verdict, Verdict::Fail);
        assert!(diagnosis.findings.iter().any(|finding| finding.code == code), "{:?}", diagnosis.findings);
    }
}

#[tokio::test]
async fn an_address_that_this_machine_has_no_route_to_is_no_fault_of_the_server() {
    let lab = Lab::start(now()).await.unwrap();
    let roots = [Roots::from_pem(lab.root_pem().as_bytes()).unwrap()];
    let server = lab.server("good-ecdsa").unwrap();
    // No TCP connection leads to the broadcast address: the machine itself refuses at once.
    let (answers, beyond) = ("127.0.0.1", "255.255.255.255");
    for (addresses, verdict, severity) in
        [([answers, beyond], Verdict::Pass, Severity::Info), ([beyond, beyond], Verdict::Unreachable, Severity::Error)]
    {
        let addresses = addresses.map(|address| address.parse().unwrap()).to_vec();
        let fixed = [Resolve { host: server.host.clone(), port: server.port, addresses }];
        let prober = Prober::builder()
            .policy(NetworkPolicy::allowing(["127.0.0.0/8", "255.255.255.255/32"].map(|range| range.parse().unwrap())))
            .fixed(FixedAddresses::from_iter(fixed))
            .build()
            .unwrap();
        let probed = prober.probe(&server.target(), Depth::Full, now(), |_| ()).await.unwrap();
        let diagnosis = assess(&probed, &roots, Context { roots: diagnose::Roots::Given }, now());
        let found: Vec<_> = diagnosis.findings.iter().map(|finding| (finding.code, finding.severity)).collect();
        assert_eq!((found, diagnosis.verdict), (vec![(Code::NetNoRoute, severity)], verdict));
    }
}

#[tokio::test]
async fn an_address_that_cannot_be_reached_is_unreachable() {
    // Without an interface to go by, an address of the local link leads nowhere. A machine without
    // IPv6 cannot even ask.
    if std::net::UdpSocket::bind("[::]:0").is_err() {
        return;
    }
    let policy = NetworkPolicy::allowing(["fe80::/10".parse().unwrap()]);
    let prober = Prober::builder().policy(policy).build().unwrap();
    let probed = prober.probe(&"[fe80::1]:443".parse().unwrap(), Depth::Full, now(), |_| ()).await.unwrap();
    let diagnosis = assess(&probed, &[Roots::mozilla()], Context::default(), now());
    let found: Vec<_> = diagnosis.findings.iter().map(|finding| (finding.code, finding.severity)).collect();
    assert_eq!((found, diagnosis.verdict), (vec![(Code::NetUnreachable, Severity::Error)], Verdict::Unreachable));
}
