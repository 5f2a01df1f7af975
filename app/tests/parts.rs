//! The shared parts of the pages as the server writes them.
#![cfg(feature = "ssr")]
#![allow(missing_docs, clippy::unwrap_used)]

use any_spawner::{CustomExecutor, Executor, PinnedFuture, PinnedLocalFuture};
use app::{
    certificates::{self, facts::Facts, timeline::Timeline},
    chain::{ChainDrawing, card::PageOf, source::Source},
    findings::{
        tell::Reader,
        told::Told,
        view::{FindingBadges, FindingList},
    },
    i18n::Locale,
    time::Time,
    verdict::{PlatformVerdicts, VerdictBadge, VerdictCards},
};
use leptos::{either::Either, prelude::*};
use model::{
    Certificate, Code, Evidence, Finding, Fingerprint, Platform, Severity, Timestamp, Verdict, Verdicts, Zone,
    certificate::{Digest, PublicKey, SignatureAlgorithm},
    certificates::{Expiries, WEEKS_AHEAD},
    fetched::{FetchEnd, FetchFailure, Fetched, FetchedCertificate},
    finding::CertificateReference,
    trust::{NoPath, Store, StoreAnswer, Trust},
};

/// Effects are not run while a page is written, so nothing needs to be.
struct RunsNothing;

impl CustomExecutor for RunsNothing {
    fn spawn(&self, _: PinnedFuture<()>) {}
    fn spawn_local(&self, _: PinnedLocalFuture<()>) {}
    fn poll_local(&self) {}
}

fn html<V: IntoView>(locale: Locale, view: impl FnOnce() -> V) -> String {
    // Set already by whichever test came first.
    let _ = Executor::init_custom_executor(RunsNothing);
    Owner::new().with(|| {
        provide_context(locale);
        let html = view().into_view().to_html();
        assert!(!html.contains(" style="), "the content security policy forbids inline styles: {html}");
        // Markers between the parts of a text are not text.
        html.replace("<!>", "")
    })
}

fn now() -> Timestamp {
    "2026-03-01T00:00:00Z".parse().unwrap()
}

fn told(locale: Locale, findings: Vec<Finding>) -> Vec<Told> {
    told_of(Source::Server, locale, findings)
}

fn told_of(source: Source, locale: Locale, findings: Vec<Finding>) -> Vec<Told> {
    let reader = Reader { zone: Zone::UTC, locale, source, now: now() };
    findings.into_iter().map(|finding| reader.told(finding)).collect()
}

fn incomplete() -> (Vec<Certificate>, Trust) {
    let leaf = Certificate {
        sha256: Fingerprint::new([0xab; 32]),
        malformed: None,
        subject: "CN=api.example.com".to_owned(),
        common_name: Some("api.example.com".to_owned()),
        issuer: "CN=Some <b>CA</b> R3".to_owned(),
        serial: "01".to_owned(),
        not_before: "2026-01-01T00:00:00Z".parse().unwrap(),
        not_after: "2026-03-04T00:00:00Z".parse().unwrap(),
        dns_names: vec!["api.example.com".to_owned(), "www.example.com".to_owned()],
        ip_addresses: Vec::new(),
        names_left_out: 0,
        key: PublicKey::Ec { curve: "P-256".to_owned(), bits: 256 },
        signature: SignatureAlgorithm { name: "ecdsa-with-SHA256".to_owned(), digest: Digest::Strong },
        is_ca: false,
        self_signed: false,
        server_auth: Some(true),
        ca_issuers: vec!["http://ca.example/r3.cer".to_owned()],
        profile: None,
        crl_urls: Vec::new(),
        scts: None,
        must_staple: false,
    };
    let path = Err(NoPath::MissingIssuer { position: 0 });
    (vec![leaf], Trust { stores: vec![StoreAnswer { store: Store::Mozilla, path }], ..Trust::default() })
}

