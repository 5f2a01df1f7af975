//! The services over a real database in a directory of its own, with a clock that a test moves.
// Each test binary uses a part of it.
#![allow(dead_code, missing_docs, clippy::unwrap_used, unreachable_pub)]

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use app::context::Services;
use model::{
    Timestamp,
    accounts::{Accounts as _, Actor, Client, SessionToken, SetUp},
};
use probe::{NetworkPolicy, Prober, Roots, lab::Lab};
use server::{accounts::People, clock::Clock, endpoints::Probing, programs::Register, store::Store};
use sqlx::{Connection as _, SqliteConnection, sqlite::SqliteConnectOptions};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

pub const PASSWORD: &str = "correct horse battery";

pub struct House {
    pub services: Services,
    pub people: Arc<People>,
    pub probing: Probing,
    pub store: Store,
    pub stop: CancellationToken,
    seconds: Arc<AtomicI64>,
    directory: TempDir,
}

impl House {
    pub async fn open(lab: Option<&Lab>) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(directory.path()).await.unwrap();
        let seconds = Arc::new(AtomicI64::new(Timestamp::now().as_second()));
        let clock = {
            let seconds = Arc::clone(&seconds);
            Clock::from_fn(move || Timestamp::from_second(seconds.load(Ordering::SeqCst)).unwrap())
        };
        let mut prober = Prober::builder().policy(NetworkPolicy::allowing(["127.0.0.0/8".parse().unwrap()]));
        let mut roots = Roots::mozilla();
        if let Some(lab) = lab {
            prober = prober.fixed(lab.resolve());
            roots = Roots::from_pem(lab.root_pem().as_bytes()).unwrap();
        }
        let stop = CancellationToken::new();
        let prober = prober.build().unwrap();
        let probing = Probing::new(store.clone(), clock.clone(), prober, vec![roots], 8, stop.clone());
        let people = Arc::new(People::new(store.clone(), clock.clone()));
        let services = Services {
            accounts: people.clone(),
            programs: Arc::new(Register::new(store.clone(), clock, probing.runs())),
            endpoints: Arc::new(probing.clone()),
        };
        Self { services, people, probing, store, stop, seconds, directory }
    }

    pub fn pass(&self, seconds: i64) {
        self.seconds.fetch_add(seconds, Ordering::SeqCst);
    }

    /// The first account, and its session.
    pub async fn first_account(&self) -> (Actor, SessionToken) {
        let token = self.people.set_up_link().await.unwrap().unwrap();
        let session = self.people.set_up(set_up(&token), &Client::default()).await.unwrap();
        (self.people.actor(&session).await.unwrap().unwrap(), session)
    }

    /// A second connection to the same file, past every service.
    pub async fn connection(&self) -> SqliteConnection {
        let options = SqliteConnectOptions::new().filename(self.directory.path().join("hufu.db"));
        SqliteConnection::connect_with(&options).await.unwrap()
    }

    pub async fn count(&self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql).fetch_one(&mut self.connection().await).await.unwrap()
    }

    pub async fn audited(&self) -> i64 {
        self.count("SELECT COUNT(*) FROM audit_log").await
    }
}

pub fn set_up(token: &str) -> SetUp {
    SetUp {
        token: token.to_owned(),
        login: "chen".to_owned(),
        password: PASSWORD.to_owned(),
        password_again: PASSWORD.to_owned(),
    }
}
