//! Whether a certificate names a host (RFC 9525, as current platforms apply it: subject
//! alternative names only).

use crate::{Certificate, Host, ServerName};

/// Whether one of the certificate's names fits.
pub fn names(certificate: &Certificate, wanted: &ServerName) -> bool {
    match wanted {
        ServerName::Dns(host) => certificate.dns_names.iter().any(|name| fits(name, host)),
        ServerName::Ip(address) => certificate.ip_addresses.contains(address),
    }
}

/// Whether `pattern` is the host itself, or a wildcard that covers it: `*` stands for exactly one
/// label, the left-most, and only as a whole (RFC 9525 section 6.3). A name with its root dot, or
/// in Unicode, is not what RFC 5280 section 4.2.1.6 lets a certificate hold, and fits nothing.
pub fn fits(pattern: &str, host: &Host) -> bool {
    if pattern.eq_ignore_ascii_case(host.as_str()) {
        return true;
    }
    let Some(parent) = pattern.strip_prefix("*.") else { return false };
    let Some((_, rest)) = host.as_str().split_once('.') else { return false };
    // `*.com` would cover everything: what is covered must have two labels at least.
    parent.contains('.') && !parent.contains('*') && parent.eq_ignore_ascii_case(rest)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::{fits, names};
    use crate::fixture;

    #[test]
    fn a_wildcard_covers_exactly_one_label() {
        for (pattern, host, expected) in [
            ("a.example.com", "a.example.com", true),
            ("A.Example.COM", "a.example.com", true),
            ("a.example.com.", "a.example.com", false),
            ("b.example.com", "a.example.com", false),
            ("*.example.com", "a.example.com", true),
            ("*.EXAMPLE.com", "a.example.com", true),
            ("*.example.com", "example.com", false),
            ("*.example.com", "b.a.example.com", false),
            ("*.example.com", "aexample.com", false),
            ("a*.example.com", "ab.example.com", false),
            ("*a.example.com", "ba.example.com", false),
            ("a.*.com", "a.example.com", false),
            ("*.com", "example.com", false),
            ("*.*.com", "a.example.com", false),
            ("*", "localhost", false),
            ("*.", "localhost", false),
            ("localhost", "localhost", true),
            ("", "a.example.com", false),
            ("xn--fiqs8s.example.com", "中国.example.com", true),
            ("*.example.com", "中国.example.com", true),
            ("中国.example.com", "中国.example.com", false),
        ] {
            assert_eq!(fits(pattern, &host.parse().unwrap()), expected, "{pattern} {host}");
        }
    }

    #[test]
    fn only_subject_alternative_names_count_and_addresses_by_themselves() {
        let mut certificate = fixture::leaf();
        certificate.dns_names = vec!["a.example.com".to_owned(), "192.0.2.1".to_owned(), "*.0.2.1".to_owned()];
        certificate.ip_addresses = vec!["192.0.2.2".parse().unwrap(), "2001:db8::1".parse().unwrap()];
        certificate.common_name = Some("common.example.com".to_owned());
        for (wanted, expected) in [
            ("a.example.com", true),
            ("common.example.com", false),
            ("192.0.2.1", false),
            ("192.0.2.2", true),
            ("2001:db8:0::1", true),
            ("::ffff:192.0.2.2", false),
        ] {
            assert_eq!(names(&certificate, &wanted.parse().unwrap()), expected, "{wanted}");
        }
    }
}
