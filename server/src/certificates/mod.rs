//! Certificates: what is served where, since when, and whom it touches.

pub(crate) mod detail;
pub(crate) mod list;
pub(crate) mod reach;
pub(crate) mod served;

use std::collections::BTreeSet;

use async_trait::async_trait;
use model::{
    Certificate, DAY_SECONDS, Fingerprint,
    accounts::{Actor, Permission},
    certificates::{
        CertificateDetail, CertificateName, Certificates, Download, Expiries, WEEKS_AHEAD,
        list::{CertificateQuery, CertificateRow},
        reach::Reach,
    },
    paging::Page,
    service::{ServiceError, ServiceResult},
};
use sqlx::SqliteConnection;

use crate::{
    clock::Clock,
    store::{Failure, Store, count, json, statements, stored, time},
};

/// The certificates that the probes have seen.
#[derive(Debug)]
pub struct Collection {
    store: Store,
    clock: Clock,
}

impl Collection {
    /// The certificates in `store`.
    pub fn new(store: Store, clock: Clock) -> Self {
        Self { store, clock }
    }
}

#[async_trait]
impl Certificates for Collection {
    async fn certificates(&self, query: &CertificateQuery, actor: &Actor) -> ServiceResult<Page<CertificateRow>> {
        actor.require(Permission::View)?;
        let mut read = self.store.read().await?;
        Ok(list::page(&mut read, query, self.clock.now()).await?)
    }

    async fn certificate(&self, id: Fingerprint, page: u32, actor: &Actor) -> ServiceResult<CertificateDetail> {
        actor.require(Permission::View)?;
        let mut read = self.store.read().await?;
        Ok(detail::of(&mut read, id, page).await?)
    }

    async fn expiries(&self, actor: &Actor) -> ServiceResult<Expiries> {
        actor.require(Permission::View)?;
        let mut read = self.store.read().await?;
        Ok(expiries(&mut read, self.clock.now().as_second()).await?)
    }

    async fn download(&self, id: Fingerprint, actor: &Actor) -> ServiceResult<Download> {
        actor.require(Permission::View)?;
        let mut read = self.store.read().await?;
        Ok(download(&mut read, id).await?)
    }

    async fn reach(&self, certificate: &Certificate, actor: &Actor) -> ServiceResult<Reach> {
        actor.require(Permission::View)?;
        let mut read = self.store.read().await?;
        Ok(reach::of(&mut read, certificate).await?)
    }
}

async fn expiries(connection: &mut SqliteConnection, now: i64) -> Result<Expiries, Failure> {
    let end = now.saturating_add(WEEK.saturating_mul(i64::try_from(WEEKS_AHEAD).unwrap_or(i64::MAX)));
    let rows: Vec<(i64, i64)> = sqlx::query_as(EXPIRIES).bind(now).bind(WEEK).bind(end).fetch_all(connection).await?;
    let mut expiries = Expiries::default();
    for (week, certificates) in rows {
        let place = usize::try_from(week).ok().and_then(|week| expiries.weeks.get_mut(week));
        *place.unwrap_or(&mut expiries.ended) = count(certificates);
    }
    Ok(expiries)
}

async fn download(connection: &mut SqliteConnection, id: Fingerprint) -> Result<Download, Failure> {
    let row: Option<(String, Vec<u8>)> =
        sqlx::query_as(DOWNLOAD).bind(id.as_bytes().as_slice()).fetch_optional(connection).await?;
    let (name, der) = row.ok_or(ServiceError::NotFound)?;
    let name = if name.is_empty() { id.to_string() } else { name };
    Ok(Download { name, der })
}

/// A fingerprint as it is stored.
fn fingerprint(sha256: &[u8]) -> Result<Fingerprint, Failure> {
    stored("fingerprint", <[u8; 32]>::try_from(sha256).map(Fingerprint::new))
}

fn name_of(sha256: &[u8], name: String, not_after: i64) -> Result<CertificateName, Failure> {
    let sha256 = fingerprint(sha256)?;
    let name = if name.is_empty() { sha256.to_string() } else { name };
    Ok(CertificateName { sha256, name, not_after: time(not_after)? })
}

/// Whether one certificate has every name of another, both as JSON arrays. Without any name there is
/// nothing to say that they are for the same.
fn covers(names: &str, other: &str) -> Result<bool, Failure> {
    let names: BTreeSet<String> = lower(names)?;
    let other: BTreeSet<String> = lower(other)?;
    Ok(!other.is_empty() && other.is_subset(&names))
}

fn lower(names: &str) -> Result<BTreeSet<String>, Failure> {
    let names: Vec<String> = json::read("names", names)?;
    Ok(names.into_iter().map(|name| name.to_ascii_lowercase()).collect())
}

const WEEK: i64 = 7 * DAY_SECONDS;

statements! {
    // The second in which a week ends belongs to it. One that cannot be read is stored with an end of 0.
    EXPIRIES = "
        SELECT CASE WHEN not_after <= $1 THEN -1 ELSE (not_after - $1 - 1) / $2 END AS week, COUNT(*)
        FROM certificates WHERE served_by > 0 AND not_after <= $3 AND not_after <> 0 GROUP BY week";

    DOWNLOAD = "SELECT name, der FROM certificates WHERE sha256 = $1";
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_renewal_has_every_name_in_whatever_order_and_case() {
        for (names, other, expected) in [
            (r#"["a.example","b.example"]"#, r#"["b.example","a.example"]"#, true),
            (r#"["A.example","b.example","c.example"]"#, r#"["a.EXAMPLE"]"#, true),
            (r#"["a.example"]"#, r#"["a.example","b.example"]"#, false),
            (r#"["*.example"]"#, r#"["a.example"]"#, false),
            (r#"["a.example"]"#, "[]", false),
            ("[]", "[]", false),
        ] {
            assert_eq!(covers(names, other).unwrap(), expected, "{names} {other}");
        }
    }
}
