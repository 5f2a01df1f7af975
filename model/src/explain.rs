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
    ($($variant:ident => $word:literal, $doc:literal, [$($number:literal),*], [$($phrase:literal),*], [$($code:ident),*];)+) => {
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

            /// Error numbers that mean it: of WeChat (general `errno`; positive), of Chromium
            /// (`net_error_list.h`; from -999 up) and of Apple (`NSURLError`; below).
            const fn numbers(self) -> &'static [i32] {
                match self { $(Self::$variant => &[$($number),*]),+ }
            }

            /// Phrases that mean it, in lower case.
            const fn phrases(self) -> &'static [&'static str] {
                match self { $(Self::$variant => &[$($phrase),*]),+ }
            }
        }
    };
}

causes! {
    NotInDomainList => "not_in_domain_list", "No entry of the mini program matches the URL.",
        [600_002],
        ["not in domain list", "domain list", "不在以下", "合法域名列表中", "域名不合法"],
        [];
    NameMismatch => "name_mismatch", "The certificate does not name the host.",
        [-200],
        ["err_cert_common_name_invalid", "certificate name does not match", "hostname mismatch",
         "does not match certificate's altnames"],
        [CertNameMismatch, CertNoSan];
    UntrustedAuthority => "untrusted_authority", "Unknown root, self-signed, or an intermediate is missing.",
        [-202, -1202, -1203],
        ["err_cert_authority_invalid", "trust anchor for certification path not found", "self signed certificate",
         "self-signed certificate", "unable to verify the first certificate", "unable to get local issuer certificate",
         "此服务器的证书无效", "the certificate for this server is invalid"],
        [ChainIncomplete, TrustUnknownRoot, CertSelfSigned];
    Date => "date", "Expired, not valid yet, or the phone's clock is wrong.",
        [-201, -1201, -1204],
        ["err_cert_date_invalid", "certificate has expired", "certificate is not yet valid"],
        [CertExpired, CertNotYetValid, ChainExpiredIntermediate];
    Revoked => "revoked", "The certificate authority has revoked the certificate.",
        [-206],
        ["err_cert_revoked", "certificate has been revoked"],
        [CertRevoked];
    MalformedCertificate => "malformed_certificate", "The certificate is malformed or breaks a rule.",
        [-207, -208, -211, -213],
        ["err_cert_invalid", "err_cert_weak_key", "err_cert_weak_signature_algorithm", "err_cert_validity_too_long"],
        [CertMalformed, CertWeakKey, CertWeakSignature, CertValidTooLong];
    NoCommonVersion => "no_common_version", "Server and phone share no TLS version or suite, or the port does not speak TLS.",
        [-107, -113],
        ["err_ssl_version_or_cipher_mismatch", "err_ssl_protocol_error", "wrong version number", "unsupported protocol"],
        [TlsHandshakeFailed, TlsNotTls, TlsNoTls12];
    AppTransportSecurity => "app_transport_security", "TLS below 1.2, or App Transport Security is not met.",
        [-1200, -1022],
        ["ssl hand shake error", "ssl handshake error", "ssl handshake failed", "ssl错误", "ssl 错误", "ssl error has occurred",
         "tls 版本不满足", "tls版本不满足", "tls 版本必须", "tls版本必须", "tls 版本过低", "app transport security"],
        [AtsVersion, AtsSuite, AtsForwardSecrecy, TlsNoTls12];
    NameNotResolved => "name_not_resolved", "The phone's name server does not know the host.",
        [-105, -137, -1003, -1006],
        ["err_name_not_resolved", "err_name_resolution_failed", "未能找到使用指定主机名的服务器",
         "a server with the specified hostname could not be found"],
        [DnsNotFound, DnsNoAddress];
    TimedOut => "timed_out", "No answer in time.",
        [-7, -118, -1001],
        ["err_connection_timed_out", "err_timed_out", "timed out", "request:fail timeout", "fail timeout", "请求超时"],
        [NetTimeout];
    ConnectionFailed => "connection_failed", "The connection failed, was refused, reset or closed.",
        [-2, -100, -101, -102, -103, -104, -109, -324, -1004, -1005],
        ["err_connection_refused", "err_connection_reset", "err_connection_closed", "err_connection_aborted",
         "err_connection_failed", "err_address_unreachable", "err_empty_response", "err_failed", "无法连接服务器",
         "未能连接到服务器", "网络连接已中断", "could not connect to the server", "the network connection was lost"],
        [NetRefused, NetReset, NetUnreachable];
    NoNetwork => "no_network", "The phone itself has no network, or has changed it.",
        [-21, -106, -1009],
        ["err_internet_disconnected", "err_network_changed", "network change, cancel all task", "互联网的连接似乎已断开",
         "似乎已断开与互联网的连接", "the internet connection appears to be offline"],
        [];
}

