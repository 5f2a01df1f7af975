//! What each endpoint serves: kept as spans of time when a probe is stored, and forgotten with the
//! observations that showed it.

use std::{collections::BTreeMap, net::IpAddr};

use model::{
    Timestamp,
    finding::{CertificateReference, Deployed},
    service::EndpointId,
};
use sqlx::{FromRow, SqliteConnection};

use super::fingerprint;
use crate::store::{Failure, json, statements, time};

/// The SHA-256 of a certificate, as it is stored.
pub(crate) type Sha256 = Vec<u8>;

/// The first certificate that each address served.
pub(crate) type Leaves = BTreeMap<IpAddr, Sha256>;

/// What an endpoint served when it was last looked at.
pub(crate) async fn standing(connection: &mut SqliteConnection, endpoint: EndpointId) -> Result<Vec<Span>, Failure> {
    Ok(sqlx::query_as(SERVED_NOW).bind(endpoint.0).fetch_all(connection).await?)
}

/// Keeps what the addresses of an endpoint serve now, `known` being what stands. Writes nothing where
/// nothing has changed.
pub(crate) async fn keep(
    connection: &mut SqliteConnection,
    endpoint: EndpointId,
    known: &[Span],
    leaves: Leaves,
    now: Timestamp,
) -> Result<(), Failure> {
    let mut shown: BTreeMap<Sha256, Vec<IpAddr>> = BTreeMap::new();
    for (address, sha256) in leaves {
        shown.entry(sha256).or_default().push(address);
    }
    let ended: Vec<&Span> = known.iter().filter(|span| !shown.contains_key(&span.certificate)).collect();
    for span in &ended {
        sqlx::query(END_SPAN).bind(span.id).bind(now.as_second()).execute(&mut *connection).await?;
    }
    for (sha256, addresses) in shown {
        let written = json::write(&addresses)?;
        match known.iter().find(|span| span.certificate == sha256) {
            Some(span) if span.addresses == written => {}
            Some(span) => {
                sqlx::query(MOVE_SPAN).bind(span.id).bind(written).execute(&mut *connection).await?;
            }
            None => {
                let before = before(&addresses, known)?.or(ended.first().copied());
                sqlx::query(BEGIN_SPAN)
                    .bind(endpoint.0)
                    .bind(sha256)
                    .bind(written)
                    .bind(now.as_second())
                    .bind(before.map(|span| span.certificate.as_slice()))
                    .execute(&mut *connection)
                    .await?;
            }
        }
    }
    Ok(())
}

/// What was served before on one of the addresses.
fn before<'a>(addresses: &[IpAddr], known: &'a [Span]) -> Result<Option<&'a Span>, Failure> {
    for span in known {
        if read_addresses(&span.addresses)?.iter().any(|address| addresses.contains(address)) {
            return Ok(Some(span));
        }
    }
    Ok(None)
}

pub(super) fn read_addresses(text: &str) -> Result<Vec<IpAddr>, Failure> {
    json::read("addresses", text)
}

/// Forgets the observations of an endpoint but the latest `keep`, the spans that ended before them,
/// and the certificates that nothing names any more.
pub(crate) async fn forget_old(
    connection: &mut SqliteConnection,
    endpoint: EndpointId,
    keep: i64,
    since: i64,
) -> Result<(), Failure> {
    let mut certificates: Vec<Sha256> = sqlx::query_scalar(CERTIFICATES_OF_OLD)
        .bind(endpoint.0)
        .bind(keep)
        .bind(since)
        .fetch_all(&mut *connection)
        .await?;
    sqlx::query(FORGET_OLD_OBSERVATIONS).bind(endpoint.0).bind(keep).bind(since).execute(&mut *connection).await?;
    let spans: Vec<Sha256> = sqlx::query_scalar(FORGET_OLD_SPANS).bind(endpoint.0).fetch_all(&mut *connection).await?;
    certificates.extend(spans);
    forget_unnamed(connection, &certificates).await
}

