//! Exports: a list as a file, for the filter on screen. Rows go from the database into the answer a
//! few at a time, and each export leaves a line in the audit log.

mod audit;
mod csv;
mod endpoints;
mod inventory;
mod json_lines;
mod table;
mod xlsx;

use std::{io, sync::Arc, time::Duration};

use app::{
    audit::query as audit_query, endpoints::query as endpoint_query, export::Format, i18n::Locale,
    programs::query as program_query,
};
use futures::{
    Stream, StreamExt as _, TryStreamExt as _,
    stream::{self, BoxStream},
};
use model::{
    Timestamp, Zone,
    accounts::{Actor, Permission},
    audit::{Action, AuditQuery},
    endpoints::list::EndpointQuery,
    paging::PageSize,
    programs::list::ProgramQuery,
    service::{EndpointId, ServiceError, ServiceResult},
};
use serde_json::{Value, json};
use sqlx::SqliteConnection;
use tokio::{
    io::AsyncReadExt as _,
    sync::{Semaphore, mpsc},
    time::timeout,
};

use self::{
    csv::Csv,
    json_lines::JsonLines,
    table::{Lines, Record},
};
use crate::{
    audit::{Record as Audited, log},
    clock::Clock,
    endpoints::{list, selection},
    programs::inventory as register,
    settings::stale_before,
    store::{Failure, Store},
};

/// Writes lists to files. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Exports {
    store: Store,
    clock: Clock,
    turns: Arc<Semaphore>,
}

/// How somebody wants an export.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    /// The kind of file.
    pub format: Format,
    /// The language of its words; JSON has none.
    pub locale: Locale,
    /// Whose day its name bears, and whose days the list has.
    pub zone: Zone,
}

/// A file on its way.
pub struct Download {
    /// What to save it as.
    pub file_name: String,
    /// What it is.
    pub content_type: &'static str,
    receiver: mpsc::Receiver<Piece>,
}

/// A part of a file. Without the last, the file is not whole.
enum Piece {
    Bytes(Vec<u8>),
    End,
}

impl Exports {
    /// Exports of what is in `store`.
    pub fn new(store: Store, clock: Clock) -> Self {
        Self { store, clock, turns: Arc::new(Semaphore::new(AT_ONCE)) }
    }

    /// The lines of the audit log that the page shows, on all its pages.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`], and when the export cannot be logged.
    pub async fn audit(&self, query: AuditQuery, wanted: Wanted, actor: &Actor) -> ServiceResult<Download> {
        let view = audit_query::link(&AuditQuery { page: 0, size: PageSize::default(), ..query.clone() });
        let now = self.begin("audit", &view, wanted, actor).await?;
        Ok(self.download("audit", now, wanted, move |connection| log::every(connection, &query)))
    }

    /// The endpoints that the list shows, on all its pages, in its order.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`], and when the export cannot be logged.
    pub async fn endpoints(&self, query: EndpointQuery, wanted: Wanted, actor: &Actor) -> ServiceResult<Download> {
        let view = endpoint_query::link(&EndpointQuery { page: 0, size: PageSize::default(), ..query.clone() });
        let now = self.begin("endpoints", &view, wanted, actor).await?;
        Ok(self.download("endpoints", now, wanted, move |connection| list::every(connection, &query, now)))
    }

    /// The endpoints that somebody has ticked, in the order in which they were ticked.
    ///
    /// # Errors
    /// [`ServiceError::Invalid`] when too few or too many are, [`ServiceError::Forbidden`], and when
    /// the export cannot be logged.
    pub async fn chosen_endpoints(
        &self,
        ids: Vec<EndpointId>,
        wanted: Wanted,
        actor: &Actor,
    ) -> ServiceResult<Download> {
        actor.require(Permission::View)?;
        let mut left = selection::ticked(&ids)?;
        let ids: Vec<_> = ids.into_iter().filter(|id| left.remove(id)).collect();
        let told = json!({ "format": wanted.format.as_str(), "endpoints": ids.len() });
        let now = self.log("endpoints", told, actor).await?;
        Ok(self.download("endpoints", now, wanted, move |connection| list::chosen(connection, &ids)))
    }

    /// The entries of the mini programs that the list shows, on all its pages.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`], and when the export cannot be logged.
    pub async fn inventory(&self, query: ProgramQuery, wanted: Wanted, actor: &Actor) -> ServiceResult<Download> {
        let view = program_query::link(&ProgramQuery { page: 0, size: PageSize::default(), ..query.clone() });
        let now = self.begin("programs", &view, wanted, actor).await?;
        let stale_before = stale_before(&mut *self.store.read().await?, now).await?;
        Ok(self.download("domains", now, wanted, move |connection| {
            register::every(connection, &query.filter, stale_before)
        }))
    }

    /// Who may not see may not export, and what cannot be logged is not exported.
    async fn begin(&self, list: &str, view: &str, wanted: Wanted, actor: &Actor) -> ServiceResult<Timestamp> {
        actor.require(Permission::View)?;
        let (view, zone) = (crate::audit::view(view), wanted.zone.to_string());
        self.log(list, json!({ "format": wanted.format.as_str(), "view": view, "zone": zone }), actor).await
    }

