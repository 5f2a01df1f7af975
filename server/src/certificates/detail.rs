//! Everything known of one certificate.

use model::{
    Certificate, Fingerprint,
    certificates::{CertificateDetail, NAMES_MOST, PAST_MOST, PROGRAMS_MOST, PastPlace, Place, ProgramName, Sibling},
    paging::Page,
    service::{EndpointId, ProgramId, ServiceError},
};
use probe::certificate;
use sqlx::{FromRow, SqliteConnection};

use super::{
    covers, list, name_of,
    served::{Sha256, read_addresses},
};
use crate::{
    endpoints::target,
    store::{self, Failure, count, statements, time},
};

pub(super) async fn of(
    connection: &mut SqliteConnection,
    id: Fingerprint,
    page: u32,
) -> Result<CertificateDetail, Failure> {
    let stored: Option<Stored> =
        sqlx::query_as(CERTIFICATE).bind(id.as_bytes().as_slice()).fetch_optional(&mut *connection).await?;
    let stored = stored.ok_or(ServiceError::NotFound)?;
    let newer = list::newer(connection, std::slice::from_ref(&stored.sha256)).await?.remove(&stored.sha256);
    let (programs, programs_total) = programs(connection, id).await?;
    Ok(CertificateDetail {
        certificate: with_fewer_names(certificate::read(&stored.der)),
        first_seen: time(stored.first_seen)?,
        served: places(connection, &stored, page).await?,
        past: past(connection, id).await?,
        programs,
        programs_total,
        newer: match newer {
            Some(newer) => sibling(connection, newer.sha256).await?,
            None => None,
        },
        older: older(connection, &stored).await?,
    })
}

/// A row of `certificates`.
#[derive(FromRow)]
struct Stored {
    sha256: Sha256,
    der: Vec<u8>,
    names: String,
    first_seen: i64,
    served_by: i64,
}

/// The first names, addresses last; the others are counted.
fn with_fewer_names(mut certificate: Certificate) -> Certificate {
    let read = certificate.dns_names.len() + certificate.ip_addresses.len();
    certificate.dns_names.truncate(NAMES_MOST);
    certificate.ip_addresses.truncate(NAMES_MOST - certificate.dns_names.len());
    let kept = certificate.dns_names.len() + certificate.ip_addresses.len();
    let cut = count(read - kept);
    certificate.names_left_out = certificate.names_left_out.saturating_add(cut);
    certificate
}

async fn places(connection: &mut SqliteConnection, stored: &Stored, page: u32) -> Result<Page<Place>, Failure> {
    let place = store::Place::of(page, count(stored.served_by));
    let rows: Vec<PlaceRow> =
        place.bind(sqlx::query_as(PLACES).bind(stored.sha256.as_slice())).fetch_all(connection).await?;
    Ok(place.with(rows.into_iter().map(PlaceRow::read).collect::<Result<_, _>>()?))
}

#[derive(FromRow)]
struct PlaceRow {
    endpoint: i64,
    host: String,
    port: i64,
    addresses: String,
    since: i64,
    #[sqlx(flatten)]
    other: Other,
}

impl PlaceRow {
    fn read(self) -> Result<Place, Failure> {
        Ok(Place {
            endpoint: EndpointId(self.endpoint),
            target: target(&self.host, self.port)?,
            addresses: read_addresses(&self.addresses)?,
            since: time(self.since)?,
            replaced: self.other.read()?,
        })
    }
}

/// Another certificate, where there is one.
#[derive(FromRow)]
struct Other {
    other: Option<Sha256>,
    other_name: Option<String>,
    other_not_after: Option<i64>,
}

impl Other {
    fn read(self) -> Result<Option<model::certificates::CertificateName>, Failure> {
        match (self.other, self.other_name, self.other_not_after) {
            (Some(sha256), Some(name), Some(not_after)) => name_of(&sha256, name, not_after).map(Some),
            _ => Ok(None),
        }
    }
}

async fn past(connection: &mut SqliteConnection, id: Fingerprint) -> Result<Vec<PastPlace>, Failure> {
    let most = i64::try_from(PAST_MOST).unwrap_or(i64::MAX);
    let rows: Vec<PastRow> =
        sqlx::query_as(PAST_PLACES).bind(id.as_bytes().as_slice()).bind(most).fetch_all(connection).await?;
    rows.into_iter().map(PastRow::read).collect()
}

#[derive(FromRow)]
struct PastRow {
    endpoint: i64,
    host: String,
    port: i64,
    since: i64,
    until: i64,
    #[sqlx(flatten)]
    other: Other,
}

impl PastRow {
    fn read(self) -> Result<PastPlace, Failure> {
        Ok(PastPlace {
            endpoint: EndpointId(self.endpoint),
            target: target(&self.host, self.port)?,
            since: time(self.since)?,
            until: time(self.until)?,
            replaced_by: self.other.read()?,
        })
    }
}

