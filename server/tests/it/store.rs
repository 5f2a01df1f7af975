//! The database file: who may open it, what it refuses to be, and that it stays as it was left.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

use crate::common::{House, SHOP, program_with, registered};
use model::accounts::{Accounts as _, Client};
use server::{
    accounts::People,
    clock::Clock,
    store::{Store, StoreError},
};
use sqlx::{Connection as _, Executor as _, SqliteConnection, sqlite::SqliteConnectOptions};

const FILE: &str = "hufu.db";

/// Runs SQL on a database that no server has open.
async fn tamper(directory: &Path, sql: &'static str) {
    let options = SqliteConnectOptions::new().filename(directory.join(FILE));
    let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
    connection.execute(sql).await.unwrap();
    connection.close().await.unwrap();
}

async fn made() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    Store::open(directory.path()).await.unwrap().close().await;
    directory
}

#[tokio::test]
async fn one_server_at_a_time_has_the_directory() {
    let directory = tempfile::tempdir().unwrap();
    let first = Store::open(directory.path()).await.unwrap();
    let second = Store::open(directory.path()).await.err();
    assert!(matches!(second, Some(StoreError::InUse { .. })), "{second:?}");
    // Who only reads may come beside it.
    Store::open_read_only(directory.path()).await.unwrap().ready().await.unwrap();
    let clone = first.clone();
    first.close().await;
    drop(first);
    assert!(matches!(Store::open(directory.path()).await, Err(StoreError::InUse { .. })), "a clone is left");
    drop(clone);
    Store::open(directory.path()).await.unwrap().ready().await.unwrap();
}

#[tokio::test]
async fn nobody_else_on_the_machine_can_read_it() {
    let parent = tempfile::tempdir().unwrap();
    let directory = parent.path().join("var/hufu");
    let store = Store::open(&directory).await.unwrap();
    People::new(store.clone(), Clock::system()).set_up_link().await.unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&directory), 0o700);
    let files: Vec<_> = fs::read_dir(&directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(files.iter().any(|path| path.ends_with("hufu.db-wal")), "{files:?}");
    for file in files {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
}

#[tokio::test]
async fn what_is_no_database_of_this_version_is_named_and_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let refused = Store::open_read_only(directory.path()).await.err();
    assert!(matches!(refused, Some(StoreError::NotFound { .. })), "{refused:?}");

    let file = directory.path().join(FILE);
    let text = "A shopping list, and long enough to be taken for the header of a database file. ".repeat(20);
    fs::write(&file, &text).unwrap();
    let refused = Store::open(directory.path()).await.err();
    assert!(matches!(refused, Some(StoreError::NotADatabase { .. })), "{refused:?}");
    assert_eq!(fs::read_to_string(&file).unwrap(), text);
    let refused = Store::open_read_only(directory.path()).await.err();
    assert!(matches!(refused, Some(StoreError::NotADatabase { .. })), "{refused:?}");

    let refused = Store::open(&file).await.err();
    assert!(matches!(refused, Some(StoreError::NotWritable { .. })), "{refused:?}");
}

#[tokio::test]
async fn a_database_of_a_later_version_is_refused_and_an_earlier_one_is_brought_up_to_date() {
    let directory = made().await;
    tamper(
        directory.path(),
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
         VALUES (9999, 'from the future', TRUE, x'00', 0)",
    )
    .await;
    for refused in [Store::open(directory.path()).await.err(), Store::open_read_only(directory.path()).await.err()] {
        assert!(matches!(refused, Some(StoreError::Newer { found: 9999, .. })), "{refused:?}");
    }

    let directory = made().await;
    tamper(directory.path(), "UPDATE _sqlx_migrations SET checksum = x'00'").await;
    let refused = Store::open(directory.path()).await.err();
    assert!(matches!(refused, Some(StoreError::Migration { .. })), "{refused:?}");

    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join(FILE), "").unwrap();
    let refused = Store::open_read_only(directory.path()).await.err();
    assert!(matches!(refused, Some(StoreError::NotADatabase { .. })), "{refused:?}");
    Store::open(directory.path()).await.unwrap().ready().await.unwrap();
}

#[tokio::test]
async fn a_restart_finds_everything_and_every_session() {
    let house = House::open(None).await;
    let (actor, session) = house.first_account().await;
    let entries = ["https://a.example.com".to_owned()];
    program_with(&house, SHOP, &entries, &actor).await;
    let before = registered(&house, &actor).await;
    let house = house.restart().await;
    assert_eq!(registered(&house, &actor).await, before);
    assert_eq!(house.people.actor(&session).await.unwrap(), Some(actor));
    assert_eq!(house.people.set_up_link().await.unwrap(), None);
    assert_eq!(house.people.log_out(&session, &Client::default()).await, Ok(()));
}

#[tokio::test]
async fn a_database_that_is_closed_is_one_file_with_everything_in_it() {
    let house = House::open(None).await;
    house.first_account().await;
    house.store.close().await;
    let copy = tempfile::tempdir().unwrap();
    fs::copy(house.directory().join(FILE), copy.path().join(FILE)).unwrap();
    assert!(!house.directory().join(format!("{FILE}-wal")).exists());
    let store = Store::open(copy.path()).await.unwrap();
    store.close().await;
    let options = SqliteConnectOptions::new().filename(copy.path().join(FILE));
    let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
    let users: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM users").fetch_one(&mut connection).await.unwrap();
    assert_eq!(users, 1);
}

#[tokio::test]
async fn a_database_of_something_else_is_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let options = SqliteConnectOptions::new().filename(directory.path().join(FILE)).create_if_missing(true);
    let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
    sqlx::query("CREATE TABLE shopping (item TEXT)").execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    let refused = Store::open(directory.path()).await.err();
    assert!(matches!(refused, Some(StoreError::NotADatabase { .. })), "{refused:?}");
}

#[tokio::test]
async fn a_database_that_is_closed_is_not_ready() {
    let house = House::open(None).await;
    house.store.ready().await.unwrap();
    house.store.close().await;
    assert!(house.store.ready().await.is_err());
}
