//! Makes `probe/trust/` anew: `cargo run -p probe --example embed_stores -- DIR`, where DIR holds what
//! `hufu trust update` takes. A store that is not in DIR stays as it is; Mozilla's roots are those of
//! `webpki-root-certs`, whose version and day in `stores.json` are changed by hand.

use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    error::Error,
    fs,
    path::Path,
    time::SystemTime,
};

use model::{Timestamp, trust::Store};
use probe::{
    certificate::fingerprint,
    stores::{self, StoreSet},
};
use serde_json::{Value, json};

fn main() -> Result<(), Box<dyn Error>> {
    let directory = env::args().nth(1).ok_or("which directory?")?;
    let read = stores::read(Path::new(&directory), Timestamp::from(SystemTime::now()).date())?;
    let set = |built_in: &StoreSet| {
        let other = read.iter().find(|set| set.store == built_in.store && set.store != Store::Mozilla);
        other.unwrap_or(built_in).clone()
    };
    let sets: Vec<StoreSet> = stores::embedded().iter().map(set).collect();

    let mozilla: BTreeSet<_> = webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter().map(|der| fingerprint(der)).collect();
    let mut listed: Vec<Value> = Vec::new();
    let mut others = BTreeMap::new();
    for set in sets.iter().filter(|set| set.store != Store::Mozilla) {
        let roots: BTreeMap<_, _> = set.roots().iter().map(|der| (fingerprint(der), der.clone())).collect();
        others.extend(roots.into_iter().filter(|(sha256, _)| !mozilla.contains(sha256)));
    }
    for set in &sets {
        let roots: BTreeSet<_> = match set.store {
            Store::Mozilla => BTreeSet::new(),
            _ => set.roots().iter().map(|der| fingerprint(der)).collect(),
        };
        let mut entry = serde_json::to_value(&set.edition)?;
        entry["store"] = json!(set.store);
        entry["roots"] = json!(roots);
        listed.push(entry);
    }

    let trust = Path::new(env!("CARGO_MANIFEST_DIR")).join("trust");
    fs::write(trust.join("stores.json"), serde_json::to_string_pretty(&listed)? + "\n")?;
    // The set says nothing of itself here: that is in the list.
    if let Some(any) = sets.first() {
        let pem = StoreSet::new(any.store, any.edition.clone(), others.into_values().collect()).to_pem();
        let pem: String = pem.lines().filter(|line| !line.starts_with('#')).flat_map(|line| [line, "\n"]).collect();
        fs::write(trust.join("roots.pem"), pem)?;
    }
    Ok(())
}
