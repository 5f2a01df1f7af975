//! What an error text from a phone means: cause and findings. The words are in the locale files,
//! keyed by [`Cause`].

use crate::Code;

/// Longest text looked at, in bytes: a pasted log is cut, not refused.
const INPUT_MOST: usize = 64 * 1024;

/// What lies behind an error text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The cause.
    pub cause: Cause,
    /// The part of the text that gave it away, as pasted.
    pub matched: String,
    /// The findings that a probe of the server would show.
    pub codes: &'static [Code],
}

macro_rules! causes {
    ($($variant:ident => $word:literal, $doc:literal, [$($pattern:literal),+], [$($code:ident),*];)+) => {
        /// Why a request failed.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Cause {
            $(#[doc = $doc] $variant,)+
        }

        impl Cause {
            /// All causes.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The word used in links.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// The findings that a probe of the server would show.
            pub const fn codes(self) -> &'static [Code] {
                match self { $(Self::$variant => &[$(Code::$code),*]),+ }
            }

            /// What gives it away, in lower case.
            const fn patterns(self) -> &'static [&'static str] {
                match self { $(Self::$variant => &[$($pattern),+]),+ }
            }
        }
    };
}

causes! {
    NotInDomainList => "not_in_domain_list", "No entry of the mini program matches the URL.",
        ["url not in domain list", "not in domain list", "合法域名列表中", "合法域名"],
        [];
    NameMismatch => "name_mismatch", "The certificate does not name the host.",
        ["err_cert_common_name_invalid", "-200:net::", "certificate name does not match"],
        [CertNameMismatch, CertNoSan];
    UntrustedAuthority => "untrusted_authority", "Unknown root, self-signed, or an intermediate is missing.",
        ["err_cert_authority_invalid", "-202:net::", "trust anchor for certification path not found", "self signed certificate", "unable to verify the first certificate", "unable to get local issuer certificate"],
        [ChainIncomplete, TrustUnknownRoot, CertSelfSigned];
    Date => "date", "Expired, not valid yet, or the phone's clock is wrong.",
        ["err_cert_date_invalid", "-201:net::", "certificate has expired", "certificate is not yet valid"],
        [CertExpired, CertNotYetValid, ChainExpiredIntermediate];
    Revoked => "revoked", "The certificate authority has revoked the certificate.",
        ["err_cert_revoked", "-206:net::"],
        [CertRevoked];
    MalformedCertificate => "malformed_certificate", "The certificate is malformed or breaks a rule.",
        ["err_cert_invalid", "-207:net::", "err_cert_weak_key", "err_cert_weak_signature_algorithm"],
        [CertMalformed, CertWeakKey, CertWeakSignature];
    NoCommonVersion => "no_common_version", "Server and phone share no TLS version or suite, or the port does not speak TLS.",
        ["err_ssl_version_or_cipher_mismatch", "-113:net::", "err_ssl_protocol_error", "-107:net::"],
        [TlsHandshakeFailed, TlsNotTls, TlsNoTls12];
    AppTransportSecurity => "app_transport_security", "TLS below 1.2, or App Transport Security is not met.",
        ["ssl hand shake error", "ssl handshake error", "ssl handshake failed", "ssl错误", "ssl 错误", "发生了ssl错误", "tls 版本", "tls版本", "tls 版本不满足", "-1200"],
        [AtsVersion, AtsSuite, AtsForwardSecrecy, TlsNoTls12];
    NameNotResolved => "name_not_resolved", "The phone's name server does not know the host.",
        ["err_name_not_resolved", "-105:net::", "-137:net::", "未能找到使用指定主机名的服务器"],
        [DnsNotFound, DnsNoAddress];
    TimedOut => "timed_out", "No answer in time.",
        ["err_connection_timed_out", "err_timed_out", "-118:net::", "-7:net::", "timed_out", "timed out", "request:fail timeout", "请求超时"],
        [NetTimeout];
    ConnectionFailed => "connection_failed", "The connection was refused, reset or closed.",
        ["err_connection_refused", "err_connection_reset", "err_connection_closed", "err_connection_", "err_address_unreachable", "-100:net::", "-101:net::", "-102:net::", "-104:net::", "-109:net::", "无法连接服务器"],
        [NetRefused, NetReset, NetUnreachable];
    NoNetwork => "no_network", "The phone itself has no network.",
        ["err_internet_disconnected", "-106:net::", "err_network_changed", "-21:net::", "互联网的连接似乎已断开"],
        [];
}

/// What `text` means, most telling first; empty when Hufu does not know it.
pub fn explain(text: &str) -> Vec<Explanation> {
    let text = bounded(text);
    // ASCII lower case keeps every byte offset, so that the match can be quoted as pasted.
    let lower = text.to_ascii_lowercase();
    let mut found: Vec<(usize, Explanation)> = Vec::new();
    for cause in Cause::ALL.iter().copied() {
        let first = cause.patterns().iter().filter_map(|pattern| Some((lower.find(pattern)?, pattern.len()))).min();
        let Some((start, length)) = first else { continue };
        let matched = text[start..start + length].to_owned();
        found.push((start, Explanation { cause, matched, codes: cause.codes() }));
    }
    found.sort_by_key(|(start, _)| *start);
    found.into_iter().map(|(_, explanation)| explanation).collect()
}

fn bounded(text: &str) -> &str {
    if text.len() <= INPUT_MOST { text } else { &text[..text.floor_char_boundary(INPUT_MOST)] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_of_the_table_has_one_cause() {
        for (text, cause) in [
            ("request:fail url not in domain list", Cause::NotInDomainList),
            ("https://a.example.com 不在以下 request 合法域名列表中", Cause::NotInDomainList),
            ("request:fail -200:net::ERR_CERT_COMMON_NAME_INVALID", Cause::NameMismatch),
            ("request:fail -202:net::ERR_CERT_AUTHORITY_INVALID", Cause::UntrustedAuthority),
            ("request:fail -201:net::ERR_CERT_DATE_INVALID", Cause::Date),
            ("-207:net::ERR_CERT_INVALID", Cause::MalformedCertificate),
            ("-206:net::ERR_CERT_REVOKED", Cause::Revoked),
            ("-113:net::ERR_SSL_VERSION_OR_CIPHER_MISMATCH", Cause::NoCommonVersion),
            ("-107:net::ERR_SSL_PROTOCOL_ERROR", Cause::NoCommonVersion),
            ("-100:net::ERR_CONNECTION_CLOSED", Cause::ConnectionFailed),
            ("-101:net::ERR_CONNECTION_RESET", Cause::ConnectionFailed),
            ("-102:net::ERR_CONNECTION_REFUSED", Cause::ConnectionFailed),
            ("-105:net::ERR_NAME_NOT_RESOLVED", Cause::NameNotResolved),
            ("-118:net::ERR_CONNECTION_TIMED_OUT", Cause::TimedOut),
            ("request:fail ssl hand shake error", Cause::AppTransportSecurity),
            ("未能完成该操作。SSL错误", Cause::AppTransportSecurity),
            ("TLS 版本不满足", Cause::AppTransportSecurity),
        ] {
            assert_eq!(explain(text).first().map(|explanation| explanation.cause), Some(cause), "{text}");
        }
    }

    #[test]
    fn an_unknown_text_gets_no_guess() {
        for text in ["", "request:ok", "域名", "net::", "ERR_SOMETHING_ELSE"] {
            assert_eq!(explain(text), [], "{text}");
        }
    }

    #[test]
    fn a_long_paste_is_cut_between_characters() {
        let text = "域".repeat(INPUT_MOST);
        assert_eq!(explain(&text), []);
    }
}
