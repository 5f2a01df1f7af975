//! Who may try to log in: strangers who guess at an account do not keep its owner out of where they have logged in
//! before.

use std::net::IpAddr;

use model::{SignedDuration, accounts::Client};

use super::{
    People,
    attempts::{Attempt, Target, whose},
};
use crate::store::{Failure, statements};

impl People {
    /// Counts a try to log in by this name.
    pub(super) async fn try_log_in(&self, client: &Client, login: &str) -> Result<Attempt, Failure> {
        let mut attempt = self.attempts.of_address(client.address)?;
        // Whoever shares such an address, behind one NAT, may guess as often as the address may, and no more.
        if let Err(too_many) = self.attempts.of_account(&mut attempt, Target::LogIn(login.to_owned()))
            && !self.has_logged_in_from(client.address, login).await?
        {
            return Err(too_many.into());
        }
        Ok(attempt)
    }

    /// Whether somebody has lately logged in to the account from there, as the audit log tells: sessions are gone with
    /// the log-out.
    async fn has_logged_in_from(&self, address: Option<IpAddr>, login: &str) -> Result<bool, Failure> {
        if address.is_none() {
            return Ok(false);
        }
        let since = self.clock.now().as_second() - KNOWN_FOR.as_secs();
        let mut read = self.store.read().await?;
        let known: Vec<String> =
            sqlx::query_scalar(KNOWN_ADDRESSES).bind(login).bind(since).fetch_all(&mut *read).await?;
        let mut known = known.iter().filter_map(|address| address.parse::<IpAddr>().ok());
        Ok(known.any(|known| whose(Some(known)) == whose(address)))
    }
}

/// For so long an address is known to an account after a log-in.
const KNOWN_FOR: SignedDuration = SignedDuration::from_hours(30 * 24);

statements! {
    KNOWN_ADDRESSES = "
        SELECT DISTINCT after ->> 'address' FROM audit_log
        WHERE actor = $1 AND at > $2 AND action = 'session.start' AND after ->> 'address' IS NOT NULL";
}
