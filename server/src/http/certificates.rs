//! Certificates as files.

use std::net::IpAddr;

use app::{context::Services, preferences::locale_of_request, query};
use axum::{
    Extension, Router,
    extract::{Path, RawQuery, State},
    http::{HeaderName, header, request},
    response::{IntoResponse, Response},
    routing::get,
};
use model::{
    Fingerprint,
    accounts::Actor,
    certificates::Download,
    endpoints::ServedChain,
    service::{EndpointId, ServiceError, ServiceResult},
};
use probe::{CertificateDer, file};

use super::{AppState, statuses::refusal};

pub(super) fn router() -> Router<AppState> {
    Router::new()
        .route("/certificates/{sha256}/pem", get(as_pem))
        .route("/certificates/{sha256}/der", get(as_der))
        .route("/endpoints/{id}/chain", get(chain))
        .route("/endpoints/{id}/fullchain", get(full_chain))
}

async fn as_pem(
    Path(id): Path<String>,
    Extension(actor): Extension<Actor>,
    State(services): State<Services>,
    head: request::Parts,
) -> Response {
    match found(&id, &actor, &services).await {
        // RFC 8555 section 9.1.
        Ok(file) => (headers(&file_name(&file.name, &id), "pem", "application/pem-certificate-chain"), pem(&file.der))
            .into_response(),
        Err(error) => refusal(error, locale_of_request(&head)),
    }
}

async fn as_der(
    Path(id): Path<String>,
    Extension(actor): Extension<Actor>,
    State(services): State<Services>,
    head: request::Parts,
) -> Response {
    match found(&id, &actor, &services).await {
        // RFC 2585 section 4.1.
        Ok(file) => (headers(&file_name(&file.name, &id), "cer", "application/pkix-cert"), file.der).into_response(),
        Err(error) => refusal(error, locale_of_request(&head)),
    }
}

/// The chain as an address of an endpoint served it last.
async fn chain(
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
    Extension(actor): Extension<Actor>,
    State(services): State<Services>,
    head: request::Parts,
) -> Response {
    as_file(served(&id, query.as_deref(), &actor, &services).await, &head)
}

async fn served(
    id: &str,
    query: Option<&str>,
    actor: &Actor,
    services: &Services,
) -> ServiceResult<(String, ServedChain)> {
    let (id, address) = asked(id, query)?;
    Ok((address.to_string(), services.endpoints.chain(id, address, actor).await?))
}

/// The same as the server should send it, for its file of certificates.
async fn full_chain(
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
    Extension(actor): Extension<Actor>,
    State(services): State<Services>,
    head: request::Parts,
) -> Response {
    as_file(whole(&id, query.as_deref(), &actor, &services).await, &head)
}

async fn whole(
    id: &str,
    query: Option<&str>,
    actor: &Actor,
    services: &Services,
) -> ServiceResult<(String, ServedChain)> {
    let (id, address) = asked(id, query)?;
    Ok(("fullchain".to_owned(), services.endpoints.full_chain(id, address, actor).await?))
}

fn asked(id: &str, query: Option<&str>) -> ServiceResult<(EndpointId, IpAddr)> {
    let id = id.parse().map_err(|_| ServiceError::NotFound)?;
    let address = query::parsed(query.unwrap_or_default(), "address").ok_or(ServiceError::NotFound)?;
    Ok((id, address))
}

/// A chain as PEM, called by its server and `suffix`.
fn as_file(found: ServiceResult<(String, ServedChain)>, head: &request::Parts) -> Response {
    match found {
        Ok((suffix, chain)) => {
            let target: String = chain.target.to_string().chars().take(2 * NAME_MOST).collect();
            let name = plain(&format!("{target}-{suffix}").replace(':', "-"));
            let text: String = chain.certificates.iter().map(|der| pem(der)).collect();
            (headers(&name, "pem", "application/pem-certificate-chain"), text).into_response()
        }
        Err(error) => refusal(error, locale_of_request(head)),
    }
}

async fn found(id: &str, actor: &Actor, services: &Services) -> ServiceResult<Download> {
    let id: Fingerprint = id.parse().map_err(|_| ServiceError::NotFound)?;
    services.certificates.download(id, actor).await
}

type Headers = [(HeaderName, String); 3];

/// Whoever has logged out is not to see it any more.
fn headers(name: &str, extension: &str, kind: &str) -> Headers {
    [
        (header::CONTENT_TYPE, kind.to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}.{extension}\"")),
        (header::CACHE_CONTROL, "private, no-cache".to_owned()),
    ]
}

/// The certificate's first name as far as every file system takes it, and the begin of its
/// fingerprint: a certificate and its renewal go into one folder.
fn file_name(name: &str, sha256: &str) -> String {
    let name: String = name.chars().take(NAME_MOST).collect();
    let begin: String = sha256.chars().take(FINGERPRINT_SHOWN).collect::<String>().to_ascii_lowercase();
    format!("{}-{begin}", plain(&name).trim_matches('.'))
}

/// A name as far as every file system takes it.
pub(super) fn plain(name: &str) -> String {
    let plain = |character: char| {
        if character.is_ascii_alphanumeric() || matches!(character, '.' | '-') { character } else { '_' }
    };
    name.chars().map(plain).collect()
}

pub(super) fn pem(der: &[u8]) -> String {
    file::to_pem(&[CertificateDer::from(der)], None).as_str().to_owned()
}

/// File systems take 255 bytes.
const NAME_MOST: usize = 100;
const FINGERPRINT_SHOWN: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_called_by_its_certificate_and_nothing_else() {
        let sha256 = "ABCDEF0123456789";
        for (name, file) in [
            ("example.com", "example.com-abcdef01"),
            ("cn=a b,o=c\"\r\nx", "cn_a_b_o_c___x-abcdef01"),
            ("../../etc/passwd", "_.._etc_passwd-abcdef01"),
            ("中文", "__-abcdef01"),
            ("", "-abcdef01"),
        ] {
            assert_eq!(file_name(name, sha256), file);
        }
        assert!(file_name(&"a".repeat(1_000), sha256).len() < 120);
    }
}
