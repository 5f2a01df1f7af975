//! Empties the outbox: one mail for each address with all that is due for it and still news, tried again until
//! the mail server takes it. A mail is sent at least once: a server that dies between the answer of the
//! mail server and the mark of it sends that mail again, with the same `Message-ID`.

use std::{sync::Arc, time::Duration};

use model::{DAY_SECONDS, Timestamp, alerts::NOTICE_KEPT_FOR};
use probe::NetworkPolicy;
use tokio::{task::JoinHandle, time::sleep};
use tokio_util::sync::CancellationToken;

use super::{Inner, Post, notices, outbox, smtp};
use crate::store::Failure;

impl Post {
    /// Begins to remind and to send, until `stop` is cancelled.
    pub fn keep_telling(&self, stop: CancellationToken) -> JoinHandle<()> {
        let inner = Arc::clone(&self.0);
        tokio::spawn(async move {
            let mut swept = None;
            loop {
                if let Err(failure) = inner.round(&mut swept, &stop).await {
                    tracing::error!(%failure, "the outbox could not be worked off");
                }
                let wake = async {
                    tokio::select! {
                        () = inner.bell.0.notified() => {}
                        () = sleep(TICK) => {}
                    }
                };
                if stop.run_until_cancelled(wake).await.is_none() {
                    return;
                }
            }
        })
    }

    /// Writes the reminders that are due, then sends whatever is. For whoever drives the time.
    ///
    /// # Errors
    /// When the store fails; a mail server that refuses is no error.
    pub async fn tell(&self) -> Result<(), model::service::ServiceError> {
        Ok(self.0.round(&mut None, &CancellationToken::new()).await?)
    }
}

impl Inner {
    async fn round(&self, swept: &mut Option<Timestamp>, stop: &CancellationToken) -> Result<(), Failure> {
        let now = self.clock.now();
        // Until there is none, so that somebody new is told of all their certificates in one mail.
        while notices::remind(&self.store, now).await? {}
        if swept.is_none_or(|last| now.duration_since(last).as_secs() >= FORGET_EVERY_SECONDS) {
            outbox::forget_old(&self.store, now).await?;
            *swept = Some(now);
        }
        let outgoing = self.outgoing().await?;
        // Without a mail server nothing is ever tried.
        let untried = if outgoing.is_some() { outbox::UNTRIED_KEPT_FOR } else { NOTICE_KEPT_FOR };
        outbox::clear(&self.store, untried, now).await?;
        let Some(outgoing) = outgoing else { return Ok(()) };
        while !stop.is_cancelled() {
            let now = self.clock.now();
            let Some(batch) = outbox::take(&self.store, now).await? else { break };
            let told: Vec<_> = batch.notices.iter().map(|taken| &taken.notice).collect();
            let mail = app::alerts::mail::compose(batch.language, &told, outgoing.public_url.as_ref(), now);
            // Begun, it is brought to its end: the draining server waits for it.
            let sent = smtp::send(&outgoing, self.policy_for_mail(), &batch.address, &mail, &batch.mark, now).await;
            let now = self.clock.now();
            match sent {
                Ok(()) => outbox::mark_sent(&self.store, &batch, &mail.subject, now).await?,
                Err(not_taken) => {
                    tracing::warn!(error = %not_taken.failure, address = %batch.address, "a mail was not taken");
                    outbox::mark_failed(&self.store, &batch, &not_taken, now).await?;
                    // To ask once more for each address could lock Hufu out.
                    if not_taken.of_server {
                        break;
                    }
                }
            }
        }
        Ok(())
    }

    /// Whoever sets the environment of the server may send it anywhere; whoever uses the console
    /// may not.
    pub(super) fn policy_for_mail(&self) -> Option<&NetworkPolicy> {
        self.environment.is_none().then_some(&self.policy)
    }
}

/// How long the mailer rests when nothing wakes it.
const TICK: Duration = Duration::from_secs(15);

/// How often what is old is dropped.
const FORGET_EVERY_SECONDS: i64 = DAY_SECONDS;
