//! Keeps what a probe has shown: facts, certificates, findings and state, in one transaction.

use std::{cmp::Reverse, collections::BTreeMap};

use model::{
    Certificate, Code, DAY_SECONDS, Diagnosis, Finding, Fingerprint, Observation, Severity, Timestamp, Verdict,
    Verdicts,
    audit::Action,
    endpoints::suites::ListedSuites,
    fetched::FetchedCertificate,
    observation::{AddressObservation, TlsVersion},
    service::EndpointId,
    trust::TrustByAddress,
};
use probe::{CertificateDer, Probed};
use serde::Serialize;
use serde_json::{Value, json as value};
use sqlx::{FromRow, SqliteConnection};

use super::{State, found, target};
use crate::{
    alerts::notices::{self, Turn},
    audit::Record,
    certificates::served::{self, Leaves, Span},
    programs::sum_programs_of_endpoint,
    store::{Failure, Store, json, statements, stored},
};

/// A probe and its judgement.
pub(super) struct Judged {
    pub(super) probed: Probed,
    pub(super) trust: TrustByAddress,
    pub(super) diagnosis: Diagnosis,
    /// What was listed; none where nobody asked for each suite.
    pub(super) suites: Option<ListedSuites>,
    pub(super) at: Timestamp,
    /// When to look again.
    pub(super) due_at: Timestamp,
    /// The revision of the route that was taken. If it has changed since, it is time to look again.
    pub(super) route_revision: i64,
}

/// What came of keeping a probe.
pub(super) struct Kept {
    pub(super) verdict: Verdict,
    /// Whether somebody is to be told of it.
    pub(super) news: bool,
}

/// Stores everything and gives the verdict. An endpoint that nobody names any more is left as it was: a
/// failure that begins now would be told to nobody, nor to whoever names it again.
pub(super) async fn keep(store: &Store, endpoint: EndpointId, judged: &Judged) -> Result<Kept, Failure> {
    let mut write = store.write().await?;
    let verdict = judged.diagnosis.verdict;
    let Some(written) = write_probe(&mut write, endpoint, judged).await? else {
        return Ok(Kept { verdict, news: false });
    };
    if written.changed {
        sum_programs_of_endpoint(&mut write, endpoint, judged.at).await?;
    }
    let news = written.records.len() > 1;
    write.commit(written.records).await?;
    Ok(Kept { verdict, news })
}

/// Stores many in one transaction. The mini programs are summed when they are next asked for.
pub(super) async fn keep_many(store: &Store, probes: &[(EndpointId, Judged)]) -> Result<(), Failure> {
    let mut write = store.write().await?;
    let mut records = Vec::with_capacity(probes.len());
    let mut kept = Vec::with_capacity(probes.len());
    for (endpoint, judged) in probes {
        if let Some(written) = write_probe(&mut write, *endpoint, judged).await? {
            records.extend(written.records);
            kept.push(endpoint);
        }
    }
    sqlx::query(SUM_ANEW).bind(json::write(&kept)?).execute(&mut *write).await?;
    write.commit(records).await
}

/// What a probe has left in the store.
struct Written {
    /// For the audit log: what somebody is to be told, and last the probe itself.
    records: Vec<Record>,
    /// Whether a verdict is another one than before.
    changed: bool,
}

