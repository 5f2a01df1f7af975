//! Everything known of one endpoint.

use std::{collections::BTreeSet, net::IpAddr};

use model::{
    Finding, Fingerprint, Observation, diagnose,
    endpoints::{EndpointDetail, NamedBy, ServedChain, StandingFinding},
    fetched::FetchedCertificate,
    service::{EndpointId, ProgramId, RunId, ServiceError},
    trust::TrustByAddress,
};
use probe::certificate;
use sqlx::{FromRow, SqliteConnection};

use super::{State, found::Shown, routes::Stored, stored::known, tags, target, unnamed};
use crate::{
    programs::entries::parse,
    store::{Failure, json, statements, stored, time},
};

pub(super) async fn of(
    connection: &mut SqliteConnection,
    id: EndpointId,
    run: Option<RunId>,
) -> Result<EndpointDetail, Failure> {
    let endpoint: Option<Row> = sqlx::query_as(DETAIL).bind(id.0).fetch_optional(&mut *connection).await?;
    let endpoint = endpoint.ok_or(ServiceError::NotFound)?;
    let (verdict, platforms) = endpoint.state.read()?;
    let (route, route_revision) = endpoint.route.read()?;
    let suites = endpoint.suites.as_deref().map(|suites| json::read("suites", suites)).transpose()?;
    let (observation, trust) = latest(connection, id).await?.unzip();
    Ok(EndpointDetail {
        id,
        target: target(&endpoint.host, endpoint.port)?,
        verdict,
        platforms,
        findings: standing(connection, id).await?,
        observation,
        trust: trust.unwrap_or_default(),
        suites,
        named_by: named_by(connection, id).await?,
        forgotten_at: endpoint.unnamed_at.map(unnamed::forgotten_at).transpose()?,
        tags: tags::of(connection, id).await?,
        route,
        route_revision,
        run,
    })
}

#[derive(FromRow)]
struct Row {
    host: String,
    port: i64,
    unnamed_at: Option<i64>,
    suites: Option<String>,
    #[sqlx(flatten)]
    state: State,
    #[sqlx(flatten)]
    route: Stored,
}

/// The latest observation, whole again, and what the stores said of its chains.
async fn latest(
    connection: &mut SqliteConnection,
    id: EndpointId,
) -> Result<Option<(Observation, TrustByAddress)>, Failure> {
    let row: Option<(i64, String, String)> = sqlx::query_as(LATEST).bind(id.0).fetch_optional(&mut *connection).await?;
    let Some((observation, facts, trust)) = row else {
        return Ok(None);
    };
    let mut facts: Observation = json::read("observation", &facts)?;
    let trust: TrustByAddress = json::read("trust", &trust)?;

    let certificates: Vec<(String, Vec<u8>, Option<String>)> =
        sqlx::query_as(CHAINS).bind(observation).fetch_all(&mut *connection).await?;
    for (address, der, fetched_from) in certificates {
        let address: IpAddr = stored("address", address.parse())?;
        let Some(seen) = facts.addresses.iter_mut().find(|seen| seen.address == address) else { continue };
        match (fetched_from, &mut seen.fetched) {
            (None, _) => seen.chain.push(certificate::read_for(&der, &facts.target.host)),
            (Some(url), Some(fetched)) => {
                fetched.certificates.push(FetchedCertificate { certificate: certificate::read(&der), url });
            }
            (Some(_), None) => {}
        }
    }
    Ok(Some((facts, trust)))
}

/// The chain that an address served when it was last seen.
pub(super) async fn chain(
    connection: &mut SqliteConnection,
    id: EndpointId,
    address: IpAddr,
) -> Result<ServedChain, Failure> {
    chain_by(CHAIN_OF_ADDRESS, connection, id, address).await
}

/// The same with what was fetched because it was missing.
pub(super) async fn known_chain(
    connection: &mut SqliteConnection,
    id: EndpointId,
    address: IpAddr,
) -> Result<ServedChain, Failure> {
    chain_by(KNOWN_CHAIN_OF_ADDRESS, connection, id, address).await
}

async fn chain_by(
    statement: &'static str,
    connection: &mut SqliteConnection,
    id: EndpointId,
    address: IpAddr,
) -> Result<ServedChain, Failure> {
    let target = known(connection, id).await?;
    let certificates: Vec<Vec<u8>> =
        sqlx::query_scalar(statement).bind(id.0).bind(address.to_string()).fetch_all(connection).await?;
    if certificates.is_empty() {
        return Err(ServiceError::NotFound.into());
    }
    Ok(ServedChain { target, certificates })
}

