//! Who answers for a mini program, and the tags it is grouped by.

use model::{
    Tags,
    programs::Owner,
    service::{Field, Problem, ProgramId, ServiceError, UserId},
};
use sqlx::{FromRow, SqliteConnection};

use crate::store::{Failure, json, statements, stored};

/// Owner and tags of one mini program.
#[derive(Debug, FromRow)]
pub(super) struct Owned {
    owner: Option<i64>,
    login: Option<String>,
    disabled: Option<i64>,
    /// A tag holds no control character, so that a line feed parts them.
    tags: Option<String>,
}

impl Owned {
    pub(super) async fn of(connection: &mut SqliteConnection, program: ProgramId) -> Result<Self, Failure> {
        let owned = sqlx::query_as(OWNED).bind(program.0).fetch_optional(connection).await?;
        Ok(owned.ok_or(ServiceError::NotFound)?)
    }

    pub(super) fn owner(&self) -> Option<Owner> {
        let (id, login) = (UserId(self.owner?), self.login.clone()?);
        Some(Owner { id, login, disabled: self.disabled.is_some_and(|disabled| disabled != 0) })
    }

    pub(super) fn tags(&self) -> Result<Tags, Failure> {
        self.tags.as_deref().unwrap_or_default().lines().map(|tag| stored("tag", tag.parse())).collect()
    }

    /// The owner that was chosen: anybody who may log in, or whoever it is already.
    pub(super) async fn accept(
        &self,
        connection: &mut SqliteConnection,
        chosen: Option<UserId>,
    ) -> Result<Option<Owner>, Failure> {
        let Some(chosen) = chosen else { return Ok(None) };
        if let Some(owner) = self.owner().filter(|owner| owner.id == chosen) {
            return Ok(Some(owner));
        }
        let person: Option<Person> = sqlx::query_as(CHOSEN).bind(chosen.0).fetch_optional(connection).await?;
        let owner = person.map(Owner::from).filter(|owner| !owner.disabled);
        Ok(Some(owner.ok_or(ServiceError::invalid(Field::Owner, Problem::Malformed))?))
    }
}

/// Everybody with an account, by log-in name.
pub(super) async fn everybody(connection: &mut SqliteConnection) -> Result<Vec<Owner>, Failure> {
    let people: Vec<Person> = sqlx::query_as(PEOPLE_TO_CHOOSE).fetch_all(connection).await?;
    Ok(people.into_iter().map(Owner::from).collect())
}

/// Puts these tags in the place of those there are.
pub(super) async fn set_tags(
    connection: &mut SqliteConnection,
    program: ProgramId,
    tags: &Tags,
) -> Result<(), Failure> {
    sqlx::query(FORGET_TAGS).bind(program.0).execute(&mut *connection).await?;
    sqlx::query(ADD_TAGS).bind(program.0).bind(json::write(tags)?).execute(connection).await?;
    Ok(())
}

#[derive(FromRow)]
struct Person {
    id: i64,
    login: String,
    disabled: i64,
}

impl From<Person> for Owner {
    fn from(person: Person) -> Self {
        Self { id: UserId(person.id), login: person.login, disabled: person.disabled != 0 }
    }
}

statements! {
    OWNED = "
        SELECT owner, login, disabled,
            (SELECT string_agg(tag, '\n' ORDER BY tag) FROM program_tags WHERE program = programs.id) AS tags
        FROM programs LEFT JOIN users ON users.id = programs.owner WHERE programs.id = $1";

    CHOSEN = "SELECT id, login, disabled FROM users WHERE id = $1";

    PEOPLE_TO_CHOOSE = "SELECT id, login, disabled FROM users ORDER BY login";

    FORGET_TAGS = "DELETE FROM program_tags WHERE program = $1";

    ADD_TAGS = "INSERT INTO program_tags (program, tag) SELECT $1, value FROM json_each($2)";
}
