//! From what a probe brought home to a diagnosis: trust is found here, where signatures can be
//! verified, and judged in `model` with everything else.

use model::{
    Diagnosis, Timestamp, diagnose,
    diagnose::Context,
    trust::{Trust, TrustByAddress},
};
use rustls::pki_types::CertificateDer;

use crate::{
    Probed, Roots,
    evaluate::{Chain, evaluate_read},
};

/// The diagnosis of `probed` at the time `now`, by the roots of `stores`.
pub fn assess(probed: &Probed, stores: &[Roots], context: Context, now: Timestamp) -> Diagnosis {
    diagnose(&probed.observation, &trust(probed, stores, now), context, now)
}

/// What each of `stores` says at the time `now` of the chain of each address that served one.
pub fn trust(probed: &Probed, stores: &[Roots], now: Timestamp) -> TrustByAddress {
    // The addresses of a name nearly always serve the same chain.
    let mut answers: Vec<(&[CertificateDer<'static>], Trust)> = Vec::new();
    let mut by_address = TrustByAddress::new();
    for seen in &probed.observation.addresses {
        let Some(served) = probed.chains.get(&seen.address) else { continue };
        let known = answers.iter().find(|(known, _)| known == served).map(|(_, trust)| trust.clone());
        let trust = known.unwrap_or_else(|| {
            let trust = evaluate_read(Chain { served, read: &seen.chain }, stores, now);
            answers.push((served, trust.clone()));
            trust
        });
        by_address.insert(seen.address, trust);
    }
    by_address
}