async fn write_probe(
    write: &mut SqliteConnection,
    endpoint: EndpointId,
    judged: &Judged,
) -> Result<Option<Written>, Failure> {
    let Judged { probed, trust, diagnosis, at, .. } = judged;
    let before: Option<Before> = sqlx::query_as(ENDPOINT).bind(endpoint.0).fetch_optional(&mut *write).await?;
    let Some(before) = before else {
        return Ok(None);
    };

    let observation = keep_observation(write, endpoint, judged).await?;
    let leaves = keep_chains(write, observation, probed, *at).await?;
    let known = served::standing(write, endpoint).await?;
    let shown_before = known.iter().map(Span::deployed).collect::<Result<Vec<_>, _>>()?;
    let diagnosis = &diagnosis.clone().told_before(&shown_before, &probed.observation);
    found::keep(write, endpoint, diagnosis, *at).await?;
    let target = target(&before.host, before.port)?;
    let since = before.failing_since;
    let turn = Turn { endpoint, target: &target, failing_since: since, diagnosis };
    let mut records = notices::of_turn(write, &turn, *at).await?;
    keep_state(write, endpoint, judged, notices::failing_since(since, diagnosis.verdict, *at)).await?;
    // Silence tells nothing new.
    if !leaves.is_empty() || !is_silence(diagnosis.verdict) {
        served::keep(write, endpoint, &known, leaves, *at).await?;
    }
    let since = at.as_second().saturating_sub(HISTORY_SECONDS);
    served::forget_old(write, endpoint, HISTORY, since).await?;
    found::forget_old(write, endpoint).await?;

    let (verdict, platforms) = before.state.read()?;
    let mut after = state(diagnosis.verdict, &diagnosis.platforms);
    after["observation"] = observation.into();
    after["trusted"] = (!trust.is_empty() && trust.values().all(model::trust::Trust::everywhere)).into();
    let record = Record::by_hufu(*at, Action::ProbeStore, format!("endpoint {target}"));
    records.push(record.before(state(verdict, &platforms)).after(after));
    let changed = (verdict, platforms) != (diagnosis.verdict, diagnosis.platforms);
    Ok(Some(Written { records, changed }))
}

#[derive(FromRow)]
struct Before {
    host: String,
    port: i64,
    failing_since: Option<i64>,
    #[sqlx(flatten)]
    state: State,
}

async fn keep_observation(
    connection: &mut SqliteConnection,
    endpoint: EndpointId,
    judged: &Judged,
) -> Result<i64, Failure> {
    let id = sqlx::query_scalar(ADD_OBSERVATION)
        .bind(endpoint.0)
        .bind(judged.probed.observation.observed_at.as_second())
        .bind(judged.diagnosis.verdict.as_str())
        .bind(json::write(&without_chains(&judged.probed.observation))?)
        .bind(json::write(&judged.trust)?)
        .fetch_one(connection)
        .await?;
    Ok(id)
}

/// The chains, and what was fetched above them, are stored once, as certificates, and read back from
/// those.
fn without_chains(observation: &Observation) -> Observation {
    let mut facts = observation.clone();
    for seen in &mut facts.addresses {
        seen.chain.clear();
        if let Some(fetched) = &mut seen.fetched {
            fetched.certificates.clear();
        }
    }
    facts
}

/// The chains as served, and after each what was fetched because it was missing. Each certificate is
/// stored once, however many addresses serve it.
async fn keep_chains(
    connection: &mut SqliteConnection,
    observation: i64,
    probed: &Probed,
    now: Timestamp,
) -> Result<Leaves, Failure> {
    let mut shown = BTreeMap::new();
    let mut places = Vec::new();
    let mut leaves = Leaves::new();
    for seen in &probed.observation.addresses {
        let Some(chain) = probed.chains.get(&seen.address) else { continue };
        leaves.extend(seen.leaf().map(|leaf| (seen.address, leaf.sha256.as_bytes().to_vec())));
        for (position, (der, facts)) in chain.iter().zip(&seen.chain).enumerate() {
            places.push((seen.address, position, facts.sha256, None));
            shown.insert(facts.sha256, (der, facts));
        }
        let (Some(fetched), Some(ders)) = (&seen.fetched, probed.fetched.get(&seen.address)) else { continue };
        for (after, (der, FetchedCertificate { certificate, url })) in
            ders.iter().zip(&fetched.certificates).enumerate()
        {
            places.push((seen.address, chain.len() + after, certificate.sha256, Some(url)));
            shown.insert(certificate.sha256, (der, certificate));
        }
    }
    if places.is_empty() {
        return Ok(leaves);
    }
    keep_certificates(connection, &shown, now).await?;
    sqlx::query(ADD_OBSERVATION_CERTIFICATES).bind(observation).bind(json::write(&places)?).execute(connection).await?;
    Ok(leaves)
}

/// Certificates as they came, with what was read from them.
type Shown<'p> = BTreeMap<Fingerprint, (&'p CertificateDer<'static>, &'p Certificate)>;

