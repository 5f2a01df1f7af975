//! As much of DER as containers of certificates and keys, and what authorities sign besides, need:
//! definite lengths, tags of one octet.

use zeroize::Zeroizing;

pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const BIT_STRING: u8 = 0x03;
pub(crate) const OCTET_STRING: u8 = 0x04;
pub(crate) const NULL: u8 = 0x05;
pub(crate) const OBJECT: u8 = 0x06;
pub(crate) const ENUMERATED: u8 = 0x0a;
pub(crate) const SEQUENCE: u8 = 0x30;
pub(crate) const SET: u8 = 0x31;
/// `[0]`, constructed.
pub(crate) const FIRST: u8 = 0xa0;

/// Reads one element after the other.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'a>(&'a [u8]);

/// One element.
#[derive(Clone, Copy)]
pub(crate) struct Element<'a> {
    pub(crate) tag: u8,
    pub(crate) contents: &'a [u8],
    /// With tag and length.
    pub(crate) whole: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(crate) const fn of(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(crate) const fn is_at_end(&self) -> bool {
        self.0.is_empty()
    }

    /// The next element; none at the end, and where there is none.
    pub(crate) fn next(&mut self) -> Option<Element<'a>> {
        let [tag, length, ..] = *self.0 else { return None };
        let (header, length) = match usize::from(length) {
            short @ 0..=0x7f => (2, short),
            long => {
                let octets = long & 0x7f;
                let length = self.0.get(2..2 + octets).filter(|_| (1..=4).contains(&octets))?;
                (2 + octets, length.iter().fold(0, |sum, octet| sum << 8 | usize::from(*octet)))
            }
        };
        let (whole, rest) = self.0.split_at_checked(header.checked_add(length)?)?;
        self.0 = rest;
        Some(Element { tag, contents: &whole[header..], whole })
    }

    /// The contents of the next element, which must have this tag.
    pub(crate) fn take(&mut self, tag: u8) -> Option<&'a [u8]> {
        self.next().filter(|element| element.tag == tag).map(|element| element.contents)
    }

    /// What is within the next element, which must have this tag.
    pub(crate) fn within(&mut self, tag: u8) -> Option<Self> {
        self.take(tag).map(Self)
    }
}

/// One element made of `parts`.
pub(crate) fn element(tag: u8, parts: &[&[u8]]) -> Zeroizing<Vec<u8>> {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    // What holds a key does not move while it grows.
    let mut der = Zeroizing::new(Vec::with_capacity(length + 6));
    der.push(tag);
    match u8::try_from(length) {
        Ok(short @ 0..=0x7f) => der.push(short),
        _ => {
            let octets = length.to_be_bytes();
            let used = &octets[octets.iter().take_while(|octet| **octet == 0).count()..];
            der.push(0x80 | used.len() as u8);
            der.extend_from_slice(used);
        }
    }
    parts.iter().for_each(|part| der.extend_from_slice(part));
    der
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        for length in [0, 1, 0x7f, 0x80, 0xff, 0x100, 0x1_0000] {
            let contents = vec![7; length];
            let der = element(OCTET_STRING, &[&contents[..length / 2], &contents[length / 2..]]);
            let mut reader = Reader::of(&der);
            let read = reader.next().map(|element| (element.tag, element.contents, element.whole));
            assert_eq!(read, Some((OCTET_STRING, contents.as_slice(), der.as_slice())));
            assert!(reader.is_at_end());
            for end in 0..der.len() {
                assert!(Reader::of(&der[..end]).next().is_none(), "{end} of {}", der.len());
            }
        }
    }

    #[test]
    fn no_length_is_believed_beyond_the_end() {
        for bytes in [&[0x30, 0x80, 0, 0][..], &[0x30, 0x85, 0, 0, 0, 0, 0], &[0x30, 0x84, 0xff, 0xff, 0xff, 0xff]] {
            assert!(Reader::of(bytes).next().is_none(), "{bytes:x?}");
        }
    }
}