/// Every certificate that the observations of some endpoints name; `endpoints` is a list in JSON.
pub(crate) async fn of_endpoints(connection: &mut SqliteConnection, endpoints: &str) -> Result<Vec<Sha256>, Failure> {
    Ok(sqlx::query_scalar(CERTIFICATES_OF_ENDPOINTS).bind(endpoints).fetch_all(connection).await?)
}

/// Forgets those certificates that no observation and no span names.
pub(crate) async fn forget_unnamed(connection: &mut SqliteConnection, certificates: &[Sha256]) -> Result<(), Failure> {
    if certificates.is_empty() {
        return Ok(());
    }
    let certificates: Vec<_> = certificates.iter().map(hex::encode).collect();
    sqlx::query(FORGET_UNNAMED_CERTIFICATES).bind(json::write(&certificates)?).execute(connection).await?;
    Ok(())
}

/// What an endpoint serves now.
#[derive(FromRow)]
pub(crate) struct Span {
    id: i64,
    certificate: Sha256,
    addresses: String,
    subject: String,
    not_before: i64,
    not_after: i64,
}

impl Span {
    /// The same as evidence.
    pub(crate) fn deployed(&self) -> Result<Deployed, Failure> {
        let sha256 = fingerprint(&self.certificate)?;
        Ok(Deployed {
            certificate: CertificateReference { sha256, subject: self.subject.clone(), position: None },
            not_before: time(self.not_before)?,
            not_after: time(self.not_after)?,
            addresses: read_addresses(&self.addresses)?,
        })
    }
}

statements! {
    SERVED_NOW = "
        SELECT served.id, served.certificate, served.addresses, certificates.subject, certificates.not_before,
            certificates.not_after
        FROM served JOIN certificates ON certificates.sha256 = served.certificate
        WHERE served.endpoint = $1 AND served.until IS NULL
        ORDER BY served.id";

    BEGIN_SPAN = "
        INSERT INTO served (endpoint, certificate, addresses, since, replaced) VALUES ($1, $2, $3, $4, $5)";

    MOVE_SPAN = "UPDATE served SET addresses = $2 WHERE id = $1";

    END_SPAN = "UPDATE served SET until = $2 WHERE id = $1";

    CERTIFICATES_OF_OLD = "
        SELECT DISTINCT certificate FROM observation_certificates WHERE observation IN (
            SELECT id FROM observations WHERE endpoint = $1
                AND (observed_at < $3
                    OR id <= (SELECT id FROM observations WHERE endpoint = $1 ORDER BY id DESC LIMIT 1 OFFSET $2)))";

    FORGET_OLD_OBSERVATIONS = "
        DELETE FROM observations WHERE endpoint = $1
            AND (observed_at < $3
                OR id <= (SELECT id FROM observations WHERE endpoint = $1 ORDER BY id DESC LIMIT 1 OFFSET $2))";

    FORGET_OLD_SPANS = "
        DELETE FROM served WHERE endpoint = $1
            AND until < (SELECT observed_at FROM observations WHERE endpoint = $1 ORDER BY id LIMIT 1)
        RETURNING certificate";

    CERTIFICATES_OF_ENDPOINTS = "
        SELECT certificate FROM observation_certificates
        WHERE observation IN (
            SELECT id FROM observations WHERE endpoint IN (SELECT value FROM json_each($1)))
        UNION SELECT certificate FROM served WHERE endpoint IN (SELECT value FROM json_each($1))";

    FORGET_UNNAMED_CERTIFICATES = "
        DELETE FROM certificates WHERE sha256 IN (SELECT unhex(value) FROM json_each($1))
            AND NOT EXISTS (SELECT 1 FROM observation_certificates WHERE certificate = certificates.sha256)
            AND NOT EXISTS (SELECT 1 FROM served WHERE certificate = certificates.sha256)";
}
