//! The composition root: opens the database, joins the services, listens, drains.

use std::{
    io::{self, Write as _},
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use app::context::Services;
use ipnet::{IpNet, Ipv4Net};
use leptos::prelude::LeptosOptions;
use model::{alerts::PublicUrl, service::ServiceError};
use probe::{FixedAddresses, NetworkPolicy, Prober, Roots, stores::StoresError};
use tokio::{
    net::TcpListener,
    signal::{
        self,
        unix::{Signal, SignalKind},
    },
    task::JoinHandle,
    time::timeout,
};
use tokio_util::sync::CancellationToken;

use crate::{
    accounts::People,
    alerts::{Bell, Outgoing, Post},
    audit::Log,
    certificates::Collection,
    clock::Clock,
    demo::{self, DemoError},
    drafts::Desk,
    endpoints::{Pace, Probing},
    exports::Exports,
    http::{self, AppState, Proxies, listen},
    icp::Filings,
    overview::Lookout,
    programs::Register,
    settings::{AtStart, Dials},
    store::{Store, StoreError},
    stores,
    tools::Inspector,
};

/// Tells the operator. A closed standard output has nobody left to tell.
macro_rules! say {
    ($($line:tt)*) => {{
        let _ = writeln!(io::stdout(), $($line)*);
    }};
}

/// How long requests and probes may take to end after the signal to stop.
const DRAIN: Duration = Duration::from_secs(20);

/// How long readers of the database may take after that.
const CLOSE: Duration = Duration::from_secs(5);

/// What the server needs to start.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where to listen; port 0 lets the system choose.
    pub listen: SocketAddr,
    /// Where the database lives.
    pub data_dir: PathBuf,
    /// Ranges that would be refused by default and may be probed all the same.
    pub allow_net: Vec<IpNet>,
    /// Reverse proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Hours from one probe of an endpoint to the next; none leaves it to the console.
    pub probe_every: Option<u16>,
    /// Time for one probe of an endpoint.
    pub probe_timeout: Duration,
    /// How mail leaves; none leaves it to the console.
    pub mail: Option<Outgoing>,
    /// Where people reach the console, if the operator has said.
    pub public_url: Option<PublicUrl>,
}

