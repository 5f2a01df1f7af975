//! Password hashing: argon2id, away from the threads that serve, a few at a time.

use argon2::{Argon2, PasswordHasher as _, PasswordVerifier as _};
use model::accounts::PASSWORD_MOST;
use tokio::{sync::Semaphore, task::spawn_blocking};
use unicode_normalization::UnicodeNormalization as _;

use crate::store::Failure;

/// Hashes and compares passwords.
#[derive(Debug)]
pub(super) struct Passwords {
    /// Each hash takes 19 MiB; a burst of log-ins must not take them all at once.
    turns: Semaphore,
}

impl Default for Passwords {
    fn default() -> Self {
        Self { turns: Semaphore::new(AT_ONCE) }
    }
}

impl Passwords {
    /// The PHC string of a password.
    pub(super) async fn hash(&self, password: &str) -> Result<String, Failure> {
        let password = normalise(password);
        self.work(move || {
            let hash = Argon2::default().hash_password(password.as_bytes()).map_err(broken)?;
            Ok(hash.to_string())
        })
        .await
    }

    /// Whether the password is the one behind `hash`. Without a hash the same work is done for
    /// nothing, so that the time taken does not tell which names exist.
    pub(super) async fn verify(&self, password: &str, hash: Option<String>) -> Result<bool, Failure> {
        // Whoever was invited and has not chosen one yet has none.
        let hash = hash.filter(|hash| !hash.is_empty());
        let bounded: String = password.chars().take(PASSWORD_MOST + 1).collect();
        let password = normalise(&bounded);
        self.work(move || {
            let known = hash.is_some();
            let right = match Argon2::default().verify_password(password.as_bytes(), hash.as_deref().unwrap_or(NOBODY))
            {
                Ok(()) => true,
                Err(argon2::password_hash::Error::PasswordInvalid) => false,
                Err(error) => return Err(broken(error)),
            };
            Ok(known && right)
        })
        .await
    }

    async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        let _turn = self.turns.acquire().await.map_err(broken)?;
        spawn_blocking(work).await.map_err(broken)?
    }
}

/// NIST SP 800-63B-4 asks for one normal form, so that two keyboards type the same password.
fn normalise(password: &str) -> String {
    password.nfkc().collect()
}

fn broken(error: impl ToString) -> Failure {
    Failure::PasswordHash(error.to_string())
}

const AT_ONCE: usize = 4;

/// The hash of nobody's password, with the parameters of [`Argon2::default`]: 19 MiB, two passes,
/// one lane (OWASP password storage cheat sheet).
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$aHVmdS1uby1zdWNoLXVzZXI$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[tokio::test]
    async fn nobody_has_the_same_parameters_as_everybody() {
        let passwords = Passwords::default();
        let hash = passwords.hash("correct horse battery").await.unwrap();
        let parameters = |phc: &str| phc.split('$').take(4).map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(parameters(&hash), parameters(NOBODY));
        assert!(!passwords.verify("correct horse battery", None).await.unwrap());
    }

    #[tokio::test]
    async fn two_keyboards_type_the_same_password() {
        let passwords = Passwords::default();
        let hash = passwords.hash("caf\u{e9} au lait!").await.unwrap();
        assert!(passwords.verify("cafe\u{301} au lait!", Some(hash.clone())).await.unwrap());
        assert!(!passwords.verify("cafe au lait!", Some(hash)).await.unwrap());
    }
}