/// Stores those that no probe has shown before: few probes show any.
async fn keep_certificates(
    connection: &mut SqliteConnection,
    shown: &Shown<'_>,
    now: Timestamp,
) -> Result<(), Failure> {
    let ids: Vec<_> = shown.keys().collect();
    let new: Vec<String> = sqlx::query_scalar(NEVER_SHOWN).bind(json::write(&ids)?).fetch_all(&mut *connection).await?;
    if new.is_empty() {
        return Ok(());
    }
    let mut lines = Vec::with_capacity(new.len());
    for id in new {
        let id: Fingerprint = stored("fingerprint", id.parse())?;
        if let Some((der, facts)) = shown.get(&id) {
            lines.push(NewCertificate::of(der, facts)?);
        }
    }
    sqlx::query(ADD_CERTIFICATES).bind(json::write(&lines)?).bind(now.as_second()).execute(connection).await?;
    Ok(())
}

/// Whether no server has said anything.
pub(super) const fn is_silence(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Unreachable | Verdict::Unknown)
}

/// A certificate as the statement reads it.
#[derive(Serialize)]
struct NewCertificate<'p> {
    sha256: Fingerprint,
    /// Hexadecimal.
    der: String,
    subject: &'p str,
    issuer: &'p str,
    not_before: i64,
    not_after: i64,
    names: String,
    names_left_out: u32,
}

impl<'p> NewCertificate<'p> {
    fn of(der: &CertificateDer<'_>, facts: &'p Certificate) -> Result<Self, Failure> {
        let addresses = facts.ip_addresses.iter().map(ToString::to_string);
        let names: Vec<_> = facts.dns_names.iter().cloned().chain(addresses).collect();
        Ok(Self {
            sha256: facts.sha256,
            der: hex::encode(der),
            subject: &facts.subject,
            issuer: &facts.issuer,
            not_before: facts.not_before.as_second(),
            not_after: facts.not_after.as_second(),
            names: json::write(&names)?,
            names_left_out: facts.names_left_out,
        })
    }
}

async fn keep_state(
    connection: &mut SqliteConnection,
    endpoint: EndpointId,
    judged: &Judged,
    failing_since: Option<i64>,
) -> Result<(), Failure> {
    let Diagnosis { verdict, platforms, .. } = &judged.diagnosis;
    let leaf = first_to_end(&judged.probed.observation);
    sqlx::query(KEEP_STATE)
        .bind(endpoint.0)
        .bind(verdict.as_str())
        .bind(platforms.ios.as_str())
        .bind(platforms.macos.as_str())
        .bind(platforms.android.as_str())
        .bind(platforms.windows.as_str())
        .bind(judged.at.as_second())
        .bind(leaf.map(|leaf| leaf.not_after.as_second()))
        // Silence tells nothing new about the certificate.
        .bind(i64::from(is_silence(*verdict)))
        .bind(judged.due_at.as_second())
        .bind(worst(&judged.diagnosis.findings).map(Code::as_str))
        .bind(lowest_version(&judged.probed.observation).map(TlsVersion::as_str))
        .bind(leaf.map(|leaf| leaf.issuer.as_str()))
        .bind(failing_since)
        .bind(judged.route_revision)
        .bind(judged.suites.as_ref().map(json::write).transpose()?)
        .execute(connection)
        .await?;
    Ok(())
}

/// Of the certificates served, the one that ends first.
fn first_to_end(observation: &Observation) -> Option<&Certificate> {
    let leaves = observation.addresses.iter().filter_map(AddressObservation::leaf);
    leaves.filter(|leaf| leaf.malformed.is_none()).min_by_key(|leaf| leaf.not_after)
}

/// The lowest version negotiated on any address.
fn lowest_version(observation: &Observation) -> Option<TlsVersion> {
    observation.addresses.iter().filter_map(|seen| Some(seen.outcome.as_ref().ok()?.version)).min()
}

