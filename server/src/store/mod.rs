//! The database: one SQLite file in the data directory, one connection that writes and several that
//! read. What is stored and why is each vertical's own affair.

mod failure;
mod pattern;
mod place;
mod statements;

use std::{
    fs::{DirBuilder, File, OpenOptions, TryLockError},
    io,
    ops::{Deref, DerefMut},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

pub(crate) use failure::{Failure, json, stored, time};
pub(crate) use pattern::{containing, host_of, in_ascii, in_hosts};
pub(crate) use place::Place;
use sqlx::{
    Sqlite, SqliteConnection, SqlitePool, Transaction,
    migrate::{MigrateError, Migrator},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
pub(crate) use statements::statements;

use crate::audit::{self, Record};

/// The database. Cheap to clone; clones share everything.
#[derive(Clone, Debug)]
pub struct Store(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// None when opened read-only.
    writer: Option<SqlitePool>,
    readers: SqlitePool,
    /// Held for as long as this process writes.
    _lock: Option<File>,
}

/// Why the database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The data directory or the file in it cannot be made or written.
    #[error("cannot write to {path}: {source}")]
    NotWritable {
        /// What was to be written.
        path: PathBuf,
        /// The operating system's words.
        source: io::Error,
    },
    /// There is no database to read.
    #[error("there is no database at {path}")]
    NotFound {
        /// Where it should be.
        path: PathBuf,
    },
    /// Another process has the data directory open for writing.
    #[error("{directory} is in use by another hufu")]
    InUse {
        /// The data directory.
        directory: PathBuf,
    },
    /// The file is something else.
    #[error("{path} is not a Hufu database")]
    NotADatabase {
        /// The file.
        path: PathBuf,
    },
    /// A later version of Hufu has written the file.
    #[error(
        "{path} was written by a later version of hufu (schema {found}; this one knows {known}): install that version"
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// The schema of the file.
        found: i64,
        /// The latest schema of this binary.
        known: i64,
    },
    /// Some migrations have not been applied.
    #[error("the database is at schema {found} and this hufu needs {known}")]
    Older {
        /// The schema of the file.
        found: i64,
        /// The latest schema of this binary.
        known: i64,
    },
    /// A migration failed, or is not the one that was applied.
    #[error("{path} cannot be brought up to date: {source}")]
    Migration {
        /// The file.
        path: PathBuf,
        /// The driver's words.
        source: MigrateError,
    },
    /// The database does not answer.
    #[error("{path}: {source}")]
    Database {
        /// The file.
        path: PathBuf,
        /// The driver's words.
        source: sqlx::Error,
    },
}

impl Store {
    /// Opens the database in `directory`, makes it when there is none, and brings its schema up to
    /// date. No other process can open it this way until the last clone is gone.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn open(directory: &Path) -> Result<Self, StoreError> {
        let path = directory.join(FILE);
        make_directory(directory)?;
        let lock = lock(directory)?;
        open_private(&path)?;

        let options = options(&path)
            .journal_mode(SqliteJournalMode::Wal)
            // Once a caller has its answer, the change must survive a power cut too. NORMAL leaves
            // the log unsynced at commit; FULL costs one fsync a transaction, and writes are few.
            .synchronous(SqliteSynchronous::Full)
            .pragma("journal_size_limit", "67108864");
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            .connect_with(options)
            .await
            .map_err(|error| refused(&path, error))?;
        // Somebody else's database, which migrations would happily join.
        let foreign: bool =
            sqlx::query_scalar(FOREIGN).fetch_one(&writer).await.map_err(|error| refused(&path, error))?;
        if foreign {
            return Err(StoreError::NotADatabase { path });
        }
        MIGRATOR.run(&writer).await.map_err(|error| unmigrated(&path, error))?;
        // This version may judge what is stored otherwise than the one before.
        sqlx::query(FORGET_SUMS).execute(&writer).await.map_err(|error| refused(&path, error))?;

        let readers = readers(&path).await?;
        Ok(Self(Arc::new(Inner { writer: Some(writer), readers, _lock: Some(lock) })))
    }

    /// Opens the database in `directory` without ever writing to it, beside a server that does.
    ///
    /// # Errors
    /// See [`StoreError`]; [`StoreError::Older`] when a server must first bring it up to date.
    pub async fn open_read_only(directory: &Path) -> Result<Self, StoreError> {
        let path = directory.join(FILE);
        if !path.exists() {
            return Err(StoreError::NotFound { path });
        }
        let readers = readers(&path).await?;
        let store = Self(Arc::new(Inner { writer: None, readers, _lock: None }));
        store.ready().await?;
        Ok(store)
    }

    /// Whether the database answers and its schema is the one of this binary.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn ready(&self) -> Result<(), StoreError> {
        let path = self.0.readers.connect_options().get_filename().to_owned();
        let known = MIGRATOR.iter().map(|migration| migration.version).max().unwrap_or_default();
        let found = match sqlx::query_scalar(SCHEMA).fetch_one(&self.0.readers).await {
            Ok(found) => found,
            Err(error) if says(&error, "no such table") => return Err(StoreError::NotADatabase { path }),
            Err(error) => return Err(refused(&path, error)),
        };
        if found > known {
            return Err(StoreError::Newer { path, found, known });
        }
        if found < known { Err(StoreError::Older { found, known }) } else { Ok(()) }
    }

    /// Closes every connection once it is free. The one that writes goes last: SQLite folds the log
    /// into the file with the last connection, if that may write.
    pub async fn close(&self) {
        self.0.readers.close().await;
        if let Some(writer) = &self.0.writer {
            writer.close().await;
        }
    }

    /// One moment of the database, for as long as the answer lives.
    pub(crate) async fn read(&self) -> Result<Read, Failure> {
        Ok(Read(self.0.readers.begin().await?))
    }

    /// The one transaction that writes. Dropped before [`Write::commit`], it leaves no trace.
    pub(crate) async fn write(&self) -> Result<Write, Failure> {
        let writer = self.0.writer.as_ref().ok_or(Failure::ReadOnly)?;
        // A deferred transaction that reads first can fail at its first write.
        Ok(Write(writer.begin_with("BEGIN IMMEDIATE").await?))
    }
}

