//! Certificates that no server has to serve, and how those there are are asked for.

use model::{
    Fingerprint,
    accounts::Actor,
    certificates::{
        CertificateDetail,
        list::{CertificateQuery, CertificateRow},
    },
    paging::Page,
    service::EndpointId,
};
use sqlx::SqliteConnection;

use super::House;

pub async fn asked(house: &House, actor: &Actor, query: CertificateQuery) -> Page<CertificateRow> {
    house.services.certificates.certificates(&query, actor).await.unwrap()
}

pub async fn of(house: &House, actor: &Actor, id: Fingerprint) -> CertificateDetail {
    house.services.certificates.certificate(id, 0, actor).await.unwrap()
}

/// A certificate that no probe has to bring: its numbers stand for its DER.
pub struct Made<'a> {
    pub byte: u8,
    pub names: &'a [&'a str],
    pub issuer: &'a str,
    pub from: i64,
    pub to: i64,
}

impl Made<'_> {
    pub fn id(&self) -> Fingerprint {
        Fingerprint::new([self.byte; 32])
    }

    pub async fn store(&self, connection: &mut SqliteConnection) {
        let names = serde_json::to_string(self.names).unwrap();
        let add = "INSERT INTO certificates (sha256, der, subject, issuer, not_before, not_after, names, first_seen)
            VALUES ($1, x'00', $2, $3, $4, $5, $6, $7)";
        sqlx::query(add)
            .bind(self.id().as_bytes().as_slice())
            .bind(format!("CN=subject {}", self.byte))
            .bind(self.issuer)
            .bind(self.from)
            .bind(self.to)
            .bind(names)
            .bind(i64::from(self.byte))
            .execute(connection)
            .await
            .unwrap();
    }
}

pub async fn serve(connection: &mut SqliteConnection, endpoint: EndpointId, id: Fingerprint, since: i64) {
    let add = "INSERT INTO served (endpoint, certificate, addresses, since) VALUES ($1, $2, '[\"192.0.2.1\"]', $3)";
    sqlx::query(add).bind(endpoint.0).bind(id.as_bytes().as_slice()).bind(since).execute(connection).await.unwrap();
}
