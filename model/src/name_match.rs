//! Whether a certificate names a host (RFC 9525, as current platforms apply it: subject
//! alternative names only).

use crate::{Certificate, Host, ServerName};

/// Whether one of the certificate's names fits.
pub(crate) fn names(certificate: &Certificate, wanted: &ServerName) -> bool {
    match wanted {
        ServerName::Dns(host) => certificate.dns_names.iter().any(|name| fits(name, host)),
        ServerName::Ip(address) => certificate.ip_addresses.contains(address),
    }
}

/// Whether `pattern` is the host itself, or a wildcard that covers it: `*` stands for exactly one
/// label, the left-most, and only as a whole (RFC 9525 section 6.3).
fn fits(pattern: &str, host: &Host) -> bool {
    let pattern = pattern.strip_suffix('.').unwrap_or(pattern);
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

    use super::fits;

    #[test]
    fn a_wildcard_covers_exactly_one_label() {
        for (pattern, host, expected) in [
            ("a.example.com", "a.example.com", true),
            ("A.Example.COM", "a.example.com", true),
            ("a.example.com.", "a.example.com", true),
            ("*.example.com", "a.example.com", true),
            ("*.example.com", "example.com", false),
            ("*.example.com", "b.a.example.com", false),
            ("a*.example.com", "ab.example.com", false),
            ("*.com", "example.com", false),
            ("*.*.com", "a.example.com", false),
            ("*", "localhost", false),
            ("", "a.example.com", false),
            ("xn--fiqs8s.example.com", "中国.example.com", true),
        ] {
            assert_eq!(fits(pattern, &host.parse().unwrap()), expected, "{pattern} {host}");
        }
    }
}