/// The first mini programs that it touches, and how many it does.
async fn programs(connection: &mut SqliteConnection, id: Fingerprint) -> Result<(Vec<ProgramName>, u32), Failure> {
    let most = i64::try_from(PROGRAMS_MOST).unwrap_or(i64::MAX);
    let rows: Vec<(i64, String, i64)> =
        sqlx::query_as(PROGRAMS_TOUCHED).bind(id.as_bytes().as_slice()).bind(most).fetch_all(connection).await?;
    let total = rows.first().map_or(0, |(.., total)| count(*total));
    Ok((rows.into_iter().map(|(id, name, _)| ProgramName { id: ProgramId(id), name }).collect(), total))
}

/// A certificate that is served now, and one of the places.
async fn sibling(connection: &mut SqliteConnection, id: Fingerprint) -> Result<Option<Sibling>, Failure> {
    let row: Option<SiblingRow> =
        sqlx::query_as(SIBLING).bind(id.as_bytes().as_slice()).fetch_optional(connection).await?;
    row.map(SiblingRow::read).transpose()
}

async fn older(connection: &mut SqliteConnection, stored: &Stored) -> Result<Vec<Sibling>, Failure> {
    if stored.served_by == 0 {
        return Ok(Vec::new());
    }
    let rows: Vec<SiblingRow> = sqlx::query_as(OLDER).bind(stored.sha256.as_slice()).fetch_all(connection).await?;
    let mut older = Vec::new();
    for row in rows {
        if covers(&stored.names, &row.names)? {
            older.push(row.read()?);
        }
    }
    Ok(older)
}

#[derive(FromRow)]
struct SiblingRow {
    sha256: Sha256,
    name: String,
    names: String,
    not_after: i64,
    served_by: i64,
    endpoint: i64,
    host: String,
    port: i64,
}

impl SiblingRow {
    fn read(self) -> Result<Sibling, Failure> {
        Ok(Sibling {
            certificate: name_of(&self.sha256, self.name, self.not_after)?,
            endpoints: count(self.served_by),
            endpoint: EndpointId(self.endpoint),
            target: target(&self.host, self.port)?,
        })
    }
}

macro_rules! siblings {
    ($from:literal) => {
        concat!(
            "SELECT certificates.sha256, certificates.name, certificates.names, certificates.not_after,
                certificates.served_by, endpoints.id AS endpoint, endpoints.host, endpoints.port
            FROM certificates JOIN named_endpoints AS endpoints ON endpoints.id = (
                SELECT MIN(served.endpoint) FROM served JOIN named_endpoints ON named_endpoints.id = served.endpoint
                WHERE served.certificate = certificates.sha256 AND served.until IS NULL) ",
            $from
        )
    };
}

statements! {
    CERTIFICATE = "SELECT sha256, der, names, first_seen, served_by FROM certificates WHERE sha256 = $1";

    PLACES = "
        SELECT served.endpoint, endpoints.host, endpoints.port, served.addresses, served.since,
            replaced.sha256 AS other, replaced.name AS other_name, replaced.not_after AS other_not_after
        FROM served
        JOIN named_endpoints AS endpoints ON endpoints.id = served.endpoint
        LEFT JOIN certificates AS replaced ON replaced.sha256 = served.replaced
        WHERE served.certificate = $1 AND served.until IS NULL
        ORDER BY served.endpoint LIMIT $2 OFFSET $3";

    PAST_PLACES = "
        SELECT served.endpoint, endpoints.host, endpoints.port, served.since, served.until,
            newer.sha256 AS other, newer.name AS other_name, newer.not_after AS other_not_after
        FROM served
        JOIN named_endpoints AS endpoints ON endpoints.id = served.endpoint
        LEFT JOIN certificates AS newer ON newer.sha256 = (
            SELECT other.certificate FROM served AS other
            WHERE other.endpoint = served.endpoint AND other.replaced = $1
                AND other.since BETWEEN served.since AND served.until
            ORDER BY other.since DESC, other.id LIMIT 1)
        WHERE served.certificate = $1 AND served.until IS NOT NULL
        ORDER BY served.until DESC, served.endpoint LIMIT $2";

    PROGRAMS_TOUCHED = "
        SELECT id, name, COUNT(*) OVER () FROM programs
        WHERE id IN (
            SELECT entries.program FROM served JOIN entries ON entries.endpoint = served.endpoint
            WHERE served.certificate = $1 AND served.until IS NULL)
        ORDER BY name, id LIMIT $2";

    SIBLING = siblings!("WHERE certificates.sha256 = $1 AND certificates.served_by > 0");

    OLDER = siblings!("
            JOIN certificates AS newer ON newer.sha256 = $1
            WHERE certificates.served_by > 0 AND certificates.name = newer.name
                AND certificates.not_after < newer.not_after AND certificates.not_before < newer.not_before
            ORDER BY certificates.not_after LIMIT 10");
}
