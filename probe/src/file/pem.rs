//! Text between BEGIN and END (RFC 7468).

use base64::{Engine as _, engine::general_purpose::STANDARD};
use zeroize::Zeroizing;

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
        if !label(line, b"-----BEGIN ").is_some_and(&wanted) {
            continue;
        }
        let mut body = Zeroizing::new(Vec::with_capacity(LONGEST));
        let mut ended = false;
        for line in lines.by_ref() {
            ended = line.starts_with(b"-----END ");
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

fn label<'a>(line: &'a [u8], begin: &[u8]) -> Option<&'a str> {
    str::from_utf8(line.strip_prefix(begin)?.strip_suffix(b"-----")?).ok()
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

/// Most blocks of a text that are read.
const MOST: usize = 200;

/// Longest block: more than any key and any PKCS#7 of a chain.
const LONGEST: usize = 1024 * 1024;

const LINE: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

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
}
