//! Text between BEGIN and END (RFC 7468).

use std::iter::Peekable;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use model::tools::damage::{Damage, DamagedBlock, Label};
use rustls::pki_types::{CertificateDer, pem::PemObject as _};
use zeroize::Zeroizing;

use super::is_one_sequence;

/// The certificates of a text, which may hold anything between them; of more than `most` one too many.
///
/// # Errors
/// When a block is damaged: which, as far as that can be told.
pub(crate) fn certificates(text: &[u8], most: usize) -> Result<Vec<CertificateDer<'static>>, Option<DamagedBlock>> {
    let unread = || damage(text, |label| DECODED.contains(&label));
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(text).take(most.saturating_add(1)).collect();
    let found = read.map_err(|_| unread())?;
    // Where the END between them is missing, two are read as one.
    let run_together = if found.iter().all(|der| is_one_sequence(der)) { None } else { unread() };
    match run_together {
        Some(block) => Err(Some(block)),
        None => Ok(found),
    }
}

/// What stands between a BEGIN and its END.
pub(super) struct Block {
    /// None when it is damaged, or encrypted as OpenSSL once did (RFC 1421).
    pub(super) der: Option<Zeroizing<Vec<u8>>>,
}

/// The blocks of a text whose labels are wanted.
pub(super) fn blocks(text: &[u8], wanted: impl Fn(&str) -> bool) -> Vec<Block> {
    let mut lines = text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    let mut blocks = Vec::new();
    while let Some(line) = lines.next() {
        if !label(line).is_some_and(&wanted) {
            continue;
        }
        let mut body = Zeroizing::new(Vec::with_capacity(LONGEST));
        let mut ended = false;
        for line in lines.by_ref() {
            ended = line.starts_with(END);
            if ended || body.len() + line.len() > LONGEST {
                break;
            }
            body.extend_from_slice(line);
        }
        let der = ended.then(|| STANDARD.decode(&*body).ok()).flatten();
        blocks.push(Block { der: der.map(Zeroizing::new) });
        if blocks.len() == MOST {
            break;
        }
    }
    blocks
}

/// The first block of a text that cannot be read, if there is one. What the others hold need not be base64 where
/// nobody decodes it.
pub(super) fn damage(text: &[u8], is_decoded: impl Fn(&str) -> bool) -> Option<DamagedBlock> {
    // Some lines end in a carriage return alone.
    let end = if text.contains(&b'\n') { b'\n' } else { b'\r' };
    let mut lines = text.split(|byte| *byte == end).map(<[u8]>::trim_ascii_end).zip(1..).peekable();
    let mut number = 0;
    while let Some((first, line)) = lines.next() {
        if !first.starts_with(BEGIN) {
            continue;
        }
        number += 1;
        let label = label(first).filter(|label| !label.ends_with('-'));
        let damage = match label {
            None => Some(Damage::Begin),
            Some(label) => match damage_below(&mut lines, label) {
                Some(Damage::NotBase64 { .. } | Damage::BrokenOff) if !is_decoded(label) => None,
                damage => damage,
            },
        };
        if let Some(damage) = damage {
            return Some(DamagedBlock { label: label.and_then(Label::of), number, line, damage });
        }
    }
    None
}

/// The block that holds `der`, which is no certificate.
pub(super) fn holding(text: &[u8], der: &[u8]) -> Option<DamagedBlock> {
    let end = if text.contains(&b'\n') { b'\n' } else { b'\r' };
    let mut lines = text.split(|byte| *byte == end).map(<[u8]>::trim_ascii_end).zip(1..);
    let mut number = 0;
    while let Some((first, line)) = lines.next() {
        if !first.starts_with(BEGIN) {
            continue;
        }
        number += 1;
        let label = label(first).and_then(Label::of);
        if label != Some(Label::Certificate) {
            continue;
        }
        let body = lines.by_ref().map(|(line, _)| line).take_while(|line| !line.starts_with(END));
        let body: Vec<u8> = body.flatten().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
        if STANDARD.decode(body).is_ok_and(|held| held == der) {
            return Some(DamagedBlock { label, number, line, damage: Damage::Content });
        }
    }
    None
}

/// What is wrong with a block below its first line. Its lines are taken, but not the first of another block.
fn damage_below<'a>(lines: &mut Peekable<impl Iterator<Item = (&'a [u8], u32)>>, label: &str) -> Option<Damage> {
    let (mut letters, mut padding, mut stray) = (0_usize, 0_usize, None);
    while let Some((line, number)) = lines.next_if(|(line, _)| !line.starts_with(BEGIN)) {
        if let Some(ended) = line.strip_prefix(END) {
            let is_its_own = ended.strip_prefix(label.as_bytes()).is_some_and(|rest| rest.starts_with(HYPHENS));
            return match stray {
                _ if !is_its_own => Some(Damage::OtherEnd),
                Some(line) => Some(Damage::NotBase64 { line }),
                None => (padding > 2 || !(letters + padding).is_multiple_of(4)).then_some(Damage::BrokenOff),
            };
        }
        for byte in line.iter().filter(|byte| !byte.is_ascii_whitespace()) {
            match byte {
                b'=' => padding += 1,
                b'+' | b'/' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' if padding == 0 => letters += 1,
                _ => stray = stray.or(Some(number)),
            }
        }
    }
    Some(Damage::NoEnd)
}

fn label(line: &[u8]) -> Option<&str> {
    str::from_utf8(line.strip_prefix(BEGIN)?.strip_suffix(HYPHENS)?).ok()
}