#[test]
fn a_verdict_is_an_icon_and_a_word() {
    let badge = html(Locale::zh_CN, || view! { <VerdictBadge verdict=Verdict::Fail/> });
    assert!(badge.contains("<svg") && badge.contains("不可用"), "{badge}");
    let verdicts = Verdicts { ios: Verdict::Fail, ..Verdicts::all(Verdict::Pass) };
    let row = html(Locale::en, || view! { <PlatformVerdicts verdicts/> });
    assert_eq!((row.matches("<svg").count(), row.matches("sr-only'>Works<").count()), (4, 3), "{row}");
    assert!(row.contains("data-platform='ios' data-verdict='fail' title='Fails'"), "{row}");
    let cards = html(Locale::en, || view! { <VerdictCards verdicts/> });
    assert_eq!(cards.matches("<h3").count(), 4, "{cards}");
}

#[test]
fn a_finding_has_its_code_as_anchor_its_evidence_and_its_fix() {
    let evidence = Evidence::Detail { detail: "<script>".to_owned() };
    let findings = vec![
        Finding::everywhere(Code::TlsNoTls13, Severity::Info, Evidence::None),
        Finding::on(&[Platform::Ios], Code::ChainIncomplete, Severity::Error, evidence),
    ];
    let findings = told(Locale::zh_CN, findings);
    let list = html(Locale::zh_CN, || view! { <FindingList findings now=now()/> });
    let first = list.find("id=\"chain.incomplete\"").unwrap();
    assert!(first < list.find("id=\"tls.no_tls13\"").unwrap(), "{list}");
    assert!(list.contains("证书链不完整") && list.contains(">ssl_certificate</code>"), "{list}");
    assert!(!list.contains("<script>") && !list.contains('`'), "{list}");
    assert!(list.contains("&lt;script&gt;") && list.matches("<dl").count() == 1, "{list}");
    assert!(list.contains("href=\"/help/findings/chain.incomplete\""), "{list}");
}

#[test]
fn more_of_a_finding_is_said_for_the_server_that_it_is_of() {
    let findings = told(Locale::en, vec![Finding::everywhere(Code::TlsNoTls13, Severity::Info, Evidence::None)]);
    let list = html(Locale::en, || view! { <FindingList findings now=now() host="a.example.com:8443"/> });
    assert!(list.contains("href=\"/help/findings/tls.no_tls13?host=a.example.com%3A8443\""), "{list}");
}

#[test]
fn a_finding_that_no_platform_minds_says_so() {
    let findings = told(Locale::en, vec![Finding::on(&[], Code::TrustJava, Severity::Info, Evidence::None)]);
    let list = html(Locale::en, || view! { <FindingList findings now=now()/> });
    assert!(list.contains("No platform"), "{list}");
}

#[test]
fn badges_lead_to_the_finding_on_the_page_that_is_given_and_else_to_the_help() {
    let codes = vec![Code::CertExpired];
    let badges = html(Locale::en, || view! { <FindingBadges codes href="/endpoints/7"/> });
    assert!(badges.contains("href=\"/endpoints/7#cert.expired\"") && badges.contains("The certificate has expired"));
    let badges = html(Locale::en, || view! { <FindingBadges codes=vec![Code::RuleIdn]/> });
    assert!(badges.contains("href=\"/help/findings/rule.idn\""), "{badges}");
}

#[test]
fn a_time_is_relative_in_text_and_absolute_on_hover() {
    let at = "2026-03-04T08:30:00Z".parse().unwrap();
    let time = html(Locale::en, || view! { <Time at now=now()/> });
    assert!(time.contains("datetime=\"2026-03-04T08:30:00Z\""), "{time}");
    assert!(time.contains("title=\"2026-03-04 08:30 UTC\"") && time.contains("in 3 days"), "{time}");
}

#[test]
fn a_missing_intermediate_is_drawn_as_missing() {
    let (chain, trust) = incomplete();
    let drawing = html(Locale::en, || view! { <ChainDrawing source=Source::Server chain trust now=now()/> });
    assert!(drawing.contains("data-card=\"missing\"") && drawing.contains("border-dashed"), "{drawing}");
    assert!(drawing.contains("CN=Some &lt;b&gt;CA&lt;/b&gt; R3"), "{drawing}");
    assert!(drawing.contains("2 names") && drawing.contains("in 3 days"), "{drawing}");
    assert!(
        drawing.contains(
            "not trusted by Mozilla's list: the issuer of certificate 1 is neither served nor among the roots"
        ),
        "{drawing}"
    );
}

