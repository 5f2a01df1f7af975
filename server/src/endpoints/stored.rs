//! What is stored of endpoints in several tables, and how it is read.

use model::{
    HostPort, Port, Verdict, Verdicts,
    service::{EndpointId, ServiceError},
};
use sqlx::{FromRow, SqliteConnection};

use crate::store::{Failure, statements, stored};

/// Verdicts as they are stored, of endpoints and of mini programs alike.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub(crate) struct State {
    pub(crate) verdict: String,
    pub(crate) verdict_ios: String,
    pub(crate) verdict_macos: String,
    pub(crate) verdict_android: String,
    pub(crate) verdict_windows: String,
}

impl State {
    pub(crate) fn read(&self) -> Result<(Verdict, Verdicts), Failure> {
        let verdict = |word: &str| stored("verdict", word.parse());
        let platforms = Verdicts {
            ios: verdict(&self.verdict_ios)?,
            macos: verdict(&self.verdict_macos)?,
            android: verdict(&self.verdict_android)?,
            windows: verdict(&self.verdict_windows)?,
        };
        Ok((verdict(&self.verdict)?, platforms))
    }
}

/// A host and port as they are stored.
pub(crate) fn target(host: &str, port: i64) -> Result<HostPort, Failure> {
    let number = u16::try_from(port).ok().and_then(Port::new);
    Ok(HostPort { host: stored("host", host.parse())?, port: stored("port", number.ok_or(port))? })
}

/// Host and port of an endpoint that an entry names.
///
/// # Errors
/// [`ServiceError::NotFound`] where there is none.
pub(super) async fn named(connection: &mut SqliteConnection, id: EndpointId) -> Result<HostPort, Failure> {
    by(NAMED, connection, id).await
}

/// The same of an endpoint, whether or not an entry names it.
pub(super) async fn known(connection: &mut SqliteConnection, id: EndpointId) -> Result<HostPort, Failure> {
    by(KNOWN, connection, id).await
}

async fn by(statement: &'static str, connection: &mut SqliteConnection, id: EndpointId) -> Result<HostPort, Failure> {
    let row: Option<(String, i64)> = sqlx::query_as(statement).bind(id.0).fetch_optional(connection).await?;
    let (host, port) = row.ok_or(ServiceError::NotFound)?;
    target(&host, port)
}

/// Ids, hosts and ports as they are stored.
pub(super) fn targets(rows: Vec<(i64, String, i64)>) -> Result<Vec<(EndpointId, HostPort)>, Failure> {
    rows.into_iter().map(|(id, host, port)| Ok((EndpointId(id), target(&host, port)?))).collect()
}

statements! {
    NAMED = "SELECT host, port FROM named_endpoints WHERE id = $1";

    KNOWN = "SELECT host, port FROM endpoints WHERE id = $1";
}