/// `der` between BEGIN and END.
pub(super) fn pem(label: &str, der: &[u8]) -> Zeroizing<String> {
    let body = Zeroizing::new(STANDARD.encode(der));
    let mut text = Zeroizing::new(String::with_capacity(body.len() * 65 / 64 + 2 * label.len() + 40));
    text.push_str("-----BEGIN ");
    text.push_str(label);
    text.push_str("-----\n");
    let mut rest = body.as_str();
    while !rest.is_empty() {
        let (line, tail) = rest.split_at(rest.len().min(LINE));
        text.push_str(line);
        text.push('\n');
        rest = tail;
    }
    text.push_str("-----END ");
    text.push_str(label);
    text.push_str("-----\n");
    text
}

const BEGIN: &[u8] = b"-----BEGIN ";
const END: &[u8] = b"-----END ";
const HYPHENS: &[u8] = b"-----";

/// What is decoded, whatever is wanted of a text: none of it may be damaged.
const DECODED: [&str; 8] = [
    "CERTIFICATE",
    "CERTIFICATE REQUEST",
    "PUBLIC KEY",
    "PRIVATE KEY",
    "RSA PRIVATE KEY",
    "EC PRIVATE KEY",
    "X509 CRL",
    "ECHCONFIG",
];

/// Most blocks of a text that are read.
const MOST: usize = 200;

/// Longest block: more than any key and any PKCS#7 of a chain.
const LONGEST: usize = 1024 * 1024;

const LINE: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    const CERTIFICATE: &str = "CERTIFICATE";

    #[test]
    fn blocks_are_found_among_other_text() {
        let text = format!("notes\r\n{}x{}", *pem("A", &[1; 100]), pem("B", &[2; 48]).replace('\n', "\r\n"));
        let found = blocks(text.as_bytes(), |_| true);
        let read: Vec<_> = found.iter().map(|block| block.der.as_deref().cloned()).collect();
        // The END of A and an x share no line, the BEGIN of B and the x do.
        assert_eq!(read, [Some(vec![1; 100])]);
        let text = format!("{}{}", *pem("A", &[1; 100]), *pem("B", &[2; 48]));
        let found = blocks(text.as_bytes(), |label| label == "B");
        assert_eq!(found[0].der.as_deref().cloned(), Some(vec![2; 48]));
    }

    #[test]
    fn lines_are_64_characters_long() {
        for length in [0, 1, 47, 48, 49, 96, 1_000] {
            let text = pem("A", &vec![7; length]);
            let lines: Vec<_> = text.lines().collect();
            let body = &lines[1..lines.len() - 1];
            assert!(text.ends_with("-----END A-----\n"));
            assert!(body.iter().rev().skip(1).all(|line| line.len() == 64) && body.iter().all(|line| line.len() <= 64));
        }
    }

    #[test]
    fn what_does_not_end_or_is_no_base64_is_damaged() {
        for text in ["-----BEGIN A-----\nAAAA\n", "-----BEGIN A-----\n!\n-----END A-----\n", "-----BEGIN A-----"] {
            assert!(blocks(text.as_bytes(), |_| true)[0].der.is_none(), "{text}");
        }
    }

    #[test]
    fn of_a_damaged_text_the_block_is_named_and_what_is_wrong_with_it() {
        let (good, other) = (pem(CERTIFICATE, &[0x30, 0]), pem("A", &[7; 3]));
        let begin = "-----BEGIN CERTIFICATE-----\n";
        let end = "-----END CERTIFICATE-----\n";
        let on = |line| Damage::NotBase64 { line };
        for (text, number, line, damage) in [
            (format!("{begin}MAA=\n!!\n{end}"), 1, 1, on(3)),
            (format!("notes\n{}{}{begin}MAA=\nM A=\n{end}", *good, *other), 3, 8, on(10)),
            (format!("{begin}  {end}{begin}MA*=\n{end}"), 1, 1, Damage::NoEnd),
            (format!("{}{begin}MA\n{end}", *good), 2, 4, Damage::BrokenOff),
            (format!("{begin}MAA\n===\n{end}"), 1, 1, Damage::BrokenOff),
            (format!("{begin}MAA=\n"), 1, 1, Damage::NoEnd),
            (format!("{begin}MAAw\n{}", *good), 1, 1, Damage::NoEnd),
            (format!("{begin}MAAw\n-----END CERTIFICATE REQUEST-----\n"), 1, 1, Damage::OtherEnd),
            (format!("\n\n{}\nMAA=\n{end}", &begin[..begin.len() - 2]), 1, 3, Damage::Begin),
        ] {
            let label = if damage == Damage::Begin { None } else { Some(Label::Certificate) };
            let expected = DamagedBlock { label, number, line, damage };
            assert_eq!(certificates(text.as_bytes(), 10), Err(Some(expected)), "{text}");
            let (windows, old) = (text.replace('\n', "\r\n"), text.replace('\n', "\r"));
            for text in [windows, old] {
                assert_eq!(certificates(text.as_bytes(), 10), Err(Some(expected)), "{text:?}");
            }
        }
    }

    #[test]
    fn what_is_read_all_the_same_is_not_damaged() {
        let good = pem(CERTIFICATE, &[0x30, 0]);
        let ders = |text: String| certificates(text.as_bytes(), 2).map(|found| found.len());
        assert_eq!(ders(format!("{}-----BEGIN A-----\n!\n-----END A-----\n", *good)), Ok(1));
        // No DER, but what stands there stands there whole.
        assert_eq!(ders(pem(CERTIFICATE, &[1, 2, 3]).to_string()), Ok(1));
        assert_eq!(ders(good.repeat(5)), Ok(3));
        assert_eq!(ders(String::new()), Ok(0));
    }
}