#[test]
fn a_missing_intermediate_that_was_fetched_is_drawn_with_what_it_is_and_where_it_came_from() {
    let (chain, trust) = incomplete();
    let issuer = Certificate { subject: chain[0].issuer.clone(), common_name: None, ..chain[0].clone() };
    let url = "http://ca.example/r3.cer?<b>".to_owned();
    let certificates = vec![FetchedCertificate { certificate: issuer, url }];
    let end = FetchEnd::Whole { stores: vec![Store::Mozilla] };
    let fetched = Some(Fetched { above: 0, certificates, end, tried: Vec::new() });
    let drawing = html(Locale::en, || view! { <ChainDrawing source=Source::Server chain trust fetched now=now()/> });
    assert!(drawing.contains("data-card=\"fetched\"") && !drawing.contains("data-card=\"missing\""), "{drawing}");
    assert!(drawing.contains("fetched from http://ca.example/r3.cer?&lt;b&gt;"), "{drawing}");
    assert!(drawing.contains("With it the chain is whole, for Mozilla's list"), "{drawing}");

    let (chain, trust) = incomplete();
    let end = FetchEnd::Nothing { failure: FetchFailure::Status { status: 404 } };
    let fetched = Some(Fetched { above: 0, certificates: Vec::new(), end, tried: Vec::new() });
    let drawing = html(Locale::en, || view! { <ChainDrawing source=Source::Server chain trust fetched now=now()/> });
    assert!(drawing.contains("data-card=\"missing\"") && drawing.contains("HTTP 404"), "{drawing}");
}

#[test]
fn the_chain_of_a_file_is_not_spoken_of_as_a_server_s() {
    for (source, said, unsaid) in [
        (
            Source::Server,
            ["The server does not send", "number 1 as served"],
            ["is not in the file", "number 1 in the file"],
        ),
        (
            Source::File,
            ["is not in the file", "number 1 in the file"],
            ["The server does not send", "number 1 as served"],
        ),
    ] {
        let (chain, trust) = incomplete();
        let drawing = html(Locale::en, || view! { <ChainDrawing source chain trust now=now()/> });
        assert!(said.iter().all(|words| drawing.contains(words)), "{source:?}: {drawing}");
        assert!(!unsaid.iter().any(|words| drawing.contains(words)), "{source:?}: {drawing}");
    }
}

#[test]
fn a_finding_of_a_file_is_not_spoken_of_as_a_server_s() {
    let findings = || {
        let (chain, _) = incomplete();
        let missing = Evidence::MissingIssuer {
            certificate: CertificateReference {
                sha256: chain[0].sha256,
                subject: chain[0].subject.clone(),
                position: Some(0),
            },
            issuer: "CN=R3".to_owned(),
            authority_information_access: Vec::new(),
            fetched: None,
        };
        let names = ["CN=R3".to_owned(), "CN=api.example.com".to_owned()];
        let [first, second] = names.clone();
        let order = Evidence::Order { served: names.to_vec(), expected: vec![second, first] };
        let mut findings = vec![
            Finding::everywhere(Code::ChainIncomplete, Severity::Error, missing),
            Finding::everywhere(Code::ChainWrongOrder, Severity::Error, order),
        ];
        // What these say has no evidence that would tell the two apart.
        let of_chains = [
            Code::ChainExtraCertificate,
            Code::ChainRevokedCertificate,
            Code::ChainRootIncluded,
            Code::CertMalformed,
            Code::TrustAndroidSince,
        ];
        findings.extend(of_chains.map(|code| Finding::everywhere(code, Severity::Warning, Evidence::None)));
        findings
    };
    for (source, locale, said) in [
        (Source::Server, Locale::en, ["certificate 1 as served", "neither served nor", "Order as served"]),
        (Source::File, Locale::en, ["certificate 1 in the file", "neither in the file nor", "Order in the file"]),
        (Source::Server, Locale::zh_CN, ["服务器发送的第 1 张", "服务器没有发送，", "服务器发送的顺序"]),
        (Source::File, Locale::zh_CN, ["文件中的第 1 张", "文件里没有，", "文件中的顺序"]),
    ] {
        let list = html(locale, || view! { <FindingList findings=told_of(source, locale, findings()) now=now()/> });
        let evidence: String = list.split("<dl").skip(1).filter_map(|part| part.split("</dl>").next()).collect();
        assert!(said.iter().all(|words| evidence.contains(words)), "{source:?}: {evidence}");
        let unsaid = if source == Source::File { ["served", "服务器"] } else { ["in the file", "文件"] };
        // Who must come first is the server's own, wherever it stands.
        let evidence = evidence.replace("the server's own", "").replace("服务器自己", "").replace("服务器会", "");
        assert!(!unsaid.iter().any(|words| evidence.contains(words)), "{source:?}: {evidence}");
        let of_a_server =
            ["served", "the server sends", "this server", "服务器没有发送", "服务器发", "收到的", "这台服务器"];
        let spoken = of_a_server.iter().find(|words| list.contains(**words));
        assert_eq!(spoken.is_some(), source == Source::Server, "{source:?}: {spoken:?} in {list}");
    }
}

