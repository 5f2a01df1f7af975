//! What somebody has chosen of the list of endpoints: the rows that they ticked, or all that its filter
//! lets through. Either is read by one statement, however many there are.

use std::collections::BTreeSet;

use app::endpoints::query;
use model::{
    Timestamp,
    endpoints::{LISTED_MOST, SELECTION_MOST, Selection, list::EndpointQuery},
    service::{EndpointId, Field, Problem, ServiceError},
};
use serde_json::Value;
use sqlx::SqliteConnection;

use super::list::{Terms, filtered};
use crate::{
    audit,
    store::{Failure, json, statements},
};

/// An endpoint with its tags, parted by commas.
pub(super) type Chosen = (i64, String, i64, Option<String>);

/// What was chosen. What is gone is left out.
pub(super) async fn chosen(
    connection: &mut SqliteConnection,
    selection: &Selection,
    now: Timestamp,
) -> Result<Vec<Chosen>, Failure> {
    match selection {
        Selection::Ticked(ids) => {
            let ids = json::write(&ticked(ids)?)?;
            Ok(sqlx::query_as(TICKED).bind(ids).fetch_all(connection).await?)
        }
        Selection::Listed(query) => {
            // One more than there may be shows that there are too many.
            let most = i64::try_from(LISTED_MOST + 1).unwrap_or(i64::MAX);
            let terms = Terms::of(query, now);
            let rows: Vec<Chosen> = terms.bound(LET_THROUGH).bind(most).fetch_all(connection).await?;
            if rows.len() > LISTED_MOST { Err(too_many(LISTED_MOST).into()) } else { Ok(rows) }
        }
    }
}

/// What was ticked, each once.
///
/// # Errors
/// [`ServiceError::Invalid`] when that is nothing, or more than can be.
pub(crate) fn ticked(ids: &[EndpointId]) -> Result<BTreeSet<EndpointId>, ServiceError> {
    match ids.len() {
        0 => Err(ServiceError::invalid(Field::Selection, Problem::Empty)),
        1..=SELECTION_MOST => Ok(ids.iter().copied().collect()),
        _ => Err(too_many(SELECTION_MOST)),
    }
}

/// What the audit log tells of all that a filter let through, with where that can be looked at and whose days are in it.
pub(super) fn viewed(mut told: Value, query: &EndpointQuery) -> Value {
    told["view"] = audit::view(&query::filtered(&query.filter)).into();
    told["zone"] = query.zone.to_string().into();
    told
}

fn too_many(most: usize) -> ServiceError {
    ServiceError::invalid(Field::Selection, Problem::TooMany { most })
}

/// What the audit log calls all that a filter let through.
pub(super) const FILTERED: &str = "filter";

statements! {
    TICKED = "
        SELECT id, host, port,
            (SELECT string_agg(tag, ',' ORDER BY tag) FROM endpoint_tags WHERE endpoint = endpoints.id) AS tags
        FROM named_endpoints AS endpoints WHERE id IN (SELECT value FROM json_each($1)) ORDER BY id";

    LET_THROUGH = filtered!(
        "id, host, port,
            (SELECT string_agg(tag, ',' ORDER BY tag) FROM endpoint_tags WHERE endpoint = endpoints.id) AS tags",
        "ORDER BY host, port LIMIT $12"
    );
}