/// The certificates of its chains that are revoked and that no platform needs any more.
pub(super) async fn gone_around(
    connection: &mut SqliteConnection,
    id: EndpointId,
) -> Result<BTreeSet<Fingerprint>, Failure> {
    let findings: Vec<Finding> = standing(connection, id).await?.into_iter().map(|known| known.finding).collect();
    Ok(diagnose::gone_around(&findings))
}

async fn standing(connection: &mut SqliteConnection, id: EndpointId) -> Result<Vec<StandingFinding>, Failure> {
    let rows: Vec<FindingRow> = sqlx::query_as(STANDING).bind(id.0).fetch_all(connection).await?;
    let mut findings = rows.iter().map(FindingRow::read).collect::<Result<Vec<_>, _>>()?;
    findings.sort_by(|StandingFinding { finding: a, .. }, StandingFinding { finding: b, .. }| {
        b.severity.cmp(&a.severity).then(a.code.cmp(&b.code))
    });
    Ok(findings)
}

#[derive(FromRow)]
struct FindingRow {
    code: String,
    severity: String,
    platforms: String,
    evidence: String,
    first_seen: i64,
    last_seen: i64,
}

impl FindingRow {
    fn read(&self) -> Result<StandingFinding, Failure> {
        let Shown { evidence, shown_by } = json::read("evidence", &self.evidence)?;
        Ok(StandingFinding {
            finding: Finding {
                code: stored("code", self.code.parse())?,
                severity: stored("severity", self.severity.parse())?,
                platforms: json::read("platforms", &self.platforms)?,
                evidence,
                shown_by,
            },
            first_seen: time(self.first_seen)?,
            last_seen: time(self.last_seen)?,
        })
    }
}

async fn named_by(connection: &mut SqliteConnection, id: EndpointId) -> Result<Vec<NamedBy>, Failure> {
    let rows: Vec<(i64, String, String, String)> = sqlx::query_as(NAMED_BY).bind(id.0).fetch_all(connection).await?;
    rows.into_iter()
        .map(|(program, program_name, api, entry)| {
            let entry = parse(stored("list", api.parse())?, &entry)?;
            Ok(NamedBy { program: ProgramId(program), program_name, entry })
        })
        .collect()
}

statements! {
    DETAIL = "
        SELECT host, port, unnamed_at, suites, verdict, verdict_ios, verdict_macos, verdict_android,
            verdict_windows, route, route_revision
        FROM endpoints WHERE id = $1";

    LATEST = "SELECT id, facts, trust FROM observations WHERE endpoint = $1 ORDER BY id DESC LIMIT 1";

    CHAINS = "
        SELECT observation_certificates.address, certificates.der, observation_certificates.fetched_from
        FROM observation_certificates JOIN certificates ON certificates.sha256 = observation_certificates.certificate
        WHERE observation_certificates.observation = $1
        ORDER BY observation_certificates.address, observation_certificates.position";

    CHAIN_OF_ADDRESS = "
        SELECT certificates.der
        FROM observation_certificates JOIN certificates ON certificates.sha256 = observation_certificates.certificate
        WHERE observation_certificates.observation =
                (SELECT id FROM observations WHERE endpoint = $1 ORDER BY id DESC LIMIT 1)
            AND observation_certificates.address = $2 AND observation_certificates.fetched_from IS NULL
        ORDER BY observation_certificates.position";

    KNOWN_CHAIN_OF_ADDRESS = "
        SELECT certificates.der
        FROM observation_certificates JOIN certificates ON certificates.sha256 = observation_certificates.certificate
        WHERE observation_certificates.observation =
                (SELECT id FROM observations WHERE endpoint = $1 ORDER BY id DESC LIMIT 1)
            AND observation_certificates.address = $2
        ORDER BY observation_certificates.position";

    STANDING = "
        SELECT code, severity, platforms, evidence, first_seen, last_seen
        FROM findings WHERE endpoint = $1 AND resolved_at IS NULL ORDER BY id";

    NAMED_BY = "
        SELECT entries.program, programs.name, entries.api, entries.entry
        FROM entries JOIN programs ON programs.id = entries.program
        WHERE entries.endpoint = $1
        ORDER BY programs.name, entries.id";
}
