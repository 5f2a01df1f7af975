//! Signatures over certificates that have verified: servers share their intermediates, and many addresses a
//! certificate. What has verified once verifies always, so that nothing in here can be out of date.

use std::{
    collections::HashSet,
    mem,
    sync::{LazyLock, Mutex, MutexGuard, PoisonError},
};

use aws_lc_rs::digest::{Context, SHA256};
use rustls::pki_types::{AlgorithmIdentifier, InvalidSignature, SignatureVerificationAlgorithm};
use webpki::ALL_VERIFICATION_ALGS;

/// Every algorithm of webpki, for paths: none is asked again of what it has verified.
pub(crate) fn algorithms() -> &'static [&'static dyn SignatureVerificationAlgorithm] {
    static EACH: LazyLock<Vec<Remembering>> =
        LazyLock::new(|| ALL_VERIFICATION_ALGS.iter().copied().map(Remembering).collect());
    static ALL: LazyLock<Vec<&dyn SignatureVerificationAlgorithm>> = LazyLock::new(|| {
        let each: &'static [Remembering] = &EACH;
        each.iter().map(|one| one as &dyn SignatureVerificationAlgorithm).collect()
    });
    &ALL
}

/// An algorithm that remembers what it has verified.
#[derive(Debug)]
struct Remembering(&'static dyn SignatureVerificationAlgorithm);

impl SignatureVerificationAlgorithm for Remembering {
    fn verify_signature(&self, public_key: &[u8], message: &[u8], signature: &[u8]) -> Result<(), InvalidSignature> {
        let (of_key, of_signature) = (self.public_key_alg_id(), self.signature_alg_id());
        let asked = digest([of_key.as_ref(), of_signature.as_ref(), public_key, message, signature]);
        if verified().has(&asked) {
            return Ok(());
        }
        self.0.verify_signature(public_key, message, signature)?;
        verified().add(asked);
        Ok(())
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        self.0.public_key_alg_id()
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        self.0.signature_alg_id()
    }

    fn fips(&self) -> bool {
        self.0.fips()
    }
}

/// SHA-256 of the parts, each with its length, so that none can pass for a piece of another.
fn digest(parts: [&[u8]; 5]) -> Digest {
    let mut context = Context::new(&SHA256);
    for part in parts {
        context.update(&part.len().to_be_bytes());
        context.update(part);
    }
    let mut digest = Digest::default();
    digest.copy_from_slice(context.finish().as_ref());
    digest
}

type Digest = [u8; 32];

/// What has verified: the recent ones, and those before them until as many have come again.
#[derive(Debug, Default)]
struct Verified {
    recent: HashSet<Digest>,
    before: HashSet<Digest>,
}

impl Verified {
    fn has(&mut self, asked: &Digest) -> bool {
        if self.recent.contains(asked) {
            return true;
        }
        let was_there = self.before.remove(asked);
        if was_there {
            self.add(*asked);
        }
        was_there
    }

    fn add(&mut self, verified: Digest) {
        if self.recent.len() >= MOST / 2 {
            self.before = mem::take(&mut self.recent);
        }
        self.recent.insert(verified);
    }
}

fn verified() -> MutexGuard<'static, Verified> {
    static VERIFIED: LazyLock<Mutex<Verified>> = LazyLock::new(Mutex::default);
    VERIFIED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Half a megabyte of them.
const MOST: usize = 8192;

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    /// Takes the signature that repeats the message, and counts how often it is asked.
    #[derive(Debug, Default)]
    struct Repeating(AtomicUsize);

    impl SignatureVerificationAlgorithm for Repeating {
        fn verify_signature(&self, _: &[u8], message: &[u8], signature: &[u8]) -> Result<(), InvalidSignature> {
            self.0.fetch_add(1, Ordering::Relaxed);
            if message == signature { Ok(()) } else { Err(InvalidSignature) }
        }

        fn public_key_alg_id(&self) -> AlgorithmIdentifier {
            AlgorithmIdentifier::from_slice(b"key of a test")
        }

        fn signature_alg_id(&self) -> AlgorithmIdentifier {
            AlgorithmIdentifier::from_slice(b"signature of a test")
        }
    }

    #[test]
    fn what_has_verified_is_not_verified_again_and_nothing_else_passes_for_it() {
        static INNER: LazyLock<Repeating> = LazyLock::new(Repeating::default);
        let remembering = Remembering(&*INNER);
        for (key, message, signature, verifies, asked) in [
            ("key", "message", "message", true, 1),
            ("key", "message", "message", true, 1),
            ("other key", "message", "message", true, 2),
            ("key", "messag", "messag", true, 3),
            // What does not verify is no less wrong the second time.
            ("key", "message", "messag", false, 4),
            ("key", "message", "messag", false, 5),
            ("ke", "ymessage", "message", false, 6),
        ] {
            let outcome = remembering.verify_signature(key.as_bytes(), message.as_bytes(), signature.as_bytes());
            assert_eq!(outcome.is_ok(), verifies, "{key} {message} {signature}");
            assert_eq!(INNER.0.load(Ordering::Relaxed), asked, "{key} {message} {signature}");
        }
    }

    #[test]
    fn what_is_asked_for_stays_and_the_rest_goes_in_its_turn() {
        let number = |number: usize| digest([&number.to_be_bytes(), &[], &[], &[], &[]]);
        let mut verified = Verified::default();
        verified.add(number(0));
        for each in 1..=3 * MOST {
            verified.add(number(each));
            assert!(verified.has(&number(0)), "{each}");
            assert!(verified.recent.len() + verified.before.len() <= MOST);
        }
        assert!(!verified.has(&number(1)));
    }
}
