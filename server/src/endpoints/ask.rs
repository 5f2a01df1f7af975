//! What the register knows of an endpoint and a probe cannot see: who calls it, and whether by sockets.

use model::service::EndpointId;
use probe::Ask;
use sqlx::SqliteConnection;

use crate::store::{Failure, statements, stored};

/// What a probe of an endpoint is to ask for. Of several mini programs one stands for all.
pub(super) async fn of(connection: &mut SqliteConnection, id: EndpointId) -> Result<Ask, Failure> {
    let (app_id, sockets): (Option<String>, i64) =
        sqlx::query_as(CALLERS).bind(id.0).bind(model::Api::Socket.as_str()).fetch_one(connection).await?;
    let app_id = app_id.map(|app_id| stored("AppID", app_id.parse())).transpose()?;
    Ok(Ask { app_id, websocket: sockets > 0 })
}

statements! {
    CALLERS = "
        SELECT MIN(programs.app_id), COUNT(CASE WHEN entries.api = $2 THEN 1 END)
        FROM entries JOIN programs ON programs.id = entries.program
        WHERE entries.endpoint = $1";
}