#[test]
fn a_certificate_of_the_chain_leads_to_its_page_only_where_it_has_one() {
    let drawn = |page_of| {
        let (chain, trust) = incomplete();
        html(Locale::en, move || match page_of {
            Some(page_of) => {
                Either::Left(view! { <ChainDrawing source=Source::Server chain trust now=now() page_of/> })
            }
            None => Either::Right(view! { <ChainDrawing source=Source::Server chain trust now=now()/> }),
        })
    };
    let href = format!("href=\"/certificates/{}\"", "ab".repeat(32));
    assert!(drawn(Some(certificates::page_of as PageOf)).contains(&href));
    assert!(!drawn(None).contains("/certificates/"));
}

#[test]
fn the_weeks_ahead_are_a_list_that_can_be_read_out_and_followed() {
    let mut expiries = Expiries { ended: 2, ..Expiries::default() };
    (expiries.weeks[0], expiries.weeks[12]) = (1, 40);
    let drawn = html(Locale::en, || view! { <Timeline expiries now=now()/> });
    assert_eq!((drawn.matches("<li").count(), drawn.matches("<svg").count()), (WEEKS_AHEAD, WEEKS_AHEAD), "{drawn}");
    for link in ["days=0\"", "days=0-7\"", "days=84-91\""] {
        assert!(drawn.contains(&format!("href=\"/certificates?{link}")), "{link}: {drawn}");
    }
    assert_eq!(drawn.matches("<a").count(), 3, "a week in which nothing ends leads nowhere: {drawn}");
    assert!(
        drawn.contains("aria-label=\"03-01 to 03-08: 1 end\"") && drawn.contains("03-08 to 03-15: 0 end"),
        "{drawn}"
    );
}

#[test]
fn weeks_in_which_nothing_ends_are_a_sentence_without_axes() {
    let drawn = html(Locale::en, || view! { <Timeline expiries=Expiries::default() now=now()/> });
    assert!(drawn.contains("No certificate ends") && !drawn.contains("<svg") && !drawn.contains("<ol"), "{drawn}");
}

#[test]
fn a_certificate_says_what_it_holds_and_nothing_it_holds_is_markup() {
    let (chain, _) = incomplete();
    let mut certificate = chain[0].clone();
    certificate.names_left_out = 800;
    certificate.dns_names = (0..200).map(|n| format!("<i>{n}")).collect();
    let shown = certificate.clone();
    let facts = html(Locale::en, || view! { <Facts certificate=shown first_seen=now() now=now()/> });
    assert!(facts.contains("1000 names, of which these are the first 200") && facts.contains("95% gone by"), "{facts}");
    assert!(facts.contains("&lt;i&gt;199") && !facts.contains("<i>"), "{facts}");
    certificate.malformed = Some("not <b>DER".to_owned());
    let facts = html(Locale::en, || view! { <Facts certificate first_seen=now() now=now()/> });
    assert!(facts.contains("cannot be read: not &lt;b&gt;DER") && !facts.contains("<progress"), "{facts}");
}
