//! The typed door to certificates.

// #[server] makes a struct of each function's arguments and cannot document its fields.
#![allow(missing_docs)]

use leptos::prelude::*;
use model::{
    Fingerprint, Timestamp,
    certificates::{
        CertificateDetail, Expiries,
        list::{CertificateQuery, CertificateRow},
    },
    paging::Page,
};
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
use crate::context::{now, require, services};
use crate::{error::AppError, wire::Json};

/// A page of the list of certificates.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertificatesData {
    /// Its rows.
    pub page: Page<CertificateRow>,
    /// When the server answered; relative times count from here.
    pub now: Timestamp,
}

/// When certificates end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExpiriesData {
    /// How many in which week.
    pub expiries: Expiries,
    /// When the server answered; the first week begins here.
    pub now: Timestamp,
}

/// What the page of a certificate shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertificateData {
    /// Everything known of it.
    pub detail: CertificateDetail,
    /// When the server answered; relative times count from here.
    pub now: Timestamp,
}

/// The page of the list of certificates that `query` asks for.
#[server(endpoint = "/certificates/list", output = Json)]
pub async fn certificates_page(query: CertificateQuery) -> Result<CertificatesData, AppError> {
    let actor = require(model::accounts::Permission::View)?;
    let page = services().certificates.certificates(&query, &actor).await?;
    Ok(CertificatesData { page, now: now() })
}

/// How many certificates end in each of the coming weeks.
#[server(endpoint = "/certificates/weeks-ahead", output = Json)]
pub async fn weeks_ahead() -> Result<ExpiriesData, AppError> {
    let actor = require(model::accounts::Permission::View)?;
    let expiries = services().certificates.expiries(&actor).await?;
    Ok(ExpiriesData { expiries, now: now() })
}

/// Everything known of one certificate, and a page of the places where it is served.
#[server(endpoint = "/certificates/page", output = Json)]
pub async fn certificate_page(id: Fingerprint, page: u32) -> Result<CertificateData, AppError> {
    let actor = require(model::accounts::Permission::View)?;
    let detail = services().certificates.certificate(id, page, &actor).await?;
    Ok(CertificateData { detail, now: now() })
}
