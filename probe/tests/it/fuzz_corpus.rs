//! The seeds of the fuzz targets, and what a small generator makes of them, through the very functions that
//! the targets call. The same on every run: what fails once fails again.

use std::{
    fs,
    panic::catch_unwind,
    path::{Path, PathBuf},
};

use probe::fuzzing::{self, TARGETS};

/// What is made of each seed.
const ROUNDS: usize = 150;

#[test]
fn first_flights() {
    feed("flight", fuzzing::flight);
}

#[test]
fn certificates() {
    feed("certificate", fuzzing::certificate);
}

#[test]
fn files() {
    feed("file", fuzzing::file);
}

#[test]
fn entries() {
    feed("entry", fuzzing::entry);
}

#[test]
fn imports() {
    feed("import", fuzzing::import);
}

#[test]
fn every_target_is_a_program_with_seeds_and_a_dictionary() {
    let names = |directory: &str| {
        let stem = |path: PathBuf| path.file_stem().unwrap().to_str().unwrap().to_owned();
        let mut names: Vec<_> = within(&fuzz().join(directory)).into_iter().map(stem).collect();
        names.sort();
        names
    };
    let mut expected: Vec<_> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    expected.sort();
    for directory in ["fuzz_targets", "seeds", "dictionaries"] {
        assert_eq!(names(directory), expected, "{directory}");
    }
    for name in expected {
        let source = fs::read_to_string(fuzz().join("fuzz_targets").join(format!("{name}.rs"))).unwrap();
        assert!(source.contains(&format!("probe::fuzzing::{name}(bytes)")), "{source}");
    }
}

/// A file that holds nothing but nests as deep as it can comes to its end, in every reader.
#[test]
fn nothing_is_nested_too_deeply() {
    let deep = nested(100_000, &[5, 0]);
    // As much as fits into what is read as one certificate.
    let shallow = nested(25_000, &[5, 0]);
    let pkcs7 = [&[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2][..], &nested(100_000, &[5, 0])].concat();
    let pkcs12 = [&[2, 1, 3][..], &nested(100_000, &[5, 0])].concat();
    let json = b"[".repeat(60_000);
    for bytes in [&deep, &shallow, &nested(1, &pkcs7), &nested(1, &pkcs12), &json] {
        TARGETS.iter().for_each(|(_, run)| run(bytes));
    }
}

/// `contents` within so many sequences.
fn nested(levels: usize, contents: &[u8]) -> Vec<u8> {
    let mut length = contents.len();
    // The inner ones come last.
    let mut backwards: Vec<u8> = contents.iter().rev().copied().collect();
    for _ in 0..levels {
        let octets = length.to_be_bytes();
        let used = &octets[octets.iter().take_while(|octet| **octet == 0).count()..];
        let header = if length < 0x80 {
            vec![0x30, u8::try_from(length).unwrap()]
        } else {
            [&[0x30, 0x80 | u8::try_from(used.len()).unwrap()], used].concat()
        };
        length += header.len();
        backwards.extend(header.iter().rev());
    }
    backwards.reverse();
    backwards
}

fn feed(target: &str, run: fn(&[u8])) {
    let mut files = within(&fuzz().join("seeds").join(target));
    if target == "certificate" {
        let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
        files.extend([within(&data), within(&data.join("weak"))].concat());
    }
    files.retain(|path| path.is_file());
    files.sort();
    let seeds: Vec<_> = files.iter().map(|path| fs::read(path).unwrap()).collect();
    assert!(!seeds.is_empty(), "{target}");
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    for (path, seed) in files.iter().zip(&seeds) {
        attempt(run, seed, path);
        for _ in 0..ROUNDS {
            attempt(run, &random.changed(seed, &seeds), path);
        }
    }
}

/// A panic says what was fed.
fn attempt(run: fn(&[u8]), bytes: &[u8], from: &Path) {
    if catch_unwind(|| run(bytes)).is_err() {
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        panic!("made of {}: {hex}", from.display());
    }
}

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz")
}

fn within(directory: &Path) -> Vec<PathBuf> {
    fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect()
}

/// Marsaglia's xorshift: good enough to spoil files with, and the same everywhere.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(end.max(1)).unwrap()).unwrap()
    }

    /// A part of `bytes`.
    fn part<'b>(&mut self, bytes: &'b [u8]) -> &'b [u8] {
        let begin = self.below(bytes.len());
        let length = self.below(bytes.len() - begin) + 1;
        &bytes[begin..bytes.len().min(begin + length)]
    }

    /// One to four changes of one seed; some take a part of another.
    fn changed(&mut self, seed: &[u8], others: &[Vec<u8>]) -> Vec<u8> {
        let mut bytes = seed.to_vec();
        for _ in 0..=self.below(4) {
            let at = self.below(bytes.len());
            match self.below(7) {
                _ if bytes.is_empty() => bytes.push(0x30),
                0 => bytes[at] ^= 1 << self.below(8),
                1 => bytes[at] = [0, 1, 0x30, 0x7f, 0x80, 0x84, 0xff][self.below(7)],
                2 => bytes.truncate(at),
                3 => {
                    bytes.drain(..at);
                }
                4 => {
                    let end = at + self.below(bytes.len() - at);
                    bytes.drain(at..end);
                }
                5 => {
                    let again = self.part(&bytes).to_vec();
                    bytes.splice(at..at, again);
                }
                _ => {
                    let other = self.below(others.len());
                    let part = self.part(&others[other]).to_vec();
                    let end = bytes.len().min(at + part.len() * self.below(2));
                    bytes.splice(at..end, part);
                }
            }
        }
        bytes
    }
}
