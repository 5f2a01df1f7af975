//! Choosing one of the mini programs, however many there are.

use model::{
    programs::choice::{OFFERED_MOST, Offer, ProgramChoice, called},
    service::ProgramId,
};
use sqlx::{FromRow, SqliteConnection};

use crate::store::{Failure, containing, statements, stored};

/// See [`model::programs::Programs::offer`].
pub(super) async fn offer(
    connection: &mut SqliteConnection,
    program: Option<ProgramId>,
    typed: Option<&str>,
) -> Result<Offer, Failure> {
    let called = typed.map(called);
    let program = program.filter(|_| called.is_none());
    let meant: Vec<Row> =
        sqlx::query_as(MEANT).bind(program.map(|id| id.0)).bind(called.clone()).fetch_all(&mut *connection).await?;
    // Whoever has named one may be about to name another.
    let part = called.as_deref().filter(|_| meant.len() != 1).map(containing);
    let one_more = i64::try_from(OFFERED_MOST + 1).unwrap_or(i64::MAX);
    let offered: Vec<Row> = sqlx::query_as(OFFERED).bind(part).bind(one_more).fetch_all(connection).await?;
    Ok(Offer {
        by_name: called.is_some() || offered.len() > OFFERED_MOST,
        programs: offered.into_iter().take(OFFERED_MOST).map(Row::read).collect::<Result<_, _>>()?,
        meant: meant.into_iter().map(Row::read).collect::<Result<_, _>>()?,
    })
}

#[derive(FromRow)]
struct Row {
    id: i64,
    app_id: String,
    name: String,
}

impl Row {
    fn read(self) -> Result<ProgramChoice, Failure> {
        Ok(ProgramChoice { id: ProgramId(self.id), app_id: stored("AppID", self.app_id.parse())?, name: self.name })
    }
}

/// Of a row of `programs`: whether it is called so, see [`called`].
macro_rules! is_called {
    ($so:literal) => {
        concat!("app_id = ", $so, " OR folded_name = LOWER(", $so, ")")
    };
}

pub(crate) use is_called;

statements! {
    MEANT = concat!("SELECT id, app_id, name FROM programs WHERE id = $1 OR ", is_called!("$2"), " LIMIT 2");

    OFFERED = "
        SELECT id, app_id, name FROM programs
        WHERE $1 IS NULL OR name LIKE $1 ESCAPE '\\' OR app_id LIKE $1 ESCAPE '\\'
        ORDER BY folded_name, id LIMIT $2";
}
