//! One look at the verification file of a business domain, at each address of its name.

use futures::future::try_join_all;
use model::{
    HostPort, Timestamp,
    endpoints::route::Route,
    verification::{FileContent, FileFacts, FileName},
};
use tokio::time::Instant;

use super::{Prober, asked_for};
use crate::{resolve::Found, sockets::OutOfSockets, web::AskForFile};

impl Prober {
    /// Asks every address of `target` by `route` for the file `name`, under the one deadline of a probe, and holds
    /// what comes against `expected`. What goes wrong on the other side is an observation too. `now` is kept as the
    /// time of it. The addresses of the route win over those given to the builder, and the network policy holds for
    /// them as for all others.
    ///
    /// # Errors
    /// When this machine has no socket left: then nothing is known of the file.
    pub async fn verification_file(
        &self,
        route: &Route,
        target: &HostPort,
        name: &FileName,
        expected: Option<&FileContent>,
        now: Timestamp,
    ) -> Result<FileFacts, OutOfSockets> {
        let inner = &self.0;
        let Found { resolution, addresses, left_out, took } = self.addresses(route, target).await?;
        let mut sockets = inner.sockets.take(addresses.len()).await;
        let policy = self.policy();
        let until = Instant::now() + inner.timeout.saturating_sub(took);
        let server = asked_for(route, target);
        let (client, port) = (&inner.client, target.port);
        let ask = AskForFile { policy: &policy, client, server: &server, port, name, expected, until };
        let looks = addresses.into_iter().map(|address| {
            let (socket, ask) = (sockets.one(), &ask);
            async move {
                let look = ask.of(address).await;
                drop(socket);
                look
            }
        });
        let looks = try_join_all(looks).await?;
        Ok(FileFacts {
            target: target.clone(),
            name: name.clone(),
            expected: expected.cloned(),
            asked_at: now,
            resolution,
            route: route.clone(),
            looks,
            addresses_left_out: u32::try_from(left_out).unwrap_or(u32::MAX),
        })
    }
}