/// What `text` means, in the order of the text; empty when Hufu does not know it.
pub fn explain(text: &str) -> Vec<Explanation> {
    let text = bounded(text);
    // ASCII lower case keeps every byte offset, so that the match can be quoted as pasted.
    let lower = text.to_ascii_lowercase();
    let mut found: Vec<(usize, Explanation)> = Cause::ALL
        .iter()
        .filter_map(|cause| {
            let (start, end) = phrase(&lower, *cause).or_else(|| number(&lower, *cause))?;
            let matched = text[start..end].to_owned();
            Some((start, Explanation { cause: *cause, matched, codes: cause.codes() }))
        })
        .collect();
    found.sort_by_key(|(start, _)| *start);
    found.into_iter().map(|(_, explanation)| explanation).collect()
}

/// Where the first phrase of a cause is.
fn phrase(lower: &str, cause: Cause) -> Option<(usize, usize)> {
    cause.phrases().iter().filter_map(|phrase| whole(lower, phrase)).min()
}

/// Where the first number of a cause is, in one of the forms that phones write: `"errno":600002`,
/// `-202:net::…`, `errcode:-202`, `cronet_error_code:-202`, `NSURLErrorDomain Code=-1202`.
fn number(lower: &str, cause: Cause) -> Option<(usize, usize)> {
    let found = cause.numbers().iter().filter_map(|number| {
        if *number > 0 {
            return labelled(lower, "errno", &number.to_string());
        }
        if *number < -999 {
            let domain = lower.find("nsurlerrordomain")?;
            let (start, end) = whole(&lower[domain..], &number.to_string())?;
            return Some((domain + start, domain + end));
        }
        whole(lower, &format!("{number}:net::"))
            .or_else(|| labelled(lower, "errcode", &number.to_string()))
            .or_else(|| labelled(lower, "error_code", &number.to_string()))
    });
    found.min()
}

/// `label: value` as JavaScript and JSON print it, with or without quotes and spaces.
fn labelled(lower: &str, label: &str, value: &str) -> Option<(usize, usize)> {
    lower.match_indices(label).find_map(|(start, _)| {
        let after = &lower[start + label.len()..];
        let rest = after.trim_start_matches(['"', '\'', ' ', ':', '=']);
        let tail = rest.strip_prefix(value).filter(|_| rest.len() < after.len())?;
        let ends = !tail.starts_with(|next: char| next.is_ascii_digit());
        ends.then(|| (start, lower.len() - tail.len()))
    })
}

/// Where `part` stands for itself: not inside a longer number or a longer error name.
fn whole(lower: &str, part: &str) -> Option<(usize, usize)> {
    let goes_on = |next: char| next.is_ascii_digit() || next == '_';
    lower.match_indices(part).map(|(start, _)| (start, start + part.len())).find(|(start, end)| {
        let ends = !lower[*end..].starts_with(goes_on);
        let begins =
            !part.starts_with('-') || !lower[..*start].ends_with(|before: char| before.is_ascii_alphanumeric());
        ends && begins
    })
}

