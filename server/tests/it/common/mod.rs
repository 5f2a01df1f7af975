//! The services over a real database in a directory of its own, with a clock that a test moves.
#![allow(unreachable_pub)]

pub mod certificates;
pub mod mail;
pub mod web;

use std::{
    net::IpAddr,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use app::{
    audit::{difference::difference, words},
    context::Services,
    i18n::Locale,
};
use futures::StreamExt as _;
use model::{
    Api, Timestamp, Zone,
    accounts::{Accounts as _, Actor, ChoosePassword, Client, Role, SessionToken, SetUp},
    endpoints::{Endpoints as _, Run, Scope},
    icp::{
        IcpSource, IcpState,
        filings::{FilingPaste, NewIcpRecord},
        paste::domains_of,
    },
    programs::{NewProgram, ProgramSummary, list::ProgramQuery},
    service::{EndpointId, ProgramId, ServiceResult},
};
use probe::{FixedAddresses, NetworkPolicy, Prober, Resolve, Roots, lab::Lab};
use server::{
    accounts::People,
    alerts::{Bell, Post},
    audit::Log,
    certificates::Collection,
    clock::Clock,
    drafts::Desk,
    endpoints::{Pace, Probing},
    exports::Exports,
    icp::Filings,
    overview::Lookout,
    programs::Register,
    settings::{AtStart, Dials},
    store::Store,
    tools::Inspector,
};
use sqlx::{Connection as _, SqliteConnection, sqlite::SqliteConnectOptions};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

pub const PASSWORD: &str = "correct horse battery";

/// AppIDs of two mini programs.
pub const SHOP: &str = "wx0123456789abcdef";
pub const OTHER: &str = "wx0123456789abcdee";

pub const HOUR: i64 = 60 * 60;
pub const DAY: i64 = 24 * HOUR;

pub struct House {
    pub services: Services,
    pub exports: Exports,
    pub people: Arc<People>,
    pub probing: Probing,
    pub post: Post,
    pub store: Store,
    pub stop: CancellationToken,
    seconds: Arc<AtomicI64>,
    directory: TempDir,
}

impl House {
    pub async fn open(lab: Option<&Lab>) -> Self {
        let seconds = Arc::new(AtomicI64::new(Clock::system().now().as_second()));
        Self::furnish(tempfile::tempdir().unwrap(), seconds, lab).await
    }

    /// Everything anew over the same file.
    pub async fn restart(self) -> Self {
        let Self { services, exports, people, probing, post, store, stop, seconds, directory } = self;
        stop.cancel();
        probing.drain().await;
        store.close().await;
        drop((services, exports, people, probing, post, store));
        Self::furnish(directory, seconds, None).await
    }

    async fn furnish(directory: TempDir, seconds: Arc<AtomicI64>, lab: Option<&Lab>) -> Self {
        let store = Store::open(directory.path()).await.unwrap();
        let clock = clock(&seconds);
        let fixed = lab.map(Lab::resolve).unwrap_or_default();
        let roots = lab.map_or_else(Roots::mozilla, roots);
        let stop = CancellationToken::new();
        let bell = Bell::default();
        let stores = vec![roots.clone()];
        let prober = prober(fixed, &roots);
        let probing =
            Probing::new(store.clone(), clock.clone(), prober.clone(), stores, pace(), bell.clone(), stop.clone());
        let at_start = AtStart { every_hours: None, allowed: vec!["127.0.0.0/8".parse().unwrap()] };
        let dials = Dials::open(store.clone(), clock.clone(), probing.clone(), at_start).await.unwrap();
        let post = Post::new(store.clone(), clock.clone(), None, loopback(), bell);
        let people = Arc::new(People::new(store.clone(), clock.clone()));
        let services = Services {
            accounts: people.clone(),
            overview: Arc::new(Lookout::new(store.clone(), clock.clone())),
            programs: Arc::new(Register::new(store.clone(), clock.clone(), probing.runs())),
            endpoints: Arc::new(probing.clone()),
            certificates: Arc::new(Collection::new(store.clone(), clock.clone())),
            icp: Arc::new(Filings::new(store.clone(), clock.clone())),
            alerts: Arc::new(post.clone()),
            audit: Arc::new(Log::new(store.clone())),
            settings: Arc::new(dials),
            tools: Arc::new(Inspector::new(vec![roots.clone()], prober, clock.clone())),
            drafts: Arc::new(Desk::new(store.clone(), clock.clone())),
            now: clock.as_fn(),
        };
        let exports = Exports::new(store.clone(), clock);
        Self { services, exports, people, probing, post, store, stop, seconds, directory }
    }

    pub fn pass(&self, seconds: i64) {
        self.seconds.fetch_add(seconds, Ordering::SeqCst);
    }

    pub fn now(&self) -> i64 {
        self.seconds.load(Ordering::SeqCst)
    }

    pub fn clock(&self) -> Clock {
        clock(&self.seconds)
    }

    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// Probing into the same store when the network looks otherwise, or other roots are trusted.
    pub fn probing_elsewhere(&self, fixed: FixedAddresses, roots: Roots) -> Probing {
        let (store, clock) = (self.store.clone(), clock(&self.seconds));
        Probing::new(store, clock, prober(fixed, &roots), vec![roots], pace(), Bell::default(), self.stop.clone())
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

    /// The page of the audit log has a name of its own for every field that was written so far.
    pub async fn every_field_has_words(&self) {
        let sql = "SELECT before, after FROM audit_log";
        let lines: Vec<(Option<String>, Option<String>)> =
            sqlx::query_as(sql).fetch_all(&mut self.connection().await).await.unwrap();
        let objects = lines.iter().flat_map(|(before, after)| [before.as_deref(), after.as_deref()]);
        let fields = objects.flat_map(|object| difference(object, None).changes).map(|change| change.field);
        let is_raw = |path: &str| [Locale::zh_CN, Locale::en].iter().any(|locale| words::field(path, *locale) == path);
        let raw: Vec<String> = fields.filter(|path| words::is_told(path) && is_raw(path)).collect();
        assert!(raw.is_empty(), "{raw:?}");
    }
}

fn clock(seconds: &Arc<AtomicI64>) -> Clock {
    let seconds = Arc::clone(seconds);
    Clock::from_fn(move || Timestamp::from_second(seconds.load(Ordering::SeqCst)).unwrap())
}

fn prober(fixed: FixedAddresses, roots: &Roots) -> Prober {
    Prober::builder().policy(loopback()).fixed(fixed).roots(vec![roots.clone()]).build().unwrap()
}

fn loopback() -> NetworkPolicy {
    NetworkPolicy::allowing(["127.0.0.0/8".parse().unwrap()])
}

fn pace() -> Pace {
    Pace { at_once: 8, ..Pace::default() }
}

/// What vouches for the servers of the lab.
pub fn roots(lab: &Lab) -> Roots {
    Roots::from_pem(lab.root_pem().as_bytes()).unwrap()
}

/// What the lab's server `name` is when only that address of it is known.
pub fn only(lab: &Lab, name: &str, address: [u8; 4]) -> FixedAddresses {
    let server = lab.server(name).unwrap();
    let addresses = vec![IpAddr::from(address)];
    [Resolve { host: server.host.clone(), port: server.port, addresses }].into_iter().collect()
}

/// Entries that name servers of the lab.
pub fn urls(lab: &Lab, names: &[&str]) -> Vec<String> {
    names.iter().map(|name| format!("https://{}", lab.server(name).unwrap().target())).collect()
}

/// Somebody new who has come in.
pub async fn newcomer(house: &House, login: &str, role: Role, admin: &Actor) -> (Actor, SessionToken) {
    let link = house.people.add_person(login.to_owned(), role, admin).await.unwrap();
    let password = PASSWORD.to_owned();
    let chosen = ChoosePassword { token: link.0, password: password.clone(), password_again: password };
    let session = house.people.choose_password(chosen, &Client::default()).await.unwrap();
    (house.people.actor(&session).await.unwrap().unwrap(), session)
}

/// Endpoints past every service: many alike, so that an order without a last word would show.
pub async fn many_endpoints(house: &House, count: u32) {
    let mut connection = house.connection().await;
    for number in 0..count {
        let add = "INSERT INTO endpoints (host, port, verdict, not_after, probed_at) VALUES ($1, 443, $2, $3, $4)";
        sqlx::query(add)
            .bind(format!("h{number}.example.com"))
            .bind(["pass", "fail", "unknown"][number as usize % 3])
            .bind((number % 4 > 0).then_some(i64::from(number % 4)))
            .bind((number % 2 > 0).then_some(1))
            .execute(&mut connection)
            .await
            .unwrap();
    }
}

/// A mini program, and the endpoints that the entries of its request list name, in their order.
pub async fn program_with(
    house: &House,
    app_id: &str,
    entries: &[String],
    actor: &Actor,
) -> (ProgramId, Vec<EndpointId>) {
    let programs = &house.services.programs;
    let new = NewProgram { app_id: app_id.parse().unwrap(), name: "Shop".to_owned() };
    let id = programs.add_program(new, actor).await.unwrap();
    programs.add_entries(id, Api::Request, entries.to_vec(), actor).await.unwrap();
    let entries = programs.program(id, actor).await.unwrap().entries;
    (id, entries.iter().map(|row| row.endpoint.unwrap()).collect())
}

/// The mini programs of the first page of the list, worst first.
pub async fn registered(house: &House, actor: &Actor) -> Vec<ProgramSummary> {
    let page = house.services.programs.program_list(&ProgramQuery::default(), actor).await.unwrap();
    page.rows.into_iter().map(|row| row.summary).collect()
}

/// What is known of a filing, by somebody who has read that revision of its record.
pub fn filing(domain: &str, state: IcpState, revision: i64) -> NewIcpRecord {
    NewIcpRecord {
        domain: domain.parse().unwrap(),
        revision,
        state,
        number: None,
        holder: None,
        source: IcpSource::Typed,
        confirmed_on: None,
        zone: Zone::UTC,
    }
}

/// Records the state of a filing, whatever was recorded before.
pub async fn record_icp(house: &House, domain: &str, state: IcpState, actor: &Actor) {
    let icp = &house.services.icp;
    let read = icp.filing(&domain.parse().unwrap(), 0, actor).await.unwrap().row.record;
    let new = filing(domain, state, read.map_or(0, |record| record.revision));
    icp.record(new, actor).await.unwrap();
}

/// Pastes filings, whatever was recorded before.
pub async fn paste_icp(house: &House, lines: Vec<String>, actor: &Actor) -> ServiceResult<usize> {
    let icp = &house.services.icp;
    let read = icp.recorded(&domains_of(&lines.join("\n")), actor).await?;
    let seen = read.into_iter().map(|record| (record.domain, record.revision)).collect();
    icp.paste(FilingPaste { lines, seen }, actor).await
}

/// Probes and waits for the end; the last state of the run.
pub async fn probed(probing: &Probing, scope: Scope, actor: &Actor) -> Run {
    let run = probing.probe_now(scope, actor).await.unwrap();
    let states: Vec<_> = probing.follow(run, actor).await.unwrap().collect().await;
    let last = states.last().unwrap().clone();
    assert!(last.finished);
    last
}

pub fn set_up(token: &str) -> SetUp {
    SetUp {
        token: token.to_owned(),
        login: "chen".to_owned(),
        password: PASSWORD.to_owned(),
        password_again: PASSWORD.to_owned(),
    }
}
