//! The audit log as it is read: filtered and paged by the database, the newest line first.

use async_trait::async_trait;
use futures::{StreamExt as _, stream::BoxStream};
use model::{
    Zone,
    accounts::{Actor, Permission},
    audit::{Action, Audit, AuditEntry, AuditFilter, AuditQuery, AuditRow, COUNTED_MOST, LogPage, Subject, What, Who},
    service::{EndpointId, ProgramId, ServiceResult},
};
use sqlx::{
    FromRow, Sqlite, SqliteConnection,
    query::QueryAs,
    sqlite::{SqliteArguments, SqliteRow},
};

use crate::{
    endpoints::target,
    store::{Failure, Place, Store, containing, count, statements, stored, time},
};

/// Reads the audit log.
#[derive(Clone, Debug)]
pub struct Log {
    store: Store,
}

impl Log {
    /// The log in `store`.
    pub fn new(store: Store) -> Self {
        Self { store }
    }

    async fn page(&self, query: &AuditQuery) -> Result<LogPage, Failure> {
        let mut read = self.store.read().await?;
        let terms = Terms::of(&query.filter, query.zone);
        // The log only grows. What lies behind the next page is counted up to a bound.
        let most = COUNTED_MOST.max(query.page.saturating_add(2).saturating_mul(query.size.rows()));
        let (counted,): (i64,) =
            terms.bound(terms.walk.count()).bind(i64::from(most) + 1).fetch_one(&mut *read).await?;
        let counted = count(counted);
        let (total, more) = (counted.min(most), counted > most);
        let place = Place::of_size(query.size.rows(), query.page, total);
        let rows = place.bind(terms.bound::<Row>(terms.walk.lines())).fetch_all(&mut *read).await?;
        let lines = place.with(rows.into_iter().map(Row::read).collect::<Result<_, _>>()?);
        Ok(LogPage { lines, more })
    }

    async fn names(&self) -> Result<Vec<String>, Failure> {
        let mut read = self.store.read().await?;
        Ok(sqlx::query_scalar(PEOPLE).fetch_all(&mut *read).await?)
    }
}

#[async_trait]
impl Audit for Log {
    async fn log(&self, query: &AuditQuery, actor: &Actor) -> ServiceResult<LogPage> {
        actor.require(Permission::View)?;
        Ok(self.page(query).await?)
    }

    async fn people(&self, actor: &Actor) -> ServiceResult<Vec<String>> {
        actor.require(Permission::View)?;
        Ok(self.names().await?)
    }
}

/// Every line that the filter lets through, one after the other, in the order of the pages.
pub(crate) fn every<'c>(
    connection: &'c mut SqliteConnection,
    query: &AuditQuery,
) -> BoxStream<'c, Result<AuditRow, Failure>> {
    let terms = Terms::of(&query.filter, query.zone);
    let rows = terms.bound::<Row>(terms.walk.lines()).bind(i64::MAX).bind(0).fetch(connection);
    rows.map(|row| row?.read()).boxed()
}

/// Which index a filter is answered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Walk {
    All,
    Changes,
    OfAction,
    OfPerson,
}

impl Walk {
    const fn count(self) -> &'static str {
        match self {
            Self::All => COUNT_ALL,
            Self::Changes => COUNT_CHANGES,
            Self::OfAction => COUNT_OF_ACTION,
            Self::OfPerson => COUNT_OF_PERSON,
        }
    }

    const fn lines(self) -> &'static str {
        match self {
            Self::All => ALL,
            Self::Changes => CHANGES,
            Self::OfAction => OF_ACTION,
            Self::OfPerson => OF_PERSON,
        }
    }
}

/// A filter as the statements take it; none lets everything through.
struct Terms {
    walk: Walk,
    from: i64,
    until: i64,
    action: Option<&'static str>,
    person: Option<String>,
    /// Whether Hufu did it by itself.
    hufu: Option<bool>,
    text: Option<String>,
}

impl Terms {
    fn of(filter: &AuditFilter, zone: Zone) -> Self {
        let seconds = filter.seconds(zone);
        let (person, hufu) = match &filter.who {
            Some(Who::Person(login)) => (Some(login.clone()), None),
            Some(Who::Hufu) => (None, Some(true)),
            Some(Who::People) => (None, Some(false)),
            None => (None, None),
        };
        let (walk, action) = match filter.what {
            // Nearly every line is one.
            What::Only(Action::ProbeStore) => (Walk::All, Some(Action::ProbeStore)),
            What::Only(action) => (Walk::OfAction, Some(action)),
            // Nothing that a person does is routine.
            _ if person.is_some() => (Walk::OfPerson, None),
            What::Changes => (Walk::Changes, None),
            What::Everything => (Walk::All, None),
        };
        Self {
            walk,
            from: seconds.start,
            until: seconds.end,
            action: action.map(Action::as_str),
            person,
            hufu,
            text: filter.object.as_deref().map(containing),
        }
    }

    fn bound<T: for<'r> FromRow<'r, SqliteRow>>(
        &self,
        sql: &'static str,
    ) -> QueryAs<'static, Sqlite, T, SqliteArguments> {
        sqlx::query_as(sql)
            .bind(self.from)
            .bind(self.until)
            .bind(self.action)
            .bind(self.person.clone())
            .bind(self.hufu)
            .bind(self.text.clone())
    }
}

#[derive(FromRow)]
struct Row {
    id: i64,
    at: i64,
    actor: Option<String>,
    action: String,
    object: String,
    before: Option<String>,
    after: Option<String>,
    program: Option<i64>,
    name: Option<String>,
    endpoint: Option<i64>,
    host: Option<String>,
    port: Option<i64>,
}

