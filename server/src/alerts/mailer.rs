//! Empties the outbox: one mail for each address with all that is due for it and still news, tried again until
//! the mail server takes it. A mail is sent at least once: a server that dies between the answer of the
//! mail server and the mark of it sends that mail again, with the same `Message-ID` if nothing has come to it or gone
//! from it meanwhile.

use std::{sync::Arc, time::Duration};

use model::{
    DAY_SECONDS, Timestamp,
    alerts::{MailFailure, NOTICE_KEPT_FOR},
};
use probe::NetworkPolicy;
use tokio::{task::JoinHandle, time::sleep};
use tokio_util::sync::CancellationToken;

use super::{Inner, Outgoing, Post, notices, outbox, smtp};
use crate::store::Failure;

/// A mail server that takes no mail from anybody, and is left alone for a while.
#[derive(Debug)]
pub(super) struct Rest {
    /// As it was asked. Once any of it is changed, it is another server.
    outgoing: Outgoing,
    /// How often in a row it took nothing.
    tries: i64,
    /// In Unix seconds.
    until: i64,
}

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
        if self.rests(&outgoing, now).await {
            return Ok(());
        }
        while !stop.is_cancelled() {
            let now = self.clock.now();
            let Some(batch) = outbox::take(&self.store, now).await? else { break };
            let told: Vec<_> = batch.notices.iter().map(|taken| &taken.notice).collect();
            let mail = app::alerts::mail::compose(batch.language, &told, outgoing.public_url.as_ref(), now);
            // Begun, it is brought to its end: the draining server waits for it.
            let sent = smtp::send(&outgoing, self.policy_for_mail(), &batch.address, &mail, &batch.mark, now).await;
            let now = self.clock.now();
            match sent {
                Ok(()) => {
                    self.end_rest().await;
                    outbox::mark_sent(&self.store, &batch, &mail.subject, now).await?;
                }
                Err(not_taken) => {
                    let failure = not_taken.failure;
                    tracing::warn!(error = %failure, address = %batch.address, "a mail was not taken");
                    // To ask once more for each address could lock Hufu out.
                    if not_taken.of_server {
                        let until = self.begin_rest(outgoing, now).await;
                        return outbox::mark_all_failed(&self.store, &batch, &failure, until, now).await;
                    }
                    // What cannot be written has reached no mail server.
                    if !matches!(failure, MailFailure::Unwritable { .. }) {
                        self.end_rest().await;
                    }
                    outbox::mark_failed(&self.store, &batch, &failure, now).await?;
                }
            }
        }
        Ok(())
    }

    async fn rests(&self, outgoing: &Outgoing, now: Timestamp) -> bool {
        let rest = self.rest.lock().await;
        rest.as_ref().is_some_and(|rest| rest.outgoing == *outgoing && now.as_second() < rest.until)
    }

    /// Leaves the mail server alone, for longer each time in a row. Until when, in Unix seconds.
    async fn begin_rest(&self, outgoing: Outgoing, now: Timestamp) -> i64 {
        let mut rest = self.rest.lock().await;
        let before = rest.as_ref().filter(|rest| rest.outgoing == outgoing).map_or(0, |rest| rest.tries);
        let tries = before.saturating_add(1);
        let until = outbox::next_try(tries.min(REST_GROWS), now);
        *rest = Some(Rest { outgoing, tries, until });
        until
    }

    /// The mail server has let Hufu in, or somebody wants it to be asked now.
    pub(super) async fn end_rest(&self) {
        *self.rest.lock().await = None;
    }

    /// Whoever sets the environment of the server may send it anywhere; whoever uses the console
    /// may not.
    pub(super) fn policy_for_mail(&self) -> Option<&NetworkPolicy> {
        self.environment.is_none().then_some(&self.policy)
    }
}

/// How long the mailer rests when nothing wakes it.
const TICK: Duration = Duration::from_secs(15);

/// So often in a row the rest of a mail server gets longer, up to about half an hour: whatever comes due during it is
/// news, and the mail server may be well again.
const REST_GROWS: i64 = 6;

/// How often what is old is dropped.
const FORGET_EVERY_SECONDS: i64 = DAY_SECONDS;
