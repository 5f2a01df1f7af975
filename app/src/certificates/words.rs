//! What is said of a certificate in short.

use model::{Certificate, Timestamp};

/// The common name in a distinguished name as RFC 4514 writes it, else the organisation, else all
/// of it.
pub(super) fn short_name(name: &str) -> String {
    let parts = parts(name);
    let value = |key: &str| parts.iter().find(|(known, value)| known == key && !value.is_empty());
    value("CN").or_else(|| value("O")).map_or_else(|| name.to_owned(), |(_, value)| value.clone())
}

/// The attributes of a distinguished name, their escapes taken out.
fn parts(name: &str) -> Vec<(String, String)> {
    let mut parts = Vec::new();
    let (mut key, mut text) = (None, String::new());
    let mut characters = name.chars();
    while let Some(character) = characters.next() {
        match (character, &key) {
            ('\\', _) => text.extend(characters.next()),
            ('=', None) => key = Some(std::mem::take(&mut text)),
            (',' | '+', _) => parts.push((key.take().unwrap_or_default(), std::mem::take(&mut text))),
            _ => text.push(character),
        }
    }
    parts.push((key.unwrap_or_default(), text));
    parts
}

/// What a certificate is called: its first name, else what its subject says, else its fingerprint.
pub(super) fn title(certificate: &Certificate) -> String {
    let address = certificate.ip_addresses.first().map(ToString::to_string);
    let name = certificate.dns_names.first().cloned().or(address);
    let name = name.unwrap_or_else(|| short_name(&certificate.subject));
    if name.is_empty() { certificate.sha256.to_string() } else { name }
}

/// How much of its time has gone by, in percent.
pub(super) fn percent_gone(not_before: Timestamp, not_after: Timestamp, now: Timestamp) -> i64 {
    let whole = not_after.as_second().saturating_sub(not_before.as_second()).max(1);
    let gone = now.as_second().saturating_sub(not_before.as_second());
    gone.saturating_mul(100).checked_div(whole).unwrap_or_default().clamp(0, 100)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn an_issuer_is_called_by_its_common_name() {
        for (name, short) in [
            ("CN=R12,O=Let's Encrypt,C=US", "R12"),
            ("O=DigiCert Inc,C=US", "DigiCert Inc"),
            (r"CN=A\, B \+ C\\D,O=x", r"A, B + C\D"),
            ("CN=a=b", "a=b"),
            ("C=US+CN=Both", "Both"),
            ("CN=,O=Org", "Org"),
            ("2.5.4.97=#0c01", "2.5.4.97=#0c01"),
            ("CN=cut off…", "cut off…"),
            (r"CN=open\", "open"),
            ("", ""),
        ] {
            assert_eq!(short_name(name), short, "{name}");
        }
    }

    #[test]
    fn the_time_gone_by_stays_between_nothing_and_all() {
        let at = |second| Timestamp::from_second(second).unwrap();
        for (from, to, now, percent) in [
            (0, 100, -1, 0),
            (0, 100, 0, 0),
            (0, 100, 33, 33),
            (0, 100, 100, 100),
            (0, 100, 101, 100),
            (100, 0, 50, 0),
            (0, 0, 0, 0),
            (0, 0, 1, 100),
        ] {
            assert_eq!(percent_gone(at(from), at(to), at(now)), percent, "{from} {to} {now}");
        }
        assert_eq!(percent_gone(Timestamp::MIN, Timestamp::MAX, Timestamp::MAX), 100);
    }
}