/// What a row of the list says is wrong: nothing that only concerns who is no platform of WeChat. Of what is as severe
/// it is the first of the catalogue.
fn worst(findings: &[Finding]) -> Option<Code> {
    let told = findings.iter().filter(|finding| finding.severity > Severity::Info && !finding.platforms.is_empty());
    told.min_by_key(|finding| (Reverse(finding.severity), finding.code)).map(|finding| finding.code)
}

/// Verdicts as the audit log shows them.
fn state(verdict: Verdict, platforms: &Verdicts) -> Value {
    value!({ "verdict": verdict, "platforms": platforms })
}

/// Observations kept per endpoint: a month of one each hour. A resolved finding is kept as long as
/// an observation that could have shown it.
pub(super) const HISTORY: i64 = 720;

/// And none is kept that is older, in seconds.
const HISTORY_SECONDS: i64 = 31 * DAY_SECONDS;

statements! {
    ENDPOINT = "
        SELECT host, port, failing_since, verdict, verdict_ios, verdict_macos, verdict_android, verdict_windows
        FROM named_endpoints WHERE id = $1";

    ADD_OBSERVATION = "
        INSERT INTO observations (endpoint, observed_at, verdict, facts, trust) VALUES ($1, $2, $3, $4, $5)
        RETURNING id";

    NEVER_SHOWN = "
        SELECT value FROM json_each($1) AS shown
        WHERE NOT EXISTS (SELECT 1 FROM certificates WHERE sha256 = unhex(shown.value))";

    ADD_CERTIFICATES = "
        INSERT INTO certificates
            (sha256, der, subject, issuer, not_before, not_after, names, names_left_out, first_seen)
        SELECT unhex(value ->> 'sha256'), unhex(value ->> 'der'), value ->> 'subject', value ->> 'issuer',
            value ->> 'not_before', value ->> 'not_after', value ->> 'names', value ->> 'names_left_out', $2
        FROM json_each($1)";

    ADD_OBSERVATION_CERTIFICATES = "
        INSERT INTO observation_certificates (observation, address, position, certificate, fetched_from)
        SELECT $1, value ->> 0, value ->> 1, unhex(value ->> 2), value ->> 3 FROM json_each($2)";

    KEEP_STATE = "
        UPDATE endpoints SET verdict = $2, verdict_ios = $3, verdict_macos = $4, verdict_android = $5,
            verdict_windows = $6, probed_at = $7,
            due_at = CASE WHEN route_revision = $15 THEN $10 ELSE 0 END,
            not_after = CASE WHEN $9 = 1 THEN COALESCE($8, not_after) ELSE $8 END,
            worst = $11,
            tls_version = CASE WHEN $9 = 1 THEN COALESCE($12, tls_version) ELSE $12 END,
            issuer = CASE WHEN $9 = 1 THEN COALESCE($13, issuer) ELSE $13 END,
            failing_since = $14,
            suites = COALESCE($16, suites),
            turned_at = CASE WHEN verdict NOT IN ($2, 'unknown') THEN $7 ELSE turned_at END,
            verdict_before = CASE WHEN verdict NOT IN ($2, 'unknown') THEN verdict ELSE verdict_before END
        WHERE id = $1";

    SUM_ANEW = "
        UPDATE programs SET summed_until = 0
        WHERE id IN (SELECT program FROM entries WHERE endpoint IN (SELECT value FROM json_each($1)))";
}

#[cfg(test)]
mod tests {
    use model::Evidence;

    use super::*;

    #[test]
    fn a_row_says_the_more_urgent_of_two_warnings_and_no_warning_beside_an_error() {
        let finding = |code, severity| Finding::everywhere(code, severity, Evidence::None);
        let due = finding(Code::CertExpiresSoon, Severity::Warning);
        let late = finding(Code::CertRenewalOverdue, Severity::Warning);
        let wrong = finding(Code::ChainIncomplete, Severity::Error);
        assert_eq!(worst(&[due.clone(), late.clone()]), Some(Code::CertRenewalOverdue));
        assert_eq!(worst(&[late, wrong, due.clone()]), Some(Code::ChainIncomplete));
        assert_eq!(worst(&[due]), Some(Code::CertExpiresSoon));
        assert_eq!(worst(&[finding(Code::CertChanged, Severity::Info)]), None);
    }
}
