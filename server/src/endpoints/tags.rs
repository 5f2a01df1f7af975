//! Tags of endpoints: of one from its page, of many from the list.

use model::{
    HostPort, Tag, Tags, Timestamp,
    accounts::Actor,
    audit::Action,
    endpoints::{Selection, Tagging, TagsChange, list::EndpointQuery},
    service::{EndpointId, Field, Problem, ServiceError},
    tag::TAGS_MOST,
};
use serde_json::json;
use sqlx::SqliteConnection;

use super::{selection, stored::named, target};
use crate::{
    audit::Record,
    store::{Failure, Store, containing, json, statements, stored},
};

/// Every tag that some endpoint carries that is named, as many as can be chosen from.
pub(super) async fn all(connection: &mut SqliteConnection) -> Result<Vec<Tag>, Failure> {
    with(connection, "", CHOICES_MOST).await
}

/// The first tags with `part` in them.
pub(super) async fn with(connection: &mut SqliteConnection, part: &str, most: u32) -> Result<Vec<Tag>, Failure> {
    let part = containing(&part.to_lowercase());
    let tags: Vec<String> =
        sqlx::query_scalar(TAGS_WITH).bind(part).bind(i64::from(most)).fetch_all(connection).await?;
    tags.iter().map(|tag| stored("tag", tag.parse())).collect()
}

/// The tags of one endpoint.
pub(super) async fn of(connection: &mut SqliteConnection, id: EndpointId) -> Result<Tags, Failure> {
    let tags: Vec<String> = sqlx::query_scalar(TAGS_OF).bind(id.0).fetch_all(connection).await?;
    tags.iter().map(|tag| stored("tag", tag.parse::<Tag>())).collect()
}

/// Gives one endpoint the tags of `change`, if it still carries those that were read.
pub(super) async fn change(
    store: &Store,
    id: EndpointId,
    change: &TagsChange,
    actor: &Actor,
    now: Timestamp,
) -> Result<(), Failure> {
    let mut write = store.write().await?;
    let target = named(&mut write, id).await?;
    let before = of(&mut write, id).await?;
    if before != change.before {
        return Err(ServiceError::Conflict.into());
    }
    if differs(&before, &change.after)? {
        sqlx::query(FORGET_TAGS).bind(id.0).execute(&mut *write).await?;
        let after = json::write(&change.after)?;
        sqlx::query(TAG).bind(after).bind(json::write(&[id])?).execute(&mut *write).await?;
        write.commit([line(actor, now, &target, &before, &change.after)]).await?;
    }
    Ok(())
}

/// The same tags for many; how many that has changed. The log has a line for each that was ticked, and one
/// for all that a filter let through.
pub(super) async fn change_many(
    store: &Store,
    selection: &Selection,
    tagging: &Tagging,
    actor: &Actor,
    now: Timestamp,
) -> Result<usize, Failure> {
    // What cannot be chosen waits for nobody who writes.
    if let Selection::Ticked(ids) = selection {
        selection::ticked(ids)?;
    }
    let mut write = store.write().await?;
    let (mut changed, mut records) = (Vec::new(), Vec::new());
    for (id, host, port, tags) in selection::chosen(&mut write, selection, now).await? {
        let before: Tags = tags.map_or_else(|| Ok(Tags::default()), |tags| stored("tags", tags.parse()))?;
        let after: Tags = match tagging {
            Tagging::Add(tags) => before.iter().chain(tags.iter()).cloned().collect(),
            Tagging::Remove(tags) => before.iter().filter(|tag| !tags.contains(tag)).cloned().collect(),
        };
        if differs(&before, &after)? {
            if matches!(selection, Selection::Ticked(_)) {
                records.push(line(actor, now, &target(&host, port)?, &before, &after));
            }
            changed.push(id);
        }
    }
    if changed.is_empty() {
        return Ok(0);
    }
    if let Selection::Listed(query) = selection {
        records.push(line_of_all(actor, now, query, tagging, changed.len()));
    }
    let (sql, tags) = match tagging {
        Tagging::Add(tags) => (TAG, tags),
        Tagging::Remove(tags) => (UNTAG, tags),
    };
    sqlx::query(sql).bind(json::write(tags)?).bind(json::write(&changed)?).execute(&mut *write).await?;
    write.commit(records).await?;
    Ok(changed.len())
}

/// Whether there is anything to change, and it may be.
fn differs(before: &Tags, after: &Tags) -> Result<bool, ServiceError> {
    if after != before && after.len() > TAGS_MOST {
        return Err(ServiceError::invalid(Field::Tags, Problem::TooMany { most: TAGS_MOST }));
    }
    Ok(after != before)
}

fn line(actor: &Actor, now: Timestamp, target: &HostPort, before: &Tags, after: &Tags) -> Record {
    let record = Record::by(actor, now, Action::EndpointTag, format!("endpoint {target}"));
    record.before(json!({ "tags": before })).after(json!({ "tags": after }))
}

/// How many of those that a filter let through were changed, and by which tags.
fn line_of_all(actor: &Actor, now: Timestamp, query: &EndpointQuery, tagging: &Tagging, changed: usize) -> Record {
    let (field, tags) = match tagging {
        Tagging::Add(tags) => ("tags_added", tags),
        Tagging::Remove(tags) => ("tags_removed", tags),
    };
    let told = selection::viewed(json!({ field: tags, "endpoints": changed }), query);
    Record::by(actor, now, Action::EndpointTag, selection::FILTERED).after(told)
}

/// More could not be chosen from.
const CHOICES_MOST: u32 = 500;

statements! {
    // One step in the index a tag, however many endpoints carry it.
    TAGS_WITH = "
        WITH RECURSIVE tags (tag) AS (
            SELECT MIN(tag) FROM endpoint_tags
            UNION ALL
            SELECT (SELECT MIN(endpoint_tags.tag) FROM endpoint_tags WHERE endpoint_tags.tag > tags.tag)
            FROM tags WHERE tag IS NOT NULL)
        SELECT tag FROM tags
        WHERE tag LIKE $1 ESCAPE '\\' AND EXISTS (
            SELECT 1 FROM endpoint_tags JOIN named_endpoints ON named_endpoints.id = endpoint_tags.endpoint
            WHERE endpoint_tags.tag = tags.tag)
        LIMIT $2";

    TAGS_OF = "SELECT tag FROM endpoint_tags WHERE endpoint = $1 ORDER BY tag";

    FORGET_TAGS = "DELETE FROM endpoint_tags WHERE endpoint = $1";

    // What WHERE says is true; it tells ON CONFLICT apart from the condition of a join.
    TAG = "
        INSERT INTO endpoint_tags (tag, endpoint)
        SELECT given.value, chosen.value FROM json_each($1) AS given, json_each($2) AS chosen
        WHERE true ON CONFLICT (tag, endpoint) DO NOTHING";

    UNTAG = "
        DELETE FROM endpoint_tags
        WHERE tag IN (SELECT value FROM json_each($1)) AND endpoint IN (SELECT value FROM json_each($2))";
}