    async fn log(&self, list: &str, told: Value, actor: &Actor) -> ServiceResult<Timestamp> {
        let now = self.clock.now();
        let record = Audited::by(actor, now, Action::ExportRead, format!("export {list}")).after(told);
        let write = self.store.write().await?;
        write.commit([record]).await?;
        Ok(now)
    }

    fn download<R, F>(&self, name: &str, now: Timestamp, wanted: Wanted, rows: F) -> Download
    where
        R: Record + Send + Sync + 'static,
        F: for<'c> FnOnce(&'c mut SqliteConnection) -> BoxStream<'c, Result<R, Failure>> + Send + 'static,
    {
        let (sender, receiver) = mpsc::channel(PIECES);
        let exports = self.clone();
        tokio::spawn(async move {
            let written = tokio::select! {
                // The client has gone, and so what is half done is dropped.
                () = sender.closed() => return,
                written = exports.write(rows, wanted, &sender) => written,
            };
            match written {
                Ok(()) => {
                    let _ = sender.send(Piece::End).await;
                }
                Err(failure) => {
                    // Logs it. The client sees that the file has no end.
                    let _ = ServiceError::from(failure);
                }
            }
        });
        let (format, date) = (wanted.format, wanted.zone.day(now));
        Download {
            file_name: format!("hufu-{name}-{date}.{}", format.as_str()),
            content_type: content_type(format),
            receiver,
        }
    }

    async fn write<R, F>(&self, rows: F, wanted: Wanted, sender: &mpsc::Sender<Piece>) -> Result<(), Failure>
    where
        R: Record + Send + Sync,
        F: for<'c> FnOnce(&'c mut SqliteConnection) -> BoxStream<'c, Result<R, Failure>> + Send,
    {
        let turn = self.turns.acquire().await.map_err(table::broken)?;
        // One transaction: nothing that changes meanwhile is missed or told twice. While it lasts, the
        // database's log of changes only grows.
        let mut read = self.store.read().await?;
        let mut rows = rows(&mut read);
        let written = async {
            match wanted.format {
                Format::Csv => lines(&mut rows, Csv::new::<R>(wanted.locale)?, sender).await.map(|()| None),
                Format::JsonLines => lines(&mut rows, JsonLines::default(), sender).await.map(|()| None),
                Format::Xlsx => xlsx::write(&mut rows, wanted.locale).await.map(Some),
            }
        };
        let file = timeout(HELD_MOST, written).await.map_err(table::broken)??;
        drop(rows);
        drop((read, turn));
        match file {
            Some(file) => send_file(file, sender).await,
            None => Ok(()),
        }
    }
}

impl Download {
    /// Its bytes. Ends with an error unless the file is whole.
    pub fn bytes(self) -> impl Stream<Item = io::Result<Vec<u8>>> + Send + 'static {
        let pieces = stream::unfold(Some(self.receiver), |receiver| async {
            let mut receiver = receiver?;
            match receiver.recv().await {
                Some(Piece::Bytes(bytes)) => Some((Ok(bytes), Some(receiver))),
                Some(Piece::End) => None,
                None => Some((Err(io::ErrorKind::UnexpectedEof.into()), None)),
            }
        });
        // Whoever compresses it asks once more after the end.
        pieces.fuse()
    }
}

async fn lines<R: Record>(
    rows: &mut BoxStream<'_, Result<R, Failure>>,
    mut lines: impl Lines,
    sender: &mpsc::Sender<Piece>,
) -> Result<(), Failure> {
    while let Some(row) = rows.try_next().await? {
        if let Some(full) = lines.push(&row)? {
            send(full, sender).await;
        }
    }
    send(lines.rest()?, sender).await;
    Ok(())
}

async fn send_file(file: std::fs::File, sender: &mpsc::Sender<Piece>) -> Result<(), Failure> {
    let mut file = tokio::fs::File::from_std(file);
    loop {
        let mut bytes = Vec::with_capacity(table::PIECE);
        if file.read_buf(&mut bytes).await.map_err(table::broken)? == 0 {
            return Ok(());
        }
        send(bytes, sender).await;
    }
}

async fn send(bytes: Vec<u8>, sender: &mpsc::Sender<Piece>) {
    // When nobody listens any more, whoever calls is dropped at its next step.
    let _ = sender.send(Piece::Bytes(bytes)).await;
}

const fn content_type(format: Format) -> &'static str {
    match format {
        Format::Csv => "text/csv; charset=utf-8; header=present",
        Format::Xlsx => XLSX,
        Format::JsonLines => "application/jsonl",
    }
}

/// The media type of a workbook.
pub(crate) const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// Exports that read at the same time, so that most readers of the store are left to the console.
const AT_ONCE: usize = 3;

/// Pieces that wait for a slow client.
const PIECES: usize = 4;

/// How long an export may read. A client that is slower must narrow the filter.
const HELD_MOST: Duration = Duration::from_secs(15 * 60);
