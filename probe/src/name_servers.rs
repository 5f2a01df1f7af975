//! Tokio's sockets for talking to name servers, with a note of those that this machine could not
//! open: the resolver keeps the reason to itself.

use std::{
    fmt,
    future::Future,
    io,
    net::SocketAddr,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use hickory_resolver::net::runtime::{RuntimeProvider, TokioRuntimeProvider};

use crate::sockets::OutOfSockets;

/// Opens sockets and notes shortages. Clones share the note.
#[derive(Clone, Default)]
pub(crate) struct Watched {
    tokio: TokioRuntimeProvider,
    shortages: Shortages,
}

impl Watched {
    /// The note.
    pub(crate) fn shortages(&self) -> Shortages {
        self.shortages.clone()
    }
}

impl RuntimeProvider for Watched {
    type Handle = <TokioRuntimeProvider as RuntimeProvider>::Handle;
    type Timer = <TokioRuntimeProvider as RuntimeProvider>::Timer;
    type Udp = <TokioRuntimeProvider as RuntimeProvider>::Udp;
    type Tcp = <TokioRuntimeProvider as RuntimeProvider>::Tcp;

    fn create_handle(&self) -> Self::Handle {
        self.tokio.create_handle()
    }

    fn connect_tcp(
        &self,
        server_addr: SocketAddr,
        bind_addr: Option<SocketAddr>,
        timeout: Option<Duration>,
    ) -> Opening<Self::Tcp> {
        self.shortages.watch(self.tokio.connect_tcp(server_addr, bind_addr, timeout))
    }

    fn bind_udp(&self, local_addr: SocketAddr, server_addr: SocketAddr) -> Opening<Self::Udp> {
        self.shortages.watch(self.tokio.bind_udp(local_addr, server_addr))
    }
}

type Opening<Socket> = Pin<Box<dyn Send + Future<Output = io::Result<Socket>>>>;

/// How often a socket could not be opened, and why the last time.
#[derive(Clone, Default)]
pub(crate) struct Shortages(Arc<Mutex<Noted>>);

#[derive(Default)]
struct Noted {
    times: u64,
    last: Option<OutOfSockets>,
}

impl Shortages {
    /// How often so far.
    pub(crate) fn times(&self) -> u64 {
        self.noted().times
    }

    /// The last, if it has come since there were so many.
    pub(crate) fn since(&self, times: u64) -> Option<OutOfSockets> {
        let noted = self.noted();
        if noted.times > times { noted.last.clone() } else { None }
    }

    fn watch<Socket: 'static>(&self, opening: Opening<Socket>) -> Opening<Socket> {
        let shortages = self.clone();
        Box::pin(async move {
            let opened = opening.await;
            if let Some(shortage) = opened.as_ref().err().and_then(OutOfSockets::cause) {
                let mut noted = shortages.noted();
                noted.times += 1;
                noted.last = Some(shortage);
            }
            opened
        })
    }

    fn noted(&self) -> MutexGuard<'_, Noted> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Shortages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Shortages({})", self.times())
    }
}
