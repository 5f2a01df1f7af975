//! The list of mini programs, filtered, sorted and paged by the database.

use model::{
    paging::Page,
    programs::list::{OwnedBy, ProgramChoices, ProgramFilter, ProgramQuery, ProgramRow, ProgramSort},
};
use sqlx::{
    FromRow, Sqlite, SqliteConnection,
    query::QueryAs,
    sqlite::{SqliteArguments, SqliteRow},
};

use super::{
    Program,
    owned::{Owned, everybody},
};
use crate::store::{Failure, Place, containing, count, statements, stored};

/// The page that `query` asks for.
pub(crate) async fn page(connection: &mut SqliteConnection, query: &ProgramQuery) -> Result<Page<ProgramRow>, Failure> {
    page_of(query.size.rows(), connection, query).await
}

/// The same of pages with `size` rows.
pub(crate) async fn page_of(
    size: u32,
    connection: &mut SqliteConnection,
    query: &ProgramQuery,
) -> Result<Page<ProgramRow>, Failure> {
    let terms = Terms::of(&query.filter);
    let (total,): (i64,) = terms.bound(COUNT_PROGRAMS).fetch_one(&mut *connection).await?;
    let place = Place::of_size(size, query.page, count(total));
    let rows = place.bind(terms.bound::<Row>(statement(query.sort, query.reversed))).fetch_all(connection).await?;
    Ok(place.with(rows.iter().map(Row::read).collect::<Result<_, _>>()?))
}

/// What the list can be filtered by.
pub(super) async fn choices(connection: &mut SqliteConnection) -> Result<ProgramChoices, Failure> {
    let people = everybody(&mut *connection).await?;
    let tags: Vec<String> = sqlx::query_scalar(TAGS).fetch_all(connection).await?;
    let tags = tags.iter().map(|tag| stored("tag", tag.parse())).collect::<Result<_, _>>()?;
    Ok(ProgramChoices { people, tags })
}

const fn statement(sort: ProgramSort, reversed: bool) -> &'static str {
    match (sort, reversed) {
        (ProgramSort::Verdict, false) => PROGRAMS_BY_VERDICT,
        (ProgramSort::Verdict, true) => PROGRAMS_BY_VERDICT_REVERSED,
        (ProgramSort::Name, false) => PROGRAMS_BY_NAME,
        (ProgramSort::Name, true) => PROGRAMS_BY_NAME_REVERSED,
        (ProgramSort::Entries, false) => PROGRAMS_BY_ENTRIES,
        (ProgramSort::Entries, true) => PROGRAMS_BY_ENTRIES_REVERSED,
        (ProgramSort::Failing, false) => PROGRAMS_BY_FAILING,
        (ProgramSort::Failing, true) => PROGRAMS_BY_FAILING_REVERSED,
        (ProgramSort::Owner, false) => PROGRAMS_BY_OWNER,
        (ProgramSort::Owner, true) => PROGRAMS_BY_OWNER_REVERSED,
    }
}

/// A filter as the statements take it; none lets everything through.
pub(super) struct Terms {
    text: Option<String>,
    tag: Option<String>,
    owner: Option<i64>,
    nobody: bool,
}

impl Terms {
    pub(super) fn of(filter: &ProgramFilter) -> Self {
        let owner = match filter.owner {
            Some(OwnedBy::Person(id)) => Some(id.0),
            Some(OwnedBy::Nobody) | None => None,
        };
        Self {
            text: filter.text.as_deref().map(containing),
            tag: filter.tag.as_ref().map(ToString::to_string),
            owner,
            nobody: filter.owner == Some(OwnedBy::Nobody),
        }
    }

    /// Binds the first four places of a statement.
    pub(super) fn bound<T: for<'r> FromRow<'r, SqliteRow>>(
        &self,
        sql: &'static str,
    ) -> QueryAs<'static, Sqlite, T, SqliteArguments> {
        sqlx::query_as(sql).bind(self.text.clone()).bind(self.tag.clone()).bind(self.owner).bind(i64::from(self.nobody))
    }
}

#[derive(FromRow)]
struct Row {
    #[sqlx(flatten)]
    program: Program,
    #[sqlx(flatten)]
    owned: Owned,
}

impl Row {
    fn read(&self) -> Result<ProgramRow, Failure> {
        Ok(ProgramRow { summary: self.program.summary()?, owner: self.owned.owner(), tags: self.owned.tags()? })
    }
}