/// A number of rows, as the model tells it.
pub(crate) fn count(number: impl TryInto<u32>) -> u32 {
    number.try_into().unwrap_or(u32::MAX)
}

/// A transaction that only reads.
pub(crate) struct Read(Transaction<'static, Sqlite>);

/// The transaction that writes.
pub(crate) struct Write(Transaction<'static, Sqlite>);

impl Write {
    /// Makes the changes last, together with their lines in the audit log: there is no other way
    /// to commit what a person or a probe has changed.
    pub(crate) async fn commit(mut self, records: impl IntoIterator<Item = Record>) -> Result<(), Failure> {
        let records: Vec<Record> = records.into_iter().collect();
        audit::append(&mut self, &records).await?;
        Ok(self.0.commit().await?)
    }

    /// Makes changes last that tell nobody anything: when a session was last used, sums that can
    /// be worked out again.
    pub(crate) async fn commit_housekeeping(self) -> Result<(), Failure> {
        Ok(self.0.commit().await?)
    }
}

macro_rules! is_a_connection {
    ($($name:ty),+) => {$(
        impl Deref for $name {
            type Target = SqliteConnection;

            fn deref(&self) -> &SqliteConnection {
                &self.0
            }
        }

        impl DerefMut for $name {
            fn deref_mut(&mut self) -> &mut SqliteConnection {
                &mut self.0
            }
        }
    )+};
}

is_a_connection!(Read, Write);

fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new().filename(path).foreign_keys(true).busy_timeout(BUSY)
}

async fn readers(path: &Path) -> Result<SqlitePool, StoreError> {
    SqlitePoolOptions::new()
        .max_connections(READERS)
        .connect_with(options(path).read_only(true))
        .await
        .map_err(|error| refused(path, error))
}

fn make_directory(directory: &Path) -> Result<(), StoreError> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(directory)
        .map_err(|source| StoreError::NotWritable { path: directory.to_owned(), source })
}

/// SQLite's own locks let a second process in between two writes; runs and limits live in memory,
/// so there must be one server only. The lock is on a file of its own, for closing any handle of
/// the database file would drop SQLite's locks on it.
fn lock(directory: &Path) -> Result<File, StoreError> {
    let file = open_private(&directory.join(LOCK))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::InUse { directory: directory.to_owned() }),
        Err(TryLockError::Error(source)) => Err(StoreError::NotWritable { path: directory.join(LOCK), source }),
    }
}

/// SQLite gives its `-wal` and `-shm` files the mode of the database file.
fn open_private(path: &Path) -> Result<File, StoreError> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path)
        .map_err(|source| StoreError::NotWritable { path: path.to_owned(), source })
}

fn refused(path: &Path, error: sqlx::Error) -> StoreError {
    let path = path.to_owned();
    let code = error.as_database_error().and_then(|error| error.code()?.parse::<i32>().ok());
    // The low byte is the primary result code: https://sqlite.org/rescode.html
    match code.map(|code| code & 0xff) {
        Some(26) => StoreError::NotADatabase { path },
        Some(8) => StoreError::NotWritable { path, source: io::ErrorKind::ReadOnlyFilesystem.into() },
        Some(5) => StoreError::InUse { directory: path.parent().map(Path::to_owned).unwrap_or(path) },
        _ => StoreError::Database { path, source: error },
    }
}

fn unmigrated(path: &Path, error: MigrateError) -> StoreError {
    let known = MIGRATOR.iter().map(|migration| migration.version).max().unwrap_or_default();
    match error {
        MigrateError::VersionMissing(found) if found > known => {
            StoreError::Newer { path: path.to_owned(), found, known }
        }
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) if says(&error, "not a database") => {
            refused(path, error)
        }
        source => StoreError::Migration { path: path.to_owned(), source },
    }
}

fn says(error: &sqlx::Error, words: &str) -> bool {
    error.as_database_error().is_some_and(|error| error.message().contains(words))
}

static MIGRATOR: Migrator = sqlx::migrate!("../migrations");

const FILE: &str = "hufu.db";
const LOCK: &str = "hufu.lock";

/// How long a statement waits for another process, such as a backup.
const BUSY: Duration = Duration::from_secs(10);

/// Readers never wait for the writer, only for each other's CPU.
const READERS: u32 = 8;

statements! {
    SCHEMA = "SELECT COALESCE(MAX(version), 0) FROM _sqlx_migrations";

    FOREIGN = "
        SELECT EXISTS (SELECT 1 FROM sqlite_schema)
            AND NOT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = '_sqlx_migrations')";

    // The others are worked out anew anyway.
    FORGET_SUMS = "UPDATE programs SET summed_until = 0 WHERE summed_until > 0 OR summed_until IS NULL";
}
