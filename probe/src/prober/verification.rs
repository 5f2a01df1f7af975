//! One look at the verification file of a business domain, at each address of its name.

use futures::future::try_join_all;
use model::{
    HostPort, Timestamp,
    verification::{FileContent, FileFacts, FileName},
};
use tokio::time::Instant;

use super::Prober;
use crate::{resolve::Found, sockets::OutOfSockets, web::AskForFile};

impl Prober {
    /// Asks every address of `target` for the file `name`, under the one deadline of a probe, and holds what
    /// comes against `expected`. What goes wrong on the other side is an observation too. `now` is kept as the
    /// time of it.
    ///
    /// # Errors
    /// When this machine has no socket left: then nothing is known of the file.
    pub async fn verification_file(
        &self,
        target: &HostPort,
        name: &FileName,
        expected: Option<&FileContent>,
        now: Timestamp,
    ) -> Result<FileFacts, OutOfSockets> {
        let inner = &self.0;
        let found = inner.resolver.addresses(target, &inner.sockets, inner.timeout).await?;
        let Found { resolution, addresses, left_out, took } = found;
        let mut sockets = inner.sockets.take(addresses.len()).await;
        let policy = self.policy();
        let until = Instant::now() + inner.timeout.saturating_sub(took);
        let ask = AskForFile { policy: &policy, client: &inner.client, target, name, expected, until };
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
            looks,
            addresses_left_out: u32::try_from(left_out).unwrap_or(u32::MAX),
        })
    }
}