impl Row {
    fn read(self) -> Result<AuditRow, Failure> {
        let subject = match (self.program, self.name, self.endpoint, self.host, self.port) {
            (Some(id), Some(name), ..) => Some(Subject::Program { id: ProgramId(id), name }),
            (_, _, Some(id), Some(host), Some(port)) => {
                Some(Subject::Endpoint { id: EndpointId(id), target: target(&host, port)? })
            }
            _ => None,
        };
        let entry = AuditEntry {
            id: self.id,
            at: time(self.at)?,
            actor: self.actor,
            action: stored("action", self.action.parse())?,
            object: self.object,
            before: self.before,
            after: self.after,
        };
        Ok(AuditRow { entry, subject })
    }
}

macro_rules! filtered {
    ($what:literal, $walk:literal, $rest:literal) => {
        concat!(
            "SELECT ",
            $what,
            " WHERE at >= $1 AND at < $2 AND ",
            $walk,
            " AND ($5 IS NULL OR (actor IS NULL) = $5)
                AND ($6 IS NULL
                    OR object LIKE $6 ESCAPE '\\'
                    OR audit_log.program IN (
                        SELECT id FROM programs WHERE name LIKE $6 ESCAPE '\\' OR app_id LIKE $6 ESCAPE '\\')
                    OR (object LIKE 'program %' AND (before LIKE $6 ESCAPE '\\' OR after LIKE $6 ESCAPE '\\'))) ",
            $rest
        )
    };
}

macro_rules! counted {
    ($walk:literal) => {
        concat!("SELECT COUNT(*) FROM (", filtered!("1 FROM audit_log", $walk, "LIMIT $7"), ") AS counted")
    };
}

macro_rules! listed {
    ($walk:literal) => {
        filtered!(
            "audit_log.id, at, actor, action, object, before, after, programs.id AS program, programs.name,
            endpoints.id AS endpoint, endpoints.host, endpoints.port
            FROM audit_log
            LEFT JOIN programs ON programs.id = audit_log.program
            LEFT JOIN endpoints ON endpoints.id = audit_log.endpoint",
            $walk,
            "ORDER BY at DESC, audit_log.id DESC LIMIT $7 OFFSET $8"
        )
    };
}

// Each names the third and the fourth parameter, so that all are bound alike. An index that leaves
// something out is used only where its condition stands in the statement word for word.
macro_rules! all {
    ($lines:ident) => {
        $lines!("($3 IS NULL OR action = $3) AND ($4 IS NULL OR actor = $4)")
    };
}

macro_rules! changes {
    ($lines:ident) => {
        $lines!(
            "action NOT IN ('probe.store', 'notice.write', 'notice.send') AND action <> 'notice.settle'
                AND $3 IS NULL AND ($4 IS NULL OR actor = $4)"
        )
    };
}

macro_rules! of_action {
    ($lines:ident) => {
        $lines!("action = $3 AND action <> 'probe.store' AND ($4 IS NULL OR actor = $4)")
    };
}

macro_rules! of_person {
    ($lines:ident) => {
        $lines!("actor = $4 AND ($3 IS NULL OR action = $3)")
    };
}

statements! {
    COUNT_ALL = all!(counted);

    COUNT_CHANGES = changes!(counted);

    COUNT_OF_ACTION = of_action!(counted);

    COUNT_OF_PERSON = of_person!(counted);

    ALL = all!(listed);

    CHANGES = changes!(listed);

    OF_ACTION = of_action!(listed);

    OF_PERSON = of_person!(listed);

    // One step in the index a person, however many lines each has.
    PEOPLE = "
        WITH RECURSIVE people (login) AS (
            SELECT MIN(actor) FROM audit_log WHERE actor IS NOT NULL
            UNION ALL
            SELECT (SELECT MIN(actor) FROM audit_log WHERE actor > login) FROM people WHERE login IS NOT NULL)
        SELECT login FROM people WHERE login IS NOT NULL";
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use sqlx::{AssertSqlSafe, Row as _};

    use super::*;

    #[tokio::test]
    async fn each_walk_is_along_its_own_index_and_sorts_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(directory.path()).await.unwrap();
        let mut read = store.read().await.unwrap();
        for (walk, index) in [
            (Walk::All, "audit_log_by_time (at>? AND at<?)"),
            (Walk::Changes, "audit_log_changes (at>? AND at<?)"),
            (Walk::OfAction, "audit_log_by_action (action=? AND at>? AND at<?)"),
            (Walk::OfPerson, "audit_log_by_actor (actor=? AND at>? AND at<?)"),
        ] {
            for sql in [walk.count(), walk.lines()] {
                let explain = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}"));
                let plan = sqlx::query(explain).fetch_all(&mut *read).await.unwrap();
                let plan: Vec<String> = plan.iter().map(|step| step.get("detail")).collect();
                let step = format!("SEARCH audit_log USING INDEX {index}");
                let steps = plan.iter().filter(|step| step.contains("audit_log")).collect::<Vec<_>>();
                assert_eq!(steps, [&step], "{walk:?}: {plan:?}");
                assert!(!plan.iter().any(|step| step.contains("TEMP B-TREE")), "{walk:?}: {plan:?}");
            }
        }
    }

    #[test]
    fn what_is_shown_unasked_leaves_out_exactly_what_is_routine() {
        let index = include_str!("../../../migrations/0004_audit.sql");
        let index = index.split("audit_log_changes").nth(1).and_then(|rest| rest.split(';').next()).unwrap();
        for action in Action::ALL {
            let word = format!("'{}'", action.as_str());
            assert_eq!(CHANGES.contains(&word), action.is_routine(), "{word}");
            // What the index leaves out could not be shown.
            assert!(action.is_routine() || !index.contains(&word), "{word}");
        }
    }
}