/// Which mini programs a filter lets through, of those joined with their owners.
macro_rules! condition {
    () => {
        "($1 IS NULL
            OR programs.name LIKE $1 ESCAPE '\\'
            OR programs.app_id LIKE $1 ESCAPE '\\'
            OR users.login LIKE $1 ESCAPE '\\'
            OR programs.id IN (SELECT program FROM program_tags WHERE tag LIKE $1 ESCAPE '\\'))
        AND ($2 IS NULL OR programs.id IN (SELECT program FROM program_tags WHERE tag = $2))
        AND ($3 IS NULL OR programs.owner = $3)
        AND ($4 = 0 OR programs.owner IS NULL)"
    };
}

pub(super) use condition;

macro_rules! filtered {
    ($what:literal, $rest:literal) => {
        concat!(
            "SELECT ",
            $what,
            " FROM programs LEFT JOIN users ON users.id = programs.owner WHERE ",
            condition!(),
            " ",
            $rest
        )
    };
}

macro_rules! listed {
    ($order:literal) => {
        filtered!(
            "programs.id, app_id, name, per_list, prefetch, business, changes_a_month, strict_sockets, skip_check,
            revision, entries, failing,
            verdict, verdict_ios, verdict_macos, verdict_android, verdict_windows,
            owner, login, disabled,
            (SELECT string_agg(tag, '\n' ORDER BY tag) FROM program_tags WHERE program = programs.id) AS tags",
            $order
        )
    };
}

statements! {
    COUNT_PROGRAMS = filtered!("COUNT(*)", "");

    PROGRAMS_BY_VERDICT = listed!("ORDER BY verdict_rank, folded_name, programs.id LIMIT $5 OFFSET $6");

    PROGRAMS_BY_VERDICT_REVERSED =
        listed!("ORDER BY verdict_rank DESC, folded_name DESC, programs.id DESC LIMIT $5 OFFSET $6");

    PROGRAMS_BY_NAME = listed!("ORDER BY folded_name, programs.id LIMIT $5 OFFSET $6");

    PROGRAMS_BY_NAME_REVERSED = listed!("ORDER BY folded_name DESC, programs.id DESC LIMIT $5 OFFSET $6");

    PROGRAMS_BY_ENTRIES = listed!("ORDER BY entries DESC, programs.id DESC LIMIT $5 OFFSET $6");

    PROGRAMS_BY_ENTRIES_REVERSED = listed!("ORDER BY entries, programs.id LIMIT $5 OFFSET $6");

    PROGRAMS_BY_FAILING = listed!("ORDER BY failing DESC, programs.id DESC LIMIT $5 OFFSET $6");

    PROGRAMS_BY_FAILING_REVERSED = listed!("ORDER BY failing, programs.id LIMIT $5 OFFSET $6");

    PROGRAMS_BY_OWNER = listed!("ORDER BY COALESCE(login, ''), folded_name, programs.id LIMIT $5 OFFSET $6");

    PROGRAMS_BY_OWNER_REVERSED =
        listed!("ORDER BY COALESCE(login, '') DESC, folded_name DESC, programs.id DESC LIMIT $5 OFFSET $6");

    TAGS = "SELECT DISTINCT tag FROM program_tags ORDER BY tag";
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use sqlx::{AssertSqlSafe, Row as _};

    use super::*;
    use crate::store::Store;

    #[tokio::test]
    async fn each_order_is_that_of_an_index_but_for_a_name_in_another_table() {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(directory.path()).await.unwrap();
        let mut read = store.read().await.unwrap();
        for (sort, index) in [
            (ProgramSort::Verdict, Some("programs_by_verdict")),
            (ProgramSort::Name, Some("programs_by_name")),
            (ProgramSort::Entries, Some("programs_by_entries")),
            (ProgramSort::Failing, Some("programs_by_failing")),
            (ProgramSort::Owner, None),
        ] {
            for reversed in [false, true] {
                let explain = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {}", statement(sort, reversed)));
                let plan = sqlx::query(explain).fetch_all(&mut *read).await.unwrap();
                let plan: Vec<String> = plan.iter().map(|step| step.get("detail")).collect();
                let along = index.map(|index| format!("SCAN programs USING INDEX {index}"));
                let sorts = plan.iter().any(|step| step == "USE TEMP B-TREE FOR ORDER BY");
                assert!(along.as_ref().is_none_or(|along| plan.contains(along)), "{sort:?}: {plan:?}");
                assert_eq!(sorts, along.is_none(), "{sort:?}: {plan:?}");
            }
        }
    }
}
