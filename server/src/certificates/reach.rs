//! What a certificate that is not served yet would serve, and what it would break.

use model::{
    Certificate,
    certificates::reach::{Reach, Reached, Told, breaks, serves},
    service::EndpointId,
};
use sqlx::{FromRow, SqliteConnection};

use crate::{
    endpoints::target,
    store::{Failure, json, statements},
};

/// Looks through the register.
pub(super) async fn of(connection: &mut SqliteConnection, certificate: &Certificate) -> Result<Reach, Failure> {
    let names: Vec<String> = certificate.dns_names.iter().map(|name| name.to_ascii_lowercase()).collect();
    let addresses = certificate.ip_addresses.iter().map(ToString::to_string);
    let hosts: Vec<String> = names.iter().cloned().chain(addresses).collect();
    let parents: Vec<&str> = names.iter().filter_map(|name| name.strip_prefix("*.")).collect();
    let named: Vec<NamedRow> = sqlx::query_as(WOULD_SERVE)
        .bind(json::write(&hosts)?)
        .bind(json::write(&parents)?)
        .bind(READ_MOST)
        .fetch_all(&mut *connection)
        .await?;
    let sharing: Vec<SharingRow> =
        sqlx::query_as(SHARES_A_NAME).bind(json::write(&names)?).bind(READ_MOST).fetch_all(&mut *connection).await?;
    let mut served = Vec::new();
    for row in named {
        let reached = row.read()?;
        // SQL is nearly right; the rule is in one place.
        if serves(certificate, &reached) {
            served.push(reached);
        }
    }
    let mut broken = Vec::new();
    for SharingRow { names, endpoint } in sharing {
        let reached = endpoint.read()?;
        let today: Vec<String> = json::read("names", &names)?;
        if breaks(certificate, &today, &reached) {
            broken.push(reached);
        }
    }
    Ok(Reach { served: Told::of(served), broken: Told::of(broken) })
}

#[derive(FromRow)]
struct NamedRow {
    endpoint: i64,
    host: String,
    port: i64,
}

#[derive(FromRow)]
struct SharingRow {
    names: String,
    #[sqlx(flatten)]
    endpoint: NamedRow,
}

impl NamedRow {
    fn read(self) -> Result<Reached, Failure> {
        Ok(Reached { endpoint: EndpointId(self.endpoint), target: target(&self.host, self.port)? })
    }
}

/// Most endpoints that are read for one answer.
const READ_MOST: i64 = 20_000;

statements! {
    WOULD_SERVE = "
        SELECT id AS endpoint, host, port FROM named_endpoints
        WHERE host IN (SELECT value FROM json_each($1))
            OR SUBSTR(host, INSTR(host, '.') + 1) IN (SELECT value FROM json_each($2))
        ORDER BY host, port LIMIT $3";

    SHARES_A_NAME = "
        SELECT certificates.names, endpoints.id AS endpoint, endpoints.host, endpoints.port
        FROM certificates
        JOIN served ON served.certificate = certificates.sha256 AND served.until IS NULL
        JOIN named_endpoints AS endpoints ON endpoints.id = served.endpoint
        WHERE certificates.served_by > 0 AND EXISTS (
            SELECT 1 FROM json_each(certificates.names) AS own
            WHERE LOWER(own.value) IN (SELECT value FROM json_each($1)))
        ORDER BY endpoints.host, endpoints.port LIMIT $2";
}
