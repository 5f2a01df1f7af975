//! Lists of certificate transparency timestamps (RFC 6962 section 3.3), as handshakes and OCSP responses
//! bring them.

use model::{Fingerprint, Timestamp, certificate::Sct};

/// The timestamps in a list that has its length before it.
pub(crate) fn list(bytes: &[u8]) -> Vec<Sct> {
    match vector(bytes) {
        Some((list, [])) => timestamps(list),
        _ => Vec::new(),
    }
}

/// The same without the length. What is no timestamp of a version that is known is left out.
pub(crate) fn timestamps(mut list: &[u8]) -> Vec<Sct> {
    let mut scts = Vec::new();
    while let Some((sct, rest)) = vector(list)
        && scts.len() < MOST
    {
        scts.extend(timestamp(sct));
        list = rest;
    }
    scts
}

fn timestamp(sct: &[u8]) -> Option<Sct> {
    let (log, rest) = sct.strip_prefix(&[V1])?.split_first_chunk::<32>()?;
    let (at, rest) = rest.split_first_chunk::<8>()?;
    let (_extensions, rest) = vector(rest)?;
    // The algorithms are two octets.
    let (_signature, rest) = vector(rest.get(2..)?)?;
    let at = Timestamp::from_millisecond(i64::try_from(u64::from_be_bytes(*at)).ok()?).ok()?;
    rest.is_empty().then(|| Sct { log: Fingerprint::new(*log), at })
}

/// What has its length in two octets before it, and what comes after it.
fn vector(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<2>()?;
    rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))
}

const V1: u8 = 0;
const MOST: usize = 32;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;
    use crate::lab::sct_list;

    fn at() -> Timestamp {
        "2026-04-01T08:00:00.5Z".parse().unwrap()
    }

    fn sct(log: u8) -> Sct {
        Sct { log: Fingerprint::new([log; 32]), at: at() }
    }

    #[test]
    fn a_list_is_read_as_it_was_written_and_no_further_than_it_may() {
        let of = |logs: &[u8]| sct_list(&logs.iter().map(|log| ([*log; 32], at())).collect::<Vec<_>>());
        assert_eq!(list(&of(&[])), []);
        assert_eq!(list(&of(&[1, 2, 1])), [sct(1), sct(2), sct(1)]);
        let many: Vec<u8> = (0..100).collect();
        assert_eq!(list(&of(&many)).len(), MOST);
        // Without its length, or with another, it is none.
        let whole = of(&[1, 2]);
        assert_eq!(timestamps(&whole[2..]), [sct(1), sct(2)]);
        for torn in [&b""[..], &whole[..1], &whole[2..], &whole[..whole.len() - 1], &[&whole[..], &[0]].concat()] {
            assert_eq!(list(torn), [], "{torn:x?}");
        }
    }

    #[test]
    fn of_a_list_counts_what_can_be_read() {
        let of = |logs: &[u8]| sct_list(&logs.iter().map(|log| ([*log; 32], at())).collect::<Vec<_>>())[2..].to_vec();
        let mut later = of(&[1]);
        // The version, behind the length.
        later[2] = 1;
        assert_eq!(timestamps(&[later, of(&[2])].concat()), [sct(2)]);
        // A time that no calendar has.
        let mut endless = of(&[1]);
        endless[2 + 1 + 32] = 0x80;
        assert_eq!(timestamps(&[endless, of(&[2])].concat()), [sct(2)]);
        let mut longer = of(&[1]);
        longer.push(0);
        longer[1] += 1;
        assert_eq!(timestamps(&[longer, of(&[2])].concat()), [sct(2)]);
        let (first, second) = (of(&[1]), of(&[2]));
        assert_eq!(timestamps(&[&first[..], &second[..second.len() - 1]].concat()), [sct(1)]);
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_stumble(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            prop_assert!(list(&bytes).len() <= MOST);
            prop_assert!(timestamps(&bytes).len() <= MOST);
        }
    }
}