fn bounded(text: &str) -> &str {
    if text.len() <= INPUT_MOST { text } else { &text[..text.floor_char_boundary(INPUT_MOST)] }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_text_that_phones_show_has_one_cause() {
        for (text, cause) in [
            ("request:fail url not in domain list", Cause::NotInDomainList),
            ("REQUEST:FAIL URL NOT IN DOMAIN LIST", Cause::NotInDomainList),
            ("createSocketTask:fail wss url not in domain list", Cause::NotInDomainList),
            (r#"{"errno":600002,"errMsg":"request:fail"}"#, Cause::NotInDomainList),
            ("https://a.example.com 不在以下 request 合法域名列表中，请参考文档", Cause::NotInDomainList),
            ("request:fail -200:net::ERR_CERT_COMMON_NAME_INVALID", Cause::NameMismatch),
            ("net::ERR_CERT_COMMON_NAME_INVALID", Cause::NameMismatch),
            ("request:fail -202:net::ERR_CERT_AUTHORITY_INVALID", Cause::UntrustedAuthority),
            (
                r#"{"errno":600001,"errMsg":"request:fail errcode:-202 cronet_error_code:-202 error_msg:net::ERR_CERT_AUTHORITY_INVALID"}"#,
                Cause::UntrustedAuthority,
            ),
            ("request:fail errcode:-202 cronet_error_code:-202", Cause::UntrustedAuthority),
            ("cronet_error_code: -202", Cause::UntrustedAuthority),
            ("Error Domain=NSURLErrorDomain Code=-1202 \"...\"", Cause::UntrustedAuthority),
            ("request:fail -201:net::ERR_CERT_DATE_INVALID", Cause::Date),
            ("-207:net::ERR_CERT_INVALID", Cause::MalformedCertificate),
            ("-213:net::ERR_CERT_VALIDITY_TOO_LONG", Cause::MalformedCertificate),
            ("-206:net::ERR_CERT_REVOKED", Cause::Revoked),
            ("-113:net::ERR_SSL_VERSION_OR_CIPHER_MISMATCH", Cause::NoCommonVersion),
            ("-107:net::ERR_SSL_PROTOCOL_ERROR", Cause::NoCommonVersion),
            ("-100:net::ERR_CONNECTION_CLOSED", Cause::ConnectionFailed),
            ("-101:net::ERR_CONNECTION_RESET", Cause::ConnectionFailed),
            ("-102:net::ERR_CONNECTION_REFUSED", Cause::ConnectionFailed),
            ("request:fail -2:net::ERR_FAILED", Cause::ConnectionFailed),
            ("-105:net::ERR_NAME_NOT_RESOLVED", Cause::NameNotResolved),
            ("-118:net::ERR_CONNECTION_TIMED_OUT", Cause::TimedOut),
            ("-7:net::ERR_TIMED_OUT", Cause::TimedOut),
            ("request:fail timeout", Cause::TimedOut),
            ("errcode:-118", Cause::TimedOut),
            ("-106:net::ERR_INTERNET_DISCONNECTED", Cause::NoNetwork),
            ("errcode:10011 cronet_error_code:0 error_msg:network change, cancel all task", Cause::NoNetwork),
            ("request:fail ssl hand shake error", Cause::AppTransportSecurity),
            ("未能完成该操作。SSL错误", Cause::AppTransportSecurity),
            ("TLS 版本不满足", Cause::AppTransportSecurity),
            ("对应的服务器 TLS 为 TLS 1.0 ，小程序要求的 TLS 版本必须大于等于 1.2", Cause::AppTransportSecurity),
            ("NSURLErrorDomain error -1200.", Cause::AppTransportSecurity),
        ] {
            let causes: Vec<_> = explain(text).into_iter().map(|explanation| explanation.cause).collect();
            assert_eq!(causes, [cause], "{text}");
        }
    }

    #[test]
    fn an_unknown_text_gets_no_guess() {
        for text in [
            "",
            "request:ok",
            "域名",
            "不校验合法域名、web-view（业务域名）、TLS 版本以及 HTTPS 证书",
            "net::",
            "ERR_SOMETHING_ELSE",
            "ERR_CERT_INVALID_BUT_LONGER",
            "-1202",
            "errcode:-2021",
            "2026-1200",
            "12-202:net::",
            r#"{"errno":6000021}"#,
            r#"{"errno":600001}"#,
        ] {
            assert_eq!(explain(text), [], "{text}");
        }
    }

    #[test]
    fn several_causes_come_in_the_order_of_the_text_quoted_as_pasted() {
        let text = "first net::ERR_CERT_DATE_INVALID, then Request:Fail Timeout";
        let quoted: Vec<_> = explain(text).into_iter().map(|found| (found.cause, found.matched)).collect();
        assert_eq!(
            quoted,
            [(Cause::Date, "ERR_CERT_DATE_INVALID".to_owned()), (Cause::TimedOut, "Request:Fail Timeout".to_owned())]
        );
    }

    #[test]
    fn a_long_paste_is_cut_between_characters() {
        let text = "域".repeat(INPUT_MOST);
        assert_eq!(explain(&text), []);
    }

    #[test]
    fn every_phrase_is_lower_case_and_belongs_to_one_cause() {
        for cause in Cause::ALL {
            for phrase in cause.phrases() {
                assert_eq!(*phrase, phrase.to_ascii_lowercase());
                assert_eq!(explain(phrase).first().map(|found| found.cause), Some(*cause), "{phrase}");
            }
        }
    }

    proptest! {
        #[test]
        fn any_text_is_explained_without_panic(text in any::<String>()) {
            for explanation in explain(&text) {
                prop_assert!(text.contains(&explanation.matched));
            }
        }

        #[test]
        fn numbers_and_labels_in_any_arrangement_do_no_harm(text in "([ a-z域]{0,3}(errcode|errno|nsurlerrordomain|:|-202|-1202|:net::|600002|\"){1,3}){0,6}") {
            for explanation in explain(&text) {
                prop_assert!(text.contains(&explanation.matched));
            }
        }
    }
}
