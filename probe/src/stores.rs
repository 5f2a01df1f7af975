//! The stores that ship with platforms: compiled in, with the day and the source of each, and read
//! from a directory of PEM files that stand in their place. What a file says of itself is in comments
//! before its first certificate, or in sslyze's YAML beside it.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::File,
    io::{self, Read as _},
    path::{Path, PathBuf},
    sync::LazyLock,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use model::{
    Date, Fingerprint,
    trust::{Edition, Store},
};
use rustls::pki_types::CertificateDer;
use serde::Deserialize;
use webpki::anchor_from_trusted_cert;
use x509_parser::{prelude::X509Certificate, x509::X509Version};

use crate::{
    certificate,
    roots::{self, RootsError},
};

/// The roots of one store, as of a day.
#[derive(Clone, Debug)]
pub struct StoreSet {
    /// Which store.
    pub store: Store,
    /// Which state of it.
    pub edition: Edition,
    roots: Vec<CertificateDer<'static>>,
}

/// A file of roots, or the directory of them, that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{}: {reason}", .path.display())]
pub struct StoresError {
    /// Which.
    pub path: PathBuf,
    /// Why, and of which certificate.
    pub reason: String,
}

impl StoreSet {
    /// The set of these certificates.
    pub fn new(store: Store, edition: Edition, roots: Vec<CertificateDer<'static>>) -> Self {
        Self { store, edition, roots }
    }

    /// Its certificates, each once.
    pub fn roots(&self) -> &[CertificateDer<'static>] {
        &self.roots
    }

    /// The set as a file that is read back as it is.
    pub fn to_pem(&self) -> String {
        let Edition { date, version, source } = &self.edition;
        let mut text = format!("# date: {date}\n");
        if let Some(version) = version {
            text.push_str(&format!("# version: {version}\n"));
        }
        text.push_str(&format!("# source: {source}\n"));
        for der in &self.roots {
            text.push_str("-----BEGIN CERTIFICATE-----\n");
            let encoded = STANDARD.encode(der);
            for (index, character) in encoded.chars().enumerate() {
                if index > 0 && index % 64 == 0 {
                    text.push('\n');
                }
                text.push(character);
            }
            text.push_str("\n-----END CERTIFICATE-----\n");
        }
        text
    }
}

/// Every store that ships with something, as compiled in.
pub fn embedded() -> &'static [StoreSet] {
    &EMBEDDED
}

/// The same, with the sets of `directory` in the place of those compiled in. A directory that is not
/// there replaces nothing.
///
/// # Errors
/// When a set of `directory` cannot be used; see [`read`].
pub fn installed(directory: &Path) -> Result<Vec<StoreSet>, StoresError> {
    let set = |built_in: &StoreSet| {
        let path = directory.join(file_name(built_in.store));
        let exists = path.try_exists().map_err(|error| unusable(&path, &error))?;
        if exists { read_set(built_in.store, path, built_in.edition.date) } else { Ok(built_in.clone()) }
    };
    embedded().iter().map(set).collect()
}

/// The sets in `directory`, every certificate of which is readable and an authority's. A store has
/// the name of its own, such as `apple.pem`, or that of sslyze's set; of two the later one counts. One
/// that says nothing of its day is of `today`.
///
/// # Errors
/// When there is none, and when one cannot be used: with the file, and the number of the certificate.
pub fn read(directory: &Path, today: Date) -> Result<Vec<StoreSet>, StoresError> {
    let mut sets: Vec<StoreSet> = Vec::new();
    for (store, names) in NAMES {
        let mut of_store: Option<StoreSet> = None;
        for name in *names {
            let path = directory.join(format!("{name}.pem"));
            if !path.try_exists().map_err(|error| unusable(&path, &error))? {
                continue;
            }
            let set = read_set(*store, path, today)?;
            if of_store.as_ref().is_none_or(|known| known.edition.date < set.edition.date) {
                of_store = Some(set);
            }
        }
        sets.extend(of_store);
    }
    if sets.is_empty() {
        let names: Vec<_> = Store::PREINSTALLED.map(file_name).to_vec();
        return Err(StoresError { path: directory.to_owned(), reason: format!("none of {}", names.join(", ")) });
    }
    Ok(sets)
}

/// The file in which a store's set is kept.
pub fn file_name(store: Store) -> String {
    format!("{}.pem", store.as_str())
}

