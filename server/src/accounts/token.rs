//! Secrets of 256 random bits, of which the database keeps the SHA-256 only. They cannot be
//! guessed, so a plain hash is enough.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest as _, Sha256};

/// A new secret. It has no `Debug`, so that it cannot be logged.
pub(super) struct Token(String);

impl Token {
    pub(super) fn new() -> Result<Self, getrandom::Error> {
        let mut secret = [0; 32];
        getrandom::fill(&mut secret)?;
        Ok(Self(URL_SAFE_NO_PAD.encode(secret)))
    }

    pub(super) fn sha256(&self) -> [u8; 32] {
        sha256(&self.0)
    }

    pub(super) fn into_text(self) -> String {
        self.0
    }
}

/// What the database knows a secret by.
pub(super) fn sha256(text: &str) -> [u8; 32] {
    Sha256::digest(text).into()
}
