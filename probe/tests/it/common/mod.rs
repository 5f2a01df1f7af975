//! What several tests of the probe share.
#![allow(unreachable_pub)]

pub mod apache;
pub mod certificates;
pub mod nginx;
pub mod openssl;
pub mod running;
pub mod tomcat;

pub mod attend;

use std::{
    future::Future,
    net::{IpAddr, SocketAddr},
    time::{Duration, SystemTime},
};

use model::Timestamp;
use tokio::net::TcpSocket;

/// What the system's clock shows: the programs of others judge by it.
pub fn system_time() -> Timestamp {
    SystemTime::now().into()
}

/// What `attempt` comes to when it has time enough: tried again with twice as much while it is
/// `too_early`. How fast the machine is makes no difference but to how long it takes.
pub async fn with_enough_time<T, F>(attempt: impl Fn(Duration) -> F, too_early: impl Fn(&T) -> bool) -> T
where
    F: Future<Output = T>,
{
    let mut patience = Duration::from_millis(250);
    loop {
        let outcome = attempt(patience).await;
        if !too_early(&outcome) || patience > LONGEST {
            return outcome;
        }
        patience *= 2;
    }
}

/// A port that refuses every connection while this is held: bound and never listening, so that
/// nobody else gets it.
pub fn refusing(address: IpAddr, port: u16) -> std::io::Result<TcpSocket> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.bind(SocketAddr::new(address, port))?;
    Ok(socket)
}

/// Past that it is no matter of speed.
const LONGEST: Duration = Duration::from_secs(8);
