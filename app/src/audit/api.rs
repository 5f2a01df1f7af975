//! The typed door to the audit log.

// #[server] makes a struct of each function's arguments and cannot document its fields.
#![allow(missing_docs)]

use leptos::prelude::*;
use model::{
    Timestamp,
    audit::{AuditQuery, LogPage},
};
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
use crate::context::{require, services};
use crate::{error::AppError, wire::Json};

/// A page of the audit log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditData {
    /// Its lines.
    pub page: LogPage,
    /// When the server answered; relative times count from here.
    pub now: Timestamp,
}

/// The page of the log that `query` asks for.
#[server(endpoint = "/audit/log", output = Json)]
pub async fn audit_page(query: AuditQuery) -> Result<AuditData, AppError> {
    let actor = require(model::accounts::Permission::View)?;
    let page = services().audit.log(&query, &actor).await?;
    Ok(AuditData { page, now: crate::context::now() })
}

/// Everybody whom the log names.
#[server(endpoint = "/audit/people", output = Json)]
pub async fn audit_people() -> Result<Vec<String>, AppError> {
    let actor = require(model::accounts::Permission::View)?;
    Ok(services().audit.people(&actor).await?)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use model::{
        Zone,
        audit::{Action, AuditFilter, What, Who},
        paging::PageSize,
    };

    use super::*;

    #[test]
    fn every_question_reaches_the_server_as_it_was_asked() {
        let everything = AuditFilter {
            who: Some(Who::Person("陈".to_owned())),
            what: What::Only(Action::EntryAdd),
            object: Some("a&b".to_owned()),
            from: Some("2026-03-01".parse().unwrap()),
            until: Some("2026-03-15".parse().unwrap()),
        };
        let hufu = AuditFilter { who: Some(Who::Hufu), what: What::Everything, ..AuditFilter::default() };
        let people = AuditFilter { who: Some(Who::People), ..AuditFilter::default() };
        for filter in [AuditFilter::default(), hufu, people, everything] {
            let question =
                AuditPage { query: AuditQuery { filter, page: 3, zone: Zone::CHINA, size: PageSize::ALL[3] } };
            // The way server_fn writes and reads a call.
            let written = serde_qs::to_string(&question).unwrap();
            let read: AuditPage = serde_qs::Config::new(5, false).deserialize_str(&written).unwrap();
            assert_eq!(read.query, question.query, "{written}");
        }
    }
}
