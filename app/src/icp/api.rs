//! The typed door to filings.

// #[server] makes a struct of each function's arguments and cannot document its fields.
#![allow(missing_docs)]
// It passes them on one by one, and a form has as many fields as it has.
#![allow(clippy::too_many_arguments)]

use leptos::prelude::*;
#[cfg(feature = "ssr")]
use leptos::server_fn::ServerFn as _;
use model::{
    RegistrableDomain, Timestamp, Zone,
    icp::{
        IcpRecord, IcpSource, IcpState,
        filings::{FilingDetail, FilingQuery, FilingRow},
    },
    paging::Page,
    service::ProgramId,
};
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
use crate::context::{now, require, services};
use crate::{error::AppError, wire::Json};

/// A page of the list of filings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilingsData {
    /// Its rows.
    pub page: Page<FilingRow>,
    /// Whether whoever asks may change filings.
    pub may_edit: bool,
    /// When the server answered; relative times count from here.
    pub now: Timestamp,
}

/// What the page of a domain shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilingData {
    /// Everything known of it.
    pub detail: FilingDetail,
    /// Whether whoever asks may change it.
    pub may_edit: bool,
    /// When the server answered; relative times count from here.
    pub now: Timestamp,
}

/// The page of the list of filings that `query` asks for.
#[server(endpoint = "/icp/list", output = Json)]
pub async fn filings_page(query: FilingQuery) -> Result<FilingsData, AppError> {
    let actor = require(model::accounts::Permission::View)?;
    let page = services().icp.filings(&query, &actor).await?;
    Ok(FilingsData { page, may_edit: actor.role.may(model::accounts::Permission::Edit), now: now() })
}

/// What is known of one domain, and a page of the entries that inherit its filing.
#[server(endpoint = "/icp/page", output = Json)]
pub async fn filing_page(domain: RegistrableDomain, page: u32) -> Result<FilingData, AppError> {
    let actor = require(model::accounts::Permission::View)?;
    let detail = services().icp.filing(&domain, page, &actor).await?;
    Ok(FilingData { detail, may_edit: actor.role.may(model::accounts::Permission::Edit), now: now() })
}

/// Writes down what is known of a filing, if nobody else has since `revision` was read. `program` is
/// the page to go back to, if it is not the domain's own; `zone` is the one in which the page has its days.
#[server(endpoint = "/icp/record", output = Json)]
pub async fn record_icp(
    program: Option<ProgramId>,
    domain: RegistrableDomain,
    revision: i64,
    state: IcpState,
    number: String,
    holder: String,
    source: IcpSource,
    confirmed_on: String,
    zone: Zone,
) -> Result<(), AppError> {
    use model::icp::filings::NewIcpRecord;

    let actor = require(model::accounts::Permission::Edit)?;
    let recorded = match door::read(&number, &holder, &confirmed_on, zone) {
        Ok((number, confirmed_on)) => {
            let (domain, holder) = (domain.clone(), Some(holder.clone()));
            let record = NewIcpRecord { domain, revision, state, number, holder, source, confirmed_on, zone };
            services().icp.record(record, &actor).await
        }
        Err(wrong) => Err(wrong),
    };
    let (page, form) = match program {
        Some(id) => (format!("/programs/{id}"), RECORD_OF_PROGRAM),
        None => (super::query::page_of(&domain), RECORD),
    };
    if let Err(error) = recorded {
        let typed = [
            ("domain", domain.as_str()),
            ("revision", &revision.to_string()),
            ("state", state.as_str()),
            ("number", &number),
            ("holder", &holder),
            ("source", source.as_str()),
            ("confirmed_on", &confirmed_on),
        ];
        return Err(crate::drafts::back_to_form(&page, form, &typed, RecordIcp::PATH, error, &actor).await);
    }
    door::back_to(&if program.is_some() { format!("{page}#{form}") } else { page });
    Ok(())
}

/// The form on the page of the domain.
pub(super) const RECORD: &str = "record";

/// The forms on the page of a mini program.
pub(crate) const RECORD_OF_PROGRAM: &str = "icp";

/// What is recorded of the domains whose filings the lines tell, as far as they can be read.
#[server(endpoint = "/icp/recorded", output = Json)]
pub async fn recorded_filings(lines: String) -> Result<Vec<IcpRecord>, AppError> {
    let actor = require(model::accounts::Permission::View)?;
    Ok(services().icp.recorded(&model::icp::paste::domains_of(&lines), &actor).await?)
}

/// Writes down what the lines tell, all or none; how many. `seen` are the records that the page has shown, see
/// [`super::paste::read_seen`]. Nothing where the page is only to `judge` them, without JavaScript.
#[server(endpoint = "/icp/paste", output = Json)]
pub async fn paste_filings(
    lines: String,
    #[server(default)] seen: String,
    judge: Option<bool>,
) -> Result<usize, AppError> {
    use model::{icp::filings::FilingPaste, service::ServiceError};

    use crate::drafts::{Back, bring_back};

    let actor = require(model::accounts::Permission::Edit)?;
    if judge.unwrap_or_default() {
        bring_back(Back::Judged, super::query::PATH, [], ("lines", &lines), "paste", &actor).await?;
        return Ok(0);
    }
    let typed = model::icp::paste::lines_of(&lines).map(str::to_owned).collect();
    let paste = FilingPaste { lines: typed, seen: super::paste::read_seen(&seen) };
    match services().icp.paste(paste, &actor).await {
        Ok(saved) => {
            door::back_to(super::query::PATH);
            Ok(saved)
        }
        Err(error) => {
            // The page judges each line again, says what it would replace, and nothing typed is lost.
            let met = (error == ServiceError::Conflict).then(|| "1".to_owned());
            let parts = [(super::paste::MET, met)];
            bring_back(Back::Refused, super::query::PATH, parts, ("lines", &lines), "paste", &actor).await?;
            Err(error.into())
        }
    }
}

#[cfg(feature = "ssr")]
mod door {
    use model::{
        Date, IcpNumber, Zone,
        icp::{confirmed_at, read_holder},
        service::{Field, ServiceError, ServiceResult, both},
    };

    use crate::{
        context::{is_plain_form, now},
        error::accept_some,
    };

    /// The number and the day that were typed, or all that is wrong with them and the holder.
    pub(super) fn read(
        number: &str,
        holder: &str,
        confirmed_on: &str,
        zone: Zone,
    ) -> ServiceResult<(Option<IcpNumber>, Option<Date>)> {
        let number = accept_some(Field::IcpNumber, number);
        let holder = read_holder(holder).map_err(|problem| ServiceError::invalid(Field::IcpHolder, problem));
        let day: ServiceResult<Option<Date>> = accept_some(Field::IcpDate, confirmed_on);
        let day = day.and_then(|day| {
            let moment = day.map(|day| confirmed_at(day, zone, now())).transpose();
            moment.map(|_| day).map_err(|problem| ServiceError::invalid(Field::IcpDate, problem))
        });
        let (number, (_, day)) = both(number, both(holder, day))?;
        Ok((number, day))
    }

    /// A form sent without JavaScript is led to a page.
    pub(super) fn back_to(path: &str) {
        if is_plain_form() {
            leptos_axum::redirect(path);
        }
    }
}