fn read_set(store: Store, path: PathBuf, today: Date) -> Result<StoreSet, StoresError> {
    let pem = bounded(&path)?;
    let refused = |error: RootsError| StoresError { path: path.clone(), reason: error.to_string() };
    let ders = roots::ders(&pem).map_err(refused)?;
    if ders.is_empty() {
        return Err(refused(RootsError::Empty));
    }
    let (mut kept, mut seen) = (Vec::with_capacity(ders.len()), BTreeSet::new());
    for (index, der) in ders.into_iter().enumerate() {
        check(&der).map_err(|why| {
            let reason = format!("certificate {} cannot serve as a root: {why}", index + 1);
            StoresError { path: path.clone(), reason }
        })?;
        if seen.insert(certificate::fingerprint(&der)) {
            kept.push(der);
        }
    }
    let edition = edition(&path, &pem, today)?;
    Ok(StoreSet { store, edition, roots: kept })
}

/// Whether a certificate can serve as a root.
fn check(der: &CertificateDer<'_>) -> Result<(), String> {
    let parsed = certificate::parse(der)?;
    anchor_from_trusted_cert(der).map_err(|error| error.to_string())?;
    if is_authority(&parsed) { Ok(()) } else { Err("it is not an authority's".to_owned()) }
}

/// Whether a certificate is an authority's. Version 1 has no way to say so.
pub(crate) fn is_authority(parsed: &X509Certificate<'_>) -> bool {
    let of_old = parsed.version() == X509Version::V1 && parsed.subject().as_raw() == parsed.issuer().as_raw();
    parsed.is_ca() || of_old
}

/// What the file says of itself, or the YAML beside it.
fn edition(path: &Path, pem: &[u8], today: Date) -> Result<Edition, StoresError> {
    let yaml = path.with_extension("yaml");
    let beside = match yaml.try_exists() {
        Ok(true) => bounded(&yaml)?,
        _ => Vec::new(),
    };
    let (pem, beside) = (String::from_utf8_lossy(pem), String::from_utf8_lossy(&beside));
    let comments = pem.lines().take_while(|line| !line.starts_with("-----BEGIN")).take(MOST_LINES);
    let comments: Vec<_> = comments.filter_map(|line| line.strip_prefix('#')?.trim_start().split_once(':')).collect();
    let top: Vec<_> = beside.lines().take(MOST_LINES).filter_map(|line| line.split_once(':')).collect();
    let said = |in_comment: &str, in_yaml: &str| {
        let of = |pairs: &[(&str, &str)], key: &str| {
            let (_, value) = pairs.iter().find(|(name, _)| *name == key)?;
            let value: String = value.trim().trim_matches(['\'', '"']).chars().take(LONGEST).collect();
            (!value.is_empty() && value != "null").then_some(value)
        };
        of(&comments, in_comment).or_else(|| of(&top, in_yaml))
    };
    let date = match said("date", "date_fetched") {
        Some(date) => date.parse().map_err(|_| StoresError {
            path: path.to_owned(),
            reason: "its date is not one such as 2026-05-01".into(),
        })?,
        None => today,
    };
    let source = said("source", "url").unwrap_or_else(|| path.display().to_string());
    Ok(Edition { date, version: said("version", "version"), source })
}

fn bounded(path: &Path) -> Result<Vec<u8>, StoresError> {
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes))
        .map_err(|error| unusable(path, &error))?;
    if bytes.len() as u64 > LARGEST {
        return Err(StoresError { path: path.to_owned(), reason: format!("larger than {LARGEST} bytes") });
    }
    Ok(bytes)
}

fn unusable(path: &Path, error: &io::Error) -> StoresError {
    StoresError { path: path.to_owned(), reason: unread(error) }
}

/// Why a file that somebody has named cannot be read, to stand behind its name; in the system's words where it is nothing
/// that they could have got wrong.
pub fn unread(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => "there is no such file".to_owned(),
        io::ErrorKind::PermissionDenied => "may not be read by whoever runs hufu".to_owned(),
        io::ErrorKind::IsADirectory => "is a directory, not a file".to_owned(),
        _ => error.to_string(),
    }
}

/// The names of a store's file without its ending.
const NAMES: &[(Store, &[&str])] = &[
    (Store::Apple, &["apple"]),
    (Store::Android, &["android", "google_aosp"]),
    (Store::Windows, &["windows", "microsoft_windows"]),
    (Store::Mozilla, &["mozilla", "mozilla_nss"]),
    (Store::Java, &["java", "openjdk", "oracle_java"]),
];

const LARGEST: u64 = 16 * 1024 * 1024;

/// Lines that are read for what a set says of itself.
const MOST_LINES: usize = 64;

/// Characters of what a set says of itself.
const LONGEST: usize = 300;