/// Why the server did not start, or ended.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address asked for.
        address: SocketAddr,
        /// The operating system's words.
        source: io::Error,
    },
    /// The database cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A set of roots in the data directory cannot be used.
    #[error(transparent)]
    Stores(#[from] StoresError),
    /// The TLS library refuses its own settings.
    #[error("TLS cannot be set up: {0}")]
    Tls(String),
    /// A service failed while starting.
    #[error(transparent)]
    Service(#[from] ServiceError),
    /// The demo could not be laid out.
    #[error(transparent)]
    Demo(#[from] DemoError),
    /// A signal handler or a socket failed.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Serves until SIGINT or SIGTERM.
///
/// # Errors
/// When the database or the address cannot be used.
pub async fn serve(settings: Settings) -> Result<(), ServeError> {
    let roots = vec![stores::roots(&settings.data_dir)?];
    let running = start(settings, Surroundings { fixed: FixedAddresses::default(), roots }).await?;
    running.probing.keep_probing();
    running.announce("Hufu").await?;
    running.until_signal().await
}

/// What the demo begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DemoStart {
    /// An account, two mini programs, and their probes under way.
    Filled {
        /// How many endpoints besides, each with a probe that was never made.
        recorded: u32,
    },
    /// Nothing: the set-up link is printed, and the targets of the lab to register.
    Empty,
}

/// Serves a database beside the lab until SIGINT or SIGTERM, and then throws it away unless it is
/// to be kept in a directory.
///
/// # Errors
/// As [`serve`], and when the lab cannot be started.
pub async fn demo(
    listen: SocketAddr,
    begin: DemoStart,
    probe_timeout: Duration,
    keep_in: Option<PathBuf>,
) -> Result<(), ServeError> {
    let directory = tempfile::tempdir()?;
    let lab = demo::lab().await?;
    let settings = Settings {
        listen,
        data_dir: keep_in.unwrap_or_else(|| directory.path().to_owned()),
        allow_net: vec![IpNet::V4(Ipv4Net::new_assert(Ipv4Addr::new(127, 0, 0, 0), 8))],
        trusted_proxies: Vec::new(),
        probe_every: None,
        probe_timeout,
        mail: None,
        public_url: None,
    };
    let surroundings = Surroundings { fixed: lab.resolve(), roots: demo::roots(&lab, &settings.data_dir)? };
    let running = start(settings, surroundings).await?;
    let root = directory.path().join("lab-root.pem");
    std::fs::write(&root, lab.root_pem())?;
    let say_root = || say!("The lab's root certificate: {}", root.display());
    match begin {
        DemoStart::Filled { recorded } => {
            let Running { services, people, probing, .. } = &running;
            let account = demo::fill(services, people, probing, &lab, recorded).await?;
            say!("Hufu's demo listens on {}", running.url());
            say_root();
            say!("Log in as {} with the password {}", account.login, account.password);
        }
        DemoStart::Empty => {
            say_root();
            say!("The servers of the lab:");
            for server in lab.servers() {
                say!("  {:<60} {}", server.target().to_string(), server.expect);
            }
            running.announce("Hufu's demo").await?;
        }
    }
    // Only now: what has just been registered is due, until a probe of it is stored.
    running.probing.keep_probing();
    running.until_signal().await?;
    lab.stop().await;
    Ok(())
}

/// What differs between a server in use and one beside the lab.
struct Surroundings {
    fixed: FixedAddresses,
    roots: Vec<Roots>,
}

async fn start(settings: Settings, surroundings: Surroundings) -> Result<Running, ServeError> {
    let store = Store::open(&settings.data_dir).await?;
    let shutdown = CancellationToken::new();
    let clock = Clock::system();
    let policy = NetworkPolicy::allowing(settings.allow_net.iter().copied());
    let prober = Prober::builder()
        .policy(policy.clone())
        .fixed(surroundings.fixed)
        .roots(surroundings.roots.clone())
        .timeout(settings.probe_timeout)
        .build()
        .map_err(|error| ServeError::Tls(error.to_string()))?;
    let bell = Bell::default();
    let probing = Probing::new(
        store.clone(),
        clock.clone(),
        prober.clone(),
        surroundings.roots.clone(),
        Pace::default(),
        bell.clone(),
        shutdown.clone(),
    );
    let post = Post::new(store.clone(), clock.clone(), settings.mail, policy, bell);
    let at_start = AtStart { every_hours: settings.probe_every, allowed: settings.allow_net };
    let dials = Dials::open(store.clone(), clock.clone(), probing.clone(), at_start).await?;
    let drafts = Desk::new(store.clone(), clock.clone());
    drafts.forget_old().await?;
    let people = Arc::new(People::new(store.clone(), clock.clone()));
    let services = Services {
        accounts: people.clone(),
        overview: Arc::new(Lookout::new(store.clone(), clock.clone())),
        programs: Arc::new(Register::new(store.clone(), clock.clone(), probing.runs())),
        endpoints: Arc::new(probing.clone()),
        certificates: Arc::new(Collection::new(store.clone(), clock.clone())),
        icp: Arc::new(Filings::new(store.clone(), clock.clone())),
        alerts: Arc::new(post.clone()),
        settings: Arc::new(dials),
        tools: Arc::new(Inspector::new(surroundings.roots.clone(), prober, clock.clone())),
        drafts: Arc::new(drafts),
        now: clock.as_fn(),
        audit: Arc::new(Log::new(store.clone())),
    };

    let listener = TcpListener::bind(settings.listen)
        .await
        .map_err(|source| ServeError::Listen { address: settings.listen, source })?;
    let address = listener.local_addr()?;
    let state = AppState {
        leptos: LeptosOptions::builder().output_name("hufu").site_addr(address).build(),
        services: services.clone(),
        exports: Exports::new(store.clone(), clock),
        store: store.clone(),
        proxies: Proxies::trusted(settings.trusted_proxies),
        shutdown: shutdown.clone(),
    };
    let telling = post.keep_telling(shutdown.clone());
    // Before anybody can know that it listens, and so before anybody stops it.
    let terminate = signal::unix::signal(SignalKind::terminate())?;
    let interrupt = signal::unix::signal(SignalKind::interrupt())?;
    let ending = shutdown.clone().drop_guard();
    let serving = listen::serve(listener, http::router(state), shutdown.clone());
    let connections = tokio::spawn(async move {
        let _ending = ending;
        serving.await
    });
    let stopping = shutdown.clone();
    let probes = probing.clone();
    let background = tokio::spawn(async move {
        stopping.cancelled().await;
        probes.drain().await;
        // A panic in there has been logged, and there is nothing to wait for.
        let _ = telling.await;
    });
    let public_url = settings.public_url;
    Ok(Running {
        address,
        public_url,
        services,
        people,
        probing,
        shutdown,
        connections,
        background,
        store,
        terminate,
        interrupt,
    })
}

/// A server that is listening.
struct Running {
    /// The address it really listens on.
    address: SocketAddr,
    /// Where people reach it, as far as the operator has said.
    public_url: Option<PublicUrl>,
    services: Services,
    people: Arc<People>,
    probing: Probing,
    shutdown: CancellationToken,
    connections: JoinHandle<io::Result<()>>,
    /// Probes and mails.
    background: JoinHandle<()>,
    store: Store,
    terminate: Signal,
    interrupt: Signal,
}

impl Running {
    /// Where a browser on this machine reaches it.
    fn url(&self) -> String {
        format!("http://{}", listen::reached_at(self.address))
    }

    /// Says where it listens, and while no account exists, how to make the first one.
    async fn announce(&self, name: &str) -> Result<(), ServeError> {
        say!("{name} listens on {}", self.url());
        if let Some(token) = self.people.set_up_link().await? {
            say!("No account exists yet. Make the first one here, the link works once:");
            match &self.public_url {
                Some(url) => say!("{url}/set-up?token={token}"),
                None => self.announce_here(&token),
            }
        }
        Ok(())
    }

    /// The set-up link where nobody has said by which address people come: a browser keeps them logged in over plain
    /// HTTP only if that is its own machine's.
    fn announce_here(&self, token: &str) {
        let (ip, port) = (self.address.ip(), self.address.port());
        if ip.is_loopback() || ip.is_unspecified() {
            say!("{}/set-up?token={token}", self.url());
            say!("It is for a browser on this machine. From another one, open a tunnel there, and then the same link:");
        } else {
            say!("http://127.0.0.1:{port}/set-up?token={token}");
            say!("First open a tunnel on the machine with the browser:");
        }
        say!("  ssh -L {port}:{} <this machine>", listen::reached_at(self.address));
        say!("Or put a reverse proxy with TLS in front, and name its address with --public-url: see docs/install.md.");
    }

    /// Waits for SIGINT or SIGTERM, then drains.
    async fn until_signal(mut self) -> Result<(), ServeError> {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
            // Nobody asked, so the one that listens has failed.
            () = self.shutdown.cancelled() => {}
        }
        tracing::info!("stopping");
        self.stop().await
    }

    /// Stops accepting and probing, lets what is under way end, closes the database.
    async fn stop(self) -> Result<(), ServeError> {
        self.shutdown.cancel();
        let (served, worked) = tokio::join!(timeout(DRAIN, self.connections), timeout(DRAIN, self.background));
        if served.is_err() || worked.is_err() {
            tracing::warn!(seconds = DRAIN.as_secs(), "some connections or probes did not end in time");
        }
        // Whoever still reads holds a connection to it, and is cut off by the end of the process.
        if timeout(CLOSE, self.store.close()).await.is_err() {
            tracing::warn!(seconds = CLOSE.as_secs(), "the database is still read from");
        }
        match served {
            Ok(Ok(result)) => Ok(result?),
            Ok(Err(panic)) => Err(ServeError::Io(io::Error::other(panic))),
            Err(_) => Ok(()),
        }
    }
}