/// A store as it is compiled in: roots by SHA-256, of Mozilla's none, for they are all of
/// `webpki-root-certs`.
#[derive(Deserialize)]
struct Listed {
    store: Store,
    #[serde(flatten)]
    edition: Edition,
    roots: Vec<Fingerprint>,
}

const STORES: &str = include_str!("../trust/stores.json");

/// The roots that are not among Mozilla's.
const OTHERS: &[u8] = include_bytes!("../trust/roots.pem");

/// What cannot be read is left out rather than taking the process down; a test proves that nothing is.
static EMBEDDED: LazyLock<Vec<StoreSet>> = LazyLock::new(|| {
    let listed: Vec<Listed> = serde_json::from_str(STORES).unwrap_or_default();
    let others = roots::ders(OTHERS).unwrap_or_default();
    let mozilla = webpki_root_certs::TLS_SERVER_ROOT_CERTS;
    let known = mozilla.iter().cloned().chain(others).map(|der| (certificate::fingerprint(&der), der));
    let known: BTreeMap<Fingerprint, CertificateDer<'static>> = known.collect();
    let set = |Listed { store, edition, roots }: Listed| {
        let roots = match store {
            Store::Mozilla => mozilla.to_vec(),
            _ => roots.iter().filter_map(|sha256| known.get(sha256)).cloned().collect(),
        };
        StoreSet { store, edition, roots }
    };
    listed.into_iter().map(set).collect()
});

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use std::fs;

    use model::trust::android::{DROPPED, RELEASES, has_dropped};

    use super::*;
    use crate::names;

    const TODAY: &str = "2026-05-01";

    fn today() -> Date {
        TODAY.parse().unwrap()
    }

    #[test]
    fn every_root_that_a_store_lists_is_there_and_readable_and_each_store_is_dated() {
        let listed: Vec<Listed> = serde_json::from_str(STORES).unwrap();
        assert!(listed.iter().map(|listed| listed.store).eq(Store::PREINSTALLED));
        for (listed, set) in listed.iter().zip(embedded()) {
            assert_eq!(listed.store, set.store);
            assert!(set.roots().len() > 100, "{:?} has {}", set.store, set.roots().len());
            if listed.store != Store::Mozilla {
                assert_eq!(listed.roots.len(), set.roots().len(), "{:?}", set.store);
            }
            assert!(set.edition.date > "2025-01-01".parse().unwrap() && !set.edition.source.is_empty());
            for der in set.roots() {
                assert_eq!(check(der), Ok(()), "{:?} {}", set.store, certificate::fingerprint(der));
            }
        }
    }

    #[test]
    fn no_root_is_stored_twice_nor_without_a_store() {
        let mozilla: BTreeSet<_> =
            webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter().map(|der| certificate::fingerprint(der)).collect();
        let others: Vec<_> = roots::ders(OTHERS).unwrap().iter().map(|der| certificate::fingerprint(der)).collect();
        let distinct: BTreeSet<_> = others.iter().copied().collect();
        assert_eq!(distinct.len(), others.len());
        assert!(distinct.is_disjoint(&mozilla));
        let listed: Vec<Listed> = serde_json::from_str(STORES).unwrap();
        let listed: BTreeSet<_> = listed.iter().flat_map(|listed| listed.roots.iter().copied()).collect();
        assert!(distinct.is_subset(&listed));
    }

    #[test]
    fn mozilla_s_edition_is_that_of_the_crate_in_use() {
        let lock = include_str!("../../Cargo.lock");
        let (_, after) = lock.split_once("name = \"webpki-root-certs\"\nversion = \"").unwrap();
        let (version, _) = after.split_once('"').unwrap();
        let mozilla = embedded().iter().find(|set| set.store == Store::Mozilla).unwrap();
        assert_eq!(mozilla.edition.version, Some(format!("webpki-root-certs {version}")));
    }

    #[test]
    fn each_root_that_old_android_lacks_is_one_of_android_s_and_has_the_name_given() {
        let android = embedded().iter().find(|set| set.store == Store::Android).unwrap();
        let subject = |der: &CertificateDer<'_>| {
            names::distinguished_name(certificate::parse(der).expect("it was read before").subject())
        };
        let subjects: BTreeMap<_, _> =
            android.roots().iter().map(|der| (certificate::fingerprint(der).to_string(), subject(der))).collect();
        for (name, sha256) in RELEASES.iter().flat_map(|release| release.roots) {
            let subject = subjects.get(*sha256).unwrap_or_else(|| panic!("{name} is none of Android's"));
            assert!(subject.split(',').any(|part| part.ends_with(&format!("={name}"))), "{name}: {subject}");
        }
        assert!(subjects.values().all(|subject| !has_dropped(subject)));
        let java = embedded().iter().find(|set| set.store == Store::Java).unwrap();
        assert!(DROPPED.iter().all(|dropped| java.roots().iter().any(|der| subject(der) == *dropped)));
    }

    #[test]
    fn a_set_that_is_written_reads_back() {
        let directory = tempfile::tempdir().unwrap();
        for set in embedded() {
            fs::write(directory.path().join(file_name(set.store)), set.to_pem()).unwrap();
        }
        let read = read(directory.path(), today()).unwrap();
        for (read, set) in read.iter().zip(embedded()) {
            assert_eq!((read.store, &read.edition, read.roots()), (set.store, &set.edition, set.roots()));
        }
        let installed = installed(directory.path()).unwrap();
        assert_eq!(installed.len(), read.len());
    }

    #[test]
    fn a_set_of_sslyze_has_its_day_from_the_yaml_beside_it_and_of_two_the_later_counts() {
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| directory.path().join(name);
        let pem = |number: usize| {
            let set = StoreSet { roots: vec![embedded()[0].roots()[number].clone()], ..embedded()[0].clone() };
            set.to_pem().lines().filter(|line| !line.starts_with('#')).collect::<Vec<_>>().join("\n")
        };
        let yaml = |date: &str| {
            format!(
                "platform: X\nversion: null\nurl: https://a.example/b\ndate_fetched: {date}\ntrusted_certificates:\n"
            )
        };
        fs::write(path("google_aosp.pem"), pem(0)).unwrap();
        fs::write(path("google_aosp.yaml"), yaml("2026-01-02")).unwrap();
        fs::write(path("openjdk.pem"), pem(1)).unwrap();
        fs::write(path("openjdk.yaml"), yaml("2022-01-23")).unwrap();
        fs::write(path("oracle_java.pem"), pem(2)).unwrap();
        fs::write(path("oracle_java.yaml"), yaml("2020-01-16")).unwrap();
        fs::write(path("windows.pem"), pem(3)).unwrap();
        let sets = read(directory.path(), today()).unwrap();
        let told: Vec<_> = sets.iter().map(|set| (set.store, set.edition.date.to_string())).collect();
        let expected = [(Store::Android, "2026-01-02"), (Store::Windows, TODAY), (Store::Java, "2022-01-23")];
        assert_eq!(told, expected.map(|(store, date)| (store, date.to_owned())));
        let Edition { version, source, .. } = &sets[0].edition;
        assert_eq!((version, source.as_str()), (&None, "https://a.example/b"));
        assert_eq!(sets[2].roots(), &embedded()[0].roots()[1..2]);
        // Under sslyze's names nothing is installed.
        let installed = installed(directory.path()).unwrap();
        let android = installed.iter().find(|set| set.store == Store::Android).unwrap();
        assert!(android.roots().len() > 1);
    }

    #[test]
    fn why_a_file_cannot_be_read_is_told_without_a_number_of_the_system() {
        for (kind, why) in [
            (io::ErrorKind::NotFound, "there is no such file"),
            (io::ErrorKind::PermissionDenied, "may not be read by whoever runs hufu"),
            (io::ErrorKind::IsADirectory, "is a directory, not a file"),
        ] {
            assert_eq!(unread(&kind.into()), why);
        }
    }

    #[test]
    fn what_cannot_be_used_is_told_with_its_file_and_certificate() {
        let good = StoreSet { roots: embedded()[0].roots()[..2].to_vec(), ..embedded()[0].clone() }.to_pem();
        let torn = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        for (contents, reason) in [
            (String::new(), "no certificate found"),
            (
                "-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n".to_owned(),
                "block 1 (CERTIFICATE) begins",
            ),
            (format!("{good}{torn}"), "certificate 3 cannot serve as a root"),
            (format!("# date: May\n{good}"), "its date is not one"),
        ] {
            let directory = tempfile::tempdir().unwrap();
            fs::write(directory.path().join("apple.pem"), contents).unwrap();
            let error = read(directory.path(), today()).unwrap_err();
            assert!(error.path.ends_with("apple.pem") && error.reason.starts_with(reason), "{error}");
            assert!(installed(directory.path()).is_err());
        }
        let empty = tempfile::tempdir().unwrap();
        assert!(read(empty.path(), today()).unwrap_err().reason.contains("apple.pem, android.pem"));
        assert_eq!(installed(&empty.path().join("nowhere")).unwrap().len(), 5);
    }
}
